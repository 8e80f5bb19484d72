"""A remedy carried out: weights, data and models that are then used, each with its own audit."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas
import pytest
from fitted_once import untraced
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

import auditkit
from auditkit.errors import AuditkitError, DataError, RequestError
from auditkit.mitigation import Mitigated, mitigate
from auditkit.trainer import Bench, Learner, Reader, ScoringModel, prepare, read_model, to_skops

Main = Callable[..., tuple[int, str, str]]


def applicants(rows: int = 800, *, seed: int = 0, effect: float = 0.8) -> pandas.DataFrame:
    """Return two groups of whom one is hired less, and a test that goes with the group."""
    rng = np.random.default_rng(seed)
    sex = rng.choice(["F", "M"], rows)
    skill = rng.normal(size=rows)
    test = skill + (sex == "M") + rng.normal(size=rows)
    hired = skill + effect * (sex == "M") + rng.logistic(size=rows) > 0.5
    city = rng.choice(["Ghent", "Bruges", "Ypres"], rows)
    return pandas.DataFrame(
        {"sex": sex, "skill": skill, "test": test, "city": city, "hired": hired.astype(int)}
    )


ROLES = ("--label", "hired", "--protected", "sex")


def loaded(frame: pandas.DataFrame, **options: object) -> auditkit.Dataset:
    return auditkit.load(frame, **{"label": "hired", "protected": "sex", **options})


def made(remedy: str, file: str, frame: pandas.DataFrame | None = None, **options: object):
    """Return a remedy carried out; one split of the rows, which is that of all its numbers."""
    data = loaded(applicants() if frame is None else frame)
    return mitigate(data, remedy=remedy, file=file, **{"repeats": 1, **options})


def gap(chosen: object, groups: object) -> float:
    """Return the widest difference between the rates of groups."""
    rates = pandas.Series(np.asarray(chosen, dtype=float)).groupby(np.asarray(groups)).mean()
    return float(rates.max() - rates.min())


# ---------------------------------------------------------------- weights


def test_weights_fit_by_hand_narrow_the_gap(tmp_path: Path, auditkit_main: Main) -> None:
    """The weights of the file, row by row, in scikit-learn's own cross-validation."""
    frame = applicants(2000, effect=2.0).assign(person=[f"p{i}" for i in range(2000)])
    frame.loc[frame.index[:5], "hired"] = np.nan
    frame.to_csv(tmp_path / "t.csv", index=False)
    code, out, err = auditkit_main(
        "mitigate", tmp_path / "t.csv", *ROLES, "--positive", 1, "--remedy", "reweighing",
        "--id", "person", "-o", tmp_path / "weights.csv",
    )  # fmt: skip
    assert code == 0, err
    assert "legal question" in out
    assert "Out of fold" in out
    weights = pandas.read_csv(tmp_path / "weights.csv")
    assert weights["row"].tolist() == list(range(1, 2001))
    assert weights["id"].tolist() == frame["person"].tolist()
    assert weights["weight"].isna().tolist() == frame["hired"].isna().tolist()
    known = frame["hired"].notna().to_numpy()
    x, y = frame.loc[known, ["skill", "test"]], frame.loc[known, "hired"].astype(int)
    weight, sex = weights.loc[known, "weight"].to_numpy(), frame.loc[known, "sex"]
    for group in ("F", "M"):  # what the weights are for: one rate of the outcome in all groups
        mine = (sex == group).to_numpy()
        rate = np.average(y[mine], weights=weight[mine])
        assert rate == pytest.approx(y.mean(), abs=1e-9)
    plain, weighed = (
        cross_val_predict(LogisticRegression(), x, y, params={"sample_weight": use})
        for use in (None, weight)
    )
    assert gap(plain, sex) > 0.15
    assert gap(weighed, sex) < 0.7 * gap(plain, sex)


def test_weights_of_weighted_data_hold_both() -> None:
    frame = applicants().assign(w=np.linspace(0.5, 2.0, 800))
    found = mitigate(loaded(frame, weight="w"), remedy="reweighing", file="w.csv").frame
    assert found is not None
    rates = [
        np.average(
            frame["hired"][frame["sex"] == sex], weights=found["weight"][frame["sex"] == sex]
        )
        for sex in ("F", "M")
    ]
    assert rates[0] == pytest.approx(rates[1], abs=1e-9)


