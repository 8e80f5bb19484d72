"""Pictures of quality by group: labels that a model contradicts, and how numbers were measured."""

from __future__ import annotations

from collections.abc import Sequence

from auditkit.report.charts import chart_of, told_apart
from auditkit.report.language import say
from auditkit.report.pictures import Chart, Mark, Row, Series
from auditkit.report.rates import chosen
from auditkit.report.reading import Entry
from auditkit.report.scales import share_scale
from auditkit.report.text import count, labels, named, percent, visible

__all__ = ["MEASURES", "measured_charts", "noise_chart"]

MEASURES = {
    "spread": "spread (mean distance from the median)",
    "outliers": "share of outliers",
    "rounding": "share of rounded values",
    "reliability": "share of the variance that the other columns tell",
}
_SHARES = {"outliers": "outliers", "rounding": "rounded", "reliability": "told by the others"}
_MOST = 8
_CONTRADICTED = Series("contradicted", "Contradicted", "circle", "blue")
_EXPECTED = Series("expected", "Expected by the model", "tick", "orange")


def noise_chart(rows: Sequence[Entry], table: str) -> Chart | None:
    """Return labels contradicted by group, beside what the model expects; None without any."""
    known = [row for row in rows if row.get("attributes") and row.get("share") is not None]
    if not known:
        return None
    kept, note = chosen(known, lambda row: float(row.get("rows") or 0), "the largest")
    drawn = [_noise_row(row) for row in kept]
    named_ = [row for row in kept if None not in row["group"]] or kept
    most = max(named_, key=lambda row: float(row.get("excess") or 0.0))
    return chart_of(
        key="data-noise-chart",
        title="Labels that a model contradicts, by group",
        see=say(
            "Furthest above what is expected: {group}, {share} against {expected}.",
            group=named(most["group"]),
            share=percent(most["share"]),
            expected=percent(most.get("expected") or 0.0),
        ),
        table=table,
        rows=drawn,
        scale=share_scale(
            [mark for row in drawn for mark in row.marks], "Share of the labels of the group"
        ),
        series=(_CONTRADICTED, _EXPECTED),
        note=note,
    )


def _noise_row(row: Entry) -> Row:
    share, expected = float(row["share"]), row.get("expected")
    people = count(row.get("rows"))
    hover = say(
        "{group}\n{share} of {people} labels contradicted",
        group=named(row["group"]), share=percent(share), people=people,
    )  # fmt: skip
    marks = [Mark(share, row.get("low"), row.get("high"), _CONTRADICTED.name, hover)]
    if expected is not None:
        told = say(
            "{group}\nExpected {expected}", group=named(row["group"]), expected=percent(expected)
        )
        marks.append(Mark(float(expected), None, None, _EXPECTED.name, told))
    under = say("{about}, {people} people", about=named(row["attributes"]), people=people)
    return Row(labels(row["group"]), percent(share), under, tuple(marks))


def measured_charts(rows: Sequence[Entry], table: str) -> list[Chart]:
    """Return a chart an attribute: outliers, rounding and reliability of the clearest numbers."""
    by_attribute: dict[str, list[Entry]] = {}
    for row in rows:
        if row.get("measure") in _SHARES and row.get("groups"):
            by_attribute.setdefault(str(row["attribute"]), []).append(row)
    return [
        _measured_chart(place, attribute, several[:_MOST], table)
        for place, (attribute, several) in enumerate(by_attribute.items())
    ]


def _measured_chart(place: int, attribute: str, rows: Sequence[Entry], table: str) -> Chart:
    names = dict.fromkeys(
        part.get("group") for row in rows for part in row["groups"][:_MOST]
    )  # in the order of the record
    keys = {name: f"group {i}" for i, name in enumerate(names)}
    drawn = [_measured_row(row, keys) for row in rows]
    widest = max(rows, key=lambda row: float(row.get("gap") or 0.0))
    return chart_of(
        key=f"data-measured-{place}-chart",
        title=say("How numbers were measured, by {about}", about=named([attribute])),
        see=say(
            "Furthest apart: {feature}, {measure}, by {points} points.",
            feature=visible(widest["feature"], 60),
            measure=say(MEASURES[str(widest["measure"])]),
            points=f"{100 * float(widest.get('gap') or 0.0):.1f}",
        ),
        table=table,
        rows=drawn,
        scale=share_scale(
            [mark for row in drawn for mark in row.marks], "Share of the values, or of the variance"
        ),
        series=told_apart({key: named([name]) for name, key in keys.items()}),
        note="Told by the others: the share of the variance that the other columns tell. How "
        "widely each number spreads is in the table.",
    )


def _measured_row(row: Entry, keys: dict[str | None, str]) -> Row:
    measure = say(_SHARES[str(row["measure"])])
    marks = tuple(
        Mark(
            min(1.0, max(0.0, float(part.get("value") or 0.0))), None, None,
            keys[part.get("group")],
            say("{group}\n{measure}: {share}", group=named([part.get("group")]), measure=measure,
                share=percent(part.get("value") or 0.0)),
        )
        for part in row["groups"][:_MOST]
    )  # fmt: skip
    return Row(labels([row["feature"]]), "", measure, marks)
