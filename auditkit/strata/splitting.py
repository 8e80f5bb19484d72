"""Where a gap arises: who is in which stratum (composition), or how they fare there (treatment)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit import inference
from auditkit.counts import Counts, Group
from auditkit.fairness import HEADLINE, Disparity, cube_of_stage
from auditkit.metrics.declared import METRICS
from auditkit.strata.adjusting import head_of, headline_pairs, level_name, stratum_sets

__all__ = ["Sums", "decompose", "kitagawa_of", "split", "sums_of", "told"]

Sums = Mapping[Group, tuple[NDArray[np.float64], NDArray[np.float64]]]
"""(Group, *strata) → (events, n) as sums of weights, and as sums of squared weights."""

_PARTS = ("composition", "treatment", "unmatched")


def decompose(
    counts: Counts,
    disparities: Sequence[Disparity],
    *,
    stage: str,
    level: float = 0.95,
    alpha: float = 0.05,
) -> list[dict[str, Any]]:
    """Split each headline gap of a single attribute by Kitagawa's formula, over each stratum.

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
    alpha : float
        When a part counts as clear.

    Returns
    -------
    list of dict
        The rows of ``profile.decompositions``: ``gap`` (group − reference) is ``composition`` plus
        ``treatment`` plus ``unmatched``, each with its interval and p-value (see
        :func:`auditkit.inference.kitagawa`); ``says`` is ``composition``, ``treatment``, ``both``,
        ``unmatched``, ``no gap`` or ``unclear``; ``levels`` has the contribution of each stratum,
        ``unmatched_levels`` those in which one of the two groups has nobody.
    """
    rows = []
    for stratum in stratum_sets(counts):
        for item in headline_pairs(disparities, stage):
            sums = sums_of(counts, (item.attributes[0], *stratum), stage)
            row = split(sums, item.group[0], item.reference[0], level=level)
            rows.append({**head_of(item, stratum), **row, "says": _says(row, alpha)})
    return rows


def sums_of(counts: Counts, attributes: Sequence[str], stage: str) -> Sums:
    """Return the sums that a split needs, for each group of an attribute crossed by strata."""
    cube = cube_of_stage(counts, attributes, stage)
    metric = METRICS[HEADLINE[stage]]
    plain, squared = (np.stack(metric.sums(part), axis=1) for part in (cube.w, cube.w2))
    return {group: (plain[i], squared[i]) for i, group in enumerate(cube.groups)}


def split(
    sums: Sums, group: str | None, reference: str | None, *, level: float = 0.95
) -> dict[str, Any]:
    """Return the parts of one gap as plain data."""
    names, found = kitagawa_of(sums, group, reference, level=level)
    row: dict[str, Any] = {"gap": None if found.gap is None else found.gap.value}
    for name in _PARTS:
        part = getattr(found, name)
        row |= told(name, part)
        row[f"{name}_p"] = None if part is None else part.p_value
    row["gap_p"] = None if found.gap is None else found.gap.p_value
    row["one_sided"] = {
        "composition_at_group": found.composition_at_a,
        "composition_at_reference": found.composition_at_b,
        "treatment_at_group": found.treatment_at_a,
        "treatment_at_reference": found.treatment_at_b,
    }
    row["unmatched_levels"] = [level_name(names[place]) for place in found.alone]
    row["unmatched_share"] = sum(found.strata[place].share_a for place in found.alone)
    row["unmatched_reference_share"] = sum(found.strata[place].share_b for place in found.alone)
    row["level"] = level
    row["method"] = "kitagawa, symmetric; delta method"
    row["reason"] = found.reason
    row["levels"] = [
        _level(level_name(name), part) for name, part in zip(names, found.strata, strict=True)
    ]
    return row


def kitagawa_of(
    sums: Sums, group: str | None, reference: str | None, *, level: float, by_stratum: bool = True
) -> tuple[list[Group], inference.Kitagawa]:
    """Return the strata of both groups by name, and how the gap splits over them."""
    nothing = (np.zeros(2), np.zeros(2))
    names = sorted(
        {key[1:] for key in sums if key[0] in (group, reference)},
        key=lambda values: [(value is None, value or "") for value in values],
    )
    cells = [(sums.get((group, *n), nothing), sums.get((reference, *n), nothing)) for n in names]
    tables, squares = ([_table(a[which], b[which]) for a, b in cells] for which in (0, 1))
    return names, inference.kitagawa(tables, squares=squares, level=level, by_stratum=by_stratum)


def _table(a: NDArray[np.float64], b: NDArray[np.float64]) -> tuple[float, float, float, float]:
    return float(a[0]), float(a[1]), float(b[0]), float(b[1])


def _level(name: str | None, part: inference.StratumEffect) -> dict[str, Any]:
    row: dict[str, Any] = {
        "level": name,
        "share": part.share_a,
        "reference_share": part.share_b,
        "rate": part.rate_a,
        "reference_rate": part.rate_b,
    }
    for what, effect in (("composition", part.composition), ("treatment", part.treatment)):
        row |= told(what, effect)
    return row


def told(name: str, part: inference.Effect | None) -> dict[str, float | None]:
    """Return a part and the ends of its interval as plain data."""
    value, low, high = (None,) * 3 if part is None else (part.value, part.low, part.high)
    return {name: value, f"{name}_low": low, f"{name}_high": high}


def _says(row: Mapping[str, Any], alpha: float) -> str:
    """Name the part that makes the gap: clear, in its direction, and twice the other."""
    gap = row["gap"]
    if gap is None:
        return "unclear"
    if row["gap_p"] is None or row["gap_p"] >= alpha:
        return "no gap"
    along = {
        name: max(0.0, row[name] * (1 if gap > 0 else -1))
        for name in _PARTS
        if row[f"{name}_p"] is not None and row[f"{name}_p"] < alpha
    }
    along = {name: size for name, size in along.items() if size > 0}
    if not along:
        return "unclear"
    first = max(along, key=lambda name: along[name])
    rest = max((size for name, size in along.items() if name != first), default=0.0)
    if along[first] >= 2 * rest:
        return first
    return "both" if set(along) >= {"composition", "treatment"} else first
