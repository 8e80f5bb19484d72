"""What other libraries answer to hard tables, and what we answer: one test a situation.

``docs/peers.md`` is the same list for users. The numbers of the situations (R01 to R35) are those
of the page. What fairlearn answers is asked while the tests run; the answers of the others were
seen on aif360 0.6.1, aequitas 1.1.0, dalex 1.8.0 and deepchecks 0.19.1, and stand in the comments.
R01, R02, R04 to R07, R10 and R14 to R17 are in ``test_metrics.py``, beside the array functions.
"""

from __future__ import annotations

import math
import re
import subprocess
import sys
import tomllib
import warnings
from pathlib import Path

import fairlearn.metrics as fm
import numpy as np
import pandas as pd
import pytest
from conftest import environment
from sklearn.metrics import precision_score

import auditkit
import auditkit.metrics as am
from auditkit.errors import DataError, MetricError, SchemaError, UndefinedMetricWarning
from auditkit.gate import Gate
from auditkit.metrics import by_group, tabulate_groups

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "peers.md"
Y = [0, 1] * 4
P = [0, 1, 1, 1, 0, 0, 0, 1]  # 3 of 4 selected in a, 1 of 4 in b
A = list("aaaabbbb")
NOBODY_IN_A = [0, 0, 0, 0, 1, 1, 0, 1]


def audited(**columns):
    """Audit columns; those with a role are told by their name."""
    roles = {name: name for name in ("label", "prediction") if name in columns}
    given = {"protected": ["group"], **roles, **columns.pop("options", {})}
    data = auditkit.load(pd.DataFrame(columns), **given)
    return auditkit.audit(data, model="none")


def sizes(column):
    rows = by_group(Y, P, sensitive_features={"g": column}, metrics=["selection_rate"])
    return [(row["g"], row["n"]) for row in rows]


def undefined(function, *arrays, match, **options):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert math.isnan(function(*arrays, **options))
    assert {item.category for item in caught} == {UndefinedMetricWarning}
    assert match in " ".join(str(item.message) for item in caught)


# ---- fairlearn ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "column",
    [
        [*A[:7], None],
        [*A[:7], np.nan],
        pd.Series([*A[:7], pd.NA], dtype=object),
        pd.Series([*A[:7], None], dtype="category"),
        pd.Series([*A[:7], None], dtype="string"),
        pd.Series([*A[:7], None], dtype="string[pyarrow]"),
    ],
    ids=["None", "nan", "NA", "category", "string", "Arrow"],
)
def test_peer_R08_a_missing_group(column):
    """fairlearn refuses it; before 0.15 such rows left ``by_group`` and stayed in ``overall``."""
    with pytest.raises(ValueError, match="missing"):
        fm.MetricFrame(metrics=fm.selection_rate, y_true=Y, y_pred=P, sensitive_features=column)
    assert sizes(column) == [("a", 4), ("b", 3), (None, 1)]


def test_peer_R08_a_missing_number():
    assert sizes([1.0] * 4 + [2.0] * 3 + [np.nan]) == [("1", 4), ("2", 3), (None, 1)]


def test_peer_R09_an_option_is_not_a_column():
    """fairlearn spreads the scalar over the rows, and the metric then refuses the array."""
    asked = {"y_true": Y, "y_pred": P, "sensitive_features": A}
    with pytest.raises(ValueError, match=r"Got array\(\[1, 1"):
        fm.MetricFrame(metrics=precision_score, sample_params={"pos_label": 1}, **asked)
    with pytest.raises(MetricError, match=r"sample_params\['pos_label'\] is a int; it must be one"):
        am.metric_frame(am.selection_rate, Y, P, sensitive_features=A, sample_params={
            "pos_label": 1
        })  # fmt: skip
    frame = am.metric_frame(am.selection_rate, Y, P, sensitive_features=A, pos_label=1)
    assert frame.by_group.to_dict() == {"a": 0.75, "b": 0.25}


