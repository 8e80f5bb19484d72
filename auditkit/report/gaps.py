"""Gaps between groups: each against the policy's line, then all of them in a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from auditkit.report.blocks import (
    Block,
    Cell,
    Chart,
    Line,
    Mark,
    Part,
    Row,
    RowGroup,
    Series,
    Table,
)
from auditkit.report.charts import chart_of
from auditkit.report.language import inside, say
from auditkit.report.rates import chosen
from auditkit.report.reading import (
    FOUR_FIFTHS,
    HEADLINES,
    Entry,
    Record,
    attribute_sets,
    by,
    columns,
    difference_cell,
    folded,
    found,
    group_cell,
    methods,
    metric_title,
    p_cell,
    policy_line,
    ratio_cell,
)
from auditkit.report.scales import log_scale, point_scale
from auditkit.report.text import interval, labels, named, p_value, points, ratio
from auditkit.report.unknown import bound_cell, bound_key, bounds_of
from auditkit.report.words import LEVELS

__all__ = ["SERIES", "gap_parts", "verdict_cell", "within_lines"]

SERIES = (
    Series("flag", "Flag", "triangle", "flag"),
    Series("inconclusive", "Undecided", "hollow", "undecided"),
    Series("note", "Note", "square", "note"),
    Series("pass", "Pass", "circle", "pass"),
    Series("none", "Not judged", "ring", "soft"),
)
"""How a mark says its verdict."""

_MOST_ROWS = 10
_COULD_BE = (
    "Could be: the lowest and the highest difference and ratio, if all or none of those who are "
    "missing had the outcome, or were of the group. No interval: it holds no margin for chance."
)


class _Gap:
    """The difference and the ratio of one group against one reference."""

    def __init__(self, rows: Sequence[Entry]) -> None:
        self.first = rows[0]
        self.difference = next((row for row in rows if row["kind"] == "difference"), None)
        self.ratio = next((row for row in rows if row["kind"] == "ratio"), None)

    def either(self, key: str) -> list[tuple[str, Any]]:
        """Return (kind, value) of a field; one pair without a kind when both kinds agree."""
        rows = [row for row in (self.difference, self.ratio) if row is not None]
        pairs = [(str(row["kind"]), row.get(key)) for row in rows]
        pairs = [pair for pair in pairs if pair[1] is not None]
        return [("", pairs[0][1])] if len({value for _, value in pairs}) == 1 else pairs


def _p(gap: _Gap, key: str, absent: str) -> Cell:
    pairs = gap.either(key)
    if len(pairs) < 2:
        return p_cell(pairs[0][1] if pairs else None, absent)
    return Cell("; ".join(f"{say(kind)} {p_value(p)}" for kind, p in pairs), tone="n")


def verdict_cell(level: object) -> Cell:
    """Return a verdict as a sign and a word."""
    if level in LEVELS:
        name = str(level)
        return Cell(LEVELS[name].word, tone=f"v {name}")
    return Cell("not judged", tone="u left")


def _verdict(gap: _Gap) -> Cell:
    pairs = gap.either("verdict")
    worst = next((name for name in LEVELS if name in [value for _, value in pairs]), None)
    cell = verdict_cell(worst)
    if len(pairs) < 2:
        return cell
    said = "; ".join(
        f"{say(kind)}: {inside(say(verdict_cell(value).text))}" for kind, value in pairs
    )
    return Cell(cell.text, tone=cell.tone, under=said)


def _cells(gap: _Gap, line: float | None) -> tuple[Cell, ...]:
    return (
        group_cell(gap.first),
        difference_cell(gap.difference),
        ratio_cell(gap.ratio, line),
        _p(gap, "p_value", "not computed"),
        _p(gap, "p_adjusted", "not judged"),
        _verdict(gap),
        *([_could_be(gap)] if "bounds" in gap.first else []),
    )


def _could_be(gap: _Gap) -> Cell:
    rows = [row and row.get("bounds") for row in (gap.difference, gap.ratio)]
    return bound_cell(*rows)


@dataclass(frozen=True)
class _Judged:
    """One metric with the line that it is held against."""

    metric: str
    kind: str
    line: float | None

    @property
    def ratio_line(self) -> float | None:
        return self.line if self.kind == "ratio" else None

    def distance(self, row: Entry) -> float:
        value = float(row["value"])
        if self.kind == "difference":
            return abs(value)
        return abs(math.log(value)) if value > 0 else math.inf

    def show(self, value: float) -> str:
        return ratio(value, self.line) if self.kind == "ratio" else points(value)


def _judged(record: Record, metric: str) -> _Judged:
    kind, line = policy_line(record, metric) or (
        ("ratio", FOUR_FIFTHS) if metric in HEADLINES else ("difference", None)
    )
    return _Judged(metric, kind, line)


def _table(key: str, judged: _Judged, rows: Sequence[Entry]) -> Table:
    groups = []
    keys = by(rows, lambda row: (tuple(row["attributes"]), tuple(row["reference"])))
    for (attributes, reference), entries in sorted(keys.items(), key=lambda item: len(item[0][0])):
        gaps = [_Gap(same) for same in by(entries, lambda row: tuple(row["group"])).values()]
        against = (
            say(", compared with {reference}", reference=named(reference)) if reference else ""
        )
        head = Cell(against, labels=labels(attributes))
        groups.append(RowGroup(tuple(_cells(gap, judged.ratio_line) for gap in gaps), head))
    heads = columns(
        "Group", "#Difference, points", "#Ratio", "#p", "#p, corrected", "Verdict",
        *(["#Could be"] if any("bounds" in row for row in rows) else []),
    )  # fmt: skip
    caption = say("{metric}: gaps between groups", metric=metric_title(judged.metric))
    return Table(f"{key}-table", caption, heads, tuple(groups), methods(rows))


def _row(entry: Entry, judged: _Judged) -> Row:
    value = entry["value"]
    who = labels(entry["group"])
    if value is None:
        return Row(who, "not computable")
    against = (
        say(" against {reference}", reference=named(entry["reference"]))
        if entry.get("reference")
        else ""
    )
    span = interval(entry.get("low"), entry.get("high"), judged.show)
    hover = (
        f"{named(entry['group'])}{against}\n{say(judged.kind.capitalize())} {judged.show(value)}"
    )
    hover += say("\nInterval {span}", span=span) if span else ""
    verdict = entry.get("verdict")
    name = str(verdict) if verdict in LEVELS else "none"
    mark = Mark(value, entry.get("low"), entry.get("high"), name, hover)
    return Row(who, judged.show(value), span, (mark,))


def _see(rows: Sequence[Entry], judged: _Judged) -> str:
    known = [row for row in rows if row["value"] is not None]
    if not known:
        return say("No {kind} could be computed.", kind=say(judged.kind))
    flags = [row for row in known if row.get("verdict") == "flag"]
    text = say("{n} of {all} comparisons are flagged.", n=len(flags), all=len(known))
    far = max(flags or known, key=judged.distance)
    against = (
        say(" against {reference}", reference=named(far["reference"]))
        if far.get("reference")
        else ""
    )
    unit = "" if judged.kind == "ratio" else say(" points")
    text += say(
        " Furthest from equal among them: {group}{against}, {value}{unit}."
        if flags
        else " Furthest from equal: {group}{against}, {value}{unit}.",
        group=named(far["group"]),
        against=against,
        value=judged.show(far["value"]),
        unit=unit,
    )
    same = "1" if judged.kind == "ratio" else "0"
    return text + say(" A mark whose line crosses {same} is compatible with no gap.", same=same)


def _rank(row: Entry) -> float:
    order = ("flag", "note", "pass", "inconclusive")
    verdict = row.get("verdict")
    return -float(order.index(verdict)) if verdict in order else -9.0


def within_lines(kind: str, line: float | None) -> list[Line]:
    """Return where equal rates lie, and the policy's line around them."""
    same = Line(1.0, "1, equal rates") if kind == "ratio" else Line(0.0, "0, equal rates")
    if line is None:
        return [same]
    if kind == "ratio":
        low, high, title = (
            line,
            1 / line,
            say("{lower} to {upper}", lower=f"{line:g}", upper=f"{1 / line:g}"),
        )
    else:
        low, high, title = -line, line, say("within {line} points", line=f"{line * 100:g}")
    band = Line(low, say("{title}, the policy's line", title=title), until=high)
    return [band, Line(low, "", dashed=True), Line(high, "", dashed=True), same]


