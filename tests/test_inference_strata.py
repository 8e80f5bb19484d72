"""Mantel-Haenszel and Breslow-Day."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit.inference import breslow_day, mantel_haenszel, pooled_z

# Berkeley graduate admissions 1973 (Bickel, Hammel, O'Connell 1975; R: UCBAdmissions), one
# department a row: women admitted, women, men admitted, men.
BERKELEY = [
    (89, 89 + 19, 512, 512 + 313),
    (17, 17 + 8, 353, 353 + 207),
    (202, 202 + 391, 120, 120 + 205),
    (131, 131 + 244, 138, 138 + 279),
    (94, 94 + 299, 53, 53 + 138),
    (24, 24 + 317, 22, 22 + 351),
]


@st.composite
def tables(draw, strata=5, largest=60):
    found = []
    for _ in range(draw(st.integers(1, strata))):
        m, n = draw(st.integers(0, largest)), draw(st.integers(0, largest))
        found.append((draw(st.integers(0, m)), m, draw(st.integers(0, n)), n))
    return found


def test_berkeley():
    # R: mantelhaen.test(UCBAdmissions): X-squared = 1.4269, p = 0.2323, common odds ratio (men
    # to women) 0.9046968, 95 percent interval 0.7719074 to 1.0603298; 1.5246 without correction.
    found = mantel_haenszel(BERKELEY)
    assert found.chi2 == pytest.approx(1.5246, abs=5e-5)
    assert 1 / found.odds_ratio == pytest.approx(0.9046968, abs=5e-8)
    assert (1 / found.high, 1 / found.low) == pytest.approx((0.7719074, 1.0603298), abs=5e-8)
    assert found.odds_ratio == pytest.approx(1.105, abs=5e-4)
    assert found.sd == pytest.approx(-1.23, abs=5e-3)
    assert found.strata_used == found.strata == 6
    corrected = mantel_haenszel(BERKELEY, correction=True)
    assert corrected.chi2 == pytest.approx(1.4269, abs=5e-5)
    assert corrected.p_value == pytest.approx(0.2323, abs=5e-5)
    # statsmodels 0.15.0: StratifiedTable(...).test_equal_odds(adjust=True) 18.8255, p 0.0020714.
    assert breslow_day(BERKELEY) == pytest.approx((18.825501252, 5, 0.0020714013979))
    assert breslow_day(BERKELEY, tarone=False)[0] == pytest.approx(18.825513705)


# statsmodels 0.15.0, StratifiedTable: odds ratio, low, high, CMH without and with correction,
# Breslow-Day without and with Tarone's adjustment.
@pytest.mark.parametrize(
    ("strata", "expected"),
    [
        (
            [(59, 109, 15, 57), (8, 14, 15, 20)],
            [
                2.24757665678,
                1.22337854642,
                4.12922136231,
                7.16013630516,
                6.38154268957,
                6.26887075181,
                6.26054308929,
            ],
        ),
        (
            [(3, 11, 2, 60), (3, 30, 70, 117), (58, 97, 30, 41), (53, 65, 67, 117)],
            [
                0.869705969703,
                0.583669554943,
                1.2959190133,
                0.503127578696,
                0.365463924592,
                45.2584769791,
                45.2560988483,
            ],
        ),
        (
            [(4, 23, 48, 64), (34, 41, 13, 19)],
            [
                0.344652521672,
                0.16027925605,
                0.741114999051,
                9.72835999727,
                8.53058140408,
                17.2077845714,
                16.811966427,
            ],
        ),
        (
            [
                (26, 78, 2, 23),
                (6, 9, 14, 18),
                (86, 89, 42, 74),
                (14, 47, 16, 52),
                (99, 114, 39, 48),
            ],
            [
                2.7448567521,
                1.76407377177,
                4.27093169803,
                21.7335310172,
                20.732880901,
                25.460547157,
                25.4346582697,
            ],
        ),
        (
            [(90, 101, 28, 114), (39, 72, 88, 106)],
            [
                2.25071556456,
                1.53094692225,
                3.30888058817,
                22.2563354837,
                21.2649400248,
                93.1593527418,
                91.9829898626,
            ],
        ),
    ],
)
def test_strata_agree_with_statsmodels(strata, expected):
    found = mantel_haenszel(strata)
    corrected = mantel_haenszel(strata, correction=True)
    got = [found.odds_ratio, found.low, found.high, found.chi2, corrected.chi2]
    got += [breslow_day(strata, tarone=False)[0], breslow_day(strata)[0]]
    assert got == pytest.approx(expected, rel=1e-9)


@settings(deadline=None)
@given(tables())
def test_strata_that_cannot_tell_change_nothing(strata):
    idle = [(0, 9, 0, 4), (5, 5, 8, 8), (0, 0, 3, 8), (3, 8, 0, 0), (0, 0, 0, 0)]
    plain, padded = mantel_haenszel(strata), mantel_haenszel([*strata, *idle])
    assert padded.strata == plain.strata + len(idle)
    for name in ("odds_ratio", "low", "high", "chi2", "p_value", "sd", "strata_used", "reason"):
        assert getattr(padded, name) == getattr(plain, name)
    assert breslow_day([*strata, *idle]) == breslow_day(strata)


@settings(deadline=None)
@given(tables())
def test_swapping_the_groups_inverts_the_odds_ratio(strata):
    found = mantel_haenszel(strata)
    swapped = mantel_haenszel([(b, n, a, m) for a, m, b, n in strata])
    if found.odds_ratio and swapped.odds_ratio:
        assert swapped.odds_ratio == pytest.approx(1 / found.odds_ratio)
        assert swapped.low == pytest.approx(1 / found.high)
        assert found.low <= found.odds_ratio <= found.high
    if found.chi2 is not None:
        assert swapped.chi2 == pytest.approx(found.chi2, abs=1e-9)
        assert swapped.sd == pytest.approx(-found.sd, abs=1e-9)


@settings(deadline=None)
@given(st.integers(2, 80), st.integers(2, 80), st.data())
def test_one_stratum_is_the_hypergeometric_test(m, n, data):
    a, b = data.draw(st.integers(0, m)), data.draw(st.integers(0, n))
    found = mantel_haenszel([(a, m, b, n)])
    plain = pooled_z(a, m, b, n)
    if plain is None:
        assert found.chi2 is None
        assert found.reason
    else:
        assert found.chi2 == pytest.approx(plain[0] ** 2 * (m + n - 1) / (m + n), abs=1e-9)


@given(tables(strata=4, largest=40))
@settings(deadline=None)
def test_homogeneity_is_a_probability(strata):
    for tarone in (True, False):
        found = breslow_day(strata, tarone=tarone)
        if found is not None:
            chi2, df, p = found
            assert chi2 >= 0
            assert 1 <= df < len(strata)
            assert 0 < p <= 1
            assert math.isfinite(chi2)


def test_equal_odds_ratios_are_homogeneous():
    chi2, df, p = breslow_day([(10, 30, 5, 30), (20, 60, 10, 60), (30, 90, 15, 90)])
    assert (chi2, df, p) == (pytest.approx(0, abs=1e-9), 2, pytest.approx(1))


def test_nothing_to_compare():
    found = mantel_haenszel([])
    assert found.odds_ratio is found.chi2 is found.p_value is found.sd is None
    assert "no stratum" in found.reason
    assert breslow_day([]) is None
    assert breslow_day(BERKELEY[:1]) is None


def test_an_odds_ratio_of_zero_or_without_bound():
    none = mantel_haenszel([(0, 10, 5, 10), (0, 8, 2, 8)])
    assert (none.odds_ratio, none.low, none.high) == (0.0, None, None)
    assert "zero" in none.reason
    assert none.chi2 > 0
    every = mantel_haenszel([(5, 10, 0, 10)])
    assert every.odds_ratio is None
    assert "no upper bound" in every.reason
    assert breslow_day([(0, 10, 5, 10), (0, 8, 2, 8)]) is None
