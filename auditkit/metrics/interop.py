"""Our metrics inside scikit-learn, and fairlearn's MetricFrame behind our checks.

scikit-learn and fairlearn are imported when a function here is called, not before.
"""

from __future__ import annotations

import inspect
import math
import numbers
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from auditkit.errors import MetricError, listed, nearest, shown
from auditkit.metrics.arrays import (
    Column,
    check_alike,
    column_of,
    features_of,
    flags_of,
    refuse_missing,
)
from auditkit.metrics.cubes import groups_of
from auditkit.metrics.needs import imported

__all__ = ["make_fairness_scorer", "metric_frame"]

Metric = str | Callable[..., Any]
Undefined = Literal["raise", "nan"] | float
_MISSING = "(missing)"
_HOW = (
    'cross_validate(..., params={"sensitive_features": groups}) or search.fit(X, y, '
    "sensitive_features=groups), with sklearn.set_config(enable_metadata_routing=True)"
)


def make_fairness_scorer(
    metric: Metric,
    *,
    greater_is_better: bool | None = None,
    response_method: str | Sequence[str] | None = None,
    pos_label: Any = None,
    reference: Any = None,
    weighted: bool = False,
    undefined: Undefined = "raise",
    **options: Any,
) -> Any:
    r"""Make a scorer for ``cross_validate``, ``cross_val_score``, ``GridSearchCV`` and the like.

    The groups reach it through scikit-learn's metadata routing, which must be switched on; the
    request for ``sensitive_features`` is made here. A scorer is better when it is greater:

    .. math:: \text{difference: } -|d|,\qquad \text{ratio: } \min(r, 1/r),\qquad
              \text{otherwise: } \pm m

    Parameters
    ----------
    metric : str or callable
        A name from :mod:`auditkit.metrics`, such as ``"demographic_parity_difference"``; or
        ``f(y_true, y_pred, *, sensitive_features, ...)``, of ours, of fairlearn or your own.
    greater_is_better : bool, optional
        True scores the metric as it is, False its negative. By default a metric called
        ``..._difference`` scores −|difference| and one called ``..._ratio`` its distance from 1
        as above (with a `reference` a difference has a sign and a ratio may exceed 1); any other
        needs it.
    response_method : str or sequence of str, optional
        What the estimator is asked for. By default ``"predict"``; for a metric of scores (its
        second argument is called ``y_score``) ``predict_proba``, else ``decision_function``.
    pos_label : scalar, optional
        The positive value, where labels are not 0/1 or booleans.
    reference : str or tuple, optional
        The group that the others are compared with.
    weighted : bool
        Whether ``sample_weight`` is requested for scoring too.
    undefined : {"raise", "nan"} or float
        What to do where the metric has no value in a split: ``"raise"`` raises MetricError, and
        scikit-learn's ``error_score`` decides (see Notes); ``"nan"`` scores NaN; a number scores
        that number.
    **options
        Passed to the metric, such as ``agg="mean"`` or ``convention="fairlearn"``.

    Returns
    -------
    callable
        ``scorer(estimator, X, y, *, sensitive_features)``: a scikit-learn scorer that can be
        cloned and (unless `metric` is a lambda) pickled.

    Raises
    ------
    MetricError
        On a name that is not known, a metric that does not compare groups, an option that it does
        not take, or a direction that cannot be told. When scoring: without ``sensitive_features``,
        and whatever the metric refuses, such as a split with a single group.

    Notes
    -----
    *Undefined scores.* With scikit-learn's ``error_score=nan`` (its default) a split that raises
    scores NaN with a warning that holds the reason; the mean of that candidate is NaN, and
    ``GridSearchCV`` ranks it last. Only when *every* candidate is NaN does it fall back on the
    first one, with a warning: pass ``error_score="raise"`` to stop instead. Small groups are
    rare in small splits: stratify the splits by group and label, or use fewer of them.

    *Fairness and accuracy together* are two numbers: pass both as ``scoring={...}`` and choose
    with a ``refit`` function, for example the most accurate candidate within a limit.
    The best difference alone is that of a model which decides the same for everybody.

    References
    ----------
    scikit-learn user guide, Metadata Routing, and The scoring parameter.

    Examples
    --------
    >>> import numpy as np, sklearn
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.model_selection import cross_val_score
    >>> rng = np.random.default_rng(0)
    >>> sex, skill = rng.choice(["F", "M"], 400), rng.normal(size=400)
    >>> hired = (skill + (sex == "M") > 0.5).astype(int)
    >>> X = np.column_stack([skill, sex == "M"])
    >>> scorer = make_fairness_scorer("demographic_parity_difference")
    >>> with sklearn.config_context(enable_metadata_routing=True):
    ...     found = cross_val_score(
    ...         LogisticRegression(), X, hired, scoring=scorer, params={"sensitive_features": sex}
    ...     )
    >>> found.round(2)
    array([-0.59, -0.4 , -0.4 , -0.45, -0.45])
    """
    function, name = _resolved(metric)
    accepted = inspect.signature(function).parameters
    open_ended = _takes_anything(accepted) and not isinstance(metric, str)
    if "sensitive_features" not in accepted and not open_ended:
        raise MetricError(
            f"{shown(name)} does not compare groups (it takes no sensitive_features)"
            + (f": use '{name}_difference'" if isinstance(metric, str) else "")
        )
    settings = {**options}
    for key, value in (("pos_label", pos_label), ("reference", reference)):
        if value is not None:
            settings[key] = value
    _check_options(name, settings, accepted)
    if weighted and "sample_weight" not in accepted and not _takes_anything(accepted):
        raise MetricError(f"{shown(name)} takes no sample_weight")
    direction = _direction(name, greater_is_better)
    settings.pop("pos_label", None)  # goes through the scorer: it picks the column of probabilities
    score = _FairnessScore(metric, direction, undefined, tuple(settings.items()))
    sklearn = imported("sklearn", "sklearn.metrics")
    if response_method is None:
        scores = "y_score" in accepted
        response_method = ("predict_proba", "decision_function") if scores else "predict"
    label = {} if pos_label is None else {"pos_label": pos_label}
    made = sklearn.metrics.make_scorer(score, response_method=response_method, **label)
    with sklearn.config_context(enable_metadata_routing=True):
        made.set_score_request(sensitive_features=True, sample_weight=weighted)
    return made


