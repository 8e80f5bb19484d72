"""Coverage without draws: for one and two rates every outcome is visited."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from functools import cache

import numpy as np
from clock import say
from covered import Covered, Ends, holds
from numpy.typing import NDArray

from auditkit import inference as inf

RATES = (0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95)
SIZES = (100, 200, 500, 2000)
PAIRS = ((100, 100), (100, 1000), (500, 500))
NEGLIGIBLE = 1e-8
REPLICATES = 1000
OfOne = Callable[[int, int], Ends]
OfTwo = Callable[[int, int, int, int], Ends]


@cache
def outcomes(n: int, rate: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the counts of events that are worth a visit, and their probabilities."""
    x = np.arange(n + 1)
    logs = [math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) for k in x]
    chance = np.exp(np.array(logs) + x * math.log(rate) + (n - x) * math.log1p(-rate))
    kept = chance > NEGLIGIBLE
    return x[kept], chance[kept] / chance[kept].sum()


def _ends(interval: inf.Interval | None) -> Ends:
    if interval is None:
        return None
    return interval.low, math.inf if interval.high is None else interval.high


def _of_bootstrap(found: inf.Bootstrap) -> Ends:
    return None if found.low is None or found.high is None else (found.low, found.high)


def _bootstrap_rate(method: str) -> OfOne:
    def interval(x: int, n: int) -> Ends:
        return _of_bootstrap(
            inf.bootstrap_cells(
                [x, n - x], lambda c: c[:, 0] / c.sum(axis=1), seed=x, method=method,
                replicates=REPLICATES,
            )
        )  # fmt: skip

    return interval


def _bootstrap_two(method: str, what: Callable[..., NDArray[np.float64]]) -> OfTwo:
    def interval(x: int, n: int, y: int, m: int) -> Ends:
        def statistic(c: NDArray[np.float64]) -> NDArray[np.float64]:
            return what(c[:, 0] / (c[:, 0] + c[:, 1]), c[:, 2] / (c[:, 2] + c[:, 3]))

        return _of_bootstrap(
            inf.bootstrap_cells(
                [x, n - x, y, m - y], statistic, seed=x * 10_007 + y, groups=[0, 0, 1, 1],
                method=method, replicates=REPLICATES,
            )
        )  # fmt: skip

    return interval


def _signed(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    return a - b


def _quotient(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    return a / b


def _apart(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.abs(a - b)


ONE: dict[str, OfOne] = {
    "Wilson": lambda x, n: _ends(inf.wilson(x, n)),
    "Clopper-Pearson": lambda x, n: _ends(inf.clopper_pearson(x, n)),
    "Clopper-Pearson, mid-p": lambda x, n: _ends(inf.clopper_pearson(x, n, midp=True)),
    "bootstrap, percentile": _bootstrap_rate("percentile"),
    "bootstrap, BCa": _bootstrap_rate("bca"),
}
TWO: dict[tuple[str, str], OfTwo] = {
    ("Newcombe", "difference"): lambda *c: _ends(inf.newcombe(*c)),
    ("Katz", "ratio"): lambda *c: _ends(inf.katz(*c)),
    ("Koopman", "ratio"): lambda *c: _ends(inf.koopman(*c)),
    ("bootstrap, percentile", "difference"): _bootstrap_two("percentile", _signed),
    ("bootstrap, BCa", "difference"): _bootstrap_two("bca", _signed),
    ("bootstrap, percentile", "ratio"): _bootstrap_two("percentile", _quotient),
    ("bootstrap, BCa", "ratio"): _bootstrap_two("bca", _quotient),
    ("(percentiles of the gap)", "max-min gap"): _bootstrap_two("percentile", _apart),
}
TRUTH: dict[str, Callable[[float, float], float]] = {
    "difference": lambda p, q: p - q,
    "ratio": lambda p, q: p / q,
    "max-min gap": lambda p, q: abs(p - q),
}


def of_one(name: str, quick: bool) -> Covered:
    """Return the coverage of an interval for one rate."""
    covered, interval = Covered(name, "rate"), ONE[name]
    for n in SIZES[:3] if quick else SIZES:
        known: dict[int, Ends] = {}
        for rate in RATES:
            say(f"{name}: {n} people, rate {rate}")
            hit = none = 0.0
            for x, chance in zip(*(part.tolist() for part in outcomes(n, rate)), strict=True):
                if x not in known:
                    known[x] = interval(x, n)
                none += chance * (known[x] is None)
                hit += chance * holds(known[x], rate)
            covered.add(f"{rate:g}, n {n}", hit, none)
    return covered


def situations(quick: bool) -> Iterator[tuple[float, int, float, int]]:
    """Yield (rate, n, rate, n) of two groups."""
    rates = (0.05, 0.2, 0.5, 0.95) if quick else RATES
    for n, m in PAIRS[:2] if quick else PAIRS:
        for p, q in itertools.product(rates, rates):
            if n != m or p >= q:  # the same the other way round
                yield p, n, q, m


def of_two(name: str, kind: str, quick: bool) -> Covered:
    """Return the coverage of an interval for two rates."""
    covered, interval = Covered(name, kind), TWO[name, kind]
    known: dict[tuple[int, int, int, int], Ends] = {}
    drawn = name not in {"Newcombe", "Katz", "Koopman"}
    for p, n, q, m in situations(quick):
        if drawn and max(n, m) > (100 if quick else 500):
            continue  # a bootstrap of each of so many outcomes takes long
        say(f"{name}, {kind}: {p} of {n}, {q} of {m}")
        truth = TRUTH[kind](p, q)
        hit = none = total = 0.0
        of_x, of_y = (list(zip(*outcomes(*one), strict=True)) for one in ((n, p), (m, q)))
        for (x, a), (y, b) in itertools.product(of_x, of_y):
            if a * b < (100 if drawn else 1) * NEGLIGIBLE:
                continue
            key = (int(x), n, int(y), m)
            if key not in known:
                known[key] = interval(*key)
            total += a * b
            none += a * b * (known[key] is None)
            hit += a * b * holds(known[key], truth)
        covered.add(f"{p:g} of {n} and {q:g} of {m}", hit / total, none / total)
    return covered
