"""What else the columns show: missing values, proxies, leakage, spellings, the columns."""

from __future__ import annotations

from collections.abc import Sequence

from auditkit.report.blocks import (
    Bar,
    Block,
    Cell,
    Chart,
    Mark,
    Note,
    Part,
    Row,
    RowGroup,
    Series,
    Table,
)
from auditkit.report.charts import chart_of
from auditkit.report.language import say
from auditkit.report.quality import joint_part, quality_parts
from auditkit.report.reading import (
    Entry,
    Record,
    by,
    column_cell,
    columns,
    difference_cell,
    folded,
    group_cell,
    methods,
    p_cell,
    rate_cell,
    undefined,
)
from auditkit.report.scales import share_scale
from auditkit.report.split import scan_part, split_part
from auditkit.report.strata import strata_part
from auditkit.report.text import (
    count,
    fraction,
    interval,
    label,
    labels,
    named,
    percent,
    recorded,
    several,
    visible,
)
from auditkit.report.unknown import distances_part, selective_part
from auditkit.report.words import MEASURES

__all__ = ["profile_parts"]

_SERIES = (
    Series("with", "Goes with the outcome", "triangle", "flag"),
    Series("unknown", "Not known whether it goes with the outcome", "hollow", "blue"),
    Series("harmless", "Harmless for this outcome", "square", "soft"),
)
_WITH: dict[object, str] = {True: "with", False: "harmless"}
_PARTLY = "The strongest of each attribute are drawn; the table has them all."
_DRAWN, _WORTH_DRAWING = 6, 0.05


def _part(key: str, title: str, lead: str, *blocks: Block) -> Part:
    return Part(f"data-{key}", (), blocks, lead, prefix=title)


def _strength(value: float) -> str:
    return f"{value:.3f}"


def _strength_cell(row: Entry) -> Cell:
    value = row.get("strength")
    return undefined(row.get("reason")) if value is None else Cell(_strength(value), tone="n")


def _measure(row: Entry) -> str:
    name = str(row.get("measure") or "not recorded")
    return MEASURES.get(name, visible(name, 120))


def _missing(rows: Sequence[Entry]) -> Part:
    lead = (
        "Empty cells, group by group. Where one group's answers are missing more often, rates and "
        "models rest on less, and on other people, in that group."
    )
    groups, full = [], []
    for column, of_column in by(rows, lambda row: row["column"]).items():
        if not any(row.get("missing") for row in of_column):
            full.append(named([column]))
            continue
        for attributes, entries in by(of_column, lambda row: tuple(row["attributes"])).items():
            cells = tuple(
                (
                    group_cell(row),
                    Cell(fraction(row.get("missing"), row.get("rows")), tone="n"),
                    rate_cell(row.get("share"), row.get("reason")),
                )
                for row in entries
            )
            head = Cell(
                say(" by {attributes}", attributes=named(attributes)), labels=labels([column])
            )
            groups.append(RowGroup(cells, head))
    whole = Note(say("No cell is empty in: {full}.", full=several(full))) if full else None
    if not groups:
        return _part("missing", "Missing values", lead, whole or Note("Nothing was counted."))
    heads = columns("Group", "#Empty cells", "#Share")
    table = Table("data-missing-table", "Missing values by group", heads, tuple(groups))
    drawn = _missing_chart(rows)
    blocks = [*([drawn] if drawn else []), folded(table), *([whole] if whole else [])]
    return _part("missing", "Missing values", lead, *blocks)


def _missing_chart(rows: Sequence[Entry]) -> Chart | None:
    """Return bars of the share of empty cells, for the columns where groups differ most."""
    apart: list[tuple[float, str, list[Entry]]] = []
    for column, of_column in by(rows, lambda row: row["column"]).items():
        for same in by(of_column, lambda row: tuple(row["attributes"])).values():
            known = [row for row in same if row.get("share") is not None and row.get("rows")]
            shares = [float(row["share"]) for row in known]
            if len(shares) > 1 and max(shares) > 0:
                apart.append((max(shares) - min(shares), column, known))
    apart.sort(key=lambda item: -item[0])
    drawn: list[Row] = []
    for _, column, known in apart[:_DRAWN]:
        title = say(
            "{column} by {attributes}",
            column=named([column]),
            attributes=named(known[0]["attributes"]),
        )
        drawn.append(Row((label(title),), heading=True))
        for row in known[: 2 * _DRAWN]:
            told = say(
                "{group}\n{missing} empty",
                group=named(row["group"]),
                missing=fraction(row.get("missing"), row.get("rows")),
            )
            bar = Bar(float(row["share"]), "empty", told)
            under = fraction(row.get("missing"), row.get("rows"))
            drawn.append(Row(labels(row["group"]), percent(row["share"]), under, bars=(bar,)))
    if not drawn:
        return None
    _, column, known = apart[0]
    most = max(known, key=lambda row: float(row["share"]))
    return chart_of(
        key="data-missing-chart",
        title="Empty cells by group",
        see=say(
            "Groups differ most in {column}: of {group}, {share} are empty.",
            column=named([column]),
            group=named(most["group"]),
            share=percent(most["share"]),
        ),
        table="data-missing-table",
        rows=drawn,
        scale=share_scale(
            [bar for row in drawn for bar in row.bars], "Share of cells that are empty"
        ),
        series=(Series("empty", "Empty cells", "hatch", "orange"),),
        note="The columns where groups differ most are drawn; the table has them all.",
    )


