"""A feature beside the groups of an attribute, and beside the outcome: all and given the group."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from auditkit.profiling.association import filled
from auditkit.profiling.compared import Compared
from auditkit.profiling.levels import Levels
from auditkit.profiling.rows import Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Beside", "Given", "OutcomeTable"]

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
    """An attribute and the outcome, ready to be set beside any feature: one count for all.

    Parameters
    ----------
    groups : Compared
        The attribute.
    event : ndarray of float or None
        The outcome (1, 0, or NaN) in our order of rows.
    """

    def __init__(self, groups: Compared, event: NDArray[np.float64] | None) -> None:
        self.groups = groups
        self.outcomes = 1 if event is None else _UNKNOWN + 1
        self.codes = groups.codes if event is None else 3 * groups.codes + _codes(
            groups.of_kept(event)
        )  # fmt: skip
        self.squares = groups.rows.weigh_squared(self.codes, groups.size * self.outcomes)

    def counted(self, levels: Levels) -> Given:
        """Count a feature."""
        groups, cells = self.groups, self.groups.size * self.outcomes
        flat = groups.of_kept(levels.codes) * cells + self.codes
        shape = (levels.size, groups.size, self.outcomes)
        sums = groups.rows.weigh(flat, levels.size * cells).reshape(shape)
        people = sums
        if groups.rows.weight is not None:
            people = groups.rows.count(flat, levels.size * cells).reshape(shape)
        within = None
        if self.outcomes > 1:
            known = np.moveaxis(sums[:, :, :_UNKNOWN], 0, 1)
            squares = self.squares.reshape(-1, self.outcomes)[:, :_UNKNOWN]
            within = self._effective(known, squares)
        table = self._effective(sums.sum(axis=2), self.squares)
        return Given(table, people.sum(axis=(1, 2)), within)

    def _effective(
        self, sums: NDArray[np.float64], squares: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Scale survey weights to Kish's effective number of rows."""
        return effective(sums, squares, self.groups.rows)


class OutcomeTable:
    """The outcome, ready to be set beside any feature, whatever the group.

    Parameters
    ----------
    event : ndarray of float
        1, 0, or NaN for unknown, in our order of rows.
    rows : Rows
        Weights, and our order of rows.
    """

    def __init__(self, event: NDArray[np.float64], rows: Rows) -> None:
        self.codes, self.rows = _codes(event), rows
        self.squares = rows.weigh_squared(self.codes, _UNKNOWN + 1)[:_UNKNOWN]

    def table(self, levels: Levels) -> NDArray[np.float64] | None:
        """Count the levels with and without the outcome; None where there is nothing to tell."""
        sums = self.rows.weigh(3 * levels.codes + self.codes, 3 * levels.size)
        table = filled(sums.reshape(-1, _UNKNOWN + 1)[:, :_UNKNOWN])
        return effective(table, self.squares, self.rows) if min(table.shape) >= 2 else None


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
