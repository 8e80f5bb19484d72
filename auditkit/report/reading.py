"""Reading the record: small questions that every section asks of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from auditkit.report.blocks import Block, Cell, Column, Fold, Table
from auditkit.report.language import say
from auditkit.report.text import (
    fraction,
    interval,
    labels,
    p_value,
    percent,
    points,
    ratio,
    recorded,
    visible,
)
from auditkit.report.words import METHOD_NAMES

__all__ = [
    "FOUR_FIFTHS",
    "HEADLINES",
    "Entry",
    "Record",
    "attribute_sets",
    "behind",
    "by",
    "column_cell",
    "columns",
    "difference_cell",
    "folded",
    "found",
    "group_cell",
    "methods",
    "metric_title",
    "p_cell",
    "policy_line",
    "rate_cell",
    "ratio_cell",
    "undefined",
]

Record = Mapping[str, Any]
Entry = Mapping[str, Any]

FOUR_FIFTHS = 0.8
HEADLINES = ("base_rate", "selection_rate")
_OPEN_ROWS = 14


def by(rows: Iterable[Entry], key: Callable[[Entry], Any]) -> dict[Any, list[Entry]]:
    """Return rows by key, keys in order of first appearance."""
    out: dict[Any, list[Entry]] = {}
    for row in rows:
        out.setdefault(key(row), []).append(row)
    return out


def attribute_sets(rows: Iterable[Entry]) -> dict[tuple[str, ...], list[Entry]]:
    """Return rows by attributes, single attributes before crossings."""
    sets = by(rows, lambda row: tuple(row["attributes"]))
    return dict(sorted(sets.items(), key=lambda item: len(item[0])))


def found(rows: Iterable[Entry], **wanted: Any) -> list[Entry]:
    """Return the rows that have all the wanted values."""
    return [row for row in rows if all(row.get(k) == v for k, v in wanted.items())]


def metric_title(name: str) -> str:
    """Return a metric's title from the catalogue, or its name in words."""
    from auditkit.metrics import METRICS

    row = METRICS.get(name)
    return say(row.title) if row else visible(name.replace("_", " ").capitalize(), 80)


def policy_line(record: Record, metric: str) -> tuple[str, float] | None:
    """Return the kind and the line of the first rule of the policy that judges a metric."""
    for rule in (record.get("policy") or {}).get("rules") or ():
        kind, line = rule.get("kind"), rule.get("threshold")
        if metric not in (rule.get("metrics") or ()) or not isinstance(line, int | float):
            continue
        if (kind == "ratio" and 0 < line <= 1) or (kind == "difference" and line > 0):
            return str(kind), float(line)
    return None


def columns(*titles: str) -> tuple[Column, ...]:
    """Return column heads; a title that begins with ``#`` heads a column of numbers."""
    return tuple(Column(title.lstrip("#"), title.startswith("#")) for title in titles)


def folded(table: Table) -> Block:
    """Return a table, or a fold that holds it when it is long."""
    if table.size <= _OPEN_ROWS:
        return table
    return Fold(
        say("Table: {caption} ({size} rows)", caption=table.caption, size=table.size), (table,)
    )


def group_cell(row: Entry, key: str = "group") -> Cell:
    """Return the group (or the reference) of a row as a cell; no reference is said in words."""
    values = row.get(key)
    return Cell("all others") if key == "reference" and not values else Cell(labels=labels(values))


def column_cell(name: object) -> Cell:
    """Return the name of a column, attribute or single group as a cell."""
    return Cell(labels=labels([name]))


def undefined(reason: object) -> Cell:
    """Return the cell of a number that does not exist, with the reason."""
    why = recorded(reason, 300) if reason else "no reason was recorded"
    return Cell("not computable", under=why, tone="u")


def behind(row: Entry) -> str:
    """Return the counts behind a rate."""
    return fraction(row.get("events"), row.get("n"), "effective" in str(row.get("method") or ""))


def rate_cell(value: float | None, reason: object = None) -> Cell:
    """Return a rate as a cell."""
    return undefined(reason) if value is None else Cell(percent(value), tone="n")


def difference_cell(row: Entry | None) -> Cell:
    """Return a difference with its interval as a cell."""
    if row is None:
        return Cell("not measured", tone="u")
    if row.get("value") is None:
        return undefined(row.get("reason"))
    span = interval(row.get("low"), row.get("high"), points)
    return Cell(points(row["value"]), under=span, tone="n")


def ratio_cell(row: Entry | None, line: float | None = FOUR_FIFTHS) -> Cell:
    """Return a ratio with its interval as a cell."""
    if row is None:
        return Cell("not measured", tone="u")
    if row.get("value") is None:
        return undefined(row.get("reason"))
    span = interval(row.get("low"), row.get("high"), ratio)
    return Cell(ratio(row["value"], line), under=span, tone="n")


def p_cell(value: float | None, absent: str = "not computed") -> Cell:
    """Return a p-value as a cell."""
    return Cell(absent, tone="u") if value is None else Cell(p_value(value), tone="n")


def methods(rows: Sequence[Entry]) -> tuple[str, ...]:
    """Return a note on how the intervals and tests of some rows were made."""
    levels = sorted({row["level"] for row in rows if row.get("level") is not None})
    used = sorted(
        {
            name.strip()
            for row in rows
            for name in str(row.get("method") or "").split(";")
            if name.strip() not in {"", "none"}
        }
    )
    if not used:
        return ()
    names = "; ".join(say(METHOD_NAMES.get(name, "")) or visible(name, 120) for name in used)
    share = " and ".join(f"{level * 100:g} %" for level in levels)
    return (
        say("Method: {names}.", names=names)
        + (say(" Intervals at {share}.", share=share) if share else ""),
    )
