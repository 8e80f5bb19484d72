"""Rows to a table of groups: the one pass over the data."""

from __future__ import annotations

from typing import Any

from auditkit.counts import group_text
from auditkit.errors import MetricError
from auditkit.metrics.arrays import features_of
from auditkit.metrics.cubes import cube_of
from auditkit.metrics.table.group_table import GroupTable

__all__ = ["tabulate_groups"]


def tabulate_groups(
    y_true: Any,
    y_pred: Any = None,
    *,
    sensitive_features: Any,
    sample_weight: Any = None,
    pos_label: Any = None,
) -> GroupTable:
    r"""Count the rows once, by group, label and prediction.

    .. math:: N_{g,y,\hat y} = \#\{i : g_i = g,\ y_i = y,\ \hat y_i = \hat y\}

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,) or None
        0/1 or booleans; anything else needs `pos_label`. Metrics that need an array which is None
        are left out.
    sensitive_features : array-like, frame or mapping of arrays
        The attributes; a missing value is a group.
    sample_weight : array-like of shape (n,), optional
        Weights, not negative.
    pos_label : scalar, optional
        The positive value.

    Returns
    -------
    GroupTable
        Counts; ``rates()``, ``gaps()`` and ``bootstrap()`` follow without another look at the
        rows. An empty cell is a count of 0; nothing is undefined yet.

    Raises
    ------
    MetricError
        On inputs that do not match, labels that need `pos_label`, no sensitive feature.

    References
    ----------
    Gray et al. (1997), Data cube: a relational aggregation operator generalizing group-by,
    cross-tab, and sub-totals, Data Mining and Knowledge Discovery 1.

    Examples
    --------
    >>> table = tabulate_groups(
    ...     [1, 0, 1, 1], [1, 0, 0, 1],
    ...     sensitive_features={"sex": ["F", "F", "M", "M"], "old": [True, False, True, True]},
    ... )
    >>> [one.attributes for one in table.sets], table.cube.groups
    ([('sex',), ('old',), ('sex', 'old')], (('F', 'False'), ('F', 'True'), ('M', 'True')))
    """
    features = features_of(sensitive_features)
    if not features:
        raise MetricError("no sensitive_features were given")
    cube = cube_of(
        y_true,
        y_pred,
        sensitive_features=features,
        sample_weight=sample_weight,
        pos_label=pos_label,
    )
    levels = []
    for axis, column in enumerate(features):
        names = {group[axis] for group in cube.groups}
        names |= {group_text(value) for value in column.declared}
        levels.append(tuple(sorted(names, key=lambda name: (name is None, name or ""))))
    return GroupTable(cube, tuple(levels))
