"""Laws on Counts: they add up, and nothing depends on the order or the names of things."""

import datetime as dt
import json
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from fitted_once import untraced
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit import load, tally
from auditkit.counts import DECISION, LABEL, UNKNOWN, Counts, group_text
from auditkit.errors import MetricError
from auditkit.fairness import measure, rates_of
from auditkit.metrics.declared import METRICS
from auditkit.policy import Policy

LAWS = settings(max_examples=100, deadline=None)
GROUPS = ("F", "M", "NA", "Ünï<b>", "=1+1", None)
SITES = ("a", "b", None)
# Sums of these are exact in floating point, so that equal tables are equal to the last bit.
WEIGHTS = (0.25, 0.5, 1.0, 2.0, 3.5)
NAMES = {"attributes": ("sex", "race"), "strata": ("site",), "outcomes": (LABEL, DECISION)}

people = st.lists(
    st.tuples(
        st.sampled_from(GROUPS),
        st.sampled_from(("x", "y")),
        st.sampled_from(SITES),
        st.sampled_from((0, 1, UNKNOWN)),
        st.sampled_from((0, 1, UNKNOWN)),
        st.sampled_from(WEIGHTS),
    ),
    max_size=40,
)


def counted(rows, names=NAMES):
    cells = [
        (((sex, race), (site,), (label, decision)), (1, weight, weight * weight))
        for sex, race, site, label, decision, weight in rows
    ]
    return Counts.from_cells(cells, **names)


def rates(counts, attributes=("sex",)):
    cube = counts.cube(attributes, label=LABEL, prediction=DECISION)
    return {name: rates_of(metric, cube) for name, metric in METRICS.items()}


@given(people, people)
@LAWS
def test_counts_add_up(first, second):
    assert counted(first) + counted(second) == counted(first + second)
    assert counted(first) + counted(second) == counted(second) + counted(first)


@given(people, people, people)
@LAWS
def test_addition_is_associative_and_has_a_zero(a, b, c):
    left, right = (counted(a) + counted(b)) + counted(c), counted(a) + (counted(b) + counted(c))
    assert left == right
    assert counted(a) + counted([]) == counted(a)


@given(people.flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(rows))))
@LAWS
def test_the_order_of_the_rows_does_not_matter(pair):
    rows, shuffled = pair
    assert counted(rows) == counted(shuffled)
    assert list(counted(rows).cells()) == list(counted(shuffled).cells())


@given(people)
@LAWS
def test_new_names_for_the_groups_change_nothing_but_the_names(rows):
    new = {"F": "zz", "M": "aa", "NA": "mm", "Ünï<b>": "Q", "=1+1": "", None: None}
    old = {name: group for group, name in new.items()}
    before = counted(rows)
    after = counted([(new[sex], *rest) for sex, *rest in rows])
    cells = [
        (((old[group[0]], group[1]), stratum, outcome), sums)
        for (group, stratum, outcome), sums in after.cells()
    ]
    assert Counts.from_cells(cells, **NAMES) == before


@untraced()
@given(people, st.sampled_from((0.5, 2.0, 1024.0)))
@LAWS
def test_a_common_factor_of_the_weights_changes_no_rate(rows, factor):
    scaled = [(*rest, weight * factor) for *rest, weight in rows]
    for name, plain in rates(counted(rows)).items():
        other = rates(counted(scaled))[name]
        assert other.groups == plain.groups
        np.testing.assert_array_equal(other.n, plain.n)
        # Powers of two scale without rounding; the effective size is a ratio of such sums.
        np.testing.assert_allclose(other.value, plain.value, rtol=1e-13, equal_nan=True)
        np.testing.assert_allclose(other.effective, plain.effective, rtol=1e-12)


@untraced()
@given(people)
@LAWS
def test_weight_two_is_the_row_twice_for_every_value(rows):
    once = counted([(*rest, 2.0) for *rest, _ in rows])
    twice = counted([(*rest, 1.0) for *rest, _ in rows] * 2)
    for name, weighted in rates(once).items():
        doubled = rates(twice)[name]
        np.testing.assert_array_equal(weighted.value, doubled.value)
        # A row of weight two is still one person: n counts people, not weights.
        np.testing.assert_array_equal(weighted.n * 2, doubled.n)
        np.testing.assert_allclose(weighted.effective * 2, doubled.effective, rtol=1e-12)


