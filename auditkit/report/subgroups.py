"""Crossed groups against everyone else, and against the others of each of their parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from auditkit.report.blocks import Cell, Part, RowGroup, Table
from auditkit.report.language import say
from auditkit.report.reading import (
    Entry,
    Record,
    columns,
    difference_cell,
    folded,
    found,
    group_cell,
    p_cell,
)
from auditkit.report.text import count, fraction, named, p_value, percent

__all__ = ["subgroup_parts"]

_MOST = 20


def _rate(value: float | None, under: str = "") -> Cell:
    return (
        Cell("not computable", tone="u")
        if value is None
        else Cell(percent(value), under=under, tone="n")
    )


def _parent(item: Entry) -> str:
    value = item.get("value")
    if value is None:
        return say("{group}: nobody else", group=named([item.get("group")]))
    p = item.get("p_adjusted")
    said = say("not judged") if p is None else say("p {p}", p=p_value(p))
    behind = fraction(item.get("events"), item.get("n"))
    return f"{named([item.get('group')])} {percent(value)} ({behind}; {said})"


def _cells(row: Entry) -> tuple[Cell, ...]:
    parents = "; ".join(_parent(item) for item in row.get("parents") or ())
    under = fraction(row.get("events"), row.get("n"))
    return (
        group_cell(row),
        _rate(row.get("value"), under if "events" in row else say("of {n}", n=count(row.get("n")))),
        _rate(row.get("rest")),
        difference_cell({**row, "value": row.get("difference")}),
        p_cell(row.get("p_adjusted"), "not judged"),
        Cell(parents or "not compared"),
    )


def _order(row: Entry) -> tuple[Any, ...]:
    p = row.get("p_adjusted")
    return (p is None, 1.0 if p is None else p, -abs(row.get("difference") or 0.0))


def subgroup_parts(record: Record, stage: str) -> list[Part]:
    """Return the part on crossed groups of a stage: the clearest differences first."""
    rows: Sequence[Entry] = sorted(found(record.get("subgroups") or (), stage=stage), key=_order)
    if not rows:
        return []
    shown = rows[:_MOST]
    heads = columns(
        "Crossed group", "#Rate", "#Everyone else", "#Difference, points", "#p, corrected",
        "The others of each part",
    )  # fmt: skip
    notes: tuple[str, ...] = ("“Not judged”: too few people for the policy.",)
    if len(rows) > len(shown):
        more = say(
            "The {most} clearest of {n} crossed groups; audit.json has them all.",
            most=_MOST,
            n=len(rows),
        )
        notes = (more, *notes)
    caption = "Crossed groups against everyone else"
    group = RowGroup(tuple(map(_cells, shown)))
    table = Table(f"{stage}-subgroups-table", caption, heads, (group,), notes)
    lead = (
        "A crossed group can fare worse than either of its parts. It is set against everyone else "
        "and against the others of each part; one that differs from all of them is not explained "
        "by one attribute alone."
    )
    return [Part(f"{stage}-subgroups", (), (folded(table),), lead, prefix="Crossed groups")]
