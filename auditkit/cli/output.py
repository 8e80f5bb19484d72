"""Where results go: a file, written whole or not at all, or standard output."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditkit.errors import RequestError, shown

if TYPE_CHECKING:
    from auditkit.record import Audit

__all__ = [
    "cards_of", "check_cards", "check_tables", "check_targets", "write", "write_bytes",
    "write_tables",
]  # fmt: skip


_WRITERS = {".xlsx", ".md"}


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


def check_cards(cards: Sequence[str], others: Sequence[str], inputs: Sequence[str]) -> None:
    """Raise, before any work, where a card cannot be written or would replace another file."""
    from auditkit.card import KINDS
    from auditkit.writing import same_file

    taken = [target for target in others if target != "-"]
    for card in cards:
        if Path(card).suffix.lower() not in KINDS:
            raise RequestError(
                f"--card {shown(Path(card).name)}: name a file that ends in .md or .json"
            )
        check_targets([card], inputs)
        if any(same_file(card, target) for target in taken):
            raise RequestError(f"--card and another output both name {shown(Path(card).name)}")
        taken.append(card)


def cards_of(cards: Sequence[str], audit: Audit) -> list[tuple[str, str]]:
    """Return each card's file with its text."""
    from auditkit.card import card_of

    return [(target, card_of(audit.to_dict(), target)) for target in cards]


def check_tables(targets: Sequence[str], inputs: Sequence[str]) -> None:
    """Raise, before any work, where tables cannot be written or would replace an input."""
    for target in targets:
        kind = Path(target).suffix.lower()
        if kind in _WRITERS:
            check_targets([target], inputs)
        elif target == "-" or (kind and not Path(target).is_dir()):
            raise RequestError(
                f"--tables {shown(Path(target).name)}: name a file that ends in .xlsx or .md, or a "
                "folder for CSV files"
            )
        elif Path(target).exists() and not Path(target).is_dir():
            raise RequestError(f"--tables {shown(Path(target).name)} is a file; name a folder")
        elif not Path(target).exists() and not Path(target).parent.is_dir():
            raise RequestError(f"no such folder: {shown(Path(target).parent, 200)}")


def write_tables(targets: Sequence[str], audit: Audit, *, quiet: bool = False) -> None:
    """Write the tables of an audit into a workbook, a Markdown file or a folder of CSV files."""
    from auditkit.tables import to_csv, to_markdown, to_xlsx

    sheets = audit.tables() if targets else ()
    for target in targets:
        kind = Path(target).suffix.lower()
        if kind == ".xlsx":
            write_bytes(target, to_xlsx(sheets, created=audit.created), quiet=quiet)
        elif kind == ".md":
            write(target, to_markdown(sheets, title=_about(audit)), quiet=quiet)
        else:
            _write_folder(Path(target), {sheet.name: to_csv(sheet) for sheet in sheets}, quiet)


def _about(audit: Audit) -> str:
    source = audit.data.get("source")
    return "Audit of " + ("a table in memory" if source is None else Path(str(source)).name)


def _write_folder(folder: Path, texts: Mapping[str, str], quiet: bool) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise RequestError(f"cannot make {shown(folder.name)}: {error.strerror}") from None
    for name, text in texts.items():
        write(str(folder / f"{name}.csv"), text, quiet=True)
    if not quiet:
        click.echo(f"Wrote {len(texts)} tables into {shown(folder, 200)}", err=True)
