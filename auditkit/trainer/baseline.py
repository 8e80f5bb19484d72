"""The baseline: a model of the kind that would be trained on these data, scored out of fold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from auditkit.columns import Column
from auditkit.errors import RequestError, shown
from auditkit.trainer.by_group import performance_rows
from auditkit.trainer.design import KINDS, Estimator
from auditkit.trainer.fitting import Fit, Words, fit_whole, quietly, run
from auditkit.trainer.influence import Rows
from auditkit.trainer.performance import performance
from auditkit.trainer.plan import TRAIN_ROWS, Cut, check_seed
from auditkit.trainer.prepared import NOTHING, Prepared, prepare
from auditkit.trainer.saved import Reader

if TYPE_CHECKING:
    import pandas
    from numpy.typing import NDArray

__all__ = ["Baseline", "Scored", "cross_fit", "fit_out_of_fold", "scored", "scorer"]

Told = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Scored:
    """Out-of-fold scores of the prepared rows, one array a repetition, and where they are cut."""

    scores: tuple[NDArray[np.float64], ...]
    thresholds: tuple[float, ...]
    notes: tuple[str, ...]
    interrupted: bool = False

    def judged(self, rows: Prepared) -> list[Rows]:
        """Return the rows with scores and selections, one entry a repetition."""
        return [
            rows.judged(found, (found >= line).astype(np.float64))
            for found, line in zip(self.scores, self.thresholds, strict=True)
        ]


@dataclass(frozen=True, eq=False)
class Baseline:
    """A model's out-of-fold scores, and how they came about.

    Attributes
    ----------
    kind : str
        ``logistic``, ``boosting``, or the class name of an estimator.
    rows, folds : int
        Rows scored; parts of the cross-fitting.
    threshold, seed : float, int
        A score of `threshold` or more is a prediction of 1.
    features : tuple of str
        Columns that the model saw.
    left_out : tuple of (str, str)
        Columns that it did not see, and why.
    sampled_from : int or None
        Rows of which each fit was given a sample; None when each was given all of its fold's.
    scores, predictions : ndarray of float64
        For each row of the input: P(positive) from a model that was trained without the row, and
        1.0 or 0.0. NaN where a row has no outcome. Of the first repetition.
    metrics : dict of str to float or None
        See :func:`auditkit.trainer.performance.performance`; weighted when there are weights, None
        when undefined.
    notes : tuple of str
        What a reader should know: samples, fewer folds, columns read in a special way.
    repeats : int
        How often the rows were split anew.
    train_rows : int
        Rows that one fit was given, at most.
    performance : tuple of dict
        For all and by group: see :func:`auditkit.trainer.by_group.performance_rows`.
    prepared, all_scored : Prepared, Scored
        The rows, and all repetitions, for further questions.

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
    repeats: int
    train_rows: int
    performance: tuple[dict[str, Any], ...]
    prepared: Prepared
    all_scored: Scored


