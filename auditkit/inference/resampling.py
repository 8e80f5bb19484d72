"""The bootstrap, on counts: one draw over the cells stands for a draw of all rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from auditkit.inference import _checks, _draws
from auditkit.inference._draws import Floats, Statistic

Method: TypeAlias = Literal["percentile", "bca"]


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """What `bootstrap_cells` or `bootstrap_clusters` found.

    Attributes
    ----------
    value : float or None
        The statistic of the counts themselves.
    low, high : float or None
        The interval.
    standard_error : float or None
        Standard deviation over the replicates.
    level : float
        Confidence level.
    method : str
        ``"percentile"`` or ``"bca"``.
    replicates, undefined : int
        How many were drawn, and in how many of them the statistic was undefined.
    seed : int
        Start of the random numbers.
    reason : str or None
        Why the value or the interval is None.
    """

    value: float | None
    low: float | None
    high: float | None
    standard_error: float | None
    level: float
    method: Method
    replicates: int
    undefined: int
    seed: int
    reason: str | None


def resample_cells(
    counts: ArrayLike,
    *,
    replicates: int,
    seed: int,
    groups: Sequence[int] | NDArray[np.int64] | None = None,
) -> Iterator[Floats]:
    """Draw bootstrap counts, block by block.

    n independent rows drawn with replacement fall into the cells as one multinomial draw with
    the observed shares. The cost is that of the cells, not of the rows.

    Parameters
    ----------
    counts : array of shape (K,)
        Rows in each cell, whole numbers.
    replicates : int
        How many draws, R.
    seed : int
        Start of the random numbers: the same seed gives the same draws.
    groups : sequence of int of length K, or None
        Label of the group each cell belongs to. Given, the size of every group is held fixed,
        as where the groups were sampled; None lets the sizes vary as in a sample of all.

    Yields
    ------
    array of shape (r, K)
        Counts of some replicates; the r of all blocks add up to R.

    Raises
    ------
    MetricError
        If the counts are not whole and one-dimensional, or another argument is out of range.

    References
    ----------
    .. [1] Efron B, Tibshirani RJ (1993). An Introduction to the Bootstrap. Chapman & Hall.

    Examples
    --------
    >>> blocks = resample_cells([8, 2, 5, 5], replicates=3, seed=1, groups=[0, 0, 1, 1])
    >>> [draw.sum(axis=1).tolist() for draw in blocks]
    [[20.0, 20.0, 20.0]]
    """
    cells = _draws.cells(counts)
    labels = _draws.labels(groups, len(cells))
    times = _checks.positive_whole(replicates, name="replicates")
    return _draws.draw_cells(cells, labels, times, _checks.generator(seed))


def bootstrap_cells(
    counts: ArrayLike,
    statistic: Statistic,
    *,
    seed: int,
    groups: Sequence[int] | NDArray[np.int64] | None = None,
    level: float = 0.95,
    method: Method = "percentile",
    replicates: int = 2000,
) -> Bootstrap:
    r"""Bootstrap interval for any statistic of a table of counts.

    .. math:: (N_1, \dots, N_K)^* \sim \mathrm{Multinomial}(n, \hat\pi),\qquad
              \hat\pi_k = N_k / n

    one for each group when `groups` fixes the sizes. The percentile interval takes the
    :math:`\alpha/2` quantiles of the replicates; BCa moves them for bias and skewness, with the
    acceleration from leaving out one row at a time.

    Good for a rate or a difference of 100 persons and more; of a ratio of rare events there is
    often no interval, and of the widest of several gaps none that covers (docs/coverage.md).

    Parameters
    ----------
    counts : array of shape (K,)
        Rows in each cell, whole numbers.
    statistic : callable
        Takes an array of shape (r, K), one replicate a row, and returns r values, with nan
        where undefined. 0/0 may be left to NumPy: its warnings are silenced.
    seed : int
        Start of the random numbers: the same seed gives the same answer.
    groups : sequence of int of length K, or None
        See `resample_cells`.
    level : float
        Confidence level, strictly between 0 and 1.
    method : {"percentile", "bca"}
        How the interval is made.
    replicates : int
        How many draws.

    Returns
    -------
    Bootstrap
        The interval is None with a reason when the value is undefined, when more than
        ``1 - level`` of the replicates are (the rest would speak for a friendlier world), or
        when all replicates agree (a width of zero would claim certainty).

    Raises
    ------
    MetricError
        If the counts are not whole and one-dimensional, the statistic returns another shape, or
        an argument is out of range.

    References
    ----------
    .. [1] Efron B, Tibshirani RJ (1993). An Introduction to the Bootstrap. Chapman & Hall,
       chapters 13-14.

    Examples
    --------
    >>> def gap(c):
    ...     return c[:, 0] / (c[:, 0] + c[:, 1]) - c[:, 2] / (c[:, 2] + c[:, 3])
    >>> found = bootstrap_cells([56, 14, 48, 32], gap, seed=0, groups=[0, 0, 1, 1])
    >>> round(found.value, 2), round(found.low, 2), round(found.high, 2), found.undefined
    (0.2, 0.06, 0.34, 0)
    """
    cells = _draws.cells(counts)
    labels = _draws.labels(groups, len(cells))
    plan = _Plan.checked(level, method, replicates, seed)
    draws = _draws.draw_cells(cells, labels, plan.replicates, _checks.generator(seed))
    present = np.flatnonzero(cells)

    def leave_one_out() -> tuple[Floats, Floats, NDArray[np.int64]]:
        values = [
            _draws.evaluate(statistic, cells - _draws.rows_of_identity(block, len(cells)))
            for block in _draws.split(present, len(cells))
        ]
        return np.concatenate(values), cells[present], labels[present]

    return plan.result(_draws.value(statistic, cells), statistic, draws, leave_one_out)


def bootstrap_clusters(
    counts: ArrayLike,
    statistic: Statistic,
    *,
    seed: int,
    level: float = 0.95,
    method: Method = "percentile",
    replicates: int = 2000,
) -> Bootstrap:
    r"""Bootstrap interval when rows come in clusters: whole clusters are drawn.

    .. math:: N^* = \sum_{c=1}^{C} W_c N_c,\qquad
              (W_1, \dots, W_C) \sim \mathrm{Multinomial}(C, (1/C, \dots, 1/C))

    For persons with several applications, or schools with many pupils, rows of one cluster
    resemble each other; drawing rows would make the interval too narrow. Needs some 20 clusters
    or more to be trusted.

    Parameters
    ----------
    counts : array of shape (C, K)
        Rows, or sums of weights, of each cluster in each cell; not negative.
    statistic : callable
        As in `bootstrap_cells`.
    seed : int
        Start of the random numbers: the same seed gives the same answer.
    level : float
        Confidence level, strictly between 0 and 1.
    method : {"percentile", "bca"}
        How the interval is made; BCa leaves out one cluster at a time.
    replicates : int
        How many draws.

    Returns
    -------
    Bootstrap
        None with a reason as in `bootstrap_cells`, and with fewer than two clusters.

    Raises
    ------
    MetricError
        If the counts are not two-dimensional or negative, the statistic returns another shape,
        or an argument is out of range.

    References
    ----------
    .. [1] Davison AC, Hinkley DV (1997). Bootstrap Methods and their Application. Cambridge,
       section 3.8.

    Examples
    --------
    >>> clusters = [[4, 0], [0, 4], [3, 1], [1, 3], [4, 0], [0, 4]]
    >>> found = bootstrap_clusters(clusters, lambda c: c[:, 0] / c.sum(axis=1), seed=0)
    >>> found.value, round(found.low, 2), round(found.high, 2)
    (0.5, 0.17, 0.83)
    """
    table = _draws.matrix(counts)
    plan = _Plan.checked(level, method, replicates, seed)
    total = table.sum(axis=0)
    if len(table) < 2:
        reason = f"drawing clusters needs at least two, got {len(table)}"
        return plan.nothing(_draws.value(statistic, total), reason)

    # Clusters with the same counts are one kind, drawn as often as its members would be.
    kinds, members = np.unique(table, axis=0, return_counts=True)
    draws = _draws.draw_clusters(kinds, members, plan.replicates, _checks.generator(seed))

    def leave_one_out() -> tuple[Floats, Floats, NDArray[np.int64]]:
        values = [
            _draws.evaluate(statistic, total - kinds[block])
            for block in _draws.split(np.arange(len(kinds)), table.shape[1])
        ]
        one_sample = np.zeros(len(kinds), dtype=np.int64)
        return np.concatenate(values), members.astype(np.float64), one_sample

    return plan.result(_draws.value(statistic, total), statistic, draws, leave_one_out)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What was asked for, and how replicates become an answer."""

    level: float
    method: Method
    replicates: int
    seed: int

    @classmethod
    def checked(cls, level: float, method: Method, replicates: int, seed: int) -> _Plan:
        _checks.one_of(method, ("percentile", "bca"), name="method")
        return cls(
            _checks.open_proportion(level, name="level"),
            method,
            _checks.positive_whole(replicates, name="replicates"),
            _checks.whole(seed, name="seed"),
        )

    def nothing(
        self,
        value: float | None,
        reason: str,
        standard_error: float | None = None,
        undefined: int = 0,
    ) -> Bootstrap:
        return Bootstrap(
            value,
            None,
            None,
            standard_error,
            self.level,
            self.method,
            self.replicates,
            undefined,
            self.seed,
            reason,
        )

    def result(
        self,
        value: float | None,
        statistic: Statistic,
        draws: Iterator[Floats],
        leave_one_out: Callable[[], tuple[Floats, Floats, NDArray[np.int64]]],
    ) -> Bootstrap:
        values = np.concatenate([_draws.evaluate(statistic, block) for block in draws])
        defined = values[np.isfinite(values)]
        undefined = len(values) - len(defined)
        if value is None:
            return self.nothing(None, "the statistic is undefined here", undefined=undefined)
        if undefined > (1 - self.level) * len(values) or len(defined) < 2:
            reason = f"undefined in {undefined} of {len(values)} replicates"
            return self.nothing(value, reason, undefined=undefined)
        error = float(defined.std(ddof=1))
        if defined.min() == defined.max():
            reason = "every replicate gives the same value: too little varies to show a width"
            return self.nothing(value, reason, error, undefined)
        tails = np.array([(1 - self.level) / 2, (1 + self.level) / 2])
        if self.method == "bca":
            moved = _bca_tails(value, defined, self.level, *leave_one_out())
            if moved is None:
                reason = "BCa is undefined here: ask for the percentile method"
                return self.nothing(value, reason, error, undefined)
            tails = moved
        low, high = (float(end) for end in np.quantile(defined, tails))
        return Bootstrap(
            value,
            low,
            high,
            error,
            self.level,
            self.method,
            self.replicates,
            undefined,
            self.seed,
            None,
        )