def metric_frame(
    metrics: Metric | Sequence[Metric] | Mapping[str, Metric],
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    control_features: Any = None,
    sample_params: Mapping[str, Any] | None = None,
    pos_label: Any = None,
    **options: Any,
) -> Any:
    r"""Return fairlearn's ``MetricFrame`` for any callables, after the checks of our door.

    .. math:: m_g = f\bigl((y_i, \hat y_i) : g_i = g\bigr)

    for each group g. For the rates of :data:`auditkit.metrics.METRICS`,
    :func:`auditkit.metrics.tabulate_groups` gives the same numbers thousands of times as fast.

    Parameters
    ----------
    metrics : str, callable, sequence or mapping of them
        Names of plain metrics of :mod:`auditkit.metrics`, or ``f(y_true, y_pred, ...)``.
    y_true, y_pred : array-like of shape (n,)
        Labels and decisions (or numbers, for a metric of numbers); none missing.
    sensitive_features, control_features : array-like, frame or mapping of arrays
        The groups, and the strata within which they are compared. A missing value is a group
        called ``(missing)``; fairlearn alone would refuse it.
    sample_params : mapping, optional
        Arrays for the metrics, as in fairlearn: ``{"sample_weight": w}``, or one such mapping
        for each metric.
    pos_label : scalar, optional
        The positive value: labels and decisions become 0 and 1 first.
    **options
        ``n_boot``, ``ci_quantiles`` and ``random_state``, as in fairlearn.

    Returns
    -------
    fairlearn.metrics.MetricFrame
        What is undefined is up to each callable; the rates of auditkit are NaN with a warning.

    Raises
    ------
    MetricError
        On different lengths or indexes, missing labels, a sensitive feature with one group, a
        metric that compares groups itself.

    References
    ----------
    fairlearn user guide, Performing a Fairness Assessment.

    Examples
    --------
    >>> from sklearn.metrics import f1_score
    >>> frame = metric_frame(
    ...     {"f1": f1_score, "selected": "selection_rate"},
    ...     [1, 0, 1, 1], [1, 0, 0, 1], sensitive_features={"sex": ["F", "F", "M", "M"]},
    ... )
    >>> frame.by_group["selected"].to_dict()
    {'F': 0.5, 'M': 0.5}
    >>> round(float(frame.difference()["f1"]), 3)
    0.333
    """
    functions = _plain_metrics(metrics)
    labels = [column_of(name, values) for name, values in (("y_true", y_true), ("y_pred", y_pred))]
    known = [column for column in labels if column is not None]
    if len(known) < 2:
        raise MetricError("metric_frame needs y_true and y_pred")
    groups, strata = features_of(sensitive_features), features_of(control_features)
    if not groups:
        raise MetricError("no sensitive_features were given")
    params = _sample_params(sample_params or {}, known)
    check_alike([*known, *groups, *strata])
    for column in known:
        refuse_missing(column)
    values = [column.values for column in known]
    if pos_label is not None:
        values = [np.asarray(flags) for flags in flags_of(known[0], known[1], pos_label)]
    fairlearn = imported("fairlearn", "fairlearn.metrics")
    return fairlearn.metrics.MetricFrame(
        metrics=functions,
        y_true=values[0],
        y_pred=values[1],
        sensitive_features={column.name: _named(column, compared=True) for column in groups},
        control_features={column.name: _named(column) for column in strata} or None,
        sample_params=params or None,
        **options,
    )


