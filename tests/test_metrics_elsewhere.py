"""Every metric name of seven libraries answers here, and the page of conventions says how.

The lists below are typed from the libraries (their documentation, and their source where they
have it), not taken from the table that is tested.
"""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import fairlearn.metrics as fm
import pytest

from auditkit import metrics as am
from auditkit.metrics.counterparts import ALIASES, COUNTERPARTS
from auditkit.metrics.elsewhere import ELSEWHERE, LIBRARIES, answers_to

PAGE = (Path(__file__).parents[1] / "docs" / "conventions.md").read_text("utf-8")

RATES = ("true_positive_rate", "true_negative_rate", "false_positive_rate", "false_negative_rate",
         "selection_rate")  # fmt: skip
GAPS = ("difference", "ratio")
DISTANCES = ("euclidean", "manhattan", "mahalanobis")

FIELD: dict[str, set[str]] = {
    "fairlearn": {
        "count", "mean_prediction", *RATES,
        *(f"{name}_{gap}" for gap in GAPS for name in (
            *RATES, "demographic_parity", "equal_opportunity", "equalized_odds", "accuracy_score",
            "zero_one_loss",
        )),
        "accuracy_score_group_min", "zero_one_loss_group_max",
        *(f"{name}_score_group_min" for name in (
            "balanced_accuracy", "precision", "recall", "roc_auc", "r2", "f1",
        )),
        *(f"{name}_group_max" for name in (
            "mean_absolute_error", "mean_squared_error", "log_loss",
        )),
        "MetricFrame", "control_features", "plot_roc_curve_by_group",
    },
    "aif360": {
        # BinaryLabelDatasetMetric
        "num_positives", "num_negatives", "base_rate", "disparate_impact",
        "statistical_parity_difference", "mean_difference", "consistency",
        "smoothed_empirical_differential_fairness", "rich_subgroup",
        # ClassificationMetric
        "num_true_positives", "num_generalized_true_positives", "selection_rate",
        *RATES[:4], *(f"generalized_{rate}" for rate in RATES[:4]),
        "positive_predictive_value", "false_discovery_rate", "false_omission_rate",
        "negative_predictive_value", "accuracy", "error_rate",
        *(f"{rate}_difference" for rate in (
            "true_positive_rate", "false_positive_rate", "false_negative_rate",
            "false_omission_rate", "false_discovery_rate", "error_rate",
        )),
        *(f"{rate}_ratio" for rate in (
            "false_positive_rate", "false_negative_rate", "false_omission_rate",
            "false_discovery_rate", "error_rate",
        )),
        "average_odds_difference", "average_abs_odds_difference",
        "average_predictive_value_difference", "equalized_odds_difference",
        "generalized_equalized_odds_difference", "equal_opportunity_difference",
        "generalized_entropy_index", "theil_index", "coefficient_of_variation",
        *(f"between_{which}_{name}" for which in ("group", "all_groups") for name in (
            "generalized_entropy_index", "theil_index", "coefficient_of_variation",
        )),
        "differential_fairness_bias_amplification",
        # RegressionDatasetMetric, SampleDistortionMetric, MDSSClassificationMetric, ot_metric
        "infeasible_index", "discounted_cum_gain",
        *(f"{agg}_{d}_distance" for agg in ("total", "average", "maximum") for d in DISTANCES),
        *(f"mean_{d}_distance_{gap}" for gap in GAPS for d in DISTANCES),
        "score_groups", "ot_distance",
        # aif360.sklearn.metrics
        "difference", "ratio", "intersection", "one_vs_rest", "make_scorer", "specificity_score",
        "false_omission_rate_error", "smoothed_base_rate", "smoothed_selection_rate",
        "generalized_fpr", "generalized_fnr", "average_odds_error", "class_imbalance",
        "kl_divergence", "conditional_demographic_disparity", "smoothed_edf",
        "df_bias_amplification", "mdss_bias_score", "generalized_entropy_error",
        "between_group_generalized_entropy_error", "consistency_score",
    },
    "aequitas": {
        "accuracy", "tpr", "tnr", "fpr", "fnr", "precision", "npv", "fdr", "for", "pp", "pn",
        "ppr", "pprev", "prev", "k", "predefined", "major", "min_metric",
        *(f"{name} Parity" for name in (
            "Statistical", "Impact", "FDR", "FPR", "FOR", "FNR", "TPR", "TNR", "NPV", "Precision",
            "TypeI", "TypeII",
        )),
        "Equalized Odds", "Supervised Fairness", "Unsupervised Fairness", "Overall Fairness",
    },
    "clarify": {
        "CI", "DPL", "KL", "JS", "LP", "TVD", "KS", "CDDL",
        "DPPL", "DI", "DCA", "DCR", "RD", "SD", "DAR", "DRR", "AD", "CDDPL", "TE", "FT", "GE",
        "accuracy", "PPL", "PNL", "recall", "specificity", "precision", "rejection_rate",
        "conditional_acceptance", "conditional_rejection", "f1_score", "confusion_matrix",
    },
    "solas": {
        "adverse_impact_ratio", "air_by_quantile", "categorical_air", "segmented_air",
        "intersectional_air", "odds_ratio", "relative_rate", "standardized_mean_difference",
        "residual_smd", "wasserstein", "selection_impact_ratio", "scoring_impact_ratio",
        "TPR", "TNR", "FPR", "FNR", "precision", "FDR", "custom_disparity_metric",
        "demographic_estimation", "minority_estimation",
    },
    "audit-ai": {
        "min proportion", "z test", "Fisher exact", "chi-square", "Bayes factor", "ANOVA",
        "odds ratio", "CMH", "Breslow-Day", "beta posterior ratio", "mutual information",
        "thresholds",
    },
    "dalex": {
        "TPR", "TNR", "PPV", "NPV", "FNR", "FPR", "FDR", "FOR", "ACC", "STP", "parity_loss",
        "fairness_check", "independence", "separation", "sufficiency", "mae", "rmse",
        "mean_prediction", "mean_error",
    },
}  # fmt: skip
"""Library → the names that it offers."""

