"""Profiling: facts about the rows. Expected numbers say where they come from.

"README" is shared/data/README.md or sample_data/README.md; both were counted with pandas, not with
auditkit. What is not quoted is computed here a second way: pandas crosstabs, SciPy, scikit-learn,
or by brute force.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fitted_once import untraced
from scipy import stats
from sklearn.metrics import roc_auc_score

from auditkit.columns import Cells, Kind, describe
from auditkit.errors import DataError, MetricError, SchemaError
from auditkit.profiling import (
    Leak,
    Proxy,
    leakage,
    missing_by_group,
    missing_with_outcome,
    proxies,
    spelling_variants,
)
from auditkit.profiling.association import chance_p
from auditkit.profiling.leakage import pairwise_auc, rank_auc
from auditkit.profiling.levels import Ranked, quantile_levels, ranked
from auditkit.profiling.rows import Rows

SHARED = Path(__file__).parents[2] / "shared" / "data"
SAMPLE = Path(__file__).parents[1] / "sample_data" / "hiring.csv"
Groups = dict[str, list[str | None]]


def real(name: str) -> pd.DataFrame:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"real data not here: {path}")
    return pd.read_csv(path, keep_default_na=False, na_values=[""])


@pytest.fixture(scope="module")
def hiring() -> pd.DataFrame:
    if not SAMPLE.exists():
        pytest.skip(f"sample data not here: {SAMPLE}")
    return pd.read_csv(SAMPLE, keep_default_na=False, na_values=[""])


def texts(series: pd.Series) -> list[str | None]:
    return [None if pd.isna(value) else str(value) for value in series]


def groups_of(frame: pd.DataFrame, *names: str) -> Groups:
    return {name: texts(frame[name]) for name in names}


def floats(mask: Any) -> np.ndarray:
    return np.asarray(mask, dtype=np.float64)


def as_ranks(numbers: np.ndarray, rows: Rows) -> Ranked:
    return ranked(Cells(pd.Series(numbers)), Kind.NUMERIC, rows)


def pair(found: list[Proxy], attribute: str, feature: str) -> Proxy:
    return next(row for row in found if (row.attribute, row.feature) == (attribute, feature))


def strengths(found: list[Leak]) -> dict[str, float]:
    return {row.feature: row.strength for row in found if row.strength is not None}


def noise(seed: int, n: int) -> tuple[pd.DataFrame, Groups, np.ndarray]:
    """Columns of every kind that know nothing of the groups or the outcome."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "number": rng.normal(size=n),
            "whole": rng.integers(0, 6, n),
            "flag": rng.random(n) < 0.1,
            "letter": rng.choice(list("abcdef"), n),
            "many": [f"v{i}" for i in rng.integers(0, n // 4, n)],
            "postcode": [f"p{i}" for i in rng.zipf(1.6, n) % 200],
            "rare": rng.choice(["x", "y"], n, p=[0.985, 0.015]),
            "spike": np.round(rng.exponential(size=n) * 3),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 400, n), "D"),
            "code": [f"id{i}" for i in rng.permutation(n)],
        }
    )
    frame.loc[rng.random(n) < 0.05, "number"] = np.nan
    frame.loc[rng.random(n) < 0.3, "letter"] = None
    race = rng.choice(["A", "B", "C", "D", ""], n, p=[0.6, 0.25, 0.1, 0.02, 0.03])
    groups: Groups = {
        "sex": list(rng.choice(["F", "M"], n)),
        "race": [value or None for value in race],
        "tiny": list(rng.choice(["x", "y", "z"], n, p=[0.5, 0.485, 0.015])),
    }
    outcome = floats(rng.random(n) < 0.3)
    outcome[rng.random(n) < 0.05] = np.nan
    return frame, groups, outcome


def everything(
    frame: pd.DataFrame, groups: Groups, outcome: np.ndarray, **weights: Any
) -> list[dict[str, Any]]:
    """Run it all, as the record's rows."""
    columns = list(frame)
    found: list[Any] = [
        *missing_by_group(frame, groups, columns, **weights),
        *missing_with_outcome(frame, outcome, columns, **weights),
        *proxies(frame, groups, columns, **weights),
        *leakage(frame, outcome, columns, **weights),
    ]
    return [row.to_dict() for row in found]


