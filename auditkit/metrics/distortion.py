"""How far rows were moved: two tables of the same people, before and after something changed them.

A repaired, rounded or synthetic table is held against its original, person by person; between
groups, whose rows were moved further.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from auditkit.errors import MetricError, listed, shown
from auditkit.metrics.arrays import check_alike, column_of, features_of, weights_of
from auditkit.metrics.cubes import groups_of
from auditkit.metrics.declared import Declared
from auditkit.metrics.family import Family, columns_of, numbers_of, warn
from auditkit.metrics.scores.between import Kind, Value, gap

__all__ = [
    "sample_distortion",
    "sample_distortion_difference",
    "sample_distortion_ratio",
]

Floats = NDArray[np.float64]
Distance = Literal["euclidean", "manhattan", "mahalanobis"]
Agg = Literal["total", "average", "maximum"]

_FAMILY = Family(
    "individual",
    {
        "features": "2-d array, frame or mapping of columns\n    Numbers without gaps: the rows.",
        "distorted": "2-d array, frame or mapping of columns\n"
        "    The same rows and columns after the change.",
        "distance": '{"euclidean", "manhattan", "mahalanobis"}\n'
        "    √Σ d², Σ |d|, or √(dᵀ S⁻¹ d) with S the covariance of both tables together.",
        "agg": '{"average", "total", "maximum"}\n    What is said of the distances of many rows.',
    },
)
_AIF = "AIF360 0.6.1, aif360/metrics/sample_distortion_metric.py; Mahalanobis (1936), On the "
_AIF += "generalised distance in statistics"
_SINGULAR = "Mahalanobis: the covariance of the features is singular"
_metric = partial(_FAMILY.metric, reference=_AIF)


@_metric(
    "Sample distortion",
    needs=("features",),
    formula="average, total or maximum over rows i of d(x_i, x'_i)",
    undefined=_SINGULAR,
    values="[0, ∞)",
)
def sample_distortion(
    features: Any,
    distorted: Any,
    *,
    distance: Distance = "euclidean",
    agg: Agg = "average",
    sample_weight: Any = None,
) -> float:
    """Return how far the rows of one table are from the same rows of another.

    The weights count in the average and in the total. AIF360 has nine methods for it:
    ``average_euclidean_distance`` and so on.

    Examples
    --------
    >>> sample_distortion([[0.0, 0.0], [1.0, 1.0]], [[3.0, 4.0], [1.0, 1.0]])
    2.5
    >>> sample_distortion([[0.0, 0.0], [1.0, 1.0]], [[3.0, 4.0], [1.0, 1.0]],
    ...                   distance="manhattan", agg="total")
    7.0
    """
    moved, weight, _, _ = _read(features, distorted, distance, agg, sample_weight, None)
    value = _over(moved, weight, agg)
    if isinstance(value, str):
        warn(f"sample_distortion is undefined: {value}", stacklevel=3)
        return math.nan
    return value


@_metric(
    "Sample distortion difference",
    needs=("features", "group"),
    formula="max over groups − min over groups of the distortion; with a reference: group − "
    "reference",
    undefined=_SINGULAR,
    values="[0, ∞); with `reference` (−∞, ∞)",
)
def sample_distortion_difference(
    features: Any,
    distorted: Any,
    *,
    sensitive_features: Any,
    distance: Distance = "euclidean",
    agg: Agg = "average",
    sample_weight: Any = None,
    reference: Any = None,
) -> float:
    """Return how much further the rows of one group were moved than those of another.

    AIF360 0.6.1 defines ``mean_euclidean_distance_difference`` and the like as unprivileged −
    privileged; called, they fail there, because a number is passed where a function is due.

    Examples
    --------
    >>> sample_distortion_difference(
    ...     [[0.0], [0.0], [0.0]], [[1.0], [3.0], [4.0]], sensitive_features=list("abb"),
    ...     reference="a",
    ... )
    2.5
    """
    given = (features, distorted, distance, agg, sample_weight, sensitive_features)
    return _between("sample_distortion", "difference", given, reference)


@_metric(
    "Sample distortion ratio",
    needs=("features", "group"),
    formula="min over groups / max over groups of the distortion; with a reference: group / "
    "reference",
    undefined=f"{_SINGULAR}; no row of the reference was moved",
    values="[0, 1]; with `reference` [0, ∞)",
    better="one",
)
def sample_distortion_ratio(
    features: Any,
    distorted: Any,
    *,
    sensitive_features: Any,
    distance: Distance = "euclidean",
    agg: Agg = "average",
    sample_weight: Any = None,
    reference: Any = None,
) -> float:
    """Return the ratio of how far the rows of two groups were moved.

    Examples
    --------
    >>> sample_distortion_ratio(
    ...     [[0.0], [0.0], [0.0]], [[1.0], [1.0], [3.0]], sensitive_features=list("abb"),
    ...     reference="a",
    ... )
    2.0
    """
    given = (features, distorted, distance, agg, sample_weight, sensitive_features)
    return _between("sample_distortion", "ratio", given, reference)


def _between(name: str, kind: Kind, given: tuple[Any, ...], reference: Any) -> float:
    moved, weight, codes, groups = _read(*given)
    agg = given[3]
    values = [
        _over(moved, np.where(codes == place, weight, 0), agg) for place in range(len(groups))
    ]
    return gap(name, groups, values, kind, reference)


def _over(moved: Floats | str, weight: Floats, agg: str) -> Value:
    if isinstance(moved, str):
        return moved
    some = weight > 0
    if not some.any():
        return "no row with weight"
    if agg == "maximum":
        return float(moved[some].max())
    total = float(moved @ weight)
    return total if agg == "total" else total / float(weight.sum())


def _read(
    features: Any, distorted: Any, distance: str, agg: str, sample_weight: Any, groups: Any
) -> tuple[Floats | str, Floats, NDArray[np.int64], tuple[Any, ...]]:
    """Return how far each row was moved (or why that has no value), its weight and its group."""
    for name, value, known in (
        ("distance", distance, ("euclidean", "manhattan", "mahalanobis")),
        ("agg", agg, ("average", "total", "maximum")),
    ):
        if value not in known:
            raise MetricError(f"{name} is '{shown(value)}'; use {listed(known)}")
    tables = [
        columns_of(name, np.array(values) if isinstance(values, list | tuple) else values)
        for name, values in (("features", features), ("distorted", distorted))
    ]
    before, after = tables
    if not before or len(before) != len(after):
        raise MetricError(
            f"features has {len(before)} columns and distorted {len(after)}: they must be the same"
        )
    named = not isinstance(features, list | tuple | np.ndarray)
    if named and [c.name for c in before] != [c.name for c in after]:
        raise MetricError("features and distorted must have the same columns in the same order")
    weighted, sides = column_of("sample_weight", sample_weight), features_of(groups)
    size = check_alike([*before, *after, *([] if weighted is None else [weighted]), *sides])
    first, second = (np.column_stack([numbers_of(c) for c in table]) for table in tables)
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise MetricError("features and distorted must be finite")
    weight = weights_of(weighted)
    codes, found = groups_of(sides) if sides else (np.zeros(size, np.int64), ((),))
    moved = _moved(first, second, distance)
    return moved, np.ones(size) if weight is None else weight, codes, found


def _moved(first: Floats, second: Floats, distance: str) -> Floats | str:
    shift = first - second
    if distance == "manhattan":
        return np.asarray(np.abs(shift).sum(axis=1))
    if distance == "euclidean":
        return np.asarray(np.sqrt((shift * shift).sum(axis=1)))
    spread = np.atleast_2d(np.cov(np.vstack([first, second]), rowvar=False))
    if np.linalg.matrix_rank(spread) < len(spread):
        return "the covariance of the features is singular"
    squares = (shift * np.linalg.solve(spread, shift.T).T).sum(axis=1)
    return np.asarray(np.sqrt(np.maximum(squares, 0.0)))


ROWS: tuple[Declared, ...] = tuple(_FAMILY.rows)
