"""Reliability in bins: the table, and the expected calibration error that is read off it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from auditkit.counts import Group
from auditkit.errors import MetricError, listed, shown
from auditkit.metrics.scores.between import Kind, Value, gap, number
from auditkit.metrics.scores.delong import check_level
from auditkit.metrics.scores.functions import NOBODY, Scored
from auditkit.metrics.scores.parting import order_of
from auditkit.metrics.scores.sample import Floats, Parted, Sample, mean, read_scores

__all__ = [
    "ROWS",
    "ReliabilityBin",
    "expected_calibration_error",
    "expected_calibration_error_difference",
    "expected_calibration_error_ratio",
    "reliability_table",
]

Strategy = Literal["uniform", "quantile"]
_STRATEGIES = ("uniform", "quantile")


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Rows whose scores are alike: what was said of them, and what happened.

    Attributes
    ----------
    group : tuple
        One value for each sensitive feature; empty without them.
    lower, upper : float
        Edges; the upper one belongs to the bin, the lower one to the bin below (but the first
        bin has both).
    n : int
        Rows with a weight above 0.
    share : float
        Of the (weighted) rows of the group.
    mean_score, rate : float
        Mean score, and share of positive labels.
    low, high : float
        Wilson interval of the rate; with weights, at the effective number of rows.
    """

    group: Group
    lower: float
    upper: float
    n: int
    share: float
    mean_score: float
    rate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class _Bin:
    lower: float
    upper: float
    rows: Sample
    share: float

    @property
    def off(self) -> float:
        return mean(self.rows.label - self.rows.probability, self.rows.weight)


def _bins(sample: Sample, n_bins: int, strategy: str) -> Iterator[_Bin]:
    """Part a sample at the edges; bins without rows are left out."""
    p, label = sample.probability, sample.label
    edges = np.linspace(0, 1, n_bins + 1) if strategy == "uniform" else _quantiles(sample, n_bins)
    place = np.searchsorted(edges[1:-1], p, "left")
    order, starts = order_of(place, n_bins)  # stable: label 0 first, as in the sample
    total = float(len(sample)) if sample.weight is None else float(sample.weight.sum())
    for i in range(n_bins):
        rows = order[starts[i] : starts[i + 1]]
        if not len(rows):
            continue
        weight = None if sample.weight is None else sample.weight[rows]
        part = Sample(p[rows], weight, len(rows) - int(label[rows].sum()))
        mass = len(rows) if weight is None else float(weight.sum())
        yield _Bin(float(edges[i]), float(edges[i + 1]), part, mass / total)


def _quantiles(sample: Sample, n_bins: int) -> Floats:
    """Return edges with as many rows below each as there should be, or just more: no ties split."""
    order = np.argsort(sample.probability, kind="stable")
    score = sample.probability[order]
    mass = np.cumsum(np.ones(len(order)) if sample.weight is None else sample.weight[order])
    wanted = np.arange(1, n_bins) / n_bins * mass[-1]
    inner = score[np.searchsorted(mass, wanted * (1 - 1e-12))]  # 0.1 + 0.2 is not 0.3
    return np.concatenate([score[:1], inner, score[-1:]])


def _error(sample: Sample, n_bins: int = 10, strategy: str = "uniform") -> Value:
    return float(sum(part.share * abs(part.off) for part in _bins(sample, n_bins, strategy)))


ECE = Scored(
    name="expected_calibration_error",
    title="Expected calibration error",
    family="score",
    needs=("label", "score"),
    better="down",
    formula="Σ over bins of share × |mean y − mean p|",
    reference="Naeini, Cooper, Hauskrecht (2015), Obtaining well calibrated probabilities using "
    "Bayesian binning, AAAI 29; Guo et al. (2017), On calibration of modern neural networks, ICML",
    undefined="no rows",
    of=_error,
)

ROWS = (ECE,)


