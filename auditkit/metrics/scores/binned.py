"""Area under the ROC curve from counts in score bins, with the error that the bins can make."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from auditkit.errors import MetricError
from auditkit.metrics.scores.delong import check_level, normal_quantile

__all__ = ["BinnedAuc", "roc_auc_from_bins"]


@dataclass(frozen=True, slots=True)
class BinnedAuc:
    """An area under the ROC curve, known up to an error that is stated.

    Attributes
    ----------
    value : float or None
        The area, rows of one bin counted as ties; None when undefined.
    error : float or None
        The area of the scores themselves lies within `value` ± `error`, always.
    low, high : float or None
        Confidence interval (DeLong, on the logit), widened by `error` on both sides.
    level : float
        Of the interval.
    positives, negatives : int
        Rows of each class.
    reason : str or None
        Why something is undefined.
    """

    value: float | None
    error: float | None
    low: float | None
    high: float | None
    level: float
    positives: int
    negatives: int
    reason: str | None


def roc_auc_from_bins(
    positives: ArrayLike, negatives: ArrayLike, *, level: float = 0.95
) -> BinnedAuc:
    """Return the area under the ROC curve of counts in score bins.

    Parameters
    ----------
    positives, negatives : array-like of int, shape (bins,)
        Rows of each class in each bin, lowest scores first. Counts of several parts add up.
    level : float
        Of the confidence interval.

    Returns
    -------
    BinnedAuc
        In [0, 1]; undefined (None, with a reason) without positives or without negatives. The
        interval needs two rows of each class and a value strictly between 0 and 1.

    Raises
    ------
    MetricError
        Counts that are negative, not whole, or not of one shape; a level that cannot be.

    Notes
    -----
    With p and n rows of the classes in a bin and P and N in all, the value is
    ``sum(p * (n below + n / 2)) / (P * N)``. Pairs in one bin count half where the scores
    themselves would say 0, ½ or 1: so the value is off by at most ``sum(p * n) / (2 * P * N)``.
    The variance is DeLong's for tied scores.

    References
    ----------
    .. [1] Hanley, McNeil (1982), The meaning and use of the area under a receiver operating
       characteristic (ROC) curve, Radiology 143, 29-36.
    .. [2] DeLong, DeLong, Clarke-Pearson (1988), Comparing the areas under two or more correlated
       receiver operating characteristic curves, Biometrics 44, 837-845.

    Examples
    --------
    >>> found = roc_auc_from_bins([0, 1, 2], [2, 1, 0])
    >>> round(found.value, 4), round(found.error, 4)
    (0.9444, 0.0556)
    """
    check_level(level)
    p, n = _counts(positives, "positives"), _counts(negatives, "negatives")
    if p.shape != n.shape:
        raise MetricError(f"positives have {len(p)} bins and negatives {len(n)}: use the same bins")
    many, few = int(p.sum()), int(n.sum())
    if not many or not few:
        lacks = f"no {'positives' if not many else 'negatives'}"
        return BinnedAuc(None, None, None, None, level, many, few, lacks)
    over = (np.cumsum(n) - n + n / 2) / few  # share of negatives below each bin, ties half
    under = 1 - (np.cumsum(p) - p + p / 2) / many
    value = float((p * over).sum() / many)
    error = float((p / many * (n / few)).sum() / 2)
    low, high, reason = _interval(value, _variance(p, over) + _variance(n, under), level)
    return BinnedAuc(
        value,
        error,
        None if low is None else max(0.0, low - error),
        None if high is None else min(1.0, high + error),
        level,
        many,
        few,
        reason,
    )


def _counts(values: ArrayLike, name: str) -> NDArray[np.float64]:
    counts = np.asarray(values, dtype=np.float64)
    if counts.ndim != 1 or not np.isfinite(counts).all():
        raise MetricError(f"{name} must be one row of numbers")
    if (counts < 0).any() or (counts != np.floor(counts)).any():
        raise MetricError(f"{name} must be whole numbers of rows, 0 or more")
    return counts


def _variance(counts: NDArray[np.float64], components: NDArray[Any]) -> float:
    """Return the variance of the mean of one class; NaN for fewer than two rows."""
    total = float(counts.sum())
    if total < 2:
        return math.nan
    mean = float((counts * components).sum()) / total
    return float((counts * (components - mean) ** 2).sum()) / (total - 1) / total


def _interval(
    value: float, variance: float, level: float
) -> tuple[float | None, float | None, str | None]:
    if math.isnan(variance):
        return None, None, "no interval: fewer than two rows in a class"
    if not 0 < value < 1 or not variance > 0:
        return None, None, "no interval: the classes are apart, or all in one bin"
    reach = normal_quantile(level) * math.sqrt(variance) / (value * (1 - value))
    logit = math.log(value / (1 - value))
    return 1 / (1 + math.exp(reach - logit)), 1 / (1 + math.exp(-reach - logit)), None
