"""The mechanics of the bootstrap: checked counts, draws in blocks, a statistic evaluated."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from auditkit.errors import MetricError

Floats: TypeAlias = NDArray[np.float64]
Statistic: TypeAlias = Callable[[Floats], ArrayLike]

BLOCK = 2_000_000  # numbers held in memory at once


def draw_cells(
    cells: Floats, labels: NDArray[np.int64], times: int, random: np.random.Generator
) -> Iterator[Floats]:
    """Draw each sample's cells as a multinomial; empty cells stay empty."""
    samples = []
    for label in np.unique(labels[cells > 0]):
        where = np.flatnonzero((labels == label) & (cells > 0))
        size = int(cells[where].sum())
        samples.append((where, size, cells[where] / size))
    for times_now in blocks(times, len(cells)):
        drawn = np.zeros((times_now, len(cells)))
        for where, size, shares in samples:
            drawn[:, where] = random.multinomial(size, shares, size=times_now)
        yield drawn


def draw_clusters(
    kinds: Floats, members: NDArray[np.int64], times: int, random: np.random.Generator
) -> Iterator[Floats]:
    """Draw as many clusters as there are, with replacement, and add up their counts."""
    clusters = int(members.sum())
    shares = members / clusters
    for times_now in blocks(times, len(kinds)):
        yield random.multinomial(clusters, shares, size=times_now) @ kinds


def blocks(times: int, width: int) -> Iterator[int]:
    """Cut `times` rows of `width` numbers into blocks that fit in memory."""
    step = max(1, BLOCK // max(1, width))
    for start in range(0, times, step):
        yield min(step, times - start)


def split(positions: NDArray[np.int64], width: int) -> list[NDArray[np.int64]]:
    """Cut positions into blocks whose rows of `width` numbers fit in memory."""
    step = max(1, BLOCK // max(1, width))
    return [positions[start : start + step] for start in range(0, len(positions), step)]


def rows_of_identity(positions: NDArray[np.int64], width: int) -> Floats:
    """Return one row for each position, 1 there and 0 elsewhere."""
    rows = np.zeros((len(positions), width))
    rows[np.arange(len(positions)), positions] = 1
    return rows


def value(statistic: Statistic, counts: Floats) -> float | None:
    """Return the statistic of one set of counts, None where it is undefined."""
    value = float(evaluate(statistic, counts[None, :])[0])
    return value if math.isfinite(value) else None


def evaluate(statistic: Statistic, counts: Floats) -> Floats:
    """Return the statistic of each row of counts; nan and infinity are undefined."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        values = np.asarray(statistic(counts), dtype=np.float64)
    if values.shape != (len(counts),):
        raise MetricError(
            f"statistic must return one value a row, shape ({len(counts)},), got {values.shape}"
        )
    return values


def cells(counts: ArrayLike) -> Floats:
    """Return the counts of the cells, whole numbers in one dimension."""
    cells = floats(counts)
    if cells.ndim != 1 or len(cells) == 0:
        raise MetricError(f"counts must have one dimension and a cell, got shape {cells.shape}")
    if (cells != np.floor(cells)).any():
        raise MetricError("counts must be whole numbers: weighted cells have no rows to draw")
    return cells


def matrix(counts: ArrayLike) -> Floats:
    """Return clusters by cells."""
    table = floats(counts)
    if table.ndim != 2 or table.shape[1] == 0:
        raise MetricError(f"counts must be clusters by cells, got shape {table.shape}")
    return table


def floats(counts: ArrayLike) -> Floats:
    """Return finite counts that are not negative."""
    try:
        values = np.asarray(counts, dtype=np.float64)
    except (TypeError, ValueError):
        raise MetricError("counts must be an array of numbers") from None
    if not np.isfinite(values).all() or (values < 0).any():
        raise MetricError("counts must be finite and not negative")
    return values


def labels(groups: Sequence[int] | NDArray[np.int64] | None, cells: int) -> NDArray[np.int64]:
    """Return which sample each cell belongs to."""
    if groups is None:
        return np.zeros(cells, dtype=np.int64)
    labels = np.asarray(groups)
    if labels.shape != (cells,) or labels.dtype.kind not in "iu":
        raise MetricError(f"groups must be {cells} whole numbers, one for each cell")
    return labels.astype(np.int64)
