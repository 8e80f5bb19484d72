"""The rows of a protected attribute that can be compared, and tables of levels by group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from auditkit.errors import shown
from auditkit.profiling.levels import Levels
from auditkit.profiling.rows import Attribute, Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MIN_PEOPLE", "Compared", "scaled"]

MIN_PEOPLE = 5
"""Rarer levels of a feature are pooled; rarer groups of an attribute are left out."""


@dataclass(frozen=True, eq=False)
class Compared:
    """The rows of the groups that are large enough; `codes` and `rows` are theirs alone.

    Attributes
    ----------
    attribute : Attribute
        All of its groups.
    kept : ndarray of bool
        Which rows are compared: not those without a group, nor those of fewer than 5 people.
    codes : ndarray of int
        The group of each compared row.
    rows : Rows
        The compared rows.
    people, left_out : int
        People compared, and people who are not.
    note : str or None
        Who was left out.
    """

    attribute: Attribute
    kept: NDArray[np.bool_]
    codes: NDArray[np.int64]
    rows: Rows
    people: int
    left_out: int
    note: str | None

    @classmethod
    def of(cls, attribute: Attribute, rows: Rows) -> Compared:
        """Find the groups of an attribute that can be compared."""
        people = rows.count(attribute.codes, len(attribute.names))
        enough = people >= MIN_PEOPLE
        enough[attribute.known :] = False
        small = (people > 0) & ~enough
        small[attribute.known :] = False
        kept = enough[attribute.codes]
        notes = []
        if people[attribute.known :].sum():
            missing = round(people[attribute.known :].sum())
            notes.append(f"{missing:,} without '{shown(attribute.name)}' left out")
        if small.any():
            notes.append(
                f"{round(people[small].sum()):,} in groups of fewer than {MIN_PEOPLE} left out"
            )
        return cls(
            attribute=attribute,
            kept=kept,
            codes=attribute.codes[kept],
            rows=rows.keep(kept),
            people=round(people[enough].sum()),
            left_out=round(people[~enough].sum()),
            note="; ".join(notes) or None,
        )

    @property
    def name(self) -> str:
        """The protected attribute."""
        return self.attribute.name

    @property
    def size(self) -> int:
        """How many groups the attribute has, those not compared included."""
        return len(self.attribute.names)

    def table(self, levels: Levels) -> NDArray[np.float64]:
        """Return people, or effective people, by (level, group); some rows may be empty."""
        flat = levels.codes[self.kept] * self.size + self.codes
        table = self.rows.weigh(flat, levels.size * self.size)
        return scaled(table.reshape(levels.size, self.size), self.rows)


def scaled(table: NDArray[np.float64], rows: Rows) -> NDArray[np.float64]:
    """Scale a table of survey weights to Kish's effective number of rows.

    Examples
    --------
    >>> plain = Rows.build(3, None, frequency=False)
    >>> scaled(np.array([[2.0, 1.0]]), plain).tolist()
    [[2.0, 1.0]]
    >>> scaled(np.array([[8.0, 4.0]]), Rows.build(3, [4.0, 4.0, 4.0], frequency=False)).tolist()
    [[2.0, 1.0]]
    """
    if rows.weight is None:
        return table
    squared = float(np.dot(rows.weight, rows.weight))
    return table * (float(table.sum()) / squared if squared else 0.0)
