"""The page: which sections there are, in which order, and what the template is given."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from auditkit.letterhead import logo_uri
from auditkit.report.blocks import (
    Block,
    Cards,
    Chart,
    Curves,
    Facts,
    Fold,
    Label,
    Note,
    Part,
    Section,
    Table,
    Tile,
)
from auditkit.report.cards import findings_section, sentence, tiles
from auditkit.report.closing import (
    basename,
    facts,
    method_section,
    model_part,
    provenance_section,
    stamp,
)
from auditkit.report.crossed import crossed_parts
from auditkit.report.drawing import drawn, figure
from auditkit.report.frameworks import framework_section
from auditkit.report.funnel import funnel_parts
from auditkit.report.gaps import gap_parts
from auditkit.report.language import say, translated
from auditkit.report.model_causes import cause_parts
from auditkit.report.model_quality import quality_parts
from auditkit.report.model_remedies import remedy_parts
from auditkit.report.people import people_section
from auditkit.report.ranking import ranking_parts
from auditkit.report.rates import rate_parts
from auditkit.report.reading import Record
from auditkit.report.scores import score_parts
from auditkit.report.signals import profile_parts
from auditkit.report.subgroups import subgroup_parts
from auditkit.report.text import label, visible
from auditkit.report.whatif import score_stages, whatif_section, whatif_words
from auditkit.report.words import DISCLAIMER, STAGES, TABLE_WORDS
from auditkit.report.xy import figure_xy, plane

__all__ = ["Figure", "Page", "made"]

_SHORT = 9
"""The most rows of a table in the short form, but for that of all questions."""


@dataclass(frozen=True, slots=True)
class Link:
    """An entry of the table of contents."""

    href: str
    text: str
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart's figure for the chart engine."""

    id: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What people headed the report with."""

    facts: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    logo: str
    logo_text: str


def _letterhead(record: Record) -> Letterhead:
    said = record.get("report") or {}
    titles = (("organisation", say("Organisation")), ("author", say("Author")))
    return Letterhead(
        facts=tuple((title, visible(said[k], 200)) for k, title in titles if said.get(k)),
        notes=tuple(visible(text, 4_000) for text in said.get("notes") or ()),
        logo=logo_uri(said["logo"]) if said.get("logo") else "",
        logo_text=visible(said.get("organisation") or say("Logo"), 200),
    )


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that the template prints."""

    title: str
    heading: str
    head: Letterhead
    name: Label
    made: str
    version: str
    running: str
    disclaimer: str
    verdict: str
    tiles: tuple[Tile, ...]
    facts: Facts
    sections: tuple[Section, ...]
    links: tuple[Link, ...]
    figures: tuple[Figure, ...]
    scores: dict[str, Any]
    words: dict[str, Any]
    table_words: dict[str, str]


def _outcomes(record: Record) -> Section:
    lead = STAGES["label"].meaning
    parts: list[Block] = [*rate_parts(record, "label"), *gap_parts(record, "label")]
    if not parts:
        parts = [Note("Not asked for: no label column was declared.")]
        lead = ""
    parts += funnel_parts(record)
    parts += [*crossed_parts(record, "label"), *subgroup_parts(record, "label")]
    parts += profile_parts(record)
    return Section("outcomes", "Outcomes by group", lead, tuple(parts))


def _decisions(record: Record) -> Section:
    blocks: list[Block] = []
    for stage in ("decision", "model"):
        inner = [*rate_parts(record, stage), *gap_parts(record, stage)]
        if not inner:
            continue
        words = STAGES[stage]
        inner += [*crossed_parts(record, stage), *subgroup_parts(record, stage)]
        inner += ranking_parts(record) if stage == "decision" else []
        inner += score_parts(record, stage)
        if stage == "model":
            inner += [*quality_parts(record), *cause_parts(record), *remedy_parts(record)]
        card = model_part(record) if stage == "model" else None
        inner += [card] if card else []
        low = tuple(replace(part, level=4) for part in inner)
        blocks.append(Part(f"stage-{stage}", (), low, words.meaning, prefix=words.title))
    title = "What a model would do, and decisions"
    if not blocks:
        note = Note("Not asked for: no model was trained and no column of decisions was given.")
        return Section("decisions", title, "", (note,))
    return Section("decisions", title, "", tuple(blocks))