def _missing_outcome(rows: Sequence[Entry]) -> Part:
    lead = (
        "The outcome of people whose value is missing, beside that of the others. When the two "
        "differ, values are not missing by pure chance."
    )
    cells = tuple(
        (
            column_cell(row["column"]),
            _rate(row, "missing"),
            _rate(row, "known"),
            difference_cell({**row, "value": row.get("difference")}),
            p_cell(row.get("p_value")),
            p_cell(row.get("p_adjusted"), "not judged"),
        )
        for row in rows
    )
    heads = columns(
        "Column", "#Where it is missing", "#Where it is known", "#Difference, points", "#p",
        "#p, corrected",
    )  # fmt: skip
    caption = "Positive outcomes, by whether a value is missing"
    table = Table("data-outcome-table", caption, heads, (RowGroup(cells),), methods(rows))
    return _part("outcome", "Missing values and the outcome", lead, folded(table))


def _rate(row: Entry, which: str) -> Cell:
    value = row.get(f"{which}_rate")
    if value is None:
        return undefined(row.get("reason"))
    weighted = "effective" in str(row.get("method") or "")
    under = fraction(row.get(f"{which}_events"), row.get(f"{which}_n"), weighted)
    return Cell(percent(value), under=under, tone="n")


def _proxy_row(row: Entry) -> Row:
    strength = row.get("strength")
    who = labels([row["feature"]])
    if strength is None:
        return Row(who, "not computable")
    span = interval(row.get("low"), row.get("high"), _strength)
    hover = say(
        "{feature} tells {attribute}\n{strength}",
        feature=named([row["feature"]]),
        attribute=named([row["attribute"]]),
        strength=_strength(strength),
    )
    mark = Mark(strength, row.get("low"), row.get("high"), _with(row), hover)
    return Row(who, _strength(strength), span, (mark,))


def _with(row: Entry) -> str:
    return _WITH.get(row.get("with_outcome"), "unknown")


def _outcome_cell(row: Entry) -> Cell:
    """Say whether a proxy goes with the outcome, with the strength of that link."""
    strength = row.get("outcome_strength")
    if strength is None:
        return Cell("not measured", tone="u")
    words = {"with": "yes", "harmless": "no"}.get(_with(row), "cannot be told")
    given = row.get("given_group")
    below = "" if given is None else say("given the group {given}", given=_strength(given))
    return Cell(words, under=say("strength {strength}", strength=_strength(strength)), below=below)


def _proxy_cells(row: Entry) -> tuple[Cell, ...]:
    return (
        column_cell(row["feature"]),
        _strength_cell(row),
        Cell(interval(row.get("low"), row.get("high"), _strength), tone="n"),
        p_cell(row.get("p_adjusted"), "not judged"),
        _outcome_cell(row),
        Cell(recorded(row.get("note") or "", 300)),
    )


def _proxies(rows: Sequence[Entry]) -> Part:
    lead = (
        "Columns from which a protected attribute can be guessed. Leaving the attribute out of a "
        "model does not help while these stay in. 0 is no connection, 1 a perfect one."
    )
    groups: list[RowGroup] = []
    drawn: list[Row] = []
    for attribute, entries in by(rows, lambda row: row["attribute"]).items():
        ranked = sorted(entries, key=lambda row: -(row.get("strength") or 0.0))
        cells = tuple(_proxy_cells(row) for row in ranked)
        groups.append(RowGroup(cells, Cell(labels=labels([attribute]))))
        clear = [row for row in ranked[:_DRAWN] if (row.get("strength") or 0) >= _WORTH_DRAWING]
        drawn.append(Row(labels([attribute]), heading=True))
        drawn += map(_proxy_row, clear or ranked[:1])
    heads = columns(
        "Column", "#Strength", "#Interval", "#p, corrected", "With the outcome", "Remark"
    )
    used = sorted({_measure(row) for row in rows})
    caption = "How well columns tell a protected attribute"
    notes = (say("Measure: {used}.", used=", ".join(map(say, used))),)
    table = Table("data-proxies-table", caption, heads, tuple(groups), notes)
    top = max(rows, key=lambda row: float(row.get("strength") or 0.0))
    told = say(
        "{feature} tells {attribute}",
        feature=named([top["feature"]]),
        attribute=named([top["attribute"]]),
    )
    chart = chart_of(
        key="data-proxies-chart",
        title="Columns that tell a protected attribute",
        see=say(
            "Strongest: {told} ({strength}).",
            told=told,
            strength=_strength(top.get("strength") or 0.0),
        ),
        table=table.id,
        rows=drawn,
        scale=share_scale([mark for row in drawn for mark in row.marks], "Strength", plain=True),
        series=_SERIES,
        note=_PARTLY if sum(not row.heading for row in drawn) < len(rows) else "",
    )
    return _part("proxies", "Proxies", lead, chart, folded(table))


