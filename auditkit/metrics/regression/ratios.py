"""Independence, separation and sufficiency of a regression, as ratios of densities.

Each asks how much more likely what is seen (ŷ, ŷ given y, y given ŷ) is in one group than in the
other, on average over their rows. The densities are never estimated: by Bayes' rule their ratio is
that of the odds of belonging to the group, which a logistic regression gives.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from auditkit.errors import MetricError, listed, shown
from auditkit.metrics.declared import Declared
from auditkit.metrics.regression.fits import Fit, read_fits
from auditkit.metrics.scores.between import Value, widest
from auditkit.metrics.scores.sample import Floats, mean

__all__ = ["ROWS", "independence_ratio", "separation_ratio", "sufficiency_ratio"]

Convention = Literal["auditkit", "dalex"]
_CONVENTIONS = ("auditkit", "dalex")
_STEINBERG = (
    "Steinberg, Reid, O'Callaghan (2020), Fairness measures for regression via probabilistic "
    "classification, arXiv 2001.06089; dalex fairness, GroupFairnessRegression"
)

INDEPENDENCE = Declared(
    name="independence_ratio",
    title="Independence ratio",
    family="regression",
    needs=("prediction", "group"),
    better="one",
    formula="E[P(ŷ | a) / P(ŷ | b)] ≈ P(b) / P(a) × mean odds(a | ŷ)",
    reference=_STEINBERG,
    undefined="the predictions do not vary",
    range="(0, ∞)",
)
SEPARATION = Declared(
    name="separation_ratio",
    title="Separation ratio",
    family="regression",
    needs=("label", "prediction", "group"),
    better="one",
    formula="E[P(ŷ | y, a) / P(ŷ | y, b)] ≈ mean odds(a | y, ŷ) / odds(a | y)",
    reference=_STEINBERG,
    undefined="the targets or the predictions do not vary",
    range="(0, ∞)",
)
SUFFICIENCY = Declared(
    name="sufficiency_ratio",
    title="Sufficiency ratio",
    family="regression",
    needs=("label", "prediction", "group"),
    better="one",
    formula="E[P(y | ŷ, a) / P(y | ŷ, b)] ≈ mean odds(a | y, ŷ) / odds(a | ŷ)",
    reference=_STEINBERG,
    undefined="the targets or the predictions do not vary",
    range="(0, ∞)",
)

ROWS = (INDEPENDENCE, SEPARATION, SUFFICIENCY)


def independence_ratio(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    sample_weight: Any = None,
    reference: Any = None,
    convention: Convention = "auditkit",
) -> float:
    """Return how unlike two groups' predictions are, as a ratio of densities.

    ``E[P(ŷ | a) / P(ŷ | b)] ≈ P(b) / P(a) × mean odds(a | ŷ)``, the odds by a logistic regression
    of the group on the standardised prediction, with scikit-learn's default penalty, as in dalex.

    1 means no difference. The mean is over the rows of both groups, so with exact densities the
    ratio is at least 1 *in both directions* (it is 1 + P(a) χ²): it says how different, not who is
    higher, and it sees shifts of the mean, not of the shape.

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
        The group b; the result is that of the group that is furthest from 1 (as a logarithm).
        Without it, of the two groups and the direction that are furthest.
    convention : {"auditkit", "dalex"}
        ``"auditkit"``: group over reference. ``"dalex"``: reference over group, which is not one
        over the other, since both are means.

    Returns
    -------
    float
        In (0, ∞); NaN with a warning when undefined (the predictions of two groups do not vary).

    Raises
    ------
    MetricError
        On a single group, an unknown reference or convention, inputs that do not match, numbers
        that are missing or infinite.

    References
    ----------
    Steinberg, Reid, O'Callaghan (2020), Fairness measures for regression via probabilistic
    classification, arXiv 2001.06089.

    Examples
    --------
    >>> p = [1, 2, 3, 4, 3, 4, 5, 6]
    >>> round(independence_ratio(None, p, sensitive_features=list("aaaabbbb")), 3)
    1.573
    """
    return _ratio(
        INDEPENDENCE, None, y_pred, sensitive_features, sample_weight, reference, convention
    )


def separation_ratio(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    sample_weight: Any = None,
    reference: Any = None,
    convention: Convention = "auditkit",
) -> float:
    """Return how unlike the predictions of two groups are among people with the same target.

    ``E[P(ŷ | y, a) / P(ŷ | y, b)] ≈ mean odds(a | y, ŷ) / odds(a | y)``: the counterpart of
    equalized odds. See :func:`independence_ratio` for how the odds are found and what 1 means.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        What was to be predicted, and what was: finite numbers.
    sensitive_features, sample_weight, reference, convention
        As in :func:`independence_ratio`.

    Returns
    -------
    float
        In (0, ∞); NaN with a warning when undefined (targets or predictions do not vary).

    Raises
    ------
    MetricError
        As :func:`independence_ratio`.

    References
    ----------
    Steinberg, Reid, O'Callaghan (2020), Fairness measures for regression via probabilistic
    classification, arXiv 2001.06089.

    Examples
    --------
    >>> y, p = [1, 2, 3, 4, 1, 2, 3, 4], [1, 2, 3, 4, 3, 4, 5, 6]
    >>> round(separation_ratio(y, p, sensitive_features=list("aaaabbbb")), 3)
    1.435
    """
    return _ratio(
        SEPARATION, y_true, y_pred, sensitive_features, sample_weight, reference, convention
    )


def sufficiency_ratio(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    sample_weight: Any = None,
    reference: Any = None,
    convention: Convention = "auditkit",
) -> float:
    """Return how unlike the targets of two groups are among people with the same prediction.

    ``E[P(y | ŷ, a) / P(y | ŷ, b)] ≈ mean odds(a | y, ŷ) / odds(a | ŷ)``: the counterpart of
    predictive parity. See :func:`independence_ratio` for how the odds are found and what 1 means.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        What was to be predicted, and what was: finite numbers.
    sensitive_features, sample_weight, reference, convention
        As in :func:`independence_ratio`.

    Returns
    -------
    float
        In (0, ∞); NaN with a warning when undefined (targets or predictions do not vary).

    Raises
    ------
    MetricError
        As :func:`independence_ratio`.

    References
    ----------
    Steinberg, Reid, O'Callaghan (2020), Fairness measures for regression via probabilistic
    classification, arXiv 2001.06089.

    Examples
    --------
    >>> y, p = [1, 2, 3, 4, 1, 2, 3, 4], [1, 2, 3, 4, 3, 4, 5, 6]
    >>> round(sufficiency_ratio(y, p, sensitive_features=list("aaaabbbb")), 3)
    1.092
    """
    return _ratio(
        SUFFICIENCY, y_true, y_pred, sensitive_features, sample_weight, reference, convention
    )


def _ratio(
    row: Declared,
    y_true: Any,
    y_pred: Any,
    features: Any,
    weight: Any,
    reference: Any,
    convention: str,
) -> float:
    if convention not in _CONVENTIONS:
        raise MetricError(f"convention is '{shown(convention)}'; use {listed(_CONVENTIONS)}")
    fits = read_fits(row, y_true, y_pred, features, weight)

    def apart(i: int, j: int) -> Value:
        ratios = _both_ways(row, fits.parts[i], fits.parts[j])
        if isinstance(ratios, str):
            return ratios
        if reference is None:
            return max(ratios, key=_far)
        return ratios[0] if convention == "auditkit" else ratios[1]

    return widest(row.name, fits.groups, fits.lacking, apart, reference, _far)


def _far(ratio: float) -> float:
    return abs(math.log(ratio))


def _both_ways(row: Declared, a: Fit, b: Fit) -> tuple[float, float] | str:
    """Return the ratio of a over b, and that of b over a."""
    member = np.concatenate([np.ones(len(a)), np.zeros(len(b))])
    weight = None
    if a.weight is not None and b.weight is not None:
        weight = np.concatenate([a.weight, b.weight])
        weight = weight / weight.mean()
    prediction = _standardised(np.concatenate([a.prediction, b.prediction]), weight)
    if prediction is None:
        return row.undefined
    if row is INDEPENDENCE:
        share = mean(member, weight)
        log_ratio = _log_odds([prediction], member, weight) - math.log(share / (1 - share))
    else:
        target = _standardised(np.concatenate([a.target, b.target]), weight)
        if target is None:
            return row.undefined
        given = target if row is SEPARATION else prediction
        log_ratio = _log_odds([target, prediction], member, weight) - _log_odds(
            [given], member, weight
        )
    with np.errstate(over="ignore"):
        ratios = mean(np.exp(log_ratio), weight), mean(np.exp(-log_ratio), weight)
    return ratios if math.isfinite(max(ratios)) else "the odds are too large for a number"


def _standardised(values: Floats, weight: Floats | None) -> Floats | None:
    if values.min() == values.max():
        return None
    off = values - mean(values, weight)
    scaled: Floats = off / math.sqrt(mean(off * off, weight))
    return scaled


def _log_odds(columns: list[Floats], member: Floats, weight: Floats | None) -> Floats:
    """Return the logarithm of the odds of belonging to the first group, row by row."""
    from sklearn.linear_model import LogisticRegression

    features = np.column_stack(columns)
    model = LogisticRegression().fit(features, member, sample_weight=weight)
    log_odds: Floats = model.decision_function(features)
    return log_odds
