"""Pictures of steps: how a gap is put together, and where in a process people are lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from auditkit.report.charts import chart_of
from auditkit.report.language import say
from auditkit.report.pictures import Bar, Chart, Line, Row, Series
from auditkit.report.scales import axis
from auditkit.report.text import Label, count, fraction, interval, labels, named, percent, points

__all__ = ["Stage", "Step", "funnel_of", "waterfall_of"]


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a waterfall: how much it adds (signed), with the interval of that."""

    labels: tuple[Label, ...]
    change: float
    low: float | None = None
    high: float | None = None


def _step_row(step: Step, base: float, show: Callable[[float], str]) -> Row:
    name = "down" if step.change < 0 else "up"
    span = interval(step.low, step.high, show)
    told = " × ".join(item.text for item in step.labels)
    hover = f"{told}\n{show(step.change)}" + (say("\nInterval {span}", span=span) if span else "")
    low = None if step.low is None else base + step.low
    high = None if step.high is None else base + step.high
    bar = Bar(base + step.change, name, hover, base=base, low=low, high=high)
    return Row(step.labels, show(step.change), span, bars=(bar,))


def _total(name: str, value: float, show: Callable[[float], str]) -> Row:
    bar = Bar(value, "total", f"{name}\n{show(value)}")
    return Row((Label(name),), show(value), bars=(bar,))


def waterfall_of(
    *,
    key: str,
    title: str,
    see: str,
    table: str,
    start: tuple[str, float] | None,
    steps: Sequence[Step],
    end: str,
    measure: str,
    show: Callable[[float], str] = points,
    note: str = "",
) -> Chart:
    """Return how steps lead from a start to an end: where a gap comes from.

    Parameters
    ----------
    start : (str, float), optional
        What the first bar is called and where it ends; without it the steps begin at 0.
    steps : sequence of Step
        What each adds; the interval is of that amount.
    end : str
        What the last bar, the sum, is called.
    measure : str
        What the axis measures, with its unit.
    show : callable
        How a value is written.

    Examples
    --------
    >>> chart = waterfall_of(
    ...     key="why-chart", title="Where the gap comes from", see="Most is within departments.",
    ...     table="why-table", start=("Men", 0.30),
    ...     steps=[Step(labels(["department"]), -0.04, -0.06, -0.02),
    ...            Step(labels(["not explained"]), -0.08)],
    ...     end="Women", measure="Selection rate", show=percent,
    ... )
    >>> [round(row.bars[0].value, 2) for row in chart.rows]
    [0.3, 0.26, 0.18, 0.18]
    """
    rows: list[Row] = []
    at = 0.0
    if start is not None:
        first, at = start
        rows.append(
            Row((Label(first),), show(at), bars=(Bar(at, "total", f"{first}\n{show(at)}"),))
        )
    for step in steps:
        rows.append(_step_row(step, at, show))
        at += step.change
    rows.append(_total(end, at, show))
    bars = [row.bars[0] for row in rows]
    values = [v for bar in bars for v in (bar.base, bar.value, bar.low, bar.high)]
    return chart_of(
        key=key,
        title=title,
        see=see,
        table=table,
        rows=rows,
        scale=axis(values, measure, show=show, ends=(0.0, None)),
        series=(
            Series("total", "Start and end", "solid", "soft"),
            Series("up", "Adds", "solid", "blue"),
            Series("down", "Takes away", "hatch", "orange"),
        ),
        lines=(Line(0.0, ""),),
        note=note,
        joined=True,
    )


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a funnel: for each group, how many entered it and how many it let through."""

    title: str
    groups: tuple[tuple[tuple[str | None, ...], float, float], ...]


def funnel_of(
    *,
    key: str,
    title: str,
    see: str,
    table: str,
    stages: Sequence[Stage],
    note: str = "",
) -> Chart:
    """Return stages by groups: of those who began, the share that entered and that is left.

    Groups are matched by their values; 100 % is a group's number at the first stage that has it.

    Examples
    --------
    >>> chart = funnel_of(
    ...     key="funnel-chart", title="Stage by stage", see="Most women are lost at interview.",
    ...     table="funnel-table",
    ...     stages=[Stage("Screening", ((("Female",), 200, 120), (("Male",), 300, 210))),
    ...             Stage("Interview", ((("Female",), 120, 30), (("Male",), 210, 105)))],
    ... )
    >>> [(row.value, row.under) for row in chart.rows if not row.heading][2]
    ('15.0 %', '30 of 120 passed')
    """
    began: dict[tuple[str | None, ...], float] = {}
    rows: list[Row] = []
    for stage in stages:
        rows.append(Row((Label(stage.title),), heading=True))
        for group, entered, passed in stage.groups:
            whole = began.setdefault(group, entered)
            if not whole:
                rows.append(Row(labels(group), "nobody began"))
                continue
            told = say(
                "{group}, {stage}\n{passed} passed",
                group=named(group),
                stage=stage.title,
                passed=fraction(passed, entered),
            )
            left = say(
                "{passed} of {whole} who began", passed=percent(passed / whole), whole=count(whole)
            )
            bars = (
                Bar(
                    entered / whole,
                    "entered",
                    say("{told}\nEntered: {entered}", told=told, entered=percent(entered / whole)),
                ),
                Bar(passed / whole, "left", f"{told}\n{left}"),
            )
            text = say("{passed} passed", passed=fraction(passed, entered))
            rows.append(Row(labels(group), percent(passed / whole), text, bars=bars))
    tops = [bar.value for row in rows for bar in row.bars]
    return chart_of(
        key=key,
        title=title,
        see=see,
        table=table,
        rows=rows,
        scale=axis(tops, "Share of those who began", show=percent, ends=(0.0, 1.0)),
        series=(
            Series("entered", "Entered the stage", "open", "soft"),
            Series("left", "Passed it", "solid", "blue"),
        ),
        note=note,
    )
