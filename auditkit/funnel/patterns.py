"""What was recorded of each person, and what follows from it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from auditkit.counts import UNKNOWN, Counts
from auditkit.errors import DataError, shown

__all__ = ["Pattern", "contradictions", "patterns_of", "unknown"]

_COMMON = 0.05
"""Share of people whose stages contradict one another that is no longer a slip."""

Pattern = tuple[int, ...]


def patterns_of(
    counts: Counts, outcomes: Sequence[str]
) -> tuple[list[tuple[Pattern, Pattern]], NDArray[np.int64]]:
    """Return the distinct patterns, as recorded and as settled, and which one each cell has."""
    axes = [counts.outcome_axis(name) for name in outcomes]
    keys, codes = np.unique(counts.codes[:, axes], axis=0, return_inverse=True)
    raw = [
        tuple(int(counts.levels[axis][code] or 0) for axis, code in zip(axes, key, strict=True))
        for key in keys
    ]
    return [(flags, _settled(flags)) for flags in raw], codes.reshape(-1).astype(np.int64)


def _settled(raw: Pattern) -> Pattern:
    """Apply what reaching implies: all before the last stage reached, none after one missed.

    Examples
    --------
    >>> _settled((2, 1, 2, 0, 2))
    (1, 1, 2, 0, 0)
    """
    last = max((place for place, flag in enumerate(raw) if flag == 1), default=-1)
    missed = next((p for p, flag in enumerate(raw) if flag == 0 and p > last), len(raw))
    return tuple(
        1 if place <= last else 0 if place >= missed else flag for place, flag in enumerate(raw)
    )


def contradictions(
    names: Sequence[str], patterns: Sequence[tuple[Pattern, Pattern]], people: NDArray[np.float64]
) -> list[str]:
    """Count those who reached a stage without an earlier one; refuse where that is common."""
    by_pair: dict[tuple[int, int], float] = {}
    total = 0.0
    for (raw, settled), n in zip(patterns, people, strict=True):
        skipped = [p for p, flag in enumerate(raw) if flag == 0 and settled[p] == 1]
        if skipped:
            total += n
            later = next(p for p in range(skipped[0], len(raw)) if raw[p] == 1)
            pair = (later, skipped[0])
            by_pair[pair] = by_pair.get(pair, 0.0) + n
    if not total:
        return []
    later, earlier = max(by_pair, key=lambda pair: by_pair[pair])
    told = (
        f"{total:,.0f} of {people.sum():,.0f} people reached a stage without an earlier one (most "
        f"often '{shown(names[later])}' without '{shown(names[earlier])}')"
    )
    if total > _COMMON * people.sum():
        raise DataError(
            f"--stage: {told}: the stages are not passed in this order; name them first to last, "
            "or leave out the one that people may skip"
        )
    return [f"{told}: they count as having reached the earlier one too"]


def unknown(
    names: Sequence[str], patterns: Sequence[tuple[Pattern, Pattern]], people: NDArray[np.float64]
) -> list[str]:
    """Say how many people have no known result at a stage, or never entered the first."""
    notes = []
    for place, name in enumerate(names):
        n = sum(
            int(n)
            for (_, settled), n in zip(patterns, people, strict=True)
            if settled[place] == UNKNOWN and (place == 0 or settled[place - 1] == 1)
        )
        if n:
            notes.append(
                f"of {n:,} people who entered it, it is not known whether they passed stage "
                f"'{shown(name)}': they are left out of it and of the later stages"
            )
    first = sum(int(n) for (_, s), n in zip(patterns, people, strict=True) if s[0] == 0)
    if first:
        notes.append(
            f"{first:,} people in the table did not reach the first stage, '{shown(names[0])}'; "
            "the funnel begins with everybody in the table"
        )
    return notes
