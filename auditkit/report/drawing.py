"""A chart on rows, drawn twice: as static shapes for every reader, as a figure for plotly.

Both come from the same :class:`~auditkit.report.pictures.Chart`, so they cannot disagree. Positions
are in per cent of the drawing, which therefore fits any width and any size of type without a
script. Row i of n lies at ``(i + 0.6) / (n + 1)``; the last row is the axis.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from auditkit.report.bars import (
    MIDDLE,
    Box,
    Joint,
    Laid,
    Span,
    bar_shapes,
    bar_trace,
    boxes,
    joints,
    laid,
    series_of,
)
from auditkit.report.figures import PLOTLY_SYMBOLS, escaped, figure_number, layout
from auditkit.report.pictures import Chart, Mark, Tick
from auditkit.report.scales import clip, per_cent, place

__all__ = ["Drawing", "drawn", "figure"]


@dataclass(frozen=True, slots=True)
class Spot:
    """A mark at a place."""

    x: str
    y: str
    symbol: str
    colour: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """The shapes of a static chart."""

    rows: int
    floor: str
    text_y: str
    bands: tuple[Span, ...]
    lines: tuple[tuple[str, str], ...]
    ticks: tuple[Tick, ...]
    spans: tuple[Span, ...]
    spots: tuple[Spot, ...]
    boxes: tuple[Box, ...] = ()
    joints: tuple[Joint, ...] = ()


def _offsets(marks: Sequence[Mark]) -> list[float]:
    if len(marks) < 2:
        return [0.0] * len(marks)
    return [(k / (len(marks) - 1) - 0.5) * 0.26 for k in range(len(marks))]


def _placed(chart: Chart) -> Iterable[tuple[float, Mark]]:
    """Yield each mark with its height, counted in rows from the top."""
    for i, row in enumerate(chart.rows):
        for mark, offset in zip(row.marks, _offsets(row.marks), strict=True):
            yield i + MIDDLE + offset, mark


def _symbol(chart: Chart, mark: Mark) -> tuple[str, str]:
    """Return a mark's symbol and colour; one that lies beyond the axis becomes an arrow."""
    series = series_of(chart, mark.series)
    at = place(chart.scale, mark.value)
    symbol = "left" if at < 0 else "right" if at > 1 else series.symbol
    return symbol, series.colour


def drawn(chart: Chart) -> Drawing:
    """Return the static shapes of a chart."""
    rows = len(chart.rows)
    bands, lines, spans, spots = [], [], [], []
    for line in chart.lines:
        x = clip(place(chart.scale, line.value))
        if line.until is None:
            lines.append((per_cent(x), "rule dashed" if line.dashed else "rule"))
        else:
            until = clip(place(chart.scale, line.until))
            bands.append(Span(per_cent(x), per_cent(until), per_cent(until - x), "0%", "band"))
    for height, mark in _placed(chart):
        y = f"{height / (rows + 1) * 100:.2f}%"
        symbol, colour = _symbol(chart, mark)
        if mark.low is not None or mark.high is not None:
            low = 0.0 if mark.low is None else clip(place(chart.scale, mark.low))
            high = 1.0 if mark.high is None else clip(place(chart.scale, mark.high))
            spans.append(Span(per_cent(low), per_cent(high), per_cent(high - low), y, colour))
        x = clip(place(chart.scale, mark.value))
        spots.append(Spot(per_cent(x), y, symbol, colour))
    bars, whiskers = boxes(chart)
    return Drawing(
        rows=rows,
        floor=f"{rows / (rows + 1) * 100:.2f}%",
        text_y=f"{(rows + 0.5) / (rows + 1) * 100:.2f}%",
        bands=tuple(bands),
        lines=tuple(lines),
        ticks=chart.scale.ticks,
        spans=(*whiskers, *spans),
        spots=tuple(spots),
        boxes=bars,
        joints=joints(chart),
    )


