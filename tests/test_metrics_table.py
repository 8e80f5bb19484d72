"""The table of groups: one pass, then the same numbers as everybody else's, and their intervals."""

from __future__ import annotations

import importlib
import math
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from conftest import environment
from fairlearn import metrics as fl
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit import inference, metrics
from auditkit.errors import MetricError, UndefinedMetricWarning
from auditkit.metrics import METRICS, by_group, encode
from auditkit.metrics.arrays import features_of
from auditkit.metrics.cubes import groups_of
from auditkit.metrics.table import GroupTable, tabulate_groups

LAWS = settings(max_examples=60, deadline=None)
COMPARED = {
    "selection_rate": fl.selection_rate,
    "true_positive_rate": fl.true_positive_rate,
    "false_positive_rate": fl.false_positive_rate,
    "true_negative_rate": fl.true_negative_rate,
    "false_negative_rate": fl.false_negative_rate,
}

rows = st.lists(
    st.tuples(
        st.sampled_from(["F", "M", None]),
        st.sampled_from(["a", "b", "c"]),
        st.integers(0, 1),
        st.integers(0, 1),
        st.sampled_from([0.5, 1.0, 2.25]),
    ),
    min_size=2,
    max_size=60,
)


def made(n: int = 3000, seed: int = 0) -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "sex": rng.choice(["F", "M"], n, p=[0.4, 0.6]),
            "race": rng.choice(["a", "b", "c"], n, p=[0.6, 0.3, 0.1]),
        }
    )
    chance = 0.3 + 0.2 * (frame["sex"] == "M") + 0.1 * (frame["race"] == "a")
    y = (rng.random(n) < chance).astype(int).to_numpy()
    return y, (rng.random(n) < 0.2 + 0.5 * y).astype(int), frame


def by_name(found: list[dict], **wanted) -> dict:
    (row,) = [r for r in found if all(r[key] == value for key, value in wanted.items())]
    return row


@LAWS
@given(rows)
def test_rates_are_those_of_by_group(drawn):
    sex, race, y, p, _ = zip(*drawn, strict=True)
    features = {"sex": np.array(sex, dtype=object), "race": np.array(race)}
    found = tabulate_groups(y, p, sensitive_features=features).rates(level=None)
    expected = []
    for attributes in (("sex",), ("race",), ("sex", "race")):
        alone = {name: features[name] for name in attributes}
        for row in by_group(y, p, sensitive_features=alone):
            group = tuple(row.pop(name) for name in attributes)
            expected.append({"attributes": attributes, "group": group, **row})
    order = [(r["attributes"], r["group"], r["metric"]) for r in expected]
    assert sorted(order, key=str) == sorted(
        ((r["attributes"], r["group"], r["metric"]) for r in found), key=str
    )
    for row in expected:
        names = ("attributes", "group", "metric")
        twin = by_name(found, **{name: row[name] for name in names})
        assert {key: twin[key] for key in row} == row


@LAWS
@given(rows)
def test_gaps_are_those_of_the_array_functions(drawn):
    _, race, y, p, weight = zip(*drawn, strict=True)
    if len(set(race)) < 2:
        return
    for weights in (None, weight):
        table = tabulate_groups(
            y, p, sensitive_features={"race": list(race)}, sample_weight=weights
        )
        rows_of_gaps = table.gaps(level=None)
        bare = table.gap_values().reshape(-1)  # metrics × (one set) × (difference, ratio)
        assert [None if value != value else value for value in bare.tolist()] == [
            row["value"] for row in rows_of_gaps
        ]
        for row in rows_of_gaps:
            function = getattr(metrics, f"{row['metric']}_{row['kind']}")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UndefinedMetricWarning)
                expected = function(
                    y, p, sensitive_features={"race": list(race)}, sample_weight=weights
                )
            if row["value"] is None:
                assert math.isnan(expected)
                assert row["reason"]
            elif weights is None:
                assert row["value"] == expected
            else:
                assert row["value"] == pytest.approx(expected, abs=1e-12)


