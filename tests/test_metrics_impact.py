"""Groups beside a reference: ratios, categories, cuts of a list; tests of rates from arrays."""

from __future__ import annotations

import gzip
import json
import math
import warnings
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import mutual_info_score

from auditkit import inference
from auditkit import metrics as am
from auditkit.errors import MetricError
from auditkit.metrics.counterparts import COUNTERPARTS

PEERS = Path(__file__).parent / "peers"
SEX = {"sex": list("MMMMFFF")}
CHOSEN = [1, 1, 1, 0, 1, 0, 0]


def recorded(peer, count=40):
    document = json.loads(gzip.decompress((PEERS / f"{peer}.json.gz").read_bytes()))
    return document["columns"], document["tables"][:count]


def rows_of(cells):
    group = np.repeat(list("abcde")[: len(cells)], np.sum(cells, axis=1))
    label = np.repeat(np.tile([0, 0, 1, 1], len(cells)), np.ravel(cells))
    decision = np.repeat(np.tile([0, 1, 0, 1], len(cells)), np.ravel(cells))
    return group, label, decision


def quietly(function, /, *args, **given):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*args, **given)


# ---- ratios and the side of a line -------------------------------------------------------------


@pytest.mark.parametrize("peer", ["aequitas", "dalex"])
def test_ratios_are_those_recorded(peer):
    """The disparities of Aequitas with a predefined reference, and the ratios of dalex."""
    columns, tables = recorded(peer)
    name = "{}_disparity" if peer == "aequitas" else "result['{}']"
    ours = {row.function: row.metric.removesuffix("_ratio") for row in COUNTERPARTS
            if row.convention == peer}  # fmt: skip
    compared = 0
    for reference, cells, _, values in tables:
        group, label, decision = rows_of(cells)
        found = quietly(
            am.ratios_by_group, label, decision, sensitive_features={"g": group},
            reference="abcde"[reference], convention=peer,
        )  # fmt: skip
        held = {(row["g"], row["metric"]): row for row in found}
        for place, column in enumerate(columns):
            for i, g in enumerate("abcde"[: len(cells)]):
                if i == reference:
                    assert (g, ours[name.format(column)]) not in held
                    continue
                row, theirs = held[g, ours[name.format(column)]], values[i][place]
                compared += 1
                if theirs is None:
                    assert (row["value"], row["line"]) == (None, "undefined")
                    assert row["reason"]
                    continue
                assert row["value"] == pytest.approx(theirs, rel=1e-9)
                # Aequitas: tau <= disparity <= 1 / tau, tau 0.8 (fairness.py); dalex: the same
                assert row["line"] == ("inside" if 0.8 <= theirs <= 1.25 else "outside")
    assert compared > 500


def test_the_reference_is_chosen_as_in_aequitas():
    """a: 2 of 4, b: 1 of 2, c: 1 of 5 selected; `major` is c, and c has the lowest rate (0.2)."""
    chosen, groups = [1, 1, 0, 0, 1, 0, 1, 0, 0, 0, 0], list("aaaabbccccc")
    given = {"sensitive_features": {"g": groups}}
    for choose, whom, ratios in (
        ("largest", "c", {"a": 2.5, "b": 2.5}),
        ("lowest", "c", {"a": 2.5, "b": 2.5}),
        ("highest", "a", {"b": 1.0, "c": 0.4}),  # of equals the larger
    ):
        found = am.ratios_by_group(None, chosen, choose=choose, **given)
        assert {row["reference"] for row in found} == {whom}
        assert {row["g"]: row["value"] for row in found} == ratios


