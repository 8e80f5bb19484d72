"""The rows that a sample left out, in batches, without holding them all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np

from auditkit.loaders.sample import sample_places

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["BATCH", "rows_beyond"]

BATCH = 200_000
"""Rows that are held at a time."""


def rows_beyond(
    native: Any, limit: int, seed: int, *, total: int, size: int = BATCH
) -> Iterator[pd.DataFrame] | None:
    """Return the rows that :func:`auditkit.loaders.sample.draw` did not draw, in their order.

    Parameters
    ----------
    native : frame
        Anything that Narwhals reads.
    limit, seed : int
        As they were given to `draw`.
    total : int
        How many rows there are.
    size : int
        The most rows of a batch.

    Returns
    -------
    iterator of pandas.DataFrame or None
        None where the engine does not tell which rows it drew (Dask, Spark, SQL databases).

    Examples
    --------
    >>> import pandas as pd
    >>> [part["x"].tolist() for part in rows_beyond(pd.DataFrame({"x": range(5)}), 2, 0, total=5)]
    [[0, 1, 2]]
    """
    frame = nw.from_native(native)
    batches = _batches(frame, total, size)
    if batches is None:
        return None
    left = np.ones(total, dtype=bool)
    left[sample_places(total, limit, seed)] = False
    return _left(batches, left)


def _left(batches: Iterator[pd.DataFrame], left: NDArray[np.bool_]) -> Iterator[pd.DataFrame]:
    start = 0
    for batch in batches:
        mine = left[start : start + len(batch)]
        start += len(batch)
        if mine.any():
            yield batch[mine].reset_index(drop=True)


def _batches(frame: Any, total: int, size: int) -> Iterator[pd.DataFrame] | None:
    starts = range(0, total, size)
    if isinstance(frame, nw.DataFrame):
        return (frame[start : start + size].to_pandas() for start in starts)
    kind, lazy = frame.implementation, frame.to_native()
    if kind.is_duckdb():
        reader = _reader(lazy, size)
        return (batch.to_pandas() for batch in reader)
    if kind.is_polars():
        return (lazy.slice(start, size).collect().to_pandas() for start in starts)
    return None


def _reader(relation: Any, size: int) -> Any:
    """Return DuckDB's stream of Arrow batches; its name changed with version 1.4."""
    ask = getattr(relation, "to_arrow_reader", None) or relation.fetch_record_batch
    return ask(size)
