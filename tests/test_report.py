"""The report as text: what is in it, in which order, and what can never be in it."""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from fitted_once import untraced
from report_fixture import record
from report_page import Page

import auditkit.report
from auditkit.errors import AuditkitError, RequestError
from auditkit.report import figures_of, render, templates, text, words
from auditkit.report.page import made

ROOT = Path(auditkit.report.__file__).parents[2]

# Of more than a few groups only one of two rates is told that are 100 % minus each other.
MIRRORED = {
    "true_positive_rate", "true_negative_rate", "false_discovery_rate", "false_omission_rate",
}  # fmt: skip


@pytest.fixture(scope="module")
def plain() -> str:
    return render(record(), charts=False)


@pytest.fixture(scope="module")
def page(plain: str) -> Page:
    return Page(plain)


@pytest.fixture(scope="module")
def whole() -> str:
    return render(record())


def test_sections_come_in_the_order_of_a_reader(page: Page) -> None:
    ids = [attrs["id"] for tag, attrs in page.elements if tag == "section"]
    assert ids == ["findings", "people", "outcomes", "decisions", "what-if", "method", "provenance"]
    first = next(i for i, (tag, _) in enumerate(page.elements) if tag == "h1")
    findings = next(i for i, (_, a) in enumerate(page.elements) if a.get("id") == "findings")
    assert first < findings


def test_flags_come_first_and_passes_last(page: Page) -> None:
    cards = [str(a["class"]).split()[1] for t, a in page.elements if t == "article"]
    assert cards == ["flag", "inconclusive", "note", "pass"]


def test_a_card_says_what_was_found_what_it_does_not_show_and_what_to_do(page: Page) -> None:
    for part in (
        "Female hired less often than Male",
        "154 of 964 against 1217 of 4051",
        "What this does not show It does not say why.",
        "What to do next Ask who decided, and by what.",
    ):
        assert part in page.text


def test_head_names_what_was_audited(page: Page) -> None:
    head = page.text[: page.text.index("Contents")]
    for part in ("hiring.csv", "5,110 rows", "5,106", "0123456789ab", "gender", "race", "hired"):
        assert part in head
    for part in ("yes counts as positive", "2026-11-22 20:00 UTC", "could not be decided"):
        assert part in head
    assert words.DISCLAIMER in head


def test_every_rate_is_in_the_text(page: Page) -> None:
    for row in record()["estimates"]:
        if row["metric"] in MIRRORED and len(row["attributes"]) > 1:
            continue
        if row["value"] is None:
            assert row["reason"] in page.text
            continue
        assert text.percent(row["value"]) in page.text
        assert text.interval(row["low"], row["high"], text.percent) in page.text
        assert text.fraction(row["events"], row["n"]) in page.text


def test_every_gap_of_the_headline_is_in_the_text(page: Page) -> None:
    for row in record()["disparities"]:
        if row["metric"] not in {"base_rate", "selection_rate"} or row["value"] is None:
            continue
        shown = (
            text.ratio(row["value"], 0.8) if row["kind"] == "ratio" else text.points(row["value"])
        )
        assert shown in page.text
        assert text.p_value(4.83e-5) in page.text


def test_undefined_is_said_with_its_reason_and_never_as_a_number(page: Page) -> None:
    assert "not computable nobody to divide by" in page.text
    assert not re.search(r"\b(None|nan|NaN|inf|Infinity|undefined)\b", page.text)


def test_sections_that_were_not_asked_for_say_so() -> None:
    bare = record(estimates=[], disparities=[], model=None, profile={}, representation=[])
    page = Page(render(bare | {"findings": []}, charts=False))
    for part in (
        "There are no findings.",
        "Not asked for: no label column was declared.",
        "Not asked for: no model was trained and no column of decisions was given.",
        "Nothing to show, or not asked for:",
    ):
        assert part in page.text


def test_it_never_says_fair_or_compliant(page: Page) -> None:
    assert words.DISCLAIMER in page.text
    assert "compliant" not in page.text.lower()
    said = page.text.replace("Fairness and Machine Learning", "").replace("Fair prediction", "")
    assert not re.search(r"\b(un)?fair(ness)?\b", said, re.IGNORECASE)


