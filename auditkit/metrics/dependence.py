"""How much scores, labels or categories have to do with the groups, all groups at once."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from auditkit import inference
from auditkit.errors import MetricError
from auditkit.metrics.declared import Declared
from auditkit.metrics.family import Family, class_codes, numbers_of, read_rows, warn

__all__ = ["mutual_information", "score_anova"]

_FAMILY = Family(
    "gap",
    {
        "y_score": "array-like of shape (n,)\n    Finite numbers.",
        "values": "array-like of shape (n,)\n    Labels, decisions or categories, none missing.",
    },
)


@_FAMILY.metric(
    "Analysis of variance of scores",
    needs=("score",),
    formula="F = [Σ_g n_g (m_g − m)² / (G − 1)] / [Σ_g (n_g − 1) s_g² / (n − G)]",
    reference="Fisher (1925), Statistical Methods for Research Workers, ch. 7; audit-AI 0.1.1",
    undefined="the scores do not vary within any group, or each group has one row",
    values="f [0, ∞), p_value (0, 1]",
    better="neither",
)
def score_anova(y_score: Any, *, sensitive_features: Any) -> dict[str, float]:
    """Return the F test that the mean score of all groups is the same.

    The keys are ``f``, ``df_between``, ``df_within`` and ``p_value``.

    Examples
    --------
    >>> found = score_anova([1, 2, 3, 2, 3, 4, 3, 4, 5], sensitive_features=list("aaabbbccc"))
    >>> found["f"], round(found["p_value"], 4)
    (3.0, 0.125)
    """
    if sensitive_features is None:
        raise MetricError("no sensitive_features were given")
    rows = read_rows(sensitive_features, None, y_score=y_score)
    score = numbers_of(rows.columns["y_score"])
    if not np.isfinite(score).all():
        raise MetricError("y_score must be finite")
    if len(rows.groups) < 2:
        raise MetricError("only one group: there is nothing to compare it with")
    parts = [score[rows.group == place] for place in range(len(rows.groups))]
    tested = inference.one_way_anova(
        [len(part) for part in parts],
        [float(part.mean()) for part in parts],
        [float(part.var(ddof=1)) if len(part) > 1 else 0.0 for part in parts],
    )
    keys = ("f", "df_between", "df_within", "p_value")
    if tested is None:
        warn("score_anova is undefined: the scores do not vary within any group", 3)
        return dict.fromkeys(keys, math.nan)
    return dict(zip(keys, map(float, tested), strict=True))


@_FAMILY.metric(
    "Mutual information with the groups",
    needs=("label", "group"),
    formula="Σ_{g,y} P(g, y) ln [P(g, y) / (P(g) P(y))], natural logarithm",
    reference="Shannon (1948), A Mathematical Theory of Communication; audit-AI 0.1.1, one_way_mi",
    undefined="never",
    values="[0, ln of the number of groups]",
)
def mutual_information(values: Any, *, sensitive_features: Any, sample_weight: Any = None) -> float:
    """Return how much a label, a decision or a category tells about the group, in nats.

    Above 0 by chance alone, the more so with many groups and values; audit-AI bins numbers first,
    which is left to the caller.

    Examples
    --------
    >>> round(mutual_information([1, 1, 0, 0], sensitive_features=list("aabb")), 4)  # ln 2
    0.6931
    """
    if sensitive_features is None:
        raise MetricError("no sensitive_features were given")
    rows = read_rows(sensitive_features, sample_weight, values=values)
    (codes,), classes = class_codes([rows.columns["values"]])
    shape = (len(rows.groups), len(classes))
    place = rows.group * shape[1] + codes
    table = np.bincount(place, rows.weight, math.prod(shape)).reshape(shape) / rows.weight.sum()
    alone = np.outer(table.sum(axis=1), table.sum(axis=0))
    some = table > 0
    return max(0.0, float((table[some] * np.log(table[some] / alone[some])).sum()))


ROWS: tuple[Declared, ...] = tuple(_FAMILY.rows)
