"""Regression metrics: hand computation, peers, laws, and what is undefined."""

import doctest
import math

import fairlearn.metrics as fm
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import sklearn.metrics as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.linear_model import LogisticRegression

import auditkit.metrics.regression as rg
from auditkit.errors import MetricError, UndefinedMetricWarning

# The table on which dalex was run; arithmetic, so that no generator has to stay the same.
I = np.arange(60)  # noqa: E741
G = np.where(I % 5 < 2, "b", np.where(I % 7 == 0, "c", "a"))
Y = ((I * 37) % 60) / 10.0
P = 0.7 * Y + ((I * 17) % 23) / 10.0 + 0.6 * (G == "b") - 0.4 * (G == "c")

PLAIN = ["mean_prediction", "mean_error", "mean_absolute_error", "mean_squared_error",
         "root_mean_squared_error", "r2"]  # fmt: skip
GAPS = [name for name in rg.__all__ if name.endswith(("_difference", "_ratio", "wasserstein"))]
RATIOS = ["independence_ratio", "separation_ratio", "sufficiency_ratio"]
UNTARGETED = {"mean_prediction_difference", "mean_prediction_ratio", "independence_ratio",
              "standardized_mean_difference", "prediction_wasserstein"}  # fmt: skip


def generated(seed, groups=3, rows=40):
    rng = np.random.default_rng(seed)
    g = np.concatenate([np.repeat(np.arange(groups), 3), rng.integers(0, groups, rows)])
    y = rng.gamma(2.0, 2.0, len(g)) + g
    return y, np.round(y + rng.normal(0.3, 1, len(g)), 1) + 9, g, rng.integers(1, 5, len(g)) / 2


def every_gap(y, p, g, names=tuple(GAPS), **options):
    return {name: getattr(rg, name)(y, p, sensitive_features=g, **options) for name in names}


@st.composite
def tables(draw, groups=2):
    size = draw(st.integers(0, 15))
    g = [i for i in range(groups) for _ in range(3)] + draw(
        st.lists(st.integers(0, groups - 1), min_size=size, max_size=size)
    )
    values = st.lists(st.integers(1, 60), min_size=len(g), max_size=len(g))
    y, p = np.array(draw(values)) / 4, np.array(draw(values)) / 4
    for group in range(groups):  # every group varies, in targets, predictions and residuals
        y[3 * group : 3 * group + 3], p[3 * group : 3 * group + 3] = [1, 2, 5], [2, 1 + group, 4]
    return y, p, np.array(g)


# --- numbers from elsewhere ------------------------------------------------------------------


# dalex 1.8.0, dalex.fairness._group_fairness.utils.calculate_regression_measures(Y, P, G, ref),
# in an environment of its own (pandas 2.3.3, scikit-learn 1.9.1).
@pytest.mark.parametrize(
    ("reference", "group", "independence", "separation", "sufficiency"),
    [
        ("a", "b", 1.034462562222339, 1.1467752950623875, 1.1265829212401166),
        ("a", "c", 1.4367199401804296, 1.3615503417726333, 1.0465645398123902),
        ("b", "a", 1.0261003814648095, 1.1080433832114271, 1.0939305697304245),
        ("b", "c", 1.7784789902892677, 1.6868668336878032, 1.1321965074554117),
        ("c", "a", 1.0589170413344644, 1.0306533483910338, 1.0680262157747307),
        ("c", "b", 1.122653555196238, 1.125304736537144, 1.1574994368709732),
    ],
)
def test_dalex_density_ratios(reference, group, independence, separation, sufficiency):
    two = np.isin(G, [reference, group])
    found = every_gap(
        Y[two], P[two], G[two], RATIOS, reference=reference, convention="dalex"
    ).values()
    # scikit-learn's solver stops at a tolerance: another of its versions may stop elsewhere.
    assert list(found) == pytest.approx([independence, separation, sufficiency], rel=1e-6)
    # Our direction, group over reference, is dalex's when the two change places.
    ours = every_gap(Y[two], P[two], G[two], RATIOS, reference=group).values()
    assert list(ours) == pytest.approx(list(found), rel=1e-9)
    widest = every_gap(Y[two], P[two], G[two], RATIOS)
    for name, value in widest.items():
        metric = getattr(rg, name)
        both = [metric(Y[two], P[two], sensitive_features=G[two], reference=r) for r in
                (reference, group)]  # fmt: skip
        assert value == pytest.approx(max(both, key=lambda ratio: abs(math.log(ratio))), rel=1e-9)