class TestMissingByGroup:
    def test_titanic_age_by_sex_is_what_pandas_counts(self) -> None:
        frame = real("titanic.csv")
        found = missing_by_group(frame, groups_of(frame, "sex"), list(frame))
        table = frame["age"].isna().groupby(frame["sex"]).agg(["sum", "count", "mean"])
        assert [row.to_dict() for row in found] == [
            {
                "column": "age",
                "attributes": ["sex"],
                "group": [sex],
                "missing": table.loc[sex, "sum"],
                "rows": table.loc[sex, "count"],
                "share": pytest.approx(table.loc[sex, "mean"], abs=1e-15),
                "reason": None,
            }
            for sex in ("female", "male")
        ]
        assert sum(row.missing for row in found) == 263  # README

    def test_missing_is_a_group_comes_last_and_is_not_asked_about_itself(self) -> None:
        frame = pd.DataFrame({"sex": ["b", None, "a", None], "age": [None, None, 1.0, 2.0]})
        found = missing_by_group(frame, groups_of(frame, "sex"), ["sex", "age"])
        assert [(row.column, row.group, row.missing, row.rows) for row in found] == [
            ("age", ("a",), 0, 1),
            ("age", ("b",), 1, 1),
            ("age", (None,), 1, 2),
        ]

    def test_only_empty_cells_are_missing(self) -> None:
        frame = pd.DataFrame({"x": ["", "NA", "?", "None"], "y": [math.inf, 0.0, 1.0, 2.0]})
        assert missing_by_group(frame, {"g": ["a", "a", "b", "b"]}, ["x", "y"]) == []

    def test_survey_weights_move_the_share_and_not_the_counts(self) -> None:
        frame = pd.DataFrame({"x": [None, 1.0, None, 1.0]})
        groups: Groups = {"g": ["a", "a", "b", "b"]}
        found = missing_by_group(frame, groups, ["x"], weight=[3, 1, 0, 0])
        assert [(row.missing, row.rows, row.share) for row in found] == [(1, 2, 0.75), (1, 2, None)]
        assert found[1].reason == "all weights of the group are zero"

    def test_groups_are_read_as_the_counts_read_them(self) -> None:
        frame = pd.DataFrame({"x": [None, 1.0, 2.0]})
        found = missing_by_group(frame, {"g": [1.0, "1", float("nan")]}, ["x"])  # type: ignore[list-item]
        assert [(row.group, row.rows) for row in found] == [(("1",), 2), ((None,), 1)]


class TestMissingWithOutcome:
    def test_titanic_age(self) -> None:
        # README: 263 missing, survival 27.8 % among them, 40.8 % among the known
        frame = real("titanic.csv")
        (row,) = missing_with_outcome(frame, floats(frame["survived"] == "yes"), list(frame))
        table = pd.crosstab(frame["age"].isna(), frame["survived"] == "yes").to_numpy()
        assert (row.column, row.missing_events, row.missing_n) == ("age", 73, 263)
        assert (row.known_events, row.known_n) == (427, 1046)
        assert round(row.missing_rate or 0, 3) == 0.278
        assert round(row.known_rate or 0, 3) == 0.408
        assert row.difference == pytest.approx(73 / 263 - 427 / 1046)
        assert row.method == "fisher exact"
        assert row.p_value == pytest.approx(stats.fisher_exact(table).pvalue)
        assert row.p_adjusted == row.p_value

    def test_titanic_interval_is_newcombes_method_10(self) -> None:
        # From SciPy's Wilson intervals, put together by hand.
        def wilson(x: int, n: int) -> tuple[float, float]:
            found = stats.binomtest(x, n).proportion_ci(method="wilson")
            return found.low, found.high

        (a, b), (c, d) = wilson(73, 263), wilson(427, 1046)
        p, q = 73 / 263, 427 / 1046
        frame = real("titanic.csv")
        (row,) = missing_with_outcome(frame, floats(frame["survived"] == "yes"), ["age"])
        assert row.low == pytest.approx(p - q - math.hypot(p - a, d - q))
        assert row.high == pytest.approx(p - q + math.hypot(b - p, q - c))

    def test_sample_race_and_gender_go_missing_among_the_rejected(
        self, hiring: pd.DataFrame
    ) -> None:
        # README: race 44 of 1777 hired and 383 of 4223 rejected, p = 5.5e-23; gender 22 of 1777
        # and 172 of 4223, p = 1.1e-09; skills_test whatever the outcome
        outcome = floats(hiring["hired"] == "yes")
        found = {row.column: row for row in missing_with_outcome(hiring, outcome, list(hiring))}
        assert list(found) == ["gender", "race", "skills_test"]
        race, gender = found["race"], found["gender"]
        assert (race.missing_events, race.missing_n) == (44, 44 + 383)
        assert (gender.missing_events, gender.missing_n) == (22, 22 + 172)
        assert race.p_value == pytest.approx(5.5e-23, rel=0.01)
        assert gender.p_value == pytest.approx(1.1e-09, rel=0.01)
        assert race.p_adjusted == pytest.approx(3 * (race.p_value or 0))  # Holm, 3 columns
        assert (found["skills_test"].p_adjusted or 0) > 0.05

    def test_unknown_outcomes_are_left_out_and_counted(self) -> None:
        # README: 395 without an employment status, all of them children
        frame = real("acs2012_sample.csv")
        outcome = floats((frame["employment"] == "employed").where(frame["employment"].notna()))
        found = {row.column: row for row in missing_with_outcome(frame, outcome, list(frame))}
        assert {row.unknown for row in found.values()} == {395}
        edu = found["edu"]  # education is missing only for children
        assert (edu.missing_n, edu.difference, edu.p_value) == (0, None, None)
        assert edu.reason == "no row with a known outcome where 'edu' is empty"

    def test_one_outcome_has_no_test_and_says_so(self) -> None:
        frame = pd.DataFrame({"x": [None, None, 1.0]})
        (row,) = missing_with_outcome(frame, [1, 1, 1], ["x"])
        assert (row.difference, row.p_value, row.method) == (0.0, None, "none")
        assert row.reason == "every row has the same outcome"

    def test_many_people_get_the_pooled_z_test(self) -> None:
        empty = np.repeat([True, False], 10_000)
        outcome = np.tile([1.0, 0.0, 0.0, 0.0], 5_000)
        outcome[:200] = 1.0
        frame = pd.DataFrame({"x": np.where(empty, np.nan, 1.0)})
        (row,) = missing_with_outcome(frame, outcome, ["x"])
        table = pd.crosstab(empty, outcome).to_numpy()
        assert row.method == "pooled z"
        assert row.p_value == pytest.approx(
            stats.chi2_contingency(table, correction=False).pvalue, rel=1e-9
        )


