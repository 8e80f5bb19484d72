"""Targets and predictions that are numbers: read once, parted by group; a row becomes functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np

from auditkit.counts import Group
from auditkit.errors import MetricError
from auditkit.metrics.arrays import check_alike, column_of, features_of, weights_of
from auditkit.metrics.declared import Declared
from auditkit.metrics.scores.between import Kind, Value, gap, number
from auditkit.metrics.scores.parting import part_by
from auditkit.metrics.scores.sample import Floats, codes_of, mean, numbers_of

__all__ = ["NOBODY", "Fit", "Fits", "Fitted", "GroupRegression", "PlainRegression", "between",
           "plain", "read_fits", "spread"]  # fmt: skip

NOBODY = "no rows with a weight above 0"


@dataclass(frozen=True, slots=True)
class Fit:
    """The rows of one group that have a weight.

    Attributes
    ----------
    target : ndarray
        What was to be predicted; zeros where it was not asked for.
    prediction : ndarray
        What was predicted.
    weight : ndarray or None
        Above 0; None where every row counts once.
    """

    target: Floats
    prediction: Floats
    weight: Floats | None

    def __len__(self) -> int:
        return len(self.prediction)

    @property
    def residual(self) -> Floats:
        """Target minus prediction."""
        return self.target - self.prediction


@dataclass(frozen=True, slots=True)
class Fits:
    """Rows by group; without sensitive features there is one group, ``()``.

    Attributes
    ----------
    attributes : tuple of str
        Names of the sensitive features.
    groups : tuple of tuple
        One entry a group; None is a missing value.
    parts : tuple of Fit
        In the order of `groups`.
    """

    attributes: tuple[str, ...]
    groups: tuple[Group, ...]
    parts: tuple[Fit, ...]

    @property
    def lacking(self) -> list[str | None]:
        """Why a group cannot be compared, or None."""
        return [None if len(part) else NOBODY for part in self.parts]


@dataclass(frozen=True, kw_only=True)
class Fitted(Declared):
    """A metric of targets and predictions of one group.

    Attributes
    ----------
    of : callable
        From a :class:`Fit` of at least one row to a number, or the reason why there is none.
    """

    of: Callable[[Fit], Value]

    def value(self, fit: Fit) -> Value:
        """Return the value in one group."""
        return self.of(fit) if len(fit) else NOBODY


def read_fits(
    row: Declared,
    y_true: Any,
    y_pred: Any,
    sensitive_features: Any = None,
    sample_weight: Any = None,
) -> Fits:
    """Read targets and predictions, each only if the metric needs it.

    Raises
    ------
    MetricError
        On inputs that do not match, or numbers that are missing or infinite.
    """
    targeted = "label" in row.needs
    if y_pred is None or (targeted and y_true is None):
        raise MetricError(f"{row.name} needs {'y_true and y_pred' if targeted else 'y_pred'}")
    prediction_column = column_of("y_pred", y_pred)
    target_column = column_of("y_true", y_true) if targeted else None
    weight_column = column_of("sample_weight", sample_weight)
    features = features_of(sensitive_features)
    given = (target_column, prediction_column, weight_column, *features)
    size = check_alike([column for column in given if column is not None])
    assert prediction_column is not None
    prediction = numbers_of(prediction_column).astype(np.float64, copy=False)
    target = np.zeros(size) if target_column is None else numbers_of(target_column)
    target = target.astype(np.float64, copy=False)
    weight = weights_of(weight_column)
    codes, groups = codes_of(features, size)
    if weight is not None and not weight.all():
        kept = weight > 0
        target, prediction, weight, codes = (
            column[kept] for column in (target, prediction, weight, codes)
        )
    arrays = [target, prediction, *([] if weight is None else [weight])]
    arrays, starts = part_by(codes, len(groups), arrays)
    parts = []
    for low, high in pairwise(starts):
        mine = [values[low:high] for values in arrays]
        parts.append(Fit(mine[0], mine[1], None if weight is None else mine[2]))
    return Fits(tuple(column.name for column in features), groups, tuple(parts))


def spread(values: Floats, weight: Floats | None) -> tuple[float, float]:
    """Return the sum of squares about the mean, and the degrees of freedom it has.

    Their ratio is the unbiased variance: over n − 1, or with weights over W − Σw² / W.
    """
    off = values - mean(values, weight)
    if weight is None:
        return float((off * off).sum()), len(values) - 1.0
    total = float(weight.sum())
    return float((weight * off * off).sum()), total - float((weight * weight).sum()) / total


class PlainRegression(Protocol):
    """``f(y_true, y_pred, *, sample_weight=None) -> float``."""

    __name__: str

    def __call__(self, y_true: Any, y_pred: Any, *, sample_weight: Any = None) -> float:
        """Return the value over all rows."""


class GroupRegression(Protocol):
    """A difference or a ratio between groups; see :func:`mean_prediction_difference`."""

    __name__: str

    def __call__(
        self,
        y_true: Any,
        y_pred: Any,
        *,
        sensitive_features: Any,
        sample_weight: Any = None,
        reference: Any = None,
    ) -> float:
        """Return the gap between groups."""


_INPUTS = """y_true : array-like of shape (n,)
        What was to be predicted: finite numbers.{untargeted}
    y_pred : array-like of shape (n,)
        What was predicted: finite numbers."""

_WEIGHT = """sample_weight : array-like of shape (n,), optional
        Weights, not negative; rows of weight 0 are left out."""

_DATA = """>>> y = [1, 2, 3, 4, 2, 4, 6, 8]
    >>> p = [1.5, 2, 2.5, 4, 3, 3, 5, 9]"""

_PLAIN_DOC = """{title}: ``{formula}``.

    Parameters
    ----------
    {inputs}
    {weight}

    Returns
    -------
    float
        In {range}; NaN with a warning when undefined ({undefined}).

    Raises
    ------
    MetricError
        On inputs that do not match, or numbers that are missing or infinite.

    References
    ----------
    {reference}

    Examples
    --------
    {data}
    >>> round({name}(y, p), 4)
    {example}
    """

_GROUP_DOC = """{kind_title} between groups of the {title}: ``{formula}``.

    {rule}

    Parameters
    ----------
    {inputs}
    sensitive_features : array-like, frame or mapping of arrays
        The groups; several columns are crossed, a missing value is a group.
    {weight}
    reference : str or tuple, optional
        The group (one value for each sensitive feature) that the others are compared with.

    Returns
    -------
    float
        {range}. A group without a value ({undefined}) is left out and named in a warning; NaN with
        a warning when fewer than two groups have a value.

    Raises
    ------
    MetricError
        On a single group, an unknown reference, inputs that do not match, numbers that are missing
        or infinite.

    References
    ----------
    {reference}

    Examples
    --------
    {data}
    >>> round({name}(y, p, sensitive_features=list("aaaabbbb")), 4)
    {example}
    """

_RULES = {
    "difference": "Without `reference`: largest − smallest, ≥ 0. With `reference`: group − "
    "reference,\n    signed, for the group that is furthest from it.",
    "ratio": "Without `reference`: smallest / largest. With `reference`: group / reference, for "
    "the group\n    that is furthest from it. Undefined when a value is below 0.",
}


def plain(row: Fitted, example: float) -> PlainRegression:
    """Make ``f(y_true, y_pred)`` of a row."""

    def metric(y_true: Any, y_pred: Any, *, sample_weight: Any = None) -> float:
        fits = read_fits(row, y_true, y_pred, None, sample_weight)
        return number(row.name, row.value(fits.parts[0]))

    metric.__name__ = metric.__qualname__ = row.name
    metric.__doc__ = _PLAIN_DOC.format(
        name=row.name,
        title=row.title,
        formula=row.formula,
        inputs=_inputs(row),
        weight=_WEIGHT,
        range=row.range,
        undefined=row.undefined,
        reference=row.reference,
        data=_DATA,
        example=example,
    )
    return metric


def between(row: Fitted, kind: Kind, example: float) -> GroupRegression:
    """Make the difference or the ratio between groups of a row."""

    def metric(
        y_true: Any,
        y_pred: Any,
        *,
        sensitive_features: Any,
        sample_weight: Any = None,
        reference: Any = None,
    ) -> float:
        fits = read_fits(row, y_true, y_pred, sensitive_features, sample_weight)
        values = [row.value(fit) for fit in fits.parts]
        return gap(row.name, fits.groups, values, kind, reference)

    metric.__name__ = metric.__qualname__ = f"{row.name}_{kind}"
    metric.__doc__ = _GROUP_DOC.format(
        name=metric.__name__,
        kind_title=kind.capitalize(),
        title=row.title[0].lower() + row.title[1:] if row.title[1:2].islower() else row.title,
        formula=row.formula,
        rule=_RULES[kind],
        inputs=_inputs(row),
        weight=_WEIGHT,
        range="In units of the metric" if kind == "difference" else "At least 0",
        undefined=row.undefined,
        reference=row.reference,
        data=_DATA,
        example=example,
    )
    return metric


def _inputs(row: Declared) -> str:
    return _INPUTS.format(
        untargeted="" if "label" in row.needs else " Not looked at: None will do."
    )
