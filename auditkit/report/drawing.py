"""A chart, drawn twice: as static shapes for every reader, as a figure for plotly.

Both come from the same :class:`~auditkit.report.blocks.Chart`, so they cannot disagree. Positions
are in per cent of the drawing, which therefore fits any width and any size of type without a
script. Row i of n lies at ``(i + 0.6) / (n + 1)``; the last row is the axis.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from auditkit.report.blocks import Chart, Mark, Scale, Tick
from auditkit.report.text import percent, points

__all__ = ["Drawing", "drawn", "figure", "log_scale", "point_scale", "share_scale"]

_WITHIN_ROW = 0.6
_PAD = 0.05
_WIDEST = 50.0
_RATIO_TICKS = (
    0.01,
    0.02,
    0.05,
    0.1,
    0.2,
    0.3,
    0.5,
    0.8,
    1.0,
    1.25,
    2.0,
    3.0,
    5.0,
    10.0,
    20.0,
    40.0,
)
_SYMBOLS = {
    "circle": "circle",
    "diamond": "diamond",
    "square": "square",
    "triangle": "triangle-up",
    "ring": "circle-open",
    "hollow": "diamond-open",
    "left": "triangle-left",
    "right": "triangle-right",
}


@dataclass(frozen=True, slots=True)
class Span:
    """A rectangle or a line from `x` to `until`, at `y`; all in per cent."""

    x: str
    until: str
    width: str
    y: str
    colour: str


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


def _axis(scale: Scale, value: float) -> float:
    """Return the place of a value on the axis, 0 to 1; beyond the ends for what does not fit."""
    if scale.log:
        if value <= 0:
            return -1.0
        low, high, value = math.log(scale.low), math.log(scale.high), math.log(value)
    else:
        low, high = scale.low, scale.high
    return (value - low) / (high - low)


def _clip(place: float) -> float:
    return min(max(place, 0.0), 1.0)


def _per_cent(place: float) -> str:
    return f"{place * 100:.1f}%"


def _ticked(low: float, high: float, log: bool, title: str, marks: Iterable[Any]) -> Scale:
    bare = Scale(low, high, log, title, ())
    ticks = tuple(
        Tick(round(_axis(bare, value) * 100, 1), value, text)
        for value, text in marks
        if 0 <= _axis(bare, value) <= 1
    )
    return Scale(low, high, log, title, ticks)


def share_scale(marks: Iterable[Mark], title: str, *, plain: bool = False) -> Scale:
    """Return an axis from 0 that just holds the marks: rates, or plain numbers from 0 to 1."""
    tops = [top for mark in marks for top in (mark.value, mark.high) if top is not None]
    most = min(max(tops, default=1.0), 1.0)
    step = next(s for s in (0.01, 0.02, 0.05, 0.1, 0.2, 0.25) if most / s <= 5 or s == 0.25)
    top = max(math.ceil(most / step - 1e-9) * step, step)
    at = [i * step for i in range(round(top / step) + 1)]
    ticks = [(v, f"{v:g}" if plain else percent(v).replace(".0 %", " %")) for v in at]
    return _ticked(-_PAD * top, top * (1 + _PAD), False, title, ticks)


def log_scale(marks: Iterable[Mark], title: str) -> Scale:
    """Return a logarithmic axis for ratios that shows 0.8 and 1 and just holds the marks."""
    values = [
        value
        for mark in marks
        for value in (mark.value, mark.low, mark.high)
        if value is not None and value > 0
    ]
    low = max(min([*values, 0.5]), 1 / _WIDEST)
    high = min(max([*values, 1.5]), _WIDEST)
    pad = (high / low) ** _PAD
    shown = [t for t in _RATIO_TICKS if low / pad <= t <= high * pad]
    if len(shown) > 7:
        shown = [t for t in shown if t in {0.05, 0.2, 0.5, 1.0, 2.0, 5.0, 20.0}]
    return _ticked(low / pad, high * pad, True, title, [(t, f"{t:g}") for t in shown])


def point_scale(marks: Iterable[Mark], title: str, line: float) -> Scale:
    """Return an axis for differences of rates, in points, that shows 0 and both lines."""
    values = [
        value for mark in marks for value in (mark.value, mark.low, mark.high) if value is not None
    ]
    reach = (-1.5 * line, 1.5 * line) if line else (-0.01, 0.01)
    low, high = min([*values, reach[0]]), max([*values, reach[1]])
    step = next(s for s in (0.02, 0.05, 0.1, 0.2, 0.25, 0.5) if (high - low) / s <= 6 or s == 0.5)
    ticks = range(math.floor(low / step), math.ceil(high / step) + 1)
    pad = _PAD * (high - low)
    shown = [(i * step, points(i * step).removesuffix(".0")) for i in ticks]
    return _ticked(low - pad, high + pad, False, title, shown)


def _offsets(marks: Sequence[Mark]) -> list[float]:
    if len(marks) < 2:
        return [0.0] * len(marks)
    return [(k / (len(marks) - 1) - 0.5) * 0.26 for k in range(len(marks))]


def _placed(chart: Chart) -> Iterable[tuple[float, Mark]]:
    """Yield each mark with its height, counted in rows from the top."""
    for i, row in enumerate(chart.rows):
        for mark, offset in zip(row.marks, _offsets(row.marks), strict=True):
            yield i + _WITHIN_ROW + offset, mark


def _symbol(chart: Chart, mark: Mark) -> tuple[str, str]:
    """Return a mark's symbol and colour; one that lies beyond the axis becomes an arrow."""
    series = next(item for item in chart.series if item.name == mark.series)
    place = _axis(chart.scale, mark.value)
    symbol = "left" if place < 0 else "right" if place > 1 else series.symbol
    return symbol, series.colour


