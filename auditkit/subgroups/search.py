"""Search one part of the rows for the subgroups that fare worst, and test them on the other."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit import inference
from auditkit.counts import group_text
from auditkit.errors import MetricError, listed, shown
from auditkit.metrics.arrays import Column, check_alike, column_of, features_of, flags_of
from auditkit.metrics.encode import encode_all
from auditkit.subgroups.cubes import Table, crossings
from auditkit.subgroups.testing import Found, Part, distinct, tested

__all__ = ["Search", "Subgroup", "worst_subgroups"]

MAX_LEVELS = 100
"""Features with more levels look like identifiers or numbers; they are left out and named."""

_KEPT = 200


@dataclass(frozen=True, kw_only=True)
class Subgroup:
    """A subgroup that the search found, measured on the rows that were not searched.

    Attributes
    ----------
    attributes, group : tuple
        Features and their values; None is a missing value.
    found_n, found_rate, found_rest : int, float, float
        On the searched rows: people, their rate, the rate of all others. Too good to be true:
        chosen for being extreme.
    n, events : int
        On the rows that were held out.
    value, rest, difference : float or None
        Its rate there, that of all others, and the gap; None where nobody is left on a side.
    low, high : float or None
        Newcombe's interval of the gap at 1 - (1 - level) / k for k subgroups (Bonferroni): all
        of them together hold at `level`.
    p_value, p_adjusted : float or None
        Of no gap beyond the subgroups listed before it: their people are left out, or where it
        lies within one of them, it is compared with the rest of that one. Corrected by Holm over
        the subgroups that were tested.
    reason : str or None
        Why there is no number.
    """

    attributes: tuple[str, ...]
    group: tuple[str | None, ...]
    found_n: int
    found_rate: float
    found_rest: float
    n: int
    events: int
    value: float | None
    rest: float | None
    difference: float | None
    low: float | None
    high: float | None
    p_value: float | None
    p_adjusted: float | None
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class Search:
    """What a search looked at and what it found.

    Attributes
    ----------
    subgroups : tuple of Subgroup
        The worst first, as the searched rows have it.
    looked_at : int
        Subgroups large enough to be looked at.
    searched, held_out : int
        Rows of the two parts.
    left_out : mapping of str to str
        Features that were not searched, and why.
    """

    subgroups: tuple[Subgroup, ...]
    looked_at: int
    searched: int
    held_out: int
    left_out: dict[str, str]


def worst_subgroups(
    features: Any,
    outcome: Any,
    *,
    pos_label: Any = None,
    unfavorable: bool = False,
    depth: int = 3,
    min_share: float = 0.01,
    top: int = 10,
    held_out: float = 0.5,
    level: float = 0.95,
    seed: int = 0,
) -> Search:
    r"""Find the subgroups, of up to three conditions, that fare worst.

    All crossings of up to `depth` features are looked at on a seeded part of the rows, and ranked
    by the evidence that their rate is less favourable than that of all others,
    :math:`z = (\hat p_g - \hat p_{rest}) / \sqrt{\bar p (1 - \bar p)(1/n_g + 1/n_{rest})}`.
    Descriptions that owe their rate to one chosen before are dropped.
    The best `top` are then measured and tested on the rows that were held out, so that the
    p-values and intervals are honest although many groups were looked at.

    Parameters
    ----------
    features : frame or mapping of arrays
        Columns with few levels; a missing value is a level. Cut numbers into bands first.
    outcome : array-like of shape (n,)
        0/1 or booleans, or anything when `pos_label` names the positive value.
    pos_label : scalar, optional
        The positive value.
    unfavorable : bool
        Whether the outcome is a harm, so that a high rate is bad.
    depth : int
        Most conditions in a description: 1, 2 or 3.
    min_share : float
        Smallest share of the searched rows that a subgroup must have.
    top : int
        Most subgroups to test.
    held_out : float
        Share of the rows kept for the test, strictly between 0 and 1.
    level : float
        Confidence level.
    seed : int
        Of the split.

    Returns
    -------
    Search
        Rates in [0, 1], differences in [-1, 1]; None with a reason where nobody is left.

    Raises
    ------
    MetricError
        On inputs that do not match, labels that need `pos_label`, or options out of range.

    References
    ----------
    Tramèr et al. (2017), FairTest: discovering unwarranted associations in data-driven
    applications, IEEE EuroS&P (search and test on different rows); Gray et al. (1997), Data cube.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> sex, site = rng.choice(["F", "M"], 4000), rng.choice(["a", "b", "c"], 4000)
    >>> chance = np.where((sex == "F") & (site == "c"), 0.2, 0.5)
    >>> found = worst_subgroups({"sex": sex, "site": site}, rng.random(4000) < chance)
    >>> found.subgroups[0].group, found.subgroups[0].p_adjusted < 0.001
    (('F', 'c'), True)
    """
    _check(depth, min_share, top, held_out)
    columns, label = features_of(features), column_of("outcome", outcome)
    if not columns or label is None:
        raise MetricError("no features were given" if not columns else "no outcome was given")
    check_alike([label, *columns])
    flags = flags_of(label, None, pos_label)[0]
    assert flags is not None
    names, codes, levels, left_out = _coded(columns)
    if not names:
        raise MetricError(f"no feature can be searched: {'; '.join(left_out.values())}")
    rng = np.random.default_rng(seed)
    searched = rng.random(len(flags)) >= held_out
    places = [np.flatnonzero(mask) for mask in (searched, ~searched)]
    parts = [([code.take(rows) for code in codes], flags.take(rows)) for rows in places]
    sizes, sign = [len(some) for some in levels], -1 if unfavorable else 1
    looked_at, found = _ranked(parts[0], sizes, depth, min_share, sign)
    chosen = distinct(found, parts[0], top, sign)
    rows = tested(chosen, parts[1], names, levels, level)
    adjusted = inference.holm([row["p_value"] for row in rows])
    return Search(
        subgroups=tuple(
            Subgroup(**row, p_adjusted=p) for row, p in zip(rows, adjusted, strict=True)
        ),
        looked_at=looked_at,
        searched=len(places[0]),
        held_out=len(places[1]),
        left_out=left_out,
    )


def _check(depth: int, min_share: float, top: int, held_out: float) -> None:
    if depth not in (1, 2, 3):
        raise MetricError(f"depth is {depth}; use 1, 2 or 3")
    if not 0 < min_share < 1 or not 0 < held_out < 1:
        raise MetricError("min_share and held_out must be strictly between 0 and 1")
    if top < 1:
        raise MetricError(f"top is {top}; it must be at least 1")


def _coded(
    columns: Sequence[Column],
) -> tuple[list[str], list[NDArray[Any]], list[list[str | None]], dict[str, str]]:
    """Return names, codes and levels of what can be searched; and what cannot, with the reason."""
    names, codes, levels, left_out = [], [], [], {}
    for column, (code, values) in zip(
        columns, encode_all([c.native for c in columns]), strict=True
    ):
        known: list[str | None] = [group_text(value) for value in values]
        array = np.asarray(code)
        missing = array < 0 if array.dtype.kind == "i" else None
        if missing is not None and missing.any():
            array = np.where(missing, len(known), array)
            known.append(None)
        if len(known) > MAX_LEVELS:
            left_out[column.name] = (
                f"'{shown(column.name)}' has {len(known)} levels, more than {MAX_LEVELS}: cut it "
                "into bands"
            )
            continue
        if len(known) < 2:
            left_out[column.name] = f"'{shown(column.name)}' has one level: {listed(known)}"
            continue
        names.append(column.name)
        codes.append(array.astype(np.uint8))
        levels.append(known)
    return names, codes, levels, left_out


def _ranked(
    part: Part, sizes: Sequence[int], depth: int, min_share: float, sign: int
) -> tuple[int, list[Found]]:
    """Return how many subgroups were looked at, and the ones with most evidence, worst first."""
    codes, flags = part
    total, events = len(flags), int(flags.sum())
    smallest = max(1.0, min_share * total)
    if events in (0, total):
        raise MetricError("every outcome is the same: no subgroup can differ")
    best: list[Found] = []
    bar, looked_at = 0.0, 0
    for features, table in crossings(codes, sizes, flags, depth):
        z, sizes_of, hits = _evidence(table, total, events, sign)
        large = sizes_of >= smallest
        looked_at += int(np.count_nonzero(large))
        for place in np.argwhere(large & (z < bar)).tolist():
            at = tuple(place)
            n, k = int(sizes_of[at]), int(hits[at])
            best.append(Found(float(z[at]), features, at, n, k, total - n, events - k))
        if len(best) > 2 * _KEPT:
            best = heapq.nsmallest(_KEPT, best)
            bar = best[-1].z
    return looked_at, sorted(best)[:_KEPT]


def _evidence(
    table: Table, total: int, events: int, sign: int
) -> tuple[NDArray[np.float64], Table, Table]:
    """Return the pooled z of each cell against all others (negative: worse), rows and events."""
    n, hits = table.sum(axis=-1), table[..., 1]
    rest, pooled = total - n, events / total
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = hits / n - (events - hits) / rest
        z = gap / np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / rest))
    return np.where((n > 0) & (rest > 0), sign * z, np.inf), n, hits