def expected_calibration_error(
    y_true: Any,
    y_score: Any,
    *,
    sample_weight: Any = None,
    pos_label: Any = None,
    n_bins: int = 10,
    strategy: Strategy = "uniform",
) -> float:
    """Return the expected calibration error: ``Σ over bins of share × |mean y − mean p|``.

    It is read off :func:`reliability_table` with the same bins, and depends on them: report them
    with it. It is above 0 by chance, the more so with few rows a bin.

    Parameters
    ----------
    y_true, y_score, sample_weight, pos_label
        As in :func:`brier_score`.
    n_bins : int
        How many bins.
    strategy : {"uniform", "quantile"}
        Bins of equal width from 0 to 1, or of equal mass (equal scores stay together). The upper
        edge belongs to the bin.

    Returns
    -------
    float
        In [0, 1]; NaN with a warning when no row has a weight.

    Raises
    ------
    MetricError
        As :func:`brier_score`, and on fewer than one bin or another strategy.

    References
    ----------
    .. [1] Naeini, Cooper, Hauskrecht (2015), Obtaining well calibrated probabilities using
       Bayesian binning, AAAI 29.
    .. [2] Guo, Pleiss, Sun, Weinberger (2017), On calibration of modern neural networks, ICML 34.

    Examples
    --------
    >>> expected_calibration_error([0, 1, 1, 1], [0.2, 0.2, 0.9, 0.9], n_bins=2)
    0.2
    """
    _check_bins(n_bins, strategy)
    parted = read_scores(
        ECE.name, y_true, y_score, sample_weight=sample_weight, pos_label=pos_label,
        probability=True,
    )  # fmt: skip
    return number(ECE.name, _values(parted, n_bins, strategy)[0])


def expected_calibration_error_difference(
    y_true: Any,
    y_score: Any,
    *,
    sensitive_features: Any,
    sample_weight: Any = None,
    pos_label: Any = None,
    reference: Any = None,
    n_bins: int = 10,
    strategy: Strategy = "uniform",
) -> float:
    """Return the difference between groups of the expected calibration error.

    ``max_g ECE_g − min_g ECE_g``; with `reference`, ``ECE_g − ECE_ref``, signed, for the group that
    is furthest from it. Small groups have larger errors by chance alone.

    Parameters
    ----------
    y_true, y_score, sensitive_features, sample_weight, pos_label, reference
        As in :func:`brier_score_difference`.
    n_bins, strategy
        As in :func:`expected_calibration_error`; equal mass is that of each group.

    Returns
    -------
    float
        In [-1, 1]; NaN with a warning when fewer than two groups have a value (undefined: no rows
        with a weight).

    Raises
    ------
    MetricError
        As :func:`expected_calibration_error`, and on a single group or an unknown reference.

    References
    ----------
    Naeini, Cooper, Hauskrecht (2015), Obtaining well calibrated probabilities using Bayesian
    binning, AAAI 29.

    Examples
    --------
    >>> y, p = [0, 1, 1, 1, 0, 1, 1, 1], [0.2, 0.2, 0.9, 0.9, 0.5, 0.5, 1.0, 1.0]
    >>> expected_calibration_error_difference(y, p, sensitive_features=list("aaaabbbb"), n_bins=2)
    0.2
    """
    return _between_groups(
        "difference", y_true, y_score, sensitive_features, sample_weight, pos_label, reference,
        n_bins, strategy,
    )  # fmt: skip


def expected_calibration_error_ratio(
    y_true: Any,
    y_score: Any,
    *,
    sensitive_features: Any,
    sample_weight: Any = None,
    pos_label: Any = None,
    reference: Any = None,
    n_bins: int = 10,
    strategy: Strategy = "uniform",
) -> float:
    """Return the ratio between groups of the expected calibration error.

    ``min_g ECE_g / max_g ECE_g``; with `reference`, ``ECE_g / ECE_ref``, of the furthest group.

    Parameters
    ----------
    y_true, y_score, sensitive_features, sample_weight, pos_label, reference
        As in :func:`brier_score_difference`.
    n_bins, strategy
        As in :func:`expected_calibration_error`; equal mass is that of each group.

    Returns
    -------
    float
        In [0, 1], or ≥ 0 with `reference`; NaN with a warning when fewer than two groups have a
        value, or when the error is 0 in every group or in the reference.

    Raises
    ------
    MetricError
        As :func:`expected_calibration_error_difference`.

    References
    ----------
    Naeini, Cooper, Hauskrecht (2015), Obtaining well calibrated probabilities using Bayesian
    binning, AAAI 29.

    Examples
    --------
    >>> y, p = [0, 1, 1, 1, 0, 1, 1, 1], [0.2, 0.2, 0.9, 0.9, 0.5, 0.5, 0.9, 0.9]
    >>> round(
    ...     expected_calibration_error_ratio(
    ...         y, p, sensitive_features=list("aaaabbbb"), reference="a", n_bins=2
    ...     ),
    ...     4,
    ... )
    0.25
    """
    return _between_groups(
        "ratio", y_true, y_score, sensitive_features, sample_weight, pos_label, reference,
        n_bins, strategy,
    )  # fmt: skip


