"""The case before a framework: the record so far, its counts, and what people have said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from auditkit.compliance.answers import Answers, attribute_of
from auditkit.compliance.comparison import Lines
from auditkit.compliance.impact import selections, selections_by_stratum
from auditkit.compliance.packs import Pack
from auditkit.compliance.rows import RowFacts
from auditkit.counts import DECISION, LABEL, Counts, Group

__all__ = ["Case", "Made"]

Pairs = dict[Group, tuple[int, int]]


@dataclass(frozen=True, kw_only=True)
class Made:
    """What a kind of table made: rows, what the reader should know, or why there are none."""

    rows: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[str, ...] = ()
    sentences: tuple[Mapping[str, Any], ...] = ()
    reason: str | None = None
    score: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Case:
    """All that the tables of a framework may look at.

    Attributes
    ----------
    pack : Pack
        The framework.
    record : mapping
        The record as plain data, without its ``compliance``.
    counts : Counts
        The cells.
    answers : Answers
        Settings and answers of the user.
    rows : RowFacts
        What had to be asked of the rows.
    today : date
        The day of the audit.
    """

    pack: Pack
    record: Mapping[str, Any]
    counts: Counts
    answers: Answers
    rows: RowFacts
    today: date
    inferred: dict[str, str] = field(default_factory=dict)

    @property
    def lines(self) -> Lines:
        """Where the lines of a comparison are."""
        return self.pack.comparison_lines

    @property
    def protected(self) -> tuple[str, ...]:
        """The protected columns."""
        return self.counts.attributes

    @property
    def unfavorable(self) -> bool:
        """Whether the event is a harm."""
        return bool(self.record["schema"].get("unfavorable"))

    @property
    def outcome(self) -> str | None:
        """The outcome that the tables count: the stage asked for, decisions, or the label."""
        asked = self.answers.stage
        if asked is not None:
            return asked if asked in self.counts.outcomes else None
        return next((name for name in (DECISION, LABEL) if name in self.counts.outcomes), None)

    @property
    def no_outcome(self) -> str:
        """Why there is no outcome."""
        if self.answers.stage is not None:
            return f"not assessed: there is no stage '{self.answers.stage}' in this audit"
        return "not assessed: no outcome or decision was named"

    @property
    def verb(self) -> str:
        """What happened to those who are counted as selected, for sentences."""
        return "were selected" if self.outcome == DECISION else "had the favourable outcome"

    def role(self, role: str) -> str | None:
        """Return the column that is sex or race; an inference is noted."""
        found, said = attribute_of(role, self.answers, self.protected)
        if said is None and found is None:
            said = f"a protected column that holds {role} can be named with [compliance] {role}"
        if said is not None:
            self.inferred[role] = said
        return found

    def pairs(self, attributes: Sequence[str]) -> Pairs:
        """Return group → (favourable, persons) of the outcome; missing groups are among them."""
        assert self.outcome is not None
        return self._good(selections(self.counts, attributes, outcome=self.outcome))

    def pairs_by(self, attributes: Sequence[str], stratum: str) -> dict[str | None, Pairs]:
        """Return the same within each value of a stratum."""
        assert self.outcome is not None
        found = selections_by_stratum(self.counts, attributes, stratum, outcome=self.outcome)
        return {value: self._good(pairs) for value, pairs in found.items()}

    def reference(self, attribute: str) -> str | None:
        """Return the group that the user compares with, if one was named."""
        named = (self.record["schema"].get("reference") or {}).get(attribute)
        return None if named is None else str(named)

    def _good(self, pairs: Mapping[Group, tuple[int, int]]) -> Pairs:
        if not self.unfavorable:
            return dict(pairs)
        return {group: (n - x, n) for group, (x, n) in pairs.items()}
