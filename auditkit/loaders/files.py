"""Files at the door: bytes on disk become a pandas frame of text and numbers, or one clear error.

Cells are read as text first. Only an empty cell is missing: a group called ``NA`` or ``None``
stays a group, and ``00123`` stays ``00123``. Columns that play no role and hold only numbers
become numbers afterwards (:func:`typed`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditkit.errors import DataError
from auditkit.loaders.delimited import check_names, read_text
from auditkit.loaders.formats import read_excel, read_json, read_parquet
from auditkit.loaders.numbers import typed
from auditkit.loaders.places import EXCEL, JSON, PARQUET, TEXT, Place
from auditkit.loaders.source import Bytes, FileOptions

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FileOptions", "RawTable", "read_file", "typed"]

_Reader = Callable[[Bytes, FileOptions], "tuple[pd.DataFrame, list[str], str | None]"]
_READERS: dict[str, _Reader] = {
    TEXT: read_text,
    PARQUET: read_parquet,
    EXCEL: read_excel,
    JSON: read_json,
}


@dataclass(frozen=True, kw_only=True)
class RawTable:
    """What a file held."""

    frame: pd.DataFrame
    notes: tuple[str, ...]
    decimal: str | None = None


def read_file(place: Place, options: FileOptions) -> RawTable:
    """Read one file by its kind: CSV, TSV, gzip, Parquet, JSON lines or Excel.

    Raises
    ------
    DataError
        When the file is not what it says it is: one line, with the place and the mend.
    """
    (data,) = place.files
    frame, notes, decimal = _READERS[place.kind](data, options)
    _check_frame(frame, data.name)
    return RawTable(frame=frame, notes=tuple(notes), decimal=decimal)


def _check_frame(frame: pd.DataFrame, name: str) -> None:
    names = [str(column) for column in frame.columns]
    check_names(names, name)
    frame.columns = names
    if not len(frame):
        raise DataError(f"{name} has a header and no rows")
