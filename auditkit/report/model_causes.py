"""Where a gap comes from: the parts of each gap, and the representation experiment."""

from __future__ import annotations

from collections.abc import Sequence

from auditkit.report.blocks import Block, Cell, Note, Part, Prose, RowGroup, Table
from auditkit.report.charts import chart_of, curves_of, told_apart
from auditkit.report.language import inside, say
from auditkit.report.pictures import Bar, Chart, Curve, Curves, Line, Point, Row, Series
from auditkit.report.reading import Entry, Record, columns, folded
from auditkit.report.scales import axis
from auditkit.report.steps import Step, waterfall_of
from auditkit.report.text import (
    count,
    interval,
    labels,
    named,
    number,
    p_value,
    percent,
    points,
    recorded,
    several,
    visible,
)

__all__ = ["cause_parts"]

_CAUSES = {
    "labels": "Labels: like people, unlike outcomes",
    "model": "Model: what it adds to the labels' gap",
    "proxies": "Proxies: features that differ by group",
    "feature-quality": "Features tell less about the group",
    "under-representation": "Too few rows of the group",
}
_SHORT = {
    "labels": "labels",
    "model": "model adds",
    "proxies": "proxies",
    "feature-quality": "feature quality",
    "under-representation": "too few rows",
}
_VERDICTS = {
    "under-representation-errors": "Yes, for the errors: more rows of this group would help.",
    "under-representation-gap": "Yes, for the gap: more rows of this group would narrow it.",
    "more-rows-would-not-help": "No: more rows of this group would not help.",
    "undecided": "Undecided: the intervals reach too far.",
    "not-under-represented": "The group has half of the rows or more.",
}
_LEAD = (
    "The model was fitted again and again on the same rows, each time with one thing changed. "
    "Each part is a difference between such fits, in points. The parts answer different questions "
    "and do not add up; labels, model and cut do."
)


def cause_parts(record: Record) -> list[Part]:
    """Return a part on each comparison; a note where causes were not asked for."""
    model = record.get("model")
    if not model or "causes" not in model:
        return []
    causes = model["causes"]
    if not causes:
        note = Note("Not asked for: auditkit audit --causes says where the gaps come from.")
        return [Part("model-causes", (), (note,), prefix="Where the gap comes from")]
    found = [_part(row, place) for place, row in enumerate(causes.get("pairs") or (), 1)]
    notes = [recorded(note, 600) for note in causes.get("notes") or ()]
    blocks: tuple[Block, ...] = (*found, *([Prose(tuple(notes), points=True)] if notes else []))
    return [Part("model-causes", (), blocks, _LEAD, prefix="Where the gap comes from")]


def _part(row: Entry, place: int) -> Part:
    key = f"cause-{place}"
    table = _ranking(row, key)
    blocks: list[Block] = [_bars(row, key, table.id), table]
    if row["parts"]["label"]["value"] is not None:
        chain = _chain(row, key)
        blocks += [_waterfall(row, key, chain.id), folded(chain)]
    if row.get("representation"):
        curve = _curve_table(row, key)
        blocks += [*_representation(row, key, curve.id), folded(curve)]
    for item in row.get("not_identified") or ():
        between = several(visible(name, 80) for name in item["between"])
        blocks.append(
            Note(
                say(
                    "Cannot be told apart here: {between}. {why}. What would tell: {data}.",
                    between=between,
                    why=visible(item["why"], 600),
                    data=visible(item["data"], 600),
                )
            )
        )
    who = say(
        "{attribute}: {group} against {reference}",
        attribute=named([row["attribute"]]),
        group=named([row["group"]]),
        reference=named([row["reference"]]),
    )
    return Part(key, (), tuple(blocks), prefix=who, level=5)


def _bars(row: Entry, key: str, table: str) -> Chart:
    drawn = []
    for entry in row["ranking"]:
        who = labels([_SHORT.get(entry["cause"], entry["cause"])])
        if entry["value"] is None:
            drawn.append(Row(who, "not computable"))
            continue
        span = interval(entry["low"], entry["high"], points)
        name = "named" if entry["blamed"] else "other"
        hover = say("{value} points", value=points(entry["value"])) + (
            say("\nInterval {span}", span=span) if span else ""
        )
        bar = Bar(entry["value"], name, hover, low=entry["low"], high=entry["high"])
        drawn.append(Row(who, points(entry["value"]), span, bars=(bar,)))
    values = [v for r in drawn for bar in r.bars for v in (0.0, bar.value, bar.low, bar.high)]
    first = row.get("first")
    see = (
        say("First comes: {causes}.", causes=inside(say(_CAUSES[first])))
        if first in _CAUSES
        else "No cause is clear."
    )
    return chart_of(
        key=f"{key}-chart",
        title=say(
            "Parts of the gap between {group} and {reference}",
            group=named([row["group"]]),
            reference=named([row["reference"]]),
        ),
        see=see,
        table=table,
        rows=drawn,
        scale=axis(values or [0.0, 0.1], "Points", show=points),
        series=(
            Series("named", "Named as a cause", "solid", "orange"),
            Series("other", "Not clear, or too small", "hatch", "soft"),
        ),
        lines=(Line(0.0, ""),),
    )


def _ranking(row: Entry, key: str) -> Table:
    rows = tuple(
        (
            Cell(_CAUSES.get(entry["cause"], visible(entry["cause"], 60))),
            Cell("not computable", tone="u")
            if entry["value"] is None
            else Cell(
                points(entry["value"]),
                under=interval(entry["low"], entry["high"], points),
                tone="n",
            ),
            Cell(p_value(entry.get("p_adjusted")), tone="n"),
            Cell("named" if entry["blamed"] else "not named"),
            Cell(recorded(entry["sentence"], 500)),
        )
        for entry in row["ranking"]
    )
    heads = columns("Part", "#Points", "#Corrected p", "As a cause", "In words")
    return Table(f"{key}-table", "What each part is worth", heads, (RowGroup(rows),))


