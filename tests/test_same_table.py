"""Same table, different answers: each cell of the table on ``docs/peers.md`` is a test.

fairlearn is asked here, AIF360, Aequitas, Clarify and dalex through their recorded conventions
(``test_peers.py``). jurity 2.1.0, fairscope 0.3.0 and equiboots 0.0.1a14 have no convention here:
their answers were read in their source and stand as facts; what is tested is what we answer.
"""

from __future__ import annotations

import math
import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import fairlearn.metrics as fm
import numpy as np
import pytest

from auditkit import metrics as am
from auditkit.errors import MetricError, UndefinedMetricWarning
from auditkit.metrics import explain_difference, gaps
from auditkit.metrics.conventions import CONVENTIONS
from auditkit.metrics.regression import mean_error

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "peers.md"
NAN, INF = math.nan, math.inf
LIBRARIES = ("fairlearn", "aif360", "aif360.sklearn", "aequitas", "clarify", "dalex")
OTHERS = ("jurity", "fairscope", "equiboots")

Cells = tuple[tuple[int, int, int, int], ...]
Answer = float | str | None
"""A number; a word for what was read and has no single number; None: no such metric."""


@dataclass(frozen=True)
class Case:
    """A table of two groups, a the reference, as TN, FP, FN, TP; and what is answered to it."""

    metric: str
    cells: Cells
    ours: float
    answers: dict[str, Answer]
    ratio: str = ""
    """The metric of libraries that have ratios only."""

    def metric_of(self, library: str) -> str:
        return self.ratio if self.ratio and library in {"aequitas", "dalex"} else self.metric


CASES = {
    "nobody is selected in either group, ratio of selection rates": Case(
        "demographic_parity_ratio", ((3, 0, 2, 0), (4, 0, 1, 0)), NAN,
        {"fairlearn": NAN, "aif360": NAN, "aif360.sklearn": 0.0, "aequitas": NAN, "clarify": 0.0,
         "dalex": NAN, "jurity": NAN, "fairscope": 1.0, "equiboots": -1.0},
    ),
    "nobody in the reference is selected, ratio of selection rates": Case(
        "demographic_parity_ratio", ((3, 0, 2, 0), (2, 2, 0, 1)), NAN,
        {"fairlearn": 0.0, "aif360": INF, "aif360.sklearn": 0.0, "aequitas": 10.0, "clarify": INF,
         "dalex": NAN, "jurity": "the count of positives", "fairscope": 0.0, "equiboots": -1.0},
    ),
    "a group without positive labels, gap of true positive rates": Case(
        "equal_opportunity_difference", ((2, 1, 0, 3), (3, 1, 0, 0)), NAN,
        {"fairlearn": 1.0, "aif360": NAN, "aif360.sklearn": -1.0, "aequitas": NAN, "clarify": 1.0,
         "dalex": NAN, "jurity": NAN, "fairscope": None, "equiboots": None},
        ratio="equal_opportunity_ratio",
    ),
    "sign of a gap: 1/4 selected, 3/4 of the reference": Case(
        "demographic_parity_difference", ((1, 1, 0, 2), (2, 0, 1, 1)), -0.5,
        {"fairlearn": 0.5, "aif360": -0.5, "aif360.sklearn": -0.5, "aequitas": None,
         "clarify": 0.5, "dalex": None, "jurity": "g1 − g2", "fairscope": "unsigned",
         "equiboots": None},
    ),
}  # fmt: skip

EVERY = [
    pytest.param(case, library, id=f"{name.split(',')[0].split(':')[0]}: {library}")
    for name, case in CASES.items()
    for library in case.answers
]


def arrays(cells):
    """Return label, decision, group, a row a person."""
    group = np.repeat(["a", "b"], [sum(one) for one in cells])
    label = np.concatenate([np.repeat([0, 0, 1, 1], one) for one in cells])
    decision = np.concatenate([np.repeat([0, 1, 0, 1], one) for one in cells])
    return label, decision, group


def asked(metric, cells, **given):
    """Return a gap under a convention, and what the warnings say."""
    label, decision, group = arrays(cells)
    function = getattr(am, metric, None) or getattr(gaps, metric)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = function(label, decision, sensitive_features=group, **given)
    assert {item.category for item in caught} <= {UndefinedMetricWarning}
    return found, " ".join(str(item.message) for item in caught)


