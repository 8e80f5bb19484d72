"""Arrays to counts: groups × label × prediction, in one pass."""

from __future__ import annotations

import unicodedata
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.counts import UNKNOWN, Cube, Group, group_text
from auditkit.errors import MetricError, listed
from auditkit.metrics.arrays import (
    Column,
    check_alike,
    column_of,
    features_of,
    flags_of,
    weights_of,
)
from auditkit.metrics.encode import encode_all, tabulate

__all__ = ["cube_of", "group_codes", "groups_of", "look_alikes"]

_DENSE_CELLS = 4_000_000
_FEW_CELLS = 1_024
_GLANCE = 65_536


def cube_of(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any = None,
    sample_weight: Any = None,
    pos_label: Any = None,
) -> Cube:
    """Count arrays into groups × label × prediction.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,) or None
        0/1 or booleans, or anything when `pos_label` names the positive value. None leaves that
        axis unknown.
    sensitive_features : array-like of shape (n,), frame, mapping of arrays, or None
        Several columns are crossed. A missing value is a group.
    sample_weight : array-like of shape (n,) or None
        Not negative, finite, not all zero.
    pos_label : scalar or None
        The positive value of both labels and predictions.

    Raises
    ------
    MetricError
        On different lengths or indexes, missing labels, labels that need `pos_label`, bad weights.
    """
    inputs = [
        column_of("y_true", y_true),
        column_of("y_pred", y_pred),
        column_of("sample_weight", sample_weight),
    ]
    features = features_of(sensitive_features)
    present = [column for column in [*inputs, *features] if column is not None]
    check_alike(present)
    outcomes = flags_of(inputs[0], inputs[1], pos_label)
    weight = weights_of(inputs[2])
    codes, levels, orders = _levels(features, sort_rows=False)
    sizes = [len(names) for names in levels]
    known = [flags for flags in outcomes if flags is not None]
    columns, shape = [*codes, *known], [*sizes, *(2 for _ in known)]
    groups: tuple[Group, ...] | None = None
    if np.prod(sizes, dtype=np.float64) * 4 > max(_DENSE_CELLS, 4 * len(present[0])):
        combined, groups = groups_of(features)
        columns, shape = [combined, *known], [len(groups), *(2 for _ in known)]
    sums = () if weight is None else (weight, weight * weight)
    tables = [_full(table, outcomes) for table in tabulate(columns, shape, sums)]
    if not columns:
        tables = _nothing_counted(len(present[0]), sums)
    names = tuple(column.name for column in features)
    if groups is None:
        tables = [_sorted(table, sizes, orders) for table in tables]
        groups, tables = _occurring(levels, features, tables)
    n = tables[0].astype(np.int64)
    w, w2 = (tables[1], tables[2]) if sums else (n.astype(np.float64), n.astype(np.float64))
    _warn_look_alikes(features, groups)
    return Cube(names, groups, n, w, w2)


def _nothing_counted(size: int, sums: Sequence[NDArray[np.float64]]) -> list[NDArray[Any]]:
    """Return one cell of everybody: no groups, no outcomes."""
    tables = [np.zeros((1, 3, 3)) for _ in range(1 + len(sums))]
    for table, total in zip(tables, [size, *(part.sum() for part in sums)], strict=True):
        table[0, UNKNOWN, UNKNOWN] = total
    return tables


def _full(table: NDArray[Any], outcomes: Sequence[NDArray[Any] | None]) -> NDArray[Any]:
    """Return a table of (..., label, prediction) as (groups, 3, 3); unknown where not given."""
    flat = table.reshape(-1, *(2 for flags in outcomes if flags is not None))
    place: list[Any] = [slice(None)]
    place += [UNKNOWN if flags is None else slice(0, 2) for flags in outcomes]
    full = np.zeros((len(flat), 3, 3), dtype=table.dtype)
    full[tuple(place)] = flat
    return full


def _sorted(
    table: NDArray[Any], sizes: Sequence[int], orders: Sequence[NDArray[np.intp] | None]
) -> NDArray[Any]:
    """Put the levels of each attribute in order: cheaper in the cells than in the rows."""
    if all(order is None for order in orders):
        return table
    crossed = table.reshape(*sizes, 3, 3)
    for axis, order in enumerate(orders):
        if order is not None:
            crossed = crossed.take(order, axis=axis)
    return crossed.reshape(table.shape)


def _occurring(
    levels: Sequence[Sequence[str | None]], features: Sequence[Column], tables: list[NDArray[Any]]
) -> tuple[tuple[Group, ...], list[NDArray[Any]]]:
    """Name the groups, and drop crossings (and codes) that nobody falls into."""
    if not features:
        return ((),), tables
    kept = tables[0].sum(axis=(1, 2)) > 0
    if len(features) == 1 and features[0].declared:  # declared categories are listed, with n = 0
        declared = {group_text(value) for value in features[0].declared}
        kept |= np.array([name in declared for name in levels[0]])
    shape = [len(names) for names in levels]
    places = np.nonzero(kept)[0]
    index = [codes.tolist() for codes in np.unravel_index(places, shape)]
    named = [[names[code] for code in codes] for names, codes in zip(levels, index, strict=True)]
    groups = tuple(zip(*named, strict=True))
    return groups, [table[places] for table in tables]


