"""Summaries of results that a statute wants published: one page, and nothing else on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from auditkit.errors import RequestError
from auditkit.report.blocks import Block, Cell, Chart, Facts, Part, Prose
from auditkit.report.checklists import blank
from auditkit.report.evidence import entry
from auditkit.report.framework_tables import framework_table
from auditkit.report.reading import Entry, Record
from auditkit.report.text import visible
from auditkit.report.words import DISCLAIMER

__all__ = ["render_summary"]


def render_summary(record: Mapping[str, Any]) -> str:
    """Return the summary of results of each framework that is to be published, as one HTML page.

    Parameters
    ----------
    record : mapping
        A record as plain data; usually its public edition.

    Raises
    ------
    RequestError
        When no framework of the record has a summary to publish.
    """
    from auditkit.report import assets, templates

    entries = [item for item in record.get("compliance") or () if item.get("publish")]
    if not entries:
        raise RequestError(
            "--summary needs a framework whose results are published: --framework nyc_ll144"
        )
    place = templates.folder()
    parts = [_part(f"summary-{number}", item) for number, item in enumerate(entries, 1)]
    return (
        templates.environment(place)
        .get_template("summary.html")
        .render(
            title=visible(entries[0]["publish"].get("title") or entries[0]["title"], 200),
            parts=parts,
            csp=assets.policy([]),
            css=assets.own_text(place, "report.css"),
            version=visible(record.get("auditkit"), 40),
            disclaimer=DISCLAIMER,
            masked=_masked(record),
        )
    )


def _masked(record: Record) -> tuple[str, ...]:
    said = (record["data"].get("disclosure") or {}).get("statement") or ()
    return tuple(visible(text, 400) for text in said[:1])


def _part(key: str, item: Entry) -> tuple[str, Part]:
    """Return the banner, and the fields and tables that are published."""
    wanted = item["publish"]
    blanks = {row["field"]: row for row in item.get("blanks") or ()}
    titles = item.get("titles") or {}
    facts: list[tuple[str, tuple[Cell, ...]]] = []
    for name in wanted.get("fields") or ():
        value = (item.get("fields") or {}).get(name)
        row = blanks.get(name)
        title = visible(titles.get(name) or (row or {}).get("title") or name, 200)
        if row is None:
            facts.append((title, (entry(name, value),)))
        elif row.get("required"):
            facts.append((title, (blank(visible(row["text"], 200)),)))
    blocks: list[Block] = [Facts(tuple(facts), wide=True)]
    tables = {table["id"]: table for table in item.get("tables") or ()}
    for number, name in enumerate(wanted.get("tables") or (), 1):
        if name in tables:
            made = framework_table(f"{key}-{number}", tables[name], str(item.get("output") or ""))
            blocks += [block for block in made if not isinstance(block, Chart)]
    texts = tuple(visible(text, 600) for text in item.get("limits") or ())
    if texts:
        about = Prose(texts, points=True)
        blocks.append(Part(f"{key}-limits", (), (about,), prefix="Limits", level=3))
    title = visible(item.get("title") or "", 200)
    return visible(item.get("banner") or "", 200), Part(
        key, (), tuple(blocks), prefix=title, level=2
    )
