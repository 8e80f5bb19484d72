"""One picture of each kind, on a page: for tests of the report, and to look at."""

from __future__ import annotations

from typing import Any

from report_fixture import record

from auditkit.report import page, render
from auditkit.report.blocks import Cell, Part, RowGroup, Section, Table
from auditkit.report.charts import chart_of, curves_of, matrix_of, told_apart
from auditkit.report.pictures import Bar, Curve, Heat, Line, Mark, Point, Row
from auditkit.report.reading import columns
from auditkit.report.scales import axis
from auditkit.report.steps import Stage, Step, funnel_of, waterfall_of
from auditkit.report.text import labels, named, percent, points

__all__ = ["blocks", "picture_page"]


def _table(key: str) -> Table:
    cell = (Cell("Female"), Cell("18.0 %", tone="n"))
    return Table(key, "Numbers", columns("Group", "#Rate"), (RowGroup((cell,)),))


def _bars(name: str) -> Any:
    series = told_apart({"then": "2019", "now": "2024"}, bars=True)
    expected = told_apart({"expected": "Expected"})[0]
    rows = []
    for group, then, now in ((name, 0.18, 0.22), ("Male", 0.61, 0.57), (None, 0.21, 0.21)):
        bars = (
            Bar(then, "then", f"{group} then", low=then - 0.03, high=then + 0.03),
            Bar(now, "now", f"{group} now", low=None, high=now + 0.04),
        )
        marks = (Mark(0.4, None, None, "expected", "expected"),)
        rows.append(Row(labels([group]), percent(now), "22 of 100", bars=bars, marks=marks))
    away = Bar(-0.12, "then", "below zero", low=-0.2, high=-0.05)
    rows.append(Row(labels(["the other way"]), points(-0.12), bars=(away,)))
    every = [item for row in rows for item in (*row.bars, *row.marks)]
    return chart_of(
        key="bars-chart",
        title="Bars",
        see=f"{named([name])} is at the bottom.",
        table="bars-table",
        rows=rows,
        scale=axis([v for b in every for v in (b.value, b.low, b.high)], "Share", show=percent),
        series=(*series, expected),
        lines=(Line(0.0, "0"), Line(0.3, "0.3 to 0.5", until=0.5)),
    )


def _rates(name: str) -> Any:
    looks = told_apart({"a": named([name]), "b": "Male", "c": "White", "d": "Black"})
    curves = []
    for k, look in enumerate(looks):
        drawn = []
        for i in range(21):
            x = i / 20
            y = None if (k, i) == (1, 7) else (1 - x) ** (1 + k / 2)
            low, high = (None, None) if y is None else (max(0.0, y - 0.08), min(1.0, y + 0.05))
            drawn.append(Point(x, y, f"{name} at {x:g}", low=low, high=high))
        curves.append(Curve(look, tuple(drawn), marks=k > 1, band=k < 2, line=k != 3))
    return curves_of(
        key="rates-chart",
        title="Curves",
        see="Rates fall as the threshold rises.",
        table="bars-table",
        curves=curves,
        x=axis([0, 1], "Threshold"),
        y=axis([0, 1], "Rate", show=percent),
        upright=(Line(0.5, "0.5, the threshold in use", dashed=True),),
        level=(Line(0.4, "a band", until=0.6),),
        diagonal="y = x",
    )


def _frontier(name: str) -> Any:
    best, rest = told_apart({"best": "On the frontier", "rest": "Worse in both"})
    good = [
        Point(10.0**i, 0.7 + 0.05 * i, name, low=None, high=0.9, x_low=10.0**i / 2, x_high=None)
        for i in range(4)
    ]
    bad = [
        Point(3.0 * 10**i, 0.6 + 0.02 * i, name, low=0.55, high=0.66, faint=True) for i in (0, 1)
    ]
    return curves_of(
        key="frontier-chart",
        title="Frontier",
        see="More people, more accuracy.",
        table="bars-table",
        curves=[Curve(best, tuple(good)), Curve(rest, tuple(bad), line=False)],
        x=axis([1, 2000], "People", log=True),
        y=axis([0.5, 0.95], "Accuracy", show=percent),
    )


def _matrix(name: str) -> Any:
    cells = [
        Heat("18.4 %", "118 of 640", 0.2),
        Heat("11.0 %", "34 of 310", 0.0, "flag"),
        Heat("14.3 %", "2 of 14", 0.1, "inconclusive"),
    ]
    men = [Heat("31.0 %", "870 of 2,810", 1.0, "pass"), Heat("28.0 %", "330 of 1,180", 0.9), None]
    return matrix_of(
        key="crossed-matrix",
        title="Matrix",
        see="The lowest rate is that of Black women.",
        corner="gender by race",
        columns=[("White",), ("Black",), (None,)],
        rows=[((name,), cells), (("Male",), men)],
        weak="0 %",
        strong="31 %",
    )


def blocks(name: str = "Female") -> tuple[Any, ...]:
    """Return a picture of each kind; `name` is the name of a group."""
    waterfall = waterfall_of(
        key="why-chart",
        title="Waterfall",
        see="Most of the gap is not explained.",
        table="bars-table",
        start=("Men", 0.31),
        steps=[
            Step(labels(["department"]), -0.05, -0.08, -0.02),
            Step(labels([name]), 0.02, 0.01, 0.03),
            Step(labels(["not explained by anything that was measured"]), -0.11, -0.15, None),
        ],
        end="Women",
        measure="Rate",
        show=percent,
    )
    stages = [
        Stage("Screening", (((name,), 200, 120), (("Male",), 300, 210), ((None,), 0, 0))),
        Stage("Interview", (((name,), 120, 30), (("Male",), 210, 105))),
        Stage("Offer", (((name,), 30, 0), (("Male",), 105, 80))),
    ]
    funnel = funnel_of(
        key="funnel-chart",
        title="Funnel",
        see="Most women are lost at the interview.",
        table="bars-table",
        stages=stages,
    )
    table = _table("bars-table")
    return (_bars(name), _rates(name), _frontier(name), _matrix(name), waterfall, funnel, table)


def picture_page(monkeypatch: Any, name: str = "Female", *, charts: bool = True) -> str:
    """Return a page with a picture of each kind in the place of its last section."""
    part = Part("pictures-part", (), blocks(name), prefix="Pictures")
    section = Section("pictures", "Pictures", "", (part,))
    monkeypatch.setattr(page, "provenance_section", lambda _: section)
    return render(record(), charts=charts)