def _text(title: Iterable[Label]) -> str:
    return " × ".join(item.text for item in title)


def _links(sections: Iterable[Section]) -> tuple[Link, ...]:
    out = [Link("about", say("What was audited"))]
    for section in sections:
        inner = []
        for block in section.blocks:
            if isinstance(block, Part):
                title = (
                    f"{block.prefix} {_text(block.title)}".strip() if block.title else block.prefix
                )
                inner.append(Link(block.id, title))
            elif isinstance(block, Cards):
                inner.append(Link(block.id, block.title))
        out.append(Link(section.id, section.title, tuple(inner)))
    return tuple(out)


def _printed(
    blocks: Iterable[Block], figures: list[Figure], charts: str, whole: bool = False
) -> Iterator[Block]:
    """Yield blocks with their drawings; in the short form without pictures and folded tables.

    What a statute asks for is there in full in every form (`whole`).
    """
    for block in blocks:
        if isinstance(block, Chart | Curves):
            if charts == "none":
                continue
            if charts == "interactive":
                made = figure(block) if isinstance(block, Chart) else figure_xy(block)
                figures.append(Figure(block.id, made))
            shapes = drawn(block) if isinstance(block, Chart) else plane(block)
            yield replace(block, drawing=shapes)
        elif isinstance(block, Table) and charts == "none" and block.size > _SHORT:
            if block.look == "glance" or whole:
                yield block
            else:
                yield Note(
                    say(
                        "Not in this short form: {caption} ({size} rows).",
                        caption=block.caption,
                        size=block.size,
                    )
                )
        elif isinstance(block, Fold) and charts == "none" and block.long and not whole:
            yield Note(say("Not in this short form: {title}.", title=block.title))
        elif isinstance(block, Part | Fold):
            yield replace(block, blocks=tuple(_printed(block.blocks, figures, charts, whole)))
        else:
            yield block


def _running(record: Record) -> str:
    """Return the line at the foot of printed pages: only what cannot be anything but itself."""
    digest = str(record["data"].get("sha256") or "")
    made = stamp(record.get("created"))
    pieces = ["auditkit"]
    if re.fullmatch(r"[0-9a-fA-F]{8,128}", digest):
        pieces.append(f"SHA-256 {digest[:16]}")
    if re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", made):
        pieces.append(made)
    return " · ".join(pieces)


def made(record: Record, *, charts: str) -> Page:
    """Return the page of a record."""
    source = record["data"].get("source")
    name = label(say("a table in memory") if source is None else basename(source))
    heading = visible((record.get("report") or {}).get("title") or "", 200)
    figures: list[Figure] = []
    sections = tuple(
        replace(
            section,
            blocks=tuple(_printed(section.blocks, figures, charts, section.id == "frameworks")),
        )
        for section in map(
            translated,
            (
                findings_section(record),
                people_section(record),
                _outcomes(record),
                _decisions(record),
                *(whatif_section(record) if charts != "none" else ()),
                *framework_section(record),
                method_section(record),
                provenance_section(record),
            ),
        )
    )
    return Page(
        title=heading or say("Audit of {name}", name=name.text),
        heading=heading,
        head=_letterhead(record),
        name=name,
        made=stamp(record.get("created")),
        version=visible(record.get("auditkit"), 40),
        running=_running(record),
        disclaimer=say(DISCLAIMER),
        verdict=sentence(record),
        tiles=translated(tiles(record)),
        facts=translated(facts(record)),
        sections=sections,
        links=_links(sections),
        figures=tuple(figures),
        scores=score_stages(record) if charts != "none" else {},
        words=whatif_words(record),
        table_words={key: say(text) for key, text in TABLE_WORDS.items()},
    )
