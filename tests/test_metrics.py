"""The array functions: the field's numbers where the field agrees, and ours where it does not.

`test_peer_Rnn_*` carry the numbers of the list of peers' faults in the project's notes (UX, 2.1):
what fairlearn 0.15 answers is asserted beside what we answer, so that a fault mended there is seen.
"""

import math
import warnings

import fairlearn.metrics as fm
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import sklearn.metrics as sm
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import auditkit.metrics as am
from auditkit.errors import MetricError, UndefinedMetricWarning
from auditkit.metrics import METRICS, by_group

# The table of the notes: 4 rows of group a (selected 3), 4 of group b (selected 1).
Y = [0, 1] * 4
P = [0, 1, 1, 1, 0, 0, 0, 1]
A = list("aaaabbbb")
RATES = [name for name in METRICS if name != "base_rate"]
GAPS = {"difference": lambda low, high: high - low, "ratio": lambda low, high: low / high}


def plain_rates(y, p, w):
    """Every rate by sklearn or fairlearn; both labels and both decisions occur."""
    options = {"sample_weight": w}
    precision = sm.precision_score(y, p, **options)
    negative = sm.precision_score(y, p, pos_label=0, **options)
    return {
        "base_rate": fm.selection_rate(y, y, **options),
        "selection_rate": fm.selection_rate(y, p, **options),
        "true_positive_rate": fm.true_positive_rate(y, p, **options),
        "false_positive_rate": fm.false_positive_rate(y, p, **options),
        "true_negative_rate": fm.true_negative_rate(y, p, **options),
        "false_negative_rate": fm.false_negative_rate(y, p, **options),
        "positive_predictive_value": precision,
        "negative_predictive_value": negative,
        "false_discovery_rate": 1 - precision,
        "false_omission_rate": 1 - negative,
        "accuracy": sm.accuracy_score(y, p, **options),
    }


def generated(seed, rows):
    """A table in which every group has both labels and both decisions: there all agree."""
    rng = np.random.default_rng(seed)
    groups = rng.integers(2, 5)
    corners = [(g, y, p) for g in range(groups) for y in (0, 1) for p in (0, 1)]
    g, y, p = np.array(corners).T
    g = np.concatenate([g, rng.integers(0, groups, rows)])
    y = np.concatenate([y, rng.integers(0, 2, rows)])
    p = np.concatenate([p, (rng.random(rows) < rng.random()).astype(int)])
    w = rng.random(len(g)) * 10 + 0.01
    return y, p, np.array(list("abcde"))[g], w if seed % 2 else None


@pytest.mark.parametrize("seed", range(100))
def test_rates_agree_with_sklearn_and_fairlearn(seed):
    y, p, g, w = generated(seed, 60)
    for name, expected in plain_rates(y, p, w).items():
        assert getattr(am, name)(y, p, sample_weight=w) == pytest.approx(expected, abs=1e-12)
    rows = by_group(y, p, sensitive_features=g, sample_weight=w)
    for group in np.unique(g):
        inside = g == group
        part = plain_rates(y[inside], p[inside], None if w is None else w[inside])
        for name, expected in part.items():
            row = next(r for r in rows if (r["sensitive_features"], r["metric"]) == (group, name))
            assert row["value"] == pytest.approx(expected, abs=1e-12)


FAIRLEARN = [
    ("demographic_parity_difference", {}),
    ("demographic_parity_ratio", {}),
    ("equalized_odds_difference", {"agg": "worst_case"}),
    ("equalized_odds_difference", {"agg": "mean"}),
    ("equalized_odds_ratio", {"agg": "worst_case"}),
    ("equalized_odds_ratio", {"agg": "mean"}),
    ("equal_opportunity_difference", {}),
    ("equal_opportunity_ratio", {}),
    ("selection_rate_difference", {}),
    ("selection_rate_ratio", {}),
    ("true_positive_rate_difference", {}),
    ("true_positive_rate_ratio", {}),
    ("false_positive_rate_difference", {}),
    ("false_positive_rate_ratio", {}),
    ("true_negative_rate_difference", {}),
    ("true_negative_rate_ratio", {}),
    ("false_negative_rate_difference", {}),
    ("false_negative_rate_ratio", {}),
]


