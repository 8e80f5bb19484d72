"""Columns read a second time, in other rows, as they were read in the first.

What text means is told by a whole column: that ``f`` and ``t`` are truth values, that
``03/04/2026`` is a day in April. A few new rows cannot tell it again, so what was found is kept as
plain data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from auditkit.columns.cells import (
    READERS,
    Cells,
    Kind,
    dates_and_format,
    days_in,
    numbers_in,
)

if TYPE_CHECKING:
    import pandas
    from numpy.typing import NDArray

__all__ = ["read_again", "reading_of"]

Reading = dict[str, Any]


def reading_of(series: pandas.Series[Any], kind: Kind) -> Reading:
    """Return how a column was read, as plain data.

    Parameters
    ----------
    series : pandas.Series
        The column that was described.
    kind : Kind
        What :func:`auditkit.columns.describe` said of it.

    Examples
    --------
    >>> import pandas
    >>> reading_of(pandas.Series(["yes", "no", None]), Kind.BOOLEAN)
    {'kind': 'boolean', 'words': {'yes': 1.0, 'no': 0.0}}
    """
    found: Reading = {"kind": kind.value}
    if kind not in (Kind.BOOLEAN, Kind.DATE):
        return found
    cells = Cells(series)
    if cells.family != "text":
        return found
    if kind is Kind.DATE:
        return {**found, "format": dates_and_format(cells)[2]}
    read = zip(cells.texts, READERS[kind](cells)[0], strict=True)
    words = {text.strip().lower(): float(value) for text, value in read if np.isfinite(value)}
    return {**found, "words": words}


def read_again(series: pandas.Series[Any], reading: Mapping[str, Any]) -> NDArray[Any]:
    """Return a column's cells as :func:`auditkit.columns.values` does, read as they were before.

    Parameters
    ----------
    series : pandas.Series
        The column in other rows, one row or many.
    reading : mapping
        From :func:`reading_of`.

    Returns
    -------
    ndarray
        Numbers with NaN for what is empty or cannot be read, or texts with None.

    Examples
    --------
    >>> import pandas
    >>> how = reading_of(pandas.Series(["13/01/1970", "01/02/1970"]), Kind.DATE)
    >>> read_again(pandas.Series(["02/01/1970"]), how).tolist()
    [1.0]
    """
    kind = Kind(reading["kind"])
    cells = Cells(series)
    if kind not in READERS:
        texts = np.array([*cells.texts, None], dtype=object)
        return texts[cells.codes]
    floats = cells.floats if cells.family != "text" else _of_texts(cells, reading)
    return np.append(floats, np.nan)[cells.codes]


def _of_texts(cells: Cells, reading: Mapping[str, Any]) -> NDArray[np.float64]:
    stripped = [text.strip() for text in cells.texts]
    if reading.get("format"):
        return days_in(stripped, reading["format"])
    words = reading.get("words")
    if words:
        return np.array([words.get(text.lower(), np.nan) for text in stripped], dtype=np.float64)
    return numbers_in(stripped)
