"""Measure each group, compare the groups: counts in, estimates and disparities out.

:func:`measure` gives every rate of every group with its interval; :func:`compare` sets each
group against a reference (difference, ratio, interval, test) and corrects for the number of
comparisons. Nothing here decides whether a gap matters: that is :mod:`auditkit.findings`.
"""

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

__all__ = [
    "HEADLINE",
    "Disparity",
    "Estimate",
    "Rates",
    "choose_reference",
    "compare",
    "compare_rates",
    "cube_of_stage",
    "estimates_of",
    "measure",
    "rates_of",
    "stage_metrics",
]
