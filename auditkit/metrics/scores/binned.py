"""Area under the ROC curve from counts in score bins, with the error that the bins can make."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from auditkit.errors import MetricError
from auditkit.metrics.scores.delong import check_level, freedom, student_quantile

__all__ = ["BinnedAuc", "roc_auc_from_bins"]

Sums = tuple[ArrayLike, ArrayLike]


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
    positives: ArrayLike,
    negatives: ArrayLike,
    *,
    positive_weights: Sums | None = None,
    negative_weights: Sums | None = None,
    level: float = 0.95,
) -> BinnedAuc:
    """Return the area under the ROC curve of counts in score bins.

    Parameters
    ----------
    positives, negatives : array-like of int, shape (bins,)
        Rows of each class in each bin, lowest scores first. Counts of several parts add up.
    positive_weights, negative_weights : pair of array-like, optional
        Sums of the weights, and of their squares, in each bin; both or neither.
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
    With p and n rows (or sums of weights) of the classes in a bin and P and N in all, the value is
    ``sum(p * (n below + n / 2)) / (P * N)``. Pairs in one bin count half where the scores
    themselves would say 0, ½ or 1: so the value is off by at most ``sum(p * n) / (2 * P * N)``.
    The variance is DeLong's for tied scores; linearised under weights. The interval is on the logit
    scale, with Student's t as in :func:`roc_auc_by_group`.

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
    if (positive_weights is None) != (negative_weights is None):
        raise MetricError("weights of one class only: give both or neither")
    high = _class(positives, positive_weights, "positives")
    low = _class(negatives, negative_weights, "negatives")
    if high.n.shape != low.n.shape:
        raise MetricError(
            f"positives have {len(high.n)} bins and negatives {len(low.n)}: use the same bins"
        )
    sizes = int(high.n.sum()), int(low.n.sum())
    p, n = high.share, low.share
    if p is None or n is None:
        lacks = f"no {'positives' if p is None else 'negatives'}"
        return BinnedAuc(None, None, None, None, level, *sizes, lacks)
    over = np.cumsum(n) - n / 2  # share of negatives below each bin, ties half
    under = 1 - np.cumsum(p) + p / 2
    value = min(float((p * over).sum()), 1.0)
    error = float((p * n).sum() / 2)
    parts = [(high.variance(over), high.size), (low.variance(under), low.size)]
    begin, end, reason = _interval(value, parts, level)
    return BinnedAuc(
        value,
        error,
        None if begin is None else max(0.0, begin - error),
        None if end is None else min(1.0, end + error),
        level,
        *sizes,
        reason,
    )


@dataclass(frozen=True, slots=True)
class _Class:
    """Rows, sums of weights and of their squares in each bin."""

    n: NDArray[np.float64]
    w: NDArray[np.float64]
    w2: NDArray[np.float64]

    @property
    def share(self) -> NDArray[np.float64] | None:
        """Part of the class in each bin; None where there is nobody."""
        total = float(self.w.sum())
        return self.w / total if total > 0 else None

    @property
    def size(self) -> float:
        """Rows of the class: under weights, as many as would tell as much (Kish)."""
        return float(self.w.sum()) ** 2 / float(self.w2.sum())

    def variance(self, components: NDArray[Any]) -> float:
        """Return the variance of the mean of one class; NaN for fewer than two rows."""
        rows, total = float(self.n.sum()), float(self.w.sum())
        if rows < 2:
            return math.nan
        off = components - float((self.w * components).sum()) / total
        return float((self.w2 * off * off).sum()) / total**2 * rows / (rows - 1)


def _class(counts: ArrayLike, sums: Sums | None, name: str) -> _Class:
    n = _counts(counts, name)
    if sums is None:
        return _Class(n, n, n)
    w, w2 = (np.asarray(values, dtype=np.float64) for values in sums)
    good = w.shape == w2.shape == n.shape and np.isfinite([w, w2]).all()
    if not good or (w < 0).any() or (w2 < 0).any():
        raise MetricError(f"the weights of the {name} must be sums, 0 or more, one a bin")
    return _Class(n, w, w2)


def _counts(values: ArrayLike, name: str) -> NDArray[np.float64]:
    counts = np.asarray(values, dtype=np.float64)
    if counts.ndim != 1 or not np.isfinite(counts).all():
        raise MetricError(f"{name} must be one row of numbers")
    if (counts < 0).any() or (counts != np.floor(counts)).any():
        raise MetricError(f"{name} must be whole numbers of rows, 0 or more")
    return counts


def _interval(
    value: float, parts: Sequence[tuple[float, float]], level: float
) -> tuple[float | None, float | None, str | None]:
    variance = sum(part for part, _ in parts)
    if math.isnan(variance):
        return None, None, "no interval: fewer than two rows in a class"
    if not 0 < value < 1 or not variance > 0:
        return None, None, "no interval: the classes are apart, or all in one bin"
    t = student_quantile(level, freedom(parts))
    reach = t * math.sqrt(variance) / (value * (1 - value))
    logit = math.log(value / (1 - value))
    return 1 / (1 + math.exp(reach - logit)), 1 / (1 + math.exp(-reach - logit)), None
