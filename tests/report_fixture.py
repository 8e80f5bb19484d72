"""An audit record for tests of the report: built by a function, from a small table of counts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

__all__ = ["record"]

Group = tuple[str | None, ...]

# group -> (people, hired by the label, selected, selected and hired)
_COUNTS: dict[tuple[str | None, str | None], tuple[int, int, int, int]] = {
    ("Female", "White"): (640, 118, 96, 60),
    ("Female", "Black"): (310, 34, 22, 11),
    ("Female", None): (14, 2, 1, 0),
    ("Male", "White"): (2810, 870, 905, 690),
    ("Male", "Black"): (1180, 330, 310, 230),
    ("Male", None): (61, 17, 15, 10),
    (None, "White"): (88, 12, 10, 6),
    (None, "Black"): (3, 0, 0, 0),
}
_EXPECTED: dict[str | None, float] = {"Female": 0.47, "Male": 0.53}
_SCHEMA: dict[str, Any] = {
    "unfavorable": False,
    "prediction": None,
    "prediction_positive": None,
    "score": None,
    "threshold": None,
    "weight": None,
    "count": None,
    "strata": ["department"],
    "ignore": [],
    "train_with": [],
    "reference": {"gender": "Male"},
    "bins": {},
    "values": {},
}


def _wilson(x: float, n: float) -> tuple[float, float]:
    z, p = 1.959963984540054, x / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    reach = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def _summed(keep: Sequence[int]) -> dict[Group, list[int]]:
    out: dict[Group, list[int]] = {}
    for group, numbers in _COUNTS.items():
        key = tuple(group[i] for i in keep)
        old = out.setdefault(key, [0, 0, 0, 0])
        out[key] = [a + b for a, b in zip(old, numbers, strict=True)]
    return out


def _rates(numbers: Sequence[int], stage: str) -> dict[str, tuple[int, int]]:
    people, hired, chosen, right = numbers
    if stage == "label":
        return {"base_rate": (hired, people)}
    return {
        "selection_rate": (chosen, people),
        "true_positive_rate": (right, hired),
        "false_negative_rate": (hired - right, hired),
        "false_positive_rate": (chosen - right, people - hired),
        "positive_predictive_value": (right, chosen),
    }


def _estimate(base: dict[str, Any], events: int, n: int) -> dict[str, Any]:
    row = base | {"level": 0.95, "n": n, "events": events, "method": "wilson"}
    if n == 0:
        return row | {"value": None, "low": None, "high": None, "reason": "nobody to divide by"}
    low, high = _wilson(events, n)
    return row | {"value": events / n, "low": low, "high": high, "reason": None}


def _gap(base: dict[str, Any], a: dict[str, Any], b: dict[str, Any], kind: str) -> dict[str, Any]:
    row = base | {"kind": kind, "level": 0.95, "method": "none", "reason": None, "verdict": None}
    row |= {"value": None, "low": None, "high": None, "p_value": None, "p_adjusted": None}
    if a["value"] is None or b["value"] is None:
        return row | {"reason": "nobody to divide by"}
    if kind == "difference":
        value = a["value"] - b["value"]
        low, high = value - 0.03, value + 0.03
        return row | {"value": value, "low": low, "high": high, "method": "newcombe; fisher exact"}
    if b["value"] == 0 or a["value"] == 0:
        return row | {"reason": "the rate of the reference is 0", "verdict": "inconclusive"}
    value = a["value"] / b["value"]
    verdict = "inconclusive" if a["n"] < 30 else "flag" if value < 0.8 else "pass"
    p = 4.83e-5 if verdict == "flag" else 0.4271
    return row | {
        "value": value,
        "low": value * 0.8,
        "high": value * 1.25,
        "p_value": p,
        "p_adjusted": min(1.0, p * 6),
        "method": "katz; fisher exact",
        "verdict": verdict,
    }


class _Builder:
    """Names from the caller, numbers from the table."""

    def __init__(self, names: dict[str, str]) -> None:
        self.names = names
        self.sets = {("gender",): (0,), ("race",): (1,), ("gender", "race"): (0, 1)}

    def name(self, value: str | None) -> str | None:
        return None if value is None else self.names.get(value, value)

    def where(self, attributes: Sequence[str], group: Group) -> dict[str, Any]:
        return {
            "attributes": [self.name(item) for item in attributes],
            "group": [self.name(item) for item in group],
        }

    def representation(self) -> list[dict[str, Any]]:
        rows = []
        total = sum(numbers[0] for numbers in _COUNTS.values())
        for attributes, keep in self.sets.items():
            for group, (people, *_) in _summed(keep).items():
                low, high = _wilson(people, total)
                named = _EXPECTED if keep == (0,) else {}
                expected = named.get(group[0])
                rows.append(
                    self.where(attributes, group)
                    | {
                        "count": people,
                        "share": people / total,
                        "share_low": low,
                        "share_high": high,
                        "expected_share": expected,
                        "expected_source": "Labour force survey" if expected else None,
                        "ratio": people / total / expected if expected else None,
                        "missing_people": max(0, round(expected * total) - people)
                        if expected
                        else None,
                        "p_value": 1e-200 if expected else None,
                        "method": "wilson",
                        "reason": None,
                    }
                )
        return rows

    def estimates(self, stage: str) -> list[dict[str, Any]]:
        rows = []
        for attributes, keep in self.sets.items():
            for group, numbers in _summed(keep).items():
                for metric, (events, n) in _rates(numbers, stage).items():
                    base = {"stage": stage, "metric": metric} | self.where(attributes, group)
                    rows.append(_estimate(base, events, n))
        return rows

    def disparities(self, stage: str) -> list[dict[str, Any]]:
        rows = []
        estimates = self.estimates(stage)
        for attributes in self.sets:
            names = [self.name(item) for item in attributes]
            reference = [self.name(item) for item in ("Male", "White")[: len(names)]]
            reference = [self.name("White")] if attributes == ("race",) else reference
            mine = [row for row in estimates if row["attributes"] == names]
            for row in mine:
                other = next(
                    o for o in mine if o["group"] == reference and o["metric"] == row["metric"]
                )
                if row is other:
                    continue
                base = {
                    "stage": stage,
                    "attributes": names,
                    "metric": row["metric"],
                    "group": row["group"],
                    "reference": reference,
                }
                rows += [_gap(base, row, other, kind) for kind in ("difference", "ratio")]
        return rows


def _findings(build: _Builder) -> list[dict[str, Any]]:
    gender, female, male = build.name("gender"), build.name("Female"), build.name("Male")

    def row(key: str, kind: str, level: str, stage: str | None, **more: Any) -> dict[str, Any]:
        base = {"id": key, "kind": kind, "level": level, "stage": stage}
        base |= {"attributes": [gender], "group": [female]}
        base |= {"limits": "It does not say why.", "action": "Ask who decided, and by what."}
        return base | {"evidence": {}} | more

    return [
        row(
            "pass-1", "outcome-gap", "pass", "label", group=[male], title="Men are above the line",
            detail="Men were hired at 1.0 times the rate of men.",
        ),
        row(
            "gap-1", "outcome-gap", "flag", "label", title=f"{female} hired less often than {male}",
            detail=f"{female} were hired at 53 % of the rate of {male} (154 of 964 against 1217 of "
            "4051; 95 % interval 45 to 62 %).",
            evidence={
                "rate": 0.15975, "reference_rate": 0.30042, "ratio": 0.5318, "p_value": 4.83e-5,
                "p_adjusted": None, "n": 964, "interval": [0.454, 0.624], "method": "katz",
            },
        ),
        row(
            "small-1", "small-group", "inconclusive", None, group=[None],
            title="Too few people with no recorded gender",
            detail="Only 3 people; nothing can be said of them.", evidence={"n": 3},
        ),
        row("note-1", "leakage", "note", None, title="A column repeats the label", detail="See it.",
            attributes=[], group=[]),
    ]  # fmt: skip


def _profile(build: _Builder) -> dict[str, Any]:
    gender, female, male = build.name("gender"), build.name("Female"), build.name("Male")
    feature = build.names.get("feature", "first_name")
    return {
        "missing": [
            {
                "column": feature, "attributes": [gender], "group": [group],
                "missing": 12 + k, "rows": 900, "share": (12 + k) / 900,
            }
            for k, group in enumerate([female, male, None])
        ],
        "proxies": [
            {
                "attribute": gender, "feature": feature, "strength": 0.81,
                "measure": "Cramer's V", "low": 0.77, "high": 0.85,
            },
            {
                "attribute": gender, "feature": "hobby", "strength": 0.11,
                "measure": "Cramer's V", "low": 0.02, "high": 0.2,
            },
        ],
        "leakage": [
            {"feature": "offer_sent", "strength": 0.998, "measure": "auc", "why": "tells the label"}
        ],
        "strata": [
            {
                "attribute": gender, "stratum": "department", "group": [female],
                "reference": [male], "pooled": -0.14, "adjusted": -0.02, "low": -0.05,
                "high": 0.01, "homogeneity_p": 0.003, "p_value": 0.21,
            }
        ],
        "columns": [
            {
                "name": feature, "role": "feature", "kind": "text", "missing": 40,
                "distinct": 900, "why": "many values",
            }
        ],
    }  # fmt: skip


def _score_bins(build: _Builder) -> dict[str, Any]:
    """Spread the people of each group and label over 100 bins, by arithmetic alone."""
    cells = []
    for k, (group, (people, hired, *_)) in enumerate(_COUNTS.items()):
        for label, many in ((0, people - hired), (1, hired), (None, k % 3)):
            counts = [0] * 100
            for i in range(many):
                counts[(i * i * 7 + 13 * i + 11 * k + (25 if label else 0)) % (90 + k)] += 1
            if many:
                names = [build.name(item) for item in group]
                cells.append({"group": names, "label": label, "counts": counts})
    return {
        "attributes": [build.name("gender"), build.name("race")],
        "threshold": 0.5,
        "edges": [i / 100 for i in range(101)],
        "cells": cells,
    }


def _model(build: _Builder) -> dict[str, Any]:
    return {
        "score_bins": _score_bins(build),
        "kind": "logistic", "rows": 5106, "folds": 5, "seed": 7, "threshold": 0.5,
        "sampled_from": None,
        "metrics": {"auc": 0.8123, "auc_low": 0.8, "auc_high": 0.8246, "accuracy": 0.79},
        "features": ["experience", "education"],
        "left_out": [{"feature": "offer_sent", "reason": "repeats the label"}],
        "notes": ["Trained on all rows."],
    }  # fmt: skip


def record(names: dict[str, str] | None = None, **changes: Any) -> dict[str, Any]:
    """Return a full record.

    Parameters
    ----------
    names : dict, optional
        New names for ``gender``, ``race``, ``Female``, ``Male``, ``White``, ``Black``,
        ``source``, ``label``, ``positive`` and ``feature``.
    **changes
        Top-level keys to replace.
    """
    names = names or {}
    build = _Builder(names)
    people = sum(numbers[0] for numbers in _COUNTS.values())
    made: dict[str, Any] = {
        "format": "auditkit.audit",
        "format_version": 1,
        "auditkit": "0.1.0",
        "created": "2026-11-22T20:00:00Z",
        "seed": 7,
        "data": {
            "source": names.get("source", "hiring.csv"),
            "sha256": "0123456789abcdef" * 4,
            "rows": people + 4,
            "columns": 14,
            "bytes": 512345,
            "people": people,
            "used_columns": ["gender", "race", "hired"],
            "excluded": [{"reason": "the label is missing", "rows": 4, "stage": "label"}],
            "notes": ["The delimiter is a comma."],
        },
        "schema": {
            "label": names.get("label", "hired"),
            "positive": names.get("positive", "yes"),
            "protected": [build.name("gender"), build.name("race")],
        }
        | _SCHEMA,
        "representation": build.representation(),
        "estimates": build.estimates("label") + build.estimates("model"),
        "disparities": build.disparities("label") + build.disparities("model"),
        "findings": _findings(build),
        "profile": _profile(build),
        "model": _model(build),
        "compliance": [],
        "subgroups": [],
        "counts": {},
        "policy": {
            "name": "default", "alpha": 0.05, "level": 0.95, "min_group": 30,
            "reference_min_share": 0.02,
            "rules": [
                {
                    "id": "four-fifths", "title": "Four-fifths rule", "kind": "ratio",
                    "metrics": ["base_rate", "selection_rate"], "threshold": 0.8,
                }
            ],
        },
        "provenance": {
            "command": "auditkit audit hiring.csv --label hired --positive yes",
            "versions": {"python": "3.11.9", "auditkit": "0.1.0"},
            "settings": {"model": "logistic", "bins": {}, "strata": ["department"]},
        },
    }  # fmt: skip
    return made | changes
