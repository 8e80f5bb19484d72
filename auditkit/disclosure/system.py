"""Cells that give each other away: which published sums have to go so that a hidden one stays hid.

A table of counts is published with its totals. Hiding a small cell is not enough: totals, other
cells and other tables over the same people give it back. Here everything that is published is a
sum over *atoms* (the finest counts); a hidden cell is safe when it could be 1 and could be k - 1,
whatever is known from the sums that stay.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Item", "System", "withheld"]

Floats = NDArray[np.float64]
Name = tuple[Any, ...]

_TOTAL, _NOBODY = 1_000.0, 50.0


@dataclass(frozen=True, slots=True)
class Item:
    """Something that could be published: a sum of atoms.

    Attributes
    ----------
    name : tuple
        What it is called.
    atoms : frozenset of int
        Which atoms it is the sum of.
    value : int
        Its value.
    fixed : bool
        A total, which goes last.
    unit : object
        Items of one unit are withheld together; the item alone where it is None.
    """

    name: Name
    atoms: frozenset[int]
    value: int
    fixed: bool = False
    unit: Any = None


@dataclass(frozen=True, slots=True)
class System:
    """Atoms, what holds among them, what could be published, and what has to be hidden.

    Attributes
    ----------
    atoms : tuple of int
        The finest counts.
    items : tuple of Item
        What could be published.
    hidden : tuple of Item
        Sums that are never printed but follow from printed ones (persons *not* selected).
    equal : tuple of (frozenset, frozenset)
        Sums that everybody knows to be equal: the same people counted in two ways.
    """

    atoms: tuple[int, ...]
    items: tuple[Item, ...]
    hidden: tuple[Item, ...] = ()
    equal: tuple[tuple[frozenset[int], frozenset[int]], ...] = ()


def withheld(
    system: System,
    least: int,
    *,
    also: Iterable[Name] = (),
    already: Iterable[Name] = (),
    before: int = 0,
) -> set[Name]:
    """Return the names of the items that must not be published.

    Parameters
    ----------
    system : System
        What could be published.
    least : int
        Smallest count that may be told: 1 to ``least - 1`` are hidden. With 1 or less nothing is.
    also, already : iterable of tuple
        Names that are withheld for a reason of their own, and those that a smaller `least` has
        withheld.
    before : int
        That smaller one: what was small then could be 1 already.

    Returns
    -------
    set of tuple
        Items that are small themselves, and those that would give a small one away.

    Notes
    -----
    What is small and what is withheld beside it are marked alike, so that a reader cannot tell
    which is which: all that is known of a withheld sum is that people are whole and not fewer
    than none, and what follows from the sums that stay. For each small sum another table of whole
    numbers is sought in which it is ``least - 1``, and one in which it is 1, that changes as few
    and as small printed sums as can be (a mixed-integer program, after Kelly, Golden and Assad
    1992); the sums that it changes are withheld. Then nobody can tell the tables apart.

    References
    ----------
    .. [1] Kelly JP, Golden BL, Assad AA (1992). Cell suppression: disclosure protection for
       sensitive tabular data. Networks 22, 397-417.

    Examples
    --------
    Two groups of 3 and 20 in a total of 23: hiding the 3 alone would not do.

    >>> system = System((3, 20), (
    ...     Item(("F",), frozenset({0}), 3), Item(("M",), frozenset({1}), 20),
    ...     Item(("all",), frozenset({0, 1}), 23, fixed=True),
    ... ))
    >>> sorted(withheld(system, 5))
    [('F',), ('M',)]
    """
    if least <= 1:
        return set(already)
    small = [item for item in (*system.items, *system.hidden) if 0 < item.value < least]
    names = {item.name for item in system.items}
    gone = _with_units(system, ({item.name for item in small} | {*also, *already}) & names)
    for item in {item.atoms: item for item in small}.values():
        for end in (1, least - 1):
            if item.value != end and not (end == 1 and item.value < before):
                gone |= _with_units(system, _changed(system, item, end, gone))
    return gone


def _changed(system: System, item: Item, end: int, gone: set[Name]) -> set[Name]:
    """Return the printed sums that another table changes, in which an item has another value."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    told = [other for other in system.items if other.name not in gone]
    atoms = np.array(system.atoms, dtype=np.float64)
    n, extra = len(atoms), len(told)
    sums = np.array([_row(n, other.atoms) for other in told]).reshape(extra, n)
    same = np.array([_row(n, a) - _row(n, b) for a, b in system.equal]).reshape(-1, n)
    goal = _row(n, item.atoms)
    none = np.zeros((len(same) + 1, extra))
    # |change of a sum| <= its size variable, the same people stay the same, the item moves.
    rows = np.vstack(
        [
            np.hstack([sums, -np.eye(extra)]),
            np.hstack([-sums, -np.eye(extra)]),
            np.hstack([np.vstack([same, goal]), none]),
        ]
    )
    move = float(end - item.value)
    low = [-np.inf] * (2 * extra) + [0.0] * len(same) + [move]
    high = [0.0] * (2 * extra) + [0.0] * len(same) + [move]
    cost = np.concatenate([np.zeros(n), [_cost(other) for other in told]])
    found = milp(
        cost,
        constraints=LinearConstraint(rows, low, high),
        integrality=np.concatenate([np.ones(n), np.zeros(extra)]),
        bounds=Bounds(np.concatenate([-atoms, np.zeros(extra)]), np.inf),
    )
    if not found.success:  # nothing that could be withheld would help
        return {other.name for other in told}
    change = sums @ np.round(found.x[:n])
    return {other.name for other, moved in zip(told, change, strict=True) if abs(moved) > 0.5}


def _cost(item: Item) -> float:
    """Return how much it costs to withhold: large sums are missed more, totals most."""
    if item.fixed:
        return _TOTAL
    return _NOBODY if item.value == 0 else math.log2(2 + item.value)


def _row(n: int, atoms: frozenset[int]) -> Floats:
    row = np.zeros(n)
    row[list(atoms)] = 1
    return row


def _with_units(system: System, names: Iterable[Name]) -> set[Name]:
    """Return names with everything that is of one unit with them."""
    wanted = set(names)
    units = {item.unit for item in system.items if item.name in wanted} - {None}
    return wanted | {item.name for item in system.items if item.unit in units}
