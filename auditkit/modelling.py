"""What a model trained on these data would do: the baseline, as the record tells it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Protocol, TypeGuard

import numpy as np
from numpy.typing import NDArray

from auditkit.causes import causes_of
from auditkit.errors import RequestError, listed, nearest, shown
from auditkit.policy import Policy
from auditkit.remedies import remedies_of, widest_attribute
from auditkit.schema import Schema
from auditkit.score_bins import score_bins
from auditkit.trainer import (
    Baseline,
    Brought,
    Cut,
    Prepared,
    Scored,
    Training,
    fit_out_of_fold,
    prepare,
    quietly,
    scored,
    scorer,
)

if TYPE_CHECKING:
    import pandas as pd

    from auditkit.columns import Column

__all__ = ["Made", "Modelled", "Table", "model_of", "proxies_of"]

Told = Callable[[str, int, int], None]

_BESIDE = {"logistic": "boosting", "boosting": "logistic"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """The rows that a model is asked about, and what the audit knows of them.

    Attributes
    ----------
    frame : pandas.DataFrame
        The rows.
    outcome : ndarray of float64
        1.0, 0.0 or NaN for each.
    groups : mapping of str to sequence
        Protected attribute → group.
    features : sequence of str
        Columns without a role.
    described : mapping of str to Column
        What each column is.
    leaks, proxies : sequence of mapping
        How well each feature alone tells the outcome, and each protected attribute.
    schema, policy : Schema, Policy
        Roles and lines.
    """

    frame: pd.DataFrame
    outcome: NDArray[np.float64]
    groups: Mapping[str, Sequence[str | None]]
    features: Sequence[str]
    described: Mapping[str, Column]
    leaks: Sequence[Mapping[str, Any]]
    proxies: Sequence[Mapping[str, Any]]
    schema: Schema
    policy: Policy


@dataclass(frozen=True, kw_only=True, eq=False)
class Modelled:
    """The model's part of the record, and its selections for each row of the table.

    `others` scores rows that are not of the table, by a model that did not see them; it is trained
    when it is first asked.
    """

    record: dict[str, Any]
    predictions: NDArray[np.float64]
    others: Callable[[pd.DataFrame], NDArray[np.float64]] | None = None
    interrupted: bool = False
    notes: list[str] = field(default_factory=list)


class Made(Protocol):
    """A model that is made on the way, in place of a kind that has a name."""

    made: bool

    def baseline(
        self,
        table: Table,
        rows: Prepared,
        cut: Cut,
        training: Training,
        *,
        seed: int,
        progress: Told | None,
    ) -> Baseline:
        """Score the rows out of fold."""

    def told(self) -> dict[str, Any]:
        """Return what the record says of it besides."""


def _is_made(kind: Any) -> TypeGuard[Made]:
    return getattr(kind, "made", None) is True


def model_of(
    table: Table,
    kind: Any,
    training: Training,
    *,
    seed: int,
    progress: Told | None = None,
) -> Modelled:
    """Cross-fit the baseline, and the other kind beside it.

    Parameters
    ----------
    table : Table
        The rows.
    kind : str or estimator
        The model that is asked for; its selections are the ones that are counted.
    training : Training
        How.
    seed : int
        Of everything that draws.
    progress : callable, optional
        Called as ``progress(what, done, total)``.

    Raises
    ------
    DataError, RequestError
        When no model can be trained.
    """
    wanted = training.remedies_for
    if wanted is not None and wanted not in table.groups:
        raise RequestError(
            f"--remedies-for '{shown(wanted)}' is not a --protected column"
            f"{nearest(wanted, list(table.groups))}"
        )
    rows, asked = _prepared(table, training), kind
    line = table.schema.threshold if table.schema.score is None else None
    cut = training.cut(line)
    baseline, beside = _headline(table, rows, kind, cut, training, seed, progress)
    record = _told(baseline, cut)
    if isinstance(kind, Brought):
        rows = baseline.prepared
        record |= {"folds": 0, "file": {"name": kind.name, "sha256": kind.sha256}}
        kind = "logistic"  # of which causes and remedies are asked: a file cannot be refitted
    if _is_made(kind):
        record |= kind.told()
    record["score_bins"] = score_bins(
        baseline.scores, table.outcome, table.groups, threshold=baseline.threshold
    )
    record |= {"beside": [], "causes": None, "remedies": None}
    interrupted = baseline.all_scored.interrupted
    if beside is not None and not interrupted:
        try:
            other = _fitted(rows, beside, cut, training, seed, "beside it", progress)
            record["beside"].append(_beside(other))
            interrupted = other.all_scored.interrupted
        except KeyboardInterrupt:
            interrupted = True
    if training.causes and not interrupted:
        record["causes"] = _causes(rows, kind, cut, table, seed, progress)
        interrupted = record["causes"].pop("interrupted")
    if training.remedies and not interrupted:
        record["remedies"] = _remedies(rows, kind, cut, table, baseline, training, seed, progress)
        interrupted = record["remedies"] is not None and record["remedies"].pop("interrupted")
    return Modelled(
        record=record,
        predictions=baseline.predictions,
        others=None if interrupted else _others(table, rows, asked, training, seed),
        interrupted=interrupted,
    )


def _others(
    table: Table, rows: Prepared, kind: Any, training: Training, seed: int
) -> Callable[[pd.DataFrame], NDArray[np.float64]]:
    """Return what scores rows that are not of the table."""
    if isinstance(kind, Brought):
        names = [name for name in table.features if name not in table.schema.ignore]
        return lambda frame: kind.scores(frame, names, table.schema.positive)[0]
    learn = cache(partial(scorer, rows, kind, seed=seed, train_rows=training.train_rows))
    return lambda frame: learn()(frame)


def _headline(
    table: Table,
    rows: Prepared,
    kind: Any,
    cut: Cut,
    training: Training,
    seed: int,
    progress: Told | None,
) -> tuple[Baseline, str | None]:
    """Return the model that was asked for, and the kind that stands beside it."""
    if isinstance(kind, Brought):
        return _asked(table, rows, kind, cut, seed), "logistic"
    if _is_made(kind):
        return kind.baseline(table, rows, cut, training, seed=seed, progress=progress), None
    baseline = _fitted(rows, kind, cut, training, seed, "baseline", progress)
    return baseline, _BESIDE[kind] if isinstance(kind, str) else None


def _causes(
    rows: Prepared, kind: Any, cut: Cut, table: Table, seed: int, progress: Told | None
) -> dict[str, Any]:
    with quietly(0):
        return causes_of(
            rows,
            kind,
            cut,
            references=table.schema.reference,
            unfavorable=table.schema.unfavorable,
            proxies=proxies_of(table),
            min_group=table.policy.min_group,
            seed=seed,
            level=table.policy.level,
            alpha=table.policy.alpha,
            tell=None if progress is None else lambda done, of: progress("causes", done, of),
        )


def _remedies(
    rows: Prepared,
    kind: Any,
    cut: Cut,
    table: Table,
    baseline: Baseline,
    training: Training,
    seed: int,
    progress: Told | None,
) -> dict[str, Any] | None:
    chosen = baseline.predictions[rows.rows]
    attribute = training.remedies_for or widest_attribute(rows, chosen, table.policy.min_group)
    if attribute is None:
        return None
    with quietly(0):
        return remedies_of(
            rows,
            kind,
            cut,
            attribute=attribute,
            disparity=training.disparity,
            proxies=proxies_of(table).get(attribute, ()),
            min_group=table.policy.min_group,
            tolerance=training.tolerance,
            seed=seed,
            level=table.policy.level,
            tell=None if progress is None else lambda done, of: progress("remedies", done, of),
        )


def proxies_of(table: Table) -> dict[str, list[str]]:
    """Return the features that go with each attribute as closely as the policy says."""
    found: dict[str, list[str]] = {}
    for row in table.proxies:
        strong = (row["strength"] or 0.0) >= table.policy.proxy_strength
        if strong and (row["p_adjusted"] or 0.0) < table.policy.alpha:
            found.setdefault(row["attribute"], []).append(row["feature"])
    return found


def _prepared(table: Table, training: Training) -> Prepared:
    schema, features = table.schema, table.features
    strength = {row["feature"]: row["strength"] for row in table.leaks}
    left_out = {
        name: "it all but repeats the outcome (leakage)"
        for name in features
        if (strength.get(name) or 0.0) >= table.policy.leakage_auc
    }
    left_out |= dict.fromkeys(schema.ignore, "named with --ignore")
    left_out |= dict.fromkeys(schema.protected, "protected")
    left_out = {name: why for name, why in left_out.items() if name not in schema.train_with}
    named = [name for name in schema.train_with if name not in features]
    weight = schema.weight
    return prepare(
        table.frame,
        table.outcome,
        features=[name for name in [*features, *named] if name not in left_out],
        folds=training.folds,
        sample_weight=None if weight is None else table.frame[weight].to_numpy(dtype=np.float64),
        groups=table.groups,
        clusters=None if schema.cluster is None else table.frame[schema.cluster].tolist(),
        left_out=left_out,
        described=table.described,
        asked=schema.train_with,
    )


def _asked(table: Table, rows: Prepared, model: Brought, cut: Cut, seed: int) -> Baseline:
    """Score all rows with a fitted model, as it is."""
    names = [name for name in table.features if name not in table.schema.ignore]
    scores, columns = model.scores(table.frame, names, table.schema.positive)
    found = scores[rows.rows]
    used = rows.weights if rows.seen.weighted else None
    notes = [
        *model.notes,
        f"{shown(model.name)} was asked as it is: if it was trained on these rows, it looks better "
        "than it is",
    ]
    seen = [name for name in columns if name in table.schema.protected]
    if seen:
        notes.append(f"the model sees {listed(seen)}: a protected attribute")
    judged = Scored((found,), (cut.of(found, used),), tuple(notes))
    baseline = scored(rows, judged, kind=model.kind, seed=seed)
    left = tuple(item for item in baseline.left_out if item[0] not in columns)
    return replace(
        baseline, features=columns, left_out=left, sampled_from=None, train_rows=0, repeats=1
    )


def _fitted(
    rows: Prepared,
    kind: Any,
    cut: Cut,
    training: Training,
    seed: int,
    what: str,
    progress: Told | None,
) -> Baseline:
    found = fit_out_of_fold(
        rows,
        kind,
        cut,
        seed=seed,
        repeats=training.repeats_for(len(rows.rows)),
        train_rows=training.train_rows,
        jobs=training.jobs,
        progress=None if progress is None else lambda done, of: progress(what, done, of),
    )
    name = kind if isinstance(kind, str) else type(kind).__name__
    return scored(rows, found, kind=name, seed=seed, train_rows=training.train_rows)


def _told(found: Baseline, cut: Cut) -> dict[str, Any]:
    return {
        "kind": found.kind,
        "rows": found.rows,
        "folds": found.folds,
        "seed": found.seed,
        "threshold": found.threshold,
        "sampled_from": found.sampled_from,
        "metrics": dict(found.metrics),
        "features": list(found.features),
        "left_out": [{"feature": name, "reason": why} for name, why in found.left_out],
        "notes": list(found.notes),
        "repeats": found.repeats,
        "train_rows": found.train_rows,
        "cut": cut.to_dict(),
        "performance": list(found.performance),
    }


def _beside(found: Baseline) -> dict[str, Any]:
    return {
        "kind": found.kind,
        "repeats": found.repeats,
        "threshold": found.threshold,
        "metrics": dict(found.metrics),
        "notes": list(found.all_scored.notes),
        "performance": list(found.performance),
    }
