"""Rankings: exposure, skew, NDKL and selection by rank. Expected numbers are worked by hand."""

import itertools
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
from auditkit.metrics.ranking import (
    exposure,
    exposure_difference,
    exposure_ratio,
    max_skew_at_k,
    min_skew_at_k,
    ndkl,
    skew_at_k,
    top_k_selection,
    top_k_selection_ratio,
    top_percent_selection,
    top_percent_selection_ratio,
)


def values(rows):
    return [row["value"] for row in rows]


def quietly(function, /, *args, **kwargs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        return function(*args, **kwargs)


def test_singh_joachims_job_seekers():
    """Singh, Joachims (2018), figure 1: six job seekers, three men ranked above three women.

    The men are at 1, 2, 3, the women at 4, 5, 6. The paper's average exposures are 0.71 and 0.39.
    """
    scores = [0.80, 0.79, 0.78, 0.77, 0.76, 0.75]
    groups = list("MMMFFF")
    women, men = values(exposure(scores, sensitive_features=groups))
    assert round(men, 2) == 0.71
    assert round(women, 2) == 0.39
    assert men == pytest.approx((1 + 1 / math.log2(3) + 1 / 2) / 3)
    assert women == pytest.approx((1 / math.log2(5) + 1 / math.log2(6) + 1 / math.log2(7)) / 3)
    ask = {"sensitive_features": groups}
    assert exposure_ratio(scores, **ask) == pytest.approx(women / men)
    assert exposure_ratio(scores, reference="F", **ask) == pytest.approx(men / women)
    assert exposure_difference(scores, reference="M", **ask) == pytest.approx(women - men)


def test_skew_by_hand():
    # first 4 of MMFMFF: M 3, F 1; target ½ each: ln(¾ / ½) and ln(¼ / ½)
    ask = {"k": 4, "sensitive_features": list("MMFMFF")}
    scores = [9, 8, 7, 6, 5, 4]
    assert values(skew_at_k(scores, **ask)) == pytest.approx([math.log(0.5), math.log(1.5)])
    assert min_skew_at_k(scores, **ask) == pytest.approx(math.log(0.5))
    assert max_skew_at_k(scores, **ask) == pytest.approx(math.log(1.5))
    # against a qualified population of 80 % men: ln(0.75 / 0.8), ln(0.25 / 0.2)
    wanted = {"M": 0.8, "F": 0.2}
    assert min_skew_at_k(scores, target=wanted, **ask) == pytest.approx(math.log(0.75 / 0.8))
    assert max_skew_at_k(scores, target=wanted, **ask) == pytest.approx(math.log(0.25 / 0.2))


def test_ndkl_by_hand():
    # MFMF against ½, ½. Heads: M (KL ln 2), MF (0), MFM (⅔ ln 4/3 + ⅓ ln 2/3), MFMF (0);
    # discounts 1 / log2(i + 1).
    third = 2 / 3 * math.log(4 / 3) + 1 / 3 * math.log(2 / 3)
    discount = [1, 1 / math.log2(3), 1 / 2, 1 / math.log2(5)]
    expected = (math.log(2) * discount[0] + third * discount[2]) / sum(discount)
    value = ndkl([9, 8, 7, 6], sensitive_features=list("MFMF"))
    assert value == pytest.approx(expected)
    assert ndkl(ranks=[1, 2, 3, 4], sensitive_features=list("MFMF")) == pytest.approx(expected)


def test_ndkl_orders_lists_as_it_should():
    alternating, blocked = list("MFMFMFMF"), list("MMMMFFFF")
    scores = np.arange(8, 0, -1)
    assert ndkl(scores, sensitive_features=alternating) < ndkl(scores, sensitive_features=blocked)


def test_an_absent_group_has_no_skew():
    ask = {"k": 2, "sensitive_features": list("MMFF")}
    rows = skew_at_k([4, 3, 2, 1], **ask)
    assert values(rows)[0] is None
    assert "nobody" in rows[0]["reason"]
    assert rows[1]["value"] == pytest.approx(math.log(2))
    with pytest.warns(UndefinedMetricWarning, match="of 'F' nobody is in the first"):
        assert math.isnan(min_skew_at_k([4, 3, 2, 1], **ask))
    assert max_skew_at_k([4, 3, 2, 1], **ask) == pytest.approx(math.log(2))


def test_a_target_of_nothing_and_a_group_that_nobody_is_of():
    ask = {"sensitive_features": list("MMFF")}
    none = {"M": 1.0, "F": 0.0}
    with pytest.warns(UndefinedMetricWarning, match="target of 'F' is 0"):
        assert math.isnan(ndkl([4, 3, 2, 1], target=none, **ask))
    with pytest.warns(UndefinedMetricWarning, match="of 'F' some are there"):
        assert math.isnan(max_skew_at_k([4, 3, 2, 1], k=3, target=none, **ask))
    assert skew_at_k([4, 3, 2, 1], k=3, target=none, **ask)[0]["value"] is None
    extra = {"M": 0.5, "F": 0.25, "X": 0.25}
    last = skew_at_k([4, 3, 2, 1], k=4, target=extra, **ask)[-1]
    assert (last["sensitive_features"], last["value"], last["n"]) == ("X", None, 0)
    assert ndkl([4, 3, 2, 1], target=extra, **ask) > 0
    with pytest.warns(UndefinedMetricWarning, match="'X'"):
        assert math.isnan(min_skew_at_k([4, 3, 2, 1], k=4, target=extra, **ask))


def test_selection_by_rank():
    scores, groups = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0], list("MMMFMFFFMF")
    ask = {"sensitive_features": groups}
    assert values(top_k_selection(scores, k=4, **ask)) == pytest.approx([1 / 5, 3 / 5])
    assert top_k_selection_ratio(scores, k=4, **ask) == pytest.approx(1 / 3)
    assert top_k_selection_ratio(scores, k=4, reference="F", **ask) == pytest.approx(3)
    assert values(top_percent_selection(scores, percent=40, **ask)) == pytest.approx([0.2, 0.6])
    assert top_percent_selection_ratio(scores, percent=40, **ask) == pytest.approx(1 / 3)
    # 31 % of 10 is 3.1 places: rounded up to 4 people; 30 % is exactly 3
    assert values(top_percent_selection(scores, percent=31, **ask)) == pytest.approx([0.2, 0.6])
    assert values(top_percent_selection(scores, percent=30, **ask)) == pytest.approx([0, 0.6])
    with pytest.warns(UndefinedMetricWarning, match="0 in the reference"):
        assert math.isnan(top_k_selection_ratio(scores, k=3, reference="F", **ask))


