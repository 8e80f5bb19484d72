"""Gaps that are not one rate: by hand, by another route, and at the edges."""

from __future__ import annotations

import inspect
import itertools
import json
import math
import warnings

import numpy as np
import pandas as pd
import pytest
from fitted_once import untraced
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit import metrics as am
from auditkit.errors import MetricError, UndefinedMetricWarning
from auditkit.metrics import gaps
from auditkit.metrics.gaps import (
    ROWS,
    average_absolute_odds_difference,
    average_odds_difference,
    average_predictive_value_difference,
    conditional_acceptance_difference,
    conditional_rejection_difference,
    differential_fairness_bias_amplification,
    error_rate_difference,
    error_rate_ratio,
    odds_ratio,
    parity_loss,
    predictive_parity_difference,
    predictive_parity_ratio,
    selected_share_ratio,
    selection_shortfall,
    smoothed_empirical_differential_fairness,
    treatment_equality_difference,
    treatment_equality_ratio,
)

# TN, FP, FN, TP
MEN, WOMEN = (10, 6, 4, 20), (14, 2, 8, 8)


def people(*cells, names="abcde"):
    """Return label, decision, group: a row a person."""
    flat = np.array(cells)
    group = np.repeat(np.array(list(names[: len(flat)])), flat.sum(axis=1))
    label = np.repeat(np.tile([0, 0, 1, 1], len(flat)), flat.ravel())
    decision = np.repeat(np.tile([0, 1, 0, 1], len(flat)), flat.ravel())
    return label, decision, group


def ask(function, *cells, **options):
    label, decision, group = people(*cells)
    return function(label, decision, sensitive_features=group, **options)