def test_a_missing_group_is_not_a_group_called_missing() -> None:
    html = render(record({"Female": "(missing)"}), charts=False)
    assert "<i>(missing)</i>" in html
    assert "“(missing)”" in html
    assert text.label(None).special
    assert not text.label("(missing)").special


@pytest.mark.parametrize(("kind", "said"), [("proxy", 0), ("missingness", 2)])
def test_a_finding_about_an_attribute_names_no_group(kind: str, said: int) -> None:
    one = {**record()["findings"][0], "kind": kind, "attributes": ["gender"], "group": [None]}
    section = render(record(findings=[one]), charts=False).split('id="findings"')[1]
    assert section.split("</section>")[0].count("<i>(missing)</i>") == said


def test_long_names_are_cut_and_kept() -> None:
    label = text.label("x" * 300)
    assert len(label.text) == 80
    assert label.full == "x" * 300
    html = render(record({"Female": "x" * 300}), charts=False)
    assert '<details class="long"><summary>' + label.text in html


def test_findings_keep_apart_when_their_ids_do_not() -> None:
    rows = record()["findings"]
    twins = [dict(row, id="a b" if i % 2 else "a-b") for i, row in enumerate(rows)]
    page = Page(render(record(findings=twins), charts=False))
    ids = [a["id"] for t, a in page.elements if t == "article"]
    assert len(set(ids)) == len(rows)


def test_every_link_leads_somewhere_and_ids_are_unique(page: Page, whole: str) -> None:
    for shown in (page, Page(whole)):
        ids = [attrs["id"] for _, attrs in shown.elements if "id" in attrs]
        assert len(ids) == len(set(ids))
        for attrs in shown.all("a") + shown.all("use"):
            assert str(attrs["href"])[1:] in ids


def test_page_is_built_for_everyone(page: Page) -> None:
    assert page.all("html")[0]["lang"] == "en"
    assert page.title == "Audit of hiring.csv"
    assert len(page.all("h1")) == 1
    for tag in ("main", "nav", "header", "footer"):
        assert len(page.all(tag)) == 1
    assert page.all("a")[0] == {"class": "skip", "href": "#findings"}
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    assert len(page.all("caption")) == len(page.all("table"))
    assert all("scope" in attrs for attrs in page.all("th"))
    for box in (a for t, a in page.elements if a.get("class") == "scroll"):
        assert box["tabindex"] == "0"
        assert box["aria-labelledby"]


def test_every_chart_has_words_a_drawing_and_a_table(page: Page) -> None:
    plots = [a for t, a in page.elements if str(a.get("class")).startswith("plot")]
    assert len(plots) >= 10
    for plot in plots:
        assert plot["role"] == "img"
        assert len(str(plot["aria-label"])) > 20
    assert sum("still" in str(a.get("class")) for a in page.all("svg")) == len(plots)


def test_without_charts_there_is_no_engine_and_no_figure(plain: str) -> None:
    page = Page(plain)
    assert {attrs.get("id") for attrs, _ in page.scripts} == {
        None, "scores", "table-words", "whatif-words",
    }  # fmt: skip
    assert len(plain.encode()) < 300_000


def test_the_short_form_has_no_charts_and_says_what_it_leaves_out() -> None:
    short, page = render(record(), charts="none"), Page(render(record(), charts="none"))
    assert not [a for _, a in page.elements if str(a.get("class")).startswith("plot")]
    assert len(short) < len(render(record(), charts="static")) * 0.75
    assert "Not in this short form: Table: Error rates by gender × race." in page.text
    assert "154 of 964 against 1217 of 4051" in page.text
    ids = {attrs["id"] for _, attrs in page.elements if "id" in attrs}
    assert {str(attrs["href"])[1:] for attrs in page.all("a")} <= ids
    with pytest.raises(RequestError, match="'interactive', 'static', 'none', not some"):
        render(record(), charts="some")


def test_engine_and_figures_come_after_the_content(whole: str) -> None:
    end = whole.index("</footer>")
    assert whole.index('id="engine"') > end
    assert whole.index('id="figures"') > end
    assert whole.count('id="engine"') == 1
    assert len(whole.encode()) < 1_200_000


