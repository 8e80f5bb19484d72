"""Who is missing: people missing or in surplus, every reference population, and equal shares."""

from __future__ import annotations

from collections.abc import Sequence

from auditkit.report.blocks import Cell, RowGroup, Table
from auditkit.report.charts import chart_of
from auditkit.report.language import say
from auditkit.report.pictures import Bar, Chart, Line, Row, Series
from auditkit.report.rates import chosen
from auditkit.report.reading import Entry, by, columns, group_cell, p_cell, ratio_cell
from auditkit.report.scales import axis
from auditkit.report.text import count, interval, labels, named, percent, visible

__all__ = ["even_text", "missing_chart", "origin", "references_table"]

_MISSING = Series("missing", "Missing", "hatch", "orange")
_SURPLUS = Series("surplus", "More than expected", "solid", "blue")


def origin(row: Entry) -> str:
    """Return source, period and people of a reference in one line."""
    parts = (row.get("source"), row.get("period"), row.get("people"))
    return visible(", ".join(str(part) for part in parts if part), 200)


def missing_chart(key: str, about: str, rows: Sequence[Entry], table: str) -> Chart:
    """Return how many people of each group are missing, or more than expected."""
    held = [row for row in rows if row.get("missing_people") is not None]
    kept, note = chosen(held, lambda row: abs(float(row["missing_people"])), "the furthest off")
    drawn = []
    for row in kept:
        more = -float(row["missing_people"])
        people = count(abs(round(more)))
        said = say("{n} missing", n=people) if more < 0 else say("{n} more", n=people)
        name = "missing" if more < 0 else "surplus"
        bar = Bar(
            more, name, say("{group}\n{said} than expected", group=named(row["group"]), said=said)
        )
        under = (
            ""
            if row.get("ratio") is None
            else say("{ratio} of expected", ratio=percent(row["ratio"]))
        )
        drawn.append(Row(labels(row["group"]), said, under, bars=(bar,)))
    least = min(held, key=lambda row: -float(row["missing_people"]))
    values = [bar.value for row in drawn for bar in row.bars]
    return chart_of(
        key=f"{key}-missing-chart",
        title=say("People missing or more than expected, by {about}", about=about),
        see=(
            say(
                "Most are missing of {group}: {n} people.",
                group=named(least["group"]),
                n=count(max(0, round(least["missing_people"]))),
            )
        ),
        table=table,
        rows=drawn,
        scale=axis(values, "People more (right) or fewer (left) than expected", ends=(0.0, None)),
        series=(_MISSING, _SURPLUS),
        lines=(Line(0.0, "as expected"),),
        note=note,
    )


def references_table(key: str, about: str, rows: Sequence[Entry]) -> Table:
    """Return every comparison with every reference population."""
    groups = []
    for name, same in by(rows, origin).items():
        cells = tuple(
            (
                group_cell(row),
                Cell(
                    say(
                        "{count} of {known}",
                        count=count(row.get("count")),
                        known=count(row.get("known")),
                    ),
                    tone="n",
                ),
                _share(row, "share"),
                _share(row, "expected_share", "expected"),
                ratio_cell({"value": row.get("ratio"), "reason": row.get("reason")}),
                Cell("not computed", tone="u")
                if row.get("missing_people") is None
                else Cell(count(round(row["missing_people"])), tone="n"),
                p_cell(row.get("p_adjusted"), "not tested"),
            )
            for row in same
        )
        groups.append(RowGroup(cells, Cell(name)))
    heads = columns(
        "Group", "#People", "#Share", "#Expected", "#Ratio to expected", "#People missing",
        "#p, corrected",
    )  # fmt: skip
    tests = sorted({str(row.get("method")) for row in rows} - {"none", "None"})
    notes = (say("Tests: {tests}.", tests=visible("; ".join(tests), 300)),) if tests else ()
    return Table(
        f"{key}-references-table",
        say("All references, by {about}", about=about),
        heads,
        tuple(groups),
        notes,
    )


def _share(row: Entry, name: str, prefix: str = "share") -> Cell:
    if row.get(name) is None:
        return Cell("not computed", tone="u")
    span = interval(row.get(f"{prefix}_low"), row.get(f"{prefix}_high"), percent)
    return Cell(percent(row[name]), under=span, tone="n")


def even_text(row: Entry) -> str:
    """Say how far the shares are from equal, and that this is no aim."""
    return say(
        "Equal shares would be {equal_share} each. {smallest} has {smallest_ratio} times that, "
        "{largest} {largest_ratio} times. Evenness {evenness} (1 is equal), imbalance {imbalance} "
        "(0 is equal). Equal shares are a yardstick and no aim.",
        equal_share=percent(row["equal_share"]),
        smallest=named(row["smallest"]),
        smallest_ratio=f"{row['smallest_ratio']:.2f}",
        largest=named(row["largest"]),
        largest_ratio=f"{row['largest_ratio']:.2f}",
        evenness=f"{row['evenness']:.3f}",
        imbalance=f"{row['imbalance']:.3f}",
    )
