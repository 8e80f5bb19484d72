"""Numbers that are measured otherwise in one group than in another: spread, outliers, rounding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from auditkit.columns import Column, Kind
from auditkit.profiling.association import chance_p
from auditkit.profiling.compared import Compared
from auditkit.profiling.levels import Ranked

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ENOUGH", "Measured", "alike_p", "is_measurement", "measured", "rounded"]

ENOUGH = 30
"""Known numbers that a group needs before it is compared."""
_DISTINCT = 20
"""A number with fewer different values is a level, not a measurement."""
_FEW = 100
_FENCE = 3.0
"""An outlier is so many interquartile ranges beyond the quartiles of its own group."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One way to look at how a number was measured, by group.

    Attributes
    ----------
    feature, attribute : str
        Both columns.
    measure : str
        ``"spread"``: mean distance from the median of the group. ``"outliers"``: share of values
        more than three interquartile ranges beyond the quartiles of the group. ``"rounding"``:
        share of values rounded to ten times the last digit in use. ``"reliability"``: share of
        the variance within the group that the other features tell (cross-fitted).
    groups : list of dict
        For each group that is large enough ``group``, ``people`` and ``value``.
    ratio : float or None
        For spread: narrowest / widest, or the same of spreads as a share of the median where that
        is nearer to one.
    gap : float or None
        Highest minus lowest value.
    p_value, p_adjusted : float or None
        Of equal groups; Holm over all tests of quality.
    reason : str or None
        Why it was not compared.
    """

    feature: str
    attribute: str
    measure: str
    groups: list[dict[str, Any]]
    ratio: float | None = None
    gap: float | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    reason: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the record."""
        return dict(vars(self))


def measured(
    column: Column, cells: Ranked, groups: Compared, coarse: NDArray[np.bool_] | None
) -> list[Measured]:
    """Compare the spread, the outliers and the rounding of a number between groups.

    Parameters
    ----------
    column : Column
        The feature: a measurement (see `is_measurement`).
    cells : Ranked
        Its values.
    groups : Compared
        The attribute.
    coarse : ndarray of bool or None
        Which of the values are rounded (see `rounded`); None where none can be.

    References
    ----------
    .. [1] Brown MB, Forsythe AB (1974). Robust tests for the equality of variances. JASA 69,
       364-367. (spread: analysis of variance of the distances from the medians)
    .. [2] Tukey JW (1977). Exploratory Data Analysis. (values "far out")
    """
    found = _by_group(cells, groups)
    if found is None:
        return []
    values, share = cells.values, found.share
    base: dict[str, Any] = {"feature": column.name, "attribute": groups.name}

    def row(measure: str, value: NDArray[np.float64], p: float | None, **more: Any) -> Measured:
        rows = [
            {"group": name, "people": round(float(n)), "value": float(one)}
            for name, n, one in zip(found.names, found.people, value, strict=True)
        ]
        gap = float(value.max() - value.min())
        return Measured(**base, measure=measure, groups=rows, gap=gap, p_value=p, **more)

    middle = values[found.place_of(0.5)]
    apart = np.abs(values - middle[:, None])
    spread = np.einsum("gv,gv->g", share, apart)
    rows = []
    if spread.max() > 0:
        apart -= spread[:, None]
        variance = np.einsum("gv,gv,gv->g", share, apart, apart)
        ratio = _ratio(spread)
        if values[0] > 0 and middle.min() > 0:
            ratio = max(ratio, _ratio(spread / middle))
        p = _analysis_of_variance(spread, variance, found.effective)
        rows.append(row("spread", spread, p, ratio=ratio))
    low, high = values[found.place_of(0.25)], values[found.place_of(0.75)]
    reach = _FENCE * (high - low)
    if reach.min() > 0:
        out = found.outside(values, low - reach, high + reach)
        rows.append(row("outliers", out, _shares_p(out, found.effective)))
    if coarse is not None:
        round_ = share @ coarse.astype(np.float64)
        rows.append(row("rounding", round_, _shares_p(round_, found.effective)))
    return rows


def is_measurement(column: Column, cells: Ranked) -> bool:
    """Tell whether a column holds numbers that something was measured by."""
    return (
        column.kind is Kind.NUMERIC
        and cells.numbers
        and len(cells.values) >= _DISTINCT
        and bool(np.isfinite(cells.values[[0, -1]]).all())
    )


