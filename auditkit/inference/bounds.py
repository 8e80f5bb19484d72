"""Bounds: what a rate, a difference or a ratio could be, whatever the missing values are.

Not confidence intervals: nothing is estimated. Each end is reached by some way of filling in
what is missing, and nothing outside is reached by any (the bounds are *sharp*).
"""

from __future__ import annotations

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
