"""Array functions made from declared rows: one for the rate, one for each kind of gap."""

from __future__ import annotations

import math
import warnings
from typing import Any, Literal, Protocol

import numpy as np

from auditkit.counts import Cube, Group, group_text
from auditkit.errors import MetricError, UndefinedMetricWarning, listed, shown
from auditkit.metrics.compare import Question, Quotient, answer
from auditkit.metrics.cubes import cube_of
from auditkit.metrics.declared import METRICS

__all__ = [
    "CountRow",
    "GroupMetric",
    "Kind",
    "PlainMetric",
    "counted",
    "gap_of",
    "group_metric",
    "group_of",
    "made_from_row",
    "plain_metric",
    "plain_of",
    "rates_in",
]

Kind = Literal["difference", "ratio"]


class CountRow(Quotient, Protocol):
    """A row that says all of a quotient of counts, such as a :class:`auditkit.metrics.Metric`."""

    @property
    def title(self) -> str:
        """The words a report uses."""

    @property
    def formula(self) -> str:
        """The formula."""

    @property
    def reference(self) -> str:
        """Where it is defined."""

    @property
    def range(self) -> str:
        """The values it can take."""


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
        In {range}; NaN with a warning when undefined ({undefined}).

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
    {value}
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


def plain_metric(name: str) -> PlainMetric:
    """Return the function of a declared count metric."""
    return plain_of(METRICS[name], "0.5" if name in _EXAMPLES else "")


def plain_of(row: CountRow, value: str = "") -> PlainMetric:
    """Return the function of a row; `value` is that of its example."""

    def metric(
        y_true: Any, y_pred: Any = None, *, sample_weight: Any = None, pos_label: Any = None
    ) -> float:
        cube = counted(row, y_true, y_pred, None, sample_weight, pos_label)
        value = rates_in(row, cube)[0]
        if math.isnan(value):
            _warn(f"{row.name} is undefined: {row.undefined}")
        return value

    metric.__name__ = metric.__qualname__ = row.name
    metric.__doc__ = _PLAIN_DOC.format(
        title=row.title,
        formula=row.formula,
        range=row.range,
        undefined=row.undefined,
        reference=row.reference,
        example=_PLAIN_EXAMPLE.format(name=row.name, value=value) if value else "",
    )
    return metric


def group_metric(name: str, kind: Kind, alias: str | None = None) -> GroupMetric:
    """Return the difference or the ratio of a declared count metric between groups."""
    value = _EXAMPLES[name][kind == "ratio"] if name in _EXAMPLES else ""
    return group_of(METRICS[name], kind, value, alias)


def group_of(row: CountRow, kind: Kind, value: str = "", alias: str | None = None) -> GroupMetric:
    """Return the difference or the ratio of a row between groups."""
    question = Question(metric=f"{row.name}_{kind}", kind=kind, parts=(row,))

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
        cube = counted(row, y_true, y_pred, sensitive_features, sample_weight, pos_label)
        if convention != "auditkit":
            return answer(question, cube, convention=convention, reference=reference)
        return gap_of(row, cube, kind, reference)

    called = alias or question.metric
    metric.__name__ = metric.__qualname__ = called
    is_ratio = kind == "ratio"
    bounded = row.range == "[0, 1]"
    example = _GROUP_EXAMPLE.format(name=called, value=value) if value else ""
    metric.__doc__ = _GROUP_DOC.format(
        kind_title=kind.capitalize(),
        title_lower=row.title.lower() if row.title[1:2].islower() else row.title,
        formula=row.formula,
        undefined=row.undefined,
        reference=row.reference,
        example=example,
        plain="smallest / largest rate, in [0, 1]"
        if is_ratio
        else f"largest − smallest, in {'[0, 1]' if bounded else '[0, ∞)'}",
        with_reference="rate of the group / rate of the reference"
        if is_ratio
        else "rate of the group − rate of the reference, signed",
    )
    return metric


def counted(
    row: Quotient, y_true: Any, y_pred: Any, features: Any, sample_weight: Any, pos_label: Any
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


def rates_in(row: Quotient, cube: Cube) -> list[float]:
    """Return the rate of each group; NaN where its denominator is empty."""
    numerators, denominators = row.sums(cube.w)
    return [
        float(top / bottom) if bottom > 0 else math.nan
        for top, bottom in zip(numerators, denominators, strict=True)
    ]


def gap_of(row: Quotient, cube: Cube, kind: Kind, reference: Any) -> float:
    """Return the gap of one rate between the groups of a cube; NaN and a warning if undefined."""
    if np.count_nonzero(cube.n.sum(axis=(1, 2))) < 2:
        raise MetricError("only one group: there is nothing to compare it with")
    rates = rates_in(row, cube)
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


def _gap_to(row: Quotient, cube: Cube, rates: list[float], kind: Kind, reference: int) -> float:
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
        return plain_metric(name)
    for kind in ("difference", "ratio"):
        stem = name.removesuffix(f"_{kind}")
        if stem != name and stem in METRICS:
            return group_metric(stem, "difference" if kind == "difference" else "ratio")
    return None