@dataclass(frozen=True)
class _FairnessScore:
    """The score function: plain data, so that it can be pickled and cloned."""

    metric: Metric
    direction: str
    undefined: Undefined
    options: tuple[tuple[str, Any], ...]

    @property
    def __name__(self) -> str:
        return _resolved(self.metric)[1]

    def __call__(
        self,
        y_true: Any,
        y_pred: Any,
        *,
        sensitive_features: Any = None,
        sample_weight: Any = None,
        pos_label: Any = None,
    ) -> float:
        function, name = _resolved(self.metric)
        if sensitive_features is None:
            raise MetricError(f"the scorer of {shown(name)} got no sensitive_features: {_HOW}")
        columns = [column_of("y_true", y_true), column_of("sample_weight", sample_weight)]
        present = [column for column in columns if column is not None]
        check_alike([*present, *features_of(sensitive_features)])  # y_pred has no index to check
        given = {"sample_weight": sample_weight, "pos_label": pos_label}
        extra = {key: value for key, value in given.items() if value is not None}
        options = {**dict(self.options), **extra, "sensitive_features": sensitive_features}
        value = function(y_true, y_pred, **options)
        if not isinstance(value, numbers.Real):
            raise MetricError(
                f"{shown(name)} returns a {type(value).__name__}; a scorer needs one number"
            )
        value = float(value)
        if math.isnan(value):
            return self._without_value(name)
        if self.direction == "difference":
            return -abs(value)
        if self.direction == "ratio":
            return min(value, 1 / value) if value > 0 else value
        return value if self.direction == "up" else -value

    def _without_value(self, name: str) -> float:
        if self.undefined == "raise":
            raise MetricError(
                f"{shown(name)} is undefined in this split (the warning before this says why): "
                "stratify the splits by group, or pass undefined='nan' or a number"
            )
        return float(self.undefined)


