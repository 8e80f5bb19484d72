"""Kitagawa's split, common effects over strata, bounds of what is missing, a sampled reference."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit.errors import MetricError
from auditkit.inference import (
    Unknown,
    binomial_test,
    difference_bounds,
    fisher_exact,
    kitagawa,
    mantel_haenszel_difference,
    mantel_haenszel_ratio,
    missing_bounds,
    newcombe,
    pooled_z,
    ratio_bounds,
    share_test,
    unknown_group_bounds,
)

# Berkeley graduate admissions 1973 (Bickel, Hammel, O'Connell 1975): women admitted, women, men
# admitted, men, one department a row.
BERKELEY = [
    (89, 108, 512, 825),
    (17, 25, 353, 560),
    (202, 593, 120, 325),
    (131, 375, 138, 417),
    (94, 393, 53, 191),
    (24, 341, 22, 373),
]


@st.composite
def strata(draw, most=5, largest=40):
    found = []
    for _ in range(draw(st.integers(1, most))):
        m, n = draw(st.integers(0, largest)), draw(st.integers(0, largest))
        found.append((draw(st.integers(0, m)), m, draw(st.integers(0, n)), n))
    return found


# ---- Kitagawa -----------------------------------------------------------------------------------


def test_berkeley_is_composition():
    # By hand, in fractions: share x rate, department by department.
    women, men = 1835, 2691
    composition = treatment = at_men = at_women = Fraction(0)
    for x, m, y, n in BERKELEY:
        apart = Fraction(m, women) - Fraction(n, men)
        between = Fraction(x, m) - Fraction(y, n)
        composition += apart * (Fraction(x, m) + Fraction(y, n)) / 2
        treatment += between * (Fraction(m, women) + Fraction(n, men)) / 2
        at_men += apart * Fraction(y, n)
        at_women += apart * Fraction(x, m)
    found = kitagawa(BERKELEY)
    assert found.gap.value == pytest.approx(557 / 1835 - 1198 / 2691, abs=1e-15)
    assert found.composition.value == pytest.approx(float(composition), abs=1e-15)
    assert found.treatment.value == pytest.approx(float(treatment), abs=1e-15)
    assert found.composition_at_b == pytest.approx(float(at_men), abs=1e-15)
    assert found.composition_at_a == pytest.approx(float(at_women), abs=1e-15)
    # -14.2 points = -17.8 (women applied where it was harder) + 3.6 (and fared better there).
    assert [round(100 * part.value, 1) for part in (found.gap, found.composition, found.treatment)]
    assert round(found.composition.value, 3) == -0.178
    assert round(found.treatment.value, 3) == 0.036
    assert found.unmatched.value == 0
    assert found.alone == ()


def test_the_delta_method_is_the_spread_of_new_samples():
    # The standard errors against the spread of 2,000 multinomial redraws of both groups.
    found = kitagawa(BERKELEY)
    rng = np.random.default_rng(5)
    drawn = []
    sides = []
    for first in (0, 2):
        cells = np.array([(t[first], t[first + 1] - t[first]) for t in BERKELEY]).ravel()
        sides.append(rng.multinomial(cells.sum(), cells / cells.sum(), size=2000).reshape(-1, 6, 2))
    for a, b in zip(*sides, strict=True):
        part = kitagawa([(x[0], x.sum(), y[0], y.sum()) for x, y in zip(a, b, strict=True)])
        drawn.append(
            [
                part.gap.value,
                part.composition.value,
                part.treatment.value,
                part.strata[0].composition.value,
                part.strata[0].treatment.value,
            ]
        )
    first = found.strata[0]
    stated = [
        part.se
        for part in (
            found.gap, found.composition, found.treatment, first.composition, first.treatment,
        )
    ]  # fmt: skip
    assert np.std(drawn, axis=0) == pytest.approx(stated, rel=0.06)


@given(strata())
@settings(deadline=None)
def test_the_parts_add_up(tables):
    found = kitagawa(tables)
    both = [t for t in tables if t[1] and t[3]]
    if not both:
        assert found.gap is found.composition is None
        assert found.reason
        return
    assert found.gap.value == pytest.approx(
        found.composition.value + found.treatment.value + found.unmatched.value, abs=1e-12
    )
    matched = found.gap.value - found.unmatched.value
    assert found.composition_at_a + found.treatment_at_b == pytest.approx(matched, abs=1e-12)
    assert found.composition_at_b + found.treatment_at_a == pytest.approx(matched, abs=1e-12)
    assert math.fsum(s.composition.value for s in found.strata if s.composition) == pytest.approx(
        found.composition.value, abs=1e-12
    )
    assert math.fsum(s.treatment.value for s in found.strata if s.treatment) == pytest.approx(
        found.treatment.value, abs=1e-12
    )
    assert len(found.alone) == sum((t[1] > 0) != (t[3] > 0) for t in tables)
    # Swapping the groups turns every sign.
    other = kitagawa([(b, n, a, m) for a, m, b, n in tables])
    for mine, theirs in (
        (found.composition, other.composition), (found.treatment, other.treatment),
    ):  # fmt: skip
        assert mine.value == pytest.approx(-theirs.value, abs=1e-12)
        assert mine.se == pytest.approx(theirs.se, abs=1e-12)


def test_the_gap_without_strata_is_all_treatment():
    found = kitagawa([(30, 100, 50, 100)])
    assert found.treatment.value == pytest.approx(-0.2)
    assert found.treatment.se == pytest.approx(math.sqrt(0.3 * 0.7 / 100 + 0.5 * 0.5 / 100))
    assert found.composition.value == 0
    assert found.composition.p_value is None


def test_strata_of_one_group_are_a_part_of_their_own():
    # a: 10 of 20 and 8 of 10 alone; b: 5 of 20. Matched rates 0.5 and 0.25; a's rate is 18/30.
    found = kitagawa([(10, 20, 5, 20), (8, 10, 0, 0)])
    assert found.unmatched.value == pytest.approx(18 / 30 - 10 / 20)
    assert found.treatment.value == pytest.approx(0.25)
    assert found.alone == (1,)
    assert found.strata[1].rate_b is None
    assert found.strata[1].composition is None
    assert found.strata[1].share_a == pytest.approx(1 / 3)


def test_weights_scale_and_repeat():
    doubled = [tuple(2.0 * v for v in t) for t in BERKELEY]
    fourfold = [tuple(4.0 * v for v in t) for t in BERKELEY]
    plain, heavy = kitagawa(BERKELEY), kitagawa(doubled, squares=fourfold)
    assert heavy.composition.value == pytest.approx(plain.composition.value)
    assert heavy.composition.se == pytest.approx(plain.composition.se)
    assert heavy.gap.se == pytest.approx(plain.gap.se)
    with pytest.raises(MetricError, match="squares must have 6 tables"):
        kitagawa(BERKELEY, squares=BERKELEY[:2])


@pytest.mark.parametrize(
    ("tables", "reason"),
    [
        ([], "a group is empty"),
        ([(1, 2, 0, 0)], "a group is empty"),
        ([(1, 2, 0, 0), (0, 0, 1, 2)], "no stratum holds people of both groups"),
    ],
)
def test_nothing_to_split(tables, reason):
    found = kitagawa(tables)
    assert found.gap is found.composition is found.treatment is found.unmatched is None
    assert found.reason == reason


# ---- common difference and ratio -----------------------------------------------------------------


def test_common_effects_by_hand():
    # RD weights n_a n_b / N: 25 and 10 * 40 / 50 = 8; differences 0.2 and 0.1.
    tables = [(30, 50, 20, 50), (6, 10, 20, 40)]
    found = mantel_haenszel_difference(tables)
    assert found.value == pytest.approx((25 * 0.2 + 8 * 0.1) / 33)
    # RR: (30 * 50 / 100 + 6 * 40 / 50) / (20 * 50 / 100 + 20 * 10 / 50) = 19.8 / 14.
    assert mantel_haenszel_ratio(tables).value == pytest.approx(19.8 / 14)
    assert found.strata_used == 2


def test_one_stratum_is_the_plain_comparison():
    # In one stratum of 500 and 500 the variance is within 1 % of p(1-p)/n + q(1-q)/m.
    found = mantel_haenszel_difference([(200, 500, 250, 500)])
    assert found.value == pytest.approx(-0.1)
    plain = 1.959964 * math.sqrt(0.4 * 0.6 / 500 + 0.25 / 500)
    assert found.high - found.value == pytest.approx(plain, rel=0.01)
    ratio = mantel_haenszel_ratio([(200, 500, 250, 500)])
    # Katz: exp(z sqrt(1/200 - 1/500 + 1/250 - 1/500)).
    assert ratio.high / ratio.value == pytest.approx(math.exp(1.959964 * math.sqrt(0.005)))


def test_common_effects_cover_the_truth_in_many_small_strata():
    rng = np.random.default_rng(8)
    hits = np.zeros(2)
    for _ in range(400):
        a, b = rng.binomial(3, 0.4, 150), rng.binomial(4, 0.3, 150)
        tables = [(x, 3, y, 4) for x, y in zip(a.tolist(), b.tolist(), strict=True)]
        difference, ratio = mantel_haenszel_difference(tables), mantel_haenszel_ratio(tables)
        hits += [
            difference.low <= 0.1 <= difference.high,
            ratio.low <= 4 / 3 <= ratio.high,
        ]
    assert (hits / 400 > 0.92).all()  # 380 expected; fewer than 368 has probability 0.005


@pytest.mark.parametrize(
    ("function", "tables", "value", "reason"),
    [
        (mantel_haenszel_difference, [(1, 2, 0, 0)], None, "no stratum has both groups"),
        (mantel_haenszel_ratio, [(0, 2, 0, 3)], None, "no stratum has both groups and an event"),
        (mantel_haenszel_ratio, [(1, 2, 0, 3)], None, "the reference has no event"),
        (mantel_haenszel_ratio, [(0, 2, 1, 3)], 0.0, "the ratio is zero"),
    ],
)
def test_common_effects_that_are_undefined(function, tables, value, reason):
    found = function(tables)
    assert found.value == value
    assert found.low is found.high is None
    assert found.reason.startswith(reason)


# ---- bounds --------------------------------------------------------------------------------------


def every_way(a, m, b, n, unknown_a, unknown_b, shared, neither):
    """All rates that some way of filling in the unknown gives: the slow, sure way."""
    found = []
    event, other = shared  # unknown group, label known: of a, of b, or of a third group
    for la, lb in itertools.product(range(unknown_a + 1), range(unknown_b + 1)):
        for ea, eb in itertools.product(range(event + 1), repeat=2):
            for oa, ob in itertools.product(range(other + 1), repeat=2):
                if ea + eb > event or oa + ob > other:
                    continue
                for ka, kb in itertools.product(range(neither + 1), repeat=2):
                    if ka + kb > neither:
                        continue
                    for xa, xb in itertools.product(range(ka + 1), range(kb + 1)):
                        p = (a + la + ea + xa) / (m + unknown_a + ea + oa + ka)
                        q = (b + lb + eb + xb) / (n + unknown_b + eb + ob + kb)
                        found.append((p, q))
    return found


@pytest.mark.parametrize(
    "case",
    [
        (2, 5, 4, 6, 1, 2, (1, 1), 2),
        (1, 4, 3, 4, 0, 0, (2, 0), 3),
        (0, 3, 2, 7, 2, 1, (0, 2), 0),
        (3, 3, 1, 5, 0, 1, (0, 0), 4),
    ],
)
def test_the_bounds_are_sharp(case):
    a, m, b, n, unknown_a, unknown_b, shared, neither = case
    ways = every_way(*case)
    found = missing_bounds(
        a, m, b, n,
        unknown_a=Unknown(label=unknown_a, with_event=shared[0], without_event=shared[1]),
        unknown_b=Unknown(label=unknown_b, with_event=shared[0], without_event=shared[1]),
        neither=neither,
    )  # fmt: skip
    differences = [p - q for p, q in ways]
    ratios = [p / q if q else math.inf for p, q in ways if p or q]
    # In whole people the extreme may lie between two of them: within half a person's reach.
    assert found.difference.low <= min(differences) + 1e-9
    assert found.difference.high >= max(differences) - 1e-9
    assert found.difference.low == pytest.approx(min(differences), abs=0.03)
    assert found.difference.high == pytest.approx(max(differences), abs=0.03)
    assert found.ratio.low == pytest.approx(min(ratios), abs=0.03)
    high = max(ratios)
    if math.isinf(high):
        assert found.ratio.high is None
    else:
        assert found.ratio.high == pytest.approx(high, rel=0.03)


@given(
    st.integers(1, 30), st.integers(1, 30), st.integers(0, 5), st.integers(0, 5), st.data(),
)  # fmt: skip
def test_one_cause_alone_is_what_the_other_functions_say(m, n, i, j, data):
    a, b = data.draw(st.integers(0, m)), data.draw(st.integers(0, n))
    labels = missing_bounds(a, m, b, n, unknown_a=Unknown(label=i), unknown_b=Unknown(label=j))
    assert labels.difference == pytest.approx(
        difference_bounds(a, m, b, n, missing_a=i, missing_b=j)
    )
    ratio = ratio_bounds(a, m, b, n, missing_a=i, missing_b=j)
    assert (labels.ratio is None) == (ratio is None)
    if ratio is not None:
        assert labels.ratio.low == pytest.approx(ratio.low)
        assert (labels.ratio.high is None) == (ratio.high is None)
        if ratio.high is not None:
            assert labels.ratio.high == pytest.approx(ratio.high)
    unknown = Unknown(with_event=i, without_event=j)
    groups = missing_bounds(a, m, b, n, unknown_a=unknown, unknown_b=unknown)
    known = unknown_group_bounds(a, m, b, n, events_unknown=i, n_unknown=i + j)
    assert groups.difference == pytest.approx(known.difference)


def test_bounds_of_nobody():
    found = missing_bounds(0, 0, 1, 2, unknown_a=Unknown(label=3), unknown_b=Unknown())
    assert found.difference is found.ratio is None
    with pytest.raises(MetricError, match=r"unknown_b\.label must not be negative"):
        missing_bounds(1, 2, 1, 2, unknown_a=Unknown(), unknown_b=Unknown(label=-1))


# ---- a share against a reference -----------------------------------------------------------------


def test_a_known_reference_is_the_exact_test():
    found = share_test(339, 870, 0.791)
    exact = binomial_test(339, 870, 0.791)
    assert (found.p_value, found.log10_p, found.sd) == (exact.p_value, exact.log10_p, exact.sd)
    assert found.share == pytest.approx(339 / 870)


def test_a_sampled_reference_is_two_samples():
    found = share_test(30, 100, 0.4, reference_n=400)
    z, p = pooled_z(30, 100, 160, 400)
    assert (found.sd, found.p_value) == pytest.approx((z, p))
    # A reference of everybody is a known one; a small one is worth less.
    large = share_test(30.5, 100, 0.4, reference_n=1e12)
    assert large.sd == pytest.approx((0.305 - 0.4) / math.sqrt(0.305 * 0 + 0.24 / 100), rel=1e-6)
    assert abs(share_test(30, 100, 0.4, reference_n=50).sd) < abs(found.sd)
    small = share_test(0, 20, 0.05, reference_n=60)
    assert small.method == "fisher exact, reference sampled"
    assert small.p_value == pytest.approx(fisher_exact(0, 20, 3, 60))


def test_a_tiny_p_value_is_never_zero():
    found = share_test(1000.5, 100_000, 0.5)
    # scipy 1.17: log10(2) + norm.logsf(|z|) / ln(10), z = -309.90005
    assert found.method == "z, effective n"
    assert found.log10_p == pytest.approx(-20856.985, abs=1e-3)
    assert found.p_value == pytest.approx(2.2250738585072014e-308)
    sampled = share_test(1000, 100_000, 0.5, reference_n=100_000)
    assert sampled.log10_p < -300
    assert sampled.p_value > 0


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"events": 0, "n": 0, "share": 0.5}, "nobody observed"),
        ({"events": 1, "n": 2, "share": 0.0}, "an expected share of 0 leaves no chance"),
        ({"events": 1, "n": 2, "share": 0.5, "reference_n": 0}, "nobody in the reference"),
    ],
)
def test_no_test_of_a_share(arguments, reason):
    found = share_test(**arguments)
    assert found.p_value is found.log10_p is found.sd is None
    assert found.reason == reason
    assert found.method == "none"


def test_the_parts_of_one_gap_agree_with_the_plain_one():
    found = kitagawa(BERKELEY)
    plain = newcombe(557, 1835, 1198, 2691)
    assert (found.gap.low, found.gap.high) == pytest.approx((plain.low, plain.high), abs=2e-3)
