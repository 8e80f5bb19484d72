"""Selective labels: outcomes that exist only for those who were selected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.counts import DECISION, LABEL, UNKNOWN, Counts, Group

__all__ = ["selective_labels"]

_SELECTED, _REJECTED = 0.5, 0.02
_ENOUGH = 30


def selective_labels(
    counts: Counts, attribute_sets: Sequence[Sequence[str]]
) -> list[dict[str, Any]]:
    """Return the figures that are unknown where outcomes exist only for the selected.

    Who was not hired has no appraisal, who got no loan cannot default: the label is known, almost,
    only where the decision was positive (or a stage was reached). Then the base rate and every
    error rate that needs the outcomes of the others are not identified: the data fit any value
    between the bounds.

    Parameters
    ----------
    counts : Counts
        With a label, and decisions or stages.
    attribute_sets : sequence of sequences of str
        Each attribute alone, and crossings.

    Returns
    -------
    list of dict
        The rows of ``profile.not_identified``: for each group and metric the `value` among those
        with an outcome, and `low` and `high` over all outcomes that the `unknown` others could
        have. ``selection`` is the decision (or the stage), ``known_selected`` and
        ``known_rejected`` the share with a known outcome. Empty where outcomes are known for
        others too: at least half of the selected must have one, at most 2 % of the others, and
        at least 30 of these must be there.
    """
    if LABEL not in counts.outcomes:
        return []
    rows: list[dict[str, Any]] = []
    for selection in counts.outcomes:
        if selection == DECISION or selection.startswith("reached:"):
            rows += _rows(counts, attribute_sets, selection)
    return rows


def _rows(
    counts: Counts, attribute_sets: Sequence[Sequence[str]], selection: str
) -> list[dict[str, Any]]:
    everyone = counts.cube([], label=LABEL, prediction=selection)
    n = everyone.n[0].astype(np.float64)
    shares = [_known_share(n[:, side]) for side in (1, 0)]
    others = n[:, 0].sum()
    if shares[0] is None or shares[1] is None or others < _ENOUGH:
        return []
    if shares[0] < _SELECTED or shares[1] > _REJECTED:
        return []
    rows = []
    for attributes in ([], *attribute_sets):
        cube = counts.cube(attributes, label=LABEL, prediction=selection)
        for group, w, people in zip(cube.groups, cube.w, cube.n, strict=True):
            rows += _figures(tuple(attributes), group, w, people, selection, shares)
    return rows


def _known_share(side: NDArray[np.float64]) -> float | None:
    total = side.sum()
    return float((total - side[UNKNOWN]) / total) if total else None


def _figures(
    attributes: tuple[str, ...],
    group: Group,
    w: NDArray[np.float64],
    people: NDArray[np.int64],
    selection: str,
    shares: Sequence[float | None],
) -> list[dict[str, Any]]:
    """Return the bounds of each figure of one group; outcomes of the unknown are free."""
    tn, fn = float(w[0, 0]), float(w[1, 0])
    fp, tp = float(w[0, 1]), float(w[1, 1])
    out, inside = float(w[UNKNOWN, 0]), float(w[UNKNOWN, 1])
    yes, no = float(w[1].sum()), float(w[0].sum())
    free = float(w[UNKNOWN].sum())
    # (lowest numerator, its denominator, highest numerator, its denominator, known)
    figures = {
        "base_rate": ((yes, yes + no + free), (yes + free, yes + no + free), (yes, yes + no)),
        "true_positive_rate": (
            (tp, tp + fn + out), (tp + inside, tp + inside + fn), (tp, tp + fn),
        ),
        "false_positive_rate": (
            (fp, fp + tn + out), (fp + inside, fp + inside + tn), (fp, fp + tn),
        ),
        "negative_predictive_value": (
            (tn, tn + fn + out), (tn + out, tn + fn + out), (tn, tn + fn),
        ),
    }  # fmt: skip
    if selection != DECISION:
        figures = {"base_rate": figures["base_rate"]}
    rows = []
    for metric, (low, high, known) in figures.items():
        ends = _ratio(*low), _ratio(*high)
        rows.append(
            {
                "selection": selection,
                "attributes": list(attributes),
                "group": list(group),
                "metric": metric,
                "value": _ratio(*known),
                "low": ends[0],
                "high": ends[1],
                "unknown": int(people[UNKNOWN].sum()),
                "people": int(people.sum()),
                "known_selected": shares[0],
                "known_rejected": shares[1],
                "reason": "outcomes are known only for the selected"
                if None not in ends
                else "nobody to divide by",
            }
        )
    return rows


def _ratio(top: float, bottom: float) -> float | None:
    return top / bottom if bottom else None
