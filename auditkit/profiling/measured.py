"""Numbers that are measured otherwise in one group than in another: spread, outliers, rounding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from auditkit.columns import Column, Kind
from auditkit.profiling.association import chances_of
from auditkit.profiling.compared import Compared
from auditkit.profiling.levels import Ranked

if TYPE_CHECKING:
    from numpy.typing import NDArray

    _Counted = Iterator[
        tuple[int, float, float, NDArray[np.int64] | slice, NDArray[np.float64] | None]
    ]
    """Group, people, effective people, which values, and what weighs on each (None: one)."""

__all__ = ["ENOUGH", "Measured", "MeasuredScan", "alike_p", "is_measurement", "rounded"]

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

    @classmethod
    def of(
        cls,
        feature: str,
        attribute: str,
        measure: str,
        groups: Iterable[tuple[str | None, float, float]],
        *,
        ratio: float | None = None,
        p_value: float | None = None,
    ) -> Measured:
        """Return what was found from (group, people, value) of each group."""
        rows: list[dict[str, Any]] = [
            {"group": name, "people": round(people), "value": value}
            for name, people, value in groups
        ]
        values = [row["value"] for row in rows]
        gap = max(values) - min(values)
        return cls(
            feature=feature, attribute=attribute, measure=measure, groups=rows, ratio=ratio,
            gap=gap, p_value=p_value,
        )  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the record."""
        return dict(vars(self))


