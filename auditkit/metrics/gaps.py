"""Gaps between groups that are not the difference or the ratio of one declared rate.

Averages of two rates, quotients such as FN/FP, odds. Each is a question about counts
(:class:`auditkit.metrics.compare.Question`), so each follows the rules of this package and, where
another library has the same metric, of that library. What a gap means in people, and differential
fairness, come out of this door too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from auditkit.counts import Cube, Group
from auditkit.errors import MetricError, listed, nearest, shown
from auditkit.metrics import differential, shortfall
from auditkit.metrics.compare import Question, answer, compare
from auditkit.metrics.conventions import convention_named
from auditkit.metrics.counterparts import counterpart
from auditkit.metrics.cubes import cube_of
from auditkit.metrics.declared import METRICS, Declared
from auditkit.metrics.differential import (
    differential_fairness_bias_amplification,
    smoothed_empirical_differential_fairness,
)
from auditkit.metrics.family import Family, name_of, warn
from auditkit.metrics.fractions import (
    ACCEPTANCE,
    ERROR_RATE,
    FN_BY_FP,
    ODDS,
    REJECTION,
    SHARE,
)
from auditkit.metrics.made import GroupMetric, group_metric
from auditkit.metrics.shortfall import selection_shortfall

__all__ = [
    "QUESTIONS",
    "average_absolute_odds_difference",
    "average_odds_difference",
    "average_predictive_value_difference",
    "conditional_acceptance_difference",
    "conditional_rejection_difference",
    "differential_fairness_bias_amplification",
    "error_rate_difference",
    "error_rate_ratio",
    "odds_ratio",
    "parity_loss",
    "predictive_parity_difference",
    "predictive_parity_ratio",
    "selected_share_ratio",
    "selection_shortfall",
    "smoothed_empirical_differential_fairness",
    "treatment_equality_difference",
    "treatment_equality_ratio",
]

_FAMILY = Family(
    "gap",
    {
        "y_true": "array-like of shape (n,)\n"
        "    0/1 or booleans; anything else needs `pos_label`. None where it is not needed.",
        "y_pred": "array-like of shape (n,)\n    0/1 or booleans; anything else needs `pos_label`.",
        "reference": "str or tuple, optional\n"
        "    The group (one value for each sensitive feature) that the others are compared with.\n"
        "    The result is that of the group furthest from it, as group − reference or\n"
        "    group / reference; without it, that of the two groups furthest apart.",
        "convention": "str\n"
        "    Whose rules to follow: a name in :data:`auditkit.metrics.CONVENTIONS`.",
        "metric": "str\n    The rate, a name in :data:`auditkit.metrics.METRICS`.",
    },
)
_BOTH = ("label", "prediction")
_LEFT_OUT = "in fewer than two groups; a group for which it is, is left out and named"
_TPR, _FPR = METRICS["true_positive_rate"], METRICS["false_positive_rate"]
_PPV, _FOR = METRICS["positive_predictive_value"], METRICS["false_omission_rate"]


_AIF = "AIF360 0.6.1, aif360/metrics/classification_metric.py"
_CLARIFY = "SageMaker Clarify, smclarify 0.5, smclarify/bias/metrics/posttraining.py"
_BERK = "Berk et al. (2021), Fairness in Criminal Justice Risk Assessments, SMR 50(1)"
_SIGNED = "[−1, 1]; without `reference` [0, 1]"
_OPEN = "(−∞, ∞); without `reference` [0, ∞)"
_RATIO = "[0, ∞); without `reference` [0, 1]"
_NO_LABELS = f"no positive or no negative labels {_LEFT_OUT}"
_QUESTIONS: dict[str, Question] = {}


def _counted(question: Question, y_true: Any, y_pred: Any, given: Mapping[str, Any]) -> Cube:
    """Count only what is asked for, so that an unused label is not validated either."""
    for need, name, values in (("label", "y_true", y_true), ("prediction", "y_pred", y_pred)):
        if need in question.needs and values is None:
            raise MetricError(f"{question.metric} needs {name}")
    return cube_of(
        y_true if "label" in question.needs else None,
        y_pred if "prediction" in question.needs else None,
        **given,
    )


def _gap(
    summary: str,
    question: Question,
    *,
    title: str,
    formula: str,
    source: str,
    undefined: str,
    values: str,
    example: str,
    better: Literal["neither", "zero", "one"] = "zero",
) -> GroupMetric:
    """Declare a gap metric and return its function."""

    def metric(
        y_true: Any,
        y_pred: Any = None,
        *,
        sensitive_features: Any,
        sample_weight: Any = None,
        pos_label: Any = None,
        reference: Any = None,
        convention: str = "auditkit",
    ) -> float:
        given = {
            "sensitive_features": sensitive_features,
            "sample_weight": sample_weight,
            "pos_label": pos_label,
        }
        cube = _counted(question, y_true, y_pred, given)
        return answer(question, cube, convention=convention, reference=reference)

    _QUESTIONS[question.metric] = question
    metric.__name__ = metric.__qualname__ = question.metric
    call, found = example.split(" -> ")
    metric.__doc__ = (
        f"{summary}\n\nExamples\n--------\n>>> {question.metric}(\n...     {call},\n"
        f'...     sensitive_features=list("aaaabbbb"), reference="a",\n... )\n{found}'
    )
    return _FAMILY.metric(
        title, needs=tuple(sorted(question.needs)), formula=formula, reference=source,
        undefined=undefined, values=values, better=better,
    )(metric)  # fmt: skip


average_odds_difference = _gap(
    "Return the mean of the gaps in true and in false positive rates; opposite gaps cancel.",
    Question(
        metric="average_odds_difference", kind="difference", parts=(_TPR, _FPR), combine="mean"
    ),
    title="Average odds difference",
    formula="½ [(TPR_a − TPR_b) + (FPR_a − FPR_b)]",
    source=_AIF,
    undefined=_NO_LABELS,
    values=_SIGNED,
    example="[1, 1, 0, 0, 1, 1, 0, 0], [1, 1, 0, 0, 1, 0, 0, 0] -> -0.25",
)
average_absolute_odds_difference = _gap(
    "Return the mean of the absolute gaps in true and in false positive rates.",
    Question(
        metric="average_absolute_odds_difference",
        kind="difference",
        parts=(_TPR, _FPR),
        combine="mean_absolute",
    ),
    title="Average absolute odds difference",
    formula="½ (|TPR_a − TPR_b| + |FPR_a − FPR_b|)",
    source=_AIF,
    undefined=_NO_LABELS,
    values="[0, 1]",
    example="[1, 1, 0, 0, 1, 1, 0, 0], [1, 1, 0, 0, 1, 0, 1, 0] -> 0.5",
)
average_predictive_value_difference = _gap(
    "Return the mean of the gaps in precision and in the false omission rate.",
    Question(
        metric="average_predictive_value_difference",
        kind="difference",
        parts=(_PPV, _FOR),
        combine="mean",
    ),
    title="Average predictive value difference",
    formula="½ [(PPV_a − PPV_b) + (FOR_a − FOR_b)]",
    source=_AIF,
    undefined=f"nobody or everybody was selected {_LEFT_OUT}",
    values=_SIGNED,
    example="[1, 1, 0, 0, 1, 1, 0, 0], [1, 1, 1, 0, 1, 0, 1, 0] -> 0.16666666666666669",
)
treatment_equality_difference = _gap(
    "Return the gap in the number of false negatives for each false positive.",
    Question(metric="treatment_equality_difference", kind="difference", parts=(FN_BY_FP,)),
    title="Treatment equality difference",
    formula="FN_a / FP_a − FN_b / FP_b",
    source=_BERK,
    undefined=f"no false positives {_LEFT_OUT}",
    values=_OPEN,
    example="[1, 1, 0, 0, 1, 1, 0, 0], [0, 0, 1, 0, 1, 0, 1, 0] -> -1.0",
)
treatment_equality_ratio = _gap(
    "Return the ratio of the numbers of false negatives for each false positive.",
    Question(metric="treatment_equality_ratio", kind="ratio", parts=(FN_BY_FP,)),
    title="Treatment equality ratio",
    formula="(FN_a / FP_a) / (FN_b / FP_b)",
    source=_BERK,
    undefined=f"no false positives {_LEFT_OUT}; no false negatives in the reference",
    values=_RATIO,
    better="one",
    example="[1, 1, 0, 0, 1, 1, 0, 0], [0, 0, 1, 0, 1, 0, 1, 0] -> 0.5",
)
odds_ratio = _gap(
    "Return the ratio of the odds of being selected.",
    Question(metric="odds_ratio", kind="ratio", parts=(ODDS,)),
    title="Odds ratio of selection",
    formula="[p_a / (1 − p_a)] / [p_b / (1 − p_b)], p the selection rate",
    source="Cornfield (1951), A Method of Estimating Comparative Rates, JNCI 11",
    undefined=f"everybody was selected {_LEFT_OUT}; nobody was selected in the reference",
    values=_RATIO,
    better="one",
    example="None, [1, 1, 1, 0, 1, 1, 0, 0] -> 0.3333333333333333",
)
selected_share_ratio = _gap(
    "Return the ratio of two groups' shares of the selected; it depends on the groups' sizes.",
    Question(metric="selected_share_ratio", kind="ratio", parts=(SHARE,)),
    title="Ratio of the shares of the selected",
    formula="(selected in a / all selected) / (selected in b / all selected)",
    source="Aequitas 1.1.0, aequitas/group.py (ppr: Statistical Parity there)",
    undefined="nobody was selected in any group, or in the reference",
    values=_RATIO,
    better="neither",
    example="None, [1, 1, 1, 1, 1, 1, 0, 0] -> 0.5",
)
conditional_acceptance_difference = _gap(
    "Return the gap in the number of positive labels for each person selected.",
    Question(metric="conditional_acceptance_difference", kind="difference", parts=(ACCEPTANCE,)),
    title="Difference in conditional acceptance",
    formula="(TP + FN)_a / (TP + FP)_a − (TP + FN)_b / (TP + FP)_b",
    source=_CLARIFY,
    undefined=f"nobody was selected {_LEFT_OUT}",
    values=_OPEN,
    example="[1, 1, 0, 0, 1, 1, 0, 0], [1, 1, 0, 0, 1, 0, 0, 0] -> 1.0",
)
conditional_rejection_difference = _gap(
    "Return the gap in the number of negative labels for each person not selected.",
    Question(metric="conditional_rejection_difference", kind="difference", parts=(REJECTION,)),
    title="Difference in conditional rejection",
    formula="(TN + FP)_a / (TN + FN)_a − (TN + FP)_b / (TN + FN)_b",
    source=_CLARIFY,
    undefined=f"everybody was selected {_LEFT_OUT}",
    values=_OPEN,
    example="[1, 1, 0, 0, 1, 1, 0, 0], [1, 1, 0, 0, 0, 0, 0, 0] -> -0.5",
)
error_rate_difference = _gap(
    "Return the gap in the share of wrong decisions.",
    Question(metric="error_rate_difference", kind="difference", parts=(ERROR_RATE,)),
    title="Error rate difference",
    formula="(FP + FN)_a / n_a − (FP + FN)_b / n_b",
    source=_AIF,
    undefined=f"no row with a known label and a known decision {_LEFT_OUT}",
    values=_SIGNED,
    example="[1, 1, 0, 0, 1, 1, 0, 0], [1, 1, 0, 0, 1, 0, 0, 0] -> 0.25",
)
error_rate_ratio = _gap(
    "Return the ratio of the shares of wrong decisions.",
    Question(metric="error_rate_ratio", kind="ratio", parts=(ERROR_RATE,)),
    title="Error rate ratio",
    formula="[(FP + FN)_a / n_a] / [(FP + FN)_b / n_b]",
    source=_AIF,
    undefined=f"no row with a known label and a known decision {_LEFT_OUT}; no errors in the "
    "reference",
    values=_RATIO,
    better="one",
    example="[1, 1, 0, 0, 1, 1, 0, 0], [1, 0, 1, 0, 1, 0, 0, 0] -> 0.5",
)

predictive_parity_difference = group_metric(
    "positive_predictive_value", "difference", "predictive_parity_difference"
)
predictive_parity_ratio = group_metric(
    "positive_predictive_value", "ratio", "predictive_parity_ratio"
)

QUESTIONS: Mapping[str, Question] = MappingProxyType(_QUESTIONS)
"""Name → what a gap metric asks of the counts."""


@_FAMILY.metric(
    "Parity loss",
    needs=_BOTH,
    formula="Σ_g |ln(rate_g / rate_reference)|",
    reference="Wiśniewski, Biecek (2022), fairmodels, The R Journal 14(1)",
    undefined="the rate is 0 or undefined in a group",
    values="[0, ∞)",
)
def parity_loss(
    y_true: Any,
    y_pred: Any = None,
    *,
    sensitive_features: Any,
    metric: str = "selection_rate",
    sample_weight: Any = None,
    pos_label: Any = None,
    reference: Any = None,
    convention: str = "auditkit",
) -> float:
    """Return how far all groups together are from the reference, which is required, in one rate.

    Examples
    --------
    >>> loss = parity_loss(
    ...     None, [1, 1, 0, 0, 1, 0, 0, 0], sensitive_features=list("aaaabbbb"), reference="a"
    ... )
    >>> round(loss, 4)  # ln 2
    0.6931
    """
    if metric not in METRICS:
        raise MetricError(f"no metric '{shown(metric)}'{nearest(metric, METRICS)}")
    if convention_named(convention).name not in {"auditkit", "dalex"}:
        raise MetricError(f"{convention} has no counterpart of parity_loss; 'dalex' has")
    if reference is None:
        raise MetricError("parity_loss compares every group with one: pass reference=")
    question = Question(metric=f"{metric}_ratio", kind="ratio", parts=(METRICS[metric],))
    row = counterpart(convention, question.metric)
    given = {
        "sensitive_features": sensitive_features,
        "sample_weight": sample_weight,
        "pos_label": pos_label,
    }
    cube = _counted(question, y_true, y_pred, given)
    found = compare(question, cube, convention_named(convention), row, reference)
    for note in found.notes:
        warn(note, 3)
    loss = _loss(found.by_group)
    if math.isnan(loss):
        gone = [name_of(group) for group, ratio in found.by_group.items() if not ratio > 0]
        warn(
            f"parity_loss of {metric} is undefined: no logarithm of the ratio of {listed(gone)}", 3
        )
    return loss


def _loss(ratios: Mapping[Group, float]) -> float:
    if any(not ratio > 0 for ratio in ratios.values()):
        return math.nan
    return math.fsum(abs(math.log(ratio)) for ratio in ratios.values())


_HARDT = "Hardt, Price, Srebro (2016), Equality of Opportunity in Supervised Learning"
_CHOULDECHOVA = "Chouldechova (2017), Fair prediction with disparate impact, Big Data 5"
_NAMED = (
    ("equalized_odds_difference", "Equalized odds difference",
     "max(|ΔTPR|, |ΔFPR|), or their mean", "either gap is undefined", _HARDT),
    ("equalized_odds_ratio", "Equalized odds ratio",
     "min(TPR_a / TPR_b, FPR_a / FPR_b), or their mean", "either ratio is undefined", _HARDT),
    ("predictive_parity_difference", "Predictive parity difference",
     "PPV_a − PPV_b", f"nobody was selected {_LEFT_OUT}", _CHOULDECHOVA),
    ("predictive_parity_ratio", "Predictive parity ratio",
     "PPV_a / PPV_b", f"nobody was selected {_LEFT_OUT}", _CHOULDECHOVA),
)  # fmt: skip

ROWS: tuple[Declared, ...] = (
    *(
        Declared(
            name=name,
            title=title,
            family="gap",
            needs=_BOTH,
            better="one" if name.endswith("_ratio") else "zero",
            formula=formula,
            reference=source,
            undefined=undefined,
            range=_RATIO if name.endswith("_ratio") else _SIGNED,
        )
        for name, title, formula, undefined, source in _NAMED
    ),
    *_FAMILY.rows,
    *shortfall.ROWS,
    *differential.ROWS,
)
