"""The sample data hold what their README promises, counted without auditkit."""

from __future__ import annotations

import importlib.util
import io
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from scipy import stats

FOLDER = Path(__file__).resolve().parents[1] / "sample_data"
NUMBERS = ["age", "years_experience", "skills_test", "interview_score"]
WORDS = ["department", "education", "referred", "postcode_area", "society"]


def read(source: Path | io.BytesIO) -> pd.DataFrame:
    return pd.read_csv(source, keep_default_na=False, na_values=[""])


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_hiring", FOLDER / "make_hiring.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def hiring() -> pd.DataFrame:
    return read(FOLDER / "hiring.csv")


@pytest.fixture(scope="module")
def groups(hiring: pd.DataFrame) -> dict[str, pd.Series]:
    """Masks by name; "other" leaves out people whose race or gender is missing."""
    woman, man = hiring["gender"] == "Female", hiring["gender"] == "Male"
    black, white = hiring["race"] == "Black", hiring["race"] == "White"
    return {
        "all": pd.Series(True, index=hiring.index),
        "women": woman,
        "men": man,
        "non-binary": hiring["gender"] == "Non-binary",
        "black": black,
        "white": white,
        "asian": hiring["race"] == "Asian",
        "hispanic": hiring["race"] == "Hispanic",
        "black women": woman & black,
        "other women": woman & ~black & hiring["race"].notna(),
        "other black": black & ~woman & hiring["gender"].notna(),
        "black men": man & black,
        "white men": man & white,
        "old": hiring["age"] >= 40,
        "young": hiring["age"] < 40,
    }


def hired(data: pd.DataFrame) -> pd.Series:
    return data["hired"] == "yes"


def of(part: pd.Series, whole: pd.Series) -> tuple[int, int]:
    """How many of `whole` are in `part`."""
    return int(part[whole].sum()), int(whole.sum())


def rate(part: pd.Series, whole: pd.Series) -> float:
    yes, n = of(part, whole)
    return yes / n


def fisher(part: pd.Series, one: pd.Series, other: pd.Series) -> float:
    table = [[yes, n - yes] for yes, n in (of(part, one), of(part, other))]
    return float(stats.fisher_exact(table).pvalue)


def cramers_v(one: pd.Series, other: pd.Series) -> float:
    table = pd.crosstab(one, other)
    chi2 = stats.chi2_contingency(table, correction=False).statistic
    return float(np.sqrt(chi2 / table.to_numpy().sum() / (min(table.shape) - 1)))


def holm(p_values: list[float]) -> list[float]:
    order = np.argsort(p_values)
    steps = [p_values[j] * (len(p_values) - i) for i, j in enumerate(order)]
    return list(np.minimum(1, np.maximum.accumulate(steps))[np.argsort(order)])


def by_department(data: pd.DataFrame) -> list[tuple[int, int, int, int]]:
    """(women hired, women rejected, men hired, men rejected) in each department."""
    tables = []
    for _, part in data.groupby("department"):
        cells = []
        for gender in ("Female", "Male"):
            yes, n = of(hired(part), part["gender"] == gender)
            cells += [yes, n - yes]
        tables.append(tuple(cells))
    return tables


def mantel_haenszel(tables: list[tuple[int, int, int, int]]) -> float:
    above = sum(a * d / (a + b + c + d) for a, b, c, d in tables)
    return above / sum(b * c / (a + b + c + d) for a, b, c, d in tables)


def woolf(tables: list[tuple[int, int, int, int]]) -> float:
    """p-value of Woolf's test that the odds ratio is the same in each table."""
    log_or = np.array([np.log(a * d / (b * c)) for a, b, c, d in tables])
    weight = np.array([1 / (1 / a + 1 / b + 1 / c + 1 / d) for a, b, c, d in tables])
    statistic = (weight * (log_or - np.average(log_or, weights=weight)) ** 2).sum()
    return float(stats.chi2.sf(statistic, len(tables) - 1))


# The generator ---------------------------------------------------------------------------------


def test_committed_file_is_what_the_generator_writes(maker: ModuleType) -> None:
    assert maker.to_csv(maker.make_hiring()) == (FOLDER / "hiring.csv").read_bytes()