def same(ours, theirs):
    return ours == theirs or (math.isnan(ours) and math.isnan(theirs))


def explained(case, *conventions):
    label, decision, group = arrays(case.cells)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        return explain_difference(
            case.metric, label, decision, sensitive_features=group, reference="a",
            conventions=conventions,
        )  # fmt: skip


@pytest.mark.parametrize(("case", "library"), EVERY)
def test_same_table_different_answers(case, library):
    theirs, metric = case.answers[library], case.metric_of(library)
    ours, said = asked(case.metric, case.cells, reference="a")
    assert same(ours, case.ours)
    assert bool(said) == math.isnan(ours)
    if library in OTHERS:
        _recorded(case, library)
        return
    given = {"reference": "a"} if CONVENTIONS[library].needs_reference else {}
    if theirs is None:
        with pytest.raises(MetricError, match=f"{library} has no counterpart"):
            asked(metric, case.cells, convention=library, **given)
        assert explained(case, "auditkit", library).values[library] is None
        return
    found, said = asked(metric, case.cells, convention=library, **given)
    assert same(found, theirs)
    assert said or math.isfinite(found)  # what is no number never comes without a word
    if library == "fairlearn":
        label, decision, group = arrays(case.cells)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            live = getattr(fm, metric)(label, decision, sensitive_features=group)
        assert same(live, theirs)
    if metric == case.metric:
        _explains(case, library, theirs)


def _explains(case, library, theirs):
    """The explanation starts at our number, ends at theirs, and has a reason for each step."""
    found = explained(case, "auditkit", library)
    assert same(found.values["auditkit"], case.ours)
    assert same(found.values[library], theirs)
    if same(theirs, case.ours):
        assert found.reasons == (f"{library} agrees with auditkit on this data.",)
        return
    assert found.reasons[0] == f"Why {library} differs from auditkit:"
    ends = re.findall(r": (\S+) becomes (\S+)\.$", "\n".join(found.reasons), re.MULTILINE)
    words = {INF: "infinite"}.get(theirs, f"{theirs:.4g}")
    assert ends[0][0] == ("undefined" if math.isnan(case.ours) else f"{case.ours:.4g}")
    assert ends[-1][1] == words


def _recorded(case, library):
    """These have no convention: the name is refused with those that there are.

    Why ours is what it is can be had all the same, by the side of a library that has one.
    """
    assert library not in CONVENTIONS
    with pytest.raises(MetricError, match=f"'{library}' is not known.*'clarify'"):
        explained(case, "auditkit", library)
    line = explained(case, "auditkit", "fairlearn").lines[0]
    assert line.startswith(f"auditkit: {'undefined' if math.isnan(case.ours) else case.ours} (")


@pytest.mark.parametrize(
    ("case", "conventions", "reason"),
    [
        ("nobody is selected", ("auditkit", "clarify"),
         "a rate of 0: the ratio 0/0 is undefined in auditkit, 0 in clarify"),
        ("nobody in the reference", ("auditkit", "aequitas"), "x/0 is undefined in auditkit, 10"),
        ("nobody in the reference", ("aif360", "aif360.sklearn"), "x/0 is infinite in aif360, 0"),
        ("nobody in the reference", ("auditkit", "fairlearn"),
         "who is compared: auditkit compares with the reference, which may be above 1"),
        ("a group without", ("auditkit", "fairlearn"),
         r"true_positive_rate is undefined (no positive labels) in 'b': auditkit leaves it "
         "undefined, fairlearn counts it as 0"),
        ("sign", ("auditkit", "clarify"), "direction: clarify gives reference − group"),
        ("sign", ("auditkit", "fairlearn"), "compares with the reference, signed"),
    ],
)  # fmt: skip
def test_the_reason_of_a_difference_is_the_rule(case, conventions, reason):
    (found,) = [one for name, one in CASES.items() if name.startswith(case)]
    assert reason in "\n".join(explained(found, *conventions).reasons)


# ---- known disagreements -----------------------------------------------------------------------


