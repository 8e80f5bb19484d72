"""How well the other features tell a number, by group: a sign of how reliably it is measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from auditkit.profiling.compared import Compared
from auditkit.profiling.crossfit import CrossFit
from auditkit.profiling.measured import Measured, alike_p

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["reliability"]

FEWEST = 100
"""Known numbers that a group needs."""
TOLD = 0.1
"""Share of the variance that must be told in one group before groups are compared."""


def reliability(
    numbers: Sequence[tuple[str, int, NDArray[np.float64]]],
    groups: Sequence[Compared],
    fit: CrossFit,
) -> list[Measured]:
    r"""Compare how well the other features tell each number in the groups of an attribute.

    .. math:: R^2_g = 1 - \sum_{i \in g} (x_i - \hat x_i)^2 / \sum_{i \in g} (x_i - \bar x_g)^2

    with cross-fitted predictions, from one model for all groups. A number that is measured with
    more error in one group is told less well there; but so is one that means something else there.

    Parameters
    ----------
    numbers : sequence of (str, int, ndarray)
        Name, place among the features of `fit`, and the numbers as ranks from 0 to 1, NaN where
        missing.
    groups : sequence of Compared
        The protected attributes.
    fit : CrossFit
        The levels of all features.
    """
    if len(fit.columns) < 3 or not numbers:
        return []
    places = [place for _, place, _ in numbers]
    targets = np.stack([values for _, _, values in numbers], axis=1)
    known = ~np.isnan(targets)
    with np.errstate(invalid="ignore"):
        means = np.nansum(targets, axis=0) / np.maximum(known.sum(axis=0), 1)
    predicted = fit.predict_each(places, np.where(known, targets, means))
    weight = np.ones(len(targets)) if fit.people.weight is None else fit.people.weight
    rows = []
    for k, (name, _, values) in enumerate(numbers):
        for group in groups:
            if group.name == name:
                continue
            codes = group.attribute.codes[fit.people.take]
            row = _compared(name, values, predicted[:, k], codes, weight, group)
            if row is not None:
                rows.append(row)
    return rows


def _compared(
    feature: str,
    values: NDArray[np.float64],
    predicted: NDArray[np.float64],
    codes: NDArray[np.int64],
    weight: NDArray[np.float64],
    group: Compared,
) -> Measured | None:
    size = group.attribute.known
    kept = ~np.isnan(values) & (codes < size)
    of, w, x = codes[kept], weight[kept], values[kept]
    people, whole = np.bincount(of, minlength=size), np.bincount(of, w, size)

    def mean(each: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.bincount(of, w * each, size) / whole, dtype=np.float64)

    with np.errstate(invalid="ignore", divide="ignore"):  # groups of nobody, or without spread
        apart, wrong = (x - mean(x)[of]) ** 2, (x - predicted[kept]) ** 2
        spread, missed = mean(apart), mean(wrong)
        told = 1 - missed / spread
        pull = (missed / spread**2)[of] * (apart - spread[of]) - (wrong - missed[of]) / spread[of]
        variances, sizes = mean(pull**2), whole**2 / np.bincount(of, w * w, size)
    chosen = np.flatnonzero((people >= FEWEST) & (spread > 1e-12))
    if len(chosen) < 2 or told[chosen].max() < TOLD:
        return None
    return Measured(
        feature=feature,
        attribute=group.name,
        measure="reliability",
        groups=[
            {"group": group.attribute.names[k], "people": int(people[k]), "value": float(told[k])}
            for k in chosen
        ],
        gap=float(told[chosen].max() - told[chosen].min()),
        p_value=alike_p(told[chosen], variances[chosen], sizes[chosen]),
    )
