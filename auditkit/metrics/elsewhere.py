"""Names of other libraries, and what answers to them here.

A line a name: the name there, the names in :mod:`auditkit.metrics`, and how to ask or how the two
differ. ``docs/conventions.md`` prints the lines, ``auditkit metrics NAME`` finds them.

Examples
--------
>>> [(row.library, row.here) for row in answers_to("disparate_impact")]
[('aif360', ('base_rate_ratio', 'selection_rate_ratio'))]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["ELSEWHERE", "LIBRARIES", "Elsewhere", "answers_to"]


@dataclass(frozen=True)
class Elsewhere:
    """A name of another library.

    Attributes
    ----------
    library, name : str
        Whose, and what it is called there.
    here : tuple of str
        Names in :mod:`auditkit.metrics`; empty where we have no answer, on purpose.
    note : str
        How to ask, how the numbers differ, or why there is none.
    """

    library: str
    name: str
    here: tuple[str, ...]
    note: str


LIBRARIES: Mapping[str, str] = MappingProxyType(
    {
        "fairlearn": "fairlearn 0.15",
        "aif360": "AIF360 0.6.1",
        "aequitas": "Aequitas 1.1",
        "clarify": "SageMaker Clarify (smclarify 0.5)",
        "solas": "SolasAI disparity 0.6",
        "audit-ai": "audit-AI 0.1.1",
        "dalex": "dalex 1.8 fairness",
    }
)
"""Library → its title; the conventions of five of them are in ``CONVENTIONS``."""

_SAME = """
    count selection_rate mean_prediction true_positive_rate true_negative_rate
    false_positive_rate false_negative_rate demographic_parity_difference demographic_parity_ratio
    equal_opportunity_difference equal_opportunity_ratio equalized_odds_difference
    equalized_odds_ratio true_positive_rate_difference true_positive_rate_ratio
    true_negative_rate_difference true_negative_rate_ratio false_positive_rate_difference
    false_positive_rate_ratio false_negative_rate_difference false_negative_rate_ratio
    selection_rate_difference selection_rate_ratio accuracy_score_difference accuracy_score_ratio
    accuracy_score_group_min zero_one_loss_difference zero_one_loss_ratio zero_one_loss_group_max
    balanced_accuracy_score_group_min precision_score_group_min recall_score_group_min
    roc_auc_score_group_min r2_score_group_min f1_score_group_min mean_absolute_error_group_max
    mean_squared_error_group_max log_loss_group_max