def test_a_line_is_not_a_verdict():
    found = am.ratios_by_group(None, CHOSEN, sensitive_features=SEX, tau=0.4)
    assert [row["line"] for row in found] == ["inside"]
    assert {key for row in found for key in row} == {
        "sex", "metric", "value", "n", "reason", "reference", "line"
    }  # fmt: skip
    shares = am.ratios_by_group(
        None, CHOSEN, sensitive_features=SEX, metrics=["selected_share"], convention="aequitas"
    )
    assert shares[0]["value"] == pytest.approx(1 / 3)  # 1 of 4 selected against 3 of 4


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"tau": 0}, "tau is 0"),
        ({"choose": "best"}, "choose is 'best'"),
        ({"metrics": ["acuracy"]}, "did you mean 'accuracy'"),
        ({"metrics": ["accuracy"]}, "accuracy needs 'label'"),
        ({"convention": "clarify", "metrics": ["false_positive_rate"]}, "needs 'label'"),
        ({"reference": "X"}, "no reference group 'X'"),
    ],
)
def test_ratios_that_cannot_be_asked(given, message):
    with pytest.raises(MetricError, match=message):
        am.ratios_by_group(None, CHOSEN, sensitive_features=SEX, **given)


# ---- impact ratios -----------------------------------------------------------------------------


def test_impact_ratios_by_hand():
    """M 3 of 4, F 1 of 3. Scores: the median of seven is 4; above it M 3 of 4, F 0 of 3."""
    found = am.selection_impact_ratio(None, CHOSEN, sensitive_features=SEX)
    assert [(r["sex"], r["n"], r["value"]) for r in found] == [
        ("F", 3, pytest.approx(4 / 9)), ("M", 4, 1.0)
    ]  # fmt: skip
    found = am.scoring_impact_ratio([7, 6, 5, 1, 4, 3, 2], sensitive_features=SEX)
    assert [(r["rate"], r["value"]) for r in found] == [(0.0, 0.0), (0.75, 1.0)]
    found = am.scoring_impact_ratio([7, 6, 5, 1, 4, 3, 2], sensitive_features=SEX, reference="F")
    assert [r["value"] for r in found] == [None, None]
    assert "'F', the reference, is 0 or undefined" in found[0]["reason"]


def test_the_impact_ratio_at_every_cut_is_that_of_the_first_places():
    rng = np.random.default_rng(4)
    scores, groups = rng.integers(0, 9, 40), rng.choice(list("ab"), 40)
    found = am.air_by_quantile(scores, sensitive_features=groups, reference="a")
    assert [r["quantile"] for r in found[::2]] == pytest.approx(np.arange(1, 11) / 10)
    for row in found:
        if row["sensitive_features"] == "b":
            same = am.top_percent_selection_ratio(
                scores, percent=100 * row["quantile"], sensitive_features=groups, reference="a"
            )
            assert row["value"] == pytest.approx(same)
    assert found[-1]["value"] == 1.0  # everybody is selected
    with pytest.raises(MetricError, match=r"a quantile is 1\.5"):
        am.air_by_quantile(scores, sensitive_features=groups, quantiles=[1.5])


def test_categories_of_two_values_are_selection_rates():
    found = am.categorical_air(CHOSEN, sensitive_features=SEX, reference="M")
    selected = {r["sex"]: r["value"] for r in found if r["category"] == "1"}
    whole = am.selection_impact_ratio(None, CHOSEN, sensitive_features=SEX, reference="M")
    assert selected == {r["sex"]: pytest.approx(r["value"]) for r in whole}
    assert sum(r["rate"] for r in found if r["sex"] == "F") == pytest.approx(1)


# ---- tests from arrays -------------------------------------------------------------------------


