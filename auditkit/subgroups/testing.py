"""Keep what says something new, and test it on the rows that were held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit import inference

__all__ = ["Found", "Part", "distinct", "tested"]

_FISHER_MAX = 10_000

Part = tuple[list[NDArray[Any]], NDArray[np.uint8]]


@dataclass(frozen=True, order=True)
class Found:
    """A subgroup as the searched rows have it; the least z is the worst."""

    z: float
    features: tuple[int, ...]
    place: tuple[int, ...]
    n: int
    events: int
    others: int
    other_events: int

    @property
    def rate(self) -> float:
        """Return its rate."""
        return self.events / self.n


def distinct(found: Sequence[Found], part: Part, top: int, sign: int) -> list[Found]:
    """Keep what says something new: nobody should read ten descriptions of the same people.

    A description is kept if its people fare worse than all others even when those of the
    descriptions chosen before are left out; or if it narrows a chosen one down to people who fare
    worse than the rest of it. Either way by two standard errors on the searched rows.
    """
    codes, flags = part
    chosen: list[Found] = []
    covered = np.zeros(len(flags), dtype=bool)
    for one in found:
        if len(chosen) == top:
            break
        sides = _sides(one, chosen, covered, codes)
        if all(_fares_worse(mine, theirs, flags, sign) for mine, theirs in sides):
            chosen.append(one)
            covered |= _members(one, codes)
    return chosen


Side = tuple[NDArray[np.bool_], NDArray[np.bool_]]


def _sides(
    one: Found,
    before: Sequence[Found],
    covered: NDArray[np.bool_],
    codes: Sequence[NDArray[Any]],
) -> list[Side]:
    """Return whom to compare with whom, so that what was chosen before explains nothing."""
    inside = _members(one, codes)
    wider = [_members(other, codes) for other in before if _within(one, other)]
    if wider:
        return [(inside, members & ~inside) for members in wider]
    return [(inside & ~covered, ~inside & ~covered)]


def _members(one: Found, codes: Sequence[NDArray[Any]]) -> NDArray[np.bool_]:
    feature, *more = one.features
    inside: NDArray[np.bool_] = codes[feature] == one.place[0]
    for feature, code in zip(more, one.place[1:], strict=True):
        inside &= codes[feature] == code
    return inside


def _within(one: Found, other: Found) -> bool:
    mine = set(zip(one.features, one.place, strict=True))
    return set(zip(other.features, other.place, strict=True)) < mine


def _fares_worse(
    mine: NDArray[np.bool_], theirs: NDArray[np.bool_], flags: NDArray[np.uint8], sign: int
) -> bool:
    tested = inference.pooled_z(*_pair(mine, flags), *_pair(theirs, flags))
    return tested is not None and sign * tested[0] < -2


def tested(
    chosen: Sequence[Found],
    part: Part,
    names: Sequence[str],
    levels: Sequence[Sequence[str | None]],
    level: float,
) -> list[dict[str, Any]]:
    """Measure and test what was chosen, in order, on the rows that were held out."""
    codes, flags = part
    covered = np.zeros(len(flags), dtype=bool)
    rows = []
    for index, one in enumerate(chosen):
        inside = _members(one, codes)
        tests = [
            _p_value(*_pair(mine, flags), *_pair(theirs, flags))
            for mine, theirs in _sides(one, chosen[:index], covered, codes)
        ]
        known = [p for p in tests if p is not None]
        row = _measured(_pair(inside, flags), _pair(~inside, flags), 1 - (1 - level) / len(chosen))
        rows.append(
            {
                "attributes": tuple(names[f] for f in one.features),
                "group": tuple(levels[f][c] for f, c in zip(one.features, one.place, strict=True)),
                "found_n": one.n,
                "found_rate": one.rate,
                "found_rest": one.other_events / one.others,
                **row,
                "p_value": max(known) if len(known) == len(tests) else None,
            }
        )
        covered |= inside
    return rows


def _pair(members: NDArray[np.bool_], flags: NDArray[np.uint8]) -> tuple[int, int]:
    events = np.count_nonzero(members & flags.view(np.bool_))
    return int(events), int(np.count_nonzero(members))


def _measured(own: tuple[int, int], others: tuple[int, int], level: float) -> dict[str, Any]:
    (events, n), (other, rest) = own, others
    interval = inference.newcombe(events, n, other, rest, level=level)
    known = interval is not None
    return {
        "n": n,
        "events": events,
        "value": events / n if n else None,
        "rest": other / rest if rest else None,
        "difference": events / n - other / rest if known else None,
        "low": None if interval is None else interval.low,
        "high": None if interval is None else interval.high,
        "reason": None if known else "nobody of the subgroup is among the rows held out",
    }


def _p_value(events: int, n: int, other: int, rest: int) -> float | None:
    if not n or not rest:
        return None
    expected = inference.smallest_expected(events, n, other, rest)
    if n + rest <= _FISHER_MAX or (expected is not None and expected < 5):
        return inference.fisher_exact(events, n, other, rest)
    tested = inference.pooled_z(events, n, other, rest)
    return None if tested is None else tested[1]
