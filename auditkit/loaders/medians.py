"""Exact medians through the engine: counts in ever narrower bins, and at last a few values."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from auditkit.errors import DataError, RequestError, SchemaError, shown
from auditkit.loaders.dataset import Dataset
from auditkit.loaders.roles import is_known

__all__ = ["exact_median"]

_BINS = 4_096
_FEW = 10_000


def exact_median(data: Dataset, column: str) -> float:
    """Return the median of a column of numbers, to the last digit, wherever the rows are.

    Parameters
    ----------
    data : Dataset
        As :func:`auditkit.load` returns it.
    column : str
        A column of numbers; empty cells and NaN are left out.

    Returns
    -------
    float
        The middle value, or the mean of the two middle values of an even number.

    Raises
    ------
    SchemaError
        No such column.
    RequestError
        A column that does not hold numbers.
    DataError
        No number in it, or an infinite one.

    Notes
    -----
    No engine's own quantile is asked: some of them estimate, and some cannot be asked by group.

    Examples
    --------
    >>> import pandas as pd
    >>> from auditkit import load
    >>> frame = pd.DataFrame({"sex": ["F", "M"] * 2, "score": [0.1, 0.4, 0.5, 0.9]})
    >>> exact_median(load(frame, protected="sex"), "score")
    0.45
    """
    if column not in data.columns:
        raise SchemaError(f"no column '{shown(column)}' in the data")
    frame = data.lazy()
    if not frame.collect_schema()[column].is_numeric():
        raise RequestError(f"'{shown(column)}' does not hold numbers: it has no median")
    number = nw.col(column).cast(nw.Float64)
    values = frame.filter(is_known(nw.col(column))).select(number.alias("__auditkit_v"))
    with data.asked():
        rows = int(values.select(nw.len()).collect().item())
        if not rows:
            raise DataError(f"'{shown(column)}' holds no number: it has no median")
        low, high = _value(values, (rows - 1) // 2), _value(values, rows // 2)
    return low if low == high else (low + high) / 2


def _value(values: nw.LazyFrame[Any], rank: int) -> float:
    """Return the value of a rank, counted from 0."""
    value = nw.col("__auditkit_v")
    while True:
        found = values.select(value.min().alias("low"), value.max().alias("high"), nw.len())
        low, high, rows = found.collect().row(0)
        if low == high:
            return float(low)
        if not abs(low) < float("inf") or not abs(high) < float("inf"):
            raise DataError("a median of infinite values is not defined")
        if rows <= _FEW:
            return float(sorted(values.collect()["__auditkit_v"].to_list())[rank])
        scale = _BINS / (high - low)
        code = ((value - low) * scale).floor()
        counted = values.select(code.alias("bin")).group_by("bin").agg(nw.len().alias("n"))
        for place, n in sorted(counted.collect().rows()):
            if rank < n:
                values = values.filter(code == place)
                break
            rank -= int(n)
