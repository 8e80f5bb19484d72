"""The section on frameworks: what each asks for, what is filled, and what people have to fill."""

from __future__ import annotations

from auditkit.report.blocks import Block, Cell, Facts, Fold, Note, Part, Prose, Section
from auditkit.report.checklists import Teller, blank
from auditkit.report.evidence import entry, term
from auditkit.report.framework_tables import framework_table
from auditkit.report.language import say
from auditkit.report.reading import Entry, Record
from auditkit.report.text import recorded, visible
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


def _teller(item: Entry) -> Teller:
    """Return how texts of a pack are printed: those that ship are English, others as may be."""
    return recorded if (item.get("pack") or {}).get("shipped") else visible


def _part(key: str, item: Entry) -> Part:
    told = _teller(item)
    blocks: list[Block] = []
    if item.get("banner"):
        blocks.append(Note(told(item["banner"], 200)))
    blocks.append(Facts(tuple(_about(item)), wide=True))
    blocks += _sentences(key, item)
    for number, table in enumerate(item.get("tables") or (), 1):
        output = str(item.get("output") or "")
        blocks += framework_table(f"{key}-{number}", table, output, told)
    blocks += _closing(key, item)
    title = told(item.get("title") or item.get("framework") or "not named", 200)
    lead = told(item.get("summary") or "", 600)
    return Part(key, (), tuple(blocks), lead, prefix=title)


def _about(item: Entry) -> list[tuple[str, tuple[Cell, ...]]]:
    told = _teller(item)
    facts: list[tuple[str, tuple[Cell, ...]]] = [
        ("Framework", (Cell(visible(item.get("framework") or "not recorded", 80)),))
    ]
    if item.get("jurisdiction"):
        facts.append(("Where", (Cell(told(item["jurisdiction"], 200)),)))
    facts.append(("Status", (Cell(told(item.get("status") or "not recorded", 1200)),)))
    facts.append(("Last looked at", (Cell(visible(item.get("as_of") or "not recorded", 40)),)))
    meter = item.get("completeness") or {}
    if meter.get("total"):
        facts.append(("Filled", (Cell(_meter(meter)),)))
    if item.get("state"):
        said = recorded("; ".join(visible(text, 200) for text in item["state"]))
        facts.append(("State", (Cell(said),)))
    blanks = {row["field"]: row for row in item.get("blanks") or ()}
    for name, value in (item.get("fields") or {}).items():
        row = blanks.get(name)
        if row is None:
            named = (item.get("titles") or {}).get(name)
            title = told(named, 200) if named else term(name)
            facts.append((title, (entry(name, value),)))
            continue
        text = told(row["text"], 200)
        if not row.get("required"):
            text = visible(say("{what} (if it applies)", what=text), 200)
        facts.append((told(row["title"], 200), (blank(text),)))
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
    texts = tuple(recorded(row["text"], 900) for row in said)
    inner: list[Block] = [Prose(texts[:_MOST_SENTENCES], points=True)]
    if len(texts) > _MOST_SENTENCES:
        rest = Prose(texts[_MOST_SENTENCES:], points=True)
        inner.append(Fold(say("{n} more", n=len(texts) - _MOST_SENTENCES), (rest,)))
    blocks: list[Block] = [_small(f"{key}-words", "In plain words", *inner)]
    limits = tuple(dict.fromkeys(recorded(row["limits"], 400) for row in said if row.get("limits")))
    if limits:
        shown = Prose(limits, points=True)
        blocks.append(_small(f"{key}-unshown", "What this does not show", shown))
    return blocks


def _small(key: str, title: str, *blocks: Block) -> Part:
    return Part(key, (), blocks, prefix=title, level=4)


def _closing(key: str, item: Entry) -> list[Block]:
    told = _teller(item)
    blocks: list[Block] = []
    for title, name in (("Notes", "notes"), ("Limits", "limits")):
        texts = tuple(told(text, 600) for text in item.get(name) or ())
        if texts:
            blocks.append(_small(f"{key}-{name}", title, Prose(texts, points=True)))
    sources = tuple(_source(row, told) for row in item.get("citations") or ())
    if sources:
        blocks.append(_small(f"{key}-sources", "Sources", Prose(sources, points=True)))
    blocks.append(Note(recorded(item.get("disclaimer") or DISCLAIMER, 200)))
    return blocks


def _source(row: Entry, told: Teller) -> str:
    text = told(row["text"], 400)
    url = f" {visible(row['url'], 300)}" if row.get("url") else ""
    if row.get("checked"):
        return told(f"{text}{url}", 800)
    return text + say(" (recalled, not re-checked)") + url
