"""Columns of text that hold numbers become numbers."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np

from auditkit.columns.wording import letters_of
from auditkit.errors import listed, shown
from auditkit.threads import side_by_side

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["COMMA_NUMBER", "MISSING_NUMBERS", "typed", "typed_lazily"]

COMMA_NUMBER = r"[+-]?(?:(?:\d+|\d{1,3}(?:\.\d{3})+)(?:,\d*)?|,\d+)(?:[eE][+-]?\d+)?"
"""A number with a decimal comma, and points between thousands."""

MISSING_NUMBERS = frozenset({"NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "?", "."})


_FEW = 100
_LONG = 20_000  # rows from which threads pay
_WORD = re.compile(r"[^\d\s.+\-efinty]|\d[+-]", re.IGNORECASE)  # no number has it, nor infinity
_SURE = re.compile(r"[+-]?(?:0|[1-9]\d*)(?:\.\d+)?", re.ASCII)  # a number, whoever reads it


def typed(
    frame: pd.DataFrame, *, text: Iterable[str], decimal: str | None, notes: list[str]
) -> pd.DataFrame:
    """Turn text columns that hold only numbers into numbers, except those named in `text`.

    Spellings such as ``NA`` or ``?`` count as missing in a column that is otherwise numeric;
    how many there were is added to `notes`.
    """
    import pandas as pd

    keep = set(text)
    columns = {name: frame[name] for name in frame.columns}
    asked = [
        column
        for name, column in columns.items()
        if name not in keep and (pd.api.types.is_string_dtype(column) or column.dtype == object)
    ]
    every = itertools.repeat(decimal)
    found = side_by_side(_as_number, asked, every, long=len(frame) >= _LONG)
    for numbers, note in found:
        columns[str(numbers.name)] = numbers
        notes += note
    return pd.DataFrame(columns, index=frame.index)


def _as_number(column: pd.Series, decimal: str | None) -> tuple[pd.Series, list[str]]:
    """Return a column as numbers, or as it is, and what to tell of it."""
    import pandas as pd

    if not isinstance(column.dtype, pd.StringDtype) and (
        pd.api.types.infer_dtype(column, skipna=True) != "string"
    ):
        return column, []
    first = [cell for cell in column.iloc[:_FEW].tolist() if isinstance(cell, str)]
    if decimal != "," and first and MISSING_NUMBERS.isdisjoint(first):
        if _WORD.search(first[0]):
            return column, []  # most columns of words show it at once
        if not all(map(_SURE.fullmatch, first)) and _numbers(pd.Series(first), decimal) is None:
            return column, []
        plain = _plain_numbers(column)
        if plain is not None:
            return plain, []
    codes, uniques = pd.factorize(column)  # each spelling is read once
    spellings = pd.Series(uniques)
    words = spellings.isin(MISSING_NUMBERS)
    numbers = _numbers(spellings[~words], decimal)
    if numbers is None:
        return column, []
    notes = []
    if words.any():
        cells = int(np.isin(codes, np.flatnonzero(words)).sum())
        notes.append(_missing_note(str(column.name), cells, set(spellings[words])))
    place = np.full(len(spellings) + 1, -1)  # the last for empty cells, whose code is -1
    place[:-1][~words.to_numpy()] = np.arange(len(numbers))
    filled = pd.api.extensions.take(numbers.array, place[codes], allow_fill=True)
    return pd.Series(filled, index=column.index, name=column.name), notes


def _numbers(spellings: pd.Series, decimal: str | None) -> pd.Series | None:
    """Read spellings as numbers; None where there are none, or one that is no number."""
    import pandas as pd

    for cells in (spellings[:_FEW], spellings) if len(spellings) > _FEW else (spellings,):
        if not len(cells) or cells.str.match(r"[+-]?0\d").any():  # 00123 is a code, not a number
            return None
        if decimal == ",":
            if not cells.str.fullmatch(COMMA_NUMBER).all():
                return None
            cells = cells.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
        numbers = pd.to_numeric(cells, errors="coerce")
        if numbers.isna().any():
            return None
    return numbers


def _plain_numbers(column: pd.Series) -> pd.Series | None:
    """Read a column of plain numbers at one go; None where a cell may be anything else."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        found = pa.array(column, from_pandas=True)
    except UnicodeEncodeError:  # half a surrogate pair, out of JSON
        return None
    whole = found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
    cells = pc.cast(whole, pa.large_string())
    coded, pointed = _look(cells)
    if coded:
        return None
    numbers = None if pointed else _parsed(cells, pa.int64())
    if numbers is None:
        numbers = _parsed(cells, pa.float64())
        if numbers is None or np.all(np.isnan(numbers) | (numbers == np.floor(numbers))):
            return None  # too large for a whole number, or a sign in front
    if np.count_nonzero(np.isnan(numbers)) != cells.null_count:
        return None  # a word such as nan
    return pd.Series(numbers, index=column.index, name=column.name)


