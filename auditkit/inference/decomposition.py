"""A gap split in two: different strata (composition), and different rates in them (treatment)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from auditkit.errors import MetricError
from auditkit.inference import _checks

Table = tuple[float, float, float, float]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Effect:
    """A part of a gap with its interval.

    Attributes
    ----------
    value, se : float
        In rate points from -1 to 1, and its standard error (delta method).
    low, high : float
        ``value`` plus and minus z standard errors.
    p_value : float or None
        Of the part being 0, two-sided. None where nothing varies.
    """

    value: float
    se: float
    low: float
    high: float
    p_value: float | None


@dataclass(frozen=True, slots=True)
class StratumEffect:
    """One stratum's contribution.

    Attributes
    ----------
    share_a, share_b : float
        Share of all of a, and of all of b, who are in this stratum.
    rate_a, rate_b : float or None
        Rates in the stratum; None where a group has nobody.
    composition, treatment : Effect or None
        What it adds to the two parts. None where a group has nobody.
    """

    share_a: float
    share_b: float
    rate_a: float | None
    rate_b: float | None
    composition: Effect | None
    treatment: Effect | None


@dataclass(frozen=True, slots=True)
class Kitagawa:
    """What `kitagawa` found.

    Attributes
    ----------
    gap : Effect or None
        Rate of a minus rate of b, all strata together: the sum of the next three.
    composition : Effect or None
        What follows from a and b being in different strata.
    treatment : Effect or None
        What follows from different rates in the same stratum.
    unmatched : Effect or None
        What follows from people in strata where the other group has nobody.
    composition_at_a, composition_at_b : float or None
        The composition part with the rates of a, or of b, in place of their average.
    treatment_at_a, treatment_at_b : float or None
        The treatment part with the shares of a, or of b. ``composition_at_a + treatment_at_b``
        and ``composition_at_b + treatment_at_a`` both are the matched gap.
    strata : tuple of StratumEffect
        In the order given.
    alone : tuple of int
        Positions of the strata in which one group has nobody and the other somebody.
    reason : str or None
        Why there is no split.
    """

    gap: Effect | None
    composition: Effect | None
    treatment: Effect | None
    unmatched: Effect | None
    composition_at_a: float | None
    composition_at_b: float | None
    treatment_at_a: float | None
    treatment_at_b: float | None
    strata: tuple[StratumEffect, ...]
    alone: tuple[int, ...]
    reason: str | None


@dataclass(frozen=True, eq=False)
class _Side:
    """One group: sums of weights, and of their squares, by stratum and outcome (no, yes)."""

    w: Floats
    w2: Floats

    @cached_property
    def n(self) -> Floats:
        return np.asarray(self.w.sum(axis=1))

    @cached_property
    def total(self) -> float:
        return float(self.w.sum())

    @cached_property
    def rate(self) -> float:
        return float(self.w[:, 1].sum()) / self.total

    def where(self, kept: NDArray[np.bool_]) -> _Side:
        return _Side(self.w[kept], self.w2[kept])


def kitagawa(
    tables: Sequence[Table],
    *,
    squares: Sequence[Table] | None = None,
    level: float = 0.95,
    by_stratum: bool = True,
) -> Kitagawa:
    r"""Split the gap of two rates into composition and treatment, over strata.

    With :math:`s` the share of a group's people in a stratum and :math:`r` its rate there,

    .. math:: p_a - p_b = \underbrace{\sum_s (s_{as} - s_{bs})\,\frac{r_{as} + r_{bs}}{2}}
       _{\text{composition}} + \underbrace{\sum_s (r_{as} - r_{bs})\,\frac{s_{as} + s_{bs}}{2}}
       _{\text{treatment}}

    the symmetric form, which weighs with the average of both groups [1]_. The two one-sided
    forms take the rates of one group and the shares of the other; they are the Oaxaca-Blinder
    split [2]_ of a linear model with one indicator a stratum. A stratum's own composition is
    taken around the mean rate, :math:`(s_a - s_b)(\bar r_s - \bar p)`, which leaves the sum as it
    is: positive where a is oftener found in strata with high rates.

    Strata in which a group has nobody have no second rate. They are left out of both parts, and
    what they do to the gap is the third part, `unmatched` [3]_: the group's rate minus its rate
    in the shared strata.

    Parameters
    ----------
    tables : sequence of (events_a, n_a, events_b, n_b)
        One for each stratum; people, or sums of weights.
    squares : sequence of (events_a, n_a, events_b, n_b), optional
        Sums of the squared weights of the same people. Without it, each weighs 1.
    level : float
        Confidence level.
    by_stratum : bool
        Whether to tell what each stratum adds, which takes half of the time; ``strata`` is empty
        otherwise.

    Returns
    -------
    Kitagawa
        Parts between -1 and 1, with intervals of the delta method (people are independent; the
        strata that somebody is in are as random as the outcome). None, with a reason, where a
        group is empty, or no stratum has people of both.

    Raises
    ------
    MetricError
        If a table is malformed, `squares` has another length, or the level is out of range.

    References
    ----------
    .. [1] Kitagawa EM (1955). Components of a difference between two rates. JASA 50, 1168-1194.
    .. [2] Blinder AS (1973). Wage discrimination: reduced form and structural estimates. Journal
       of Human Resources 8, 436-455. Oaxaca R (1973). International Economic Review 14, 693-709.
    .. [3] Nopo H (2008). Matching as a tool to decompose wage gaps. Review of Economics and
       Statistics 90, 290-299.

    Examples
    --------
    Two of the six Berkeley departments (women, men): women fare better in each, and apply
    where it is harder.

    >>> found = kitagawa([(89, 108, 512, 825), (24, 341, 22, 373)])
    >>> [round(part.value, 3) for part in (found.gap, found.composition, found.treatment)]
    [-0.194, -0.295, 0.101]
    """
    checked = _checks.strata(tables)
    squared = checked if squares is None else _checks.strata(squares)
    if len(squared) != len(checked):
        raise MetricError(f"squares must have {len(checked)} tables, got {len(squared)}")
    z = _checks.normal_quantile(_checks.open_proportion(level, name="level"))
    a, b = (_side(checked, squared, first) for first in (0, 2))
    shared = (a.n > 0) & (b.n > 0)
    either = (a.n > 0) | (b.n > 0)
    alone = tuple(int(place) for place in np.flatnonzero(either & ~shared))
    if not shared.any():
        reason = (
            "no stratum holds people of both groups" if a.total and b.total else "a group is empty"
        )
        nothing = (None,) * 8
        return Kitagawa(*nothing, _strata(a, b, {}) if by_stratum else (), alone, reason)
    both = [side.where(shared) for side in (a, b)]
    split = _Split.of(*both)
    composition, treatment = (
        _effect(*part, z) for part in zip(*_totals(split, *both), strict=True)
    )
    strata: tuple[StratumEffect, ...] = ()
    if by_stratum:
        each = [_effect(*part, z) for part in zip(*_by_stratum(split, *both), strict=True)]
        places, size = np.flatnonzero(shared).tolist(), len(each) // 2
        strata = _strata(a, b, dict(zip(places, zip(each, each[size:], strict=False), strict=True)))
    gap, unmatched = _whole(a, b, shared, z)
    return Kitagawa(gap, composition, treatment, unmatched, *_one_sided(split), strata, alone, None)


def _side(tables: Sequence[Table], squares: Sequence[Table], first: int) -> _Side:
    sums = [
        np.array([(row[first + 1] - row[first], row[first]) for row in rows], dtype=np.float64)
        for rows in (tables, squares)
    ]
    return _Side(sums[0].reshape(-1, 2), sums[1].reshape(-1, 2))


class _Split(NamedTuple):
    """What both parts are made of, by stratum: shares and rates, and how they differ."""

    shares: tuple[Floats, Floats]
    rates: tuple[Floats, Floats]
    apart: Floats
    more: Floats
    middle: Floats
    between: Floats

    @classmethod
    def of(cls, a: _Side, b: _Side) -> _Split:
        s, t = (side.n / side.total for side in (a, b))
        r, q = (side.w[:, 1] / side.n for side in (a, b))
        return cls((s, t), (r, q), s - t, s + t, (r + q) / 2 - (a.rate + b.rate) / 2, r - q)


_OUTCOME = np.array([0.0, 1.0])


def _totals(split: _Split, a: _Side, b: _Side) -> tuple[Floats, Floats]:
    """Return composition and treatment, and their variances.

    The influence of one person is that on each stratum's part (see `_by_stratum`), added up.
    """
    variance = np.zeros(2)
    for sign, side, share, rate in zip((1, -1), (a, b), split.shares, split.rates, strict=True):
        raises = (_OUTCOME - rate[:, None]) / share[:, None]
        mean = _OUTCOME - side.rate
        composition = sign * (split.middle - share @ split.middle)[:, None]
        composition = composition + (split.apart[:, None] * raises - split.apart.sum() * mean) / 2
        treatment = sign * raises * split.more[:, None] / 2
        treatment = treatment + (split.between - share @ split.between)[:, None] / 2
        for place, influence in enumerate((composition, treatment)):
            variance[place] += float((side.w2 * influence**2).sum()) / side.total**2
    parts = split.apart @ split.middle, split.between @ split.more / 2
    return np.array(parts), variance


def _by_stratum(split: _Split, a: _Side, b: _Side) -> tuple[Floats, Floats]:
    """Return each stratum's composition, then each one's treatment, and their variances."""
    apart, more = split.apart, split.more
    variance = np.zeros(2 * len(apart))
    for sign, side, share, rate in zip((1, -1), (a, b), split.shares, split.rates, strict=True):
        # Influence of one person, by own stratum (axis 1) and outcome (axis 2), on each stratum's
        # part (axis 0).
        here = np.eye(len(share))
        joins = (here - share[:, None])[:, :, None]
        raises = here[:, :, None] * (_OUTCOME - rate[:, None, None]) / share[:, None, None]
        mean = (_OUTCOME - side.rate)[None, None, :]
        of_composition = sign * joins * split.middle[:, None, None]
        of_composition = of_composition + apart[:, None, None] / 2 * (raises - mean)
        of_treatment = sign * raises * more[:, None, None] / 2
        of_treatment = of_treatment + joins * split.between[:, None, None] / 2
        influence = np.concatenate([of_composition, of_treatment])
        variance += (side.w2 * influence**2).sum(axis=(1, 2)) / side.total**2
    return np.concatenate([apart * split.middle, split.between * more / 2]), variance


def _whole(a: _Side, b: _Side, shared: NDArray[np.bool_], z: float) -> tuple[Effect, Effect]:
    """Return the gap, and the part of it that comes from people in strata of their own."""
    gap = rest = gap_variance = rest_variance = 0.0
    for sign, side in ((1, a), (-1, b)):
        matched = side.where(shared)
        influence = (_OUTCOME - side.rate) / side.total * np.ones_like(side.w)
        gap += sign * side.rate
        gap_variance += float((side.w2 * influence**2).sum())
        if shared.all() or not side.n[~shared].any():
            continue
        rest += sign * (side.rate - matched.rate)
        influence = influence - shared[:, None] * (_OUTCOME - matched.rate) / matched.total
        rest_variance += float((side.w2 * influence**2).sum())
    return _effect(gap, gap_variance, z), _effect(rest, rest_variance, z)


def _one_sided(split: _Split) -> tuple[float, float, float, float]:
    composition_a, composition_b = (float(split.apart @ rate) for rate in split.rates)
    treatment_a, treatment_b = (float(split.between @ share) for share in split.shares)
    return composition_a, composition_b, treatment_a, treatment_b


def _strata(
    a: _Side, b: _Side, effects: dict[int, tuple[Effect, Effect]]
) -> tuple[StratumEffect, ...]:
    sides = [
        [(n / total if n else 0.0, yes / n if n else None) for n, yes in people]
        for total, people in (
            (side.total, zip(side.n.tolist(), side.w[:, 1].tolist(), strict=True))
            for side in (a, b)
        )
    ]
    rows = []
    for place, ((share_a, rate_a), (share_b, rate_b)) in enumerate(zip(*sides, strict=True)):
        composition, treatment = effects.get(place, (None, None))
        rows.append(StratumEffect(share_a, share_b, rate_a, rate_b, composition, treatment))
    return tuple(rows)


def _effect(value: float, variance: float, z: float) -> Effect:
    value, se = float(value), math.sqrt(max(0.0, float(variance)))
    tiny = se <= 1e-12
    p_value = None if tiny else _checks.two_sided_p(value / se)
    return Effect(value, se, value - z * se, value + z * se, p_value)
