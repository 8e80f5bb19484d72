"""Measure each group, compare the groups: counts in, estimates and disparities out.

:func:`measure` gives every rate of every group with its interval; :func:`compare` sets each
group against a reference (difference, ratio, interval, test) and corrects for the number of
comparisons. Nothing here decides whether a gap matters: that is :mod:`auditkit.findings`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit import inference
from auditkit.counts import DECISION, LABEL, MODEL, Counts, Cube, Group
from auditkit.errors import SchemaError, listed, shown
from auditkit.metrics.declared import METRICS, Metric
from auditkit.policy import Policy

__all__ = ["HEADLINE", "Disparity", "Estimate", "Rates", "compare", "measure", "rates_of"]

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
    values = {item.name: getattr(row, item.name) for item in fields(row)}
    return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}


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
    cube = _cube(counts, attributes, stage)
    rows = []
    for metric in stage_metrics(counts, stage):
        rates = rates_of(metric, cube)
        for index, group in enumerate(rates.groups):
            rows.append(_estimate(rates, index, group, tuple(attributes), stage, level))
    return rows


def stage_metrics(counts: Counts, stage: str) -> list[Metric]:
    """Return the metrics that a stage allows: outcome for labels, the others for decisions."""
    if stage == LABEL:
        return [row for row in METRICS.values() if row.family == "outcome"]
    known = {"prediction", *(["label"] if LABEL in counts.outcomes else [])}
    return [row for row in METRICS.values() if row.family != "outcome" and known >= set(row.needs)]


def _cube(counts: Counts, attributes: Sequence[str], stage: str) -> Cube:
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


@dataclass
class _Test:
    """A comparison on its way through the correction for multiplicity."""

    family: str
    question: tuple[Any, ...]
    key: tuple[Any, ...]
    rows: list[Disparity]
    p_value: float | None = None
    judged: bool = False
    pair: tuple[float, float] = (0, 0)
    base: tuple[float, float] = (0, 0)


def compare(
    counts: Counts,
    attribute_sets: Sequence[Sequence[str]],
    *,
    stage: str,
    policy: Policy,
    reference: Mapping[str, str] | None = None,
    unfavorable: bool = False,
) -> list[Disparity]:
    """Compare every group with the reference of its attributes, for every metric of a stage.

    Parameters
    ----------
    counts : Counts
        The cells.
    attribute_sets : sequence of sequences of str
        Usually each attribute alone and all of them crossed.
    stage : {"label", "model", "decision"}
        Which outcome plays the prediction.
    policy : Policy
        Confidence level, smallest group that is judged, when Fisher's test is used.
    reference : mapping, optional
        Attribute → group. Without it, the group with the most favourable headline rate among
        those large enough.
    unfavorable : bool
        Whether the event is a harm, so that the lowest rate is the most favourable.

    Returns
    -------
    list of Disparity
        A difference (Newcombe) and a ratio (Katz, or Koopman where a count is zero) for each
        group and metric. One test serves both, and serves complementary metrics. p-values are
        corrected over all groups and attribute sets of one family (headline, errors).
    """
    tests: list[_Test] = []
    for attributes in attribute_sets:
        cube = _cube(counts, attributes, stage)
        if len(cube.groups) < 2:
            continue
        headline = rates_of(METRICS[HEADLINE[stage]], cube)
        chosen = _chosen_reference(headline, tuple(attributes), policy, reference, unfavorable)
        if chosen is None:
            continue
        for metric in stage_metrics(counts, stage):
            rates = rates_of(metric, cube)
            for index in range(len(rates.groups)):
                if index != chosen:
                    tests.append(_compare_pair(rates, index, chosen, attributes, stage, policy))
    return _adjusted(tests)


def _chosen_reference(
    rates: Rates,
    attributes: tuple[str, ...],
    policy: Policy,
    wanted: Mapping[str, str] | None,
    unfavorable: bool,
) -> int | None:
    """Return the index of the reference group, or None when no group is large enough."""
    wanted = wanted or {}
    eligible = [
        index
        for index, group in enumerate(rates.groups)
        if all(
            name not in wanted or wanted[name] == g
            for name, g in zip(attributes, group, strict=True)
        )
    ]
    if not eligible:
        named = {name: wanted[name] for name in attributes if name in wanted}
        if len(attributes) > 1:
            return None  # a crossed cell that nobody falls into
        (name, value), *_ = named.items()
        seen = [group[0] for group in rates.groups if group[0] is not None]
        raise SchemaError(
            f"--reference {shown(name)}: no group '{shown(value)}'; groups: {listed(seen)}"
        )
    if len(eligible) == 1 and all(name in wanted for name in attributes):
        return eligible[0]
    floor = max(policy.min_group, policy.reference_min_share * float(rates.n.sum()))
    known = [index for index in eligible if rates.n[index] > 0 and None not in rates.groups[index]]
    large = [index for index in known if rates.n[index] >= floor]
    sign = -1 if unfavorable else 1
    if not large:
        return max(
            known, key=lambda index: (rates.n[index], sign * rates.value[index]), default=None
        )
    return max(large, key=lambda index: (sign * rates.value[index], rates.n[index]))


def _compare_pair(
    rates: Rates,
    index: int,
    reference: int,
    attributes: Sequence[str],
    stage: str,
    policy: Policy,
) -> _Test:
    metric = rates.metric
    group, base = rates.groups[index], rates.groups[reference]
    names = (metric.name, metric.complement or metric.name)
    question = (tuple(attributes), min(names))
    key = (*question, group, base)
    family = "headline" if metric.name == HEADLINE[stage] else "error"
    common: dict[str, Any] = {
        "stage": stage,
        "attributes": tuple(attributes),
        "metric": metric.name,
        "group": group,
        "reference": base,
        "level": policy.level,
    }
    reason = _reason(rates, index, reference)
    if reason is not None:
        rows = [_undefined(kind, reason, common) for kind in ("difference", "ratio")]
        return _Test(family, question, key, rows)
    p_value, test = _test(rates, index, reference, policy)
    judged = min(rates.n[index], rates.n[reference]) >= policy.min_group
    rows = [
        _difference(rates, index, reference, test, common),
        _ratio(rates, index, reference, test, common),
    ]
    return _Test(
        family, question, key, rows, p_value, judged, rates.pair(index), rates.pair(reference)
    )


def _reason(rates: Rates, index: int, reference: int) -> str | None:
    for which in (index, reference):
        if rates.n[which] == 0 or rates.effective[which] <= 0:
            name = " / ".join("(missing)" if g is None else g for g in rates.groups[which])
            return f"{rates.metric.undefined} in {shown(name)}"
    return None


def _undefined(kind: str, reason: str, common: Mapping[str, Any]) -> Disparity:
    return Disparity(
        kind=kind, value=None, low=None, high=None, p_value=None, p_adjusted=None,
        method="none", reason=reason, **common,
    )  # fmt: skip


def _test(rates: Rates, index: int, reference: int, policy: Policy) -> tuple[float | None, str]:
    """Return the p-value of equal rates and the name of the test."""
    a, m = rates.pair(index)
    b, n = rates.pair(reference)
    if not rates.weighted:
        pooled = (a + b) / (m + n)
        smallest = min(m, n) * min(pooled, 1 - pooled)
        if m + n <= policy.fisher_max or smallest < 5:
            p_value = inference.fisher_exact(int(a), int(m), int(b), int(n))
            return p_value, "fisher exact"
    result = inference.pooled_z(a, m, b, n)
    name = "pooled z, effective n" if rates.weighted else "pooled z"
    return (None if result is None else result[1]), name


def _difference(
    rates: Rates, index: int, reference: int, test: str, common: Mapping[str, Any]
) -> Disparity:
    interval = inference.newcombe(*rates.pair(index), *rates.pair(reference), level=common["level"])
    return Disparity(
        kind="difference",
        value=float(rates.value[index] - rates.value[reference]),
        low=None if interval is None else interval.low,
        high=None if interval is None else interval.high,
        p_value=None,
        p_adjusted=None,
        method=f"newcombe; {test}",
        reason=None,
        **common,
    )


def _ratio(
    rates: Rates, index: int, reference: int, test: str, common: Mapping[str, Any]
) -> Disparity:
    if rates.value[reference] == 0:
        both = rates.value[index] == 0
        reason = "the rate is 0 in both groups" if both else "the rate of the reference is 0"
        return _undefined("ratio", reason, common)
    pairs = (*rates.pair(index), *rates.pair(reference))
    interval, method = inference.katz(*pairs, level=common["level"]), "katz"
    if interval is None:
        interval, method = inference.koopman(*pairs, level=common["level"]), "koopman"
    return Disparity(
        kind="ratio",
        value=float(rates.value[index] / rates.value[reference]),
        low=None if interval is None else interval.low,
        high=None if interval is None else interval.high,
        p_value=None,
        p_adjusted=None,
        method=f"{method}; {test}",
        reason=None,
        **common,
    )


def _adjusted(tests: list[_Test]) -> list[Disparity]:
    """Write corrected p-values into the rows; one test counts once however many rows it serves.

    In two steps, because the reference is usually the group that did best, and comparing with the
    luckiest group finds gaps in pure chance. First, are all the groups of a question alike
    (chi-square on k - 1 degrees of freedom; with two groups the pair's own test), corrected by
    Holm over all the questions of the family. Second, the pairs within the question, by Holm.
    The corrected p-value of a pair is the larger of the two: when no group differs, the chance of
    any p-value below alpha in the family is at most alpha, whatever the reference.
    """
    corrected: dict[tuple[Any, ...], float | None] = {}
    for family in sorted({test.family for test in tests}):
        questions: dict[tuple[Any, ...], dict[tuple[Any, ...], _Test]] = {}
        for test in tests:
            if test.family == family and test.judged:
                questions.setdefault(test.question, {}).setdefault(test.key, test)
        overall = inference.holm([_overall(list(pairs.values())) for pairs in questions.values()])
        for pairs, gate in zip(questions.values(), overall, strict=True):
            within = inference.holm([test.p_value for test in pairs.values()])
            for key, value in zip(pairs, within, strict=True):
                known = value is not None and gate is not None
                corrected[family, key] = max(value, gate) if known else None  # type: ignore[type-var]
    return [
        replace(
            row,
            p_value=test.p_value,
            p_adjusted=corrected.get((test.family, test.key)) if test.judged else None,
        )
        for test in tests
        for row in test.rows
    ]


def _overall(pairs: Sequence[_Test]) -> float | None:
    """Return the p-value of all groups of a question being alike."""
    if len(pairs) == 1:
        return pairs[0].p_value
    sizes = [pairs[0].base, *(test.pair for test in pairs)]
    result = inference.equal_rates([events for events, _ in sizes], [n for _, n in sizes])
    return None if result is None else result[2]
