"""Published figures, each from one call on the real data (see shared/data/README.md)."""

from __future__ import annotations

import pandas as pd
import pytest

from auditkit import inference, metrics


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


def test_berkeley_pooled_and_within_departments(shared_data):
    table = pd.read_csv(shared_data / "berkeley_admissions.csv")
    found = metrics.base_rate_ratio(
        table["admit"], sensitive_features=table["gender"], pos_label="Admitted"
    )
    assert found == pytest.approx(0.682, abs=5e-4)  # 30.35 % of women, 44.52 % of men
    counted = table.assign(n=1, admitted=table["admit"].eq("Admitted").astype(int))
    counted = counted.groupby(["dept", "gender"])[["admitted", "n"]].sum().unstack()
    strata = [
        (row["admitted", "Female"], row["n", "Female"], row["admitted", "Male"], row["n", "Male"])
        for _, row in counted.iterrows()
    ]
    adjusted = inference.mantel_haenszel(strata)
    assert adjusted.odds_ratio == pytest.approx(1.105, abs=5e-4)  # women : men, given dept
    assert adjusted.chi2 == pytest.approx(1.5246, abs=5e-5)  # R: mantelhaen.test(correct = FALSE)


def test_resume_audit(shared_data):
    table = pd.read_csv(shared_data / "resume_audit.csv", keep_default_na=False)
    found = metrics.base_rate_ratio(table["received_callback"], sensitive_features=table["race"])
    assert found == pytest.approx(0.668, abs=5e-4)  # Bertrand, Mullainathan (2004): 6.45, 9.65 %
    assert inference.fisher_exact(157, 2435, 235, 2435) == pytest.approx(4.8e-5, abs=5e-7)
