"""What the missing could hide, outcomes of the selected only, and distances between outcomes."""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import auditkit
from auditkit import metrics
from auditkit.counts import UNKNOWN, Counts
from auditkit.fairness import compare, label_distances, measure
from auditkit.findings import judge
from auditkit.identification import gap_bounds, selective_labels
from auditkit.policy import Policy

POLICY = Policy.default()
Cells = dict[tuple[tuple[str | None, ...], int], int]


def counted(cells: Cells, attributes: tuple[str, ...] = ("sex",)) -> Counts:
    return Counts.from_cells(
        [((group, (), (y,)), (n, float(n), float(n))) for (group, y), n in cells.items()],
        attributes=attributes,
    )


def gaps(counts: Counts, reference: dict[str, str]) -> list[Any]:
    sets = [tuple(counts.attributes)]
    found = compare(counts, sets, stage="label", policy=POLICY, reference=reference)
    return judge(found, measure(counts, sets[0], stage="label"), POLICY)


def ends(rows: list[dict[str, Any]], cause: str, kind: str = "difference") -> tuple[Any, Any]:
    (row,) = (row for row in rows if (row["cause"], row["kind"]) == (cause, kind))
    return row["low"], row["high"]


# ---- bounds -------------------------------------------------------------------------------------


def test_bounds_by_hand() -> None:
    """20 of 50 women, 30 of 50 men; 5 women and 3 men without an outcome; 4 of unknown sex, 1 yes.

    Outcomes: lowest 20/55 - 33/53, highest 25/55 - 30/53. Groups: lowest 20/53 - 31/51, highest
    21/51 - 30/53. Both at once: lowest 20/58 - 34/54, highest 26/56 - 30/56.
    """
    counts = counted(
        {
            (("F",), 1): 20, (("F",), 0): 30, (("F",), UNKNOWN): 5,
            (("M",), 1): 30, (("M",), 0): 20, (("M",), UNKNOWN): 3,
            ((None,), 1): 1, ((None,), 0): 3,
        }
    )  # fmt: skip
    rows = gap_bounds(counts, gaps(counts, {"sex": "M"}), stage="label", policy=POLICY)
    assert {tuple(row["group"]) for row in rows} == {("F",)}  # none for those of unknown sex
    assert ends(rows, "outcome") == pytest.approx((20 / 55 - 33 / 53, 25 / 55 - 30 / 53))
    assert ends(rows, "group") == pytest.approx((20 / 53 - 31 / 51, 21 / 51 - 30 / 53))
    assert ends(rows, "both") == pytest.approx((20 / 58 - 34 / 54, 26 / 56 - 30 / 56))
    assert ends(rows, "both", "ratio") == pytest.approx((20 / 58 / (34 / 54), 26 / 56 / (30 / 56)))
    assert {row["cause"]: row["unknown"] for row in rows} == {"outcome": 8, "group": 4, "both": 12}
    beyond = {row["cause"]: row["beyond"] for row in rows if row["kind"] == "ratio"}
    assert beyond == {"outcome": "depends", "group": "always", "both": "depends"}
    assert {row["beyond"] for row in rows if row["kind"] == "difference"} == {None}


def test_crossed_groups_take_who_fits() -> None:
    """One woman of unknown race could be of F/x or F/y, not of M/x; one man could be of M/x."""
    cells: Cells = {
        (("F", "x"), 1): 10, (("F", "x"), 0): 30, (("F", "y"), 1): 15, (("F", "y"), 0): 25,
        (("M", "x"), 1): 20, (("M", "x"), 0): 20, (("M", "y"), 1): 20, (("M", "y"), 0): 20,
        (("F", None), 1): 1, (("M", None), 0): 1,
    }  # fmt: skip
    counts = counted(cells, ("sex", "race"))
    found = gap_bounds(
        counts, gaps(counts, {"sex": "M", "race": "x"}), stage="label", policy=POLICY
    )
    rows = [r for r in found if r["group"] == ["F", "x"]]
    assert {row["cause"] for row in rows} == {"group"}
    assert ends(rows, "group") == pytest.approx((10 / 40 - 20 / 40, 11 / 41 - 20 / 41))


