"""Scores or ranks to positions in a list, with the places of a tie shared, and group shares.

Anything that a position is worth (its exposure, being among the first k) is averaged over the
rows that tie for it: the expected value under random tie-breaking, whatever the order of rows.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from auditkit.counts import UNKNOWN, Cube, Group, group_text
from auditkit.errors import MetricError, listed, shown
from auditkit.metrics.compare import Question, answer
from auditkit.metrics.declared import METRICS
from auditkit.metrics.family import Family, name_of, numbers_of, read_rows

__all__ = [
    "RANKING",
    "Floats",
    "Ranking",
    "Ties",
    "first_places",
    "places_of",
    "read_ranking",
    "targets",
]

Floats = NDArray[np.float64]
Ties = Literal["expected", "first"]
Kind = Literal["difference", "ratio"]


RANKING = Family(
    "ranking",
    {
        "scores": "array-like of shape (n,), optional\n    Numbers; the highest ranks first.",
        "ranks": "array-like of shape (n,), optional\n"
        "    Numbers instead of `scores`; the lowest ranks first. Only their order counts.",
        "k": "int\n    How many places, from 1 to the number of rows.",
        "percent": "float\n    The share of places in percent, above 0 and up to 100. The number\n"
        "    of places is rounded up to whole people.",
        "ties": '{"expected", "first"}\n    The average over random tie-breaking, or the earlier '
        "row first.",
        "target": "mapping of group to share, optional\n    The share that each group should have "
        "(a tuple where features are crossed);\n    by default its share of the whole list.",
    },
)


@dataclass(frozen=True)
class Ranking:
    """A list from the first place to the last: the group and the tie of each place."""

    attributes: tuple[str, ...]
    groups: tuple[Group, ...]
    group: NDArray[np.int64]
    tie: NDArray[np.int64]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Rows of each group."""
        return np.bincount(self.group, minlength=len(self.groups))

    @property
    def exposure(self) -> Floats:
        """What each place is worth in attention: 1 / log2(1 + rank)."""
        return np.asarray(1 / np.log2(np.arange(2, len(self.group) + 2)))

    def spread(self, worth: Floats) -> Floats:
        """Share what the places are worth among the rows that tie for them."""
        return (np.bincount(self.tie, worth) / np.bincount(self.tie))[self.tie]

    def totals(self, worth: Floats) -> Floats:
        """Return what the places of each group are worth together."""
        spread = self.spread(worth)
        return np.asarray(np.bincount(self.group, spread, len(self.groups)), dtype=np.float64)

    def gap(self, name: str, kind: Kind, worth: Floats, reference: Any) -> float:
        """Compare what places are worth on average: a selection rate, with its rules for gaps."""
        sizes, selected = self.sizes, self.totals(worth)
        n, w = np.zeros((len(sizes), 3, 3), dtype=np.int64), np.zeros((len(sizes), 3, 3))
        n[:, UNKNOWN, 1] = sizes
        w[:, UNKNOWN, 1], w[:, UNKNOWN, 0] = selected, sizes - selected
        part = replace(METRICS["selection_rate"], name=name)
        question = Question(metric=f"{name}_{kind}", kind=kind, parts=(part,))
        cube = Cube(self.attributes, self.groups, n, w, w)
        return answer(question, cube, reference=reference, stacklevel=5)


def read_ranking(scores: Any, ranks: Any, sensitive_features: Any, ties: str) -> Ranking:
    """Put the rows in order: the highest score, or the lowest rank, first.

    Raises
    ------
    MetricError
        Without groups, without exactly one of scores and ranks, on missing or mismatched values.
    """
    if ties not in {"expected", "first"}:
        raise MetricError(f"ties is '{shown(ties)}'; use 'expected' or 'first'")
    if (scores is None) == (ranks is None):
        raise MetricError("pass either scores (highest first) or ranks (lowest first)")
    if sensitive_features is None:
        raise MetricError("no sensitive_features were given")
    name, given = ("ranks", ranks) if scores is None else ("scores", scores)
    rows = read_rows(sensitive_features, None, **{name: given})
    values = numbers_of(rows.columns[name])
    order = np.argsort(values if scores is None else -values, kind="stable")
    in_order = values[order]
    tie = np.arange(len(order))
    if ties == "expected":
        tie = np.concatenate(([0], np.cumsum(in_order[1:] != in_order[:-1])))
    return Ranking(rows.attributes, rows.groups, rows.group[order], tie)


def first_places(ranking: Ranking, k: Any) -> Floats:
    """Return 1 for the first k places, 0 for the others."""
    size = len(ranking.group)
    try:
        places = operator.index(k)
    except TypeError:
        raise MetricError(f"k is {shown(k)}; it must be a whole number") from None
    if not 1 <= places <= size:
        raise MetricError(f"k is {places}; the list has {size} rows, so k goes from 1 to {size}")
    return (np.arange(size) < places).astype(np.float64)


def places_of(ranking: Ranking, percent: float) -> int:
    """Return how many places a percentage of the list is, rounded up to whole people."""
    if not 0 < percent <= 100:
        raise MetricError(f"percent is {percent}; it must be above 0 and at most 100")
    return max(1, math.ceil(len(ranking.group) * percent / 100 - 1e-9))


def targets(
    ranking: Ranking, target: Mapping[Any, float] | None
) -> tuple[tuple[Group, ...], Floats]:
    """Return groups and the share that each should have; a group nobody is of comes last.

    Raises
    ------
    MetricError
        On one group, a group without a target, shares that are not shares.
    """
    if target is None:
        target = dict(zip(ranking.groups, ranking.sizes / len(ranking.group), strict=True))
    wanted: dict[Group, float] = {}
    for group, share in target.items():
        parts = group if isinstance(group, tuple) else (group,)
        wanted[tuple(group_text(part) for part in parts)] = float(share)
    lacking = [name_of(group) for group in ranking.groups if group not in wanted]
    if lacking:
        raise MetricError(f"target has no share for {listed(lacking)}")
    if len(wanted) < 2:
        raise MetricError("only one group: there is nothing to compare it with")
    if not all(share >= 0 for share in wanted.values()) or not math.isclose(
        math.fsum(wanted.values()), 1, abs_tol=1e-6
    ):
        raise MetricError("the shares of target must not be negative and must add up to 1")
    groups = (*ranking.groups, *(group for group in wanted if group not in ranking.groups))
    return groups, np.array([wanted[group] for group in groups])
