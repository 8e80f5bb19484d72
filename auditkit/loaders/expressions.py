"""Expressions that pandas, Polars, Arrow, DuckDB, Dask, Spark and SQL all read alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw

__all__ = ["as_number", "band_code", "empty_flag", "is_empty", "is_known"]


def is_known(column: nw.Expr) -> nw.Expr:
    """Whether a number is there: neither null nor NaN, which engines do not treat alike.

    In arithmetic, because SQLite has no test for NaN. 1 / (|x| + 1) is at most 1 for every number,
    infinite ones too. NaN stays NaN, which is above all numbers (DuckDB, PostgreSQL, Polars, Spark)
    or compares as false (pandas, Arrow, Dask).
    """
    return (1.0 / (column.cast(nw.Float64).abs() + 1.0) <= 1.0).fill_null(False)


def is_empty(column: nw.Expr, dtype: Any) -> nw.Expr:
    """Whether a cell is empty; of numbers with a fraction, NaN is empty too."""
    return ~is_known(column) if dtype.is_float() else column.is_null()


def empty_flag(column: nw.Expr, dtype: Any, kind: nw.Implementation) -> nw.Expr:
    """1 where a cell is empty, else 0: in one comparison where the engine knows infinity."""
    if dtype.is_float() and (kind.is_duckdb() or kind.is_polars()):  # NaN is above it, in both
        known = column.cast(nw.Float64) <= float("inf")
        return nw.when(known).then(nw.lit(0)).otherwise(nw.lit(1))
    return as_number(is_empty(column, dtype))


def as_number(condition: nw.Expr) -> nw.Expr:
    """1 where a condition holds, else 0 (PostgreSQL casts no boolean to a whole number of ours)."""
    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0))


def band_code(column: nw.Expr, edges: Sequence[float]) -> nw.Expr:
    """Index of the band: how many edges the value reaches; null where it is missing."""
    number = column.cast(nw.Float64)
    code = as_number(number >= edges[0])
    for edge in edges[1:]:
        code = code + as_number(number >= edge)
    return nw.when(is_known(column)).then(code)
