"""How far apart the label distributions of two groups are.

A distance compares the label distributions p and q of two groups, over two or more label values:
without a reference the largest over all pairs of groups; with one, p is the reference, q another
group. No label value is dropped because a group lacks it (smclarify drops them).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.counts import Group, group_text
from auditkit.errors import MetricError, listed, shown
from auditkit.metrics.arrays import Column, flags_of
from auditkit.metrics.declared import Declared
from auditkit.metrics.family import Family, class_codes, name_of, read_rows, reference_of, warn

__all__ = [
    "chebyshev_distance",
    "earth_movers_distance",
    "hellinger_distance",
    "jensen_shannon_divergence",
    "kl_divergence",
    "kolmogorov_smirnov",
    "lp_norm",
    "total_variation_distance",
]

Shares = NDArray[np.float64]
Between = Callable[[Shares, Shares], float]

_FAMILY = Family(
    "label-distance",
    {
        "y_true": "array-like of shape (n,)\n    The labels (or decisions), none missing.",
        "pos_label": "scalar, optional\n    Compare this value with all the others together.",
        "order": "sequence, optional\n    The label values from lowest to highest, one step apart; "
        "not needed for\n    numbers (they keep their distances) and ordered categoricals.",
        "p": "float\n    The order of the norm, at least 1; ``math.inf`` is allowed.",
    },
)
_CLARIFY = "Hardt et al. (2021), Amazon SageMaker Clarify, KDD"
_LEVIN = "Levin, Peres, Wilmer (2009), Markov Chains and Mixing Times, ch. 4"
_distance = partial(
    _FAMILY.metric,
    needs=("label", "group"),
    undefined="fewer than two groups have rows with weight",
)


@_distance(
    "Kullback-Leibler divergence",
    formula="Σ_y p_y ln(p_y / q_y)",
    reference="Kullback, Leibler (1951), On information and sufficiency, Ann. Math. Statist. 22",
    values="[0, ∞)",
)
def kl_divergence(
    y_true: Any,
    *,
    sensitive_features: Any,
    sample_weight: Any = None,
    pos_label: Any = None,
    reference: Any = None,
) -> float:
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
    y_true: Any,
    *,
    sensitive_features: Any,
    sample_weight: Any = None,
    pos_label: Any = None,
    reference: Any = None,
) -> float:
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
    y_true: Any,
    *,
    sensitive_features: Any,
    p: float = 2,
    sample_weight: Any = None,
    pos_label: Any = None,
    reference: Any = None,
) -> float:
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
    y_true: Any,
    *,
    sensitive_features: Any,
    sample_weight: Any = None,
    pos_label: Any = None,
    reference: Any = None,
) -> float:
    """Return the share of one group whose labels would have to change to match the other.

    Examples
    --------
    >>> total_variation_distance([1, 1, 0, 1, 0, 0, 0, 0], sensitive_features=list("MMMMFFFF"))
    0.75
    """
    return _furthest(_tvd, y_true, sensitive_features, sample_weight, pos_label, reference)


@_distance("Chebyshev distance (Clarify's KS)", formula="max_y |p_y − q_y|", reference=_CLARIFY)
def chebyshev_distance(
    y_true: Any,
    *,
    sensitive_features: Any,
    sample_weight: Any = None,
    pos_label: Any = None,
    reference: Any = None,
) -> float:
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
    y_true: Any,
    *,
    sensitive_features: Any,
    sample_weight: Any = None,
    pos_label: Any = None,
    reference: Any = None,
) -> float:
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
    y_true: Any,
    *,
    sensitive_features: Any,
    sample_weight: Any = None,
    reference: Any = None,
    order: Sequence[Any] | None = None,
) -> float:
    """Return the largest gap between two cumulative distributions of ordered labels.

    Clarify's KS is the largest gap in one label's share: :func:`chebyshev_distance`.

    Examples
    --------
    >>> kolmogorov_smirnov([1, 2, 3, 3, 4, 5], sensitive_features=list("MMMFFF"))
    0.66...
    """
    return _ordered(_ks, y_true, sensitive_features, sample_weight, reference, order)


@_distance(
    "Earth mover's distance of ordered labels",
    formula="∫ |P(y ≤ t) − Q(y ≤ t)| dt",
    reference="Rubner, Tomasi, Guibas (2000), The earth mover's distance, IJCV 40",
    values="[0, highest − lowest label]",
)
def earth_movers_distance(
    y_true: Any,
    *,
    sensitive_features: Any,
    sample_weight: Any = None,
    reference: Any = None,
    order: Sequence[Any] | None = None,
) -> float:
    """Return how far labels must move, on average, for one distribution to become the other.

    Examples
    --------
    >>> earth_movers_distance(
    ...     ["low", "low", "mid", "high"], sensitive_features=["M", "M", "F", "F"],
    ...     order=["low", "mid", "high"],
    ... )
    1.5
    """
    return _ordered(_emd, y_true, sensitive_features, sample_weight, reference, order)


def _furthest(
    between: Between, y_true: Any, features: Any, weight: Any, pos_label: Any, reference: Any
) -> float:
    groups, shares, classes, _ = _label_shares(y_true, features, weight, pos_label)
    return _largest(between, groups, shares, classes, reference)


def _ordered(
    between: Callable[[Shares, Shares, Shares], float],
    y_true: Any,
    features: Any,
    weight: Any,
    reference: Any,
    order: Sequence[Any] | None,
) -> float:
    groups, shares, classes, column = _label_shares(y_true, features, weight, None)
    steps = _steps(column, classes, order)
    along = np.argsort(steps)
    line = steps[along]
    return _largest(lambda p, q: between(p, q, line), groups, shares[:, along], classes, reference)


def _label_shares(
    y_true: Any, features: Any, weight: Any, pos_label: Any
) -> tuple[tuple[Group, ...], Shares, tuple[str, ...], Column]:
    """Return the share of each label in each group; NaN in a group without weight."""
    rows = read_rows(features, weight, y_true=y_true)
    column = rows.columns["y_true"]
    if len(rows.groups) < 2:
        raise MetricError("only one group: there is nothing to compare it with")
    if pos_label is None:
        (codes,), classes = class_codes([column])
    else:
        flags = flags_of(column, None, pos_label)[0]
        codes, classes = np.asarray(flags, np.int64), (f"not {pos_label}", str(pos_label))
    shape = (len(rows.groups), len(classes))
    place = rows.group * shape[1] + codes
    table = np.bincount(place, rows.weight, math.prod(shape)).reshape(shape)
    sizes = table.sum(axis=1, keepdims=True)
    shares = np.divide(table, sizes, out=np.full(shape, math.nan), where=sizes > 0)
    return rows.groups, shares, classes, column


def _largest(
    between: Between,
    groups: tuple[Group, ...],
    shares: Shares,
    classes: tuple[str, ...],
    reference: Any,
) -> float:
    known = ~np.isnan(shares[:, 0])
    if not known.all():
        empty = [name_of(group) for group, has in zip(groups, known, strict=True) if not has]
        warn(f"no row with weight in {listed(empty)}: left out", stacklevel=5)
    places = np.flatnonzero(known).tolist()
    if reference is None:
        pairs = list(permutations(places, 2))
    else:
        base = reference_of(groups, reference)
        pairs = [(base, other) for other in places if other != base and known[base]]
    if not pairs:
        warn("fewer than two groups that are compared have rows with weight", stacklevel=5)
        return math.nan
    largest, worst = max((between(shares[i], shares[j]), (i, j)) for i, j in pairs)
    if math.isinf(largest):
        i, j = worst
        absent = [classes[y] for y in np.flatnonzero((shares[i] > 0) & (shares[j] == 0))]
        warn(
            f"label {listed(absent)} occurs in '{shown(name_of(groups[i]))}' and not in "
            f"'{shown(name_of(groups[j]))}': the divergence is infinite, so it has no value",
            stacklevel=5,
        )
        return math.nan
    return largest


def _steps(column: Column, classes: tuple[str, ...], order: Sequence[Any] | None) -> Shares:
    """Return the place of each label on a line."""
    dtype = getattr(column.native, "dtype", None)
    if order is None and (getattr(dtype, "ordered", False) or type(dtype).__name__ == "Enum"):
        order = column.declared
    if order is not None:
        texts = [group_text(value) for value in order]
        unknown = [label for label in classes if label not in texts]
        if unknown or len(set(texts)) < len(texts):
            raise MetricError(f"order must name every label once; it lacks {listed(unknown)}")
        return np.array([texts.index(label) for label in classes], dtype=np.float64)
    try:
        steps = np.array([{"False": 0, "True": 1}.get(c, c) for c in classes], dtype=np.float64)
    except ValueError:
        steps = np.array([math.nan])
    if not np.isfinite(steps).all():
        raise MetricError(f"{column.name} is not numbers: pass order=[lowest, ..., highest]")
    return steps


def _kl(p: Shares, q: Shares) -> float:
    some = p > 0
    if (q[some] == 0).any():
        return math.inf
    return max(0.0, float((p[some] * np.log(p[some] / q[some])).sum()))


def _js(p: Shares, q: Shares) -> float:
    middle = (p + q) / 2
    return (_kl(p, middle) + _kl(q, middle)) / 2


def _norm(p: Shares, q: Shares, order: float) -> float:
    return float(np.linalg.norm(p - q, order))


def _tvd(p: Shares, q: Shares) -> float:
    return float(np.abs(p - q).sum() / 2)


def _hellinger(p: Shares, q: Shares) -> float:
    return math.sqrt(((np.sqrt(p) - np.sqrt(q)) ** 2).sum() / 2)


def _ks(p: Shares, q: Shares, steps: Shares) -> float:
    return float(np.abs(np.cumsum(p - q)).max())


def _emd(p: Shares, q: Shares, steps: Shares) -> float:
    return float((np.abs(np.cumsum(p - q))[:-1] * np.diff(steps)).sum())


ROWS: tuple[Declared, ...] = tuple(_FAMILY.rows)
