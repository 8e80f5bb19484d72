"""Measure each group, compare the groups: counts in, estimates and disparities out.

:func:`measure` gives every rate of every group with its interval; :func:`compare` sets each
group against a reference (difference, ratio, interval, test) and corrects for the number of
comparisons; :func:`compare_groups` does so straight from arrays; :func:`label_distances` are the
distances of the field. Nothing here decides whether a gap matters: that is
:mod:`auditkit.findings`.
"""

from auditkit.fairness.arrays import asked_metric, compare_groups, reference_place
from auditkit.fairness.comparisons import choose_reference, compare, compare_rates
from auditkit.fairness.estimates import (
    HEADLINE,
    Disparity,
    Estimate,
    Rates,
    cube_of_stage,
    estimates_of,
    measure,
    rates_of,
    stage_metrics,
)
from auditkit.fairness.label_distances import MEASURES, label_distances

__all__ = [
    "HEADLINE",
    "MEASURES",
    "Disparity",
    "Estimate",
    "Rates",
    "asked_metric",
    "choose_reference",
    "compare",
    "compare_groups",
    "compare_rates",
    "cube_of_stage",
    "estimates_of",
    "label_distances",
    "measure",
    "rates_of",
    "reference_place",
    "stage_metrics",
]
