"""From counts to rates, gaps, corrected tests and verdicts: published and hand-computed numbers."""

import math
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from fitted_once import untraced
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from auditkit import inference, load, tally
from auditkit.counts import DECISION, LABEL, Counts
from auditkit.errors import SchemaError
from auditkit.fairness import compare, measure, rates_of
from auditkit.findings import (
    gap_findings,
    judge,
    representation_findings,
    simpson_findings,
    small_group_findings,
    subgroup_findings,
)
from auditkit.metrics import METRICS
from auditkit.policy import Policy
from auditkit.representation import hold_against, represent
from auditkit.schema import Population, Schema
from auditkit.strata import stratify, subgroup_scan

POLICY = Policy.default()
SAMPLES = Path(__file__).parent.parent / "sample_data"


def table(groups, attributes=("g",), weight=1.0):
    """Counts of (events, n) a group; a group is a name, or one name an attribute."""
    cells = []
    for group, (events, n) in groups.items():
        key = group if isinstance(group, tuple) else (group,)
        for outcome, people in ((1, events), (0, n - events)):
            sums = (people, people * weight, people * weight * weight)
            cells.append(((key, (), (outcome,)), sums))
    return Counts.from_cells(cells, attributes=attributes)


def decisions(groups):
    """Counts of (TP, FN, FP, TN) a group."""
    corners = ((1, 1), (1, 0), (0, 1), (0, 0))
    cells = [
        (((group,), (), corner), (people, float(people), float(people)))
        for group, four in groups.items()
        for corner, people in zip(corners, four, strict=True)
    ]
    return Counts.from_cells(cells, attributes=["g"], outcomes=[LABEL, DECISION])


def gaps(counts, sets=(("g",),), stage="label", policy=POLICY, **options):
    found = compare(counts, sets, stage=stage, policy=policy, **options)
    rates = [e for names in sets for e in measure(counts, names, stage=stage, level=policy.level)]
    return judge(found, rates, policy)


def ratio(groups, **options):
    """The only ratio between two groups."""
    (row,) = [row for row in gaps(table(groups), **options) if row.kind == "ratio"]
    return row


def lax(**changes):
    return Policy.from_dict({**POLICY.to_dict(), **changes})


# ---- published numbers ------------------------------------------------------------------------

# Bertrand, Mullainathan (2004), AER 94: call-backs to black and white names.
RESUMES = {"black": (157, 2435), "white": (235, 2435)}
# Rosen, Jerdee (1974), J Applied Psychology 59: files recommended for promotion.
PROMOTION = {"women": (14, 24), "men": (21, 24)}
# ProPublica (2016), Machine Bias: decile 5 or more counts as a prediction of re-arrest; its
# table gives FPR 44.85 and 23.45 %, FNR 27.99 and 47.72 %. As (TP, FN, FP, TN).
COMPAS = {"black": (1369, 532, 805, 990), "white": (505, 461, 349, 1139)}


def test_the_resume_audit():
    row = ratio(RESUMES)
    assert (row.group, row.reference, row.verdict) == (("black",), ("white",), "flag")
    assert row.value == pytest.approx(0.668, abs=5e-4)
    assert row.p_value == row.p_adjusted == pytest.approx(4.8e-5, abs=5e-7)
    assert row.method == "koopman; fisher exact"
    (difference,) = [row for row in gaps(table(RESUMES)) if row.kind == "difference"]
    assert difference.value == pytest.approx(-0.0320, abs=5e-5)  # published: 3.20 points
    assert difference.p_value == row.p_value


def test_the_promotion_experiment():
    row = ratio(PROMOTION)
    assert (row.group, row.reference) == (("women",), ("men",))
    assert row.value == pytest.approx(2 / 3)
    assert row.p_value == pytest.approx(0.0490, abs=5e-5)
    # 24 people a group are fewer than the policy judges: shown, not judged.
    assert (row.p_adjusted, row.verdict) == (None, "inconclusive")
    judged = ratio(PROMOTION, policy=lax(min_group=20))
    assert (judged.p_adjusted, judged.verdict) == (row.p_value, "flag")


def test_the_example_of_the_uniform_guidelines():
    # 44 FR 11996 (1979), Q&A 11: hired 60, 45, 48 and 51 %: ratios .75, .80 and .85, and only
    # American Indians are below four fifths. Of 1000 people each, to be clear of chance.
    hired = {"White": 600, "Indian": 450, "Hispanic": 480, "Black": 510}
    rows = gaps(table({group: (events, 1000) for group, events in hired.items()}))
    found = {row.group[0]: row for row in rows if row.kind == "ratio"}
    assert {row.reference for row in found.values()} == {("White",)}
    assert {group: row.value for group, row in found.items()} == pytest.approx(
        {"Indian": 0.75, "Hispanic": 0.80, "Black": 0.85}
    )
    assert [group for group, row in found.items() if row.verdict == "flag"] == ["Indian"]


