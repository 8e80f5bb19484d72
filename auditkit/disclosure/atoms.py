"""What a public edition publishes, as sums of atoms: groups, crossings, categories of a rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from auditkit.disclosure.system import Item, System, withheld

__all__ = ["Published", "published"]

Group = tuple[str | None, ...]
Name = tuple[Any, ...]

STAGES = ("label", "decision")
_MOST_ATOMS = 1_500
_STEPS = (*range(2, 11), *(n * 10**power for power in range(1, 7) for n in (2, 5, 10)))


@dataclass(frozen=True)
class Published:
    """Which numbers are told.

    Attributes
    ----------
    least : int
        The smallest count that is told.
    sets : tuple of tuple of str
        The attributes, alone or two crossed, that are published.
    gone : set of tuple
        Names of what is withheld.
    known : set of tuple
        Names of all that could be published.
    """

    least: int
    sets: tuple[tuple[str, ...], ...]
    gone: set[Name] = field(default_factory=set)
    known: set[Name] = field(default_factory=set)

    def tells(self, name: Name) -> bool:
        """Whether a number is published."""
        return name in self.known and name not in self.gone

    def shows(self, attributes: Sequence[str], group: Group, what: str) -> bool:
        """Whether the number of people of a group is published."""
        return self.tells((tuple(attributes), group, what))

    def rate(self, attributes: Sequence[str], group: Group, stage: str) -> bool:
        """Whether a rate is published: the people and those with the event are."""
        base = (tuple(attributes), group, stage)
        return self.tells((*base, "n")) and self.tells((*base, "selected"))

    def masks_any(self, attributes: Sequence[str]) -> bool:
        """Whether anything of some attributes is withheld."""
        return any(name[0] == tuple(attributes) for name in self.gone)

    @property
    def hides_everybody(self) -> bool:
        """Whether a total had to go: shares, and the rates of all others, would give it back."""
        return any(name[1] == "all" for name in self.gone)

    def statement(self) -> list[str]:
        """Say what was masked, and why more than the small numbers themselves."""
        if self.least <= 1:
            return ["nothing was masked: --min-cell 1"]
        if not self.gone:
            return [
                f"public edition: counts from 1 to {self.least - 1} are masked; nothing in it is "
                "that small"
            ]
        groups = {(name[0], name[1]) for name in self.gone if name[1] != "all"}
        return [
            f"public edition: counts from 1 to {self.least - 1}, and what would give them away, "
            f"are masked: {len(self.gone)} numbers of {len(groups)} groups"
        ]


def published(record: Mapping[str, Any], least: int) -> Published:
    """Return what of a record can be published when counts below `least` may not be known."""
    counts = record["counts"]
    pair = _pair(record)
    found = Published(
        least=least,
        sets=(*((name,) for name in counts["attributes"]), *((pair,) if pair else ())),
    )
    inside = set(pair or ())
    bases: list[tuple[str, ...]] = [pair] if pair else []
    bases += [(name,) for name in counts["attributes"] if name not in inside]
    for base in bases:
        system = _system(record, base)
        if len(base) == 2 and len(system.atoms) > _MOST_ATOMS:  # too large to be sure: not crossed
            for name in base:
                _add(found, _system(record, (name,)), least)
            continue
        _add(found, system, least)
    return found


def _add(found: Published, system: System, least: int) -> None:
    """Withhold in steps, so that an edition hides all that one with a smaller line hides.

    Two editions of the same data could otherwise give back together what neither tells: each hides
    another sum beside a small one.
    """
    found.known.update(item.name for item in system.items)
    gone: set[Name] = set()
    before = 0
    for step in (*(step for step in _STEPS if step < least), least):
        also = _ordered(system, step)
        gone = withheld(system, step, also=also, already=gone, before=before)
        before = step
    found.gone.update(gone)


def _ordered(system: System, least: int) -> Iterator[Name]:
    """Yield sizes that a ranking gives meaning to: the highest rate is marked, so others are lower.

    Of a group of ``n`` no more than ``rate * n`` can then have been selected. Where that is fewer
    than ``least - 1``, a small number selected would be known too well: its size goes as well.
    """
    values = {item.name: item.value for item in system.items}
    best: dict[Any, float] = {}
    for name, value in values.items():
        size = values.get((*name[:3], "n")) if name[-1] == "selected" else None
        if size and name[1] != "all":
            key = (name[0], name[2])
            best[key] = max(best.get(key, 0.0), value / size)
    for name, value in values.items():
        if name[-1] == "selected" and 0 < value < least:
            size = values[(*name[:3], "n")]
            if size * best.get((name[0], name[2]), 1.0) < least - 1:
                yield (*name[:3], "n")


def _pair(record: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the one crossing that is published: that of a framework's table, or of just two."""
    for entry in record.get("compliance") or ():
        for table in entry["tables"]:
            for row in table["rows"]:
                names = row.get("attributes") or []
                if len(names) == 2 and str(table.get("kind", "")).startswith("category"):
                    return names[0], names[1]
    names = record["counts"]["attributes"]
    return (names[0], names[1]) if len(names) == 2 else None


