"""Who is in the data: shares by attribute and crossing, against the expected share if known."""

from __future__ import annotations

from collections.abc import Sequence

from auditkit.report.blocks import (
    Block,
    Cell,
    Mark,
    Note,
    Part,
    Row,
    RowGroup,
    Section,
    Series,
    Table,
)
from auditkit.report.charts import chart_of
from auditkit.report.language import say
from auditkit.report.rates import chosen
from auditkit.report.reading import (
    Entry,
    Record,
    attribute_sets,
    columns,
    folded,
    group_cell,
    methods,
    p_cell,
    ratio_cell,
    undefined,
)
from auditkit.report.references import even_text, missing_chart, origin, references_table
from auditkit.report.scales import share_scale
from auditkit.report.text import count, interval, labels, named, percent, points, recorded, visible

__all__ = ["people_section"]

_SHARE = Series("share", "Share of the data, with its interval", "circle", "blue")
_EXPECTED = Series("expected", "Expected share", "hollow", "orange")
_TITLE = "Who is in the data"
_CAN_SHOW = (
    "Gap it can show: the smallest gap to the reference group's rate, in the unfavourable "
    "direction, that would be found 4 times in 5, in one comparison by itself. Needed for four "
    "fifths: how many people the group must have for a ratio of four fifths to be found that "
    "often, in data with the same mix."
)


def _row(entry: Entry) -> Row:
    who, share, expected = labels(entry["group"]), entry.get("share"), entry.get("expected_share")
    if share is None:
        return Row(who, "not computable")
    people = count(entry.get("count"))
    hover = say(
        "{group}\n{share} ({people} people)",
        group=named(entry["group"]),
        share=percent(share),
        people=people,
    )
    marks = [Mark(share, entry.get("share_low"), entry.get("share_high"), _SHARE.name, hover)]
    if expected is None:
        return Row(who, percent(share), say("{people} people", people=people), tuple(marks))
    hover = say(
        "{group}\nExpected {expected}", group=named(entry["group"]), expected=percent(expected)
    )
    marks.append(Mark(expected, None, None, _EXPECTED.name, hover))
    return Row(
        who,
        percent(share),
        say("{people}, expected {expected}", people=people, expected=percent(expected)),
        tuple(marks),
    )


def _see(rows: Sequence[Entry]) -> str:
    known = [row for row in rows if row.get("share") is not None]
    if not known:
        return "No share could be computed."
    low = min(known, key=lambda row: float(row["share"]))
    high = max(known, key=lambda row: float(row["share"]))
    text = say(
        "Largest: {high_group} {high_share} ({high_count}). Smallest: {low_group} {low_share} "
        "({low_count}).",
        high_group=named(high["group"]),
        high_share=percent(high["share"]),
        high_count=count(high.get("count")),
        low_group=named(low["group"]),
        low_share=percent(low["share"]),
        low_count=count(low.get("count")),
    )
    held = [row for row in known if row.get("ratio") is not None]
    if held:
        least = min(held, key=lambda row: float(row["ratio"]))
        share, expected = percent(least["share"]), percent(least["expected_share"])
        text += say(
            " Furthest below what was expected: {group}, {share} against {expected}.",
            group=named(least["group"]),
            share=share,
            expected=expected,
        )
    return text


def _cells(row: Entry, expected: bool) -> tuple[Cell, ...]:
    share = row.get("share")
    span = interval(row.get("share_low"), row.get("share_high"), percent)
    shown = (
        undefined(row.get("reason"))
        if share is None
        else Cell(percent(share), under=span, tone="n")
    )
    cells = (group_cell(row), Cell(count(row.get("count")), tone="n"), shown)
    if not expected:
        return cells
    if row.get("expected_share") is None:
        why = recorded(row.get("reason") or "not in the reference", 200)
        return (*cells, Cell("no expected share", under=why, tone="u"), *[Cell("–", tone="u")] * 3)
    return (
        *cells,
        Cell(percent(row["expected_share"]), tone="n"),
        ratio_cell({"value": row.get("ratio"), "reason": row.get("reason")}),
        _missing(row.get("missing_people")),
        p_cell(row.get("p_value")),
    )


