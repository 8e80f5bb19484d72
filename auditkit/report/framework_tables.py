"""Tables of a framework as blocks: the columns a reader needs, each number with its n."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from auditkit.report.blocks import (
    Block,
    Cell,
    Chart,
    Fold,
    Line,
    Mark,
    Note,
    Row,
    RowGroup,
    Series,
    Table,
)
from auditkit.report.charts import chart_of
from auditkit.report.checklists import Teller, blank, checklist
from auditkit.report.evidence import entry, term
from auditkit.report.language import say
from auditkit.report.reading import FOUR_FIFTHS, Entry, by, columns
from auditkit.report.scales import log_scale
from auditkit.report.text import (
    count,
    interval,
    labels,
    named,
    p_value,
    percent,
    ratio,
    recorded,
    visible,
)

__all__ = ["framework_table"]

_INSIDE = frozenset({"of", "attributes", "reason"})
_MOST_ROWS = 30
_GROUPS = Series("ratio", "Impact ratio with its interval", "circle", "blue")

Show = Callable[[Entry], Cell]


def _group(row: Entry) -> Cell:
    cell = Cell(labels=labels(row.get("group") or ()))
    reference = row.get("reference")
    if not reference:
        return cell
    return Cell(labels=cell.labels, under=say("against {reference}", reference=named(reference)))


def _masked(row: Entry) -> bool:
    return "masked" in (row.get("marks") or ())


def _n(row: Entry) -> Cell:
    if row.get("n") is None and _masked(row):
        return Cell("masked", tone="u")
    return Cell(count(row.get("n")), tone="n")


def _selected(row: Entry) -> Cell:
    return Cell("masked", tone="u") if _masked(row) else entry("n", row.get("selected"))


def _rate(row: Entry) -> Cell:
    value = row.get("rate")
    if value is None:
        return _none(row, "none" if row.get("n") else "nobody")
    span = interval(row.get("rate_low"), row.get("rate_high"), percent)
    return Cell(percent(value), under=span, tone="n")


def _none(row: Entry, text: str = "none") -> Cell:
    """Return the cell of what cannot be told: masked, of the reference itself, or why not."""
    if _masked(row):
        return Cell("masked", tone="u")
    if row.get("conclusion") == "reference":
        return Cell("reference", tone="u")
    return Cell(text, tone="u", under=recorded(row.get("reason") or "", 120))


def _ratio(row: Entry) -> Cell:
    value = row.get("impact_ratio")
    if value is None:
        return _none(row)
    span = interval(row.get("ratio_low"), row.get("ratio_high"), ratio)
    return Cell(ratio(value, FOUR_FIFTHS), under=span, tone="n")


def _sds(row: Entry) -> Cell:
    value = row.get("sd_pooled")
    if value is None:
        return _none(row)
    p = say("p {p}", p=p_value(row.get("p_pooled")))
    return Cell(f"{value:.2f}".replace("-", "\N{MINUS SIGN}"), under=p, tone="n")


def _fisher(row: Entry) -> Cell:
    if row.get("fisher_p") is None:
        return _none(row)
    return Cell(p_value(row["fisher_p"]), tone="n")


def _corrected(row: Entry) -> Cell:
    """Return the p-value that allows for all comparisons, and of which test it is."""
    if row.get("p_adjusted") is None:
        return _none(row)
    return Cell(p_value(row["p_adjusted"]), under=visible(row.get("test") or "", 30), tone="n")


def _short(row: Entry) -> Cell:
    lacking = row.get("shortfall_to_four_fifths")
    expected = row.get("shortfall_expected")
    if expected is None:
        return _none(row)
    under = "" if lacking is None else say("{lacking} to 4/5", lacking=count(lacking))
    return Cell(f"{expected:,.1f}".replace("-", "\N{MINUS SIGN}"), under=under, tone="n")


def _flip(row: Entry) -> Cell:
    value = row.get("flip_one_person")
    if value is None:
        return _none(row, "not behind")
    return Cell("yes" if value else "no")


def _marks(row: Entry) -> Cell:
    words = ", ".join(visible(word, 60) for word in row.get("marks") or ())
    conclusion = row.get("conclusion")
    if conclusion in {"A", "B", "C", "D"}:
        return Cell(f"{conclusion}: {words or say('neither')}")
    if "ZIP used" in (row.get("marks") or ()):
        return Cell(words, tone="v flag")
    return Cell(words) if words else Cell("none", tone="u left")


def _others(row: Entry) -> Cell:
    """Return the rate of all others, beside their n."""
    value = row.get("others_rate")
    if value is None:
        return _none(row, "nobody")
    return Cell(percent(value), under=say("n {n}", n=count(row.get("others_n"))), tone="n")


def _justified(row: Entry) -> Cell:
    """Return why a category was left out; a marked blank where nobody has said so."""
    if _masked(row):
        return _none(row)
    if row.get("justification"):
        return entry("justification", row["justification"])
    if "excluded (<2%)" in (row.get("marks") or ()):
        return blank(say("TO BE COMPLETED BY: {by}", by=say("the independent auditor")))
    return Cell("not left out", tone="u left")


def _power(name: str) -> Show:
    """Return a p-value from its decimal logarithm: no float is too small for it."""

    def show(row: Entry) -> Cell:
        value = row.get(name)
        if value is None:
            return _none(row)
        exact = f"10^{value:.1f}".replace("-", "\N{MINUS SIGN}")
        return Cell(exact if value < -3 else p_value(10**value), tone="n")

    return show


def _beside(name: str, share: str) -> Show:
    """Return a number of people with its share under it."""

    def show(row: Entry) -> Cell:
        value = row.get(share)
        under = "" if value is None else percent(value)
        return Cell(entry(name, row.get(name)).text, under=under, tone="n")

    return show


def _plain(name: str) -> Show:
    return lambda row: (
        Cell("masked", tone="u")
        if row.get(name) is None and _masked(row)
        else entry(name, row.get(name))
    )


def _spanned(name: str, low: str, high: str) -> Show:
    def show(row: Entry) -> Cell:
        cell = entry(name, row.get(name))
        if row.get(low) is None and row.get(high) is None:
            return cell
        span = interval(row.get(low), row.get(high), lambda value: entry(name, value).text)
        return Cell(cell.text, under=span, tone=cell.tone)

    return show


_RATES: tuple[tuple[str, Show], ...] = (
    ("Group", _group), ("#Persons", _n), ("#Selected", _selected), ("#Rate", _rate),
    ("#Impact ratio", _ratio), ("Marks", _marks),
)  # fmt: skip
_TESTS: tuple[tuple[str, Show], ...] = (
    ("Group", _group), ("#Persons", _n), ("#Selected", _selected), ("#Rate", _rate),
    ("#Impact ratio", _ratio), ("#Standard deviations", _sds), ("#Fisher's p", _fisher),
    ("#Corrected p", _corrected), ("#Shortfall", _short), ("One person reverses it", _flip),
    ("Marks", _marks),
)  # fmt: skip
_BENCHMARKS: tuple[tuple[str, Show], ...] = (
    ("Group", _group), ("#Persons", _n), ("#Observed", _beside("observed", "share")),
    ("#Expected", _beside("expected", "expected_share")), ("#Shortfall", _plain("shortfall")),
    ("#Standard deviations", _plain("z")), ("#p, so few or fewer", _power("log10_p_lower")),
    ("#p, two-sided", _power("log10_p")), ("#Utilisation", _plain("utilisation")),
    ("Source", _plain("source")),
)  # fmt: skip
_COMPACT: dict[str, tuple[tuple[str, Show], ...]] = {
    "category_rates": _RATES,
    "small_categories": (*_RATES[:4], ("#Of", _plain("denominator")), ("Marks", _marks),
                         ("Justification", _justified)),
    "unknown_rows": (("Who", _plain("unknown")), *_RATES[1:4], ("#Share", _plain("share"))),
    "impact": _RATES,
    "pairwise": _TESTS,
    "category_tests": _TESTS,
    "strata_each": (("Stratum", _plain("value")), *_TESTS[:6], ("Marks", _marks)),
    "stages": (("Stage", _plain("stage")), *_RATES),
    "trend": (("Period", _plain("period")), *_TESTS[:6], ("Marks", _marks)),
    "strata_pooled": (
        ("Group", _group), ("#Persons", _n), ("#Selected", _selected),
        ("#Expected", _plain("expected")),
        ("#Standard deviations within", _plain("sd_mantel_haenszel")),
        ("#p within", _plain("p_value")),
        ("#Odds ratio within", _spanned("odds_ratio", "odds_low", "odds_high")),
        ("#Standard deviations, added up", _plain("sd_pooled")),
        ("#p strata alike", _plain("homogeneity_p")), ("Simpson warning", _plain("simpson")),
    ),
    "benchmarks": _BENCHMARKS,
    "utilisation": (*_BENCHMARKS[:-1], ("Marks", _marks), _BENCHMARKS[-1]),
    "group_rates": (
        *_RATES[:4], ("#All others", _others),
        ("#Difference, points", _spanned("difference", "difference_low", "difference_high")),
    ),
}  # fmt: skip


_SELECTED = {"score": "#Above the median", "classification": "#In the class"}
"""What the column of those selected is called, where a tool gives scores or classes."""
_BY_OUTPUT = frozenset({"category_rates", "category_tests", "small_categories", "unknown_rows"})
_WIDE = frozenset({"pairwise", "category_tests", "strata_each", "trend", "strata_pooled"})


def framework_table(
    key: str, table: Entry, output: str = "selection", told: Teller = visible
) -> list[Block]:
    """Return a table of a framework: its reason, or rows by attribute, and its notes.

    What the tool of the framework gives (`output`) says what the column of counts is called; texts
    of its pack are printed as `told` does.
    """
    title = told(table.get("title") or key, 200)
    rows = table.get("rows") or []
    notes = tuple(told(note, 600) for note in table.get("notes") or ())
    if not rows:
        why = visible(table.get("reason") or "no rows", 400)
        said = " ".join(f"{note[:1].upper()}{note[1:]}." for note in notes)
        return [Note(told(f"{title}: {why}. {said}".strip(), 8000))]
    kind = str(table.get("kind") or "")
    if kind == "checklist":
        return [checklist(key, title, rows, notes, told)]
    specs = _COMPACT.get(kind) or _generic(rows)
    if kind in _BY_OUTPUT:
        specs = tuple(
            (_SELECTED.get(output, name) if name == "#Selected" else name, show)
            for name, show in specs
        )
    made = _table(key, title, rows, specs, notes, look="tests" if kind in _WIDE else "")
    blocks: list[Block] = [made]
    if made.size > _MOST_ROWS:
        blocks = [
            Fold(say("Table: {caption} ({size} rows)", caption=title, size=made.size), (made,))
        ]
    if kind in {"strata_each", "impact"}:
        drawn = _chart(key, title, rows)
        blocks = [drawn, *blocks] if drawn else blocks
    return blocks


def _generic(rows: Sequence[Entry]) -> tuple[tuple[str, Show], ...]:
    """Return a column for each key; ends of intervals stand under their value."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    specs: list[tuple[str, Show]] = []
    for name in names:
        if name in _INSIDE or (
            name.rsplit("_", 1)[0] in names and name.endswith(("_low", "_high"))
        ):
            continue
        if name == "group":
            specs.append(("Group", _group))
        elif name == "marks":
            specs.append(("Marks", _marks))
        elif name != "reference":
            numeric = any(isinstance(row.get(name), int | float) for row in rows)
            show = _spanned(name, f"{name}_low", f"{name}_high")
            specs.append((f"{'#' if numeric else ''}{term(name)}", show))
    return tuple(specs)


