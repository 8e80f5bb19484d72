"""The bars of a chart on rows: boxes, intervals at their ends, joints between them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

from auditkit.report.figures import escaped, figure_number
from auditkit.report.pictures import Bar, Chart, Series
from auditkit.report.scales import clip, per_cent, place

__all__ = [
    "MIDDLE",
    "Box",
    "Joint",
    "Laid",
    "Span",
    "bar_shapes",
    "bar_trace",
    "boxes",
    "joints",
    "laid",
    "series_of",
]

MIDDLE = 0.6
"""Where the middle of what is drawn lies in its row."""

_PATTERNS = {"hatch": "/", "dots": "."}
_THICK, _THICK_MANY = 0.4, 0.56


@dataclass(frozen=True, slots=True)
class Span:
    """A rectangle or a line from `x` to `until`, at `y`; all in per cent."""

    x: str
    until: str
    width: str
    y: str
    colour: str


@dataclass(frozen=True, slots=True)
class Box:
    """A bar: its corner and its size, all in per cent, and how it is filled."""

    x: str
    y: str
    width: str
    height: str
    colour: str
    fill: str


@dataclass(frozen=True, slots=True)
class Joint:
    """The short line from the end of one bar down to the next row."""

    x: str
    y: str
    until: str


@dataclass(frozen=True, slots=True)
class Laid:
    """A bar with its middle and its thickness, counted in rows."""

    height: float
    thick: float
    bar: Bar


def laid(chart: Chart) -> list[Laid]:
    """Return the bars of a chart with their places."""
    out = []
    for i, row in enumerate(chart.rows):
        share = _THICK if len(row.bars) < 2 else _THICK_MANY / len(row.bars)
        for k, bar in enumerate(row.bars):
            middle = i + MIDDLE + (k - (len(row.bars) - 1) / 2) * share
            out.append(Laid(middle, share * (1.0 if len(row.bars) < 2 else 0.88), bar))
    return out


def series_of(chart: Chart, name: str) -> Series:
    """Return the look of a series."""
    return next(item for item in chart.series if item.name == name)


def _ends(chart: Chart, bar: Bar) -> tuple[float, float] | None:
    """Return the places of the ends of a bar's interval, or None when it has none."""
    if bar.low is None and bar.high is None:
        return None
    low = 0.0 if bar.low is None else clip(place(chart.scale, bar.low))
    return low, 1.0 if bar.high is None else clip(place(chart.scale, bar.high))


def boxes(chart: Chart) -> tuple[tuple[Box, ...], list[Span]]:
    """Return the boxes of a chart, and the intervals at their ends."""
    rows = len(chart.rows) + 1
    out, spans = [], []
    for item in laid(chart):
        series = series_of(chart, item.bar.series)
        x = sorted(clip(place(chart.scale, v)) for v in (item.bar.base, item.bar.value))
        top = (item.height - item.thick / 2) / rows
        out.append(
            Box(
                x=per_cent(x[0]),
                y=f"{top * 100:.2f}%",
                width=per_cent(x[1] - x[0]),
                height=f"{item.thick / rows * 100:.2f}%",
                colour=series.colour,
                fill=series.symbol,
            )
        )
        ends = _ends(chart, item.bar)
        if ends is not None:
            y = f"{item.height / rows * 100:.2f}%"
            low, high = ends
            spans.append(Span(per_cent(low), per_cent(high), per_cent(high - low), y, "ink"))
    return tuple(out), spans


def _joined(chart: Chart) -> list[tuple[float, float, float]]:
    """Return (value, from height, to height) of the lines between bars that lead on."""
    steps = laid(chart) if chart.joined else []
    return [
        (a.bar.value, a.height + a.thick / 2, b.height - b.thick / 2)
        for a, b in itertools.pairwise(steps)
    ]


def joints(chart: Chart) -> tuple[Joint, ...]:
    """Return the lines that lead from one bar to the next."""
    rows = len(chart.rows) + 1
    return tuple(
        Joint(
            per_cent(clip(place(chart.scale, value))),
            f"{top / rows * 100:.2f}%",
            f"{low / rows * 100:.2f}%",
        )
        for value, top, low in _joined(chart)
    )


def bar_trace(chart: Chart, series: Series, mine: list[Laid]) -> dict[str, Any]:
    """Return the bars of one series for the chart engine."""
    scale = chart.scale
    ends = [
        [min(max(v, scale.low), scale.high) for v in (item.bar.base, item.bar.value)]
        for item in mine
    ]
    colour, pattern = f"@{series.colour}", _PATTERNS.get(series.symbol, "")
    hollow = series.symbol != "solid"
    return {
        "type": "bar",
        "orientation": "h",
        "name": escaped(series.title),
        "base": [figure_number(base) for base, _ in ends],
        "x": [figure_number(value - base) for base, value in ends],
        "y": [figure_number(item.height) for item in mine],
        "width": [figure_number(item.thick) for item in mine],
        "marker": {
            "color": "@paper" if hollow else colour,
            "line": {"width": 1.5, "color": colour},
            "pattern": {"shape": pattern, "fgcolor": colour, "size": 6, "solidity": 0.35},
        },
        "hovertext": [escaped(item.bar.hover) for item in mine],
        "hoverinfo": "text",
    }


def _thin(x: float, until: float, y: float, y_until: float, colour: str) -> dict[str, Any]:
    return {
        "type": "line", "xref": "x", "yref": "y", "x0": figure_number(x),
        "x1": figure_number(until), "y0": figure_number(y), "y1": figure_number(y_until),
        "line": {"color": f"@{colour}", "width": 2 if colour == "ink" else 1},
    }  # fmt: skip


def bar_shapes(chart: Chart) -> list[dict[str, Any]]:
    """Return the intervals of bars, and the lines that lead from one to the next."""
    low, high = chart.scale.low, chart.scale.high
    out = []
    for item in laid(chart):
        if _ends(chart, item.bar) is not None:
            start = low if item.bar.low is None else min(max(item.bar.low, low), high)
            end = high if item.bar.high is None else min(max(item.bar.high, low), high)
            out.append(_thin(start, end, item.height, item.height, "ink"))
    return out + [_thin(v, v, top, until, "soft") for v, top, until in _joined(chart)]