def test_dalex_ratios_of_errors():
    # dalex 1.8.0, RegressionDict(Y, P, G, "a").subgroup_metric_comparison: b and c over a.
    two = G != "c"
    found = every_gap(
        Y[two], P[two], G[two],
        ("mean_absolute_error_ratio", "root_mean_squared_error_ratio", "mean_prediction_ratio"),
        reference="a",
    )  # fmt: skip
    assert list(found.values()) == pytest.approx(
        [1.2522178592204765, 1.2920788946340773, 1.115973971452561], rel=1e-12
    )
    # Its mean_error divides the sum of a group by all rows; ours divides by the group's.
    ours = rg.mean_error(Y[G == "a"], P[G == "a"])
    assert ours * (G == "a").sum() / 60 == pytest.approx(0.14366666666666664)


def test_agrees_with_scikit_learn_on_400_tables():
    peers = {
        "mean_absolute_error": sm.mean_absolute_error,
        "root_mean_squared_error": sm.root_mean_squared_error,
        "r2": sm.r2_score,
    }
    for seed in range(400):
        y, p, _, w = generated(seed)
        for name, peer in peers.items():
            for weight in (None, w):
                ours = getattr(rg, name)(y, p, sample_weight=weight)
                assert ours == pytest.approx(peer(y, p, sample_weight=weight), rel=1e-11)


def test_agrees_with_fairlearn_on_60_tables():
    metrics = {
        "mean_prediction": fm.mean_prediction,
        "mean_absolute_error": sm.mean_absolute_error,
        "root_mean_squared_error": sm.root_mean_squared_error,
    }
    for seed in range(60):
        y, p, g, _ = generated(seed, groups=2 + seed % 3)
        frame = fm.MetricFrame(metrics=metrics, y_true=y, y_pred=p, sensitive_features=g)
        difference, ratio = frame.difference(), frame.ratio()
        for name in metrics:
            ours = every_gap(y, p, g, (f"{name}_difference", f"{name}_ratio")).values()
            assert list(ours) == pytest.approx([difference[name], ratio[name]], abs=1e-9)


def test_agrees_with_scipy_on_300_tables():
    for seed in range(300):
        _, p, g, w = generated(seed, groups=2)
        one, other = g == 0, g == 1
        assert rg.prediction_wasserstein(None, p, sensitive_features=g) == pytest.approx(
            stats.wasserstein_distance(p[one], p[other]), abs=1e-12
        )
        assert rg.prediction_wasserstein(
            None, p, sensitive_features=g, sample_weight=w
        ) == pytest.approx(
            stats.wasserstein_distance(p[one], p[other], w[one], w[other]), abs=1e-12
        )
        # Student's t is d / sqrt(1/n + 1/m).
        scale = math.sqrt(1 / one.sum() + 1 / other.sum())
        assert rg.standardized_mean_difference(
            None, p, sensitive_features=g, reference=1
        ) == pytest.approx(stats.ttest_ind(p[one], p[other]).statistic * scale, abs=1e-12)


def test_standardized_by_hand():
    p, g = [1, 2, 3, 2, 4, 6, 9], [*"aaabbb", None]
    pooled = {"a": (2 - 4) / math.sqrt((2 + 8) / 4), "c": (9 - 4) / math.sqrt(8 / 2)}
    signed = rg.standardized_mean_difference(None, p, sensitive_features=g, reference="b")
    assert signed == pytest.approx(max(pooled.values(), key=abs))
    two = rg.standardized_mean_difference(None, p[:6], sensitive_features=g[:6], reference="b")
    assert two == pytest.approx(pooled["a"])
    # SolasAI: over the standard deviation of all rows, whoever they are (it shows 100 times this).
    everybody = rg.standardized_mean_difference(
        None, p, sensitive_features=g, reference="b", denominator="population"
    )
    assert everybody == pytest.approx((9 - 4) / np.std(p, ddof=1))
    y = [2, 2, 5, 2, 5, 5, 9]  # residuals 1, 0, 2 | 0, 1, -1 | 0
    residual = rg.residual_standardized_mean_difference(
        y, p, sensitive_features=g, reference="b", denominator="population"
    )
    assert residual == pytest.approx(1 / np.std([1, 0, 2, 0, 1, -1, 0], ddof=1))


