"""Our metrics in scikit-learn's model selection, and fairlearn's MetricFrame behind our door."""

from __future__ import annotations

import math
import pickle
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from conftest import environment
from fairlearn import metrics as fl
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, mean_absolute_error
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_score, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from auditkit.errors import MetricError, UndefinedMetricWarning
from auditkit.metrics import (
    METRICS,
    demographic_parity_difference,
    equalized_odds_difference,
    selection_rate,
)
from auditkit.metrics.interop import make_fairness_scorer, metric_frame
from auditkit.metrics.scores.roc import roc_auc_difference


@pytest.fixture
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


def hired(n: int = 600) -> tuple[pd.DataFrame, pd.Series]:
    """A frame with the sensitive column in it, on an index that is not 0..n-1."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"sex": rng.choice(["F", "M"], n), "skill": rng.normal(size=n), "years": rng.poisson(4, n)},
        index=np.arange(n) * 3 + 7,
    )
    chance = frame["skill"] + 0.8 * (frame["sex"] == "M") + rng.normal(size=n)
    return frame, (chance > 0.4).astype(int).rename("hired")


def model(**options):
    return make_pipeline(StandardScaler(), LogisticRegression(**options))


def features(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[["skill", "years"]].assign(male=frame["sex"] == "M")


def test_cross_validate_scores_each_fold_as_the_metric_does(routing):
    frame, y = hired()
    inputs, folds = features(frame), StratifiedKFold(4)
    scoring = {
        "parity": make_fairness_scorer("demographic_parity_difference"),
        "odds": make_fairness_scorer(equalized_odds_difference, agg="mean"),
        "ratio": make_fairness_scorer("selection_rate_ratio"),
        "accuracy": "accuracy",
    }
    found = cross_validate(
        model(), inputs, y, cv=folds, scoring=scoring, params={"sensitive_features": frame["sex"]}
    )
    for fold, (train, test) in enumerate(folds.split(inputs, y)):
        fitted = model().fit(inputs.iloc[train], y.iloc[train])
        decided = fitted.predict(inputs.iloc[test])
        rows = (y.iloc[test], decided)
        sex = frame["sex"].iloc[test]
        gap = demographic_parity_difference(*rows, sensitive_features=sex)
        assert gap > 0
        assert found["test_parity"][fold] == -gap
        odds = equalized_odds_difference(*rows, sensitive_features=sex, agg="mean")
        assert found["test_odds"][fold] == -odds
        rates = [selection_rate(None, decided[sex == group]) for group in ("F", "M")]
        assert found["test_ratio"][fold] == min(rates) / max(rates)


def test_grid_search_finds_the_smallest_gap_and_the_most_accurate_within_a_limit(routing):
    frame, y = hired()
    inputs, sex = features(frame), frame["sex"]
    grid = {"logisticregression__C": [1e-6, 1e-3, 1.0]}
    search = GridSearchCV(
        model(), grid, scoring=make_fairness_scorer("demographic_parity_difference"), cv=3
    )
    search.fit(inputs, y, sensitive_features=sex)
    assert search.best_index_ == np.argmax(search.cv_results_["mean_test_score"])
    assert search.best_score_ <= 0
    assert "demographic_parity_difference" in repr(search.scorer_)

    def within(results):
        allowed = results["mean_test_parity"] >= -0.3
        return int(np.argmax(np.where(allowed, results["mean_test_accuracy"], -1)))

    both = GridSearchCV(
        model(),
        grid,
        scoring={
            "accuracy": "accuracy",
            "parity": make_fairness_scorer("demographic_parity_difference"),
        },
        refit=within,
        cv=3,
    )
    both.fit(inputs, y, sensitive_features=sex)
    assert both.best_params_ == {
        "logisticregression__C": grid["logisticregression__C"][both.best_index_]
    }
    assert both.cv_results_["mean_test_parity"][both.best_index_] >= -0.3


def test_several_sensitive_columns_and_polars(routing):
    frame, y = hired()
    frame["old"] = frame["years"] > 4
    scorer = make_fairness_scorer("demographic_parity_difference")
    fitted = model().fit(features(frame), y)
    both = frame[["sex", "old"]]
    expected = -demographic_parity_difference(
        y, fitted.predict(features(frame)), sensitive_features=both
    )
    assert scorer(fitted, features(frame), y, sensitive_features=both) == expected
    assert (
        scorer(fitted, features(frame), y.to_numpy(), sensitive_features=pl.from_pandas(both))
        == expected
    )
    scores = cross_val_score(
        model(), features(frame), y, scoring=scorer, params={"sensitive_features": both}
    )
    assert np.isfinite(scores).all()


def test_text_labels_scores_and_weights(routing):
    frame, y = hired()
    inputs, sex = features(frame), frame["sex"]
    text = y.map({1: "yes", 0: "no"})
    plain = make_fairness_scorer("equal_opportunity_difference")
    named = make_fairness_scorer("equal_opportunity_difference", pos_label="yes")
    options = {"cv": 3, "params": {"sensitive_features": sex}}
    assert np.array_equal(
        cross_val_score(model(), inputs, text, scoring=named, **options),
        cross_val_score(model(), inputs, y, scoring=plain, **options),
    )
    # "no" as the positive label: the probabilities of the other column are scored
    auc = make_fairness_scorer(roc_auc_difference, pos_label="no")
    fitted = model().fit(inputs, text)
    chance = fitted.predict_proba(inputs)[:, 0]
    assert auc(fitted, inputs, text, sensitive_features=sex) == -roc_auc_difference(
        text, chance, sensitive_features=sex, pos_label="no"
    )
    weight = pd.Series(np.random.default_rng(1).uniform(1, 3, len(y)), index=y.index)
    weighted = make_fairness_scorer("demographic_parity_difference", weighted=True)
    decided = fitted.predict(inputs) == "yes"
    fitted = model().fit(inputs, y)
    assert weighted(
        fitted, inputs, y, sensitive_features=sex, sample_weight=weight
    ) == -demographic_parity_difference(y, decided, sensitive_features=sex, sample_weight=weight)
    ignoring = make_fairness_scorer("demographic_parity_difference")
    found = cross_validate(
        LogisticRegression().set_fit_request(sample_weight=True),
        inputs,
        y,
        scoring=ignoring,
        params={"sensitive_features": sex, "sample_weight": weight},
    )
    assert np.isfinite(found["test_score"]).all()


def test_directions(routing):
    frame, y = hired()
    fitted, inputs, sex = model().fit(features(frame), y), features(frame), frame["sex"]
    decided = fitted.predict(inputs)
    signed = demographic_parity_difference(y, decided, sensitive_features=sex, reference="M")
    assert signed < 0

    def scored(metric, **options):
        scorer = make_fairness_scorer(metric, **options)
        return scorer(fitted, inputs, y, sensitive_features=sex)

    name = "demographic_parity_difference"
    assert scored(name, reference="M") == signed  # -|d|, and d is negative
    assert scored(name, reference="F") == signed  # whichever way it is looked at
    assert scored(name, reference="M", greater_is_better=False) == -signed
    assert scored(name, reference="M", greater_is_better=True) == signed
    above = scored("demographic_parity_ratio", reference="F")  # the ratio itself exceeds 1
    assert above == pytest.approx(scored("demographic_parity_ratio"))
    assert 0 < above < 1
    assert scored(fl.demographic_parity_difference) == scored(name)

    def most(y_true, y_pred, *, sensitive_features):
        return float(np.mean(y_pred))

    assert scored(most, greater_is_better=True) == decided.mean()
    with pytest.raises(MetricError, match="is more of most better"):
        make_fairness_scorer(most)


@pytest.mark.parametrize(
    "metric", ["equalized_odds_ratio", equalized_odds_difference, fl.equalized_odds_ratio]
)
def test_clone_and_pickle(routing, metric):
    frame, y = hired(200)
    fitted, sex = model().fit(features(frame), y), frame["sex"]
    scorer = make_fairness_scorer(metric)
    expected = scorer(fitted, features(frame), y, sensitive_features=sex)
    search = GridSearchCV(model(), {"logisticregression__C": [1.0]}, scoring=scorer, cv=2)
    for copy in (
        clone(scorer, safe=False),
        pickle.loads(pickle.dumps(scorer)),
        clone(search).scoring,
    ):
        assert repr(copy) == repr(scorer)
        assert copy(fitted, features(frame), y, sensitive_features=sex) == expected
        scores = cross_val_score(
            model(), features(frame), y, scoring=copy, params={"sensitive_features": sex}, n_jobs=1
        )
        assert np.isfinite(scores).all()


def test_it_can_be_made_with_routing_off():
    scorer = make_fairness_scorer("demographic_parity_ratio")
    frame, y = hired(200)
    with sklearn.config_context(enable_metadata_routing=True):
        found = cross_val_score(
            model(), features(frame), y, scoring=scorer,
            params={"sensitive_features": frame["sex"]},
        )  # fmt: skip
    assert ((found >= 0) & (found <= 1)).all()


def nobody_selected() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """0/0 for whoever selects nobody: the ratio has no value."""
    y = np.array([0, 1] * 60)
    return np.zeros((120, 1)), y, np.array(list("aabb") * 30)


def test_grid_search_does_not_pick_an_undefined_score(routing):
    inputs, y, groups = nobody_selected()
    grid = {"strategy": ["constant"], "constant": [0, 1]}
    scorer = make_fairness_scorer("demographic_parity_ratio")
    search = GridSearchCV(DummyClassifier(), grid, scoring=scorer, cv=3)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search.fit(inputs, y, sensitive_features=groups)
    said = "\n".join(str(one.message) for one in caught)
    assert "demographic_parity_ratio is undefined in this split" in said
    assert "is 0 in every group" in said
    assert "non-finite" in said
    assert np.isnan(search.cv_results_["mean_test_score"][0])
    assert search.best_params_["constant"] == 1
    assert search.best_score_ == 1.0

    strict = GridSearchCV(DummyClassifier(), grid, scoring=scorer, cv=3, error_score="raise")
    with pytest.warns(UndefinedMetricWarning), pytest.raises(MetricError, match="undefined in thi"):
        strict.fit(inputs, y, sensitive_features=groups)


@pytest.mark.parametrize(("undefined", "expected"), [("nan", math.nan), (-1, -1.0)])
def test_an_undefined_score_can_be_nan_or_a_number(routing, undefined, expected):
    inputs, y, groups = nobody_selected()
    fitted = DummyClassifier(strategy="constant", constant=0).fit(inputs, y)
    scorer = make_fairness_scorer("demographic_parity_ratio", undefined=undefined)
    with pytest.warns(UndefinedMetricWarning):
        found = scorer(fitted, inputs, y, sensitive_features=groups)
    assert found == pytest.approx(expected, nan_ok=True)


def test_misuse_of_the_scorer(routing):
    frame, y = hired(200)
    fitted, inputs = model().fit(features(frame), y), features(frame)
    for metric, options, message in [
        ("demographic_parity_diference", {}, "did you mean 'demographic_parity_difference'"),
        ("METRICS", {}, "no metric 'METRICS'"),
        ("accuracy", {}, "use 'accuracy_difference'"),
        (f1_score, {"greater_is_better": True}, "f1_score does not compare groups"),
        ("accuracy_difference", {"agg": "mean"}, "accuracy_difference takes no agg"),
        ("equalized_odds_ratio", {"ag": "mean"}, "did you mean 'agg'"),
        ("accuracy_difference", {"sample_weight": y}, "is passed when scoring"),
        (fl.equalized_odds_difference, {"pos_label": 1}, "takes no pos_label"),
        (7, {}, "metric is a int"),
    ]:
        with pytest.raises(MetricError, match=message):
            make_fairness_scorer(metric, **options)
    scorer = make_fairness_scorer("demographic_parity_difference")
    with pytest.raises(MetricError, match=r"got no sensitive_features.*enable_metadata_routing"):
        scorer(fitted, inputs, y)
    other = frame["sex"].reset_index(drop=True)
    with pytest.raises(MetricError, match="the indexes of y_true and sex differ"):
        scorer(fitted, inputs, y, sensitive_features=other)
    with pytest.raises(MetricError, match="only one group"):
        scorer(fitted, inputs, y, sensitive_features=["x"] * 200)
    rows = make_fairness_scorer("by_group", greater_is_better=True)
    with pytest.raises(MetricError, match="by_group returns a list"):
        rows(fitted, inputs, y, sensitive_features=frame["sex"])


def test_without_routing_the_message_says_what_to_switch_on():
    frame, y = hired(200)
    scorer = make_fairness_scorer("demographic_parity_difference")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = cross_val_score(model(), features(frame), y, scoring=scorer)
    assert np.isnan(found).all()
    assert "enable_metadata_routing=True" in str(caught[0].message)
    with pytest.raises(ValueError, match="fits failed"):  # scikit-learn hands them to fit
        cross_val_score(
            LogisticRegression(), features(frame), y, scoring=scorer,
            params={"sensitive_features": frame["sex"]},
        )  # fmt: skip


def test_metric_frame_is_fairlearns():
    frame, y = hired()
    decided = (frame["skill"] > 0.2).astype(int)
    theirs = fl.MetricFrame(
        metrics={"f1": f1_score, "selected": fl.selection_rate},
        y_true=y,
        y_pred=decided,
        sensitive_features=frame["sex"],
        control_features=frame["years"] > 4,
        sample_params={"f1": {"sample_weight": frame["years"]}},
    )
    ours = metric_frame(
        {"f1": f1_score, "selected": "selection_rate"},
        y,
        decided,
        sensitive_features=frame["sex"],
        control_features=frame["years"] > 4,
        sample_params={"f1": {"sample_weight": frame["years"]}},
    )
    pd.testing.assert_frame_equal(ours.by_group, theirs.by_group)
    pd.testing.assert_frame_equal(ours.difference(), theirs.difference())
    pd.testing.assert_frame_equal(ours.overall, theirs.overall)


def test_metric_frame_takes_names_numbers_text_and_missing_groups():
    sex = pd.Series(["F", None, "M", "F", "M", None])
    y, p = ["y", "n", "y", "n", "y", "n"], ["y", "y", "n", "n", "y", "n"]
    found = metric_frame(["accuracy", "base_rate"], y, p, sensitive_features=sex, pos_label="y")
    assert found.by_group["accuracy"].to_dict() == {"(missing)": 0.5, "F": 1.0, "M": 0.5}
    assert list(found.by_group) == ["accuracy", "base_rate"]
    alone = metric_frame("accuracy", y, p, sensitive_features={"sex": sex}, pos_label="y")
    assert alone.by_group["F"] == 1.0
    error = metric_frame(
        mean_absolute_error, [1.5, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 3.0],
        sensitive_features={"age": [30, 30, 40, 40]},
    )  # fmt: skip
    assert error.by_group.to_dict() == {30: 0.25, 40: 0.5}
    boot = metric_frame(
        {"accuracy": "accuracy"}, [1, 0] * 20, [1, 1] * 20, sensitive_features=list("ab") * 20,
        n_boot=5, ci_quantiles=[0.5], random_state=1,
    )  # fmt: skip
    assert boot.by_group_ci[0].shape == (2, 1)


def test_metric_frame_checks_at_the_door():
    y = pd.Series([1, 0, 1, 0])
    groups = pd.Series(list("abab"), name="site")
    for arguments, options, message in [
        ((f1_score, y, y[::-1]), {}, "the indexes of y_true and y_pred differ"),
        ((f1_score, y, y), {"sensitive_features": groups[::-1]}, "indexes of y_true and site"),
        ((f1_score, y, y), {"control_features": groups[::-1]}, "indexes of y_true and site"),
        ((f1_score, y, [1, 0]), {}, "y_true has 4 rows and y_pred has 2"),
        ((f1_score, [1, None, 0, 1], y), {}, "y_true has 1 missing values"),
        ((f1_score, y, [1.0, math.nan, math.nan, 0]), {}, "y_pred has 2 missing values"),
        ((f1_score, y, y), {"sensitive_features": ["x"] * 4}, "only one group \\('x'\\)"),
        ((f1_score, y, None), {}, "needs y_true and y_pred"),
        ((f1_score, y, y), {"sensitive_features": None}, "no sensitive_features"),
        (([], y, y), {}, "no metrics"),
        ((["accuracy", "accuracy"], y, y), {}, "same name"),
        (("accuracy_ratio", y, y), {}, "compares groups itself"),
        (("acuracy", y, y), {}, "did you mean 'accuracy'"),
        (
            (f1_score, y, y),
            {"sample_params": {"sample_weight": pd.Series([1, 2, 3, 4], index=[3, 2, 1, 0])}},
            r"sample_params\['sample_weight'\] differ",
        ),
        (
            (f1_score, y, y),
            {"sensitive_features": ["a", None, "(missing)", "a"]},
            "missing values and the text",
        ),
    ]:
        with pytest.raises(MetricError, match=message):
            metric_frame(*arguments, **{"sensitive_features": groups, **options})
    with pytest.warns(UserWarning, match="look alike"):
        metric_frame("accuracy", y, y, sensitive_features=["a", "b", "A", "b"])


def test_every_declared_rate_has_a_scorer(routing):
    frame, y = hired(300)
    fitted, inputs = model().fit(features(frame), y), features(frame)
    for name in METRICS:
        for kind in ("difference", "ratio"):
            scorer = make_fairness_scorer(f"{name}_{kind}")
            assert -1 <= scorer(fitted, inputs, y, sensitive_features=frame["sex"]) <= 1


def test_nothing_heavy_is_imported_before_it_is_needed():
    code = "import sys; import auditkit.metrics.interop; "
    code += "assert not {'sklearn', 'fairlearn', 'pandas'} & set(sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
