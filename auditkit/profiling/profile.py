"""All the questions to the rows, asked in one go: each column is read once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from auditkit.columns import Column, cells_of, described
from auditkit.counts import LABEL, Counts
from auditkit.policy import Policy
from auditkit.profiling.candidates import CandidateScan
from auditkit.profiling.compared import Compared
from auditkit.profiling.leakage import Leak, LeakageScan
from auditkit.profiling.levels import Ranked, ranked
from auditkit.profiling.missing_outcome import outcomes_beside
from auditkit.profiling.missingness import empty_cells, missing_in
from auditkit.profiling.proxies import Proxy, ProxyScan
from auditkit.profiling.rows import Attribute, Rows, attributes, outcome_of
from auditkit.profiling.spelling import variants_of
from auditkit.profiling.together import TogetherScan
from auditkit.schema import Schema
from auditkit.threads import side_by_side

if TYPE_CHECKING:
    import pandas
    from numpy.typing import NDArray

__all__ = ["Profiled", "profile_of"]

_LONG = 20_000
"""Rows from which threads pay."""
_HELD = 12
"""Columns that are read before the questions to the first of them are asked."""


@dataclass(frozen=True, kw_only=True)
class Profiled:
    """What the rows tell before anyone trains on them.

    Attributes
    ----------
    tables : dict
        The tables of ``profile`` that need rows; those that were not asked for are empty.
    described : dict of str to Column
        What each column is.
    candidates : dict of (attribute, column) to Counts
        Columns that could be strata and are not declared as such, beside the outcome.
    """

    tables: dict[str, Any]
    described: dict[str, Column]
    candidates: dict[tuple[str, str], Counts]


def profile_of(
    frame: pandas.DataFrame,
    groups: Mapping[str, Sequence[str | None]],
    features: Sequence[str],
    *,
    outcome: NDArray[np.float64] | None = None,
    decided: tuple[str, NDArray[np.float64]] | None = None,
    columns: Sequence[str],
    schema: Schema,
    policy: Policy,
    seed: int = 0,
) -> Profiled:
    """Describe the columns, and ask all that only the rows can tell.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a person.
    groups : mapping of str to sequence
        Protected attribute to one group a row; None is missing.
    features : sequence of str
        The columns that a model could use.
    outcome : ndarray or None
        1, 0 or NaN (unknown) a row; None without a label.
    decided : (name, ndarray) or None
        The outcome that columns are counted beside as possible strata; the label if not given.
    columns : sequence of str
        The columns to describe, the features among them.
    schema : Schema
        What the columns are to the audit.
    policy : Policy
        Where the lines are.
    seed : int
        Of what is drawn.
    """
    weight = None if schema.weight is None else frame[schema.weight].to_numpy(dtype=np.float64)
    rows = Rows.build(len(frame), weight, frequency=False)
    coded = attributes(groups, rows)
    event = None if outcome is None else outcome_of(outcome, rows)
    if decided is None and outcome is not None:
        decided = (LABEL, outcome)
    compared = [Compared.of(attribute, rows) for attribute in coded]
    proxies = ProxyScan(compared, rows, outcome=event, level=policy.level)
    leaks = None if event is None else LeakageScan(event, rows)
    together = TogetherScan(compared, rows, event)
    strata = None
    if decided is not None:
        strata = CandidateScan(coded, outcome_of(decided[1], rows), rows, outcome_name=decided[0])
    scans = [scan for scan in (proxies, together, leaks, strata) if scan is not None]
    known = _seen(frame, columns, set(features), rows, scans)
    looked_at = [name for name in (*schema.protected, *features) if _may_be_empty(known.get(name))]
    outcomes = [name for name in (schema.label, schema.prediction, schema.score) if name]
    empty = empty_cells(frame, [*looked_at, *outcomes], rows)
    beside = {name: empty[name] for name in looked_at if name in empty}
    found = proxies.found(alpha=policy.alpha, harmless=policy.proxy_harmless)
    leaking = [] if leaks is None else leaks.found()
    joint, quality = together.found(
        seed=seed,
        level=policy.level,
        strong=_strong(found, policy),
        leaks=[row.feature for row in leaking if (row.strength or 0.0) >= policy.leakage_auc],
    )
    tables = {
        "missing": [row.to_dict() for row in missing_in(empty, coded, rows)],
        "missing_outcome": _missing_outcome(beside, event, rows, groups),
        "proxies": [row.to_dict() for row in found],
        "leakage": [row.to_dict() for row in leaking],
        "strata": [],
        "spelling": [row.to_row() for row in variants_of(_spelled(coded))],
        "proxies_joint": joint,
        "quality": quality,
    }
    return Profiled(
        tables=tables,
        described=known,
        candidates={} if strata is None else _undeclared(strata, leaking, schema, policy),
    )


class _Scan(Protocol):
    """A question that is asked of every column."""

    def see(self, column: Column, cells: Ranked) -> None: ...


def _seen(
    frame: pandas.DataFrame,
    columns: Sequence[str],
    wanted: Collection[str],
    rows: Rows,
    scans: Sequence[_Scan],
) -> dict[str, Column]:
    """Read each column once, a few at a time, ask all questions of it, and let it go."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    def read(name: str) -> tuple[Column, Ranked | None]:
        cells = cells_of(frame, name)
        column = described(name, cells)
        return column, ranked(cells, column.kind, rows) if name in wanted else None

    known: dict[str, Column] = {}
    with threadpool_limits(limits=1, user_api="blas"):  # sums of two threads wait for one another
        for start in range(0, len(columns), _HELD):
            few = columns[start : start + _HELD]
            for column, cells in side_by_side(read, few, long=len(frame) >= _LONG):
                known[column.name] = column
                if cells is not None:
                    for scan in scans:
                        scan.see(column, cells)
    return known


def _may_be_empty(column: Column | None) -> bool:
    return column is None or column.missing > 0


def _missing_outcome(
    empty: Mapping[str, NDArray[np.bool_]],
    event: NDArray[np.float64] | None,
    rows: Rows,
    groups: Collection[str],
) -> list[dict[str, Any]]:
    if event is None:
        return []
    return [
        {**row.to_dict(), "role": "protected" if row.column in groups else "feature"}
        for row in outcomes_beside(empty, event, rows)
    ]


def _spelled(coded: Sequence[Attribute]) -> dict[str, dict[str | None, int]]:
    return {
        attribute.name: dict(
            zip(attribute.names, np.bincount(attribute.codes).tolist(), strict=False)
        )
        for attribute in coded
    }


def _strong(found: Sequence[Proxy], policy: Policy) -> dict[str, list[str]]:
    """Return the features that give each attribute away by themselves."""
    strong: dict[str, list[str]] = {}
    for row in found:
        clear = row.p_adjusted is not None and row.p_adjusted < policy.alpha
        if clear and (row.strength or 0.0) >= policy.proxy_strength:
            strong.setdefault(row.attribute, []).append(row.feature)
    return strong


def _undeclared(
    scan: CandidateScan, leaking: Sequence[Leak], schema: Schema, policy: Policy
) -> dict[tuple[str, str], Counts]:
    """Leave out the strata that are declared, and what repeats the outcome."""
    out = {row.feature for row in leaking if (row.strength or 0.0) >= policy.leakage_auc}
    out |= set(schema.strata)
    return {key: counts for key, counts in scan.found.items() if key[1] not in out}
