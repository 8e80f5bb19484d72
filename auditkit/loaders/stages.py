"""The stages of a process: which values mean that one was reached, and the flags of each row.

The raw columns are keys of the one group-by; what they mean is settled on the small result.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import narwhals as nw

from auditkit.counts import UNKNOWN, group_text
from auditkit.errors import DataError, SchemaError, listed, nearest, shown
from auditkit.loaders.levels import Levels
from auditkit.loaders.roles import (
    MAX_GROUPS,
    is_positive,
    matched,
    obvious_positive,
    texts_of,
)
from auditkit.schema import Schema
from auditkit.stages import Stage

__all__ = ["settle_stages", "stage_flags", "stage_keys"]

Flags = Mapping[str | None, tuple[int, ...]]
_YES, _NO = {"1", "1.0", "yes", "true"}, {"0", "0.0", "no", "false"}


def settle_stages(schema: Schema, every: Levels, notes: list[str]) -> Schema:
    """Check the stages against the data and find the values that are not named.

    Raises
    ------
    SchemaError
        A value that does not occur, or one that names no stage.
    DataError
        A column of which every value is missing.
    """
    if not schema.stages:
        return schema
    if schema.stage_column is None:
        settled = [_settle(stage, schema, every) for stage in schema.stages]
        return schema.with_(stages=tuple(settled))
    where = f"--stage-column '{shown(schema.stage_column)}'"
    levels = _levels(schema.stage_column, every, where)
    if len(levels) > MAX_GROUPS:
        raise SchemaError(f"{where} has {len(levels)} values: it does not hold stages")
    named = {value: stage for stage in schema.stages for value in stage.values}
    for text in levels:
        if not any(is_positive(text, value) for value in named):
            raise SchemaError(
                f"{where}: '{shown(text)}' is none of the stages named{nearest(text, named)}; name "
                f"the stage that these people reached with --stage NAME={shown(text)} (a name may "
                "be given for several values)"
            )
    unseen = [value for value in named if not any(is_positive(text, value) for text in levels)]
    if unseen:
        notes.append(f"nobody is at {listed(unseen)} in {schema.stage_column!r}")
    return schema


def _levels(column: str, every: Levels, where: str) -> dict[str, int]:
    levels = texts_of(every.of(column))
    if not levels:
        raise DataError(f"{where}: every value is missing")
    return levels


def _settle(stage: Stage, schema: Schema, every: Levels) -> Stage:
    where = f"--stage '{shown(stage.name)}'"
    levels = _levels(stage.column or "", every, where)
    only = next(iter(levels)) if len(levels) == 1 else ""
    if stage.values:
        if only.casefold() in _NO and not any(is_positive(only, value) for value in stage.values):
            return stage  # nobody reached it: a state, not a mistake
        return replace(stage, values=tuple(matched(v, levels, where) for v in stage.values))
    positive = obvious_positive(levels)
    if positive is None and only:
        positive = only if only.casefold() in _YES else "1" if only.casefold() in _NO else None
    if positive is None and stage.column in {schema.label, schema.prediction}:
        known = (text for text in levels if is_positive(text, schema.positive or ""))
        positive = next(known, None)
    if positive is None:
        raise SchemaError(
            f"{where}: '{shown(stage.column)}' holds {listed(levels)}; say which value means that "
            f"it was reached: --stage {shown(stage.name)}={shown(stage.column)}:VALUE"
        )
    return replace(stage, values=(positive,))


def stage_keys(schema: Schema) -> dict[str, nw.Expr]:
    """Return the key columns of the stages, by temporary names."""
    return {f"__auditkit_s{i}": nw.col(name) for i, name in enumerate(schema.stage_columns)}


def stage_flags(schema: Schema, table: nw.DataFrame[Any]) -> list[tuple[int, Flags]]:
    """Return, for each key column of the stages, its place and text → the flags that follow."""
    found: list[tuple[int, Flags]] = []
    stages = [stage.values for stage in schema.stages]
    for index, _ in enumerate(schema.stage_columns):
        name = f"__auditkit_s{index}"
        seen = {group_text(value) for value in table[name].to_list()}
        width = 1 if schema.stage_column is None else len(stages)
        flags: dict[str | None, tuple[int, ...]] = {None: (UNKNOWN,) * width}
        for text in seen - {None}:
            if schema.stage_column is None:
                flags[text] = (int(_means(text, stages[index])),)
            else:
                last = next(i for i, values in enumerate(stages) if _means(text, values))
                flags[text] = tuple(int(i <= last) for i in range(width))
        found.append((table.columns.index(name), flags))
    return found


def _means(text: str | None, values: tuple[str, ...]) -> bool:
    return text is not None and any(is_positive(text, value) for value in values)
