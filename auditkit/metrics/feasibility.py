"""Whether each first part of a list holds the people that it should, and what the list is worth."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from typing import Any

import numpy as np

from auditkit.errors import MetricError, shown
from auditkit.metrics.conventions import check_offers
from auditkit.metrics.declared import Declared
from auditkit.metrics.family import Family, numbers_of, read_rows, warn
from auditkit.metrics.positions import RANKING, first_places, read_ranking, targets

__all__ = ["discounted_cumulative_gain", "infeasible_index"]

_FAMILY = Family(
    "ranking",
    {
        **RANKING.parameters,
        "k": "int, optional\n    How many places are looked at; all of them by default.",
        "relevance": "array-like of shape (n,)\n    The gain of each row: finite numbers.",
        "normalized": "bool\n    Over the gain of the best order of these rows.",
        "convention": '{"auditkit", "aif360"}\n'
        "    AIF360 counts each group that falls short in a first part, and does not look at the\n"
        "    last of the k parts.",
    },
)


@_FAMILY.metric(
    "Infeasible index",
    needs=("score", "group"),
    formula="number of i in 1..k for which some group has fewer than ⌊i × target⌋ rows in the "
    "first i places",
    reference="Geyik, Ambler, Kenthapadi (2019), Fairness-Aware Ranking in Search, KDD, Def. 2.3; "
    "AIF360 0.6.1, aif360/metrics/regression_metric.py",
    undefined="never",
    values="[0, k]",
)
def infeasible_index(
    scores: Any = None,
    *,
    sensitive_features: Any,
    ranks: Any = None,
    target: Mapping[Any, float] | None = None,
    k: int | None = None,
    convention: str = "auditkit",
) -> float:
    """Return how many of the first parts of a list hold too few of some group.

    Rows that tie rank in their order. Without a target each group should have its share of the
    whole list.

    Examples
    --------
    >>> infeasible_index([4, 3, 2, 1], sensitive_features=["M", "M", "F", "F"])
    1.0
    """
    check_offers(convention, "infeasible_index", ("auditkit", "aif360"))
    ranking = read_ranking(scores, ranks, sensitive_features, "first")
    size = len(ranking.group)
    first_places(ranking, size if k is None else k)  # refuses what is not a place of the list
    places = size if k is None else operator.index(k)
    groups, wanted = targets(ranking, target)
    inside = np.zeros((places, len(groups)))
    inside[np.arange(places), ranking.group[:places]] = 1
    # 0.3 × 10 is 2.9999999999999996 in floats, and three people are due.
    due = np.floor(np.arange(1, places + 1)[:, None] * wanted + 1e-9)
    short = np.cumsum(inside, axis=0) < due
    return float(short[:-1].sum() if convention == "aif360" else short.any(axis=1).sum())


@_FAMILY.metric(
    "Discounted cumulative gain",
    needs=("score",),
    formula="Σ over ranks r = 1..k of gain_r / log2(1 + r); normalized: over that of the best "
    "order",
    reference="Järvelin, Kekäläinen (2002), Cumulated gain-based evaluation of IR techniques, "
    "ACM TOIS 20(4); AIF360 0.6.1, aif360/metrics/regression_metric.py",
    undefined="normalized, and the best order has a gain of 0",
    values="(−∞, ∞); normalized, of gains that are not negative, [0, 1]",
    better="up",
)
def discounted_cumulative_gain(
    relevance: Any,
    *,
    ranks: Any = None,
    k: int | None = None,
    normalized: bool = False,
) -> float:
    """Return what a list is worth when a place counts the less the further down it is.

    The rows are taken in their order, or in that of `ranks` (the lowest first). AIF360's
    ``discounted_cum_gain`` with a ``full_dataset`` is normalized over the best order of that.

    Examples
    --------
    >>> discounted_cumulative_gain([3, 1])
    3.63...
    >>> discounted_cumulative_gain([1, 3], ranks=[2, 1], normalized=True)
    1.0
    """
    given = {"relevance": relevance} if ranks is None else {"relevance": relevance, "ranks": ranks}
    columns = read_rows(None, None, **given).columns
    gain = numbers_of(columns["relevance"])
    if not np.isfinite(gain).all():
        raise MetricError("relevance must be finite")
    if ranks is not None:
        gain = gain[np.argsort(numbers_of(columns["ranks"]), kind="stable")]
    try:
        places = len(gain) if k is None else operator.index(k)
    except TypeError:
        raise MetricError(f"k is {shown(k)}; it must be a whole number") from None
    if not 1 <= places <= len(gain):
        raise MetricError(f"k is {places}; the list has {len(gain)} rows")
    worth = 1 / np.log2(np.arange(2, places + 2))
    found = float(gain[:places] @ worth)
    if not normalized:
        return found
    best = float(np.sort(gain)[::-1][:places] @ worth)
    if best == 0:
        warn("discounted_cumulative_gain is undefined: the best order has a gain of 0", 3)
        return math.nan
    return found / best


ROWS: tuple[Declared, ...] = tuple(_FAMILY.rows)