def test_every_group_and_gap_agrees_with_fairlearn_exactly():
    y, p, frame = made()
    table = tabulate_groups(y, p, sensitive_features=frame)
    for one in table.sets:
        theirs = fl.MetricFrame(
            metrics=COMPARED, y_true=y, y_pred=p, sensitive_features=frame[list(one.attributes)]
        )
        values = table.values(list(COMPARED))[0][:, one.place]
        assert np.array_equal(values.T, theirs.by_group.to_numpy(dtype=float))
        gaps = table.gaps(metrics=list(COMPARED), level=None)
        for name in COMPARED:
            row = {"attributes": one.attributes, "metric": name}
            found = by_name(gaps, **row, kind="difference")["value"]
            assert found == theirs.difference()[name]
            assert by_name(gaps, **row, kind="ratio")["value"] == theirs.ratio()[name]


def test_intervals_noise_and_test_are_those_of_inference():
    y, p, frame = made(400)
    table = tabulate_groups(y, p, sensitive_features=frame)
    rates = table.rates(metrics=["true_positive_rate"])
    gap, ratio = table.gaps(metrics=["true_positive_rate"], seed=3, replicates=500)[-2:]
    crossed = [r for r in rates if r["attributes"] == ("sex", "race")]
    sizes = [r["n"] for r in crossed]
    events = [round(r["value"] * r["n"]) for r in crossed]
    assert [(r["low"], r["high"]) for r in crossed] == [
        inference.wilson(x, n) for x, n in zip(events, sizes, strict=True)
    ]
    widest = inference.widest_gap(events, sizes)
    assert (gap["value"], gap["low"], gap["high"]) == (widest.value, widest.low, widest.high)
    assert gap["highest"] == crossed[widest.highest]["group"]
    assert gap["lowest"] == crossed[widest.lowest]["group"]
    assert (ratio["low"], ratio["high"]) == (
        inference.widest_ratio(events, sizes).low,
        inference.widest_ratio(events, sizes).high,
    )
    floor = inference.noise_floor(sizes, sum(events) / sum(sizes), seed=3, replicates=500)
    assert (gap["noise"], gap["noise_high"]) == (floor.expected, floor.high)
    assert (gap["chi2"], gap["df"], gap["p_value"]) == inference.equal_rates(events, sizes)
    assert ratio["noise"] is None
    assert ratio["p_value"] == gap["p_value"]


def test_a_metric_and_its_complement_share_the_noise_and_the_test():
    y, p, frame = made(400)
    gaps = tabulate_groups(y, p, sensitive_features=frame["race"]).gaps()
    one = by_name(gaps, metric="true_positive_rate", kind="difference")
    other = by_name(gaps, metric="false_negative_rate", kind="difference")
    for key in ("noise", "noise_high", "chi2", "p_value"):
        assert one[key] == other[key]


def test_weighted_intervals_go_by_effective_counts():
    y, _, frame = made(300)
    weight = np.random.default_rng(1).choice([0.5, 1.0, 3.0], 300)
    table = tabulate_groups(y, sensitive_features=frame["sex"], sample_weight=weight)
    for row in table.rates():
        mine = (frame["sex"] == row["group"][0]).to_numpy()
        one, none = weight[mine & (y == 1)], weight[mine & (y == 0)]
        rate = inference.weighted_rate(
            one.sum(), none.sum(), squares_events=(one**2).sum(), squares_others=(none**2).sum()
        )
        assert row["value"] == pytest.approx(rate.rate, abs=1e-12)
        assert (row["low"], row["high"]) == pytest.approx(inference.wilson(rate.events, rate.n))
    gap = table.gaps()[0]
    assert gap["method"] == "newcombe, studentised range, effective n"
    assert gap["low"] < gap["value"] < gap["high"]
    again = tabulate_groups(y, sensitive_features=frame["sex"], sample_weight=weight * 7)
    assert again.gaps()[0]["low"] == pytest.approx(gap["low"])


def test_undefined_is_none_with_a_reason_and_the_group_is_named():
    table = tabulate_groups([1, 0, 0, 0], [1, 0, 1, 0], sensitive_features=list("aabb"))
    row = by_name(table.rates(), metric="true_positive_rate", group=("b",))
    assert (row["value"], row["low"], row["n"]) == (None, None, 0)
    assert row["reason"] == "no positive labels"
    assert math.isnan(table.values(["true_positive_rate"])[0][0, 1])
    gap = by_name(table.gaps(), metric="true_positive_rate", kind="difference")
    assert (gap["value"], gap["left_out"], gap["compared"]) == (None, (("b",),), 1)
    assert gap["reason"] == "fewer than two groups have a value"
    ratio = by_name(
        tabulate_groups([0, 0], [0, 0], sensitive_features=list("ab")).gaps(),
        metric="selection_rate",
        kind="ratio",
    )
    assert (ratio["value"], ratio["reason"]) == (None, "the rate is 0 in every group (0/0)")


