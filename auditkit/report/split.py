"""Where a gap arises: composition or treatment, as a waterfall and in tables; proposed strata."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from auditkit.report.blocks import Block, Cell, Note, Part, RowGroup, Table
from auditkit.report.language import say
from auditkit.report.pictures import Chart
from auditkit.report.reading import (
    Entry,
    by,
    column_cell,
    columns,
    folded,
    group_cell,
    p_cell,
    undefined,
)
from auditkit.report.steps import Step, waterfall_of
from auditkit.report.text import interval, labels, named, percent, points, ratio, visible
from auditkit.report.words import STAGES

__all__ = ["scan_part", "split_part"]

_MOST_PICTURES = 4
_SAYS = {
    "composition": "mostly composition",
    "treatment": "mostly treatment",
    "both": "composition and treatment",
    "unmatched": "mostly levels of one group only",
    "no gap": "no clear gap",
    "unclear": "not clear",
}
_PARTS = (
    ("composition", "composition"),
    ("treatment", "treatment"),
    ("unmatched", "one group only"),
)


def _stage(row: Entry) -> str:
    return STAGES[row["stage"]].short if row.get("stage") in STAGES else "recorded outcome"


def _part_cell(row: Entry, name: str) -> Cell:
    if row.get(name) is None:
        return undefined(row.get("reason"))
    span = interval(row.get(f"{name}_low"), row.get(f"{name}_high"), points)
    return Cell(points(row[name]), under=span, tone="n")


def _whole_rate(row: Entry, share: str, rate: str) -> float:
    """Return a group's rate over all levels, from its shares and rates."""
    return sum(
        float(item[share]) * float(item[rate])
        for item in row["levels"]
        if item.get(rate) is not None
    )


def _picture(row: Entry, number: int, table: str) -> Chart:
    start = _whole_rate(row, "reference_share", "reference_rate")
    who, base = named(row["group"]), named(row["reference"])
    steps = [
        Step(labels([title]), row[name], row.get(f"{name}_low"), row.get(f"{name}_high"))
        for name, title in _PARTS
        if name != "unmatched" or row.get("unmatched_levels")
    ]
    see = say(
        "{who} against {base}: {gap} points. {composition} is who is in which {stratum}, "
        "{treatment} different rates there: {says}.",
        who=who,
        base=base,
        gap=points(row["gap"]),
        composition=points(row["composition"]),
        stratum=named([row["stratum"]]),
        treatment=points(row["treatment"]),
        says=say(_SAYS.get(str(row.get("says")), "not clear")),
    )
    return waterfall_of(
        key=f"data-split-{number}-chart",
        title=say(
            "From {base} to {who}, through {stratum}",
            base=base,
            who=who,
            stratum=named([row["stratum"]]),
        ),
        see=see,
        table=table,
        start=(base, start),
        steps=steps,
        end=who,
        measure="Rate",
        show=percent,
        note="What lies between is in points, with the interval of the difference.",
    )


def _levels(rows: Sequence[Entry]) -> Table:
    groups = []
    for row in rows:
        cells = tuple(
            (
                column_cell(item.get("level")),
                _share(item.get("share"), item.get("rate")),
                _share(item.get("reference_share"), item.get("reference_rate")),
                _part_cell(item, "composition"),
                _part_cell(item, "treatment"),
            )
            for item in row["levels"]
        )
        told = say(
            " within {stratum}: {group} against ",
            stratum=named([row["stratum"]]),
            group=named(row["group"]),
        )
        head = Cell(told + named(row["reference"]), labels=labels([row["attribute"]]))
        groups.append(RowGroup(cells, head))
    heads = columns(
        "Stratum", "#Group: share, rate", "#Reference: share, rate", "#Composition, points",
        "#Treatment, points",
    )  # fmt: skip
    return Table(
        "data-split-levels-table", "What each stratum adds to the two parts", heads, tuple(groups)
    )


def _share(share: float | None, rate: float | None) -> Cell:
    if not share:
        return Cell("nobody", tone="u")
    return Cell(
        percent(share),
        under="" if rate is None else say("rate {rate}", rate=percent(rate)),
        tone="n",
    )


