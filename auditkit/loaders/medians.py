"""Exact medians through the engine."""

from __future__ import annotations

import narwhals as nw

from auditkit.errors import DataError, RequestError, SchemaError, shown
from auditkit.loaders.dataset import Dataset
from auditkit.loaders.ranks import known_numbers, value_at

__all__ = ["exact_median"]


def exact_median(data: Dataset, column: str) -> float:
    """Return the median of a column of numbers, to the last digit, wherever the rows are.

    Parameters
    ----------
    data : Dataset
        As :func:`auditkit.load` returns it.
    column : str
        A column of numbers; empty cells and NaN are left out.

    Returns
    -------
    float
        The middle value, or the mean of the two middle values of an even number.

    Raises
    ------
    SchemaError
        No such column.
    RequestError
        A column that does not hold numbers.
    DataError
        No number in it, or an infinite one.

    Examples
    --------
    >>> import pandas as pd
    >>> from auditkit import load
    >>> frame = pd.DataFrame({"sex": ["F", "M"] * 2, "score": [0.1, 0.4, 0.5, 0.9]})
    >>> exact_median(load(frame, protected="sex"), "score")
    0.45
    """
    if column not in data.columns:
        raise SchemaError(f"no column '{shown(column)}' in the data")
    frame = data.lazy()
    if not frame.collect_schema()[column].is_numeric():
        raise RequestError(f"'{shown(column)}' does not hold numbers: it has no median")
    values = known_numbers(frame, column)
    with data.asked():
        rows = int(values.select(nw.len()).collect().item())
        if not rows:
            raise DataError(f"'{shown(column)}' holds no number: it has no median")
        low, high = value_at(values, (rows - 1) // 2), value_at(values, rows // 2)
    return low if low == high else (low + high) / 2
