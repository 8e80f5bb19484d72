"""The what-if: what the page computes is what Python computes from the same counts."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from report_browser import Open
from report_fixture import record

from auditkit.inference import newcombe, wilson
from auditkit.report import render
from auditkit.report.whatif import score_stages, whatif_section

SETTINGS = 50
Counts = dict[str, list[list[int]]]


@pytest.fixture(scope="module")
def page_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whatif") / "report.html"
    path.write_text(render(record(), charts="static"), encoding="utf-8")
    return path


def counted(axes: list[int]) -> Counts:
    """Return, for each group, counts by label (0, 1, unknown) and bin, straight from the record."""
    out: Counts = {}
    for cell in record()["model"]["score_bins"]["cells"]:
        name = " × ".join("(missing)" if (v := cell["group"][a]) is None else v for a in axes)
        which = 2 if cell["label"] is None else cell["label"]
        rows = out.setdefault(name, [[0] * 100 for _ in range(3)])
        rows[which] = [a + b for a, b in zip(rows[which], cell["counts"], strict=True)]
    return out


def expected(groups: Counts, cuts: list[int]) -> list[dict[str, Any]]:
    """Return what a page should say of each group; the audit cut at bin 50."""
    rows = []
    for cut, (negative, positive, unknown) in zip(cuts, groups.values(), strict=True):
        n = sum(negative) + sum(positive) + sum(unknown)
        selected = sum(negative[cut:]) + sum(positive[cut:]) + sum(unknown[cut:])
        before = sum(negative[50:]) + sum(positive[50:]) + sum(unknown[50:])
        right = sum(positive[cut:]) + sum(negative[:cut])
        rows.append(
            {
                "n": n,
                "selected": selected,
                "rate": selected / n,
                "span": list(wilson(selected, n) or ()),
                "tpr": sum(positive[cut:]) / sum(positive) if sum(positive) else None,
                "fpr": sum(negative[cut:]) / sum(negative) if sum(negative) else None,
                "accuracy": right / (sum(positive) + sum(negative)),
                "moved": selected - before,
            }
        )
    best = max((row for row in rows if row["n"] >= 30), key=lambda row: row["rate"])
    for row in rows:
        row["difference"] = row["rate"] - best["rate"]
        row["ratio"] = row["rate"] / best["rate"] if best["rate"] else None
        pair = (row["selected"], row["n"], best["selected"], best["n"])
        row["gap"] = None if row is best else list(newcombe(*pair) or ())
    return rows


READ = """() => [...document.querySelectorAll("#whatif tbody tr")].map((row) => ({
  name: row.querySelector("th").textContent, ...JSON.parse(row.dataset.row) }))"""
MOVE = """([id, value]) => {
  const slider = document.getElementById(id);
  slider.value = value;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
}"""


def opened(seen: Any) -> Any:
    seen.page.wait_for_selector("#whatif table")
    return seen.page


def agree(found: list[dict[str, Any]], groups: Counts, cuts: list[int]) -> None:
    assert [row["name"] for row in found] == list(groups)
    for row, right in zip(found, expected(groups, cuts), strict=True):
        assert row["gained"] - row["lost"] == right["moved"]
        for key in ("n", "selected", "rate", "span", "tpr", "fpr", "accuracy", "difference"):
            assert row[key] == pytest.approx(right[key], abs=1e-9), key
        if right["gap"] is None:
            assert row["gap"] is None or row["reference"] is False
        else:
            assert row["gap"] == pytest.approx(right["gap"], abs=1e-9)
        assert row["ratio"] == (right["ratio"] and pytest.approx(right["ratio"], abs=1e-9))


def test_it_agrees_with_python_at_random_settings(visit: Open, page_path: Path) -> None:
    draw = random.Random(7)
    with visit(page_path, wait=False) as seen:
        page = opened(seen)
        for k in range(SETTINGS):
            axes = ([0], [1], [0, 1])[k % 3]
            page.select_option("#whatif-by", str(k % 3))
            groups = counted(axes)
            if k % 2:
                page.check("#whatif-each")
                cuts = [draw.randint(0, 100) for _ in groups]
                for i, cut in enumerate(cuts):
                    page.evaluate(MOVE, [f"whatif-cut-{i}", cut])
            else:
                cuts = [draw.randint(0, 99)] * len(groups)
                page.evaluate(MOVE, ["whatif-cut-0", cuts[0]])
            agree(page.evaluate(READ), groups, cuts)
        assert seen.said == []
        assert seen.asked == [page_path.as_uri()]


def test_presets_do_what_they_say(visit: Open, page_path: Path) -> None:
    groups = counted([0])
    with visit(page_path, wait=False) as seen:
        page = opened(seen)

        def pressed(name: str) -> list[dict[str, Any]]:
            page.click(f"[data-preset={name}]")
            found: list[dict[str, Any]] = page.evaluate(READ)
            return found

        start = pressed("audited")
        agree(start, groups, [50] * len(groups))
        assert page.locator("#whatif .note").is_hidden()
        total = sum(row["selected"] for row in start) / sum(row["n"] for row in start)
        for row in pressed("selection"):  # as near as one step of the slider allows
            assert row["rate"] == pytest.approx(total, abs=0.06)
        assert page.locator("#whatif .note").is_visible()
        assert "2000e-2(l)" in page.inner_text("#whatif .note")
        rates = [row["tpr"] for row in pressed("opportunity")]
        assert max(rates) - min(rates) < 0.1
        fifths = pressed("fifths")
        large = [row for row in fifths if row["n"] >= 30]
        assert min(row["rate"] for row in large) >= 0.8 * max(row["rate"] for row in large) - 1e-9
        again = pressed("single")
        assert len({row["name"] for row in again}) == len(groups)
        assert page.locator("#whatif .sliders input").count() == 1


def test_a_quota_selects_at_most_that_share(visit: Open, page_path: Path) -> None:
    with visit(page_path, wait=False) as seen:
        page = opened(seen)
        for share in (0, 10, 33, 100):
            page.evaluate(MOVE, ["whatif-quota", share])
            rows = page.evaluate(READ)
            selected, people = sum(r["selected"] for r in rows), sum(r["n"] for r in rows)
            assert selected <= share / 100 * people
            assert selected >= (share / 100 - 0.03) * people


def test_sliders_and_buttons_work_by_keyboard(visit: Open, page_path: Path) -> None:
    with visit(page_path, wait=False) as seen:
        page = opened(seen)
        before = page.evaluate(READ)
        page.focus("#whatif-cut-0")
        for _ in range(5):
            page.keyboard.press("ArrowLeft")
        assert page.input_value("#whatif-cut-0") == "45"
        assert page.get_attribute("#whatif-cut-0", "aria-valuetext") == "selected from 0.45"
        assert sum(r["selected"] for r in page.evaluate(READ)) > sum(r["selected"] for r in before)
        page.focus("#whatif-each")
        page.keyboard.press("Space")
        assert page.locator("#whatif .sliders input").count() == 3
        page.focus("[data-preset=audited]")
        page.keyboard.press("Enter")
        assert page.evaluate(READ) == before


def test_hostile_names_are_text(visit: Open, tmp_path: Path) -> None:
    path = tmp_path / "hostile.html"
    name = "<img src=x onerror=window.__x=1></script><script>window.__x=2</script>"
    path.write_text(render(record({"Female": name, "gender": name}), charts="static"), "utf-8")
    with visit(path, wait=False) as seen:
        page = opened(seen)
        assert page.locator("#whatif tbody th").first.inner_text().startswith("<img src=x")
        assert page.evaluate("() => window.__x") is None
        assert seen.asked == [path.as_uri()]


def test_without_scores_there_is_no_what_if() -> None:
    bare = record(model=None)
    assert whatif_section(bare) == []
    assert "whatif" not in render(bare, charts="static").split("</style>")[1]


def test_with_weights_there_is_no_what_if_and_the_page_says_why() -> None:
    # Bins count rows: what they tell would not be the weighted rates of the report.
    weighted = record()
    weighted["schema"]["weight"] = "w"
    html = render(weighted, charts="static", language="en")
    assert score_stages(weighted) == {}
    assert 'id="scores"' not in html
    assert "Thresholds cannot be tried out here" in html
    assert "Try a threshold" not in html


def test_the_cut_is_the_edge_of_the_threshold() -> None:
    stage = score_stages(record())["model"]
    assert stage["edges"][stage["cut"]] == 0.5
    assert json.dumps(stage, allow_nan=False)
    bins = record()["model"]["score_bins"] | {"threshold": 2.0}
    high = score_stages(record(model=None, decision={"score_bins": bins}))["decision"]
    assert high["cut"] == 100