def test_ties_at_the_cut():
    # one place left for three rows that tie: each has it with probability 1/3
    scores, groups = [9, 5, 5, 5, 1], ["M", "F", "M", "M", "F"]
    expected = values(top_k_selection(scores, k=2, sensitive_features=groups))
    assert expected == pytest.approx([(1 / 3) / 2, (1 + 2 / 3) / 3])
    first = values(top_k_selection(scores, k=2, sensitive_features=groups, ties="first"))
    assert first == [1 / 2, 1 / 3]


def test_expected_is_the_mean_over_all_ways_to_break_ties():
    scores, groups = np.array([3, 2, 2, 2, 1, 1]), np.array(list("MFFMMF"))
    orders = [
        order
        for order in itertools.permutations(range(6))
        if all(scores[a] >= scores[b] for a, b in itertools.pairwise(order))
    ]
    assert len(orders) == math.factorial(3) * math.factorial(2)
    for metric, extra in ((exposure, {}), (top_k_selection, {"k": 3}), (top_k_selection, {"k": 5})):
        broken = [
            values(
                metric(ranks=np.argsort(order), sensitive_features=groups, ties="first", **extra)
            )
            for order in orders
        ]
        assert values(metric(scores, sensitive_features=groups, **extra)) == pytest.approx(
            np.mean(broken, axis=0).tolist()
        )


@pytest.mark.parametrize("make", [list, np.array, pd.Series, pl.Series, pa.array])
def test_every_kind_of_array(make):
    scores, groups = make([9.0, 8.0, 7.0]), make(["M", "F", "M"])
    assert values(exposure(scores, sensitive_features=groups))[1] == pytest.approx(0.75)


def test_crossed_and_missing_groups():
    groups = {"sex": ["F", "M", None, "F"], "race": ["a", "a", "b", "b"]}
    rows = exposure([4, 3, 2, 1], sensitive_features=groups)
    assert [(row["sex"], row["race"]) for row in rows] == [
        ("F", "a"),
        ("F", "b"),
        ("M", "a"),
        (None, "b"),
    ]
    target = {("F", "a"): 0.25, ("F", "b"): 0.25, ("M", "a"): 0.25, (None, "b"): 0.25}
    ask = {"sensitive_features": groups}
    assert ndkl([4, 3, 2, 1], target=target, **ask) == pytest.approx(ndkl([4, 3, 2, 1], **ask))


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        ({"scores": [1, 2], "ranks": [1, 2]}, "either scores"),
        ({}, "either scores"),
        ({"scores": [1, math.nan]}, "missing"),
        ({"scores": ["a", "b"]}, "numbers"),
        ({"scores": [1, 2, 3]}, "rows"),
        ({"scores": [1, 2], "ties": "random"}, "ties"),
        ({"scores": [1, 2], "reference": "X"}, "no reference group"),
        (
            {"scores": pd.Series([1, 2]), "sensitive_features": pd.Series(["F", "M"], [1, 0])},
            "index",
        ),
        ({"scores": [1, 2], "sensitive_features": ["F", "F"]}, "only one group"),
        ({"scores": [1, 2], "sensitive_features": None}, "no sensitive_features"),
    ],
)
def test_what_is_refused(ask, words):
    with pytest.raises(MetricError, match=words):
        exposure_ratio(**{"sensitive_features": ["F", "M"], **ask})


