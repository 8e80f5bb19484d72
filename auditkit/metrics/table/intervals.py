"""From replicates to intervals: the rules of `auditkit.inference.bootstrap_cells`, on arrays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from auditkit.metrics.table.sets import Floats, Set, divided

__all__ = ["Spread", "accelerations", "simultaneous_of", "spread_of", "stacked"]

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
        varies, 4 BCa is undefined, or the ratio is 0.
    """

    value: Floats
    low: Floats
    high: Floats
    standard_error: Floats
    undefined: NDArray[np.int64]
    withheld: NDArray[np.int8]


def simultaneous_of(sets: Sequence[Set], value: Floats, replicated: Floats, level: float) -> Spread:
    """Return the gaps (sets, 2) of rates, with an interval that holds for every pair of groups.

    All pairs together stray from their observed gaps by no more than the widest of the groups'
    deviations, d = max (p* - p) - min (p* - p); its `level` quantile is the margin. Ratios do the
    same on the log scale. A replicate in which a group loses its rate strays without bound.
    """
    shape = (len(sets), 2)
    gap, margin = np.full(shape, np.nan), np.full(shape, np.nan)
    undefined, withheld = np.zeros(shape, dtype=np.int64), np.ones(shape, dtype=np.int8)
    drawn = replicated.shape[-1]
    for position, one in enumerate(sets):
        known = ~np.isnan(value[one.place])
        rates, again = value[one.place][known], replicated[one.place][known]
        if len(rates) < 2 or rates.max() == 0:
            gap[position, 0] = rates.max() - rates.min() if len(rates) > 1 else np.nan
            withheld[position, 0] = 3 if len(rates) > 1 else 1
            continue
        gap[position] = rates.max() - rates.min(), rates.min() / rates.max()
        with np.errstate(divide="ignore", invalid="ignore"):
            strays = (again - rates[:, None], np.log(again) - np.log(rates)[:, None])
            widest = [stray.max(axis=0) - stray.min(axis=0) for stray in strays]
        for kind, width in enumerate(widest):
            width.sort()  # NaN goes last, and infinity before it
            undefined[position, kind] = drawn - np.count_nonzero(np.isfinite(width))
            margin[position, kind] = width[math.ceil(level * drawn) - 1]
            few = undefined[position, kind] > (1 - level) * drawn
            withheld[position, kind] = 2 if few else 3 if width[0] == width[-1] else 0
        if rates.min() == 0:
            withheld[position, 1] = 4
    low = np.stack([gap[:, 0] - margin[:, 0], gap[:, 1] * np.exp(-margin[:, 1])], axis=1)
    high = np.stack([gap[:, 0] + margin[:, 0], gap[:, 1] * np.exp(margin[:, 1])], axis=1)
    shown = withheld == 0
    low, high = (np.where(shown, np.clip(ends, 0, 1), np.nan) for ends in (low, high))
    return Spread(gap, low, high, np.full(shape, np.nan), undefined, withheld)


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
    kinds: Sequence[NDArray[np.bool_]],
    *,
    fixed: bool,
) -> Floats:
    """Return the accelerations of the rates, from leaving out one row of each cell."""
    top, bottom = (mask.astype(np.float64) for mask in kinds)
    left_out = divided(top @ n - top[:, None], bottom @ n - bottom[:, None])
    found = np.full(len(value), np.nan)
    for one in sets:
        rows, its, rates = n[:, one.place], left_out[:, one.place], value[one.place]
        sample = rows.sum(axis=0) if fixed else np.full(rows.shape[1], rows.sum())
        cubes, squares = _influence(rows, np.where(rows > 0, its - rates, 0.0), sample)
        found[one.place] = divided(cubes, 6 * np.maximum(squares, 0) ** 1.5)
    return found


def _influence(rows: Floats, moved: Floats, sample: Floats) -> tuple[Floats, Floats]:
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


def stacked(spreads: Sequence[Spread]) -> Spread:
    """Return one spread with an axis more, in front."""
    names = [field.name for field in fields(Spread)]
    return Spread(*(np.array([getattr(one, name) for one in spreads]) for name in names))