def groups_of(features: Sequence[Column]) -> tuple[NDArray[np.int64], tuple[Group, ...]]:
    """Return a group code a row, and the groups that occur, sorted, missing last.

    Warns about groups that look alike. Without features there is one group, ``()``.
    """
    codes, groups = group_codes(features)
    return codes.astype(np.int64), groups


def group_codes(features: Sequence[Column]) -> tuple[NDArray[Any], tuple[Group, ...]]:
    """Return the same as :func:`groups_of`, with codes of as few bytes as will do."""
    if not features:
        raise MetricError("no sensitive_features were given")
    codes, levels, _ = _levels(features, sort_rows=True)
    cells = int(np.prod([len(names) for names in levels], dtype=np.float64).clip(max=2**62))
    width = np.min_scalar_type(cells - 1) if cells <= 2**32 else np.dtype(np.int64)
    combined = codes[0].astype(width, copy=False)
    for code, names in zip(codes[1:], levels[1:], strict=True):
        combined = combined * width.type(len(names)) + code.astype(width, copy=False)
    if cells <= max(_FEW_CELLS, len(combined)):  # count and renumber: no sort of the rows
        present = _occurs(combined, cells)
        seen = np.flatnonzero(present)
        inverse = combined if present.all() else (np.cumsum(present) - 1)[combined]
    else:
        seen, inverse = np.unique(combined, return_inverse=True)
    groups = []
    for key in seen.tolist():
        group: list[str | None] = []
        for names in reversed(levels):
            key, position = divmod(key, len(names))
            group.append(names[position])
        groups.append(tuple(reversed(group)))
    _warn_look_alikes(features, groups)
    return inverse.astype(np.min_scalar_type(len(groups)), copy=False), tuple(groups)


def _occurs(codes: NDArray[Any], size: int) -> NDArray[np.bool_]:
    """Return which codes occur; no more rows are looked at once all of them have."""
    seen = np.zeros(size, dtype=np.bool_)
    step = max(_GLANCE, size)
    for first in range(0, len(codes), step):
        seen |= np.bincount(codes[first : first + step], minlength=size) > 0
        if seen.all():
            break
    return seen


def _levels(
    features: Sequence[Column], *, sort_rows: bool
) -> tuple[list[NDArray[Any]], list[list[str | None]], list[NDArray[np.intp] | None]]:
    """Return codes and sorted names (missing last) for each feature.

    A code stands for the name at its place; where there is an order, for the name at the place
    that the order holds it at. With `sort_rows` there is none.
    """
    encoded = encode_all([column.native for column in features])
    codes: list[NDArray[Any]] = []
    levels: list[list[str | None]] = []
    orders: list[NDArray[np.intp] | None] = []
    for column, (code, raw) in zip(features, encoded, strict=True):
        texts = [group_text(value) for value in raw]
        names = _sorted_names({*texts, *(group_text(value) for value in column.declared)})
        missing = code.dtype.kind != "u" and bool(len(code)) and bool(code.min() < 0)
        if missing and None not in names:
            names.append(None)
        if len(set(texts)) < len(texts):
            _warn_same_text(column.name, texts)
        position = {name: place for place, name in enumerate(names)}
        places = [position[text] for text in texts]
        order = None
        if missing or sorted(places) != list(range(len(names))):
            small = np.min_scalar_type(len(names))
            remap = np.array([*places, position.get(None, 0)], dtype=small)
            code = remap.take(code, mode="wrap")  # -1, missing, is the last
        elif places != sorted(places):
            if sort_rows:
                code = np.array(places, dtype=np.min_scalar_type(len(names))).take(code)
            else:
                order = np.argsort(places)
        codes.append(code.view(np.uint8) if code.dtype.itemsize == 1 else code)
        levels.append(names)
        orders.append(order)
    return codes, levels, orders


def _sorted_names(texts: set[str | None]) -> list[str | None]:
    return sorted(texts, key=lambda text: (text is None, text or ""))


def look_alikes(labels: list[str]) -> list[tuple[str, ...]]:
    """Return the sets of labels that differ only in case, spaces or Unicode form.

    Examples
    --------
    >>> look_alikes(["Male", "male ", "Female"])
    [('Male', 'male ')]
    """
    folded: dict[str, list[str]] = {}
    for label in labels:
        key = " ".join(unicodedata.normalize("NFKC", label).casefold().split())
        folded.setdefault(key, []).append(label)
    return [tuple(sorted(same)) for same in folded.values() if len(same) > 1]


def _warn_same_text(name: str, texts: Sequence[str | None]) -> None:
    known = [text for text in texts if text is not None]
    twice = sorted({text for text in known if known.count(text) > 1})
    if twice:
        warnings.warn(
            f"{name}: {listed(twice)} occurs both as text and as a number; counted as one group",
            UserWarning,
            stacklevel=6,
        )


def _warn_look_alikes(features: Sequence[Column], groups: Sequence[Group]) -> None:
    for place, column in enumerate(features):
        names = sorted({name for group in groups if (name := group[place]) is not None})
        for same in look_alikes(names):
            warnings.warn(
                f"{column.name}: {listed(same)} look alike; they are counted as different groups",
                UserWarning,
                stacklevel=6,
            )
