"""Whether people who are alike are treated alike.

Consistency compares each row with its neighbours, the flip test a group with its neighbours in the
reference, the flip rate a row with its counterfactual. How unequal the benefits of people are is
in :mod:`auditkit.metrics.inequality`, and comes out of this door too.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.errors import MetricError, listed, shown
from auditkit.metrics import inequality
from auditkit.metrics.arrays import Column, check_alike, features_of, flags_of
from auditkit.metrics.conventions import check_offers
from auditkit.metrics.declared import Declared
from auditkit.metrics.family import (
    Family,
    class_codes,
    columns_of,
    name_of,
    numbers_of,
    read_rows,
    reference_of,
    warn,
)
from auditkit.metrics.inequality import (
    atkinson_index,
    between_group_coefficient_of_variation,
    between_group_generalized_entropy_index,
    between_group_theil_index,
    coefficient_of_variation,
    generalized_entropy_index,
    theil_index,
    within_group_generalized_entropy_index,
    within_group_theil_index,
)

__all__ = [
    "atkinson_index",
    "between_group_coefficient_of_variation",
    "between_group_generalized_entropy_index",
    "between_group_theil_index",
    "coefficient_of_variation",
    "consistency",
    "flip_rate",
    "flip_test",
    "generalized_entropy_index",
    "theil_index",
    "within_group_generalized_entropy_index",
    "within_group_theil_index",
]

Floats = NDArray[np.float64]
_FEW = 9  # rows of the reference up to which Clarify asks one neighbour

_FAMILY = Family(
    "individual",
    {
        "y_pred": "array-like of shape (n,)\n    The decisions, none missing.",
        "y_counterfactual": "array-like of shape (n,)\n"
        "    The decisions on the same rows after the sensitive features were changed.",
        "features": "2-d array, frame or mapping of columns\n"
        "    Numbers without gaps. Distances are Euclidean: scale the columns first.",
        "convention": '{"auditkit", "clarify"}\n'
        "    The code of smclarify 0.5: all other groups as one, the opposite sign, and one\n"
        "    neighbour where the reference has under ten rows.",
        "n_neighbors": "int\n    How many neighbours a row is compared with.",
        "include_self": "bool\n    Whether a row is one of its own neighbours (AIF360: yes).",
    },
)
_ZEMEL = "Zemel, Wu, Swersky, Pitassi, Dwork (2013), Learning Fair Representations, ICML"


@_FAMILY.metric(
    "Consistency",
    needs=("prediction", "features"),
    formula="1 − 1/n Σ_i |ŷ_i − mean of ŷ over the k nearest neighbours of i|",
    reference=_ZEMEL,
    undefined="never",
    better="one",
)
def consistency(
    y_pred: Any,
    *,
    features: Any,
    n_neighbors: int = 5,
    include_self: bool = True,
    sample_weight: Any = None,
    pos_label: Any = None,
) -> float:
    """Return how alike the decisions (or labels, or scores in [0, 1]) of similar rows are.

    AIF360's definition: a row is among its own neighbours. Weights count in the mean over rows.
    Among neighbours at equal distance scikit-learn's choice depends on the order of the rows.

    Examples
    --------
    >>> consistency([1, 1, 0, 0], features=[[0.0], [0.1], [5.0], [5.1]], n_neighbors=2)
    1.0
    """
    rows = read_rows(None, sample_weight, y_pred=y_pred)
    outcome = _outcome(rows.columns["y_pred"], pos_label)
    matrix = _matrix(features, [rows.columns["y_pred"]])
    wanted = _neighbours(n_neighbors, len(outcome) - (not include_self), "rows")
    near = _nearest(matrix, matrix if include_self else None, wanted)
    gaps = np.abs(outcome - outcome[near].mean(axis=1))
    return float(1 - np.average(gaps, weights=rows.weight))


@_FAMILY.metric(
    "Flip rate",
    needs=("prediction",),
    formula="P(ŷ of the row ≠ ŷ of its counterfactual)",
    reference="Kusner, Loftus, Russell, Silva (2017), Counterfactual Fairness, NeurIPS",
    undefined="never",
)
def flip_rate(y_pred: Any, y_counterfactual: Any, *, sample_weight: Any = None) -> float:
    """Return the share of rows whose decision changes when the sensitive features are changed.

    Decisions may have any number of values.

    Examples
    --------
    >>> flip_rate(["yes", "no", "no", "yes"], ["yes", "no", "yes", "no"])
    0.5
    """
    rows = read_rows(None, sample_weight, y_pred=y_pred, y_counterfactual=y_counterfactual)
    (factual, changed), _ = class_codes(list(rows.columns.values()))
    return float(np.average(factual != changed, weights=rows.weight))


@_FAMILY.metric(
    "Flip test",
    needs=("prediction", "features", "group"),
    formula="(F⁺ − F⁻) / n_d; F⁺: ŷ=0 and most of the k nearest rows of the reference have 1; "
    "F⁻: the reverse",
    reference="Black, Yeom, Fredrikson (2020), FlipTest, FAT*; Clarify's FT",
    undefined="no row of the other group has weight",
    values="[−1, 1]",
)
def flip_test(
    y_pred: Any,
    *,
    features: Any,
    sensitive_features: Any,
    reference: Any,
    n_neighbors: int = 5,
    sample_weight: Any = None,
    pos_label: Any = None,
    convention: str = "auditkit",
) -> float:
    """Return how many more rows of a group lose than gain against like rows of the reference.

    Positive: the group is worse off, as in Clarify's documentation; the code of smclarify 0.5 has
    the opposite sign (and falls back to one neighbour when the reference has under 10 rows). Of
    several groups, the one furthest from 0. A tied vote counts as 0.

    Examples
    --------
    >>> flip_test(
    ...     [1, 1, 1, 0], features=[[1.0], [2.0], [1.1], [2.1]], sensitive_features=list("MMFF"),
    ...     reference="M", n_neighbors=1,
    ... )
    0.5
    """
    rows = read_rows(sensitive_features, sample_weight, y_pred=y_pred)
    if len(rows.groups) < 2:
        raise MetricError("only one group: there is nothing to compare it with")
    outcome = _outcome(rows.columns["y_pred"], pos_label, scores=False)
    alike = [rows.columns["y_pred"], *features_of(sensitive_features)]
    matrix = _matrix(features, alike)
    base = reference_of(rows.groups, reference)
    inside = rows.group == base
    check_offers(convention, "flip_test", ("auditkit", "clarify"))
    clarify = convention == "clarify"
    wanted = 1 if clarify and inside.sum() <= _FEW else n_neighbors
    wanted = _neighbours(wanted, int(inside.sum()), "rows of the reference")
    sides = [(name_of(g), rows.group == i) for i, g in enumerate(rows.groups) if i != base]
    found = []
    for name, own in [("all others", ~inside)] if clarify else sides:
        if not rows.weight[own].any():
            warn(f"no row with weight in {listed([name])}: left out", stacklevel=3)
            continue
        near = _nearest(matrix[inside], matrix[own], wanted)
        as_reference = outcome[inside][near].mean(axis=1) > 0.5
        found.append(float(np.average(as_reference - outcome[own], weights=rows.weight[own])))
    if not found:
        warn("flip_test is undefined: no row of another group has weight", stacklevel=3)
        return math.nan
    return -found[0] if clarify else max(found, key=abs)


def _outcome(column: Column, pos_label: Any, *, scores: bool = True) -> Floats:
    """Return decisions as 0 and 1, or scores as they are."""
    if scores and pos_label is None and column.values.dtype.kind == "f":
        values = numbers_of(column)
        if ((values >= 0) & (values <= 1)).all():
            return values
    return np.asarray(flags_of(None, column, pos_label)[1], dtype=np.float64)


def _matrix(features: Any, alike: Sequence[Column]) -> Floats:
    """Return features as a table of numbers for the same rows."""
    if isinstance(features, list | tuple):
        features = np.array(features)
    columns = columns_of("features", features)
    if not columns:
        raise MetricError("this metric needs features")
    check_alike([*alike, *columns])
    matrix = np.column_stack([numbers_of(column) for column in columns])
    if not np.isfinite(matrix).all():
        raise MetricError("features has infinite values")
    return matrix


def _neighbours(n_neighbors: Any, available: int, what: str) -> int:
    try:
        wanted = operator.index(n_neighbors)
    except TypeError:
        raise MetricError(
            f"n_neighbors is {shown(n_neighbors)}; it must be a whole number"
        ) from None
    if not 1 <= wanted <= available:
        raise MetricError(f"n_neighbors is {wanted}; there are {available} {what} to choose from")
    return wanted


def _nearest(rows: Floats, queries: Floats | None, n_neighbors: int) -> NDArray[np.int64]:
    """Return the places of the nearest rows; without queries, of the other rows."""
    from sklearn.neighbors import NearestNeighbors

    search = NearestNeighbors(n_neighbors=n_neighbors, algorithm="ball_tree").fit(rows)
    return np.asarray(search.kneighbors(queries, return_distance=False))


ROWS: tuple[Declared, ...] = (*_FAMILY.rows, *inequality.ROWS)