def test_bounds_hold_every_filling_in() -> None:
    cells: Cells = {
        (("F",), 1): 3, (("F",), 0): 4, (("F",), UNKNOWN): 2, (("M",), 1): 4, (("M",), 0): 2,
        (("M",), UNKNOWN): 1, ((None,), 1): 1, ((None,), UNKNOWN): 2,
    }  # fmt: skip
    rows: list[dict[str, Any]] = []
    counts = counted(cells)
    rows = gap_bounds(counts, gaps(counts, {"sex": "M"}), stage="label", policy=POLICY)
    low, high = ends(rows, "both")
    known = [("F", y) for y, n in ((1, 3), (0, 4)) for _ in range(n)]
    known += [("M", y) for y, n in ((1, 4), (0, 2)) for _ in range(n)]
    open_ = [[("F", 0), ("F", 1)]] * 2 + [[("M", 0), ("M", 1)]] + [[("F", 1), ("M", 1)]]
    open_ += [[(g, y) for g in "FM" for y in (0, 1)]] * 2
    found = []
    for filled in itertools.product(*open_):
        people = [*known, *filled]
        rates = [np.mean([y for g, y in people if g == which]) for which in "FM"]
        found.append(rates[0] - rates[1])
    assert low <= min(found) + 1e-9
    assert high >= max(found) - 1e-9
    # In fractions of a person the extreme may lie a little further out.
    assert (low, high) == pytest.approx((min(found), max(found)), abs=0.02)


def test_nothing_missing_has_no_bounds() -> None:
    counts = counted({(("F",), 1): 3, (("F",), 0): 4, (("M",), 1): 4, (("M",), 0): 2})
    assert gap_bounds(counts, gaps(counts, {"sex": "M"}), stage="label", policy=POLICY) == []
    assert gap_bounds(counts, [], stage="model", policy=POLICY) == []


def test_a_verdict_that_the_missing_could_turn_is_said() -> None:
    frame = pd.DataFrame(
        {
            "sex": ["F"] * 200 + ["M"] * 200,
            "hired": [1.0] * 60 + [0.0] * 90 + [None] * 50 + [1.0] * 120 + [0.0] * 60 + [None] * 20,
        }
    )
    data = auditkit.load(frame, label="hired", protected="sex", reference={"sex": "M"})
    record = auditkit.profile(data)
    (gap,) = (f for f in record.findings if f.kind == "outcome-gap")
    assert gap.level == "flag"
    assert "Whatever holds for the 70 people whose outcome is missing" in gap.detail
    assert gap.evidence["bounds"]["low"] == pytest.approx((60 / 200) / (140 / 200))
    (open_,) = (f for f in record.findings if f.kind == "not-identified")
    assert (open_.level, open_.group) == ("inconclusive", ("F",))
    assert open_.title == "sex: what is missing could turn the verdict on F"
    # The label counts as a column with empty cells, by group: 25 % of women, 10 % of men.
    shares = {
        tuple(row["group"]): row["share"]
        for row in record.profile["missing"]
        if row["column"] == "hired"
    }
    assert shares == {("F",): 0.25, ("M",): 0.1}
    assert any(f.title == "hired: missing more often for F" for f in record.findings)


def test_decisions_have_bounds_too() -> None:
    frame = pd.DataFrame(
        {"sex": ["F"] * 100 + ["M"] * 100,
         "chosen": ["y"] * 30 + ["n"] * 60 + [None] * 10 + ["y"] * 50 + ["n"] * 50}
    )  # fmt: skip
    data = auditkit.load(
        frame, prediction="chosen", positive="y", protected="sex", reference={"sex": "M"}
    )
    rows = auditkit.audit(data).profile["bounds"]
    assert {row["stage"] for row in rows} == {"decision"}
    assert ends(rows, "outcome") == pytest.approx((0.3 - 0.5, 0.4 - 0.5))


# ---- selective labels ---------------------------------------------------------------------------


