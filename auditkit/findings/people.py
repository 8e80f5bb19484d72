"""Findings about who is in the data: representation and groups too small to judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from auditkit import inference
from auditkit.findings.finding import Finding, group_name, number, percent
from auditkit.policy import Policy

__all__ = ["representation_findings", "small_group_findings"]

_LIMITS = (
    "A share in this table, not in the pool that could have been reached: it does not say why "
    "people are missing."
)
_UNEVEN = 0.5


def representation_findings(rows: Sequence[Mapping[str, Any]], *, policy: Policy) -> list[Finding]:
    """Return one finding for each single attribute.

    With a reference population: flagged where a group's share is below the policy's fraction of
    the expected share, and the corrected exact test is clear. Without one nothing can be flagged:
    a group at less than half of an equal share is *inconclusive*, otherwise a note.
    """
    sets: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        if len(row["attributes"]) == 1:
            sets.setdefault(row["attributes"][0], []).append(row)
    found = []
    for attribute, group_rows in sets.items():
        compared = [row for row in group_rows if row["expected_share"] is not None]
        make = _against_population if compared else _against_equal
        finding = make(attribute, compared or group_rows, policy)
        if finding is not None:
            found.append(finding)
    return found


def _against_population(
    attribute: str, rows: Sequence[Mapping[str, Any]], policy: Policy
) -> Finding | None:
    judged = [row for row in rows if row["ratio"] is not None]
    if not judged:
        return None
    adjusted = inference.holm([row["p_value"] for row in judged])
    pairs = sorted(zip(judged, adjusted, strict=True), key=lambda pair: pair[0]["ratio"])
    row, p_adjusted = pairs[0]
    clear = p_adjusted is not None and p_adjusted < policy.alpha
    below = row["ratio"] < policy.representation_ratio
    level = ("flag" if clear else "inconclusive") if below else ("note" if clear else "pass")
    who = group_name(row["group"])
    known = sum(item["count"] for item in rows)
    ratio = number(row["ratio"])
    titles = {
        "flag": f"{attribute}: {who} is under-represented, {ratio} of its expected share",
        "inconclusive": f"{attribute}: {who} seems under-represented; too few rows to be sure",
        "note": f"{attribute}: shares differ from the reference, within the line",
        "pass": f"{attribute}: shares match the reference population",
    }
    more, what = (
        ("missing", row["missing_people"])
        if row["missing_people"] >= 0
        else ("more than expected", -row["missing_people"])
    )
    return Finding(
        kind="representation",
        level=level,
        attributes=(attribute,),
        group=tuple(row["group"]),
        title=titles[level],
        detail=(
            f"{who}: {row['count']:,} of {known:,} people with a group that the reference names "
            f"({percent(row['count'] / known)}), expected {percent(row['expected_share'])} "
            f"({row['expected_source']}): {number(what, 0)} people {more}. Exact binomial "
            f"p = {number(row['p_value'], 3)}, corrected p = {number(p_adjusted, 3)}."
        ),
        evidence={
            "count": row["count"],
            "known": known,
            "share": row["count"] / known,
            "expected_share": row["expected_share"],
            "expected_source": row["expected_source"],
            "ratio": row["ratio"],
            "missing_people": row["missing_people"],
            "p_value": row["p_value"],
            "p_adjusted": p_adjusted,
            "threshold": policy.representation_ratio,
        },
        action=(
            "Find out where these people were lost (advertising, application, recording) and "
            "collect more of their rows before a model is trained."
            if level in {"flag", "inconclusive"}
            else "Nothing to do on this line."
        ),
        limits=_LIMITS + " The reference is only as right as its source.",
    )


def _against_equal(
    attribute: str, rows: Sequence[Mapping[str, Any]], policy: Policy
) -> Finding | None:
    known = [row for row in rows if row["group"][0] is not None]
    if len(known) < 2:
        return None
    total = sum(row["count"] for row in known)
    large = [row for row in known if row["count"] >= policy.min_group] or known
    row = min(large, key=lambda item: item["count"])
    share, equal = row["count"] / total, 1 / len(large)
    uneven = share < _UNEVEN * equal
    who = group_name(row["group"])
    return Finding(
        kind="representation",
        level="inconclusive" if uneven else "note",
        attributes=(attribute,),
        group=tuple(row["group"]),
        title=(
            f"{attribute}: {who} is {percent(share)} of the rows; whether that is too few "
            "needs a reference population"
            if uneven
            else f"{attribute}: no reference population; the smallest group is {percent(share)}"
        ),
        detail=(
            f"{who}: {row['count']:,} of {total:,} people with a known {attribute} "
            f"({percent(share)}). {len(large)} groups of equal size would have {percent(equal)} "
            "each. No reference population was given, so nothing can be said to be missing."
        ),
        evidence={"count": row["count"], "known": total, "share": share, "equal_share": equal},
        action="Give the population that could have applied with --population FILE.",
        limits=_LIMITS,
    )


def small_group_findings(rows: Sequence[Mapping[str, Any]], *, policy: Policy) -> list[Finding]:
    """Return one finding for each set of attributes with groups below the smallest size."""
    sets: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        if row["count"] < policy.min_group:
            sets.setdefault(tuple(row["attributes"]), []).append(row)
    found = []
    for attributes, small in sets.items():
        small = sorted(small, key=lambda row: (row["count"], group_name(row["group"])))
        empty = [row for row in small if row["count"] == 0]
        names = [f"{group_name(row['group'])} ({row['count']})" for row in small]
        more = f" and {len(names) - 12} more" if len(names) > 12 else ""
        nobody = f" Nobody at all in {len(empty)} of them." if empty else ""
        where = " × ".join(attributes)
        found.append(
            Finding(
                kind="small-group",
                level="inconclusive",
                attributes=attributes,
                group=tuple(small[-1]["group"]),
                title=(
                    f"{where}: {len(small)} group{'s' if len(small) > 1 else ''} with fewer than "
                    f"{policy.min_group} people"
                    if len(small) > 1
                    else f"{where}: {group_name(small[0]['group'])} has {small[0]['count']} "
                    "people, too few to judge"
                ),
                detail=(
                    f"Below {policy.min_group} people: {', '.join(names[:12])}{more}."
                    f"{nobody} Their rates are shown with their intervals and not judged; that is "
                    "not the same as being fine."
                ),
                evidence={
                    "min_group": policy.min_group,
                    "groups": [list(row["group"]) for row in small],
                    "counts": [row["count"] for row in small],
                },
                action="Collect more rows, pool comparable periods, or look at each case by hand.",
                limits="Says nothing about how these people are treated.",
            )
        )
    return found
