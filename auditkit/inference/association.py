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

_EXACT = 1e-12
"""How far from the probability asked for a noncentrality may lie."""


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
    ends = noncentral_v_intervals(np.array([chi2]), df=df, scale=scale, level=level)
    return float(ends[0, 0]), float(ends[1, 0])


def noncentral_v_intervals(
    chi2: NDArray[np.float64], *, df: ArrayLike, scale: ArrayLike, level: float
) -> NDArray[np.float64]:
    """Do the same for many at once: the lower ends, and the upper ones.

    Examples
    --------
    >>> ends = noncentral_v_intervals(np.array([0.0, 20.0]), df=1, scale=80.0, level=0.95)
    >>> ends.round(3).tolist()
    [[0.0, 0.281], [0.0, 0.719]]
    """
    alpha = 1 - _checks.open_proportion(level, name="level")
    ends = np.stack([_noncentralities(chi2, df, p) for p in (1 - alpha / 2, alpha / 2)])
    return np.asarray(np.minimum(1.0, np.sqrt(ends / np.asarray(scale))))


def _chi_square(counts: NDArray[np.float64]) -> float:
    """Pearson's chi-square of the table, without correction."""
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    return float(((counts - expected) ** 2 / expected).sum())


def _noncentralities(
    chi2: NDArray[np.float64], df: ArrayLike, probability: float
) -> NDArray[np.float64]:
    """Return the noncentralities at which P(X <= chi2) is `probability`; 0 when none is."""
    chi2, df = np.broadcast_arrays(chi2, df)
    cdf, inverse = special().chndtr, special().chndtrinc
    found = np.zeros(chi2.shape)
    some = np.flatnonzero((chi2 > 0) & (cdf(chi2, df, 0.0) > probability))
    found[some] = inverse(chi2[some], df[some], probability)
    there = np.abs(cdf(chi2[some], df[some], found[some]) - probability) < _EXACT
    for place in some[~there]:  # older SciPy looks no further than ten thousand
        found[place] = _noncentrality(float(chi2[place]), float(df[place]), probability)
    return found


def _noncentrality(chi2: float, df: float, probability: float) -> float:
    """Return the same by halving, wherever it lies."""
    cdf: Callable[[float, float, float], Any] = special().chndtr
    low, high = 0.0, max(1.0, chi2)
    while float(cdf(chi2, df, high)) > probability:
        low, high = high, 2 * high
    for _ in range(200):
        middle = (low + high) / 2
        if not low < middle < high:
            break
        low, high = (middle, high) if float(cdf(chi2, df, middle)) > probability else (low, middle)
    return (low + high) / 2