def test_adult_weights_by_hand(shared_data: Path) -> None:
    adult = pandas.read_csv(shared_data / "adult_train.csv.gz").iloc[:8000]
    seen = ["age", "education-num", "hours-per-week", "marital-status", "relationship"]
    adult = adult[[*seen, "sex", "income"]]
    data = auditkit.load(adult, label="income", positive=">50K", protected="sex")
    found = mitigate(data, remedy="reweighing", file="w.csv", folds=3)
    assert found.frame is not None
    x, y = pandas.get_dummies(adult[seen], dtype=float), (adult["income"] == ">50K").astype(int)
    x = (x - x.mean()) / x.std()
    plain, weighed = (
        cross_val_predict(LogisticRegression(), x, y, params={"sample_weight": use})
        for use in (None, found.frame["weight"].to_numpy())
    )
    assert gap(weighed, adult["sex"]) < gap(plain, adult["sex"]) / 2


# ---------------------------------------------------------------- data


def again(found: Mitigated, tmp_path: Path, name: str, **roles: object) -> auditkit.Audit:
    """Write the data and audit them as a user would."""
    found.write(tmp_path / name)
    data = auditkit.load(str(tmp_path / name), **{"label": "hired", "protected": "sex", **roles})
    return auditkit.audit(data, repeats=1)


def outcome_gap(audit: auditkit.Audit, stage: str = "label") -> float:
    metric = "base_rate" if stage == "label" else "selection_rate"
    rates = [
        row.value
        for row in audit.estimates
        if (row.stage, row.metric, row.attributes) == (stage, metric, ("sex",))
    ]
    return max(rates) - min(rates)


def test_resampled_rows_load_again_and_stay_together(tmp_path: Path) -> None:
    found = made("resampling", "data.csv")
    assert found.frame is not None
    assert found.added == {"cluster": "source_row"}
    source = found.frame["source_row"].to_numpy() - 1
    before = applicants()
    for column in before:
        assert found.frame[column].tolist() == before[column].iloc[source].tolist()
    audit = again(found, tmp_path, "data.csv", cluster="source_row")
    assert outcome_gap(audit) == pytest.approx(0, abs=0.005)
    assert audit.schema["cluster"] == found.audit.schema["cluster"] == "source_row"
    assert audit.model is not None
    assert found.audit.model is not None
    assert audit.model["features"] == found.audit.model["features"] == ["skill", "test", "city"]


@pytest.mark.parametrize(("part", "left"), [("0.5", 0.5), ("1", 0.0)])
def test_relabelled_rows_differ_in_the_label_only(part: str, left: float, tmp_path: Path) -> None:
    found = made(f"relabelling:{part}", "data.parquet")
    before, after = applicants(), found.frame
    assert after is not None
    pandas.testing.assert_frame_equal(after.drop(columns="hired"), before.drop(columns="hired"))
    assert outcome_gap(again(found, tmp_path, "data.parquet")) == pytest.approx(
        left * gap(before["hired"], before["sex"]), abs=0.005
    )
    (told,) = [note for note in found.audit.model["notes"] if "used in training" in note]
    assert "legal question" in told


def test_residualised_columns_are_not_linear_in_the_group(tmp_path: Path) -> None:
    frame = applicants()
    frame.loc[frame.index[::50], "test"] = np.nan
    found = made("residualise:1", "data.csv", frame)
    after = found.frame
    assert after is not None
    assert set(after.columns) == {
        "sex", "hired", "city=Bruges", "city=Ghent", "city=Ypres", "skill", "test",
        "test (missing)",
    }  # fmt: skip
    told = (frame["sex"] == "M").astype(float)
    for column in set(after.columns) - {"sex", "hired"}:
        assert np.corrcoef(after[column], told)[0, 1] == pytest.approx(0, abs=1e-9), column
    audit = again(found, tmp_path, "data.csv")
    assert outcome_gap(audit, "model") < 0.5 * outcome_gap(
        auditkit.audit(loaded(frame), repeats=1), "model"
    )


def test_dropped_columns_are_gone() -> None:
    found = made("drop-feature:test", "data.csv")
    assert found.frame is not None
    assert list(found.frame) == ["sex", "skill", "city", "hired"]
    assert found.point["uses_group"] == "never"


# ---------------------------------------------------------------- models


