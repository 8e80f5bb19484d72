"""The cells of a column, and how they are read: as truth values, numbers, dates or texts."""

from __future__ import annotations

import enum
import functools
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from auditkit.columns.different import different
from auditkit.columns.wording import all_match, has_blank, in_arrow

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas
    from numpy.typing import NDArray

__all__ = [
    "NEARLY_ALL", "READERS", "Cells", "Kind", "dates_and_format", "days_in", "numbers_in", "values",
]  # fmt: skip

NEARLY_ALL = 0.95  # share of distinct values, and of cells that must read as numbers or dates
_PAIRS = (("false", "true"), ("no", "yes"), ("n", "y"), ("f", "t"), ("off", "on"),
          ("nein", "ja"), ("non", "oui"))  # fmt: skip
_FEW = 3  # different texts that are no number or date
_SHOWN = 64  # texts that most columns show by what they are
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
    if kind is Kind.NUMERIC and isinstance(series.dtype, np.dtype) and series.dtype.kind in "iuf":
        return series.to_numpy(dtype=np.float64) + 0.0  # zero has one sign
    found, codes = Cells(series).read(kind)
    return np.append(found, np.array([np.nan if kind in READERS else None], found.dtype))[codes]


class Cells:
    """A column as its distinct values and, per row, which of them (-1: an empty cell)."""

    def __init__(self, series: pandas.Series[Any]) -> None:
        plain = isinstance(series.dtype, np.dtype) and series.dtype.kind in "iuf"
        if plain:
            self._count_numbers(series.to_numpy())
        else:
            self._factorize(series)
        if self.family == "text":
            self._empty_blanks()
        self.counts = np.bincount(self.codes + 1, minlength=len(self.index) + 1)[1:]
        self.rows, self.filled = len(self.codes), int(self.counts.sum())

    def _count_numbers(self, numbers: NDArray[Any]) -> None:
        """Put the different numbers in order, which is cheaper than looking each one up."""
        import pandas

        self.family = "number"
        filled = ~np.isnan(numbers) if numbers.dtype.kind == "f" else None
        if filled is None or filled.all():
            uniques, codes = different(numbers)
        else:
            uniques, of_filled = different(numbers[filled])
            codes = np.full(len(numbers), -1, dtype=np.int64)
            codes[filled] = of_filled
        self.codes: NDArray[np.intp] = codes.astype(np.intp, copy=False)
        self.index: pandas.Index[Any] = pandas.Index(uniques)

    def _factorize(self, series: pandas.Series[Any]) -> None:
        import pandas

        if pandas.api.types.infer_dtype(series, skipna=True) in ("mixed", "mixed-integer"):
            series = series.map(str, na_action="ignore")  # 1 and True are alike, "1" and "True" not
        try:
            codes, uniques = pandas.factorize(series)
        except (TypeError, NotImplementedError):  # values without a hash
            codes, uniques = pandas.factorize(series.map(str, na_action="ignore"))
        self.index = pandas.Index(uniques)
        self.family = _family(self.index)
        self.codes = np.asarray(codes, dtype=np.intp)

    def _empty_blanks(self) -> None:
        if not has_blank(self.written):
            return
        kept = np.array([text.strip() != "" for text in self.texts], dtype=bool)
        renumber = np.append(np.where(kept, np.cumsum(kept) - 1, -1), -1)
        self.codes = renumber[self.codes]
        self.index = self.index[kept]
        del self.uniques, self.texts, self.written

    def read(self, kind: Kind) -> tuple[NDArray[Any], NDArray[np.intp]]:
        """Return the distinct values read as `kind`, and which of them each row holds.

        The values are in no order; two texts may be read as one number, and a text that is no
        number is NaN. The place is -1 where the cell is empty.

        Examples
        --------
        >>> import pandas
        >>> found, codes = Cells(pandas.Series(["b", None, "a", "b"])).read(Kind.CATEGORICAL)
        >>> found.tolist(), codes.tolist()
        (['b', 'a'], [0, -1, 1, 0])
        """
        if kind in READERS:
            return (self.reading(kind)[0] if self.family == "text" else self.floats), self.codes
        return np.array(self.texts, dtype=object), self.codes

    def reading(self, kind: Kind) -> tuple[NDArray[np.float64], str]:
        """Return the distinct texts read as truth values, numbers or dates, and a remark."""
        if kind not in self._readings:
            self._readings[kind] = READERS[kind](self)
        return self._readings[kind]

    @functools.cached_property
    def _readings(self) -> dict[Kind, tuple[NDArray[np.float64], str]]:
        return {}

    @functools.cached_property
    def uniques(self) -> list[Any]:
        """The distinct values."""
        return list(self.index.to_numpy(dtype=object))

    @functools.cached_property
    def texts(self) -> list[str]:
        """The distinct values as text."""
        return self.uniques if in_arrow(self.index.dtype) else list(map(str, self.uniques))

    @functools.cached_property
    def written(self) -> Any:
        """The distinct texts as they lie in Arrow, or a list where they do not."""
        if not in_arrow(self.index.dtype):
            return self.texts
        import pyarrow

        found = pyarrow.array(self.index)
        return found.combine_chunks() if isinstance(found, pyarrow.ChunkedArray) else found

    @functools.cached_property
    def few(self) -> list[str]:
        """The first of the distinct texts, in no order: most columns show by them what they are."""
        return list(map(str, self.index[:_SHOWN].to_numpy(dtype=object)))

    def one_by_one(self) -> Iterator[str]:
        """Yield the distinct texts; who stops early does not wait for all of them."""
        yield from self.few
        yield from self.texts[_SHOWN:] if len(self.index) > _SHOWN else ()

    @functools.cached_property
    def stripped(self) -> list[str]:
        """The same without blanks around them."""
        return [text.strip() for text in self.texts]

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
        if isinstance(self.index.dtype, np.dtype) and self.index.dtype.kind in "iuf":
            return self.index.to_numpy(dtype=np.float64)
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
    unlike: set[str] = set()
    for text in cells.one_by_one():
        unlike.add(text.strip().lower())
        if len(unlike) > 2 + len(_TOKENS):  # neither a pair of words nor 0, 1 and missing
            return _unread(cells), ""
    for false, true in _PAIRS:
        if unlike == {false, true}:
            return np.array([float(text.lower() == true) for text in cells.stripped]), ""
    floats, _ = _numbers(cells)
    zero_one = set(floats[np.isfinite(floats)].tolist()) == {0.0, 1.0}
    return (floats if zero_one else _unread(cells)), ""


