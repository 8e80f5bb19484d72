"""Reading the record: small questions that every section asks of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from auditkit.report.blocks import Cell, Column
from auditkit.report.text import interval, labels, percent, points, precise, ratio, visible
from auditkit.report.words import METHOD_NAMES

__all__ = [
    "Entry",
    "Record",
    "attribute_sets",
    "by",
    "column_cell",
    "columns",
    "difference_cell",
    "found",
    "group_cell",
    "methods",
    "metric_title",
    "policy_line",
    "rate_cell",
    "ratio_cell",
    "undefined",
]

Record = Mapping[str, Any]
Entry = Mapping[str, Any]

FOUR_FIFTHS = 0.8


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
    return row.title if row else visible(name.replace("_", " ").capitalize(), 80)


def policy_line(record: Record, metric: str) -> float | None:
    """Return the policy's line for ratios of a metric, if a rule draws one."""
    for rule in (record.get("policy") or {}).get("rules") or ():
        line = rule.get("threshold")
        if (
            rule.get("kind") == "ratio"
            and metric in (rule.get("metrics") or ())
            and isinstance(line, int | float)
            and 0 < line < 1
        ):
            return float(line)
    return None


def columns(*titles: str) -> tuple[Column, ...]:
    """Return column heads; a title that begins with ``#`` heads a column of numbers."""
    return tuple(Column(title.lstrip("#"), title.startswith("#")) for title in titles)


def group_cell(row: Entry, key: str = "group") -> Cell:
    """Return the group (or the reference) of a row as a cell; no reference is said in words."""
    values = row.get(key)
    return Cell("all others") if key == "reference" and not values else Cell(labels=labels(values))


def column_cell(name: object) -> Cell:
    """Return the name of a column or attribute as a cell."""
    return Cell(labels=labels([name]))


def undefined(reason: object) -> Cell:
    """Return the cell of a number that does not exist, with the reason."""
    return Cell(
        "not computable",
        under=visible(reason, 300) if reason else "no reason was recorded",
        tone="undefined",
    )


def rate_cell(value: float | None, reason: object = None) -> Cell:
    """Return a rate as a cell."""
    if value is None:
        return undefined(reason)
    return Cell(percent(value), tone="number", value=precise(value), under=_aside(reason))


def _aside(reason: object) -> str:
    return visible(reason, 300) if reason else ""


def difference_cell(row: Entry | None) -> Cell:
    """Return a difference with its interval as a cell; an empty cell when it was not measured."""
    if row is None:
        return Cell("not measured", tone="undefined")
    if row.get("value") is None:
        return undefined(row.get("reason"))
    return Cell(
        points(row["value"]),
        under=interval(row.get("low"), row.get("high"), points) or _aside(row.get("reason")),
        tone="number",
        value=precise(row["value"]),
    )


def ratio_cell(row: Entry | None, line: float | None = FOUR_FIFTHS) -> Cell:
    """Return a ratio with its interval as a cell."""
    if row is None:
        return Cell("not measured", tone="undefined")
    if row.get("value") is None:
        return undefined(row.get("reason"))
    return Cell(
        ratio(row["value"], line),
        under=interval(row.get("low"), row.get("high"), ratio) or _aside(row.get("reason")),
        tone="number",
        value=precise(row["value"]),
    )


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
    names = "; ".join(METHOD_NAMES.get(name, visible(name, 120)) for name in used)
    share = " and ".join(f"{level * 100:g}%" for level in levels)
    return (f"Method: {names}." + (f" Intervals at {share}." if share else ""),)

