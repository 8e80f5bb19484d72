"""Remedies that change the decision and leave the model as it is: one threshold, or one a group.

Hardt M, Price E, Srebro N (2016). Equality of opportunity in supervised learning. NeurIPS.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.remedies.plan import Line, Lines, Setting

__all__ = ["another_line", "group_lines", "optimizer"]

Floats = NDArray[np.float64]

_CONSTRAINTS = {
    "selection_rate": "demographic_parity",
    "true_positive_rate": "true_positive_rate_parity",
    "false_positive_rate": "false_positive_rate_parity",
}


def another_line(factor: float) -> Callable[[Setting], Lines | None]:
    """Cut all scores elsewhere: select `factor` times as many people; the same line for all."""

    def make(setting: Setting) -> Lines | None:
        scores = setting.plain
        share = float(setting.chosen(scores).mean()) * factor
        if not 0 < share < 1:
            return None
        line = float(np.quantile(scores, 1 - share))
        below = float(np.nextafter(line, -np.inf))  # a line selects what is beyond it
        return Lines((scores >= line).astype(np.float64), lambda: {None: [(1.0, below, True)]})

    return make


def optimizer(constraint: str, tolerance: float) -> Any:
    """Return fairlearn's ThresholdOptimizer for scores that are given."""
    import inspect

    from fairlearn.postprocessing import ThresholdOptimizer

    wanted: dict[str, Any] = {
        "estimator": _given(),
        "constraints": constraint,
        "prefit": True,
        "predict_method": "predict_proba",
    }
    if "tol" in inspect.signature(ThresholdOptimizer.__init__).parameters and tolerance > 0:
        wanted["tol"] = tolerance
    return ThresholdOptimizer(**wanted)


def _given() -> Any:
    """Return a fitted model whose probability is its one column."""
    from sklearn.base import BaseEstimator, ClassifierMixin

    class Given(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
        """Scores that are there already."""

        def __init__(self) -> None:
            self.classes_ = np.array([0, 1])

        def fit(self, x: Any, y: Any) -> Given:
            """Learn nothing."""
            return self

        def predict_proba(self, x: Any) -> Floats:
            """Return what was given."""
            score = np.asarray(x, dtype=np.float64).reshape(len(x), -1)[:, 0]
            return np.column_stack([1 - score, score])

        def predict(self, x: Any) -> Floats:
            """Cut at one half."""
            return (self.predict_proba(x)[:, 1] >= 0.5).astype(np.float64)

        def __sklearn_is_fitted__(self) -> bool:
            return True

    return Given()


def group_lines(tolerance: float) -> Callable[[Setting], Lines | None]:
    """Give each group a threshold of its own (fairlearn's ThresholdOptimizer).

    The thresholds for a fold come from the out-of-fold scores of the other folds.
    """

    def make(setting: Setting) -> Lines | None:
        bench, codes = setting.bench, setting.codes
        outcome = bench.rows.outcome
        chosen = np.zeros(len(codes))

        def fitted(rows: NDArray[np.intp]) -> Any:
            model = optimizer(_CONSTRAINTS[setting.disparity], tolerance)
            truth = outcome[rows].astype(np.int64)
            return model.fit(setting.plain[rows, None], truth, sensitive_features=codes[rows])

        for fold in bench.folds:
            for code in range(len(setting.names)):
                if len(np.unique(outcome[fold.train][codes[fold.train] == code])) < 2:
                    return None
            with bench.quiet(len(codes)):
                chosen[fold.test] = fitted(fold.train).predict(
                    setting.plain[fold.test, None],
                    sensitive_features=codes[fold.test],
                    random_state=bench.seed,
                )
        bench.done()

        def lines() -> dict[int | None, list[Line]]:
            with bench.quiet(len(codes)):
                model = fitted(np.arange(len(codes)))
            rules = model.interpolated_thresholder_.interpolation_dict
            return {code: _lines_of(rule) for code, rule in rules.items()}

        return Lines(chosen, lines)

    return make


def _lines_of(rule: Any) -> list[Line]:
    """Return the two thresholds between which fairlearn draws for a group."""
    both = ((rule.p0, rule.operation0), (rule.p1, rule.operation1))
    return [
        (float(chance), float(operation.threshold), operation.operator == ">")
        for chance, operation in both
        if chance > 0
    ]
