"""More rows than are held in memory: counts stay those of all rows, the rest says its sample."""

import json

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from fitted_once import untraced
from sklearn.impute import SimpleImputer
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

import auditkit
from auditkit import load, tally
from auditkit.errors import RequestError
from auditkit.loaders.beyond import rows_beyond
from auditkit.loaders.missing import missing_cells
from auditkit.loaders.sample import draw
from auditkit.profiling import missing_by_group
from auditkit.record import Audit
from auditkit.trainer import cross_fit, scorer

ROWS, LIMIT = 6_000, 1_500


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(11)
    sex = rng.choice(["F", "M", None], ROWS, p=[0.4, 0.5, 0.1])
    skill = rng.normal(size=ROWS)
    hired = skill + (sex == "M") * 0.5 + rng.normal(size=ROWS) > 0.3
    age = rng.integers(18, 66, ROWS).astype(float)
    age[rng.random(ROWS) < np.where(sex == "F", 0.3, 0.1)] = np.nan
    table = {"sex": sex, "race": rng.choice(["a", "b"], ROWS), "skill": skill, "age": age}
    return pd.DataFrame({**table, "row": np.arange(ROWS), "hired": hired.astype(int)})


def natives(frame):
    arrow = pa.Table.from_pandas(frame, preserve_index=False)
    relation = duckdb.connect().from_arrow(arrow)
    return [frame, arrow, pl.from_arrow(arrow), pl.from_arrow(arrow).lazy(), relation]


def test_places_are_drawn_alike_from_every_engine_that_has_places(frame):
    drawn = [draw(native, LIMIT, 3) for native in natives(frame)]
    rows = [sorted(found.frame["row"]) for found in drawn]
    assert all(found == rows[0] for found in rows)
    assert len(rows[0]) == len(set(rows[0])) == LIMIT
    assert {found.total for found in drawn} == {ROWS}
    assert draw(frame, LIMIT, 4).frame["row"].tolist() != rows[0]


def test_few_rows_are_all_rows(frame):
    for native in natives(frame):
        found = draw(native, ROWS, 3)
        assert (len(found.frame), found.total, found.how) == (ROWS, ROWS, "")
        assert not found.sampled


def test_the_sample_is_like_the_whole(frame):
    """Every row is as likely: the mean place of 400 draws is within 4 standard errors."""
    places = np.concatenate([draw(frame, 30, seed).frame["row"] for seed in range(400)])
    error = ROWS / np.sqrt(12 * len(places))
    assert abs(places.mean() - (ROWS - 1) / 2) < 4 * error


@pytest.mark.parametrize("early", [False, True])
@pytest.mark.parametrize("weight", [None, "skill2"])
def test_empty_cells_by_group_are_those_that_pandas_counts(frame, weight, early):
    table = frame.assign(skill2=frame["skill"] ** 2 + 0.5)
    data = load(table, label="hired", protected=["sex", "race"], weight=weight)
    groups = {name: [None if v is None or v != v else v for v in table[name]] for name in ("sex",)}
    by_hand = missing_by_group(
        table, groups, ["age"], weight=None if weight is None else table[weight]
    )
    for native in natives(table):
        data = load(
            native, label="hired", protected=["sex", "race"], weight=weight, count_empty=early
        )
        cells = missing_cells(data, ["age", "sex"])
        assert sum(cell.people for cell in cells) == ROWS
        for row in by_hand:
            mine = [cell for cell in cells if cell.group[0] == row.group[0]]
            assert sum(cell.empty["age"][0] for cell in mine) == row.missing
            share = sum(c.empty["age"][1] for c in mine) / sum(c.weight for c in mine)
            assert share == pytest.approx(row.share, rel=1e-12)


