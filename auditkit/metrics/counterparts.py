"""Which function of another library answers the question that one of our metrics asks, as data.

Examples
--------
>>> counterpart("clarify", "true_positive_rate_difference").function
'RD'
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from auditkit.errors import MetricError, listed

__all__ = ["ALIASES", "COUNTERPARTS", "Counterpart", "counterpart"]

ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "demographic_parity": "selection_rate",
        "equal_opportunity": "true_positive_rate",
        "predictive_parity": "positive_predictive_value",
        "accuracy_score": "accuracy",
        "zero_one_loss": "error_rate",
    }
)
"""The name of a criterion, or fairlearn's of a rate → the rate that it compares."""


@dataclass(frozen=True, kw_only=True)
class Counterpart:
    """Which function of a library answers the question of one of our metrics.

    Attributes
    ----------
    convention, metric : str
        Whose, and the name of our metric (of a criterion: of the rate that it compares).
    function : str
        The library's name.
    sign : {1, -1}
        -1 where it is the reference minus the group.
    of : str
        Which combination of several rates it answers (``agg=`` of the equalized odds).
    combine : str
        How it combines them; a name in :data:`auditkit.metrics.compare.COMBINE`.
    """

    convention: str
    metric: str
    function: str
    sign: int = 1
    of: str = "only"
    combine: str = "only"


_KINDS = ("difference", "ratio")


def _fairlearn() -> Iterator[Counterpart]:
    named = {
        "base_rate": "demographic_parity_{kind}(y_true, y_true)",
        "selection_rate": "demographic_parity_{kind}",
        "true_positive_rate": "equal_opportunity_{kind}",
        "false_positive_rate": "false_positive_rate_{kind}",
        "true_negative_rate": "true_negative_rate_{kind}",
        "false_negative_rate": "false_negative_rate_{kind}",
        "accuracy": "accuracy_score_{kind}",
        "error_rate": "zero_one_loss_{kind}",
        "positive_predictive_value": "make_derived_metric(metric=precision_score, "
        "transform='{kind}')",
    }
    for kind in _KINDS:
        for rate, function in named.items():
            yield Counterpart(
                convention="fairlearn",
                metric=f"{rate}_{kind}",
                function=function.format(kind=kind),
            )
        name = f"equalized_odds_{kind}"
        worst = "worst" if kind == "difference" else "python_min"
        for agg, of, combine in (
            ("worst_case", "worst", worst),
            ("mean", "average", "mean_of_known"),
        ):
            yield Counterpart(
                convention="fairlearn", metric=name, function=f"{name}(agg='{agg}')", of=of,
                combine=combine,
            )  # fmt: skip


def _aif360() -> Iterator[Counterpart]:
    both = "false_positive_rate false_negative_rate false_omission_rate false_discovery_rate"
    others = (
        "true_positive_rate true_negative_rate positive_predictive_value "
        "negative_predictive_value accuracy"
    )
    named = {f"{rate}_{kind}": f"{rate}_{kind}" for kind in _KINDS for rate in both.split()}
    named |= {f"{rate}_{kind}": f"{kind}({rate})" for kind in _KINDS for rate in others.split()}
    named |= {
        "base_rate_difference": "BinaryLabelDatasetMetric.mean_difference",
        "base_rate_ratio": "BinaryLabelDatasetMetric.disparate_impact",
        "selection_rate_difference": "statistical_parity_difference",
        "selection_rate_ratio": "disparate_impact",
        "true_positive_rate_difference": "equal_opportunity_difference",
        "error_rate_difference": "error_rate_difference",
        "error_rate_ratio": "error_rate_ratio",
    }
    for metric, function in named.items():
        yield Counterpart(convention="aif360", metric=metric, function=function)
    for metric, function, of, combine in (
        ("average_odds_difference", "average_odds_difference", "mean", "mean"),
        ("average_absolute_odds_difference", "average_abs_odds_difference", *["mean_absolute"] * 2),
        ("average_predictive_value_difference", "average_predictive_value_difference",
         "mean", "mean"),
        ("equalized_odds_difference", "equalized_odds_difference", "worst", "python_max_fpr_tpr"),
    ):  # fmt: skip
        yield Counterpart(
            convention="aif360", metric=metric, function=function, of=of, combine=combine
        )