REFUSED = {("solas", "demographic_estimation"), ("solas", "minority_estimation")}


@pytest.mark.parametrize("library", FIELD)
def test_no_name_is_missing(library):
    ours = {row.name for row in ELSEWHERE if row.library == library}
    assert FIELD[library] - ours == set()


def test_the_lists_know_what_fairlearn_has():
    """All of fairlearn's public metrics but the makers and plots, which are no metrics."""
    theirs = {
        name for name in fm.__all__ if name[0].islower() and not name.startswith(("make_", "plot_"))
    }
    assert theirs - FIELD["fairlearn"] == set()


@pytest.mark.parametrize("row", ELSEWHERE, ids=lambda row: f"{row.library}:{row.name}")
def test_every_name_resolves(row):
    assert row.library in LIBRARIES
    assert ((row.library, row.name) in REFUSED) == (row.here == ())
    assert row.here or row.note
    for name in row.here:
        assert name in am.__all__
        assert inspect.isfunction(getattr(am, name)), name
    for name in re.findall(r"`(\w+)`$|`(\w+)\(", row.note):  # a function that a note names
        called = next(filter(None, name))
        assert hasattr(am, called) or called in _COUNTS, called


_COUNTS = {"positives", "negatives", "selected", "not_selected"}


def test_every_name_stands_once_for_each_library():
    names = [(row.library, row.name) for row in ELSEWHERE]
    assert len(names) == len(set(names))
    assert set(FIELD) == set(LIBRARIES) == {library for library, _ in names}


@pytest.mark.parametrize("library", FIELD)
def test_the_page_says_it(library):
    """Read as a reader would, from the page: the name there, and a name that can be imported."""
    block = PAGE.split(f"<!-- generated: elsewhere {library} -->")[1].split("<!-- end -->")[0]
    lines = dict(re.findall(r"^\| `([^`]+)` \| ([^|]+) \|", block, re.MULTILINE))
    assert FIELD[library] - set(lines) == set()
    for name in FIELD[library]:
        here = re.findall(r"`(\w+)`", lines[name])
        assert here or (library, name) in REFUSED
        assert all(callable(getattr(am, item)) for item in here)


def test_a_name_is_found_on_the_command_line():
    def page(name):
        return subprocess.run(
            [sys.executable, "-m", "auditkit", "metrics", name], capture_output=True, text=True,
            check=True,
        ).stdout  # fmt: skip

    found = page("dppl")
    assert "SageMaker Clarify (smclarify 0.5) calls it DPPL" in found
    assert "from auditkit.metrics import demographic_parity_difference" in found
    assert "no answer" in page("demographic_estimation")


def test_a_name_may_be_that_of_several_libraries():
    assert {row.library for row in answers_to("Precision")} == {"aequitas", "clarify", "solas"}
    assert answers_to("overall fairness")[0].note.startswith("refused")
    assert answers_to("overall_fairness") == answers_to("Overall Fairness")


def test_the_functions_that_follow_a_convention_are_those_of_the_page():
    """Every function beyond gaps of rates that takes ``convention=``, with its conventions."""
    block = PAGE.split("## Beyond gaps of rates")[1].split("\n## ")[0]
    said: dict[str, set[str]] = {}
    for names, conventions in re.findall(r"^\| (`.+?) \| (.+?) \|", block, re.MULTILINE):
        for name in re.findall(r"`([\w.]+)`", names):
            said[name] = set(re.findall(r"`(\w+)`", conventions))
    assert set().union(*said.values()) <= set(am.CONVENTIONS)
    gaps = {row.metric for row in COUNTERPARTS} | {  # these are in the tables of counterparts
        f"{name}_{end}"
        for name in (*am.METRICS, *ALIASES, "zero_one_loss", "accuracy_score", "equalized_odds")
        for end in ("difference", "ratio")
    }
    taking = {
        re.sub(r"^\w+(?=_group_m)", "...", name)
        for name in am.__all__
        if inspect.isfunction(getattr(am, name))
        and "convention" in inspect.signature(getattr(am, name)).parameters
        and name not in gaps
    }
    assert {name.replace("..._", "...") for name in said} == {
        name.replace("..._", "...") for name in taking - NO_OTHER
    }


# Gaps of rates whose `convention=` no library answers, and the gap that has a table of its own.
NO_OTHER = {"balanced_accuracy_difference", "balanced_accuracy_ratio", "f1_difference", "f1_ratio",
            "label_proportion_difference", "odds_ratio", "treatment_equality_ratio"}  # fmt: skip
