"""What else the data show: missing values, proxies, leakage, strata and the columns."""

from __future__ import annotations

from collections.abc import Sequence

from auditkit.report.blocks import Block, Cell, Chart, Fold, Line, Mark, Note, Part, Row, RowGroup, Series, Table
from auditkit.report.drawing import share_scale
from auditkit.report.rates import chart_of, shortened
from auditkit.report.reading import Entry, Record, attribute_sets, by, column_cell, columns, group_cell, undefined
from auditkit.report.text import (
    count,
    fraction,
    interval,
    labels,
    named,
    number,
    p_value,
    percent,
    points,
    
    visible,
)

__all__ = ["profile_parts"]

_FOLD_ROWS = 14
_STRENGTH = Series("strength", "Strength, with its interval", "circle", "blue")
_POOLED = Series("pooled", "All strata thrown together", "hollow", "orange")
_ADJUSTED = Series("adjusted", "Like compared with like, with its interval", "circle", "blue")


def _folded(table: Table) -> Block:
    if table.size <= _FOLD_ROWS:
        return table
    return Fold(f"Table: {table.caption} ({table.size} rows)", (table,))


def _part(id: str, title: str, lead: str, blocks: Sequence[Block]) -> Part:
    return Part(f"data-{id}", labels([title]), tuple(blocks), lead)


def _number(value: float | None, show: object = number) -> Cell:
    if value is None:
        return Cell("not computable", tone="u")
    text = show(value) if callable(show) else str(value)
    return Cell(text, tone="n")


def _missing(rows: Sequence[Entry]) -> Part:
    lead = (
        "Cells that are empty, group by group. When one group's answers are missing more often, "
        "rates and models rest on less, and on other people, in that group."
    )
    groups = []
    for (column, *_), entries in by(rows, lambda row: (row["column"], *row["attributes"])).items():
        about = named(entries[0]["attributes"])
        cells = tuple(
            (
                group_cell(row),
                Cell(fraction(row.get("missing"), row.get("rows")), tone="n"),
                undefined(row.get("reason"))
                if row.get("share") is None
                else Cell(percent(row["share"]), tone="n"),
            )
            for row in entries
        )
        groups.append(RowGroup(cells, Cell(f" by {about}", labels=labels([column]))))
    heads = columns("Group", "#Missing", "#Share")
    table = Table("data-missing-table", "Missing values by group", heads, tuple(groups))
    return _part("missing", "Missing values", lead, [_folded(table)])


def _strength_chart(id: str, title: str, rows: Sequence[Row], see: str, table: str) -> Chart:
    drawn, note = shortened(rows)
    scale = share_scale([mark for row in drawn for mark in row.marks], "Strength, 0 to 1")
    return chart_of(
        id=id, title=title, see=see, table=table, rows=drawn, scale=scale, series=(_STRENGTH,), note=note
    )


def _proxy_row(row: Entry) -> Row:
    strength = row.get("strength")
    if strength is None:
        return Row(labels([row["feature"]]), "not computable")
    text = f"{named([row['feature']])} → {named([row['attribute']])}\nStrength {strength:.3f}"
    mark = Mark(strength, row.get("low"), row.get("high"), _STRENGTH.name, text)
    return Row(labels([row["feature"]]), f"{strength:.3f}", visible(row.get("measure") or "", 40), (mark,))


def _proxies(rows: Sequence[Entry]) -> Part:
    lead = (
        "Columns from which a protected attribute can be guessed. Leaving the attribute out of a "
        "model does not help while these stay in. 0 is no connection, 1 a perfect one."
    )
    groups, drawn = [], []
    for attribute, entries in by(rows, lambda row: row["attribute"]).items():
        ranked = sorted(entries, key=lambda row: -(row.get("strength") or 0.0))
        cells = tuple(
            (
                column_cell(row["feature"]),
                _number(row.get("strength"), lambda value: f"{value:.3f}"),
                Cell(interval(row.get("low"), row.get("high"), lambda v: f"{v:.3f}"), tone="n"),
                Cell(visible(row.get("measure") or "not recorded", 120)),
            )
            for row in ranked
        )
        groups.append(RowGroup(cells, Cell(labels=labels([attribute]))))
        drawn += [Row(labels([attribute]), heading=True), *map(_proxy_row, ranked[:8])]
    heads = columns("Column", "#Strength", "#Interval", "Measure")
    table = Table("data-proxies-table", "Columns that tell a protected attribute", heads, tuple(groups))
    top = max(rows, key=lambda row: row.get("strength") or 0.0)
    see = (
        f"Strongest: {named([top['feature']])} tells {named([top['attribute']])} "
        f"({top.get('strength') or 0:.3f}). The eight strongest of each attribute are drawn."
    )
    chart = _strength_chart("data-proxies-chart", "Columns that tell a protected attribute", drawn, see, table.id)
    return _part("proxies", "Proxies", lead, [chart, _folded(table)])


