"""The bootstrap on cells and clusters."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit.errors import MetricError
from auditkit.inference import bootstrap_cells, bootstrap_clusters, resample_cells


def rate(c):
    return c[:, 0] / (c[:, 0] + c[:, 1])


def gap(c):
    return c[:, 0] / (c[:, 0] + c[:, 1]) - c[:, 2] / (c[:, 2] + c[:, 3])


GAP = [56, 14, 48, 32]
BY_GROUP = [0, 0, 1, 1]


def test_the_same_seed_gives_the_same_answer():
    one = bootstrap_cells(GAP, gap, seed=7, replicates=300)
    assert one == bootstrap_cells(GAP, gap, seed=7, replicates=300)
    assert one != bootstrap_cells(GAP, gap, seed=8, replicates=300)
    assert one.seed == 7


def test_the_standard_error_is_the_one_of_the_formula():
    # Binomial: sqrt(.8*.2/70 + .6*.4/80), given the sizes.
    expected = math.sqrt(0.16 / 70 + 0.24 / 80)
    found = bootstrap_cells(GAP, gap, seed=0, groups=BY_GROUP, replicates=20_000)
    assert found.standard_error == pytest.approx(expected, rel=0.03)
    assert found.value == pytest.approx(0.2)
    # Normal interval 0.2 -+ 1.96 se.
    assert found.low == pytest.approx(0.2 - 1.96 * expected, abs=0.01)
    assert found.high == pytest.approx(0.2 + 1.96 * expected, abs=0.01)


def test_bca_agrees_with_scipy():
    # scipy 1.17.1: bootstrap((np.repeat(e**[0..7], [30, 20, 12, 8, 6, 4, 2, 1]),), np.mean,
    # n_resamples=20_000, method="BCa", rng=default_rng(3)) -> 19.05, 89.30. Both are Monte Carlo.
    values, rows = np.exp(np.arange(8)), [30, 20, 12, 8, 6, 4, 2, 1]

    def mean(c):
        return c @ values / c.sum(axis=1)

    found = bootstrap_cells(rows, mean, seed=3, method="bca", replicates=20_000)
    assert found.method == "bca"
    assert (found.low, found.high) == pytest.approx((19.05, 89.30), rel=0.02)
    plain = bootstrap_cells(rows, mean, seed=3, replicates=20_000)
    assert plain.low < 16
    assert plain.high < 75


def test_the_percentile_interval_follows_a_transformation():
    # Efron and Tibshirani (1993), 13.4: the interval of the odds is the odds of the interval.
    plain = bootstrap_cells([9, 31], rate, seed=2, replicates=4_001)
    odds = bootstrap_cells([9, 31], lambda c: c[:, 0] / c[:, 1], seed=2, replicates=4_001)
    assert odds.low == pytest.approx(plain.low / (1 - plain.low))
    assert odds.high == pytest.approx(plain.high / (1 - plain.high))


def test_the_acceleration_by_hand():
    # Skewness of a 0/1 sample: a = (1 - 2p) / (6 sqrt(n p (1-p))); p = 0.1, n = 40.
    from auditkit.inference.resampling import _bca_tails

    cells = np.array([4.0, 36.0])
    left_out = np.array([3 / 39, 4 / 39])
    replicates = np.array([0.05, 0.15])  # half below: no bias
    tails = _bca_tails(0.1, replicates, 0.95, left_out, cells, np.zeros(2, dtype=np.int64))
    a, z = 0.8 / (6 * math.sqrt(40 * 0.09)), 1.959963984540054
    expected = [0.5 * math.erfc(-(s / (1 - a * s)) / math.sqrt(2)) for s in (-z, z)]
    assert tails == pytest.approx(expected)


def test_fixed_group_sizes_stay_fixed():
    (draws,) = resample_cells([5, 0, 3, 9, 2], replicates=50, seed=1, groups=[0, 0, 7, 7, 7])
    assert (draws[:, :2].sum(axis=1) == 5).all()
    assert (draws[:, 2:].sum(axis=1) == 14).all()
    assert (draws[:, 1] == 0).all()
    (free,) = resample_cells([5, 0, 3, 9, 2], replicates=50, seed=1)
    assert (free.sum(axis=1) == 19).all()
    assert len(set(free[:, :2].sum(axis=1))) > 1


def test_blocks_add_up_and_do_not_depend_on_memory(monkeypatch):
    whole = np.concatenate(list(resample_cells([5, 4, 3], replicates=100, seed=1)))
    monkeypatch.setattr("auditkit.inference._draws.BLOCK", 30)
    blocks = list(resample_cells([5, 4, 3], replicates=100, seed=1))
    assert [len(block) for block in blocks] == [10] * 10
    assert (np.concatenate(blocks) == whole).all()
    assert bootstrap_cells([5, 4, 3], rate, seed=1, method="bca", replicates=100).value == 5 / 9


def test_undefined_replicates_are_counted():
    # 2 rows of 40 in the group: (38/40)^40 = 13% of the draws have nobody in it.
    found = bootstrap_cells([1, 1, 38], rate, seed=0)
    assert 0.10 < found.undefined / found.replicates < 0.16
    assert found.value == 0.5
    assert found.low is None
    assert str(found.undefined) in found.reason
    rare = bootstrap_cells([3, 2, 35], rate, seed=0)
    assert 0 < rare.undefined < 0.05 * rare.replicates
    assert rare.low < 0.6 < rare.high


def test_an_undefined_value_has_no_interval():
    found = bootstrap_cells([0, 0, 5], rate, seed=0, replicates=50)
    assert (found.value, found.low, found.undefined) == (None, None, 50)
    assert found.reason


@pytest.mark.parametrize("counts", [[0, 10], [10, 0], [1, 0]])
@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_a_width_of_zero_is_refused(counts, method):
    found = bootstrap_cells(counts, rate, seed=0, method=method, replicates=50)
    assert found.low is found.high is None
    assert "same value" in found.reason


def test_bca_says_when_it_is_undefined():
    # Leaving out the only row of the group leaves a rate of nobody.
    found = bootstrap_cells([1, 0, 1, 1], gap, seed=0, groups=BY_GROUP, method="bca", replicates=50)
    assert found.low is None
    assert "percentile" in found.reason


@given(st.lists(st.integers(1, 50), min_size=4, max_size=4), st.booleans())
@settings(deadline=None, max_examples=25)
def test_the_estimate_is_within(counts, fixed):
    groups = BY_GROUP if fixed else None
    for method in ("percentile", "bca"):
        found = bootstrap_cells(counts, gap, seed=1, groups=groups, method=method, replicates=400)
        if found.low is not None:
            assert -1 <= found.low <= found.high <= 1
            if method == "percentile" and min(counts) > 8:
                assert found.low < found.value < found.high


def test_clusters_that_hold_one_row_each_are_rows():
    table = [[1, 0]] * 30 + [[0, 1]] * 70
    clusters = bootstrap_clusters(table, rate, seed=1, replicates=4000)
    rows = bootstrap_cells([30, 70], rate, seed=1, replicates=4000)
    assert clusters.value == rows.value
    assert (clusters.low, clusters.high) == pytest.approx((rows.low, rows.high), abs=0.011)
    bca = [
        bootstrap_clusters(table, rate, seed=1, method="bca", replicates=4000),
        bootstrap_cells([30, 70], rate, seed=1, method="bca", replicates=4000),
    ]
    assert bca[0].low == pytest.approx(bca[1].low, abs=0.011)


def test_rows_that_agree_within_clusters_count_less():
    # 20 clusters of 10 equal rows are worth 20 rows: sqrt(.25/20) and not sqrt(.25/200).
    table = [[10, 0]] * 10 + [[0, 10]] * 10
    found = bootstrap_clusters(table, rate, seed=1, replicates=4000)
    assert found.standard_error == pytest.approx(math.sqrt(0.25 / 20), rel=0.05)


def test_clusters_may_hold_weights():
    found = bootstrap_clusters([[0.5, 1.5], [2.25, 0.0], [1.0, 1.0]], rate, seed=1, replicates=200)
    assert found.value == pytest.approx(3.75 / 6.25)


def test_one_cluster_is_no_sample():
    found = bootstrap_clusters([[3, 4]], rate, seed=0)
    assert found.value == pytest.approx(3 / 7)
    assert found.low is None
    assert "at least two" in found.reason


@pytest.mark.parametrize(
    ("counts", "options", "words"),
    [
        ([1.5, 2], {}, "whole numbers"),
        ([[1, 2]], {}, "one dimension"),
        ([], {}, "a cell"),
        ([-1, 2], {}, "not negative"),
        ([float("nan"), 2], {}, "finite"),
        (["a", "b"], {}, "numbers"),
        ([1, 2], {"groups": [0]}, "groups"),
        ([1, 2], {"groups": [0.5, 1]}, "groups"),
        ([1, 2], {"method": "basic"}, "percentile, bca"),
        ([1, 2], {"level": 1}, "level"),
        ([1, 2], {"replicates": 0}, "replicates"),
        ([1, 2], {"seed": None}, "seed"),
        ([1, 2], {"seed": -1}, "seed"),
    ],
)
def test_what_cannot_be_resampled(counts, options, words):
    with pytest.raises(MetricError, match=words):
        bootstrap_cells(counts, rate, **{"seed": 0, **options})


def test_clusters_are_a_table():
    with pytest.raises(MetricError, match="clusters by cells"):
        bootstrap_clusters([1, 2], rate, seed=0)


def test_a_statistic_returns_one_value_a_replicate():
    with pytest.raises(MetricError, match="one value a row"):
        bootstrap_cells([1, 2], lambda c: c, seed=0)
