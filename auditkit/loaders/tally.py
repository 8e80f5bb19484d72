"""The one group-by: rows in, counts out, on any engine.

Columns are derived first, as plain values; then ``group_by(keys).agg(len, sum)`` and nothing
else, which pandas, Polars, Arrow, DuckDB, Dask, Spark and SQL all do alike. Spellings, bands and
labels are mapped afterwards, on the small result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import narwhals as nw

from auditkit.columns.wording import in_arrow
from auditkit.counts import DECISION, LABEL, MODEL, UNKNOWN, Counts, group_text
from auditkit.errors import SchemaError
from auditkit.loaders.dataset import Dataset
from auditkit.loaders.expressions import as_number, band_code, is_known
from auditkit.loaders.levels import ROWS
from auditkit.loaders.roles import is_positive, prediction_positive
from auditkit.loaders.stages import stage_flags, stage_keys
from auditkit.schema import Schema, band_labels

__all__ = ["MODEL_COLUMN", "group_keys", "grouped", "people_sums", "spellings", "tally"]

MODEL_COLUMN = "__auditkit_model"
"""Name of the column in which the trainer hands over out-of-fold predictions (1, 0, null)."""

_MAX_CELLS = 1_000_000
_ROWS, _SUM, _SUM2 = "__auditkit_rows", "__auditkit_sum", "__auditkit_sum2"


def tally(data: Dataset) -> Counts:
    """Count the rows of a dataset into cells.

    Parameters
    ----------
    data : Dataset
        As :func:`auditkit.load` returns it.

    Returns
    -------
    Counts
        One cell for each combination of protected groups, strata and outcomes that occurs.
        ``tally(a) + tally(b) == tally(a then b)``.

    Raises
    ------
    SchemaError
        When the combinations are too many to be groups.

    Examples
    --------
    >>> import pandas as pd
    >>> from auditkit import load
    >>> frame = pd.DataFrame({"sex": ["F", "M"] * 20, "hired": [0, 1] * 20})
    >>> tally(load(frame, label="hired", protected=["sex"])).total
    40
    """
    few = few_rows(data)
    with data.asked():
        table = (grouped(data) if few is None else _as_counted(few)).collect()
    if len(table) > _MAX_CELLS:
        raise SchemaError(
            f"{len(table)} combinations of groups and strata: too many to compare; leave out a "
            "protected column or a stratum, or cut it into bands"
        )
    return _to_counts(data.schema, table)


def few_rows(data: Dataset) -> Dataset | None:
    """Return the crossing made while the roles were checked, where it tells all that is counted."""
    schema, crossed = data.schema, data.crossed
    asked = (schema.weight, schema.count, None if schema.prediction else schema.score)
    if crossed is None or schema.bins or any(asked):
        return None
    return replace(data, frame=crossed.to_native(), schema=schema.with_(count=ROWS))


def grouped(data: Dataset) -> nw.LazyFrame[Any]:
    """Return the one group-by, not run yet."""
    frame, keys, counted = _derived(_handed_over(data))
    rows = nw.col(_ROWS).sum() if counted else nw.len().alias(_ROWS)
    sums = (nw.col(_SUM).sum(), nw.col(_SUM2).sum())
    return frame.group_by(*keys).agg(rows, *sums)


def _handed_over(data: Dataset) -> Dataset:
    """Hand over as Arrow what pandas holds in Arrow: it is counted there in half the time."""
    native = nw.to_native(data.frame, pass_through=True)
    if not nw.dependencies.is_pandas_dataframe(native):
        return data
    names = [*data.schema.used_columns, *({MODEL_COLUMN} & set(native.columns))]
    if not all(in_arrow(native.dtypes[name]) for name in names):
        return data
    import pyarrow as pa

    return replace(data, frame=pa.table({name: pa.array(native[name]) for name in names}))


def _as_counted(few: Dataset) -> nw.LazyFrame[Any]:
    """Return rows that are counts as the group-by would; alike ones are added up afterwards."""
    return _derived(few)[0]


def _derived(data: Dataset) -> tuple[nw.LazyFrame[Any], list[str], bool]:
    """Return keys and summands as columns, the keys' names, and whether rows stand for many."""
    schema, frame = data.schema, data.lazy()
    derived, keys = _keys(schema, frame)
    if not keys:
        raise SchemaError("nothing to count: name a protected attribute, a label or a decision")
    weight, square, count = people_sums(schema)
    if count is not None:
        derived[_ROWS] = count
    return frame.select(**derived, **{_SUM: weight, _SUM2: square}), keys, count is not None


