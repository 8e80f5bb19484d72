"""How scores rank the people of each group, and what thresholds would decide."""

from __future__ import annotations

from collections.abc import Sequence

from auditkit.report.blocks import Block, Cell, Fold, Part, RowGroup, Table
from auditkit.report.language import say
from auditkit.report.reading import (
    Entry,
    Record,
    attribute_sets,
    by,
    columns,
    folded,
    found,
    group_cell,
    metric_title,
    undefined,
)
from auditkit.report.text import count, interval, label, labels, named, number, percent, ratio

__all__ = ["ranking_parts"]

_AREA, _GAP = "roc_auc", "roc_auc_difference"
_LEAD = (
    "The area under the ROC curve is the chance that, of two people of a group, the one with the "
    "outcome has the higher score: 0.5 is a coin, 1 is without fault. It says how well scores rank "
    "within a group, not whether one score means the same in every group."
)
_EXACT = "Exact: from the rows, ties counted half. Intervals: DeLong; Newcombe where few."


def ranking_parts(record: Record) -> list[Part]:
    """Return a part for each set of attributes; none where no scores were brought."""
    rows = (record.get("profile") or {}).get("scores") or []
    sets = attribute_sets(rows)
    everybody = sets.pop((), [])
    parts: list[Part] = []
    for place, (attributes, entries) in enumerate(sets.items(), 1):
        key = f"scores-{place}"
        blocks = [
            *_areas(key, attributes, entries, everybody),
            *_thresholds(key, attributes, entries),
        ]
        lead = _LEAD if not parts else ""
        parts.append(Part(key, labels(attributes), tuple(blocks), lead, prefix="Scores by"))
    return parts


def _areas(
    key: str, attributes: tuple[str, ...], rows: Sequence[Entry], everybody: Sequence[Entry]
) -> list[Block]:
    areas = found(rows, metric=_AREA)
    if not areas:
        return []
    lines = [tuple(_area(row, group_cell(row))) for row in areas]
    lines += [tuple(_area(row, Cell("everybody"))) for row in found(everybody, metric=_AREA)]
    table = Table(
        f"{key}-table",
        say("Area under the ROC curve by {attributes}", attributes=named(attributes)),
        columns("Group", "#Area", "#Interval", "#People"),
        (RowGroup(tuple(lines)),),
        (_how(areas), *(_gap(row) for row in found(rows, metric=_GAP))),
    )
    return [folded(table)]


def _area(row: Entry, who: Cell) -> list[Cell]:
    if row.get("value") is None:
        value = undefined(row.get("reason"))
    else:
        value = Cell(ratio(row["value"]), under=_give_or_take(row), tone="n")
    span = interval(row.get("low"), row.get("high"), ratio)
    missing = undefined(row.get("reason")) if row.get("value") is not None else Cell("")
    return [
        who,
        value,
        Cell(span, tone="n") if span else missing,
        Cell(count(row.get("n")), tone="n"),
    ]


def _give_or_take(row: Entry) -> str:
    error = row.get("error")
    return say("± {error} by binning", error=number(error)) if error else ""


def _how(rows: Sequence[Entry]) -> str:
    methods = {str(row.get("method")) for row in rows}
    bins = next((name for name in methods if name.endswith(" bins")), None)
    if bins is None:
        return _EXACT
    worst = max((row.get("error") or 0.0) for row in rows)
    return say(
        "From counts in {bins} of score, of all rows: an area is off by {worst} at most, and the "
        "intervals (DeLong) are wider by as much.",
        bins=bins,
        worst=number(worst),
    )


def _gap(row: Entry) -> str:
    reason = f" ({label(row['reason'], 240).text})" if row.get("reason") else ""
    if row.get("value") is None:
        return say("No gap between groups{reason}.", reason=reason)
    span = interval(row.get("low"), row.get("high"), ratio)
    low, high = named(row["group"]), named(row.get("reference") or [])
    return say(
        "Widest gap: {value}, from {low} to {high}{allowed}{reason}.",
        value=ratio(row["value"]),
        low=low,
        high=high,
        allowed=say("; {span}, an interval in which all groups were allowed for", span=span)
        if span
        else "",
        reason=reason,
    )


def _thresholds(key: str, attributes: tuple[str, ...], rows: Sequence[Entry]) -> list[Block]:
    decided = [row for row in rows if row.get("threshold") is not None]
    if not decided:
        return []
    metrics = list(by(decided, lambda row: row["metric"]))
    groups: list[RowGroup] = []
    for threshold, entries in sorted(by(decided, lambda row: row["threshold"]).items()):
        lines = []
        for of_group in by(entries, lambda row: tuple(row["group"])).values():
            cells = [_rate(found(of_group, metric=metric)) for metric in metrics]
            lines.append((group_cell(of_group[0]), *cells))
        groups.append(
            RowGroup(
                tuple(lines), Cell(say("Selected from {threshold} on", threshold=number(threshold)))
            )
        )
    about = named(attributes)
    table = Table(
        f"{key}-thresholds-table",
        say("What each threshold would decide, by {about}", about=about),
        columns("Group", *(f"#{metric_title(metric)}" for metric in metrics)),
        tuple(groups),
    )
    return [Fold(say("Table: {caption}", caption=table.caption), (table,))]


def _rate(rows: Sequence[Entry]) -> Cell:
    if not rows:
        return Cell("not measured", tone="u")
    (row,) = rows
    if row.get("value") is None:
        return undefined(row.get("reason"))
    error = percent(row["error"]).removesuffix(" %") if row.get("error") else ""
    under = say("± {error} points by binning", error=error) if error else ""
    return Cell(percent(row["value"]), under=under, tone="n")
