"""Who is near the top of a list: exposure, selection by rank, representation in the first k.

Scores are ranked from the highest, ranks from 1. Ties are broken by no hidden rule: with
``ties="expected"`` each metric takes the composition that random tie-breaking gives on average
(the order of the rows does not matter); with ``ties="first"`` the earlier row ranks first.
Skew and NDKL are in :mod:`auditkit.metrics.skew` and come out of this door too. A place is one
person's, so there are no sample weights here.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from auditkit.metrics.declared import Declared
from auditkit.metrics.family import tidy
from auditkit.metrics.positions import (
    RANKING,
    Floats,
    Ranking,
    Ties,
    first_places,
    places_of,
    read_ranking,
)
from auditkit.metrics.skew import max_skew_at_k, min_skew_at_k, ndkl, skew_at_k

__all__ = [
    "exposure",
    "exposure_difference",
    "exposure_ratio",
    "max_skew_at_k",
    "min_skew_at_k",
    "ndkl",
    "skew_at_k",
    "top_k_selection",
    "top_k_selection_ratio",
    "top_percent_selection",
    "top_percent_selection_ratio",
]

_SINGH = "Singh, Joachims (2018), Fairness of Exposure in Rankings, KDD"
_UGESP = "29 CFR 1607.4(D) (selection rates), on the rows that rank in the first places"
_metric = partial(RANKING.metric, needs=("score", "group"))


@_metric(
    "Exposure",
    formula="mean over the group of 1 / log2(1 + rank)",
    reference=_SINGH,
    undefined="never",
    values="(0, 1]",
    better="up",
)
def exposure(
    scores: Any = None, *, sensitive_features: Any, ranks: Any = None, ties: Ties = "expected"
) -> list[dict[str, Any]]:
    """Return the mean exposure of each group as tidy rows.

    Examples
    --------
    >>> exposure([9, 8, 7], sensitive_features={"sex": ["M", "F", "M"]})[1]
    {'sex': 'M', 'metric': 'exposure', 'value': 0.75, 'n': 2, 'reason': None}
    """
    ranking = read_ranking(scores, ranks, sensitive_features, ties)
    return _tidy("exposure", ranking, ranking.exposure)


@_metric(
    "Exposure difference",
    formula="max over groups − min over groups of the mean of 1 / log2(1 + rank)",
    reference=_SINGH,
    undefined="never",
    values="[0, 1], or [−1, 1] with a reference",
)
def exposure_difference(
    scores: Any = None,
    *,
    sensitive_features: Any,
    ranks: Any = None,
    ties: Ties = "expected",
    reference: Any = None,
) -> float:
    """Return the difference of the mean exposure between groups.

    With `reference`: exposure of the group − of the reference, for the furthest group.

    Examples
    --------
    >>> exposure_difference([9, 8, 7, 6], sensitive_features=list("MFFF"), reference="M")
    -0.47...
    """
    ranking = read_ranking(scores, ranks, sensitive_features, ties)
    return ranking.gap("exposure", "difference", ranking.exposure, reference)


@_metric(
    "Exposure ratio",
    formula="min over groups / max over groups of the mean of 1 / log2(1 + rank)",
    reference=_SINGH,
    undefined="never",
    values="(0, 1], or (0, ∞) with a reference",
    better="one",
)
def exposure_ratio(
    scores: Any = None,
    *,
    sensitive_features: Any,
    ranks: Any = None,
    ties: Ties = "expected",
    reference: Any = None,
) -> float:
    """Return the ratio of the mean exposure between groups.

    With `reference`: exposure of the group / of the reference, for the furthest group.

    Examples
    --------
    >>> exposure_ratio(ranks=[1, 2, 3], sensitive_features=["M", "M", "F"])
    0.61...
    """
    ranking = read_ranking(scores, ranks, sensitive_features, ties)
    return ranking.gap("exposure", "ratio", ranking.exposure, reference)


@_metric(
    "Selection in the first k",
    formula="P(rank ≤ k), by group",
    reference=_UGESP,
    undefined="never",
    better="up",
)
def top_k_selection(
    scores: Any = None,
    *,
    k: int,
    sensitive_features: Any,
    ranks: Any = None,
    ties: Ties = "expected",
) -> list[dict[str, Any]]:
    """Return the share of each group that is in the first k places, as tidy rows.

    A tie at the cut shares the places that are left (``ties="expected"``).

    Examples
    --------
    >>> [row["value"] for row in top_k_selection(
    ...     [9, 8, 8, 7], k=2, sensitive_features=["F", "M", "F", "M"]
    ... )]
    [0.75, 0.25]
    """
    ranking = read_ranking(scores, ranks, sensitive_features, ties)
    return _tidy("top_k_selection", ranking, first_places(ranking, k))


@_metric(
    "Ratio of selection in the first k",
    formula="min over groups / max over groups of P(rank ≤ k)",
    reference=_UGESP,
    undefined="nobody of the reference is in the first k",
    values="[0, 1], or [0, ∞) with a reference",
    better="one",
)
def top_k_selection_ratio(
    scores: Any = None,
    *,
    k: int,
    sensitive_features: Any,
    ranks: Any = None,
    ties: Ties = "expected",
    reference: Any = None,
) -> float:
    """Return the ratio between groups of the share that is in the first k places.

    Examples
    --------
    >>> top_k_selection_ratio([9, 8, 7, 6], k=3, sensitive_features=["F", "M", "F", "M"])
    0.5
    """
    ranking = read_ranking(scores, ranks, sensitive_features, ties)
    return ranking.gap("top_k_selection", "ratio", first_places(ranking, k), reference)


@_metric(
    "Selection in the first percent",
    formula="P(rank ≤ ⌈n · percent / 100⌉), by group",
    reference=_UGESP,
    undefined="never",
    better="up",
)
def top_percent_selection(
    scores: Any = None,
    *,
    percent: float,
    sensitive_features: Any,
    ranks: Any = None,
    ties: Ties = "expected",
) -> list[dict[str, Any]]:
    """Return the share of each group that is in the first places of the list, as tidy rows.

    Examples
    --------
    >>> [row["value"] for row in top_percent_selection(
    ...     [9, 8, 7, 6], percent=25, sensitive_features=["F", "M", "F", "M"]
    ... )]
    [0.5, 0.0]
    """
    ranking = read_ranking(scores, ranks, sensitive_features, ties)
    worth = first_places(ranking, places_of(ranking, percent))
    return _tidy("top_percent_selection", ranking, worth)


@_metric(
    "Ratio of selection in the first percent",
    formula="min over groups / max over groups of P(rank ≤ ⌈n · percent / 100⌉)",
    reference=_UGESP,
    undefined="nobody of the reference is in the first places",
    values="[0, 1], or [0, ∞) with a reference",
    better="one",
)
def top_percent_selection_ratio(
    scores: Any = None,
    *,
    percent: float,
    sensitive_features: Any,
    ranks: Any = None,
    ties: Ties = "expected",
    reference: Any = None,
) -> float:
    """Return the ratio between groups of the share that is in the first places of the list.

    Examples
    --------
    >>> top_percent_selection_ratio([9, 8, 7, 6], percent=75, sensitive_features=list("FMFM"))
    0.5
    """
    ranking = read_ranking(scores, ranks, sensitive_features, ties)
    worth = first_places(ranking, places_of(ranking, percent))
    return ranking.gap("top_percent_selection", "ratio", worth, reference)


def _tidy(name: str, ranking: Ranking, worth: Floats) -> list[dict[str, Any]]:
    sizes = ranking.sizes
    columns: dict[str, Iterable[Any]] = {
        "value": (ranking.totals(worth) / sizes).tolist(),
        "n": sizes.tolist(),
        "reason": [None] * len(sizes),
    }
    return tidy(name, ranking.attributes, ranking.groups, columns)


ROWS: tuple[Declared, ...] = tuple(RANKING.rows)
