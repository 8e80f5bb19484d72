"""The command line: parse, call, print, exit code. Nothing is computed here.

Results go to standard output or to the named file; progress, notes and errors to standard error.
Exit: 0 done; 1 a ``--fail-on`` rule was met or could not be decided; 2 the request or the data
are at fault; 130 interrupted.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

import auditkit
from auditkit.errors import AuditkitError, RequestError, shown
from auditkit.options import reading_options, role_options, run_options
from auditkit.urls import is_url, public_url

if TYPE_CHECKING:
    from auditkit.record import Audit

__all__ = ["main"]

_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
_EPILOG = """Exit codes: 0 done; 1 done, and a --fail-on rule was met or could not be decided;
2 the request or the data are at fault; 130 interrupted."""


class _Group(click.Group):
    """A group that names the nearest command on a typo."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            from auditkit.errors import nearest

            name = args[0]
            ctx.fail(f"no command '{shown(name)}'{nearest(name, self.list_commands(ctx))}")


@click.group(cls=_Group, context_settings=_CONTEXT, epilog=_EPILOG, invoke_without_command=True)
@click.version_option(auditkit.__version__, prog_name="auditkit")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Audit a dataset, and what is decided from it, for differences between groups of people.

    Start with:  auditkit sample  and then  auditkit audit sample_data/hiring.toml -o report.html
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        ctx.exit(2)  # nothing was audited


_EXAMPLE = """\b
Example:
  auditkit audit hiring.csv --label hired --positive yes --protected gender -o report.html"""


@cli.command(epilog=_EXAMPLE)
@click.argument("data", metavar="DATA|audit.toml", nargs=-1, required=True)
@role_options
@click.option("--model", metavar="KIND", help="Baseline: logistic, boosting or none.")
@click.option(
    "--train-with",
    multiple=True,
    metavar="COL",
    help="Let the baseline use a protected, id-like or leaking column.",
)
@run_options
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
    _check_targets([request.output], request.inputs)
    _write_bytes(request.output, request.tally(suppress), quiet=request.quiet)


@cli.command()
@click.argument("record", metavar="audit.json")
@click.option("-o", "--output", required=True, metavar="FILE", help="HTML file, or '-'.")
def report(record: str, output: str) -> None:
    """Render a record again: the same bytes, without the data."""
    from auditkit.record import Audit

    _check_targets([output], [record])
    found = Audit.from_json(sys.stdin.buffer.read()) if record == "-" else Audit.read(record)
    _write(output, found.to_html())


@cli.command()
@click.argument("name", required=False)
def metrics(name: str | None) -> None:
    """List the metrics, or explain one."""
    from auditkit.summary import metric_list, metric_page

    click.echo(metric_list() if name is None else metric_page(name))


@cli.command()
@click.argument("directory", default="sample_data", metavar="[DIR]")
def sample(directory: str) -> None:
    """Write the sample data into DIR (default: sample_data): a hiring table with planted faults."""
    from auditkit.sample import write_sample

    folder = write_sample(directory)
    click.echo(f"Wrote the sample to {folder}. Next:", err=True)
    click.echo(f"auditkit audit {shlex.quote(str(folder / 'hiring.toml'))} -o report.html")


def _conduct(ctx: click.Context, verb: str, options: dict[str, Any]) -> None:
    from auditkit.request import settle

    explain = options.pop("explain", None)
    request = settle(verb, options)
    if explain:
        click.echo(request.explain())
        return
    targets = [path for path in (request.output, request.json) if path is not None]
    _check_targets(targets, request.inputs)
    quiet = request.quiet
    found = request.run(_progress(quiet), _command_line(ctx, verb, options))
    html = None if request.output is None else found.to_html()
    if request.json is not None:
        _write(request.json, found.to_json(), quiet=quiet)
    if html is not None and request.output is not None:
        _write(request.output, html, quiet=quiet)
    from auditkit.summary import audit_summary

    if not quiet and "-" not in {request.output, request.json}:
        click.echo(audit_summary(found))
    if _fails(found, request.fail_on, request.allow_inconclusive):
        ctx.exit(1)