def split_part(rows: Sequence[Entry]) -> Part:
    """Return the part on where gaps arise."""
    lead = (
        "A gap can come from people being in different strata (composition: where they apply, "
        "where they are sent), or from different rates in the same stratum (treatment). The two "
        "parts add up to the gap. Treatment means different rates, for whatever reason; "
        "composition can itself be the result of unequal treatment."
    )
    known = [row for row in rows if row.get("gap") is not None]
    groups = []
    for same in by(rows, lambda row: (row["stage"], row["attribute"], row["stratum"])).values():
        head = say(
            " within {stratum}: {stage}",
            stratum=named([same[0]["stratum"]]),
            stage=_stage(same[0]),
        )
        cells = tuple(
            (
                group_cell(row),
                group_cell(row, "reference"),
                Cell(points(row["gap"]), tone="n")
                if row.get("gap") is not None
                else undefined(row.get("reason")),
                _part_cell(row, "composition"),
                _part_cell(row, "treatment"),
                _part_cell(row, "unmatched")
                if row.get("unmatched_levels")
                else Cell("none", tone="u"),
                Cell(_SAYS.get(str(row.get("says")), "not clear")),
            )
            for row in same
        )
        groups.append(RowGroup(cells, Cell(head, labels=labels([same[0]["attribute"]]))))
    heads = columns(
        "Group", "Compared with", "#Gap, points", "#Composition", "#Treatment",
        "#Strata of one group", "Says",
    )  # fmt: skip
    notes = (
        "Kitagawa's split with the average of both groups as weights; intervals by the delta "
        "method. Strata in which a group has nobody are a part of their own.",
    )
    table = Table("data-split-table", "Where the gaps arise", heads, tuple(groups), notes)
    clear = [row for row in known if row.get("says") not in {"no gap", "unclear"}]
    drawn = sorted(clear, key=lambda row: -abs(float(row["gap"])))[:_MOST_PICTURES]
    blocks: list[Block] = [_picture(row, i, table.id) for i, row in enumerate(drawn, 1)]
    if len(clear) > len(drawn):
        blocks.append(Note("The widest gaps are drawn; the table has them all."))
    blocks.append(table)
    if known:
        blocks.append(folded(_levels(known)))
    return Part("data-split", (), tuple(blocks), lead, prefix="Where the gaps arise")


def scan_part(rows: Sequence[Entry]) -> Part:
    """Return the part on columns that would change a gap, were they declared as strata."""
    lead = (
        "Columns that nobody named as strata, and over which the groups are spread differently. "
        "Within those that are proposed the gap tells another story. A search can only ask: "
        "whether comparing within a column is right is for someone to say who knows the process."
    )
    cells = tuple(_scan_cells(row) for row in rows)
    heads = columns(
        "Column", "Group", "Compared with", "#Odds ratio, pooled", "#Within the column",
        "#Composition, points", "#p, corrected", "Proposed",
    )  # fmt: skip
    searched = max((int(row.get("searched") or 0) for row in rows), default=0)
    notes = (
        say(
            "p is of the composition part, corrected for all {searched} comparisons of the search.",
            searched=searched,
        ),
    )
    table = Table(
        "data-scan-table", "Columns that would change a gap", heads, (RowGroup(cells),), notes
    )
    block: Block = table if any(row.get("proposed") for row in rows) else folded(table)
    return Part("data-scan", (), (block,), lead, prefix="Strata that were not declared")


def _scan_cells(row: Entry) -> tuple[Cell, ...]:
    def odds(value: Any, low: Any = None, high: Any = None) -> Cell:
        if value is None:
            return Cell("not computable", tone="u")
        return Cell(ratio(value), under=interval(low, high, ratio), tone="n")

    change = row.get("change")
    said = (
        say("yes: it {change}", change=visible(change, 40))
        if row.get("proposed")
        else say("no: the story stays")
    )
    return (
        column_cell(row["stratum"]),
        group_cell(row),
        group_cell(row, "reference"),
        odds(row.get("pooled")),
        odds(row.get("adjusted"), row.get("low"), row.get("high")),
        _part_cell(row, "composition"),
        p_cell(row.get("composition_p_adjusted")),
        Cell(said),
    )
