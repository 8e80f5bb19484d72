"""A feature as ranks and as a few levels, so that columns of every kind can be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from auditkit.columns import Cells, Column, Kind, cells_of, describe
from auditkit.profiling.rows import Rows

if TYPE_CHECKING:
    import pandas
    from numpy.typing import NDArray

__all__ = [
    "NUMBERS",
    "Levels",
    "Ranked",
    "cut",
    "described_columns",
    "level_codes",
    "quantile_levels",
    "ranked",
    "ranked_column",
]

_MANY = 1_000
NUMBERS = (Kind.NUMERIC, Kind.BOOLEAN, Kind.DATE)
"""The kinds whose values have an order."""
_UNORDERED = (Kind.TEXT, Kind.IDENTIFIER)


@dataclass(frozen=True, eq=False)
class Ranked:
    """A column as its different values and, for each row, which of them.

    Attributes
    ----------
    codes : ndarray of int
        Place of the value in `values`, in our order of rows; ``len(values)`` where missing.
    values : ndarray
        The different values, ascending: float64, or texts in alphabetical order (free text and
        identifiers in any order, where no sum depends on it).
    missing : bool
        Whether there are missing cells.
    counts : ndarray of int or None
        How many rows have each code, that of missing cells included, where they were counted.
    cuts : dict
        How it was cut before (see :func:`quantile_levels`).
    """

    codes: NDArray[np.int64]
    values: NDArray[Any]
    missing: bool
    counts: NDArray[np.int64] | None = field(default=None, repr=False)
    cuts: dict[tuple[int, int], Levels] = field(default_factory=dict, repr=False)

    @property
    def numbers(self) -> bool:
        """Whether the values are numbers."""
        return self.values.dtype.kind == "f"

    @property
    def size(self) -> int:
        """How many codes there are, that of the missing cells included."""
        return len(self.values) + self.missing

    def people(self, rows: Rows) -> NDArray[np.float64]:
        """Return the people with each of the values."""
        if self.counts is None or rows.people is not None:
            return rows.count(self.codes, len(self.values) + 1)[:-1]
        return self.counts[:-1].astype(np.float64)

    def weight(self, rows: Rows) -> NDArray[np.float64]:
        """Return what weighs on each of the values."""
        if rows.weight is None:
            return self.people(rows)
        return rows.weigh(self.codes, len(self.values) + 1)[:-1]

    def keep(self, kept: NDArray[np.bool_]) -> Ranked:
        """Return the rows where `kept` is true."""
        if kept.all():
            return self
        return Ranked.of(self.codes[kept], self.values)

    @classmethod
    def of(
        cls, codes: NDArray[np.int64], values: NDArray[Any], counts: NDArray[np.int64] | None = None
    ) -> Ranked:
        """Leave out the values that no row has; `counts` are known of some columns."""
        if counts is None:
            counts = np.bincount(codes, minlength=len(values) + 1)
        used = counts > 0
        missing, used = bool(used[-1]), used[:-1]
        if not used.all():
            renumber = np.append(np.cumsum(used) - used, used.sum())
            codes, values, counts = renumber[codes], values[used], counts[np.append(used, True)]
        return cls(codes, values, missing, counts)


@dataclass(frozen=True)
class Levels:
    """A level a row.

    Attributes
    ----------
    codes : ndarray of int
        From 0 to `size` - 1, in our order of rows.
    size : int
        Number of levels; the last is the missing one where `missing` is true.
    missing : bool
        Whether there are missing cells: they are a level of their own.
    pooled : int
        How many levels are so rare that they were put into one.
    of : ndarray of int or None
        The level of each different value of the column.
    """

    codes: NDArray[np.int64]
    size: int
    missing: bool
    pooled: int = 0
    of: NDArray[np.int64] | None = None


def described_columns(
    frame: pandas.DataFrame, names: Sequence[str], described: Mapping[str, Column] | None
) -> dict[str, Column]:
    """Describe the columns that are not described yet."""
    known = dict(described or {})
    return known | describe(frame, [name for name in names if name not in known])


def ranked_column(frame: pandas.DataFrame, column: Column, rows: Rows) -> Ranked:
    """Read one column of the frame as ranks; identifiers as numbers where they are."""
    return ranked(cells_of(frame, column.name), column.kind, rows)


def ranked(cells: Cells, kind: Kind, rows: Rows) -> Ranked:
    """Read the cells of a column as ranks; identifiers as numbers where they are.

    Examples
    --------
    >>> import pandas
    >>> plain = Rows.build(4, None, frequency=False)
    >>> found = ranked(Cells(pandas.Series([3, 1, None, 3])), Kind.NUMERIC, plain)
    >>> found.codes.tolist(), found.values.tolist(), found.missing
    ([1, 0, 2, 1], [1.0, 3.0], True)
    """
    if kind is Kind.IDENTIFIER:  # row numbers may be sorted
        numbers = _ranked(cells, Kind.NUMERIC, rows)
        if len(numbers.values):
            return numbers
    return _ranked(cells, kind, rows)


def _ranked(cells: Cells, kind: Kind, rows: Rows) -> Ranked:
    found, codes = cells.read(kind)
    if found.dtype.kind == "f":
        known = ~np.isnan(found)
        values, place = found, np.arange(len(found))
        if not (known.all() and np.all(found[1:] > found[:-1])):
            values, place = np.unique(found[known], return_inverse=True)
    else:
        known = np.ones(len(found), dtype=bool)
        order = np.arange(len(found))
        if kind not in _UNORDERED or rows.weight is not None:  # whose sums depend on the order
            order = _alphabetical(found.tolist())
        values, place = found[order], np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
    renumber = np.full(len(found) + 1, len(values), dtype=np.int64)
    renumber[:-1][known] = place
    counts = None
    if rows.order is None:  # nobody is left out
        each = np.append(cells.counts, cells.rows - cells.filled)
        counts = np.bincount(renumber, each, len(values) + 1).astype(np.int64)
    return Ranked.of(rows.take(renumber[codes]), values, counts)


def _alphabetical(texts: list[str]) -> NDArray[np.int64]:
    """Return the places of texts in their order, that of their code points."""
    if len(texts) > _MANY:
        import pyarrow as pa
        import pyarrow.compute as pc

        try:  # bytes of UTF-8 have the same order
            order = pc.array_sort_indices(pa.array(texts, pa.large_string()))
            return np.asarray(order, dtype=np.int64)
        except UnicodeEncodeError:  # half a surrogate pair
            pass
    return np.array(sorted(range(len(texts)), key=texts.__getitem__), dtype=np.int64)


def level_codes(
    cells: Ranked, rows: Rows, *, bins: int, max_levels: int, min_people: int
) -> Levels:
    """Cut numbers and dates at quantiles; keep other levels, the rare ones pooled.

    Parameters
    ----------
    cells : Ranked
        The column.
    rows : Rows
        Weights, and our order of rows.
    bins : int
        Numbers and dates with more different values than this are cut at this many quantiles.
    max_levels, min_people : int
        Text beyond the `max_levels` most frequent levels, and levels with fewer people than
        `min_people`, become one level.
    """
    if cells.numbers:
        return quantile_levels(cells, rows, bins)
    return _pool(cells, rows, max_levels, min_people)


def quantile_levels(cells: Ranked, rows: Rows, bins: int) -> Levels:
    """Cut numbers into at most `bins` levels of about equal weight; equal numbers stay together.

    Examples
    --------
    >>> import pandas
    >>> plain = Rows.build(7, None, frequency=False)
    >>> numbers = ranked(Cells(pandas.Series([0, 0, 0, 1, 2, 3, None])), Kind.NUMERIC, plain)
    >>> quantile_levels(numbers, plain, 2).codes.tolist()
    [0, 0, 0, 1, 1, 1, 2]
    """
    if (id(rows), bins) not in cells.cuts:
        cells.cuts[id(rows), bins] = _cut(cells, rows, bins)
    return cells.cuts[id(rows), bins]


def _cut(cells: Ranked, rows: Rows, bins: int) -> Levels:
    count = len(cells.values)
    if count <= bins:
        return Levels(cells.codes, cells.size, cells.missing, of=np.arange(count))
    level = cut(cells.weight(rows), bins)
    size = int(level.max()) + 1
    codes = np.append(level, size)[cells.codes]
    return Levels(codes, size + cells.missing, cells.missing, of=level)


def cut(mass: NDArray[np.float64], bins: int) -> NDArray[np.int64]:
    """Return the level of each different number, ascending, from what weighs on each.

    Examples
    --------
    >>> cut(np.array([3.0, 1.0, 1.0, 1.0]), 2).tolist()
    [0, 1, 1, 1]
    """
    if len(mass) <= bins or mass.sum() <= 0:
        return np.arange(len(mass))
    middle = (np.cumsum(mass) - mass / 2) / mass.sum()
    place = np.minimum(np.floor(bins * middle), bins - 1)
    return np.asarray(np.cumsum(np.diff(place, prepend=place[0]) > 0), dtype=np.int64)


def _pool(cells: Ranked, rows: Rows, max_levels: int, min_people: int) -> Levels:
    """Put the rare levels into one, which comes after the others and before the missing one."""
    named = len(cells.values)
    people = cells.people(rows)
    frequent = np.zeros(named, dtype=bool)
    frequent[np.argsort(-people, kind="stable")[:max_levels]] = True
    frequent &= people >= min_people
    pooled = named - int(frequent.sum())
    if pooled <= 1:  # one rare level alone is what it was
        return Levels(cells.codes, cells.size, cells.missing, of=np.arange(named))
    kept = named - pooled
    renumber = np.full(named + 1, kept, dtype=np.int64)
    renumber[:named][frequent] = np.arange(kept)
    renumber[named] = kept + 1
    size = kept + 1 + cells.missing
    return Levels(renumber[cells.codes], size, cells.missing, pooled, of=renumber[:named])
