"""A progress line on standard error, on a terminal only."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import click

__all__ = ["progress_line"]


def progress_line(quiet: bool) -> Callable[[str, int, int], None] | None:
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
