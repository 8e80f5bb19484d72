"""A feature beside the groups of an attribute, and beside the outcome: all and given the group."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from auditkit.profiling.association import filled
from auditkit.profiling.compared import Compared
from auditkit.profiling.levels import Levels
from auditkit.profiling.rows import Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Beside", "Counted", "Given"]

_UNKNOWN = 2


class Given(NamedTuple):
    """One feature beside one attribute: effective people, but for `people`.

    Attributes
    ----------
    table : ndarray of shape (levels, groups)
        Some rows may be empty.
    people : ndarray
        People by level.
    within : ndarray of shape (groups, levels, 2), or None
        Without and with the outcome, of those whose outcome is known.
    """

    table: NDArray[np.float64]
    people: NDArray[np.float64]
    within: NDArray[np.float64] | None


class Beside:
    """Attributes and the outcome, ready to be set beside any feature: one count for all.

    Parameters
    ----------
    groups : sequence of Compared
        The attributes; there is one at least.
    event : ndarray of float or None
        The outcome (1, 0, or NaN) in our order of rows.
    rows : Rows
        Weights, and our order of rows.
    """

    def __init__(
        self, groups: Sequence[Compared], event: NDArray[np.float64] | None, rows: Rows
    ) -> None:
        self.groups, self.rows, self.known = groups, rows, event is not None
        outcome = None if event is None else _codes(event)
        places = tuple(range(len(groups)))
        self._each = [_Crossed.of(groups, (place,), outcome) for place in places]
        self._all = self._each
        if math.prod(group.size for group in groups) <= len(groups[0].attribute.codes):
            self._all = [_Crossed.of(groups, places, outcome)]
        each = [one.counted(None, rows.weigh_squared)[0] for one in self._each]
        self.squares = [_kept(one, group) for one, group in zip(each, groups, strict=True)]
        self.all_squares = each[0].sum(axis=0)

    def counted(self, levels: Levels) -> Counted:
        """Count a feature: by the attributes crossed, where few cells do, or by one at a time."""
        sums: dict[int, NDArray[np.float64]] = {}
        people: dict[int, NDArray[np.float64]] = {}
        crossed = all(one.cells * levels.size <= len(one.codes) for one in self._all)
        for one in self._all if crossed else self._each:
            weight = one.counted(levels, self.rows.weigh)
            sums |= {place: one.only(weight, place) for place in one.places}
            if self.rows.weight is not None:
                counts = one.counted(levels, self.rows.count)
                people |= {place: one.only(counts, place) for place in one.places}
        return Counted(self, sums, people or sums)


@dataclass(frozen=True, eq=False)
class _Crossed:
    """Some of the attributes, at `places`, and the outcome as one code a row."""

    places: tuple[int, ...]
    shape: tuple[int, ...]
    codes: NDArray[np.int64]

    @classmethod
    def of(
        cls, groups: Sequence[Compared], places: tuple[int, ...], outcome: NDArray[np.int64] | None
    ) -> _Crossed:
        shape = tuple(groups[place].size for place in places)
        codes = groups[places[0]].attribute.codes
        for place in places[1:]:
            codes = codes * groups[place].size + groups[place].attribute.codes
        if outcome is None:
            return cls(places, (*shape, 1), codes)
        return cls(places, (*shape, _UNKNOWN + 1), codes * (_UNKNOWN + 1) + outcome)

    @property
    def cells(self) -> int:
        """How many codes there are."""
        return math.prod(self.shape)

    def counted(
        self, levels: Levels | None, sums: Callable[[NDArray[np.int64], int], NDArray[np.float64]]
    ) -> NDArray[np.float64]:
        """Add up by level, attributes and outcome."""
        if levels is None:
            return sums(self.codes, self.cells).reshape(1, *self.shape)
        flat = levels.codes * self.cells + self.codes
        return sums(flat, levels.size * self.cells).reshape(levels.size, *self.shape)

    def only(self, sums: NDArray[np.float64], place: int) -> NDArray[np.float64]:
        """Add up to one attribute: levels, groups and outcomes."""
        others = tuple(1 + axis for axis, here in enumerate(self.places) if here != place)
        return sums.sum(axis=others) if others else sums


@dataclass(frozen=True, eq=False)
class Counted:
    """A feature that was counted.

    `sums` and `people` hold (level × group × outcome) by the place of an attribute, groups that
    are not compared included.
    """

    beside: Beside
    sums: Mapping[int, NDArray[np.float64]]
    people: Mapping[int, NDArray[np.float64]]

    def given(self, place: int) -> Given:
        """Return what is compared of one attribute."""
        group, rows = self.beside.groups[place], self.beside.rows
        sums, people = (_kept(part[place], group) for part in (self.sums, self.people))
        squares, within = self.beside.squares[place], None
        if self.beside.known:
            known = np.moveaxis(sums[:, :, :_UNKNOWN], 0, 1)
            within = effective(known, squares[:, :_UNKNOWN], rows)
        return Given(effective(sums.sum(axis=2), squares, rows), people.sum(axis=(1, 2)), within)

    def outcome(self) -> NDArray[np.float64] | None:
        """Return the levels with and without the outcome; None where there is nothing to tell."""
        table = filled(self.sums[0].sum(axis=1)[:, :_UNKNOWN])
        if not self.beside.known or min(table.shape) < 2:
            return None
        return effective(table, self.beside.all_squares[:_UNKNOWN], self.beside.rows)


def _kept(sums: NDArray[np.float64], group: Compared) -> NDArray[np.float64]:
    """Put nobody into the groups that are not compared; groups are the last axis but one."""
    return sums if group.whole else sums * group.compared[:, None]


def _codes(event: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.where(np.isnan(event), _UNKNOWN, event).astype(np.int64)


def effective(
    sums: NDArray[np.float64], squares: NDArray[np.float64], rows: Rows
) -> NDArray[np.float64]:
    """Scale sums of survey weights to Kish's effective number of rows; counts stay as they are.

    Examples
    --------
    >>> plain = Rows.build(3, None, frequency=False)
    >>> effective(np.array([[2.0, 1.0]]), np.array([3.0]), plain).tolist()
    [[2.0, 1.0]]
    >>> weighted = Rows.build(3, [4.0, 4.0, 4.0], frequency=False)
    >>> effective(np.array([[8.0, 4.0]]), np.array([48.0]), weighted).tolist()
    [[2.0, 1.0]]
    """
    if rows.weight is None:
        return sums
    squared = float(squares.sum())
    return sums * (float(sums.sum()) / squared if squared else 0.0)
