"""Fragility: how few decisions would have to change for a verdict to flip."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from auditkit.errors import MetricError
from auditkit.inference import _checks
from auditkit.inference.thresholds import below_four_fifths, exact, exact_threshold
from auditkit.inference.two_groups import fisher_exact, pooled_z

Move = Literal["extra", "transfer"]
Test = Literal["z", "fisher"]


@dataclass(frozen=True, slots=True)
class Fragility:
    """How far a verdict is from flipping.

    Attributes
    ----------
    flagged : bool or None
        The verdict as it stands: significant, or below four fifths.
    decisions : int or None
        The fewest moves that flip it. None when none does, or there is no verdict.
    move : str
        What one move is: ``"extra"``, a decision in group a turns (all else stands);
        ``"transfer"``, one event passes from one group to the other, as when another person
        had been selected for the same post.
    direction : int or None
        +1 when a gains by the moves, -1 when it loses.
    reason : str or None
        Why something is None.
    """

    flagged: bool | None
    decisions: int | None
    move: Move
    direction: int | None
    reason: str | None


def significance_fragility(
    events_a: float,
    n_a: float,
    events_b: float,
    n_b: float,
    *,
    level: float = 0.95,
    sds: float | None = None,
    test: Test = "z",
    move: Move = "extra",
) -> Fragility:
    r"""Count the fewest decisions that must change for a significant gap to be one no more.

    And the other way round: where the gap is not significant, the fewest that make it so.

    .. math:: k^* = \min\{k : T(x_a + k, x_b)\ \text{not rejected}\}

    or, with transfers, :math:`T(x_a + k, x_b - k)`.

    Parameters
    ----------
    events_a, n_a : int
        Events and size of the group whose decisions are turned; whole numbers.
    events_b, n_b : int
        Events and size of the group it is compared with.
    level : float
        Significant is a p-value below ``1 - level``.
    sds : float or None
        If given, significant is ``|z| >= sds`` instead (US practice: 2), and `level` is not
        used. For ``test="z"``.
    test : {"z", "fisher"}
        `pooled_z` or `fisher_exact`.
    move : {"extra", "transfer"}
        What one move is: see `Fragility`.

    Returns
    -------
    Fragility
        With a reason when a group is empty, the test undefined, or no number of moves is enough.

    Raises
    ------
    MetricError
        If a count is negative, not whole or exceeds its n, or an option is not one of those
        named.

    References
    ----------
    .. [1] Walsh M et al. (2014). The statistical significance of randomized controlled trial
       results is frequently fragile: a case for a Fragility Index. Journal of Clinical
       Epidemiology 67, 622-628.
    .. [2] Waisome v. Port Authority of New York and New Jersey, 948 F.2d 1370 (2d Cir. 1991).

    Examples
    --------
    >>> found = significance_fragility(50, 64, 455, 508, sds=2)
    >>> found.flagged, found.decisions, found.direction
    (True, 2, 1)
    """
    a, m, b, n = _checks.two_whole_rates(events_a, n_a, events_b, n_b)
    alpha = 1 - _checks.open_proportion(level, name="level")
    limit = None if sds is None else _checks.count(sds, name="sds")
    _checks.one_of(test, ("z", "fisher"), name="test")
    loss = _loss(move)
    if sds is not None and test == "fisher":
        raise MetricError("sds must be None with test='fisher', which has no z")

    def significant(step: int) -> bool:
        counts = (a + step, m, b - loss * step, n)
        if test == "fisher":
            p = fisher_exact(*counts)
            return p is not None and p < alpha
        tested = pooled_z(*counts)
        if tested is None:
            return False
        return tested[1] < alpha if limit is None else abs(tested[0]) >= limit

    if m == 0 or n == 0:
        return Fragility(None, None, move, None, "a group is empty")
    if pooled_z(a, m, b, n) is None:
        return Fragility(None, None, move, None, "nobody or everybody had the event")
    up, down = _room(a, m, b, n, loss)
    flagged = significant(0)
    if flagged:
        gaining = Fraction(a, m) < Fraction(b, n)
        # Towards equality and no further: beyond it, the gap would be the opposite one.
        equal = math.ceil(
            abs(Fraction(b, n) - Fraction(a, m)) / (Fraction(1, m) + Fraction(loss, n))
        )
        room = min(up if gaining else down, equal)
        sign = 1 if gaining else -1
        moves = _first(lambda k: not significant(sign * k), room)
        return _found(flagged, {sign: moves}, move)
    rising = _first(lambda k: significant(k), up)
    falling = _first(lambda k: significant(-k), down)
    return _found(flagged, {-1: falling, 1: rising}, move)


def four_fifths_fragility(
    events: float,
    n: float,
    ref_events: float,
    ref_n: float,
    *,
    threshold: str | float | Fraction = "0.8",
    move: Move = "extra",
) -> Fragility:
    r"""Count the fewest decisions that must change for the ratio to reach four fifths.

    And the other way round: where the ratio is not below, the fewest that put it there.

    .. math:: k^* = \left\lceil \frac{t\,x_r n - x\,n_r}{n_r} \right\rceil
       \quad\text{or, with transfers,}\quad
       k^* = \left\lceil \frac{t\,x_r n - x\,n_r}{n_r + t\,n} \right\rceil

    in exact fractions: the whole persons by which the group falls short.

    Parameters
    ----------
    events, n : int
        Events and size of the group; whole numbers.
    ref_events, ref_n : int
        Events and size of the reference group.
    threshold : str, float or Fraction
        Above 0, in decimals or as a fraction; see `below_four_fifths`.
    move : {"extra", "transfer"}
        What one move is: see `Fragility`.

    Returns
    -------
    Fragility
        With a reason when there is no ratio, or no number of moves is enough.

    Raises
    ------
    MetricError
        If a count is negative, not whole or exceeds its n, or an option is not one of those
        named.

    References
    ----------
    .. [1] Uniform Guidelines on Employee Selection Procedures, 29 CFR 1607.4(D) (1978).

    Examples
    --------
    >>> four_fifths_fragility(30, 100, 50, 100).decisions
    10
    >>> four_fifths_fragility(30, 100, 50, 100, move="transfer").decisions
    6
    """
    x, size, ref_x, ref_size = _checks.two_whole_rates(events, n, ref_events, ref_n)
    limit = exact_threshold(threshold)
    loss = _loss(move)
    flagged = below_four_fifths(x, size, ref_x, ref_size, threshold=limit)
    if flagged is None:
        reason = "a group is empty" if 0 in (size, ref_size) else "the reference rate is zero"
        return Fragility(None, None, move, None, reason)
    up, down = _room(x, size, ref_x, ref_size, loss)
    short = limit * ref_x * size - x * ref_size
    each = ref_size + loss * limit * size
    if flagged:
        moves = math.ceil(short / each)
        return _found(flagged, {1: moves if moves <= up else None}, move)
    # One more than exactly four fifths allows.
    moves = math.floor(-short / each) + 1
    return _found(flagged, {-1: moves if moves <= down else None}, move)


def one_person_flip(events: float, n: float, ref_events: float, ref_n: float) -> bool | None:
    r"""Whether selecting one other person would turn the shortfall into a lead.

    .. math:: \frac{x + 1}{n} > \frac{x_r - 1}{n_r}

    If so, the numbers are too small to speak of adverse impact (Question 21 of the Uniform
    Guidelines), whatever the ratio is.

    Parameters
    ----------
    events, n : int
        Events and size of the group with the lower rate; whole numbers.
    ref_events, ref_n : int
        Events and size of the reference group.

    Returns
    -------
    bool or None
        None when the group is not behind the reference, or one of them is empty: there is no
        shortfall to turn.

    Raises
    ------
    MetricError
        If a count is negative, not whole or exceeds its n.

    References
    ----------
    .. [1] Questions and Answers on the Uniform Guidelines, 44 FR 11996 (1979), Q&A 21.

    Examples
    --------
    >>> one_person_flip(1, 5, 3, 10), one_person_flip(10, 50, 30, 100)
    (True, False)
    """
    x, size, ref_x, ref_size = _checks.two_whole_rates(events, n, ref_events, ref_n)
    if size == 0 or ref_size == 0 or exact(x) * ref_size >= exact(ref_x) * size:
        return None
    return (x + 1) * ref_size > (ref_x - 1) * size


def _loss(move: str) -> int:
    """Return how many events the other group loses for each one that a gains."""
    return int(_checks.one_of(move, ("extra", "transfer"), name="move") == "transfer")


def _room(a: int, m: int, b: int, n: int, loss: int) -> tuple[int, int]:
    """Return how many events a can gain, and how many it can lose."""
    return (min(m - a, b), min(a, n - b)) if loss else (m - a, a)


def _found(flagged: bool, moves: dict[int, int | None], move: Move) -> Fragility:
    """Choose the direction that needs the fewest moves."""
    possible = [(count, sign) for sign, count in moves.items() if count is not None]
    if not possible:
        return Fragility(flagged, None, move, None, "no number of such moves flips the verdict")
    decisions, direction = min(possible)
    return Fragility(flagged, decisions, move, direction, None)


def _first(flips: Callable[[int], bool], room: int) -> int | None:
    """Return the smallest k from 1 to `room` at which `flips` is true.

    Small numbers are tried one by one. Further out the tests rise and fall smoothly, so the
    edge is found by doubling and halving, then checked for an earlier one close by.
    """
    nearby = min(room, 64)
    for k in range(1, nearby + 1):
        if flips(k):
            return k
    low, high = nearby, nearby
    while high < room and not flips(high):
        low, high = high, min(room, 2 * high)
    if high == nearby or not flips(high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if flips(middle) else (middle, high)
    return next(k for k in range(max(nearby + 1, high - 4), high + 1) if flips(k))
