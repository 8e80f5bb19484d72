"""A feature against groups: the table, how strong the link is, and whether it may be chance."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from auditkit import inference
from auditkit.inference.association import corrected_v, noncentral_v_intervals

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "Link", "Shuffled", "chance_p", "chances_of", "filled", "link_of", "link_within", "links_of",
    "links_within",
]  # fmt: skip


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


class _Each(NamedTuple):
    """The same of several tables; numbers mean something only where a table is `told`."""

    chi2: NDArray[np.float64]
    mean: NDArray[np.float64]
    variance: NDArray[np.float64]
    n: NDArray[np.float64]
    told: NDArray[np.bool_]


def _shuffled_each(tables: NDArray[np.float64]) -> _Each:
    r"""Return the chi-square of each table with its exact mean and variance under chance.

    .. math:: \mu = \frac{N(r-1)(c-1)}{N-1},\quad
       \sigma^2 = \frac{2N}{N-3}(v_r - w_r)(v_c - w_c) + \frac{N^2}{N-1} w_r w_c,\quad
       v_k = \frac{(k-1)(N-k)}{N-1},\quad w_k = \frac{\sum_i N/n_i - k^2}{N-2}

    Parameters
    ----------
    tables : ndarray of shape (tables, rows, columns)
        Counts; effective counts may be fractions. Fewer than two rows, two columns or four people
        tell nothing.

    References
    ----------
    .. [1] Haldane JBS (1940). The mean and variance of chi-square when used as a test of
       homogeneity, when expectations are small. Biometrika 31, 346-355.

    Examples
    --------
    >>> found = _shuffled_each(np.array([[[30.0, 10.0], [10.0, 30.0]]]))
    >>> found.chi2.tolist(), found.mean.round(3).tolist()
    ([20.0], [1.013])
    """
    rows, columns = tables.sum(axis=2), tables.sum(axis=1)
    n = rows.sum(axis=1)
    r, c = (rows > 0).sum(axis=1), (columns > 0).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = rows[:, :, None] * columns[:, None, :] / n[:, None, None]
        apart = tables - expected
        chi2 = np.where(expected > 0, apart * apart / expected, 0.0).sum(axis=(1, 2))
        w_r = (np.where(rows > 0, n[:, None] / rows, 0.0).sum(axis=1) - r * r) / (n - 2)
        w_c = (np.where(columns > 0, n[:, None] / columns, 0.0).sum(axis=1) - c * c) / (n - 2)
        mean = n * (r - 1) * (c - 1) / (n - 1)
        v_r, v_c = (r - 1) * (n - r) / (n - 1), (c - 1) * (n - c) / (n - 1)
        variance = 2 * n / (n - 3) * (v_r - w_r) * (v_c - w_c) + n * n / (n - 1) * w_r * w_c
    return _Each(chi2, mean, variance, n, (r > 1) & (c > 1) & (n > 3))


def chance_p(table: NDArray[np.float64]) -> float | None:
    r"""Return how often chance alone gives a chi-square as large as that of this table.

    Chance shuffles the groups over the rows. Under it the mean and the variance of chi-square
    are known exactly for fixed margins (Haldane 1940), and a gamma distribution with these two
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
    return chances_of([table])[0]


def chances_of(tables: Sequence[NDArray[np.float64]]) -> list[float | None]:
    """Return what :func:`chance_p` does for each of many tables, those of about one size at once.

    Examples
    --------
    >>> table = np.array([[30.0, 10.0], [10.0, 30.0]])
    >>> chances_of([table, table[:1]]) == [chance_p(table), None]
    True
    """
    chances: list[float | None] = [None] * len(tables)
    for places, stacked in _stacks(tables):
        found = _shuffled_each(stacked)
        for place, told, *parts in zip(places, found.told, *found[:-1], strict=True):
            if told:
                one = Shuffled(*map(float, parts))
                chances[place] = _chance(filled(tables[place]), one)
    return chances


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
    return links_of([table], level=level)[0]


