"""What a picture is made of: plain values, drawn twice by :mod:`drawing` and :mod:`xy`.

:mod:`charts` puts them together; a section module calls that, not these.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from auditkit.report.language import say
from auditkit.report.text import Label
from auditkit.report.words import LEVELS

__all__ = [
    "Bar",
    "Chart",
    "Curve",
    "Curves",
    "Heat",
    "Key",
    "Line",
    "Mark",
    "Matrix",
    "Point",
    "Row",
    "Scale",
    "Series",
    "Tick",
]


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
class Bar:
    """A bar on one row of a chart, from `base` to `value`, with an interval at its end.

    With no `low` and no `high` there is no interval.
    """

    value: float
    series: str
    hover: str
    base: float = 0.0
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a chart: a name at the left, bars and marks in the middle, a value at the right."""

    labels: tuple[Label, ...]
    value: str = ""
    under: str = ""
    marks: tuple[Mark, ...] = ()
    heading: bool = False
    bars: tuple[Bar, ...] = ()


@dataclass(frozen=True, slots=True)
class Series:
    """How one kind of mark, bar or curve is drawn and called: never by colour alone.

    Attributes
    ----------
    name, title : str
        What marks refer to, and what the key says.
    symbol : str
        Of marks: ``circle``, ``ring``, ``square``, ``triangle``, ``diamond``, ``hollow`` or
        ``tick``. Of bars: ``solid``, ``hatch``, ``dots`` or ``open``.
    colour : str
        A colour of the page: ``blue``, ``orange``, ``flag``, ``undecided``, ``note``, ``pass``,
        ``rose`` or ``soft``.
    dash : str
        Of curves: ``solid``, ``dash``, ``dot``, ``dashdot``, ``longdash`` or ``longdashdot``.
    """

    name: str
    title: str
    symbol: str
    colour: str
    dash: str = ""


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
    dash: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of marks and bars on rows, told in words first.

    Attributes
    ----------
    id, title : str
        A fixed id and the name.
    see : str
        What to see in it; also the text alternative.
    table : str
        The id of the table that holds the same numbers.
    joined : bool
        Whether the end of each bar is joined with the next row: steps that lead on.
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
    joined: bool = False

    @property
    def wordy(self) -> bool:
        """Return whether names are too long to share a line with numbers on a phone."""
        return any(
            sum(len(item.text) for item in row.labels) > 16 or len(row.value + row.under) > 24
            for row in self.rows
        )

    @property
    def barred(self) -> bool:
        """Return whether there are bars, which need more room than dots on a phone."""
        return any(row.bars for row in self.rows)


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a curve; with no `y` it is a gap in the line.

    `low` and `high` are its interval upwards, `x_low` and `x_high` the one along the x-axis.
    A `faint` point is there to be compared with and is drawn small and grey.
    """

    x: float
    y: float | None
    hover: str
    low: float | None = None
    high: float | None = None
    x_low: float | None = None
    x_high: float | None = None
    faint: bool = False


@dataclass(frozen=True, slots=True)
class Curve:
    """Points in one look: joined or not, marked or not, with a band or with error bars."""

    series: Series
    points: tuple[Point, ...]
    line: bool = True
    marks: bool = True
    band: bool = False


@dataclass(frozen=True, slots=True)
class Curves:
    """A chart with two axes, told in words first.

    Attributes
    ----------
    id, title, see, table : str
        As of :class:`Chart`.
    x, y : Scale
        The axes.
    upright, level : tuple of Line
        Lines and bands at values of x, and at values of y.
    diagonal : str
        What the line y = x means, or an empty string when there is none.
    """

    kind: ClassVar[str] = "curves"
    id: str
    title: str
    see: str
    table: str
    curves: tuple[Curve, ...]
    x: Scale
    y: Scale
    upright: tuple[Line, ...] = ()
    level: tuple[Line, ...] = ()
    diagonal: str = ""
    note: str = ""
    keys: tuple[Key, ...] = ()
    drawing: object = None


@dataclass(frozen=True, slots=True)
class Heat:
    """One cell of a matrix: its value as text, the people behind it, a tint and a verdict.

    `shade` is 0 (no tint) to 1 (the strongest), or None for a cell that is not tinted. `tone` is
    a level of finding, which adds its sign, ``u`` for what does not exist, or an empty string.
    """

    value: str
    under: str = ""
    shade: float | None = None
    tone: str = ""

    @property
    def step(self) -> int:
        """Return the tint as one of eleven steps."""
        return 0 if self.shade is None else round(10 * min(max(self.shade, 0.0), 1.0))

    @property
    def tone_word(self) -> str:
        """Return the word of the verdict, for those who cannot see its sign."""
        return say(LEVELS[self.tone].word) if self.tone in LEVELS else ""


@dataclass(frozen=True, slots=True)
class Matrix:
    """A table that is its own picture: rows by columns, each cell tinted by its value.

    Text is text in it, so it needs no second drawing and no table beside it.
    """

    kind: ClassVar[str] = "heat"
    id: str
    title: str
    see: str
    corner: str
    columns: tuple[tuple[Label, ...], ...]
    rows: tuple[tuple[tuple[Label, ...], tuple[Heat, ...]], ...]
    note: str = ""
    weak: str = ""
    strong: str = ""
