"""Findings about the columns: missing cells, proxies, leakage, spelling, ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from auditkit import inference
from auditkit.errors import listed
from auditkit.findings.finding import Finding, group_name, number, percent, points
from auditkit.findings.proxies import proxy_findings
from auditkit.findings.quality import quality_findings
from auditkit.findings.spelling import spelling_findings
from auditkit.policy import Policy

__all__ = ["data_findings"]

Rows = Sequence[Mapping[str, Any]]


def data_findings(profile: Mapping[str, Any], *, policy: Policy) -> list[Finding]:
    """Return the findings that follow from the profile of the columns."""
    return [
        *_missing_with_outcome(profile["missing_outcome"], policy),
        *_missing_by_group(profile["missing"], policy),
        *proxy_findings(profile, policy=policy),
        *_leakage(profile["leakage"], policy),
        *spelling_findings(profile["spelling"]),
        *quality_findings(profile.get("quality"), policy=policy),
        *_useless(profile["columns"]),
    ]


def _missing_with_outcome(rows: Rows, policy: Policy) -> list[Finding]:
    found = []
    for row in rows:
        if row["p_adjusted"] is None or row["p_adjusted"] >= policy.alpha:
            continue
        protected = row["role"] == "protected"
        found.append(
            Finding(
                kind="missingness",
                level="flag" if protected else "note",
                stage="label",
                attributes=(row["column"],) if protected else (),
                group=(None,) if protected else (),
                title=f"{row['column']}: missing values go with the outcome",
                detail=(
                    f"The outcome is positive for {number(row['missing_events'])} of "
                    f"{number(row['missing_n'], 0)} ({percent(row['missing_rate'])}) where "
                    f"'{row['column']}' is missing and for {number(row['known_events'])} of "
                    f"{number(row['known_n'], 0)} ({percent(row['known_rate'])}) where known: "
                    f"{points(row['difference'])} ({points(row['low'])} to {points(row['high'])}), "
                    f"corrected p = {number(row['p_adjusted'], 3)}."
                ),
                evidence=dict(row),
                action=(
                    "Find out why it is missing. Rates by group leave these people out or apart; "
                    "how they would fall can change a gap."
                    if protected
                    else "Find out why it is missing before a model is allowed to use it."
                ),
                limits="Shows that values are not missing by chance, not who these people are.",
            )
        )
    return found


def _missing_by_group(rows: Rows, policy: Policy) -> list[Finding]:
    """Return one note for each column that is missing clearly more often in one group."""
    sets: dict[tuple[str, tuple[str, ...]], list[Mapping[str, Any]]] = {}
    for row in rows:
        known = None not in row["group"] and row["rows"] >= policy.min_group
        if known and row["column"] not in row["attributes"]:
            sets.setdefault((row["column"], tuple(row["attributes"])), []).append(row)
    widest: dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {}
    for (column, _), groups in sets.items():
        low, high = min(groups, key=_share), max(groups, key=_share)
        pair = widest.get(column)
        if pair is None or _share(high) - _share(low) > _share(pair[0]) - _share(pair[1]):
            widest[column] = (high, low)
    found = []
    for column, (high, low) in widest.items():
        p_value = _alike(high, low, sum(len(g) - 1 for g in sets.values()))
        if _share(high) - _share(low) <= policy.missing_gap or p_value >= policy.alpha:
            continue
        found.append(
            Finding(
                kind="missingness",
                level="note",
                attributes=tuple(high["attributes"]),
                group=tuple(high["group"]),
                title=f"{column}: missing more often for {group_name(high['group'])}",
                detail=(
                    f"'{column}' is missing for {high['missing']:,} of {high['rows']:,} "
                    f"({percent(_share(high))}) of {group_name(high['group'])} and for "
                    f"{low['missing']:,} of {low['rows']:,} ({percent(_share(low))}) of "
                    f"{group_name(low['group'])} (corrected p = {number(p_value, 3)})."
                ),
                evidence={
                    "column": column,
                    "share": _share(high),
                    "lowest_share": _share(low),
                    "p_adjusted": p_value,
                },
                action="A model that fills in or drops missing values treats these groups unlike.",
                limits="Shows where values are missing, not why.",
            )
        )
    return found


def _alike(high: Mapping[str, Any], low: Mapping[str, Any], comparisons: int) -> float:
    """Return Fisher's p-value, Bonferroni over all comparisons made to find the widest gap."""
    p_value = inference.fisher_exact(high["missing"], high["rows"], low["missing"], low["rows"])
    return 1.0 if p_value is None else min(1.0, p_value * comparisons)


def _share(row: Mapping[str, Any]) -> float:
    return float(row["share"] or 0.0)


def _leakage(rows: Rows, policy: Policy) -> list[Finding]:
    return [
        Finding(
            kind="leakage",
            level="flag",
            title=f"{row['feature']} all but repeats the outcome",
            detail=f"{row['why']} (AUC {number(row['strength'], 3)} by itself).",
            evidence={**row, "threshold": policy.leakage_auc},
            action=(
                "It was left out of the baseline. Check when it is known: what is written down "
                "after the decision cannot be used to make it."
            ),
            limits="A statistical sign; only someone who knows the process can say why.",
        )
        for row in rows
        if row["strength"] is not None and row["strength"] >= policy.leakage_auc
    ]


def _useless(columns: Rows) -> list[Finding]:
    """One note for all the columns that tell a model nothing."""
    rows = [
        row
        for row in columns
        if row["role"] == "feature" and row["kind"] in {"identifier", "constant", "empty"}
    ]
    if not rows:
        return []
    names = [row["name"] for row in rows]
    return [
        Finding(
            kind="feature-quality",
            level="note",
            title=f"{listed(names, 4)} cannot help a model",
            detail="; ".join(f"'{row['name']}': {row['why']}" for row in rows[:10]) + ".",
            evidence={"columns": names, "kinds": [row["kind"] for row in rows]},
            action="They were left out of the baseline; leave them out of any model.",
            limits="Judged by their values alone.",
        )
    ]
