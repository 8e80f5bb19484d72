"""The command that comes first: init."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditkit.cli.group import cli
from auditkit.cli.output import check_targets, write
from auditkit.errors import RequestError, listed, nearest, shown
from auditkit.options import file_options, role_options
from auditkit.urls import is_url

if TYPE_CHECKING:
    from auditkit.proposal import Proposal

__all__ = ["init"]

_READING = (
    "delimiter", "encoding", "decimal", "sheet", "header_row", "engine", "memory", "table", "query",
)  # fmt: skip
_NONE = "-"


@cli.command()
@click.argument("data", metavar="DATA")
@role_options
@click.option(
    "-o", "--output", default="audit.toml", show_default=True, metavar="FILE",
    help="Where to write it ('-': stdout).",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@click.option("-q", "--quiet", is_flag=True, help="Ask nothing, say nothing.")
@file_options
def init(*, data: str, output: str, force: bool, quiet: bool, **options: Any) -> None:
    """Look at DATA and propose an audit.toml, with the reason for every line.

    What is named on the command line is kept. On a terminal it asks, and Enter takes the proposal;
    anywhere else the proposals are taken. The file runs as it is: the data were loaded by it.
    """
    from auditkit.proposal import audit_toml, named_roles, propose, that_runs

    if output != _NONE and Path(output).exists() and not force:
        raise RequestError(
            f"{shown(Path(output).name)} is there already: name another with -o, or --force"
        )
    check_targets([output], [] if is_url(data) else [data])
    reading = {name: options.pop(name) for name in _READING}
    found = propose(data, reading=reading, named=named_roles(options))
    if not quiet and sys.stdin.isatty() and sys.stderr.isatty():
        found = _ask(found)
    found = that_runs(found)
    place = Path("audit.toml" if output == _NONE else output)
    folder = "" if output == _NONE else str(place.parent)
    write(output, audit_toml(found, folder, name=place.name), quiet=quiet)
    if output == _NONE or quiet:
        return
    for line in found.dropped:
        click.echo(f"Left out, because it did not run: {shown(line, 300)}", err=True)
    verb = "audit" if found.decides else "profile"
    click.echo("Read it, change what is wrong, and run:", err=True)
    click.echo(f"auditkit {verb} {shlex.quote(output)} -o report.html")


def _ask(found: Proposal) -> Proposal:
    """Ask for the outcome, its event and the protected attributes."""
    click.echo(f"{found.size}. Enter takes what is proposed.", err=True)
    if "label" not in found.named:
        default = found.outcome.label.value if found.outcome else _NONE
        found = found.again(label=_asked("Outcome column (- for none)", default, found))
    if found.outcome is not None and "positive" not in found.named:
        known = list(found.table.columns[found.outcome.label.value].levels)
        default = found.outcome.positive.value if found.outcome.positive else ""
        text = f"Value that is the event, of {listed(known, 8)}"
        found = found.again(positive=_one_of(text, default, known))
    if "protected" not in found.named:
        found = found.again(protected=_columns(found))
    return found


def _prompt(text: str, default: str, check: Callable[[str], Any]) -> Any:
    """Ask; the proposal is shown as safe text, and Enter takes it as it is."""
    proposed = f" [{shown(default, 200)}]" if default else ""
    return click.prompt(
        text + proposed, default=default or None, show_default=False, value_proc=check, err=True
    )


def _asked(text: str, default: str, found: Proposal) -> str:
    def check(answer: str) -> str:
        name = answer if answer in found.table.columns else answer.strip()
        return "" if name == _NONE else _known(name, found)

    return str(_prompt(text, default, check))


def _one_of(text: str, default: str, known: list[str]) -> str:
    def check(answer: str) -> str:
        if known and answer not in known:
            raise click.UsageError(f"no value '{shown(answer)}'{nearest(answer, known)}")
        return answer

    return str(_prompt(text, default, check))


def _columns(found: Proposal) -> tuple[str, ...]:
    proposed = tuple(choice.value for choice in found.groups.protected)
    default = ", ".join(proposed)

    def check(answer: str) -> tuple[str, ...]:
        if answer == default and proposed:
            return proposed  # a name may hold a comma
        names = [name for part in answer.split(",") if (name := part.strip())]
        if not names:
            raise click.UsageError("name at least one column")
        return tuple(_known(name, found) for name in names)

    return tuple(_prompt("Protected attributes, separated by commas", default, check))


def _known(name: str, found: Proposal) -> str:
    if name not in found.table.columns:
        raise click.UsageError(f"no column '{shown(name)}'{nearest(name, found.table.columns)}")
    return name
