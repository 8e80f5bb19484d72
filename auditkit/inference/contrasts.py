"""Intervals for two rates: their difference and their ratio."""

from __future__ import annotations

import math
from collections.abc import Callable

from auditkit.inference import _checks
from auditkit.inference.rates import Interval, wilson

_ON_THE_LINE = 1e-12
"""Standard deviations from the line that floating point does not tell from none."""


def newcombe(
    events_a: float, n_a: float, events_b: float, n_b: float, *, level: float = 0.95
) -> Interval | None:
    r"""Interval for the difference of two rates, a - b (Newcombe's hybrid score).

    With the Wilson interval :math:`(l, u)` of each rate and :math:`d = \hat p_a - \hat p_b`,

    .. math:: \left[d - \sqrt{(\hat p_a - l_a)^2 + (u_b - \hat p_b)^2},\;
              d + \sqrt{(u_a - \hat p_a)^2 + (\hat p_b - l_b)^2}\right]

    Parameters
    ----------
    events_a, n_a : float
        Events and size of group a; ``0 <= events_a <= n_a``. Fractions are allowed.
    events_b, n_b : float
        Events and size of group b.
    level : float
        Confidence level, strictly between 0 and 1.

    Returns
    -------
    Interval or None
        Within [-1, 1], around the difference. None when a group is empty.

    Raises
    ------
    MetricError
        If a count is negative, not finite or exceeds its n, or the level is out of range.

    References
    ----------
    .. [1] Newcombe RG (1998). Interval estimation for the difference between independent
       proportions: comparison of eleven methods. Statistics in Medicine 17, 873-890 (method 10).

    Examples
    --------
    >>> low, high = newcombe(56, 70, 48, 80)
    >>> round(low, 4), round(high, 4)
    (0.0524, 0.3339)
    """
    a, m, b, n = _checks.two_rates(events_a, n_a, events_b, n_b)
    of_a, of_b = wilson(a, m, level=level), wilson(b, n, level=level)
    if of_a is None or of_b is None or of_a.high is None or of_b.high is None:
        return None
    p_a, p_b = a / m, b / n
    gap = p_a - p_b
    low = gap - math.hypot(p_a - of_a.low, of_b.high - p_b)
    high = gap + math.hypot(of_a.high - p_a, p_b - of_b.low)
    return Interval(max(-1.0, low), min(1.0, high))


def katz(
    events_a: float, n_a: float, events_b: float, n_b: float, *, level: float = 0.95
) -> Interval | None:
    r"""Interval for the ratio of two rates, a / b, on the log scale (Katz).

    Covers too little where both rates are near 1 and a group is small (91.8 % at 0.95 of 100:
    docs/coverage.md), and does not exist without events: `koopman` is the one to take.

    .. math:: \frac{\hat p_a}{\hat p_b}
              \exp\left(\pm z\sqrt{1/x_a - 1/n_a + 1/x_b - 1/n_b}\right)

    Parameters
    ----------
    events_a, n_a : float
        Events and size of group a; ``0 <= events_a <= n_a``. Fractions are allowed.
    events_b, n_b : float
        Events and size of group b.
    level : float
        Confidence level, strictly between 0 and 1.

    Returns
    -------
    Interval or None
        Above 0, around the ratio. None where the formula breaks down: a group is empty, a
        count of events is zero (no logarithm), or both rates are exactly 1 (a width of zero,
        which would claim certainty). `koopman` is defined in most of those.

    Raises
    ------
    MetricError
        If a count is negative, not finite or exceeds its n, or the level is out of range.

    References
    ----------
    .. [1] Katz D, Baptista J, Azen SP, Pike MC (1978). Obtaining confidence intervals for the
       risk ratio in cohort studies. Biometrics 34, 469-474.

    Examples
    --------
    >>> low, high = katz(157, 2435, 235, 2435)
    >>> round(low, 4), round(high, 4)
    (0.5502, 0.8112)
    """
    a, m, b, n = _checks.two_rates(events_a, n_a, events_b, n_b)
    z = _checks.normal_quantile(_checks.open_proportion(level, name="level"))
    if a == 0 or b == 0 or (a == m and b == n):
        return None
    reach = z * math.sqrt(max(0.0, 1 / a - 1 / m) + max(0.0, 1 / b - 1 / n))
    ratio = (a / m) / (b / n)
    return Interval(ratio * math.exp(-reach), ratio * math.exp(reach))