def test_compas():
    rows = measure(decisions(COMPAS), ["g"], stage="decision", level=0.95)
    value = {(row.group[0], row.metric): row.value for row in rows}
    published = {
        ("black", "false_positive_rate"): 0.4485,
        ("white", "false_positive_rate"): 0.2345,
        ("black", "false_negative_rate"): 0.2799,
        ("white", "false_negative_rate"): 0.4772,
        ("black", "positive_predictive_value"): 0.6297,
        ("white", "positive_predictive_value"): 0.5913,
    }
    assert {key: round(value[key], 4) for key in published} == published


# ---- estimates, intervals and tests against SciPy -----------------------------------------------

counts_of_two = st.tuples(st.integers(1, 400), st.integers(1, 400)).flatmap(
    lambda n: st.tuples(
        st.tuples(st.integers(0, n[0]), st.just(n[0])),
        st.tuples(st.integers(0, n[1]), st.just(n[1])),
    )
)


def pearson_at_ratio(theta, a, m, b, n):
    """Koopman (1984): chi-square at the likeliest rates of which one is theta times the other."""

    def unlikely(q):
        return -(stats.binom.logpmf(a, m, theta * q) + stats.binom.logpmf(b, n, q))

    q = optimize.minimize_scalar(
        unlikely, bounds=(0, min(1, 1 / theta)), method="bounded", options={"xatol": 1e-12}
    ).x
    spread = [(a - m * p) ** 2 / (m * p * (1 - p)) for m, a, p in ((m, a, theta * q), (n, b, q))]
    return sum(spread)


@given(counts_of_two)
@settings(max_examples=100, deadline=None)
def test_rates_and_gaps_agree_with_scipy(pair):
    (a, m), (b, n) = pair
    counts = table({"a": (a, m), "b": (b, n)})
    for row in measure(counts, ["g"], stage="label", level=0.9):
        events, size = {"a": (a, m), "b": (b, n)}[row.group[0]]
        wilson = stats.binomtest(events, size).proportion_ci(0.9, method="wilson")
        assert (row.value, row.n, row.events) == (events / size, size, events)
        assert (row.low, row.high) == pytest.approx((wilson.low, wilson.high), abs=1e-12)
    rows = gaps(counts, reference={"g": "b"}, policy=lax(level=0.9))
    difference, quotient = rows
    assert difference.value == pytest.approx(a / m - b / n, abs=1e-15)
    fisher = stats.fisher_exact([[a, m - a], [b, n - b]]).pvalue
    assert difference.p_value == quotient.p_value == pytest.approx(fisher, rel=1e-9)
    # Newcombe (1998), method 10, from the two Wilson intervals.
    low, high = (stats.binomtest(*x).proportion_ci(0.9, method="wilson") for x in ((a, m), (b, n)))
    assert difference.low == pytest.approx(
        max(-1, a / m - b / n - math.hypot(a / m - low.low, high.high - b / n)), abs=1e-12
    )
    if b == 0:
        assert quotient.value is None
        assert "rate" in quotient.reason
    elif a == 0:
        assert (quotient.value, quotient.low) == (0.0, 0.0)
        assert quotient.method.startswith("koopman")
    else:
        assert quotient.value == pytest.approx((a / m) / (b / n))
        assert quotient.method == "koopman; fisher exact"
        for end in (quotient.low, quotient.high):
            score = pearson_at_ratio(end, a, m, b, n)
            assert score == pytest.approx(stats.norm.isf(0.05) ** 2, rel=1e-4)


def test_the_z_test_takes_over_above_the_policy_s_size_and_never_where_counts_are_small():
    big = ratio({"a": (4000, 8000), "b": (4200, 8000)})
    assert big.method == "koopman; pooled z"
    chi2 = stats.chi2_contingency([[4000, 4000], [4200, 3800]], correction=False)
    assert big.p_value == pytest.approx(chi2.pvalue, rel=1e-9)
    rare = ratio({"a": (1, 8000), "b": (8, 8000)})  # expected: 4.5 events each
    assert rare.method == "koopman; fisher exact"
    assert rare.p_value == pytest.approx(stats.fisher_exact([[1, 7999], [8, 7992]]).pvalue)


def test_a_rate_with_an_empty_denominator_has_a_reason_and_no_value():
    counts = decisions({"a": (30, 10, 10, 50), "b": (0, 0, 30, 70)})
    row = next(
        row
        for row in measure(counts, ["g"], stage="decision")
        if (row.group, row.metric) == (("b",), "true_positive_rate")
    )
    assert (row.value, row.low, row.high, row.n, row.events) == (None, None, None, 0, 0)
    assert row.reason == "no positive labels"
    rows = [row for row in gaps(counts, stage="decision") if row.metric == "true_positive_rate"]
    assert [(row.value, row.p_value, row.p_adjusted) for row in rows] == [(None, None, None)] * 2
    assert {row.reason for row in rows} == {"no positive labels in b"}
    assert {row.verdict for row in rows if row.kind == "difference"} == {"inconclusive"}


# ---- weights ----------------------------------------------------------------------------------


