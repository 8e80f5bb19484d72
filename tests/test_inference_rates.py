"""Intervals for one rate and for two."""

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from auditkit.inference import Interval, clopper_pearson, katz, koopman, newcombe, wilson
from auditkit.inference.contrasts import _koopman_statistic

LEVELS = st.floats(0.5, 0.999)


@st.composite
def rates(draw, largest=400):
    n = draw(st.integers(1, largest))
    return draw(st.integers(0, n)), n


# Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3 (score).
@pytest.mark.parametrize(
    ("events", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_agrees_with_newcombe_1998(events, n, low, high):
    assert wilson(events, n) == pytest.approx((low, high), abs=5e-5)


# The same table, method 5 (Clopper-Pearson).
@pytest.mark.parametrize(
    ("events", "n", "low", "high"),
    [
        (81, 263, 0.2527, 0.3676),
        (15, 148, 0.0578, 0.1617),
        (0, 20, 0, 0.1684),
        (1, 29, 0.0009, 0.1776),
    ],
)
def test_clopper_pearson_agrees_with_newcombe_1998(events, n, low, high):
    assert clopper_pearson(events, n) == pytest.approx((low, high), abs=5e-5)


# The same table, method 6 (mid-p).
@pytest.mark.parametrize(
    ("events", "n", "low", "high"),
    [
        (81, 263, 0.2544, 0.3658),
        (15, 148, 0.0601, 0.1581),
        (0, 20, 0, 0.1391),
        (1, 29, 0.0017, 0.1585),
    ],
)
def test_the_midp_agrees_with_newcombe_1998(events, n, low, high):
    assert clopper_pearson(events, n, midp=True) == pytest.approx((low, high), abs=5e-5)
    mirrored = clopper_pearson(n - events, n, midp=True)
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=5e-5)
    exact = clopper_pearson(events, n)
    assert exact.low <= low + 5e-5
    assert high <= exact.high + 5e-5


# statsmodels 0.15.0: proportion_confint(x, n, 1 - level, method="wilson" | "beta").
@pytest.mark.parametrize(
    ("events", "n", "level", "score", "exact"),
    [
        (0, 87, 0.9, (0.0, 0.0301602704796), (0.0, 0.0338476106816)),
        (204, 247, 0.99, (0.75546672935, 0.87930396726), (0.75559170231, 0.88325593279)),
        (129, 240, 0.8, (0.496139334073, 0.578350912282), (0.494061549595, 0.580467967178)),
        (24, 39, 0.95, (0.458990614569, 0.751086265344), (0.446190568222, 0.766360674934)),
        (208, 282, 0.95, (0.683294205961, 0.785497132262), (0.682136723265, 0.787971009265)),
        (106, 215, 0.8, (0.449545770202, 0.536606523373), (0.447200038573, 0.538944427409)),
        (314, 366, 0.95, (0.818430519395, 0.889981135792), (0.817893482219, 0.892036131714)),
        (48, 94, 0.95, (0.411168861511, 0.609272370908), (0.40537147881, 0.615216580831)),
    ],
)
def test_rates_agree_with_statsmodels(events, n, level, score, exact):
    assert wilson(events, n, level=level) == pytest.approx(score, rel=1e-10)
    assert clopper_pearson(events, n, level=level) == pytest.approx(exact, rel=1e-10)


# Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10.
@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((6, 7, 2, 7), 0.0582, 0.8062),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 20), -0.1611, 0.2775),
        ((0, 10, 0, 10), -0.2775, 0.2775),
        ((10, 10, 0, 20), 0.6791, 1.0),
        ((10, 10, 0, 10), 0.6075, 1.0),
    ],
)
def test_newcombe_agrees_with_the_paper(counts, low, high):
    assert newcombe(*counts) == pytest.approx((low, high), abs=5e-5)


