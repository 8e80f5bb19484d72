"""Published figures, each from one call on the real data (see shared/data/README.md)."""

from __future__ import annotations

import pandas as pd
import pytest

from auditkit import inference, metrics
from auditkit.fairness import compare_groups
from auditkit.strata import adjusted_gaps


@pytest.fixture(scope="module")
def compas(shared_data):
    table = pd.read_csv(shared_data / "compas_two_years.csv.gz")
    table["high"] = (table["decile_score"] >= 5).astype(int)
    return table


# ProPublica (2016), "Machine Bias": error rates of Black and White defendants, high = 5 or more.
@pytest.mark.parametrize(
    ("function", "black", "white"),
    [
        (metrics.false_positive_rate, 0.4485, 0.2345),
        (metrics.false_negative_rate, 0.2799, 0.4772),
        (metrics.positive_predictive_value, 0.6297, 0.5913),
    ],
)
def test_compas_error_rates(compas, function, black, white):
    for race, expected in (("African-American", black), ("Caucasian", white)):
        rows = compas[compas["race"] == race]
        assert function(rows["two_year_recid"], rows["high"]) == pytest.approx(expected, abs=5e-5)


def test_compas_in_one_call(compas):
    rates = ["false_positive_rate", "false_negative_rate", "positive_predictive_value"]
    rows = metrics.by_group(
        compas["two_year_recid"], compas["high"], sensitive_features={"race": compas["race"]},
        metrics=rates,
    )  # fmt: skip
    found = {(row["race"], row["metric"]): round(100 * row["value"], 2) for row in rows}
    black, white = ([found[race, name] for name in rates] for race in (
        "African-American", "Caucasian",
    ))  # fmt: skip
    assert (black, white) == ([44.85, 27.99, 62.97], [23.45, 47.72, 59.13])


def test_compas_after_the_usual_filter(compas):
    kept = compas[
        compas["days_b_screening_arrest"].between(-30, 30)
        & compas["is_recid"].ne(-1)
        & compas["c_charge_degree"].ne("O")
        & compas["score_text"].ne("N/A")
    ]
    rows = metrics.by_group(kept["two_year_recid"], sensitive_features=kept["race"])
    assert sum(row["n"] for row in rows) == 6172


def test_compas_gap_in_false_positives(compas):
    two = compas[compas["race"].isin(["African-American", "Caucasian"])]
    found = metrics.false_positive_rate_difference(
        two["two_year_recid"], two["high"], sensitive_features=two["race"], reference="Caucasian"
    )
    assert found == pytest.approx(0.4485 - 0.2345, abs=1e-4)


def test_adult_outcomes(shared_data):
    table = pd.read_csv(shared_data / "adult_train.csv.gz", keep_default_na=False)
    found = metrics.base_rate_ratio(
        table["income"], sensitive_features=table["sex"], pos_label=">50K"
    )
    assert found == pytest.approx(0.358, abs=5e-4)  # 10.95 % of women, 30.57 % of men
    rows = metrics.by_group(
        table["income"], sensitive_features=table["sex"], pos_label=">50K"
    )  # facts.json
    assert [round(row["value"], 6) for row in rows] == [0.109461, 0.305737]


def test_german_credit(shared_data):
    table = pd.read_csv(shared_data / "german_credit.csv", keep_default_na=False)
    rows = metrics.by_group(table["class"], sensitive_features=table["sex"], pos_label="good")
    assert [round(row["value"], 4) for row in rows] == [0.6484, 0.7232]  # women, men
    young = table["age"].gt(25).map({True: "older", False: "25 or less"})
    rows = metrics.by_group(table["class"], sensitive_features=young, pos_label="good")
    assert [round(row["value"], 4) for row in rows] == [0.5789, 0.7284]
    rows = metrics.by_group(
        table["class"], sensitive_features=table["foreign_worker"], pos_label="good"
    )
    assert [row["n"] for row in rows] == [37, 963]


def test_berkeley_pooled_and_within_departments(shared_data):
    """R: mantelhaen.test(UCBAdmissions, correct = FALSE | TRUE), of men to women there.

    X² 1.5246 and 1.4269 (p 0.2323), odds ratio 0.9046968, 0.7719074 to 1.0603298.
    """
    table = pd.read_csv(shared_data / "berkeley_admissions.csv")
    admit, gender, dept = table["admit"], table["gender"], table["dept"]
    found = metrics.base_rate_ratio(admit, sensitive_features=gender, pos_label="Admitted")
    assert found == pytest.approx(0.682, abs=5e-4)  # 30.35 % of women, 44.52 % of men
    (women,) = adjusted_gaps(
        admit, sensitive_features=gender, strata=dept, reference="Male", pos_label="Admitted"
    )
    assert (women.group, women.reference, women.strata) == (("Female",), ("Male",), ("dept",))
    assert women.adjusted.odds_ratio == pytest.approx(1 / 0.9046968, abs=2e-7)
    assert women.adjusted.odds_ratio == pytest.approx(1.105, abs=5e-4)  # women : men, given dept
    assert women.adjusted.low == pytest.approx(1 / 1.0603298, abs=2e-7)
    assert women.adjusted.high == pytest.approx(1 / 0.7719074, abs=2e-7)
    assert women.adjusted.chi2 == pytest.approx(1.5246, abs=5e-5)
    assert women.corrected.chi2 == pytest.approx(1.4269, abs=5e-5)
    assert women.corrected.p_value == pytest.approx(0.2323, abs=5e-5)
    # R: DescTools::BreslowDayTest(UCBAdmissions): X² 18.826, df 5, p 0.002071.
    chi2, df, p_value = women.homogeneity
    assert (round(chi2, 3), df, round(p_value, 6)) == (18.826, 5, 0.002071)
    assert women.pooled.odds_ratio < 1 < women.adjusted.odds_ratio
    a = dict(zip(women.levels, women.tables, strict=True))[("A",)]
    assert (round(100 * a[2] / a[3], 1), round(100 * a[0] / a[1], 1)) == (62.1, 82.4)


