"""Groups compared under the rules of a convention: counts in, one number and what it hides out.

A :class:`Question` is what a gap metric asks: one or two quotients of counts, as a difference or
a ratio between groups. :func:`compare` answers it under a :class:`Convention`; each stand-in for
an undefined value is noted, and :func:`answer` gives the notes as warnings.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from auditkit.counts import Cube, Group
from auditkit.errors import MetricError, shown
from auditkit.metrics.combine import COMBINE, Kind
from auditkit.metrics.conventions import Convention, convention_named
from auditkit.metrics.counterparts import Counterpart, counterpart
from auditkit.metrics.family import name_of, reference_of, required_reference, warn

__all__ = [
    "Question",
    "Quotient",
    "Reading",
    "Side",
    "answer",
    "compare",
    "sides_of",
    "some",
]

Numbers = NDArray[np.float64]


class Quotient(Protocol):
    """A rate or another quotient of counts, such as a :class:`auditkit.metrics.Metric`."""

    @property
    def name(self) -> str:
        """The name used in messages and in the rules of a convention."""

    @property
    def undefined(self) -> str:
        """Why it has no value."""

    @property
    def needs(self) -> tuple[str, ...]:
        """What it is counted from."""

    def sums(self, table: NDArray[Any]) -> tuple[Numbers, Numbers]:
        """Return numerators and denominators of a ``(groups, 3, 3)`` table."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What a gap metric asks of the counts.

    Attributes
    ----------
    metric : str
        Its name, as in :attr:`Counterpart.metric`.
    kind : {"difference", "ratio"}
        How two groups are compared.
    parts : tuple of Quotient
        What is compared.
    combine : str
        How several parts become one number, a name in :data:`COMBINE`.
    """

    metric: str
    kind: Kind
    parts: tuple[Quotient, ...]
    combine: str = "only"

    @property
    def needs(self) -> frozenset[str]:
        """What its parts are counted from."""
        return frozenset(need for part in self.parts for need in part.needs)


@dataclass(frozen=True)
class Side:
    """One side of a comparison: a group, or several as one, and the quotients on that side."""

    name: str
    rates: tuple[float, ...]


@dataclass(frozen=True)
class Reading:
    """A number, and how it came about.

    Attributes
    ----------
    value : float
        NaN when undefined.
    sides : tuple of Side
        The two sides that the number comes from; empty when several parts come from different
        pairs of groups, or when there is no value.
    by_group : mapping
        For a comparison with a reference: group → number.
    notes : tuple of str
        What is undefined, in which group, and what stands for it.
    """

    value: float
    sides: tuple[Side, ...]
    by_group: Mapping[Group, float]
    notes: tuple[str, ...]


def answer(
    question: Question,
    cube: Cube,
    *,
    convention: str = "auditkit",
    reference: Any = None,
    stacklevel: int = 4,
) -> float:
    """Return the number that a convention gives, and warn of what is undefined.

    Raises
    ------
    MetricError
        On an unknown convention, one that has no such metric, a reference group that is missing,
        unknown or not taken, a single group.
    """
    rules = convention_named(convention)
    row = counterpart(convention, question.metric, question.combine)
    found = compare(question, cube, rules, row, reference)
    for note in found.notes:
        warn(note, stacklevel)
    return found.value


def compare(
    question: Question, cube: Cube, rules: Convention, row: Counterpart, reference: Any = None
) -> Reading:
    """Answer a question under given rules; see :func:`answer`."""
    who, table, names, groups, base = sides_of(cube, rules, reference)
    notes: list[str] = []
    rates = [_rates(part, table, names, rules, notes) for part in question.parts]
    if who == "extremes":
        value, sides, by_group = _widest(question, rates, names, rules, row, notes)
    else:
        value, sides, by_group = _from(question, rates, names, groups, base, rules, row, notes)
    if math.isnan(value) and not notes:
        notes.append(f"{question.metric} ({rules.name}) has no value: 0/0")
    return Reading(value, sides, by_group, tuple(notes))


def sides_of(
    cube: Cube, rules: Convention, reference: Any
) -> tuple[str, NDArray[Any], list[str], list[Group], int]:
    """Return who is compared, and of each side the counts, the name and the group.

    The last value is the place of the reference, or -1. A group that nobody falls into is no side.

    Raises
    ------
    MetricError
        On a single group; on a reference that is missing, unknown or not taken.
    """
    present = [i for i, n in enumerate(cube.n.sum(axis=(1, 2))) if n > 0]
    if len(present) < 2:
        raise MetricError("only one group: there is nothing to compare it with")
    groups = [cube.groups[i] for i in present]
    who = _who(rules, reference, groups)
    base = -1 if reference is None else reference_of(groups, reference)
    table = cube.w if len(present) == len(cube.groups) else cube.w[present]
    names = [f"'{shown(name_of(group), 40)}'" for group in groups]
    if who != "rest":
        return who, table, names, groups, base
    others = [name for i, name in enumerate(names) if i != base]
    rest = np.delete(table, base, axis=0).sum(axis=0)
    sides = [_together(others), names[base]]
    return who, np.stack([rest, table[base]]), sides, [("all others",), groups[base]], 1


def _who(rules: Convention, reference: Any, groups: Sequence[Group]) -> str:
    who = rules.without_reference if reference is None else rules.with_reference
    if who:
        return who
    if reference is None:
        required_reference(groups, reference, rules.name)
    raise MetricError(
        f"convention '{rules.name}' compares the groups with the largest and the smallest rate "
        "and takes no reference: leave reference= out"
    )


def _together(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names)} together"


def _rates(
    part: Quotient,
    table: NDArray[Any],
    names: Sequence[str],
    rules: Convention,
    notes: list[str],
) -> list[float]:
    tops, bottoms = part.sums(table)
    rates: list[float] = []
    stands: dict[str, list[str]] = {}
    for top, bottom, name in zip(tops.tolist(), bottoms.tolist(), names, strict=True):
        if bottom > 0:
            rates.append(top / bottom)
            continue
        rates.append(rules.empty(part.name) if top == 0 else rules.rate_over_zero)
        stands.setdefault(_stand_in(rates[-1], rules), []).append(name)
    for stand_in, where in stands.items():
        notes.append(f"{part.name} is undefined ({part.undefined}) in {some(where)}{stand_in}")
    if rules.decimals is not None:
        rates = [float(rate) for rate in np.round(rates, rules.decimals)]
    return rates


def _stand_in(value: float, rules: Convention) -> str:
    if not math.isnan(value):
        return f": {rules.name} counts it as {value:g}"
    return "" if rules.with_reference == "rest" or rules.undefined_spreads else ": left out"


def some(names: Sequence[str], limit: int = 8) -> str:
    """Return names as a short list."""
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more


def _two(kind: Kind, rate: float, base: float, rules: Convention, sign: int) -> float:
    """Compare two rates."""
    if math.isnan(rate) or math.isnan(base):
        return math.nan
    if kind == "difference":
        if math.isinf(rate) and rate == base:
            return rules.equal_infinities
        return rate - base if sign > 0 else base - rate
    if base == 0:
        return rules.zero_by_zero if rate == 0 else rules.by_zero
    return rules.of_zero if rate == 0 else rate / base


def _distance(kind: Kind, value: float) -> float:
    """Return how far from equality a difference or a ratio is; a ratio of 0 is furthest."""
    if kind == "difference":
        return abs(value)
    return math.inf if value == 0 else min(abs(math.log(value)), 1e308)


Found = tuple[float, tuple[Side, ...], dict[Group, float]]


def _widest(
    question: Question,
    rates: Sequence[Sequence[float]],
    names: Sequence[str],
    rules: Convention,
    row: Counterpart,
    notes: list[str],
) -> Found:
    """Compare the groups that are furthest apart: for each part, or for the parts together."""
    kind = question.kind
    combine, part_by_part = COMBINE[row.combine]
    if len(rates) > 1 and part_by_part:
        pairs = [_extremes(part, kind, rules) for part in rates]
        return combine([value for value, _ in pairs], kind), (), {}
    if len(rates) == 1:
        value, ends = _extremes(rates[0], kind, rules)
        sides = tuple(Side(names[i], (rates[0][i],)) for i in ends)
        if not ends:
            notes.append(f"{question.metric}: fewer than two groups have a value")
        elif math.isnan(value):
            notes.append(f"{question.parts[0].name} is 0 in every group: 0/0")
        return value, sides, {}
    best, ends = math.nan, ()
    known = [i for i in range(len(names)) if not any(math.isnan(part[i]) for part in rates)]
    for i in known:
        for j in known:
            value = combine([_two(kind, part[i], part[j], rules, 1) for part in rates], kind)
            if i != j and not value <= best:
                best, ends = value, (i, j)
    if not ends:
        notes.append(f"{question.metric}: fewer than two groups have a value")
    return best, tuple(Side(names[i], tuple(part[i] for part in rates)) for i in ends), {}


def _extremes(
    rates: Sequence[float], kind: Kind, rules: Convention
) -> tuple[float, tuple[int, ...]]:
    known = [i for i, rate in enumerate(rates) if not math.isnan(rate)]
    if len(known) < 2:
        return math.nan, ()
    low = min(known, key=lambda i: rates[i])
    high = max(known, key=lambda i: rates[i])
    first, second = (high, low) if kind == "difference" else (low, high)
    return _two(kind, rates[first], rates[second], rules, 1), (first, second)


def _from(
    question: Question,
    rates: Sequence[Sequence[float]],
    names: Sequence[str],
    groups: Sequence[Group],
    base: int,
    rules: Convention,
    row: Counterpart,
    notes: list[str],
) -> Found:
    """Compare each group with the reference, and take the one that is furthest from it."""
    kind = question.kind
    combine, part_by_part = COMBINE[row.combine]
    others = [i for i in range(len(groups)) if i != base]
    gaps = {i: [_two(kind, part[i], part[base], rules, row.sign) for part in rates] for i in others}
    if kind == "ratio":
        for part, quotient in zip(rates, question.parts, strict=True):
            _note_zero(quotient, part[base], names[base], rules, notes)
    values = {i: combine(gaps[i], kind) for i in others}
    by_group = {groups[i]: value for i, value in values.items()}
    if part_by_part:
        chosen = [
            _furthest({i: gaps[i][k] for i in others}, kind, rules) for k in range(len(rates))
        ]
        picked = [gaps[i][k] if i is not None else math.nan for k, i in enumerate(chosen)]
        return combine(picked, kind), (), by_group
    place = _furthest(values, kind, rules)
    if place is None:
        return math.nan, (), by_group
    sides = tuple(Side(names[i], tuple(part[i] for part in rates)) for i in (place, base))
    return values[place], sides, by_group


def _furthest(values: Mapping[int, float], kind: Kind, rules: Convention) -> int | None:
    known = {i: value for i, value in values.items() if not math.isnan(value)}
    if not known or (rules.undefined_spreads and len(known) < len(values)):
        return None
    return max(known, key=lambda i: _distance(kind, known[i]))


def _note_zero(
    quotient: Quotient, rate: float, name: str, rules: Convention, notes: list[str]
) -> None:
    if rate == 0:
        stand_in = f"{rules.name} gives {rules.by_zero:g} for x/0"
        if math.isnan(rules.by_zero):
            stand_in = "the ratio is undefined"
        notes.append(f"{quotient.name} is 0 in the reference, {name}: {stand_in}")
