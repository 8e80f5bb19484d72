"""Metrics to import: the field's names, right numbers at the edges, numpy only.

A name is imported from its room when it is first used (PEP 562), so that importing one metric does
not pay for the others. Every declared count metric also answers here as ``NAME``,
``NAME_difference`` and ``NAME_ratio``, whether it is written out below or not, and every metric
that has a value in each group as ``NAME_group_min`` and ``NAME_group_max``.

Examples
--------
>>> from auditkit.metrics import demographic_parity_difference
>>> demographic_parity_difference(
...     [1, 0, 1, 1], [1, 0, 1, 1], sensitive_features=["F", "F", "M", "M"]
... )
0.5
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from auditkit.metrics.conventions import CONVENTIONS as CONVENTIONS
    from auditkit.metrics.conventions import Convention as Convention
    from auditkit.metrics.declared import METRICS as METRICS
    from auditkit.metrics.declared import Declared as Declared
    from auditkit.metrics.declared import Metric as Metric
    from auditkit.metrics.dependence import mutual_information as mutual_information
    from auditkit.metrics.dependence import score_anova as score_anova
    from auditkit.metrics.distortion import sample_distortion as sample_distortion
    from auditkit.metrics.distortion import (
        sample_distortion_difference as sample_distortion_difference,
    )
    from auditkit.metrics.distortion import sample_distortion_ratio as sample_distortion_ratio
    from auditkit.metrics.each import one_vs_rest as one_vs_rest
    from auditkit.metrics.elsewhere import ELSEWHERE as ELSEWHERE
    from auditkit.metrics.elsewhere import Elsewhere as Elsewhere
    from auditkit.metrics.elsewhere import answers_to as answers_to
    from auditkit.metrics.explain import Explanation as Explanation
    from auditkit.metrics.explain import explain_difference as explain_difference
    from auditkit.metrics.extremes import accuracy_score_difference as accuracy_score_difference
    from auditkit.metrics.extremes import accuracy_score_group_min as accuracy_score_group_min
    from auditkit.metrics.extremes import accuracy_score_ratio as accuracy_score_ratio
    from auditkit.metrics.extremes import (
        balanced_accuracy_score_group_min as balanced_accuracy_score_group_min,
    )
    from auditkit.metrics.extremes import f1_score_group_min as f1_score_group_min
    from auditkit.metrics.extremes import log_loss_group_max as log_loss_group_max
    from auditkit.metrics.extremes import (
        mean_absolute_error_group_max as mean_absolute_error_group_max,
    )
    from auditkit.metrics.extremes import (
        mean_squared_error_group_max as mean_squared_error_group_max,
    )
    from auditkit.metrics.extremes import precision_score_group_min as precision_score_group_min
    from auditkit.metrics.extremes import r2_score_group_min as r2_score_group_min
    from auditkit.metrics.extremes import recall_score_group_min as recall_score_group_min
    from auditkit.metrics.extremes import roc_auc_score_group_min as roc_auc_score_group_min
    from auditkit.metrics.extremes import zero_one_loss_group_max as zero_one_loss_group_max
    from auditkit.metrics.feasibility import (
        discounted_cumulative_gain as discounted_cumulative_gain,
    )
    from auditkit.metrics.feasibility import infeasible_index as infeasible_index
    from auditkit.metrics.gaps import (
        average_absolute_odds_difference as average_absolute_odds_difference,
    )
    from auditkit.metrics.gaps import average_odds_difference as average_odds_difference
    from auditkit.metrics.gaps import (
        average_predictive_value_difference as average_predictive_value_difference,
    )
    from auditkit.metrics.gaps import (
        conditional_acceptance_difference as conditional_acceptance_difference,
    )
    from auditkit.metrics.gaps import (
        conditional_rejection_difference as conditional_rejection_difference,
    )
    from auditkit.metrics.gaps import (
        differential_fairness_bias_amplification as differential_fairness_bias_amplification,
    )
    from auditkit.metrics.gaps import error_rate_difference as error_rate_difference
    from auditkit.metrics.gaps import error_rate_ratio as error_rate_ratio
    from auditkit.metrics.gaps import odds_ratio as odds_ratio
    from auditkit.metrics.gaps import parity_loss as parity_loss
    from auditkit.metrics.gaps import predictive_parity_difference as predictive_parity_difference
    from auditkit.metrics.gaps import predictive_parity_ratio as predictive_parity_ratio
    from auditkit.metrics.gaps import selected_share_ratio as selected_share_ratio
    from auditkit.metrics.gaps import selection_shortfall as selection_shortfall
    from auditkit.metrics.gaps import (
        smoothed_empirical_differential_fairness as smoothed_empirical_differential_fairness,
    )
    from auditkit.metrics.gaps import treatment_equality_difference as treatment_equality_difference
    from auditkit.metrics.gaps import treatment_equality_ratio as treatment_equality_ratio
    from auditkit.metrics.impact import air_by_quantile as air_by_quantile
    from auditkit.metrics.impact import categorical_air as categorical_air
    from auditkit.metrics.impact import ratios_by_group as ratios_by_group
    from auditkit.metrics.impact import scoring_impact_ratio as scoring_impact_ratio
    from auditkit.metrics.impact import selection_impact_ratio as selection_impact_ratio
    from auditkit.metrics.individual import atkinson_index as atkinson_index
    from auditkit.metrics.individual import (
        between_group_coefficient_of_variation as between_group_coefficient_of_variation,
    )
    from auditkit.metrics.individual import (
        between_group_generalized_entropy_index as between_group_generalized_entropy_index,
    )
    from auditkit.metrics.individual import between_group_theil_index as between_group_theil_index
    from auditkit.metrics.individual import coefficient_of_variation as coefficient_of_variation
    from auditkit.metrics.individual import consistency as consistency
    from auditkit.metrics.individual import flip_rate as flip_rate
    from auditkit.metrics.individual import flip_test as flip_test
    from auditkit.metrics.individual import generalized_entropy_index as generalized_entropy_index
    from auditkit.metrics.individual import theil_index as theil_index
    from auditkit.metrics.individual import (
        within_group_generalized_entropy_index as within_group_generalized_entropy_index,
    )
    from auditkit.metrics.individual import within_group_theil_index as within_group_theil_index
    from auditkit.metrics.interop import make_fairness_scorer as make_fairness_scorer
    from auditkit.metrics.interop import metric_frame as metric_frame
    from auditkit.metrics.labels import chebyshev_distance as chebyshev_distance
    from auditkit.metrics.labels import class_imbalance as class_imbalance
    from auditkit.metrics.labels import (
        conditional_demographic_disparity as conditional_demographic_disparity,
    )
    from auditkit.metrics.labels import demographic_disparity as demographic_disparity
    from auditkit.metrics.labels import earth_movers_distance as earth_movers_distance
    from auditkit.metrics.labels import group_share_evenness as group_share_evenness
    from auditkit.metrics.labels import group_share_imbalance as group_share_imbalance
    from auditkit.metrics.labels import hellinger_distance as hellinger_distance
    from auditkit.metrics.labels import jensen_shannon_divergence as jensen_shannon_divergence
    from auditkit.metrics.labels import kl_divergence as kl_divergence
    from auditkit.metrics.labels import kolmogorov_smirnov as kolmogorov_smirnov
    from auditkit.metrics.labels import label_proportion_difference as label_proportion_difference
    from auditkit.metrics.labels import lp_norm as lp_norm
    from auditkit.metrics.labels import total_variation_distance as total_variation_distance
    from auditkit.metrics.listing import FAMILIES as FAMILIES
    from auditkit.metrics.listing import catalogue as catalogue
    from auditkit.metrics.multiclass import ConfusionTensor as ConfusionTensor
    from auditkit.metrics.multiclass import class_differences as class_differences
    from auditkit.metrics.multiclass import class_ratios as class_ratios
    from auditkit.metrics.multiclass import confusion_tensor as confusion_tensor
    from auditkit.metrics.multiclass import multiclass_difference as multiclass_difference
    from auditkit.metrics.multiclass import multiclass_rates as multiclass_rates
    from auditkit.metrics.multiclass import multiclass_ratio as multiclass_ratio
    from auditkit.metrics.quotients import balanced_accuracy as balanced_accuracy
    from auditkit.metrics.quotients import (
        balanced_accuracy_difference as balanced_accuracy_difference,
    )
    from auditkit.metrics.quotients import balanced_accuracy_ratio as balanced_accuracy_ratio
    from auditkit.metrics.quotients import conditional_acceptance as conditional_acceptance
    from auditkit.metrics.quotients import conditional_rejection as conditional_rejection
    from auditkit.metrics.quotients import error_rate as error_rate
    from auditkit.metrics.quotients import f1 as f1
    from auditkit.metrics.quotients import f1_difference as f1_difference
    from auditkit.metrics.quotients import f1_ratio as f1_ratio
    from auditkit.metrics.quotients import zero_one_loss_difference as zero_one_loss_difference
    from auditkit.metrics.quotients import zero_one_loss_ratio as zero_one_loss_ratio
    from auditkit.metrics.ranking import exposure as exposure
    from auditkit.metrics.ranking import exposure_difference as exposure_difference
    from auditkit.metrics.ranking import exposure_ratio as exposure_ratio
    from auditkit.metrics.ranking import max_skew_at_k as max_skew_at_k
    from auditkit.metrics.ranking import min_skew_at_k as min_skew_at_k
    from auditkit.metrics.ranking import ndkl as ndkl
    from auditkit.metrics.ranking import skew_at_k as skew_at_k
    from auditkit.metrics.ranking import top_k_selection as top_k_selection
    from auditkit.metrics.ranking import top_k_selection_ratio as top_k_selection_ratio
    from auditkit.metrics.ranking import top_percent_selection as top_percent_selection
    from auditkit.metrics.ranking import top_percent_selection_ratio as top_percent_selection_ratio
    from auditkit.metrics.rates import accuracy as accuracy
    from auditkit.metrics.rates import accuracy_difference as accuracy_difference
    from auditkit.metrics.rates import accuracy_ratio as accuracy_ratio
    from auditkit.metrics.rates import base_rate as base_rate
    from auditkit.metrics.rates import base_rate_difference as base_rate_difference
    from auditkit.metrics.rates import base_rate_ratio as base_rate_ratio
    from auditkit.metrics.rates import by_group as by_group
    from auditkit.metrics.rates import count as count
    from auditkit.metrics.rates import (
        demographic_parity_difference as demographic_parity_difference,
    )
    from auditkit.metrics.rates import demographic_parity_ratio as demographic_parity_ratio
    from auditkit.metrics.rates import equal_opportunity_difference as equal_opportunity_difference
    from auditkit.metrics.rates import equal_opportunity_ratio as equal_opportunity_ratio
    from auditkit.metrics.rates import equalized_odds_difference as equalized_odds_difference
    from auditkit.metrics.rates import equalized_odds_ratio as equalized_odds_ratio
    from auditkit.metrics.rates import false_discovery_rate as false_discovery_rate
    from auditkit.metrics.rates import (
        false_discovery_rate_difference as false_discovery_rate_difference,
    )
    from auditkit.metrics.rates import false_discovery_rate_ratio as false_discovery_rate_ratio
    from auditkit.metrics.rates import false_negative_rate as false_negative_rate
    from auditkit.metrics.rates import (
        false_negative_rate_difference as false_negative_rate_difference,
    )
    from auditkit.metrics.rates import false_negative_rate_ratio as false_negative_rate_ratio
    from auditkit.metrics.rates import false_omission_rate as false_omission_rate
    from auditkit.metrics.rates import (
        false_omission_rate_difference as false_omission_rate_difference,
    )
    from auditkit.metrics.rates import false_omission_rate_ratio as false_omission_rate_ratio
    from auditkit.metrics.rates import false_positive_rate as false_positive_rate
    from auditkit.metrics.rates import (
        false_positive_rate_difference as false_positive_rate_difference,
    )
    from auditkit.metrics.rates import false_positive_rate_ratio as false_positive_rate_ratio
    from auditkit.metrics.rates import negative_predictive_value as negative_predictive_value
    from auditkit.metrics.rates import (
        negative_predictive_value_difference as negative_predictive_value_difference,
    )
    from auditkit.metrics.rates import (
        negative_predictive_value_ratio as negative_predictive_value_ratio,
    )
    from auditkit.metrics.rates import positive_predictive_value as positive_predictive_value
    from auditkit.metrics.rates import (
        positive_predictive_value_difference as positive_predictive_value_difference,
    )
    from auditkit.metrics.rates import (
        positive_predictive_value_ratio as positive_predictive_value_ratio,
    )
    from auditkit.metrics.rates import selection_rate as selection_rate
    from auditkit.metrics.rates import selection_rate_difference as selection_rate_difference
    from auditkit.metrics.rates import selection_rate_ratio as selection_rate_ratio
    from auditkit.metrics.rates import true_negative_rate as true_negative_rate
    from auditkit.metrics.rates import (
        true_negative_rate_difference as true_negative_rate_difference,
    )
    from auditkit.metrics.rates import true_negative_rate_ratio as true_negative_rate_ratio
    from auditkit.metrics.rates import true_positive_rate as true_positive_rate
    from auditkit.metrics.rates import (
        true_positive_rate_difference as true_positive_rate_difference,
    )
    from auditkit.metrics.rates import true_positive_rate_ratio as true_positive_rate_ratio
    from auditkit.metrics.regression import independence_ratio as independence_ratio
    from auditkit.metrics.regression import mean_absolute_error as mean_absolute_error
    from auditkit.metrics.regression import (
        mean_absolute_error_difference as mean_absolute_error_difference,
    )
    from auditkit.metrics.regression import mean_absolute_error_ratio as mean_absolute_error_ratio
    from auditkit.metrics.regression import mean_error as mean_error
    from auditkit.metrics.regression import mean_error_difference as mean_error_difference
    from auditkit.metrics.regression import mean_prediction as mean_prediction
    from auditkit.metrics.regression import mean_prediction_difference as mean_prediction_difference
    from auditkit.metrics.regression import mean_prediction_ratio as mean_prediction_ratio
    from auditkit.metrics.regression import mean_squared_error as mean_squared_error
    from auditkit.metrics.regression import (
        mean_squared_error_difference as mean_squared_error_difference,
    )
    from auditkit.metrics.regression import mean_squared_error_ratio as mean_squared_error_ratio
    from auditkit.metrics.regression import prediction_wasserstein as prediction_wasserstein
    from auditkit.metrics.regression import r2 as r2
    from auditkit.metrics.regression import r2_difference as r2_difference
    from auditkit.metrics.regression import regression_by_group as regression_by_group
    from auditkit.metrics.regression import (
        residual_standardized_mean_difference as residual_standardized_mean_difference,
    )
    from auditkit.metrics.regression import root_mean_squared_error as root_mean_squared_error
    from auditkit.metrics.regression import (
        root_mean_squared_error_difference as root_mean_squared_error_difference,
    )
    from auditkit.metrics.regression import (
        root_mean_squared_error_ratio as root_mean_squared_error_ratio,
    )
    from auditkit.metrics.regression import separation_ratio as separation_ratio
    from auditkit.metrics.regression import (
        standardized_mean_difference as standardized_mean_difference,
    )
    from auditkit.metrics.regression import sufficiency_ratio as sufficiency_ratio
    from auditkit.metrics.scores import DeLongTest as DeLongTest
    from auditkit.metrics.scores import ReliabilityBin as ReliabilityBin
    from auditkit.metrics.scores import RocAuc as RocAuc
    from auditkit.metrics.scores import ThresholdRates as ThresholdRates
    from auditkit.metrics.scores import abroca as abroca
    from auditkit.metrics.scores import brier_score as brier_score
    from auditkit.metrics.scores import brier_score_difference as brier_score_difference
    from auditkit.metrics.scores import brier_score_ratio as brier_score_ratio
    from auditkit.metrics.scores import calibration_in_the_large as calibration_in_the_large
    from auditkit.metrics.scores import (
        calibration_in_the_large_difference as calibration_in_the_large_difference,
    )
    from auditkit.metrics.scores import calibration_intercept as calibration_intercept
    from auditkit.metrics.scores import (
        calibration_intercept_difference as calibration_intercept_difference,
    )
    from auditkit.metrics.scores import calibration_slope as calibration_slope
    from auditkit.metrics.scores import calibration_slope_difference as calibration_slope_difference
    from auditkit.metrics.scores import delong_test as delong_test
    from auditkit.metrics.scores import expected_calibration_error as expected_calibration_error
    from auditkit.metrics.scores import (
        expected_calibration_error_difference as expected_calibration_error_difference,
    )
    from auditkit.metrics.scores import (
        expected_calibration_error_ratio as expected_calibration_error_ratio,
    )
    from auditkit.metrics.scores import (
        generalized_false_negative_rate as generalized_false_negative_rate,
    )
    from auditkit.metrics.scores import (
        generalized_false_negative_rate_difference as generalized_false_negative_rate_difference,
    )
    from auditkit.metrics.scores import (
        generalized_false_negative_rate_ratio as generalized_false_negative_rate_ratio,
    )
    from auditkit.metrics.scores import (
        generalized_false_positive_rate as generalized_false_positive_rate,
    )
    from auditkit.metrics.scores import (
        generalized_false_positive_rate_difference as generalized_false_positive_rate_difference,
    )
    from auditkit.metrics.scores import (
        generalized_false_positive_rate_ratio as generalized_false_positive_rate_ratio,
    )
    from auditkit.metrics.scores import (
        generalized_true_negative_rate as generalized_true_negative_rate,
    )
    from auditkit.metrics.scores import (
        generalized_true_positive_rate as generalized_true_positive_rate,
    )
    from auditkit.metrics.scores import integrated_calibration_index as integrated_calibration_index
    from auditkit.metrics.scores import (
        integrated_calibration_index_difference as integrated_calibration_index_difference,
    )
    from auditkit.metrics.scores import (
        integrated_calibration_index_ratio as integrated_calibration_index_ratio,
    )
    from auditkit.metrics.scores import log_loss as log_loss
    from auditkit.metrics.scores import log_loss_difference as log_loss_difference
    from auditkit.metrics.scores import log_loss_ratio as log_loss_ratio
    from auditkit.metrics.scores import rates_at_thresholds as rates_at_thresholds
    from auditkit.metrics.scores import reliability_table as reliability_table
    from auditkit.metrics.scores import roc_auc as roc_auc
    from auditkit.metrics.scores import roc_auc_by_group as roc_auc_by_group
    from auditkit.metrics.scores import roc_auc_difference as roc_auc_difference
    from auditkit.metrics.scores import roc_auc_from_bins as roc_auc_from_bins
    from auditkit.metrics.scores import roc_auc_ratio as roc_auc_ratio
    from auditkit.metrics.scores import score_ks as score_ks
    from auditkit.metrics.scores import score_wasserstein as score_wasserstein
    from auditkit.metrics.scores import scores_by_group as scores_by_group
    from auditkit.metrics.scores.odds import (
        generalized_equalized_odds_difference as generalized_equalized_odds_difference,
    )
    from auditkit.metrics.smoothed import smoothed_base_rate as smoothed_base_rate
    from auditkit.metrics.smoothed import smoothed_selection_rate as smoothed_selection_rate
    from auditkit.metrics.subsets import mdss_bias_score as mdss_bias_score
    from auditkit.metrics.subsets import rich_subgroup as rich_subgroup
    from auditkit.metrics.table import GroupTable as GroupTable
    from auditkit.metrics.table import tabulate_groups as tabulate_groups
    from auditkit.metrics.tallies import confusion_counts as confusion_counts
    from auditkit.metrics.tallies import (
        generalized_confusion_counts as generalized_confusion_counts,
    )
    from auditkit.metrics.testing import segmented_air as segmented_air
    from auditkit.metrics.testing import selection_bayes_factor as selection_bayes_factor
    from auditkit.metrics.testing import selection_homogeneity as selection_homogeneity
    from auditkit.metrics.testing import selection_tests as selection_tests
    from auditkit.metrics.transport import ot_distance as ot_distance

_HOME = {
    "CONVENTIONS": "conventions",
    "ELSEWHERE": "elsewhere",
    "FAMILIES": "listing",
    "METRICS": "declared",
    "ConfusionTensor": "multiclass",
    "Convention": "conventions",
    "DeLongTest": "scores",
    "Declared": "declared",
    "Elsewhere": "elsewhere",
    "Explanation": "explain",
    "GroupTable": "table",
    "Metric": "declared",
    "ReliabilityBin": "scores",
    "RocAuc": "scores",
    "ThresholdRates": "scores",
    "abroca": "scores",
    "accuracy": "rates",
    "accuracy_difference": "rates",
    "accuracy_ratio": "rates",
    "accuracy_score_difference": "extremes",
    "accuracy_score_group_min": "extremes",
    "accuracy_score_ratio": "extremes",
    "air_by_quantile": "impact",
    "answers_to": "elsewhere",
    "atkinson_index": "individual",
    "average_absolute_odds_difference": "gaps",
    "average_odds_difference": "gaps",
    "average_predictive_value_difference": "gaps",
    "balanced_accuracy": "quotients",
    "balanced_accuracy_difference": "quotients",
    "balanced_accuracy_ratio": "quotients",
    "balanced_accuracy_score_group_min": "extremes",
    "base_rate": "rates",
    "base_rate_difference": "rates",
    "base_rate_ratio": "rates",
    "between_group_coefficient_of_variation": "individual",
    "between_group_generalized_entropy_index": "individual",
    "between_group_theil_index": "individual",
    "brier_score": "scores",
    "brier_score_difference": "scores",
    "brier_score_ratio": "scores",
    "by_group": "rates",
    "calibration_in_the_large": "scores",
    "calibration_in_the_large_difference": "scores",
    "calibration_intercept": "scores",
    "calibration_intercept_difference": "scores",
    "calibration_slope": "scores",
    "calibration_slope_difference": "scores",
    "catalogue": "listing",
    "categorical_air": "impact",
    "chebyshev_distance": "labels",
    "class_differences": "multiclass",
    "class_imbalance": "labels",
    "class_ratios": "multiclass",
    "coefficient_of_variation": "individual",
    "conditional_acceptance": "quotients",
    "conditional_acceptance_difference": "gaps",
    "conditional_demographic_disparity": "labels",
    "conditional_rejection": "quotients",
    "conditional_rejection_difference": "gaps",
    "confusion_counts": "tallies",
    "confusion_tensor": "multiclass",
    "consistency": "individual",
    "count": "rates",
    "delong_test": "scores",
    "demographic_disparity": "labels",
    "demographic_parity_difference": "rates",
    "demographic_parity_ratio": "rates",
    "differential_fairness_bias_amplification": "gaps",
    "discounted_cumulative_gain": "feasibility",
    "earth_movers_distance": "labels",
    "equal_opportunity_difference": "rates",
    "equal_opportunity_ratio": "rates",
    "equalized_odds_difference": "rates",
    "equalized_odds_ratio": "rates",
    "error_rate": "quotients",
    "error_rate_difference": "gaps",
    "error_rate_ratio": "gaps",
    "expected_calibration_error": "scores",
    "expected_calibration_error_difference": "scores",
    "expected_calibration_error_ratio": "scores",
    "explain_difference": "explain",
    "exposure": "ranking",
    "exposure_difference": "ranking",
    "exposure_ratio": "ranking",
    "f1": "quotients",
    "f1_difference": "quotients",
    "f1_ratio": "quotients",
    "f1_score_group_min": "extremes",
    "false_discovery_rate": "rates",
    "false_discovery_rate_difference": "rates",
    "false_discovery_rate_ratio": "rates",
    "false_negative_rate": "rates",
    "false_negative_rate_difference": "rates",
    "false_negative_rate_ratio": "rates",
    "false_omission_rate": "rates",
    "false_omission_rate_difference": "rates",
    "false_omission_rate_ratio": "rates",
    "false_positive_rate": "rates",
    "false_positive_rate_difference": "rates",
    "false_positive_rate_ratio": "rates",
    "flip_rate": "individual",
    "flip_test": "individual",
    "generalized_confusion_counts": "tallies",
    "generalized_entropy_index": "individual",
    "generalized_equalized_odds_difference": "scores.odds",
    "generalized_false_negative_rate": "scores",
    "generalized_false_negative_rate_difference": "scores",
    "generalized_false_negative_rate_ratio": "scores",
    "generalized_false_positive_rate": "scores",
    "generalized_false_positive_rate_difference": "scores",
    "generalized_false_positive_rate_ratio": "scores",
    "generalized_true_negative_rate": "scores",
    "generalized_true_positive_rate": "scores",
    "group_share_evenness": "labels",
    "group_share_imbalance": "labels",
    "hellinger_distance": "labels",
    "independence_ratio": "regression",
    "infeasible_index": "feasibility",
    "integrated_calibration_index": "scores",
    "integrated_calibration_index_difference": "scores",
    "integrated_calibration_index_ratio": "scores",
    "jensen_shannon_divergence": "labels",
    "kl_divergence": "labels",
    "kolmogorov_smirnov": "labels",
    "label_proportion_difference": "labels",
    "log_loss": "scores",
    "log_loss_difference": "scores",
    "log_loss_group_max": "extremes",
    "log_loss_ratio": "scores",
    "lp_norm": "labels",
    "make_fairness_scorer": "interop",
    "max_skew_at_k": "ranking",
    "mdss_bias_score": "subsets",
    "mean_absolute_error": "regression",
    "mean_absolute_error_difference": "regression",
    "mean_absolute_error_group_max": "extremes",
    "mean_absolute_error_ratio": "regression",
    "mean_error": "regression",
    "mean_error_difference": "regression",
    "mean_prediction": "regression",
    "mean_prediction_difference": "regression",
    "mean_prediction_ratio": "regression",
    "mean_squared_error": "regression",
    "mean_squared_error_difference": "regression",
    "mean_squared_error_group_max": "extremes",
    "mean_squared_error_ratio": "regression",
    "metric_frame": "interop",
    "min_skew_at_k": "ranking",
    "multiclass_difference": "multiclass",
    "multiclass_rates": "multiclass",
    "multiclass_ratio": "multiclass",
    "mutual_information": "dependence",
    "ndkl": "ranking",
    "negative_predictive_value": "rates",
    "negative_predictive_value_difference": "rates",
    "negative_predictive_value_ratio": "rates",
    "odds_ratio": "gaps",
    "one_vs_rest": "each",
    "ot_distance": "transport",
    "parity_loss": "gaps",
    "positive_predictive_value": "rates",
    "positive_predictive_value_difference": "rates",
    "positive_predictive_value_ratio": "rates",
    "precision_score_group_min": "extremes",
    "prediction_wasserstein": "regression",
    "predictive_parity_difference": "gaps",
    "predictive_parity_ratio": "gaps",
    "r2": "regression",
    "r2_difference": "regression",
    "r2_score_group_min": "extremes",
    "rates_at_thresholds": "scores",
    "ratios_by_group": "impact",
    "recall_score_group_min": "extremes",
    "regression_by_group": "regression",
    "reliability_table": "scores",
    "residual_standardized_mean_difference": "regression",
    "rich_subgroup": "subsets",
    "roc_auc": "scores",
    "roc_auc_by_group": "scores",
    "roc_auc_difference": "scores",
    "roc_auc_from_bins": "scores",
    "roc_auc_ratio": "scores",
    "roc_auc_score_group_min": "extremes",
    "root_mean_squared_error": "regression",
    "root_mean_squared_error_difference": "regression",
    "root_mean_squared_error_ratio": "regression",
    "sample_distortion": "distortion",
    "sample_distortion_difference": "distortion",
    "sample_distortion_ratio": "distortion",
    "score_anova": "dependence",
    "score_ks": "scores",
    "score_wasserstein": "scores",
    "scores_by_group": "scores",
    "scoring_impact_ratio": "impact",
    "segmented_air": "testing",
    "selected_share_ratio": "gaps",
    "selection_bayes_factor": "testing",
    "selection_homogeneity": "testing",
    "selection_impact_ratio": "impact",
    "selection_rate": "rates",
    "selection_rate_difference": "rates",
    "selection_rate_ratio": "rates",
    "selection_shortfall": "gaps",
    "selection_tests": "testing",
    "separation_ratio": "regression",
    "skew_at_k": "ranking",
    "smoothed_base_rate": "smoothed",
    "smoothed_empirical_differential_fairness": "gaps",
    "smoothed_selection_rate": "smoothed",
    "standardized_mean_difference": "regression",
    "sufficiency_ratio": "regression",
    "tabulate_groups": "table",
    "theil_index": "individual",
    "top_k_selection": "ranking",
    "top_k_selection_ratio": "ranking",
    "top_percent_selection": "ranking",
    "top_percent_selection_ratio": "ranking",
    "total_variation_distance": "labels",
    "treatment_equality_difference": "gaps",
    "treatment_equality_ratio": "gaps",
    "true_negative_rate": "rates",
    "true_negative_rate_difference": "rates",
    "true_negative_rate_ratio": "rates",
    "true_positive_rate": "rates",
    "true_positive_rate_difference": "rates",
    "true_positive_rate_ratio": "rates",
    "within_group_generalized_entropy_index": "individual",
    "within_group_theil_index": "individual",
    "zero_one_loss_difference": "quotients",
    "zero_one_loss_group_max": "extremes",
    "zero_one_loss_ratio": "quotients",
}

__all__ = [
    "CONVENTIONS",
    "ELSEWHERE",
    "FAMILIES",
    "METRICS",
    "ConfusionTensor",
    "Convention",
    "DeLongTest",
    "Declared",
    "Elsewhere",
    "Explanation",
    "GroupTable",
    "Metric",
    "ReliabilityBin",
    "RocAuc",
    "ThresholdRates",
    "abroca",
    "accuracy",
    "accuracy_difference",
    "accuracy_ratio",
    "accuracy_score_difference",
    "accuracy_score_group_min",
    "accuracy_score_ratio",
    "air_by_quantile",
    "answers_to",
    "atkinson_index",
    "average_absolute_odds_difference",
    "average_odds_difference",
    "average_predictive_value_difference",
    "balanced_accuracy",
    "balanced_accuracy_difference",
    "balanced_accuracy_ratio",
    "balanced_accuracy_score_group_min",
    "base_rate",
    "base_rate_difference",
    "base_rate_ratio",
    "between_group_coefficient_of_variation",
    "between_group_generalized_entropy_index",
    "between_group_theil_index",
    "brier_score",
    "brier_score_difference",
    "brier_score_ratio",
    "by_group",
    "calibration_in_the_large",
    "calibration_in_the_large_difference",
    "calibration_intercept",
    "calibration_intercept_difference",
    "calibration_slope",
    "calibration_slope_difference",
    "catalogue",
    "categorical_air",
    "chebyshev_distance",
    "class_differences",
    "class_imbalance",
    "class_ratios",
    "coefficient_of_variation",
    "conditional_acceptance",
    "conditional_acceptance_difference",
    "conditional_demographic_disparity",
    "conditional_rejection",
    "conditional_rejection_difference",
    "confusion_counts",
    "confusion_tensor",
    "consistency",
    "count",
    "delong_test",
    "demographic_disparity",
    "demographic_parity_difference",
    "demographic_parity_ratio",
    "differential_fairness_bias_amplification",
    "discounted_cumulative_gain",
    "earth_movers_distance",
    "equal_opportunity_difference",
    "equal_opportunity_ratio",
    "equalized_odds_difference",
    "equalized_odds_ratio",
    "error_rate",
    "error_rate_difference",
    "error_rate_ratio",
    "expected_calibration_error",
    "expected_calibration_error_difference",
    "expected_calibration_error_ratio",
    "explain_difference",
    "exposure",
    "exposure_difference",
    "exposure_ratio",
    "f1",
    "f1_difference",
    "f1_ratio",
    "f1_score_group_min",
    "false_discovery_rate",
    "false_discovery_rate_difference",
    "false_discovery_rate_ratio",
    "false_negative_rate",
    "false_negative_rate_difference",
    "false_negative_rate_ratio",
    "false_omission_rate",
    "false_omission_rate_difference",
    "false_omission_rate_ratio",
    "false_positive_rate",
    "false_positive_rate_difference",
    "false_positive_rate_ratio",
    "flip_rate",
    "flip_test",
    "generalized_confusion_counts",
    "generalized_entropy_index",
    "generalized_equalized_odds_difference",
    "generalized_false_negative_rate",
    "generalized_false_negative_rate_difference",
    "generalized_false_negative_rate_ratio",
    "generalized_false_positive_rate",
    "generalized_false_positive_rate_difference",
    "generalized_false_positive_rate_ratio",
    "generalized_true_negative_rate",
    "generalized_true_positive_rate",
    "group_share_evenness",
    "group_share_imbalance",
    "hellinger_distance",
    "independence_ratio",
    "infeasible_index",
    "integrated_calibration_index",
    "integrated_calibration_index_difference",
    "integrated_calibration_index_ratio",
    "jensen_shannon_divergence",
    "kl_divergence",
    "kolmogorov_smirnov",
    "label_proportion_difference",
    "log_loss",
    "log_loss_difference",
    "log_loss_group_max",
    "log_loss_ratio",
    "lp_norm",
    "make_fairness_scorer",
    "max_skew_at_k",
    "mdss_bias_score",
    "mean_absolute_error",
    "mean_absolute_error_difference",
    "mean_absolute_error_group_max",
    "mean_absolute_error_ratio",
    "mean_error",
    "mean_error_difference",
    "mean_prediction",
    "mean_prediction_difference",
    "mean_prediction_ratio",
    "mean_squared_error",
    "mean_squared_error_difference",
    "mean_squared_error_group_max",
    "mean_squared_error_ratio",
    "metric_frame",
    "min_skew_at_k",
    "multiclass_difference",
    "multiclass_rates",
    "multiclass_ratio",
    "mutual_information",
    "ndkl",
    "negative_predictive_value",
    "negative_predictive_value_difference",
    "negative_predictive_value_ratio",
    "odds_ratio",
    "one_vs_rest",
    "ot_distance",
    "parity_loss",
    "positive_predictive_value",
    "positive_predictive_value_difference",
    "positive_predictive_value_ratio",
    "precision_score_group_min",
    "prediction_wasserstein",
    "predictive_parity_difference",
    "predictive_parity_ratio",
    "r2",
    "r2_difference",
    "r2_score_group_min",
    "rates_at_thresholds",
    "ratios_by_group",
    "recall_score_group_min",
    "regression_by_group",
    "reliability_table",
    "residual_standardized_mean_difference",
    "rich_subgroup",
    "roc_auc",
    "roc_auc_by_group",
    "roc_auc_difference",
    "roc_auc_from_bins",
    "roc_auc_ratio",
    "roc_auc_score_group_min",
    "root_mean_squared_error",
    "root_mean_squared_error_difference",
    "root_mean_squared_error_ratio",
    "sample_distortion",
    "sample_distortion_difference",
    "sample_distortion_ratio",
    "score_anova",
    "score_ks",
    "score_wasserstein",
    "scores_by_group",
    "scoring_impact_ratio",
    "segmented_air",
    "selected_share_ratio",
    "selection_bayes_factor",
    "selection_homogeneity",
    "selection_impact_ratio",
    "selection_rate",
    "selection_rate_difference",
    "selection_rate_ratio",
    "selection_shortfall",
    "selection_tests",
    "separation_ratio",
    "skew_at_k",
    "smoothed_base_rate",
    "smoothed_empirical_differential_fairness",
    "smoothed_selection_rate",
    "standardized_mean_difference",
    "sufficiency_ratio",
    "tabulate_groups",
    "theil_index",
    "top_k_selection",
    "top_k_selection_ratio",
    "top_percent_selection",
    "top_percent_selection_ratio",
    "total_variation_distance",
    "treatment_equality_difference",
    "treatment_equality_ratio",
    "true_negative_rate",
    "true_negative_rate_difference",
    "true_negative_rate_ratio",
    "true_positive_rate",
    "true_positive_rate_difference",
    "true_positive_rate_ratio",
    "within_group_generalized_entropy_index",
    "within_group_theil_index",
    "zero_one_loss_difference",
    "zero_one_loss_group_max",
    "zero_one_loss_ratio",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for; make the functions of a new row."""
    home = _HOME.get(name)
    if home is not None:
        return getattr(importlib.import_module(f"auditkit.metrics.{home}"), name)
    if not name.startswith("_"):
        from auditkit.metrics.made import made_from_row

        made = made_from_row(name)
        if made is not None:
            return made
        if name.endswith(("_group_min", "_group_max")):
            from auditkit.metrics.extremes import extreme_from_row

            extreme = extreme_from_row(name)
            if extreme is not None:
                return extreme
    raise AttributeError(f"module 'auditkit.metrics' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
