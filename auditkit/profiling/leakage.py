"""Leakage: single features that give the outcome away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from auditkit.columns import Column
from auditkit.errors import shown
from auditkit.profiling.levels import Ranked, cut, described_columns, ranked_column
from auditkit.profiling.rows import Rows, outcome_of

if TYPE_CHECKING:
    import pandas
    from numpy.typing import ArrayLike, NDArray

__all__ = ["MEASURE", "Leak", "LeakageScan", "leakage", "pairwise_auc", "rank_auc"]

MEASURE = "auc"
BINS = 50
"""Numbers with more different values than this are also looked at cut into this many levels."""
ENOUGH = 10
"""People needed on each side of the outcome before a perfect score means anything."""
CLOSE = 0.005
"""Readings of one feature closer than this are as good; the simplest explains it."""
GAIN = 0.005
"""Telling this much more than without the feature is worth saying; else its ranking is said."""


@dataclass(frozen=True, kw_only=True)
class Leak:
    """How well one feature alone tells the outcome.

    Attributes
    ----------
    feature : str
        The column.
    strength : float or None
        The area under the ROC curve, from 0.5 (nothing) to 1 (tells everything).
    measure : str
        Always ``"auc"``.
    why : str
        One plain sentence.
    n : int
        People with a known outcome. Rows, where survey weights are used.
    reason : str or None
        Why there is no strength.

    Examples
    --------
    >>> import pandas
    >>> frame = pandas.DataFrame({"offer_sent": ["yes", "no"] * 20})
    >>> found = leakage(frame, [1, 0] * 20, ["offer_sent"])[0]
    >>> found.strength, found.why
    (1.0, "'offer_sent' alone tells the outcome of 100 % of the rows (50.0 % without it)")
    """

    feature: str
    strength: float | None
    measure: str = MEASURE
    why: str
    n: int
    reason: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the record."""
        return dict(vars(self))


def leakage(
    frame: pandas.DataFrame,
    outcome: ArrayLike,
    features: Sequence[str],
    *,
    weight: ArrayLike | None = None,
    frequency: bool = False,
    described: Mapping[str, Column] | None = None,
) -> list[Leak]:
    """Measure how well each feature alone tells the outcome.

    Each feature is read in up to four ways, and the best one counts:

    - *whether it is filled*: a column that is filled only for one outcome is caught by that;
    - *by rank* (numbers and dates), upwards or downwards, where it is filled;
    - *by level*, a missing cell being one: texts, or numbers cut into up to 50 levels;
    - *by level where it is filled*, if there are missing cells.

    Levels are scored by leave-pair-out cross-validation (see `pairwise_auc`), so that an
    identifier, or any column of many rare values, scores one half and not one. What holds where
    a column is filled counts only with 10 people or more of each outcome there.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table.
    outcome : array-like of float
        1 where it happened, 0 where not, NaN where unknown; those rows are left out.
    features : sequence of str
        The columns to look at, identifiers and free text too.
    weight : array-like or None
        One weight a row.
    frequency : bool
        The weights are numbers of people, not survey weights.
    described : mapping of str to Column or None
        What :func:`auditkit.columns.describe` said of the features, if it was asked already.

    Returns
    -------
    list of Leak
        All features, strongest first; from which strength on it is a leak is for the caller to
        say.

    Raises
    ------
    SchemaError
        A feature that the table does not have.
    MetricError
        An outcome or weights that cannot be.

    Examples
    --------
    >>> import pandas
    >>> frame = pandas.DataFrame({"badge": [7.0] * 15 + [None] * 25, "shift": [1, 2] * 20})
    >>> for row in leakage(frame, [1] * 16 + [0] * 24, ["badge", "shift"]):
    ...     print(round(row.strength, 3), row.why)
    0.969 whether 'badge' is filled tells the outcome of 97.5 % of the rows (60.0 % without it)
    0.5 'shift' alone puts who has the outcome above who has not in 50.0 % of all pairs
    """
    rows = Rows.build(len(frame), weight, frequency=frequency)
    known = described_columns(frame, features, described)
    scan = LeakageScan(outcome_of(outcome, rows), rows)
    for feature in features:
        scan.see(known[feature], ranked_column(frame, known[feature], rows))
    return scan.found()