class TestProxies:
    def test_resume_first_names_tell_race_and_gender(self) -> None:
        # README: firstname encodes race and gender exactly; 36 names, so the correction takes a bit
        frame = real("resume_audit.csv")
        features = [name for name in frame if name not in ("race", "gender", "received_callback")]
        found = proxies(frame, groups_of(frame, "race", "gender"), features)
        assert [row.feature for row in found[:2]] == ["firstname", "firstname"]
        n, r = 4870, 36
        bergsma = math.sqrt((1 - (r - 1) / (n - 1)) / (1 - 1 / (n - 1)))
        assert found[0].strength == pytest.approx(bergsma, abs=1e-12)
        assert bergsma > 0.99
        assert (found[0].p_adjusted or 1) < 1e-200
        # race was assigned at random: nothing else on the CV or the job may tell it
        assert max(row.strength or 0 for row in found if row.attribute == "race"
                   and row.feature != "firstname") < 0.1  # fmt: skip

    def test_german_personal_status_is_sex(self) -> None:
        frame = real("german_credit.csv")
        features = [name for name in frame if name not in ("sex", "class")]
        found = proxies(frame, groups_of(frame, "sex"), features)
        assert found[0].feature == "personal_status"
        assert round(found[0].strength or 0, 2) == 1.0
        assert (found[1].strength or 1) < 0.3

    def test_adult_relationship_tells_sex(self) -> None:
        # With 32,561 rows the correction is in the fourth decimal: SciPy's plain V will do.
        frame = real("adult_train.csv.gz")
        found = proxies(frame, groups_of(frame, "sex", "race"), ["relationship", "age", "sex"])
        plain = stats.contingency.association(pd.crosstab(frame["relationship"], frame["sex"]))
        row = pair(found, "sex", "relationship")
        assert (row.strength or 0) >= 0.6
        assert row.strength == pytest.approx(plain, abs=5e-4)
        assert (row.low or 0) < (row.strength or 0) < (row.high or 0)
        assert ("sex", "sex") not in {(row.attribute, row.feature) for row in found}
        assert ("race", "sex") in {(row.attribute, row.feature) for row in found}

    def test_sample_society_tells_gender_and_postcode_nothing(self, hiring: pd.DataFrame) -> None:
        # README: society 0.52 with Non-binary as a third row; postcode tied to no group
        features = ["society", "postcode_area", "skills_test", "applied_on", "applicant_id"]
        found = proxies(hiring, groups_of(hiring, "gender", "race"), features)
        top = found[0]
        assert (top.attribute, top.feature) == ("gender", "society")
        assert round(top.strength or 0, 2) == 0.52
        assert (top.n, top.left_out) == (6000 - 194, 194)
        assert top.note == "194 without 'gender' left out"
        assert max(row.strength or 0 for row in found[1:]) < 0.05
        last = found[-1]
        assert (last.feature, last.strength) == ("applicant_id", None)
        assert last.reason is not None
        assert last.reason.startswith("not measured: ")

    def test_loanapp_missing_attribute_is_left_out(self) -> None:
        frame = real("loanapp.csv")  # README: male has 15 missing values
        frame["male"] = frame["male"].map({0: "no", 1: "yes"})
        row = pair(proxies(frame, groups_of(frame, "male"), ["married"]), "male", "married")
        assert (row.n, row.left_out) == (1989 - 15, 15)

    def test_noise_is_no_proxy(self) -> None:
        for seed in range(40):
            frame, groups, _ = noise(seed, int(np.random.default_rng(seed).integers(500, 2001)))
            for row in proxies(frame, groups, list(frame)):
                strong = (row.strength or 0) >= 0.3 and (row.p_adjusted or 1) < 0.05
                assert not strong, (seed, row)

    def test_a_missing_cell_can_be_the_proxy(self) -> None:
        frame = pd.DataFrame({"maiden_name_given": ["x", None] * 100, "n": [None, 3.5] * 100})
        found = proxies(frame, {"sex": ["F", "M"] * 100}, list(frame))
        assert [row.strength for row in found] == [pytest.approx(1.0)] * 2

    def test_dates_and_numbers_count_on_the_same_scale(self) -> None:
        days = pd.Series(pd.date_range("2000-01-01", periods=400))
        frame = pd.DataFrame(
            {"date": days, "number": np.arange(400) / 7, "written": days.astype(str)}
        )
        groups: Groups = {"cohort": ["old"] * 200 + ["new"] * 200}
        found = proxies(frame, groups, list(frame))
        assert {row.feature for row in found} == {"date", "number", "written"}
        assert {round(row.strength or 0, 6) for row in found} == {round(found[0].strength or 0, 6)}
        assert (found[0].strength or 0) > 0.98

    def test_rare_levels_are_pooled_and_cannot_look_perfect(self) -> None:
        rng = np.random.default_rng(4)
        many = [f"street {i}" for i in rng.integers(0, 300, 600)]
        frame = pd.DataFrame({"street": many})
        row = proxies(frame, {"sex": list(rng.choice(["F", "M"], 600))}, ["street"])[0]
        assert (row.strength or 0) < 0.2
        assert row.note is not None
        assert row.note.endswith("rare levels pooled")
        capped = proxies(frame, {"sex": ["F", "M"] * 300}, ["street"], max_levels=3)[0]
        assert capped.note == f"{len(set(many)) - 3} rare levels pooled"

    def test_misspelt_groups_do_not_hide_a_perfect_proxy(self) -> None:
        groups: Groups = {"sex": ["F"] * 100 + ["M"] * 100 + ["f.", "fem", "?"]}
        frame = pd.DataFrame({"title": ["Ms"] * 100 + ["Mr"] * 100 + ["Ms", "Ms", "Mr"]})
        row = proxies(frame, groups, ["title"])[0]
        assert row.strength == pytest.approx(1.0)
        assert row.note == "3 in groups of fewer than 5 left out"

    @pytest.mark.parametrize(
        ("values", "groups", "reason"),
        [
            (["x"] * 20, ["a", "b"] * 10, "every row holds the same value"),
            ([None] * 20, ["a", "b"] * 10, "no cell holds a value"),
            (["x", "y"] * 10, ["a"] * 20, "fewer than two groups of 5 people to tell apart"),
            (["x", "y"] * 10, [None] * 20, "fewer than two groups of 5 people to tell apart"),
            ([f"v{i}" for i in range(20)], ["a", "b"] * 10,
             "once the rare levels are pooled only one level is left"),
        ],
    )  # fmt: skip
    def test_undefined_is_none_with_a_reason(
        self, values: list[Any], groups: list[str | None], reason: str
    ) -> None:
        row = proxies(pd.DataFrame({"x": values}), {"g": groups}, ["x"])[0]
        assert (row.strength, row.low, row.high, row.p_value, row.p_adjusted) == (None,) * 5
        assert row.reason == reason

    def test_quantile_levels_share_the_weight_and_keep_equal_numbers_together(self) -> None:
        rng = np.random.default_rng(1)
        cells = rng.normal(size=1000)
        plain = Rows.build(1000, None, frequency=False)
        assert (
            np.bincount(quantile_levels(as_ranks(cells, plain), plain, 10).codes).tolist()
            == [100] * 10
        )
        spiked = np.where(rng.random(1000) < 0.9, 0.0, cells)
        levels = quantile_levels(as_ranks(spiked, plain), plain, 10)
        assert len(set(levels.codes[spiked == 0.0].tolist())) == 1


