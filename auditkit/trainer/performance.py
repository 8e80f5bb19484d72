"""How good the scores of a model are, as numbers; None where a number is not defined."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from auditkit.metrics.scores.delong import freedom, student_quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["auc_interval", "performance"]


def auc_interval(
    outcome: NDArray[np.float64],
    scores: NDArray[np.float64],
    weights: NDArray[np.float64] | None = None,
    *,
    level: float = 0.95,
) -> tuple[float | None, float | None, float | None]:
    """Return the area under the ROC curve and its DeLong interval.

    Parameters
    ----------
    outcome, scores : ndarray of float64
        1.0 or 0.0, and a score, for each row.
    weights : ndarray of float64, optional
        Sample weights. The variance is then the linearised one, which for equal weights is
        DeLong's.
    level : float, default=0.95
        Confidence level.

    Returns
    -------
    tuple of float or None
        The area, and the interval's ends, on the logit scale with Student's t (as
        :func:`auditkit.metrics.roc_auc_by_group` has it). The area is None when a class has
        no weight; the interval is None too when the scores separate the classes perfectly (the
        variance is then 0, which says nothing) or when a class has one row.

    References
    ----------
    DeLong, DeLong, Clarke-Pearson (1988), Biometrics 44(3), doi 10.2307/2531595. Computed from
    ranks in O(n log n), after Sun, Xu (2014), IEEE Signal Processing Letters 21(11).

    Examples
    --------
    >>> import numpy as np
    >>> outcome = np.array([0.0, 0.0, 1.0, 0.0, 1.0, 1.0])
    >>> area, low, high = auc_interval(outcome, np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]))
    >>> round(area, 3), round(low, 3), round(high, 3)
    (0.889, 0.088, 0.998)
    """
    weight = np.ones(len(outcome)) if weights is None else weights
    positive = outcome == 1.0
    _, place = np.unique(scores, return_inverse=True)
    size = int(place.max()) + 1 if len(place) else 0
    ups = np.bincount(place[positive], weights=weight[positive], minlength=size)
    downs = np.bincount(place[~positive], weights=weight[~positive], minlength=size)
    if ups.sum() <= 0 or downs.sum() <= 0:
        return None, None, None
    below = (np.cumsum(downs) - downs / 2)[place[positive]] / downs.sum()
    above = 1.0 - (np.cumsum(ups) - ups / 2)[place[~positive]] / ups.sum()
    area = float(np.average(below, weights=weight[positive]))
    parts = [
        _mean_variance(below, weight[positive]), _mean_variance(above, weight[~positive]),
    ]  # fmt: skip
    variance = sum(part for part, _ in parts)
    if not variance > 1e-20:  # 0 but for rounding, or NaN
        return area, None, None
    reach = student_quantile(level, freedom(parts)) * variance**0.5 / (area * (1 - area))
    logit = math.log(area / (1 - area))
    low, high = (1 / (1 + math.exp(-end)) for end in (logit - reach, logit + reach))
    return area, low, high


def _mean_variance(
    values: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[float, float]:
    """Estimate the variance of a weighted mean, and the rows it rests on; NaN when it is one."""
    count = int(np.count_nonzero(weights))
    if count < 2:
        return float("nan"), count
    share = weights / weights.sum()
    spread = values - np.dot(share, values)
    return float(np.dot(share**2, spread**2)) * count / (count - 1), 1 / float(np.dot(share, share))


def performance(
    outcome: NDArray[np.float64],
    scores: NDArray[np.float64],
    predictions: NDArray[np.float64],
    weights: NDArray[np.float64] | None = None,
) -> dict[str, float | None]:
    """Return the metrics of a :class:`~auditkit.trainer.Baseline`.

    Parameters
    ----------
    outcome, scores, predictions : ndarray of float64
        For each row, with no NaN among them: 1.0 or 0.0, P(positive), 1.0 or 0.0.
    weights : ndarray of float64, optional
        Sample weights; all metrics are weighted when given.

    Returns
    -------
    dict of str to float or None
        ``auc``, ``auc_low``, ``auc_high``, ``accuracy``, ``balanced_accuracy``, ``brier``,
        ``log_loss``, ``positive_rate`` and ``selection_rate``.

    Examples
    --------
    >>> import numpy as np
    >>> outcome, scores = np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.2, 0.6, 0.7, 0.9])
    >>> found = performance(outcome, scores, (scores >= 0.5) * 1.0)
    >>> found["accuracy"], found["balanced_accuracy"], found["selection_rate"]
    (0.75, 0.75, 0.75)
    >>> found["auc"], found["auc_low"]
    (1.0, None)
    """
    weight = np.ones(len(outcome)) if weights is None else weights

    def mean(values: NDArray[np.float64], rows: NDArray[np.bool_]) -> float | None:
        total = float(weight[rows].sum())
        return float(np.dot(weight[rows], values[rows])) / total if total > 0 else None

    every, positive = np.ones(len(outcome), dtype=bool), outcome == 1.0
    right = (predictions == outcome).astype(np.float64)
    recalls = mean(right, positive), mean(right, ~positive)
    tiny = np.finfo(np.float64).eps
    safe = np.clip(scores, tiny, 1.0 - tiny)
    area, low, high = auc_interval(outcome, scores, weights)
    return {
        "auc": area,
        "auc_low": low,
        "auc_high": high,
        "accuracy": mean(right, every),
        "balanced_accuracy": None if None in recalls else sum(filter(None, recalls)) / 2,
        "brier": mean((scores - outcome) ** 2, every),
        "log_loss": mean(-np.log(np.where(positive, safe, 1.0 - safe)), every),
        "positive_rate": mean(outcome, every),
        "selection_rate": mean(predictions, every),
    }
