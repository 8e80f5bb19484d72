"""A chart on two axes, drawn twice: as static shapes for every reader, as a figure for plotly.

Grid and ticks are drawn once and stay; what is drawn on them comes from one
:class:`~auditkit.report.pictures.Curves` both times. Lines and bands lie in a square of 1000 by
1000 that is stretched to the drawing; points are placed in per cent and keep their shape.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from auditkit.report.figures import PLOTLY_SYMBOLS, escaped, figure_number, layout
from auditkit.report.pictures import Curve, Curves, Line, Point, Scale, Tick
from auditkit.report.scales import clip, per_cent, place

__all__ = ["Plane", "figure_xy", "plane"]

_FAINT = "soft"


@dataclass(frozen=True, slots=True)
class Path:
    """A line or an area: its points in thousandths, its colour and its dash."""

    points: str
    colour: str
    dash: str = ""


@dataclass(frozen=True, slots=True)
class Stroke:
    """A straight line between two places, in per cent: an interval, a rule."""

    x: str
    y: str
    x_until: str
    y_until: str
    colour: str


@dataclass(frozen=True, slots=True)
class Patch:
    """A band across the drawing, in per cent."""

    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A point at a place, in per cent; a faint one is small."""

    x: str
    y: str
    symbol: str
    colour: str
    faint: bool


@dataclass(frozen=True, slots=True)
class Plane:
    """The shapes of a static chart on two axes; ticks upwards count from the top."""

    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    patches: tuple[Patch, ...]
    rules: tuple[Stroke, ...]
    areas: tuple[Path, ...]
    paths: tuple[Path, ...]
    strokes: tuple[Stroke, ...]
    dots: tuple[Dot, ...]


def _x(chart: Curves, value: float) -> float:
    return clip(place(chart.x, value))


def _y(chart: Curves, value: float) -> float:
    return 1.0 - clip(place(chart.y, value))


def _runs(points: Sequence[Point]) -> list[list[Point]]:
    """Return points in runs without a gap; faint points are not joined."""
    runs: list[list[Point]] = [[]]
    for point in points:
        if point.y is None:
            runs.append([])
        elif not point.faint:
            runs[-1].append(point)
    return [run for run in runs if run]


def _text(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x * 1000:.0f},{y * 1000:.0f}" for x, y in places)


def _paths(chart: Curves, curve: Curve) -> list[Path]:
    if not curve.line:
        return []
    colour, dash = curve.series.colour, curve.series.dash
    return [
        Path(
            _text([(_x(chart, p.x), _y(chart, p.y)) for p in run if p.y is not None]), colour, dash
        )
        for run in _runs(curve.points)
    ]


def _edges(run: Sequence[Point]) -> list[tuple[float, float]]:
    """Return the outline of a band: along its upper side, and back along the lower one."""
    known = [(p.x, p.low, p.high) for p in run if p.low is not None and p.high is not None]
    return [(x, high) for x, _, high in known] + [(x, low) for x, low, _ in reversed(known)]


def _areas(chart: Curves, curve: Curve) -> list[Path]:
    outlines = [_edges(run) for run in _runs(curve.points)] if curve.band else []
    return [
        Path(_text([(_x(chart, x), _y(chart, y)) for x, y in outline]), curve.series.colour)
        for outline in outlines
        if outline
    ]


def _strokes(chart: Curves, curve: Curve) -> list[Stroke]:
    """Return the intervals of points: upwards where there is no band, and along the x-axis."""
    out = []
    for p in curve.points:
        if p.y is None:
            continue
        colour = _FAINT if p.faint else curve.series.colour
        x, y = per_cent(_x(chart, p.x)), per_cent(_y(chart, p.y))
        if not curve.band and (p.low is not None or p.high is not None):
            low = 1.0 if p.low is None else _y(chart, p.low)
            high = 0.0 if p.high is None else _y(chart, p.high)
            out.append(Stroke(x, per_cent(low), x, per_cent(high), colour))
        if p.x_low is not None or p.x_high is not None:
            left = 0.0 if p.x_low is None else _x(chart, p.x_low)
            right = 1.0 if p.x_high is None else _x(chart, p.x_high)
            out.append(Stroke(per_cent(left), y, per_cent(right), y, colour))
    return out


