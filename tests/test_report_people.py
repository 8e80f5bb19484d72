"""The report on people, on where gaps arise, and on what the data cannot tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import auditkit
from auditkit.population import Population

NAME = "<b>Women & co</b>"


def page(frame: pd.DataFrame, **roles: Any) -> str:
    return auditkit.profile(auditkit.load(frame, **roles)).to_html()


def frame(*rows: tuple[str, str, int | None, int]) -> pd.DataFrame:
    """(group, dept, outcome, people) as rows."""
    found = [(sex, dept, y) for sex, dept, y, n in rows for _ in range(n)]
    return pd.DataFrame(found, columns=["sex", "dept", "y"])


@pytest.fixture(scope="module")
def simpson() -> pd.DataFrame:
    return frame(
        (NAME, "hard", 1, 180), (NAME, "hard", 0, 720), (NAME, "easy", 1, 90),
        (NAME, "easy", 0, 10), ("M", "hard", 1, 10), ("M", "hard", 0, 90),
        ("M", "easy", 1, 720), ("M", "easy", 0, 180),
    )  # fmt: skip


def test_where_the_gap_arises_is_drawn_and_told(simpson: pd.DataFrame) -> None:
    html = page(simpson, label="y", protected="sex", strata="dept", reference={"sex": "M"})
    assert "Where the gaps arise" in html
    assert 'id="data-split-1-chart"' in html
    assert "−56.0 is who is in which dept, +10.0 different rates there: mostly composition" in html
    assert "What each stratum adds to the two parts" in html
    assert NAME not in html
    assert "&lt;b&gt;Women &amp; co&lt;/b&gt;" in html


def test_proposed_strata_are_told(simpson: pd.DataFrame) -> None:
    html = page(simpson, label="y", protected="sex", reference={"sex": "M"})
    assert "Strata that were not declared" in html
    assert "yes: it turns round" in html
    assert NAME not in html


def test_who_is_missing_is_drawn() -> None:
    people = [
        Population(attribute="sex", shares={NAME: 0.5, "M": 0.5}, source="A", n=1000),
        Population(attribute="sex", shares={NAME: 0.25, "M": 0.75}, source="<i>B</i>"),
    ]
    data = frame((NAME, "x", 1, 20), (NAME, "x", 0, 80), ("M", "x", 1, 120), ("M", "x", 0, 180))
    html = page(data, label="y", protected="sex", population=people)
    assert "People missing or more than expected" in html
    assert "100 missing" in html  # 100 of 400 where 200 are expected
    assert "All references, by sex" in html
    assert "<i>B</i>" not in html
    assert "Gap it can show" in html
    alone = page(data, label="y", protected="sex")
    assert "Equal shares would be 50.0 % each" in alone
    assert "yardstick and no aim" in alone


def test_what_is_missing_stands_beside_each_gap() -> None:
    data = frame(
        (NAME, "x", 1, 60), (NAME, "x", 0, 90), (NAME, "x", None, 50),
        ("M", "x", 1, 120), ("M", "x", 0, 60), ("M", "x", None, 20),
    )  # fmt: skip
    html = page(data, label="y", protected="sex", reference={"sex": "M"})
    assert "Could be" in html
    assert "0.429 to 0.917" in html  # (60/200) / (140/200) and (110/200) / (120/200)
    assert "70 without outcome" in html
    assert "Could be" not in page(data.dropna(), label="y", protected="sex")


def test_outcomes_of_the_selected_only_are_told() -> None:
    data = frame(("F", "1", 1, 30), ("F", "1", 0, 10), ("F", "0", None, 60),
                 ("M", "1", 1, 40), ("M", "1", 0, 20), ("M", "0", None, 40))  # fmt: skip
    record = auditkit.audit(auditkit.load(data, label="y", prediction="dept", protected="sex"))
    html = record.to_html()
    assert "Outcomes of the selected only" in html
    assert "30.0 % to 90.0 %" in html
    assert "Distances between outcomes" in html


def test_an_old_record_without_the_new_tables_renders(simpson: pd.DataFrame) -> None:
    record = auditkit.profile(auditkit.load(simpson, label="y", protected="sex", strata="dept"))
    plain = record.to_dict()
    for name in (
        "population", "evenness", "decompositions", "strata_scan", "bounds", "not_identified",
        "distances",
    ):  # fmt: skip
        del plain["profile"][name]
    for row in plain["representation"]:
        for name in (
            "log10_p", "effective_n", "outcome_n", "detectable_difference",
            "n_needed_four_fifths", "detectable_reason",
        ):  # fmt: skip
            row.pop(name, None)
    html = auditkit.Audit.from_dict(plain).to_html()
    assert "Who is in the data" in html
    assert "Where the gaps arise" not in html


def test_berkeley_and_the_labour_force(shared_data: Path, tmp_path: Path) -> None:
    data = auditkit.load(
        shared_data / "berkeley_admissions.csv", label="admit", positive="Admitted",
        protected="gender", strata="dept",
    )  # fmt: skip
    html = auditkit.profile(data).to_html()
    assert "−17.8 is who is in which dept, +3.6 different rates there: mostly composition" in html
