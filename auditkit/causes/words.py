"""What the parts of a gap mean, in sentences; and what the table cannot tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["OVERLAP", "not_identified", "sentence"]

OVERLAP = 0.95
"""AUC of telling the groups apart above which hardly anybody is like anybody of the other."""


def _points(value: float | None) -> str:
    return "not computable" if value is None else f"{100 * value:+.1f} points".replace("-", "−")


def sentence(row: Mapping[str, Any], cause: str, found: Mapping[str, Any]) -> str:
    """Say what a part is, with its number."""
    who = "(missing)" if row["group"] is None else row["group"]
    base = "(missing)" if row["reference"] is None else row["reference"]
    if found["value"] is None:
        return f"Not computable: {found['reason']}."
    value = _points(found["value"])
    parts = row["parts"]
    if cause == "labels":
        return (
            f"The labels hold a gap of {_points(parts['label']['value'])}; people of {who} and "
            f"{base} who are alike in all features differ by {value}."
        )
    if cause == "model":
        verb = "adds" if abs(parts["score"]["value"]) > abs(parts["label"]["value"]) else "leaves"
        return (
            f"The mean score differs by {_points(parts['score']['value'])}, the labels by "
            f"{_points(parts['label']['value'])}: the model {verb} {value}. Cutting the scores "
            f"makes it {_points(parts['selection']['value'])} of selections."
        )
    if cause == "proxies":
        return (
            f"Of the gap in mean score, {_points(parts['score']['value'])}, so much flows through "
            f"features that differ between {who} and {base}: {value}."
        )
    if cause == "feature-quality":
        less = "less" if found["value"] > 0 else "more"
        return (
            f"A model of {who} alone and one of {base} alone, trained on as many rows: the "
            f"features tell {less} about {who} (AUC {value})."
        )
    return (
        f"With equal shares in training instead of {100 * row['representation']['share']:.0f} %, "
        f"the AUC within {who} changes by {value}."
    )


def not_identified(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return which causes this table cannot tell apart here, why, and what data would tell."""
    blamed = {entry["cause"] for entry in row["ranking"] if entry["blamed"]}
    found = []
    if "labels" in blamed:
        found.append(
            {
                "between": ["biased labels", "biased sampling", "a feature that is not here"],
                "why": "people who are alike in all features of the table have different outcomes; "
                "the table does not say whether the outcomes were recorded unequally, whether "
                "unlike people of the groups got into it, or whether they differ in something "
                "that was not recorded",
                "data": "outcomes judged again without knowledge of the group, for a random "
                "sample; those who applied or were eligible and are not in the table; the "
                "criteria that decided and are not in it",
            }
        )
    if "feature-quality" in blamed:
        found.append(
            {
                "between": ["features measured less well", "labels recorded less reliably"],
                "why": "either makes the features tell less about the outcomes of one group, and "
                "the table holds one measurement of each",
                "data": "the features measured twice for some people of both groups, and their "
                "outcomes recorded by two people",
            }
        )
    apart = row.get("group_auc")
    if apart is not None and apart >= OVERLAP:
        found.append(
            {
                "between": ["the group itself", "the features that go with it"],
                "why": f"the features tell the two groups apart with an AUC of {apart:.2f}: hardly "
                "anybody of one is like anybody of the other, so what differs between like "
                "people rests on the model's form",
                "data": "people of both groups who are alike in the features that tell them apart",
            }
        )
    return found
