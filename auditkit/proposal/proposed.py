"""From a table to settings: each role proposed, and what was named kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from auditkit.errors import RequestError, listed, shown
from auditkit.loaders import load
from auditkit.proposal.layout import Layout, layout_of
from auditkit.proposal.outcome import Choice, Outcome, outcome_of
from auditkit.proposal.people import Groups, groups_of
from auditkit.proposal.table import Table, look
from auditkit.stages import stages_of
from auditkit.urls import is_url, public_url

__all__ = ["Proposal", "propose"]


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """Settings with their reasons.

    Attributes
    ----------
    data : str
        The table: a path, a pattern, a folder, or the URL of a database.
    reading, named : mapping
        How to read it, and the roles that were named, as keyword arguments of ``load``.
    table : Table
        What was looked at.
    outcome : Outcome or None
        The label and its event.
    groups : Groups
        The protected attributes.
    layout : Layout
        Strata, ids, weights, counts.
    dropped : tuple of str
        What was proposed and did not run, with the reason.
    """

    data: str
    reading: Mapping[str, Any]
    named: Mapping[str, Any]
    table: Table
    outcome: Outcome | None
    groups: Groups
    layout: Layout
    dropped: tuple[str, ...] = ()

    @property
    def problem(self) -> str | None:
        """What must be named before this can run; None when nothing must."""
        if not self.groups.protected:
            return (
                "no column looks like a protected attribute: name at least one with --protected; "
                f"columns: {listed(self.table.columns, 20)}"
            )
        if self.outcome is not None and self.outcome.positive is None:
            label = self.table.columns[self.outcome.label.value]
            return (
                f"the outcome seems to be '{shown(label.name)}', which holds "
                f"{listed(label.levels, 6)}: say which value is the event with --positive, or name "
                "another column with --label"
            )
        return None

    @property
    def decides(self) -> bool:
        """Whether there is something to audit: an outcome or decisions."""
        return not {"label", "prediction", "score"}.isdisjoint(self.roles())

    @property
    def size(self) -> str:
        """The table and its size, in words."""
        table = self.table
        rows = f"{table.rows:,} rows, {len(table.columns)} columns"
        seen = "" if table.looked_at == table.rows else f"; {table.looked_at:,} rows looked at"
        return f"{shown(_called(self.data), 200)} ({rows}{seen})"

    def again(self, **named: Any) -> Proposal:
        """Propose again, without another look at the table, with more of it settled."""
        return _proposal(self.data, self.reading, {**self.named, **named}, self.table)

    def roles(self) -> dict[str, Any]:
        """Return the roles as keyword arguments of ``load``; what was named wins."""
        outcome, groups, layout = self.outcome, self.groups, self.layout
        found: dict[str, Any] = {
            "label": None if outcome is None else outcome.label.value,
            "positive": None if outcome is None else _value(outcome.positive),
            "unfavorable": outcome is not None and outcome.unfavorable is not None,
            "protected": [choice.value for choice in groups.protected],
            "strata": [choice.value for choice in layout.strata],
            "ignore": [choice.value for choice in layout.ignore],
            "weight": _value(layout.weight),
            "count": _value(layout.count),
            "bins": {name: list(edges) for name, (edges, _) in groups.bins.items()},
            "values": {name: dict(mapping) for name, mapping in groups.values.items()},
        }
        merged = {name: {**found[name], **self.named.get(name, {})} for name in ("bins", "values")}
        found |= {**self.named, **merged}
        return {k: v for k, v in found.items() if v not in (None, False, "", [], (), {})}


def _value(choice: Choice | None) -> str | None:
    return None if choice is None else choice.value


def _called(data: str) -> str:
    return public_url(data) if is_url(data) else Path(data).name


def propose(
    data: str, *, reading: Mapping[str, Any] | None = None, named: Mapping[str, Any] | None = None
) -> Proposal:
    """Look at a table and propose its roles.

    Parameters
    ----------
    data : str
        A path, a pattern, a folder or the URL of a database.
    reading, named : mapping, optional
        How to read it, and the roles that are settled, as keyword arguments of ``load``; a label
        of ``""`` is none at all.

    Returns
    -------
    Proposal
        Not checked yet: see its `problem`, and :func:`that_runs`.

    Raises
    ------
    RequestError
        No such file or column.
    """
    if data == "-" or data.lower().endswith(".toml"):
        raise RequestError(
            f"auditkit init {shown(Path(data).name)}: name a table that can be read again: a file, "
            "a pattern, a folder or the URL of a database"
        )
    if is_url(data) and ":" in data.split("://", 1)[1].rpartition("@")[0]:
        raise RequestError(
            "the URL holds a password, and would be written into a file: leave the password out "
            "and let the driver find it (PGPASSWORD, a password file)"
        )
    how = {name: value for name, value in (reading or {}).items() if value is not None}
    return _proposal(data, how, named or {}, look(load(data, **how)))


def _proposal(
    data: str, reading: Mapping[str, Any], asked: Mapping[str, Any], table: Table
) -> Proposal:
    named = {name: value for name, value in asked.items() if value not in (None, (), {}, False)}
    taken = {
        name
        for role in ("prediction", "score", "weight", "count", "stage_column")
        if (name := named.get(role)) is not None
    }
    taken |= {*named.get("strata", ()), *named.get("ignore", ())}
    stages = stages_of(named.get("stages"), named.get("stage_column"))
    passed = {stage.column for stage in stages if stage.column is not None}
    taken |= {named.get("label") or ""}
    groups = groups_of(table, taken | passed, named.get("protected", ()))
    taken |= {choice.value for choice in groups.protected}
    outcome = None
    if named.get("label") != "":
        outcome = outcome_of(
            table,
            taken,
            label=named.get("label"),
            positive=named.get("positive"),
            unfavorable=bool(named.get("unfavorable")),
        )
    label = None if outcome is None else outcome.label.value
    layout = layout_of(table, taken | passed | {label or ""}, label)
    if named.get("strata"):
        layout = replace(layout, strata=())
    if named.get("ignore"):
        layout = replace(layout, ignore=())
    if named.get("weight") or named.get("count"):
        layout = replace(layout, weight=None, count=None)
    return Proposal(
        data=data, reading=reading, named=named, table=table, outcome=outcome, groups=groups,
        layout=layout,
    )  # fmt: skip
