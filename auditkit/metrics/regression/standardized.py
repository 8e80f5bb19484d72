"""Gaps of means in units of a standard deviation, and the distance of whole distributions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from auditkit.errors import MetricError, listed, shown
from auditkit.metrics.declared import Declared
from auditkit.metrics.regression.fits import Fit, Fits, read_fits, spread
from auditkit.metrics.scores.between import Value, widest
from auditkit.metrics.scores.distances import wasserstein
from auditkit.metrics.scores.sample import Floats, Part, mean

__all__ = [
    "ROWS",
    "prediction_wasserstein",
    "residual_standardized_mean_difference",
    "standardized_mean_difference",
]

Denominator = Literal["pooled", "population"]
_DENOMINATORS = ("pooled", "population")
_COHEN = "Cohen (1988), Statistical Power Analysis for the Behavioral Sciences, ch. 2"
_SOLAS = "SolasAI disparity (population, × 100)"

SMD = Declared(
    name="standardized_mean_difference",
    title="Standardized mean difference",
    family="regression",
    needs=("prediction", "group"),
    better="zero",
    formula="(mean ŷ_a − mean ŷ_b) / SD(ŷ)",
    reference=f"{_COHEN}; {_SOLAS}",
    undefined="the predictions do not vary",
    range="(-∞, ∞)",
)
RESIDUAL_SMD = Declared(
    name="residual_standardized_mean_difference",
    title="Standardized mean difference of the residuals",
    family="regression",
    needs=("label", "prediction", "group"),
    better="zero",
    formula="(mean r_a − mean r_b) / SD(r), r = y − ŷ",
    reference=f"{_COHEN}; {_SOLAS}",
    undefined="the residuals do not vary",
    range="(-∞, ∞)",
)
WASSERSTEIN = Declared(
    name="prediction_wasserstein",
    title="Wasserstein distance of the predictions",
    family="regression",
    needs=("prediction", "group"),
    better="zero",
    formula="∫ |F_a(t) − F_b(t)| dt, F the share of predictions at most t",
    reference="Chzhen et al. (2020), Fair regression with Wasserstein barycenters, NeurIPS 33; "
    "scipy.stats.wasserstein_distance",
    undefined="no rows with a weight above 0",
    range="[0, ∞)",
)

ROWS = (SMD, RESIDUAL_SMD, WASSERSTEIN)


def standardized_mean_difference(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    sample_weight: Any = None,
    reference: Any = None,
    denominator: Denominator = "pooled",
    scale: float = 1.0,
) -> float:
    """Return the gap of mean predictions in standard deviations: ``(m_a − m_b) / SD``.

    Without `reference`: of the two groups that are furthest apart, ≥ 0. With `reference`: group −
    reference, signed, of the group that is furthest from it.

    Parameters
    ----------
    y_true : array-like or None
        Not looked at: None will do.
    y_pred : array-like of shape (n,)
        What was predicted: finite numbers.
    sensitive_features : array-like, frame or mapping of arrays
        The groups; several columns are crossed, a missing value is a group.
    sample_weight : array-like of shape (n,), optional
        Weights, not negative; rows of weight 0 are left out. Scaling all changes nothing.
    reference : str or tuple, optional
        The group that the others are compared with.
    denominator : {"pooled", "population"}
        ``"pooled"``: √[((n_a − 1) s_a² + (n_b − 1) s_b²) / (n_a + n_b − 2)], Cohen's d.
        ``"population"``: the standard deviation of all rows (over n − 1), those of other groups
        and of the missing one included, as in SolasAI.
    scale : float
        What the result is multiplied by, above 0; SolasAI shows it times 100.

    Returns
    -------
    float
        In (−∞, ∞), at least 0 without `reference`; NaN with a warning when undefined: the
        predictions do not vary, or each of the two groups has one row (pooled).

    Raises
    ------
    MetricError
        On a single group, an unknown reference or denominator, inputs that do not match, numbers
        that are missing or infinite.

    References
    ----------
    .. [1] Cohen (1988), Statistical Power Analysis for the Behavioral Sciences, ch. 2.
    .. [2] SolasAI disparity, standardized_mean_difference.

    Examples
    --------
    >>> p = [1, 2, 3, 2, 4, 6]
    >>> round(standardized_mean_difference(None, p, sensitive_features=list("aaabbb")), 4)
    1.2649
    """
    fits = read_fits(SMD, None, y_pred, sensitive_features, sample_weight)
    values = [fit.prediction for fit in fits.parts]
    return _scaled(scale) * _standardized(SMD, fits, values, reference, denominator)


def residual_standardized_mean_difference(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    sample_weight: Any = None,
    reference: Any = None,
    denominator: Denominator = "pooled",
    scale: float = 1.0,
) -> float:
    """Return the gap of mean residuals in standard deviations: ``(m_a − m_b) / SD`` of y − ŷ.

    A group whose residuals are higher on average is predicted too low, relative to the other.
    Without `reference`: of the two groups that are furthest apart, ≥ 0. With `reference`: group −
    reference, signed, of the group that is furthest from it.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        What was to be predicted, and what was: finite numbers.
    sensitive_features, sample_weight, reference, denominator, scale
        As in :func:`standardized_mean_difference`, of the residuals.

    Returns
    -------
    float
        In (−∞, ∞), at least 0 without `reference`; NaN with a warning when undefined: the
        residuals do not vary, or each of the two groups has one row (pooled).

    Raises
    ------
    MetricError
        As :func:`standardized_mean_difference`.

    References
    ----------
    SolasAI disparity, residual_standardized_mean_difference (population, × 100).

    Examples
    --------
    >>> y, p = [1, 2, 4, 2, 4, 7], [1, 2, 3, 3, 5, 6]
    >>> round(residual_standardized_mean_difference(y, p, sensitive_features=list("aaabbb")), 4)
    0.7303
    """
    fits = read_fits(RESIDUAL_SMD, y_true, y_pred, sensitive_features, sample_weight)
    values = [fit.residual for fit in fits.parts]
    found = _standardized(RESIDUAL_SMD, fits, values, reference, denominator)
    return _scaled(scale) * found


def prediction_wasserstein(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    sample_weight: Any = None,
    reference: Any = None,
) -> float:
    """Return how far predictions would have to move for two groups' distributions to be alike.

    ``∫ |F_a(t) − F_b(t)| dt``, in units of the prediction; at least the gap of the means. Without
    `reference`: of the two groups that are furthest apart. With `reference`: of the group that is
    furthest from it.

    Parameters
    ----------
    y_true : array-like or None
        Not looked at: None will do.
    y_pred, sensitive_features, sample_weight, reference
        As in :func:`standardized_mean_difference`.

    Returns
    -------
    float
        In [0, ∞). A group without a row that has a weight is left out and named in a warning; NaN
        with a warning when fewer than two groups are left.

    Raises
    ------
    MetricError
        As :func:`standardized_mean_difference`.

    References
    ----------
    Chzhen, Denis, Hebiri, Oneto, Pontil (2020), Fair regression with Wasserstein barycenters,
    NeurIPS 33.

    Examples
    --------
    >>> prediction_wasserstein(None, [1, 2, 3, 2, 3, 7], sensitive_features=list("aaabbb"))
    2.0
    """
    fits = read_fits(WASSERSTEIN, None, y_pred, sensitive_features, sample_weight)
    parts = [_in_order(fit) for fit in fits.parts]
    return widest(
        WASSERSTEIN.name,
        fits.groups,
        fits.lacking,
        lambda i, j: wasserstein(parts[i], parts[j]),
        reference,
    )


def _scaled(scale: float) -> float:
    if not 0 < scale < math.inf:
        raise MetricError(f"scale is {shown(scale)}; it must be above 0")
    return scale


def _in_order(fit: Fit) -> Part:
    order = np.argsort(fit.prediction, kind="stable")
    return fit.prediction[order], None if fit.weight is None else fit.weight[order]


def _standardized(
    row: Declared, fits: Fits, values: list[Floats], reference: Any, denominator: str
) -> float:
    if denominator not in _DENOMINATORS:
        raise MetricError(f"denominator is '{shown(denominator)}'; use {listed(_DENOMINATORS)}")
    weights = [fit.weight for fit in fits.parts]
    pairs = list(zip(values, weights, strict=True))
    means = [mean(v, w) if len(v) else math.nan for v, w in pairs]
    spreads = [spread(v, w) if len(v) else (0.0, 0.0) for v, w in pairs]
    known = [w for w in weights if w is not None]
    everybody = spread(np.concatenate(values), np.concatenate(known) if known else None)
    deviation = _pooled(spreads) if denominator == "pooled" else lambda i, j: everybody

    def apart(i: int, j: int) -> Value:
        squares, freedom = deviation(i, j)
        if freedom <= 0 or squares <= 0:
            return row.undefined if freedom > 0 else "one row in each group"
        gap = (means[i] - means[j]) / math.sqrt(squares / freedom)
        return abs(gap) if reference is None else gap

    return widest(row.name, fits.groups, fits.lacking, apart, reference)


def _pooled(spreads: list[tuple[float, float]]) -> Callable[[int, int], tuple[float, float]]:
    def pooled(i: int, j: int) -> tuple[float, float]:
        return spreads[i][0] + spreads[j][0], spreads[i][1] + spreads[j][1]

    return pooled