def hired_only(rejected_known: int = 0) -> pd.DataFrame:
    """100 women and 100 men; 40 and 60 hired; of them 30 and 40 do well; nobody knows of others."""
    rows = []
    for sex, hired, well in (("F", 40, 30), ("M", 60, 40)):
        for i in range(100):
            known = i < hired or i - hired < rejected_known
            rows.append((sex, int(i < hired), float(i < well) if known else None))
    return pd.DataFrame(rows, columns=["sex", "hired", "good"])


def test_outcomes_of_the_selected_only() -> None:
    data = auditkit.load(hired_only(), label="good", prediction="hired", protected="sex")
    record = auditkit.audit(data)
    rows = {(row["metric"], *row["group"]): row for row in record.profile["not_identified"]}
    base = rows["base_rate", "F"]
    assert (base["low"], base["high"]) == pytest.approx((0.3, 0.9))  # 30 to 90 of 100
    assert base["value"] == pytest.approx(30 / 40)
    tpr = rows["true_positive_rate", "F"]  # 30 of 30 to 90 good ones
    assert (tpr["low"], tpr["high"]) == pytest.approx((30 / 90, 1.0))
    fpr = rows["false_positive_rate", "F"]  # 10 of 10 to 70 others
    assert (fpr["low"], fpr["high"]) == pytest.approx((10 / 70, 1.0))
    npv = rows["negative_predictive_value", "F"]
    assert (npv["low"], npv["high"], npv["value"]) == (0.0, 1.0, None)
    whole = rows[("base_rate",)]
    assert (whole["low"], whole["high"]) == pytest.approx((0.35, 0.85))
    (finding,) = (f for f in record.findings if f.title.startswith("Outcomes exist only"))
    assert (finding.kind, finding.level) == ("not-identified", "inconclusive")
    assert "known for 100.0 % of those with a positive decision and for 0.0 % of the others" in (
        finding.detail
    )
    assert "true positive rate" in finding.detail
    assert "sex F: 30.0 % to 90.0 %" in finding.detail


def test_outcomes_of_others_too_are_no_selection() -> None:
    data = auditkit.load(hired_only(5), label="good", prediction="hired", protected="sex")
    assert auditkit.audit(data).profile["not_identified"] == []
    everybody = hired_only().assign(good=1)
    everybody.loc[::3, "good"] = 0
    data = auditkit.load(everybody, label="good", prediction="hired", protected="sex")
    assert auditkit.audit(data).profile["not_identified"] == []


def test_a_stage_is_a_selection() -> None:
    frame = hired_only().rename(columns={"hired": "joined"}).assign(applied=1)
    data = auditkit.load(
        frame, label="good", protected="sex", stages=["applied", "joined"],
    )  # fmt: skip
    record = auditkit.profile(data)
    assert {row["metric"] for row in record.profile["not_identified"]} == {"base_rate"}
    (finding,) = (f for f in record.findings if f.title.startswith("Outcomes exist only"))
    assert "reaching 'joined'" in finding.detail


def test_few_rejected_say_nothing() -> None:
    counts = Counts.from_cells(
        [((("F",), (), (1, 1)), (90, 90.0, 90.0)), ((("M",), (), (UNKNOWN, 0)), (9, 9.0, 9.0))],
        attributes=["sex"], outcomes=["label", "decision"],
    )  # fmt: skip
    assert selective_labels(counts, [("sex",)]) == []


# ---- distances ----------------------------------------------------------------------------------


