"""What only the rows can tell: the profile of the columns, the baseline, and the counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from auditkit.counts import Counts
from auditkit.errors import DataError, RequestError
from auditkit.loaders import MODEL_COLUMN, Dataset, tally
from auditkit.loaders.groups import group_columns, outcome_column
from auditkit.policy import Policy

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Asked", "Facts", "Progress", "facts_of"]

MAX_TRAIN_ROWS = 100_000
_MAX_EXPANDED = 5_000_000

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Asked:
    """What one run was asked to do."""

    verb: str
    model: Any
    chosen: bool
    policy: Policy
    seed: int
    command: str | None
    progress: Progress | None


@dataclass(frozen=True)
class Facts:
    """What only the rows can tell."""

    profile: dict[str, Any]
    model: dict[str, Any] | None
    counts: Counts
    rows: int
    notes: tuple[str, ...]


def facts_of(data: Dataset, asked: Asked) -> Facts:
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
    return Facts(profile=facts, model=fitted, counts=counts, rows=rows, notes=notes)


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
    asked: Asked,
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
    left_out = {name: why for name, why in left_out.items() if name not in schema.train_with}
    named = [name for name in schema.train_with if name not in features]
    weight = None if schema.weight is None else frame[schema.weight].to_numpy(dtype=np.float64)
    fitted = cross_fit(
        frame,
        outcome,
        features=[name for name in [*features, *named] if name not in left_out],
        kind=asked.model,
        seed=asked.seed,
        sample_weight=weight,
        threshold=0.5 if schema.threshold is None or schema.score else schema.threshold,
        max_rows=MAX_TRAIN_ROWS,
        left_out=left_out,
        asked=schema.train_with,
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