def test_the_scan_that_checks_the_roles_counts_empty_cells_too(monkeypatch):
    # by hand: NaN and null are empty, infinity is a number; of NA in text only with that word
    table = pa.table(
        {
            "sex": ["F", "F", "M", "M", None, "M"],
            "hired": [0, 1, 0, 1, 1, 0],
            "pay": pa.array([1.0, float("nan"), None, float("inf"), -float("inf"), 2.0]),
            "town": ["NA", None, "NA", "x", "y", None],
        }
    )
    expected = {("F",): (2, 1, 1), ("M",): (3, 1, 1), (None,): (1, 0, 0)}
    for native in (pl.from_arrow(table).lazy(), duckdb.connect().from_arrow(table)):
        data = load(native, label="hired", protected="sex", count_empty=True)
        with monkeypatch.context() as patch:
            patch.setattr("auditkit.loaders.missing._asked", None)  # no scan more
            cells = missing_cells(data, ["pay", "town", "sex", "hired"])
        found = {
            cell.group: (cell.people, *(cell.empty[name][0] for name in ("pay", "town")))
            for cell in cells
        }
        assert found == expected
        assert cells[-1].empty["sex"] == (1, 1.0)
        more = missing_cells(data, ["pay", "town"], words={"town": ["NA", "y"]})
        assert [cell.empty["town"][0] for cell in more] == [2, 2, 1]
        assert [cell.empty["pay"] for cell in more] == [(1, 1.0), (1, 1.0), (0, 0.0)]


def test_words_for_an_empty_cell_count_in_columns_of_text_only(frame):
    table = frame.assign(pay=np.where(frame["skill"] > 0, "NA", "12"))
    data = load(table, label="hired", protected="sex")
    cells = missing_cells(data, ["pay", "row"], words={"pay": ["NA"], "row": ["NA"]})
    assert sum(cell.empty["pay"][0] for cell in cells) == (frame["skill"] > 0).sum()
    assert sum(cell.empty["row"][0] for cell in cells) == 0


def test_a_large_text_file_is_the_same_sample_through_every_engine(frame, tmp_path):
    table = frame.assign(pay=np.where(frame["skill"] > 1, "NA", frame["row"].astype(str)))
    table.to_csv(tmp_path / "t.csv", index=False)
    records = []
    for engine in ("pandas", "duckdb", "polars"):
        data = load(tmp_path / "t.csv", label="hired", protected=["sex", "race"], engine=engine)
        record = json.loads(auditkit.profile(data, seed=5, sample_rows=LIMIT).to_json())
        records.append({**record, "provenance": None, "created": None})
    assert records[0] == records[1] == records[2]
    missing = {row["name"]: row["missing"] for row in records[0]["profile"]["columns"]}
    assert missing["pay"] == (frame["skill"] > 1).sum()


def audited(native, **options):
    data = load(native, label="hired", protected=["sex", "race"])
    return auditkit.audit(data, seed=5, sample_rows=LIMIT, **options)


@pytest.fixture(scope="module")
def record(frame):
    return audited(frame, model="logistic")


def test_counts_are_those_of_all_rows(frame, record):
    everyone = tally(load(frame, label="hired", protected=["sex", "race"]))
    seen = {}
    for (group, strata, (label, _)), sums in record.counts.cells():
        before = seen.get((group, strata, (label,)), (0, 0.0, 0.0))
        seen[group, strata, (label,)] = tuple(a + b for a, b in zip(before, sums, strict=True))
    assert seen == dict(everyone.cells())
    assert record.data["rows"] == record.data["people"] == ROWS
    whole = auditkit.audit(load(frame, label="hired", protected=["sex", "race"]), model="none")
    gaps = [row for row in record.disparities if row.stage == "label"]
    assert [row.value for row in gaps] == [row.value for row in whole.disparities]
    assert record.profile["missing"] == whole.profile["missing"]
    assert {row["name"]: row["missing"] for row in record.profile["columns"]} == {
        row["name"]: row["missing"] for row in whole.profile["columns"]
    }


def test_the_rows_beyond_the_sample_are_those_that_were_not_drawn(frame):
    for native in natives(frame):
        drawn = draw(native, LIMIT, 3).frame["row"].tolist()
        parts = list(rows_beyond(native, LIMIT, 3, total=ROWS, size=1_000))
        left = [row for part in parts for row in part["row"]]
        assert left == sorted(left)
        assert sorted([*drawn, *left]) == list(range(ROWS))
        assert max(len(part) for part in parts) <= 1_000


