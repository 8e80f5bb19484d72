"""What ``--fail-on`` rules come to: said on standard error, and whether the command fails."""

from __future__ import annotations

from collections.abc import Iterable

import click

from auditkit.errors import shown

__all__ = ["failed"]


def failed(decided: Iterable[tuple[str, str, str]], *, allow_inconclusive: bool) -> bool:
    """Whether a rule was met or could not be decided; each is ``(rule, outcome, why)``."""
    met = False
    for rule, outcome, why in decided:
        allowed = outcome == "undecided" and allow_inconclusive
        if outcome != "passed":
            word = f"{outcome}, allowed" if allowed else outcome
            click.echo(f"--fail-on {shown(rule)}: {word}: {shown(why, 300)}", err=True)
            met = met or not allowed
    return met
