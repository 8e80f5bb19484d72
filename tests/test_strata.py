"""Like with like: adjusted gaps, the split of a gap, and strata that nobody declared."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import auditkit
from auditkit import inference
from auditkit.counts import Counts
from auditkit.fairness import compare, measure
from auditkit.findings import judge, simpson_findings
from auditkit.policy import Policy
from auditkit.strata import decompose, propose_strata, stratify

POLICY = Policy.default()
Table = dict[tuple[str, ...], tuple[int, int]]

# Women and men of two departments: 20 of 100 against 10 of 100, 90 of 100 against 80 of 900.
EASY: Table = {
    ("F", "hard"): (180, 900), ("M", "hard"): (10, 100),
    ("F", "easy"): (90, 100), ("M", "easy"): (720, 900),
}  # fmt: skip


def counted(table: Table, strata: Sequence[str] = ("dept",)) -> Counts:
    cells = []
    for (group, *levels), (events, n) in table.items():
        for y, k in ((1, events), (0, n - events)):
            cells.append((((group,), tuple(levels), (y,)), (k, float(k), float(k))))
    return Counts.from_cells(cells, attributes=["sex"], strata=strata)


def gaps(counts: Counts, reference: str = "M") -> list[Any]:
    sets = [("sex",)]
    found = compare(counts, sets, stage="label", policy=POLICY, reference={"sex": reference})
    return judge(found, measure(counts, ["sex"], stage="label"), POLICY)


def told(table: Table, **kwargs: Any) -> list[Any]:
    counts = counted(table, **kwargs)
    rows = stratify(counts, gaps(counts), stage="label", policy=POLICY)
    splits = decompose(counts, gaps(counts), stage="label")
    return simpson_findings(rows, splits, policy=POLICY)


# ---- adjusted rates -----------------------------------------------------------------------------


def test_rates_are_adjusted_too_and_judged() -> None:
    counts = counted(EASY)
    (row,) = stratify(counts, gaps(counts), stage="label")
    # Pooled: 270 of 1,000 against 730 of 1,000. Within: +10 points in both, weights 90 and 90.
    assert row["pooled_difference"] == pytest.approx(-0.46)
    assert row["adjusted_difference"] == pytest.approx(0.1)
    # (180 * 100 / 1000 + 90 * 900 / 1000) / (10 * 900 / 1000 + 720 * 100 / 1000)
    assert row["adjusted_ratio"] == pytest.approx((18 + 81) / (9 + 72))
    assert row["pooled_verdict"] == "flag"
    assert row["adjusted_verdict"] in {"note", "inconclusive"}
    hard = row["levels"][1]
    assert (hard["level"], hard["difference"]) == ("hard", pytest.approx(0.1))
    assert hard["p_value"] == pytest.approx(inference.pooled_z(180, 900, 10, 100)[1])
    assert row["levels"][0]["p_adjusted"] >= row["levels"][0]["p_value"]


def test_the_paradox_with_its_split() -> None:
    (finding,) = told(EASY)
    assert finding.level == "flag"
    assert finding.title == "sex: the gap of F turns round within 'dept'"
    # Composition: (.9 - .1)(.2 + .1)/2 + (.1 - .9)(.9 + .8)/2 = -.56; treatment +.1: sum -.46.
    assert finding.evidence["split"]["composition"] == pytest.approx(-0.56)
    assert finding.evidence["split"]["treatment"] == pytest.approx(0.1)
    assert "The split says composition" in finding.detail


def test_one_stratum_the_other_way_round_is_named() -> None:
    table: Table = {
        ("F", "A"): (100, 400), ("M", "A"): (200, 400),
        ("F", "B"): (100, 400), ("M", "B"): (200, 400),
        ("F", "C"): (200, 400), ("M", "C"): (100, 400),
    }  # fmt: skip
    (finding,) = told(table)
    assert (finding.kind, finding.level) == ("simpson", "flag")
    assert finding.title == "sex: the gap of F turns round in 'dept' C"
    assert finding.evidence["reversed"] == ["C"]
    assert "50.0 % against 25.0 %" in finding.detail


def test_strata_that_differ_in_size_only_are_a_note() -> None:
    table: Table = {
        ("F", "A"): (40, 400), ("M", "A"): (250, 400),
        ("F", "B"): (180, 400), ("M", "B"): (220, 400),
    }  # fmt: skip
    (finding,) = told(table)
    assert finding.level == "note"
    assert "differs between the levels of 'dept'" in finding.title
    assert finding.evidence["reversed"] == []


def test_a_gap_that_comes_out_within_strata() -> None:
    # All together 500 of 1,000 each; within each department women are 20 points behind.
    table: Table = {
        ("F", "easy"): (480, 800), ("M", "easy"): (160, 200),
        ("F", "hard"): (20, 200), ("M", "hard"): (340, 800),
    }  # fmt: skip
    (finding,) = told(table)
    assert finding.title.endswith("the gap of F comes out within 'dept'")


def test_no_alarm_where_nothing_changes() -> None:
    table: Table = {
        ("F", "A"): (100, 400), ("M", "A"): (200, 400),
        ("F", "B"): (100, 400), ("M", "B"): (200, 400),
    }  # fmt: skip
    assert told(table) == []


def test_several_strata_are_crossed_too() -> None:
    table: Table = {
        ("F", "A", "1"): (10, 50), ("M", "A", "1"): (20, 60),
        ("F", "B", "2"): (30, 90), ("M", "B", "2"): (20, 80), ("M", "B", "1"): (2, 9),
    }  # fmt: skip
    counts = counted(table, strata=("dept", "year"))
    rows = stratify(counts, gaps(counts), stage="label")
    assert [row["stratum"] for row in rows] == ["dept", "year", "dept × year"]
    both = rows[-1]
    assert [item["level"] for item in both["levels"]] == ["A / 1", "B / 1", "B / 2"]
    assert both["levels"][1]["difference"] is None  # women: nobody
    expected = inference.mantel_haenszel([(10, 50, 20, 60), (0, 0, 2, 9), (30, 90, 20, 80)])
    assert both["adjusted"] == pytest.approx(expected.odds_ratio)
    split = decompose(counts, gaps(counts), stage="label")[-1]
    assert split["unmatched_levels"] == ["B / 1"]
    assert split["unmatched_reference_share"] == pytest.approx(9 / 149)
    assert split["gap"] == pytest.approx(
        split["composition"] + split["treatment"] + split["unmatched"]
    )


# ---- what the split says ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (EASY, "composition"),
        ({("F", "A"): (100, 400), ("M", "A"): (200, 400),
          ("F", "B"): (100, 400), ("M", "B"): (200, 400)}, "treatment"),
        ({("F", "A"): (30, 300), ("M", "A"): (25, 100),
          ("F", "B"): (55, 100), ("M", "B"): (210, 300)}, "both"),
        ({("F", "A"): (50, 100), ("M", "A"): (50, 100), ("F", "B"): (10, 300)}, "unmatched"),
        ({("F", "A"): (50, 100), ("M", "A"): (50, 100),
          ("F", "B"): (51, 100), ("M", "B"): (50, 100)}, "no gap"),
    ],
)  # fmt: skip
def test_what_the_split_says(table: Table, says: str) -> None:
    counts = counted(table)
    (row,) = decompose(counts, gaps(counts), stage="label")
    assert row["says"] == says


def test_under_weights_the_split_is_of_weighted_rates() -> None:
    def cell(group: str, dept: str, y: int, n: int, w: float) -> Any:
        return (((group,), (dept,), (y,)), (n, n * w, n * w * w))

    cells = [
        cell("F", "A", 1, 30, 2.0), cell("F", "A", 0, 70, 1.0), cell("F", "B", 1, 20, 1.0),
        cell("F", "B", 0, 20, 3.0), cell("M", "A", 1, 40, 1.0), cell("M", "A", 0, 40, 1.0),
        cell("M", "B", 1, 50, 2.0), cell("M", "B", 0, 30, 1.0),
    ]  # fmt: skip
    counts = Counts.from_cells(cells, attributes=["sex"], strata=["dept"])
    (row,) = decompose(counts, gaps(counts), stage="label")
    # By hand: F 80 of 210; M 140 of 210, all by weight.
    assert row["gap"] == pytest.approx(80 / 210 - 140 / 210)
    assert row["levels"][0]["share"] == pytest.approx(130 / 210)
    assert row["levels"][0]["rate"] == pytest.approx(60 / 130)
    assert row["composition"] + row["treatment"] == pytest.approx(row["gap"])


# ---- strata that were not declared ---------------------------------------------------------------


def frame_of(table: Table, **columns: Any) -> pd.DataFrame:
    rows = []
    for (group, dept), (events, n) in table.items():
        rows += [(group, dept, i < events) for i in range(n)]
    frame = pd.DataFrame(rows, columns=["sex", "dept", "hired"])
    return frame.assign(hired=frame["hired"].astype(int), **columns)


def test_a_scan_proposes_the_column_that_changes_the_story() -> None:
    rng = np.random.default_rng(4)
    frame = frame_of(EASY)
    frame["noise"] = rng.choice(list("abc"), size=len(frame))
    frame["many"] = rng.integers(0, 500, size=len(frame)).astype(str)
    frame["copy"] = np.where(frame["hired"] == 1, "y", "n")  # leakage is no stratum
    data = auditkit.load(frame, label="hired", protected="sex", reference={"sex": "M"})
    record = auditkit.profile(data)
    (row,) = record.profile["strata_scan"]
    assert (row["stratum"], row["change"], row["proposed"]) == ("dept", "turns round", True)
    assert row["searched"] == 2  # dept and noise, one pair each
    assert row["adjusted"] == pytest.approx(
        inference.mantel_haenszel([(180, 900, 10, 100), (90, 100, 720, 900)]).odds_ratio
    )
    (finding,) = (f for f in record.findings if f.kind == "simpson")
    assert (finding.level, finding.group) == ("note", ("F",))
    assert "--strata dept" in finding.action
    declared = auditkit.load(
        frame, label="hired", protected="sex", strata="dept", reference={"sex": "M"}
    )
    assert auditkit.profile(declared).profile["strata_scan"] == []


def test_decisions_are_scanned_where_there_is_no_label() -> None:
    frame = frame_of(EASY).rename(columns={"hired": "decision"})
    data = auditkit.load(frame, prediction="decision", protected="sex", reference={"sex": "M"})
    (row,) = auditkit.audit(data).profile["strata_scan"]
    assert (row["stage"], row["stratum"], row["proposed"]) == ("decision", "dept", True)


def test_columns_without_overlap_are_not_proposed() -> None:
    counts = counted({("F", "A"): (20, 300), ("M", "B"): (200, 300), ("M", "A"): (2, 9)})
    assert propose_strata({("sex", "dept"): counts}, gaps(counts), stage="label") == []


# ---- real data ----------------------------------------------------------------------------------


def test_berkeley_says_composition(shared_data: Path) -> None:
    """Bickel, Hammel, O'Connell (1975): the pooled ratio, the adjusted odds, and the reason."""
    path = shared_data / "berkeley_admissions.csv"
    asked = {"label": "admit", "positive": "Admitted", "protected": "gender"}
    record = auditkit.profile(auditkit.load(path, strata="dept", **asked))
    gap = next(row for row in record.disparities if row.kind == "ratio")
    assert (round(gap.value or 0, 3), gap.verdict) == (0.682, "flag")
    (row,) = record.profile["strata"]
    assert round(row["adjusted"], 3) == 1.105
    assert row["adjusted_ratio"] == pytest.approx(1.058, abs=5e-4)
    (split,) = record.profile["decompositions"]
    # The six departments by hand are in test_inference_decomposition.py.
    assert (round(split["composition"], 3), round(split["treatment"], 3)) == (-0.178, 0.036)
    assert split["says"] == "composition"
    (finding,) = (f for f in record.findings if f.kind == "simpson")
    assert finding.level == "flag"
    assert "'dept'" in finding.title
    assert "The split says composition" in finding.detail
    assert finding.evidence["reversed"] == ["A"]
    undeclared = auditkit.profile(auditkit.load(path, **asked))
    (proposed,) = (row for row in undeclared.profile["strata_scan"] if row["proposed"])
    assert proposed["stratum"] == "dept"
    (note,) = (f for f in undeclared.findings if f.kind == "simpson")
    assert note.level == "note"


