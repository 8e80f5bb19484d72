"""The frontier: what each remedy costs in performance, and what it does to the gap."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.remedies.plan import Setting, Trial
from auditkit.trainer.influence import Influence, Undefined, influence_of, variance

__all__ = ["better_than", "mark_dominated", "measured"]

Floats = NDArray[np.float64]


def measured(setting: Setting, trial: Trial, plain: Trial, *, level: float) -> dict[str, Any]:
    """Return the performance and the gap of a trial, with intervals, and the change against plain.

    ``accuracy`` and ``balanced_accuracy``; ``gap`` (the widest difference between two judged
    groups in the chosen rate, ``between`` which); ``accuracy_change`` and ``gap_change``, paired
    on the same rows (the change of the gap compares the widest gaps); ``rates`` by group.
    """
    rows = setting.bench.rows
    near = rows.clusters
    found: dict[str, Any] = {}
    now = rows.judged(setting.plain, trial.chosen)
    before = rows.judged(setting.plain, plain.chosen)
    for name in ("accuracy", "balanced_accuracy"):
        one = influence_of(name, now)
        found[name] = _told(one, near, level)
        found[f"{name}_change"] = _told(_minus(one, influence_of(name, before)), near, level)
    gap, between = _widest(setting, trial.chosen)
    other, _ = _widest(setting, plain.chosen)
    nobody = not trial.chosen.any()  # no gap between groups of whom nobody is selected
    if gap is None or other is None or nobody:
        reason = "nobody is selected" if nobody else "the rate is defined in fewer than two groups"
        empty = {"value": None, "low": None, "high": None, "reason": reason}
        found |= {"gap": empty, "gap_change": empty, "between": []}
    else:
        found["gap"] = _told(gap, near, level)
        found["gap_change"] = _told(_minus(gap, other), near, level)
        found["between"] = between
    found["rates"] = _rates(setting, trial)
    return found


def _minus(one: Influence, other: Influence) -> Influence:
    return Influence(one.value - other.value, one.rows - other.rows, min(one.n, other.n))


def _told(found: Influence, clusters: NDArray[np.intp] | None, level: float) -> dict[str, Any]:
    spread = variance(found, clusters)
    if spread is None:
        return {"value": found.value, "low": None, "high": None}
    reach = NormalDist().inv_cdf(0.5 + level / 2) * math.sqrt(spread)
    return {"value": found.value, "low": found.value - reach, "high": found.value + reach}


def _of_group(setting: Setting, chosen: Floats, name: str, code: int) -> Influence | None:
    rows = setting.bench.rows
    places = np.flatnonzero(setting.codes == code)
    try:
        found = influence_of(name, rows.judged(setting.plain, chosen).at(places))
    except Undefined:
        return None
    parts = np.zeros(len(chosen))
    parts[places] = found.rows
    return Influence(found.value, parts, found.n)


def _widest(setting: Setting, chosen: Floats) -> tuple[Influence | None, list[str | None]]:
    """Return the widest difference between two judged groups, and which they are."""
    rates = {
        code: rate
        for code in setting.large
        if (rate := _of_group(setting, chosen, setting.disparity, code)) is not None
    }
    if len(rates) < 2:
        return None, []
    high = max(rates, key=lambda code: rates[code].value)
    low = min(rates, key=lambda code: rates[code].value)
    if high == low:  # all alike
        high, low = list(rates)[:2]
    return _minus(rates[high], rates[low]), [setting.names[high], setting.names[low]]


def _rates(setting: Setting, trial: Trial) -> list[dict[str, Any]]:
    found = []
    for code in setting.large:
        row: dict[str, Any] = {
            "group": setting.names[code],
            "n": int((setting.codes == code).sum()),
        }
        for name in ("selection_rate", "true_positive_rate", "false_positive_rate", "accuracy"):
            rate = _of_group(setting, trial.chosen, name, code)
            row[name] = None if rate is None else rate.value
        found.append(row)
    return found


def mark_dominated(points: Sequence[dict[str, Any]]) -> None:
    """Mark the points for which another is at least as good in both, and better in one."""
    for point in points:
        point["dominated"] = any(better_than(other, point) for other in points)


def better_than(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether one point dominates another.

    Examples
    --------
    >>> def point(accuracy, gap):
    ...     return {"accuracy": {"value": accuracy}, "gap": {"value": gap}}
    >>> better_than(point(0.8, 0.1), point(0.8, 0.2)), better_than(point(0.8, 0.1), point(0.9, 0.2))
    (True, False)
    """
    values = [(p["accuracy"]["value"], p["gap"]["value"]) for p in (one, other)]
    if any(value is None for pair in values for value in pair):
        return False
    (good, gap), (less, wide) = values
    return bool(good >= less and gap <= wide and (good > less or gap < wide))
