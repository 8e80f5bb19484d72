"""Representation in the first k of a list, against the share that each group should have.

Geyik, Ambler, Kenthapadi (2019), natural logarithm. A group that is absent has no skew, and no
number stands in for it (LiFT adds 1 to every count). With ``ties="expected"`` the shares are the
average ones under random tie-breaking.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from auditkit.counts import Group
from auditkit.errors import listed
from auditkit.metrics.family import name_of, tidy, warn
from auditkit.metrics.positions import (
    RANKING,
    Ranking,
    Ties,
    first_places,
    read_ranking,
    targets,
)

__all__ = ["max_skew_at_k", "min_skew_at_k", "ndkl", "skew_at_k"]

_GEYIK = "Geyik, Ambler, Kenthapadi (2019), Fairness-Aware Ranking in Search, KDD"
_metric = partial(RANKING.metric, needs=("score", "group"), reference=_GEYIK)


@_metric(
    "Skew in the first k",
    formula="ln(share of the group in the first k / its target share)",
    undefined="nobody of the group is in the first k, or its target is 0",
    values="(−∞, ∞)",
)
def skew_at_k(
    scores: Any = None,
    *,
    k: int,
    sensitive_features: Any,
    ranks: Any = None,
    target: Mapping[Any, float] | None = None,
    ties: Ties = "expected",
) -> list[dict[str, Any]]:
    """Return the skew of each group as tidy rows; below 0, fewer are in the first k than should be.

    Examples
    --------
    >>> [row["value"] for row in skew_at_k(
    ...     [9, 8, 7, 6], k=2, sensitive_features=["M", "M", "F", "M"]
    ... )]
    [None, 0.28...]
    """
    ranking = read_ranking(scores, ranks, sensitive_features, ties)
    groups, skews = _skews(ranking, k, target)
    sizes = [*ranking.sizes.tolist(), *(0 for _ in groups[len(ranking.groups) :])]
    columns: dict[str, Iterable[Any]] = {
        "value": [skew if math.isfinite(skew) else math.nan for skew in skews],
        "n": sizes,
        "reason": [None if math.isfinite(skew) else _reason(skew) for skew in skews],
    }
    return tidy("skew_at_k", ranking.attributes, groups, columns)


@_metric(
    "Smallest skew in the first k",
    formula="min over groups of ln(share in the first k / target share)",
    undefined="a group is absent from the first k: its skew is −∞",
    values="(−∞, 0]",
)
def min_skew_at_k(
    scores: Any = None,
    *,
    k: int,
    sensitive_features: Any,
    ranks: Any = None,
    target: Mapping[Any, float] | None = None,
    ties: Ties = "expected",
) -> float:
    """Return the skew of the group that is most under-represented in the first k.

    An absent group is not left out, which would hide the worst case: there is no value.

    Examples
    --------
    >>> min_skew_at_k([9, 8, 7, 6], k=3, sensitive_features=["M", "M", "F", "F"])
    -0.40...
    """
    ranking = read_ranking(scores, ranks, sensitive_features, ties)
    return _extreme(min, "min_skew_at_k", *_skews(ranking, k, target))


@_metric(
    "Largest skew in the first k",
    formula="max over groups of ln(share in the first k / target share)",
    undefined="a group with a target share of 0 is in the first k: its skew is ∞",
    values="[0, ∞)",
)
def max_skew_at_k(
    scores: Any = None,
    *,
    k: int,
    sensitive_features: Any,
    ranks: Any = None,
    target: Mapping[Any, float] | None = None,
    ties: Ties = "expected",
) -> float:
    """Return the skew of the group that is most over-represented in the first k.

    Examples
    --------
    >>> max_skew_at_k([9, 8, 7, 6], k=3, sensitive_features=["M", "M", "F", "F"])
    0.28...
    """
    ranking = read_ranking(scores, ranks, sensitive_features, ties)
    return _extreme(max, "max_skew_at_k", *_skews(ranking, k, target))


@_metric(
    "Normalised discounted KL divergence",
    formula="Σ_i KL(shares of the first i ‖ target) / log2(i + 1) / Σ_i 1 / log2(i + 1)",
    undefined="a group with a target share of 0 is in the list",
    values="[0, ∞)",
)
def ndkl(
    scores: Any = None,
    *,
    sensitive_features: Any,
    ranks: Any = None,
    target: Mapping[Any, float] | None = None,
    ties: Ties = "expected",
) -> float:
    """Return how far the composition of every head of the list is from the target (NDKL).

    Natural logarithm in the divergence. 0 only if each head has exactly the target's shares, so a
    short list is never at 0.

    Examples
    --------
    >>> ndkl([9, 8, 7, 6], sensitive_features=["M", "F", "M", "F"])
    0.28...
    """
    ranking = read_ranking(scores, ranks, sensitive_features, ties)
    groups, shares = targets(ranking, target)
    place = np.arange(1, len(ranking.group) + 1)
    divergence = np.zeros(len(place))
    for code, size in enumerate(ranking.sizes):
        if size and shares[code] == 0:
            warn(f"ndkl is undefined: the target of {listed([name_of(groups[code])])} is 0", 3)
            return math.nan
        share = np.cumsum(ranking.spread((ranking.group == code).astype(np.float64))) / place
        some = share > 0
        divergence[some] += share[some] * np.log(share[some] / shares[code])
    discount = ranking.exposure
    return max(0.0, float(divergence @ discount / discount.sum()))


def _skews(
    ranking: Ranking, k: int, target: Mapping[Any, float] | None
) -> tuple[tuple[Group, ...], list[float]]:
    """Return each group's skew: ±∞ where one share is 0, NaN where both are."""
    worth = first_places(ranking, k)
    groups, wanted = targets(ranking, target)
    shares = np.zeros(len(groups))
    shares[: len(ranking.groups)] = ranking.totals(worth) / worth.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        return groups, np.log(shares / wanted).tolist()


def _reason(skew: float) -> str:
    if skew < 0:
        return "nobody of the group is in the first k: the logarithm of 0"
    return "the target share of the group is 0"


def _extreme(
    choose: Callable[[Iterable[float]], float],
    name: str,
    groups: Sequence[Group],
    skews: Sequence[float],
) -> float:
    found = choose(skew for skew in skews if not math.isnan(skew))
    if math.isfinite(found):
        return found
    who = listed(name_of(g) for g, skew in zip(groups, skews, strict=True) if skew == found)
    why = "nobody is in the first places" if found < 0 else "some are there with a target of 0"
    warn(f"{name} is undefined: of {who} {why}, so the logarithm is infinite")
    return math.nan
