"""Comparisons within strata: does a gap hold among people in the same department or site."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit import inference
from auditkit.counts import Counts, Cube, Group
from auditkit.fairness import HEADLINE, Disparity, Rates, cube_of_stage, rates_of
from auditkit.metrics.declared import METRICS

__all__ = ["stratify", "subgroup_scan"]

Pair = tuple[float, float]


def stratify(
    counts: Counts, disparities: Sequence[Disparity], *, stage: str, level: float = 0.95
) -> list[dict[str, Any]]:
    """Adjust each headline comparison of a single attribute for each stratum.

    Parameters
    ----------
    counts : Counts
        With strata.
    disparities : sequence of Disparity
        The pooled comparisons; their groups and references are used.
    stage : {"label", "model", "decision"}
        Which comparisons.
    level : float
        Confidence level.

    Returns
    -------
    list of dict
        One row for each attribute, stratum and group: ``pooled`` is the odds ratio that ignores
        the stratum, ``adjusted`` the Mantel-Haenszel odds ratio (Mantel, Haenszel 1959) with its
        Robins-Breslow-Greenland interval, ``homogeneity_p`` the Breslow-Day test with Tarone's
        correction. None where undefined, with a ``reason``.
    """
    rows = []
    for item in disparities:
        headline = item.metric == HEADLINE[stage] and item.kind == "ratio" and item.stage == stage
        if not headline or len(item.attributes) != 1:
            continue
        for stratum in counts.strata:
            rows.append(_adjust(counts, item, stratum, stage, level))
    return rows


def _adjust(
    counts: Counts, item: Disparity, stratum: str, stage: str, level: float
) -> dict[str, Any]:
    tables, by_level = [], []
    pairs = _pairs(counts, (item.attributes[0], stratum), stage)
    for level_value in counts.values(stratum):
        value = None if level_value is None else str(level_value)
        group = pairs.get((item.group[0], value), (0, 0))
        base = pairs.get((item.reference[0], value), (0, 0))
        tables.append((*group, *base))
        by_level.append(
            {
                "level": value,
                "events": group[0],
                "n": group[1],
                "reference_events": base[0],
                "reference_n": base[1],
            }
        )
    pooled = inference.mantel_haenszel([_pooled(tables)], level=level)
    adjusted = inference.mantel_haenszel(tables, level=level)
    homogeneity = inference.breslow_day(tables)
    return {
        "stage": stage,
        "attribute": item.attributes[0],
        "stratum": stratum,
        "group": list(item.group),
        "reference": list(item.reference),
        "measure": "odds_ratio",
        "pooled": pooled.odds_ratio,
        "pooled_low": pooled.low,
        "pooled_high": pooled.high,
        "pooled_p": item.p_value,
        "pooled_p_adjusted": item.p_adjusted,
        "adjusted": adjusted.odds_ratio,
        "low": adjusted.low,
        "high": adjusted.high,
        "p_value": adjusted.p_value,
        "homogeneity_p": None if homogeneity is None else homogeneity[2],
        "strata_used": adjusted.strata_used,
        "method": "mantel-haenszel; breslow-day with tarone correction",
        "reason": adjusted.reason,
        "levels": by_level,
    }


def _pooled(
    tables: Sequence[tuple[float, float, float, float]],
) -> tuple[float, float, float, float]:
    a, m, b, n = (sum(column) for column in zip(*tables, strict=True))
    return (a, m, b, n)


def _pairs(counts: Counts, attributes: Sequence[str], stage: str) -> dict[Group, Pair]:
    """Return group → (events, n) of the headline rate (effective counts under weights)."""
    rates = rates_of(METRICS[HEADLINE[stage]], cube_of_stage(counts, attributes, stage))
    return {group: _pair(rates, index) for index, group in enumerate(rates.groups)}


def subgroup_scan(
    counts: Counts,
    crossings: Sequence[Sequence[str]],
    *,
    stage: str,
    min_group: int,
    level: float = 0.95,
) -> list[dict[str, Any]]:
    """Compare each crossed group with everybody else, and with the rest of each of its parts.

    Parameters
    ----------
    counts : Counts
        The cells.
    crossings : sequence of sequences of str
        Two or more attributes each.
    stage : {"label", "model", "decision"}
        Whose headline rate.
    min_group : int
        Smaller groups are listed and not tested.
    level : float
        Confidence level.

    Returns
    -------
    list of dict
        The rows of ``subgroups`` in the record; ``rest`` is the rate of all other people.
        ``parents`` compares with the others of the same part (other women, other Black people):
        a crossed group that differs from *both* is not explained by either attribute alone.
    """
    rows = []
    for attributes in crossings:
        rows += _crossed(counts, tuple(attributes), stage, level)
    tested = [row for row in rows if row["n"] >= min_group and row["p_value"] is not None]
    adjusted = inference.holm([row["p_value"] for row in tested])
    for row, value in zip(tested, adjusted, strict=True):
        row["p_adjusted"] = value
    parents = [parent for row in tested for parent in row["parents"]]
    for parent, value in zip(
        parents, inference.holm([parent["p_value"] for parent in parents]), strict=True
    ):
        parent["p_adjusted"] = value
    return rows


def _crossed(
    counts: Counts, attributes: tuple[str, ...], stage: str, level: float
) -> list[dict[str, Any]]:
    """Return a row for each crossed group, beside all others and the others of each part."""
    cube = cube_of_stage(counts, attributes, stage)
    groups = cube.groups
    own = np.eye(len(groups), dtype=bool)
    everybody = np.ones_like(own)
    parts = [
        np.array([[a[place] == b[place] for b in groups] for a in groups], dtype=bool).reshape(
            own.shape
        )
        for place in range(len(attributes))
    ]
    sides = [own, *(same & ~own for same in (everybody, *parts))]
    rates = [rates_of(METRICS[HEADLINE[stage]], _gathered(cube, side)) for side in sides]
    return [
        _subgroup(rates, index, group, attributes, stage, level)
        for index, group in enumerate(groups)
    ]


def _gathered(cube: Cube, members: NDArray[np.bool_]) -> Cube:
    """Return a cube whose groups are sums of groups: row i adds up where ``members[i]``."""
    n = np.tensordot(members.astype(np.int64), cube.n, axes=1)
    w, w2 = (np.tensordot(members.astype(np.float64), part, axes=1) for part in (cube.w, cube.w2))
    return Cube(cube.attributes, cube.groups, n.astype(np.int64), w, w2)


def _subgroup(
    rates: Sequence[Rates],
    index: int,
    group: Group,
    attributes: tuple[str, ...],
    stage: str,
    level: float,
) -> dict[str, Any]:
    own, rest, *parts = rates
    pairs = [_pair(side, index) for side in rates]
    parents = [
        {
            "attribute": name,
            "group": part,
            "n": int(side.n[index]),
            "events": _events(side, index),
            "value": _value(side, index),
            "p_value": _p(*pairs[0], *pair),
            "p_adjusted": None,
        }
        for name, part, side, pair in zip(attributes, group, parts, pairs[2:], strict=True)
    ]
    interval = inference.newcombe(*pairs[0], *pairs[1], level=level)
    rate, rest_rate = _value(own, index), _value(rest, index)
    return {
        "stage": stage,
        "attributes": list(attributes),
        "group": list(group),
        "metric": HEADLINE[stage],
        "n": int(own.n[index]),
        "events": _events(own, index),
        "value": rate,
        "rest": rest_rate,
        "difference": None if rate is None or rest_rate is None else rate - rest_rate,
        "low": None if interval is None else interval.low,
        "high": None if interval is None else interval.high,
        "p_value": _p(*pairs[0], *pairs[1]),
        "p_adjusted": None,
        "parents": parents,
    }


def _known(rates: Rates, index: int) -> bool:
    return bool(rates.n[index] > 0 and rates.effective[index] > 0)


def _pair(rates: Rates, index: int) -> Pair:
    return rates.pair(index) if _known(rates, index) else (0, 0)


def _value(rates: Rates, index: int) -> float | None:
    return float(rates.value[index]) if _known(rates, index) else None


def _events(rates: Rates, index: int) -> float:
    return float(rates.top[index]) if rates.weighted else int(rates.events[index])


def _p(a: float, m: float, b: float, n: float) -> float | None:
    if not m or not n:
        return None
    if all(isinstance(value, int) for value in (a, m, b, n)):
        return inference.fisher_exact(a, m, b, n)
    result = inference.pooled_z(a, m, b, n)
    return None if result is None else result[1]