def _aif360_sklearn() -> Iterator[Counterpart]:
    scores = {
        "true_positive_rate": "recall_score",
        "true_negative_rate": "specificity_score",
        "positive_predictive_value": "precision_score",
        "false_positive_rate": "false_positive_rate_error",
        "false_negative_rate": "false_negative_rate_error",
        "false_omission_rate": "false_omission_rate_error",
        "accuracy": "accuracy_score",
    }
    named = {f"{rate}_{kind}": f"{kind}({s})" for kind in _KINDS for rate, s in scores.items()}
    named |= {
        "base_rate_difference": "statistical_parity_difference(y_true)",
        "base_rate_ratio": "disparate_impact_ratio(y_true)",
        "selection_rate_difference": "statistical_parity_difference",
        "selection_rate_ratio": "disparate_impact_ratio",
        "true_positive_rate_difference": "equal_opportunity_difference",
    }
    for metric, function in named.items():
        yield Counterpart(convention="aif360.sklearn", metric=metric, function=function)
    for metric, function, combine in (
        ("average_odds_difference", "average_odds_difference", "mean"),
        ("average_absolute_odds_difference", "average_odds_error", "mean_absolute"),
        ("average_predictive_value_difference", "average_predictive_value_difference", "mean"),
    ):
        yield Counterpart(
            convention="aif360.sklearn", metric=metric, function=function, of=combine,
            combine=combine,
        )  # fmt: skip


def _ratios() -> Iterator[Counterpart]:
    aequitas = {
        "base_rate": "prev_disparity",
        "selection_rate": "pprev_disparity",
        "selected_share": "ppr_disparity",
        "true_positive_rate": "tpr_disparity",
        "true_negative_rate": "tnr_disparity",
        "false_positive_rate": "fpr_disparity",
        "false_negative_rate": "fnr_disparity",
        "positive_predictive_value": "precision_disparity",
        "negative_predictive_value": "npv_disparity",
        "false_discovery_rate": "fdr_disparity",
        "false_omission_rate": "for_disparity",
        "accuracy": "accuracy_disparity",
    }
    dalex = {
        "selection_rate": "STP",
        "true_positive_rate": "TPR",
        "true_negative_rate": "TNR",
        "false_positive_rate": "FPR",
        "false_negative_rate": "FNR",
        "positive_predictive_value": "PPV",
        "negative_predictive_value": "NPV",
        "false_discovery_rate": "FDR",
        "false_omission_rate": "FOR",
        "accuracy": "ACC",
    }
    for name, table in (("aequitas", aequitas), ("dalex", dalex)):
        for rate, function in table.items():
            yield Counterpart(
                convention=name,
                metric=f"{rate}_ratio",
                function=function if name == "aequitas" else f"result['{function}']",
            )


_CLARIFY = (
    ("base_rate_difference", "DPL", -1),
    ("selection_rate_difference", "DPPL", -1),
    ("selection_rate_ratio", "DI", 1),
    ("true_positive_rate_difference", "RD", -1),
    ("true_negative_rate_difference", "SD", 1),
    ("positive_predictive_value_difference", "DAR", -1),
    ("negative_predictive_value_difference", "DRR", 1),
    ("accuracy_difference", "AD", -1),
    ("treatment_equality_difference", "TE", 1),
    ("conditional_acceptance_difference", "DCA", -1),
    ("conditional_rejection_difference", "DCR", 1),
)

COUNTERPARTS: tuple[Counterpart, ...] = (
    *_fairlearn(),
    *_aif360(),
    *_aif360_sklearn(),
    *_ratios(),
    *(
        Counterpart(convention="clarify", metric=metric, function=function, sign=sign)
        for metric, function, sign in _CLARIFY
    ),
)
"""Every question of ours that another library answers."""

_BY_QUESTION = {(row.convention, row.metric, row.of): row for row in COUNTERPARTS}


def counterpart(convention: str, metric: str, of: str = "only") -> Counterpart:
    """Return the function of a library that answers the question of a metric.

    Raises
    ------
    MetricError
        When the library has none: there is no number of its to give.
    """
    if convention == "auditkit":
        return Counterpart(convention=convention, metric=metric, function=metric, of=of, combine=of)
    found = _BY_QUESTION.get((convention, metric, of))
    if found is None:
        others = sorted({row.convention for row in COUNTERPARTS if row.metric == metric})
        also = f"; these have: {listed(others)}" if others else ""
        asked = metric if of in {"only", "mean", "mean_absolute"} else f"{metric} ({of})"
        raise MetricError(f"{convention} has no counterpart of {asked}{also}")
    return found
