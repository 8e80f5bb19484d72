"""Findings about the quality of the data by group: copies, measurement, labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from auditkit.errors import listed
from auditkit.findings.finding import Finding, group_name, number, percent
from auditkit.policy import Policy

__all__ = ["quality_findings"]

Row = Mapping[str, Any]


def quality_findings(quality: Mapping[str, Any] | None, *, policy: Policy) -> list[Finding]:
    """Return at most one note for repeated rows, and one an attribute for numbers and labels."""
    quality = quality or {}
    return [
        *_repeats(quality.get("duplicates") or (), policy),
        *_features(quality.get("features") or (), policy),
        *_noise(quality.get("noise") or (), policy),
    ]


def _clear(row: Row, policy: Policy) -> bool:
    return row["p_adjusted"] is not None and row["p_adjusted"] < policy.alpha


def _repeats(rows: Sequence[Row], policy: Policy) -> list[Finding]:
    whole = {row["what"]: row for row in rows if not row["attributes"]}
    repeated = whole.get("repeated")
    if repeated is None or not repeated["copied"]:
        return []
    uneven = [
        said
        for what in ("repeated", "conflicting")
        for of in dict.fromkeys(tuple(row["attributes"]) for row in rows if row["attributes"])
        if (said := _uneven([r for r in rows if (r["what"], tuple(r["attributes"])) == (what, of)],
                            policy))
    ]  # fmt: skip
    conflicting = whole.get("conflicting")
    many = (repeated["share"] or 0.0) > policy.duplicate_share
    contradicts = conflicting is not None and (conflicting["share"] or 0) > policy.duplicate_share
    if not (many or contradicts or uneven):
        return []
    detail = (
        f"{repeated['found']:,} of {repeated['rows']:,} rows ({percent(repeated['share'])}) have "
        "the same values as another row in every column that was compared"
    )
    if conflicting is not None and conflicting["found"]:
        detail += (
            f"; {conflicting['found']:,} ({percent(conflicting['share'])}) are alike in all of "
            "them and have another outcome"
        )
    return [
        Finding(
            kind="duplicates",
            level="note",
            title=f"{repeated['found']:,} rows repeat another row",
            detail=". ".join([detail, *uneven]) + ".",
            evidence={
                "rows": repeated["rows"],
                "repeated": repeated["found"],
                "share": repeated["share"],
                "conflicting": None if conflicting is None else conflicting["found"],
                "threshold": policy.duplicate_share,
            },
            action="Find out whether people were entered twice, and count each once.",
            limits=(
                "Ids were not compared. The rows look copied: far more of them agree in every "
                "column than coincidence would give. Whether they are is for someone who knows "
                "the data to say."
            ),
        )
    ]


def _uneven(rows: Sequence[Row], policy: Policy) -> str:
    """Say between which groups the shares differ, where they clearly do."""
    known = [row for row in rows if None not in row["group"] and row["rows"] >= policy.min_group]
    if len(known) < 2 or not _clear(known[0], policy):
        return ""
    high = max(known, key=lambda row: row["share"])
    low = min(known, key=lambda row: row["share"])
    if high["share"] - low["share"] <= policy.quality_gap:
        return ""
    what = "repeat another" if high["what"] == "repeated" else "contradict another"
    return (
        f"{percent(high['share'])} of {group_name(high['group'])} and {percent(low['share'])} of "
        f"{group_name(low['group'])} {what} (corrected p = {number(high['p_adjusted'], 3)})"
    )


_SAID = {
    "spread": "spread",
    "outliers": "share of outliers",
    "rounding": "share of rounded values",
    "reliability": "share of the variance that the other columns tell",
}


def _differs(row: Row, policy: Policy) -> bool:
    if not _clear(row, policy):
        return False
    if row["measure"] == "spread":
        return row["ratio"] is not None and row["ratio"] < policy.spread_ratio
    line = policy.reliability_gap if row["measure"] == "reliability" else policy.quality_gap
    return row["gap"] is not None and row["gap"] > line


def _features(rows: Sequence[Row], policy: Policy) -> list[Finding]:
    by_attribute: dict[str, list[Row]] = {}
    for row in rows:
        if _differs(row, policy):
            by_attribute.setdefault(row["attribute"], []).append(row)
    found = []
    for attribute, several in by_attribute.items():
        names = list(dict.fromkeys(row["feature"] for row in several))
        found.append(
            Finding(
                kind="feature-quality",
                level="note",
                attributes=(attribute,),
                group=(None,),
                title=f"{attribute}: {listed(names, 4)} measured differently between the groups",
                detail="; ".join(map(_differing, several[:6]))
                + (f"; and {len(several) - 6} more." if len(several) > 6 else "."),
                evidence={
                    "columns": names,
                    "p_adjusted": max(row["p_adjusted"] for row in several),
                },
                action=(
                    "Find out how these numbers were recorded for each group. A model learns less, "
                    "or something else, from a number that is measured worse."
                ),
                limits=(
                    "The groups may truly differ so. Told by the values alone: an instrument, a "
                    "form or a rule that differs between groups looks the same."
                ),
            )
        )
    return found


def _differing(row: Row) -> str:
    parts = sorted(row["groups"], key=lambda part: part["value"])
    low, high = parts[0], parts[-1]
    show = number if row["measure"] == "spread" else percent
    return (
        f"'{row['feature']}': {_SAID[row['measure']]} {show(high['value'])} for {high['group']} "
        f"and {show(low['value'])} for {low['group']} (corrected p = "
        f"{number(row['p_adjusted'], 3)})"
    )


def _noise(rows: Sequence[Row], policy: Policy) -> list[Finding]:
    by_attribute: dict[str, list[Row]] = {}
    for row in rows:
        tested = row["attributes"] and None not in row["group"] and row["share"] is not None
        if tested and row["rows"] >= policy.min_group:
            by_attribute.setdefault(row["attributes"][0], []).append(row)
    found = []
    for attribute, several in by_attribute.items():
        high = max(several, key=lambda row: row["excess"])
        low = min(several, key=lambda row: row["excess"])
        wide = high["excess"] - low["excess"] > policy.quality_gap
        if len(several) < 2 or not wide or not _clear(high, policy):
            continue
        found.append(
            Finding(
                kind="label-quality",
                level="note",
                stage="label",
                attributes=(attribute,),
                group=tuple(high["group"]),
                title=(
                    f"{attribute}: a model contradicts the labels of {group_name(high['group'])} "
                    "more often than it expects"
                ),
                detail=f"{_against(high)}; {_against(low)} (corrected p = "
                f"{number(high['p_adjusted'], 3)}).",
                evidence={
                    "share": high["share"],
                    "share_low": high["low"],
                    "share_high": high["high"],
                    "expected_share": high["expected"],
                    "passed_over": high["passed_over"],
                    "favoured": high["favoured"],
                    "rows": high["rows"],
                    "p_adjusted": high["p_adjusted"],
                },
                action="Check a sample of these labels by hand, in both groups.",
                limits=(
                    "It cannot tell bias from noise: labels that were set by another standard for "
                    "one group, wrong entries, and a reason that is not in the columns all look "
                    "the same. A share is an estimate, not a list of wrong labels."
                ),
            )
        )
    return found


def _against(row: Row) -> str:
    return (
        f"{row['contradicted']:,} of {row['rows']:,} labels of {group_name(row['group'])} "
        f"({percent(row['share'])}; {percent(row['low'])} to {percent(row['high'])}) are "
        f"contradicted where {percent(row['expected'])} were expected: {row['passed_over']:,} "
        f"without the outcome whom the model is sure of, {row['favoured']:,} with it against the "
        "model"
    )