def _table(
    key: str,
    title: str,
    rows: Sequence[Entry],
    specs: Sequence[tuple[str, Show]],
    notes: tuple[str, ...],
    look: str = "",
) -> Table:
    groups = []
    for about, same in by(rows, _about).items():
        cells = tuple(tuple(show(row) for _, show in specs) for row in same)
        head = Cell(labels=labels(about)) if about else None
        groups.append(RowGroup(cells, head))
    heads = columns(*(name for name, _ in specs))
    return Table(f"{key}-table", title, heads, tuple(groups), notes, look=look)


def _about(row: Entry) -> tuple[str, ...]:
    """Return what a block of rows is about: the class, the stratum, the attributes."""
    parts = [row[name] for name in ("class", "stratum", "grouping") if row.get(name) is not None]
    return (*map(str, parts), *(row.get("attributes") or ()))


def _chart(key: str, title: str, rows: Sequence[Entry]) -> Chart | None:
    """Return a forest of impact ratios with their intervals, where there are any."""
    drawn: list[Row] = []
    for about, same in by(rows, _about).items():
        known = [
            row for row in same if row.get("impact_ratio") and row.get("ratio_low") is not None
        ]
        if not known:
            continue
        drawn.append(Row(labels(about), heading=True))
        for row in known[:_MOST_ROWS]:
            span = interval(row["ratio_low"], row["ratio_high"], ratio)
            value = row["impact_ratio"]
            name = [*([row["value"]] if "value" in row else []), *row["group"]]
            hover = say(
                "{name}\nImpact ratio {value}\nInterval {span}\nn {n}",
                name=named(name),
                value=ratio(value),
                span=span,
                n=f"{row['n']:,}",
            )
            mark = Mark(value, row["ratio_low"], row["ratio_high"], _GROUPS.name, hover)
            drawn.append(
                Row(
                    labels(name),
                    ratio(value, FOUR_FIFTHS),
                    say("n {n}", n=f"{row['n']:,}"),
                    (mark,),
                )
            )
    marks = [mark for row in drawn for mark in row.marks]
    if not marks:
        return None
    below = sum(mark.value < FOUR_FIFTHS for mark in marks)
    return chart_of(
        key=f"{key}-chart",
        title=say("{title}: impact ratios", title=title),
        see=say("{below} of {n} impact ratios are below 0.80.", below=below, n=len(marks)),
        table=f"{key}-table",
        rows=drawn[: 2 * _MOST_ROWS],
        scale=log_scale(marks, "Impact ratio (logarithmic)"),
        series=(_GROUPS,),
        lines=(Line(FOUR_FIFTHS, "0.80, four fifths", dashed=True), Line(1.0, "1, equal rates")),
        note=""
        if len(drawn) <= 2 * _MOST_ROWS
        else "Not all rows are drawn; the table has them all.",
    )