def drawn(chart: Chart) -> Drawing:
    """Return the static shapes of a chart."""
    rows = len(chart.rows)
    bands, lines, spans, spots = [], [], [], []
    for line in chart.lines:
        x = _clip(_axis(chart.scale, line.value))
        if line.until is None:
            lines.append((_per_cent(x), "rule dashed" if line.dashed else "rule"))
        else:
            until = _clip(_axis(chart.scale, line.until))
            bands.append(Span(_per_cent(x), _per_cent(until), _per_cent(until - x), "0%", "band"))
    for height, mark in _placed(chart):
        y = f"{height / (rows + 1) * 100:.2f}%"
        symbol, colour = _symbol(chart, mark)
        if mark.low is not None or mark.high is not None:
            low = 0.0 if mark.low is None else _clip(_axis(chart.scale, mark.low))
            high = 1.0 if mark.high is None else _clip(_axis(chart.scale, mark.high))
            spans.append(Span(_per_cent(low), _per_cent(high), _per_cent(high - low), y, colour))
        x = _clip(_axis(chart.scale, mark.value))
        spots.append(Spot(_per_cent(x), y, symbol, colour))
    return Drawing(
        rows=rows,
        floor=f"{rows / (rows + 1) * 100:.2f}%",
        text_y=f"{(rows + 0.5) / (rows + 1) * 100:.2f}%",
        bands=tuple(bands),
        lines=tuple(lines),
        ticks=chart.scale.ticks,
        spans=tuple(spans),
        spots=tuple(spots),
    )


def _number(value: float) -> float:
    return round(value, 9)


def _escaped(text: str) -> str:
    """Return text that plotly prints as it stands: it reads a little HTML in labels."""
    return html.escape(text, quote=False).replace("\n", "<br>")


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
        minus.append(_number(max(value - low, 0.0)))
        plus.append(_number(max(high - value, 0.0)))
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [_number(v) for v in inside],
        "y": [_number(height) for height, _ in placed],
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
            "symbol": [_SYMBOLS[symbol] for symbol, _ in drawn_as],
            "line": {"width": 2, "color": f"@{drawn_as[0][1]}"},
        },
        "hovertext": [_escaped(mark.hover) for _, mark in placed],
        "hoverinfo": "text",
    }


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
    placed: dict[str, list[tuple[float, Mark]]] = {series.name: [] for series in chart.series}
    for height, mark in _placed(chart):
        placed[mark.series].append((height, mark))
    ends = [math.log10(scale.low), math.log10(scale.high)] if scale.log else [scale.low, scale.high]
    return {
        "data": [
            _trace(chart, _escaped(series.title), placed[series.name])
            for series in chart.series
            if placed[series.name]
        ],
        "layout": {
            "xaxis": {
                "type": "log" if scale.log else "linear",
                "range": [_number(end) for end in ends],
                "tickmode": "array",
                "tickvals": [_number(tick.value) for tick in scale.ticks],
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
                "domain": [_number(1 / (rows + 1)), 1],
                "visible": False,
                "fixedrange": True,
            },
            "shapes": _shapes(chart),
            "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
            "showlegend": False,
            "hovermode": "closest",
            "dragmode": False,
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"family": "system-ui, sans-serif", "color": "@ink", "size": 13},
            "hoverlabel": {
                "bgcolor": "@paper",
                "bordercolor": "@soft",
                "font": {"color": "@ink"},
                "align": "left",
            },
        },
    }
