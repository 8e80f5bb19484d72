"""Commands that read records: report, compare."""

from __future__ import annotations

import sys

import click

from auditkit.cli.group import cli
from auditkit.cli.output import check_targets, write

__all__ = ["report"]


@cli.command()
@click.argument("record", metavar="audit.json")
@click.option("-o", "--output", required=True, metavar="FILE", help="HTML file, or '-'.")
def report(record: str, output: str) -> None:
    """Render a record again: the same bytes, without the data."""
    from auditkit.record import Audit

    check_targets([output], [record])
    found = Audit.from_json(sys.stdin.buffer.read()) if record == "-" else Audit.read(record)
    write(output, found.to_html())
