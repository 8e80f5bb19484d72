"""How many people a gap in selection stands for."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from auditkit.errors import MetricError, shown
from auditkit.metrics.cubes import cube_of
from auditkit.metrics.declared import METRICS, Declared
from auditkit.metrics.family import Family, reference_of, warn

__all__ = ["selection_shortfall"]

_FAMILY = Family(
    "gap",
    {
        "y_true": "array-like of shape (n,) or None\n    Not used.",
        "y_pred": "array-like of shape (n,)\n    0/1 or booleans; anything else needs `pos_label`.",
        "to": '{"reference", "four_fifths", "pool"}\n'
        "    What the group falls short of: the rate of the reference, four fifths of it (whole\n"
        "    people), or the rate of the two groups taken together.",
    },
)


@_FAMILY.metric(
    "Selections short of parity",
    needs=("prediction",),
    formula="n_g p_ref − s_g; ⌈(0.8 p_ref n_g − s_g)⌉ at least 0; n_g p_pool − s_g",
    reference="29 CFR 1607.4(D); Hazelwood School District v. United States, 433 U.S. 299, n. 17",
    undefined="nobody has a known decision, in the reference or in all others",
    values="(−∞, ∞): people; negative is a surplus",
)
def selection_shortfall(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    to: Literal["reference", "four_fifths", "pool"] = "reference",
    sample_weight: Any = None,
    pos_label: Any = None,
    reference: Any = None,
) -> float:
    """Return how many more people of the group furthest behind would have to be selected.

    Without `reference`, the others are compared with the group that has the highest selection
    rate. ``to="reference"``: the number at the rate of the reference, less those selected.
    ``to="four_fifths"``: the least whole number of further selections with which the rate is at
    least four fifths of that of the reference (5 s_g n_ref < 4 s_ref n_g no longer holds).
    ``to="pool"``: the number expected at the rate of both groups together, less those selected:
    what the tests of standard deviations compare. With weights, people are sums of weights.

    Examples
    --------
    >>> y_pred = [1] * 8 + [0] * 2 + [1] * 3 + [0] * 7
    >>> groups = ["m"] * 10 + ["f"] * 10
    >>> for to in ("reference", "four_fifths", "pool"):
    ...     selection_shortfall(None, y_pred, sensitive_features=groups, to=to)
    5.0
    4.0
    2.5
    """
    if to not in {"reference", "four_fifths", "pool"}:
        raise MetricError(f"to is '{shown(to)}'; use 'reference', 'four_fifths' or 'pool'")
    if y_pred is None:
        raise MetricError("selection_shortfall needs y_pred")
    cube = cube_of(
        None, y_pred, sensitive_features=sensitive_features, sample_weight=sample_weight,
        pos_label=pos_label,
    )  # fmt: skip
    if np.count_nonzero(cube.n.sum(axis=(1, 2))) < 2:
        raise MetricError("only one group: there is nothing to compare it with")
    tops, bottoms = METRICS["selection_rate"].sums(cube.w)
    known = [i for i in range(len(cube.groups)) if bottoms[i] > 0]
    if reference is None:
        base = max(known, key=lambda i: tops[i] / bottoms[i], default=-1)
    else:
        base = reference_of(cube.groups, reference)
    others = [i for i in known if i != base]
    if base not in known or not others:
        warn("selection_shortfall: fewer than two groups have a known decision", 3)
        return math.nan
    return max(
        _short(float(tops[i]), float(bottoms[i]), float(tops[base]), float(bottoms[base]), to)
        for i in others
    )


def _short(selected: float, n: float, base_selected: float, base_n: float, to: str) -> float:
    if to == "pool":
        return n * (selected + base_selected) / (n + base_n) - selected
    if to == "reference":
        return n * base_selected / base_n - selected
    # Whole numbers up to here, so that exactly four fifths asks for nobody.
    return float(max(0, math.ceil((4 * base_selected * n - 5 * selected * base_n) / (5 * base_n))))


ROWS: tuple[Declared, ...] = tuple(_FAMILY.rows)
