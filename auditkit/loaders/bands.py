"""Bands for a number, proposed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from itertools import accumulate
from math import ceil, isinf

from auditkit.errors import DataError

__all__ = ["bands_of_ranks", "proposed_bands"]


def proposed_bands(values: Mapping[float, int]) -> tuple[float, ...]:
    """Return up to three edges near the quartiles, rounded to a number people would choose.

    Examples
    --------
    >>> proposed_bands({float(age): 1 for age in range(18, 70)})
    (30.0, 45.0, 55.0)
    """
    ordered = sorted(values.items())
    reached = list(accumulate(n for _, n in ordered))
    edges = bands_of_ranks(reached[-1], lambda rank: ordered[bisect_right(reached, rank)][0])
    return edges or (ordered[len(ordered) // 2][0],)


def bands_of_ranks(total: int, ranked: Callable[[int], float]) -> tuple[float, ...]:
    """Return the same for `total` numbers, of which `ranked` tells that of a rank (from 0).

    Without an edge when three quarters of the numbers are the lowest one.
    """
    low, high = ranked(0), ranked(total - 1)
    if isinf(low) or isinf(high):
        raise DataError("infinite values cannot be cut into bands: mend them, or name the edges")
    span = high - low
    step = next((s for s in (100.0, 50.0, 20.0, 10.0, 5.0, 1.0) if span >= 8 * s), span / 8)
    edges: list[float] = []
    for target in (0.25, 0.5, 0.75):
        edge = round(ranked(max(ceil(target * total) - 1, 0)) / step) * step
        if low < edge <= high and edge not in edges:
            edges.append(edge)
    return tuple(edges)