def test_peer_R11_an_empty_crossing():
    """fairlearn gives NaN for (b, x), and its difference is over the rest without a word."""
    both = {"g": A, "h": list("xxyyyyyy")}
    frame = fm.MetricFrame(
        metrics=fm.selection_rate, y_true=Y, y_pred=P, sensitive_features=pd.DataFrame(both)
    )
    assert math.isnan(frame.by_group["b", "x"])
    assert frame.difference() == 0.75
    gaps = tabulate_groups(Y, P, sensitive_features=both).gaps(
        metrics=["selection_rate"], level=None
    )
    crossed = next(row for row in gaps if row["attributes"] == ("g", "h"))
    assert (crossed["value"], crossed["compared"], crossed["empty"]) == (0.75, 3, 1)
    assert [row["empty"] for row in gaps] == [0, 0, 0, 0, 1, 1]
    # An audit lists the crossing with nobody in it, and it is not fine.
    found = audited(
        group=A * 30, h=both["h"] * 30, label=P * 30, options={"protected": ["group", "h"]}
    )
    (empty,) = [row for row in found.representation if row["count"] == 0]
    assert empty["group"] == ["b", "x"]
    (small,) = [item for item in found.findings if item.kind == "small-group"]
    assert small.level == "inconclusive"
    assert "b / x has 0 people" in small.title


def test_peer_R12_certainty_from_one_person():
    """fairlearn's bootstrap gives a group of one an interval from 1 to 1."""
    group = ["a"] * 7 + ["b"]
    frame = fm.MetricFrame(
        metrics=fm.selection_rate, y_true=Y, y_pred=P, sensitive_features=group, n_boot=20,
        ci_quantiles=[0.05, 0.95], random_state=1,
    )  # fmt: skip
    assert [quantiles["b"] for quantiles in frame.by_group_ci] == [1, 1]
    table = tabulate_groups(Y, P, sensitive_features=group)
    for sampled, why in (("free", "undefined in"), ("fixed", "every replicate gives the same")):
        drawn = table.bootstrap(metrics=["selection_rate"], replicates=200, groups=sampled)
        alone = drawn.rates()[1]
        assert (alone["value"], alone["low"], alone["high"]) == (1, None, None)
        assert why in alone["reason"]
    alone = table.rates(metrics=["selection_rate"])[1]
    # Wilson, one of one: from 1 / (1 + z²) = 1 / 4.8415 to 1.
    assert (round(alone["low"], 4), alone["high"], alone["n"]) == (0.2065, 1, 1)


def test_peer_R13_the_same_question_twice():
    """fairlearn draws anew each time unless ``random_state`` is given."""

    def theirs():
        frame = fm.MetricFrame(
            metrics=fm.selection_rate, y_true=Y * 9, y_pred=P * 9, sensitive_features=A * 9,
            n_boot=20, ci_quantiles=[0.05, 0.95],
        )  # fmt: skip
        return [tuple(quantiles) for quantiles in frame.by_group_ci]

    assert theirs() != theirs()
    table = tabulate_groups(Y, P, sensitive_features=A)
    assert table.bootstrap().rates() == table.bootstrap().rates()
    assert table.bootstrap().seed == 0
    assert table.gaps() == table.gaps()
    assert table.bootstrap(seed=1).rates() != table.bootstrap().rates()


# ---- aif360 ------------------------------------------------------------------------------------


def test_peer_R03_labels_of_another_order():
    """aif360.sklearn takes a Series by position: +0.5 becomes -0.5 when its rows are moved."""
    y, p, group = pd.Series(Y), pd.Series(P), pd.Series(A)
    given = {"sensitive_features": group, "reference": "b", "convention": "aif360.sklearn"}
    assert am.demographic_parity_difference(y, p, **given) == 0.5
    moved = p.iloc[::-1]
    assert am.demographic_parity_difference(None, moved.to_list(), **given) == -0.5
    with pytest.raises(MetricError, match=r"the indexes of y_pred and sensitive_features differ"):
        am.demographic_parity_difference(y, moved, **given)
    with pytest.raises(MetricError, match="the indexes of y_true and y_pred differ"):
        am.equal_opportunity_difference(y, moved, **given)


