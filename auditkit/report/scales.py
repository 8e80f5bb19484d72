"""Axes: where a value lies, and which ticks a reader can count on.

The scale of a picture just holds what is drawn on it, in round steps.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from auditkit.report.pictures import Bar, Mark, Scale, Tick
from auditkit.report.text import number, percent, points

__all__ = [
    "axis",
    "clip",
    "log_scale",
    "per_cent",
    "place",
    "point_scale",
    "share_scale",
]

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


def place(scale: Scale, value: float) -> float:
    """Return the place of a value on the axis, 0 to 1; beyond the ends for what does not fit."""
    if scale.log:
        if value <= 0:
            return -1.0
        low, high, value = math.log(scale.low), math.log(scale.high), math.log(value)
    else:
        low, high = scale.low, scale.high
    return (value - low) / (high - low)


def clip(at: float) -> float:
    """Return a place that is on the axis: beyond an end, the end."""
    return min(max(at, 0.0), 1.0)


def per_cent(at: float) -> str:
    """Return a place as a length of a style sheet."""
    return f"{at * 100:.1f}%"


def _ticked(low: float, high: float, log: bool, title: str, marks: Iterable[Any]) -> Scale:
    bare = Scale(low, high, log, title, ())
    ticks = tuple(
        Tick(round(place(bare, value) * 100, 1), value, text)
        for value, text in marks
        if 0 <= place(bare, value) <= 1
    )
    return Scale(low, high, log, title, ticks)


def share_scale(marks: Iterable[Mark | Bar], title: str, *, plain: bool = False) -> Scale:
    """Return an axis from 0 that just holds the marks: rates, or plain numbers from 0 to 1."""
    tops = [top for mark in marks for top in (mark.value, mark.high) if top is not None]
    most = min(max(tops, default=1.0), 1.0)
    step = next(s for s in (0.01, 0.02, 0.05, 0.1, 0.2, 0.25) if most / s <= 5 or s == 0.25)
    top = max(math.ceil(most / step - 1e-9) * step, step)
    at = [i * step for i in range(round(top / step) + 1)]
    ticks = [(v, f"{v:g}" if plain else percent(v).replace(".0 %", " %")) for v in at]
    return _ticked(-_PAD * top, top * (1 + _PAD), False, title, ticks)


def log_scale(marks: Iterable[Mark | Bar], title: str) -> Scale:
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


def point_scale(marks: Iterable[Mark | Bar], title: str, line: float) -> Scale:
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


def _round_step(span: float, most: int) -> float:
    """Return the smallest of 1, 2 and 5 times a power of ten that cuts a span into few steps."""
    power: float = 10.0 ** math.floor(math.log10(span / most))
    return next(k * power for k in (1, 2, 5, 10) if span / (k * power) <= most)


def _log_ticks(low: float, high: float, most: int) -> list[float]:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for steps in ((1, 2, 5), (1, 3), (1,)):
        found = [k * 10.0**e for e in range(first, last + 1) for k in steps]
        found = [value for value in found if low <= value <= high]
        if len(found) <= most:
            return found
    return found[:: math.ceil(len(found) / most)]


def axis(
    values: Iterable[float | None],
    title: str,
    *,
    show: Callable[[float], str] = number,
    log: bool = False,
    ends: tuple[float | None, float | None] = (None, None),
    most: int = 6,
) -> Scale:
    """Return an axis that just holds some values, with round ticks.

    Parameters
    ----------
    values : iterable of float
        What will be drawn, the ends of intervals too; None is passed over.
    title : str
        What the axis measures, with its unit.
    show : callable
        How a tick is written, such as :func:`auditkit.report.text.percent`.
    log : bool
        A logarithmic axis; values that are not above zero then have no place on it.
    ends : pair of float or None
        Values that must lie on the axis, such as 0 and 1.
    most : int
        The most steps between ticks.

    Examples
    --------
    >>> [tick.text for tick in axis([0.1, 0.43], "Share", ends=(0, None)).ticks]
    ['0', '0.1', '0.2', '0.3', '0.4']
    >>> [tick.text for tick in axis([3, 4000], "People", log=True).ticks]
    ['10', '100', '1,000']
    """
    known = [v for v in (*values, *ends) if v is not None and (v > 0 or not log)]
    low, high = (min(known), max(known)) if known else (0.1 if log else 0.0, 1.0)
    if low == high:
        low, high = (low / 2, high * 2) if log else (low - abs(low) / 2 - 0.5, high + 0.5)
    if log:
        pad = (high / low) ** _PAD
        ticks = _log_ticks(low / pad, high * pad, most)
        return _ticked(low / pad, high * pad, True, title, [(t, show(t)) for t in ticks])
    step = _round_step(high - low, most)
    pad = _PAD * (high - low)
    at = [i * step for i in range(math.floor(low / step), math.ceil(high / step) + 1)]
    shown = [(v, show(v).replace(".0 %", " %")) for v in at]
    return _ticked(low - pad, high + pad, False, title, shown)
