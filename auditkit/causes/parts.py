"""Where the gap between two groups comes from: one number for each question.

All numbers are of the same rows and folds; a part is the difference of two fits, or of a fit and
the labels. The parts answer different questions and need not add up; the chain label → score →
selection does, exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.causes.contrast import Contrast, Number, between_runs, difference_of_means, number
from auditkit.trainer.bench import Bench, Fold
from auditkit.trainer.influence import Influence, Undefined, influence_of, variance

__all__ = ["Pair", "Shared", "measured", "residualised"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

FEW = 20
"""Rows of each outcome that a group must have for a model of its own."""

SEEDS = 3


@dataclass(frozen=True, eq=False)
class Pair:
    """Two groups of one attribute, as masks over the rows of the bench."""

    attribute: str
    group: str | None
    reference: str | None
    here: Mask
    there: Mask


@dataclass(frozen=True, eq=False)
class Shared:
    """Out-of-fold scores that all pairs of one attribute share, and where they are cut.

    Attributes
    ----------
    plain : ndarray
        The model as it is.
    residual : ndarray
        The model without what the features tell of the attribute (linear).
    dropped, permuted : ndarray or None
        The model without the proxies, and with the proxies shuffled; None without proxies.
    reference : ndarray
        A model of the reference group's rows only.
    line : callable
        From scores to the threshold.
    """

    plain: Floats
    residual: Floats
    dropped: Floats | None
    permuted: Floats | None
    reference: Floats
    line: Callable[[Floats], float]


def residualised(bench: Bench, codes: NDArray[np.intp]) -> Floats:
    """Score with features from which the mean of each group was taken.

    What is left is uncorrelated with the groups in the training rows, as with fairlearn's
    ``CorrelationRemover`` at ``alpha=1`` (which does it by least squares; with 0/1 columns of
    groups that is the mean of each).
    """

    def centred(x: Floats, means: Floats, groups: NDArray[np.intp]) -> Floats:
        return x - means[groups]

    def means_of(fold: Fold) -> Floats:
        groups, weight = codes[fold.train], bench.rows.weights[fold.train]
        size = np.bincount(groups, weights=weight, minlength=codes.max() + 1)
        sums = np.zeros((codes.max() + 1, fold.x_train.shape[1]))
        np.add.at(sums, groups, fold.x_train * weight[:, None])
        overall = sums.sum(axis=0) / size.sum()
        known = size > 0
        sums[known] = sums[known] / size[known, None] - overall
        sums[~known] = 0.0
        return sums

    means = {id(fold): means_of(fold) for fold in bench.folds}

    def learn(fold: Fold) -> Callable[[Floats], Floats]:
        x = centred(fold.x_train, means[id(fold)], codes[fold.train])
        return bench.learner.fit(x, bench.rows.outcome[fold.train], bench.weights(fold.train))

    return bench.run(
        learn, see=lambda fold: centred(fold.x_test, means[id(fold)], codes[fold.test])
    )


def measured(bench: Bench, pair: Pair, shared: Shared, *, level: float) -> dict[str, Any]:
    """Return the parts of one gap, each a :class:`Number` as plain data.

    The parts are ``label``, ``score``, ``selection``, ``learning`` (score − label), ``cut``
    (selection − score), ``amplification`` (selection − label), ``explained`` and ``unexplained``
    (label), ``residualised``, ``dropped``, ``permuted`` (of the score), ``quality`` (AUC).
    """
    rows, near = bench.rows, bench.rows.clusters

    def mean_gap(values: Floats) -> Contrast:
        return difference_of_means(values, pair.here, pair.there, rows.weights)

    def told(found: Contrast, variance_of: Contrast | None = None) -> Number:
        return number(found.value, (variance_of or found).variance(near), level)

    line = shared.line(shared.plain)
    label, score = mean_gap(rows.outcome), mean_gap(shared.plain)
    chosen = mean_gap((shared.plain >= line).astype(np.float64))
    unexplained = mean_gap(rows.outcome - shared.reference)
    residual = mean_gap(shared.residual)
    without = shared.residual >= shared.line(shared.residual)
    found: dict[str, Number] = {
        "label": told(label),
        "score": told(score),
        "selection": told(chosen),
        "learning": told(score - label),
        "cut": told(chosen - score),
        "amplification": told(chosen - label),
        "explained": told(label - unexplained),
        "unexplained": told(unexplained),
        # Residualising takes out what chance puts in too, so the error is that of the gap itself.
        "residualised": told(score - residual, score),
        "residualised_selection": told(chosen - mean_gap(without.astype(np.float64)), chosen),
    }
    for name, other in (("dropped", shared.dropped), ("permuted", shared.permuted)):
        found[name] = (
            Number(None, reason="no feature goes with the group closely enough")
            if other is None
            else told(score - mean_gap(other))
        )
    found["quality"] = _quality(bench, pair, level)
    return {name: item.to_dict() for name, item in found.items()}


def _quality(bench: Bench, pair: Pair, level: float) -> Number:
    """AUC of a model of the reference group, minus that of a model of the group itself.

    Each model is trained on rows of its own group only, and both on as many: what is left of the
    difference is what the features, or the labels, tell of the group.
    """
    reason = _too_few(bench, pair)
    if reason is not None:
        return Number(None, reason=reason)
    sizes = [min(pair.here[fold.train].sum(), pair.there[fold.train].sum()) for fold in bench.folds]
    areas = []
    for mask in (pair.here, pair.there):
        enough = all(
            mask[f.train].sum() == size for f, size in zip(bench.folds, sizes, strict=True)
        )
        areas.append(_own_area(bench, mask, sizes, 1 if enough else SEEDS))
    own, other = areas
    if own is None or other is None:
        return Number(None, reason="a group has one outcome only")
    return number(other[0] - own[0], own[1] + other[1], level)


def _too_few(bench: Bench, pair: Pair) -> str | None:
    for mask, name in ((pair.here, pair.group), (pair.there, pair.reference)):
        for value, word in ((1.0, "positive"), (0.0, "negative")):
            count = int((mask & (bench.rows.outcome == value)).sum())
            if count < FEW:
                who = "(missing)" if name is None else name
                return f"only {count} {word} outcomes of {who}; a model of its own needs {FEW}"
    return None


def _own_area(bench: Bench, mask: Mask, sizes: list[int], seeds: int) -> tuple[float, float] | None:
    """Return the AUC within a group of models trained on its rows only, and its variance."""
    rows, places = bench.rows, np.flatnonzero(mask)
    values, parts = [], np.zeros(len(places))
    for seed in range(seeds):
        rng = np.random.default_rng([bench.seed, 11, seed])
        drawn = {
            id(fold): rng.permutation(np.flatnonzero(mask[fold.train]))[:size]
            for fold, size in zip(bench.folds, sizes, strict=True)
        }

        def learn(fold: Fold, drawn: dict[int, Any] = drawn) -> Callable[[Floats], Floats]:
            some = np.sort(drawn[id(fold)])
            mine = fold.train[some]
            return bench.learner.fit(fold.x_train[some], rows.outcome[mine], bench.weights(mine))

        scores = bench.run(learn)
        try:
            found = influence_of("roc_auc", bench.judged(scores, 0.5).at(places))
        except Undefined:
            return None
        values.append(found.value)
        parts += found.rows / seeds
    near = None if rows.clusters is None else rows.clusters[places]
    sampling = variance(Influence(float(np.mean(values)), parts, len(places)), near)
    return float(np.mean(values)), (sampling or 0.0) + between_runs(values)
