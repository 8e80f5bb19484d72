"""The smallest and the largest value over groups, and quotients of counts, against fairlearn.

fairlearn's generated metrics and scikit-learn's scores are asked while the tests run.
"""

from __future__ import annotations

import math
import warnings

import fairlearn.metrics as fm
import numpy as np
import pytest
from sklearn import metrics as sk

from auditkit import metrics as am
from auditkit.errors import MetricError, UndefinedMetricWarning
from auditkit.metrics.declared import METRICS
from auditkit.metrics.quotients import QUOTIENTS

DECIDED = [
    "accuracy_score_difference", "accuracy_score_ratio", "accuracy_score_group_min",
    "zero_one_loss_difference", "zero_one_loss_ratio", "zero_one_loss_group_max",
    "balanced_accuracy_score_group_min", "precision_score_group_min", "recall_score_group_min",
    "f1_score_group_min",
]  # fmt: skip
SCORED = ["roc_auc_score_group_min", "log_loss_group_max"]
NUMBERS = ["r2_score_group_min", "mean_absolute_error_group_max", "mean_squared_error_group_max"]


def drawn(seed, rows=30):
    """Three groups; in many draws a group lacks a class, or nobody in it is selected."""
    rng = np.random.default_rng(seed)
    group = np.concatenate([list("abc"), rng.choice(list("abc"), rows - 3, p=[0.6, 0.3, 0.1])])
    label = (rng.random(rows) < rng.choice([0.1, 0.5, 0.9])).astype(int)
    decision = np.where(rng.random(rows) < 0.6, label, rng.random(rows) < 0.4).astype(int)
    weight = rng.uniform(0.2, 3, rows) if seed % 3 == 0 else None
    return label, decision, group, weight


def quietly(function, *args, **given):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(function(*args, **given))


def test_fairlearn_has_these_names():
    generated = {name for name in fm.__all__ if name.endswith(("_group_min", "_group_max"))}
    ours = {name for name in (*DECIDED, *SCORED, *NUMBERS) if "_group_" in name}
    assert generated == ours
    assert set(DECIDED) <= set(fm.__all__)


@pytest.mark.parametrize("name", DECIDED)
def test_decisions_as_in_fairlearn(name):
    for seed in range(18):
        label, decision, group, weight = drawn(seed)
        given = {"sensitive_features": group, "sample_weight": weight}
        theirs = quietly(getattr(fm, name), label, decision, **given)
        ours = quietly(getattr(am, name), label, decision, convention="fairlearn", **given)
        assert ours == pytest.approx(theirs, abs=1e-12, nan_ok=True), seed


@pytest.mark.parametrize("name", SCORED)
def test_scores_as_in_fairlearn(name):
    compared = 0
    for seed in range(20):
        label, _, group, weight = drawn(seed)
        score = np.random.default_rng(seed).random(len(label)).round(1)  # ties, 0 and 1
        classes = [len(set(label[group == g])) for g in "abc"]
        if name == "log_loss_group_max" and min(classes) < 2:
            continue  # scikit-learn raises where a group has one class
        compared += 1
        given = {"sensitive_features": group, "sample_weight": weight}
        theirs = quietly(getattr(fm, name), label, score, **given)
        ours = quietly(getattr(am, name), label, score, convention="fairlearn", **given)
        assert ours == pytest.approx(theirs, rel=1e-9, nan_ok=True), seed
    assert compared > 3


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_as_in_fairlearn(name):
    for seed in range(20):
        _, _, group, weight = drawn(seed)
        rng = np.random.default_rng(seed)
        target = rng.normal(size=len(group)).round(1)
        target[group == "b"] = 1.0  # does not vary
        guess = np.where(group == "b", 1.0 + seed % 2, target + rng.normal(size=len(group)))
        if name == "r2_score_group_min" and (group == "c").sum() < 2:
            continue  # scikit-learn has no value for one row, and fairlearn leaves it out
        given = {"sensitive_features": group, "sample_weight": weight}
        theirs = quietly(getattr(fm, name), target, guess, **given)
        ours = quietly(getattr(am, name), target, guess, convention="fairlearn", **given)
        assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-12), seed


@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("f1", sk.f1_score),
        ("balanced_accuracy", sk.balanced_accuracy_score),
        ("error_rate", sk.zero_one_loss),
        ("accuracy", sk.accuracy_score),
    ],
)
def test_plain_quotients_as_in_scikit_learn(name, theirs):
    for seed in range(12):
        label, decision, _, weight = drawn(seed, rows=60)
        if len(set(label)) < 2:
            continue
        ours = getattr(am, name)(label, decision, sample_weight=weight)
        assert ours == pytest.approx(theirs(label, decision, sample_weight=weight), rel=1e-12)


