"""The values of the columns that play a role, with their rows, from as few scans as can be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import narwhals as nw

from auditkit.counts import group_text
from auditkit.errors import DataError, shown
from auditkit.loaders.expressions import empty_flag
from auditkit.loaders.ranks import known_numbers, value_at

__all__ = ["EMPTY", "ROWS", "Crossing", "Levels", "crossing", "values_of"]

ROWS = "__auditkit_n"
"""Name of the column with the rows that a crossing stands for."""

EMPTY = "__auditkit_e"
"""How the columns begin that hold the empty cells of a crossing: one for each column counted."""

_VALUE = "__auditkit_v"
_MANY = 100_000
_MAX_CELLS = 1_000_000


@dataclass(frozen=True, eq=False)
class Crossing:
    """The columns with few values, crossed by one scan.

    Attributes
    ----------
    of : native frame
        What was scanned: the crossing says nothing of another frame.
    table : DataFrame
        One row for each crossing that occurs, and the rows it stands for in ``ROWS``.
    counted : tuple of str
        Columns whose empty cells were counted too, in ``EMPTY`` and the place here.
    """

    of: Any
    table: nw.DataFrame[Any]
    counted: tuple[str, ...] = ()


class Levels:
    """Distinct values of some columns.

    Parameters
    ----------
    frame : LazyFrame
        The rows.
    names : sequence of str
        Columns with few values. Where a question is a scan (files, databases, clusters) they are
        crossed in one, and all that is asked later is asked of the crossing.
    count_empty : sequence of str
        Columns whose empty cells are counted by the same scan; `names` tell their own.
    """

    def __init__(
        self, frame: nw.LazyFrame[Any], names: Sequence[str], count_empty: Sequence[str] = ()
    ) -> None:
        self.frame = frame
        self._names = tuple(dict.fromkeys(names))
        self.counted = tuple(name for name in count_empty if name not in self._names)
        self._seen: dict[str, dict[Any, int]] = {}

    @cached_property
    def crossed(self) -> nw.DataFrame[Any] | None:
        """The columns crossed; None where rows are in memory, and where it is no small table."""
        kind = self.frame.implementation
        if kind.is_pandas_like() or kind.is_pyarrow() or not self._names:
            return None
        asked = crossing(self.frame, self._names, self.counted)
        table = asked.head(_MAX_CELLS + 1).collect()
        if len(table) > _MAX_CELLS:
            return None
        return table.rename({f"{_VALUE}{place}": name for place, name in enumerate(self._names)})

    @cached_property
    def _pandas(self) -> Any:
        """The rows, where pandas holds them."""
        return self.frame.collect().to_native() if self.frame.implementation.is_pandas() else None

    @cached_property
    def rows(self) -> int:
        """Return how many rows there are."""
        if self.crossed is not None:
            return int(self.crossed[ROWS].sum())
        return int(self.frame.select(nw.len()).collect().item())

    def of(self, name: str) -> dict[Any, int]:
        """Return value → rows of one column, most frequent first; missing is None.

        Of a column with more than 100,000 values this many are there: ask :meth:`many`.
        """
        if name not in self._seen:
            self._seen[name] = self._distinct(name)
        return self._seen[name]

    def many(self, name: str) -> bool:
        """Whether a column has more values than :meth:`of` holds."""
        return len(self.of(name)) >= _MANY

    def count(self, name: str) -> int:
        """Return how many values a column has."""
        if not self.many(name):
            return len([value for value in self.of(name) if value is not None])
        return int(values_of(self.frame, name).select(nw.len()).collect().item())

    def ranked(self, name: str) -> tuple[int, Any]:
        """Return how many numbers a column holds, and a function from rank to number."""
        numbers = known_numbers(self.frame, name)
        total = int(numbers.select(nw.len()).collect().item())
        return total, lambda rank: value_at(numbers, rank)

    def _distinct(self, name: str) -> dict[Any, int]:
        found: dict[Any, int] = {}
        try:
            for value, n in self._counted(name):
                key = value if group_text(value) is not None else None
                found[key] = found.get(key, 0) + int(n)
        except (TypeError, NotImplementedError):  # no hash
            raise DataError(f"column '{shown(name)}' holds lists or records, not values") from None
        return dict(sorted(found.items(), key=lambda item: (-item[1], str(item[0]))))

    def _counted(self, name: str) -> Iterable[tuple[Any, int]]:
        """Return values with their rows."""
        if self._pandas is not None:
            counts = self._pandas[name].value_counts(dropna=False)
            counts = counts[counts > 0].iloc[:_MANY]  # a category may have no row
            return zip(counts.index.tolist(), counts.tolist(), strict=True)
        if self.crossed is not None and name in self._names:
            table = self.crossed.select(nw.col(name).alias(_VALUE), ROWS)
        else:
            table = values_of(self.frame, name).head(_MANY).collect()
        return table.select(_VALUE, ROWS).rows()


def crossing(
    frame: nw.LazyFrame[Any], names: Sequence[str], count_empty: Sequence[str] = ()
) -> nw.LazyFrame[Any]:
    """Return some columns crossed, with the rows of each crossing, not asked for yet.

    With `count_empty`, the empty cells of these columns are added up as well.
    """
    # a name may hold any character, and some engines read more into it than a name
    keys = {f"{_VALUE}{place}": nw.col(name) for place, name in enumerate(names)}
    types = frame.collect_schema() if count_empty else {}
    flags = {
        f"{EMPTY}{place}": empty_flag(nw.col(name), types[name], frame.implementation)
        for place, name in enumerate(count_empty)
    }
    sums = (nw.col(flag).sum() for flag in flags)
    return frame.select(**keys, **flags).group_by(*keys).agg(nw.len().alias(ROWS), *sums)


def values_of(frame: nw.LazyFrame[Any], name: str) -> nw.LazyFrame[Any]:
    """Return the values of one column with their rows, not asked for yet."""
    values = frame.select(nw.col(name).alias(_VALUE))
    return values.group_by(_VALUE).agg(nw.len().alias(ROWS))
