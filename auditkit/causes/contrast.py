"""Differences between two groups, as a value, its influences and its error."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

__all__ = ["Contrast", "Number", "between_runs", "difference_of_means", "number"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Contrast:
    """Mean of one group minus mean of the other, and what each row adds to its error."""

    value: float
    rows: Floats
    n: int

    def __sub__(self, other: Contrast) -> Contrast:
        """Return the difference of two contrasts on the same rows."""
        return Contrast(self.value - other.value, self.rows - other.rows, min(self.n, other.n))

    def variance(self, clusters: NDArray[np.intp] | None = None) -> float:
        """Return the sampling variance."""
        parts: Floats = self.rows
        if clusters is not None:
            place = np.unique(clusters, return_inverse=True)[1]
            parts = np.bincount(place, weights=parts).astype(np.float64)
        return float(parts @ parts) * self.n / max(self.n - 1, 1)


@dataclass(frozen=True)
class Number:
    """A number with its interval and p-value; None with a reason where it cannot be had."""

    value: float | None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    reason: str | None = None

    def to_dict(self) -> dict[str, float | str | None]:
        """Return plain data for the record."""
        return {
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "p_value": self.p_value,
            "reason": self.reason,
        }


def difference_of_means(
    values: Floats, group: NDArray[np.bool_], other: NDArray[np.bool_], weights: Floats
) -> Contrast:
    """Return the mean of `values` in `group` minus that in `other`.

    Examples
    --------
    >>> import numpy as np
    >>> g = np.array([True, True, False, False])
    >>> difference_of_means(np.array([1.0, 0.0, 1.0, 1.0]), g, ~g, np.ones(4)).value
    -0.5
    """
    value, parts, sizes = 0.0, np.zeros(len(values)), []
    for mask, sign in ((group, 1.0), (other, -1.0)):
        mass = weights * mask
        mean = float(mass @ values) / float(mass.sum())
        value += sign * mean
        parts = parts + sign * mass * (values - mean) / mass.sum()
        sizes.append(int(np.count_nonzero(mass)))
    return Contrast(value, parts, min(sizes))


def number(value: float, variance: float, level: float) -> Number:
    """Return a number with its normal interval, and the p-value of 0."""
    if not math.isfinite(value) or not math.isfinite(variance) or variance < 0:
        return Number(None, reason="it has no finite error")
    error = math.sqrt(variance)
    reach = NormalDist().inv_cdf(0.5 + level / 2) * error
    if error == 0:
        return Number(value, value, value, 1.0 if value == 0 else None)
    p_value = math.erfc(abs(value) / error / math.sqrt(2))
    return Number(value, value - reach, value + reach, p_value)


def between_runs(values: Sequence[float]) -> float:
    """Return the variance of the mean of several runs that differ in seed only."""
    if len(values) < 2:
        return 0.0
    return float(np.var(values, ddof=1)) / len(values)
