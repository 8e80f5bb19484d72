"""One share against a benchmark: how unlikely a group this small, or this large, is."""

from __future__ import annotations

import math
from dataclasses import dataclass

from auditkit.inference import _checks
from auditkit.inference._scipy import stats

_LOG10_READABLE = -290.0  # below this a float probability runs out of digits


@dataclass(frozen=True, slots=True)
class BinomialTest:
    """What `binomial_test` found.

    Attributes
    ----------
    events, n : int
        The counts given.
    share : float
        The share expected.
    expected : float
        ``n * share``, in persons.
    sd : float or None
        Standard deviations between observed and expected; negative is a shortfall. None when
        there is no variation (``n == 0``, or a share of 0 or 1).
    p_value : float or None
        Exact and two-sided: the probability of all outcomes no likelier than the one observed.
        A value too small for a float is given as the smallest one, never 0: read `log10_p`.
    log10_p : float or None
        The decimal logarithm of the two-sided p-value, at any size.
    log10_lower, log10_upper : float or None
        The decimal logarithms of P(X <= events) and P(X >= events).
    reason : str or None
        Why there is no test.
    """

    events: int
    n: int
    share: float
    expected: float
    sd: float | None
    p_value: float | None
    log10_p: float | None
    log10_lower: float | None
    log10_upper: float | None
    reason: str | None


def binomial_test(events: float, n: float, share: float) -> BinomialTest:
    r"""Exact test of a count against an expected share.

    .. math:: z = \frac{x - np}{\sqrt{np(1-p)}},\qquad
              P = \sum_{k:\ f(k) \le f(x)} f(k),\quad f(k) = \binom nk p^k (1-p)^{n-k}

    Parameters
    ----------
    events, n : int
        How many of the group, among how many; whole numbers with ``0 <= events <= n``.
    share : float
        The share expected, from 0 to 1, such as a labour-market share. Its source belongs
        beside every number that comes of it.

    Returns
    -------
    BinomialTest
        Its `reason` says why the test is None: nobody observed, or a share of 0 or 1.

    Raises
    ------
    MetricError
        If a count is negative, not whole or exceeds n, or the share is out of range.

    References
    ----------
    .. [1] Castaneda v. Partida, 430 U.S. 482 (1977), n. 17.

    Examples
    --------
    >>> test = binomial_test(339, 870, 0.791)
    >>> round(test.expected), round(test.sd, 1), round(test.log10_lower)
    (688, -29.1, -144)
    """
    x, size = _checks.whole_rate_counts(events, n)
    p = _checks.proportion(share, name="share")
    if size == 0 or p in (0.0, 1.0):
        reason = "nobody observed" if size == 0 else f"an expected share of {p:g} leaves no chance"
        return BinomialTest(x, size, p, size * p, None, None, None, None, None, reason)
    lower, upper = _log10_lower(x, size, p), _log10_lower(size - x, size, 1 - p)
    two_sided = _log10_two_sided(x, size, p, lower, upper)
    sd = (x - size * p) / math.sqrt(size * p * (1 - p))
    p_value = _checks.p_value(10**two_sided)
    return BinomialTest(x, size, p, size * p, sd, p_value, two_sided, lower, upper, None)


def _log10_two_sided(x: int, n: int, p: float, lower: float, upper: float) -> float:
    """Log10 of the probability of all outcomes no likelier than x."""
    if min(lower, upper) > _LOG10_READABLE:
        return math.log10(_checks.p_value(float(stats().binomtest(x, n, p).pvalue)))
    # Both tails, on the log scale: on the far side the outcomes no likelier than x start where
    # the probability, which falls outwards from the mode, has come down to that of x.
    if upper < lower:
        x, p, lower, upper = n - x, 1 - p, upper, lower
    # A mirror image counts as no likelier, so the last digits of lgamma are forgiven.
    limit = _log_pmf(x, n, p) + 1e-7 + 1e-15 * math.lgamma(n + 1)
    near, far = int((n + 1) * p), n + 1
    while near < far:
        middle = (near + far) // 2
        if middle <= n and _log_pmf(middle, n, p) > limit:
            near = middle + 1
        else:
            far = middle
    if near > n:
        return lower
    return _log10_sum(lower, _log10_lower(n - near, n, 1 - p))


def _log10_sum(a: float, b: float) -> float:
    """Log10 of 10**a + 10**b."""
    high, low = max(a, b), min(a, b)
    return min(0.0, high + math.log10(1 + 10 ** (low - high)))


def _log10_lower(x: int, n: int, p: float) -> float:
    """Log10 of P(X <= x)."""
    tail = float(stats().binom.cdf(x, n, p))
    if tail > 10**_LOG10_READABLE:
        return math.log10(min(1.0, tail))
    # f(k-1)/f(k) = k(1-p) / ((n-k+1)p) is well below 1 so far out, and falls with k.
    total, term, k = 1.0, 1.0, x
    while k > 0 and term > 1e-17 * total:
        term *= k * (1 - p) / ((n - k + 1) * p)
        total += term
        k -= 1
    return (_log_pmf(x, n, p) + math.log(total)) / math.log(10)


def _log_pmf(k: int, n: int, p: float) -> float:
    """Natural logarithm of the binomial probability of exactly k."""
    choose = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return choose + k * math.log(p) + (n - k) * math.log1p(-p)
