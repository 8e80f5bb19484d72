"""How good the model is for each group: measures, calibration, and rates along the thresholds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from auditkit.report.blocks import Block, Cell, Part, RowGroup, Table
from auditkit.report.charts import curves_of, told_apart
from auditkit.report.language import say
from auditkit.report.pictures import Curve, Curves, Line, Point, Series
from auditkit.report.reading import Entry, Record, columns, folded, metric_title
from auditkit.report.scales import axis
from auditkit.report.text import (
    count,
    interval,
    labels,
    named,
    number,
    percent,
    points,
    recorded,
    visible,
)

__all__ = ["quality_parts"]

_SHOWN = (
    "roc_auc",
    "accuracy",
    "true_positive_rate",
    "false_positive_rate",
    "calibration_in_the_large",
    "calibration_slope",
    "expected_calibration_error",
)
_TITLES = {
    "roc_auc": "AUC",
    "calibration_in_the_large": "Outcome − score",
    "calibration_slope": "Calibration slope",
    "expected_calibration_error": "Calibration error",
}
_SHARES = {"accuracy", "true_positive_rate", "false_positive_rate", "expected_calibration_error"}
_PARTS = 10  # of the calibration curve
_FEW = 20  # people in a part of the curve
_MOST = 4  # curves in a picture

Counts = dict[str | None, dict[int | None, list[float]]]


def quality_parts(record: Record) -> list[Part]:
    """Return the part on how good the model is; none for older records."""
    model = record.get("model") or {}
    rows = model.get("performance") or []
    if not rows:
        return []
    blocks: list[Block] = [_table("model-quality-table", "How good the model is, by group", rows)]
    beside = model.get("beside") or []
    if beside:
        blocks.append(_beside(model, beside))
    for place, attribute in enumerate(_attributes(rows), 1):
        blocks += _curves(model.get("score_bins") or {}, attribute, place)
    lead = (
        "Measured out of fold. Under each value its interval, made of two kinds of error: other "
        "people would have been here (sampling), and the rows would have been split otherwise "
        "(training). Outcome − score is 0 and the slope 1 where scores mean what they say."
    )
    return [Part("model-quality", (), tuple(blocks), lead, prefix="How good it is, and for whom")]


def _attributes(rows: Sequence[Entry]) -> list[str]:
    return list(dict.fromkeys(row["attributes"][0] for row in rows if row["attributes"]))


def _show(metric: str, value: float) -> str:
    if metric == "calibration_in_the_large":
        return points(value)
    return percent(value) if metric in _SHARES else number(round(value, 3))


def _cell(row: Entry | None) -> Cell:
    if row is None or row.get("value") is None:
        return Cell(
            "not computable", under=recorded((row or {}).get("reason") or "", 120), tone="u"
        )
    metric = row["metric"]
    span = interval(row.get("low"), row.get("high"), lambda value: _show(metric, value))
    return Cell(_show(metric, row["value"]), under=span, tone="n")


def _heads() -> tuple[str, ...]:
    return tuple(f"#{_TITLES.get(name) or metric_title(name)}" for name in _SHOWN)


def _table(key: str, caption: str, rows: Sequence[Entry]) -> Block:
    found: dict[tuple[Any, ...], dict[str, Entry]] = {}
    for row in rows:
        found.setdefault((*row["attributes"], *row["group"]), {})[row["metric"]] = row
    groups: dict[str, list[tuple[Cell, ...]]] = {}
    for name, told in found.items():
        who = Cell(labels=labels(name[1:])) if name else Cell("Everyone")
        size = next(iter(told.values())).get("n")
        cells = (who, Cell(count(size), tone="n"), *(_cell(told.get(one)) for one in _SHOWN))
        groups.setdefault(name[0] if name else "", []).append(cells)
    heads = columns("Group", "#People", *_heads())
    made = tuple(
        RowGroup(tuple(cells), Cell(labels=labels([name])) if name else None)
        for name, cells in groups.items()
    )
    return folded(Table(key, caption, heads, made, look="wide"))


def _beside(model: Entry, others: Sequence[Entry]) -> Table:
    rows = []
    for one in (model, *others):
        told = {row["metric"]: row for row in one.get("performance") or () if not row["attributes"]}
        cells = tuple(_cell(told.get(name)) for name in _SHOWN)
        rows.append((Cell(visible(one.get("kind") or "not named", 60)), *cells))
    heads = columns("Model", *_heads())
    note = "The first is the one whose selections are counted; the other is fitted the same way."
    caption = "Two kinds of model side by side, for everyone"
    return Table("model-beside-table", caption, heads, (RowGroup(tuple(rows)),), notes=(note,))


def _curves(bins: Entry, attribute: str, place: int) -> list[Block]:
    edges = [float(edge) for edge in bins.get("edges") or ()]
    if len(edges) < 3 or attribute not in (bins.get("attributes") or ()):
        return []
    counts = _marginal(bins, attribute)
    sizes = {name: sum(map(sum, by_label.values())) for name, by_label in counts.items()}
    kept = sorted(sizes, key=lambda name: -sizes[name])[:_MOST]
    dropped = len(sizes) - len(kept)
    note = (
        say("{dropped} smaller groups are in the table above only.", dropped=dropped)
        if dropped
        else ""
    )
    made = [_calibration(counts, kept, edges, attribute, place, note)]
    made.append(_thresholds(counts, kept, edges, bins, attribute, place, note))
    return [block for pair in made for block in pair]


def _marginal(bins: Entry, attribute: str) -> Counts:
    at = bins["attributes"].index(attribute)
    found: Counts = {}
    for cell in bins.get("cells") or ():
        by_label = found.setdefault(cell["group"][at], {})
        before = by_label.get(cell["label"]) or [0.0] * len(cell["counts"])
        by_label[cell["label"]] = [a + b for a, b in zip(before, cell["counts"], strict=True)]
    return found


class _Scored(NamedTuple):
    """The people of one group whose scores lie in one part of the scale."""

    low: float
    high: float
    score: float
    events: float
    people: float


def _in_parts(by_label: Mapping[int | None, list[float]], edges: Sequence[float]) -> list[_Scored]:
    """Return the parts of the scale with enough people whose outcome is known."""
    low, high = edges[0], edges[-1]
    middles = [(a + b) / 2 for a, b in pairwise(edges)]
    ups = by_label.get(1) or [0.0] * len(middles)
    downs = by_label.get(0) or [0.0] * len(middles)
    found = []
    for part in range(_PARTS):
        left = low + (high - low) * part / _PARTS
        right = low + (high - low) * (part + 1) / _PARTS
        inside = [i for i, middle in enumerate(middles) if left <= middle < right]
        one, other = sum(ups[i] for i in inside), sum(downs[i] for i in inside)
        if one + other >= _FEW:
            score = sum((ups[i] + downs[i]) * middles[i] for i in inside) / (one + other)
            found.append(_Scored(left, right, score, one, one + other))
    return found


def _of_total(part: _Scored) -> str:
    return say("{one} of {total}", one=count(part.events), total=count(part.people))


def _calibration_point(name: str | None, part: _Scored) -> Point:
    rate = part.events / part.people
    told = say(
        "{name}\nScore {score}: {rate}",
        name=named([name]),
        score=number(round(part.score, 3)),
        rate=percent(rate),
    )
    return Point(part.score, rate, f"{told}\n{_of_total(part)}")


def _calibration_row(name: str | None, part: _Scored) -> tuple[Cell, ...]:
    span = say(
        "{lower} to {upper}", lower=number(round(part.low, 3)), upper=number(round(part.high, 3))
    )
    return (
        Cell(labels=labels([name])),
        Cell(span, tone="n"),
        Cell(number(round(part.score, 3)), tone="n"),
        Cell(percent(part.events / part.people), under=_of_total(part), tone="n"),
    )


def _looks(kept: Sequence[str | None]) -> tuple[Series, ...]:
    return told_apart({str(i): named([name]) for i, name in enumerate(kept)})


def _calibration(
    counts: Counts,
    kept: Sequence[str | None],
    edges: Sequence[float],
    attribute: str,
    place: int,
    note: str,
) -> tuple[Curves, Block]:
    key = f"model-calibration-{place}"
    curves, rows = [], []
    for look, name in zip(_looks(kept), kept, strict=True):
        parts = _in_parts(counts[name], edges)
        curves.append(Curve(look, tuple(_calibration_point(name, part) for part in parts)))
        rows += [_calibration_row(name, part) for part in parts]
    table = Table(
        f"{key}-table",
        say("Scores and outcomes, by {attribute}", attribute=named([attribute])),
        columns("Group", "#Scores", "#Mean score", "#Had the outcome"),
        (RowGroup(tuple(rows)),),
        notes=(say("Parts with fewer than {few} people are left out.", few=_FEW),),
    )
    ends = (edges[0], edges[-1])
    picture = curves_of(
        key=f"{key}-chart",
        title=say("Do scores mean the same, by {attribute}", attribute=named([attribute])),
        see="On the slope, a score is the share that has the outcome. A group above it is "
        "scored too low, one below it too high.",
        table=table.id,
        curves=curves,
        x=axis(ends, "Score"),
        y=axis([0, 1], "Share that had the outcome", show=percent),
        diagonal="Score and share agree" if ends == (0.0, 1.0) else "",
        note=note,
    )
    return picture, folded(table)


def _threshold_point(name: str | None, edge: float, rate: float) -> Point:
    told = say(
        "{name}\nFrom {edge} on: {rate}",
        name=named([name]),
        edge=number(round(edge, 3)),
        rate=percent(rate),
    )
    return Point(edge, rate, told)


def _thresholds(
    counts: Counts,
    kept: Sequence[str | None],
    edges: Sequence[float],
    bins: Entry,
    attribute: str,
    place: int,
    note: str,
) -> tuple[Curves, Block]:
    key = f"model-thresholds-{place}"
    line = float(bins.get("threshold") or 0.0)
    curves, rows = [], []
    step = max(len(edges) // 10, 1)
    for look, name in zip(_looks(kept), kept, strict=True):
        cells = [sum(column) for column in zip(*counts[name].values(), strict=True)]
        whole = sum(cells)
        if not whole:
            continue
        rates = [sum(cells[i:]) / whole for i in range(len(edges) - 1)]
        points = [_threshold_point(name, *at) for at in zip(edges, rates, strict=False)]
        curves.append(Curve(look, tuple(points), marks=False))
        rows += [
            (
                Cell(labels=labels([name])),
                Cell(number(round(edges[i], 4)), tone="n"),
                Cell(percent(rate), tone="n"),
                _share(counts[name].get(1), i),
                _share(counts[name].get(0), i),
            )
            for i, rate in enumerate(rates)
            if i % step == 0 or edges[i] == line
        ]
    table = Table(
        f"{key}-table",
        say("Rates along the threshold, by {attribute}", attribute=named([attribute])),
        columns(
            "Group", "#Threshold", "#Selected", "#Of those with the outcome", "#Of those without"
        ),
        (RowGroup(tuple(rows)),),
    )
    picture = curves_of(
        key=f"{key}-chart",
        title=say(
            "Who is selected at which threshold, by {attribute}", attribute=named([attribute])
        ),
        see="Where the curves are apart, the threshold decides how wide the gap is.",
        table=table.id,
        curves=curves,
        x=axis([edges[0], edges[-1]], "Threshold"),
        y=axis([0, 1], "Selected", show=percent),
        upright=(Line(line, "The threshold used", dashed=True),),
        note=note,
    )
    return picture, folded(table)


def _share(counts: Sequence[float] | None, start: int) -> Cell:
    whole = sum(counts or ())
    if not whole:
        return Cell("nobody", tone="u")
    return Cell(percent(sum((counts or ())[start:]) / whole), tone="n")