@pytest.mark.parametrize(
    ("remedy", "group_needed"),
    [
        ("reweighing", False),
        ("drop-feature:test", False),
        ("exponentiated-gradient:0.01", False),
        ("group-thresholds:0", True),
        ("one-threshold:0.5", False),
    ],
)
def test_models_are_audited_as_brought(
    remedy: str, group_needed: bool, tmp_path: Path, auditkit_main: Main
) -> None:
    frame = applicants()
    frame.to_csv(tmp_path / "t.csv", index=False)
    code, _, err = auditkit_main(
        "mitigate", tmp_path / "t.csv", *ROLES, "--remedy", remedy, "-o", tmp_path / "m.skops", "-q"
    )
    assert (code, err) == (0, "")
    code, _, err = auditkit_main(
        "audit", tmp_path / "t.csv", *ROLES, "--model", tmp_path / "m.skops",
        "--json", tmp_path / "a.json", "-q",
    )  # fmt: skip
    assert (code, err) == (0, "")
    own = auditkit.Audit.read(tmp_path / "m.audit.json")
    brought = auditkit.Audit.read(tmp_path / "a.json")
    assert own.model is not None
    assert brought.model is not None
    assert ("sex" in brought.model["features"]) is group_needed
    assert own.model["remedy"]["artefact"] == "model"
    # In the rows it learned from the gap may be a little narrower; the record is out of fold.
    assert outcome_gap(brought, "model") == pytest.approx(outcome_gap(own, "model"), abs=0.06)
    point = own.model["remedy"]
    assert outcome_gap(own, "model") == pytest.approx(point["gap"]["value"], abs=1e-9)


def test_a_model_reads_one_row_as_it_reads_many() -> None:
    """Dates, truth values, codes and text: what a whole column told is not asked of one row."""
    rng = np.random.default_rng(1)
    frame = pandas.DataFrame(
        {
            "date": pandas.date_range("2020-01-01", periods=600).strftime("%d/%m/%Y"),
            "flag": rng.choice(["yes", "no"], 600),
            "text_number": [f"{v:.2f}" for v in rng.normal(size=600)],
            "code": rng.integers(0, 4, 600).astype(float),
            "many": [f"level {i}" for i in rng.integers(0, 70, 600)],
            "words": [f"a note of some seven words about case {i}" for i in range(600)],
        }
    )
    frame.loc[3, ["date", "flag", "text_number", "many", "words"]] = None
    outcome = (rng.random(600) < 0.5) * 1.0
    rows = prepare(frame, outcome, features=list(frame))
    bench = Bench(rows, Learner("logistic", 0), seed=0)
    fold = bench.whole()
    model = ScoringModel(
        Reader.of(rows), fold.design, bench.plain(fold).model, outcomes=["no", "yes"]
    )
    seen = model.reader.frame(frame)
    pandas.testing.assert_frame_equal(seen, rows.seen.table.frame)
    many = model.predict_proba(frame)
    for place in (0, 3, 599):
        alone = model.predict_proba(frame.iloc[[place]].reset_index(drop=True))
        assert alone == pytest.approx(many[[place]], abs=1e-12)
    with pytest.raises(RequestError, match="needs the column 'flag'"):
        model.predict(frame.drop(columns="flag"))


def test_groups_without_a_threshold_are_named(tmp_path: Path) -> None:
    found = made("group-thresholds:0", "m.skops")
    found.write(tmp_path / "m.skops")
    model = read_model(str(tmp_path / "m.skops")).model
    with pytest.raises(RequestError, match="no threshold for 'X' of 'sex'"):
        model.predict(applicants(40).assign(sex="X"))
    assert set(model.predict(applicants(40))) <= {"0", "1"}


def test_bands_spellings_and_a_positive_zero(tmp_path: Path) -> None:
    """The group of a band, of a mapped spelling, and an event that is written as 0."""
    frame = applicants()
    frame["age"] = np.where(frame["sex"] == "F", 30, 50)
    frame["hired"] = 1 - frame["hired"]
    data = auditkit.load(frame, label="hired", positive="0", protected="age", bins={"age": [40]})
    found = mitigate(data, remedy="group-thresholds:0", file="m.skops")
    found.write(tmp_path / "m.skops")
    audit = auditkit.audit(data, model=str(tmp_path / "m.skops"))
    assert audit.model is not None
    chosen = found.model.predict(frame) == "0"
    assert audit.model["metrics"]["selection_rate"] == pytest.approx(chosen.mean())
    assert gap(chosen, frame["age"]) < 0.06


def test_rows_beyond_the_sample_are_scored_too() -> None:
    found = made("reweighing", "m.skops", applicants(1500), train_rows=600)
    assert found.audit.model is not None
    assert found.audit.model["rows"] == 1500
    assert any("600 of 1,500 rows" in note for note in found.audit.model["notes"])


