"""What each column of a table is: numbers, dates, levels, free text, an identifier.

The answer comes from the whole column and never from the order of its rows, so a shuffled table
is described the same way. The rules, first that fits:

======================  ===========================================================================
EMPTY                   no cell holds a value (blank text is an empty cell)
CONSTANT                one value, no empty cell
BOOLEAN                 a boolean dtype, the numbers 0 and 1, or a known pair of words (yes/no ...)
NUMERIC, DATE           the dtype says so, or text that reads so but for a few missing tokens
TEXT                    free text: long (mean over 40 characters, or 6 words) and mostly distinct
IDENTIFIER              at least 50 values, of which at least 95 % of the text differ; or all the
                        whole numbers differ and count through a range without large gaps, or
                        have 9 or more digits each; or a column *named* like an id, with all
                        values different or at least 50 distinct ones, a tenth of its rows
CATEGORICAL             everything else
======================  ===========================================================================

Measurements with decimals are never identifiers, however distinct they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from auditkit.columns.cells import NEARLY_ALL, Cells, Kind
from auditkit.columns.wording import is_ascii, lengths, words
from auditkit.errors import DataError, SchemaError, listed, nearest, shown

if TYPE_CHECKING:
    import pandas
    from numpy.typing import NDArray

__all__ = ["Column", "cells_of", "column_of", "describe", "described"]

ENOUGH_ROWS = 50  # fewer values than this cannot show that a column is an identifier
LONG_TEXT, MANY_WORDS = 40, 6  # mean characters and words of free text
_ID_WORDS = frozenset({"id", "ids", "uid", "uuid", "guid", "pk", "rowid", "ssn", "unnamed"})
_ID_GLUED = re.compile(r"(?:applicant|candidate|case|client|customer|employee|patient|person|record"
                       r"|row|student|user)(?:id|no|nr|number)")  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One column: what it is, how full, and why we think so.

    Attributes
    ----------
    name, kind : str, Kind
        The column's name and what it holds.
    rows, missing, distinct : int
        All rows; rows without a value (in text read as numbers or dates, missing tokens such as
        ``?`` count too); different values among the rest.
    why : str
        One plain sentence.

    Examples
    --------
    >>> Column("x", Kind.CONSTANT, 3, 0, 1, "every row holds the same value").kind
    <Kind.CONSTANT: 'constant'>
    """

    name: str
    kind: Kind
    rows: int
    missing: int
    distinct: int
    why: str


def describe(frame: pandas.DataFrame, names: Sequence[str]) -> dict[str, Column]:
    """Say what each named column is.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table.
    names : sequence of str
        The columns to describe.

    Returns
    -------
    dict of str to Column
        In the order of `names`.

    Raises
    ------
    SchemaError
        A name that the table does not have.
    DataError
        A name that the table has twice.

    Examples
    --------
    >>> import pandas
    >>> frame = pandas.DataFrame({"age": ["31", "?", "58"], "start": ["2026-01-31"] * 2 + [None]})
    >>> for column in describe(frame, ["age", "start"]).values():
    ...     print(column.name, column.kind, column.missing, column.distinct, column.why, sep="; ")
    age; numeric; 1; 2; numbers written as text; 1 cell such as '?' read as missing
    start; categorical; 1; 1; one value or none: all it can tell is whether the cell is filled
    """
    return {name: described(name, cells_of(frame, name)) for name in names}


def cells_of(frame: pandas.DataFrame, name: str) -> Cells:
    """Return the cells of one column, encoded: its different values, and which each row holds.

    Raises
    ------
    SchemaError, DataError
        As :func:`column_of`.
    """
    return Cells(column_of(frame, name))


def column_of(frame: pandas.DataFrame, name: str) -> pandas.Series[Any]:
    """Return one column of the frame.

    Raises
    ------
    SchemaError
        A name that the table does not have.
    DataError
        A name that the table has twice.
    """
    if name not in frame.columns:
        hint = nearest(name, [str(column) for column in frame.columns])
        raise SchemaError(f"no column '{shown(name)}' in the data{hint}")
    series = frame[name]
    if series.ndim != 1:
        raise DataError(f"the column name '{shown(name)}' occurs more than once: rename one")
    return series


_DECLARED = {
    "boolean": (Kind.BOOLEAN, "true or false"),
    "date": (Kind.DATE, "dates"),
    "duration": (Kind.NUMERIC, "durations, read in days"),
    "levels": (Kind.CATEGORICAL, "declared as categories"),
}


