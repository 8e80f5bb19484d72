"""The faults planted in the sample come back as findings, and nothing comes back from chance.

What was planted, and with which numbers, stands in ``sample_data/README.md``.
"""

from __future__ import annotations

import csv
import functools
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("fitted_once")

Record = dict[str, Any]

FLAGS = (
    "--label", "hired", "--positive", "yes", "--protected", "gender", "--protected", "race",
    "--protected", "age", "--bins", "age=40", "--strata", "department",
)  # fmt: skip


@pytest.fixture(scope="module")
def run(auditkit_record: Callable[..., Record], sample_data: Path) -> Callable[..., Record]:
    """Return a function that runs one command beside the sample and returns the record."""
    return functools.partial(auditkit_record, cwd=sample_data)


@pytest.fixture(scope="module")
def full(run: Callable[..., Record]) -> Record:
    return run("audit", "hiring.toml")


@pytest.fixture(scope="module", params=["hiring.toml", "flags"])
def record(run: Callable[..., Record], full: Record, request: pytest.FixtureRequest) -> Record:
    """Return the audit of the sample: asked for by its audit.toml, and by plain flags."""
    return full if request.param == "hiring.toml" else run("audit", "hiring.csv", *FLAGS)


def of_kind(
    record: Record, kind: str, *attributes: str, stage: str | None = None
) -> list[dict[str, Any]]:
    return [
        row
        for row in record["findings"]
        if row["kind"] == kind
        and (not attributes or row["attributes"] == list(attributes))
        and stage in (None, row["stage"])
    ]


def only(rows: list[dict[str, Any]]) -> dict[str, Any]:
    assert len(rows) == 1, [row["title"] for row in rows]
    return rows[0]


def test_few_women(full: Record) -> None:
    """Truth 1; it needs the reference population that hiring.toml brings."""
    found = only(of_kind(full, "representation", "gender"))
    assert (found["level"], found["group"]) == ("flag", ["Female"])
    assert found["evidence"]["count"] == 1268
    assert found["evidence"]["expected_share"] == pytest.approx(0.47)
    assert found["evidence"]["ratio"] == pytest.approx(0.4658, abs=1e-4)
    assert "0.47 of its expected share" in found["title"]


def test_without_a_reference_nobody_is_said_to_be_missing(run: Callable[..., Record]) -> None:
    record = run("profile", "hiring.csv", "--protected", "gender")
    found = only(of_kind(record, "representation", "gender"))
    assert (found["level"], found["group"]) == ("inconclusive", ["Female"])


def test_harsher_on_equally_qualified_women(record: Record) -> None:
    """Truth 2."""
    found = only(of_kind(record, "outcome-gap", "gender"))
    assert (found["level"], found["stage"], found["group"]) == ("flag", "label", ["Female"])
    proof = found["evidence"]
    assert (proof["events"], proof["n"]) == (244, 1268)
    assert (proof["reference_events"], proof["reference_n"]) == (1506, 4524)
    assert proof["reference"] == ["Male"]
    assert round(proof["ratio"], 3) == 0.578
    assert f"{proof['p_value']:.1e}" == "3.7e-23"
    assert proof["p_adjusted"] < 1e-20
    assert "244 of 1,268 (19.2 %)" in found["detail"]


def test_a_model_learns_it(record: Record) -> None:
    """Truths 2 and 3 together: without gender, and still."""
    found = only(of_kind(record, "model-gap", "gender"))
    assert (found["level"], found["stage"], found["group"]) == ("flag", "model", ["Female"])
    assert found["evidence"]["ratio"] == pytest.approx(0.64, abs=0.05)
    model = record["model"]
    assert (model["kind"], model["rows"]) == ("logistic", 6000)
    assert model["metrics"]["auc"] == pytest.approx(0.79, abs=0.02)
    assert "society" in model["features"]
    out = {row["feature"] for row in model["left_out"]}
    assert {"gender", "race", "age", "offer_sent", "applicant_id"} <= out
    assert not out & set(model["features"])


