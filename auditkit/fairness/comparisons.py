"""Compare: each group against a reference, corrected for the number of comparisons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from auditkit import inference
from auditkit.counts import Counts
from auditkit.errors import SchemaError, listed, shown
from auditkit.fairness.estimates import (
    HEADLINE,
    Disparity,
    Rates,
    cube_of_stage,
    rates_of,
    stage_metrics,
)
from auditkit.metrics.declared import METRICS
from auditkit.policy import Policy

__all__ = ["choose_reference", "compare", "compare_rates"]

_Pair = tuple[float, float]


@dataclass
class _Test:
    """A comparison on its way through the correction for multiplicity."""

    family: str
    question: tuple[Any, ...]
    key: tuple[Any, ...]
    rows: list[dict[str, Any]]
    """What a :class:`Disparity` holds, but for the p-values."""
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
        A difference (Newcombe) and a ratio (Koopman) for each group and metric. One test serves
        both, and serves complementary metrics. p-values are corrected over all groups and
        attribute sets of one family (headline, errors).
    """
    tests: list[_Test] = []
    for attributes in attribute_sets:
        cube = cube_of_stage(counts, attributes, stage)
        if len(cube.groups) < 2:
            continue
        headline = rates_of(METRICS[HEADLINE[stage]], cube)
        chosen = choose_reference(headline, tuple(attributes), policy, reference, unfavorable)
        if chosen is None:
            continue
        for metric in stage_metrics(counts, stage):
            rates = rates_of(metric, cube)
            family = "headline" if metric.name == HEADLINE[stage] else "error"
            tests += _pairs(rates, chosen, attributes, stage, policy, family)
    return _adjusted(tests)


def compare_rates(
    asked: Sequence[tuple[str, tuple[str, ...], Rates, int]], *, policy: Policy
) -> list[Disparity]:
    """Compare the groups of several rates with their references, as one family.

    Parameters
    ----------
    asked : sequence of (stage, attributes, rates, reference)
        One entry for each question; the reference is the index of a group.
    policy : Policy
        As in :func:`compare`.

    Returns
    -------
    list of Disparity
        As :func:`compare` gives them, corrected over everything that was asked here.
    """
    tests: list[_Test] = []
    for stage, attributes, rates, reference in asked:
        tests += _pairs(rates, reference, attributes, stage, policy, "headline")
    return _adjusted(tests)


def _pairs(
    rates: Rates,
    reference: int,
    attributes: Sequence[str],
    stage: str,
    policy: Policy,
    family: str,
) -> list[_Test]:
    return [
        _compare_pair(rates, index, reference, attributes, stage, policy, family)
        for index in range(len(rates.groups))
        if index != reference
    ]


def choose_reference(
    rates: Rates,
    attributes: tuple[str, ...],
    policy: Policy,
    wanted: Mapping[str, str] | None,
    unfavorable: bool,
) -> int | None:
    """Return the index of the reference group, or None when no group is large enough.

    The group that is `wanted`; else the one with the most favourable rate among those that have
    at least ``policy.min_group`` people and ``policy.reference_min_share`` of all.
    """
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
    family: str,
) -> _Test:
    metric = rates.metric
    group, base = rates.groups[index], rates.groups[reference]
    names = (metric.name, metric.complement or metric.name)
    question = (stage, tuple(attributes), min(names))
    key = (*question, group, base)
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
    counts = rates.pair(index), rates.pair(reference)
    values = float(rates.value[index]), float(rates.value[reference])
    p_value, test = _test(*counts, policy, weighted=rates.weighted)
    judged = min(rates.n[index], rates.n[reference]) >= policy.min_group
    rows = [_difference(values, counts, test, common), _ratio(values, counts, test, common)]
    return _Test(family, question, key, rows, p_value, judged, *counts)


def _reason(rates: Rates, index: int, reference: int) -> str | None:
    for which in (index, reference):
        if rates.n[which] == 0 or rates.effective[which] <= 0:
            name = " / ".join("(missing)" if g is None else g for g in rates.groups[which])
            return f"{rates.metric.undefined} in {shown(name)}"
    return None


def _undefined(kind: str, reason: str, common: Mapping[str, Any]) -> dict[str, Any]:
    nothing = dict.fromkeys(("value", "low", "high"))
    return {"kind": kind, **nothing, "method": "none", "reason": reason, **common}


def _test(group: _Pair, base: _Pair, policy: Policy, *, weighted: bool) -> tuple[float | None, str]:
    """Return the p-value of equal rates and the name of the test."""
    (a, m), (b, n) = group, base
    if not weighted:
        pooled = (a + b) / (m + n)
        smallest = min(m, n) * min(pooled, 1 - pooled)
        if m + n <= policy.fisher_max or smallest < 5:
            # the rate of those without the event is another metric, and the test is the same
            p_value = _fisher(*min((a, m, b, n), (m - a, m, n - b, n)))
            return p_value, "fisher exact"
    result = inference.pooled_z(a, m, b, n)
    name = "pooled z, effective n" if weighted else "pooled z"
    return (1.0 if result is None else result[1]), name  # as Fisher's: no variation, no evidence


@lru_cache(maxsize=4096)
def _fisher(a: float, m: float, b: float, n: float) -> float | None:
    return inference.fisher_exact(int(a), int(m), int(b), int(n))


def _difference(
    values: _Pair, counts: tuple[_Pair, _Pair], test: str, common: Mapping[str, Any]
) -> dict[str, Any]:
    (a, m), (b, n) = counts
    interval = inference.newcombe(a, m, b, n, level=common["level"])
    return _defined("difference", values[0] - values[1], interval, f"newcombe; {test}", common)


def _ratio(
    values: _Pair, counts: tuple[_Pair, _Pair], test: str, common: Mapping[str, Any]
) -> dict[str, Any]:
    if values[1] == 0:
        both = values[0] == 0
        reason = "the rate is 0 in both groups" if both else "the rate of the reference is 0"
        return _undefined("ratio", reason, common)
    (a, m), (b, n) = counts
    interval = inference.koopman(a, m, b, n, level=common["level"])
    return _defined("ratio", values[0] / values[1], interval, f"koopman; {test}", common)


def _defined(
    kind: str,
    value: float,
    interval: inference.Interval | None,
    method: str,
    common: Mapping[str, Any],
) -> dict[str, Any]:
    low, high = (None, None) if interval is None else (interval.low, interval.high)
    found = {"kind": kind, "value": value, "low": low, "high": high}
    return {**found, "method": method, "reason": None, **common}


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
        Disparity(
            **row,
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
    return 1.0 if result is None else result[2]
