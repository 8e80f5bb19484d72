"""Groups compared straight from arrays: one call from columns to gaps, intervals and tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from auditkit.counts import Cube
from auditkit.errors import MetricError, listed, nearest, shown
from auditkit.fairness.comparisons import choose_reference, compare_rates
from auditkit.fairness.estimates import Disparity, Rates, rates_of
from auditkit.metrics.cubes import cube_of
from auditkit.metrics.declared import METRICS, Metric
from auditkit.metrics.family import reference_of
from auditkit.policy import Policy

__all__ = ["asked_metric", "compare_groups", "reference_place"]


def compare_groups(
    y_true: Any,
    y_pred: Any = None,
    *,
    sensitive_features: Any,
    metrics: Sequence[str] | None = None,
    reference: Any = None,
    sample_weight: Any = None,
    pos_label: Any = None,
    policy: Policy | None = None,
) -> list[Disparity]:
    r"""Compare each group with the reference: difference, ratio, intervals and test.

    .. math:: \hat p_g - \hat p_r,\qquad \hat p_g / \hat p_r

    with Newcombe's and Koopman's intervals and one test for both (Fisher's exact test, or pooled
    z where there are many people or weights), as an audit has them.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,) or None
        0/1 or booleans; anything else needs `pos_label`.
    sensitive_features : array-like, frame or mapping of arrays
        The groups; several columns are crossed, a missing value is a group.
    metrics : sequence of str, optional
        Names from :data:`auditkit.metrics.METRICS`; by default the selection rate, or without
        `y_pred` the base rate.
    reference : str or tuple, optional
        The reference group; by default the one with the highest rate among those large enough.
    sample_weight : array-like of shape (n,), optional
        Weights, not negative; intervals and tests then use effective counts.
    pos_label : scalar, optional
        The positive value.
    policy : Policy, optional
        Confidence level, smallest group that is judged, when Fisher's test is used.

    Returns
    -------
    list of Disparity
        A difference and a ratio for each metric and group. A value is None with a reason where a
        rate is undefined, a ratio where the reference has a rate of 0; `p_adjusted` is corrected
        over everything that is asked here, and None for groups too small to be judged.

    Raises
    ------
    MetricError
        On inputs that do not match, labels that need `pos_label`, one group only, an unknown
        metric or reference, a metric that needs an array which was not given.

    References
    ----------
    .. [1] Newcombe RG (1998), Statistics in Medicine 17, 873-890; Koopman PAR (1984), Biometrics
       40, 513-517; Fisher RA (1935), JRSS 98, 39-82.

    Examples
    --------
    The call-backs of Bertrand and Mullainathan (2004): 157 of 2,435 and 235 of 2,435.

    >>> called = [1] * 157 + [0] * 2278 + [1] * 235 + [0] * 2200
    >>> race = ["black"] * 2435 + ["white"] * 2435
    >>> gap, ratio = compare_groups(called, sensitive_features=race, reference="white")
    >>> round(gap.value, 4), round(ratio.value, 3), f"{ratio.p_value:.1e}"
    (-0.032, 0.668, '4.8e-05')
    """
    policy = policy or Policy.default()
    names = metrics or ("base_rate" if y_pred is None else "selection_rate",)
    asked = [asked_metric(name, y_true, y_pred) for name in names]
    cube = cube_of(
        y_true, y_pred, sensitive_features=sensitive_features, sample_weight=sample_weight,
        pos_label=pos_label,
    )  # fmt: skip
    place = reference_place(rates_of(asked[0], cube), cube, reference, policy)
    return compare_rates(
        [
            ("label" if row.needs == ("label",) else "decision", cube.attributes,
             rates_of(row, cube), place)
            for row in asked
        ],
        policy=policy,
    )  # fmt: skip


def asked_metric(name: str, y_true: Any, y_pred: Any) -> Metric:
    """Return a declared metric, after checking that the arrays it needs are there."""
    if name not in METRICS:
        raise MetricError(f"no metric '{shown(name)}'{nearest(name, METRICS)}")
    given = {"label": y_true, "prediction": y_pred}
    lacking = [
        {"label": "y_true", "prediction": "y_pred"}[need]
        for need in METRICS[name].needs
        if given[need] is None
    ]
    if lacking:
        raise MetricError(f"{name} needs {listed(lacking)}")
    return METRICS[name]


def reference_place(rates: Rates, cube: Cube, reference: Any, policy: Policy) -> int:
    """Return the place of the reference among the groups: the one named, or the best off."""
    if not cube.attributes:
        raise MetricError("no sensitive_features were given")
    if len(cube.groups) < 2:
        raise MetricError("only one group: there is nothing to compare it with")
    if reference is not None:
        return reference_of(cube.groups, reference)
    place = choose_reference(rates, cube.attributes, policy, None, unfavorable=False)
    if place is None:
        raise MetricError("no group with a known rate: name the reference group")
    return place