def warned(function, *cells, **options):
    """Assert that the result is NaN, with warnings of our own kind, and return what they say."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = ask(function, *cells, **options)
    assert math.isnan(found)
    assert caught
    assert all(item.category is UndefinedMetricWarning for item in caught)
    return "; ".join(str(item.message) for item in caught)


# Rates by hand. Men: TPR 20/24, FPR 6/16, PPV 20/26, FOR 4/14. Women: 8/16, 2/16, 8/10, 8/22.
BY_HAND = [
    (average_odds_difference, ((8 / 16 - 20 / 24) + (2 / 16 - 6 / 16)) / 2),
    (average_absolute_odds_difference, ((20 / 24 - 8 / 16) + (6 / 16 - 2 / 16)) / 2),
    (average_predictive_value_difference, ((8 / 10 - 20 / 26) + (8 / 22 - 4 / 14)) / 2),
    (treatment_equality_difference, 8 / 2 - 4 / 6),
    (treatment_equality_ratio, (8 / 2) / (4 / 6)),
    (odds_ratio, (10 / 22) / (26 / 14)),
    (selected_share_ratio, 10 / 26),
    (conditional_acceptance_difference, 16 / 10 - 24 / 26),
    (conditional_rejection_difference, 16 / 22 - 16 / 14),
    (error_rate_difference, 10 / 32 - 10 / 40),
    (error_rate_ratio, (10 / 32) / (10 / 40)),
    (predictive_parity_difference, 8 / 10 - 20 / 26),
    (predictive_parity_ratio, (8 / 10) / (20 / 26)),
]


@pytest.mark.parametrize(
    ("function", "expected"), BY_HAND, ids=lambda v: getattr(v, "__name__", "")
)
def test_with_a_reference_the_gap_is_signed(function, expected):
    assert ask(function, MEN, WOMEN, reference="a") == pytest.approx(expected, abs=1e-12)
    other = ask(function, MEN, WOMEN, reference="b")
    if function.__name__.endswith("_ratio"):
        assert other == pytest.approx(1 / expected)
    elif function is not average_absolute_odds_difference:
        assert other == pytest.approx(-expected)


@pytest.mark.parametrize(
    ("function", "expected"), BY_HAND, ids=lambda v: getattr(v, "__name__", "")
)
def test_without_a_reference_it_is_the_two_furthest_apart(function, expected):
    wide = min(expected, 1 / expected) if function.__name__.endswith("_ratio") else abs(expected)
    assert ask(function, MEN, WOMEN) == pytest.approx(wide)
    assert ask(function, WOMEN, MEN) == pytest.approx(wide)


@untraced()
@given(
    st.lists(st.tuples(*[st.integers(1, 30)] * 4), min_size=3, max_size=5),
    st.integers(0, 2),
)
@settings(max_examples=60, deadline=None)
def test_several_groups_are_compared_two_by_two(cells, base):
    """Each gap of many groups is the furthest of the gaps of two groups each."""
    for name in gaps.QUESTIONS:
        function = getattr(gaps, name)
        ratio = name.endswith("_ratio")
        free = [ask(function, *pair) for pair in itertools.combinations(cells, 2)]
        if name != "selected_share_ratio":
            found = ask(function, *cells)
            assert found == pytest.approx(min(free) if ratio else max(free), abs=1e-12)
        held = [
            ask(function, cells[base], other, reference="a")
            for i, other in enumerate(cells)
            if i != base
        ]
        found = ask(function, *cells, reference="abcde"[base])
        distance = (lambda r: abs(math.log(r))) if ratio else abs
        assert distance(found) == pytest.approx(max(map(distance, held)), abs=1e-9)
        assert any(found == pytest.approx(value, abs=1e-9) for value in held)


def test_the_absolute_average_is_the_mean_of_the_equalized_odds():
    label, decision, group = people(MEN, WOMEN)
    mean = am.equalized_odds_difference(label, decision, sensitive_features=group, agg="mean")
    assert ask(average_absolute_odds_difference, MEN, WOMEN) == pytest.approx(mean)


def test_opposite_gaps_cancel_only_in_the_signed_average():
    a, b = (2, 2, 0, 4), (4, 0, 2, 2)  # TPR 1 and 1/2, FPR 1/2 and 0
    assert ask(average_odds_difference, a, b) == 0.5
    b = (0, 4, 2, 2)  # FPR 1: better in one, worse in the other
    assert ask(average_odds_difference, a, b) == 0.0
    assert ask(average_absolute_odds_difference, a, b) == 0.5


# ---- undefined ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "b", "reason"),
    [
        (average_odds_difference, (5, 1, 0, 0), "no positive labels"),
        (average_odds_difference, (0, 0, 2, 3), "no negative labels"),
        (average_absolute_odds_difference, (5, 1, 0, 0), "no positive labels"),
        (average_predictive_value_difference, (5, 0, 2, 0), "nobody was selected"),
        (average_predictive_value_difference, (0, 5, 0, 2), "everybody was selected"),
        (treatment_equality_difference, (5, 0, 2, 3), "no false positives"),
        (treatment_equality_ratio, (5, 0, 2, 3), "no false positives"),
        (odds_ratio, (0, 5, 0, 3), "everybody was selected"),
        (conditional_acceptance_difference, (5, 0, 2, 0), "nobody was selected"),
        (conditional_rejection_difference, (0, 5, 0, 2), "everybody was selected"),
        (predictive_parity_ratio, (5, 0, 2, 0), "nobody was selected"),
    ],
)
def test_an_undefined_half_makes_the_whole_undefined(function, b, reason):
    assert f"({reason}) in 'b'" in warned(function, MEN, b)
    assert f"({reason}) in 'b'" in warned(function, MEN, b, reference="a")
    assert f"({reason}) in 'b'" in warned(function, MEN, b, reference="b")
    with pytest.warns(UndefinedMetricWarning, match=r"in 'b': left out"):
        third = ask(function, MEN, b, WOMEN)
    assert third == pytest.approx(ask(function, MEN, WOMEN))


def test_ratios_to_nothing_are_undefined():
    nobody = (4, 0, 2, 0)
    assert "selection_odds is 0 in the reference, 'b'" in warned(
        odds_ratio, MEN, nobody, reference="b"
    )
    assert ask(odds_ratio, MEN, nobody) == 0.0
    assert "0 in every group" in warned(odds_ratio, nobody, nobody)
    assert "nobody was selected in any group" in warned(selected_share_ratio, nobody, nobody)
    right = (4, 0, 0, 2)
    assert "error_rate is 0 in every group" in warned(error_rate_ratio, right, right)
    assert "error_rate is 0 in the reference" in warned(error_rate_ratio, MEN, right, reference="b")


def test_a_warning_points_at_the_call():
    label, decision, group = people(MEN, (5, 1, 0, 0))
    everybody = np.ones_like(decision)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        average_odds_difference(label, decision, sensitive_features=group)
        odds_ratio(label, everybody, sensitive_features=group)
        parity_loss(label, 1 - everybody, sensitive_features=group, reference="b")
        selection_shortfall(
            label, decision, sensitive_features=group, sample_weight=(group == "a").astype(float)
        )
        smoothed_empirical_differential_fairness(
            label, everybody, sensitive_features=group, concentration=0
        )
    assert len(caught) >= 5
    assert {item.filename for item in caught} == {__file__}


# ---- people ------------------------------------------------------------------------------------


def selected(*counts):
    """Return decisions and groups from (selected, not selected) of each group."""
    decision = np.concatenate([np.repeat([1, 0], pair) for pair in counts])
    return decision, np.repeat(list("abcde"[: len(counts)]), [sum(pair) for pair in counts])


def short(*counts, **options):
    decision, group = selected(*counts)
    return selection_shortfall(None, decision, sensitive_features=group, **options)


def test_shortfall_of_the_promotion_experiment(shared_data):
    """Rosen, Jerdee (1974): 21 of 24 men and 14 of 24 women were promoted."""
    data = pd.read_csv(shared_data / "promotion_experiment_1974.csv")
    given = {"sensitive_features": data["gender"], "pos_label": "promoted"}
    y_pred = data["decision"]
    assert selection_shortfall(None, y_pred, **given) == 7.0
    assert selection_shortfall(None, y_pred, to="pool", **given) == 3.5
    assert (
        selection_shortfall(None, y_pred, to="four_fifths", **given) == 3.0
    )  # 17/24 ≥ 0.8 · 21/24
    assert json.loads((shared_data / "facts.json").read_text())


def test_exactly_four_fifths_is_not_short():
    """(16/25) / (36/45) is 0.7999999999999999 in floating point, and 4/5."""
    assert (16 / 25) / (36 / 45) < 0.8
    assert short((36, 9), (16, 9), to="four_fifths") == 0.0
    assert short((36, 9), (15, 10), to="four_fifths") == 1.0


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=2, max_size=2))
@settings(max_examples=200, deadline=None)
def test_the_shortfall_to_four_fifths_is_the_least_that_is_enough(pairs):
    (top, rest), (s, other) = pairs
    n_ref, n = top + rest, s + other
    if not n_ref or not n:
        return
    found = short(*pairs, to="four_fifths", reference="a")
    assert found == int(found) >= 0
    k = int(found)
    assert 5 * (s + k) * n_ref >= 4 * top * n
    assert k == 0 or 5 * (s + k - 1) * n_ref < 4 * top * n


def test_the_reference_is_the_highest_rate_and_the_result_the_furthest_behind():
    counts = (9, 1), (5, 5), (30, 70)
    assert short(*counts) == pytest.approx(60.0)  # 100 · 0.9 − 30
    assert short(*counts, reference="b") == pytest.approx(20.0)  # not the −4 of a
    assert short((9, 1), (5, 5), reference="b") == pytest.approx(-4.0)
    assert short((9, 1), (5, 5), reference="b", to="four_fifths") == 0.0


def test_shortfall_at_the_edges():
    decision, group = selected((3, 1), (1, 3))
    given = {"sensitive_features": group}
    assert selection_shortfall(None, decision, **given, sample_weight=[2.0] * 8) == 4.0
    with pytest.raises(MetricError, match="to is 'parity'; use 'reference'"):
        selection_shortfall(None, decision, to="parity", **given)
    with pytest.raises(MetricError, match="needs y_pred"):
        selection_shortfall(decision, None, **given)
    with pytest.raises(MetricError, match="only one group"):
        selection_shortfall(None, [1, 0], sensitive_features=["a", "a"])
    with pytest.raises(MetricError, match="no reference group 'z'"):
        selection_shortfall(None, decision, reference="z", **given)
    with pytest.warns(UndefinedMetricWarning, match="fewer than two groups"):
        found = selection_shortfall(None, decision, **given, sample_weight=[1.0] * 4 + [0.0] * 4)
    assert math.isnan(found)


# ---- parity loss, differential fairness --------------------------------------------------------


def test_parity_loss_sums_over_the_groups():
    cells = (2, 2, 2, 2), (3, 1, 3, 1), (6, 0, 1, 1)  # selection 1/2, 1/4, 1/8
    assert ask(parity_loss, *cells, reference="a") == pytest.approx(math.log(2) + math.log(4))
    found = ask(parity_loss, *cells, reference="a", metric="accuracy")  # 1/2, 1/2, 7/8
    assert found == pytest.approx(math.log(1.75))
    rounded = ask(parity_loss, *cells, reference="a", convention="dalex")
    assert rounded == pytest.approx(math.log(2) + math.log(4))


def test_parity_loss_without_a_value():
    text = warned(parity_loss, MEN, (4, 0, 2, 0), reference="a")
    assert "no logarithm of the ratio of 'b'" in text
    assert "in 'b'" in warned(
        parity_loss, MEN, (4, 1, 0, 0), reference="a", metric="true_positive_rate"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "pass reference="),
        ({"reference": "a", "metric": "acuracy"}, "no metric 'acuracy' .*'accuracy'"),
        (
            {"reference": "a", "convention": "aequitas"},
            "aequitas has no counterpart of parity_loss",
        ),
        ({"reference": "a", "convention": "dalek"}, "did you mean 'dalex'"),
        ({"reference": "a", "convention": "dalex", "metric": "base_rate"}, "no counterpart"),
        ({"reference": "c"}, "no reference group 'c'"),
    ],
)
def test_parity_loss_refuses(options, message):
    with pytest.raises(MetricError, match=message):
        ask(parity_loss, MEN, WOMEN, **options)


def test_differential_fairness_by_its_definition():
    label, decision, group = people(MEN, WOMEN, (5, 1, 0, 0))
    for data, given_data in ((decision, (None, decision)), (label, (label, None))):
        share = {g: (data[group == g].sum() + 0.5) / ((group == g).sum() + 1) for g in "abc"}
        widest = max(
            abs(math.log(p[a]) - math.log(p[b]))
            for p in (share, {g: 1 - v for g, v in share.items()})
            for a, b in itertools.permutations("abc", 2)
        )
        found = smoothed_empirical_differential_fairness(*given_data, sensitive_features=group)
        assert found == pytest.approx(widest)
    given_groups = {"sensitive_features": group}
    amplified = differential_fairness_bias_amplification(label, decision, **given_groups)
    assert amplified == pytest.approx(
        smoothed_empirical_differential_fairness(None, decision, **given_groups)
        - smoothed_empirical_differential_fairness(label, **given_groups)
    )


def test_differential_fairness_without_a_prior():
    found = ask(smoothed_empirical_differential_fairness, MEN, WOMEN, concentration=0)
    assert found == pytest.approx(max(math.log(0.65 / 0.3125), math.log(0.6875 / 0.35)))
    text = warned(smoothed_empirical_differential_fairness, MEN, (3, 0, 1, 0), concentration=0)
    assert "an outcome never occurs in 'b'" in text
    assert math.isfinite(ask(smoothed_empirical_differential_fairness, MEN, (3, 0, 1, 0)))
    for wrong in (-1, math.nan):
        with pytest.raises(MetricError, match=r"concentration is .* at least 0"):
            ask(smoothed_empirical_differential_fairness, MEN, WOMEN, concentration=wrong)
    with pytest.raises(MetricError, match="only one group"):
        ask(smoothed_empirical_differential_fairness, MEN)
    with pytest.raises(MetricError, match="needs y_true or y_pred"):
        smoothed_empirical_differential_fairness(None, sensitive_features=["a", "b"])
    with pytest.raises(MetricError, match="needs y_true and y_pred"):
        differential_fairness_bias_amplification([1, 0], None, sensitive_features=["a", "b"])


# ---- inputs and declarations -------------------------------------------------------------------


def test_only_what_is_asked_for_is_read():
    decision, group = selected((3, 1), (1, 3))
    words = ["what", "ever"] * 4
    assert odds_ratio(words, decision, sensitive_features=group) == pytest.approx(1 / 9)
    with pytest.raises(MetricError, match="treatment_equality_ratio needs y_true"):
        treatment_equality_ratio(None, decision, sensitive_features=group)
    with pytest.raises(MetricError, match="odds_ratio needs y_pred"):
        odds_ratio(decision, sensitive_features=group)
    with pytest.raises(MetricError, match="pos_label"):
        error_rate_ratio(words, words, sensitive_features=group)
    assert error_rate_difference(words, words, sensitive_features=group, pos_label="what") == 0.0


@pytest.mark.parametrize("name", sorted(gaps.QUESTIONS))
def test_whole_weights_are_repeated_rows(name):
    label, decision, group = people((3, 2, 1, 4), (2, 1, 3, 2), (1, 2, 2, 1))
    weight = np.arange(len(label)) % 3 + 1
    function = getattr(gaps, name)
    twice = [np.repeat(values, weight) for values in (label, decision, group)]
    weighted = function(label, decision, sensitive_features=group, sample_weight=weight)
    assert weighted == pytest.approx(function(*twice[:2], sensitive_features=twice[2]))


def test_a_declared_category_without_rows_is_no_group():
    label, decision, group = people(MEN, WOMEN)
    declared = pd.Categorical(group, categories=["a", "b", "z"])
    for name in (*gaps.QUESTIONS, "smoothed_empirical_differential_fairness"):
        function = getattr(gaps, name)
        expected = function(label, decision, sensitive_features=group)
        assert function(label, decision, sensitive_features=declared) == expected


def test_every_row_has_a_function_and_every_function_a_row():
    declared = {row.name for row in ROWS}
    functions = {name for name in gaps.__all__ if callable(getattr(gaps, name))}
    assert declared == functions | {"equalized_odds_difference", "equalized_odds_ratio"}
    assert len(declared) == len(ROWS)
    assert {row.family for row in ROWS} == {"gap"}
    for row in ROWS:
        assert row.formula
        assert row.reference
        assert row.undefined
        assert row.range


@pytest.mark.parametrize("name", sorted(set(gaps.__all__) - {"QUESTIONS"}))
def test_every_function_is_documented(name):
    function = getattr(gaps, name)
    assert function.__name__ == name
    text = inspect.getdoc(function)
    for heading in ("Parameters", "Returns", "Raises", "References"):
        assert f"\n{heading}\n---" in text
    assert "undefined" in text
    taken = inspect.signature(function).parameters
    assert list(taken)[:3] == ["y_true", "y_pred", "sensitive_features"]
    assert all(
        p.kind is p.KEYWORD_ONLY for key, p in taken.items() if key not in {"y_true", "y_pred"}
    )
