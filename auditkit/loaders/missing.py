"""Empty cells, counted where the rows are: one group-by for all columns, on any engine."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw

from auditkit.counts import Group, group_text
from auditkit.loaders.dataset import Dataset
from auditkit.loaders.expressions import as_number, empty_flag, is_empty
from auditkit.loaders.levels import EMPTY, ROWS
from auditkit.loaders.tally import group_keys, people_sums, spellings

__all__ = ["EmptyCells", "missing_cells"]

_KEY, _ROWS, _WEIGHT = "__auditkit_k", "__auditkit_rows", "__auditkit_w"


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
    words, types = words or {}, data.lazy().collect_schema()
    told = _told(data)
    known = [n for n in columns if n in told and not (n in words and types[n] == nw.String)]
    left = [name for name in columns if name not in known]
    found: dict[Group, dict[str | None, tuple[int, float]]] = {}
    if known:
        found = _summed(data, known, _of_crossing(data, known))
    if left or not known:
        with data.asked():
            table = _asked(data, left, words).collect()
        for group, sums in _summed(data, left, table).items():
            found[group] = {**found.get(group, {}), **sums}
    order = sorted(found, key=lambda group: tuple((text is None, text or "") for text in group))
    return [
        EmptyCells(group, *found[group][None], {name: found[group][name] for name in columns})
        for group in order
    ]


def _told(data: Dataset) -> frozenset[str]:
    """Return the columns that the crossing of the roles tells of: it knows no weights, no bands."""
    schema, crossed = data.schema, data.crossed
    if crossed is None or schema.weight or schema.count or schema.bins:
        return frozenset()
    return frozenset((*crossed.columns, *data.counted))


def _of_crossing(data: Dataset, columns: Sequence[str]) -> nw.DataFrame[Any]:
    """Return what was counted while the roles were checked."""
    assert data.crossed is not None
    keys = [nw.col(name).alias(f"{_KEY}{i}") for i, name in enumerate(data.schema.protected)]
    rows = [nw.col(ROWS).alias(name) for name in (_ROWS, _WEIGHT)]
    types = data.crossed.schema
    flags = [
        nw.col(f"{EMPTY}{data.counted.index(name)}")
        if name in data.counted
        else (nw.col(ROWS) * as_number(is_empty(nw.col(name), types[name]))).alias(f"{EMPTY}{name}")
        for name in columns
    ]
    return data.crossed.select(*keys, *rows, *flags)


def _asked(
    data: Dataset, columns: Sequence[str], words: Mapping[str, Collection[str]]
) -> nw.LazyFrame[Any]:
    """Return the group-by: people and weight, empty cells, and, of weighted rows, their weight."""
    schema, frame = data.schema, data.lazy()
    types = frame.collect_schema()
    keys = group_keys(schema, schema.protected)
    weight, _, _ = people_sums(schema)
    flags: dict[str, Any] = {}
    for place, name in enumerate(columns):
        flag = empty_flag(nw.col(name), types[name], frame.implementation)
        if name in words and types[name] == nw.String:
            word = nw.col(name).is_in(sorted(words[name])).fill_null(False)
            flag = as_number(nw.col(name).is_null() | word)
        flags[f"{EMPTY}{place}"] = flag
    parts: dict[str, Any] = {}
    if schema.weight is not None or schema.count is not None:
        parts = {f"{name}w": flag.cast(nw.Float64) * weight for name, flag in flags.items()}
    sums = [_WEIGHT, *flags, *parts]
    frame = frame.select(**keys, **{_WEIGHT: weight}, **flags, **parts)
    counted = frame.group_by(*keys).agg(
        nw.len().alias(_ROWS), *(nw.col(name).sum() for name in sums)
    )
    return counted.select(*keys, _ROWS, *sums)


def _summed(
    data: Dataset, columns: Sequence[str], table: nw.DataFrame[Any]
) -> dict[Group, dict[str | None, tuple[int, float]]]:
    """Add up rows that are one group in two spellings, or null and NaN; None is everybody."""
    schema = data.schema
    labels = [spellings(schema, name) for name in schema.protected]
    width, names = len(labels), [None, *columns]
    sums: dict[Group, list[tuple[int, float]]] = {}
    for row in table.rows():
        texts = [group_text(value) for value in row[:width]]
        group = tuple(
            None if text is None else mapping.get(text, text)
            for text, mapping in zip(texts, labels, strict=True)
        )
        rows, weight, *cells = (value or 0 for value in row[width:])
        counts = [rows, *cells[: len(columns)]]
        weights = [weight, *(cells[len(columns) :] or cells)]
        before = sums.get(group, [(0, 0.0)] * len(names))
        sums[group] = [
            (n + round(more), w + float(part))
            for (n, w), more, part in zip(before, counts, weights, strict=True)
        ]
    return {group: dict(zip(names, found, strict=True)) for group, found in sums.items()}
