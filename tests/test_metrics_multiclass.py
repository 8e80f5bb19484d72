"""Multiclass: each class against the rest, by group; and what all four families promise alike.

scikit-learn and fairlearn are called for the rates of a class; the rest is worked by hand.
"""

import math
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from fairlearn.metrics import MetricFrame
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix, precision_score, recall_score

from auditkit.errors import MetricError, UndefinedMetricWarning
from auditkit.metrics import individual, labels, multiclass, ranking
from auditkit.metrics.declared import METRICS, Declared
from auditkit.metrics.multiclass import (
    class_differences,
    class_ratios,
    confusion_tensor,
    multiclass_difference,
    multiclass_rates,
    multiclass_ratio,
)

FAMILIES = {
    labels: "label-distance",
    ranking: "ranking",
    individual: "individual",
    multiclass: "multiclass",
}
NOT_METRICS = {"ConfusionTensor", "confusion_tensor"}

# F: a 2 of 2 right, b 1 of 2, c 0 of 1; M: a 1 of 2, b 2 of 2, c 1 of 1
TRUE = list("aabbc") + list("aabbc")
PRED = list("aabca") + list("abbbc")
SEX = list("FFFFF") + list("MMMMM")


def quietly(function, /, *args, **kwargs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        return function(*args, **kwargs)


def test_by_hand():
    ask = {"sensitive_features": SEX}
    assert class_differences(TRUE, PRED, **ask) == {"a": 0.5, "b": 0.5, "c": 1.0}
    assert class_ratios(TRUE, PRED, **ask) == {"a": 0.5, "b": 0.5, "c": 0.0}
    assert multiclass_difference(TRUE, PRED, **ask) == 1.0
    assert multiclass_difference(TRUE, PRED, agg="mean", **ask) == pytest.approx(2 / 3)
    assert multiclass_ratio(TRUE, PRED, **ask) == 0.0
    assert multiclass_ratio(TRUE, PRED, agg="mean", **ask) == pytest.approx(1 / 3)
    signed = class_differences(TRUE, PRED, reference="M", **ask)
    assert signed == {"a": 0.5, "b": -0.5, "c": -1.0}
    assert multiclass_difference(TRUE, PRED, reference="M", **ask) == 1.0


def test_a_gain_does_not_hide_a_loss():
    y_true, y_pred = list("aabbaabb"), list("abbbaaba")
    ask = {"sensitive_features": list("FFFFMMMM"), "reference": "M"}
    # recall of a: F ½, M 1; of b: F 1, M ½. Ratios ½ and 2, turned over ½ and ½
    assert class_ratios(y_true, y_pred, **ask) == {"a": 0.5, "b": 2.0}
    assert multiclass_ratio(y_true, y_pred, agg="mean", **ask) == 0.5
    assert multiclass_difference(y_true, y_pred, agg="mean", **ask) == 0.5


def test_an_undefined_class_is_left_out_and_named():
    y_true, y_pred = list("abab"), list("abac")  # nobody has label c
    ask = {"sensitive_features": list("FFMM")}
    with pytest.warns(UndefinedMetricWarning) as caught:
        value = multiclass_difference(y_true, y_pred, **ask)
    assert value == 1.0
    assert any("for class 'c': left out" in str(item.message) for item in caught)
    with pytest.warns(UndefinedMetricWarning, match="class 'c'"):
        assert math.isnan(class_differences(y_true, y_pred, **ask)["c"])
    rows = multiclass_rates(y_true, y_pred, metrics=["true_positive_rate"], **ask)
    assert [(r["class"], r["value"], r["reason"]) for r in rows if r["class"] == "c"] == [
        ("c", None, "no positive labels")
    ] * 2


def test_a_group_without_a_class_is_named():
    with pytest.warns(UndefinedMetricWarning) as caught:
        gaps = class_differences(list("abaab"), list("abaaa"), sensitive_features=list("FFMTT"))
    assert gaps == {"a": 0.0, "b": 1.0}
    assert len(caught) == 1
    assert "class 'b'" in str(caught[0].message)
    assert "'M'" in str(caught[0].message)


def test_no_class_at_all():
    with pytest.warns(UndefinedMetricWarning, match="no class has"):
        value = quietly_but_last(["a", "b"], ["a", "b"], ["F", "M"])
    assert math.isnan(value)


def quietly_but_last(y_true, y_pred, groups):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.filterwarnings("always", message="no class has")
        return multiclass_difference(y_true, y_pred, sensitive_features=groups)


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(5)
    y_true = rng.integers(0, 4, 400)
    y_pred = np.where(rng.random(400) < 0.6, y_true, rng.integers(0, 4, 400))
    return y_true, y_pred, rng.choice(["F", "M", "X"], 400), rng.integers(1, 4, 400)


def test_against_scikit_learn_and_fairlearn(table):
    y_true, y_pred, groups, weight = table
    tensor = confusion_tensor(y_true, y_pred, sensitive_features=groups, sample_weight=weight)
    for place, (group,) in enumerate(tensor.groups):
        own = groups == group
        assert (tensor.n[place] == confusion_matrix(y_true[own], y_pred[own])).all()
        weighted = confusion_matrix(y_true[own], y_pred[own], sample_weight=weight[own])
        assert (tensor.w[place] == weighted).all()
    for name, score in (
        ("true_positive_rate", recall_score),
        ("positive_predictive_value", precision_score),
    ):
        found = class_differences(
            y_true, y_pred, metric=name, sensitive_features=groups, sample_weight=weight
        )
        ratios = class_ratios(
            y_true, y_pred, metric=name, sensitive_features=groups, sample_weight=weight
        )
        for position, text in enumerate("0123"):
            frame = MetricFrame(
                metrics=lambda t, p, sample_weight, position=position, score=score: score(
                    t, p, labels=[position], average=None, sample_weight=sample_weight
                )[0],
                y_true=y_true,
                y_pred=y_pred,
                sensitive_features=groups,
                sample_params={"sample_weight": weight},
            )
            assert found[text] == pytest.approx(frame.difference())
            assert ratios[text] == pytest.approx(frame.ratio())


def test_two_classes_are_the_binary_metrics(table):
    from auditkit.metrics import rates

    y_true, y_pred, groups, _ = table
    y_true, y_pred = y_true > 1, y_pred > 1
    for name in METRICS:
        if name == "base_rate":
            continue
        found = class_differences(y_true, y_pred, metric=name, sensitive_features=groups)
        binary = getattr(rates, f"{name}_difference")
        assert found["True"] == pytest.approx(binary(y_true, y_pred, sensitive_features=groups))


def test_classes_in_numeric_order():
    y = [10, 2, 1, 10, 2, 1]
    assert confusion_tensor(y, y, sensitive_features=list("FFFMMM")).classes == ("1", "2", "10")
    mixed = confusion_tensor(["10", "b", "9"], ["a", "b", "9"], sensitive_features=list("FFM"))
    assert mixed.classes == ("9", "10", "a", "b")


@pytest.mark.parametrize("make", [list, np.array, pd.Series, pl.Series, pa.array])
def test_every_kind_of_array(make):
    gaps = class_differences(make(TRUE), make(PRED), sensitive_features=make(SEX))
    assert gaps == {"a": 0.5, "b": 0.5, "c": 1.0}


def test_tidy_rows():
    rows = multiclass_rates(TRUE, PRED, sensitive_features={"sex": SEX})
    assert len(rows) == len(METRICS) * 3 * 2
    assert list(rows[0]) == ["sex", "metric", "class", "value", "n", "reason"]
    crossed = multiclass_rates(
        TRUE, PRED, sensitive_features={"sex": SEX, "old": [None, "y"] * 5}, metrics=["accuracy"]
    )
    assert {row["old"] for row in crossed} == {None, "y"}
    with pytest.raises(MetricError, match="rename"):
        multiclass_rates(TRUE, PRED, sensitive_features={"class": SEX})


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        ({"metric": "recal"}, "no metric 'recal'"),
        ({"agg": "median"}, "agg is 'median'"),
        ({"sensitive_features": ["F"] * 10}, "only one group"),
        ({"sensitive_features": None}, "no sensitive_features"),
        ({"sensitive_features": ["F"] * 9}, "rows"),
        ({"y_true": None}, "needs y_true"),
        ({"y_pred": [*PRED[1:], None]}, "y_pred has 1 missing"),
        ({"reference": "X"}, "no reference group 'X'"),
        ({"sample_weight": [-1] * 10}, "negative"),
        ({"y_true": pd.Series(TRUE), "y_pred": pd.Series(PRED, range(1, 11))}, "indexes"),
    ],
)
def test_what_is_refused(ask, words):
    given = {"y_true": TRUE, "y_pred": PRED, "sensitive_features": SEX, **ask}
    with pytest.raises(MetricError, match=words):
        multiclass_difference(given.pop("y_true"), given.pop("y_pred"), **given)


