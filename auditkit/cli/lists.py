"""Commands that need no data: frameworks, metrics, sample."""

from __future__ import annotations

import shlex

import click

from auditkit.cli.group import cli

__all__ = ["frameworks", "metrics", "sample"]


@cli.command()
@click.argument("name", required=False, metavar="[NAME|FILE.toml]")
def frameworks(name: str | None) -> None:
    """List the frameworks whose tables can be filled, or explain one; checks a file of your own."""
    from auditkit.compliance.listing import framework_list, framework_page

    click.echo(framework_list() if name is None else framework_page(name))


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