@dataclass(frozen=True, eq=False)
class _ByGroup:
    """The values by group: people, effective people, shares by value, and their running sums."""

    names: list[str | None]
    people: NDArray[np.float64]
    effective: NDArray[np.float64]
    share: NDArray[np.float64]
    below: NDArray[np.float64]

    def place_of(self, at: float) -> NDArray[np.intp]:
        """Return the lowest value of each group with at least `at` of its weight up to it."""
        return np.array([np.searchsorted(row, at - 1e-12) for row in self.below])

    def outside(
        self, values: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the share of each group below `low` and above `high`."""
        ends = np.searchsorted(values, low, "left"), np.searchsorted(values, high, "right")
        return np.array([
            float(row[:start].sum() + row[end:].sum())
            for row, start, end in zip(self.share, *ends, strict=True)
        ])  # fmt: skip


def _by_group(cells: Ranked, groups: Compared) -> _ByGroup | None:
    """Count the values in the groups that are large enough; None for fewer than two."""
    size, rows = len(cells.values), groups.rows
    flat = groups.codes * (size + 1) + groups.of_kept(cells.codes)
    shape = (groups.size, size + 1)
    people = rows.count(flat, groups.size * (size + 1)).reshape(shape)[:, :size]
    chosen = np.flatnonzero(people.sum(axis=1) >= ENOUGH)
    if len(chosen) < 2:
        return None
    mass = people[chosen]
    totals = effective = mass.sum(axis=1)
    if rows.weight is not None:
        mass = rows.weigh(flat, groups.size * (size + 1)).reshape(shape)[chosen, :size]
        squared = rows.weigh_squared(flat, groups.size * (size + 1)).reshape(shape)
        effective = mass.sum(axis=1) ** 2 / squared[chosen, :size].sum(axis=1)
    share = mass / mass.sum(axis=1, keepdims=True)
    names = [groups.attribute.names[code] for code in chosen]
    return _ByGroup(names, totals, effective, share, np.cumsum(share, axis=1))


def alike_p(
    means: NDArray[np.float64], variances: NDArray[np.float64], n: NDArray[np.float64]
) -> float | None:
    """Return the p-value of equal means of groups whose variances may differ (James).

    Examples
    --------
    >>> means, variances = np.array([0.1, 0.1]), np.array([0.2, 0.3])
    >>> round(alike_p(means, variances, np.array([50.0, 80.0])), 6)
    1.0
    """
    pooled = float(np.dot(variances, n) / n.sum())
    if pooled <= 0:
        return None
    weight = n / np.maximum(variances, pooled / 4)  # a group without variance is no certainty
    mean = float(np.dot(weight, means) / weight.sum())
    statistic = float(np.dot(weight, (means - mean) ** 2))
    from scipy.special import gammaincc

    return max(float(gammaincc((len(means) - 1) / 2, statistic / 2)), 1e-300)


def _ratio(spread: NDArray[np.float64]) -> float:
    return float(spread.min() / spread.max())


def _analysis_of_variance(
    means: NDArray[np.float64], variances: NDArray[np.float64], n: NDArray[np.float64]
) -> float | None:
    total, groups = float(n.sum()), len(means)
    within = float(np.dot(n, variances))
    if within <= 0 or total <= groups:
        return None
    mean = float(np.dot(n, means) / total)
    between = float(np.dot(n, (means - mean) ** 2))
    ratio = (between / (groups - 1)) / (within / (total - groups))
    from scipy.special import fdtrc

    return max(float(fdtrc(groups - 1, total - groups, ratio)), 1e-300)


def _shares_p(shares: NDArray[np.float64], n: NDArray[np.float64]) -> float | None:
    hits = shares * n
    whole = np.rint(hits)
    hits = np.where(np.abs(hits - whole) < 1e-6, whole, hits)
    return chance_p(np.stack([hits, n - hits]))


def rounded(values: NDArray[np.float64]) -> NDArray[np.bool_] | None:
    """Tell which values are rounded to ten times the last digit in use; None where none can be."""
    top = float(np.abs(values).max())
    for digits in range(-6, 7):  # from millions to millionths
        if not _whole(values[:_FEW] * 10.0**digits):  # most show it at once
            continue
        scaled = values * 10.0**digits
        if _whole(scaled):
            coarse = np.rint(scaled) % 10 == 0
            steps = (values[-1] - values[0]) * 10.0 ** (digits - 1)
            return coarse if steps >= 3 and coarse.any() and top > 0 else None
    return None


def _whole(scaled: NDArray[np.float64]) -> bool:
    off = np.abs(scaled - np.rint(scaled))
    return bool(np.all(off <= 1e-6 * np.maximum(1.0, np.abs(scaled))))
