"""Our numbers under the convention of another library are that library's numbers.

Four libraries are recorded (``tests/peers/record_peers.py`` says how, and with which versions):
3,000 generated tables each. fairlearn is asked while the tests run, about 3,000 more. Where the
libraries are known to give different answers to one question, a test below is named after it.
"""

from __future__ import annotations

import functools
import gzip
import importlib.util
import itertools
import json
import math
import re
import warnings
from pathlib import Path

import fairlearn.metrics as fm
import numpy as np
import pytest
from fitted_once import untraced
from sklearn import config_context
from sklearn.metrics import precision_score

from auditkit import metrics as am
from auditkit.counts import Cube
from auditkit.errors import MetricError, UndefinedMetricWarning
from auditkit.metrics import explain, gaps
from auditkit.metrics.compare import Question, compare
from auditkit.metrics.conventions import CONVENTIONS
from auditkit.metrics.counterparts import ALIASES, COUNTERPARTS, counterpart
from auditkit.metrics.declared import METRICS
from auditkit.metrics.differential import _smoothed
from auditkit.metrics.explain import explain_difference, question_of
from auditkit.metrics.made import gap_of
from auditkit.metrics.rates import _odds, odds_question

PEERS = Path(__file__).parent / "peers"
NAMES = "abcde"
NAN, INF = math.nan, math.inf