@given(people)
@LAWS
def test_a_marginal_of_a_marginal_is_the_marginal(rows):
    counts = counted(rows)
    assert counts.marginal() == counts
    by_sex = counts.marginal(attributes=["sex"], strata=[])
    assert counts.marginal(attributes=["sex"]).marginal(strata=[]) == by_sex
    assert counts.marginal(strata=[]).marginal(attributes=["sex"]) == by_sex
    assert by_sex.total == counts.total == len(rows)
    assert by_sex == Counts.from_cells(
        [((group[:1], (), outcome), sums) for (group, _, outcome), sums in counts.cells()],
        attributes=("sex",),
        outcomes=NAMES["outcomes"],
    )


@given(people)
@LAWS
def test_where_keeps_the_rows_that_have_the_value(rows):
    counts = counted(rows)
    for sex in {row[0] for row in rows}:
        assert counts.where(sex=sex) == counted([row for row in rows if row[0] == sex])
    for site in {row[2] for row in rows}:
        for label in (0, 1, UNKNOWN):
            assert counts.where(site=site, label=label) == counted(
                [row for row in rows if (row[2], row[3]) == (site, label)]
            )
    assert counts.where(sex="nobody").total == 0


@given(people, st.sampled_from((("sex",), ("race",), ("sex", "race"), ("site", "sex"), ())))
@LAWS
def test_a_cube_holds_every_person_once(rows, attributes):
    counts = counted(rows)
    cube = counts.cube(attributes, label=LABEL, prediction=DECISION)
    assert cube.n.sum() == len(rows)
    assert cube.w.sum() == pytest.approx(sum(row[-1] for row in rows))
    assert cube.w2.sum() == pytest.approx(sum(row[-1] ** 2 for row in rows))
    assert len(set(cube.groups)) == len(cube.groups)
    place = {"sex": 0, "race": 1, "site": 2}
    for group, table in zip(cube.groups, cube.n, strict=True):
        inside = [row for row in rows if tuple(row[place[name]] for name in attributes) == group]
        for label in (0, 1, UNKNOWN):
            for decision in (0, 1, UNKNOWN):
                known = [row for row in inside if row[3:5] == (label, decision)]
                assert table[label, decision] == len(known)


@given(people)
@LAWS
def test_an_outcome_that_is_not_asked_for_counts_as_unknown(rows):
    cube = counted(rows).cube(["sex"], prediction=DECISION)
    assert cube.n[:, :2, :].sum() == 0
    assert cube.n[:, UNKNOWN, :].sum() == len(rows)


@given(people)
@LAWS
def test_a_record_holds_all_of_it(rows):
    counts = counted(rows)
    text = json.dumps(counts.to_dict(), allow_nan=False)
    back = Counts.from_dict(json.loads(text))
    assert back == counts
    assert json.dumps(back.to_dict()) == text


@given(people)
@LAWS
def test_missing_comes_last_and_is_a_group_of_its_own(rows):
    counts = counted(rows)
    values = counts.values("sex")
    assert set(values) == {row[0] for row in rows}
    assert None not in values[:-1]
    known = [value for value in values if value is not None]
    assert known == sorted(known)


def test_tally_of_two_halves_adds_up_to_the_whole():
    rng = np.random.default_rng(7)
    frame = pd.DataFrame(
        {
            "sex": rng.choice(["F", "M", None], 400),
            "site": rng.choice(["a", "b"], 400),
            "hired": rng.choice(["yes", "no"], 400),
            "w": rng.choice(WEIGHTS, 400),
        }
    )

    def count(part):
        return tally(load(part, label="hired", protected="sex", strata="site", weight="w"))

    assert count(frame.iloc[:150]) + count(frame.iloc[150:]) == count(frame)
    shuffled = frame.sample(frac=1, random_state=1)
    assert count(shuffled) == count(frame)