def _chart(key: str, judged: _Judged, table: str, rows: Sequence[Entry]) -> Chart:
    sets = attribute_sets(rows)
    drawn: list[Row] = []
    notes = []
    for attributes, entries in sets.items():
        if len(attributes) > 1 and judged.metric not in HEADLINES:
            entries = found(entries, verdict="flag")
            notes += [
                say("Of {attributes} only flagged groups are drawn.", attributes=named(attributes))
            ]
        kept, note = chosen(entries, _rank, "flags first", _MOST_ROWS)
        if len(sets) > 1 and kept:
            drawn.append(Row(labels(attributes), heading=True))
        drawn.extend(_row(entry, judged) for entry in kept)
        notes += [f"{named(attributes)}: {note}"] if note else []
    marks = [mark for row in drawn for mark in row.marks]
    if judged.kind == "ratio":
        scale = log_scale(marks, "Ratio to the reference (logarithmic)")
    else:
        scale = point_scale(marks, "Difference from the reference, points", judged.line or 0.0)
    return chart_of(
        key=key,
        title=say(
            "{metric}: {kind} to the reference",
            metric=metric_title(judged.metric),
            kind=say(judged.kind),
        ),
        see=_see(rows, judged),
        table=table,
        rows=drawn,
        scale=scale,
        series=SERIES,
        lines=within_lines(judged.kind, judged.line),
        note=" ".join(notes),
    )


