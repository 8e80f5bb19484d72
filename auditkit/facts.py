"""What only the rows can tell: the profile of the columns, the baseline, and the counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from auditkit.counts import DECISION, LABEL, Counts
from auditkit.errors import DataError, RequestError
from auditkit.federation import Tally
from auditkit.loaders import MODEL_COLUMN, Dataset, tally
from auditkit.loaders.groups import decision_column, group_columns, outcome_column
from auditkit.loaders.missing import EmptyCells, missing_cells
from auditkit.loaders.numbers import MISSING_NUMBERS
from auditkit.loaders.sample import MAX_ROWS, Rows
from auditkit.loaders.scores import ScoreCounts, decision_bins
from auditkit.modelling import Modelled, Table, model_of
from auditkit.policy import Policy
from auditkit.trainer import Training
from auditkit.unseen import count_unseen, with_unknown

if TYPE_CHECKING:
    import pandas as pd

    from auditkit.columns import Column
    from auditkit.profiling import Profiled

__all__ = ["Asked", "Facts", "Progress", "facts_of", "facts_of_counts"]

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
    sample_rows: int = MAX_ROWS
    training: Training = field(default_factory=Training)


@dataclass(frozen=True)
class Facts:
    """What only the rows can tell."""

    profile: dict[str, Any]
    model: dict[str, Any] | None
    counts: Counts
    rows: int
    notes: tuple[str, ...]
    candidates: Mapping[tuple[str, str], Counts] = field(default_factory=dict)
    sample: dict[str, Any] | None = None
    decision: dict[str, Any] | None = None
    interrupted: bool = False


@dataclass(frozen=True)
class _Seen:
    """The rows that are looked at, one row a person, and what is known of their columns."""

    whole: Dataset
    drawn: Rows
    data: Dataset
    frame: pd.DataFrame
    outcome: NDArray[np.float64] | None
    groups: Mapping[str, Sequence[str | None]]
    roles: Mapping[str, str]

    @property
    def features(self) -> list[str]:
        return [name for name in self.data.columns if self.roles[name] == "feature"]

    @property
    def weight(self) -> NDArray[np.float64] | None:
        name = self.data.schema.weight
        return None if name is None else self.frame[name].to_numpy(dtype=np.float64)


def facts_of(data: Dataset, asked: Asked) -> Facts:
    """Profile the columns, train the baseline, and count: everything that needs rows.

    Counts, and the cells that are empty, are always those of all rows. What needs the rows
    themselves is asked of a seeded sample where there are more than `asked.sample_rows`, and the
    notes say so.
    """
    from auditkit.profiling import profile_of
    from auditkit.scored import scores_in_bins

    drawn = data.rows(asked.sample_rows, asked.seed)
    notes = _sample_notes(drawn, data, asked)
    seen = _seen(data, drawn)
    binned = scores_in_bins(data, seen.groups, fine=drawn.sampled)
    profiled = profile_of(
        seen.frame, seen.groups, seen.features,
        outcome=seen.outcome, decided=_outcome_of_scan(seen), columns=seen.data.columns,
        schema=seen.data.schema, policy=asked.policy, seed=asked.seed,
    )  # fmt: skip
    profile = _profile(seen, binned, profiled, asked.policy)
    if drawn.sampled and profile["scores"]:
        worst = max(row["error"] or 0.0 for row in profile["scores"])
        notes.append(
            "how scores rank, and what thresholds decide, is told from score bins of all rows; an "
            f"area can be off by {worst:.2g} at most, as each row says"
        )
    fitted, unfitted = _baseline(seen, profiled, asked)
    counts, fitted = _counts(seen, fitted, asked)
    return Facts(
        profile=profile,
        model=None if fitted is None else fitted.record,
        counts=counts,
        rows=drawn.total,
        notes=(*notes, *unfitted),
        candidates=profiled.candidates,
        sample={"rows": len(drawn.frame), "how": drawn.how} if drawn.sampled else None,
        decision={"score_bins": decision_bins(binned[0])} if binned else None,
        interrupted=fitted is not None and fitted.interrupted,
    )


def _seen(whole: Dataset, drawn: Rows) -> _Seen:
    frame, data = _one_row_a_person(drawn.frame, whole)
    schema = data.schema
    return _Seen(
        whole=whole,
        drawn=drawn,
        data=data,
        frame=frame,
        outcome=None if schema.label is None else outcome_column(frame, schema),
        groups=group_columns(frame, schema),
        roles=_roles(data),
    )


def _profile(
    seen: _Seen, binned: Sequence[ScoreCounts], profiled: Profiled, policy: Policy
) -> dict[str, Any]:
    """Return the tables of the profile; empty cells are counted in all rows."""
    facts, columns = profiled.tables, profiled.described
    if seen.drawn.sampled:
        columns, facts["missing"] = _empty_everywhere(
            seen.whole, seen.drawn, seen.features, columns
        )
    facts["columns"] = [
        {
            "name": name,
            "role": seen.roles[name],
            "kind": columns[name].kind.value,
            "missing": columns[name].missing,
            "distinct": columns[name].distinct,
            "why": columns[name].why,
        }
        for name in seen.data.columns
    ]
    facts["scores"] = _scores(seen, binned, policy)
    return facts


def _baseline(seen: _Seen, profiled: Profiled, asked: Asked) -> tuple[Modelled | None, list[str]]:
    """Train the model that was asked for, or say why the default one cannot be trained."""
    if isinstance(asked.model, str) and asked.model == "none":
        return None, []
    assert seen.outcome is not None
    table = Table(
        frame=seen.frame,
        outcome=seen.outcome,
        groups=seen.groups,
        features=seen.features,
        described=profiled.described,
        leaks=profiled.tables["leakage"],
        proxies=profiled.tables["proxies"],
        schema=seen.data.schema,
        policy=asked.policy,
    )
    try:
        fitted = model_of(
            table, asked.model, asked.training, seed=asked.seed, progress=asked.progress
        )
    except DataError as error:
        if asked.chosen:
            raise
        return None, [f"no baseline model: {error}"]  # the data can still be audited
    return fitted, []


def _counts(seen: _Seen, fitted: Modelled | None, asked: Asked) -> tuple[Counts, Modelled | None]:
    """Count all rows, with the model's decisions where it made them."""
    frame, drawn = seen.frame, seen.drawn
    if fitted is not None:
        frame = frame.assign(**{MODEL_COLUMN: fitted.predictions})
    counts = tally(replace(seen.data, frame=frame))
    if not drawn.sampled:
        return counts, fitted
    if fitted is not None:
        more = count_unseen(
            seen.whole, fitted, counts,
            limit=asked.sample_rows, seed=asked.seed, total=drawn.total, tell=asked.progress,
        )  # fmt: skip
        stopped = fitted.interrupted or more.interrupted
        counts, fitted = more.counts, replace(fitted, record=more.record, interrupted=stopped)
    return with_unknown(counts, tally(seen.whole)), fitted


