"""Equalized odds of scores: the gaps in mean scores of each class, combined."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from auditkit.errors import MetricError
from auditkit.metrics.conventions import check_offers
from auditkit.metrics.declared import Declared
from auditkit.metrics.family import Family, required_reference, warn
from auditkit.metrics.scores.between import Value, gap
from auditkit.metrics.scores.sample import Floats, Parted, read_scores

__all__ = ["ROWS", "generalized_equalized_odds_difference"]

_FAMILY = Family(
    "score",
    {
        "y_true": "array-like of shape (n,)\n    0/1 or booleans; else pass `pos_label`.",
        "y_score": "array-like of shape (n,)\n    Probabilities of the positive label.",
        "convention": '{"auditkit", "aif360"}\n'
        "    AIF360 takes all other groups as one and needs `reference`; where the gap of the\n"
        "    positives is undefined, it gives that of the negatives.",
    },
)


@_FAMILY.metric(
    "Generalized equalized odds difference",
    needs=("label", "score"),
    formula="max(|ΔE(p | y=1)|, |ΔE(p | y=0)|)",
    reference="Pleiss et al. (2017), On fairness and calibration, NeurIPS 30; AIF360 0.6.1, "
    "aif360/metrics/classification_metric.py",
    undefined="no positive or no negative labels in fewer than two groups",
)
def generalized_equalized_odds_difference(
    y_true: Any,
    y_score: Any,
    *,
    sensitive_features: Any,
    sample_weight: Any = None,
    pos_label: Any = None,
    reference: Any = None,
    convention: str = "auditkit",
) -> float:
    """Return the larger of the gaps between groups in the mean scores of each class.

    The gap of the positives is that in generalized true positive rates, of the negatives that in
    generalized false positive rates. A group without a class is left out of its gap and named.

    Examples
    --------
    >>> generalized_equalized_odds_difference(
    ...     [1, 0, 1, 0], [0.75, 0.25, 0.5, 0.25], sensitive_features=list("aabb")
    ... )
    0.25
    """
    check_offers(convention, "generalized_equalized_odds_difference", ("auditkit", "aif360"))
    parted = read_scores(
        "generalized_equalized_odds_difference", y_true, y_score,
        sensitive_features=sensitive_features, sample_weight=sample_weight, pos_label=pos_label,
        probability=True,
    )  # fmt: skip
    sums = [_sums(parted, label) for label in (0, 1)]
    if convention == "aif360":
        return _as_in_aif(parted, sums, reference)
    gaps = [
        gap(name, parted.groups, _values(*side, lacks), "difference", reference)
        for name, side, lacks in (
            ("generalized_false_positive_rate", sums[0], "no negative labels"),
            ("generalized_true_positive_rate", sums[1], "no positive labels"),
        )
    ]
    return math.nan if any(map(math.isnan, gaps)) else max(map(abs, gaps))


def _sums(parted: Parted, label: int) -> tuple[Floats, Floats]:
    """Return the sum of scores and the weight of the rows with a label, in each group."""
    tops, bottoms = np.zeros(len(parted.groups)), np.zeros(len(parted.groups))
    for place, sample in enumerate(parted.samples):
        score, weight = sample.of(label)
        mass = np.ones(len(score)) if weight is None else weight
        tops[place], bottoms[place] = float((score * mass).sum()), float(mass.sum())
    return tops, bottoms


def _values(tops: Floats, bottoms: Floats, lacks: str) -> list[Value]:
    pairs = zip(tops.tolist(), bottoms.tolist(), strict=True)
    return [top / bottom if bottom > 0 else lacks for top, bottom in pairs]


def _as_in_aif(parted: Parted, sums: list[tuple[Floats, Floats]], reference: Any) -> float:
    if len(parted.groups) < 2:
        raise MetricError("only one group: there is nothing to compare it with")
    base = required_reference(parted.groups, reference, "aif360")
    gaps = []
    for (tops, bottoms), lacks in zip(sums, ("negative", "positive"), strict=True):
        rest, weight = float(np.delete(tops, base).sum()), float(np.delete(bottoms, base).sum())
        if weight == 0 or bottoms[base] == 0:
            warn(f"no {lacks} labels on one side: aif360 goes on without that gap", 4)
            gaps.append(math.nan)
            continue
        gaps.append(abs(rest / weight - float(tops[base] / bottoms[base])))
    return max(gaps[0], gaps[1])  # Python keeps the first value beside a NaN


ROWS: tuple[Declared, ...] = tuple(_FAMILY.rows)
