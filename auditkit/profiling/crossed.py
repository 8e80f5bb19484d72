"""Attributes and an outcome as one code a row: one count serves them all."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from auditkit.counts import UNKNOWN
from auditkit.profiling.levels import Levels
from auditkit.profiling.rows import Attribute

if TYPE_CHECKING:
    from numpy.typing import NDArray

    _Add = Callable[[NDArray[np.int64], int], NDArray[np.float64]]
    """Adds up rows by code: how many people, or what they weigh."""

__all__ = ["Crossed"]

_OUTCOMES = UNKNOWN + 1
"""Without the outcome, with it, and unknown."""


class Crossed:
    """Attributes and an outcome, ready to be counted beside any feature.

    Parameters
    ----------
    attributes : sequence of Attribute
        One at least.
    event : ndarray of float or None
        The outcome (1, 0, or NaN) in our order of rows; None: there is one outcome.
    """

    def __init__(self, attributes: Sequence[Attribute], event: NDArray[np.float64] | None) -> None:
        outcome = None
        if event is not None:
            outcome = np.where(np.isnan(event), UNKNOWN, event).astype(np.int64)
        places = range(len(attributes))
        self._each = [_Codes.of(attributes, (place,), outcome) for place in places]
        self._all = self._each
        if math.prod(len(one.names) for one in attributes) <= len(attributes[0].codes):
            self._all = [_Codes.of(attributes, tuple(places), outcome)]

    def sums(self, levels: Levels | None, add: _Add) -> list[NDArray[np.float64]]:
        """Return for each attribute (level × group × outcome); one level where there are none.

        All attributes are counted at once, crossed, where that makes no more cells than rows.

        Examples
        --------
        >>> from auditkit.profiling.rows import Rows
        >>> sex = Attribute("sex", ("F", "M"), np.array([0, 1, 1]))
        >>> levels = Levels(np.array([0, 0, 1]), 2, False)
        >>> add = Rows.build(3, None, frequency=False).count
        >>> Crossed([sex], None).sums(levels, add)[0][:, :, 0].tolist()
        [[1.0, 1.0], [0.0, 1.0]]
        """
        size = 1 if levels is None else levels.size
        few = all(one.cells * size <= len(one.codes) for one in self._all)
        found: dict[int, NDArray[np.float64]] = {}
        for one in self._all if few else self._each:
            flat = one.codes if levels is None else levels.codes * one.cells + one.codes
            cube = add(flat, size * one.cells).reshape(size, *one.shape)
            found |= {place: one.only(cube, place) for place in one.places}
        return [found[place] for place in sorted(found)]


@dataclass(frozen=True, eq=False)
class _Codes:
    """Some of the attributes, at `places`, and the outcome."""

    places: tuple[int, ...]
    shape: tuple[int, ...]
    codes: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        attributes: Sequence[Attribute],
        places: tuple[int, ...],
        outcome: NDArray[np.int64] | None,
    ) -> _Codes:
        shape = tuple(len(attributes[place].names) for place in places)
        codes = attributes[places[0]].codes
        for place, size in zip(places[1:], shape[1:], strict=True):
            codes = codes * size + attributes[place].codes
        if outcome is None:
            return cls(places, (*shape, 1), codes)
        return cls(places, (*shape, _OUTCOMES), codes * _OUTCOMES + outcome)

    @property
    def cells(self) -> int:
        """How many codes there are."""
        return math.prod(self.shape)

    def only(self, cube: NDArray[np.float64], place: int) -> NDArray[np.float64]:
        """Add up to one attribute."""
        others = tuple(1 + axis for axis, here in enumerate(self.places) if here != place)
        return cube.sum(axis=others) if others else cube
