"""Files at the door: bytes on disk become a pandas frame of text and numbers, or one clear error.

Cells are read as text first. Only an empty cell is missing: a group called ``NA`` or ``None``
stays a group, and ``00123`` stays ``00123``. Columns that play no role and hold only numbers
become numbers afterwards (:func:`typed`).
"""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import json
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from auditkit.errors import DataError, RequestError, listed, nearest, shown

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FileOptions", "RawTable", "read_file", "typed"]

_DELIMITERS = (",", ";", "\t", "|")
_MISSING_NUMBERS = frozenset({"NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "?", "."})
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAGIC = (
    (b"PAR1", "a Parquet file"),
    (b"PK\x03\x04", "an Excel workbook or a zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"SQLite format 3\x00", "an SQLite database"),
)
_MAX_EXPANSION = 200
_BOMB_FLOOR = 100 * 2**20
_BOMB_STEP = 2**24
_MAX_COLUMNS = 10_000
_MAX_LINE = 10 * 2**20
_COMMA_NUMBER = r"[+-]?(?:(?:\d+|\d{1,3}(?:\.\d{3})+)(?:,\d*)?|,\d+)(?:[eE][+-]?\d+)?"


@dataclass(frozen=True, kw_only=True)
class FileOptions:
    """How to read a file; None asks for a look at the file itself."""

    delimiter: str | None = None
    encoding: str | None = None
    decimal: str | None = None
    sheet: str | None = None
    header_row: int = 1

    def __post_init__(self) -> None:
        """Refuse what no file can be read with."""
        if self.delimiter is not None:
            plain = {"tab": "\t", "\\t": "\t"}.get(self.delimiter, self.delimiter)
            if len(plain) != 1 or plain in '"\r\n':
                raise RequestError(
                    f"--delimiter '{shown(self.delimiter)}': use one character, or 'tab'"
                )
            object.__setattr__(self, "delimiter", plain)
        if self.encoding is not None:
            try:
                codecs.lookup(self.encoding)
            except (LookupError, ValueError):
                raise RequestError(
                    f"--encoding '{shown(self.encoding)}' is not known; try utf-8, cp1252, latin-1 "
                    "or utf-16"
                ) from None
        if self.decimal not in {None, ".", ","}:
            raise RequestError(f"--decimal '{shown(self.decimal)}': use '.' or ','")
        if self.header_row < 1:
            raise RequestError(f"--header-row is {self.header_row}; rows are counted from 1")


@dataclass(frozen=True, kw_only=True)
class RawTable:
    """What a file held, and where it came from."""

    frame: pd.DataFrame
    name: str
    sha256: str
    size: int
    notes: tuple[str, ...]
    decimal: str | None = None


def read_file(path: str, options: FileOptions) -> RawTable:
    """Read a file by its kind: CSV, TSV, gzip, Parquet, JSON lines or Excel; ``-`` is CSV on stdin.

    Raises
    ------
    DataError
        When the file is not what it says it is: one line, with the place and the mend.
    RequestError
        When there is no such file.
    """
    name = "standard input" if path == "-" else Path(path).name
    data = _bytes_of(path, name)
    head = data.head(64)
    suffixes = [suffix.lower() for suffix in Path(name).suffixes]
    kind = suffixes[-1] if suffixes else ""
    if head.startswith(b"\x1f\x8b"):
        kind = suffixes[-2] if len(suffixes) > 1 and kind == ".gz" else ".csv"
        data = replace(data, packed=True)
    if data.size == 0:
        raise DataError(f"{data.name} is empty: it has no header row and no data")
    reader: Callable[[_Bytes, FileOptions], tuple[pd.DataFrame, list[str], str | None]]
    if kind in {".parquet", ".pq"}:
        reader = _read_parquet
    elif kind in {".xlsx", ".xlsm", ".xls"}:
        reader = _read_excel
    elif kind in {".jsonl", ".ndjson", ".json"}:
        reader = _read_json
    else:
        reader = _read_text
    frame, notes, decimal = reader(data, options)
    _check_frame(frame, data.name)
    return RawTable(
        frame=frame,
        name=name,
        sha256=data.sha256(),
        size=data.size,
        notes=tuple(notes),
        decimal=decimal,
    )


@dataclass(frozen=True, kw_only=True)
class _Bytes:
    """A file on disk, or what came through standard input."""

    name: str
    path: Path | None
    content: bytes
    size: int
    packed: bool = False

    def open(self) -> IO[bytes]:
        place: Any = io.BytesIO(self.content) if self.path is None else self.path
        if self.packed:
            return cast(IO[bytes], gzip.open(place, "rb"))
        return io.BytesIO(self.content) if self.path is None else self.path.open("rb")

    def head(self, size: int) -> bytes:
        with self.open() as file:
            return file.read(size)

    def sha256(self) -> str:
        with replace(self, packed=False).open() as file:
            return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


def _bytes_of(path: str, name: str) -> _Bytes:
    if path == "-":
        content = sys.stdin.buffer.read()
        return _Bytes(name=name, path=None, content=content, size=len(content))
    place = Path(path)
    try:
        if place.is_dir():
            raise RequestError(f"{shown(name)} is a folder; name a file")
        return _Bytes(name=shown(name), path=place, content=b"", size=place.stat().st_size)
    except FileNotFoundError:
        folder = place.parent
        others = [item.name for item in folder.iterdir()] if folder.is_dir() else []
        raise RequestError(f"no such file: {shown(path, 200)}{nearest(name, others)}") from None
    except (OSError, ValueError) as error:
        raise RequestError(f"cannot read {shown(name)}: {shown(error)}") from None


def _read_text(data: _Bytes, options: FileOptions) -> tuple[pd.DataFrame, list[str], str | None]:
    import pandas as pd

    notes: list[str] = []
    encoding = _encoding(data, options, notes)
    delimiter = options.delimiter or _sniff(data, encoding, options, notes)
    header, header_line, rows = _scan(data, encoding, delimiter, options)
    with _open_text(data, encoding) as file:
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
            )
        except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
            raise DataError(f"{data.name} cannot be read as a table: {shown(error)}") from None
    if len(frame) != rows:
        raise DataError(f"{data.name}: {len(frame)} of {rows} rows were read; mend its quotes")
    decimal = options.decimal
    if decimal is None and delimiter == ";" and _has_decimal_commas(frame):
        decimal = ","
        notes.append("numbers are written with a decimal comma (inferred; --decimal . to refuse)")
    return frame, notes, decimal


def _encoding(data: _Bytes, options: FileOptions, notes: list[str]) -> str:
    try:
        head = data.head(65536)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{data.name} is not a whole gzip file: {shown(error)}") from None
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name
    for magic, what in _MAGIC:
        if head.startswith(magic):
            raise DataError(
                f"{data.name} is not a text table: its first bytes are those of {what}; "
                "give it the right ending, or export it as CSV"
            )
    encoding = options.encoding or "utf-8"
    if b"\x00" in head and not encoding.lower().replace("_", "-").startswith(("utf-16", "utf-32")):
        raise DataError(
            f"{data.name} is a binary file (a NUL byte at position {head.index(0)}): "
            "export it as CSV, or name its --encoding"
        )
    if options.encoding:
        notes.append(f"read as {encoding}")
    return encoding


def _open_text(data: _Bytes, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(data.open(), encoding=encoding, newline="")


def _lines(data: _Bytes, encoding: str) -> Iterator[str]:
    """Yield lines; decoding errors and broken archives become one clear error."""
    with _open_text(data, encoding) as file:
        number = read = 0
        try:
            while line := file.readline(_MAX_LINE):
                number, read = number + 1, read + len(line)
                if "\x00" in line:
                    raise DataError(f"{data.name} has a NUL byte in line {number}: not a text file")
                if len(line) == _MAX_LINE:
                    raise DataError(
                        f"{data.name}, line {number} is longer than {_MAX_LINE:,} characters: not "
                        "a table"
                    )
                if read >= _BOMB_STEP:
                    read = 0
                    _refuse_bomb(data, file)
                yield line
        except UnicodeDecodeError:
            raise DataError(
                f"{data.name} is not {encoding} text (near line {number + 1}): "
                "name its --encoding, for example cp1252 or utf-16"
            ) from None
        except (EOFError, OSError, zlib.error) as error:
            raise DataError(f"{data.name} breaks off or is damaged: {shown(error)}") from None


def _refuse_bomb(data: _Bytes, file: io.TextIOWrapper) -> None:
    expanded = cast(IO[bytes], file.buffer).tell() if data.packed else 0
    if expanded > _BOMB_FLOOR and expanded > _MAX_EXPANSION * data.size:
        raise DataError(
            f"{data.name} unpacks to more than {_MAX_EXPANSION} times its size: "
            "unpack it yourself if you trust it"
        )


def _sniff(data: _Bytes, encoding: str, options: FileOptions, notes: list[str]) -> str:
    """Return the delimiter that gives the first rows one width, the widest if several do."""
    sample = [
        line
        for line, _ in zip(_lines(data, encoding), range(options.header_row + 50), strict=False)
    ]
    sample = [line for line in sample[options.header_row - 1 :] if line.strip()]
    if not sample:
        raise DataError(f"{data.name} is empty: it has no header in row {options.header_row}")
    best, best_score = "", (0.0, 0)
    csv.field_size_limit(_MAX_LINE)
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


def _rows(data: _Bytes, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, cells) of every line that is not blank."""
    reader = csv.reader(_lines(data, encoding), delimiter=delimiter, strict=True)
    csv.field_size_limit(_MAX_LINE)
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
    data: _Bytes, encoding: str, delimiter: str, options: FileOptions
) -> tuple[list[str], int, int]:
    """Check every row (pandas would fill short ones); return the header, its line, the rows."""
    rows = _from_header(_rows(data, encoding, delimiter), options)
    try:
        header_line, header = next(rows)
    except StopIteration:
        raise DataError(f"{data.name} has no header in row {options.header_row}") from None
    width, seen = len(header), 0
    if width > _MAX_COLUMNS:
        raise DataError(f"{data.name} has {width} columns; at most {_MAX_COLUMNS} can be read")
    _check_names(header, data.name)
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


def _has_decimal_commas(frame: pd.DataFrame) -> bool:
    """Whether some column reads as numbers with a comma, and none with a decimal point."""
    found = False
    for name in frame.columns:
        cells = frame[name].dropna().head(1000)
        if not len(cells):
            continue
        pointed = cells[cells.str.contains(".", regex=False)]
        thousands = pointed.str.fullmatch(_COMMA_NUMBER).all()
        if len(pointed) and not thousands and cells.str.fullmatch(r"-?\d+(\.\d+)?").all():
            return False
        found |= bool(cells.str.fullmatch(r"-?\d+(,\d+)?").all() and cells.str.contains(",").any())
    return found


def _read_parquet(data: _Bytes, options: FileOptions) -> tuple[pd.DataFrame, list[str], str | None]:
    import pandas as pd

    try:
        with data.open() as file:
            return pd.read_parquet(io.BytesIO(file.read())), [], None
    except Exception as error:  # pyarrow raises many kinds; all mean "not a Parquet file"
        raise DataError(f"{data.name} cannot be read as Parquet: {shown(error)}") from error


def _read_excel(data: _Bytes, options: FileOptions) -> tuple[pd.DataFrame, list[str], str | None]:
    import pandas as pd

    try:
        with data.open() as file:
            book = pd.ExcelFile(io.BytesIO(file.read()), engine="openpyxl")
    except Exception as error:  # openpyxl and zipfile raise many kinds
        raise DataError(
            f"{data.name} cannot be read as an Excel workbook: {shown(error)}"
        ) from error
    names = [str(name) for name in book.sheet_names]
    sheet = options.sheet or names[0]
    if sheet not in names:
        raise RequestError(
            f"--sheet: no sheet '{shown(sheet)}' in {data.name}{nearest(sheet, names)}; "
            f"sheets: {listed(names)}"
        )
    frame = book.parse(
        sheet,
        header=None,
        skiprows=options.header_row - 1,
        dtype=object,
        keep_default_na=False,
        na_values=[""],
    )
    if frame.empty:
        raise DataError(f"{data.name}, sheet '{shown(sheet)}' is empty")
    header, frame = frame.iloc[0], frame.iloc[1:].reset_index(drop=True)
    if header.isna().any():
        place = int(header.isna().to_numpy().argmax()) + 1
        raise DataError(
            f"{data.name}, sheet '{shown(sheet)}': the header of column {place} is empty; "
            "name it, or point --header-row at the row with the names"
        )
    frame.columns = pd.Index([str(name) for name in header])
    notes = [] if len(names) == 1 else [f"sheet '{shown(sheet)}' of {len(names)}: {listed(names)}"]
    return frame.infer_objects(), notes, None


def _read_json(data: _Bytes, options: FileOptions) -> tuple[pd.DataFrame, list[str], str | None]:
    import pandas as pd

    encoding = _encoding(data, options, [])
    records: list[Any] = []
    for number, line in enumerate(_lines(data, encoding), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (json.JSONDecodeError, RecursionError):
            raise DataError(
                f"{data.name}, line {number} is not JSON: write one object a line (JSON lines)"
            ) from None
        if not isinstance(record, dict):
            raise DataError(f"{data.name}, line {number} is not an object ({{...}})")
        for key, value in record.items():
            if isinstance(value, dict | list):
                raise DataError(
                    f"{data.name}, line {number}: '{shown(key)}' holds a nested value; flatten it"
                )
        records.append(record)
    return pd.DataFrame.from_records(records), [], None


def _check_frame(frame: pd.DataFrame, name: str) -> None:
    names = [str(column) for column in frame.columns]
    _check_names(names, name)
    frame.columns = names
    if not len(frame):
        raise DataError(f"{name} has a header and no rows")


def _check_names(names: list[str], name: str) -> None:
    twice = sorted({column for column in names if names.count(column) > 1})
    if twice:
        raise DataError(f"{name}: the column name {listed(twice)} occurs more than once; rename it")
    if "" in names:
        raise DataError(f"{name}: column {names.index('') + 1} has no name in the header")


def typed(
    frame: pd.DataFrame, *, text: Iterable[str], decimal: str | None, notes: list[str]
) -> pd.DataFrame:
    """Turn text columns that hold only numbers into numbers, except those named in `text`.

    Spellings such as ``NA`` or ``?`` count as missing in a column that is otherwise numeric;
    how many there were is added to `notes`.
    """
    import pandas as pd

    keep = set(text)
    columns: dict[str, Any] = {}
    for name in frame.columns:
        column = frame[name]
        if name in keep or not (pd.api.types.is_string_dtype(column) or column.dtype == object):
            columns[name] = column
            continue
        columns[name] = _as_number(column, name, decimal, notes)
    return pd.DataFrame(columns, index=frame.index)


def _as_number(column: pd.Series, name: str, decimal: str | None, notes: list[str]) -> pd.Series:
    import pandas as pd

    known = column.dropna()
    if not len(known) or not known.map(lambda value: isinstance(value, str)).all():
        return column
    words = known.isin(_MISSING_NUMBERS)
    cells = known[~words]
    if not len(cells) or cells.str.match(r"[+-]?0\d").any():  # 00123 is a code, not a number
        return column
    if decimal == ",":
        if not cells.str.fullmatch(_COMMA_NUMBER).all():
            return column
        cells = cells.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
    numbers = pd.to_numeric(cells, errors="coerce")
    if numbers.isna().any():
        return column
    if words.any():
        spelled = listed(sorted(set(known[words])))
        notes.append(
            f"column '{shown(name)}': {int(words.sum())} cells ({spelled}) read as missing"
        )
    return numbers.reindex(column.index)
