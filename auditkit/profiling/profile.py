"""All the questions to the rows, asked in one go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from auditkit.columns import Column
from auditkit.policy import Policy
from auditkit.profiling.compared import Compared
from auditkit.profiling.leakage import LeakageScan
from auditkit.profiling.levels import ranked_column
from auditkit.profiling.missingness import missing_by_group, missing_with_outcome
from auditkit.profiling.proxies import Proxy, ProxyScan
from auditkit.profiling.rows import Rows, attributes, outcome_of
from auditkit.profiling.spelling import spelling_variants
from auditkit.profiling.together import TogetherScan
from auditkit.schema import Schema

if TYPE_CHECKING:
    import pandas
    from numpy.typing import NDArray

__all__ = ["profile_of"]


def profile_of(
    frame: pandas.DataFrame,
    outcome: NDArray[np.float64] | None,
    groups: Mapping[str, Sequence[str | None]],
    features: Sequence[str],
    *,
    schema: Schema,
    policy: Policy,
    described: Mapping[str, Column],
    seed: int = 0,
) -> dict[str, Any]:
    """Return the tables of ``profile`` that need rows; those that were not asked for are empty.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a person.
    outcome : ndarray or None
        1, 0 or NaN (unknown) a row; None without a label.
    groups : mapping of str to sequence
        Protected attribute to one group a row; None is missing.
    features : sequence of str
        The columns that a model could use.
    schema : Schema
        What the columns are to the audit.
    policy : Policy
        Where the lines are.
    described : mapping of str to Column
        What :func:`auditkit.columns.describe` said of all columns.
    seed : int
        Of what is drawn.
    """
    weight = None if schema.weight is None else frame[schema.weight].to_numpy(dtype=np.float64)
    looked_at = [*schema.protected, *features]
    outcomes = [name for name in (schema.label, schema.prediction, schema.score) if name]
    missing = missing_by_group(frame, groups, [*looked_at, *outcomes], weight=weight)
    facts: dict[str, Any] = {
        "missing": [row.to_dict() for row in missing],
        "missing_outcome": [],
        "proxies": [],
        "leakage": [],
        "strata": [],
        "spelling": [row.to_row() for row in spelling_variants(groups)],
    }
    rows = Rows.build(len(frame), weight, frequency=False)
    event = None if outcome is None else outcome_of(outcome, rows)
    compared = [Compared.of(attribute, rows) for attribute in attributes(groups, rows)]
    proxies = ProxyScan(compared, rows, outcome=event, level=policy.level)
    leaks = None if event is None else LeakageScan(event, rows)
    together = TogetherScan(compared, rows, event)
    for name in features:  # a column at a time: its ranks are dropped before the next
        cells = ranked_column(frame, described[name], rows)
        proxies.see(described[name], cells)
        together.see(described[name], cells)
        if leaks is not None:
            leaks.see(described[name], cells)
    found = proxies.found(alpha=policy.alpha, harmless=policy.proxy_harmless)
    facts["proxies"] = [row.to_dict() for row in found]
    leaking = [] if leaks is None else leaks.found()
    facts["leakage"] = [row.to_dict() for row in leaking]
    if outcome is not None:
        beside = missing_with_outcome(frame, outcome, looked_at, weight=weight)
        facts["missing_outcome"] = [
            {**row.to_dict(), "role": "protected" if row.column in groups else "feature"}
            for row in beside
        ]
    facts["proxies_joint"], facts["quality"] = together.found(
        seed=seed,
        level=policy.level,
        strong=_strong(found, policy),
        leaks=[row.feature for row in leaking if (row.strength or 0.0) >= policy.leakage_auc],
    )
    return facts


def _strong(found: Sequence[Proxy], policy: Policy) -> dict[str, list[str]]:
    """Return the features that give each attribute away by themselves."""
    strong: dict[str, list[str]] = {}
    for row in found:
        clear = row.p_adjusted is not None and row.p_adjusted < policy.alpha
        if clear and (row.strength or 0.0) >= policy.proxy_strength:
            strong.setdefault(row.attribute, []).append(row.feature)
    return strong
