"""The findings: counted for the head of the page, then one card each."""

from __future__ import annotations

import re
from collections.abc import Sequence

from auditkit.report.blocks import Block, Card, Cards, Cell, Note, RowGroup, Section, Table, Tile
from auditkit.report.evidence import evidence, headline
from auditkit.report.gaps import verdict_cell
from auditkit.report.language import inside, say
from auditkit.report.reading import Entry, Record, columns, metric_title
from auditkit.report.text import label, labels, named, visible
from auditkit.report.words import FINDING_KINDS, LEVELS, STAGES

__all__ = ["findings_section", "sentence", "tiles"]

_LONGEST = 4000

# These speak of an attribute as a whole: their null in `group` is no missing group.
_ABOUT_AN_ATTRIBUTE = {"proxy", "remedy", "feature-quality"}


def _anchors(rows: Sequence[Entry]) -> list[str]:
    """Return an id for each finding, made of its own id: safe in a URL, and no two alike."""
    out: list[str] = []
    for row in rows:
        base = "finding-" + (
            re.sub(r"[^A-Za-z0-9_.-]+", "-", str(row["id"])).strip("-")[:80] or "x"
        )
        name, again = base, 2
        while name in out:
            name, again = f"{base}-{again}", again + 1
        out.append(name)
    return out


def _ranked(record: Record) -> list[tuple[str, Entry]]:
    """Return (anchor, finding), worst level first, in the order of the record within a level."""
    rows = record["findings"]
    order = list(LEVELS)
    pairs = list(zip(_anchors(rows), rows, strict=True))
    return sorted(pairs, key=lambda pair: order.index(_level(pair[1])))


def _level(row: Entry) -> str:
    return row["level"] if row.get("level") in LEVELS else "note"


def _text(value: object) -> str:
    return visible(value, _LONGEST) if value else ""


def _names_a_group(row: Entry) -> bool:
    return bool(row.get("group")) and row["kind"] not in _ABOUT_AN_ATTRIBUTE


def _about(row: Entry) -> tuple[tuple[str, tuple[Cell, ...]], ...]:
    items = [("Kind", (Cell(FINDING_KINDS.get(row["kind"], visible(row["kind"], 60))),))]
    if row.get("stage") in STAGES:
        items.append(("Read from", (Cell(STAGES[row["stage"]].short),)))
    if row.get("attributes"):
        items.append(("Attribute", (Cell(labels=labels(row["attributes"])),)))
    if _names_a_group(row):
        items.append(("Group", (Cell(labels=labels(row["group"])),)))
    return tuple(items)


def _card(anchor: str, row: Entry) -> Card:
    level, metric = _level(row), (row.get("evidence") or {}).get("metric")
    return Card(
        anchor=anchor,
        level=level,
        word=LEVELS[level].word,
        title=visible(row["title"], 300),
        detail=_text(row.get("detail")),
        about=_about(row),
        evidence=evidence(row),
        limits=_text(row.get("limits")),
        action=_text(row.get("action")),
        attribute=named(row["attributes"]) if row.get("attributes") else "",
        metric=metric_title(str(metric)) if metric else "",
    )


def _counts(record: Record) -> dict[str, int]:
    return {level: sum(_level(row) == level for row in record["findings"]) for level in LEVELS}


def tiles(record: Record) -> tuple[Tile, ...]:
    """Return the number of findings of each level, worst first; a level without any says 0."""
    out = []
    for level, number in _counts(record).items():
        words = LEVELS[level]
        text = words.one if number == 1 else words.many
        out.append(Tile(level, number, text, f"findings-{level}" if number else "findings"))
    return tuple(out)


def sentence(record: Record) -> str:
    """Return what the findings come to, in one sentence that claims no more than they do."""
    counts = _counts(record)
    if not sum(counts.values()):
        return say("No question was asked of these data, so nothing was found or ruled out.")
    flags, open_ = counts["flag"], counts["inconclusive"]
    first = {0: say("No question was flagged"), 1: say("1 question was flagged")}.get(
        flags, say("{flags} questions were flagged", flags=flags)
    )
    second = {0: say("every question could be decided"), 1: say("1 could not be decided")}.get(
        open_, say("{open} could not be decided", open=open_)
    )
    return f"{first}; {second}."


def _question(row: Entry) -> str:
    """Return what a finding answers, in a few words: its kind, what was measured, by what."""
    found = row.get("evidence") or {}
    said = say(FINDING_KINDS.get(row["kind"], "")) or visible(row["kind"], 60)
    named_in = next(
        (found[k] for k in ("feature", "column") if isinstance(found.get(k), str)), None
    )
    if found.get("metric"):
        said += f": {inside(metric_title(str(found['metric'])))}"
    elif named_in is not None:
        said += f": {label(named_in).text}"
    by = (
        say(" by {attributes}", attributes=named(row["attributes"]))
        if row.get("attributes")
        else ""
    )
    return said + by


def _glance(ranked: Sequence[tuple[str, Entry]]) -> Table:
    rows = []
    for anchor, row in ranked:
        value, people, line = headline(row)
        named_one = _names_a_group(row)
        whole = Cell(labels=labels(row["group"])) if named_one else Cell("–", tone="u left")
        rows.append(
            (
                Cell(_question(row), href=anchor),
                verdict_cell(_level(row)),
                whole,
                Cell(value.text, tone="n"),
                Cell(value.under or "–", tone="n"),
                people,
                line,
            )
        )
    heads = columns(
        "Question", "Status", "Worst group", "#Value", "#Interval", "#People", "#Line"
    )  # fmt: skip
    notes = (
        "Value: the ratio, the difference, the share or the strength that decides. People: of the "
        "group that is named. Line: of the policy. Each question leads to its finding.",
    )
    caption = "All questions at a glance"
    return Table("findings-table", caption, heads, (RowGroup(tuple(rows)),), notes, "glance")


def findings_section(record: Record) -> Section:
    """Return the section with the findings: flags first, then what could not be decided."""
    ranked = _ranked(record)
    if not ranked:
        return Section("findings", "Findings", "", (Note("There are no findings."),))
    blocks: list[Block] = [_glance(ranked)]
    for level, words in LEVELS.items():
        cards = tuple(_card(anchor, row) for anchor, row in ranked if _level(row) == level)
        if cards:
            title = f"{say(words.heading)} ({len(cards)})"
            blocks.append(Cards(f"findings-{level}", title, words.meaning, cards))
    lead = (
        "Each finding answers one question. The numbers behind it can be checked by hand against "
        "the tables below."
    )
    return Section("findings", "Findings", lead, tuple(blocks))
