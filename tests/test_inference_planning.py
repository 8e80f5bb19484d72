"""The noise floor, power, bounds and weights."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit.inference import (
    detectable_difference,
    difference_bounds,
    noise_floor,
    power_of_difference,
    rate_bounds,
    ratio_bounds,
    sample_size,
    unknown_group_bounds,
    weighted_rate,
)


@st.composite
def rates(draw, largest=5, least=0):
    n = draw(st.integers(least, largest))
    return draw(st.integers(0, n)), n


# --- the noise floor ---


def test_the_floor_of_two_groups_is_that_of_the_formula():
    # Normal: the gap of two means is sqrt(2 p q / n) |Z|; mean sqrt(2/pi), 95% point 1.96.
    sd = math.sqrt(2 * 0.25 / 400)
    floor = noise_floor([400, 400], 0.5, seed=1)
    assert floor.expected == pytest.approx(sd * math.sqrt(2 / math.pi), rel=0.03)
    assert floor.high == pytest.approx(1.96 * sd, rel=0.05)


def test_the_floor_of_two_persons_is_exact():
    # One person each, rate 1/2: the gap is 1 half of the time, else 0.
    floor = noise_floor([1, 1], 0.5, seed=2)
    assert floor.expected == pytest.approx(0.5, abs=0.02)
    assert floor.high == 1.0


def test_more_groups_and_smaller_ones_raise_the_floor():
    few, many = noise_floor([100] * 2, 0.3, seed=0), noise_floor([100] * 8, 0.3, seed=0)
    small = noise_floor([100] * 7 + [10], 0.3, seed=0)
    assert few.high < many.high < small.high
    assert few.expected < few.high


def test_the_floor_is_reproducible_and_skips_the_empty():
    one = noise_floor([10, 0, 20], 0.3, seed=5, replicates=500)
    assert one == noise_floor([10, 0, 20], 0.3, seed=5, replicates=500)
    assert (one.compared, one.replicates, one.seed) == (2, 500, 5)


@pytest.mark.parametrize(
    ("sizes", "rate", "words"),
    [
        ([], 0.5, "two groups"),
        ([9, 0], 0.5, "two groups"),
        ([9, 9], 0, "rate of 0"),
        ([9, 9], 1, "rate of 1"),
    ],
)
def test_no_chance_no_floor(sizes, rate, words):
    floor = noise_floor(sizes, rate, seed=0)
    assert floor.expected is floor.high is None
    assert words in floor.reason


# --- power ---


def test_power_agrees_with_r():
    # R, ?power.prop.test: (n = 50, p1 = .50, p2 = .75) power = 0.740; (p1 = .50, p2 = .75,
    # power = .90) n = 76.7; (p1 = .5, n = 50, power = .90) p2 = 0.8026.
    assert power_of_difference(0.5, 50, 0.75, 50) == pytest.approx(0.740, abs=5e-4)
    assert sample_size(0.5, 0.75, power=0.9) == (77, 77)
    found = detectable_difference(50, 50, 0.5, power=0.9)
    assert 0.5 + found.above == pytest.approx(0.8026, abs=5e-5)
    assert found.below == pytest.approx(found.above)
    assert found.reason is None


def test_unequal_groups_agree_with_fleiss():
    # Fleiss, Levin and Paik (2003) eq. 4.14 without continuity correction, by hand: p1 = .25,
    # p2 = .4, r = 2, two-sided .05, power .8: pooled .35;
    # (1.959964 sqrt(.2275 * 1.5) + .841621 sqrt(.1875 + .24/2))^2 / .15^2 = 115.6.
    null, other = 1.959964 * math.sqrt(0.2275 * 1.5), 0.841621 * math.sqrt(0.1875 + 0.12)

    n_a, n_b = sample_size(0.25, 0.4, ratio=2)
    assert n_a == math.ceil((null + other) ** 2 / 0.0225)
    assert n_b in (2 * n_a, 2 * n_a - 1)


@settings(deadline=None)
@given(st.floats(0.02, 0.98), st.integers(5, 2000), st.integers(5, 2000), st.floats(0.5, 0.95))
def test_the_detectable_difference_has_the_power(base, m, n, power):
    found = detectable_difference(m, n, base, power=power)
    for step, sign, room in ((found.below, -1, base), (found.above, 1, 1 - base)):
        if step is None:
            assert found.reason
            continue
        assert 0 < step <= room + 1e-12
        at = min(1.0, max(0.0, base + sign * step))
        assert (
            power_of_difference(at, m, base, n) == pytest.approx(power, abs=1e-6)
            or step == pytest.approx(room)
            or at in (0, 1)
        )


@settings(deadline=None)
@given(st.floats(0.05, 0.95), st.floats(0.05, 0.95), st.sampled_from([0.5, 1, 3]))
def test_the_sample_size_is_enough_and_no_larger(p_a, p_b, ratio):
    if abs(p_a - p_b) < 0.01:
        return
    n_a, n_b = sample_size(p_a, p_b, ratio=ratio)
    assert power_of_difference(p_a, n_a, p_b, n_b) >= 0.8 - 1e-9
    if n_a > 20:
        assert power_of_difference(p_a, n_a - 1, p_b, ratio * (n_a - 1)) < 0.8


def test_nothing_to_find():
    assert power_of_difference(0.3, 10, 0.3, 10) is None
    assert power_of_difference(0.3, 0, 0.4, 10) is None
    assert sample_size(0.3, 0.3) is None
    assert detectable_difference(0, 10, 0.3).reason == "a group is empty"
    hopeless = detectable_difference(5, 500, 0.02)
    assert hopeless.below is None
    assert "below" in hopeless.reason


# --- bounds ---


def _every_way(x, n, missing):
    return [(x + k) / (n + missing) for k in range(missing + 1)]


@settings(deadline=None)
@given(rates(), rates(), st.integers(0, 3), st.integers(0, 3))
def test_missing_label_bounds_are_sharp(a, b, i, j):
    found = difference_bounds(*a, *b, missing_a=i, missing_b=j)
    ratio = ratio_bounds(*a, *b, missing_a=i, missing_b=j)
    if a[1] + i == 0 or b[1] + j == 0:
        assert found is ratio is None
        return
    pairs = list(itertools.product(_every_way(*a, i), _every_way(*b, j)))
    assert found == pytest.approx((min(p - q for p, q in pairs), max(p - q for p, q in pairs)))
    assert rate_bounds(*a, missing=i) == pytest.approx(
        (_every_way(*a, i)[0], _every_way(*a, i)[-1])
    )
    quotients = [p / q for p, q in pairs if q > 0]
    if not quotients:
        assert ratio is None
    else:
        assert ratio.low == pytest.approx(min(quotients))
        assert ratio.high == (
            None if any(q == 0 for _, q in pairs) else pytest.approx(max(quotients))
        )


@settings(deadline=None)
@given(rates(least=1), rates(least=1), rates())
def test_unknown_group_bounds_are_sharp(a, b, unknown):
    found = unknown_group_bounds(*a, *b, events_unknown=unknown[0], n_unknown=unknown[1])
    with_event, without = unknown[0], unknown[1] - unknown[0]
    differences, ratios, open_end = [], [], False
    # Each unknown person is of group a, of group b, or of neither.
    for e_a, f_a in itertools.product(range(with_event + 1), range(without + 1)):
        for e_b, f_b in itertools.product(range(with_event - e_a + 1), range(without - f_a + 1)):
            p = (a[0] + e_a) / (a[1] + e_a + f_a)
            q = (b[0] + e_b) / (b[1] + e_b + f_b)
            differences.append(p - q)
            if q > 0:
                ratios.append(p / q)
            else:
                open_end = True
    assert found.difference == pytest.approx((min(differences), max(differences)))
    if not ratios:
        assert found.ratio is None
    else:
        assert found.ratio.low == pytest.approx(min(ratios))
        assert found.ratio.high == (None if open_end else pytest.approx(max(ratios)))


def test_no_group_no_bounds():
    assert rate_bounds(0, 0, missing=0) is None
    assert rate_bounds(0, 0, missing=3) == (0.0, 1.0)
    found = unknown_group_bounds(0, 0, 1, 2, events_unknown=1, n_unknown=1)
    assert found.difference is found.ratio is None


# --- weights ---


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.floats(0.01, 100)), min_size=2, max_size=40))
def test_the_linearised_variance_from_the_rows(rows):
    y = np.array([event for event, _ in rows], dtype=float)
    w = np.array([weight for _, weight in rows])
    found = weighted_rate(
        (w * y).sum(), (w * (1 - y)).sum(),
        squares_events=(w**2 * y).sum(), squares_others=(w**2 * (1 - y)).sum(),
    )  # fmt: skip
    p = (w * y).sum() / w.sum()
    # Taylor series of a ratio of sums (Korn and Graubard): sum (w (y - p) / W)^2.
    assert found.rate == pytest.approx(p)
    assert found.variance == pytest.approx((((w * (y - p)) / w.sum()) ** 2).sum(), abs=1e-15)
    assert found.events == pytest.approx(found.rate * found.n)
    if y.min() < y.max():
        assert found.n == pytest.approx(p * (1 - p) / found.variance)
    else:
        assert found.n == pytest.approx(w.sum() ** 2 / (w**2).sum())


@given(st.integers(0, 50), st.integers(0, 50), st.floats(0.1, 10))
@settings(deadline=None, max_examples=50)
def test_equal_weights_are_rows(events, others, weight):
    found = weighted_rate(
        weight * events, weight * others,
        squares_events=weight**2 * events, squares_others=weight**2 * others,
    )  # fmt: skip
    if events + others == 0:
        assert found.rate is found.n is None
        assert found.reason
    else:
        assert found.n == pytest.approx(events + others)
        assert found.events == pytest.approx(events, abs=1e-9)