class MeasuredScan:
    """Numbers compared by group, a column at a time; shares wait, and are tested together.

    References
    ----------
    .. [1] Brown MB, Forsythe AB (1974). Robust tests for the equality of variances. JASA 69,
       364-367. (spread: analysis of variance of the distances from the medians)
    .. [2] Tukey JW (1977). Exploratory Data Analysis. (values "far out")
    """

    def __init__(self) -> None:
        self._rows: list[Measured] = []
        self._shares: dict[int, NDArray[np.float64]] = {}

    def see(
        self, column: Column, cells: Ranked, groups: Compared, coarse: NDArray[np.bool_] | None
    ) -> None:
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
        """
        found = _by_group(cells, groups, coarse)
        if len(found) < 2:
            return
        effective = np.array([one.effective for one in found])
        spread, middle = ([getattr(one, of) for one in found] for of in ("spread", "middle"))
        if max(spread) > 0:
            ratio = min(spread) / max(spread)
            if cells.values[0] > 0 and min(middle) > 0:
                parts = [one / of for one, of in zip(spread, middle, strict=True)]
                ratio = max(ratio, min(parts) / max(parts))
            variance = np.array([one.variance for one in found])
            p_value = _analysis_of_variance(np.array(spread), variance, effective)
            each = [(one.name, one.people, one.spread) for one in found]
            row = Measured.of(
                column.name, groups.name, "spread", each, ratio=ratio, p_value=p_value
            )
            self._rows.append(row)
        shares = {}
        if min(one.reach for one in found) > 0:
            shares["outliers"] = [one.outside for one in found]
        if coarse is not None:
            shares["rounding"] = [one.rounded for one in found]
        for measure, share in shares.items():
            self._shares[len(self._rows)] = _hits(np.array(share), effective)
            each = [(one.name, one.people, part) for one, part in zip(found, share, strict=True)]
            self._rows.append(Measured.of(column.name, groups.name, measure, each))

    def found(self) -> list[Measured]:
        """Return all comparisons, with the p-values of the shares."""
        chances = dict(zip(self._shares, chances_of([*self._shares.values()]), strict=True))
        return [
            replace(row, p_value=chances[place]) if place in chances else row
            for place, row in enumerate(self._rows)
        ]


def is_measurement(column: Column, cells: Ranked) -> bool:
    """Tell whether a column holds numbers that something was measured by."""
    return (
        column.kind is Kind.NUMERIC
        and cells.numbers
        and len(cells.values) >= _DISTINCT
        and bool(np.isfinite(cells.values[[0, -1]]).all())
    )


@dataclass(frozen=True)
class _Group:
    """What is compared of one group, beside its people and effective people."""

    name: str | None
    people: float
    effective: float
    middle: float
    spread: float
    variance: float
    reach: float
    outside: float
    rounded: float

    @classmethod
    def of(
        cls,
        name: str | None,
        people: float,
        effective: float,
        values: NDArray[np.float64],
        mass: NDArray[np.float64] | None,
        coarse: NDArray[np.bool_] | None,
    ) -> _Group:
        """Look at the values of a group, ascending, and what weighs on each; None is one."""
        total = float(len(values)) if mass is None else float(mass.sum())
        at = np.array([0.25, 0.5, 0.75]) * total * (1 - 1e-12)
        if mass is None:
            places = np.ceil(at).astype(np.int64) - 1
        else:
            places = np.searchsorted(np.cumsum(mass), at)
        low, middle, high = values[places].tolist()  # the lowest that will do

        def mean(each: NDArray[Any]) -> float:
            return float(each.sum() if mass is None else mass @ each) / total

        apart = np.abs(values - middle)
        spread = mean(apart)
        apart -= spread
        reach = _FENCE * (high - low)
        outside = (values < low - reach) | (values > high + reach)
        return cls(
            name,
            people,
            effective,
            middle=middle,
            spread=spread,
            variance=mean(apart * apart),
            reach=reach,
            outside=mean(outside),
            rounded=0.0 if coarse is None else mean(coarse),
        )


def _by_group(cells: Ranked, groups: Compared, coarse: NDArray[np.bool_] | None) -> list[_Group]:
    """Look at each group that is large enough."""
    size, rows = len(cells.values), groups.rows
    flat = groups.codes * (size + 1) + groups.of_kept(cells.codes)
    many = rows.people is None and rows.weight is None and groups.size * size > len(flat)
    return [
        _Group.of(
            groups.attribute.names[code],
            people,
            effective,
            cells.values[there],
            mass,
            None if coarse is None else coarse[there],
        )
        for code, people, effective, there, mass in (_row_by_row if many else _value_by_value)(
            flat, size, groups
        )
    ]


def _row_by_row(flat: NDArray[np.int64], size: int, groups: Compared) -> _Counted:
    """Sort the rows, which is cheaper than to count values where nearly all differ."""
    if groups.size * (size + 1) < 2**31:
        flat = flat.astype(np.int32)  # sorted in half the time
    flat = np.sort(flat)
    for code in range(groups.size):
        first = code * (size + 1)
        start, end = np.searchsorted(flat, [first, first + size]).tolist()
        if end - start >= ENOUGH:
            people = float(end - start)
            yield code, people, people, flat[start:end] - first, None


def _value_by_value(flat: NDArray[np.int64], size: int, groups: Compared) -> _Counted:
    """Count how many have each value."""
    rows, shape = groups.rows, (groups.size, size + 1)
    people = rows.count(flat, groups.size * (size + 1)).reshape(shape)[:, :size]
    mass = squared = people
    if rows.weight is not None:
        mass, squared = (
            sums(flat, groups.size * (size + 1)).reshape(shape)[:, :size]
            for sums in (rows.weigh, rows.weigh_squared)
        )
    totals = people.sum(axis=1).tolist()
    for code, total in enumerate(totals):
        if total < ENOUGH:
            continue
        effective = total
        if rows.weight is not None:
            effective = float(mass[code].sum()) ** 2 / float(squared[code].sum())
        yield code, total, effective, slice(None), mass[code]


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


def _hits(shares: NDArray[np.float64], n: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return shares as people with and without."""
    hits = shares * n
    whole = np.rint(hits)
    hits = np.where(np.abs(hits - whole) < 1e-6, whole, hits)
    return np.stack([hits, n - hits])


def rounded(values: NDArray[np.float64]) -> NDArray[np.bool_] | None:
    """Tell which values are rounded to ten times the last digit in use; None where none can be."""
    top = float(np.abs(values).max())
    for digits in range(-6, 7):  # from millions to millionths
        if not _whole(values[:_FEW] * 10.0**digits):  # most show it at once
            continue
        scaled = values * 10.0**digits
        if _whole(scaled):
            tens = np.rint(scaled) / 10
            coarse = tens == np.rint(tens)
            steps = (values[-1] - values[0]) * 10.0 ** (digits - 1)
            return coarse if steps >= 3 and coarse.any() and top > 0 else None
    return None


def _whole(scaled: NDArray[np.float64]) -> bool:
    off = np.abs(scaled - np.rint(scaled))
    return bool(np.all(off <= 1e-6 * np.maximum(1.0, np.abs(scaled))))
