"""The card: every question with its answers, and how much of it is filled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from auditkit.card.answers import Said, answers_of
from auditkit.card.questions import QUESTIONS, SECTIONS, Question

__all__ = ["Entry", "Meter", "entries_of", "meter_of"]


@dataclass(frozen=True)
class Entry:
    """A question with what the audit and what people answered; empty where nobody did."""

    question: Question
    audit: Said
    people: tuple[str, ...]


@dataclass(frozen=True)
class Meter:
    """How much of a section is filled: by the audit, by people, and of how many."""

    section: str
    audit: int
    audit_of: int
    people: int
    people_of: int


def entries_of(record: Mapping[str, Any]) -> tuple[Entry, ...]:
    """Return the questions of a card with their answers.

    Parameters
    ----------
    record : mapping
        A record as plain data; what people answered is under ``card``.
    """
    audit, people = answers_of(record), record.get("card") or {}
    return tuple(
        Entry(
            question,
            audit.get(question.id, ()) if question.by != "people" else (),
            _texts(people.get(question.id)) if question.by != "audit" else (),
        )
        for question in QUESTIONS
    )


def _texts(value: Any) -> tuple[str, ...]:
    values = value if isinstance(value, list | tuple) else [value]
    return tuple(str(one) for one in values if one is not None and str(one).strip())


def meter_of(entries: tuple[Entry, ...]) -> tuple[Meter, ...]:
    """Count what is filled, section by section."""
    found = []
    for section in SECTIONS:
        here = [entry for entry in entries if entry.question.section == section]
        ours = [entry for entry in here if entry.question.by != "people"]
        theirs = [entry for entry in here if entry.question.by != "audit"]
        found.append(
            Meter(
                section,
                sum(bool(entry.audit) for entry in ours),
                len(ours),
                sum(bool(entry.people) for entry in theirs),
                len(theirs),
            )
        )
    return tuple(found)