def _trace(chart: Chart, name: str, placed: list[tuple[float, Mark]]) -> dict[str, Any]:
    scale = chart.scale
    inside = [min(max(mark.value, scale.low), scale.high) for _, mark in placed]
    drawn_as = [_symbol(chart, mark) for _, mark in placed]
    minus, plus = [], []
    for value, (_, mark) in zip(inside, placed, strict=True):
        none = mark.low is None and mark.high is None
        low = scale.low if mark.low is None else max(mark.low, scale.low)
        high = scale.high if mark.high is None else min(mark.high, scale.high)
        low, high = (value, value) if none else (low, high)
        minus.append(figure_number(max(value - low, 0.0)))
        plus.append(figure_number(max(high - value, 0.0)))
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [figure_number(v) for v in inside],
        "y": [figure_number(height) for height, _ in placed],
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": plus,
            "arrayminus": minus,
            "color": f"@{drawn_as[0][1]}",
            "thickness": 2,
            "width": 0,
        },
        "marker": {
            "color": f"@{drawn_as[0][1]}",
            "size": 11,
            "symbol": [PLOTLY_SYMBOLS[symbol] for symbol, _ in drawn_as],
            "line": {"width": 2, "color": f"@{drawn_as[0][1]}"},
        },
        "hovertext": [escaped(mark.hover) for _, mark in placed],
        "hoverinfo": "text",
    }


def _traces(chart: Chart) -> list[dict[str, Any]]:
    placed: dict[str, list[tuple[float, Mark]]] = {series.name: [] for series in chart.series}
    for height, mark in _placed(chart):
        placed[mark.series].append((height, mark))
    bars: dict[str, list[Laid]] = {series.name: [] for series in chart.series}
    for item in laid(chart):
        bars[item.bar.series].append(item)
    drawn = [bar_trace(chart, item, bars[item.name]) for item in chart.series if bars[item.name]]
    return drawn + [
        _trace(chart, escaped(item.title), placed[item.name])
        for item in chart.series
        if placed[item.name]
    ]


def _shapes(chart: Chart) -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = []
    for line in chart.lines:
        across = {"xref": "x", "yref": "y", "y0": 0, "y1": len(chart.rows), "layer": "below"}
        if line.until is None:
            dash = {"color": "@soft", "width": 1.5, "dash": "dash" if line.dashed else "solid"}
            out.append(across | {"type": "line", "x0": line.value, "x1": line.value, "line": dash})
        else:
            low = max(line.value, chart.scale.low)
            high = min(line.until, chart.scale.high)
            out.append(
                across
                | {"type": "rect", "x0": low, "x1": high, "fillcolor": "@band"}
                | {"line": {"width": 0}}
            )
    return out


def figure(chart: Chart) -> dict[str, Any]:
    """Return a chart as a plotly figure: numbers, no template, colours by name.

    A colour that begins with ``@`` is the name of a CSS colour of the page, which the page's
    script looks up: light, dark and print have one palette each, in one place.
    """
    rows, scale = len(chart.rows), chart.scale
    ends = [math.log10(scale.low), math.log10(scale.high)] if scale.log else [scale.low, scale.high]
    return {
        "data": _traces(chart),
        "layout": layout()
        | {
            "xaxis": {
                "type": "log" if scale.log else "linear",
                "range": [figure_number(end) for end in ends],
                "tickmode": "array",
                "tickvals": [figure_number(tick.value) for tick in scale.ticks],
                "ticktext": [tick.text for tick in scale.ticks],
                "gridcolor": "@rule",
                "linecolor": "@soft",
                "showline": True,
                "zeroline": False,
                "fixedrange": True,
                "ticklabeloverflow": "allow",
                "tickfont": {"color": "@soft", "size": 12},
            },
            "yaxis": {
                "range": [rows, 0],
                "domain": [figure_number(1 / (rows + 1)), 1],
                "visible": False,
                "fixedrange": True,
            },
            "shapes": _shapes(chart) + bar_shapes(chart),
            "barmode": "overlay",
        },
    }
