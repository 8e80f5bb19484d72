"""Remedies that change how the model is trained: fairlearn's reductions. The group in training.

Agarwal A, Beygelzimer A, Dudik M, Langford J, Wallach H (2018). A reductions approach to fair
classification. ICML.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.remedies.plan import Method, Setting
from auditkit.trainer.bench import Fold

__all__ = ["MOST_ROWS", "Lottery", "exponentiated_gradient", "grid_search"]

MOST_ROWS = 4_000
"""The most training rows of a reduction, which fits the model many times."""

_ROUNDS = 10
_GRID = 7
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Lottery:
    """Selections by models of which one is drawn for each row: the chances, and a seed.

    Attributes
    ----------
    models : list
        Fitted models whose `predict` selects.
    chances : list of float
        Of being the one that is asked; they add up to 1.
    drawn : callable
        From a matrix to selections.
    """

    models: list[Any]
    chances: list[float]
    drawn: Callable[[Floats], Any]

    def __call__(self, rows: Floats) -> Floats:
        """Return 1 or 0 for each row."""
        return np.asarray(self.drawn(rows), dtype=np.float64)


def _constraint(name: str, bound: float | None) -> Any:
    from fairlearn import reductions

    kinds = {
        "selection_rate": reductions.DemographicParity,
        "true_positive_rate": reductions.TruePositiveRateParity,
        "false_positive_rate": reductions.FalsePositiveRateParity,
    }
    return kinds[name]() if bound is None else kinds[name](difference_bound=bound)


def _some(setting: Setting, fold: Fold) -> NDArray[np.intp]:
    """Return positions in the training part, at most as many as the setting allows."""
    size, most = len(fold.train), setting.reduction_rows
    if size <= most:
        return np.arange(size)
    rng = np.random.default_rng([setting.bench.seed, 29])
    return np.sort(rng.choice(size, most, replace=False))


def _reduced(setting: Setting, fold: Fold, reduction: Any) -> Any:
    """Fit a reduction on the training part of a fold."""
    some = _some(setting, fold)
    mine = fold.train[some]
    reduction.fit(
        fold.x_train[some],
        setting.bench.rows.outcome[mine].astype(np.int64),
        sensitive_features=setting.codes[mine],
    )
    return reduction


def exponentiated_gradient(bound: float) -> Callable[[Setting], Method | None]:
    """Train a lottery over models whose gap is at most `bound` in training."""

    def make(setting: Setting) -> Method | None:
        from fairlearn.reductions import ExponentiatedGradient

        bench = setting.bench
        if bench.rows.seen.weighted:
            return None  # fairlearn's reductions take the weights for themselves

        def learn(fold: Fold) -> Lottery:
            asked = _constraint(setting.disparity, bound)
            unfitted = ExponentiatedGradient(
                bench.learner.new(), asked, eps=bound, max_iter=_ROUNDS
            )
            model = _reduced(setting, fold, unfitted)
            chances = model.weights_[model.weights_ > 0]
            return Lottery(
                [model.predictors_[place] for place in chances.index],
                (chances / chances.sum()).tolist(),
                lambda x: model.predict(x, random_state=bench.seed),
            )

        return Method(learn, selects=True)

    return make


def grid_search(weight: float) -> Callable[[Setting], Method | None]:
    """Train one model for each of seven prices of the gap; keep the best mix of error and gap."""

    def make(setting: Setting) -> Method | None:
        from fairlearn.reductions import GridSearch

        bench = setting.bench
        if bench.rows.seen.weighted or len(setting.names) != 2:
            return None  # the grid has a dimension a group

        def learn(fold: Fold) -> Lottery:
            asked = _constraint(setting.disparity, None)
            unfitted = GridSearch(
                bench.learner.new(), asked, constraint_weight=weight, grid_size=_GRID
            )
            model = _reduced(setting, fold, unfitted)
            best = model.predictors_[model.best_idx_]
            return Lottery([best], [1.0], best.predict)

        return Method(learn, selects=True)

    return make