def test_equalized_odds_of_aif360_lose_what_is_undefined():
    """Python's max(0.25, nan) is 0.25: nobody in b has a positive label."""
    cells = ((4, 0, 1, 3), (3, 1, 0, 0))
    given = {"reference": "a", "convention": "aif360"}
    assert max(0.25, NAN) == 0.25
    assert asked("equalized_odds_difference", cells, **given)[0] == 0.25
    assert math.isnan(asked("average_odds_difference", cells, **given)[0])
    ours, said = asked("equalized_odds_difference", cells, reference="a")
    assert math.isnan(ours)
    assert "no positive labels) in 'b'" in said
    label, decision, group = arrays(cells)
    found = explain_difference(
        "equalized_odds_difference", label, decision, sensitive_features=group, reference="a",
        conventions=("auditkit", "aif360"),
    )  # fmt: skip
    assert "a defined first value hides an undefined second one" in "\n".join(found.reasons)


def test_class_imbalance_has_opposite_signs_in_clarify_and_aif360():
    """(n_a − n_d) / (n_a + n_d) there, (n_u − n_p) / (n_u + n_p) here; a and p the reference."""
    group = ["a"] * 60 + ["d"] * 40
    clarify, aif360 = (60 - 40) / 100, (40 - 60) / 100
    given = {"sensitive_features": group, "reference": "a"}
    assert am.class_imbalance(**given) == pytest.approx(clarify)
    assert am.class_imbalance(convention="clarify", **given) == pytest.approx(clarify)
    assert am.class_imbalance(convention="aif360", **given) == pytest.approx(aif360)


def test_acceptance_in_clarify_is_a_full_gap_where_nobody_has_the_label():
    """DCA: labels over decisions, 3/3 in a and 0/1 in b; RD: 3/3 and 0/0, which counts as 0."""
    cells = ((1, 0, 0, 3), (2, 1, 0, 0))
    given = {"reference": "a", "convention": "clarify"}
    assert asked("conditional_acceptance_difference", cells, **given)[0] == 1.0
    assert asked("true_positive_rate_difference", cells, **given)[0] == 1.0
    assert asked("conditional_acceptance_difference", cells, reference="a")[0] == -1.0
    assert math.isnan(asked("true_positive_rate_difference", cells, reference="a")[0])


def test_a_divergence_is_not_negative():
    """Clarify drops labels that one group lacks: ½ ln ½ = −0.347 of p = (½, ½), q = (1, 0)."""
    label, group = ["x", "z", "x", "x"], ["a", "a", "d", "d"]
    assert 0.5 * math.log(0.5 / 1) == pytest.approx(-0.347, abs=5e-4)
    with pytest.warns(UndefinedMetricWarning, match="label 'z' occurs in 'a' and not in 'd'"):
        found = am.kl_divergence(label, sensitive_features=group, reference="a")
    assert math.isnan(found)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        theirs = [
            am.kl_divergence(label, sensitive_features=group, reference="a", convention=name)
            for name in ("clarify", "aif360")
        ]
    assert theirs == [pytest.approx(0.5 * math.log(0.5)), INF]
    # The other way round nothing is lacking: ln(1 / ½).
    turned = am.kl_divergence(label, sensitive_features=group, reference="d")
    assert turned == pytest.approx(math.log(2))


def test_a_quotient_over_nothing_is_ten_in_aequitas():
    cells = ((3, 0, 2, 0), (2, 2, 0, 1))
    given = {"reference": "a", "convention": "aequitas"}
    found, said = asked("demographic_parity_ratio", cells, **given)
    assert found == 10.0
    assert "10" in said
    assert math.isnan(asked("demographic_parity_ratio", cells, reference="a")[0])


def test_shares_of_the_selected_are_not_selection_rates():
    """Aequitas: statistical parity (ppr) and impact parity (pprev); rates ½, ½ of 8 and 4."""
    cells = ((2, 2, 2, 2), (1, 1, 1, 1))
    given = {"reference": "a", "convention": "aequitas"}
    assert asked("selected_share_ratio", cells, **given)[0] == 0.5
    assert asked("demographic_parity_ratio", cells, **given)[0] == 1.0
    assert asked("demographic_parity_ratio", cells, reference="a")[0] == 1.0


def test_rates_of_dalex_are_rounded_first():
    cells = ((2, 0, 0, 1), (5, 1, 0, 0))  # 1/3 and 1/6
    given = {"reference": "a", "convention": "dalex"}
    assert asked("demographic_parity_ratio", cells, **given)[0] == 0.167 / 0.333
    assert asked("demographic_parity_ratio", cells, reference="a")[0] == 0.5
    label, decision, group = arrays(cells)
    found = explain_difference(
        "demographic_parity_ratio", label, decision, sensitive_features=group, reference="a",
        conventions=("auditkit", "dalex"),
    )  # fmt: skip
    assert found.reasons[1].startswith(
        "- rounding: auditkit does not round, dalex rounds rates to 3 decimals: 0.5 becomes 0.5015"
    )


