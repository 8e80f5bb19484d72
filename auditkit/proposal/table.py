"""The table as a proposal sees it: what each column is, and which values it holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from auditkit.columns import Kind, describe
from auditkit.counts import group_text
from auditkit.errors import RequestError, listed, nearest, shown
from auditkit.loaders import Dataset
from auditkit.loaders.sample import draw
from auditkit.proposal.names import words_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Seen", "Table", "look"]

_ROWS = 50_000
_MOST_LEVELS = 1_000


@dataclass(frozen=True)
class Seen:
    """One column.

    Attributes
    ----------
    name, words : str, tuple of str
        Its name, and the words of it.
    kind, why : Kind, str
        What it holds, and how that was told.
    missing, distinct : int
        Empty cells, and different values among the others.
    levels : dict
        Text of a value → rows, most frequent first; empty where there are more than 1,000.
    """

    name: str
    words: tuple[str, ...]
    kind: Kind
    why: str
    missing: int
    distinct: int
    levels: dict[str, int]

    @property
    def grouping(self) -> bool:
        """Whether its values can be groups."""
        return self.kind in (Kind.BOOLEAN, Kind.CATEGORICAL) and 2 <= len(self.levels) <= 200

    @property
    def numbers(self) -> dict[float, int] | None:
        """Number → rows, where all its values are numbers, and there are some."""
        try:
            found = {float(text): n for text, n in self.levels.items()}
        except ValueError:
            return None
        return found or None

    def held(self, most: int = 6) -> str:
        """Return its values with their rows, as a piece of a sentence."""
        shown_ = [f"{shown(text, 30)} ({n:,})" for text, n in list(self.levels.items())[:most]]
        left = len(self.levels) - most
        return ", ".join(shown_) + (f" and {left:,} more values" if left > 0 else "")


@dataclass(frozen=True)
class Table:
    """What was looked at.

    Attributes
    ----------
    columns : dict of str to Seen
        In the order of the table.
    rows, looked_at : int
        Rows of the table, and how many of them were looked at.
    frame : pandas.DataFrame
        Those, with every value as its text; None is an empty cell.
    """

    columns: Mapping[str, Seen]
    rows: int
    looked_at: int
    frame: pd.DataFrame

    def column(self, name: str, option: str) -> Seen:
        """Return a column that was asked for, or raise with the nearest name."""
        if name not in self.columns:
            raise RequestError(
                f"--{option}: no column '{shown(name)}' in the data"
                f"{nearest(name, self.columns)}; columns: {listed(self.columns)}"
            )
        return self.columns[name]


def look(data: Dataset) -> Table:
    """Look at a table, or at a seeded sample of 50,000 of its rows.

    Parameters
    ----------
    data : Dataset
        Loaded without roles.

    Returns
    -------
    Table
    """
    with data.asked():
        raw = draw(data.frame, _ROWS, 0)
    names = list(data.columns)
    texts = raw.frame[names].astype(object)
    typed = data.finish(replace(raw, frame=raw.frame.copy())).frame
    described = describe(typed, names)
    columns = {}
    for name in names:
        column = texts[name].map(group_text)
        texts[name] = column
        counted = column.value_counts()  # most frequent first; equal ones as they are met
        levels = {str(text): int(n) for text, n in counted.items()}
        found = described[name]
        columns[name] = Seen(
            name=name,
            words=words_of(name),
            kind=found.kind,
            why=found.why,
            missing=found.missing,
            distinct=found.distinct,
            levels=levels if len(levels) <= _MOST_LEVELS else {},
        )
    return Table(columns, raw.total, len(raw.frame), texts)