def test_resume_audit(shared_data):
    """Bertrand, Mullainathan (2004)."""
    table = pd.read_csv(shared_data / "resume_audit.csv", keep_default_na=False)
    gap, ratio = compare_groups(
        table["received_callback"], sensitive_features=table["race"], reference="white"
    )
    assert (round(gap.value, 4), round(ratio.value, 3)) == (-0.0320, 0.668)
    assert f"{ratio.p_value:.1e}" == "4.8e-05"
    assert inference.fisher_exact(157, 2435, 235, 2435) == ratio.p_value
    rows = metrics.by_group(table["received_callback"], sensitive_features=table["race"])
    assert [round(100 * row["value"], 2) for row in rows] == [6.45, 9.65]
    rows = metrics.by_group(table["received_callback"], sensitive_features=table["gender"])
    assert [round(100 * row["value"], 2) for row in rows] == [8.25, 7.38]
    _, ratio = compare_groups(table["received_callback"], sensitive_features=table["gender"])
    assert ratio.p_value > 0.05
    # firstname tells race exactly: Cramer's V is 1, less the correction for bias
    counts = pd.crosstab(table["firstname"], table["race"]).to_numpy()
    assert inference.cramers_v(counts) == pytest.approx(1, abs=0.01)


def test_titanic(shared_data):
    table = pd.read_csv(shared_data / "titanic.csv")
    rows = metrics.by_group(
        table["survived"], sensitive_features=table["age"].notna(), pos_label="yes"
    )
    assert [(row["n"], round(100 * row["value"], 1)) for row in rows] == [(263, 27.8), (1046, 40.8)]


def test_loan_applications(shared_data):
    table = pd.read_csv(shared_data / "loanapp.csv")
    rows = metrics.by_group(table["approve"], sensitive_features=table["black"])
    assert [round(100 * row["value"], 1) for row in rows] == [90.0, 67.5]
    found = metrics.base_rate_ratio(table["approve"], sensitive_features=table["black"])
    assert found == pytest.approx(0.675 / 0.900, abs=1e-3)


def test_recruitment_by_company(shared_data):
    """Made-up data: hire rates of women and men by company, and pooled."""
    table = pd.read_csv(shared_data / "recruitment_utrecht.csv")
    rows = metrics.by_group(
        table["decision"], sensitive_features=table[["company", "gender"]], pos_label=True
    )
    found = {(row["company"], row["gender"]): round(100 * row["value"], 1) for row in rows}
    wanted = {"A": (38.6, 45.7), "B": (14.0, 45.5), "C": (23.4, 27.7), "D": (34.3, 22.0)}
    for company, (women, men) in wanted.items():
        assert (found[company, "female"], found[company, "male"]) == (women, men)
    rows = metrics.by_group(table["decision"], sensitive_features=table["gender"], pos_label=True)
    assert [(row["n"], round(100 * row["value"], 1)) for row in rows] == [
        (1790, 27.5), (2127, 35.3), (83, 30.1),
    ]  # fmt: skip
    women, _ = adjusted_gaps(
        table["decision"], sensitive_features=table["gender"], strata=table["company"],
        reference="male", pos_label=True,
    )  # fmt: skip
    assert women.homogeneity[2] < 1e-10  # the companies do not agree


def test_ricci(shared_data):
    """Ricci v. DeStefano (2009): promoted 41 of 68 and 15 of 50."""
    table = pd.read_csv(shared_data / "ricci_promotions.csv")
    gap, ratio = compare_groups(
        table["Promoted"], sensitive_features=table["Race"], pos_label=1, reference="White"
    )
    assert round(ratio.value, 3) == 0.498
    assert f"{ratio.p_value:.4f}" == "0.0015"
    assert gap.value == pytest.approx(15 / 50 - 41 / 68)


def test_the_promotion_experiment(shared_data):
    """Rosen, Jerdee (1974): promoted 21 of 24 men and 14 of 24 women."""
    table = pd.read_csv(shared_data / "promotion_experiment_1974.csv")
    given = {"sensitive_features": table["gender"], "pos_label": "promoted"}
    _, ratio = compare_groups(table["decision"], reference="male", **given)
    assert (round(ratio.value, 3), f"{ratio.p_value:.4f}") == (0.667, "0.0490")
    difference, _ = metrics.tabulate_groups(table["decision"], **given).gaps()
    assert f"{difference['p_value']:.4f}" == "0.0230"  # chi-square without correction
