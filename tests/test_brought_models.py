"""Models from files: asked as they are, and refused where they cannot be trusted or understood."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas
import pytest
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC

import auditkit
from auditkit.errors import RequestError
from auditkit.trainer import read_model

skops = pytest.importorskip("skops.io")
skl2onnx = pytest.importorskip("skl2onnx")
pytest.importorskip("onnxruntime")

Main = Callable[..., tuple[int, str, str]]


def people(rows: int = 300) -> pandas.DataFrame:
    rng = np.random.default_rng(0)
    skill, years = rng.normal(size=rows), rng.integers(0, 20, rows).astype(float)
    hired = skill + years / 10 + rng.logistic(size=rows) > 1
    return pandas.DataFrame(
        {
            "skill": skill,
            "years": years,
            "city": rng.choice(["Ghent", "Bruges"], rows),
            "sex": rng.choice(["F", "M"], rows),
            "hired": np.where(hired, "yes", "no"),
        }
    )


def audited(frame: pandas.DataFrame, path: Path, **options: Any) -> auditkit.Audit:
    data = auditkit.load(frame, label="hired", protected="sex")
    return auditkit.audit(data, model=str(path), **options)


@pytest.fixture
def fitted() -> tuple[pandas.DataFrame, Any]:
    frame = people()
    columns = make_column_transformer(
        (OneHotEncoder(), ["city"]), (StandardScaler(), ["skill", "years"])
    )
    model = make_pipeline(columns, LogisticRegression())
    return frame, model.fit(frame[["skill", "years", "city"]], frame["hired"])


def test_a_skops_pipeline_is_asked_as_it_is(
    fitted: tuple[pandas.DataFrame, Any], tmp_path: Path
) -> None:
    frame, model = fitted
    skops.dump(model, tmp_path / "m.skops")
    found = audited(frame, tmp_path / "m.skops")
    assert found.model is not None
    assert (found.model["kind"], found.model["folds"]) == ("Pipeline", 0)
    assert found.model["features"] == ["skill", "years", "city"]
    expected = model.predict(frame[["skill", "years", "city"]])
    assert found.model["metrics"]["accuracy"] == pytest.approx((expected == frame["hired"]).mean())
    digest = hashlib.sha256((tmp_path / "m.skops").read_bytes()).hexdigest()
    assert found.model["file"] == {"name": "m.skops", "sha256": digest}
    assert [row["kind"] for row in found.model["beside"]] == ["logistic"]
    assert "was asked as it is" in " ".join(found.model["notes"])


def test_onnx_in_one_block_and_one_input_a_column(tmp_path: Path) -> None:
    from skl2onnx.common.data_types import FloatTensorType, StringTensorType

    frame = people()
    numbers = frame[["skill", "years"]].to_numpy()
    plain = LogisticRegression().fit(numbers, (frame["hired"] == "yes").astype(int))
    block = skl2onnx.to_onnx(plain, numbers[:1].astype(np.float32))
    (tmp_path / "block.onnx").write_bytes(block.SerializeToString())
    roles = {"label": "hired", "protected": "sex", "ignore": "city"}
    data = auditkit.load(frame, **roles)
    found = auditkit.audit(data, model=str(tmp_path / "block.onnx")).model
    assert found is not None
    chances = plain.predict_proba(numbers)[:, 1]
    brier = np.mean((chances - (frame["hired"] == "yes")) ** 2)
    assert found["metrics"]["brier"] == pytest.approx(brier, abs=1e-6)

    columns = make_column_transformer(
        (OneHotEncoder(), ["city"]), (StandardScaler(), ["skill", "years"])
    )
    model = make_pipeline(columns, LogisticRegression())
    model.fit(frame[["skill", "years", "city"]], frame["hired"])
    kinds = [("skill", FloatTensorType([None, 1])), ("years", FloatTensorType([None, 1])),
             ("city", StringTensorType([None, 1]))]  # fmt: skip
    graph = skl2onnx.convert_sklearn(model, initial_types=kinds)
    (tmp_path / "columns.onnx").write_bytes(graph.SerializeToString())
    told = audited(frame, tmp_path / "columns.onnx").model
    assert told is not None
    expected = model.predict_proba(frame[["skill", "years", "city"]])[:, 1]
    brier = np.mean((expected - (frame["hired"] == "yes")) ** 2)
    assert told["metrics"]["brier"] == pytest.approx(brier, abs=1e-5)
    with pytest.raises(RequestError, match="asks for 2 columns in one block and the data have 3"):
        audited(frame, tmp_path / "block.onnx")


def test_a_pickle_needs_trust_and_says_why(
    fitted: tuple[pandas.DataFrame, Any], tmp_path: Path, auditkit_main: Main
) -> None:
    frame, model = fitted
    frame.to_csv(tmp_path / "t.csv", index=False)
    joblib.dump(model, tmp_path / "m.joblib")
    digest = hashlib.sha256((tmp_path / "m.joblib").read_bytes()).hexdigest()
    words = ["audit", tmp_path / "t.csv", "--label", "hired", "--protected", "sex", "-q",
             "--model", tmp_path / "m.joblib", "--json", tmp_path / "a.json"]  # fmt: skip
    code, _, err = auditkit_main(*words)
    assert code == 2
    assert "runs whatever program is in it" in err
    assert digest in err
    assert not (tmp_path / "a.json").exists()
    code, _, err = auditkit_main(*words, "--trust-pickle")
    assert (code, err) == (0, "")
    found = auditkit.Audit.read(tmp_path / "a.json")
    assert found.model is not None
    assert digest in found.model["notes"][0] + found.model["notes"][1]
    assert found.provenance["command"].endswith("--model m.joblib --trust-pickle")


class Bomb:
    """A pickle that leaves a trace when it is opened."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.place,)


