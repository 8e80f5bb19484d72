"""How far apart the outcomes of two groups are, by every distance that the field uses."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from auditkit import metrics
from auditkit.counts import DECISION, LABEL, Counts, Group
from auditkit.fairness.estimates import HEADLINE, Disparity, cube_of_stage
from auditkit.metrics.declared import METRICS
from auditkit.metrics.distances import BETWEEN

__all__ = ["MEASURES", "label_distances"]

Measure = Callable[..., float]

MEASURES: Mapping[str, Measure] = {
    "label_proportion_difference": metrics.label_proportion_difference,
    "kl_divergence": metrics.kl_divergence,
    "jensen_shannon_divergence": metrics.jensen_shannon_divergence,
    "hellinger_distance": metrics.hellinger_distance,
    "total_variation_distance": metrics.total_variation_distance,
    "kolmogorov_smirnov": partial(metrics.kolmogorov_smirnov, order=[0, 1]),
    "lp_norm": metrics.lp_norm,
}
"""Name in the record → function of :mod:`auditkit.metrics`."""


def label_distances(
    counts: Counts, disparities: Sequence[Disparity], *, min_group: int = 0
) -> list[dict[str, Any]]:
    """Return the distances of :mod:`auditkit.metrics` between each group and its reference.

    Of a yes/no outcome several are the same number under different names: the total variation
    distance and Kolmogorov-Smirnov are the size of the difference, and the norm is the square
    root of 2 times that. They are listed because other systems report them.

    Parameters
    ----------
    counts : Counts
        With a label; of decisions, where there is no label.
    disparities : sequence of Disparity
        The comparisons; their groups and references are used.
    min_group : int
        Crossed groups with fewer people on either side are left out.

    Returns
    -------
    list of dict
        The rows of ``profile.distances``: one for each comparison, with ``class_imbalance`` and
        the distances by name (the reference first: positive where it has more). None where one is
        undefined, with the name and the cause under ``reasons``.
    """
    stage = next((name for name in (LABEL, DECISION) if name in counts.outcomes), None)
    rows: list[dict[str, Any]] = []
    known: dict[tuple[str, ...], Mapping[Group, _Side]] = {}
    for item in disparities:
        if item.stage != stage or item.metric != HEADLINE[item.stage] or item.kind != "ratio":
            continue
        if item.attributes not in known:
            known[item.attributes] = _sides(counts, item)
        group, base = (known[item.attributes][name] for name in (item.group, item.reference))
        if len(item.attributes) == 1 or min(group.n, base.n) >= min_group:
            rows.append(_row(item, group, base))
    return rows


class _Side(NamedTuple):
    """People of a group with a known outcome, and by weight those with it and without."""

    n: int
    yes: float
    no: float


def _sides(counts: Counts, item: Disparity) -> Mapping[Group, _Side]:
    cube = cube_of_stage(counts, item.attributes, item.stage)
    metric = METRICS[item.metric]
    people = metric.sums(cube.n)[1]
    yes, everybody = metric.sums(cube.w)
    return {
        group: _Side(int(people[i]), float(yes[i]), float(max(0.0, everybody[i] - yes[i])))
        for i, group in enumerate(cube.groups)
    }


def _row(item: Disparity, group: _Side, base: _Side) -> dict[str, Any]:
    row: dict[str, Any] = {
        "stage": item.stage,
        "attributes": list(item.attributes),
        "group": list(item.group),
        "reference": list(item.reference),
        "n": group.n,
        "reference_n": base.n,
    }
    names = ("class_imbalance", *MEASURES)
    if not group.yes + group.no or not base.yes + base.no:
        why = METRICS[item.metric].undefined
        return row | dict.fromkeys(names) | {"reasons": dict.fromkeys(names, why)}
    # One row for each group and label, weighted: what the array functions see is the same.
    labels, weights = [1, 0, 1, 0], [base.yes, base.no, group.yes, group.no]
    common: dict[str, Any] = {
        "sensitive_features": ["r", "r", "g", "g"], "reference": "r", "sample_weight": weights,
    }  # fmt: skip
    reasons: dict[str, str] = {}
    known = _between(base, group)
    for name in names:
        row[name] = known[name]
        if not math.isfinite(known[name]):  # the array function says why
            row[name] = _value(partial(MEASURES[name], labels, **common), name, reasons)
    return row | {"reasons": reasons}


def _between(base: _Side, group: _Side) -> dict[str, float]:
    """Return what the array functions return, straight from the counts."""
    sizes = base.yes + base.no, group.yes + group.no
    p, q = (np.array([side.no, side.yes]) / (side.yes + side.no) for side in (base, group))
    found = {
        "class_imbalance": (sizes[0] - sizes[1]) / (sizes[0] + sizes[1]),
        "label_proportion_difference": float(q[1] - p[1]),
    }
    return found | {name: between(p, q) for name, between in BETWEEN.items()}


def _value(measure: Callable[[], float], name: str, reasons: dict[str, str]) -> float | None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        value = measure()
    if math.isnan(value):
        reasons[name] = str(caught[-1].message) if caught else "undefined"
        return None
    return value
