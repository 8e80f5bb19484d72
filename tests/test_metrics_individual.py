"""Neighbours, flips and inequality of benefits.

Peers: smclarify 0.5 and aif360 0.6.1 were run once on the table below, in an environment of their
own, and their numbers are pasted. LiFT's are those of its own unit test. The rest by hand.
"""

import math
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit.errors import MetricError, UndefinedMetricWarning
from auditkit.metrics.individual import (
    atkinson_index,
    between_group_coefficient_of_variation,
    between_group_generalized_entropy_index,
    between_group_theil_index,
    coefficient_of_variation,
    consistency,
    flip_rate,
    flip_test,
    generalized_entropy_index,
    theil_index,
    within_group_generalized_entropy_index,
    within_group_theil_index,
)

G = list("MMMMMMMMMMMMMMFFFFFFFFFFFF")
Y = [int(c) for c in "11110111000101100100010010"]
P = [int(c) for c in "11011110110110100010100000"]
X = [5, 6, 7, 3, 4, 9, 8, 2, 1, 0, 3.5, 6.5, 5.5, 2.5, 4.4, 5.1, 6.2, 7.3, 2.2, 1.1, 0.3, 3.3,
     8.1, 9.2, 5.7, 6.1]  # fmt: skip
PEERS = {
    "clarify FT": -0.5833333333333334,  # the sign of its code, not of its documentation
    "clarify GE(2)": 0.23076923076923078,
    "aif360 theil_index": 0.31991408333535937,
    "aif360 coefficient_of_variation": 0.6793662204867574,
    "aif360 generalized_entropy_index(1.5)": 0.2549006537680586,
    "aif360 between_all_groups_generalized_entropy_index(2)": 0.002976190476190423,
    "aif360 between_group_theil_index": 0.0029910740545516495,
    "aif360 between_group_coefficient_of_variation": 0.07715167498104526,
    "aif360.sklearn consistency_score": 0.5384615384615384,
}
WHOLE = [generalized_entropy_index, theil_index, coefficient_of_variation, atkinson_index]


def test_the_same_numbers_as_clarify_and_aif360():
    by = {"sensitive_features": G}
    ours = [
        -flip_test(P, features={"x": X}, reference="M", **by),
        generalized_entropy_index(Y, P),
        theil_index(Y, P),
        coefficient_of_variation(Y, P),
        generalized_entropy_index(Y, P, alpha=1.5),
        between_group_generalized_entropy_index(Y, P, **by),
        between_group_theil_index(Y, P, **by),
        between_group_coefficient_of_variation(Y, P, **by),
        consistency(P, features={"x": X}),
    ]
    assert ours == pytest.approx(list(PEERS.values()), abs=1e-9)


def test_lift_unit_test():
    """LiFT, BenefitMapTest.scala testInequalityMeasures: benefits 1.2, 0.8, 1 times their mean."""
    ask = {"benefits": [0.9, 0.6, 0.75]}
    assert generalized_entropy_index(**ask) == pytest.approx(0.04 / 3)
    assert theil_index(**ask) == pytest.approx((1.2 * math.log(1.2) + 0.8 * math.log(0.8)) / 3)
    level = -(math.log(1.2) + math.log(0.8)) / 3
    assert generalized_entropy_index(alpha=0, **ask) == pytest.approx(level)
    half = (2 - math.sqrt(1.2) - math.sqrt(0.8)) * 4 / 3
    assert generalized_entropy_index(alpha=0.5, **ask) == pytest.approx(half)
    assert atkinson_index(epsilon=1, **ask) == pytest.approx(1 - math.exp(-level))
    assert atkinson_index(epsilon=0, **ask) == pytest.approx(0)
    root = (math.sqrt(1.2) + math.sqrt(0.8) + 1) ** 2 / 9
    assert atkinson_index(epsilon=0.5, **ask) == pytest.approx(1 - root)
    assert coefficient_of_variation(**ask) == pytest.approx(math.sqrt(0.015) / 0.75)


def test_benefits_of_decisions():
    # b = 0 (false negative), 1 (right), 2 (false positive), 1: mean 1, GE(2) = ½ · mean(b² − 1)
    y_true, y_pred = [1, 1, 0, 0], [0, 1, 1, 0]
    assert generalized_entropy_index(y_true, y_pred) == 0.25
    assert theil_index(y_true, y_pred) == pytest.approx(2 * math.log(2) / 4)  # 0 ln 0 = 0
    assert coefficient_of_variation(y_true, y_pred) == pytest.approx(math.sqrt(0.5))
    assert atkinson_index(y_true, y_pred) == pytest.approx(1 - ((2 + math.sqrt(2)) / 4) ** 2)
    assert theil_index(["no", "yes"], ["yes", "no"], pos_label="yes") == pytest.approx(math.log(2))


