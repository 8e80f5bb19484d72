"""A feature against groups: the table, how strong the link is, and whether it may be chance."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from auditkit import inference
from auditkit.inference.association import corrected_v, noncentral_v_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Link", "Shuffled", "chance_p", "filled", "link_of", "link_within", "shuffled"]


class Shuffled(NamedTuple):
    """The chi-square of a table, and what shuffling the groups over the rows would give."""

    chi2: float
    mean: float
    variance: float
    n: float


class Link(NamedTuple):
    """How strongly levels go with groups: corrected V, its interval, and how often chance does."""

    strength: float | None
    low: float | None
    high: float | None
    p_value: float | None


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
    found = _shuffled_each(table[None])
    return Shuffled(*(float(part[0]) for part in found)) if len(found.n) else None


class _Each(NamedTuple):
    """The same of several tables, those that tell nothing left out."""

    chi2: NDArray[np.float64]
    mean: NDArray[np.float64]
    variance: NDArray[np.float64]
    n: NDArray[np.float64]


def _shuffled_each(tables: NDArray[np.float64]) -> _Each:
    """Return what :func:`shuffled` does for each table of an array (tables, rows, columns)."""
    rows, columns = tables.sum(axis=2), tables.sum(axis=1)
    n = rows.sum(axis=1)
    r, c = (rows > 0).sum(axis=1), (columns > 0).sum(axis=1)
    told = (r > 1) & (c > 1) & (n > 3)
    tables, rows, columns, n, r, c = (part[told] for part in (tables, rows, columns, n, r, c))
    expected = rows[:, :, None] * columns[:, None, :] / n[:, None, None]
    apart = tables - expected
    with np.errstate(invalid="ignore", divide="ignore"):
        chi2 = np.where(expected > 0, apart * apart / expected, 0.0).sum(axis=(1, 2))
        w_r = (np.where(rows > 0, n[:, None] / rows, 0.0).sum(axis=1) - r * r) / (n - 2)
        w_c = (np.where(columns > 0, n[:, None] / columns, 0.0).sum(axis=1) - c * c) / (n - 2)
    mean = n * (r - 1) * (c - 1) / (n - 1)
    v_r, v_c = (r - 1) * (n - r) / (n - 1), (c - 1) * (n - c) / (n - 1)
    variance = 2 * n / (n - 3) * (v_r - w_r) * (v_c - w_c) + n * n / (n - 1) * w_r * w_c
    return _Each(chi2, mean, variance, n)


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
    found = shuffled(table)
    return None if found is None else _chance(filled(table), found)


def link_of(table: NDArray[np.float64], *, level: float) -> Link | None:
    r"""Return how strongly the rows of a table go with its columns; None where nothing can tell.

    The interval is right for tables of many rare levels too: the noncentral chi-square takes
    chi-square to be on average :math:`(r-1)(c-1) + n(m-1)V^2`, m the lesser of r and c. With
    levels of few people each it is less, since there is less chance left where V is high:
    :math:`(r-1)(c-1)(1-V^2) + n(m-1)V^2`. Hence the factor

    .. math:: \sqrt{n / (n - \max(r, c) + 1)}

    which is 1.0005 for 10 levels of 10,000 people and 1.03 for 20 people a level.

    Parameters
    ----------
    table : ndarray
        Counts without an empty row or column; effective counts may be fractions.
    level : float
        Confidence level of the interval.

    Examples
    --------
    >>> found = link_of(np.array([[30.0, 10.0], [10.0, 30.0]]), level=0.95)
    >>> [round(part, 3) for part in found]
    [0.49, 0.283, 0.724, 0.0]
    """
    found = shuffled(table)
    if found is None:
        strength = inference.cramers_v(table)
        return None if strength is None else Link(strength, None, None, None)
    strength = corrected_v(found.chi2, n=found.n, shape=table.shape)
    if strength is None:
        return None
    r, c = table.shape
    scale = found.n * (min(r, c) - 1)
    low, high = noncentral_v_interval(found.chi2, df=(r - 1) * (c - 1), scale=scale, level=level)
    factor = math.sqrt(found.n / (found.n - max(r, c) + 1))
    low, high = min(strength, factor * low), max(strength, min(1.0, factor * high))
    return Link(strength, low, high, _chance(table, found))


def _chance(table: NDArray[np.float64], found: Shuffled) -> float | None:
    if table.shape == (2, 2) and bool(np.all(table == np.floor(table))):
        smallest = float(table.sum(axis=0).min() * table.sum(axis=1).min()) / found.n
        if smallest < 5:
            (a, not_a), (b, not_b) = table.astype(int).tolist()
            return inference.fisher_exact(a, a + not_a, b, b + not_b)
    return _gamma_tail(found.chi2, found.mean, found.variance)


def link_within(tables: NDArray[np.float64]) -> tuple[float | None, float | None]:
    r"""Return how strongly two levels go with the rows of these tables, and how often chance does.

    .. math:: \sqrt{\max\left(0, \frac{\sum_g (\chi^2_g - \mu_g)}
       {\sum_g n_g (n_g - 2) / (n_g - 1)}\right)}

    with :math:`\mu_g`, the mean of chi-square under chance. For one table this is the corrected
    Cramer's V; for several, the root of the mean of its squares. Chance shuffles within each
    table: what differs between the tables plays no part.

    Parameters
    ----------
    tables : ndarray of shape (tables, levels, 2)
        Counts; levels that a table does not have are empty.

    Returns
    -------
    tuple of float or None
        The strength, from 0 to 1, and the p-value. None where no table can tell.

    Examples
    --------
    >>> one = np.array([[30.0, 10.0], [10.0, 30.0]])
    >>> strength, p_value = link_within(np.stack([one, one]))
    >>> round(strength, 6) == round(inference.cramers_v(one), 6), p_value < chance_p(one)
    (True, True)
    """
    found = _shuffled_each(tables)
    if not len(found.n):
        return None, None
    p_value = _gamma_tail(*(float(part.sum()) for part in found[:3]))
    room = float((found.n * (found.n - 2) / (found.n - 1)).sum())
    if room <= 1e-9:
        return None, p_value
    excess = float((found.chi2 - found.mean).sum())
    return min(1.0, math.sqrt(max(0.0, excess / room))), p_value


def _gamma_tail(chi2: float, mean: float, variance: float) -> float | None:
    if not variance > 1e-9:
        return None
    from scipy.special import gammaincc

    p = float(gammaincc(mean * mean / variance, chi2 * mean / variance))
    return 1.0 if math.isnan(p) else min(1.0, max(p, sys.float_info.min))
