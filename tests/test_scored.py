"""How scores rank each group, in the record: exact, or from bins within the error they state."""

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.metrics import roc_auc_score

import auditkit
from auditkit import load
from auditkit.inference import mover_difference
from auditkit.metrics import roc_auc_from_bins

pytestmark = pytest.mark.usefixtures("fitted_once")

ROWS = 4_000
ROLES = {"label": "label", "protected": ["sex", "race"], "score": "score"}


def table(rows=ROWS, seed=8):
    rng = np.random.default_rng(seed)
    sex = rng.choice(["F", "M", None], rows, p=[0.45, 0.5, 0.05])
    label = rng.integers(0, 2, rows).astype(float)
    score = rng.beta(2 + label, 3 - (sex == "F") * 0.5)
    score[:50], label[50:90] = np.nan, np.nan
    weight = rng.choice([0.5, 1.0, 3.0], rows)
    race = rng.choice(["a", "b"], rows)
    return pd.DataFrame({"sex": sex, "race": race, "label": label, "score": score, "w": weight})


def rows_of(frame, *, sampled=False, **roles):
    data = load(frame, **{**ROLES, **roles})
    record = auditkit.audit(data, sample_rows=1_000 if sampled else 10**6)
    return record, record.profile["scores"]


def keyed(rows):
    return {
        (tuple(row["attributes"]), tuple(row["group"]), row["metric"], row["threshold"]): row
        for row in rows
        if row["metric"] != "roc_auc_difference"
    }


@pytest.mark.parametrize("weight", [None, "w"])
def test_in_memory_it_is_exact(weight):
    frame = table()
    _, rows = rows_of(frame, weight=weight)
    found = keyed(rows)
    known = frame.dropna(subset=["score"])
    whole = known.dropna(subset=["label"])
    women = whole[whole["sex"] == "F"]
    for key, part in (((), ()), whole), ((("sex",), ("F",)), women):
        row = found[(*key, "roc_auc", None)]
        weights = part[weight] if weight else None
        expected = roc_auc_score(part["label"], part["score"], sample_weight=weights)
        assert row["value"] == pytest.approx(expected, abs=1e-12)
        assert (row["error"], row["n"]) == (0.0, len(part))
        assert row["low"] < row["value"] < row["high"]
    # a score without a label is decided, too: 40 labels are missing
    mine = known[known["sex"] == "F"]
    row = found[("sex",), ("F",), "selection_rate", 0.3]
    size = mine[weight] if weight else pd.Series(1.0, index=mine.index)
    assert row["value"] == pytest.approx(size[mine["score"] >= 0.3].sum() / size.sum())
    hits = women[women["label"] == 1]
    size = hits[weight] if weight else pd.Series(1.0, index=hits.index)
    row = found[("sex",), ("F",), "true_positive_rate", 0.3]
    assert row["value"] == pytest.approx(size[hits["score"] >= 0.3].sum() / size.sum())
    assert row["n"] == len(hits)


@pytest.mark.parametrize("weight", [None, "w"])
def test_bins_are_off_by_no_more_than_they_say(weight):
    frame = table()
    _, exact = rows_of(frame, weight=weight)
    record, binned = rows_of(frame, weight=weight, sampled=True)
    exact, binned = keyed(exact), keyed(binned)
    assert exact.keys() == binned.keys()
    off = 0
    for key, row in exact.items():
        other = binned[key]
        assert other["n"] == row["n"]
        assert other["method"] == ("4,096 bins" if key[2] == "roc_auc" else "exact")
        assert abs(other["value"] - row["value"]) <= other["error"] + 1e-12
        off += other["value"] != row["value"]
        if key[2] == "roc_auc" and other["error"] < 0.0005:
            assert other["low"] == pytest.approx(row["low"], abs=2e-3)
            assert other["high"] == pytest.approx(row["high"], abs=2e-3)
    assert off  # the bound was needed
    # 0.3 is inside one of 4,096 bins, and exact all the same
    assert binned[("sex",), ("F",), "selection_rate", 0.3]["error"] == 0
    assert any("score bins of all rows; an area can be off" in n for n in record.data["notes"])
    assert "by binning" in record.to_html()


