"""The table that a pass over the rows leaves, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from auditkit.counts import UNKNOWN, Cube
from auditkit.errors import MetricError, listed, nearest, shown
from auditkit.metrics.declared import METRICS, Metric
from auditkit.metrics.table.gaps import gap_rows, widest
from auditkit.metrics.table.pairs import counted_pairs, rate_rows, wilson_ends
from auditkit.metrics.table.sets import Floats, Set, divided, framed, masks, sets_of, summed

if TYPE_CHECKING:
    from auditkit.metrics.table.bootstrap import GroupBootstrap

__all__ = ["GroupTable"]


@dataclass(frozen=True, eq=False)
class GroupTable:
    """Groups × label × prediction, counted once: rates, gaps and bootstraps are arithmetic on it.

    Made by :func:`tabulate_groups`.

    Attributes
    ----------
    cube : Cube
        The counts of all attributes crossed.
    levels : tuple of tuple
        The values of each attribute: those that occur, and declared categories that do not.

    Examples
    --------
    >>> from auditkit.metrics import tabulate_groups
    >>> table = tabulate_groups(
    ...     [1, 0, 1, 1], [1, 0, 0, 1], sensitive_features={"sex": ["F", "F", "M", "M"]}
    ... )
    >>> [(row["group"], row["value"]) for row in table.rates(metrics=["selection_rate"])]
    [(('F',), 0.5), (('M',), 0.5)]
    """

    cube: Cube
    levels: tuple[tuple[str | None, ...], ...]

    @property
    def attributes(self) -> tuple[str, ...]:
        """Names of the attributes."""
        return self.cube.attributes

    @cached_property
    def weighted(self) -> bool:
        """Whether any weight differs from one."""
        cube = self.cube
        return not (np.array_equal(cube.w, cube.n) and np.array_equal(cube.w2, cube.n))

    @cached_property
    def metrics(self) -> tuple[str, ...]:
        """Names of the metrics that these counts allow, in the order of the catalogue."""
        n = self.cube.n
        known = {"label": n[:, :UNKNOWN].any(), "prediction": n[:, :, :UNKNOWN].any()}
        return tuple(row.name for row in METRICS.values() if all(known[need] for need in row.needs))

    @cached_property
    def sets(self) -> tuple[Set, ...]:
        """Each attribute alone, then all of them crossed."""
        return sets_of(self.cube, self.levels)

    @cached_property
    def tables(self) -> tuple[NDArray[np.int64], Floats, Floats]:
        """Return n, w and w2 of the groups of all sets, each of shape (groups, 3, 3)."""
        n = summed(self.sets, self.cube.n)
        if not self.weighted:
            return n, n.astype(np.float64), n.astype(np.float64)
        return n, summed(self.sets, self.cube.w), summed(self.sets, self.cube.w2)

    def chosen(self, metrics: Sequence[str] | None) -> tuple[Metric, ...]:
        """Return the rows of some metrics, of all that are possible by default.

        Raises
        ------
        MetricError
            On a name that is not known, or needs a label or a prediction that was not counted.
        """
        possible = self.metrics
        for name in metrics or ():
            if name not in METRICS:
                raise MetricError(f"no metric '{shown(name)}'{nearest(name, METRICS)}")
            if name not in possible:
                needs = " and ".join(METRICS[name].needs)
                raise MetricError(f"{name} needs {needs}: these counts have {listed(possible)}")
        return tuple(METRICS[name] for name in metrics or possible)

    def values(self, metrics: Sequence[str] | None = None) -> tuple[Floats, NDArray[np.int64]]:
        r"""Return every rate of every group as arrays: what the rows are made of.

        .. math:: \hat p_{mg} = W_g(\mathrm{event}_m) / W_g(\mathrm{given}_m)

        Parameters
        ----------
        metrics : sequence of str, optional
            Names from :data:`METRICS`; all that the counts allow by default.

        Returns
        -------
        tuple of ndarray, each of shape (metrics, groups of all sets)
            The rates, NaN where the denominator is empty, and the rows in the denominator.
            ``table.sets[i].place`` is where the groups of a set of attributes are.

        Raises
        ------
        MetricError
            On a metric that these counts do not allow.

        References
        ----------
        See the `reference` of each row of :data:`METRICS`.

        Examples
        --------
        >>> from auditkit.metrics import tabulate_groups
        >>> table = tabulate_groups([1, 0, 1, 1], sensitive_features=list("aabb"))
        >>> table.values(["base_rate"])[0].tolist()
        [[0.5, 1.0]]
        """
        rows = self.chosen(metrics)
        n, w, _ = self.tables
        top, bottom = masks(rows)
        numerators, denominators = top @ w.reshape(-1, 9).T, bottom @ w.reshape(-1, 9).T
        sizes = (bottom @ n.reshape(-1, 9).T).astype(np.int64)
        return divided(numerators, denominators), sizes

    def gap_values(self, metrics: Sequence[str] | None = None) -> Floats:
        r"""Return the widest difference and ratio as an array: what the rows of gaps are made of.

        .. math:: \max_g \hat p_g - \min_g \hat p_g,\qquad \min_g \hat p_g / \max_g \hat p_g

        Parameters
        ----------
        metrics : sequence of str, optional
            Names from :data:`METRICS`; all that the counts allow by default.

        Returns
        -------
        ndarray of shape (metrics, sets of attributes, 2)
            Difference and ratio, both in [0, 1]; NaN where fewer than two groups have a rate, a
            ratio also where all rates are 0.

        Raises
        ------
        MetricError
            On an attribute with a single group; on a metric that these counts do not allow.

        References
        ----------
        Weerts et al. (2023), Fairlearn: assessing and improving fairness of AI systems, JMLR 24.

        Examples
        --------
        >>> from auditkit.metrics import tabulate_groups
        >>> table = tabulate_groups([1, 0, 1, 1], sensitive_features=list("aabb"))
        >>> table.gap_values(["base_rate"]).tolist()
        [[[0.5, 0.5]]]
        """
        self.check_comparable()
        values, _ = self.values(metrics)
        return widest(self.sets, values)

    def rates(
        self, *, metrics: Sequence[str] | None = None, level: float | None = 0.95
    ) -> list[dict[str, Any]]:
        r"""Return every rate of every group, for each attribute alone and for all crossed.

        .. math:: \hat p_g = W_g(\mathrm{event}) / W_g(\mathrm{given})

        Parameters
        ----------
        metrics : sequence of str, optional
            Names from :data:`METRICS`; all that the counts allow by default.
        level : float or None
            Confidence level of Wilson's interval (on effective counts where there are weights);
            None leaves the intervals out, which is some ten times as fast.

        Returns
        -------
        list of dict
            ``attributes``, ``group``, ``metric``, ``value`` in [0, 1] or None, ``n`` (rows in the
            denominator), ``low``, ``high``, ``level``, ``reason`` (why there is no value: the
            denominator is empty).

        Raises
        ------
        MetricError
            On a metric that these counts do not allow, or a level that is not between 0 and 1.

        References
        ----------
        See the `reference` of each row of :data:`METRICS`; Wilson (1927), Probable inference, the
        law of succession, and statistical inference, JASA 22.

        Examples
        --------
        >>> from auditkit.metrics import tabulate_groups
        >>> table = tabulate_groups([1, 0, 1, 1], [0, 0, 1, 1], sensitive_features=list("aabb"))
        >>> for row in table.rates(metrics=["selection_rate", "false_positive_rate"], level=None):
        ...     print(row["group"], row["metric"], row["value"], row["n"], row["reason"])
        ('a',) selection_rate 0.0 2 None
        ('b',) selection_rate 1.0 2 None
        ('a',) false_positive_rate 0.0 1 None
        ('b',) false_positive_rate None 0 no negative labels
        """
        chosen = self.chosen(metrics)
        values, sizes = self.values(metrics)
        lines = [(one.attributes, group) for one in self.sets for group in one.groups]
        ends = wilson_ends(self._counted(values, chosen), level)
        return rate_rows(lines, chosen, values, sizes, ends, level)

    def gaps(
        self,
        *,
        metrics: Sequence[str] | None = None,
        level: float | None = 0.95,
        seed: int = 0,
        replicates: int = 2000,
    ) -> list[dict[str, Any]]:
        r"""Return the widest difference and ratio of each metric and set of attributes.

        .. math:: \max_g \hat p_g - \min_g \hat p_g,\qquad \min_g \hat p_g / \max_g \hat p_g

        Each comes with what is needed to read it: a simultaneous interval (it holds although
        the two groups were picked for being extreme; conservative where groups differ), the gap
        that chance alone would show between groups of these sizes, and a test of equal rates.

        Parameters
        ----------
        metrics : sequence of str, optional
            Names from :data:`METRICS`; all that the counts allow by default.
        level : float or None
            Of the interval and of the noise floor; None leaves interval, noise floor and test
            out, for the bare gaps.
        seed : int
            Start of the random numbers of the noise floor.
        replicates : int
            How many times chance is played out for it.

        Returns
        -------
        list of dict
            ``attributes``, ``metric``, ``kind`` (``"difference"`` in [0, 1], or ``"ratio"`` in
            [0, 1]), ``value``, ``low``, ``high``, ``level``, ``method``, ``highest`` and
            ``lowest`` (groups), ``compared`` (how many groups have a rate), ``left_out`` (groups
            without one), ``empty`` (how many crossings of several attributes nobody falls into),
            ``noise`` and ``noise_high`` (of a difference: expected, and at
            `level`), ``chi2``, ``df``, ``p_value``, ``reason``. A value is None when fewer than
            two groups have a rate, and a ratio when all rates are 0.

        Raises
        ------
        MetricError
            On an attribute with a single group; on a metric that these counts do not allow.

        References
        ----------
        .. [1] Agresti, Bini, Bertaccini, Ryu (2008), Simultaneous confidence intervals for
           comparing binomial parameters, Biometrics 64.
        .. [2] Lum, Zhang, Bower (2022), De-biasing "bias" measurement, FAccT.

        Examples
        --------
        >>> from auditkit.metrics import tabulate_groups
        >>> y, sex = [1] * 30 + [0] * 70 + [1] * 50 + [0] * 50, ["F"] * 100 + ["M"] * 100
        >>> gap = tabulate_groups(y, sensitive_features=sex).gaps()[0]
        >>> gap["kind"], round(gap["value"], 2), gap["highest"], gap["lowest"]
        ('difference', 0.2, ('M',), ('F',))
        >>> round(gap["low"], 2), round(gap["high"], 2), round(gap["noise_high"], 2)
        (0.06, 0.33, 0.14)
        """
        chosen = self.chosen(metrics)
        self.check_comparable()
        values, _ = self.values(metrics)
        if level is None:
            return gap_rows(self.sets, chosen, values)
        rows = gap_rows(
            self.sets, chosen, values, self._counted(values, chosen),
            level=level, seed=seed, replicates=replicates,
        )  # fmt: skip
        if self.weighted:
            for row in rows:
                row["method"] = row["method"] and f"{row['method']}, effective n"
        return rows

    def bootstrap(
        self,
        *,
        metrics: Sequence[str] | None = None,
        replicates: int = 1000,
        seed: int = 0,
        level: float = 0.95,
        method: Literal["percentile", "bca"] = "percentile",
        groups: Literal["free", "fixed"] = "free",
    ) -> GroupBootstrap:
        r"""Return bootstrap intervals of every rate and every gap: one draw stands for all rows.

        .. math:: (N_1, \dots, N_K)^* \sim \mathrm{Multinomial}(n, N / n)

        over the cells, which is what drawing n rows with replacement does to them. The cost does
        not depend on the number of rows. A gap gets the interval that all pairs of groups share,

        .. math:: v \pm Q_{0.95}\Bigl(\max_g (\hat p^*_g - \hat p_g)
                  - \min_g (\hat p^*_g - \hat p_g)\Bigr)

        and a ratio the same on the log scale: replicates of the gap itself are drawn around
        groups that differ already, and their percentiles would all but never reach down to 0.

        Parameters
        ----------
        metrics : sequence of str, optional
            Names from :data:`METRICS`; all that the counts allow by default.
        replicates : int
            How many draws.
        seed : int
            Start of the random numbers: the same seed gives the same answer.
        level : float
            Confidence level.
        method : {"percentile", "bca"}
            For the rates: the quantiles of the replicates, or those moved for bias and skewness.
        groups : {"free", "fixed"}
            ``"free"``: group sizes vary as in a sample of all. ``"fixed"``: each group of a set
            of attributes keeps its size, as where the groups were sampled one by one.

        Returns
        -------
        GroupBootstrap
            With ``rates()``, ``gaps()`` and ``to_frame()``. An interval is None with a reason when
            its value is undefined, is undefined in more than ``1 - level`` of the replicates, or is
            the same in all of them; of a gap also when a group loses its rate so often.

        Raises
        ------
        MetricError
            On arguments out of range, and on weights that differ within a cell: they have no
            count to draw.

        References
        ----------
        .. [1] Efron, Tibshirani (1993), An Introduction to the Bootstrap, chapters 13-14.
        .. [2] Beran (1988), Balanced simultaneous confidence sets, JASA 83.

        Examples
        --------
        >>> from auditkit.metrics import tabulate_groups
        >>> y, sex = [1] * 30 + [0] * 70 + [1] * 50 + [0] * 50, ["F"] * 100 + ["M"] * 100
        >>> found = tabulate_groups(y, sensitive_features=sex).bootstrap(seed=1).gaps()[0]
        >>> found["kind"], round(found["value"], 2), round(found["low"], 2), round(found["high"], 2)
        ('difference', 0.2, 0.06, 0.34)
        """
        from auditkit.metrics.table.bootstrap import bootstrap_table

        return bootstrap_table(
            self, metrics=metrics, replicates=replicates, seed=seed, level=level, method=method,
            groups=groups,
        )  # fmt: skip

    def to_frame(self, what: Literal["rates", "gaps"] = "rates", **options: Any) -> Any:
        """Return ``rates(**options)`` or ``gaps(**options)`` as a pandas frame.

        Examples
        --------
        >>> from auditkit.metrics import tabulate_groups
        >>> table = tabulate_groups([1, 0, 1, 1], sensitive_features=list("aabb"))
        >>> table.to_frame("gaps", level=None)["value"].tolist()
        [0.5, 0.5]
        """
        if what not in {"rates", "gaps"}:
            raise MetricError(f"what is '{shown(what)}'; use 'rates' or 'gaps'")
        return framed(getattr(self, what)(**options))

    def check_comparable(self) -> None:
        """Refuse an attribute with a single group: nothing can be compared."""
        sizes = self.tables[0].sum(axis=(1, 2))
        for one in self.sets:
            if np.count_nonzero(sizes[one.place]) < 2:
                raise MetricError(
                    f"'{shown(one.attributes[0])}' has only one group: there is nothing to "
                    "compare it with"
                )

    def _counted(self, values: Floats, rows: Sequence[Metric]) -> tuple[Floats, Floats]:
        return counted_pairs(self.tables, values, rows, weighted=self.weighted)
