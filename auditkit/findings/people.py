"""Findings about who is in the data: representation and groups too small to judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from auditkit.findings.finding import Finding, group_name, number, percent
from auditkit.policy import Policy

__all__ = ["representation_findings", "small_group_findings"]

Row = Mapping[str, Any]

_LIMITS = (
    "A share in this table, not in the pool that could have been reached: it does not say why "
    "people are missing."
)
_UNEVEN = 0.5
_LEVELS = ("flag", "inconclusive", "note", "pass")


def representation_findings(
    rows: Sequence[Row],
    comparisons: Sequence[Row] = (),
    evenness: Sequence[Row] = (),
    *,
    policy: Policy,
) -> list[Finding]:
    """Return findings for each set of attributes with a population, and each attribute without.

    With a reference population: flagged where a group's share is below the policy's fraction of
    the expected share, and the corrected test is clear. Populations that say the same of the same
    group share a finding. Without one nothing can be flagged: a group at less than half of an
    equal share is *inconclusive*, otherwise a note.

    Parameters
    ----------
    rows, comparisons, evenness : sequences of mappings
        ``representation``, ``profile.population`` and ``profile.evenness`` of the record.
    policy : Policy
        Where the lines are.

    Returns
    -------
    list of Finding
    """
    sets: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        sets.setdefault(tuple(row["attributes"]), []).append(row)
    even = {tuple(row["attributes"]): row for row in evenness}
    found = []
    for attributes, group_rows in sets.items():
        same = [row for row in comparisons if tuple(row["attributes"]) == attributes]
        if same:
            found += _against_populations(attributes, same, group_rows, policy)
        elif len(attributes) == 1:
            finding = _against_equal(attributes[0], group_rows, even.get(attributes), policy)
            found += [] if finding is None else [finding]
    return found


def _against_populations(
    attributes: tuple[str, ...],
    comparisons: Sequence[Row],
    rows: Sequence[Row],
    policy: Policy,
) -> list[Finding]:
    by_source: dict[str, list[Row]] = {}
    for row in comparisons:
        by_source.setdefault(_source(row), []).append(row)
    named = {tuple(row["group"]) for row in comparisons}
    unnamed = [
        group_name(row["group"])
        for row in rows
        if None not in row["group"] and row["count"] and tuple(row["group"]) not in named
    ]
    alike: dict[tuple[str, tuple[str, ...]], list[Row]] = {}
    for same in by_source.values():
        judged = [row for row in same if row["ratio"] is not None]
        if judged:
            worst = min(judged, key=lambda row: (row["ratio"], row["group"]))
            alike.setdefault((_level(worst, judged, unnamed, policy), tuple(worst["group"])), [])
            alike[_level(worst, judged, unnamed, policy), tuple(worst["group"])].append(worst)
    order = sorted(alike.items(), key=lambda item: _LEVELS.index(item[0][0]))
    return [
        _population_finding(attributes, level, same, unnamed, policy) for (level, _), same in order
    ]


def _source(row: Row) -> str:
    return ", ".join(part for part in (row["source"], row["period"], row["people"]) if part)


def _level(worst: Row, judged: Sequence[Row], unnamed: Sequence[str], policy: Policy) -> str:
    clear = worst["p_adjusted"] is not None and worst["p_adjusted"] < policy.alpha
    if worst["ratio"] >= policy.representation_ratio:
        any_clear = any(row["p_adjusted"] is not None and row["p_adjusted"] < policy.alpha
                        for row in judged)  # fmt: skip
        return "note" if any_clear else "pass"
    if worst["count"] == 0 and unnamed:
        return "inconclusive"  # they may be there under another name
    return "flag" if clear else "inconclusive"


def _population_finding(
    attributes: tuple[str, ...],
    level: str,
    same: Sequence[Row],
    unnamed: Sequence[str],
    policy: Policy,
) -> Finding:
    row = min(same, key=lambda item: item["ratio"])
    lost = level == "inconclusive" and row["count"] == 0 and bool(unnamed)
    return Finding(
        kind="representation",
        level=level,
        attributes=attributes,
        group=tuple(row["group"]),
        title=_title(" × ".join(attributes), level, row, lost=lost),
        detail=" ".join([_counted(row), *_elsewhere(row, same, unnamed if lost else ())]),
        evidence={
            "count": row["count"],
            "known": row["known"],
            "share": row["share"],
            "expected_share": row["expected_share"],
            "expected_source": _source(row),
            "ratio": row["ratio"],
            "missing_people": row["missing_people"],
            "p_value": row["p_value"],
            "log10_p": row["log10_p"],
            "p_adjusted": row["p_adjusted"],
            "threshold": policy.representation_ratio,
            "references": [_source(item) for item in same],
        },
        action=_action(level, lost=lost),
        limits=_LIMITS + " The reference is only as right as its source.",
    )


def _title(where: str, level: str, row: Row, *, lost: bool) -> str:
    who = group_name(row["group"])
    if lost:
        return f"{where}: nobody is called {who}, as the reference calls them"
    ratio = number(row["ratio"])
    return {
        "flag": f"{where}: {who} is under-represented, {ratio} of its expected share",
        "inconclusive": f"{where}: {who} seems under-represented; too few rows to be sure",
        "note": f"{where}: shares differ from the reference, within the line",
        "pass": f"{where}: shares match the reference population",
    }[level]


def _counted(row: Row) -> str:
    """Say how many people there are, and how many would be expected."""
    missing = row["missing_people"]
    more = "missing" if missing >= 0 else "more than expected"
    return (
        f"{group_name(row['group'])}: {row['count']:,} of {row['known']:,} people with a group "
        f"that the reference names ({percent(row['share'])}), expected "
        f"{percent(row['expected_share'])} ({_source(row)}): {number(abs(missing), 0)} people "
        f"{more}. {row['method'].capitalize()} p = {_p(row)}, corrected p = "
        f"{number(row['p_adjusted'], 3)}."
    )


def _elsewhere(row: Row, same: Sequence[Row], unnamed: Sequence[str]) -> list[str]:
    """Say where else these people may be, and what other references say of them."""
    told = []
    if unnamed:
        told.append(
            f"The reference does not name {', '.join(unnamed[:4])}, whom the data have: they may "
            "be the same people under another name."
        )
    others = [f"{_source(item)}: {number(item['ratio'])}" for item in same if item is not row]
    if others:
        more = f"; and {len(others) - 6} more" if len(others) > 6 else ""
        told.append(f"The same against {'; '.join(others[:6])}{more}.")
    return told


def _action(level: str, *, lost: bool) -> str:
    if lost:
        return "Give the groups of the reference the names that they have in the data."
    if level in {"flag", "inconclusive"}:
        return (
            "Find out where these people were lost (advertising, application, recording) and "
            "collect more of their rows before a model is trained."
        )
    return "Nothing to do on this line."


def _p(row: Row) -> str:
    log10_p = row["log10_p"]
    if log10_p is not None and log10_p < -300:
        return f"10 to the power of {log10_p:,.0f}".replace("-", "−")
    return number(row["p_value"], 3)


def _against_equal(
    attribute: str, rows: Sequence[Row], even: Row | None, policy: Policy
) -> Finding | None:
    known = [row for row in rows if row["group"][0] is not None]
    if len(known) < 2:
        return None
    total, mass = sum(row["count"] for row in known), sum(row["share"] for row in known)
    large = [row for row in known if row["count"] >= policy.min_group] or known
    row = min(large, key=lambda item: item["share"])
    share, equal = row["share"] / mass, 1 / len(large)
    uneven = share < _UNEVEN * equal
    who = group_name(row["group"])
    weighted = ", weighted" if "effective" in row["method"] else ""
    evidence = {"count": row["count"], "known": total, "share": share, "equal_share": equal}
    how_even = ""
    if even is not None and even["evenness"] is not None:
        evidence |= {"evenness": even["evenness"], "imbalance": even["imbalance"]}
        how_even = f" Evenness of all {even['groups']} groups: {number(even['evenness'], 3)} of 1."
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
            f"({percent(share)}{weighted}). {len(large)} groups of equal size would have "
            f"{percent(equal)} each.{how_even} No reference population was given, so nothing can "
            "be said to be missing."
        ),
        evidence=evidence,
        action="Give the population that could have applied with --population FILE.",
        limits=_LIMITS,
    )


def small_group_findings(rows: Sequence[Row], *, policy: Policy) -> list[Finding]:
    """Return one finding for each set of attributes with groups below the smallest size."""
    sets: dict[tuple[str, ...], list[Row]] = {}
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
