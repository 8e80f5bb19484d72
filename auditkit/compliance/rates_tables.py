"""Rates by the categories of a rule: selection, classification and scoring; small and unknown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from auditkit.compliance.case import Case, Made, Pairs
from auditkit.compliance.categories import Sorted, marginal, sort_groups
from auditkit.compliance.comparison import Selected
from auditkit.compliance.impact import adverse_impact
from auditkit.compliance.words import plain_sentence
from auditkit.counts import Group
from auditkit.errors import shown

__all__ = [
    "category_rates",
    "category_tests",
    "output_type",
    "raw_cells",
    "small_categories",
    "unknown_rows",
]


@dataclass(frozen=True)
class _Part:
    """One set of counts to be tabulated: the whole, or one class of a tool that classifies."""

    name: str | None
    columns: tuple[str, ...]
    found: Sorted
    excluded: frozenset[Group]


def output_type(case: Case) -> str:
    """Return what the tool gives: a score, a class or a selection."""
    if case.answers.output_type is not None:
        return case.answers.output_type
    if case.rows.classes is not None:
        return "classification"
    return "score" if case.rows.scores is not None else "selection"


def category_rates(case: Case, options: Mapping[str, Any]) -> Made:
    """Tabulate rates and impact ratios by category: persons, favourable, rate, ratio."""
    parts, reason = _parts(case, options)
    if reason is not None:
        return Made(reason=reason)
    rows = [row for part in parts for row in _rate_rows(case, part)]
    notes = [note for part in parts[:1] for note in _notes(case, part)]
    return Made(rows=tuple(rows), notes=(*notes, *_score_notes(case)), score=_score(case))


def category_tests(case: Case, options: Mapping[str, Any]) -> Made:
    """Tabulate what the rule does not ask for: intervals, tests, four fifths, one-person flip."""
    parts, reason = _parts(case, options)
    if reason is not None:
        return Made(reason=reason)
    rows: list[dict[str, Any]] = []
    sentences = []
    for part in parts:
        given = {group: counts for group, counts in part.found.rule.items() if counts.n}
        kept = {group: counts for group, counts in given.items() if group not in part.excluded}
        if len(kept) < 2:
            continue
        found = adverse_impact({**kept, (None,): part.found.unknown}, lines=case.lines)
        for comparison in found.comparisons:
            row = _named(case, part, comparison.group) | {
                key: value for key, value in comparison.to_dict().items() if key != "group"
            }
            rows.append(row)
            verb = "scored above the median" if output_type(case) == "score" else case.verb
            verb = verb if part.name is None else f"were classified as {shown(part.name, 40)}"
            sentences.append(plain_sentence(comparison, case.lines, verb) | {"class": part.name})
    if not rows:
        return Made(reason="not computable: fewer than two categories with anybody in them")
    return Made(rows=tuple(rows), sentences=tuple(s for s in sentences if s.get("text")))


def small_categories(case: Case, options: Mapping[str, Any]) -> Made:
    """Tabulate categories under the small share: excluded with a justification, or only marked."""
    share = case.pack.line("small_category_share")
    rows = []
    shown_any = False
    for attributes in options["of"]:
        parts, reason = _parts(case, {"attributes": attributes})
        if reason is not None:
            continue
        shown_any = True
        for part in parts:
            for group, counts in part.found.rule.items():
                if 0 < counts.n < share * part.found.total:
                    row = _named(case, part, group) | _counts(counts, part.found.total)
                    excluded = group in part.excluded
                    row["denominator"] = part.found.total
                    row["marks"] = ["excluded (<2%)" if excluded else "computed and marked"]
                    row["justification"] = (
                        case.answers.fields.get("small_category_justification")
                        if excluded
                        else None
                    )
                    rows.append(row)
    if not shown_any:
        return Made(reason="not assessed: no column for sex or for race")
    if not rows:
        return Made(reason=f"no category has fewer than {share:.0%} of all persons")
    choice = (
        "excluded, as [compliance] exclude_small_categories says"
        if case.answers.exclude_small_categories
        else "computed and marked; [compliance] exclude_small_categories = true leaves them out"
    )
    return Made(
        rows=tuple(rows),
        notes=(
            f"categories with fewer than {share:.0%} of all persons, those of unknown category "
            f"among them: {choice}",
        ),
    )


def unknown_rows(case: Case, options: Mapping[str, Any]) -> Made:
    """Tabulate the persons who are in no row because a category is not known."""
    rows = []
    for attributes in options["of"]:
        parts, reason = _parts(case, {"attributes": attributes})
        if reason is not None:
            continue
        for part in parts:
            what = " or ".join(attributes)
            row: dict[str, Any] = {} if part.name is None else {"class": part.name}
            row |= {"attributes": list(part.columns), "group": None}
            row["unknown"] = f"{what} not known"
            rows.append(row | _counts(part.found.unknown, part.found.total))
            for group, counts in part.found.extra.items():
                row = {} if part.name is None else {"class": part.name}
                row["unknown"] = f"{what}: {_joined(group)}, in no category of the rule"
                row |= {"attributes": list(part.columns), "group": list(group)}
                rows.append(row | _counts(counts, part.found.total))
    if not rows:
        return Made(reason="not assessed: no column for sex or for race")
    return Made(rows=tuple(rows))


def raw_cells(case: Case) -> list[dict[str, Any]]:
    """Return scores and classes by the groups of the data, which no other part of a record has."""
    if output_type(case) == "selection" or (case.outcome is None and case.rows.scores is None):
        return []
    columns = [name for name in (case.role("sex"), case.role("race")) if name is not None]
    sources, _ = _sources(case, columns)
    cube = case.counts.cube(columns)
    people = {g: int(n) for g, n in zip(cube.groups, cube.n.sum(axis=(1, 2)), strict=True)}
    return [
        {
            "class": name,
            "attributes": columns,
            "group": list(group),
            "people": people.get(group, n),
            "n": n,
            "selected": x,
        }
        for name, pairs in sources
        for group, (x, n) in pairs.items()
    ]


def _score(case: Case) -> dict[str, Any] | None:
    scores = case.rows.scores
    if scores is None or output_type(case) != "score":
        return None
    return {
        "median": scores.median, "n": scores.n, "ties": scores.ties, "missing": scores.missing,
    }  # fmt: skip


def _parts(case: Case, options: Mapping[str, Any]) -> tuple[list[_Part], str | None]:
    """Return the counts to be tabulated, sorted into categories, or why there are none."""
    columns = []
    for role in options["attributes"]:
        column = case.role(role)
        if column is None:
            return [], f"not assessed: no protected column is known to hold {role}"
        columns.append(column)
    sources, reason = _sources(case, columns)
    if reason is not None:
        return [], reason
    names = [case.pack.categories.get(role, {}) for role in options["attributes"]]
    made = []
    for name, pairs in sources:
        found = sort_groups(pairs, names, case.pack.unknown)
        limit = case.pack.line("small_category_share") * found.total
        small = {group for group, counts in found.rule.items() if 0 < counts.n < limit}
        excluded = frozenset(small) if case.answers.exclude_small_categories else frozenset()
        made.append(_Part(name, tuple(columns), found, excluded))
    return made, None


def _sources(case: Case, columns: list[str]) -> tuple[list[tuple[str | None, Pairs]], str | None]:
    kind = output_type(case)
    if kind == "score":
        if case.rows.scores is None:
            return [], case.rows.reasons.get("scores", "not assessed: no scores")
        return [(None, marginal(case.rows.scores.above, case.protected, columns))], None
    if kind == "classification":
        if case.rows.classes is None:
            return [], case.rows.reasons.get("classes", "not assessed: no classes")
        return [
            (name, marginal(pairs, case.protected, columns))
            for name, pairs in case.rows.classes.items()
        ], None
    if case.outcome is None:
        return [], case.no_outcome
    return [(None, case.pairs(columns))], None


def _rate_rows(case: Case, part: _Part) -> Iterator[dict[str, Any]]:
    found = part.found
    share = case.pack.line("small_category_share")
    kept = {g: c for g, c in found.rule.items() if c.n and g not in part.excluded}
    best = max(kept, key=lambda group: (kept[group].rate or 0.0, kept[group].n), default=None)
    top = None if best is None else kept[best]
    for group, counts in (*found.rule.items(), *found.extra.items()):
        row = _named(case, part, group) | _counts(counts, found.total)
        marks = []
        row["impact_ratio"] = None
        if group in found.extra:
            marks.append("in addition")
        elif not counts.n:
            marks.append("no data")
        elif group in part.excluded:
            marks.append("excluded (<2%)")
        elif top is not None and top.selected:
            row["impact_ratio"] = counts.selected * top.n / (counts.n * top.selected)
        if group == best:
            marks.append("highest rate")
        if group in kept and 0 < counts.n < share * found.total:
            marks.append("under 2 %")
        row["marks"] = marks
        yield row


def _named(case: Case, part: _Part, group: Group) -> dict[str, Any]:
    row: dict[str, Any] = {} if part.name is None else {"class": part.name}
    members = part.found.members.get(group, ())
    return row | {
        "attributes": list(part.columns),
        "group": list(group),
        "of": [list(member) for member in members],
    }


def _counts(counts: Selected, total: int) -> dict[str, Any]:
    return {
        "n": counts.n,
        "selected": counts.selected,
        "rate": counts.rate,
        "share": counts.n / total if total else None,
    }


def _notes(case: Case, part: _Part) -> Iterator[str]:
    renamed = [
        f"{_joined(member)} as {_joined(group)}"
        for group, members in part.found.members.items()
        for member in members
        if member != group and len(group) == 1
    ]
    if renamed:
        yield f"read as categories of the rule: {'; '.join(renamed)}"
    if part.found.extra:
        names = ", ".join(_joined(group) for group in part.found.extra)
        yield (
            f"{names}: no category of the rule; shown in addition, without an impact ratio, and "
            "never the category that others are compared with"
        )
    if part.found.unknown.n:
        yield (
            f"{part.found.unknown.n:,} of {part.found.total:,} persons are in no row: a category "
            "is not known"
        )


def _score_notes(case: Case) -> tuple[str, ...]:
    scores = case.rows.scores
    if scores is None or output_type(case) != "score":
        return ()
    share = scores.ties / scores.n
    notes = [
        f"the median of all {scores.n:,} persons with a score, those of unknown category among "
        f"them, is {scores.median:g}; a scoring rate counts scores strictly above it",
        f"{scores.ties:,} persons ({share:.1%}) have the median itself, and count as not above it",
    ]
    if share > case.pack.line("tie_share"):
        notes.append(
            f"warning: more than {case.pack.line('tie_share'):.0%} of scores are the median; the "
            "rates depend on how ties are counted"
        )
    if scores.missing:
        notes.append(f"{scores.missing:,} persons have no score and are in no number here")
    return tuple(notes)


def _joined(group: Group) -> str:
    return " x ".join("(missing)" if part is None else shown(part, 40) for part in group)