# statsmodels 0.15.0: confint_proportions_2indep(x, m, y, n, alpha=1 - level, correction=False)
# with ("diff", "newcomb"), ("ratio", "log") and ("ratio", "score").
@pytest.mark.parametrize(
    ("counts", "level", "difference", "log", "score"),
    [
        (
            (41, 76, 52, 281),
            0.99,
            (0.195325576148, 0.502045596723),
            (1.91065805441, 4.44798702771),
            (1.88854020718, 4.40138953816),
        ),
        (
            (2, 15, 127, 252),
            0.99,
            (-0.504086282639, -0.02935663031),
            (0.0481755396153, 1.45292944407),
            (0.052312344685, 0.939011358409),
        ),
        (
            (78, 266, 91, 284),
            0.9,
            (-0.091371514993, 0.037561282063),
            (0.740711840471, 1.13065612711),
            (0.74038263877, 1.12975549444),
        ),
        (
            (8, 17, 9, 199),
            0.8,
            (0.277991974577, 0.576915152891),
            (6.11293314744, 17.7114296686),
            (6.03873160738, 17.3943459824),
        ),
        (
            (5, 111, 124, 199),
            0.8,
            (-0.625054004715, -0.522648021646),
            (0.04110694725, 0.127128115111),
            (0.0411865101318, 0.125087037131),
        ),
        (
            (43, 123, 9, 25),
            0.95,
            (-0.220462466237, 0.169865016738),
            (0.546130031396, 1.72673474522),
            (0.582266110186, 1.80142688448),
        ),
        (
            (21, 84, 62, 265),
            0.95,
            (-0.0810190719992, 0.128452732996),
            (0.695296214396, 1.6421715406),
            (0.688033075891, 1.61303298142),
        ),
        (
            (5, 47, 52, 238),
            0.95,
            (-0.194742703354, 0.0166561584738),
            (0.205480023838, 1.15377709287),
            (0.205726414412, 1.07725288142),
        ),
    ],
)
def test_contrasts_agree_with_statsmodels(counts, level, difference, log, score):
    assert newcombe(*counts, level=level) == pytest.approx(difference, rel=1e-9)
    assert katz(*counts, level=level) == pytest.approx(log, rel=1e-9)
    assert koopman(*counts, level=level) == pytest.approx(score, rel=1e-8)


def test_koopman_agrees_with_the_paper():
    # Koopman (1984), Biometrics 40, 513-517, the example: (2.94, 7.15).
    assert koopman(36, 40, 16, 80) == pytest.approx((2.94, 7.15), abs=5e-3)


def test_koopman_where_there_are_zeros():
    # statsmodels 0.15.0, confint_proportions_2indep(..., compare="ratio", method="score",
    # correction=False): (0.72568888, inf), (0.92399256, inf), (0, 1.08225979).
    low, high = koopman(5, 56, 0, 29)
    assert (low, high) == (pytest.approx(0.7256888836), None)
    low, high = koopman(3, 10, 0, 10)
    assert (low, high) == (pytest.approx(0.9239925616), None)
    assert koopman(0, 10, 3, 10) == (0.0, pytest.approx(1.0822597947))


def test_koopman_where_a_rate_is_one():
    # By hand: with both rates 1, U(theta) = m(1 - theta)/theta for theta < 1, so that the lower
    # end is m/(m + z^2) with m = 10, z = 1.959964; the upper is its reciprocal.
    low = 10 / (10 + 1.959963984540054**2)
    assert koopman(10, 10, 10, 10) == pytest.approx((low, 1 / low), rel=1e-9)
    # By hand: below theta = 30/17 the fitted rates are (17 theta/30, 17/30), and U = z^2 at
    # 1.761548 (statsmodels 0.15.0 stops at its double root, 30/17).
    assert koopman(10, 10, 7, 20) == pytest.approx((1.7615475, 5.5190128), rel=1e-6)


@pytest.mark.parametrize("interval", [wilson, clopper_pearson])
def test_a_rate_of_nobody_is_undefined(interval):
    assert interval(0, 0) is None


@pytest.mark.parametrize("interval", [newcombe, katz, koopman])
@pytest.mark.parametrize("counts", [(0, 0, 3, 10), (3, 10, 0, 0), (0, 0, 0, 0)])
def test_a_contrast_with_nobody_is_undefined(interval, counts):
    assert interval(*counts) is None


@pytest.mark.parametrize("counts", [(0, 5, 3, 10), (3, 10, 0, 5), (5, 5, 7, 7)])
def test_katz_is_undefined_where_its_formula_breaks_down(counts):
    assert katz(*counts) is None


