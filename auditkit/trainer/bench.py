"""A bench for experiments: the same folds and the same columns, and fits that differ in one thing.

The design is learned once a fold, from its training rows; after that a fit is a learner and a
matrix, so that what is changed (rows, weights, labels, columns) is all that changes.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.errors import RequestError, shown
from auditkit.trainer.design import Estimator, Table, dense_design
from auditkit.trainer.fitting import Words, quietly, said
from auditkit.trainer.influence import Rows
from auditkit.trainer.prepared import Prepared

__all__ = ["BENCH_ROWS", "Bench", "Fitted", "Fold", "Learner"]

BENCH_ROWS = 20_000
"""The most rows that experiments look at: a seeded sample above, and the record says so."""

_CELLS = 20_000_000  # of the matrices of one fold
_THEIRS = (DeprecationWarning, FutureWarning)  # what libraries have to say to one another
Floats = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Fold:
    """Positions of training and test rows, the matrices, and the design that made them."""

    train: Places
    test: Places
    x_train: Floats
    x_test: Floats
    design: Any


@dataclass(frozen=True, eq=False)
class Fitted:
    """A fitted model as a function that scores a matrix.

    Attributes
    ----------
    model : object
        The model; None where the training rows held one class only.
    share : float
        The share of the event among the training rows: what is answered without a model.
    """

    model: Any
    share: float

    def __call__(self, rows: Floats) -> Floats:
        """Return the chance of the event for each row."""
        if self.model is None:
            return np.full(len(rows), self.share)
        place = list(self.model.classes_).index(1)
        return np.asarray(self.model.predict_proba(rows)[:, place], dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Learner:
    """How a model is made from a matrix: the kind, its settings and the seed."""

    kind: str | Estimator
    seed: int
    settings: dict[str, Any] = field(default_factory=dict)

    def new(self) -> Any:
        """Return an unfitted model."""
        from sklearn.base import clone
        from sklearn.ensemble import HistGradientBoostingClassifier
        from sklearn.linear_model import LogisticRegression

        if self.kind == "logistic":
            made = {"max_iter": 1_000, "random_state": self.seed, **self.settings}
            return LogisticRegression(**made)
        if self.kind == "boosting":
            made = {"early_stopping": False, "random_state": self.seed, **self.settings}
            return HistGradientBoostingClassifier(**made)
        return clone(self.kind)

    def fit(self, x: Floats, y: Floats, weight: Floats | None = None) -> Fitted:
        """Return a function that scores; one class only gives its share everywhere."""
        share = float(y.mean()) if len(y) else 0.5
        if len(np.unique(y)) < 2:
            return Fitted(None, share)
        model = self.new()
        try:
            if weight is None:
                model.fit(x, y.astype(np.int64))
            else:
                model.fit(x, y.astype(np.int64), sample_weight=weight)
        except TypeError as error:
            raise RequestError(
                f"the model {type(model).__name__} takes no weights: {shown(error, 120)}"
            ) from None
        return Fitted(model, share)


class Bench:
    """Rows and folds on which experiments are made.

    Parameters
    ----------
    prepared : Prepared
        The rows; a seeded sample of them is taken above `most`.
    learner : Learner
        The model that experiments are about.
    seed : int
        Of the folds, and of all that is drawn.
    most : int
        The most rows.
    """

    def __init__(
        self,
        prepared: Prepared,
        learner: Learner,
        *,
        seed: int,
        most: int = BENCH_ROWS,
    ) -> None:
        width = max(len(prepared.columns), 1)
        self.learner, self.seed = learner, seed
        self.of_rows = len(prepared.rows)
        self.rows = prepared.limited(min(most, max(_CELLS // (10 * width), 1_000)), seed)
        self.words = Words()
        self.runs = 0
        self._tell: Callable[[int], None] = lambda done: None
        self._folds: list[Fold] | None = None

    @property
    def folds(self) -> list[Fold]:
        """The folds, with the matrices that were learned in each."""
        if self._folds is None:
            table = self.rows.seen.table
            self._folds = [self.fold(*parts, table) for parts in self.rows.folds(self.seed)]
        return self._folds

    def fold(self, train: Places, test: Places, table: Table) -> Fold:
        """Learn the design from the training rows of a table, and apply it to both parts."""
        rows = self.rows
        outcome = rows.outcome[train]
        smallest = int(min(outcome.sum(), len(outcome) - outcome.sum()))
        design = dense_design(table, seed=self.seed, rows=len(train), smallest=smallest)
        with self.quiet(len(train)):
            x_train = design.fit_transform(
                table.frame.iloc[rows.rows[train]], outcome.astype(np.int64)
            )
            x_test = (
                design.transform(table.frame.iloc[rows.rows[test]]) if len(test) else x_train[:0]
            )
        return Fold(train, test, np.asarray(x_train), np.asarray(x_test), design)

    def folds_without(self, features: Collection[str]) -> list[Fold]:
        """Return the folds as they are when no model sees these features."""
        table = self.rows.seen.table.without(features)
        return [self.fold(fold.train, fold.test, table) for fold in self.folds]

    def whole(self, without: Collection[str] = ()) -> Fold:
        """Return a fold that trains on all rows and tests none, as what is handed over does."""
        table = self.rows.seen.table
        every = np.arange(len(self.rows.rows))
        return self.fold(every, every[:0], table.without(without) if without else table)

    def listen(self, tell: Callable[[int], None] | None) -> None:
        """Call `tell` with the number of runs after each run over the folds."""
        self._tell = tell or self._tell

    def quiet(self, rows: int) -> Any:
        """Return a context in which warnings become notes."""
        return _Quiet(self.words, rows)

    def run(
        self,
        learn: Callable[[Fold], Callable[[Floats], Floats]],
        *,
        see: Callable[[Fold], Floats] | None = None,
        folds: Sequence[Fold] | None = None,
    ) -> Floats:
        """Return out-of-fold scores: `learn` a model in each fold, and let it score the test rows.

        Parameters
        ----------
        learn : callable
            From a fold to a function that scores a matrix.
        see : callable, optional
            The matrix of the test rows, where it is not the fold's own.
        folds : sequence of Fold, optional
            Others than the bench's own.
        """
        scores = np.full(len(self.rows.rows), np.nan)
        for fold in self.folds if folds is None else folds:
            with self.quiet(len(fold.train)):
                score = learn(fold)
                scores[fold.test] = score(fold.x_test if see is None else see(fold))
        self.done()
        return scores

    def done(self) -> None:
        """Count a run."""
        self.runs += 1
        self._tell(self.runs)

    def plain(self, fold: Fold) -> Callable[[Floats], Floats]:
        """Learn from all training rows, as they are."""
        return self.learner.fit(
            fold.x_train, self.rows.outcome[fold.train], self.weights(fold.train)
        )

    def weights(self, places: Places) -> Floats | None:
        """Return the weights of some rows; None without weights."""
        return self.rows.weights[places] if self.rows.seen.weighted else None

    def judged(self, scores: Floats, line: float) -> Rows:
        """Return the rows with these scores, cut at a line."""
        return self.rows.judged(scores, (scores >= line).astype(np.float64))


class _Quiet:
    """Steady arithmetic, and warnings that become notes."""

    def __init__(self, words: Words, rows: int) -> None:
        self._words, self._limits = words, quietly(rows)
        self._catch = warnings.catch_warnings(record=True)

    def __enter__(self) -> None:
        self._caught = self._catch.__enter__()
        warnings.simplefilter("always")

    def __exit__(self, *error: object) -> None:
        self._catch.__exit__(None, None, None)
        self._limits.restore_original_limits()
        told = [item for item in self._caught or [] if not issubclass(item.category, _THEIRS)]
        self._words.hear(list(dict.fromkeys(said(item) for item in told)), [])