def test_conditional_acceptance_and_rejection_by_hand():
    """TN 1, FP 2, FN 1, TP 3: 4 positive labels for 5 selected, 3 negative for 2 rejected."""
    label, decision = [0, 0, 0, 1, 1, 1, 1], [0, 1, 1, 0, 1, 1, 1]
    assert am.conditional_acceptance(label, decision) == 4 / 5
    assert am.conditional_rejection(label, decision) == 3 / 2
    assert am.f1(label, decision) == 6 / 9
    assert am.balanced_accuracy(label, decision) == pytest.approx((3 / 4 + 1 / 3) / 2)


# Group b has no positive label and nobody of it is selected: F1, precision and recall are 0/0.
LABEL, DECISION, GROUP = [1, 0, 1, 0, 0], [1, 1, 1, 0, 0], list("aaabb")


@pytest.mark.parametrize(
    ("name", "ours", "theirs"),
    [
        ("f1_score_group_min", 0.8, 0.0),
        ("precision_score_group_min", 2 / 3, 0.0),
        ("recall_score_group_min", 1.0, 0.0),
        ("balanced_accuracy_score_group_min", 0.5, 0.5),
        ("accuracy_score_group_min", 2 / 3, 2 / 3),
    ],
)
def test_an_undefined_group_is_left_out_and_named(name, ours, theirs):
    function = getattr(am, name)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert function(LABEL, DECISION, sensitive_features=GROUP) == pytest.approx(ours)
    if not name.startswith("accuracy"):
        assert caught[0].category is UndefinedMetricWarning
        assert "in 'b': left out" in str(caught[0].message)
        assert caught[0].filename == __file__
    else:
        assert not caught
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = function(LABEL, DECISION, sensitive_features=GROUP, convention="fairlearn")
    assert found == pytest.approx(theirs)
    assert all("in 'b': fairlearn counts it as" in str(item.message) for item in caught)
    assert all(item.filename == __file__ for item in caught)
    assert quietly(getattr(fm, name), LABEL, DECISION, sensitive_features=GROUP) == found


def test_no_group_with_a_value_is_nan():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        value = am.true_positive_rate_group_min([0, 0], [1, 0], sensitive_features=["a", "b"])
    assert math.isnan(value)
    assert str(caught[-1].message) == "true_positive_rate: no group has a value"


@pytest.mark.parametrize("name", [*METRICS, *QUOTIENTS])
def test_any_metric_has_both_ends(name):
    label, decision, group, weight = drawn(3)
    values = []
    for g in "abc":
        mine = group == g
        plain = quietly(getattr(am, name), label[mine], decision[mine], sample_weight=weight[mine])
        values.append(plain)
    known = [value for value in values if not math.isnan(value)]
    given = {"sensitive_features": group, "sample_weight": weight}
    for end, pick in (("min", min), ("max", max)):
        function = getattr(am, f"{name}_group_{end}")
        assert function.__name__ == f"{name}_group_{end}"
        assert quietly(function, label, decision, **given) == pytest.approx(pick(known))


def test_what_cannot_be_asked():
    with pytest.raises(MetricError, match="only one group"):
        am.accuracy_score_group_min([1, 0], [1, 0], sensitive_features=["a", "a"])
    with pytest.raises(MetricError, match="no sensitive_features"):
        am.accuracy_score_group_min([1, 0], [1, 0], sensitive_features=None)
    with pytest.raises(
        MetricError, match="aif360 has no counterpart of f1_score_group_min; 'auditkit', 'fairl"
    ):
        am.f1_score_group_min([1, 0], [1, 0], sensitive_features=["a", "b"], convention="aif360")
    with pytest.raises(MetricError, match="leave pos_label out"):
        am.r2_score_group_min([1, 2], [1, 2], sensitive_features=["a", "b"], pos_label=1)
    for name in ("nothing_group_min", "accuracy_group_mean", "abroca_group_min"):
        with pytest.raises(AttributeError, match=f"no attribute '{name}'"):
            getattr(am, name)


def test_fairlearns_names_are_explained_too():
    given = {"sensitive_features": GROUP, "conventions": ("fairlearn", "auditkit")}
    for name in ("zero_one_loss_difference", "accuracy_score_ratio"):
        found = am.explain_difference(name, LABEL, DECISION, **given)
        assert found.values["fairlearn"] == pytest.approx(
            getattr(fm, name)(LABEL, DECISION, sensitive_features=GROUP)
        )
