"""What every function of this room asks of its arguments, asked once and at the door."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from auditkit.errors import MetricError

_STANDARD_NORMAL = NormalDist()
_HUGE = 1e300


def number(value: object, *, name: str) -> float:
    """Return `value` as a finite float, or say which argument is not one."""
    try:
        if isinstance(value, (str, bytes)):
            raise TypeError
        result = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        raise MetricError(f"{name} must be a number, got {value!r}") from None
    if not math.isfinite(result):
        raise MetricError(f"{name} must be finite, got {value!r}")
    return result


def count(value: object, *, name: str) -> float:
    """Return a count or a sum of weights: finite and not negative."""
    result = number(value, name=name)
    if result < 0:
        raise MetricError(f"{name} must not be negative, got {value!r}")
    return result


def whole(value: object, *, name: str) -> int:
    """Return a count of persons: a whole number, not negative."""
    result = count(value, name=name)
    if result != int(result):
        raise MetricError(f"{name} must be a whole number, got {value!r}")
    return int(value) if isinstance(value, int) else int(result)


def rate_counts(
    events: object, n: object, *, names: tuple[str, str] = ("events", "n")
) -> tuple[float, float]:
    """Return (events, n) as floats with 0 <= events <= n."""
    if (
        isinstance(events, (int, float))
        and isinstance(n, (int, float))
        and 0 <= events <= n < _HUGE
    ):  # nearly always, and asked for every pair of groups
        return float(events), float(n)
    x, size = count(events, name=names[0]), count(n, name=names[1])
    if x > size:
        raise MetricError(f"{names[0]} must not exceed {names[1]}, got {x:g} of {size:g}")
    return x, size


def whole_rate_counts(
    events: object, n: object, *, names: tuple[str, str] = ("events", "n")
) -> tuple[int, int]:
    """Return (events, n) as ints with 0 <= events <= n."""
    if isinstance(events, int) and isinstance(n, int) and 0 <= events <= n:
        return int(events), int(n)
    x, size = whole(events, name=names[0]), whole(n, name=names[1])
    if x > size:
        raise MetricError(f"{names[0]} must not exceed {names[1]}, got {x} of {size}")
    return x, size


def two_rates(
    events_a: object, n_a: object, events_b: object, n_b: object
) -> tuple[float, float, float, float]:
    """Return the counts of two groups, each checked."""
    a, m = rate_counts(events_a, n_a, names=("events_a", "n_a"))
    b, n = rate_counts(events_b, n_b, names=("events_b", "n_b"))
    return a, m, b, n


def two_whole_rates(
    events_a: object, n_a: object, events_b: object, n_b: object
) -> tuple[int, int, int, int]:
    """Return the counts of two groups, each checked to be whole persons."""
    a, m = whole_rate_counts(events_a, n_a, names=("events_a", "n_a"))
    b, n = whole_rate_counts(events_b, n_b, names=("events_b", "n_b"))
    return a, m, b, n


def proportion(value: object, *, name: str) -> float:
    """Return a number from 0 to 1, both ends allowed."""
    result = number(value, name=name)
    if not 0 <= result <= 1:
        raise MetricError(f"{name} must be from 0 to 1, got {value!r}")
    return result


def open_proportion(value: object, *, name: str) -> float:
    """Return a number strictly between 0 and 1, such as a confidence level."""
    if isinstance(value, float) and 0 < value < 1:
        return float(value)
    result = number(value, name=name)
    if not 0 < result < 1:
        raise MetricError(f"{name} must be strictly between 0 and 1, got {value!r}")
    return result


def positive_whole(value: object, *, name: str) -> int:
    """Return a whole number of at least one, such as a number of replicates."""
    result = whole(value, name=name)
    if result < 1:
        raise MetricError(f"{name} must be at least 1, got {value!r}")
    return result


def rates(events: Sequence[object], n: Sequence[object]) -> tuple[list[float], list[float]]:
    """Return the counts of many groups, each checked; the error names the position."""
    if len(events) != len(n):
        raise MetricError(f"events and n must have the same length, got {len(events)} and {len(n)}")
    pairs = [
        rate_counts(x, size, names=(f"events[{i}]", f"n[{i}]"))
        for i, (x, size) in enumerate(zip(events, n, strict=True))
    ]
    return [x for x, _ in pairs], [size for _, size in pairs]


def generator(seed: object) -> np.random.Generator:
    """Return a random generator that depends on the whole number `seed` and nothing else."""
    if seed is None:
        raise MetricError("seed must be a whole number, got None: give one, and record it")
    return np.random.default_rng(whole(seed, name="seed"))


def one_of(value: str, choices: tuple[str, ...], *, name: str) -> str:
    """Return `value` if it is among the choices."""
    if value not in choices:
        raise MetricError(f"{name} must be one of {', '.join(choices)}, got {value!r}")
    return value


def strata(tables: Sequence[Sequence[object]]) -> list[tuple[float, float, float, float]]:
    """Return each (events_a, n_a, events_b, n_b), checked; the error names the stratum."""
    checked = []
    for i, table in enumerate(tables):
        if len(table) != 4:
            raise MetricError(
                f"tables[{i}] must be (events_a, n_a, events_b, n_b), got {len(table)} values"
            )
        a, m = rate_counts(table[0], table[1], names=(f"tables[{i}].events_a", f"tables[{i}].n_a"))
        b, n = rate_counts(table[2], table[3], names=(f"tables[{i}].events_b", f"tables[{i}].n_b"))
        checked.append((a, m, b, n))
    return checked


def counts_table(table: ArrayLike | Sequence[Sequence[float]]) -> NDArray[np.float64] | None:
    """Return the rows and columns that have counts, or None when there is no 2 x 2 of them."""
    try:
        counts = np.asarray(table, dtype=np.float64)
    except (TypeError, ValueError):
        raise MetricError("table must be a rectangle of numbers") from None
    if counts.ndim != 2:
        raise MetricError(f"table must have two dimensions, got {counts.ndim}")
    if not np.isfinite(counts).all() or (counts < 0).any():
        raise MetricError("table must hold finite counts that are not negative")
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    return counts if min(counts.shape) >= 2 else None


@lru_cache(maxsize=128)
def normal_quantile(level: float) -> float:
    """Return z with a probability of `level` between -z and z."""
    return -_STANDARD_NORMAL.inv_cdf((1 - level) / 2)


def normal_cdf(z: float) -> float:
    """Return the probability that a standard normal is at most `z`, precise in both tails."""
    return 0.5 * math.erfc(-z / math.sqrt(2))


def normal_point(p: float) -> float:
    """Return the z below which a standard normal falls with probability `p`."""
    return _STANDARD_NORMAL.inv_cdf(p)


def two_sided_p(z: float) -> float:
    """Return the probability that a standard normal is at least as far out as `z`."""
    return p_value(math.erfc(abs(z) / math.sqrt(2)))


def p_value(p: float) -> float:
    """Return `p` cut to (0, 1]: no p-value is zero, a float only runs out of digits."""
    return min(1.0, max(float(p), sys.float_info.min))