def test_missing_is_a_group_and_declared_categories_are_listed():
    frame = pd.DataFrame(
        {
            "sex": pd.Categorical(["F", "M", None, "F"], categories=["F", "M", "X"]),
            "site": [1, 2, 1, 2],
        }
    )
    table = tabulate_groups([1, 0, 1, 0], sensitive_features=frame)
    assert table.sets[0].groups == (("F",), ("M",), ("X",), (None,))
    assert table.sets[2].groups == (("F", "1"), ("F", "2"), ("M", "2"), (None, "1"))
    assert by_name(table.rates(), attributes=("sex",), group=("X",))["n"] == 0


def statistic(name: str, kinds: list[tuple[int, int]], groups: int, what):
    """Return a statistic for `bootstrap_cells` over (groups × kinds) cells."""
    row = METRICS[name]

    def of(counts):
        cells = counts.reshape(len(counts), groups, len(kinds))
        top = cells @ np.array([k in row.event and k in row.given for k in kinds], float)
        rates = top / (cells @ np.array([k in row.given for k in kinds], float))
        return what(rates)

    return of


@pytest.mark.parametrize("method", ["percentile", "bca"])
@pytest.mark.parametrize("groups", ["free", "fixed"])
@pytest.mark.parametrize("name", ["selection_rate", "true_positive_rate", "accuracy"])
def test_the_bootstrap_is_that_of_inference_on_the_same_draws(method, groups, name):
    y, p, frame = made(120)
    table = tabulate_groups(y, p, sensitive_features=frame["race"])
    found = table.bootstrap(metrics=[name], method=method, groups=groups, seed=5, replicates=400)
    kinds = [(0, 0), (0, 1), (1, 0), (1, 1)]
    counts = table.cube.n[:, :2, :2].reshape(-1)
    labels = np.repeat(np.arange(3), 4) if groups == "fixed" else None
    wanted = [lambda r: r[:, 0], lambda r: r[:, 1], lambda r: r[:, 2]]
    for row, what in zip(found.rates(), wanted, strict=True):
        with np.errstate(invalid="ignore"):
            one = inference.bootstrap_cells(
                counts,
                statistic(name, kinds, 3, what),
                seed=5,
                groups=labels,
                method=method,
                replicates=400,
            )
        assert row["value"] == one.value
        assert row["undefined"] == one.undefined
        assert (row["low"] is None) == (one.low is None), (row, one)
        if one.low is not None:
            assert row["low"] == pytest.approx(one.low, abs=1e-12)
            assert row["high"] == pytest.approx(one.high, abs=1e-12)
            assert row["standard_error"] == pytest.approx(one.standard_error, abs=1e-12)
        elif "BCa" not in one.reason:
            assert row["reason"] == one.reason


def test_the_bootstrap_of_cells_is_that_of_rows():
    """Monte-Carlo error of an endpoint: sqrt(q (1 - q) / R) / density, here 0.12 of the spread."""
    y, p, frame = made(1500)
    table = tabulate_groups(y, p, sensitive_features=frame)
    names = ["selection_rate", "true_positive_rate"]
    found = table.bootstrap(metrics=names, replicates=2000, seed=1)
    rng = np.random.default_rng(2)
    drawn = []
    for _ in range(600):
        take = rng.integers(0, len(y), len(y))
        again = tabulate_groups(y[take], p[take], sensitive_features=frame.iloc[take])
        drawn.append(again.values(names)[0])
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    spread = np.std(drawn, axis=0)
    assert (np.abs(found.of_rates.low - low) < 0.5 * spread).all()
    assert (np.abs(found.of_rates.high - high) < 0.5 * spread).all()
    assert np.allclose(found.of_rates.standard_error, spread, rtol=0.15)
    observed, drawn = found.of_rates.value, np.array(drawn)
    for row in found.gaps():
        metric = names.index(row["metric"])
        (one,) = [one for one in table.sets if one.attributes == row["attributes"]]
        rates, again = observed[metric, one.place], drawn[:, metric, one.place]
        if row["kind"] == "difference":
            gap, strays = np.ptp(rates), again - rates
            margins = row["value"] - row["low"], row["high"] - row["value"]
        else:
            gap, strays = rates.min() / rates.max(), np.log(again / rates)
            margins = np.log(row["value"] / row["low"]), np.log(row["high"] / row["value"])
        assert row["value"] == pytest.approx(gap)
        for margin, end in zip(margins, (row["low"], row["high"]), strict=True):
            if 0 < end < 1:
                assert margin == pytest.approx(np.quantile(np.ptp(strays, axis=1), 0.95), rel=0.12)


