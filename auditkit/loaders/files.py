"""Files at the door: bytes on disk become a pandas frame of text and numbers, or one clear error.

Cells are read as text first. Only an empty cell is missing: a group called ``NA`` or ``None``
stays a group, and ``00123`` stays ``00123``. Columns that play no role and hold only numbers
become numbers afterwards (:func:`typed`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from auditkit.errors import DataError
from auditkit.loaders.delimited import check_names, read_text
from auditkit.loaders.formats import read_excel, read_json, read_parquet
from auditkit.loaders.numbers import typed
from auditkit.loaders.source import Bytes, FileOptions, bytes_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FileOptions", "RawTable", "read_file", "typed"]


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
    data = bytes_of(path, name)
    head = data.head(64)
    suffixes = [suffix.lower() for suffix in Path(name).suffixes]
    kind = suffixes[-1] if suffixes else ""
    if head.startswith(b"\x1f\x8b"):
        kind = suffixes[-2] if len(suffixes) > 1 and kind == ".gz" else ".csv"
        data = replace(data, packed=True)
    if data.size == 0:
        raise DataError(f"{data.name} is empty: it has no header row and no data")
    reader: Callable[[Bytes, FileOptions], tuple[pd.DataFrame, list[str], str | None]]
    if kind in {".parquet", ".pq"}:
        reader = read_parquet
    elif kind in {".xlsx", ".xlsm", ".xls"}:
        reader = read_excel
    elif kind in {".jsonl", ".ndjson", ".json"}:
        reader = read_json
    else:
        reader = read_text
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


def _check_frame(frame: pd.DataFrame, name: str) -> None:
    names = [str(column) for column in frame.columns]
    check_names(names, name)
    frame.columns = names
    if not len(frame):
        raise DataError(f"{name} has a header and no rows")
