"""What the record of an audit can answer of a dataset card: plain text and small tables.

Counts of fewer than five people are not told, and where that leaves one number of a table that the
others would give away, the next smallest is not told either: a card is made to be passed on. Values
are told of protected columns, strata and the outcome only, and no row of the data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["FEW", "Grid", "Said", "answers_of", "biases", "group_name", "limitations"]

FEW = 5
"""Groups of fewer people than this are not told."""

_MOST_NAMED = 40
_MOST_GROUPS = 60
_SMALLEST = 10
_WARNED = ("flag", "inconclusive")

Record = Mapping[str, Any]
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Grid:
    """A small table of text."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Said = tuple[str | Grid, ...]
"""An answer: paragraphs and tables. Empty where the record does not tell."""


def answers_of(record: Record) -> dict[str, Said]:
    """Return question → what the audit answers, for every question that it can be asked."""
    return {name: tuple(make(record)) for name, make in _MAKERS.items()}


def group_name(group: Sequence[str | None]) -> str:
    """Return the name of a group; the empty cell and a text like our word for it stay apart."""
    named = [
        "(missing)" if part is None
        else f"“{part}”" if part.strip().casefold() == "(missing)"
        else part
        for part in group
    ]  # fmt: skip
    return " × ".join(named)


def _people(record: Record) -> int:
    data = record["data"]
    return int(data.get("people") or data.get("rows") or 0)


def _percent(value: float | None) -> str:
    return "not computable" if value is None else f"{100 * value:.1f} %"


def _listed(names: Iterable[str], most: int = _MOST_NAMED) -> str:
    found = list(names)
    more = f" and {len(found) - most:,} more" if len(found) > most else ""
    return ", ".join(found[:most]) + more


def _size(record: Record) -> Iterable[str]:
    data = record["data"]
    text = f"{data['rows']:,} rows, {_people(record):,} people, {data['columns']:,} columns."
    if record["schema"].get("weight"):
        text += f" Rates are weighted by '{record['schema']['weight']}'."
    yield text


def _columns(record: Record) -> Iterable[str | Grid]:
    columns, people = record["profile"].get("columns") or [], _people(record)
    if columns:
        yield Grid(
            ("Column", "Role", "Kind", "Empty"),
            tuple(
                (
                    row["name"],
                    row["role"],
                    row["kind"],
                    _percent(row["missing"] / people) if people else "not computable",
                )
                for row in columns
            ),
        )


def _population(record: Record) -> Iterable[str]:
    sources = {
        (", ".join(row["attributes"]), row["expected_source"])
        for row in record["representation"]
        if row.get("expected_source")
    }
    for attribute, source in sorted(sources):
        yield f"The shares of {attribute} were held against: {source}."
    if not sources:
        yield "No reference population was given, so it is not known who is missing."


def _label(record: Record) -> Iterable[str]:
    schema = record["schema"]
    if not schema.get("label"):
        yield "No outcome was declared."
        return
    text = f"The outcome is '{schema['label']}'; the event is '{schema['positive']}'"
    yield text + (", which is a harm." if schema.get("unfavorable") else ".")
    cells = record["counts"]["cells"]
    known = sum(cell["n"] for cell in cells if cell.get("label") is not None)
    events = sum(cell["n"] for cell in cells if cell.get("label") == 1)
    if known:
        left = sum(cell["n"] for cell in cells) - known
        without = f"; it is not known of {left:,}" if left else ""
        yield f"{events:,} of {known:,} people have it ({_percent(events / known)}){without}."


def _sets(record: Record) -> dict[tuple[str, ...], list[Row]]:
    sets: dict[tuple[str, ...], list[Row]] = {}
    for row in record["representation"]:
        sets.setdefault(tuple(row["attributes"]), []).append(row)
    return sets


def _untold(counts: Sequence[int]) -> set[int]:
    """Return which counts are not told: those of few people, and never only one that adds up.

    Examples
    --------
    >>> _untold([3, 0, 40, 20]), _untold([3, 4, 20]), _untold([40, 20])
    ({0, 3}, {0, 1}, set())
    """
    few = {place for place, n in enumerate(counts) if 0 < n < FEW}
    if len(few) == 1:
        others = [place for place, n in enumerate(counts) if n >= FEW]
        few |= {min(others, key=lambda place: counts[place])} if others else set()
    return few


