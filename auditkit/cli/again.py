"""The command to run again, as a report prints it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import click

from auditkit.urls import is_url, public_url

__all__ = ["command_line"]

_OUTPUT_OPTIONS = {
    "output", "json", "card", "charts", "language", "template", "tables", "quiet", "fail_on",
    "allow_inconclusive", "force", "summary", "pdf", "model_card", "bundle",
}  # fmt: skip
_PATH_OPTIONS = {"data", "model", "policy", "population", "framework"}


def command_line(ctx: click.Context, verb: str, options: dict[str, Any]) -> str:
    """Return the command to run again: as given, without where the output went, without folders."""
    words = ["auditkit", verb, *(_public(item) for item in options["data"])]
    for parameter in ctx.command.params:
        name = parameter.name or ""
        value = options.get(name)
        given = ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
        if name == "data" or name in _OUTPUT_OPTIONS or not given:
            continue
        flag = parameter.opts[-1]
        for item in value if isinstance(value, tuple) else [value]:
            if item is True:
                words.append(flag)
            else:
                words += [flag, Path(str(item)).name if name in _PATH_OPTIONS else str(item)]
    return shlex.join(words)


def _public(data: str) -> str:
    if is_url(data):
        return public_url(data)
    return data if data == "-" else Path(data).name