def _outcome_of_scan(seen: _Seen) -> tuple[str, NDArray[np.float64]] | None:
    """Return the name of the outcome that undeclared strata are looked for with, and the rows'."""
    if seen.outcome is None and seen.data.schema.has_decision:
        return DECISION, decision_column(seen.frame, seen.data.schema)
    return None if seen.outcome is None else (LABEL, seen.outcome)


def _scores(seen: _Seen, binned: Sequence[ScoreCounts], policy: Policy) -> list[dict[str, Any]]:
    """Ask how well the scores rank each group: of the rows, or of counts where they are sampled."""
    from auditkit.scored import Scored, scores_of_counts, scores_of_rows

    schema = seen.data.schema
    if schema.score is None:
        return []
    lines: dict[str, Any] = {"level": policy.level, "min_group": policy.min_group}
    if seen.drawn.sampled:
        return scores_of_counts(binned, labelled=schema.label is not None, **lines)
    rows = Scored(
        score=seen.frame[schema.score].to_numpy(dtype=np.float64, na_value=np.nan),
        outcome=seen.outcome,
        groups=seen.groups,
        weight=seen.weight,
    )
    return scores_of_rows(rows, threshold=schema.threshold, **lines)


def facts_of_counts(found: Tally) -> Facts:
    """Say what counts alone can tell: no rows, so no columns, no proxies, no baseline."""
    from auditkit import profiling

    groups = {name: found.counts.values(name) for name in found.counts.attributes}
    texts = {name: [None if v is None else str(v) for v in seen] for name, seen in groups.items()}
    empty = ("missing", "missing_outcome", "proxies", "leakage", "strata", "columns", "scores")
    facts: dict[str, Any] = {name: [] for name in empty}
    facts |= {"proxies_joint": [], "quality": dict(profiling.NOTHING)}
    facts["spelling"] = [row.to_row() for row in profiling.spelling_variants(texts)]
    note = (
        "these are counts, not rows: missing cells, proxies, leakage and a baseline model need the "
        "rows and were not looked at"
    )
    return Facts(
        profile=facts,
        model=None,
        counts=found.counts,
        rows=sum(part.rows for part in found.parts),
        notes=(note, *found.suppressed()),
    )