def test_the_same_seed_gives_the_same_intervals():
    y, p, frame = made(200)
    table = tabulate_groups(y, p, sensitive_features=frame)
    for groups in ("free", "fixed"):
        for method in ("percentile", "bca"):
            one = table.bootstrap(seed=4, replicates=200, groups=groups, method=method)
            two = table.bootstrap(seed=4, replicates=200, groups=groups, method=method)
            assert one.rates() == two.rates()
            assert one.gaps() == two.gaps()
            other = table.bootstrap(seed=5, replicates=200, groups=groups, method=method)
            assert one.rates() != other.rates()


def test_fixed_sizes_do_not_depend_on_the_other_attributes():
    y, p, frame = made(200)
    both = tabulate_groups(y, p, sensitive_features=frame)
    one = tabulate_groups(y, p, sensitive_features=frame["sex"])
    options = {"metrics": ["selection_rate"], "groups": "fixed", "seed": 9}
    assert both.bootstrap(**options).rates()[:2] == one.bootstrap(**options).rates()


def test_undefined_replicates_are_counted_and_too_many_of_them_leave_no_interval():
    y = [1] + [0] * 30 + [1] * 20 + [0] * 20 + [1] * 20 + [0] * 20
    p = [1] + [0] * 30 + [1] * 10 + [0] * 30 + [1] * 12 + [0] * 28
    groups = ["few"] * 31 + ["a"] * 40 + ["b"] * 40
    found = tabulate_groups(y, p, sensitive_features=groups).bootstrap(replicates=500)
    row = by_name(found.rates(), metric="true_positive_rate", group=("few",))
    assert 100 < row["undefined"] < 300  # (1 - 1/111) ** 111, about a third
    assert (row["value"], row["low"]) == (1.0, None)
    assert row["reason"] == f"undefined in {row['undefined']} of 500 replicates"
    gap = by_name(found.gaps(), metric="true_positive_rate", kind="difference")
    assert gap["value"] == 0.5
    assert (gap["low"], gap["undefined"]) == (None, row["undefined"])
    assert gap["reason"] == row["reason"]
    same = by_name(found.rates(), metric="true_negative_rate", group=("few",))
    assert (same["low"], same["standard_error"]) == (None, 0.0)
    assert same["reason"].startswith("every replicate gives the same value")


def test_the_interval_of_a_gap_reaches_0_where_rates_are_equal():
    rng = np.random.default_rng(0)
    groups = np.repeat(list("abcdefg"), 200)
    held = {"difference": 0, "ratio": 0}
    for _ in range(100):
        table = tabulate_groups(rng.random(1400) < 0.4, sensitive_features=groups)
        for row in table.bootstrap(replicates=300).gaps():
            equal = 0 if row["kind"] == "difference" else 1
            held[row["kind"]] += row["low"] <= equal <= row["high"]
            assert row["low"] <= row["value"] <= row["high"]
    assert min(held.values()) >= 88  # 95 of 100, less three standard errors


def test_a_gap_without_an_interval_says_why():
    p = [0] * 40 + [1] * 20 + [0] * 20
    gaps = tabulate_groups(p, sensitive_features=["a"] * 40 + ["b"] * 40).bootstrap().gaps()
    assert (gaps[0]["value"], gaps[1]["value"]) == (0.5, 0.0)
    assert gaps[0]["low"] > 0.2
    assert (gaps[1]["low"], gaps[1]["reason"][:11]) == (None, "a rate is 0")
    none = tabulate_groups([0] * 8, sensitive_features=list("aabb") * 2).bootstrap().gaps()
    assert (none[0]["value"], none[0]["low"]) == (0.0, None)
    assert none[0]["reason"].startswith("every replicate gives the same value")
    assert (none[1]["value"], none[1]["reason"][:5]) == (None, "fewer")
    assert "standard_error" not in none[0]