def _system(record: Mapping[str, Any], base: tuple[str, ...]) -> System:
    """Return all that is published over the groups of some attributes."""
    tables = dict(_outcomes(record, base))
    stages = list(tables)
    groups = sorted({g for cells in tables.values() for g in cells}, key=str)
    place = {
        (stage, group, event): index
        for index, (stage, group, event) in enumerate(
            (s, g, e) for s in stages for g in groups for e in (1, 0, None)
        )
    }
    values = {key: tables[key[0]].get(key[1], {}).get(key[2], 0) for key in place}
    items: list[Item] = []
    hidden: list[Item] = []

    def add(name: Name, keys: Sequence[Any], what: Any, *, fixed: bool = False) -> None:
        atoms = frozenset(place[key] for key in keys)
        if atoms:
            unit = (what, frozenset(key[1] for key in keys))
            value = sum(values[key] for key in keys)
            items.append(Item(name, atoms, value, fixed, unit))

    def keep(name: Name, keys: Sequence[Any]) -> None:
        atoms = frozenset(place[key] for key in keys)
        if atoms:
            hidden.append(Item(name, atoms, sum(values[key] for key in keys)))

    for attributes, group, members in _published_groups(record, base, groups):
        whole = group == "all"
        add(
            (attributes, group, "people"),
            [(stages[0], g, e) for g in members for e in (1, 0, None)],
            "size",
            fixed=whole,
        )
        for stage in stages:
            add(
                (attributes, group, stage, "n"),
                [(stage, g, e) for g in members for e in (1, 0)],
                "size",
                fixed=whole,
            )
            add(
                (attributes, group, stage, "selected"),
                [(stage, g, 1) for g in members],
                stage,
                fixed=whole,
            )
            keep((attributes, group, stage, "others"), [(stage, g, 0) for g in members])
            keep((attributes, group, stage, "unknown"), [(stage, g, None) for g in members])
    equal = [
        (
            frozenset(place[stages[0], g, e] for e in (1, 0, None)),
            frozenset(place[stage, g, e] for e in (1, 0, None)),
        )
        for stage in stages[1:]
        for g in groups
    ]
    equal += _classes_add_up(stages, groups, place)
    return System(tuple(values.values()), tuple(items), tuple(hidden), tuple(equal))


def _classes_add_up(
    stages: Sequence[Any], groups: Sequence[Group], place: Mapping[Any, int]
) -> Iterator[tuple[frozenset[int], frozenset[int]]]:
    """Yield that those in the classes of a tool are, together, those who were classified."""
    classes = [stage for stage in stages if isinstance(stage, tuple) and stage[1] is not None]
    for framework in dict.fromkeys(stage[0] for stage in classes):
        same = [stage for stage in classes if stage[0] == framework]
        for g in groups:
            inside = frozenset(place[stage, g, 1] for stage in same)
            known = frozenset(place[same[0], g, e] for e in (1, 0))
            yield inside, known


def _outcomes(
    record: Mapping[str, Any], base: tuple[str, ...]
) -> Iterator[tuple[Any, dict[Group, dict[int | None, int]]]]:
    """Yield stage → group → outcome → people: of the record, then scores and classes."""
    counts = record["counts"]
    axes = [counts["attributes"].index(name) for name in base]
    stages = [name for name in STAGES if name in counts["outcomes"]]
    named: list[str | None] = [*stages] or [None]
    for stage in named:
        cells: dict[Group, dict[int | None, int]] = {}
        for cell in counts["cells"]:
            group = tuple(cell["group"][axis] for axis in axes)
            slot = cells.setdefault(group, {})
            event = None if stage is None else cell[stage]
            slot[event] = slot.get(event, 0) + cell["n"]
        yield stage, cells
    for entry in record.get("compliance") or ():
        yield from _statutory(entry, base)


def _statutory(
    entry: Mapping[str, Any], base: tuple[str, ...]
) -> Iterator[tuple[Any, dict[Group, dict[int | None, int]]]]:
    """Yield the same of scores and classes, which only the framework has counted."""
    tables: dict[Any, dict[Group, dict[int | None, int]]] = {}
    for cell in entry.get("cells") or ():
        if not set(base) <= set(cell["attributes"]):
            continue
        group = tuple(cell["group"][cell["attributes"].index(name)] for name in base)
        stage = (entry["framework"], cell.get("class"))
        slot = tables.setdefault(stage, {}).setdefault(group, {1: 0, 0: 0, None: 0})
        slot[1] += cell["selected"]
        slot[0] += cell["n"] - cell["selected"]
        slot[None] += cell["people"] - cell["n"]
    yield from tables.items()


def _published_groups(
    record: Mapping[str, Any], base: tuple[str, ...], groups: Sequence[Group]
) -> Iterator[tuple[tuple[str, ...], Any, list[Group]]]:
    """Yield (attributes, name, groups in it): everybody, each group, each category of a rule."""
    yield base, "all", list(groups)
    sets = [base] if len(base) == 1 else [base, *((name,) for name in base)]
    for attributes in sets:
        axes = [base.index(name) for name in attributes]
        seen: dict[Group, list[Group]] = {}
        for group in groups:
            seen.setdefault(tuple(group[axis] for axis in axes), []).append(group)
        for name, members in seen.items():
            yield attributes, name, members
        yield from _categories(record, attributes, seen, groups)


def _categories(
    record: Mapping[str, Any],
    attributes: tuple[str, ...],
    seen: Mapping[Group, Sequence[Group]],
    groups: Sequence[Group],
) -> Iterator[tuple[tuple[str, ...], Any, list[Group]]]:
    """Yield the categories that a rule has made of groups, and those in none of them."""
    for entry in record.get("compliance") or ():
        made: dict[Group, list[Group]] = {}
        for table in entry["tables"]:
            if table.get("kind") != "category_rates":
                continue
            for row in table["rows"]:
                if tuple(row["attributes"]) == attributes and row.get("of"):
                    members = [g for part in row["of"] for g in seen.get(tuple(part), ())]
                    made[tuple(row["group"])] = members
        for group, members in made.items():
            yield attributes, ("category", entry["framework"], group), members
        if made:
            inside = {g for members in made.values() for g in members}
            rest = [g for g in groups if g not in inside]
            yield attributes, ("category", entry["framework"], "unknown"), rest
