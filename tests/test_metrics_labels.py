"""Before training: shares of groups and distances between labels.

Peers: smclarify 0.5 and aif360 0.6.1 were run once on the table below, in an environment of their
own (numpy, pandas 3), and their numbers are pasted. SciPy is called. The rest is worked by hand.
"""

import csv
import math
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import jensenshannon

from auditkit.errors import MetricError, UndefinedMetricWarning
from auditkit.metrics.labels import (
    chebyshev_distance,
    class_imbalance,
    conditional_demographic_disparity,
    demographic_disparity,
    earth_movers_distance,
    group_share_evenness,
    group_share_imbalance,
    hellinger_distance,
    jensen_shannon_divergence,
    kl_divergence,
    kolmogorov_smirnov,
    label_proportion_difference,
    lp_norm,
    total_variation_distance,
)

UNORDERED = [
    kl_divergence,
    jensen_shannon_divergence,
    lp_norm,
    total_variation_distance,
    chebyshev_distance,
    hellinger_distance,
]
ORDERED = [kolmogorov_smirnov, earth_movers_distance]
SYMMETRIC = [*UNORDERED[1:], *ORDERED]

G = list("MMMMMMMMMMMMMMFFFFFFFFFFFF")
Y = [int(c) for c in "11110111000101100100010010"]
M = list("aabbcadbbacdabccdabdcbacbd")
S = list("xxxxxxxyyyyyyyxxxxxyyyyyyy")
CLARIFY = {  # smclarify 0.5: bias.metrics.pretraining, the facet is F, so a is M
    "CI": 0.07692307692307693,
    "DPL": 0.3095238095238096,
    "KL": 0.19858912023449238,
    "JS": 0.04946084082333226,
    "LP": 0.30906559489874214,
    "TVD": 0.29761904761904767,
    "KS": 0.1904761904761905,
    "CDDL": 0.3145299145299145,
}
AIF360 = {"class_imbalance": -0.07692307692307693, "kl_divergence": 0.19930316300976192}


def test_the_same_numbers_as_clarify():
    against = {"sensitive_features": G, "reference": "M"}
    ours = {
        "CI": class_imbalance(**against),
        "DPL": label_proportion_difference(Y, convention="clarify", **against),  # a − d
        "KL": kl_divergence(M, **against),
        "JS": jensen_shannon_divergence(M, **against),
        "LP": lp_norm(M, **against),
        "TVD": total_variation_distance(M, **against),
        "KS": chebyshev_distance(M, **against),
        "CDDL": conditional_demographic_disparity(Y, strata=S, **against),
    }
    assert ours == pytest.approx(CLARIFY, abs=1e-12)


def test_the_same_numbers_as_aif360():
    against = {"sensitive_features": G, "reference": "M"}
    assert label_proportion_difference(Y, **against) == pytest.approx(-CLARIFY["DPL"])
    assert -class_imbalance(**against) == pytest.approx(AIF360["class_imbalance"])  # u − p
    assert kl_divergence(Y, **against) == pytest.approx(AIF360["kl_divergence"])


def test_a_label_that_a_group_lacks_is_not_dropped():
    # p = (2, 2, 1) / 5, q = (2, 2) / 4: TVD = ½ (0.1 + 0.1 + 0.2) = 0.2. smclarify 0.5 drops
    # label c: TVD 0.1, and a negative divergence, -0.1785.
    labels, groups = list("aabbcaabb"), list("MMMMMFFFF")
    against = {"sensitive_features": groups, "reference": "M"}
    assert total_variation_distance(labels, **against) == pytest.approx(0.2)
    with pytest.warns(UndefinedMetricWarning, match=r"label 'c' occurs in 'M' and not in 'F'"):
        assert math.isnan(kl_divergence(labels, **against))
    # the other way round it is finite: ½ ln(0.5 / 0.4) twice = ln 1.25
    swapped = kl_divergence(labels, sensitive_features=groups, reference="F")
    assert swapped == pytest.approx(math.log(1.25))
    with pytest.warns(UndefinedMetricWarning, match="label 'c'"):
        assert math.isnan(kl_divergence(labels, sensitive_features=groups))


