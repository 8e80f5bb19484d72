"""Measure: every rate of every group, with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit import inference
from auditkit.counts import DECISION, LABEL, MODEL, Counts, Cube, Group
from auditkit.metrics.declared import METRICS, Metric

__all__ = [
    "HEADLINE",
    "Disparity",
    "Estimate",
    "Rates",
    "cube_of_stage",
    "estimates_of",
    "measure",
    "rates_of",
    "stage_metrics",
]

HEADLINE = {LABEL: "base_rate", MODEL: "selection_rate", DECISION: "selection_rate"}
"""Stage → the rate that answers its question."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """One rate of one group.

    Attributes
    ----------
    stage : {"label", "model", "decision"}
        What the data say, what the baseline model would do, what was decided.
    attributes, group : tuple
        Lists of the same length; a missing value is None.
    metric : str
        A key of :data:`auditkit.metrics.METRICS`.
    value, low, high : float or None
        The rate and its interval; None when undefined.
    level : float
        Confidence level of the interval.
    n : int
        People in the denominator.
    events : float
        The numerator (a sum of weights where there are weights).
    method : str
        How the interval was made.
    reason : str or None
        Why the value is undefined.
    """

    stage: str
    attributes: tuple[str, ...]
    group: Group
    metric: str
    value: float | None
    low: float | None
    high: float | None
    level: float
    n: int
    events: float
    method: str
    reason: str | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the record."""
        return _plain(self)


@dataclass(frozen=True, kw_only=True)
class Disparity:
    """One comparison of a group with a reference; the fields are those of :class:`Estimate`.

    Attributes
    ----------
    kind : {"difference", "ratio"}
        Group − reference, or group / reference.
    p_value, p_adjusted : float or None
        Of the hypothesis that both rates are equal; corrected for all comparisons of the family.
        Both None when undefined; `p_adjusted` is None for a group too small to be judged.
    verdict : {"flag", "pass", "inconclusive", "note"} or None
        What the policy says; None where no rule speaks of this metric and kind.
    """

    stage: str
    attributes: tuple[str, ...]
    metric: str
    kind: str
    group: Group
    reference: Group
    value: float | None
    low: float | None
    high: float | None
    level: float
    p_value: float | None
    p_adjusted: float | None
    method: str
    reason: str | None
    verdict: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the record."""
        return _plain(self)


def _plain(row: Any) -> dict[str, Any]:
    return {k: list(v) if isinstance(v, tuple) else v for k, v in vars(row).items()}


@dataclass(frozen=True)
class Rates:
    """Numerators and denominators of one metric, group by group.

    Attributes
    ----------
    n, events : ndarray of int
        Rows in the denominator and in the numerator.
    value : ndarray of float
        Weighted rate; NaN where the denominator is empty (internal: never leaves this module).
    effective : ndarray of float
        The number of unweighted rows that would give the same variance; `n` without weights.
    top : ndarray of float
        Weighted numerator.
    """

    metric: Metric
    groups: tuple[Group, ...]
    n: NDArray[np.int64]
    events: NDArray[np.int64]
    value: NDArray[np.float64]
    effective: NDArray[np.float64]
    top: NDArray[np.float64]
    weighted: bool

    def pair(self, index: int) -> tuple[float, float]:
        """Return (events, n) for an interval: counts, or effective counts under weights."""
        if not self.weighted:
            return int(self.events[index]), int(self.n[index])
        effective = float(self.effective[index])
        return min(float(self.value[index]) * effective, effective), effective


def rates_of(metric: Metric, cube: Cube) -> Rates:
    """Return one metric for every group of a cube.

    The effective size under weights is ``p (1 - p) / v`` with the linearised variance
    ``v = sum(w**2 (y - p)**2) / sum(w)**2`` (Särndal, Swensson, Wretman 1992, §5.7), and Kish's
    ``sum(w)**2 / sum(w**2)`` where ``p`` is 0 or 1.
    """
    events, n = (np.rint(part).astype(np.int64) for part in metric.sums(cube.n))
    top, bottom = metric.sums(cube.w)
    top2, bottom2 = metric.sums(cube.w2)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = top / bottom
        variance = (top2 * (1 - p) ** 2 + (bottom2 - top2) * p**2) / bottom**2
        kish = bottom**2 / bottom2
        effective = np.where((p > 0) & (p < 1), p * (1 - p) / variance, kish)
    weighted = not (np.array_equal(cube.w, cube.n) and np.array_equal(cube.w2, cube.n))
    return Rates(metric, cube.groups, n, events, p, np.nan_to_num(effective), top, weighted)


def measure(
    counts: Counts, attributes: Sequence[str], *, stage: str, level: float = 0.95
) -> list[Estimate]:
    """Return every rate that a stage allows, for every group of some attributes.

    Parameters
    ----------
    counts : Counts
        With the outcomes that the stage needs.
    attributes : sequence of str
        Crossed; empty for all people together.
    stage : {"label", "model", "decision"}
        Which outcome plays the prediction.
    level : float
        Confidence level.

    Returns
    -------
    list of Estimate
        Wilson intervals; undefined rates have ``value`` None and a reason.
    """
    cube = cube_of_stage(counts, attributes, stage)
    rows = []
    for metric in stage_metrics(counts, stage):
        rows += estimates_of(rates_of(metric, cube), tuple(attributes), stage=stage, level=level)
    return rows


def estimates_of(
    rates: Rates, attributes: tuple[str, ...], *, stage: str, level: float = 0.95
) -> list[Estimate]:
    """Return one rate of every group, with its Wilson interval."""
    return [
        _estimate(rates, index, group, attributes, stage, level)
        for index, group in enumerate(rates.groups)
    ]


def stage_metrics(counts: Counts, stage: str) -> list[Metric]:
    """Return the metrics that a stage allows: outcome for labels, the others for decisions."""
    if stage == LABEL:
        return [row for row in METRICS.values() if row.family == "outcome"]
    known = {"prediction", *(["label"] if LABEL in counts.outcomes else [])}
    return [row for row in METRICS.values() if row.family != "outcome" and known >= set(row.needs)]


def cube_of_stage(counts: Counts, attributes: Sequence[str], stage: str) -> Cube:
    """Cross some attributes by the label and by the prediction that a stage is about."""
    label = LABEL if LABEL in counts.outcomes else None
    return counts.cube(attributes, label=label, prediction=None if stage == LABEL else stage)


def _estimate(
    rates: Rates, index: int, group: Group, attributes: tuple[str, ...], stage: str, level: float
) -> Estimate:
    n, top = int(rates.n[index]), float(rates.top[index])
    interval = None
    if n and rates.effective[index] > 0:
        interval = inference.wilson(*rates.pair(index), level=level)
    value = float(rates.value[index]) if interval is not None else None
    method = "wilson, effective n" if rates.weighted else "wilson"
    return Estimate(
        stage=stage,
        attributes=attributes,
        group=group,
        metric=rates.metric.name,
        value=value,
        low=None if interval is None else interval.low,
        high=None if interval is None else interval.high,
        level=level,
        n=n,
        events=top if rates.weighted else int(rates.events[index]),
        method=method,
        reason=None if value is not None else rates.metric.undefined,
    )
