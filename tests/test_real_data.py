"""Real data, each with one command, and the published or counted numbers in the record.

The expected values stand in ``facts.json`` beside the data (counted with pandas from the files as
they are), and in the papers named there and in its README.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

Record = dict[str, Any]
Audited = Callable[..., Record]
NONE = ("--model", "none")


@pytest.fixture(scope="module")
def facts(shared_data: Path) -> dict[str, Any]:
    found = json.loads((shared_data / "facts.json").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


@pytest.fixture(scope="module")
def audited(auditkit_record: Audited, shared_data: Path) -> Audited:
    """Return a function that audits a file with one command and returns the record."""
    made: dict[tuple[str, ...], Record] = {}

    def run(*args: str) -> Record:
        if args not in made:
            made[args] = auditkit_record("audit", *args, cwd=shared_data)
        return made[args]

    return run


def estimate(
    record: Record, metric: str, *group: str | None, stage: str = "label", of: str | None = None
) -> Any:
    """Return the one estimate of a metric for a group."""
    rows = [
        row
        for row in record["estimates"]
        if (row["stage"], row["metric"], row["group"]) == (stage, metric, list(group))
        and of in (None, row["attributes"][0])
    ]
    assert len(rows) == 1, rows
    return rows[0]


def disparity(record: Record, metric: str, kind: str, *group: str, stage: str = "label") -> Any:
    rows = [
        row
        for row in record["disparities"]
        if (row["stage"], row["metric"], row["kind"], row["group"])
        == (stage, metric, kind, list(group))
    ]
    assert len(rows) == 1, rows
    return rows[0]


def kinds(record: Record, level: str | None = None) -> set[str]:
    return {row["kind"] for row in record["findings"] if level in (None, row["level"])}


def evidence(record: Record, kind: str, name: str) -> set[str]:
    return {row["evidence"][name] for row in record["findings"] if row["kind"] == kind}


# --- each group of facts.json ---------------------------------------------------------------------

COMMANDS: dict[str, tuple[str, ...]] = {
    "adult_train.csv.gz": ("--label", "income", "--positive", ">50K"),
    "adult_test.csv.gz": ("--label", "income", "--positive", ">50K"),
    "german_credit.csv": ("--label", "class", "--positive", "good"),
    "compas_two_years.csv.gz": ("--label", "two_year_recid", "--positive", "1", "--unfavorable"),
    "resume_audit.csv": ("--label", "received_callback", "--positive", "1"),
    "berkeley_admissions.csv": ("--label", "admit", "--positive", "Admitted"),
    "berkeley_admissions_counts.csv": (
        "--label", "admit", "--positive", "Admitted", "--count", "freq",
    ),
    "titanic.csv": ("--label", "survived", "--positive", "yes", "--bins", "age=auto"),
    "loanapp.csv": ("--label", "approve", "--positive", "1"),
    "recruitment_utrecht.csv": ("--label", "decision", "--positive", "TRUE"),
    "acs2012_sample.csv": ("--label", "employment", "--positive", "employed"),
    "ricci_promotions.csv": ("--label", "Promoted", "--positive", "1"),
    "promotion_experiment_1974.csv": ("--label", "decision", "--positive", "promoted"),
}  # fmt: skip
DERIVED = {"age_known": "age"}


def group_of(name: str) -> str | None:
    """Return the group as the record has it: a missing value is null."""
    return None if name == "(missing)" else name


@pytest.mark.parametrize("name", COMMANDS)
def test_every_group_of_the_facts(facts: Mapping[str, Any], audited: Audited, name: str) -> None:
    fact = facts[name]
    attributes = [DERIVED.get(attribute, attribute) for attribute in fact["groups"]]
    flags = [part for attribute in attributes for part in ("--protected", attribute)]
    record = audited(name, *COMMANDS[name], *flags, *NONE)
    assert record["data"]["rows"] == fact["rows"]
    assert record["data"]["columns"] == fact["columns"]
    missing = sum(row["rows"] for row in record["data"]["excluded"] if row["stage"] == "label")
    assert missing == fact["target_missing"]
    assert record["data"]["people"] - missing == fact["n"]
    for attribute, groups in fact["groups"].items():
        found = {
            row["group"][0]: row
            for row in record["estimates"]
            if row["attributes"] == [DERIVED.get(attribute, attribute)]
        }
        assert sum(row["n"] for row in found.values()) == fact["n"]
        assert sum(row["events"] for row in found.values()) == fact["positives"]
        if attribute == "age_known":
            missing_age = found.pop(None)
            assert (missing_age["n"], missing_age["events"]) == (
                groups["False"]["n"], groups["False"]["positives"],
            )  # fmt: skip
            assert sum(row["n"] for row in found.values()) == groups["True"]["n"]
            assert sum(row["events"] for row in found.values()) == groups["True"]["positives"]
            continue
        assert set(found) == {group_of(group) for group in groups}
        for group, wanted in groups.items():
            row = found[group_of(group)]
            assert (row["n"], row["events"]) == (wanted["n"], wanted["positives"]), group
            if wanted["n"] == 0:  # 0/0 is no number
                assert row["value"] is row["low"] is row["high"] is wanted["rate"] is None
                assert row["reason"] == "no row with a known label"
                continue
            assert row["value"] == pytest.approx(wanted["rate"], abs=5e-7)
            assert row["low"] <= row["value"] <= row["high"]


def test_no_table_is_left_out(facts: Mapping[str, Any]) -> None:
    assert set(COMMANDS) == set(facts)


# --- what is known about each ---------------------------------------------------------------------


def test_resume_audit(facts: Mapping[str, Any], audited: Audited) -> None:
    """Bertrand, Mullainathan (2004): a randomised experiment."""
    record = audited(
        "resume_audit.csv", "--label", "received_callback", "--positive", "1", "--protected",
        "race", "--protected", "gender", "--reference", "race=white", *NONE,
    )  # fmt: skip
    black = estimate(record, "base_rate", "black")
    white = estimate(record, "base_rate", "white")
    assert (black["events"], black["n"]) == (157, 2435)
    assert (white["events"], white["n"]) == (235, 2435)
    ratio = disparity(record, "base_rate", "ratio", "black")
    assert ratio["value"] == pytest.approx(157 / 235, rel=1e-12)
    assert round(ratio["value"], 3) == 0.668
    assert f"{ratio['p_value']:.1e}" == "4.8e-05"
    assert "fisher" in ratio["method"]
    difference = disparity(record, "base_rate", "difference", "black")
    assert difference["value"] == pytest.approx(-0.0320, abs=5e-5)
    assert difference["p_value"] == ratio["p_value"]
    for cell, wanted in facts["resume_audit.csv"]["cells"].items():
        row = estimate(record, "base_rate", *cell.split("|"))
        assert (row["n"], row["events"]) == (wanted["n"], wanted["positives"])
    proxies = {(row["attributes"][0], row["evidence"]["feature"]): row["evidence"]["strength"]
               for row in record["findings"] if row["kind"] == "proxy"}  # fmt: skip
    assert proxies["race", "firstname"] == pytest.approx(1, abs=0.01)
    assert proxies["gender", "firstname"] == pytest.approx(1, abs=0.01)
    (gap,) = [
        row for row in record["findings"]
        if (row["kind"], row["attributes"]) == ("outcome-gap", ["race"])
    ]  # fmt: skip
    assert (gap["level"], gap["group"]) == ("flag", ["black"])
    assert "157 of 2,435" in gap["detail"]
    assert "235 of 2,435" in gap["detail"]


def test_adult(audited: Audited) -> None:
    record = audited(
        "adult_train.csv.gz", "--label", "income", "--positive", ">50K", "--protected", "sex",
        "--reference", "sex=Male", "--ignore", "fnlwgt",
    )  # fmt: skip
    assert round(100 * estimate(record, "base_rate", "Female")["value"], 2) == 10.95
    assert round(100 * estimate(record, "base_rate", "Male")["value"], 2) == 30.57
    assert round(disparity(record, "base_rate", "ratio", "Female")["value"], 3) == 0.358
    assert {"outcome-gap", "model-gap", "proxy"} <= kinds(record, "flag")
    assert "relationship" in evidence(record, "proxy", "feature")
    assert record["model"]["rows"] == 32561
    assert "fnlwgt" not in record["model"]["features"]
    assert record["model"]["metrics"]["auc"] > 0.85


def test_compas(facts: Mapping[str, Any], audited: Audited) -> None:
    """ProPublica (2016): a decile score of 5 or more counts as high."""
    record = audited(
        "compas_two_years.csv.gz", "--label", "two_year_recid", "--positive", "1",
        "--unfavorable", "--protected", "race", "--score", "decile_score", "--threshold", "5",
        "--reference", "race=Caucasian",
    )  # fmt: skip
    names = {"fpr": "false_positive_rate", "fnr": "false_negative_rate"}
    names["ppv"] = "positive_predictive_value"
    for group, wanted in facts["compas_two_years.csv.gz"]["score_high_if_decile_ge_5"].items():
        for short, metric in names.items():
            row = estimate(record, metric, group, stage="decision")
            assert row["value"] == pytest.approx(wanted[short], abs=5e-5)
    gap = disparity(
        record, "false_positive_rate", "difference", "African-American", stage="decision"
    )
    assert gap["value"] == pytest.approx(0.4485 - 0.2345, abs=1e-4)
    assert {"decision-gap", "error-gap", "leakage"} <= kinds(record, "flag")
    assert "is_recid" in evidence(record, "leakage", "feature")
    assert record["model"] is None
    (small,) = [row for row in record["findings"] if row["kind"] == "small-group"]
    assert (small["level"], small["group"]) == ("inconclusive", ["Native American"])


def test_utrecht(facts: Mapping[str, Any], audited: Audited) -> None:
    """Made-up data for teaching: pooled figures hide company B and the reversal in company D."""
    record = audited(
        "recruitment_utrecht.csv", "--label", "decision", "--positive", "TRUE", "--protected",
        "gender", "--strata", "company", "--reference", "gender=male", "--ignore", "Id", *NONE,
    )  # fmt: skip
    wanted = facts["recruitment_utrecht.csv"]["rate_by_company_gender"]
    (row,) = [row for row in record["profile"]["strata"] if row["group"] == ["female"]]
    assert [level["level"] for level in row["levels"]] == ["A", "B", "C", "D"]
    ratios = {}
    for level in row["levels"]:
        women, men = level["events"] / level["n"], level["reference_events"] / level["reference_n"]
        assert women == pytest.approx(wanted[f"{level['level']}|female"], abs=5e-5)
        assert men == pytest.approx(wanted[f"{level['level']}|male"], abs=5e-5)
        ratios[level["level"]] = women / men
    assert min(ratios, key=lambda company: ratios[company]) == "B"
    assert ratios["D"] > 1 > max(ratios[company] for company in "ABC")
    assert row["pooled"] < 1
    assert row["homogeneity_p"] < 1e-10
    pooled = disparity(record, "base_rate", "ratio", "female")
    assert pooled["value"] == pytest.approx(0.275 / 0.353, abs=0.002)


def test_berkeley(facts: Mapping[str, Any], audited: Audited) -> None:
    """Bickel, Hammel, O'Connell (1975): the sign turns within departments."""
    record = audited(
        "berkeley_admissions.csv", "--label", "admit", "--positive", "Admitted", "--protected",
        "gender", "--strata", "dept", "--reference", "gender=Male", *NONE,
    )  # fmt: skip
    fact = facts["berkeley_admissions.csv"]
    assert round(disparity(record, "base_rate", "ratio", "Female")["value"], 3) == 0.682
    (row,) = record["profile"]["strata"]
    assert row["adjusted"] == pytest.approx(
        fact["mantel_haenszel_or_female_vs_male_given_dept"], abs=5e-5
    )
    assert row["pooled"] < 1 < row["adjusted"]
    for level in row["levels"]:
        wanted = fact["by_dept"][level["level"]]
        assert level["events"] / level["n"] == pytest.approx(wanted["female"], abs=5e-5)
        men = level["reference_events"] / level["reference_n"]
        assert men == pytest.approx(wanted["male"], abs=5e-5)
    (simpson,) = [item for item in record["findings"] if item["kind"] == "simpson"]
    assert (simpson["level"], simpson["group"]) == ("flag", ["Female"])
    assert "turns round" in simpson["title"]


