"""Empty cells, counted where the rows are: one group-by for all columns, on any engine."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw

from auditkit.counts import group_text
from auditkit.loaders.dataset import Dataset
from auditkit.loaders.expressions import as_number, is_known
from auditkit.loaders.tally import group_keys, people_sums, spellings

__all__ = ["EmptyCells", "missing_cells"]


@dataclass(frozen=True)
class EmptyCells:
    """People of one crossing of the protected groups, and how many have an empty cell.

    Attributes
    ----------
    group : tuple
        One group for each protected attribute; None is missing.
    people, weight : int, float
        Rows, and their sum of weights.
    empty : mapping of str to (int, float)
        Column → rows whose cell is empty, and their sum of weights.
    """

    group: tuple[str | None, ...]
    people: int
    weight: float
    empty: Mapping[str, tuple[int, float]]


def missing_cells(
    data: Dataset, columns: Sequence[str], *, words: Mapping[str, Collection[str]] | None = None
) -> list[EmptyCells]:
    """Count the empty cells of some columns in every crossing of the protected groups.

    Parameters
    ----------
    data : Dataset
        As :func:`auditkit.load` returns it.
    columns : sequence of str
        The columns to look at.
    words : mapping of str to collection of str, optional
        Column → spellings that stand for an empty cell (``NA`` in a column of numbers).

    Returns
    -------
    list of EmptyCells
        Sorted by group; only crossings that occur.

    Examples
    --------
    >>> import pandas as pd
    >>> from auditkit import load
    >>> frame = pd.DataFrame({"sex": ["F", "F", "M"], "age": [None, 31.0, 40.0]})
    >>> for row in missing_cells(load(frame, protected="sex"), ["age"]):
    ...     print(row.group, row.people, dict(row.empty))
    ('F',) 2 {'age': (1, 1.0)}
    ('M',) 1 {'age': (0, 0.0)}
    """
    schema, frame = data.schema, data.lazy()
    types = frame.collect_schema()
    keys = group_keys(schema, schema.protected)
    weight, _, _ = people_sums(schema)
    derived: dict[str, Any] = dict(keys)
    derived["__auditkit_w"] = weight
    for place, name in enumerate(columns):
        flag = _is_empty(nw.col(name), types[name], (words or {}).get(name, ()))
        derived[f"__auditkit_e{place}"] = as_number(flag)
        derived[f"__auditkit_m{place}"] = as_number(flag).cast(nw.Float64) * weight
    sums = [name for name in derived if name not in keys]
    grouped = frame.select(**derived).group_by(*keys)
    counted = (nw.len().alias("__auditkit_rows"), *(nw.col(name).sum() for name in sums))
    with data.asked():
        table = grouped.agg(*counted).collect()
    return _merged(data, columns, table)


def _is_empty(column: nw.Expr, dtype: Any, words: Collection[str]) -> nw.Expr:
    if dtype.is_float():
        return ~is_known(column)
    flag = column.is_null()
    if words and dtype == nw.String:
        return flag | column.is_in(sorted(words)).fill_null(False)
    return flag


def _merged(data: Dataset, columns: Sequence[str], table: nw.DataFrame[Any]) -> list[EmptyCells]:
    """Add up the rows that are one group in two spellings, or null and NaN."""
    schema, names = data.schema, table.columns
    labels = [spellings(schema, name) for name in schema.protected]
    first = names.index("__auditkit_rows")
    weight_at = names.index("__auditkit_w")
    places = [
        (names.index(f"__auditkit_e{i}"), names.index(f"__auditkit_m{i}"))
        for i in range(len(columns))
    ]
    found: dict[tuple[str | None, ...], list[float]] = {}
    for row in table.rows():
        texts = [group_text(value) for value in row[:first]]
        group = tuple(
            None if text is None else mapping.get(text, text)
            for text, mapping in zip(texts, labels, strict=True)
        )
        slot = found.setdefault(group, [0.0] * (2 + 2 * len(columns)))
        picked = [row[first], row[weight_at], *(row[at] for pair in places for at in pair)]
        for index, value in enumerate(picked):
            slot[index] += float(value or 0)
    order = sorted(found, key=lambda group: tuple((text is None, text or "") for text in group))
    return [
        EmptyCells(
            group,
            round(found[group][0]),
            found[group][1],
            {
                name: (round(found[group][2 + 2 * i]), found[group][3 + 2 * i])
                for i, name in enumerate(columns)
            },
        )
        for group in order
    ]
