"""Tests of two rates, of a share, and of many p-values; the four-fifths comparison."""

import sys
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from auditkit.inference import (
    below_four_fifths,
    benjamini_hochberg,
    binomial_test,
    chi_square,
    equal_rates,
    fisher_exact,
    holm,
    hypergeometric_z,
    pooled_z,
    smallest_expected,
)


@st.composite
def rates(draw, largest=200):
    n = draw(st.integers(1, largest))
    return draw(st.integers(0, n)), n


P_VALUES = st.lists(st.none() | st.floats(0, 1), max_size=12)

# Rosen and Jerdee (1974): 24 files, 14 women promoted; 24 files, 21 men. Published: chi-square
# without correction p = .0230; Fisher's test p = .0490 (R: fisher.test, chisq.test).
PROMOTION = (14, 24, 21, 24)
# Bertrand and Mullainathan (2004): call-backs of 2435 resumes each. Fisher p = 4.8e-5.
RESUMES = (157, 2435, 235, 2435)
# Waisome v. Port Authority, 948 F.2d 1370: 50 of 64 black and 455 of 508 white candidates.
WAISOME = (50, 64, 455, 508)


def test_the_promotion_experiment():
    assert fisher_exact(*PROMOTION) == pytest.approx(0.0490, abs=5e-5)
    assert pooled_z(*PROMOTION)[1] == pytest.approx(0.0230, abs=5e-5)
    assert chi_square(*PROMOTION) == pytest.approx((5.1692307692, 0.0229903941))
    # scipy 1.17: chi2_contingency(..., correction=True) -> 3.7978021978, 0.0513199036.
    assert chi_square(*PROMOTION, correction=True) == pytest.approx((3.7978021978, 0.0513199036))


def test_the_resume_audit():
    assert fisher_exact(*RESUMES) == pytest.approx(4.8e-5, abs=5e-7)


def test_waisome():
    # The court: 2.68 standard deviations; two more black candidates passing would take the
    # difference below two. Whether 1.976 is significant depends on the test.
    assert pooled_z(*WAISOME)[0] == pytest.approx(-2.68, abs=5e-3)
    z, p = pooled_z(52, 64, 455, 508)
    assert (z, p) == pytest.approx((-1.976, 0.048), abs=5e-4)
    assert fisher_exact(52, 64, 455, 508) == pytest.approx(0.059, abs=5e-4)


def test_berkeley_ignoring_departments():
    # 1198 of 2691 men and 557 of 1835 women: 9.60 standard deviations (Bickel et al. 1975;
    # the square is R's chisq.test(correct = FALSE), X-squared = 92.205).
    z, p = pooled_z(1198, 2691, 557, 1835)
    assert z == pytest.approx(9.60, abs=5e-3)
    assert z * z == pytest.approx(92.205, abs=5e-4)
    assert p < 1e-20


def test_the_hypergeometric_version_is_smaller():
    # By hand: E = 24*35/48 = 17.5, V = 24*24*35*13/(48^2*47) = 2.42021; (14 - 17.5)/sqrt(V).
    assert hypergeometric_z(*PROMOTION) == pytest.approx(
        -3.5 / (24 * 24 * 35 * 13 / 48**2 / 47) ** 0.5
    )


def test_mid_p():
    # By hand: p - P(14)/2 with P(14) = C(24,14) C(24,21) / C(48,35).
    import math

    here = math.comb(24, 14) * math.comb(24, 21) / math.comb(48, 35)
    assert fisher_exact(*PROMOTION, midp=True) == pytest.approx(fisher_exact(*PROMOTION) - here / 2)


@pytest.mark.parametrize("test", [pooled_z, hypergeometric_z, chi_square])
@pytest.mark.parametrize("counts", [(0, 0, 1, 2), (1, 2, 0, 0), (0, 5, 0, 7), (5, 5, 7, 7)])
def test_no_variation_no_test(test, counts):
    assert test(*counts) is None


