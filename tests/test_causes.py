"""Where a gap comes from: planted causes are named, the null is not blamed, edges are told."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas
import pytest
from fairlearn.preprocessing import CorrelationRemover
from fitted_once import untraced
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import auditkit
from auditkit.causes import CAUSES, causes_of
from auditkit.causes.contrast import difference_of_means, number
from auditkit.causes.parts import residualised
from auditkit.causes.share import EQUAL
from auditkit.trainer import Cut, Prepared, prepare
from auditkit.trainer.bench import Bench, Learner

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def worlds() -> ModuleType:
    spec = importlib.util.spec_from_file_location("worlds", ROOT / "benchmarks" / "causes.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["worlds"] = module
    spec.loader.exec_module(module)
    return module


def rows_of(rows: int = 900, *, seed: int = 0, share: float = 0.3) -> Prepared:
    rng = np.random.default_rng(seed)
    group = np.where(rng.random(rows) < share, "F", "M")
    skill = rng.normal(size=rows)
    frame = pandas.DataFrame({"skill": skill, "height": (group == "M") + rng.normal(size=rows)})
    outcome = (skill + 0.8 * (group == "M") + rng.logistic(size=rows) > 0.4) * 1.0
    return prepare(frame, outcome, features=list(frame), groups={"sex": group.tolist()})


@untraced()  # causes_of, of which the other tests ask more, of fewer rows
@pytest.mark.parametrize(
    "name", ["null", "label bias", "proxy", "under-representation", "measurement error"]
)
def test_the_planted_cause_comes_first(name: str, worlds: ModuleType) -> None:
    """One draw of each world of benchmarks/causes.py; docs/causes.md has 100 seeds of each."""
    assert worlds.first_cause(name, 3000, 7, "logistic") == (worlds.PLANTED[name] or "none")


def test_the_chain_from_label_to_selection_adds_up() -> None:
    (pair,) = causes_of(rows_of(), "logistic", Cut())["pairs"]
    part = {name: found["value"] for name, found in pair["parts"].items()}
    assert part["label"] + part["learning"] == pytest.approx(part["score"], abs=1e-12)
    assert part["score"] + part["cut"] == pytest.approx(part["selection"], abs=1e-12)
    assert part["label"] + part["amplification"] == pytest.approx(part["selection"], abs=1e-12)
    assert part["explained"] + part["unexplained"] == pytest.approx(part["label"], abs=1e-12)


def test_the_gap_in_labels_is_that_of_the_counts() -> None:
    rows = rows_of(seed=1)
    (pair,) = causes_of(rows, "logistic", Cut())["pairs"]
    here, there = (rows.groups["sex"] == name for name in (pair["group"], pair["reference"]))
    expected = rows.outcome[here].mean() - rows.outcome[there].mean()
    assert pair["parts"]["label"]["value"] == pytest.approx(expected, rel=1e-12)
    spread = [rows.outcome[mask].var(ddof=0) / mask.sum() for mask in (here, there)]
    found = pair["parts"]["label"]
    assert (found["high"] - found["low"]) / 2 == pytest.approx(1.96 * sum(spread) ** 0.5, rel=0.01)


def test_residualising_is_fairlearns_correlation_remover() -> None:
    """With 0/1 columns of the groups, least squares takes out the mean of each group."""
    rows = rows_of(seed=2)
    bench = Bench(rows, Learner("logistic", 0), seed=0)
    codes = (rows.groups["sex"] == "F").astype(np.intp)
    found = residualised(bench, codes)
    fold = bench.folds[0]
    remover = CorrelationRemover(sensitive_feature_ids=[0])
    train = remover.fit_transform(np.column_stack([codes[fold.train], fold.x_train]))
    test = remover.transform(np.column_stack([codes[fold.test], fold.x_test]))
    model = LogisticRegression(max_iter=1000).fit(train, rows.outcome[fold.train])
    np.testing.assert_allclose(found[fold.test], model.predict_proba(test)[:, 1], atol=1e-4)


def test_a_difference_of_means_and_its_error() -> None:
    """Against Welch's standard error, computed by hand."""
    rng = np.random.default_rng(3)
    values, here = rng.normal(size=80), np.arange(80) < 30
    found = difference_of_means(values, here, ~here, np.ones(80))
    assert found.value == pytest.approx(values[:30].mean() - values[30:].mean())
    by_hand = values[:30].var() / 30 + values[30:].var() / 50
    assert found.variance() == pytest.approx(by_hand * 30 / 29)
    twice = np.concatenate([np.arange(80), np.arange(80)])
    double = difference_of_means(values[twice], here[twice], ~here[twice], np.ones(160))
    assert double.variance(twice) == pytest.approx(by_hand * 60 / 59)
    told = number(0.3, 0.01, 0.95)
    assert told.low is not None
    assert told.p_value == pytest.approx(0.0026998, rel=1e-4)  # 2 (1 - Phi(3))
    assert number(0.0, 0.0, 0.95).p_value == 1.0
    assert number(float("nan"), 1.0, 0.95).value is None