def test_every_test_is_that_of_scipy():
    rng = np.random.default_rng(8)
    for _ in range(15):
        groups = np.concatenate([list("abc"), rng.choice(list("abc"), 80)])
        chosen = rng.integers(0, 2, 83)
        found = am.selection_tests(None, chosen, sensitive_features=groups, reference="a")
        for row in found:
            mine, base = (chosen[groups == g] for g in (row["sensitive_features"], "a"))
            table = [[mine.sum(), len(mine) - mine.sum()], [base.sum(), len(base) - base.sum()]]
            chi2 = stats.chi2_contingency(table, correction=False)
            assert row["z"] ** 2 == pytest.approx(chi2.statistic)
            assert row["z_p"] == pytest.approx(chi2.pvalue)
            odds, p = stats.fisher_exact(table)
            assert row["fisher_p"] == pytest.approx(p)
            assert row["odds_ratio"] == pytest.approx(odds)
            assert row["difference"] == pytest.approx(mine.mean() - base.mean())
            assert row["value"] == pytest.approx(mine.mean() / base.mean())
            assert row["low"] < row["median"] < row["high"]
        whole = am.selection_homogeneity(None, chosen, sensitive_features=groups)
        counts = [[(chosen[groups == g] == d).sum() for d in (0, 1)] for g in "abc"]
        theirs = stats.chi2_contingency(counts, correction=False)
        assert (whole["chi2"], whole["df"], whole["p_value"]) == pytest.approx(
            (theirs.statistic, theirs.dof, theirs.pvalue)
        )
        ours = am.selection_bayes_factor(None, chosen, sensitive_features=groups)
        assert ours == pytest.approx(inference.bayes_factor(counts))


def test_the_extremes_of_many_groups_find_what_is_not_there():
    """Twelve groups of 40 with one rate of 1/2: all together speak for it, the extremes less so."""
    rng = np.random.default_rng(0)
    groups, chosen = np.repeat(list("abcdefghijkl"), 40), rng.integers(0, 2, 480)
    every = am.selection_bayes_factor(None, chosen, sensitive_features=groups)
    two = am.selection_bayes_factor(None, chosen, sensitive_features=groups, groups="extremes")
    assert every < 0.01 < two


def test_segments_by_hand_and_by_the_room_of_numbers():
    """Berkeley 1973, departments A and B: admitted women, women, admitted men, men."""
    tables = {"A": (89, 108, 512, 825), "B": (17, 25, 353, 560)}
    chosen, sex, where = [], [], []
    for segment, (a, m, b, n) in tables.items():
        chosen += [1] * a + [0] * (m - a) + [1] * b + [0] * (n - b)
        sex += ["F"] * m + ["M"] * n
        where += [segment] * (m + n)
    found = am.segmented_air(
        None, chosen, sensitive_features={"sex": sex}, segments=where, reference="M"
    )
    assert [row["segment"] for row in found] == ["A", "B", None]
    assert found[0]["value"] == pytest.approx((89 / 108) / (512 / 825))
    pooled = inference.mantel_haenszel(list(tables.values()))
    assert found[2]["odds_ratio"] == pytest.approx(pooled.odds_ratio)
    assert found[2]["p_value"] == pytest.approx(pooled.p_value)
    alike = inference.breslow_day(list(tables.values()))
    assert found[2]["homogeneity_p"] == pytest.approx(alike[2])
    p = [inference.fisher_exact(*table) for table in tables.values()]
    assert [row["p_adjusted"] for row in found[:2]] == inference.benjamini_hochberg(p)


def test_a_segment_that_cannot_tell():
    found = am.segmented_air(
        None, [1, 0, 1, 0], sensitive_features={"g": list("abab")}, segments=list("xxxy"),
        reference="a",
    )  # fmt: skip
    assert [row["value"] for row in found[:2]] == [0.0, None]
    assert found[1]["reason"] == "the group or the reference is not in the segment"
    with pytest.raises(MetricError, match="needs segments"):
        am.segmented_air(None, [1, 0], sensitive_features=list("ab"), segments=None)


def test_anova_and_mutual_information():
    rng = np.random.default_rng(9)
    groups, score = rng.choice(list("abcd"), 60), rng.normal(size=60)
    found = am.score_anova(score, sensitive_features=groups)
    theirs = stats.f_oneway(*(score[groups == g] for g in "abcd"))
    assert (found["f"], found["p_value"]) == pytest.approx((theirs.statistic, theirs.pvalue))
    for values in (rng.integers(0, 3, 60), rng.integers(0, 2, 60)):
        ours = am.mutual_information(values, sensitive_features=groups)
        assert ours == pytest.approx(mutual_info_score(groups, values))
    assert am.mutual_information([1, 1, 1], sensitive_features=list("aab")) == 0


