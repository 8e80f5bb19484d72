"""Write the generated tables in docs/ again: python scripts/docs.py [--check].

A table stands between ``<!-- generated: NAME ARGUMENT -->`` and ``<!-- end -->`` and comes from the
code: options from the command line, metrics from their declarations, lines from the default policy.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import click

from auditkit import metrics
from auditkit.cli import cli
from auditkit.metrics import ELSEWHERE, METRICS, catalogue

DOCS = Path(__file__).resolve().parents[1] / "docs"
BLOCK = re.compile(r"(<!-- generated: (\w+) ?([\w-]*) -->\n).*?(<!-- end -->)", re.DOTALL)

Row = Sequence[str]


def table(head: Row, rows: Iterable[Row]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines
    )


def options(command: str) -> str:
    """Return the options of a command with their help."""
    rows = []
    for parameter in cli.commands[command].params:
        if isinstance(parameter, click.Option):
            names = ", ".join(parameter.opts)
            value = "" if parameter.is_flag else f" {parameter.metavar or parameter.name}"
            repeat = " Repeat." if parameter.multiple else ""
            rows.append((f"`{names}{value}`", f"{parameter.help}{repeat}"))
    return table(("option", ""), rows)


def declared(family: str) -> str:
    """Return the declared metrics of a family; the count metrics where none is named."""
    words = {"up": "higher", "down": "lower", "neither": "depends", "zero": "0", "one": "1"}
    rows = [row for row in catalogue().values() if row.family == family] or METRICS.values()
    return table(
        ("name", "title", "formula", "range", "needs", "better", "undefined when", "source"),
        (
            (
                f"`{row.name}`",
                row.title,
                row.formula,
                row.range,
                " and ".join(row.needs),
                words[row.better],
                row.undefined,
                row.reference,
            )
            for row in rows
        ),
    )


def functions(_: str) -> str:
    """Return the functions of ``auditkit.metrics`` that are not just NAME or NAME_difference."""
    rows = []
    plain = {f"{name}{end}" for name in METRICS for end in ("", "_difference", "_ratio")}
    plain |= set(catalogue())
    for name in metrics.__all__:
        item = getattr(metrics, name)
        if name not in plain and callable(item) and not isinstance(item, type):
            rows.append((f"`{name}`", (item.__doc__ or "").strip().splitlines()[0]))
    return table(("function", ""), rows)


def elsewhere(library: str) -> str:
    """Return the names of a library, and what answers to them."""
    return table(
        ("there", "here", ""),
        (
            (f"`{row.name}`", ", ".join(f"`{name}`" for name in row.here) or "·", row.note)
            for row in ELSEWHERE
            if row.library == library
        ),
    )


BLOCKS: dict[str, Callable[[str], str]] = {
    "options": options,
    "metrics": declared,
    "functions": functions,
    "elsewhere": elsewhere,
}


def fresh(text: str) -> str:
    """Return a page with its generated blocks made anew."""
    return BLOCK.sub(lambda found: f"{found[1]}\n{BLOCKS[found[2]](found[3])}\n{found[4]}", text)


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or with ``--check`` name those that are out of date."""
    stale = [
        path
        for path in sorted(DOCS.glob("*.md"))
        if fresh(path.read_text("utf-8")) != path.read_text("utf-8")
    ]
    for path in stale:
        sys.stdout.write(
            f"{path.name}{' is out of date' if '--check' in arguments else ' written'}\n"
        )
        if "--check" not in arguments:
            path.write_text(fresh(path.read_text("utf-8")), "utf-8")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