def test_ratios_by_the_formula_with_weights():
    y, p, g, w = generated(11, groups=2)
    w = w / w.mean()
    scaled = []
    for values in (y, p):
        centre = np.average(values, weights=w)
        scaled.append((values - centre) / math.sqrt(np.average((values - centre) ** 2, weights=w)))
    member = g == 1

    def odds(*columns):
        x = np.column_stack(columns)
        chance = LogisticRegression().fit(x, member, sample_weight=w).predict_proba(x)[:, 1]
        return chance / (1 - chance)

    target, prediction = scaled
    share = np.average(member, weights=w)
    expected = [
        np.average(odds(prediction), weights=w) * (1 - share) / share,
        np.average(odds(target, prediction) / odds(target), weights=w),
        np.average(odds(target, prediction) / odds(prediction), weights=w),
    ]
    found = every_gap(y, p, g, RATIOS, reference=0, sample_weight=w * 7).values()
    assert list(found) == pytest.approx(expected, rel=1e-9)


# --- laws ------------------------------------------------------------------------------------


SUMS = [name for name in GAPS if name not in RATIOS]


@pytest.mark.parametrize(
    ("names", "near", "examples"), [(SUMS, 1e-9, 30), (RATIOS, 1e-3, 2)], ids=["sums", "ratios"]
)  # the ratios come from a solver that stops at a tolerance
def test_order_names_and_copies_of_rows_change_nothing(names, near, examples):
    @given(tables(groups=3), st.randoms(use_true_random=False))
    @settings(max_examples=examples, deadline=None)
    def law(table, random):
        y, p, g = table
        same = pytest.approx(every_gap(y, p, g, names), rel=near, abs=1e-9)
        order = random.sample(range(len(y)), len(y))
        assert every_gap(y[order], p[order], g[order], names) == same
        assert every_gap(y, p, np.array(["z", "y", "x"])[g], names) == same
        assert every_gap(y, p, g, names, sample_weight=np.full(len(y), 0.1)) == same
        padded = np.append(y, 50), np.append(p, 70), np.append(g, 1)
        assert every_gap(*padded, names, sample_weight=[1] * len(y) + [0]) == same

    law()


@given(tables(), st.floats(0.5, 4), st.floats(-3, 3))
@settings(max_examples=40, deadline=None)
def test_units(table, scale, shift):
    y, p, g = table
    names = [name for name in SUMS if name != "mean_prediction_ratio"]
    base = every_gap(y, p, g, names)
    for name, value in every_gap(scale * y + shift, scale * p + shift, g, names).items():
        unitless = name.endswith("_ratio") or name == "r2_difference" or "standardized" in name
        units = scale**2 if name.startswith("mean_squared") else scale
        expected = base[name] if unitless else units * base[name]
        assert value == pytest.approx(expected, rel=1e-7, abs=1e-7)
    assert base["prediction_wasserstein"] >= base["mean_prediction_difference"] - 1e-12
    gap = rg.standardized_mean_difference(None, p, sensitive_features=g, reference=0)
    back = rg.standardized_mean_difference(None, p, sensitive_features=g, reference=1)
    assert gap == pytest.approx(-back)
    assert abs(gap) == pytest.approx(base["standardized_mean_difference"])


def test_density_ratios_have_no_units():
    y, p, g, _ = generated(4)
    base = every_gap(y, p, g, RATIOS)
    assert every_gap(40 * y - 7, p / 3 + 1, g, RATIOS) == pytest.approx(base, rel=1e-9)


def test_equal_groups_have_no_gap():
    y, p = np.tile([1.0, 2, 3, 4], 2), np.tile([1.5, 1, 3, 5], 2)
    found = every_gap(y, p, np.repeat(["a", "b"], 4))
    for name, value in found.items():
        assert value == pytest.approx(1 if name.endswith("_ratio") else 0, abs=1e-9)


