"""The options of the command line, in families that commands share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

__all__ = [
    "card_option", "charts_option", "file_options", "mitigation_options", "model_options",
    "reading_options", "role_options", "run_options", "tables_option", "template_option",
]  # fmt: skip


charts_option = click.option(
    "--charts",
    type=click.Choice(["interactive", "static", "none"]),
    help="Charts of the report; none: a short form to mail.",
)
card_option = click.option(
    "--card",
    multiple=True,
    metavar="FILE",
    help="Write a dataset card: .md (datasheet) or .json (Croissant).",
)
language_option = click.option(
    "--language", metavar="CODE", help="Language of the fixed texts of the report: en, de."
)
template_option = click.option(
    "--template", metavar="DIR", help="Folder whose files stand in for parts of the report."
)
tables_option = click.option(
    "--tables",
    multiple=True,
    metavar="TARGET",
    help="Write the tables: FILE.xlsx, FILE.md, or a folder for CSV files.",
)


def file_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add how to read the data."""
    options = [
        click.option("--delimiter", metavar="CHAR", help="Column separator, or 'tab'."),
        click.option("--encoding", metavar="NAME", help="Text encoding (default: utf-8)."),
        click.option("--decimal", metavar="CHAR", help="Decimal mark: '.' or ','."),
        click.option("--sheet", metavar="NAME", help="Sheet of an Excel workbook."),
        click.option("--header-row", type=int, metavar="N", help="Row with the column names."),
        click.option("--engine", metavar="NAME", help="Who counts: duckdb, polars or pandas."),
        click.option("--memory", metavar="SIZE", help="Most memory for the engine, such as 1GB."),
        click.option("--table", metavar="NAME", help="Table of a database; DATA is its URL."),
        click.option("--query", metavar="SQL", help="SELECT of a database; DATA is its URL."),
    ]
    return _apply(command, options)


def reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add how to read the data, and to see what would be asked of them."""
    explain = click.option(
        "--explain", is_flag=True, default=None, help="Print the SQL, count nothing."
    )
    return file_options(explain(command))


def role_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add which column plays which role."""
    options = [
        click.option("--label", metavar="COL", help="Column with the outcome."),
        click.option("--positive", metavar="VALUE", help="Value of the label that is the event."),
        click.option("--unfavorable", is_flag=True, default=None, help="The event is a harm."),
        click.option("--protected", multiple=True, metavar="COL", help="Protected attribute."),
        click.option("--prediction", metavar="COL", help="Column with decisions already made."),
        click.option("--score", metavar="COL", help="Column with scores, cut at --threshold."),
        click.option("--threshold", type=float, metavar="T", help="score >= T is positive."),
        click.option("--weight", metavar="COL", help="Column with survey weights."),
        click.option("--count", metavar="COL", help="Column with the people a row stands for."),
        click.option("--strata", multiple=True, metavar="COL", help="Compare within this column."),
        click.option("--cluster", metavar="COL", help="Rows alike here stay in one fold."),
        click.option("--ignore", multiple=True, metavar="COL", help="Keep a column from models."),
        click.option(
            "--reference", multiple=True, metavar="COL=VALUE", help="Group to compare with."
        ),
        click.option(
            "--population", metavar="FILE", help="Reference population (CSV or TOML file)."
        ),
        click.option(
            "--bins",
            multiple=True,
            metavar="COL=EDGES",
            help="Cut a number: age=25,40 or age=auto.",
        ),
        click.option(
            "--stage",
            "stages",
            multiple=True,
            metavar="NAME=COL",
            help="Stage of a process, first to last: NAME=COL or NAME=COL:VALUE.",
        ),
        click.option(
            "--stage-column",
            metavar="COL",
            help="Column with the furthest stage; then --stage NAME=VALUE.",
        ),
    ]
    return _apply(command, options)