def test_distances_against_scipy():
    rng = np.random.default_rng(3)
    for _ in range(20):
        labels = rng.integers(0, 6, 200)
        groups = np.where(rng.random(200) < 0.4, "F", "M")
        weight = rng.integers(1, 5, 200)
        a, b = groups == "M", groups == "F"
        p, q = (np.bincount(labels[s], weight[s], 6) / weight[s].sum() for s in (a, b))
        against = {"sensitive_features": groups, "sample_weight": weight, "reference": "M"}
        assert kl_divergence(labels, **against) == pytest.approx(stats.entropy(p, q))
        assert jensen_shannon_divergence(labels, **against) == pytest.approx(
            jensenshannon(p, q) ** 2
        )
        assert earth_movers_distance(labels, **against) == pytest.approx(
            stats.wasserstein_distance(labels[a], labels[b], weight[a], weight[b])
        )
        assert lp_norm(labels, p=3, **against) == pytest.approx(np.linalg.norm(p - q, 3), abs=1e-12)
        unweighted = kolmogorov_smirnov(labels, sensitive_features=groups)
        assert unweighted == pytest.approx(stats.ks_2samp(labels[a], labels[b]).statistic)


def test_hellinger_by_hand():
    # p = (½, ½), q = (1, 0): ½ ((√½ − 1)² + ½) = 1 − √½, and its root
    expected = pytest.approx(math.sqrt(1 - math.sqrt(0.5)))
    assert hellinger_distance([1, 0, 1, 1], sensitive_features=list("MMFF")) == expected


def test_the_two_things_called_ks():
    labels, groups = [1, 2, 3, 3, 4, 5], list("MMMFFF")
    # masses: 1/3 at 1, 2, 4, 5, none at 3. Cumulative: at 2, 2/3 − 0.
    assert chebyshev_distance(labels, sensitive_features=groups) == pytest.approx(1 / 3)
    assert kolmogorov_smirnov(labels, sensitive_features=groups) == pytest.approx(2 / 3)


def test_class_imbalance_by_hand():
    groups = ["a"] * 60 + ["d"] * 40  # (60 − 40) / 100
    assert class_imbalance(sensitive_features=groups, reference="a") == pytest.approx(0.2)
    assert class_imbalance(sensitive_features=groups, reference="d") == pytest.approx(-0.2)
    assert class_imbalance(sensitive_features=groups) == pytest.approx(0.2)


def test_many_groups():
    groups = ["a"] * 8 + ["b"] * 4 + ["c"] * 4
    assert group_share_imbalance(sensitive_features=groups) == 0.5
    # H = ½ ln 2 + 2 · ¼ ln 4 = 1.5 ln 2, over ln 3
    assert group_share_evenness(sensitive_features=groups) == pytest.approx(
        1.5 * math.log(2) / math.log(3)
    )
    declared = pd.Categorical(groups, categories=["a", "b", "c", "d"])
    assert group_share_imbalance(sensitive_features=declared) == 1.0
    assert group_share_evenness(sensitive_features=declared) == pytest.approx(0.75)


BERKELEY = Path(__file__).parents[1] / "sample_data" / "berkeley_admissions.csv"


def test_berkeley_turns_within_departments():
    """Bickel, Hammel, O'Connell (1975): women are 35.3 % of the applicants.

    By hand from R's UCBAdmissions: of 2771 rejected 1278 are women, of 1755 admitted 557, so
    DD = 1278/2771 − 557/1755 = 0.1438. Within departments it is the mean over A..F of such
    differences, weighted by applicants (933, 585, 918, 792, 584, 714 of 4526).
    """
    with BERKELEY.open() as file:
        rows = list(csv.DictReader(file))
    admit, gender, dept = ([row[name] for row in rows] for name in ("admit", "gender", "dept"))
    ask = {
        "sensitive_features": gender,
        "sample_weight": [int(row["freq"]) for row in rows],
        "pos_label": "Admitted",
        "reference": "Male",
    }
    marginal = demographic_disparity(admit, **ask)
    assert marginal == pytest.approx(1278 / 2771 - 557 / 1755)
    women = {"A": (19, 89, 332, 601), "B": (8, 17, 215, 370), "C": (391, 202, 596, 322)}
    women |= {"D": (244, 131, 523, 269), "E": (299, 94, 437, 147), "F": (317, 24, 668, 46)}
    expected = sum((no + yes) * (w0 / no - w1 / yes) for w0, w1, no, yes in women.values()) / 4526
    assert conditional_demographic_disparity(admit, strata=dept, **ask) == pytest.approx(expected)
    assert expected < 0 < marginal


def test_a_stratum_without_rejections_is_left_out_and_named():
    labels, groups, strata = [1, 0, 1, 1], list("FMFM"), list("xxyy")
    with pytest.warns(UndefinedMetricWarning, match="stratum 'y'"):
        value = conditional_demographic_disparity(
            labels, sensitive_features=groups, strata=strata, reference="M"
        )
    assert value == -1.0  # stratum x alone: F is none of the rejected, all of the accepted
    with pytest.warns(UndefinedMetricWarning, match="no positive or no negative"):
        assert math.isnan(demographic_disparity([1, 1], sensitive_features=["F", "M"]))


