"""The tables of the frameworks: published figures from a typed-in counts file, and the rules."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from compliance_figures import (
    BENCHMARKS,
    BERKELEY,
    BERKELEY_CMH,
    BERKELEY_CMH_CORRECTED,
    BERKELEY_POOLED_SD,
    BERKELEY_SD,
    DEVIATIONS,
    FIGURES,
    LL144_CROSSED,
    LL144_RACE,
    LL144_SCORED_CROSSED,
    LL144_SCORED_RACE,
    LL144_SCORED_SEX,
    LL144_SCORED_UNKNOWN,
    LL144_SEX,
    LL144_UNKNOWN,
    TEAL,
    Figure,
    Share,
)
from test_compliance_impact import agrees, as_the_court_has_it, as_the_rule_prints

import auditkit

pytestmark = pytest.mark.usefixtures("fitted_once")

Main = Callable[..., tuple[int, str, str]]
Row = dict[str, Any]


def table(entry: Any, id_: str) -> Any:
    return next(item for item in entry["tables"] if item["id"] == id_)


def rows(entry: Any, id_: str) -> list[Row]:
    return list(table(entry, id_)["rows"])


def of(found: Iterable[Row], *group: str | None, **more: Any) -> Row:
    (row,) = [
        row
        for row in found
        if row["group"] == list(group) and all(row.get(k) == v for k, v in more.items())
    ]
    return row


def typed_in(path: Path, columns: str, lines: Iterable[Iterable[Any]]) -> Path:
    """Write a counts file as somebody would type it in."""
    text = [columns, *(",".join(f'"{value}"' for value in line) for line in lines)]
    path.write_text("\n".join(text) + "\n", encoding="utf-8")
    return path


def counts_lines(groups: Any) -> Iterable[tuple[Any, ...]]:
    for name, (selected, n) in groups.items():
        keys = name if isinstance(name, tuple) else (name,)
        yield (*keys, "yes", selected)
        yield (*keys, "no", n - selected)


def entries(main: Main, folder: Path, *args: Any) -> list[Any]:
    record = folder / "audit.json"
    code, _, err = main(*args, "--json", record, "-q")
    assert (code, err) == (0, ""), err
    return list(json.loads(record.read_text("utf-8"))["compliance"])


# ---- every figure on the command line, from a counts file ----------------------------------------


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.id)
def test_published_figures(figure: Figure, tmp_path: Path, auditkit_main: Main) -> None:
    data = typed_in(tmp_path / "t.csv", "group,passed,persons", counts_lines(figure.groups))
    args: list[Any] = ["profile", data, "--count", "persons", "--label", "passed"]
    args += ["--positive", "yes", "--protected", "group", "--framework", "ugesp"]
    args += ["--unfavorable"] if figure.unfavorable else []
    args += ["--reference", f"group={figure.reference}"] if figure.reference else []
    (entry,) = entries(auditkit_main, tmp_path, *args)
    found = rows(entry, "U2")
    for group, expected in figure.expected.items():
        row = of(found, group)
        for column, value in expected.items():
            assert agrees(row[column], value), (figure.source, column, row[column], value)
        (said,) = [s for s in entry["sentences"] if s["group"] == [group]]
        assert f"{row['selected']:,} of {row['n']:,} {group}" in said["text"]
        assert said["limits"].startswith("It does not show")


def as_in_the_rule(found: Iterable[Row], table: Any, **more: Any) -> None:
    """Check that rows are those of a table of the rule: persons, selected, rate, ratio."""
    found = list(found)
    for name, wanted in table.items():
        row = of(found, *(name if isinstance(name, tuple) else (name,)), **more)
        assert (row["n"], row["selected"]) == wanted[:2]
        assert as_the_rule_prints(row["rate"], row["impact_ratio"], wanted), (name, row, wanted)
    assert len([row for row in found if all(row.get(k) == v for k, v in more.items())]) == len(
        table
    )


CROSSED = {group: (row[1], row[0]) for group, row in LL144_CROSSED.items()}


def test_the_rule_s_example_by_sex_and_crossed(tmp_path: Path, auditkit_main: Main) -> None:
    lines = [*counts_lines(CROSSED), ("", "White", "yes", 90), ("Male", "", "no", 160)]
    data = typed_in(tmp_path / "t.csv", "sex,race,selected,persons", lines)
    args = ["profile", data, "--count", "persons", "--label", "selected", "--protected", "sex"]
    args += ["--protected", "race", "--framework", "nyc_ll144"]
    (entry,) = entries(auditkit_main, tmp_path, *args)
    as_in_the_rule(rows(entry, "T3"), LL144_CROSSED)
    unknown = next(row for row in rows(entry, "T5") if row["unknown"] == "sex or race not known")
    assert unknown["n"] == LL144_UNKNOWN
    # Without the 250, the table by sex is the rule's too. By race the rule's own two tables
    # disagree about one row; rows of data cannot.
    data = typed_in(tmp_path / "t.csv", "sex,race,selected,persons", counts_lines(CROSSED))
    (entry,) = entries(auditkit_main, tmp_path, *args)
    as_in_the_rule(rows(entry, "T1"), LL144_SEX)
    row = of(rows(entry, "T2"), "Hispanic or Latino")
    assert (row["n"], row["selected"]) == (395, 172)


def test_the_rule_s_example_read_as_a_tool_that_classifies(
    tmp_path: Path, auditkit_main: Main
) -> None:
    """5-301(b)(4) asks for the same tables for each group into which a tool classifies.

    The rule prints none; here the example's selected are those of the class "lead".
    """
    lines = [(*g, {"yes": "lead"}.get(y, "other"), n) for *g, y, n in counts_lines(CROSSED)]
    typed_in(tmp_path / "t.csv", "sex,race,style,persons", lines)
    (tmp_path / "audit.toml").write_text(
        'data = "t.csv"\ncount = "persons"\nprotected = ["sex", "race"]\n'
        'framework = "nyc_ll144"\n[compliance]\nclasses = "style"\n',
        "utf-8",
    )
    (entry,) = entries(auditkit_main, tmp_path, "profile", tmp_path / "audit.toml")
    as_in_the_rule(rows(entry, "T1"), LL144_SEX, **{"class": "lead"})
    as_in_the_rule(rows(entry, "T3"), LL144_CROSSED, **{"class": "lead"})
    other = of(rows(entry, "T1"), "Female", **{"class": "other"})  # 1181 - 555, of 723 men
    assert (other["n"], other["selected"], other["impact_ratio"]) == (1181, 626, 1.0)


def test_the_rule_s_example_of_scores(tmp_path: Path, auditkit_main: Main) -> None:
    """Of 183 persons the median is the 92nd score: that of one of the 15 of unknown category."""
    lines: list[tuple[Any, ...]] = [("", "", 90, 7), ("", "", 50, 1), ("", "", 10, 7)]
    assert sum(line[-1] for line in lines) == LL144_SCORED_UNKNOWN
    for group, (n, above, _, _) in LL144_SCORED_CROSSED.items():
        lines += [(*group, 80, above), (*group, 20, n - above)]
    data = typed_in(tmp_path / "t.csv", "sex,race,fit,persons", lines)
    args = ["audit", data, "--count", "persons", "--score", "fit", "--threshold", 50]
    args += ["--protected", "sex", "--protected", "race", "--framework", "nyc_ll144"]
    (entry,) = entries(auditkit_main, tmp_path, *args)
    as_in_the_rule(rows(entry, "T1"), LL144_SCORED_SEX)
    as_in_the_rule(rows(entry, "T2"), LL144_SCORED_RACE)
    as_in_the_rule(rows(entry, "T3"), LL144_SCORED_CROSSED)
    assert table(entry, "T1")["score"] == {"median": 50, "n": 183, "ties": 1, "missing": 0}
    assert {(row["n"], row["selected"]) for row in rows(entry, "T5")} == {(15, 7)}


def test_the_rule_s_example_by_race(tmp_path: Path, auditkit_main: Main) -> None:
    groups = {group: (row[1], row[0]) for group, row in LL144_RACE.items()}
    data = typed_in(tmp_path / "t.csv", "ethnicity,selected,persons", counts_lines(groups))
    args = ["profile", data, "--count", "persons", "--label", "selected"]
    args += ["--protected", "ethnicity", "--framework", "nyc_ll144"]
    (entry,) = entries(auditkit_main, tmp_path, *args)
    as_in_the_rule(rows(entry, "T2"), LL144_RACE)
    assert "no protected column is known to hold sex" in table(entry, "T1")["reason"]
    small = of(rows(entry, "T4"), "Native American or Alaska Native")  # 41 of 2584: 1.6 %
    assert (small["n"], small["denominator"]) == (41, 2584)


def test_berkeley_within_departments(tmp_path: Path, auditkit_main: Main) -> None:
    lines = [(dept, *line) for dept, groups in BERKELEY.items() for line in counts_lines(groups)]
    data = typed_in(tmp_path / "t.csv", "dept,gender,admitted,persons", lines)
    args = ["profile", data, "--count", "persons", "--label", "admitted", "--protected", "gender"]
    args += ["--strata", "dept", "--reference", "gender=Male", "--framework", "adverse_impact_pro"]
    (entry,) = entries(auditkit_main, tmp_path, *args)
    (row,) = rows(entry, "S1")
    assert agrees(row["chi2"], BERKELEY_CMH)
    assert agrees(row["chi2_corrected"], BERKELEY_CMH_CORRECTED)
    assert agrees(row["sd_mantel_haenszel"], BERKELEY_SD)
    assert round(row["sd_pooled"], 2) == BERKELEY_POOLED_SD
    assert row["simpson"] is True
    (said,) = [s for s in entry["sentences"] if s["table"] == "S1"]
    assert (
        "Simpson warning: all together, Female are 9.60 standard deviations behind" in said["text"]
    )
    assert [r["value"] for r in rows(entry, "S2")] == list("ABCDEF")


@pytest.mark.parametrize("share", BENCHMARKS, ids=lambda share: share.id)
def test_benchmarks_of_the_supreme_court(share: Share, tmp_path: Path, auditkit_main: Main) -> None:
    data = typed_in(
        tmp_path / "t.csv",
        "people,persons",
        [("named", share.observed), ("others", share.n - share.observed)],
    )
    shares = [("named", share.per_cent), ("others", 100 - share.per_cent)]
    population = typed_in(
        tmp_path / "p.csv",
        "attribute,group,share,source",
        [("people", group, per_cent, share.source) for group, per_cent in shares],
    )
    args = ["profile", data, "--count", "persons", "--protected", "people"]
    args += ["--population", population, "--framework", "ugesp"]
    (entry,) = entries(auditkit_main, tmp_path, *args)
    as_the_court_has_it(of(rows(entry, "U6"), "named"), share)


@pytest.mark.parametrize("counts", DEVIATIONS)
def test_standard_deviations_and_p_values(counts: Any, tmp_path: Path, auditkit_main: Main) -> None:
    sds, p = DEVIATIONS[counts]
    pairs = dict(zip(("behind", "ahead"), counts, strict=True))
    data = typed_in(tmp_path / "t.csv", "group,passed,persons", counts_lines(pairs))
    args = ["profile", data, "--count", "persons", "--label", "passed", "--protected", "group"]
    (entry,) = entries(auditkit_main, tmp_path, *args, "--framework", "ugesp")
    row = of(rows(entry, "U2"), "behind")
    assert agrees(row["sd_pooled"], sds)
    assert agrees(row["p_pooled"], p)
    total = sum(n for _, n in counts)
    assert row["sd_hypergeometric"] == pytest.approx(sds * ((total - 1) / total) ** 0.5, rel=1e-5)


def test_teal_by_stages(tmp_path: Path, auditkit_main: Main) -> None:
    """Connecticut v. Teal: an examination below the line, and a bottom line that is not."""
    lines: list[tuple[Any, ...]] = []
    for race, (took, passed, promoted) in TEAL.items():
        lines += [
            (race, "yes", "yes", promoted),
            (race, "yes", "no", passed - promoted),
            (race, "no", "no", took - passed),
        ]
    data = typed_in(tmp_path / "t.csv", "race,passed,promoted,persons", lines)
    args = ["profile", data, "--count", "persons", "--protected", "race"]
    args += ["--stage", "examination=passed", "--stage", "promotion=promoted"]
    args += ["--reference", "race=White", "--framework", "ugesp"]
    (entry,) = entries(auditkit_main, tmp_path, *args)
    found = rows(entry, "U3")
    examination = of(found, "Black", stage="examination")
    assert (examination["n"], examination["selected"]) == (48, 26)
    assert agrees(examination["rate"], 0.5417)
    assert agrees(of(found, "White", stage="examination")["rate"], 0.7954)
    assert agrees(examination["impact_ratio"], 0.68)
    assert examination["below_four_fifths"] is True
    promotion = of(found, "Black", stage="promotion")  # among those who passed
    assert (promotion["n"], promotion["selected"]) == (26, 11)
    bottom = of(found, "Black", stage="bottom line")
    assert (bottom["n"], bottom["selected"]) == (48, 11)
    assert agrees(bottom["rate"], 0.229)
    assert agrees(of(found, "White", stage="bottom line")["rate"], 0.135)
    assert agrees(bottom["impact_ratio"], 1.70)
    assert bottom["below_four_fifths"] is False
    assert any("Connecticut v. Teal" in note for note in table(entry, "U3")["notes"])


# ---- LL144 --------------------------------------------------------------------------------------


def scored(**more: Any) -> Any:
    """Ten people; the median of all, the one of unknown sex among them, is 5.5.

    Without her it would be 6 (scores 1 2 3 5 6 7 8 9 9), and Ada with 6 not above it.
    """
    frame = pd.DataFrame(
        {
            "sex": ["F", "F", "F", "F", None, "M", "M", "M", "M", "M"],
            "score": [1, 2, 6, 9, 4, 3, 5, 7, 8, 9],
            **more,
        }
    )
    return auditkit.load(frame, protected="sex", score="score", threshold=5)


def test_a_scoring_rate_counts_strictly_above_the_median_of_everybody() -> None:
    (entry,) = auditkit.audit(scored(), frameworks=["nyc_ll144"]).compliance
    t1 = table(entry, "T1")
    female, male = of(t1["rows"], "Female"), of(t1["rows"], "Male")
    assert (female["n"], female["selected"], female["rate"]) == (4, 2, 0.5)  # 6 and 9
    assert (male["n"], male["selected"], male["rate"]) == (5, 3, 0.6)  # 7, 8, 9
    assert female["impact_ratio"] == pytest.approx(5 / 6)
    assert "the median of all 10 persons with a score" in t1["notes"][-2]
    assert "is 5.5" in t1["notes"][-2]
    unknown = rows(entry, "T5")[0]
    assert (unknown["unknown"], unknown["n"], unknown["selected"]) == ("sex not known", 1, 0)


def test_ties_with_the_median_are_not_above_it_and_are_warned_about() -> None:
    """Scores 1 5 5 5 9: the median is 5; only one is above; three of five are tied."""
    frame = pd.DataFrame({"sex": ["F", "F", "M", "M", "M"], "score": [1, 5, 5, 5, 9]})
    data = auditkit.load(frame, protected="sex", score="score", threshold=5)
    (entry,) = auditkit.audit(data, frameworks=["nyc_ll144"]).compliance
    t1 = table(entry, "T1")
    assert [row["selected"] for row in t1["rows"]] == [1, 0]  # Male, Female
    assert any("3 persons (60.0%) have the median itself" in note for note in t1["notes"])
    assert any(note.startswith("warning: more than 5% of scores") for note in t1["notes"])


def test_few_ties_are_counted_and_not_warned_about() -> None:
    (entry,) = auditkit.audit(scored(), frameworks=["nyc_ll144"]).compliance
    notes = table(entry, "T1")["notes"]
    assert any("0 persons (0.0%) have the median itself" in note for note in notes)
    assert not any(note.startswith("warning") for note in notes)


@pytest.mark.parametrize("engine", ["duckdb", "polars", "pandas"])
def test_scores_of_any_engine(tmp_path: Path, engine: str) -> None:
    path = tmp_path / "s.csv"
    path.write_text("sex,score\n" + "F,1\nF,5\nM,5\nM,\n,9\n" * 30, "utf-8")
    data = auditkit.load(path, protected="sex", score="score", threshold=5, engine=engine)
    (entry,) = auditkit.audit(data, frameworks=["nyc_ll144"]).compliance
    t1 = table(entry, "T1")
    assert [(row["n"], row["selected"]) for row in t1["rows"]] == [(30, 0), (60, 0)]
    assert any("30 persons have no score" in note for note in t1["notes"])
    assert rows(entry, "T5")[0]["selected"] == 30


def test_rows_that_stand_for_several_persons_have_a_median_of_persons(tmp_path: Path) -> None:
    """1 (once), 2 (five times), 9 (four times): the median of ten persons is 2."""
    path = tmp_path / "s.csv"
    path.write_text("sex,score,n\nF,1,1\nM,2,5\nF,9,4\n", "utf-8")
    data = auditkit.load(path, protected="sex", score="score", threshold=5, count="n")
    (entry,) = auditkit.audit(data, frameworks=["nyc_ll144"]).compliance
    t1 = table(entry, "T1")
    assert [(row["n"], row["selected"]) for row in t1["rows"]] == [(5, 0), (5, 4)]
    assert any("is 2;" in note for note in t1["notes"])


def test_a_tool_that_classifies_has_a_table_a_class() -> None:
    frame = pd.DataFrame(
        {
            "sex": ["F"] * 10 + ["M"] * 10,
            "style": ["coach"] * 6 + ["driver"] * 4 + ["coach"] * 3 + ["driver"] * 7,
            "kept": [0, 1] * 10,
        }
    )
    data = auditkit.load(frame, label="kept", protected="sex")
    told = {"classes": "style"}
    (entry,) = auditkit.audit(data, model="none", frameworks=["nyc_ll144"], answers=told).compliance
    found = rows(entry, "T1")
    coach = of(found, "Male", **{"class": "coach"})
    driver = of(found, "Female", **{"class": "driver"})
    assert (coach["n"], coach["selected"], coach["impact_ratio"]) == (10, 3, 0.5)
    assert (driver["n"], driver["selected"]) == (10, 4)
    assert driver["impact_ratio"] == pytest.approx(4 / 7)


def people(**groups: tuple[int, int]) -> Any:
    """Groups of race as (selected, n)."""
    lines = [(race, y) for race, (x, n) in groups.items() for y in [1] * x + [0] * (n - x)]
    frame = pd.DataFrame(lines, columns=["race", "hired"])
    frame["race"] = frame["race"].replace({"None": None, "Declined": "Prefer not to say"})
    return auditkit.load(frame, label="hired", protected="race")


def test_a_small_category_is_computed_and_marked_unless_it_is_left_out() -> None:
    data = people(white=(50, 100), black=(40, 98), asian=(3, 3))
    (entry,) = auditkit.profile(data, frameworks=["nyc_ll144"]).compliance
    asian = of(rows(entry, "T2"), "Asian")
    assert (asian["impact_ratio"], asian["marks"]) == (1.0, ["highest rate", "under 2 %"])
    assert rows(entry, "T4")[0]["marks"] == ["computed and marked"]
    told = {"exclude_small_categories": True, "small_category_justification": "three people"}
    (entry,) = auditkit.profile(data, frameworks=["nyc_ll144"], answers=told).compliance
    asian, white = of(rows(entry, "T2"), "Asian"), of(rows(entry, "T2"), "White")
    assert (asian["impact_ratio"], asian["marks"]) == (None, ["excluded (<2%)"])
    assert (asian["n"], asian["rate"]) == (3, 1.0)  # still told
    assert (white["impact_ratio"], white["marks"]) == (1.0, ["highest rate"])
    row = rows(entry, "T4")[0]
    assert (row["justification"], row["denominator"]) == ("three people", 201)


def test_categories_with_nobody_have_no_data_and_no_rate() -> None:
    (entry,) = auditkit.profile(
        people(white=(5, 10), black=(4, 10)), frameworks=["nyc_ll144"]
    ).compliance
    row = of(rows(entry, "T2"), "Two or More Races")
    assert (row["n"], row["rate"], row["impact_ratio"], row["marks"]) == (
        0,
        None,
        None,
        ["no data"],
    )


def test_unknown_categories_are_counted_with_their_rate() -> None:
    data = people(white=(5, 10), black=(4, 10), Declined=(1, 4), martian=(2, 2))
    (entry,) = auditkit.profile(data, frameworks=["nyc_ll144"]).compliance
    first, second = rows(entry, "T5")[:2]
    assert (first["n"], first["selected"], first["rate"]) == (4, 1, 0.25)
    assert second["unknown"] == "race: martian, in no category of the rule"
    martian = of(rows(entry, "T2"), "martian")
    assert (martian["marks"], martian["impact_ratio"]) == (["in addition"], None)


def test_decisions_come_before_the_label() -> None:
    frame = pd.DataFrame({"sex": ["F", "M"] * 20, "y": [0, 1] * 20, "shortlisted": [1, 1] * 20})
    data = auditkit.load(frame, label="y", prediction="shortlisted", protected="sex")
    (entry,) = auditkit.audit(data, frameworks=["nyc_ll144"]).compliance
    assert [row["selected"] for row in rows(entry, "T1")] == [20, 20]
    told = {"stage": "label"}
    (entry,) = auditkit.audit(data, frameworks=["nyc_ll144"], answers=told).compliance
    assert [row["selected"] for row in rows(entry, "T1")] == [20, 0]  # Male, Female


# ---- UGESP --------------------------------------------------------------------------------------


def test_three_of_twenty_against_one_of_ten_is_too_few() -> None:
    frame = pd.DataFrame(
        {"sex": ["men"] * 20 + ["women"] * 10, "hired": [1] * 3 + [0] * 17 + [1] + [0] * 9}
    )
    data = auditkit.load(frame, label="hired", protected="sex")
    (entry,) = auditkit.profile(data, frameworks=["ugesp"]).compliance
    row = of(rows(entry, "U2"), "women")
    assert row["marks"] == ["below 4/5", "too few"]
    (said,) = entry["sentences"]
    assert said["flag"] == "too few to conclude: one selection would reverse it"
    assert said["text"].startswith("Too few to conclude: one selection would reverse it. 1 of 10")


def test_a_group_under_two_per_cent_is_nobody_s_reference() -> None:
    data = people(white=(50, 100), black=(40, 98), asian=(3, 3))
    (entry,) = auditkit.profile(data, frameworks=["ugesp"]).compliance
    assert of(rows(entry, "U1"), "white")["marks"] == ["reference"]


def test_records_by_job_sex_and_race(sample_data: Path) -> None:
    data = auditkit.load(sample_data / "hiring.toml")
    (entry,) = auditkit.profile(data, frameworks=["ugesp"]).compliance
    found = rows(entry, "U5")
    assert {row["job"] for row in found} == {
        "Engineering", "Sales", "Operations", "Finance", "Support",
    }  # fmt: skip
    assert sum(row["n"] for row in found) == 6000
    assert sum(row["selected"] for row in found) == 1777
    assert all(row["n"] == row["selected"] + row["not_selected"] for row in found)


def test_a_trend_needs_a_period() -> None:
    frame = pd.DataFrame(
        {
            "sex": ["F", "M"] * 40,
            "hired": [0, 1, 1, 1] * 20,
            "year": ["2024"] * 40 + ["2025"] * 40,
        }
    )
    plain = auditkit.load(frame, label="hired", protected="sex")
    (entry,) = auditkit.profile(plain, frameworks=["ugesp"]).compliance
    assert table(entry, "U4")["reason"].startswith("not assessed: no stratum holds the period")
    by_year = auditkit.load(frame, label="hired", protected="sex", strata="year")
    (entry,) = auditkit.profile(by_year, frameworks=["ugesp"]).compliance
    assert [row["period"] for row in rows(entry, "U4")] == [
        "2024", "2025", "all, pooled by Mantel-Haenszel",
    ]  # fmt: skip


# ---- the others ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sample_record(sample_data: Path) -> Any:
    told = {
        "purpose": "screening",
        "alternatives": [{"name": "without society", "disparity": "0.98", "kept": "yes"}],
    }
    data = auditkit.load(sample_data / "hiring.toml")
    names = ["eu_ai_act", "us_states", "uk_equality", "canada", "nist_ai_rmf"]
    return auditkit.audit(data, seed=1, frameworks=names, answers=told).to_dict()


def by_name(record: Any, name: str) -> Any:
    return next(entry for entry in record["compliance"] if entry["framework"] == name)


def test_the_eu_pack_says_what_is_filled_and_what_is_not(sample_record: Any) -> None:
    entry = by_name(sample_record, "eu_ai_act")
    states = {row["item"]: row["state"] for id_ in ("A10", "A4") for row in rows(entry, id_)}
    assert states["10(2)(c)"] == "filled"  # nothing for people to say
    assert states["10(2)(a)"] == "partly"  # the rationale is missing
    assert states["Annex IV(1)"] == "filled"  # told: the purpose
    items = {row["item"]: row for row in rows(entry, "A10")}
    assert "6,000 rows" in items["10(2)(b)"]["found"]
    assert items["10(2)(b)"]["blank"].startswith("TO BE COMPLETED BY: the provider")
    meter = entry["completeness"]
    assert meter["total"] == sum(meter[k] for k in ("filled", "partly", "to_be_completed"))
    counted = [row["state"] for id_ in ("A10", "A4", "A13") for row in rows(entry, id_)]
    assert meter["total"] == len(counted) + len(entry["fields"])
    assert not any("impact_ratio" in row for row in rows(entry, "R1")), "the Act has no line"


def test_alternatives_are_those_told_and_the_baseline(sample_record: Any) -> None:
    entry = by_name(sample_record, "us_states")
    found = rows(entry, "NJ1")
    assert found[0]["name"] == "without society"
    assert any(row["source"] == "computed" and row["measure"].endswith("Female") for row in found)


def test_a_postcode_is_called_out(sample_record: Any) -> None:
    found = rows(by_name(sample_record, "us_states"), "IL1")
    assert {row["column"] for row in found} == {"postcode_area"}
    assert all(row["marks"] == ["ZIP used"] for row in found)


def test_a_postcode_by_its_values_is_called_out_in_red() -> None:
    """Five digits each, as many as there are areas, under a name that says nothing."""
    codes = [f"{10_000 + 37 * i}" for i in range(40)]
    frame = pd.DataFrame({"sex": ["F", "M"] * 400, "area": codes * 20, "hired": [0, 1, 1, 1] * 200})
    record = auditkit.profile(
        auditkit.load(frame, label="hired", protected="sex"), frameworks=["us_states"]
    ).to_dict()
    (row,) = rows(record["compliance"][0], "IL1")
    assert (row["column"], row["known_by"], row["marks"]) == ("area", "values", ["ZIP used"])
    assert '<td class="v flag">ZIP used' in auditkit.render(record, charts="none")


def test_coverage_says_what_the_data_cannot_speak_of(sample_record: Any) -> None:
    found = {row["protected_class"]: row for row in rows(by_name(sample_record, "us_states"), "C1")}
    assert found["age (40 or over)"]["people"] == 6000
    assert found["sex or gender"]["column"] == "gender"
    assert found["disability"]["marks"] == ["not assessed: no data"]


def test_canada_s_filters(sample_record: Any) -> None:
    women = of(rows(by_name(sample_record, "canada"), "C1"), "Female")
    assert women["marks"] == ["gap of 3 or more persons", "utilisation below 80%"]
    assert women["utilisation"] == pytest.approx(1268 / 5792 / 0.47)


def test_every_entry_carries_the_disclaimer_and_no_verdict(sample_record: Any) -> None:
    for entry in sample_record["compliance"]:
        assert entry["disclaimer"].startswith("Statistical output. Not legal advice")
        for row in (row for item in entry["tables"] for row in item["rows"]):
            assert not {"pass", "fair", "compliant"} & set(row.get("marks") or ())


def test_counts_files_have_tables_and_no_scores(tmp_path: Path, auditkit_main: Main) -> None:
    data, counts = tmp_path / "d.csv", tmp_path / "c.parquet"
    data.write_text("sex,hired\n" + "F,no\nF,yes\nM,yes\nM,no\n" * 20, "utf-8")
    args = ["tally", data, "--label", "hired", "--protected", "sex", "-o", counts, "-q"]
    assert auditkit_main(*args)[0] == 0
    (entry,) = entries(auditkit_main, tmp_path, "audit", counts, "--framework", "uk_equality")
    assert rows(entry, "E1")[0]["n"] == 40
    assert table(entry, "E4")["reason"] == "not assessed: these are counts, not rows"