def _bca_tails(
    value: float,
    replicates: Floats,
    level: float,
    left_out: Floats,
    rows: Floats,
    labels: NDArray[np.int64],
) -> Floats | None:
    """Return the two probabilities at which BCa reads the replicates.

    `left_out` is the statistic without one row of a kind, `rows` how many rows are of that
    kind, `labels` which sample they are of.
    """
    share = float((replicates < value).mean() + (replicates == value).mean() / 2)
    if not 0 < share < 1 or not np.isfinite(left_out).all():
        return None
    cubes = squares = 0.0
    for label in np.unique(labels):
        here = labels == label
        n = float(rows[here].sum())
        mean = float((rows[here] * left_out[here]).sum() / n)
        influence = (n - 1) * (mean - left_out[here])
        cubes += float((rows[here] * influence**3).sum()) / n**3
        squares += float((rows[here] * influence**2).sum()) / n**2
    if squares == 0:
        return None
    acceleration = cubes / (6 * squares**1.5)
    bias = _checks.normal_point(share)
    ends = []
    for z in (-_checks.normal_quantile(level), _checks.normal_quantile(level)):
        shrink = 1 - acceleration * (bias + z)
        if shrink <= 0:
            return None
        ends.append(_checks.normal_cdf(bias + (bias + z) / shrink))
    return np.array(ends)
