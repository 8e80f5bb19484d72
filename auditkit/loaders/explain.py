"""What will be asked of the engine, printed instead of run."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from auditkit.errors import RequestError, shown
from auditkit.loaders.dataset import Dataset
from auditkit.loaders.levels import crossing, values_of
from auditkit.loaders.roles import crossable
from auditkit.loaders.tally import few_rows, grouped

__all__ = ["explain"]


def explain(data: Dataset) -> str:
    """Return the SQL of the counts, and of the questions about the columns with a role.

    Raises
    ------
    RequestError
        When no SQL is involved.
    """
    schema, frame = data.schema, data.lazy()
    few = list(dict.fromkeys(crossable(schema)))
    queries = [(_values(name), values_of(frame, name)) for name in schema.bins]
    if data.crossed is None:
        queries += [(_values(name), values_of(frame, name)) for name in few]
    else:
        empty = ", and the empty cells of the columns beside them" if data.counted else ""
        queries.append((_values(*few) + empty, crossing(frame, few, data.counted)))
    if few_rows(data) is None:
        queries.append(("counts", grouped(data)))
    else:
        queries = [(f"counts, and {what}", query) for what, query in queries]
    return "\n\n".join(f"-- {what}\n{_sql(query)};" for what, query in queries)


def _values(*names: str) -> str:
    return f"values of {', '.join(shown(name) for name in names)}"


def _sql(query: nw.LazyFrame[Any]) -> str:
    native: Any = query.to_native()
    if query.implementation.is_duckdb():
        return str(native.sql_query()).strip()
    if query.implementation.is_ibis():
        import ibis

        return str(ibis.to_sql(native)).strip()
    raise RequestError("--explain is for databases, and for files that DuckDB reads")
