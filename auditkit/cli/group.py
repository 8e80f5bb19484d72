"""The group of commands: help, version, exit codes."""

from __future__ import annotations

import click

import auditkit
from auditkit.errors import shown

__all__ = ["cli"]

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
