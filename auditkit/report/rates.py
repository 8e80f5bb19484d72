"""Rates by group: a picture, then the table with the same numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from auditkit.report.blocks import (
    Block,
    Cell,
    Chart,
    Column,
    Fold,
    Mark,
    Part,
    Row,
    RowGroup,
    Series,
    Table,
)
from auditkit.report.charts import chart_of
from auditkit.report.language import say
from auditkit.report.reading import (
    HEADLINES,
    Entry,
    Record,
    attribute_sets,
    behind,
    by,
    columns,
    folded,
    found,
    group_cell,
    methods,
    metric_title,
    rate_cell,
    undefined,
)
from auditkit.report.scales import share_scale
from auditkit.report.text import interval, labels, named, percent

__all__ = ["chosen", "rate_parts"]

_MOST_ROWS = 16
_FEW_GROUPS = 5
_ERRORS = ("false_negative_rate", "false_positive_rate")
_MIRRORS = {
    "true_positive_rate": "false_negative_rate",
    "true_negative_rate": "false_positive_rate",
    "false_discovery_rate": "positive_predictive_value",
    "false_omission_rate": "negative_predictive_value",
}
_DOT = Series("rate", "Rate, with its interval", "circle", "blue")


def chosen(
    rows: Sequence[Entry], rank: Callable[[Entry], float], which: str, most: int = _MOST_ROWS
) -> tuple[list[Entry], str]:
    """Return the rows that a chart has room for, in their order, and a note on the rest.

    Parameters
    ----------
    rows : sequence of mappings
        Rows of the record.
    rank : callable
        Those with the highest rank are kept.
    which : str
        What the rank means, for the note: ``"the largest"``.
    most : int
        How many there is room for.
    """
    if len(rows) <= most:
        return list(rows), ""
    order = sorted(range(len(rows)), key=lambda i: -rank(rows[i]))
    kept = set(order[:most])
    note = say(
        "{n} of {all} groups are drawn, {which}; the table has them all.",
        n=most,
        all=len(rows),
        which=say(which),
    )
    return [row for i, row in enumerate(rows) if i in kept], note


def _people(row: Entry) -> float:
    return float(row.get("n") or 0)


def _row(estimate: Entry) -> Row:
    value = estimate["value"]
    who = labels(estimate["group"])
    if value is None:
        return Row(who, "not computable")
    hover = f"{named(estimate['group'])}\n{percent(value)} ({behind(estimate)})"
    span = interval(estimate.get("low"), estimate.get("high"), percent)
    mark = Mark(
        value,
        estimate.get("low"),
        estimate.get("high"),
        _DOT.name,
        say("{hover}\nInterval {span}", hover=hover, span=span) if span else hover,
    )
    return Row(who, percent(value), behind(estimate), (mark,))


def _see(rows: Sequence[Entry]) -> str:
    known = [row for row in rows if row["value"] is not None]
    gone = len(rows) - len(known)
    tail = ""
    if gone:
        tail = say(
            " {gone} of {n} groups has no rate; the table gives the reason."
            if gone == 1
            else " {gone} of {n} groups have no rate; the table gives the reason.",
            gone=gone,
            n=len(rows),
        )
    if not known:
        return "No rate could be computed." + tail
    if len(known) == 1:
        return f"{_told(known[0])}.{tail}"
    low = min(known, key=lambda row: float(row["value"]))
    high = max(known, key=lambda row: float(row["value"]))
    return say("Lowest: {low}. Highest: {high}.{tail}", low=_told(low), high=_told(high), tail=tail)


def _told(row: Entry) -> str:
    return f"{named(row['group'])} {percent(row['value'])} ({behind(row)})"


def _cells(row: Entry) -> tuple[Cell, ...]:
    span = interval(row.get("low"), row.get("high"), percent)
    return (
        group_cell(row),
        rate_cell(row["value"], row.get("reason")),
        Cell(span, tone="n"),
        Cell(behind(row), tone="n"),
    )


def _headline(rows: Sequence[Entry], key: str, metric: str, about: str) -> list[Block]:
    title = metric_title(metric)
    kept, note = chosen(rows, _people, "the largest")
    drawn = [_row(row) for row in kept]
    table = Table(
        f"{key}-table",
        say("{title} by {about}", title=title, about=about),
        columns("Group", f"#{title}", "#Interval", "#People"),
        (RowGroup(tuple(map(_cells, rows))),),
        methods(rows),
    )
    chart = chart_of(
        key=f"{key}-chart",
        title=say("{title} by {about}", title=title, about=about),
        see=_see(rows),
        table=table.id,
        rows=drawn,
        scale=share_scale([mark for row in drawn for mark in row.marks], title),
        series=(_DOT,),
        note=note,
    )
    return [chart, folded(table)]


def _errors_chart(metrics: dict[str, list[Entry]], key: str, about: str) -> Chart | None:
    rows: list[Row] = []
    told = []
    notes = []
    for metric in _ERRORS:
        if metric in metrics:
            kept, note = chosen(metrics[metric], _people, "the largest", _MOST_ROWS // 2)
            rows.append(Row(labels([metric_title(metric)]), heading=True))
            rows.extend(map(_row, kept))
            told.append(f"{metric_title(metric)}: {_see(metrics[metric])}")
            notes.append(note)
    if not rows:
        return None
    scale = share_scale([mark for row in rows for mark in row.marks], "Share who meet the error")
    return chart_of(
        key=f"{key}-chart",
        title=say("Errors by {about}", about=about),
        see=" ".join(told),
        table=f"{key}-table",
        rows=rows,
        scale=scale,
        series=(_DOT,),
        note=notes[0],
    )


def _packed(row: Entry | None) -> Cell:
    """Return a rate, its interval and its counts as one cell."""
    if row is None:
        return Cell("not measured", tone="u")
    if row["value"] is None:
        return undefined(row.get("reason"))
    span = interval(row.get("low"), row.get("high"), percent)
    return Cell(percent(row["value"]), under=span, below=behind(row), tone="n")


def _without_mirrors(metrics: dict[str, list[Entry]]) -> tuple[dict[str, list[Entry]], str]:
    """Leave out rates that are 100 % minus another that stays, and say so."""
    gone = [name for name, other in _MIRRORS.items() if name in metrics and other in metrics]
    if not gone:
        return metrics, ""
    kept = {name: rows for name, rows in metrics.items() if name not in gone}
    said = ", ".join(
        say("{one}: 100 % minus {other}", one=metric_title(m), other=metric_title(_MIRRORS[m]))
        for m in gone
    )
    return kept, say("Not repeated: {said}.", said=said)


def _matrix(metrics: dict[str, list[Entry]], key: str, about: str) -> Table:
    """Return metrics by groups; whichever are fewer head the columns."""
    groups = {tuple(row["group"]) for rows in metrics.values() for row in rows}
    said = ""
    if len(groups) > _FEW_GROUPS:
        metrics, said = _without_mirrors(metrics)
    cells = {(m, tuple(row["group"])): row for m, rows in metrics.items() for row in rows}
    order = list(dict.fromkeys(group for _, group in cells))
    across = len(order) <= _FEW_GROUPS
    if across:
        heads = (Column("Rate"), *(Column("", True, labels(group)) for group in order))
        lines = [
            (Cell(metric_title(m)), *(_packed(cells.get((m, group))) for group in order))
            for m in metrics
        ]
    else:
        heads = columns("Group", *(f"#{metric_title(m)}" for m in metrics))
        lines = [
            (Cell(labels=labels(group)), *(_packed(cells.get((m, group))) for m in metrics))
            for group in order
        ]
    everything = [row for rows in metrics.values() for row in rows]
    caption = say("Error rates by {about}", about=about)
    notes = ((said,) if said else ()) + methods(everything)
    return Table(f"{key}-table", caption, heads, (RowGroup(tuple(lines)),), notes, "matrix")


def rate_parts(record: Record, stage: str) -> list[Part]:
    """Return one part for each set of attributes: the rates of a stage, drawn and in tables."""
    parts = []
    sets = attribute_sets(found(record["estimates"], stage=stage))
    for i, (attributes, rows) in enumerate(sets.items(), 1):
        about = named(attributes)
        metrics = by(rows, lambda row: row["metric"])
        blocks: list[Block] = []
        for metric in HEADLINES:
            if metric in metrics:
                key = f"{stage}-{metric.replace('_', '-')}-{i}"
                blocks += _headline(metrics.pop(metric), key, metric, about)
        if metrics:
            key = f"{stage}-errors-{i}"
            chart = _errors_chart(metrics, key, about)
            table = _matrix(metrics, key, about)
            fold = Fold(say("Table: {caption}", caption=table.caption), (table,))
            blocks += [chart, fold] if chart else [fold]
        parts.append(Part(f"{stage}-by-{i}", labels(attributes), tuple(blocks), prefix="By"))
    return parts