def test_all_rows_are_scored_by_a_model_that_did_not_see_them(frame, record):
    """Those of the sample out of fold, the others by the model of the sample: here by hand."""
    assert not [row for row in record.data["excluded"] if row["stage"] == "model"]
    assert record.model["rows"] == LIMIT
    assert record.model["scored"] == ROWS
    note = next(text for text in record.model["notes"] if "4,500 rows beyond the sample" in text)
    assert "saw none of them" in note
    drawn = draw(frame, LIMIT, 5).frame
    left = frame[~frame["row"].isin(drawn["row"])]
    groups = {n: [v if isinstance(v, str) else None for v in drawn[n]] for n in ("sex", "race")}
    options = {"features": record.model["features"], "seed": 5, "repeats": 3}
    found = cross_fit(drawn, drawn["hired"].to_numpy() * 1.0, groups=groups, **options)
    scores = scorer(found.prepared, "logistic", seed=5)(left)
    chosen = int(found.predictions.sum() + (scores >= 0.5).sum())
    model = record.counts.outcome_axis("model")
    codes = record.counts.codes[:, model]
    place = record.counts.levels[model].index(1)
    assert int(record.counts.n[codes == place].sum()) == chosen
    cells = record.model["score_bins"]["cells"]
    assert sum(sum(cell["counts"]) for cell in cells) == ROWS
    edges = record.model["score_bins"]["edges"]
    cut = edges.index(0.5)
    assert sum(sum(cell["counts"][cut:]) for cell in cells) == chosen


def test_a_model_from_python_scores_the_rest_as_well(frame):
    table = frame.drop(columns="row")
    for model in (DecisionTreeClassifier(max_depth=2), make_pipeline(Filled(), GaussianNB())):
        data = load(table[["sex", "skill", "age", "hired"]], label="hired", protected="sex")
        found = auditkit.audit(data, seed=5, sample_rows=LIMIT, model=model, repeats=1)
        assert found.model["scored"] == ROWS


class Filled(SimpleImputer):
    """A first step that takes the columns as they stand."""


def test_an_engine_that_does_not_tell_its_sample_says_so(frame, monkeypatch):
    """As Dask, Spark and SQL databases do."""
    monkeypatch.setattr("auditkit.loaders.dataset.rows_beyond", lambda *_, **__: None)
    found = audited(frame, model="logistic", repeats=1)
    (outside,) = [row for row in found.data["excluded"] if row["stage"] == "model"]
    assert outside["rows"] == ROWS - found.model["rows"]
    assert any("this engine does not tell" in note for note in found.model["notes"])


def test_interrupted_while_the_rest_is_scored(frame, monkeypatch):
    monkeypatch.setattr("auditkit.loaders.beyond.BATCH", 1_000)
    monkeypatch.setattr(rows_beyond, "__kwdefaults__", {"size": 1_000})

    def stop(what, done, total):
        if what == "scoring" and done:
            raise KeyboardInterrupt

    found = audited(frame, model="logistic", repeats=1, progress=stop)
    assert found.provenance["interrupted"] is True
    (outside,) = [row for row in found.data["excluded"] if row["stage"] == "model"]
    assert outside["rows"] == ROWS - found.model["scored"] > 3_000
    assert any("interrupted: " in note for note in found.model["notes"])
    assert Audit.from_json(found.to_json()).counts.total == ROWS


def test_the_record_says_so(record):
    assert record.data["sample"] == {"rows": LIMIT, "how": "rows drawn at random"}
    note = next(text for text in record.data["notes"] if "sample" in text)
    assert "1,500 of 6,000 rows (seed 5; rows drawn at random)" in note
    assert note in record.to_html()
    assert Audit.from_json(record.to_json()).data["sample"]["rows"] == LIMIT


@untraced()  # the audit of `record` is one of these
def test_a_sample_is_the_same_through_every_engine(frame, record, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    texts = set()
    for native in natives(frame):
        plain = json.loads(audited(native, model="logistic", repeats=1).to_json())
        texts.add(json.dumps({**plain, "provenance": None}))
    assert len(texts) == 1


def test_rows_of_counts_are_not_sampled(frame):
    table = frame.assign(n=1)
    data = load(table, label="hired", protected="sex", count="n")
    with pytest.raises(RequestError, match="add them up with 'auditkit tally' first"):
        auditkit.profile(data, sample_rows=LIMIT)