def test_without_the_proxy_the_model_does_not(run: Callable[..., Record]) -> None:
    record = run("audit", "hiring.toml", "--ignore", "society")
    found = only(of_kind(record, "model-gap", "gender"))
    assert "society" not in record["model"]["features"]
    assert found["level"] != "flag"
    (ratio,) = [
        row["value"] for row in record["disparities"]
        if (row["stage"], row["metric"], row["kind"], row["group"])
        == ("model", "selection_rate", "ratio", ["Female"])
    ]  # fmt: skip
    assert ratio == pytest.approx(0.98, abs=0.05)


def test_a_proxy(record: Record) -> None:
    """Truth 3."""
    found, postcode = of_kind(record, "proxy")
    assert (postcode["level"], postcode["title"]) == ("note", "postcode_area is a postcode")
    assert (found["level"], found["attributes"]) == ("flag", ["gender"])
    assert found["evidence"]["feature"] == "society"
    assert found["evidence"]["strength"] == pytest.approx(0.52, abs=0.01)


def test_a_group_too_small_to_judge(record: Record) -> None:
    """Truth 4."""
    found = only(of_kind(record, "small-group", "gender"))
    assert (found["level"], found["group"]) == ("inconclusive", ["Non-binary"])
    assert found["evidence"]["counts"] == [14]
    rows = [row for row in record["disparities"] if row["group"] == ["Non-binary"]]
    assert rows
    assert all(row["p_adjusted"] is None for row in rows)
    assert {row["verdict"] for row in rows} <= {"inconclusive", None}


@pytest.mark.parametrize(
    ("attribute", "events", "n", "p_value"),
    [("race", 44, 427, "5.5e-23"), ("gender", 22, 194, "1.1e-09")],
)
def test_missing_more_often_among_the_rejected(
    record: Record, attribute: str, events: int, n: int, p_value: str
) -> None:
    """Truth 5."""
    found = only(of_kind(record, "missingness", attribute))
    assert (found["level"], found["group"]) == ("flag", [None])
    proof = found["evidence"]
    assert (proof["missing_events"], proof["missing_n"]) == (events, n)
    assert f"{proof['p_value']:.1e}" == p_value


def test_missing_at_random_is_not_a_finding(record: Record) -> None:
    """The skills test is missing for 232 people, whoever they are and whatever the outcome."""
    columns = {row["evidence"]["column"] for row in of_kind(record, "missingness")}
    assert columns == {"gender", "race"}


def test_a_crossed_group_worse_off_than_either_alone(record: Record) -> None:
    """Truth 6."""
    found = only(of_kind(record, "subgroup", "gender", "race", stage="label"))
    assert (found["level"], found["group"]) == ("flag", ["Female", "Black"])
    assert (found["evidence"]["events"], found["evidence"]["n"]) == (20, 218)
    parents = {row["attribute"]: row["p_adjusted"] for row in found["evidence"]["parents"]}
    assert set(parents) == {"gender", "race"}
    assert max(parents.values()) < 0.01


def test_race_alone_shows_little(record: Record) -> None:
    """Truth 6, the other half: Black applicants are within four-fifths of White ones."""
    (row,) = [
        row for row in record["disparities"]
        if (row["stage"], row["kind"], row["group"]) == ("label", "ratio", ["Black"])
    ]  # fmt: skip
    assert row["verdict"] in {"note", "inconclusive", "pass"}
    if row["reference"] == ["White"]:
        assert round(row["value"], 3) == 0.867
        assert round(row["p_value"], 3) == 0.011


def test_a_leak(record: Record) -> None:
    """Truth 7."""
    found = only(of_kind(record, "leakage"))
    assert found["level"] == "flag"
    assert found["evidence"]["feature"] == "offer_sent"
    assert found["evidence"]["strength"] > 0.99


def test_a_useless_column(record: Record) -> None:
    """Truth 8."""
    found = only(of_kind(record, "feature-quality"))
    assert found["level"] == "note"
    assert found["evidence"]["columns"] == ["applicant_id"]


