"""A row becomes functions: a score metric is declared once, with the formula that computes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from auditkit.metrics.declared import Declared
from auditkit.metrics.scores.between import Kind, Value, gap, number, widest
from auditkit.metrics.scores.sample import Parted, Sample, read_scores

__all__ = ["GroupScore", "PlainScore", "Scored", "between", "distance", "plain"]

NOBODY = "no rows with a weight above 0"


@dataclass(frozen=True, kw_only=True)
class Scored(Declared):
    """A metric of labels and scores of one group.

    Attributes
    ----------
    of : callable
        From a :class:`Sample` of at least one row to a number, or the reason why there is none.
    probability : bool
        Whether the scores must be probabilities.
    together : callable, optional
        From rows that are not parted yet to the values of all groups, where that is cheaper than
        one by one; None when it cannot be done so.
    """

    of: Callable[[Sample], Value]
    probability: bool = True
    together: Callable[[Parted], list[Value] | None] | None = None

    def value(self, sample: Sample) -> Value:
        """Return the value in one group."""
        return self.of(sample) if len(sample) else NOBODY

    def values(self, parted: Parted) -> list[Value]:
        """Return the value in each group."""
        found = self.together(parted) if self.together else None
        return [self.value(sample) for sample in parted.samples] if found is None else found


class PlainScore(Protocol):
    """``f(y_true, y_score, *, sample_weight=None, pos_label=None) -> float``."""

    __name__: str

    def __call__(
        self, y_true: Any, y_score: Any, *, sample_weight: Any = None, pos_label: Any = None
    ) -> float:
        """Return the value over all rows."""


class GroupScore(Protocol):
    """A difference, a ratio or a distance between groups; see :func:`roc_auc_difference`."""

    __name__: str

    def __call__(
        self,
        y_true: Any,
        y_score: Any,
        *,
        sensitive_features: Any,
        sample_weight: Any = None,
        pos_label: Any = None,
        reference: Any = None,
    ) -> float:
        """Return the gap between groups."""


_INPUTS = """y_true : array-like of shape (n,)
        Labels: 0/1 or booleans; anything else needs `pos_label`.{unlabelled}
    y_score : array-like of shape (n,)
        {scores}"""

_PLAIN_DOC = """{title}: ``{formula}``.
{note}
    Parameters
    ----------
    {inputs}
    sample_weight : array-like of shape (n,), optional
        Weights, not negative; rows of weight 0 are left out.
    pos_label : scalar, optional
        The positive label.

    Returns
    -------
    float
        In {range}; NaN with a warning when undefined ({undefined}).

    Raises
    ------
    MetricError
        On inputs that do not match, scores that are missing, infinite or out of range, or labels
        that need `pos_label`.

    References
    ----------
    {reference}

    Examples
    --------
    >>> y, p = [0, 0, 1, 1, 1], [0.1, 0.4, 0.35, 0.8, 0.9]
    >>> round({name}(y, p), 4)
    {example}
    """

_GROUP_DOC = """{lead}

    {rule}
{note}
    Parameters
    ----------
    {inputs}
    sensitive_features : array-like, frame or mapping of arrays
        The groups; several columns are crossed, a missing value is a group.
    sample_weight : array-like of shape (n,), optional
        Weights, not negative; rows of weight 0 are left out.
    pos_label : scalar, optional
        The positive label.
    reference : str or tuple, optional
        The group (one value for each sensitive feature) that the others are compared with.

    Returns
    -------
    float
        In {range}. A group without a value ({undefined}) is left out and named in a warning; NaN
        with a warning when fewer than two groups have a value.

    Raises
    ------
    MetricError
        On a single group, an unknown reference, inputs that do not match, scores that are
        missing, infinite or out of range.

    References
    ----------
    {reference}

    Examples
    --------
    >>> y = [0, 0, 1, 1, 1, 0, 1, 0, 1, 1]
    >>> p = [0.1, 0.4, 0.35, 0.8, 0.9, 0.2, 0.5, 0.6, 0.7, 0.3]
    >>> round({name}(y, p, sensitive_features=list("aaaaabbbbb")), 4)
    {example}
    """

_RULES = {
    "difference": "Without `reference`: largest − smallest, ≥ 0. With `reference`: group − "
    "reference,\n    signed, for the group that is furthest from it.",
    "ratio": "Without `reference`: smallest / largest, in [0, 1]. With `reference`: group / "
    "reference, for\n    the group that is furthest from it.",
    "distance": "Without `reference`: of the two groups that are furthest apart. With "
    "`reference`: of the group\n    that is furthest from it.",
}


def plain(row: Scored, example: float, note: str = "") -> PlainScore:
    """Make ``f(y_true, y_score)`` of a row."""

    def metric(
        y_true: Any, y_score: Any, *, sample_weight: Any = None, pos_label: Any = None
    ) -> float:
        parted = read_scores(
            row.name,
            y_true,
            y_score,
            sample_weight=sample_weight,
            pos_label=pos_label,
            probability=row.probability,
        )
        return number(row.name, row.values(parted)[0])

    metric.__name__ = metric.__qualname__ = row.name
    metric.__doc__ = _PLAIN_DOC.format(
        name=row.name,
        title=row.title,
        formula=row.formula,
        note=_noted(note),
        inputs=_inputs(row.probability),
        range=row.range,
        undefined=row.undefined,
        reference=row.reference,
        example=example,
    )
    return metric


def between(row: Scored, kind: Kind, example: float, note: str = "") -> GroupScore:
    """Make the difference or the ratio between groups of a row."""

    def metric(
        y_true: Any,
        y_score: Any,
        *,
        sensitive_features: Any,
        sample_weight: Any = None,
        pos_label: Any = None,
        reference: Any = None,
    ) -> float:
        parted = read_scores(
            row.name,
            y_true,
            y_score,
            sensitive_features=sensitive_features,
            sample_weight=sample_weight,
            pos_label=pos_label,
            probability=row.probability,
        )
        return gap(row.name, parted.groups, row.values(parted), kind, reference)

    metric.__name__ = metric.__qualname__ = f"{row.name}_{kind}"
    title = row.title[0].lower() + row.title[1:] if row.title[1:2].islower() else row.title
    metric.__doc__ = _GROUP_DOC.format(
        name=metric.__name__,
        lead=f"{kind.capitalize()} between groups of the {title}: ``{row.formula}``.",
        rule=_RULES[kind],
        note=_noted(note),
        inputs=_inputs(row.probability),
        range=f"units of {row.name}" if kind == "difference" else "[0, 1], or ≥ 0 with `reference`",
        undefined=row.undefined,
        reference=row.reference,
        example=example,
    )
    return metric


def distance(
    row: Declared,
    prepare: Callable[[Sample], Any],
    apart: Callable[[Any, Any], float],
    example: float,
    labelled: bool,
) -> GroupScore:
    """Make the widest distance between two groups of what `prepare` makes of each."""

    def metric(
        y_true: Any,
        y_score: Any,
        *,
        sensitive_features: Any,
        sample_weight: Any = None,
        pos_label: Any = None,
        reference: Any = None,
    ) -> float:
        parted = read_scores(
            row.name,
            y_true,
            y_score,
            sensitive_features=sensitive_features,
            sample_weight=sample_weight,
            pos_label=pos_label,
            labelled=labelled,
        )
        lacking = [(s.lacks if labelled else None) if len(s) else NOBODY for s in parted.samples]
        ready = [
            None if reason else prepare(sample)
            for sample, reason in zip(parted.samples, lacking, strict=True)
        ]
        return widest(
            row.name, parted.groups, lacking, lambda i, j: apart(ready[i], ready[j]), reference
        )

    metric.__name__ = metric.__qualname__ = row.name
    metric.__doc__ = _GROUP_DOC.format(
        name=row.name,
        lead=f"{row.title}: ``{row.formula}``.",
        rule=_RULES["distance"],
        note="",
        inputs=_inputs(False, labelled),
        range=row.range,
        undefined=row.undefined,
        reference=row.reference,
        example=example,
    )
    return metric


def _noted(note: str) -> str:
    return f"\n    {note}\n" if note else ""


def _inputs(probability: bool, labelled: bool = True) -> str:
    return _INPUTS.format(
        unlabelled="" if labelled else " Not looked at: None will do.",
        scores="Probabilities of the positive label."
        if probability
        else "Scores: finite numbers, more is more positive.",
    )
