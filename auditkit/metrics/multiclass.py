"""More than two classes: each class against the rest, by group, then the mean or the worst.

A class against the rest is an ordinary label × prediction table, so every count metric of
:data:`auditkit.metrics.METRICS` applies to it, with its rules for what is undefined.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from auditkit.counts import Cube, Group
from auditkit.errors import MetricError, listed, nearest, shown
from auditkit.metrics.compare import Question, answer
from auditkit.metrics.declared import METRICS, Declared, Metric
from auditkit.metrics.family import Family, class_codes, read_rows, tidy, warn

__all__ = [
    "ConfusionTensor",
    "class_differences",
    "class_ratios",
    "confusion_tensor",
    "multiclass_difference",
    "multiclass_rates",
    "multiclass_ratio",
]

Kind = Literal["difference", "ratio"]


@dataclass(frozen=True, eq=False)
class ConfusionTensor:
    """A confusion matrix for each group.

    Attributes
    ----------
    attributes : tuple of str
        The sensitive features that are crossed.
    groups : tuple of tuple
        One entry a group; None is a missing value.
    classes : tuple of str
        The classes that occur, in numeric order if they are numbers.
    n, w : ndarray of shape (groups, classes, classes)
        Rows and sum of weights; axis 1 is the label, axis 2 the prediction.
    """

    attributes: tuple[str, ...]
    groups: tuple[Group, ...]
    classes: tuple[str, ...]
    n: NDArray[np.int64]
    w: NDArray[np.float64]

    def one_vs_rest(self, position: int) -> Cube:
        """Return the label × prediction table of one class against the others, by group."""
        n, w = (_collapse(table, position) for table in (self.n, self.w))
        return Cube(self.attributes, self.groups, n.astype(np.int64), w, w)


def _collapse(table: NDArray[Any], position: int) -> NDArray[np.float64]:
    hit = table[:, position, position]
    label, prediction = table[:, position, :].sum(axis=1), table[:, :, position].sum(axis=1)
    cube = np.zeros((len(table), 3, 3))
    cube[:, 1, 1], cube[:, 1, 0], cube[:, 0, 1] = hit, label - hit, prediction - hit
    rest = np.delete(np.delete(table, position, axis=1), position, axis=2)
    cube[:, 0, 0] = rest.sum(axis=(1, 2))
    return cube


def confusion_tensor(
    y_true: Any, y_pred: Any, *, sensitive_features: Any, sample_weight: Any = None
) -> ConfusionTensor:
    """Count label × prediction for every group: ``n_gyp``, rows of group g, label y, prediction p.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        Classes, two or more, none missing; a class may occur in only one of the two.
    sensitive_features : array-like, frame or mapping of arrays
        The groups; several columns are crossed, a missing value is a group.
    sample_weight : array-like of shape (n,), optional
        Weights, not negative.

    Returns
    -------
    ConfusionTensor
        Counts and sums of weights in [0, ∞), never undefined.

    Raises
    ------
    MetricError
        On inputs that do not match, missing classes, bad weights.

    References
    ----------
    Stehman (1997), Selecting and interpreting measures of thematic classification accuracy.

    Examples
    --------
    >>> tensor = confusion_tensor(
    ...     ["a", "b", "c", "a"], ["a", "b", "a", "c"], sensitive_features=["F", "F", "F", "M"]
    ... )
    >>> tensor.classes, tensor.n[0].tolist()
    (('a', 'b', 'c'), [[1, 0, 0], [0, 1, 0], [1, 0, 0]])
    """
    if sensitive_features is None:
        raise MetricError("no sensitive_features were given")
    rows = read_rows(sensitive_features, sample_weight, y_true=y_true, y_pred=y_pred)
    (label, prediction), classes = class_codes(list(rows.columns.values()))
    flat = (rows.group * len(classes) + label) * len(classes) + prediction
    shape = (len(rows.groups), len(classes), len(classes))
    if math.prod(shape) > _MOST_CELLS:
        raise MetricError(f"{len(classes)} classes in {len(rows.groups)} groups: are they numbers?")
    n = np.bincount(flat, minlength=math.prod(shape)).reshape(shape)
    w = np.bincount(flat, rows.weight, math.prod(shape)).reshape(shape)
    return ConfusionTensor(rows.attributes, rows.groups, classes, n, np.asarray(w))


_MOST_CELLS = 50_000_000
_FAMILY = Family(
    "multiclass",
    {
        "y_true": "array-like of shape (n,)\n    The classes, two or more, none missing.",
        "y_pred": "array-like of shape (n,)\n    The predicted classes.",
        "metric": "str\n    A rate of :data:`METRICS`, taken with each class as the positive one.",
        "metrics": "sequence of str, optional\n    Rates of :data:`METRICS`; all by default.",
        "agg": '{"worst_case", "mean"}\n    The class with the widest gap, or the mean of all.',
    },
)
_NEEDS = ("label", "prediction", "group")
_SOURCE = (
    "Sokolova, Lapalme (2009), A systematic analysis of performance measures for classification "
    "tasks, Information Processing & Management 45 (one class against the rest, macro-averages)"
)


@_FAMILY.metric(
    "Rates of each class against the rest",
    needs=_NEEDS,
    formula="P(event of class c | given, group g), for every class c and group g",
    reference=_SOURCE,
    undefined="the rate's own reason, in that group and class",
    better="neither",
)
def multiclass_rates(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    metrics: Sequence[str] | None = None,
    sample_weight: Any = None,
) -> list[dict[str, Any]]:
    """Return the rates of every class against the rest, in every group, as tidy rows.

    Each row also has the key ``class``; ``n`` is the number of rows in the rate's denominator.

    Examples
    --------
    >>> multiclass_rates(
    ...     ["a", "b", "c"], ["a", "b", "a"], sensitive_features={"sex": ["F", "F", "M"]},
    ...     metrics=["true_positive_rate"],
    ... )[0]
    {'sex': 'F', 'metric': 'true_positive_rate', 'class': 'a', 'value': 1.0, 'n': 1, 'reason': None}
    """
    chosen = [_metric(name) for name in (METRICS if metrics is None else metrics)]
    tensor = confusion_tensor(
        y_true, y_pred, sensitive_features=sensitive_features, sample_weight=sample_weight
    )
    rows = []
    for row in chosen:
        for position, text in enumerate(tensor.classes):
            cube = tensor.one_vs_rest(position)
            top, bottom = row.sums(cube.w)
            rates = np.divide(top, bottom, out=np.full_like(top, math.nan), where=bottom > 0)
            columns: dict[str, Iterable[Any]] = {
                "class": [text] * len(rates),
                "value": rates.tolist(),
                "n": row.sums(cube.n)[1].astype(np.int64).tolist(),
                "reason": [row.undefined if math.isnan(rate) else None for rate in rates],
            }
            rows += tidy(row.name, tensor.attributes, tensor.groups, columns)
    return rows


@_FAMILY.metric(
    "Difference between groups, class by class",
    needs=_NEEDS,
    formula="max over groups − min over groups of the rate of class c against the rest",
    reference=_SOURCE,
    undefined="fewer than two groups have the rate for that class",
    values="[0, 1], or [−1, 1] with a reference",
)
def class_differences(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    metric: str = "true_positive_rate",
    sample_weight: Any = None,
    reference: Any = None,
) -> dict[str, float]:
    """Return the difference between groups of a rate, for each class against the rest.

    With `reference`: rate of the group − rate of the reference, for the furthest group.

    Examples
    --------
    >>> class_differences(
    ...     list("abab"), list("abaa"), sensitive_features=["F", "F", "M", "M"]
    ... )
    {'a': 0.0, 'b': 1.0}
    """
    return _gaps("difference", y_true, y_pred, metric, sensitive_features, sample_weight, reference)


@_FAMILY.metric(
    "Ratio between groups, class by class",
    needs=_NEEDS,
    formula="min over groups / max over groups of the rate of class c against the rest",
    reference=_SOURCE,
    undefined="fewer than two groups have the rate for that class, or it is 0 in all",
    values="[0, 1], or [0, ∞) with a reference",
    better="one",
)
def class_ratios(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    metric: str = "true_positive_rate",
    sample_weight: Any = None,
    reference: Any = None,
) -> dict[str, float]:
    """Return the ratio between groups of a rate, for each class against the rest.

    With `reference`: rate of the group / rate of the reference, for the furthest group.

    Examples
    --------
    >>> class_ratios(
    ...     list("aabbaabb"), list("aabbabbb"), sensitive_features=list("FFFFMMMM")
    ... )
    {'a': 0.5, 'b': 1.0}
    """
    return _gaps("ratio", y_true, y_pred, metric, sensitive_features, sample_weight, reference)


@_FAMILY.metric(
    "Difference between groups over all classes",
    needs=_NEEDS,
    formula="max (or mean) over classes c of |difference between groups of the rate of class c|",
    reference=_SOURCE,
    undefined="no class has a difference",
)
def multiclass_difference(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    metric: str = "true_positive_rate",
    agg: Literal["worst_case", "mean"] = "worst_case",
    sample_weight: Any = None,
    reference: Any = None,
) -> float:
    """Return the largest, or the mean, difference between groups over the classes.

    Sizes are aggregated, not signs: the signed selection differences of all classes add up to 0.
    A class without a difference is left out and named in a warning.

    Examples
    --------
    >>> multiclass_difference(
    ...     list("abab"), list("abaa"), sensitive_features=["F", "F", "M", "M"], agg="mean"
    ... )
    0.5
    """
    gaps = _gaps("difference", y_true, y_pred, metric, sensitive_features, sample_weight, reference)
    return _over_classes({text: abs(gap) for text, gap in gaps.items()}, "difference", metric, agg)


@_FAMILY.metric(
    "Ratio between groups over all classes",
    needs=_NEEDS,
    formula="min (or mean) over classes c of min(r, 1/r), r the ratio of the rate of class c",
    reference=_SOURCE,
    undefined="no class has a ratio",
    better="one",
)
def multiclass_ratio(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    metric: str = "true_positive_rate",
    agg: Literal["worst_case", "mean"] = "worst_case",
    sample_weight: Any = None,
    reference: Any = None,
) -> float:
    """Return the smallest, or the mean, ratio between groups over the classes.

    With `reference` a ratio can pass 1; it is turned over first, so that a gain in one class does
    not hide a loss in another. A class without a ratio is left out and named in a warning.

    Examples
    --------
    >>> multiclass_ratio(
    ...     list("aabbaabb"), list("aabbabbb"), sensitive_features=list("FFFFMMMM"), agg="mean"
    ... )
    0.75
    """
    gaps = _gaps("ratio", y_true, y_pred, metric, sensitive_features, sample_weight, reference)
    folded = {text: 1 / gap if gap > 1 else gap for text, gap in gaps.items()}
    return _over_classes(folded, "ratio", metric, agg)


def _metric(name: str) -> Metric:
    if name not in METRICS:
        raise MetricError(f"no metric '{shown(name)}'{nearest(str(name), METRICS)}")
    return METRICS[name]


def _gaps(
    kind: Kind, y_true: Any, y_pred: Any, metric: str, features: Any, weight: Any, reference: Any
) -> dict[str, float]:
    row = _metric(metric)
    tensor = confusion_tensor(y_true, y_pred, sensitive_features=features, sample_weight=weight)
    gaps = {}
    for position, text in enumerate(tensor.classes):
        named = replace(row, name=f"{row.name} of class '{shown(text)}'")
        question = Question(metric=f"{named.name}: {kind}", kind=kind, parts=(named,))
        cube = tensor.one_vs_rest(position)
        gaps[text] = answer(question, cube, reference=reference, stacklevel=5)
    return gaps


def _over_classes(gaps: Mapping[str, float], kind: Kind, metric: str, agg: str) -> float:
    if agg not in {"worst_case", "mean"}:
        raise MetricError(f"agg is '{shown(agg)}'; use 'worst_case' or 'mean'")
    undefined = [text for text, gap in gaps.items() if math.isnan(gap)]
    known = [gap for gap in gaps.values() if not math.isnan(gap)]
    if undefined:
        warn(f"no {metric} {kind} for class {listed(undefined)}: left out")
    if not known:
        warn(f"no class has a {metric} {kind}")
        return math.nan
    if agg == "mean":
        return math.fsum(known) / len(known)
    return max(known) if kind == "difference" else min(known)


ROWS: tuple[Declared, ...] = tuple(_FAMILY.rows)