def test_the_effective_size_of_weighted_people():
    # Six people: events of weight 2, 2, 2 (sum 6, squares 12), others of weight 1 (sum 7,
    # squares 7). By hand: p = 6/13, v = (36 * 7 + 49 * 12) / 13^4 = 840 / 13^4, and
    # p (1 - p) / v = 42 * 169 / 840 = 8.45.
    counts = Counts.from_cells(
        [((("x",), (), (1,)), (3, 6.0, 12.0)), ((("x",), (), (0,)), (7, 7.0, 7.0))],
        attributes=["g"],
    )
    rates = rates_of(METRICS["base_rate"], counts.cube(["g"], label=LABEL))
    assert rates.value[0] == pytest.approx(6 / 13)
    assert rates.effective[0] == pytest.approx(8.45)
    other = inference.weighted_rate(6, 7, squares_events=12, squares_others=7)
    assert rates.effective[0] == pytest.approx(other.n)
    (row,) = measure(counts, ["g"], stage="label")
    assert (row.n, row.events, row.method) == (10, 6.0, "wilson, effective n")
    interval = inference.wilson(other.events, other.n)
    assert (row.low, row.high) == pytest.approx(tuple(interval))


def test_the_effective_size_at_a_rate_of_zero_is_that_of_kish():
    # Weights 1, 1, 2: (1+1+2)^2 / (1+1+4) = 16/6.
    counts = Counts.from_cells([((("x",), (), (0,)), (3, 4.0, 6.0))], attributes=["g"])
    rates = rates_of(METRICS["base_rate"], counts.cube(["g"], label=LABEL))
    assert (rates.value[0], rates.effective[0]) == (0.0, pytest.approx(16 / 6))


def test_equal_weights_say_nothing():
    plain = ratio({"a": (40, 100), "b": (60, 100)})
    weighted = [
        r for r in gaps(table({"a": (40, 100), "b": (60, 100)}, weight=3.0)) if r.kind == "ratio"
    ]
    assert weighted[0].value == pytest.approx(plain.value)
    assert (weighted[0].low, weighted[0].high) == pytest.approx((plain.low, plain.high))
    assert weighted[0].method == "koopman; pooled z, effective n"
    assert weighted[0].verdict == plain.verdict == "flag"


def test_a_group_of_no_weight_has_no_rate():
    cells = [
        ((("a",), (), (1,)), (50, 0.0, 0.0)),
        ((("b",), (), (1,)), (50, 50.0, 50.0)),
        ((("b",), (), (0,)), (50, 50.0, 50.0)),
    ]
    rows = measure(Counts.from_cells(cells, attributes=["g"]), ["g"], stage="label")
    assert [(row.group, row.value, row.n) for row in rows] == [
        (("a",), None, 50),
        (("b",), 0.5, 100),
    ]


# ---- the reference ----------------------------------------------------------------------------


def reference_of(groups, **options):
    found = {row.reference[0] for row in gaps(table(groups), **options)}
    assert len(found) == 1
    return found.pop()


def test_the_reference_is_the_most_favourable_of_those_large_enough():
    assert reference_of({"a": (40, 100), "b": (60, 100), "c": (50, 100)}) == "b"
    assert reference_of({"a": (40, 100), "b": (60, 100), "c": (50, 100)}, unfavorable=True) == "a"
    # 29 people are fewer than min_group (30).
    assert reference_of({"a": (40, 100), "b": (50, 100), "c": (29, 29)}) == "b"
    assert reference_of({"a": (40, 100), "b": (50, 100), "c": (30, 30)}) == "c"
    # 2 % of all (29 CFR 1607.15A): 40 of 2040 are fewer, 42 of 2042 are not.
    assert reference_of({"a": (400, 1000), "b": (500, 1000), "c": (40, 40)}) == "b"
    assert reference_of({"a": (400, 1000), "b": (500, 1000), "c": (42, 42)}) == "c"
    # People whose group is not known are compared, and are no yardstick.
    assert reference_of({"a": (40, 100), "b": (50, 100), None: (90, 100)}) == "b"
    # Equal rates: the larger group.
    assert reference_of({"a": (40, 100), "b": (80, 200)}) == "b"


def test_where_all_groups_are_small_the_largest_is_the_reference():
    assert reference_of({"a": (20, 20), "b": (5, 25)}) == "b"
    assert reference_of({"a": (10, 20), "b": (5, 20)}) == "a"  # as large: the more favourable
    assert reference_of({"a": (10, 20), "b": (5, 20)}, unfavorable=True) == "b"


def test_the_user_names_the_reference():
    groups = {"a": (40, 100), "b": (60, 100), "c": (50, 100)}
    assert reference_of(groups, reference={"g": "a"}) == "a"
    row = ratio({"a": (40, 100), "b": (60, 100)}, reference={"g": "a"})
    assert row.value == pytest.approx(1.5)
    with pytest.raises(SchemaError, match="no group 'z'; groups: 'a', 'b', 'c'"):
        gaps(table(groups), reference={"g": "z"})


