"""Fits: a model trained on some rows and asked about others, one after the other or in parallel.

A fit is described by plain data (:class:`Fit`), so that it can run in another process. What a
library has to say while it fits becomes a note, never a line on the terminal.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from auditkit.errors import RequestError, shown
from auditkit.trainer.design import Estimator, Table, model_for

if TYPE_CHECKING:
    import pandas
    from numpy.typing import NDArray

    from auditkit.trainer.saved import Reader

__all__ = ["BATCH", "Fit", "Seen", "Words", "fit_whole", "quietly", "run", "said"]

BATCH = 50_000
"""Rows that are scored at a time."""

_LONG = 50_000  # rows from which the threads of boosting pay


@dataclass(frozen=True, eq=False)
class Seen:
    """What models may see: the design's input, the raw features, outcomes and weights.

    Attributes
    ----------
    table, raw : Table, pandas.DataFrame
        The columns as the design reads them, and as they stand in the data.
    outcome, weights : ndarray of float64
        For each row of the tables.
    weighted : bool
        Whether the weights are to be used.
    """

    table: Table
    raw: pandas.DataFrame
    outcome: NDArray[np.float64]
    weights: NDArray[np.float64]
    weighted: bool


@dataclass(frozen=True, eq=False)
class Fit:
    """One fit: train on `train`, score `test` (positions in the tables).

    Attributes
    ----------
    kind : str or estimator
        As in :func:`auditkit.trainer.cross_fit`.
    train, test : ndarray of intp
        Rows; a row may occur twice in `train`.
    seed : int
        Of all that the model draws.
    repeat : int
        Which split it belongs to.
    """

    kind: str | Estimator
    train: NDArray[np.intp]
    test: NDArray[np.intp]
    seed: int
    repeat: int = 0


@dataclass
class Words:
    """Notes that models leave behind, with how many fits left each."""

    counts: dict[str, int] = field(default_factory=dict)
    plain: list[str] = field(default_factory=list)

    def hear(self, texts: Sequence[str], notes: Sequence[str]) -> None:
        """Add what one fit had to say."""
        for text in texts:
            self.counts[text] = self.counts.get(text, 0) + 1
        self.plain += [note for note in notes if note not in self.plain]

    def told(self, of: int, what: str = "folds") -> list[str]:
        """Return sentences."""
        return [
            *self.plain,
            *(f"{text} (in {count} of {of} {what})" for text, count in self.counts.items()),
        ]


Answer = tuple["NDArray[np.float64]", list[str], list[str]]


def run(
    fits: Sequence[Fit],
    seen: Seen,
    *,
    jobs: int = 1,
    tell: Callable[[int], None] | None = None,
) -> Iterator[tuple[Fit, Answer]]:
    """Yield each fit with its scores, in the order given: scores, warnings, notes."""
    told = tell or (lambda done: None)
    if jobs == 1 or len(fits) == 1:
        for done, fit in enumerate(fits, start=1):
            answer = _one(fit, seen)
            told(done)
            yield fit, answer
        return
    from joblib import Parallel, delayed  # type: ignore[import-untyped]

    pool = Parallel(n_jobs=jobs, return_as="generator")
    answers = pool(delayed(_one)(fit, seen) for fit in fits)
    try:
        for done, (fit, answer) in enumerate(zip(fits, answers, strict=True), start=1):
            told(done)
            yield fit, answer
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of an interruption: that fits were called off
            answers.close()


def quietly(rows: int) -> Any:
    """Return a context without warnings on the terminal and with steady arithmetic.

    One BLAS thread adds up in one order: same bits. Threads of boosting pay on long tables
    only, and on a busy machine they wait for one another.
    """
    return _pools().limit(limits={"blas": 1} if rows >= _LONG else {"blas": 1, "openmp": 1})


@cache
def _pools() -> Any:
    """Return the thread pools of the libraries; looking for them takes as long as a small fit."""
    import sklearn.ensemble  # noqa: F401  loads those that are limited
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

    return ThreadpoolController()


def _one(fit: Fit, seen: Seen) -> Answer:
    with warnings.catch_warnings(record=True) as caught, quietly(len(fit.train)):
        warnings.simplefilter("always")
        scores, notes = _scores(fit, seen)
    return scores, list(dict.fromkeys(said(warning) for warning in caught)), notes


def _scores(fit: Fit, seen: Seen) -> tuple[NDArray[np.float64], list[str]]:
    notes: list[str] = []
    model, as_is = _fitted(fit, seen, notes)
    columns = seen.raw if as_is else seen.table.frame
    scores = np.full(len(fit.test), np.nan)
    for start in range(0, len(fit.test), BATCH):
        rows = fit.test[start : start + BATCH]
        scores[start : start + BATCH] = _chances(model, columns.iloc[rows], fit.kind)
    return scores, notes


def fit_whole(fit: Fit, seen: Seen, reader: Reader) -> Callable[[pandas.DataFrame], Any]:
    """Return a function that scores rows as they stand in a file, trained on `fit.train`."""
    with warnings.catch_warnings(), quietly(len(fit.train)):
        warnings.simplefilter("ignore")  # the folds have said it
        model, as_is = _fitted(fit, seen, [])

    def scores(frame: pandas.DataFrame) -> NDArray[np.float64]:
        columns = frame[list(seen.raw.columns)] if as_is else reader.frame(frame)
        with warnings.catch_warnings(), quietly(len(fit.train)):
            warnings.simplefilter("ignore")
            return _chances(model, columns, fit.kind)

    return scores


def _fitted(fit: Fit, seen: Seen, notes: list[str]) -> tuple[Any, bool]:
    """Fit the model, and say whether it takes the raw features."""
    outcome, weights = seen.outcome[fit.train], seen.weights[fit.train]
    smallest = int(min(outcome.sum(), len(outcome) - outcome.sum()))
    model, as_is = model_for(
        fit.kind, seen.table, seed=fit.seed, rows=len(fit.train), smallest=smallest
    )
    columns = seen.raw if as_is else seen.table.frame
    weighting = _weighting(model, weights, notes) if seen.weighted else {}
    with _own_model(fit.kind):
        model.fit(columns.iloc[fit.train], outcome.astype(np.int64), **weighting)
    return model, as_is


def _chances(model: Any, rows: pandas.DataFrame, kind: str | Estimator) -> NDArray[np.float64]:
    """Return the chance of the event for each row."""
    with _own_model(kind):
        found = np.asarray(model.predict_proba(rows), dtype=np.float64)
        if found.ndim != 2 or len(found) != len(rows):
            raise ValueError(f"{len(found):,} answers for {len(rows):,} rows")
        scores: NDArray[np.float64] = found[:, list(model.classes_).index(1)]
    if not ((scores >= 0.0) & (scores <= 1.0)).all():
        raise RequestError(f"the model {type(kind).__name__} gave a probability outside 0 to 1")
    return scores


@contextlib.contextmanager
def _own_model(kind: str | Estimator) -> Iterator[None]:
    """Turn what a model of the user's own stumbles over into one clear error."""
    try:
        yield
    except (ValueError, TypeError) as error:
        if isinstance(kind, str) or isinstance(error, RequestError):
            raise
        raise RequestError(
            f"the model {type(kind).__name__} cannot be trained on these data: {shown(error, 200)}"
        ) from error


def _weighting(model: Any, weights: NDArray[np.float64], notes: list[str]) -> Mapping[str, Any]:
    from sklearn.utils.validation import has_fit_parameter

    last, learner = model.steps[-1]
    if has_fit_parameter(learner, "sample_weight"):
        return {f"{last}__sample_weight": weights}
    notes.append(f"the model {type(learner).__name__} takes no weights: trained without")
    return {}


def said(warning: warnings.WarningMessage) -> str:
    """Turn a warning from a fit into a sentence for the notes."""
    if warning.category.__name__ == "ConvergenceWarning":
        return "the model stopped before it had fully converged"
    return f"{warning.category.__name__}: {shown(str(warning.message).strip(), 160)}"