@pytest.mark.parametrize("k", [0, 3, 1.5, "2", None])
def test_k_is_a_number_of_places(k):
    with pytest.raises(MetricError, match="k is"):
        top_k_selection([1, 2], k=k, sensitive_features=["F", "M"])


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ({"F": 1.0}, "no share for 'M'"),
        ({"F": 0.5, "M": 0.6}, "add up to 1"),
        ({"F": 1.5, "M": -0.5}, "negative"),
        ({"F": math.nan, "M": 0.5}, "negative"),
    ],
)
def test_bad_targets(target, words):
    with pytest.raises(MetricError, match=words):
        ndkl([1, 2], sensitive_features=["F", "M"], target=target)


def test_one_group_is_no_parity():
    for metric, extra in ((ndkl, {}), (skew_at_k, {"k": 1}), (max_skew_at_k, {"k": 1})):
        with pytest.raises(MetricError, match="only one group"):
            metric([1, 2], sensitive_features=["F", "F"], **extra)
        with pytest.raises(MetricError, match="only one group"):
            metric([1, 2], sensitive_features=["F", "F"], target={"F": 1}, **extra)
    with pytest.raises(MetricError, match="percent"):
        top_percent_selection([1, 2], percent=0, sensitive_features=["F", "M"])


# Laws


@st.composite
def rankings(draw):
    size = draw(st.integers(2, 30))
    scores = draw(st.lists(st.integers(-3, 3), min_size=size, max_size=size))
    group = draw(st.lists(st.integers(0, 2), min_size=size, max_size=size))
    group[:2] = [0, 1]
    k = draw(st.integers(1, size))
    return scores, [f"g{code}" for code in group], k


SCALARS = [
    (exposure_ratio, False),
    (exposure_difference, False),
    (ndkl, False),
    (min_skew_at_k, True),
    (max_skew_at_k, True),
    (top_k_selection_ratio, True),
]


@settings(max_examples=80, deadline=None)
@given(rankings(), st.randoms())
def test_order_of_rows_names_and_scale_do_not_matter(ranking, random):
    scores, groups, k = ranking
    order = list(range(len(scores)))
    random.shuffle(order)
    names = {"g0": "Z", "g1": "A", "g2": "M"}
    for metric, cut in SCALARS:
        extra = {"k": k} if cut else {}
        before = quietly(metric, scores, sensitive_features=groups, **extra)
        shuffled = quietly(
            metric,
            [scores[i] for i in order],
            sensitive_features=[names[groups[i]] for i in order],
            **extra,
        )
        assert shuffled == pytest.approx(before, abs=1e-9, nan_ok=True)
        stretched = quietly(
            metric, [math.exp(score) for score in scores], sensitive_features=groups, **extra
        )
        assert stretched == pytest.approx(before, abs=1e-9, nan_ok=True)
        ranked = quietly(
            metric, ranks=[-score for score in scores], sensitive_features=groups, **extra
        )
        assert ranked == pytest.approx(before, abs=1e-9, nan_ok=True)


@settings(max_examples=80, deadline=None)
@given(rankings())
def test_ranges_and_sums(ranking):
    scores, groups, k = ranking
    ask = {"sensitive_features": groups}
    rows = exposure(scores, **ask)
    total = sum(row["value"] * row["n"] for row in rows)
    assert total == pytest.approx(sum(1 / math.log2(1 + r) for r in range(1, len(scores) + 1)))
    assert all(0 < row["value"] <= 1 for row in rows)
    picked = top_k_selection(scores, k=k, **ask)
    assert sum(row["value"] * row["n"] for row in picked) == pytest.approx(k)
    assert all(-1e-12 <= row["value"] <= 1 + 1e-12 for row in picked)
    skews = [row for row in skew_at_k(scores, k=k, **ask) if row["value"] is not None]
    shares = [math.exp(row["value"]) * row["n"] / len(scores) for row in skews]
    assert sum(shares) == pytest.approx(1)
    assert max_skew_at_k(scores, k=k, **ask) >= -1e-12
    smallest = quietly(min_skew_at_k, scores, k=k, **ask)
    assert math.isnan(smallest) or smallest <= 1e-12
    assert 0 <= ndkl(scores, **ask) <= math.log(len(scores)) + 1e-12
    everybody = skew_at_k(scores, k=len(scores), **ask)
    assert values(everybody) == pytest.approx([0.0] * len(everybody), abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(rankings())
def test_all_tied_is_even(ranking):
    _, groups, k = ranking
    scores = [1] * len(groups)
    ask = {"sensitive_features": groups}
    assert exposure_ratio(scores, **ask) == pytest.approx(1)
    assert ndkl(scores, **ask) == pytest.approx(0, abs=1e-12)
    assert top_k_selection_ratio(scores, k=k, **ask) == pytest.approx(1)
    assert min_skew_at_k(scores, k=k, **ask) == pytest.approx(0, abs=1e-12)
