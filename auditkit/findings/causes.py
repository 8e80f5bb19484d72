"""Findings about where a gap comes from, and about what the table cannot tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from auditkit.findings.finding import Finding, group_name, number

__all__ = ["cause_findings"]

_NAMES = {
    "labels": "the labels",
    "model": "what the model adds",
    "proxies": "features that go with the group",
    "feature-quality": "features that tell less about one group",
    "under-representation": "too few rows of the group in training",
}

_ACTIONS = {
    "labels": "Look at how the outcomes came about before training on them: a model learns them.",
    "model": "Compare other models and other cuts of the score; see the remedies.",
    "proxies": "Ask of each feature that goes with the group whether the decision needs it.",
    "feature-quality": "Measure what tells as much about this group; more rows will not do it.",
    "under-representation": "Gather more rows of this group, or weight them; see the curve.",
}

_LIMITS = (
    "Parts are differences between refitted models on these rows. They show what the gap goes "
    "with, not what would happen if the world were changed, and they need not add up."
)


def cause_findings(model: Mapping[str, Any] | None) -> list[Finding]:
    """Return one finding a comparison, and one for each thing that cannot be told apart."""
    causes = (model or {}).get("causes")
    return [] if not causes else [found for row in causes["pairs"] for found in _of_pair(row)]


def _of_pair(row: Mapping[str, Any]) -> list[Finding]:
    who, base = group_name((row["group"],)), group_name((row["reference"],))
    where = f"{row['attribute']}: {who} and {base}"
    blamed = [entry for entry in row["ranking"] if entry["blamed"]]
    untold = row["parts"]["quality"]["value"] is None  # too few people for a model of their own
    shown = blamed or [entry for entry in row["ranking"] if entry["value"] is not None]
    first = row["first"]
    title = (
        f"{where}: most of the gap goes with {_NAMES[first]}"
        if first
        else f"{where}: no cause is clear"
    )
    found = [
        Finding(
            kind="cause",
            level="note" if blamed or not untold else "inconclusive",
            stage="model",
            attributes=(row["attribute"],),
            group=(row["group"],),
            title=title,
            detail=" ".join(
                f"{entry['sentence']} Corrected p = {number(entry['p_adjusted'], 3)}."
                for entry in shown
            ),
            evidence=_evidence(row),
            action=_ACTIONS[first] if first else "Nothing to mend was found; see the intervals.",
            limits=_LIMITS,
        )
    ]
    found += [
        Finding(
            kind="not-identified",
            level="note",
            stage="model",
            attributes=(row["attribute"],),
            group=(row["group"],),
            title=f"{where}: these data cannot tell {_either(item['between'])}",
            detail=f"{item['why'][0].upper()}{item['why'][1:]}.",
            evidence={"between": list(item["between"])},
            action=f"What would tell: {item['data']}.",
            limits="Says what is open, not that any of these is the case.",
        )
        for item in row["not_identified"]
    ]
    return found


def _evidence(row: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        f"{entry['cause'].replace('-', '_')}": entry["value"] for entry in row["ranking"]
    }
    found |= {name: row["parts"][name]["value"] for name in ("label", "score", "selection")}
    share = row["representation"]
    if share is not None:
        found |= {"training_share": share["share"], "more_rows": share["verdict"]}
    return found


def _either(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} from {names[-1]}"
