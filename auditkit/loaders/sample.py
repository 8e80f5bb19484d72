"""Rows for the questions that counts cannot answer: all of them, or a stated, seeded sample.

Two kinds of source, two ways to draw, and each says which it was. Where rows have a place of
their own (frames in memory, files), places are drawn, so that the same file gives the same sample
whichever engine reads it. A database or a cluster has no first row: there the draw is the
engine's own, or every k-th row in the order of the rows' content.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["MAX_ROWS", "Rows", "draw", "row_count", "sample_places"]

MAX_ROWS = 200_000
"""Rows that are held in memory unless more are asked for."""

_PLACE = "__auditkit_place"


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Rows as pandas.

    Attributes
    ----------
    frame : pandas.DataFrame
        The rows, numbered from 0.
    total : int
        How many rows there are in the data.
    how : str
        How the sample was drawn; empty when `frame` holds all rows.
    notes : tuple of str
        What was read in a way that the reader should know.
    """

    frame: pd.DataFrame
    total: int
    how: str = ""
    notes: tuple[str, ...] = ()

    @property
    def sampled(self) -> bool:
        """Whether there are more rows than these."""
        return len(self.frame) < self.total


def row_count(native: Any) -> int:
    """Count the rows of a frame, whatever holds it."""
    frame = nw.from_native(native)
    if isinstance(frame, nw.DataFrame):
        return len(frame)
    return int(frame.select(nw.len()).collect().item())


def draw(native: Any, limit: int | None, seed: int, *, total: int | None = None) -> Rows:
    """Return all rows, or about `limit` of them where there are more.

    Parameters
    ----------
    native : frame
        Anything that Narwhals reads.
    limit : int or None
        The most rows to hold; None for all.
    seed : int
        Decides the draw.
    total : int, optional
        How many rows there are, where that is known.

    Returns
    -------
    Rows
        Never more than `limit` rows.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = draw(pd.DataFrame({"x": range(100)}), 10, 0)
    >>> len(rows.frame), rows.total, rows.how
    (10, 100, 'rows drawn at random')
    """
    frame = nw.from_native(native)
    total = row_count(native) if total is None else total
    if limit is None or total <= limit:
        eager = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
        return Rows(frame=_to_pandas(eager), total=total)
    if isinstance(frame, nw.DataFrame):
        found = frame[sample_places(total, limit, seed).tolist()]
        return Rows(frame=_to_pandas(found), total=total, how="rows drawn at random")
    found, how = _draw_lazily(frame, total, limit, seed)
    table = _to_pandas(found)
    if len(table) > limit:  # an engine draws about as many as it was asked for
        table = table.iloc[sample_places(len(table), limit, seed)].reset_index(drop=True)
    return Rows(frame=table, total=total, how=how)


def _to_pandas(eager: nw.DataFrame[Any]) -> pd.DataFrame:
    return eager.to_pandas().reset_index(drop=True)


def sample_places(total: int, limit: int, seed: int) -> NDArray[np.int64]:
    """Return `limit` places of `total`, in order, without repetition."""
    drawn = np.random.default_rng(seed).choice(total, limit, replace=False, shuffle=False)
    return np.sort(drawn.astype(np.int64))


def _draw_lazily(
    frame: nw.LazyFrame[Any], total: int, limit: int, seed: int
) -> tuple[nw.DataFrame[Any], str]:
    native: Any = frame.to_native()
    kind = frame.implementation
    if kind.is_duckdb():
        return _from_duckdb(native, sample_places(total, limit, seed)), "rows drawn at random"
    if kind.is_polars():
        return _from_polars(native, sample_places(total, limit, seed)), "rows drawn at random"
    if kind.is_dask():
        drawn = native.sample(frac=limit / total, random_state=seed)
        return nw.from_native(drawn.compute(), eager_only=True), "rows drawn by Dask"
    if kind.is_pyspark() or kind.is_pyspark_connect():
        drawn = native.sample(withReplacement=False, fraction=limit / total, seed=seed)
        return nw.from_native(drawn).collect(), "rows drawn by Spark"
    return _every_kth(frame, total, limit, seed)


def _from_duckdb(relation: Any, places: NDArray[np.int64]) -> nw.DataFrame[Any]:
    """Keep the rows at some places; DuckDB numbers the rows of a file in their order."""
    import pyarrow as pa

    # DuckDB finds the table of places by its name here: a relation does not tell its connection.
    __auditkit_places = pa.table({_PLACE: places})
    drawn = relation.query(
        "__auditkit_rows",
        f"select * exclude ({_PLACE}) from "
        f"(select *, row_number() over () - 1 as {_PLACE} from __auditkit_rows) "
        f"semi join __auditkit_places using ({_PLACE})",
    ).to_arrow_table()
    return nw.from_native(drawn, eager_only=True)


def _from_polars(lazy: Any, places: NDArray[np.int64]) -> nw.DataFrame[Any]:
    import polars as pl

    wanted = pl.LazyFrame({_PLACE: places}, schema={_PLACE: pl.UInt32})
    drawn = lazy.with_row_index(_PLACE).join(wanted, on=_PLACE, how="semi").drop(_PLACE)
    return nw.from_native(drawn.collect(engine="streaming"), eager_only=True)


def _every_kth(
    frame: nw.LazyFrame[Any], total: int, limit: int, seed: int
) -> tuple[nw.DataFrame[Any], str]:
    """Keep every k-th row in the order of their content: the one draw that all SQL can repeat."""
    step = math.ceil(total / limit)
    first = int(np.random.default_rng(seed).integers(step))
    columns = frame.collect_schema().names()
    numbered = frame.with_row_index(_PLACE, order_by=columns)
    kept = numbered.filter(nw.col(_PLACE) % step == first).drop(_PLACE)
    return kept.collect(), f"every {step}th row in the order of the rows' content"
