"""Scores as counts: the area under the ROC curve from bins, with the error that is stated."""

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from auditkit import load
from auditkit.errors import MetricError, RequestError, SchemaError
from auditkit.loaders.scores import BINS, Cuts, tally_scores
from auditkit.metrics import roc_auc_by_group, roc_auc_from_bins

ROWS = 20_000


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(8)
    sex = rng.choice(["F", "M", None], ROWS)
    label = rng.integers(0, 2, ROWS)
    score = rng.beta(2 + label, 3 - (sex == "F") * 0.5)
    score[:200] = np.nan
    score[200], score[201] = 0.0, 1.0
    table = {"sex": sex, "race": rng.choice(["a", "b"], ROWS), "label": label, "score": score}
    return pd.DataFrame(table)


def tallied(native, **options):
    data = load(native, label="label", protected=["sex", "race"], score="score")
    return tally_scores(data, **options)


def test_every_row_is_in_one_bin_of_one_group(frame):
    found = tallied(frame, bins=64)
    known = frame.dropna(subset=["score"])
    assert (found.missing, found.n.sum()) == (200, len(known))
    assert found.groups[0] == ("F", "a")
    assert found.groups[-1] == (None, "b")
    mine = known[(known["sex"] == "F") & (known["race"] == "a") & (known["label"] == 1)]
    by_hand, _ = np.histogram(mine["score"], bins=found.cuts.edges)
    starts = found.cuts.starts(found.cuts.edges[:-1])
    assert np.add.reduceat(found.n[0, 1], starts).tolist() == by_hand.tolist()


def test_every_engine_gives_the_same_bins(frame):
    arrow = pa.Table.from_pandas(frame, preserve_index=False)
    engines = [arrow, pl.from_arrow(arrow), pl.from_arrow(arrow).lazy()]
    engines.append(duckdb.connect().from_arrow(arrow))
    # float32 too: DuckDB rounds where others cut, unless the cast comes first
    narrow = frame.assign(score=frame["score"].astype("float32"))
    engines32 = [pl.from_pandas(narrow), duckdb.connect().from_arrow(pa.Table.from_pandas(narrow))]
    for natives, base in ((engines, frame), (engines32, narrow)):
        expected = tallied(base)
        for native in natives:
            assert np.array_equal(tallied(native).n, expected.n)


@given(
    low=st.sampled_from([0.0, -1.0, 1.0, 300.0, 1e-3]),
    width=st.sampled_from([1.0, 0.7, 9.0, 550.0]),
    step=st.integers(0, 100),
    nudge=st.sampled_from([-1, 0, 1]),
    cut=st.floats(0, 1),
)
def test_an_edge_is_in_the_bin_above_it_to_the_last_bit(low, width, step, nudge, cut):
    cuts = Cuts(low=low, high=low + width, bins=BINS, threshold=low + cut * width)
    edges = cuts.edges[:-1]
    score = float(cuts.edges[min(step, len(edges))])
    score = float(np.nextafter(score, score + nudge)) if nudge else score
    if not low <= score <= cuts.high:
        return
    (place,) = cuts.starts(np.array([score]))
    # oracle: comparison with each edge
    assert ((place >= cuts.starts(edges)) == (score >= edges)).all()
    assert (place >= cuts.starts(np.array([cuts.threshold]))[0]) == (score >= cuts.threshold)


@pytest.mark.parametrize("bins", [8, 64, 4096])
def test_the_exact_area_lies_within_the_stated_error(frame, bins):
    found = tallied(frame, bins=bins).marginal(["sex"])
    known = frame.dropna(subset=["score"])
    exact = {
        row.group[0]: row
        for row in roc_auc_by_group(
            known["label"].tolist(),
            known["score"].tolist(),
            sensitive_features=known["sex"].tolist(),
        )
    }
    for (group,), n in zip(found.groups, found.n, strict=True):
        binned = roc_auc_from_bins(n[1], n[0])
        assert abs(binned.value - exact[group].value) <= binned.error
        assert binned.error < 1 / bins
        assert binned.low <= exact[group].low
        assert binned.high >= exact[group].high
        if bins == 4096:
            assert binned.low == pytest.approx(exact[group].low, abs=5e-4)
            assert binned.high == pytest.approx(exact[group].high, abs=5e-4)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=2, max_size=12))
def test_it_is_the_area_of_the_bin_numbers(cells):
    """Oracle: scikit-learn on one row a person, the number of the bin as the score."""
    p, n = np.array(cells).T
    found = roc_auc_from_bins(p, n)
    if not p.sum() or not n.sum():
        assert found.value is None
        assert found.reason.startswith("no ")
        return
    label = np.repeat([1, 0], [p.sum(), n.sum()])
    score = np.concatenate([np.repeat(np.arange(len(p)), p), np.repeat(np.arange(len(n)), n)])
    assert found.value == pytest.approx(roc_auc_score(label, score), abs=1e-12)
    assert found.error == pytest.approx((p * n).sum() / (2 * p.sum() * n.sum()), abs=1e-12)
    if found.low is not None:
        assert 0 <= found.low <= found.value <= found.high <= 1


def test_counts_of_parts_add_up(frame):
    parts = [frame.iloc[: ROWS // 3], frame.iloc[ROWS // 3 :]]
    added = tallied(parts[0], scale=(0, 1)) + tallied(parts[1], scale=(0, 1))
    whole = tallied(frame)
    assert np.array_equal(added.n, whole.n)
    assert (added.groups, added.missing) == (whole.groups, whole.missing)
    with pytest.raises(MetricError, match=r"64 bins from 0 to 1, cut at 0\.5, and"):
        tallied(parts[0], bins=64) + whole


def test_what_cannot_be_binned(frame):
    with pytest.raises(RequestError, match="no scores to count"):
        tally_scores(load(frame, label="label", protected="sex"))
    with pytest.raises(SchemaError, match=r"outside the scale of 0\.2 to 1"):
        tallied(frame, scale=(0.2, 1))
    with pytest.raises(RequestError, match="must go up"):
        tallied(frame, scale=(1, 0))
    with pytest.raises(RequestError, match="0 bins"):
        tallied(frame, bins=0)
    with pytest.raises(MetricError, match="no 'race2'"):
        tallied(frame).marginal(["race2"])


@pytest.mark.parametrize(
    ("p", "n", "match"),
    [
        ([1, 2], [1], "same bins"),
        ([-1], [1], "0 or more"),
        ([0.5], [1], "whole"),
        ([[1]], [1], "one row"),
    ],
)
def test_counts_that_cannot_be(p, n, match):
    with pytest.raises(MetricError, match=match):
        roc_auc_from_bins(p, n)
