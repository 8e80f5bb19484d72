"""The statistical core of the compliance tables: published figures, laws, edges."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import numpy as np
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
    LL144_SEX,
    LL144_TABLES,
    TEAL,
    Figure,
    Share,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from auditkit import compliance
from auditkit.compliance import (
    Comparison,
    Lines,
    adverse_impact,
    benchmark_tests,
    stratified_impact,
)
from auditkit.compliance.impact import selections, selections_by_stratum
from auditkit.counts import Counts
from auditkit.errors import MetricError, RequestError


def as_printed(value: float) -> float:
    """Return half of the last digit of a number as it is written."""
    return 0.5 * 10.0 ** int(Decimal(str(value)).as_tuple().exponent) + 1e-12


def agrees(found: Any, expected: Any) -> bool:
    if isinstance(expected, float):
        return found is not None and abs(found - expected) <= as_printed(expected)
    return bool(found == expected)


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.id)
def test_published_figures(figure: Figure) -> None:
    found = adverse_impact(
        figure.groups, reference=figure.reference, unfavorable=figure.unfavorable
    )
    for group, expected in figure.expected.items():
        row = found[group].to_dict()
        for column, value in expected.items():
            assert agrees(row[column], value), (figure.source, column, row[column], value)


def as_the_rule_prints(rate: float, ratio: float, row: tuple[int, int, float, float]) -> bool:
    """Whether a rate in per cent and a ratio are those of a row of the rule, as it writes them."""
    _, _, per_cent, printed = row
    near = agrees(rate * 100, float(per_cent)) if per_cent % 1 else round(rate * 100) == per_cent
    cut = math.floor(rate * 1000) / 10 == per_cent  # 64.29 % is printed as 64.2
    digits = 3 if printed * 1000 % 10 else 2
    whole_digits = abs(ratio - printed) <= 0.5 * 10**-digits + 1e-12
    return (near or cut) and (whole_digits or round(ratio, 3) == printed)


@pytest.mark.parametrize("name", LL144_TABLES)
def test_the_example_tables_of_the_rule(name: str) -> None:
    table = LL144_TABLES[name]
    found = adverse_impact({group: (row[1], row[0]) for group, row in table.items()})
    for group, row in table.items():
        rate, ratio = found[group].rate, found[group].impact_ratio
        assert rate is not None
        assert ratio is not None
        assert as_the_rule_prints(rate, ratio, row), (name, group, rate, ratio, row)


def test_the_rule_contradicts_itself_about_hispanic_applicants() -> None:
    crossed = [row for group, row in LL144_CROSSED.items() if group[1] == "Hispanic or Latino"]
    assert [sum(row[i] for row in crossed) for i in (0, 1)] == [395, 172]
    assert LL144_RACE["Hispanic or Latino"][:2] == (408, 204)
    for sex, (n, selected, _, _) in LL144_SEX.items():  # the rest of the table fits
        rows = [row for group, row in LL144_CROSSED.items() if group[0] == sex]
        assert [sum(row[i] for row in rows) for i in (0, 1)] == [n, selected]


def test_berkeley_within_departments() -> None:
    (found,) = stratified_impact(BERKELEY, reference="Male")
    assert agrees(found.chi2, BERKELEY_CMH)
    assert agrees(found.chi2_corrected, BERKELEY_CMH_CORRECTED)
    assert agrees(found.sd_mantel_haenszel, BERKELEY_SD)
    assert found.sd_pooled is not None
    assert round(found.sd_pooled, 2) == BERKELEY_POOLED_SD
    assert found.simpson
    assert found.strata_differ  # department A
    # R, DescTools::BreslowDayTest(UCBAdmissions, correct = TRUE): X-squared 18.826, df 5, p .0021
    assert found.homogeneity_df == 5
    assert agrees(found.homogeneity_chi2, 18.826)
    assert agrees(found.homogeneity_p, 0.0021)


def as_the_court_has_it(row: Any, share: Share) -> None:
    """Check a row of a benchmark against what a court printed of it, and the exact tail."""
    assert round(row["expected"]) == share.expected
    assert round(row["z"], 1) == share.z
    assert row["p_value"] > 0  # never 0.0, however small
    assert row["source"] == share.source
    if share.log10_tail is not None and share.log10_said is not None:
        assert row["log10_p_lower"] == pytest.approx(share.log10_tail, abs=5e-4)
        assert row["log10_p_lower"] < share.log10_said


@pytest.mark.parametrize("share", BENCHMARKS, ids=lambda share: share.id)
def test_benchmarks_of_the_supreme_court(share: Share) -> None:
    found, _ = benchmark_tests(
        {"group": share.observed, "others": share.n - share.observed},
        {"group": share.per_cent, "others": 100 - share.per_cent},
        source=share.source,
    )
    as_the_court_has_it(found.to_dict(), share)


@pytest.mark.parametrize("counts", DEVIATIONS)
def test_standard_deviations_and_p_values(counts: Any) -> None:
    sds, p = DEVIATIONS[counts]
    row = adverse_impact(dict(zip("gr", counts, strict=True)), reference="r")["g"]
    assert agrees(row.sd_pooled, sds)
    assert agrees(row.p_pooled, p)


def test_teal_the_bottom_line_hides_the_examination() -> None:
    """68 % of the passing rate, and 170 % of the rate of promotion."""
    passed = adverse_impact({race: (row[1], row[0]) for race, row in TEAL.items()})["Black"]
    promoted = {race: (row[2], row[0]) for race, row in TEAL.items()}
    bottom = adverse_impact(promoted, reference="White")["Black"]
    assert passed.below_four_fifths
    assert agrees(passed.impact_ratio, 0.68)
    assert not bottom.below_four_fifths
    assert agrees(bottom.impact_ratio, 1.70)


def test_chi_square_is_the_square_of_the_standard_deviations() -> None:
    row = adverse_impact({"B": (26, 48), "W": (206, 259)})["B"]
    table = np.array([[26, 22], [206, 53]])
    chi2 = stats.chi2_contingency(table, correction=False)
    assert row.sd_pooled is not None
    assert row.sd_pooled**2 == pytest.approx(chi2.statistic)
    assert row.p_pooled == pytest.approx(chi2.pvalue)
    assert row.fisher_p == pytest.approx(stats.fisher_exact(table).pvalue)
    assert row.sd_hypergeometric == pytest.approx(row.sd_pooled * math.sqrt(306 / 307))


counts = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(max_examples=80, deadline=None)
@given(a=counts, b=counts)
def test_laws_of_a_comparison(a: tuple[int, int], b: tuple[int, int]) -> None:
    row = adverse_impact({"g": a, "r": b}, reference="r")["g"]
    (x, n), (ref_x, ref_n) = a, b
    assert row.below_four_fifths == (5 * x * ref_n < 4 * ref_x * n if ref_x else None)
    assert (row.impact_ratio is None) == (ref_x == 0)
    assert row.shortfall_expected is not None
    assert row.shortfall_to_reference is not None
    # The two shortfalls have one sign; that to the reference's own rate is the larger one.
    assert abs(row.shortfall_expected) <= abs(row.shortfall_to_reference) + 1e-9
    if row.sd_pooled:
        assert (row.sd_pooled > 0) == (row.shortfall_to_reference > 0)
    if lacking := row.shortfall_to_four_fifths:
        assert row.below_four_fifths
        assert not 5 * (x + lacking) * ref_n < 4 * ref_x * n
        assert 5 * (x + lacking - 1) * ref_n < 4 * ref_x * n
    if row.flip_one_person:
        assert (x + 1) * ref_n > (ref_x - 1) * n
    if row.extra_selections_significance:
        more = adverse_impact(
            {"g": (x + row.extra_selections_significance, n), "r": b}, reference="r"
        )["g"]
        if row.test == "fisher exact":
            assert more.fisher_p is not None
            assert more.fisher_p >= 0.05
        else:
            assert more.sd_pooled is None or abs(more.sd_pooled) < 2
    numbers = [value for value in row.to_dict().values() if isinstance(value, float)]
    assert all(math.isfinite(value) for value in numbers)
    undefined = [row.impact_ratio, row.sd_pooled, row.odds_ratio]
    assert (None in undefined) <= (row.reason is not None)


@settings(max_examples=30, deadline=None)
@given(groups=st.lists(counts, min_size=2, max_size=6))
def test_groups_may_come_in_any_order(groups: list[tuple[int, int]]) -> None:
    named = {f"g{i}": pair for i, pair in enumerate(groups)}
    forwards = adverse_impact(named)
    backwards = adverse_impact(dict(reversed(named.items())))
    if forwards.reference is None or len({x / n for x, n in groups}) < len(groups):
        return  # of equals any may be the reference
    assert forwards.reference == backwards.reference
    for name in named:
        assert forwards[name] == backwards[name]
    for row in forwards.comparisons:
        if row.p_value is not None:
            assert row.p_adjusted is not None
            assert row.p_adjusted_bh is not None
            assert row.p_value <= row.p_adjusted_bh <= row.p_adjusted + 1e-12 <= 1 + 1e-12


# ---- edges --------------------------------------------------------------------------------------


def test_nobody_selected_anywhere() -> None:
    found = adverse_impact({"F": (0, 10), "M": (0, 12)})
    assert found.reference is None
    assert {row.conclusion for row in found.comparisons} == {"not computable"}
    assert "nobody was selected" in str(found.comparisons[0].reason)


def test_everybody_selected() -> None:
    row = adverse_impact({"F": (10, 10), "M": (12, 12)}, reference="M")["F"]
    assert (row.impact_ratio, row.below_four_fifths) == (1.0, False)
    assert (row.sd_pooled, row.significant, row.odds_ratio) == (None, None, None)
    assert "no variation" in str(row.reason)


def test_one_group_has_nobody_to_be_compared_with() -> None:
    found = adverse_impact({"F": (1, 10)})
    assert found.reference is None
    assert "nothing to compare" in found.chosen


def test_an_empty_group_is_there_and_not_zero() -> None:
    row = adverse_impact({"F": (0, 0), "M": (5, 10), "X": (4, 10)})["F"]
    assert row.rate is None
    assert row.impact_ratio is None
    assert row.reason == "nobody in the group"


def test_the_reference_has_a_ratio_of_one_and_no_test() -> None:
    row = adverse_impact({"F": (1, 10), "M": (5, 10)})["M"]
    assert (row.conclusion, row.impact_ratio, row.p_value) == ("reference", 1.0, None)


def test_a_tiny_group_is_not_the_reference_where_a_share_is_asked() -> None:
    groups = {"tiny": (2, 2), "F": (20, 100), "M": (50, 100)}
    assert adverse_impact(groups).reference == ("tiny",)
    assert adverse_impact(groups, min_share=0.02).reference == ("M",)


def test_two_standard_deviations_or_1_96() -> None:
    counts = {"Black": (52, 64), "White": (455, 508)}  # 1.976 standard deviations
    assert adverse_impact(counts)["Black"].significant is False
    assert adverse_impact(counts, lines=Lines(sds=1.96))["Black"].significant is True


def test_fisher_decides_where_numbers_are_small() -> None:
    """2/12 against 9/16: expected 4.7; z = 2.11 says 2 SD, Fisher .0542 does not say .05."""
    row = adverse_impact({"F": (2, 12), "M": (9, 16)})["F"]
    assert row.test == "fisher exact"
    assert row.sd_pooled is not None
    assert row.sd_pooled > 2
    assert row.fisher_p == pytest.approx(stats.fisher_exact([[2, 10], [9, 7]]).pvalue)
    assert row.significant is False
    assert "too few" in row.marks


def test_the_unknown_are_in_no_row_and_bound_each_ratio() -> None:
    found = adverse_impact({"F": (40, 100), "M": (50, 100), None: (5, 10)})
    assert found.unknown == (5, 10)
    row = found["F"]
    # Lowest: the 5 without it are of F, the 5 with it of M. Highest: the other way round.
    assert row.ratio_bound_low == pytest.approx((40 / 105) / (55 / 105))
    assert row.ratio_bound_high == pytest.approx((45 / 105) / (50 / 105))
    assert "10 of 210 persons" in found.notes[0]


def test_a_half_known_crossed_group_is_unknown() -> None:
    found = adverse_impact({("F", "a"): (1, 9), ("M", "a"): (5, 9), ("F", None): (2, 4)})
    assert found.unknown == (2, 4)
    assert [row.group for row in found.comparisons] == [("F", "a"), ("M", "a")]


def test_counts_are_taken_as_they_are() -> None:
    def cell(sex: str | None, dept: str, label: int, n: int) -> Any:
        return ((sex,), (dept,), (label,)), (n, float(n), float(n))

    cells = [
        cell(sex, dept, label, n)
        for dept, groups in BERKELEY.items()
        for sex, (selected, total) in groups.items()
        for label, n in ((1, selected), (0, total - selected))
    ]
    made = Counts.from_cells(
        [*cells, cell("Male", "A", 2, 7), cell(None, "A", 1, 3)],
        attributes=["gender"],
        strata=["dept"],
    )
    found = adverse_impact(made)
    assert (found["Male"].selected, found["Male"].n) == (1198, 2691)  # 7 of unknown outcome are out
    assert found.unknown == (3, 3)
    strata = selections_by_stratum(made, ["gender"], "dept")
    (within,) = stratified_impact(strata, reference="Male")
    assert within == stratified_impact(BERKELEY, reference="Male")[0]
    assert selections(made, [])[()] == (1758, 4529)


def test_a_group_absent_from_a_stratum_does_not_count_there() -> None:
    strata = {"A": {"F": (5, 20), "M": (10, 20)}, "B": {"M": (3, 9)}}
    (found,) = stratified_impact(strata, reference="M")
    assert (found.strata, found.strata_used, found.n) == (2, 1, 20)


def test_a_benchmark_needs_a_source() -> None:
    with pytest.raises(MetricError, match="needs a source"):
        benchmark_tests({"a": 1, "b": 2}, {"a": 1, "b": 1}, source=" ")


def test_a_benchmark_group_that_nobody_is_of() -> None:
    found, _ = benchmark_tests({"b": 20}, {"a": 1, "b": 3}, source="census")
    assert (found.observed, found.n, found.share, found.shortfall) == (0, 20, 0.0, 5.0)
    assert found.log10_p_lower == pytest.approx(20 * math.log10(0.75))


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        ({"F": (11, 10), "M": (1, 2)}, "11 selected of 10"),
        ({"F": (1.5, 10), "M": (1, 2)}, "selected must be whole persons, got 1.5"),
        ({"F": (-1, 10), "M": (1, 2)}, "whole persons, got -1"),
        ({"F": (math.nan, 10), "M": (1, 2)}, "whole persons, got nan"),
        ({"F": 3, "M": (1, 2)}, r"give \(selected, n\), got 3"),
        ({"F": (1, 2), ("F",): (1, 2)}, "there twice"),
    ],
)
def test_counts_that_cannot_be(groups: Any, words: str) -> None:
    with pytest.raises(MetricError, match=words):
        adverse_impact(groups)


def test_a_reference_that_is_not_there() -> None:
    with pytest.raises(RequestError, match="no group 'W' to compare with; groups: 'F', 'M'"):
        adverse_impact({"F": (1, 2), "M": (1, 2)}, reference="W")


def test_every_column_of_the_issue_is_there_and_documented() -> None:
    columns = {
        "n", "selected", "rate", "impact_ratio", "below_four_fifths", "sd_pooled", "p_pooled",
        "sd_hypergeometric", "fisher_p", "odds_ratio", "shortfall_expected",
        "shortfall_to_reference", "shortfall_to_four_fifths", "flip_one_person",
    }  # fmt: skip
    row = adverse_impact({"F": (1, 2), "M": (1, 2)})["F"].to_dict()
    assert columns <= set(row)
    documented = str(Comparison.__doc__)
    assert {name for name in row if name not in documented} <= {"marks"}


def test_every_public_name_is_documented_with_an_example() -> None:
    for name in compliance.__all__:
        item = getattr(compliance, name)
        assert item.__doc__, name
        if callable(item) and not isinstance(item, type):
            for part in ("Returns", "Examples", ">>>"):
                assert part in item.__doc__, (name, part)
