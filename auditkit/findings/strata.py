"""Findings about gaps within strata: paradoxes, strata that disagree, where a gap arises."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from auditkit.findings.finding import Finding, group_name, number, percent, points
from auditkit.policy import Policy

__all__ = ["scan_findings", "simpson_findings", "split_sentence", "strata_findings"]

Row = Mapping[str, Any]
Key = tuple[Any, ...]

_LIMITS = (
    "Adjusting for a stratum is right only where the stratum is not itself a result of unequal "
    "treatment."
)
_SAYS = {
    "composition": "The split says composition: the groups are in different strata.",
    "treatment": "The split says treatment: different rates in the same strata.",
    "both": "The split says both: different strata, and different rates in the same strata.",
    "unmatched": "The split says that the gap is among people in strata where the other group has "
    "nobody.",
    "no gap": "The gap is not clear, so there is little to split.",
    "unclear": "The split is not clear: no part of it stands out from chance.",
}


def strata_findings(profile: Mapping[str, Sequence[Row]], *, policy: Policy) -> list[Finding]:
    """Return all that strata tell: declared ones, and those that a search proposes."""
    return [
        *simpson_findings(profile["strata"], profile["decompositions"], policy=policy),
        *scan_findings(profile["strata_scan"], policy=policy),
    ]


def simpson_findings(
    strata: Sequence[Row], decompositions: Sequence[Row] = (), *, policy: Policy
) -> list[Finding]:
    """Return a finding where the pooled comparison and those within strata tell different stories.

    A flag where the direction turns round, and the pooled or the adjusted comparison is clear;
    where a clear pooled gap fades (within the strata less than half as large on the log scale,
    and no longer clear) or one that was not clear comes out; where one is beyond the policy's
    line and the other within it; and where the strata disagree (Breslow-Day) and the gap is
    clearly the other way round in some. A note where they disagree only in size. p-values are
    corrected, except where that would make fading look likelier.
    """
    splits = {_key(row): row for row in decompositions}
    found = []
    for row in strata:
        if None in row["group"]:
            continue
        story = _story(row, policy.alpha)
        reversed_ = _reversed(row, policy.alpha)
        differ = _below(row.get("homogeneity_p_adjusted"), policy.alpha)
        if story is None and not differ:
            continue
        level = "flag" if story is not None or reversed_ else "note"
        found.append(_finding(row, level, story, reversed_, splits.get(_key(row))))
    return found


def _key(row: Row) -> Key:
    return (row["stage"], row["attribute"], row["stratum"], *row["group"], *row["reference"])


def _below(p_value: float | None, alpha: float) -> bool:
    return p_value is not None and p_value < alpha


def _story(row: Row, alpha: float) -> str | None:
    """Say how the adjusted comparison differs from the pooled one, or None."""
    pooled, adjusted = row["pooled"], row["adjusted"]
    if pooled is None or adjusted is None:
        return None
    clear = _below(row["pooled_p_adjusted"], alpha)
    inside = _below(row["p_adjusted"], alpha)
    if (pooled - 1) * (adjusted - 1) < 0 and (clear or inside):
        return "turns round"
    if not pooled or not adjusted or row["pooled_p_adjusted"] is None or row["p_value"] is None:
        return None
    sizes = abs(math.log(pooled)), abs(math.log(adjusted))
    if clear and row["p_value"] >= alpha and sizes[1] < sizes[0] / 2:
        return "is no longer clear"
    if inside and not clear and sizes[0] < sizes[1] / 2:
        return "comes out"
    verdicts = row.get("pooled_verdict"), row.get("adjusted_verdict")
    if verdicts[0] == "flag" and verdicts[1] in {"pass", "note"}:
        return "is within the line"
    if verdicts[1] == "flag" and verdicts[0] in {"pass", "note"}:
        return "is beyond the line"
    return None


def _reversed(row: Row, alpha: float) -> list[Row]:
    """Return the levels in which the gap is clearly the other way round, if the levels differ."""
    pooled = row.get("pooled_difference")
    if pooled is None or not _below(row.get("homogeneity_p_adjusted"), alpha):
        return []
    return [
        item
        for item in row["levels"]
        if _below(item.get("p_adjusted"), alpha) and item["difference"] * pooled < 0
    ]


def _finding(
    row: Row, level: str, story: str | None, reversed_: Sequence[Row], split: Row | None
) -> Finding:
    who, stratum = group_name(row["group"]), row["stratum"]
    gap = f"{row['attribute']}: the gap of {who}"
    if story is not None:
        title = f"{gap} {story} within '{stratum}'"
    elif reversed_:
        title = f"{gap} turns round in '{stratum}' {_names(reversed_)}"
    else:
        title = f"{gap} differs between the levels of '{stratum}'"
    detail = (
        f"Odds ratio of {who} against {group_name(row['reference'])}: "
        f"{number(row['pooled'], 3)} for all together (p = {number(row['pooled_p'], 3)}), "
        f"{number(row['adjusted'], 3)} within '{stratum}' ({number(row['low'], 3)} to "
        f"{number(row['high'], 3)}; p = {number(row['p_value'], 3)})."
    )
    if row.get("pooled_ratio") is not None and row.get("adjusted_ratio") is not None:
        detail += (
            f" As a ratio of rates {number(row['pooled_ratio'], 3)} and "
            f"{number(row['adjusted_ratio'], 3)}."
        )
    detail += f" Do the strata agree: p = {number(row['homogeneity_p'], 3)} (Breslow-Day)."
    if reversed_:
        told = "; ".join(_rates(item) for item in reversed_[:4])
        detail += f" The other way round in '{stratum}' {_names(reversed_)}: {told}."
    evidence = {k: v for k, v in row.items() if k != "levels"}
    evidence["reversed"] = [item["level"] for item in reversed_]
    if split is not None and split["gap"] is not None:
        detail += f" {split_sentence(split)}"
        evidence["split"] = {
            name: split[name] for name in ("gap", "composition", "treatment", "unmatched", "says")
        }
    return Finding(
        kind="simpson",
        level=level,
        stage=row["stage"],
        attributes=(row["attribute"],),
        group=tuple(row["group"]),
        title=title,
        detail=detail,
        evidence=evidence,
        action=(
            f"Report both figures. Ask why the groups differ in '{stratum}', and "
            "whether that is itself open to all on equal terms."
            if story is not None
            else f"Report '{stratum}' by '{stratum}': one figure for all hides what happens there."
        ),
        limits=_LIMITS,
    )


def _names(levels: Sequence[Row]) -> str:
    names = [group_name((item["level"],)) for item in levels]
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _rates(item: Row) -> str:
    a, b = item["events"] / item["n"], item["reference_events"] / item["reference_n"]
    return f"{percent(a)} against {percent(b)} (p = {number(item['p_adjusted'], 3)})"


def split_sentence(row: Row) -> str:
    """Tell where a gap arises, in points with intervals.

    Examples
    --------
    >>> parts = {"composition": -0.08, "treatment": -0.02, "unmatched": 0.0}
    >>> ends = {f"{name}_{end}": value for name, value in parts.items() for end in ("low", "high")}
    >>> row = {"gap": -0.1, "stratum": "dept", "unmatched_levels": [], "says": "composition"}
    >>> split_sentence({**parts, **ends, **row})[:67]
    'Of the gap of −10.0 points, −8.0 points (−8.0 to −8.0) is compositi'
    """
    stratum = row["stratum"]
    text = (
        f"Of the gap of {points(row['gap'])}, {_part(row, 'composition')} is composition (who is "
        f"in which '{stratum}') and {_part(row, 'treatment')} treatment (different rates in the "
        f"same '{stratum}')"
    )
    if row["unmatched_levels"]:
        text += f", and {_part(row, 'unmatched')} comes from levels of one group only"
    return f"{text}. {_SAYS[row['says']]}"


def _part(row: Row, name: str) -> str:
    low, high = (points(row[f"{name}_{end}"]).removesuffix(" points") for end in ("low", "high"))
    return f"{points(row[name])} ({low} to {high})"


def scan_findings(scan: Sequence[Row], *, policy: Policy) -> list[Finding]:
    """Return a note for each column that would change a gap, were it declared as a stratum."""
    by_column: dict[tuple[str, str], Row] = {}
    for row in scan:
        if row["proposed"]:
            by_column.setdefault((row["stage"], row["stratum"]), row)
    found = []
    for (stage, column), row in by_column.items():
        who = group_name(row["group"])
        found.append(
            Finding(
                kind="simpson",
                level="note",
                stage=stage,
                attributes=(row["attribute"],),
                group=tuple(row["group"]),
                title=f"{row['attribute']}: the gap of {who} {row['change']} within '{column}', "
                "which was not declared as a stratum",
                detail=(
                    f"Odds ratio of {who} against {group_name(row['reference'])}: "
                    f"{number(row['pooled'], 3)} for all together, {number(row['adjusted'], 3)} "
                    f"within '{column}' ({number(row['low'], 3)} to {number(row['high'], 3)}). Of "
                    f"the gap of {points(row['gap'])}, {_part(row, 'composition')} is who is in "
                    f"which '{column}': p = {number(row['composition_p_adjusted'], 3)}, corrected "
                    f"for all that was searched (comparisons: {row['searched']})."
                ),
                evidence=dict(row),
                action=(
                    f"If '{column}' is settled before the outcome and apart from it, run again "
                    f"with --strata {column}."
                ),
                limits=_LIMITS + " A column found by a search is a question, not an explanation.",
            )
        )
    return found