class TestChance:
    @untraced()
    @pytest.mark.parametrize(("few", "levels"), [(0.3, 5), (0.02, 40)])
    def test_it_keeps_its_level_by_permutation(self, few: float, levels: int) -> None:
        rng = np.random.default_rng(0)
        x = rng.choice(levels, 500, p=[0.01] * (levels - 1) + [1 - 0.01 * (levels - 1)])
        y = (rng.random(500) < few).astype(int)
        hits = [chance_p(floats(pd.crosstab(x, rng.permutation(y)))) or 0 for _ in range(300)]
        assert 0.01 <= np.mean(np.array(hits) < 0.05) <= 0.09

    def test_a_full_table_gives_the_usual_chi_square_test(self) -> None:
        table = np.array([[300.0, 250.0, 210.0], [280.0, 290.0, 240.0]])
        usual = stats.chi2_contingency(table, correction=False).pvalue
        assert chance_p(table) == pytest.approx(usual, rel=0.01)

    def test_a_sparse_two_by_two_gets_fishers_test(self) -> None:
        table = np.array([[3.0, 1.0], [20.0, 60.0]])
        assert chance_p(table) == pytest.approx(stats.fisher_exact(table).pvalue)

    @pytest.mark.parametrize("table", [[[5.0, 5.0]], [[1.0, 0.0], [0.0, 1.0]], [[0.0]]])
    def test_nothing_to_test(self, table: list[list[float]]) -> None:
        assert chance_p(np.array(table)) is None


