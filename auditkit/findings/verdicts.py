"""Verdicts: a comparison is beyond the line, within it, or undecided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from auditkit import inference
from auditkit.fairness import Disparity, Estimate
from auditkit.policy import Policy, Rule

__all__ = ["Key", "index_estimates", "judge"]

Key = tuple[str, tuple[str, ...], tuple[str | None, ...], str]


def index_estimates(estimates: Sequence[Estimate]) -> dict[Key, Estimate]:
    """Return (stage, attributes, group, metric) → estimate."""
    return {(e.stage, e.attributes, e.group, e.metric): e for e in estimates}


def judge(
    disparities: Sequence[Disparity], estimates: Sequence[Estimate], policy: Policy
) -> list[Disparity]:
    """Write a verdict into every comparison that a rule speaks of.

    ``flag``: beyond the line, and the corrected p-value is below alpha. ``pass``: the whole
    interval is within the line. ``note``: within the line, but clearly not equal.
    ``inconclusive``: everything else, and every group too small or undefined.
    """
    known = index_estimates(estimates)
    rules = {metric: policy.rule_for(metric) for metric in {row.metric for row in disparities}}
    found = ((row, _verdict(row, rules[row.metric], known, policy)) for row in disparities)
    return [
        row if row.verdict == verdict else replace(row, verdict=verdict) for row, verdict in found
    ]


def _verdict(
    row: Disparity, rule: Rule | None, known: Mapping[Key, Estimate], policy: Policy
) -> str | None:
    if rule is None or rule.kind != row.kind:
        return None
    if row.p_adjusted is None:
        return "inconclusive"
    clear = row.p_adjusted < policy.alpha
    if row.value is None:
        return "flag" if clear and _over_nothing(row, known) else "inconclusive"
    if _beyond(row, rule, known):
        return "flag" if clear else "inconclusive"
    if _inside(row, rule):
        return "note" if clear else "pass"
    return "inconclusive"


def _over_nothing(row: Disparity, known: Mapping[Key, Estimate]) -> bool:
    """Whether a ratio has no value because nobody in the reference has what the group has."""
    group, base = (
        known[row.stage, row.attributes, who, row.metric] for who in (row.group, row.reference)
    )
    return row.kind == "ratio" and base.value == 0 and bool(group.value)


def _beyond(row: Disparity, rule: Rule, known: Mapping[Key, Estimate]) -> bool:
    """Whether the value is beyond the line, on either side; ratios are compared exactly."""
    assert row.value is not None
    if rule.kind == "difference":
        return abs(row.value) > rule.threshold
    group, base = (
        known[row.stage, row.attributes, who, row.metric] for who in (row.group, row.reference)
    )
    a, b = _pair(group), _pair(base)
    return bool(
        inference.below_four_fifths(*a, *b, threshold=rule.threshold)
        or inference.below_four_fifths(*b, *a, threshold=rule.threshold)
    )


def _pair(estimate: Estimate) -> tuple[Any, Any]:
    """Return (events, n): whole numbers as counted, or the rate over 1 under weights."""
    if isinstance(estimate.events, int):
        return estimate.events, estimate.n
    return estimate.value, 1


def _inside(row: Disparity, rule: Rule) -> bool:
    if row.low is None or row.high is None:
        return False
    if rule.kind == "difference":
        return row.low >= -rule.threshold and row.high <= rule.threshold
    return row.low >= rule.threshold and row.high <= 1 / rule.threshold
