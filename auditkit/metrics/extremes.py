"""The smallest and the largest value of a metric over the groups.

Every metric that has a value in each group also answers as ``NAME_group_min`` and
``NAME_group_max``; fairlearn's names for eleven of them are written out below.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Protocol

import numpy as np

from auditkit.counts import Group
from auditkit.errors import MetricError, listed
from auditkit.metrics import regression, scores
from auditkit.metrics.conventions import check_offers
from auditkit.metrics.declared import METRICS, Declared
from auditkit.metrics.family import name_of, warn
from auditkit.metrics.made import CountRow, counted, group_metric, rates_in
from auditkit.metrics.quotients import QUOTIENTS
from auditkit.metrics.regression.fits import Fit, Fitted, read_fits
from auditkit.metrics.scores.between import Value, extreme
from auditkit.metrics.scores.functions import Scored
from auditkit.metrics.scores.sample import Sample, mean, read_scores

__all__ = [
    "GroupExtreme",
    "accuracy_score_difference",
    "accuracy_score_group_min",
    "accuracy_score_ratio",
    "balanced_accuracy_score_group_min",
    "extreme_from_row",
    "f1_score_group_min",
    "log_loss_group_max",
    "mean_absolute_error_group_max",
    "mean_squared_error_group_max",
    "precision_score_group_min",
    "r2_score_group_min",
    "recall_score_group_min",
    "roc_auc_score_group_min",
    "zero_one_loss_group_max",
]

End = Literal["min", "max"]
Read = Callable[..., tuple[Sequence[Group], list[Value]]]


class GroupExtreme(Protocol):
    """``f(y_true, y_pred, *, sensitive_features, ...) -> float``: the value of one group."""

    __name__: str

    def __call__(
        self,
        y_true: Any,
        y_pred: Any = None,
        *,
        sensitive_features: Any,
        sample_weight: Any = None,
        pos_label: Any = None,
        convention: str = "auditkit",
    ) -> float:
        """Return the smallest or the largest value over the groups."""


_DOC = """{End} over the groups of the {title}: ``{end}_g m_g``, m = ``{formula}``.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        {labels}
    y_pred : array-like of shape (n,)
        {predictions}
    sensitive_features : array-like, frame or mapping of arrays
        The groups; several columns are crossed, a missing value is a group.
    sample_weight : array-like of shape (n,), optional
        Weights, not negative.
    pos_label : scalar, optional
        The positive value, where labels are not 0/1 or booleans.{unlabelled}
    convention : {{"auditkit", "fairlearn"}}
        ``"fairlearn"``: what scikit-learn puts in the place of an undefined value counts
        ({stand_in}), and the group is named in a warning.

    Returns
    -------
    float
        In {range}. A group whose value is undefined ({undefined}) is left out and named in a
        warning; NaN with a warning when no group has one.

    Raises
    ------
    MetricError
        On a single group, an unknown convention, inputs that do not match.

    References
    ----------
    {reference}; fairlearn 0.15.0, fairlearn.metrics, generated metrics.
    {example}"""

_EXAMPLE = """
    Examples
    --------
    >>> y_true = {y_true}
    >>> y_pred = {y_pred}
    >>> round({name}(y_true, y_pred, sensitive_features=list("aaaabbbb")), 3)
    {value}
    """
_BINARY = "0/1 or booleans; anything else needs `pos_label`."
_DATA = {
    "counts": ("[1, 1, 0, 0, 1, 1, 0, 0]", "[1, 0, 1, 0, 1, 1, 1, 0]"),
    "scores": ("[1, 1, 0, 0, 1, 1, 0, 0]", "[0.9, 0.4, 0.6, 0.1, 0.8, 0.7, 0.5, 0.2]"),
    "numbers": ("[1, 2, 3, 4, 2, 4, 6, 8]", "[1.5, 2, 2.5, 4, 3, 3, 5, 9]"),
}


def _counts(row: CountRow) -> Read:
    def read(
        y_true: Any, y_pred: Any, features: Any, weight: Any, pos_label: Any, convention: str
    ) -> tuple[Sequence[Group], list[Value]]:
        cube = counted(row, y_true, y_pred, features, weight, pos_label)
        some = np.flatnonzero(cube.n.sum(axis=(1, 2)))
        groups = [cube.groups[place] for place in some]
        rates = rates_in(row, cube)
        values: list[Value] = [
            row.undefined if math.isnan(rates[place]) else rates[place] for place in some
        ]
        if convention == "fairlearn":
            tables = [cube.w[place] for place in some]
            stands = [_rate_of_sklearn(row.name, table) for table in tables]
            values = _stood_in(row.name, groups, values, stands)
        return groups, values

    return read


def _rate_of_sklearn(name: str, table: Any) -> Value:
    """Return what scikit-learn gives for 0/0: 0; of the balanced accuracy, the rate that is left.

    Examples
    --------
    >>> import numpy as np
    >>> _rate_of_sklearn("balanced_accuracy", np.array([[3.0, 1.0, 0], [0, 0, 0], [0, 0, 0]]))
    0.75
    """
    if name != "balanced_accuracy":
        return 0.0
    known = [table[c, c] / table[c, :2].sum() for c in (0, 1) if table[c, :2].sum() > 0]
    return float(known[0]) if known else math.nan


def _scores(row: Scored) -> Read:
    def read(
        y_true: Any, y_score: Any, features: Any, weight: Any, pos_label: Any, convention: str
    ) -> tuple[Sequence[Group], list[Value]]:
        parted = read_scores(
            row.name, y_true, y_score, sensitive_features=features, sample_weight=weight,
            pos_label=pos_label, probability=row.probability,
        )  # fmt: skip
        values = row.values(parted)
        if convention == "fairlearn" and row.name == "log_loss":
            stands = [_clipped_loss(sample) for sample in parted.samples]
            values = _stood_in(row.name, parted.groups, values, stands)
        return parted.groups, values

    return read


def _clipped_loss(sample: Sample) -> Value:
    """Return the log loss as scikit-learn does, with probabilities kept off 0 and 1."""
    if not len(sample):
        return "no rows with a weight above 0"
    edge = float(np.finfo(sample.score.dtype).eps)
    p = np.clip(sample.probability, edge, 1 - edge)
    said = np.concatenate([1 - p[: sample.negatives], p[sample.negatives :]])
    return -mean(np.log(said), sample.weight)


def _numbers(row: Fitted) -> Read:
    def read(
        y_true: Any, y_pred: Any, features: Any, weight: Any, pos_label: Any, convention: str
    ) -> tuple[Sequence[Group], list[Value]]:
        if pos_label is not None:
            raise MetricError(f"{row.name} is of numbers: leave pos_label out")
        fits = read_fits(row, y_true, y_pred, features, weight)
        values = [row.value(fit) for fit in fits.parts]
        if convention == "fairlearn" and row.name == "r2":
            stands = [_finite_r2(fit, value) for fit, value in zip(fits.parts, values, strict=True)]
            values = _stood_in(row.name, fits.groups, values, stands)
        return fits.groups, values

    return read


def _finite_r2(fit: Fit, value: Value) -> Value:
    """Return R² as scikit-learn does: of targets that do not vary 1 if all are met, else 0."""
    if len(fit) < 2:
        return value if not len(fit) else "a single row"
    return 1.0 if not fit.residual.any() else 0.0


def _stood_in(
    name: str, groups: Sequence[Group], values: list[Value], stands: Sequence[Value]
) -> list[Value]:
    """Put another number in the place of what is undefined, and say so."""
    found = []
    for group, value, stand in zip(groups, values, stands, strict=True):
        if isinstance(value, str) and not isinstance(stand, str):
            warn(
                f"{name} is undefined ({value}) in {listed([name_of(group)])}: fairlearn counts "
                f"it as {stand:g}",
                stacklevel=5,
            )
            value = stand
        elif isinstance(stand, str):
            value = stand
        found.append(value)
    return found


def _made(row: Declared, read: Read, end: End, kind: str, value: str, alias: str) -> GroupExtreme:
    def metric(
        y_true: Any,
        y_pred: Any = None,
        *,
        sensitive_features: Any,
        sample_weight: Any = None,
        pos_label: Any = None,
        convention: str = "auditkit",
    ) -> float:
        check_offers(convention, metric.__name__, ("auditkit", "fairlearn"))
        if sensitive_features is None:
            raise MetricError("no sensitive_features were given")
        groups, values = read(
            y_true, y_pred, sensitive_features, sample_weight, pos_label, convention
        )
        return extreme(row.name, groups, values, end)

    metric.__name__ = metric.__qualname__ = alias or f"{row.name}_group_{end}"
    metric.__doc__ = _DOC.format(
        End="Largest value" if end == "max" else "Smallest value",
        end=end,
        title=row.title[0].lower() + row.title[1:] if row.title[1:2].islower() else row.title,
        formula=row.formula,
        labels="What was to be predicted: finite numbers." if kind == "numbers" else _BINARY,
        predictions={
            "counts": _BINARY,
            "scores": "Scores; probabilities of the positive label where the metric needs them.",
            "numbers": "What was predicted: finite numbers.",
        }[kind],
        unlabelled=" Not for numbers." if kind == "numbers" else "",
        stand_in=_STANDS.get(row.name, "0" if kind == "counts" else "it has none here"),
        range=row.range,
        undefined=row.undefined,
        reference=row.reference,
        example=_EXAMPLE.format(
            name=metric.__name__, value=value, y_true=_DATA[kind][0], y_pred=_DATA[kind][1]
        )
        if value
        else "",
    )
    return metric


_STANDS = {
    "balanced_accuracy": "the rate of the class that is there",
    "log_loss": "probabilities are clipped to the machine precision",
    "r2": "of targets that do not vary 1 where all are met, else 0",
}


def extreme_from_row(name: str, alias: str = "", value: str = "") -> GroupExtreme | None:
    """Return ``NAME_group_min`` or ``NAME_group_max`` of a declared metric, or None.

    Examples
    --------
    >>> extreme_from_row("true_positive_rate_group_min").__name__
    'true_positive_rate_group_min'
    """
    stem, _, end = name.rpartition("_group_")
    if end not in {"min", "max"}:
        return None
    side: End = "min" if end == "min" else "max"
    counts: Mapping[str, CountRow] = {**METRICS, **QUOTIENTS}
    if stem in counts:
        row = counts[stem]
        assert isinstance(row, Declared)
        return _made(row, _counts(row), side, "counts", value, alias)
    for declared in (*scores.ROWS, *regression.ROWS):
        if declared.name == stem and isinstance(declared, Scored):
            return _made(declared, _scores(declared), side, "scores", value, alias)
        if declared.name == stem and isinstance(declared, Fitted):
            return _made(declared, _numbers(declared), side, "numbers", value, alias)
    return None


def _named(name: str, alias: str, value: str) -> GroupExtreme:
    made = extreme_from_row(name, alias, value)
    assert made is not None
    return made


accuracy_score_difference = group_metric("accuracy", "difference", "accuracy_score_difference")
accuracy_score_ratio = group_metric("accuracy", "ratio", "accuracy_score_ratio")

# Examples by hand. Counts: a has one of each cell (each rate is 1/2); b has TP 2, FP 1, TN 1.
accuracy_score_group_min = _named("accuracy_group_min", "accuracy_score_group_min", "0.5")
zero_one_loss_group_max = _named("error_rate_group_max", "zero_one_loss_group_max", "0.5")
balanced_accuracy_score_group_min = _named(
    "balanced_accuracy_group_min", "balanced_accuracy_score_group_min", "0.5"
)
precision_score_group_min = _named(
    "positive_predictive_value_group_min", "precision_score_group_min", "0.5"
)
recall_score_group_min = _named("true_positive_rate_group_min", "recall_score_group_min", "0.5")
f1_score_group_min = _named("f1_group_min", "f1_score_group_min", "0.5")
# Scores: in a three of four pairs are in order, in b all. Loss of a: −¼ ln(0.9·0.4·0.4·0.9).
roc_auc_score_group_min = _named("roc_auc_group_min", "roc_auc_score_group_min", "0.75")
log_loss_group_max = _named("log_loss_group_max", "log_loss_group_max", "0.511")
# Numbers: errors of a 0.5, 0, 0.5, 0 and of b 1 each; Σ (y − ȳ)² is 5 and 20.
r2_score_group_min = _named("r2_group_min", "r2_score_group_min", "0.8")
mean_absolute_error_group_max = _named(
    "mean_absolute_error_group_max", "mean_absolute_error_group_max", "1.0"
)
mean_squared_error_group_max = _named(
    "mean_squared_error_group_max", "mean_squared_error_group_max", "1.0"
)
