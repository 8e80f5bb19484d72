"""Findings about what the data cannot tell: bounds across the line, outcomes of the selected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from auditkit.fairness import Disparity
from auditkit.findings.finding import Finding, group_name, number, percent, points
from auditkit.metrics.declared import METRICS

__all__ = ["bounds_sentence", "not_identified_findings"]

Row = Mapping[str, Any]

_WHO = {
    "outcome": "whose outcome is missing",
    "group": "whose group is missing",
    "both": "whose outcome or group is missing",
}
_DECIDED = {"flag", "pass", "note"}


def not_identified_findings(
    profile: Mapping[str, Sequence[Row]], disparities: Sequence[Disparity]
) -> list[Finding]:
    """Return what stays open whatever the number of people: two kinds, both inconclusive.

    A verdict that the missing values could turn, one for each stage and set of attributes; and
    outcomes that exist only for the selected, one for each selection.
    """
    return [
        *_turned(profile.get("bounds", ()), disparities),
        *_selective(profile.get("not_identified", ())),
    ]


def bounds_sentence(row: Row) -> str:
    """Tell what a gap could be.

    Examples
    --------
    >>> bounds_sentence({"cause": "outcome", "unknown": 35, "kind": "ratio", "low": 0.61,
    ...                  "high": None})
    'Whatever holds for the 35 people whose outcome is missing, the ratio is from 0.61 up, without bound.'
    """  # noqa: E501
    show = points if row["kind"] == "difference" else (lambda value: number(value, 2))
    people = f"the {row['unknown']:,} people" if row["unknown"] != 1 else "the one person"
    start = f"Whatever holds for {people} {_WHO[row['cause']]}, the {row['kind']}"
    if row["low"] is None:
        return f"{start} could be anything."
    if row["high"] is None:
        return f"{start} is from {show(row['low'])} up, without bound."
    low = show(row["low"]).removesuffix(" points")
    return f"{start} is from {low} to {show(row['high'])}."


def _turned(bounds: Sequence[Row], disparities: Sequence[Disparity]) -> list[Finding]:
    """Say which verdicts the missing values could turn."""
    verdicts: dict[tuple[Any, ...], str | None] = {
        (row.stage, row.attributes, row.metric, row.kind, row.group): row.verdict
        for row in disparities
    }
    widest: dict[tuple[Any, ...], Row] = {}
    for row in bounds:  # of one comparison the last cause takes in the others
        key = (row["stage"], tuple(row["attributes"]), row["metric"], row["kind"])
        if row["beyond"] is not None:
            widest[(*key, tuple(row["group"]))] = row
    open_: dict[tuple[str, tuple[str, ...]], list[Row]] = {}
    for key, row in widest.items():
        if row["beyond"] == "depends" and str(verdicts.get(key)) in _DECIDED:
            open_.setdefault((row["stage"], tuple(row["attributes"])), []).append(row)
    found = []
    for (stage, attributes), rows in open_.items():
        row = max(rows, key=lambda item: item["unknown"])
        names = [group_name(item["group"]) for item in rows]
        who = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
        value = points(row["value"]) if row["kind"] == "difference" else number(row["value"], 2)
        found.append(
            Finding(
                kind="not-identified",
                level="inconclusive",
                stage=stage,
                attributes=attributes,
                group=tuple(row["group"]),
                title=(
                    f"{' × '.join(attributes)}: what is missing could turn the verdict on {who}"
                ),
                detail=(
                    f"{group_name(row['group'])} against {group_name(row['reference'])}: the "
                    f"{row['kind']} is {value} among the known. {bounds_sentence(row)}"
                ),
                evidence=dict(row),
                action=(
                    "Find out who the missing are, or complete them. Until then say that the "
                    "figure is of those who are known."
                ),
                limits=(
                    "The bounds take every way of filling in as possible, likely or not; they "
                    "hold no margin for chance."
                ),
            )
        )
    return found


def _selective(rows: Sequence[Row]) -> list[Finding]:
    """Say plainly that outcomes exist only for the selected."""
    by_selection: dict[str, list[Row]] = {}
    for row in rows:
        by_selection.setdefault(row["selection"], []).append(row)
    found = []
    for selection, same in by_selection.items():
        whole = [row for row in same if not row["attributes"]]
        groups = [row for row in same if len(row["attributes"]) == 1 and row["low"] is not None]
        metrics = [METRICS[row["metric"]].title.lower() for row in whole]
        first = whole[0]
        what = (
            "a positive decision"
            if selection == "decision"
            else f"reaching '{selection.partition(':')[2]}'"
        )
        told = "; ".join(
            f"{row['attributes'][0]} {group_name(row['group'])}: {percent(row['low'])} to "
            f"{percent(row['high'])}"
            for row in groups
            if row["metric"] == "base_rate"
        )
        also = ""
        if selection == "decision":
            also = (
                " What is identified: selection rates, and the outcome among the selected "
                "(positive predictive value)."
            )
        found.append(
            Finding(
                kind="not-identified",
                level="inconclusive",
                stage="label",
                title=f"Outcomes exist only for the selected: {', '.join(metrics)} unknown",
                detail=(
                    f"The outcome is known for {percent(first['known_selected'])} of those with "
                    f"{what} and for {percent(first['known_rejected'])} of the others. Not "
                    f"identified: {', '.join(metrics)}, and every gap in them. The base rate of "
                    f"all {first['people']:,} people lies between {percent(first['low'])} and "
                    f"{percent(first['high'])}{'; ' + told if told else ''}.{also}"
                ),
                evidence={
                    "selection": selection,
                    "known_selected": first["known_selected"],
                    "known_rejected": first["known_rejected"],
                    "metrics": [row["metric"] for row in whole],
                    "bounds": {row["metric"]: [row["low"], row["high"]] for row in whole},
                },
                action=(
                    "Do not read base rates, or error rates, as those of all people; a model "
                    "trained on these rows learns from the selected only. Outcomes of some who "
                    "were not selected (by lot, or from elsewhere) would identify them."
                ),
                limits=(
                    "Says which figures these data cannot give, not what they are. The bounds "
                    "take every outcome of the others as possible."
                ),
            )
        )
    return found
