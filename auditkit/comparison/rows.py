"""What a comparison of two audits is made of."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from auditkit.counts import Group
from auditkit.findings.finding import group_name

__all__ = ["VERDICTS", "Comparison", "Row"]

VERDICTS = ("worse", "better", "unclear", "too few", "not computable")
"""What is said of a gap: wider or narrower beyond chance; neither; not judged; undefined."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One number, then and now.

    Attributes
    ----------
    what : {"share", "rate", "gap"}
        The share of a group among all, its rate, or its ratio to the reference.
    stage : str or None
        None for shares.
    attributes, group, reference : tuple
        Of whom; `reference` is empty but for gaps.
    metric : str or None
        None for shares.
    old, new : float or None
        The two values.
    old_n, new_n : int
        People behind them.
    change, low, high : float or None
        New minus old for shares and rates, new / old for gaps (a ratio of ratios).
    p_value, p_adjusted : float or None
        Of no change; corrected by Holm within each of shares, headline rates, other rates,
        headline gaps and other gaps. `p_adjusted` is None where a group is too small to be judged.
    verdict : str or None
        Of gaps: one of :data:`VERDICTS`.
    reason : str or None
        Why there is no number.
    """

    what: str
    stage: str | None
    attributes: tuple[str, ...]
    group: Group
    metric: str | None
    old: float | None
    new: float | None
    old_n: int
    new_n: int
    change: float | None
    low: float | None
    high: float | None
    p_value: float | None
    reference: Group = ()
    p_adjusted: float | None = None
    verdict: str | None = None
    reason: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What changed between two audits; made by :func:`compare_audits`.

    Attributes
    ----------
    old, new : mapping
        Of each audit: source, sha256, created, people.
    notes : tuple of str
        What was not compared, or was defined differently, and what the tests assume.
    rows : tuple of Row
        Shares, rates and gaps.
    findings : tuple of mapping
        Findings whose level changed, that are new, or that are gone.
    level, alpha : float
        Confidence level, and what a corrected p-value must be below.
    """

    old: dict[str, Any]
    new: dict[str, Any]
    notes: tuple[str, ...]
    rows: tuple[Row, ...]
    findings: tuple[dict[str, Any], ...]
    level: float
    alpha: float
    format: str = field(default="auditkit.comparison", init=False)
    format_version: int = field(default=1, init=False)

    def gaps(self, verdict: str) -> list[Row]:
        """Return the gaps of which a verdict is said."""
        return [row for row in self.rows if row.verdict == verdict]

    @property
    def undecided(self) -> list[str]:
        """Attributes of which no gap could be judged."""
        judged: dict[str, bool] = {}
        for row in self.rows:
            if row.what == "gap" and len(row.attributes) == 1:
                name = row.attributes[0]
                decided = row.verdict in {"worse", "better", "unclear"}
                judged[name] = judged.get(name, False) or decided
        return [name for name, decided in judged.items() if not decided]

    def decide(self, rule: str) -> tuple[str, str]:
        """Return ``("met" | "undecided" | "passed", why)`` of ``worse`` or ``new-flag``."""
        if rule == "worse":
            for row in self.gaps("worse"):
                return "met", f"{group_name(row.group)} against {group_name(row.reference)}"
            for name in self.undecided:
                return "undecided", f"no gap by {name} could be judged"
            return "passed", ""
        for item in self.findings:
            if item["new_level"] == "flag":
                return "met", item["title"]
        for item in self.findings:
            if item["new_level"] == "inconclusive":
                return "undecided", item["title"]
        return "passed", ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "format": self.format,
            "format_version": self.format_version,
            "old": self.old,
            "new": self.new,
            "level": self.level,
            "alpha": self.alpha,
            "notes": list(self.notes),
            "rows": [row.to_dict() for row in self.rows],
            "findings": list(self.findings),
        }
