"""Rows from the lowest score to the highest, group by group: what an exact area is made of.

A score becomes an integer of the same order, with the label as its last bit. Once these are sorted
the labels stand in order of the scores, ties are neighbours, and nothing has to be searched for.
Short runs are sorted several times as fast as long ones, so rows are first spread over buckets of
scores by one radix sort of small codes. Nothing is rounded: scores without such an integer (a range
that 31 or 63 bits do not hold) are left to :mod:`auditkit.metrics.scores.delong`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.metrics.scores.delong import Ranks
from auditkit.metrics.scores.parting import part_by
from auditkit.metrics.scores.sample import Floats, Parted, lacking

__all__ = ["Ordered", "in_order"]

_RUN = 256
"""Rows of a group that share a bucket, on average: a sort of so few stays in registers."""
_MOST_CODES = 65_535
"""Codes of 16 bits are sorted by radix."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """Rows of one group from the lowest score to the highest; of equal scores, negatives first.

    Attributes
    ----------
    positive : ndarray of bool
        Label of each row.
    start, meet, stop : ndarray of int
        Scores that rows of both labels have: where the first negative stands, the first positive,
        and the row after the last positive.
    """

    positive: NDArray[np.bool_]
    start: NDArray[np.intp]
    meet: NDArray[np.intp]
    stop: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.positive)

    @property
    def positives(self) -> int:
        """How many rows have label 1."""
        return int(np.count_nonzero(self.positive))

    @property
    def negatives(self) -> int:
        """How many rows have label 0."""
        return len(self) - self.positives

    @property
    def lacks(self) -> str | None:
        """Say which class of labels is missing, if one is."""
        return lacking(self.positives, self.negatives)

    @property
    def area(self) -> float:
        """Area under the ROC curve: a quotient of whole numbers of pairs."""
        places = np.flatnonzero(self.positive)
        many, few = len(places), len(self.positive) - len(places)
        # A positive at place p that is the j-th of its kind stands above p - j negatives.
        above = int(places.sum()) - many * (many - 1) // 2
        tied = int(((self.meet - self.start) * (self.stop - self.meet)).sum())
        return (2 * above - tied) / (2 * many * few)

    @property
    def ranks(self) -> Ranks:
        """DeLong's components, in order of the scores."""
        up, down = np.flatnonzero(self.positive), np.flatnonzero(~self.positive)
        below, over = self.meet - self.start, self.stop - self.meet  # negatives, positives tied
        doubled = 2 * (up - np.arange(len(up)))
        doubled -= _spread(np.searchsorted(up, self.meet), over, below, len(up))
        beaten = 2 * (len(up) - (down - np.arange(len(down))))
        beaten -= _spread(np.searchsorted(down, self.start), below, over, len(down))
        positive: Floats = doubled / (2 * len(down))
        negative: Floats = beaten / (2 * len(up))
        return Ranks(self.area, positive, negative, None, None)


def in_order(parted: Parted) -> tuple[Ordered, ...] | None:
    """Put the rows of every group in order; None where they are weighted or too far apart."""
    if parted.weight is not None or parted.label is None:
        return None
    keys = _keys(parted.score, parted.label)
    if keys is None:
        return None
    size = len(parted.groups)
    codes, buckets = _bucketed(parted.score, parted.codes, size)
    (keys,), starts = part_by(codes, size * buckets, [keys])
    for low, high in pairwise(starts):
        keys[low:high].sort()
    return tuple(_ordered(keys[low:high]) for low, high in pairwise(starts[::buckets]))


def _keys(score: NDArray[Any], label: NDArray[np.uint8]) -> NDArray[Any] | None:
    """Return whole numbers in the order of the scores, the label last; None if too far apart."""
    score = np.ascontiguousarray(_shortest(score))
    bits = _same_order(score.view(f"i{score.dtype.itemsize}"))
    return None if bits is None else np.add(bits + bits, label, dtype=bits.dtype)


def _same_order(bits: NDArray[Any]) -> NDArray[Any] | None:
    """Return the bits of floats as unsigned numbers of the same order, half of the range free."""
    whole = np.iinfo(bits.dtype).max
    if len(bits) and bits.min() < 0:  # a sign: magnitudes on both sides of 0, which is one number
        size = bits & whole
        least = np.min(size, where=size > 0, initial=whole)
        size = np.where(size > 0, size - least + 1, 0)
        if int(size.max()) > whole // 2:
            return None
        bits = np.where(bits < 0, -size, size)
        bits = bits - bits.min()
    return np.asarray(bits.view(f"u{bits.dtype.itemsize}"))


def _shortest(score: NDArray[Any]) -> NDArray[Any]:
    """Return the scores as float32 where not one of them changes by it."""
    if score.dtype == np.float32:
        return score
    with np.errstate(over="ignore", under="ignore"):
        short = score.astype(np.float32)
    return short if np.array_equal(short, score) else score


def _bucketed(score: NDArray[Any], codes: NDArray[Any], size: int) -> tuple[NDArray[Any], int]:
    """Return a code a row of its group and of its bucket of scores, and the number of buckets."""
    buckets = min(len(score) // (size * _RUN), _MOST_CODES // size)
    low, high = score.min(), score.max()
    span, most = float(high) - float(low), float(np.finfo(score.dtype).max)
    if buckets < 2 or not 0 < span < most or buckets / span > most:
        return codes, 1
    # Each step keeps the order, rounded or not, so that no score is in a bucket out of its turn.
    place = score - low
    place *= score.dtype.type(buckets / span)
    np.minimum(place, score.dtype.type(buckets - 1), out=place)
    return codes.astype(np.uint16) * np.uint16(buckets) + place.astype(np.uint16), buckets


def _ordered(keys: NDArray[Any]) -> Ordered:
    positive = (keys & keys.dtype.type(1)).astype(np.bool_)
    # A negative and a positive of one score differ in the last bit.
    last = np.flatnonzero((keys[1:] - keys[:-1] == 1) & positive[1:])
    return Ordered(
        positive,
        np.searchsorted(keys, keys[last], "left"),
        last + 1,
        np.searchsorted(keys, keys[last + 1], "right"),
    )


def _spread(
    first: NDArray[np.intp], length: NDArray[np.intp], value: NDArray[np.intp], size: int
) -> NDArray[np.intp]:
    """Return an array of zeros with `value` in each run of `length` from `first` on."""
    steps = np.zeros(size + 1, dtype=np.intp)
    steps[first] += value
    steps[first + length] -= value
    return np.cumsum(steps)[:-1]
