"""Adverse-impact tables: per group, pairwise, by stratum, over time, for the file."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from auditkit.compliance.benchmarks import benchmark_tests
from auditkit.compliance.case import Case, Made, Pairs
from auditkit.compliance.impact import AdverseImpact, adverse_impact
from auditkit.compliance.strata import stratified_impact
from auditkit.compliance.words import flag_sentence, strata_sentence
from auditkit.errors import RequestError, shown

__all__ = [
    "benchmarks",
    "impact",
    "pairwise",
    "practical",
    "recordkeeping",
    "stages",
    "strata_each",
    "strata_pooled",
    "trend",
]

_RATES = (
    "n", "selected", "rate", "rate_low", "rate_high", "impact_ratio", "ratio_low", "ratio_high",
    "below_four_fifths", "marks",
)  # fmt: skip
_WAYS = ("year", "period", "quarter", "month", "date", "yearmonth", "cohort")


def impact(case: Case, options: Mapping[str, Any]) -> Made:
    """Tabulate each group of each protected attribute: persons, rate, ratio, marks."""
    if case.outcome is None:
        return Made(reason=case.no_outcome)
    rows: list[dict[str, Any]] = []
    notes: list[str] = []
    for attribute, found in _each(case):
        for row in found.to_rows():
            named = {"attributes": [attribute], "group": row["group"]}
            rows.append(named | {key: row[key] for key in _RATES})
        notes += [f"{shown(attribute)}: {note}" for note in found.notes]
        if found.reference is not None:
            base = shown(str(found.reference[0]))
            notes.append(f"{shown(attribute)}: compared with {base}, {found.chosen}")
    return Made(rows=tuple(rows), notes=tuple(notes))


def pairwise(case: Case, options: Mapping[str, Any]) -> Made:
    """Tabulate every number of every comparison, with its flag and one sentence."""
    if case.outcome is None:
        return Made(reason=case.no_outcome)
    rows: list[dict[str, Any]] = []
    sentences = []
    tests = 0
    for attribute, found in _each(case):
        tests += found.tests
        for comparison in found.comparisons:
            if comparison.reference is None:
                continue
            rows.append({"attributes": [attribute], **comparison.to_dict()})
            said = flag_sentence(comparison, case.lines, case.verb)
            sentences.append({"attributes": [attribute], **said})
    if not rows:
        return Made(reason="not computable: no group has another to be compared with")
    note = (
        f"{tests} comparisons were tested; p_adjusted allows for those of one attribute (Holm), "
        "p_value does not"
    )
    return Made(rows=tuple(rows), sentences=tuple(sentences), notes=(note,))


def strata_pooled(case: Case, options: Mapping[str, Any]) -> Made:
    """Tabulate comparisons within strata, pooled by Mantel-Haenszel, beside the unstratified."""
    if case.outcome is None:
        return Made(reason=case.no_outcome)
    if not case.counts.strata:
        return Made(reason="not assessed: no strata (--strata)")
    rows: list[dict[str, Any]] = []
    sentences = []
    for stratum in case.counts.strata:
        for attribute in case.protected:
            strata = case.pairs_by([attribute], stratum)
            for found in stratified_impact(
                strata, reference=_reference(case, attribute), lines=case.lines
            ):
                rows.append({"attributes": [attribute], "stratum": stratum, **found.to_dict()})
                said = strata_sentence(found, shown(stratum, 40), case.lines)
                sentences.append({"attributes": [attribute], **said})
    if not rows:
        return Made(reason="not computable: no group has another to be compared with")
    return Made(rows=tuple(rows), sentences=tuple(sentences))


def strata_each(case: Case, options: Mapping[str, Any]) -> Made:
    """Tabulate each stratum: the numbers behind a forest plot."""
    if case.outcome is None:
        return Made(reason=case.no_outcome)
    if not case.counts.strata:
        return Made(reason="not assessed: no strata (--strata)")
    rows = [
        {"stratum": stratum, "value": value, **row}
        for stratum in case.counts.strata
        for attribute in case.protected
        for value, row in _within(case, attribute, stratum)
    ]
    if not rows:
        return Made(reason="not computable: no group has another to be compared with")
    return Made(rows=tuple(rows))


def trend(case: Case, options: Mapping[str, Any]) -> Made:
    """Tabulate each period, and all of them pooled by Mantel-Haenszel."""
    if case.outcome is None:
        return Made(reason=case.no_outcome)
    period = _stratum(case, case.answers.period, _WAYS, "period")
    if period is None:
        return Made(
            reason="not assessed: no stratum holds the period (--strata and [compliance] period)"
        )
    rows: list[dict[str, Any]] = []
    for attribute in case.protected:
        for value, row in _within(case, attribute, period):
            rows.append({"period": value, **row})
        strata = case.pairs_by([attribute], period)
        for found in stratified_impact(
            strata, reference=_reference(case, attribute), lines=case.lines
        ):
            rows.append(
                {
                    "period": "all, pooled by Mantel-Haenszel",
                    "attributes": [attribute],
                    "group": list(found.group),
                    "reference": list(found.reference),
                    "n": found.n,
                    "selected": found.selected,
                    "sd_pooled": found.sd_mantel_haenszel,
                    "p_pooled": found.p_value,
                    "odds_ratio": found.odds_ratio,
                    "p_value": found.p_value,
                    "homogeneity_p": found.homogeneity_p,
                    "reason": found.reason or "rates of periods are not added up",
                }
            )
    return Made(rows=tuple(rows))


def stages(case: Case, options: Mapping[str, Any]) -> Made:
    """Tabulate each stage of the funnel, and the bottom line.

    Each stage counts those who entered it with a known result; the bottom line all who began, but
    for those whose result is not known at some stage.
    """
    funnel = case.record["profile"].get("funnel") or []
    if not funnel:
        return Made(reason="not assessed: no stages of a selection were named (--stage)")
    rows: list[dict[str, Any]] = []
    for attribute in case.protected:
        passages: dict[str, Pairs] = {}
        began: Pairs = {}
        for row in (row for row in funnel if row["attributes"] == [attribute]):
            group, passed, known = _passage(row)
            passages.setdefault(row["stage"], {})[group] = (passed, known)
            n = began[group][1] - row["unknown"] if group in began else known
            began[group] = (passed, n)
        for stage, pairs in (*passages.items(), ("bottom line", began)):
            if case.unfavorable:
                pairs = {group: (n - x, n) for group, (x, n) in pairs.items()}
            for row in _found(case, attribute, pairs).to_rows():
                named = {"stage": stage, "attributes": [attribute], "group": row["group"]}
                rows.append(named | {key: row[key] for key in _RATES})
    note = (
        "Each stage is compared among those who entered it, the bottom line among all who began. A "
        "stage below the line is told although the bottom line is not (Connecticut v. Teal)."
    )
    return Made(rows=tuple(rows), notes=(note,))


def _passage(row: Mapping[str, Any]) -> tuple[tuple[str | None, ...], int, int]:
    return tuple(row["group"]), row["passed"], row["entered"] - row["unknown"]


def recordkeeping(case: Case, options: Mapping[str, Any]) -> Made:
    """Tabulate persons and selections by job, sex and race: what a file has to hold."""
    if case.outcome is None:
        return Made(reason=case.no_outcome)
    sex, race = case.role("sex"), case.role("race")
    columns = [name for name in (sex, race) if name is not None]
    if not columns:
        return Made(reason="not assessed: no column for sex or for race ([compliance] sex, race)")
    job = _stratum(case, case.answers.job, ("job", "jobgroup", "position", "department"), "job")
    tables = {None: case.pairs(columns)} if job is None else case.pairs_by(columns, job)
    rows = []
    for value, pairs in tables.items():
        for group, (x, n) in pairs.items():
            row: dict[str, Any] = {} if job is None else {"job": value}
            row |= {"attributes": columns, "group": list(group), "n": n, "selected": x}
            rows.append(row | {"not_selected": n - x, "rate": x / n if n else None})
    missing = [role for role, name in (("sex", sex), ("race", race)) if name is None]
    notes = [f"no column is known to hold {role}" for role in missing]
    if job is None:
        notes.append("no stratum holds the job: all jobs together ([compliance] job)")
    return Made(rows=tuple(rows), notes=tuple(notes))


def benchmarks(case: Case, options: Mapping[str, Any]) -> Made:
    """Hold the share of each group against its reference population, on the log scale."""
    populations = case.record["schema"].get("population") or {}
    if not populations:
        return Made(reason="not assessed: no reference population (--population)")
    rows = []
    for attribute, population in populations.items():
        cube = case.counts.cube([attribute])
        people = {
            str(group[0]): int(n)
            for group, n in zip(cube.groups, cube.n.sum(axis=(1, 2)), strict=True)
            if group[0] is not None
        }
        source = ", ".join(p for p in (population["source"], population.get("period")) if p)
        for found in benchmark_tests(people, population["shares"], source=source):
            rows.append({"attributes": [attribute], **found.to_dict()})
    return Made(rows=tuple(rows))


def practical(case: Case, options: Mapping[str, Any]) -> Made:
    """Tabulate measures of practical significance: none of them is universally accepted."""
    if case.outcome is None:
        return Made(reason=case.no_outcome)
    rows = []
    for attribute, found in _each(case):
        for row in found.comparisons:
            if row.reference is None or row.rate is None or row.reference_rate is None:
                continue
            rows.append(
                {
                    "attributes": [attribute],
                    "group": list(row.group),
                    "reference": list(row.reference),
                    "n": row.n,
                    "reference_n": row.reference_n,
                    "impact_ratio": row.impact_ratio,
                    "band": _band(row.impact_ratio),
                    "difference": row.rate - row.reference_rate,
                    "odds_ratio": row.odds_ratio,
                    "cohens_h": _cohens_h(row.rate, row.reference_rate),
                    "phi": _phi(row.sd_pooled, row.n + (row.reference_n or 0)),
                    "shortfall_expected": row.shortfall_expected,
                    "shortfall_to_reference": row.shortfall_to_reference,
                    "shortfall_to_four_fifths": row.shortfall_to_four_fifths,
                    "flip_one_person": row.flip_one_person,
                    "extra_selections_to_change": row.extra_selections_to_change,
                    "reason": row.reason,
                }
            )
    if not rows:
        return Made(reason="not computable: no group has another to be compared with")
    return Made(
        rows=tuple(rows),
        notes=(
            "bands of the impact ratio are a convention of practice: below .80 usually taken as "
            "practically significant, .80 to .90 it depends, above .90 rarely",
        ),
    )


def _each(case: Case) -> Iterator[tuple[str, AdverseImpact]]:
    for attribute in case.protected:
        yield attribute, _found(case, attribute, case.pairs([attribute]))


def _found(case: Case, attribute: str, pairs: Pairs) -> AdverseImpact:
    wanted = _reference(case, attribute)
    share = case.pack.line("reference_min_share")
    if wanted is not None and (wanted,) not in pairs:
        wanted = None
    return adverse_impact(pairs, reference=wanted, min_share=share, lines=case.lines)


def _reference(case: Case, attribute: str) -> str | None:
    return case.reference(attribute)


def _within(
    case: Case, attribute: str, stratum: str
) -> Iterator[tuple[str | None, dict[str, Any]]]:
    """Yield each comparison in each stratum, against one reference in all of them."""
    overall = _found(case, attribute, case.pairs([attribute])).reference
    if overall is None:
        return
    for value, pairs in case.pairs_by([attribute], stratum).items():
        if overall not in pairs:
            continue
        for row in adverse_impact(pairs, reference=overall, lines=case.lines).comparisons:
            if row.reference is not None:
                yield value, {"attributes": [attribute], **row.to_dict()}


def _stratum(case: Case, named: str | None, usual: tuple[str, ...], what: str) -> str | None:
    """Return the stratum that holds the period or the job."""
    if named is not None:
        if named not in case.counts.strata:
            raise RequestError(f"[compliance] {what} = '{shown(named)}' is not a --strata column")
        return named
    found = [
        name
        for name in case.counts.strata
        if "".join(filter(str.isalnum, name.casefold())) in usual
    ]
    return found[0] if len(found) == 1 else None


def _band(ratio: float | None) -> str:
    if ratio is None:
        return "not computable"
    if ratio < 0.8:
        return "below .80"
    return ".80 to .90" if ratio <= 0.9 else "above .90"


def _cohens_h(rate: float, reference: float) -> float:
    """Return the difference on the arcsine scale; negative when the group is behind."""
    return 2 * math.asin(math.sqrt(rate)) - 2 * math.asin(math.sqrt(reference))


def _phi(sds: float | None, n: int) -> float | None:
    return None if sds is None else sds / math.sqrt(n)
