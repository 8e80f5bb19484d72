"""Bayesian answers to two questions: whether rates are the same, and what their ratio is."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from auditkit.errors import MetricError
from auditkit.inference import _checks
from auditkit.inference._scipy import special

_NODES = 200


@dataclass(frozen=True, slots=True)
class RatioPosterior:
    """What is believed of a ratio of two rates after the counts.

    Attributes
    ----------
    mean : float or None
        Posterior mean; None where it does not exist (no event in b, and less than a uniform
        prior).
    median, low, high : float
        The median, and the ends of the interval that holds `level` of the belief, with equal
        tails.
    level : float
        As asked.
    within_four_fifths : float
        Belief that the ratio is from 0.8 to 1.25.
    """

    mean: float | None
    median: float
    low: float
    high: float
    level: float
    within_four_fifths: float


def bayes_factor(
    table: ArrayLike | Sequence[Sequence[float]], *, prior: float = 1.0
) -> float | None:
    r"""Bayes factor against independence of the rows and columns of a table.

    .. math:: B = \frac{D(y + a)\; D(a_{r} - (c-1))\; D(a_{c} - (r-1))}
              {D(a)\; D(y_{r} + a_{r} - (c-1))\; D(y_{c} + a_{c} - (r-1))},\quad
              D(v) = \frac{\prod \Gamma(v_i)}{\Gamma(\sum v_i)}

    with y the counts, a the parameters of a Dirichlet prior over the cells, and the subscripts r
    and c for sums over each row and each column. Above 1 the data speak for dependence (rates
    that differ), below 1 for independence: 1/3 to 3 is hardly worth a mention.

    Parameters
    ----------
    table : array of shape (r, c)
        Counts, not negative. Rows and columns that are all zero are left out.
    prior : float
        The parameter of every cell, at least 1; 1 is uniform.

    Returns
    -------
    float or None
        In (0, ∞). None when only one row or one column has counts.

    Raises
    ------
    MetricError
        If the table is not two-dimensional, a count is negative or not finite, or the prior is
        below 1.

    Notes
    -----
    audit-AI's ``bayes_factor`` is this number. Its docstring calls it a factor *for*
    independence, its check at 3 takes it, rightly, for one against.

    References
    ----------
    .. [1] Gunel E, Dickey J (1974). Bayes factors for independence in contingency tables.
       Biometrika 61, 545-557.
    .. [2] Albert J (2007). Bayesian Computation with R, 8.7.

    Examples
    --------
    >>> round(bayes_factor([[50, 50], [50, 50]]), 4)
    0.2616
    """
    each = _checks.number(prior, name="prior")
    if each < 1:
        raise MetricError(f"prior must be at least 1, got {prior!r}")
    counts = _checks.counts_table(table)
    if counts is None:
        return None
    rows, columns = counts.shape
    over_rows = np.full(rows, each * columns - (columns - 1))
    over_columns = np.full(columns, each * rows - (rows - 1))
    log = (
        _log_dirichlet(counts.ravel() + each)
        + _log_dirichlet(over_rows)
        + _log_dirichlet(over_columns)
        - _log_dirichlet(np.full(counts.size, each))
        - _log_dirichlet(counts.sum(axis=1) + over_rows)
        - _log_dirichlet(counts.sum(axis=0) + over_columns)
    )
    largest = math.log(sys.float_info.max)
    return math.exp(min(max(log, math.log(sys.float_info.min)), largest))


def ratio_posterior(
    events_a: float,
    n_a: float,
    events_b: float,
    n_b: float,
    *,
    prior: tuple[float, float] = (1.0, 1.0),
    level: float = 0.95,
) -> RatioPosterior | None:
    r"""Posterior of the ratio of two rates, each with a beta prior.

    .. math:: p_g \sim \mathrm{Beta}(\alpha + x_g,\; \beta + n_g - x_g),\qquad
       P(p_a / p_b \le r) = \int_0^1 F_a(r\,Q_b(u))\, du

    with F the distribution function and Q the quantile function. The integral is taken by
    Gauss-Legendre quadrature, so that the answer is the same every time; audit-AI draws from the
    two distributions (``sim_beta_ratio``).

    Parameters
    ----------
    events_a, n_a : float
        Events and size of group a; ``0 <= events_a <= n_a``.
    events_b, n_b : float
        Events and size of group b.
    prior : tuple of float
        α and β, above 0; (1, 1) is uniform.
    level : float
        How much of the belief the interval holds, strictly between 0 and 1.

    Returns
    -------
    RatioPosterior or None
        None when a group is empty.

    Raises
    ------
    MetricError
        If a count is negative, not finite or exceeds its n, or prior or level are out of range.

    References
    ----------
    .. [1] Pham-Gia T (2000). Distributions of the ratios of independent beta variables and
       applications. Communications in Statistics 29, 2693-2715.

    Examples
    --------
    >>> found = ratio_posterior(14, 24, 21, 24)
    >>> round(found.median, 2), round(found.low, 2), round(found.high, 2)
    (0.68, 0.45, 0.95)
    """
    a, m, b, n = _checks.two_rates(events_a, n_a, events_b, n_b)
    alpha, beta = (_checks.number(value, name="prior") for value in prior)
    if alpha <= 0 or beta <= 0:
        raise MetricError(f"prior must be above 0, got {prior!r}")
    tail = (1 - _checks.open_proportion(level, name="level")) / 2
    if m == 0 or n == 0:
        return None
    first, second = (alpha + a, beta + m - a), (alpha + b, beta + n - b)
    below = _distribution(first, second)
    mean = None
    if second[0] > 1:
        mean = first[0] / (first[0] + first[1]) * (second[0] + second[1] - 1) / (second[0] - 1)
    return RatioPosterior(
        mean=mean,
        median=_quantile(below, 0.5),
        low=_quantile(below, tail),
        high=_quantile(below, 1 - tail),
        level=1 - 2 * tail,
        within_four_fifths=max(0.0, below(1.25) - below(0.8)),
    )


def _log_dirichlet(values: NDArray[np.float64]) -> float:
    return math.fsum(map(math.lgamma, values.tolist())) - math.lgamma(float(values.sum()))


def _distribution(
    first: tuple[float, float], second: tuple[float, float]
) -> Callable[[float], float]:
    """Return r → P(ratio <= r)."""
    functions: Any = special()
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    points = functions.betaincinv(*second, (nodes + 1) / 2)

    def below(ratio: float) -> float:
        return float(weights @ functions.betainc(*first, np.minimum(1.0, ratio * points)) / 2)

    return below


def _quantile(below: Callable[[float], float], p: float) -> float:
    """Return the ratio below which the belief is p, by halving its logarithm."""
    low, high = -1.0, 1.0
    while below(math.exp(low)) > p and low > -700:
        low *= 2
    while below(math.exp(high)) < p and high < 700:
        high *= 2
    for _ in range(48):
        middle = (low + high) / 2
        low, high = (middle, high) if below(math.exp(middle)) < p else (low, middle)
    return math.exp((low + high) / 2)