def test_engines_tell_the_same_of_bins():
    frame = table()
    relation = duckdb.connect().from_arrow(pa.Table.from_pandas(frame, preserve_index=False))
    assert rows_of(relation, sampled=True)[1] == rows_of(frame, sampled=True)[1]


def test_the_widest_gap_allows_for_all_groups():
    frame = table()
    _, rows = rows_of(frame, protected=["sex"])
    (gap,) = [row for row in rows if row["metric"] == "roc_auc_difference"]
    areas = {row["group"][0]: row for row in rows if row["metric"] == "roc_auc" and row["group"]}
    order = sorted(areas, key=lambda name: areas[name]["value"])
    assert (gap["group"], gap["reference"]) == ([order[0]], [order[-1]])
    assert gap["value"] == areas[order[-1]]["value"] - areas[order[0]]["value"]
    # of three groups (one of them missing), each at the level of the family: wider than for two
    assert 0 <= gap["low"] <= gap["value"] <= gap["high"] <= 1
    assert gap["method"] == "MOVER, studentised range"
    alone = mover_difference(
        *((areas[name]["value"], areas[name]["low"], areas[name]["high"]) for name in (
            order[-1], order[0],
        ))
    )  # fmt: skip
    assert gap["high"] >= alone.high - 1e-12
    few = frame[(frame["sex"] == "M") | (frame.index % 200 == 0)].fillna({"sex": "M"})
    _, rows = rows_of(few, protected=["sex"])
    (gap,) = [row for row in rows if row["metric"] == "roc_auc_difference"]
    assert gap["value"] is None
    assert "fewer than two groups" in gap["reason"]
    assert "'F'" in gap["reason"]


def test_many_groups_are_asked_one_attribute_at_a_time():
    rng = np.random.default_rng(1)
    frame = table().assign(
        town=[f"t{place}" for place in rng.integers(0, 60, ROWS)],
        race=[f"r{place}" for place in rng.integers(0, 10, ROWS)],
    )
    _, rows = rows_of(frame, protected=["town", "race"], sampled=True)
    assert {tuple(row["attributes"]) for row in rows} == {(), ("town",), ("race",)}
    _, both = rows_of(frame, protected=["race"], sampled=True)
    mine = [row for row in rows if row["attributes"] in ([], ["race"])]
    assert mine == both


def test_without_labels_thresholds_are_told():
    _, rows = rows_of(table(), label=None)
    assert {row["metric"] for row in rows} == {"selection_rate"}
    _, binned = rows_of(table(), label=None, sampled=True)
    assert keyed(rows).keys() == keyed(binned).keys()


def test_scores_on_a_scale_of_their_own_and_records_without_any():
    frame = table().assign(score=lambda t: 300 + 550 * t["score"])
    record, rows = rows_of(frame, threshold=600.0)
    assert len({row["threshold"] for row in rows} - {None}) == 10
    assert 600.0 in {row["threshold"] for row in rows}
    assert "Scores by" in record.to_html()
    assert auditkit.audit(load(frame, **{**ROLES, "score": None})).profile["scores"] == []


def test_weights_of_bins():
    # equal weights change nothing; twice the rows at half the weight change the value by nothing
    plain = roc_auc_from_bins([0, 4, 9], [7, 3, 1])
    same = roc_auc_from_bins(
        [0, 4, 9], [7, 3, 1],
        positive_weights=([0, 8, 18], [0, 16, 36]), negative_weights=([14, 6, 2], [28, 12, 4]),
    )  # fmt: skip
    assert (same.value, same.error, same.low, same.high) == pytest.approx(
        (plain.value, plain.error, plain.low, plain.high)
    )
    with pytest.raises(auditkit.errors.MetricError, match="both or neither"):
        roc_auc_from_bins([0, 1], [1, 0], positive_weights=([0, 1], [0, 1]))