def _leakage(rows: Sequence[Entry]) -> Part:
    lead = (
        "Columns that all but repeat the label. They are often written down after the outcome, and "
        "a model that sees them looks better than it will ever be."
    )
    cells = tuple(
        (
            column_cell(row["feature"]),
            _number(row.get("strength"), lambda value: f"{value:.3f}"),
            Cell(visible(row.get("measure") or "not recorded", 120)),
            Cell(visible(row.get("why") or "", 400)),
        )
        for row in rows
    )
    heads = columns("Column", "#Strength", "Measure", "Why it is named")
    table = Table("data-leakage-table", "Columns that repeat the label", heads, (RowGroup(cells),))
    return _part("leakage", "Leakage", lead, [_folded(table)])


def _stratum_row(row: Entry) -> Row:
    marks = []
    who = f"{named(row['group'])} in strata of {named([row['stratum']])}"
    if row.get("pooled") is not None:
        marks.append(
            Mark(row["pooled"], None, None, _POOLED.name, f"{who}\nPooled {points(row['pooled'])}")
        )
    if row.get("adjusted") is not None:
        text = f"{who}\nAdjusted {points(row['adjusted'])}"
        marks.append(Mark(row["adjusted"], row.get("low"), row.get("high"), _ADJUSTED.name, text))
    return Row(labels(row["group"]), "", "", tuple(marks))


def _strata(rows: Sequence[Entry]) -> Part:
    lead = (
        "The same gap twice: with everyone thrown together, and comparing people only within their "
        "stratum. When the two differ, the strata explain part of the gap, or hide one."
    )
    groups = []
    for (attribute, stratum), entries in by(rows, lambda row: (row["attribute"], row["stratum"])).items():
        cells = tuple(
            (
                group_cell(row),
                group_cell(row, "reference"),
                _number(row.get("pooled"), points),
                undefined(row.get("reason"))
                if row.get("adjusted") is None
                else Cell(
                    points(row["adjusted"]),
                    under=interval(row.get("low"), row.get("high"), points),
                    tone="n",
                ),
                Cell(p_value(row.get("p_value")), tone="n"),
                Cell(p_value(row.get("homogeneity_p")), tone="n"),
            )
            for row in entries
        )
        groups.append(RowGroup(cells, Cell(f" within {named([stratum])}", labels=labels([attribute]))))
    heads = columns(
        "Group", "Compared with", "#Pooled, points", "#Within strata, points", "#p within", "#p strata alike"
    )
    notes = (
        "A small p in the last column says that the strata differ among themselves, so that one "
        "number for all of them hides something.",
    )
    table = Table("data-strata-table", "Gaps within strata", heads, tuple(groups), notes)
    return _part("strata", "Within strata", lead, [_folded(table)])


def _columns(rows: Sequence[Entry]) -> Part:
    cells = tuple(
        (
            column_cell(row["name"]),
            Cell(visible(row.get("role") or "", 40)),
            Cell(visible(row.get("kind") or "", 40)),
            Cell(count(row.get("missing")), tone="n"),
            Cell(count(row.get("distinct")), tone="n"),
            Cell(visible(row.get("why") or "", 400)),
        )
        for row in rows
    )
    heads = columns("Column", "Role", "Kind", "#Missing", "#Distinct", "Remark")
    table = Table("data-columns-table", "The columns and what they are used for", heads, (RowGroup(cells),))
    return _part("columns", "Columns", "", [_folded(table)])


def profile_parts(record: Record) -> list[Block]:
    """Return the parts on what else the data show; what was not asked for says so in a line."""
    profile = record.get("profile") or {}
    makers = (
        ("missing", _missing, "Missing values by group"),
        ("proxies", _proxies, "Proxies"),
        ("leakage", _leakage, "Leakage"),
        ("strata", _strata, "Gaps within strata"),
        ("columns", _columns, "Columns"),
    )
    parts: list[Block] = []
    absent = []
    for key, make, title in makers:
        rows = profile.get(key)
        if rows:
            parts.append(make(rows))
        else:
            absent.append(title)
    if absent:
        parts.append(Note(f"Nothing to show, or not asked for: {', '.join(absent)}."))
    return parts