def test_a_reference_for_one_attribute_of_a_crossing():
    groups = {
        ("F", "x"): (30, 100),
        ("F", "y"): (60, 100),
        ("M", "x"): (80, 100),
        ("M", "y"): (50, 100),
    }
    counts = table(groups, ("sex", "site"))
    crossed = [("sex", "site")]
    assert {r.reference for r in gaps(counts, crossed)} == {("M", "x")}
    assert {r.reference for r in gaps(counts, crossed, reference={"sex": "F"})} == {("F", "y")}
    both = {"sex": "M", "site": "y"}
    assert {r.reference for r in gaps(counts, crossed, reference=both)} == {("M", "y")}
    empty = table({key: n for key, n in groups.items() if key != ("M", "y")}, ("sex", "site"))
    assert gaps(empty, crossed, reference=both) == []  # a crossed cell that nobody is in


# ---- multiplicity -----------------------------------------------------------------------------


def test_two_groups_and_one_question_need_no_correction():
    row = ratio({"a": (40, 100), "b": (60, 100)})
    assert row.p_adjusted == row.p_value


def test_pairs_are_corrected_within_their_question_and_questions_within_their_family():
    counts = table(
        {(s, t): (n, 200) for (s, t), n in zip(
            [("F", "x"), ("F", "y"), ("F", "z"), ("M", "x"), ("M", "y"), ("M", "z")],
            (60, 80, 100, 90, 110, 120), strict=True)},
        ("sex", "site"),
    )  # fmt: skip
    sets = [("sex",), ("site",), ("sex", "site")]
    rows = [row for row in gaps(counts, sets) if row.kind == "ratio"]
    assert len(rows) == 1 + 2 + 5
    overall, within = {}, {}
    for names in sets:
        group = [row for row in rows if row.attributes == names]
        cube = counts.cube(names, label=LABEL)
        observed = np.array([[t[1, 2], t[0, 2]] for t in cube.n])
        raw = [row.p_value for row in group]
        overall[names] = (
            raw[0] if len(raw) == 1 else stats.chi2_contingency(observed, correction=False).pvalue
        )
        within[names] = by_hand_holm(raw)
    gates = dict(zip(sets, by_hand_holm([overall[names] for names in sets]), strict=True))
    for names in sets:
        group = [row for row in rows if row.attributes == names]
        expected = [max(p, gates[names]) for p in within[names]]
        assert [row.p_adjusted for row in group] == pytest.approx(expected, rel=1e-9)


def by_hand_holm(values):
    """Holm (1979): the smallest p-value over all closed families, written out as such."""
    return [
        max(
            min(1.0, min(values[j] for j in family) * len(family))
            for size in range(1, len(values) + 1)
            for family in combinations(range(len(values)), size)
            if i in family
        )
        for i in range(len(values))
    ]


def test_complements_are_one_test():
    counts = decisions({"a": (300, 100, 100, 500), "b": (200, 150, 150, 500)})
    rows = gaps(counts, stage="decision")
    p = {(row.metric, row.kind): row.p_adjusted for row in rows}
    for metric, row in METRICS.items():
        if row.complement is not None:
            assert p[metric, "difference"] == p[row.complement, "difference"]
            assert p[metric, "difference"] == p[metric, "ratio"]
    # Families: the selection rate by itself; TPR, FPR, PPV, NPV and accuracy are five tests.
    raw = {row.metric: row.p_value for row in rows if row.kind == "difference"}
    assert p["selection_rate", "ratio"] == raw["selection_rate"]
    five = ["true_positive_rate", "false_positive_rate", "positive_predictive_value",
            "negative_predictive_value", "accuracy"]  # fmt: skip
    expected = dict(zip(five, by_hand_holm([raw[name] for name in five]), strict=True))
    assert {name: p[name, "difference"] for name in five} == pytest.approx(expected, rel=1e-9)


def test_a_group_too_small_is_shown_and_stays_out_of_the_family():
    two = gaps(table({"a": (40, 100), "b": (60, 100)}))
    three = gaps(table({"a": (40, 100), "b": (60, 100), "c": (0, 29)}))
    kept = [row for row in three if row.group == ("a",)]
    assert kept == two
    small = [row for row in three if row.group == ("c",)]
    assert [(row.p_value < 1e-6, row.p_adjusted) for row in small] == [(True, None)] * 2
    assert [row.verdict for row in small] == [None, "inconclusive"]


# ---- verdicts ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b", "verdict"),
    [
        ((157, 2435), (235, 2435), "flag"),  # .668, p 4.8e-5
        ((0, 100), (50, 100), "flag"),  # nobody: the ratio is 0, not undefined
        ((3800, 5000), (4000, 5000), "note"),  # .95, p 1e-6: clear, and within the line
        ((4000, 5000), (4000, 5000), "pass"),
        ((100, 100), (100, 100), "pass"),  # everybody, in both
        ((30, 100), (40, 100), "inconclusive"),  # .75, p .18
        ((36, 100), (40, 100), "inconclusive"),  # .90, but the interval reaches .64
        ((57, 60), (60, 60), "pass"),  # .95, p .24; the interval (Koopman) reaches .863
        ((36, 40), (40, 40), "inconclusive"),  # .90, p .12; Koopman's reaches .769, Katz's .812
        ((0, 100), (0, 100), "inconclusive"),  # 0/0
        ((9, 29), (29, 29), "inconclusive"),  # clear as day, but too few to judge
        ((9, 29), (100, 100), "inconclusive"),
    ],
    ids=str,
)
def test_verdicts(a, b, verdict):
    row = ratio({"a": a, "b": b}, reference={"g": "b"})
    assert row.verdict == verdict