def test_the_curve_covers_the_shares_at_one_total() -> None:
    found = causes_of(rows_of(seed=4, share=0.12), "logistic", Cut())
    curve = found["pairs"][0]["representation"]
    shares = [row["share"] for row in curve["curve"]]
    assert shares == sorted(shares)
    assert EQUAL in shares
    assert round(curve["share"], 6) in shares
    assert curve["total"] <= 720
    assert curve["curve"][-1]["repeated"] is True  # 90 % of 720 rows are more than there are
    for row in curve["curve"]:
        for measure in ("selection_gap", "roc_auc", "accuracy_others"):
            assert row[measure]["low"] <= row[measure]["value"] <= row[measure]["high"]


def test_a_group_with_half_of_the_rows_is_not_under_represented() -> None:
    (pair,) = causes_of(rows_of(seed=5, share=0.6), "logistic", Cut())["pairs"]
    assert pair["representation"]["verdict"] == "not-under-represented"
    told = {entry["cause"]: entry for entry in pair["ranking"]}
    assert told["under-representation"]["value"] is None
    assert not told["under-representation"]["blamed"]
    assert set(told) == set(CAUSES)


def test_few_outcomes_are_undecided_not_fine() -> None:
    rows = rows_of(400, seed=6, share=0.1)
    (pair,) = causes_of(rows, "logistic", Cut(), min_group=10)["pairs"]
    assert pair["parts"]["quality"]["value"] is None
    assert "a model of its own needs 20" in pair["parts"]["quality"]["reason"]


def test_groups_that_are_too_small_are_named() -> None:
    rows = rows_of(300, seed=7)
    rows.groups["sex"][:5] = "X"
    found = causes_of(rows, "logistic", Cut())
    assert [pair["group"] for pair in found["pairs"]] == ["F"]
    assert any("1 group with fewer than 30 rows" in note for note in found["notes"])


def test_own_models_and_pipelines() -> None:
    rows = rows_of(400, seed=8)
    assert causes_of(rows, GaussianNB(), Cut())["kind"] == "GaussianNB"
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    found = causes_of(rows, pipeline, Cut())
    assert found["kind"] == "logistic"
    assert any("cannot be taken apart" in note for note in found["notes"])


def test_a_large_table_is_sampled_and_says_so() -> None:
    found = causes_of(rows_of(1000, seed=9), "logistic", Cut(), most=400)
    assert (found["rows"], found["of_rows"]) == (400, 1000)
    assert "a sample of 400 of 1,000 rows" in found["notes"][0]
    again = causes_of(rows_of(1000, seed=9), "logistic", Cut(), most=400)
    assert found == again


def test_groups_without_overlap_are_not_identified() -> None:
    rng = np.random.default_rng(10)
    group = np.repeat(["F", "M"], 300)
    frame = pandas.DataFrame(
        {"code": (group == "M") * 8.0 + rng.normal(size=600), "skill": rng.normal(size=600)}
    )
    outcome = (rng.random(600) < 0.3 + 0.3 * (group == "M")) * 1.0
    rows = prepare(frame, outcome, features=list(frame), groups={"sex": group.tolist()})
    (pair,) = causes_of(rows, "logistic", Cut(), proxies={"sex": ["code"]})["pairs"]
    assert pair["group_auc"] > 0.99
    assert any("the group itself" in item["between"] for item in pair["not_identified"])
    for name in ("dropped", "permuted"):  # all of the gap goes through the code
        assert pair["parts"][name]["value"] < -0.2


def test_interrupted_keeps_what_was_done() -> None:
    def stop(done: int, of: int) -> None:
        if 3 <= done < of:
            raise KeyboardInterrupt

    found = causes_of(rows_of(300, seed=11), "logistic", Cut(), tell=stop)
    assert found["interrupted"] is True
    assert found["pairs"] == []
    assert any(note.startswith("interrupted") for note in found["notes"])


def test_the_audit_finds_what_was_planted_in_the_sample(
    sample_data: Path, tmp_path: Path, auditkit_main: Callable[..., tuple[int, str, str]]
) -> None:
    code, _, err = auditkit_main(
        "audit", sample_data / "hiring.toml", "--causes", "--folds", 2, "--repeats", 1, "-q",
        "--json", tmp_path / "a.json",
    )  # fmt: skip
    assert (code, err) == (0, "")
    found = auditkit.Audit.read(tmp_path / "a.json")
    assert found.model is not None
    pair = next(p for p in found.model["causes"]["pairs"] if p["group"] == "Female")
    assert pair["first"] == "labels"
    kinds = {finding.kind for finding in found.findings}
    assert {"cause", "not-identified"} <= kinds