def _groups(record: Record) -> Iterable[str | Grid]:
    hidden = False
    for attributes, rows in _sets(record).items():
        if len(attributes) != 1:
            continue
        untold = _untold([row["count"] for row in rows])
        hidden = hidden or bool(untold)
        expected = any(row.get("expected_share") is not None for row in rows)
        heads = ("Group", "People", "Share", *(["Expected share"] if expected else []))
        lines = []
        for place, row in enumerate(rows[:_MOST_GROUPS]):
            told = place not in untold
            cells = [group_name(row["group"])]
            cells += [f"{row['count']:,}", _percent(row["share"])] if told else ["not told"] * 2
            share = row.get("expected_share")
            cells += [_percent(share) if share is not None else "–"] if expected else []
            lines.append(tuple(cells))
        yield f"By {attributes[0]}:"
        yield Grid(heads, tuple(lines))
        if len(rows) > _MOST_GROUPS:
            yield f"{len(rows) - _MOST_GROUPS:,} more groups of {attributes[0]} are not listed."
    if hidden:
        yield f"Groups of fewer than {FEW} people, and what would give them away, are not told."


def _crossings(record: Record) -> Iterable[str]:
    crossed = {names: rows for names, rows in _sets(record).items() if len(names) > 1}
    if not crossed:
        yield "There is one protected attribute only: nothing to cross."
    least = record["policy"].get("min_group", 0)
    for names, rows in crossed.items():
        there = [row for row in rows if row["count"] > 0]
        small = sorted((row for row in there if row["count"] < least), key=lambda r: r["count"])
        text = (
            f"{' × '.join(names)}: {len(rows):,} combinations, {len(rows) - len(there):,} with "
            f"nobody, {len(small):,} with fewer than {least} people"
        )
        told = [
            f"{group_name(row['group'])} "
            f"({row['count'] if row['count'] >= FEW else f'fewer than {FEW}'})"
            for row in small[:_SMALLEST]
        ]
        yield text + (f"; the smallest: {'; '.join(told)}." if told else ".")


def _missing(record: Record) -> Iterable[str]:
    columns, people = record["profile"].get("columns") or [], _people(record)
    if not columns:
        return
    empty = [row for row in columns if row["missing"]]
    if not empty:
        yield "No cell is empty."
        return
    ranked = sorted(empty, key=lambda row: -row["missing"])
    told = [f"{row['name']} ({_percent(row['missing'] / people)})" for row in ranked]
    yield f"Empty cells in {len(empty)} of {len(columns)} columns: {_listed(told)}."
    for finding in _findings(record, kinds=("missingness",)):
        yield f"{finding['title']}."


def _errors(record: Record) -> Iterable[str]:
    kinds = ("duplicates", "group-spelling", "label-quality", "feature-quality", "leakage")
    found = [f"{finding['title']}." for finding in _findings(record, kinds=kinds, levels=())]
    yield from found
    if not found:
        yield "The audit found none of the kinds that it looks for."


def _sensitive(record: Record) -> Iterable[str]:
    yield f"Protected attributes: {_listed(record['schema']['protected'])}."
    proxies = [finding["title"] for finding in _findings(record, kinds=("proxy",), levels=())]
    yield (
        f"Columns that give one away: {_listed(proxies)}." if proxies
        else "No single column was found that clearly gives one away."
    )  # fmt: skip


def _identifiable(record: Record) -> Iterable[str]:
    ids = [
        row["name"] for row in record["profile"].get("columns") or [] if row["kind"] == "identifier"
    ]
    if ids:
        yield f"Columns that look like identifiers: {_listed(ids)}."
    cells: dict[tuple[Any, ...], int] = {}
    for cell in record["counts"]["cells"]:
        key = tuple(cell["group"])
        cells[key] = cells.get(key, 0) + cell["n"]
    least = min((n for n in cells.values() if n), default=0)
    if least:
        size = f"fewer than {FEW} people" if least < FEW else f"{least:,} people"
        yield f"The protected attributes alone leave a smallest group of {size}."


