"""Proxies: features from which a protected attribute can be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from auditkit import inference
from auditkit.columns import Column, Kind
from auditkit.profiling.association import Link, filled
from auditkit.profiling.beside import Beside, Given
from auditkit.profiling.compared import MIN_PEOPLE, Compared
from auditkit.profiling.levels import (
    Levels,
    Ranked,
    described_columns,
    level_codes,
    ranked_column,
)
from auditkit.profiling.postcodes import (
    as_codes,
    named_like_a_postcode,
    shortened,
    values_like_postcodes,
)
from auditkit.profiling.rows import Rows, attributes, outcome_of
from auditkit.profiling.telling import Telling, level_name, telling
from auditkit.profiling.waiting import Waiting

if TYPE_CHECKING:
    import pandas
    from numpy.typing import ArrayLike, NDArray

__all__ = ["BINS", "MAX_LEVELS", "MEASURE", "MIN_PEOPLE", "Proxy", "ProxyScan", "proxies"]

MEASURE = "cramers_v_corrected"
BINS = 10
"""Numbers and dates with more different values than this are cut at this many quantiles."""
MAX_LEVELS = 2_000
"""Levels of text kept apart; the rest are pooled."""

_NOTHING_TO_MEASURE = "as many levels as people: nothing to measure with"
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
    tells : tuple of Telling
        The values that tell a group best, up to three.
    postcode : str or None
        ``"name"`` where the column is called like a postcode, ``"values"`` where its values look
        like codes of areas.
    outcome_strength, outcome_low, outcome_high : float or None
        Cramér's V of the feature and the outcome, in all rows whose outcome is known.
    outcome_p_adjusted : float or None
        How often chance gives a link with the outcome as strong; Holm over the features.
    given_group, given_group_p_adjusted : float or None
        The same within the groups of the attribute, put together; Holm over the pairs.
    with_outcome : bool or None
        True: it goes with the outcome, in all rows or given the group (p below `alpha`). False:
        neither, and the whole interval of `outcome_strength` is at most `harmless`. None: the
        data cannot tell, or there is no outcome.
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
    tells: tuple[Telling, ...] = ()
    postcode: str | None = None
    outcome_strength: float | None = None
    outcome_low: float | None = None
    outcome_high: float | None = None
    outcome_p_adjusted: float | None = None
    given_group: float | None = None
    given_group_p_adjusted: float | None = None
    with_outcome: bool | None = None
    reason: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the record."""
        return dict(vars(self)) | {"tells": [row.to_dict() for row in self.tells]}