def cross_fit(
    frame: pandas.DataFrame,
    outcome: NDArray[np.float64],
    *,
    features: Sequence[str],
    kind: str | Estimator = "logistic",
    seed: int = 0,
    folds: int = 5,
    repeats: int = 1,
    sample_weight: NDArray[np.float64] | None = None,
    groups: Mapping[str, Sequence[str | None]] = NOTHING,
    clusters: Sequence[Any] | None = None,
    threshold: float | Cut = 0.5,
    train_rows: int = TRAIN_ROWS,
    jobs: int = 1,
    left_out: Mapping[str, str] = NOTHING,
    described: Mapping[str, Column] | None = None,
    asked: Sequence[str] = (),
    progress: Told | None = None,
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
    repeats : int, default=1
        How often the rows are split anew, with another seed.
    sample_weight : ndarray of float64, optional
        Weights, for training and for the metrics; their scale does not matter.
    groups : mapping of str to sequence, optional
        Protected attribute → the group of each row: the split keeps their shares where sizes
        allow, and the performance is told by group. No model sees them.
    clusters : sequence, optional
        Rows of one cluster stay in one fold.
    threshold : float or Cut, default=0.5
        A score of this or more is a prediction of 1; or how to find the threshold.
    train_rows : int, default=100_000
        Larger training parts are sampled, with the proportion of the classes kept. All rows are
        scored.
    jobs : int, default=1
        Processes.
    left_out : mapping of str to str, optional
        Columns that the caller has left out, and why, to be told along.
    described : mapping of str to Column, optional
        What each column is, where that is known already (:func:`auditkit.columns.describe`).
    asked : sequence of str
        Features that are used even though they look like identifiers.
    progress : callable, optional
        Called with (fits done, fits).

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
    _check_request(kind, seed=seed, folds=folds, repeats=repeats, train_rows=train_rows)
    cut = threshold if isinstance(threshold, Cut) else Cut(threshold=threshold)
    prepared = prepare(
        frame,
        outcome,
        features=features,
        folds=folds,
        sample_weight=sample_weight,
        groups=groups,
        clusters=clusters,
        left_out=left_out,
        described=described,
        asked=asked,
    )
    found = fit_out_of_fold(
        prepared, kind, cut, seed=seed, repeats=repeats, train_rows=train_rows, jobs=jobs,
        progress=progress,
    )  # fmt: skip
    return scored(prepared, found, kind=_name(kind), seed=seed, train_rows=train_rows)


def _check_request(
    kind: str | Estimator, *, seed: int, folds: int, repeats: int, train_rows: int
) -> None:
    if isinstance(kind, str) and kind not in KINDS:
        raise RequestError(
            f"no model '{shown(kind)}': choose one of {', '.join(KINDS)}, or pass an estimator"
        )
    check_seed(seed)
    if folds < 2:
        raise RequestError(f"{folds} folds: cross-fitting needs at least 2")
    if repeats < 1:
        raise RequestError(f"{repeats} repeats: choose 1 or more")
    if train_rows < 4:
        raise RequestError(f"at most {train_rows} rows: a model needs at least 4")


def _name(kind: str | Estimator) -> str:
    return kind if isinstance(kind, str) else type(kind).__name__


def seed_of(seed: int, repeat: int) -> int:
    """Return the seed of a repetition; the first is the seed itself."""
    return (seed + 1_000_003 * repeat) % 2**32


def fit_out_of_fold(
    prepared: Prepared,
    kind: str | Estimator,
    cut: Cut,
    *,
    seed: int = 0,
    repeats: int = 1,
    train_rows: int = TRAIN_ROWS,
    jobs: int = 1,
    progress: Told | None = None,
) -> Scored:
    """Score all prepared rows out of fold, once for each repetition.

    An interruption after the first repetition ends the work: what is complete is returned.
    """
    fits, places = [], []
    sampled = 0
    for repeat in range(repeats):
        for train, test in prepared.folds(seed_of(seed, repeat)):
            drawn = prepared.sample(train, train_rows, seed_of(seed, repeat))
            sampled = max(sampled, len(train)) if len(drawn) < len(train) else sampled
            rows = prepared.rows
            fits.append(Fit(kind, rows[drawn], rows[test], seed_of(seed, repeat), repeat))
            places.append(test)
    tell = progress or (lambda done, of: None)
    tell(0, len(fits))
    words, notes = Words(), []
    found = np.full((repeats, len(prepared.rows)), np.nan)
    try:
        answers = run(fits, prepared.seen, jobs=jobs, tell=lambda done: tell(done, len(fits)))
        for (fit, (scores, heard, more)), test in zip(answers, places, strict=True):
            found[fit.repeat, test] = scores
            words.hear(heard, more)
    except KeyboardInterrupt:
        complete = ~np.isnan(found).any(axis=1)
        if not complete[0]:
            raise
        found = found[complete]
        notes.append(f"interrupted: {len(found)} of {repeats} repetitions were done")
    if sampled:
        notes.append(
            f"each fit was given a sample of {train_rows:,} of {sampled:,} rows (seed {seed}; the "
            "shares of the outcome are kept); all rows were scored out of fold"
        )
    used = prepared.weights if prepared.seen.weighted else None
    return Scored(
        scores=tuple(found),
        thresholds=tuple(cut.of(row, used) for row in found),
        notes=(*notes, *words.told(len(fits), "folds" if repeats == 1 else "fits")),
        interrupted=len(found) < repeats,
    )


def scorer(
    prepared: Prepared, kind: str | Estimator, *, seed: int, train_rows: int = TRAIN_ROWS
) -> Callable[[pandas.DataFrame], NDArray[np.float64]]:
    """Train once on the prepared rows, and return what scores rows that are none of them.

    The rows are given as they stand in the data; where there are more than `train_rows`, the model
    is trained on a seeded sample of so many.
    """
    every = np.arange(len(prepared.rows))
    drawn = prepared.rows[prepared.sample(every, train_rows, seed)]
    return fit_whole(Fit(kind, drawn, drawn[:0], seed), prepared.seen, Reader.of(prepared))


def scored(
    prepared: Prepared, found: Scored, *, kind: str, seed: int, train_rows: int = TRAIN_ROWS
) -> Baseline:
    """Put scores of the prepared rows back in the order of the input, and measure them."""
    size, rows = len(prepared.seen.outcome), prepared.rows
    first, line = found.scores[0], found.thresholds[0]
    scores, predictions = np.full(size, np.nan), np.full(size, np.nan)
    predicted = (first >= line).astype(np.float64)
    scores[rows], predictions[rows] = first, predicted
    scores.setflags(write=False)
    predictions.setflags(write=False)
    used = prepared.weights if prepared.seen.weighted else None
    largest = len(rows) - len(rows) // prepared.parts
    with quietly(0):
        metrics = performance(prepared.outcome, first, predicted, used)
        told = performance_rows(found.judged(prepared), prepared.groups, clusters=prepared.clusters)
    return Baseline(
        kind=kind,
        rows=len(rows),
        folds=prepared.parts,
        threshold=line,
        seed=seed,
        features=tuple(prepared.columns),
        left_out=prepared.left_out,
        sampled_from=largest if largest > train_rows else None,
        scores=scores,
        predictions=predictions,
        metrics=metrics,
        notes=(*prepared.notes, *found.notes),
        repeats=len(found.scores),
        train_rows=min(largest, train_rows),
        performance=tuple(told),
        prepared=prepared,
        all_scored=found,
    )