def _numbers(cells: Cells) -> tuple[NDArray[np.float64], str]:
    if _misfits(cells, _NUMBER) is None:
        return _unread(cells), ""
    floats = numbers_in(cells.stripped)
    return (floats if _enough_read(cells, floats) else _unread(cells)), ""


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
    best, most, found = _unread(cells), 0, ""
    digits = sum(any(map(str.isdigit, text)) for text in cells.few[: 2 * _FEW])
    for format_ in _DATES if digits >= min(len(cells.index) / 2, _FEW) else ():
        misfits = _misfits(cells, _shape_of(format_))
        if misfits is None:
            continue
        days = days_in(cells.stripped, format_, sure=not misfits)
        rows = int(cells.counts[np.isfinite(days)].sum())
        if rows == most and {found[:2], format_[:2]} == {"%d", "%m"}:
            return best, ", day first (month first fits as well)", found
        if rows > most and _enough_read(cells, days):
            best, most, found = days, rows, format_
    return best, "", found


def days_in(texts: list[str], format_: str, *, sure: bool = False) -> NDArray[np.float64]:
    """Read texts as dates of one format; NaN for those that have another, if it is not `sure`."""
    import pandas

    shape = _shape_of(format_)
    fits = texts if sure else [text if shape.fullmatch(text) else None for text in texts]
    if not any(fits):
        return np.full(len(texts), np.nan)
    chosen = pandas.Series(fits, dtype=object)
    return _days(pandas.to_datetime(chosen, format=format_, errors="coerce", utc=True))


@functools.cache
def _shape_of(format_: str) -> re.Pattern[str]:
    """Return what dates of a format look like."""
    parts = re.sub("%.", lambda part: _PARTS[part[0]], re.escape(format_))
    return re.compile(_ISO if format_ == "ISO8601" else parts, re.ASCII)


def _misfits(cells: Cells, shape: re.Pattern[str]) -> set[str] | None:
    """Return the texts of another shape, blanks and case apart; None where they are many."""
    others: set[str] = set()
    if all(map(shape.fullmatch, cells.few)) and all_match(cells.written, shape.pattern):
        return others
    for text in cells.one_by_one():
        if not shape.fullmatch(text.strip()):
            others.add(text.strip().lower())
            if len(others) > _FEW:  # most columns show it at once
                return None
    return others


def _unread(cells: Cells) -> NDArray[np.float64]:
    return np.full(len(cells.index), np.nan)


READERS = {Kind.BOOLEAN: _truths, Kind.NUMERIC: _numbers, Kind.DATE: _dates}


def _days(moments: pandas.Series[Any]) -> NDArray[np.float64]:
    """Turn UTC time stamps, of any unit, into days since 1970-01-01; NaT into NaN."""
    stamps = np.asarray(moments.dt.tz_convert(None))
    a_day = 86_400 * {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[moments.dt.unit]
    return np.where(np.isnat(stamps), np.nan, stamps.astype(np.int64) / a_day)


def _enough_read(cells: Cells, floats: NDArray[np.float64]) -> bool:
    """Tell whether all cells were read but a few, or but well-known missing tokens."""
    known = np.isfinite(floats)
    if not known.any() or floats[known].min() == floats[known].max():
        return False
    share = float(cells.counts[known].sum()) / cells.filled
    rest = {cells.stripped[place].lower() for place in np.flatnonzero(~known)}
    return share >= (0.5 if rest <= _TOKENS else NEARLY_ALL) and len(rest) <= _FEW
