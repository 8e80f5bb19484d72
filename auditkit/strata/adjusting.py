"""Comparisons within strata: does a gap hold among people in the same department or site."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from auditkit import inference
from auditkit.counts import Counts, Group
from auditkit.fairness import HEADLINE, Disparity, cube_of_stage, rates_of
from auditkit.metrics.declared import METRICS
from auditkit.policy import Policy, Rule
from auditkit.strata.rates import Pair, pair_of

__all__ = ["head_of", "headline_pairs", "level_name", "stratify", "stratum_sets"]

Table = tuple[float, float, float, float]


def stratify(
    counts: Counts,
    disparities: Sequence[Disparity],
    *,
    stage: str,
    level: float = 0.95,
    policy: Policy | None = None,
) -> list[dict[str, Any]]:
    """Adjust each headline comparison of a single attribute for each stratum.

    Parameters
    ----------
    counts : Counts
        With strata. Several are taken one by one, and crossed.
    disparities : sequence of Disparity
        The pooled comparisons; their groups and references are used.
    stage : {"label", "model", "decision"}
        Which comparisons.
    level : float
        Confidence level.
    policy : Policy, optional
        The line that the adjusted comparison is held against; the default one if not given.

    Returns
    -------
    list of dict
        One row for each attribute, stratum and group: ``pooled`` is the odds ratio that ignores
        the stratum, ``adjusted`` the Mantel-Haenszel odds ratio (Mantel, Haenszel 1959) with its
        Robins-Breslow-Greenland interval, ``homogeneity_p`` the Breslow-Day test with Tarone's
        correction. ``difference`` and ``ratio`` are the same twice for rates, with the common
        difference and the common ratio of Greenland and Robins (1985); ``adjusted_verdict`` holds
        the one that the policy judges against its line. p-values are corrected by Holm over the
        rows (``..._adjusted``), those of the levels over the levels. None where undefined, with a
        ``reason``.
    """
    policy = policy or Policy.default()
    verdicts = {
        (row.attributes, row.group): row.verdict
        for row in disparities
        if row.stage == stage and row.metric == HEADLINE[stage] and row.verdict is not None
    }
    rows = []
    for item in headline_pairs(disparities, stage):
        for stratum in stratum_sets(counts):
            row = _adjust(counts, item, stratum, stage, level)
            row["pooled_verdict"] = verdicts.get((item.attributes, item.group))
            rows.append(row)
    for name in ("p_value", "homogeneity_p"):
        corrected = inference.holm([row[name] for row in rows])
        for row, value in zip(rows, corrected, strict=True):
            row["p_adjusted" if name == "p_value" else "homogeneity_p_adjusted"] = value
    rule = policy.rule_for(HEADLINE[stage])
    for row in rows:
        row["adjusted_verdict"] = None if rule is None else _verdict(row, rule, policy.alpha)
    return rows


def headline_pairs(disparities: Sequence[Disparity], stage: str) -> list[Disparity]:
    """Return one row for each comparison of the headline rate of a single attribute."""
    return [
        row
        for row in disparities
        if row.metric == HEADLINE[stage]
        and row.kind == "ratio"
        and row.stage == stage
        and len(row.attributes) == 1
    ]


def head_of(item: Disparity, stratum: Sequence[str]) -> dict[str, Any]:
    """Return what a row within strata is about: the comparison, and the strata."""
    return {
        "stage": item.stage,
        "attribute": item.attributes[0],
        "stratum": " × ".join(stratum),
        "group": list(item.group),
        "reference": list(item.reference),
    }


def stratum_sets(counts: Counts) -> list[tuple[str, ...]]:
    """Return each stratum alone, and, where there are several, all of them crossed."""
    alone: list[tuple[str, ...]] = [(name,) for name in counts.strata]
    return [*alone, counts.strata] if len(alone) > 1 else alone


def level_name(values: Group) -> str | None:
    """Return one name for a level: None where the one stratum is missing."""
    if len(values) == 1:
        return values[0]
    return " / ".join("(missing)" if value is None else value for value in values)


def _adjust(
    counts: Counts, item: Disparity, stratum: tuple[str, ...], stage: str, level: float
) -> dict[str, Any]:
    tables: list[Table] = []
    by_level = []
    pairs = _pairs(counts, (item.attributes[0], *stratum), stage)
    for values in sorted({group[1:] for group in pairs}, key=_order):
        group = pairs.get((item.group[0], *values), (0, 0))
        base = pairs.get((item.reference[0], *values), (0, 0))
        tables.append((*group, *base))
        by_level.append(_level(level_name(values), group, base, level))
    for row, p_adjusted in zip(
        by_level, inference.holm([row["p_value"] for row in by_level]), strict=True
    ):
        row["p_adjusted"] = p_adjusted
    whole = _pooled(tables)
    pooled = inference.mantel_haenszel([whole], level=level)
    adjusted = inference.mantel_haenszel(tables, level=level)
    homogeneity = inference.breslow_day(tables)
    return {
        **head_of(item, stratum),
        "strata": list(stratum),
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
        **_rates(whole, tables, level),
        "strata_used": adjusted.strata_used,
        "strata_given": len(tables),
        "method": "mantel-haenszel; breslow-day with tarone correction",
        "reason": adjusted.reason,
        "levels": by_level,
    }


def _order(values: Group) -> list[tuple[bool, str]]:
    return [(value is None, value or "") for value in values]


def _level(name: str | None, group: Pair, base: Pair, level: float) -> dict[str, Any]:
    row: dict[str, Any] = {
        "level": name,
        "events": group[0],
        "n": group[1],
        "reference_events": base[0],
        "reference_n": base[1],
    }
    row |= dict.fromkeys(("difference", "low", "high", "p_value"))
    if group[1] and base[1]:
        interval = inference.newcombe(*group, *base, level=level)
        row["difference"] = group[0] / group[1] - base[0] / base[1]
        row["low"] = None if interval is None else interval.low
        row["high"] = None if interval is None else interval.high
        row["p_value"] = _test(group, base)
    return row


def _test(group: Pair, base: Pair) -> float | None:
    counts = (*group, *base)
    smallest = inference.smallest_expected(*counts)
    if all(isinstance(value, int) for value in counts) and smallest is not None and smallest < 5:
        return inference.fisher_exact(*counts)
    tested = inference.pooled_z(*counts)
    return None if tested is None else tested[1]


def _rates(whole: Table, tables: Sequence[Table], level: float) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, function in (
        ("difference", inference.mantel_haenszel_difference),
        ("ratio", inference.mantel_haenszel_ratio),
    ):
        found[f"pooled_{name}"] = function([whole], level=level).value
        adjusted = function(tables, level=level)
        found[f"adjusted_{name}"] = adjusted.value
        found[f"adjusted_{name}_low"] = adjusted.low
        found[f"adjusted_{name}_high"] = adjusted.high
    return found


def _pooled(tables: Sequence[Table]) -> Table:
    a, m, b, n = (sum(column) for column in zip(*tables, strict=True))
    return (a, m, b, n)


def _pairs(counts: Counts, attributes: Sequence[str], stage: str) -> dict[Group, Pair]:
    """Return group → (events, n) of the headline rate (effective counts under weights)."""
    rates = rates_of(METRICS[HEADLINE[stage]], cube_of_stage(counts, attributes, stage))
    return {group: pair_of(rates, index) for index, group in enumerate(rates.groups)}


def _verdict(row: dict[str, Any], rule: Rule, alpha: float) -> str:
    """Judge the adjusted comparison as the pooled one is judged."""
    value = row[f"adjusted_{rule.kind}"]
    low, high = row[f"adjusted_{rule.kind}_low"], row[f"adjusted_{rule.kind}_high"]
    if value is None or row["p_adjusted"] is None or row["pooled_p_adjusted"] is None:
        return "inconclusive"  # undefined, or a group too small to be judged
    least, most = (
        (-rule.threshold, rule.threshold)
        if rule.kind == "difference"
        else (rule.threshold, 1 / rule.threshold)
    )
    clear = row["p_adjusted"] < alpha
    if not least <= value <= most:
        return "flag" if clear else "inconclusive"
    if low is not None and high is not None and low >= least and high <= most:
        return "note" if clear else "pass"
    return "inconclusive"
