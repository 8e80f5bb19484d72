"""One share against a benchmark: how unlikely a group this small, or this large, is."""

from __future__ import annotations

import math
from dataclasses import dataclass

from auditkit.inference import _checks
from auditkit.inference._scipy import special
from auditkit.inference.two_groups import fisher_exact, pooled_z, smallest_expected

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


@dataclass(frozen=True, slots=True)
class ShareTest:
    """What `share_test` found.

    Attributes
    ----------
    share, expected : float or None
        The share observed (None when nobody was), and the one expected.
    sd : float or None
        Standard deviations between the two; negative is a shortfall.
    p_value, log10_p : float or None
        Two-sided; a p-value too small for a float is the smallest one: read `log10_p`.
    method : str
        Name of the test, "none" without one.
    reason : str or None
        Why there is no test.
    """

    share: float | None
    expected: float
    sd: float | None
    p_value: float | None
    log10_p: float | None
    method: str
    reason: str | None


def share_test(
    events: float, n: float, share: float, *, reference_n: float | None = None
) -> ShareTest:
    r"""Test an observed share against a reference that is known, or was itself sampled.

    Without `reference_n`, and with whole counts, this is `binomial_test`; with fractional
    (effective) counts :math:`z = (\hat p - p) / \sqrt{p (1 - p) / n}`. With `reference_n` both
    shares are estimates, and the test is that of two rates: `pooled_z`, or `fisher_exact` where
    an expected count is below 5 and the counts are whole.

    Parameters
    ----------
    events, n : float
        How many of the group, among how many; effective counts for weighted rows.
    share : float
        The share expected, from 0 to 1.
    reference_n : float, optional
        People that the expected share was estimated from. For a share with a standard error se
        it is :math:`p (1 - p) / se^2`.

    Returns
    -------
    ShareTest
        Its `reason` says why there is no test: nobody observed, or a share of 0 or 1.

    Raises
    ------
    MetricError
        If a count is negative or exceeds n, or the share is out of range.

    References
    ----------
    .. [1] Castaneda v. Partida, 430 U.S. 482 (1977), n. 17.

    Examples
    --------
    >>> share_test(339, 870, 0.791).method
    'exact binomial'
    >>> found = share_test(30, 100, 0.4, reference_n=400)
    >>> round(found.sd, 3), round(found.p_value, 4), found.method
    (-1.843, 0.0654, 'pooled z, reference sampled')
    """
    x, size = _checks.rate_counts(events, n)
    p = _checks.proportion(share, name="share")
    sampled = None if reference_n is None else _checks.count(reference_n, name="reference_n")
    if size == 0 or p in (0.0, 1.0) or sampled == 0:
        reason = "nobody observed" if size == 0 else f"an expected share of {p:g} leaves no chance"
        if sampled == 0:
            reason = "nobody in the reference"
        return ShareTest(x / size if size else None, p, None, None, None, "none", reason)
    whole = x == int(x) and size == int(size)
    if sampled is None and whole:
        exact = binomial_test(x, size, p)
        return ShareTest(
            x / size, p, exact.sd, exact.p_value, exact.log10_p, "exact binomial", None
        )
    if sampled is None:
        sd, method = (x / size - p) / math.sqrt(p * (1 - p) / size), "z, effective n"
    else:
        tested = pooled_z(x, size, p * sampled, sampled)
        assert tested is not None  # 0 < p < 1: the reference varies
        sd, method = tested[0], "pooled z, reference sampled"
        smallest = smallest_expected(x, size, p * sampled, sampled)
        if whole and smallest is not None and smallest < 5:
            found = fisher_exact(int(x), int(size), round(p * round(sampled)), round(sampled))
            if found is not None:
                name = "fisher exact, reference sampled"
                return ShareTest(x / size, p, sd, found, math.log10(found), name, None)
    log10_p = _log10_normal(sd)
    return ShareTest(x / size, p, sd, _checks.p_value(10**log10_p), log10_p, method, None)


def _log10_normal(z: float) -> float:
    """Log10 of the two-sided p-value of z, at any size."""
    tail = float(special().log_ndtr(-abs(z)))
    return min(0.0, (tail + math.log(2)) / math.log(10))


def _log10_two_sided(x: int, n: int, p: float, lower: float, upper: float) -> float:
    """Log10 of the probability of all outcomes no likelier than x."""
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
    tail = 1.0 if x >= n else float(special().betainc(n - x, x + 1, 1 - p))
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
