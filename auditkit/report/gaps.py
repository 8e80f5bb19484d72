"""Gaps between groups: ratios against a line, then differences, ratios and tests in a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from auditkit.report.blocks import Block, Cell, Chart, Fold, Line, Mark, Part, Row, RowGroup, Series, Table
from auditkit.report.drawing import log_scale
from auditkit.report.rates import chart_of, shortened
from auditkit.report.reading import (
    FOUR_FIFTHS,
    Entry,
    Record,
    attribute_sets,
    by,
    columns,
    difference_cell,
    found,
    group_cell,
    methods,
    metric_title,
    policy_line,
    ratio_cell,
)
from auditkit.report.text import interval, labels, named, p_value, precise, ratio
from auditkit.report.words import LEVELS

__all__ = ["gap_parts", "verdict_cell"]

_HEADLINES = ("base_rate", "selection_rate")
_FOLD_ROWS = 14
_SERIES = (
    Series("flag", "Flag", "triangle", "flag"),
    Series("inconclusive", "Undecided", "hollow", "undecided"),
    Series("note", "Note", "square", "note"),
    Series("pass", "Pass", "circle", "pass"),
    Series("none", "Not judged", "ring", "soft"),
)
_KEY_FIELDS = ("attributes", "metric", "group", "reference")


class _Gap:
    """The difference and the ratio of one group against one reference."""

    def __init__(self, rows: Sequence[Entry]) -> None:
        self.first = rows[0]
        self.difference = next((row for row in rows if row["kind"] == "difference"), None)
        self.ratio = next((row for row in rows if row["kind"] == "ratio"), None)
        self.rows = [row for row in (self.difference, self.ratio) if row is not None]

    def either(self, key: str) -> list[tuple[str, Any]]:
        """Return (kind, value) of a field; one pair without a kind when both kinds agree."""
        pairs = [(str(row["kind"]), row.get(key)) for row in self.rows]
        pairs = [pair for pair in pairs if pair[1] is not None]
        return [("", pairs[0][1])] if len({value for _, value in pairs}) == 1 else pairs


def _gaps(rows: Sequence[Entry]) -> list[_Gap]:
    groups = by(rows, lambda row: tuple(tuple(row[k]) if k != "metric" else row[k] for k in _KEY_FIELDS))
    return [_Gap(found_rows) for found_rows in groups.values()]


def _p_cell(gap: _Gap, key: str) -> Cell:
    pairs = gap.either(key)
    if not pairs:
        return Cell("not computed", tone="undefined")
    if len(pairs) == 1:
        return Cell(p_value(pairs[0][1]), tone="number", value=precise(pairs[0][1]))
    return Cell("; ".join(f"{kind} {p_value(p)}" for kind, p in pairs), tone="number")


def verdict_cell(level: object) -> Cell:
    """Return a verdict as a sign and a word."""
    if level in LEVELS:
        name = str(level)
        return Cell(LEVELS[name].word, tone=f"verdict {name}", icon=name)
    return Cell("not judged", tone="undefined")


def _verdict(gap: _Gap) -> Cell:
    pairs = gap.either("verdict")
    if not pairs:
        return verdict_cell(None)
    worst = next((name for name in LEVELS if name in [value for _, value in pairs]), None)
    cell = verdict_cell(worst)
    if len(pairs) == 1:
        return cell
    said = "; ".join(f"{kind}: {verdict_cell(value).text.lower()}" for kind, value in pairs)
    return Cell(cell.text, tone=cell.tone, icon=cell.icon, under=said)


def _cells(gap: _Gap, line: float | None) -> tuple[Cell, ...]:
    return (
        group_cell(gap.first),
        group_cell(gap.first, "reference"),
        difference_cell(gap.difference),
        ratio_cell(gap.ratio, line),
        _p_cell(gap, "p_value"),
        _p_cell(gap, "p_adjusted"),
        _verdict(gap),
    )


def _table(id: str, caption: str, groups: Sequence[RowGroup], entries: Sequence[Entry]) -> Table:
    heads = columns(
        "Group", "Compared with", "#Difference, points", "#Ratio", "#p", "#Adjusted p", "Verdict"
    )
    return Table(id, caption, heads, tuple(groups), methods(entries))


def _row(entry: Entry, line: float | None) -> Row:
    value = entry["value"]
    who = labels(entry["group"])
    if value is None:
        return Row(who, "not computable")
    against = f"against {named(entry['reference'])}" if entry.get("reference") else ""
    span = interval(entry.get("low"), entry.get("high"), ratio)
    hover = "\n".join(
        text
        for text in (
            f"{named(entry['group'])} {against}".strip(),
            f"Ratio {ratio(value, line)}",
            f"Interval {span}" if span else "",
        )
        if text
    )
    verdict = entry.get("verdict")
    name = str(verdict) if verdict in LEVELS else "none"
    mark = Mark(value, entry.get("low"), entry.get("high"), name, hover)
    return Row(who, ratio(value, line), span, (mark,))


def _see(rows: Sequence[Entry], line: float | None) -> str:
    known = [row for row in rows if row["value"] is not None]
    if not known:
        return "No ratio could be computed."
    low = min(known, key=lambda row: float(row["value"]))
    against = f" of the rate of {named(low['reference'])}" if low.get("reference") else ""
    text = f"Lowest ratio: {named(low['group'])}, {ratio(low['value'], line)}{against}."
    if line is not None:
        below = sum(1 for row in known if row["value"] < line)
        text += f" {below} of {len(known)} ratios lie below {line:g}."
    return text + " A mark whose line crosses 1 is compatible with no gap."


def _chart(
    id: str, title: str, table: str, sets: dict[tuple[str, ...], list[Entry]], line: float | None
) -> Chart:
    rows: list[Row] = []
    for attributes, entries in sets.items():
        if len(sets) > 1:
            rows.append(Row(labels(attributes), heading=True))
        rows.extend(_row(entry, line) for entry in entries)
    drawn, note = shortened(rows)
    lines = [Line(1.0, "1, equal rates")]
    if line is not None:
        name = f"{line:g} to {1 / line:g}, the band of the policy"
        lines = [Line(line, name, until=1 / line), Line(line, ""), *lines]
    everything = [entry for entries in sets.values() for entry in entries]
    return chart_of(
        id=id,
        title=title,
        see=_see(everything, line),
        table=table,
        rows=drawn,
        scale=log_scale([mark for row in drawn for mark in row.marks], "Ratio (logarithmic)"),
        series=_SERIES,
        lines=lines,
        note=note,
    )


def _of_metric(record: Record, stage: str, metric: str, rows: Sequence[Entry]) -> list[Block]:
    id = f"{stage}-gaps-{metric.replace('_', '-')}"
    title = metric_title(metric)
    line = policy_line(record, metric)
    if line is None and metric in _HEADLINES:
        line = FOUR_FIFTHS
    groups = [
        RowGroup(tuple(_cells(gap, line) for gap in _gaps(entries)), Cell(labels=labels(attributes)))
        for attributes, entries in attribute_sets(rows).items()
    ]
    table = _table(f"{id}-table", f"{title}: gaps between groups", groups, rows)
    ratios = attribute_sets(found(rows, kind="ratio"))
    blocks: list[Block] = []
    if ratios:
        blocks.append(_chart(f"{id}-chart", f"{title}: ratio to the reference", table.id, ratios, line))
    folded = table.size > _FOLD_ROWS
    blocks.append(Fold(f"Table: {table.caption} ({table.size} rows)", (table,)) if folded else table)
    return blocks


def gap_parts(record: Record, stage: str) -> list[Part]:
    """Return the parts on the gaps of a stage: the headline rate first, then the other rates."""
    metrics = by(found(record["disparities"], stage=stage), lambda row: row["metric"])
    parts = []
    for metric in _HEADLINES:
        if metric in metrics:
            blocks = _of_metric(record, stage, metric, metrics.pop(metric))
            title = f"Gaps in the {metric_title(metric).lower()}"
            parts.append(Part(f"{stage}-gaps", labels([title]), tuple(blocks)))
    if metrics:
        rest: list[Block] = []
        for metric, rows in metrics.items():
            rest += _of_metric(record, stage, metric, rows)
        parts.append(Part(f"{stage}-gaps-errors", labels(["Gaps in the other rates"]), tuple(rest)))
    return parts
