"""Corrected p-values, and what is said of a gap: worse, better, or not decided."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from auditkit import inference
from auditkit.comparison.rows import Row
from auditkit.fairness import HEADLINE

__all__ = ["judged"]


def judged(rows: Sequence[Row], *, min_group: int, alpha: float) -> list[Row]:
    """Correct the p-values of each family by Holm, and say of each gap what it has become."""
    found = list(rows)
    tested = [index for index, row in enumerate(rows) if _large(row, min_group)]
    for family in dict.fromkeys(_family(rows[index]) for index in tested):
        members = [index for index in tested if _family(rows[index]) == family]
        adjusted = inference.holm([rows[index].p_value for index in members])
        for index, value in zip(members, adjusted, strict=True):
            found[index] = replace(rows[index], p_adjusted=value)
    return [
        replace(row, verdict=_verdict(row, alpha)) if row.what == "gap" else row for row in found
    ]


def _family(row: Row) -> tuple[str, bool]:
    return row.what, row.stage is None or row.metric == HEADLINE[row.stage]


def _large(row: Row, min_group: int) -> bool:
    whole = row.what == "share"  # a share is of all people, however few are in the group
    return row.p_value is not None and (whole or min(row.old_n, row.new_n) >= min_group)


def _verdict(row: Row, alpha: float) -> str:
    if row.old is None or row.new is None or row.p_value is None:
        return "not computable"
    if row.p_adjusted is None:
        return "too few"
    if row.p_adjusted >= alpha:
        return "unclear"
    return "worse" if _apart(row.new) > _apart(row.old) else "better"


def _apart(ratio: float) -> float:
    """Return how far a ratio is from 1, either way."""
    return abs(math.log(ratio)) if ratio > 0 else math.inf
