"""The card as Markdown: a datasheet that people finish by hand.

Every text passes through :func:`auditkit.tables.literal`: a name in the data can be no heading, no
link, no picture and no HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from auditkit.card.answers import Grid
from auditkit.card.questions import SECTIONS
from auditkit.card.sheet import Entry, Meter, entries_of, meter_of
from auditkit.tables import literal

__all__ = ["BLANK", "to_markdown"]

BLANK = "TO BE COMPLETED BY: ____"
"""What stands where only people know."""

_LEAD = (
    "Made from the record of an audit. What the audit knows is filled in; what only people know is "
    "marked, and can be given under [card] in audit.toml. It holds no row of the data."
)
_START = re.compile(r"^(\s*)([-+]|\d+[.)])(\s|$)")


def to_markdown(record: Mapping[str, Any]) -> str:
    """Return a record's dataset card as Markdown.

    Parameters
    ----------
    record : mapping
        A record as plain data (``Audit.to_dict()``, or ``audit.json`` as read).

    Returns
    -------
    str
        Sections as in Datasheets for Datasets; the same record gives the same text.
    """
    entries = entries_of(record)
    title = next(entry.people for entry in entries if entry.question.id == "title")
    name = title[0] if title else record["data"].get("source") or "a table in memory"
    lines = [f"# Dataset card: {_text(name)}", "", _text(_LEAD), "", *_meter(meter_of(entries))]
    for section in SECTIONS:
        lines += ["", f"## {_text(section)}"]
        for entry in entries:
            if entry.question.section == section:
                lines += ["", f"### {_text(entry.question.text)}", "", *_answer(entry)]
    return "\n".join(lines) + "\n"


def _text(text: str) -> str:
    """Return text as one line that is a paragraph and nothing else."""
    line = literal(" ".join(text.split()))
    return _START.sub(lambda found: f"{found[1]}\\{found[2]}{found[3]}", line)


def _meter(meters: Iterable[Meter]) -> list[str]:
    rows = list(meters)
    audit, audit_of = sum(row.audit for row in rows), sum(row.audit_of for row in rows)
    people, people_of = sum(row.people for row in rows), sum(row.people_of for row in rows)
    filled, whole = audit + people, audit_of + people_of
    bar = "█" * round(20 * filled / whole) + "░" * (20 - round(20 * filled / whole))
    lines = [
        f"**Completeness** {bar} {filled} of {whole} entries: {audit} of {audit_of} by the audit, "
        f"{people} of {people_of} by people; {people_of - people} to be completed.",
        "",
        "| Section | By the audit | By people |",
        "| --- | ---: | ---: |",
    ]
    for row in rows:
        ours = f"{row.audit} of {row.audit_of}" if row.audit_of else "–"
        theirs = f"{row.people} of {row.people_of}" if row.people_of else "–"
        lines.append(f"| {_text(row.section)} | {ours} | {theirs} |")
    return lines


def _answer(entry: Entry) -> list[str]:
    lines: list[str] = []
    for said in entry.audit:
        if isinstance(said, Grid):
            lines += [_row(said.columns), _row(["---"] * len(said.columns), plain=True)]
            lines += [*map(_row, said.rows), ""]
        else:
            lines += [_text(said), ""]
    if not entry.audit and entry.question.by != "people":
        lines += ["Not known to this audit.", ""]
    if entry.question.by != "audit":
        for text in entry.people:
            lines += [_text(text), ""]
        if not entry.people:
            lines += [f"> **{BLANK}**", ""]
    return lines[:-1]


def _row(cells: Iterable[str], *, plain: bool = False) -> str:
    told = cells if plain else [literal(" ".join(cell.split())) for cell in cells]
    return f"| {' | '.join(told)} |"