def test_undefined_tests_are_named():
    given = {"sensitive_features": list("aabb")}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert math.isnan(am.selection_bayes_factor(None, [1, 1, 1, 1], **given))
        assert math.isnan(am.selection_homogeneity(None, [0, 0, 0, 0], **given)["p_value"])
        assert math.isnan(am.score_anova([1, 1, 2, 2], **given)["f"])
    assert [str(item.message).split(" is ")[0] for item in caught] == [
        "selection_bayes_factor", "selection_homogeneity", "score_anova"
    ]  # fmt: skip
    assert {item.filename for item in caught} == {__file__}
    row = am.selection_tests(None, [1, 0, 0, 0], reference="b", **given)[0]
    assert row["value"] is None
    assert row["reason"] == "nobody in 'b', the reference, is selected"
    for function in (am.selection_tests, am.selection_homogeneity, am.selection_bayes_factor):
        with pytest.raises(MetricError, match="only one group"):
            function(None, [1, 0], sensitive_features=["a", "a"])


# ---- each group against the rest ---------------------------------------------------------------


def test_one_vs_rest_by_hand_and_by_convention():
    """a 2 of 3, b 1 of 3, c 0 of 2: a against the rest is 2/3 − 1/5, and so on."""
    chosen, groups = [1, 1, 0, 1, 0, 0, 0, 0], list("aaabbbcc")
    given = {"sensitive_features": {"g": groups}}
    found = am.one_vs_rest("selection_rate_difference", None, chosen, **given)
    assert [row["value"] for row in found] == pytest.approx(
        [2 / 3 - 1 / 5, 1 / 3 - 2 / 5, 0 - 3 / 6]
    )
    assert [row["n"] for row in found] == [3, 3, 2]
    aif = am.one_vs_rest("selection_rate_difference", None, chosen, convention="aif360", **given)
    assert [row["value"] for row in aif] == pytest.approx([-row["value"] for row in found])
    clarify = am.one_vs_rest("selection_rate_ratio", None, chosen, convention="clarify", **given)
    assert [row["value"] for row in clarify] == pytest.approx([10 / 3, 5 / 6, 0])
    undefined = quietly(
        am.one_vs_rest, "true_positive_rate_difference", [0] * 3 + [1] * 5, chosen, **given
    )
    assert undefined[0]["value"] is None
    assert "no positive labels" in undefined[0]["reason"]
    with warnings.catch_warnings(record=True) as caught:  # a number that stands in is named
        warnings.simplefilter("always")
        am.one_vs_rest(
            "true_positive_rate_difference",
            [0] * 3 + [1] * 5,
            chosen,
            convention="clarify",
            **given,
        )
    assert any("clarify counts it as 0" in str(item.message) for item in caught)
    assert {item.filename for item in caught} == {__file__}


@pytest.mark.parametrize(
    ("metric", "options", "message"),
    [
        ("selection_rate", {}, "takes no reference"),
        ("selection_rat_ratio", {}, "did you mean 'selection_rate_ratio'"),
        ("selection_rate_ratio", {"reference": "a"}, "reference is set for each group"),
    ],
)
def test_one_vs_rest_that_cannot_be_asked(metric, options, message):
    with pytest.raises(MetricError, match=message):
        am.one_vs_rest(metric, None, [1, 0], sensitive_features=list("ab"), **options)


def test_smd_times_a_hundred():
    given = {"sensitive_features": list("aaabbb"), "denominator": "population"}
    p = [1, 2, 3, 2, 4, 6]
    one = am.standardized_mean_difference(None, p, **given)
    assert am.standardized_mean_difference(None, p, scale=100, **given) == pytest.approx(100 * one)
    with pytest.raises(MetricError, match="scale is 0"):
        am.standardized_mean_difference(None, p, scale=0, **given)
