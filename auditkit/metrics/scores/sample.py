"""Labels and scores at the door: read once, checked once, and parted by group.

A group's rows become a :class:`Sample`: its scores, those of label 0 first. Two slices of it are
all that a ranking metric needs, and parting a million rows costs one radix sort of small codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.counts import Group
from auditkit.errors import MetricError
from auditkit.metrics.arrays import (
    Column,
    check_alike,
    column_of,
    features_of,
    flags_of,
    weights_of,
)
from auditkit.metrics.cubes import group_codes
from auditkit.metrics.scores.parting import part_by

__all__ = ["Floats", "Part", "Parted", "Sample", "codes_of", "lacking", "mean", "numbers_of",
           "read_scores"]  # fmt: skip

Floats = NDArray[np.float64]
Part = tuple[NDArray[Any], Floats | None]
"""Scores, and their weights where there are any."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The rows of one group that have a weight, those with label 0 first.

    Attributes
    ----------
    score : ndarray of float32 or float64
        As given: ranks do not need more digits than the scores have.
    weight : ndarray of float or None
        Above 0; None where every row counts once.
    negatives : int
        How many rows have label 0 (0 when no labels were read).
    """

    score: NDArray[Any]
    weight: Floats | None
    negatives: int

    def __len__(self) -> int:
        return len(self.score)

    @property
    def positives(self) -> int:
        """How many rows have label 1."""
        return len(self.score) - self.negatives

    @property
    def label(self) -> Floats:
        """Label of each row, as a float."""
        label = np.ones(len(self.score))
        label[: self.negatives] = 0.0
        return label

    @property
    def probability(self) -> Floats:
        """Score of each row, with the digits that arithmetic needs."""
        return self.score.astype(np.float64, copy=False)

    def of(self, label: int) -> Part:
        """Return scores and weights of the rows with this label."""
        rows = slice(self.negatives, None) if label else slice(0, self.negatives)
        return self.score[rows], None if self.weight is None else self.weight[rows]

    @property
    def lacks(self) -> str | None:
        """Say which class of labels is missing, if one is."""
        return lacking(self.positives, self.negatives)


@dataclass(frozen=True)
class Parted:
    """Rows that have a weight, with their groups; one group, ``()``, without sensitive features.

    Attributes
    ----------
    attributes : tuple of str
        Names of the sensitive features.
    groups : tuple of tuple
        One entry a group; None is a missing value.
    score : ndarray of float32 or float64
        Of each row.
    weight, label : ndarray or None
        Of each row; None where there are none.
    codes : ndarray of int
        Place of each row's group in `groups`.
    """

    attributes: tuple[str, ...]
    groups: tuple[Group, ...]
    score: NDArray[Any]
    weight: Floats | None
    label: NDArray[np.uint8] | None
    codes: NDArray[Any]

    @cached_property
    def samples(self) -> tuple[Sample, ...]:
        """The rows parted, in the order of `groups`."""
        return _parted(self.score, self.weight, self.label, self.codes, len(self.groups))

    @property
    def span(self) -> tuple[float, float]:
        """Lowest and highest score of all rows."""
        return float(self.score.min()), float(self.score.max())


def lacking(positives: int, negatives: int) -> str | None:
    """Say which class of labels is missing, if one is."""
    if not positives:
        return "no positive labels"
    return None if negatives else "no negative labels"


def read_scores(
    name: str,
    y_true: Any,
    y_score: Any,
    *,
    sensitive_features: Any = None,
    sample_weight: Any = None,
    pos_label: Any = None,
    labelled: bool = True,
    probability: bool = False,
) -> Parted:
    """Read labels and scores into samples.

    Parameters
    ----------
    name : str
        Of the metric, for messages.
    y_true : array-like or None
        Not looked at unless `labelled`.
    y_score : array-like
        Finite numbers.
    sensitive_features, sample_weight, pos_label
        As in :func:`auditkit.metrics.cubes.cube_of`. Rows of weight 0 are left out.
    labelled, probability : bool
        Whether the metric looks at labels; whether its scores must be from 0 to 1.

    Raises
    ------
    MetricError
        On inputs that do not match, missing or infinite scores, scores out of range, labels that
        need `pos_label`.
    """
    if y_score is None or (labelled and y_true is None):
        raise MetricError(f"{name} needs {'y_true and y_score' if labelled else 'y_score'}")
    label_column = column_of("y_true", y_true) if labelled else None
    score_column = column_of("y_score", y_score)
    weight_column = column_of("sample_weight", sample_weight)
    features = features_of(sensitive_features)
    given = (label_column, score_column, weight_column, *features)
    size = check_alike([column for column in given if column is not None])
    assert score_column is not None
    label = flags_of(label_column, None, pos_label)[0]
    score, weight = numbers_of(score_column), weights_of(weight_column)
    codes, groups = codes_of(features, size)
    if weight is not None and not weight.all():
        kept = weight > 0
        score, weight, codes = score[kept], weight[kept], codes[kept]
        label = None if label is None else label[kept]
    names = tuple(column.name for column in features)
    parted = Parted(names, groups, score, weight, label, codes)
    if probability:
        _check_probability(name, parted)
    return parted


def numbers_of(column: Column) -> NDArray[Any]:
    """Return one input as float32 (if it is) or float64.

    Raises
    ------
    MetricError
        When a value is not a number, missing or infinite.
    """
    values = column.values
    if values.dtype.kind not in "biufO" or any(isinstance(v, str) for v in _objects(values)):
        raise MetricError(f"{column.name} must be numbers")
    try:
        numbers = values if values.dtype == np.float32 else values.astype(np.float64, copy=False)
    except (TypeError, ValueError):
        raise MetricError(f"{column.name} has values that are missing or no numbers") from None
    finite = np.isfinite(numbers)
    if not finite.all():
        bad = int((~finite).sum())
        raise MetricError(
            f"{column.name} has {bad} missing or infinite values: leave those rows out, "
            "or decide what they stand for"
        )
    return numbers


def _objects(values: NDArray[Any]) -> list[Any]:
    return values.tolist() if values.dtype == object else []


def codes_of(features: list[Column], size: int) -> tuple[NDArray[Any], tuple[Group, ...]]:
    """Return a group code a row and the groups; one group, ``()``, without features."""
    if not features:
        return np.zeros(size, dtype=np.uint8), ((),)
    return group_codes(features)


def _parted(
    score: NDArray[Any],
    weight: Floats | None,
    label: NDArray[np.uint8] | None,
    codes: NDArray[Any],
    size: int,
) -> tuple[Sample, ...]:
    key = codes.astype(np.min_scalar_type(2 * size)) * 2
    if label is not None:
        key += label
    arrays = [score] if weight is None else [score, weight]
    arrays, starts = part_by(key, 2 * size, arrays)
    samples = []
    for low, middle, high in zip(starts[:-1:2], starts[1::2], starts[2::2], strict=True):
        part = slice(low, high)
        samples.append(
            Sample(
                arrays[0][part],
                None if weight is None else arrays[1][part],
                0 if label is None else middle - low,
            )
        )
    return tuple(samples)


def _check_probability(name: str, parted: Parted) -> None:
    low, high = parted.span
    if low < 0 or high > 1:
        raise MetricError(
            f"{name} needs probabilities from 0 to 1; y_score goes from {low:g} to {high:g} "
            "(a margin becomes one by 1 / (1 + exp(-margin)))"
        )


def mean(values: NDArray[Any], weight: Floats | None) -> float:
    """Return the (weighted) mean; there is at least one row."""
    if weight is None:
        return float(values.mean(dtype=np.float64))
    return float((values * weight).sum() / weight.sum())