def test_a_reference_rate_of_zero_has_no_ratio_and_is_still_a_gap():
    row = ratio({"a": (50, 100), "b": (0, 100)}, reference={"g": "b"})
    assert (row.value, row.low, row.high, row.verdict) == (None, None, None, "flag")
    assert row.reason == "the rate of the reference is 0"
    assert row.p_value == pytest.approx(stats.fisher_exact([[50, 50], [0, 100]]).pvalue)
    both = ratio({"a": (0, 100), "b": (0, 100)})
    assert both.reason == "the rate is 0 in both groups"
    assert (both.p_value, both.verdict) == (1.0, "inconclusive")
    few = ratio({"a": (2, 100), "b": (0, 100)}, reference={"g": "b"})  # Fisher p = 0.50
    assert few.verdict == "inconclusive"


def test_more_than_two_groups_that_do_not_vary_pass_like_two():
    everybody = {"a": (1000, 1000), "b": (1000, 1000), "c": (1000, 1000)}
    for weight in (1.0, 2.0):
        rows = gaps(table(everybody, weight=weight))
        assert {row.verdict for row in rows if row.kind == "ratio"} == {"pass"}
        assert {row.p_adjusted for row in rows} == {1.0}


def test_better_off_than_a_named_reference_is_a_gap_too():
    row = ratio({"a": (300, 1000), "b": (200, 1000)}, reference={"g": "b"})
    assert (row.value, row.verdict) == (pytest.approx(1.5), "flag")
    # For a harm the reference is where it is least; twice the harm is beyond the line.
    harm = ratio({"a": (300, 1000), "b": (600, 1000)}, unfavorable=True)
    assert (harm.reference, harm.value, harm.verdict) == (("a",), 2.0, "flag")


def test_four_fifths_is_compared_in_whole_numbers():
    # (16/25) / (36/45) is 0.7999999999999999 in floating point, and four fifths in truth.
    assert (16 / 25) / (36 / 45) < 0.8
    for scale in (10, 1000):
        exact = ratio({"a": (16 * scale, 25 * scale), "b": (36 * scale, 45 * scale)})
        assert exact.p_adjusted < POLICY.alpha
        assert exact.verdict == "inconclusive"  # not below, but not wholly inside either
    below = ratio({"a": (15_999, 25_000), "b": (36_000, 45_000)})
    assert below.verdict == "flag"
    weighted = gaps(table({"a": (1600, 2500), "b": (3600, 4500)}, weight=2.0))
    assert weighted[1].verdict == "inconclusive"


def test_error_rates_are_judged_by_their_difference():
    # TPR 300/400 and 220/400 (20 points), FPR 60/600 in both.
    counts = decisions({"a": (300, 100, 60, 540), "b": (220, 180, 60, 540)})
    rows = {(row.metric, row.kind): row for row in gaps(counts, stage="decision")}
    assert rows["true_positive_rate", "difference"].verdict == "flag"
    assert rows["false_positive_rate", "difference"].verdict == "pass"
    assert rows["true_positive_rate", "ratio"].verdict is None  # no rule speaks of it
    assert rows["accuracy", "difference"].verdict is None


def test_another_policy_draws_other_lines():
    strict = lax(rules=[{**POLICY.rules[0].to_dict(), "threshold": 0.96}])
    assert ratio({"a": (3800, 5000), "b": (4000, 5000)}).verdict == "note"
    assert ratio({"a": (3800, 5000), "b": (4000, 5000)}, policy=strict).verdict == "flag"
    careful = lax(alpha=1e-6)
    assert ratio(RESUMES, policy=careful).verdict == "inconclusive"
    assert ratio({"a": (36, 100), "b": (40, 100)}, policy=lax(rules=[])).verdict is None


# ---- strata -----------------------------------------------------------------------------------


def berkeley():
    data = load(
        SAMPLES / "berkeley_admissions.csv", label="admit", positive="Admitted",
        protected="gender", strata="dept", count="freq",
    )  # fmt: skip
    return tally(data)


