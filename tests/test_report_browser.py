"""The report in a browser: nothing runs but ours, nothing is asked for, everybody can read it."""

from __future__ import annotations

from pathlib import Path

import pytest
from fitted_once import untraced
from report_browser import DRAWN, Open
from report_fixture import record
from report_payloads import PAYLOADS

from auditkit.report import render


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("report")


@pytest.fixture(scope="session")
def report(folder: Path) -> Path:
    path = folder / "report.html"
    path.write_text(render(record()), encoding="utf-8")
    return path


def test_it_is_silent_and_asks_for_nothing(visit: Open, report: Path) -> None:
    with visit(report) as seen:
        assert seen.said == []
        assert seen.asked == [report.as_uri()]


def test_charts_are_drawn_by_the_engine(visit: Open, report: Path) -> None:
    with visit(report) as seen:
        plots = seen.page.locator(".plot").count()
        assert plots > 10
        assert seen.page.locator(".plot.drawn .live svg.main-svg .points path.point").count() > 30
        assert seen.page.locator(".plot.drawn").count() == plots
        assert seen.page.locator(".still >> visible=true").count() == 0


def test_marks_of_the_engine_lie_where_the_still_ones_were(visit: Open, report: Path) -> None:
    code = """() => {
      const middle = (mark) => {
        const box = mark.getBoundingClientRect();
        return [box.x + box.width / 2, box.y + box.height / 2];
      };
      const plot = document.querySelector("#people-2-chart .plot");
      return [".still use", "path.point"].map((s) => [...plot.querySelectorAll(s)].map(middle));
    }"""
    with visit(report) as seen:
        still, live = seen.page.evaluate(code)
        assert len(still) == len(live) == 3
        for a, b in zip(still, live, strict=True):
            assert a == pytest.approx(b, abs=1.5)


SLOTS = ("gender", "Female", "source", "label", "positive", "feature", "race", "Black")


@untraced()  # the tests above and test_report_safety.py render the same
def test_nothing_runs_from_the_data(visit: Open, report: Path, folder: Path) -> None:
    """Each payload in each slot; every tenth page with charts."""
    with visit(report) as seen:
        for i in range(len(PAYLOADS)):
            names = {slot: PAYLOADS[(i + k) % len(PAYLOADS)] for k, slot in enumerate(SLOTS)}
            whole = i % 10 == 0
            path = folder / f"hostile-{i}.html"
            path.write_text(render(record(names), charts=whole), "utf-8")
            seen.asked.clear()
            seen.page.goto(path.as_uri())
            if whole:
                seen.page.wait_for_selector(DRAWN, state="attached", timeout=60_000)
            assert seen.page.evaluate("() => window.__x") is None
            assert seen.asked == [path.as_uri()]
        assert seen.said == []


def test_the_policy_stops_what_escaping_would_miss(visit: Open, report: Path, folder: Path) -> None:
    broken = folder / "broken.html"
    hole = "<script>window.__x=1</script><img src=x onerror='window.__x=2'>"
    broken.write_text(report.read_text("utf-8").replace("<main", hole + "<main"), "utf-8")
    with visit(broken) as seen:
        assert seen.page.evaluate("() => window.__x") is None
        assert any("Content Security Policy" in line for line in seen.said)


def test_without_scripts_everything_is_there(visit: Open, report: Path) -> None:
    with visit(report, script=False) as seen:
        body = seen.page.inner_text("body")
        for part in ("hiring.csv", "Female hired less often than Male", "154 of 964", "16.0 %"):
            assert part in body
        stills = seen.page.locator(".still >> visible=true").count()
        assert stills == seen.page.locator(".plot").count() > 10
        fold = seen.page.locator("details.fold").first
        fold.locator("summary").click()
        assert fold.locator("table").is_visible()


@pytest.mark.parametrize("width", [320, 375, 1280])
@pytest.mark.parametrize("script", [True, False])
def test_the_page_never_scrolls_sideways(
    visit: Open, report: Path, folder: Path, width: int, script: bool
) -> None:
    long = folder / "long.html"
    if not long.exists():
        names = dict.fromkeys(("gender", "Female", "source", "label", "feature"), "W" * 500)
        long.write_text(render(record(names), charts=False), "utf-8")
    for path, drawn in ((report, script), (long, False)):
        with visit(path, width=width, script=drawn) as seen:
            opened = "all => all.forEach((part) => { part.open = true; })"
            seen.page.locator("details").evaluate_all(opened)
            assert seen.page.evaluate("() => document.documentElement.scrollWidth") <= width


