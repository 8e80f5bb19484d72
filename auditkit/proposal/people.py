"""Which columns are protected attributes, and how their values become groups."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from auditkit.columns import Kind
from auditkit.errors import shown
from auditkit.loaders.bands import proposed_bands
from auditkit.profiling.spelling import spelling_variants
from auditkit.proposal.meanings import told_by_values, unlike
from auditkit.proposal.names import ATTRIBUTES
from auditkit.proposal.outcome import Choice
from auditkit.proposal.table import Seen, Table

__all__ = ["Groups", "bands_of", "groups_of", "mapping_of"]

_AGES = (25.0, 40.0, 60.0)
_MOST_ATTRIBUTES = 6
_LEAST_CROSSING = 200
_ROWS_A_CELL = 10
_SMALLEST_BAND = 30


@dataclass(frozen=True)
class Groups:
    """The protected attributes, their bands and spellings, and what else could be one."""

    protected: tuple[Choice, ...] = ()
    bins: Mapping[str, tuple[tuple[float, ...], str]] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    others: tuple[str, ...] = ()


def groups_of(table: Table, taken: Collection[str], named: Sequence[str] = ()) -> Groups:
    """Propose protected attributes: by name, else by values; what was named wins."""
    if named:
        chosen = [(table.column(name, "protected"), "named by you") for name in named]
        others: list[str] = []
    else:
        chosen, others = _found(table, taken)
    protected, bins, values = [], {}, {}
    for column, why in chosen:
        edges = bands_of(column, told_age=_attribute(column) == "age")
        if edges is not None:
            bins[column.name] = edges
        elif mapping := mapping_of(column):
            values[column.name] = mapping
        protected.append(Choice(column.name, f"{why}; {_holds(column, edges)}"))
    return Groups(tuple(protected), bins, values, tuple(others))


def _holds(column: Seen, edges: tuple[tuple[float, ...], str] | None) -> str:
    missing = f", {column.missing:,} empty" if column.missing else ""
    if edges is not None:
        return f"a number{missing}, cut into bands below"
    return f"{column.held(4)}{missing}"


def _attribute(column: Seen) -> str | None:
    """Return the attribute that a name means: a whole name first, then part of one."""
    found = {name: words.match(column.words) for name, words in ATTRIBUTES.items()}
    return next(
        (name for kind in ("whole", "inside") for name, hit in found.items() if hit == kind), None
    )


def _usable(column: Seen) -> bool:
    """Whether the values can be groups, as they stand or in bands."""
    if column.grouping:
        return True
    return column.kind is Kind.NUMERIC and len(column.levels) >= 2 and column.numbers is not None


def _found(table: Table, taken: Collection[str]) -> tuple[list[tuple[Seen, str]], list[str]]:
    by_attribute: dict[str, list[tuple[Seen, str]]] = {}
    others: list[str] = []
    free = [column for column in table.columns.values() if column.name not in taken]
    for column in free:
        attribute = _attribute(column)
        if attribute is not None and _usable(column):
            by_attribute.setdefault(attribute, []).append((column, f"named like {attribute}"))
        elif attribute is not None and column.kind is Kind.DATE:
            others.append(f"'{shown(column.name)}' is named like {attribute}, but holds dates")
    for column in free:
        attribute = told_by_values(list(column.levels)) if column.grouping else None
        if attribute is not None and attribute not in by_attribute and not _attribute(column):
            by_attribute[attribute] = [(column, f"its values tell {attribute}")]
    chosen: list[tuple[Seen, str]] = []
    crossed = 1
    room = max(_LEAST_CROSSING, table.rows // _ROWS_A_CELL)
    for attribute in ATTRIBUTES:
        candidates = by_attribute.get(attribute, [])
        for column, why in _first(candidates):
            reason = _left_out(column, chosen, table)
            size = _size(column)
            if reason is None and (crossed * size > room or len(chosen) >= _MOST_ATTRIBUTES):
                reason = f"crossed with the others its {size} groups would be too many"
            if reason is None:
                chosen.append((column, why))
                crossed *= size
            else:
                others.append(f"'{shown(column.name)}' is {why}: {reason}")
        others += [
            f"'{shown(column.name)}' is {why} as well"
            for column, why in candidates
            if column not in [first for first, _ in _first(candidates)]
        ]
    return chosen, others


def _first(candidates: list[tuple[Seen, str]]) -> list[tuple[Seen, str]]:
    """Return the column to take of those for one attribute; of yes-or-no flags, all."""
    flags = [item for item in candidates if _is_flag(item[0])]
    if len(flags) > 1 or len(flags) == len(candidates):
        return flags
    ready = [item for item in candidates if item[0].grouping and not _is_flag(item[0])]
    return (ready or [item for item in candidates if not _is_flag(item[0])])[:1]


def _is_flag(column: Seen) -> bool:
    return column.kind is Kind.BOOLEAN


def _size(column: Seen) -> int:
    empty = int(column.missing > 0)
    if bands := bands_of(column, told_age=_attribute(column) == "age"):
        return len(bands[0]) + 1 + empty
    return len(column.levels) + empty


def _left_out(column: Seen, chosen: Sequence[tuple[Seen, str]], table: Table) -> str | None:
    """Say why a column adds nothing: each of its values goes with one group of another."""
    if table.looked_at < 50 or _is_flag(column):
        return None
    for other, _ in chosen:
        if other.levels and len(column.levels) > len(other.levels) and not _is_flag(other):
            pairs = table.frame[[column.name, other.name]].dropna().drop_duplicates()
            if len(pairs) == pairs[column.name].nunique():
                return f"each of its values goes with one group of '{shown(other.name)}'"
    return None


def bands_of(column: Seen, *, told_age: bool) -> tuple[tuple[float, ...], str] | None:
    """Propose the edges of bands for a number, with the reason; None where its values are groups.

    For an age 25, 40 and 60, those that leave at least 30 people (or one in twenty) on either side;
    for other numbers, and where no such edge is left, near the quartiles.
    """
    numbers = column.numbers
    if column.kind is not Kind.NUMERIC or numbers is None:
        return None
    few = 6 if told_age else 12
    if len(numbers) <= few and all(value.is_integer() for value in numbers):
        return None
    if not all(map(math.isfinite, numbers)):
        return None
    if told_age:
        total = sum(numbers.values())
        floor = max(_SMALLEST_BAND, total / 20)
        edges: list[float] = []
        for edge in _AGES:
            below = sum(n for v, n in numbers.items() if (edges[-1:] or [-math.inf])[0] <= v < edge)
            above = sum(n for v, n in numbers.items() if v >= edge)
            if below >= floor and above >= floor:
                edges.append(edge)
        if edges:
            return tuple(edges), (
                "of 25, 40 (the age from which US law protects) and 60 those that leave enough "
                "people on either side"
            )
    return proposed_bands(numbers), "near the quartiles, at round numbers"


def mapping_of(column: Seen) -> dict[str, str]:
    """Propose one spelling for each group: spellings that look alike, and words for one sex."""
    ranked = list(column.levels)  # most frequent first, and that is all that matters
    repeated = [text for place, text in enumerate(ranked) for _ in range(len(ranked) - place)]
    mapping: dict[str, str] = {}
    for found in spelling_variants({column.name: repeated}):
        mapping |= {text: found.proposed for text, _ in found.variants if text != found.proposed}
    if _attribute(column) == "sex" or told_by_values(list(column.levels)) == "sex":
        for text, name in unlike(list(column.levels)).items():
            target = mapping.get(name, name)
            if text != target:
                mapping[text] = target
    return {text: mapping.get(name, name) for text, name in mapping.items()}
