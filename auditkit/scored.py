"""How well scores rank the people of each group, and what each threshold would decide.

While the rows are in memory everything is exact. Of more rows, counts in score bins are asked of
the engine: what thresholds decide is exact there too, and each area says by how much the bins can
have moved it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit import inference
from auditkit.counts import Group
from auditkit.errors import listed
from auditkit.loaders import Dataset
from auditkit.loaders.scores import ScoreCounts, scale_of, tally_scores
from auditkit.metrics import rates_at_thresholds, roc_auc_by_group, roc_auc_from_bins
from auditkit.score_bins import BINS, bin_edges

__all__ = ["Scored", "scores_in_bins", "scores_of_counts", "scores_of_rows"]

_STEPS = 10
_RATES = ("selection_rate", "true_positive_rate", "false_positive_rate")
_GAP = "MOVER, studentised range"
_MAX_CROSSED = 500
Floats = NDArray[np.float64]
Areas = Callable[[float], "list[_Area]"]


@dataclass(frozen=True, kw_only=True)
class Scored:
    """Scores of rows in memory.

    Attributes
    ----------
    score : ndarray
        One a row; NaN is missing.
    outcome : ndarray or None
        The label as 1.0, 0.0 or NaN; None where there is none.
    groups : mapping of str to sequence
        Attribute → the group of each row.
    weight : ndarray or None
        Sample weights.
    """

    score: Floats
    outcome: Floats | None
    groups: Mapping[str, Sequence[str | None]]
    weight: Floats | None = None

    def of(self, attributes: Sequence[str], kept: NDArray[np.bool_]) -> dict[str, Any]:
        """Return the rows that are kept, as the metrics take them."""
        places = np.flatnonzero(kept).tolist()
        features = {name: [self.groups[name][place] for place in places] for name in attributes}
        return {
            "y_true": None if self.outcome is None else self.outcome[kept],
            "y_score": self.score[kept],
            "sensitive_features": features or {"everybody": [0] * len(places)},
            "sample_weight": None if self.weight is None else self.weight[kept],
        }


@dataclass(frozen=True, kw_only=True)
class _Area:
    """The area under the ROC curve in one group."""

    group: Group
    value: float | None
    error: float | None
    low: float | None
    high: float | None
    n: int
    method: str
    reason: str | None


def scores_of_rows(
    rows: Scored, *, threshold: float | None, level: float, min_group: int
) -> list[dict[str, Any]]:
    """Return exact areas, and exact rates at thresholds: the rows of ``scores`` in the profile.

    Parameters
    ----------
    rows : Scored
        All rows.
    threshold : float or None
        The audit's own, listed among the others.
    level : float
        Of the intervals.
    min_group : int
        Smaller groups are listed, and left out of the widest gap.

    Examples
    --------
    >>> label, score = np.array([0.0, 1.0] * 4), np.array([0.2, 0.4, 0.6, 0.8] * 2)
    >>> rows = Scored(score=score, outcome=label, groups={"sex": ["F"] * 4 + ["M"] * 4})
    >>> found = scores_of_rows(rows, threshold=0.5, level=0.95, min_group=2)
    >>> [(row["group"], row["value"], row["error"]) for row in found if row["attributes"]][0]
    (['F'], 0.75, 0.0)
    """
    known = ~np.isnan(rows.score)
    found: list[dict[str, Any]] = []
    edges = _edges(*scale_of(float(rows.score[known].min()), float(rows.score[known].max())),
                   threshold)  # fmt: skip
    for attributes in _sets(list(rows.groups)):
        if rows.outcome is not None:
            labelled = rows.of(attributes, known & ~np.isnan(rows.outcome))
            found += _areas(attributes, partial(_exact, labelled), level, min_group)
        if len(attributes) > 1:
            continue
        found += _decided(rows.of(attributes, known), _RATES[:1], attributes, edges)
        if rows.outcome is not None:
            found += _decided(labelled, _RATES[1:], attributes, edges)
    return found


def _decided(
    given: Mapping[str, Any], metrics: Sequence[str], attributes: Sequence[str], edges: list[float]
) -> list[dict[str, Any]]:
    """Return exact rates at thresholds; those selected are counted without a label, too."""
    labels = None if metrics == _RATES[:1] else given["y_true"]
    counted = rates_at_thresholds(
        labels, given["y_score"], thresholds=edges, sample_weight=given["sample_weight"],
        sensitive_features=given["sensitive_features"],
    )  # fmt: skip
    return [
        _row(attributes, tuple(row[name] for name in attributes), row["metric"],
             threshold=row["threshold"], value=row["value"],
             error=None if row["value"] is None else 0.0, n=row["n"], method="exact",
             reason=row["reason"])
        for row in counted.rows(metrics)
    ]  # fmt: skip


def scores_in_bins(
    data: Dataset, groups: Mapping[str, Sequence[str | None]], *, fine: bool
) -> list[ScoreCounts]:
    """Count the scores of all rows, by all attributes crossed; none where there is no score.

    With `fine`, in bins that are fine enough for areas. Of many crossings these would fill the
    memory: there each attribute is asked alone, too. `groups` are those of the rows at hand.
    """
    names = data.schema.protected
    if data.schema.score is None:
        return []
    if not fine:
        return [tally_scores(data, bins=1)]
    if prod(len(set(groups[name])) for name in names) <= _MAX_CROSSED:
        return [tally_scores(data)]
    parts = [replace(data, schema=data.schema.with_(protected=(name,))) for name in names]
    return [tally_scores(data, bins=1), *map(tally_scores, parts)]


def scores_of_counts(
    parts: Sequence[ScoreCounts], *, labelled: bool, level: float, min_group: int
) -> list[dict[str, Any]]:
    """Return the same from counts in score bins.

    Parameters
    ----------
    parts : sequence of ScoreCounts
        Of :func:`scores_in_bins`; those without fine bins are left aside.
    labelled : bool
        Whether there is a label.
    level, min_group
        As in :func:`scores_of_rows`.

    Examples
    --------
    >>> import pandas as pd
    >>> from auditkit import load
    >>> from auditkit.loaders.scores import tally_scores
    >>> frame = pd.DataFrame({"sex": ["F", "M"] * 4, "y": [0, 1] * 4, "s": [0.25, 0.5] * 4})
    >>> counts = tally_scores(load(frame, label="y", score="s", protected="sex"))
    >>> scores_of_counts([counts], labelled=True, level=0.95, min_group=2)[0]["method"]
    '4,096 bins'
    """
    found: list[dict[str, Any]] = []
    for number, counts in enumerate(part for part in parts if part.cuts.bins > 1):
        for attributes in _sets(counts.attributes):
            if number and not attributes:
                continue  # everybody has been told
            found += _of_bins(counts.marginal(attributes), labelled, attributes, level, min_group)
    return found


def _sets(names: Sequence[str]) -> list[tuple[str, ...]]:
    """Everybody, each attribute, and their crossing."""
    singles: list[tuple[str, ...]] = [(), *((name,) for name in names)]
    return [*singles, tuple(names)] if len(names) > 1 else singles


def _edges(low: float, high: float, threshold: float | None) -> list[float]:
    """Return tenths of the scale, which are edges of score bins, and the audit's own threshold."""
    tenths = bin_edges(low, low, high)[BINS // _STEPS : -1 : BINS // _STEPS].tolist()
    return sorted({*tenths, *(() if threshold is None else (threshold,))})


def _exact(given: Mapping[str, Any], level: float) -> list[_Area]:
    everybody = "everybody" in given["sensitive_features"]
    return [
        _Area(group=() if everybody else row.group, value=row.value,
              error=None if row.value is None else 0.0, low=row.low, high=row.high,
              n=row.positives + row.negatives, method=row.method, reason=row.reason)
        for row in roc_auc_by_group(**given, level=level)
    ]  # fmt: skip


def _of_bins(
    counts: ScoreCounts, labelled: bool, attributes: tuple[str, ...], level: float, min_group: int
) -> list[dict[str, Any]]:
    cuts, method = counts.cuts, f"{counts.cuts.bins:,} bins"

    def areas(level: float) -> list[_Area]:
        found = []
        for group, n, w, w2 in zip(counts.groups, counts.n, counts.w, counts.w2, strict=True):
            area = roc_auc_from_bins(n[1], n[0], positive_weights=(w[1], w2[1]),
                                     negative_weights=(w[0], w2[0]), level=level)  # fmt: skip
            found.append(
                _Area(group=group, value=area.value, error=area.error, low=area.low,
                      high=area.high, n=area.positives + area.negatives, method=method,
                      reason=area.reason)
            )  # fmt: skip
        return found

    rows = _areas(attributes, areas, level, min_group) if labelled else []
    if len(attributes) > 1:
        return rows
    thresholds = _edges(cuts.low, cuts.high, cuts.threshold)
    starts = cuts.starts(np.array(thresholds)).tolist()
    for threshold, first in zip(thresholds, starts, strict=True):
        for group, n, w in zip(counts.groups, counts.n, counts.w, strict=True):
            for metric, labels in zip(_RATES, ((0, 1, 2), (1,), (0,)), strict=True):
                if metric != _RATES[0] and not labelled:
                    continue
                mine, rows_of = w[list(labels)].sum(axis=0), int(n[list(labels)].sum())
                total = float(mine.sum())
                value = float(mine[first:].sum()) / total if total > 0 else None
                rows.append(_row(attributes, group, metric, threshold=threshold, value=value,
                                 error=None if value is None else 0.0, n=rows_of, method="exact",
                                 reason=_empty(metric, total)))  # fmt: skip
    return rows


def _empty(metric: str, total: float) -> str | None:
    if total > 0:
        return None
    return {_RATES[1]: "no positives", _RATES[2]: "no negatives"}.get(metric, "nobody")


def _areas(
    attributes: tuple[str, ...], areas: Areas, level: float, min_group: int
) -> list[dict[str, Any]]:
    """Return a row for each group, and one for the widest gap."""
    rows = [
        _row(attributes, one.group, "roc_auc", value=one.value, error=one.error, low=one.low,
             high=one.high, level=level, n=one.n, method=one.method, reason=one.reason)
        for one in areas(level)
    ]  # fmt: skip
    return [*rows, _gap(attributes, areas, level, min_group)] if attributes else rows


def _gap(attributes: tuple[str, ...], areas: Areas, level: float, min_group: int) -> dict[str, Any]:
    """Return the widest gap; its interval holds because those of all pairs do, together."""
    whole = areas(level)
    known = [one for one in whole if one.value is not None and one.n >= min_group]
    left = [one.group for one in whole if one not in known]
    said = [" × ".join("missing" if text is None else text for text in group) for group in left]
    reason = f"left out, undefined or fewer than {min_group}: {listed(said, 6)}" if left else None
    if len(known) < 2:
        reason = f"fewer than two groups to compare{'; ' + reason if reason else ''}"
        return _row(attributes, (), "roc_auc_difference", level=level, method=_GAP, reason=reason)
    lowest = min(known, key=lambda one: one.value or 0.0)
    highest = max(known, key=lambda one: one.value or 0.0)
    low, high = _ends(areas(inference.family_level(len(known), level=level)), min_group)
    return _row(
        attributes,
        lowest.group,
        "roc_auc_difference",
        reference=list(highest.group),
        value=(highest.value or 0.0) - (lowest.value or 0.0),
        error=(highest.error or 0.0) + (lowest.error or 0.0),
        low=low,
        high=high,
        level=level,
        n=sum(one.n for one in known),
        method=_GAP,
        reason=reason,
    )


def _ends(areas: list[_Area], min_group: int) -> tuple[float | None, float | None]:
    """Return the interval of the widest gap; None where a group has none of its own."""
    known = [one for one in areas if one.value is not None and one.n >= min_group]
    whole = [
        (one.value, one.low, one.high)
        for one in known
        if one.value is not None and one.low is not None and one.high is not None
    ]
    if len(whole) < len(known):
        return None, None
    low, high = inference.widest_difference(whole)
    return low, None if high is None else min(1.0, high)


def _row(attributes: Sequence[str], group: Group, metric: str, **known: Any) -> dict[str, Any]:
    empty = dict.fromkeys(
        ("reference", "threshold", "value", "error", "low", "high", "level", "n", "method",
         "reason")
    )  # fmt: skip
    return {
        "attributes": list(attributes), "group": list(group), "metric": metric, **empty, **known,
    }  # fmt: skip
