"""Every declared metric, whatever its shape, in one mapping."""

from __future__ import annotations

from collections.abc import Mapping

from auditkit.metrics import (
    dependence,
    distortion,
    each,
    feasibility,
    gaps,
    impact,
    individual,
    labels,
    multiclass,
    quotients,
    ranking,
    regression,
    scores,
    smoothed,
    subsets,
    tallies,
    testing,
    transport,
)
from auditkit.metrics.declared import METRICS, Declared
from auditkit.metrics.scores import odds

__all__ = ["FAMILIES", "catalogue"]

FAMILIES: Mapping[str, str] = {
    "outcome": "Outcomes, from the labels",
    "selection": "Decisions",
    "error": "Errors: decisions against labels",
    "quotient": "Other quotients of counts",
    "gap": "Gaps made of several rates",
    "label-distance": "Before training: groups and labels",
    "score": "Scores",
    "regression": "Numbers that are predicted",
    "multiclass": "More than two classes",
    "ranking": "Rankings",
    "individual": "Individuals and inequality",
}
"""Family → heading, in the order of the catalogue."""


def catalogue() -> dict[str, Declared]:
    """Return name → row of every declared metric, by family.

    The count metrics come first; each also gives ``NAME_difference`` and ``NAME_ratio``.

    Returns
    -------
    dict of str to Declared
        In the order of :data:`FAMILIES`.

    Examples
    --------
    >>> catalogue()["theil_index"].family
    'individual'
    """
    rooms = (
        quotients, smoothed, tallies, gaps, impact, testing, dependence, each, labels, scores, odds,
        subsets, transport, regression, multiclass, ranking, feasibility, individual, distortion,
    )  # fmt: skip
    rows: list[Declared] = [*METRICS.values(), *(row for room in rooms for row in room.ROWS)]
    order = list(FAMILIES)
    return {row.name: row for row in sorted(rows, key=lambda row: order.index(row.family))}