def test_berkeley():
    # Bickel, Hammel, O'Connell (1975), Science 187. R: mantelhaen.test(UCBAdmissions) gives the
    # odds ratio of men to women, .9046968 (.7719074 to 1.0603298); women to men is its inverse.
    counts = berkeley()
    assert counts.total == 4526
    rows = gaps(counts, [("gender",)])
    (pooled,) = [row for row in rows if row.kind == "ratio"]
    assert pooled.value == pytest.approx((557 / 1835) / (1198 / 2691))
    assert pooled.verdict == "flag"
    (row,) = stratify(counts, rows, stage="label")
    assert (row["group"], row["reference"], row["strata_used"]) == (["Female"], ["Male"], 6)
    assert row["adjusted"] == pytest.approx(1 / 0.9046968, rel=1e-6)
    assert row["adjusted"] == pytest.approx(1.105, abs=5e-4)
    assert (row["low"], row["high"]) == pytest.approx((1 / 1.0603298, 1 / 0.7719074), rel=1e-6)
    assert row["pooled"] == pytest.approx((557 * 1493) / (1278 * 1198))
    # R: mantelhaen.test(UCBAdmissions, correct = FALSE): X-squared = 1.5246, p-value = .2169.
    assert row["p_value"] == pytest.approx(0.2169, abs=5e-5)
    # R: DescTools::BreslowDayTest(UCBAdmissions, correct = TRUE): X-squared = 18.82, p = .00207.
    assert row["homogeneity_p"] == pytest.approx(0.00207, abs=5e-6)
    first = row["levels"][0]
    assert (first["level"], first["events"], first["n"]) == ("A", 89, 108)


def test_the_test_within_strata_is_the_one_on_paper():
    counts = berkeley()
    (row,) = stratify(counts, gaps(counts, [("gender",)]), stage="label")
    observed = expected = variance = 0.0
    for level in row["levels"]:
        a, m, b, n = (level[k] for k in ("events", "n", "reference_events", "reference_n"))
        total, events = m + n, a + b
        observed += a
        expected += m * events / total
        variance += m * n * events * (total - events) / (total**2 * (total - 1))
    p = stats.chi2.sf((observed - expected) ** 2 / variance, 1)
    assert row["p_value"] == pytest.approx(p, rel=1e-9)


def test_the_paradox_is_a_finding():
    counts = berkeley()
    rows = stratify(counts, gaps(counts, [("gender",)]), stage="label")
    (finding,) = simpson_findings(rows, policy=POLICY)
    assert (finding.kind, finding.level, finding.attributes) == ("simpson", "flag", ("gender",))
    assert "turns round within 'dept'" in finding.title


def test_a_stratum_without_both_groups_tells_nothing():
    cells = []
    for group, stratum, events, n in (("a", "s", 30, 100), ("b", "s", 60, 100), ("b", "t", 9, 90)):
        cells.append((((group,), (stratum,), (1,)), (events, float(events), float(events))))
        cells.append(
            (((group,), (stratum,), (0,)), (n - events, float(n - events), float(n - events)))
        )
    counts = Counts.from_cells(cells, attributes=["g"], strata=["site"])
    (row,) = stratify(counts, gaps(counts, reference={"g": "b"}), stage="label")
    assert row["strata_used"] == 1
    assert row["adjusted"] == pytest.approx((30 * 40) / (70 * 60))
    assert row["homogeneity_p"] is None


# ---- crossed groups ---------------------------------------------------------------------------

CROSSED = {
    ("F", "x"): (10, 100),
    ("F", "y"): (50, 100),
    ("M", "x"): (50, 100),
    ("M", "y"): (55, 100),
}


def test_a_crossed_group_is_compared_with_all_others_and_with_the_rest_of_its_parts():
    rows = subgroup_scan(
        table(CROSSED, ("sex", "site")), [("sex", "site")], stage="label", min_group=30
    )
    row = rows[0]
    assert (row["group"], row["n"], row["events"], row["value"]) == (["F", "x"], 100, 10, 0.1)
    assert row["rest"] == pytest.approx(155 / 300)
    assert row["difference"] == pytest.approx(0.1 - 155 / 300)
    assert row["p_value"] == pytest.approx(stats.fisher_exact([[10, 90], [155, 145]]).pvalue)
    women, x = row["parents"]
    assert (women["attribute"], women["group"], women["events"], women["n"]) == (
        "sex",
        "F",
        50,
        100,
    )
    assert (x["attribute"], x["group"], x["value"]) == ("site", "x", 0.5)
    same = stats.fisher_exact([[10, 90], [50, 50]]).pvalue
    assert women["p_value"] == x["p_value"] == pytest.approx(same)
    adjusted = by_hand_holm([r["p_value"] for r in rows])
    assert [r["p_adjusted"] for r in rows] == pytest.approx(adjusted)
    (finding,) = subgroup_findings(rows, schema=Schema(label="y", positive="1"), policy=POLICY)
    assert (finding.group, finding.level) == (("F", "x"), "flag")
    harm = Schema(label="y", positive="1", unfavorable=True)  # then ten of a hundred is good luck
    assert subgroup_findings(rows, schema=harm, policy=POLICY) == []


def test_a_gap_that_one_attribute_explains_is_no_finding_about_the_crossing():
    # Women are hired less, at both sites alike.
    groups = {
        ("F", "x"): (20, 100),
        ("F", "y"): (20, 100),
        ("M", "x"): (50, 100),
        ("M", "y"): (50, 100),
    }
    rows = subgroup_scan(
        table(groups, ("sex", "site")), [("sex", "site")], stage="label", min_group=30
    )
    assert subgroup_findings(rows, schema=Schema(label="y", positive="1"), policy=POLICY) == []


