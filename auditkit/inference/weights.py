"""Weighted rows: how much a weighted rate is worth in plain rows."""

from __future__ import annotations

import math
from dataclasses import dataclass

from auditkit.errors import MetricError
from auditkit.inference import _checks


@dataclass(frozen=True, slots=True)
class WeightedRate:
    """A weighted rate and the plain sample that would be as informative.

    Attributes
    ----------
    rate : float or None
        ``W1 / (W1 + W0)``, from 0 to 1.
    variance : float or None
        Its linearised variance.
    events, n : float or None
        The effective counts: ``wilson(events, n)`` is an interval for the weighted rate.
    reason : str or None
        Why there is no rate.
    """

    rate: float | None
    variance: float | None
    events: float | None
    n: float | None
    reason: str | None


def weighted_rate(
    weight_events: float,
    weight_others: float,
    *,
    squares_events: float,
    squares_others: float,
) -> WeightedRate:
    r"""Rate of weighted rows, with its linearised variance and effective sample size.

    From the sums of weights W and of squared weights S of those with the event (1) and those
    without (0),

    .. math:: \hat p = \frac{W_1}{W},\quad W = W_1 + W_0,\qquad
       \widehat{\mathrm{Var}} = \frac{(1-\hat p)^2 S_1 + \hat p^2 S_0}{W^2},\qquad
       n_\mathrm{eff} = \frac{\hat p(1-\hat p)}{\widehat{\mathrm{Var}}}

    With all weights 1 the effective size is the number of rows. For a rate of 0 or 1, where
    the variance is 0, it is Kish's :math:`W^2 / (S_1 + S_0)`. Scaling all weights by a constant
    changes nothing. Rows are taken as independent: clusters and strata of the survey's design
    are not seen (see `bootstrap_clusters`).

    Parameters
    ----------
    weight_events, weight_others : float
        Sum of the weights of the rows with the event, and of those without.
    squares_events, squares_others : float
        Sum of their squares.

    Returns
    -------
    WeightedRate
        With a reason, and None elsewhere, when all weights are 0.

    Raises
    ------
    MetricError
        If a sum is negative or not finite, or one of weights is 0 where that of their squares
        is not.

    References
    ----------
    .. [1] Korn EL, Graubard BI (1998). Confidence intervals for proportions with small expected
       number of positive counts estimated from survey data. Survey Methodology 24, 193-201.
    .. [2] Kish L (1965). Survey Sampling. Wiley.

    Examples
    --------
    >>> weighted_rate(3, 7, squares_events=3, squares_others=7).n
    10.0
    >>> found = weighted_rate(6, 7, squares_events=12, squares_others=7)
    >>> round(found.rate, 3), round(found.n, 2)
    (0.462, 8.45)
    """
    w1 = _checks.count(weight_events, name="weight_events")
    w0 = _checks.count(weight_others, name="weight_others")
    s1 = _checks.count(squares_events, name="squares_events")
    s0 = _checks.count(squares_others, name="squares_others")
    for kind, weight, square in (("events", w1, s1), ("others", w0, s0)):
        if (weight == 0) != (square == 0):
            raise MetricError(
                f"weight_{kind} and squares_{kind} must be zero together, got {weight:g} "
                f"and {square:g}"
            )
    total = w1 + w0
    if total == 0:
        return WeightedRate(None, None, None, None, "all weights are zero")
    p = w1 / total
    variance = (((1 - p) * math.sqrt(s1)) ** 2 + (p * math.sqrt(s0)) ** 2) / total**2
    n = total * total / (s1 + s0) if w1 == 0 or w0 == 0 else p * (1 - p) / variance
    return WeightedRate(p, variance, p * n, n, None)
