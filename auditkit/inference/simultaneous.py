"""Many groups at once: are the rates equal, how wide is the widest gap, and all pairs together."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from auditkit.inference import _checks
from auditkit.inference._scipy import chi_square_p
from auditkit.inference._together import Together


@dataclass(frozen=True, slots=True)
class Widest:
    """The widest gap between any two of many groups, found by `widest_gap` or `widest_ratio`.

    Attributes
    ----------
    value : float or None
        The highest rate minus the lowest, or the lowest divided by the highest.
    low, high : float or None
        Its simultaneous interval: it holds although the pair was picked after looking.
    level : float
        Confidence level.
    highest, lowest : int or None
        Positions of the two groups: the first one on ties, the first and the last of all when
        all rates are equal.
    compared : int
        How many groups have anybody in them.
    left_out : tuple of int
        Positions of the empty groups.
    reason : str or None
        Why there is no value.
    """

    value: float | None
    low: float | None
    high: float | None
    level: float
    highest: int | None
    lowest: int | None
    compared: int
    left_out: tuple[int, ...]
    reason: str | None


def equal_rates(events: Sequence[float], n: Sequence[float]) -> tuple[float, int, float] | None:
    r"""Chi-square test that all groups have the same rate.

    .. math:: \chi^2 = \sum_g \frac{n_g (\hat p_g - \bar p)^2}{\bar p (1 - \bar p)}

    Parameters
    ----------
    events, n : sequence of float
        Events and size of each group; empty groups are left out.

    Returns
    -------
    tuple of (chi2, df, p_value) or None
        None with fewer than two groups, or when nobody or everybody had the event.

    Raises
    ------
    MetricError
        If the lengths differ, or a count is negative, not finite or exceeds its n.

    References
    ----------
    .. [1] Pearson K (1900). On the criterion that a given system of deviations ... is such
       that it can be reasonably supposed to have arisen from random sampling. Philosophical
       Magazine 50, 157-175.

    Examples
    --------
    >>> chi2, df, p = equal_rates([83, 90, 129, 70], [86, 93, 136, 82])
    >>> round(chi2, 2), df, round(p, 4)
    (12.6, 3, 0.0056)
    """
    xs, sizes = _checks.rates(events, n)
    groups = [(x, size) for x, size in zip(xs, sizes, strict=True) if size > 0]
    total, all_events = math.fsum(s for _, s in groups), math.fsum(x for x, _ in groups)
    if len(groups) < 2 or all_events == 0 or all(x == size for x, size in groups):
        return None
    pooled = all_events / total
    spread = pooled * (1 - pooled)
    chi2 = math.fsum(size * (x / size - pooled) ** 2 for x, size in groups) / spread
    df = len(groups) - 1
    return chi2, df, _checks.p_value(chi_square_p(chi2, df))


def widest_gap(events: Sequence[float], n: Sequence[float], *, level: float = 0.95) -> Widest:
    r"""Find the largest difference between any two rates, with an honest interval.

    Every pair gets a `newcombe` interval at :math:`z = q_{G}/\sqrt 2`, with q the
    studentised range of the G groups: then all pairs are covered together, and so is the gap

    .. math:: \max_{i,j} l_{ij} \le \max p - \min p \le \max_{i,j} u_{ij}

    An interval for the two extreme groups alone would ignore that they were picked for being
    extreme.

    Conservative for the gap itself: all pairs together are covered at the level (94.0 to 97.1 % of
    the time at 95 %), the widest alone more often where the groups differ (up to 99.9 %:
    docs/coverage.md).

    Parameters
    ----------
    events, n : sequence of float
        Events and size of each group. Empty groups are left out, and named in the answer.
    level : float
        Confidence level for all pairs together.

    Returns
    -------
    Widest
        Value and interval within [0, 1]. None with a reason for fewer than two groups.

    Raises
    ------
    MetricError
        If the lengths differ, a count is negative, not finite or exceeds its n, or the level
        is out of range.

    References
    ----------
    .. [1] Agresti A, Bini M, Bertaccini B, Ryu E (2008). Simultaneous confidence intervals for
       comparing binomial parameters. Biometrics 64, 1270-1275.

    Examples
    --------
    >>> gap = widest_gap([30, 20, 12], [60, 50, 40])
    >>> round(gap.value, 2), round(gap.low, 3), round(gap.high, 3), (gap.highest, gap.lowest)
    (0.2, 0.0, 0.399, (0, 2))
    """
    rates = Together.of(events, n, level)
    if rates.reason:
        return _nothing(rates, rates.reason)
    low, high = rates.differences()
    value = float(rates.p.max() - rates.p.min())
    return _found(
        rates,
        value,
        min(value, max(0.0, float(low.max()))),
        max(value, min(1.0, float(high.max()))),
    )


def widest_ratio(events: Sequence[float], n: Sequence[float], *, level: float = 0.95) -> Widest:
    r"""Find the smallest ratio between any two rates, with an honest interval.

    As `widest_gap`, with each pair's ratio :math:`\hat p_i / \hat p_j` given the interval
    (MOVER-R) of the two Wilson intervals :math:`(l, u)`:

    .. math:: L = \frac{l_i(2\hat p_i - l_i)}{\hat p_i\hat p_j + \sqrt{\hat p_i^2\hat p_j^2
              - l_i(2\hat p_i - l_i)\,u_j(2\hat p_j - u_j)}},\qquad U_{ij} = 1 / L_{ji}

    Conservative for the ratio itself, as `widest_gap`.

    Parameters
    ----------
    events, n : sequence of float
        Events and size of each group. Empty groups are left out, and named in the answer.
    level : float
        Confidence level for all pairs together.

    Returns
    -------
    Widest
        Lowest rate divided by highest, and its interval, within [0, 1]. None with a reason for
        fewer than two groups, or when no group has an event.

    Raises
    ------
    MetricError
        If the lengths differ, a count is negative, not finite or exceeds its n, or the level
        is out of range.

    References
    ----------
    .. [1] Agresti A, Bini M, Bertaccini B, Ryu E (2008). Simultaneous confidence intervals for
       comparing binomial parameters. Biometrics 64, 1270-1275.
    .. [2] Newcombe RG (2016). MOVER-R confidence intervals for ratios and products of two
       independently estimated quantities. Statistical Methods in Medical Research 25,
       1774-1778.

    Examples
    --------
    >>> found = widest_ratio([30, 20, 12], [60, 50, 40])
    >>> round(found.value, 2), round(found.low, 3), round(found.high, 3)
    (0.6, 0.312, 1.0)
    """
    rates = Together.of(events, n, level)
    reason = rates.reason or ("no group has an event" if rates.p.max() == 0 else None)
    if reason:
        return _nothing(rates, reason)
    ends = rates.ratios()
    value = float(rates.p.min() / rates.p.max())
    biggest_low = float(ends.max())
    high_end = 1.0 if biggest_low <= 0 else min(1.0, 1 / biggest_low)
    return _found(rates, value, min(value, float(ends.min())), max(value, high_end))


@dataclass(frozen=True, slots=True)
class Pair:
    """Two of many groups, compared: one of the answers of `all_differences` or `all_ratios`.

    Attributes
    ----------
    first, second : int
        Positions of the groups.
    value : float or None
        First minus second, or first divided by second; a ratio over 0 is None.
    low, high : float or None
        Its interval, which holds together with those of all other pairs. High is None where a
        ratio has no upper bound.
    """

    first: int
    second: int
    value: float | None
    low: float
    high: float | None


def all_differences(
    events: Sequence[float], n: Sequence[float], *, level: float = 0.95
) -> tuple[Pair, ...]:
    r"""Return the difference of every two rates, with intervals that hold for all at once.

    Each pair gets a `newcombe` interval at :math:`z = q_G/\sqrt 2`, with q the studentised range
    of the G groups. The level is that of the family: the chance that *any* of the intervals
    misses is 1 - level (measured: docs/coverage.md), so that a single one holds more often.

    Parameters
    ----------
    events, n : sequence of float
        Events and size of each group. Empty groups are left out.
    level : float
        Confidence level for all pairs together.

    Returns
    -------
    tuple of Pair
        Within [-1, 1]. Empty with fewer than two groups that have anybody in them.

    Raises
    ------
    MetricError
        If the lengths differ, a count is negative, not finite or exceeds its n, or the level
        is out of range.

    References
    ----------
    .. [1] Agresti A, Bini M, Bertaccini B, Ryu E (2008). Simultaneous confidence intervals for
       comparing binomial parameters. Biometrics 64, 1270-1275.

    Examples
    --------
    >>> for pair in all_differences([30, 20, 12], [60, 50, 40]):
    ...     print(pair.first, pair.second, round(pair.low, 3), round(pair.high, 3))
    0 1 -0.119 0.305
    0 2 -0.035 0.399
    1 2 -0.135 0.314
    """
    rates = Together.of(events, n, level)
    if rates.reason:
        return ()
    low, high = rates.differences()
    return tuple(
        Pair(
            rates.positions[i],
            rates.positions[j],
            float(rates.p[i] - rates.p[j]),
            max(-1.0, float(low[i, j])),
            min(1.0, float(high[i, j])),
        )
        for i, j in itertools.combinations(range(len(rates.p)), 2)
    )


def all_ratios(
    events: Sequence[float], n: Sequence[float], *, level: float = 0.95
) -> tuple[Pair, ...]:
    r"""Return the ratio of every two rates, with intervals that hold for all at once.

    As `all_differences`, each pair with the interval (MOVER-R) of `widest_ratio`.

    Parameters
    ----------
    events, n : sequence of float
        Events and size of each group. Empty groups are left out.
    level : float
        Confidence level for all pairs together.

    Returns
    -------
    tuple of Pair
        0 or more; the value is None where the second group has no event, the high end where
        there is no upper bound. Empty with fewer than two groups that have anybody in them.

    Raises
    ------
    MetricError
        If the lengths differ, a count is negative, not finite or exceeds its n, or the level
        is out of range.

    References
    ----------
    .. [1] Newcombe RG (2016). MOVER-R confidence intervals for ratios and products of two
       independently estimated quantities. Statistical Methods in Medical Research 25,
       1774-1778.

    Examples
    --------
    >>> pair = all_ratios([30, 20, 12], [60, 50, 40])[1]
    >>> pair.first, pair.second, round(pair.value, 2), round(pair.low, 2), round(pair.high, 2)
    (0, 2, 1.67, 0.92, 3.21)
    >>> all_ratios([3, 0], [10, 10])[0].high is None
    True
    """
    rates = Together.of(events, n, level)
    if rates.reason:
        return ()
    ends, p = rates.ratios(), rates.p
    return tuple(
        Pair(
            rates.positions[i],
            rates.positions[j],
            float(p[i] / p[j]) if p[j] > 0 else None,
            float(ends[i, j]),
            1 / float(ends[j, i]) if ends[j, i] > 0 else None,
        )
        for i, j in itertools.combinations(range(len(p)), 2)
    )


def _nothing(rates: Together, reason: str) -> Widest:
    compared = len(rates.positions)
    return Widest(None, None, None, rates.level, None, None, compared, rates.left_out, reason)


def _found(rates: Together, value: float, low: float, high: float) -> Widest:
    p, positions = rates.p, rates.positions
    highest = positions[int(p.argmax())]
    lowest = positions[int(p.argmin()) if p.min() < p.max() else -1]
    return Widest(
        value, low, high, rates.level, highest, lowest, len(positions), rates.left_out, None
    )