def test_peer_R18_nobody_in_the_reference_is_selected():
    """aif360's classes: inf, which passes a gate of at least 0.8."""
    given = {"sensitive_features": A, "reference": "a"}
    with pytest.warns(UndefinedMetricWarning):
        theirs = am.demographic_parity_ratio(None, NOBODY_IN_A, convention="aif360", **given)
    assert theirs == math.inf
    undefined(
        am.demographic_parity_ratio, None, NOBODY_IN_A, match="0 in the reference group", **given
    )
    found = audited(
        group=A * 20, prediction=NOBODY_IN_A * 20, options={"reference": {"group": "a"}}
    )
    (ratio,) = [row for row in found.disparities if row.kind == "ratio"]
    assert (ratio.value, ratio.reason) == (None, "the rate of the reference is 0")
    assert Gate.parse("disparate_impact<0.8").decide(found)[0] == "undecided"
    assert Gate.parse("decision-gap").decide(found)[0] == "met"


def test_peer_R19_one_situation_has_one_answer():
    """aif360: inf from its classes, 0.0 with a warning from its functions for scikit-learn."""
    given = {"sensitive_features": A, "reference": "a"}
    with pytest.warns(UndefinedMetricWarning):
        answers = [
            am.demographic_parity_ratio(None, NOBODY_IN_A, convention=name, **given)
            for name in ("aif360", "aif360.sklearn")
        ]
    assert answers == [math.inf, 0.0]
    with pytest.warns(UndefinedMetricWarning):
        ours = [
            am.demographic_parity_ratio(None, NOBODY_IN_A, **given),
            am.selection_rate_ratio(None, NOBODY_IN_A, **given),
        ]
    assert all(math.isnan(value) for value in ours)
    rows = tabulate_groups(None, NOBODY_IN_A, sensitive_features=A).gaps(level=None)
    assert rows[1]["value"] == 0  # without a reference: the smallest against the largest rate


def test_peer_R20_a_reference_that_is_not_there():
    """aif360: nan with a numpy warning."""
    for convention in ("auditkit", "aif360"):
        with pytest.raises(MetricError, match="no reference group 'z'; groups: 'a', 'b'"):
            am.demographic_parity_difference(
                Y, P, sensitive_features=A, reference="z", convention=convention
            )
    with pytest.raises(SchemaError, match="no group 'z'; groups: 'a', 'b'"):
        audited(group=A * 20, label=Y * 20, options={"reference": {"group": "z"}})


def test_peer_R21_a_third_group():
    """aif360 with privileged 1 and unprivileged 0: group 2 is left out, and counted all the same.

    Selected: 3 of 4 of group 1, 1 of 2 of group 0, 0 of 2 of group 2.
    """
    group = ["1"] * 4 + ["0"] * 2 + ["2"] * 2
    p = [0, 1, 1, 1, 0, 1, 0, 0]
    given = {"sensitive_features": group, "reference": "1"}
    assert am.demographic_parity_difference(None, p, **given) == -0.75  # the furthest: group 2
    # Under aif360's rules everybody else is the other side: 1 of 4.
    assert am.demographic_parity_difference(None, p, convention="aif360", **given) == -0.5
    rows = by_group(None, p, sensitive_features=group)
    assert [(row["sensitive_features"], row["n"]) for row in rows] == [("0", 2), ("1", 4), ("2", 2)]
    found = audited(group=group * 20, prediction=p * 20, options={"reference": {"group": "1"}})
    assert {row.group for row in found.disparities} == {("0",), ("2",)}


def test_peer_R22_missing_groups_are_not_the_others():
    """aif360.sklearn counts rows without a group as unprivileged."""
    group = [*A[:6], None, None]  # selected: 3 of 4, 0 of 2; of unknown group 1 of 2
    rows = by_group(None, P, sensitive_features=group)
    assert [(row["sensitive_features"], row["value"]) for row in rows] == [
        ("a", 0.75),
        ("b", 0.0),
        (None, 0.5),
    ]
    found = audited(group=group * 30, prediction=P * 30, options={"reference": {"group": "a"}})
    values = {row.group: row.value for row in found.disparities if row.kind == "difference"}
    assert values == {("b",): -0.75, (None,): -0.25}


def test_peer_R23_string_labels_of_another_library():
    """aif360.sklearn with string labels and its default pos_label=1: 0.0."""
    words = np.array(["no", "yes"])
    given = {"sensitive_features": A, "reference": "a", "convention": "aif360.sklearn"}
    with pytest.raises(MetricError, match=r"y_pred holds 'no', 'yes': .*pos_label"):
        am.demographic_parity_difference(words[Y], words[P], **given)
    found = am.demographic_parity_difference(words[Y], words[P], pos_label="yes", **given)
    assert found == -0.5