@pytest.mark.parametrize("model", ["none", "logistic"])
def test_berkeley_from_rows_and_from_counts(audited: Audited, model: str) -> None:
    options = (
        "--label", "admit", "--positive", "Admitted", "--protected", "gender", "--strata", "dept",
        "--model", model,
    )  # fmt: skip
    rows = audited("berkeley_admissions.csv", *options)
    counts = audited("berkeley_admissions_counts.csv", *options, "--count", "freq")
    assert rows["data"]["people"] == counts["data"]["people"] == 4526
    assert (rows["data"]["rows"], counts["data"]["rows"]) == (4526, 24)
    about = {"data", "schema", "created", "provenance"}
    for section in rows.keys() - about:
        if section == "profile":
            continue
        assert rows[section] == counts[section], section
    for table in rows["profile"].keys() - {"columns"}:
        assert rows["profile"][table] == counts["profile"][table], table


def test_german_credit(audited: Audited) -> None:
    record = audited(
        "german_credit.csv", "--label", "class", "--positive", "good", "--protected", "sex",
        "--protected", "age", "--protected", "foreign_worker", "--bins", "age=26",
    )  # fmt: skip
    assert round(100 * estimate(record, "base_rate", "female")["value"], 2) == 64.84
    assert round(100 * estimate(record, "base_rate", "male")["value"], 2) == 72.32
    assert round(100 * estimate(record, "base_rate", "under 26")["value"], 2) == 57.89
    assert round(100 * estimate(record, "base_rate", "26 or over")["value"], 2) == 72.84
    assert estimate(record, "base_rate", "no", of="foreign_worker")["n"] == 37
    proxies = {(row["attributes"][0], row["evidence"]["feature"]) for row in record["findings"]
               if row["kind"] == "proxy"}  # fmt: skip
    assert ("sex", "personal_status") in proxies
    assert record["model"]["metrics"]["auc"] > 0.7


