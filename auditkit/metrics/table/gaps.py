"""The widest gap of each rate over the groups of one set of attributes, and how to read it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.metrics.declared import Metric
from auditkit.metrics.table.sets import Floats, Set

__all__ = ["gap_rows", "widest"]

Places = NDArray[np.intp]

_MOST_PAIRED = 2_000  # groups of which every pair is compared; beyond, pairs outgrow the memory
_NOT_COMPARED: dict[str, Any] = dict.fromkeys(("low", "high", "level", "method"))
_TOO_FEW = "fewer than two groups have a value"
_ALL_ZERO = "the rate is 0 in every group (0/0)"
_NOT_TESTED: dict[str, Any] = dict.fromkeys(("noise", "noise_high", "chi2", "df", "p_value"))


def widest(sets: Sequence[Set], values: Floats) -> Floats:
    """Return difference and ratio of the extremes of each set: (metrics, sets, 2).

    NaN with fewer than two rates, a ratio also where all of them are 0.
    """
    starts = [one.start for one in sets]
    high, low = (reduce.reduceat(values, starts, axis=1) for reduce in (np.fmax, np.fmin))
    several = np.add.reduceat(values == values, starts, axis=1, dtype=np.int64) >= 2
    gap = np.full((*high.shape, 2), np.nan)
    np.subtract(high, low, out=gap[..., 0], where=several)
    np.divide(low, high, out=gap[..., 1], where=several & (high > 0))
    return gap


def gap_rows(
    sets: Sequence[Set],
    metrics: Sequence[Metric],
    values: Floats,
    counted: tuple[Floats, Floats] | None = None,
    *,
    level: float = 0.95,
    seed: int = 0,
    replicates: int = 2000,
) -> list[dict[str, Any]]:
    """Return difference and ratio of each metric and set; with what chance does, where counted."""
    gaps = widest(sets, values)
    bare = [
        _extremes(one, metrics, values[:, one.place], gaps[:, number])
        for number, one in enumerate(sets)
    ]
    floors: dict[tuple[str, int], dict[str, Any]] = {}
    rows: list[dict[str, Any]] = []
    for position, metric in enumerate(metrics):
        for one, pairs in zip(sets, bare, strict=True):
            pair = pairs[position]
            rows.extend(pair)
            if counted is None:
                continue
            events, sizes = (part[position, one.place].tolist() for part in counted)
            floor = floors.get((metric.complement or "", one.start)) or _tested(
                events, sizes, level, seed, replicates
            )
            floors[metric.name, one.start] = floor
            for found in pair:
                found.update(_simultaneous(found, events, sizes, level))
                found.update(floor)
            pair[1].update(noise=None, noise_high=None)  # known for the difference only
    return rows


def _extremes(
    one: Set, metrics: Sequence[Metric], rates: Floats, gaps: Floats
) -> list[list[dict[str, Any]]]:
    """Return the bare difference and ratio of each metric, between the groups that have a rate."""
    unknown = rates != rates
    ends = (end.tolist() for end in _places(rates))
    rows = []
    for metric, high, low, values, without, some in zip(
        metrics, *ends, gaps.tolist(), unknown, unknown.any(axis=1), strict=True
    ):
        left_out = tuple(one.groups[place] for place in np.flatnonzero(without)) if some else ()
        compared = len(one.groups) - len(left_out)
        found = compared >= 2
        common: dict[str, Any] = {
            **_NOT_COMPARED,
            "highest": one.groups[high] if found else None,
            "lowest": one.groups[low] if found else None,
            "compared": compared, "left_out": left_out, "empty": one.empty, **_NOT_TESTED,
        }  # fmt: skip
        rows.append([
            {
                "attributes": one.attributes, "metric": metric.name, "kind": kind,
                "value": value if value == value else None, **common,
                "reason": None if value == value else _ALL_ZERO if found else _TOO_FEW,
            }
            for kind, value in zip(("difference", "ratio"), values, strict=True)
        ])  # fmt: skip
    return rows


def _places(rates: Floats) -> tuple[Places, Places]:
    """Return where the highest and the lowest are: of equal rates the first and the last."""
    known = rates == rates
    highest = np.where(known, rates, -1.0).argmax(axis=1)
    lowest = np.where(known, rates, np.inf).argmin(axis=1)
    rows = np.arange(len(rates))
    alike = rates[rows, highest] == rates[rows, lowest]
    lowest[alike] = known.shape[1] - 1 - known[alike, ::-1].argmax(axis=1)
    return highest, lowest


def _simultaneous(
    found: dict[str, Any], events: list[float], sizes: list[float], level: float
) -> dict[str, Any]:
    """Return the interval of a gap whose two groups were picked for being extreme."""
    from auditkit.inference import widest_gap, widest_ratio

    if found["value"] is None:
        return {"level": level}
    if found["compared"] > _MOST_PAIRED:
        return {"level": level, "reason": f"no interval: more than {_MOST_PAIRED} groups"}
    compare = widest_gap if found["kind"] == "difference" else widest_ratio
    ends = compare(events, sizes, level=level)
    name = "newcombe" if found["kind"] == "difference" else "MOVER-R"
    return {
        "level": level, "low": ends.low, "high": ends.high, "method": f"{name}, studentised range"
    }  # fmt: skip


def _tested(
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
