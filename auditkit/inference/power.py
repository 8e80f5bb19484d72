"""Power: what a comparison of this size could have seen."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from auditkit.errors import MetricError
from auditkit.inference import _checks

_GRID = np.arange(1, 401) / 400  # steps of the look for the smallest difference
_HALVINGS = 45  # of the first step that has the power: down to the last digits


@dataclass(frozen=True, slots=True)
class Detectable:
    """What `detectable_difference` found.

    Attributes
    ----------
    below, above : float or None
        The smallest difference from the base rate, in rate points and positive, that would be
        found with the power asked for: downwards and upwards. None where not even a rate of 0
        (or 1) would be.
    base_rate, power, level : float
        As asked.
    reason : str or None
        Why one or both are None.
    """

    below: float | None
    above: float | None
    base_rate: float
    power: float
    level: float
    reason: str | None


def power_of_difference(
    rate_a: float, n_a: float, rate_b: float, n_b: float, *, level: float = 0.95
) -> float | None:
    r"""Probability that `pooled_z` finds this difference significant.

    .. math:: \Phi\left(\frac{|d| - z\,\sigma_0}{\sigma_1}\right),\quad
       \sigma_0^2 = \bar p(1-\bar p)\left(\tfrac1{n_a}+\tfrac1{n_b}\right),\quad
       \sigma_1^2 = \frac{p_a(1-p_a)}{n_a} + \frac{p_b(1-p_b)}{n_b}

    The chance of finding the *opposite* difference is left out, as in R's power.prop.test.

    Parameters
    ----------
    rate_a, n_a : float
        True rate, from 0 to 1, and size of group a.
    rate_b, n_b : float
        True rate and size of group b.
    level : float
        Confidence level of the two-sided test.

    Returns
    -------
    float or None
        From 0 to 1. None when a group is empty or the rates are equal: nothing to find.

    Raises
    ------
    MetricError
        If an argument is out of range.

    References
    ----------
    .. [1] Fleiss JL, Levin B, Paik MC (2003). Statistical Methods for Rates and Proportions,
       3rd ed., chapter 4. Wiley.

    Examples
    --------
    >>> round(power_of_difference(0.5, 50, 0.75, 50), 3)
    0.74
    """
    p_a, p_b = _checks.proportion(rate_a, name="rate_a"), _checks.proportion(rate_b, name="rate_b")
    m, n = _checks.count(n_a, name="n_a"), _checks.count(n_b, name="n_b")
    z = _checks.normal_quantile(_checks.open_proportion(level, name="level"))
    if m == 0 or n == 0 or p_a == p_b:
        return None
    return _power(p_a, m, p_b, n, z)


def detectable_difference(
    n_a: float, n_b: float, base_rate: float, *, power: float = 0.8, level: float = 0.95
) -> Detectable:
    r"""Find the smallest difference that groups of these sizes would show.

    The smallest d at which `power_of_difference` of ``base_rate - d`` (or ``+ d``) in group a
    against ``base_rate`` in group b reaches `power`. A gap that was *not* found says nothing
    about differences smaller than this.

    Parameters
    ----------
    n_a, n_b : float
        Sizes of the two groups; the base rate is that of b.
    base_rate : float
        From 0 to 1.
    power : float
        Probability of finding the difference, strictly between 0 and 1.
    level : float
        Confidence level of the two-sided test.

    Returns
    -------
    Detectable
        None, with a reason, in a direction in which no difference would be found.

    Raises
    ------
    MetricError
        If an argument is out of range.

    References
    ----------
    .. [1] Fleiss JL, Levin B, Paik MC (2003). Statistical Methods for Rates and Proportions,
       3rd ed., chapter 4. Wiley.

    Examples
    --------
    >>> found = detectable_difference(50, 50, 0.5, power=0.9)
    >>> round(found.above, 4), round(found.below, 4)
    (0.3026, 0.3026)
    """
    m, n = _checks.count(n_a, name="n_a"), _checks.count(n_b, name="n_b")
    base = _checks.proportion(base_rate, name="base_rate")
    wanted = _checks.open_proportion(power, name="power")
    z = _checks.normal_quantile(_checks.open_proportion(level, name="level"))
    reach = _checks.normal_point(wanted)
    if m == 0 or n == 0:
        return Detectable(None, None, base, wanted, level, "a group is empty")
    below = _smallest(base, -base, m, n, z, reach)
    above = _smallest(base, 1 - base, m, n, z, reach)
    missing = [words for found, words in ((below, "below"), (above, "above")) if found is None]
    reason = (
        f"no difference {' or '.join(missing)} the base rate would be found" if missing else None
    )
    return Detectable(below, above, base, wanted, level, reason)


def sample_size(
    rate_a: float,
    rate_b: float,
    *,
    ratio: float = 1.0,
    power: float = 0.8,
    level: float = 0.95,
) -> tuple[int, int] | None:
    r"""How many persons each group needs for this difference to be found.

    .. math:: n_a = \frac{\left(z_{1-\alpha/2}\sqrt{\bar p(1-\bar p)(1 + 1/r)} +
       z_\beta\sqrt{p_a(1-p_a) + p_b(1-p_b)/r}\right)^2}{(p_a - p_b)^2},\quad n_b = r\,n_a

    Parameters
    ----------
    rate_a, rate_b : float
        True rates, from 0 to 1.
    ratio : float
        Size of b for each person of a, above 0.
    power : float
        Probability of finding the difference, strictly between 0 and 1.
    level : float
        Confidence level of the two-sided test.

    Returns
    -------
    tuple of (n_a, n_b) or None
        Rounded up. None when the rates are equal: no number is enough.

    Raises
    ------
    MetricError
        If an argument is out of range.

    References
    ----------
    .. [1] Fleiss JL, Levin B, Paik MC (2003). Statistical Methods for Rates and Proportions,
       3rd ed., chapter 4. Wiley.

    Examples
    --------
    >>> sample_size(0.5, 0.75, power=0.9)
    (77, 77)
    """
    p_a, p_b = _checks.proportion(rate_a, name="rate_a"), _checks.proportion(rate_b, name="rate_b")
    share = _checks.number(ratio, name="ratio")
    if share <= 0:
        raise MetricError(f"ratio must be above 0, got {ratio!r}")
    z = _checks.normal_quantile(_checks.open_proportion(level, name="level"))
    z_power = _checks.normal_point(_checks.open_proportion(power, name="power"))
    if p_a == p_b:
        return None
    pooled = (p_a + share * p_b) / (1 + share)
    null = z * math.sqrt(pooled * (1 - pooled) * (1 + 1 / share))
    alternative = z_power * math.sqrt(p_a * (1 - p_a) + p_b * (1 - p_b) / share)
    n_a = max(0.0, null + alternative) ** 2 / (p_a - p_b) ** 2
    return max(1, _up(n_a)), max(1, _up(n_a * share))


def _up(n: float) -> int:
    """Round up, forgiving the last digits of a float."""
    return math.ceil(n * (1 - 1e-12))


def _power(p_a: float, m: float, p_b: float, n: float, z: float) -> float:
    pooled = (m * p_a + n * p_b) / (m + n)
    null = math.sqrt(pooled * (1 - pooled) * (1 / m + 1 / n))
    actual = math.sqrt(p_a * (1 - p_a) / m + p_b * (1 - p_b) / n)
    margin = abs(p_a - p_b) - z * null
    if actual == 0:
        return 1.0 if margin >= 0 else 0.0
    return _checks.normal_cdf(margin / actual)


def _smallest(base: float, room: float, m: float, n: float, z: float, reach: float) -> float | None:
    """Return the smallest step from `base` within `room` that has the power, as a distance."""

    def lead(share: Any, root: Callable[[Any], Any]) -> Any:
        """By how much the gap is larger than what the power asks for."""
        rate = base + share * room
        pooled = (m * rate + n * base) / (m + n)
        null = root(pooled * (1 - pooled) * (1 / m + 1 / n))
        actual = root(rate * (1 - rate) / m + base * (1 - base) / n)
        return abs(share * room) - z * null - reach * actual

    if room == 0:
        return None
    found = np.flatnonzero(lead(_GRID, np.sqrt) >= 0)
    if not len(found):
        return None
    first = int(found[0])
    low, high = float(_GRID[first - 1]) if first else 0.0, float(_GRID[first])
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if lead(middle, math.sqrt) >= 0 else (middle, high)
    return abs(high * room)