def _leakage(rows: Sequence[Entry]) -> Part:
    lead = (
        "How well each column alone tells the label, from 0.5 (not at all) to 1 (entirely). What "
        "all but repeats the label is often written down after the outcome, and a model that sees "
        "it looks better than it will ever be."
    )
    ranked = sorted(rows, key=lambda row: -(row.get("strength") or 0.0))
    cells = tuple(
        (
            column_cell(row["feature"]),
            _strength_cell(row),
            Cell(recorded(row.get("why") or "", 400)),
        )
        for row in ranked
    )
    heads = columns("Column", "#Strength", "What it tells")
    used = sorted({_measure(row) for row in rows})
    caption = "How well columns tell the label"
    notes = (say("Measure: {used}.", used=", ".join(map(say, used))),)
    table = Table("data-leakage-table", caption, heads, (RowGroup(cells),), notes)
    return _part("leakage", "Leakage", lead, folded(table))


def _spelling(rows: Sequence[Entry]) -> Part:
    cells = []
    for row in rows:
        variants = row.get("variants") or ()
        pairs = [(v["spelling"], v["rows"]) if isinstance(v, dict) else v for v in variants]
        said = ", ".join(f"{named([name])} ({count(rows)})" for name, rows in pairs)
        cells.append((column_cell(row["attribute"]), Cell(said), column_cell(row.get("proposed"))))
    heads = columns("Attribute", "Spellings, with rows", "Proposed")
    caption = "Groups that look like one group in several spellings"
    table = Table("data-spelling-table", caption, heads, (RowGroup(tuple(cells)),))
    lead = "Nothing was merged: each spelling is counted as a group of its own."
    return _part("spelling", "Spellings", lead, folded(table))


def _columns(rows: Sequence[Entry]) -> Part:
    cells = tuple(
        (
            column_cell(row["name"]),
            Cell(visible(row.get("role") or "", 40)),
            Cell(visible(row.get("kind") or "", 40)),
            Cell(count(row.get("missing")), tone="n"),
            Cell(count(row.get("distinct")), tone="n"),
            Cell(recorded(row.get("why") or "", 400)),
        )
        for row in rows
    )
    heads = columns("Column", "Role", "Kind", "#Missing", "#Distinct", "Why this kind")
    caption = "The columns and what they are used for"
    table = Table("data-columns-table", caption, heads, (RowGroup(cells),))
    return _part("columns", "Columns", "", folded(table))


_MAKERS = (
    ("not_identified", selective_part, "outcomes of the selected only"),
    ("strata", strata_part, "gaps within strata"),
    ("decompositions", split_part, "where gaps arise within strata"),
    ("strata_scan", scan_part, "strata that were not declared"),
    ("distances", distances_part, "distances between outcomes"),
    ("missing", _missing, "missing values by group"),
    ("missing_outcome", _missing_outcome, "missing values and the outcome"),
    ("proxies", _proxies, "proxies"),
    ("proxies_joint", joint_part, "all features together"),
    ("leakage", _leakage, "leakage"),
    ("spelling", _spelling, "spellings"),
    ("columns", _columns, "columns"),
)


def profile_parts(record: Record) -> list[Block]:
    """Return the parts on what else the data show; what was not asked for says so in a line."""
    profile = record.get("profile") or {}
    parts: list[Block] = [make(profile[key]) for key, make, _ in _MAKERS if profile.get(key)]
    parts += quality_parts(profile.get("quality") or {})
    absent = [title for key, _, title in _MAKERS if not profile.get(key)]
    if absent:
        parts.append(
            Note(
                say(
                    "Nothing to show, or not asked for: {absent}.",
                    absent=", ".join(map(say, absent)),
                )
            )
        )
    return parts
