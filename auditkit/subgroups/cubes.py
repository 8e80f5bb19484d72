"""Counts of every crossing of up to three features, from few passes over the rows.

Features are paired into blocks, and every crossing of three features lies within three blocks: for
12 features, 20 counts of six features each hold all 298 crossings of one, two or three.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from auditkit.metrics.encode import tabulate

__all__ = ["Table", "crossings"]

Table = NDArray[np.int64]
"""Rows by level of each feature, and by outcome (0, 1) on the last axis."""

Codes = NDArray[np.unsignedinteger]

_MAX_CELLS = 4_000_000


def crossings(
    codes: Sequence[Codes], sizes: Sequence[int], outcome: NDArray[np.uint8], depth: int
) -> Iterator[tuple[tuple[int, ...], Table]]:
    """Yield every set of up to `depth` features with its counts.

    Parameters
    ----------
    codes : sequence of integer arrays of shape (n,)
        Levels of each feature, from 0 to ``size - 1``.
    sizes : sequence of int
        How many levels each feature has.
    outcome : array of 0 and 1, shape (n,)
        The outcome.
    depth : int
        1, 2 or 3.
    """
    order = np.argsort(sizes, kind="stable")
    half = (len(order) + 1) // 2
    # The smallest with the largest: blocks of about the same size.
    blocks = [tuple(sorted({int(order[i]), int(order[-1 - i])})) for i in range(half)]
    joined = [_joined(codes, sizes, block) for block in blocks]
    done: set[tuple[int, ...]] = set()
    for chosen in combinations(range(len(blocks)), min(3, len(blocks))):
        features = tuple(name for index in chosen for name in blocks[index])
        wanted = [s for s in _subsets(features, depth) if s not in done]
        done.update(wanted)
        cells = 2 * np.prod([sizes[f] for f in features], dtype=np.float64)
        if cells > max(_MAX_CELLS, len(outcome)):
            for subset in wanted:  # too many levels for one count of all six
                shape = [sizes[f] for f in subset]
                yield subset, tabulate([*(codes[f] for f in subset), outcome], [*shape, 2])[0]
            continue
        columns = [joined[index] for index in chosen]
        lengths = [int(np.prod([sizes[f] for f in blocks[index]])) for index in chosen]
        cube = tabulate([*columns, outcome], [*lengths, 2])[0]
        cube = cube.reshape([*(sizes[f] for f in features), 2])
        yield from _summed(cube, features, wanted)


def _joined(codes: Sequence[Codes], sizes: Sequence[int], block: Sequence[int]) -> Codes:
    first, *rest = block
    joined: Codes = codes[first]
    for other in rest:
        wide = np.min_scalar_type(sizes[first] * sizes[other] - 1)
        joined = joined.astype(wide) * wide.type(sizes[other]) + codes[other].astype(wide)
    return joined


def _subsets(features: Sequence[int], depth: int) -> Iterator[tuple[int, ...]]:
    """Yield the largest first, so that smaller ones may be summed from them."""
    for size in range(min(depth, len(features)), 0, -1):
        yield from (tuple(sorted(some)) for some in combinations(features, size))


def _summed(
    cube: Table, features: Sequence[int], wanted: Sequence[tuple[int, ...]]
) -> Iterator[tuple[tuple[int, ...], Table]]:
    place = {feature: axis for axis, feature in enumerate(features)}
    for subset in wanted:
        gone = tuple(place[f] for f in features if f not in subset)
        table = cube.sum(axis=gone) if gone else cube
        kept = [f for f in features if f in subset]
        yield subset, np.moveaxis(table, range(len(kept)), [subset.index(f) for f in kept])
