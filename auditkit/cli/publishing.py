"""What a run publishes: editions for the public, summaries, PDF, model cards, evidence bundles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditkit.cli.group import cli
from auditkit.cli.output import write, write_bytes
from auditkit.errors import RequestError, shown

if TYPE_CHECKING:
    from auditkit.record import Audit
    from auditkit.request import Request

__all__ = ["Publishing", "publishing_options", "verify"]

_NAMES = ("audience", "min_cell", "summary", "pdf", "model_card", "bundle")
_MIN_CELL = 5


def publishing_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what is published, and for whom."""
    options = [
        click.option(
            "--audience",
            type=click.Choice(["internal", "public"]),
            help="Public masks small cells in all that is written, and leaves out what identifies.",
        ),
        click.option(
            "--min-cell",
            type=click.IntRange(min=1),
            metavar="N",
            help="Smallest count that is told to the public (default: 5; 1 masks nothing).",
        ),
        click.option(
            "--summary", metavar="FILE", help="Write a framework's summary for the public (HTML)."
        ),
        click.option("--pdf", metavar="FILE", help="Print the report to PDF (needs Chromium)."),
        click.option("--model-card", metavar="FILE", help="Write a model card (Markdown)."),
        click.option(
            "--bundle",
            metavar="DIR|FILE.zip",
            help="Write everything that the report rests on, with hashes.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@dataclass(frozen=True, kw_only=True)
class Publishing:
    """What is published, and for whom."""

    audience: str | None = None
    min_cell: int | None = None
    summary: str | None = None
    pdf: str | None = None
    model_card: str | None = None
    bundle: str | None = None

    @classmethod
    def of(cls, options: dict[str, Any]) -> Publishing:
        """Take these options out of all that were given."""
        return cls(**{name: options.pop(name) for name in _NAMES if name in options})

    @property
    def least(self) -> int:
        """Return the smallest count that is told."""
        return _MIN_CELL if self.min_cell is None else self.min_cell

    def check(self, inputs: Sequence[str]) -> None:
        """Raise, before any work, where something cannot be written or would replace an input."""
        from auditkit.writing import check_writable, same_file

        files = [item for item in (self.summary, self.pdf, self.model_card) if item is not None]
        if self.bundle is not None and self.bundle.lower().endswith(".zip"):
            files.append(self.bundle)
        elif self.bundle is not None:
            from auditkit.bundle.writing_out import check_folder

            check_folder(Path(self.bundle))
        for target in files:
            if target == "-":
                raise RequestError(
                    "--summary, --pdf, --model-card and --bundle need the name of a file"
                )
            check_writable(target)
            if any(source != "-" and same_file(source, target) for source in inputs):
                raise RequestError(
                    f"the output {shown(Path(target).name)} would overwrite the input"
                )

    def edition(self, found: Audit) -> Audit:
        """Return the record as its readers may see it."""
        if self.audience != "public":
            return found
        from auditkit.disclosure import public_record
        from auditkit.record import Audit

        return Audit.from_dict(public_record(found.to_dict(), min_cell=self.least))

    def publish(self, found: Audit, request: Request, command: str, *, quiet: bool) -> None:
        """Write what was asked for."""
        told = self.edition(found)
        if self.summary is not None:
            from auditkit.disclosure import public_record
            from auditkit.report.publication import render_summary

            public = public_record(found.to_dict(), min_cell=self.least)
            write(self.summary, render_summary(public), quiet=quiet)
        if self.model_card is not None:
            from auditkit.bundle import model_card

            write(self.model_card, model_card(told.to_dict()), quiet=quiet)
        if self.pdf is not None:
            from auditkit.bundle import print_pdf

            charts = "none" if request.look["charts"] == "none" else "static"
            look = {**request.look, "charts": charts}
            write_bytes(self.pdf, print_pdf(told.to_html(**look)), quiet=quiet)
        if self.bundle is not None:
            self._bundle(found, request, command, quiet=quiet)

    def _bundle(self, found: Audit, request: Request, command: str, *, quiet: bool) -> None:
        from auditkit.bundle import bundle_files, write_bundle

        assert self.bundle is not None
        files = bundle_files(
            found,
            request.remade(command),
            audience=self.audience or "internal",
            min_cell=self.least,
        )
        write_bundle(self.bundle, files, created=found.created)
        if not quiet:
            click.echo(f"Wrote {len(files)} files into {shown(self.bundle, 200)}", err=True)


@cli.command()
@click.argument("bundle", metavar="BUNDLE")
@click.option("--data", metavar="FILE", help="Make the numbers again from the data, and compare.")
@click.pass_context
def verify(ctx: click.Context, bundle: str, data: str | None) -> None:
    """Say whether a bundle is untouched and, given the data, whether its numbers come out again.

    Exit 0 when nothing differs, 1 when something does, 2 when it is not a bundle.
    """
    from auditkit.bundle import verify_bundle

    found = verify_bundle(bundle, data=data)
    for problem in found.problems:
        click.echo(shown(problem, 600))
    for note in found.notes:
        click.echo(f"note: {shown(note, 600)}")
    again = "" if data is None or found.problems else ", and the numbers come out again"
    if not found.problems:
        click.echo(f"{found.files} files are as they were written{again}")
        return
    click.echo(f"{len(found.problems)} differences")
    ctx.exit(1)
