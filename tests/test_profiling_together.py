"""All features together, and quality by group: planted truths, null data, and the laws."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
from fitted_once import untraced

import auditkit
from auditkit.columns import Kind, cells_of, described
from auditkit.profiling.compared import Compared
from auditkit.profiling.levels import ranked
from auditkit.profiling.measured import MeasuredScan, rounded
from auditkit.profiling.rows import Rows, attributes
from auditkit.report.pictures import Chart
from auditkit.report.quality import quality_parts
from auditkit.report.quality_pictures import measured_charts, noise_chart


def record(frame: pd.DataFrame, **roles: Any) -> auditkit.Audit:
    options = {"label": "y", "positive": "1", "protected": ["sex"]} | roles
    return auditkit.profile(auditkit.load(frame, **options))


def people(n: int, seed: int = 0) -> pd.DataFrame:
    """Columns that know nothing of sex or of the outcome."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "sex": rng.choice(["F", "M"], n),
            "y": rng.integers(0, 2, n),
            "age": rng.integers(18, 70, n),
            "score": np.round(rng.normal(50, 10, n), 2),
            "town": rng.choice(list("abcdefgh"), n),
            "shift": rng.choice(["day", "night"], n),
        }
    )


def kinds(audit: auditkit.Audit) -> set[str]:
    wanted = {"proxy", "duplicates", "label-quality", "feature-quality"}
    return {finding.kind for finding in audit.findings} & wanted


def test_weak_proxies_add_up() -> None:
    # 30 flags that each agree with sex in 65 of 100 rows: V = 0.3 each; by Bayes the sum of 30
    # such votes is right in about 95 of 100 rows
    frame = people(3000)
    rng = np.random.default_rng(1)
    for k in range(30):
        frame[f"flag{k}"] = np.where(
            rng.random(3000) < 0.65, frame["sex"] == "F", frame["sex"] == "M"
        )
    audit = record(frame)
    singles = [row["strength"] or 0 for row in audit.profile["proxies"]]
    (joint,) = audit.profile["proxies_joint"]
    assert max(singles) < 0.4 < 0.7 < joint["strength"]
    assert joint["low"] < joint["strength"] < joint["high"]
    assert joint["groups"][0]["auc"] > 0.95
    (finding,) = [f for f in audit.findings if f.kind == "proxy"]
    assert finding.evidence["feature"] == "all features together"


def test_what_is_left_without_the_strong_ones(shared_data: Any) -> None:
    frame = pd.read_csv(shared_data / "german_credit.csv")
    data = auditkit.load(frame, label="class", positive="good", protected=["sex"])
    everything, rest = auditkit.profile(data).profile["proxies_joint"]
    assert everything["strength"] > 0.99
    assert rest["without"] == ["personal_status"]
    assert rest["strength"] < 0.5


@untraced()
@pytest.mark.parametrize("n", [300, 1500])
def test_null_data_find_nothing(n: int) -> None:
    found = [seed for seed in range(20) if kinds(record(people(n, seed)))]
    assert len(found) <= 3  # 5 % of 20 is 1; 4 or more has a probability of 0.016


def test_copies_of_one_group() -> None:
    frame = people(2000)
    women = frame[frame["sex"] == "F"]
    audit = record(pd.concat([frame, women.iloc[:200]]).reset_index(drop=True))
    rows = {
        tuple(row["group"]): row
        for row in audit.profile["quality"]["duplicates"]
        if row["what"] == "repeated"
    }
    assert rows[()]["found"] == rows["F",]["found"] == 200
    assert rows["M",]["found"] == 0
    assert rows[()]["copied"] is True
    assert "duplicates" in kinds(audit)


def test_coarse_columns_are_no_copies(sample_data: Any) -> None:
    data = auditkit.load(
        sample_data / "berkeley_admissions.csv", label="admit", positive="Admitted",
        protected=["gender"], count="freq",
    )  # fmt: skip
    audit = auditkit.profile(data)
    assert audit.profile["quality"]["duplicates"][0]["copied"] is False
    assert "duplicates" not in kinds(audit)


def test_a_number_that_is_measured_worse_for_one_group() -> None:
    frame = people(3000)
    rng = np.random.default_rng(2)
    wide = np.where(frame["sex"] == "F", 40.0, 10.0)
    frame["test"] = np.round(500 + wide * rng.normal(size=3000), 1)
    audit = record(frame)
    (finding,) = [f for f in audit.findings if f.kind == "feature-quality"]
    assert finding.evidence["columns"] == ["test"]
    (row,) = [r for r in audit.profile["quality"]["features"]
              if (r["feature"], r["measure"]) == ("test", "spread")]  # fmt: skip
    assert row["ratio"] == pytest.approx(0.25, abs=0.03)