def test_the_distances_are_those_of_the_metrics() -> None:
    frame = pd.DataFrame(
        {"sex": ["F"] * 30 + ["M"] * 50, "y": [1] * 6 + [0] * 24 + [1] * 30 + [0] * 20}
    )
    data = auditkit.load(frame, label="y", protected="sex", reference={"sex": "M"})
    (row,) = auditkit.profile(data).profile["distances"]
    common: dict[str, Any] = {"sensitive_features": frame["sex"], "reference": "M"}
    for name in (
        "kl_divergence", "jensen_shannon_divergence", "hellinger_distance", "lp_norm",
        "total_variation_distance", "kolmogorov_smirnov", "label_proportion_difference",
    ):  # fmt: skip
        assert row[name] == pytest.approx(getattr(metrics, name)(frame["y"], **common)), name
    assert row["class_imbalance"] == pytest.approx(metrics.class_imbalance(**common))
    # By hand: rates .2 and .6, 30 and 50 people.
    assert row["class_imbalance"] == pytest.approx(20 / 80)
    assert row["label_proportion_difference"] == pytest.approx(-0.4)
    assert row["total_variation_distance"] == pytest.approx(0.4)
    assert row["lp_norm"] == pytest.approx(0.4 * math.sqrt(2))
    assert row["kl_divergence"] == pytest.approx(
        0.6 * math.log(0.6 / 0.2) + 0.4 * math.log(0.4 / 0.8)
    )


def test_an_infinite_divergence_is_null_with_a_reason() -> None:
    counts = counted({(("F",), 0): 40, (("M",), 1): 20, (("M",), 0): 20})
    (row,) = label_distances(counts, gaps(counts, {"sex": "M"}))
    assert row["kl_divergence"] is None
    assert "kl_divergence" in row["reasons"]
    assert row["total_variation_distance"] == pytest.approx(0.5)
    unknown = counted({(("F",), UNKNOWN): 40, (("M",), 1): 20, (("M",), 0): 20})
    (row,) = label_distances(unknown, gaps(unknown, {"sex": "M"}))
    assert row["class_imbalance"] is None
    assert row["reasons"]["lp_norm"] == "no row with a known label"


def test_distances_of_crossed_groups_only_where_they_are_large() -> None:
    cells: Cells = {
        (("F", "x"), 1): 10, (("F", "x"), 0): 30, (("F", "y"), 1): 1, (("F", "y"), 0): 2,
        (("M", "x"), 1): 20, (("M", "x"), 0): 20,
    }  # fmt: skip
    counts = counted(cells, ("sex", "race"))
    found = gaps(counts, {"sex": "M", "race": "x"})
    assert [row["group"] for row in label_distances(counts, found, min_group=30)] == [["F", "x"]]


# ---- real data ----------------------------------------------------------------------------------


def test_the_age_of_titanic_is_missing_with_the_outcome(shared_data: Path) -> None:
    """facts.json: 263 without an age, 73 of them survived; 427 of the 1,046 others."""
    data = auditkit.load(
        shared_data / "titanic.csv", label="survived", positive="yes", protected=["sex", "age"],
        bins={"age": "auto"},
    )  # fmt: skip
    record = auditkit.profile(data)
    (row,) = (r for r in record.profile["missing_outcome"] if r["column"] == "age")
    assert (row["missing_events"], row["missing_n"]) == (73, 263)
    assert (row["known_events"], row["known_n"]) == (427, 1046)
    (finding,) = (f for f in record.findings if f.kind == "missingness" and f.level == "flag")
    assert finding.title == "age: missing values go with the outcome"
    # 263 people could be of any age: the bounds of every age gap take them in.
    causes = {
        (row["cause"], row["unknown"])
        for row in record.profile["bounds"]
        if row["attributes"] == ["age"]
    }
    assert causes == {("group", 263)}


def test_employment_of_the_survey_has_bounds(shared_data: Path) -> None:
    """acs2012: 395 without an employment status; by hand from facts.json, women 373 of 793."""
    path = shared_data / "acs2012_sample.csv"
    frame = pd.read_csv(path)
    empty = frame["employment"].isna().groupby(frame["gender"]).sum()
    data = auditkit.load(
        path, label="employment", positive="employed", protected="gender",
        reference={"gender": "male"},
    )  # fmt: skip
    rows = auditkit.profile(data).profile["bounds"]
    low, high = ends(rows, "outcome")
    women, men = int(empty["female"]), int(empty["male"])
    assert women + men == 395
    assert low == pytest.approx(373 / (793 + women) - (470 + men) / (812 + men))
    assert high == pytest.approx((373 + women) / (793 + women) - 470 / (812 + men))
