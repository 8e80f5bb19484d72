"""Whether a gap between two groups has changed from one sample to another."""

from __future__ import annotations

import math
from dataclasses import dataclass

from auditkit.inference import _checks
from auditkit.inference.contrasts import newcombe


@dataclass(frozen=True)
class Change:
    """How a gap has changed, with its interval.

    Attributes
    ----------
    value : float or None
        New minus old for a difference, new / old for a ratio; None when undefined.
    low, high : float or None
        The interval.
    p_value : float or None
        Of the hypothesis that the gap has not changed, two-sided.
    reason : str or None
        Why there is no value.
    """

    value: float | None
    low: float | None
    high: float | None
    p_value: float | None
    reason: str | None = None


Pairs = tuple[float, float, float, float]


def change_of_difference(old: Pairs, new: Pairs, *, level: float = 0.95) -> Change:
    r"""Change of a difference of two rates between two independent samples.

    With :math:`d_i = \hat p_{a,i} - \hat p_{b,i}` and Newcombe's interval :math:`(l_i, u_i)` of
    each, the interval of :math:`d_2 - d_1` is (MOVER)

    .. math:: \left[d_2 - d_1 - \sqrt{(d_2 - l_2)^2 + (u_1 - d_1)^2},\;
              d_2 - d_1 + \sqrt{(u_2 - d_2)^2 + (d_1 - l_1)^2}\right]

    and the test is :math:`z = (d_2 - d_1) / \sqrt{v_1 + v_2}` with the unpooled variances.

    Parameters
    ----------
    old, new : tuple of (events_a, n_a, events_b, n_b)
        The two groups in the first and in the second sample; no person is in both samples.
    level : float
        Confidence level, strictly between 0 and 1.

    Returns
    -------
    Change
        In [-2, 2]; undefined where a group is empty. No p-value where all rates are 0 or 1.

    Raises
    ------
    MetricError
        If a count is negative, not finite or exceeds its n, or the level is out of range.

    References
    ----------
    .. [1] Zou GY, Donner A (2008). Construction of confidence limits about effect measures: a
       general approach. Statistics in Medicine 27, 1693-1702.

    Examples
    --------
    >>> change = change_of_difference((48, 100, 60, 100), (30, 100, 60, 100))
    >>> round(change.value, 2), round(change.p_value, 3)
    (-0.18, 0.063)
    """
    first, second = _checks.two_rates(*old), _checks.two_rates(*new)
    then, now = newcombe(*first, level=level), newcombe(*second, level=level)
    if then is None or now is None:
        return Change(None, None, None, None, "a group is empty")
    (low_1, high_1), (low_2, high_2) = then, now
    assert high_1 is not None  # a difference has both ends
    assert high_2 is not None
    d_1, d_2 = _difference(first), _difference(second)
    spread = _variance(first) + _variance(second)
    return Change(
        value=d_2 - d_1,
        low=max(-2.0, d_2 - d_1 - math.hypot(d_2 - low_2, high_1 - d_1)),
        high=min(2.0, d_2 - d_1 + math.hypot(high_2 - d_2, d_1 - low_1)),
        p_value=_checks.two_sided_p((d_2 - d_1) / math.sqrt(spread)) if spread > 0 else None,
    )


def change_of_ratio(old: Pairs, new: Pairs, *, level: float = 0.95) -> Change:
    r"""Change of a ratio of two rates between two independent samples: the ratio of the ratios.

    .. math:: \frac{R_2}{R_1}\exp\left(\pm z\sqrt{v_1 + v_2}\right),\quad
              R_i = \frac{\hat p_{a,i}}{\hat p_{b,i}},\quad
              v_i = \frac{1}{x_a} - \frac{1}{n_a} + \frac{1}{x_b} - \frac{1}{n_b}

    and the test is :math:`z = \ln(R_2 / R_1) / \sqrt{v_1 + v_2}`.

    Parameters
    ----------
    old, new : tuple of (events_a, n_a, events_b, n_b)
        The two groups in the first and in the second sample; no person is in both samples.
    level : float
        Confidence level, strictly between 0 and 1.

    Returns
    -------
    Change
        Above 0, 1 where nothing has changed; undefined where a group is empty or has no event.
        No interval and no p-value where all rates are 1.

    Raises
    ------
    MetricError
        If a count is negative, not finite or exceeds its n, or the level is out of range.

    References
    ----------
    .. [1] Altman DG, Bland JM (2003). Interaction revisited: the difference between two
       estimates. BMJ 326, 219.

    Examples
    --------
    >>> change = change_of_ratio((48, 100, 60, 100), (30, 100, 60, 100))
    >>> round(change.value, 3), round(change.p_value, 3)
    (0.625, 0.031)
    """
    z = _checks.normal_quantile(_checks.open_proportion(level, name="level"))
    first, second = _checks.two_rates(*old), _checks.two_rates(*new)
    if 0 in (first[1], first[3], second[1], second[3]):
        return Change(None, None, None, None, "a group is empty")
    if 0 in (first[0], first[2], second[0], second[2]):
        return Change(None, None, None, None, "a group has no event")
    log = math.log(_ratio(second)) - math.log(_ratio(first))
    spread = math.sqrt(_log_variance(first) + _log_variance(second))
    if spread == 0:
        return Change(math.exp(log), None, None, None)
    return Change(
        value=math.exp(log),
        low=math.exp(log - z * spread),
        high=math.exp(log + z * spread),
        p_value=_checks.two_sided_p(log / spread),
    )


def _difference(pairs: Pairs) -> float:
    a, m, b, n = pairs
    return a / m - b / n


def _ratio(pairs: Pairs) -> float:
    a, m, b, n = pairs
    return (a / m) / (b / n)


def _variance(pairs: Pairs) -> float:
    a, m, b, n = pairs
    return a / m * (1 - a / m) / m + b / n * (1 - b / n) / n


def _log_variance(pairs: Pairs) -> float:
    a, m, b, n = pairs
    return max(0.0, 1 / a - 1 / m) + max(0.0, 1 / b - 1 / n)