def _script(name):
    spec = importlib.util.spec_from_file_location(name, PEERS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


recorder, page = _script("record_peers"), _script("conventions_page")


def number(value):
    return NAN if value is None else float(value)


@functools.cache
def recorded(peer):
    """Return the columns, and (reference, cells, weights, values) of every table of a peer."""
    document = json.loads(gzip.decompress((PEERS / f"{peer}.json.gz").read_bytes()))
    assert len(document["tables"]) == recorder.TABLES
    assert document["seed"] == recorder.SEEDS[peer]
    return document["columns"], document["tables"]


@functools.cache
def cubes(peer):
    return [cube(cells, weights) for _, cells, weights, _ in recorded(peer)[1]]


def cube(cells, weights=None):
    """Return counts from rows of TN, FP, FN, TP, a row a group."""
    table = np.array(cells).reshape(-1, 2, 2)
    n = np.zeros((len(table), 3, 3), dtype=np.int64)
    n[:, :2, :2] = table
    w = n.astype(float)
    if weights is not None:
        w[:, :2, :2] *= np.array(weights).reshape(-1, 2, 2)
    return Cube(("g",), tuple((name,) for name in NAMES[: len(table)]), n, w, w)


def rows(cells):
    """Return group, label, decision, a row a person."""
    return recorder.rows((0, np.array(cells), None))[:3]


def question(row):
    if row.metric.startswith("equalized_odds"):
        return odds_question(
            row.metric.rsplit("_", 1)[1], {"worst": "worst_case"}.get(row.of, "mean")
        )
    if row.metric in gaps.QUESTIONS:
        return gaps.QUESTIONS[row.metric]
    rate, kind = row.metric.rsplit("_", 1)
    return Question(metric=row.metric, kind=kind, parts=(METRICS[rate],))


def read(row, table, reference):
    given = NAMES[reference] if reference is not None else None
    return compare(question(row), table, CONVENTIONS[row.convention], row, given)


def same(ours, theirs):
    if math.isnan(ours) or math.isnan(theirs):
        return math.isnan(ours) and math.isnan(theirs)
    return ours == theirs or abs(ours - theirs) <= 1e-9


def of(convention):
    return {row.function: row for row in COUNTERPARTS if row.convention == convention}


# ---- the recorded peers ------------------------------------------------------------------------


@untraced()  # three thousand tables; others ask the same of a few
@pytest.mark.parametrize("peer", ["aequitas", "dalex"])
def test_every_ratio_to_a_reference_is_the_one_recorded(peer):
    columns, tables = recorded(peer)
    functions = of(peer)
    name = "{}_disparity" if peer == "aequitas" else "result['{}']"
    assert {name.format(column) for column in columns} == set(functions)
    wrong = []
    for table, (reference, cells, _, values) in zip(cubes(peer), tables, strict=True):
        for place, column in enumerate(columns):
            found = read(functions[name.format(column)], table, reference)
            theirs = {(g,): number(values[i][place]) for i, g in enumerate(NAMES[: len(cells)])}
            base = theirs.pop((NAMES[reference],))
            assert math.isnan(base) or base == 1
            if not all(same(found.by_group[group], value) for group, value in theirs.items()):
                wrong.append((column, reference, cells))
            assert math.isnan(found.value) or found.value in found.by_group.values()
            if peer == "dalex":
                assert same(gaps._loss(found.by_group), number(values[-1][place]))
    assert wrong == []


@untraced()  # three thousand tables; others ask the same of a few
def test_every_number_of_clarify_is_the_one_recorded():
    """First everybody but the reference is the facet, then the first group against the rest."""
    columns, tables = recorded("clarify")
    functions = of("clarify")
    assert set(columns) == set(functions)
    wrong = []
    for table, (reference, cells, _, values) in zip(cubes("clarify"), tables, strict=True):
        first = cube([cells[0], np.sum(cells[1:], axis=0)])
        for place, column in enumerate(columns):
            row = functions[column]
            ours = read(row, table, reference).value, read(row, first, 1).value
            theirs = [number(line[place]) for line in values]
            if not all(same(mine, other) for mine, other in zip(ours, theirs, strict=True)):
                wrong.append((column, reference, cells, ours, theirs))
    assert wrong == []


def aif_column(row):
    if row.convention == "aif360.sklearn":
        return f"sklearn.{row.function.replace('y_true', 'labels')}"
    if row.function == "equal_opportunity_difference":  # an alias there
        return "ClassificationMetric.true_positive_rate_difference"
    return row.function if "." in row.function else f"ClassificationMetric.{row.function}"


def no_true_negatives(cells, reference):
    cells = np.array(cells)
    return not (cells[reference, 0] and np.delete(cells[:, 0], reference).sum())


@untraced()  # three thousand tables; others ask the same of a few
@pytest.mark.parametrize(
    "row",
    [row for row in COUNTERPARTS if row.convention.startswith("aif360")],
    ids=lambda row: f"{row.convention}:{row.metric}",
)
def test_every_number_of_aif360_is_the_one_recorded(row):
    columns, tables = recorded("aif360")
    place = columns.index(aif_column(row))
    parts = {part.name for part in question(row).parts}
    negatives = row.convention == "aif360.sklearn" and parts & {
        "true_negative_rate", "false_positive_rate"
    }  # fmt: skip
    compared = 0
    for table, (reference, cells, weights, values) in zip(cubes("aif360"), tables, strict=True):
        if negatives and weights and no_true_negatives(cells, reference):
            continue  # scikit-learn gets TN by subtraction there: what is left of 0 is rounding
        compared += 1
        assert same(read(row, table, reference).value, number(values[place])), (reference, cells)
    assert compared > 2500


@untraced()  # three thousand tables; others ask the same of a few
def test_the_differential_fairness_of_aif360_is_the_one_recorded():
    columns, tables = recorded("aif360")
    labels = columns.index("BinaryLabelDatasetMetric.smoothed_empirical_differential_fairness")
    amplified = columns.index("ClassificationMetric.differential_fairness_bias_amplification")
    for table, (_, _, _, values) in zip(cubes("aif360"), tables, strict=True):
        base, decided = (_smoothed(table, rate, 1.0) for rate in ("base_rate", "selection_rate"))
        assert same(base, number(values[labels]))
        assert same(decided - base, number(values[amplified]))


def test_every_recorded_column_is_compared():
    columns = set(recorded("aif360")[0])
    ours = {aif_column(row) for row in COUNTERPARTS if row.convention.startswith("aif360")}
    assert columns - ours == {  # the first two are others under another name
        "ClassificationMetric.difference(true_positive_rate)",
        "sklearn.difference(recall_score)",
        "BinaryLabelDatasetMetric.smoothed_empirical_differential_fairness",
        "ClassificationMetric.differential_fairness_bias_amplification",
    }
    for line in recorded("aif360")[1]:
        for ours, theirs in (
            ("true_positive_rate_difference", "difference(true_positive_rate)"),
            ("equal_opportunity_difference", "difference(recall_score)"),
        ):
            where = "sklearn" if "recall" in theirs else "ClassificationMetric"
            values = dict(zip(recorded("aif360")[0], line[3], strict=True))
            assert values[f"{where}.{ours}"] == values[f"{where}.{theirs}"]


@pytest.mark.parametrize("peer", ["aequitas", "dalex", "clarify", "aif360"])
def test_the_array_functions_give_what_the_counts_give(peer):
    for row in (row for row in COUNTERPARTS if row.convention == peer):
        agg = {"agg": "worst_case"} if row.metric.startswith("equalized") else {}
        function = FUNCTIONS[row.metric]
        for table, (reference, cells, weights, _) in list(
            zip(cubes(peer), recorded(peer)[1], strict=True)
        )[:12]:
            if weights:
                continue
            group, label, decision = rows(cells)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UndefinedMetricWarning)
                found = function(
                    label, decision, sensitive_features=group, reference=NAMES[reference],
                    convention=peer, **agg,
                )  # fmt: skip
            assert same(found, read(row, table, reference).value)