def _can_show(row: Entry) -> tuple[Cell, ...]:
    """Return the smallest gap that a group can show, and how many people four fifths need."""
    why = recorded(row.get("detectable_reason") or "", 200)
    gap, needed = row.get("detectable_difference"), row.get("n_needed_four_fifths")
    if gap is None and "compared with" in why:
        return (Cell("the reference", tone="u"), Cell("–", tone="u"))
    return (
        Cell("not computable", under=why, tone="u")
        if gap is None
        else Cell(points(gap).removeprefix("+"), tone="n"),
        Cell("not computable", tone="u") if needed is None else Cell(count(needed), tone="n"),
    )


def _missing(people: float | None) -> Cell:
    if people is None:
        return Cell("not computed", tone="u")
    return Cell(count(round(people)), tone="n")


def _notes(rows: Sequence[Entry], expected: bool) -> tuple[str, ...]:
    shown = (_CAN_SHOW,) if _shows(rows) else ()
    if not expected:
        return (*shown, *methods(rows))
    sources = sorted(
        {visible(row["expected_source"], 300) for row in rows if row.get("expected_source")}
    )
    told = (say("Expected shares from: {sources}.", sources="; ".join(sources)),) if sources else ()
    gap = (
        "People missing: how many more people of the group there would be at the expected share; "
        "below zero, how many fewer. Ratio, people missing and p are among the people whose group "
        "the reference names."
    )
    return (*told, gap, *shown, *methods(rows))


def _shows(rows: Sequence[Entry]) -> bool:
    """Whether anything is said of what the groups can show."""
    return any(row.get("detectable_difference") is not None for row in rows)


def _part(
    attributes: tuple[str, ...],
    rows: Sequence[Entry],
    number: int,
    compared: Sequence[Entry],
    even: Entry | None,
) -> Part:
    about = named(attributes)
    expected = any(row.get("expected_share") is not None for row in rows)
    heads = ["Group", "#People", "#Share"]
    if expected:
        heads += ["#Expected", "#Ratio to expected", "#People missing", "#p"]
    shows = _shows(rows)
    if shows:
        heads += ["#Gap it can show, points", "#Needed for four fifths"]
    table = Table(
        f"people-{number}-table",
        say("{title}, by {about}", title=say(_TITLE), about=about),
        columns(*heads),
        (
            RowGroup(
                tuple((*_cells(row, expected), *(_can_show(row) if shows else ())) for row in rows)
            ),
        ),
        _notes(rows, expected),
    )
    kept, note = chosen(rows, lambda row: float(row.get("count") or 0), "the largest")
    drawn = [_row(row) for row in kept]
    chart = chart_of(
        key=f"people-{number}-chart",
        title=say("Share of the people, by {about}", about=about),
        see=_see(rows),
        table=table.id,
        rows=drawn,
        scale=share_scale([mark for row in drawn for mark in row.marks], "Share of the people"),
        series=(_SHARE, _EXPECTED),
        note=note,
    )
    blocks: list[Block] = [chart]
    if expected:
        blocks.append(missing_chart(f"people-{number}", about, rows, table.id))
    blocks.append(folded(table))
    if len({origin(row) for row in compared}) > 1:
        blocks.append(folded(references_table(f"people-{number}", about, compared)))
    if not expected and even is not None and even.get("evenness") is not None:
        blocks.append(Note(even_text(even)))
    return Part(f"people-{number}", labels(attributes), tuple(blocks), prefix="By")


def people_section(record: Record) -> Section:
    """Return the section on who is in the data."""
    rows = record["representation"]
    if not rows:
        return Section("people", _TITLE, "", (Note("Not asked for."),))
    lead = (
        "How many people of each group the data hold. A group that is nearly absent can hardly be "
        "learned about, by a model or by this report."
    )
    sets = attribute_sets(rows)
    profile = record.get("profile") or {}
    compared = attribute_sets(profile.get("population") or [])
    even = {tuple(row["attributes"]): row for row in profile.get("evenness") or []}
    parts = [
        _part(attributes, entries, i, compared.get(attributes, []), even.get(attributes))
        for i, (attributes, entries) in enumerate(sets.items(), 1)
    ]
    if any(row.get("expected_share") is not None for row in rows):
        return Section("people", _TITLE, lead, tuple(parts))
    note = Note(
        "No reference population was given, so the shares are not held against an expected one. "
        "Give one with --population."
    )
    return Section("people", _TITLE, lead, (note, *parts))
