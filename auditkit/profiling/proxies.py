"""Proxies: features from which a protected attribute can be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from auditkit import inference
from auditkit.columns import Column, Kind
from auditkit.errors import shown
from auditkit.profiling.association import chance_p, filled
from auditkit.profiling.levels import Levels, described_columns, level_codes
from auditkit.profiling.rows import Attribute, Rows, attributes, column_of

if TYPE_CHECKING:
    import pandas
    from numpy.typing import ArrayLike, NDArray

__all__ = ["BINS", "MAX_LEVELS", "MEASURE", "MIN_PEOPLE", "Proxy", "proxies"]

MEASURE = "cramers_v_corrected"
BINS = 10
"""Numbers and dates with more different values than this are cut at this many quantiles."""
MAX_LEVELS = 100
"""Levels of text kept apart; the rest are pooled."""
MIN_PEOPLE = 5
"""Rarer levels of a feature are pooled; rarer groups of an attribute are left out."""

_LEFT_OUT = (Kind.TEXT, Kind.IDENTIFIER)
_EMPTY = (Kind.CONSTANT, Kind.EMPTY)


@dataclass(frozen=True, kw_only=True)
class Proxy:
    """How well one feature tells one protected attribute.

    Attributes
    ----------
    attribute, feature : str
        Both columns.
    strength : float or None
        Bias-corrected Cramér's V, from 0 (unrelated) to 1 (one tells the other).
    measure : str
        Always ``"cramers_v_corrected"``.
    low, high : float or None
        Its interval.
    p_value, p_adjusted : float or None
        How often chance alone gives a link as strong; adjusted (Holm) for the number of pairs.
    n : int
        People it rests on. Rows, where survey weights are used.
    left_out : int
        People left out: their attribute is missing, or their group has fewer than 5 people.
    note : str or None
        What was done to the feature and the attribute first.
    reason : str or None
        Why there is no strength.

    Examples
    --------
    >>> import pandas
    >>> frame = pandas.DataFrame({"title": ["Ms", "Mr"] * 50})
    >>> found = proxies(frame, {"sex": ["F", "M"] * 50}, ["title"])[0]
    >>> found.strength, found.n, found.note
    (1.0, 100, None)
    """

    attribute: str
    feature: str
    strength: float | None
    measure: str = MEASURE
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    n: int = 0
    left_out: int = 0
    note: str | None = None
    reason: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the record."""
        return asdict(self)


def proxies(
    frame: pandas.DataFrame,
    groups: Mapping[str, Sequence[str | None]],
    features: Sequence[str],
    *,
    weight: ArrayLike | None = None,
    frequency: bool = False,
    max_levels: int = MAX_LEVELS,
    level: float = 0.95,
    described: Mapping[str, Column] | None = None,
) -> list[Proxy]:
    """Measure how strongly each feature goes with each protected attribute.

    All pairs are on one scale, the bias-corrected Cramér's V of (level of the feature × group):

    - numbers and dates with more than 10 different values are cut at their deciles;
    - levels of text with fewer than 5 people, or beyond the `max_levels` most frequent, are
      pooled, so that a column of many rare values cannot look perfect by chance;
    - a missing value of the feature is a level; of the attribute, it is left out, and so are
      groups of fewer than 5 people, a few misspellings of which would hide a perfect proxy;
    - free text and identifiers are not measured: their rows have no strength and say why.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table.
    groups : mapping of str to sequence
        Protected attribute to one group a row; None is missing.
    features : sequence of str
        The columns that may be proxies. A feature is not compared with the attribute of its
        own name.
    weight : array-like or None
        One weight a row. With survey weights the table is scaled to Kish's effective size.
    frequency : bool
        The weights are numbers of people, not survey weights.
    max_levels : int
        Most levels of text to keep apart.
    level : float
        Confidence level of the intervals.
    described : mapping of str to Column or None
        What :func:`auditkit.columns.describe` said of the features, if it was asked already.

    Returns
    -------
    list of Proxy
        Every pair, strongest first; those without a strength last.

    Raises
    ------
    SchemaError
        A feature that the table does not have.
    MetricError
        Weights or groups that do not fit the rows, or a level that is out of range.

    References
    ----------
    .. [1] Bergsma W (2013). A bias-correction for Cramér's V and Tschuprow's T. Journal of the
       Korean Statistical Society 42, 323-328.

    Examples
    --------
    >>> import pandas
    >>> frame = pandas.DataFrame({"club": ["rugby"] * 40 + ["chess"] * 60, "shift": [1, 2] * 50})
    >>> for row in proxies(frame, {"sex": ["M"] * 50 + ["F"] * 50}, ["club", "shift"]):
    ...     print(row.feature, round(row.strength, 2))
    club 0.81
    shift 0.0
    """
    rows = Rows.build(len(frame), weight, frequency=frequency)
    coded = [_Groups.of(attribute, rows) for attribute in attributes(groups, rows)]
    known = described_columns(frame, features, described)
    found = []
    for feature in features:
        column = known[feature]
        pairs = [group for group in coded if group.name != feature]
        if column.kind in _LEFT_OUT or column.kind in _EMPTY:
            left = "not measured: " if column.kind in _LEFT_OUT else ""
            reason = f"{left}{column.why}"
            found += [Proxy(attribute=g.name, feature=feature, strength=None, reason=reason)
                      for g in pairs]  # fmt: skip
        elif pairs:
            series = column_of(frame, feature)
            levels = level_codes(
                series, column, rows, bins=BINS, max_levels=max_levels, min_people=MIN_PEOPLE
            )
            found += [_measure(feature, levels, group, level) for group in pairs]
    adjusted = inference.holm([row.p_value for row in found])
    tested = [replace(row, p_adjusted=p) for row, p in zip(found, adjusted, strict=True)]
    return sorted(tested, key=_strongest_first)


