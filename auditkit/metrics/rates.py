"""Array functions under the field's names, made from the declared rows.

Plain metrics take ``(y_true, y_pred)``; group metrics also take ``sensitive_features``. Both
count once (:func:`auditkit.metrics.arrays.cube_of`) and then do arithmetic on the counts.
A rate with an empty denominator is NaN, with a warning that names the group and the reason:
never 0, 1 or "parity".
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

import numpy as np

from auditkit.counts import Cube, Group, group_text
from auditkit.errors import MetricError, UndefinedMetricWarning, listed, nearest, shown
from auditkit.metrics.arrays import cube_of
from auditkit.metrics.compare import COMBINE, Question, answer
from auditkit.metrics.declared import METRICS, Metric

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

Kind = Literal["difference", "ratio"]


class PlainMetric(Protocol):
    """``f(y_true, y_pred, *, sample_weight=None, pos_label=None) -> float``."""

    def __call__(
        self, y_true: Any, y_pred: Any = None, *, sample_weight: Any = None, pos_label: Any = None
    ) -> float:
        """Return the rate over all rows."""


class GroupMetric(Protocol):
    """A difference or a ratio between groups; see :func:`demographic_parity_difference`."""

    def __call__(
        self,
        y_true: Any,
        y_pred: Any = None,
        *,
        sensitive_features: Any,
        sample_weight: Any = None,
        pos_label: Any = None,
        reference: Any = None,
        convention: str = "auditkit",
    ) -> float:
        """Return the gap between groups."""


_PLAIN_DOC = """{title}: ``{formula}``.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        0/1 or booleans; anything else needs `pos_label`. None where the metric does not need it.
    sample_weight : array-like of shape (n,), optional
        Weights, not negative.
    pos_label : scalar, optional
        The positive value.

    Returns
    -------
    float
        In [0, 1]; NaN with a warning when undefined ({undefined}).

    Raises
    ------
    MetricError
        On inputs that do not match, or labels that need `pos_label`.

    References
    ----------
    {reference}
    {example}"""

_GROUP_DOC = """{kind_title} between groups of the {title_lower}, ``{formula}``.

    Without `reference`: {plain}. With `reference`: {with_reference}, for the group that is
    furthest from it.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        0/1 or booleans; anything else needs `pos_label`. None where the metric does not need it.
    sensitive_features : array-like, frame or mapping of arrays
        The groups; several columns are crossed, a missing value is a group.
    sample_weight : array-like of shape (n,), optional
        Weights, not negative.
    pos_label : scalar, optional
        The positive value.
    reference : str or tuple, optional
        The group (one value for each sensitive feature) that the others are compared with.
    convention : str
        Whose rules to follow: a name in :data:`auditkit.metrics.CONVENTIONS`. Most need
        `reference`.

    Returns
    -------
    float
        NaN with a warning when fewer than two groups have a rate. A group whose rate is
        undefined ({undefined}) is left out and named in a warning.

    Raises
    ------
    MetricError
        On a single group, an unknown reference, inputs that do not match.

    References
    ----------
    {reference}
    {example}"""

# Examples by hand. Plain: two of four labels are positive, one of each two is selected: each rate
# is 1/2. Between groups: in a each rate is 1/2; in b 12 of 16 labels are positive and 9 of these 12
# and 3 of the other 4 are selected, so that each rate is 3/4 or 1/4, and the accuracy is 10/16.
_PLAIN_EXAMPLE = """
    Examples
    --------
    >>> {name}([1, 1, 0, 0], [1, 0, 1, 0])
    0.5
    """
_GROUP_EXAMPLE = """
    Examples
    --------
    >>> y_true = [1, 1, 0, 0] + [1] * 12 + [0] * 4
    >>> y_pred = [1, 0, 1, 0] + [1] * 9 + [0] * 3 + [1] * 3 + [0]
    >>> group = ["a"] * 4 + ["b"] * 16
    >>> round({name}(y_true, y_pred, sensitive_features=group), 3)
    {value}
    """
_HIGH = ("0.25", "0.667")
_LOW = ("0.25", "0.5")
_EXAMPLES = {
    "base_rate": _HIGH,
    "selection_rate": _HIGH,
    "true_positive_rate": _HIGH,
    "false_positive_rate": _HIGH,
    "true_negative_rate": _LOW,
    "false_negative_rate": _LOW,
    "positive_predictive_value": _HIGH,
    "negative_predictive_value": _LOW,
    "false_discovery_rate": _LOW,
    "false_omission_rate": _HIGH,
    "accuracy": ("0.125", "0.8"),
}


def _plain(name: str) -> PlainMetric:
    row = METRICS[name]

    def metric(
        y_true: Any, y_pred: Any = None, *, sample_weight: Any = None, pos_label: Any = None
    ) -> float:
        cube = _counted(row, y_true, y_pred, None, sample_weight, pos_label)
        value = _rates(row, cube)[0]
        if math.isnan(value):
            _warn(f"{row.name} is undefined: {row.undefined}")
        return value

    metric.__name__ = metric.__qualname__ = name
    metric.__doc__ = _PLAIN_DOC.format(
        title=row.title,
        formula=row.formula,
        undefined=row.undefined,
        reference=row.reference,
        example=_PLAIN_EXAMPLE.format(name=name) if name in _EXAMPLES else "",
    )
    return metric


def _between(name: str, kind: Kind, alias: str | None = None) -> GroupMetric:
    row = METRICS[name]
    question = Question(metric=f"{name}_{kind}", kind=kind, parts=(row,))

    def metric(
        y_true: Any,
        y_pred: Any = None,
        *,
        sensitive_features: Any,
        sample_weight: Any = None,
        pos_label: Any = None,
        reference: Any = None,
        convention: str = "auditkit",
    ) -> float:
        cube = _counted(row, y_true, y_pred, sensitive_features, sample_weight, pos_label)
        if convention != "auditkit":
            return answer(question, cube, convention=convention, reference=reference)
        return _gap(row, cube, kind, reference)

    called = alias or f"{name}_{kind}"
    metric.__name__ = metric.__qualname__ = called
    is_ratio = kind == "ratio"
    example = ""
    if name in _EXAMPLES:
        example = _GROUP_EXAMPLE.format(name=called, value=_EXAMPLES[name][is_ratio])
    metric.__doc__ = _GROUP_DOC.format(
        kind_title=kind.capitalize(),
        title_lower=row.title.lower(),
        formula=row.formula,
        undefined=row.undefined,
        reference=row.reference,
        example=example,
        plain="smallest / largest rate, in [0, 1]" if is_ratio else "largest − smallest, in [0, 1]",
        with_reference="rate of the group / rate of the reference"
        if is_ratio
        else "rate of the group − rate of the reference, signed",
    )
    return metric


def _counted(
    row: Metric, y_true: Any, y_pred: Any, features: Any, sample_weight: Any, pos_label: Any
) -> Cube:
    """Count only what the metric needs, so that an unused label is not validated either."""
    if "label" in row.needs and y_true is None:
        raise MetricError(f"{row.name} needs y_true")
    if "prediction" in row.needs and y_pred is None:
        raise MetricError(f"{row.name} needs y_pred")
    return cube_of(
        y_true if "label" in row.needs else None,
        y_pred if "prediction" in row.needs else None,
        sensitive_features=features,
        sample_weight=sample_weight,
        pos_label=pos_label,
    )


def _rates(row: Metric, cube: Cube) -> list[float]:
    numerators, denominators = row.sums(cube.w)
    return [
        float(top / bottom) if bottom > 0 else math.nan
        for top, bottom in zip(numerators, denominators, strict=True)
    ]


def _gap(row: Metric, cube: Cube, kind: Kind, reference: Any) -> float:
    if np.count_nonzero(cube.n.sum(axis=(1, 2))) < 2:
        raise MetricError("only one group: there is nothing to compare it with")
    rates = _rates(row, cube)
    undefined = [_name(g) for g, rate in zip(cube.groups, rates, strict=True) if math.isnan(rate)]
    if undefined:
        _warn(f"{row.name} is undefined ({row.undefined}) in {listed(undefined)}: left out")
    if reference is not None:
        return _gap_to(row, cube, rates, kind, _reference(cube, reference))
    known = [rate for rate in rates if not math.isnan(rate)]
    if len(known) < 2:
        _warn(f"{row.name}: fewer than two groups have a value, so there is no {kind}")
        return math.nan
    low, high = min(known), max(known)
    if kind == "difference":
        return high - low
    if high == 0:
        _warn(f"{row.name} is 0 in every group, so the ratio is undefined (0/0)")
        return math.nan
    return low / high


def _gap_to(row: Metric, cube: Cube, rates: list[float], kind: Kind, reference: int) -> float:
    base = rates[reference]
    others = [r for i, r in enumerate(rates) if i != reference and not math.isnan(r)]
    if math.isnan(base) or not others:
        _warn(f"{row.name}: no value for {_name(cube.groups[reference])} or for all the others")
        return math.nan
    if kind == "difference":
        return max((rate - base for rate in others), key=abs)
    if base == 0:
        _warn(f"{row.name} is 0 in the reference group, so the ratio is undefined")
        return math.nan
    if any(rate == 0 for rate in others):
        return 0.0
    return max((rate / base for rate in others), key=lambda ratio: abs(math.log(ratio)))


def _reference(cube: Cube, reference: Any) -> int:
    wanted = reference if isinstance(reference, tuple | list) else (reference,)
    key: Group = tuple(group_text(part) for part in wanted)
    if key not in cube.groups:
        raise MetricError(
            f"no reference group '{shown(_name(key))}'; groups: {listed(map(_name, cube.groups))}"
        )
    return cube.groups.index(key)


def _name(group: Group) -> str:
    return " / ".join("(missing)" if part is None else part for part in group)


def _warn(message: str) -> None:
    warnings.warn(message, UndefinedMetricWarning, stacklevel=4)


def made_from_row(name: str) -> PlainMetric | GroupMetric | None:
    """Return the function of a declared count metric that is not written out below, or None."""
    if name in METRICS:
        return _plain(name)
    for kind in ("difference", "ratio"):
        stem = name.removesuffix(f"_{kind}")
        if stem != name and stem in METRICS:
            return _between(stem, "difference" if kind == "difference" else "ratio")
    return None


def count(y_true: Any, y_pred: Any = None) -> int:
    """Return the number of rows.

    Examples
    --------
    >>> count([0, 1, 1])
    3
    """
    return len(y_true if y_true is not None else y_pred)


base_rate = _plain("base_rate")
selection_rate = _plain("selection_rate")
true_positive_rate = _plain("true_positive_rate")
false_positive_rate = _plain("false_positive_rate")
true_negative_rate = _plain("true_negative_rate")
false_negative_rate = _plain("false_negative_rate")
positive_predictive_value = _plain("positive_predictive_value")
negative_predictive_value = _plain("negative_predictive_value")
false_discovery_rate = _plain("false_discovery_rate")
false_omission_rate = _plain("false_omission_rate")
accuracy = _plain("accuracy")

base_rate_difference = _between("base_rate", "difference")
base_rate_ratio = _between("base_rate", "ratio")
selection_rate_difference = _between("selection_rate", "difference")
selection_rate_ratio = _between("selection_rate", "ratio")
true_positive_rate_difference = _between("true_positive_rate", "difference")
true_positive_rate_ratio = _between("true_positive_rate", "ratio")
false_positive_rate_difference = _between("false_positive_rate", "difference")
false_positive_rate_ratio = _between("false_positive_rate", "ratio")
true_negative_rate_difference = _between("true_negative_rate", "difference")
true_negative_rate_ratio = _between("true_negative_rate", "ratio")
false_negative_rate_difference = _between("false_negative_rate", "difference")
false_negative_rate_ratio = _between("false_negative_rate", "ratio")
positive_predictive_value_difference = _between("positive_predictive_value", "difference")
positive_predictive_value_ratio = _between("positive_predictive_value", "ratio")
negative_predictive_value_difference = _between("negative_predictive_value", "difference")
negative_predictive_value_ratio = _between("negative_predictive_value", "ratio")
false_discovery_rate_difference = _between("false_discovery_rate", "difference")
false_discovery_rate_ratio = _between("false_discovery_rate", "ratio")
false_omission_rate_difference = _between("false_omission_rate", "difference")
false_omission_rate_ratio = _between("false_omission_rate", "ratio")
accuracy_difference = _between("accuracy", "difference")
accuracy_ratio = _between("accuracy", "ratio")

demographic_parity_difference = _between(
    "selection_rate", "difference", "demographic_parity_difference"
)
demographic_parity_ratio = _between("selection_rate", "ratio", "demographic_parity_ratio")
equal_opportunity_difference = _between(
    "true_positive_rate", "difference", "equal_opportunity_difference"
)
equal_opportunity_ratio = _between("true_positive_rate", "ratio", "equal_opportunity_ratio")


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

    Parameters
    ----------
    y_true, y_pred, sensitive_features, sample_weight, pos_label, reference, convention
        As in :func:`demographic_parity_difference`.
    agg : {"worst_case", "mean"}
        How the two ratios are combined.

    Returns
    -------
    float
        NaN with a warning when either ratio is undefined.

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
    gaps = [_gap(row, cube, question.kind, reference) for row in (tpr, fpr)]
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
        for group, rate, n in zip(cube.groups, _rates(row, cube), sizes, strict=True):
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
