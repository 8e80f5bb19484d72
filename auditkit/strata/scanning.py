"""Strata that nobody declared: columns within which a gap looks different."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from auditkit import inference
from auditkit.counts import Counts
from auditkit.fairness import Disparity
from auditkit.strata.adjusting import head_of, headline_pairs
from auditkit.strata.splitting import Sums, kitagawa_of, sums_of, told

__all__ = ["propose_strata"]

_OVERLAP = 0.5
_MOST_ROWS = 60


def propose_strata(
    candidates: Mapping[tuple[str, str], Counts],
    disparities: Sequence[Disparity],
    *,
    stage: str,
    level: float = 0.95,
    alpha: float = 0.05,
) -> list[dict[str, Any]]:
    """Look for columns that would change a headline gap, were they declared as strata.

    A column can change a gap only where the groups are spread over it differently and the outcome
    differs along it: the composition part of Kitagawa's split. That part is tested for every
    column, attribute and group, and corrected by Holm over all of them. A column is *proposed*
    where it is clear, and where the gap within the column tells another story than the pooled
    one: the direction turns round, a clear gap fades to less than half and is no longer clear, or
    a gap that was not clear comes out.

    Parameters
    ----------
    candidates : mapping of (attribute, column) to Counts
        Counts of one attribute with the column as its only stratum.
    disparities : sequence of Disparity
        The pooled comparisons; groups that are too small to be judged are left out.
    stage : {"label", "decision"}
        Which comparisons.
    level, alpha : float
        Confidence level, and level of the tests.

    Returns
    -------
    list of dict
        The rows of ``profile.strata_scan``: those whose composition part is clear, strongest
        first, at most 60, with ``proposed`` and ``searched``, the number of comparisons made.
    """
    judged = [row for row in headline_pairs(disparities, stage) if row.p_adjusted is not None]
    rows = []
    for (attribute, column), counts in candidates.items():
        pairs = [row for row in judged if row.attributes == (attribute,)]
        if not pairs:
            continue
        sums = sums_of(counts, (attribute, column), stage)
        rows += [_row(sums, item, column, level) for item in pairs]
    for name in ("composition_p", "p_value"):
        corrected = inference.holm([row[name] for row in rows])
        for row, value in zip(rows, corrected, strict=True):
            row[f"{name}_adjusted" if name != "p_value" else "p_adjusted"] = value
    kept = [
        row
        for row in rows
        if row["composition_p_adjusted"] is not None
        and row["composition_p_adjusted"] < alpha
        and row["overlap"] >= _OVERLAP
    ]
    for row in kept:
        row["change"] = _change(row, alpha)
        row["proposed"] = row["change"] is not None
        row["searched"] = len(rows)
    kept.sort(key=lambda row: (not row["proposed"], -abs(row["composition"])))
    return kept[:_MOST_ROWS]


def _row(sums: Sums, item: Disparity, column: str, level: float) -> dict[str, Any]:
    group, reference = item.group[0], item.reference[0]
    _, parts = kitagawa_of(sums, group, reference, level=level, by_stratum=False)
    names = dict.fromkeys(key[1] for key in sums)  # a set would add up in another order each time
    tables = []
    people = matched = 0.0
    for name in names:
        a, b = (sums.get((which, name)) for which in (group, reference))
        size = sum(float(part[0][1]) for part in (a, b) if part is not None)
        people += size
        table = (*_effective(a), *_effective(b))
        matched += size if table[1] and table[3] else 0.0
        tables.append(table)
    pooled = _pooled(tables)
    adjusted = inference.mantel_haenszel(tables, level=level)
    return {
        **head_of(item, (column,)),
        "levels": len(names),
        "overlap": matched / people if people else 0.0,
        "pooled": pooled,
        "pooled_p_adjusted": item.p_adjusted,
        "adjusted": adjusted.odds_ratio,
        "low": adjusted.low,
        "high": adjusted.high,
        "p_value": adjusted.p_value,
        "gap": None if parts.gap is None else parts.gap.value,
        **told("composition", parts.composition),
        "composition_p": None if parts.composition is None else parts.composition.p_value,
        **told("treatment", parts.treatment),
    }


def _effective(sums: tuple[Any, Any] | None) -> tuple[float, float]:
    """Return (events, n): counts, or effective counts under weights; (0, 0) of nobody."""
    if sums is None:
        return 0.0, 0.0
    (events, n), (events2, n2) = (tuple(map(float, part)) for part in sums)
    if events == events2 and n == n2:
        return events, n
    found = inference.weighted_rate(
        events, max(0.0, n - events), squares_events=events2, squares_others=max(0.0, n2 - events2)
    )
    if found.events is None or found.n is None:
        return 0.0, 0.0
    return min(found.events, found.n), found.n


def _pooled(tables: Sequence[tuple[float, float, float, float]]) -> float | None:
    a, m, b, n = (sum(column) for column in zip(*tables, strict=True))
    return inference.mantel_haenszel([(a, m, b, n)]).odds_ratio


def _change(row: Mapping[str, Any], alpha: float) -> str | None:
    """Say how the story changes within the column, or None where it does not."""
    pooled, adjusted = row["pooled"], row["adjusted"]
    if not pooled or not adjusted or row["p_adjusted"] is None:
        return None
    clear, inside = row["pooled_p_adjusted"] < alpha, row["p_adjusted"] < alpha
    if (pooled - 1) * (adjusted - 1) < 0 and (clear or inside):
        return "turns round"
    sizes = abs(math.log(pooled)), abs(math.log(adjusted))
    if clear and row["p_value"] >= alpha and sizes[1] < sizes[0] / 2:
        return "fades"
    if inside and not clear and sizes[0] < sizes[1] / 2:
        return "comes out"
    return None