def test_the_exact_test_needs_two_groups():
    assert fisher_exact(0, 0, 1, 2) is None
    assert fisher_exact(1, 2, 0, 0) is None
    assert fisher_exact(0, 5, 0, 7) == 1.0
    assert smallest_expected(0, 0, 1, 2) is None


def test_a_p_value_is_never_zero():
    assert 0 < pooled_z(0, 10**6, 10**6, 10**6)[1] < 1e-300
    assert 0 < fisher_exact(0, 10**5, 10**5, 10**5) < 1e-300


@settings(deadline=None)
@given(rates(), rates())
def test_the_tests_agree_with_each_other_and_swap(a, b):
    found = pooled_z(*a, *b)
    if found is None:
        return
    z, p = found
    assert pooled_z(*b, *a) == (pytest.approx(-z), pytest.approx(p))
    assert chi_square(*a, *b) == (pytest.approx(z * z, abs=1e-12), pytest.approx(p))
    assert abs(hypergeometric_z(*a, *b)) <= abs(z)
    assert chi_square(*a, *b, correction=True)[1] >= p * (1 - 1e-9)
    chi2, df, p_many = equal_rates([a[0], b[0]], [a[1], b[1]])
    assert (chi2, df, p_many) == (pytest.approx(z * z, abs=1e-9), 1, pytest.approx(p, abs=1e-12))


@given(rates(60), rates(60))
@settings(deadline=None, max_examples=50)
def test_the_exact_test_is_symmetric_and_mid_p_is_smaller(a, b):
    p = fisher_exact(*a, *b)
    assert 0 < p <= 1
    assert fisher_exact(*b, *a) == pytest.approx(p)
    assert 0 < fisher_exact(*a, *b, midp=True) <= p


def fisher_by_hand(a, m, b, n):
    """Return the sum over the tables no likelier than this one, from exact products."""
    with localcontext() as context:
        context.prec = 40
        low, high = max(0, a + b - m), min(n, a + b)
        chances = [Decimal(1)]
        for k in range(low, high):
            chances.append(chances[-1] * (n - k) * (a + b - k) / ((k + 1) * (m - a - b + k + 1)))
        here = chances[b - low]
        return float(sum(c for c in chances if c <= here * (1 + Decimal("1e-7"))) / sum(chances))


@pytest.mark.parametrize(
    "table",
    [(3840, 1291262, 0, 450), (51, 55, 9829, 11654), (1378, 81318, 34, 2417), (0, 5, 5, 5),
     (163, 5556, 1500, 2000), (700, 1000, 10, 1000), (1, 9, 1, 9), (400, 1000, 407, 1000)],
    ids=str,
)  # fmt: skip
def test_fisher_is_exact_at_any_size(table):
    a, m, b, n = table
    expected = fisher_by_hand(a, m, b, n)
    assert fisher_exact(a, m, b, n) == pytest.approx(expected, rel=1e-11)
    assert fisher_exact(b, n, a, m) == pytest.approx(expected, rel=1e-11)
    # SciPy 1.17 is itself off by some 1e-9 at the first of these
    scipys = stats.fisher_exact([[a, m - a], [b, n - b]]).pvalue
    assert fisher_exact(a, m, b, n) == pytest.approx(scipys, rel=1e-8)


def test_fisher_of_impossible_odds_is_not_zero():
    assert fisher_exact(0, 10**7, 10**7, 10**7) == sys.float_info.min
    # a fifth of a second and gigabytes, were all tables looked at
    assert 0 < fisher_exact(3 * 10**8, 10**9, 2 * 10**8, 10**9) < 1e-300


@settings(deadline=None)
@given(rates(), rates())
def test_smallest_expected_is_the_smallest_of_four(a, b):
    total, events = a[1] + b[1], a[0] + b[0]
    cells = [size * kind / total for size in (a[1], b[1]) for kind in (events, total - events)]
    assert smallest_expected(*a, *b) == pytest.approx(min(cells))


