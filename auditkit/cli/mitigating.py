"""The command that carries a remedy out: mitigate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from auditkit.cli.again import command_line
from auditkit.cli.group import cli
from auditkit.cli.output import check_targets, write, write_bytes
from auditkit.cli.progress import progress_line
from auditkit.errors import RequestError, shown
from auditkit.options import file_options, mitigation_options, role_options

__all__ = ["mitigate"]

_EXAMPLE = """\b
Example:
  auditkit mitigate hires.csv --label hired --protected sex --remedy reweighing -o weights.csv"""


@cli.command(epilog=_EXAMPLE)
@click.argument("data", metavar="DATA|audit.toml", nargs=-1, required=True)
@role_options
@mitigation_options
@file_options
@click.pass_context
def mitigate(
    ctx: click.Context,
    /,
    remedy: str | None,
    identifier: str | None,
    force: bool,
    **options: Any,
) -> None:
    """Carry a remedy out: write weights, mitigated data or a model, with an audit of its own.

    Beside FILE come FILE.audit.json and FILE.audit.html: the audit of the data as mitigated, or of
    the model's decisions about people it did not learn from. Compare them with the audit before.
    """
    from auditkit.mitigation import check_file
    from auditkit.request import settle

    check_file(remedy, options["output"])
    given = {**options, "remedy": remedy, "identifier": identifier}
    request = settle("mitigate", options)
    output = Path(options["output"])
    record, page = (output.with_name(f"{output.stem}.audit.{kind}") for kind in ("json", "html"))
    targets = [str(path) for path in (output, record, page)]
    for target in targets:
        check_targets([target], request.inputs)
        if Path(target).exists() and not force:
            raise RequestError(
                f"{shown(Path(target).name)} is there already: name another with -o, or --force"
            )
    quiet = request.quiet
    command = command_line(ctx, "mitigate", given)
    found = request.mitigated(remedy, identifier, progress_line(quiet), command)
    text, html = found.audit.to_json(), found.audit.to_html(**request.look)
    write_bytes(targets[0], found.content, quiet=quiet)
    write(targets[1], text, quiet=quiet)
    write(targets[2], html, quiet=quiet)
    if not quiet:
        for sentence in found.sentences():
            click.echo(shown(sentence, 2_000))
