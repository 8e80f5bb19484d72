"""Entries: the ``compliance`` rows of a record, one a framework."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from auditkit.compliance.answers import Answers
from auditkit.compliance.case import Case, Made
from auditkit.compliance.checklists import BLANK, STATES
from auditkit.compliance.evidence import evidence
from auditkit.compliance.packs import STALE_DAYS, Pack, TableSpec
from auditkit.compliance.rates_tables import output_type, raw_cells
from auditkit.compliance.rows import RowFacts
from auditkit.compliance.tables import KINDS
from auditkit.compliance.words import DISCLAIMER
from auditkit.counts import Counts

__all__ = ["entries_of", "kinds_of"]


def kinds_of(packs: Sequence[Pack]) -> set[str]:
    """Return the kinds of tables that some packs ask for."""
    return {table.kind for pack in packs for table in pack.tables}


def entries_of(
    packs: Sequence[Pack],
    *,
    record: Mapping[str, Any],
    counts: Counts,
    answers: Answers,
    rows: RowFacts,
) -> tuple[dict[str, Any], ...]:
    """Fill the tables of each framework from the record, its counts and what people said.

    Parameters
    ----------
    packs : sequence of Pack
        The frameworks.
    record : mapping
        The record as plain data; ``compliance`` is not looked at.
    counts : Counts
        The cells.
    answers : Answers
        Settings and answers.
    rows : RowFacts
        What had to be asked of the rows.

    Returns
    -------
    tuple of dict
        The rows of ``compliance``: ``framework``, ``as_of``, ``status``, ``fields``, ``tables``,
        ``notes`` and more.
    """
    today = date.fromisoformat(str(record["created"])[:10])
    return tuple(
        _entry(
            Case(pack=pack, record=record, counts=counts, answers=answers, rows=rows, today=today)
        )
        for pack in packs
    )


def _entry(case: Case) -> dict[str, Any]:
    pack = case.pack
    fields, blanks = _fields(case)
    tables, sentences = [], []
    for spec in pack.tables:
        made = KINDS[spec.kind].build(case, spec.options)
        tables.append(_table(spec, made))
        sentences += [{"table": spec.id, **said} for said in made.sentences]
    meter = _completeness(tables, fields, pack)
    return {
        "framework": pack.name,
        "title": pack.title,
        "jurisdiction": pack.jurisdiction,
        "as_of": pack.as_of.isoformat(),
        "status": pack.status,
        "banner": _banner(case),
        "summary": pack.summary,
        "disclaimer": DISCLAIMER,
        "state": _state(case, blanks),
        "fields": fields,
        "titles": {item.id: item.title for item in pack.fields},
        "known": {
            item.id: item.known
            for item in pack.fields
            if item.known is not None and not case.answers.fields.get(item.id)
        },
        "blanks": blanks,
        "completeness": meter,
        "tables": tables,
        "sentences": sentences,
        "notes": [*_age(case), *case.inferred.values(), *pack.notes],
        "limits": list(pack.limits),
        "citations": [
            {"text": item.text, "url": item.url, "checked": item.checked} for item in pack.citations
        ],
        "publish": dict(pack.publish),
        "stage": case.outcome,
        "output": output_type(case),
        "cells": raw_cells(case) if any(t.kind == "category_rates" for t in pack.tables) else [],
        "pack": {"sha256": pack.sha256, "shipped": pack.shipped},
    }


def _fields(case: Case) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return field → answer, and what is left blank, with who has to fill it."""
    fields: dict[str, Any] = {}
    blanks = []
    for item in case.pack.fields:
        answer: str | None = case.answers.fields.get(item.id) or None
        if answer is None and item.known is not None:
            answer = evidence(case, item.known)
        fields[item.id] = answer
        if answer is None:
            blanks.append(
                {
                    "field": item.id,
                    "title": item.title,
                    "by": item.by,
                    "required": item.required,
                    "text": BLANK.format(by=item.by),
                }
            )
    return fields, blanks


def _table(spec: TableSpec, made: Made) -> dict[str, Any]:
    notes = [spec.note, *made.notes] if spec.note else list(made.notes)
    table: dict[str, Any] = {
        "id": spec.id,
        "title": spec.title,
        "kind": spec.kind,
        "rows": [dict(row) for row in made.rows],
        "notes": notes,
        "note": spec.note,
        "reason": made.reason,
    }
    return table if made.score is None else {**table, "score": dict(made.score)}


def _banner(case: Case) -> str:
    """Return the banner; one about independence stands until somebody states independence."""
    if "independence" in {item.id for item in case.pack.fields} and case.answers.fields.get(
        "independence"
    ):
        return ""
    return case.pack.banner


def _state(case: Case, blanks: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say what is missing or out of date; never that something is in order."""
    said = []
    left = [row for row in blanks if row["required"]]
    if left:
        said.append(f"incomplete: {len(left)} required fields are to be completed")
    made = case.answers.fields.get("audit_date")
    if made is not None:
        days = case.pack.line("valid_days")
        try:
            age = (case.today - date.fromisoformat(made)).days
        except ValueError:
            said.append("audit_date is not a date, as in 2026-11-22")
        else:
            if age > days:
                said.append(f"expired: the audit is {age} days old, more than {days:g}")
    return said


def _age(case: Case) -> list[str]:
    age = case.pack.age(case.today)
    if age <= STALE_DAYS:
        return []
    return [
        f"warning: this framework was last looked at on {case.pack.as_of.isoformat()}, {age} days "
        f"before this audit (more than {STALE_DAYS}); check what has changed since"
    ]


def _completeness(
    tables: Sequence[Mapping[str, Any]], fields: Mapping[str, Any], pack: Pack
) -> dict[str, int]:
    """Count items of checklists and required fields by how far they are filled."""
    meter = dict.fromkeys(STATES, 0)
    for table in tables:
        if table["kind"] == "checklist":
            for row in table["rows"]:
                meter[row["state"]] += 1
    for item in pack.fields:
        if item.required:
            meter["to be completed" if fields[item.id] is None else "filled"] += 1
    named = {name.replace(" ", "_"): count for name, count in meter.items()}
    return {**named, "total": sum(meter.values())}
