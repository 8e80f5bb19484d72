"""What the data cannot tell: bounds under what is missing, outcomes of the selected; distances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from auditkit.report.blocks import Cell, Part, RowGroup, Table
from auditkit.report.charts import chart_of
from auditkit.report.language import say
from auditkit.report.pictures import Mark, Row, Series
from auditkit.report.reading import (
    Entry,
    Record,
    attribute_sets,
    columns,
    folded,
    group_cell,
    metric_title,
    undefined,
)
from auditkit.report.scales import share_scale
from auditkit.report.text import count, labels, named, percent, points, ratio, recorded

__all__ = ["bound_cell", "bound_key", "bounds_of", "distances_part", "selective_part"]

_KNOWN = Series("known", "Among those with an outcome", "circle", "blue")
_ENDS = Series("ends", "All that fits the data", "ring", "orange")
_WHO = {
    "outcome": "without outcome",
    "group": "without group",
    "both": "without either",
}
_MEASURES = (
    ("class_imbalance", "Class imbalance"),
    ("label_proportion_difference", "Difference in proportions (DPL)"),
    ("kl_divergence", "Kullback-Leibler"),
    ("jensen_shannon_divergence", "Jensen-Shannon"),
    ("hellinger_distance", "Hellinger"),
    ("total_variation_distance", "Total variation"),
    ("kolmogorov_smirnov", "Kolmogorov-Smirnov"),
    ("lp_norm", "L2 norm"),
)


def bounds_of(record: Record) -> dict[tuple[Any, ...], Entry]:
    """Return the bounds of each comparison under all that is missing, by `bound_key`."""
    rows = (record.get("profile") or {}).get("bounds") or []
    return {bound_key(row): row for row in rows}  # the last cause takes in the others


def bound_key(row: Entry) -> tuple[Any, ...]:
    """Return what tells one comparison from another."""
    return (row["stage"], row["metric"], row["kind"], *row["attributes"], *row["group"])


def bound_cell(difference: Entry | None, quotient: Entry | None) -> Cell:
    """Say what a gap could be: as a difference, as a ratio, and how many are unknown."""
    rows = [row for row in (difference, quotient) if row is not None and row.get("low") is not None]
    if not rows:
        return Cell("as it is" if difference is None and quotient is None else "anything", tone="u")
    texts = []
    for row in rows:
        show = ratio if row["kind"] == "ratio" else points
        high = row.get("high")
        texts.append(
            say(
                "{lower} to {upper}",
                lower=show(row["low"]),
                upper=say("no bound") if high is None else show(high),
            )
        )
    who = say(_WHO.get(str(rows[0].get("cause")), "unknown"))
    people = f"{count(rows[0].get('unknown'))} {who}"
    return Cell(texts[0], under=" ".join(texts[1:]), below=people, tone="n")


def selective_part(rows: Sequence[Entry]) -> Part:
    """Return the part on figures that are unknown because outcomes exist only for the selected."""
    first = rows[0]
    lead = say(
        "Outcomes exist only for those who were selected: they are known for {known_selected} of "
        "the selected and for {known_rejected} of the others. The figures below are therefore not "
        "known for all people, whatever their number; the data fit every value between the two "
        "ends.",
        known_selected=_percent(first.get("known_selected")),
        known_rejected=_percent(first.get("known_rejected")),
    )
    groups, drawn = [], []
    for attributes, entries in attribute_sets(rows).items():
        cells = tuple(
            (
                group_cell(row) if row["group"] else Cell("Everybody"),
                Cell(metric_title(row["metric"])),
                Cell(_percent(row.get("value")), tone="n" if row.get("value") is not None else "u"),
                _ends(row),
                Cell(
                    count(row.get("unknown")),
                    under=say("of {people}", people=count(row.get("people"))),
                    tone="n",
                ),
            )
            for row in entries
        )
        groups.append(RowGroup(cells, Cell(labels=labels(attributes)) if attributes else None))
        if len(attributes) < 2:
            drawn += [_row(row) for row in entries if row["metric"] == "base_rate"]
    heads = columns("Group", "Rate", "#Among those known", "#Could be", "#Outcome unknown")
    table = Table("data-selective-table", "What is not identified", heads, tuple(groups))
    chart = chart_of(
        key="data-selective-chart",
        title="Base rates: among the selected, and what they could be for all",
        see=say("Everybody: {first_text}.", first_text=_ends(first).text),
        table=table.id,
        rows=drawn,
        scale=share_scale([mark for row in drawn for mark in row.marks], "Base rate"),
        series=(_KNOWN, _ENDS),
    )
    return Part(
        "data-selective", (), (chart, folded(table)), lead, prefix="Outcomes of the selected only"
    )


def _percent(value: Any) -> str:
    return "not known" if value is None else percent(value)


def _ends(row: Entry) -> Cell:
    if row.get("low") is None or row.get("high") is None:
        return undefined(row.get("reason"))
    return Cell(
        say("{lower} to {upper}", lower=percent(row["low"]), upper=percent(row["high"])), tone="n"
    )


def _row(row: Entry) -> Row:
    who = labels(row["group"]) if row["group"] else labels(["everybody"])
    low, high, value = row.get("low"), row.get("high"), row.get("value")
    if low is None or high is None:
        return Row(who, "not computable")
    told = say(
        "{group}\n{low} to {high}",
        group=named(row["group"]) or "Everybody",
        low=percent(low),
        high=percent(high),
    )
    marks = [Mark((low + high) / 2, low, high, _ENDS.name, told)]
    if value is not None:
        marks.insert(
            0,
            Mark(
                value,
                None,
                None,
                _KNOWN.name,
                say("{told}\nKnown: {value}", told=told, value=percent(value)),
            ),
        )
    return Row(
        who, say("{lower} to {upper}", lower=percent(low), upper=percent(high)), "", tuple(marks)
    )


def distances_part(rows: Sequence[Entry]) -> Part:
    """Return the part on distances between the outcomes of two groups."""
    lead = (
        "The same gaps by the distances that other systems report. Of a yes/no outcome the total "
        "variation distance and Kolmogorov-Smirnov are the size of the difference, and the L2 norm "
        "is that times the square root of 2."
    )
    groups = []
    for attributes, entries in attribute_sets(rows).items():
        cells = tuple(
            (group_cell(row), group_cell(row, "reference"), *(_value(row, m) for m, _ in _MEASURES))
            for row in entries
        )
        groups.append(RowGroup(cells, Cell(labels=labels(attributes))))
    heads = columns("Group", "Compared with", *(f"#{title}" for _, title in _MEASURES))
    table = Table("data-distances-table", "Distances between outcomes", heads, tuple(groups))
    return Part("data-distances", (), (folded(table),), lead, prefix="Distances")


def _value(row: Entry, name: str) -> Cell:
    value = row.get(name)
    if value is None:
        why = (row.get("reasons") or {}).get(name)
        return Cell("not computable", under=recorded(why or "", 160), tone="u")
    return Cell(f"{value:.3f}".replace("-", "−"), tone="n")