def test_nothing_runs_before_it_is_trusted(tmp_path: Path) -> None:
    (tmp_path / "m.pkl").write_bytes(pickle.dumps(Bomb(tmp_path / "ran")))
    with pytest.raises(RequestError, match="is a pickle"):
        read_model(str(tmp_path / "m.pkl"))
    assert not (tmp_path / "ran").exists()
    with pytest.raises(RequestError, match="has no predict"):
        read_model(str(tmp_path / "m.pkl"), trust_pickle=True)
    assert (tmp_path / "ran").exists()


def test_skops_refuses_types_that_are_not_known(tmp_path: Path) -> None:
    skops.dump(Bomb(tmp_path / "ran"), tmp_path / "m.skops")
    with pytest.raises(RequestError, match=r"types that are not known to be safe|not a skops file"):
        read_model(str(tmp_path / "m.skops"))
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["m.skops", "m.onnx"])
def test_files_that_are_something_else(name: str, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"m\.\w+: No such file"):
        read_model(str(tmp_path / name))
    (tmp_path / name).write_bytes(b"not a model")
    with pytest.raises(RequestError, match=r"is not an? (skops|ONNX) file"):
        read_model(str(tmp_path / name))


def test_models_that_cannot_be_audited(tmp_path: Path) -> None:
    frame = people(80)
    numbers, label = frame[["skill", "years"]], (frame["hired"] == "yes").astype(int)

    def told(model: Any) -> str:
        joblib.dump(model, tmp_path / "m.joblib")
        with pytest.raises(RequestError) as error:
            audited(frame, tmp_path / "m.joblib", trust_pickle=True)
        return str(error.value)

    assert "has no predict" in told(StandardScaler().fit(numbers))
    outside = DummyRegressor(strategy="constant", constant=1.5).fit(numbers, label)
    assert "outside 0 to 1" in told(outside)
    assert "asks for a column 'height'" in told(
        Ridge().fit(numbers.rename(columns={"years": "height"}), label)
    )
    others = LogisticRegression().fit(numbers, np.where(label == 1, "good", "bad"))
    assert "knows the outcomes" in told(others)
    assert "cannot score these rows" in told(LogisticRegression())


class Short(LogisticRegression):
    """Answers for one row too few."""

    def predict_proba(self, X: Any) -> Any:  # noqa: N803
        return super().predict_proba(X)[:-1]


def test_answers_of_another_length(tmp_path: Path) -> None:
    frame = people(80)
    model = Short().fit(frame[["skill", "years"]], frame["hired"])
    joblib.dump(model, tmp_path / "m.joblib")
    with pytest.raises(RequestError, match="79 answers for 80 rows"):
        audited(frame, tmp_path / "m.joblib", trust_pickle=True)
    data = auditkit.load(frame, label="hired", protected="sex")
    with pytest.raises(RequestError, match=r"answers for .* rows|cannot be trained"):
        auditkit.audit(data, model=Short())


def test_selections_of_a_model_without_probabilities(tmp_path: Path) -> None:
    frame = people(120)
    model = LinearSVC().fit(frame[["skill", "years"]], frame["hired"])
    joblib.dump(model, tmp_path / "m.joblib")
    found = audited(frame, tmp_path / "m.joblib", trust_pickle=True).model
    assert found is not None
    chosen = model.predict(frame[["skill", "years"]]) == "yes"
    assert found["metrics"]["selection_rate"] == pytest.approx(chosen.mean())


def test_a_missing_library_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from auditkit.errors import MissingExtraError

    (tmp_path / "m.onnx").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'auditkit-fairness\[models\]'"):
        read_model(str(tmp_path / "m.onnx"))


def test_interrupted_after_the_first_split_the_rest_is_written(
    tmp_path: Path, auditkit_main: Main, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after Ctrl-C while causes are asked: exit 130, and a record that can be read."""
    people().to_csv(tmp_path / "t.csv", index=False)

    def stop(*args: Any, **options: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("auditkit.causes.asking.representation", stop)
    code, _, err = auditkit_main(
        "audit", tmp_path / "t.csv", "--label", "hired", "--protected", "sex", "--causes",
        "--remedies", "--json", tmp_path / "a.json", "-q",
    )  # fmt: skip
    assert code == 130
    assert "not complete" in err
    found = auditkit.Audit.read(tmp_path / "a.json")
    assert found.provenance["interrupted"] is True
    assert found.model is not None
    assert found.model["remedies"] is None
    assert any("interrupted" in note for note in found.model["causes"]["notes"])
    assert found.to_html()