def _functions():
    named = {f"{rate}_{kind}" for rate in METRICS for kind in ("difference", "ratio")}
    found = {name: getattr(am, name) for name in named}
    found |= {name: getattr(gaps, name) for name in gaps.QUESTIONS}
    for kind in ("difference", "ratio"):
        found[f"equalized_odds_{kind}"] = getattr(am, f"equalized_odds_{kind}")
    return found


FUNCTIONS = _functions()


@untraced()  # it draws tables and asks nothing of ours
def test_a_recording_is_repeatable(monkeypatch, tmp_path):
    """The tables of a file are those that the script draws; the rest needs the libraries."""
    for peer in ("aequitas", "aif360"):
        drawn = recorder.tables(recorder.SEEDS[peer], weighted=peer == "aif360")
        for (reference, cells, weights), line in zip(drawn, recorded(peer)[1], strict=True):
            held = None if weights is None else weights.tolist()
            assert [reference, cells.tolist(), held] == line[:3]


# ---- fairlearn, live ---------------------------------------------------------------------------

FAIRLEARN = {
    "selection_rate": fm.selection_rate,
    "true_positive_rate": fm.true_positive_rate,
    "false_positive_rate": fm.false_positive_rate,
    "true_negative_rate": fm.true_negative_rate,
    "false_negative_rate": fm.false_negative_rate,
    "positive_predictive_value": functools.partial(precision_score, zero_division="warn"),
}
BATCH = 125
FEW = 25


@functools.cache
def live():
    return list(recorder.tables(150, weighted=True))


