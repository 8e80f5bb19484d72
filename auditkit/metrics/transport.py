"""How far labels would have to move to become the predictions, group by group."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.errors import MetricError
from auditkit.metrics.conventions import check_offers
from auditkit.metrics.declared import Declared
from auditkit.metrics.family import Family, numbers_of, read_rows, tidy
from auditkit.metrics.scores.distances import wasserstein

__all__ = ["ot_distance"]

Floats = NDArray[np.float64]

_FAMILY = Family(
    "score",
    {
        "y_true": "array-like of shape (n,)\n    What happened: finite numbers, such as 0 and 1.",
        "y_pred": "array-like of shape (n,)\n    What was predicted: finite numbers.",
        "sensitive_features": "array-like, frame or mapping of arrays, optional\n"
        "    The groups; without them there is one row for everybody.",
        "convention": '{"auditkit", "aif360"}\n'
        "    AIF360 scales labels and predictions of each group so that they add up to 1, and\n"
        "    takes these numbers both as places and as masses.",
    },
)


@_FAMILY.metric(
    "Transport distance of labels and predictions",
    needs=("label", "score"),
    formula="∫ |F(t) − G(t)| dt in each group, F the share of labels at most t, G of predictions",
    reference="Kantorovich (1942), On the translocation of masses; AIF360 0.6.1, "
    "aif360/metrics/ot_metric.py",
    undefined="no row with weight in the group; aif360: labels or predictions add up to 0",
    values="[0, ∞)",
)
def ot_distance(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any = None,
    sample_weight: Any = None,
    convention: str = "auditkit",
) -> list[dict[str, Any]]:
    """Return the earth mover's distance from the labels to the predictions of each group.

    It asks whether the *distribution* is right, not whose label is met: predictions in another
    order have the same distance. Between groups, see ``score_wasserstein`` and
    ``prediction_wasserstein``.

    Examples
    --------
    >>> ot_distance([0, 1, 1], [0.5, 0.5, 0.5], sensitive_features={"sex": list("FFM")})[0]["value"]
    0.5
    """
    check_offers(convention, "ot_distance", ("auditkit", "aif360"))
    if convention == "aif360" and sample_weight is not None:
        raise MetricError("aif360's ot_distance takes no weights: leave sample_weight out")
    rows = read_rows(sensitive_features, sample_weight, y_true=y_true, y_pred=y_pred)
    label, said = (numbers_of(rows.columns[name]) for name in ("y_true", "y_pred"))
    if not (np.isfinite(label).all() and np.isfinite(said).all()):
        raise MetricError("y_true and y_pred must be finite")
    values: list[float] = []
    reasons: list[str | None] = []
    for place in range(len(rows.groups)):
        inside = (rows.group == place) & (rows.weight > 0)
        between = _as_masses if convention == "aif360" else _distributions
        found = between(label[inside], said[inside], rows.weight[inside])
        values.append(math.nan if isinstance(found, str) else found)
        reasons.append(found if isinstance(found, str) else None)
    columns: dict[str, Iterable[Any]] = {
        "value": values,
        "n": np.bincount(rows.group, minlength=len(rows.groups)).tolist(),
        "reason": reasons,
    }
    return tidy("ot_distance", rows.attributes, rows.groups, columns)


def _distributions(label: Floats, said: Floats, weight: Floats) -> float | str:
    if not len(label):
        return "no row with weight in the group"
    first, second = np.argsort(label), np.argsort(said)
    return wasserstein((label[first], weight[first]), (said[second], weight[second]))


def _as_masses(label: Floats, said: Floats, weight: Floats) -> float | str:
    """Follow aif360/metrics/ot_metric.py: a number is where its mass lies, and how much it is."""
    if not len(label):
        return "no row with weight in the group"
    lift = max(0.0, -float(min(label.min(), said.min())))
    masses = [values + lift for values in (label, said)]
    if not all(values.sum() > 0 for values in masses):
        return "labels or predictions add up to 0"
    parts = [np.sort(values / values.sum()) for values in masses]
    return wasserstein((parts[0], parts[0]), (parts[1], parts[1]))


ROWS: tuple[Declared, ...] = tuple(_FAMILY.rows)