def test_weights_that_are_alike_within_a_cell_can_be_drawn():
    y, p, frame = made(300)
    twice = tabulate_groups(y, p, sensitive_features=frame, sample_weight=np.full(300, 2.5))
    plain = tabulate_groups(y, p, sensitive_features=frame)
    for groups in ("free", "fixed"):
        one = twice.bootstrap(seed=1, replicates=100, groups=groups)
        two = plain.bootstrap(seed=1, replicates=100, groups=groups)
        assert np.allclose(one.of_rates.low, two.of_rates.low, equal_nan=True)
    by_race = frame["race"].map({"a": 1.0, "b": 2.0, "c": 3.0})
    table = tabulate_groups(y, p, sensitive_features=frame, sample_weight=by_race)
    weighted = [row for row in table.bootstrap().rates() if row["attributes"] == ("sex",)]
    assert all(row["low"] < row["value"] < row["high"] for row in weighted)
    with pytest.raises(MetricError, match="weights differ within a cell"):
        table.bootstrap(groups="fixed")  # alike within sex and race, not within sex
    weight = np.random.default_rng(0).uniform(1, 2, 300)
    uneven = tabulate_groups(y, p, sensitive_features=frame, sample_weight=weight)
    with pytest.raises(MetricError, match=r"use rates\(\) and gaps\(\)"):
        uneven.bootstrap()
    with pytest.raises(MetricError, match="'bca' does not take weights"):
        table.bootstrap(method="bca")


