"""How high predictions are, and how far from their targets."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from auditkit.errors import MetricError, nearest, shown
from auditkit.metrics.family import tidy
from auditkit.metrics.regression.fits import Fit, Fitted, between, plain, read_fits, spread
from auditkit.metrics.scores.between import Value
from auditkit.metrics.scores.sample import mean

__all__ = [
    "ROWS",
    "mean_absolute_error",
    "mean_absolute_error_difference",
    "mean_absolute_error_ratio",
    "mean_error",
    "mean_error_difference",
    "mean_prediction",
    "mean_prediction_difference",
    "mean_prediction_ratio",
    "mean_squared_error",
    "mean_squared_error_difference",
    "mean_squared_error_ratio",
    "r2",
    "r2_difference",
    "regression_by_group",
    "root_mean_squared_error",
    "root_mean_squared_error_difference",
    "root_mean_squared_error_ratio",
]


def _mean_prediction(fit: Fit) -> Value:
    return mean(fit.prediction, fit.weight)


def _mean_error(fit: Fit) -> Value:
    return mean(-fit.residual, fit.weight)


def _absolute(fit: Fit) -> Value:
    return mean(np.abs(fit.residual), fit.weight)


def _squared(fit: Fit) -> Value:
    return mean(fit.residual**2, fit.weight)


def _root(fit: Fit) -> Value:
    return math.sqrt(mean(fit.residual**2, fit.weight))


def _r2(fit: Fit) -> Value:
    if fit.target.min() == fit.target.max():
        return "the targets do not vary"
    total = spread(fit.target, fit.weight)[0]
    left = fit.residual**2
    return 1 - float((left if fit.weight is None else left * fit.weight).sum()) / total


_AGARWAL = (
    "Agarwal, Dudik, Wu (2019), Fair regression: quantitative definitions and reduction-based "
    "algorithms, ICML 36"
)
_DALEX = "dalex fairness, GroupFairnessRegression"

MEAN_PREDICTION = Fitted(
    name="mean_prediction",
    title="Mean prediction",
    family="regression",
    needs=("prediction",),
    better="neither",
    formula="mean ŷ",
    reference="fairlearn.metrics.mean_prediction; " + _AGARWAL,
    undefined="no rows with a weight above 0",
    range="(-∞, ∞)",
    of=_mean_prediction,
)
MEAN_ERROR = Fitted(
    name="mean_error",
    title="Mean error",
    family="regression",
    needs=("label", "prediction"),
    better="zero",
    formula="mean (ŷ − y), above 0 where predictions are too high",
    reference=_DALEX,
    undefined="no rows with a weight above 0",
    range="(-∞, ∞)",
    of=_mean_error,
)
MAE = Fitted(
    name="mean_absolute_error",
    title="Mean absolute error",
    family="regression",
    needs=("label", "prediction"),
    better="down",
    formula="mean |ŷ − y|",
    reference=_AGARWAL + "; " + _DALEX,
    undefined="no rows with a weight above 0",
    range="[0, ∞)",
    of=_absolute,
)
MSE = Fitted(
    name="mean_squared_error",
    title="Mean squared error",
    family="regression",
    needs=("label", "prediction"),
    better="down",
    formula="mean (ŷ − y)²",
    reference="sklearn.metrics.mean_squared_error; " + _AGARWAL,
    undefined="no rows with a weight above 0",
    range="[0, ∞)",
    of=_squared,
)
RMSE = Fitted(
    name="root_mean_squared_error",
    title="Root mean squared error",
    family="regression",
    needs=("label", "prediction"),
    better="down",
    formula="√ mean (ŷ − y)²",
    reference=_AGARWAL + "; " + _DALEX,
    undefined="no rows with a weight above 0",
    range="[0, ∞)",
    of=_root,
)
R2 = Fitted(
    name="r2",
    title="R² (coefficient of determination)",
    family="regression",
    needs=("label", "prediction"),
    better="up",
    formula="1 − Σ (y − ŷ)² / Σ (y − ȳ)², ȳ the mean of the group",
    reference="Kvalseth (1985), Cautionary note about R², The American Statistician 39",
    undefined="the targets do not vary",
    range="(-∞, 1]",
    of=_r2,
)

ROWS = (MEAN_PREDICTION, MEAN_ERROR, MAE, MSE, RMSE, R2)
_NAMED: Mapping[str, Fitted] = {row.name: row for row in ROWS}

mean_prediction = plain(MEAN_PREDICTION, 3.75)
mean_prediction_difference = between(MEAN_PREDICTION, "difference", 2.5)
mean_prediction_ratio = between(MEAN_PREDICTION, "ratio", 0.5)
mean_error = plain(MEAN_ERROR, 0.0)
mean_error_difference = between(MEAN_ERROR, "difference", 0.0)
mean_absolute_error = plain(MAE, 0.625)
mean_absolute_error_difference = between(MAE, "difference", 0.75)
mean_absolute_error_ratio = between(MAE, "ratio", 0.25)
mean_squared_error = plain(MSE, 0.5625)
mean_squared_error_difference = between(MSE, "difference", 0.875)
mean_squared_error_ratio = between(MSE, "ratio", 0.125)
root_mean_squared_error = plain(RMSE, 0.75)
root_mean_squared_error_difference = between(RMSE, "difference", 0.6464)
root_mean_squared_error_ratio = between(RMSE, "ratio", 0.3536)
r2 = plain(R2, 0.88)
r2_difference = between(R2, "difference", 0.1)


def regression_by_group(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    metrics: Sequence[str] | None = None,
    sample_weight: Any = None,
) -> list[dict[str, Any]]:
    """Return every regression metric of every group as tidy rows (``pandas.DataFrame(...)``).

    Parameters
    ----------
    y_true, y_pred, sensitive_features, sample_weight
        As in :func:`mean_absolute_error_difference`; y_true may be None for ``mean_prediction``.
    metrics : sequence of str, optional
        Names of regression metrics that a group has a value of; all that the inputs allow by
        default.

    Returns
    -------
    list of dict
        One key for each sensitive feature, then ``metric``, ``value`` (None when undefined), ``n``
        (rows with a weight above 0), ``reason`` (why it is undefined, else None).

    Raises
    ------
    MetricError
        On an unknown metric, and as :func:`mean_absolute_error_difference`.

    References
    ----------
    Of each metric, in :func:`catalogue`.

    Examples
    --------
    >>> rows = regression_by_group([1, 2, 5], [1, 3, 4], sensitive_features={"sex": list("FFM")})
    >>> rows[0]["metric"], rows[0]["value"], rows[-1]["reason"]
    ('mean_prediction', 2.0, 'the targets do not vary')
    """
    for name in metrics or ():
        if name not in _NAMED:
            raise MetricError(f"no regression metric '{shown(name)}'{nearest(name, _NAMED)}")
    asked = [_NAMED[name] for name in metrics] if metrics else list(_NAMED.values())
    if metrics is None and y_true is None:
        asked = [row for row in asked if "label" not in row.needs]
    needy = next((row for row in asked if "label" in row.needs), asked[0])
    fits = read_fits(needy, y_true, y_pred, sensitive_features, sample_weight)
    rows: list[dict[str, Any]] = []
    for row in asked:
        values = [row.value(fit) for fit in fits.parts]
        columns: dict[str, list[Any]] = {
            "value": [None if isinstance(value, str) else value for value in values],
            "n": [len(fit) for fit in fits.parts],
            "reason": [value if isinstance(value, str) else None for value in values],
        }
        rows += tidy(row.name, fits.attributes, fits.groups, columns)
    return rows
