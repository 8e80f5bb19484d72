"""What else is known of a gap, said beside it: where it arises, what n and the missing hide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from auditkit.findings.finding import Finding, points
from auditkit.findings.strata import split_sentence
from auditkit.findings.unknown import bounds_sentence

__all__ = ["with_asides"]

Row = Mapping[str, Any]

_KINDS = ("outcome-gap", "decision-gap", "model-gap")
_TOLD = ("composition", "treatment", "both", "unmatched")


def with_asides(
    found: Sequence[Finding], representation: Sequence[Row], profile: Mapping[str, Sequence[Row]]
) -> list[Finding]:
    """Add to each finding about a headline gap what other tables say of the same group.

    Parameters
    ----------
    found : sequence of Finding
        All findings of an audit.
    representation : sequence of mappings
        Rows of the record, with what n can show.
    profile : mapping
        The tables of the profile.

    Returns
    -------
    list of Finding
        A gap that a Simpson finding has split is not split again.
    """
    told = {
        (f.stage, f.attributes, f.group, f.evidence.get("stratum"))
        for f in found
        if f.kind == "simpson" and f.level == "flag"
    }
    return [
        _with(item, representation, profile, told) if item.kind in _KINDS else item
        for item in found
    ]


def _with(
    item: Finding,
    representation: Sequence[Row],
    profile: Mapping[str, Sequence[Row]],
    told: set[tuple[Any, ...]],
) -> Finding:
    sentences, evidence = [], dict(item.evidence)
    if item.level in {"flag", "note"}:
        splits = [
            row
            for row in _of(item, profile.get("decompositions", ()))
            if row["says"] in _TOLD
            and (item.stage, item.attributes, item.group, row["stratum"]) not in told
        ]
        sentences += [split_sentence(row) for row in splits]
        if splits:
            evidence["splits"] = [
                {name: row[name] for name in ("stratum", "composition", "treatment", "says")}
                for row in splits
            ]
    elif item.level == "inconclusive":
        seen = _detectable(item, representation)
        if seen is not None:
            sentences.append(
                f"With so many people a gap of {points(seen).removeprefix('+')} would be found 4 "
                "times in 5, a smaller one less often."
            )
            evidence["detectable_difference"] = seen
    kind = "difference" if "difference" in item.evidence else "ratio"
    bound = [
        row
        for row in profile.get("bounds", ())
        if (row["stage"], tuple(row["attributes"]), tuple(row["group"]))
        == (item.stage, item.attributes, item.group)
        and row["kind"] == kind
    ]
    if bound:  # the last cause takes in the others
        sentences.append(bounds_sentence(bound[-1]))
        evidence["bounds"] = {name: bound[-1][name] for name in ("low", "high", "unknown", "cause")}
    if not sentences:
        return item
    return replace(item, detail=" ".join([item.detail, *sentences]), evidence=evidence)


def _of(item: Finding, rows: Sequence[Row]) -> list[Row]:
    """Return the rows about the same stage, attribute and group."""
    return [
        row
        for row in rows
        if (row["stage"], (row["attribute"],), tuple(row["group"]))
        == (item.stage, item.attributes, item.group)
    ]


def _detectable(item: Finding, representation: Sequence[Row]) -> float | None:
    if item.stage == "model":  # n is counted for the label, or for the decisions
        return None
    return next(
        (
            row.get("detectable_difference")
            for row in representation
            if (tuple(row["attributes"]), tuple(row["group"])) == (item.attributes, item.group)
        ),
        None,
    )
