"""How unequal the benefits of single people are, and how much of it lies between groups.

A benefit is 0 or more for each person: ŷ − y + 1 for decisions (0 a false negative, 1 right, 2 a
false positive), or `benefits` of your own. Generalized entropy is additive: the part between
groups (everybody gets the mean of the group) and the part within them add up to the whole.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from auditkit.errors import MetricError
from auditkit.metrics.arrays import flags_of
from auditkit.metrics.conventions import check_offers
from auditkit.metrics.declared import Declared
from auditkit.metrics.family import Family, numbers_of, read_rows, warn

__all__ = [
    "atkinson_index",
    "between_group_coefficient_of_variation",
    "between_group_generalized_entropy_index",
    "between_group_theil_index",
    "coefficient_of_variation",
    "generalized_entropy_index",
    "theil_index",
    "within_group_generalized_entropy_index",
    "within_group_theil_index",
]

Floats = NDArray[np.float64]
Part = Literal["whole", "between", "within"]

_FAMILY = Family(
    "individual",
    {
        "y_true": "array-like of shape (n,), optional\n    0/1 or booleans; else pass `pos_label`.",
        "y_pred": "array-like of shape (n,), optional\n    0/1 or booleans; else pass `pos_label`.",
        "benefits": "array-like of shape (n,), optional\n    Not negative; instead of `y_true` and "
        "`y_pred`.",
        "alpha": "float\n    0: mean log deviation, 1: Theil, 2: half the squared coefficient of "
        "variation.",
        "convention": '{"auditkit", "aif360", "clarify"}\n    AIF360 divides by the mean once '
        "more at alpha 0.",
        "epsilon": "float\n    Aversion to inequality, 0 or more.",
    },
)
_SPEICHER = "Speicher et al. (2018), A Unified Approach to Quantifying Algorithmic Unfairness, KDD"
_THEIL = "Theil (1967), Economics and Information Theory; Speicher et al. (2018), KDD"
_ZERO = "the mean benefit is 0: every row is a false negative"
_INFINITE = f"{_ZERO}; or a benefit is 0 and alpha is 0 or less"
_whole = partial(_FAMILY.metric, needs=("label", "prediction"))
_part = partial(_FAMILY.metric, needs=("label", "prediction", "group"))


@_whole(
    "Generalized entropy index",
    formula="1/n Σ ((b/μ)^α − 1) / (α(α−1)); α=1: 1/n Σ b/μ ln(b/μ); α=0: −1/n Σ ln(b/μ)",
    reference=_SPEICHER,
    undefined=_INFINITE,
    values="[0, ∞)",
)
def generalized_entropy_index(
    y_true: Any = None,
    y_pred: Any = None,
    *,
    alpha: float = 2,
    benefits: Any = None,
    sample_weight: Any = None,
    pos_label: Any = None,
    convention: str = "auditkit",
) -> float:
    """Return the inequality of benefits b with mean μ; 0 when all are equal.

    Clarify's GE has α = 2. At α = 0 AIF360 divides by the mean once more than its own formula.

    Examples
    --------
    >>> generalized_entropy_index([1, 1, 0, 0], [1, 0, 0, 1])
    0.25
    """
    given = _benefits(y_true, y_pred, benefits, sample_weight, pos_label)
    check_offers(convention, "generalized_entropy_index", ("auditkit", "aif360", "clarify"))
    value = _index("generalized_entropy_index", "whole", given, alpha)
    return value / float(given[1] @ given[0]) if convention == "aif360" and alpha == 0 else value


@_whole(
    "Theil index",
    formula="1/n Σ (b/μ) ln(b/μ), 0 ln 0 = 0",
    reference=_THEIL,
    undefined=_ZERO,
    values="[0, ln n]",
)
def theil_index(
    y_true: Any = None,
    y_pred: Any = None,
    *,
    benefits: Any = None,
    sample_weight: Any = None,
    pos_label: Any = None,
) -> float:
    """Return the generalized entropy index with α = 1.

    Examples
    --------
    >>> theil_index([1, 0], [0, 1])
    0.69...
    """
    given = _benefits(y_true, y_pred, benefits, sample_weight, pos_label)
    return _index("theil_index", "whole", given, 1)


@_whole(
    "Coefficient of variation",
    formula="σ / μ = √(2 GE(2)), σ with n in the denominator",
    reference=_SPEICHER,
    undefined=_ZERO,
    values="[0, √(n − 1)]",
)
def coefficient_of_variation(
    y_true: Any = None,
    y_pred: Any = None,
    *,
    benefits: Any = None,
    sample_weight: Any = None,
    pos_label: Any = None,
) -> float:
    """Return the standard deviation of the benefits over their mean.

    AIF360 0.6.1 agrees; sources before it have 2 √GE(2), which is √2 times this.

    Examples
    --------
    >>> coefficient_of_variation([1, 0], [0, 1])
    1.0
    """
    given = _benefits(y_true, y_pred, benefits, sample_weight, pos_label)
    return math.sqrt(2 * _index("coefficient_of_variation", "whole", given, 2))


@_whole(
    "Atkinson index",
    formula="1 − (1/n Σ (b/μ)^(1−ε))^(1/(1−ε)); ε=1: 1 − exp(1/n Σ ln(b/μ))",
    reference="Atkinson (1970), On the measurement of inequality, Journal of Economic Theory 2",
    undefined=f"{_ZERO}; or a benefit is 0 and epsilon is 1 or more",
    values="[0, 1)",
)
def atkinson_index(
    y_true: Any = None,
    y_pred: Any = None,
    *,
    epsilon: float = 0.5,
    benefits: Any = None,
    sample_weight: Any = None,
    pos_label: Any = None,
) -> float:
    """Return the share of the mean benefit that equality could give up without loss of welfare.

    With ε of 1 or more a single benefit of 0 would make it 1 whatever the others are: no value.

    Examples
    --------
    >>> round(atkinson_index([1, 0], [0, 1]), 9)
    0.5
    """
    if not 0 <= epsilon < math.inf:
        raise MetricError(f"epsilon is {epsilon}; it must be 0 or more")
    benefit, weight, _ = _benefits(y_true, y_pred, benefits, sample_weight, pos_label)
    mean = float(weight @ benefit)
    if mean == 0 or (epsilon >= 1 and not benefit.all()):
        reason = _ZERO if mean == 0 else "a benefit is 0 and epsilon is 1 or more"
        warn(f"atkinson_index is undefined: {reason}", stacklevel=3)
        return math.nan
    ratio = benefit / mean
    if epsilon == 1:
        return max(0.0, float(-np.expm1(weight @ np.log(ratio))))
    return max(0.0, float(1 - (weight @ ratio ** (1 - epsilon)) ** (1 / (1 - epsilon))))


@_part(
    "Generalized entropy index between groups",
    formula="GE(α) when everybody has the mean benefit of the group",
    reference=_SPEICHER,
    undefined=f"{_ZERO}; or the mean of a group is 0 and alpha is 0 or less",
    values="[0, ∞)",
)
def between_group_generalized_entropy_index(
    y_true: Any = None,
    y_pred: Any = None,
    *,
    sensitive_features: Any,
    alpha: float = 2,
    benefits: Any = None,
    sample_weight: Any = None,
    pos_label: Any = None,
) -> float:
    """Return the part of the generalized entropy index that lies between groups.

    All groups count, as in AIF360's ``between_all_groups_...``.

    Examples
    --------
    >>> between_group_generalized_entropy_index(
    ...     [1, 1, 0, 0], [0, 0, 1, 1], sensitive_features=["F", "F", "M", "M"]
    ... )
    0.5
    """
    given = _benefits(y_true, y_pred, benefits, sample_weight, pos_label, sensitive_features)
    return _index("between_group_generalized_entropy_index", "between", given, alpha)


@_part(
    "Generalized entropy index within groups",
    formula="Σ_g n_g/n (μ_g/μ)^α GE_g(α)",
    reference=_SPEICHER,
    undefined=_INFINITE,
    values="[0, ∞)",
)
def within_group_generalized_entropy_index(
    y_true: Any = None,
    y_pred: Any = None,
    *,
    sensitive_features: Any,
    alpha: float = 2,
    benefits: Any = None,
    sample_weight: Any = None,
    pos_label: Any = None,
) -> float:
    """Return the part of the generalized entropy index that lies within groups.

    Examples
    --------
    >>> within_group_generalized_entropy_index(
    ...     [1, 0, 1, 0], [0, 1, 0, 1], sensitive_features=["F", "F", "M", "M"]
    ... )
    0.5
    """
    given = _benefits(y_true, y_pred, benefits, sample_weight, pos_label, sensitive_features)
    return _index("within_group_generalized_entropy_index", "within", given, alpha)


@_part(
    "Theil index between groups",
    formula="Σ_g n_g/n (μ_g/μ) ln(μ_g/μ)",
    reference=_THEIL,
    undefined=_ZERO,
    values="[0, ln n]",
)
def between_group_theil_index(
    y_true: Any = None,
    y_pred: Any = None,
    *,
    sensitive_features: Any,
    benefits: Any = None,
    sample_weight: Any = None,
    pos_label: Any = None,
) -> float:
    """Return the part of the Theil index that lies between groups.

    Examples
    --------
    >>> between_group_theil_index([1, 0], [0, 1], sensitive_features=["F", "M"])
    0.69...
    """
    given = _benefits(y_true, y_pred, benefits, sample_weight, pos_label, sensitive_features)
    return _index("between_group_theil_index", "between", given, 1)


@_part(
    "Theil index within groups",
    formula="Σ_g n_g/n (μ_g/μ) T_g",
    reference=_THEIL,
    undefined=_ZERO,
    values="[0, ln n]",
)
def within_group_theil_index(
    y_true: Any = None,
    y_pred: Any = None,
    *,
    sensitive_features: Any,
    benefits: Any = None,
    sample_weight: Any = None,
    pos_label: Any = None,
) -> float:
    """Return the part of the Theil index that lies within groups.

    Examples
    --------
    >>> within_group_theil_index([1, 0, 1, 0], [0, 1, 0, 1], sensitive_features=list("FFMM"))
    0.69...
    """
    given = _benefits(y_true, y_pred, benefits, sample_weight, pos_label, sensitive_features)
    return _index("within_group_theil_index", "within", given, 1)


@_part(
    "Coefficient of variation between groups",
    formula="√(2 GE(2) between groups): the deviation of the group means over the mean",
    reference=_SPEICHER,
    undefined=_ZERO,
    values="[0, √(n − 1)]",
)
def between_group_coefficient_of_variation(
    y_true: Any = None,
    y_pred: Any = None,
    *,
    sensitive_features: Any,
    benefits: Any = None,
    sample_weight: Any = None,
    pos_label: Any = None,
) -> float:
    """Return the coefficient of variation when everybody has the mean benefit of the group.

    Squares add up to the square of the whole, not the coefficients.

    Examples
    --------
    >>> between_group_coefficient_of_variation([1, 0], [0, 1], sensitive_features=["F", "M"])
    1.0
    """
    given = _benefits(y_true, y_pred, benefits, sample_weight, pos_label, sensitive_features)
    return math.sqrt(2 * _index("between_group_coefficient_of_variation", "between", given, 2))


Benefits = tuple[Floats, Floats, Floats]
"""The benefit of each row with weight, its weight (they add up to 1), the mean of its group."""


def _benefits(
    y_true: Any, y_pred: Any, benefits: Any, weight: Any, pos_label: Any, features: Any = None
) -> Benefits:
    if benefits is None:
        rows = read_rows(features, weight, y_true=y_true, y_pred=y_pred)
        label, decision = flags_of(rows.columns["y_true"], rows.columns["y_pred"], pos_label)
        benefit = np.asarray(decision, np.float64) - np.asarray(label, np.float64) + 1
    else:
        if y_true is not None or y_pred is not None:
            raise MetricError("pass either y_true and y_pred, or benefits")
        rows = read_rows(features, weight, benefits=benefits)
        benefit = numbers_of(rows.columns["benefits"])
        if not (np.isfinite(benefit) & (benefit >= 0)).all():
            raise MetricError("benefits must be finite and not negative")
    if features is not None and len(rows.groups) < 2:
        raise MetricError("only one group: there is nothing to compare it with")
    size = np.bincount(rows.group, rows.weight)
    total = np.bincount(rows.group, rows.weight * benefit)
    mean = np.divide(total, size, out=np.zeros_like(total), where=size > 0)[rows.group]
    some = rows.weight > 0
    return benefit[some], rows.weight[some] / rows.weight.sum(), mean[some]


def _entropy(benefit: Floats, weight: Floats, alpha: float) -> float:
    """Return the index: NaN when the mean is 0, infinite when a benefit of 0 makes it so."""
    mean = weight @ benefit
    if mean == 0:
        return math.nan
    ratio = benefit / mean
    some = ratio > 0
    if alpha <= 0 and not some.all():
        return math.inf
    if alpha == 2:  # equal benefits give 0, not the root of a rounding error
        return float(weight @ (ratio - 1) ** 2) / 2
    if alpha == 0:
        return max(0.0, float(-(weight @ np.log(ratio))))
    if alpha == 1:
        return max(0.0, float(weight[some] @ (ratio[some] * np.log(ratio[some]))))
    return max(0.0, float(weight @ (ratio**alpha - 1)) / (alpha * (alpha - 1)))


def _index(name: str, part: Part, given: Benefits, alpha: float) -> float:
    if not math.isfinite(alpha):
        raise MetricError(f"alpha is {alpha}; it must be a finite number")
    benefit, weight, mean = given
    with np.errstate(over="ignore"):
        value = _entropy(mean if part == "between" else benefit, weight, alpha)
        if part == "within":
            value -= _entropy(mean, weight, alpha)
    if math.isfinite(value):
        return max(0.0, value)
    reason = _ZERO if not benefit.any() else f"a benefit of 0 makes it infinite at alpha {alpha}"
    warn(f"{name} is undefined: {reason}")
    return math.nan


ROWS: tuple[Declared, ...] = tuple(_FAMILY.rows)
