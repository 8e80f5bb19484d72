"""Scores as counts: rows by group, label and score bin, from one group-by on any engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from auditkit.counts import UNKNOWN, Group, group_text
from auditkit.errors import MetricError, RequestError, SchemaError, listed, shown
from auditkit.loaders.dataset import Dataset
from auditkit.loaders.expressions import is_known
from auditkit.loaders.roles import is_positive
from auditkit.loaders.tally import group_keys, people_sums, spellings
from auditkit.schema import Schema
from auditkit.score_bins import bin_cells, bin_edges

__all__ = ["BINS", "ScoreCounts", "decision_bins", "scale_of", "tally_scores"]

BINS = 4_096
"""With this many bins the area under the ROC curve is off by some 1e-4 at most, and says so."""

_NO_SCORE = -1.0


@dataclass(frozen=True, kw_only=True, eq=False)
class ScoreCounts:
    """Rows by protected groups, label and score bin.

    Attributes
    ----------
    attributes : tuple of str
        The protected attributes that are crossed.
    groups : tuple of tuple
        The crossings that occur, sorted, missing last.
    low, high : float
        The scale: bin i holds scores from ``low + i * width``, the last one `high` too.
    n : ndarray of int, shape (groups, 3, bins)
        Rows; axis 1 is the label (0, 1, unknown).
    w, w2 : ndarray of float, the same shape
        Sums of weights and of squared weights; the rows again where there are no weights.
    missing : int
        Rows without a score.
    """

    attributes: tuple[str, ...]
    groups: tuple[Group, ...]
    low: float
    high: float
    n: NDArray[np.int64]
    w: NDArray[np.float64]
    w2: NDArray[np.float64]
    missing: int

    @property
    def edges(self) -> NDArray[np.float64]:
        """The lower edge of each bin, and the upper one of the last."""
        return np.linspace(self.low, self.high, self.n.shape[2] + 1)

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
        mine = (self.attributes, self.low, self.high, self.n.shape[2])
        theirs = (other.attributes, other.low, other.high, other.n.shape[2])
        if mine != theirs:
            raise MetricError(
                "cannot add these scores: attributes or bins differ "
                f"({listed(self.attributes)}; {mine[3]} bins from {mine[1]:g} to {mine[2]:g}, and "
                f"{listed(other.attributes)}; {theirs[3]} from {theirs[1]:g} to {theirs[2]:g})"
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
    """Count the rows of a dataset by group, label and score bin.

    Parameters
    ----------
    data : Dataset
        With a `score` column.
    bins : int
        How many bins of equal width.
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
    >>> tally_scores(load(frame, protected="sex", score="score"), bins=2).n.sum(axis=1).tolist()
    [[1, 1], [0, 2]]
    """
    schema = data.schema
    if schema.score is None:
        raise RequestError("no scores to count: name the column with --score")
    if schema.count is not None:
        raise RequestError("--count rows cannot be counted by score: give a row a person")
    if not 2 <= bins <= 2**20:
        raise RequestError(f"{bins} bins: use 2 to {2**20:,}")
    frame = data.lazy()
    score = nw.col(schema.score).cast(nw.Float64)
    with data.asked():
        low, high = _scale(frame, score, schema.score, scale)
    keys = dict(group_keys(schema, schema.protected))
    if schema.label is not None:
        keys["__auditkit_label"] = nw.col(schema.label)
    # float64, then floor, then a whole number: engines differ in every other order of these.
    place = nw.when(is_known(score)).then(((score - low) * (bins / (high - low))).floor())
    keys["__auditkit_bin"] = place.otherwise(nw.lit(_NO_SCORE)).cast(nw.Int64)
    weight, square, _ = people_sums(schema)
    sums = {} if schema.weight is None else {"__auditkit_w": weight, "__auditkit_w2": square}
    grouped = frame.select(**keys, **sums).group_by(*keys)
    counted = nw.len().alias("__auditkit_rows"), *(nw.col(name).sum() for name in sums)
    with data.asked():
        table = grouped.agg(*counted).collect()
    return _counted(data, table, low, high, bins)


def scale_of(lowest: float, highest: float) -> tuple[float, float]:
    """Return the scale of scores: 0 to 1, or from the lowest to the highest one.

    Examples
    --------
    >>> scale_of(0.2, 0.9), scale_of(300.0, 850.0)
    ((0.0, 1.0), (300.0, 850.0))
    """
    return (0.0, 1.0) if lowest >= 0 and highest <= 1 else (lowest, highest)


def _scale(
    frame: nw.LazyFrame[Any], score: nw.Expr, name: str, scale: tuple[float, float] | None
) -> tuple[float, float]:
    known = nw.when(is_known(nw.col(name))).then(score)
    seen = frame.select(known.min().alias("low"), known.max().alias("high")).collect().row(0)
    lowest, highest = float(seen[0]), float(seen[1])
    low, high = scale_of(lowest, highest) if scale is None else map(float, scale)
    if not np.isfinite([low, high]).all() or low > high or (low == high and lowest != highest):
        raise RequestError(f"scale from {low:g} to {high:g}: it must go up")
    if lowest < low or highest > high:
        raise SchemaError(
            f"--score '{shown(name)}' goes from {lowest:g} to {highest:g}, outside the scale of "
            f"{low:g} to {high:g}"
        )
    return low, high if high > low else low + 1.0


def _counted(
    data: Dataset, table: nw.DataFrame[Any], low: float, high: float, bins: int
) -> ScoreCounts:
    schema = data.schema
    place = table["__auditkit_bin"].to_numpy().astype(np.int64)
    rows = table["__auditkit_rows"].to_numpy().astype(np.int64)
    known = place >= 0
    sums: list[NDArray[Any]] = [rows]
    if schema.weight is not None:
        sums += [table[name].to_numpy().astype(np.float64)
                 for name in ("__auditkit_w", "__auditkit_w2")]  # fmt: skip
    label = np.full(len(rows), UNKNOWN)
    if schema.label is not None:
        positive = schema.positive or ""
        texts, codes = _texts(table["__auditkit_label"])
        flags = [UNKNOWN if text is None else int(is_positive(text, positive)) for text in texts]
        label = np.array(flags, dtype=np.int64)[codes]
    groups, code = _groups(schema, table, known)
    shape = (len(groups), 3, bins)
    # the highest score ends the last bin
    index = np.ravel_multi_index((code, label[known], np.minimum(place[known], bins - 1)), shape)
    totals = [np.zeros(shape, dtype=part.dtype) for part in sums]
    for total, part in zip(totals, sums, strict=True):
        np.add.at(total.reshape(-1), index, part[known])
    n, *weights = totals
    w, w2 = weights or (n.astype(np.float64), n.astype(np.float64))
    return ScoreCounts(
        attributes=schema.protected,
        groups=groups,
        low=low,
        high=high,
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


def decision_bins(data: Dataset) -> dict[str, Any]:
    """Count the rows of a dataset by group, label and score bin, for the record.

    The bins are those of :func:`auditkit.score_bins.score_bins`: the threshold is an edge, and
    an edge belongs to the bin above it, exactly.

    Parameters
    ----------
    data : Dataset
        With a `score` column.

    Examples
    --------
    >>> import pandas as pd
    >>> from auditkit import load
    >>> frame = pd.DataFrame({"sex": ["F", "M"] * 2, "score": [0.1, 0.29, 0.9, 1.0]})
    >>> found = decision_bins(load(frame, protected="sex", score="score", threshold=0.29))
    >>> [sum(cell["counts"][29:]) for cell in found["cells"]]
    [1, 2]
    """
    schema = data.schema
    assert schema.score is not None
    frame = data.lazy()
    score = nw.col(schema.score).cast(nw.Float64)
    low, high = _scale(frame, score, schema.score, None)
    threshold = 0.5 if schema.threshold is None else schema.threshold
    edges = bin_edges(threshold, low, high)
    place = nw.lit(-1)
    for edge in edges[:-1]:  # comparisons, not arithmetic: engines agree on them to the last bit
        place = place + nw.when(score >= float(edge)).then(nw.lit(1)).otherwise(nw.lit(0))
    keys = dict(group_keys(schema, schema.protected))
    if schema.label is not None:
        keys["__auditkit_label"] = nw.col(schema.label)
    keys["__auditkit_bin"] = nw.when(is_known(score)).then(place).otherwise(nw.lit(-1))
    people = nw.len()
    if schema.count is not None:
        keys["__auditkit_people"] = nw.col(schema.count)
        people = nw.col("__auditkit_people").sum()
    named = [name for name in keys if name != "__auditkit_people"]
    with data.asked():
        found = frame.select(**keys).group_by(*named).agg(people.alias("__auditkit_n")).collect()
    return _told(data, found, named, edges, threshold)


def _told(
    data: Dataset,
    found: nw.DataFrame[Any],
    named: Sequence[str],
    edges: NDArray[np.float64],
    threshold: float,
) -> dict[str, Any]:
    schema, width = data.schema, len(data.schema.protected)
    labels = [spellings(schema, name) for name in schema.protected]
    cells: dict[tuple[Group, int], NDArray[np.int64]] = {}
    for row in found.select(*named, "__auditkit_n").rows():
        texts = [group_text(value) for value in row[:width]]
        group = tuple(
            None if text is None else mapping.get(text, text)
            for text, mapping in zip(texts, labels, strict=True)
        )
        text = None if schema.label is None else group_text(row[width])
        label = UNKNOWN if text is None else int(is_positive(text, schema.positive or ""))
        if row[-2] >= 0:
            counts = cells.setdefault((group, label), np.zeros(len(edges) - 1, dtype=np.int64))
            counts[int(row[-2])] += int(row[-1])
    return bin_cells(schema.protected, edges, threshold, cells)
