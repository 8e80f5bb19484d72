"""Parquet, Excel and JSON lines."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from auditkit.errors import DataError, RequestError, listed, nearest, shown
from auditkit.loaders.source import Bytes, FileOptions, encoding_of, lines_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_excel", "read_json", "read_parquet"]


def read_parquet(data: Bytes, options: FileOptions) -> tuple[pd.DataFrame, list[str], str | None]:
    """Read a Parquet file."""
    import pandas as pd

    try:
        with data.open() as file:
            return pd.read_parquet(io.BytesIO(file.read())), [], None
    except Exception as error:  # pyarrow raises many kinds; all mean "not a Parquet file"
        raise DataError(f"{data.name} cannot be read as Parquet: {shown(error)}") from error


def read_excel(data: Bytes, options: FileOptions) -> tuple[pd.DataFrame, list[str], str | None]:
    """Read one sheet of an Excel workbook."""
    import pandas as pd

    try:
        with data.open() as file:
            book = pd.ExcelFile(io.BytesIO(file.read()), engine="openpyxl")
    except Exception as error:  # openpyxl and zipfile raise many kinds
        raise DataError(
            f"{data.name} cannot be read as an Excel workbook: {shown(error)}"
        ) from error
    names = [str(name) for name in book.sheet_names]
    sheet = options.sheet or (names[0] if names else "")
    if sheet not in names:
        raise RequestError(
            f"--sheet: no sheet '{shown(sheet)}' in {data.name}{nearest(sheet, names)}; "
            f"sheets: {listed(names)}"
        )
    frame = pd.read_excel(
        book,
        sheet_name=sheet,
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


def read_json(data: Bytes, options: FileOptions) -> tuple[pd.DataFrame, list[str], str | None]:
    """Read JSON lines: one flat object a line."""
    import pandas as pd

    encoding = encoding_of(data, options, [])
    records: list[Any] = []
    for number, line in enumerate(lines_of(data, encoding), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
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
