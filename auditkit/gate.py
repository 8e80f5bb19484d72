"""A gate: a ``--fail-on`` rule, and whether an audit meets it.

A rule is a level (``flag``, ``inconclusive``), a kind of finding (``outcome-gap``), or a
comparison such as ``base_rate_ratio<0.8``, ``true_positive_rate_difference>0.1@gender`` or
``selection_rate_ratio<0.8@gender,race:decision`` (attributes after ``@``, stage after ``:``).
What could not be computed is *undecided*, and an undecided gate never passes by itself.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass

from auditkit.errors import RequestError, listed, nearest, shown
from auditkit.findings.finding import KINDS, group_name, number
from auditkit.metrics.declared import METRICS
from auditkit.record import Audit

__all__ = ["Gate"]

_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt,
}  # fmt: skip
_ALIASES = {
    "disparate_impact": "selection_rate_ratio",
    "demographic_parity_ratio": "selection_rate_ratio",
    "demographic_parity_difference": "selection_rate_difference",
    "equal_opportunity_ratio": "true_positive_rate_ratio",
    "equal_opportunity_difference": "true_positive_rate_difference",
}
_STAGES = ("label", "model", "decision")
_RULE = re.compile(
    r"\s*(?P<name>[a-z_]+)\s*(?P<op><=|>=|<|>)\s*(?P<limit>[0-9.eE+-]+)\s*"
    r"(@(?P<attributes>[^:]+))?(:\s*(?P<stage>\w+)\s*)?"
)
Outcome = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Gate:
    """One rule; make it with :meth:`parse`."""

    text: str
    level: str | None = None
    kind: str | None = None
    metric: str | None = None
    comparison: str | None = None
    op: str = "<"
    limit: float = 0.0
    attributes: tuple[str, ...] | None = None
    stage: str | None = None

    @classmethod
    def parse(cls, text: str) -> Gate:
        """Read a rule.

        Examples
        --------
        >>> gate = Gate.parse("base_rate_ratio<0.8@gender")
        >>> gate.metric, gate.comparison, gate.limit, gate.attributes
        ('base_rate', 'ratio', 0.8, ('gender',))
        """
        word = text.strip()
        if word in {"flag", "inconclusive"}:
            return cls(text=text, level=word)
        if word in KINDS:
            return cls(text=text, kind=word)
        match = _RULE.fullmatch(text)
        if match is None:
            raise RequestError(
                f"--fail-on '{shown(text)}'{nearest(word, ['flag', 'inconclusive', *KINDS])}: use "
                f"flag, inconclusive, a kind of finding ({listed(KINDS, 3)} ...) or a comparison "
                "such as base_rate_ratio<0.8@gender"
            )
        name = _ALIASES.get(match["name"], match["name"])
        metric, _, comparison = name.rpartition("_")
        if comparison not in {"ratio", "difference"} or metric not in METRICS:
            known = [f"{row}_{kind}" for row in METRICS for kind in ("ratio", "difference")]
            raise RequestError(
                f"--fail-on: no comparison '{shown(match['name'])}'"
                f"{nearest(match['name'], [*known, *_ALIASES])}"
            )
        stage = match["stage"]
        if stage is not None and stage not in _STAGES:
            raise RequestError(f"--fail-on: no stage '{shown(stage)}'; stages: {listed(_STAGES)}")
        try:
            limit = float(match["limit"])
        except ValueError:
            limit = math.nan
        if not math.isfinite(limit):
            raise RequestError(f"--fail-on: '{match['limit']}' is not a number")
        attributes = match["attributes"]
        return cls(
            text=text,
            metric=metric,
            comparison=comparison,
            op=match["op"],
            limit=limit,
            attributes=None if attributes is None else _names(attributes),
            stage=stage,
        )

    def decide(self, audit: Audit) -> Outcome:
        """Return ``("met" | "undecided" | "passed", why)``."""
        if self.metric is not None:
            return self._compare(audit)
        about = [f for f in audit.findings if self.kind in (None, f.kind)]
        wanted = self.level or "flag"
        for finding in about:
            if finding.level == wanted:
                return "met", finding.title
        open_ = [finding for finding in about if finding.level == "inconclusive"]
        if self.kind is not None and not about and not self._looked(audit):
            return "undecided", f"the audit has no finding of kind {self.kind}"
        if open_:
            return "undecided", open_[0].title
        return "passed", ""

    def _looked(self, audit: Audit) -> bool:
        """Whether the audit looked for a kind of finding that is written only where it occurs."""
        looked = {
            "subgroup": bool(audit.subgroups),
            "simpson": bool(audit.profile["strata"]),
            "leakage": audit.schema["label"] is not None,
            "not-identified": "bounds" in audit.profile and bool(audit.disparities),
            **dict.fromkeys(("small-group", "missingness", "proxy"), True),
            **dict.fromkeys(("feature-quality", "group-spelling"), True),
        }
        return looked.get(self.kind or "", False)

    def _compare(self, audit: Audit) -> Outcome:
        rows = [
            row
            for row in audit.disparities
            if row.metric == self.metric
            and row.kind == self.comparison
            and (self.attributes is None or sorted(self.attributes) == sorted(row.attributes))
            and self.stage in (None, row.stage)
        ]
        if not rows:
            return "undecided", "the audit has no such comparison"
        compare = _OPERATORS[self.op]
        small = audit.policy["min_group"]
        undecided = ""
        for row in rows:
            who = f"{group_name(row.group)} against {group_name(row.reference)}"
            if row.value is None:
                undecided = undecided or f"{who}: {row.reason}"
                continue
            value = abs(row.value) if row.kind == "difference" else row.value
            if row.p_adjusted is None:
                undecided = undecided or f"{who}: fewer than {small} people"
            elif compare(value, self.limit):
                return "met", f"{who}: {number(value, 3)}"
        return ("undecided", undecided) if undecided else ("passed", "")


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(","))
