"""Remedies that change how the model is trained: fairlearn's reductions. The group in training.

Agarwal A, Beygelzimer A, Dudik M, Langford J, Wallach H (2018). A reductions approach to fair
classification. ICML.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.remedies.plan import Setting, Trial
from auditkit.trainer.bench import Fold

__all__ = ["MOST_ROWS", "exponentiated_gradient", "grid_search"]

MOST_ROWS = 4_000
"""The most training rows of a reduction, which fits the model many times."""

_ROUNDS = 10
_GRID = 7
Floats = NDArray[np.float64]


def _constraint(name: str, bound: float | None) -> Any:
    from fairlearn import reductions

    kinds = {
        "selection_rate": reductions.DemographicParity,
        "true_positive_rate": reductions.TruePositiveRateParity,
        "false_positive_rate": reductions.FalsePositiveRateParity,
    }
    return kinds[name]() if bound is None else kinds[name](difference_bound=bound)


def _some(setting: Setting, fold: Fold) -> NDArray[np.intp]:
    """Return positions in the training part, at most :data:`MOST_ROWS`."""
    size = len(fold.train)
    if size <= MOST_ROWS:
        return np.arange(size)
    rng = np.random.default_rng([setting.bench.seed, 29])
    return np.sort(rng.choice(size, MOST_ROWS, replace=False))


def exponentiated_gradient(bound: float) -> Callable[[Setting], Trial | None]:
    """Train a lottery over models whose gap is at most `bound` in training."""

    def run(setting: Setting) -> Trial | None:
        from fairlearn.reductions import ExponentiatedGradient

        if setting.bench.rows.seen.weighted:
            return None  # fairlearn's reductions take the weights for themselves
        bench = setting.bench

        def learn(fold: Fold) -> Callable[[Floats], Floats]:
            some = _some(setting, fold)
            mine = fold.train[some]
            model = ExponentiatedGradient(
                bench.learner.new(),
                _constraint(setting.disparity, bound),
                eps=bound,
                max_iter=_ROUNDS,
            )
            model.fit(
                fold.x_train[some],
                bench.rows.outcome[mine].astype(np.int64),
                sensitive_features=setting.codes[mine],
            )
            return lambda x: np.asarray(model.predict(x, random_state=bench.seed), np.float64)

        return Trial(bench.run(learn))

    return run


def grid_search(weight: float) -> Callable[[Setting], Trial | None]:
    """Train one model for each of seven prices of the gap; keep the best mix of error and gap."""

    def run(setting: Setting) -> Trial | None:
        from fairlearn.reductions import GridSearch

        if setting.bench.rows.seen.weighted or len(setting.names) != 2:
            return None  # the grid has a dimension a group
        bench = setting.bench

        def learn(fold: Fold) -> Callable[[Floats], Floats]:
            some = _some(setting, fold)
            mine = fold.train[some]
            model = GridSearch(
                bench.learner.new(),
                _constraint(setting.disparity, None),
                constraint_weight=weight,
                grid_size=_GRID,
            )
            model.fit(
                fold.x_train[some],
                bench.rows.outcome[mine].astype(np.int64),
                sensitive_features=setting.codes[mine],
            )
            best = model.predictors_[model.best_idx_]
            return lambda x: np.asarray(best.predict(x), np.float64)

        return Trial(bench.run(learn))

    return run
