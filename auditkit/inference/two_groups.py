"""Tests of two rates: whether a gap is more than chance gives."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from auditkit.inference import _checks

_TIE = 1e-7  # probabilities closer than this are equal, as in R's fisher.test


def pooled_z(
    events_a: float, n_a: float, events_b: float, n_b: float
) -> tuple[float, float] | None:
    r"""Two-proportion z test with a pooled rate: the number of standard deviations.

    .. math:: z = \frac{\hat p_a - \hat p_b}{\sqrt{\bar p(1-\bar p)(1/n_a + 1/n_b)}},\qquad
              \bar p = \frac{x_a + x_b}{n_a + n_b}

    Its square is Pearson's chi-square of the 2 x 2 table without Yates' correction.

    Parameters
    ----------
    events_a, n_a : float
        Events and size of group a; ``0 <= events_a <= n_a``. Fractions are allowed.
    events_b, n_b : float
        Events and size of group b.

    Returns
    -------
    tuple of (z, p_value) or None
        z is in standard deviations, positive when a has the higher rate; the p-value is
        two-sided. None when a group is empty, or when nobody or everybody had the event: there
        is no variation to measure a gap with.

    Raises
    ------
    MetricError
        If a count is negative, not finite or exceeds its n.

    References
    ----------
    .. [1] Hazelwood School District v. United States, 433 U.S. 299 (1977), n. 17 ("two or
       three standard deviations").

    Examples
    --------
    >>> z, p = pooled_z(14, 24, 21, 24)
    >>> round(z, 3), round(p, 4)
    (-2.274, 0.023)
    """
    a, m, b, n = _checks.two_rates(events_a, n_a, events_b, n_b)
    if m == 0 or n == 0 or a + b == 0 or (a == m and b == n):
        return None
    pooled = (a + b) / (m + n)
    z = (a / m - b / n) / math.sqrt(pooled * (1 - pooled) * (1 / m + 1 / n))
    return z, _checks.two_sided_p(z)


def hypergeometric_z(events_a: float, n_a: float, events_b: float, n_b: float) -> float | None:
    r"""Count the standard deviations between a and what fixed margins lead one to expect.

    .. math:: z_H = \frac{x_a - E}{\sqrt V},\quad E = \frac{n_a X}{N},\quad
              V = \frac{n_a n_b X (N - X)}{N^2 (N - 1)}

    with X the events and N the persons of both groups. It is ``pooled_z`` times
    :math:`\sqrt{(N-1)/N}`, and the "2-SD" of most adverse-impact tools; the two differ visibly
    below some 200 persons.

    Parameters
    ----------
    events_a, n_a : float
        Events and size of group a; ``0 <= events_a <= n_a``.
    events_b, n_b : float
        Events and size of group b.

    Returns
    -------
    float or None
        In standard deviations, positive when a has the higher rate. None as for `pooled_z`,
        and when the two groups together weigh one person or less.

    Raises
    ------
    MetricError
        If a count is negative, not finite or exceeds its n.

    References
    ----------
    .. [1] Morris SB, Dunleavy EM, eds. (2017). Adverse Impact Analysis. Routledge.

    Examples
    --------
    >>> round(hypergeometric_z(14, 24, 21, 24), 3)
    -2.25
    """
    a, m, b, n = _checks.two_rates(events_a, n_a, events_b, n_b)
    total = m + n
    tested = pooled_z(a, m, b, n)
    if tested is None or total <= 1:
        return None
    return tested[0] * math.sqrt((total - 1) / total)


def chi_square(
    events_a: float, n_a: float, events_b: float, n_b: float, *, correction: bool = False
) -> tuple[float, float] | None:
    r"""Pearson's chi-square of two rates, with Yates' continuity correction on request.

    .. math:: \chi^2 = \frac{N\,(|x_a y_b - x_b y_a| - c)^2}{n_a n_b X (N - X)}

    where y counts the persons without the event, X all events, and c is 0, or with the
    correction the smaller of N/2 and the difference it is taken from.

    Parameters
    ----------
    events_a, n_a : float
        Events and size of group a; ``0 <= events_a <= n_a``. Fractions are allowed.
    events_b, n_b : float
        Events and size of group b.
    correction : bool
        Apply Yates' correction. It makes the test conservative, and is off by default.

    Returns
    -------
    tuple of (chi2, p_value) or None
        One degree of freedom. None as for `pooled_z`.

    Raises
    ------
    MetricError
        If a count is negative, not finite or exceeds its n.

    References
    ----------
    .. [1] Yates F (1934). Contingency tables involving small numbers and the chi-square test.
       JRSS Supplement 1, 217-235.

    Examples
    --------
    >>> chi2, p = chi_square(14, 24, 21, 24)
    >>> round(chi2, 3), round(p, 4)
    (5.169, 0.023)
    >>> round(chi_square(14, 24, 21, 24, correction=True)[1], 4)
    0.0513
    """
    a, m, b, n = _checks.two_rates(events_a, n_a, events_b, n_b)
    if m == 0 or n == 0 or a + b == 0 or (a == m and b == n):
        return None
    total, events = m + n, a + b
    cross = abs(a * (n - b) - b * (m - a))
    if correction:
        cross = max(0.0, cross - total / 2)
    chi2 = total * (cross / m) * (cross / n) / (events * (total - events))
    return chi2, _checks.two_sided_p(math.sqrt(chi2))


def fisher_exact(
    events_a: float, n_a: float, events_b: float, n_b: float, *, midp: bool = False
) -> float | None:
    """Fisher's exact test of two rates, two-sided.

    The p-value is the probability, with the margins fixed, of all tables no likelier than the
    one observed. The mid-p version subtracts half the probability of the observed table.

    Parameters
    ----------
    events_a, n_a : int
        Events and size of group a; whole numbers with ``0 <= events_a <= n_a``.
    events_b, n_b : int
        Events and size of group b.
    midp : bool
        Lancaster's mid-p, which is less conservative.

    Returns
    -------
    float or None
        In (0, 1]. None when a group is empty. When nobody or everybody had the event only one
        table is possible: the p-value is 1 (mid-p 0.5), by definition and not by evidence.

    Raises
    ------
    MetricError
        If a count is negative, not a whole number, or exceeds its n.

    References
    ----------
    .. [1] Fisher RA (1935). The logic of inductive inference. JRSS 98, 39-82.
    .. [2] Biddle DA, Morris SB (2011). Using Lancaster's mid-P correction to the Fisher's
       exact test for adverse impact analyses. Journal of Applied Psychology 96, 956-965.

    Examples
    --------
    >>> round(fisher_exact(14, 24, 21, 24), 4)
    0.049
    """
    a, m, b, n = _checks.two_whole_rates(events_a, n_a, events_b, n_b)
    if m == 0 or n == 0:
        return None
    chances, own = _tables(a, m, b, n)
    if not len(chances):
        return _checks.p_value(0.0)
    here = chances[own]
    total = chances.sum()
    p = chances[chances <= here * (1 + _TIE)].sum() / total
    return _checks.p_value(float(p - here / total / 2 if midp else p))


def _tables(a: int, m: int, b: int, n: int) -> tuple[NDArray[np.float64], int]:
    """Return the relative chances of the tables with these margins, and the place of this one.

    They follow from each other by products of four whole numbers, from the likeliest on. Those
    so far away that a float cannot hold their chance are left out, and all are if this one is:
    by Bennett's inequality a table 60 standard deviations away (10 or more each) has a chance
    below exp(-760).
    """
    total, events = m + n, a + b
    low, high = max(0, events - n), min(m, events)
    mode = min(max((m + 1) * (events + 1) // (total + 2), low), high)
    sd = math.sqrt(m * (n / total) * (events / total) * (total - events) / max(total - 1, 1))
    away = abs(a - mode)
    if away > 60 * max(sd, 10.0):
        return np.empty(0), 0
    reach = 2 * away + math.ceil(9 * sd) + 40  # the other tail may be the longer one
    first, last = max(low, mode - reach), min(high, mode + reach)
    k = np.arange(first, last, dtype=np.float64)
    steps = np.log((m - k) / (k + 1) * ((events - k) / (n - events + k + 1)))
    logs = np.concatenate(([0.0], np.cumsum(steps)))
    return np.exp(logs - logs[mode - first]), a - first


def smallest_expected(events_a: float, n_a: float, events_b: float, n_b: float) -> float | None:
    r"""Return the smallest of the four counts expected if both rates were equal.

    .. math:: \frac{\min(n_a, n_b)\,\min(X, N - X)}{N}

    Below 5 the usual advice is to read `fisher_exact` rather than `pooled_z`.

    Parameters
    ----------
    events_a, n_a : float
        Events and size of group a; ``0 <= events_a <= n_a``. Fractions are allowed.
    events_b, n_b : float
        Events and size of group b.

    Returns
    -------
    float or None
        In persons. None when a group is empty.

    Raises
    ------
    MetricError
        If a count is negative, not finite or exceeds its n.

    References
    ----------
    .. [1] Cochran WG (1954). Some methods for strengthening the common chi-square tests.
       Biometrics 10, 417-451.

    Examples
    --------
    >>> smallest_expected(14, 24, 21, 24)
    6.5
    """
    a, m, b, n = _checks.two_rates(events_a, n_a, events_b, n_b)
    if m == 0 or n == 0:
        return None
    return min(m, n) * min(a + b, m + n - a - b) / (m + n)
