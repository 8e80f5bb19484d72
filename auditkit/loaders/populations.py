"""Reference populations held against the groups that are in the data."""

from __future__ import annotations

from collections.abc import Callable, Set

from auditkit.errors import SchemaError, listed, nearest, shown
from auditkit.population import Population
from auditkit.schema import Schema

__all__ = ["settled_populations"]

Groups = Callable[[str], Set[str]]


def settled_populations(schema: Schema, groups: Groups, notes: list[str]) -> Schema:
    """Keep the populations that speak of these data, and say which do not.

    A file may hold more attributes and more sources than one audit asks for. Those of attributes
    that are not protected are left out with a note; so is a source whose groups are spelled in
    another way, where another source of the same attribute fits.

    Raises
    ------
    SchemaError
        When no population speaks of a protected attribute, or those of an attribute name none of
        its groups: most likely they are spelled otherwise.
    """
    asked = [one for one in schema.population if set(one.attributes) <= set(schema.protected)]
    if schema.population and not asked:
        other = next(
            name
            for one in schema.population
            for name in one.attributes
            if name not in schema.protected
        )
        raise SchemaError(
            f"population of '{shown(other)}': not a --protected column"
            f"{nearest(other, schema.protected)}"
        )
    left = {one.name for one in schema.population if one not in asked}
    if left:
        notes.append(
            f"reference populations of {listed(sorted(left))} were left out: not --protected"
        )
    known: dict[str, Set[str]] = {}
    kept: list[Population] = []
    strange: dict[str, str] = {}
    for one in asked:
        problem = _strange(one, known, groups)
        if problem is None:
            kept.append(one)
            _note_spelling(one, known, notes)
        else:
            strange.setdefault(one.name, problem)
    named = {name for one in kept for name in one.attributes}
    for name, problem in strange.items():
        if name not in named and all(name != one.name for one in kept):
            raise SchemaError(
                f"{problem}: use the same names, in the file or by [values] in audit.toml"
            )
        notes.append(f"{problem}: left out")
    return schema.with_(population=tuple(kept))


def _strange(one: Population, known: dict[str, Set[str]], groups: Groups) -> str | None:
    """Say what is wrong with a population that names none of the groups of an attribute."""
    for place, name in enumerate(one.attributes):
        if name not in known:
            known[name] = groups(name)
        named = sorted({group[place] for group in one.groups()})
        if known[name].isdisjoint(named):
            return (
                f"population of '{shown(name)}' names {listed(named, 4)}; the data have "
                f"{listed(sorted(known[name]), 4)}"
            )
    return None


def _note_spelling(one: Population, known: dict[str, Set[str]], notes: list[str]) -> None:
    """Point out groups that one side has and the other has not: they may be the same."""
    for place, name in enumerate(one.attributes):
        named = {group[place] for group in one.groups()}
        absent, unnamed = sorted(named - known[name]), sorted(known[name] - named)
        if absent and unnamed and not one.partial:
            note = (
                f"population of '{shown(name)}' names {listed(absent, 4)}, which the data do not "
                f"have; the data have {listed(unnamed, 4)}, which it does not name. Where they "
                f"mean the same, give them one name (in the file, or under [values.{shown(name)}])"
            )
            if note not in notes:
                notes.append(note)
