"""Crossed groups beside all others: gaps that no attribute alone explains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit import inference
from auditkit.counts import Counts, Cube, Group
from auditkit.fairness import HEADLINE, Rates, cube_of_stage, rates_of
from auditkit.metrics.declared import METRICS
from auditkit.strata.rates import known, pair_of

__all__ = ["subgroup_scan"]


def subgroup_scan(
    counts: Counts,
    crossings: Sequence[Sequence[str]],
    *,
    stage: str,
    min_group: int,
    level: float = 0.95,
) -> list[dict[str, Any]]:
    """Compare each crossed group with everybody else, and with the rest of each of its parts.

    Parameters
    ----------
    counts : Counts
        The cells.
    crossings : sequence of sequences of str
        Two or more attributes each.
    stage : {"label", "model", "decision"}
        Whose headline rate.
    min_group : int
        Smaller groups are listed and not tested.
    level : float
        Confidence level.

    Returns
    -------
    list of dict
        The rows of ``subgroups`` in the record; ``rest`` is the rate of all other people.
        ``parents`` compares with the others of the same part (other women, other Black people):
        a crossed group that differs from *both* is not explained by either attribute alone.
    """
    rows = []
    for attributes in crossings:
        rows += _crossed(counts, tuple(attributes), stage, level)
    tested = [row for row in rows if row["n"] >= min_group and row["p_value"] is not None]
    adjusted = inference.holm([row["p_value"] for row in tested])
    for row, value in zip(tested, adjusted, strict=True):
        row["p_adjusted"] = value
    parents = [parent for row in tested for parent in row["parents"]]
    for parent, value in zip(
        parents, inference.holm([parent["p_value"] for parent in parents]), strict=True
    ):
        parent["p_adjusted"] = value
    return rows


def _crossed(
    counts: Counts, attributes: tuple[str, ...], stage: str, level: float
) -> list[dict[str, Any]]:
    """Return a row for each crossed group, beside all others and the others of each part."""
    cube = cube_of_stage(counts, attributes, stage)
    groups = cube.groups
    own = np.eye(len(groups), dtype=bool)
    everybody = np.ones_like(own)
    parts = [
        np.array([[a[place] == b[place] for b in groups] for a in groups], dtype=bool).reshape(
            own.shape
        )
        for place in range(len(attributes))
    ]
    sides = [own, *(same & ~own for same in (everybody, *parts))]
    rates = [rates_of(METRICS[HEADLINE[stage]], _gathered(cube, side)) for side in sides]
    return [
        _subgroup(rates, index, group, attributes, stage, level)
        for index, group in enumerate(groups)
    ]


def _gathered(cube: Cube, members: NDArray[np.bool_]) -> Cube:
    """Return a cube whose groups are sums of groups: row i adds up where ``members[i]``."""
    n = np.tensordot(members.astype(np.int64), cube.n, axes=1)
    w, w2 = (np.tensordot(members.astype(np.float64), part, axes=1) for part in (cube.w, cube.w2))
    return Cube(cube.attributes, cube.groups, n.astype(np.int64), w, w2)


def _subgroup(
    rates: Sequence[Rates],
    index: int,
    group: Group,
    attributes: tuple[str, ...],
    stage: str,
    level: float,
) -> dict[str, Any]:
    own, rest, *parts = rates
    pairs = [pair_of(side, index) for side in rates]
    parents = [
        {
            "attribute": name,
            "group": part,
            "n": int(side.n[index]),
            "events": _events(side, index),
            "value": _value(side, index),
            "p_value": _p(*pairs[0], *pair),
            "p_adjusted": None,
        }
        for name, part, side, pair in zip(attributes, group, parts, pairs[2:], strict=True)
    ]
    interval = inference.newcombe(*pairs[0], *pairs[1], level=level)
    rate, rest_rate = _value(own, index), _value(rest, index)
    return {
        "stage": stage,
        "attributes": list(attributes),
        "group": list(group),
        "metric": HEADLINE[stage],
        "n": int(own.n[index]),
        "events": _events(own, index),
        "value": rate,
        "rest": rest_rate,
        "difference": None if rate is None or rest_rate is None else rate - rest_rate,
        "low": None if interval is None else interval.low,
        "high": None if interval is None else interval.high,
        "p_value": _p(*pairs[0], *pairs[1]),
        "p_adjusted": None,
        "parents": parents,
    }


def _value(rates: Rates, index: int) -> float | None:
    return float(rates.value[index]) if known(rates, index) else None


def _events(rates: Rates, index: int) -> float:
    return float(rates.top[index]) if rates.weighted else int(rates.events[index])


def _p(a: float, m: float, b: float, n: float) -> float | None:
    if not m or not n:
        return None
    if all(isinstance(value, int) for value in (a, m, b, n)):
        return inference.fisher_exact(a, m, b, n)
    result = inference.pooled_z(a, m, b, n)
    return None if result is None else result[1]