def test_koopman_of_two_groups_without_events_is_undefined():
    assert koopman(0, 5, 0, 7) is None


@settings(deadline=None)
@given(rates(), LEVELS)
def test_a_rate_is_within_its_interval(rate, level):
    x, n = rate
    for interval in (wilson, clopper_pearson):
        low, high = interval(x, n, level=level)
        assert 0 <= low <= x / n <= high <= 1
        assert low < high


@settings(deadline=None)
@given(rates(), LEVELS)
def test_a_rate_and_its_complement_mirror_each_other(rate, level):
    x, n = rate
    for interval in (wilson, clopper_pearson):
        low, high = interval(x, n, level=level)
        assert interval(n - x, n, level=level) == pytest.approx((1 - high, 1 - low), abs=1e-9)


@settings(deadline=None)
@given(rates(), st.floats(0.5, 0.99))
def test_more_confidence_is_wider(rate, level):
    x, n = rate
    for interval in (wilson, clopper_pearson):
        low, high = interval(x, n, level=level)
        lower, higher = interval(x, n, level=level + 0.009)
        assert lower <= low <= high <= higher


@settings(deadline=None)
@given(rates(), LEVELS)
def test_the_exact_interval_inverts_the_exact_test(rate, level):
    from scipy.stats import binom

    x, n = rate
    low, high = clopper_pearson(x, n, level=level)
    if x > 0:
        assert binom.sf(x - 1, n, low) == pytest.approx((1 - level) / 2, rel=1e-6)
    if x < n:
        assert binom.cdf(x, n, high) == pytest.approx((1 - level) / 2, rel=1e-6)


@settings(deadline=None)
@given(rates(), rates(), LEVELS)
def test_a_difference_is_within_and_swaps_sign(a, b, level):
    gap = a[0] / a[1] - b[0] / b[1]
    low, high = newcombe(*a, *b, level=level)
    assert -1 <= low <= gap <= high <= 1
    assert newcombe(*b, *a, level=level) == pytest.approx((-high, -low), abs=1e-12)


@given(rates(), rates(), LEVELS)
@settings(deadline=None)
def test_a_ratio_is_within_and_swaps_to_its_reciprocal(a, b, level):
    for interval in (katz, koopman):
        found = interval(*a, *b, level=level)
        if found is None:
            continue
        low, high = found
        swapped = interval(*b, *a, level=level)
        if b[0] == 0:
            assert high is None
            assert swapped == (0.0, pytest.approx(1 / low, rel=1e-9))
            continue
        ratio = (a[0] / a[1]) / (b[0] / b[1])
        assert 0 <= low <= ratio * (1 + 1e-12)
        assert ratio <= high * (1 + 1e-12)
        assert swapped.low == pytest.approx(1 / high, rel=1e-9)


@given(rates(60), rates(60))
@settings(deadline=None)
def test_the_ends_of_koopman_are_where_the_score_test_begins_to_reject(a, b):
    assume(a[0] + b[0] > 0)
    critical = 1.959963984540054**2
    low, high = koopman(*a, *b)
    for end, outward in ((low, 1 - 1e-6), (high, 1 + 1e-6)):
        if end:
            assert _koopman_statistic(end * outward, *a, *b) > critical - 1e-9
            assert _koopman_statistic(end / outward, *a, *b) < critical + 1e-9


def test_fractions_are_counts_too():
    # By hand: p = 8.1/26.3, n = 26.3 in Wilson's formula.
    p, n, z = 8.1 / 26.3, 26.3, 1.959963984540054
    reach = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low, high = wilson(8.1, 26.3)
    assert low == pytest.approx((p + z * z / (2 * n) - reach) / (1 + z * z / n))
    assert high == pytest.approx((p + z * z / (2 * n) + reach) / (1 + z * z / n))


def test_an_interval_is_a_pair_with_names():
    interval = wilson(1, 2)
    assert isinstance(interval, Interval)
    assert interval == (interval.low, interval.high)
    assert all(type(end) is float for end in interval)


def test_numbers_of_numpy_are_numbers():
    import numpy as np

    assert wilson(np.int64(81), np.float32(263)) == wilson(81, 263)
    assert math.isclose(newcombe(*np.array([56, 70, 48, 80])).low, 0.05243147240236498)
