"""A dataset card from the record of an audit: a datasheet in Markdown, or Croissant JSON-LD.

How it flows: :mod:`questions` are those of Datasheets for Datasets; :mod:`answers` says what the
record knows; :mod:`sheet` puts them beside what people wrote under ``[card]``; :mod:`markdown` and
:mod:`croissant` write it. The room knows the record as plain data, and never the data.
"""

from auditkit.card.choice import KINDS, card_of
from auditkit.card.croissant import to_croissant
from auditkit.card.markdown import BLANK, to_markdown
from auditkit.card.questions import PEOPLE, QUESTIONS, SECTIONS, Question, people_say

__all__ = [
    "BLANK",
    "KINDS",
    "PEOPLE",
    "QUESTIONS",
    "SECTIONS",
    "Question",
    "card_of",
    "people_say",
    "to_croissant",
    "to_markdown",
]
