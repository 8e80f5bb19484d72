"""Many small models at the price of one: ridge regressions on levels, cross-fitted.

Every feature is a few levels, and every level a column of zeros and ones. The products of two
columns, summed over people, are counts. They are made once for each fold; after that each question
(which group, which outcome, from which features) is one more set of linear equations.

A model that predicts membership in a group by least squares is scored by the share of the variance
of membership that it explains, which is what Cramer's V measures of a single feature. Models are
additive: each level adds its part, whatever the other features are. What only a combination of two
features tells is not seen, unless a column of the data holds the combination.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from auditkit.profiling.rows import Rows
from auditkit.threads import side_by_side

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FOLDS", "MOST_COLUMNS", "MOST_ROWS", "CrossFit", "Drawn", "drawn"]

FOLDS = 5
MOST_ROWS = 10_000
"""Models look at so many people at most, drawn with the seed."""
MOST_COLUMNS = 400
"""Levels of all features together; with more, each feature keeps fewer, but two at least."""
_LONG = 5_000
"""People from which folds are worked on side by side."""
PENALTIES = (3.0, 30.0, 300.0)
"""People that a level is drawn towards the mean by; the other folds say which suits."""

_Made = TypeVar("_Made")


@dataclass(frozen=True, eq=False)
class Drawn:
    """The people that models look at, in an order that comes from what they hold.

    Attributes
    ----------
    take : ndarray of int
        Places in our order of rows; a row that stands for several people can occur again.
    fold : ndarray of int
        From 0 to ``FOLDS - 1``.
    weight : ndarray or None
        Survey weights of mean 1.
    total : int
        People who could have been drawn.
    """

    take: NDArray[np.intp]
    fold: NDArray[np.int64]
    weight: NDArray[np.float64] | None
    total: int

    @property
    def effective(self) -> float:
        """Kish's effective number of people."""
        if self.weight is None:
            return float(len(self.take))
        return float(self.weight.sum() ** 2 / (self.weight**2).sum())


def drawn(keys: NDArray[np.uint64], rows: Rows, *, seed: int, most: int = MOST_ROWS) -> Drawn:
    """Draw people with the seed, whatever the order of the rows.

    Examples
    --------
    >>> plain = Rows.build(6, None, frequency=False)
    >>> found = drawn(np.arange(6, dtype=np.uint64), plain, seed=0, most=4)
    >>> len(found.take), found.total
    (4, 6)
    """
    # rows of one key are alike: which of them comes first is all one
    order = np.argsort(keys) if rows.weight is None else np.lexsort([keys, rows.weight])
    if rows.people is not None:
        order = np.repeat(order, rows.people[order].astype(np.int64))
    total, rng = len(order), np.random.default_rng([seed, 5])
    if total > most:
        order = order[np.sort(rng.choice(total, most, replace=False))]
    fold = rng.permutation(np.arange(len(order)) % FOLDS)
    weight = None if rows.weight is None else rows.weight[order]
    if weight is not None:
        weight = weight / (weight.mean() or 1.0)
    return Drawn(order, fold, weight, total)


