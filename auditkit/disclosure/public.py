"""The public edition of a record: small cells masked, whatever could identify left out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from auditkit.disclosure.atoms import Published, published
from auditkit.disclosure.statutory import public_entry
from auditkit.errors import RequestError

__all__ = ["MIN_CELL", "public_record"]

MIN_CELL = 5

_SHARES = ("attributes", "group", "count", "share", "share_low", "share_high", "method")
_EXPECTED = (
    "expected_share", "expected_source", "ratio", "missing_people", "p_value", "reason",
)  # fmt: skip
_HEADLINES = {"label": "base_rate", "decision": "selection_rate"}
_KINDS = {"outcome-gap": "label", "decision-gap": "decision"}
_EVIDENCE = (
    "metric", "rate", "events", "n", "reference", "reference_rate", "reference_events",
    "reference_n", "ratio", "difference", "low", "high", "p_value", "p_adjusted", "rule",
    "threshold",
)  # fmt: skip
_LEFT_OUT = (
    "left out of the public edition: name, size and SHA-256 of the file (of a small file the hash "
    "says which guess at a masked count is right), the command, notes on the data, "
    "missing values by group, proxies, leakage, strata, crossed groups of more than the two "
    "attributes named in a table, the baseline model, and error rates"
)
_ALONE = (
    "an edition of data that overlap with these (a longer period, a part of them) can be taken "
    "from this one, and tell what neither does"
)


def public_record(record: Mapping[str, Any], *, min_cell: int = MIN_CELL) -> dict[str, Any]:
    """Return the part of a record that can be shown to anybody.

    Counts from 1 to ``min_cell - 1`` are masked, and as many further numbers as it takes that
    totals, crossings, rates and differences do not give them back (complementary suppression). What
    could identify, and what is not needed by the public, is left out. What was done is said.

    Parameters
    ----------
    record : mapping
        A record as plain data; not changed.
    min_cell : int
        The smallest count that is told; 1 masks nothing.

    Returns
    -------
    dict
        A record that fits the JSON Schema; ``data.disclosure`` says what was done to it.

    Raises
    ------
    RequestError
        When `min_cell` is below 1, or the record is a public edition itself.
    """
    if min_cell < 1:
        raise RequestError(f"--min-cell {min_cell}: use 1 (nothing is masked) or more")
    if (record["data"].get("disclosure") or {}).get("audience") == "public":
        raise RequestError(
            "this record is a public edition already; make one from the whole record"
        )
    found = published(record, min_cell)
    entries = [public_entry(entry, found) for entry in record.get("compliance") or ()]
    said = [*found.statement(), _LEFT_OUT, _ALONE]
    return {
        **{key: record[key] for key in ("format", "format_version", "auditkit", "created", "seed")},
        "data": _data(record, found, said),
        "schema": {**record["schema"], "values": {}},
        "representation": _representation(record, found),
        "estimates": [row for row in record["estimates"] if _told(row, found)],
        "disparities": _disparities(record, found),
        "findings": _findings(record, found),
        "profile": {key: _emptied(value) for key, value in record["profile"].items()},
        "model": None,
        "compliance": entries,
        "subgroups": [],
        "counts": {**record["counts"], "cells": []},
        "decision": None,
        "card": {},
        "report": _head(record),
        "policy": record["policy"],
        "provenance": {
            "command": None,
            **{key: record["provenance"].get(key) or {} for key in ("versions", "settings")},
        },
    }


def _head(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a report is headed with, without who wrote it and what they noted."""
    kept = ("title", "organisation", "logo", "language")
    return {name: value for name, value in (record.get("report") or {}).items() if name in kept}


def _emptied(value: Any) -> Any:
    if isinstance(value, list):
        return []
    return {} if isinstance(value, dict) else None


def _data(record: Mapping[str, Any], found: Published, said: list[str]) -> dict[str, Any]:
    data = record["data"]
    return {
        **data,
        "source": "name withheld",
        "sha256": None,  # of a small file it would say which guess at a masked count is right
        "bytes": None,
        "excluded": [
            row for row in data.get("excluded") or () if not 0 < row["rows"] < found.least
        ],
        "notes": said,
        "disclosure": {
            "audience": "public",
            "min_cell": found.least,
            "masked": len(found.gone),
            "statement": said,
        },
    }


def _representation(record: Mapping[str, Any], found: Published) -> list[dict[str, Any]]:
    rows = []
    for row in record["representation"]:
        attributes, group = tuple(row["attributes"]), tuple(row["group"])
        if not found.shows(attributes, group, "people"):
            continue
        whole = not found.masks_any(attributes)
        kept = {key: row.get(key) for key in _SHARES}
        rows.append(kept | {key: row.get(key) if whole else None for key in _EXPECTED})
    return rows


def _told(row: Mapping[str, Any], found: Published) -> bool:
    """Whether a rate of the headline is told: both its numbers are."""
    stage = row["stage"]
    if row["metric"] != _HEADLINES.get(stage):
        return False
    return found.rate(tuple(row["attributes"]), tuple(row["group"]), stage)


def _disparities(record: Mapping[str, Any], found: Published) -> list[dict[str, Any]]:
    rows = []
    for row in record["disparities"]:
        both = _told(row, found) and row["reference"] is not None
        if not both or not found.rate(
            tuple(row["attributes"]), tuple(row["reference"]), row["stage"]
        ):
            continue
        # A corrected p-value can be that of another comparison, and one that is masked.
        rows.append({**row, "p_adjusted": None} if found.gone else dict(row))
    return rows


def _findings(record: Mapping[str, Any], found: Published) -> list[dict[str, Any]]:
    """Return the findings on gaps between groups whose numbers are all told."""
    rows = []
    for row in record["findings"]:
        stage = _KINDS.get(row["kind"])
        reference = (row.get("evidence") or {}).get("reference")
        attributes = tuple(row["attributes"])
        if stage is None or row.get("stage") != stage or not isinstance(reference, list):
            continue
        if (row.get("evidence") or {}).get("metric") not in {None, _HEADLINES[stage]}:
            continue
        sides = (tuple(row["group"]), tuple(reference))
        if all(found.rate(attributes, side, stage) for side in sides) and not found.masks_any(
            attributes
        ):
            rows.append(_finding(row, found))
    return rows


def _finding(row: Mapping[str, Any], found: Published) -> dict[str, Any]:
    """Return a finding with what its two groups say and no more: nothing of strata or of others."""
    said = row["evidence"]
    kept = {name: said[name] for name in _EVIDENCE if name in said}
    if found.gone:
        kept.pop("p_adjusted", None)
    sides = [
        f"{_named(group)} {said[f'{of}events']:,} of {said[f'{of}n']:,} ({said[f'{of}rate']:.1%})"
        for of, group in (("", row["group"]), ("reference_", said["reference"]))
        if all(said.get(f"{of}{name}") is not None for name in ("events", "n", "rate"))
    ]
    texts = {
        name: "" if re.search(r"\d", row.get(name) or "") else row.get(name) or ""
        for name in ("action", "limits")
    }
    return {**row, **texts, "detail": f"{'; '.join(sides)}.", "evidence": kept}


def _named(group: Sequence[Any]) -> str:
    return " x ".join("(missing)" if part is None else str(part) for part in group)
