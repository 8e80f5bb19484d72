"""What a model would do: splits, cuts, measures by group, scores as counts."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas
import pytest
from fairlearn.metrics import MetricFrame
from fitted_once import untraced
from numpy.typing import NDArray
from sklearn import metrics as reference

import auditkit
from auditkit.errors import DataError, RequestError
from auditkit.loaders.scores import decision_bins, tally_scores
from auditkit.score_bins import bin_edges, score_bins
from auditkit.trainer import Cut, Rows, Training, cross_fit, influence_of, variance
from auditkit.trainer.by_group import performance_rows
from auditkit.trainer.order import folds_of
from auditkit.trainer.prepared import prepare

Floats = NDArray[np.float64]


def applicants(rows: int = 600, *, seed: int = 0) -> pandas.DataFrame:
    """Return people in two groups, two of an advert, with an outcome that a score explains."""
    rng = np.random.default_rng(seed)
    skill, group = rng.normal(size=rows), rng.choice(["F", "M"], rows, p=[0.4, 0.6])
    hired = skill + 0.4 * (group == "M") + rng.logistic(size=rows) > 0.3
    return pandas.DataFrame(
        {
            "skill": skill,
            "tests": skill + rng.normal(size=rows),
            "gender": group,
            "advert": np.arange(rows) // 2,
            "hired": np.where(hired, "yes", "no"),
        }
    )


def audited(frame: pandas.DataFrame, **options: object) -> auditkit.Audit:
    roles = {"label": "hired", "protected": "gender", "cluster": "advert"}
    training = {key: options.pop(key) for key in list(options) if key not in roles}
    data = auditkit.load(frame, **{**roles, **options})
    return auditkit.audit(data, model=training.pop("model", "logistic"), **training)


# ---------------------------------------------------------------- splits


def test_clusters_stay_in_one_fold() -> None:
    rng = np.random.default_rng(1)
    outcome, clusters = (rng.random(300) < 0.3) * 1.0, np.arange(300) // 3
    for _, test in folds_of(outcome, 5, seed=0, clusters=clusters):
        inside = np.isin(clusters, clusters[test])
        assert set(np.flatnonzero(inside)) == set(test)


def test_folds_keep_the_shares_of_outcome_and_group_where_sizes_allow() -> None:
    rng = np.random.default_rng(2)
    groups = np.repeat([0, 1, 2], [500, 97, 3])  # three rows cannot be in each of five parts
    outcome = (rng.random(600) < 0.3) * 1.0
    for _, test in folds_of(outcome, 5, seed=0, groups=groups):
        for group in (0, 1):
            for value in (0.0, 1.0):
                mine = (groups == group) & (outcome == value)
                assert abs(mine[test].sum() - mine.sum() / 5) <= 1.6  # the three are spread too
        assert abs(outcome[test].sum() - outcome.sum() / 5) <= 2


def test_a_cluster_is_no_feature_and_rows_without_one_stand_alone() -> None:
    frame = applicants()
    frame["advert"] = frame["advert"].astype(object)
    frame.loc[:9, "advert"] = None
    found = audited(frame, repeats=1)
    assert found.model is not None
    assert found.model["features"] == ["skill", "tests"]
    assert "10 rows without a cluster stand for themselves" in found.model["notes"]
    assert found.schema["cluster"] == "advert"


def test_clusters_that_cannot_be() -> None:
    frame = applicants(60)
    frame["advert"] = "the same"
    with pytest.raises(DataError, match="all rows are one cluster"):
        audited(frame)
    frame["advert"] = ["yes" if hired == "yes" else "no" for hired in frame["hired"]]
    with pytest.raises(DataError, match="there is only one outcome left"):
        audited(frame)
    with pytest.raises(RequestError, match="both --label and --cluster"):
        auditkit.load(frame, label="hired", protected="gender", cluster="hired")


def test_clusters_widen_the_intervals() -> None:
    """Each row twice, as a cluster: the variance is that of half as many rows."""
    once = applicants(300, seed=3)
    twice = pandas.concat([once, once], ignore_index=True)
    outcome = (twice["hired"] == "yes").to_numpy() * 1.0
    chosen = (twice["skill"] > 0).to_numpy() * 1.0
    both = Rows(outcome, chosen, chosen, np.ones(600))
    first = np.arange(300)
    single = influence_of("accuracy", both.at(first))
    double = influence_of("accuracy", both)
    near = np.concatenate([first, first])
    assert variance(double, near) == pytest.approx(variance(single), rel=1e-12)
    assert variance(double) == pytest.approx(variance(single) / 2, rel=0.01)


# ---------------------------------------------------------------- cuts


def test_a_quota_selects_that_share_and_ties_with_the_last() -> None:
    rng = np.random.default_rng(4)
    scores = rng.permutation(np.linspace(0, 1, 1000))
    assert (scores >= Cut(top=0.2).of(scores)).sum() == 200
    tied = np.array([0.9, 0.5, 0.5, 0.5, 0.1])
    assert (tied >= Cut(top=0.4).of(tied)).sum() == 4
    weights = np.array([1.0, 1.0, 1.0, 1.0, 6.0])
    assert Cut(top=0.2).of(np.array([0.9, 0.8, 0.7, 0.6, 0.5]), weights) == 0.8


def test_costs_cut_where_errors_cost_least() -> None:
    """Over all thresholds, the expected cost of calibrated scores is least at the one chosen."""
    scores = np.linspace(0.0005, 0.9995, 1000)
    costs = [2.0 * (1 - scores[scores >= t]).sum() + 6.0 * scores[scores < t].sum() for t in scores]
    assert Cut(cost_fp=2.0, cost_fn=6.0).of(scores) == 0.25
    assert scores[int(np.argmin(costs))] == pytest.approx(0.25, abs=0.001)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"select_top": 0.2, "cost_fp": 1.0, "cost_fn": 1.0}, "one cut at a time"),
        ({"select_top": "120%"}, "--select-top 1.2"),
        ({"select_top": "many"}, "write a share"),
        ({"cost_fp": 1.0}, "give both"),
        ({"cost_fp": 0.0, "cost_fn": 1.0}, "numbers above 0"),
        ({"folds": 1}, "1 folds"),
        ({"repeats": 0}, "0 repeats"),
        ({"jobs": 0}, "--jobs 0"),
        ({"train_rows": 1}, "at most 1 rows"),
    ],
)
def test_requests_that_cannot_be(options: dict[str, object], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        audited(applicants(80), **options)


def test_the_record_says_where_the_cut_is() -> None:
    found = audited(applicants(), select_top="25%", repeats=1).model
    assert found is not None
    assert found["cut"] == {"rule": "top", "share": 0.25}
    assert found["metrics"]["selection_rate"] == pytest.approx(0.25, abs=0.003)
    assert found["threshold"] in found["score_bins"]["edges"]


# ---------------------------------------------------------------- measures by group


def test_measures_by_group_are_those_of_fairlearn_and_scikit_learn() -> None:
    frame = applicants(800, seed=5)
    outcome = (frame["hired"] == "yes").to_numpy() * 1.0
    groups = {"gender": frame["gender"].tolist()}
    found = cross_fit(frame, outcome, features=["skill", "tests"], groups=groups, repeats=2)
    by_hand = MetricFrame(
        metrics={
            "roc_auc": lambda y, s: reference.roc_auc_score(y, s),
            "brier_score": reference.brier_score_loss,
            "calibration_in_the_large": lambda y, s: float(np.mean(y - s)),
        },
        y_true=outcome, y_pred=found.scores, sensitive_features=frame["gender"],
    )  # fmt: skip
    chosen = MetricFrame(
        metrics={
            "accuracy": reference.accuracy_score,
            "true_positive_rate": reference.recall_score,
            "positive_predictive_value": reference.precision_score,
            "balanced_accuracy": reference.balanced_accuracy_score,
            "selection_rate": lambda y, p: float(np.mean(p)),
        },
        y_true=outcome, y_pred=found.predictions, sensitive_features=frame["gender"],
    )  # fmt: skip
    told = {(row["metric"], *(row["group"] or ["all"])): row["value"] for row in found.performance}
    for expected in (by_hand, chosen):
        for metric in expected.by_group.columns:
            assert told[metric, "all"] == pytest.approx(expected.overall[metric], rel=1e-12)
            for group, value in expected.by_group[metric].items():
                assert told[metric, group] == pytest.approx(value, rel=1e-12)


def test_sampling_variance_is_that_of_the_bootstrap() -> None:
    """Influences against 2,000 resamples of the rows: same standard errors within 8 %."""
    rng = np.random.default_rng(6)
    score = np.clip(rng.beta(2, 3, 500), 0.01, 0.99)
    outcome = (rng.random(500) < score) * 1.0
    rows = Rows(outcome, score, (score >= 0.4) * 1.0, np.ones(500))
    names = ("roc_auc", "brier_score", "true_positive_rate", "balanced_accuracy",
             "calibration_in_the_large", "calibration_slope")  # fmt: skip
    draws = [rows.at(rng.integers(0, 500, 500)) for _ in range(2000)]
    for name in names:
        spread = np.std([influence_of(name, draw).value for draw in draws])
        expected = variance(influence_of(name, rows))
        assert expected is not None
        assert expected**0.5 == pytest.approx(spread, rel=0.08), name


def test_training_variance_is_that_between_repetitions() -> None:
    rng = np.random.default_rng(7)
    outcome = (rng.random(100) < 0.5) * 1.0
    scores = [np.clip(outcome * 0.3 + rng.random(100) * 0.7, 0, 1) for _ in range(3)]
    repeats = [Rows(outcome, s, (s >= 0.5) * 1.0, np.ones(100)) for s in scores]
    row = next(r for r in performance_rows(repeats, {}) if r["metric"] == "brier_score")
    losses = [float(np.mean((s - outcome) ** 2)) for s in scores]
    assert row["value"] == pytest.approx(losses[0])
    assert row["training_sd"] == pytest.approx(np.std(losses, ddof=1))
    reach = 1.959964 * (row["sampling_sd"] ** 2 + row["training_sd"] ** 2) ** 0.5
    assert (row["low"], row["high"]) == pytest.approx((losses[0] - reach, losses[0] + reach))
    alone = performance_rows(repeats[:1], {})
    assert {row["training_sd"] for row in alone} == {None}


def test_groups_of_long_tables_are_measured_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(8)
    outcome, score = (rng.random(400) < 0.4) * 1.0, rng.uniform(0.01, 0.99, 400)
    rows = Rows(outcome, score, (score >= 0.5) * 1.0, rng.uniform(0.5, 1.5, 400))
    groups = {"sex": rng.choice(["F", "M"], 400), "town": rng.choice(list("ABCD"), 400)}
    places = np.arange(400) // 2
    one_by_one = performance_rows([rows], groups, clusters=places)
    monkeypatch.setattr("auditkit.trainer.by_group._LONG", 1)
    assert performance_rows([rows], groups, clusters=places) == one_by_one


def test_the_slope_of_calibration_takes_rows_without_weight_as_absent() -> None:
    """Where such a row has a score of exactly 0, whose logit is infinite, too."""
    rng = np.random.default_rng(9)
    outcome, score = (rng.random(60) < 0.5) * 1.0, rng.uniform(0.01, 0.99, 60)
    weight = rng.uniform(0.5, 1.5, 60)
    more = Rows(*(np.append(part, end) for part, end in
                  ((outcome, 1.0), (score, 0.0), (outcome, 1.0), (weight, 0.0))))  # fmt: skip
    alone = influence_of("calibration_slope", Rows(outcome, score, outcome, weight))
    found = influence_of("calibration_slope", more)
    assert found.value == alone.value
    assert found.rows.tolist() == pytest.approx([*alone.rows, 0.0], abs=1e-15)


def test_a_group_without_positives_has_no_rate_and_a_reason() -> None:
    frame = applicants(300, seed=8)
    frame.loc[:19, "gender"] = "X"
    frame.loc[:19, "hired"] = "no"
    found = audited(frame).model
    assert found is not None
    rows = {r["metric"]: r for r in found["performance"] if r["group"] == ["X"]}
    for metric in ("roc_auc", "true_positive_rate", "calibration_slope"):
        assert rows[metric]["value"] is None
        assert rows[metric]["reason"]
    assert rows["selection_rate"]["n"] == 20
    assert rows["selection_rate"]["high"] is not None


def test_the_other_kind_stands_beside() -> None:
    frame = applicants(300, seed=9)
    found, turned = audited(frame).model, audited(frame, model="boosting").model
    assert found is not None
    assert turned is not None
    assert [row["kind"] for row in found["beside"]] == ["boosting"]
    assert found["beside"][0]["metrics"] == turned["metrics"]
    assert found["metrics"] == turned["beside"][0]["metrics"]


@untraced()
def test_processes_give_the_same_bits() -> None:
    frame = applicants(200, seed=10)
    assert audited(frame, jobs=2).model == audited(frame).model


def test_a_fold_without_positives_in_a_group() -> None:
    """A group with two positives in five folds is inconclusive; one with none has a reason."""
    frame = applicants(400, seed=3)
    few, none = frame.index[:40], frame.index[40:80]
    frame.loc[few, "gender"], frame.loc[none, "gender"] = "few", "none"
    frame.loc[[*few, *none], "hired"] = "no"
    frame.loc[few[:2], "hired"] = "yes"
    found = audited(frame, repeats=2)
    assert found.model is not None
    rows = {
        (row["group"][0], row["metric"]): row
        for row in found.model["performance"]
        if row["attributes"]
    }
    assert rows["none", "true_positive_rate"]["value"] is None
    assert rows["none", "true_positive_rate"]["reason"] == "no positive outcomes in this group"
    assert rows["few", "true_positive_rate"]["value"] is not None
    gaps = [
        finding
        for finding in found.findings
        if finding.kind == "error-gap" and finding.group in (("few",), ("none",))
        if "true_positive_rate" in str(finding.evidence)
    ]
    assert {finding.level for finding in gaps} <= {"inconclusive"}
    assert found.to_html()


def test_interrupted_processes_leave_the_splits_that_are_done() -> None:
    """A real signal in the second of three splits: the first is told, and nothing is made up."""

    def stop(what: str, done: int, total: int) -> None:
        if what == "baseline" and done == 7:
            signal.raise_signal(signal.SIGINT)

    frame = applicants(200, seed=10)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may ignore it
    try:
        found = audited(frame, jobs=2, progress=stop)
    finally:
        signal.signal(signal.SIGINT, before)
    assert found.model is not None
    assert found.provenance["interrupted"] is True
    assert found.model["repeats"] == 1
    assert "interrupted: 1 of 3 repetitions were done" in found.model["notes"]
    assert found.model["metrics"] == audited(frame, repeats=1).model["metrics"]
    assert auditkit.Audit.from_json(found.to_json()).to_html()


# ---------------------------------------------------------------- scores as counts


def test_bins_hold_the_threshold_as_an_edge_and_give_the_counts_back() -> None:
    frame = applicants(500, seed=11)
    found = audited(frame, select_top="30%", repeats=1)
    assert found.model is not None
    bins = found.model["score_bins"]
    assert np.diff(bins["edges"]).max() <= 0.01 + 1e-12
    place = bins["edges"].index(found.model["threshold"])
    cells = {(cell["group"][0], cell["label"]): cell["counts"] for cell in bins["cells"]}
    selected = {key: sum(counts[place:]) for key, counts in cells.items()}
    cube = found.counts.cube(("gender",), label="label", prediction="model")
    for index, group in enumerate(cube.groups):
        for label in (0, 1):
            assert selected[group[0], label] == cube.n[index, label, 1]
            assert sum(cells[group[0], label]) == cube.n[index, label].sum()


def test_an_edge_belongs_to_the_bin_above_it() -> None:
    edges = bin_edges(0.5)
    assert len(edges) == 101
    scores = np.array([k / 100 for k in range(101)])
    found = score_bins(scores, np.ones(101), {"g": ["a"] * 101}, threshold=0.5)
    counts = found["cells"][0]["counts"]
    assert counts == [1] * 99 + [2]


@pytest.mark.parametrize("engine", ["pandas", "duckdb", "polars"])
def test_brought_scores_are_binned_alike_by_every_engine(engine: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(12)
    score = np.round(rng.random(400), 2)  # many of them on an edge
    frame = pandas.DataFrame(
        {"g": rng.choice(["a", "b"], 400), "y": (rng.random(400) < 0.4) * 1, "score": score}
    )
    frame.to_csv(tmp_path / "t.csv", index=False)
    data = auditkit.load(
        tmp_path / "t.csv", label="y", protected="g", score="score", threshold=0.29, engine=engine
    )
    expected = score_bins(
        score, frame["y"].to_numpy(dtype=float), {"g": frame["g"].tolist()}, threshold=0.29,
        low=0.0, high=1.0,
    )  # fmt: skip
    assert decision_bins(tally_scores(data, bins=1)) == expected
    assert decision_bins(tally_scores(data)) == expected
    found = auditkit.audit(data).decision
    assert found is not None
    assert found["score_bins"] == expected


def test_scores_on_another_scale_and_pre_aggregated() -> None:
    frame = pandas.DataFrame(
        {"g": ["a", "a", "b"], "decile": [1, 5, 10], "y": [0, 1, 1], "freq": [4, 2, 3]}
    )
    data = auditkit.load(frame, label="y", protected="g", score="decile", threshold=5, count="freq")
    found = decision_bins(tally_scores(data, bins=1))
    assert (found["edges"][0], found["edges"][-1]) == (1.0, 10.0)
    place = found["edges"].index(5.0)
    assert [sum(cell["counts"][place:]) for cell in found["cells"]] == [0, 2, 3]


# ---------------------------------------------------------------- the command line


def test_flags_reach_the_model(
    tmp_path: Path, auditkit_main: Callable[..., tuple[int, str, str]]
) -> None:
    applicants(120).to_csv(tmp_path / "t.csv", index=False)
    code, out, err = auditkit_main(
        "audit", tmp_path / "t.csv", "--label", "hired", "--protected", "gender", "--cluster",
        "advert", "--folds", 3, "--repeats", 2, "--select-top", "10%", "--json", "-", "-q",
    )  # fmt: skip
    assert (code, err) == (0, "")
    found = auditkit.Audit.from_json(out).model
    assert found is not None
    assert (found["folds"], found["repeats"], found["cut"]["share"]) == (3, 2, 0.1)


def test_prepare_knows_its_rows() -> None:
    frame = applicants(100)
    outcome = (frame["hired"] == "yes").to_numpy() * 1.0
    rows = prepare(frame, outcome, features=["skill"], groups={"gender": frame["gender"].tolist()})
    np.testing.assert_array_equal(rows.outcome, outcome[rows.rows])
    assert (rows.groups["gender"] == frame["gender"].to_numpy()[rows.rows]).all()
    assert Training().repeats_for(20_000) == 3
    assert Training().repeats_for(20_001) == 1