def test_a_small_crossed_group_is_listed_and_not_tested():
    groups = {**CROSSED, ("F", "z"): (0, 29)}
    rows = subgroup_scan(
        table(groups, ("sex", "site")), [("sex", "site")], stage="label", min_group=30
    )
    row = next(row for row in rows if row["group"] == ["F", "z"])
    assert (row["n"], row["value"], row["p_adjusted"]) == (29, 0.0, None)
    assert row["p_value"] < 0.05


# ---- who is in the data -----------------------------------------------------------------------


def test_shares_without_a_population():
    rows = represent(table({"a": (10, 100), "b": (20, 300), None: (1, 10)}), [("g",)])
    assert [(row["group"], row["count"]) for row in rows] == [
        (["a"], 100),
        (["b"], 300),
        ([None], 10),
    ]
    wilson = stats.binomtest(100, 410).proportion_ci(method="wilson")
    assert rows[0]["share"] == pytest.approx(100 / 410)
    assert (rows[0]["share_low"], rows[0]["share_high"]) == pytest.approx((wilson.low, wilson.high))
    assert {row["expected_share"] for row in rows} == {None}
    assert {row["reason"] for row in rows} == {None}
    assert {row["method"] for row in rows} == {"wilson"}


def test_shares_against_a_population():
    # Shares of 5, 4 and 1 are .5, .4, .1; compared among the 400 people of a and b. By hand:
    # a: 200 expected, 100 there; c: 40 expected, nobody there.
    population = Population(
        attribute="g", shares={"a": 5, "b": 4, "c": 1}, source="S", period="2020"
    )
    counts = table({"a": (10, 100), "b": (20, 300), None: (1, 10), "d": (1, 5)})
    compared = hold_against(counts, [population])
    rows = represent(counts, [("g",)], comparisons=compared)
    found = {row["group"][0]: row for row in rows}
    assert set(found) == {"a", "b", "c", "d", None}
    a, c = found["a"], found["c"]
    assert (a["expected_share"], a["ratio"], a["missing_people"]) == (0.5, 0.5, 100.0)
    assert a["expected_source"] == "S, 2020"
    assert a["p_value"] == pytest.approx(stats.binomtest(100, 400, 0.5).pvalue)
    assert found["b"]["missing_people"] == pytest.approx(-140.0)  # a surplus
    assert (c["count"], c["share"], c["ratio"], c["missing_people"]) == (0, 0.0, 0.0, 40.0)
    assert c["p_value"] == pytest.approx(stats.binomtest(0, 400, 0.1).pvalue)
    for name in ("d", None):
        assert found[name]["expected_share"] is None
        assert found[name]["reason"] == "not named in the reference population"
    # c may be there as "d", which the reference does not name: not flagged, but asked about.
    (finding,) = representation_findings(rows, compared, policy=POLICY)
    assert (finding.level, finding.group) == ("inconclusive", ("c",))
    assert "does not name d" in finding.detail
    named = table({"a": (10, 100), "b": (20, 300), None: (1, 10)})
    compared = hold_against(named, [population])
    rows = represent(named, [("g",)], comparisons=compared)
    (finding,) = representation_findings(rows, compared, policy=POLICY)
    assert (finding.level, finding.group) == ("flag", ("c",))


def test_a_share_of_zero_expects_nobody():
    population = Population(attribute="g", shares={"a": 1, "b": 0})
    counts = table({"a": (1, 10), "b": (1, 2)})
    rows = represent(counts, [("g",)], comparisons=hold_against(counts, [population]))
    assert (rows[1]["ratio"], rows[1]["p_value"]) == (None, None)
    assert rows[1]["reason"] == "the reference share is 0"


def test_crossed_groups_that_nobody_is_in_are_listed():
    counts = table({("F", "x"): (1, 40), ("M", "y"): (1, 40), ("M", None): (1, 9)}, ("sex", "site"))
    rows = represent(counts, [("sex", "site")])
    sizes = {tuple(row["group"]): row["count"] for row in rows}
    assert sizes == {
        ("F", "x"): 40, ("F", "y"): 0, ("M", "x"): 0, ("M", "y"): 40, ("M", None): 9,
    }  # fmt: skip
    (finding,) = small_group_findings(rows, policy=POLICY)
    assert finding.level == "inconclusive"
    assert finding.evidence["counts"] == [0, 0, 9]


def test_weighted_shares_have_an_effective_size():
    # Weights of 3 for 100 people and of 1 for 100: share 300/400, Kish 400^2 / 1000 = 160.
    cells = [((("a",), (), (1,)), (100, 300.0, 900.0)), ((("b",), (), (1,)), (100, 100.0, 100.0))]
    rows = represent(Counts.from_cells(cells, attributes=["g"]), [("g",)])
    wilson = inference.wilson(0.75 * 160, 160)
    assert (rows[0]["share"], rows[0]["method"]) == (0.75, "wilson, effective n")
    assert (rows[0]["share_low"], rows[0]["share_high"]) == pytest.approx(tuple(wilson))


