"""What else the columns are: strata, ids, weights, counts, and what repeats the outcome."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from auditkit.columns import Kind
from auditkit.errors import shown
from auditkit.proposal.names import COUNTS, DECISIONS, IDS, STAGES, STRATA, WEIGHTS
from auditkit.proposal.outcome import Choice
from auditkit.proposal.table import Seen, Table

__all__ = ["Layout", "layout_of"]

_MOST_STRATA = 2
_MOST_LEVELS = 50
_ROWS_A_LEVEL = 10
_BODY = frozenset({"height", "bmi", "kg", "lbs", "waist", "birth", "loss"})


@dataclass(frozen=True)
class Layout:
    """Roles that are not people's and not the outcome's."""

    strata: tuple[Choice, ...] = ()
    ignore: tuple[Choice, ...] = ()
    weight: Choice | None = None
    count: Choice | None = None
    others: tuple[str, ...] = ()


def layout_of(table: Table, taken: Collection[str], label: str | None) -> Layout:
    """Propose roles for the columns that have none.

    Parameters
    ----------
    table : Table
        What was looked at.
    taken : collection of str
        Columns that have a role.
    label : str or None
        The outcome.
    """
    free = [column for column in table.columns.values() if column.name not in taken]
    weight, count = _weight(free), _count(free, table)
    used = {choice.value for choice in (weight, count) if choice is not None}
    free = [column for column in free if column.name not in used]
    people = table.rows
    if count is not None:  # rows that are already added up
        people = int(sum(v * n for v, n in (table.columns[count.value].numbers or {}).items()))
    strata, others = _strata(free, people)
    layers = {choice.value for choice in strata}
    ignore = [
        choice
        for column in free
        if column.name not in layers and (choice := _ignored(column, table, label)) is not None
    ]
    left_out = {choice.value for choice in ignore}
    others += [
        f"'{shown(column.name)}' is named like a decision or a score: with prediction = or score = "
        "it is audited instead of a baseline model"
        for column in free
        if column.name not in left_out and DECISIONS.match(column.words)
    ]
    others += [
        f"'{shown(column.name)}' is named like the stage of a process; with stage_column = and "
        "[[stages]] the audit says where a gap arises"
        for column in free
        if column.grouping and len(column.levels) > 2 and STAGES.match(column.words)
    ]
    return Layout(tuple(strata), tuple(ignore), weight, count, tuple(others))


def _strata(free: list[Seen], people: int) -> tuple[list[Choice], list[str]]:
    strata: list[Choice] = []
    others = []
    for column in free:
        if not column.grouping or STRATA.match(column.words) is None:
            continue
        levels = len(column.levels)
        named = f"named like a department, a site or a job; {levels} values"
        if levels > min(_MOST_LEVELS, max(2, people // _ROWS_A_LEVEL)):
            others.append(f"'{shown(column.name)}' could be a stratum, but has {levels} values")
        elif len(strata) == _MOST_STRATA:
            others.append(f"'{shown(column.name)}' could be a stratum as well")
        else:
            strata.append(Choice(column.name, named))
    return strata, others


def _weight(free: list[Seen]) -> Choice | None:
    body = any(_BODY.intersection(column.words) for column in free)
    for column in free:
        kind = WEIGHTS.match(column.words)
        joined = " ".join(column.words)
        sure = kind is not None and joined not in WEIGHTS.whole
        if kind is None or column.kind not in (Kind.NUMERIC, Kind.IDENTIFIER) or column.missing:
            continue
        if not sure and body:
            continue  # kilograms
        numbers = column.numbers
        if numbers is not None and min(numbers) < 0:
            continue
        return Choice(column.name, "named like a survey weight: rates are weighted by it")
    return None


def _count(free: list[Seen], table: Table) -> Choice | None:
    for column in free:
        numbers = column.numbers
        if COUNTS.match(column.words) != "whole" or column.missing or numbers is None:
            continue
        if min(numbers) < 0 or not all(value.is_integer() for value in numbers):
            continue
        others = [name for name in table.columns if name != column.name]
        if others and not table.frame[others].duplicated().any():
            why = "named like a count, and no two rows are alike in all else: people a row"
            return Choice(column.name, why)
    return None


def _ignored(column: Seen, table: Table, label: str | None) -> Choice | None:
    """Return a column that no model should use, with the reason."""
    if column.kind is Kind.IDENTIFIER:
        return Choice(column.name, column.why)
    if IDS.match(column.words) == "whole" or (column.words and column.words[-1] == "id"):
        return Choice(column.name, "named like an id or a contact, not a feature")
    if label is not None and _repeats(column, table, label):
        return Choice(column.name, f"each of its values goes with one value of '{shown(label)}'")
    return None


def _repeats(column: Seen, table: Table, label: str) -> bool:
    """Whether a column gives the outcome away by itself, on rows enough to say so."""
    if not 2 <= len(column.levels) <= 20 or table.looked_at < 50:
        return False
    pairs = table.frame[[column.name, label]].dropna()
    if len(pairs) < table.looked_at / 2:
        return False
    return bool((pairs.groupby(column.name)[label].nunique() == 1).all())
