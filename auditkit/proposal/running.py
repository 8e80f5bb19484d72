"""A proposal is loaded before it is written: what does not run is left out."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from auditkit.config import read_config
from auditkit.errors import AuditkitError, RequestError, SchemaError
from auditkit.loaders import load
from auditkit.proposal.layout import Layout
from auditkit.proposal.outcome import Choice
from auditkit.proposal.people import Groups
from auditkit.proposal.proposed import Proposal
from auditkit.proposal.text import audit_toml

__all__ = ["that_runs"]


def that_runs(found: Proposal) -> Proposal:
    """Return a proposal after the data were loaded as it says.

    What had to be left out for that is under `dropped`.

    Raises
    ------
    RequestError
        When something must be named first, or what was named does not run.
    """
    if found.problem:
        raise RequestError(found.problem)
    try:
        _check(found)
    except AuditkitError:
        pass
    else:
        return found
    kept = found
    for part in _parts(found):
        try:
            _check(part.alone)
        except AuditkitError as error:
            told = (*kept.dropped, f"'{part.name}': {error}")
            kept = replace(part.without(kept), dropped=told)
    if kept.problem:
        raise SchemaError(f"{kept.problem} ({kept.dropped[-1] if kept.dropped else 'none runs'})")
    _check(kept)
    return kept


def _check(found: Proposal) -> None:
    """Load the data by the text that will be written, from another folder."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "audit.toml"
        place.write_text(audit_toml(found), encoding="utf-8", newline="\n")
        config = read_config(place)
        load(str(config.data), **config.roles, **config.reading)


@dataclass(frozen=True)
class _Part:
    """A part of a proposal: it alone, and how to do without it."""

    name: str
    alone: Proposal
    without: Callable[[Proposal], Proposal]


def _parts(found: Proposal) -> Iterable[_Part]:
    bare = replace(found, named={}, outcome=None, groups=Groups(), layout=Layout())
    named = {*found.named.get("protected", ()), found.named.get("label")}
    for choice in found.groups.protected:
        if choice.value not in named:
            only = replace(found.groups, protected=(choice,))
            yield _Part(choice.value, replace(bare, groups=_fitting(only)), _without_group(choice))
    if found.outcome is not None and found.outcome.label.value not in named:
        yield _Part(
            found.outcome.label.value,
            replace(bare, outcome=found.outcome),
            lambda kept: replace(kept, outcome=None),
        )
    for choice in found.layout.strata:
        alone = replace(bare, layout=Layout(strata=(choice,)))
        yield _Part(choice.value, alone, _without_stratum(choice))
    for role in ("weight", "count"):
        column: Choice | None = getattr(found.layout, role)
        if column is not None:
            alone = replace(bare, layout=replace(Layout(), **{role: column}))  # type: ignore[arg-type]
            yield _Part(column.value, alone, _without(role))


def _fitting(groups: Groups) -> Groups:
    """Keep the bands and spellings of the attributes that are there."""
    names = {choice.value for choice in groups.protected}
    return replace(
        groups,
        bins={name: bands for name, bands in groups.bins.items() if name in names},
        values={name: mapping for name, mapping in groups.values.items() if name in names},
    )


def _without_group(choice: Choice) -> Callable[[Proposal], Proposal]:
    def without(kept: Proposal) -> Proposal:
        left = tuple(other for other in kept.groups.protected if other != choice)
        return replace(kept, groups=_fitting(replace(kept.groups, protected=left)))

    return without


def _without_stratum(choice: Choice) -> Callable[[Proposal], Proposal]:
    def without(kept: Proposal) -> Proposal:
        left = tuple(other for other in kept.layout.strata if other != choice)
        return replace(kept, layout=replace(kept.layout, strata=left))

    return without


def _without(role: str) -> Callable[[Proposal], Proposal]:
    def without(kept: Proposal) -> Proposal:
        return replace(kept, layout=replace(kept.layout, **{role: None}))  # type: ignore[arg-type]

    return without