def test_equal_rates_of_many_groups():
    # R: prop.test(smokers, patients) on its help page: X-squared = 12.6, df = 3, p = 0.005585.
    chi2, df, p = equal_rates([83, 90, 129, 70], [86, 93, 136, 82])
    assert (chi2, df, p) == (pytest.approx(12.6004, abs=5e-5), 3, pytest.approx(0.005585, abs=5e-7))
    assert equal_rates([83, 90, 129, 70, 0], [86, 93, 136, 82, 0])[1] == 3
    assert equal_rates([3], [10]) is None
    assert equal_rates([0, 0], [3, 4]) is None


# --- many p-values ---

# statsmodels 0.15.0: multipletests(p, method="holm") and (p, method="fdr_bh").
RAW = [0.001, 0.2, 0.012, 0.04, 0.04, 0.9, 0.0004, 0.031]
HOLM = [0.007, 0.4, 0.072, 0.16, 0.16, 0.9, 0.0032, 0.155]
BH = [0.004, 0.228571428571, 0.032, 0.0533333333333, 0.0533333333333, 0.9, 0.0032, 0.0533333333333]


def test_corrections_agree_with_statsmodels():
    assert holm(RAW) == pytest.approx(HOLM)
    assert benjamini_hochberg(RAW) == pytest.approx(BH)


@pytest.mark.parametrize("correct", [holm, benjamini_hochberg])
def test_what_was_not_tested_does_not_count(correct):
    assert correct([]) == []
    assert correct([None]) == [None]
    with_gaps = correct([None, *RAW[:3], None, *RAW[3:]])
    assert with_gaps[0] is with_gaps[4] is None
    assert [p for p in with_gaps if p is not None] == correct(RAW)


@settings(deadline=None)
@given(P_VALUES)
def test_corrected_values_are_larger_and_in_the_same_order(p_values):
    for adjusted in (holm(p_values), benjamini_hochberg(p_values)):
        pairs = [(p, q) for p, q in zip(p_values, adjusted, strict=True) if p is not None]
        assert all(p <= q <= 1 for p, q in pairs)
        ordered = sorted(pairs)
        assert [q for _, q in ordered] == sorted(q for _, q in pairs)
        assert [q is None for q in adjusted] == [p is None for p in p_values]


@settings(deadline=None)
@given(P_VALUES)
def test_benjamini_hochberg_is_between_raw_and_holm(p_values):
    for step, any_error in zip(benjamini_hochberg(p_values), holm(p_values), strict=True):
        assert step is None or step <= any_error * (1 + 1e-12)


# --- four fifths ---


def test_exactly_four_fifths_is_not_below():
    assert (16 / 25) / (36 / 45) < 0.8  # the trap
    assert below_four_fifths(16, 25, 36, 45) is False


@pytest.mark.parametrize("threshold", ["0.8", 0.8, "4/5", Fraction(4, 5), "0.80"])
def test_a_threshold_is_the_fraction_its_decimals_say(threshold):
    assert below_four_fifths(16, 25, 36, 45, threshold=threshold) is False
    assert below_four_fifths(15, 25, 36, 45, threshold=threshold) is True


def test_other_thresholds():
    assert below_four_fifths(9, 10, 10, 10, threshold="0.9") is False
    assert below_four_fifths(9, 10, 10, 10, threshold="0.91") is True
    assert below_four_fifths(1, 10, 1, 10, threshold="1.25") is True


@pytest.mark.parametrize("counts", [(0, 0, 1, 2), (1, 2, 0, 0), (1, 2, 0, 3)])
def test_no_ratio_no_comparison(counts):
    assert below_four_fifths(*counts) is None


@settings(deadline=None)
@given(rates(10**9), rates(10**9))
def test_four_fifths_in_whole_numbers(group, reference):
    found = below_four_fifths(*group, *reference)
    if reference[0] == 0:
        assert found is None
    else:
        assert found == (5 * group[0] * reference[1] < 4 * reference[0] * group[1])


def test_four_fifths_of_numpy_counts_does_not_overflow():
    import numpy as np

    big = np.int64(4 * 10**9)
    assert below_four_fifths(big, 2 * big, big, big) is True


