"""How good a model is for all and for each group, with intervals that say what they are made of."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit import inference
from auditkit.metrics.scores.delong import student_quantile
from auditkit.threads import side_by_side
from auditkit.trainer.influence import Influence, Rows, Undefined, influence_of, variance

__all__ = ["REPORTED", "group_masks", "interval", "performance_rows"]

Floats = NDArray[np.float64]
Groups = Mapping[str, Sequence[str | None]] | Mapping[str, NDArray[Any]]

REPORTED = (
    "roc_auc",
    "brier_score",
    "accuracy",
    "balanced_accuracy",
    "selection_rate",
    "true_positive_rate",
    "false_positive_rate",
    "positive_predictive_value",
    "calibration_in_the_large",
    "calibration_slope",
    "expected_calibration_error",
)
"""The measures of the record, in its order."""

_LONG = 50_000  # rows from which threads pay
_SHARES = {
    "accuracy", "selection_rate", "true_positive_rate", "false_positive_rate",
    "true_negative_rate", "positive_predictive_value", "base_rate",
}  # fmt: skip


def performance_rows(
    repeats: Sequence[Rows],
    groups: Groups,
    *,
    clusters: NDArray[np.intp] | None = None,
    level: float = 0.95,
) -> list[dict[str, Any]]:
    """Measure a model for all and for each group of each attribute.

    Parameters
    ----------
    repeats : sequence of Rows
        The same rows with the scores of each repetition of the cross-fitting.
    groups : mapping of str to sequence
        Protected attribute → the group of each row.
    clusters : ndarray of int, optional
        Which rows belong together.
    level : float
        Of the intervals.

    Returns
    -------
    list of dict
        ``attributes``, ``group`` (both empty for all), ``metric``, ``value`` (of the first
        repetition, whose selections are counted), ``low``, ``high``, ``level``, ``n``,
        ``sampling_sd`` (other people of the same kind), ``training_sd`` (another split and seed;
        None with one repetition), ``reason``. The interval is that of one model trained this way:
        its variance is ``sampling_sd² + training_sd²``.

    Examples
    --------
    >>> import numpy as np
    >>> y, s = np.array([0.0, 1.0] * 20), np.linspace(0.1, 0.9, 40)
    >>> rows = Rows(y, s, (s >= 0.5) * 1.0, np.ones(40))
    >>> found = performance_rows([rows], {"sex": ["F", "M"] * 20})
    >>> [row["value"] for row in found if row["metric"] == "selection_rate"]
    [0.5, 0.5, 0.5]
    """
    size = len(repeats[0].outcome)
    measure = partial(_group_rows, repeats, clusters, level)
    found = side_by_side(measure, group_masks(groups, size), long=size >= _LONG)
    return [row for rows in found for row in rows]


def _group_rows(
    repeats: Sequence[Rows],
    clusters: NDArray[np.intp] | None,
    level: float,
    group: tuple[list[str], list[str | None], NDArray[np.intp]],
) -> list[dict[str, Any]]:
    attributes, name, mask = group
    parts = [repeat.at(mask) for repeat in repeats]
    near = None if clusters is None else clusters[mask]
    named = {"attributes": attributes, "group": name}
    return [{**named, "metric": one, **_measured(one, parts, near, level)} for one in REPORTED]


def group_masks(
    groups: Groups, size: int
) -> Iterator[tuple[list[str], list[str | None], NDArray[np.intp]]]:
    """Yield all rows, then the rows of each group of each attribute, missing last."""
    yield [], [], np.arange(size)
    for name, column in groups.items():
        codes, names = coded(column)
        for code, value in enumerate(names):
            yield [name], [value], np.flatnonzero(codes == code)


def coded(column: Sequence[str | None] | NDArray[Any]) -> tuple[NDArray[np.intp], list[str | None]]:
    """Return the group of each row as a code, and the groups in order, missing last.

    Examples
    --------
    >>> codes, names = coded(["M", None, "F", "M"])
    >>> codes.tolist(), names
    ([1, 2, 0, 1], ['F', 'M', None])
    """
    import pandas

    codes, levels = pandas.factorize(np.array(list(column), dtype=object), sort=True)
    names: list[str | None] = levels.tolist()
    if (codes < 0).any():
        codes = np.where(codes < 0, len(names), codes)
        names.append(None)
    return np.asarray(codes, dtype=np.intp), names


def _measured(
    metric: str, parts: Sequence[Rows], clusters: NDArray[np.intp] | None, level: float
) -> dict[str, Any]:
    try:
        first = influence_of(metric, parts[0])
    except Undefined as reason:
        return _row(None, None, None, level, len(parts[0].outcome), None, None, str(reason))
    sampling = variance(first, clusters)
    training = _between(metric, first.value, parts[1:])
    if sampling is None or (sampling <= 1e-20 and metric not in _SHARES):
        why = "one row carries it" if sampling is None else "no row differs from another"
        return _row(first.value, None, None, level, len(parts[0].outcome), None, training, why)
    low, high = interval(metric, first, sampling + (training or 0.0) ** 2, level)
    n = len(parts[0].outcome)
    return _row(first.value, low, high, level, n, math.sqrt(sampling), training, None)


def _between(metric: str, first: float, others: Sequence[Rows]) -> float | None:
    """Return the standard deviation between repetitions; None where there is one only."""
    values = [first]
    for part in others:
        try:
            values.append(influence_of(metric, part).value)
        except Undefined:
            return None
    return float(np.std(values, ddof=1)) if len(values) > 1 else None


def interval(
    metric: str, found: Influence, total: float, level: float
) -> tuple[float | None, float | None]:
    """Return the interval of a value whose variance is `total`.

    Rates: Wilson's, with the number of people that have this variance. AUC: on the logit scale,
    with Student's t of the smaller class. Others: normal.
    """
    value = found.value
    if metric in _SHARES:
        size = value * (1 - value) / total if total > 0 and 0 < value < 1 else float(found.n)
        ends = inference.wilson(value * size, size, level=level)
        return (None, None) if ends is None else (ends.low, ends.high)
    reach = NormalDist().inv_cdf(0.5 + level / 2) * math.sqrt(total)
    if metric == "roc_auc":
        if not 0 < value < 1:
            return None, None
        reach = student_quantile(level, max(found.n - 1, 1)) * math.sqrt(total)
        logit, width = math.log(value / (1 - value)), reach / (value * (1 - value))
        return _expit(logit - width), _expit(logit + width)
    return value - reach, value + reach


def _expit(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def _row(
    value: float | None,
    low: float | None,
    high: float | None,
    level: float,
    n: int,
    sampling: float | None,
    training: float | None,
    reason: str | None,
) -> dict[str, Any]:
    return {
        "value": value,
        "low": low,
        "high": high,
        "level": level,
        "n": n,
        "sampling_sd": sampling,
        "training_sd": training,
        "reason": reason,
    }