def test_aif360_at_alpha_0_divides_by_the_mean_twice():
    # aif360.sklearn.metrics.generalized_entropy_index(b=[1, 2, 1, 4], alpha=0) = 0.08664...,
    # half of the formula that it and Speicher (2018) document: ln 2 − (ln 2 + ln 4) / 4
    value = generalized_entropy_index(benefits=[1, 2, 1, 4], alpha=0)
    assert value == pytest.approx(math.log(2) - 3 * math.log(2) / 4)
    assert value == pytest.approx(2 * 0.08664339756999316)


@pytest.mark.parametrize(
    ("metric", "extra", "words"),
    [
        (generalized_entropy_index, {}, "every row is a false negative"),
        (theil_index, {}, "every row is a false negative"),
        (coefficient_of_variation, {}, "every row is a false negative"),
        (atkinson_index, {}, "every row is a false negative"),
        (within_group_theil_index, {"sensitive_features": ["F", "M"]}, "false negative"),
        (between_group_theil_index, {"sensitive_features": ["F", "M"]}, "false negative"),
    ],
)
def test_all_false_negatives(metric, extra, words):
    with pytest.warns(UndefinedMetricWarning, match=words):
        assert math.isnan(metric([1, 1], [0, 0], **extra))


def test_a_benefit_of_zero():
    y_true, y_pred = [1, 0], [0, 1]
    for alpha in (0, -1):
        with pytest.warns(UndefinedMetricWarning, match="infinite"):
            assert math.isnan(generalized_entropy_index(y_true, y_pred, alpha=alpha))
    for epsilon in (1, 2):
        with pytest.warns(UndefinedMetricWarning, match="epsilon is 1 or more"):
            assert math.isnan(atkinson_index(y_true, y_pred, epsilon=epsilon))
    # between groups the means are what counts: both 1
    value = between_group_generalized_entropy_index(
        y_true * 2, y_pred * 2, sensitive_features=list("FFMM"), alpha=0
    )
    assert value == 0
    with pytest.warns(UndefinedMetricWarning, match="infinite"):
        within = within_group_generalized_entropy_index(
            y_true * 2, y_pred * 2, sensitive_features=list("FFMM"), alpha=0
        )
    assert math.isnan(within)


def test_consistency_by_hand():
    # one feature 0, 1, 2, 10, two neighbours of which one is the row itself (AIF360):
    # means ½ for the pair (0, 1) with labels 1, 0; row 2 with 1 or row 3: |1 − ½|...
    features, labels = [[0.0], [1.0], [2.5], [10.0]], [1, 0, 0, 1]
    # neighbours: 0-1, 1-0, 2-1, 3-2 -> gaps ½, ½, 0, ½
    assert consistency(labels, features=features, n_neighbors=2) == pytest.approx(1 - 1.5 / 4)
    # without itself: 1-nearest other row: gaps 1, 1, 0, 1
    without = consistency(labels, features=features, n_neighbors=1, include_self=False)
    assert without == pytest.approx(1 - 3 / 4)
    weighted = consistency(labels, features=features, n_neighbors=2, sample_weight=[0, 0, 1, 1])
    assert weighted == pytest.approx(1 - 0.5 / 2)
    scores = consistency([0.5, 0.25, 0.0, 0.0], features=features, n_neighbors=2)
    assert scores == pytest.approx(1 - (0.125 + 0.125 + 0.125 + 0) / 4)
    assert consistency(["y", "n"], features=[[1], [2]], n_neighbors=1, pos_label="y") == 1


def test_flip_test_by_hand():
    # F at 1.1 and 2.1, nearest M at 1 and 2. M: 1, 1; F: 1, 0 -> one loses, none gains: 1/2
    ask = {"features": [[1.0], [2.0], [1.1], [2.1]], "sensitive_features": list("MMFF")}
    ask |= {"reference": "M", "n_neighbors": 1}
    assert flip_test([1, 1, 1, 0], **ask) == 0.5
    assert flip_test([0, 0, 1, 0], **ask) == -0.5
    assert flip_test([1, 0, 0, 1], **ask) == 0  # one loses, one gains
    assert flip_test([1, 1, 1, 0], sample_weight=[1, 1, 1, 3], **ask) == 0.75
    tied = ask | {"n_neighbors": 2}
    assert flip_test([1, 0, 0, 0], **tied) == 0  # a tied vote counts as not selected
    with pytest.warns(UndefinedMetricWarning) as caught:
        assert math.isnan(flip_test([1, 1, 1, 0], sample_weight=[1, 1, 0, 0], **ask))
    assert "'F'" in str(caught[0].message)


