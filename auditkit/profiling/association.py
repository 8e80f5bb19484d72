"""A feature against groups: the table, how strong the link is, and whether it may be chance."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from auditkit import inference

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "Shuffled",
    "chance_p",
    "chance_p_within",
    "filled",
    "interval_of",
    "shuffled",
    "strength_within",
]


class Shuffled(NamedTuple):
    """The chi-square of a table, and what shuffling the groups over the rows would give."""

    chi2: float
    mean: float
    variance: float
    n: float


def filled(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the table without its empty rows and columns.

    Examples
    --------
    >>> filled(np.array([[1.0, 0.0, 2.0], [0.0, 0.0, 0.0]])).tolist()
    [[1.0, 2.0]]
    """
    table = table[table.sum(axis=1) > 0]
    return table[:, table.sum(axis=0) > 0]


def shuffled(table: NDArray[np.float64]) -> Shuffled | None:
    r"""Return the chi-square of a table with its exact mean and variance under chance.

    .. math:: \mu = \frac{N(r-1)(c-1)}{N-1},\quad
       \sigma^2 = \frac{2N}{N-3}(v_r - w_r)(v_c - w_c) + \frac{N^2}{N-1} w_r w_c,\quad
       v_k = \frac{(k-1)(N-k)}{N-1},\quad w_k = \frac{\sum_i N/n_i - k^2}{N-2}

    Parameters
    ----------
    table : ndarray
        Counts; effective counts may be fractions.

    Returns
    -------
    Shuffled or None
        None for fewer than two rows, two columns or four people.

    References
    ----------
    .. [1] Haldane JBS (1940). The mean and variance of chi-square when used as a test of
       homogeneity, when expectations are small. Biometrika 31, 346-355.

    Examples
    --------
    >>> found = shuffled(np.array([[30.0, 10.0], [10.0, 30.0]]))
    >>> found.chi2, round(found.mean, 3)
    (20.0, 1.013)
    """
    table = filled(table)
    n = float(table.sum())
    if min(table.shape, default=0) < 2 or n <= 3:
        return None
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    expected = np.outer(rows, columns) / n
    chi2 = float(((table - expected) ** 2 / expected).sum())
    r, c = table.shape
    mean = n * (r - 1) * (c - 1) / (n - 1)
    v_r, v_c = (r - 1) * (n - r) / (n - 1), (c - 1) * (n - c) / (n - 1)
    w_r = (float((n / rows).sum()) - r * r) / (n - 2)
    w_c = (float((n / columns).sum()) - c * c) / (n - 2)
    variance = 2 * n / (n - 3) * (v_r - w_r) * (v_c - w_c) + n * n / (n - 1) * w_r * w_c
    return Shuffled(chi2, mean, variance, n)


def chance_p(table: NDArray[np.float64]) -> float | None:
    r"""Return how often chance alone gives a chi-square as large as that of this table.

    Chance shuffles the groups over the rows. Under it the mean and the variance of chi-square
    are known exactly for fixed margins (see `shuffled`), and a gamma distribution with these two
    stands in for the full set of shuffles. In a full table this is the usual chi-square test. In
    a sparse one (rare levels, small groups), where the usual test cries wolf, it stays close to
    the level it claims; far out in the tail of a very sparse table it is still a little too
    ready.

    Parameters
    ----------
    table : ndarray
        Counts; effective counts may be fractions.

    Returns
    -------
    float or None
        In (0, 1]. Fisher's exact test for a sparse 2 x 2 of whole numbers. None for fewer than
        two rows, two columns or four people, or where no shuffle changes anything.

    References
    ----------
    .. [1] Mielke PW, Berry KJ (1985). Non-asymptotic inferences based on the chi-square
       statistic for r by c contingency tables. J. Stat. Planning and Inference 12, 41-45.

    Examples
    --------
    >>> round(chance_p(np.array([[30.0, 10.0], [10.0, 30.0]])), 6)
    8e-06
    """
    table = filled(table)
    found = shuffled(table)
    if found is None:
        return None
    if table.shape == (2, 2) and bool(np.all(table == np.floor(table))):
        smallest = float(table.sum(axis=0).min() * table.sum(axis=1).min()) / found.n
        if smallest < 5:
            (a, not_a), (b, not_b) = table.astype(int).tolist()
            return inference.fisher_exact(a, a + not_a, b, b + not_b)
    return _gamma_tail(found.chi2, found.mean, found.variance)