def _fails(found: Audit, rules: Sequence[Any], allow_inconclusive: bool) -> bool:
    """Whether a rule was met, or could not be decided."""
    met = False
    for rule in rules:
        outcome, why = rule.decide(found)
        allowed = outcome == "undecided" and allow_inconclusive
        if outcome != "passed":
            word = f"{outcome}, allowed" if allowed else outcome
            click.echo(f"--fail-on {shown(rule.text)}: {word}: {shown(why, 300)}", err=True)
            met = met or not allowed
    return met


def _write(target: str, text: str, *, quiet: bool = False) -> None:
    _write_bytes(target, text.encode("utf-8", "backslashreplace"), quiet=quiet)


def _write_bytes(target: str, content: bytes, *, quiet: bool = False) -> None:
    if target == "-":
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    from auditkit.writing import write_whole

    write_whole(target, content)
    if not quiet:
        click.echo(f"Wrote {shown(target, 200)}", err=True)


def _check_targets(targets: Sequence[str], inputs: Sequence[str]) -> None:
    """Raise, before any work, where an output cannot be written or would replace an input."""
    from auditkit.writing import check_writable, same_file

    if len(targets) == 2 and targets[0] == targets[1] == "-":
        raise RequestError("-o - and --json - both want standard output; give one of them a file")
    files = [target for target in targets if target != "-"]
    for target in files:
        check_writable(target)
        if any(source != "-" and same_file(source, target) for source in inputs):
            raise RequestError(f"the output {shown(Path(target).name)} would overwrite the input")
    if len(files) == 2 and same_file(*files):
        raise RequestError(f"-o and --json both name {shown(Path(files[0]).name)}")


_OUTPUT_OPTIONS = {"output", "json", "quiet", "fail_on", "allow_inconclusive"}
_PATH_OPTIONS = {"data", "policy", "population"}


def _command_line(ctx: click.Context, verb: str, options: dict[str, Any]) -> str:
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


def _progress(quiet: bool) -> Callable[[str, int, int], None] | None:
    """Return a progress line for a terminal; nothing anywhere else."""
    if quiet or not sys.stderr.isatty():
        return None

    began: dict[str, float] = {}

    def show(what: str, done: int, total: int) -> None:
        now = time.monotonic()
        spent = now - began.setdefault(what, now)
        bar = "#" * round(20 * done / max(total, 1))
        rate = f", {done / spent:,.0f} a second" if spent > 1 and total > 1_000 else ""
        left = f", {spent / done * (total - done):.0f} s left" if spent > 1 and done else ""
        line = f"{what} [{bar:<20}] {done:,}/{total:,}{rate}{left}"
        click.echo(f"\r{line:<78}", err=True, nl=done >= total)
        if done >= total:
            del began[what]

    return show


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run the command line; errors become one line on standard error and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that cannot show "ŷ" is not an error
            stream.reconfigure(errors="backslashreplace")
    try:
        code = cli.main(args=argv, prog_name="auditkit", standalone_mode=False)
    except click.exceptions.Abort:
        code = _interrupted()
    except KeyboardInterrupt:
        code = _interrupted()
    except click.ClickException as error:
        code = _error(error.format_message() + _hint(error))
    except AuditkitError as error:
        code = _error(str(error))
    except SystemExit:  # the reader of our output has gone: click's answer to a broken pipe
        code = 141
    except OSError as error:
        _close_output()
        code = _error(f"{error.filename or 'output'}: {error.strerror or error}")
    except MemoryError:
        code = _error("the data do not fit into memory: use fewer columns, or a sample of the rows")
    sys.exit(code if isinstance(code, int) else 0)


def _hint(error: click.ClickException) -> str:
    if isinstance(error, click.UsageError) and error.ctx is not None:
        return f" (try '{error.ctx.command_path} --help')"
    return ""


def _close_output() -> None:
    """Point a broken standard output at nothing: Python's last flush must not fail once more."""
    try:
        sys.stdout.flush()
    except OSError:
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _interrupted() -> int:
    click.echo("interrupted", err=True)
    return 130


def _error(message: str) -> int:
    click.echo(f"auditkit: error: {shown(message, 600)}", err=True)
    return 2


if __name__ == "__main__":
    main()