def test_a_protected_column_may_be_called_label():
    # The names of the outcomes are ours; the names of the columns are the user's.
    frame = pd.DataFrame(
        {
            "label": ["F", "M"] * 50,
            "decision": ["x", "x", "y", "y"] * 25,
            "outcome": [0, 1, 1, 1] * 25,
            "chosen": [1, 0, 1, 1] * 25,
        }
    )
    data = load(frame, label="outcome", prediction="chosen", protected=["label", "decision"])
    counts = tally(data)
    assert counts.values("label") == ("F", "M")
    assert counts.values("decision") == ("x", "y")
    assert counts.where(label="F").total == 50
    assert counts.marginal(attributes=["label"]).total == 100
    found = measure(counts, ["label"], stage="label", level=Policy.default().level)
    # Rows alternate F, M; outcomes 0, 1, 1, 1: F has 25 of 50, M 50 of 50.
    assert [(row.group, row.events, row.n) for row in found] == [(("F",), 25, 50), (("M",), 50, 50)]
    assert Counts.from_dict(json.loads(json.dumps(counts.to_dict()))) == counts
    again = audit_of(data)
    assert {row.stage for row in again.estimates} == {"label", "decision"}


def audit_of(data):
    from auditkit import Audit, audit

    found = audit(data)
    assert Audit.from_json(found.to_json()).counts == found.counts
    return found


def test_cells_of_nobody_are_dropped():
    counts = Counts.from_cells(
        [((("F",), (), (1,)), (0, 0.0, 0.0)), ((("M",), (), (1,)), (1, 0.0, 0.0))],
        attributes=["sex"],
    )
    assert counts.values("sex") == ("M",)  # a person of weight zero is a person
    assert (counts.total, counts.weighted) == (1, True)


def test_weights_that_add_up_to_the_number_of_people_are_still_weights():
    halves = Counts.from_cells([((("F",), (), (1,)), (2, 2.0, 2.5))], attributes=["sex"])
    assert halves.weighted  # of 0.5 and 1.5
    plain = Counts.from_cells([((("F",), (), (1,)), (2, 2.0, 2.0))], attributes=["sex"])
    assert not plain.weighted


def test_tables_of_another_shape_are_not_added():
    left = counted([("F", "x", "a", 1, 1, 1.0)])
    with pytest.raises(MetricError, match="attributes differ"):
        left + left.marginal(attributes=["sex"])
    with pytest.raises(MetricError, match="strata differ"):
        left + left.marginal(strata=[])
    with pytest.raises(TypeError):
        left + 1
    assert left != "something else"


def test_an_axis_that_is_not_there_is_named():
    counts = counted([("F", "x", "a", 1, 1, 1.0)])
    with pytest.raises(MetricError, match=r"no 'height'; they have 'sex', 'race', 'site'"):
        counts.values("height")
    with pytest.raises(MetricError, match="no 'model' was counted"):
        counts.cube(["sex"], prediction="model")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        (float("nan"), None),
        (pd.NA, None),
        (pd.NaT, None),
        (np.datetime64("NaT"), None),
        (Decimal("NaN"), None),
        ("NA", "NA"),
        ("None", "None"),
        ("", ""),
        (" x ", " x "),
        ("00123", "00123"),
        ("1.0", "1.0"),
        (1, "1"),
        (np.int8(1), "1"),
        (1.0, "1"),
        (np.float32(2.0), "2"),
        (-0.0, "0"),
        (1.5, "1.5"),
        (float("inf"), "inf"),
        (Decimal("1.50"), "1.5"),
        (Decimal("100"), "100"),
        (Decimal("2.0"), "2"),
        (True, "True"),
        (np.True_, "True"),
        (dt.date(2020, 1, 31), "2020-01-31"),
        (dt.datetime(2020, 1, 31), "2020-01-31"),
        (pd.Timestamp("2020-01-31"), "2020-01-31"),
        (np.datetime64("2020-01-31", "ns"), "2020-01-31"),
        (np.datetime64("2020-01-31", "D"), "2020-01-31"),
        (dt.datetime(2020, 1, 31, 5), "2020-01-31 05:00:00"),
        (np.datetime64("2020-01-31T05:00", "m"), "2020-01-31 05:00:00"),
    ],
)
def test_a_group_has_one_spelling_whatever_the_engine(value, text):
    assert group_text(value) == text