@untraced()  # three thousand tables; others ask the same of a few
@pytest.mark.parametrize("start", range(0, 3000, BATCH))
def test_every_gap_is_that_of_fairlearn(start):
    """One frame asks for the gaps of many tables: each table is a level of a control feature."""
    rates = list(FAIRLEARN)
    rate = rates[start // BATCH % len(rates)]
    batch = live()[start : start + BATCH]
    columns = [recorder.rows(table) for table in batch]
    group, label, decision, weight = (np.concatenate(part) for part in zip(*columns, strict=True))
    which = np.repeat(np.arange(len(batch)), [len(part[0]) for part in columns])
    with warnings.catch_warnings(), config_context(skip_parameter_validation=True):
        warnings.simplefilter("ignore")
        frame = fm.MetricFrame(
            metrics=FAIRLEARN[rate], y_true=label, y_pred=decision, sensitive_features=group,
            control_features=which, sample_params={"sample_weight": weight},
        )  # fmt: skip
        theirs = {"difference": frame.difference(), "ratio": frame.ratio()}
    for place, (_, cells, weights) in enumerate(batch):
        for kind, found in theirs.items():
            row = counterpart("fairlearn", f"{rate}_{kind}")
            ours = read(row, cube(cells, weights), None).value
            assert same(ours, float(found[place])), (rate, kind, cells)


@pytest.mark.parametrize(
    "row", [row for row in COUNTERPARTS if row.convention == "fairlearn"],
    ids=lambda row: f"{row.metric}:{row.of}",
)  # fmt: skip
def test_every_named_function_of_fairlearn(row):
    asked = {"metric": precision_score, "transform": row.metric.rsplit("_", 1)[1]}
    name = re.match(r"\w+", row.function)[0]
    function = fm.make_derived_metric(**asked) if "derived" in name else getattr(fm, name)
    agg = {"agg": {"worst": "worst_case"}.get(row.of, "mean")} if row.of != "only" else {}
    tables = [table for table in live() if table[1].sum() < 60][:FEW]
    for table in tables:
        group, label, decision, weight = recorder.rows(table)
        given = {"sensitive_features": group, "sample_weight": weight, **agg}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = function(label, label if "base" in row.metric else decision, **given)
            ours = FUNCTIONS[row.metric](label, decision, convention="fairlearn", **given)
        assert same(ours, float(theirs)), table[1]


# ---- our own convention, by the same engine ----------------------------------------------------


def test_the_engine_gives_our_own_numbers():
    """`compare` under our own rules and the short way of the default path are the same."""
    for table, (reference, *_) in list(
        zip(cubes("aequitas"), recorded("aequitas")[1], strict=True)
    )[:400]:
        for given in (None, NAMES[reference]):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UndefinedMetricWarning)
                for kind in ("difference", "ratio"):
                    for rate in METRICS.values():
                        asked = question_of(f"{rate.name}_{kind}")
                        row = counterpart("auditkit", asked.metric)
                        found = compare(asked, table, CONVENTIONS["auditkit"], row, given).value
                        assert same(found, gap_of(rate, table, kind, given))
                    for agg in ("worst_case", "mean"):
                        asked = odds_question(kind, agg)
                        row = counterpart("auditkit", asked.metric, asked.combine)
                        found = compare(asked, table, CONVENTIONS["auditkit"], row, given).value
                        assert same(found, _odds(asked, table, given))


# ---- same table, different answers (the table itself: test_same_table.py) ------------------------

EMPTY = {"fairlearn", "aif360", "aif360.sklearn", "aequitas", "clarify", "dalex"}


def under(metric, cells, reference="a", **expected):
    """Assert the number of each convention on one table: TN, FP, FN, TP of each group."""
    group, label, decision = rows(cells)
    for name, value in expected.items():
        convention = name.replace("aif360_sklearn", "aif360.sklearn")
        given = {"reference": reference} if CONVENTIONS[convention].with_reference else {}
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            found = getattr(am, metric, None) or getattr(gaps, metric)
            ours = found(label, decision, sensitive_features=group, convention=convention, **given)
        assert same(ours, value), (convention, ours)
        assert {item.category for item in caught} <= {UndefinedMetricWarning}
        if not math.isfinite(value):
            assert caught, convention


def test_a_group_without_positive_labels():
    """The true positive rate of b is 0/0: the alarm is false, the silence too."""
    cells = [(2, 1, 0, 3), (3, 1, 0, 0)]
    group, label, decision = rows(cells)
    found = fm.equal_opportunity_difference(label, decision, sensitive_features=group)
    assert found == 1.0
    under(
        "equal_opportunity_difference", cells,
        auditkit=NAN, fairlearn=1.0, aif360=NAN, aif360_sklearn=-1.0, clarify=1.0,
    )  # fmt: skip
    under("equal_opportunity_ratio", cells, fairlearn=0.0, aequitas=NAN, dalex=NAN)


def test_the_warning_names_the_group_and_what_stands_for_it():
    group, label, decision = rows([(2, 1, 0, 3), (3, 1, 0, 0)])
    given = {"sensitive_features": group}
    for convention, words in (
        ("fairlearn", r"undefined \(no positive labels\) in 'b': fairlearn counts it as 0"),
        ("auditkit", r"undefined \(no positive labels\) in 'b': left out"),
    ):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            am.equal_opportunity_difference(label, decision, convention=convention, **given)
        assert re.search(words, str(caught[0].message))
        assert caught[0].filename == __file__


