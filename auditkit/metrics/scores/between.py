"""Values of groups become one number: a difference, a ratio, or the widest distance of a pair.

A value is a float, or the reason why there is none. A group without one is left out and named.
"""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any, Literal

from auditkit.counts import Group
from auditkit.errors import MetricError, UndefinedMetricWarning, listed
from auditkit.metrics.family import name_of, reference_of

__all__ = ["Kind", "Value", "extreme", "gap", "number", "widest"]

Kind = Literal["difference", "ratio"]
Value = float | str
"""A number, or the reason why there is none."""


def number(name: str, value: Value) -> float:
    """Return a value, or NaN with a warning that says why."""
    if isinstance(value, str):
        _warn(f"{name} is undefined: {value}")
        return math.nan
    return value


def gap(
    name: str, groups: Sequence[Group], values: Sequence[Value], kind: Kind, reference: Any
) -> float:
    """Return max − min or min / max; with a reference, the group that is furthest from it.

    Raises
    ------
    MetricError
        On one group, or a reference that is none of them.
    """
    _need_two(groups)
    base = None if reference is None else reference_of(groups, reference)
    _name_undefined(name, groups, values)
    known = {i: value for i, value in enumerate(values) if not isinstance(value, str)}
    if base is not None and base not in known:
        _warn(f"{name}: the reference group {listed([name_of(groups[base])])} has no value")
        return math.nan
    if len(known) < 2:
        _warn(f"{name}: fewer than two groups have a value, so there is no {kind}")
        return math.nan
    if kind == "ratio" and min(known.values()) < 0:
        _warn(f"{name} is below 0 in a group, so a ratio has no meaning")
        return math.nan
    if base is None:
        return _spread(name, list(known.values()), kind)
    others = [value for i, value in known.items() if i != base]
    return _furthest(name, others, known[base], kind)


def extreme(
    name: str, groups: Sequence[Group], values: Sequence[Value], end: Literal["min", "max"]
) -> float:
    """Return the smallest or the largest value over the groups that have one.

    Raises
    ------
    MetricError
        On one group.
    """
    _need_two(groups)
    _name_undefined(name, groups, values)
    known = [value for value in values if not isinstance(value, str)]
    if not known:
        _warn(f"{name}: no group has a value")
        return math.nan
    return min(known) if end == "min" else max(known)


def _spread(name: str, known: list[float], kind: Kind) -> float:
    low, high = min(known), max(known)
    if kind == "difference":
        return high - low
    if high == 0:
        _warn(f"{name} is 0 in every group, so the ratio is undefined (0/0)")
        return math.nan
    return low / high


def _furthest(name: str, others: list[float], base: float, kind: Kind) -> float:
    if kind == "difference":
        return max((value - base for value in others), key=abs)
    if base == 0:
        _warn(f"{name} is 0 in the reference group, so the ratio is undefined")
        return math.nan
    if 0 in others:
        return 0.0
    return max((value / base for value in others), key=lambda ratio: abs(math.log(ratio)))


def widest(
    name: str,
    groups: Sequence[Group],
    lacking: Sequence[str | None],
    distance: Callable[[int, int], Value],
    reference: Any,
    far: Callable[[float], float] = abs,
) -> float:
    """Return the widest distance of two groups, or of a group from the reference.

    Parameters
    ----------
    name : str
        Of the metric, for messages.
    groups : sequence of tuple
        The groups.
    lacking : sequence of str or None
        Why a group cannot be compared at all, or None.
    distance : callable
        From the places of a group and of the one it is compared with to a value.
    reference : scalar, tuple or None
        The group that all others are compared with.
    far : callable
        What "wide" means.

    Raises
    ------
    MetricError
        On one group, or a reference that is none of them.
    """
    _need_two(groups)
    base = None if reference is None else reference_of(groups, reference)
    _name_undefined(name, groups, [reason or 0.0 for reason in lacking])
    usable = [i for i, reason in enumerate(lacking) if reason is None]
    if base is not None and base not in usable:
        _warn(f"{name}: the reference group {listed([name_of(groups[base])])} has no value")
        return math.nan
    if len(usable) < 2:
        _warn(f"{name}: fewer than two groups can be compared")
        return math.nan
    pairs = (
        list(combinations(usable, 2)) if base is None else [(i, base) for i in usable if i != base]
    )
    found = [(distance(i, j), i, j) for i, j in pairs]
    for reason in sorted({value for value, _, _ in found if isinstance(value, str)}):
        said = [f"{name_of(groups[i])} and {name_of(groups[j])}"
                for value, i, j in found if value == reason]  # fmt: skip
        _warn(f"{name} is undefined ({reason}) for {listed(said)}: left out")
    known = [value for value, _, _ in found if not isinstance(value, str)]
    return max(known, key=far) if known else math.nan


def _need_two(groups: Sequence[Group]) -> None:
    if len(groups) < 2:
        raise MetricError("only one group: there is nothing to compare it with")


def _name_undefined(name: str, groups: Sequence[Group], values: Sequence[Value]) -> None:
    for reason in sorted({value for value in values if isinstance(value, str)}):
        without = [name_of(g) for g, value in zip(groups, values, strict=True) if value == reason]
        _warn(f"{name} is undefined ({reason}) in {listed(without)}: left out")


def _warn(message: str) -> None:
    """Warn where the caller of this package is, however deep in it we are."""
    level, frame = 2, sys._getframe(1)
    while frame.f_back and frame.f_globals.get("__name__", "").startswith("auditkit.metrics"):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, UndefinedMetricWarning, stacklevel=level)