def test_age_is_clean(record: Record) -> None:
    about = [row for row in record["findings"] if row["attributes"] == ["age"]]
    assert {row["level"] for row in about} <= {"pass", "note"}
    assert only(of_kind(record, "outcome-gap", "age"))["level"] == "pass"
    assert only(of_kind(record, "model-gap", "age"))["level"] == "pass"
    (row,) = [
        row for row in record["disparities"]
        if (row["stage"], row["kind"], row["attributes"]) == ("label", "ratio", ["age"])
    ]  # fmt: skip
    assert min(row["value"], 1 / row["value"]) == pytest.approx(0.974, abs=5e-4)
    assert round(row["p_value"], 2) == 0.53


def test_no_reversal_by_department(record: Record) -> None:
    assert of_kind(record, "simpson") == []
    (row,) = [
        row for row in record["profile"]["strata"]
        if (row["stage"], row["group"]) == ("label", ["Female"])
    ]  # fmt: skip
    assert round(row["pooled"], 3) == 0.478
    assert round(row["adjusted"], 3) == 0.479
    assert round(row["homogeneity_p"], 2) == 0.94


def test_asian_and_hispanic_applicants_are_clean(full: Record) -> None:
    for group in ("Asian", "Hispanic"):
        (row,) = [
            row for row in full["disparities"]
            if (row["stage"], row["kind"], row["group"]) == ("label", "ratio", [group])
        ]  # fmt: skip
        assert row["verdict"] == "pass"


def test_nothing_else_is_flagged(full: Record) -> None:
    """What was planted, seen from each side, is all that is flagged."""
    flagged = {(row["kind"], tuple(row["attributes"])) for row in full["findings"]
               if row["level"] == "flag"}  # fmt: skip
    planted = {
        ("representation", ("gender",)),
        ("proxy", ("gender",)),
        ("leakage", ()),
        ("missingness", ("gender",)),
        ("missingness", ("race",)),
        ("subgroup", ("gender", "race")),
    }
    gaps = {
        (kind, attributes)
        for kind in ("outcome-gap", "model-gap", "error-gap")
        for attributes in (("gender",), ("race",), ("gender", "race", "age"))
    }
    assert planted <= flagged <= planted | gaps


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_shuffled_outcome_leaves_no_gap(
    run: Callable[..., Record], sample_data: Path, tmp_path: Path, seed: int
) -> None:
    with (sample_data / "hiring.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    place = header.index("hired")
    outcomes = [row[place] for row in rows]
    random.Random(seed).shuffle(outcomes)
    for row, outcome in zip(rows, outcomes, strict=True):
        row[place] = outcome
    with (tmp_path / "hiring.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
    (tmp_path / "hiring.toml").write_bytes((sample_data / "hiring.toml").read_bytes())
    record = run("audit", "hiring.toml", cwd=tmp_path)
    for kind in ("outcome-gap", "model-gap", "error-gap", "subgroup", "simpson", "leakage"):
        flagged = [row["title"] for row in of_kind(record, kind) if row["level"] == "flag"]
        assert flagged == [], kind
    assert only(of_kind(record, "representation", "gender"))["level"] == "flag"  # not an outcome
    told = [row["evidence"]["feature"] for row in of_kind(record, "proxy")]
    assert sorted(told) == ["postcode_area", "society"]  # of the features, not of the outcome
    auc = record["model"]["metrics"]
    assert auc["auc_low"] < 0.52


def test_boosting_finds_the_same(run: Callable[..., Record]) -> None:
    record = run("audit", "hiring.toml", "--model", "boosting")
    assert record["model"]["kind"] == "boosting"
    assert only(of_kind(record, "model-gap", "gender"))["level"] == "flag"


def test_berkeley_in_the_sample(run: Callable[..., Record]) -> None:
    """The command of sample_data/README.md."""
    record = run(
        "profile", "berkeley_admissions.csv", "--count", "freq", "--label", "admit", "--positive",
        "Admitted", "--protected", "gender", "--strata", "dept",
    )  # fmt: skip
    assert record["data"]["people"] == 4526
    found = only(of_kind(record, "simpson"))
    assert (found["level"], found["attributes"], found["group"]) == ("flag", ["gender"], ["Female"])
    values = {row["group"][0]: (row["events"], row["n"]) for row in record["estimates"]}
    assert values == {"Female": (557, 1835), "Male": (1198, 2691)}
