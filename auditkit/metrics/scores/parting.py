"""Rows in order of a small code: a radix sort, in pieces that the processor's cache holds.

Of many rows SciPy's counting sort is twice as fast: the rows of a matrix of one line, turned into
columns, stand in order of their column. Few rows do not wait for SciPy to be imported.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["order_of", "part_by"]

_RADIX_KEYS = 65_535
_CHUNK = 65_536
_CHUNKS = 32
_MANY = 100_000
"""Rows from which SciPy is worth its import."""


def order_of(key: NDArray[Any], size: int) -> tuple[NDArray[np.intp], list[int]]:
    """Return the rows in order of a key from 0 to `size` - 1, and where each key starts."""
    starts = np.concatenate([[0], np.cumsum(np.bincount(key, minlength=size))])
    return np.argsort(_small(key, size), kind="stable"), starts.tolist()


def part_by(
    key: NDArray[Any], size: int, arrays: Sequence[NDArray[Any]]
) -> tuple[list[NDArray[Any]], list[int]]:
    """Return arrays in order of a key from 0 to `size` - 1, and where each key starts.

    Rows of one key stay in the order that they had.
    """
    if size == 1:
        return list(arrays), [0, len(key)]
    if len(key) >= _MANY:
        return _counted(key, size, arrays)
    key = _small(key, size)
    step = max(_CHUNK, len(key) // _CHUNKS)
    chunks = [slice(first, first + step) for first in range(0, len(key), step)]
    counts = np.array([np.bincount(key[chunk], minlength=size) for chunk in chunks])
    ends = np.cumsum(counts.sum(axis=0))
    # Where a chunk's rows of a key go, less where they stand once the chunk is in order.
    moves = ends - np.cumsum(counts[::-1], axis=0)[::-1] - (np.cumsum(counts, axis=1) - counts)
    line = np.arange(min(step, len(key)))
    moved = [np.empty_like(values) for values in arrays]
    for chunk, move, rows in zip(chunks, moves, counts, strict=True):
        order = np.argsort(key[chunk], kind="stable")
        places = np.repeat(move, rows)
        places += line[: len(places)]
        for values, into in zip(arrays, moved, strict=True):
            into[places] = values[chunk].take(order)
    return moved, [0, *ends.tolist()]


def _counted(
    key: NDArray[Any], size: int, arrays: Sequence[NDArray[Any]]
) -> tuple[list[NDArray[Any]], list[int]]:
    """Do the work of `part_by` with SciPy: entries of a column stay in the order of the rows."""
    from scipy.sparse import csr_array

    whole = np.int32 if len(key) <= np.iinfo(np.int32).max else np.int64
    columns, line = key.astype(whole), np.array([0, len(key)], dtype=whole)
    turned = [csr_array((values, columns, line), shape=(1, size)).tocsc() for values in arrays]
    return [one.data for one in turned], turned[0].indptr.tolist()


def _small(key: NDArray[Any], size: int) -> NDArray[Any]:
    """Return the key in 8 or 16 bits where it fits: a stable sort of these is a radix sort."""
    return key.astype(np.min_scalar_type(size), copy=False) if size <= _RADIX_KEYS else key
