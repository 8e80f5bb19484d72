"""Columns that could be strata: counted by group, level and outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from auditkit.columns import Column, Kind
from auditkit.counts import LABEL, UNKNOWN, Counts
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
        self.label = np.where(np.isnan(event), UNKNOWN, event).astype(np.int64)
        self.found: dict[tuple[str, str], Counts] = {}

    def takes(self, column: Column) -> bool:
        """Tell whether a column has few levels enough."""
        levels = column.distinct + (column.missing > 0)
        return column.kind in _KINDS and 2 <= levels <= _most(column)

    def see(self, column: Column, cells: Ranked) -> None:
        """Count one column, if it is a candidate."""
        if not self.takes(column):
            return
        most = _most(column)
        levels = level_codes(cells, self.rows, bins=most, max_levels=most, min_people=0)
        for attribute in self.groups:
            self.found[attribute.name, column.name] = _counted(
                attribute, column.name, levels, self.label, self.rows, self.outcome_name
            )


def _most(column: Column) -> int:
    return _MOST_NUMBERS if column.kind is Kind.NUMERIC else MOST_LEVELS


def _counted(
    attribute: Attribute,
    column: str,
    levels: Levels,
    label: NDArray[np.int64],
    rows: Rows,
    outcome_name: str,
) -> Counts:
    shape = (len(attribute.names), levels.size, UNKNOWN + 1)
    place = (attribute.codes * levels.size + levels.codes) * shape[2] + label
    size = int(np.prod(shape))
    sums = [rows.count(place, size)] * 3
    if rows.weight is not None:
        sums[1:] = rows.weigh(place, size), rows.weigh_squared(place, size)
    there = np.flatnonzero(sums[0])
    cells = []
    for group, level, event, n, w, w2 in zip(
        *(part.tolist() for part in np.unravel_index(there, shape)),
        *(part[there].tolist() for part in sums),
        strict=True,
    ):
        missing = levels.missing and level == levels.size - 1
        key = ((attribute.names[group],), (None if missing else str(level),), (event,))
        cells.append((key, (round(n), w, w2)))
    return Counts.from_cells(
        cells, attributes=[attribute.name], strata=[column], outcomes=[outcome_name]
    )
