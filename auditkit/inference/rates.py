"""Intervals for one rate: x events among n."""

from __future__ import annotations

import math
from typing import NamedTuple

from auditkit.inference import _checks
from auditkit.inference._scipy import special


class Interval(NamedTuple):
    """A confidence interval, both ends included.

    Attributes
    ----------
    low : float
        The lower end.
    high : float or None
        The upper end. None means *no upper bound*, and happens only for a ratio whose
        denominator may be zero (see `koopman`); every other interval has a number here.

    Examples
    --------
    >>> Interval(0.25, 0.5).low
    0.25
    """

    low: float
    high: float | None


def wilson(events: float, n: float, *, level: float = 0.95) -> Interval | None:
    r"""Wilson score interval for a rate.

    .. math:: \frac{\hat p + z^2/2n \pm z\sqrt{\hat p(1-\hat p)/n + z^2/4n^2}}{1 + z^2/n}

    Parameters
    ----------
    events, n : float
        How many had the event, out of how many; ``0 <= events <= n``. Fractions are allowed,
        so that an effective sample size can be given (see `weighted_rate`).
    level : float
        Confidence level, strictly between 0 and 1.

    Returns
    -------
    Interval or None
        Within [0, 1], around ``events / n``. None when ``n == 0``: nobody to speak of.

    Raises
    ------
    MetricError
        If a count is negative, not finite or ``events > n``, or the level is out of range.

    References
    ----------
    .. [1] Wilson EB (1927). Probable inference, the law of succession, and statistical
       inference. JASA 22, 209-212.
    .. [2] Newcombe RG (1998). Two-sided confidence intervals for the single proportion.
       Statistics in Medicine 17, 857-872 (method 3).

    Examples
    --------
    >>> low, high = wilson(81, 263)
    >>> round(low, 4), round(high, 4)
    (0.2553, 0.3662)
    """
    x, size = _checks.rate_counts(events, n)
    z = _checks.normal_quantile(_checks.open_proportion(level, name="level"))
    if size == 0:
        return None
    p = x / size
    shrink = 1 + z * z / size
    middle = (p + z * z / (2 * size)) / shrink
    reach = z * math.sqrt(p * (1 - p) / size + z * z / (4 * size * size)) / shrink
    low = 0.0 if x == 0 else min(p, max(0.0, middle - reach))
    high = 1.0 if x == size else max(p, min(1.0, middle + reach))
    return Interval(low, high)


def clopper_pearson(
    events: float, n: float, *, level: float = 0.95, midp: bool = False
) -> Interval | None:
    r"""Exact (Clopper-Pearson) interval for a rate; on request with the mid-p.

    Conservative by construction: coverage is never below `level`, and often well above (95.3 to
    98.3 % for 100 persons and more: docs/coverage.md), because half of :math:`\alpha` bounds each
    tail of a discrete distribution. `wilson`, or the mid-p, keeps to the level on average.

    .. math:: [B_{\alpha/2}(x, n-x+1),\; B_{1-\alpha/2}(x+1, n-x)]

    with :math:`B_q(a, b)` the q-quantile of the beta distribution. With the mid-p the ends are
    the rates at which :math:`P(X > x) + \tfrac12 P(X = x)` is :math:`\alpha/2` and
    :math:`1 - \alpha/2`.

    Parameters
    ----------
    events, n : float
        How many had the event, out of how many; ``0 <= events <= n``. Fractions are allowed.
    level : float
        Confidence level, strictly between 0 and 1.
    midp : bool
        Count half of the probability of the outcome itself: narrower, and no longer never below
        the level.

    Returns
    -------
    Interval or None
        Within [0, 1], around ``events / n``. None when ``n == 0``.

    Raises
    ------
    MetricError
        If a count is negative, not finite or ``events > n``, or the level is out of range.

    References
    ----------
    .. [1] Clopper CJ, Pearson ES (1934). The use of confidence or fiducial limits illustrated
       in the case of the binomial. Biometrika 26, 404-413.
    .. [2] Berry G, Armitage P (1995). Mid-P confidence intervals: a brief review. The
       Statistician 44, 417-423.

    Examples
    --------
    >>> low, high = clopper_pearson(15, 148)
    >>> round(low, 4), round(high, 4)
    (0.0578, 0.1617)
    >>> low, high = clopper_pearson(15, 148, midp=True)
    >>> round(low, 4), round(high, 4)
    (0.0601, 0.1581)
    """
    x, size = _checks.rate_counts(events, n)
    alpha = 1 - _checks.open_proportion(level, name="level")
    if size == 0:
        return None
    if midp:
        return _midp(x, size, alpha / 2)
    quantile = special().betaincinv
    low = 0.0 if x == 0 else float(quantile(x, size - x + 1, alpha / 2))
    high = 1.0 if x == size else float(quantile(x + 1, size - x, 1 - alpha / 2))
    return Interval(min(low, x / size), max(high, x / size))


def _midp(x: float, n: float, tail: float) -> Interval:
    """Return the rates at which P(X > x) + P(X = x) / 2 is `tail`, and 1 - `tail`."""
    beta = special().betainc

    def more(rate: float) -> float:
        above = float(beta(x + 1, n - x, rate)) if x < n else 0.0
        here_or_above = float(beta(x, n - x + 1, rate)) if x > 0 else 1.0
        return (above + here_or_above) / 2

    def reached(chance: float, low: float, high: float) -> float:
        for _ in range(100):
            middle = (low + high) / 2
            low, high = (middle, high) if more(middle) < chance else (low, middle)
        return (low + high) / 2

    p = x / n
    return Interval(
        0.0 if x == 0 else reached(tail, 0.0, p), 1.0 if x == n else reached(1 - tail, p, 1.0)
    )
