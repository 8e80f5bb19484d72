"""How well the other features tell a number, by group: a sign of how reliably it is measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
_SPREAD = 1e-12
"""Variance of ranks up to here is none."""


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
    view = _View(np.where(known, targets, 0.0), predicted, known.astype(float), fit.people.weight)
    rows = []
    for group in groups:
        told = view.by_group(group.attribute.codes[fit.people.take], group.attribute.known)
        rows += [
            (k, told.row(name, k, group))
            for k, (name, _, _) in enumerate(numbers)
            if group.name != name
        ]
    rows.sort(key=lambda item: item[0])  # the attributes of a number together
    return [row for _, row in rows if row is not None]


@dataclass(frozen=True, eq=False)
class _View:
    """Numbers, and what was predicted, of shape (people, numbers); `known` is 1.0 or 0.0."""

    numbers: NDArray[np.float64]
    predicted: NDArray[np.float64]
    known: NDArray[np.float64]
    weight: NDArray[np.float64] | None

    def by_group(self, codes: NDArray[np.int64], size: int) -> _Told:
        """Measure what is told of all numbers in each group of one attribute."""
        kept = codes < size
        codes, x, known = codes[kept], self.numbers[kept], self.known[kept]
        member = (np.arange(size)[:, None] == codes).astype(np.float64)
        people = member @ known
        whole, squares = people, people
        if self.weight is not None:
            member *= self.weight[kept]
            whole, squares = member @ known, (member * self.weight[kept]) @ known

        def mean(each: NDArray[np.float64]) -> NDArray[np.float64]:
            sums = member @ (each * known)
            return np.asarray(np.divide(sums, whole, out=np.zeros_like(sums), where=whole > 0))

        apart, wrong = (x - mean(x)[codes]) ** 2, (x - self.predicted[kept]) ** 2
        spread, missed = mean(apart), mean(wrong)
        some = np.where(spread > _SPREAD, spread, 1.0)  # without spread nothing is told
        pull = (missed / some**2)[codes] * (apart - spread[codes])
        pull -= (wrong - missed[codes]) / some[codes]
        return _Told(
            people=people,
            told=np.where(spread > _SPREAD, 1 - missed / some, np.nan),
            variance=mean(pull**2),
            effective=np.divide(whole**2, squares, out=np.zeros_like(whole), where=squares > 0),
        )


@dataclass(frozen=True, eq=False)
class _Told:
    """What the other features tell of each number in each group: arrays (groups, numbers)."""

    people: NDArray[np.float64]
    told: NDArray[np.float64]
    variance: NDArray[np.float64]
    effective: NDArray[np.float64]

    def row(self, feature: str, number: int, group: Compared) -> Measured | None:
        """Compare the groups in what is told of one number."""
        people, told = self.people[:, number], self.told[:, number]
        chosen = np.flatnonzero((people >= FEWEST) & ~np.isnan(told))
        if len(chosen) < 2 or told[chosen].max() < TOLD:
            return None
        p_value = alike_p(
            told[chosen], self.variance[chosen, number], self.effective[chosen, number]
        )
        each = [(group.attribute.names[k], float(people[k]), float(told[k])) for k in chosen]
        return Measured.of(feature, group.name, "reliability", each, p_value=p_value)