def test_the_same_record_gives_the_same_bytes(whole: str, tmp_path: Path) -> None:
    assert render(json.loads(json.dumps(record()))) == whole
    code = (
        "import hashlib; from report_fixture import record; from auditkit.report import render;"
        "print(hashlib.sha256(render(record()).encode()).hexdigest())"
    )
    digests = set()
    for seed in ("0", "1"):
        run = subprocess.run(
            [sys.executable, "-c", code],
            env={
                "PYTHONHASHSEED": seed,
                "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}",
                "TZ": "Asia/Tokyo",
            },
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        digests.add(run.stdout)
    assert len(digests) == 1


def test_importing_the_room_loads_neither_jinja_nor_plotly(tmp_path: Path) -> None:
    code = (
        "import sys, auditkit.report;"
        "print([m for m in ('jinja2', 'markupsafe', 'plotly', 'pandas') if m in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "[]"


def test_templates_are_found_in_the_package_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "site" / "auditkit" / "report"
    home.mkdir(parents=True)
    monkeypatch.setattr(templates, "__file__", str(home / "templates.py"))
    with pytest.raises(AuditkitError, match="no report templates"):
        templates.folder()
    beside = tmp_path / "site" / "reports" / "templates"
    beside.mkdir(parents=True)
    (beside / "page.html").write_text("x")
    assert templates.folder() == beside
    (home / "_templates").mkdir()
    (home / "_templates" / "page.html").write_text("x")
    assert templates.folder() == home / "_templates"


def test_a_package_without_its_checkout_renders_the_same(plain: str, tmp_path: Path) -> None:
    site = tmp_path / "site"
    shutil.copytree(
        ROOT / "auditkit", site / "auditkit", ignore=shutil.ignore_patterns("__pycache__", "_*")
    )
    shutil.copytree(ROOT / "reports" / "templates", site / "auditkit" / "report" / "_templates")
    for init in (ROOT / "auditkit").rglob("_*.py"):
        shutil.copy(init, site / init.relative_to(ROOT))
    (tmp_path / "record.json").write_text(json.dumps(record()))
    code = (
        "import json, sys, auditkit.report as r; assert 'site' in r.__file__;"
        "sys.stdout.buffer.write(r.render(json.load(open('record.json')), charts=False).encode())"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(site)},
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    assert run.stdout.decode() == plain


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "other"}, "not an auditkit record"),
        ({"format_version": 2}, "format version 2"),
    ],
)
def test_what_is_not_a_record_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(AuditkitError, match=message):
        render(record(**change))
    short = record()
    del short["findings"]
    with pytest.raises(AuditkitError, match="findings"):
        render(short)


def test_figures_are_figures() -> None:
    page = made(record(), charts="interactive")
    figures = figures_of(record())
    assert list(figures) == [item.id for item in page.figures]
    for item in page.figures:
        plain = figures[item.id].to_plotly_json()
        assert len(plain["data"]) == len(item.data["data"])
        assert "@" not in str(plain["layout"]["font"]["color"])
        assert not plain["layout"]["template"].get("layout")


def test_a_group_called_like_a_colour_keeps_its_name_in_a_figure() -> None:
    figures = figures_of(record({"Female": "@ink"}))
    assert any("@ink" in figure.to_json() for figure in figures.values())


def test_a_drawing_and_its_figure_show_the_same_marks() -> None:
    page = made(record(), charts="interactive")
    figures = {item.id: item.data for item in page.figures}
    seen = 0
    for chart in _charts(page.sections):
        marks = [mark for row in chart.rows for mark in row.marks]
        assert len(chart.drawing.spots) == len(marks)
        bars = [bar for row in chart.rows for bar in row.bars]
        for kind, drawn in (("scatter", marks), ("bar", bars)):
            traces = [t for t in figures[chart.id]["data"] if t.get("type", "scatter") == kind]
            assert sum(len(trace["x"]) for trace in traces) == len(drawn)
        seen += 1
    curves = sum(
        "yaxis" in f["layout"] and f["layout"]["xaxis"].get("visible") is False
        for f in figures.values()
    )
    assert seen + curves == len(figures)
    assert seen > 0


def _charts(blocks: Any) -> Iterator[Any]:
    for block in blocks:
        if getattr(block, "kind", "") == "chart":
            yield block
        yield from _charts(getattr(block, "blocks", ()))


