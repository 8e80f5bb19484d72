"""The rates of many groups, with intervals wide enough to hold for every pair at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from auditkit.inference import _checks
from auditkit.inference._scipy import special
from auditkit.inference.rates import wilson

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Together:
    """The rates of the groups that have anybody, with Wilson intervals wide enough for all."""

    p: Array
    low: Array
    high: Array
    level: float
    positions: tuple[int, ...]
    left_out: tuple[int, ...]
    reason: str | None

    @classmethod
    def of(cls, events: Sequence[float], n: Sequence[float], level: float) -> Together:
        """Take counts; the reason says why fewer than two groups cannot be compared."""
        xs, sizes = _checks.rates(events, n)
        _checks.open_proportion(level, name="level")
        positions = tuple(i for i, size in enumerate(sizes) if size > 0)
        left_out = tuple(i for i, size in enumerate(sizes) if size == 0)
        none = np.zeros(0)
        if len(positions) < 2:
            reason = f"a gap needs two groups with somebody in them, got {len(positions)}"
            return cls(none, none, none, level, positions, left_out, reason)
        wide = math.erf(range_quantile(len(positions), level) / 2)
        ends = np.array([wilson(xs[i], sizes[i], level=wide) for i in positions], dtype=np.float64)
        p = np.array([xs[i] / sizes[i] for i in positions])
        return cls(p, ends[:, 0], ends[:, 1], level, positions, left_out, None)

    def differences(self) -> tuple[Array, Array]:
        """Return the ends of each pair's difference."""
        return differences(self.p, self.low, self.high)

    def ratios(self) -> Array:
        """Return the lower end of each pair's ratio; the upper one is 1 / that of the inverse.

        A group without events has a lower end of 0 against any other.
        """
        p, low, high = self.p, self.low, self.high
        squares = np.outer(p, p)
        below, above = low * (2 * p - low), high * (2 * p - high)
        root = np.sqrt(np.maximum(0.0, squares**2 - np.outer(below, above)))
        bottom = squares + root
        ends = np.divide(below[:, None], bottom, out=np.zeros_like(bottom), where=bottom > 0)
        np.fill_diagonal(ends, 1.0)
        return ends


def differences(value: Array, low: Array, high: Array) -> tuple[Array, Array]:
    """Return the ends of each pair's difference (MOVER); nobody is compared with themselves: 0."""
    apart = value[:, None] - value[None, :]
    down = np.hypot((value - low)[:, None], (high - value)[None, :])
    up = np.hypot((high - value)[:, None], (value - low)[None, :])
    for matrix in (down, up):
        np.fill_diagonal(matrix, 0.0)
    return apart - down, apart + up


@cache
def range_quantile(groups: int, level: float) -> float:
    """Return the studentised range quantile for many degrees of freedom.

    P(range <= q) = G * integral of phi(z) (Phi(z) - Phi(z - q))^(G-1) dz; for two groups it
    is the square root of two times the normal quantile.
    """
    if groups == 2:
        return math.sqrt(2) * _checks.normal_quantile(level)
    z = np.linspace(-9.0, 14.0, 2301)
    density = np.exp(-z * z / 2) / math.sqrt(2 * math.pi) * (z[1] - z[0])
    ndtr = special().ndtr
    upper = ndtr(z)

    def covered(q: float) -> float:
        return float(groups * (density * (upper - ndtr(z - q)) ** (groups - 1)).sum())

    low, high = 0.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if covered(middle) < level else (low, middle)
    return high
