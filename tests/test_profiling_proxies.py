"""Proxies beside the outcome, postcodes, what tells a group, and spellings of one group.

Expected numbers come from pandas crosstabs and SciPy, from counts by hand, and from the data
themselves where they were made for the question.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fitted_once import untraced
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import auditkit
from auditkit.findings.proxies import proxy_findings
from auditkit.findings.spelling import spelling_findings
from auditkit.policy import Policy
from auditkit.profiling import Proxy, proxies, spelling_variants, waiting
from auditkit.profiling.association import link_of, link_within, links_of, links_within
from auditkit.profiling.postcodes import named_like_a_postcode, values_like_postcodes

POLICY = Policy.default()


def one(frame: pd.DataFrame, groups: Any, **options: Any) -> Proxy:
    (row,) = proxies(frame, groups, list(frame), **options)
    return row


def found(rows: list[Proxy]) -> list[Any]:
    return proxy_findings({"proxies": [row.to_dict() for row in rows]}, policy=POLICY)


def society(n: int = 4000, own: float = 0.0, seed: int = 0) -> tuple[Any, Any, Any]:
    """A club that goes with sex; the outcome goes with sex, and with the club by `own`."""
    rng = np.random.default_rng(seed)
    sex = rng.random(n) < 0.5
    club = np.where(rng.random(n) < 0.9, sex, ~sex)
    rate = 0.3 + 0.2 * sex + own * (club - 0.5)
    outcome = (rng.random(n) < rate).astype(float)
    names = ["M" if value else "F" for value in sex]
    return pd.DataFrame({"club": np.where(club, "rugby", "netball")}), {"sex": names}, outcome


class TestBesideTheOutcome:
    def test_the_link_is_the_corrected_v_of_the_crosstab(self) -> None:
        frame, groups, outcome = society(own=0.2)
        row = one(frame, groups, outcome=outcome)
        table = pd.crosstab(frame["club"], outcome)
        chi2, n = stats.chi2_contingency(table, correction=False).statistic, len(frame)
        # Bergsma (2013) for a 2 x 2: (chi2 / n - 1 / (n - 1)) / (1 - 1 / (n - 1))
        expected = np.sqrt((chi2 / n - 1 / (n - 1)) / (1 - 1 / (n - 1)))
        assert row.outcome_strength == pytest.approx(expected, rel=1e-12)
        assert (row.outcome_low or 0) < expected < (row.outcome_high or 0)

    def test_a_stand_in_goes_with_the_outcome_only_through_the_group(self) -> None:
        frame, groups, outcome = society()
        row = one(frame, groups, outcome=outcome)
        assert row.with_outcome is True
        assert (row.outcome_p_adjusted or 0) < 0.001 < 0.05 < (row.given_group_p_adjusted or 0)
        (finding,) = found([row])
        assert finding.level == "flag"
        assert "carries the gap between the groups and little else" in finding.detail

    def test_a_proxy_with_a_say_of_its_own(self) -> None:
        frame, groups, outcome = society(own=0.3)
        row = one(frame, groups, outcome=outcome)
        tables = [
            pd.crosstab(frame["club"][sex], outcome[sex]).to_numpy(float)
            for sex in (np.array(groups["sex"]) == "F", np.array(groups["sex"]) == "M")
        ]
        # the sum over the groups of chi-squares with one degree of freedom each
        chi2 = sum(stats.chi2_contingency(t, correction=False).statistic for t in tables)
        assert row.given_group_p_adjusted == pytest.approx(stats.chi2.sf(chi2, 2), rel=0.05)
        assert row.given_group == pytest.approx(link_within(np.stack(tables))[0])
        assert "a model would use it" in found([row])[0].detail

    def test_a_harmless_proxy_is_a_note(self) -> None:
        rng = np.random.default_rng(1)
        frame, groups, _ = society(20_000)
        row = one(frame, groups, outcome=(rng.random(20_000) < 0.4).astype(float))
        assert row.with_outcome is False
        (finding,) = found([row])
        assert finding.level == "note"
        assert "harmless" in finding.title

    def test_few_rows_cannot_show_that_it_is_harmless(self) -> None:
        rng = np.random.default_rng(1)
        frame, groups, _ = society(200)
        row = one(frame, groups, outcome=(rng.random(200) < 0.4).astype(float))
        assert row.with_outcome is None
        (finding,) = found([row])
        assert finding.level == "flag"
        assert "cannot be told from these data" in finding.detail

    def test_no_outcome_and_unknown_outcomes(self) -> None:
        frame, groups, outcome = society(own=0.3)
        assert one(frame, groups).with_outcome is None
        assert one(frame, groups).outcome_strength is None
        half = np.where(np.arange(len(outcome)) % 2, outcome, np.nan)
        kept = np.arange(len(outcome)) % 2 == 1
        part = one(
            frame[kept],
            {"sex": [s for s, k in zip(groups["sex"], kept, strict=True) if k]},
            outcome=outcome[kept],
        )
        row = one(frame, groups, outcome=half)
        assert row.outcome_strength == part.outcome_strength
        assert row.given_group == part.given_group
        assert row.n == 4000  # the proxy itself is measured on all rows

    @untraced()
    def test_given_the_group_keeps_its_level(self) -> None:
        """Outcomes that differ between the groups, and nothing else: 5 % by chance."""
        rng = np.random.default_rng(2)
        hits = []
        for _ in range(300):
            tables = []
            for rate, size in ((0.1, 200), (0.5, 60)):
                level = rng.integers(0, 6, size)
                happened = rng.random(size) < rate
                tables.append(pd.crosstab(level, happened).to_numpy(float))
            hits.append((link_within(np.stack(tables))[1] or 1) < 0.05)
        assert 0.02 <= np.mean(hits) <= 0.085  # 0.05 and three standard errors


class TestTelling:
    def test_husband_and_wife(self, shared_data: Path) -> None:
        # pandas crosstab of adult_train: 13,192 of 13,193 husbands are Male, 1,566 of 1,568
        # wives are Female
        frame = pd.read_csv(shared_data / "adult_train.csv.gz", keep_default_na=False)
        groups = {"sex": list(frame["sex"])}
        row = one(frame[["relationship"]], groups)
        told = {item.value: item for item in row.tells}
        assert (told["Husband"].group, told["Husband"].people) == ("Male", 13193)
        assert told["Husband"].share == pytest.approx(13192 / 13193)
        assert (told["Wife"].group, told["Wife"].share) == ("Female", pytest.approx(1566 / 1568))
        detail = found([row])[0].detail
        assert "more than 99.9 % of those with 'Husband' are Male" in detail
        assert "'Wife' are Female" in detail

    def test_numbers_are_told_as_ranges_and_few_people_not_at_all(self) -> None:
        age = np.repeat(np.arange(20, 70), 20)
        groups = {"band": ["young" if a < 45 else "old" for a in age]}
        row = one(pd.DataFrame({"age": age}), groups)
        assert row.tells[0].value == "20 to 24"
        assert (row.tells[0].group, row.tells[0].share) == ("young", 1.0)
        few = pd.DataFrame({"x": ["rare"] * 9 + ["common"] * 91})
        assert one(few, {"g": ["a"] * 9 + ["b"] * 91}).tells == ()


class TestPostcodes:
    @pytest.mark.parametrize(
        "name",
        ["postcode", "home_postcode", "Postal Code", "ZIP", "zip_code", "zipCode", "PLZ", "CAP",
         "code_postal", "codigo_postal", "cp", "zip5", "applicant zip"],
    )  # fmt: skip
    def test_names(self, name: str) -> None:
        assert named_like_a_postcode(name)

    @pytest.mark.parametrize(
        "name", ["market_cap", "zipper_size", "handicap", "post", "code", "cpu"]
    )
    def test_other_names(self, name: str) -> None:
        assert not named_like_a_postcode(name)

    def test_values(self) -> None:
        rng = np.random.default_rng(0)
        many = np.full(60, 12.0)
        zips = np.sort(rng.choice(np.arange(60001, 60999), 60, replace=False)).astype(float)
        assert values_like_postcodes(zips, many)
        assert not values_like_postcodes(np.arange(1950, 2010).astype(float), many)  # years
        assert not values_like_postcodes(1000.0 * np.arange(20, 80), many)  # pay
        assert not values_like_postcodes(np.array([f"grade {i}" for i in range(60)], object), many)
        dutch = np.array([f"{1000 + i} AB" for i in range(60)], object)
        assert values_like_postcodes(dutch, many)
        assert not values_like_postcodes(dutch, np.ones(60))  # nobody shares one: ids

    def test_a_segregated_town_with_2000_postcodes(self) -> None:
        """20 people in each of 2,000 areas, nine in ten of one group: V = 0.8."""
        rng = np.random.default_rng(3)
        area = np.repeat(np.arange(2000), 20)
        group = np.where(rng.random(40_000) < np.where(area % 2, 0.9, 0.1), "A", "B")
        frame = pd.DataFrame({"area": [f"N{a:04d}" for a in area]})
        row = one(frame, {"race": list(group)})
        # 2,000 levels of 20: the correction takes what chance alone would give, some 0.02 too much
        assert row.strength == pytest.approx(0.8, abs=0.03)
        assert (row.low or 0) < 0.8 < (row.high or 0)
        assert row.postcode == "values"
        (finding,) = found([row])
        assert finding.level == "flag"
        assert "Illinois" in finding.detail
        assert "codes like postcodes" in finding.title

    def test_numbers_are_codes_and_rare_ones_are_read_by_their_beginning(self) -> None:
        rng = np.random.default_rng(4)
        town = rng.integers(0, 40, 8000)
        zips = 10_000 + 100 * rng.permutation(40)[town] + rng.integers(0, 100, 8000)
        group = np.where(rng.random(8000) < np.where(town % 2, 0.95, 0.05), "A", "B")
        row = one(pd.DataFrame({"zip": zips}), {"race": list(group)})
        assert row.note == "read by the first 4 characters"
        assert row.strength == pytest.approx(0.9, abs=0.02)
        assert row.postcode == "name"

    def test_a_postcode_that_tells_nothing_is_still_named(self) -> None:
        rng = np.random.default_rng(5)
        frame = pd.DataFrame({"postcode": [f"E{i}" for i in rng.integers(1, 20, 600)]})
        rows = proxies(frame, {"race": list(rng.choice(["A", "B"], 600))}, ["postcode"])
        (finding,) = found(rows)
        assert (finding.level, finding.title) == ("note", "postcode is a postcode")
        assert "no more than chance would give" in finding.detail

    def test_nearly_unique_postcodes_are_measured_all_the_same(self) -> None:
        rng = np.random.default_rng(6)
        side = rng.random(1000) < 0.5
        codes = [f"{'N' if s else 'S'}{i:05d}" for i, s in enumerate(side)]
        frame = pd.DataFrame({"postcode": codes})
        row = one(frame, {"race": ["A" if s else "B" for s in side]})
        assert row.note == "read by the first 4 characters"
        assert row.strength == pytest.approx(1.0, abs=0.02)


class TestManyStrongOnes:
    def test_one_finding_for_the_rest(self) -> None:
        sex = ["F", "M"] * 200
        frame = pd.DataFrame({f"copy {i}": sex for i in range(9)})
        findings = found(proxies(frame, {"sex": sex}, list(frame)))
        assert len(findings) == 6
        assert findings[-1].title.startswith("4 more columns give sex away")
        assert findings[-1].evidence["features"] == [f"copy {i}" for i in range(5, 9)]


class TestSynonyms:
    def block(self, groups: Any) -> dict[str, Any]:
        rows = [row.to_row() for row in spelling_variants(groups)]
        (finding,) = spelling_findings(rows)
        assert finding.evidence["toml"] in finding.action
        return tomllib.loads(finding.evidence["toml"])["values"]

    def test_the_example_of_the_issue(self) -> None:
        groups = {"sex": ["female"] * 5 + ["F", "Female "] + ["M", "M", "man"]}
        assert self.block(groups) == {"sex": {"F": "female", "Female ": "female", "M": "man"}}

    @pytest.mark.parametrize(
        ("texts", "mapping"),
        [
            (["H", "M", "hombre", "mujer"], {"H": "hombre", "M": "mujer"}),
            (["w", "weiblich", "m", "männlich", "d"], {"w": "weiblich", "m": "männlich"}),
            (["W", "B", "white", "black"], {"W": "white", "B": "black"}),
            (["Ж", "жен", "М", "муж"], {"Ж": "жен", "М": "муж"}),
        ],
    )
    def test_languages(self, texts: list[str], mapping: dict[str, str]) -> None:
        assert self.block({"g": texts}) == {"g": mapping}

    @pytest.mark.parametrize(
        "texts",
        [["M", "mujer", "hombre"], ["M", "F"], ["M", "T", "man"], ["0", "1"],
         ["Latvia", "Lithuania"]],
    )  # fmt: skip
    def test_no_guess_where_a_letter_may_mean_both(self, texts: list[str]) -> None:
        assert spelling_variants({"g": texts}) == []

    def test_the_mapping_pasted_into_audit_toml_merges_them(self, tmp_path: Path) -> None:
        table = pd.DataFrame({"the sex": ["F", "female", "M"] * 20, "hired": [0, 1, 1] * 20})
        table.to_csv(tmp_path / "t.csv", index=False)
        asked = {"label": "hired", "protected": ["the sex"]}
        first = auditkit.profile(auditkit.load(tmp_path / "t.csv", **asked))
        (finding,) = [f for f in first.findings if f.kind == "group-spelling"]
        config = 'data = "t.csv"\nlabel = "hired"\nprotected = ["the sex"]\n'
        (tmp_path / "a.toml").write_text(config + finding.evidence["toml"], encoding="utf-8")
        second = auditkit.profile(auditkit.load(tmp_path / "a.toml"))
        assert {row["group"][0] for row in second.representation} == {"female", "M"}

    def test_hostile_names_stay_text(self) -> None:
        texts = ['a"]\nx = 1', 'A"]\nX = 1', "\x00\u202e", "\x00\u202e "]
        name = 'b"]\n[other'
        assert set(self.block({name: texts})) == {name}


TABLES = st.integers(2, 4).flatmap(
    lambda columns: st.lists(
        st.lists(st.integers(0, 40), min_size=columns, max_size=columns), min_size=1, max_size=9
    )
)


def alike(one: Any, other: Any) -> bool:
    """Tell whether numbers, or their lack, are the same but for the order of sums."""
    if one is None or other is None:
        return one is other
    return all(
        a == (None if b is None else pytest.approx(b, rel=1e-9, abs=1e-12))
        for a, b in zip(one, other, strict=True)
    )


@given(st.lists(TABLES, max_size=6))
def test_links_of_many_tables_are_those_of_each(tables: list[list[list[int]]]) -> None:
    """Short tables are filled up with empty rows, which tell nothing."""
    counted = [np.array(table, dtype=float) for table in tables]
    counted = [table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0] for table in counted]
    counted = [table for table in counted if min(table.shape) > 1]
    for together, alone in zip(
        links_of(counted, level=0.95),
        [link_of(table, level=0.95) for table in counted],
        strict=True,
    ):
        assert alike(together, alone)


@given(st.lists(st.lists(st.lists(st.integers(0, 30), min_size=2, max_size=2), min_size=1,
                         max_size=9), max_size=6), st.integers(1, 3))  # fmt: skip
def test_links_within_groups_of_many_are_those_of_each(
    tables: list[list[list[int]]], groups: int
) -> None:
    sets = [np.stack([np.roll(np.array(one, float), k, axis=1) * (k + 1) for k in range(groups)])
            for one in tables]  # fmt: skip
    for together, alone in zip(links_within(sets), map(link_within, sets), strict=True):
        assert alike(together, alone)


def test_what_waits_is_measured_when_it_becomes_much(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(8)
    names = [f"x{k}" for k in range(12)]
    frame = pd.DataFrame({name: rng.integers(0, k + 2, 500) for k, name in enumerate(names)})
    groups = {
        "sex": rng.choice(["F", "M"], 500).tolist(),
        "race": rng.choice(list("abc"), 500).tolist(),
    }
    outcome = rng.integers(0, 2, 500)
    at_once = proxies(frame, groups, names, outcome=outcome)
    monkeypatch.setattr(waiting, "_MOST", 20)
    assert proxies(frame, groups, names, outcome=outcome) == at_once