def _worth_a_row(rows: Sequence[Entry], metric: str) -> tuple[list[Entry], str]:
    """Return the rows for the table: of error rates of crossed groups, those that were judged.

    The others are too small for a gap to say anything; their rates and intervals are in the
    tables of rates all the same.
    """
    if metric in HEADLINES:
        return list(rows), ""
    kept = [row for row in rows if len(row["attributes"]) == 1 or row.get("p_adjusted") is not None]
    gone = len({(tuple(r["attributes"]), tuple(r["group"])) for r in rows}) - len(
        {(tuple(r["attributes"]), tuple(r["group"])) for r in kept}
    )
    if not gone:
        return kept, ""
    return kept, (
        say(
            "Left out here: {gone} crossed groups with too few people to be judged. Their rates "
            "are "
            "in the tables above, their gaps in audit.json.",
            gone=gone,
        )
    )


def _of_metric(record: Record, stage: str, metric: str, rows: Sequence[Entry]) -> list[Block]:
    key = f"{stage}-gaps-{metric.replace('_', '-')}"
    judged = _judged(record, metric)
    rows, left_out = _worth_a_row(rows, metric)
    bounds = bounds_of(record) if metric in HEADLINES else {}
    if bounds:
        rows = [{**row, "bounds": bounds.get(bound_key(row))} for row in rows]
    table = _table(key, judged, rows)
    if bounds:
        table = replace(table, notes=(_COULD_BE, *table.notes))
    if left_out:
        table = replace(table, notes=(left_out, *table.notes))
    drawn = found(rows, kind=judged.kind)
    if not drawn or judged.line is None:
        return [folded(table)]
    return [_chart(f"{key}-chart", judged, table.id, drawn), folded(table)]


def _complement(metric: str) -> str | None:
    from auditkit.metrics import METRICS

    row = METRICS.get(metric)
    return row.complement if row else None


def _told_once(metrics: dict[str, list[Entry]]) -> list[str]:
    """Take out metrics that are one minus another that stays, and return their titles.

    Their differences are those of the other with the sign turned; none of them is judged.
    """
    gone = []
    for metric in list(metrics):
        judged = any(row.get("verdict") for row in metrics[metric])
        other = _complement(metric)
        if not judged and other in metrics and any(row.get("verdict") for row in metrics[other]):
            del metrics[metric]
            gone.append(metric_title(metric))
    return gone


def gap_parts(record: Record, stage: str) -> list[Part]:
    """Return the parts on the gaps of a stage: the headline rate first, then the other rates."""
    metrics = by(found(record["disparities"], stage=stage), lambda row: row["metric"])
    parts = []
    for metric in HEADLINES:
        if metric in metrics:
            blocks = _of_metric(record, stage, metric, metrics.pop(metric))
            title = say("Gaps in the {metric}", metric=inside(metric_title(metric)))
            parts.append(Part(f"{stage}-gaps", (), tuple(blocks), prefix=title))
    if not metrics:
        return parts
    gone = _told_once(metrics)
    lead = ""
    if gone:
        lead = say(
            "Not repeated here: {gone}. Each is 100 % minus one of the rates below, so its "
            "differences are the same with the sign turned.",
            gone=", ".join(gone),
        )
    rest = [block for m, rows in metrics.items() for block in _of_metric(record, stage, m, rows)]
    title = "Gaps in the error rates"
    parts.append(Part(f"{stage}-gaps-errors", (), tuple(rest), lead, prefix=title))
    return parts