@untraced()
def test_the_same_seed_gives_the_same_bytes() -> None:
    frame = applicants(200)
    for remedy, file in (("grid-search:0.5", "m.skops"), ("resampling", "d.parquet")):
        one, other, third = (made(remedy, file, frame, seed=seed, repeats=2) for seed in (3, 3, 4))
        assert one.content == other.content
        assert one.audit.estimates == other.audit.estimates
        assert third.content != one.content


def test_types_that_may_not_be_trusted_are_refused() -> None:
    class Own(LogisticRegression):
        pass

    with pytest.raises(RequestError, match="cannot be written so that it may be trusted"):
        to_skops(Own())


# ---------------------------------------------------------------- which


def test_the_recommended_one_is_as_good_and_has_a_smaller_gap() -> None:
    found = made("recommended", "m.skops", applicants(600, effect=2.0), tolerance=0.03, folds=2)
    point = found.point
    assert point["uses_group"] != "decision"
    assert point["gap"]["value"] < point["before"]["gap"]["value"]
    assert point["accuracy"]["value"] > point["before"]["accuracy"]["value"] - 0.04


def test_nothing_to_recommend_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the model as it is comes first, and where what comes first cannot be written so."""
    for alternatives in (["none", "reweighing"], ["another-model:boosting", "none"]):
        found = {"alternatives": alternatives, "interrupted": False}
        monkeypatch.setattr("auditkit.mitigation.work.remedies_of", lambda *_, f=found, **__: f)
        with pytest.raises(RequestError, match=r"no remedy that can be written to a \.skops file"):
            made("recommended", "m.skops", applicants(200))


@pytest.mark.parametrize(
    ("remedy", "file", "options", "message"),
    [
        (None, "w.csv", {}, r"--remedy: name one of recommended, reweighing"),
        ("reweighting", "w.csv", {}, r"no remedy 'reweighting' \(did you mean 'reweighing'"),
        ("relabelling", "w.csv", {}, "say how much of it, 'relabelling:0.5', 'relabelling:1'"),
        ("reweighing", "w.xlsx", {}, "ends in .csv, .parquet, .skops"),
        ("group-thresholds:0", "w.csv", {}, "is a model: write it to a file that ends in .skops"),
        ("residualise:1", "m.skops", {}, "is data: write it"),
        ("drop-feature:tset", "d.csv", {}, r"no column 'tset' \(did you mean 'test'"),
        ("drop-proxies", "d.csv", {}, "cannot be done here: no column goes with 'sex'"),
        ("reweighing", "m.skops", {"model": "boosting"}, "boosting model cannot be written"),
        ("reweighing", "w.csv", {"model": "none"}, "--model none"),
        ("reweighing", "w.csv", {"identifier": "persn"}, "no column 'persn'"),
        ("reweighing", "w.csv", {"remedies_for": "race"}, "--remedies-for 'race'"),
        ("one-threshold:0.5", "m.skops", {"select_top": "20%"}, "leave --select-top out"),
    ],
)
def test_requests_that_cannot_be(
    remedy: str | None, file: str, options: dict[str, object], message: str
) -> None:
    frame = applicants(200)
    frame["test"] = np.random.default_rng(5).normal(size=200)  # no proxy of the group
    with pytest.raises(AuditkitError, match=message):
        made(remedy, file, frame, **options)  # type: ignore[arg-type]


def test_a_group_with_one_outcome_has_no_threshold_of_its_own() -> None:
    frame = applicants(300)
    frame.loc[frame.index[:40], ["sex", "hired"]] = ["X", 0]
    with pytest.raises(RequestError, match="cannot be done here: a group has one outcome only"):
        made("group-thresholds:0", "m.skops", frame)


def test_groups_that_are_too_small() -> None:
    frame = applicants(200)
    frame["sex"] = ["F"] * 5 + ["M"] * 195
    with pytest.raises(DataError, match="two groups of 30 people"):
        made("reweighing", "w.csv", frame)


# ---------------------------------------------------------------- the command


@untraced()
def test_hostile_names_and_values(tmp_path: Path, auditkit_main: Main) -> None:
    sex, test = '=cmd|"/C calc"!A0,<b>', 'te"st, <script>alert(1)</script>\u202e'
    frame = applicants(400).rename(columns={"sex": sex, "test": test})
    frame[sex] = frame[sex].map({"F": "-2+3\n<img src=x>", "M": "NA"})
    frame.to_csv(tmp_path / "t.csv", index=False)
    for remedy, file in (("resampling", "d.csv"), ("group-thresholds:0", "m.skops")):
        code, out, err = auditkit_main(
            "mitigate", tmp_path / "t.csv", "--label", "hired", "--protected", sex,
            "--remedy", remedy, "-o", tmp_path / file,
        )  # fmt: skip
        assert code == 0, err
        assert "\u202e" not in out + err
        page = next(tmp_path.glob(f"{Path(file).stem}.audit.html")).read_text("utf-8")
        assert "<img src=x>" not in page
        assert "<script>alert(1)" not in page
    kept = pandas.read_csv(tmp_path / "d.csv", keep_default_na=False)
    assert set(kept[sex]) == set(frame[sex])
    code, _, err = auditkit_main(
        "audit", tmp_path / "d.csv", "--label", "hired", "--protected", sex, "--cluster",
        "source_row", "--repeats", 1, "--json", tmp_path / "a.json", "-q",
    )  # fmt: skip
    assert (code, err) == (0, "")


def test_nothing_is_replaced_without_force(tmp_path: Path, auditkit_main: Main) -> None:
    applicants(200).to_csv(tmp_path / "t.csv", index=False)
    asked = ("mitigate", tmp_path / "t.csv", *ROLES, "--remedy", "reweighing", "-q")
    (tmp_path / "w.audit.json").write_text("mine")
    code, _, err = auditkit_main(*asked, "-o", tmp_path / "w.csv")
    assert code == 2
    assert "w.audit.json is there already" in err
    assert (tmp_path / "w.audit.json").read_text() == "mine"
    assert not (tmp_path / "w.csv").exists()
    code, _, err = auditkit_main(*asked, "-o", tmp_path / "w.csv", "--force")
    assert (code, err) == (0, "")
    assert auditkit.Audit.read(tmp_path / "w.audit.json").model is not None
    code, _, err = auditkit_main(*asked, "-o", tmp_path / "t.csv", "--force")
    assert code == 2
    assert "would overwrite the input" in err


def test_faults_leave_nothing_behind(
    tmp_path: Path, auditkit_main: Main, monkeypatch: pytest.MonkeyPatch
) -> None:
    applicants(200).to_csv(tmp_path / "t.csv", index=False)
    asked = ("mitigate", tmp_path / "t.csv", *ROLES)
    code, _, err = auditkit_main(*asked, "-o", tmp_path / "w.csv")
    assert code == 2
    assert err.count("\n") == 1
    assert "recommended, reweighing" in err
    code, _, err = auditkit_main(*asked, "--remedy", "reweighing", "-o", tmp_path / "no" / "w.csv")
    assert code == 2
    assert "no such folder" in err

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("auditkit.mitigation.work.measured", stop)
    code, _, _ = auditkit_main(*asked, "--remedy", "reweighing", "-o", tmp_path / "w.csv")
    assert code == 130
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


def test_before_and_after_are_compared(tmp_path: Path, auditkit_main: Main) -> None:
    applicants(3000, effect=2.0).to_csv(tmp_path / "t.csv", index=False)
    auditkit_main(
        "audit",
        tmp_path / "t.csv",
        *ROLES,
        "--repeats",
        1,
        "--json",
        tmp_path / "before.json",
        "-q",
    )
    auditkit_main(
        "mitigate", tmp_path / "t.csv", *ROLES, "--remedy", "group-thresholds:0",
        "-o", tmp_path / "m.skops", "-q",
    )  # fmt: skip
    code, out, err = auditkit_main("compare", tmp_path / "before.json", tmp_path / "m.audit.json")
    assert (code, err) == (0, "")
    assert "BETTER  sex: F: selection rate (model)" in out
    page = (tmp_path / "m.audit.html").read_text("utf-8")
    assert "Whether that is allowed is a legal question" in page


def test_counts_are_not_rows(tmp_path: Path, auditkit_main: Main) -> None:
    applicants(200).to_csv(tmp_path / "t.csv", index=False)
    auditkit_main("tally", tmp_path / "t.csv", *ROLES, "-o", tmp_path / "c.parquet", "-q")
    code, _, err = auditkit_main(
        "mitigate", tmp_path / "c.parquet", "--protected", "sex", "--remedy", "reweighing",
        "-o", tmp_path / "w.csv",
    )  # fmt: skip
    assert code == 2
    assert "needs rows to learn from" in err
    rows = io.StringIO("sex,hired,n\nF,1,20\nF,0,80\nM,1,50\nM,0,50\n")
    data = auditkit.load(pandas.read_csv(rows), label="hired", protected="sex", count="n")
    with pytest.raises(RequestError, match="a row for each person"):
        mitigate(data, remedy="reweighing", file="w.csv")
