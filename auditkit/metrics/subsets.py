"""Scores of a part of the people: whether a model says too much or too little of them.

The subset is given (:func:`mdss_bias_score`), or is the half-space of the sensitive features that a
linear regression finds (:func:`rich_subgroup`). For a search over crossed groups that tests what
it finds on rows it has not searched, see :func:`auditkit.subgroups.worst_subgroups`.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from auditkit.errors import MetricError, listed, shown
from auditkit.metrics.arrays import Column, check_alike, column_of, features_of, flags_of
from auditkit.metrics.conventions import check_offers
from auditkit.metrics.cubes import groups_of
from auditkit.metrics.declared import Declared
from auditkit.metrics.family import Family, numbers_of, warn

__all__ = ["mdss_bias_score", "rich_subgroup"]

Floats = NDArray[np.float64]

_FAMILY = Family(
    "score",
    {
        "y_true": "array-like of shape (n,)\n    0/1 or booleans; else pass `pos_label`.",
        "y_score": "array-like of shape (n,)\n    Probabilities of the positive label.",
        "y_pred": "array-like of shape (n,)\n    Decisions (0/1 or booleans), or scores in [0, 1].",
        "subset": "array-like of shape (n,), optional\n"
        "    True for the rows that are scored; all of them by default.",
        "overpredicted": "bool\n    True: is less observed than was said? False: more?",
        "penalty": "float\n    Taken off the score, 0 or more.",
        "convention": '{"auditkit", "aif360"}\n'
        "    AIF360 looks for q in [0.001, 1000] by halving, down to a step of 0.001, and rounds\n"
        "    the score to four digits.",
        "sensitive_features": "array-like, frame or mapping of arrays\n"
        "    Numbers as they are; of any other column, each value is a column of 0 and 1.",
        "rate": '{"false_positive_rate", "false_negative_rate"}\n'
        "    Whose disparity: among the rows with label 0, or with label 1.",
    },
)


@_FAMILY.metric(
    "Bias score of a subset (MDSS, Bernoulli)",
    needs=("label", "score"),
    formula="max over q of Σ y ln q − Σ ln(1 − p + q p) − penalty; q ≤ 1 if overpredicted, else "
    "q ≥ 1",
    reference="Zhang, Neill (2016), Identifying Significant Predictive Bias in Classifiers, "
    "arXiv 1611.08292; AIF360 0.6.1, aif360/detectors/mdss",
    undefined="fewer positive labels than scores of 1, or more than scores above 0: it is infinite",
    values="[−penalty, ∞)",
)
def mdss_bias_score(
    y_true: Any,
    y_score: Any,
    *,
    subset: Any = None,
    overpredicted: bool = True,
    penalty: float = 0.0,
    pos_label: Any = None,
    convention: str = "auditkit",
) -> float:
    """Return the evidence that the odds of a subset are not what the scores say, but q times it.

    The log likelihood ratio of the best q against q = 1: 0 where the rows lie on the other side.
    A subset chosen by looking at the scores of many is no longer evidence; see
    :func:`auditkit.subgroups.worst_subgroups`.

    Examples
    --------
    >>> y, p = [0, 0, 0, 1], [0.5, 0.5, 0.5, 0.5]  # the best q is 1/3
    >>> round(mdss_bias_score(y, p), 4)  # ln(1/3) − 4 ln(2/3)
    0.5232
    >>> mdss_bias_score(y, p, overpredicted=False)
    0.0
    """
    check_offers(convention, "mdss_bias_score", ("auditkit", "aif360"))
    if not 0 <= penalty < math.inf:
        raise MetricError(f"penalty is {shown(penalty)}; it must be 0 or more")
    columns = {"y_true": y_true, "y_score": y_score, "subset": subset}
    given = {name: column_of(name, values) for name, values in columns.items()}
    known = {name: column for name, column in given.items() if column is not None}
    if "y_true" not in known or "y_score" not in known:
        raise MetricError("mdss_bias_score needs y_true and y_score")
    check_alike(list(known.values()))
    label = np.asarray(flags_of(known["y_true"], None, pos_label)[0], dtype=np.float64)
    score = numbers_of(known["y_score"])
    if not ((score >= 0) & (score <= 1)).all():
        raise MetricError("y_score must be probabilities from 0 to 1")
    if "subset" in known:
        chosen = np.asarray(flags_of(None, known["subset"], None)[1], dtype=bool)
        if not chosen.any():
            raise MetricError("no row is in subset")
        label, score = label[chosen], score[chosen]
    if convention == "aif360":
        return _score_of_aif(float(label.sum()), score, overpredicted, penalty)
    value = _best_score(label, score, overpredicted)
    if math.isinf(value):
        warn(
            "mdss_bias_score is undefined: it is infinite, since there are "
            + (
                "fewer positive labels than scores of 1"
                if overpredicted
                else "more positive labels than scores above 0"
            ),
            stacklevel=3,
        )
        return math.nan
    return value - penalty


def _best_score(label: Floats, score: Floats, overpredicted: bool) -> float:
    """Maximise over t = ln q: the slope Σ y − Σ qp / (1 − p + qp) falls as t grows."""
    observed = float(label.sum())
    if observed == score.sum() or (observed < score.sum()) != overpredicted:
        return 0.0  # the best q is 1, or on its other side
    with np.errstate(divide="ignore"):
        yes, no = np.log(score), np.log1p(-score)
    end = int((score == 1).sum()) if overpredicted else int((score > 0).sum())
    if observed == end:  # the best q is 0, or infinite, and the score is not
        return max(0.0, -float(no[score < 1].sum() if overpredicted else yes[score > 0].sum()))
    if (observed < end) == overpredicted:
        return math.inf

    def slope(t: float) -> float:
        return observed - float(np.exp(t + yes - np.logaddexp(no, t + yes)).sum())

    near, far = 0.0, -1.0 if overpredicted else 1.0
    while (slope(far) < 0) == overpredicted:
        near, far = far, 2 * far
    for _ in range(200):
        middle = (near + far) / 2
        if middle in {near, far}:
            break
        near, far = (middle, far) if (slope(middle) < 0) == overpredicted else (near, middle)
    return max(0.0, observed * far - float(np.logaddexp(no, far + yes).sum()))


def _score_of_aif(observed: float, score: Floats, overpredicted: bool, penalty: float) -> float:
    """Follow aif360/detectors/mdss: halve [0.001, 1000] until 0.001 wide, round to 4 digits."""
    low, high = 1e-3, 1e3
    while high - low > 1e-3:
        q = (low + high) / 2
        if observed - float((q * score / (1 - score + q * score)).sum()) > 0:
            low = q
        else:
            high = q
    q = (low + high) / 2
    if (q > 1) if overpredicted else (q < 1):
        q = 1.0
    value = observed * math.log(q) - float(np.log(1 - score + q * score).sum()) - penalty
    return float(np.round(value, 4))


@_FAMILY.metric(
    "Rich subgroup disparity",
    needs=("label", "prediction", "group"),
    formula="share of all people in S × |rate in S − rate|, S a half-space of the sensitive "
    "features",
    reference="Kearns, Neel, Roth, Wu (2018), Preventing Fairness Gerrymandering, ICML; AIF360 "
    "0.6.1, aif360/algorithms/inprocessing/gerryfair/auditor.py",
    undefined="nobody has the label that the rate is of",
    values="[0, ¼]",
)
def rich_subgroup(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    rate: Literal["false_positive_rate", "false_negative_rate"] = "false_positive_rate",
    pos_label: Any = None,
) -> float:
    """Return the disparity of the worst half-space that a linear regression finds.

    The errors of the rows that the rate is of are regressed on the sensitive features; those for
    whom it predicts more than the mean are one subgroup, those with less the other, and the worse
    counts. It is a heuristic, as in the paper: a worse subgroup may exist. The subgroup is chosen
    on the rows that it is measured on, so the number is above 0 by chance alone.

    Examples
    --------
    >>> y, p = [0, 0, 0, 0, 1, 1], [1, 1, 0, 0, 1, 1]  # all false alarms are in group a
    >>> round(rich_subgroup(y, p, sensitive_features=list("aabbab")), 3)  # 2/6 × |1 − ½|
    0.167
    """
    if rate not in {"false_positive_rate", "false_negative_rate"}:
        raise MetricError(
            f"rate is '{shown(rate)}'; use 'false_positive_rate' or 'false_negative_rate'"
        )
    label_column, decision = column_of("y_true", y_true), column_of("y_pred", y_pred)
    sides = features_of(sensitive_features)
    if label_column is None or decision is None or not sides:
        raise MetricError("rich_subgroup needs y_true, y_pred and sensitive_features")
    size = check_alike([label_column, decision, *sides])
    label = np.asarray(flags_of(label_column, None, pos_label)[0])
    said = _decisions(decision, pos_label)
    matrix = np.column_stack([part for column in sides for part in _numeric(column)])
    asked = label == (0 if rate == "false_positive_rate" else 1)
    if not asked.any():
        warn(f"rich_subgroup is undefined: nobody has the label that the {rate} is of", 3)
        return math.nan
    errors = said[asked] if rate == "false_positive_rate" else 1 - said[asked]
    return _worse_half(errors, matrix[asked], size)


def _worse_half(errors: Floats, matrix: Floats, size: int) -> float:
    """Return the disparity of the worse of the two sides of the regression."""
    off = errors - errors.mean()
    design = np.column_stack([np.ones(len(off)), matrix - matrix.mean(axis=0)])
    fitted = design @ np.linalg.lstsq(design, off, rcond=None)[0]
    line = 1e-12 * max(1.0, float(np.abs(off).max()))  # on the line within rounding: in no subgroup
    worst = 0.0
    for inside in (fitted > line, fitted < -line):
        if inside.any():
            worst = max(worst, float(inside.sum() / size * abs(off[inside].mean())))
    return worst


def _decisions(column: Column, pos_label: Any) -> Floats:
    if pos_label is None and column.values.dtype.kind == "f":
        values = numbers_of(column)
        if ((values >= 0) & (values <= 1)).all():
            return values
    return np.asarray(flags_of(None, column, pos_label)[1], dtype=np.float64)


def _numeric(column: Column) -> list[Floats]:
    """Return numbers as they are, and any other column as a column of 0 and 1 for each value."""
    if column.values.dtype.kind in "biuf" and not column.declared:
        values = numbers_of(column)
        if not np.isfinite(values).all():
            raise MetricError(f"{listed([column.name])} has infinite values")
        return [values]
    codes, groups = groups_of([column])
    return [(codes == place).astype(np.float64) for place in range(len(groups))]


ROWS: tuple[Declared, ...] = tuple(_FAMILY.rows)
