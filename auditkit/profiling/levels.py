"""A feature as a few levels, so that columns of every kind can be compared with a group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from auditkit.columns import Column, Kind, describe, values
from auditkit.profiling.rows import Rows

if TYPE_CHECKING:
    import pandas
    from numpy.typing import NDArray

__all__ = [
    "NUMBERS",
    "Levels",
    "cells_of",
    "described_columns",
    "level_codes",
    "quantile_levels",
    "text_levels",
]

NUMBERS = (Kind.NUMERIC, Kind.BOOLEAN, Kind.DATE)
"""The kinds whose values have an order."""


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
    """

    codes: NDArray[np.int64]
    size: int
    missing: bool
    pooled: int = 0


def described_columns(
    frame: pandas.DataFrame, names: Sequence[str], described: Mapping[str, Column] | None
) -> dict[str, Column]:
    """Describe the columns that are not described yet."""
    known = dict(described or {})
    return known | describe(frame, [name for name in names if name not in known])


def level_codes(
    series: pandas.Series[Any],
    column: Column,
    rows: Rows,
    *,
    bins: int,
    max_levels: int,
    min_people: int,
) -> Levels:
    """Cut numbers and dates at quantiles; keep other levels, the rare ones pooled.

    Parameters
    ----------
    series : pandas.Series
        The column, in the order of the frame.
    column : Column
        What it is.
    rows : Rows
        Weights, and our order of rows.
    bins : int
        Numbers and dates with more different values than this are cut at this many quantiles.
    max_levels, min_people : int
        Text beyond the `max_levels` most frequent levels, and levels with fewer people than
        `min_people`, become one level.
    """
    cells = rows.take(cells_of(series, column.kind))
    if column.kind in NUMBERS:
        return quantile_levels(cells, rows, bins)
    return _pool(text_levels(cells), rows, max_levels, min_people)


def cells_of(series: pandas.Series[Any], kind: Kind) -> NDArray[Any]:
    """Return the cells as :func:`auditkit.columns.values` does, without a detour for numbers.

    Examples
    --------
    >>> import pandas
    >>> cells_of(pandas.Series([3, 1]), Kind.NUMERIC).tolist()
    [3.0, 1.0]
    """
    array = series.array
    native = getattr(array.dtype, "kind", "O") in "iufb" and isinstance(array.dtype, np.dtype)
    if native and kind in (Kind.NUMERIC, Kind.BOOLEAN):
        return series.to_numpy(dtype=np.float64)
    return values(series, kind)


def quantile_levels(cells: NDArray[np.float64], rows: Rows, bins: int) -> Levels:
    """Cut numbers into at most `bins` levels of about equal weight; equal numbers stay together.

    Examples
    --------
    >>> cells = np.array([0.0, 0.0, 0.0, 1.0, 2.0, 3.0, np.nan])
    >>> quantile_levels(cells, Rows.build(7, None, frequency=False), 2).codes.tolist()
    [0, 0, 0, 1, 1, 1, 2]
    """
    empty = np.isnan(cells)
    distinct, inverse = np.unique(cells[~empty], return_inverse=True)
    level = np.arange(len(distinct))
    if len(distinct) > bins:
        mass = rows.keep(~empty).weigh(inverse.astype(np.int64), len(distinct))
        if mass.sum() > 0:
            middle = (np.cumsum(mass) - mass / 2) / mass.sum()
            cut = np.minimum(np.floor(bins * middle), bins - 1)
            level = np.unique(cut, return_inverse=True)[1]
    size = int(level.max()) + 1 if len(level) else 0
    codes = np.full(len(cells), size, dtype=np.int64)
    codes[~empty] = level[inverse]
    missing = bool(empty.any())
    return Levels(codes, size + missing, missing)


def text_levels(cells: NDArray[Any]) -> Levels:
    """Make a level of every different text, in alphabetical order; None is the last."""
    import pandas

    raw, uniques = pandas.factorize(cells)
    texts = uniques.tolist()
    place = np.empty(len(texts) + 1, dtype=np.int64)
    place[sorted(range(len(texts)), key=texts.__getitem__)] = np.arange(len(texts))
    place[-1] = len(texts)
    missing = bool((raw < 0).any())
    return Levels(place[raw], len(texts) + missing, missing)


def _pool(levels: Levels, rows: Rows, max_levels: int, min_people: int) -> Levels:
    """Put the rare levels into one, which comes after the others and before the missing one."""
    named = levels.size - levels.missing
    people = rows.count(levels.codes, levels.size)[:named]
    frequent = np.zeros(named, dtype=bool)
    frequent[np.argsort(-people, kind="stable")[:max_levels]] = True
    frequent &= people >= min_people
    pooled = named - int(frequent.sum())
    if pooled <= 1:  # one rare level alone is what it was
        return levels
    kept = named - pooled
    renumber = np.full(levels.size, kept, dtype=np.int64)
    renumber[:named][frequent] = np.arange(kept)
    if levels.missing:
        renumber[named] = kept + 1
    return Levels(renumber[levels.codes], kept + 1 + levels.missing, levels.missing, pooled)