def described(name: str, cells: Cells) -> Column:
    """Say what a column is, from its cells."""
    distinct, missing = len(cells.index), cells.rows - cells.filled
    if distinct == 0:
        kind, why = Kind.EMPTY, "no cell holds a value"
    elif distinct == 1 and not missing:
        kind, why = Kind.CONSTANT, "every row holds the same value"
    elif distinct == 1:
        kind = Kind.CATEGORICAL
        why = "one value or none: all it can tell is whether the cell is filled"
    elif cells.family == "text":
        return _describe_text(name, cells)
    elif cells.family == "number":
        kind, why = _of_numbers(name, cells.floats, cells.filled)
    else:
        kind, why = _DECLARED[cells.family]
    return Column(name, kind, cells.rows, missing, distinct, why)


_READINGS = {
    Kind.BOOLEAN: "true and false written as text",
    Kind.NUMERIC: "numbers written as text",
    Kind.DATE: "dates written as text",
}


def _describe_text(name: str, cells: Cells) -> Column:
    for kind, why in _READINGS.items():
        floats, detail = cells.reading(kind)
        known = np.isfinite(floats)
        if not known.any():
            continue
        filled, distinct = int(cells.counts[known].sum()), np.unique(floats[known])
        if kind is Kind.NUMERIC:
            kind, other = _of_numbers(name, distinct, filled)
            why = why if kind is Kind.NUMERIC else other
        left = cells.filled - filled
        if left:
            tokens = listed(sorted(cells.texts[place] for place in np.flatnonzero(~known)))
            detail += f"; {left:,} cell{'s' * (left > 1)} such as {tokens} read as missing"
        return Column(name, kind, cells.rows, cells.rows - filled, len(distinct), why + detail)
    kind, why = _of_words(name, cells)
    return Column(name, kind, cells.rows, cells.rows - cells.filled, len(cells.index), why)


def _of_numbers(name: str, distinct: NDArray[np.float64], filled: int) -> tuple[Kind, str]:
    """Tell amounts from truth values, codes and row numbers; `filled` cells hold `distinct`."""
    count = len(distinct)
    if count == 2 and set(distinct.tolist()) == {0.0, 1.0}:
        return Kind.BOOLEAN, "zeros and ones"
    if np.any(distinct != np.floor(distinct)) or not np.all(np.isfinite(distinct)):
        return Kind.NUMERIC, "numbers"
    if _named_like_an_id(name):
        if _many_for_an_id(count, filled):
            return Kind.IDENTIFIER, _id_reason(count, filled, "named like an id")
        return Kind.CATEGORICAL, "codes: named like an id, with few distinct values"
    if count == filled and count >= ENOUGH_ROWS:
        low, high = float(distinct.min()), float(distinct.max())
        if high - low + 1 <= 1.5 * count:
            return Kind.IDENTIFIER, "every value differs and they count through: a row number"
        if low >= 1e8 and len(str(int(low))) == len(str(int(high))):
            return Kind.IDENTIFIER, "every value differs and has as many digits: an id number"
    return Kind.NUMERIC, "numbers"


def _of_words(name: str, cells: Cells) -> tuple[Kind, str]:
    """Tell free text from identifiers and from levels."""
    count, filled = len(cells.index), cells.filled
    if count >= filled / 2:  # mostly distinct
        length = float(np.dot(cells.counts, lengths(cells.written))) / filled
        many = float(np.dot(cells.counts, words(cells.written))) / filled
        spaced = many >= 3 or not is_ascii(cells.written)
        if many >= MANY_WORDS or (length > LONG_TEXT and spaced):
            return Kind.TEXT, f"free text: {length:.0f} characters, {many:.0f} words on average"
    if filled >= ENOUGH_ROWS and count >= NEARLY_ALL * filled:
        return Kind.IDENTIFIER, _id_reason(count, filled, "an id, not a feature")
    if _named_like_an_id(name) and _many_for_an_id(count, filled):
        return Kind.IDENTIFIER, _id_reason(count, filled, "named like an id")
    few = f"; every value differs, but {filled} rows are too few to call it an id"
    return Kind.CATEGORICAL, f"{count:,} levels" + (few if count == filled else "")


def _named_like_an_id(name: str) -> bool:
    """Tell whether a name says id: ``applicant_id``, ``CaseID``, ``rowId``, ``Unnamed: 0``."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    words = re.split(r"[^a-z0-9]+", spaced.lower())
    return any(word in _ID_WORDS or _ID_GLUED.fullmatch(word) for word in words)


def _many_for_an_id(count: int, filled: int) -> bool:
    return (count == filled and count >= 5) or count >= max(ENOUGH_ROWS, filled / 10)


def _id_reason(count: int, filled: int, why: str) -> str:
    every = "every value differs"
    return f"{every if count == filled else f'{count:,} values in {filled:,} rows'}: {why}"
