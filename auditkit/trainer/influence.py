"""Measures of a model with what each row contributes: a value, and a variance that follows.

Every measure is a smooth function of means, so its error is a mean too: the *influence* of each
row. The variance of a sum of influences is the sampling variance; summed within clusters first,
it is that of clustered rows; of two models on the same rows, the influences are subtracted first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["MEASURES", "Influence", "Rows", "Undefined", "influence_of", "variance"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of one group: outcome 1 or 0, score, selection, weight of mean 1."""

    outcome: Floats
    score: Floats
    chosen: Floats
    weight: Floats

    def at(self, rows: NDArray[Any]) -> Rows:
        """Return some of the rows."""
        parts = (self.outcome, self.score, self.chosen, self.weight)
        return Rows(*(part[rows] for part in parts))


@dataclass(frozen=True, eq=False)
class Influence:
    """A value, and what each row adds to its error (the influences sum to 0)."""

    value: float
    rows: Floats
    n: int


class Undefined(Exception):  # noqa: N818  a reason, caught in this room and never shown as an error
    """A measure has no value, and why."""


def variance(found: Influence, clusters: NDArray[np.intp] | None = None) -> float | None:
    """Return the sampling variance of a value; None where one row or cluster carries it.

    Parameters
    ----------
    found : Influence
        From :func:`influence_of`.
    clusters : ndarray of int, optional
        Rows of one cluster are drawn together.

    Examples
    --------
    >>> import numpy as np
    >>> y = np.array([1.0, 0.0, 1.0, 0.0])
    >>> rows = Rows(y, y, y, np.ones(4))
    >>> variance(influence_of("selection_rate", rows))  # p (1 - p) / (n - 1)
    0.08333333333333333
    """
    parts: NDArray[Any] = found.rows
    if clusters is not None:
        _, place = np.unique(clusters, return_inverse=True)
        parts = np.bincount(place, weights=parts)
    count = int(np.count_nonzero(parts)) if clusters is None else len(parts)
    size = max(found.n, count) if clusters is None else count
    if size < 2:
        return None
    return float(np.dot(parts, parts)) * size / (size - 1)


def influence_of(name: str, rows: Rows) -> Influence:
    """Return a measure of these rows.

    Raises
    ------
    Undefined
        With the reason.

    Examples
    --------
    >>> import numpy as np
    >>> y, s = np.array([0.0, 1.0, 0.0, 1.0]), np.array([0.2, 0.4, 0.6, 0.8])
    >>> influence_of("roc_auc", Rows(y, s, (s >= 0.5) * 1.0, np.ones(4))).value
    0.75
    """
    if not len(rows.outcome) or not rows.weight.sum() > 0:
        raise Undefined("nobody is in this group")
    return MEASURES[name](rows)


def _share(event: Floats, given: Floats, weight: Floats, nobody: str) -> Influence:
    """Return the weighted share of `event` among `given`."""
    mass = weight * given
    total = float(mass.sum())
    if not total > 0:
        raise Undefined(nobody)
    value = float(np.dot(mass, event)) / total
    return Influence(value, mass * (event - value) / total, int(np.count_nonzero(mass)))


def _mean(of: Callable[[Rows], Floats]) -> Callable[[Rows], Influence]:
    def measure(rows: Rows) -> Influence:
        ones = np.ones(len(rows.outcome))
        return _share(of(rows), ones, rows.weight, "nobody is in this group")

    return measure


def _rate(given: Callable[[Rows], Floats], event: Callable[[Rows], Floats], nobody: str) -> Any:
    return lambda rows: _share(event(rows), given(rows), rows.weight, nobody)


def _area(rows: Rows) -> Influence:
    """AUC, with DeLong's components (DeLong, DeLong, Clarke-Pearson, 1988, Biometrics 44)."""
    positive = rows.outcome == 1.0
    ups, downs = rows.weight * positive, rows.weight * ~positive
    if not ups.sum() > 0 or not downs.sum() > 0:
        missing = "positive" if not ups.sum() > 0 else "negative"
        raise Undefined(f"no {missing} outcomes in this group")
    _, place = np.unique(rows.score, return_inverse=True)
    up, down = np.bincount(place, weights=ups), np.bincount(place, weights=downs)
    below = (np.cumsum(down) - down / 2)[place] / down.sum()
    above = 1.0 - (np.cumsum(up) - up / 2)[place] / up.sum()
    value = float(np.dot(ups, below)) / float(ups.sum())
    spread = np.where(positive, ups * (below - value) / ups.sum(), 0.0)
    spread += np.where(positive, 0.0, downs * (above - value) / downs.sum())
    fewest = int(min(np.count_nonzero(ups), np.count_nonzero(downs)))
    return Influence(value, spread, fewest)


