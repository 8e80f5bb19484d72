"""Commands that read records: report, compare."""

from __future__ import annotations

import sys
from typing import Any

import click

from auditkit.cli.gates import failed
from auditkit.cli.group import cli
from auditkit.cli.output import (
    cards_of,
    check_cards,
    check_tables,
    check_targets,
    write,
    write_tables,
)
from auditkit.cli.publishing import Publishing, edition_options
from auditkit.errors import RequestError
from auditkit.options import (
    card_option,
    charts_option,
    language_option,
    tables_option,
    template_option,
)

__all__ = ["compare", "report"]


@cli.command()
@click.argument("record", metavar="audit.json")
@click.option("-o", "--output", metavar="FILE", help="HTML file, or '-'.")
@charts_option
@template_option
@language_option
@card_option
@tables_option
@edition_options
def report(
    record: str,
    output: str | None,
    charts: str | None,
    template: str | None,
    language: str | None,
    card: tuple[str, ...],
    tables: tuple[str, ...],
    **publishing: Any,
) -> None:
    """Render a record again: the same bytes, without the data."""
    from auditkit.record import Audit

    edition = Publishing(**publishing)
    if output is None and not (tables or card or edition.writes):
        raise RequestError("nothing to write: name a file with --output, --card or --tables")
    edition.check([record])
    targets = [] if output is None else [output]
    check_targets(targets, [record])
    check_cards(card, targets, [record])
    check_tables(tables, [record])
    whole = Audit.from_json(sys.stdin.buffer.read()) if record == "-" else Audit.read(record)
    found = edition.edition(whole)
    cards = cards_of(card, found)
    look = {"charts": charts or "interactive", "template": template, "language": language}
    if output is not None:
        write(output, found.to_html(**look))
    for target, text in cards:
        write(target, text)
    write_tables(tables, found)
    edition.publish(whole, look)


@cli.command()
@click.argument("old", metavar="OLD.json")
@click.argument("new", metavar="NEW.json")
@click.option("--json", "json_", metavar="FILE", help="The comparison as JSON, or '-'.")
@click.option(
    "--fail-on",
    type=click.Choice(["worse", "new-flag"]),
    multiple=True,
    help="Exit 1 when a gap is clearly worse, or a finding is newly flagged.",
)
@click.option("--allow-inconclusive", is_flag=True, help="Let what could not be decided pass.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing.")
@click.pass_context
def compare(
    ctx: click.Context,
    old: str,
    new: str,
    json_: str | None,
    fail_on: tuple[str, ...],
    allow_inconclusive: bool,
    quiet: bool,
) -> None:
    """Say what changed between two audits, and whether it is more than chance."""
    import json

    from auditkit.comparison import compare_audits
    from auditkit.record import Audit
    from auditkit.summary import comparison_summary

    if json_ is not None:
        check_targets([json_], [old, new])
    found = compare_audits(Audit.read(old), Audit.read(new))
    if json_ is not None:
        text = json.dumps(found.to_dict(), ensure_ascii=False, allow_nan=False, indent=1)
        write(json_, text + "\n", quiet=quiet)
    if not quiet and json_ != "-":
        click.echo(comparison_summary(found))
    decided = ((rule, *found.decide(rule)) for rule in fail_on)
    if failed(decided, allow_inconclusive=allow_inconclusive):
        ctx.exit(1)
