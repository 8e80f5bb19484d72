"""How strongly two categorical columns go together: Cramer's V."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from auditkit.inference import _checks
from auditkit.inference._scipy import special
from auditkit.inference.rates import Interval


def cramers_v(table: ArrayLike | Sequence[Sequence[float]]) -> float | None:
    r"""Cramer's V of a table of counts, corrected for bias.

    .. math:: \tilde V = \sqrt{\frac{\tilde\varphi^2}{\min(\tilde r, \tilde c) - 1}},\quad
       \tilde\varphi^2 = \max\left(0, \frac{\chi^2}{n} - \frac{(r-1)(c-1)}{n-1}\right),\quad
       \tilde r = r - \frac{(r-1)^2}{n-1}

    The textbook V of two unrelated columns is well above 0 when there are many categories and
    few rows; this one is centred near 0 there.

    Parameters
    ----------
    table : array of shape (r, c)
        Counts, not negative. Rows and columns that are all zero are left out.

    Returns
    -------
    float or None
        From 0 (unrelated) to 1 (each determines the other, for a square table). None when only
        one row or one column has counts, or there are as few rows of data as categories.

    Raises
    ------
    MetricError
        If the table is not two-dimensional, or a count is negative or not finite.

    References
    ----------
    .. [1] Bergsma W (2013). A bias-correction for Cramer's V and Tschuprow's T. Journal of the
       Korean Statistical Society 42, 323-328.

    Examples
    --------
    >>> cramers_v([[10, 0], [0, 10]])
    1.0
    >>> cramers_v([[10, 10], [10, 10]])
    0.0
    """
    counts = _checks.counts_table(table)
    if counts is None:
        return None
    return corrected_v(_chi_square(counts), n=float(counts.sum()), shape=counts.shape)


def corrected_v(chi2: float, *, n: float, shape: tuple[int, ...]) -> float | None:
    """Return `cramers_v` of a table without empty rows and columns, from its chi-square.

    Examples
    --------
    >>> corrected_v(20.0, n=20.0, shape=(2, 2))
    1.0
    """
    rows, columns = shape
    if n <= 1:
        return None
    corrected = max(0.0, chi2 / n - (rows - 1) * (columns - 1) / (n - 1))
    width = min(rows - 1 - (rows - 1) ** 2 / (n - 1), columns - 1 - (columns - 1) ** 2 / (n - 1))
    if width <= 1e-12:
        return None
    return min(1.0, math.sqrt(corrected / width))


def cramers_v_interval(
    table: ArrayLike | Sequence[Sequence[float]], *, level: float = 0.95
) -> Interval | None:
    r"""Interval for Cramer's V through the noncentral chi-square.

    The noncentralities :math:`\lambda` at which the observed chi-square is at the upper and
    lower :math:`\alpha/2` point are turned into V by

    .. math:: V = \sqrt{\frac{\lambda}{n\,(\min(r, c) - 1)}}

    Smithson's own formula adds the degrees of freedom to :math:`\lambda`, as suits the
    uncorrected V; without them the interval goes with `cramers_v` and may reach 0.

    Parameters
    ----------
    table : array of shape (r, c)
        Counts, not negative. Rows and columns that are all zero are left out.
    level : float
        Confidence level, strictly between 0 and 1.

    Returns
    -------
    Interval or None
        Within [0, 1], around `cramers_v`. None where that is None.

    Raises
    ------
    MetricError
        If the table is not two-dimensional, a count is negative or not finite, or the level is
        out of range.

    References
    ----------
    .. [1] Smithson M (2003). Confidence Intervals. Sage, chapter 4.

    Examples
    --------
    >>> low, high = cramers_v_interval([[30, 10], [10, 30]])
    >>> round(low, 3), round(high, 3)
    (0.281, 0.719)
    """
    _checks.open_proportion(level, name="level")
    estimate = cramers_v(table)
    counts = _checks.counts_table(table)
    if estimate is None or counts is None:
        return None
    n = float(counts.sum())
    rows, columns = counts.shape
    low, high = noncentral_v_interval(
        _chi_square(counts),
        df=(rows - 1) * (columns - 1),
        scale=n * (min(rows, columns) - 1),
        level=level,
    )
    return Interval(min(estimate, low), max(estimate, high))


def noncentral_v_interval(
    chi2: float, *, df: int, scale: float, level: float
) -> tuple[float, float]:
    """Turn a chi-square into the ends of an interval for ``sqrt(noncentrality / scale)``.

    Examples
    --------
    >>> low, high = noncentral_v_interval(20.0, df=1, scale=80.0, level=0.95)
    >>> round(low, 3), round(high, 3)
    (0.281, 0.719)
    """
    alpha = 1 - _checks.open_proportion(level, name="level")
    ends = (_noncentrality(chi2, df, p) for p in (1 - alpha / 2, alpha / 2))
    low, high = (min(1.0, math.sqrt(end / scale)) for end in ends)
    return low, high


def _chi_square(counts: NDArray[np.float64]) -> float:
    """Pearson's chi-square of the table, without correction."""
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    return float(((counts - expected) ** 2 / expected).sum())


def _noncentrality(chi2: float, df: int, probability: float) -> float:
    """Return the noncentrality at which P(X <= chi2) is `probability`; 0 when none is."""
    cdf: Callable[[float, float, float], Any] = special().chndtr
    if chi2 <= 0 or float(cdf(chi2, df, 0.0)) <= probability:
        return 0.0
    low, high = 0.0, max(1.0, chi2)
    while float(cdf(chi2, df, high)) > probability:
        low, high = high, 2 * high
    for _ in range(200):
        middle = (low + high) / 2
        if not low < middle < high:
            break
        low, high = (middle, high) if float(cdf(chi2, df, middle)) > probability else (low, middle)
    return (low + high) / 2
