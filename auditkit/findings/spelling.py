"""Findings about groups that look like one group in several spellings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from auditkit.errors import listed
from auditkit.findings.finding import Finding

__all__ = ["spelling_findings"]

Row = Mapping[str, Any]


def spelling_findings(rows: Sequence[Row]) -> list[Finding]:
    """Return a note for each attribute, with the mapping to paste into audit.toml."""
    by_attribute: dict[str, list[Row]] = {}
    for row in rows:
        by_attribute.setdefault(row["attribute"], []).append(row)
    return [_of(attribute, several) for attribute, several in by_attribute.items()]


def _of(attribute: str, rows: Sequence[Row]) -> Finding:
    words = any(row.get("why", "").startswith("words") for row in rows)
    spelled = "; ".join(
        ", ".join(f"'{item['spelling']}' {item['rows']:,} rows" for item in row["variants"])
        for row in rows
    )
    block = "\n".join([rows[0]["table"], *(line for row in rows for line in row["mapping"])])
    names = [listed([item["spelling"] for item in row["variants"]]) for row in rows]
    differ = "differ only in case, spaces or Unicode form, or mean the same as words go"
    return Finding(
        kind="group-spelling",
        level="note",
        attributes=(attribute,),
        group=(rows[0]["proposed"],),
        title=f"{attribute}: {'; '.join(names)} look alike",
        detail=(
            f"They {differ if words else differ.partition(', or')[0]} and are counted as "
            f"different groups: {spelled}."
        ),
        evidence={
            "variants": [dict(item) for row in rows for item in row["variants"]],
            "toml": block,
        },
        action=(f"If they are one group, map them in audit.toml:\n{block}"),
        limits="Nothing was merged, and only people who know the data can say what was meant.",
    )
