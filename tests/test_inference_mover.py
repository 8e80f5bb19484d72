"""Differences of estimates from their intervals."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit.errors import MetricError
from auditkit.inference import (
    all_differences,
    all_ratios,
    family_level,
    mover_difference,
    newcombe,
    widest_difference,
    widest_gap,
    widest_ratio,
    wilson,
)


@st.composite
def groups(draw, least=2):
    sizes = draw(st.lists(st.integers(1, 200), min_size=least, max_size=6))
    return [draw(st.integers(0, n)) for n in sizes], sizes


def estimates(xs, ns, level):
    return [(x / n, *wilson(x, n, level=level)) for x, n in zip(xs, ns, strict=True)]


@settings(deadline=None)
@given(groups())
def test_of_wilson_s_intervals_it_is_newcombe_s(found):
    (a, b), (m, n) = found[0][:2], found[1][:2]
    low, high = mover_difference(*estimates([a, b], [m, n], 0.95))
    ours = newcombe(a, m, b, n)
    assert (max(-1.0, low), min(1.0, high)) == pytest.approx(ours, abs=1e-12)


@settings(deadline=None)
@given(groups(), st.sampled_from([0.8, 0.95]))
def test_the_widest_of_rates_is_the_widest_gap(found, level):
    xs, ns = found
    wide = family_level(len(xs), level=level)
    low, high = widest_difference(estimates(xs, ns, wide))
    gap = widest_gap(xs, ns, level=level)
    assert low == pytest.approx(gap.low, abs=1e-12)
    assert min(1.0, high) == pytest.approx(gap.high, abs=1e-12)


@settings(deadline=None)
@given(groups(), st.sampled_from([0.8, 0.95]))
def test_all_pairs_are_what_the_widest_is_taken_from(found, level):
    xs, ns = found
    pairs = all_differences(xs, ns, level=level)
    assert [(one.first, one.second) for one in pairs] == list(
        itertools.combinations(range(len(xs)), 2)
    )
    for one in pairs:
        assert -1 <= one.low <= one.value <= one.high <= 1
        alone = newcombe(xs[one.first], ns[one.first], xs[one.second], ns[one.second], level=level)
        assert one.low <= alone.low + 1e-12  # together is never narrower than alone
        assert one.high >= alone.high - 1e-12
    gap = widest_gap(xs, ns, level=level)
    ends = [end for one in pairs for end in (one.low, -one.high)]
    assert gap.low == pytest.approx(max(0.0, *ends), abs=1e-12)
    ratios = all_ratios(xs, ns, level=level)
    for one in ratios:
        if one.value is not None:
            assert one.low - 1e-12 <= one.value
            assert one.high is None or one.value <= one.high + 1e-12
    ratio = widest_ratio(xs, ns, level=level)
    if ratio.value is not None and ratio.value < 1:
        inverse = [0.0 if one.high is None else 1 / one.high for one in ratios if one.high != 0]
        lows = [one.low for one in ratios] + inverse
        assert ratio.low == pytest.approx(min(1.0, *lows), abs=1e-9)


def test_empty_groups_have_no_pairs():
    found = all_differences([5, 0, 3], [10, 0, 10])
    assert [(one.first, one.second) for one in found] == [(0, 2)]
    assert all_differences([5, 0], [10, 0]) == all_ratios([5], [10]) == ()


def test_a_ratio_over_nothing_has_no_value_and_no_upper_bound():
    (one,) = all_ratios([3, 0], [10, 10])
    assert (one.value, one.high) == (None, None)
    assert one.low > 0
    (other,) = all_ratios([0, 3], [10, 10])
    assert (other.value, other.low) == (0.0, 0.0)
    assert other.high == pytest.approx(1 / one.low)


# scipy 1.17: 2 * norm.cdf(studentized_range.ppf(0.95, k, inf) / sqrt(2)) - 1
@pytest.mark.parametrize(("k", "wide"), [(2, 0.95), (3, 0.9809065), (5, 0.9936237)])
def test_the_level_of_the_family(k, wide):
    assert family_level(k) == pytest.approx(wide, abs=1e-6)
    assert family_level(k, level=0.8) < family_level(k)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: family_level(1), "groups is 1; a pair needs two"),
        (lambda: family_level(3, level=1), "level"),
        (lambda: mover_difference((0.5, 0.6, 0.7), (0.5, 0.4, 0.6)), "0.5 is not within its"),
        (lambda: mover_difference((0.5, 0.4, float("nan")), (0.5, 0.4, 0.6)), "not within"),
        (lambda: widest_difference([(0.5, 0.4, 0.6)]), "needs two estimates, got 1"),
        (lambda: all_differences([1], [2, 3]), "length"),
    ],
)
def test_what_is_refused(call, message):
    with pytest.raises(MetricError, match=message):
        call()