@LAWS
@given(rows, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(drawn, random):
    def table(some) -> GroupTable:
        sex, race, y, p, _ = zip(*some, strict=True)
        features = {"sex": np.array(sex, dtype=object), "race": list(race)}
        return tabulate_groups(y, p, sensitive_features=features)

    shuffled = list(drawn)
    random.shuffle(shuffled)
    assert table(drawn).rates() == table(shuffled).rates()
    one, two = (table(some).bootstrap(replicates=30).rates() for some in (drawn, shuffled))
    assert one == two


@LAWS
@given(rows)
def test_crossed_counts_add_up_to_those_of_each_attribute(drawn):
    sex, race, y, p, weight = zip(*drawn, strict=True)
    features = {"sex": np.array(sex, dtype=object), "race": list(race)}
    table = tabulate_groups(y, p, sensitive_features=features, sample_weight=weight)
    n, w, _ = table.tables
    for one in table.sets:
        assert n[one.place].sum() == len(drawn)
        assert w[one.place].sum() == pytest.approx(sum(weight))


def test_what_cannot_be_asked():
    table = tabulate_groups([1, 0, 1, 0], sensitive_features=["a", "a", "b", "b"])
    assert table.metrics == ("base_rate",)
    for call, message in [
        (lambda: table.rates(metrics=["base_rat"]), "did you mean 'base_rate'"),
        (lambda: table.gaps(metrics=["accuracy"]), "accuracy needs label and prediction"),
        (lambda: table.bootstrap(method="bayes"), "use 'percentile' or 'bca'"),
        (lambda: table.bootstrap(groups="open"), "use 'free' or 'fixed'"),
        (lambda: table.bootstrap(level=95), "strictly between 0 and 1"),
        (lambda: table.bootstrap(replicates=0), "replicates"),
        (lambda: table.rates(level=95), "level"),
        (lambda: table.to_frame("cells"), "use 'rates' or 'gaps'"),
        (lambda: tabulate_groups([1, 0], sensitive_features=None), "no sensitive_features"),
    ]:
        with pytest.raises(MetricError, match=message):
            call()
    alone = tabulate_groups([1, 0], sensitive_features={"site": ["x", "x"], "sex": ["F", "M"]})
    assert len(alone.rates()) == 5
    for call in (alone.gaps, alone.bootstrap().gaps):
        with pytest.raises(MetricError, match="'site' has only one group"):
            call()


def test_frames():
    y, p, frame = made(200)
    table = tabulate_groups(y, p, sensitive_features=frame)
    rates, gaps = table.to_frame(), table.to_frame("gaps", metrics=["accuracy"])
    assert len(rates) == 11 * 11
    assert list(gaps["kind"]) == ["difference", "ratio"] * 3
    found = table.bootstrap(replicates=50)
    assert len(found.to_frame()) == len(rates)
    assert set(found.to_frame("gaps")["attributes"]) == {("sex",), ("race",), ("sex", "race")}
    with pytest.raises(MetricError, match="use 'rates' or 'gaps'"):
        found.to_frame("all")


def test_rates_and_bootstrap_load_numpy_only():
    code = """
import sys
from auditkit.metrics.table import tabulate_groups
table = tabulate_groups([1, 0, 1, 0], [1, 1, 0, 0], sensitive_features=list("abab"))
table.rates(), table.gaps(level=None), table.bootstrap(replicates=10, method="bca")
heavy = {"pandas", "scipy", "sklearn", "fairlearn", "polars", "pyarrow", "plotly"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


KINDS = {
    "list": lambda values: list(values),
    "object": lambda values: np.array(values, dtype=object),
    "str": lambda values: pd.Series(values, dtype="str"),
    "category": lambda values: pd.Series(pd.Categorical(values, ["z", "b", "a", "never"])),
    "ordered": lambda values: pd.Series(pd.Categorical(values, ["a", "b", "z"], ordered=True)),
    "arrow": lambda values: pa.array(values),
    "chunks": lambda values: pa.chunked_array([values[:3], values[3:]]),
    "dictionary": lambda values: pa.array(values).dictionary_encode(),
    "polars": lambda values: pl.Series(values),
    "enum": lambda values: pl.Series(values, dtype=pl.Enum(["z", "b", "a"])),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("threaded", [False, True])
def test_cells_are_those_of_a_plain_loop(kind, missing, threaded, monkeypatch):
    if threaded:
        monkeypatch.setattr(encode, "_THREADED_ROWS", 1)
    rng = np.random.default_rng(3)
    letters = rng.choice(["b", "a", "z"], 400).tolist()
    if missing:
        letters[5] = letters[300] = None
    numbers = rng.integers(8, 12, 400)  # in text order: 10, 11, 8, 9
    y, p = rng.integers(0, 2, 400), rng.random(400) < 0.5
    weight = rng.choice([0.5, 2.0], 400)
    features = {"letter": KINDS[kind](letters), "number": numbers, "always": [7] * 400}
    cube = tabulate_groups(y, p, sensitive_features=features, sample_weight=weight).cube
    expected: dict = {}
    for letter, number, label, decision, w in zip(letters, numbers, y, p, weight, strict=True):
        cell = expected.setdefault((letter, str(number), "7"), np.zeros((3, 2, 2)))
        cell[:, label, int(decision)] += [1, w, w * w]
    assert set(cube.groups) == set(expected)
    names = [(group[0] is None, group) for group in cube.groups]
    assert names == sorted(names, key=lambda one: (one[0], str(one[1])))
    for group, n, w, w2 in zip(cube.groups, cube.n, cube.w, cube.w2, strict=True):
        assert np.array_equal([n[:2, :2], w[:2, :2], w2[:2, :2]], expected[group])
    codes, groups = groups_of(features_of(features))
    assert [groups[code] for code in codes] == [
        (letter, str(number), "7") for letter, number in zip(letters, numbers, strict=True)
    ]


@pytest.mark.parametrize(
    "sizes",
    [
        [1],
        [2, 1, 2],
        [3, 5, 7, 2, 2],
        [256, 2],
        [2, 128],
        [1, 256, 1],
        [300, 1, 2],
        [1, 300, 300],
        [9, 1],
        [2] * 9,
    ],
)
@pytest.mark.parametrize("rows", [0, 1, 65_536, 150_001, 262_145, 800_001])
@pytest.mark.parametrize("sparse", [True, False])
def test_tabulate_counts_every_cell(sizes, rows, sparse, monkeypatch):
    """With SciPy's sparse arrays, where something has loaded them, and without."""
    module = importlib.import_module("scipy.sparse")
    monkeypatch.setitem(sys.modules, "scipy.sparse", module if sparse else None)
    rng = np.random.default_rng(0)
    columns = [rng.integers(0, size, rows).astype(np.min_scalar_type(size)) for size in sizes]
    columns[0] = columns[0].astype(np.int64)
    weight = rng.choice([0.25, 1.0, 3.0], rows)
    n, w = encode.tabulate(columns, sizes, [weight])
    expected, weighed = np.zeros(sizes, dtype=np.int64), np.zeros(sizes)
    np.add.at(expected, tuple(columns), 1)
    np.add.at(weighed, tuple(columns), weight)
    assert np.array_equal(n, expected)
    assert np.array_equal(w, weighed)
    assert np.array_equal(encode.tabulate(columns, sizes)[0], expected)
