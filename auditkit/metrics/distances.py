"""How far apart the label distributions of two groups are.

A distance compares the label distributions p and q of two groups, over two or more label values:
without a reference the largest over all pairs of groups; with one, p is the reference, q another
group. No label value is dropped because a group lacks it (smclarify drops them).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np

from auditkit.errors import MetricError
from auditkit.metrics.declared import Declared
from auditkit.metrics.family import Family
from auditkit.metrics.label_shares import Between, Shares, label_shares, largest, pooled, steps_of

__all__ = [
    "BETWEEN",
    "chebyshev_distance",
    "earth_movers_distance",
    "hellinger_distance",
    "jensen_shannon_divergence",
    "kl_divergence",
    "kolmogorov_smirnov",
    "lp_norm",
    "total_variation_distance",
]

_FAMILY = Family(
    "label-distance",
    {
        "y_true": "array-like of shape (n,)\n    The labels (or decisions), none missing.",
        "pos_label": "scalar, optional\n    Compare this value with all the others together.",
        "order": "sequence, optional\n    The label values from lowest to highest, one step apart; "
        "not needed for\n    numbers (they keep their distances) and ordered categoricals.",
        "convention": '{"auditkit", "clarify"}\n'
        "    Clarify takes all other groups as one, needs `reference`, and drops labels that do\n"
        "    not occur on both sides. For the Kullback-Leibler divergence also ``aif360``.",
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
    convention: str = "auditkit",
) -> float:
    """Return the divergence of a group's labels (q) from the reference's (p), natural logarithm.

    Infinite, so NaN with a warning that names the label, when a label of p does not occur in q.
    Not symmetric: without a reference, the larger of the two directions.

    Examples
    --------
    >>> kl_divergence([1, 1, 0, 1, 0, 0], sensitive_features=list("MMMFFF"), reference="M")
    0.23...
    """
    given = (y_true, sensitive_features, sample_weight, pos_label)
    return _furthest("kl_divergence", _kl, given, reference, convention, ("clarify", "aif360"))


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
    convention: str = "auditkit",
) -> float:
    """Return the divergence (not its square root, as SciPy does) in natural units.

    Examples
    --------
    >>> jensen_shannon_divergence(["a", "a", "b", "b"], sensitive_features=list("MMFF"))
    0.69...
    """
    given = (y_true, sensitive_features, sample_weight, pos_label)
    return _furthest("jensen_shannon_divergence", _js, given, reference, convention)


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
    convention: str = "auditkit",
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
    given = (y_true, sensitive_features, sample_weight, pos_label)
    return _furthest("lp_norm", between, given, reference, convention)


@_distance("Total variation distance", formula="½ Σ_y |p_y − q_y|", reference=_LEVIN)
def total_variation_distance(
    y_true: Any,
    *,
    sensitive_features: Any,
    sample_weight: Any = None,
    pos_label: Any = None,
    reference: Any = None,
    convention: str = "auditkit",
) -> float:
    """Return the share of one group whose labels would have to change to match the other.

    Examples
    --------
    >>> total_variation_distance([1, 1, 0, 1, 0, 0, 0, 0], sensitive_features=list("MMMMFFFF"))
    0.75
    """
    given = (y_true, sensitive_features, sample_weight, pos_label)
    return _furthest("total_variation_distance", _tvd, given, reference, convention)


@_distance("Chebyshev distance (Clarify's KS)", formula="max_y |p_y − q_y|", reference=_CLARIFY)
def chebyshev_distance(
    y_true: Any,
    *,
    sensitive_features: Any,
    sample_weight: Any = None,
    pos_label: Any = None,
    reference: Any = None,
    convention: str = "auditkit",
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
    given = (y_true, sensitive_features, sample_weight, pos_label)
    return _furthest("chebyshev_distance", between, given, reference, convention)


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
    given = (y_true, sensitive_features, sample_weight, pos_label)
    return _furthest("hellinger_distance", _hellinger, given, reference)


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
    name: str,
    between: Between,
    given: tuple[Any, Any, Any, Any],
    reference: Any,
    convention: str = "auditkit",
    known: tuple[str, ...] = ("clarify",),
) -> float:
    if convention != "auditkit":
        return pooled(name, between, given, reference, convention, known)
    groups, shares, classes, _ = label_shares(*given)
    return largest(between, groups, shares, classes, reference)


def _ordered(
    between: Callable[[Shares, Shares, Shares], float],
    y_true: Any,
    features: Any,
    weight: Any,
    reference: Any,
    order: Sequence[Any] | None,
) -> float:
    groups, shares, classes, column = label_shares(y_true, features, weight, None)
    steps = steps_of(column, classes, order)
    along = np.argsort(steps)
    line = steps[along]
    return largest(lambda p, q: between(p, q, line), groups, shares[:, along], classes, reference)


def _kl(p: Shares, q: Shares) -> float:
    some = p > 0
    if (q[some] == 0).any():
        return math.inf
    return float((p[some] * np.log(p[some] / q[some])).sum())


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


BETWEEN: Mapping[str, Between] = MappingProxyType(
    {
        "kl_divergence": _kl,
        "jensen_shannon_divergence": _js,
        "hellinger_distance": _hellinger,
        "total_variation_distance": _tvd,
        "kolmogorov_smirnov": lambda p, q: _ks(p, q, p),
        "lp_norm": lambda p, q: _norm(p, q, 2),
    }
)
"""Name → the same between two lists of shares, the reference first; infinite where undefined."""

ROWS: tuple[Declared, ...] = tuple(_FAMILY.rows)