def test_numbers_are_not_classes():
    numbers = np.arange(6000) / 7
    with pytest.raises(MetricError, match="are they numbers"):
        confusion_tensor(numbers, numbers, sensitive_features=["F", "M"] * 3000)


# Laws


@st.composite
def tables(draw):
    size = draw(st.integers(2, 40))
    classes = st.lists(st.integers(0, 3), min_size=size, max_size=size)
    group = draw(st.lists(st.integers(0, 2), min_size=size, max_size=size))
    group[:2] = [0, 1]
    return draw(classes), draw(classes), [f"g{code}" for code in group]


@settings(max_examples=50, deadline=None)
@given(tables(), st.randoms(), st.sampled_from(sorted(METRICS)))
def test_order_and_names_do_not_matter(table, random, name):
    y_true, y_pred, groups = table
    order = list(range(len(groups)))
    random.shuffle(order)
    names, texts = {"g0": "Z", "g1": "A", "g2": "M"}, "dbca"
    for metric in (class_differences, class_ratios):
        before = quietly(metric, y_true, y_pred, sensitive_features=groups, metric=name)
        after = quietly(
            metric,
            [texts[y_true[i]] for i in order],
            [texts[y_pred[i]] for i in order],
            sensitive_features=[names[groups[i]] for i in order],
            metric=name,
        )
        renamed = {texts[int(text)]: value for text, value in before.items()}
        assert after == pytest.approx(renamed, nan_ok=True)


