"""Differences of any estimates that have intervals: MOVER, for two, and for the widest of many."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from auditkit.errors import MetricError
from auditkit.inference import _checks
from auditkit.inference._together import differences, range_quantile
from auditkit.inference.rates import Interval

__all__ = ["family_level", "mover_difference", "widest_difference"]

_NIL = 1e-9
Estimate = tuple[float, float, float]
"""A value, and the ends of its interval."""


def mover_difference(first: Estimate, second: Estimate) -> Interval:
    r"""Return the interval of the difference of two independent estimates, from their intervals.

    .. math:: \left[d - \sqrt{(\hat a - l_a)^2 + (u_b - \hat b)^2},\;
              d + \sqrt{(u_a - \hat a)^2 + (\hat b - l_b)^2}\right]

    Each end takes the variance that its own side has: where intervals are lopsided (areas and
    rates near 1) a symmetric one would not. With Wilson's intervals it is `newcombe`.

    Parameters
    ----------
    first, second : (value, low, high)
        Two estimates and their intervals of one level.

    Returns
    -------
    Interval
        Of first - second; never undefined.

    Raises
    ------
    MetricError
        If a number is not finite, or a value is not within its interval.

    References
    ----------
    .. [1] Zou GY, Donner A (2008). Construction of confidence limits about effect measures: a
       general approach. Statistics in Medicine 27, 1693-1702.

    Examples
    --------
    >>> low, high = mover_difference((0.8, 0.6923, 0.8776), (0.6, 0.4904, 0.7005))
    >>> round(low, 3), round(high, 3)
    (0.053, 0.334)
    """
    for estimate in (first, second):
        _checked(estimate)
    (a, a_low, a_high), (b, b_low, b_high) = first, second
    return Interval(
        a - b - math.hypot(a - a_low, b_high - b), a - b + math.hypot(a_high - a, b - b_low)
    )


def family_level(groups: int, *, level: float = 0.95) -> float:
    r"""Return the level of each group's interval at which those of all pairs hold together.

    .. math:: 2\Phi(q_G / \sqrt 2) - 1

    with q the studentised range of the G groups: `mover_difference` of intervals at that level,
    for every pair, are a family at `level`.

    Parameters
    ----------
    groups : int
        How many groups, 2 or more.
    level : float
        Confidence level for all pairs together.

    Returns
    -------
    float
        `level` for two groups, more for more; below 1.

    Raises
    ------
    MetricError
        With fewer than two groups, or a level out of range.

    References
    ----------
    .. [1] Agresti A, Bini M, Bertaccini B, Ryu E (2008). Simultaneous confidence intervals for
       comparing binomial parameters. Biometrics 64, 1270-1275.

    Examples
    --------
    >>> round(family_level(2), 4), round(family_level(7), 4)
    (0.95, 0.9968)
    """
    if _checks.positive_whole(groups, name="groups") < 2:
        raise MetricError(f"groups is {groups}; a pair needs two")
    _checks.open_proportion(level, name="level")
    return math.erf(range_quantile(groups, level) / 2)


def widest_difference(estimates: Sequence[Estimate]) -> Interval:
    """Return the interval of the widest difference among estimates, from their intervals.

    The largest lower end of all pairs, and the largest upper end. It holds although the pair was
    picked after looking where the intervals are of `family_level`, and more often than that where
    the truths differ.

    Parameters
    ----------
    estimates : sequence of (value, low, high)
        Two or more, at the level of `family_level`.

    Returns
    -------
    Interval
        Of max - min, 0 or more; never undefined.

    Raises
    ------
    MetricError
        With fewer than two estimates, numbers that are not finite, a value outside its interval.

    References
    ----------
    .. [1] Agresti A, Bini M, Bertaccini B, Ryu E (2008). Simultaneous confidence intervals for
       comparing binomial parameters. Biometrics 64, 1270-1275; with MOVER in the place of scores.

    Examples
    --------
    >>> low, high = widest_difference([(0.8, 0.7, 0.88), (0.6, 0.5, 0.7), (0.75, 0.6, 0.85)])
    >>> round(low, 3), round(high, 3)
    (0.059, 0.328)
    """
    if len(estimates) < 2:
        raise MetricError(f"a difference needs two estimates, got {len(estimates)}")
    for estimate in estimates:
        _checked(estimate)
    value, low, high = np.array(estimates, dtype=np.float64).T
    begin, end = differences(value, low, high)
    return Interval(max(0.0, float(begin.max())), float(end.max()))


def _checked(estimate: Estimate) -> None:
    value, low, high = estimate
    if not all(map(math.isfinite, estimate)) or not low - _NIL <= value <= high + _NIL:
        raise MetricError(f"{value!r} is not within its interval, {low!r} to {high!r}")
