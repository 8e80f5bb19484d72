"""Pay: gaps against oracles, planted factors, and the test of tainted ones."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import auditkit
from auditkit.compliance.regression import least_squares


def entry(frame: pd.DataFrame, name: str, **told: Any) -> Any:
    data = auditkit.load(frame, protected="sex", reference={"sex": "M"})
    (found,) = auditkit.profile(data, frameworks=[name], answers={"pay": "pay", **told}).compliance
    return {table["id"]: table for table in found["tables"]}


def made(n: int = 400) -> pd.DataFrame:
    """Women earn 5 % less at like grade; they have lower grades, so 5 % and more in all."""
    random = np.random.default_rng(5)
    sex = np.array(["F", "M"] * (n // 2))
    grade = random.integers(1, 5, size=n) + (sex == "M")
    tenure = random.uniform(0, 20, size=n)
    log_pay = 10 + 0.10 * grade + 0.01 * tenure - 0.05 * (sex == "F")
    pay = np.exp(log_pay + random.normal(0, 0.05, size=n))
    return pd.DataFrame({"sex": sex, "grade": grade, "tenure": tenure, "pay": pay})


def test_least_squares_is_that_of_scipy() -> None:
    random = np.random.default_rng(1)
    x = random.normal(size=60)
    y = 2 + 0.5 * x + random.normal(size=60)
    fit, oracle = least_squares(y, {"x": x}), stats.linregress(x, y)
    assert fit is not None
    slope, error, robust = fit.of("x")
    assert (slope, error) == pytest.approx((oracle.slope, oracle.stderr))
    assert fit.r2 == pytest.approx(oracle.rvalue**2)
    # HC1 by hand for one regressor: n/(n-2) * sum(d^2 e^2) / (sum d^2)^2, d = x - mean.
    e, d = y - oracle.intercept - oracle.slope * x, x - x.mean()
    by_hand = math.sqrt(60 / 58 * (d**2 * e**2).sum() / (d**2).sum() ** 2)
    assert robust == pytest.approx(by_hand)


def test_the_raw_gap_is_the_two_sample_t_of_log_pay() -> None:
    frame = made()
    row = next(r for r in entry(frame, "adverse_impact_pro")["P1"]["rows"] if r["group"] == ["F"])
    f, m = (np.log(frame.loc[frame["sex"] == sex, "pay"]) for sex in "FM")
    assert row["gap"] == pytest.approx(math.expm1(f.mean() - m.mean()))
    assert row["sd"] == pytest.approx(stats.ttest_ind(f, m).statistic)
    assert row["marks"] == ["significant"]


def test_a_factor_takes_its_part_and_is_named_as_tainted() -> None:
    told = {"pay_factors": ["tenure"], "pay_contested": ["grade"]}
    tables = entry(made(), "adverse_impact_pro", **told)
    gaps = {row["model"]: row for row in tables["P2"]["rows"]}
    like = gaps["with grade (contested)"]
    assert gaps["no factors"]["gap"] < gaps["with grade (contested)"]["gap"] < 0
    assert like["gap"] == pytest.approx(math.expm1(-0.05), abs=0.015)  # as planted
    assert like["controls"] == ["tenure", "grade"]
    tainted = {row["factor"]: row["marks"] for row in tables["P4"]["rows"]}
    assert tainted == {"tenure": [], "grade": ["differs by group"]}
    (tenure,) = tables["P3"]["rows"]
    assert tenure["coefficient"] == pytest.approx(0.01, abs=0.003)


def test_mean_and_median_gap_and_quarters() -> None:
    """Women 10 20 30 40, men 20 40 60 80: means 25 and 50, medians 25 and 50."""
    frame = pd.DataFrame({"sex": ["F"] * 4 + ["M"] * 4, "pay": [10, 20, 30, 40, 20, 40, 60, 80]})
    rows = {row["group"][0]: row for row in entry(frame, "uk_equality")["E4"]["rows"]}
    women = rows["F"]
    assert (women["mean_gap"], women["median_gap"], women["n"]) == (0.5, 0.5, 4)
    # Sorted: 10F, 20F and 20M, 30F, 40F and 40M, 60M, 80M. Lowest two: 10F, half of each at 20.
    assert women["share_of_lower"] == pytest.approx(0.75)
    assert women["share_of_lower_middle"] == pytest.approx(0.75)
    assert women["share_of_upper_middle"] == pytest.approx(0.5)
    assert women["share_of_upper"] == pytest.approx(0.0)


def test_small_groupings_are_left_out_and_small_groups_are_not_judged() -> None:
    frame = made(60).assign(site=["a"] * 40 + ["b"] * 20)
    tables = entry(frame, "adverse_impact_pro", pay_groups="site")
    assert {row["grouping"] for row in tables["P1"]["rows"]} == {"a"}
    few = pd.DataFrame({"sex": ["F"] * 4 + ["M"] * 4, "pay": [10, 20, 30, 40, 20, 40, 60, 80]})
    row = next(r for r in entry(few, "adverse_impact_pro")["P1"]["rows"] if r["group"] == ["F"])
    assert row["marks"] == ["too few"]
