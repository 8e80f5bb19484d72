"""Which column is the outcome, which value is the event, and whether it is a harm."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from auditkit.columns import Kind
from auditkit.errors import shown
from auditkit.proposal.meanings import favourable, is_yes_no
from auditkit.proposal.names import HARMS, LABELS
from auditkit.proposal.table import Seen, Table

__all__ = ["Choice", "Outcome", "outcome_of"]

_MOST_VALUES = 8
_ENOUGH = 2.5


@dataclass(frozen=True)
class Choice:
    """A column or a value, and why it is proposed."""

    value: str
    why: str


@dataclass(frozen=True)
class Outcome:
    """The label; `positive` is None where no value stands out."""

    label: Choice
    positive: Choice | None
    unfavorable: Choice | None


def outcome_of(
    table: Table,
    taken: Collection[str],
    *,
    label: str | None = None,
    positive: str | None = None,
    unfavorable: bool = False,
) -> Outcome | None:
    """Propose the outcome; None where no column looks like one.

    Parameters
    ----------
    table : Table
        What was looked at.
    taken : collection of str
        Columns that have another role.
    label, positive, unfavorable
        What was named; it wins.
    """
    if label is None:
        last = list(table.columns)[-1]
        ranked = [
            (score, place, column)
            for place, column in enumerate(table.columns.values())
            if column.name not in taken and (score := _score(column, column.name == last)) > 0
        ]
        best = max(ranked, key=lambda item: (item[0], item[1]), default=None)
        if best is None or best[0] < _ENOUGH:
            return None
        column = best[2]
        why = f"named like an outcome; holds {column.held()}"
    else:
        column = table.column(label, "label")
        why = f"named by you; holds {column.held()}"
    event = favourable(list(column.levels)) if positive is None else (positive, "named by you")
    return Outcome(
        Choice(column.name, why),
        None if event is None else Choice(*event),
        _harm(column, None if event is None else event[0], unfavorable, positive is not None),
    )


def _score(column: Seen, last: bool) -> float:
    """Rate how much a column looks like an outcome: by its name, its values and its place."""
    two = len(column.levels) == 2
    kinds = (Kind.BOOLEAN, Kind.CATEGORICAL, *([Kind.NUMERIC] if two else []))
    if column.kind not in kinds or not 2 <= len(column.levels) <= _MOST_VALUES:
        return 0.0
    good, harm = LABELS.match(column.words), HARMS.match(column.words)
    if good is None and harm is None:
        return 0.0
    name = max({"whole": 4.0, "inside": 3.0}.get(kind or "", 0.0) for kind in (good, harm))
    if " ".join(column.words) in LABELS.whole:  # class, status: the outcome only if all else fits
        name = 1.5
    if "inside" in (good, harm) and len(column.words) > 1:
        name = 2.5
    likely = favourable(list(column.levels)) is not None
    return name + two + likely + last + (0.5 if good else 0.0)


def _harm(column: Seen, event: str | None, asked: bool, named: bool) -> Choice | None:
    """Say whether the event is a harm."""
    if asked:
        return Choice("true", "named by you")
    if HARMS.match(column.words) is None or event is None:
        return None
    if not is_yes_no(list(column.levels)) and not named:
        return None  # the favourable value is the event
    why = f"'{shown(column.name, 40)}' names a harm: more of it is worse"
    return Choice("true", why)
