"""What a run publishes: editions for the public, summaries, PDF, model cards, evidence bundles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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

__all__ = ["Publishing", "edition_options", "publishing_options", "verify"]

_MIN_CELL = 5


def publishing_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what is published, and for whom."""
    bundle = click.option(
        "--bundle",
        metavar="DIR|FILE.zip",
        help="Write everything that the report rests on, with hashes.",
    )
    return edition_options(bundle(command))


def edition_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add for whom a record is rendered, and what besides the report."""
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

    @property
    def writes(self) -> bool:
        """Whether a file is asked for besides the report and the bundle."""
        return any(item is not None for item in (self.summary, self.pdf, self.model_card))

    @property
    def least(self) -> int:
        """Return the smallest count that is told."""
        return _MIN_CELL if self.min_cell is None else self.min_cell

    def check(self, inputs: Sequence[str]) -> None:
        """Raise, before any work, where something cannot be written or would replace an input."""
        from auditkit.writing import check_writable, same_file

        if self.pdf is not None:
            from auditkit.bundle.printing import browser

            browser()
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

    def publish(self, found: Audit, look: Mapping[str, Any], *, quiet: bool = False) -> None:
        """Write what was asked for, but for the bundle; `look` is how the report looks."""
        told = self.edition(found)
        if self.summary is not None:
            from auditkit.disclosure import public_record
            from auditkit.report.publication import render_summary

            plain = found.to_dict()
            if not plain["data"].get("disclosure"):
                plain = public_record(plain, min_cell=self.least)
            write(self.summary, render_summary(plain), quiet=quiet)
        if self.model_card is not None:
            from auditkit.bundle import model_card

            write(self.model_card, model_card(told.to_dict()), quiet=quiet)
        if self.pdf is not None:
            from auditkit.bundle import print_pdf

            charts = "none" if look.get("charts") == "none" else "static"
            page = told.to_html(**{**look, "charts": charts})
            write_bytes(self.pdf, print_pdf(page), quiet=quiet)

    def write_bundle(self, found: Audit, request: Request, command: str, *, quiet: bool) -> None:
        """Write the bundle, if one was asked for."""
        from auditkit.bundle import bundle_files, write_bundle

        if self.bundle is None:
            return
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
@click.option(
    "--data",
    multiple=True,
    metavar="FILE",
    help="Make the numbers again from the data (or its audit.toml), and compare.",
)
@click.option("--model", metavar="FILE", help="The model, where the audit was of a file with one.")
@click.option(
    "--trust-pickle", is_flag=True, help="Open a model in a pickle, which runs the program in it."
)
@click.pass_context
def verify(
    ctx: click.Context, bundle: str, data: tuple[str, ...], model: str | None, trust_pickle: bool
) -> None:
    """Say whether a bundle is untouched and, given the data, whether its numbers come out again.

    Exit 0 when nothing differs, 1 when something does, 2 when it is not a bundle.
    """
    from auditkit.bundle import verify_bundle

    found = verify_bundle(bundle, data=data or None, model=model, trust_pickle=trust_pickle)
    for problem in found.problems:
        click.echo(shown(problem, 600))
    for note in found.notes:
        click.echo(f"note: {shown(note, 600)}")
    again = ", and the numbers come out again" if found.again else ""
    if not found.problems:
        click.echo(f"{found.files} files are as they were written{again}")
        return
    click.echo(f"{len(found.problems)} differences")
    ctx.exit(1)
