"""All features together, and the quality of the data by group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from auditkit.report.blocks import Block, Cell, Part, RowGroup, Table
from auditkit.report.language import say
from auditkit.report.quality_pictures import MEASURES, measured_charts, noise_chart
from auditkit.report.reading import (
    Entry,
    column_cell,
    columns,
    folded,
    group_cell,
    p_cell,
    rate_cell,
    undefined,
)
from auditkit.report.text import count, interval, labels, named, number, percent, several, visible

__all__ = ["joint_part", "quality_parts"]

_MOST = 20
_NOISE, _NUMBERS = "data-noise-table", "data-measured-table"


def joint_part(rows: Sequence[Entry]) -> Part:
    """Return how well all features together tell each attribute."""
    cells = tuple(_joint_cells(row) for row in rows)
    heads = columns("Attribute", "Features", "#Strength", "#p, corrected", "AUC by group")
    merged = max((row.get("merged") or 0 for row in rows), default=0)
    capped = (
        say(
            " It sees {levels} levels of all features apart at most; the rarest levels of {merged} "
            "features are put into one.",
            levels=max(row.get("levels") or 0 for row in rows),
            merged=count(merged),
        )
        if merged
        else ""
    )
    notes = (
        say(
            "Strength on the scale of Cramér's V: the root of the share of the variance of "
            "membership that cross-fitted predictions explain. The model is additive.{capped}",
            capped=capped,
        ),
    )
    caption = "How well the features together tell a protected attribute"
    table = Table("data-joint-table", caption, heads, (RowGroup(cells),), notes)
    lead = (
        "Weak proxies add up. Where strong ones were found, a second row shows what is left "
        "without them. This shows what could be told, not that anyone does."
    )
    return Part("data-joint", (), (folded(table),), lead, prefix="All features together")


def _joint_cells(row: Entry) -> tuple[Cell, ...]:
    strength = row.get("strength")
    without = row.get("without") or ()
    under = (
        say("without {names}", names=several(named([name]) for name in without[:4]))
        if without
        else ""
    )
    span = interval(row.get("low"), row.get("high"), lambda value: f"{value:.3f}")
    aucs = ", ".join(
        f"{named([part.get('group')])} {number(part.get('auc') or 0.0)}"
        for part in (row.get("groups") or ())[:8]
    )
    told = (
        undefined(row.get("reason"))
        if strength is None
        else Cell(f"{strength:.3f}", under=span, tone="n")
    )
    return (
        column_cell(row["attribute"]),
        Cell(visible(row.get("feature") or "", 80), under=under),
        told,
        p_cell(row.get("p_adjusted"), "not judged"),
        Cell(aucs),
    )


def quality_parts(quality: Mapping[str, Any]) -> list[Block]:
    """Return pictures and tables of repeated rows, numbers and labels by group."""
    blocks = [
        make(rows)
        for key, make in (("duplicates", _repeats), ("features", _features), ("noise", _noise))
        if (rows := quality.get(key))
    ]
    if not blocks:
        return []
    sample = quality.get("sample") or {}
    seen = ""
    if sample.get("people") is not None:
        seen = say(
            " Models saw {people} of {of} people.",
            people=count(sample["people"]),
            of=count(sample.get("of")),
        )
    lead = say(
        "Whether the data are as good for every group: copies, numbers measured otherwise, labels "
        "that a cross-fitted model contradicts. All tests are corrected together. A difference can "
        "be real; it cannot tell bias from noise.{seen}",
        seen=seen,
    )
    noise = noise_chart(quality.get("noise") or (), _NOISE)
    pictures: list[Block] = [] if noise is None else [noise]
    pictures += measured_charts((quality.get("features") or ())[:_MOST], _NUMBERS)
    inside = (*pictures, *map(folded, blocks))
    return [Part("data-quality", (), inside, lead, prefix="Quality by group")]


def _who(row: Entry) -> Cell:
    attributes = row.get("attributes") or ()
    under = named(attributes) if attributes else ""
    cell = group_cell(row)
    return Cell(labels=cell.labels, under=under)


def _repeats(rows: Sequence[Entry]) -> Table:
    words = {"repeated": "repeat another row", "conflicting": "alike but for the outcome"}
    cells = tuple(
        (
            _who(row),
            Cell(words.get(str(row.get("what")), visible(row.get("what"), 40))),
            Cell(
                count(row.get("found")),
                under=say("of {rows}", rows=count(row.get("rows"))),
                tone="n",
            ),
            rate_cell(row.get("share")),
            p_cell(row.get("p_adjusted"), "not judged"),
        )
        for row in rows
    )
    heads = columns("Group", "What", "#Rows", "#Share", "#p, corrected")
    notes = ("Not judged where people are alike by coincidence: few columns, or coarse ones.",)
    caption = "Rows that repeat or contradict another row"
    return Table("data-repeats-table", caption, heads, (RowGroup(cells),), notes)


def _features(rows: Sequence[Entry]) -> Table:
    cells = tuple(
        (
            column_cell(row["feature"]),
            Cell(labels=labels([row["attribute"]])),
            Cell(MEASURES.get(str(row.get("measure")), visible(row.get("measure"), 60))),
            Cell(_by_group(row)),
            p_cell(row.get("p_adjusted"), "not judged"),
        )
        for row in rows[:_MOST]
    )
    heads = columns("Column", "Attribute", "Measure", "By group", "#p, corrected")
    more = (
        say(" The {most} clearest are shown; the record has more.", most=_MOST)
        if len(rows) > _MOST
        else ""
    )
    notes = (say("Only groups that are large enough.{more}", more=more),)
    return Table(_NUMBERS, "Numbers by group", heads, (RowGroup(cells),), notes)


def _by_group(row: Entry) -> str:
    show = number if row.get("measure") == "spread" else percent
    return ", ".join(
        f"{named([part.get('group')])} {show(part.get('value') or 0.0)}"
        for part in (row.get("groups") or ())[:8]
    )


def _noise(rows: Sequence[Entry]) -> Table:
    cells = tuple(
        (
            _who(row),
            undefined(row.get("reason"))
            if row.get("share") is None
            else Cell(
                percent(row["share"]),
                under=interval(row.get("low"), row.get("high"), percent),
                tone="n",
            ),
            rate_cell(row.get("expected"), row.get("reason")),
            Cell(count(row.get("passed_over")), tone="n"),
            Cell(count(row.get("favoured")), tone="n"),
            p_cell(row.get("p_adjusted"), "not judged"),
        )
        for row in rows
    )
    heads = columns(
        "Group", "#Contradicted", "#Expected", "#Without the outcome, against the model",
        "#With it, against the model", "#p, corrected",
    )  # fmt: skip
    notes = ("Cross-fitted; it cannot tell bias from noise, and it is no list of wrong labels.",)
    caption = "Labels that a model contradicts"
    return Table(_NOISE, caption, heads, (RowGroup(cells),), notes)
