"""Columns of text that hold numbers become numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from auditkit.errors import listed, shown

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COMMA_NUMBER", "MISSING_NUMBERS", "typed"]

COMMA_NUMBER = r"[+-]?(?:(?:\d+|\d{1,3}(?:\.\d{3})+)(?:,\d*)?|,\d+)(?:[eE][+-]?\d+)?"
"""A number with a decimal comma, and points between thousands."""

MISSING_NUMBERS = frozenset({"NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "?", "."})


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
    words = known.isin(MISSING_NUMBERS)
    cells = known[~words]
    if not len(cells) or cells.str.match(r"[+-]?0\d").any():  # 00123 is a code, not a number
        return column
    if decimal == ",":
        if not cells.str.fullmatch(COMMA_NUMBER).all():
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
