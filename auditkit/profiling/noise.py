"""Labels that a cross-fitted model contradicts, by group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from auditkit import inference
from auditkit.profiling.compared import Compared
from auditkit.profiling.crossfit import CrossFit
from auditkit.profiling.joint import auc_of
from auditkit.profiling.measured import ENOUGH, alike_p

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Contradicted", "contradicted"]

FEWEST = 50
"""People needed on each side of the outcome."""
TELLS = 0.6
"""AUC from which a model can contradict a label at all."""
_BINS = 20


@dataclass(frozen=True, kw_only=True)
class Contradicted:
    """How many labels of a group a model contradicts.

    Attributes
    ----------
    attributes, group : tuple
        The attribute and its group; empty for everybody.
    rows : int
        People whose outcome is known, of those that were drawn.
    contradicted : int
        People whose label is the opposite of what the model is confident of.
    passed_over, favoured : int
        Of these, people without the outcome whom the model expects to have it, and people with it
        whom the model expects not to.
    share, low, high : float or None
        ``contradicted / rows`` with its Wilson interval.
    expected : float or None
        The share that the model itself expects to be contradicted: its predictions are no
        certainties.
    excess : float or None
        ``share - expected``.
    p_value, p_adjusted : float or None
        Of the same excess in all groups of the attribute; Holm over all tests of quality.
    auc : float or None
        How well the model tells the outcome.
    reason : str or None
        Why there is no share.
    """

    attributes: tuple[str, ...]
    group: tuple[str | None, ...]
    rows: int
    contradicted: int = 0
    passed_over: int = 0
    favoured: int = 0
    share: float | None = None
    low: float | None = None
    high: float | None = None
    expected: float | None = None
    excess: float | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    auc: float | None = None
    reason: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the record."""
        return dict(vars(self)) | {"attributes": list(self.attributes), "group": list(self.group)}


def contradicted(
    event: NDArray[np.float64],
    groups: Sequence[Compared],
    fit: CrossFit,
    features: Sequence[int],
    *,
    level: float,
) -> list[Contradicted]:
    """Count the labels that a cross-fitted model of the outcome contradicts.

    Confident learning [1]_: a label 0 is contradicted where the predicted probability is at least
    the mean of those labelled 1; a label 1 where it is at most the mean of those labelled 0.
    Probabilities are the rates within twentieths of the cross-fitted scores, so that the labels
    as a whole are contradicted as often as the model expects, and a group more often only where
    its labels differ from those of people who look alike to the model.

    Parameters
    ----------
    event : ndarray of float
        The outcome (1, 0, or NaN) of the people drawn.
    groups : sequence of Compared
        The protected attributes, which the model does not see.
    fit : CrossFit
        The levels of the features.
    features : sequence of int
        Places of the features to use.
    level : float
        Confidence level.

    References
    ----------
    .. [1] Northcutt CG, Jiang L, Chuang IL (2021). Confident learning: estimating uncertainty in
       dataset labels. Journal of Artificial Intelligence Research 70, 1373-1411.
    """
    known = ~np.isnan(event)
    weight = np.ones(len(event)) if fit.people.weight is None else fit.people.weight
    n = int(known.sum())

    def nothing(reason: str, auc: float | None = None) -> list[Contradicted]:
        return [Contradicted(attributes=(), group=(), rows=n, auc=auc, reason=reason)]

    sides = [int((event == side).sum()) for side in (0, 1)]
    if min(sides) < FEWEST:
        return nothing(f"only {min(sides)} people on one side of the outcome")
    if len(features) < 2:
        return nothing("fewer than two features that a model could use")
    target = np.where(known, event, 0.0)[:, None]
    score = fit.predict(features, target, known)[known, 0]
    label, weight = event[known], weight[known]
    auc = auc_of(score, label, weight)
    if auc < TELLS:
        return nothing("a model tells the outcome hardly better than chance", auc)
    p = _rates(score, label, weight)
    sure_yes = p >= np.average(p, weights=weight * label)
    sure_no = p <= np.average(p, weights=weight * (1 - label))
    against = sure_yes & (label == 0), sure_no & (label == 1)
    expected = np.where(sure_yes, 1 - p, np.where(sure_no, p, 0.0))
    view = _View(label, weight, against, expected, auc, level)
    found = [view.row((), (), np.ones(n, dtype=bool))]
    for attribute in groups:
        codes = attribute.attribute.codes[fit.people.take][known]
        names = attribute.attribute.names
        masks = [codes == code for code in range(len(names))]
        large = [
            mask
            for mask, name in zip(masks, names, strict=True)
            if name is not None and mask.sum() >= ENOUGH
        ]
        chance = view.alike(large) if len(large) > 1 else None
        found += [
            view.row((attribute.name,), (name,), mask, chance)
            for mask, name in zip(masks, names, strict=True)
            if mask.any()
        ]
    return found


@dataclass(frozen=True, eq=False)
class _View:
    """Labels, beside what the model is confident of."""

    label: NDArray[np.float64]
    weight: NDArray[np.float64]
    against: tuple[NDArray[np.bool_], NDArray[np.bool_]]
    expected: NDArray[np.float64]
    auc: float
    level: float

    def row(
        self,
        attributes: tuple[str, ...],
        group: tuple[str | None, ...],
        mask: NDArray[np.bool_],
        p_value: float | None = None,
    ) -> Contradicted:
        weight = self.weight[mask]
        over, favoured = (side[mask] for side in self.against)
        n = float(weight.sum() ** 2 / (weight**2).sum())
        share = float(np.average(over | favoured, weights=weight))
        expected = float(np.average(self.expected[mask], weights=weight))
        interval = inference.wilson(min(share * n, n), n, level=self.level)
        return Contradicted(
            attributes=attributes,
            group=group,
            rows=int(mask.sum()),
            contradicted=int((over | favoured).sum()),
            passed_over=int(over.sum()),
            favoured=int(favoured.sum()),
            share=share,
            low=None if interval is None else interval.low,
            high=None if interval is None else interval.high,
            expected=expected,
            excess=share - expected,
            p_value=p_value,
            auc=self.auc,
        )

    def alike(self, masks: Sequence[NDArray[np.bool_]]) -> float | None:
        more = (self.against[0] | self.against[1]) - self.expected
        means, variances, sizes = [], [], []
        for mask in masks:
            weight = self.weight[mask]
            mean = float(np.average(more[mask], weights=weight))
            means.append(mean)
            variances.append(float(np.average((more[mask] - mean) ** 2, weights=weight)))
            sizes.append(float(weight.sum() ** 2 / (weight**2).sum()))
        return alike_p(np.array(means), np.array(variances), np.array(sizes))


def _rates(
    score: NDArray[np.float64], label: NDArray[np.float64], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the rate of the label among people with about the same score."""
    distinct, place = np.unique(score, return_inverse=True)
    mass = np.bincount(place, weight, len(distinct))
    bins = int(np.clip(len(score) // 50, 2, _BINS))
    middle = (np.cumsum(mass) - mass / 2) / mass.sum()
    cell = np.minimum(np.floor(bins * middle), bins - 1).astype(np.int64)[place]
    total = np.bincount(cell, weight, bins)
    with np.errstate(invalid="ignore", divide="ignore"):
        rates = np.bincount(cell, weight * label, bins) / total
    return np.asarray(rates[cell], dtype=np.float64)
