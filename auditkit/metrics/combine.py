"""How the gaps of several rates become one number, by name."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

__all__ = ["COMBINE", "Kind"]

Kind = Literal["difference", "ratio"]


def _only(values: Sequence[float], kind: Kind) -> float:
    return values[0]


def _mean(values: Sequence[float], kind: Kind) -> float:
    return sum(values) / len(values)


def _mean_absolute(values: Sequence[float], kind: Kind) -> float:
    return sum(abs(value) for value in values) / len(values)


def _worst(values: Sequence[float], kind: Kind) -> float:
    if any(math.isnan(value) for value in values):
        return math.nan  # an undefined half must not vanish behind the other
    return max(abs(value) for value in values) if kind == "difference" else min(values)


def _average(values: Sequence[float], kind: Kind) -> float:
    return _mean_absolute(values, kind)


def _mean_of_known(values: Sequence[float], kind: Kind) -> float:
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan


def _python_min(values: Sequence[float], kind: Kind) -> float:
    return min(values)  # a NaN stays only where it comes first


def _python_max_fpr_tpr(values: Sequence[float], kind: Kind) -> float:
    tpr, fpr = values
    return max(abs(fpr), abs(tpr))  # a NaN stays only where it comes first


COMBINE: Mapping[str, tuple[Callable[[Sequence[float], Kind], float], bool]] = {
    "only": (_only, False),
    "mean": (_mean, False),
    "mean_absolute": (_mean_absolute, False),
    "worst": (_worst, True),
    "average": (_average, True),
    "mean_of_known": (_mean_of_known, True),
    "python_min": (_python_min, True),
    "python_max_fpr_tpr": (_python_max_fpr_tpr, True),
}
"""Name → (function, whether each part chooses the groups that it compares by itself)."""
