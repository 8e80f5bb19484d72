"""Comparisons straight from arrays: of groups, and of groups within strata."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import auditkit
from auditkit import inference
from auditkit.errors import MetricError
from auditkit.fairness import compare_groups
from auditkit.strata import adjusted_gaps


@pytest.fixture(scope="module")
def people():
    """1,200 people in three groups and four departments, seeded."""
    rng = np.random.default_rng(11)
    dept = rng.integers(0, 4, 1200)
    group = np.array(list("abc"))[rng.integers(0, 3, 1200)]
    label = (rng.random(1200) < 0.2 + 0.15 * dept - 0.05 * (group == "a")).astype(int)
    decision = (rng.random(1200) < 0.3 + 0.4 * label).astype(int)
    return pd.DataFrame({"y": label, "p": decision, "group": group, "dept": dept.astype(str)})


def test_an_audit_says_the_same(people):
    """The same differences, ratios, intervals and p-values as the record of an audit."""
    data = auditkit.load(
        people[["y", "group", "dept"]], label="y", protected=["group"], strata=["dept"],
        reference={"group": "c"},
    )  # fmt: skip
    audit = auditkit.audit(data, model="none")
    found = compare_groups(people["y"], sensitive_features=people[["group"]], reference="c")
    fields = ("kind", "group", "value", "low", "high", "p_value", "p_adjusted", "method")
    assert [[getattr(row, name) for name in fields] for row in found] == [
        [getattr(row, name) for name in fields] for row in audit.disparities
    ]
    gaps = adjusted_gaps(
        people["y"], sensitive_features=people["group"], strata=people["dept"], reference="c"
    )
    rows = audit.profile["strata"]
    assert [list(gap.group) for gap in gaps] == [row["group"] for row in rows]
    for gap, row in zip(gaps, rows, strict=True):
        assert gap.pooled.odds_ratio == row["pooled"]
        assert gap.adjusted.odds_ratio == row["adjusted"]
        assert (gap.adjusted.low, gap.adjusted.high) == (row["low"], row["high"])
        assert gap.adjusted.p_value == row["p_value"]
        assert gap.homogeneity[2] == row["homogeneity_p"]
        assert gap.difference.value == row["adjusted_difference"]
        assert gap.ratio.low == row["adjusted_ratio_low"]
        assert [level for (level,) in gap.levels] == [level["level"] for level in row["levels"]]


def test_rates_of_decisions_and_their_errors(people):
    given = {"sensitive_features": people["group"], "reference": "a"}
    rows = compare_groups(
        people["y"], people["p"], metrics=["selection_rate", "true_positive_rate"], **given
    )
    assert {(row.stage, row.metric) for row in rows} == {
        ("decision", "selection_rate"),
        ("decision", "true_positive_rate"),
    }
    assert len(rows) == 8  # two metrics, two groups, difference and ratio
    (b, _) = adjusted_gaps(
        people["y"], people["p"], metric="true_positive_rate", strata=people["dept"], **given
    )
    positive = people[people["y"] == 1]
    counted = positive.groupby(["dept", "group"])["p"].agg(["sum", "size"])
    tables = [
        (*counted.loc[(dept, "b")].tolist(), *counted.loc[(dept, "a")].tolist())
        for dept in sorted(people["dept"].unique())
    ]
    assert b.tables == tuple(tables)
    assert b.adjusted == inference.mantel_haenszel(tables)
    assert b.corrected == inference.mantel_haenszel(tables, correction=True)


def test_missing_is_a_group_and_a_stratum(people):
    group, dept = people["group"].to_numpy(dtype=object), people["dept"].to_numpy(dtype=object)
    group[:60], dept[40:200] = None, None
    found = compare_groups(people["y"], sensitive_features=group, reference="a")
    assert {row.group for row in found} == {("b",), ("c",), (None,)}
    gaps = adjusted_gaps(people["y"], sensitive_features=group, strata=dept, reference="a")
    assert [gap.group for gap in gaps] == [("b",), ("c",), (None,)]
    assert gaps[0].levels[-1] == (None,)
    assert gaps[0].strata == ("strata",)
    counted = sum(gap.tables[place][1] for gap in gaps for place in range(len(gap.tables)))
    assert counted == (group != "a").sum()  # nobody is lost


def test_several_attributes_and_strata(people):
    site = np.where(np.arange(1200) % 2, "north", "south")
    (*gaps,) = adjusted_gaps(
        people["y"], sensitive_features={"group": people["group"], "site": site},
        strata={"dept": people["dept"], "site": site}, reference=("a", "north"),
    )  # fmt: skip
    assert gaps[0].attributes == ("group", "site")
    assert gaps[0].strata == ("dept", "site")
    assert len(gaps) == 5
    # (a, south) and (a, north) share no stratum: that is said, and is no number.
    apart = gaps[0]
    assert apart.group == ("a", "south")
    assert apart.adjusted.odds_ratio is None
    assert apart.adjusted.reason == "no stratum has both groups and a varying outcome"


def test_weights_are_effective_counts(people):
    given = {"sensitive_features": people["group"], "reference": "a"}
    equal = compare_groups(people["y"], sample_weight=np.full(1200, 3.0), **given)
    plain = compare_groups(people["y"], **given)
    for one, other in zip(equal, plain, strict=True):
        assert one.value == pytest.approx(other.value)
        assert "effective n" in one.method
    weighted = adjusted_gaps(
        people["y"], strata=people["dept"], sample_weight=np.full(1200, 3.0), **given
    )
    alone = adjusted_gaps(people["y"], strata=people["dept"], **given)
    assert weighted[0].adjusted.odds_ratio == pytest.approx(alone[0].adjusted.odds_ratio)


def test_without_a_reference_the_best_off_of_the_large_groups_is_it():
    group = ["a"] * 100 + ["b"] * 100 + ["c"] * 3
    label = [1] * 40 + [0] * 60 + [1] * 70 + [0] * 30 + [1] * 3
    found = compare_groups(label, sensitive_features=group)
    assert {row.reference for row in found} == {("b",)}
    assert [row.p_adjusted is None for row in found] == [False, False, True, True]
    (first, _) = adjusted_gaps(label, sensitive_features=group, strata=["s"] * 203)
    assert first.reference == ("b",)
    assert first.adjusted == first.pooled  # one stratum


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sensitive_features": ["a"] * 4}, "only one group"),
        ({"sensitive_features": None}, "no sensitive_features were given"),
        ({"reference": "z"}, "no reference group 'z'; groups: 'a', 'b'"),
        ({"metric": "base_rat"}, r"no metric 'base_rat' \(did you mean 'base_rate'\?\)"),
        ({"metric": "selection_rate"}, "selection_rate needs 'y_pred'"),
        ({"metric": "accuracy"}, "accuracy needs 'y_pred'"),
        ({"strata": None}, "no strata were given"),
    ],
)
def test_what_cannot_be_asked(changes, message):
    given = {"sensitive_features": list("aabb"), "strata": list("xyxy"), **changes}
    with pytest.raises(MetricError, match=message):
        adjusted_gaps([1, 0, 1, 0], **given)
    if "strata" not in changes:
        del given["strata"]
        given["metrics"] = [given.pop("metric")] if "metric" in given else None
        with pytest.raises(MetricError, match=message):
            compare_groups([1, 0, 1, 0], **given)


def test_nobody_with_a_rate_is_no_reference():
    label, decision = [0] * 80, [0, 1] * 40
    with pytest.raises(MetricError, match="no group with a known rate: name the reference group"):
        compare_groups(
            label, decision, sensitive_features=["a"] * 40 + ["b"] * 40,
            metrics=["true_positive_rate"],
        )  # fmt: skip
