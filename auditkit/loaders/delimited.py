"""Delimited text: sniff the separator, check every row, then let Arrow or pandas parse."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditkit.errors import DataError, listed, shown
from auditkit.loaders.numbers import COMMA_NUMBER
from auditkit.loaders.quick import is_plain, parsed
from auditkit.loaders.source import (
    MAX_LINE,
    Bytes,
    FileOptions,
    encoding_of,
    lines_of,
    open_text,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Layout",
    "check_names",
    "has_decimal_commas",
    "layout_of",
    "read_text",
    "refuse_bad_rows",
]

_DELIMITERS = (",", ";", "\t", "|")
_MAX_COLUMNS = 10_000


def read_text(data: Bytes, options: FileOptions) -> tuple[pd.DataFrame, list[str], str | None]:
    """Return the frame (all text), notes, and the decimal mark where it is not a point."""
    notes: list[str] = []
    encoding = encoding_of(data, options, notes)
    delimiter = options.delimiter or _sniff(data, encoding, options, notes)
    frame = _read_quickly(data, encoding, delimiter, options)
    if frame is None:
        frame = _read_carefully(data, encoding, delimiter, options)
    decimal = options.decimal
    if decimal is None and delimiter == ";" and has_decimal_commas(frame):
        decimal = ","
        notes.append("numbers are written with a decimal comma (inferred; --decimal . to refuse)")
    return frame, notes, decimal


def _read_quickly(
    data: Bytes, encoding: str, delimiter: str, options: FileOptions
) -> pd.DataFrame | None:
    """Read a text whose lines are its rows; None where it is not so, or not without fault."""
    if data.packed:
        return None
    with data.open() as file:
        content = file.read()
    if not is_plain(content, encoding):
        return None
    rows = _from_header(_rows(data, encoding, delimiter), options)
    header_line, header = _header(data, rows, options)
    return parsed(content, header, header_line=header_line, delimiter=delimiter)


def _read_carefully(
    data: Bytes, encoding: str, delimiter: str, options: FileOptions
) -> pd.DataFrame:
    """Check every row, then let pandas parse."""
    import pandas as pd

    header, header_line, rows = _scan(data, encoding, delimiter, options)
    with open_text(data, encoding) as file:
        for _ in range(header_line):
            file.readline()
        try:
            frame = pd.read_csv(
                file,
                sep=delimiter,
                names=header,
                dtype=str,
                keep_default_na=False,
                na_values=[""],
                index_col=False,
                skip_blank_lines=True,
                quotechar='"',
                engine="c" if delimiter.isascii() else "python",
            )
        except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
            raise DataError(f"{data.name} cannot be read as a table: {shown(error)}") from None
    if len(frame) != rows:
        raise DataError(f"{data.name}: {len(frame)} of {rows} rows were read; mend its quotes")
    return frame


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How a text file is laid out: its separator, its header, and the line the header ends on."""

    encoding: str
    delimiter: str
    header: tuple[str, ...]
    header_line: int


def layout_of(data: Bytes, options: FileOptions, notes: list[str]) -> Layout:
    """Look at the top of a file only."""
    encoding = encoding_of(data, options, notes)
    delimiter = options.delimiter or _sniff(data, encoding, options, notes)
    rows = _from_header(_rows(data, encoding, delimiter), options)
    header_line, header = _header(data, rows, options)
    return Layout(
        encoding=encoding, delimiter=delimiter, header=tuple(header), header_line=header_line
    )


def refuse_bad_rows(data: Bytes, layout: Layout, options: FileOptions) -> int:
    """Read every line, raise where a row does not fit the header, and return how many fit."""
    _, _, rows = _scan(data, layout.encoding, layout.delimiter, options)
    return rows


