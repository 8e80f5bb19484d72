"""What a page is made of: plain values that a template can print without thinking.

A section holds blocks; each block knows the name of the part (`parts/<kind>.html`) that prints
it. Nothing here is HTML: text is text until a template escapes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

__all__ = [
    "Block",
    "Card",
    "Cards",
    "Cell",
    "Chart",
    "Column",
    "Facts",
    "Fold",
    "Key",
    "Label",
    "Line",
    "Mark",
    "Note",
    "Part",
    "Prose",
    "Row",
    "RowGroup",
    "Scale",
    "Section",
    "Series",
    "Table",
    "Tick",
    "Tile",
]


@dataclass(frozen=True, slots=True)
class Label:
    """A name that came from the data, made safe to look at.

    Attributes
    ----------
    text : str
        What is printed: one line, no invisible characters, at most 80 characters.
    full : str
        The whole of it when `text` was cut, else an empty string.
    special : bool
        True for what is not a text in the data: the empty cell, shown in italics.
    """

    text: str
    full: str = ""
    special: bool = False


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
class Mark:
    """A dot with its interval on one row of a chart.

    With no `low` and no `high` there is no interval; with one of them None it has no end there.
    """

    value: float
    low: float | None
    high: float | None
    series: str
    hover: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a chart: a name at the left, marks in the middle, a value at the right."""

    labels: tuple[Label, ...]
    value: str = ""
    under: str = ""
    marks: tuple[Mark, ...] = ()
    heading: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """How one kind of mark is drawn and called: never by colour alone."""

    name: str
    title: str
    symbol: str
    colour: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line, or a band, across a chart at a value that means something; limits are dashed."""

    value: float
    title: str
    until: float | None = None
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Tick:
    """A tick of an axis: where, in per cent of its width, and what is written."""

    at: float
    value: float
    text: str


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis from `low` to `high`, with ticks."""

    low: float
    high: float
    log: bool
    title: str
    ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of a chart's key."""

    title: str
    symbol: str
    colour: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of marks on rows, told in words first.

    Attributes
    ----------
    id, title : str
        A fixed id and the name.
    see : str
        What to see in it; also the text alternative.
    table : str
        The id of the table that holds the same numbers.
    """

    kind: ClassVar[str] = "chart"
    id: str
    title: str
    see: str
    table: str
    rows: tuple[Row, ...]
    scale: Scale
    series: tuple[Series, ...]
    lines: tuple[Line, ...] = ()
    note: str = ""
    keys: tuple[Key, ...] = ()
    drawing: object = None

    @property
    def wordy(self) -> bool:
        """Return whether names are too long to share a line with numbers on a phone."""
        return any(sum(len(item.text) for item in row.labels) > 16 for row in self.rows)


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
    """Blocks that open on request; print shows them always."""

    kind: ClassVar[str] = "fold"
    title: str
    blocks: tuple[Block, ...]


Block = Table | Chart | Prose | Note | Facts | Cards | Part | Fold


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered chapter of the report."""

    id: str
    title: str
    lead: str
    blocks: tuple[Block, ...] = field(default=())