def test_flip_test_takes_the_furthest_group():
    ask = {"features": [[1.0], [1.1], [1.2], [1.3]], "sensitive_features": ["a", "b", "c", "c"]}
    assert flip_test([1, 1, 0, 0], reference="a", n_neighbors=1, **ask) == 1.0


def test_flip_rate():
    assert flip_rate([1, 0, 0, 1], [1, 0, 1, 0]) == 0.5
    assert flip_rate(["a", "b"], ["a", "c"], sample_weight=[3, 1]) == 0.25
    assert flip_rate([1, 0], [1.0, 0.0]) == 0
    with pytest.raises(MetricError, match="indexes"):
        flip_rate(pd.Series([1, 0]), pd.Series([1, 0], index=[1, 0]))


@pytest.mark.parametrize("make", [list, np.array, pd.Series, pl.Series, pa.array])
def test_every_kind_of_array(make):
    assert theil_index(make(Y), make(P)) == pytest.approx(PEERS["aif360 theil_index"])
    features = {"x": make([float(x) for x in X])}
    assert consistency(make(P), features=features) == pytest.approx(0.5384615384615384)
    between = between_group_theil_index(make(Y), make(P), sensitive_features=make(G))
    assert between == pytest.approx(PEERS["aif360 between_group_theil_index"])


def test_frames_of_features():
    table = {"x": [float(x) for x in X], "z": list(range(26))}
    values = {
        consistency(P, features=frame)
        for frame in (pd.DataFrame(table), pl.DataFrame(table), pa.table(table),
                      np.column_stack([X, range(26)]), [[x, z] for z, x in enumerate(X)])
    }  # fmt: skip
    assert len(values) == 1


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: consistency([1, 0], features=[[1], [2]]), "there are 2 rows"),
        (lambda: consistency([1, 0], features=[[1], [2]], n_neighbors=0), "n_neighbors is 0"),
        (lambda: consistency([1, 0], features=[[1], [2]], n_neighbors=1.5), "whole number"),
        (lambda: consistency([1, 0], features={"job": ["a", "b"]}, n_neighbors=1), "job must be"),
        (lambda: consistency([1, 0], features=[[1], [math.nan]], n_neighbors=1), "missing"),
        (lambda: consistency([1, 0], features=[[1], [math.inf]], n_neighbors=1), "infinite"),
        (lambda: consistency([1, 0], features=[1, 2, 3], n_neighbors=1), "features has 3"),
        (lambda: consistency([1, 0], features=None), "needs features"),
        (lambda: consistency([1, 2], features=[[1], [2]], n_neighbors=1), "pos_label"),
        (
            lambda: consistency(
                pd.Series([1, 0]), features=pd.DataFrame({"x": [1, 2]}, [1, 0]), n_neighbors=1
            ),
            "indexes",
        ),
        (lambda: theil_index([1, 0]), "needs y_pred"),
        (lambda: theil_index(), "needs y_true"),
        (lambda: theil_index([1, 0], [1, 0], benefits=[1, 2]), "either"),
        (lambda: theil_index(benefits=[1, -1]), "not negative"),
        (lambda: generalized_entropy_index([1, 0], [1, 0], alpha=math.nan), "alpha"),
        (lambda: atkinson_index([1, 0], [1, 0], epsilon=-1), "epsilon"),
        (lambda: theil_index([1, 2], [1, 0]), "pos_label"),
        (
            lambda: between_group_theil_index([1, 0], [1, 0], sensitive_features=["F", "F"]),
            "only one group",
        ),
        (
            lambda: flip_test(
                [1, 0], features=[[1], [2]], sensitive_features=["F", "F"], reference="F"
            ),
            "only one group",
        ),
        (
            lambda: flip_test(
                [1, 0], features=[[1], [2]], sensitive_features=["F", "M"], reference="M"
            ),
            "1 rows of the reference",
        ),
    ],
)
def test_what_is_refused(call, words):
    with pytest.raises(MetricError, match=words):
        call()


# Laws


@st.composite
def benefits(draw):
    size = draw(st.integers(2, 30))
    level = st.floats(0.1, 50) if draw(st.booleans()) else st.sampled_from([0.0, 1.0, 2.0])
    values = draw(st.lists(level, min_size=size, max_size=size))
    group = draw(st.lists(st.sampled_from("abc"), min_size=size, max_size=size))
    group[:2] = "ab"
    return values, group


