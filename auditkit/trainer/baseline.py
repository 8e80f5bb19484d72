"""The baseline: a model of the kind that would be trained on these data, scored out of fold."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from auditkit.columns import Column, Kind, describe
from auditkit.errors import DataError, RequestError, shown
from auditkit.trainer.design import KINDS, Estimator, Table, model_for, read_table
from auditkit.trainer.order import by_content, folds_of, stratified_sample
from auditkit.trainer.performance import performance

if TYPE_CHECKING:
    import pandas
    from numpy.typing import NDArray

__all__ = ["Baseline", "cross_fit"]

_NOTHING: Mapping[str, str] = MappingProxyType({})
_LONG = 50_000  # rows from which the threads of boosting pay
_USELESS = (Kind.IDENTIFIER, Kind.CONSTANT, Kind.EMPTY)


@dataclass(frozen=True, eq=False)
class Baseline:
    """A model's out-of-fold scores, and how they came about.

    Attributes
    ----------
    kind : str
        ``logistic``, ``boosting``, or the class name of an estimator.
    rows, folds : int
        Rows trained on and scored; parts of the cross-fitting.
    threshold, seed : float, int
        A score of `threshold` or more is a prediction of 1.
    features : tuple of str
        Columns that the model saw.
    left_out : tuple of (str, str)
        Columns that it did not see, and why.
    sampled_from : int or None
        Rows with an outcome before a sample was drawn; None when all were used.
    scores, predictions : ndarray of float64
        For each row of the input: P(positive) from a model that was trained without the row, and
        1.0 or 0.0. NaN where a row has no outcome or is not in the sample.
    metrics : dict of str to float or None
        See :func:`auditkit.trainer.performance.performance`; weighted when there are weights, None
        when undefined.
    notes : tuple of str
        What a reader should know: samples, fewer folds, columns read in a special way.

    Examples
    --------
    >>> Baseline.__dataclass_params__.frozen
    True
    """

    kind: str
    rows: int
    folds: int
    threshold: float
    seed: int
    features: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]
    sampled_from: int | None
    scores: NDArray[np.float64]
    predictions: NDArray[np.float64]
    metrics: dict[str, float | None]
    notes: tuple[str, ...]


def cross_fit(
    frame: pandas.DataFrame,
    outcome: NDArray[np.float64],
    *,
    features: Sequence[str],
    kind: str | Estimator = "logistic",
    seed: int = 0,
    folds: int = 5,
    sample_weight: NDArray[np.float64] | None = None,
    threshold: float = 0.5,
    max_rows: int = 100_000,
    left_out: Mapping[str, str] = _NOTHING,
    described: Mapping[str, Column] | None = None,
    asked: Sequence[str] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Baseline:
    """Train a model on all folds but one, score that one, and so on round.

    The result does not depend on the order of the rows: they are sorted by their content before
    the seeded split. Only rows that are alike in every column of `frame` may swap their scores.
    The same seed gives the same bits.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data; columns that are not features serve only to order rows with equal features.
    outcome : ndarray of float64
        1.0, 0.0 or NaN (unknown: neither trained on nor scored) for each row.
    features : sequence of str
        Columns the model may see. Identifiers, constant and empty columns are left out.
    kind : str or estimator, default="logistic"
        ``logistic`` (missing values filled and marked, numbers scaled, levels as 0/1 columns with
        rare ones grouped, ridge penalty), ``boosting`` (histogram gradient boosting with missing
        values and levels as they are), or a scikit-learn classifier with `predict_proba`: a
        `Pipeline` is given the features as they stand, others the design of ``logistic``.
    seed : int, default=0
        Decides the split, the sample and all that a model draws.
    folds : int, default=5
        Parts; fewer when a class has fewer rows than that.
    sample_weight : ndarray of float64, optional
        Weights, for training and for the metrics; their scale does not matter.
    threshold : float, default=0.5
        A score of this or more is a prediction of 1.
    max_rows : int, default=100_000
        More rows with an outcome than this are sampled, with the proportion of the classes kept.
    left_out : mapping of str to str, optional
        Columns that the caller has left out, and why, to be told along.
    described : mapping of str to Column, optional
        What each column is, where that is known already (:func:`auditkit.columns.describe`).
    asked : sequence of str
        Features that are used even though they look like identifiers.
    progress : callable, optional
        Called with (folds done, folds).

    Returns
    -------
    Baseline
        Scores, predictions, metrics and notes.

    Raises
    ------
    RequestError
        An unknown kind, a threshold, seed or number of folds that cannot be.
    DataError
        Fewer than two rows in a class, lengths that differ, no usable feature, bad weights.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas
    >>> rng = np.random.default_rng(0)
    >>> frame = pandas.DataFrame({"skill": rng.normal(size=200), "city": ["A", "B"] * 100})
    >>> outcome = (frame["skill"].to_numpy() + rng.normal(size=200) > 0) * 1.0
    >>> baseline = cross_fit(frame, outcome, features=["skill", "city"])
    >>> baseline.kind, baseline.rows, baseline.folds, baseline.features
    ('logistic', 200, 5, ('skill', 'city'))
    >>> baseline.metrics["auc"] > 0.7
    True
    """
    _check_request(kind, seed=seed, folds=folds, threshold=threshold, max_rows=max_rows)
    outcome, weights = _check_rows(len(frame), outcome, sample_weight)
    notes: list[str] = []
    names = list(dict.fromkeys(features))
    seen = describe(frame, names) if described is None else {n: described[n] for n in names}
    columns, unseen = _usable(seen, left_out, asked)
    table = read_table(frame, columns)
    rows, sampled_from = _rows(frame, table, outcome, weights, max_rows, folds, seed, notes)
    parts = _parts(outcome[rows], folds, notes)
    notes.extend(table.notes)

    fitted = _Fit(kind, table, frame[list(columns)], seed, sample_weight is not None)
    found = fitted.scores(rows, outcome[rows], weights[rows], parts, progress)
    notes.extend(fitted.notes)

    predicted = (found >= threshold).astype(np.float64)
    scores, predictions = np.full(len(frame), np.nan), np.full(len(frame), np.nan)
    scores[rows], predictions[rows] = found, predicted
    scores.setflags(write=False)
    predictions.setflags(write=False)
    used = None if sample_weight is None else weights[rows]
    return Baseline(
        kind=kind if isinstance(kind, str) else type(kind).__name__,
        rows=len(rows),
        folds=parts,
        threshold=threshold,
        seed=seed,
        features=tuple(columns),
        left_out=unseen,
        sampled_from=sampled_from,
        scores=scores,
        predictions=predictions,
        metrics=performance(outcome[rows], found, predicted, used),
        notes=tuple(notes),
    )


def _check_request(
    kind: str | Estimator, *, seed: int, folds: int, threshold: float, max_rows: int
) -> None:
    if isinstance(kind, str) and kind not in KINDS:
        raise RequestError(
            f"no model '{shown(kind)}': choose one of {', '.join(KINDS)}, or pass an estimator"
        )
    if not 0 <= seed < 2**32:
        raise RequestError(f"seed {seed}: choose a whole number from 0 to {2**32 - 1}")
    if folds < 2:
        raise RequestError(f"{folds} folds: cross-fitting needs at least 2")
    if not 0.0 <= threshold <= 1.0:
        raise RequestError(f"threshold {threshold}: choose a number from 0 to 1")
    if max_rows < 4:
        raise RequestError(f"at most {max_rows} rows: a model needs at least 4")


def _check_rows(
    rows: int, outcome: NDArray[np.float64], sample_weight: NDArray[np.float64] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return outcome and weights as float64 arrays of `rows` values; weights of mean 1."""
    labels = np.asarray(outcome, dtype=np.float64)
    if labels.shape != (rows,):
        raise DataError(f"{labels.size:,} outcomes for {rows:,} rows: one is needed for each row")
    known = labels[~np.isnan(labels)]
    if not np.isin(known, (0.0, 1.0)).all():
        raise DataError("the outcome of a model must be 1, 0 or missing in each row")
    if sample_weight is None:
        return labels, np.ones(rows)
    weights = np.asarray(sample_weight, dtype=np.float64)
    if weights.shape != (rows,):
        raise DataError(f"{weights.size:,} weights for {rows:,} rows: one is needed for each row")
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise DataError("a weight is negative, missing or infinite: weights must be 0 or more")
    for label, name in ((1.0, "positives"), (0.0, "negatives")):
        if (labels == label).any() and not weights[labels == label].any():
            raise DataError(f"all {name} have weight 0: a model needs both outcomes")
    total = float(weights[~np.isnan(labels)].mean()) if len(known) else 1.0
    return labels, weights / total


