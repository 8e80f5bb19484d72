"""Do probabilities mean what they say: on average, in spread, and everywhere."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.metrics.scores.between import Value
from auditkit.metrics.scores.functions import Scored, between, plain
from auditkit.metrics.scores.sample import Floats, Sample, mean

__all__ = [
    "ROWS",
    "calibration_in_the_large",
    "calibration_in_the_large_difference",
    "calibration_intercept",
    "calibration_intercept_difference",
    "calibration_line",
    "calibration_slope",
    "calibration_slope_difference",
    "integrated_calibration_index",
    "integrated_calibration_index_difference",
    "integrated_calibration_index_ratio",
]

_CERTAIN = "a score is exactly 0 or 1, so its logit is infinite"


def _in_the_large(sample: Sample) -> Value:
    return mean(sample.label - sample.probability, sample.weight)


def _intercept(sample: Sample) -> Value:
    logit = _logit(sample)
    if logit is None or sample.lacks:
        return sample.lacks or _CERTAIN
    rate = mean(sample.label, sample.weight)
    middle = math.log(rate / (1 - rate))
    # The mean probability grows with the intercept: the root lies between these two.
    low, high = middle - float(logit.max()), middle - float(logit.min())
    intercept = middle - mean(logit, sample.weight)
    for _ in range(200):
        expected = _expit(intercept + logit)
        excess = mean(expected, sample.weight) - rate
        low, high = (low, intercept) if excess > 0 else (intercept, high)
        slope = mean(expected * (1 - expected), sample.weight)
        step = excess / slope if slope > 0 else math.inf
        guess = intercept - step
        if abs(step) <= 1e-13 * max(1.0, abs(intercept)) or low == high:
            return guess if low <= guess <= high else intercept
        intercept = guess if low < guess < high else (low + high) / 2
    return intercept


def _slope(sample: Sample) -> Value:
    line = calibration_line(sample)
    return line if isinstance(line, str) else line[1]


def calibration_line(sample: Sample) -> tuple[float, float] | str:
    """Return intercept and slope of the outcome on the logit of the score, or why there are none.

    Examples
    --------
    >>> score = np.array([0.2, 0.2, 0.8, 0.2, 0.8, 0.8])
    >>> intercept, slope = calibration_line(Sample(score, None, negatives=3))
    >>> round(abs(intercept), 6), round(slope, 6)  # a third in error: logit 0.69; 1.39 is said
    (0.0, 0.5)
    """
    logit = _logit(sample)
    if logit is None or sample.lacks:
        return sample.lacks or _CERTAIN
    low, high = logit[: sample.negatives], logit[sample.negatives :]
    if logit.min() == logit.max():
        return "all scores are equal"
    if low.max() <= high.min() or high.max() <= low.min():
        return "the scores separate the labels, so the slope is infinite"
    return _logistic_line(logit, sample.label, sample.weight)


def _logit(sample: Sample) -> Floats | None:
    p = sample.probability
    if ((p == 0) | (p == 1)).any():
        return None
    logit: Floats = np.log(p) - np.log1p(-p)
    return logit


def _expit(x: NDArray[Any]) -> Floats:
    small = np.exp(-np.abs(x))
    expit: Floats = np.where(x >= 0, 1, small) / (1 + small)
    return expit


def _logistic_line(x: Floats, y: Floats, weight: Floats | None) -> tuple[float, float] | str:
    """Return the maximum likelihood line of y on x by Newton's method; the classes overlap.

    The log-likelihood is concave, and with an overlap it has one maximum; a step that does not
    climb is halved. An overlap that rests on next to no weight can be too flat to climb.
    """
    centre, unit = mean(x, weight), float(x.std())
    x = (x - centre) / unit
    square, intercept, slope = x * x, 0.0, 0.0
    reached, p = -math.log(2), np.full(len(x), 0.5)
    likely, said = _fit(x, y, weight, centre, unit)  # the scores as they are: mostly near
    if likely > reached:
        intercept, slope, reached, p = centre, unit, likely, said
    for _ in range(200):
        miss, spread = y - p, p * (1 - p)
        g0, g1 = mean(miss, weight), mean(miss * x, weight)
        h00, h01, h11 = (mean(part, weight) for part in (spread, spread * x, spread * square))
        determinant = h00 * h11 - h01 * h01
        if determinant <= 0:
            break
        step0 = (h11 * g0 - h01 * g1) / determinant
        step1 = (h00 * g1 - h01 * g0) / determinant
        if abs(step0) + abs(step1) <= 1e-9 * (1 + abs(intercept) + abs(slope)):
            slope = (slope + step1) / unit  # the error of a last step is the square of this one
            return intercept + step0 - slope * centre, slope
        for _ in range(60):
            climbed, p = _fit(x, y, weight, intercept + step0, slope + step1)
            if climbed >= reached - 1e-12 * (1 + abs(reached)):  # nearer, rounding decides
                break
            step0, step1 = step0 / 2, step1 / 2
        intercept, slope, reached = intercept + step0, slope + step1, climbed
    return "the scores all but separate the labels, so the slope has no bound"


def _fit(
    x: Floats, y: Floats, weight: Floats | None, intercept: float, slope: float
) -> tuple[float, Floats]:
    """Return the mean log-likelihood of a line of logits, and the probabilities on it."""
    eta = intercept + slope * x
    small = np.exp(-np.abs(eta))
    whole = 1 + small
    p: Floats = np.where(eta >= 0, 1, small) / whole
    return mean(y * eta - np.maximum(eta, 0) - np.log(whole), weight), p


def _integrated(sample: Sample) -> Value:
    """Mean distance of the scores from their isotonic recalibration."""
    from scipy.optimize import isotonic_regression

    score, place = np.unique(sample.probability, return_inverse=True)
    weight = sample.weight if sample.weight is not None else np.ones(len(sample))
    mass = np.bincount(place, weight)
    rate = np.bincount(place, weight * sample.label) / mass
    calibrated = isotonic_regression(rate, weights=mass).x
    return float((np.abs(score - calibrated) * mass).sum() / mass.sum())


_COX = "Cox (1958), Two further applications of a model for binary regression, Biometrika 45"

IN_THE_LARGE = Scored(
    name="calibration_in_the_large",
    title="Calibration in the large",
    family="score",
    needs=("label", "score"),
    better="zero",
    formula="mean y − mean p",
    reference="Steyerberg (2019), Clinical Prediction Models, 15.3",
    undefined="no rows",
    range="[-1, 1]",
    of=_in_the_large,
)
INTERCEPT = Scored(
    name="calibration_intercept",
    title="Calibration intercept (calibration in the large on the logit scale)",
    family="score",
    needs=("label", "score"),
    better="zero",
    formula="a of logit P(y=1) = a + logit p, by maximum likelihood, slope fixed at 1",
    reference=_COX,
    undefined="only one class of labels, or a score of exactly 0 or 1",
    range="(-∞, ∞)",
    of=_intercept,
)
SLOPE = Scored(
    name="calibration_slope",
    title="Calibration slope",
    family="score",
    needs=("label", "score"),
    better="one",
    formula="b of logit P(y=1) = a + b logit p, by maximum likelihood",
    reference=_COX,
    undefined="only one class of labels, a score of exactly 0 or 1, equal scores, or scores that "
    "separate the labels",
    range="(-∞, ∞)",
    of=_slope,
)
ICI = Scored(
    name="integrated_calibration_index",
    title="Integrated calibration index",
    family="score",
    needs=("label", "score"),
    better="down",
    formula="mean |p − c(p)|, c the isotonic regression of y on p",
    reference="Austin, Steyerberg (2019), The integrated calibration index, Statistics in "
    "Medicine 38; isotonic as in Dimitriadis, Gneiting, Jordan (2021), Stable reliability diagrams "
    "for probabilistic classifiers, PNAS 118",
    undefined="no rows",
    of=_integrated,
)

ROWS = (IN_THE_LARGE, INTERCEPT, SLOPE, ICI)

calibration_in_the_large = plain(IN_THE_LARGE, 0.09)
calibration_in_the_large_difference = between(IN_THE_LARGE, "difference", 0.05)
calibration_intercept = plain(INTERCEPT, 0.5575)
calibration_intercept_difference = between(INTERCEPT, "difference", 0.1016)
calibration_slope = plain(SLOPE, 1.9603)
calibration_slope_difference = between(SLOPE, "difference", 1.1962)

_SMOOTHER = """The smoother is isotonic, not the loess of Austin and Steyerberg: it has no
    bandwidth to choose, and takes for granted only that a higher score means no less. Like any
    fit to the rows it judges, it leaves a distance above 0 by chance, the more so in a small
    group."""


integrated_calibration_index = plain(ICI, 0.13, _SMOOTHER)
integrated_calibration_index_difference = between(ICI, "difference", 0.09, _SMOOTHER)
integrated_calibration_index_ratio = between(ICI, "ratio", 0.5909, _SMOOTHER)
