"""The questions of a dataset card, in the seven sections of Datasheets for Datasets.

Gebru T, Morgenstern J, Vecchione B, et al. (2021). Datasheets for Datasets. Communications of the
ACM 64(12), 86-92. The questions are asked in our words, and only those that a table of people has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from auditkit.errors import RequestError, nearest, shown

__all__ = ["PEOPLE", "QUESTIONS", "SECTIONS", "Question", "people_say"]

SECTIONS = (
    "Summary",
    "Motivation",
    "Composition",
    "Collection process",
    "Preprocessing, cleaning, labelling",
    "Uses",
    "Distribution",
    "Maintenance",
)
"""The seven sections, after a summary."""


@dataclass(frozen=True)
class Question:
    """One question.

    Attributes
    ----------
    id : str
        The key of ``[card]`` in audit.toml, where people answer it.
    section : str
        One of :data:`SECTIONS`.
    text : str
        The question.
    by : {"audit", "people", "both"}
        Who can answer it.
    """

    id: str
    section: str
    text: str
    by: str = "people"


_ROWS = (
    ("Summary", "title", "What is the dataset called?", "people"),
    ("Summary", "description", "What is it, in two sentences?", "people"),
    ("Motivation", "purpose", "For what purpose was it made?", "people"),
    ("Motivation", "creator", "Who made it, and on behalf of whom?", "people"),
    ("Motivation", "funding", "Who paid for it?", "people"),
    ("Composition", "instances", "What does one row stand for?", "people"),
    ("Composition", "size", "How many rows, people and columns are there?", "audit"),
    ("Composition", "columns", "What is recorded of each person?", "audit"),
    ("Composition", "population", "Is it everybody, or a sample of whom?", "both"),
    ("Composition", "label", "What is the outcome, and how was it decided?", "both"),
    ("Composition", "groups", "Which groups of people are in it, and how large are they?", "audit"),
    ("Composition", "crossings", "How small do groups become when they are crossed?", "audit"),
    ("Composition", "missing", "What is missing?", "audit"),
    ("Composition", "errors", "Are there errors, noise or repetitions?", "both"),
    ("Composition", "relations", "Are rows connected with one another?", "people"),
    ("Composition", "splits", "Are there recommended parts for training and testing?", "people"),
    ("Composition", "external", "Does it depend on anything outside?", "people"),
    ("Composition", "confidential", "Is anything in it confidential?", "people"),
    ("Composition", "sensitive", "Which columns are sensitive, or give such a one away?", "audit"),
    ("Composition", "identifiable", "Can people be told apart or named?", "both"),
    ("Collection process", "source", "Which file was looked at?", "audit"),
    ("Collection process", "acquisition", "How were the data obtained, and by whom?", "people"),
    ("Collection process", "sampling", "If it is a sample, how was it drawn?", "people"),
    ("Collection process", "timeframe", "Over which time were they collected?", "people"),
    ("Collection process", "ethics", "Was there an ethical review?", "people"),
    ("Collection process", "consent", "Were the people told, and did they agree?", "people"),
    ("Collection process", "impact", "Was the effect on these people assessed?", "people"),
    ("Preprocessing, cleaning, labelling", "steps", "What did the audit do to the data?", "audit"),
    ("Preprocessing, cleaning, labelling", "before", "What was done to them before?", "people"),
    ("Preprocessing, cleaning, labelling", "raw", "Are the raw data kept, and where?", "people"),
    ("Uses", "used_for", "For what was it used already?", "people"),
    ("Uses", "uses", "For what is it meant?", "people"),
    ("Uses", "warnings", "What does the audit warn of?", "audit"),
    ("Uses", "unsuitable", "For what should it not be used?", "people"),
    ("Distribution", "license", "Under which licence?", "people"),
    ("Distribution", "url", "Where can it be found?", "people"),
    ("Distribution", "publisher", "Who publishes it?", "people"),
    ("Distribution", "date_published", "When was it published?", "people"),
    ("Distribution", "citation", "How is it cited?", "people"),
    ("Distribution", "keywords", "Under which words should it be found?", "people"),
    ("Distribution", "restrictions", "Do rights of others or laws restrict it?", "people"),
    ("Maintenance", "maintainer", "Who maintains it, and how are they reached?", "people"),
    ("Maintenance", "version", "Which version is this?", "people"),
    ("Maintenance", "updates", "Will it be updated or corrected, how and by whom?", "people"),
    ("Maintenance", "retention", "How long may it be kept?", "people"),
    ("Maintenance", "audited", "When and how was it audited?", "audit"),
)

QUESTIONS = tuple(Question(name, section, text, by) for section, name, text, by in _ROWS)
"""All questions, in order."""

PEOPLE = tuple(question.id for question in QUESTIONS if question.by != "audit")
"""Those that people answer: the keys of ``[card]``."""


def people_say(table: Mapping[str, Any]) -> dict[str, str | list[str]]:
    """Return what stands under ``[card]`` in audit.toml as plain data: text, or lists of text.

    Raises
    ------
    RequestError
        On a question that there is not, or an answer that is no text.

    Examples
    --------
    >>> people_say({"purpose": "To see where applicants are lost.", "version": 2})
    {'purpose': 'To see where applicants are lost.', 'version': '2'}
    """
    found: dict[str, str | list[str]] = {}
    for name, value in table.items():
        if name not in PEOPLE:
            raise RequestError(f"[card]: no question '{shown(name)}'{nearest(name, PEOPLE)}")
        values = value if isinstance(value, list) else [value]
        for one in values:
            if isinstance(one, bool) or not isinstance(one, str | int | float | date):
                raise RequestError(f"[card] {name}: write text, or a list of text")
        found[name] = [str(one) for one in values] if isinstance(value, list) else str(value)
    return found