def koopman(
    events_a: float, n_a: float, events_b: float, n_b: float, *, level: float = 0.95
) -> Interval | None:
    r"""Score interval for the ratio of two rates, a / b (Koopman).

    The ratios :math:`\theta` that a score test does not reject: those with
    :math:`U(\theta) \le z^2`, where U is Pearson's chi-square of both groups against the rates
    fitted under :math:`p_a = \theta p_b`. Defined where `katz` is not.

    Parameters
    ----------
    events_a, n_a : float
        Events and size of group a; ``0 <= events_a <= n_a``. Fractions are allowed.
    events_b, n_b : float
        Events and size of group b.
    level : float
        Confidence level, strictly between 0 and 1.

    Returns
    -------
    Interval or None
        Low is 0 when ``events_a == 0``. High is None, *no upper bound*, when
        ``events_b == 0``. None when neither group has an event, or a group is empty.

    Raises
    ------
    MetricError
        If a count is negative, not finite or exceeds its n, or the level is out of range.

    References
    ----------
    .. [1] Koopman PAR (1984). Confidence intervals for the ratio of two binomial proportions.
       Biometrics 40, 513-517.

    Examples
    --------
    >>> low, high = koopman(36, 40, 16, 80)
    >>> round(low, 2), round(high, 2)
    (2.94, 7.15)
    >>> koopman(3, 10, 0, 10).high is None
    True
    """
    a, m, b, n = _checks.two_rates(events_a, n_a, events_b, n_b)
    z = _checks.normal_quantile(_checks.open_proportion(level, name="level"))
    if m == 0 or n == 0 or (a == 0 and b == 0):
        return None

    def excess(log_ratio: float) -> float:
        """Return how far a ratio is beyond the line, in standard deviations; above 0: rejected."""
        return math.sqrt(_koopman_statistic(math.exp(log_ratio), a, m, b, n)) - z

    # The estimate is never rejected; where it is 0 or without bound, step far to that side. Else
    # somewhat more than Katz's reach leads just beyond the edge.
    far = math.log(m + n + z * z) + 40
    start = -far if a == 0 else far if b == 0 else math.log((a / m) / (b / n))
    step = 1.0 if a == 0 or b == 0 else 1.1 * z * math.sqrt(1 / a - 1 / m + 1 / b - 1 / n)
    step = step if 0 < step < 1 else 1.0
    near = excess(start) if a == 0 or b == 0 else -z
    low = 0.0 if a == 0 else math.exp(_edge(excess, start, near, -step))
    high = None if b == 0 else math.exp(_edge(excess, start, near, +step))
    return Interval(low, high)


def _koopman_statistic(theta: float, a: float, m: float, b: float, n: float) -> float:
    """Pearson's chi-square of both groups at the ratio `theta`."""
    # The fitted rate of a is the smaller root of (m+n)p^2 - kp + theta(a+b) = 0, written so
    # that the subtraction loses no digits: 2c / (k + sqrt(k^2 - 4(m+n)c)).
    k = theta * (m + b) + a + n
    c = theta * (a + b)
    square = k * k - 4 * (m + n) * c
    p_a = 2 * c / (k + (math.sqrt(square) if square > 0 else 0.0))
    highest = theta if theta < 1 else 1.0
    p_a = p_a if p_a < highest else highest
    p_b = p_a / theta
    return _pearson(a, m, p_a) + _pearson(b, n, p_b if p_b < 1 else 1.0)


def _pearson(x: float, n: float, p: float) -> float:
    """(x - np)^2 / np(1-p): nothing where the fit is exact, without bound where it cannot be."""
    miss = x - n * p
    spread = n * p * (1 - p)
    if spread <= 0:
        return 0.0 if abs(miss) <= 1e-9 * n else math.inf
    return miss * miss / spread


def _edge(excess: Callable[[float], float], start: float, near: float, step: float) -> float:
    """Return where `excess` turns above 0, going from `start` (there it is `near`) by `step`."""
    inside, outside = start, start + step
    beyond = excess(outside)
    while beyond <= 0:
        step *= 2
        inside, near, outside = outside, beyond, outside + step
        beyond = excess(outside)
    last, latest = (inside, near), (outside, beyond)
    middle = outside
    for turn in range(200):
        # The excess is nearly a line: where the latest two lead to; now and then a plain half.
        middle = _crossing(last, latest)
        if turn % 8 == 7 or not (middle - inside) * (outside - middle) > 0:
            middle = inside + (outside - inside) / 2
        if middle in (inside, outside) or abs(middle - latest[0]) < 1e-15 * (1 + abs(middle)):
            break
        found = excess(middle)
        if abs(found) < _ON_THE_LINE:
            break
        if abs(found * latest[1]) < _ON_THE_LINE:  # the error of the next step is of this size
            return _crossing(latest, (middle, found))
        inside, outside = (inside, middle) if found > 0 else (middle, outside)
        last, latest = latest, (middle, found)
    return middle


def _crossing(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return where a line through two points crosses 0; not a number where it does not."""
    (x, y), (v, w) = one, other
    return v - w * (v - x) / (w - y) if math.isfinite(w - y) and w != y else math.nan