def _source(record: Record) -> Iterable[str]:
    data = record["data"]
    if data.get("source") is None:
        yield "A table in memory, not a file."
        return
    text = f"{data['source']}"
    text += f", {data['bytes']:,} bytes" if data.get("bytes") is not None else ""
    text += f", SHA-256 {data['sha256']}" if data.get("sha256") else ""
    yield f"{text}, read on {record['created'][:10]}."


def _steps(record: Record) -> Iterable[str]:
    schema = record["schema"]
    for column, mapping in (schema.get("values") or {}).items():
        pairs = [f"'{old}' to '{new}'" for old, new in mapping.items()]
        yield f"Spellings of {column} were mapped: {_listed(pairs)}."
    for column, edges in (schema.get("bins") or {}).items():
        told = edges if isinstance(edges, str) else ", ".join(f"{edge:g}" for edge in edges)
        yield f"{column} was cut into bands at {told}."
    for key, text in (("weight", "Rows were weighted by"), ("count", "A row stands for")):
        if schema.get(key):
            yield f"{text} '{schema[key]}'."
    for row in record["data"].get("excluded") or []:
        if row["rows"]:
            yield f"{row['rows']:,} people were left out of the stage {row['stage']}."
    sample = record["data"].get("sample")
    if sample:
        yield f"Columns were looked at in a sample of {sample['rows']:,} rows; counts are of all."
    ignored = schema.get("ignore") or []
    if ignored:
        yield f"Kept from models and from the search for proxies: {_listed(ignored)}."
    yield "Nothing was imputed, and no row was changed or removed."


def _warnings(record: Record) -> Iterable[str]:
    flagged = _findings(record, levels=("flag",))
    for finding in flagged:
        yield f"{finding['title']}. {finding['action']}"
    if not flagged:
        yield "Nothing was beyond a line of the policy. That is not proof that nothing is there."
    open_ = len(_findings(record, levels=("inconclusive",)))
    if open_:
        yield f"{open_} {'question' if open_ == 1 else 'questions'} could not be decided."
    yield "Statistical output. Not legal advice and not a finding of discrimination or compliance."


def _audited(record: Record) -> Iterable[str]:
    policy, command = record["policy"].get("name"), record["provenance"].get("command")
    yield (
        f"With auditkit {record['auditkit']} on {record['created'][:10]}, policy '{policy}', seed "
        f"{record['seed']}." + (f" Command: {command}" if command else "")
    )


def _findings(
    record: Record, *, kinds: Sequence[str] = (), levels: Sequence[str] = _WARNED
) -> list[Row]:
    """Return findings; the titles of small groups tell their sizes, so those are never here."""
    return [
        row
        for row in record["findings"]
        if row["kind"] != "small-group"
        and (not kinds or row["kind"] in kinds)
        and (not levels or row["level"] in levels)
    ]


def biases(record: Record) -> list[str]:
    """Return what is flagged about people, and what gives them away."""
    about = (
        "outcome-gap", "decision-gap", "model-gap", "error-gap", "stage-gap", "subgroup", "simpson",
        "representation", "missingness", "proxy",
    )  # fmt: skip
    return [row["title"] for row in _findings(record, kinds=about, levels=("flag",))]


def limitations(record: Record) -> list[str]:
    """Return what the data cannot tell, and what is wrong with them."""
    open_ = [f"Not decided: {row['title']}" for row in _findings(record, levels=("inconclusive",))]
    wrong = ("leakage", "duplicates", "label-quality", "not-identified")
    told = [row["title"] for row in _findings(record, kinds=wrong, levels=("flag", "note"))]
    small = [text for text in _crossings(record) if "fewer than" in text and "; the" in text]
    return [*told, *open_, *small]


_MAKERS: Mapping[str, Callable[[Record], Iterable[str | Grid]]] = {
    "size": _size,
    "columns": _columns,
    "population": _population,
    "label": _label,
    "groups": _groups,
    "crossings": _crossings,
    "missing": _missing,
    "errors": _errors,
    "sensitive": _sensitive,
    "identifiable": _identifiable,
    "source": _source,
    "steps": _steps,
    "warnings": _warnings,
    "audited": _audited,
}
