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

import enum
import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from auditkit.errors import DataError, SchemaError, listed, nearest, shown

if TYPE_CHECKING:
    import pandas
    from numpy.typing import NDArray

__all__ = ["Column", "Kind", "describe", "values"]

ENOUGH_ROWS = 50  # fewer values than this cannot show that a column is an identifier
NEARLY_ALL = 0.95  # share of distinct values, and of cells that must read as numbers or dates
LONG_TEXT, MANY_WORDS = 40, 6  # mean characters and words of free text
_PAIRS = (("false", "true"), ("no", "yes"), ("n", "y"), ("f", "t"), ("off", "on"),
          ("nein", "ja"), ("non", "oui"))  # fmt: skip
_TOKENS = frozenset({"?", "-", "--", ".", "n/a", "na", "#n/a", "n.a.", "nan", "nat", "null", "none",
                     "nil", "unknown", "missing", "(missing)"})  # fmt: skip
_NUMBER = re.compile(r"[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_DATES = ("%Y-%m-%d", "ISO8601", "%Y/%m/%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y",
          "%m-%d-%Y", "%d/%m/%y", "%m/%d/%y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y",
          "%Y-%m")  # fmt: skip
_PARTS = {"%Y": r"\d{4}", "%y": r"\d\d", "%m": r"\d\d?", "%d": r"\d\d?",
          "%b": "[A-Za-z]{3}", "%B": "[A-Za-z]{3,9}"}  # fmt: skip
_ISO = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?"
_ID_WORDS = frozenset({"id", "ids", "uid", "uuid", "guid", "pk", "rowid", "ssn", "unnamed"})
_ID_GLUED = re.compile(r"(?:applicant|candidate|case|client|customer|employee|patient|person|record"
                       r"|row|student|user)(?:id|no|nr|number)")  # fmt: skip


class Kind(enum.StrEnum):
    """What a column holds: the rules are at the head of this file."""

    NUMERIC = "numeric"
    BOOLEAN = "boolean"
    DATE = "date"
    CATEGORICAL = "categorical"
    TEXT = "text"
    IDENTIFIER = "identifier"
    CONSTANT = "constant"
    EMPTY = "empty"


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
    found = {}
    for name in names:
        if name not in frame.columns:
            hint = nearest(name, [str(column) for column in frame.columns])
            raise SchemaError(f"no column '{shown(name)}' in the data{hint}")
        series = frame[name]
        if series.ndim != 1:
            raise DataError(f"the column name '{shown(name)}' occurs more than once: rename one")
        found[name] = _describe(name, _Cells(series))
    return found


def values(series: pandas.Series[Any], kind: Kind) -> NDArray[Any]:
    """Return a column's cells as plain numpy values, read as `kind`.

    Parameters
    ----------
    series : pandas.Series
        One column.
    kind : Kind
        What :func:`describe` said of it.

    Returns
    -------
    ndarray
        Of float64 with NaN for a missing cell when `kind` is NUMERIC, BOOLEAN (1.0 and 0.0) or
        DATE (days since 1970-01-01, UTC); else of objects: text, or None for an empty cell.

    Examples
    --------
    >>> import pandas
    >>> values(pandas.Series(["yes", "no", None]), Kind.BOOLEAN).tolist()
    [1.0, 0.0, nan]
    >>> values(pandas.Series(["01/02/1970", "31/01/1970"]), Kind.DATE).tolist()
    [31.0, 30.0]
    """
    cells = _Cells(series)
    if kind in _READERS:
        floats = _READERS[kind](cells)[0] if cells.family == "text" else cells.floats
        return np.append(floats, np.nan)[cells.codes]
    texts = np.array([*cells.texts, None], dtype=object)
    return texts[cells.codes]


class _Cells:
    """A column as its distinct values and, per row, which of them (-1: an empty cell)."""

    def __init__(self, series: pandas.Series[Any]) -> None:
        import pandas

        if pandas.api.types.infer_dtype(series, skipna=True) in ("mixed", "mixed-integer"):
            series = series.map(str, na_action="ignore")  # 1 and True are alike, "1" and "True" not
        try:
            codes, uniques = pandas.factorize(series)
        except (TypeError, NotImplementedError):  # values without a hash
            codes, uniques = pandas.factorize(series.map(str, na_action="ignore"))
        self.index = pandas.Index(uniques)
        self.family = _family(self.index)
        self.uniques = list(self.index)
        self.codes: NDArray[np.intp] = np.asarray(codes, dtype=np.intp)
        if self.family == "text":
            self._empty_blanks()
        self.counts = np.bincount(self.codes + 1, minlength=len(self.uniques) + 1)[1:]
        self.rows, self.filled = len(self.codes), int(self.counts.sum())

    def _empty_blanks(self) -> None:
        kept = np.array([str(value).strip() != "" for value in self.uniques], dtype=bool)
        renumber = np.append(np.where(kept, np.cumsum(kept) - 1, -1), -1)
        self.codes = renumber[self.codes]
        self.index = self.index[kept]
        self.uniques = [value for value, keep in zip(self.uniques, kept, strict=True) if keep]

    @functools.cached_property
    def texts(self) -> list[str]:
        return [value if isinstance(value, str) else str(value) for value in self.uniques]

    @property
    def floats(self) -> NDArray[np.float64]:
        """The distinct values of a column whose dtype says that they are numbers."""
        import pandas

        if self.family == "date":
            moments = pandas.Series(self.uniques, dtype=object)
            return _days(pandas.to_datetime(moments, utc=True, errors="coerce"))
        if self.family == "duration":
            spans = pandas.to_timedelta(pandas.Series(self.uniques, dtype=object))
            return np.asarray(spans.dt.total_seconds(), dtype=np.float64) / 86_400.0
        return np.array([float(value) for value in self.uniques], dtype=np.float64)


