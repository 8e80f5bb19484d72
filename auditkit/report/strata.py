"""The same gap twice: everyone thrown together, and like compared with like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from auditkit.report.blocks import Block, Cell, Fold, Line, Mark, Part, Row, RowGroup, Series, Table
from auditkit.report.charts import chart_of
from auditkit.report.language import say
from auditkit.report.reading import (
    Entry,
    by,
    column_cell,
    columns,
    group_cell,
    methods,
    p_cell,
    undefined,
)
from auditkit.report.scales import log_scale
from auditkit.report.text import count, interval, labels, named, percent, ratio
from auditkit.report.words import STAGES

__all__ = ["strata_part"]

_POOLED = Series("pooled", "Everyone thrown together", "hollow", "orange")
_ADJUSTED = Series("adjusted", "Within the strata", "circle", "blue")
_MOST_ROWS = 24


def _key(row: Entry) -> tuple[Any, ...]:
    return (row.get("stage"), row["attribute"], row["stratum"])


def _head(row: Entry) -> Cell:
    stage = STAGES[row["stage"]].short if row.get("stage") in STAGES else "recorded outcome"
    return Cell(
        say(" within {stratum}: {stage}", stratum=named([row["stratum"]]), stage=stage),
        labels=labels([row["attribute"]]),
    )


def _odds(value: float | None, low: Any, high: Any, reason: object) -> Cell:
    if value is None:
        return undefined(reason)
    return Cell(ratio(value), under=interval(low, high, ratio), tone="n")


def _cells(row: Entry) -> tuple[Cell, ...]:
    why = row.get("reason")
    return (
        group_cell(row),
        group_cell(row, "reference"),
        _odds(row.get("pooled"), row.get("pooled_low"), row.get("pooled_high"), why),
        p_cell(row.get("pooled_p")),
        _odds(row.get("adjusted"), row.get("low"), row.get("high"), why),
        p_cell(row.get("p_value")),
        p_cell(row.get("homogeneity_p")),
    )


def _row(row: Entry) -> Row:
    marks = []
    who = say(
        "{group} against {reference}", group=named(row["group"]), reference=named(row["reference"])
    )
    if row.get("pooled") is not None:
        hover = say(
            "{who}\nEveryone thrown together: {pooled}", who=who, pooled=ratio(row["pooled"])
        )
        low, high = row.get("pooled_low"), row.get("pooled_high")
        marks.append(Mark(row["pooled"], low, high, _POOLED.name, hover))
    if row.get("adjusted") is None:
        return Row(labels(row["group"]), "not computable", "", tuple(marks))
    hover = say(
        "{who}\nWithin {stratum}: {adjusted}",
        who=who,
        stratum=named([row["stratum"]]),
        adjusted=ratio(row["adjusted"]),
    )
    marks.append(Mark(row["adjusted"], row.get("low"), row.get("high"), _ADJUSTED.name, hover))
    pooled = (
        "" if row.get("pooled") is None else say("pooled {pooled}", pooled=ratio(row["pooled"]))
    )
    return Row(labels(row["group"]), ratio(row["adjusted"]), pooled, tuple(marks))


def _see(rows: Sequence[Entry]) -> str:
    known = [row for row in rows if row.get("pooled") and row.get("adjusted")]
    turned = [row for row in known if (row["pooled"] - 1) * (row["adjusted"] - 1) < 0]
    if not known:
        return "No odds ratio could be computed."
    text = say(
        "In {n} of {all} comparisons the gap turns round within the strata.",
        n=len(turned),
        all=len(known),
    )
    if turned:
        row = max(turned, key=lambda item: abs(float(item["pooled"]) - float(item["adjusted"])))
        text += say(
            " {group} against {reference}: {pooled} for everyone together, {adjusted} within "
            "{stratum}.",
            group=named(row["group"]),
            reference=named(row["reference"]),
            pooled=ratio(row["pooled"]),
            adjusted=ratio(row["adjusted"]),
            stratum=named([row["stratum"]]),
        )
    return text


def _level(events: Any, n: Any) -> Cell:
    if not n:
        return Cell("nobody", tone="u")
    share = percent(events / n)
    return Cell(share, under=say("{events} of {n}", events=count(events), n=count(n)), tone="n")


def _levels(rows: Sequence[Entry]) -> Table | None:
    groups = []
    for row in rows:
        cells = tuple(
            (
                column_cell(item.get("level")),
                _level(item.get("events"), item.get("n")),
                _level(item.get("reference_events"), item.get("reference_n")),
            )
            for item in row.get("levels") or ()
        )
        if cells:
            head = _head(row)
            who = say(
                "{head}; {group} against {reference}",
                head=head.text,
                group=named(row["group"]),
                reference=named(row["reference"]),
            )
            groups.append(RowGroup(cells, Cell(who, labels=head.labels)))
    if not groups:
        return None
    heads = columns("Stratum", "#Group", "#Reference")
    return Table("data-levels-table", "Rates in each stratum", heads, tuple(groups))


def strata_part(rows: Sequence[Entry]) -> Part:
    """Return the part on gaps within strata."""
    lead = (
        "The same gap twice, as an odds ratio: with everyone thrown together, and with people "
        "compared only within their stratum. Where the two differ, the strata explain part of the "
        "gap, or hide one."
    )
    sets = by(rows, _key)
    groups = [RowGroup(tuple(map(_cells, same)), _head(same[0])) for same in sets.values()]
    heads = columns(
        "Group", "Compared with", "#Odds ratio, pooled", "#p", "#Odds ratio, within strata",
        "#p within", "#p strata alike",
    )  # fmt: skip
    note = (
        "A small p in the last column says that the strata differ among themselves, so that one "
        "number for all of them hides something."
    )
    notes = (note, *methods(rows))
    table = Table("data-strata-table", "Gaps within strata", heads, tuple(groups), notes)
    drawn: list[Row] = []
    for same in sets.values():
        head = _head(same[0])
        title = f"{named([same[0]['attribute']])}{head.text}"
        drawn += [Row(labels([title]), heading=True), *map(_row, same)]
    note = "" if len(drawn) <= _MOST_ROWS else "Not all rows are drawn; the table has them all."
    drawn = drawn[:_MOST_ROWS]
    chart = chart_of(
        key="data-strata-chart",
        title="Gaps with and without regard to strata",
        see=_see(rows),
        table=table.id,
        rows=drawn,
        scale=log_scale([mark for row in drawn for mark in row.marks], "Odds ratio (logarithmic)"),
        series=(_POOLED, _ADJUSTED),
        lines=(Line(1.0, "1, equal odds"),),
        note=note,
    )
    blocks: list[Block] = [chart, table]
    levels = _levels(rows)
    if levels is not None:
        blocks.append(
            Fold(
                say(
                    "Table: {caption} ({size} rows)",
                    caption=levels.caption,
                    size=levels.size,
                ),
                (levels,),
            )
        )
    return Part("data-strata", (), tuple(blocks), lead, prefix="Within strata")
