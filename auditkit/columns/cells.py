"""The cells of a column, and how they are read: as truth values, numbers, dates or texts."""

from __future__ import annotations

import enum
import functools
import re
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas
    from numpy.typing import NDArray

__all__ = [
    "NEARLY_ALL", "READERS", "Cells", "Kind", "dates_and_format", "days_in", "distinct_values",
    "numbers_in", "values",
]  # fmt: skip

NEARLY_ALL = 0.95  # share of distinct values, and of cells that must read as numbers or dates
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


class Kind(enum.StrEnum):
    """What a column holds: the rules are at the head of ``kinds.py``."""

    NUMERIC = "numeric"
    BOOLEAN = "boolean"
    DATE = "date"
    CATEGORICAL = "categorical"
    TEXT = "text"
    IDENTIFIER = "identifier"
    CONSTANT = "constant"
    EMPTY = "empty"


def distinct_values(
    series: pandas.Series[Any], kind: Kind
) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """Return a column's different values, read as `kind`, and which of them each row holds.

    Parameters
    ----------
    series : pandas.Series
        One column.
    kind : Kind
        What :func:`describe` said of it.

    Returns
    -------
    tuple of ndarray
        The values, as in :func:`values`, in no order; two texts may be read as one number, and
        a text that is no number is NaN. Then a place in them a row, -1 where the cell is empty.

    Examples
    --------
    >>> import pandas
    >>> found, codes = distinct_values(pandas.Series(["b", None, "a", "b"]), Kind.CATEGORICAL)
    >>> found.tolist(), codes.tolist()
    (['b', 'a'], [0, -1, 1, 0])
    """
    import pandas

    plain = isinstance(series.dtype, np.dtype) and series.dtype.kind in "iuf"
    if plain and kind in (Kind.NUMERIC, Kind.BOOLEAN):
        codes, floats = pandas.factorize(series.to_numpy(dtype=np.float64))
        return floats, codes
    cells = Cells(series)
    if kind in READERS:
        floats = READERS[kind](cells)[0] if cells.family == "text" else cells.floats
        return floats, cells.codes
    return np.array(cells.texts, dtype=object), cells.codes


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
    found, codes = distinct_values(series, kind)
    return np.append(found, np.array([np.nan if kind in READERS else None], found.dtype))[codes]


class Cells:
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
        """The distinct values as text."""
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


def _truths(cells: Cells) -> tuple[NDArray[np.float64], str]:
    texts = [text.strip().lower() for text in cells.texts]
    for false, true in _PAIRS:
        if set(texts) == {false, true}:
            return np.array([float(text == true) for text in texts]), ""
    floats, _ = _numbers(cells)
    zero_one = set(floats[np.isfinite(floats)].tolist()) == {0.0, 1.0}
    return (floats if zero_one else np.full(len(texts), np.nan)), ""


def _numbers(cells: Cells) -> tuple[NDArray[np.float64], str]:
    floats = numbers_in([text.strip() for text in cells.texts])
    return (floats if _enough_read(cells, floats) else np.full(len(floats), np.nan)), ""


def numbers_in(texts: list[str]) -> NDArray[np.float64]:
    """Read texts as numbers; NaN for those that are none."""
    read = [float(text) if _NUMBER.fullmatch(text) else np.nan for text in texts]
    return np.array(read, dtype=np.float64)


def _dates(cells: Cells) -> tuple[NDArray[np.float64], str]:
    """Read dates in the format that fits most cells; two that fit as many are told."""
    days, told, _ = dates_and_format(cells)
    return days, told


def dates_and_format(cells: Cells) -> tuple[NDArray[np.float64], str, str]:
    """Return the days that texts name, what to tell of their format, and the format."""
    best, most, found = np.full(len(cells.uniques), np.nan), 0, ""
    texts = [text.strip() for text in cells.texts]
    digits = sum(len(text) <= 35 and any(map(str.isdigit, text)) for text in texts)
    for format_ in _DATES if digits >= len(texts) / 2 else ():
        days = days_in(texts, format_)
        rows = int(cells.counts[np.isfinite(days)].sum())
        if rows == most and {found[:2], format_[:2]} == {"%d", "%m"}:
            return best, ", day first (month first fits as well)", found
        if rows > most and _enough_read(cells, days):
            best, most, found = days, rows, format_
    return best, "", found


def days_in(texts: list[str], format_: str) -> NDArray[np.float64]:
    """Read texts as dates of one format; NaN for those that have another."""
    import pandas

    parts = re.sub("%.", lambda part: _PARTS[part[0]], re.escape(format_))
    shape = re.compile(_ISO if format_ == "ISO8601" else parts, re.ASCII)
    fits = [text if shape.fullmatch(text) else None for text in texts]
    if not any(fits):
        return np.full(len(texts), np.nan)
    chosen = pandas.Series(fits, dtype=object)
    return _days(pandas.to_datetime(chosen, format=format_, errors="coerce", utc=True))


READERS = {Kind.BOOLEAN: _truths, Kind.NUMERIC: _numbers, Kind.DATE: _dates}


def _days(moments: pandas.Series[Any]) -> NDArray[np.float64]:
    """Turn UTC time stamps, of any unit, into days since 1970-01-01; NaT into NaN."""
    stamps = np.asarray(moments.dt.tz_convert(None))
    a_day = 86_400 * {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[moments.dt.unit]
    return np.where(np.isnat(stamps), np.nan, stamps.astype(np.int64) / a_day)


def _enough_read(cells: Cells, floats: NDArray[np.float64]) -> bool:
    """Tell whether all cells were read but a few, or but well-known missing tokens."""
    known = np.isfinite(floats)
    share = float(cells.counts[known].sum()) / cells.filled
    rest = {text.strip().lower() for text, ok in zip(cells.texts, known, strict=True) if not ok}
    enough = share >= (0.5 if rest <= _TOKENS else NEARLY_ALL) and len(rest) <= 3
    return enough and len(np.unique(floats[known])) > 1
