"""Area under the ROC curve, overall and by group: exact ranks, ties counted half."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from auditkit.counts import Group
from auditkit.errors import MetricError, listed, shown
from auditkit.metrics.scores.between import Value
from auditkit.metrics.scores.delong import (
    above,
    check_level,
    interval_of,
    ranks_sorted,
    standard_error,
)
from auditkit.metrics.scores.functions import NOBODY, Scored, between, plain
from auditkit.metrics.scores.ordered import Ordered, in_order
from auditkit.metrics.scores.sample import Parted, Sample, read_scores

__all__ = ["ROWS", "RocAuc", "roc_auc", "roc_auc_by_group", "roc_auc_difference",
           "roc_auc_ratio"]  # fmt: skip


def _auc(sample: Sample) -> Value:
    return sample.lacks or above(sample.of(1), sample.of(0))[0]


def _aucs(parted: Parted) -> list[Value] | None:
    found = in_order(parted)
    if found is None:
        return None
    return [(rows.lacks or rows.area) if len(rows) else NOBODY for rows in found]


ROC_AUC = Scored(
    name="roc_auc",
    title="Area under the ROC curve",
    family="score",
    needs=("label", "score"),
    better="up",
    formula="P(s⁺ > s⁻) + ½ P(s⁺ = s⁻)",
    reference="Hanley, McNeil (1982), The meaning and use of the area under a ROC curve, "
    "Radiology 143",
    undefined="only one class of labels",
    of=_auc,
    probability=False,
    together=_aucs,
)

ROWS = (ROC_AUC,)
_INTERVALS = ("logit", "normal", "newcombe")

roc_auc = plain(ROC_AUC, 0.8333)
roc_auc_difference = between(ROC_AUC, "difference", 0.1667)
roc_auc_ratio = between(ROC_AUC, "ratio", 0.8)


@dataclass(frozen=True, slots=True)
class RocAuc:
    """The area under the ROC curve in one group.

    Attributes
    ----------
    group : tuple
        One value for each sensitive feature; None is a missing value.
    value : float or None
        The area; None when undefined.
    low, high : float or None
        Its confidence interval.
    standard_error : float or None
        Square root of DeLong's variance; None with fewer than two rows in a class.
    level : float
        Of the interval.
    method : str
        How the interval was made: ``"delong-logit"``, ``"delong"`` or ``"newcombe"``.
    positives, negatives : int
        Rows of each class.
    reason : str or None
        Why there is no value.
    """

    group: Group
    value: float | None
    low: float | None
    high: float | None
    standard_error: float | None
    level: float
    method: str
    positives: int
    negatives: int
    reason: str | None


def roc_auc_by_group(
    y_true: Any,
    y_score: Any,
    *,
    sensitive_features: Any,
    sample_weight: Any = None,
    pos_label: Any = None,
    level: float = 0.95,
    interval: Literal["logit", "normal", "newcombe"] = "logit",
) -> tuple[RocAuc, ...]:
    """Return the area under the ROC curve of each group, with DeLong's interval.

    The variance is DeLong's: that of each row's share of opposite rows ranked on the right side
    of it, by class. It costs one sort of each class.

    Parameters
    ----------
    y_true, y_score, sensitive_features, sample_weight, pos_label
        As in :func:`roc_auc_difference`. With weights the variance is linearised; scaling all
        weights changes nothing.
    level : float
        Confidence level, strictly between 0 and 1.
    interval : {"logit", "normal", "newcombe"}
        ``"logit"``: DeLong's variance on the logit scale, within (0, 1), with Student's t at
        Satterthwaite's degrees of freedom, so that a class of few rows counts for what it is.
        ``"normal"``: the symmetric one, cut to [0, 1], as pROC gives; it covers too little near 1
        (about 90 % for an area of 0.95 with 50 rows in each class). ``"newcombe"``: Newcombe's
        method 5, from the area and the two class sizes alone; it stands in for the others when a
        class has fewer than 10 rows or DeLong's variance is 0 (an area of 0 or 1).

    Returns
    -------
    tuple of RocAuc
        One a group, sorted, in [0, 1]; undefined for a group with one class of labels: None, with a
        reason.

    Raises
    ------
    MetricError
        As :func:`roc_auc_difference`, and on a level out of range.

    References
    ----------
    .. [1] DeLong, DeLong, Clarke-Pearson (1988), Comparing the areas under two or more correlated
       receiver operating characteristic curves, Biometrics 44, 837-845.
    .. [2] Sun, Xu (2014), Fast implementation of DeLong's algorithm, IEEE Signal Processing
       Letters 21, 1389-1393.
    .. [3] Pepe (2003), The Statistical Evaluation of Medical Tests, 5.2 (logit).
    .. [4] Satterthwaite (1946), An approximate distribution of estimates of variance components,
       Biometrics Bulletin 2; Brunner, Munzel (2000), Biometrical Journal 42.
    .. [5] Newcombe (2006), Confidence intervals for an effect size measure based on the
       Mann-Whitney statistic, part 2, Statistics in Medicine 25, 559-573.

    Examples
    --------
    >>> y, p = [0, 0, 1, 1, 1] * 2, [0.1, 0.4, 0.35, 0.8, 0.9, 0.5, 0.6, 0.6, 0.7, 0.2]
    >>> for row in roc_auc_by_group(y, p, sensitive_features=list("aaaaabbbbb")):
    ...     print(row.group, round(row.value, 3), round(row.low, 3), round(row.high, 3))
    ('a',) 0.833 0.313 0.981
    ('b',) 0.583 0.17 0.904
    """
    check_level(level)
    if interval not in _INTERVALS:
        raise MetricError(f"interval is '{shown(interval)}'; use {listed(_INTERVALS)}")
    parted = read_scores(
        ROC_AUC.name, y_true, y_score, sensitive_features=sensitive_features,
        sample_weight=sample_weight, pos_label=pos_label,
    )  # fmt: skip
    ordered: Sequence[Ordered | Sample] = in_order(parted) or parted.samples
    rows = []
    for group, mine in zip(parted.groups, ordered, strict=True):
        lacks = mine.lacks if len(mine) else NOBODY
        sizes = mine.positives, mine.negatives
        if lacks:
            rows.append(RocAuc(group, None, None, None, None, level, interval, *sizes, lacks))
            continue
        ranks = mine.ranks if isinstance(mine, Ordered) else ranks_sorted(mine.of(1), mine.of(0))
        error, df = standard_error(ranks)
        low, high, method = interval_of(ranks, (error, df), level, interval)
        rows.append(RocAuc(group, ranks.auc, low, high, error, level, method, *sizes, None))
    return tuple(rows)