# --- a share against a benchmark ---


def test_castaneda():
    # Castaneda v. Partida, 430 U.S. 482, n. 17: of 870 persons, 79.1% expected: 688; 339
    # observed; "approximately 29 standard deviations"; "less than 1 in 10^140".
    test = binomial_test(339, 870, 0.791)
    assert test.expected == pytest.approx(688, abs=0.5)
    assert test.sd == pytest.approx(-29, abs=0.2)
    assert -145 < test.log10_lower < -140
    assert test.p_value > 0
    # The same note, 2 1/2 years: 220 persons, 174 expected, 100 observed, "about 12".
    later = binomial_test(100, 220, 0.791)
    assert later.expected == pytest.approx(174, abs=0.5)
    assert later.sd == pytest.approx(-12, abs=0.5)


# Hazelwood School District v. United States, 433 U.S. 299, n. 14 and n. 17: teachers hired,
# with the county's share (15.4%) and without the city (5.7%).
@pytest.mark.parametrize(
    ("hired", "of", "share", "expected", "low", "high"),
    [
        (10, 282, 0.154, 43, 5, 6),
        (5, 123, 0.154, 19, 3, 4),
        (15, 405, 0.154, 62, 6, 7),
        (10, 282, 0.057, 16, 1, 2),
        (5, 123, 0.057, 7, 0, 1),
        (15, 405, 0.057, 23, 1, 2),
    ],
)
def test_hazelwood(hired, of, share, expected, low, high):
    test = binomial_test(hired, of, share)
    assert round(test.expected) == expected
    assert low < -test.sd < high


@given(st.integers(1, 300), st.data(), st.floats(0.01, 0.99))
@settings(deadline=None, max_examples=60)
def test_the_share_test_agrees_with_scipy(n, data, share):
    from scipy.stats import binom, binomtest

    x = data.draw(st.integers(0, n))
    test = binomial_test(x, n, share)
    if test.log10_p > -280:
        assert test.p_value == pytest.approx(binomtest(x, n, share).pvalue, rel=1e-6)
        assert 10**test.log10_lower == pytest.approx(binom.cdf(x, n, share), rel=1e-6)
        assert 10**test.log10_upper == pytest.approx(binom.sf(x - 1, n, share), rel=1e-6)
    assert 10**test.log10_p == pytest.approx(test.p_value)


def test_tails_too_small_for_a_float():
    # By symmetry the two-sided value is twice the tail; the tail of 0 of 2000 is 2^-2000.
    test = binomial_test(0, 2000, 0.5)
    assert test.log10_lower == pytest.approx(-602.0599913)
    assert test.log10_p == pytest.approx(-602.0599913 + 0.3010299957)
    assert test.p_value > 0
    mirror = binomial_test(2000, 2000, 0.5)
    assert mirror.log10_upper == pytest.approx(test.log10_lower)
    assert mirror.log10_p == pytest.approx(test.log10_p)
    huge = binomial_test(40_000_000, 100_000_000, 0.5)
    assert huge.log10_p - huge.log10_lower == pytest.approx(0.30103, abs=1e-3)


def test_the_log_scale_joins_the_plain_one():
    # Exact by fractions: P(X <= 150) for n = 1150, p = 1/2, is near 10^-155, and for
    # n = 1600, k = 150, near 10^-263; both computed here in whole numbers.
    import math

    for n, k in ((1150, 150), (1600, 150), (2100, 150)):
        exact = math.log10(sum(math.comb(n, i) for i in range(k + 1))) - n * math.log10(2)
        assert binomial_test(k, n, 0.5).log10_lower == pytest.approx(exact, abs=1e-9)


@pytest.mark.parametrize(("events", "n", "share"), [(0, 0, 0.5), (1, 3, 0.0), (1, 3, 1.0)])
def test_no_chance_no_share_test(events, n, share):
    test = binomial_test(events, n, share)
    assert test.reason
    assert test.p_value is test.log10_p is test.sd is None
