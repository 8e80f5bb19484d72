"""Roles against data: each column holds what its role needs, or one clear error.

Everything here asks the engine for a handful of small results (distinct values with their
counts, a minimum and a maximum), never for the rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import narwhals as nw

from auditkit.counts import group_text
from auditkit.errors import DataError, SchemaError, listed, nearest, shown
from auditkit.loaders.bands import bands_of_ranks, proposed_bands
from auditkit.loaders.expressions import as_number, band_code, is_known
from auditkit.loaders.levels import Levels, values_of
from auditkit.loaders.populations import settled_populations
from auditkit.schema import AUTO, Schema, band_labels

__all__ = [
    "MAX_GROUPS", "crossable", "is_positive", "matched", "obvious_positive", "prediction_positive",
    "settle", "texts_of",
]  # fmt: skip

MAX_GROUPS = 200
_MANY_NUMBERS = 20
_OBVIOUS = ({"0": False, "1": True}, {"false": False, "true": True}, {"no": False, "yes": True})
_LIMIT = 5_000


def settle(schema: Schema, levels: Levels) -> tuple[Schema, list[str]]:
    """Check every role against the data and fill what can be inferred.

    Returns
    -------
    (Schema, list of str)
        The complete schema, and a sentence for everything that was inferred.
    """
    notes: list[str] = []
    types = levels.frame.collect_schema()
    if levels.rows == 0:
        raise DataError("the data have no rows")
    for name in (schema.weight, schema.count):
        if name is not None:
            _check_weight(levels, name, types[name], whole=name == schema.count)
    if schema.score is not None:
        schema = _settle_score(schema, levels, types[schema.score], notes)
    schema = _settle_label(schema, levels, notes)
    if schema.prediction is not None:
        _note_prediction(schema, levels, notes)
    for name in schema.protected:
        schema = _settle_protected(schema, levels, name, types[name], notes)
    for name in schema.strata:
        found = levels.of(name)
        if name in schema.values:
            _check_mapping(schema.values[name], found, name)
        if len(found) > MAX_GROUPS:
            raise SchemaError(
                f"--strata '{shown(name)}' has {levels.count(name)} values; a stratum needs rows "
                f"to compare within: use a column with at most {MAX_GROUPS}"
            )
    return settled_populations(schema, lambda name: _groups(schema, levels, name), notes), notes


def crossable(schema: Schema) -> list[str]:
    """Return the columns whose values are few: all that are judged as they stand."""
    judged = [*schema.protected, *schema.strata, schema.label, schema.prediction]
    judged += schema.stage_columns
    return [name for name in judged if name is not None and name not in schema.bins]


def _groups(schema: Schema, levels: Levels, name: str) -> set[str]:
    """Return the groups that the data can have, by the names that a report uses."""
    edges, mapping = schema.bins.get(name), schema.values.get(name, {})
    if edges is not None and not isinstance(edges, str):
        return set(band_labels(edges))
    return {mapping.get(text, text) for text in texts_of(levels.of(name))}


def texts_of(levels: Mapping[Any, int]) -> dict[str, int]:
    """Return text → rows of the values that are there."""
    known: dict[str, int] = {}
    for value, n in levels.items():
        text = group_text(value)
        if text is not None:
            known[text] = known.get(text, 0) + n
    return known


def is_positive(text: str, positive: str) -> bool:
    """Whether the text of a value is the positive value (``TRUE`` is ``True``, ``1.0`` is ``1``).

    Examples
    --------
    >>> is_positive("TRUE", "True"), is_positive("1.0", "1"), is_positive("Yes", "yes")
    (True, True, False)
    """
    if text == positive:
        return True
    folded = {text.casefold(), positive.casefold()}
    if folded in ({"true"}, {"false"}):
        return True
    try:
        return float(text) == float(positive)
    except ValueError:
        return False


def _settle_label(schema: Schema, every: Levels, notes: list[str]) -> Schema:
    if schema.label is None:
        return schema
    where = f"--label '{shown(schema.label)}'"
    levels = texts_of(every.of(schema.label))
    if not levels:
        raise DataError(f"{where}: every value is missing")
    positive = schema.positive
    if positive is None:
        positive = obvious_positive(levels)
        if positive is None:
            raise SchemaError(
                f"{where} holds {listed(levels)}: say which value is the event with --positive"
            )
        notes.append(f"'{shown(positive)}' is taken as the positive value of {schema.label!r}")
    else:
        positive = matched(positive, levels, where)
    if len(levels) == 1:
        raise DataError(f"{where} has the single value {listed(levels)}: nothing to compare")
    others = [value for value in levels if not is_positive(value, positive)]
    if len(others) > 1:
        notes.append(
            f"{schema.label!r} has {len(levels)} values; all but '{shown(positive)}' count as not "
            f"positive: {listed(others)}"
        )
    return schema.with_(positive=positive)


def obvious_positive(levels: Mapping[str, int]) -> str | None:
    """Return the positive value of 0/1, true/false or yes/no, else None."""
    for pair in _OBVIOUS:
        folded = {("1" if v == "1.0" else "0" if v == "0.0" else v.casefold()): v for v in levels}
        if set(folded) == set(pair) and len(levels) == 2:
            return next(value for key, value in folded.items() if pair[key])
    return None


def matched(positive: str, levels: Mapping[str, int], where: str) -> str:
    """Return a value as the data spell it, or raise with those seen."""
    for value in levels:
        if value == positive:
            return value
    for value in levels:
        if is_positive(value, positive):
            return value
    raise SchemaError(
        f"{where}: no value '{shown(positive)}'{nearest(positive, levels)}; values: "
        f"{listed(levels)}"
    )


def prediction_positive(schema: Schema, levels: Mapping[str, int]) -> str:
    """Return the value of the prediction column that stands for a positive decision.

    It is the label's positive value where that occurs; else the ``1``, ``true`` or ``yes`` of an
    unmistakable pair.

    Raises
    ------
    SchemaError
        When neither is there.
    """
    where = f"--prediction '{shown(schema.prediction)}'"
    if not levels:
        raise DataError(f"{where}: every value is missing")
    if schema.positive is not None:
        for value in levels:
            if is_positive(value, schema.positive):
                return value
    obvious = obvious_positive(levels)
    if obvious is not None:
        return obvious
    (value, *more) = levels
    if not more and value.casefold() in {"0", "no", "false", "0.0"}:
        return "1"  # nobody was selected: a state, not a mistake
    if not more and value.casefold() in {"1", "yes", "true", "1.0"}:
        return value
    raise SchemaError(
        f"{where} holds {listed(levels)} and none is the positive value"
        f"{'' if schema.positive is None else f' {shown(schema.positive)!r}'}: use the label's own "
        "values, 0/1, or name it with --positive"
    )


def _note_prediction(schema: Schema, every: Levels, notes: list[str]) -> None:
    assert schema.prediction is not None
    levels = texts_of(every.of(schema.prediction))
    positive = prediction_positive(schema, levels)
    notes.append(f"'{shown(positive)}' is a positive decision in {schema.prediction!r}")
    others = [value for value in levels if not is_positive(value, positive)]
    if len(others) > 1:
        notes.append(f"all other values of {schema.prediction!r} are negative: {listed(others)}")


def _numeric(levels: Levels, name: str, dtype: Any, role: str) -> None:
    if dtype.is_numeric():
        return
    odd = [v for v in texts_of(levels.of(name)) if not _is_number(v)]
    where = f"--{role} '{shown(name)}'"
    if odd:
        raise DataError(f"{where} holds text ({listed(odd, 3)}); it must be numbers")
    raise DataError(f"{where} is text; convert it to numbers first")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class _Span:
    """What one scan tells of a column of numbers."""

    low: float
    high: float
    least: float
    missing: int
    broken: int


def _span(frame: nw.LazyFrame[Any], name: str) -> _Span:
    """Return minimum, maximum, the least above 0, and how many are missing or broken numbers."""
    known = is_known(nw.col(name))
    raw = nw.col(name).cast(nw.Float64)
    number = nw.when(known).then(raw)
    above = nw.when(known & (raw > 0)).then(raw)
    table = frame.select(
        number.min().alias("low"),
        number.max().alias("high"),
        above.min().alias("least"),
        nw.len().alias("rows"),
        as_number(known).sum().alias("known"),
        as_number(known & (raw != raw.floor())).sum().alias("broken"),
    ).collect()
    low, high, least, rows, filled, broken = table.row(0)
    return _Span(
        float(low) if filled else float("nan"),
        float(high or 0),
        float(least or 0),
        int(rows - (filled or 0)),
        int(broken or 0),
    )


def _check_weight(levels: Levels, name: str, dtype: Any, *, whole: bool) -> None:
    role = "count" if whole else "weight"
    _numeric(levels, name, dtype, role)
    span = _span(levels.frame, name)
    where = f"--{role} '{shown(name)}'"
    if span.missing:
        raise DataError(
            f"{where}: {span.missing} rows have none; give each row one, or leave them out"
        )
    if span.low < 0:
        raise DataError(f"{where} has negative values (lowest {span.low:g}); it must be 0 or more")
    if span.high in (float("inf"),) or span.low != span.low or span.high != span.high:
        raise DataError(f"{where} has values that are not finite numbers")
    if span.high == 0:
        raise DataError(f"{where} is zero in every row")
    if whole:
        if span.broken:
            raise DataError(f"{where} must hold whole numbers of people; use --weight for weights")
        return
    if not (1e-100 < span.high < 1e100 and span.least > 1e-12 * span.high):
        raise DataError(
            f"{where} goes from {span.least:g} to {span.high:g}: too far to add up; mend it"
        )


def _settle_score(schema: Schema, levels: Levels, dtype: Any, notes: list[str]) -> Schema:
    assert schema.score is not None
    where = f"--score '{shown(schema.score)}'"
    _numeric(levels, schema.score, dtype, "score")
    span = _span(levels.frame, schema.score)
    low, high = span.low, span.high
    if low != low:
        raise DataError(f"{where}: every value is missing")
    if abs(low) == float("inf") or abs(high) == float("inf"):
        raise DataError(f"{where} has infinite values")
    threshold = schema.threshold
    if threshold is None or 0 <= threshold < 1:
        if low < 0 or high > 1:
            raise DataError(
                f"{where} goes from {low:g} to {high:g}, outside 0 to 1: pass a --threshold on "
                "its own scale, or mend the scores"
            )
        if threshold is None:
            threshold = 0.5
            notes.append("a score of 0.5 or more counts as a positive decision (--threshold)")
    elif not low <= threshold <= high:
        raise DataError(
            f"--threshold {threshold:g} is outside the scores seen, {low:g} to {high:g}"
        )
    return schema.with_(threshold=threshold)


def _settle_protected(
    schema: Schema, levels: Levels, name: str, dtype: Any, notes: list[str]
) -> Schema:
    where = f"--protected '{shown(name)}'"
    raw = levels.of(name)
    if name in schema.values:
        _check_mapping(schema.values[name], raw, name)
    known = texts_of(raw)
    if not known:
        raise DataError(f"{where}: every value is missing")
    mapped = {schema.values.get(name, {}).get(value, value) for value in known}
    if len(mapped) == 1:
        raise DataError(
            f"{where} has one group only ({listed(mapped)}): there is nothing to compare it with"
        )
    if name in schema.bins:
        _numeric(levels, name, dtype, "bins")
        return _settle_bands(schema, levels, name, notes)
    if len(mapped) > _MANY_NUMBERS and all(_is_number(value) for value in mapped):
        text = ",".join(f"{edge:g}" for edge in _proposed(levels, name, dtype))
        raise SchemaError(
            f"{where} is a number with {levels.count(name)} values: cut it into bands, for example "
            f"--bins {shown(name)}={text} (or --bins {shown(name)}=auto)"
        )
    all_differ = len(mapped) == levels.rows and levels.rows > _MANY_NUMBERS and schema.count is None
    if len(mapped) > MAX_GROUPS or all_differ:
        found = levels.count(name) if levels.many(name) else len(mapped)
        raise SchemaError(
            f"{where} has {found} values in {levels.rows} rows: it looks like an identifier, not a "
            "group; name another column"
        )
    _check_reference(schema, name, mapped)
    return schema


def _settle_bands(schema: Schema, levels: Levels, name: str, notes: list[str]) -> Schema:
    if schema.bins[name] == AUTO:
        edges = _proposed(levels, name, nw.Float64)
        notes.append(f"{name!r} is cut at {', '.join(f'{e:g}' for e in edges)} (proposed bands)")
        schema = schema.with_(bins={**schema.bins, name: edges})
    chosen = schema.bins[name]
    assert not isinstance(chosen, str)
    if levels.many(name):
        codes = values_of(levels.frame.select(band_code(nw.col(name), chosen).alias(name)), name)
        bands = {int(code) for code, _ in codes.collect().rows() if group_text(code) is not None}
    else:
        known = texts_of(levels.of(name))
        bands = {sum(float(value) >= edge for edge in chosen) for value in known}
    if len(bands) < 2:
        raise DataError(f"--bins {shown(name)}: all values fall into one band; move the edges")
    labels = band_labels(chosen)
    _check_reference(schema, name, {labels[band] for band in bands})
    return schema


def _proposed(levels: Levels, name: str, dtype: Any) -> tuple[float, ...]:
    """Return bands for a number; of many values, without holding them."""
    if levels.many(name) and dtype.is_numeric():
        return bands_of_ranks(*levels.ranked(name))
    return proposed_bands({float(v): n for v, n in texts_of(levels.of(name)).items()})


def _check_reference(schema: Schema, name: str, groups: set[str]) -> None:
    wanted = schema.reference.get(name)
    if wanted is not None and wanted not in groups:
        raise SchemaError(
            f"--reference {shown(name)}: no group '{shown(wanted)}'{nearest(wanted, groups)}; "
            f"groups: {listed(sorted(groups))}"
        )


def _check_mapping(mapping: Mapping[str, str], raw: Mapping[Any, int], name: str) -> None:
    seen = texts_of(raw)
    for spelling in mapping:
        if spelling not in seen:
            raise SchemaError(
                f"[values.{shown(name)}]: no value '{shown(spelling)}'{nearest(spelling, seen)}; "
                f"values: {listed(seen)}"
            )
