"""Pictures for a section: one call each.

A section module (see the package's docstring) makes a table first, then a picture that names the
table's id in `table`, so that every number drawn can also be read:

- :func:`chart_of`: rows with dots and intervals, or with bars (``Row(bars=...)``: one or several
  a row, from any base, with intervals, beside marks such as a reference).
- :func:`steps.waterfall_of`: how steps lead from a start to an end.
- :func:`steps.funnel_of`: stages by groups, who entered and who is left.
- :func:`curves_of`: curves and points on two axes, linear or logarithmic.
- :func:`matrix_of`: a table of crossed groups that is its own picture.

Each returns a block. `see` says in a sentence what to see and is the text alternative too. Series
differ by symbol, fill or dash as well as by colour: :func:`told_apart` gives a set of looks.
Scales come from :mod:`scales`. Text from data goes in as labels (:func:`text.labels`) or through
:func:`text.named` and :func:`text.visible`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from auditkit.report.pictures import (
    Chart,
    Curve,
    Curves,
    Heat,
    Key,
    Line,
    Matrix,
    Row,
    Scale,
    Series,
)
from auditkit.report.text import labels

__all__ = [
    "chart_of",
    "curves_of",
    "matrix_of",
    "told_apart",
]

_LOOKS = (
    ("blue", "circle", "solid"),
    ("orange", "diamond", "dash"),
    ("pass", "square", "dot"),
    ("undecided", "triangle", "dashdot"),
    ("rose", "ring", "longdash"),
    ("soft", "hollow", "longdashdot"),
)
_FILLS = ("solid", "hatch", "open", "dots")


def told_apart(titles: Mapping[str, str], *, bars: bool = False) -> tuple[Series, ...]:
    """Return series that differ by colour, and by symbol and dash (or by fill) as well.

    Parameters
    ----------
    titles : mapping of str to str
        Name, which marks and bars refer to → title, which the key says.
    bars : bool
        Whether they are series of bars, not of marks.

    Examples
    --------
    >>> [(s.symbol, s.colour, s.dash) for s in told_apart({"a": "A", "b": "B"})]
    [('circle', 'blue', 'solid'), ('diamond', 'orange', 'dash')]
    """
    out = []
    for i, (name, title) in enumerate(titles.items()):
        colour, again = _LOOKS[i % len(_LOOKS)][0], i // len(_LOOKS)
        symbol = _LOOKS[(i + again) % len(_LOOKS)][1]
        dash = _LOOKS[(i + 2 * again) % len(_LOOKS)][2]
        fill = _FILLS[(i + again) % len(_FILLS)]
        out.append(Series(name, title, fill if bars else symbol, colour, "" if bars else dash))
    return tuple(out)


def _line_keys(lines: Sequence[Line]) -> list[Key]:
    return [
        Key(line.title, "rule" if line.until is None else "band", "soft")
        for line in lines
        if line.title
    ]


def chart_of(
    *,
    key: str,
    title: str,
    see: str,
    table: str,
    rows: Sequence[Row],
    scale: Scale,
    series: Sequence[Series],
    lines: Sequence[Line] = (),
    note: str = "",
    joined: bool = False,
) -> Chart:
    """Return a chart of rows, with dots or bars, and the key to its symbols.

    Examples
    --------
    Bars with an interval and a reference marker (a mark in the same row):

    >>> from auditkit.report.pictures import Bar, Mark
    >>> from auditkit.report.scales import share_scale
    >>> bar = Bar(0.18, "share", "Women 18 %", low=0.15, high=0.21)
    >>> mark = Mark(0.47, None, None, "expected", "expected 47 %")
    >>> chart = chart_of(
    ...     key="who-chart", title="Who is here", see="Women are 18 %.", table="who-table",
    ...     rows=[Row(labels(["Female"]), "18.0 %", bars=(bar,), marks=(mark,))],
    ...     scale=share_scale([bar, mark], "Share of the people"),
    ...     series=(Series("share", "Share", "solid", "blue"),
    ...             Series("expected", "Expected", "tick", "orange")),
    ... )
    >>> [key.title for key in chart.keys]
    ['Share', 'Expected']
    """
    used = {mark.series for row in rows for mark in row.marks}
    used |= {bar.series for row in rows for bar in row.bars}
    keys = [Key(item.title, item.symbol, item.colour) for item in series if item.name in used]
    return Chart(
        id=key,
        title=title,
        see=see,
        table=table,
        rows=tuple(rows),
        scale=scale,
        series=tuple(series),
        lines=tuple(lines),
        note=note,
        keys=tuple(keys + _line_keys(lines)),
        joined=joined,
    )


def _curve_key(curve: Curve) -> Key:
    look = curve.series
    faint = all(point.faint for point in curve.points)
    symbol = look.symbol if curve.marks else ""
    return Key(
        look.title, symbol, "soft" if faint else look.colour, look.dash if curve.line else ""
    )


def curves_of(
    *,
    key: str,
    title: str,
    see: str,
    table: str,
    curves: Sequence[Curve],
    x: Scale,
    y: Scale,
    upright: Sequence[Line] = (),
    level: Sequence[Line] = (),
    diagonal: str = "",
    note: str = "",
) -> Curves:
    """Return curves and points on two axes, with the key to their looks.

    Examples
    --------
    A curve with a band, points that are compared with, and a line at 0.8:

    >>> from auditkit.report.pictures import Point
    >>> from auditkit.report.scales import axis
    >>> from auditkit.report.text import percent
    >>> women, others = told_apart({"f": "Women", "o": "Other options"})
    >>> points_ = [Point(i / 4, i / 4, f"{i / 4}", low=i / 5, high=i / 3.9) for i in range(5)]
    >>> made = curves_of(
    ...     key="curve-chart", title="Along the threshold", see="It rises.", table="curve-table",
    ...     curves=[Curve(women, tuple(points_), marks=False, band=True),
    ...             Curve(others, (Point(0.5, 0.2, "behind", faint=True),), line=False)],
    ...     x=axis([0, 1], "Threshold"), y=axis([0, 1], "Rate", show=percent),
    ...     level=(Line(0.8, "0.8, the line", dashed=True),),
    ... )
    >>> [(key.title, key.dash) for key in made.keys]
    [('Women', 'solid'), ('Other options', ''), ('0.8, the line', '')]
    """
    keys = list(map(_curve_key, curves))
    keys += [Key(line.title, "rule" if line.until is None else "band", "soft") for line in upright]
    for line in level:
        keys.append(Key(line.title, "level" if line.until is None else "band", "soft"))
    keys += [Key(diagonal, "slope", "soft")] if diagonal else []
    return Curves(
        id=key,
        title=title,
        see=see,
        table=table,
        curves=tuple(curves),
        x=x,
        y=y,
        upright=tuple(upright),
        level=tuple(level),
        diagonal=diagonal,
        note=note,
        keys=tuple(item for item in keys if item.title),
    )


def matrix_of(
    *,
    key: str,
    title: str,
    see: str,
    corner: str,
    columns: Sequence[tuple[str | None, ...]],
    rows: Sequence[tuple[tuple[str | None, ...], Sequence[Heat | None]]],
    note: str = "",
    weak: str = "",
    strong: str = "",
) -> Matrix:
    """Return crossed groups as a table whose cells are tinted by their value.

    Parameters
    ----------
    corner : str
        What the rows and columns are, such as ``"gender by race"``.
    columns, rows
        Names from the data; each row has a cell a column, None where there is nobody.
    weak, strong : str
        What the lightest and the deepest tint stand for; without them there is no key.

    Examples
    --------
    >>> made = matrix_of(
    ...     key="crossed", title="Rates of crossed groups", see="Black women are lowest.",
    ...     corner="gender by race", columns=[("White",), ("Black",)],
    ...     rows=[(("Female",), [Heat("18.4 %", "118 of 640", 0.6), None])],
    ... )
    >>> made.rows[0][1][1].value
    'nobody'
    """
    empty = Heat("nobody", tone="u")
    return Matrix(
        id=key,
        title=title,
        see=see,
        corner=corner,
        columns=tuple(labels(group) for group in columns),
        rows=tuple(
            (labels(group), tuple(empty if cell is None else cell for cell in cells))
            for group, cells in rows
        ),
        note=note,
        weak=weak,
        strong=strong,
    )
