"""The outcome where a column is empty, beside the outcome where it is filled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from auditkit import inference
from auditkit.errors import shown
from auditkit.profiling.missingness import empty_cells
from auditkit.profiling.rows import Rows, outcome_of

if TYPE_CHECKING:
    import pandas
    from numpy.typing import ArrayLike, NDArray

__all__ = ["FISHER_MAX", "MissingOutcome", "missing_with_outcome", "outcomes_beside"]

FISHER_MAX = 10_000
"""Fisher's exact test up to this many people, and always when an expected count is below 5."""


@dataclass(frozen=True, kw_only=True)
class MissingOutcome:
    """The outcome where a column is empty, beside the outcome where it is filled.

    Attributes
    ----------
    column : str
        The column with empty cells.
    missing_events, missing_n : int
        People with the outcome, and people, where it is empty. Rows, where survey weights are
        used; people whose outcome is unknown are left out.
    known_events, known_n : int
        The same where it is filled.
    unknown : int
        People left out because their outcome is unknown.
    missing_rate, known_rate : float or None
        Rates of the outcome, weighted.
    difference, low, high : float or None
        ``missing_rate - known_rate`` with its Newcombe interval.
    level : float
        Confidence level of the interval.
    p_value, p_adjusted : float or None
        Of equal rates; adjusted (Holm) for the number of columns.
    method : str
        Name of the test, "none" without one.
    reason : str or None
        Why something is undefined.

    Examples
    --------
    >>> import pandas
    >>> frame = pandas.DataFrame({"age": [None, None, 30.0, 40.0]})
    >>> found = missing_with_outcome(frame, [0.0, 0.0, 1.0, 0.0], ["age"])[0]
    >>> found.missing_rate, found.known_rate, found.difference
    (0.0, 0.5, -0.5)
    """

    column: str
    missing_events: int
    missing_n: int
    known_events: int
    known_n: int
    unknown: int
    missing_rate: float | None
    known_rate: float | None
    difference: float | None
    low: float | None
    high: float | None
    level: float
    p_value: float | None
    p_adjusted: float | None
    method: str
    reason: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the record."""
        return dict(vars(self))


def missing_with_outcome(
    frame: pandas.DataFrame,
    outcome: ArrayLike,
    columns: Sequence[str],
    *,
    weight: ArrayLike | None = None,
    frequency: bool = False,
    level: float = 0.95,
) -> list[MissingOutcome]:
    """Compare the outcome where a column is empty with the outcome where it is filled.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table; a cell is missing where pandas says so.
    outcome : array-like of float
        1 where it happened, 0 where not, NaN where unknown.
    columns : sequence of str
        Features and protected attributes; those without an empty cell are left out.
    weight : array-like or None
        One weight a row.
    frequency : bool
        The weights are numbers of people, not survey weights.
    level : float
        Confidence level of the intervals.

    Returns
    -------
    list of MissingOutcome
        By column as given.

    Raises
    ------
    SchemaError
        A column that the table does not have.
    MetricError
        An outcome, weights or a level that cannot be.

    Examples
    --------
    >>> import pandas
    >>> frame = pandas.DataFrame({"race": ["A"] * 20 + [None] * 20})
    >>> found = missing_with_outcome(frame, [1, 0] * 10 + [0] * 20, ["race"])[0]
    >>> found.difference, found.method, round(found.p_adjusted, 5)
    (-0.5, 'fisher exact', 0.00044)
    """
    rows = Rows.build(len(frame), weight, frequency=frequency)
    event = outcome_of(outcome, rows)
    return outcomes_beside(empty_cells(frame, columns, rows), event, rows, level=level)


def outcomes_beside(
    empty: Mapping[str, NDArray[np.bool_]],
    event: NDArray[np.float64],
    rows: Rows,
    *,
    level: float = 0.95,
) -> list[MissingOutcome]:
    """Compare outcomes as :func:`missing_with_outcome` does, beside known empty cells."""
    known = ~np.isnan(event)
    decided = slice(None) if known.all() else np.flatnonzero(known)
    happened = event[decided].astype(np.int64)
    everyone = rows.count(np.zeros(len(event), dtype=np.int64), 1)[0]
    rows_decided = rows.keep(known)
    found = []
    for column, cells in empty.items():
        sums = _Sums.of(rows_decided, 2 * (~cells[decided]).astype(np.int64) + happened)
        unknown = round(everyone - sums.people.sum())
        found.append(_compare(column, sums, unknown, level))
    adjusted = inference.holm([row.p_value for row in found])
    return [replace(row, p_adjusted=p) for row, p in zip(found, adjusted, strict=True)]


@dataclass(frozen=True)
class _Sums:
    """Sums of shape (2, 2): empty or filled, by no or yes."""

    people: NDArray[np.float64]
    weight: NDArray[np.float64]
    squared: NDArray[np.float64]
    weighted: bool

    @classmethod
    def of(cls, rows: Rows, cells: NDArray[np.int64]) -> _Sums:
        tables = (rows.count(cells, 4), rows.weigh(cells, 4), rows.weigh_squared(cells, 4))
        people, weight, squared = (table.reshape(2, 2) for table in tables)
        return cls(people, weight, squared, rows.weight is not None)

    def rate(self, side: int) -> tuple[float, float] | None:
        """Return (events, n): counts, or effective counts under survey weights."""
        no, yes = (float(value) for value in self.weight[side])
        if no + yes == 0:
            return None
        if not self.weighted:
            return yes, no + yes
        squares_no, squares_yes = (float(value) for value in self.squared[side])
        found = inference.weighted_rate(
            yes, no, squares_events=squares_yes, squares_others=squares_no
        )
        if found.events is None or found.n is None:
            return None
        return min(found.events, found.n), found.n


def _compare(column: str, sums: _Sums, unknown: int, level: float) -> MissingOutcome:
    pairs = [sums.rate(0), sums.rate(1)]
    rates = [None if pair is None else pair[0] / pair[1] for pair in pairs]
    people = [[round(value) for value in side] for side in sums.people.tolist()]
    difference = low = high = p_value = None
    method, reason = "none", None
    where = ("empty", "filled")
    if pairs[0] is None or pairs[1] is None:
        side = where[0] if pairs[0] is None else where[1]
        reason = f"no row with a known outcome where '{shown(column)}' is {side}"
    else:
        difference = (pairs[0][0] / pairs[0][1]) - (pairs[1][0] / pairs[1][1])
        interval = inference.newcombe(*pairs[0], *pairs[1], level=level)
        low, high = (None, None) if interval is None else (interval.low, interval.high)
        p_value, method = _test(*pairs[0], *pairs[1], weighted=sums.weighted)
        if p_value is None:
            reason = "every row has the same outcome"
    return MissingOutcome(
        column=column,
        missing_events=people[0][1],
        missing_n=sum(people[0]),
        known_events=people[1][1],
        known_n=sum(people[1]),
        unknown=unknown,
        missing_rate=rates[0],
        known_rate=rates[1],
        difference=difference,
        low=low,
        high=high,
        level=level,
        p_value=p_value,
        p_adjusted=None,
        method=method,
        reason=reason,
    )


def _test(a: float, m: float, b: float, n: float, *, weighted: bool) -> tuple[float | None, str]:
    """Return the p-value of equal rates and the name of the test."""
    if a + b == 0 or a + b >= m + n:
        return None, "none"
    pooled = (a + b) / (m + n)
    expected = min(m, n) * min(pooled, 1 - pooled)
    if not weighted and (m + n <= FISHER_MAX or expected < 5):
        return inference.fisher_exact(int(a), int(m), int(b), int(n)), "fisher exact"
    tested = inference.pooled_z(a, m, b, n)
    name = "pooled z, effective n" if weighted else "pooled z"
    return (None, "none") if tested is None else (tested[1], name)
