"""Commands that read data: audit, profile, tally."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from auditkit.cli.again import command_line
from auditkit.cli.gates import failed
from auditkit.cli.group import cli
from auditkit.cli.output import (
    cards_of,
    check_cards,
    check_tables,
    check_targets,
    write,
    write_bytes,
    write_tables,
)
from auditkit.cli.progress import progress_line
from auditkit.cli.publishing import Publishing, publishing_options
from auditkit.errors import RequestError, shown
from auditkit.options import model_options, reading_options, role_options, run_options

if TYPE_CHECKING:
    pass

__all__ = ["audit", "profile", "tally_command"]

_EXAMPLE = """\b
Example:
  auditkit audit hiring.csv --label hired --positive yes --protected gender -o report.html"""


@cli.command(epilog=_EXAMPLE)
@click.argument("data", metavar="DATA|audit.toml", nargs=-1, required=True)
@role_options
@model_options
@run_options
@publishing_options
@reading_options
@click.pass_context
def audit(ctx: click.Context, /, **options: Any) -> None:
    """Audit DATA: the outcomes in it, and a baseline model or your own decisions.

    DATA is a CSV, TSV, Parquet, JSON lines or Excel file, or '-' for CSV on standard input.
    An audit.toml holds the same settings as the flags; a flag wins.
    """
    _conduct(ctx, "audit", options)


@cli.command()
@click.argument("data", metavar="DATA|audit.toml", nargs=-1, required=True)
@role_options
@run_options
@publishing_options
@reading_options
@click.pass_context
def profile(ctx: click.Context, /, **options: Any) -> None:
    """Describe DATA before training: who is in it, outcomes, missing values, proxies. No model."""
    _conduct(ctx, "profile", options)


@cli.command("tally")
@click.argument("data", metavar="DATA|audit.toml", nargs=-1, required=True)
@role_options
@reading_options
@click.option("--suppress", type=int, metavar="N", help="Leave out cells of fewer than N people.")
@click.option("-o", "--output", required=True, metavar="FILE", help="Counts file (Parquet).")
@click.option("-q", "--quiet", is_flag=True, default=None, help="Say nothing.")
def tally_command(suppress: int | None, **options: Any) -> None:
    """Count DATA into a file that holds cells and no rows; add counts files up.

    auditkit audit reads one or more of them: months, sites, or parties that may not share rows.
    """
    from auditkit.request import settle

    explain = options.pop("explain", None)
    request = settle("tally", options)
    if explain:
        click.echo(request.explain())
        return
    if request.output is None:
        raise RequestError("--output: name the counts file to write")
    check_targets([request.output], request.inputs)
    counts = request.tally(suppress, progress_line(request.quiet))
    write_bytes(request.output, counts, quiet=request.quiet)


def _conduct(ctx: click.Context, verb: str, options: dict[str, Any]) -> None:
    from auditkit.request import settle

    explain = options.pop("explain", None)
    request = settle(verb, options)
    publishing = Publishing(**request.publishing)
    if explain:
        click.echo(request.explain())
        return
    publishing.check(request.inputs)
    targets = [path for path in (request.output, request.json) if path is not None]
    check_targets(targets, request.inputs)
    check_cards(request.cards, targets, request.inputs)
    check_tables(request.tables, request.inputs)
    quiet = request.quiet
    command = command_line(ctx, verb, options)
    whole = request.run(progress_line(quiet), command)
    found = publishing.edition(whole)
    html = None if request.output is None else found.to_html(**request.look)
    cards = cards_of(request.cards, found)
    if request.json is not None:
        write(request.json, found.to_json(), quiet=quiet)
    if html is not None and request.output is not None:
        write(request.output, html, quiet=quiet)
    for target, text in cards:
        write(target, text, quiet=quiet)
    write_tables(request.tables, found, quiet=quiet)
    publishing.publish(whole, request.look, quiet=quiet)
    publishing.write_bundle(whole, request, command, quiet=quiet)
    from auditkit.summary import audit_summary

    for entry in () if quiet else whole.compliance:
        for note in entry["notes"]:
            if note.startswith("warning: "):
                click.echo(shown(f"{entry['framework']}: {note}", 400), err=True)
    if not quiet and "-" not in {request.output, request.json}:
        click.echo(audit_summary(found))
    if found.provenance.get("interrupted"):
        click.echo("interrupted: the model's part is not complete, and says so", err=True)
        ctx.exit(130)
    decided = ((rule.text, *rule.decide(whole)) for rule in request.fail_on)
    if failed(decided, allow_inconclusive=request.allow_inconclusive):
        ctx.exit(1)