ALPHAS = st.sampled_from([0.0, 0.5, 1.0, 1.7, 2.0, 3.0])


def quietly(function, /, *args, **kwargs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        return function(*args, **kwargs)


@settings(max_examples=120, deadline=None)
@given(benefits(), ALPHAS)
def test_between_and_within_add_up(given_benefits, alpha):
    """GE = between + Σ_g n_g/n (μ_g/μ)^α GE_g, term by term (Shorrocks 1980)."""
    values, group = given_benefits
    ask = {"benefits": values, "alpha": alpha}
    whole = quietly(generalized_entropy_index, **ask)
    between = quietly(between_group_generalized_entropy_index, sensitive_features=group, **ask)
    within = quietly(within_group_generalized_entropy_index, sensitive_features=group, **ask)
    if math.isnan(whole):
        assert math.isnan(within)
        return
    assert between + within == pytest.approx(whole, abs=1e-9)
    assert -1e-12 <= between <= whole + 1e-9
    array, names = np.array(values), np.array(group)
    terms = 0.0
    for name in set(group):
        own = array[names == name]
        if own.mean() > 0:
            share = len(own) / len(array) * (own.mean() / array.mean()) ** alpha
            terms += share * quietly(
                generalized_entropy_index, benefits=own.tolist() * 2, alpha=alpha
            )
    assert within == pytest.approx(terms, abs=1e-9)


@settings(max_examples=80, deadline=None)
@given(benefits(), st.randoms(), st.floats(0.1, 10))
def test_order_scale_and_copies_do_not_matter(given_benefits, random, scale):
    values, _ = given_benefits
    shuffled = random.sample(values, len(values))
    for metric in WHOLE:
        before = quietly(metric, benefits=values)
        for other in (shuffled, [value * scale for value in values], values * 2):
            assert quietly(metric, benefits=other) == pytest.approx(before, abs=1e-9, nan_ok=True)
        weighted = quietly(metric, benefits=values, sample_weight=[3] * len(values))
        assert weighted == pytest.approx(before, abs=1e-9, nan_ok=True)


@settings(max_examples=80, deadline=None)
@given(benefits())
def test_ranges_and_relations(given_benefits):
    values, group = given_benefits
    n = len(values)
    entropy = quietly(generalized_entropy_index, benefits=values)
    if math.isnan(entropy):
        return
    theil, spread = theil_index(benefits=values), coefficient_of_variation(benefits=values)
    assert 0 <= entropy <= (n - 1) / 2 + 1e-9
    assert 0 <= theil <= math.log(n) + 1e-9
    assert spread == pytest.approx(np.std(values) / np.mean(values), abs=1e-9)
    assert theil == pytest.approx(generalized_entropy_index(benefits=values, alpha=1), abs=1e-12)
    half = generalized_entropy_index(benefits=values, alpha=0.5)
    assert atkinson_index(benefits=values) == pytest.approx(1 - (1 - half / 4) ** 2, abs=1e-9)
    by = {"benefits": values, "sensitive_features": group}
    squares = between_group_coefficient_of_variation(**by) ** 2
    squares += 2 * within_group_generalized_entropy_index(**by)
    assert squares == pytest.approx(spread**2, abs=1e-9)
    parts = between_group_theil_index(**by) + within_group_theil_index(**by)
    assert parts == pytest.approx(theil, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(benefits())
def test_a_transfer_from_rich_to_poor_lowers_inequality(given_benefits):
    values, _ = given_benefits
    poor, rich = min(values), max(values)
    if rich - poor < 0.5:
        return
    after = list(values)
    after[values.index(poor)] += 0.1
    after[values.index(rich)] -= 0.1
    for metric in WHOLE:
        assert metric(benefits=after) < metric(benefits=values)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_consistency_does_not_depend_on_order_or_side(seed):
    rng = np.random.default_rng(seed)
    features, labels = rng.normal(size=(20, 2)), rng.integers(0, 2, 20)
    value = consistency(labels, features=features)
    assert 0 <= value <= 1
    order = rng.permutation(20)
    assert consistency(labels[order], features=features[order]) == pytest.approx(value)
    assert consistency(1 - labels, features=features) == pytest.approx(value)
    groups = rng.permutation(["a"] * 10 + ["b"] * 10)
    ask = {"features": features, "sensitive_features": groups, "reference": "a"}
    flipped = flip_test(labels, **ask)
    assert -1 <= flipped <= 1
    assert flip_test(1 - labels, **ask) == pytest.approx(-flipped)
