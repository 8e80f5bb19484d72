"""Who is in the data: shares against populations, against equal shares, and what n can show."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import auditkit
from auditkit.config import read_config, read_population
from auditkit.counts import Counts
from auditkit.errors import RequestError, SchemaError
from auditkit.fairness import compare
from auditkit.findings import representation_findings
from auditkit.inference import power_of_difference
from auditkit.loaders import tally
from auditkit.policy import Policy
from auditkit.population import Population
from auditkit.representation import evenness, hold_against, represent, with_detectable
from auditkit.schema import Schema

POLICY = Policy.default()
MANY = """source,period,people,attribute,group,count_thousands,share,n,se,note
S,2020,everyone,sex,F,50,0.5,1000,,x
S,2020,everyone,sex,M,50,0.5,1000,,
S,2021,everyone,sex,F,40,0.4,,0.02,
S,2021,everyone,sex,M,60,0.6,,0.02,
T,2021,,sex x race,F|A,1,0.25,,,
T,2021,,sex x race,F|B,1,0.25,,,
T,2021,,sex x race,M|A,1,0.25,,,
T,2021,,sex x race,M|B,1,0.25,,,
T,2021,,age,old,1,0.3,,,one group alone
"""


def people(**sizes: int) -> Counts:
    """F30=3 would be: 3 people of group F30."""
    cells = [(((name,), (), ()), (n, float(n), float(n))) for name, n in sizes.items()]
    return Counts.from_cells(cells, attributes=["sex"], outcomes=())


def crossed(**sizes: int) -> Counts:
    cells = [(((name[0], name[1]), (), ()), (n, float(n), float(n))) for name, n in sizes.items()]
    return Counts.from_cells(cells, attributes=["race", "sex"], outcomes=())


# ---- files --------------------------------------------------------------------------------------


def test_a_file_of_many_populations(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text(MANY, encoding="utf-8")
    first, second, cross, old = read_population(path)
    assert (first.source, first.period, first.people) == ("S", "2020", "everyone")
    assert first.shares == {"F": 0.5, "M": 0.5}  # the share, not the count
    assert first.sampled_from(("F",)) == 1000
    assert second.sampled_from(("F",)) == pytest.approx(0.4 * 0.6 / 0.02**2)
    assert cross.attributes == ("sex", "race")
    assert cross.groups()["F", "A"] == 0.25
    assert cross.sampled_from(("F", "A")) is None
    assert old.partial
    assert old.groups() == {("old",): 0.3}
    schema = Schema(protected=("sex", "race"), population=(first, second, cross, old))
    plain = json.loads(json.dumps(schema.to_dict()))
    assert Schema.from_dict(plain) == schema
    assert [row["period"] for row in plain["population"]["sex"]] == ["2020", "2021"]
    assert plain["population"]["age"] == {
        "shares": {"old": 0.3}, "source": "T", "period": "2021",
    }  # fmt: skip


def test_several_tables_in_a_toml(tmp_path: Path) -> None:
    path = tmp_path / "audit.toml"
    path.write_text(
        'data = "d.csv"\n[[population.sex]]\nsource = "A"\nn = 500\nshares = {F = 1, M = 1}\n'
        '[[population.sex]]\nsource = "B"\nshares = {F = 0.4, M = 0.6}\nse = {F = 0.01}\n'
        '[population."sex x race"]\nshares = {"F|A" = 1, "M|A" = 3}\n',
        encoding="utf-8",
    )
    a, b, cross = read_config(path).roles["population"]
    assert (a.source, a.n, b.se) == ("A", 500, {"F": 0.01})
    assert cross.groups() == {("F", "A"): 0.25, ("M", "A"): 0.75}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("attribute,group,share,n\ng,a,1,5\ng,b,1,6\n", "line 3: n differs"),
        ("attribute,group,share,se\ng,a,1,x\n", "line 2: se is not a number"),
        ("attribute,group,share,se\ng,a,1,-1\ng,b,1,\n", "se of 'a' is -1"),
        ("attribute,group,share,n\ng,a,1,0\ng,b,1,0\n", "n is 0"),
        ("attribute,group,share\ng,a,18.9\n", "one with a share between 0 and 1"),
        ("attribute,group,count\ng,a,1\ng,a,1\n", "'a' occurs twice; keep one source, period"),
    ],
)
def test_what_a_file_cannot_say(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "p.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RequestError, match=message):
        read_population(path)


def test_a_crossing_needs_a_group_of_each() -> None:
    with pytest.raises(RequestError, match="not one group of each attribute"):
        Population(attribute=("a", "b"), shares={("x", "y"): 1, "z": 1})
    with pytest.raises(RequestError, match="'se' names 'c', which has no share"):
        Population(attribute="a", shares={"x": 1, "y": 1}, se={"c": 0.1})


# ---- comparisons, by hand -----------------------------------------------------------------------


def test_several_sources_each_have_their_rows(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text(MANY, encoding="utf-8")
    rows = hold_against(people(F=30, M=70), read_population(path)[:2])
    assert [(row["period"], *row["group"]) for row in rows] == [
        ("2020", "F"), ("2020", "M"), ("2021", "F"), ("2021", "M"),
    ]  # fmt: skip
    # Two samples: 30 of 100 against 500 of 1,000; z of the pooled rate 530 / 1100.
    pooled = 530 / 1100
    z = (0.3 - 0.5) / math.sqrt(pooled * (1 - pooled) * (1 / 100 + 1 / 1000))
    assert rows[0]["sd"] == pytest.approx(z)
    assert rows[0]["p_value"] == pytest.approx(2 * stats.norm.sf(abs(z)))
    assert rows[0]["method"] == "pooled z, reference sampled"
    assert (rows[0]["expected_low"], rows[0]["expected_high"]) == pytest.approx(
        tuple(stats.binomtest(500, 1000).proportion_ci(method="wilson"))
    )
    assert (rows[0]["ratio"], rows[0]["missing_people"]) == pytest.approx((0.6, 20.0))
    # Both groups are one comparison seen twice: Holm over two.
    assert rows[0]["p_adjusted"] == pytest.approx(2 * rows[0]["p_value"])
    shown = represent(people(F=30, M=70), [("sex",)], comparisons=rows)
    assert [row["expected_share"] for row in shown] == [0.5, 0.5]  # of the first source
    assert shown[0]["expected_source"] == "S, 2020, everyone"
    levels = [f.level for f in representation_findings(shown, rows, policy=POLICY)]
    assert levels == ["flag", "inconclusive"]  # 0.4 with an error of 0.02 is not far enough


def test_a_crossed_population_in_another_order() -> None:
    population = Population(
        attribute=("sex", "race"), shares={("F", "A"): 1, ("F", "B"): 1, ("M", "A"): 2}
    )
    rows = hold_against(crossed(AF=10, BF=30, AM=40, BM=99), [population])
    found = {tuple(row["group"]): row for row in rows}
    assert {tuple(row["attributes"]) for row in rows} == {("race", "sex")}
    assert found["A", "F"]["known"] == 80  # not the 99, whom the reference does not name
    assert found["A", "F"]["missing_people"] == pytest.approx(10.0)
    assert found["A", "F"]["p_value"] == pytest.approx(stats.binomtest(10, 80, 0.25).pvalue)


def test_one_group_is_compared_with_everybody_known() -> None:
    counts = people(old=20, young=60, middle=20)
    cells = [*counts.cells(), (((None,), (), ()), (50, 50.0, 50.0))]
    counts = Counts.from_cells(cells, attributes=["sex"], outcomes=())
    (row,) = hold_against(counts, [Population(attribute="sex", shares={"old": 0.3})])
    assert (row["known"], row["share"], row["missing_people"]) == (100, 0.2, pytest.approx(10.0))


def test_weights_are_not_ignored() -> None:
    # 10 F of weight 4 and 60 M of weight 1: F are 40 % by weight. Effective n of that share:
    # p (1 - p) W^2 / ((1-p)^2 S_F + p^2 S_M) = .24 * 100^2 / (.36 * 160 + .16 * 60) = 35.7.
    cells = [((("F",), (), ()), (10, 40.0, 160.0)), ((("M",), (), ()), (60, 60.0, 60.0))]
    counts = Counts.from_cells(cells, attributes=["sex"], outcomes=())
    population = Population(attribute="sex", shares={"F": 0.5, "M": 0.5})
    row = hold_against(counts, [population])[0]
    assert row["share"] == pytest.approx(0.4)
    assert row["ratio"] == pytest.approx(0.8)
    assert row["missing_people"] == pytest.approx(0.1 * 70)
    n = 0.24 * 100**2 / (0.36 * 160 + 0.16 * 60)
    assert row["sd"] == pytest.approx(-0.1 / math.sqrt(0.25 / n))
    assert row["method"] == "z, effective n"
    shares = represent(counts, [("sex",)])
    assert shares[0]["effective_n"] == pytest.approx(40**2 / 160)


def test_a_tiny_p_value_in_words() -> None:
    rows = hold_against(
        people(F=1000, M=99_000), [Population(attribute="sex", shares={"F": 1, "M": 1})]
    )
    shown = represent(people(F=1000, M=99_000), [("sex",)], comparisons=rows)
    (finding,) = representation_findings(shown, rows, policy=POLICY)
    assert rows[0]["p_value"] > 0
    assert rows[0]["log10_p"] < -20_000
    assert "Exact binomial p = 10 to the power of −2" in finding.detail
    assert "p = 0" not in finding.detail


def test_evenness_by_hand() -> None:
    (row,) = evenness(people(a=70, b=20, c=10), [("sex",)])
    entropy = -sum(p * math.log(p) for p in (0.7, 0.2, 0.1))
    assert row["evenness"] == pytest.approx(entropy / math.log(3))
    assert row["imbalance"] == pytest.approx(1 - 10 / 70)
    assert (row["smallest"], row["smallest_ratio"]) == (["c"], pytest.approx(0.3))
    (one,) = evenness(people(a=70), [("sex",)])
    assert one["evenness"] is None
    assert one["reason"] == "fewer than two groups have people"


# ---- what the data and the population call people ------------------------------------------------


def test_other_spellings_are_said() -> None:
    frame = pd.DataFrame({"race": ["White", "Black"] * 20, "sex": ["F", "M"] * 20})
    reference = Population(attribute="race", shares={"White": 1, "Black or African American": 1})
    data = auditkit.load(frame, protected=["race"], population=[reference])
    assert any("does not name" in note and "[values.race]" in note for note in data.notes)
    record = auditkit.profile(data)
    (finding,) = (f for f in record.findings if f.kind == "representation")
    assert finding.level == "inconclusive"
    assert finding.title == "race: nobody is called Black or African American, as the reference "\
        "calls them"  # fmt: skip
    age = Population(attribute="age", shares={"old": 1, "young": 1})
    data = auditkit.load(frame, protected=["race"], population=[reference, age])
    assert any("reference populations of 'age' were left out" in note for note in data.notes)
    sexes = Population(attribute="sex", shares={"Women": 1, "Men": 1})
    with pytest.raises(SchemaError, match=r"names 'Men', 'Women'; the data have 'F', 'M'"):
        auditkit.load(frame, protected=["sex"], population=[sexes])
    other = Population(attribute="sex", shares={"F": 1, "M": 1})
    data = auditkit.load(frame, protected=["sex"], population=[sexes, other])
    assert data.schema.population == (other,)
    assert any(note.endswith("'F', 'M': left out") for note in data.notes)


# ---- what n can show ----------------------------------------------------------------------------


@given(st.integers(30, 400), st.integers(30, 400), st.floats(0.1, 0.9))
@settings(deadline=None, max_examples=50)
def test_the_smallest_gap_and_the_number_needed_say_the_same(m: int, n: int, rate: float) -> None:
    """The group is large enough for four fifths exactly where such a gap has the power."""
    base = max(1, round(rate * n))
    cells = [
        (((name,), (), (y,)), (k, float(k), float(k)))
        for name, size, events in (("a", m, 0), ("b", n, base))
        for y, k in ((1, events), (0, size - events))
        if k
    ]
    counts = Counts.from_cells(cells, attributes=["g"])
    found = compare(counts, [("g",)], stage="label", policy=POLICY, reference={"g": "b"})
    rows = with_detectable(represent(counts, [("g",)]), counts, found, alpha=0.05)
    row, reference = rows
    assert reference["detectable_reason"] == "the group that the others are compared with"
    rate = base / n
    if rate == 1:
        assert row["detectable_reason"] == "the reference group's rate is 0 or 1"
        return
    power = power_of_difference(0.8 * rate, m, rate, n)
    assert power is not None
    if abs(power - 0.8) > 1e-6:
        assert (power > 0.8) == (m >= row["n_needed_four_fifths"])
    gap = row["detectable_difference"]
    if gap is None:
        assert row["detectable_reason"] == "not even a rate of 0 would be found"
    else:
        assert power_of_difference(rate - gap, m, rate, n) == pytest.approx(0.8, abs=1e-6)


def test_what_n_can_show_of_a_harm_and_without_an_outcome() -> None:
    cells = [
        ((("a",), (), (1,)), (20, 20.0, 20.0)), ((("a",), (), (0,)), (80, 80.0, 80.0)),
        ((("b",), (), (1,)), (90, 90.0, 90.0)), ((("b",), (), (0,)), (10, 10.0, 10.0)),
    ]  # fmt: skip
    counts = Counts.from_cells(cells, attributes=["g"])
    found = compare(counts, [("g",)], stage="label", policy=POLICY, reference={"g": "b"})
    rows = with_detectable(represent(counts, [("g",)]), counts, found, unfavorable=True)
    assert rows[0]["n_needed_four_fifths"] is None
    gap = rows[0]["detectable_difference"]  # upwards: more is worse
    assert power_of_difference(0.9 + gap, 100, 0.9, 100) == pytest.approx(0.8, abs=1e-6)
    assert rows[0]["detectable_reason"] == "five quarters of the reference group's rate is above 1"
    (row, _) = with_detectable(represent(people(F=3, M=4), [("sex",)]), people(F=3, M=4), [])
    assert row["detectable_reason"] == "no outcome was counted"


# ---- the shared data against the shared reference, by hand --------------------------------------


def test_adult_against_the_labour_force(shared_data: Path, tmp_path: Path) -> None:
    """The counts of facts.json and the shares of the file, put together with a pocket calculator.

    Women: 10,771 of 32,561; BLS 2023 Q2 says 0.467986, so 15,238.1 expected and 4,467.1 missing.
    Black: 3,124 of 32,561; 0.128123 of the four shares, which add up to 0.999999.
    """
    reference = shared_data / "reference_population.csv"
    text = f"""
