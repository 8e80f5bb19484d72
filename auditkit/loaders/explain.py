"""What will be asked of the engine, printed instead of run."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from auditkit.errors import RequestError
from auditkit.loaders.dataset import Dataset
from auditkit.loaders.roles import values_of
from auditkit.loaders.tally import grouped

__all__ = ["explain"]


def explain(data: Dataset) -> str:
    """Return the SQL of the counts, and of the questions about each column with a role.

    Raises
    ------
    RequestError
        When no SQL is involved.
    """
    schema, frame = data.schema, data.lazy()
    judged = [*schema.protected, *schema.strata, schema.label, schema.prediction]
    judged += schema.stage_columns
    names = dict.fromkeys(name for name in judged if name is not None)
    queries = [(f"values of {name}", values_of(frame, name)) for name in names]
    queries.append(("counts", grouped(data)))
    return "\n\n".join(f"-- {what}\n{_sql(query)};" for what, query in queries)


def _sql(query: nw.LazyFrame[Any]) -> str:
    native: Any = query.to_native()
    if query.implementation.is_duckdb():
        return str(native.sql_query()).strip()
    if query.implementation.is_ibis():
        import ibis

        return str(ibis.to_sql(native)).strip()
    raise RequestError("--explain is for databases, and for files that DuckDB reads")
