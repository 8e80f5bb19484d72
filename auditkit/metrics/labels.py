"""Before training: who is in the data, and how far apart the labels of two groups are.

Group shares, the gap in positive labels, and disparity within strata are here; distances between
whole label distributions are in :mod:`auditkit.metrics.distances` and come out of this door too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.counts import Group
from auditkit.errors import MetricError, listed
from auditkit.metrics import distances
from auditkit.metrics.arrays import Column, check_alike, features_of, flags_of
from auditkit.metrics.compare import Question, answer
from auditkit.metrics.conventions import check_offers
from auditkit.metrics.cubes import cube_of, groups_of
from auditkit.metrics.declared import METRICS, Declared
from auditkit.metrics.distances import (
    chebyshev_distance,
    earth_movers_distance,
    hellinger_distance,
    jensen_shannon_divergence,
    kl_divergence,
    kolmogorov_smirnov,
    lp_norm,
    total_variation_distance,
)
from auditkit.metrics.family import (
    Family,
    columns_of,
    name_of,
    read_rows,
    reference_of,
    required_reference,
    warn,
)

__all__ = [
    "chebyshev_distance",
    "class_imbalance",
    "conditional_demographic_disparity",
    "demographic_disparity",
    "earth_movers_distance",
    "group_share_evenness",
    "group_share_imbalance",
    "hellinger_distance",
    "jensen_shannon_divergence",
    "kl_divergence",
    "kolmogorov_smirnov",
    "label_proportion_difference",
    "lp_norm",
    "total_variation_distance",
]

_FAMILY = Family(
    "label-distance",
    {
        "y_true": "array-like of shape (n,)\n    The labels (or decisions), none missing.",
        "convention": "str\n    Whose rules to follow, a name in "
        ":data:`auditkit.metrics.CONVENTIONS`, where that\n    library has the metric. Most need "
        "`reference`.",
        "strata": "array-like, frame or mapping of arrays\n"
        "    Compare within each stratum; several columns are crossed, missing is a stratum.",
    },
)
_SIGNED = "[0, 1], or [−1, 1] with a reference"
_CLARIFY = "Hardt et al. (2021), Amazon SageMaker Clarify, KDD"
_WACHTER = "Wachter, Mittelstadt, Russell (2021), Why fairness cannot be automated, CLSR 41"
_DPL = Question(metric="base_rate_difference", kind="difference", parts=(METRICS["base_rate"],))
_shares = partial(_FAMILY.metric, needs=("group",))
_labels = partial(_FAMILY.metric, needs=("label", "group"))


@_shares(
    "Class imbalance",
    formula="(n_a − n_d) / (n_a + n_d), a the reference (or the largest group), d the other",
    reference=_CLARIFY,
    undefined="no group that is compared has weight",
    values=_SIGNED,
)
def class_imbalance(
    *,
    sensitive_features: Any,
    sample_weight: Any = None,
    reference: Any = None,
    convention: str = "auditkit",
) -> float:
    """Return how much larger one group is than another.

    Positive: the reference has more rows. Of several groups, the one furthest from the reference;
    without a reference, the smallest against the largest. Clarify's CI and AIF360's
    ``class_imbalance`` take all other groups as one, and AIF360 has the opposite sign:
    (n_u − n_p) / (n_u + n_p), u not the reference.

    Examples
    --------
    >>> class_imbalance(sensitive_features=["M", "M", "M", "F"])
    0.5
    >>> class_imbalance(sensitive_features=["M", "M", "M", "F"], reference="F")
    -0.5
    """
    groups, sizes = _sizes(sensitive_features, sample_weight)
    if convention != "auditkit":
        check_offers(convention, "class_imbalance", ("clarify", "aif360"))
        base = float(sizes[required_reference(groups, reference, convention)])
        share = (2 * base - float(sizes.sum())) / float(sizes.sum())
        return share if convention == "clarify" else -share
    if reference is None:
        base, others = sizes.max(), sizes.min(keepdims=True)
    else:
        place = reference_of(groups, reference)
        base, others = sizes[place], np.delete(sizes, place)
    found = [float((base - other) / (base + other)) for other in others if base + other > 0]
    if not found:
        warn("class_imbalance is undefined: no group that is compared has weight", stacklevel=3)
        return math.nan
    return max(found, key=abs)


@_shares(
    "Imbalance of group shares",
    formula="1 − min share / max share",
    reference="The ratio of the smallest to the largest group, for any number of groups",
    undefined="never",
)
def group_share_imbalance(*, sensitive_features: Any, sample_weight: Any = None) -> float:
    """Return one minus the share of the smallest group over that of the largest.

    0 when all are equally large; a declared category that nobody falls into has size 0.

    Examples
    --------
    >>> group_share_imbalance(sensitive_features=list("aaaabbcc"))
    0.5
    """
    _, sizes = _sizes(sensitive_features, sample_weight)
    return float(1 - sizes.min() / sizes.max())


@_shares(
    "Evenness of group shares",
    formula="−Σ_g s_g ln s_g / ln G, s_g the share of group g of G groups",
    reference="Pielou (1966), The measurement of diversity in different types of collections",
    undefined="never",
    better="one",
)
def group_share_evenness(*, sensitive_features: Any, sample_weight: Any = None) -> float:
    """Return the normalised entropy of the group shares: 1 when all are equally large.

    Examples
    --------
    >>> group_share_evenness(sensitive_features=list("aabbccdd"))
    1.0
    """
    _, sizes = _sizes(sensitive_features, sample_weight)
    shares = sizes[sizes > 0] / sizes.sum()
    return float(abs((shares * np.log(shares)).sum()) / math.log(len(sizes)))


@_labels(
    "Difference in the proportions of labels",
    formula="max over groups − min over groups of P(y=1)",
    reference=_CLARIFY,
    undefined="fewer than two groups have rows with weight",
    values=_SIGNED,
)
def label_proportion_difference(
    y_true: Any,
    *,
    sensitive_features: Any,
    sample_weight: Any = None,
    pos_label: Any = None,
    reference: Any = None,
    convention: str = "auditkit",
) -> float:
    """Return the gap between groups in the share of positive labels (DPL).

    With `reference`: share of the group − share of the reference, for the furthest group, as for
    every difference here. Clarify's DPL is q_a − q_d, a the reference: the opposite sign, as
    ``convention="clarify"`` gives it. It is the difference of the base rates.

    Examples
    --------
    >>> label_proportion_difference([1, 0, 1, 1], sensitive_features=["F", "F", "M", "M"])
    0.5
    """
    cube = cube_of(
        y_true, None, sensitive_features=sensitive_features, sample_weight=sample_weight,
        pos_label=pos_label,
    )  # fmt: skip
    return answer(_DPL, cube, convention=convention, reference=reference)


@_labels(
    "Demographic disparity",
    formula="n_g0 / n_0 − n_g1 / n_1: share of group g in the negative − in the positive labels",
    reference=_WACHTER,
    undefined="no positive or no negative labels",
    values=_SIGNED,
)
def demographic_disparity(
    y_true: Any,
    *,
    sensitive_features: Any,
    sample_weight: Any = None,
    pos_label: Any = None,
    reference: Any = None,
    convention: str = "auditkit",
) -> float:
    """Return how much more of the negatives than of the positives a group makes up.

    Without `reference`: the group that is worst off. With it: the other group furthest from 0,
    signed. Disparities of all groups add up to 0. For one group against all others together, pass
    ``column == "group"``. AIF360's ``conditional_demographic_disparity`` has no stratum: it is the
    mean of these over the groups, weighted by their size, and 0 for two groups of equal size.

    Examples
    --------
    >>> demographic_disparity([1, 0, 0, 1, 1], sensitive_features=list("FFMMM"), reference="M")
    0.16...
    """
    check_offers(convention, "demographic_disparity", ("auditkit", "aif360"))
    found, groups, sizes = _disparities(
        y_true, sensitive_features, None, sample_weight, pos_label, False
    )
    if convention == "aif360":
        return float(sizes @ found / sizes.sum())
    return _one_of(found, groups, reference)


@_FAMILY.metric(
    "Conditional demographic disparity",
    needs=("label", "group", "stratum"),
    formula="Σ_s n_s DD_s / Σ_s n_s, DD_s the demographic disparity in stratum s",
    reference=_WACHTER,
    undefined="no stratum has both positive and negative labels",
    values=_SIGNED,
)
def conditional_demographic_disparity(
    y_true: Any,
    *,
    sensitive_features: Any,
    strata: Any,
    sample_weight: Any = None,
    pos_label: Any = None,
    reference: Any = None,
    convention: str = "auditkit",
) -> float:
    """Return the mean demographic disparity within strata, weighted by their size (CDD, CDDL).

    A stratum without positives or without negatives has no disparity: it is left out and named
    (Clarify counts the missing side as 0, and all groups but the reference are its facet).
    Without `reference`: the group that is worst off; with it: the other group furthest from 0,
    signed.

    Examples
    --------
    >>> conditional_demographic_disparity(
    ...     [1, 0, 1, 0, 0, 1], sensitive_features=list("FMFMFF"), strata=list("xxyyyy"),
    ...     reference="M",
    ... )
    -0.66...
    """
    if strata is None:
        raise MetricError("conditional_demographic_disparity needs strata")
    check_offers(convention, "conditional_demographic_disparity", ("auditkit", "clarify"))
    clarify = convention == "clarify"
    found, groups, _ = _disparities(
        y_true, sensitive_features, strata, sample_weight, pos_label, clarify
    )
    if clarify:
        return float(np.delete(found, required_reference(groups, reference, convention)).sum())
    return _one_of(found, groups, reference)


def _one_of(found: NDArray[np.float64], groups: Sequence[Group], reference: Any) -> float:
    """Return the disparity of the group that is worst off, or furthest from 0."""
    if np.isnan(found).any():
        return math.nan
    if reference is None:
        return float(found.max())
    return float(max(np.delete(found, reference_of(groups, reference)), key=abs))


def _disparities(
    y_true: Any, features: Any, strata: Any, weight: Any, pos_label: Any, fill: bool
) -> tuple[NDArray[np.float64], tuple[Group, ...], NDArray[np.float64]]:
    """Return the disparity and the size of each group; `fill`: a side without people counts 0."""
    rows = read_rows(features, weight, y_true=y_true)
    _check_two(rows.groups)
    flags = np.asarray(flags_of(rows.columns["y_true"], None, pos_label)[0])
    stratum, names = _strata(strata, features_of(features), rows.columns["y_true"])
    shape = (len(names), 2, len(rows.groups))
    place = np.ravel_multi_index((stratum, flags, rows.group), shape)
    table = np.bincount(place, rows.weight, math.prod(shape)).reshape(shape)
    sides = table.sum(axis=2)
    whole = (sides > 0).all(axis=1)
    if fill and (sides.sum(axis=0) > 0).all():
        sides, whole = np.where(sides > 0, sides, 1.0), np.ones(len(names), dtype=np.bool_)
    if not whole.all():
        left = listed(name_of(name) for name, kept in zip(names, whole, strict=True) if not kept)
        where = "" if strata is None else f" in stratum {left}: left out"
        warn(f"demographic disparity is undefined (no positive or no negative labels){where}")
    everybody = table.sum(axis=(0, 1))
    if not whole.any():
        return np.full(len(rows.groups), math.nan), rows.groups, everybody
    negative, positive = np.moveaxis(table[whole] / sides[whole][:, :, None], 1, 0)
    size = table[whole].sum(axis=(1, 2))
    return size @ (negative - positive) / size.sum(), rows.groups, everybody


def _sizes(features: Any, weight: Any) -> tuple[tuple[Group, ...], NDArray[np.float64]]:
    """Return the groups, declared categories among them, and their sizes."""
    if features is None:
        raise MetricError("no sensitive_features were given")
    cube = cube_of(None, None, sensitive_features=features, sample_weight=weight)
    _check_two([group for group, n in zip(cube.groups, cube.n.sum(axis=(1, 2)), strict=True) if n])
    return cube.groups, cube.w.sum(axis=(1, 2))


def _strata(
    strata: Any, features: Sequence[Column], labels: Column
) -> tuple[NDArray[np.int64], tuple[Group, ...]]:
    """Return a stratum code a row, and the strata; one stratum of everybody without any."""
    columns = [] if strata is None else columns_of("strata", strata)
    size = check_alike([labels, *features, *columns])
    return groups_of(columns) if columns else (np.zeros(size, np.int64), ((),))


def _check_two(groups: Sequence[Group]) -> None:
    if len(groups) < 2:
        raise MetricError("only one group: there is nothing to compare it with")


ROWS: tuple[Declared, ...] = (*_FAMILY.rows, *distances.ROWS)
