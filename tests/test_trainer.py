"""The baseline: right numbers, no leak, no dependence on row order, no warning, clear errors."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas
import pyarrow
import pytest
from fitted_once import untraced
from numpy.typing import NDArray
from scipy import special, stats
from sklearn import metrics as reference
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.svm import LinearSVC
from threadpoolctl import threadpool_limits

from auditkit import trainer
from auditkit.columns import describe
from auditkit.errors import DataError, RequestError, SchemaError
from auditkit.trainer import Baseline, cross_fit
from auditkit.trainer.design import MANY_LEVELS, read_table
from auditkit.trainer.performance import auc_interval, performance

DATA = Path(__file__).parents[2] / "shared" / "data"
BOTH = pytest.mark.parametrize("kind", ["logistic", "boosting"])
Floats = NDArray[np.float64]


def table(rows: int = 400, *, seed: int = 0) -> tuple[pandas.DataFrame, Floats]:
    """Return a table with a column of every kind, and an outcome that some of them explain."""
    rng = np.random.default_rng(seed)
    skill, city = rng.normal(size=rows), rng.choice(["Ghent", "Bruges", "Ostend"], rows)
    start = pandas.to_datetime("2020-01-01") + pandas.to_timedelta(rng.integers(0, 900, rows), "D")
    words = np.array(["good", "solid", "late", "kind", "quick", "poor", "team", "report"])
    rare = rng.random(rows)
    frame = pandas.DataFrame(
        {
            "skill": np.where(rare < 0.1, np.nan, skill),
            "score": [f"{x:.2f}" if x < 2 else "?" for x in rng.normal(size=rows)],
            "remote": pandas.array(rng.choice([True, False, None], rows), dtype="boolean"),
            "licence": rng.choice(["yes", "no"], rows),
            "city": np.where(rare > 0.95, None, city),
            "school": [f"School {n}" for n in rng.integers(0, 130, rows)],
            "start": start,
            "born": (start - pandas.Timedelta(days=9000)).strftime("%d/%m/%Y"),
            "notes": [" ".join(rng.choice(words, 9)) + f" {n}" for n in range(rows)],
            "id": np.arange(rows),
            "email": [f"p{n}@example.org" for n in range(rows)],
            "country": "BE",
            "nothing": None,
            "gender": rng.choice(["f", "m"], rows),
        }
    )
    push = skill + (city == "Ghent") + frame["notes"].str.count("good").to_numpy() - 1.5
    return frame, (push + rng.logistic(size=rows) > 0) * 1.0


def noise(rows: int, *, seed: int) -> tuple[pandas.DataFrame, Floats]:
    """Return numbers without ties, some missing, and levels; and an outcome they do not explain."""
    rng = np.random.default_rng(seed)
    frame = pandas.DataFrame(
        {
            "x": np.where(rng.random(rows) < 0.1, np.nan, rng.normal(size=rows)),
            "y": rng.normal(size=rows),
            "city": rng.choice(["A", "B", "C"], rows),
            "employer": [f"E{n}" for n in rng.integers(0, rows // 3, rows)],
        }
    )
    return frame, (rng.random(rows) < 0.3) * 1.0


def same(first: Baseline, second: Baseline) -> bool:
    return (
        first.scores.tobytes() == second.scores.tobytes()
        and first.predictions.tobytes() == second.predictions.tobytes()
        and first.metrics == second.metrics
        and first.notes == second.notes
    )


# ---------------------------------------------------------------- the numbers are right


@untraced()
@pytest.mark.skipif(not DATA.exists(), reason=f"needs the shared data beside the checkout: {DATA}")
@BOTH
def test_adult_agrees_with_scikit_learn_by_hand(kind: str) -> None:
    adult = pandas.read_csv(DATA / "adult_train.csv.gz")
    outcome = (adult["income"] == ">50K").to_numpy() * 1.0
    features = [c for c in adult.columns if c not in {"income", "sex", "race", "fnlwgt"}]
    found = cross_fit(adult, outcome, features=features, kind=kind)

    numbers = [c for c in features if adult[c].dtype == np.int64]
    levels = [c for c in features if c not in numbers]
    if kind == "logistic":
        known = OneHotEncoder(handle_unknown="ignore")
        steps = [("n", StandardScaler(), numbers), ("l", known, levels)]
        model = make_pipeline(ColumnTransformer(steps), LogisticRegression(max_iter=1000))
    else:
        coded = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)
        steps = [("l", coded, levels), ("n", "passthrough", numbers)]
        trees = HistGradientBoostingClassifier(
            categorical_features=list(range(len(levels))), early_stopping=False, random_state=0
        )
        model = make_pipeline(ColumnTransformer(steps), trees)
    split = StratifiedKFold(5, shuffle=True, random_state=0)
    with threadpool_limits(limits=1):
        by_hand = cross_val_predict(
            model, adult[features], outcome.astype(int), cv=split, method="predict_proba"
        )[:, 1]
    expected = reference.roc_auc_score(outcome, by_hand)
    assert found.metrics["auc"] == pytest.approx(expected, abs=0.005)
    assert np.corrcoef(found.scores, by_hand)[0, 1] > 0.98
    assert found.metrics["positive_rate"] == pytest.approx(7841 / 32561)  # facts.json
    assert found.rows == 32561
    assert found.notes == ()


def test_metrics_agree_with_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    outcome = (rng.random(300) < 0.4) * 1.0
    scores = np.round(np.clip(outcome * 0.2 + rng.random(300) * 0.8, 0.01, 0.99), 2)
    chosen, weights = (scores >= 0.5) * 1.0, rng.integers(1, 4, 300).astype(float)
    for given in (None, weights):
        found = performance(outcome, scores, chosen, given)
        expected = {
            "auc": reference.roc_auc_score(outcome, scores, sample_weight=given),
            "accuracy": reference.accuracy_score(outcome, chosen, sample_weight=given),
            "balanced_accuracy": reference.balanced_accuracy_score(
                outcome, chosen, sample_weight=given
            ),
            "brier": reference.brier_score_loss(outcome, scores, sample_weight=given),
            "log_loss": reference.log_loss(outcome, scores, sample_weight=given),
            "positive_rate": np.average(outcome, weights=given),
            "selection_rate": np.average(chosen, weights=given),
        }
        assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-12)


def test_auc_interval_is_delong_by_definition() -> None:
    rng = np.random.default_rng(2)
    up, down = np.round(rng.normal(0.8, 1, 40), 1), np.round(rng.normal(0, 1, 60), 1)
    wins = (up[:, None] > down) + 0.5 * (up[:, None] == down)  # every pair, ties half
    parts = wins.mean(axis=1).var(ddof=1) / 40, wins.mean(axis=0).var(ddof=1) / 60
    df = sum(parts) ** 2 / (parts[0] ** 2 / 39 + parts[1] ** 2 / 59)  # Satterthwaite
    outcome = np.r_[np.ones(40), np.zeros(60)]
    area, low, high = auc_interval(outcome, np.r_[up, down])
    assert area == pytest.approx(wins.mean(), rel=1e-12)
    reach = stats.t.ppf(0.975, df) * sum(parts) ** 0.5 / (area * (1 - area))
    assert low == pytest.approx(special.expit(special.logit(area) - reach), rel=1e-12)
    assert high == pytest.approx(special.expit(special.logit(area) + reach), rel=1e-12)


@pytest.mark.parametrize(
    ("outcome", "area"), [([1.0, 1.0, 1.0], None), ([0.0, 0.0, 1.0], 1.0), ([0.0] * 3, None)]
)
def test_what_is_undefined_is_none(outcome: list[float], area: float | None) -> None:
    scores = np.array([0.1, 0.2, 0.7])
    found = performance(np.array(outcome), scores, (scores > 0.5) * 1.0)
    assert (found["auc"], found["auc_low"], found["auc_high"]) == (area, None, None)
    assert (found["balanced_accuracy"] is None) == (area is None)


def test_auc_interval_covers() -> None:
    """95 % of intervals should hold the true area: binormal, Phi(1/sqrt 2) = 0.7602."""
    rng, truth, held = np.random.default_rng(3), 0.7602499389065233, 0
    outcome = np.r_[np.ones(80), np.zeros(120)]
    for _ in range(400):
        _, low, high = auc_interval(outcome, rng.normal(outcome, 1))
        held += low <= truth <= high
    assert 0.92 <= held / 400 <= 0.98


# ---------------------------------------------------------------- any column


@BOTH
def test_a_column_of_every_kind(kind: str) -> None:
    frame, outcome = table(600)
    features = [c for c in frame.columns if c != "gender"]
    found = cross_fit(
        frame, outcome, features=features, kind=kind, left_out={"gender": "protected"}
    )
    assert found.features == (
        *("skill", "score", "remote", "licence", "city", "school", "start", "born", "notes"),
    )
    assert [name for name, _ in found.left_out] == ["gender", "id", "email", "country", "nothing"]
    assert dict(found.left_out)["gender"] == "protected"
    assert found.metrics["auc"] > 0.65
    told = " ".join(found.notes)
    assert "'notes' is free text" in told
    assert "'start' is a date: the model sees it as days, month and weekday" in told
    assert f"more than {MANY_LEVELS}" not in told
    assert "'school' has 129 levels" in told or "'school' has 130 levels" in told
    assert "Warning" not in told


def test_free_text_is_seen() -> None:
    frame, outcome = table(600)
    with_, without = (
        cross_fit(frame, outcome, features=names).metrics["auc"]
        for names in (["city", "notes"], ["city"])
    )
    assert with_ > without + 0.05


def test_dates_become_days_months_and_weekdays() -> None:
    dates = pandas.date_range("1969-12-28", periods=600, freq="D")
    seen = read_table(
        pandas.DataFrame({"d": dates}), describe(pandas.DataFrame({"d": dates}), ["d"])
    ).frame
    assert seen["weekday:d"].tolist() == dates.day_of_week.tolist()
    assert (seen["month:d"] + 1).tolist() == dates.month.tolist()
    assert seen["days:d"].tolist()[:5] == [-4, -3, -2, -1, 0]


@BOTH
def test_the_dtype_does_not_matter(kind: str) -> None:
    frame, outcome = noise(200, seed=4)
    expected = cross_fit(frame, outcome, features=list(frame), kind=kind)
    text = pandas.ArrowDtype(pyarrow.string())
    variants = {
        "object": {"city": object, "employer": object, "x": object},
        "category": {"city": "category", "employer": "category"},
        "arrow": {"city": text, "employer": text, "x": "float64[pyarrow]", "y": "float64[pyarrow]"},
        "nullable": {"city": "string", "x": "Float64", "y": "Float64"},
    }
    for name, dtypes in variants.items():
        found = cross_fit(frame.astype(dtypes), outcome, features=list(frame), kind=kind)
        np.testing.assert_allclose(found.scores, expected.scores, atol=1e-12, err_msg=name)


@BOTH
@pytest.mark.parametrize(
    "cells",
    [
        [1.5] + [None] * 59,  # one value or none
        [1.5, 2.5] + [None] * 58,  # whole folds without a value
        [np.inf, -np.inf, *np.arange(58) / 7],
        [1e308, -1e308, *np.arange(58) / 7],
        [*["a", "b"] * 29, "c", "d"],  # levels that some training folds never see
        [f"n{i}" for i in range(60)][:30] * 2,
        pandas.array([True, None, False] * 20, dtype="boolean"),
        [[1], [2]] * 30,
        [0.1 + 0.2] * 59 + [0.3],  # all but constant
    ],
)
def test_awkward_columns(kind: str, cells: object) -> None:
    frame = pandas.DataFrame({"x": cells, "z": np.random.default_rng(5).normal(size=60)})
    found = cross_fit(frame, np.array([1.0, 0.0, 0.0] * 20), features=["x", "z"], kind=kind)
    assert np.isfinite(found.scores).all()
    assert "Warning" not in " ".join(found.notes)


def test_infinite_values_are_told() -> None:
    frame = pandas.DataFrame({"x": [np.inf, *np.arange(39) / 7]})
    found = cross_fit(frame, np.array([1.0, 0.0] * 20), features=["x"])
    assert found.notes == ("column 'x': 1 infinite value read as missing",)


# ---------------------------------------------------------------- no leak


@untraced()
@BOTH
def test_noise_predicts_nothing(kind: str) -> None:
    """Shuffled labels: the mean of 4 areas of 1,500 rows has a standard error near .008."""
    areas = []
    for seed in range(4):
        frame, outcome = noise(1500, seed=seed)
        areas.append(cross_fit(frame, outcome, features=list(frame), kind=kind).metrics["auc"])
    assert abs(np.mean(areas) - 0.5) < 0.03


@BOTH
def test_a_row_has_no_say_in_its_own_score(kind: str) -> None:
    """Turning the labels of one test fold round leaves the scores of that fold as they were."""
    frame, outcome = noise(300, seed=6)

    split = [(np.arange(150, 300), np.arange(150)), (np.arange(150), np.arange(150, 300))]
    other = outcome.copy()
    other[:150] = 1.0 - other[:150]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("auditkit.trainer.prepared.folds_of", lambda *a, **k: iter(split))
        patch.setattr("auditkit.trainer.prepared.by_content", lambda *a, **k: np.arange(300))
        first = cross_fit(frame, outcome, features=list(frame), kind=kind, folds=2)
        second = cross_fit(frame, other, features=list(frame), kind=kind, folds=2)
    np.testing.assert_array_equal(first.scores[:150], second.scores[:150])
    assert not np.array_equal(first.scores[150:], second.scores[150:])


# ---------------------------------------------------------------- order, seed, sample


@BOTH
@pytest.mark.parametrize("train_rows", [100_000, 150])
def test_order_of_rows_does_not_matter(kind: str, train_rows: int) -> None:
    frame, outcome = noise(300, seed=7)
    outcome[:5] = np.nan
    weights = np.random.default_rng(7).random(300) + 0.5
    wanted = {"features": list(frame), "kind": kind, "train_rows": train_rows}
    first = cross_fit(frame, outcome, sample_weight=weights, **wanted)
    turn = np.random.default_rng(8).permutation(300)
    second = cross_fit(frame.iloc[turn], outcome[turn], sample_weight=weights[turn], **wanted)
    np.testing.assert_allclose(first.scores[turn], second.scores, atol=1e-12)
    np.testing.assert_array_equal(first.predictions[turn], second.predictions)
    assert first.metrics == pytest.approx(second.metrics, rel=1e-12)
    assert first.notes == second.notes


@BOTH
def test_rows_alike_in_all_features_keep_their_groups_rates(kind: str) -> None:
    """One feature of six levels, as in the Berkeley table: nearly every row has a twin."""
    rng = np.random.default_rng(9)
    frame = pandas.DataFrame(
        {"dept": rng.choice(list("ABCDEF"), 500), "gender": rng.choice(["f", "m"], 500)}
    )
    outcome = (rng.random(500) < 0.4) * 1.0
    first = cross_fit(frame, outcome, features=["dept"], kind=kind, threshold=0.4)
    turn = rng.permutation(500)
    second = cross_fit(frame.iloc[turn], outcome[turn], features=["dept"], kind=kind, threshold=0.4)
    keys = ["dept", "gender", "label"]
    told = [
        table_.assign(label=label, score=found.scores, chosen=found.predictions)
        .groupby(keys)[["score", "chosen"]]
        .agg(["sum", "min", "max"])
        for table_, label, found in (
            (frame, outcome, first),
            (frame.iloc[turn], outcome[turn], second),
        )
    ]
    np.testing.assert_allclose(told[0].to_numpy(), told[1].to_numpy(), atol=1e-12)


@BOTH
def test_same_seed_same_bits_other_seed_other_scores(kind: str) -> None:
    frame, outcome = table(200)
    features = [c for c in frame.columns if c != "gender"]
    first = cross_fit(frame, outcome, features=features, kind=kind, seed=3)
    assert same(first, cross_fit(frame, outcome, features=features, kind=kind, seed=3))
    other = cross_fit(frame, outcome, features=features, kind=kind, seed=4)
    assert not np.array_equal(first.scores, other.scores)


def test_another_process_another_hash_seed_same_bits() -> None:
    code = (
        "import numpy as np, test_trainer as t\n"
        "frame, outcome = t.table(150)\n"
        "names = ['skill', 'city', 'notes', 'school']\n"
        "print(t.cross_fit(frame, outcome, features=names).scores.tobytes().hex())"
    )
    told = set()
    for hash_seed in ("1", "2"):
        places = os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parents[1])])
        surroundings = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": places}
        run = [sys.executable, "-c", code]
        told.add(subprocess.run(run, env=surroundings, capture_output=True, check=True).stdout)
    assert len(told) == 1


def test_sample() -> None:
    frame, outcome = noise(900, seed=10)
    outcome[:20] = np.nan
    found = cross_fit(frame, outcome, features=list(frame), train_rows=200)
    assert (found.rows, found.train_rows, found.sampled_from) == (880, 200, 704)
    assert np.isfinite(found.scores).sum() == np.isfinite(found.predictions).sum() == 880
    assert np.isnan(found.scores[:20]).all()
    assert found.metrics["positive_rate"] == pytest.approx(np.nanmean(outcome), abs=0.005)
    assert "a sample of 200 of 704 rows (seed 0" in " ".join(found.notes)
    assert same(found, cross_fit(frame, outcome, features=list(frame), train_rows=200))
    assert cross_fit(frame, outcome, features=list(frame)).sampled_from is None


def test_a_sample_keeps_a_rare_class() -> None:
    frame, _ = noise(1000, seed=11)
    outcome = np.zeros(1000)
    outcome[:6] = 1.0
    fitted: list[float] = []

    class Listening(GaussianNB):
        def fit(self, X: object, y: Floats, **more: object) -> Listening:  # noqa: N803
            fitted.append(float(np.sum(y)))
            return super().fit(X, y, **more)

    cross_fit(frame, outcome, features=["x", "y"], kind=Listening(), train_rows=60)
    assert len(fitted) == 5
    assert min(fitted) >= 2


# ---------------------------------------------------------------- what goes in, what comes out


def test_predictions_are_the_scores_at_the_threshold() -> None:
    frame, outcome = table(200)
    outcome[3] = np.nan
    found = cross_fit(frame, outcome, features=["skill", "city"], threshold=0.3)
    known = np.isfinite(found.scores)
    np.testing.assert_array_equal(found.predictions[known], found.scores[known] >= 0.3)
    assert np.isnan(found.predictions[3])
    assert known.sum() == found.rows == 199
    assert "1 row without an outcome is" in found.notes[0]
    with pytest.raises(ValueError, match="read-only"):
        found.scores[0] = 1.0


@BOTH
def test_the_scale_of_weights_does_not_matter_but_weights_do(kind: str) -> None:
    frame, outcome = noise(300, seed=12)
    weights = np.where(outcome == 1.0, 3.0, 1.0)
    fits = [
        cross_fit(frame, outcome, features=list(frame), kind=kind, sample_weight=given)
        for given in (None, weights, weights * 1000)
    ]
    np.testing.assert_allclose(fits[1].scores, fits[2].scores, atol=1e-9)
    assert fits[1].scores.mean() > fits[0].scores.mean() + 0.1
    assert fits[1].metrics["positive_rate"] == pytest.approx(np.average(outcome, weights=weights))


def test_index_and_extra_columns_are_of_no_matter() -> None:
    frame, outcome = noise(200, seed=13)
    expected = cross_fit(frame, outcome, features=list(frame))
    odd = frame.set_index(pandas.Index(["a", "b"] * 100)).assign(extra=[{"a": [1]}] * 200)
    assert same(expected, cross_fit(odd, outcome, features=list(frame)))
    assert same(expected, cross_fit(frame, outcome, features=[*frame, *frame]))


def test_progress() -> None:
    frame, outcome = noise(100, seed=14)
    told: list[tuple[int, int]] = []
    cross_fit(
        frame, outcome, features=["x"], folds=3, progress=lambda done, of: told.append((done, of))
    )
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]


# ---------------------------------------------------------------- one's own model


@pytest.mark.parametrize(
    "model",
    [
        RandomForestClassifier(n_estimators=20),
        CalibratedClassifierCV(LinearSVC(), cv=3),
        GaussianNB(),
        make_pipeline(
            ColumnTransformer([("x", StandardScaler(), ["y"]), ("c", OneHotEncoder(), ["city"])]),
            LogisticRegression(),
        ),
    ],
    ids=lambda model: type(model).__name__,
)
def test_an_estimator_of_ones_own(model: object) -> None:
    frame, outcome = noise(200, seed=15)
    first = cross_fit(frame, outcome, features=list(frame), kind=model)
    second = cross_fit(frame, outcome, features=list(frame), kind=model)
    assert first.kind == type(model).__name__
    assert np.isfinite(first.scores).all()
    assert same(first, second)
    assert not hasattr(model, "classes_"), "the user's own object is left unfitted"


def test_a_model_without_weights_is_told() -> None:
    frame, outcome = noise(100, seed=16)
    model = KNeighborsClassifier()
    found = cross_fit(
        frame, outcome, features=["x", "y"], kind=model, sample_weight=np.full(100, 2.0)
    )
    assert found.notes == ("the model KNeighborsClassifier takes no weights: trained without",)


def test_warnings_become_notes() -> None:
    frame, outcome = noise(100, seed=17)
    found = cross_fit(frame, outcome, features=list(frame), kind=LogisticRegression(max_iter=1))
    assert found.notes[-1] == ("the model stopped before it had fully converged (in 5 of 5 folds)")


class Odd(LogisticRegression):
    """A model whose probabilities are none."""

    def predict_proba(self, X: object) -> Floats:  # noqa: N803
        return super().predict_proba(X) * 3


class Broken(LogisticRegression):
    """A model that cannot be trained."""

    def fit(self, X: object, y: object, sample_weight: object = None) -> Broken:  # noqa: N803
        raise ValueError("no\nway")


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("forest", "no model 'forest': choose one of logistic, boosting, or pass an estimator"),
        (LinearSVC(), "LinearSVC has no fit and predict_proba; CalibratedClassifierCV"),
        (LogisticRegression, r"pass an instance, LogisticRegression\(\)"),
        (Odd(), "Odd gave a probability outside 0 to 1"),
        (Broken(), r"Broken cannot be trained on these data: no\\nway"),
        (3, "int has no fit and predict_proba"),
    ],
)
def test_a_model_that_cannot_be(kind: object, message: str) -> None:
    frame, outcome = noise(60, seed=18)
    with pytest.raises(RequestError, match=message):
        cross_fit(frame, outcome, features=["x"], kind=kind)


# ---------------------------------------------------------------- bad requests, bad data


@BOTH
@pytest.mark.parametrize("rare", [2, 3])
def test_few_positives_mean_fewer_folds(kind: str, rare: int) -> None:
    frame, _ = noise(90, seed=19)
    frame["many"] = [f"L{n % 60}" for n in range(90)]
    for label in (1.0, 0.0):
        outcome = np.full(90, 1.0 - label)
        outcome[:rare] = label
        found = cross_fit(frame, outcome, features=list(frame), kind=kind)
        name = "positive" if label else "negative"
        assert found.folds == rare
        assert f"{rare} folds instead of 5: there are {rare} {name} outcomes" in found.notes
        assert np.isfinite(found.scores).all()


@BOTH
@pytest.mark.parametrize("rows", [4, 5, 24])
def test_a_tiny_table(kind: str, rows: int) -> None:
    names = [f"Name{n}" for n in range(rows)]
    frame = pandas.DataFrame({"x": np.arange(rows) / 3, "name": names, "when": "2020-01-01"})
    frame.loc[::2, "when"] = "2020-02-01"
    found = cross_fit(frame, np.arange(rows) % 2.0, features=list(frame), kind=kind)
    assert np.isfinite(found.scores).all()


@pytest.mark.parametrize(
    ("outcome", "options", "message"),
    [
        (np.r_[1.0, np.zeros(39)], {}, "too few positive outcomes to train a model: 1 among 40"),
        (np.ones(40), {}, "too few negative outcomes to train a model: 0 among 40 rows"),
        (np.full(40, np.nan), {}, "too few .* outcomes to train a model: 0 among 0 rows"),
        (np.arange(40.0), {}, "must be 1, 0 or missing"),
        (np.zeros(3), {}, "3 outcomes for 40 rows"),
        (np.arange(40) % 2.0, {"sample_weight": np.full(40, -1.0)}, "a weight is negative"),
        (np.arange(40) % 2.0, {"sample_weight": np.ones(2)}, "2 weights for 40 rows"),
        (
            np.arange(40) % 2.0,
            {"sample_weight": np.arange(40) % 2.0},
            "all negatives have weight 0",
        ),
        (
            np.arange(40) % 2.0,
            {"features": ["c", "id"]},
            "no column is left to train on .'c': every",
        ),
        (np.arange(40) % 2.0, {"features": []}, "no column is left to train on .no features"),
    ],
)
def test_data_that_cannot_be_trained_on(
    outcome: Floats, options: dict[str, object], message: str
) -> None:
    frame = pandas.DataFrame({"x": np.arange(40) / 7, "c": "one", "id": range(40)})
    with pytest.raises(DataError, match=message) as told:
        cross_fit(frame, outcome, **{"features": ["x"], **options})
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"folds": 1}, "1 folds"),
        ({"threshold": 1.5}, "threshold 1.5"),
        ({"threshold": float("nan")}, "threshold nan"),
        ({"seed": -1}, "seed -1"),
        ({"train_rows": 2}, "at most 2 rows"),
    ],
)
def test_requests_that_cannot_be(options: dict[str, object], message: str) -> None:
    frame, outcome = noise(60, seed=20)
    with pytest.raises(RequestError, match=message):
        cross_fit(frame, outcome, features=["x"], **options)
    with pytest.raises(SchemaError, match="no column 'z'"):
        cross_fit(frame, outcome, features=["z"])


def test_the_door() -> None:
    assert trainer.__all__ == sorted(trainer.__all__, key=lambda n: (not n.isupper(), n))
    assert all(hasattr(trainer, name) for name in trainer.__all__)
