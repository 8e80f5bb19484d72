"""Bootstrap of a whole :class:`GroupTable`: every rate and every gap from the same draws.

Drawing is :func:`auditkit.inference.resample_cells`; the rules for the interval of a rate (what is
withheld and why, BCa) are those of :func:`auditkit.inference.bootstrap_cells`, for all at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from auditkit.errors import MetricError, shown
from auditkit.metrics.declared import Metric
from auditkit.metrics.table.group_table import GroupTable
from auditkit.metrics.table.intervals import (
    Spread,
    accelerations,
    simultaneous_of,
    spread_of,
    stacked,
)
from auditkit.metrics.table.sets import Floats, Set, divided, framed, masks, summed

__all__ = ["GroupBootstrap", "bootstrap_table"]

Method = Literal["percentile", "bca"]
Sizes = Literal["free", "fixed"]
_GAPS = ("difference", "ratio")
_AGREE = "every replicate gives the same value: too little varies to show a width"
_NO_BCA = "BCa is undefined here: ask for the percentile method"
_NO_GAP = "fewer than two groups have a value, or the rate is 0 in every group"
_NO_LOG = "a rate is 0: replicates do not show how far above it may be"


@dataclass(frozen=True, eq=False)
class GroupBootstrap:
    """Intervals of every rate and every gap of a :class:`GroupTable`.

    Attributes
    ----------
    table : GroupTable
        The counts.
    metrics : tuple of Metric
        In the order of axis 0 of the arrays.
    level, method, groups, replicates, seed
        What was asked for.
    of_rates : Spread
        Arrays of shape (metrics, groups of all sets).
    of_gaps : Spread
        Arrays of shape (metrics, sets, 2): difference and ratio.
    """

    table: GroupTable
    metrics: tuple[Metric, ...]
    level: float
    method: Method
    groups: Sizes
    replicates: int
    seed: int
    of_rates: Spread
    of_gaps: Spread

    def rates(self) -> list[dict[str, Any]]:
        """Return a row a rate.

        Returns
        -------
        list of dict
            ``attributes``, ``group``, ``metric``, ``value``, ``low``, ``high``,
            ``standard_error``, ``level``, ``method``, ``replicates``, ``undefined`` (in how many
            of them), ``reason`` (why there is no value or no interval).

        Examples
        --------
        >>> from auditkit.metrics.table import tabulate_groups
        >>> table = tabulate_groups([1, 0, 1, 1] * 20, sensitive_features=list("aabb") * 20)
        >>> [(row["value"], row["reason"]) for row in table.bootstrap().rates()]
        [(0.5, None), (1.0, 'every replicate gives the same value: ...')]
        """
        lines = [
            {"attributes": one.attributes, "group": group}
            for one in self.table.sets
            for group in one.groups
        ]
        return [
            {**line, "metric": row.name, **interval}
            for position, row in enumerate(self.metrics)
            for line, interval in zip(
                lines, self._intervals(self.of_rates, position, row.undefined), strict=True
            )
        ]

    def gaps(self) -> list[dict[str, Any]]:
        """Return a row a gap: difference and ratio of each metric and set of attributes.

        Returns
        -------
        list of dict
            ``attributes``, ``metric``, ``kind``, ``value``, ``low``, ``high``, ``level``,
            ``method`` (``"simultaneous"``), ``replicates``, ``undefined`` (in how many of them a
            group lost its rate, or for a ratio had a rate of 0), ``reason``.

        Raises
        ------
        MetricError
            On an attribute with a single group.

        Examples
        --------
        >>> from auditkit.metrics.table import tabulate_groups
        >>> table = tabulate_groups([1, 0, 1, 1] * 20, sensitive_features=list("aabb") * 20)
        >>> [(row["kind"], row["value"]) for row in table.bootstrap().gaps()]
        [('difference', 0.5), ('ratio', 0.5)]
        """
        self.table.check_comparable()
        rows = []
        for position, row in enumerate(self.metrics):
            found = self._intervals(self.of_gaps, position, _NO_GAP)
            for one in self.table.sets:
                for kind in _GAPS:
                    line = {"attributes": one.attributes, "metric": row.name, "kind": kind}
                    rows.append({**line, **next(found), "method": "simultaneous"})
                    del rows[-1]["standard_error"]
        return rows

    def to_frame(self, what: Literal["rates", "gaps"] = "rates") -> Any:
        """Return :meth:`rates` or :meth:`gaps` as a pandas frame."""
        if what not in {"rates", "gaps"}:
            raise MetricError(f"what is '{shown(what)}'; use 'rates' or 'gaps'")
        return framed(getattr(self, what)())

    def _intervals(self, spread: Spread, position: int, no_value: str) -> Iterator[dict[str, Any]]:
        asked = {"level": self.level, "method": self.method, "replicates": self.replicates}
        columns = (
            spread.value, spread.low, spread.high, spread.standard_error, spread.undefined,
            spread.withheld,
        )  # fmt: skip
        parts = [column[position].ravel().tolist() for column in columns]
        for value, low, high, error, undefined, why in zip(*parts, strict=True):
            reason = None
            if why:
                often = f"undefined in {undefined} of {self.replicates} replicates"
                neither = _NO_LOG if spread is self.of_gaps else _NO_BCA
                reason = (no_value, often, _AGREE, neither)[why - 1]
            yield {
                "value": value if value == value else None,
                "low": None if why else low,
                "high": None if why else high,
                "standard_error": error if error == error else None,
                **asked,
                "undefined": undefined,
                "reason": reason,
            }


def bootstrap_table(
    table: GroupTable,
    *,
    metrics: Sequence[str] | None,
    replicates: int,
    seed: int,
    level: float,
    method: Method,
    groups: Sizes,
) -> GroupBootstrap:
    """Draw the cells, and read every rate and every gap off each draw."""
    for name, value, allowed in (
        ("method", method, ("percentile", "bca")), ("groups", groups, ("free", "fixed")),
    ):  # fmt: skip
        if value not in allowed:
            raise MetricError(f"{name} is '{shown(value)}'; use '{allowed[0]}' or '{allowed[1]}'")
    if not 0 < level < 1:
        raise MetricError(f"level must be strictly between 0 and 1, got {level!r}")
    chosen = table.chosen(metrics)
    fixed = groups == "fixed"
    cells = _Cells.of(table, fixed=fixed, method=method)
    drawn = cells.draw(replicates, seed, fixed=fixed)
    rates: list[Spread] = []
    gaps: list[Spread] = []
    for row, value in zip(chosen, table.values(metrics)[0], strict=True):
        kinds = cells.masks(row)
        replicated = divided(_summed(drawn, kinds[0]), _summed(drawn, kinds[1]))
        moved = None
        if method == "bca":
            moved = accelerations(cells.n, table.sets, value, kinds, fixed=fixed)
        rates.append(spread_of(value, replicated, level, moved))
        gaps.append(simultaneous_of(table.sets, value, replicated, level))
    return GroupBootstrap(
        table, chosen, level, method, groups, replicates, seed, stacked(rates), stacked(gaps)
    )


@dataclass(frozen=True)
class _Cells:
    """The kinds of cells (label × prediction) that occur, in the groups of all sets."""

    table: GroupTable
    used: NDArray[np.int64]
    n: Floats
    """Rows, of shape (kinds, groups of all sets)."""
    weight: Floats | None
    """Weight of each row of a cell, of the same shape; None: all are one."""

    @classmethod
    def of(cls, table: GroupTable, *, fixed: bool, method: Method) -> _Cells:
        used = np.flatnonzero(table.cube.n.sum(axis=0).ravel())
        n, w, w2 = (part.reshape(-1, 9)[:, used].T.astype(np.float64) for part in table.tables)
        if not table.weighted:
            return cls(table, used, n, None)
        drawn = slice(None) if fixed else table.sets[-1].place
        if method == "bca" or not np.allclose((w * w)[:, drawn], (n * w2)[:, drawn], rtol=1e-9):
            raise MetricError(
                "method='bca' does not take weights: use 'percentile'"
                if method == "bca"
                else "weights differ within a cell, so that its rows cannot be drawn from counts: "
                "use rates() and gaps(), whose intervals allow for weights"
            )
        return cls(table, used, n, np.nan_to_num(divided(w, n)))

    def masks(self, row: Metric) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return which kinds are in the numerator, and which in the denominator."""
        top, bottom = masks([row])
        return top[0, self.used] > 0, bottom[0, self.used] > 0

    def draw(self, replicates: int, seed: int, *, fixed: bool) -> Floats:
        """Return drawn counts or weights: (kinds, groups of all sets, replicates)."""
        sets = self.table.sets
        if fixed:
            parts = [self._drawn(one, replicates, seed, fixed=True) for one in sets]
            return np.concatenate(parts, axis=1)
        crossed = self._drawn(sets[-1], replicates, seed, fixed=False)
        if len(sets) == 1:
            return crossed
        return summed(sets, crossed.swapaxes(0, 1)).swapaxes(0, 1)

    def _drawn(self, one: Set, replicates: int, seed: int, *, fixed: bool) -> Floats:
        """Draw the cells of one set of attributes."""
        from auditkit.inference import resample_cells

        counts = self.n[:, one.place]
        kinds, size = counts.shape
        labels = np.repeat(np.arange(size), kinds) if fixed else None
        drawn = np.empty((kinds, size, replicates))
        start = 0
        for block in resample_cells(
            counts.T.ravel(), replicates=replicates, seed=seed, groups=labels
        ):
            place = slice(start, start + len(block))
            drawn[:, :, place] = block.T.reshape(size, kinds, -1).swapaxes(0, 1)
            start += len(block)
        if self.weight is not None:
            drawn *= self.weight[:, one.place, None]
        return drawn


def _summed(drawn: Floats, kinds: NDArray[np.bool_]) -> Floats:
    """Add up some kinds of cells."""
    first, *others = np.flatnonzero(kinds) if kinds.any() else [0]
    total = drawn[first].copy() if kinds.any() else np.zeros(drawn.shape[1:])
    for kind in others:
        total += drawn[kind]
    return total