def chance_p_within(tables: Sequence[NDArray[np.float64]]) -> float | None:
    """Return how often chance gives the sum of chi-squares of these tables, or more.

    Chance shuffles within each table: what differs between the tables plays no part.

    Examples
    --------
    >>> one = np.array([[30.0, 10.0], [10.0, 30.0]])
    >>> chance_p_within([one, one]) < chance_p_within([one]) == chance_p(one)
    True
    """
    found = [part for part in map(shuffled, tables) if part is not None]
    if not found:
        return None
    return _gamma_tail(
        sum(part.chi2 for part in found),
        sum(part.mean for part in found),
        sum(part.variance for part in found),
    )


def strength_within(tables: Sequence[NDArray[np.float64]]) -> float | None:
    r"""Return how strongly two levels go with the rows of these tables, table by table.

    .. math:: \sqrt{\max\left(0, \frac{\sum_g (\chi^2_g - \mu_g)}
       {\sum_g n_g (n_g - 2) / (n_g - 1)}\right)}

    with :math:`\mu_g`, the mean of chi-square under chance. For one table this is the corrected
    Cramer's V; for several, the root of the mean of its squares. None where no table can tell.

    Examples
    --------
    >>> one = np.array([[30.0, 10.0], [10.0, 30.0]])
    >>> round(strength_within([one]), 6) == round(inference.cramers_v(one), 6)
    True
    >>> strength_within([one, one]) == strength_within([one])
    True
    """
    found = [part for part in map(shuffled, tables) if part is not None]
    room = sum(part.n * (part.n - 2) / (part.n - 1) for part in found)
    if room <= 1e-9:
        return None
    excess = sum(part.chi2 - part.mean for part in found)
    return min(1.0, math.sqrt(max(0.0, excess / room)))


def interval_of(table: NDArray[np.float64], *, level: float) -> tuple[float, float] | None:
    r"""Return the interval of Cramer's V, right for tables of many rare levels too.

    The noncentral chi-square takes chi-square to be on average :math:`(r-1)(c-1) + n(m-1)V^2`,
    m the lesser of r and c. With levels of few people each it is less, since there is less chance
    left where V is high: :math:`(r-1)(c-1)(1-V^2) + n(m-1)V^2`. Hence the factor

    .. math:: \sqrt{n / (n - \max(r, c) + 1)}

    which is 1.0005 for 10 levels of 10,000 people and 1.03 for 20 people a level.

    Examples
    --------
    >>> low, high = interval_of(np.array([[30.0, 10.0], [10.0, 30.0]]), level=0.95)
    >>> round(low, 3), round(high, 3)
    (0.283, 0.724)
    """
    found = inference.cramers_v_interval(table, level=level)
    estimate = inference.cramers_v(table)
    if found is None or estimate is None:
        return None
    table = filled(table)
    n = float(table.sum())
    factor = math.sqrt(n / (n - max(table.shape) + 1))
    low, high = (factor * (end or 0.0) for end in found)
    return min(estimate, low), max(estimate, min(1.0, high))


def _gamma_tail(chi2: float, mean: float, variance: float) -> float | None:
    if not variance > 1e-9:
        return None
    from scipy.special import gammaincc

    p = float(gammaincc(mean * mean / variance, chi2 * mean / variance))
    return 1.0 if math.isnan(p) else min(1.0, max(p, sys.float_info.min))
