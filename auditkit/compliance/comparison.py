"""One group against another: every number that an adverse-impact analysis prints, from counts."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, NamedTuple

from auditkit import inference
from auditkit.counts import Group

__all__ = ["Comparison", "Lines", "Selected", "compared", "lone"]

SMALL_EXPECTED = 5
SMALL_TOTAL = 30
SMALL_GROUP = 30


class Selected(NamedTuple):
    """How many of a group had the favourable outcome, and how many there were.

    Attributes
    ----------
    selected, n : int
        Whole persons, ``0 <= selected <= n``.

    Examples
    --------
    >>> Selected(50, 64).rate
    0.78125
    """

    selected: int
    n: int

    @property
    def rate(self) -> float | None:
        """Selected over all; None when there is nobody."""
        return self.selected / self.n if self.n else None


NOBODY = Selected(0, 0)


class Lines(NamedTuple):
    """Where the lines are: they decide words and counts, never a rate.

    Attributes
    ----------
    ratio : str
        The impact ratio below which a group is marked, in decimals or as a fraction.
    sds : float
        Standard deviations from which on a gap counts as significant.
    alpha : float
        Fisher's p-value below which a gap counts as significant where numbers are small.
    level : float
        Confidence level of all intervals.

    Examples
    --------
    >>> Lines().ratio
    '0.8'
    """

    ratio: str = "0.8"
    sds: float = 2.0
    alpha: float = 0.05
    level: float = 0.95


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A group beside its reference. The names are the columns in JSON, CSV and Excel.

    Attributes
    ----------
    group, reference : tuple of str or None
        Who is compared with whom; `reference` is None on the row of the reference itself.
    n, selected, rate, rate_low, rate_high
        Persons, those with the favourable outcome, their share and its Wilson interval.
    reference_n, reference_selected, reference_rate
        The same of the reference.
    impact_ratio, ratio_low, ratio_high : float or None
        ``rate / reference_rate``, with the Katz interval.
    below_four_fifths : bool or None
        Decided in whole numbers; exactly four fifths is not below.
    sd_pooled, p_pooled : float or None
        Two-proportion z in standard deviations, *positive when the group is behind*, and its
        two-sided p-value.
    sd_hypergeometric : float or None
        The same with fixed margins.
    fisher_p : float or None
        Fisher's exact test, two-sided.
    test, p_value : str, float or None
        Which of the two decides (Fisher's where an expected count is below 5 or both groups
        together are fewer than 30), and its p-value.
    p_adjusted, p_adjusted_bh : float or None
        `p_value` corrected for all comparisons made: Holm, and Benjamini-Hochberg.
    significant : bool or None
        The group is behind by as many standard deviations as the line says, or by Fisher's test
        where that decides.
    odds_ratio : float or None
        Odds of the group over odds of the reference.
    shortfall_expected : float or None
        Persons by which the group falls short of what the rate of both together would give it.
    shortfall_to_reference : float or None
        Persons by which it falls short of the reference's rate. Larger than the former.
    shortfall_to_four_fifths : int or None
        Whole persons that it lacks to reach four fifths; 0 when it is not below.
    flip_one_person : bool or None
        One selection moved from the reference to the group would put the group ahead.
    extra_selections_significance, extra_selections_to_change : int or None
        Fewest further selections of the group after which the gap is no longer significant, and
        after which the first of the two marks (ratio, significance) is gone.
    ratio_bound_low, ratio_bound_high : float or None
        What the ratio could be, whichever group those of unknown group are in. None where
        nobody's group is unknown.
    conclusion : str
        ``reference``, ``not computable``, ``A`` (below and significant), ``B`` (below, not
        significant), ``C`` (significant, not below), ``D`` (neither).
    too_few : bool
        The numbers are too small to conclude: one person would reverse it.
    small_numbers : bool
        Fewer than 30 in the group, or an expected count below 5: marked, not hidden.
    reason : str or None
        Why something is None.
    """

    group: Group
    reference: Group | None
    n: int
    selected: int
    rate: float | None
    rate_low: float | None
    rate_high: float | None
    reference_n: int | None = None
    reference_selected: int | None = None
    reference_rate: float | None = None
    impact_ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    below_four_fifths: bool | None = None
    sd_pooled: float | None = None
    p_pooled: float | None = None
    sd_hypergeometric: float | None = None
    fisher_p: float | None = None
    test: str | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    p_adjusted_bh: float | None = None
    significant: bool | None = None
    odds_ratio: float | None = None
    shortfall_expected: float | None = None
    shortfall_to_reference: float | None = None
    shortfall_to_four_fifths: int | None = None
    flip_one_person: bool | None = None
    extra_selections_significance: int | None = None
    extra_selections_to_change: int | None = None
    ratio_bound_low: float | None = None
    ratio_bound_high: float | None = None
    conclusion: str = "not computable"
    too_few: bool = False
    small_numbers: bool = False
    reason: str | None = None

    @property
    def marks(self) -> tuple[str, ...]:
        """The words for a table, of a fixed few: what was computed, never a verdict."""
        if self.conclusion in {"reference", "not computable"}:
            return (self.conclusion,)
        words = []
        if self.below_four_fifths:
            words.append("below 4/5")
        if self.significant:
            words.append("significant")
        if self.too_few or (self.small_numbers and not self.significant):
            words.append("too few")
        return tuple(words)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, columns in their order; groups as lists."""
        plain = {field.name: getattr(self, field.name) for field in fields(self)}
        plain["group"] = list(self.group)
        plain["reference"] = None if self.reference is None else list(self.reference)
        return {**plain, "marks": list(self.marks)}


def lone(
    group: Group, counts: Selected, lines: Lines, *, conclusion: str, reason: str | None
) -> Comparison:
    """Return the row of a group that is compared with nobody: the reference has a ratio of 1."""
    row = _rate(counts, lines)
    if conclusion == "reference" and counts.selected:
        row["impact_ratio"] = 1.0
    return Comparison(group=group, reference=None, conclusion=conclusion, reason=reason, **row)


def compared(
    group: Group,
    counts: Selected,
    reference: Group,
    base: Selected,
    *,
    lines: Lines,
    unknown: Selected = NOBODY,
) -> Comparison:
    """Compare one group with another; corrections for many comparisons are made by the caller."""
    x, n, ref_x, ref_n = *counts, *base
    row: dict[str, Any] = {"group": group, "reference": reference, **_rate(counts, lines)}
    row |= {"reference_n": ref_n, "reference_selected": ref_x, "reference_rate": base.rate}
    reason = _why_not(counts, base)
    if n == 0 or ref_n == 0:
        return Comparison(**row, reason=reason)
    row |= _sizes(counts, base, lines)
    row |= _tests(counts, base, lines)
    if unknown.n:
        bounds = inference.unknown_group_bounds(
            x, n, ref_x, ref_n, events_unknown=unknown.selected, n_unknown=unknown.n
        ).ratio
        if bounds is not None:
            row |= {"ratio_bound_low": bounds.low, "ratio_bound_high": bounds.high}
    row["extra_selections_to_change"] = _fewest(row)
    row["conclusion"] = _conclusion(row["below_four_fifths"], row["significant"])
    row["too_few"] = bool(row["flip_one_person"]) and row["conclusion"] in {"A", "B"}
    return Comparison(**row, reason=reason)


def _rate(counts: Selected, lines: Lines) -> dict[str, Any]:
    span = inference.wilson(*counts, level=lines.level)
    return {
        "n": counts.n,
        "selected": counts.selected,
        "rate": counts.rate,
        "rate_low": None if span is None else span.low,
        "rate_high": None if span is None else span.high,
    }


def _why_not(counts: Selected, base: Selected) -> str | None:
    if counts.n == 0 or base.n == 0:
        return "nobody in the group" if counts.n == 0 else "nobody in the reference group"
    if base.selected == 0:
        return "nobody in the reference group was selected: there is no ratio"
    if counts.selected == counts.n and base.selected == base.n:
        return "everybody was selected: there is no variation to test"
    if counts.selected == 0:
        return "nobody in the group was selected: the ratio is 0, and has no interval"
    if counts.selected == counts.n or base.selected == base.n:
        return "everybody in one group was selected: there is no odds ratio"
    return None


def _sizes(counts: Selected, base: Selected, lines: Lines) -> dict[str, Any]:
    """Return how large the gap is: as a ratio, as odds, in persons."""
    x, n, ref_x, ref_n = *counts, *base
    span = inference.katz(x, n, ref_x, ref_n, level=lines.level)
    below = inference.below_four_fifths(x, n, ref_x, ref_n, threshold=lines.ratio)
    lacking: int | None = None
    if below is not None:
        found = inference.four_fifths_fragility(x, n, ref_x, ref_n, threshold=lines.ratio)
        lacking = found.decisions if below else 0
    finite = ref_x > 0 and n > x
    return {
        "impact_ratio": (x * ref_n) / (n * ref_x) if ref_x else None,
        "ratio_low": None if span is None else span.low,
        "ratio_high": None if span is None else span.high,
        "below_four_fifths": below,
        "odds_ratio": (x * (ref_n - ref_x)) / ((n - x) * ref_x) if finite else None,
        "shortfall_expected": n * (x + ref_x) / (n + ref_n) - x,
        "shortfall_to_reference": n * ref_x / ref_n - x,
        "shortfall_to_four_fifths": lacking,
        "flip_one_person": inference.one_person_flip(x, n, ref_x, ref_n),
    }


def _tests(counts: Selected, base: Selected, lines: Lines) -> dict[str, Any]:
    """Return how surprising the gap is. Positive standard deviations: the group is behind."""
    x, n, ref_x, ref_n = *counts, *base
    pooled = inference.pooled_z(ref_x, ref_n, x, n)
    fisher = inference.fisher_exact(x, n, ref_x, ref_n)
    if pooled is None:
        return {"fisher_p": fisher, "significant": None, "small_numbers": n < SMALL_GROUP}
    expected = inference.smallest_expected(x, n, ref_x, ref_n) or 0.0
    few = expected < SMALL_EXPECTED
    small = few or n + ref_n < SMALL_TOTAL
    behind = pooled[0] > 0
    crosses = (fisher or 1.0) < lines.alpha if small else abs(pooled[0]) >= lines.sds
    extra = None
    if behind and crosses:
        found = inference.significance_fragility(
            x, n, ref_x, ref_n,
            level=1 - lines.alpha, sds=None if small else lines.sds,
            test="fisher" if small else "z",
        )  # fmt: skip
        extra = found.decisions
    return {
        "sd_pooled": pooled[0],
        "p_pooled": pooled[1],
        "sd_hypergeometric": inference.hypergeometric_z(ref_x, ref_n, x, n),
        "fisher_p": fisher,
        "test": "fisher exact" if small else "pooled z",
        "p_value": fisher if small else pooled[1],
        "significant": behind and crosses,
        "small_numbers": few or n < SMALL_GROUP,
        "extra_selections_significance": extra,
    }


def _fewest(row: dict[str, Any]) -> int | None:
    steps = []
    if row["below_four_fifths"] and row["shortfall_to_four_fifths"] is not None:
        steps.append(row["shortfall_to_four_fifths"])
    if row["significant"] and row.get("extra_selections_significance") is not None:
        steps.append(row["extra_selections_significance"])
    return min(steps, default=None)


def _conclusion(below: bool | None, significant: bool | None) -> str:
    if below is None:
        return "not computable"
    if below:
        return "A" if significant else "B"
    return "C" if significant else "D"