@settings(max_examples=50, deadline=None)
@given(tables())
def test_the_tensor_holds_everybody_once(table):
    y_true, y_pred, groups = table
    tensor = confusion_tensor(y_true, y_pred, sensitive_features=groups)
    assert tensor.n.sum() == len(groups)
    for position in range(len(tensor.classes)):
        cube = tensor.one_vs_rest(position)
        assert (cube.n.sum(axis=(1, 2)) == tensor.n.sum(axis=(1, 2))).all()
    selection = multiclass_rates(
        y_true, y_pred, sensitive_features=groups, metrics=["selection_rate"]
    )
    for group in set(groups):
        own = [row["value"] for row in selection if row["sensitive_features"] == group]
        assert math.fsum(own) == pytest.approx(1)
    worst = quietly(multiclass_difference, y_true, y_pred, sensitive_features=groups)
    mean = quietly(multiclass_difference, y_true, y_pred, sensitive_features=groups, agg="mean")
    assert math.isnan(worst) or 0 <= mean <= worst <= 1


# What the four families promise alike


@pytest.mark.parametrize("module", FAMILIES)
def test_every_metric_has_a_row_and_a_docstring(module):
    rows = {row.name: row for row in module.ROWS}
    assert len(rows) == len(module.ROWS)
    assert set(rows) == set(module.__all__) - NOT_METRICS
    assert module.__all__ == sorted(module.__all__)
    for name, row in rows.items():
        assert isinstance(row, Declared)
        assert row.family == FAMILIES[module]
        doc = getattr(module, name).__doc__
        for part in (row.formula, row.range, row.reference, "Parameters\n-", "Returns\n-", "Raises",
                     "References\n-", "Examples\n-", ">>> "):  # fmt: skip
            assert part in doc, (name, part)
        if row.undefined != "never":
            assert row.undefined in doc, name
        assert name in doc.partition("Examples\n-")[2]


def test_no_name_twice():
    names = [name for module in FAMILIES for name in module.__all__]
    assert len(names) == len(set(names))
    assert not set(names) & set(METRICS)


def test_the_door_is_light():
    code = (
        "import sys; from auditkit.metrics import individual as i, labels as l, multiclass as m;"
        "from auditkit.metrics import ranking as r; g = list('FFMM'); y = [1, 0, 1, 1];"
        "l.hellinger_distance(y, sensitive_features=g); r.ndkl(y, sensitive_features=g);"
        "i.theil_index(y, y); m.class_differences(y, y, sensitive_features=g);"
        "print(sorted({'scipy', 'pandas', 'sklearn', 'polars', 'pyarrow'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True,
        cwd=Path(__file__).parents[1],
    )  # fmt: skip
    assert done.stdout.strip() == "[]"
