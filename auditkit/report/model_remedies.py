"""What would help: the frontier of performance against the gap, and who needs the group when."""

from __future__ import annotations

from auditkit.report.blocks import Block, Cell, Note, Part, Prose, RowGroup, Table
from auditkit.report.charts import curves_of, told_apart
from auditkit.report.language import inside, say
from auditkit.report.pictures import Curve, Curves, Point
from auditkit.report.reading import Entry, Record, columns, folded, metric_title
from auditkit.report.scales import axis
from auditkit.report.text import (
    interval,
    labels,
    named,
    percent,
    points,
    recorded,
    several,
    visible,
)

__all__ = ["remedy_parts"]

_USES = {
    "never": "Never needs the group",
    "training": "Needs it in training",
    "decision": "Needs it to decide",
}


def _plain(value: float) -> str:
    """Return a gap in points, which has no sign of its own."""
    return points(value).removeprefix("+")


_LEAD = (
    "Each remedy was fitted and measured out of fold on the same rows. To the lower right is "
    "better: more people right, a smaller gap. Whether the protected attribute may be used, in "
    "training or to decide, is a legal question."
)


def remedy_parts(record: Record) -> list[Part]:
    """Return the part on remedies; a note where they were not asked for."""
    model = record.get("model")
    if not model or "remedies" not in model:
        return []
    tried = model["remedies"]
    if not tried:
        note = Note("Not asked for: auditkit audit --remedies tries what would help.")
        return [Part("model-remedies", (), (note,), prefix="What would help")]
    points_ = [point for point in tried["points"] if point["gap"]["value"] is not None]
    blocks: list[Block] = []
    if points_:
        table = _table(tried)
        blocks += [_frontier(tried, points_, table.id), folded(table)]
        blocks.append(_alternatives(tried))
    notes = [recorded(note, 600) for note in tried.get("notes") or ()]
    if tried.get("not_tried"):
        names = several(visible(name, 60) for name in tried["not_tried"])
        notes.append(say("Could not be tried here: {names}.", names=names))
    if notes:
        blocks.append(Prose(tuple(notes), points=True))
    title = labels([tried["attribute"]])
    return [Part("model-remedies", title, tuple(blocks), _LEAD, prefix="What would help, for")]


def _frontier(tried: Entry, found: list[Entry], table: str) -> Curves:
    looks = told_apart(_USES)
    curves = []
    for look in looks:
        made = tuple(
            Point(
                point["accuracy"]["value"],
                point["gap"]["value"],
                say(
                    "{title}\nRight: {right}\nGap: {gap} points",
                    title=visible(point["title"], 120),
                    right=percent(point["accuracy"]["value"]),
                    gap=_plain(point["gap"]["value"]),
                ),
                low=None if point["dominated"] else point["gap"]["low"],
                high=None if point["dominated"] else point["gap"]["high"],
                faint=bool(point["dominated"]),
            )
            for point in found
            if point["uses_group"] == look.name
        )
        curves.append(Curve(look, made, line=False))
    rate = inside(metric_title(tried["disparity"]))
    values = [v for p in found for v in (p["gap"]["value"], p["gap"]["low"], p["gap"]["high"])]
    best = min(
        (point for point in found if not point["dominated"]),
        key=lambda point: point["gap"]["value"],
    )
    return curves_of(
        key="remedies-chart",
        title=say(
            "What each remedy costs and brings, by {attribute}",
            attribute=named([tried["attribute"]]),
        ),
        see=say(
            "{n} of {all} points are not dominated. The smallest gap: {title}.",
            n=sum(not p["dominated"] for p in found),
            all=len(found),
            title=visible(best["title"], 120),
        ),
        table=table,
        curves=[curve for curve in curves if curve.points],
        x=axis(
            [p["accuracy"]["value"] for p in found], "People for whom it is right", show=percent
        ),
        y=axis([0.0, *values], say("Widest gap in {rate}, points", rate=rate), show=_plain),
        note="Grey points are dominated: another is at least as good in both, and better in one.",
    )


def _pair(item: Entry, show: object) -> Cell:
    if item["value"] is None:
        return Cell("not computable", tone="u")
    write = show if callable(show) else points
    return Cell(write(item["value"]), under=interval(item["low"], item["high"], write), tone="n")


def _table(tried: Entry) -> Table:
    rows = tuple(
        (
            Cell(recorded(point["title"], 160)),
            _pair(point["accuracy"], percent),
            _pair(point["accuracy_change"], points),
            _pair(point["gap"], _plain),
            _pair(point["gap_change"], points),
            Cell(_USES.get(point["uses_group"], visible(point["uses_group"], 40))),
            Cell("dominated" if point["dominated"] else "on the frontier"),
        )
        for point in tried["points"]
    )
    heads = columns("Remedy", "#Right", "#Change", "#Gap", "#Change", "The group", "Frontier")
    caption = "Every remedy that was tried, out of fold"
    return Table("remedies-table", caption, heads, (RowGroup(rows),), look="wide")


def _alternatives(tried: Entry) -> Block:
    by_id = {point["id"]: point for point in tried["points"]}
    best = by_id.get(tried.get("best") or "")
    names = [name for name in tried.get("alternatives") or () if name in by_id]
    if best is None or not names:
        return Note("No point could be compared.")
    rows = tuple(
        (
            Cell(recorded(by_id[name]["title"], 160)),
            _pair(by_id[name]["accuracy"], percent),
            _pair(by_id[name]["gap"], _plain),
            Cell(_USES.get(by_id[name]["uses_group"], "")),
        )
        for name in names[:8]
    )
    within = points(tried["tolerance"]).lstrip("+")
    note = say(
        "Within {within} points of the most accurate point that decides without the group "
        "({title}). The smallest of many gaps looks smaller than it is: check the choice on new "
        "data.",
        within=within,
        title=visible(best["title"], 120),
    )
    heads = columns("Alternative", "#Right", "#Gap", "The group")
    caption = "As good as the best, smallest gap first: less discriminatory alternatives"
    return Table("alternatives-table", caption, heads, (RowGroup(rows),), notes=(note,))