def _look(cells: Any) -> tuple[bool, bool]:
    """Tell whether a cell begins like a code (a zero and a digit or an x), or has a point."""
    letters, ends = letters_of(cells)
    if not len(letters):
        return False, False
    first, lengths = ends[:-1], np.diff(ends)
    head = letters.take(first, mode="clip")
    signed = (lengths > 0) & ((head == ord("+")) | (head == ord("-")))
    if signed.any():
        first, lengths = first + signed, lengths - signed
        head = letters.take(first, mode="clip")
    second = letters.take(first[(head == ord("0")) & (lengths > 1)] + 1)
    return bool(_NO_DECIMAL[second].any()), bool((letters == ord(".")).any())


def _parsed(cells: Any, kind: Any) -> NDArray[Any] | None:
    """Read texts as numbers of a kind of Arrow's; None where one is none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        return np.asarray(pc.cast(cells, kind).to_numpy(zero_copy_only=False))
    except pa.ArrowInvalid:
        return None


_NO_DECIMAL = np.isin(np.arange(256), list(b"0123456789xX"))
_POINT_NUMBER = r"^\s*[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|(?i:inf|infinity))\s*$"
_CODE = r"^[+-]?0\d"


def typed_lazily(
    frame: nw.LazyFrame[Any], names: Iterable[str], *, decimal: str | None, notes: list[str]
) -> nw.LazyFrame[Any]:
    """Turn columns of text into numbers inside the engine, by the rule of :func:`typed`."""
    chosen = list(names)
    if not chosen:
        return frame
    checks = []
    for place, name in enumerate(chosen):
        cell = nw.col(name)
        word = cell.is_in(sorted(MISSING_NUMBERS))
        pattern = f"^{COMMA_NUMBER}$" if decimal == "," else _POINT_NUMBER
        number = cell.str.contains(pattern) & ~cell.str.contains(_CODE)
        odd = ~word & ~number
        checks += [
            cell.count().alias(f"filled{place}"),
            word.cast(nw.Int64).sum().alias(f"words{place}"),
            odd.cast(nw.Int64).sum().alias(f"odd{place}"),
        ]
    found = frame.select(*checks).collect().rows(named=True)[0]
    numbers: dict[str, nw.Expr] = {}
    for place, name in enumerate(chosen):
        filled, words = int(found[f"filled{place}"] or 0), int(found[f"words{place}"] or 0)
        if found[f"odd{place}"] or filled == words:
            continue
        if words:
            notes.append(_words_note(frame, name, words))
        numbers[name] = _number(nw.col(name), decimal)
    return frame.with_columns(**numbers) if numbers else frame


def _number(cell: nw.Expr, decimal: str | None) -> nw.Expr:
    text = nw.when(~cell.is_in(sorted(MISSING_NUMBERS))).then(cell.str.strip_chars())
    if decimal == ",":
        text = text.str.replace_all(".", "", literal=True).str.replace_all(",", ".", literal=True)
    return text.cast(nw.Float64)


def _words_note(frame: nw.LazyFrame[Any], name: str, words: int) -> str:
    spelled = (
        frame.select(nw.col(name).alias("word"))
        .filter(nw.col("word").is_in(sorted(MISSING_NUMBERS)))
        .unique()
        .collect()["word"]
        .to_list()
    )
    return _missing_note(name, words, spelled)


def _missing_note(name: str, words: int, spelled: Iterable[str]) -> str:
    return f"column '{shown(name)}': {words} cells ({listed(sorted(spelled))}) read as missing"