def _sniff(data: Bytes, encoding: str, options: FileOptions, notes: list[str]) -> str:
    """Return the delimiter that gives the first rows one width, the widest if several do."""
    sample = [
        line
        for line, _ in zip(lines_of(data, encoding), range(options.header_row + 50), strict=False)
    ]
    sample = [line for line in sample[options.header_row - 1 :] if line.strip()]
    if not sample:
        raise DataError(f"{data.name} is empty: it has no header in row {options.header_row}")
    best, best_score = "", (0.0, 0)
    csv.field_size_limit(MAX_LINE)
    for candidate in _DELIMITERS:
        widths = [len(row) for row in csv.reader(sample, delimiter=candidate)]
        if not widths or widths[0] < 2:
            continue
        alike = sum(width == widths[0] for width in widths) / len(widths)
        if (alike, widths[0]) > best_score:
            best, best_score = candidate, (alike, widths[0])
    if not best:
        raise DataError(
            f"{data.name}: no delimiter found in the header '{shown(sample[0].strip(), 60)}'; "
            "name it with --delimiter"
        )
    if best != ",":
        notes.append(f"columns are separated by {'a tab' if best == chr(9) else repr(best)}")
    return best


def _rows(data: Bytes, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, cells) of every line that is not blank."""
    reader = csv.reader(lines_of(data, encoding), delimiter=delimiter, strict=True)
    csv.field_size_limit(MAX_LINE)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise DataError(
                f"{data.name}, line {reader.line_num}: {shown(error)}; a quote is not closed, or "
                "the file breaks off"
            ) from None
        if cells:
            yield reader.line_num, cells


def _from_header(
    rows: Iterable[tuple[int, list[str]]], options: FileOptions
) -> Iterator[tuple[int, list[str]]]:
    for line, cells in rows:
        if line >= options.header_row:
            yield line, cells


def _scan(
    data: Bytes, encoding: str, delimiter: str, options: FileOptions
) -> tuple[list[str], int, int]:
    """Check every row (pandas would fill short ones); return the header, its line, the rows."""
    rows = _from_header(_rows(data, encoding, delimiter), options)
    header_line, header = _header(data, rows, options)
    width, seen = len(header), 0
    for line, cells in rows:
        seen += 1
        if len(cells) != width:
            raise DataError(
                f"{data.name}, line {line}: {len(cells)} cells where the header has {width}; "
                "mend the row, or name the --delimiter"
            )
    if not seen:
        raise DataError(f"{data.name} has a header and no rows")
    return header, header_line, seen


def _header(
    data: Bytes, rows: Iterator[tuple[int, list[str]]], options: FileOptions
) -> tuple[int, list[str]]:
    try:
        line, header = next(rows)
    except StopIteration:
        raise DataError(f"{data.name} has no header in row {options.header_row}") from None
    if len(header) > _MAX_COLUMNS:
        raise DataError(
            f"{data.name} has {len(header)} columns; at most {_MAX_COLUMNS} can be read"
        )
    check_names(header, data.name)
    return line, header


def has_decimal_commas(frame: pd.DataFrame) -> bool:
    """Whether some column reads as numbers with a comma, and none with a decimal point."""
    found = False
    for name in frame.columns:
        cells = frame[name].dropna().head(1000)
        if not len(cells):
            continue
        pointed = cells[cells.str.contains(".", regex=False)]
        thousands = pointed.str.fullmatch(COMMA_NUMBER).all()
        if len(pointed) and not thousands and cells.str.fullmatch(r"-?\d+(\.\d+)?").all():
            return False
        found |= bool(cells.str.fullmatch(r"-?\d+(,\d+)?").all() and cells.str.contains(",").any())
    return found


def check_names(names: list[str], name: str) -> None:
    """Raise when a column name is empty or occurs twice."""
    twice = sorted({column for column in names if names.count(column) > 1})
    if twice:
        raise DataError(f"{name}: the column name {listed(twice)} occurs more than once; rename it")
    if "" in names:
        raise DataError(f"{name}: column {names.index('') + 1} has no name in the header")
