"""Scores as counts: rows by group, label and score bin, from one group-by on any engine.

One whole number places a score: how many edges of three kinds it reaches. The kinds are many fine
bins of equal width (for areas under the ROC curve), the bins of the record, and the threshold. The
record's edges and the threshold are exact: a score that equals one belongs to the bin above it, on
every engine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from auditkit.counts import UNKNOWN, Group, group_text
from auditkit.errors import MetricError, RequestError, SchemaError, listed, shown
from auditkit.loaders.dataset import Dataset
from auditkit.loaders.expressions import as_number, is_known
from auditkit.loaders.roles import is_positive
from auditkit.loaders.tally import group_keys, people_sums, spellings
from auditkit.schema import Schema
from auditkit.score_bins import BINS as TOLD
from auditkit.score_bins import bin_cells, bin_edges

__all__ = ["BINS", "Cuts", "ScoreCounts", "decision_bins", "scale_of", "tally_scores"]

BINS = 4_096
"""With this many bins the area under the ROC curve is off by some 1e-4 at most, and says so."""

_NO_SCORE = -1
_ROWS, _SUM, _SUM2 = "__auditkit_rows", "__auditkit_w", "__auditkit_w2"


@dataclass(frozen=True, kw_only=True)
class Cuts:
    """Where scores are cut.

    Attributes
    ----------
    low, high : float
        The scale.
    bins : int
        Fine bins of equal width, from `low` to `high`.
    threshold : float
        Where decisions are made.
    """

    low: float
    high: float
    bins: int
    threshold: float

    @property
    def edges(self) -> NDArray[np.float64]:
        """The edges of the record's bins, the threshold among them; all of them are exact."""
        return bin_edges(self.threshold, self.low, self.high)

    @property
    def size(self) -> int:
        """How many places there are."""
        return self.bins + TOLD + 2

    def starts(self, edges: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the first place that is at or above each of some edges."""
        places = self.place(edges, np.floor, lambda reached: reached * 1.0)
        return np.asarray(places, dtype=np.int64)

    def place(self, score: Any, floor: Callable[[Any], Any], flag: Callable[[Any], Any]) -> Any:
        """Return the place of scores, as numbers or as an expression: it never falls as they rise.

        Arithmetic alone can miss an edge by its last bit, so the record's bin is put right by
        comparison with the edges around it, written as `bin_edges` computes them.
        """
        low, width = self.low, self.high - self.low
        told = floor((score - low) * (TOLD / width))
        parts = told * 0.0 + TOLD  # a column: Polars multiplies by 1 / x where x is one number
        above, below = (told + 1.0) * width / parts + low, told * width / parts + low
        told = told + flag(score >= above) - flag(score < below)
        fine = floor((score - low) * (self.bins / width))
        return fine + told + flag(score >= self.threshold)


@dataclass(frozen=True, kw_only=True, eq=False)
class ScoreCounts:
    """Rows by protected groups, label and place of the score.

    Attributes
    ----------
    attributes : tuple of str
        The protected attributes that are crossed.
    groups : tuple of tuple
        The crossings that occur, sorted, missing last.
    cuts : Cuts
        Scale, bins and threshold.
    n : ndarray of int, shape (groups, 3, places)
        Rows; axis 1 is the label (0, 1, unknown). Places are in the order of the scores.
    w, w2 : ndarray of float, the same shape
        Sums of weights and of squared weights; the rows again where there are no weights.
    missing : int
        Rows without a score.
    """

    attributes: tuple[str, ...]
    groups: tuple[Group, ...]
    cuts: Cuts
    n: NDArray[np.int64]
    w: NDArray[np.float64]
    w2: NDArray[np.float64]
    missing: int

    def marginal(self, attributes: Sequence[str]) -> ScoreCounts:
        """Sum over the attributes that are not named."""
        unknown = [name for name in attributes if name not in self.attributes]
        if unknown:
            raise MetricError(
                f"no '{shown(unknown[0])}' was counted, only {listed(self.attributes)}"
            )
        axes = [self.attributes.index(name) for name in attributes]
        keys = [tuple(group[axis] for axis in axes) for group in self.groups]
        return self._regrouped(tuple(attributes), keys, (self.n, self.w, self.w2))

    def __add__(self, other: object) -> ScoreCounts:
        """Add two tables over the same bins."""
        if not isinstance(other, ScoreCounts):
            return NotImplemented
        if (self.attributes, self.cuts) != (other.attributes, other.cuts):
            mine, theirs = self.cuts, other.cuts
            raise MetricError(
                "cannot add these scores: attributes, bins or threshold differ "
                f"({listed(self.attributes)}; {mine.bins} bins from {mine.low:g} to {mine.high:g}, "
                f"cut at {mine.threshold:g}, and {listed(other.attributes)}; {theirs.bins} from "
                f"{theirs.low:g} to {theirs.high:g}, cut at {theirs.threshold:g})"
            )
        keys = [*self.groups, *other.groups]
        pairs = ((self.n, other.n), (self.w, other.w), (self.w2, other.w2))
        sums = [np.concatenate(pair) for pair in pairs]
        added = self._regrouped(self.attributes, keys, sums)
        return replace(added, missing=self.missing + other.missing)

    def _regrouped(
        self, attributes: tuple[str, ...], keys: Sequence[Group], sums: Sequence[NDArray[Any]]
    ) -> ScoreCounts:
        order = sorted(set(keys), key=_order)
        place = {key: index for index, key in enumerate(order)}
        at = [place[key] for key in keys]
        totals = [np.zeros((len(order), *part.shape[1:]), dtype=part.dtype) for part in sums]
        for total, part in zip(totals, sums, strict=True):
            np.add.at(total, at, part)
        n, w, w2 = totals
        return replace(self, attributes=attributes, groups=tuple(order), n=n, w=w, w2=w2)


def _order(group: Group) -> tuple[tuple[bool, str], ...]:
    return tuple((text is None, text or "") for text in group)


def tally_scores(
    data: Dataset, *, bins: int = BINS, scale: tuple[float, float] | None = None
) -> ScoreCounts:
    """Count the rows of a dataset by group, label and score.

    Parameters
    ----------
    data : Dataset
        With a `score` column.
    bins : int
        How many fine bins of equal width; 1 where the record's own are enough.
    scale : tuple of float, optional
        Lowest and highest score. (0, 1) if not given, or, for scores on another scale, the
        lowest and highest seen: state it where several parts are to be added.

    Returns
    -------
    ScoreCounts
        ``tally_scores(a) + tally_scores(b)`` is that of all rows, on one scale.

    Raises
    ------
    RequestError
        No score column; bins or a scale that cannot be.
    SchemaError
        Scores outside the scale.

    Examples
    --------
    >>> import pandas as pd
    >>> from auditkit import load
    >>> frame = pd.DataFrame({"sex": ["F", "M"] * 2, "score": [0.1, 0.6, 0.9, 1.0]})
    >>> counts = tally_scores(load(frame, protected="sex", score="score"), bins=2)
    >>> counts.groups, counts.n.sum(axis=(1, 2)).tolist()
    ((('F',), ('M',)), [2, 2])
    """
    schema = data.schema
    if schema.score is None:
        raise RequestError("no scores to count: name the column with --score")
    if not 1 <= bins <= 2**20:
        raise RequestError(f"{bins} bins: use 1 to {2**20:,}")
    frame = data.lazy()
    score = nw.col(schema.score).cast(nw.Float64)
    threshold = 0.5 if schema.threshold is None else schema.threshold
    with data.asked():
        low, high = _scale(frame, score, schema, scale)
    cuts = Cuts(low=low, high=high, bins=bins, threshold=threshold)
    keys = dict(group_keys(schema, schema.protected))
    if schema.label is not None:
        keys["__auditkit_label"] = nw.col(schema.label)
    # float64, then floor, then a whole number: engines differ in every other order of these.
    place = nw.when(is_known(score)).then(cuts.place(score, lambda x: x.floor(), as_number))
    keys["__auditkit_bin"] = place.otherwise(nw.lit(_NO_SCORE)).cast(nw.Int64)
    weight, square, people = people_sums(schema)
    sums: dict[str, Any] = {} if people is None else {_ROWS: people}
    if schema.weight is not None:
        sums |= {_SUM: weight, _SUM2: square}
    rows = () if _ROWS in sums else (nw.len().alias(_ROWS),)
    grouped = frame.select(**keys, **sums).group_by(*keys)
    with data.asked():
        table = grouped.agg(*rows, *(nw.col(name).sum() for name in sums)).collect()
    return _counted(data, table, cuts)


def scale_of(lowest: float, highest: float) -> tuple[float, float]:
    """Return the scale of scores: 0 to 1, or from the lowest to the highest one.

    Examples
    --------
    >>> scale_of(0.2, 0.9), scale_of(300.0, 850.0)
    ((0.0, 1.0), (300.0, 850.0))
    """
    return (0.0, 1.0) if lowest >= 0 and highest <= 1 else (lowest, highest)


def _scale(
    frame: nw.LazyFrame[Any], score: nw.Expr, schema: Schema, scale: tuple[float, float] | None
) -> tuple[float, float]:
    if scale is None and 0 <= (schema.threshold or 0.0) < 1:
        return 0.0, 1.0  # or the roles would have been refused
    known = nw.when(is_known(score)).then(score)
    seen = frame.select(known.min().alias("low"), known.max().alias("high")).collect().row(0)
    lowest, highest = float(seen[0]), float(seen[1])
    low, high = scale_of(lowest, highest) if scale is None else map(float, scale)
    if not np.isfinite([low, high]).all() or low > high or (low == high and lowest != highest):
        raise RequestError(f"scale from {low:g} to {high:g}: it must go up")
    if lowest < low or highest > high:
        raise SchemaError(
            f"--score '{shown(schema.score)}' goes from {lowest:g} to {highest:g}, outside "
            f"the scale of {low:g} to {high:g}"
        )
    return low, high if high > low else low + 1.0


def _counted(data: Dataset, table: nw.DataFrame[Any], cuts: Cuts) -> ScoreCounts:
    schema = data.schema
    place = table["__auditkit_bin"].to_numpy().astype(np.int64)
    rows = table[_ROWS].to_numpy().astype(np.int64)
    known = place >= 0
    sums: list[NDArray[Any]] = [rows]
    if schema.weight is not None:
        sums += [table[name].to_numpy().astype(np.float64) for name in (_SUM, _SUM2)]
    label = np.full(len(rows), UNKNOWN)
    if schema.label is not None:
        positive = schema.positive or ""
        texts, codes = _texts(table["__auditkit_label"])
        flags = [UNKNOWN if text is None else int(is_positive(text, positive)) for text in texts]
        label = np.array(flags, dtype=np.int64)[codes]
    groups, code = _groups(schema, table, known)
    shape = (len(groups), 3, cuts.size)
    index = np.ravel_multi_index((code, label[known], place[known]), shape)
    totals = [np.zeros(shape, dtype=part.dtype) for part in sums]
    for total, part in zip(totals, sums, strict=True):
        np.add.at(total.reshape(-1), index, part[known])
    n, *weights = totals
    w, w2 = weights or (n.astype(np.float64), n.astype(np.float64))
    return ScoreCounts(
        attributes=schema.protected,
        groups=groups,
        cuts=cuts,
        n=n,
        w=w,
        w2=w2,
        missing=int(rows[~known].sum()),
    )


def _texts(column: nw.Series[Any]) -> tuple[list[str | None], NDArray[np.intp]]:
    """Return the texts of a column's values, and the place of each row's among them."""
    values = column.to_list()
    place = {value: index for index, value in enumerate(dict.fromkeys(values))}
    codes = np.array([place[value] for value in values], dtype=np.intp)
    return [group_text(value) for value in place], codes


def _groups(
    schema: Schema, table: nw.DataFrame[Any], known: NDArray[np.bool_]
) -> tuple[tuple[Group, ...], NDArray[np.int64]]:
    """Return the groups of the rows with a score, sorted, and the place of each row's."""
    index = np.zeros(int(known.sum()), dtype=np.int64)
    names: list[list[str | None]] = []
    for axis, name in enumerate(schema.protected):
        mapping = spellings(schema, name)
        texts, codes = _texts(table[f"__auditkit_k{axis}"])
        mapped = [None if text is None else mapping.get(text, text) for text in texts]
        order = list(dict.fromkeys(mapped))
        places = np.array([order.index(text) for text in mapped], dtype=np.int64)
        index = index * len(order) + places[codes][known]
        names.append(order)
    crossed, code = np.unique(index, return_inverse=True)
    shape = [len(order) for order in names]
    axes = np.unravel_index(crossed, shape) if names else ()
    found = [
        tuple(order[i] for order, i in zip(names, row, strict=True))
        for row in zip(*axes, strict=True)
    ] or [()]
    ranks = sorted(range(len(found)), key=lambda i: _order(found[i]))
    place = np.argsort(ranks)
    return tuple(found[i] for i in ranks), place[code].astype(np.int64)


def decision_bins(counts: ScoreCounts) -> dict[str, Any]:
    """Return counts by group, label and score bin, for the record.

    The bins are those of :func:`auditkit.score_bins.score_bins`: the threshold is an edge, and
    an edge belongs to the bin above it, exactly.

    Examples
    --------
    >>> import pandas as pd
    >>> from auditkit import load
    >>> frame = pd.DataFrame({"sex": ["F", "M"] * 2, "score": [0.1, 0.29, 0.9, 1.0]})
    >>> data = load(frame, protected="sex", score="score", threshold=0.29)
    >>> found = decision_bins(tally_scores(data, bins=1))
    >>> [sum(cell["counts"][29:]) for cell in found["cells"]]
    [1, 2]
    """
    edges = counts.cuts.edges
    inside = np.add.reduceat(counts.n, counts.cuts.starts(edges[:-1]), axis=2)
    cells = {
        (group, label): inside[place, label]
        for place, group in enumerate(counts.groups)
        for label in range(inside.shape[1])
        if inside[place, label].any()
    }
    return bin_cells(counts.attributes, edges, counts.cuts.threshold, cells)
