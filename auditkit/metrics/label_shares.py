"""Shares of each label in each group, and the pair of groups whose shares are furthest apart."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.counts import Group, group_text
from auditkit.errors import MetricError, listed, shown
from auditkit.metrics.arrays import Column, flags_of
from auditkit.metrics.conventions import check_offers
from auditkit.metrics.family import (
    class_codes,
    name_of,
    read_rows,
    reference_of,
    required_reference,
    warn,
)

__all__ = ["Between", "Shares", "label_shares", "largest", "pooled", "steps_of"]

Shares = NDArray[np.float64]
Between = Callable[[Shares, Shares], float]


def label_shares(
    y_true: Any, features: Any, weight: Any, pos_label: Any
) -> tuple[tuple[Group, ...], Shares, tuple[str, ...], Column]:
    """Return the share of each label in each group; NaN in a group without weight."""
    rows = read_rows(features, weight, y_true=y_true)
    column = rows.columns["y_true"]
    if len(rows.groups) < 2:
        raise MetricError("only one group: there is nothing to compare it with")
    if pos_label is None:
        (codes,), classes = class_codes([column])
    else:
        flags = flags_of(column, None, pos_label)[0]
        codes, classes = np.asarray(flags, np.int64), (f"not {pos_label}", str(pos_label))
    shape = (len(rows.groups), len(classes))
    place = rows.group * shape[1] + codes
    table = np.bincount(place, rows.weight, math.prod(shape)).reshape(shape)
    sizes = table.sum(axis=1, keepdims=True)
    shares = np.divide(table, sizes, out=np.full(shape, math.nan), where=sizes > 0)
    return rows.groups, shares, classes, column


def largest(
    between: Between,
    groups: tuple[Group, ...],
    shares: Shares,
    classes: tuple[str, ...],
    reference: Any,
) -> float:
    """Return the largest distance of two groups, or of a group from the reference."""
    known = ~np.isnan(shares[:, 0])
    if not known.all():
        empty = [name_of(group) for group, has in zip(groups, known, strict=True) if not has]
        warn(f"no row with weight in {listed(empty)}: left out", stacklevel=5)
    places = np.flatnonzero(known).tolist()
    if reference is None:
        pairs = list(permutations(places, 2))
    else:
        base = reference_of(groups, reference)
        pairs = [(base, other) for other in places if other != base and known[base]]
    if not pairs:
        warn("fewer than two groups that are compared have rows with weight", stacklevel=5)
        return math.nan
    found, worst = max((between(shares[i], shares[j]), (i, j)) for i, j in pairs)
    if math.isinf(found):
        i, j = worst
        absent = [classes[y] for y in np.flatnonzero((shares[i] > 0) & (shares[j] == 0))]
        warn(
            f"label {listed(absent)} occurs in '{shown(name_of(groups[i]))}' and not in "
            f"'{shown(name_of(groups[j]))}': the divergence is infinite, so it has no value",
            stacklevel=5,
        )
        return math.nan
    return max(0.0, found)


def steps_of(column: Column, classes: tuple[str, ...], order: Sequence[Any] | None) -> Shares:
    """Return the place of each label on a line."""
    dtype = getattr(column.native, "dtype", None)
    if order is None and (getattr(dtype, "ordered", False) or type(dtype).__name__ == "Enum"):
        order = column.declared
    if order is not None:
        texts = [group_text(value) for value in order]
        unknown = [label for label in classes if label not in texts]
        if unknown or len(set(texts)) < len(texts):
            raise MetricError(f"order must name every label once; it lacks {listed(unknown)}")
        return np.array([texts.index(label) for label in classes], dtype=np.float64)
    try:
        steps = np.array([{"False": 0, "True": 1}.get(c, c) for c in classes], dtype=np.float64)
    except ValueError:
        steps = np.array([math.nan])
    if not np.isfinite(steps).all():
        raise MetricError(f"{column.name} is not numbers: pass order=[lowest, ..., highest]")
    return steps


def pooled(
    name: str,
    between: Between,
    given: tuple[Any, Any, Any, Any],
    reference: Any,
    convention: str,
    known: tuple[str, ...],
) -> float:
    """Return the distance of the reference and all others together, by another library's rules.

    Clarify drops each label that does not occur on both sides, so that shares no longer add up to
    1 and a divergence can fall below 0; AIF360 gives infinity for it.

    Raises
    ------
    MetricError
        On a convention that has no such metric, or without a reference.
    """
    check_offers(convention, name, ("auditkit", *known))
    y_true, features, weight, pos_label = given
    if weight is not None and convention == "clarify":
        raise MetricError("clarify takes no weights: leave sample_weight out")
    groups, shares, classes, _ = label_shares(y_true, features, weight, pos_label)
    base = required_reference(groups, reference, convention)
    sizes = np.bincount(*_sizes(features, weight), minlength=len(groups))
    others = [place for place in range(len(groups)) if place != base and sizes[place] > 0]
    if not others or sizes[base] == 0:
        warn(f"{name}: fewer than two sides have rows with weight", stacklevel=5)
        return math.nan
    first = shares[base]
    second = sizes[others] @ shares[others] / sizes[others].sum()
    kept = (first > 0) & (second > 0)
    if not kept.all():
        gone = [label for label, both in zip(classes, kept, strict=True) if not both]
        does = "drops it" if convention == "clarify" else "the divergence is infinite if it is lost"
        warn(f"{name}: label {listed(gone)} occurs on one side only: {does}", stacklevel=5)
    if convention == "clarify":
        if not kept.any():
            warn(f"{name} is undefined: no label occurs on both sides", stacklevel=5)
            return math.nan
        first, second = first[kept], second[kept]
    return between(first, second)


def _sizes(features: Any, weight: Any) -> tuple[NDArray[np.int64], Shares]:
    rows = read_rows(features, weight)
    return rows.group, rows.weight
