"""Groups compared within strata straight from arrays: one call from columns to adjusted gaps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from auditkit import inference
from auditkit.counts import Cube, Group
from auditkit.errors import MetricError
from auditkit.fairness import asked_metric, rates_of, reference_place
from auditkit.metrics.arrays import features_of
from auditkit.metrics.cubes import cube_of
from auditkit.metrics.declared import Metric
from auditkit.metrics.family import columns_of
from auditkit.policy import Policy
from auditkit.strata.rates import pair_of

__all__ = ["AdjustedGap", "adjusted_gaps"]

Table = tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True)
class AdjustedGap:
    """One group compared with the reference, together and within strata.

    Attributes
    ----------
    attributes, group, reference : tuple
        Who is compared with whom.
    strata : tuple of str
        Within what.
    metric : str
        Whose rate.
    pooled : MantelHaenszel
        The odds ratio that ignores the strata.
    adjusted : MantelHaenszel
        The Mantel-Haenszel odds ratio with its Robins-Breslow-Greenland interval, and the
        Cochran-Mantel-Haenszel test without continuity correction.
    corrected : MantelHaenszel
        The same with the continuity correction in ``chi2`` and ``p_value``.
    difference, ratio : CommonEffect
        What the strata have in common as a difference and as a ratio of rates.
    homogeneity : tuple of (chi2, df, p_value) or None
        The Breslow-Day test with Tarone's correction: do the strata agree?
    levels : tuple of tuple
        The strata, in the order of `tables`.
    tables : tuple of (events, n, reference events, reference n)
        The counts of each stratum; effective counts under weights.
    """

    attributes: tuple[str, ...]
    group: Group
    reference: Group
    strata: tuple[str, ...]
    metric: str
    pooled: inference.MantelHaenszel
    adjusted: inference.MantelHaenszel
    corrected: inference.MantelHaenszel
    difference: inference.CommonEffect
    ratio: inference.CommonEffect
    homogeneity: tuple[float, int, float] | None
    levels: tuple[Group, ...]
    tables: tuple[Table, ...]


def adjusted_gaps(
    y_true: Any,
    y_pred: Any = None,
    *,
    sensitive_features: Any,
    strata: Any,
    metric: str | None = None,
    reference: Any = None,
    sample_weight: Any = None,
    pos_label: Any = None,
    level: float = 0.95,
) -> tuple[AdjustedGap, ...]:
    r"""Compare each group with the reference among people of the same stratum.

    .. math:: \widehat{OR}_{MH} = \frac{\sum_s x_{as} (n_{bs} - x_{bs}) / N_s}
              {\sum_s x_{bs} (n_{as} - x_{as}) / N_s}

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,) or None
        0/1 or booleans; anything else needs `pos_label`.
    sensitive_features : array-like, frame or mapping of arrays
        The groups; several columns are crossed, a missing value is a group.
    strata : array-like, frame or mapping of arrays
        Department, site, year; several columns are crossed, a missing value is a stratum.
    metric : str, optional
        A name from :data:`auditkit.metrics.METRICS`; by default the selection rate, or without
        `y_pred` the base rate.
    reference : str or tuple, optional
        The reference group; by default the one with the highest rate of all together among those
        large enough.
    sample_weight : array-like of shape (n,), optional
        Weights, not negative. Counts are then effective ones (see :mod:`auditkit.fairness`); rows
        that stand for several people (counts) are better written out with ``repeat``.
    pos_label : scalar, optional
        The positive value.
    level : float
        Confidence level.

    Returns
    -------
    tuple of AdjustedGap
        One a group. What is undefined is None, with a ``reason`` beside it: no stratum has both
        groups and a varying outcome, say.

    Raises
    ------
    MetricError
        On inputs that do not match, labels that need `pos_label`, one group only, no strata, an
        unknown metric or reference.

    References
    ----------
    .. [1] Mantel N, Haenszel W (1959), JNCI 22, 719-748; Robins J, Breslow N, Greenland S (1986),
       Biometrics 42, 311-323; Greenland S, Robins JM (1985), Biometrics 41, 55-68.
    .. [2] Bickel PJ, Hammel EA, O'Connell JW (1975). Sex bias in graduate admissions: data from
       Berkeley. Science 187, 398-404.

    Examples
    --------
    Berkeley 1973, two of six departments: women and men.

    >>> admitted = [1] * 89 + [0] * 19 + [1] * 512 + [0] * 313
    >>> admitted += [1] * 17 + [0] * 8 + [1] * 353 + [0] * 207
    >>> sex = ["F"] * 108 + ["M"] * 825 + ["F"] * 25 + ["M"] * 560
    >>> dept = ["A"] * 933 + ["B"] * 585
    >>> (gap,) = adjusted_gaps(admitted, sensitive_features=sex, strata=dept, reference="M")
    >>> round(gap.adjusted.odds_ratio, 2), gap.adjusted.strata_used, gap.tables[0]
    (2.35, 2, (89, 108, 512, 825))
    """
    row = asked_metric(metric or ("base_rate" if y_pred is None else "selection_rate"), y_true,
                       y_pred)  # fmt: skip
    given = {"sample_weight": sample_weight, "pos_label": pos_label}
    whole = cube_of(y_true, y_pred, sensitive_features=sensitive_features, **given)
    pooled = rates_of(row, whole)
    place = reference_place(pooled, whole, reference, Policy.default())
    names, crossed = _crossed(sensitive_features, strata)
    cube = cube_of(y_true, y_pred, sensitive_features=crossed, **given)
    base = whole.groups[place]
    return tuple(
        _adjusted(
            cube, row, (whole.attributes, names), (group, base),
            (*pair_of(pooled, index), *pair_of(pooled, place)), level,
        )
        for index, group in enumerate(whole.groups)
        if index != place
    )  # fmt: skip


def _crossed(features: Any, strata: Any) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Return the names of the strata, and the columns of groups and strata under names apart."""
    if strata is None:
        raise MetricError("no strata were given")
    groups, within = features_of(features), columns_of("strata", strata)
    names = tuple(column.name for column in within)
    columns = {f"group {place}": column.native for place, column in enumerate(groups)}
    columns |= {f"stratum {place}": column.native for place, column in enumerate(within)}
    return names, columns


def _adjusted(
    cube: Cube,
    metric: Metric,
    names: tuple[tuple[str, ...], tuple[str, ...]],
    compared: tuple[Group, Group],
    whole: Table,
    level: float,
) -> AdjustedGap:
    group, base = compared
    rates = rates_of(metric, cube)
    pairs = {key: pair_of(rates, index) for index, key in enumerate(rates.groups)}
    levels = sorted(
        {key[len(group) :] for key in pairs if key[: len(group)] in compared},
        key=lambda values: [(value is None, value or "") for value in values],
    )
    tables: list[Table] = [
        (*pairs.get((*group, *values), (0, 0)), *pairs.get((*base, *values), (0, 0)))
        for values in levels
    ]
    return AdjustedGap(
        attributes=names[0],
        group=group,
        reference=base,
        strata=names[1],
        metric=metric.name,
        pooled=inference.mantel_haenszel([whole], level=level),
        adjusted=inference.mantel_haenszel(tables, level=level),
        corrected=inference.mantel_haenszel(tables, level=level, correction=True),
        difference=inference.mantel_haenszel_difference(tables, level=level),
        ratio=inference.mantel_haenszel_ratio(tables, level=level),
        homogeneity=inference.breslow_day(tables),
        levels=tuple(levels),
        tables=tuple(tables),
    )
