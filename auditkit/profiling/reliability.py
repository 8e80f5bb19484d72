"""How well the other features tell a number, by group: a sign of how reliably it is measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from auditkit.metrics.scores.sample import mean
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
    found, variances, sizes, rows = [], [], [], []
    known = ~np.isnan(values)
    for code in range(group.attribute.known):
        mask = (codes == code) & known
        if mask.sum() < FEWEST:
            continue
        w, x = weight[mask], values[mask]
        apart = (x - mean(x, w)) ** 2
        wrong = (x - predicted[mask]) ** 2
        spread, missed = mean(apart, w), mean(wrong, w)
        if spread <= 1e-12:
            continue
        told = 1 - missed / spread
        pull = -(wrong - missed) / spread + missed * (apart - spread) / spread**2
        found.append(told)
        variances.append(mean(pull**2, w))
        sizes.append(float(w.sum() ** 2 / (w**2).sum()))
        name = group.attribute.names[code]
        rows.append({"group": name, "people": int(mask.sum()), "value": told})
    if len(found) < 2 or max(found) < TOLD:
        return None
    return Measured(
        feature=feature,
        attribute=group.name,
        measure="reliability",
        groups=rows,
        gap=max(found) - min(found),
        p_value=alike_p(np.array(found), np.array(variances), np.array(sizes)),
    )