@pytest.mark.parametrize(("name", "options"), FAIRLEARN)
@pytest.mark.parametrize("block", range(4))
def test_gaps_agree_with_fairlearn(name, options, block):
    for seed in range(5 * block, 5 * block + 5):
        y, p, g, w = generated(1000 + seed, 40)
        theirs = getattr(fm, name)(y, p, sensitive_features=g, sample_weight=w, **options)
        ours = getattr(am, name)(y, p, sensitive_features=g, sample_weight=w, **options)
        assert ours == pytest.approx(theirs, abs=1e-12), seed


@pytest.mark.parametrize(("name", "options"), FAIRLEARN[:8])
def test_crossed_features_agree_with_fairlearn(name, options):
    y, p, g, _ = generated(4, 200)
    site = np.array(["n", "s"])[np.random.default_rng(9).integers(0, 2, len(y))]
    both = pd.DataFrame({"g": g, "site": site})
    theirs = getattr(fm, name)(y, p, sensitive_features=both, **options)
    assert getattr(am, name)(y, p, sensitive_features=both, **options) == pytest.approx(theirs)
    columns = {"g": list(g), "site": list(site)}
    assert getattr(am, name)(y, p, sensitive_features=columns, **options) == pytest.approx(theirs)


@given(st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_every_gap_is_the_widest_between_the_rates_of_the_groups(seed):
    y, p, g, w = generated(seed, 30)
    for name in METRICS:
        rows = by_group(y, p, sensitive_features=g, sample_weight=w, metrics=[name])
        values = [row["value"] for row in rows]
        for kind, gap in GAPS.items():
            found = getattr(am, f"{name}_{kind}")(y, p, sensitive_features=g, sample_weight=w)
            assert found == pytest.approx(gap(min(values), max(values)), abs=1e-12)
            assert 0 <= found <= 1


def undefined(name, *arrays, **options):
    """Assert that a metric is NaN with warnings of our own kind, and return what they say."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = getattr(am, name)(*arrays, **options)
    assert math.isnan(found)
    assert caught
    assert all(item.category is UndefinedMetricWarning for item in caught)
    return "; ".join(str(item.message) for item in caught)


# ---- where conventions differ -----------------------------------------------------------------


def test_peer_R01_string_labels():
    words = np.array(["no", "yes"])
    y, p = words[Y], words[P]
    assert fm.demographic_parity_difference(y, p, sensitive_features=A) == 0.0  # "perfectly fair"
    with pytest.raises(MetricError, match=r"y_pred holds 'no', 'yes': .*pos_label"):
        am.demographic_parity_difference(y, p, sensitive_features=A)
    found = am.demographic_parity_difference(y, p, sensitive_features=A, pos_label="yes")
    assert found == am.demographic_parity_difference(Y, P, sensitive_features=A) == 0.5
    # The other label is the other decision: 1/4 against 3/4.
    assert am.demographic_parity_ratio(y, p, sensitive_features=A, pos_label="no") == pytest.approx(
        1 / 3
    )


def test_peer_R02_rows_of_another_order():
    p = pd.Series([1, 1, 0, 0])
    group = pd.Series(["a", "a", "b", "b"])
    moved = group.loc[[0, 2, 1, 3]]
    assert fm.demographic_parity_difference(p, p, sensitive_features=moved) == 0.0
    with pytest.raises(MetricError, match=r"indexes of y_pred and .* differ: align them"):
        am.demographic_parity_difference(p, p, sensitive_features=moved)
    assert am.demographic_parity_difference(p, p, sensitive_features=moved.loc[p.index]) == 1.0
    with pytest.raises(MetricError, match="indexes of y_true and y_pred differ"):
        am.accuracy(p, p.rename({0: 9}))
    with pytest.raises(MetricError, match="indexes of y_pred and sample_weight differ"):
        am.selection_rate(None, p, sample_weight=p.sort_index(ascending=False))
    with pytest.raises(MetricError, match="indexes"):
        am.selection_rate_difference(None, p, sensitive_features={"g": moved})
    # What has no index is matched by position: there is nothing else to go by.
    assert am.demographic_parity_difference(p, p, sensitive_features=group.to_list()) == 1.0


def test_peer_R04_a_group_without_positives():
    y, p = [1, 1, 0, 0, 0, 0, 0, 0], [1, 1, 0, 1, 0, 1, 0, 1]
    assert fm.equalized_odds_difference(y, p, sensitive_features=A) == 1.0  # a false alarm
    said = undefined("true_positive_rate_difference", y, p, sensitive_features=A)
    assert "(no positive labels) in 'b': left out" in said
    # An undefined half is not hidden by the other.
    assert "'b'" in undefined("equalized_odds_difference", y, p, sensitive_features=A)
    assert "'b'" in undefined("equalized_odds_ratio", y, p, sensitive_features=A, agg="mean")
    assert "no positive labels" in undefined("true_positive_rate", [0, 0], [0, 1])
    # With a third group the gap is that of the two that have a rate, and b is named.
    third = [*y, 1, 1], [*p, 1, 0], [*A, "c", "c"]
    with pytest.warns(UndefinedMetricWarning, match="'b': left out"):
        assert am.equal_opportunity_difference(*third[:2], sensitive_features=third[2]) == 0.5


def test_peer_R05_nobody_selected():
    assert math.isnan(fm.demographic_parity_ratio(Y, [0] * 8, sensitive_features=A))  # in silence
    said = undefined("demographic_parity_ratio", Y, [0] * 8, sensitive_features=A)
    assert "0 in every group, so the ratio is undefined (0/0)" in said
    assert am.demographic_parity_difference(Y, [0] * 8, sensitive_features=A) == 0.0
    # One group without any is not undefined: it is the worst there is.
    assert am.demographic_parity_ratio(Y, [0] * 4 + [1] * 4, sensitive_features=A) == 0.0


def test_peer_R06_one_group():
    assert fm.demographic_parity_difference(Y, P, sensitive_features=["a"] * 8) == 0.0
    for name in ("demographic_parity_ratio", "equalized_odds_difference", "accuracy_difference"):
        with pytest.raises(MetricError, match="only one group"):
            getattr(am, name)(Y, P, sensitive_features=["a"] * 8)
    declared = pd.Categorical(["a"] * 8, categories=["a", "b"])
    with pytest.raises(MetricError, match="only one group"):
        am.demographic_parity_difference(Y, P, sensitive_features=declared)
    # The rates of one group are no comparison.
    assert by_group(Y, P, sensitive_features=["a"] * 8)[0]["value"] == 0.5


def test_peer_R07_a_missing_decision_is_not_a_rejection():
    p = [0, 1, 1, 1, 0, 1, 1, np.nan]
    frame = fm.MetricFrame(metrics=fm.selection_rate, y_true=Y, y_pred=p, sensitive_features=A)
    assert frame.by_group["b"] == 0.5  # 2 of 3 known
    with pytest.raises(MetricError, match="y_pred has 1 missing value"):
        am.selection_rate(Y, p)
    for column in (
        pd.Series([0, 1, 1, 1, 0, 1, 1, None], dtype="Int64"),
        pl.Series([0, 1, 1, 1, 0, 1, 1, None]),
        pa.array([0, 1, 1, 1, 0, 1, 1, None]),
        [0, 1, 1, 1, 0, 1, 1, None],
        pd.Series([0, 1, 1, 1, 0, 1, 1, None], dtype="boolean"),
    ):
        with pytest.raises(MetricError, match="missing value"):
            am.demographic_parity_difference(Y, column, sensitive_features=A)
    # A label that the metric does not use is not looked at.
    assert am.demographic_parity_difference([np.nan] * 8, P, sensitive_features=A) == 0.5


@pytest.mark.parametrize(
    "column",
    [
        pd.Categorical(A, categories=["a", "b", "c"]),
        pd.Series(pd.Categorical(A, categories=["c", "b", "a"])),
        pl.Series(A, dtype=pl.Enum(["a", "b", "c"])),
    ],
    ids=["categorical", "series", "polars enum"],
)
def test_peer_R10_a_declared_group_that_nobody_is_in(column):
    rows = by_group(Y, P, sensitive_features={"g": column}, metrics=["selection_rate"])
    assert [(row["g"], row["n"], row["value"]) for row in rows] == [
        ("a", 4, 0.75),
        ("b", 4, 0.25),
        ("c", 0, None),
    ]
    assert rows[2]["reason"] == "no row with a known decision"
    with pytest.warns(UndefinedMetricWarning, match="'c': left out"):
        assert am.demographic_parity_difference(Y, P, sensitive_features=column) == 0.5


def test_peer_R14_more_than_two_labels():
    y, p = [0, 1, 2, 0, 1, 2, 0, 1], [0, 1, 2, 2, 1, 0, 0, 1]
    assert fm.demographic_parity_difference(y, p, sensitive_features=A) == 0.25  # "1 against rest"
    with pytest.raises(MetricError, match=r"y_pred has values other than 0 and 1 \('0', '1', '2'"):
        am.demographic_parity_difference(y, p, sensitive_features=A)
    assert am.demographic_parity_difference(y, p, sensitive_features=A, pos_label=2) == 0.5


def test_peer_R15_look_alikes():
    mixed = [0, 0, "0", "0", 1, 1, "1", "1"]
    with pytest.warns(UserWarning, match="both as text and as a number; counted as one group"):
        rows = by_group(None, P, sensitive_features=mixed)
    assert [(row["sensitive_features"], row["n"]) for row in rows] == [("0", 4), ("1", 4)]
    with pytest.warns(UserWarning, match=r"'Male', 'male ' look alike; .*different groups"):
        rows = by_group(None, P, sensitive_features=["Male"] * 3 + ["male "] + ["Female"] * 4)
    assert [row["n"] for row in rows] == [4, 3, 1]
    composed, decomposed = "Zo\u00eb", "Zoe\u0308"
    with pytest.warns(UserWarning, match="look alike"):
        by_group(None, P, sensitive_features=[composed] * 4 + [decomposed] * 4)


def test_peer_R16_no_weight_at_all():
    with pytest.raises(MetricError, match="sample_weight is zero in every row"):
        am.selection_rate(Y, P, sample_weight=[0] * 8)
    half = [1] * 4 + [0] * 4  # none in one group: no rate there
    said = undefined(
        "demographic_parity_difference", Y, P, sensitive_features=A, sample_weight=half
    )
    assert "in 'b': left out" in said


def test_peer_R17_no_rows():
    with pytest.raises(MetricError, match="y_pred has no rows"):
        am.demographic_parity_difference([], [], sensitive_features=[])
    with pytest.raises(MetricError, match="y_true has no rows"):
        am.accuracy([], [])


# ---- inputs -----------------------------------------------------------------------------------

KINDS = {
    "list": list,
    "tuple": tuple,
    "numpy": np.array,
    "numpy object": lambda values: np.array(values, dtype=object),
    "pandas": pd.Series,
    "pandas object": lambda values: pd.Series(values, dtype=object),
    "pandas category": lambda values: pd.Series(values, dtype="category"),
    "pandas Arrow": lambda values: pd.Series(pd.array(values, dtype=pd.ArrowDtype(kind(values)))),
    "polars": pl.Series,
    "arrow": pa.array,
    "arrow chunked": lambda values: pa.chunked_array([values[:3], values[3:]]),
    "arrow dictionary": lambda values: pa.array(values).dictionary_encode(),
}


def kind(values):
    return {str: pa.string(), bool: pa.bool_()}.get(type(values[0]), pa.int64())


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("labels", ["0/1", "booleans", "words"])
def test_every_kind_of_array_gives_the_same(name, labels):
    make = KINDS[name]
    words = {"0/1": [0, 1], "booleans": [False, True], "words": ["no", "yes"]}[labels]
    y, p = make([words[v] for v in Y]), make([words[v] for v in P])
    options = {"pos_label": "yes"} if labels == "words" else {}
    found = by_group(y, p, sensitive_features={"g": make(A)}, **options)
    assert found == by_group(Y, P, sensitive_features={"g": A})
    assert am.equalized_odds_difference(y, p, sensitive_features=make(A), **options) == 0.5


@pytest.mark.parametrize(
    ("dtype", "values"),
    [
        ("Int64", Y),
        ("Int8", Y),
        ("boolean", [bool(v) for v in Y]),
        ("Float64", [float(v) for v in Y]),
        ("float32", [float(v) for v in Y]),
        ("uint8", Y),
    ],
)
def test_nullable_and_small_dtypes(dtype, values):
    y = pd.Series(values, dtype=dtype)
    assert am.accuracy(y, P) == am.accuracy(Y, P) == 0.75
    assert by_group(y, P, sensitive_features=A) == by_group(Y, P, sensitive_features=A)


def test_numpy_scalars_in_a_list():
    assert am.selection_rate(Y, [np.True_, np.False_]) == 0.5
    assert am.selection_rate(Y, [np.int64(1), 0]) == 0.5
    assert am.selection_rate(None, [True, 0.0, 1]) == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    "missing", [None, float("nan"), pd.NA, pd.NaT, np.datetime64("NaT")], ids=str
)
def test_missing_is_a_group(missing):
    group = pd.Series(["a", "a", "a", missing, "b", "b", "b", missing], dtype=object)
    rows = by_group(None, P, sensitive_features=group)
    assert [(r["sensitive_features"], r["n"]) for r in rows] == [("a", 3), ("b", 3), (None, 2)]


def test_text_that_says_missing_is_text():
    rows = by_group(None, P, sensitive_features=["NA", "None", "null", "nan"] * 2)
    assert [row["sensitive_features"] for row in rows] == ["NA", "None", "nan", "null"]


def test_whole_numbers_read_alike_with_and_without_a_hole():
    rows = by_group(None, P, sensitive_features=pd.Series([1, 2, 1, 2, 1, 2, 1, None]))
    assert [row["sensitive_features"] for row in rows] == ["1", "2", None]


@pytest.mark.parametrize("unit", ["D", "s", "us", "ns"])
def test_dates_have_one_spelling(unit):
    days = np.array(["2020-01-01", "2021-06-30"] * 3 + ["NaT"] * 2, dtype=f"datetime64[{unit}]")
    rows = by_group(None, P, sensitive_features=days)
    assert [row["sensitive_features"] for row in rows] == ["2020-01-01", "2021-06-30", None]


def test_frames_cross_their_columns():
    columns = {"sex": list("FFMMFFMM"), "site": list("nsnsnsns")}
    expected = by_group(Y, P, sensitive_features=columns)
    assert [(row["sex"], row["site"]) for row in expected[:4]] == [
        ("F", "n"),
        ("F", "s"),
        ("M", "n"),
        ("M", "s"),
    ]
    for frame in (pd.DataFrame(columns), pl.DataFrame(columns), pa.table(columns)):
        assert by_group(Y, P, sensitive_features=frame) == expected
    table = np.array([columns["sex"], columns["site"]]).T
    assert [r["value"] for r in by_group(Y, P, sensitive_features=table)] == [
        row["value"] for row in expected
    ]


def test_one_column_as_a_frame_is_a_column():
    y, p = pd.DataFrame({"y": Y}), np.array(P).reshape(-1, 1)
    assert am.accuracy(y, p) == 0.75


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"y_pred": P[:3]}, "y_true has 8 rows and y_pred has 3"),
        ({"sensitive_features": A[:5]}, "y_true has 8 rows and sensitive_features has 5"),
        ({"y_pred": 3}, "y_pred is a int; it must be one column"),
        ({"y_pred": np.ones((8, 2))}, "y_pred has 2 dimensions"),
        ({"sample_weight": [1, 2]}, "sample_weight has 2"),
        ({"sample_weight": [1] * 7 + [-1]}, "negative values"),
        ({"sample_weight": [1] * 7 + [None]}, "missing or infinite"),
        ({"sample_weight": [1] * 7 + [math.inf]}, "missing or infinite"),
        ({"sample_weight": list("abcdefgh")}, "must be numbers"),
        ({"y_true": None}, "accuracy needs y_true"),
        ({"y_pred": None}, "accuracy needs y_pred"),
        ({"y_true": [0, 1, math.inf, 1] * 2}, "values other than 0 and 1"),
        ({"y_true": [0, 0.5] * 4}, "values other than 0 and 1"),
        ({"pos_label": 2}, r"pos_label '2' does not occur; values: '0', '1'"),
        ({"pos_label": "1"}, "of type int: pass pos_label=1"),
        ({"reference": "z"}, "no reference group 'z'; groups: 'a', 'b'"),
        ({"reference": ("a", "b")}, "no reference group 'a / b'"),
        ({"convention": "fairlern"}, "convention 'fairlern' is not known"),
    ],
    ids=str,
)
def test_what_cannot_be_measured_is_said_in_one_line(arguments, message):
    given_ = {"y_true": Y, "y_pred": P, "sensitive_features": A, **arguments}
    with pytest.raises(MetricError, match=message) as raised:
        am.accuracy_difference(given_.pop("y_true"), given_.pop("y_pred"), **given_)
    assert len(str(raised.value)) < 300
    assert "\n" not in str(raised.value)


def test_words_and_numbers_are_not_mixed_up_by_pos_label():
    with pytest.raises(MetricError, match="of type str: pass pos_label='1'"):
        am.selection_rate(None, ["0", "1"], pos_label=1)
    # One of the two may lack the value; neither may not.
    assert am.true_positive_rate(["y", "n"], ["n", "n"], pos_label="y") == 0.0


def test_a_feature_cannot_take_the_name_of_a_result():
    for name in ("metric", "value", "n", "reason"):
        with pytest.raises(MetricError, match=f"'{name}': rename it"):
            by_group(Y, P, sensitive_features={name: A})


def test_agg_is_one_of_two():
    with pytest.raises(MetricError, match="use 'worst_case' or 'mean'"):
        am.equalized_odds_difference(Y, P, sensitive_features=A, agg="max")


# ---- reference --------------------------------------------------------------------------------


def test_with_a_reference_differences_are_signed_and_ratios_may_exceed_one():
    # Selected: a 3 of 4, b 1 of 4.
    difference, ratio = am.selection_rate_difference, am.selection_rate_ratio
    assert difference(Y, P, sensitive_features=A, reference="a") == -0.5
    assert difference(Y, P, sensitive_features=A, reference="b") == 0.5
    assert ratio(Y, P, sensitive_features=A, reference="a") == pytest.approx(1 / 3)
    assert ratio(Y, P, sensitive_features=A, reference="b") == pytest.approx(3)
    assert am.equalized_odds_difference(Y, P, sensitive_features=A, reference="a") == 0.5


def test_the_group_furthest_from_the_reference_is_given():
    p, g = [1, 0, 1, 1, 0, 0], list("aabbcc")  # a .5, b 1, c 0
    assert am.selection_rate_difference(None, p, sensitive_features=g, reference="b") == -1.0
    assert am.selection_rate_ratio(None, p, sensitive_features=g, reference="a") == 0.0
    p = [1, 0, 0, 0, 1, 1, 1, 0, 1, 0, 0, 1]  # a .25, b .75, c .5
    g = list("aaaabbbbcccc")
    found = am.selection_rate_difference(None, p, sensitive_features=g, reference="c")
    assert abs(found) == 0.25
    assert am.selection_rate_ratio(None, p, sensitive_features=g, reference="c") == 0.5


def test_a_reference_rate_of_zero_gives_no_ratio():
    # aif360 answers inf here, its other interface 0.0, and aequitas 10.0 (R18, R19, R28).
    options = {"sensitive_features": list("aabb"), "reference": "a"}
    said = undefined("selection_rate_ratio", None, [0, 0, 1, 1], **options)
    assert "0 in the reference group" in said
    assert am.selection_rate_difference(None, [0, 0, 1, 1], **options) == 1.0


@pytest.mark.parametrize(
    ("features", "reference"),
    [
        ([1, 1, 2, 2], 1),
        ([1.0, 1.0, 2.0, 2.0], 1),
        ([1, 1, 2, 2], 1.0),
        ([1, 1, 2, 2], "1"),
        ([True, True, False, False], True),
        ([None, None, "x", "x"], None),
        ({"sex": ["F", "F", "M", "M"], "age": [1, 1, 2, 2]}, ("F", 1)),
    ],
    ids=str,
)
def test_a_reference_is_found_whatever_its_type(features, reference):
    options = {"sensitive_features": features}
    reference = (reference,) if reference is None else reference
    assert am.selection_rate_difference(None, [1, 0, 1, 1], reference=reference, **options) == 0.5


# ---- rows of by_group, and the door -----------------------------------------------------------


def test_by_group_gives_tidy_rows():
    rows = by_group(Y, P, sensitive_features={"g": A})
    assert len(rows) == 2 * len(METRICS)
    assert [*rows[0]] == ["g", "metric", "value", "n", "reason"]
    assert [row["metric"] for row in rows[::2]] == list(METRICS)
    # Group a: labels 0101, decisions 0111: TP 2, FP 1, TN 1, FN 0 (by hand).
    a = {row["metric"]: (row["value"], row["n"]) for row in rows if row["g"] == "a"}
    assert a == {
        "base_rate": (0.5, 4),
        "selection_rate": (0.75, 4),
        "true_positive_rate": (1.0, 2),
        "false_positive_rate": (0.5, 2),
        "true_negative_rate": (0.5, 2),
        "false_negative_rate": (0.0, 2),
        "positive_predictive_value": (2 / 3, 3),
        "negative_predictive_value": (1.0, 1),
        "false_discovery_rate": (1 / 3, 3),
        "false_omission_rate": (0.0, 1),
        "accuracy": (0.75, 4),
    }
    assert [row["metric"] for row in by_group(Y, sensitive_features=A)] == ["base_rate"] * 2
    assert {row["metric"] for row in by_group(None, P, sensitive_features=A)} == {"selection_rate"}
    picked = by_group(Y, P, sensitive_features=A, metrics=["accuracy", "base_rate"])
    assert [row["metric"] for row in picked] == ["accuracy"] * 2 + ["base_rate"] * 2
    with pytest.raises(MetricError, match=r"no metric 'acuracy' \(did you mean 'accuracy'\?\)"):
        by_group(Y, P, sensitive_features=A, metrics=["acuracy"])


def test_by_group_counts_people_and_weighs_rates():
    rows = by_group(
        Y, P, sensitive_features=A, sample_weight=[3, 1, 1, 1, 1, 1, 1, 1], metrics=["base_rate"]
    )
    assert [(row["value"], row["n"]) for row in rows] == [(2 / 6, 4), (0.5, 4)]


@given(st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_a_weight_of_two_is_the_row_twice(seed):
    y, p, g, _ = generated(seed, 20)
    twice = np.random.default_rng(seed).integers(0, 2, len(y)).astype(bool)
    weight = np.where(twice, 2.0, 1.0)
    more = [np.concatenate([column, column[twice]]) for column in (y, p, g)]
    for name in METRICS:
        function = getattr(am, f"{name}_difference")
        assert function(y, p, sensitive_features=g, sample_weight=weight) == pytest.approx(
            function(*more[:2], sensitive_features=more[2]), abs=1e-12
        )


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_table_gives_a_number_in_range_or_nan_with_a_warning(data):
    size = data.draw(st.integers(1, 12))
    column = st.lists(st.integers(0, 1), min_size=size, max_size=size)
    y, p = data.draw(column), data.draw(column)
    g = data.draw(st.lists(st.sampled_from("abc"), min_size=size, max_size=size))
    assume(len(set(g)) > 1)
    for name in METRICS:
        for kind_ in GAPS:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                found = getattr(am, f"{name}_{kind_}")(y, p, sensitive_features=g)
            assert all(item.category is UndefinedMetricWarning for item in caught)
            assert 0 <= found <= 1 or (math.isnan(found) and caught)


def test_the_door_is_sorted_complete_and_documented():
    kinds = sorted(set(am.__all__), key=lambda n: (not n.isupper(), not n[0].isupper(), n))
    assert am.__all__ == kinds  # constants, classes, functions
    assert set(am._HOME) == set(am.__all__) <= set(dir(am))
    for name in am.__all__:
        if not name.isupper():
            assert getattr(am, name).__doc__, name
    for name in METRICS:
        for function in (name, f"{name}_difference", f"{name}_ratio"):
            assert getattr(am, function).__name__ == function
            text = getattr(am, function).__doc__
            assert METRICS[name].formula in text
            for part in ("Parameters", "Returns", "References"):
                assert part in text, function


def test_every_declared_metric_is_a_conditional_probability_with_its_sources():
    for row in METRICS.values():
        assert row.formula
        assert row.reference
        assert row.undefined
        assert row.event & row.given, row.name
        assert row.given - row.event, row.name
        if row.complement is not None:
            other = METRICS[row.complement]
            assert other.complement == row.name
            assert other.given == row.given
            assert other.event & row.event & row.given == frozenset()
