"""Findings about what would help: what a remedy costs, and models as good with a smaller gap."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from auditkit.findings.finding import Finding, percent, points

__all__ = ["remedy_findings"]

_LIMITS = (
    "Measured out of fold against the recorded labels: where these are biased, so is the accuracy. "
    "The smallest of many gaps looks smaller than it is; check the choice on new data. Whether the "
    "protected attribute may be used, in training or in decisions, is a legal question."
)
_RATES = {
    "selection_rate": "selection rate",
    "true_positive_rate": "true positive rate",
    "false_positive_rate": "false positive rate",
}


def remedy_findings(model: Mapping[str, Any] | None) -> list[Finding]:
    """Return one finding on the remedies that were tried."""
    tried = (model or {}).get("remedies")
    if not tried or not tried["points"] or tried["best"] is None:
        return []
    by_id = {point["id"]: point for point in tried["points"]}
    plain, best = by_id["none"], by_id[tried["best"]]
    if plain["gap"]["value"] is None:
        return []
    least = by_id[tried["alternatives"][0]] if tried["alternatives"] else best
    halved = _halved(tried["points"], plain)
    rate = _RATES[tried["disparity"]]
    text = (
        f"As it is, the model is right for {percent(plain['accuracy']['value'])} and its widest "
        f"gap in {rate} is {points(plain['gap']['value'])}. Among those within "
        f"{points(tried['tolerance'])[1:]} of the most accurate ({best['title']}, "
        f"{percent(best['accuracy']['value'])}) that decide without the group, the smallest gap is "
        f"{_gap(least)}: {least['title']}, {percent(least['accuracy']['value'])}."
    )
    if halved is not None:
        text += (
            f" Half of the gap or more goes at the least cost with: {halved['title']} "
            f"({points(halved['accuracy_change']['value'])} of accuracy, gap {_gap(halved)}; "
            f"{_when(halved)})."
        )
    smaller = least["gap"]["value"] < plain["gap"]["value"] and least["id"] != "none"
    who = tried["attribute"]
    title = (
        f"{who}: a model as good as the best has a gap of {_gap(least)} instead of {_gap(plain)}"
        if smaller
        else f"{who}: no model as good as the best has a clearly smaller gap"
    )
    return [
        Finding(
            kind="remedy",
            level="note",
            stage="model",
            attributes=(who,),
            group=(None,),
            title=title,
            detail=text,
            evidence={
                "disparity": tried["disparity"],
                "tolerance": tried["tolerance"],
                "best": tried["best"],
                "alternative": least["id"],
                "gap": plain["gap"]["value"],
                "alternative_gap": least["gap"]["value"],
                "halved_by": None if halved is None else halved["id"],
            },
            action="Look at the frontier in the model's chapter, and try the choice on new data.",
            limits=_LIMITS,
        )
    ]


def _halved(tried: list[Mapping[str, Any]], plain: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the point that halves the gap at the least cost."""
    goal = plain["gap"]["value"] / 2
    found = [
        point
        for point in tried
        if point["gap"]["value"] is not None and point["gap"]["value"] <= goal and goal > 0
    ]
    return max(found, key=lambda point: point["accuracy"]["value"], default=None)


def _gap(point: Mapping[str, Any]) -> str:
    return points(point["gap"]["value"])[1:]


def _when(point: Mapping[str, Any]) -> str:
    return {
        "never": "needs no group",
        "training": "needs the group in training, not to decide",
        "decision": "needs the group of everybody who is decided on",
    }[point["uses_group"]]