def _usable(
    columns: Mapping[str, Column], left_out: Mapping[str, str], asked: Sequence[str]
) -> tuple[dict[str, Column], tuple[tuple[str, str], ...]]:
    unseen = dict(left_out)
    unseen |= {
        name: column.why
        for name, column in columns.items()
        if column.kind in _USELESS and not (name in asked and column.kind is Kind.IDENTIFIER)
    }
    usable = {name: column for name, column in columns.items() if name not in unseen}
    if not usable:
        told = "; ".join(f"'{shown(name, 30)}': {why}" for name, why in list(unseen.items())[:5])
        raise DataError(f"no column is left to train on ({told or 'no features were named'})")
    return usable, tuple(unseen.items())


def _rows(
    frame: pandas.DataFrame,
    table: Table,
    outcome: NDArray[np.float64],
    weights: NDArray[np.float64],
    max_rows: int,
    folds: int,
    seed: int,
    notes: list[str],
) -> tuple[NDArray[np.intp], int | None]:
    """Choose the rows to train on and score, in an order that comes from their content."""
    known = np.flatnonzero(~np.isnan(outcome))
    unknown = len(outcome) - len(known)
    if unknown:
        are = "row without an outcome is" if unknown == 1 else "rows without an outcome are"
        notes.append(f"{unknown:,} {are} neither trained on nor scored")
    sorted_ = by_content(
        table.frame.iloc[known], outcome[known], weights[known], ties=frame.iloc[known]
    )
    rows = known[sorted_]
    if len(rows) <= max_rows:
        return rows, None
    drawn = stratified_sample(outcome[rows], max_rows, seed=seed, at_least=folds)
    notes.append(
        f"trained and scored on a sample of {len(drawn):,} of {len(rows):,} rows (seed {seed}; "
        "the shares of the outcome are kept)"
    )
    return rows[drawn], len(rows)


