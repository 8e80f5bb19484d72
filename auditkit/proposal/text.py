"""A proposal as text: every setting with its reason."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from auditkit.errors import shown
from auditkit.proposal.proposed import Proposal
from auditkit.proposal.written import setting, table_head
from auditkit.urls import is_url

__all__ = ["audit_toml"]

_BY_US = ("label", "positive", "unfavorable", "protected", "strata", "ignore", "weight", "count",
          "bins", "values")  # fmt: skip


def audit_toml(found: Proposal, folder: str | None = None, *, name: str = "audit.toml") -> str:
    """Return a proposal as a commented ``audit.toml``.

    Parameters
    ----------
    folder : str, optional
        Where it will lie: paths in it start from there. Without it they are absolute.
    name : str
        What the file will be called, for the command that runs it.
    """
    return "\n\n".join(filter(None, _blocks(found, folder, name))) + "\n"


def _blocks(found: Proposal, folder: str | None, name: str) -> Iterable[str]:
    roles = found.roles()
    verb = "audit" if found.decides else "profile"
    yield (
        f"# Proposed by auditkit init from {found.size}.\n"
        "# A proposal, made from names and values alone: read each line, and change what is "
        f"wrong.\n# Run it:  auditkit {verb} {shown(shlex.quote(name), 300)} -o report.html"
    )
    yield setting("data", _placed(found.data, folder))
    for option, value in found.reading.items():
        if value is not None:
            yield setting(option, value)
    yield from _outcome(found, roles)
    why = {choice.value: choice.why for choice in found.groups.protected}
    yield setting("protected", roles.get("protected", []), why) + _notes(
        "Not proposed, but look at", found.groups.others
    )
    yield from _rest(found, roles, folder)


def _outcome(found: Proposal, roles: Mapping[str, Any]) -> Iterable[str]:
    if found.outcome is None:
        if "label" not in roles:
            yield "# No column looks like an outcome. To compare outcomes, name it:\n# label ="
        return
    yield setting("label", roles["label"], found.outcome.label.why)
    if "positive" in roles:
        reason = found.outcome.positive.why if found.outcome.positive else ""
        yield setting("positive", roles["positive"], f"the event: {reason}")
    if found.outcome.unfavorable is not None:
        yield setting("unfavorable", True, found.outcome.unfavorable.why)


def _rest(found: Proposal, roles: Mapping[str, Any], folder: str | None) -> Iterable[str]:
    for name, choices, told in (
        ("strata", found.layout.strata, "Compare also within each value of these"),
        ("ignore", found.layout.ignore, "Kept from models, proxies and leaks"),
    ):
        if name in roles:
            why = {choice.value: choice.why for choice in choices}
            yield f"# {told}.\n" + setting(name, roles[name], why)
    for name, choice in (("weight", found.layout.weight), ("count", found.layout.count)):
        if name in roles:
            yield setting(name, roles[name], choice.why if choice else "named by you")
    yield _notes("Could have a role", found.layout.others, alone=True)
    yield _notes("Left out, because it did not run", found.dropped, alone=True)
    for name in sorted(set(roles) - set(_BY_US)):
        value = roles[name]
        if name == "population" and isinstance(value, str):
            value = _placed(value, folder)
        if not isinstance(value, Mapping):
            yield setting(name, value, "named by you")
    yield from _tables(found, roles)


def _tables(found: Proposal, roles: Mapping[str, Any]) -> Iterable[str]:
    if "bins" in roles:
        edges = [
            setting(name, list(value) if not isinstance(value, str) else value, why)
            for name, value in roles["bins"].items()
            for why in [found.groups.bins.get(name, (None, "named by you"))[1]]
        ]
        yield "\n".join([table_head("bins"), *edges])
    if "reference" in roles:
        named = [setting(name, group) for name, group in roles["reference"].items()]
        yield "\n".join([table_head("reference"), *named])
    for column, mapping in roles.get("values", {}).items():
        head = "# Spellings in the data, and the name of the group they seem to mean."
        pairs = [setting(text, name) for text, name in mapping.items()]
        yield "\n".join([head, table_head("values", column), *pairs])


def _placed(path: str, folder: str | None) -> str:
    """Return a path as it is written: from the folder of the file, else absolute."""
    if is_url(path):
        return path
    if folder is None:
        return str(Path(path).absolute())
    return os.path.relpath(path, folder or ".")


def _notes(head: str, lines: Sequence[str], *, alone: bool = False) -> str:
    if not lines:
        return ""
    text = "\n".join([f"# {head}:", *(f"# - {shown(line, 300)}" for line in lines)])
    return text if alone else f"\n{text}"
