"""A feature beside the groups of an attribute, and beside the outcome: all and given the group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from auditkit.counts import UNKNOWN
from auditkit.profiling.association import filled
from auditkit.profiling.compared import Compared
from auditkit.profiling.crossed import Crossed
from auditkit.profiling.levels import Levels
from auditkit.profiling.rows import Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Beside", "Counted", "Given"]


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
        self._crossed = Crossed([group.attribute for group in groups], event)
        each = [found[0] for found in self._crossed.sums(None, rows.weigh_squared)]
        self.squares = [_kept(one, group) for one, group in zip(each, groups, strict=True)]
        self.all_squares = each[0].sum(axis=0)

    def counted(self, levels: Levels) -> Counted:
        """Count a feature."""
        sums = people = self._crossed.sums(levels, self.rows.weigh)
        if self.rows.weight is not None:
            people = self._crossed.sums(levels, self.rows.count)
        return Counted(self, sums, people)


@dataclass(frozen=True, eq=False)
class Counted:
    """A feature that was counted.

    `sums` and `people` hold (level × group × outcome) for each attribute, groups that are not
    compared included.
    """

    beside: Beside
    sums: Sequence[NDArray[np.float64]]
    people: Sequence[NDArray[np.float64]]

    def given(self, place: int) -> Given:
        """Return what is compared of one attribute."""
        group, rows = self.beside.groups[place], self.beside.rows
        sums, people = (_kept(part[place], group) for part in (self.sums, self.people))
        squares, within = self.beside.squares[place], None
        if self.beside.known:
            known = np.moveaxis(sums[:, :, :UNKNOWN], 0, 1)
            within = effective(known, squares[:, :UNKNOWN], rows)
        return Given(effective(sums.sum(axis=2), squares, rows), people.sum(axis=(1, 2)), within)

    def outcome(self) -> NDArray[np.float64] | None:
        """Return the levels with and without the outcome; None where there is nothing to tell."""
        table = filled(self.sums[0].sum(axis=1)[:, :UNKNOWN])
        if not self.beside.known or min(table.shape) < 2:
            return None
        return effective(table, self.beside.all_squares[:UNKNOWN], self.beside.rows)


def _kept(sums: NDArray[np.float64], group: Compared) -> NDArray[np.float64]:
    """Put nobody into the groups that are not compared; groups are the last axis but one."""
    return sums if group.whole else sums * group.compared[:, None]


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
