"""Remedies that change the training rows: weights, draws, labels. All need the group in training.

Kamiran F, Calders T (2012). Data preprocessing techniques for classification without
discrimination. Knowledge and Information Systems 33, 1-33.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from auditkit.remedies.plan import Method, Model, Setting
from auditkit.trainer.bench import Fold, Learner

__all__ = ["relabelled", "relabelling", "resampled", "resampled_of", "resampling", "reweighed",
           "reweighing", "weights_of"]  # fmt: skip

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]


def weights_of(codes: Codes, outcome: Floats, weight: Floats | None = None) -> Floats:
    """Return Kamiran and Calders' weights: P(group) P(outcome) / P(group and outcome).

    Examples
    --------
    >>> import numpy as np
    >>> weights_of(np.array([0, 0, 0, 1]), np.array([1.0, 1.0, 0.0, 0.0])).round(3).tolist()
    [0.75, 0.75, 1.5, 0.5]
    """
    mass = np.ones(len(codes)) if weight is None else weight
    total = mass.sum()
    found = np.zeros(len(codes))
    for value in (0.0, 1.0):
        rate = mass[outcome == value].sum() / total
        for code in np.unique(codes):
            cell = (codes == code) & (outcome == value)
            both = mass[cell].sum() / total
            if both > 0:
                found[cell] = mass[codes == code].sum() / total * rate / both
    return found


def reweighing(setting: Setting) -> Method:
    """Give each row the weight that makes group and outcome independent in training."""
    return _reweighed(setting, setting.bench.learner)


def reweighed(kind: str) -> Callable[[Setting], Method]:
    """Reweigh, and fit another kind of model."""
    return lambda setting: _reweighed(setting, Learner(kind, setting.bench.seed))


def _reweighed(setting: Setting, learner: Learner) -> Method:
    bench = setting.bench

    def learn(fold: Fold) -> Model:
        own = bench.weights(fold.train)
        outcome = bench.rows.outcome[fold.train]
        weight = weights_of(setting.codes[fold.train], outcome, own)
        return learner.fit(fold.x_train, outcome, weight if own is None else weight * own)

    return Method(learn)


def resampled(codes: Codes, outcome: Floats, rng: np.random.Generator) -> Codes:
    """Return positions drawn so that each group has the rate of the outcome of all.

    Cells that are too large lose rows at random, cells that are too small repeat them.
    """
    wanted = weights_of(codes, outcome)
    drawn = []
    for value in (0.0, 1.0):
        for code in np.unique(codes):
            cell = np.flatnonzero((codes == code) & (outcome == value))
            if len(cell):
                size = round(float(wanted[cell].sum()))
                drawn.append(np.resize(rng.permutation(cell), size))
    return np.sort(np.concatenate(drawn))


def resampled_of(setting: Setting, rows: Codes) -> Codes:
    """Return which of some rows of the bench a model is trained on, some of them repeatedly."""
    rng = np.random.default_rng([setting.bench.seed, 23, len(rows), int(rows[0])])
    return resampled(setting.codes[rows], setting.bench.rows.outcome[rows], rng)


def resampling(setting: Setting) -> Method:
    """Drop and repeat training rows until group and outcome are independent."""
    bench = setting.bench

    def learn(fold: Fold) -> Model:
        some = resampled_of(setting, fold.train)
        mine = fold.train[some]
        return bench.learner.fit(fold.x_train[some], bench.rows.outcome[mine], bench.weights(mine))

    return Method(learn)


def relabelled(codes: Codes, outcome: Floats, scores: Floats, part: float) -> Floats:
    """Return the outcomes with the least likely ones of each group turned round.

    A group whose rate is below that of all has its highest-scored negatives turned into
    positives, one above it its lowest-scored positives into negatives, until `part` of the
    distance is gone.
    """
    found = outcome.copy()
    overall = float(outcome.mean())
    for code in np.unique(codes):
        mine = np.flatnonzero(codes == code)
        excess = float(outcome[mine].mean()) - overall
        count = round(part * abs(excess) * len(mine))
        wrong = mine[outcome[mine] == (1.0 if excess > 0 else 0.0)]
        order = np.argsort(scores[wrong] if excess > 0 else -scores[wrong], kind="stable")
        found[wrong[order[:count]]] = 0.0 if excess > 0 else 1.0
    return found


def relabelling(part: float) -> Callable[[Setting], Method]:
    """Turn suspected labels of the training rows round, by the out-of-fold scores."""

    def make(setting: Setting) -> Method:
        bench = setting.bench

        def learn(fold: Fold) -> Model:
            outcome = relabelled(
                setting.codes[fold.train],
                bench.rows.outcome[fold.train],
                setting.plain[fold.train],
                part,
            )
            return bench.learner.fit(fold.x_train, outcome, bench.weights(fold.train))

        return Method(learn)

    return make
