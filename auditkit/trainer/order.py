"""Rows in an order that comes from what they hold, not from where they stand in the file.

A seeded split of rows 0 to n-1 depends on the order of the rows. Here they are first sorted by a
hash of their content, so a shuffled file gives each row the same score.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas
    from numpy.typing import NDArray

__all__ = ["by_content", "folds_of", "row_hashes", "stratified_sample"]


def by_content(
    table: pandas.DataFrame,
    outcome: NDArray[np.float64],
    weights: NDArray[np.float64],
    *,
    ties: pandas.DataFrame,
) -> NDArray[np.intp]:
    """Return the positions of the rows, sorted by a hash of what the rows hold.

    Parameters
    ----------
    table : pandas.DataFrame
        What the model sees.
    outcome, weights : ndarray of float64
        One value a row.
    ties : pandas.DataFrame
        All that is known of the rows: it orders the rows that are alike in everything else, so
        that which of two like applicants comes first never depends on the file. Rows alike in
        this too are interchangeable.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas
    >>> table = pandas.DataFrame({"x": [3.0, 1.0, 2.0]})
    >>> ones = np.ones(3)
    >>> first = table["x"].to_numpy()[by_content(table, ones, ones, ties=table)]
    >>> back = table[::-1].reset_index(drop=True)
    >>> bool((first == back["x"].to_numpy()[by_content(back, ones, ones, ties=back)]).all())
    True
    """
    keys = [weights, outcome, _hashes(table)]
    order = np.lexsort(keys)
    alike = np.ones(max(len(order) - 1, 0), dtype=bool)
    for key in keys:
        alike &= key[order][1:] == key[order][:-1]
    return np.lexsort([_hashes(ties), *keys]) if alike.any() else order


def _hashes(frame: pandas.DataFrame) -> NDArray[np.uint64]:
    """Hash each row by its content, column by column, whatever the columns hold."""
    import pandas

    total: NDArray[np.uint64] = np.full(len(frame), 0x345678, dtype=np.uint64)
    for position in range(frame.shape[1]):
        column: pandas.Series[Any] = frame.iloc[:, position]
        try:
            hashed = pandas.util.hash_pandas_object(column, index=False)
        except (TypeError, NotImplementedError):  # lists, dicts and other values without a hash
            hashed = pandas.util.hash_pandas_object(column.map(str), index=False)
        total *= np.uint64(1_000_003)
        total ^= hashed.to_numpy(dtype=np.uint64)
    return total


def row_hashes(frame: pandas.DataFrame, seed: int) -> NDArray[np.float64]:
    """Return a number from 0 to 1 for each row, drawn from what the row holds and a seed.

    Examples
    --------
    >>> import pandas
    >>> drawn = row_hashes(pandas.DataFrame({"x": [1.0, 2.0, 1.0]}), 0)
    >>> bool(drawn[0] == drawn[2]), bool(drawn[0] == drawn[1])
    (True, False)
    """
    mixed = _hashes(frame) + np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15)
    for factor, shift in ((0xBF58476D1CE4E5B9, 30), (0x94D049BB133111EB, 27)):  # splitmix64
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return (mixed ^ (mixed >> np.uint64(31))).astype(np.float64) / 2.0**64


def stratified_sample(
    outcome: NDArray[np.float64], size: int, *, seed: int, at_least: int
) -> NDArray[np.intp]:
    """Draw `size` positions, the two classes in the proportion they have among all rows.

    Parameters
    ----------
    outcome : ndarray of float64
        1.0 or 0.0 for each row.
    size : int
        How many to draw.
    seed : int
        The same seed draws the same positions.
    at_least : int
        Draw at least so many of each class, or all there are: a rare class must not vanish.

    Returns
    -------
    ndarray of intp
        Positions, ascending.

    Examples
    --------
    >>> import numpy as np
    >>> outcome = np.array([1.0] * 10 + [0.0] * 90)
    >>> drawn = stratified_sample(outcome, 20, seed=0, at_least=2)
    >>> len(drawn), float(outcome[drawn].sum())
    (20, 2.0)
    """
    rng = np.random.default_rng([seed, 1])
    positives, negatives = np.flatnonzero(outcome == 1.0), np.flatnonzero(outcome != 1.0)
    share = round(size * len(positives) / len(outcome))
    most = size - min(at_least, len(negatives))
    count = min(max(share, min(at_least, len(positives))), most, len(positives))
    drawn = [
        rng.choice(positives, count, replace=False),
        rng.choice(negatives, min(size - count, len(negatives)), replace=False),
    ]
    return np.sort(np.concatenate(drawn))


def folds_of(
    outcome: NDArray[np.float64],
    folds: int,
    *,
    seed: int,
    groups: NDArray[np.intp] | None = None,
    clusters: NDArray[np.intp] | None = None,
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Yield (train, test) positions of a stratified, shuffled, seeded split.

    Parameters
    ----------
    outcome : ndarray of float64
        1.0 or 0.0 for each row.
    folds : int
        Number of parts.
    seed : int
        The same seed gives the same parts.
    groups : ndarray of int, optional
        The group of each row: each part gets its share of each outcome in each group that has
        at least `folds` rows of it; the others are spread by outcome alone.
    clusters : ndarray of int, optional
        Rows of one cluster are kept in one part; the shares are then kept as far as that allows.

    Examples
    --------
    >>> import numpy as np
    >>> [len(test) for train, test in folds_of(np.array([0.0, 1.0] * 5), 5, seed=0)]
    [2, 2, 2, 2, 2]
    """
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    nothing, strata = np.zeros((len(outcome), 1)), _strata(outcome, groups, folds)
    if clusters is None:
        split = StratifiedKFold(folds, shuffle=True, random_state=seed)
        yield from split.split(nothing, strata)
        return
    together = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    yield from together.split(nothing, strata, clusters)


def _strata(
    outcome: NDArray[np.float64], groups: NDArray[np.intp] | None, folds: int
) -> NDArray[np.intp]:
    """Cross outcome and group; what is too small to be in each part is outcome alone."""
    alone: NDArray[np.intp] = (outcome == 1.0).astype(np.intp)
    if groups is None:
        return alone
    crossed = 2 + 2 * groups + alone
    large = np.bincount(crossed) >= folds
    strata: NDArray[np.intp] = np.where(large[crossed], crossed, alone)
    rest = np.bincount(strata, minlength=2)
    for value in (0, 1):  # a rest that is itself too small joins the largest stratum of its outcome
        if 0 < rest[value] < folds:
            mine = strata[alone == value]
            strata[strata == value] = np.bincount(mine).argmax()
    return strata
