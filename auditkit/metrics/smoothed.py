"""Rates drawn to one half by a prior: those that differential fairness compares."""

from __future__ import annotations

from typing import Any

from auditkit.counts import Cube
from auditkit.errors import MetricError, shown
from auditkit.metrics.cubes import cube_of
from auditkit.metrics.declared import METRICS, Declared
from auditkit.metrics.family import Family

__all__ = ["smoothed_base_rate", "smoothed_selection_rate"]

_FAMILY = Family(
    "quotient",
    {
        "y_true": "array-like of shape (n,)\n    0/1 or booleans; else pass `pos_label`.",
        "y_pred": "array-like of shape (n,)\n    0/1 or booleans; else pass `pos_label`.",
        "concentration": "float\n    Of the Dirichlet prior over the two outcomes.",
    },
)
_FOULDS = "Foulds, Islam, Keya, Pan (2020), An Intersectional Definition of Fairness, ICDE"


@_FAMILY.metric(
    "Smoothed base rate",
    needs=("label",),
    formula="(P + c/2) / (n + c), c the concentration",
    reference=_FOULDS,
    undefined="never",
    better="up",
)
def smoothed_base_rate(
    y_true: Any,
    y_pred: Any = None,
    *,
    concentration: float = 1.0,
    sample_weight: Any = None,
    pos_label: Any = None,
) -> float:
    """Return the share of positive labels, drawn to one half by a Dirichlet prior.

    AIF360's function of that name gives the prior to the values that occur: where all labels are
    alike, its rate is (P + c) / (n + c). Its differential fairness has two outcomes, as here.

    Examples
    --------
    >>> smoothed_base_rate([1, 1, 1, 0])  # 3.5 / 5
    0.7
    """
    cube = cube_of(y_true, None, sample_weight=sample_weight, pos_label=pos_label)
    return _drawn(cube, "base_rate", concentration)


@_FAMILY.metric(
    "Smoothed selection rate",
    needs=("prediction",),
    formula="(TP + FP + c/2) / (n + c), c the concentration",
    reference=_FOULDS,
    undefined="never",
    better="up",
)
def smoothed_selection_rate(
    y_true: Any,
    y_pred: Any,
    *,
    concentration: float = 1.0,
    sample_weight: Any = None,
    pos_label: Any = None,
) -> float:
    """Return the share of the selected, drawn to one half by a Dirichlet prior.

    Examples
    --------
    >>> smoothed_selection_rate(None, [1, 1, 1, 0])  # 3.5 / 5
    0.7
    """
    if y_pred is None:
        raise MetricError("smoothed_selection_rate needs y_pred")
    cube = cube_of(None, y_pred, sample_weight=sample_weight, pos_label=pos_label)
    return _drawn(cube, "selection_rate", concentration)


def _drawn(cube: Cube, rate: str, concentration: float) -> float:
    """Return one smoothed rate; there is at least one row, with weight."""
    if not concentration >= 0:
        raise MetricError(f"concentration is {shown(concentration)}; it must be at least 0")
    top, bottom = METRICS[rate].sums(cube.w)
    return float((top[0] + concentration / 2) / (bottom[0] + concentration))


ROWS: tuple[Declared, ...] = tuple(_FAMILY.rows)
