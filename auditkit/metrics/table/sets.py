"""Sets of attributes: each alone, and all crossed; sums over the groups of the crossing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.counts import Cube, Group
from auditkit.metrics.declared import Metric

__all__ = ["Floats", "Set", "divided", "framed", "masks", "sets_of", "summed"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Set:
    """One set of attributes, and where its groups are among the groups of all sets."""

    attributes: tuple[str, ...]
    groups: tuple[Group, ...]
    start: int
    member: NDArray[np.int64]
    """The group of this set that each group of the whole crossing belongs to."""
    empty: int = 0
    """How many crossings of the levels nobody falls into (they are no groups of this set)."""

    @property
    def place(self) -> slice:
        """Where its groups are."""
        return slice(self.start, self.start + len(self.groups))


def sets_of(cube: Cube, levels: Sequence[tuple[str | None, ...]]) -> tuple[Set, ...]:
    """Return each attribute alone, then all of them crossed."""
    sets: list[Set] = []
    start = 0
    for axis, (name, its_levels) in enumerate(zip(cube.attributes, levels, strict=True)):
        place = {level: code for code, level in enumerate(its_levels)}
        member = np.array([place[group[axis]] for group in cube.groups], dtype=np.int64)
        sets.append(Set((name,), tuple((level,) for level in its_levels), start, member))
        start += len(its_levels)
    if len(sets) > 1:
        empty = math.prod(len(its_levels) for its_levels in levels) - len(cube.groups)
        place_of = np.arange(len(cube.groups))
        sets.append(Set(cube.attributes, cube.groups, start, place_of, empty))
    return tuple(sets)


def summed(sets: Sequence[Set], table: NDArray[Any]) -> NDArray[Any]:
    """Add up the groups of the whole crossing (axis 0) to those of all sets, each after another."""
    alone = [one for one in sets if len(one.attributes) == 1]
    place = np.concatenate([one.start + one.member for one in alone])
    order = np.argsort(place, kind="stable")
    starts = np.flatnonzero(np.diff(place[order], prepend=-1))
    total = np.zeros((alone[-1].place.stop, *table.shape[1:]), dtype=table.dtype)
    total[place[order[starts]]] = np.add.reduceat(table[order % len(table)], starts, axis=0)
    return total if len(alone) == len(sets) else np.concatenate([total, table])


def masks(rows: Sequence[Metric]) -> tuple[Floats, Floats]:
    """Return the numerator and denominator cells of metrics, each of shape (metrics, 9)."""
    pairs = [row.masks for row in rows]
    return (
        np.array([top for top, _ in pairs]).reshape(len(rows), 9),
        np.array([bottom for _, bottom in pairs]).reshape(len(rows), 9),
    )


def divided(top: Floats, bottom: Floats) -> Floats:
    """Divide; 0/0 is NaN."""
    return np.divide(top, bottom, out=np.full_like(bottom, np.nan), where=bottom > 0)


def framed(rows: list[dict[str, Any]]) -> Any:
    """Return rows as a pandas frame."""
    import pandas as pd

    return pd.DataFrame(rows)
