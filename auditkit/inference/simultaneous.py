"""Many groups at once: are the rates equal, and how wide is the widest gap."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from auditkit.inference import _checks
from auditkit.inference._scipy import chi_square_p, special
from auditkit.inference.rates import wilson

Array = NDArray[np.float64]


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
    rates = _Rates.of(events, n, level)
    if rates.reason:
        return rates.nothing()
    p, low, high = rates.p, rates.low, rates.high
    differences = p[:, None] - p[None, :]
    down = np.hypot((p - low)[:, None], (high - p)[None, :])
    up = np.hypot((high - p)[:, None], (p - low)[None, :])
    for matrix in (down, up):  # nobody is compared with themselves
        np.fill_diagonal(matrix, 0.0)
    value = float(p.max() - p.min())
    lowest_possible = min(value, max(0.0, float((differences - down).max())))
    return rates.found(
        value, lowest_possible, max(value, min(1.0, float((differences + up).max())))
    )


def widest_ratio(events: Sequence[float], n: Sequence[float], *, level: float = 0.95) -> Widest:
    r"""Find the smallest ratio between any two rates, with an honest interval.

    As `widest_gap`, with each pair's ratio :math:`\hat p_i / \hat p_j` given the interval
    (MOVER-R) of the two Wilson intervals :math:`(l, u)`:

    .. math:: L = \frac{l_i(2\hat p_i - l_i)}{\hat p_i\hat p_j + \sqrt{\hat p_i^2\hat p_j^2
              - l_i(2\hat p_i - l_i)\,u_j(2\hat p_j - u_j)}},\qquad U_{ij} = 1 / L_{ji}

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
    rates = _Rates.of(events, n, level)
    if not rates.reason and rates.p.max() == 0:
        rates = rates.without("no group has an event")
    if rates.reason:
        return rates.nothing()
    p, low, high = rates.p, rates.low, rates.high
    squares = np.outer(p, p)
    below, above = low * (2 * p - low), high * (2 * p - high)
    root = np.sqrt(np.maximum(0.0, squares**2 - np.outer(below, above)))
    # A group without events has a lower end of 0 against any other.
    bottom = squares + root
    ends = np.divide(below[:, None], bottom, out=np.zeros_like(bottom), where=bottom > 0)
    np.fill_diagonal(ends, 1.0)  # nobody is compared with themselves
    value = float(p.min() / p.max())
    biggest_low = float(ends.max())
    high_end = 1.0 if biggest_low <= 0 else min(1.0, 1 / biggest_low)
    return rates.found(value, min(value, float(ends.min())), max(value, high_end))


@dataclass(frozen=True, slots=True)
class _Rates:
    """The rates of the groups that have anybody, with Wilson intervals wide enough for all."""

    p: Array
    low: Array
    high: Array
    level: float
    positions: tuple[int, ...]
    left_out: tuple[int, ...]
    reason: str | None

    @classmethod
    def of(cls, events: Sequence[float], n: Sequence[float], level: float) -> _Rates:
        xs, sizes = _checks.rates(events, n)
        _checks.open_proportion(level, name="level")
        positions = tuple(i for i, size in enumerate(sizes) if size > 0)
        left_out = tuple(i for i, size in enumerate(sizes) if size == 0)
        none = np.zeros(0)
        if len(positions) < 2:
            reason = f"a gap needs two groups with somebody in them, got {len(positions)}"
            return cls(none, none, none, level, positions, left_out, reason)
        wide = math.erf(_range_quantile(len(positions), level) / 2)
        ends = np.array([wilson(xs[i], sizes[i], level=wide) for i in positions], dtype=np.float64)
        p = np.array([xs[i] / sizes[i] for i in positions])
        return cls(p, ends[:, 0], ends[:, 1], level, positions, left_out, None)

    def without(self, reason: str) -> _Rates:
        return _Rates(
            self.p, self.low, self.high, self.level, self.positions, self.left_out, reason
        )

    def nothing(self) -> Widest:
        compared = len(self.positions)
        return Widest(
            None, None, None, self.level, None, None, compared, self.left_out, self.reason
        )

    def found(self, value: float, low: float, high: float) -> Widest:
        highest = self.positions[int(self.p.argmax())]
        lowest = self.positions[int(self.p.argmin()) if self.p.min() < self.p.max() else -1]
        compared = len(self.positions)
        return Widest(value, low, high, self.level, highest, lowest, compared, self.left_out, None)


def _range_quantile(groups: int, level: float) -> float:
    """Return the studentised range quantile for many degrees of freedom.

    P(range <= q) = G * integral of phi(z) (Phi(z) - Phi(z - q))^(G-1) dz; for two groups it
    is the square root of two times the normal quantile.
    """
    if groups == 2:
        return math.sqrt(2) * _checks.normal_quantile(level)
    z = np.linspace(-9.0, 14.0, 2301)
    density = np.exp(-z * z / 2) / math.sqrt(2 * math.pi) * (z[1] - z[0])
    ndtr = special().ndtr
    upper = ndtr(z)

    def covered(q: float) -> float:
        return float(groups * (density * (upper - ndtr(z - q)) ** (groups - 1)).sum())

    low, high = 0.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if covered(middle) < level else (low, middle)
    return high
