"""The rows of a protected attribute that can be compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from auditkit.errors import shown
from auditkit.profiling.rows import Attribute, Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MIN_PEOPLE", "Compared"]

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
    compared : ndarray of bool
        Which groups are compared.
    whole : bool
        Whether all rows are compared.
    """

    attribute: Attribute
    kept: NDArray[np.bool_]
    codes: NDArray[np.int64]
    rows: Rows
    people: int
    left_out: int
    note: str | None
    compared: NDArray[np.bool_]
    whole: bool

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
            compared=enough,
            whole=bool(kept.all()),
        )

    @property
    def name(self) -> str:
        """The protected attribute."""
        return self.attribute.name

    @property
    def size(self) -> int:
        """How many groups the attribute has, those not compared included."""
        return len(self.attribute.names)

    def of_kept(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the compared rows of a value a row."""
        return values if self.whole else values[self.kept]