def _dots(chart: Curves, curve: Curve) -> list[Dot]:
    if not curve.marks:
        return []
    series = curve.series
    return [
        Dot(
            per_cent(_x(chart, p.x)),
            per_cent(_y(chart, p.y)),
            series.symbol,
            _FAINT if p.faint else series.colour,
            p.faint,
        )
        for p in curve.points
        if p.y is not None
    ]


def _limits(scale: Scale, line: Line) -> tuple[float, float]:
    """Return where a line or a band lies on an axis; both places are the same for a line."""
    at = clip(place(scale, line.value))
    return at, at if line.until is None else clip(place(scale, line.until))


def _patches(chart: Curves) -> tuple[Patch, ...]:
    out = []
    for line in chart.upright:
        low, high = _limits(chart.x, line)
        if line.until is not None:
            out.append(Patch(per_cent(low), "0%", per_cent(high - low), "100%"))
    for line in chart.level:
        low, high = _limits(chart.y, line)
        if line.until is not None:
            out.append(Patch("0%", per_cent(1 - high), "100%", per_cent(high - low)))
    return tuple(out)


def _diagonal(chart: Curves) -> tuple[float, float] | None:
    """Return the ends of the line y = x that lie on both axes."""
    low, high = max(chart.x.low, chart.y.low), min(chart.x.high, chart.y.high)
    return (low, high) if chart.diagonal and low < high else None


def _rules(chart: Curves) -> tuple[Stroke, ...]:
    out = []
    for line in chart.upright:
        x = per_cent(_limits(chart.x, line)[0])
        if line.until is None:
            out.append(Stroke(x, "0%", x, "100%", "dashed" if line.dashed else ""))
    for line in chart.level:
        y = per_cent(1 - _limits(chart.y, line)[0])
        if line.until is None:
            out.append(Stroke("0%", y, "100%", y, "dashed" if line.dashed else ""))
    ends = _diagonal(chart)
    if ends is not None:
        (x, y), (right, top) = [(per_cent(_x(chart, v)), per_cent(_y(chart, v))) for v in ends]
        out.append(Stroke(x, y, right, top, "dashed"))
    return tuple(out)


def plane(chart: Curves) -> Plane:
    """Return the static shapes of a chart on two axes."""
    return Plane(
        x_ticks=chart.x.ticks,
        y_ticks=tuple(Tick(round(100 - t.at, 1), t.value, t.text) for t in chart.y.ticks),
        patches=_patches(chart),
        rules=_rules(chart),
        areas=tuple(area for curve in chart.curves for area in _areas(chart, curve)),
        paths=tuple(path for curve in chart.curves for path in _paths(chart, curve)),
        strokes=tuple(stroke for curve in chart.curves for stroke in _strokes(chart, curve)),
        dots=tuple(dot for curve in chart.curves for dot in _dots(chart, curve)),
    )


def _held(scale: Scale, value: float) -> float:
    return figure_number(min(max(value, scale.low), scale.high))


def _error(scale: Scale, rows: Sequence[tuple[float, float | None, float | None]]) -> Any:
    """Return error bars around values: a side without an end reaches the edge."""
    plus, minus = [], []
    for value, low, high in rows:
        at = _held(scale, value)
        none = low is None and high is None
        bottom = at if none else scale.low if low is None else _held(scale, low)
        top = at if none else scale.high if high is None else _held(scale, high)
        plus.append(figure_number(max(top - at, 0.0)))
        minus.append(figure_number(max(at - bottom, 0.0)))
    return {"type": "data", "symmetric": False, "array": plus, "arrayminus": minus, "width": 0}


def _band(chart: Curves, curve: Curve) -> list[dict[str, Any]]:
    if not curve.band:
        return []
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "x": [_held(chart.x, x) for x, _ in outline],
            "y": [_held(chart.y, y) for _, y in outline],
            "fill": "toself",
            "fillcolor": f"@{curve.series.colour}/0.16",
            "line": {"width": 0},
            "hoverinfo": "skip",
        }
        for outline in map(_edges, _runs(curve.points))
        if outline
    ]