def test_titanic(audited: Audited) -> None:
    record = audited(
        "titanic.csv", "--label", "survived", "--positive", "yes", "--protected", "sex",
        "--protected", "age", "--bins", "age=18", *NONE,
    )  # fmt: skip
    missing = estimate(record, "base_rate", None, of="age")
    assert missing["n"] == 263
    assert round(100 * missing["value"], 1) == 27.8
    found = [row for row in record["findings"] if row["kind"] == "missingness"]
    assert ("flag", ["age"]) in [(row["level"], row["attributes"]) for row in found]


def test_loanapp(audited: Audited) -> None:
    record = audited(
        "loanapp.csv", "--label", "approve", "--positive", "1", "--protected", "black",
        "--protected", "male", "--protected", "married",
    )  # fmt: skip
    assert round(100 * estimate(record, "base_rate", "1", of="black")["value"], 1) == 67.5
    assert round(100 * estimate(record, "base_rate", "0", of="black")["value"], 1) == 90.0
    assert disparity_of(record, "black", "1")["value"] == pytest.approx(0.750, abs=0.001)
    assert estimate(record, "base_rate", None, of="male")["n"] == 15
    assert estimate(record, "base_rate", None, of="married")["n"] == 3
    assert {"action", "reject"} <= evidence(record, "leakage", "feature")
    assert not {"action", "reject"} & set(record["model"]["features"])