def test_missing_is_a_stratum_and_a_group():
    value = conditional_demographic_disparity(
        [1, 0, 1, 0], sensitive_features=["F", None, "F", None], strata=["x", "x", None, None]
    )
    assert value == 1.0


def test_order():
    labels, groups = ["low", "low", "mid", "high"], list("MMFF")
    order = ["low", "mid", "high"]
    assert earth_movers_distance(labels, sensitive_features=groups, order=order) == 1.5
    ordered = pd.Series(pd.Categorical(labels, categories=order, ordered=True))
    assert earth_movers_distance(ordered, sensitive_features=groups) == 1.5
    enum = pl.Series(labels, dtype=pl.Enum(order))
    assert earth_movers_distance(enum, sensitive_features=groups) == 1.5
    assert earth_movers_distance([10, 10, 20, 30], sensitive_features=groups) == 15
    assert earth_movers_distance([True, False, True, True], sensitive_features=groups) == 0.5
    with pytest.raises(MetricError, match="pass order"):
        earth_movers_distance(labels, sensitive_features=groups)
    with pytest.raises(MetricError, match="lacks 'high'"):
        kolmogorov_smirnov(labels, sensitive_features=groups, order=["low", "mid"])


def test_several_groups_give_the_largest_distance():
    labels, by = [1, 1, 1, 0, 0, 0], {"sensitive_features": list("aabbcc")}
    assert total_variation_distance(labels, **by) == 1.0
    assert total_variation_distance(labels, reference="b", **by) == 0.5


@pytest.mark.parametrize("make", [list, np.array, pd.Series, pl.Series, pa.array])
def test_every_kind_of_array(make):
    against = {"sensitive_features": make(G), "reference": "M"}
    assert kl_divergence(make(M), **against) == pytest.approx(CLARIFY["KL"])
    value = conditional_demographic_disparity(make(Y), strata=make(S), **against)
    assert value == pytest.approx(CLARIFY["CDDL"])
    assert class_imbalance(**against) == pytest.approx(CLARIFY["CI"])


def test_crossed_groups_and_pos_label():
    crossed = {"sex": list("FFMM"), "race": list("abab")}
    value = label_proportion_difference(
        ["yes", "no", "no", "no"], sensitive_features=crossed, pos_label="yes", reference=("F", "a")
    )
    assert value == -1.0
    labels = ["a", "b", "c", "c"]
    assert total_variation_distance(labels, sensitive_features=list("FFMM"), pos_label="a") == 0.5


def test_no_weight_is_undefined_and_named():
    ask = {"sensitive_features": list("FFMM"), "sample_weight": [1, 1, 0, 0]}
    with pytest.warns(UndefinedMetricWarning) as caught:
        value = total_variation_distance([1, 0, 1, 0], **ask)
    assert math.isnan(value)
    assert any("'M'" in str(item.message) for item in caught)


@pytest.mark.parametrize("metric", [*UNORDERED, *ORDERED, demographic_disparity])
def test_what_is_refused(metric):
    with pytest.raises(MetricError, match="only one group"):
        metric([1, 0], sensitive_features=["F", "F"])
    with pytest.raises(MetricError, match="missing values"):
        metric([1, None], sensitive_features=["F", "M"])
    with pytest.raises(MetricError, match="no reference group 'X'"):
        metric([1, 0], sensitive_features=["F", "M"], reference="X")
    with pytest.raises(MetricError, match="indexes"):
        metric(pd.Series([1, 0]), sensitive_features=pd.Series(["F", "M"], index=[1, 0]))


def test_what_is_refused_of_strata_and_shares():
    groups = pd.Series(["F", "M"])
    with pytest.raises(MetricError, match="sensitive_features and strata differ"):
        conditional_demographic_disparity(
            [1, 0], sensitive_features=groups, strata=pd.Series(["x", "y"], index=[1, 0])
        )
    with pytest.raises(MetricError, match="needs strata"):
        conditional_demographic_disparity([1, 0], sensitive_features=groups, strata=None)
    for metric in (class_imbalance, group_share_imbalance, group_share_evenness):
        with pytest.raises(MetricError, match="only one group"):
            metric(sensitive_features=["F", "F"])
        with pytest.raises(MetricError, match="no sensitive_features"):
            metric(sensitive_features=None)
    with pytest.raises(MetricError, match="p >= 1"):
        lp_norm([1, 0], sensitive_features=groups, p=0.5)


# Laws


@st.composite
def tables(draw, values=4, groups=3, least=2):
    size = draw(st.integers(least, 40))
    labels = draw(st.lists(st.integers(0, values - 1), min_size=size, max_size=size))
    group = draw(st.lists(st.integers(0, groups - 1), min_size=size, max_size=size))
    group[:2] = [0, 1]
    return labels, [f"g{code}" for code in group]


