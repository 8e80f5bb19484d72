"""Findings about proxies: which columns give a protected attribute away, and whether it matters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from auditkit.errors import listed
from auditkit.findings.finding import Finding, number, percent
from auditkit.policy import Policy

__all__ = ["proxy_findings"]

Row = Mapping[str, Any]

_SINGLE = 5
"""Strong proxies of one attribute that get a finding each; the rest share one."""
_LIMITS = (
    "An association, and no proof that anyone uses it. A strong proxy can be a legitimate "
    "requirement."
)
_LAW = (
    "Where someone lives often goes with who they are, and some laws name it: Illinois forbids "
    "employers to use ZIP codes as a proxy for a protected class (775 ILCS 5/2-102(L), from 2026)."
)


def proxy_findings(profile: Mapping[str, Any], *, policy: Policy) -> list[Finding]:
    """Return a finding for each strong proxy, and one for each postcode that is none.

    A strong proxy is flagged; it is a note where it is shown to be harmless for the outcome.
    """
    rows = profile["proxies"]
    strong = [row for row in rows if _strong(row, policy)]
    found = []
    by_attribute: dict[str, list[Row]] = {}
    for row in strong:
        by_attribute.setdefault(row["attribute"], []).append(row)
    for attribute, several in by_attribute.items():
        found += [_one(row, policy) for row in several[:_SINGLE]]
        rest = several[_SINGLE:]
        if len(rest) == 1:
            found.append(_one(rest[0], policy))
        elif rest:
            found.append(_rest(attribute, rest, policy))
    told = {row["feature"] for row in strong}
    together = _together(profile.get("proxies_joint") or (), policy)
    return [*found, *together, *_postcodes(rows, told, policy)]


def _strong(row: Row, policy: Policy) -> bool:
    clear = row["p_adjusted"] is not None and row["p_adjusted"] < policy.alpha
    return clear and row["strength"] is not None and row["strength"] >= policy.proxy_strength


def _level(rows: Iterable[Row]) -> str:
    return "note" if all(row.get("with_outcome") is False for row in rows) else "flag"


def _one(row: Row, policy: Policy) -> Finding:
    postcode = row.get("postcode")
    look = {"name": "a postcode, ", "values": "codes like postcodes, "}.get(str(postcode), "")
    harmless = row.get("with_outcome") is False
    return Finding(
        kind="proxy",
        level=_level([row]),
        attributes=(row["attribute"],),
        group=(None,),
        title=(
            f"{row['feature']} ({look.removesuffix(', ')}) gives {row['attribute']} away"
            if look
            else f"{row['feature']} gives {row['attribute']} away"
        )
        + (", and is harmless for this outcome" if harmless else ""),
        detail=(
            f"The feature '{row['feature']}' goes with {row['attribute']}: Cramér's V "
            f"{number(row['strength'])} ({number(row['low'])} to {number(row['high'])}; 0 is "
            f"independent, 1 tells the group exactly), {row['n']:,} rows.{_tells(row)}"
            f"{_beside(row, policy)} Leaving {row['attribute']} out of a model does not leave it "
            f"out of the data.{' ' + _LAW if postcode else ''}"
        ),
        evidence=_evidence(row, policy),
        action=(
            f"Nothing in these data speaks for using '{row['feature']}' to predict this outcome: "
            "leave it out (--ignore)."
            if harmless
            else f"Ask whether '{row['feature']}' is needed for the decision. If it is not, leave "
            "it out (--ignore) and compare; if it is, justify it."
        ),
        limits=_LIMITS,
    )


def _evidence(row: Row, policy: Policy) -> dict[str, Any]:
    tells = [_said(item) for item in row.get("tells") or ()]
    return {**row, "tells": tells, "threshold": policy.proxy_strength}


def _said(item: Row) -> str:
    value = "(missing)" if item["value"] is None else item["value"]
    return f"{value}: {_share(item['share'])} {item['group']}"


def _share(value: float) -> str:
    """Return a share that says 100 % only where it is."""
    return "more than 99.9 %" if 0.9995 <= value < 1 else percent(value)


def _tells(row: Row) -> str:
    tells = row.get("tells") or ()
    if not tells:
        return ""
    said = [
        f"{_share(item['share'])} of those with "
        f"{'no value' if item['value'] is None else repr(item['value'])} are {item['group']} "
        f"({percent(item['overall'])} of all)"
        for item in tells
    ]
    return f" {'; '.join(said)}."


def _beside(row: Row, policy: Policy) -> str:
    """Say whether the proxy goes with the outcome, and what was tested."""
    if row.get("outcome_strength") is None:
        return ""
    link = f"Cramér's V {number(row['outcome_strength'])}"
    span = f"{number(row['outcome_low'])} to {number(row['outcome_high'])}"
    given = f"V {number(row['given_group'])}"
    within = f"within the groups of {row['attribute']}"
    p_given = row["given_group_p_adjusted"]
    said = "not tested" if p_given is None else f"corrected p = {number(p_given, 3)}"
    said = said.replace("= below", "below")
    if row.get("with_outcome") is None:
        return f" Whether it goes with the outcome cannot be told from these data ({link}, {span})."
    if row["with_outcome"] is False:
        return f" It does not go with the outcome ({link}, {span}, and {given} {within})."
    if p_given is not None and p_given < policy.alpha:
        return (
            f" It goes with the outcome ({link}), also {within} ({given}, {said}): a "
            "model would use it."
        )
    return (
        f" It goes with the outcome ({link}), but not clearly {within} ({given}, {said}): "
        "it carries the gap between the groups and little else."
    )


def _rest(attribute: str, rows: Sequence[Row], policy: Policy) -> Finding:
    names = [row["feature"] for row in rows]
    said = "; ".join(f"'{row['feature']}' {number(row['strength'])}" for row in rows)
    return Finding(
        kind="proxy",
        level=_level(rows),
        attributes=(attribute,),
        group=(None,),
        title=f"{len(rows)} more columns give {attribute} away: {listed(names, 4)}",
        detail=f"Cramér's V with {attribute}: {said}.",
        evidence={**_evidence(rows[0], policy), "features": names},
        action="Ask of each whether the decision needs it; leave the others out (--ignore).",
        limits=_LIMITS,
    )


def _together(rows: Sequence[Row], policy: Policy) -> list[Finding]:
    """Flag features that are no strong proxy one by one and are one together."""
    last = {row["attribute"]: row for row in rows}  # those without the strong ones come last
    return [_joint(row, policy) for row in last.values() if _strong(row, policy)]


def _joint(row: Row, policy: Policy) -> Finding:
    attribute, several = row["attribute"], len(row["features"])
    without = f"Even without {listed(row['without'], 4)}, the" if row["without"] else "The"
    aucs = ", ".join(f"{part['group']} {number(part['auc'])}" for part in row["groups"])
    sampled = f" drawn from {row['sampled_from']:,}" if row["sampled_from"] else ""
    return Finding(
        kind="proxy",
        level="flag",
        attributes=(attribute,),
        group=(None,),
        title=(
            f"{row['feature'].capitalize()} give {attribute} away"
            + (f", without {listed(row['without'], 2)}" if row["without"] else "")
        ),
        detail=(
            f"{without} {several} features together tell {attribute} with a strength of "
            f"{number(row['strength'])} ({number(row['low'])} to {number(row['high'])}; the scale "
            f"of Cramér's V), {row['n']:,} rows{sampled}. Area under the curve: {aucs}. "
            f"{'Leaving the strong proxies out is not enough.' if row['without'] else ''}"
        ).rstrip(),
        evidence={**row, "threshold": policy.proxy_strength},
        action="Look at which of them the decision needs; weak proxies add up.",
        limits=(
            "An additive model, cross-fitted: what only a combination of two features tells is "
            "not seen. It shows what could be told, not that anyone does."
        ),
    )


def _postcodes(rows: Sequence[Row], told: set[str], policy: Policy) -> list[Finding]:
    """Name every column that is called like a postcode, however weak its link."""
    first: dict[str, Row] = {}
    for row in rows:  # strongest first
        if row.get("postcode") == "name" and row["feature"] not in told:
            first.setdefault(row["feature"], row)
    found = []
    for feature, row in first.items():
        if row["strength"] is None:
            measured = f"Its link with {row['attribute']} was not measured: {row['reason']}."
        else:
            clear = row["p_adjusted"] is not None and row["p_adjusted"] < policy.alpha
            measured = (
                f"Its strongest link is with {row['attribute']}: Cramér's V "
                f"{number(row['strength'])} ({number(row['low'])} to {number(row['high'])}), "
                f"{'clear, but' if clear else 'no more than chance would give, and'} below the "
                f"line of {policy.proxy_strength:g}."
            )
        found.append(
            Finding(
                kind="proxy",
                level="note",
                attributes=(row["attribute"],),
                group=(None,),
                title=f"{feature} is a postcode",
                detail=f"{measured} {_LAW}",
                evidence=_evidence(row, policy),
                action=f"Leave '{feature}' out (--ignore) unless the decision needs it.",
                limits="Known by its name. Smaller areas may tell more than those in the data.",
            )
        )
    return found