def reliability_table(
    y_true: Any,
    y_score: Any,
    *,
    sensitive_features: Any = None,
    sample_weight: Any = None,
    pos_label: Any = None,
    n_bins: int = 10,
    strategy: Strategy = "uniform",
    level: float = 0.95,
) -> tuple[ReliabilityBin, ...]:
    """Return what was said and what happened, bin by bin: the numbers of a reliability diagram.

    ``mean p`` and ``mean y`` of each bin, with Wilson's interval: all in [0, 1].

    Parameters
    ----------
    y_true, y_score, sample_weight, pos_label
        As in :func:`brier_score`.
    sensitive_features : array-like, frame or mapping of arrays, optional
        The groups, one after the other; all rows together by default.
    n_bins, strategy
        As in :func:`expected_calibration_error`; equal mass is that of each group.
    level : float
        Confidence level of the rates, strictly between 0 and 1.

    Returns
    -------
    tuple of ReliabilityBin
        Bins without rows are undefined: left out. Over a group's bins the
        ``sum(b.share * abs(b.rate - b.mean_score))`` is its expected calibration error.

    Raises
    ------
    MetricError
        As :func:`expected_calibration_error`, and on a level out of range.

    References
    ----------
    DeGroot, Fienberg (1983), The comparison and evaluation of forecasters, The Statistician 32.

    Examples
    --------
    >>> for b in reliability_table([0, 1, 1, 1], [0.2, 0.2, 0.9, 0.9], n_bins=2):
    ...     print(b.lower, b.upper, b.n, b.mean_score, b.rate, round(b.low, 3), round(b.high, 3))
    0.0 0.5 2 0.2 0.5 0.095 0.905
    0.5 1.0 2 0.9 1.0 0.342 1.0
    """
    _check_bins(n_bins, strategy)
    check_level(level)
    parted = read_scores(
        "reliability_table", y_true, y_score, sensitive_features=sensitive_features,
        sample_weight=sample_weight, pos_label=pos_label, probability=True,
    )  # fmt: skip
    return tuple(
        _reported(group, part, level)
        for group, sample in zip(parted.groups, parted.samples, strict=True)
        if len(sample)
        for part in _bins(sample, n_bins, strategy)
    )


def _reported(group: Group, part: _Bin, level: float) -> ReliabilityBin:
    from auditkit.inference.rates import wilson
    from auditkit.inference.weights import weighted_rate

    rows = part.rows
    events, n = float(rows.positives), float(len(rows))
    rate = events / n
    if rows.weight is not None:
        sums = [(float(w.sum()), float((w * w).sum())) for w in (rows.of(1)[1], rows.of(0)[1])
                if w is not None]  # fmt: skip
        (w1, s1), (w0, s0) = sums
        effective = weighted_rate(w1, w0, squares_events=s1, squares_others=s0)
        rate, events, n = w1 / (w1 + w0), effective.events or 0.0, effective.n or 0.0
    interval = wilson(min(events, n), n, level=level)
    assert interval is not None  # a bin has rows
    return ReliabilityBin(
        group=group,
        lower=part.lower,
        upper=part.upper,
        n=len(rows),
        share=part.share,
        mean_score=mean(rows.probability, rows.weight),
        rate=rate,
        low=interval.low,
        high=1.0 if interval.high is None else interval.high,
    )


def _values(parted: Parted, n_bins: int, strategy: str) -> list[Value]:
    return [_error(s, n_bins, strategy) if len(s) else NOBODY for s in parted.samples]


def _between_groups(
    kind: Kind,
    y_true: Any,
    y_score: Any,
    features: Any,
    weight: Any,
    pos_label: Any,
    reference: Any,
    n_bins: int,
    strategy: str,
) -> float:
    _check_bins(n_bins, strategy)
    parted = read_scores(
        ECE.name, y_true, y_score, sensitive_features=features, sample_weight=weight,
        pos_label=pos_label, probability=True,
    )  # fmt: skip
    return gap(ECE.name, parted.groups, _values(parted, n_bins, strategy), kind, reference)


def _check_bins(n_bins: int, strategy: str) -> None:
    if strategy not in _STRATEGIES:
        raise MetricError(f"strategy is '{shown(strategy)}'; use {listed(_STRATEGIES)}")
    if not isinstance(n_bins, int | np.integer) or isinstance(n_bins, bool) or n_bins < 1:
        raise MetricError(f"n_bins must be a whole number of at least 1, got {shown(n_bins)}")