@dataclass(frozen=True, eq=False)
class _Part:
    """One fold of the people to learn from: who, their levels, and the sums of these.

    `places` are the columns of `design` that are one, of shape (features, people).
    """

    rows: NDArray[np.intp]
    places: NDArray[np.intp]
    design: NDArray[np.float32]
    weight: NDArray[np.float64] | None
    n: float
    sums: NDArray[np.float64]
    gram: NDArray[np.float64]

    @classmethod
    def of(
        cls, rows: NDArray[np.intp], places: NDArray[np.intp], size: int, people: Drawn
    ) -> _Part:
        """Sum the levels, `size` in all, of the people in `rows`."""
        mine = np.ascontiguousarray(places[:, rows])
        design = np.zeros((len(rows), size), dtype=np.float32)
        design.reshape(-1)[mine + np.arange(len(rows)) * size] = 1.0
        if people.weight is None:  # the sums are counts, exact in any order
            sums = np.bincount(mine.reshape(-1), minlength=size).astype(np.float64)
            gram = (design.T @ design).astype(np.float64)
            return cls(rows, mine, design, None, float(len(rows)), sums, gram)
        weight = people.weight[rows]
        half = design * np.sqrt(weight)[:, None]
        return cls(
            rows,
            mine,
            design,
            weight,
            float(weight.sum()),
            weight @ design,
            np.asarray(half.T @ half, dtype=np.float64),
        )

    def told(self, parts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Add up, for each person, what each of the person's levels adds."""
        found = np.zeros((len(self.rows), parts.shape[1]))
        more = np.empty_like(found)
        for place in self.places:
            found += np.take(parts, place, axis=0, out=more, mode="clip")
        return found

    def cross(self, targets: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
        """Return the sums of the targets, and of their products with the levels."""
        mine = targets[self.rows]
        if self.weight is not None:
            mine = mine * self.weight[:, None]
        product = self.design.T @ (mine if self.weight is not None else mine.astype(np.float32))
        return mine.sum(axis=0), product.astype(np.float64)


class _Others(NamedTuple):
    """The people of all folds but one: mean targets, mean levels, and their centred products."""

    mean: NDArray[np.float64]
    middle: NDArray[np.float64]
    products: NDArray[np.float64]


class CrossFit:
    """Levels of features as columns, and predictions of anything from them.

    Parameters
    ----------
    levels : sequence of ndarray of int
        For each feature a level for each of the people drawn.
    people : Drawn
        Who was drawn.

    Attributes
    ----------
    columns : list of ndarray of int
        The columns of each feature.
    size : int
        How many columns there are.
    merged : ndarray of bool
        The features whose rarest levels were put into one, so that all fit.
    """

    def __init__(self, levels: Sequence[NDArray[np.int64]], people: Drawn) -> None:
        self.people = people
        kept = _few(levels)
        before = [np.count_nonzero(np.bincount(codes)) for codes in levels]
        after = [int(codes.max(initial=-1)) + 1 for codes in kept]
        self.merged = np.array([a < b for a, b in zip(after, before, strict=True)], dtype=bool)
        ends = np.cumsum([0, *after])
        self.columns = [np.arange(a, b) for a, b in pairwise(ends)]
        self.size = int(ends[-1])
        self._places = np.stack([start + codes for codes, start in zip(kept, ends, strict=False)])
        self._parts: dict[bytes, list[_Part]] = {}
        self._solvers: dict[tuple[bytes, bytes], list[list[Any]]] = {}

    def predict(
        self,
        features: Sequence[int],
        targets: NDArray[np.float64],
        known: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.float64]:
        """Return predictions from the named features, each by a model that has not seen the row.

        Parameters
        ----------
        features : sequence of int
            Places of the features.
        targets : ndarray of shape (people, targets)
            What to predict.
        known : ndarray of bool or None
            The people to learn from; predictions of the others mean nothing.
        """
        place = np.concatenate([self.columns[k] for k in features] or [np.empty(0, np.int64)])
        known = np.ones(len(targets), dtype=bool) if known is None else known
        parts, solvers = self._learned(known, place)
        found = np.zeros((len(PENALTIES), *targets.shape))

        def fill(part: _Part, solver: list[Any], others: _Others | None) -> None:
            if others is None:
                return
            mean, middle, products = others
            b = products[place]
            told = np.zeros((self.size, len(solver) * len(mean)))
            told[place] = np.concatenate([solve(b) for solve in solver], axis=1)
            sides = (part.told(told) - middle @ told).reshape(len(part.rows), -1, len(mean))
            found[:, part.rows] = sides.swapaxes(0, 1) + mean

        self._each(fill, parts, solvers, self._others(parts, targets))
        return self._chosen(found, targets, parts)

    def predict_all(
        self, asked: Sequence[tuple[Sequence[int], NDArray[np.float64], NDArray[np.bool_]]]
    ) -> list[NDArray[np.float64]]:
        """Answer several questions as :meth:`predict` does, those of the same people at once."""
        alike: dict[tuple[tuple[int, ...], bytes], list[int]] = {}
        for place, (features, _, known) in enumerate(asked):
            alike.setdefault((tuple(features), known.tobytes()), []).append(place)
        found: dict[int, NDArray[np.float64]] = {}
        for places in alike.values():
            features, _, known = asked[places[0]]
            targets = [asked[place][1] for place in places]
            predicted = self.predict(features, np.concatenate(targets, axis=1), known)
            ends = np.cumsum([part.shape[1] for part in targets])[:-1]
            found |= zip(places, np.split(predicted, ends, axis=1), strict=True)
        return [found[place] for place in range(len(asked))]

    def predict_each(
        self, places: Sequence[int], targets: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return predictions of features, each from all the others.

        One set of equations a fold serves all: leaving the columns J of a feature out changes the
        coefficients v to :math:`v - P_{:,J} P_{J,J}^{-1} v_J`, with P the inverse.

        Parameters
        ----------
        places : sequence of int
            The features to predict.
        targets : ndarray of shape (people, len(places))
            Their values.
        """
        everything = np.arange(self.size)
        parts, solvers = self._learned(np.ones(len(targets), dtype=bool), everything)
        found = np.zeros(targets.shape)
        own = [self.columns[place] for place in places]
        ends = np.cumsum([0, *map(len, own)])
        unit = np.eye(self.size)[:, np.concatenate(own)]

        def fill(part: _Part, solver: list[Any], others: _Others | None) -> None:
            if others is None:
                return
            mean, middle, products = others
            solve = solver[1]
            told, inverse = solve(products), solve(unit)  # the columns of it that are asked for
            for k, (mine, (start, end)) in enumerate(zip(own, pairwise(ends), strict=True)):
                taken = np.linalg.solve(inverse[mine, start:end], told[mine, k])
                told[:, k] -= inverse[:, start:end] @ taken
            found[part.rows] = mean - middle @ told + part.told(told)

        self._each(fill, parts, solvers, self._others(parts, targets))
        return np.asarray(np.round(found, 6))

    def _others(self, parts: Sequence[_Part], targets: NDArray[np.float64]) -> list[_Others | None]:
        """Return what the model of each fold learns from: everybody else, if there is anybody."""
        crosses = self._each(lambda part: part.cross(targets), parts)
        n, sums = sum(part.n for part in parts), _total(part.sums for part in parts)
        ysum, cross = (_total(each) for each in zip(*crosses, strict=True))
        found: list[_Others | None] = []
        for part, (own_sum, own_cross) in zip(parts, crosses, strict=True):
            rest, left = n - part.n, ysum - own_sum
            if rest <= 0:
                found.append(None)
                continue
            middle = (sums - part.sums) / rest
            found.append(_Others(left / rest, middle, cross - own_cross - np.outer(middle, left)))
        return found

    def _each(self, work: Callable[..., _Made], *of: Iterable[Any]) -> list[_Made]:
        """Do the work of each fold, side by side where it is long: sums leave Python's lock."""
        return side_by_side(work, *of, long=len(self.people.take) >= _LONG)

    def _learned(
        self, known: NDArray[np.bool_], place: NDArray[np.int64]
    ) -> tuple[list[_Part], list[list[Any]]]:
        """Return the folds, and for each the equations of the others, ready to be solved."""
        from scipy.linalg import cho_factor, cho_solve

        who = known.tobytes()
        if who not in self._parts:

            def part_of(fold: int) -> _Part:
                mine = np.flatnonzero(known & (self.people.fold == fold))
                return _Part.of(mine, self._places, self.size, self.people)

            self._parts = {who: self._each(part_of, range(FOLDS))}
        parts = self._parts[who]
        key = (who, place.tobytes())
        if key not in self._solvers:
            n, sums = sum(part.n for part in parts), _total(part.sums for part in parts)
            gram = _total(part.gram for part in parts)
            everything = np.array_equal(place, np.arange(self.size))
            chosen = ... if everything else np.ix_(place, place)

            def solvers_without(part: _Part) -> list[Any]:
                rest, left = max(n - part.n, 1e-9), (sums - part.sums)[place]
                a = (gram - part.gram)[chosen] - np.outer(left, left) / rest
                factors = [
                    cho_factor(_ridge(a, penalty), overwrite_a=True, check_finite=False)
                    for penalty in PENALTIES
                ]
                return [partial(cho_solve, factor, check_finite=False) for factor in factors]

            self._solvers = {key: self._each(solvers_without, parts)}
        return parts, self._solvers[key]

    def _chosen(
        self, found: NDArray[np.float64], targets: NDArray[np.float64], parts: Sequence[_Part]
    ) -> NDArray[np.float64]:
        """Take for each fold the penalty that did best on the other folds."""
        wrong = np.zeros((len(PENALTIES), FOLDS, targets.shape[1]))
        for fold, part in enumerate(parts):
            missed = (found[:, part.rows] - targets[part.rows]) ** 2
            weight = 1.0 if part.weight is None else part.weight[:, None]
            wrong[:, fold] = (missed * weight).sum(axis=1)
        best = np.argmin(wrong.sum(axis=1, keepdims=True) - wrong, axis=0)
        chosen = np.take_along_axis(found, best[self.people.fold][None], axis=0)[0]
        return np.asarray(np.round(chosen, 6))  # the last digits depend on the machine


def _ridge(gram: NDArray[np.float64], penalty: float) -> NDArray[np.float64]:
    ridge = gram.copy()
    ridge.flat[:: len(gram) + 1] += penalty
    return ridge.T  # the same, and in the order that LAPACK works in


def _total(parts: Iterable[NDArray[np.float64]]) -> NDArray[np.float64]:
    return functools.reduce(np.add, parts)


def _few(levels: Sequence[NDArray[np.int64]]) -> list[NDArray[np.int64]]:
    """Leave each feature so many levels that all together are not too many."""
    counts = [np.bincount(codes) for codes in levels]
    sizes = np.array([len(count) for count in counts])
    most = int(sizes.max(initial=2))
    while most > 2 and np.minimum(sizes, most).sum() > MOST_COLUMNS:
        most -= 1
    return [_merged(c, n, most) for c, n in zip(levels, counts, strict=True)]


def _merged(codes: NDArray[np.int64], counts: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Keep the most frequent levels and put the others into one; drop what nobody has."""
    order = np.argsort(-counts, kind="stable")
    place = np.empty(len(counts), dtype=np.int64)
    place[order] = np.minimum(np.arange(len(counts)), most - 1)
    return place[codes]