def disparity_of(record: Record, attribute: str, group: str) -> Any:
    (row,) = [
        row for row in record["disparities"]
        if (row["stage"], row["metric"], row["kind"]) == ("label", "base_rate", "ratio")
        and (row["attributes"], row["group"]) == ([attribute], [group])
    ]  # fmt: skip
    return row


def test_ricci(audited: Audited) -> None:
    """Ricci v. DeStefano (2009): the combined score decides."""
    record = audited(
        "ricci_promotions.csv", "--label", "Promoted", "--positive", "1", "--protected", "Race",
        "--strata", "Position", "--reference", "Race=White",
    )  # fmt: skip
    white, others = (estimate(record, "base_rate", name) for name in ("White", "Non-White"))
    assert (white["events"], white["n"]) == (41, 68)
    assert (others["events"], others["n"]) == (15, 50)
    ratio = disparity(record, "base_rate", "ratio", "Non-White")
    assert round(ratio["value"], 3) == 0.498
    assert f"{ratio['p_value']:.4f}" == "0.0015"
    assert "Combine" in evidence(record, "leakage", "feature")
    assert record["model"] is None or "Combine" not in record["model"]["features"]


def test_a_borderline_small_sample(audited: Audited) -> None:
    """Rosen, Jerdee (1974): 24 and 24 files, too few to judge by the default policy."""
    record = audited(
        "promotion_experiment_1974.csv", "--label", "decision", "--positive", "promoted",
        "--protected", "gender", "--reference", "gender=male", *NONE,
    )  # fmt: skip
    ratio = disparity(record, "base_rate", "ratio", "female")
    assert ratio["value"] == pytest.approx(2 / 3)
    assert f"{ratio['p_value']:.4f}" == "0.0490"
    assert ratio["p_adjusted"] is None
    (gap,) = [row for row in record["findings"] if row["kind"] == "outcome-gap"]
    assert gap["level"] == "inconclusive"


def test_acs(audited: Audited) -> None:
    record = audited(
        "acs2012_sample.csv", "--label", "employment", "--positive", "employed", "--protected",
        "gender", "--protected", "race", "--protected", "disability",
    )  # fmt: skip
    assert record["data"]["excluded"][0] == {
        "stage": "label", "rows": 395, "reason": "'employment' is missing",
    }  # fmt: skip
    assert sum(row["n"] for row in record["estimates"]
               if (row["stage"], row["attributes"]) == ("label", ["gender"])) == 1605  # fmt: skip
    flagged = [row for row in record["findings"] if row["level"] == "flag"]
    assert ("outcome-gap", ["disability"]) in [(r["kind"], r["attributes"]) for r in flagged]
    assert math.isclose(sum(row["share"] for row in record["representation"]
                            if row["attributes"] == ["race"]), 1)  # fmt: skip
