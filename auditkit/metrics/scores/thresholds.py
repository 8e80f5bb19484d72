"""Every count rate of every group at many thresholds, from one histogram of the scores."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.counts import UNKNOWN, Cube, Group
from auditkit.errors import MetricError, nearest, shown
from auditkit.metrics.arrays import check_alike, column_of, features_of, flags_of, weights_of
from auditkit.metrics.declared import METRICS
from auditkit.metrics.family import tidy
from auditkit.metrics.scores.sample import Floats, codes_of, numbers_of

__all__ = ["ThresholdRates", "rates_at_thresholds"]


@dataclass(frozen=True, eq=False, slots=True)
class ThresholdRates:
    """Counts of groups × label × decision at each threshold; a score at the threshold is selected.

    Attributes
    ----------
    attributes : tuple of str
        Names of the sensitive features; empty without them.
    groups : tuple of tuple
        One entry a group; None is a missing value.
    thresholds : tuple of float
        As asked for.
    n, w, w2 : ndarray of shape (groups, thresholds, 3, 3)
        Rows, sum of weights and of squared weights; then label and decision (0, 1, unknown).
    """

    attributes: tuple[str, ...]
    groups: tuple[Group, ...]
    thresholds: tuple[float, ...]
    n: NDArray[np.int64]
    w: Floats
    w2: Floats

    def rates(self, metric: str) -> Floats:
        """Return a count metric as groups × thresholds; NaN where its denominator is empty.

        Examples
        --------
        >>> found = rates_at_thresholds([0, 1, 1], [0.2, 0.4, 0.8], thresholds=[0.3, 0.5])
        >>> found.rates("true_positive_rate").tolist()
        [[1.0, 0.5]]
        """
        if metric not in METRICS:
            raise MetricError(f"no metric '{shown(metric)}'{nearest(metric, METRICS)}")
        top, bottom = METRICS[metric].sums(self.w)
        rates: Floats = np.full(top.shape, np.nan)
        np.divide(top, bottom, out=rates, where=bottom > 0)
        return rates

    def cube(self, threshold: float) -> Cube:
        """Return the counts at one of the thresholds, for all that can be asked of a cube.

        Examples
        --------
        >>> found = rates_at_thresholds([0, 1, 1], [0.2, 0.4, 0.8], thresholds=[0.3, 0.5])
        >>> found.cube(0.5).n[0, :2, :2].tolist()
        [[1, 0], [1, 1]]
        """
        if threshold not in self.thresholds:
            raise MetricError(f"{shown(threshold)} is not one of the thresholds")
        at = self.thresholds.index(threshold)
        return Cube(self.attributes, self.groups, self.n[:, at], self.w[:, at], self.w2[:, at])

    def rows(self, metrics: Sequence[str] | None = None) -> list[dict[str, Any]]:
        """Return tidy rows, for ``pandas.DataFrame(...)``: one a group, threshold and metric.

        Parameters
        ----------
        metrics : sequence of str, optional
            Names of count metrics; all that the labels allow by default.

        Returns
        -------
        list of dict
            A key for each sensitive feature, then ``metric``, ``threshold``, ``value`` (None when
            undefined), ``n`` (rows in the denominator), ``reason``.

        Examples
        --------
        >>> rates_at_thresholds(None, [0.2, 0.4, 0.8], thresholds=[0.3]).rows()[0]["value"]
        0.6666666666666666
        """
        known = bool(self.n[..., :UNKNOWN, :].any())
        names = metrics or [
            row.name for row in METRICS.values() if known or "label" not in row.needs
        ]
        times = len(self.thresholds)
        groups = [group for group in self.groups for _ in range(times)]
        found: list[dict[str, Any]] = []
        for name in names:
            values = self.rates(name).ravel()
            columns: dict[str, list[Any]] = {
                "threshold": list(self.thresholds) * len(self.groups),
                "value": values.tolist(),
                "n": METRICS[name].sums(self.n)[1].astype(np.int64).ravel().tolist(),
                "reason": [METRICS[name].undefined if v != v else None for v in values],
            }
            found += tidy(name, self.attributes, groups, columns)
        return found


def rates_at_thresholds(
    y_true: Any,
    y_score: Any,
    *,
    thresholds: Iterable[float],
    sensitive_features: Any = None,
    sample_weight: Any = None,
    pos_label: Any = None,
) -> ThresholdRates:
    """Return every count rate of every group at many thresholds: selected is ``score >= t``.

    Each row is looked at once, whatever the number of thresholds: which of them its score reaches
    is one place in a histogram, and sums from its right end are the selected at each.

    Parameters
    ----------
    y_true : array-like of shape (n,) or None
        Labels: 0/1 or booleans; anything else needs `pos_label`. None leaves them unknown: only
        the selection rate is defined then.
    y_score : array-like of shape (n,)
        Scores: finite numbers, more is more positive.
    thresholds : iterable of float
        In any order; infinities are allowed.
    sensitive_features : array-like, frame or mapping of arrays, optional
        The groups; all rows together by default.
    sample_weight : array-like of shape (n,), optional
        Weights, not negative.
    pos_label : scalar, optional
        The positive label.

    Returns
    -------
    ThresholdRates
        Rates in [0, 1]. One with an empty denominator is NaN in ``rates`` and None with a reason in
        ``rows``.

    Raises
    ------
    MetricError
        On inputs that do not match, scores that are missing or infinite, no thresholds, or one
        that is not a number.

    References
    ----------
    Fawcett (2006), An introduction to ROC analysis, Pattern Recognition Letters 27.

    Examples
    --------
    >>> found = rates_at_thresholds(
    ...     [0, 1, 0, 1],
    ...     [0.2, 0.6, 0.5, 0.7],
    ...     thresholds=[0.5, 0.6],
    ...     sensitive_features=list("aabb"),
    ... )
    >>> found.groups, found.rates("selection_rate").tolist()
    ((('a',), ('b',)), [[0.5, 0.5], [1.0, 0.5]])
    """
    asked = _thresholds(thresholds)
    if y_score is None:
        raise MetricError("rates_at_thresholds needs y_score")
    label_column, score_column = column_of("y_true", y_true), column_of("y_score", y_score)
    weight_column = column_of("sample_weight", sample_weight)
    features = features_of(sensitive_features)
    given = (score_column, label_column, weight_column, *features)
    size = check_alike([column for column in given if column is not None])
    assert score_column is not None
    label = flags_of(label_column, None, pos_label)[0]
    score, weight = numbers_of(score_column), weights_of(weight_column)
    codes, groups = codes_of(features, size)

    # As numpy compares: a float32 score of 0.7 reaches a threshold of 0.7.
    levels, place = np.unique(asked.astype(score.dtype), return_inverse=True)
    flat = codes.astype(np.int64) * 3 + (UNKNOWN if label is None else label)
    flat *= len(levels) + 1
    flat += np.searchsorted(levels, score, "right")  # how many thresholds the score reaches
    shape = (len(groups), 3, len(levels) + 1)
    cells = int(np.prod(shape))
    n = _decided(np.bincount(flat, minlength=cells).reshape(shape), place)
    if weight is None:
        w = w2 = n.astype(np.float64)
    else:
        w, w2 = (
            _decided(np.bincount(flat, part, cells).reshape(shape), place)
            for part in (weight, weight * weight)
        )
    names = tuple(column.name for column in features)
    return ThresholdRates(names, groups, tuple(asked.tolist()), n, w, w2)


def _thresholds(thresholds: Iterable[float]) -> Floats:
    try:
        asked = np.array(list(thresholds), dtype=np.float64)
    except (TypeError, ValueError):
        raise MetricError("thresholds must be numbers") from None
    if not len(asked) or asked.ndim != 1:
        raise MetricError("thresholds must be a list of at least one number")
    if np.isnan(asked).any():
        raise MetricError("a threshold is missing (NaN)")
    return asked


def _decided(reached: NDArray[Any], place: NDArray[np.intp]) -> NDArray[Any]:
    """Turn (groups, labels, thresholds reached) into (groups, thresholds, labels, decisions)."""
    rejected = np.cumsum(reached, axis=-1)[..., :-1]
    selected = np.cumsum(reached[..., ::-1], axis=-1)[..., ::-1][..., 1:]
    table = np.zeros((reached.shape[0], rejected.shape[-1], 3, 3), dtype=reached.dtype)
    table[..., 0] = np.moveaxis(rejected, -1, 1)
    table[..., 1] = np.moveaxis(selected, -1, 1)
    return table[:, place]
