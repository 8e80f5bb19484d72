"""Whose rules a gap between groups follows: each library's convention, as data.

The same table of counts gives different numbers in different libraries, because they differ in
who is compared with whom, in which direction, and in what a rate or a ratio is when its
denominator is 0. A :class:`Convention` says these rules in one row, with the version and the
file in which they were read. Which function of a library answers the question that one of our
metrics asks is in :mod:`auditkit.metrics.counterparts`; :mod:`auditkit.metrics.compare` follows
the rows, and :func:`auditkit.metrics.explain_difference` says in words why two of them differ on
given data.

Examples
--------
>>> CONVENTIONS["aif360"].needs_reference, CONVENTIONS["fairlearn"].needs_reference
(True, False)
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from auditkit.errors import MetricError, listed, nearest, shown

__all__ = [
    "CONVENTIONS",
    "Convention",
    "Who",
    "check_offers",
    "convention_named",
]

Who = Literal["extremes", "each", "rest", ""]
"""Who is compared: the extreme groups; each group with the reference; all others, pooled."""


@dataclass(frozen=True, kw_only=True)
class Convention:
    """The rules of one library.

    Attributes
    ----------
    name, library, version, source : str
        What ``convention=`` takes; the library, the version that was read, and the file in it.
    differences, ratios : str
        The direction, in words; empty where the library has none.
    without_reference, with_reference : {"extremes", "each", "rest", ""}
        Who is compared when no reference group is named, and when one is: the groups with the
        largest and the smallest rate, each other group with the reference, or all other groups
        as one with the reference. Empty: not possible.
    empty_rate : float
        A rate whose denominator is 0 (0/0).
    empty_rates : tuple of (str, float)
        The rates for which it is something else.
    rate_over_zero : float
        A quotient that is not a probability (FN/FP) when only its denominator is 0.
    zero_by_zero, by_zero, of_zero : float
        A ratio of two rates when both are 0, when only the reference is 0 and when only the
        other is 0.
    equal_infinities : float
        The difference of two rates that are both infinite.
    decimals : int or None
        Decimals that rates are rounded to before they are compared.
    undefined_spreads : bool
        Whether one group without a value leaves no value for several groups. Otherwise it is
        left out (and named in a warning).
    note : str
        What else a reader of the number should know.
    """

    name: str
    library: str
    version: str
    source: str
    differences: str
    ratios: str
    without_reference: Who = ""
    with_reference: Who = ""
    empty_rate: float = math.nan
    empty_rates: tuple[tuple[str, float], ...] = ()
    rate_over_zero: float = math.nan
    zero_by_zero: float = math.nan
    by_zero: float = math.nan
    of_zero: float = 0.0
    equal_infinities: float = math.nan
    decimals: int | None = None
    undefined_spreads: bool = False
    note: str = ""

    @property
    def needs_reference(self) -> bool:
        """Whether a reference group has to be named."""
        return self.without_reference == ""

    def empty(self, rate: str) -> float:
        """Return what a rate is when its denominator is 0."""
        return dict(self.empty_rates).get(rate, self.empty_rate)


_ROWS = (
    Convention(
        name="auditkit",
        library="auditkit",
        version="",
        source="auditkit/metrics/rates.py",
        differences="largest − smallest; with a reference: group − reference",
        ratios="smallest / largest; with a reference: group / reference",
        without_reference="extremes",
        with_reference="each",
        note="An undefined rate is never a number; its group is left out and named.",
    ),
    Convention(
        name="fairlearn",
        library="fairlearn",
        version="0.15.0",
        source="fairlearn/metrics/_base_metrics.py, _disaggregated_result.py",
        differences="largest − smallest",
        ratios="smallest / largest",
        without_reference="extremes",
        empty_rate=0.0,
        note="Rates come from scikit-learn's confusion_matrix(normalize='true') and "
        "precision_score, where 0/0 is 0.",
    ),
    Convention(
        name="aif360",
        library="aif360 (metric classes)",
        version="0.6.1",
        source="aif360/metrics/classification_metric.py, dataset_metric.py",
        differences="unprivileged − privileged: all other groups as one − reference",
        ratios="unprivileged / privileged: all other groups as one / reference",
        with_reference="rest",
        empty_rates=(
            ("positive_predictive_value", 0.0),
            ("negative_predictive_value", 0.0),
            ("false_discovery_rate", 0.0),
            ("false_omission_rate", 0.0),
        ),
        by_zero=math.inf,
        note="`privileged_groups` holds the reference, `unprivileged_groups` every other group.",
    ),
    Convention(
        name="aif360.sklearn",
        library="aif360 (functions for scikit-learn)",
        version="0.6.1",
        source="aif360/sklearn/metrics/metrics.py",
        differences="unprivileged − privileged: all other groups as one − reference",
        ratios="unprivileged / privileged: all other groups as one / reference",
        with_reference="rest",
        empty_rate=0.0,
        empty_rates=(("false_positive_rate", 1.0), ("false_negative_rate", 1.0)),
        zero_by_zero=0.0,
        by_zero=0.0,
        note="`priv_group` is the reference. With the default zero_division='warn', which counts "
        "as 0; error rates are one minus a score, so that 0/0 is 1 there.",
    ),
    Convention(
        name="aequitas",
        library="aequitas",
        version="1.1.0",
        source="aequitas/group.py, bias.py",
        differences="",
        ratios="group / reference",
        with_reference="each",
        by_zero=10.0,
        note="get_disparity_predefined_groups, a ratio a group; of several groups, ours is the "
        "one furthest from 1. x/0 is fill_divbyzero, 10 by default. No weights.",
    ),
    Convention(
        name="clarify",
        library="smclarify",
        version="0.5",
        source="smclarify/bias/metrics/common.py, posttraining.py, pretraining.py",
        differences="reference − all other groups as one; for SD, DCR, DRR and TE the opposite",
        ratios="all other groups as one / reference",
        with_reference="rest",
        empty_rate=0.0,
        rate_over_zero=math.inf,
        zero_by_zero=0.0,
        by_zero=math.inf,
        equal_infinities=0.0,
        note="The facet d is every group but the reference (`sensitive_values`), a is the "
        "reference. For one group against the rest, recode the groups so. No weights.",
    ),
    Convention(
        name="dalex",
        library="dalex",
        version="1.8.0",
        source="dalex/fairness/_group_fairness/utils.py",
        differences="",
        ratios="subgroup / privileged: group / reference",
        with_reference="each",
        of_zero=math.nan,
        decimals=3,
        undefined_spreads=True,
        note="Rates are rounded before the division; ratios of 0 and of infinity become NaN. Of "
        "several groups, ours is the one furthest from 1, or NaN when one is NaN, as in "
        "parity_loss. No weights.",
    ),
)

CONVENTIONS: Mapping[str, Convention] = MappingProxyType({row.name: row for row in _ROWS})
"""Name → rules."""


def check_offers(convention: str, metric: str, known: Sequence[str]) -> None:
    """Refuse a convention that is not known, or that has no such metric.

    Raises
    ------
    MetricError
        With the conventions that have it.
    """
    if convention_named(convention).name not in known:
        have = "have it" if len(known) > 1 else "has it"
        raise MetricError(f"{convention} has no counterpart of {metric}; {listed(known)} {have}")


def convention_named(name: str) -> Convention:
    """Return the rules of a convention.

    Raises
    ------
    MetricError
        When there is none of that name.
    """
    if name not in CONVENTIONS:
        raise MetricError(
            f"convention '{shown(name)}' is not known{nearest(str(name), CONVENTIONS)}; "
            f"there are {listed(CONVENTIONS)}"
        )
    return CONVENTIONS[name]
