"""Who is in the data: shares by attribute and crossing, against the expected share if known."""

from __future__ import annotations

from collections.abc import Sequence

from auditkit.report.blocks import Block, Cell, Fold, Mark, Note, Part, Row, RowGroup, Section, Series, Table
from auditkit.report.drawing import share_scale
from auditkit.report.rates import chart_of, shortened
from auditkit.report.reading import (
    Entry,
    Record,
    attribute_sets,
    columns,
    group_cell,
    methods,
    ratio_cell,
    undefined,
)
from auditkit.report.text import count, interval, labels, named, p_value, percent, visible

__all__ = ["people_section"]

_FOLD_ROWS = 14
_SHARE = Series("share", "Share of the data, with its interval", "circle", "blue")
_EXPECTED = Series("expected", "Expected share", "hollow", "orange")


def _row(entry: Entry) -> Row:
    who, share, expected = labels(entry["group"]), entry.get("share"), entry.get("expected_share")
    if share is None:
        return Row(who, "not computable")
    behind = f"{count(entry.get('count'))} people"
    text = f"{named(entry['group'])}\n{percent(share)} ({behind})"
    marks = [Mark(share, entry.get("share_low"), entry.get("share_high"), _SHARE.name, text)]
    under = behind
    if expected is not None:
        under = f"{behind}; expected {percent(expected)}"
        hover = f"{named(entry['group'])}\nExpected {percent(expected)}"
        marks.append(Mark(expected, None, None, _EXPECTED.name, hover))
    return Row(who, percent(share), under, tuple(marks))


def _see(rows: Sequence[Entry]) -> str:
    known = [row for row in rows if row.get("share") is not None]
    if not known:
        return "No share could be computed."
    low = min(known, key=lambda row: float(row["share"]))
    high = max(known, key=lambda row: float(row["share"]))
    text = (
        f"Largest: {named(high['group'])} {percent(high['share'])} ({count(high.get('count'))}). "
        f"Smallest: {named(low['group'])} {percent(low['share'])} ({count(low.get('count'))})."
    )
    held = [row for row in known if row.get("ratio") is not None]
    if held:
        least = min(held, key=lambda row: float(row["ratio"]))
        text += (
            f" Furthest below what was expected: {named(least['group'])}, {percent(least['share'])} "
            f"against {percent(least['expected_share'])}."
        )
    return text


def _cells(row: Entry, expected: bool) -> tuple[Cell, ...]:
    share = row.get("share")
    span = interval(row.get("share_low"), row.get("share_high"), percent)
    cells = [
        group_cell(row),
        Cell(count(row.get("count")), tone="n"),
        undefined(row.get("reason"))
        if share is None
        else Cell(percent(share), under=span, tone="n"),
    ]
    if not expected:
        return tuple(cells)
    if row.get("expected_share") is None:
        blank = Cell("no expected share", tone="u")
        return (*cells, blank, *[Cell("–", tone="u")] * 3)
    missing = row.get("missing_people")
    return (
        *cells,
        Cell(percent(row["expected_share"]), tone="n"),
        ratio_cell({"value": row.get("ratio"), "reason": row.get("reason")}),
        Cell("not computed", tone="u")
        if missing is None
        else Cell(count(missing), tone="n"),
        Cell(p_value(row.get("p_value")), tone="n"),
    )


def _notes(rows: Sequence[Entry], expected: bool) -> tuple[str, ...]:
    notes = methods(rows)
    if not expected:
        return notes
    sources = sorted({visible(row["expected_source"], 300) for row in rows if row.get("expected_source")})
    told = (f"Expected shares from: {'; '.join(sources)}.",) if sources else ()
    gap = (
        "People missing: how many more people of the group the data would hold at the expected "
        "share, with the same total."
    )
    return (*told, gap, *notes)


def _part(attributes: tuple[str, ...], rows: Sequence[Entry], number: int) -> Part:
    about = named(attributes)
    expected = any(row.get("expected_share") is not None for row in rows)
    heads = ["Group", "#People", "#Share"]
    if expected:
        heads += ["#Expected", "#Ratio to expected", "#People missing", "#p"]
    table = Table(
        f"people-{number}-table",
        f"Who is in the data, by {about}",
        columns(*heads),
        (RowGroup(tuple(_cells(row, expected) for row in rows)),),
        _notes(rows, expected),
    )
    drawn, note = shortened([_row(row) for row in rows])
    chart = chart_of(
        id=f"people-{number}-chart",
        title=f"Share of the people, by {about}",
        see=_see(rows),
        table=table.id,
        rows=drawn,
        scale=share_scale([mark for row in drawn for mark in row.marks], "Share of the people"),
        series=(_SHARE, _EXPECTED),
        note=note,
    )
    folded = Fold(f"Table: {table.caption} ({table.size} rows)", (table,))
    blocks: tuple[Block, ...] = (chart, folded if table.size > _FOLD_ROWS else table)
    return Part(f"people-{number}", labels(attributes), blocks)


def people_section(record: Record) -> Section:
    """Return the section on who is in the data."""
    rows = record["representation"]
    lead = (
        "How many people of each group the data hold. A group that is nearly absent can hardly be "
        "learned about, by a model or by this report."
    )
    if not rows:
        return Section("people", "Who is in the data", "", (Note("Not asked for."),))
    sets = attribute_sets(rows)
    parts = [_part(attributes, found, i) for i, (attributes, found) in enumerate(sets.items(), 1)]
    if not any(row.get("expected_share") is not None for row in rows):
        note = Note(
            "No reference population was given, so the shares are not held against an expected "
            "one. Give one with --population."
        )
        return Section("people", "Who is in the data", lead, (note, *parts))
    return Section("people", "Who is in the data", lead, tuple(parts))
