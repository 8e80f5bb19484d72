"""Cramer's V."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from auditkit.inference import cramers_v, cramers_v_interval

TABLES = arrays(
    np.int64, array_shapes(min_dims=2, max_dims=2, max_side=5), elements=st.integers(0, 40)
)


def test_by_hand():
    # [[30, 10], [10, 30]]: expected 20 each, chi2 = 4 * 100/20 = 20, phi2 = 20/80 = 0.25;
    # corrected 0.25 - 1/79; width 1 - 1/79.
    assert cramers_v([[30, 10], [10, 30]]) == pytest.approx(((0.25 - 1 / 79) / (1 - 1 / 79)) ** 0.5)


def test_agrees_with_the_uncorrected_v_of_scipy_in_large_tables():
    from scipy.stats.contingency import association

    table = np.array([[300, 100, 50], [120, 400, 90]]) * 1000
    assert cramers_v(table) == pytest.approx(association(table), abs=1e-4)


def test_no_association_is_zero_and_a_perfect_one_is_one():
    assert cramers_v([[10, 20], [20, 40]]) == 0.0
    assert cramers_v(np.diag([5, 9, 7])) == pytest.approx(1.0)


def test_the_correction_takes_out_the_bias_of_many_categories():
    # Two independent columns of 10 categories, 200 rows: the textbook V is near 0.21.
    random = np.random.default_rng(0)
    found = []
    for _ in range(50):
        table = np.histogram2d(*random.integers(0, 10, (2, 200)), bins=10)[0]
        found.append(cramers_v(table))
    assert np.mean(found) < 0.06


@pytest.mark.parametrize(
    "table", [[[3, 4]], [[3], [4]], [[3, 0], [4, 0]], [[0, 0], [0, 0]], [[1, 0], [0, 1]]]
)
def test_one_row_or_column_has_no_association(table):
    assert cramers_v(table) is None
    assert cramers_v_interval(table) is None


def test_the_interval_inverts_the_noncentral_chi_square():
    # Smithson (2003) chapter 4: the limits put chi2 = 20 at the 97.5% and 2.5% points.
    from scipy.stats import ncx2

    low, high = cramers_v_interval([[30, 10], [10, 30]])
    assert ncx2.cdf(20, 1, low**2 * 80) == pytest.approx(0.975)
    assert ncx2.cdf(20, 1, high**2 * 80) == pytest.approx(0.025)


@given(TABLES)
@settings(deadline=None, max_examples=60)
def test_v_is_within_its_interval_and_blind_to_order(table):
    v, interval = cramers_v(table), cramers_v_interval(table)
    assert (v is None) == (interval is None)
    if v is not None:
        assert 0 <= interval.low <= v <= interval.high <= 1
        assert cramers_v(table.T) == pytest.approx(v)
        assert cramers_v(table[::-1]) == pytest.approx(v)
        wider = cramers_v_interval(table, level=0.99)
        assert wider.low <= interval.low + 1e-9
        assert wider.high >= interval.high - 1e-9


@given(TABLES)
@settings(deadline=None, max_examples=30)
def test_empty_rows_and_columns_do_not_count(table):
    padded = np.pad(table, ((0, 1), (1, 0)))
    assert cramers_v(padded) == cramers_v(table)