# ---- findings ---------------------------------------------------------------------------------


def test_the_worst_group_that_was_judged_is_named():
    counts = table({"a": (300, 1000), "b": (600, 1000), "c": (350, 1000), "d": (0, 10)})
    rows = gaps(counts)
    schema = Schema(label="hired", positive="yes", protected=("g",))
    (finding,) = gap_findings(
        rows, measure(counts, ["g"], stage="label"), schema=schema, policy=POLICY
    )
    assert (finding.kind, finding.level, finding.group) == ("outcome-gap", "flag", ("a",))
    assert finding.evidence["ratio"] == 0.5
    assert (finding.evidence["events"], finding.evidence["n"]) == (300, 1000)
    assert "a 300 of 1,000 (30.0 %)" in finding.detail
    assert "Also beyond the line: c (0.58)" in finding.detail
    assert "1 comparison with too few people" in finding.detail


def test_two_small_groups_are_undecided_and_not_fine():
    counts = table(PROMOTION)
    (finding,) = gap_findings(
        gaps(counts), measure(counts, ["g"], stage="label"), schema=Schema(label="y", positive="1"),
        policy=POLICY,
    )  # fmt: skip
    assert finding.level == "inconclusive"


# ---- any table at all ---------------------------------------------------------------------------

some = st.lists(
    st.tuples(
        st.sampled_from(("F", "M", None)),
        st.sampled_from(("x", "y", None)),
        st.sampled_from(("s", "t", None)),
        st.integers(0, 2),
        st.integers(0, 2),
        st.sampled_from((0, 1, 3, 40, 5000)),
        st.sampled_from((0.0, 1.0, 0.5, 7.25)),
    ),
    min_size=1,
    max_size=14,
)


def numbers(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from numbers(item)
    elif isinstance(value, float):
        yield value


@untraced()
@given(some, st.booleans())
@settings(max_examples=150, deadline=None)
def test_whatever_the_table_there_is_a_number_or_a_reason(rows, unfavorable):
    counts = Counts.from_cells(
        [
            (((sex, race), (site,), (label, decision)), (n, n * w, n * w * w))
            for sex, race, site, label, decision, n, w in rows
        ],
        attributes=["sex", "race"],
        strata=["site"],
        outcomes=[LABEL, DECISION],
    )
    sets = [("sex",), ("race",), ("sex", "race")]
    for stage in (LABEL, DECISION):
        found = gaps(counts, sets, stage=stage, unfavorable=unfavorable)
        for row in found:
            assert (row.value is None) == (row.reason is not None)
            assert row.verdict in {"flag", "pass", "note", "inconclusive", None}
            assert row.verdict in {"inconclusive", None} or row.p_adjusted is not None
            # A metric and its complement share a test; under weights they differ in the last bit.
            assert row.p_adjusted is None or row.p_value <= row.p_adjusted * (1 + 1e-9) <= 1 + 1e-9
            if row.value is not None and row.low is not None:
                assert row.low <= row.value + 1e-12
                assert row.high is None or row.value <= row.high + 1e-12
        rates = [row for names in sets for row in measure(counts, names, stage=stage)]
        for row in rates:
            assert (row.value is None) == (row.reason is not None)
            assert row.value is None or 0 <= row.low <= row.value <= row.high <= 1
        scan = subgroup_scan(counts, [("sex", "race")], stage=stage, min_group=30)
        strata = stratify(counts, found, stage=stage)
        plain = [row.to_dict() for row in (*found, *rates)]
        assert all(math.isfinite(number) for number in numbers([plain, scan, strata]))


def test_the_rest_of_a_crossed_group_is_weighted_too():
    # By hand: the rest of F / x weighs 30·9 + 70 (women in y) + 100 (men), 30·9 + 50 of it events.
    def cell(group, y, n, weight):
        return ((group, (), (y,)), (n, n * weight, n * weight**2))

    counts = Counts.from_cells(
        [
            cell(("F", "x"), 1, 40, 1.0), cell(("F", "x"), 0, 60, 1.0),
            cell(("F", "y"), 1, 30, 9.0), cell(("F", "y"), 0, 70, 1.0),
            cell(("M", "x"), 1, 50, 1.0), cell(("M", "x"), 0, 50, 1.0),
        ],
        attributes=["sex", "site"],
    )  # fmt: skip
    rows = subgroup_scan(counts, [("sex", "site")], stage="label", min_group=30)
    row = next(row for row in rows if row["group"] == ["F", "x"])
    assert (row["n"], row["events"], row["value"]) == (100, 40.0, pytest.approx(0.4))
    assert row["rest"] == pytest.approx((30 * 9 + 50) / (30 * 9 + 70 + 100))
    women = next(parent for parent in row["parents"] if parent["attribute"] == "sex")
    assert women["n"] == 100
    assert women["value"] == pytest.approx(270 / 340)
