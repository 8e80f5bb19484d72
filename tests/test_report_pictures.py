"""Pictures of every kind: drawn twice alike, told in words, safe, and never by colour alone."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from report_page import Page
from report_payloads import PAYLOADS
from report_pictures import blocks, picture_page
from test_report_safety import _is_harmless

from auditkit.report import assets
from auditkit.report.charts import told_apart
from auditkit.report.drawing import drawn, figure
from auditkit.report.pictures import Bar, Heat, Row
from auditkit.report.scales import axis, place
from auditkit.report.steps import Step, waterfall_of
from auditkit.report.text import labels
from auditkit.report.xy import figure_xy, plane


def _named(key: str) -> Any:
    return next(block for block in blocks() if block.id == key)


def _traces(chart: Any, kind: str) -> list[dict[str, Any]]:
    return [trace for trace in figure(chart)["data"] if trace["type"] == kind]


@pytest.mark.parametrize("key", ["bars-chart", "why-chart", "funnel-chart"])
def test_bars_are_as_long_as_their_values_in_both_drawings(key: str) -> None:
    chart = _named(key)
    shapes = drawn(chart).boxes
    bars = [bar for row in chart.rows for bar in row.bars]
    traces = _traces(chart, "bar")
    assert len(shapes) == len(bars) == sum(len(trace["x"]) for trace in traces)
    for box, bar in zip(shapes, bars, strict=True):
        ends = sorted(100 * place(chart.scale, v) for v in (bar.base, bar.value))
        assert float(box.x[:-1]) == pytest.approx(ends[0], abs=0.06)
        assert float(box.width[:-1]) == pytest.approx(ends[1] - ends[0], abs=0.11)
    lengths = sorted(length for trace in traces for length in trace["x"])
    assert lengths == pytest.approx(sorted(bar.value - bar.base for bar in bars))


def test_bars_of_one_row_do_not_lie_on_each_other() -> None:
    boxes = drawn(_named("bars-chart")).boxes
    top, below = (float(box.y[:-1]) for box in boxes[:2])
    assert top + float(boxes[0].height[:-1]) < below


def test_a_waterfall_ends_where_its_steps_lead() -> None:
    """By hand: 0.31 - 0.05 + 0.02 - 0.11 = 0.17."""
    chart = _named("why-chart")
    bars = [row.bars[0] for row in chart.rows]
    assert [bar.base for bar in bars] == pytest.approx([0, 0.31, 0.26, 0.28, 0])
    assert bars[-1].value == pytest.approx(0.17)
    assert bars[1].low == pytest.approx(0.31 - 0.08)
    assert len(drawn(chart).joints) == len(bars) - 1
    without = waterfall_of(
        key="a", title="A", see="B", table="c", start=None,
        steps=[Step(labels(["x"]), 0.1), Step(labels(["y"]), -0.3)], end="All", measure="Points",
    )  # fmt: skip
    assert [round(row.bars[0].value, 9) for row in without.rows] == [0.1, -0.2, -0.2]


def test_a_funnel_counts_from_where_a_group_began() -> None:
    """By hand: 30 of 200 women are left after the interview, 105 of 300 men."""
    rows = [row for row in _named("funnel-chart").rows if not row.heading]
    said = {(row.labels[0].text, row.under): row.value for row in rows}
    assert said["Female", "30 of 120 passed"] == "15.0 %"
    assert said["Male", "105 of 210 passed"] == "35.0 %"
    assert said["(missing)", ""] == "nobody began"


@pytest.mark.parametrize("key", ["rates-chart", "frontier-chart"])
def test_points_lie_where_their_values_are_in_both_drawings(key: str) -> None:
    chart = _named(key)
    shapes, data = plane(chart), figure_xy(chart)["data"]
    points = [p for c in chart.curves if c.marks for p in c.points if p.y is not None]
    assert len(shapes.dots) == len(points)
    places = sorted(
        (100 * place(chart.x, p.x), 100 - 100 * place(chart.y, p.y or 0.0)) for p in points
    )
    found = sorted((float(dot.x[:-1]), float(dot.y[:-1])) for dot in shapes.dots)
    for a, b in zip(found, places, strict=True):
        assert a == pytest.approx(b, abs=0.06)
    marks = [trace for trace in data if trace["mode"] == "markers" and trace["opacity"]]
    assert sum(len(trace["x"]) for trace in marks) == len(points)


def test_a_gap_in_a_curve_is_a_gap_in_both_drawings() -> None:
    chart = _named("rates-chart")
    gone = [p for p in chart.curves[1].points if p.y is None]
    assert len(gone) == 1
    assert len([path for path in plane(chart).paths if path.colour == "orange"]) == 2
    lines = [t for t in figure_xy(chart)["data"] if t["mode"] == "lines" and t.get("name")]
    assert sum(y is None for t in lines for y in t["y"]) == 1


def test_an_interval_without_an_end_reaches_the_edge() -> None:
    chart = _named("frontier-chart")
    first = plane(chart).strokes[0]
    assert (first.y, first.y_until) == ("100.0%", f"{100 - 100 * place(chart.y, 0.9):.1f}%")
    error = next(t for t in figure_xy(chart)["data"] if "error_y" in t and t["opacity"])
    assert error["error_y"]["arrayminus"][-1] == pytest.approx(
        error["y"][-1] - chart.y.low, abs=1e-9
    )


def test_figures_are_figures() -> None:
    from plotly import graph_objects

    for block in blocks():
        if block.kind in {"chart", "curves"}:
            made = figure(block) if block.kind == "chart" else figure_xy(block)
            text = re.sub(r'"@\w+(/[\d.]+)?"', '"#000000"', json.dumps(made, allow_nan=False))
            graph_objects.Figure(json.loads(text))


def test_series_differ_by_more_than_colour() -> None:
    names = {str(i): str(i) for i in range(12)}
    dots, bars = told_apart(names), told_apart(names, bars=True)
    assert len({(s.symbol, s.colour, s.dash) for s in dots}) == 12
    assert len({s.symbol for s in dots[:6]}) == len({s.dash for s in dots[:6]}) == 6
    assert len({s.symbol for s in bars[:4]}) == 4


def test_tints_have_eleven_steps_and_verdicts_have_words() -> None:
    assert [Heat("x", shade=s).step for s in (None, -1.0, 0.0, 0.5, 2.0)] == [0, 0, 0, 5, 10]
    assert Heat("x", tone="inconclusive").tone_word == "Undecided"


def test_axes_have_round_ticks() -> None:
    assert [t.text for t in axis([-0.21, 0.37], "x").ticks] == [
        "−0.2", "−0.1", "0", "0.1", "0.2", "0.3",
    ]  # fmt: skip
    assert [t.value for t in axis([0.02, 900], "x", log=True).ticks] == [0.1, 1, 10, 100, 1000]
    for nothing in ([], [None], [0.0], [3.0, 3.0]):
        scale = axis(nothing, "x")
        assert scale.low < scale.high
        assert axis(nothing, "x", log=True).low > 0


def test_words_a_drawing_and_a_table_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    page = Page(picture_page(monkeypatch, charts=False))
    ids = {attrs["id"] for _, attrs in page.elements if "id" in attrs}
    for block in blocks():
        assert block.id in ids
        if block.kind in {"chart", "curves"}:
            assert block.table in ids
            assert f"{block.title}. {block.see}" in {a.get("aria-label") for _, a in page.elements}
    for attrs in page.all("use"):
        assert str(attrs["href"])[1:] in ids
    for attrs in page.all("rect"):
        if str(attrs.get("fill")).startswith("url("):
            assert str(attrs["fill"])[5:-1] in ids
    for part in ("118 of 640", "11.0 % (Flag)", "nobody"):
        assert part in page.text


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_names_are_text(payload: str, monkeypatch: pytest.MonkeyPatch) -> None:
    html = picture_page(monkeypatch, payload, charts=False)
    _is_harmless(Page(html))


def test_hostile_names_are_text_in_figures() -> None:
    for payload in PAYLOADS:
        for block in blocks(payload):
            if block.kind in {"chart", "curves"}:
                made = figure(block) if block.kind == "chart" else figure_xy(block)
                assert not set("<>&") & set(str(assets.json_text(made)))


def test_a_row_may_have_a_bar_and_nothing_else() -> None:
    assert not Row(labels(["x"])).bars
    assert Bar(0.5, "a", "").base == 0.0
