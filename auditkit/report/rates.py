"""Rates by group: a picture, then the table with the same numbers."""

from __future__ import annotations

from collections.abc import Sequence

from auditkit.report.blocks import (
    Block,
    Cell,
    Chart,
    Fold,
    Key,
    Line,
    Mark,
    Part,
    Row,
    RowGroup,
    Scale,
    Series,
    Table,
)
from auditkit.report.drawing import share_scale
from auditkit.report.reading import (
    Entry,
    Record,
    attribute_sets,
    by,
    columns,
    found,
    group_cell,
    methods,
    metric_title,
    rate_cell,
)
from auditkit.report.text import fraction, interval, labels, named, percent

__all__ = ["MOST_ROWS", "chart_of", "rate_parts", "shortened"]

MOST_ROWS = 24
_FOLD_ROWS = 14
_HEADLINES = ("base_rate", "selection_rate")
_ERRORS = ("false_negative_rate", "false_positive_rate")
_DOT = Series("rate", "Rate, with its interval", "circle", "blue")


def chart_of(
    *,
    id: str,
    title: str,
    see: str,
    table: str,
    rows: Sequence[Row],
    scale: Scale,
    series: Sequence[Series],
    lines: Sequence[Line] = (),
    note: str = "",
) -> Chart:
    """Return a chart with the key to its symbols."""
    used = {mark.series for row in rows for mark in row.marks}
    keys = [Key(item.title, item.symbol, item.colour) for item in series if item.name in used]
    keys += [
        Key(line.title, "dash" if line.until is None else "band", "soft")
        for line in lines
        if line.title
    ]
    return Chart(
        id=id,
        title=title,
        see=see,
        table=table,
        rows=tuple(rows),
        scale=scale,
        series=tuple(series),
        lines=tuple(lines),
        note=note,
        keys=tuple(keys),
    )


def shortened(rows: Sequence[Row]) -> tuple[list[Row], str]:
    """Return at most as many rows as a chart can show, and a note on the rest."""
    drawn = [row for row in rows if not row.heading]
    if len(drawn) <= MOST_ROWS:
        return list(rows), ""
    kept, room = [], MOST_ROWS
    for row in rows:
        if room == 0:
            break
        kept.append(row)
        room -= not row.heading
    if kept[-1].heading:
        kept.pop()
    return kept, f"The first {MOST_ROWS} of {len(drawn)} rows are drawn; the table has them all."


def _row(estimate: Entry) -> Row:
    value = estimate["value"]
    who = labels(estimate["group"])
    if value is None:
        return Row(who, "not computable", fraction(None, estimate.get("n")))
    behind = fraction(estimate.get("events"), estimate.get("n"))
    hover = f"{named(estimate['group'])}\n{percent(value)} ({behind})"
    span = interval(estimate.get("low"), estimate.get("high"), percent)
    mark = Mark(
        value,
        estimate.get("low"),
        estimate.get("high"),
        _DOT.name,
        f"{hover}\nInterval {span}" if span else hover,
    )
    return Row(who, percent(value), behind, (mark,))


def _see(rows: Sequence[Entry]) -> str:
    known = [row for row in rows if row["value"] is not None]
    gone = len(rows) - len(known)
    tail = ""
    if gone:
        verb = "has" if gone == 1 else "have"
        tail = f" {gone} of {len(rows)} groups {verb} no rate; the table gives the reason."
    if not known:
        return "No rate could be computed." + tail
    if len(known) == 1:
        return f"{_told(known[0])}.{tail}"
    low = min(known, key=lambda row: float(row["value"]))
    high = max(known, key=lambda row: float(row["value"]))
    return f"Lowest: {_told(low)}. Highest: {_told(high)}.{tail}"


def _told(row: Entry) -> str:
    behind = fraction(row.get("events"), row.get("n"))
    return f"{named(row['group'])} {percent(row['value'])} ({behind})"


def _cells(row: Entry) -> tuple[Cell, ...]:
    known = row["value"] is not None
    return (
        group_cell(row),
        rate_cell(row["value"], row.get("reason")),
        Cell(interval(row.get("low"), row.get("high"), percent) if known else "", tone="number"),
        Cell(fraction(row.get("events"), row.get("n")), tone="number"),
    )


def _table(
    id: str, caption: str, rate: str, groups: Sequence[RowGroup], entries: Sequence[Entry]
) -> Table:
    heads = columns("Group", f"#{rate}", "#Interval", "#People")
    return Table(id, caption, heads, tuple(groups), methods(entries))


def _headline(rows: Sequence[Entry], id: str, metric: str, about: str) -> list[Block]:
    title = metric_title(metric)
    drawn, note = shortened([_row(row) for row in rows])
    scale = share_scale([mark for row in drawn for mark in row.marks], title)
    table = _table(
        f"{id}-table", f"{title} by {about}", title, [RowGroup(tuple(map(_cells, rows)))], rows
    )
    chart = chart_of(
        id=f"{id}-chart",
        title=f"{title} by {about}",
        see=_see(rows),
        table=table.id,
        rows=drawn,
        scale=scale,
        series=(_DOT,),
        note=note,
    )
    return [chart, table if table.size <= _FOLD_ROWS else _fold(table)]


def _fold(table: Table) -> Fold:
    return Fold(f"Table: {table.caption} ({table.size} rows)", (table,))


def _errors_chart(metrics: dict[str, list[Entry]], id: str, about: str) -> Chart | None:
    rows: list[Row] = []
    told = []
    for metric in _ERRORS:
        if metric in metrics:
            rows.append(Row(labels([metric_title(metric)]), heading=True))
            rows.extend(_row(row) for row in metrics[metric])
            told.append(f"{metric_title(metric)}: {_see(metrics[metric])}")
    if not rows:
        return None
    drawn, note = shortened(rows)
    return chart_of(
        id=f"{id}-chart",
        title=f"Errors by {about}",
        see=" ".join(told),
        table=f"{id}-table",
        rows=drawn,
        scale=share_scale(
            [mark for row in drawn for mark in row.marks], "Share of those it could happen to"
        ),
        series=(_DOT,),
        note=note,
    )


def _others(metrics: dict[str, list[Entry]], id: str, about: str) -> list[Block]:
    if not metrics:
        return []
    groups = [
        RowGroup(tuple(map(_cells, rows)), Cell(metric_title(metric)))
        for metric, rows in metrics.items()
    ]
    everything = [row for rows in metrics.values() for row in rows]
    table = _table(f"{id}-table", f"Other rates by {about}", "Rate", groups, everything)
    chart = _errors_chart(metrics, id, about)
    return [*([chart] if chart else []), _fold(table)]


def rate_parts(record: Record, stage: str) -> list[Part]:
    """Return one part for each set of attributes: the rates of a stage, drawn and in tables."""
    parts = []
    sets = attribute_sets(found(record["estimates"], stage=stage))
    for i, (attributes, rows) in enumerate(sets.items(), 1):
        about = named(attributes)
        metrics = by(rows, lambda row: row["metric"])
        blocks: list[Block] = []
        for metric in _HEADLINES:
            if metric in metrics:
                taken = metrics.pop(metric)
                blocks += _headline(taken, f"{stage}-{metric.replace('_', '-')}-{i}", metric, about)
        blocks += _others(metrics, f"{stage}-errors-{i}", about)
        parts.append(Part(f"{stage}-by-{i}", labels(attributes), tuple(blocks)))
    return parts