def test_the_mean_error_of_dalex_is_over_everybody():
    """Errors 1, 2, 3 in a; 5 in b: 6/4 and 5/4 there, 6/3 and 5/1 are the means."""
    y, p, group = np.zeros(4), np.array([1.0, 2.0, 3.0, 5.0]), np.array(list("aaab"))
    for name, theirs, mean in (("a", 6 / 4, 2.0), ("b", 5 / 4, 5.0)):
        here = group == name
        ours = abs(mean_error(y[here], p[here]))
        assert ours == mean
        assert ours * here.sum() / len(group) == pytest.approx(theirs)


def test_conditional_disparity_without_a_stratum_is_nothing():
    """AIF360's takes no stratum: it sums over the groups, and equal groups always cancel out.

    a: 3 of 4 accepted, b: 1 of 4. Of 4 rejected 1 and 3, of 4 accepted 3 and 1.
    """
    label, group = [1, 1, 1, 0, 1, 0, 0, 0], list("aaaabbbb")
    rejected, accepted = (1 / 4, 3 / 4), (3 / 4, 1 / 4)
    theirs = sum(4 * (r - a) for r, a in zip(rejected, accepted, strict=True)) / 8
    assert theirs == 0
    given = {"sensitive_features": group, "reference": "a"}
    assert am.demographic_disparity(label, **given) == 0.5
    with pytest.raises(MetricError, match="needs strata"):
        am.conditional_demographic_disparity(label, strata=None, **given)
    found = am.conditional_demographic_disparity(label, strata=["s"] * 8, **given)
    assert found == 0.5


def test_a_stratum_of_one_outcome_is_left_out_and_not_zero():
    """Clarify's CDDL counts the missing side of stratum t as 0: (4 · 0 + 2 · (0 − ½)) / 6."""
    label = [1, 0, 1, 0, 1, 1]
    group, stratum = list("aabbab"), list("sssstt")
    theirs = (4 * (1 / 2 - 1 / 2) + 2 * (0 - 1 / 2)) / 6
    assert theirs == pytest.approx(-1 / 6)
    with pytest.warns(UndefinedMetricWarning, match="stratum 't': left out"):
        found = am.conditional_demographic_disparity(
            label, sensitive_features=group, strata=stratum, reference="a"
        )
    assert found == 0
    found = am.conditional_demographic_disparity(
        label, sensitive_features=group, strata=stratum, reference="a", convention="clarify"
    )
    assert found == pytest.approx(theirs)


def test_the_bayes_factor_is_evidence_for_a_difference():
    """audit-AI's docstring and its check (more than 3 fails) do not agree on the direction."""
    group = ["a"] * 100 + ["b"] * 100
    apart = am.selection_bayes_factor(None, [1] * 80 + [0] * 120, sensitive_features=group)
    alike = am.selection_bayes_factor(None, [1, 0] * 100, sensitive_features=group)
    assert alike < 1 < 3 < apart


# ---- the page ----------------------------------------------------------------------------------


def shown(answer):
    if answer is None:
        return "·"
    if isinstance(answer, str):
        return answer
    if math.isnan(answer):
        return "undefined"
    return "infinite" if math.isinf(answer) else f"{answer:g}".replace("-", "−")


def test_the_page_has_every_cell():
    text = PAGE.read_text("utf-8")
    head = ("", "auditkit", *LIBRARIES, *OTHERS)
    assert f"| {' | '.join(head)} |\n".replace("|  |", "| |") in text
    for name, case in CASES.items():
        row = [shown(case.answers[library]) for library in (*LIBRARIES, *OTHERS)]
        assert f"| {name} | {shown(case.ours)} | {' | '.join(row)} |\n" in text, name


def test_every_known_disagreement_on_the_page_has_its_test():
    _, _, part = PAGE.read_text("utf-8").partition("\n## Known disagreements\n")
    named = re.findall(r"\| `(test_\w+)` \|$", part, re.MULTILINE)
    assert len(named) == len(set(named)) > 10
    tests = "\n".join(path.read_text("utf-8") for path in sorted(HERE.glob("test_*.py")))
    for name in named:
        assert f"\ndef {name}(" in tests, name
