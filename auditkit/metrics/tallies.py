"""Counts of each group: who is there, who is selected, and how labels and decisions agree."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.errors import MetricError, listed
from auditkit.metrics.cubes import cube_of
from auditkit.metrics.declared import Declared
from auditkit.metrics.family import Family
from auditkit.metrics.scores.sample import read_scores

__all__ = ["confusion_counts", "generalized_confusion_counts"]

_FAMILY = Family(
    "quotient",
    {
        "y_true": "array-like of shape (n,)\n    0/1 or booleans; else pass `pos_label`.",
        "y_pred": "array-like of shape (n,)\n    0/1 or booleans; else pass `pos_label`.",
        "y_score": "array-like of shape (n,)\n    Probabilities of the positive label.",
        "sensitive_features": "array-like, frame or mapping of arrays, optional\n"
        "    The groups; without them there is one row for everybody.",
    },
)
_FAWCETT = "Fawcett (2006), An introduction to ROC analysis, Pattern Recognition Letters 27"


@_FAMILY.metric(
    "Counts of labels and decisions",
    needs=("label", "prediction"),
    formula="TP, FP, FN, TN; P = TP + FN, N = FP + TN; selected TP + FP, not selected FN + TN",
    reference=_FAWCETT,
    undefined="never",
    values="[0, n]",
    better="neither",
)
def confusion_counts(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any = None,
    sample_weight: Any = None,
    pos_label: Any = None,
) -> list[dict[str, Any]]:
    """Return the counts of each group as tidy rows, one row for each count of each group.

    The counts are ``rows``, ``positives`` and ``negatives`` (of the labels), ``selected`` and
    ``not_selected``, ``true_positives``, ``false_positives``, ``false_negatives`` and
    ``true_negatives``; `value` is the sum of the weights, `n` the number of rows. Rates are in
    :func:`by_group`.

    Examples
    --------
    >>> rows = confusion_counts([1, 1, 0], [1, 0, 0], sensitive_features={"sex": list("FFM")})
    >>> [(row["sex"], row["value"]) for row in rows if row["metric"] == "true_positives"]
    [('F', 1.0), ('M', 0.0)]
    """
    if y_true is None or y_pred is None:
        raise MetricError("confusion_counts needs y_true and y_pred")
    cube = cube_of(
        y_true, y_pred, sensitive_features=sensitive_features, sample_weight=sample_weight,
        pos_label=pos_label,
    )  # fmt: skip
    names = _named(cube.w[:, :2, :2]), _named(cube.n[:, :2, :2])
    return _tidy(cube.attributes, cube.groups, *names)


@_FAMILY.metric(
    "Counts of labels and scores (generalized)",
    needs=("label", "score"),
    formula="GTP = Σ p over y=1, GFN = Σ (1 − p) over y=1; GFP = Σ p over y=0, GTN = Σ (1 − p)",
    reference="Pleiss et al. (2017), On fairness and calibration, NeurIPS 30; AIF360 0.6.1, "
    "num_generalized_true_positives and the like",
    undefined="never",
    values="[0, n]",
    better="neither",
)
def generalized_confusion_counts(
    y_true: Any,
    y_score: Any,
    *,
    sensitive_features: Any = None,
    sample_weight: Any = None,
    pos_label: Any = None,
) -> list[dict[str, Any]]:
    """Return what the counts are when a score of p is p of a selection: tidy rows.

    The same counts as :func:`confusion_counts`; `n` is the number of rows that could count.

    Examples
    --------
    >>> rows = generalized_confusion_counts([1, 1, 0], [0.75, 0.5, 0.25])
    >>> [row["value"] for row in rows if row["metric"] == "true_positives"]
    [1.25]
    """
    parted = read_scores(
        "generalized_confusion_counts", y_true, y_score, sensitive_features=sensitive_features,
        sample_weight=sample_weight, pos_label=pos_label, probability=True,
    )  # fmt: skip
    size = len(parted.groups)
    cells, rows = np.zeros((size, 2, 2)), np.zeros((size, 2, 2), dtype=np.int64)
    for place, sample in enumerate(parted.samples):
        for label in (0, 1):
            score, weight = sample.of(label)
            mass = np.ones(len(score)) if weight is None else weight
            said = float((score * mass).sum())
            cells[place, label] = float(mass.sum()) - said, said
            rows[place, label] = len(score)
    return _tidy(parted.attributes, parted.groups, _named(cells), _named(rows))


def _named(cells: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Name the sums of a (groups, label, decision) table."""
    return {
        "rows": cells.sum(axis=(1, 2)),
        "positives": cells[:, 1].sum(axis=1),
        "negatives": cells[:, 0].sum(axis=1),
        "selected": cells[:, :, 1].sum(axis=1),
        "not_selected": cells[:, :, 0].sum(axis=1),
        "true_positives": cells[:, 1, 1],
        "false_positives": cells[:, 0, 1],
        "false_negatives": cells[:, 1, 0],
        "true_negatives": cells[:, 0, 0],
    }


def _tidy(
    attributes: tuple[str, ...],
    groups: Any,
    weights: dict[str, NDArray[Any]],
    rows: dict[str, NDArray[Any]],
) -> list[dict[str, Any]]:
    taken = {"metric", "value", "n", "reason"} & set(attributes)
    if taken:
        raise MetricError(f"no sensitive feature can be called {listed(sorted(taken))}: rename it")
    return [
        {
            **dict(zip(attributes, group, strict=True)),
            "metric": name,
            "value": float(weights[name][place]),
            "n": int(rows[name][place]),
            "reason": None,
        }
        for place, group in enumerate(groups)
        for name in weights
    ]


ROWS: tuple[Declared, ...] = tuple(_FAMILY.rows)
