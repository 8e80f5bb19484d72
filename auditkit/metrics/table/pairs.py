"""Rates as (events, size) pairs, their Wilson intervals, and the rows they make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.counts import Group
from auditkit.metrics.declared import Metric
from auditkit.metrics.table.sets import Floats, masks

__all__ = ["counted_pairs", "rate_rows", "wilson_ends"]

Ends = tuple[float | None, float | None]


def counted_pairs(
    tables: tuple[NDArray[np.int64], Floats, Floats],
    values: Floats,
    rows: Sequence[Metric],
    *,
    weighted: bool,
) -> tuple[Floats, Floats]:
    """Return events and size of each rate; with weights, of as informative plain rows."""
    n, w, w2 = (table.reshape(-1, 9).T.astype(np.float64) for table in tables)
    top, bottom = masks(rows)
    if not weighted:
        return top @ n, bottom @ n
    with np.errstate(divide="ignore", invalid="ignore"):
        others = np.maximum((bottom - top) @ w2, 0)
        spread = (1 - values) ** 2 * (top @ w2) + values**2 * others
        inner = values * (1 - values) * (bottom @ w) ** 2 / spread
        kish = (bottom @ w) ** 2 / (bottom @ w2)
    size = np.nan_to_num(np.where((values > 0) & (values < 1), inner, kish))
    return np.minimum(np.nan_to_num(values) * size, size), size


def wilson_ends(pairs: tuple[Floats, Floats], level: float | None) -> list[list[Ends]]:
    """Return the ends of the interval of each rate; None where there is none."""
    if level is None:
        return [[(None, None)] * pairs[0].shape[1]] * len(pairs[0])
    from auditkit.inference import wilson

    return [
        [wilson(x, n, level=level) or (None, None) for x, n in zip(*pair, strict=True)]
        for pair in zip(*(part.tolist() for part in pairs), strict=True)
    ]


def rate_rows(
    lines: Sequence[tuple[tuple[str, ...], Group]],
    metrics: Sequence[Metric],
    values: Floats,
    sizes: NDArray[np.int64],
    ends: Sequence[Sequence[Ends]],
    level: float | None,
) -> list[dict[str, Any]]:
    """Return a row a rate; the lines are the groups, and the attributes that they are of."""
    return [
        {
            "attributes": attributes, "group": group, "metric": metric.name,
            "value": value if value == value else None, "n": n,
            "low": low, "high": high, "level": level,
            "reason": None if value == value else metric.undefined,
        }
        for metric, its_values, its_sizes, its_ends in zip(
            metrics, values.tolist(), sizes.tolist(), ends, strict=True
        )
        for (attributes, group), value, n, (low, high) in zip(
            lines, its_values, its_sizes, its_ends, strict=True
        )
    ]  # fmt: skip