class TestLeakage:
    @pytest.mark.parametrize(
        ("name", "outcome", "leaks", "ordinary"),
        [
            ("loanapp.csv", lambda f: f["approve"] == 1, {"action": 1.0, "reject": 1.0}, 0.8),
            ("ricci_promotions.csv", lambda f: f["Promoted"] == 1, {"Combine": 1.0}, 0.9),
            ("adult_train.csv.gz", lambda f: f["income"] == ">50K", {}, 0.8),
            ("german_credit.csv", lambda f: f["class"] == "good", {}, 0.75),
            ("resume_audit.csv", lambda f: f["received_callback"] == 1, {}, 0.7),
            # README: is_recid, event, r_* and vr_* leak the target. is_recid is 1 for all 3,251
            # and for 220 of the 3,963 others: AUC 1 - 220 / 3963 / 2 = 0.972.
            (
                "compas_two_years.csv.gz", lambda f: f["two_year_recid"] == 1,
                {"is_recid": 0.972243, "r_charge_degree": 0.972243, "r_charge_desc": 0.970782,
                 "end": 0.927953, "event": 0.883917, "r_days_from_arrest": 0.825013}, 0.71,
            ),
        ],
    )  # fmt: skip
    def test_real_data(
        self,
        name: str,
        outcome: Callable[[pd.DataFrame], pd.Series],
        leaks: dict[str, float],
        ordinary: float,
    ) -> None:
        frame = real(name)
        labels = {"approve", "Promoted", "income", "class", "received_callback", "two_year_recid"}
        features = [column for column in frame if column not in labels]
        found = strengths(leakage(frame, floats(outcome(frame)), features))
        assert list(found)[: len(leaks)] == list(leaks)
        assert {name: round(found[name], 6) for name in leaks} == leaks
        assert max(strength for name, strength in found.items() if name not in leaks) < ordinary

    def test_sample_offer_sent(self, hiring: pd.DataFrame) -> None:
        # README: agrees with hired in 5970 of 6000 rows (99.5 %); 29.6 % were hired
        features = [name for name in hiring if name != "hired"]
        found = leakage(hiring, floats(hiring["hired"] == "yes"), features)
        assert found[0].feature == "offer_sent"
        assert (found[0].strength or 0) > 0.975
        assert found[0].why == (
            "'offer_sent' alone tells the outcome of 99.5 % of the rows (70.4 % without it)"
        )
        assert (found[1].strength or 1) < 0.8
        assert strengths(found)["applicant_id"] == 0.5

    def test_numbers_are_scored_as_scikit_learn_scores_them(self) -> None:
        frame = real("adult_train.csv.gz")
        outcome = floats(frame["income"] == ">50K")
        weight = frame["fnlwgt"].to_numpy()
        for weights in (None, weight):
            (row,) = leakage(frame, outcome, ["age"], weight=weights)
            table = np.zeros((2, 100))
            np.add.at(table, (outcome.astype(int), frame["age"]), 1 if weights is None else weights)
            auc = roc_auc_score(outcome, frame["age"], sample_weight=weights)
            assert rank_auc(table)[0] == pytest.approx(auc, abs=1e-12)
            assert (row.strength or 0) >= auc - 1e-12  # by rank, or better by level

    def test_pairwise_auc_is_leave_pair_out_by_brute_force(self) -> None:
        rng = np.random.default_rng(7)
        level, y = rng.integers(0, 9, 60), rng.random(60) < 0.4
        wins = 0.0
        rate = (y.sum() - 1) / 58
        for i in np.flatnonzero(y):
            for j in np.flatnonzero(~y):
                rest = np.ones(60, dtype=bool)
                rest[[i, j]] = False

                def score(k: int, rest: np.ndarray = rest) -> float:
                    mine = rest & (level == k)
                    return float((y[mine].sum() + rate) / (mine.sum() + 1))

                a, b = score(level[i]), score(level[j])
                wins += 0.5 if abs(a - b) < 1e-12 else float(a > b)
        people = np.stack([np.bincount(level[~y], minlength=9), np.bincount(level[y], minlength=9)])
        auc, _ = pairwise_auc(floats(people), floats(people))
        assert auc == pytest.approx(wins / (y.sum() * (~y).sum()))

    @pytest.mark.parametrize("levels", [2, 10, 100, 400])
    def test_noise_scores_one_half_on_average_at_any_number_of_levels(self, levels: int) -> None:
        scores = []
        for seed in range(200):
            rng = np.random.default_rng(seed)
            level, y = rng.integers(0, levels, 400), rng.random(400) < 0.3
            shape = {"minlength": levels}
            people = np.stack([np.bincount(level[~y], **shape), np.bincount(level[y], **shape)])
            scores.append(pairwise_auc(floats(people), floats(people))[0])
        error = float(np.std(scores)) / math.sqrt(len(scores))
        assert abs(np.mean(scores) - 0.5) < 4 * error

    @pytest.mark.parametrize("weighted", [False, True])
    def test_identifiers_and_text_tell_nothing(self, weighted: bool) -> None:
        rng = np.random.default_rng(2)
        n = 500
        frame = pd.DataFrame(
            {
                "id": [f"A{i}" for i in rng.permutation(n)],
                "note": [" ".join(rng.choice(list("abcdefghij"), 12)) for _ in range(n)],
            }
        )
        weight = rng.random(n) if weighted else None
        found = leakage(frame, floats(rng.random(n) < 0.3), list(frame), weight=weight)
        assert [row.strength for row in found] == [pytest.approx(0.5, abs=1e-12)] * 2

    def test_a_column_filled_for_one_outcome_only(self) -> None:
        rng = np.random.default_rng(3)
        hired = rng.random(1000) < 0.3
        frame = pd.DataFrame({"badge": np.where(hired, [f"B{i}" for i in range(1000)], None)})
        (row,) = leakage(frame, floats(hired), ["badge"])
        assert row.strength == 1.0
        assert row.why.startswith("whether 'badge' is filled tells the outcome of 100 % of the")

    def test_a_leak_with_holes_is_a_leak_where_it_is_filled(self) -> None:
        rng = np.random.default_rng(5)
        hired = rng.random(1000) < 0.3
        salary = np.where(hired, 50_000.0, 0.0) + rng.random(1000)
        salary[rng.random(1000) < 0.6] = np.nan
        (row,) = leakage(pd.DataFrame({"salary": salary}), floats(hired), ["salary"])
        assert row.strength == 1.0
        filled = int((~np.isnan(salary)).sum())
        assert f"100 % of the {filled:,} rows where it is filled" in row.why
        few = np.where(np.arange(1000) < 30, salary, np.nan)  # under 10 hired: could be chance
        (row,) = leakage(pd.DataFrame({"salary": few}), floats(hired), ["salary"])
        assert (row.strength or 1) < 0.6

    def test_a_code_in_the_middle_is_found_by_level(self) -> None:
        code = np.tile([1, 2, 3, 4], 100)
        found = leakage(pd.DataFrame({"code": code}), floats(np.isin(code, [2, 4])), ["code"])
        assert found[0].strength == 1.0

    def test_a_row_number_sorted_by_the_outcome(self) -> None:
        frame = pd.DataFrame({"row": range(1000, 1200)})
        assert describe(frame, ["row"])["row"].kind == "identifier"
        found = leakage(frame, [1.0] * 80 + [0.0] * 120, ["row"])
        assert found[0].strength == 1.0

    @pytest.mark.parametrize(
        ("outcome", "reason"),
        [
            ([1.0] * 40, "everyone has the same outcome: there is nothing to tell"),
            ([math.nan] * 40, "everyone has the same outcome: there is nothing to tell"),
            ([1.0] * 9 + [0.0] * 31,
             "only 9 people on one side of the outcome: too few to tell a leak from chance"),
        ],
    )  # fmt: skip
    def test_undefined_is_none_with_a_reason(self, outcome: list[float], reason: str) -> None:
        (row,) = leakage(pd.DataFrame({"x": range(40)}), outcome, ["x"])
        assert (row.strength, row.reason, row.why) == (None, reason, reason)

    def test_names_are_untrusted_text(self) -> None:
        name = "x{0}%\x1b[31m"
        found = leakage(pd.DataFrame({name: [1, 0] * 20}), [1.0, 0.0] * 20, [name])
        assert found[0].feature == name
        assert "\x1b" not in found[0].why


