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
from auditkit.profiling.proxies import ProxyScan
from auditkit.profiling.rows import Rows, attributes, outcome_of
from auditkit.profiling.spelling import spelling_variants
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
    for name in features:  # a column at a time: its ranks are dropped before the next
        cells = ranked_column(frame, described[name], rows)
        proxies.see(described[name], cells)
        if leaks is not None:
            leaks.see(described[name], cells)
    facts["proxies"] = [
        row.to_dict() for row in proxies.found(alpha=policy.alpha, harmless=policy.proxy_harmless)
    ]
    if outcome is not None and leaks is not None:
        beside = missing_with_outcome(frame, outcome, looked_at, weight=weight)
        facts["missing_outcome"] = [
            {**row.to_dict(), "role": "protected" if row.column in groups else "feature"}
            for row in beside
        ]
        facts["leakage"] = [row.to_dict() for row in leaks.found()]
    return facts