data = "{(shared_data / "adult_train.csv.gz").as_posix()}"
label = "income"
positive = ">50K"
protected = ["sex", "race"]
population = "{reference.as_posix()}"
[values.sex]
Male = "Men"
Female = "Women"
[values.race]
Black = "Black or African American"
Asian-Pac-Islander = "Asian"
Amer-Indian-Eskimo = "All other races"
Other = "All other races"
"""
    path = tmp_path / "audit.toml"
    path.write_text(text, encoding="utf-8")
    config = read_config(path)
    roles = dict(config.roles)
    record = auditkit.profile(auditkit.load(config.data, **roles)).to_dict()
    rows = {
        (row["source"], row["period"], row["people"], *row["group"]): row
        for row in record["profile"]["population"]
    }
    women = rows["BLS-E15-2023Q2", "2023Q2", "employed 16+", "Women"]
    assert (women["count"], women["known"]) == (10_771, 32_561)
    assert women["expected_share"] == pytest.approx(0.467986)
    assert women["missing_people"] == pytest.approx(4467.1, abs=0.05)
    assert women["ratio"] == pytest.approx(0.7068, abs=5e-5)
    # (10,771 - 15,238.1) / sqrt(32,561 * 0.467986 * 0.532014) = -4,467.1 / 90.04
    assert women["sd"] == pytest.approx(-49.61, abs=0.01)
    assert women["log10_p"] < -300
    black = rows["BLS-E15-2023Q2", "2023Q2", "employed 16+", "Black or African American"]
    shares = (0.765675, 0.128123, 0.068549, 0.037652)
    assert black["expected_share"] == pytest.approx(shares[1] / sum(shares), abs=1e-6)
    assert black["missing_people"] == pytest.approx(32_561 * 0.128123 - 3124, abs=0.5)
    # Women who are Black: 1,555 in the file; 0.06698 of all, so 2,181 expected.
    frame = pd.read_csv(shared_data / "adult_train.csv.gz", skipinitialspace=True)
    both = int(((frame["sex"] == "Female") & (frame["race"] == "Black")).sum())
    cell = rows["BLS-E15-2023Q2", "2023Q2", "employed 16+", "Women", "Black or African American"]
    assert cell["count"] == both == 1555
    assert cell["missing_people"] == pytest.approx(32_561 * 0.06698 - 1555, abs=1.0)
    with reference.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    sources = {
        (r["source"], r["period"], r["population"]) for r in lines if r["attribute"] == "sex"
    }
    assert {key[:3] for key in rows if key[3] == "Women" and len(key) == 4} == sources
    flagged = [f for f in record["findings"] if f["kind"] == "representation"]
    assert {(tuple(f["attributes"]), f["level"]) for f in flagged} == {
        (("sex",), "flag"), (("sex",), "note"), (("race",), "flag"), (("sex", "race"), "flag"),
    }  # fmt: skip


# Groups counted in the files (facts.json has most of these counts) against the BLS table for the
# second quarter of 2023: women 0.467986 of the employed; White 0.765675, Black 0.128123, Asian
# 0.068549, all others 0.037652, which add up to 0.999999. A line is (group, people, known people,
# share, ratio, expected people, missing people), put together with a pocket calculator:
# share = people / known, ratio = share / expected share, expected = known x expected share, and
# missing = expected - people (below zero: a surplus). German credit: 310 / 1000 = 0.31;
# 0.31 / 0.467986 = 0.6624; 1000 x 0.467986 = 468.0; 468.0 - 310 = 158.0.
SEX = {"female": "Women", "Female": "Women", "f": "Women", "0.0": "Women", "0": "Women",
       "male": "Men", "Male": "Men", "m": "Men", "1.0": "Men", "1": "Men"}  # fmt: skip
RACE = {
    "white": "White", "Caucasian": "White",
    "black": "Black or African American", "Black": "Black or African American",
    "African-American": "Black or African American",
    "asian": "Asian", "Asian-Pac-Islander": "Asian",
    **dict.fromkeys(("other", "Other", "Amer-Indian-Eskimo", "Native American"), "All other races"),
}  # fmt: skip
BLACK = "Black or African American"
BY_HAND = [
    ("adult_test.csv.gz", "sex", [("Women", 5421, 16281, 0.332965, 0.7115, 7619.3, 2198.3)]),
    ("german_credit.csv", "sex", [("Women", 310, 1000, 0.31, 0.6624, 468.0, 158.0)]),
    ("compas_two_years.csv.gz", "sex", [("Women", 1395, 7214, 0.193374, 0.4132, 3376.1, 1981.1)]),
    ("resume_audit.csv", "gender", [("Women", 3746, 4870, 0.769199, 1.6436, 2279.1, -1466.9)]),
    ("berkeley_admissions.csv", "gender", [("Women", 1835, 4526, 0.405435, 0.8663, 2118.1, 283.1)]),
    ("berkeley_admissions_counts.csv", "gender",
     [("Women", 1835, 4526, 0.405435, 0.8663, 2118.1, 283.1)]),
    ("titanic.csv", "sex", [("Women", 466, 1309, 0.355997, 0.7607, 612.6, 146.6)]),
    # 15 without a sex are not among the known
    ("loanapp.csv", "male", [("Women", 369, 1974, 0.18693, 0.3994, 923.8, 554.8)]),
    # 83 of another gender, whom the table does not name
    ("recruitment_utrecht.csv", "gender", [("Women", 1790, 3917, 0.456982, 0.9765, 1833.1, 43.1)]),
    ("acs2012_sample.csv", "gender", [("Women", 969, 2000, 0.4845, 1.0353, 936.0, -33.0)]),
    ("promotion_experiment_1974.csv", "gender", [("Women", 24, 48, 0.5, 1.0684, 22.5, -1.5)]),
    ("adult_test.csv.gz", "race", [
        ("White", 13946, 16281, 0.856581, 1.1187, 12466.0, -1480.0),
        (BLACK, 1561, 16281, 0.095879, 0.7483, 2086.0, 525.0),
        ("Asian", 480, 16281, 0.029482, 0.4301, 1116.0, 636.0),
        ("All other races", 294, 16281, 0.018058, 0.4796, 613.0, 319.0),
    ]),
    # 637 Hispanics, whom the table counts in every race
    ("compas_two_years.csv.gz", "race", [
        ("White", 2454, 6577, 0.373118, 0.4873, 5035.8, 2581.8),
        (BLACK, 3696, 6577, 0.561958, 4.3861, 842.7, -2853.3),
        ("Asian", 32, 6577, 0.004865, 0.0710, 450.8, 418.8),
        ("All other races", 395, 6577, 0.060058, 1.5951, 247.6, -147.4),
    ]),
    ("resume_audit.csv", "race", [
        ("White", 2435, 4870, 0.5, 0.6530, 3728.8, 1293.8),
        (BLACK, 2435, 4870, 0.5, 3.9025, 624.0, -1811.0),
    ]),
    ("acs2012_sample.csv", "race", [
        ("White", 1555, 2000, 0.7775, 1.0154, 1531.4, -23.6),
        (BLACK, 206, 2000, 0.103, 0.8039, 256.2, 50.2),
        ("Asian", 87, 2000, 0.0435, 0.6346, 137.1, 50.1),
        ("All other races", 152, 2000, 0.076, 2.0185, 75.3, -76.7),
    ]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "column", "lines"), BY_HAND, ids=[f"{name} {column}" for name, column, _ in BY_HAND]
)
def test_data_sets_against_the_labour_force(
    shared_data: Path, name: str, column: str, lines: list[tuple[str, int, float]]
) -> None:
    spellings, attribute = (RACE, "race") if column == "race" else (SEX, "sex")
    populations = [
        replace(one, attribute=column)
        for one in read_population(shared_data / "reference_population.csv")
        if one.attributes == (attribute,) and one.source == "BLS-E15-2023Q2"
    ]
    there = set(pd.read_csv(shared_data / name, dtype=str, skipinitialspace=True)[column])
    values = {column: {old: new for old, new in spellings.items() if old in there}}
    more = {"count": "freq"} if name.endswith("counts.csv") else {}
    data = auditkit.load(shared_data / name, protected=[column], values=values, **more)
    rows = {row["group"][0]: row for row in hold_against(tally(data), populations)}
    for group, people, known, share, ratio, expected, missing in lines:
        row = rows[group]
        assert (row["count"], row["known"]) == (people, known)
        assert row["count"] / row["known"] == pytest.approx(share, abs=5e-7)
        assert row["ratio"] == pytest.approx(ratio, abs=1e-4)
        assert row["expected_share"] * known == pytest.approx(expected, abs=0.06)
        assert row["missing_people"] == pytest.approx(missing, abs=0.06)
