"""The section on frameworks: what each asks for, what is filled, and what people have to fill."""

from __future__ import annotations

from auditkit.report.blocks import Block, Cell, Facts, Fold, Note, Part, Prose, Section
from auditkit.report.evidence import entry, term
from auditkit.report.framework_tables import blank, framework_table
from auditkit.report.language import say
from auditkit.report.reading import Entry, Record
from auditkit.report.text import visible
from auditkit.report.words import DISCLAIMER

__all__ = ["framework_section"]

_MOST_SENTENCES = 12


def framework_section(record: Record) -> list[Section]:
    """Return the section of the frameworks, or nothing where none was asked for."""
    parts = [
        _part(f"framework-{number}", item)
        for number, item in enumerate(record.get("compliance") or (), 1)
    ]
    return [Section("frameworks", "Statutory tables", DISCLAIMER, tuple(parts))] if parts else []


def _part(key: str, item: Entry) -> Part:
    blocks: list[Block] = []
    if item.get("banner"):
        blocks.append(Note(visible(item["banner"], 200)))
    blocks.append(Facts(tuple(_about(item)), wide=True))
    blocks += _sentences(key, item)
    for number, table in enumerate(item.get("tables") or (), 1):
        blocks += framework_table(f"{key}-{number}", table, str(item.get("output") or ""))
    blocks += _closing(key, item)
    title = visible(item.get("title") or item.get("framework") or "not named", 200)
    lead = visible(item.get("summary") or "", 600)
    return Part(key, (), tuple(blocks), lead, prefix=title)


def _about(item: Entry) -> list[tuple[str, tuple[Cell, ...]]]:
    facts: list[tuple[str, tuple[Cell, ...]]] = [
        ("Framework", (Cell(visible(item.get("framework") or "not recorded", 80)),))
    ]
    if item.get("jurisdiction"):
        facts.append(("Where", (Cell(visible(item["jurisdiction"], 200)),)))
    facts.append(("Status", (Cell(visible(item.get("status") or "not recorded", 1200)),)))
    facts.append(("Last looked at", (Cell(visible(item.get("as_of") or "not recorded", 40)),)))
    meter = item.get("completeness") or {}
    if meter.get("total"):
        facts.append(("Filled", (Cell(_meter(meter)),)))
    if item.get("state"):
        said = "; ".join(visible(text, 200) for text in item["state"])
        facts.append(("State", (Cell(said),)))
    blanks = {row["field"]: row for row in item.get("blanks") or ()}
    for name, value in (item.get("fields") or {}).items():
        row = blanks.get(name)
        if row is None:
            title = visible((item.get("titles") or {}).get(name) or term(name), 200)
            facts.append((title, (entry(name, value),)))
            continue
        text = (
            row["text"] if row.get("required") else say("{what} (if it applies)", what=row["text"])
        )
        facts.append((visible(row["title"], 200), (blank(visible(text, 200)),)))
    return facts


def _meter(meter: Entry) -> str:
    return say(
        "{filled} of {total} items are filled, {partly} partly, {open} are to be completed",
        filled=meter.get("filled", 0),
        total=meter["total"],
        partly=meter.get("partly", 0),
        open=meter.get("to_be_completed", 0),
    )


def _sentences(key: str, item: Entry) -> list[Block]:
    """Return each comparison in one sentence, with what it does not show."""
    said = [row for row in item.get("sentences") or () if row.get("text")]
    if not said:
        return []
    texts = tuple(visible(row["text"], 900) for row in said)
    inner: list[Block] = [Prose(texts[:_MOST_SENTENCES], points=True)]
    if len(texts) > _MOST_SENTENCES:
        rest = Prose(texts[_MOST_SENTENCES:], points=True)
        inner.append(Fold(say("{n} more", n=len(texts) - _MOST_SENTENCES), (rest,)))
    blocks: list[Block] = [_small(f"{key}-words", "In plain words", *inner)]
    limits = tuple(dict.fromkeys(visible(row["limits"], 400) for row in said if row.get("limits")))
    if limits:
        shown = Prose(limits, points=True)
        blocks.append(_small(f"{key}-unshown", "What this does not show", shown))
    return blocks


def _small(key: str, title: str, *blocks: Block) -> Part:
    return Part(key, (), blocks, prefix=title, level=4)


def _closing(key: str, item: Entry) -> list[Block]:
    blocks: list[Block] = []
    for title, name in (("Notes", "notes"), ("Limits", "limits")):
        texts = tuple(visible(text, 600) for text in item.get(name) or ())
        if texts:
            blocks.append(_small(f"{key}-{name}", title, Prose(texts, points=True)))
    sources = tuple(
        visible(row["text"], 400)
        + ("" if row.get("checked") else say(" (recalled, not re-checked)"))
        + (f" {visible(row['url'], 300)}" if row.get("url") else "")
        for row in item.get("citations") or ()
    )
    if sources:
        blocks.append(_small(f"{key}-sources", "Sources", Prose(sources, points=True)))
    blocks.append(Note(visible(item.get("disclaimer") or DISCLAIMER, 200)))
    return blocks
