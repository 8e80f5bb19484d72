"""Columns that could be strata: counted by group, level and outcome."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from auditkit.columns import Column, Kind
from auditkit.counts import LABEL, Counts
from auditkit.profiling.crossed import Crossed
from auditkit.profiling.levels import Levels, Ranked, level_codes, ranked_column
from auditkit.profiling.rows import Attribute, Rows, attributes, outcome_of

if TYPE_CHECKING:
    import pandas
    from numpy.typing import ArrayLike, NDArray

__all__ = ["MOST_LEVELS", "CandidateScan", "stratum_candidates"]

MOST_LEVELS = 20
"""A stratum needs people to compare within: columns with more levels are no candidates."""

_MOST_NUMBERS = 12
_KINDS = (Kind.CATEGORICAL, Kind.BOOLEAN, Kind.NUMERIC)


def stratum_candidates(
    frame: pandas.DataFrame,
    outcome: ArrayLike,
    groups: Mapping[str, Sequence[str | None]],
    features: Sequence[str],
    *,
    described: Mapping[str, Column],
    outcome_name: str = LABEL,
    weight: ArrayLike | None = None,
) -> dict[tuple[str, str], Counts]:
    """Count each protected attribute by each column with few levels, and the outcome.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a person.
    outcome : array-like of float
        1 where it happened, 0 where not, NaN where unknown.
    groups : mapping of str to sequence
        Protected attribute to one group a row; None is missing.
    features : sequence of str
        The columns to look at: those with at most 20 levels, numbers with at most 12.
    described : mapping of str to Column
        What :func:`auditkit.columns.describe` said of them.
    outcome_name : {"label", "decision"}
        What the outcome is called in the counts.
    weight : array-like or None
        One survey weight a row.

    Returns
    -------
    dict of (attribute, column) to Counts
        With the column as the only stratum; a missing value is a level.

    Examples
    --------
    >>> import pandas
    >>> from auditkit.columns import describe
    >>> frame = pandas.DataFrame({"dept": ["A", "A", "B", "B"] * 20})
    >>> found = stratum_candidates(
    ...     frame, [1, 0, 0, 0] * 20, {"sex": ["F", "M"] * 40}, ["dept"],
    ...     described=describe(frame, ["dept"]),
    ... )
    >>> found["sex", "dept"].where(sex="F", dept="0").total
    20
    """
    rows = Rows.build(len(frame), weight, frequency=False)
    scan = CandidateScan(
        attributes(groups, rows), outcome_of(outcome, rows), rows, outcome_name=outcome_name
    )
    for name in features:
        if scan.takes(described[name]):
            scan.see(described[name], ranked_column(frame, described[name], rows))
    return scan.found


class CandidateScan:
    """The candidates of one table, a column at a time.

    Parameters
    ----------
    groups : list of Attribute
        The protected attributes.
    event : ndarray of float
        The outcome (1, 0, or NaN), in our order of rows.
    rows : Rows
        Weights, and our order of rows.
    outcome_name : {"label", "decision"}
        What the outcome is called in the counts.
    """

    def __init__(
        self,
        groups: list[Attribute],
        event: NDArray[np.float64],
        rows: Rows,
        *,
        outcome_name: str,
    ) -> None:
        self.groups, self.rows, self.outcome_name = groups, rows, outcome_name
        self._crossed = Crossed(groups, event) if groups else None
        self.found: dict[tuple[str, str], Counts] = {}

    def takes(self, column: Column) -> bool:
        """Tell whether a column has few levels enough."""
        levels = column.distinct + (column.missing > 0)
        return column.kind in _KINDS and 2 <= levels <= _most(column)

    def see(self, column: Column, cells: Ranked) -> None:
        """Count one column, if it is a candidate."""
        if self._crossed is None or not self.takes(column):
            return
        most, rows = _most(column), self.rows
        levels = level_codes(cells, rows, bins=most, max_levels=most, min_people=0)
        adds = [rows.count] if rows.weight is None else [rows.count, rows.weigh, rows.weigh_squared]
        each = zip(*(self._crossed.sums(levels, add) for add in adds), strict=True)
        for attribute, sums in zip(self.groups, each, strict=True):
            self.found[attribute.name, column.name] = Counts.from_cells(
                _cells(attribute, levels, sums),
                attributes=[attribute.name],
                strata=[column.name],
                outcomes=[self.outcome_name],
            )


def _most(column: Column) -> int:
    return _MOST_NUMBERS if column.kind is Kind.NUMERIC else MOST_LEVELS


def _cells(
    attribute: Attribute, levels: Levels, sums: Sequence[NDArray[np.float64]]
) -> Iterator[tuple[Any, tuple[int, float, float]]]:
    """Yield the cells in which somebody is; counts alone are weights and their squares too."""
    there = np.nonzero(sums[0])
    n, *more = (part[there].tolist() for part in sums)
    for level, group, event, people, w, w2 in zip(
        *(axis.tolist() for axis in there), n, *(more or (n, n)), strict=True
    ):
        missing = levels.missing and level == levels.size - 1
        key = ((attribute.names[group],), (None if missing else str(level),), (event,))
        yield key, (round(people), w, w2)