class LeakageScan:
    """The leaks of one table, a column at a time.

    Parameters
    ----------
    event : ndarray of float
        The outcome (1, 0, or NaN) in our order of rows.
    rows : Rows
        Weights, and our order of rows.
    """

    def __init__(self, event: NDArray[np.float64], rows: Rows) -> None:
        self.decided = ~np.isnan(event)
        self.data = _Outcome(event[self.decided] == 1, rows.keep(self.decided))
        self.rows: list[Leak] = []

    def see(self, column: Column, cells: Ranked) -> None:
        """Look at one column."""
        data, feature = self.data, column.name
        if data.reason is not None:
            row = Leak(
                feature=feature, strength=None, why=data.reason, n=data.people, reason=data.reason
            )
        else:
            best, said = _best(_readings(cells.keep(self.decided), data))
            row = Leak(feature=feature, strength=best, why=said.why(feature), n=data.people)
        self.rows.append(row)

    def found(self) -> list[Leak]:
        """Return all columns, strongest first."""
        return sorted(self.rows, key=lambda row: (-(row.strength or 0.0), row.feature))


class _Outcome:
    """The rows with a known outcome: who has it, and what they weigh."""

    def __init__(self, happened: NDArray[np.bool_], rows: Rows) -> None:
        self.happened = happened
        self.rows = rows
        counts, weights = self.sums(np.zeros(rows.size, dtype=np.int64), 1)
        self.people = round(float(counts.sum()))
        self.fewest = float(counts.min())
        self.least = float(weights.min())

    @property
    def reason(self) -> str | None:
        """Why no feature can be scored."""
        if self.fewest >= ENOUGH and self.least > 0:
            return None
        if self.fewest == 0 or self.least == 0:
            return "everyone has the same outcome: there is nothing to tell"
        return (
            f"only {round(self.fewest)} people on one side of the outcome: too few to tell a leak "
            "from chance"
        )

    def sums(
        self, codes: NDArray[np.int64], size: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return people and weight by (outcome, code)."""
        flat = self.happened * np.int64(size) + codes
        shape = (2, size)
        counts = self.rows.count(flat, 2 * size).reshape(shape)
        if self.rows.weight is None:
            return counts, counts
        return counts, self.rows.weigh(flat, 2 * size).reshape(shape)


@dataclass(frozen=True)
class _Reading:
    """One way to read a feature: its AUC, and the share of the outcomes that it tells."""

    auc: float
    told: float
    without: float
    is_filled: bool
    filled: int | None = None

    def why(self, feature: str) -> str:
        name = f"'{shown(feature)}'"
        subject = f"whether {name} is filled" if self.is_filled else f"{name} alone"
        where = "the rows"
        if self.filled is not None:
            where = f"the {self.filled:,} rows where it is filled"
        if self.told < self.without + GAIN:
            pairs = _percent(max(0.5, self.auc))
            return f"{subject} puts who has the outcome above who has not in {pairs} of all pairs"
        return (
            f"{subject} tells the outcome of {_percent(self.told)} of {where} "
            f"({_percent(self.without)} without it)"
        )


def _percent(share: float) -> str:
    """Return a share as text that says 100 % only where it is."""
    if share >= 1 - 1e-12:
        return "100 %"
    return "more than 99.9 %" if share >= 0.9995 else f"{100 * share:.1f} %"


def _best(readings: Sequence[_Reading]) -> tuple[float, _Reading]:
    """Return the best AUC, and the simplest reading (they come simplest first) as good as it."""
    best = max(reading.auc for reading in readings)
    said = next(reading for reading in readings if reading.auc >= best - CLOSE)
    return min(1.0, max(0.5, best)), said


def _readings(cells: Ranked, data: _Outcome) -> list[_Reading]:
    """Read one feature in every way that fits it, the simplest first."""
    people, weight = data.sums(cells.codes, cells.size)
    found, without, filled = [], _without(weight), None
    if cells.missing:
        sides = np.stack([weight[:, :-1].sum(axis=1), weight[:, -1]], axis=1)
        found = [
            _Reading(*rank_auc(sides), without, is_filled=True),
            _by_level(cells, people, weight, without, None),
        ]
        people, weight = people[:, :-1], weight[:, :-1]
        if people.sum(axis=1).min() < ENOUGH or weight.sum(axis=1).min() <= 0:
            return found
        without, filled = _without(weight), round(float(people.sum()))
    if cells.numbers:
        found.append(_Reading(*rank_auc(weight), without, is_filled=False, filled=filled))
    return [*found, _by_level(cells, people, weight, without, filled)]


def _without(weight: NDArray[np.float64]) -> float:
    """Return the share of the rows whose outcome is told by always guessing the frequent one."""
    sides = weight.sum(axis=1)
    return 1 - float(sides.min()) / float(sides.sum())


def _by_level(
    cells: Ranked,
    people: NDArray[np.float64],
    weight: NDArray[np.float64],
    without: float,
    filled: int | None,
) -> _Reading:
    """Read numbers put together into quantiles, and other values as they are."""
    if cells.numbers:
        numbers = len(cells.values)
        level = cut(weight.sum(axis=0)[:numbers], BINS)
        starts = np.flatnonzero(np.diff(level, prepend=-1))
        if people.shape[1] > numbers:  # the empty cells stay by themselves
            starts = np.append(starts, numbers)
        people, weight = (np.add.reduceat(sums, starts, axis=1) for sums in (people, weight))
    return _Reading(*pairwise_auc(people, weight), without, is_filled=False, filled=filled)


def rank_auc(weight: NDArray[np.float64]) -> tuple[float, float]:
    """Return the AUC of ranked levels, upwards or downwards, and what the best cut tells.

    Parameters
    ----------
    weight : ndarray of shape (2, levels)
        Weight without and with the outcome, by level in rising order.

    Returns
    -------
    tuple of float
        The AUC, ties counted half, at least one half; and the share of the weight that lies on
        the right side of the best cut.

    Examples
    --------
    >>> auc, told = rank_auc(np.array([[3.0, 1.0, 0.0], [0.0, 1.0, 3.0]]))
    >>> auc, told
    (0.96875, 0.875)
    """
    without, with_ = weight
    below = np.cumsum(without) - without
    pairs = float(without.sum()) * float(with_.sum())
    auc = float(np.dot(with_, below + without / 2)) / pairs
    total = float(weight.sum())
    right = np.append(0.0, np.cumsum(without - with_)) + float(with_.sum())
    told = max(float(right.max()), total - float(right.min())) / total
    return max(auc, 1 - auc), min(1.0, told)


def pairwise_auc(people: NDArray[np.float64], weight: NDArray[np.float64]) -> tuple[float, float]:
    r"""Return the leave-pair-out AUC of unordered levels, and what guessing by level tells.

    For each pair of a person with the outcome (in level a) and one without (in level b), both
    are left out, the levels are scored by the rest, and a wins where its score is higher:

    .. math:: \frac{s_a - 1 + p}{k_a} \;\text{against}\; \frac{s_b + p}{k_b}

    with s the people with the outcome among the k in a level, and p, the overall rate, as one
    more pseudo-person. Two in one level are a tie. On a feature that has nothing to do with the
    outcome the expected value is one half, whatever the number of levels; the order of the rows
    and chance play no part in it.

    Parameters
    ----------
    people, weight : ndarray of shape (2, levels)
        Without and with the outcome. Levels are scored by people, pairs are weighted.

    Returns
    -------
    tuple of float
        The AUC; and the share of the weight told by the majority of the *others* in the level.

    References
    ----------
    .. [1] Airola A, Pahikkala T, Waegeman W, De Baets B, Salakoski T (2011). An experimental
       comparison of cross-validation techniques for estimating the area under the ROC curve.
       Computational Statistics & Data Analysis 55, 1828-1844.

    Examples
    --------
    >>> same = np.array([[9.0, 1.0], [1.0, 9.0]])
    >>> pairwise_auc(same, same)
    (0.9, 0.9)
    >>> different = np.eye(2)[[0, 1]].repeat(20, axis=1)  # an identifier
    >>> pairwise_auc(different, different)[0]
    0.5
    """
    ties = float(np.dot(weight[0], weight[1])) / 2  # of one level; below they are all lost
    without, with_ = people.sum(axis=1).tolist()
    rate = (with_ - 1) / (without + with_ - 2)
    people, weight = _alike(people, weight)
    others, events = people
    size = others + events
    yes, no = events > 0, others > 0
    up = (events[yes] - 1 + rate) / size[yes]
    down = (events[no] + rate) / size[no]
    order = np.argsort(down, kind="stable")
    down, mass = down[order], np.append(0.0, np.cumsum(weight[0, no][order]))
    below = mass[np.searchsorted(down, up, side="left")]
    upto = mass[np.searchsorted(down, up, side="right")]
    wins = float(np.dot(weight[1, yes], (below + upto) / 2)) + ties
    sums = weight.sum(axis=1)
    majority = with_ > without
    right_yes = (events - 1 > others) | ((events - 1 == others) & majority)
    right_no = (others - 1 > events) | ((others - 1 == events) & ~majority)
    told = float((weight[1] * right_yes).sum() + (weight[0] * right_no).sum()) / float(sums.sum())
    return min(1.0, wins / float(sums[0] * sums[1])), min(1.0, told)


def _alike(
    people: NDArray[np.float64], weight: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Put levels together that have as many people on each side: identifiers have many of them."""
    most = people.max(axis=1, initial=0).astype(np.int64) + 1
    size = int(most[0]) * int(most[1])
    if size > people.shape[1]:
        return people, weight
    sides = (people[0] * most[1] + people[1]).astype(np.int64)
    there = np.flatnonzero(np.bincount(sides, minlength=size))
    sums = [np.bincount(sides, side, size)[there] for side in weight]
    return np.stack(np.divmod(there, most[1])).astype(np.float64), np.array(sums, dtype=np.float64)
