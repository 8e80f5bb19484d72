"""Who entered and who passed each stage, group by group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from auditkit.counts import UNKNOWN, Counts, Cube, Group
from auditkit.fairness import Rates, rates_of
from auditkit.funnel.patterns import Pattern
from auditkit.metrics.declared import METRICS

__all__ = ["Passage", "passage_of"]

_PASSING = replace(
    METRICS["selection_rate"], undefined="nobody entered this stage with a known result"
)

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Passage:
    """One set of attributes: who entered and passed each stage, group by group.

    Attributes
    ----------
    entered, unknown, contradicting : ndarray of shape (groups, stages)
        People.
    stages, cumulative : list of Rates
        Of each stage: among those who entered it, and among all.
    log_rates : ndarray of shape (groups, stages)
        Logarithm of the pass rate; NaN where it is undefined or 0.
    covariance : ndarray of shape (groups, stages, stages)
        Of `log_rates`.
    """

    attributes: tuple[str, ...]
    groups: tuple[Group, ...]
    entered: NDArray[np.int64]
    unknown: NDArray[np.int64]
    contradicting: NDArray[np.int64]
    stages: list[Rates]
    cumulative: list[Rates]
    log_rates: Array
    covariance: Array


def passage_of(
    counts: Counts,
    attributes: tuple[str, ...],
    patterns: Sequence[tuple[Pattern, Pattern]],
    codes: NDArray[np.int64],
) -> Passage:
    """Count one set of attributes through the stages."""
    groups, at = _groups(counts, attributes)
    shape = (len(groups), len(patterns))
    flat = at * len(patterns) + codes
    n, w, w2 = (
        np.bincount(flat, sums, shape[0] * shape[1]).astype(np.float64).reshape(shape)
        for sums in (counts.n, counts.w, counts.w2)
    )
    settled = np.array([pattern for _, pattern in patterns], dtype=np.int64)
    raw = np.array([pattern for pattern, _ in patterns], dtype=np.int64)
    everyone = np.ones((len(patterns), 1), dtype=bool)
    entered = np.concatenate([everyone, settled[:, :-1] == 1], axis=1)
    known = entered & (settled != UNKNOWN)

    def rates(within: NDArray[np.bool_], place: int) -> Rates:
        cube = [_crossed(table, within, settled[:, place]) for table in (n, w, w2)]
        return rates_of(_PASSING, Cube(attributes, groups, cube[0].astype(np.int64), *cube[1:]))

    stages = [rates(entered[:, place], place) for place in range(settled.shape[1])]
    log_rates, covariance = _logarithms(stages, known, settled == 1, w, w2)
    cumulative = []
    for place in range(settled.shape[1]):
        plain = rates(everyone[:, 0], place)
        censored = np.any(settled[:, : place + 1] == UNKNOWN)
        cumulative.append(
            _product_limit(plain, stages[: place + 1], covariance) if censored else plain
        )
    return Passage(
        attributes,
        groups,
        np.rint(n @ entered).astype(np.int64),
        np.rint(n @ (entered & ~known)).astype(np.int64),
        np.rint(n @ ((raw == 0) & (settled == 1))).astype(np.int64),
        stages,
        cumulative,
        log_rates,
        covariance,
    )


def _groups(
    counts: Counts, attributes: Sequence[str]
) -> tuple[tuple[Group, ...], NDArray[np.int64]]:
    """Return the groups, in canonical order, and which one each cell is in."""
    axes = [counts.axis(name) for name in attributes]
    keys, at = np.unique(counts.codes[:, axes], axis=0, return_inverse=True)
    levels = [counts.levels[axis] for axis in axes]
    return tuple(
        tuple(
            None if (value := level[code]) is None else str(value)
            for level, code in zip(levels, key, strict=True)
        )
        for key in keys
    ), at.reshape(-1).astype(np.int64)


def _crossed(table: Array, within: NDArray[np.bool_], flags: NDArray[np.int64]) -> Array:
    """Return (groups, 3, 3) sums of those `within`, by flag on the axis of the prediction."""
    cube = np.zeros((len(table), 3, 3))
    for flag in (0, 1, UNKNOWN):
        cube[:, 1, flag] = table[:, within & (flags == flag)].sum(axis=1)
    return cube


def _logarithms(
    stages: Sequence[Rates],
    known: NDArray[np.bool_],
    passed: NDArray[np.bool_],
    w: Array,
    w2: Array,
) -> tuple[Array, Array]:
    """Return the logarithms of the pass rates and their linearised covariance, group by group.

    The influence of a person on ``ln p`` is ``w (y - p) / (p W)`` in a stage that they entered,
    else 0. Without weights the stages come out uncorrelated, with variance ``(1 - p) / (p n)``.
    """
    rates = np.array([stage.value for stage in stages]).T
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(rates > 0, np.log(rates), np.nan)
        influence = (
            known[None] * (passed[None] - rates[:, None, :]) / (rates * (w @ known))[:, None, :]
        )
    covariance = np.einsum("gp,gpj,gpk->gjk", w2, influence, influence)
    return logs, covariance


def _product_limit(plain: Rates, stages: Sequence[Rates], covariance: Array) -> Rates:
    """Return the cumulative rate as the product of the pass rates, with its effective size."""
    rates = np.array([stage.value for stage in stages]).T
    product = np.where(np.any(rates == 0, axis=1), 0.0, np.prod(rates, axis=1))
    size = len(stages)
    variance = product**2 * covariance[:, :size, :size].sum(axis=(1, 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        effective = np.where(
            (product > 0) & (product < 1), product * (1 - product) / variance, plain.n
        )
    known = ~np.isnan(product)
    effective = np.where(known, np.nan_to_num(effective), 0.0)
    people = np.where(known, plain.n, 0)
    return replace(plain, n=people, value=product, effective=effective, weighted=True)