_INFERRED = {
    **dict.fromkeys(("integer", "floating", "mixed-integer-float", "decimal"), "number"),
    **dict.fromkeys(("date", "datetime", "datetime64"), "date"),
    **dict.fromkeys(("timedelta", "timedelta64"), "duration"),
    "boolean": "boolean",
}


def _family(uniques: pandas.Index[Any]) -> str:
    """Say what the dtype, or the Python types in an object column, declare."""
    import pandas

    if isinstance(uniques, pandas.CategoricalIndex):
        inside = _family(pandas.Index(uniques.categories))
        return "levels" if inside in {"number", "duration"} else inside
    return _INFERRED.get(pandas.api.types.infer_dtype(uniques, skipna=True), "text")


_DECLARED = {
    "boolean": (Kind.BOOLEAN, "true or false"),
    "date": (Kind.DATE, "dates"),
    "duration": (Kind.NUMERIC, "durations, read in days"),
    "levels": (Kind.CATEGORICAL, "declared as categories"),
}


def _describe(name: str, cells: _Cells) -> Column:
    distinct, missing = len(cells.uniques), cells.rows - cells.filled
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


def _describe_text(name: str, cells: _Cells) -> Column:
    for kind, why in _READINGS.items():
        floats, detail = _READERS[kind](cells)
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
    return Column(name, kind, cells.rows, cells.rows - cells.filled, len(cells.uniques), why)


def _of_numbers(name: str, distinct: NDArray[np.float64], filled: int) -> tuple[Kind, str]:
    """Tell amounts from truth values, codes and row numbers; `filled` cells hold `distinct`."""
    count = len(distinct)
    if set(distinct.tolist()) == {0.0, 1.0}:
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


def _of_words(name: str, cells: _Cells) -> tuple[Kind, str]:
    """Tell free text from identifiers and from levels."""
    count, filled, texts = len(cells.uniques), cells.filled, cells.texts
    length = float(np.dot(cells.counts, [len(text) for text in texts])) / filled
    words = float(np.dot(cells.counts, [len(text.split()) for text in texts])) / filled
    spaced = words >= 3 or not all(text.isascii() for text in texts)
    if count >= filled / 2 and (words >= MANY_WORDS or (length > LONG_TEXT and spaced)):
        return Kind.TEXT, f"free text: {length:.0f} characters, {words:.0f} words on average"
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


def _truths(cells: _Cells) -> tuple[NDArray[np.float64], str]:
    texts = [text.strip().lower() for text in cells.texts]
    for false, true in _PAIRS:
        if set(texts) == {false, true}:
            return np.array([float(text == true) for text in texts]), ""
    floats, _ = _numbers(cells)
    zero_one = set(floats[np.isfinite(floats)].tolist()) == {0.0, 1.0}
    return (floats if zero_one else np.full(len(texts), np.nan)), ""


def _numbers(cells: _Cells) -> tuple[NDArray[np.float64], str]:
    stripped = [text.strip() for text in cells.texts]
    read = [float(text) if _NUMBER.fullmatch(text) else np.nan for text in stripped]
    floats = np.array(read, dtype=np.float64)
    return (floats if _enough_read(cells, floats) else np.full(len(read), np.nan)), ""


def _dates(cells: _Cells) -> tuple[NDArray[np.float64], str]:
    """Read dates in the format that fits most cells; two that fit as many are told."""
    import pandas

    best, most, found = np.full(len(cells.uniques), np.nan), 0, ""
    texts = [text.strip() for text in cells.texts]
    digits = sum(len(text) <= 35 and any(map(str.isdigit, text)) for text in texts)
    for format_ in _DATES if digits >= len(texts) / 2 else ():
        parts = re.sub("%.", lambda part: _PARTS[part[0]], re.escape(format_))
        shape = re.compile(_ISO if format_ == "ISO8601" else parts, re.ASCII)
        fits = [text if shape.fullmatch(text) else None for text in texts]
        if not any(fits):
            continue
        chosen = pandas.Series(fits, dtype=object)
        days = _days(pandas.to_datetime(chosen, format=format_, errors="coerce", utc=True))
        rows = int(cells.counts[np.isfinite(days)].sum())
        if rows == most and {found[:2], format_[:2]} == {"%d", "%m"}:
            return best, ", day first (month first fits as well)"
        if rows > most and _enough_read(cells, days):
            best, most, found = days, rows, format_
    return best, ""


_READERS = {Kind.BOOLEAN: _truths, Kind.NUMERIC: _numbers, Kind.DATE: _dates}


def _days(moments: pandas.Series[Any]) -> NDArray[np.float64]:
    """Turn UTC time stamps, of any unit, into days since 1970-01-01; NaT into NaN."""
    stamps = np.asarray(moments.dt.tz_convert(None))
    a_day = 86_400 * {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[moments.dt.unit]
    return np.where(np.isnat(stamps), np.nan, stamps.astype(np.int64) / a_day)


def _enough_read(cells: _Cells, floats: NDArray[np.float64]) -> bool:
    """Tell whether all cells were read but a few, or but well-known missing tokens."""
    known = np.isfinite(floats)
    share = float(cells.counts[known].sum()) / cells.filled
    rest = {text.strip().lower() for text, ok in zip(cells.texts, known, strict=True) if not ok}
    enough = share >= (0.5 if rest <= _TOKENS else NEARLY_ALL) and len(rest) <= 3
    return enough and len(np.unique(floats[known])) > 1
