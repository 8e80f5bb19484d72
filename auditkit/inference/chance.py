"""The noise floor: the gap that chance alone gives between equal groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from auditkit.inference import _checks


@dataclass(frozen=True, slots=True)
class NoiseFloor:
    """What `noise_floor` found.

    Attributes
    ----------
    expected : float or None
        Mean gap between the highest and the lowest observed rate when all true rates are equal.
    high : float or None
        The gap that chance stays within with probability `level`.
    level : float
        That probability.
    compared : int
        How many groups have anybody in them.
    replicates, seed : int
        How many times chance was played out, and from which seed.
    reason : str or None
        Why there is no floor.
    """

    expected: float | None
    high: float | None
    level: float
    compared: int
    replicates: int
    seed: int
    reason: str | None


def noise_floor(
    sizes: Sequence[float],
    rate: float,
    *,
    seed: int,
    level: float = 0.95,
    replicates: int = 10_000,
) -> NoiseFloor:
    r"""Play out how large a max-min gap chance alone gives between groups of these sizes.

    .. math:: \max_g X_g/n_g - \min_g X_g/n_g,\qquad X_g \sim \mathrm{Binomial}(n_g, p)

    A max-min gap is never negative, so it grows with the number of groups and with their
    smallness even where nothing is wrong. A gap below `high` is not evidence of a difference.

    Parameters
    ----------
    sizes : sequence of int
        Persons in each group; empty groups are left out.
    rate : float
        The rate all groups share, from 0 to 1; usually the overall one.
    seed : int
        Start of the random numbers: the same seed gives the same answer.
    level : float
        Probability that chance stays within `high`.
    replicates : int
        How many times to play.

    Returns
    -------
    NoiseFloor
        Values from 0 to 1. None with a reason for fewer than two groups, or a rate of 0 or 1.

    Raises
    ------
    MetricError
        If a size is negative or not whole, or another argument is out of range.

    References
    ----------
    .. [1] Lum K, Zhang Y, Bower A (2022). De-biasing "bias" measurement. FAccT 2022, 379-389.

    Examples
    --------
    >>> floor = noise_floor([20, 20, 20, 200], 0.3, seed=0)
    >>> round(floor.expected, 2), round(floor.high, 2)
    (0.18, 0.35)
    """
    numbers = [_checks.whole(size, name=f"sizes[{i}]") for i, size in enumerate(sizes)]
    p = _checks.proportion(rate, name="rate")
    _checks.open_proportion(level, name="level")
    times = _checks.positive_whole(replicates, name="replicates")
    random = _checks.generator(seed)
    groups = np.array([size for size in numbers if size > 0], dtype=np.int64)
    compared = len(groups)
    reason = None
    if compared < 2:
        reason = f"a gap needs two groups with somebody in them, got {compared}"
    elif p in (0.0, 1.0):
        reason = f"a rate of {p:g} leaves nothing to chance"
    if reason:
        return NoiseFloor(None, None, level, compared, times, int(seed), reason)
    rates = random.binomial(groups, p, size=(times, compared)) / groups
    gaps = rates.max(axis=1) - rates.min(axis=1)
    high = float(np.quantile(gaps, level, method="higher"))
    return NoiseFloor(float(gaps.mean()), high, level, compared, times, int(seed), None)
