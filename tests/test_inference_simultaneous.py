"""The widest of many gaps."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit.inference import newcombe, widest_gap, widest_ratio
from auditkit.inference._together import range_quantile


@st.composite
def groups(draw, least=2):
    sizes = draw(st.lists(st.integers(1, 200), min_size=least, max_size=6))
    return [draw(st.integers(0, n)) for n in sizes], sizes


# scipy 1.17: studentized_range.ppf(0.95, k, inf); also the last row of the usual tables.
@pytest.mark.parametrize(
    ("k", "q"), [(2, 2.771808), (3, 3.314493), (4, 3.633160), (5, 3.857656), (10, 4.474124)]
)
def test_the_studentised_range(k, q):
    assert range_quantile(k, 0.95) == pytest.approx(q, abs=1e-6)


@settings(deadline=None)
@given(groups())
def test_two_groups_are_a_plain_newcombe(found):
    xs, ns = found[0][:2], found[1][:2]
    gap = widest_gap(xs, ns)
    low, high = newcombe(xs[gap.highest], ns[gap.highest], xs[gap.lowest], ns[gap.lowest])
    assert gap.low == pytest.approx(max(0, low), abs=1e-12)
    assert gap.high == pytest.approx(max(high, -low), abs=1e-12)
    assert gap.highest != gap.lowest


@settings(deadline=None)
@given(groups(), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_the_value_is_within(found, level):
    xs, ns = found
    rates = [x / n for x, n in zip(xs, ns, strict=True)]
    gap, ratio = widest_gap(xs, ns, level=level), widest_ratio(xs, ns, level=level)
    assert gap.value == max(rates) - min(rates)
    assert rates[gap.highest] - rates[gap.lowest] == gap.value
    assert 0 <= gap.low <= gap.value <= gap.high <= 1
    if max(rates) == 0:
        assert ratio.value is None
        assert ratio.reason
    else:
        assert 0 <= ratio.low <= ratio.value <= ratio.high <= 1
        assert ratio.value == min(rates) / max(rates)
        # Both say the same about equality: it is possible, or it is not.
        assert (ratio.high == 1) == (gap.low == 0) or math.isclose(ratio.high, 1, abs_tol=1e-9)


@settings(deadline=None)
@given(groups())
def test_more_groups_never_narrow_the_interval(found):
    xs, ns = found
    gap, more = widest_gap(xs, ns), widest_gap([*xs, xs[0]], [*ns, ns[0]])
    assert more.high >= gap.high - 1e-9
    assert more.low <= gap.low + 1e-9


def test_the_interval_covers_all_pairs_together():
    # Four groups of equal rate: the true gap is 0, so an honest interval starts at 0 in at
    # least 95% of the samples; that of the two extreme groups alone does so in some 80%.
    random = np.random.default_rng(1)
    draws = random.binomial(150, 0.4, (600, 4))
    honest = naive = 0
    for xs in draws:
        gap = widest_gap(xs.tolist(), [150] * 4)
        honest += gap.low == 0
        naive += newcombe(max(xs), 150, min(xs), 150).low <= 0
    assert honest / 600 > 0.93
    assert naive / 600 < 0.87


def test_empty_groups_are_left_out_and_named():
    gap = widest_gap([0, 3, 0, 6], [0, 10, 0, 10])
    assert (gap.left_out, gap.compared, gap.highest, gap.lowest) == ((0, 2), 2, 3, 1)


@pytest.mark.parametrize("widest", [widest_gap, widest_ratio])
@pytest.mark.parametrize(("xs", "ns"), [([], []), ([1], [2]), ([1, 0], [2, 0])])
def test_one_group_has_no_gap(widest, xs, ns):
    found = widest(xs, ns)
    assert found.value is found.low is found.high is found.highest is None
    assert "two groups" in found.reason


def test_the_ratio_interval_by_hand():
    # Two groups: MOVER-R of the Wilson intervals (statsmodels 0.15.0, proportion_confint
    # 20/100: 0.1333669, 0.2888292; 40/100: 0.3094013, 0.4979974).
    p1, p2, l1, u1, l2, u2 = 0.2, 0.4, 0.1333669, 0.2888292, 0.3094013, 0.4979974
    low = (p1 * p2 - math.sqrt((p1 * p2) ** 2 - l1 * u2 * (2 * p1 - l1) * (2 * p2 - u2))) / (
        u2 * (2 * p2 - u2)
    )
    high = (p1 * p2 + math.sqrt((p1 * p2) ** 2 - u1 * l2 * (2 * p1 - u1) * (2 * p2 - l2))) / (
        l2 * (2 * p2 - l2)
    )
    found = widest_ratio([20, 40], [100, 100])
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-6)


@settings(deadline=None)
@given(groups())
def test_order_does_not_matter(found):
    xs, ns = found
    for widest in (widest_gap, widest_ratio):
        one, other = widest(xs, ns), widest(xs[::-1], ns[::-1])
        assert (one.value, one.low, one.high) == (other.value, other.low, other.high)
