"""Scores as counts: how many of each group and label lie in each bin of the score.

The rates of a decision at every threshold follow from them, without a row of the data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["BINS", "add_bins", "bin_cells", "bin_edges", "score_bins"]

BINS = 100
"""Bins of equal width; a threshold inside one of them divides it in two."""


def bin_edges(threshold: float, low: float = 0.0, high: float = 1.0) -> NDArray[np.float64]:
    """Return the edges: `BINS` bins of equal width, and the threshold as an edge of its own.

    Examples
    --------
    >>> len(bin_edges(0.5)), len(bin_edges(0.123456))
    (101, 102)
    """
    width = high - low
    edges = low + width * np.arange(BINS + 1) / BINS
    return np.unique(np.append(edges, threshold)) if low <= threshold <= high else edges


def score_bins(
    scores: NDArray[np.float64],
    outcome: NDArray[np.float64],
    groups: Mapping[str, Sequence[str | None]],
    *,
    threshold: float,
    low: float = 0.0,
    high: float = 1.0,
) -> dict[str, Any]:
    """Count rows by all attributes crossed, label and score bin.

    Parameters
    ----------
    scores, outcome : ndarray of float64
        NaN is a row without a score (not counted) or without a label (label null).
    groups : mapping of str to sequence
        Protected attribute → the group of each row; None is missing.
    threshold : float
        Where the scores are cut: one of the edges, exactly.
    low, high : float
        The scale.

    Returns
    -------
    dict
        ``attributes``; ``edges``; ``threshold``; and ``cells`` of ``group``, ``label`` (1, 0 or
        null) and ``counts``: rows with ``edges[i] <= score < edges[i + 1]``, the last bin with
        its upper edge.

    Examples
    --------
    >>> import numpy as np
    >>> found = score_bins(
    ...     np.array([0.2, 0.5, 1.0]), np.array([0.0, 1.0, 1.0]), {"sex": ["F", "F", "M"]},
    ...     threshold=0.5,
    ... )
    >>> [(cell["group"], cell["label"], sum(cell["counts"])) for cell in found["cells"]]
    [(['F'], 0, 1), (['F'], 1, 1), (['M'], 1, 1)]
    """
    edges = bin_edges(threshold, low, high)
    bins = len(edges) - 1
    scored = np.flatnonzero(~np.isnan(scores))
    place = np.clip(np.searchsorted(edges, scores[scored], side="right") - 1, 0, bins - 1)
    label = np.where(np.isnan(outcome[scored]), 2, outcome[scored] == 1.0).astype(np.int64)
    codes, names = _crossed(groups, scored)
    parts = len(names) * 3
    counts = np.bincount((codes * 3 + label) * bins + place, minlength=parts * bins)
    cells = {
        (names[part // 3], part % 3): row
        for part, row in enumerate(counts.reshape(parts, bins))
        if row.any()
    }
    return bin_cells(list(groups), edges, threshold, cells)


def add_bins(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Add up the counts of two sets of rows in the same bins.

    Examples
    --------
    >>> found = score_bins(
    ...     np.array([0.2, 0.7]), np.array([0.0, 1.0]), {"sex": ["F", "M"]}, threshold=0.5
    ... )
    >>> [sum(cell["counts"]) for cell in add_bins(found, found)["cells"]]
    [2, 2]
    """
    sums: dict[tuple[tuple[str | None, ...], int], NDArray[np.int64]] = {}
    for part in (one, other):
        for cell in part["cells"]:
            key = (tuple(cell["group"]), 2 if cell["label"] is None else int(cell["label"]))
            counts = np.array(cell["counts"], dtype=np.int64)
            sums[key] = sums[key] + counts if key in sums else counts
    return bin_cells(one["attributes"], np.array(one["edges"]), one["threshold"], sums)


def bin_cells(
    attributes: Sequence[str],
    edges: NDArray[np.float64],
    threshold: float,
    cells: Mapping[tuple[tuple[str | None, ...], int], NDArray[np.int64]],
) -> dict[str, Any]:
    """Return counts by (group, label) as the record tells them; a label of 2 is unknown."""
    order = sorted(cells, key=lambda key: ([(n is None, n or "") for n in key[0]], key[1]))
    return {
        "attributes": list(attributes),
        "threshold": threshold,
        "edges": edges.tolist(),
        "cells": [
            {
                "group": list(name),
                "label": None if value == 2 else value,
                "counts": cells[name, value].tolist(),
            }
            for name, value in order
        ],
    }


def _crossed(
    groups: Mapping[str, Sequence[str | None]], rows: NDArray[np.intp]
) -> tuple[NDArray[np.intp], list[tuple[str | None, ...]]]:
    """Return the crossed group of each row as a code, and the name of each code."""
    import pandas

    columns = [np.array(list(column), dtype=object)[rows] for column in groups.values()]
    names: list[tuple[str | None, ...]] = [()]
    codes = np.zeros(len(rows), dtype=np.intp)
    for column in columns:
        more, levels = pandas.factorize(pandas.Series(column, dtype=object), use_na_sentinel=True)
        texts: list[str | None] = [*levels.tolist(), None]
        both = codes * len(texts) + np.where(more < 0, len(texts) - 1, more)
        seen, codes = np.unique(both, return_inverse=True)
        names = [(*names[int(key) // len(texts)], texts[int(key) % len(texts)]) for key in seen]
    return codes, names
