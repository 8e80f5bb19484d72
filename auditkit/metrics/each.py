"""A metric of two groups asked of each group against all the others."""

from __future__ import annotations

import inspect
import math
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from auditkit.errors import MetricError, UndefinedMetricWarning, nearest, shown
from auditkit.metrics.arrays import check_alike, column_of, features_of
from auditkit.metrics.cubes import groups_of
from auditkit.metrics.declared import Declared
from auditkit.metrics.family import Family, name_of, tidy

__all__ = ["one_vs_rest"]

_REST = "(all others)"
_PRIVILEGED = {"aif360", "aif360.sklearn"}

_FAMILY = Family(
    "gap",
    {
        "metric": "str or callable\n    The name of a group metric, such as "
        '``"selection_rate_ratio"``, or\n    ``f(y_true, y_pred, *, sensitive_features, '
        "reference, ...)``.",
        "y_true": "array-like of shape (n,) or None\n    As the metric takes it.",
        "y_pred": "array-like of shape (n,) or None\n    As the metric takes it.",
        "options": "**options\n    Passed to the metric, such as ``convention=`` or "
        "``sample_weight=``.",
    },
)


@_FAMILY.metric(
    "Each group against the rest",
    needs=("label", "prediction", "group"),
    formula="metric(group g, all others as one), for each group g",
    reference="AIF360 0.6.1, aif360/sklearn/metrics (one_vs_rest); smclarify 0.5 (each facet)",
    undefined="the metric is undefined for that group and the rest",
    values="the range of the metric with a reference",
)
def one_vs_rest(
    metric: str | Callable[..., float],
    y_true: Any,
    y_pred: Any = None,
    *,
    sensitive_features: Any,
    **options: Any,
) -> list[dict[str, Any]]:
    """Return a difference or a ratio of each group and all the others together, as tidy rows.

    The rest is the reference. Under the conventions of AIF360 the group itself is, as it is the
    privileged one there.

    Examples
    --------
    >>> rows = one_vs_rest(
    ...     "selection_rate_difference", None, [1, 1, 0, 0], sensitive_features={"g": list("abcc")}
    ... )
    >>> [(row["g"], round(row["value"], 3)) for row in rows]
    [('a', 0.667), ('b', 0.667), ('c', -1.0)]
    """
    function, name = _named(metric)
    taken = sorted({"sensitive_features", "reference"} & set(options))
    if taken:
        raise MetricError(f"{taken[0]} is set for each group: leave it out")
    arrays = [column_of("y_true", y_true), column_of("y_pred", y_pred)]
    features = features_of(sensitive_features)
    if not features:
        raise MetricError("no sensitive_features were given")
    check_alike([*(column for column in arrays if column is not None), *features])
    codes, groups = groups_of(features)
    if len(groups) < 2:
        raise MetricError("only one group: there is nothing to compare it with")
    values: list[float] = []
    reasons: list[str | None] = []
    for place, group in enumerate(groups):
        mine = name_of(group)
        other = _REST if mine != _REST else f"{_REST} "
        sides = np.where(codes == place, mine, other).astype(object)
        itself = options.get("convention") in _PRIVILEGED
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            value = float(
                function(
                    y_true, y_pred, sensitive_features=sides, reference=mine if itself else other,
                    **options,
                )
            )  # fmt: skip
        said = [str(w.message) for w in caught if issubclass(w.category, UndefinedMetricWarning)]
        values.append(value)
        reasons.append("; ".join(said) or "undefined" if math.isnan(value) else None)
        for item in () if math.isnan(value) else caught:  # what stands for something, and the like
            warnings.warn(item.message, item.category, stacklevel=2)
    columns: dict[str, Iterable[Any]] = {
        "value": values,
        "n": np.bincount(codes, minlength=len(groups)).tolist(),
        "reason": reasons,
    }
    return tidy(name, tuple(column.name for column in features), groups, columns)


def _named(metric: str | Callable[..., float]) -> tuple[Callable[..., float], str]:
    if callable(metric):
        return metric, str(getattr(metric, "__name__", "metric"))
    from auditkit import metrics as door

    function = None if metric.startswith("_") else getattr(door, metric, None)
    if not inspect.isfunction(function):
        raise MetricError(f"no metric '{shown(metric)}'{nearest(metric, door.__all__)}")
    if "reference" not in inspect.signature(function).parameters:
        raise MetricError(f"{shown(metric)} takes no reference: it does not compare two groups")
    return function, metric


ROWS: tuple[Declared, ...] = tuple(_FAMILY.rows)