def proxies(
    frame: pandas.DataFrame,
    groups: Mapping[str, Sequence[str | None]],
    features: Sequence[str],
    *,
    outcome: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    frequency: bool = False,
    max_levels: int = MAX_LEVELS,
    level: float = 0.95,
    alpha: float = 0.05,
    harmless: float = 0.05,
    described: Mapping[str, Column] | None = None,
) -> list[Proxy]:
    """Measure how strongly each feature goes with each protected attribute.

    All pairs are on one scale, the bias-corrected Cramér's V of (level of the feature × group):

    - numbers and dates with more than 10 different values are cut at their deciles;
    - levels of text with fewer than 5 people, or beyond the `max_levels` most frequent, are
      pooled, so that a column of many rare values cannot look perfect by chance;
    - a missing value of the feature is a level; of the attribute, it is left out, and so are
      groups of fewer than 5 people, a few misspellings of which would hide a perfect proxy;
    - postcodes are levels even where they are numbers, and are read by their beginning where
      most of them belong to fewer than 5 people;
    - free text and identifiers are not measured: their rows have no strength and say why.

    Where there is an outcome, the same levels are set beside it: in all rows, and within the
    groups of the attribute (the outcomes are shuffled inside each group). A feature that goes
    with the outcome only through the group carries the gap between the groups and nothing else.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table.
    groups : mapping of str to sequence
        Protected attribute to one group a row; None is missing.
    features : sequence of str
        The columns that may be proxies. A feature is not compared with the attribute of its
        own name.
    outcome : array-like of float or None
        1 where it happened, 0 where not, NaN where unknown; None where there is none.
    weight : array-like or None
        One weight a row. With survey weights the table is scaled to Kish's effective size.
    frequency : bool
        The weights are numbers of people, not survey weights.
    max_levels : int
        Most levels of text to keep apart.
    level : float
        Confidence level of the intervals.
    alpha : float
        Corrected p-value below which a link with the outcome is clear.
    harmless : float
        Largest link with the outcome that still counts as none.
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
        Weights, groups or an outcome that do not fit the rows, or a level that is out of range.

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
    known = described_columns(frame, features, described)
    scan = ProxyScan(
        [Compared.of(attribute, rows) for attribute in attributes(groups, rows)],
        rows,
        outcome=None if outcome is None else outcome_of(outcome, rows),
        max_levels=max_levels,
        level=level,
    )
    for feature in features:
        scan.see(known[feature], ranked_column(frame, known[feature], rows))
    return scan.found(alpha=alpha, harmless=harmless)


class ProxyScan:
    """The proxies of one table, a column at a time.

    Parameters
    ----------
    groups : list of Compared
        The protected attributes.
    rows : Rows
        Weights, and our order of rows.
    outcome : ndarray or None
        In our order of rows.
    max_levels, level
        As in :func:`proxies`.
    """

    def __init__(
        self,
        groups: list[Compared],
        rows: Rows,
        *,
        outcome: NDArray[np.float64] | None,
        max_levels: int = MAX_LEVELS,
        level: float,
    ) -> None:
        self.groups, self.rows = groups, rows
        self.max_levels, self.level = max_levels, level
        self.beside = Beside(groups, outcome, rows) if groups else None
        self.pairs: list[Proxy] = []
        self.links: dict[str, Link | None] = {}
        self.given: dict[tuple[str, str], tuple[float | None, float | None]] = {}
        self._waiting = Waiting()

    def see(self, column: Column, cells: Ranked) -> None:
        """Look at one column."""
        feature = column.name
        pairs = [place for place, groups in enumerate(self.groups) if groups.name != feature]
        if self.beside is None or not pairs:
            return
        postcode = self._postcode(column, cells)
        told = column.kind is Kind.IDENTIFIER and postcode is not None
        if column.kind in _EMPTY or (column.kind in _LEFT_OUT and not told):
            left = "not measured: " if column.kind in _LEFT_OUT else ""
            reason = f"{left}{column.why}"
            self.pairs += [
                Proxy(
                    attribute=self.groups[pair].name,
                    feature=feature,
                    strength=None,
                    postcode=postcode,
                    reason=reason,
                )
                for pair in pairs
            ]
            return
        note = None
        if postcode is not None:
            cells, note = self._as_areas(cells)
        levels = level_codes(
            cells, self.rows, bins=BINS, max_levels=self.max_levels, min_people=MIN_PEOPLE
        )
        waiting, counted = self._waiting, self.beside.counted(levels)
        if self.beside.known:
            self.links[feature] = None
            waiting.add(waiting.outcome, feature, counted.outcome())
        for pair in pairs:
            groups, given = self.groups[pair], counted.given(pair)
            row, table = _told(column, cells, levels, groups, given)
            notes = "; ".join(part for part in (note, row.note) if part) or None
            waiting.add(waiting.pairs, len(self.pairs), table)
            self.pairs.append(replace(row, postcode=postcode, note=notes))
            waiting.add(waiting.given, (feature, groups.name), given.within)
        if waiting.enough:
            self._measure()

    def _measure(self) -> None:
        """Measure the tables that were counted, all together."""
        waiting, self._waiting = self._waiting, Waiting()
        pairs, outcome = waiting.links(level=self.level)
        for place, link in pairs.items():
            told: dict[str, Any] = {"reason": _NOTHING_TO_MEASURE, "tells": ()}
            if link is not None:
                told = link._asdict()
            self.pairs[place] = replace(self.pairs[place], **told)
        self.links |= outcome
        self.given |= waiting.within()

    def _postcode(self, column: Column, cells: Ranked) -> str | None:
        if named_like_a_postcode(column.name):
            return "name"
        if column.kind not in (Kind.CATEGORICAL, Kind.NUMERIC):
            return None
        people = cells.people(self.rows)
        return "values" if values_like_postcodes(cells.values, people) else None

    def _as_areas(self, cells: Ranked) -> tuple[Ranked, str | None]:
        """Read postcodes as levels, by their beginning where whole ones are too rare."""
        codes = as_codes(cells.values)
        order = np.argsort(codes, kind="stable")
        cells = Ranked(
            np.append(np.argsort(order), len(codes))[cells.codes], codes[order], cells.missing
        )
        people = cells.people(self.rows)
        short = shortened(cells.values, people, min_people=MIN_PEOPLE)
        if short is None:
            return cells, None
        place, length = short
        starts = np.array(sorted({code[:length] for code in cells.values.tolist()}), dtype=object)
        codes_ = np.append(place, len(starts))[cells.codes]
        note = f"read by the first {length} characters"
        return Ranked(codes_, starts, cells.missing), note

    def found(self, *, alpha: float, harmless: float) -> list[Proxy]:
        """Return every pair, strongest first, with the corrected p-values."""
        self._measure()
        adjusted = inference.holm([row.p_value for row in self.pairs])
        links = inference.holm([link and link.p_value for link in self.links.values()])
        link_p = dict(zip(self.links, links, strict=True))
        givens = inference.holm([p_value for _, p_value in self.given.values()])
        given_p = dict(zip(self.given, givens, strict=True))
        rows = []
        for row, p_adjusted in zip(self.pairs, adjusted, strict=True):
            key, more = (row.feature, row.attribute), dict[str, Any]()
            if key in self.given:
                link = self.links[row.feature] or Link(*[None] * 4)
                chances = link_p[row.feature], given_p[key]
                more = {
                    "outcome_strength": link.strength,
                    "outcome_low": link.low,
                    "outcome_high": link.high,
                    "outcome_p_adjusted": chances[0],
                    "given_group": self.given[key][0],
                    "given_group_p_adjusted": chances[1],
                    "with_outcome": _with_outcome(chances, link.high, alpha, harmless),
                }
            rows.append(replace(row, p_adjusted=p_adjusted, **more))
        return sorted(rows, key=_strongest_first)


def _with_outcome(
    chances: Sequence[float | None], high: float | None, alpha: float, harmless: float
) -> bool | None:
    if any(p is not None and p < alpha for p in chances):
        return True
    return False if high is not None and high <= harmless else None


def _strongest_first(row: Proxy) -> tuple[bool, float, str, str]:
    return row.strength is None, -(row.strength or 0.0), row.attribute, row.feature


def _told(
    column: Column, cells: Ranked, levels: Levels, groups: Compared, counted: Given
) -> tuple[Proxy, NDArray[np.float64] | None]:
    """Return what can be said of a pair before it is measured, and the table to measure."""
    pooled = f"{levels.pooled:,} rare levels pooled" if levels.pooled else None
    base: dict[str, Any] = {
        "attribute": groups.name,
        "feature": column.name,
        "strength": None,
        "n": groups.people,
        "left_out": groups.left_out,
        "note": "; ".join(part for part in (pooled, groups.note) if part) or None,
    }
    table = filled(counted.table)
    if table.size == 0 or table.shape[1] < 2:
        reason = f"fewer than two groups of {MIN_PEOPLE} people to tell apart"
        return Proxy(**base, reason=reason), None
    if table.shape[0] < 2:
        why = "once the rare levels are pooled " if levels.pooled else ""
        return Proxy(**base, reason=f"{why}only one level is left"), None
    tells = telling(
        counted.table,
        counted.people,
        lambda place: level_name(cells, levels, column, place),
        groups.attribute.names,
    )
    return Proxy(**base, tells=tells), table
