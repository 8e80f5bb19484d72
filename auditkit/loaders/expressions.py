"""Expressions that pandas, Polars, Arrow, DuckDB, Dask, Spark and SQL all read alike."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw

__all__ = ["as_number", "band_code", "is_known"]


def is_known(column: nw.Expr) -> nw.Expr:
    """Whether a number is there: neither null nor NaN, which engines do not treat alike.

    In arithmetic, because SQLite has no test for NaN, and PostgreSQL and DuckDB hold it equal to
    itself: only finite numbers minus themselves are 0, and only of infinite ones is 1 / x 0.
    """
    number = column.cast(nw.Float64)
    finite, infinite = number - number == 0, 1.0 / (number.abs() + 1.0) == 0
    return finite.fill_null(False) | infinite.fill_null(False)


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