class TestSpelling:
    def test_the_most_frequent_spelling_is_proposed_stripped(self) -> None:
        groups: Groups = {
            "sex": ["male "] * 3 + ["Male"] * 2 + ["MALE"] + ["Female"] * 4 + [None],
            "race": ["A", "B"],
        }
        assert [row.to_dict() for row in spelling_variants(groups)] == [
            {
                "attribute": "sex",
                "variants": [
                    {"spelling": "male ", "rows": 3},
                    {"spelling": "Male", "rows": 2},
                    {"spelling": "MALE", "rows": 1},
                ],
                "proposed": "male",
            }
        ]

    def test_ties_do_not_depend_on_the_order_of_the_rows(self) -> None:
        one = spelling_variants({"g": ["b", "B", "a", "A"]})
        assert one == spelling_variants({"g": ["A", "a", "B", "b"]})
        assert [row.proposed for row in one] == ["A", "B"]

    def test_clean_groups_and_blanks_propose_nothing(self) -> None:
        assert spelling_variants({"g": ["a", "b", " ", "", None]}) == []


class TestLaws:
    @pytest.mark.parametrize("weights", ["none", "survey", "people"])
    def test_the_order_of_the_rows_never_matters(self, weights: str) -> None:
        frame, groups, outcome = noise(11, 700)
        rng = np.random.default_rng(12)
        weight = {
            "none": None,
            "survey": rng.lognormal(size=700),
            "people": rng.integers(0, 9, 700),
        }[weights]
        order = rng.permutation(700)
        options = {"frequency": weights == "people"}
        plain = everything(frame, groups, outcome, weight=weight, **options)
        mixed = everything(
            frame.iloc[order],
            {name: [values[i] for i in order] for name, values in groups.items()},
            outcome[order],
            weight=None if weight is None else weight[order],
            **options,
        )
        assert json.dumps(plain, allow_nan=False) == json.dumps(mixed, allow_nan=False)

    def test_people_per_row_are_rows(self) -> None:
        frame, groups, outcome = noise(13, 200)
        frame = frame.drop(columns="code")  # an id is not one when its row stands for many
        times = np.random.default_rng(14).integers(0, 6, 200)
        rows = np.repeat(np.arange(200), times)
        kinds = describe(frame, list(frame))  # a column's kind is seen in rows, not in people
        people: dict[str, Any] = {"weight": times, "frequency": True}
        longer = frame.iloc[rows].reset_index(drop=True)
        repeated = {name: [values[i] for i in rows] for name, values in groups.items()}
        columns = list(frame)
        assert missing_by_group(frame, groups, columns, **people) == missing_by_group(
            longer, repeated, columns
        )
        assert missing_with_outcome(frame, outcome, columns, **people) == missing_with_outcome(
            longer, outcome[rows], columns
        )
        assert proxies(frame, groups, columns, described=kinds, **people) == proxies(
            longer, repeated, columns, described=kinds
        )
        assert leakage(frame, outcome, columns, described=kinds, **people) == leakage(
            longer, outcome[rows], columns, described=kinds
        )

    def test_berkeley_from_rows_and_from_counts(self) -> None:
        rows, counts = real("berkeley_admissions.csv"), real("berkeley_admissions_counts.csv")
        (one,) = proxies(rows, groups_of(rows, "gender"), ["dept"])
        (two,) = proxies(
            counts, groups_of(counts, "gender"), ["dept"], weight=counts["freq"], frequency=True
        )
        assert one == two
        assert one.n == 4526

    def test_the_scale_of_survey_weights_does_not_matter(self) -> None:
        frame, groups, outcome = noise(15, 600)
        weight = np.random.default_rng(16).lognormal(size=600)
        one = everything(frame, groups, outcome, weight=weight)
        two = everything(frame, groups, outcome, weight=weight * 1024)  # exact in binary
        for a, b in zip(one, two, strict=True):
            for key, value in a.items():
                assert b[key] == (pytest.approx(value) if isinstance(value, float) else value)

    def test_equal_survey_weights_are_no_weights(self) -> None:
        frame, groups, outcome = noise(17, 600)
        equal = np.full(600, 4.0)
        columns = list(frame)
        for a, b in zip(
            proxies(frame, groups, columns),
            proxies(frame, groups, columns, weight=equal),
            strict=True,
        ):
            assert (a.feature, a.n) == (b.feature, b.n)
            assert a.strength == (None if b.strength is None else pytest.approx(b.strength))
        assert leakage(frame, outcome, columns) == leakage(frame, outcome, columns, weight=equal)

    def test_unequal_survey_weights_widen_the_interval(self) -> None:
        frame = pd.DataFrame({"x": ["a", "b"] * 300, "hole": [None, 1.0, 1.0] * 200})
        groups: Groups = {"g": (["u"] * 40 + ["v"] * 60) * 6}
        outcome = floats(np.arange(600) % 5 == 0)
        weight = np.random.default_rng(18).lognormal(sigma=1.5, size=600)
        for plain, weighted in (
            (proxies(frame, groups, ["x"]), proxies(frame, groups, ["x"], weight=weight)),
            (
                missing_with_outcome(frame, outcome, ["hole"]),
                missing_with_outcome(frame, outcome, ["hole"], weight=weight),
            ),
        ):
            a: Any = plain[0]
            b: Any = weighted[0]
            assert b.high - b.low > a.high - a.low

    def test_the_record_has_no_nan_and_every_field(self) -> None:
        frame, groups, outcome = noise(19, 300)
        for row in (
            *missing_by_group(frame, groups, list(frame)),
            *missing_with_outcome(frame, outcome, list(frame)),
            *proxies(frame, groups, list(frame)),
            *leakage(frame, outcome, list(frame)),
        ):
            assert list(row.to_dict()) == [field.name for field in fields(row)]
            json.dumps(row.to_dict(), allow_nan=False)

    def test_columns_of_every_dtype(self) -> None:
        n = 60
        frame = pd.DataFrame(
            {
                "Int64": pd.array([1, 2, None] * 20, dtype="Int64"),
                "boolean": pd.array([True, None, False] * 20, dtype="boolean"),
                "category": pd.Categorical(["a", "b", None] * 20),
                "string": pd.array(["a", None, "b"] * 20, dtype="string"),
                "lists": [[1], [2], None] * 20,
                "inf": [math.inf, -math.inf, 1.5] * 20,
                "mixed": pd.Series([1, "one", None] * 20, dtype=object),
                "zone": pd.date_range("2026-01-01", periods=n, tz="Europe/Oslo"),
                "gap": pd.to_timedelta(np.arange(n) % 7, "D"),
                "empty": [None] * n,
            }
        )
        groups: Groups = {"g": ["x", "y"] * 30}
        assert len(everything(frame, groups, floats(np.arange(n) % 3 == 0))) > 20


