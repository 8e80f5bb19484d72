"""Regression metrics: means, errors, standardised gaps, whole distributions, density ratios."""

from auditkit.metrics.declared import Declared
from auditkit.metrics.regression import errors, ratios, standardized
from auditkit.metrics.regression.errors import (
    mean_absolute_error,
    mean_absolute_error_difference,
    mean_absolute_error_ratio,
    mean_error,
    mean_error_difference,
    mean_prediction,
    mean_prediction_difference,
    mean_prediction_ratio,
    mean_squared_error,
    mean_squared_error_difference,
    mean_squared_error_ratio,
    r2,
    r2_difference,
    regression_by_group,
    root_mean_squared_error,
    root_mean_squared_error_difference,
    root_mean_squared_error_ratio,
)
from auditkit.metrics.regression.ratios import (
    independence_ratio,
    separation_ratio,
    sufficiency_ratio,
)
from auditkit.metrics.regression.standardized import (
    prediction_wasserstein,
    residual_standardized_mean_difference,
    standardized_mean_difference,
)

ROWS: tuple[Declared, ...] = (*errors.ROWS, *standardized.ROWS, *ratios.ROWS)
"""The regression metrics of the catalogue, declared."""

__all__ = [
    "ROWS",
    "independence_ratio",
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
    "prediction_wasserstein",
    "r2",
    "r2_difference",
    "regression_by_group",
    "residual_standardized_mean_difference",
    "root_mean_squared_error",
    "root_mean_squared_error_difference",
    "root_mean_squared_error_ratio",
    "separation_ratio",
    "standardized_mean_difference",
    "sufficiency_ratio",
]
