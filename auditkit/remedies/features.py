"""Remedies that change what the model sees, and other models that see the same."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.remedies.plan import Setting, Trial
from auditkit.trainer.bench import Fold, Learner

__all__ = ["another", "residualising", "without"]

Floats = NDArray[np.float64]
Model = Callable[[Floats], Floats]


def without(features: Collection[str] | None = None) -> Callable[[Setting], Trial | None]:
    """Leave features out (the proxies, if none are named); no group needed at any time."""

    def run(setting: Setting) -> Trial | None:
        gone = set(setting.proxies if features is None else features)
        if not gone or gone >= set(setting.bench.rows.columns):
            return None
        bench = setting.bench
        scores = bench.run(bench.plain, folds=bench.folds_without(gone))
        return Trial(setting.chosen(scores), scores)

    return run


def residualising(alpha: float) -> Callable[[Setting], Trial | None]:
    """Take out of the features what is linear in the group (fairlearn's CorrelationRemover)."""

    def run(setting: Setting) -> Trial | None:
        from fairlearn.preprocessing import CorrelationRemover

        bench, codes = setting.bench, setting.codes
        groups = len(setting.names) - 1
        told = np.eye(len(setting.names))[codes][:, 1:]  # the first group is the baseline
        removers: dict[int, Any] = {}

        def learn(fold: Fold) -> Model:
            remover = CorrelationRemover(sensitive_feature_ids=list(range(groups)), alpha=alpha)
            x = remover.fit_transform(np.column_stack([told[fold.train], fold.x_train]))
            removers[id(fold)] = remover
            return bench.learner.fit(x, bench.rows.outcome[fold.train], bench.weights(fold.train))

        def see(fold: Fold) -> Floats:
            x = np.column_stack([told[fold.test], fold.x_test])
            return np.asarray(removers[id(fold)].transform(x), dtype=np.float64)

        scores = bench.run(learn, see=see)
        return Trial(setting.chosen(scores), scores)

    return run


def another(kind: Any, **settings: Any) -> Callable[[Setting], Trial]:
    """Fit another kind of model, or the same with other settings."""

    def run(setting: Setting) -> Trial:
        bench = setting.bench
        learner = Learner(kind, bench.seed, settings)

        def learn(fold: Fold) -> Model:
            return learner.fit(
                fold.x_train, bench.rows.outcome[fold.train], bench.weights(fold.train)
            )

        scores = bench.run(learn)
        return Trial(setting.chosen(scores), scores)

    return run
