"""What a page is made of: plain values that a template can print without thinking.

A section holds blocks; each block knows the name of the part (`parts/<kind>.html`) that prints
it. Nothing here is HTML: text is text until a template escapes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from auditkit.report.pictures import (
    Bar,
    Chart,
    Curve,
    Curves,
    Heat,
    Key,
    Line,
    Mark,
    Matrix,
    Point,
    Row,
    Scale,
    Series,
    Tick,
)
from auditkit.report.text import Label

__all__ = [
    "Bar",
    "Block",
    "Card",
    "Cards",
    "Cell",
    "Chart",
    "Column",
    "Curve",
    "Curves",
    "Facts",
    "Fold",
    "Heat",
    "Key",
    "Label",
    "Line",
    "Mark",
    "Matrix",
    "Note",
    "Part",
    "Point",
    "Prose",
    "Row",
    "RowGroup",
    "Scale",
    "Section",
    "Series",
    "Table",
    "Tick",
    "Tile",
    "WhatIf",
]


_LONG = 40
"""More letters of an answer than this want a line of their own."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table or one answer in a list of facts.

    Attributes
    ----------
    text : str
        Text of ours or a number, already formatted.
    labels : tuple of Label
        Names from the data, printed before `text` and joined by a multiplication sign.
    under, below : str
        A second and a third line, smaller: an interval, a reason, a count.
    tone : str
        A CSS class out of a fixed few: ``n`` (number), ``u`` (undefined), ``code``, or ``v`` and a
        level.
    href : str
        An id on this page that the text leads to, or an empty string.
    """

    text: str = ""
    labels: tuple[Label, ...] = ()
    under: str = ""
    below: str = ""
    tone: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a table's column: words of ours, or names from the data."""

    title: str
    numeric: bool = False
    labels: tuple[Label, ...] = ()


@dataclass(frozen=True, slots=True)
class RowGroup:
    """Rows under one heading; the first cell of a row is its header."""

    rows: tuple[tuple[Cell, ...], ...]
    title: Cell | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a caption, column heads and notes below it."""

    kind: ClassVar[str] = "table"
    id: str
    caption: str
    columns: tuple[Column, ...]
    groups: tuple[RowGroup, ...]
    notes: tuple[str, ...] = ()
    look: str = ""

    @property
    def size(self) -> int:
        """Return the number of rows."""
        return sum(len(group.rows) for group in self.groups)


@dataclass(frozen=True, slots=True)
class Prose:
    """Paragraphs, or the points of a list."""

    kind: ClassVar[str] = "prose"
    paragraphs: tuple[str, ...]
    points: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """One line set apart: what was not asked for, what to keep in mind."""

    kind: ClassVar[str] = "note"
    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Questions and answers, printed as a description list."""

    kind: ClassVar[str] = "facts"
    items: tuple[tuple[str, tuple[Cell, ...]], ...]
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Tile:
    """A count of findings of one level, with its word and sign."""

    level: str
    count: int
    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Card:
    """A finding."""

    anchor: str
    level: str
    word: str
    title: str
    detail: str
    about: tuple[tuple[str, tuple[Cell, ...]], ...]
    evidence: tuple[tuple[str, tuple[Cell, ...]], ...]
    limits: str
    action: str
    attribute: str = ""
    metric: str = ""

    @staticmethod
    def wordy(answers: tuple[Cell, ...]) -> bool:
        """Return whether answers are words that want a line of their own."""
        return any(
            len(cell.text) + sum(len(name.text) + 3 for name in cell.labels) > _LONG
            for cell in answers
        )


@dataclass(frozen=True, slots=True)
class Cards:
    """The findings of one level."""

    kind: ClassVar[str] = "cards"
    id: str
    title: str
    lead: str
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A named part of a section; its heading is `prefix`, then `title`, at `level`."""

    kind: ClassVar[str] = "part"
    id: str
    title: tuple[Label, ...]
    blocks: tuple[Block, ...]
    lead: str = ""
    prefix: str = ""
    level: int = 3


@dataclass(frozen=True, slots=True)
class Fold:
    """Blocks that open on request; print shows them always.

    The short form of a report leaves a `long` one out, and says so.
    """

    kind: ClassVar[str] = "fold"
    title: str
    blocks: tuple[Block, ...]
    long: bool = True


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The place where thresholds can be tried out: a script fills it."""

    kind: ClassVar[str] = "whatif"


Block = Table | Chart | Curves | Matrix | Prose | Note | Facts | Cards | Part | Fold | WhatIf


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered chapter of the report."""

    id: str
    title: str
    lead: str
    blocks: tuple[Block, ...] = field(default=())
