"""Remedies that change what the model sees, and other models that see the same."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.remedies.plan import Method, Model, Setting
from auditkit.trainer.bench import Fold, Learner

__all__ = ["another", "remover", "residualising", "with_groups", "without"]

Floats = NDArray[np.float64]


def without(features: Collection[str] | None = None) -> Callable[[Setting], Method | None]:
    """Leave features out (the proxies, if none are named); no group needed at any time."""

    def make(setting: Setting) -> Method | None:
        gone = frozenset(setting.proxies if features is None else features)
        if not gone or gone >= set(setting.bench.rows.columns):
            return None
        return Method(setting.bench.plain, without=gone)

    return make


def remover(setting: Setting, alpha: float) -> Any:
    """Return fairlearn's CorrelationRemover for the groups of a setting, unfitted."""
    from fairlearn.preprocessing import CorrelationRemover

    groups = list(range(len(setting.names) - 1))
    return CorrelationRemover(sensitive_feature_ids=groups, alpha=alpha)


def with_groups(setting: Setting, rows: NDArray[np.intp], x: Floats) -> Floats:
    """Return a matrix with the groups of its rows before it; the first one is the baseline."""
    told = np.eye(len(setting.names))[setting.codes[rows]][:, 1:]
    return np.column_stack([told, x])


def residualising(alpha: float) -> Callable[[Setting], Method]:
    """Take out of the features what is linear in the group (fairlearn's CorrelationRemover)."""

    def make(setting: Setting) -> Method:
        bench = setting.bench
        removers: dict[int, Any] = {}

        def learn(fold: Fold) -> Model:
            mine = removers[id(fold)] = remover(setting, alpha)
            x = mine.fit_transform(with_groups(setting, fold.train, fold.x_train))
            return bench.learner.fit(x, bench.rows.outcome[fold.train], bench.weights(fold.train))

        def see(fold: Fold) -> Floats:
            x = with_groups(setting, fold.test, fold.x_test)
            return np.asarray(removers[id(fold)].transform(x), dtype=np.float64)

        return Method(learn, see=see)

    return make


def another(kind: Any, **settings: Any) -> Callable[[Setting], Method]:
    """Fit another kind of model, or the same with other settings."""

    def make(setting: Setting) -> Method:
        bench = setting.bench
        learner = Learner(kind, bench.seed, settings)

        def learn(fold: Fold) -> Model:
            return learner.fit(
                fold.x_train, bench.rows.outcome[fold.train], bench.weights(fold.train)
            )

        return Method(learn)

    return make
