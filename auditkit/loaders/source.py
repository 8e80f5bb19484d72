"""Bytes at the door: a file or standard input, its encoding, its lines, or one clear error."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import re
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, cast

from auditkit.errors import DataError, RequestError, listed, nearest, shown

__all__ = ["MAX_LINE", "Bytes", "FileOptions", "bytes_of", "encoding_of", "lines_of", "open_text"]

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
ENGINES = ("duckdb", "polars", "pandas")
_MEMORY = re.compile(r"[1-9]\d*(?:\.\d+)? ?(?:MB|GB|TB|MiB|GiB|TiB)", re.ASCII)
_MAX_EXPANSION = 200
_BOMB_FLOOR = 100 * 2**20
_BOMB_STEP = 2**24
MAX_LINE = 10 * 2**20


@dataclass(frozen=True, kw_only=True)
class FileOptions:
    """How to read a file; None asks for a look at the file itself."""

    delimiter: str | None = None
    encoding: str | None = None
    decimal: str | None = None
    sheet: str | None = None
    header_row: int = 1
    engine: str | None = None
    memory: str | None = None

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
                io.TextIOWrapper(io.BytesIO(), encoding=self.encoding)  # not "hex" or "rot13"
            except (LookupError, ValueError):
                raise RequestError(
                    f"--encoding '{shown(self.encoding)}' is not known; try utf-8, cp1252, latin-1 "
                    "or utf-16"
                ) from None
        if self.decimal not in {None, ".", ","}:
            raise RequestError(f"--decimal '{shown(self.decimal)}': use '.' or ','")
        if self.header_row < 1:
            raise RequestError(f"--header-row is {self.header_row}; rows are counted from 1")
        if self.engine is not None and self.engine not in ENGINES:
            raise RequestError(
                f"--engine '{shown(self.engine)}'{nearest(self.engine, ENGINES)}: use "
                f"{listed(ENGINES)}"
            )
        if self.memory is not None and not _MEMORY.fullmatch(self.memory):
            raise RequestError(
                f"--memory '{shown(self.memory)}': write a number and MB or GB, such as 1GB"
            )


@dataclass(frozen=True, kw_only=True)
class Bytes:
    """A file on disk, or what came through standard input. Its `title` is untrusted text."""

    title: str
    path: Path | None
    content: bytes
    size: int
    packed: bool = False

    @property
    def name(self) -> str:
        """The title, safe to print."""
        return shown(self.title)

    def open(self) -> IO[bytes]:
        """Open the bytes, unpacked."""
        place: Any = io.BytesIO(self.content) if self.path is None else self.path
        if self.packed:
            return cast(IO[bytes], gzip.open(place, "rb"))
        return io.BytesIO(self.content) if self.path is None else self.path.open("rb")

    def head(self, size: int) -> bytes:
        """Return the first bytes, unpacked."""
        with self.open() as file:
            return file.read(size)

    def sha256(self) -> str:
        """Return the hash of the bytes as they are on disk."""
        with replace(self, packed=False).open() as file:
            return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


def bytes_of(path: str, name: str) -> Bytes:
    """Find a file, or read standard input."""
    if path == "-":
        content = sys.stdin.buffer.read()
        return Bytes(title=name, path=None, content=content, size=len(content))
    place = Path(path)
    try:
        if place.is_dir():
            raise RequestError(f"{shown(name)} is a folder; name a file")
        return Bytes(title=name, path=place, content=b"", size=place.stat().st_size)
    except FileNotFoundError:
        folder = place.parent
        others = [item.name for item in folder.iterdir()] if folder.is_dir() else []
        raise RequestError(f"no such file: {shown(path, 200)}{nearest(name, others)}") from None
    except (OSError, ValueError) as error:
        raise RequestError(f"cannot read {shown(name)}: {shown(error)}") from None


def encoding_of(data: Bytes, options: FileOptions, notes: list[str]) -> str:
    """Return the encoding, from a mark at the start or the options; refuse what is not text."""
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


def open_text(data: Bytes, encoding: str) -> io.TextIOWrapper:
    """Open the bytes as text, line ends as they are."""
    return io.TextIOWrapper(data.open(), encoding=encoding, newline="")


def lines_of(data: Bytes, encoding: str) -> Iterator[str]:
    """Yield lines; decoding errors and broken archives become one clear error."""
    with open_text(data, encoding) as file:
        number = read = 0
        try:
            while line := file.readline(MAX_LINE):
                number, read = number + 1, read + len(line)
                if "\x00" in line:
                    raise DataError(f"{data.name} has a NUL byte in line {number}: not a text file")
                if len(line) == MAX_LINE:
                    raise DataError(
                        f"{data.name}, line {number} is longer than {MAX_LINE:,} characters: not "
                        "a table"
                    )
                if read >= _BOMB_STEP:
                    read = 0
                    _refuse_bomb(data, file)
                yield line
        except UnicodeError:  # UTF-16 without its mark is not a UnicodeDecodeError
            raise DataError(
                f"{data.name} is not {encoding} text (near line {number + 1}): "
                "name its --encoding, for example cp1252 or utf-16"
            ) from None
        except (EOFError, OSError, zlib.error) as error:
            raise DataError(f"{data.name} breaks off or is damaged: {shown(error)}") from None


def _refuse_bomb(data: Bytes, file: io.TextIOWrapper) -> None:
    expanded = cast(IO[bytes], file.buffer).tell() if data.packed else 0
    if expanded > _BOMB_FLOOR and expanded > _MAX_EXPANSION * data.size:
        raise DataError(
            f"{data.name} unpacks to more than {_MAX_EXPANSION} times its size: "
            "unpack it yourself if you trust it"
        )
