"""Values whose kind only their name tells: the evidence of a finding, the facts of a model."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from auditkit.report.blocks import Cell
from auditkit.report.language import say
from auditkit.report.reading import Entry, metric_title
from auditkit.report.text import (
    count,
    fraction,
    interval,
    label,
    labels,
    named,
    number,
    p_value,
    percent,
    points,
    ratio,
    several,
    visible,
)
from auditkit.report.words import EVIDENCE

__all__ = ["Item", "entry", "evidence", "headline", "known", "term", "with_interval"]

Item = tuple[str, tuple[Cell, ...]]

_SHARES = ("rate", "share", "coverage", "accuracy", "percent", "rest", "alpha", "level")
_COUNTS = ("n", "count", "counts", "rows", "events", "people", "missing", "group", "folds")
_PRECISE = ("ratio", "pooled", "adjusted", "strength", "auc", "brier")
_DIFFERENCES = ("difference", "gap", "points")
_WITH_INTERVAL = ("ratio", "difference", "strength", "adjusted", "share")
_SILENT = frozenset(
    {"reason", "method", "level", "role", "measure", "levels", "strata_used"}
    | {"bounds", "log10_p", "references", "splits"}  # the sentence tells them
)
_PEOPLE = ("n", "count", "missing_n")
_MOST = 12


def _show(name: str) -> Callable[[float], str]:
    """Return how numbers of a name are printed."""
    words = name.lower().split("_")
    if name == "seed":
        return str
    if "p" in words:  # p_value, homogeneity_p, pooled_p_adjusted
        return p_value
    if any(word in _DIFFERENCES for word in words):
        return points
    if words[0] in _PRECISE or "ratio" in words:
        return ratio
    if any(word in _SHARES for word in words) or name.endswith("value"):
        return percent
    return count if any(word in _COUNTS for word in words) else number


def term(name: object) -> str:
    """Return the name of a value in words."""
    words = str(name).replace("_", " ").capitalize()
    known = EVIDENCE.get(str(name), words)
    said = say(known)
    return visible(words, 80) if said == words else said


def entry(name: str, value: Any) -> Cell:
    """Return a named value of unknown kind as a cell.

    Examples
    --------
    >>> entry("selection_rate", 0.25).text, entry("ratio", 0.5).text
    ('25.0 %', '0.500')
    >>> entry("p_adjusted", 1e-9).text, entry("pooled_p_adjusted", 1e-9).text
    ('1.0e-9', '1.0e-9')
    """
    if value is None:
        return Cell("not computable", tone="u")
    if isinstance(value, bool):
        return Cell("yes" if value else "no")
    if isinstance(value, Mapping):
        inner = several(f"{visible(k, 80)}: {_plain(str(k), v)}" for k, v in value.items())
        return Cell(inner or say("none"))
    if isinstance(value, list | tuple):
        return _listing(name, value)
    if not isinstance(value, int | float):
        return Cell(labels=(label(value, 240),))
    if not math.isfinite(value):
        return Cell("not computable", tone="u")
    return Cell(_show(name)(value), tone="n")


def _plain(name: str, value: Any) -> str:
    cell = entry(name, value)
    return cell.text or " × ".join(item.text for item in cell.labels)


def _listing(name: str, values: Sequence[Any]) -> Cell:
    if not values:
        return Cell("none")
    if name in {"group", "reference"}:
        return Cell(labels=labels(values))
    show = values[:_MOST]
    pieces = [named(v) if isinstance(v, list | tuple) else _plain(name, v) for v in show]
    more = say(" and {n} more", n=len(values) - _MOST) if len(values) > _MOST else ""
    return Cell(several(pieces) + more if more else several(pieces))


def known(items: Mapping[str, Any]) -> tuple[Item, ...]:
    """Return the values that there are, with their names in words."""
    return tuple((term(k), (entry(k, v),)) for k, v in items.items() if v is not None)


def _weighted(found: Mapping[str, Any]) -> bool:
    return "effective" in str(found.get("method") or "")


def _with_counts(name: str, found: Mapping[str, Any]) -> tuple[Cell, set[str]]:
    """Return a rate with the numbers behind it, and the names that were used up."""
    before = "" if name == "value" else name.removesuffix("rate")
    events, of = f"{before}events", f"{before}n"
    cell = entry(name, found[name])
    if events not in found or of not in found:
        return cell, set()
    behind = fraction(found[events], found[of], _weighted(found))
    return Cell(cell.text, tone=cell.tone, under=behind), {events, of}


def with_interval(name: str, found: Mapping[str, Any]) -> tuple[Cell, set[str]]:
    """Return a value with its interval, if there is one, and the names that were used up."""
    cell = entry(name, found[name])
    low, high = f"{name}_low", f"{name}_high"
    if low not in found and name == next((k for k in _WITH_INTERVAL if k in found), None):
        low, high = "low", "high"
    if low not in found or cell.tone == "u":
        return cell, set()
    span = interval(found[low], found.get(high), _show(name))
    return Cell(cell.text, tone=cell.tone, under=span), {low, high}


def _parents(rows: Any, weighted: bool) -> list[Item]:
    items: list[Item] = []
    for row in rows if isinstance(rows, list) else ():
        about = say(
            "Others with {attribute} {group}",
            attribute=named([row.get("attribute")]),
            group=named([row.get("group")]),
        )
        cell = entry("rate", row.get("value"))
        under = fraction(row.get("events"), row.get("n"), weighted)
        below = say("adjusted p {p_adjusted}", p_adjusted=p_value(row.get("p_adjusted")))
        items.append((about, (Cell(cell.text, tone=cell.tone, under=under, below=below),)))
    return items


def _p(found: Mapping[str, Any]) -> Cell:
    adjusted = found.get("p_adjusted")
    under = (
        "not corrected"
        if adjusted is None
        else say("corrected {adjusted}", adjusted=p_value(adjusted))
    )
    return Cell(p_value(found["p_value"]), tone="n", under=under)


def _threshold(found: Mapping[str, Any]) -> Cell:
    line = found["threshold"]
    under = visible(found["rule"], 60) if found.get("rule") else ""
    if not isinstance(line, int | float):
        return entry("threshold", line)
    text = say("{line} points", line=f"{line * 100:g}") if "difference" in found else f"{line:g}"
    return Cell(text, tone="n", under=under)


def _one(name: str, found: Mapping[str, Any]) -> tuple[Cell, set[str]]:
    value = found[name]
    if name == "metric":
        return Cell(metric_title(str(value))), set()
    if name == "p_value" and "p_adjusted" in found:
        return _p(found), {"p_adjusted"}
    if name == "threshold":
        return _threshold(found), {"rule"}
    if name == "value" or name.endswith("rate"):
        return _with_counts(name, found)
    return with_interval(name, found)


def evidence(row: Entry) -> tuple[Item, ...]:
    """Return the evidence of a finding: each rate with its counts, each gap with its interval."""
    found = {k: v for k, v in (row.get("evidence") or {}).items() if k not in _SILENT}
    made: dict[str, Cell] = {}
    used: set[str] = set()
    for name in found:
        if name != "parents":
            made[name], more = _one(name, {**found, "method": _method(row)})
            used |= more
    if "rate" in made:
        used |= {"metric"}
    if "reference_rate" in made:
        used |= {"reference"}
    items = [(_term(name, row), (cell,)) for name, cell in made.items() if name not in used]
    return (*items, *_parents(found.get("parents"), _weighted(found)))


def _method(row: Entry) -> object:
    return (row.get("evidence") or {}).get("method")


def _term(name: str, row: Entry) -> str:
    """Return the name of a piece of evidence; rates are named by the group they are of."""
    if name in {"rate", "value"} and row.get("group"):
        metric = (row.get("evidence") or {}).get("metric")
        about = f"{metric_title(str(metric))}: " if metric and name == "rate" else ""
        return about + named(row["group"])
    reference = (row.get("evidence") or {}).get("reference")
    if name == "reference_rate" and isinstance(reference, list):
        return say("{reference} (reference)", reference=named(reference))
    return term(name)


def headline(row: Entry) -> tuple[Cell, Cell, Cell]:
    """Return the number that decides a finding, the people behind it and the line."""
    found = row.get("evidence") or {}
    name = next((key for key in _WITH_INTERVAL if found.get(key) is not None), None)
    number_ = people = line = Cell("–", tone="n")
    if name is not None:
        cell, _ = with_interval(name, found)
        unit = say(" points") if name == "difference" else ""
        number_ = Cell(cell.text + unit, tone="n", under=cell.under)
    behind = next((found[key] for key in _PEOPLE if isinstance(found.get(key), int | float)), None)
    if behind is not None:
        people = Cell(count(behind), tone="n")
    if isinstance(found.get("threshold"), int | float):
        line = Cell(_threshold(found).text, tone="n")
    return number_, people, line