def test_the_sign_of_a_gap():
    """Selected: 3 of 4 in a, 1 of 4 in b; a is the reference."""
    cells = [(1, 1, 0, 2), (2, 0, 1, 1)]
    under(
        "demographic_parity_difference", cells,
        auditkit=-0.5, fairlearn=0.5, aif360=-0.5, aif360_sklearn=-0.5, clarify=0.5,
    )  # fmt: skip
    under("demographic_parity_ratio", cells, "b", auditkit=3, fairlearn=1 / 3, aif360=3, aequitas=3)


def test_the_direction_is_mixed_in_clarify():
    cells = [(3, 1, 1, 3), (1, 3, 2, 2)]
    under("true_positive_rate_difference", cells, clarify=0.25, aif360=-0.25)  # a − d
    under("true_negative_rate_difference", cells, clarify=-0.5, aif360=-0.5)  # d − a


def test_a_third_group_is_pooled_or_compared_by_itself():
    cells = [(1, 1, 0, 2), (2, 0, 1, 1), (4, 0, 0, 0)]
    under(
        "demographic_parity_difference", cells,
        auditkit=-0.75, fairlearn=0.75, aif360=1 / 8 - 0.75, clarify=0.75 - 1 / 8,
    )  # fmt: skip
    under("demographic_parity_ratio", cells, aif360=1 / 6, aequitas=0.0, dalex=NAN)


def test_an_undefined_half_vanishes_behind_the_other():
    """FIELD: 0.25 while average_odds_difference is NaN."""
    cells = [(4, 0, 1, 3), (3, 1, 0, 0)]
    under("equalized_odds_difference", cells, aif360=0.25, auditkit=NAN, fairlearn=0.75)
    under("average_odds_difference", cells, aif360=NAN, auditkit=NAN, aif360_sklearn=-0.25)
    # The other half is not hidden: a NaN that comes first stays.
    no_negatives = [(4, 0, 1, 3), (0, 0, 1, 1)]
    under("equalized_odds_difference", no_negatives, aif360=NAN)