def _sample_notes(drawn: Rows, data: Dataset, asked: Asked) -> list[str]:
    if not drawn.sampled:
        return list(drawn.notes)
    if data.schema.count is not None:
        raise RequestError(
            f"{drawn.total:,} rows of counts are more than the {asked.sample_rows:,} that are held "
            "in memory: add them up with 'auditkit tally' first, or raise --sample-rows"
        )
    drawn_from = f"{len(drawn.frame):,} of {drawn.total:,} rows (seed {asked.seed}; {drawn.how})"
    where = f"in a sample of {drawn_from}"
    return [
        f"counts, and empty cells by group, are those of all {drawn.total:,} rows; kinds and "
        "values of the columns, proxies, leakage and outcomes beside empty cells were looked at, "
        f"and the baseline was trained, {where}",
        *(f"{note}, in the sample" for note in drawn.notes),
    ]


def _empty_everywhere(
    whole: Dataset, drawn: Rows, features: Sequence[str], described: Mapping[str, Column]
) -> tuple[dict[str, Column], list[dict[str, Any]]]:
    """Count empty cells over all rows: of every column, and by group."""
    from auditkit import profiling

    schema = whole.schema
    outcomes = [name for name in (schema.label, schema.prediction, schema.score) if name]
    looked_at = [*schema.protected, *features, *outcomes]
    words = {
        name: MISSING_NUMBERS
        for name in whole.untyped.intersection(features)
        if described[name].kind.value in {"numeric", "boolean", "identifier"}
        and drawn.frame[name].dtype.kind in "iuf"
    }
    cells = missing_cells(whole, list(whole.columns), words=words)
    missing = []
    for column in looked_at:
        if not any(cell.empty[column][0] for cell in cells):
            continue
        for axis, attribute in enumerate(schema.protected):
            if attribute != column:
                sums = _by_group(cells, axis, column)
                missing += profiling.missing_rows(column, attribute, sums)
    found = {}
    for name, column_ in described.items():
        empty = sum(cell.empty[name][0] for cell in cells)
        found[name] = replace(
            column_, rows=drawn.total, missing=empty, why=f"{column_.why} (in the sample)"
        )
    return found, [row.to_dict() for row in missing]


def _by_group(
    cells: Sequence[EmptyCells], axis: int, column: str
) -> dict[str | None, tuple[float, float, float, float]]:
    """Add up the crossings to one attribute: empty and all, as people and as weight."""
    sums: dict[str | None, tuple[float, float, float, float]] = {}
    for cell in cells:
        empty, part = cell.empty[column]
        more = (empty, cell.people, part, cell.weight)
        before = sums.get(cell.group[axis], (0.0, 0.0, 0.0, 0.0))
        sums[cell.group[axis]] = tuple(a + b for a, b in zip(before, more, strict=True))  # type: ignore[assignment]
    order = sorted(sums, key=lambda name: (name is None, name or ""))
    return {name: sums[name] for name in order}


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
    roles |= dict.fromkeys(schema.stage_columns, "stage")
    for role in ("label", "prediction", "score", "weight", "count", "cluster"):
        name = getattr(schema, role)
        if name is not None:
            roles[name] = role
    roles |= dict.fromkeys(schema.protected, "protected")
    return roles
