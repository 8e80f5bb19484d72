"""Score metrics: how a score ranks, how well it is calibrated, and how both differ by group.

One idea a file: `roc` and `delong` ranks, `comparing` two areas, `distances` whole curves and
distributions, `losses` and `calibration` probabilities, `reliability` bins, `thresholds` decisions.
"""

from auditkit.metrics.declared import Declared
from auditkit.metrics.scores import calibration, distances, losses, reliability, roc
from auditkit.metrics.scores.binned import BinnedAuc, roc_auc_from_bins
from auditkit.metrics.scores.by_group import scores_by_group
from auditkit.metrics.scores.calibration import (
    calibration_in_the_large,
    calibration_in_the_large_difference,
    calibration_intercept,
    calibration_intercept_difference,
    calibration_slope,
    calibration_slope_difference,
    integrated_calibration_index,
    integrated_calibration_index_difference,
    integrated_calibration_index_ratio,
)
from auditkit.metrics.scores.comparing import DeLongTest, delong_test
from auditkit.metrics.scores.distances import abroca, score_ks, score_wasserstein
from auditkit.metrics.scores.losses import (
    brier_score,
    brier_score_difference,
    brier_score_ratio,
    generalized_false_negative_rate,
    generalized_false_negative_rate_difference,
    generalized_false_negative_rate_ratio,
    generalized_false_positive_rate,
    generalized_false_positive_rate_difference,
    generalized_false_positive_rate_ratio,
    generalized_true_negative_rate,
    generalized_true_positive_rate,
    log_loss,
    log_loss_difference,
    log_loss_ratio,
)
from auditkit.metrics.scores.reliability import (
    ReliabilityBin,
    expected_calibration_error,
    expected_calibration_error_difference,
    expected_calibration_error_ratio,
    reliability_table,
)
from auditkit.metrics.scores.roc import (
    RocAuc,
    roc_auc,
    roc_auc_by_group,
    roc_auc_difference,
    roc_auc_ratio,
)
from auditkit.metrics.scores.thresholds import ThresholdRates, rates_at_thresholds

ROWS: tuple[Declared, ...] = (
    *roc.ROWS,
    *losses.ROWS,
    *calibration.ROWS,
    *reliability.ROWS,
    *distances.ROWS,
)
"""The score metrics of the catalogue, declared."""

__all__ = [
    "ROWS",
    "BinnedAuc",
    "DeLongTest",
    "ReliabilityBin",
    "RocAuc",
    "ThresholdRates",
    "abroca",
    "brier_score",
    "brier_score_difference",
    "brier_score_ratio",
    "calibration_in_the_large",
    "calibration_in_the_large_difference",
    "calibration_intercept",
    "calibration_intercept_difference",
    "calibration_slope",
    "calibration_slope_difference",
    "delong_test",
    "expected_calibration_error",
    "expected_calibration_error_difference",
    "expected_calibration_error_ratio",
    "generalized_false_negative_rate",
    "generalized_false_negative_rate_difference",
    "generalized_false_negative_rate_ratio",
    "generalized_false_positive_rate",
    "generalized_false_positive_rate_difference",
    "generalized_false_positive_rate_ratio",
    "generalized_true_negative_rate",
    "generalized_true_positive_rate",
    "integrated_calibration_index",
    "integrated_calibration_index_difference",
    "integrated_calibration_index_ratio",
    "log_loss",
    "log_loss_difference",
    "log_loss_ratio",
    "rates_at_thresholds",
    "reliability_table",
    "roc_auc",
    "roc_auc_by_group",
    "roc_auc_difference",
    "roc_auc_from_bins",
    "roc_auc_ratio",
    "score_ks",
    "score_wasserstein",
    "scores_by_group",
]