def test_a_density_ratio_is_above_one_both_ways():
    y, p, g, _ = generated(3, groups=2, rows=400)
    higher = p + 1.0 * g
    for reference in (0, 1):
        ratio = rg.independence_ratio(y, higher, sensitive_features=g, reference=reference)
        assert ratio > 1.02


# --- undefined -------------------------------------------------------------------------------


def test_r2_of_targets_that_do_not_vary():
    with pytest.warns(UndefinedMetricWarning, match="r2 is undefined: the targets do not vary"):
        assert math.isnan(rg.r2([2, 2, 2], [1, 2, 3]))
    y, p, g = [1, 2, 4, 2, 2, 1, 3], [1, 2, 3, 1, 2, 2, 3], [*"aaabbcc"]
    with pytest.warns(UndefinedMetricWarning, match=r"do not vary\) in 'b': left out") as seen:
        found = rg.r2_difference(y, p, sensitive_features=g)
    assert found == pytest.approx(rg.r2([1, 2, 4], [1, 2, 3]) - rg.r2([1, 3], [2, 3]))
    assert seen[0].filename == __file__
    with pytest.warns(UndefinedMetricWarning) as seen:
        assert math.isnan(rg.r2_difference(y[:5], p[:5], sensitive_features=g[:5], reference="b"))
    assert "reference group 'b' has no value" in str(seen[1].message)


@pytest.mark.filterwarnings("ignore:r2 is undefined")
def test_fewer_than_two_groups_with_a_value():
    with pytest.warns(UndefinedMetricWarning, match="fewer than two groups"):
        assert math.isnan(
            rg.r2_difference([1, 2, 2, 2], [1, 2, 3, 4], sensitive_features=list("aabb"))
        )
    with pytest.warns(UndefinedMetricWarning, match="fewer than two groups|no rows with a weight"):
        assert math.isnan(
            rg.prediction_wasserstein(
                None, [1, 2, 3], sensitive_features=list("aab"), sample_weight=[1, 1, 0]
            )
        )


@pytest.mark.parametrize("denominator", ["pooled", "population"])
def test_no_spread_is_no_gap_in_standard_deviations(denominator):
    g = list("aabb")
    with pytest.warns(UndefinedMetricWarning, match="do not vary.*'a and b': left out") as seen:
        assert math.isnan(
            rg.standardized_mean_difference(
                None, [1, 1, 1, 1], sensitive_features=g, denominator=denominator
            )
        )
    assert seen[0].filename == __file__
    if denominator == "pooled":
        with pytest.warns(UndefinedMetricWarning, match="one row in each group"):
            assert math.isnan(
                rg.standardized_mean_difference(None, [1, 2], sensitive_features=["a", "b"])
            )
        with pytest.warns(UndefinedMetricWarning, match="residuals do not vary"):
            assert math.isnan(
                rg.residual_standardized_mean_difference(
                    [1, 2, 3, 4], [1, 2, 2, 3], sensitive_features=g
                )
            )


@pytest.mark.parametrize("name", RATIOS)
def test_density_ratios_of_what_does_not_vary(name):
    y = [1, 1, 1, 1] if name == "separation_ratio" else [1, 2, 3, 4]
    p = [1, 2, 3, 4] if name == "separation_ratio" else [5, 5, 5, 5]
    with pytest.warns(UndefinedMetricWarning, match=f"{name} is undefined .*do not vary"):
        assert math.isnan(getattr(rg, name)(y, p, sensitive_features=list("aabb")))


def test_a_ratio_of_means_of_two_signs_has_no_meaning():
    with pytest.warns(UndefinedMetricWarning, match="below 0"):
        assert math.isnan(
            rg.mean_prediction_ratio(None, [-1, -2, 3, 4], sensitive_features=list("aabb"))
        )


# --- at the door -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", GAPS)
def test_one_group_and_unknown_references_are_errors(name):
    metric = getattr(rg, name)
    with pytest.raises(MetricError, match="only one group"):
        metric([1, 2, 3], [1, 2, 4], sensitive_features=["a"] * 3)
    with pytest.raises(MetricError, match=r"no reference group 'z'; groups: 'a', 'b'"):
        metric([1, 2, 3, 4], [1, 2, 4, 4], sensitive_features=list("aabb"), reference="z")
    if name not in UNTARGETED:
        with pytest.raises(MetricError, match="needs y_true and y_pred"):
            metric(None, [1, 2], sensitive_features=["a", "b"])
    with pytest.raises(MetricError, match="y_pred"):
        metric([1, 2], None, sensitive_features=["a", "b"])


