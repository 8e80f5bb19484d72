"""Checklists of a framework, and how what a person has to fill in is printed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from auditkit.report.blocks import Cell, RowGroup, Table
from auditkit.report.reading import Entry, columns
from auditkit.report.text import recorded, visible

__all__ = ["Teller", "blank", "checklist"]

Teller = Callable[[object, int], str]
"""How a text of a pack is printed, with the most letters of it: as English, or as may be."""


def blank(text: str) -> Cell:
    """Return the cell of something that a person has to fill in."""
    return Cell(text, tone="blank")


def checklist(
    key: str, title: str, rows: Sequence[Entry], notes: tuple[str, ...], told: Teller
) -> Table:
    """Return a checklist: what is asked for, what was found, and what people have to say."""
    cells = tuple(
        (
            Cell(told(row["item"], 120)),
            Cell(told(row["requirement"], 400)),
            Cell(recorded(row["state"], 40), tone=f"state {row['state'].replace(' ', '-')}"),
            Cell(recorded(row.get("found") or "nothing in the data", 1200)),
            _manual(row, told),
        )
        for row in rows
    )
    heads = columns("Item", "What it asks for", "State", "What auditkit can say", "What people say")
    return Table(f"{key}-table", title, heads, (RowGroup(cells),), notes, look="checklist")


def _manual(row: Entry, told: Teller) -> Cell:
    if row.get("blank"):
        return (
            Cell(
                visible(row.get("manual") or "", 600),
                under=told(row["blank"], 300),
                tone="blank",
            )
            if row.get("manual")
            else blank(told(row["blank"], 300))
        )
    manual = row.get("manual")
    return Cell(visible(manual, 1200) if manual else recorded("no part of it"))
