"""DeLong's test: two areas under the ROC curve, of two groups or of two scores."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import Any

from auditkit.errors import MetricError, listed
from auditkit.metrics.arrays import check_alike, column_of
from auditkit.metrics.family import name_of, reference_of
from auditkit.metrics.scores.delong import (
    Ranks,
    check_level,
    interval_of,
    normal_quantile,
    ranks_as_given,
    ranks_sorted,
    standard_error,
)
from auditkit.metrics.scores.functions import NOBODY
from auditkit.metrics.scores.roc import ROC_AUC
from auditkit.metrics.scores.sample import read_scores

__all__ = ["DeLongTest", "delong_test"]


@dataclass(frozen=True, slots=True)
class DeLongTest:
    """Two areas under the ROC curve, compared.

    Attributes
    ----------
    names : tuple of str
        What is compared: ``first - second``.
    auc : tuple of (float or None)
        The two areas.
    difference : float or None
        First minus second.
    low, high : float or None
        Confidence interval of the difference, within [-1, 1]: of two groups by MOVER from the
        intervals of both (DeLong's on the logit scale), of two scores DeLong's symmetric one.
    level : float
        Of the interval.
    standard_error : float or None
        Of the difference.
    statistic, p_value : float or None
        Standard normal z, and its two-sided p-value.
    paired : bool
        Two scores of the same rows, or two independent groups.
    reason : str or None
        Why something is None.
    """

    names: tuple[str, str]
    auc: tuple[float | None, float | None]
    difference: float | None
    low: float | None
    high: float | None
    level: float
    standard_error: float | None
    statistic: float | None
    p_value: float | None
    paired: bool
    reason: str | None


def delong_test(
    y_true: Any,
    y_score: Any,
    *,
    other_score: Any = None,
    sensitive_features: Any = None,
    sample_weight: Any = None,
    pos_label: Any = None,
    reference: Any = None,
    level: float = 0.95,
) -> DeLongTest:
    """Compare two areas under the ROC curve: of two groups, or of two scores of the same rows.

    ``z = (A₁ − A₂) / SE``. Two groups are independent, so ``SE² = Var A₁ + Var A₂``; two scores
    of the same rows are not, and SE is that of the paired differences of DeLong's components.
    The interval of two groups is put together from those of each (Zou, Donner 2008): the symmetric
    one, ± z SE, covers as little as 84 % where a class has few rows (docs/coverage.md).

    Parameters
    ----------
    y_true, y_score, sample_weight, pos_label
        As in :func:`roc_auc`.
    other_score : array-like of shape (n,), optional
        A second score of the same rows: y_score is compared with it.
    sensitive_features : array-like, frame or mapping of arrays, optional
        Exactly two groups, instead of `other_score`.
    reference : str or tuple, optional
        The group that is subtracted; by default the second of the two in sorted order.
    level : float
        Confidence level, strictly between 0 and 1.

    Returns
    -------
    DeLongTest
        Areas in [0, 1], the difference in [-1, 1]. With a reason, and None elsewhere, when an area
        is undefined (one class of labels). There is no test, but for two groups an interval
        (Newcombe's of each), when a class has fewer than two rows, or the variance is 0.

    Raises
    ------
    MetricError
        When not exactly one of `other_score` and `sensitive_features` is given, or there are not
        two groups; and as :func:`roc_auc`.

    References
    ----------
    DeLong, DeLong, Clarke-Pearson (1988), Comparing the areas under two or more correlated
    receiver operating characteristic curves, Biometrics 44, 837-845. Zou, Donner (2008),
    Construction of confidence limits about effect measures, Statistics in Medicine 27, 1693-1702.

    Examples
    --------
    >>> y = [0, 0, 1, 1, 1, 0]
    >>> test = delong_test(y, [1, 4, 3, 8, 9, 2], other_score=[3, 1, 2, 5, 4, 6])
    >>> round(test.difference, 4), round(test.p_value, 4)
    (0.3333, 0.3865)
    """
    check_level(level)
    if (other_score is None) == (sensitive_features is None):
        raise MetricError("pass either other_score (the same rows) or sensitive_features (two)")
    given = {"sample_weight": sample_weight, "pos_label": pos_label}
    if other_score is not None:
        return _paired(y_true, y_score, other_score, given, level)
    return _unpaired(y_true, y_score, sensitive_features, reference, given, level)


def _paired(
    y_true: Any, y_score: Any, other: Any, given: dict[str, Any], level: float
) -> DeLongTest:
    both = [read_scores(ROC_AUC.name, y_true, s, **given).samples[0] for s in (y_score, other)]
    names = ("y_score", "other_score")
    _check_same_rows(y_score, other)
    lacks = both[0].lacks
    if lacks:
        return _undecided(names, (None, None), level, True, lacks)
    first, second = (ranks_as_given(sample.of(1), sample.of(0)) for sample in both)
    paired = Ranks(
        first.auc - second.auc,
        first.positive - second.positive,
        first.negative - second.negative,
        first.positive_weight,
        first.negative_weight,
    )
    return _decided(names, (first.auc, second.auc), standard_error(paired)[0], level, True)


def _check_same_rows(y_score: Any, other: Any) -> None:
    pair = [column_of("y_score", y_score), column_of("other_score", other)]
    check_alike([column for column in pair if column is not None])


def _unpaired(
    y_true: Any,
    y_score: Any,
    features: Any,
    reference: Any,
    given: dict[str, Any],
    level: float,
) -> DeLongTest:
    from auditkit.inference import mover_difference

    parted = read_scores(ROC_AUC.name, y_true, y_score, sensitive_features=features, **given)
    groups = parted.groups
    if len(groups) != 2:
        raise MetricError(
            f"delong_test compares two groups, got {len(groups)}: "
            f"{listed(map(name_of, groups))}; keep the rows of two"
        )
    order = (1, 0) if reference is not None and reference_of(groups, reference) == 0 else (0, 1)
    names = (name_of(groups[order[0]]), name_of(groups[order[1]]))
    samples = [parted.samples[i] for i in order]
    lacking = [sample.lacks if len(sample) else NOBODY for sample in samples]
    ranks = [
        None if lacks else ranks_sorted(sample.of(1), sample.of(0))
        for sample, lacks in zip(samples, lacking, strict=True)
    ]
    aucs = tuple(None if part is None else part.auc for part in ranks)
    if ranks[0] is None or ranks[1] is None:
        said = [
            f"{lacks} in {listed([name])}"
            for lacks, name in zip(lacking, names, strict=True)
            if lacks
        ]
        return _undecided(names, (aucs[0], aucs[1]), level, False, " and ".join(said))
    both = [(part, standard_error(part)) for part in ranks if part is not None]
    errors = [error for _, (error, _) in both if error is not None]
    error = math.hypot(*errors) if len(errors) == 2 else None
    first, second = ((part.auc, *interval_of(part, own, level, "logit")[:2]) for part, own in both)
    low, high = mover_difference(first, second)
    ends = max(-1.0, low), 1.0 if high is None else min(1.0, high)
    return _decided(names, (first[0], second[0]), error, level, False, ends)


def _decided(
    names: tuple[str, str],
    auc: tuple[float, float],
    error: float | None,
    level: float,
    paired: bool,
    ends: tuple[float, float] | None = None,
) -> DeLongTest:
    if not error:
        few = "fewer than two rows in a class"
        reason = few if error is None else "DeLong's variance is 0"
        return _undecided(names, auc, level, paired, reason, ends)
    gap = auc[0] - auc[1]
    z = normal_quantile(level)
    low, high = ends or (max(-1.0, gap - z * error), min(1.0, gap + z * error))
    p_value = max(math.erfc(abs(gap / error) / math.sqrt(2)), sys.float_info.min)
    return DeLongTest(names, auc, gap, low, high, level, error, gap / error, p_value, paired, None)


def _undecided(
    names: tuple[str, str],
    auc: tuple[float | None, float | None],
    level: float,
    paired: bool,
    reason: str,
    ends: tuple[float, float] | None = None,
) -> DeLongTest:
    gap = None if auc[0] is None or auc[1] is None else auc[0] - auc[1]
    low, high = ends or (None, None)
    return DeLongTest(names, auc, gap, low, high, level, None, None, None, paired, reason)