def _chain(row: Entry, key: str) -> Table:
    names = {
        "label": "Gap in the labels",
        "learning": "The model adds",
        "score": "Gap in mean scores",
        "cut": "Cutting the scores adds",
        "selection": "Gap in selections",
        "residualised": "Through features that differ by group",
        "dropped": "Without the proxies, less by",
        "permuted": "With the proxies shuffled, less by",
        "quality": "AUC less than for the reference, own models",
    }
    rows = tuple(
        (
            Cell(title),
            Cell("not computable", under=recorded(part.get("reason") or "", 200), tone="u")
            if part["value"] is None
            else Cell(
                points(part["value"]), under=interval(part["low"], part["high"], points), tone="n"
            ),
        )
        for name, title in names.items()
        if (part := row["parts"].get(name)) is not None
    )
    heads = columns("Part", "#Points")
    return Table(f"{key}-parts-table", "All parts of this gap", heads, (RowGroup(rows),))


def _waterfall(row: Entry, key: str, table: str) -> Chart:
    parts = row["parts"]
    steps = [
        Step(labels([title]), parts[name]["value"], parts[name]["low"], parts[name]["high"])
        for name, title in (("learning", "the model adds"), ("cut", "cutting adds"))
    ]
    return waterfall_of(
        key=f"{key}-chain-chart",
        title="From the labels to the selections",
        see=say(
            "The labels hold {labels} points, the selections {selections}.",
            labels=points(parts["label"]["value"]),
            selections=points(parts["selection"]["value"]),
        ),
        table=table,
        start=("Gap in the labels", parts["label"]["value"]),
        steps=steps,
        end="Gap in selections",
        measure="Points",
    )


_CURVES = {
    "selection_gap": ("Selection gap", points),
    "roc_auc": ("AUC within the group", None),
    "roc_auc_others": ("AUC within the reference", None),
}


def _representation(row: Entry, key: str, table: str) -> list[Block]:
    share = row["representation"]
    answer = _VERDICTS.get(share["verdict"], visible(share["verdict"], 60))
    made: list[Block] = [
        Note(
            say(
                "Does under-representation cause this gap? {answer} {reason}.",
                answer=answer,
                reason=visible(share["reason"], 400),
            )
        )
    ]
    made.append(_share_curve(row, key, table, ("roc_auc", "roc_auc_others"), "auc", "AUC"))
    made.append(_share_curve(row, key, table, ("selection_gap",), "gap", "Selection gap, points"))
    return made


def _share_curve(
    row: Entry, key: str, table: str, names: Sequence[str], suffix: str, title: str
) -> Curves:
    share = row["representation"]
    looks = told_apart({name: _CURVES[name][0] for name in names})
    show = points if suffix == "gap" else (lambda value: number(round(value, 3)))
    curves, values = [], [0.0] if suffix == "gap" else []
    for look in looks:
        made = []
        for step in share["curve"]:
            item = step[look.name]
            if item["value"] is None:
                continue
            more = "\nrows repeated" if step["repeated"] else ""
            hover = say(
                "{share} of the training rows: {value}{more}",
                share=percent(step["share"]),
                value=show(item["value"]),
                more=more,
            )
            made.append(
                Point(step["share"], item["value"], hover, low=item["low"], high=item["high"])
            )
            values += [v for v in (item["value"], item["low"], item["high"]) if v is not None]
        curves.append(Curve(look, tuple(made), band=True))
    return curves_of(
        key=f"{key}-{suffix}-chart",
        title=say(
            "{title} against the share of {group} in training",
            title=title,
            group=named([row["group"]]),
        ),
        see="A curve that rises to the right of today's share says that more rows would help; a "
        "level one that they would not.",
        table=table,
        curves=curves,
        x=axis([0, 1], "Share of the group among the training rows", show=percent),
        y=axis(values or [0.0, 1.0], title, show=show),
        upright=(Line(share["share"], "Today's share", dashed=True),),
        note=say(
            "{total} training rows each time, {seeds} seeds; beyond the rows that there are, rows "
            "are repeated.",
            total=count(share["total"]),
            seeds=share["seeds"],
        ),
    )


def _curve_table(row: Entry, key: str) -> Table:
    shown = {
        **_CURVES,
        "true_positive_rate_gap": ("TPR gap", points),
        "false_positive_rate_gap": ("FPR gap", points),
        "accuracy": ("Accuracy within the group", percent),
        "accuracy_others": ("Accuracy within the reference", percent),
    }

    def cell(item: Entry, show: object) -> Cell:
        if item["value"] is None:
            return Cell("not computable", tone="u")
        write = show if callable(show) else (lambda value: number(round(value, 3)))
        return Cell(
            write(item["value"]), under=interval(item["low"], item["high"], write), tone="n"
        )

    rows = tuple(
        (
            Cell(percent(step["share"]), under="rows repeated" if step["repeated"] else ""),
            *(cell(step[name], show) for name, (_, show) in shown.items() if name in step),
        )
        for step in row["representation"]["curve"]
    )
    heads = columns("Share in training", *(f"#{title}" for title, _ in shown.values()))
    caption = "The representation experiment"
    return Table(f"{key}-share-table", caption, heads, (RowGroup(rows),), look="wide")