@pytest.mark.parametrize("kind", ["list", "pandas", "nullable", "polars", "arrow"])
def test_any_library(kind):
    y, p, g, w = generated(1)
    wrap = {
        "list": lambda x: x.tolist(),
        "pandas": lambda x: pd.Series(x, index=np.arange(len(x)) + 7),
        "nullable": lambda x: pd.Series(x).convert_dtypes(),
        "polars": pl.Series,
        "arrow": pa.array,
    }[kind]
    found = every_gap(wrap(y), wrap(p), wrap(g), sample_weight=wrap(w))
    assert found == pytest.approx(every_gap(y, p, g, sample_weight=w))


@pytest.mark.parametrize(
    ("y", "p", "said"),
    [
        ([1, 2], [1, math.nan], "y_pred has 1 missing or infinite"),
        ([1, math.inf], [1, 2], "y_true has 1 missing or infinite"),
        ([1, 2], ["1", "2"], "y_pred must be numbers"),
        ([1, 2, 3], [1, 2], "2 rows and y_true has 3|3 rows and y_pred has 2"),
        (pd.Series([1, 2]), pd.Series([1, 2], index=[1, 0]), "indexes"),
        (None, [1, 2], "needs y_true and y_pred"),
    ],
)
def test_numbers_must_be_finite_and_match(y, p, said):
    with pytest.raises(MetricError, match=said):
        rg.mean_absolute_error(y, p)


@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("standardized_mean_difference", {"denominator": "control"}),
        ("residual_standardized_mean_difference", {"denominator": "control"}),
        ("independence_ratio", {"convention": "aif360"}),
        ("sufficiency_ratio", {"convention": "fairlearn"}),
    ],
)
def test_options_that_are_not(name, option):
    with pytest.raises(MetricError, match="use '"):
        getattr(rg, name)([1, 2, 3], [1, 2, 4], sensitive_features=list("aab"), **option)


def test_by_group_is_tidy():
    y, p, g, w = generated(6)
    rows = rg.regression_by_group(y, p, sensitive_features={"g": g}, sample_weight=w)
    assert [row["metric"] for row in rows[::3]] == PLAIN
    for row in rows:
        mine = g == int(row["g"])
        value = getattr(rg, row["metric"])(y[mine], p[mine], sample_weight=w[mine])
        assert row["value"] == pytest.approx(value)
        assert (row["n"], row["reason"]) == (mine.sum(), None)
    only = rg.regression_by_group(None, p, sensitive_features=g)
    assert {row["metric"] for row in only} == {"mean_prediction"}
    with pytest.raises(MetricError, match="did you mean 'r2'"):
        rg.regression_by_group(y, p, sensitive_features=g, metrics=["r22"])
    with pytest.raises(MetricError, match="no sensitive feature can be called 'value'"):
        rg.regression_by_group(y, p, sensitive_features={"value": g})


# --- the doorway -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", [n for n in rg.__all__ if n != "ROWS"])
def test_every_public_name_is_documented_and_its_example_runs(name):
    thing = getattr(rg, name)
    assert thing.__name__ == name
    assert thing.__doc__.splitlines()[0].strip().endswith(".")
    for section in ("Parameters", "Returns", "Raises", "Examples"):
        assert f"{section}\n    ---" in thing.__doc__
    assert "References\n" in thing.__doc__ or name == "regression_by_group"
    test = doctest.DocTestParser().get_doctest(thing.__doc__, vars(rg).copy(), name, None, 0)
    assert test.examples
    assert doctest.DocTestRunner(verbose=False).run(test).failed == 0


def test_rows_and_names():
    assert [row.name for row in rg.ROWS] == [
        *PLAIN,
        "standardized_mean_difference",
        "residual_standardized_mean_difference",
        "prediction_wasserstein",
        *RATIOS,
    ]
    for row in rg.ROWS:
        assert row.family == "regression"
        assert row.formula
        assert row.reference
        assert row.undefined
        assert callable(getattr(rg, row.name))
    assert rg.__all__ == sorted(rg.__all__, key=lambda n: (n != "ROWS", n))
