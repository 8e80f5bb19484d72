"""The values of a feature that tell a group best, named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from auditkit.columns import Column, Kind
from auditkit.profiling.levels import Levels, Ranked

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Telling", "level_name", "telling"]

MOST = 3
ENOUGH_PEOPLE = 10
"""A value that fewer people have is not named: it could be someone."""
CLEARLY = 0.1
"""How far above its share of all people a group must be."""


@dataclass(frozen=True)
class Telling:
    """A value of a feature, and the group that it points to.

    Attributes
    ----------
    value : str or None
        The value, or a range of numbers; None is the empty cell.
    group : str
        The group that is most above its share of all people.
    share, overall : float
        Share of the group among people with the value, and among all who are compared.
    people : int
        People with the value.
    """

    value: str | None
    group: str
    share: float
    overall: float
    people: int

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the record."""
        return dict(vars(self))


def telling(
    table: NDArray[np.float64],
    people: NDArray[np.float64],
    named: Callable[[int], str | None],
    groups: tuple[str | None, ...],
) -> tuple[Telling, ...]:
    """Return up to three values that tell a group best, those that weigh most first.

    Parameters
    ----------
    table : ndarray of shape (levels, groups)
        Weight by level and group.
    people : ndarray
        People by level.
    named : callable
        Gives the name of a level, None for the empty cell; what is called ``""`` is left out.
    groups : tuple
        The name of each group.

    Examples
    --------
    >>> table = np.array([[40.0, 0.0], [10.0, 50.0]])
    >>> found = telling(table, table.sum(axis=1), ["Mr", "none"].__getitem__, ("M", "F"))
    >>> [(row.value, row.group, row.share, row.overall) for row in found]
    [('Mr', 'M', 1.0, 0.5), ('none', 'F', 0.8333333333333334, 0.5)]
    """
    overall = table.sum(axis=0) / table.sum()
    sums = table.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = table / sums[:, None]
        above = np.where(np.isfinite(shares), shares - overall, -1.0)
        if not (above[people >= ENOUGH_PEOPLE] >= CLEARLY).any():
            return ()
        pull = sums * np.nansum(np.where(overall > 0, above**2 / overall, 0.0), axis=1)
    found = []
    for place in np.argsort(-pull, kind="stable").tolist():
        group = int(np.argmax(above[place]))
        name = groups[group]
        if people[place] < ENOUGH_PEOPLE or above[place, group] < CLEARLY or name is None:
            continue
        value = named(place)
        if value == "":
            continue
        share, of_all = float(shares[place, group]), float(overall[group])
        found.append(Telling(value, name, share, of_all, round(float(people[place]))))
        if len(found) == MOST:
            break
    return tuple(found)


def level_name(cells: Ranked, levels: Levels, column: Column, place: int) -> str | None:
    """Return what a level holds, in words; ``""`` where it holds many values put together.

    Examples
    --------
    >>> column = Column("age", Kind.NUMERIC, 4, 1, 3, "numbers")
    >>> cells = Ranked(np.array([0, 1, 2, 3]), np.array([18.0, 25.0, 31.0]), True)
    >>> levels = Levels(np.array([0, 1, 1, 2]), 3, True, of=np.array([0, 1, 1]))
    >>> [level_name(cells, levels, column, place) for place in range(3)]
    ['18', '25 to 31', None]
    """
    if levels.missing and place == levels.size - 1:
        return None
    assert levels.of is not None
    held = cells.values[levels.of == place]
    if not cells.numbers:
        return str(held[0]) if len(held) == 1 else ""
    ends = [_number(float(end), column) for end in (held[0], held[-1])]
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)


def _number(value: float, column: Column) -> str:
    if column.kind is Kind.BOOLEAN and column.why != "zeros and ones":
        return "true" if value else "false"
    if column.kind is Kind.DATE and abs(value) < 2_000_000:
        return str(np.datetime64(int(np.floor(value)), "D"))
    return f"{value:.10g}"
