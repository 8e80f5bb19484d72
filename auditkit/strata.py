"""Comparisons within strata: does a gap hold among people in the same department or site."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from auditkit import inference
from auditkit.counts import Counts, Group
from auditkit.fairness import HEADLINE, Disparity, rates_of
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
    label = "label" if "label" in counts.outcomes else None
    cube = counts.cube(attributes, label=label, prediction=None if stage == "label" else stage)
    rates = rates_of(METRICS[HEADLINE[stage]], cube)
    known = (rates.n > 0) & (rates.effective > 0)
    return {group: rates.pair(i) if known[i] else (0, 0) for i, group in enumerate(rates.groups)}


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
        cells = _pairs(counts, attributes, stage)
        for group, (events, n) in cells.items():
            rows.append(_subgroup(cells, group, tuple(attributes), stage, events, n, level))
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


def _subgroup(
    cells: dict[Group, Pair],
    group: Group,
    attributes: tuple[str, ...],
    stage: str,
    events: float,
    n: float,
    level: float,
) -> dict[str, Any]:
    rest = _minus(cells.values(), (events, n))
    parents = []
    for place, (name, value) in enumerate(zip(attributes, group, strict=True)):
        same = [pair for other, pair in cells.items() if other[place] == value]
        others = _minus(same, (events, n))
        parents.append(
            {
                "attribute": name,
                "group": value,
                "n": others[1],
                "events": others[0],
                "value": others[0] / others[1] if others[1] else None,
                "p_value": _p(events, n, *others),
                "p_adjusted": None,
            }
        )
    interval = inference.newcombe(events, n, *rest, level=level)
    rate = events / n if n else None
    rest_value = rest[0] / rest[1] if rest[1] else None
    return {
        "stage": stage,
        "attributes": list(attributes),
        "group": list(group),
        "metric": HEADLINE[stage],
        "n": n,
        "events": events,
        "value": rate,
        "rest": rest_value,
        "difference": None if rate is None or rest_value is None else rate - rest_value,
        "low": None if interval is None else interval.low,
        "high": None if interval is None else interval.high,
        "p_value": _p(events, n, *rest),
        "p_adjusted": None,
        "parents": parents,
    }


def _minus(pairs: Any, taken: Pair) -> Pair:
    """Sum pairs and take one away; effective counts may leave a rounding residue below zero."""
    events = sum(pair[0] for pair in pairs) - taken[0]
    n = sum(pair[1] for pair in pairs) - taken[1]
    n = max(n, 0)
    return (min(max(events, 0), n), n)


def _p(a: float, m: float, b: float, n: float) -> float | None:
    if not m or not n:
        return None
    if all(isinstance(value, int) for value in (a, m, b, n)):
        return inference.fisher_exact(a, m, b, n)
    result = inference.pooled_z(a, m, b, n)
    return None if result is None else result[1]
