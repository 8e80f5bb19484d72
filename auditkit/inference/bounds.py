"""Bounds: what a rate, a difference or a ratio could be, whatever the missing values are.

Not confidence intervals: nothing is estimated. Each end is reached by some way of filling in
what is missing, and nothing outside is reached by any (the bounds are *sharp*).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from auditkit.inference import _checks


class Bounds(NamedTuple):
    """The range of a value over all ways of filling in what is missing.

    Attributes
    ----------
    low : float
        The smallest value possible.
    high : float or None
        The largest. None means *no upper bound*: a ratio whose denominator may be zero.

    Examples
    --------
    >>> Bounds(0.1, 0.4).high
    0.4
    """

    low: float
    high: float | None


@dataclass(frozen=True, slots=True)
class UnknownGroupBounds:
    """What `unknown_group_bounds` found.

    Attributes
    ----------
    difference : Bounds or None
        Range of rate a minus rate b. None when a group could be empty.
    ratio : Bounds or None
        Range of rate a divided by rate b. None as above, or if nobody had the event.
    """

    difference: Bounds | None
    ratio: Bounds | None


def rate_bounds(events: float, n: float, *, missing: float) -> Bounds | None:
    r"""Range of a rate when the labels of `missing` more persons are not known.

    .. math:: \left[\frac{x}{n + k},\ \frac{x + k}{n + k}\right]

    Parameters
    ----------
    events, n : float
        Events and persons among those whose label is known.
    missing : float
        Further persons of the group whose label is not.

    Returns
    -------
    Bounds or None
        Within [0, 1]. None when the group is empty.

    Raises
    ------
    MetricError
        If a count is negative or not finite, or ``events > n``.

    References
    ----------
    .. [1] Manski CF (2003). Partial Identification of Probability Distributions. Springer.

    Examples
    --------
    >>> rate_bounds(2, 8, missing=2)
    Bounds(low=0.2, high=0.4)
    """
    x, size = _checks.rate_counts(events, n)
    k = _checks.count(missing, name="missing")
    if size + k == 0:
        return None
    return Bounds(x / (size + k), (x + k) / (size + k))


def difference_bounds(
    events_a: float, n_a: float, events_b: float, n_b: float, *, missing_a: float, missing_b: float
) -> Bounds | None:
    r"""Range of the difference of two rates, a - b, when labels are missing in each.

    .. math:: [l_a - u_b,\ u_a - l_b]

    with :math:`(l, u)` the `rate_bounds` of each.

    Parameters
    ----------
    events_a, n_a : float
        Events and persons of group a among those whose label is known.
    events_b, n_b : float
        The same for group b.
    missing_a, missing_b : float
        Further persons of each group whose label is not known.

    Returns
    -------
    Bounds or None
        Within [-1, 1]. None when a group is empty.

    Raises
    ------
    MetricError
        If a count is negative, not finite or exceeds its n.

    References
    ----------
    .. [1] Manski CF (2003). Partial Identification of Probability Distributions. Springer.

    Examples
    --------
    >>> low, high = difference_bounds(2, 8, 5, 10, missing_a=2, missing_b=0)
    >>> round(low, 2), round(high, 2)
    (-0.3, -0.1)
    """
    found = _both(events_a, n_a, events_b, n_b, missing_a, missing_b)
    if found is None:
        return None
    (low_a, high_a), (low_b, high_b) = found
    return Bounds(low_a - high_b, high_a - low_b)


def ratio_bounds(
    events_a: float, n_a: float, events_b: float, n_b: float, *, missing_a: float, missing_b: float
) -> Bounds | None:
    r"""Range of the ratio of two rates, a / b, when labels are missing in each.

    .. math:: [l_a / u_b,\ u_a / l_b]

    with :math:`(l, u)` the `rate_bounds` of each.

    Parameters
    ----------
    events_a, n_a : float
        Events and persons of group a among those whose label is known.
    events_b, n_b : float
        The same for group b.
    missing_a, missing_b : float
        Further persons of each group whose label is not known.

    Returns
    -------
    Bounds or None
        High is None, *no upper bound*, when b's rate may be 0. None when a group is empty, or
        b's rate is 0 however the labels are filled in.

    Raises
    ------
    MetricError
        If a count is negative, not finite or exceeds its n.

    References
    ----------
    .. [1] Manski CF (2003). Partial Identification of Probability Distributions. Springer.

    Examples
    --------
    >>> ratio_bounds(2, 8, 5, 10, missing_a=2, missing_b=0)
    Bounds(low=0.4, high=0.8)
    """
    found = _both(events_a, n_a, events_b, n_b, missing_a, missing_b)
    if found is None:
        return None
    (low_a, high_a), (low_b, high_b) = found
    if high_b == 0:
        return None
    return Bounds(low_a / high_b, high_a / low_b if low_b > 0 else None)


def unknown_group_bounds(
    events_a: float,
    n_a: float,
    events_b: float,
    n_b: float,
    *,
    events_unknown: float,
    n_unknown: float,
) -> UnknownGroupBounds:
    r"""Range of a - b and a / b when some persons' group is not known, but their label is.

    Rate a is lowest against rate b when all unknown persons without the event are of group a
    and all with it are of group b, and highest the other way round:

    .. math:: \frac{x_a}{n_a + y_u} - \frac{x_b + x_u}{n_b + x_u} \;\le\; p_a - p_b \;\le\;
              \frac{x_a + x_u}{n_a + x_u} - \frac{x_b}{n_b + y_u}

    with x_u of the unknown having the event and y_u not. Persons who may be of a third group do
    not widen the range.

    Parameters
    ----------
    events_a, n_a : float
        Events and persons known to be of group a.
    events_b, n_b : float
        Events and persons known to be of group b.
    events_unknown, n_unknown : float
        Events and persons whose group is not known.

    Returns
    -------
    UnknownGroupBounds
        Its parts are None when a known group is empty.

    Raises
    ------
    MetricError
        If a count is negative, not finite or exceeds its n.

    References
    ----------
    .. [1] Kallus N, Mao X, Zhou A (2022). Assessing algorithmic fairness with unobserved
       protected class using data combination. Management Science 68, 1959-1981.

    Examples
    --------
    >>> found = unknown_group_bounds(4, 10, 5, 10, events_unknown=1, n_unknown=2)
    >>> [round(end, 3) for end in found.difference]
    [-0.182, 0.0]
    """
    a, m, b, n = _checks.two_rates(events_a, n_a, events_b, n_b)
    x, size = _checks.rate_counts(events_unknown, n_unknown, names=("events_unknown", "n_unknown"))
    if m == 0 or n == 0:
        return UnknownGroupBounds(None, None)
    others = size - x
    low_a, high_a = a / (m + others), (a + x) / (m + x)
    low_b, high_b = b / (n + others), (b + x) / (n + x)
    ratio = None
    if high_b > 0:
        ratio = Bounds(low_a / high_b, high_a / low_b if low_b > 0 else None)
    return UnknownGroupBounds(Bounds(low_a - high_b, high_a - low_b), ratio)


class Unknown(NamedTuple):
    """People of whom something is not known, and who could be of a group.

    Attributes
    ----------
    label : float
        Of the group; their label is not known.
    with_event, without_event : float
        Their label is known; their group is not, and could be this one.
    neither : float
        Neither is known; they could be of this group, and not of the other one.

    Examples
    --------
    >>> Unknown(label=2, with_event=1).without_event
    0.0
    """

    label: float = 0.0
    with_event: float = 0.0
    without_event: float = 0.0
    neither: float = 0.0


def missing_bounds(
    events_a: float,
    n_a: float,
    events_b: float,
    n_b: float,
    *,
    unknown_a: Unknown,
    unknown_b: Unknown,
    neither: float = 0.0,
) -> UnknownGroupBounds:
    r"""Range of a - b and a / b when labels, groups, or both are missing.

    Rate a is lowest and rate b highest when the unknown labels of a are no events and those of b
    are, and people of unknown group are of a where they had no event and of b where they had. Of
    the k people who could be of either group and whose label is not known, j are then of a
    without the event and k - j of b with it; the bound is the extreme over j:

    .. math:: \min_{0 \le j \le k} \left(\frac{x_a}{n_a + u_a + j} -
       \frac{x_b + u_b + k - j}{n_b + u_b + k - j}\right)

    where :math:`u_a` are those who can lower a, and :math:`u_b` those who can raise b.

    Parameters
    ----------
    events_a, n_a : float
        Events and persons of group a of whom both are known.
    events_b, n_b : float
        The same for group b.
    unknown_a, unknown_b : Unknown
        Who else is, or could be, of a and of b. People with a known label and an unknown group
        who could be of either stand in both.
    neither : float
        People of whom neither is known, and who could be of a or of b.

    Returns
    -------
    UnknownGroupBounds
        Sharp. Its parts are None when a known group is empty.

    Raises
    ------
    MetricError
        If a count is negative, not finite or exceeds its n.

    References
    ----------
    .. [1] Manski CF (2003). Partial Identification of Probability Distributions. Springer.
    .. [2] Horowitz JL, Manski CF (2000). Nonparametric analysis of randomized experiments with
       missing covariate and outcome data. JASA 95, 77-84.

    Examples
    --------
    >>> found = missing_bounds(2, 8, 5, 10, unknown_a=Unknown(label=2), unknown_b=Unknown())
    >>> [round(end, 2) for end in found.difference]
    [-0.3, -0.1]
    """
    a, m, b, n = _checks.two_rates(events_a, n_a, events_b, n_b)
    k = _checks.count(neither, name="neither")
    for side, name in ((unknown_a, "unknown_a"), (unknown_b, "unknown_b")):
        for part, value in zip(Unknown._fields, side, strict=True):
            _checks.count(value, name=f"{name}.{part}")
    if m == 0 or n == 0:
        return UnknownGroupBounds(None, None)
    low_difference, low_ratio = _lowest((a, m, unknown_a), (b, n, unknown_b), k)
    high_difference, inverse = _lowest((b, n, unknown_b), (a, m, unknown_a), k)
    ratio = None
    if low_ratio is not None:
        high = 1 / inverse if inverse else None
        if inverse is None and b > 0:  # a can have no event, and b has some
            high = 0.0
        ratio = Bounds(low_ratio, high)
    return UnknownGroupBounds(Bounds(low_difference, -high_difference), ratio)


def _lowest(
    lower: tuple[float, float, Unknown], upper: tuple[float, float, Unknown], k: float
) -> tuple[float, float | None]:
    """Return the lowest difference and ratio: the first rate low, the second high.

    The ratio is None where the second rate is 0 whatever the unknown are.
    """
    x, n, unknown = lower
    n += unknown.label + unknown.without_event + unknown.neither
    y, m, unknown = upper
    more = unknown.label + unknown.with_event + unknown.neither
    y, m = y + more, m + more

    def difference(j: float) -> float:
        return x / (n + j) - (y + k - j) / (m + k - j)

    def ratio(j: float) -> float:
        high = (y + k - j) / (m + k - j)
        return x / (n + j) / high if high > 0 else math.inf

    return _smallest(difference, k), _smallest(ratio, k) if y + k > 0 else None


def _smallest(function: Callable[[float], float], until: float) -> float:
    """Return the smallest value, from 0 to `until`, of a function that falls and then rises."""
    low, high = 0.0, until
    while high - low > 1e-9 * max(1.0, until):
        third = (high - low) / 3
        if function(low + third) <= function(high - third):
            high -= third
        else:
            low += third
    return min(function(0.0), function(until), function((low + high) / 2))


def _both(
    events_a: float, n_a: float, events_b: float, n_b: float, missing_a: float, missing_b: float
) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Return (low, high) of each group's rate, or None when a group is empty."""
    a, m, b, n = _checks.two_rates(events_a, n_a, events_b, n_b)
    i = _checks.count(missing_a, name="missing_a")
    j = _checks.count(missing_b, name="missing_b")
    if m + i == 0 or n + j == 0:
        return None
    return (a / (m + i), (a + i) / (m + i)), (b / (n + j), (b + j) / (n + j))
