"""Findings about gaps: in outcomes, in decisions, in what a model would do, in its errors."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from auditkit.fairness import HEADLINE, Disparity, Estimate
from auditkit.findings.finding import Finding, group_name, number, percent, points
from auditkit.findings.verdicts import Key, index_estimates
from auditkit.metrics.declared import METRICS
from auditkit.policy import Policy, Rule
from auditkit.schema import Schema

__all__ = ["gap_findings", "subgroup_findings"]

_KIND = {"label": "outcome-gap", "model": "model-gap", "decision": "decision-gap"}

_LIMITS = {
    "label": (
        "A difference in recorded outcomes, not its cause: different qualifications, different "
        "recruitment, past decisions or the way outcomes were recorded can all produce it."
    ),
    "model": (
        "What a plain baseline model would do when trained on these data, on rows it did not see; "
        "another model, another threshold or later use can differ."
    ),
    "decision": (
        "A difference in decisions, not its cause; it does not say whether the groups were equally "
        "qualified."
    ),
    "error": (
        "Errors are counted against the recorded label. Where the label itself is biased, equal "
        "error rates carry that bias on."
    ),
}

_ACTION = {
    "flag": (
        "Find out where the gap arises (which stage, which department, which criterion), have the "
        "criterion justified, and look for an alternative with a smaller gap before going on."
    ),
    "inconclusive": (
        "Collect more rows for the groups named, or pool comparable periods, before concluding "
        "anything."
    ),
    "note": "The gap is small but not chance: keep an eye on it, and on what it adds up to.",
    "pass": "Nothing to do on this line; repeat when the data change.",
}

_NO_SKILL = (
    "The baseline does not predict the outcome better than chance (AUC {auc}, interval {low} to "
    "{high}), so what it selects says nothing about a model that would be used."
)


def gap_findings(
    disparities: Sequence[Disparity],
    estimates: Sequence[Estimate],
    *,
    schema: Schema,
    policy: Policy,
    model: Mapping[str, Any] | None = None,
) -> list[Finding]:
    """Return one finding for each stage, set of attributes and family of metrics.

    The worst group that was judged is named; the others that are beyond the line are listed.
    """
    known = index_estimates(estimates)
    found = []
    sets: dict[tuple[str, tuple[str, ...], str], list[Disparity]] = {}
    for row in disparities:
        if row.verdict is not None:
            family = "headline" if row.metric == HEADLINE[row.stage] else "error"
            sets.setdefault((row.stage, row.attributes, family), []).append(row)
    for (stage, attributes, family), rows in sets.items():
        finding = _gap(stage, attributes, family, rows, known, schema, policy)
        if stage == "model" and model is not None:
            finding = _without_skill(finding, model)
        found.append(finding)
    return found


def _gap(
    stage: str,
    attributes: tuple[str, ...],
    family: str,
    rows: Sequence[Disparity],
    known: Mapping[Key, Estimate],
    schema: Schema,
    policy: Policy,
) -> Finding:
    judged = [
        row
        for row in rows
        if row.p_adjusted is not None and (row.value is not None or row.verdict == "flag")
    ]
    level = _level(rows, judged)
    unanswered = _unanswered(rows, judged) if level in {"note", "pass"} else []
    if unanswered:
        level = "inconclusive"
    worst = _worst(unanswered or judged or list(rows), level)
    rule = policy.rule_for(worst.metric)
    assert rule is not None
    flagged = [row for row in judged if row.verdict == "flag"]
    sentence = _sentence(worst, known, rule, schema)
    if unanswered and judged:
        names = dict.fromkeys(METRICS[row.metric].title.lower() for row in judged)
        sentence += f" Within the line: {', '.join(names)}."
    others = [row for row in flagged if row is not worst]
    if others:
        sentence += f" Also beyond the line: {_listing(others)}."
    small = len(rows) - len(judged)
    if small:
        sentence += f" {small} comparison{'s' if small > 1 else ''} with too few people or no rate."
    kind = _KIND[stage] if family == "headline" else "error-gap"
    return Finding(
        kind=kind,
        level=level,
        stage=stage,
        attributes=attributes,
        group=worst.group,
        title=_title(worst, level, attributes, schema),
        detail=sentence,
        evidence=_evidence(worst, known, rule),
        action=_ACTION[level],
        limits=_LIMITS["error" if family == "error" else stage],
    )


def _level(rows: Sequence[Disparity], judged: Sequence[Disparity]) -> str:
    verdicts = {row.verdict for row in (judged or rows)}
    return next(level for level in ("flag", "inconclusive", "note", "pass") if level in verdicts)


def _unanswered(rows: Sequence[Disparity], judged: Sequence[Disparity]) -> list[Disparity]:
    """Return the rows of metrics that could be judged for no group: not a pass for the others."""
    answered = {row.metric for row in judged}
    return [row for row in rows if row.metric not in answered]


def _worst(rows: Sequence[Disparity], level: str) -> Disparity:
    """Return the row furthest from equality at that level; known groups before missing ones."""
    same = [row for row in rows if row.verdict == level] or list(rows)
    return max(same, key=lambda row: (None not in row.group, _distance(row)))


def _distance(row: Disparity) -> float:
    if row.value is None:
        return math.inf if row.verdict == "flag" else -1.0
    if row.kind == "difference":
        return abs(row.value)
    return abs(math.log(row.value)) if row.value > 0 else math.inf


def _event(stage: str, schema: Schema) -> str:
    if stage == "label":
        return f"'{schema.label}' = '{schema.positive}'"
    if stage == "model":
        return "selection by the baseline model"
    return "a positive decision"


def _title(row: Disparity, level: str, attributes: tuple[str, ...], schema: Schema) -> str:
    where = " × ".join(attributes)
    who, base = group_name(row.group), group_name(row.reference)
    metric = METRICS[row.metric].title.lower()
    if level == "pass":
        return f"{where}: no group beyond the line for the {metric}"
    thing = {"label": "the outcome", "model": "selection", "decision": "a positive decision"}
    if row.value is None and level == "flag":
        return f"{where}: nobody of {base} has {thing[row.stage]}, others do, first of all {who}"
    if row.value is None:
        return f"{where}: the {metric} cannot be compared for {who}"
    if row.kind == "difference":
        text = f"{metric} of {who} is {points(row.value)} from that of {base}"
    else:
        text = f"{who} has {thing[row.stage]} at {number(row.value)} times the rate of {base}"
    ending = {"inconclusive": "; too little data to decide", "note": "; clear, but within the line"}
    return f"{where}: {text}{ending.get(level, '')}"


def _sentence(row: Disparity, known: Mapping[Key, Estimate], rule: Rule, schema: Schema) -> str:
    group, base = (
        known[row.stage, row.attributes, who, row.metric] for who in (row.group, row.reference)
    )
    metric = METRICS[row.metric]
    event = _event(row.stage, schema) if metric.family != "error" else metric.title.lower()
    text = f"{event[0].upper()}{event[1:]}: {_counted(group)}; {_counted(base)}."
    if row.value is None:
        clear = "" if row.p_adjusted is None else f" Corrected p = {number(row.p_adjusted, 3)}."
        return f"{text} Not computable: {row.reason}.{clear}"
    interval = (
        "no interval" if row.low is None else f"{round(100 * row.level)} % interval {_bounds(row)}"
    )
    value = points(row.value) if row.kind == "difference" else number(row.value, 3)
    text += f" {row.kind.capitalize()} {value} ({interval}), {row.method.split('; ')[1]}"
    text += f" p = {number(row.p_value, 3)}"
    if row.p_adjusted is None:
        text += ". Too few people to be judged."
    else:
        text += f", corrected for all comparisons p = {number(row.p_adjusted, 3)}."
    if schema.unfavorable and row.kind == "ratio":
        text += f" The outcome is a harm: {_favourable(group, base)}."
    return f"{text} The line: {rule.kind} {rule.threshold:g}, {rule.title}."


def _favourable(group: Estimate, base: Estimate) -> str:
    if group.value is None or base.value is None or base.value == 1:
        return "the ratio of those spared is not computable"
    return f"the ratio of those spared is {number((1 - group.value) / (1 - base.value), 3)}"


def _bounds(row: Disparity) -> str:
    if row.kind == "difference":
        assert row.low is not None
        assert row.high is not None
        return f"{points(row.low)} to {points(row.high)}"
    return (
        f"{number(row.low, 3)} to {'no upper bound' if row.high is None else number(row.high, 3)}"
    )


def _counted(estimate: Estimate) -> str:
    name = group_name(estimate.group)
    if estimate.value is None:
        return f"{name}: {estimate.reason}"
    return f"{name} {number(estimate.events)} of {estimate.n:,} ({percent(estimate.value)})"


def _listing(rows: Sequence[Disparity]) -> str:
    parts = [
        f"{group_name(row.group)}"
        f"{'' if row.kind == 'ratio' else ' ' + METRICS[row.metric].title.lower()} "
        f"({number(row.value) if row.kind == 'ratio' else points(row.value or 0)})"
        for row in sorted(rows, key=_distance, reverse=True)
    ]
    more = f" and {len(parts) - 6} more" if len(parts) > 6 else ""
    return ", ".join(parts[:6]) + more


def _evidence(row: Disparity, known: Mapping[Key, Estimate], rule: Rule) -> dict[str, Any]:
    group, base = (
        known[row.stage, row.attributes, who, row.metric] for who in (row.group, row.reference)
    )
    return {
        "metric": row.metric,
        "rate": group.value,
        "events": group.events,
        "n": group.n,
        "reference": list(row.reference),
        "reference_rate": base.value,
        "reference_events": base.events,
        "reference_n": base.n,
        row.kind: row.value,
        "low": row.low,
        "high": row.high,
        "p_value": row.p_value,
        "p_adjusted": row.p_adjusted,
        "rule": rule.id,
        "threshold": rule.threshold,
    }


def _without_skill(finding: Finding, model: Mapping[str, Any]) -> Finding:
    """Withdraw the verdict where the model has learned nothing."""
    metrics = model["metrics"]
    low = metrics.get("auc_low")
    if low is not None and low > 0.5:
        return finding
    reason = _NO_SKILL.format(
        auc=number(metrics.get("auc")), low=number(low), high=number(metrics.get("auc_high"))
    )
    return Finding(
        kind=finding.kind,
        level="inconclusive",
        stage=finding.stage,
        attributes=finding.attributes,
        group=finding.group,
        title=f"{' × '.join(finding.attributes)}: the baseline model has learned nothing to judge",
        detail=f"{reason} {finding.detail}",
        evidence={**finding.evidence, "auc": metrics.get("auc")},
        action="Do not train on this label with these features; look at what the label measures.",
        limits=finding.limits,
    )


def subgroup_findings(
    subgroups: Sequence[Mapping[str, Any]], *, schema: Schema, policy: Policy
) -> list[Finding]:
    """Return a finding for each crossed group that no attribute alone explains.

    Its rate is less favourable than that of the others of *each* of its parts, every one of these
    comparisons clear after Holm's correction.
    """
    found = []
    sign = 1 if schema.unfavorable else -1
    for row in subgroups:
        parents = row["parents"]
        worse = row["value"] is not None and all(
            parent["value"] is not None
            and sign * (row["value"] - parent["value"]) > 0
            and parent["p_adjusted"] is not None
            and parent["p_adjusted"] < policy.alpha
            for parent in parents
        )
        if not worse or None in row["group"]:
            continue
        name = group_name(row["group"])
        others = "; ".join(
            f"others with {parent['attribute']} {group_name((parent['group'],))} "
            f"{number(parent['events'])} of {number(parent['n'], 0)} ({percent(parent['value'])}, "
            f"p = {number(parent['p_adjusted'], 3)})"
            for parent in parents
        )
        found.append(
            Finding(
                kind="subgroup",
                level="flag",
                stage=row["stage"],
                attributes=tuple(row["attributes"]),
                group=tuple(row["group"]),
                title=f"{' × '.join(row['attributes'])}: {name} fares worse than either part alone",
                detail=(
                    f"{_event(row['stage'], schema)}: {name} {number(row['events'])} of "
                    f"{number(row['n'], 0)} ({percent(row['value'])}); {others}."
                ),
                evidence={
                    k: v for k, v in row.items() if k not in {"attributes", "group", "stage"}
                },
                action=(
                    "Look at this group by itself: an audit of each attribute alone hides it, and "
                    "so would a remedy made for one attribute."
                ),
                limits=_LIMITS[row["stage"]],
            )
        )
    return found
