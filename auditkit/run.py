"""Conduct an audit: load → profile → baseline → count → measure → compare → judge → record.

This is the only room that knows the order of the questions. It lies below the line because it
needs rows; everything it calls above the line needs counts only.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import metadata
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import auditkit
from auditkit.counts import DECISION, LABEL, MODEL, UNKNOWN, Counts
from auditkit.errors import DataError, RequestError, SchemaError, listed, nearest, shown
from auditkit.fairness import compare, measure
from auditkit.findings import (
    Finding,
    data_findings,
    gap_findings,
    judge,
    numbered,
    representation_findings,
    simpson_findings,
    small_group_findings,
    subgroup_findings,
)
from auditkit.loaders import MODEL_COLUMN, Dataset, tally
from auditkit.loaders.groups import group_columns, outcome_column
from auditkit.policy import Policy
from auditkit.record import Audit
from auditkit.representation import represent
from auditkit.strata import stratify, subgroup_scan

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MODELS", "audit", "profile"]

MODELS = ("logistic", "boosting", "none")
MAX_TRAIN_ROWS = 100_000
_MAX_EXPANDED = 5_000_000

Progress = Callable[[str, int, int], None]


def audit(
    data: Dataset,
    *,
    model: Any = None,
    policy: Policy | None = None,
    seed: int = 0,
    command: str | None = None,
    progress: Progress | None = None,
) -> Audit:
    """Audit a dataset, and the decisions in it or a baseline model trained on it.

    Parameters
    ----------
    data : Dataset
        From :func:`auditkit.load`, with at least one protected attribute and a label or decisions.
    model : {"logistic", "boosting", "none"}, estimator or None
        The baseline that is cross-fitted. None means ``"logistic"``, or ``"none"`` where the data
        bring decisions of their own (`prediction` or `score`) or have no label.
    policy : Policy, optional
        Where the lines are; :meth:`Policy.default` if not given.
    seed : int
        Of everything that draws. The same seed gives the same bytes.
    command : str, optional
        The command to print under "run again".
    progress : callable, optional
        Called as ``progress(what, done, total)``.

    Returns
    -------
    Audit

    Raises
    ------
    SchemaError
        When there is no protected attribute, or neither label nor decision.
    RequestError
        When the model is not known or needs a label that is not there.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"sex": ["F", "M"] * 40, "hired": [0, 1, 1, 1] * 20})
    >>> record = audit(auditkit.load(frame, label="hired", protected="sex"), model="none")
    >>> record.findings[0].level
    'flag'
    """
    schema = data.schema
    if schema.label is None and not schema.has_decision:
        raise SchemaError(
            "nothing to audit: name the outcome with --label, or decisions with --prediction or "
            "--score (auditkit profile needs neither)"
        )
    chosen = model is not None
    if model is None:
        model = "none" if schema.has_decision or schema.label is None else "logistic"
    if isinstance(model, str) and model not in MODELS:
        raise RequestError(
            f"--model '{shown(model)}'{nearest(model, MODELS)}: use {listed(MODELS)}"
        )
    if model != "none" and schema.label is None:
        raise RequestError("--model needs a --label to learn from")
    asked = _Asked("audit", model, chosen, policy or Policy.default(), seed, command, progress)
    return _conduct(data, asked)


def profile(
    data: Dataset,
    *,
    policy: Policy | None = None,
    seed: int = 0,
    command: str | None = None,
    progress: Progress | None = None,
) -> Audit:
    """Describe a dataset before anyone trains on it: no model, and no label needed.

    Parameters
    ----------
    data : Dataset
        With at least one protected attribute.
    policy, seed, command, progress
        As in :func:`audit`.

    Returns
    -------
    Audit
        With ``model`` None and, where there is no label, without estimates.
    """
    asked = _Asked("profile", "none", True, policy or Policy.default(), seed, command, progress)
    return _conduct(data, asked)


@dataclass(frozen=True)
class _Asked:
    """What one run was asked to do."""

    verb: str
    model: Any
    chosen: bool
    policy: Policy
    seed: int
    command: str | None
    progress: Progress | None


@dataclass(frozen=True)
class _Facts:
    """What only the rows can tell."""

    profile: dict[str, Any]
    model: dict[str, Any] | None
    counts: Counts
    rows: int
    notes: tuple[str, ...]


def _conduct(data: Dataset, asked: _Asked) -> Audit:
    schema, policy = data.schema, asked.policy
    if not schema.protected:
        raise SchemaError("no protected attribute: name at least one with --protected")
    facts = _facts(data, asked)
    counts = facts.counts
    singles: list[tuple[str, ...]] = [(name,) for name in schema.protected]
    sets = [*singles, tuple(schema.protected)] if len(singles) > 1 else singles
    stages = [stage for stage in (LABEL, MODEL, DECISION) if stage in counts.outcomes]
    estimates, disparities = [], []
    for stage in stages:
        for attributes in sets:
            estimates += measure(counts, attributes, stage=stage, level=policy.level)
        disparities += compare(
            counts,
            sets,
            stage=stage,
            policy=policy,
            reference=schema.reference,
            unfavorable=schema.unfavorable,
        )
    disparities = judge(disparities, estimates, policy)
    representation = represent(counts, sets, population=schema.population, level=policy.level)
    strata = [
        row
        for stage in stages
        for row in stratify(counts, disparities, stage=stage, level=policy.level)
    ]
    subgroups = _subgroups(counts, schema.protected, stages, policy)
    plain_profile = {**facts.profile, "strata": strata}
    findings: list[Finding] = [
        *gap_findings(disparities, estimates, schema=schema, policy=policy, model=facts.model),
        *subgroup_findings(subgroups, schema=schema, policy=policy),
        *simpson_findings(strata, policy=policy),
        *representation_findings(representation, policy=policy),
        *small_group_findings(representation, policy=policy),
        *data_findings(plain_profile, policy=policy),
    ]
    return Audit(
        auditkit=auditkit.__version__,
        created=_now(),
        seed=asked.seed,
        data=_data(data, facts),
        schema=schema.to_dict(),
        representation=tuple(representation),
        estimates=tuple(estimates),
        disparities=tuple(disparities),
        findings=tuple(numbered(findings)),
        profile=plain_profile,
        model=facts.model,
        compliance=(),
        subgroups=tuple(subgroups),
        counts=counts,
        policy=policy.to_dict(),
        provenance=_provenance(asked, facts.model),
    )


def _subgroups(
    counts: Counts, protected: Sequence[str], stages: Sequence[str], policy: Policy
) -> list[dict[str, Any]]:
    """Scan all pairs of attributes and the full crossing."""
    crossings: list[tuple[str, ...]] = list(combinations(protected, 2))
    if len(protected) > 2:
        crossings.append(tuple(protected))
    return [
        row
        for stage in stages
        for row in subgroup_scan(
            counts, crossings, stage=stage, min_group=policy.min_group, level=policy.level
        )
    ]


def _facts(data: Dataset, asked: _Asked) -> _Facts:
    """Profile the columns, train the baseline, and count: everything that needs rows."""
    from auditkit.columns import describe

    schema = data.schema
    frame = data.to_pandas()
    rows = len(frame)
    frame, data = _one_row_a_person(frame, data)
    outcome = None if schema.label is None else outcome_column(frame, schema)
    groups = group_columns(frame, schema)
    roles = _roles(data)
    described = describe(frame, list(data.columns))
    columns = [
        {
            "name": name,
            "role": roles[name],
            "kind": described[name].kind.value,
            "missing": described[name].missing,
            "distinct": described[name].distinct,
            "why": described[name].why,
        }
        for name in data.columns
    ]
    features = [name for name in data.columns if roles[name] == "feature"]
    facts = _profile(frame, outcome, groups, features, described, data)
    facts["columns"] = columns
    fitted: dict[str, Any] | None = None
    notes: tuple[str, ...] = ()
    if not isinstance(asked.model, str) or asked.model != "none":
        assert outcome is not None
        try:
            fitted, predictions = _baseline(frame, outcome, features, facts["leakage"], data, asked)
            frame = frame.assign(**{MODEL_COLUMN: predictions})
        except DataError as error:
            if asked.chosen:
                raise
            notes = (f"no baseline model: {error}",)  # the data themselves can still be audited
    counts = tally(replace(data, frame=frame))
    return _Facts(profile=facts, model=fitted, counts=counts, rows=rows, notes=notes)


def _one_row_a_person(frame: pd.DataFrame, data: Dataset) -> tuple[pd.DataFrame, Dataset]:
    """Write pre-aggregated rows out, so that 24 rows of counts and 4,526 rows are one audit."""
    name = data.schema.count
    if name is None:
        return frame, data
    numbers = frame[name].to_numpy(dtype=np.float64)
    total = float(numbers.sum())
    if total > _MAX_EXPANDED:
        raise RequestError(
            f"--count adds up to {total:,.6g} people; at most {_MAX_EXPANDED:,} can be profiled"
        )
    people = numbers.astype(np.int64)
    written = frame.loc[np.repeat(np.arange(len(frame)), people)].reset_index(drop=True)
    columns = tuple(column for column in data.columns if column != name)
    return written[list(columns)], replace(
        data, schema=data.schema.with_(count=None), columns=columns
    )


def _roles(data: Dataset) -> dict[str, str]:
    """Return what each column is to the audit."""
    schema = data.schema
    roles = dict.fromkeys(data.columns, "feature")
    roles |= dict.fromkeys(schema.ignore, "ignored")
    for role in ("label", "prediction", "score", "weight", "count"):
        name = getattr(schema, role)
        if name is not None:
            roles[name] = role
    roles |= dict.fromkeys(schema.protected, "protected")
    return roles


def _profile(
    frame: pd.DataFrame,
    outcome: NDArray[np.float64] | None,
    groups: Mapping[str, Sequence[str | None]],
    features: Sequence[str],
    described: Mapping[str, Any],
    data: Dataset,
) -> dict[str, Any]:
    from auditkit import profiling

    schema = data.schema
    weight = None if schema.weight is None else frame[schema.weight].to_numpy(dtype=np.float64)
    looked_at = [*schema.protected, *features]
    missing = profiling.missing_by_group(frame, groups, looked_at, weight=weight)
    proxies = profiling.proxies(frame, groups, features, weight=weight, described=described)
    spelling = profiling.spelling_variants(groups)
    facts: dict[str, Any] = {
        "missing": [row.to_dict() for row in missing],
        "missing_outcome": [],
        "proxies": [row.to_dict() for row in proxies],
        "leakage": [],
        "strata": [],
        "spelling": [row.to_dict() for row in spelling],
    }
    if outcome is not None:
        protected = set(schema.protected)
        facts["missing_outcome"] = [
            {**row.to_dict(), "role": "protected" if row.column in protected else "feature"}
            for row in profiling.missing_with_outcome(frame, outcome, looked_at, weight=weight)
        ]
        facts["leakage"] = [
            row.to_dict()
            for row in profiling.leakage(
                frame, outcome, features, weight=weight, described=described
            )
        ]
    return facts


def _baseline(
    frame: pd.DataFrame,
    outcome: NDArray[np.float64],
    features: Sequence[str],
    leaks: Sequence[Mapping[str, Any]],
    data: Dataset,
    asked: _Asked,
) -> tuple[dict[str, Any], NDArray[np.float64]]:
    from auditkit.trainer import cross_fit

    schema, progress = data.schema, asked.progress
    strength = {row["feature"]: row["strength"] for row in leaks}
    left_out = {
        name: "it all but repeats the outcome (leakage)"
        for name in features
        if (strength.get(name) or 0.0) >= asked.policy.leakage_auc
    }
    left_out |= dict.fromkeys(schema.ignore, "named with --ignore")
    left_out |= dict.fromkeys(schema.protected, "protected")
    weight = None if schema.weight is None else frame[schema.weight].to_numpy(dtype=np.float64)
    fitted = cross_fit(
        frame,
        outcome,
        features=[name for name in features if name not in left_out],
        kind=asked.model,
        seed=asked.seed,
        sample_weight=weight,
        threshold=0.5 if schema.threshold is None or schema.score else schema.threshold,
        max_rows=MAX_TRAIN_ROWS,
        left_out=left_out,
        progress=None if progress is None else lambda done, of: progress("baseline", done, of),
    )
    described = {
        "kind": fitted.kind,
        "rows": fitted.rows,
        "folds": fitted.folds,
        "seed": fitted.seed,
        "threshold": fitted.threshold,
        "sampled_from": fitted.sampled_from,
        "metrics": dict(fitted.metrics),
        "features": list(fitted.features),
        "left_out": [{"feature": name, "reason": why} for name, why in fitted.left_out],
        "notes": list(fitted.notes),
    }
    return described, fitted.predictions


def _data(data: Dataset, facts: _Facts) -> dict[str, Any]:
    return {
        "source": data.source.name,
        "sha256": data.source.sha256,
        "rows": facts.rows,
        "columns": len(data.columns),
        "bytes": data.source.size,
        "people": facts.counts.total,
        "used_columns": list(data.schema.used_columns),
        "excluded": _excluded(facts.counts, data),
        "notes": [*data.notes, *facts.notes],
    }


def _excluded(counts: Counts, data: Dataset) -> list[dict[str, Any]]:
    """Count the people whom a stage leaves out, and say why."""
    schema = data.schema
    decided = schema.prediction or schema.score
    reasons = {
        LABEL: f"'{schema.label}' is missing",
        DECISION: f"'{decided}' is missing",
        MODEL: "not scored by the baseline (no label, or outside the training sample)",
    }
    rows = []
    for outcome in counts.outcomes:
        codes = counts.codes[:, counts.outcome_axis(outcome)]
        levels = counts.levels[counts.outcome_axis(outcome)]
        if UNKNOWN in levels:
            unknown = int(counts.n[codes == levels.index(UNKNOWN)].sum())
            rows.append({"stage": outcome, "rows": unknown, "reason": reasons[outcome]})
    return rows


def _provenance(asked: _Asked, model: Mapping[str, Any] | None) -> dict[str, Any]:
    names = ["narwhals", "numpy", "pandas", "scipy", "plotly"]
    if model is not None:
        names.append("scikit-learn")
    versions = {"auditkit": auditkit.__version__, "python": platform.python_version()}
    versions |= {name: metadata.version(name) for name in sorted(names)}
    kind = None if model is None else model["kind"]
    settings = {"verb": asked.verb, "model": kind, "seed": asked.seed}
    return {"command": asked.command, "versions": versions, "settings": settings}


def _now() -> str:
    """Return the time, or that of ``SOURCE_DATE_EPOCH`` for reproducible records."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if not epoch:
        moment = datetime.now(UTC)
    else:
        try:
            moment = datetime.fromtimestamp(int(epoch), UTC)
        except (ValueError, OverflowError, OSError):
            raise RequestError(
                f"SOURCE_DATE_EPOCH is '{shown(epoch)}'; it must be whole seconds since 1970"
            ) from None
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