def test_tables_scroll_by_themselves_and_by_keyboard(visit: Open, report: Path) -> None:
    with visit(report, width=320) as seen:
        box = seen.page.locator("#label-gaps-base-rate-table .scroll")
        assert box.get_attribute("tabindex") == "0"
        assert box.evaluate("e => e.scrollWidth > e.clientWidth")
        box.focus()
        seen.page.keyboard.press("ArrowRight")
        seen.page.wait_for_timeout(300)
        assert box.evaluate("e => e.scrollLeft") > 0


def test_a_link_to_a_folded_table_opens_it(visit: Open, report: Path) -> None:
    with visit(report) as seen:
        table = seen.page.locator("#model-errors-1-table table")
        assert not table.is_visible()
        seen.page.locator("#model-errors-1-chart .under-plot a").click()
        table.wait_for(state="visible")


def test_the_keyboard_reaches_the_findings(visit: Open, report: Path) -> None:
    with visit(report) as seen:
        seen.page.keyboard.press("Tab")
        assert seen.page.evaluate("() => document.activeElement.className") == "skip"
        seen.page.keyboard.press("Enter")
        assert seen.page.url.endswith("#findings")
        style = "e => { e.focus(); return getComputedStyle(e).outlineStyle; }"
        assert seen.page.locator(".tile a").first.evaluate(style) != "none"


def test_print_shows_all_and_no_navigation(visit: Open, report: Path, folder: Path) -> None:
    for script in (True, False):
        with visit(report, script=script) as seen:
            seen.page.emulate_media(media="print")
            assert not seen.page.locator("nav").is_visible()
            assert not seen.page.locator(".skip").is_visible()
            assert seen.page.locator("details.fold table").first.is_visible()
            assert seen.page.locator(".still").first.is_visible()
            assert not seen.page.locator(".live").first.is_visible()
            pdf = seen.page.pdf(format="A4")
            assert pdf.startswith(b"%PDF")


def test_a_note_in_the_place_of_the_what_if_is_printed(visit: Open, folder: Path) -> None:
    for weight, shown in ((None, False), ("w", True)):
        path = folder / f"weighted-{weight}.html"
        there = record()
        there["schema"]["weight"] = weight
        path.write_text(render(there, charts=False), "utf-8")
        for script in (True, False):
            with visit(path, script=script, wait=False) as seen:
                seen.page.emulate_media(media="print")
                assert seen.page.locator("#what-if").is_visible() is shown
                if shown:
                    assert seen.page.locator("#what-if .note").is_visible()


CONTRAST = """() => {
  const parse = (c) => c.match(/[\\d.]+/g).map(Number);
  const lum = ([r, g, b]) => {
    const f = (v) => ((v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b);
  };
  const ground = (e) => {
    for (let at = e; at; at = at.parentElement) {
      const c = parse(getComputedStyle(at).backgroundColor);
      if (c.length < 4 || c[3] > 0) return c;
    }
  };
  const all = ["body", "h1", ".verdict", ".tile b", ".tile span", ".facts dt", ".facts dd", ".lead",
    ".badge", ".detail", ".evidence dt", "thead th", "td:not([class])", "td.t", "td.v", "td.u",
    "small", "figcaption", ".contents a", "main a", ".key", ".disclaimer", ".foot p"];
  return all.flatMap((s) => [...document.querySelectorAll(s)].slice(0, 8).map((e) => {
    const [a, b] = [lum(parse(getComputedStyle(e).color)), lum(ground(e))].sort((x, y) => y - x);
    return [s, (a + 0.05) / (b + 0.05)];
  }));
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(visit: Open, report: Path, scheme: str) -> None:
    with visit(report, color_scheme=scheme) as seen:
        found = seen.page.evaluate(CONTRAST)
        assert len(found) > 60
        assert [pair for pair in found if pair[1] < 4.5] == []


def test_charts_follow_the_colour_scheme(visit: Open, report: Path) -> None:
    fill = "() => document.querySelector('path.point').style.fill"
    with visit(report, color_scheme="light") as seen:
        light = seen.page.evaluate(fill)
        seen.page.emulate_media(color_scheme="dark")
        seen.page.wait_for_timeout(1500)
        assert seen.page.evaluate(fill) != light