def _balanced(rows: Rows) -> Influence:
    one, other = MEASURES["true_positive_rate"](rows), MEASURES["true_negative_rate"](rows)
    return Influence(
        (one.value + other.value) / 2, (one.rows + other.rows) / 2, min(one.n, other.n)
    )


_BINS = 10


def _calibration_error(rows: Rows) -> Influence:
    """Return the expected calibration error over ten bins of equal width."""
    edges = np.linspace(0, 1, _BINS + 1)
    place = np.searchsorted(edges[1:-1], rows.score, "left")
    off = rows.outcome - rows.score
    total = float(rows.weight.sum())
    side = np.sign(np.bincount(place, weights=rows.weight * off, minlength=_BINS))[place]
    value = float(np.dot(rows.weight, side * off)) / total
    return Influence(value, rows.weight * (side * off - value) / total, len(rows.outcome))


def _slope(rows: Rows) -> Influence:
    """Slope of the outcome on the logit of the score, with its sandwich variance."""
    from auditkit.metrics.scores.calibration import calibration_line
    from auditkit.metrics.scores.sample import Sample

    kept, positive = rows.weight > 0, rows.outcome == 1.0
    parts = np.flatnonzero(kept & ~positive), np.flatnonzero(kept & positive)
    if not len(parts[0]) or not len(parts[1]):
        raise Undefined("only one class of outcomes in this group")
    order = np.concatenate(parts)
    line = calibration_line(Sample(rows.score[order], rows.weight[order], len(parts[0])))
    if isinstance(line, str):
        raise Undefined(line)
    intercept, slope = line
    score = np.where(kept, rows.score, 0.5)  # without weight it does not matter, and can be 0 or 1
    logit = np.log(score) - np.log1p(-score)
    p = 1 / (1 + np.exp(-np.clip(intercept + slope * logit, -700, 700)))
    mass = rows.weight * p * (1 - p)
    logit -= float(mass @ logit) / max(float(mass.sum()), 1e-300)
    spread = float(mass @ (logit * logit))
    if not spread > 0:
        raise Undefined("the scores all but separate the labels, so the slope has no bound")
    return Influence(slope, rows.weight * (rows.outcome - p) * logit / spread, len(order))


def _log_loss(rows: Rows) -> Floats:
    tiny = np.finfo(np.float64).eps
    safe = np.clip(rows.score, tiny, 1 - tiny)
    return -np.log(np.where(rows.outcome == 1.0, safe, 1 - safe))


_POSITIVES, _NEGATIVES = "no positive outcomes in this group", "no negative outcomes in this group"

MEASURES: dict[str, Callable[[Rows], Influence]] = {
    "roc_auc": _area,
    "brier_score": _mean(lambda rows: (rows.score - rows.outcome) ** 2),
    "log_loss": _mean(_log_loss),
    "accuracy": _mean(lambda rows: 1 - np.abs(rows.chosen - rows.outcome)),
    "balanced_accuracy": _balanced,
    "base_rate": _mean(lambda rows: rows.outcome),
    "mean_score": _mean(lambda rows: rows.score),
    "selection_rate": _mean(lambda rows: rows.chosen),
    "true_positive_rate": _rate(lambda r: r.outcome, lambda r: r.chosen, _POSITIVES),
    "false_positive_rate": _rate(lambda r: 1 - r.outcome, lambda r: r.chosen, _NEGATIVES),
    "true_negative_rate": _rate(lambda r: 1 - r.outcome, lambda r: 1 - r.chosen, _NEGATIVES),
    "positive_predictive_value": _rate(
        lambda r: r.chosen, lambda r: r.outcome, "nobody in this group is selected"
    ),
    "calibration_in_the_large": _mean(lambda rows: rows.outcome - rows.score),
    "calibration_slope": _slope,
    "expected_calibration_error": _calibration_error,
}
"""What is measured, by the names of the catalogue of metrics."""