def _line_trace(chart: Curves, curve: Curve) -> list[dict[str, Any]]:
    if not curve.line:
        return []
    points = [p for p in curve.points if not p.faint]
    dash = {"color": f"@{curve.series.colour}", "width": 2, "dash": curve.series.dash or "solid"}
    trace = {
        "type": "scatter",
        "mode": "lines",
        "x": [_held(chart.x, p.x) for p in points],
        "y": [None if p.y is None else _held(chart.y, p.y) for p in points],
        "line": dash,
        "name": escaped(curve.series.title),
        "hoverinfo": "skip",
    }
    if not curve.marks:
        trace |= {"hovertext": [escaped(p.hover) for p in points], "hoverinfo": "text"}
    return [trace]


def _points(chart: Curves, curve: Curve, points: list[Point], faint: bool) -> dict[str, Any]:
    colour = f"@{_FAINT if faint else curve.series.colour}"
    look = {"color": colour, "thickness": 1 if faint else 2}
    known = [(p, p.y) for p in points if p.y is not None]
    trace: dict[str, Any] = {
        "type": "scatter",
        "mode": "markers",
        "x": [_held(chart.x, p.x) for p, _ in known],
        "y": [_held(chart.y, y) for _, y in known],
        "marker": {
            "color": colour,
            "size": 7 if faint else 11,
            "symbol": PLOTLY_SYMBOLS[curve.series.symbol],
            "line": {"width": 2, "color": colour},
        },
        "opacity": 1 if curve.marks else 0,
        "name": escaped(curve.series.title),
        "hovertext": [escaped(p.hover) for p, _ in known],
        "hoverinfo": "text",
    }
    if not curve.band and any(p.low is not None or p.high is not None for p, _ in known):
        trace["error_y"] = _error(chart.y, [(y, p.low, p.high) for p, y in known]) | look
    if any(p.x_low is not None or p.x_high is not None for p, _ in known):
        trace["error_x"] = _error(chart.x, [(p.x, p.x_low, p.x_high) for p, _ in known]) | look
    return trace


def _point_traces(chart: Curves, curve: Curve) -> list[dict[str, Any]]:
    bare = not curve.marks and (
        curve.band or all(p.low is p.high is p.x_low is p.x_high is None for p in curve.points)
    )
    if bare:
        return []
    split = [([p for p in curve.points if p.faint is faint], faint) for faint in (True, False)]
    return [_points(chart, curve, points, faint) for points, faint in split if points]


def _shape(kind: str, x: Sequence[float], y: Sequence[float], line: Line) -> dict[str, Any]:
    """Return a line or a band of a layout; places are parts of the drawing, 0 to 1."""
    dash = {"color": "@soft", "width": 1.5, "dash": "dash" if line.dashed else "solid"}
    look = {"line": dash} if kind == "line" else {"fillcolor": "@band", "line": {"width": 0}}
    ends = {"x0": x[0], "x1": x[1], "y0": y[0], "y1": y[1]}
    return {"type": kind, "xref": "paper", "yref": "paper", "layer": "below"} | ends | look


def _shapes(chart: Curves) -> list[dict[str, Any]]:
    out = []
    for line in chart.upright:
        kind = "line" if line.until is None else "rect"
        out.append(_shape(kind, list(map(figure_number, _limits(chart.x, line))), (0, 1), line))
    for line in chart.level:
        kind = "line" if line.until is None else "rect"
        out.append(_shape(kind, (0, 1), list(map(figure_number, _limits(chart.y, line))), line))
    ends = _diagonal(chart)
    if ends is not None:
        x = [figure_number(_x(chart, v)) for v in ends]
        y = [figure_number(1 - _y(chart, v)) for v in ends]
        out.append(_shape("line", x, y, Line(0.0, "", dashed=True)))
    return out


def _axis(scale: Scale) -> dict[str, Any]:
    ends = [math.log10(scale.low), math.log10(scale.high)] if scale.log else [scale.low, scale.high]
    return {
        "type": "log" if scale.log else "linear",
        "range": [figure_number(end) for end in ends],
        "visible": False,
        "fixedrange": True,
    }


def figure_xy(chart: Curves) -> dict[str, Any]:
    """Return a chart on two axes as a plotly figure, without grid and ticks: the page has them."""
    traces = [trace for curve in chart.curves for trace in _band(chart, curve)]
    for curve in chart.curves:
        traces += _line_trace(chart, curve)
    for curve in chart.curves:
        traces += _point_traces(chart, curve)
    axes = {"xaxis": _axis(chart.x), "yaxis": _axis(chart.y), "shapes": _shapes(chart)}
    return {"data": traces, "layout": layout() | axes}
