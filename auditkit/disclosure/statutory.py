"""The public edition of a framework: its tables masked, what was computed from small cells gone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from auditkit.disclosure.atoms import Published

__all__ = ["public_entry"]

_SAFE = frozenset({"alternatives", "retention"})
_OF_GROUPS = frozenset({"impact", "pairwise", "practical", "group_rates"})
_OF_CATEGORIES = frozenset({"category_rates", "category_tests", "small_categories"})
_NAMES = ("class", "attributes", "group", "reference", "unknown")
_NEVER = ("p_adjusted", "p_adjusted_bh", "ratio_bound_low", "ratio_bound_high", "of")
_TELLING = frozenset({"people", "tested_on"})
WITHHELD = "withheld in the public edition"


def public_entry(entry: Mapping[str, Any], found: Published) -> dict[str, Any]:
    """Return a framework with what may be told of it."""
    masked: set[tuple[Any, ...]] = set()
    tables = [_table(entry, table, found, masked) for table in entry["tables"]]
    known = entry.get("known") or {}
    fields = {
        name: WITHHELD if name in known and known[name] not in _TELLING else value
        for name, value in entry["fields"].items()
    }
    sentences = [
        row
        for row in entry.get("sentences") or ()
        if (row["table"], row.get("class"), tuple(row["group"])) not in masked
        and any(t["id"] == row["table"] and t["rows"] for t in tables)
    ]
    return {
        **entry,
        "fields": fields,
        "tables": tables,
        "sentences": sentences,
        "cells": [],
        "notes": [*entry["notes"], *found.statement()],
    }


def _table(
    entry: Mapping[str, Any],
    table: Mapping[str, Any],
    found: Published,
    masked: set[tuple[Any, ...]],
) -> dict[str, Any]:
    kind = table.get("kind")
    if table.get("score"):
        table = {**table, "score": _score(table["score"], found.least)}
    notes = ([table["note"]] if table.get("note") else []) + _score_notes(table, found)
    if kind in _SAFE:  # of alternatives those that people tell; the baseline's are of all groups
        told = [row for row in table["rows"] if row.get("source") != "computed"]
        reason = table.get("reason") if told or not table["rows"] else WITHHELD
        return {**table, "rows": told, "notes": notes, "reason": reason}
    if kind == "checklist":
        rows = [{**row, "found": WITHHELD if row["found"] else None} for row in table["rows"]]
        return {**table, "rows": rows, "notes": notes}
    if kind == "coverage":
        rows = [{k: v for k, v in row.items() if k != "people"} for row in table["rows"]]
        return {**table, "rows": rows, "notes": notes}
    if kind not in _OF_GROUPS | _OF_CATEGORIES | {"unknown_rows"}:
        reason = table.get("reason") if not table["rows"] else WITHHELD
        return {**table, "rows": [], "notes": notes, "reason": reason}
    rows = []
    for row in table["rows"]:
        made, whole = _row(entry, str(kind), row, found)
        if whole or kind != "small_categories":  # being there would say how small it is
            rows.append(made)
        if not whole:
            masked.add((table["id"], row.get("class"), tuple(row.get("group") or ())))
    reason = "masked in the public edition" if table["rows"] and not rows else table.get("reason")
    return {**table, "rows": rows, "notes": notes, "reason": reason}


def _row(
    entry: Mapping[str, Any], kind: str, row: Mapping[str, Any], found: Published
) -> tuple[dict[str, Any], bool]:
    """Return a row as it may be told, and whether all of it is."""
    stage: Any = entry.get("stage")
    if kind in _OF_GROUPS:
        sides = [tuple(row["group"])]
    else:
        if entry.get("output") in {"score", "classification"}:
            stage = (entry["framework"], row.get("class"))
        sides = [_category(entry, row, row.get("group"))]
    if row.get("reference"):
        base = tuple(row["reference"])
        sides.append(base if kind in _OF_GROUPS else _category(entry, row, row["reference"]))
    attributes = tuple(row.get("attributes") or row.get("unknown_of") or ())
    nobody = not row.get("of") if kind == "category_rates" else kind == "unknown_rows"
    if row.get("n") == 0 and nobody and (attributes, sides[0], stage, "n") not in found.known:
        return dict(row), True  # no group of the data is in it: there is nothing to add up
    told = all(found.rate(attributes, side, stage) for side in sides)
    if told and not found.hides_everybody:
        return {key: value for key, value in row.items() if key not in _NEVER}, True
    kept = {key: row[key] for key in _NAMES if key in row}
    n = found.tells((attributes, sides[0], stage, "n"))
    empty = dict.fromkeys(key for key in row if key not in {*_NAMES, *_NEVER, "marks"})
    return {**kept, **empty, "n": row["n"] if n else None, "marks": ["masked"]}, False


def _category(entry: Mapping[str, Any], row: Mapping[str, Any], group: Any) -> Any:
    name = "unknown" if group is None else tuple(group)
    return "category", entry["framework"], name


def _score(score: Mapping[str, Any], least: int) -> dict[str, Any]:
    """Return a median with its n; ties and missing scores where they are not few."""
    few = {name for name in ("ties", "missing") if 0 < (score.get(name) or 0) < least}
    return {name: None if name in few else value for name, value in score.items()}


def _score_notes(table: Mapping[str, Any], found: Published) -> list[str]:
    """Say the median again, and the ties where they are not few."""
    score = table.get("score")
    if not score:
        return []
    notes = [
        f"the median of all {score['n']:,} persons with a score is {score['median']:g}; a scoring "
        "rate counts scores strictly above it"
    ]
    if score["ties"] is not None:
        notes.append(f"{score['ties']:,} persons have the median itself")
    return notes