def test_an_undefined_ratio_vanishes_behind_the_other():
    """No false positives anywhere: the ratio of false positive rates is 0/0."""
    cells = [(4, 0, 0, 4), (4, 0, 2, 2)]
    group, label, decision = rows(cells)
    for agg in ("worst_case", "mean"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = fm.equalized_odds_ratio(label, decision, sensitive_features=group, agg=agg)
            given = {"sensitive_features": group, "agg": agg}
            ours = am.equalized_odds_ratio(label, decision, convention="fairlearn", **given)
            default = am.equalized_odds_ratio(label, decision, **given)
        assert ours == theirs == 0.5
        assert math.isnan(default)


def test_two_interfaces_of_one_package():
    """The classes and the functions of aif360 differ in 0/0."""
    cells = [(2, 0, 2, 0), (3, 0, 0, 0)]
    under("true_positive_rate_difference", cells, aif360=NAN, aif360_sklearn=0.0)
    under("positive_predictive_value_difference", cells, aif360=0.0, aif360_sklearn=0.0)
    under("selection_rate_ratio", cells, aif360=NAN, aif360_sklearn=0.0)
    under("false_negative_rate_difference", cells, aif360=NAN, aif360_sklearn=0.0)


def test_a_rate_of_zero_has_no_ratio_in_dalex():
    cells = [(2, 1, 0, 1), (3, 0, 1, 0)]
    under("selection_rate_ratio", cells, auditkit=0, aequitas=0, clarify=0, aif360=0, dalex=NAN)
    assert math.isnan(_quiet(gaps.parity_loss, cells, convention="dalex"))


def _quiet(function, cells, **given):
    group, label, decision = rows(cells)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        return function(label, decision, sensitive_features=group, reference="a", **given)


def test_infinite_quotients_cancel_in_clarify():
    cells = [(1, 0, 2, 3), (2, 0, 1, 3)]
    under("treatment_equality_difference", cells, clarify=0.0, auditkit=NAN)
    under("treatment_equality_difference", [(1, 1, 2, 3), (2, 0, 1, 3)], clarify=INF, auditkit=NAN)


# ---- requests that a convention cannot answer --------------------------------------------------


@pytest.mark.parametrize("convention", sorted(EMPTY - {"fairlearn"}))
def test_a_reference_is_required_where_the_library_requires_one(convention):
    assert CONVENTIONS[convention].needs_reference
    with pytest.raises(MetricError, match=rf"'{convention}' .*pass reference= \(one of 'a', 'b'\)"):
        am.selection_rate_ratio(
            None, [1, 0, 1, 1], sensitive_features=list("aabb"), convention=convention
        )


@pytest.mark.parametrize(
    ("metric", "given", "message"),
    [
        ("selection_rate_difference", {"convention": "fairlearn", "reference": "a"},
         "takes no reference: leave reference= out"),
        ("selection_rate_difference", {"convention": "aequitas", "reference": "a"},
         "aequitas has no counterpart of selection_rate_difference; these have: .*'clarify'"),
        ("equalized_odds_difference", {"convention": "aif360", "reference": "a", "agg": "mean"},
         r"aif360 has no counterpart of equalized_odds_difference \(average\)"),
        ("accuracy_ratio", {"convention": "clarify", "reference": "a"}, "no counterpart"),
        ("accuracy_ratio", {"convention": "aif360", "reference": "c"},
         "no reference group 'c'; groups: 'a', 'b'"),
        ("accuracy_ratio", {"convention": "fairlarn"},
         r"'fairlarn' is not known \(did you mean 'fairlearn'\?\); there are 'auditkit', "),
        ("equalized_odds_ratio", {"convention": "nobody"}, "'nobody' is not known; there are"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked(metric, given, message):
    with pytest.raises(MetricError, match=message):
        getattr(am, metric)([1, 0, 1, 0], [1, 0, 1, 1], sensitive_features=list("aabb"), **given)


def test_a_single_group_is_an_error_under_every_convention():
    for name, rules in CONVENTIONS.items():
        given = {"reference": "a"} if rules.needs_reference else {}
        with pytest.raises(MetricError, match="only one group"):
            am.selection_rate_ratio(
                None, [1, 0], sensitive_features=["a", "a"], convention=name, **given
            )


def test_conventions_are_whole():
    for row in COUNTERPARTS:
        assert row.convention in CONVENTIONS
        assert row.metric in FUNCTIONS
        assert row.sign in {1, -1}
    for name, rules in CONVENTIONS.items():
        assert name == rules.name
        assert rules.without_reference or rules.with_reference
        assert rules.source
        assert rules.version or name == "auditkit"
        has = {row.metric.rsplit("_", 1)[1] for row in COUNTERPARTS if row.convention == name}
        if name != "auditkit":
            assert ("difference" in has) == bool(rules.differences)
            assert ("ratio" in has) == bool(rules.ratios)


# ---- why the numbers differ --------------------------------------------------------------------


def test_the_reasons_lead_from_one_number_to_the_other():
    """Each explanation starts at the first number and ends at the other, with no step missing."""
    differing = 0
    for table, (reference, cells, _, _) in list(
        zip(cubes("dalex"), recorded("dalex")[1], strict=True)
    )[:25]:
        if sum(map(sum, cells)) > 100:
            continue
        group, label, decision = rows(cells)
        for metric in ("demographic_parity_ratio", "equal_opportunity_difference",
                       "equalized_odds_difference", "predictive_parity_ratio",
                       "treatment_equality_difference", "average_odds_difference"):  # fmt: skip
            for first in CONVENTIONS:
                found = explain_difference(
                    metric, label, decision, sensitive_features=group,
                    conventions=(first, *(name for name in CONVENTIONS if name != first)),
                    reference=NAMES[reference],
                )  # fmt: skip
                differing += _check(found, table)
    assert differing > 300


def _check(found, table):
    held = {name: value for name, value in found.values.items() if value is not None}
    first, *others = held
    text = "\n".join(found.reasons)
    count = 0
    for other in others:
        ours, theirs = (explain._number(held[name]) for name in (first, other))
        if same(held[first], held[other]):
            assert f"{other} agrees with {first} on this data." in found.reasons
            continue
        count += 1
        block = text.split(f"Why {other} differs from {first}:\n")[1].split("\nWhy ")[0]
        steps = re.findall(r"^- .*: (\S+) becomes (\S+)\.$", block, re.MULTILINE)
        assert steps, text
        assert steps[0][0] == ours
        assert steps[-1][1] == theirs
        assert all(one[1] == two[0] for one, two in itertools.pairwise(steps))
    return count


def test_an_explanation_reads_well():
    decision = [1] * 6 + [0] * 4 + [1] * 3 + [0] * 7 + [0] * 4
    label = [1] * 5 + [0] * 5 + [1] * 4 + [0] * 6 + [0] * 4
    found = explain_difference(
        "equal_opportunity_difference", label, decision,
        sensitive_features=["M"] * 10 + ["F"] * 10 + ["X"] * 4,
        conventions=("fairlearn", "aif360", "aequitas"), reference="M",
    )  # fmt: skip
    assert found.values == {"fairlearn": 1.0, "aif360": -0.25, "aequitas": None}
    assert str(found) == (
        "equal_opportunity_difference\n"
        "  fairlearn: 1 (equal_opportunity_difference: 1 of 'M' − 0 of 'X')\n"
        "  aif360: -0.25 (equal_opportunity_difference: 0.75 of 'F', 'X' together − 1 of 'M')\n"
        "  aequitas: no such metric\n"
        "Why aif360 differs from fairlearn:\n"
        "- undefined: true_positive_rate is undefined (no positive labels) in 'X': fairlearn "
        "counts it as 0, aif360 leaves it undefined: 1 becomes 0.25.\n"
        "- who is compared: fairlearn takes the largest and the smallest rate; aif360 compares "
        "with the reference, signed: 0.25 becomes -0.25."
    )


def test_what_cannot_be_explained():
    given = {"sensitive_features": list("aabb")}
    with pytest.raises(MetricError, match="two or more conventions"):
        explain_difference(
            "accuracy_ratio", [1, 0, 1, 0], [1, 0, 1, 0], conventions="dalex", **given
        )
    with pytest.raises(MetricError, match=r"no group metric 'acuracy_ratio' \(did you mean"):
        explain_difference("acuracy_ratio", [1, 0, 1, 0], [1, 0, 1, 0], **given)
    with pytest.raises(MetricError, match="'aif360' compares groups with a reference group"):
        explain_difference("accuracy_ratio", [1, 0, 1, 0], [1, 0, 1, 0], **given)
    with pytest.raises(MetricError, match="agg is 'best'"):
        question_of("equalized_odds_ratio", "best")
    for name in (*ALIASES, "equalized_odds", "accuracy"):
        assert question_of(f"{name}_ratio").kind == "ratio"


# ---- the page ----------------------------------------------------------------------------------


def test_the_tables_of_the_page_are_fresh():
    text = page.PAGE.read_text(encoding="utf-8")
    assert set(page.TABLES) == set(re.findall(r"<!-- conventions: (\w+) -->", text))
    assert page.fresh(text) == text, "run: python tests/peers/conventions_page.py"
    for name, rules in CONVENTIONS.items():
        assert f"`{name}`" in text
        assert rules.source in text
    for group, cells in page.HIRING.items():
        line = " | ".join(map(str, (group, *cells)))
        assert f"\n| {line} | {cells[1] + cells[3]} of {sum(cells)} |\n" in text


def test_the_page_says_what_the_functions_give():
    group, label, decision = rows(list(page.HIRING.values()))
    given = {"sensitive_features": [dict(zip(NAMES, page.HIRING, strict=False))[g] for g in group]}
    for metric in page.ASKED:
        function = getattr(am, metric, None) or getattr(gaps, metric)
        for convention in CONVENTIONS:
            held = {"reference": "men"} if CONVENTIONS[convention].needs_reference else {}
            theirs = page.under(convention, metric, page.HIRING, held.get("reference"))
            if theirs is None:
                with pytest.raises(MetricError, match="no counterpart"):
                    function(label, decision, convention=convention, **given, **held)
                continue
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UndefinedMetricWarning)
                ours = function(label, decision, convention=convention, **given, **held)
            assert same(ours, theirs)
