"""The value of a rank, exactly and wherever the rows are: ever narrower bins, then a few values."""

from __future__ import annotations

from math import isinf
from typing import Any

import narwhals as nw

from auditkit.errors import DataError
from auditkit.loaders.expressions import is_known

__all__ = ["known_numbers", "value_at"]

_BINS = 4_096
_FEW = 10_000
_VALUE = "__auditkit_v"


def known_numbers(frame: nw.LazyFrame[Any], name: str) -> nw.LazyFrame[Any]:
    """Return one column as numbers, without those that are missing, for :func:`value_at`."""
    column = nw.col(name)
    return frame.filter(is_known(column)).select(column.cast(nw.Float64).alias(_VALUE))


def value_at(values: nw.LazyFrame[Any], rank: int) -> float:
    """Return the value of a rank, counted from 0.

    No engine's own quantile is asked: some of them estimate, and some cannot be asked by group.

    Raises
    ------
    DataError
        Where infinite values are in the way.
    """
    value = nw.col(_VALUE)
    while True:
        found = values.select(value.min().alias("low"), value.max().alias("high"), nw.len())
        low, high, rows = found.collect().row(0)
        if low == high:
            return float(low)
        if isinf(low) or isinf(high):
            raise DataError("infinite values have no middle: mend them, or leave the rows out")
        if rows <= _FEW:
            return float(sorted(values.collect()[_VALUE].to_list())[rank])
        width = high / 2 - low / 2  # halves, because the whole may be too large for a float
        code = ((value / 2 - low / 2) * (_BINS / width)).floor() if width > 1e-290 else value
        counted = values.select(code.alias("bin")).group_by("bin").agg(nw.len().alias("n"))
        for place, n in sorted(counted.collect().rows()):
            if rank < n:
                values = values.filter(code == place)
                break
            rank -= int(n)