class TestBadInput:
    def test_no_such_column_names_the_nearest(self) -> None:
        frame = pd.DataFrame({"age": [1.0, None]})
        calls: list[Callable[[], object]] = [
            lambda: missing_by_group(frame, {"g": ["a", "b"]}, ["agee"]),
            lambda: missing_with_outcome(frame, [0, 1], ["agee"]),
            lambda: proxies(frame, {"g": ["a", "b"]}, ["agee"]),
            lambda: leakage(frame, [0, 1], ["agee"]),
        ]
        for call in calls:
            with pytest.raises(SchemaError, match="did you mean 'age'"):
                call()

    def test_a_column_twice(self) -> None:
        frame = pd.DataFrame([[1.0, None]], columns=["x", "x"])
        with pytest.raises(DataError, match="more than once"):
            missing_by_group(frame, {"g": ["a"]}, ["x"])

    @pytest.mark.parametrize(
        ("weight", "frequency", "message"),
        [
            ([1, 2, 3], False, "one number for each of 2 rows"),
            ([1, -1], False, "negative"),
            ([1, math.nan], False, "missing"),
            ([0, 0], False, "zero in every row"),
            (["a", "b"], False, "must be numbers"),
            ([1.5, 2], True, "whole numbers"),
        ],
    )
    def test_weights(self, weight: list[Any], frequency: bool, message: str) -> None:
        frame = pd.DataFrame({"x": [1.0, None]})
        with pytest.raises(MetricError, match=message):
            missing_by_group(frame, {"g": ["a", "b"]}, ["x"], weight=weight, frequency=frequency)

    @pytest.mark.parametrize("outcome", [[1, 0, 1], [1, 2], ["yes", "no"]])
    def test_outcomes(self, outcome: list[Any]) -> None:
        with pytest.raises(MetricError, match="outcome must be"):
            leakage(pd.DataFrame({"x": [1.0, None]}), outcome, ["x"])

    def test_groups_of_another_length(self) -> None:
        with pytest.raises(MetricError, match="'g' has 1 values for 2 rows"):
            proxies(pd.DataFrame({"x": [1.0, None]}), {"g": ["a"]}, ["x"])

    def test_no_rows(self) -> None:
        frame = pd.DataFrame({"x": pd.Series(dtype=float)})
        rows = everything(frame, {"g": []}, np.array([]))
        assert [row["strength"] for row in rows] == [None, None]


def test_the_door_imports_nothing_heavy() -> None:
    code = (
        "import sys, auditkit.profiling\n"
        "print([m for m in ('pandas', 'scipy', 'sklearn', 'fairlearn') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1],
    )  # fmt: skip
    assert done.stdout.strip() == "[]"