def links_of(tables: Sequence[NDArray[np.float64]], *, level: float) -> list[Link | None]:
    """Return what :func:`link_of` does for each of many tables, those of about one size at once.

    Examples
    --------
    >>> table = np.array([[30.0, 10.0], [10.0, 30.0]])
    >>> links_of([table, table[:1]], level=0.95)[0] == link_of(table, level=0.95)
    True
    """
    links: list[Link | None] = [None] * len(tables)
    known: list[tuple[int, Shuffled, float]] = []
    for places, stacked in _stacks(tables):
        found = _shuffled_each(stacked)
        for place, told, *parts in zip(places, found.told, *found[:-1], strict=True):
            if not told:
                alone = inference.cramers_v(tables[place])
                links[place] = None if alone is None else Link(alone, None, None, None)
                continue
            one = Shuffled(*map(float, parts))
            strength = corrected_v(one.chi2, n=one.n, shape=tables[place].shape)
            if strength is not None:
                known.append((place, one, strength))
    shapes = [tables[place].shape for place, _, _ in known]
    ends = _ends(shapes, [one for _, one, _ in known], level)
    for (place, one, strength), low, high in zip(known, *ends, strict=True):
        factor = math.sqrt(one.n / (one.n - max(tables[place].shape) + 1))
        low, high = min(strength, factor * low), max(strength, min(1.0, factor * high))
        links[place] = Link(strength, low, high, _chance(tables[place], one))
    return links


def _ends(
    shapes: Sequence[tuple[int, ...]], found: Sequence[Shuffled], level: float
) -> list[list[float]]:
    """Return both ends of the interval of each V, by the shape of its table and the chi-square."""
    sizes = np.array(shapes).reshape(-1, 2)
    chi2, n = np.array([(one.chi2, one.n) for one in found]).reshape(-1, 2).T
    ends = noncentral_v_intervals(
        chi2, df=np.prod(sizes - 1, axis=1), scale=n * (sizes.min(axis=1) - 1), level=level
    )
    return [side.tolist() for side in ends]


def _stacks(
    tables: Sequence[NDArray[np.float64]],
) -> Iterator[tuple[list[int], NDArray[np.float64]]]:
    """Yield tables of about one size as one array, short ones filled up with empty rows."""
    alike: dict[tuple[int, int], list[int]] = {}
    for place, table in enumerate(tables):
        rows, columns = table.shape
        alike.setdefault((1 << (rows - 1).bit_length(), columns), []).append(place)
    for shape, places in alike.items():
        stacked = np.zeros((len(places), *shape))
        for one, place in zip(stacked, places, strict=True):
            one[: len(tables[place])] = tables[place]
        yield places, stacked


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
    return links_within([tables])[0]


def links_within(
    each: Sequence[NDArray[np.float64]],
) -> list[tuple[float | None, float | None]]:
    """Return what :func:`link_within` does for each of many arrays, those of one size at once.

    Examples
    --------
    >>> tables = np.array([[[30.0, 10.0], [10.0, 30.0]]])
    >>> links_within([tables, tables[:, :1]])[0] == link_within(tables)
    True
    """
    links: list[tuple[float | None, float | None]] = [(None, None)] * len(each)
    wide = [tables.swapaxes(0, 1).reshape(tables.shape[1], -1) for tables in each]
    for places, stacked in _stacks(wide):
        sets, levels = stacked.shape[:2]
        tables = stacked.reshape(sets, levels, -1, 2).swapaxes(1, 2)
        found = _shuffled_each(tables.reshape(-1, levels, 2))
        n = np.where(found.told, found.n, 2.0)  # two people have no room
        room = (n * (n - 2) / (n - 1)).reshape(sets, -1).sum(axis=1)
        chi2, mean, variance = (
            np.where(found.told, part, 0.0).reshape(sets, -1).sum(axis=1) for part in found[:3]
        )
        told = np.count_nonzero(found.told.reshape(sets, -1), axis=1)
        for k, place in enumerate(places):
            if told[k]:
                p_value = _gamma_tail(float(chi2[k]), float(mean[k]), float(variance[k]))
                excess = max(0.0, float(chi2[k] - mean[k]))
                strength = min(1.0, math.sqrt(excess / room[k])) if room[k] > 1e-9 else None
                links[place] = strength, p_value
    return links


def _gamma_tail(chi2: float, mean: float, variance: float) -> float | None:
    if not variance > 1e-9:
        return None
    from scipy.special import gammaincc

    p = float(gammaincc(mean * mean / variance, chi2 * mean / variance))
    return 1.0 if math.isnan(p) else min(1.0, max(p, sys.float_info.min))