def test_peer_R24_a_plain_list():
    """aif360.sklearn: TypeError, "only integer scalar arrays can be converted"."""
    given = {"sensitive_features": A, "reference": "a", "convention": "aif360.sklearn"}
    arrays = am.demographic_parity_difference(np.array(Y), np.array(P), **given)
    assert am.demographic_parity_difference(list(Y), list(P), **given) == arrays == -0.5
    assert am.demographic_parity_difference(tuple(Y), iter(P), **given) == arrays


def test_peer_R25_groups_are_words():
    """aif360's datasets: "DataFrame values must be numerical"."""
    group, words = ["Frau"] * 4 + ["Mann"] * 4, np.array(["nein", "ja"])
    found = audited(group=group * 20, label=words[P * 20], options={"positive": "ja"})
    assert [row["group"] for row in found.representation] == [["Frau"], ["Mann"]]
    values = [row.value for row in found.estimates if row.metric == "base_rate"]
    assert values == [0.75, 0.25]


# ---- aequitas ----------------------------------------------------------------------------------


def test_peer_R26_no_row_goes_without_a_word():
    """aequitas drops rows without a group: sizes 4 and 2, and 8 entities in all."""
    group = [*A[:6], None, None]
    assert sizes(group) == [("a", 4), ("b", 2), (None, 2)]
    found = audited(group=group * 20, label=Y * 20)
    assert [(row["group"], row["count"]) for row in found.representation] == [
        (["a"], 80),
        (["b"], 40),
        ([None], 40),
    ]
    assert sum(row["count"] for row in found.representation) == found.data["people"] == 160


@pytest.mark.parametrize(
    ("column", "names"),
    [
        (pd.Series([1] * 4 + [2] * 4), "12"),
        (pd.Series(A, dtype="category"), "ab"),
        (pd.Series(A, dtype="string[pyarrow]"), "ab"),
        (pd.Series([True] * 4 + [False] * 4), ("True", "False")),
    ],
    ids=["int", "category", "Arrow", "bool"],
)
def test_peer_R27_groups_of_any_type(column, names):
    """aequitas: TypeError, "has in invalid datatype" (sic)."""
    assert sorted(sizes(column)) == sorted((name, 4) for name in names)
    found = audited(group=pd.concat([column] * 10, ignore_index=True), label=Y * 10)
    assert {tuple(row["group"]) for row in found.representation} == {(name,) for name in names}


def test_peer_R28_no_number_is_made_up():
    """aequitas: 10.0 stands for x/0, and reads like a measurement."""
    given = {"sensitive_features": A, "reference": "a"}
    with pytest.warns(UndefinedMetricWarning, match="10"):
        theirs = am.demographic_parity_ratio(None, NOBODY_IN_A, convention="aequitas", **given)
    assert theirs == 10.0
    undefined(
        am.demographic_parity_ratio, None, NOBODY_IN_A, match="so the ratio is undefined", **given
    )


def test_peer_R29_one_group_is_no_comparison():
    """aequitas: disparity 1.0, parity True."""
    with pytest.raises(MetricError, match="only one group"):
        am.demographic_parity_ratio(
            None, P, sensitive_features=["a"] * 8, reference="a", convention="aequitas"
        )
    with pytest.raises(MetricError, match="only one group"):
        tabulate_groups(Y, P, sensitive_features=["a"] * 8).gaps()
    with pytest.raises(DataError, match=r"has one group only \('a'\): there is nothing to compare"):
        audited(group=["a"] * 80, label=Y * 10)


def test_peer_R30_what_could_not_be_computed_does_not_pass():
    """aequitas: equal odds NaN for both groups, "Supervised Fairness: True"."""
    undefined(
        am.equalized_odds_difference, NOBODY_IN_A, NOBODY_IN_A,
        match="no positive labels", sensitive_features=A,
    )  # fmt: skip
    found = audited(group=A * 50, label=NOBODY_IN_A * 50, prediction=NOBODY_IN_A * 50)
    (errors,) = [item for item in found.findings if item.kind == "error-gap"]
    assert errors.level == "inconclusive"  # although the false positive rates are 0 and 0
    assert errors.title == "group: the true positive rate cannot be compared for a"
    assert "Not computable: no positive labels in a." in errors.detail
    assert "Within the line: false positive rate, negative predictive value." in errors.detail
    for rule in ("error-gap", "equal_opportunity_difference>0.1"):
        assert Gate.parse(rule).decide(found)[0] == "undecided"