def _keys(schema: Schema, frame: nw.LazyFrame[Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the derived key columns, by their temporary names, and those names in order."""
    derived: dict[str, Any] = dict(group_keys(schema, (*schema.protected, *schema.strata)))
    if schema.label is not None:
        derived["__auditkit_label"] = nw.col(schema.label)
    if schema.prediction is not None:
        derived["__auditkit_decision"] = nw.col(schema.prediction)
    elif schema.score is not None:
        derived["__auditkit_decision"] = _reached(nw.col(schema.score), schema.threshold or 0.0)
    if MODEL_COLUMN in frame.collect_schema().names():
        derived["__auditkit_model"] = nw.col(MODEL_COLUMN)
    derived |= stage_keys(schema)
    return derived, list(derived)


def group_keys(schema: Schema, names: Sequence[str]) -> dict[str, nw.Expr]:
    """Return the key columns of some attributes, by temporary names (a name may hold anything)."""
    keys = {}
    for index, name in enumerate(names):
        edges = schema.bins.get(name)
        assert not isinstance(edges, str)
        column = nw.col(name)
        keys[f"__auditkit_k{index}"] = column if edges is None else band_code(column, edges)
    return keys


def _reached(column: nw.Expr, edge: float) -> nw.Expr:
    """1 where the value is at least `edge`, 0 where it is below, null where it is missing."""
    return nw.when(is_known(column)).then(as_number(column.cast(nw.Float64) >= edge))


def people_sums(schema: Schema) -> tuple[nw.Expr, nw.Expr, nw.Expr | None]:
    """Return weight, squared weight and (for pre-aggregated rows) the number of people."""
    weight = None if schema.weight is None else nw.col(schema.weight).cast(nw.Float64)
    if schema.count is not None:
        people = nw.col(schema.count).cast(nw.Float64)
        whole = nw.col(schema.count).cast(nw.Int64)
        if weight is not None:
            return people * weight, people * weight * weight, whole
        return people, people, whole
    if weight is not None:
        return weight, weight * weight, None
    one = as_number(nw.col(schema.used_columns[0]).is_null()).cast(nw.Float64) * 0.0 + 1.0
    return one, one, None


def _to_counts(schema: Schema, table: nw.DataFrame[Any]) -> Counts:
    names = (*schema.protected, *schema.strata)
    split, width = len(schema.protected), len(names)
    columns = table.columns
    outcomes = [
        outcome for outcome in (LABEL, DECISION, MODEL) if f"__auditkit_{outcome}" in columns
    ]
    places = [columns.index(f"__auditkit_{outcome}") for outcome in outcomes]
    flags = {
        place: _flag_table(schema, outcome, table, f"__auditkit_{outcome}")
        for place, outcome in zip(places, outcomes, strict=True)
    }
    group_places = [columns.index(f"__auditkit_k{index}") for index in range(width)]
    labels = [spellings(schema, name) for name in names]
    stages = stage_flags(schema, table)
    n_at, w_at, w2_at = (columns.index(name) for name in (_ROWS, _SUM, _SUM2))
    cells = []
    for row in table.rows():
        key = tuple(
            mapping.get(text, text) if (text := group_text(row[place])) is not None else None
            for mapping, place in zip(labels, group_places, strict=True)
        )
        outcome = tuple(flags[place][group_text(row[place])] for place in places)
        for place, reached in stages:
            outcome += reached[group_text(row[place])]
        sums = (int(row[n_at]), float(row[w_at]), float(row[w2_at]))
        cells.append(((key[:split], key[split:], outcome), sums))
    outcomes += [stage.outcome for stage in schema.stages]
    return Counts.from_cells(
        cells, attributes=schema.protected, strata=schema.strata, outcomes=outcomes
    )


def spellings(schema: Schema, name: str) -> dict[str, str]:
    """Return how the raw text of a column is spelled as a group."""
    if name in schema.bins:
        edges = schema.bins[name]
        assert not isinstance(edges, str)
        return {str(code): label for code, label in enumerate(band_labels(edges))}
    return dict(schema.values.get(name, {}))


def _flag_table(
    schema: Schema, outcome: str, table: nw.DataFrame[Any], column: str
) -> dict[str | None, int]:
    """Return text of an outcome → 1, 0 or unknown."""
    seen = {group_text(value) for value in table[column].to_list()}
    known = {text: 1 for text in seen if text is not None}
    if outcome == LABEL:
        positive = schema.positive or ""
    elif outcome == DECISION and schema.prediction is not None:
        positive = prediction_positive(schema, known)
    else:
        positive = "1"
    flags: dict[str | None, int] = {text: int(is_positive(text, positive)) for text in known}
    flags[None] = UNKNOWN
    return flags