def _resolved(metric: Metric) -> tuple[Callable[..., Any], str]:
    """Return a metric's function and its name."""
    if not isinstance(metric, str):
        if not callable(metric):
            raise MetricError(f"metric is a {type(metric).__name__}; give a name or a callable")
        return metric, str(getattr(metric, "__name__", type(metric).__name__))
    from auditkit import metrics as door

    function = None if metric.startswith("_") else getattr(door, metric, None)
    if not inspect.isfunction(function):
        raise MetricError(f"no metric '{shown(metric)}'{nearest(metric, door.__all__)}")
    return function, metric


def _takes_anything(accepted: Mapping[str, inspect.Parameter]) -> bool:
    return any(one.kind is inspect.Parameter.VAR_KEYWORD for one in accepted.values())


def _check_options(
    name: str, options: Mapping[str, Any], accepted: Mapping[str, inspect.Parameter]
) -> None:
    for key in options:
        if key in {"sensitive_features", "sample_weight"}:
            raise MetricError(f"{key} is passed when scoring: {_HOW}")
        if key not in accepted and not _takes_anything(accepted):
            keys = [one for one in accepted if one not in {"y_true", "y_pred", "y_score"}]
            raise MetricError(f"{shown(name)} takes no {shown(key)}{nearest(key, keys)}")


def _direction(name: str, greater_is_better: bool | None) -> str:
    if greater_is_better is not None:
        return "up" if greater_is_better else "down"
    for kind in ("difference", "ratio"):
        if name.endswith(f"_{kind}"):
            return kind
    raise MetricError(f"is more of {shown(name)} better? Say greater_is_better=True or False")


def _plain_metrics(
    metrics: Metric | Sequence[Metric] | Mapping[str, Metric],
) -> Callable[..., Any] | dict[str, Callable[..., Any]]:
    """Return one callable, or a name for each."""
    if isinstance(metrics, Mapping):
        named = {str(name): _resolved(metric)[0] for name, metric in metrics.items()}
    elif isinstance(metrics, str) or callable(metrics):
        function, name = _resolved(metrics)
        named = {name: function}
    else:
        pairs = [_resolved(metric) for metric in metrics]
        named = {name: function for function, name in pairs}
        if len(named) < len(pairs):
            raise MetricError("two metrics have the same name: pass a mapping of names to metrics")
    if not named:
        raise MetricError("no metrics were given")
    for name, function in named.items():
        try:
            accepted = inspect.signature(function).parameters
        except (TypeError, ValueError):  # built-in callables do not tell
            continue
        if "sensitive_features" in accepted:
            raise MetricError(f"{shown(name)} compares groups itself: call it, or pass a plain one")
    alone = isinstance(metrics, str) or callable(metrics)
    return next(iter(named.values())) if alone else named


def _sample_params(params: Mapping[str, Any], labels: Sequence[Column]) -> dict[str, Any]:
    """Check that arrays for the metrics describe the same rows, and return them as numpy."""
    checked: dict[str, Any] = {}
    for name, value in params.items():
        if isinstance(value, Mapping):
            checked[name] = _sample_params(value, labels)
            continue
        column = column_of(f"sample_params['{shown(name)}']", value)
        if column is not None:
            check_alike([*labels, column])
            checked[name] = column.values
    return checked


def _named(column: Column, *, compared: bool = False) -> Any:
    """Return the groups of a column as they are, or as text where some are missing."""
    codes, groups = groups_of([column])
    if compared and len(groups) < 2:
        raise MetricError(
            f"'{shown(column.name)}' has only one group ({listed(g[0] for g in groups)}): there is "
            "nothing to compare it with"
        )
    names = [group[0] for group in groups]
    if None not in names:
        return column.values
    if _MISSING in names:
        raise MetricError(f"'{shown(column.name)}' has missing values and the text '{_MISSING}'")
    return np.array([_MISSING if name is None else name for name in names], dtype=object)[codes]