def _strongest_first(row: Proxy) -> tuple[bool, float, str, str]:
    return row.strength is None, -(row.strength or 0.0), row.attribute, row.feature


@dataclass(frozen=True)
class _Groups:
    """The rows of a protected attribute that can be compared; codes and rows are theirs alone."""

    name: str
    kept: NDArray[np.bool_]
    codes: NDArray[np.int64]
    size: int
    rows: Rows
    people: int
    left_out: int
    note: str | None

    @classmethod
    def of(cls, attribute: Attribute, rows: Rows) -> _Groups:
        people = rows.count(attribute.codes, len(attribute.names))
        enough = people >= MIN_PEOPLE
        enough[attribute.known :] = False
        small = (people > 0) & ~enough
        small[attribute.known :] = False
        kept = enough[attribute.codes]
        notes = []
        if people[attribute.known :].sum():
            missing = round(people[attribute.known :].sum())
            notes.append(f"{missing:,} without '{shown(attribute.name)}' left out")
        if small.any():
            notes.append(
                f"{round(people[small].sum()):,} in groups of fewer than {MIN_PEOPLE} left out"
            )
        return cls(
            name=attribute.name,
            kept=kept,
            codes=attribute.codes[kept],
            size=len(attribute.names),
            rows=rows.keep(kept),
            people=round(people[enough].sum()),
            left_out=round(people[~enough].sum()),
            note="; ".join(notes) or None,
        )

    def table(self, levels: Levels) -> NDArray[np.float64]:
        """Return people, or effective people, by (level, group)."""
        flat = levels.codes[self.kept] * self.size + self.codes
        size = levels.size * self.size
        table = self.rows.weigh(flat, size).reshape(levels.size, self.size)
        if self.rows.weight is not None:
            squared = float(np.dot(self.rows.weight, self.rows.weight))
            table = table * (float(table.sum()) / squared if squared else 0.0)
        return filled(table)


def _measure(feature: str, levels: Levels, groups: _Groups, level: float) -> Proxy:
    pooled = f"{levels.pooled:,} rare levels pooled" if levels.pooled else None
    base = Proxy(
        attribute=groups.name,
        feature=feature,
        strength=None,
        n=groups.people,
        left_out=groups.left_out,
        note="; ".join(part for part in (pooled, groups.note) if part) or None,
    )
    table = groups.table(levels)
    if table.size == 0 or table.shape[1] < 2:
        return replace(base, reason=f"fewer than two groups of {MIN_PEOPLE} people to tell apart")
    if table.shape[0] < 2:
        why = "once the rare levels are pooled " if levels.pooled else ""
        return replace(base, reason=f"{why}only one level is left")
    strength = inference.cramers_v(table)
    if strength is None:
        return replace(base, reason="as many levels as people: nothing to measure with")
    interval = inference.cramers_v_interval(table, level=level)
    return replace(
        base,
        strength=strength,
        low=None if interval is None else interval.low,
        high=None if interval is None else interval.high,
        p_value=chance_p(table),
    )
