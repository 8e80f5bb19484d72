"""A process in stages: who is lost where, and what part of the final gap arises there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from auditkit.report.blocks import Block, Cell, Part, RowGroup, Table
from auditkit.report.charts import chart_of
from auditkit.report.gaps import SERIES, verdict_cell, within_lines
from auditkit.report.language import say
from auditkit.report.pictures import Chart, Mark, Row
from auditkit.report.rates import chosen
from auditkit.report.reading import (
    Entry,
    Record,
    attribute_sets,
    by,
    columns,
    folded,
    group_cell,
    methods,
    p_cell,
    policy_line,
    rate_cell,
    undefined,
)
from auditkit.report.scales import log_scale
from auditkit.report.steps import Stage, funnel_of
from auditkit.report.text import (
    Label,
    count,
    interval,
    labels,
    named,
    percent,
    ratio,
    recorded,
    visible,
)
from auditkit.report.words import LEVELS

__all__ = ["funnel_parts"]

_MOST_GROUPS = 6
_LEAD = (
    "A process that people pass stage by stage. Each stage is compared among those who entered it; "
    "to the end, among all who began. A gap at the end arises on the way, and a level end "
    "does not undo a stage that stops one group more than another."
)


def funnel_parts(record: Record) -> list[Part]:
    """Return a part for each set of attributes; none where no stages were named."""
    rows = (record.get("profile") or {}).get("funnel") or []
    line = policy_line(record, "selection_rate")
    held = line[1] if line is not None and line[0] == "ratio" else None
    return [
        _part(f"stages-{number}", attributes, entries, held, number == 1)
        for number, (attributes, entries) in enumerate(attribute_sets(rows).items(), 1)
    ]


def _part(
    key: str, attributes: tuple[str, ...], rows: Sequence[Entry], line: float | None, first: bool
) -> Part:
    about = named(attributes)
    table = _at_stages(key, about, rows, line)
    blocks: list[Block] = []
    if len(attributes) == 1:
        blocks.append(_passing(key, about, rows, table.id))
    compared = [row for row in rows if _is_compared(row)]
    if compared:
        blocks.append(_where(key, about, compared, line, table.id))
    blocks += [folded(table), folded(_until_stages(key, about, rows, line))]
    part = Part(key, labels(attributes), tuple(blocks), prefix="Stage by stage, by")
    return replace(part, lead=_LEAD) if first else part


def _is_compared(row: Entry) -> bool:
    return row.get("reference") is not None and row["reference"] != row["group"]


def _is_trivial(row: Entry) -> bool:
    """Whether everybody passed, as at a first stage that all have reached."""
    return row.get("pass_rate") == 1 and row.get("ratio") == 1


def _kept(rows: Sequence[Entry]) -> tuple[list[list[str | None]], str]:
    """Return the groups that a picture has room for: the largest."""
    first = [row for row in rows if row.get("position") == 1]
    kept, note = chosen(
        first, lambda row: float(row.get("entered") or 0), "the largest", _MOST_GROUPS
    )
    return [row["group"] for row in kept], note


def _passing(key: str, about: str, rows: Sequence[Entry], table: str) -> Chart:
    groups, note = _kept(rows)
    stages = [
        Stage(
            visible(name, 80),
            tuple(
                (tuple(row["group"]), row.get("entered") or 0, row.get("passed") or 0)
                for row in entries
                if row["group"] in groups
            ),
        )
        for name, entries in by(rows, lambda row: row["stage"]).items()
    ]
    if any(row.get("unknown") for row in rows):
        note = say(
            "{note} People whose result is not known stand as not passed.", note=note
        ).strip()
    return funnel_of(
        key=f"{key}-chart",
        title=say("Who enters and who passes each stage, by {about}", about=about),
        see=_see_passing(rows),
        table=table,
        stages=stages,
        note=note,
    )


def _see_passing(rows: Sequence[Entry]) -> str:
    last = max(row.get("position") or 0 for row in rows)
    ends = [r for r in rows if r.get("position") == last and r.get("cumulative_rate") is not None]
    told = [f"{named(row['group'])} {percent(row['cumulative_rate'])}" for row in ends]
    more = say(" and {n} more", n=len(told) - 8) if len(told) > 8 else ""
    return say(
        "Who gets to the end: {told}{more}.",
        told=", ".join(told[:8]) or say("not computable"),
        more=more,
    )


def _where(key: str, about: str, rows: Sequence[Entry], line: float | None, table: str) -> Chart:
    groups, note = _kept(rows)
    drawn: list[Row] = []
    for group, entries in by(rows, lambda row: tuple(row["group"])).items():
        if list(group) not in groups:
            continue
        drawn.append(Row(labels(group), heading=True))
        drawn += [
            _ratio_row(row, "", labels([row["stage"]])) for row in entries if not _is_trivial(row)
        ]
        drawn.append(_ratio_row(entries[-1], "cumulative_", labels(["from beginning to end"])))
    return chart_of(
        key=f"{key}-where-chart",
        title=say("Where the gap arises, by {about}", about=about),
        see=_see_where(rows),
        table=table,
        rows=drawn,
        scale=log_scale(
            [mark for row in drawn for mark in row.marks], "Ratio to the reference (logarithmic)"
        ),
        series=SERIES,
        lines=within_lines("ratio", line),
        note=" ".join(filter(None, [note, "On this scale the stages add up to the last line."])),
    )


def _ratio_row(row: Entry, prefix: str, who: tuple[Label, ...]) -> Row:
    value = row.get(f"{prefix}ratio")
    if value is None:
        return Row(who, "not computable")
    low, high = row.get(f"{prefix}ratio_low"), row.get(f"{prefix}ratio_high")
    span = interval(low, high, ratio)
    against = say(
        "{group} against {reference}", group=named(row["group"]), reference=named(row["reference"])
    )
    hover = say("{against}\nRatio {value}", against=against, value=ratio(value)) + (
        say("\nInterval {span}", span=span) if span else ""
    )
    verdict = row.get(f"{prefix}verdict")
    name = str(verdict) if verdict in LEVELS else "none"
    return Row(who, ratio(value), span, (Mark(value, low, high, name, hover),))


def _see_where(rows: Sequence[Entry]) -> str:
    flagged = [row for row in rows if row.get("verdict") == "flag"]
    told = [
        say(
            "{group} at {stage} ({ratio})",
            group=named(row["group"]),
            stage=named([row["stage"]]),
            ratio=ratio(row["ratio"]),
        )
        for row in flagged
        if row.get("ratio") is not None
    ]
    more = say(" and {n} more", n=len(told) - 4) if len(told) > 4 else ""
    text = say("{n} of {all} comparisons at a stage are flagged", n=len(flagged), all=len(rows))
    text += f": {', '.join(told[:4])}{more}." if told else "."
    shared = [row for row in rows if row.get("share_low") is not None]
    if shared:
        most = max(shared, key=lambda row: float(row["share"]))
        text += say(
            " The largest part of a final gap: {share} of that of {group} at {stage}.",
            share=percent(most["share"]),
            group=named(most["group"]),
            stage=named([most["stage"]]),
        )
    return text


def _grouped(
    rows: Sequence[Entry], cells: Callable[[Entry], tuple[Cell, ...]]
) -> tuple[RowGroup, ...]:
    return tuple(
        RowGroup(tuple(map(cells, entries)), Cell(labels=labels([stage])))
        for stage, entries in by(rows, lambda row: row["stage"]).items()
    )


def _at_stages(key: str, about: str, rows: Sequence[Entry], line: float | None) -> Table:
    def cells(row: Entry) -> tuple[Cell, ...]:
        entered, unknown = row.get("entered") or 0, row.get("unknown") or 0
        passed = say(
            "{passed} of {entered}",
            passed=count(row.get("passed")),
            entered=count(entered - unknown),
        )
        rate = rate_cell(row.get("pass_rate"), row.get("reason"))
        span = interval(row.get("low"), row.get("high"), percent)
        return (
            group_cell(row),
            Cell(
                passed,
                under=say("{unknown} not known", unknown=count(unknown)) if unknown else "",
                tone="n",
            ),
            replace(rate, under=span) if span else rate,
            _compared(row, "", line),
            _p(row),
            _verdict(row),
        )

    heads = columns("Group", "#Passed", "#Pass rate", "#Ratio", "#p, corrected", "Verdict")
    reference = next((row["reference"] for row in rows if row.get("reference")), None)
    notes = (
        []
        if reference is None
        else [say("Compared with {reference}, at every stage.", reference=named(reference))]
    )
    if any(row.get("contradicting") for row in rows):
        notes.append(
            "Some people passed a later stage though they are recorded as not having passed an "
            "earlier one; they count as having passed it."
        )
    caption = say("Stage by stage, by {about}", about=about)
    return Table(f"{key}-table", caption, heads, _grouped(rows, cells), (*notes, *methods(rows)))


def _until_stages(key: str, about: str, rows: Sequence[Entry], line: float | None) -> Table:
    def cells(row: Entry) -> tuple[Cell, ...]:
        rate = rate_cell(row.get("cumulative_rate"), row.get("cumulative_reason"))
        span = interval(row.get("cumulative_low"), row.get("cumulative_high"), percent)
        return (
            group_cell(row),
            replace(rate, under=span) if span else rate,
            _compared(row, "cumulative_", line),
            _share(row),
        )

    heads = columns(
        "Group", "#Passed, of all who began", "#Ratio until here", "#Part of the final gap"
    )
    note = (
        "Parts of the final gap are shares of its logarithm and add up to 100 %; a negative one "
        "works against the gap."
    )
    caption = say("From the beginning until each stage, by {about}", about=about)
    return Table(f"{key}-until-table", caption, heads, _grouped(rows, cells), (note,))


def _compared(row: Entry, prefix: str, line: float | None) -> Cell:
    if not _is_compared(row):
        return Cell("reference" if row.get("reference") else "no reference", tone="u")
    value = row.get(f"{prefix}ratio")
    if value is None:
        return undefined(row.get(f"{prefix}reason"))
    low, high = row.get(f"{prefix}ratio_low"), row.get(f"{prefix}ratio_high")
    return Cell(ratio(value, line), under=interval(low, high, ratio), tone="n")


def _p(row: Entry) -> Cell:
    return p_cell(row.get("p_adjusted"), "not judged") if _is_compared(row) else Cell("–", tone="u")


def _verdict(row: Entry) -> Cell:
    return verdict_cell(row.get("verdict")) if _is_compared(row) else Cell("–", tone="u left")


def _share(row: Entry) -> Cell:
    if not _is_compared(row):
        return Cell("–", tone="u")
    if row.get("share_low") is None:
        why = row.get("share_reason") or "not computable"
        return Cell("not told", under=recorded(why, 200), tone="u")
    span = interval(row["share_low"], row["share_high"], percent)
    return Cell(percent(row["share"]), under=span, tone="n")
