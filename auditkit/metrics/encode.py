"""Columns to codes, the cheapest way each library offers: nearly all the time of a metric is here.

Categories are codes already; small integers are a subtraction; text in Arrow buffers is
dictionary-encoded without making Python strings; the rest is factorised. No library is imported:
one that made the column has been imported by whoever passes it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.counts import group_text

__all__ = ["Codes", "encode", "encode_all", "tabulate"]

Codes = tuple[NDArray[Any], list[Any]]
"""One code a row (-1: missing), and the value that each code stands for."""

_SMALL_RANGE = 65_536
_THREADED_ROWS = 100_000
_CHUNK = 262_144
_LONG = 400_000  # rows from which a sparse product pays
_FEW = 16
_ONE = np.ones(1, dtype=np.int32)


def encode_all(columns: Sequence[Any]) -> list[Codes]:
    """Encode several columns; long Arrow text side by side (it releases the GIL)."""
    long = [column for column in columns if len(column) >= _THREADED_ROWS]
    if len(long) < 2 or not any(_arrow_text(column) for column in long):
        return [encode(column) for column in columns]
    from auditkit.threads import side_by_side

    return side_by_side(encode, columns)


def encode(column: Any) -> Codes:
    """Encode one column: pandas, Polars, Arrow, numpy or a list.

    Examples
    --------
    >>> codes, values = encode(np.array([3, 5, 3]))
    >>> [values[code] for code in codes]
    [3, 5, 3]
    """
    home = type(column).__module__.partition(".")[0]
    if home == "pandas":
        return _encode_pandas(column)
    if home == "polars" and "pyarrow" in sys.modules:
        return _encode_arrow(column.to_arrow())
    if home == "pyarrow":
        return _encode_arrow(column)
    if home == "polars":
        return _encode_objects(np.asarray(column.to_numpy(), dtype=object))
    array = column if isinstance(column, np.ndarray) else _from_list(list(column))
    return _encode_numpy(array)


def _from_list(values: list[Any]) -> NDArray[Any]:
    """Let numpy choose only where all values are of one kind: [0, '0'] must stay two values."""
    kinds = {type(value) for value in values}
    alike = len(kinds) == 1 and kinds <= {int, float, bool, str}
    return np.array(values, dtype=None if alike else object)


def _arrow_text(column: Any) -> bool:
    if type(column).__module__.partition(".")[0] == "pandas":
        return "pyarrow" in sys.modules and "str" in str(getattr(column, "dtype", ""))
    return type(column).__module__.partition(".")[0] in {"pyarrow", "polars"}


def _encode_pandas(column: Any) -> Codes:
    dtype = column.dtype
    if type(dtype).__name__ == "CategoricalDtype":
        values = column if hasattr(column, "codes") else column.array
        return np.asarray(values.codes), dtype.categories.tolist()
    if isinstance(dtype, np.dtype) and dtype.kind in "iub":
        return _encode_numpy(column.to_numpy())
    if _arrow_text(column) and hasattr(column.array, "__arrow_array__"):
        return _encode_arrow(column.array.__arrow_array__())
    codes, uniques = column.factorize()
    return np.asarray(codes), list(uniques)


def _encode_arrow(array: Any) -> Codes:
    """Dictionary-encode; several chunks are made one, so that a value has one code."""
    if hasattr(array, "chunks"):  # one chunk is taken as it is: making one of it copies
        array = array.chunk(0) if array.num_chunks == 1 else array.combine_chunks()
    if hasattr(array, "chunks"):  # an empty chunked array
        array = array.chunk(0) if array.num_chunks else array
    if not hasattr(array, "indices"):
        array = array.dictionary_encode()
    indices = array.indices
    if indices.null_count:
        indices = (
            indices.fill_null(-1)
            if "uint" not in str(indices.type)
            else indices.cast("int64").fill_null(-1)
        )
    return np.asarray(indices), array.dictionary.to_pylist()


def _encode_numpy(array: NDArray[Any]) -> Codes:
    kind = array.dtype.kind
    if kind == "b":
        return array.view(np.uint8), [False, True]
    if kind in "iu" and len(array):
        low, high = _bounds(array)
        if high - low < _SMALL_RANGE:
            small = np.uint8 if high - low < 256 else np.uint16
            shifted = array if low == 0 else array - array.dtype.type(low)
            if shifted.dtype.itemsize == 1:
                return shifted.view(np.uint8), list(range(low, high + 1))
            return shifted.astype(small, copy=False), list(range(low, high + 1))
    if kind == "O":
        return _encode_objects(array)
    unique, inverse = np.unique(array, return_inverse=True)
    return inverse, list(unique) if kind in "Mm" else unique.tolist()


def _bounds(array: NDArray[Any]) -> tuple[int, int]:
    """Return bounds of integers; a low one below a few is not worth another look at the rows."""
    if array.dtype.itemsize == 1 and (high := int(array.view(np.uint8).max())) < _FEW:
        return 0, high
    return int(array.min()), int(array.max())


def _encode_objects(array: NDArray[Any]) -> Codes:
    """Factorise Python objects; 0 and '0' are two values, and every kind of missing is one."""
    pandas = sys.modules.get("pandas")
    if pandas is not None and hasattr(pandas, "factorize"):
        codes, uniques = pandas.factorize(array)
        return np.asarray(codes), list(uniques)
    index: dict[Any, int] = {}
    codes = np.empty(len(array), dtype=np.int64)
    for row, value in enumerate(array.tolist()):
        codes[row] = -1 if group_text(value) is None else index.setdefault(value, len(index))
    return codes, list(index)


def tabulate(
    columns: Sequence[NDArray[Any]],
    sizes: Sequence[int],
    weights: Sequence[NDArray[np.float64]] = (),
) -> list[NDArray[Any]]:
    """Count the rows of every combination of codes, and add up weights: one pass, in chunks.

    Parameters
    ----------
    columns : sequence of integer arrays of shape (n,)
        Codes from 0 to ``size - 1``.
    sizes : sequence of int
        How many codes each column has.
    weights : sequence of arrays of shape (n,)
        Summed for each combination.

    Returns
    -------
    list of ndarray
        Counts, then a sum for each of `weights`; each of shape ``sizes``.
    """
    cells = int(np.prod(sizes, dtype=np.int64))
    counts = np.zeros(cells, dtype=np.int64)
    sums = [np.zeros(cells) for _ in weights]
    rows = len(columns[0]) if columns else 0
    chunk = -(-rows // max(1, -(-rows // _CHUNK)))  # all of one length, but for a row or so
    counter = None if weights or rows < _LONG else _sparse_ones(chunk, cells)
    place = np.empty(chunk, dtype=np.int64) if counter is None else counter.indices
    places = _Places(sizes, place)
    for start in range(0, rows, max(1, chunk)):
        part = slice(start, start + chunk)
        place = places.of([column[part] for column in columns])
        if counter is None:
            counts += np.bincount(place, minlength=cells)
        else:
            counter.data[len(place) :] = 0  # of the chunk before: they are not counted again
            counts += counter @ _ONE
        for total, weight in zip(sums, weights, strict=True):
            total += np.bincount(place, weight[part], minlength=cells)
    return [table.reshape(sizes) for table in (counts, *sums)]


def _sparse_ones(rows: int, cells: int) -> Any:
    """Return a sparse column of ones whose product with 1 counts how often each index occurs.

    That takes two thirds of the time of ``np.bincount``, which looks for the extremes first and
    wants its index twice as wide. None where SciPy is not loaded already: loading it takes as long
    as counting many millions of rows.
    """
    sparse: Any = sys.modules.get("scipy.sparse")
    if not hasattr(sparse, "csc_array") or cells > np.iinfo(np.int32).max:
        return None
    index, ends = np.zeros(rows, dtype=np.int32), np.array([0, rows], dtype=np.int32)
    return sparse.csc_array((np.ones(rows, dtype=np.int32), index, ends), shape=(cells, 1))


class _Places:
    """The cell of each row of a chunk, worked out in the smallest integers that will do.

    Column after column, cells so far times size plus code (Horner). The memory is taken once:
    chunk after chunk is written into it, and in the end into `place`.
    """

    def __init__(self, sizes: Sequence[int], place: NDArray[Any]) -> None:
        rows = len(place)
        widths = [_width(int(cells)) for cells in np.cumprod(sizes, dtype=np.float64)]
        memory = {width: (np.empty(rows, width), np.empty(rows, width)) for width in {*widths}}
        self.steps = [(size, *memory[width]) for size, width in zip(sizes, widths, strict=True)]
        self.place = place

    def of(self, columns: Sequence[NDArray[Any]]) -> NDArray[Any]:
        rows = len(columns[0])
        flat: NDArray[Any] | None = None
        for column, (size, total, step) in zip(columns, self.steps, strict=True):
            if size == 1:
                continue
            if flat is None:
                flat = _as_wide(column, total)
                continue
            total = total[:rows]
            np.multiply(_as_wide(flat, total), size, out=total)
            flat = np.add(total, _as_wide(column, step), out=total)
        place = self.place[:rows]
        np.copyto(place, 0 if flat is None else flat, casting="unsafe")
        return place


def _as_wide(values: NDArray[Any], memory: NDArray[Any]) -> NDArray[Any]:
    """Return integers in the width of the memory; arithmetic on two widths is slower than this."""
    if values.dtype == memory.dtype:
        return values
    wide = memory[: len(values)]
    np.copyto(wide, values, casting="unsafe")
    return wide


def _width(cells: int) -> np.dtype[Any]:
    """Return the smallest integers that number so many cells."""
    return np.min_scalar_type(cells - 1) if cells <= 2**32 else np.dtype(np.int64)
