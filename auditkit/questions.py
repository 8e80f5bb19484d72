"""Ask the cells every question they can answer, and make findings of the answers.

Measure, compare, judge; who is here; like with like; what the missing could hide. It needs no
rows: counts that were added up elsewhere are asked the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, NamedTuple

from auditkit.counts import DECISION, LABEL, MODEL, Counts
from auditkit.fairness import Disparity, Estimate, compare, label_distances, measure
from auditkit.findings import (
    Finding,
    cause_findings,
    data_findings,
    gap_findings,
    judge,
    not_identified_findings,
    numbered,
    remedy_findings,
    representation_findings,
    small_group_findings,
    stage_findings,
    strata_findings,
    subgroup_findings,
    with_asides,
)
from auditkit.funnel import funnel
from auditkit.identification import gap_bounds, selective_labels
from auditkit.policy import Policy
from auditkit.representation import evenness, hold_against, represent, with_detectable
from auditkit.schema import Schema
from auditkit.strata import decompose, propose_strata, stratify, subgroup_scan

__all__ = ["Answers", "ask"]

Candidates = Mapping[tuple[str, str], Counts]


@dataclass(frozen=True)
class Answers:
    """What the cells tell, in the words of the record."""

    estimates: list[Estimate]
    disparities: list[Disparity]
    people: list[dict[str, Any]]
    subgroups: list[dict[str, Any]]
    profile: dict[str, Any]
    findings: list[Finding]
    notes: tuple[str, ...]


def ask(
    counts: Counts,
    *,
    schema: Schema,
    policy: Policy,
    profile: Mapping[str, Any],
    model: Mapping[str, Any] | None = None,
    candidates: Candidates | None = None,
) -> Answers:
    """Ask all that the schema allows.

    Parameters
    ----------
    counts : Counts
        The cells, with the outcomes of each stage.
    schema : Schema
        Says which groups, strata and stages there are.
    policy : Policy
        Where the lines are.
    profile : mapping
        What the rows told; findings are made of it, and the answers go beside it.
    model : mapping, optional
        The record of the baseline.
    candidates : mapping, optional
        Counts within columns that were not declared strata, by (attribute, column).

    Returns
    -------
    Answers
    """
    singles: list[tuple[str, ...]] = [(name,) for name in schema.protected]
    sets = [*singles, tuple(schema.protected)] if len(singles) > 1 else singles
    stages = [stage for stage in (LABEL, MODEL, DECISION) if stage in counts.outcomes]
    estimates, disparities = _measured(counts, sets, stages, schema, policy)
    people = _people(counts, sets, disparities, schema, policy)
    within = _within_strata(counts, candidates or {}, disparities, stages, policy)
    unknown = _unknown(counts, sets, disparities, stages, policy)
    subgroups = _subgroups(counts, schema.protected, stages, policy)
    passed = funnel(
        counts, sets, policy=policy, reference=schema.reference, unfavorable=schema.unfavorable
    )
    whole = {**profile, **people.tables, **within, **unknown, "funnel": list(passed.rows)}
    findings: list[Finding] = [
        *cause_findings(model),
        *remedy_findings(model),
        *gap_findings(disparities, estimates, schema=schema, policy=policy, model=model),
        *stage_findings(passed.rows, schema=schema, policy=policy),
        *subgroup_findings(subgroups, schema=schema, policy=policy),
        *strata_findings(within, policy=policy),
        *not_identified_findings(unknown, disparities),
        *representation_findings(
            people.rows, people.tables["population"], people.tables["evenness"], policy=policy
        ),
        *small_group_findings(people.rows, policy=policy),
        *data_findings(whole, policy=policy),
    ]
    return Answers(
        estimates=estimates,
        disparities=disparities,
        people=people.rows,
        subgroups=subgroups,
        profile=whole,
        findings=numbered(with_asides(findings, people.rows, whole)),
        notes=tuple(passed.notes),
    )


def _measured(
    counts: Counts,
    sets: Sequence[tuple[str, ...]],
    stages: Sequence[str],
    schema: Schema,
    policy: Policy,
) -> tuple[list[Estimate], list[Disparity]]:
    estimates, disparities = [], []
    for stage in stages:
        for attributes in sets:
            estimates += measure(counts, attributes, stage=stage, level=policy.level)
        disparities += compare(
            counts,
            sets,
            stage=stage,
            policy=policy,
            reference=schema.reference,
            unfavorable=schema.unfavorable,
        )
    return estimates, judge(disparities, estimates, policy)


class _People(NamedTuple):
    """Who is in the data: the rows of ``representation``, and tables of the profile."""

    rows: list[dict[str, Any]]
    tables: dict[str, list[dict[str, Any]]]


def _people(
    counts: Counts,
    sets: Sequence[tuple[str, ...]],
    disparities: Sequence[Disparity],
    schema: Schema,
    policy: Policy,
) -> _People:
    compared = hold_against(counts, schema.population, level=policy.level)
    shown_sets = list(dict.fromkeys([*sets, *(tuple(row["attributes"]) for row in compared)]))
    rows = represent(counts, shown_sets, comparisons=compared, level=policy.level)
    rows = with_detectable(
        rows, counts, disparities, alpha=policy.alpha, unfavorable=schema.unfavorable
    )
    return _People(rows, {"population": compared, "evenness": evenness(counts, shown_sets)})


def _within_strata(
    counts: Counts,
    candidates: Candidates,
    disparities: Sequence[Disparity],
    stages: Sequence[str],
    policy: Policy,
) -> dict[str, list[dict[str, Any]]]:
    """Compare like with like: tables of the profile."""
    level, alpha = policy.level, policy.alpha
    found: dict[str, list[dict[str, Any]]] = {"strata": [], "decompositions": [], "strata_scan": []}
    for stage in stages:
        found["strata"] += stratify(counts, disparities, stage=stage, level=level, policy=policy)
        found["decompositions"] += decompose(
            counts, disparities, stage=stage, level=level, alpha=alpha
        )
        looked_at = {key: one for key, one in candidates.items() if stage in one.outcomes}
        found["strata_scan"] += propose_strata(
            looked_at, disparities, stage=stage, level=level, alpha=alpha
        )
    return found


def _unknown(
    counts: Counts,
    sets: Sequence[tuple[str, ...]],
    disparities: Sequence[Disparity],
    stages: Sequence[str],
    policy: Policy,
) -> dict[str, list[dict[str, Any]]]:
    """Say what the missing could hide, and how far apart outcomes are: tables of the profile."""
    return {
        "bounds": [
            row
            for stage in stages
            for row in gap_bounds(counts, disparities, stage=stage, policy=policy)
        ],
        "not_identified": selective_labels(counts, sets),
        "distances": label_distances(counts, disparities, min_group=policy.min_group),
    }


def _subgroups(
    counts: Counts, protected: Sequence[str], stages: Sequence[str], policy: Policy
) -> list[dict[str, Any]]:
    """Scan all pairs of attributes and the full crossing."""
    crossings: list[tuple[str, ...]] = list(combinations(protected, 2))
    if len(protected) > 2:
        crossings.append(tuple(protected))
    return [
        row
        for stage in stages
        for row in subgroup_scan(
            counts, crossings, stage=stage, min_group=policy.min_group, level=policy.level
        )
    ]
