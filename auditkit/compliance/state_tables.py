"""Tables that state law and other countries ask for: alternatives, postcodes, testing, coverage."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from auditkit import inference
from auditkit.compliance.case import Case, Made
from auditkit.compliance.checklists import BLANK
from auditkit.compliance.impact_tables import benchmarks
from auditkit.errors import RequestError, shown

__all__ = [
    "alternatives",
    "check_classes",
    "coverage",
    "group_rates",
    "postcodes",
    "retention",
    "testing",
    "utilisation",
]

_POSTCODE = re.compile(r"zip|post_?code|postal|plz|postnummer|codepostal|postleitzahl", re.I)


def alternatives(case: Case, options: Mapping[str, Any]) -> Made:
    """Tabulate what was tried instead: from ``[[compliance.alternatives]]``, and the baseline."""
    rows: list[dict[str, Any]] = [
        {**asdict(item), "source": "told by the user"} for item in case.answers.alternatives
    ]
    model: Mapping[str, Any] = case.record.get("model") or {}
    for row in case.record["disparities"] if model else ():
        if row["stage"] == "model" and row["metric"] == "selection_rate" and row["kind"] == "ratio":
            if len(row["attributes"]) > 1 or row["value"] is None:
                continue
            group = shown(row["group"][0])
            rows.append(
                {
                    "name": f"baseline model ({model['kind']})",
                    "change": f"{len(model['features'])} columns used",
                    "measure": f"selection rate ratio, {shown(row['attributes'][0])}: {group}",
                    "disparity": f"{row['value']:.3f}",
                    "kept": "not a decision of this report",
                    "reason": f"cross-fitted on {model['rows']:,} rows",
                    "source": "computed",
                }
            )
    if not case.answers.alternatives:
        blank = BLANK.format(by="the employer")
        return Made(
            rows=tuple(rows),
            notes=(f"{blank} (alternatives that were tried: [[compliance.alternatives]])",),
            reason=None if rows else f"{blank} (alternatives that were tried)",
        )
    return Made(rows=tuple(rows))


def postcodes(case: Case, options: Mapping[str, Any]) -> Made:
    """Look for columns that hold a postcode, by name or values, and say what they give away."""
    columns = case.record["profile"].get("columns") or []
    if not columns:
        return Made(reason="not assessed: the columns were not looked at")
    model = case.record.get("model") or {}
    trained = set(model.get("features") or ())
    proxies = case.record["profile"].get("proxies") or []
    looks = {row["feature"]: row["postcode"] for row in proxies if row.get("postcode")}
    rows: list[dict[str, Any]] = []
    for column in columns:
        name = column["name"]
        how = "name" if _POSTCODE.search(name) else looks.get(name)
        if how is None:
            continue
        near = [row for row in proxies if row["feature"] == name] or [{}]
        for row in near:
            used = name in trained or column["role"] in {"feature", "strata"}
            rows.append(
                {
                    "column": name,
                    "role": column["role"],
                    "known_by": how,
                    "attribute": row.get("attribute"),
                    "strength": row.get("strength"),
                    "measure": row.get("measure"),
                    "n": row.get("n"),
                    "in_baseline": name in trained if model else None,
                    "marks": ["ZIP used"] if used else ["ZIP in the data, not used"],
                }
            )
    if not rows:
        return Made(
            reason=f"none of {len(columns)} columns is named, or looks, like a postcode or ZIP "
            "code; a column of another form can hold one: see the proxies"
        )
    found = {row["column"] for row in rows}
    said = f"{len(found)} of {len(columns)} columns are named, or look, like a postcode"
    return Made(rows=tuple(rows), notes=(said,))


def testing(case: Case, options: Mapping[str, Any]) -> Made:
    """Tabulate what anti-bias testing there was: when, of what, with which result and response."""
    findings = case.record["findings"]
    levels = {
        level: sum(row["level"] == level for row in findings)
        for level in ("flag", "inconclusive", "note", "pass")
    }
    answers = case.answers.fields
    response = answers.get("testing_response")
    period = answers.get("data_period")
    return Made(
        rows=(
            {
                "test": "audit of group differences (this report)",
                "date": case.today.isoformat(),
                "scope": f"{case.record['data']['people']:,} people, by "
                + ", ".join(shown(name) for name in case.protected),
                "data_period": period or BLANK.format(by="the employer"),
                "result": f"{levels['flag']} flagged, {levels['inconclusive']} undecided, "
                f"{levels['note']} notes",
                "response": response or BLANK.format(by="the employer"),
            },
        )
    )


def coverage(case: Case, options: Mapping[str, Any]) -> Made:
    """Tabulate which protected classes the data can speak of, and which they cannot."""
    plain = {re.sub(r"[^a-z0-9]", "", name.casefold()): name for name in case.protected}
    sex, race = case.role("sex"), case.role("race")
    rows = []
    for title, names in options["classes"].items():
        column = next((plain[name] for name in names if name in plain), None)
        if column is None and "sex" in names:
            column = sex
        if column is None and "race" in names:
            column = race
        known = None
        if column is not None:
            cube = case.counts.cube([column])
            totals = cube.n.sum(axis=(1, 2))
            known = sum(
                int(n) for group, n in zip(cube.groups, totals, strict=True) if None not in group
            )
        rows.append(
            {
                "protected_class": title,
                "column": column,
                "people": known,
                "marks": ["not assessed: no data"] if column is None else ["assessed"],
            }
        )
    return Made(rows=tuple(rows))


def retention(case: Case, options: Mapping[str, Any]) -> Made:
    """Say until when the records of this audit have to be kept."""
    years = int(case.pack.line("retention_years")) or int(options.get("years", 0))
    leap = (case.today.month, case.today.day) == (2, 29)
    day = case.today.replace(month=3, day=1) if leap else case.today
    end = day.replace(year=day.year + years)
    row = {"record": "this audit", "made": case.today.isoformat(), "years": years}
    return Made(rows=({**row, "keep_until": end.isoformat()},))


def group_rates(case: Case, options: Mapping[str, Any]) -> Made:
    """Tabulate rates with intervals and differences, without any ratio line."""
    if case.outcome is None:
        return Made(reason=case.no_outcome)
    rows: list[dict[str, Any]] = []
    for attribute in case.protected:
        pairs = case.pairs([attribute])
        total = sum(n for _, n in pairs.values())
        good = sum(x for x, _ in pairs.values())
        for group, (x, n) in pairs.items():
            span = inference.wilson(x, n, level=case.lines.level)
            gap = inference.newcombe(x, n, good - x, total - n, level=case.lines.level)
            rest = total - n
            rows.append(
                {
                    "attributes": [attribute],
                    "group": list(group),
                    "n": n,
                    "selected": x,
                    "rate": x / n if n else None,
                    "rate_low": None if span is None else span.low,
                    "rate_high": None if span is None else span.high,
                    "others_n": rest,
                    "others_rate": (good - x) / rest if rest else None,
                    "difference": x / n - (good - x) / rest if n and rest else None,
                    "difference_low": None if gap is None else gap.low,
                    "difference_high": None if gap is None else gap.high,
                }
            )
    return Made(rows=tuple(rows))


def utilisation(case: Case, options: Mapping[str, Any]) -> Made:
    """Tabulate representation against availability: gap in persons, and utilisation."""
    found = benchmarks(case, {})
    if found.reason is not None:
        return found
    persons, share = case.pack.line("gap_persons"), case.pack.line("utilisation")
    rows = []
    for row in found.rows:
        filters = []
        if row["shortfall"] >= persons:
            filters.append(f"gap of {persons:g} or more persons")
        if row["utilisation"] is not None and row["utilisation"] < share:
            filters.append(f"utilisation below {share:.0%}")
        rows.append({**row, "marks": filters})
    return Made(rows=tuple(rows))


def check_classes(options: Mapping[str, Any], where: str) -> None:
    """Refuse a coverage table whose classes are not lists of names."""
    for names in options["classes"].values():
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise RequestError(f"{where}: classes must map a title to names of columns")
