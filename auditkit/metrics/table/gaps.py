"""The widest gap of one rate over the groups of one set of attributes, and how to read it."""

from __future__ import annotations

import math
from typing import Any

from auditkit.metrics.declared import Metric
from auditkit.metrics.table.sets import Set

__all__ = ["extremes", "simultaneous", "tested"]

_MOST_PAIRED = 2_000  # groups of which every pair is compared; beyond, pairs outgrow the memory
_NOT_COMPARED: dict[str, Any] = dict.fromkeys(("low", "high", "level", "method"))
_NOT_TESTED: dict[str, Any] = dict.fromkeys(("noise", "noise_high", "chi2", "df", "p_value"))


def extremes(one: Set, row: Metric, rates: list[float]) -> list[dict[str, Any]]:
    """Return the bare difference and ratio between the groups that have a rate."""
    known = [rate for rate in rates if rate == rate]
    whole = len(known) == len(rates)
    common: dict[str, Any] = {
        **_NOT_COMPARED, "highest": None, "lowest": None, "compared": len(known),
        "left_out": () if whole else tuple(
            group for group, rate in zip(one.groups, rates, strict=True) if rate != rate
        ),
        "empty": one.empty,
        **_NOT_TESTED,
    }  # fmt: skip
    difference = ratio = None
    reason = reason_of_ratio = "fewer than two groups have a value"
    if len(known) >= 2:
        high, low = max(known), min(known)
        last = len(rates) - 1 - next(i for i, rate in enumerate(reversed(rates)) if rate == rate)
        common["highest"] = one.groups[rates.index(high)]
        common["lowest"] = one.groups[rates.index(low) if low < high else last]
        difference, ratio = high - low, low / high if high > 0 else None
        reason, reason_of_ratio = "", "" if high > 0 else "the rate is 0 in every group (0/0)"
    return [
        {
            "attributes": one.attributes, "metric": row.name, "kind": kind, "value": value,
            **common, "reason": why or None,
        }
        for kind, value, why in (
            ("difference", difference, reason), ("ratio", ratio, reason_of_ratio),
        )
    ]  # fmt: skip


def simultaneous(
    found: dict[str, Any], events: list[float], sizes: list[float], level: float
) -> dict[str, Any]:
    """Return the interval of a gap whose two groups were picked for being extreme."""
    from auditkit.inference import widest_gap, widest_ratio

    if found["value"] is None:
        return {"level": level}
    if found["compared"] > _MOST_PAIRED:
        return {"level": level, "reason": f"no interval: more than {_MOST_PAIRED} groups"}
    widest = widest_gap if found["kind"] == "difference" else widest_ratio
    ends = widest(events, sizes, level=level)
    name = "newcombe" if found["kind"] == "difference" else "MOVER-R"
    return {
        "level": level, "low": ends.low, "high": ends.high, "method": f"{name}, studentised range"
    }  # fmt: skip


def tested(
    events: list[float], sizes: list[float], level: float, seed: int, replicates: int
) -> dict[str, Any]:
    """Return the noise floor and the chi-square of equal rates."""
    from auditkit.inference import equal_rates, noise_floor

    total = math.fsum(sizes)
    pooled = min(1.0, math.fsum(events) / total) if total > 0 else 0.0
    whole = [math.floor(size + 1e-9) for size in sizes]
    floor = noise_floor(whole, pooled, seed=seed, level=level, replicates=replicates)
    chi2, df, p_value = equal_rates(events, sizes) or (None, None, None)
    return {
        "noise": floor.expected, "noise_high": floor.high, "chi2": chi2, "df": df,
        "p_value": p_value,
    }  # fmt: skip
