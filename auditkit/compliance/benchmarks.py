"""A group's share against a benchmark: exact, on the log scale, and never without its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from auditkit import inference
from auditkit.errors import MetricError, shown

__all__ = ["Benchmark", "benchmark_tests"]


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """One group against its expected share. The names are the columns.

    Attributes
    ----------
    group : str
        The group.
    n, observed : int
        Persons whose group the benchmark names, and those of this group.
    share, expected_share : float
        Observed and expected.
    expected, shortfall : float
        Persons expected, and ``expected - observed``: negative is a surplus.
    z : float or None
        ``(observed - expected) / sd``: *negative when there are fewer than expected*.
    log10_p_lower, log10_p : float or None
        Decimal logarithm of the chance of so few or fewer, and of the two-sided p-value.
    p_value : float or None
        Two-sided and exact; one too small for a float is the smallest a float can hold.
    utilisation : float or None
        ``share / expected_share``.
    source : str
        Where the benchmark comes from.
    reason : str or None
        Why something is None.
    """

    group: str
    n: int
    observed: int
    share: float | None
    expected_share: float
    expected: float
    shortfall: float
    z: float | None
    log10_p_lower: float | None
    log10_p: float | None
    p_value: float | None
    utilisation: float | None
    source: str
    reason: str | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data; the group as a list."""
        return {**asdict(self), "group": [self.group]}


def benchmark_tests(
    people: Mapping[str, int], shares: Mapping[str, float], *, source: str
) -> tuple[Benchmark, ...]:
    r"""Test how many of each group there are against the share that a benchmark gives.

    .. math:: z = \frac{O - Np}{\sqrt{Np(1-p)}}

    Parameters
    ----------
    people : mapping of group to persons
        Groups that the benchmark does not name are left out of N.
    shares : mapping of group to share or count
        Scaled to a sum of one.
    source : str
        Where the shares come from; printed beside every number.

    Returns
    -------
    tuple of Benchmark
        One a group of the benchmark; one that nobody is of has 0 observed.

    Raises
    ------
    MetricError
        No source, fewer than two shares, or shares that add up to nothing.

    References
    ----------
    .. [1] Castaneda v. Partida, 430 U.S. 482 (1977), n. 17.

    Examples
    --------
    339 of 870 persons summoned as grand jurors had Spanish surnames, of a population of 79.1 %:

    >>> found, _ = benchmark_tests(
    ...     {"Mexican-American": 339, "other": 531},
    ...     {"Mexican-American": 79.1, "other": 20.9},
    ...     source="430 U.S. 482, n. 17",
    ... )
    >>> round(found.expected), round(found.z, 1), round(found.log10_p_lower)
    (688, -29.1, -144)
    """
    if not source.strip():
        raise MetricError("a benchmark needs a source")
    total = sum(shares.values())
    if len(shares) < 2 or total <= 0 or min(shares.values()) < 0:
        raise MetricError("a benchmark needs at least two shares, none below 0 and not all 0")
    counted = sum(people.get(group, 0) for group in shares)
    return tuple(
        _one(str(group), people.get(group, 0), counted, share / total, source)
        for group, share in shares.items()
    )


def _one(group: str, observed: int, counted: int, share: float, source: str) -> Benchmark:
    if observed < 0 or observed != int(observed):
        raise MetricError(f"group '{shown(group)}': whole persons, got {shown(observed)}")
    test = inference.binomial_test(observed, counted, share)
    return Benchmark(
        group=group,
        n=counted,
        observed=observed,
        share=observed / counted if counted else None,
        expected_share=share,
        expected=test.expected,
        shortfall=test.expected - observed,
        z=test.sd,
        log10_p_lower=test.log10_lower,
        log10_p=test.log10_p,
        p_value=test.p_value,
        utilisation=observed / counted / share if counted and share else None,
        source=source,
        reason=test.reason,
    )
