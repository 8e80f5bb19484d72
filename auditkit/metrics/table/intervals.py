"""From replicates to intervals: the rules of `auditkit.inference.bootstrap_cells`, on arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.metrics.table.sets import Floats, Set, divided

__all__ = ["Spread", "accelerations", "gaps_of", "spread_of", "stacked"]

_NORMAL = NormalDist()


@dataclass(frozen=True, eq=False)
class Spread:
    """What the replicates say of one kind of statistic; arrays of one shape.

    Attributes
    ----------
    value, low, high, standard_error : ndarray
        NaN where undefined or withheld.
    undefined : ndarray of int
        In how many replicates the statistic was undefined.
    withheld : ndarray of int
        Why there is no interval: 0 there is one, 1 no value, 2 too often undefined, 3 nothing
        varies, 4 BCa is undefined.
    """

    value: Floats
    low: Floats
    high: Floats
    standard_error: Floats
    undefined: NDArray[np.int64]
    withheld: NDArray[np.int8]


def gaps_of(sets: Sequence[Set], rates: Floats) -> Floats:
    """Return (sets, 2, ...): largest − smallest, smallest / largest of rates (groups, ...)."""
    found = np.full((len(sets), 2, *rates.shape[1:]), np.nan)
    for position, one in enumerate(sets):
        mine = rates[one.place]
        found[position] = _apart(
            np.fmax.reduce(mine, axis=0), np.fmin.reduce(mine, axis=0), (mine == mine).sum(axis=0)
        )
    return found


def _apart(high: Floats, low: Floats, known: NDArray[Any]) -> Floats:
    """Return difference and ratio, NaN with fewer than two known rates; 0/0 is NaN."""
    enough = known >= 2
    difference = np.where(enough, high - low, np.nan)
    ratio = np.divide(low, high, out=np.full_like(high, np.nan), where=enough & (high > 0))
    return np.stack([difference, ratio])


def spread_of(
    value: Floats, replicated: Floats, level: float, acceleration: Floats | None
) -> Spread:
    """Read intervals off the replicates (last axis), by the rules of `bootstrap_cells`."""
    drawn = replicated.shape[-1]
    ordered = np.sort(replicated, axis=-1)  # NaN goes last
    defined = drawn - np.isnan(ordered).sum(axis=-1)
    undefined = drawn - defined
    last = np.take_along_axis(ordered, np.maximum(defined - 1, 0)[..., None], axis=-1)[..., 0]
    tails = np.empty((*value.shape, 2))
    tails[...] = (1 - level) / 2, (1 + level) / 2
    if acceleration is not None:
        below = (replicated < value[..., None]).sum(axis=-1)
        same = (replicated == value[..., None]).sum(axis=-1)
        tails = _moved((below + same / 2) / np.maximum(defined, 1), acceleration, level)
    few = (undefined > (1 - level) * drawn) | (defined < 2)
    withheld = np.select(
        [np.isnan(value), few, ordered[..., 0] == last, np.isnan(tails).any(axis=-1)],
        [1, 2, 3, 4],
        0,
    ).astype(np.int8)
    low, high = (
        np.where(withheld == 0, _quantile(ordered, defined, tails[..., end]), np.nan)
        for end in (0, 1)
    )
    return Spread(value, low, high, _deviation(replicated, defined), undefined, withheld)


def _quantile(ordered: Floats, defined: NDArray[np.int64], probability: Floats) -> Floats:
    """Interpolate linearly between the two nearest of the defined replicates, as `np.quantile`."""
    place = np.nan_to_num(probability) * np.maximum(defined - 1, 0)
    floor = np.floor(place).astype(np.int64)
    top = np.minimum(floor + 1, np.maximum(defined - 1, 0))
    a, b = (np.take_along_axis(ordered, i[..., None], axis=-1)[..., 0] for i in (floor, top))
    part = place - floor
    return np.where(part < 0.5, a + (b - a) * part, b - (b - a) * (1 - part))


def _deviation(replicated: Floats, defined: NDArray[np.int64]) -> Floats:
    """Return the standard deviation of the defined replicates; NaN with fewer than two."""
    error = np.full(defined.shape, np.nan)
    whole = defined == replicated.shape[-1]
    if replicated.shape[-1] >= 2:
        error[whole] = replicated[whole].std(axis=-1, ddof=1)
    some = ~whole & (defined >= 2)
    if some.any():
        error[some] = np.nanstd(replicated[some], axis=-1, ddof=1)
    return error


def _moved(share: Floats, acceleration: Floats, level: float) -> Floats:
    """Return the probabilities at which BCa reads the replicates; NaN where it has none."""
    inside = (share > 0) & (share < 1)
    bias = np.array([_NORMAL.inv_cdf(p) for p in np.where(inside, share, 0.5).ravel()])
    bias = np.where(inside, bias.reshape(share.shape), np.nan)
    ends = []
    for z in (_NORMAL.inv_cdf((1 - level) / 2), _NORMAL.inv_cdf((1 + level) / 2)):
        shrink = 1 - acceleration * (bias + z)
        point = bias + (bias + z) / np.where(shrink > 0, shrink, np.nan)
        flat = [_NORMAL.cdf(p) if p == p else p for p in point.ravel().tolist()]
        ends.append(np.array(flat).reshape(share.shape))
    return np.stack(ends, axis=-1)


def accelerations(
    n: Floats,
    sets: Sequence[Set],
    value: Floats,
    gap: Floats,
    kinds: Sequence[NDArray[np.bool_]],
    *,
    fixed: bool,
) -> tuple[Floats, Floats]:
    """Return the accelerations of rates and gaps, from leaving out one row of each cell."""
    top, bottom = (mask.astype(np.float64) for mask in kinds)
    left_out = divided(top @ n - top[:, None], bottom @ n - bottom[:, None])
    of_rates, of_gaps = np.full(len(value), np.nan), np.full(gap.shape, np.nan)
    for position, one in enumerate(sets):
        rows, its, rates = n[:, one.place], left_out[:, one.place], value[one.place]
        sample = rows.sum(axis=0) if fixed else np.full(rows.shape[1], rows.sum())
        moved = np.where(rows > 0, its - rates, 0.0)
        of_rates[one.place] = _acceleration(*_influence(rows, moved, sample))
        gaps = _gaps_without(rates, its)
        for kind in (0, 1):
            moved = np.where(rows > 0, gaps[kind] - gap[position, kind], 0.0)
            if fixed:  # each group is a sample of its own: their parts add up
                parts = _influence(rows, moved, sample)
                sums = parts[0].sum(), parts[1].sum()
            else:
                sums = _influence(rows.ravel(), moved.ravel(), rows.sum())
            of_gaps[position, kind] = _acceleration(*map(np.asarray, sums))
    return of_rates, of_gaps


def _influence(rows: Floats, moved: Floats, sample: Any) -> tuple[Any, Any]:
    """Return the sums of cubed and squared influences of the rows of samples of some sizes.

    `moved` is how much the statistic moves without a row of a cell; rows outside move nothing.
    """
    size = np.maximum(sample, 1)
    mean = (rows * moved).sum(axis=0) / size
    outside = sample - rows.sum(axis=0)
    influence = (size - 1) * (mean - moved)
    elsewhere = (size - 1) * mean
    cubes = ((rows * influence**3).sum(axis=0) + outside * elsewhere**3) / size**3
    squares = ((rows * influence**2).sum(axis=0) + outside * elsewhere**2) / size**2
    return cubes, squares


def _acceleration(cubes: Floats, squares: Floats) -> Floats:
    return divided(cubes, 6 * np.maximum(squares, 0) ** 1.5)


def _gaps_without(rates: Floats, left_out: Floats) -> Floats:
    """Return (2, kinds, groups): the gaps when a group's rate is that without a row of a kind."""
    size = len(rates)
    known = int((rates == rates).sum())
    highest, lowest = np.full(size, np.nan), np.full(size, np.nan)  # among the other groups
    if known:
        ends = np.nanargmax(rates), np.nanargmin(rates)
        for other, end, reduce in (
            (highest, ends[0], np.fmax.reduce), (lowest, ends[1], np.fmin.reduce)
        ):  # fmt: skip
            other[:] = rates[end]
            if known > 1:
                other[end] = reduce(np.delete(rates, end))
            else:
                other[end] = np.nan
    others = known - (rates == rates)
    return _apart(
        np.fmax(highest, left_out), np.fmin(lowest, left_out), others + (left_out == left_out)
    )


def stacked(spreads: Sequence[Spread]) -> Spread:
    """Return one spread with an axis more, in front."""
    names = [field.name for field in fields(Spread)]
    return Spread(*(np.array([getattr(one, name) for one in spreads]) for name in names))
