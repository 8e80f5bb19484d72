"""Scores by group, from their counts: how they are spread, how well they rank, how they hold.

A score bin holds whole numbers of people, so each curve is exact at the edges of the bins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

from auditkit.report.blocks import Block, Cell, Fold, Part, RowGroup, Table
from auditkit.report.charts import curves_of, told_apart
from auditkit.report.language import say
from auditkit.report.pictures import Curve, Curves, Line, Point, Series
from auditkit.report.reading import Record, columns
from auditkit.report.scales import axis
from auditkit.report.text import Label, count, label, labels, number, percent

__all__ = ["score_parts"]

_MOST_GROUPS = 6
_BANDS = 10


@dataclass(frozen=True, slots=True)
class _Scores:
    """The scores of one group: people by bin, with a negative, a positive and no known label."""

    name: Label
    negative: list[int]
    positive: list[int]
    unknown: list[int]

    @property
    def all(self) -> list[int]:
        return [sum(at) for at in zip(self.negative, self.positive, self.unknown, strict=True)]

    @property
    def n(self) -> int:
        return sum(self.all)


def _groups(bins: Mapping[str, Any], axis_: int) -> list[_Scores]:
    """Return the groups of one attribute, the largest first; those beyond a few are left out."""
    width = len(bins["edges"]) - 1
    found: dict[str | None, list[list[int]]] = {}
    for cell in bins["cells"]:
        rows = found.setdefault(cell["group"][axis_], [[0] * width for _ in range(3)])
        which = 2 if cell["label"] is None else int(cell["label"])
        rows[which] = [a + b for a, b in zip(rows[which], cell["counts"], strict=True)]
    made = [_Scores(label(name), *rows) for name, rows in found.items()]
    return sorted(made, key=lambda group: -group.n)


def _bands(edges: Sequence[float]) -> list[tuple[int, int]]:
    """Return bins in about ten bands: (first, one past the last)."""
    width = len(edges) - 1
    ends = sorted({round(i * width / _BANDS) for i in range(_BANDS + 1)})
    return list(pairwise(ends))


def _spread(group: _Scores, edges: Sequence[float], look: Series) -> Curve:
    points = []
    for a, b in _bands(edges):
        share = sum(group.all[a:b]) / group.n
        told = say(
            "{name}\nScore {low} to {high}: {share}",
            name=group.name.text,
            low=number(edges[a]),
            high=number(edges[b]),
            share=percent(share),
        )
        points.append(Point((edges[a] + edges[b]) / 2, share, told))
    return Curve(look, tuple(points))


def _ranked(group: _Scores, look: Series) -> Curve | None:
    """Return the ROC curve of a group, or None where it has only one kind of label."""
    hits, alarms = sum(group.positive), sum(group.negative)
    if not hits or not alarms:
        return None
    points = [Point(0.0, 0.0, say("{name}\nnobody selected", name=group.name.text))]
    right = list(accumulate(reversed(group.positive)))
    wrong = list(accumulate(reversed(group.negative)))
    for tp, fp in zip(right, wrong, strict=True):
        x, y = fp / alarms, tp / hits
        if (x, y) != (points[-1].x, points[-1].y):
            told = say(
                "{name}\nTrue positive rate {tpr}, false {fpr}",
                name=group.name.text,
                tpr=percent(y),
                fpr=percent(x),
            )
            points.append(Point(x, y, told))
    return Curve(look, tuple(points), marks=False)


def _held(group: _Scores, edges: Sequence[float], look: Series) -> Curve:
    """Return the share with the label in each band of the score; too few people are a gap."""
    points = []
    for a, b in _bands(edges):
        known = sum(group.positive[a:b]) + sum(group.negative[a:b])
        middle = (edges[a] + edges[b]) / 2
        rate = sum(group.positive[a:b]) / known if known else None
        told = f"{group.name.text}\n" + (
            say("{rate} of {known}", rate=percent(rate), known=count(known))
            if rate
            else say("nobody")
        )
        points.append(Point(middle, rate, told))
    return Curve(look, tuple(points))


def _area(group: _Scores) -> float | None:
    """Return the area under the ROC curve: ties within a bin count half."""
    hits, alarms = sum(group.positive), sum(group.negative)
    if not hits or not alarms:
        return None
    below, won = 0.0, 0.0
    for negative, positive in zip(group.negative, group.positive, strict=True):
        won += positive * (below + negative / 2)
        below += negative
    return won / (hits * alarms)


def _cell(events: int, n: int) -> Cell:
    if not n:
        return Cell("nobody", tone="u")
    return Cell(
        percent(events / n),
        tone="n",
        under=say("{events} of {n}", events=count(events), n=count(n)),
    )


def _table(key: str, about: str, groups: Sequence[_Scores], edges: Sequence[float]) -> Table:
    made = []
    for group in groups:
        rows = []
        for a, b in _bands(edges):
            span = say("{lower} to {upper}", lower=number(edges[a]), upper=number(edges[b]))
            hits = sum(group.positive[a:b])
            known = hits + sum(group.negative[a:b])
            rows.append((Cell(span), _cell(sum(group.all[a:b]), group.n), _cell(hits, known)))
        area = _area(group)
        said = "" if area is None else say(": area under the ROC curve {area}", area=f"{area:.3f}")
        made.append(RowGroup(tuple(rows), Cell(said, labels=(group.name,))))
    heads = columns("Score", "#Share of the group", "#Positive label in this band")
    note = "The area is from the bins; ties within a bin count half."
    return Table(f"{key}-table", say("Scores by {about}", about=about), heads, tuple(made), (note,))


def _see(groups: Sequence[_Scores]) -> str:
    areas = [(group.name.text, area) for group in groups if (area := _area(group)) is not None]
    if not areas:
        return "No group has both labels, so there is no ranking to tell."
    said = ", ".join(f"{name} {area:.3f}" for name, area in areas)
    return say("Area under the curve: {said}. 0.5 is a coin, 1 a perfect order.", said=said)


def _note(groups: Sequence[_Scores], drawn: Sequence[_Scores]) -> str:
    if len(groups) == len(drawn):
        return ""
    return say(
        "{n} of {all} groups are drawn, {which}; the table has them all.",
        n=len(drawn),
        all=len(groups),
        which=say("the largest"),
    )


def _pictures(key: str, about: str, groups: list[_Scores], bins: Mapping[str, Any]) -> list[Block]:
    """Return how the scores spread, how they rank, and what they mean."""
    drawn, edges = groups[:_MOST_GROUPS], bins["edges"]
    looks = told_apart({str(i): group.name.text for i, group in enumerate(drawn)})
    pairs = list(zip(drawn, looks, strict=True))
    common: dict[str, Any] = {"table": f"{key}-table", "note": _note(groups, drawn)}
    spread = [_spread(group, edges, look) for group, look in pairs]
    blocks: list[Block] = [_spread_picture(key, about, spread, bins, common)]
    ranked = [curve for group, look in pairs if (curve := _ranked(group, look)) is not None]
    if not ranked:
        return blocks
    blocks.append(
        curves_of(
            key=f"{key}-roc",
            title=say("How well the scores rank, by {about}", about=about),
            see=_see(drawn),
            curves=ranked,
            x=axis([0.0, 1.0], "False positive rate", show=percent),
            y=axis([0.0, 1.0], "True positive rate", show=percent),
            diagonal="a coin",
            **common,
        )
    )
    if not key.startswith("model-"):  # of the baseline it is told with its quality
        held = [_held(group, edges, look) for group, look in pairs]
        blocks.append(_held_picture(key, about, held, edges, common))
    return blocks


def _spread_picture(
    key: str,
    about: str,
    spread: Sequence[Curve],
    bins: Mapping[str, Any],
    common: Mapping[str, Any],
) -> Curves:
    edges = bins["edges"]
    tops = [point.y for curve in spread for point in curve.points]
    return curves_of(
        key=f"{key}-spread",
        title=say("Scores by {about}", about=about),
        curves=spread,
        x=axis([edges[0], edges[-1]], "Score"),
        y=axis(tops, "Share of the group", show=percent, ends=(0.0, None)),
        upright=(Line(bins["threshold"], "the threshold", dashed=True),),
        see="Where the lines lie apart, one threshold selects groups at different rates.",
        **common,
    )


def _held_picture(
    key: str,
    about: str,
    held: Sequence[Curve],
    edges: Sequence[float],
    common: Mapping[str, Any],
) -> Curves:
    inside = edges[0] >= 0 and edges[-1] <= 1
    return curves_of(
        key=f"{key}-held",
        title=say("What a score means, by {about}", about=about),
        curves=held,
        x=axis([edges[0], edges[-1]], "Score"),
        y=axis([0.0, 1.0], "Share with a positive label", show=percent),
        diagonal="the score as a chance" if inside else "",
        see="Where the lines lie apart, one score stands for different chances of a positive "
        "label. Points with few people move by chance; the table has the counts.",
        **common,
    )


def score_parts(record: Record, stage: str) -> list[Part]:
    """Return a part for each protected attribute: scores of a stage, drawn and in a table."""
    bins = (record.get(stage) or {}).get("score_bins") or {}
    parts = []
    for i, name in enumerate(bins.get("attributes") or ()):
        groups = [group for group in _groups(bins, i) if group.n]
        if not groups:
            continue
        key, about = f"{stage}-scores-{i + 1}", label(name).text
        table = _table(key, about, groups, bins["edges"])
        fold = Fold(
            say("Table: {caption} ({size} rows)", caption=table.caption, size=table.size), (table,)
        )
        blocks = (*_pictures(key, about, groups, bins), fold)
        parts.append(Part(f"{key}-part", labels([name]), blocks, prefix="Scores by"))
    return parts