def test_what_lies_beyond_the_axis_is_an_arrow_not_a_number() -> None:
    rows = record()["disparities"]
    for row in rows:
        if row["kind"] == "ratio" and row["value"] is not None:
            row |= {"value": 0.0, "low": 0.0, "high": None}
    page = Page(render(record(disparities=rows), charts=False))
    assert any(attrs["href"] == "#mark-left" for attrs in page.all("use"))
    assert "0.000 to no upper limit" in page.text


@pytest.mark.parametrize(
    ("show", "value", "said"),
    [
        (text.percent, 0.10946, "10.9 %"),
        (text.percent, 0.0, "0.0 %"),
        (text.percent, 1.0, "100.0 %"),
        (text.percent, 0.0001, "<0.1 %"),
        (text.percent, 0.9999, ">99.9 %"),
        (text.points, 0.0321, "+3.2"),
        (text.points, -0.0321, "−3.2"),
        (text.ratio, 0.66808, "0.668"),
        (text.p_value, 4.7591e-5, "4.8e-5"),
        (text.p_value, 0.04944, "0.049"),
        (text.p_value, 1e-310, "1.0e-310"),
        (text.count, 10771, "10,771"),
        (text.number, 0.05, "0.05"),
    ],
)
def test_numbers(show: Any, value: float, said: str) -> None:
    assert show(value) == said


def test_a_ratio_is_never_rounded_across_the_line() -> None:
    assert text.ratio(0.7999999, 0.8) == "0.7999999"
    assert text.ratio(0.8, 0.8) == "0.800"
    assert text.ratio(0.8004, 0.8) == "0.800"


@untraced()
def test_a_real_audit_renders_from_its_record_alone() -> None:
    import pandas as pd

    import auditkit

    frame = pd.DataFrame(
        {
            "sex": ["F", "M", "M", None] * 60,
            "site": ["a", "a", "b"] * 80,
            "test": [(i * 7919) % 101 for i in range(240)],
            "hired": [0, 1, 1, 0, 1, 1, 0, 1] * 30,
            "chosen": [0, 1, 1, 0] * 60,
        }
    )
    data = auditkit.load(
        frame, label="hired", protected=["sex", "site"], prediction="chosen", strata=["site"]
    )
    audit = auditkit.audit(data, model="logistic", seed=3)
    html = render(audit, charts=False)
    plain = json.loads(json.dumps(audit.to_dict()))
    assert render(plain, charts=False) == html
    assert render(auditkit.Audit.from_dict(plain), charts=False) == html
    page = Page(html)
    assert "a table in memory" in page.text
    assert not re.search(r"\b(None|nan|NaN)\b", page.text)
    for row in plain["estimates"]:
        if row["value"] is not None and row["metric"] not in MIRRORED:
            assert text.percent(row["value"]) in page.text


def test_the_size_does_not_grow_with_the_rows() -> None:
    # The same cells, 1,000 rows and 10,000,000: counts add up, so doubling them 13 times and a bit
    # is what counting that many rows would give.
    import pandas as pd

    import auditkit
    from auditkit.federation import tally_of

    cells = itertools.product("FM", ("A", "B"), ("young", "old"), ("yes", "no"))
    people = {"F": {"yes": 34, "no": 91}, "M": {"yes": 45, "no": 80}}
    rows = [(*cell, people[cell[0]][cell[3]]) for cell in cells]
    frame = pd.DataFrame(rows, columns=["sex", "race", "age", "hired", "n"])
    data = auditkit.load(
        frame, label="hired", positive="yes", protected=["sex", "race", "age"], count="n"
    )
    small = tally_of(data, created="2026-01-01T00:00:00Z")
    counts, wanted = small.counts, 10_000
    total, left = None, wanted
    while left:
        if left % 2:
            total = counts if total is None else total + counts
        counts, left = counts + counts, left // 2
    assert total is not None
    large = dataclasses.replace(small, counts=total)
    audits = [auditkit.audit(tally, model="none") for tally in (small, large)]
    assert [audit.data["people"] for audit in audits] == [1_000, 10_000_000]
    for charts in ("interactive", "none"):
        one, other = (len(audit.to_html(charts=charts).encode()) for audit in audits)
        assert abs(other / one - 1) < 0.02, (charts, one, other)
