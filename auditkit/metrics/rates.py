"""Array functions under the field's names, made from the declared rows.

Plain metrics take ``(y_true, y_pred)``; group metrics also take ``sensitive_features``. Both
count once (:func:`auditkit.metrics.cubes.cube_of`) and then do arithmetic on the counts.
A rate with an empty denominator is NaN, with a warning that names the group and the reason:
never 0, 1 or "parity".
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from auditkit.counts import Cube
from auditkit.errors import MetricError, listed, nearest, shown
from auditkit.metrics.combine import COMBINE
from auditkit.metrics.compare import Question, answer
from auditkit.metrics.cubes import cube_of
from auditkit.metrics.declared import METRICS
from auditkit.metrics.made import Kind, gap_of, group_metric, plain_metric, rates_in

__all__ = [
    "accuracy",
    "accuracy_difference",
    "accuracy_ratio",
    "base_rate",
    "base_rate_difference",
    "base_rate_ratio",
    "by_group",
    "count",
    "demographic_parity_difference",
    "demographic_parity_ratio",
    "equal_opportunity_difference",
    "equal_opportunity_ratio",
    "equalized_odds_difference",
    "equalized_odds_ratio",
    "false_discovery_rate",
    "false_discovery_rate_difference",
    "false_discovery_rate_ratio",
    "false_negative_rate",
    "false_negative_rate_difference",
    "false_negative_rate_ratio",
    "false_omission_rate",
    "false_omission_rate_difference",
    "false_omission_rate_ratio",
    "false_positive_rate",
    "false_positive_rate_difference",
    "false_positive_rate_ratio",
    "negative_predictive_value",
    "negative_predictive_value_difference",
    "negative_predictive_value_ratio",
    "positive_predictive_value",
    "positive_predictive_value_difference",
    "positive_predictive_value_ratio",
    "selection_rate",
    "selection_rate_difference",
    "selection_rate_ratio",
    "true_negative_rate",
    "true_negative_rate_difference",
    "true_negative_rate_ratio",
    "true_positive_rate",
    "true_positive_rate_difference",
    "true_positive_rate_ratio",
]


def count(y_true: Any, y_pred: Any = None) -> int:
    """Return the number of rows: ``n``.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,) or None
        One of them is enough.

    Returns
    -------
    int
        In [0, ∞); never undefined.

    References
    ----------
    fairlearn.metrics.count.

    Examples
    --------
    >>> count([0, 1, 1])
    3
    """
    return len(y_true if y_true is not None else y_pred)


base_rate = plain_metric("base_rate")
selection_rate = plain_metric("selection_rate")
true_positive_rate = plain_metric("true_positive_rate")
false_positive_rate = plain_metric("false_positive_rate")
true_negative_rate = plain_metric("true_negative_rate")
false_negative_rate = plain_metric("false_negative_rate")
positive_predictive_value = plain_metric("positive_predictive_value")
negative_predictive_value = plain_metric("negative_predictive_value")
false_discovery_rate = plain_metric("false_discovery_rate")
false_omission_rate = plain_metric("false_omission_rate")
accuracy = plain_metric("accuracy")

base_rate_difference = group_metric("base_rate", "difference")
base_rate_ratio = group_metric("base_rate", "ratio")
selection_rate_difference = group_metric("selection_rate", "difference")
selection_rate_ratio = group_metric("selection_rate", "ratio")
true_positive_rate_difference = group_metric("true_positive_rate", "difference")
true_positive_rate_ratio = group_metric("true_positive_rate", "ratio")
false_positive_rate_difference = group_metric("false_positive_rate", "difference")
false_positive_rate_ratio = group_metric("false_positive_rate", "ratio")
true_negative_rate_difference = group_metric("true_negative_rate", "difference")
true_negative_rate_ratio = group_metric("true_negative_rate", "ratio")
false_negative_rate_difference = group_metric("false_negative_rate", "difference")
false_negative_rate_ratio = group_metric("false_negative_rate", "ratio")
positive_predictive_value_difference = group_metric("positive_predictive_value", "difference")
positive_predictive_value_ratio = group_metric("positive_predictive_value", "ratio")
negative_predictive_value_difference = group_metric("negative_predictive_value", "difference")
negative_predictive_value_ratio = group_metric("negative_predictive_value", "ratio")
false_discovery_rate_difference = group_metric("false_discovery_rate", "difference")
false_discovery_rate_ratio = group_metric("false_discovery_rate", "ratio")
false_omission_rate_difference = group_metric("false_omission_rate", "difference")
false_omission_rate_ratio = group_metric("false_omission_rate", "ratio")
accuracy_difference = group_metric("accuracy", "difference")
accuracy_ratio = group_metric("accuracy", "ratio")

demographic_parity_difference = group_metric(
    "selection_rate", "difference", "demographic_parity_difference"
)
demographic_parity_ratio = group_metric("selection_rate", "ratio", "demographic_parity_ratio")
equal_opportunity_difference = group_metric(
    "true_positive_rate", "difference", "equal_opportunity_difference"
)
equal_opportunity_ratio = group_metric("true_positive_rate", "ratio", "equal_opportunity_ratio")


def equalized_odds_difference(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    sample_weight: Any = None,
    pos_label: Any = None,
    agg: Literal["worst_case", "mean"] = "worst_case",
    reference: Any = None,
    convention: str = "auditkit",
) -> float:
    """Return the gap in true and in false positive rates, the larger or the mean of the two.

    ``max(ΔTPR, ΔFPR)`` or ``(ΔTPR + ΔFPR) / 2``. With `reference` the absolute signed gaps are
    used. When either gap is undefined, so is the result.

    Parameters
    ----------
    y_true, y_pred, sensitive_features, sample_weight, pos_label, reference, convention
        As in :func:`demographic_parity_difference`.
    agg : {"worst_case", "mean"}
        How the two gaps are combined.

    Returns
    -------
    float
        In [0, 1]; NaN with a warning when either gap is undefined.

    Raises
    ------
    MetricError
        As :func:`demographic_parity_difference`; on another `agg`.

    References
    ----------
    Hardt, Price, Srebro (2016), Equality of Opportunity in Supervised Learning.

    Examples
    --------
    >>> equalized_odds_difference(
    ...     [1, 1, 0, 0, 1, 1, 0, 0], [1, 1, 0, 0, 1, 0, 0, 0], sensitive_features=list("aaaabbbb")
    ... )
    0.5
    """
    question = odds_question("difference", agg)
    cube = cube_of(
        y_true, y_pred, sensitive_features=sensitive_features, sample_weight=sample_weight,
        pos_label=pos_label,
    )  # fmt: skip
    if convention != "auditkit":
        return answer(question, cube, convention=convention, reference=reference)
    return _odds(question, cube, reference)


def equalized_odds_ratio(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    sample_weight: Any = None,
    pos_label: Any = None,
    agg: Literal["worst_case", "mean"] = "worst_case",
    reference: Any = None,
    convention: str = "auditkit",
) -> float:
    """Return the ratio of true and of false positive rates, the smaller or the mean of the two.

    ``min(TPR_g / TPR_r, FPR_g / FPR_r)`` or ``½ (TPR_g / TPR_r + FPR_g / FPR_r)``. When either is
    undefined, so is the result.

    Parameters
    ----------
    y_true, y_pred, sensitive_features, sample_weight, pos_label, reference, convention
        As in :func:`demographic_parity_difference`.
    agg : {"worst_case", "mean"}
        How the two ratios are combined.

    Returns
    -------
    float
        In [0, 1], with `reference` [0, ∞); NaN with a warning when either ratio is undefined.

    Raises
    ------
    MetricError
        As :func:`demographic_parity_difference`; on another `agg`.

    References
    ----------
    Hardt, Price, Srebro (2016), Equality of Opportunity in Supervised Learning.

    Examples
    --------
    >>> equalized_odds_ratio(
    ...     [1, 1, 0, 0, 1, 1, 0, 0], [1, 1, 1, 0, 1, 0, 1, 0], sensitive_features=list("aaaabbbb")
    ... )
    0.5
    """
    question = odds_question("ratio", agg)
    cube = cube_of(
        y_true, y_pred, sensitive_features=sensitive_features, sample_weight=sample_weight,
        pos_label=pos_label,
    )  # fmt: skip
    if convention != "auditkit":
        return answer(question, cube, convention=convention, reference=reference)
    return _odds(question, cube, reference)


def odds_question(kind: Kind, agg: str) -> Question:
    """Return what the equalized odds ask, for either way to combine the two rates."""
    ways = {"worst_case": "worst", "mean": "average"}
    if agg not in ways:
        raise MetricError(f"agg is '{shown(agg)}'; use 'worst_case' or 'mean'")
    parts = (METRICS["true_positive_rate"], METRICS["false_positive_rate"])
    return Question(metric=f"equalized_odds_{kind}", kind=kind, parts=parts, combine=ways[agg])


def _odds(question: Question, cube: Cube, reference: Any) -> float:
    tpr, fpr = METRICS["true_positive_rate"], METRICS["false_positive_rate"]
    gaps = [gap_of(row, cube, question.kind, reference) for row in (tpr, fpr)]
    return COMBINE[question.combine][0](gaps, question.kind)


def by_group(
    y_true: Any,
    y_pred: Any = None,
    *,
    sensitive_features: Any,
    metrics: Sequence[str] | None = None,
    sample_weight: Any = None,
    pos_label: Any = None,
) -> list[dict[str, Any]]:
    """Return every rate of every group as tidy rows (``pandas.DataFrame(by_group(...))``).

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,) or None
        Metrics that need an array which is None are left out.
    sensitive_features : array-like, frame or mapping of arrays
        The groups; several columns are crossed, a missing value is a group.
    metrics : sequence of str, optional
        Names from :data:`METRICS`; all that the inputs allow by default.
    sample_weight, pos_label
        As in :func:`selection_rate`.

    Returns
    -------
    list of dict
        One key for each sensitive feature, then ``metric``, ``value`` (None when undefined),
        ``n`` (rows in the denominator), ``reason`` (why it is undefined, else None).

    Raises
    ------
    MetricError
        On an unknown metric, inputs that do not match, labels that need `pos_label`.

    References
    ----------
    Of each rate, in :data:`METRICS`.

    Examples
    --------
    >>> by_group([1, 0, 1, 1], sensitive_features={"sex": ["F", "F", "M", "M"]})[0]
    {'sex': 'F', 'metric': 'base_rate', 'value': 0.5, 'n': 2, 'reason': None}
    """
    given = {"label": y_true is not None, "prediction": y_pred is not None}
    names = metrics or [r.name for r in METRICS.values() if all(given[need] for need in r.needs)]
    for name in names:
        if name not in METRICS:
            raise MetricError(f"no metric '{shown(name)}'{nearest(name, METRICS)}")
    cube = cube_of(
        y_true,
        y_pred,
        sensitive_features=sensitive_features,
        sample_weight=sample_weight,
        pos_label=pos_label,
    )
    taken = {"metric", "value", "n", "reason"} & set(cube.attributes)
    if taken:
        raise MetricError(f"no sensitive feature can be called {listed(sorted(taken))}: rename it")
    rows: list[dict[str, Any]] = []
    for name in names:
        row = METRICS[name]
        sizes = np.asarray(row.sums(cube.n)[1], dtype=np.int64)
        for group, rate, n in zip(cube.groups, rates_in(row, cube), sizes, strict=True):
            undefined = math.isnan(rate)
            labels: Mapping[str, Any] = dict(zip(cube.attributes, group, strict=True))
            rows.append(
                {
                    **labels,
                    "metric": name,
                    "value": None if undefined else rate,
                    "n": int(n),
                    "reason": row.undefined if undefined else None,
                }
            )
    return rows
