"""The way in: errors become one line on standard error and an exit code."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import NoReturn

import click

from auditkit.cli.group import cli
from auditkit.errors import AuditkitError, shown

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run the command line; errors become one line on standard error and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that cannot show "ŷ" is not an error
            stream.reconfigure(errors="backslashreplace")
    try:
        with _ending_in_order():
            code = cli.main(args=argv, prog_name="auditkit", standalone_mode=False)
    except click.exceptions.Abort:
        code = _interrupted()
    except KeyboardInterrupt:
        code = _interrupted()
    except _Terminated:
        code = 128 + signal.SIGTERM
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


class _Terminated(BaseException):
    """The system asks the process to end."""


@contextlib.contextmanager
def _ending_in_order() -> Iterator[None]:
    """Unwind when asked to end: temporary folders go, and what was half-written too."""

    def ended(*_: object) -> NoReturn:
        raise _Terminated

    main_thread = threading.current_thread() is threading.main_thread()
    if not main_thread or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield  # somebody else has an answer to it
        return
    signal.signal(signal.SIGTERM, ended)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


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
