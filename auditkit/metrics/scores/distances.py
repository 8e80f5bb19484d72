"""How far apart two groups' scores, or their ROC curves, are; exact, not on a grid.

Sums of products are written out: BLAS starts threads for a dot product, which then spin while the
next pair of groups is sorted.
"""

from __future__ import annotations

import numpy as np

from auditkit.metrics.declared import Declared
from auditkit.metrics.scores.functions import distance
from auditkit.metrics.scores.sample import Floats, Part, Sample

__all__ = ["ROWS", "abroca", "score_ks", "score_wasserstein", "wasserstein"]

Curve = tuple[Floats, Floats, Floats]
"""False positive rates from 0 to 1, and the lowest and highest true positive rate at each."""


def _curve(sample: Sample) -> Curve:
    """Return the ROC curve; corners that lie on a straight line between others are left out."""
    order = np.argsort(sample.score, kind="stable")[::-1]
    score, label = sample.score[order], sample.label[order]
    weight = np.ones(len(order)) if sample.weight is None else sample.weight[order]
    ends = np.append(score[1:] != score[:-1], True)
    alarms, hits = (
        np.concatenate([[0.0], np.cumsum(weight * kind)[ends]]) for kind in (1 - label, label)
    )
    level = np.zeros(len(hits), dtype=bool)
    level[1:-1] = (hits[:-2] == hits[1:-1]) & (hits[1:-1] == hits[2:])
    alarms, hits = alarms[~level] / alarms[-1], hits[~level] / hits[-1]
    starts = np.append(True, alarms[1:] != alarms[:-1])
    return alarms[starts], hits[starts], hits[np.append(starts[1:], True)]


def _area_between(one: Curve, other: Curve) -> float:
    """Integrate |difference| of two curves: linear between all their corners, with jumps."""
    x = np.union1d(one[0], other[0])
    (arrive, leave), (other_arrive, other_leave) = _heights(one, x), _heights(other, x)
    start, end = (leave - other_leave)[:-1], (arrive - other_arrive)[1:]
    a, b = np.abs(start), np.abs(end)
    crossing = start * end < 0
    total = a + b
    doubled = np.where(crossing, (a * a + b * b) / np.where(crossing, total, 1), total)
    return float((doubled * np.diff(x)).sum() / 2)


def _heights(curve: Curve, x: Floats) -> tuple[Floats, Floats]:
    """Return the height of a curve just left and just right of x."""
    rates, lowest, highest = curve
    place = np.searchsorted(rates, x, "left")
    before = np.maximum(place - 1, 0)
    corner = rates[place] == x
    share = (x - rates[before]) / np.where(corner, 1, rates[place] - rates[before])
    between = highest[before] + share * (lowest[place] - highest[before])
    return np.where(corner, lowest[place], between), np.where(corner, highest[place], between)


def _part(sample: Sample) -> Part:
    order = np.argsort(sample.score, kind="stable")
    return sample.probability[order], None if sample.weight is None else sample.weight[order]


def _distribution_gaps(one: Part, other: Part) -> tuple[Floats, Floats]:
    """Return the sorted values of both parts, and |F − G| from each value to the next."""
    values = np.sort(np.concatenate([one[0], other[0]]))
    gaps: Floats = np.abs(_distribution(one, values) - _distribution(other, values))
    return values, gaps


def _distribution(part: Part, at: Floats) -> Floats:
    values, weight = part
    places = np.searchsorted(values, at, "right")
    if weight is None:
        return np.asarray(places / len(values), dtype=np.float64)
    mass = np.concatenate([[0.0], np.cumsum(weight)])
    return np.asarray(mass[places] / mass[-1], dtype=np.float64)


def _kolmogorov(one: Part, other: Part) -> float:
    return float(_distribution_gaps(one, other)[1].max())


def wasserstein(one: Part, other: Part) -> float:
    """Return ∫ |F − G|, the values of both parts sorted."""
    values, gaps = _distribution_gaps(one, other)
    return float((gaps[:-1] * np.diff(values)).sum())


ABROCA = Declared(
    name="abroca",
    title="Absolute between-ROC area",
    family="score",
    needs=("label", "score", "group"),
    better="zero",
    formula="∫ |ROC_a(t) − ROC_b(t)| dt over t from 0 to 1",
    reference="Gardner, Brooks, Baker (2019), Evaluating the fairness of predictive student models "
    "through slicing analysis, LAK 9",
    undefined="only one class of labels",
)
KS = Declared(
    name="score_ks",
    title="Kolmogorov-Smirnov distance of the scores",
    family="score",
    needs=("score", "group"),
    better="zero",
    formula="max over t of |F_a(t) − F_b(t)|, F the share of scores at most t",
    reference="Smirnov (1939); scipy.stats.ks_2samp (statistic)",
    undefined="no rows with a weight above 0",
)
WASSERSTEIN = Declared(
    name="score_wasserstein",
    title="Wasserstein distance of the scores",
    family="score",
    needs=("score", "group"),
    better="zero",
    formula="∫ |F_a(t) − F_b(t)| dt, F the share of scores at most t; in units of the score",
    reference="Ramdas, Garcia, Cuturi (2015); scipy.stats.wasserstein_distance",
    undefined="no rows with a weight above 0",
    range="[0, ∞)",
)

ROWS = (ABROCA, KS, WASSERSTEIN)

abroca = distance(ABROCA, _curve, _area_between, 0.1667, labelled=True)
score_ks = distance(KS, _part, _kolmogorov, 0.4, labelled=False)
score_wasserstein = distance(WASSERSTEIN, _part, wasserstein, 0.13, labelled=False)