def quietly(function, /, *args, **kwargs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        return function(*args, **kwargs)


@settings(max_examples=60, deadline=None)
@given(tables(), st.randoms())
def test_rows_and_names_do_not_matter(table, random):
    labels, groups = table
    order = list(range(len(labels)))
    random.shuffle(order)
    rename = {"g0": "Z", "g1": "A", "g2": "M"}
    for metric in [*UNORDERED, *ORDERED]:
        before = quietly(metric, labels, sensitive_features=groups)
        after = quietly(
            metric,
            [labels[i] for i in order],
            sensitive_features=[rename[groups[i]] for i in order],
        )
        assert after == pytest.approx(before, abs=1e-12, nan_ok=True)
    for metric in UNORDERED:  # label values are names only
        texts = [f"label {3 - value}" for value in labels]
        assert quietly(metric, texts, sensitive_features=groups) == pytest.approx(
            quietly(metric, labels, sensitive_features=groups), abs=1e-12, nan_ok=True
        )


@settings(max_examples=60, deadline=None)
@given(tables(groups=2))
def test_symmetry_ranges_and_inequalities(table):
    labels, groups = table
    for metric in SYMMETRIC:
        one, other = (metric(labels, sensitive_features=groups, reference=r) for r in ("g0", "g1"))
        assert one == pytest.approx(other, abs=1e-12)
    ask = {"sensitive_features": groups}
    tvd = total_variation_distance(labels, **ask)
    hellinger = hellinger_distance(labels, **ask)
    slack = 1e-9
    assert 0 <= tvd <= 1 + slack
    assert hellinger**2 - slack <= tvd <= math.sqrt(2) * hellinger + slack  # Le Cam
    assert 0 <= jensen_shannon_divergence(labels, **ask) <= math.log(2) * tvd + slack  # Lin
    assert chebyshev_distance(labels, **ask) <= tvd + slack
    assert kolmogorov_smirnov(labels, **ask) <= tvd + slack
    assert lp_norm(labels, p=1, **ask) == pytest.approx(2 * tvd)
    assert lp_norm(labels, p=math.inf, **ask) == pytest.approx(chebyshev_distance(labels, **ask))
    kl = quietly(kl_divergence, labels, **ask)
    assert math.isnan(kl) or kl >= 2 * tvd**2 - slack  # Pinsker


@settings(max_examples=60, deadline=None)
@given(tables(values=2, groups=2))
def test_of_two_labels_five_distances_are_one(table):
    labels, groups = table
    gap = label_proportion_difference(labels, sensitive_features=groups)
    for metric in (
        total_variation_distance,
        chebyshev_distance,
        kolmogorov_smirnov,
        earth_movers_distance,
    ):
        assert metric(labels, sensitive_features=groups) == pytest.approx(gap, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(tables(values=3, groups=2), st.lists(st.integers(1, 4), min_size=40, max_size=40))
def test_a_weight_is_a_repeated_row(table, weights):
    labels, groups = table
    weights = weights[: len(labels)]
    rows = [i for i, times in enumerate(weights) for _ in range(times)]
    repeated = [labels[i] for i in rows], [groups[i] for i in rows]
    for metric in [*UNORDERED, *ORDERED]:
        assert quietly(
            metric, labels, sensitive_features=groups, sample_weight=weights
        ) == pytest.approx(
            quietly(metric, repeated[0], sensitive_features=repeated[1]), abs=1e-12, nan_ok=True
        )
    assert class_imbalance(sensitive_features=groups, sample_weight=weights) == pytest.approx(
        class_imbalance(sensitive_features=repeated[1])
    )


@settings(max_examples=60, deadline=None)
@given(tables(values=2, groups=3))
def test_disparities_add_up_to_nothing(table):
    labels, groups = table
    if len(set(labels)) < 2:
        return
    masks = [[g == name for g in groups] for name in sorted(set(groups))]
    each = [
        demographic_disparity(labels, sensitive_features=mask, reference=False) for mask in masks
    ]
    assert math.fsum(each) == pytest.approx(0, abs=1e-12)
    assert demographic_disparity(labels, sensitive_features=groups) == pytest.approx(max(each))
    constant = conditional_demographic_disparity(
        labels, sensitive_features=groups, strata=["all"] * len(labels)
    )
    assert constant == pytest.approx(max(each))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=2, max_size=40).filter(lambda g: len(set(g)) > 1))
def test_shares(groups):
    evenness = group_share_evenness(sensitive_features=groups)
    imbalance = group_share_imbalance(sensitive_features=groups)
    assert 0 < evenness <= 1 + 1e-12 and 0 <= imbalance < 1  # noqa: PT018
    assert (imbalance == 0) == (evenness > 1 - 1e-12)
