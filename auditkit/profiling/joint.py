"""All features together: how well they tell a protected attribute."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from auditkit.inference.association import noncentral_v_interval
from auditkit.profiling.compared import Compared
from auditkit.profiling.crossfit import FOLDS, CrossFit

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MEASURE", "Joint", "auc_of", "joint_proxies"]

MEASURE = "cross_fitted_v"
ENOUGH = 50
"""People needed before a model is asked."""


@dataclass(frozen=True, kw_only=True)
class Joint:
    """How well several features together tell a protected attribute.

    Attributes
    ----------
    attribute, feature : str
        The attribute, and in words which features: all of them, or those that are no strong
        proxy by themselves.
    strength : float or None
        On the scale of Cramér's V: the square root of the share of the variance of membership
        that cross-fitted predictions explain, over the groups.
    measure : str
        Always ``"cross_fitted_v"``.
    low, high, p_value, p_adjusted : float or None
        As for one feature, given the predictions; Holm over these rows.
    n : int
        People it rests on.
    sampled_from : int or None
        People from whom they were drawn; None where all were looked at.
    folds : int
        Parts of the cross-fitting.
    features, without : list of str
        The features that were used, and the strong proxies that were not.
    levels, merged : int
        Levels of these features that the model sees apart, and how many of the features have
        their rarest levels put into one, so that all features together have at most 400, or two
        of each where that is more.
    groups : list of dict
        For each group its people and the AUC with which the predictions tell it from the others.
    reason : str or None
        Why there is no strength.
    """

    attribute: str
    feature: str
    strength: float | None
    measure: str = MEASURE
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    n: int
    sampled_from: int | None
    folds: int = FOLDS
    features: list[str]
    without: list[str]
    levels: int
    merged: int
    groups: list[dict[str, Any]]
    reason: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the record."""
        return dict(vars(self))


def joint_proxies(
    asked: Sequence[tuple[Compared, Sequence[str]]],
    features: Sequence[str],
    fit: CrossFit,
    *,
    level: float = 0.95,
) -> list[Joint]:
    r"""Predict the groups of attributes from many features at once.

    For each group a ridge regression on the levels of all features, cross-fitted, predicts who is
    in it; :math:`r_k` is the correlation of the prediction with membership, :math:`q_k` the share
    of the group:

    .. math:: V = \sqrt{\frac{\sum_k (1 - q_k) \max(0, r_k)^2}{c - 1}}

    Put in place of :math:`r_k^2` the share of variance that the levels of one feature explain,
    and this is Cramér's V of that feature: all together and one by one are on one scale.

    Parameters
    ----------
    asked : sequence of (Compared, sequence of str)
        Each attribute, and the features to leave out.
    features : sequence of str
        The features of `fit`, in its order.
    fit : CrossFit
        Their levels.
    level : float
        Confidence level.
    """
    questions = [_Question.of(groups, without, features, fit) for groups, without in asked]
    able = [one for one in questions if one.reason is None]
    predicted = iter(fit.predict_all([(one.used, one.targets, one.kept) for one in able]))
    return [
        Joint(**one.base, strength=None, groups=[], reason=one.reason)
        if one.reason is not None
        else _measured(one, next(predicted), fit, level)
        for one in questions
    ]


@dataclass(frozen=True, eq=False)
class _Question:
    """What is asked of one attribute: from which features, of whom, and who is in which group.

    `targets` are 1 where a person is in one of the groups that `names` names.
    """

    base: dict[str, Any]
    used: list[int]
    kept: NDArray[np.bool_]
    targets: NDArray[np.float64]
    names: list[str | None]
    reason: str | None

    @classmethod
    def of(
        cls, groups: Compared, without: Sequence[str], features: Sequence[str], fit: CrossFit
    ) -> _Question:
        people = fit.people
        used = [k for k, name in enumerate(features) if name not in {*without, groups.name}]
        kept, codes = groups.kept[people.take], groups.attribute.codes[people.take]
        present = np.unique(codes[kept])
        base: dict[str, Any] = {
            "attribute": groups.name,
            "feature": f"{'the other' if without else 'all'} features together",
            "n": int(kept.sum()),
            "sampled_from": people.total if people.total > len(people.take) else None,
            "features": [features[k] for k in used],
            "without": list(without),
            "levels": sum(len(fit.columns[k]) for k in used),
            "merged": int(fit.merged[used].sum()),
        }
        reason = None
        if len(used) < 2:
            reason = "fewer than two features that can be put together"
        elif len(present) < 2 or kept.sum() < ENOUGH:
            reason = f"fewer than two groups, or fewer than {ENOUGH} people, to tell apart"
        targets = np.asarray(codes[:, None] == present, dtype=np.float64)
        names = [groups.attribute.names[code] for code in present]
        return cls(base, used, kept, targets, names, reason)


def _measured(
    asked: _Question, predicted: NDArray[np.float64], fit: CrossFit, level: float
) -> Joint:
    kept = asked.kept
    predicted, targets = predicted[kept], asked.targets[kept]
    weight = np.ones(len(kept)) if fit.people.weight is None else fit.people.weight
    weight = weight[kept]
    strength = _strength(predicted, targets, weight)
    n, c = float(weight.sum() ** 2 / (weight**2).sum()), len(asked.names)
    chi2 = n * (c - 1) * strength**2
    scale = n * (c - 1)
    low, _ = noncentral_v_interval(chi2, df=c - 1, scale=scale, level=level)
    least = max(chi2, c - 1.0)  # what chance gives: a model that is worse tells no more than that
    _, high = noncentral_v_interval(least, df=c - 1, scale=scale, level=level)
    from scipy.special import gammaincc

    return Joint(
        **asked.base,
        strength=strength,
        low=min(strength, low),
        high=max(strength, high),
        p_value=max(float(gammaincc((c - 1) / 2, chi2 / 2)), 1e-300),
        groups=[
            {
                "group": name,
                "people": int(targets[:, k].sum()),
                "auc": auc_of(predicted[:, k], targets[:, k], weight),
            }
            for k, name in enumerate(asked.names)
        ],
    )


def _strength(
    predicted: NDArray[np.float64], targets: NDArray[np.float64], weight: NDArray[np.float64]
) -> float:
    share = weight / weight.sum()
    q = share @ targets
    centred, told = targets - q, predicted - share @ predicted
    spread = np.sqrt((share @ told**2) * (share @ centred**2))
    with np.errstate(invalid="ignore", divide="ignore"):
        r = np.where(spread > 1e-12, (share @ (told * centred)) / spread, 0.0)
    squared = float(np.dot(1 - q, np.maximum(0.0, r) ** 2)) / (len(q) - 1)
    return min(1.0, math.sqrt(squared))


def auc_of(
    score: NDArray[np.float64], inside: NDArray[np.float64], weight: NDArray[np.float64]
) -> float:
    """Return the share of pairs in which the member has the higher score, ties half."""
    _, place = np.unique(score, return_inverse=True)
    size = int(place.max()) + 1
    yes = np.bincount(place, weight * inside, size)
    no = np.bincount(place, weight * (1 - inside), size)
    below = np.cumsum(no) - no / 2
    return min(1.0, float(np.dot(yes, below)) / float(yes.sum() * no.sum()))
