"""Findings about a process in stages: which stage loses whom, and what it comes to at the end."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditkit.findings.finding import Finding, group_name, number, percent
from auditkit.policy import Policy
from auditkit.schema import Schema

__all__ = ["stage_findings"]

Row = Mapping[str, Any]

_LIMITS = (
    "A difference in who passes, not its cause. Those who enter a later stage were chosen by the "
    "earlier ones, so an equal rate there need not mean equal treatment; and people who left of "
    "their own will look like people who were turned away unless the data tell them apart."
)
_ACTION = {
    "flag": (
        "Look at the criterion of that stage first: have it justified, and look for an "
        "alternative with a smaller gap. A level end result does not make up for it."
    ),
    "inconclusive": (
        "Collect more rows for the groups named, or pool comparable periods, before concluding "
        "anything."
    ),
    "note": "The gap is small but not chance: keep an eye on it, and on what it adds up to.",
    "pass": "Nothing to do on this line; repeat when the data change.",
}


def stage_findings(rows: Sequence[Row], *, schema: Schema, policy: Policy) -> list[Finding]:
    """Return one finding for each set of attributes of a funnel.

    Every stage is judged, and so is what all of them come to: a stage beyond the line is flagged
    although the end result is within it (Connecticut v. Teal, 457 U.S. 440, 1982), and an end
    result beyond it although no single stage is. Whoever passes less often is named first.
    """
    known = {(row["stage"], tuple(row["attributes"]), tuple(row["group"])): row for row in rows}
    last = max((row["position"] for row in rows), default=0)
    ends = {_who(row): row for row in rows if row["position"] == last}
    sets: dict[tuple[str, ...], list[_Gap]] = {}
    for row in rows:
        if row["verdict"] is None:
            continue
        base = known[row["stage"], tuple(row["attributes"]), tuple(row["reference"])]
        end = (ends[_who(row)], ends[_who(base)])
        gaps = sets.setdefault(tuple(row["attributes"]), [])
        gaps.append(_Gap.of(row, base, end, "", unfavorable=schema.unfavorable))
        if row["position"] == last:
            gaps.append(_Gap.of(row, base, end, "cumulative_", unfavorable=schema.unfavorable))
    return [_finding(gaps, policy) for gaps in sets.values()]


def _who(row: Row) -> tuple[tuple[str, ...], tuple[str | None, ...]]:
    return tuple(row["attributes"]), tuple(row["group"])


@dataclass(frozen=True)
class _Gap:
    """A comparison, turned so that `row` is the group that fares worse, `base` the other.

    Attributes
    ----------
    row, base : mapping
        The rows of the funnel at this stage.
    end : tuple of mapping
        Their rows at the last stage.
    compared : mapping
        The row that holds the comparison.
    prefix : str
        ``""`` for the stage, ``"cumulative_"`` for the end result.
    turned : bool
        Whether `compared` is the row of `base`.
    """

    row: Row
    base: Row
    end: tuple[Row, Row]
    compared: Row
    prefix: str
    turned: bool

    @classmethod
    def of(
        cls, row: Row, base: Row, end: tuple[Row, Row], prefix: str, *, unfavorable: bool
    ) -> _Gap:
        ratio = row[f"{prefix}ratio"]
        if ratio and ratio != 1 and (ratio > 1) != unfavorable:
            return cls(base, row, end[::-1], row, prefix, turned=True)
        return cls(row, base, end, row, prefix, turned=False)

    def __getitem__(self, name: str) -> Any:
        return self.compared[f"{self.prefix}{name}"]

    def ratio(self, prefix: str | None = None) -> tuple[float | None, float | None, float | None]:
        """Return the ratio as it is told, with its interval."""
        before = self.prefix if prefix is None else prefix
        held = self.end[self.turned] if before else self.compared
        found = tuple(held[f"{before}{name}"] for name in ("ratio", "ratio_low", "ratio_high"))
        if not self.turned or found[0] is None:
            return found[0], found[1], found[2]
        value, low, high = found
        if not value:
            return None, None, None
        if low is None and high is None:
            return 1 / value, None, None
        return 1 / value, 0.0 if high is None else 1 / high, 1 / low if low else None

    @property
    def rank(self) -> tuple[bool, bool, float]:
        """Known groups before missing ones, stages before the end result, the widest gap."""
        ratio = self["ratio"]
        far = math.inf if not ratio else abs(math.log(ratio))
        return None not in (*self.row["group"], *self.base["group"]), not self.prefix, far


def _finding(gaps: Sequence[_Gap], policy: Policy) -> Finding:
    enough = [gap for gap in gaps if gap["p_adjusted"] is not None] or list(gaps)
    level = next(
        level
        for level in ("flag", "inconclusive", "note", "pass")
        if any(gap["verdict"] == level for gap in enough)
    )
    same = [gap for gap in enough if gap["verdict"] == level]
    worst = max(same, key=lambda gap: gap.rank)
    detail = [_at_stage(worst), _at_end(worst)]
    others = [gap for gap in same if not gap.prefix and gap is not worst]
    if level == "flag":
        held = worst.end[worst.turned]["cumulative_verdict"]
        if not worst.prefix and held != "flag":
            detail.append("The end result is not beyond the line; that does not undo the stage.")
        if others:
            detail.append(f"Also beyond the line: {_listing(others)}.")
    rule = policy.rule_for("selection_rate")
    assert rule is not None
    detail.append(f"The line: ratio {rule.threshold:g}, {rule.title}.")
    return Finding(
        kind="stage-gap",
        level=level,
        attributes=tuple(worst.row["attributes"]),
        group=tuple(worst.row["group"]),
        title=_title(worst, level),
        detail=" ".join(detail),
        evidence=_evidence(worst, rule.threshold),
        action=_ACTION[level],
        limits=_LIMITS,
    )


def _title(gap: _Gap, level: str) -> str:
    where, stage = " × ".join(gap.row["attributes"]), gap.row["stage"]
    who, base = group_name(gap.row["group"]), group_name(gap.base["group"])
    if level == "pass":
        return f"{where}: no stage beyond the line, nor all of them together"
    ratio = gap.ratio()[0]
    if ratio is None and level == "flag":
        return f"{where}: at '{stage}', nobody of {base} passes, others do, such as {who}"
    if ratio is None:
        return f"{where}: at '{stage}', {who} cannot be compared with {base}"
    text = f"at '{stage}', {who} passes at"
    if gap.prefix:
        text = f"all stages together: {who} comes through at"
    ending = {"inconclusive": "; too little data to decide", "note": "; clear, but within the line"}
    return f"{where}: {text} {number(ratio)} times the rate of {base}{ending.get(level, '')}"


def _at_stage(gap: _Gap) -> str:
    row, base, held = gap.row, gap.base, gap.compared
    text = f"Stage '{row['stage']}': {_passed(row)}; {_passed(base)}."
    if held["ratio"] is None:
        return f"{text} Ratio not computable: {held['reason']}."
    text += f" Ratio {_told(gap.ratio(''), held)}, p = {number(held['p_value'], 3)}"
    if held["p_adjusted"] is None:
        text += "; too few people to be judged."
    else:
        text += f", corrected for all stages and groups p = {number(held['p_adjusted'], 3)}."
    if held["share_low"] is not None:
        text += (
            f" Its part of the final gap: {percent(held['share'])} "
            f"({percent(held['share_low'])} to {percent(held['share_high'])})."
        )
    return text


def _at_end(gap: _Gap) -> str:
    (row, base), held = gap.end, gap.end[gap.turned]
    text = (
        f"To the end ('{row['stage']}'): {group_name(row['group'])} "
        f"{percent(row['cumulative_rate'])}, {group_name(base['group'])} "
        f"{percent(base['cumulative_rate'])}"
    )
    if held["cumulative_ratio"] is None:
        return f"{text}."
    clear = held["cumulative_p_adjusted"]
    p_value = "" if clear is None else f", corrected p = {number(clear, 3)}"
    return f"{text}; ratio {_told(gap.ratio('cumulative_'), held)}{p_value}."


def _passed(row: Row) -> str:
    if row["pass_rate"] is None:
        return f"{group_name(row['group'])}: {row['reason']}"
    of = row["entered"] - row["unknown"]
    return (
        f"{group_name(row['group'])} {row['passed']:,} of {of:,} passed "
        f"({percent(row['pass_rate'])})"
    )


def _told(found: tuple[float | None, float | None, float | None], row: Row) -> str:
    ratio, low, high = found
    if low is None:
        return f"{number(ratio, 3)} (no interval)"
    until = "no upper bound" if high is None else number(high, 3)
    level = round(100 * row["level"])
    return f"{number(ratio, 3)} ({level} % interval {number(low, 3)} to {until})"


def _listing(gaps: Sequence[_Gap]) -> str:
    parts = [
        f"{group_name(gap.row['group'])} at '{gap.row['stage']}' ({number(gap.ratio()[0])})"
        for gap in sorted(gaps, key=lambda gap: gap.rank, reverse=True)
    ]
    more = f" and {len(parts) - 6} more" if len(parts) > 6 else ""
    return ", ".join(parts[:6]) + more


def _evidence(gap: _Gap, threshold: float) -> dict[str, Any]:
    row, base, held = gap.row, gap.base, gap.compared
    ratio, low, high = gap.ratio("")
    return {
        "at_stage": row["stage"],
        "rate": row["pass_rate"],
        "events": row["passed"],
        "n": row["entered"] - row["unknown"],
        "reference": list(base["group"]),
        "reference_rate": base["pass_rate"],
        "reference_events": base["passed"],
        "reference_n": base["entered"] - base["unknown"],
        "ratio": ratio,
        "low": low,
        "high": high,
        "p_value": held["p_value"],
        "p_adjusted": held["p_adjusted"],
        "share": held["share"],
        "cumulative_ratio": gap.ratio("cumulative_")[0],
        "cumulative_p_adjusted": gap.end[gap.turned]["cumulative_p_adjusted"],
        "threshold": threshold,
    }
