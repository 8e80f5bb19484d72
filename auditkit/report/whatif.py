"""The what-if: score counts that travel in the page, for thresholds that a reader tries out.

The page's script does the arithmetic (``reports/templates/whatif.js``); here are the counts it
does it with, the words it says it in, and what a threshold for each group means in law.
"""

from __future__ import annotations

from collections.abc import Mapping
from statistics import NormalDist
from typing import Any

from auditkit.report.blocks import Block, Note, Part, Prose, Section, WhatIf
from auditkit.report.language import say
from auditkit.report.reading import FOUR_FIFTHS, Record, policy_line
from auditkit.report.text import label

__all__ = ["score_stages", "whatif_section", "whatif_words"]

_MOST_GROUPS = 12
_TITLES = {"model": "The baseline model", "decision": "The scores in the data"}
_TITLE = "What if the threshold moved"
_WITHOUT = (
    "The rows of these data carry weights, and scores were counted without them. Thresholds cannot "
    "be tried out here: the rates would not be those of this report."
)
_LEAD = (
    "The scores as counts, cut anywhere. Rates, gaps and intervals are computed in this page, from "
    "counts that it holds, as everywhere else in the report: Wilson intervals for rates, Newcombe "
    "intervals for differences."
)
_LAW = (
    "A threshold for each group is different treatment because of a protected attribute. In the "
    "United States, 42 U.S.C. 2000e-2(l) forbids different cutoff scores, and adjusted scores, by "
    "race, color, religion, sex or national origin in employment tests. In the European Union, "
    "preferring a group is lawful only as narrow positive action (Directive 2006/54/EC, article 3; "
    "Court of Justice, C-450/93 Kalanke and C-407/98 Abrahamsson). This is shown to measure what a "
    "gap costs to close, not as something to do; ask a lawyer first."
)
_NOTES = (
    "It tells what another threshold would have done to these people with these scores. It cannot "
    "tell who would apply, or how people would answer, once the threshold is known.",
    "Scores were counted into bins, so a threshold can be any edge of a bin; at an edge the counts "
    "are exact. People without a score are not in it.",
)


def whatif_words(record: Record) -> dict[str, Any]:
    """Return what the script says."""
    harm = bool(record["schema"].get("unfavorable"))
    buttons = [
        ("audited", say("As audited")),
        ("single", say("Single threshold")),
        ("selection", say("Equal selection")),
        ("opportunity", say("Equal opportunity")),
    ]
    if not harm:
        buttons.append(("fifths", say("Four-fifths")))
    words = {
        "scores": "Scores",
        "by": "Groups by",
        "presets": "Presets",
        "each": "One threshold for each group",
        "all": "Threshold for everybody",
        "from": "selected from",
        "nobody": "nobody selected",
        "quota": "Share that is selected",
        "law": _LAW,
        "caption": "What would follow",
        "reference": "best-off large group",
        "below": "below the line",
        "undefined": "not computable",
        "told": "{selected} of {n} people are selected. Against the audit, {gained} more are "
        "selected and {lost} fewer. Accuracy {accuracy}.",
    }  # fmt: skip
    heads = (
        "Group", "Selected", "Ratio to the best-off", "Difference, points",
        "True positive rate", "False positive rate", "Accuracy", "Decided otherwise",
    )  # fmt: skip
    said = {name: say(text) for name, text in words.items()}
    return {**said, "buttons": buttons, "columns": [say(head) for head in heads]}


def _sets(attributes: int, cells: Any) -> list[list[int]]:
    """Return which attributes to group by: each alone, and all crossed where groups are few."""
    sets = [[i] for i in range(attributes)]
    crossed = {tuple(cell["group"]) for cell in cells}
    if attributes > 1 and len(crossed) <= _MOST_GROUPS:
        sets.append(list(range(attributes)))
    return sets


def _sparse(counts: list[int]) -> tuple[int, list[int]]:
    """Return counts without the zeros at both ends, and where they begin."""
    inside = [i for i, count in enumerate(counts) if count]
    return (inside[0], counts[inside[0] : inside[-1] + 1]) if inside else (0, [])


def _stage(name: str, bins: Mapping[str, Any], record: Record) -> dict[str, Any]:
    levels: list[dict[str | None, int]] = [{} for _ in bins["attributes"]]
    cells = []
    for cell in bins["cells"]:
        places = [
            known.setdefault(value, len(known))
            for known, value in zip(levels, cell["group"], strict=True)
        ]
        which = 2 if cell["label"] is None else int(cell["label"])
        cells.append([places, which, *_sparse(cell["counts"])])
    policy = record.get("policy") or {}
    level = float(policy.get("level") or 0.95)
    kind, line = policy_line(record, "selection_rate") or ("ratio", FOUR_FIFTHS)
    return {
        "title": say(_TITLES[name]),
        "attributes": [label(item).text for item in bins["attributes"]],
        "levels": [[label(value).text for value in known] for known in levels],
        "sets": _sets(len(bins["attributes"]), bins["cells"]),
        "edges": bins["edges"],
        "cut": _cut(bins),
        "cells": cells,
        "z": NormalDist().inv_cdf((1 + level) / 2),
        "least": policy.get("min_group") or 0,
        "line": line if kind == "ratio" else FOUR_FIFTHS,
        "harm": bool(record["schema"].get("unfavorable")),
    }


def _cut(bins: Mapping[str, Any]) -> int:
    """Return the edge where scores were cut; beyond the last one nobody is selected."""
    edges = bins["edges"]
    below = [edge for edge in edges if edge < bins["threshold"]]
    return min(len(below), len(edges) - 1)


def score_stages(record: Record) -> dict[str, Any]:
    """Return the score counts of a record for the page's script, by stage."""
    return {} if _weighted(record) else {n: _stage(n, bins, record) for n, bins in _bins(record)}


def _bins(record: Record) -> list[tuple[str, Mapping[str, Any]]]:
    both = [
        (name, (record.get(name) or {}).get("score_bins") or {}) for name in ("decision", "model")
    ]
    return [(name, bins) for name, bins in both if bins.get("cells")]


def _weighted(record: Record) -> bool:
    """Return whether rows carry weights: the bins count rows, and so would tell other rates."""
    return record["schema"].get("weight") is not None


def whatif_section(record: Record) -> list[Section]:
    """Return the section, or nothing when the record holds no scores."""
    if not _bins(record):
        return []
    if _weighted(record):
        return [Section("what-if", _TITLE, "", (Note(_WITHOUT),))]
    blocks: tuple[Block, ...] = (WhatIf(), Prose(_NOTES, points=True))
    part = Part("what-if-try", (), blocks, prefix="Try a threshold")
    return [Section("what-if", _TITLE, _LEAD, (part,))]
