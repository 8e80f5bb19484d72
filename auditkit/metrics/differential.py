"""Differential fairness: the largest log ratio between any two groups, of either outcome."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from auditkit.counts import Cube
from auditkit.errors import MetricError, listed, shown
from auditkit.metrics.cubes import cube_of
from auditkit.metrics.declared import METRICS, Declared
from auditkit.metrics.family import Family, name_of, warn

__all__ = [
    "differential_fairness_bias_amplification",
    "smoothed_empirical_differential_fairness",
]

_FAMILY = Family(
    "gap",
    {
        "y_true": "array-like of shape (n,)\n    0/1 or booleans; anything else needs `pos_label`.",
        "y_pred": "array-like of shape (n,), optional\n"
        "    0/1 or booleans; anything else needs `pos_label`.",
        "concentration": "float\n    Of the Dirichlet prior over the two outcomes.",
    },
)
_FOULDS = "Foulds, Islam, Keya, Pan (2020), An Intersectional Definition of Fairness, ICDE"


@_FAMILY.metric(
    "Smoothed empirical differential fairness",
    needs=("prediction",),
    formula="max over groups a, b and outcomes y of |ln P̃(y|a) − ln P̃(y|b)|, "
    "P̃(1|g) = (s_g + c/2) / (n_g + c)",
    reference=_FOULDS,
    undefined="a smoothed probability of 0, with concentration 0",
    values="[0, ∞)",
)
def smoothed_empirical_differential_fairness(
    y_true: Any,
    y_pred: Any = None,
    *,
    sensitive_features: Any,
    concentration: float = 1.0,
    sample_weight: Any = None,
    pos_label: Any = None,
) -> float:
    """Return the largest log ratio, between any two groups, of either outcome.

    Of the decisions; of the labels where `y_pred` is None. AIF360 gives the same number.

    Examples
    --------
    >>> round(smoothed_empirical_differential_fairness(
    ...     [1, 1, 1, 0, 1, 0, 0, 0], sensitive_features=list("aaaabbbb")
    ... ), 4)  # ln(3.5 / 1.5)
    0.8473
    """
    if y_true is None and y_pred is None:
        raise MetricError("differential fairness needs y_true or y_pred")
    cube = cube_of(
        y_true if y_pred is None else None,
        y_pred,
        sensitive_features=sensitive_features,
        sample_weight=sample_weight,
        pos_label=pos_label,
    )
    return _smoothed(cube, "base_rate" if y_pred is None else "selection_rate", concentration)


@_FAMILY.metric(
    "Bias amplification (differential fairness)",
    needs=("label", "prediction"),
    formula="ε of the decisions − ε of the labels, ε the smoothed empirical differential fairness",
    reference=_FOULDS,
    undefined="a smoothed probability of 0, with concentration 0",
    values="(−∞, ∞)",
)
def differential_fairness_bias_amplification(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    concentration: float = 1.0,
    sample_weight: Any = None,
    pos_label: Any = None,
) -> float:
    """Return how much further apart the groups are in the decisions than in the labels.

    Examples
    --------
    >>> round(differential_fairness_bias_amplification(
    ...     [1, 1, 0, 0, 1, 1, 0, 0], [1, 1, 1, 0, 1, 0, 0, 0],
    ...     sensitive_features=list("aaaabbbb"),
    ... ), 4)
    0.8473
    """
    if y_true is None or y_pred is None:
        raise MetricError("bias amplification needs y_true and y_pred")
    cube = cube_of(
        y_true,
        y_pred,
        sensitive_features=sensitive_features,
        sample_weight=sample_weight,
        pos_label=pos_label,
    )
    decided = _smoothed(cube, "selection_rate", concentration)
    return decided - _smoothed(cube, "base_rate", concentration)


def _smoothed(cube: Cube, rate: str, concentration: float) -> float:
    if not concentration >= 0:
        raise MetricError(f"concentration is {shown(concentration)}; it must be at least 0")
    present = cube.n.sum(axis=(1, 2)) > 0
    if np.count_nonzero(present) < 2:
        raise MetricError("only one group: there is nothing to compare it with")
    tops, bottoms = METRICS[rate].sums(cube.w[present])
    below = bottoms + concentration
    above = np.stack([tops, bottoms - tops]) + concentration / 2
    never = (above <= 0).any(axis=0)
    if never.any():
        gone = [name_of(cube.groups[i]) for i in np.flatnonzero(present)[never]]
        warn(
            f"differential fairness of the {rate} is undefined: an outcome never occurs in "
            f"{listed(gone)}, and concentration is 0"
        )
        return math.nan
    logs = np.log(above / below)
    return float((logs.max(axis=1) - logs.min(axis=1)).max())


ROWS: tuple[Declared, ...] = tuple(_FAMILY.rows)