def test_peer_R31_no_label_is_needed():
    """aequitas calls the label optional, and raises ValueError without one."""
    found = audited(group=A * 20, prediction=P * 20)
    values = [row.value for row in found.estimates if row.metric == "selection_rate"]
    assert values == [0.75, 0.25]
    assert {row.stage for row in found.disparities} == {"decision"}
    data = auditkit.load(pd.DataFrame({"group": A * 20}), protected=["group"])
    shares = [row["share"] for row in auditkit.profile(data).representation]
    assert shares == [0.5, 0.5]


# ---- libraries beside us -----------------------------------------------------------------------


def test_peer_R32_pandas_of_today():
    """aequitas 1.1.0 wants pandas below 3; pip then takes 1.0.0, which refuses every string."""
    text = pd.Series(A * 10)  # `str` in pandas 3, object before
    as_objects = text.astype(object)
    label = pd.Series(Y * 10)
    kinds = [by_group(label, sensitive_features={"g": one}) for one in (text, as_objects)]
    assert kinds[0] == kinds[1]
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["dependencies"]
    for needed in project["dependencies"]:
        assert re.fullmatch(r"[\w-]+>=[\d.]+", needed), f"{needed} shuts newer versions out"


def test_peer_R33_a_library_that_breaks_stops_only_what_needs_it():
    """deepchecks 0.19.1 cannot be imported with scikit-learn 1.9, whatever one wants of it."""
    code = (
        "import sys\n"
        "for name in ('sklearn', 'fairlearn', 'scipy', 'plotly', 'jinja2', 'pandas'):\n"
        "    sys.modules[name] = None  # an import of it fails\n"
        "import auditkit\n"
        "from auditkit.metrics import demographic_parity_difference as gap, tabulate_groups\n"
        f"print(gap(None, {P}, sensitive_features={A}))\n"
        f"print(tabulate_groups({Y}, {P}, sensitive_features={A}).gaps(level=None)[0]['value'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60,
        env=environment(),
    )  # fmt: skip
    assert done.stdout.split() == ["0.5", "0.0"]


# ---- dalex -------------------------------------------------------------------------------------


def test_peer_R34_missing_is_not_a_word():
    """dalex makes a group called 'nan' of missing values."""
    group = np.array([*A[:6], "nan", np.nan], dtype=object)
    assert sizes(group) == [("a", 4), ("b", 2), ("nan", 1), (None, 1)]
    found = audited(group=list(group) * 10, label=Y * 10)
    counts = {tuple(row["group"]): row["count"] for row in found.representation}
    assert counts == {("a",): 40, ("b",): 20, ("nan",): 10, (None,): 10}


def test_peer_R35_one_person_decides_nothing():
    """dalex: "cannot be called fair because 1 criterion exceeded", from a group of one."""
    group, selected = ["a"] * 60 + ["b"] * 60 + ["c"], [0, 1, 1] * 40 + [1]
    found = audited(group=group, prediction=selected)
    (ratio,) = [row for row in found.disparities if row.group == ("c",) and row.kind == "ratio"]
    assert (ratio.value, ratio.p_adjusted, ratio.verdict) == (1.5, None, "inconclusive")
    assert ratio.low < 1 < ratio.high
    assert not [item for item in found.findings if item.level == "flag"]
    (small,) = [item for item in found.findings if item.kind == "small-group"]
    assert "c has 1 people, too few to judge" in small.title
    (alone,) = [row for row in found.estimates if row.group == ("c",)]
    assert alone.n == 1


# ---- the page ----------------------------------------------------------------------------------


def test_every_situation_has_a_row_and_a_test():
    rows = re.findall(r"^\| R(\d\d) \|.*\| `(test_\w+)` \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 36))
    tests = "\n".join(path.read_text("utf-8") for path in sorted(HERE.glob("test_*.py")))
    for number, name in rows:
        assert name.startswith(f"test_peer_R{number}_")
        assert f"\ndef {name}(" in tests, name