def test_utrecht_names_company_d(shared_data: Path) -> None:
    data = auditkit.load(
        shared_data / "recruitment_utrecht.csv",
        label="decision", positive="TRUE", protected="gender", strata="company",
    )  # fmt: skip
    record = auditkit.profile(data)
    pooled = {row.group[0]: row.value for row in record.estimates}
    assert (round(pooled["female"], 4), round(pooled["male"], 4)) == (0.2749, 0.3526)
    (row,) = (r for r in record.profile["strata"] if r["group"] == ["female"])
    rates = {
        item["level"]: (
            round(item["events"] / item["n"], 4),
            round(item["reference_events"] / item["reference_n"], 4),
        )
        for item in row["levels"]
    }
    # facts.json, rate_by_company_gender.
    assert rates == {
        "A": (0.386, 0.4566), "B": (0.1397, 0.4547), "C": (0.234, 0.2767), "D": (0.3431, 0.2199),
    }  # fmt: skip
    (finding,) = (f for f in record.findings if f.kind == "simpson" and f.level == "flag")
    assert finding.title == "gender: the gap of female turns round in 'company' D"
    assert "34.3 % against 22.0 %" in finding.detail
    (split,) = (r for r in record.profile["decompositions"] if r["group"] == ["female"])
    assert split["says"] == "treatment"
