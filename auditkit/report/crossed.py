"""Crossed groups as a matrix: two attributes, the rate in each cell and the people behind it."""

from __future__ import annotations

from auditkit.report.blocks import Part
from auditkit.report.charts import matrix_of
from auditkit.report.language import say
from auditkit.report.pictures import Heat, Matrix
from auditkit.report.reading import (
    HEADLINES,
    Entry,
    Record,
    attribute_sets,
    behind,
    found,
    metric_title,
)
from auditkit.report.text import interval, named, percent

__all__ = ["crossed_parts"]

_MOST = 12
_MOST_PAIRS = 3


def _heat(row: Entry, top: float, verdict: str, least: float) -> Heat:
    if row["value"] is None:
        return Heat("not computable", behind(row), tone="u")
    span = interval(row.get("low"), row.get("high"), percent)
    under = f"{behind(row)} ({span})" if span else behind(row)
    if (row.get("n") or 0) < least:  # a tint would say that the rate of so few means something
        return Heat(percent(row["value"]), under, tone="inconclusive")
    return Heat(percent(row["value"]), under, row["value"] / top if top else 0.0, verdict)


def _see(rows: list[Entry], least: float) -> str:
    large = [row for row in rows if row["value"] is not None and (row.get("n") or 0) >= least]
    if not large:
        return "Every crossed group is too small to judge."
    low, high = (f(large, key=lambda row: float(row["value"])) for f in (min, max))
    return say(
        "Lowest among groups of {least} people or more: {low_group}, {low_value} ({low}). "
        "Highest: {high_group}, {high_value} ({high}).",
        least=f"{least:g}",
        low_group=named(low["group"]),
        low_value=percent(low["value"]),
        low=behind(low),
        high_group=named(high["group"]),
        high_value=percent(high["value"]),
        high=behind(high),
    )


def _matrix(record: Record, stage: str, metric: str, rows: list[Entry], key: str) -> Matrix | None:
    down = list(dict.fromkeys(row["group"][0] for row in rows))
    across = list(dict.fromkeys(row["group"][1] for row in rows))
    if not 1 < len(across) <= _MOST or not 1 < len(down) <= _MOST:
        return None
    least = float((record.get("policy") or {}).get("min_group") or 0)
    flagged = {
        tuple(row["group"]): str(row["verdict"])
        for row in found(record["disparities"], stage=stage, metric=metric)
        if tuple(row["attributes"]) == tuple(rows[0]["attributes"]) and row.get("verdict") == "flag"
    }
    large = [row for row in rows if row["value"] is not None and (row.get("n") or 0) >= least]
    top = max((float(row["value"]) for row in large), default=0.0)
    cells = {
        tuple(row["group"]): _heat(row, top, flagged.get(tuple(row["group"]), ""), least)
        for row in rows
    }
    attributes = rows[0]["attributes"]
    return matrix_of(
        key=key,
        title=say("{metric} of crossed groups", metric=metric_title(metric)),
        see=_see(rows, least),
        corner=say(
            "{one} by {other}",
            one=named([attributes[0]]),
            other=named([attributes[1]]),
        ),
        columns=[(name,) for name in across],
        rows=[((name,), [cells.get((name, other)) for other in across]) for name in down],
        note=say(
            "Groups of fewer than {least} people are marked as undecided, without a tint.",
            least=f"{least:g}",
        ),
        weak="0 %",
        strong=percent(top),
    )


def _pairs(record: Record, stage: str, metric: str) -> list[list[Entry]]:
    """Return the rates of crossings of two attributes; where more are crossed, from the scan."""
    rows = found(record["estimates"], stage=stage, metric=metric)
    scan = found(record.get("subgroups") or (), stage=stage, metric=metric)
    # The interval of a row of the scan is of its difference to everybody else.
    rows = rows + [{**row, "low": None, "high": None} for row in scan]
    out = []
    for attributes, entries in attribute_sets(rows).items():
        if len(attributes) == 2:
            once = {tuple(row["group"]): row for row in reversed(entries)}
            out.append([once[key] for key in dict.fromkeys(tuple(r["group"]) for r in entries)])
    return out


def crossed_parts(record: Record, stage: str) -> list[Part]:
    """Return the crossings of two attributes as matrices of a stage's headline rate."""
    for metric in HEADLINES:
        made = [
            matrix
            for i, rows in enumerate(_pairs(record, stage, metric)[:_MOST_PAIRS], 1)
            if (matrix := _matrix(record, stage, metric, rows, f"{stage}-crossed-{i}")) is not None
        ]
        if made:
            return [Part(f"{stage}-crossed", (), tuple(made), prefix="Crossed, at a glance")]
    return []
