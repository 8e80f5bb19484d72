"""Every score metric of every group, as tidy rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from auditkit.errors import MetricError, nearest, shown
from auditkit.metrics.family import tidy
from auditkit.metrics.scores import calibration, losses, reliability, roc
from auditkit.metrics.scores.functions import Scored
from auditkit.metrics.scores.sample import read_scores

__all__ = ["SCORED", "scores_by_group"]

SCORED: Mapping[str, Scored] = {
    row.name: row for row in (*roc.ROWS, *losses.ROWS, *calibration.ROWS, *reliability.ROWS)
}
"""Metrics that each group has a value of: name → row."""


def scores_by_group(
    y_true: Any,
    y_score: Any,
    *,
    sensitive_features: Any,
    metrics: Sequence[str] | None = None,
    sample_weight: Any = None,
    pos_label: Any = None,
) -> list[dict[str, Any]]:
    """Return every score metric of every group as tidy rows (``pandas.DataFrame(...)``).

    Parameters
    ----------
    y_true, y_score, sensitive_features, sample_weight, pos_label
        As in :func:`roc_auc_difference`.
    metrics : sequence of str, optional
        Names of score metrics. By default all; where a score is below 0 or above 1, those that do
        not need probabilities.

    Returns
    -------
    list of dict
        One key for each sensitive feature, then ``metric``, ``value`` (None when undefined), ``n``
        (rows with a weight above 0), ``reason`` (why it is undefined, else None).

    Raises
    ------
    MetricError
        On an unknown metric, and as :func:`roc_auc_difference`.

    References
    ----------
    Of each metric, in :func:`catalogue`.

    Examples
    --------
    >>> scores_by_group([0, 1, 1], [0.2, 0.7, 0.9], sensitive_features={"sex": list("FFM")})[1]
    {'sex': 'M', 'metric': 'roc_auc', 'value': None, 'n': 1, 'reason': 'no negative labels'}
    """
    for name in metrics or ():
        if name not in SCORED:
            raise MetricError(f"no score metric '{shown(name)}'{nearest(name, SCORED)}")
    asked = [SCORED[name] for name in metrics] if metrics else list(SCORED.values())
    strict = [row.name for row in asked if row.probability] if metrics else []
    parted = read_scores(
        strict[0] if strict else "scores_by_group",
        y_true,
        y_score,
        sensitive_features=sensitive_features,
        sample_weight=sample_weight,
        pos_label=pos_label,
        probability=bool(strict),
    )
    low, high = parted.span
    rows: list[dict[str, Any]] = []
    for row in asked:
        if row.probability and (low < 0 or high > 1):
            continue
        values = row.values(parted)
        columns: dict[str, list[Any]] = {
            "value": [None if isinstance(value, str) else value for value in values],
            "n": [len(sample) for sample in parted.samples],
            "reason": [value if isinstance(value, str) else None for value in values],
        }
        rows += tidy(row.name, parted.attributes, parted.groups, columns)
    return rows
