"""Rows made ready for fits: checked, read, put in order, and parted into folds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from auditkit.columns import Column, Kind, describe
from auditkit.errors import DataError, shown
from auditkit.trainer.design import read_table
from auditkit.trainer.fitting import Seen
from auditkit.trainer.influence import Rows
from auditkit.trainer.order import by_content, folds_of, stratified_sample

if TYPE_CHECKING:
    import pandas
    from numpy.typing import NDArray

__all__ = ["NOTHING", "Prepared", "prepare"]

NOTHING: Mapping[str, Any] = MappingProxyType({})
_USELESS = (Kind.IDENTIFIER, Kind.CONSTANT, Kind.EMPTY)


@dataclass(frozen=True, eq=False)
class Prepared:
    """Rows with an outcome, in an order that comes from their content.

    Attributes
    ----------
    seen : Seen
        All that models may see, for all rows of the input.
    columns : mapping of str to Column
        The features.
    left_out : tuple of (str, str)
        Columns that no model sees, and why.
    rows : ndarray of intp
        Positions in the input of the rows with an outcome, in order.
    outcome, weights : ndarray of float64
        Of these rows.
    groups : mapping of str to ndarray of object
        Protected attribute → group, of these rows.
    clusters : ndarray of intp or None
        Which of these rows belong together.
    parts : int
        Folds.
    notes : tuple of str
        What a reader should know.
    """

    seen: Seen
    columns: Mapping[str, Column]
    left_out: tuple[tuple[str, str], ...]
    rows: NDArray[np.intp]
    outcome: NDArray[np.float64]
    weights: NDArray[np.float64]
    groups: Mapping[str, NDArray[Any]]
    clusters: NDArray[np.intp] | None
    parts: int
    notes: tuple[str, ...]

    def folds(self, seed: int) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
        """Return (train, test) positions within `rows`, stratified by outcome and group.

        Raises
        ------
        DataError
            When clusters leave a training part with one class only.
        """
        split = list(
            folds_of(
                self.outcome, self.parts, seed=seed, groups=self.crossed, clusters=self.clusters
            )
        )
        for train, _ in split:
            if len(np.unique(self.outcome[train])) < 2:
                raise DataError(
                    "rows of one cluster stay together, and without one part of them there is only "
                    "one outcome left: use fewer --folds, or no --cluster"
                )
        return split

    @cached_property
    def crossed(self) -> NDArray[np.intp] | None:
        """The crossed group of each row as a code."""
        import pandas

        if not self.groups:
            return None
        codes = np.zeros(len(self.rows), dtype=np.intp)
        for column in self.groups.values():
            more, levels = pandas.factorize(pandas.Series(column, dtype=object), sort=True)
            codes = codes * (len(levels) + 1) + more + 1
            codes = np.unique(codes, return_inverse=True)[1]
        return codes

    def sample(self, train: NDArray[np.intp], most: int, seed: int) -> NDArray[np.intp]:
        """Return at most so many of some rows, the shares of the outcome kept."""
        if len(train) <= most:
            return train
        return train[stratified_sample(self.outcome[train], most, seed=seed, at_least=2)]

    def limited(self, most: int, seed: int) -> Prepared:
        """Return at most so many of the rows, the shares of outcome and group kept.

        Whole clusters are kept or left out.
        """
        if len(self.rows) <= most:
            return self
        rng = np.random.default_rng([seed, 2])
        units = np.arange(len(self.rows)) if self.clusters is None else self.clusters
        if self.clusters is None:
            crossed = self.crossed
            strata = self.outcome + (0 if crossed is None else 2 * crossed)
            mixed = rng.permutation(len(units))  # within a stratum, in an order of chance
            order = mixed[np.argsort(strata[mixed], kind="stable")]
            places = np.sort(order[(np.arange(most) * len(order)) // most])
        else:
            names, sizes = np.unique(units, return_counts=True)
            drawn = rng.permutation(len(names))
            kept = names[drawn[np.cumsum(sizes[drawn]) <= most]]
            places = np.flatnonzero(np.isin(units, kept))
        return replace(
            self,
            rows=self.rows[places],
            outcome=self.outcome[places],
            weights=self.weights[places],
            groups={name: column[places] for name, column in self.groups.items()},
            clusters=None if self.clusters is None else self.clusters[places],
        )

    def judged(self, scores: NDArray[np.float64], chosen: NDArray[np.float64]) -> Rows:
        """Return these rows with scores and selections, for the measures."""
        return Rows(self.outcome, scores, chosen, self.weights)


def prepare(
    frame: pandas.DataFrame,
    outcome: NDArray[np.float64],
    *,
    features: Sequence[str],
    folds: int = 5,
    sample_weight: NDArray[np.float64] | None = None,
    groups: Mapping[str, Sequence[str | None]] = NOTHING,
    clusters: Sequence[Any] | None = None,
    left_out: Mapping[str, str] = NOTHING,
    described: Mapping[str, Column] | None = None,
    asked: Sequence[str] = (),
) -> Prepared:
    """Check, read and order the rows; see :func:`auditkit.trainer.cross_fit`.

    Raises
    ------
    DataError
        Fewer than two rows in a class, lengths that differ, no usable feature, bad weights.
    """
    outcome, weights = _check_rows(len(frame), outcome, sample_weight)
    notes: list[str] = []
    names = list(dict.fromkeys(features))
    seen = describe(frame, names) if described is None else {n: described[n] for n in names}
    columns, unseen = _usable(seen, left_out, asked)
    table = read_table(frame, columns)
    known = np.flatnonzero(~np.isnan(outcome))
    unknown = len(outcome) - len(known)
    if unknown:
        are = "row without an outcome is" if unknown == 1 else "rows without an outcome are"
        notes.append(f"{unknown:,} {are} neither trained on nor scored")
    order = by_content(
        table.frame.iloc[known], outcome[known], weights[known], ties=frame.iloc[known]
    )
    rows = known[order]
    near = None if clusters is None else _clusters(clusters, rows, notes)
    parts = _parts(outcome[rows], folds, near, notes)
    notes.extend(table.notes)
    weighted = sample_weight is not None
    return Prepared(
        seen=Seen(table, frame[list(columns)], outcome, weights, weighted),
        columns=columns,
        left_out=unseen,
        rows=rows,
        outcome=outcome[rows],
        weights=weights[rows],
        groups={
            name: np.array(list(column), dtype=object)[rows] for name, column in groups.items()
        },
        clusters=near,
        parts=parts,
        notes=tuple(notes),
    )


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


def _clusters(
    clusters: Sequence[Any], rows: NDArray[np.intp], notes: list[str]
) -> NDArray[np.intp]:
    """Return the cluster of each row as a code; a row without one is a cluster of its own."""
    import pandas

    cells = pandas.Series(list(clusters), dtype=object).iloc[rows]
    codes, levels = pandas.factorize(cells.map(str, na_action="ignore"), sort=True)
    alone = codes < 0
    if alone.any():
        notes.append(f"{int(alone.sum()):,} rows without a cluster stand for themselves")
        codes[alone] = len(levels) + np.arange(int(alone.sum()))
    return codes


def _parts(
    outcome: NDArray[np.float64],
    folds: int,
    clusters: NDArray[np.intp] | None,
    notes: list[str],
) -> int:
    """Return how many folds the smaller class, and the clusters, allow."""
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
    parts = min(folds, fewest)
    if clusters is None:
        return parts
    count = len(np.unique(clusters))
    if count < 2:
        raise DataError("all rows are one cluster: a model cannot be scored on other clusters")
    if count < parts:
        notes.append(f"{count} folds instead of {parts}: there are {count} clusters")
    return min(parts, count)
