"""Why two libraries give different numbers for the same table, in words.

The rules of one convention are turned into those of the other, one rule at a time; each step that
moves the number on the given data is a reason, and the last step ends at the other number.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from auditkit.counts import Cube
from auditkit.errors import MetricError, nearest, shown
from auditkit.metrics.compare import Question, Reading, compare, sides_of, some
from auditkit.metrics.conventions import Convention, Who, convention_named
from auditkit.metrics.counterparts import ALIASES, Counterpart, counterpart
from auditkit.metrics.cubes import cube_of
from auditkit.metrics.declared import METRICS
from auditkit.metrics.gaps import QUESTIONS
from auditkit.metrics.rates import odds_question

__all__ = ["Explanation", "explain_difference", "question_of"]


@dataclass(frozen=True)
class Explanation:
    """The numbers of several conventions, and why they differ on this data.

    Attributes
    ----------
    metric : str
        What was asked.
    values : mapping of str to float or None
        Convention → its number: NaN where undefined, None where it has no such metric.
    lines : tuple of str
        For each convention, its function and how it comes to its number.
    reasons : tuple of str
        Why each of the others differs from the first: a sentence a rule that moves the number.
    """

    metric: str
    values: Mapping[str, float | None]
    lines: tuple[str, ...]
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        """Return the numbers, then the reasons."""
        return "\n".join([self.metric, *(f"  {line}" for line in self.lines), *self.reasons])


@dataclass(frozen=True)
class _Rules:
    """All that a number follows from, besides the counts."""

    convention: Convention
    row: Counterpart
    reference: Any

    @property
    def who(self) -> Who:
        given = self.reference is not None
        return self.convention.with_reference if given else self.convention.without_reference


def explain_difference(
    metric: str,
    y_true: Any,
    y_pred: Any = None,
    *,
    sensitive_features: Any,
    conventions: Sequence[str] = ("fairlearn", "aif360"),
    sample_weight: Any = None,
    pos_label: Any = None,
    reference: Any = None,
    agg: str = "worst_case",
) -> Explanation:
    """Return a metric under several conventions, and in words why the numbers differ.

    Parameters
    ----------
    metric : str
        The name of a group metric, such as ``"demographic_parity_difference"``.
    y_true, y_pred : array-like of shape (n,)
        0/1 or booleans; anything else needs `pos_label`. None where the metric does not need it.
    sensitive_features : array-like, frame or mapping of arrays
        The groups; several columns are crossed, a missing value is a group.
    conventions : sequence of str
        Two or more names from :data:`auditkit.metrics.CONVENTIONS`; each is held against the
        first.
    sample_weight : array-like of shape (n,), optional
        Weights, not negative.
    pos_label : scalar, optional
        The positive value.
    reference : str or tuple, optional
        The reference group, for the conventions that take one; most need it.
    agg : {"worst_case", "mean"}
        For the equalized odds.

    Returns
    -------
    Explanation
        ``print`` it, or read its `values` and `reasons`.

    Raises
    ------
    MetricError
        On an unknown metric or convention, a convention that needs a reference, fewer than two
        conventions.

    Examples
    --------
    >>> print(explain_difference(
    ...     "demographic_parity_difference", None, [1, 1, 1, 0, 1, 0, 0, 0],
    ...     sensitive_features=list("aaaabbbb"), reference="a",
    ... ))
    demographic_parity_difference
      fairlearn: 0.5 (demographic_parity_difference: 0.75 of 'a' − 0.25 of 'b')
      aif360: -0.5 (statistical_parity_difference: 0.25 of 'b' − 0.75 of 'a')
    Why aif360 differs from fairlearn:
    - who is compared: fairlearn takes the largest and the smallest rate; aif360 compares with
      the reference, signed: 0.5 becomes -0.5.
    """
    if isinstance(conventions, str) or len(conventions) < 2:
        raise MetricError("name two or more conventions, such as ('fairlearn', 'aif360')")
    question = question_of(metric, agg)
    cube = cube_of(
        y_true if "label" in question.needs else None,
        y_pred if "prediction" in question.needs else None,
        sensitive_features=sensitive_features,
        sample_weight=sample_weight,
        pos_label=pos_label,
    )
    rules = {name: _rules_of(name, question, reference) for name in conventions}
    readings = {
        name: compare(question, cube, held.convention, held.row, held.reference)
        for name, held in rules.items()
        if held is not None
    }
    reasons: list[str] = []
    first = next((held for held in rules.values() if held is not None), None)
    for held in rules.values():
        if held is not None and first is not None and held is not first:
            reasons += _reasons(question, cube, first, held)
    return Explanation(
        metric=metric,
        values={name: readings[name].value if name in readings else None for name in conventions},
        lines=tuple(
            f"{name}: no such metric"
            if held is None
            else f"{name}: {_number(readings[name].value)} ({_sum(question, held, readings[name])})"
            for name, held in rules.items()
        ),
        reasons=tuple(reasons),
    )


def question_of(metric: str, agg: str = "worst_case") -> Question:
    """Return what a group metric asks of the counts.

    Raises
    ------
    MetricError
        When there is no group metric of that name.

    Examples
    --------
    >>> question_of("demographic_parity_ratio").metric
    'selection_rate_ratio'
    """
    stem, _, kind = metric.rpartition("_")
    if metric in QUESTIONS:
        return QUESTIONS[metric]
    if stem == "equalized_odds" and kind in {"difference", "ratio"}:
        return odds_question("ratio" if kind == "ratio" else "difference", agg)
    rate = ALIASES.get(stem, stem)
    if f"{rate}_{kind}" in QUESTIONS:
        return QUESTIONS[f"{rate}_{kind}"]
    if rate not in METRICS or kind not in {"difference", "ratio"}:
        known = [
            f"{name}_{end}" for name in (*METRICS, *ALIASES) for end in ("difference", "ratio")
        ]
        raise MetricError(
            f"no group metric '{shown(metric)}'{nearest(metric, [*known, *QUESTIONS])}"
        )
    return Question(
        metric=f"{rate}_{kind}",
        kind="ratio" if kind == "ratio" else "difference",
        parts=(METRICS[rate],),
    )


def _rules_of(name: str, question: Question, reference: Any) -> _Rules | None:
    convention = convention_named(name)
    try:
        row = counterpart(name, question.metric, question.combine)
    except MetricError:
        return None
    return _Rules(convention, row, reference if convention.with_reference else None)


# ---- the words ---------------------------------------------------------------------------------

_COMBINED = {
    "worst": "the one further from equality, undefined if either is",
    "average": "the mean of both, undefined if either is",
    "mean_of_known": "the mean of those that are defined",
    "python_min": "min(TPR ratio, FPR ratio) of Python, in which a defined first value hides an "
    "undefined second one",
    "python_max_fpr_tpr": "max(|ΔFPR|, |ΔTPR|) of Python, in which a defined first value hides "
    "an undefined second one",
}


def _number(value: float) -> str:
    if math.isnan(value):
        return "undefined"
    return "infinite" if math.isinf(value) else f"{value:.4g}"


def _sum(question: Question, rules: _Rules, reading: Reading) -> str:
    name = rules.row.function
    if len(question.parts) > 1 or len(reading.sides) < 2:
        return name
    left, right = reading.sides
    if rules.row.sign < 0:
        left, right = right, left
    sign = "−" if question.kind == "difference" else "/"
    first, second = (f"{_number(side.rates[0])} of {side.name}" for side in (left, right))
    return f"{name}: {first} {sign} {second}"


def _same(a: float, b: float) -> bool:
    return a == b or math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12) or (a != a and b != b)


def _reasons(question: Question, cube: Cube, first: _Rules, other: _Rules) -> list[str]:
    """Return why `other` differs from `first`: the steps on the way that move the number."""
    names = first.convention.name, other.convention.name

    def ask(rules: _Rules) -> float:
        return compare(question, cube, rules.convention, rules.row, rules.reference).value

    value, end = ask(first), ask(other)
    if _same(value, end):
        return [f"{names[1]} agrees with {names[0]} on this data."]
    found = [f"Why {names[1]} differs from {names[0]}:"]
    for rules, text in _steps(question, cube, first, other):
        moved = ask(rules)
        if not _same(value, moved):
            found.append(f"- {text}: {_number(value)} becomes {_number(moved)}.")
        value = moved
    return found


def _steps(
    question: Question, cube: Cube, first: _Rules, other: _Rules
) -> Iterator[tuple[_Rules, str]]:
    """Yield the rules between two conventions, each with one more rule of the second.

    What an undefined rate is comes where groups are still (or already) apart.
    """
    a, b = first.convention, other.convention
    rules, late = first, first.who == "rest"
    if not late:
        rules = _with(rules, b, _EMPTY)
        yield rules, _undefined(question, cube, first, a, b)
    for moved, text in _sides(question, rules, first, other):
        rules = moved
        yield moved, text
    if late:
        rules = _with(rules, b, _EMPTY)
        yield rules, _undefined(question, cube, other, a, b)
    rules = replace(rules, row=replace(rules.row, sign=other.row.sign))
    yield rules, _direction(first, other)
    rules = replace(rules, row=replace(rules.row, combine=other.row.combine))
    one, two = (_COMBINED.get(row.combine, row.combine) for row in (first.row, other.row))
    yield rules, f"two rates in one number: {a.name} takes {one}, {b.name} {two}"
    rules = _with(rules, b, ("decimals",))
    yield rules, _rounding(a, b)
    rules = _with(rules, b, ("undefined_spreads",))
    yield rules, f"several groups: one without a value {_spreads(a)}, {_spreads(b)}"
    yield replace(rules, convention=b), _divided(a, b)


_EMPTY = ("empty_rate", "empty_rates", "rate_over_zero")
_PLACES: tuple[Who, ...] = ("extremes", "each", "rest")


def _with(rules: _Rules, other: Convention, names: Sequence[str]) -> _Rules:
    taken = {name: getattr(other, name) for name in names}
    return replace(rules, convention=replace(rules.convention, **taken))


def _sides(
    question: Question, rules: _Rules, first: _Rules, other: _Rules
) -> Iterator[tuple[_Rules, str]]:
    """Yield the steps between the ways to choose whom to compare."""
    here, there = _PLACES.index(first.who), _PLACES.index(other.who)
    while here != there:
        after = here + (1 if there > here else -1)
        who = _PLACES[after]
        apart = who == "extremes"
        held = first.reference if other.reference is None else other.reference
        rules = replace(
            rules,
            reference=None if apart else held,
            convention=replace(
                rules.convention,
                without_reference=who if apart else "",
                with_reference="" if apart else who,
            ),
        )
        if {here, after} == {0, 1}:
            yield rules, _compared(first, other, question.kind)
        else:
            pooled = first if first.who == "rest" else other
            yield rules, f"pooling: {pooled.convention.name} takes all other groups as one"
        here = after


def _compared(first: _Rules, other: _Rules, kind: str) -> str:
    signed = "signed" if kind == "difference" else "which may be above 1"
    one, two = (
        f"{rules.convention.name} takes the largest and the smallest rate"
        if rules.who == "extremes"
        else f"{rules.convention.name} compares with the reference, {signed}"
        for rules in (first, other)
    )
    return f"who is compared: {one}; {two}"


def _direction(first: _Rules, other: _Rules) -> str:
    turned = first if first.row.sign < 0 else other
    return f"direction: {turned.convention.name} gives reference − group for this metric"


def _rounding(a: Convention, b: Convention) -> str:
    texts = (
        f"{c.name} rounds rates to {c.decimals} decimals"
        if c.decimals is not None
        else f"{c.name} does not round"
        for c in (a, b)
    )
    return f"rounding: {', '.join(texts)}"


def _undefined(question: Question, cube: Cube, sides: _Rules, a: Convention, b: Convention) -> str:
    _, table, names, _, _ = sides_of(cube, sides.convention, sides.reference)
    found: dict[tuple[str, str], list[str]] = {}
    for part in question.parts:
        for top, bottom, name in zip(*part.sums(table), names, strict=True):
            one, two = (c.empty(part.name) if top == 0 else c.rate_over_zero for c in (a, b))
            if bottom == 0 and not _same(one, two):
                where = f"{part.name} is undefined ({part.undefined}) in"
                found.setdefault((where, f"{_taken(a, one)}, {_taken(b, two)}"), []).append(name)
    return "undefined: " + "; ".join(f"{x} {some(names)}: {y}" for (x, y), names in found.items())


def _taken(convention: Convention, value: float) -> str:
    if math.isnan(value):
        return f"{convention.name} leaves it undefined"
    return f"{convention.name} counts it as {_number(value)}"


def _divided(a: Convention, b: Convention) -> str:
    texts = []
    for name, what in (("zero_by_zero", "0/0"), ("by_zero", "x/0"), ("of_zero", "0/x")):
        one, two = getattr(a, name), getattr(b, name)
        if not _same(one, two):
            texts.append(f"{what} is {_number(one)} in {a.name}, {_number(two)} in {b.name}")
    return f"a rate of 0: the ratio {'; '.join(texts)}"


def _spreads(convention: Convention) -> str:
    if convention.undefined_spreads:
        return f"leaves none for all in {convention.name}"
    return f"is left out in {convention.name}"
