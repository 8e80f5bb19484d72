"""Files too large to hold: DuckDB, or Polars by request, reads and counts them where they lie.

Cells of text files are text first, as in :mod:`auditkit.loaders.files`; the few columns that must
be numbers become numbers by the same rule, inside the engine. Whichever engine reads, the schema,
the notes and the counts are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw

from auditkit.errors import DataError, RequestError, listed, shown
from auditkit.loaders.delimited import Layout, has_decimal_commas, layout_of, refuse_bad_rows
from auditkit.loaders.engines import DuckDB, Engine, Polars, reading
from auditkit.loaders.numbers import typed_lazily
from auditkit.loaders.places import EXCEL, PARQUET, TEXT, Place
from auditkit.loaders.sample import row_count
from auditkit.loaders.source import FileOptions
from auditkit.schema import Schema

__all__ = ["LARGE", "Scan", "engine_for", "scan"]

LARGE = 64 * 2**20
"""Files of this many bytes or more are not held in memory."""

_UTF8 = frozenset({"utf-8", "utf8", "utf-8-sig", "ascii", "us-ascii"})


@dataclass(frozen=True, kw_only=True)
class Scan:
    """A table that is still on disk.

    Attributes
    ----------
    frame : native lazy frame
        Of the engine.
    engine : Engine
        Who reads it; it must live as long as the frame.
    columns : tuple of str
        All columns.
    notes : list of str
        What was inferred.
    untyped : frozenset of str
        Columns of text in which numbers may hide.
    decimal : str or None
        Their decimal mark, where it is not a point.
    """

    frame: Any
    engine: Engine
    columns: tuple[str, ...]
    notes: list[str]
    untyped: frozenset[str] = frozenset()
    decimal: str | None = None


def engine_for(place: Place, options: FileOptions) -> str:
    """Return who reads the files: the engine asked for, else DuckDB where they are large or many.

    Raises
    ------
    RequestError
        An engine that cannot read them.
    """
    several = len(place.files) > 1
    asked = options.engine
    if asked == "pandas" or (asked is None and not several and place.size < LARGE):
        if several:
            raise RequestError("--engine pandas reads one file; use duckdb or polars for several")
        return "pandas"
    odd = place.kind == EXCEL or not place.paths
    recoded = place.kind == TEXT and (options.encoding or "utf-8").lower() not in _UTF8
    if not (odd or recoded):
        return asked or "duckdb"
    if asked is None and not several:
        return "pandas"
    what = place.kind if place.kind == EXCEL else "standard input" if odd else "text not in UTF-8"
    raise RequestError(f"--engine {asked or 'duckdb'} cannot read {what}: use --engine pandas")


def scan(place: Place, schema: Schema, options: FileOptions, engine: str) -> Scan:
    """Open files with an engine, without holding their rows.

    Raises
    ------
    DataError
        Files that are not what they say they are, or do not fit together.
    """
    reader: Engine = (Polars if engine == "polars" else DuckDB)(options.memory)
    if place.kind == TEXT:
        return _scan_text(place, schema, options, reader)
    with reading(place.name):
        if place.kind == PARQUET:
            reader.expect(_refuse_other_columns(place))
            frame = reader.parquet(place.paths, partitioned=place.folder)
        else:
            frame = reader.json(place.paths)
        lazy = nw.from_native(frame).lazy()
        columns = tuple(lazy.collect_schema().names())
    notes: list[str] = []
    schema.check_columns(columns)
    return _typed(lazy, columns, schema, reader, notes, options.decimal, place.name)


def _scan_text(place: Place, schema: Schema, options: FileOptions, reader: Engine) -> Scan:
    notes: list[str] = []
    layouts = [
        layout_of(file, options, notes if not i else []) for i, file in enumerate(place.files)
    ]
    first = layouts[0]
    for file, layout in zip(place.files, layouts, strict=True):
        if layout != first:
            raise DataError(_other_layout(place.files[0].name, first, file.name, layout))
    if first.encoding.lower() not in _UTF8:
        raise RequestError(f"{place.name} is {first.encoding} text: use --engine pandas")
    schema.check_columns(first.header)
    packed = {file.packed for file in place.files}
    if len(packed) > 1:
        raise DataError(f"{place.name}: some files are packed and some are not; make them alike")
    twins = _twins(first.header)
    if twins and isinstance(reader, DuckDB):
        raise RequestError(
            f"{place.name}: DuckDB cannot tell the columns {listed(twins)} apart; rename one, or "
            "use --engine polars"
        )
    if isinstance(reader, Polars):  # it would fill short rows without a word
        rows = sum(refuse_bad_rows(file, first, options) for file in place.files)
    how = {
        "header_line": first.header_line,
        "delimiter": first.delimiter,
        "packed": packed.pop(),
    }
    reader.expect(0 if how["packed"] else _about_how_many(place, first))
    try:
        with reading(place.name):
            native = reader.text(place.paths, first.header, how)
            frame = nw.from_native(native).lazy()
            head = frame.head(5_000).collect().to_pandas()
    except DataError:
        for file in place.files:  # our own reading names the line and the mend
            refuse_bad_rows(file, first, options)
        raise
    if not len(head):
        raise DataError(f"{place.name} has a header and no rows")
    if isinstance(reader, Polars) and row_count(native) != rows:
        raise DataError(
            f"{place.name} has blank lines, which Polars takes for rows: use --engine duckdb"
        )
    decimal = options.decimal
    if decimal is None and first.delimiter == ";" and has_decimal_commas(head):
        decimal = ","
        notes.append("numbers are written with a decimal comma (inferred; --decimal . to refuse)")
    return _typed(frame, first.header, schema, reader, notes, decimal, place.name)


def _typed(
    frame: nw.LazyFrame[Any],
    columns: tuple[str, ...],
    schema: Schema,
    reader: Engine,
    notes: list[str],
    decimal: str | None,
    name: str,
) -> Scan:
    """Read the roles that must be numbers as numbers; the features wait for their rows."""
    roles = {schema.score, schema.weight, schema.count, *schema.bins}
    with reading(name):
        types = frame.collect_schema()
        text = [column for column in columns if column in roles and types[column] == nw.String]
        frame = typed_lazily(frame, text, decimal=decimal, notes=notes)
    return Scan(
        frame=frame.to_native(),
        engine=reader,
        columns=columns,
        notes=notes,
        untyped=frozenset(columns) - set(schema.used_columns),
        decimal=decimal,
    )


def _about_how_many(place: Place, layout: Layout) -> int:
    """Guess the rows of text files from the length of the first lines."""
    head = place.files[0].head(2**16)
    return round(place.size * max(head.count(b"\n") - layout.header_line, 1) / len(head))


def _other_layout(one: str, first: Layout, other: str, layout: Layout) -> str:
    if first.header != layout.header:
        more = [name for name in layout.header if name not in first.header]
        less = [name for name in first.header if name not in layout.header]
        what = f"has {listed(more)} and not {listed(less)}" if more and less else (
            f"has {listed(more)} too" if more else f"lacks {listed(less)}" if less
            else "has the same columns in another order"
        )  # fmt: skip
        return f"{other} {what}, unlike {one}: files of one table need the same columns"
    return (
        f"{other} is not laid out like {one} (separator, encoding or header row): make them alike"
    )


def _refuse_other_columns(place: Place) -> int:
    """Compare the footers of Parquet files (engines disagree on what to do); return the rows."""
    import pyarrow.parquet as pq

    first: dict[str, str] = {}
    rows = 0
    for file in place.files:
        try:
            footer = pq.read_metadata(str(file.path))
            schema = footer.schema.to_arrow_schema()
        except Exception as error:  # pyarrow raises many kinds; all mean "not a Parquet file"
            raise DataError(f"{file.name} cannot be read as Parquet: {shown(error)}") from error
        kinds = {field.name: str(field.type) for field in schema}
        rows += footer.num_rows
        first = first or kinds
        if kinds != first:
            odd = next(n for n in [*first, *kinds] if first.get(n) != kinds.get(n))
            raise DataError(
                f"{file.name}: column '{shown(odd)}' is {kinds.get(odd, 'absent')}, but "
                f"{first.get(odd, 'absent')} in {place.files[0].name}: make the files alike"
            )
    return rows


def _twins(names: Sequence[str]) -> list[str]:
    """Return the first two names that differ in upper and lower case only."""
    seen: dict[str, str] = {}
    for name in names:
        if name.lower() in seen:
            return [seen[name.lower()], name]
        seen[name.lower()] = name
    return []