def test_labels_of_one_group_that_were_turned_down() -> None:
    rng = np.random.default_rng(3)
    frame = people(4000)
    merit = rng.normal(size=4000)
    frame["merit"], frame["merit2"] = np.round(merit, 2), np.round(merit + rng.normal(size=4000), 2)
    y = merit + 0.3 * rng.normal(size=4000) > 0
    flipped = y & (frame["sex"] == "F") & (rng.random(4000) < 0.3)
    audit = record(frame.assign(y=(y & ~flipped).astype(int)))
    (finding,) = [f for f in audit.findings if f.kind == "label-quality"]
    assert finding.group == ("F",)
    assert "cannot tell bias from noise" in finding.limits
    assert finding.evidence["passed_over"] > finding.evidence["favoured"]


def test_the_order_of_the_rows_and_the_seed() -> None:
    frame = people(1200, 5)
    mixed = frame.sample(frac=1, random_state=1).reset_index(drop=True)
    one, two = record(frame).profile, record(mixed).profile
    for key in ("proxies_joint", "quality"):
        assert json.dumps(one[key]) == json.dumps(two[key])


class TestPictures:
    """The report draws what the record says, and each picture names a table of the page."""

    QUALITY: ClassVar = {
        "features": [
            {"feature": "height", "attribute": "sex", "measure": measure, "p_adjusted": 0.2,
             "gap": 0.3, "groups": [{"group": "F", "people": 60, "value": 0.4},
                                    {"group": None, "people": 60, "value": 0.1}]}
            for measure in ("rounding", "spread")
        ],
        "noise": [
            {"attributes": ["sex"], "group": ["F"], "rows": 80, "share": 0.25, "low": 0.2,
             "high": 0.3, "expected": 0.1, "excess": 0.15, "passed_over": 15, "favoured": 5},
            {"attributes": [], "group": [], "rows": 200, "share": 0.2, "expected": 0.2},
            {"attributes": ["sex"], "group": ["M"], "rows": 9, "share": None, "reason": "few"},
        ],
    }  # fmt: skip

    def test_labels_beside_what_is_expected(self) -> None:
        chart = noise_chart(self.QUALITY["noise"], "data-noise-table")
        assert chart is not None
        (row,) = chart.rows  # everybody, and a group without a share, are not drawn
        assert [(m.value, m.low, m.high) for m in row.marks] == [
            (0.25, 0.2, 0.3),
            (0.1, None, None),
        ]
        assert "25.0 %" in chart.see
        assert "10.0 %" in chart.see
        assert noise_chart([], "data-noise-table") is None

    def test_numbers_by_group(self) -> None:
        (chart,) = measured_charts(self.QUALITY["features"], "data-measured-table")
        (row,) = chart.rows  # a spread is no share: it is in the table
        assert [mark.value for mark in row.marks] == [0.4, 0.1]
        assert [series.title for series in chart.series] == ["F", "(missing)"]

    def test_pictures_name_tables_of_the_page(self) -> None:
        (part,) = quality_parts(self.QUALITY)
        tables = {getattr(block, "id", None) for block in part.blocks}
        charts = [block for block in part.blocks if isinstance(block, Chart)]
        assert len(charts) == 2
        assert {chart.table for chart in charts} <= tables


def test_rows_that_are_sorted_and_values_that_are_counted_say_the_same() -> None:
    """Nearly all values differ: rows are sorted; with numbers of people, all one, counted."""
    rng = np.random.default_rng(4)
    n = 4_000
    sex = rng.choice(["F", "M", "X"], n, p=[0.5, 0.499, 0.001]).tolist()
    pay = pd.Series(np.exp(rng.normal(8, np.where(np.array(sex) == "F", 1, 0.7))))
    pay[rng.random(n) < 0.1] = np.nan
    pay = pd.Series(np.where(rng.random(n) < 0.2, pay.round(-1), pay.round(2)))
    found = []
    for weight in (None, np.ones(n)):
        rows = Rows.build(n, weight, frequency=True)
        (group,) = (Compared.of(one, rows) for one in attributes({"sex": sex}, rows))
        cells = cells_of(pd.DataFrame({"pay": pay}), "pay")
        ranks = ranked(cells, Kind.NUMERIC, rows)
        column = described("pay", cells)
        scan = MeasuredScan()
        scan.see(column, ranks, group, rounded(ranks.values))
        found.append(scan.found())
    assert [row.measure for row in found[0]] == ["spread", "outliers", "rounding"]
    for one, other in zip(*found, strict=True):
        assert one.p_value == pytest.approx(other.p_value, rel=1e-9)
        assert one.gap == pytest.approx(other.gap, rel=1e-9)
        for a, b in zip(one.groups, other.groups, strict=True):
            assert (a["group"], a["people"]) == (b["group"], b["people"])
            assert a["value"] == pytest.approx(b["value"], rel=1e-9)
    filled = pay.notna()
    for row in found[0][0].groups:  # by hand, from the rows
        own = pay[filled & (np.array(sex) == row["group"])]
        lowest = own.sort_values().iloc[int(np.ceil(len(own) / 2)) - 1]
        assert row["value"] == pytest.approx((own - lowest).abs().mean(), rel=1e-12)