_MODEL = [
    click.option(
        "--model",
        metavar="KIND",
        help="logistic, boosting, none or a FILE.",
    ),
    click.option(
        "--train-with",
        multiple=True,
        metavar="COL",
        help="Let the baseline use a protected, id-like or leaking column.",
    ),
    click.option("--folds", type=int, metavar="N", help="Parts of the cross-fitting (5)."),
]
_CUT = [
    click.option("--select-top", metavar="SHARE", help="Select this share: 20% or 0.2."),
    click.option("--cost-fp", type=float, metavar="C", help="Cost of a wrong selection."),
    click.option("--cost-fn", type=float, metavar="C", help="Cost of a wrong rejection."),
    click.option(
        "--train-rows", type=int, metavar="N", help="Most rows that one fit is given (100000)."
    ),
]
_REMEDY = [
    click.option("--remedies-for", metavar="COL", help="Protected attribute to remedy."),
    click.option(
        "--disparity",
        metavar="RATE",
        help="What remedies shrink: selection_rate, true_positive_rate, false_positive_rate.",
    ),
    click.option(
        "--tolerance", type=float, metavar="T", help="Accuracy lost by a model as good (0.01)."
    ),
]
_POLICY = click.option("--policy", metavar="FILE", help="TOML file with your own lines.")
_SEED = click.option("--seed", type=int, metavar="N", help="Seed of everything that draws.")
_QUIET = click.option("-q", "--quiet", is_flag=True, default=None, help="No summary, no progress.")


def model_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the model, how it is trained, and what is asked of it."""
    options = [
        *_MODEL,
        click.option("--repeats", type=int, metavar="N", help="Splits (3; 1 above 20,000 rows)."),
        *_CUT,
        click.option(
            "--trust-pickle",
            is_flag=True,
            default=None,
            help="Open a model in a pickle, which runs the program in it.",
        ),
        click.option("--causes", is_flag=True, default=None, help="Ask where the gaps come from."),
        click.option(
            "--remedies", is_flag=True, default=None, help="Try what would help, and at what cost."
        ),
        *_REMEDY,
        click.option("--jobs", type=int, metavar="N", help="Fits at the same time (1)."),
    ]
    return _apply(command, options)


def mitigation_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add which remedy, for which model, and where it goes."""
    options = [
        click.option("--remedy", metavar="NAME", help="What to do; 'recommended' tries them all."),
        *_REMEDY,
        *_MODEL,
        *_CUT,
        click.option("--id", "identifier", metavar="COL", help="Column to put beside weights."),
        _POLICY,
        _SEED,
        click.option(
            "-o", "--output", required=True, metavar="FILE",
            help="Weights or data (.csv, .parquet), or a model (.skops).",
        ),
        click.option("--force", is_flag=True, help="Replace files that are there."),
        _QUIET,
    ]  # fmt: skip
    return _apply(command, options)


def run_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what to do, and where the results go."""
    options = [
        _POLICY,
        click.option(
            "--framework",
            multiple=True,
            metavar="NAME",
            help="Fill the tables of a framework, such as nyc_ll144, or of a .toml file.",
        ),
        click.option(
            "--fail-on",
            multiple=True,
            metavar="RULE",
            help="Exit 1 on: a level (flag, inconclusive), a kind (outcome-gap), or a comparison "
            "such as 'base_rate_ratio<0.8@gender'.",
        ),
        click.option(
            "--allow-inconclusive",
            is_flag=True,
            default=None,
            help="Let a --fail-on rule pass that cannot be decided.",
        ),
        click.option(
            "--sample-rows",
            type=click.IntRange(min=1_000),
            metavar="N",
            help="Most rows held in memory; the questions that need rows get a seeded sample.",
        ),
        _SEED,
        click.option("-o", "--output", metavar="FILE", help="Write the HTML report ('-': stdout)."),
        click.option("--json", metavar="FILE", help="Write the record, audit.json ('-': stdout)."),
        charts_option,
        template_option,
        language_option,
        card_option,
        tables_option,
        _QUIET,
    ]
    return _apply(command, options)


def _apply(command: Callable[..., Any], options: Sequence[Any]) -> Callable[..., Any]:
    for option in reversed(options):
        command = option(command)
    return command
