"""Before training: who is in the data, and how far apart the labels of two groups are.

A distance compares the label distributions p and q of two groups, over two or more label values:
without a reference the largest over all pairs of groups; with one, p is the reference, q another
group. No label value is dropped because a group lacks it (smclarify drops them).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.counts import Group, group_text
from auditkit.errors import MetricError, listed
from auditkit.metrics.arrays import Column, cube_of, features_of, flags_of, groups_of
from auditkit.metrics.declared import METRICS, Declared
from auditkit.metrics.family import Family, class_codes, name_of, read_rows, reference_of, warn
from auditkit.metrics.rates import _gap

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

Shares = NDArray[np.float64]
Between = Callable[[Shares, Shares], float]

_FAMILY = Family(
    "label-distance",
    {
        "y_true": "array-like of shape (n,)\n    The labels (or decisions), none missing.",
        "pos_label": "scalar, optional\n    The positive value; a distance then compares it with "
        "all other\n    values together.",
        "strata": "array-like, frame or mapping of arrays\n    Compare within each stratum; several "
        "columns are crossed, a missing value\n    is a stratum.",
        "order": "sequence, optional\n    The label values from lowest to highest, one step apart; "
        "not needed for\n    numbers (their own distances) and ordered categoricals.",
        "p": "float\n    The order of the norm, at least 1; ``math.inf`` is allowed.",
    },
)
_SIGNED = "[0, 1], or [−1, 1] with a reference"
_CLARIFY = "Hardt et al. (2021), Amazon SageMaker Clarify, KDD"
_WACHTER = "Wachter, Mittelstadt, Russell (2021), Why fairness cannot be automated, CLSR 41"
_LEVIN = "Levin, Peres, Wilmer (2009), Markov Chains and Mixing Times, ch. 4"
_shares = partial(_FAMILY.metric, needs=("group",))
_labels = partial(_FAMILY.metric, needs=("label", "group"))
_distance = partial(_labels, undefined="fewer than two groups have rows with weight")


@_shares(
    "Class imbalance",
    formula="(n_a − n_d) / (n_a + n_d), a the reference (or the largest group), d the other",
    reference=_CLARIFY,
    undefined="no group that is compared has weight",
    values=_SIGNED,
)
def class_imbalance(
    *, sensitive_features: Any, sample_weight: Any = None, reference: Any = None
) -> float:
    """Return how much larger one group is than another, as Clarify's CI.

    Positive: the reference has more rows. Of several groups, the one furthest from the reference;
    without a reference, the smallest against the largest. AIF360's ``class_imbalance`` is
    (n_u − n_p) / (n_u + n_p), u not the reference: the opposite sign.

    Examples
    --------
    >>> class_imbalance(sensitive_features=["M", "M", "M", "F"])
    0.5
    >>> class_imbalance(sensitive_features=["M", "M", "M", "F"], reference="F")
    -0.5
    """
    groups, sizes = _sizes(sensitive_features, sample_weight)
    base = int(sizes.argmax()) if reference is None else reference_of(groups, reference)
    others = [int(sizes.argmin())] if reference is None else range(len(groups))
    pairs = [(sizes[base], sizes[other]) for other in others if other != base]
    found = [float((a - d) / (a + d)) for a, d in pairs if a + d > 0]
    if not found:
        if pairs:
            warn("class_imbalance is undefined: no group that is compared has weight")
            return math.nan
        return 0.0
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
    y_true: Any, *, sensitive_features: Any, sample_weight: Any = None, pos_label: Any = None,
    reference: Any = None,
) -> float:  # fmt: skip
    """Return the gap between groups in the share of positive labels (DPL).

    With `reference`: share of the group − share of the reference, for the furthest group, as for
    every difference here. Clarify's DPL is q_a − q_d, a the reference: the opposite sign.

    Examples
    --------
    >>> label_proportion_difference([1, 0, 1, 1], sensitive_features=["F", "F", "M", "M"])
    0.5
    """
    cube = cube_of(
        y_true, None, sensitive_features=sensitive_features, sample_weight=sample_weight,
        pos_label=pos_label,
    )  # fmt: skip
    return _gap(METRICS["base_rate"], cube, "difference", reference)


@_labels(
    "Demographic disparity",
    formula="n_g0 / n_0 − n_g1 / n_1: share of group g in the negative − in the positive labels",
    reference=_WACHTER,
    undefined="no positive or no negative labels",
    values=_SIGNED,
)
def demographic_disparity(
    y_true: Any, *, sensitive_features: Any, sample_weight: Any = None, pos_label: Any = None,
    reference: Any = None,
) -> float:  # fmt: skip
    """Return how much more of the negatives than of the positives a group makes up.

    Without `reference`: the group that is worst off. With it: the other group furthest from 0,
    signed. Disparities of all groups add up to 0. For one group against all others together, pass
    ``column == "group"``.

    Examples
    --------
    >>> demographic_disparity([1, 0, 0, 1, 1], sensitive_features=list("FFMMM"), reference="M")
    0.16...
    """
    return conditional_demographic_disparity(
        y_true, sensitive_features=sensitive_features, strata=None, sample_weight=sample_weight,
        pos_label=pos_label, reference=reference,
    )  # fmt: skip


@_FAMILY.metric(
    "Conditional demographic disparity",
    needs=("label", "group", "stratum"),
    formula="Σ_s n_s DD_s / Σ_s n_s, DD_s the demographic disparity in stratum s",
    reference=_WACHTER,
    undefined="no stratum has both positive and negative labels",
    values=_SIGNED,
)
def conditional_demographic_disparity(
    y_true: Any, *, sensitive_features: Any, strata: Any, sample_weight: Any = None,
    pos_label: Any = None, reference: Any = None,
) -> float:  # fmt: skip
    """Return the mean demographic disparity within strata, weighted by their size (CDD, CDDL).

    A stratum without positives or without negatives has no disparity: it is left out and named
    (Clarify counts the missing side as 0). Without `reference`: the group that is worst off; with
    it: the other group furthest from 0, signed.

    Examples
    --------
    >>> conditional_demographic_disparity(
    ...     [1, 0, 1, 0, 0, 1], sensitive_features=list("FMFMFF"), strata=list("xxyyyy"),
    ...     reference="M",
    ... )
    -0.66...
    """
    rows = read_rows(sensitive_features, sample_weight, y_true=y_true)
    _check_two(rows.groups)
    flags = flags_of(rows.columns["y_true"], None, pos_label)[0]
    stratum, names = np.zeros(len(rows.group), np.int64), ((),)
    if strata is not None:
        read_rows(strata, y_true=y_true)  # they must describe the same rows
        stratum, names = groups_of(features_of(strata))
    shape = (len(names), 2, len(rows.groups))
    place = np.ravel_multi_index((stratum, flags, rows.group), shape)
    table = np.bincount(place, rows.weight, math.prod(shape)).reshape(shape)
    sides = table.sum(axis=2)
    whole = (sides > 0).all(axis=1)
    if not whole.all():
        left = listed(name_of(name) for name, kept in zip(names, whole, strict=True) if not kept)
        where = "" if strata is None else f" in stratum {left}: left out"
        warn(f"demographic disparity is undefined (no positive or no negative labels){where}")
    if not whole.any():
        return math.nan
    negative, positive = np.moveaxis(table[whole] / sides[whole][:, :, None], 1, 0)
    size = table[whole].sum(axis=(1, 2))
    found = size @ (negative - positive) / size.sum()
    if reference is None:
        return float(found.max())
    return float(max(np.delete(found, reference_of(rows.groups, reference)), key=abs))


@_distance(
    "Kullback-Leibler divergence",
    formula="Σ_y p_y ln(p_y / q_y)",
    reference="Kullback, Leibler (1951), On information and sufficiency, Ann. Math. Statist. 22",
    values="[0, ∞)",
)
def kl_divergence(
    y_true: Any, *, sensitive_features: Any, sample_weight: Any = None, pos_label: Any = None,
    reference: Any = None,
) -> float:  # fmt: skip
    """Return the divergence of a group's labels (q) from the reference's (p), natural logarithm.

    Infinite, so NaN with a warning that names the label, when a label of p does not occur in q.
    Not symmetric: without a reference, the larger of the two directions.

    Examples
    --------
    >>> kl_divergence([1, 1, 0, 1, 0, 0], sensitive_features=list("MMMFFF"), reference="M")
    0.23...
    """
    return _furthest(_kl, y_true, sensitive_features, sample_weight, pos_label, reference)


@_distance(
    "Jensen-Shannon divergence",
    formula="½ KL(p ‖ m) + ½ KL(q ‖ m), m = ½ (p + q)",
    reference="Lin (1991), Divergence measures based on the Shannon entropy, IEEE Trans. IT 37",
    values="[0, ln 2]",
)
def jensen_shannon_divergence(
    y_true: Any, *, sensitive_features: Any, sample_weight: Any = None, pos_label: Any = None,
    reference: Any = None,
) -> float:  # fmt: skip
    """Return the divergence (not its square root, as SciPy does) in natural units.

    Examples
    --------
    >>> jensen_shannon_divergence(["a", "a", "b", "b"], sensitive_features=list("MMFF"))
    0.69...
    """
    return _furthest(_js, y_true, sensitive_features, sample_weight, pos_label, reference)


@_distance(
    "Lp norm",
    formula="(Σ_y |p_y − q_y|^p)^(1/p)",
    reference=_CLARIFY,
    values="[0, 2^(1/p)]",
)
def lp_norm(
    y_true: Any, *, sensitive_features: Any, p: float = 2, sample_weight: Any = None,
    pos_label: Any = None, reference: Any = None,
) -> float:  # fmt: skip
    """Return the norm of the difference of two label distributions; Clarify's LP has p = 2.

    Examples
    --------
    >>> lp_norm(["a", "a", "b", "b"], sensitive_features=list("MMFF"), p=1)
    2.0
    """
    if not p >= 1:
        raise MetricError(f"p is {p}; a norm needs p >= 1")
    between = partial(_norm, order=float(p))
    return _furthest(between, y_true, sensitive_features, sample_weight, pos_label, reference)


@_distance("Total variation distance", formula="½ Σ_y |p_y − q_y|", reference=_LEVIN)
def total_variation_distance(
    y_true: Any, *, sensitive_features: Any, sample_weight: Any = None, pos_label: Any = None,
    reference: Any = None,
) -> float:  # fmt: skip
    """Return the share of one group whose labels would have to change to match the other.

    Examples
    --------
    >>> total_variation_distance([1, 1, 0, 1, 0, 0, 0, 0], sensitive_features=list("MMMMFFFF"))
    0.75
    """
    return _furthest(_tvd, y_true, sensitive_features, sample_weight, pos_label, reference)


@_distance("Chebyshev distance (Clarify's KS)", formula="max_y |p_y − q_y|", reference=_CLARIFY)
def chebyshev_distance(
    y_true: Any, *, sensitive_features: Any, sample_weight: Any = None, pos_label: Any = None,
    reference: Any = None,
) -> float:  # fmt: skip
    """Return the largest gap in the share of any one label: what Clarify calls KS.

    It compares label masses and knows no order; see :func:`kolmogorov_smirnov` for the statistic
    of that name.

    Examples
    --------
    >>> chebyshev_distance(list("abcabb"), sensitive_features=list("MMMFFF"))
    0.33...
    """
    between = partial(_norm, order=math.inf)
    return _furthest(between, y_true, sensitive_features, sample_weight, pos_label, reference)


@_distance(
    "Hellinger distance",
    formula="√(½ Σ_y (√p_y − √q_y)²)",
    reference="Hellinger (1909); Le Cam, Yang (2000), Asymptotics in Statistics",
)
def hellinger_distance(
    y_true: Any, *, sensitive_features: Any, sample_weight: Any = None, pos_label: Any = None,
    reference: Any = None,
) -> float:  # fmt: skip
    """Return the Hellinger distance of two label distributions.

    Examples
    --------
    >>> hellinger_distance(["a", "a", "b", "b"], sensitive_features=list("MMFF"))
    1.0
    """
    return _furthest(_hellinger, y_true, sensitive_features, sample_weight, pos_label, reference)


@_distance(
    "Kolmogorov-Smirnov distance of ordered labels",
    formula="max_t |P(y ≤ t) − Q(y ≤ t)|",
    reference="Smirnov (1948), Table for estimating the goodness of fit, Ann. Math. Statist. 19",
)
def kolmogorov_smirnov(
    y_true: Any, *, sensitive_features: Any, sample_weight: Any = None, reference: Any = None,
    order: Sequence[Any] | None = None,
) -> float:  # fmt: skip
    """Return the largest gap between two cumulative distributions of ordered labels.

    Clarify's KS is the largest gap in one label's share: :func:`chebyshev_distance`.

    Examples
    --------
    >>> kolmogorov_smirnov([1, 2, 3, 3, 4, 5], sensitive_features=list("MMMFFF"))
    0.66...
    """
    return _furthest(_ks, y_true, sensitive_features, sample_weight, None, reference, (order,))


@_distance(
    "Earth mover's distance of ordered labels",
    formula="∫ |P(y ≤ t) − Q(y ≤ t)| dt",
    reference="Rubner, Tomasi, Guibas (2000), The earth mover's distance, IJCV 40",
    values="[0, highest − lowest label]",
)
def earth_movers_distance(
    y_true: Any, *, sensitive_features: Any, sample_weight: Any = None, reference: Any = None,
    order: Sequence[Any] | None = None,
) -> float:  # fmt: skip
    """Return how far labels must move, on average, for one distribution to become the other.

    Examples
    --------
    >>> earth_movers_distance(
    ...     ["low", "low", "mid", "high"], sensitive_features=["M", "M", "F", "F"],
    ...     order=["low", "mid", "high"],
    ... )
    1.5
    """
    return _furthest(_emd, y_true, sensitive_features, sample_weight, None, reference, (order,))