def test_program_writes_the_same_bytes_twice(tmp_path: Path) -> None:
    written = []
    for name in ("one.csv", "two.csv"):
        command = [sys.executable, str(FOLDER / "make_hiring.py"), "--rows", "300", "--seed", "5"]
        subprocess.run([*command, "-o", str(tmp_path / name)], check=True, cwd=tmp_path)
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1]
    assert len(read(io.BytesIO(written[0]))) == 300


def test_program_writes_to_standard_output(
    maker: ModuleType, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert maker.main(["--rows", "100", "-o", "-"]) == 0
    sys.stdout.flush()
    assert capfdbinary.readouterr().out.count(b"\n") == 101


def test_another_seed_gives_other_people(maker: ModuleType) -> None:
    tables = [maker.to_csv(maker.make_hiring(rows=200, seed=seed)) for seed in (1, 2)]
    assert tables[0] != tables[1]


@pytest.mark.parametrize("bad", [["--rows", "99"], ["--seed", "-1"]])
def test_program_refuses_what_it_cannot_make(
    maker: ModuleType, bad: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        maker.main(bad)
    assert stopped.value.code == 2
    assert "must" in capsys.readouterr().err


def test_planted_faults_do_not_hang_on_one_seed(maker: ModuleType) -> None:
    for seed in range(5):
        data = read(io.BytesIO(maker.to_csv(maker.make_hiring(seed=seed))))
        woman, man = data["gender"] == "Female", data["gender"] == "Male"
        assert 0.18 < woman.mean() < 0.23
        assert rate(hired(data), woman) / rate(hired(data), man) < 0.7
        assert cramers_v(data["gender"][woman | man], data["society"]) > 0.65
        assert fisher(hired(data), woman & (data["race"] == "Black"), woman) < 0.05


# The file --------------------------------------------------------------------------------------


def test_file_is_plain_csv() -> None:
    content = (FOLDER / "hiring.csv").read_bytes()
    assert b"\r" not in content
    assert content.endswith(b"\n")
    assert content.isascii()  # and so it is UTF-8


def test_columns_and_values(hiring: pd.DataFrame, maker: ModuleType) -> None:
    assert len(hiring) == 6000
    assert set(hiring["gender"].dropna()) == {"Female", "Male", "Non-binary"}
    assert set(hiring["race"].dropna()) == set(maker.RACES)
    assert set(hiring["department"]) == set(maker.BY_DEPARTMENT)
    assert set(hiring["education"]) == set(maker.EDUCATION)
    assert set(hiring["society"]) == set(maker.SOCIETIES_WOMEN) == set(maker.SOCIETIES_MEN)
    for column in ("referred", "offer_sent", "hired"):
        assert set(hiring[column]) == {"yes", "no"}
    assert hiring["age"].between(20, 64).all()
    assert (hiring["years_experience"] <= hiring["age"] - 18).all()
    assert hiring["skills_test"].dropna().between(0, 100).all()
    assert hiring["interview_score"].between(1, 10).all()
    assert (hiring["interview_score"] * 2 % 1 == 0).all()
    assert hiring["applied_on"].is_monotonic_increasing
    missing = hiring.columns[hiring.isna().any()]
    assert list(missing) == ["gender", "race", "skills_test"]


# What is planted -------------------------------------------------------------------------------


def test_women_are_few(hiring: pd.DataFrame, groups: dict[str, pd.Series]) -> None:
    women, n = of(groups["women"], groups["all"])
    assert 0.19 < women / n < 0.22
    assert stats.binomtest(women, int(hiring["gender"].notna().sum()), 0.47).pvalue < 1e-100


def test_women_are_hired_less(hiring: pd.DataFrame, groups: dict[str, pd.Series]) -> None:
    label = hired(hiring)
    assert 0.55 < rate(label, groups["women"]) / rate(label, groups["men"]) < 0.62
    assert fisher(label, groups["women"], groups["men"]) < 1e-20
    assert 0.28 < label.mean() < 0.32


@pytest.mark.parametrize("column", NUMBERS)
def test_women_are_as_qualified(
    hiring: pd.DataFrame, groups: dict[str, pd.Series], column: str
) -> None:
    women, men = (hiring.loc[groups[g], column].dropna() for g in ("women", "men"))
    assert stats.mannwhitneyu(women, men).pvalue > 0.1


def test_society_is_a_proxy_and_nothing_more(
    hiring: pd.DataFrame, groups: dict[str, pd.Series]
) -> None:
    binary = groups["women"] | groups["men"]
    assert 0.6 < cramers_v(hiring["gender"][binary], hiring["society"][binary]) < 0.75
    for gender in ("women", "men"):
        part = hiring[groups[gender]]
        assert stats.chi2_contingency(pd.crosstab(part["society"], part["hired"])).pvalue > 0.1


def test_one_group_is_tiny(groups: dict[str, pd.Series]) -> None:
    assert 12 <= groups["non-binary"].sum() <= 15


@pytest.mark.parametrize("column", ["gender", "race"])
def test_missing_more_often_among_the_rejected(hiring: pd.DataFrame, column: str) -> None:
    missing, label = hiring[column].isna(), hired(hiring)
    assert rate(missing, ~label) > 2 * rate(missing, label)
    assert fisher(missing, ~label, label) < 1e-8


def test_black_women_are_worse_off_than_either_alone(
    hiring: pd.DataFrame, groups: dict[str, pd.Series]
) -> None:
    label = hired(hiring)
    for other in ("other women", "other black"):
        assert rate(label, groups["black women"]) < 0.5 * rate(label, groups[other])
        assert fisher(label, groups["black women"], groups[other]) < 1e-5
    assert rate(label, groups["black men"]) / rate(label, groups["white men"]) >= 0.88
    assert fisher(label, groups["black men"], groups["white men"]) > 0.1
    assert rate(label, groups["black"]) / rate(label, groups["white"]) > 0.8


def test_offer_is_a_leak(hiring: pd.DataFrame) -> None:
    assert (hiring["offer_sent"] == hiring["hired"]).mean() == 0.995


def test_id_is_unhelpful(hiring: pd.DataFrame) -> None:
    assert hiring["applicant_id"].is_unique


def test_a_model_without_gender_learns_the_gap(
    hiring: pd.DataFrame, groups: dict[str, pd.Series]
) -> None:
    auc, selected = fit_without(hiring, ["age"])
    assert auc == pytest.approx(0.79, abs=0.01)
    ratio = rate(selected, groups["women"]) / rate(selected, groups["men"])
    assert ratio == pytest.approx(0.64, abs=0.03)
    assert fisher(selected, groups["women"], groups["men"]) < 1e-6
    _, selected = fit_without(hiring, ["age", "society"])
    ratio = rate(selected, groups["women"]) / rate(selected, groups["men"])
    assert ratio == pytest.approx(0.98, abs=0.04)


def fit_without(data: pd.DataFrame, left_out: list[str]) -> tuple[float, pd.Series]:
    """AUC and selections of a cross-fitted logistic model on the features."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    label = hired(data)
    features = pd.get_dummies(data[NUMBERS + WORDS].drop(columns=left_out), dtype=float)
    features = features.fillna(features.mean())
    features = (features - features.mean()) / features.std()
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    score = cross_val_predict(
        LogisticRegression(), features.to_numpy(), label, cv=folds, method="predict_proba"
    )[:, 1]
    return float(roc_auc_score(label, score)), pd.Series(score >= 0.5, index=data.index)


# What is not planted ---------------------------------------------------------------------------


def test_age_is_clean(hiring: pd.DataFrame, groups: dict[str, pd.Series]) -> None:
    label = hired(hiring)
    assert 0.95 < rate(label, groups["old"]) / rate(label, groups["young"]) < 1.05
    assert fisher(label, groups["old"], groups["young"]) > 0.2


def test_no_department_turns_the_gap_round(hiring: pd.DataFrame) -> None:
    tables = by_department(hiring)
    assert all(a / (a + b) < 0.8 * c / (c + d) for a, b, c, d in tables)
    assert woolf(tables) > 0.2
    pooled = mantel_haenszel([tuple(np.sum(tables, axis=0))])
    assert mantel_haenszel(tables) == pytest.approx(pooled, rel=0.05)


@pytest.mark.parametrize("attribute", ["gender", "race"])
@pytest.mark.parametrize("feature", ["education", "referred", "postcode_area"])
def test_no_second_proxy(hiring: pd.DataFrame, attribute: str, feature: str) -> None:
    assert cramers_v(hiring[attribute], hiring[feature]) < 0.05


def test_shuffled_outcome_is_clean(hiring: pd.DataFrame) -> None:
    def smallest(seed: int) -> float:
        """Smallest corrected p-value: each gender and race, missing too, against the rest."""
        label = pd.Series(np.random.default_rng(seed).permutation(hired(hiring)))
        p_values = []
        for column in ("gender", "race"):
            values = hiring[column].fillna("missing")
            p_values += [fisher(label, values == v, values != v) for v in sorted(set(values))]
        return min(holm(p_values))

    assert smallest(0) > 0.05
    assert sum(smallest(seed) > 0.05 for seed in range(20)) >= 18


# The README, the request, and Berkeley ---------------------------------------------------------


def readme() -> str:
    return re.sub(r"\s+", " ", (FOLDER / "README.md").read_text(encoding="utf-8"))


def told(template: str, part: pd.Series, whole: pd.Series) -> str:
    yes, n = of(part, whole)
    return template.format(yes=yes, n=n, share=f"{100 * yes / n:.1f} %")


@pytest.mark.parametrize(
    ("group", "template"),
    [
        ("all", "Everyone: {yes} of {n} ({share})"),
        ("women", "women {yes} of {n} ({share})"),
        ("men", "men {yes} of {n} ({share})"),
        ("non-binary", "Non-binary: {n} people, {yes} hired ({share})"),
        ("black women", "Black women: {yes} of {n} hired ({share})"),
        ("other women", "other women {yes} of {n} ({share})"),
        ("other black", "other Black applicants {yes} of {n} ({share})"),
        ("black men", "Black men are close to White men: {yes} of {n} ({share})"),
        ("white men", "and {yes} of {n} ({share}), ratio 0.936"),
        ("black", "Black {yes} of {n} ({share})"),
        ("white", "White {yes} of {n} ({share})"),
        ("old", "40 or over: {yes} of {n} hired ({share})"),
        ("young", "under 40: {yes} of {n} ({share})"),
        ("asian", "Asian and Hispanic applicants.** {yes} of {n} ({share})"),
        ("hispanic", "and {yes} of {n} ({share}), beside"),
        ("white", "beside White {share}"),
    ],
)
def test_readme_rates(
    hiring: pd.DataFrame, groups: dict[str, pd.Series], group: str, template: str
) -> None:
    assert told(template, hired(hiring), groups[group]) in readme()


def test_readme_shares(hiring: pd.DataFrame, groups: dict[str, pd.Series]) -> None:
    text, women = readme(), groups["women"]
    assert told("Women are {yes} of {n} applicants ({share})", women, groups["all"]) in text
    assert told("or {share} of those", women, hiring["gender"].notna()) in text


def test_readme_gaps(hiring: pd.DataFrame, groups: dict[str, pd.Series]) -> None:
    label, text = hired(hiring), readme()
    for one, other, form in [
        ("women", "men", ".1e"),
        ("black men", "white men", ".2f"),
        ("black", "white", ".3f"),
        ("old", "young", ".2f"),
    ]:
        ratio = rate(label, groups[one]) / rate(label, groups[other])
        p_value = fisher(label, groups[one], groups[other])
        assert f"ratio {ratio:.3f}, p = {p_value:{form}}" in text, one
    for other in ("other women", "other black"):
        p_value = fisher(label, groups["black women"], groups[other])
        assert told("{yes} of {n} ({share}), ", label, groups[other]) + f"p = {p_value:.1e}" in text


def test_readme_missing_and_leak(hiring: pd.DataFrame) -> None:
    label, text = hired(hiring), readme()
    for column in ("race", "gender"):
        missing = hiring[column].isna()
        line = told("{yes} of {n} hired ({share}) and ", missing, label)
        line += told("{yes} of {n} rejected ({share}), ", missing, ~label)
        assert line + f"p = {fisher(missing, label, ~label):.1e}" in text
        assert told(f"a missing {column} were hired at {{share}}", label, missing) in text
    agree = int((hiring["offer_sent"] == hiring["hired"]).sum())
    assert f"agrees with `hired` in {agree} of {len(hiring)} rows" in text
    assert f"has {hiring['applicant_id'].nunique()} different values in {len(hiring)} rows" in text
    assert f"{hiring['skills_test'].isna().sum()} missing, whoever it is" in text
    assert f"{hiring['applied_on'].min()} to {hiring['applied_on'].max()}" in text


def test_readme_proxy_and_departments(hiring: pd.DataFrame, groups: dict[str, pd.Series]) -> None:
    text, binary = readme(), groups["women"] | groups["men"]
    two = cramers_v(hiring["gender"][binary], hiring["society"][binary])
    three = cramers_v(hiring["gender"], hiring["society"])
    assert f"V {two:.2f} between women and men ({three:.2f} when" in text
    members = pd.crosstab(hiring["society"], hiring["gender"])
    for society, gender in (("women's network", "Female"), ("rugby club", "Male")):
        row = members.loc[society]
        assert re.search(rf"{row[gender]} of the {row.sum()} (members )?of the {society}", text)
    for gender, words in (("men", "difference (chi-square "), ("women", "nor among women (")):
        part = hiring[groups[gender]]
        p_value = stats.chi2_contingency(pd.crosstab(part["society"], part["hired"])).pvalue
        assert f"{words}p = {p_value:.2f})" in text
    women, men = (hiring.loc[groups[g], "skills_test"].mean() for g in ("women", "men"))
    assert f"mean skills test {women:.1f} and {men:.1f}" in text
    tables = by_department(hiring)
    ratios = [a / (a + b) * (c + d) / c for a, b, c, d in tables]
    assert f"at {min(ratios):.2f} to {max(ratios):.2f} of the rate of men" in text
    pooled = mantel_haenszel([tuple(np.sum(tables, axis=0))])
    assert f"{pooled:.3f} pooled, {mantel_haenszel(tables):.3f} within" in text
    assert f"homogeneity p = {woolf(tables):.2f}" in text


def test_readme_names_the_seed_the_penalty_and_the_columns(
    maker: ModuleType, hiring: pd.DataFrame
) -> None:
    text = readme()
    assert f"Made with seed {maker.SEED}," in text
    assert f"The penalty is {maker.PENALTY_WOMAN} in log-odds" in text
    assert f"a further {maker.PENALTY_BLACK_WOMAN} in log-odds" in text
    assert f"only {maker.PENALTY_BLACK}." in text
    lines = (FOLDER / "README.md").read_text(encoding="utf-8").splitlines()
    rows = [m.group(1) for line in lines if (m := re.match(r"\| `(\w+)` \|", line))]
    assert rows == list(hiring.columns)


def test_request_names_what_is_in_the_file(hiring: pd.DataFrame) -> None:
    request = tomllib.loads((FOLDER / "hiring.toml").read_text(encoding="utf-8"))
    assert (FOLDER / request["data"]).is_file()
    named = [request["label"], *request["protected"], *request["strata"], *request["ignore"]]
    assert set(named) | set(request["bins"]) <= set(hiring.columns)
    assert request["positive"] in set(hiring[request["label"]])
    for column, value in request["reference"].items():
        assert value in set(hiring[column])
    for column, population in request["population"].items():
        assert set(population["shares"]) <= set(hiring[column])
        assert sum(population["shares"].values()) == pytest.approx(1)
        assert population["source"]
        assert population["period"]


def test_every_key_of_the_request_is_explained() -> None:
    lines = (FOLDER / "hiring.toml").read_text(encoding="utf-8").splitlines()
    keys = [line for line in lines if re.match(r"(# )?(\[?[\w.\"-]+\]?)( = |$|\s+#)", line)]
    assert len(keys) > 30
    assert [line for line in keys if not re.search(r".\s# \w", line)] == []


def test_berkeley_counts() -> None:
    counts = read(FOLDER / "berkeley_admissions.csv")
    assert list(counts.columns) == ["admit", "gender", "dept", "freq"]
    assert len(counts) == 24
    assert counts["freq"].sum() == 4526
    total = counts.groupby(["gender", "admit"])["freq"].sum()
    text = readme()
    # Bickel, Hammel, O'Connell (1975); the same table as R's UCBAdmissions.
    assert (total["Male", "Admitted"], total["Male"].sum()) == (1198, 2691)
    assert (total["Female", "Admitted"], total["Female"].sum()) == (557, 1835)
    assert "1198 of 2691 (44.5 %), women 557 of 1835 (30.4 %)" in text
    table = counts.pivot_table(index="dept", columns=["gender", "admit"], values="freq")
    odds = {g: table[g, "Admitted"] / table[g, "Rejected"] for g in ("Female", "Male")}
    assert int((odds["Female"] > odds["Male"]).sum()) == 4
    assert "better than men in four of the six" in text