def _parts(outcome: NDArray[np.float64], folds: int, notes: list[str]) -> int:
    """Return how many folds the smaller class allows."""
    positives = int(outcome.sum())
    negatives = len(outcome) - positives
    fewest, name = min((positives, "positive"), (negatives, "negative"))
    if fewest < 2:
        raise DataError(
            f"too few {name} outcomes to train a model: {fewest} among {len(outcome):,} rows, "
            "at least 2 are needed (--model none audits without one)"
        )
    if fewest < folds:
        notes.append(f"{fewest} folds instead of {folds}: there are {fewest} {name} outcomes")
    return min(folds, fewest)


class _Fit:
    """A model fitted once a fold, and what was noticed on the way."""

    def __init__(
        self,
        kind: str | Estimator,
        table: Table,
        raw: pandas.DataFrame,
        seed: int,
        weighted: bool,
    ) -> None:
        self.kind, self.table, self.raw = kind, table, raw
        self.seed, self.weighted = seed, weighted
        self.notes: list[str] = []

    def scores(
        self,
        rows: NDArray[np.intp],
        outcome: NDArray[np.float64],
        weights: NDArray[np.float64],
        parts: int,
        progress: Callable[[int, int], None] | None,
    ) -> NDArray[np.float64]:
        """Score each of `rows` with the model that was trained on the other folds."""
        import sklearn.ensemble  # noqa: F401  loads the thread pools that are limited below
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

        found = np.full(len(rows), np.nan)
        heard: dict[str, int] = {}
        tell = progress or (lambda done, of: None)
        tell(0, parts)
        split = folds_of(outcome, parts, seed=self.seed)
        # One BLAS thread adds up in one order: same bits. Threads of boosting pay on long tables
        # only, and on a busy machine they wait for one another.
        limits = {"blas": 1} if len(rows) >= _LONG else {"blas": 1, "openmp": 1}
        for done, (train, test) in enumerate(split, start=1):
            with (
                warnings.catch_warnings(record=True) as caught,
                threadpool_limits(limits=limits),
            ):
                warnings.simplefilter("always")
                found[test] = self._one(rows[train], rows[test], outcome[train], weights[train])
            for text in dict.fromkeys(_heard(warning) for warning in caught):
                heard[text] = heard.get(text, 0) + 1
            tell(done, parts)
        self.notes += [f"{text} (in {count} of {parts} folds)" for text, count in heard.items()]
        return found

    def _one(
        self,
        train: NDArray[np.intp],
        test: NDArray[np.intp],
        outcome: NDArray[np.float64],
        weights: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        smallest = int(min(outcome.sum(), len(outcome) - outcome.sum()))
        model, as_is = model_for(
            self.kind, self.table, seed=self.seed, rows=len(train), smallest=smallest
        )
        seen = self.raw if as_is else self.table.frame
        try:
            model.fit(seen.iloc[train], outcome.astype(np.int64), **self._weighting(model, weights))
            chances = np.asarray(model.predict_proba(seen.iloc[test]), dtype=np.float64)
            positive = list(model.classes_).index(1)
        except (ValueError, TypeError) as error:
            if isinstance(self.kind, str):
                raise
            said = shown(error, 200)
            name = type(self.kind).__name__
            raise RequestError(
                f"the model {name} cannot be trained on these data: {said}"
            ) from error
        scores = chances[:, positive]
        if not ((scores >= 0.0) & (scores <= 1.0)).all():
            name = type(self.kind).__name__
            raise RequestError(f"the model {name} gave a probability outside 0 to 1")
        return scores

    def _weighting(self, model: Any, weights: NDArray[np.float64]) -> dict[str, Any]:
        from sklearn.utils.validation import has_fit_parameter

        if not self.weighted:
            return {}
        last, learner = model.steps[-1]
        if has_fit_parameter(learner, "sample_weight"):
            return {f"{last}__sample_weight": weights}
        note = f"the model {type(learner).__name__} takes no weights: trained without"
        if note not in self.notes:
            self.notes.append(note)
        return {}


def _heard(warning: warnings.WarningMessage) -> str:
    """Turn a warning from a fit into a sentence for the notes."""
    if warning.category.__name__ == "ConvergenceWarning":
        return "the model stopped before it had fully converged"
    return f"{warning.category.__name__}: {shown(str(warning.message).strip(), 160)}"