"""
_FAIRLEARN = """
MetricFrame | metric_frame, by_group | any callable; `by_group` for rates, without it
control_features | metric_frame, conditional_demographic_disparity | an option of `metric_frame`
plot_roc_curve_by_group | rates_at_thresholds, roc_auc_by_group | the numbers of the curves, no plot
"""
_AIF360 = """
num_positives | confusion_counts | `positives`
num_negatives | confusion_counts | `negatives`
num_true_positives | confusion_counts | and the other three cells
num_pred_positives | confusion_counts | `selected`; `not_selected` for the negatives
num_generalized_true_positives | generalized_confusion_counts | and the other three cells
base_rate | base_rate |
selection_rate | selection_rate |
disparate_impact | base_rate_ratio, selection_rate_ratio | of labels, of decisions
statistical_parity_difference | base_rate_difference, selection_rate_difference | of either
mean_difference | base_rate_difference |
consistency | consistency |
smoothed_empirical_differential_fairness | smoothed_empirical_differential_fairness |
rich_subgroup | rich_subgroup | text columns become 0 and 1 here
true_positive_rate | true_positive_rate |
false_positive_rate | false_positive_rate |
false_negative_rate | false_negative_rate |
true_negative_rate | true_negative_rate |
generalized_true_positive_rate | generalized_true_positive_rate |
generalized_false_positive_rate | generalized_false_positive_rate |
generalized_false_negative_rate | generalized_false_negative_rate |
generalized_true_negative_rate | generalized_true_negative_rate |
positive_predictive_value | positive_predictive_value |
false_discovery_rate | false_discovery_rate |
false_omission_rate | false_omission_rate |
negative_predictive_value | negative_predictive_value |
accuracy | accuracy |
error_rate | error_rate |
true_positive_rate_difference | true_positive_rate_difference |
false_positive_rate_difference | false_positive_rate_difference |
false_negative_rate_difference | false_negative_rate_difference |
false_omission_rate_difference | false_omission_rate_difference |
false_discovery_rate_difference | false_discovery_rate_difference |
error_rate_difference | error_rate_difference |
false_positive_rate_ratio | false_positive_rate_ratio |
false_negative_rate_ratio | false_negative_rate_ratio |
false_omission_rate_ratio | false_omission_rate_ratio |
false_discovery_rate_ratio | false_discovery_rate_ratio |
error_rate_ratio | error_rate_ratio |
average_odds_difference | average_odds_difference |
average_abs_odds_difference | average_absolute_odds_difference |
average_predictive_value_difference | average_predictive_value_difference |
equalized_odds_difference | equalized_odds_difference | a NaN gap of the positives vanishes there
generalized_equalized_odds_difference | generalized_equalized_odds_difference | the same
equal_opportunity_difference | equal_opportunity_difference |
generalized_entropy_index | generalized_entropy_index | one more mean at alpha 0: `convention=`
theil_index | theil_index |
coefficient_of_variation | coefficient_of_variation |
between_group_generalized_entropy_index | between_group_generalized_entropy_index | two groups
between_group_theil_index | between_group_theil_index | pass a column of two values
between_group_coefficient_of_variation | between_group_coefficient_of_variation | the same
between_all_groups_generalized_entropy_index | between_group_generalized_entropy_index |
between_all_groups_theil_index | between_group_theil_index |
between_all_groups_coefficient_of_variation | between_group_coefficient_of_variation |
differential_fairness_bias_amplification | differential_fairness_bias_amplification |
infeasible_index | infeasible_index | counts groups and not parts there: `convention="aif360"`
discounted_cum_gain | discounted_cumulative_gain |
total_euclidean_distance | sample_distortion | `agg="total"`
average_euclidean_distance | sample_distortion | the default
maximum_euclidean_distance | sample_distortion | `agg="maximum"`
total_manhattan_distance | sample_distortion | `distance="manhattan"`, `agg="total"`
average_manhattan_distance | sample_distortion | `distance="manhattan"`
maximum_manhattan_distance | sample_distortion | `distance="manhattan"`, `agg="maximum"`
total_mahalanobis_distance | sample_distortion | `distance="mahalanobis"`, `agg="total"`
average_mahalanobis_distance | sample_distortion | `distance="mahalanobis"`
maximum_mahalanobis_distance | sample_distortion | `distance="mahalanobis"`, `agg="maximum"`
mean_euclidean_distance_difference | sample_distortion_difference | fails when called there
mean_manhattan_distance_difference | sample_distortion_difference | the same
mean_mahalanobis_distance_difference | sample_distortion_difference | the same
mean_euclidean_distance_ratio | sample_distortion_ratio | the same
mean_manhattan_distance_ratio | sample_distortion_ratio | the same
mean_mahalanobis_distance_ratio | sample_distortion_ratio | the same
score_groups | mdss_bias_score | the subset is a mask here
ot_distance | ot_distance | scores are places and masses there: `convention="aif360"`
difference | one_vs_rest, make_fairness_scorer | each metric has a `..._difference`
ratio | one_vs_rest, make_fairness_scorer | each metric has a `..._ratio`
intersection | by_group, metric_frame | several columns are crossed in every function
one_vs_rest | one_vs_rest |
make_scorer | make_fairness_scorer |
specificity_score | true_negative_rate | 0/0 is 0 there
false_omission_rate_error | false_omission_rate | 0/0 is 0 there
smoothed_base_rate | smoothed_base_rate |
smoothed_selection_rate | smoothed_selection_rate |
generalized_fpr | generalized_false_positive_rate |
generalized_fnr | generalized_false_negative_rate |
average_odds_error | average_absolute_odds_difference |
class_imbalance | class_imbalance | the opposite sign: `convention="aif360"`
kl_divergence | kl_divergence | infinite where undefined here: `convention="aif360"`
conditional_demographic_disparity | demographic_disparity, conditional_demographic_disparity | \
no stratum there: `demographic_disparity(convention="aif360")`
smoothed_edf | smoothed_empirical_differential_fairness |
df_bias_amplification | differential_fairness_bias_amplification |
mdss_bias_score | mdss_bias_score | found within 0.001 and rounded there: `convention="aif360"`
generalized_entropy_error | generalized_entropy_index |
between_group_generalized_entropy_error | between_group_generalized_entropy_index |
consistency_score | consistency |
"""
_AEQUITAS = """
accuracy | accuracy |
tpr | true_positive_rate |
tnr | true_negative_rate |
fpr | false_positive_rate |
fnr | false_negative_rate |
precision | positive_predictive_value |
npv | negative_predictive_value |
fdr | false_discovery_rate |
for | false_omission_rate |
pp | confusion_counts | `selected`
pn | confusion_counts | `not_selected`
ppr | selected_share_ratio, confusion_counts | a group's share of all the selected
pprev | selection_rate |
prev | base_rate |
k | confusion_counts | `selected`, without sensitive features
tpr_disparity | ratios_by_group, true_positive_rate_ratio | and so for each rate
ppr_disparity | selected_share_ratio |
predefined | ratios_by_group | `reference=`
major | ratios_by_group | `choose="largest"`
min_metric | ratios_by_group | `choose="lowest"`
Statistical Parity | selected_share_ratio, ratios_by_group | grows with the group: not our parity
Impact Parity | demographic_parity_ratio, ratios_by_group | statistical parity elsewhere
FDR Parity | false_discovery_rate_ratio, ratios_by_group | the ratio and its side of a line
FPR Parity | false_positive_rate_ratio, ratios_by_group | the same
FOR Parity | false_omission_rate_ratio, ratios_by_group | the same
FNR Parity | false_negative_rate_ratio, ratios_by_group | the same
TPR Parity | true_positive_rate_ratio, ratios_by_group | the same
TNR Parity | true_negative_rate_ratio, ratios_by_group | the same
NPV Parity | negative_predictive_value_ratio, ratios_by_group | the same
Precision Parity | positive_predictive_value_ratio, ratios_by_group | the same
TypeI Parity | ratios_by_group | FDR and FPR; two ratios, no joint flag
TypeII Parity | ratios_by_group | FOR and FNR; two ratios, no joint flag
Equalized Odds | equalized_odds_ratio, ratios_by_group | TPR and FPR; no joint flag
Supervised Fairness | ratios_by_group | refused as a verdict: read the ratios
Unsupervised Fairness | ratios_by_group | refused as a verdict: read the ratios
Overall Fairness | ratios_by_group | refused as a verdict: read the ratios
"""
_CLARIFY = """
CI | class_imbalance |
DPL | label_proportion_difference |
KL | kl_divergence |
JS | jensen_shannon_divergence |
LP | lp_norm |
TVD | total_variation_distance |
KS | chebyshev_distance | not the statistic of that name: `kolmogorov_smirnov`
CDDL | conditional_demographic_disparity |
DPPL | demographic_parity_difference |
DI | demographic_parity_ratio |
DCA | conditional_acceptance_difference |
DCR | conditional_rejection_difference |
RD | true_positive_rate_difference |
SD | true_negative_rate_difference |
DAR | positive_predictive_value_difference |
DRR | negative_predictive_value_difference |
AD | accuracy_difference |
CDDPL | conditional_demographic_disparity | of the decisions
TE | treatment_equality_difference |
FT | flip_test |
GE | generalized_entropy_index | alpha 2
accuracy | accuracy |
PPL | selection_rate |
PNL | selection_rate | one minus it
recall | true_positive_rate |
specificity | true_negative_rate |
precision | positive_predictive_value |
rejection_rate | negative_predictive_value |
conditional_acceptance | conditional_acceptance |
conditional_rejection | conditional_rejection |
f1_score | f1 |
confusion_matrix | confusion_counts | shares there
multicategory_confusion_matrix | confusion_tensor |
"""
_SOLAS = """
adverse_impact_ratio | demographic_parity_ratio, selection_impact_ratio | with `reference=`
air_by_quantile | air_by_quantile |
categorical_air | categorical_air |
segmented_air | segmented_air | CMH, Breslow-Day and Benjamini-Hochberg
intersectional_air | selection_impact_ratio | several sensitive features are crossed
odds_ratio | odds_ratio |
relative_rate | selection_rate_ratio | of the outcome that is asked for
standardized_mean_difference | standardized_mean_difference | \
`denominator="population"`, `scale=100`
residual_smd | residual_standardized_mean_difference | the same
wasserstein | prediction_wasserstein, score_wasserstein |
selection_impact_ratio | selection_impact_ratio |
scoring_impact_ratio | scoring_impact_ratio |
TPR | true_positive_rate_ratio |
TNR | true_negative_rate_ratio |
FNR | false_negative_rate_ratio |
FPR | false_positive_rate_ratio |
precision | positive_predictive_value_ratio |
FDR | false_discovery_rate_ratio |
custom_disparity_metric | metric_frame, one_vs_rest |
demographic_estimation | | not a metric: guesses a group from names and places; bring groups
minority_estimation | | the same
"""
_AUDIT_AI = """
min proportion | demographic_parity_ratio | lowest / highest pass rate
z test | selection_tests | of every group, not of top and bottom
Fisher exact | selection_tests |
chi-square | selection_homogeneity | all groups; without Yates' correction
Bayes factor | selection_bayes_factor | against independence; its docstring there says for
ANOVA | score_anova |
odds ratio | odds_ratio | of the pass odds
CMH | segmented_air | without continuity correction, in the row of all segments
Breslow-Day | segmented_air | with Tarone's correction here
beta posterior ratio | selection_tests | `median`, `low`, `high`: by quadrature, not drawn
mutual information | mutual_information | numbers are binned by the caller
thresholds | rates_at_thresholds | 100 of them there
"""
_DALEX = """
TPR | true_positive_rate_ratio |
TNR | true_negative_rate_ratio |
PPV | positive_predictive_value_ratio |
NPV | negative_predictive_value_ratio |
FNR | false_negative_rate_ratio |
FPR | false_positive_rate_ratio |
FDR | false_discovery_rate_ratio |
FOR | false_omission_rate_ratio |
ACC | accuracy_ratio |
STP | selection_rate_ratio |
parity_loss | parity_loss |
fairness_check | ratios_by_group | ratios and their side of a line; refused as a verdict
independence | independence_ratio |
separation | separation_ratio |
sufficiency | sufficiency_ratio |
mae | mean_absolute_error_ratio |
rmse | root_mean_squared_error_ratio |
mean_prediction | mean_prediction_ratio |
mean_error | mean_error_difference | over all rows there, which shrinks small groups
"""


def _lines(library: str, text: str) -> Iterator[Elsewhere]:
    for line in text.strip().splitlines():
        name, here, note = (part.strip() for part in line.split("|"))
        names = tuple(part.strip() for part in here.split(",") if part.strip())
        yield Elsewhere(library, name, names, note)


ELSEWHERE: tuple[Elsewhere, ...] = (
    *(Elsewhere("fairlearn", name, (name,), "") for name in _SAME.split()),
    *_lines("fairlearn", _FAIRLEARN),
    *_lines("aif360", _AIF360),
    *_lines("aequitas", _AEQUITAS),
    *_lines("clarify", _CLARIFY),
    *_lines("solas", _SOLAS),
    *_lines("audit-ai", _AUDIT_AI),
    *_lines("dalex", _DALEX),
)
"""Every name, by library, in the order of its documentation."""


def answers_to(name: str) -> list[Elsewhere]:
    """Return what answers to a name of other libraries, whatever its case.

    Parameters
    ----------
    name : str
        The name there, such as ``"DPPL"`` or ``"disparate_impact"``.

    Returns
    -------
    list of Elsewhere
        One a library that has the name; empty where none has.

    Examples
    --------
    >>> answers_to("cddl")[0].here
    ('conditional_demographic_disparity',)
    >>> answers_to("nothing")
    []
    """
    wanted = " ".join(name.casefold().replace("_", " ").split())
    return [row for row in ELSEWHERE if row.name.casefold().replace("_", " ") == wanted]
