"""DeLong's components of an area under the ROC curve: from ranks to a variance and an interval."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.errors import MetricError, shown
from auditkit.metrics.scores.sample import Floats, Part, mean

__all__ = [
    "Ranks",
    "above",
    "check_level",
    "freedom",
    "interval_of",
    "normal_quantile",
    "places",
    "ranks_as_given",
    "ranks_sorted",
    "standard_error",
    "student_quantile",
]

FEW = 10
"""With fewer rows in a class DeLong's variance is too unsure of itself for an interval."""


def check_level(level: float) -> None:
    """Refuse a confidence level that is not strictly between 0 and 1."""
    if not isinstance(level, float) or not 0 < level < 1:
        raise MetricError(f"level must be strictly between 0 and 1, got {shown(level)}")


def normal_quantile(level: float) -> float:
    """Return z with a probability of `level` between -z and z."""
    from statistics import NormalDist  # its imports are dear, and only intervals need it

    return -NormalDist().inv_cdf((1 - level) / 2)


def student_quantile(level: float, df: float) -> float:
    """Return t with a probability of `level` between -t and t."""
    from scipy.special import stdtrit

    return float(stdtrit(df, (1 + level) / 2))


@dataclass(frozen=True, slots=True)
class Ranks:
    """DeLong's components: each row's share of opposite rows on the right side of it."""

    auc: float
    positive: Floats
    negative: Floats
    positive_weight: Floats | None
    negative_weight: Floats | None


def ranks_sorted(high: Part, low: Part) -> Ranks:
    """Return the components in order of the scores (fast, one search for both classes)."""
    (x, x_weight), (z, z_weight) = _sorted(high), _sorted(low)
    left, right = places(z, x)
    below = _cumulative(z_weight, len(z))
    doubled = below[left] + below[right]
    # Positives not over the j-th negative are those whose place among the negatives is ≤ j.
    not_over = np.cumsum(np.bincount(left, x_weight, len(z) + 1))[:-1]
    not_at = not_over
    if right is not left:
        not_at = np.cumsum(np.bincount(right, x_weight, len(z) + 1))[:-1]
    total = len(x) if x_weight is None else float(x_weight.sum())
    negative = 1 - (not_over + not_at) / (2 * total)
    auc, positive = _area(doubled, below[-1], x_weight)
    return Ranks(auc, positive, negative, x_weight, z_weight)


def places(pool: NDArray[Any], values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return how many of a sorted pool are below each value, and how many are not above it.

    Where no value occurs in the pool the two are the same array: one search, not two.
    """
    below = np.searchsorted(pool, values, "left")
    tied = pool[np.minimum(below, len(pool) - 1)] == values
    return below, np.searchsorted(pool, values, "right") if tied.any() else below


def ranks_as_given(high: Part, low: Part) -> Ranks:
    """Return the components in order of the rows, so that two scores can be paired."""
    auc, positive = above(high, low)
    return Ranks(auc, positive, 1 - above(low, high)[1], high[1], low[1])


def above(part: Part, other: Part) -> tuple[float, Floats]:
    """Return for each row of `part` the share of `other` below it (ties half), and their mean."""
    pool, weight = _sorted(other)
    below = _cumulative(weight, len(pool))
    left, right = places(pool, part[0])
    return _area(below[left] + below[right], below[-1], part[1])


def _area(doubled: NDArray[Any], total: Any, weight: Floats | None) -> tuple[float, Floats]:
    """Return the mean share, exact where rows are counted, and the shares."""
    shares: Floats = doubled / (2 * total)
    exact = int(doubled.sum()) / (2 * len(doubled) * int(total)) if weight is None else None
    return mean(shares, weight) if exact is None else exact, shares


def _sorted(part: Part) -> Part:
    score, weight = part
    if weight is None:
        return np.sort(score), None
    order = np.argsort(score, kind="stable")
    return score[order], weight[order]


def _cumulative(weight: Floats | None, size: int) -> NDArray[Any]:
    if weight is None:
        return np.arange(size + 1)
    return np.concatenate([[0.0], np.cumsum(weight)])


def standard_error(ranks: Ranks) -> tuple[float | None, float]:
    """Return the square root of DeLong's variance, and its degrees of freedom.

    None with fewer than two rows in a class.
    """
    parts = [
        (_variance(part, weight), _effective(len(part), weight))
        for part, weight in (
            (ranks.positive, ranks.positive_weight), (ranks.negative, ranks.negative_weight)
        )
    ]  # fmt: skip
    variance = sum(part for part, _ in parts)
    return math.sqrt(variance) if math.isfinite(variance) else None, freedom(parts)


def _variance(components: Floats, weight: Floats | None) -> float:
    """Return the variance of the mean of one class; NaN for fewer than two rows.

    Weighted: linearised, times n / (n - 1), so that equal weights give what no weights give.
    """
    n = len(components)
    if n < 2:
        return math.nan
    if weight is None:
        return float(components.var(ddof=1)) / n
    share = weight / weight.sum()
    off = components - (components * share).sum()
    return float((share * share * off * off).sum()) * n / (n - 1)


def freedom(parts: Sequence[tuple[float, float]]) -> float:
    """Return the degrees of freedom of a sum of variances (variance, rows), after Satterthwaite."""
    total = sum(variance for variance, _ in parts)
    spread = sum(variance**2 / max(rows - 1, 1.0) for variance, rows in parts)
    return total**2 / spread if spread > 0 else math.inf


def interval_of(
    ranks: Ranks, spread: tuple[float | None, float], level: float, interval: str
) -> tuple[float, float, str]:
    """Return low, high and the method: DeLong's where there is one, else Newcombe's.

    `spread` is what `standard_error` gives.
    """
    error, df = spread
    z = normal_quantile(level)
    auc = ranks.auc
    few = min(len(ranks.positive), len(ranks.negative)) < FEW
    if interval == "newcombe" or few or not error or not 0 < auc < 1:
        sizes = (
            _effective(len(ranks.positive), ranks.positive_weight),
            _effective(len(ranks.negative), ranks.negative_weight),
        )
        return *_newcombe(auc, *sizes, z), "newcombe"
    if interval == "normal":
        return max(0.0, auc - z * error), min(1.0, auc + z * error), "delong"
    t = student_quantile(level, df)
    logit, reach = math.log(auc / (1 - auc)), t * error / (auc * (1 - auc))
    return _expit(logit - reach), _expit(logit + reach), "delong-logit"


def _expit(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def _effective(n: int, weight: Floats | None) -> float:
    return float(n) if weight is None else float(weight.sum() ** 2 / (weight * weight).sum())


def _newcombe(auc: float, m: float, n: float, z: float) -> tuple[float, float]:
    """Newcombe's method 5: the areas θ with (auc − θ)² ≤ z² V(θ), from the class sizes alone."""
    size = (m + n) / 2 - 1

    def rejected(theta: float) -> bool:
        spread = (1 - theta) / (2 - theta) + theta / (1 + theta)
        return (auc - theta) ** 2 > z * z * theta * (1 - theta) * (1 + size * spread) / (m * n)

    return _edge(rejected, auc, 0.0), _edge(rejected, auc, 1.0)


def _edge(rejected: Callable[[float], bool], inside: float, outside: float) -> float:
    """Return where `rejected` turns true on the way from `inside` to `outside`."""
    if inside == outside:
        return outside
    for _ in range(60):
        middle = (inside + outside) / 2
        if rejected(middle):
            outside = middle
        else:
            inside = middle
    return (inside + outside) / 2
