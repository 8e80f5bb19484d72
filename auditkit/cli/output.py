"""Where results go: a file, written whole or not at all, or standard output."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from auditkit.errors import RequestError, shown

__all__ = ["check_targets", "write", "write_bytes"]


def write(target: str, text: str, *, quiet: bool = False) -> None:
    """Write text to a file or, for ``-``, to standard output."""
    write_bytes(target, text.encode("utf-8", "backslashreplace"), quiet=quiet)


def write_bytes(target: str, content: bytes, *, quiet: bool = False) -> None:
    """Write bytes to a file, whole or not at all, or to standard output."""
    if target == "-":
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    from auditkit.writing import write_whole

    write_whole(target, content)
    if not quiet:
        click.echo(f"Wrote {shown(target, 200)}", err=True)


def check_targets(targets: Sequence[str], inputs: Sequence[str]) -> None:
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
