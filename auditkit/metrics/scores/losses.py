"""How far scores are from labels, and how high the scores of each class are."""

from __future__ import annotations

import numpy as np

from auditkit.metrics.scores.between import Value
from auditkit.metrics.scores.functions import Scored, between, plain
from auditkit.metrics.scores.sample import Sample, mean

__all__ = [
    "ROWS",
    "brier_score",
    "brier_score_difference",
    "brier_score_ratio",
    "generalized_false_negative_rate",
    "generalized_false_negative_rate_difference",
    "generalized_false_negative_rate_ratio",
    "generalized_false_positive_rate",
    "generalized_false_positive_rate_difference",
    "generalized_false_positive_rate_ratio",
    "generalized_true_negative_rate",
    "generalized_true_positive_rate",
    "log_loss",
    "log_loss_difference",
    "log_loss_ratio",
]


def _brier(sample: Sample) -> Value:
    return mean((sample.probability - sample.label) ** 2, sample.weight)


def _log_loss(sample: Sample) -> Value:
    """Infinite is no number: a certainty that was wrong has no logarithm."""
    p = sample.probability
    said = np.concatenate([1 - p[: sample.negatives], p[sample.negatives :]])
    if not said.all():
        return "a score of 0 for a positive label, or of 1 for a negative one: the loss is infinite"
    # log1p keeps the digits that 1 - p loses for a small p.
    loss = np.concatenate([np.log1p(-p[: sample.negatives]), np.log(p[sample.negatives :])])
    return abs(mean(loss, sample.weight))


def _generalized_false_positive(sample: Sample) -> Value:
    score, weight = sample.of(0)
    return mean(score, weight) if len(score) else "no negative labels"


def _generalized_false_negative(sample: Sample) -> Value:
    score, weight = sample.of(1)
    return 1 - mean(score, weight) if len(score) else "no positive labels"


def _generalized_true_positive(sample: Sample) -> Value:
    score, weight = sample.of(1)
    return mean(score, weight) if len(score) else "no positive labels"


def _generalized_true_negative(sample: Sample) -> Value:
    score, weight = sample.of(0)
    return 1 - mean(score, weight) if len(score) else "no negative labels"


_PLEISS = (
    "Pleiss et al. (2017), On fairness and calibration, NeurIPS 30; AIF360 "
    "generalized_fpr, generalized_fnr"
)

BRIER = Scored(
    name="brier_score",
    title="Brier score",
    family="score",
    needs=("label", "score"),
    better="down",
    formula="mean (p − y)²",
    reference="Brier (1950), Verification of forecasts expressed in terms of probability, "
    "Monthly Weather Review 78",
    undefined="no rows",
    of=_brier,
)
LOG_LOSS = Scored(
    name="log_loss",
    title="Log loss",
    family="score",
    needs=("label", "score"),
    better="down",
    formula="−mean [y ln p + (1 − y) ln(1 − p)], 0 ln 0 = 0, p not clipped",
    reference="Good (1952), Rational decisions, Journal of the Royal Statistical Society B 14",
    undefined="infinite: a score of 0 for a positive label, or of 1 for a negative one",
    range="[0, ∞)",
    of=_log_loss,
)
GENERALIZED_FPR = Scored(
    name="generalized_false_positive_rate",
    title="Generalized false positive rate",
    family="score",
    needs=("label", "score"),
    better="neither",
    formula="E(p | y=0), the mean score of the negatives",
    reference=_PLEISS,
    undefined="no negative labels",
    of=_generalized_false_positive,
)
GENERALIZED_FNR = Scored(
    name="generalized_false_negative_rate",
    title="Generalized false negative rate",
    family="score",
    needs=("label", "score"),
    better="down",
    formula="E(1 − p | y=1), one minus the mean score of the positives",
    reference=_PLEISS,
    undefined="no positive labels",
    of=_generalized_false_negative,
)

GENERALIZED_TPR = Scored(
    name="generalized_true_positive_rate",
    title="Generalized true positive rate",
    family="score",
    needs=("label", "score"),
    better="up",
    formula="E(p | y=1), the mean score of the positives",
    reference=_PLEISS,
    undefined="no positive labels",
    of=_generalized_true_positive,
)
GENERALIZED_TNR = Scored(
    name="generalized_true_negative_rate",
    title="Generalized true negative rate",
    family="score",
    needs=("label", "score"),
    better="neither",
    formula="E(1 − p | y=0), one minus the mean score of the negatives",
    reference=_PLEISS,
    undefined="no negative labels",
    of=_generalized_true_negative,
)

ROWS = (BRIER, LOG_LOSS, GENERALIZED_FPR, GENERALIZED_FNR, GENERALIZED_TPR, GENERALIZED_TNR)

brier_score = plain(BRIER, 0.1285)
brier_score_difference = between(BRIER, "difference", 0.1175)
brier_score_ratio = between(BRIER, "ratio", 0.5224)
log_loss = plain(LOG_LOSS, 0.3989)
log_loss_difference = between(LOG_LOSS, "difference", 0.2797)
log_loss_ratio = between(LOG_LOSS, "ratio", 0.5878)
generalized_false_positive_rate = plain(GENERALIZED_FPR, 0.25)
generalized_false_positive_rate_difference = between(GENERALIZED_FPR, "difference", 0.15)
generalized_false_positive_rate_ratio = between(GENERALIZED_FPR, "ratio", 0.625)
generalized_false_negative_rate = plain(GENERALIZED_FNR, 0.3167)
generalized_false_negative_rate_difference = between(GENERALIZED_FNR, "difference", 0.1833)
generalized_false_negative_rate_ratio = between(GENERALIZED_FNR, "ratio", 0.6333)
generalized_true_positive_rate = plain(GENERALIZED_TPR, 0.6833)
generalized_true_negative_rate = plain(GENERALIZED_TNR, 0.75)
