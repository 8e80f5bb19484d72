"""Pooling over requisitions, departments or years, and the warning when pooling deceives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from auditkit import inference
from auditkit.compliance.comparison import Lines
from auditkit.compliance.impact import Groups, adverse_impact, as_groups
from auditkit.counts import Group
from auditkit.errors import MetricError

__all__ = ["Stratified", "stratified_impact"]


@dataclass(frozen=True, kw_only=True)
class Stratified:
    """One group against the reference, within strata. The names are the columns.

    Attributes
    ----------
    group, reference : tuple of str
        Who is compared with whom.
    strata, strata_used : int
        How many there are, and how many can tell (both groups there, and the outcome varies).
    n, selected, reference_n, reference_selected : int
        Persons over all strata.
    observed, expected : float
        Selections of the group over the strata that can tell, and what the margins lead one to
        expect.
    shortfall_expected : float
        ``expected - observed``.
    sd_mantel_haenszel, chi2, chi2_corrected, p_value : float or None
        Cochran-Mantel-Haenszel test: in standard deviations (*positive when the group is
        behind*), as chi-square without and with the continuity correction, and the p-value of the
        former.
    odds_ratio, odds_low, odds_high : float or None
        Mantel-Haenszel odds ratio of the group to the reference, with its interval.
    homogeneity_chi2, homogeneity_df, homogeneity_p : number or None
        Breslow-Day test with Tarone's correction that the odds ratio is the same in all strata.
    sd_pooled, ratio_pooled : float or None
        What one gets by adding the strata up first, for comparison.
    simpson : bool
        The two ways differ in sign, or one is significant and the other is not.
    strata_differ : bool
        The homogeneity test is below 0.05: the common value hides this.
    reason : str or None
        Why something is None.
    """

    group: Group
    reference: Group
    strata: int
    strata_used: int
    n: int
    selected: int
    reference_n: int
    reference_selected: int
    observed: float
    expected: float
    shortfall_expected: float
    sd_mantel_haenszel: float | None
    chi2: float | None
    chi2_corrected: float | None
    p_value: float | None
    odds_ratio: float | None
    odds_low: float | None
    odds_high: float | None
    homogeneity_chi2: float | None
    homogeneity_df: int | None
    homogeneity_p: float | None
    sd_pooled: float | None
    ratio_pooled: float | None
    simpson: bool
    strata_differ: bool
    reason: str | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data; groups as lists."""
        plain = {field.name: getattr(self, field.name) for field in fields(self)}
        return {**plain, "group": list(self.group), "reference": list(self.reference)}


def stratified_impact(
    strata: Mapping[Any, Groups],
    *,
    reference: Any = None,
    unfavorable: bool = False,
    lines: Lines | None = None,
) -> tuple[Stratified, ...]:
    r"""Compare each group with the reference within strata, and pool the comparisons.

    .. math:: \mathrm{SD} = \frac{\sum_s (E_s - x_{gs})}{\sqrt{\sum_s V_s}}

    with :math:`E_s` and :math:`V_s` the hypergeometric mean and variance in stratum s. Raw counts
    of strata are never added up, except beside it, to show what that would have said.

    Parameters
    ----------
    strata : mapping of stratum to (mapping of group to (selected, n))
        Counts of persons; a group may be absent from a stratum. None as a group is left out.
    reference : group, optional
        Whom to compare with; without it the group with the highest rate over all.
    unfavorable : bool
        The outcome counted is a harm: see :func:`adverse_impact`.
    lines : Lines, optional
        As in :func:`adverse_impact`.

    Returns
    -------
    tuple of Stratified
        One a group other than the reference; none where there is no reference.

    Raises
    ------
    MetricError
        Counts that cannot be, or no strata.

    References
    ----------
    .. [1] Mantel N, Haenszel W (1959). JNCI 22, 719-748.
    .. [2] Bickel PJ, Hammel EA, O'Connell JW (1975). Sex bias in graduate admissions. Science 187,
       398-404.

    Examples
    --------
    >>> found, = stratified_impact(
    ...     {"A": {"Female": (89, 108), "Male": (512, 825)},
    ...      "B": {"Female": (17, 25), "Male": (353, 560)}},
    ...     reference="Male",
    ... )
    >>> round(found.sd_mantel_haenszel, 2), round(found.odds_ratio, 2), found.strata_used
    (-3.93, 2.35, 2)
    """
    if not strata:
        raise MetricError("no strata: give a mapping of stratum to groups")
    lines = lines or Lines()
    parts = [as_groups(groups, unfavorable=unfavorable)[0] for groups in strata.values()]
    pooled: dict[Group, list[int]] = {}
    for part in parts:
        for group, counts in part.items():
            slot = pooled.setdefault(group, [0, 0])
            slot[0] += counts.selected
            slot[1] += counts.n
    whole = adverse_impact(pooled, reference=reference, lines=lines)
    if whole.reference is None:
        return ()
    found = []
    for row in whole.comparisons:
        if row.group == whole.reference:
            continue
        tables = [
            (*part.get(row.group, (0, 0)), *part.get(whole.reference, (0, 0))) for part in parts
        ]
        found.append(_pooled(row.to_dict(), tables, whole.reference, lines))
    return tuple(found)


def _pooled(
    row: dict[str, Any], tables: list[tuple[int, int, int, int]], base: Group, lines: Lines
) -> Stratified:
    mh = inference.mantel_haenszel(tables, level=lines.level)
    corrected = inference.mantel_haenszel(tables, level=lines.level, correction=True)
    alike = inference.breslow_day(tables)
    return Stratified(
        group=tuple(row["group"]),
        reference=base,
        strata=mh.strata,
        strata_used=mh.strata_used,
        n=row["n"],
        selected=row["selected"],
        reference_n=row["reference_n"],
        reference_selected=row["reference_selected"],
        observed=mh.observed,
        expected=mh.expected,
        shortfall_expected=mh.expected - mh.observed,
        sd_mantel_haenszel=mh.sd,
        chi2=mh.chi2,
        chi2_corrected=corrected.chi2,
        p_value=mh.p_value,
        odds_ratio=mh.odds_ratio,
        odds_low=mh.low,
        odds_high=mh.high,
        homogeneity_chi2=None if alike is None else alike[0],
        homogeneity_df=None if alike is None else alike[1],
        homogeneity_p=None if alike is None else alike[2],
        sd_pooled=row["sd_pooled"],
        ratio_pooled=row["impact_ratio"],
        simpson=_turns(row["sd_pooled"], mh.sd, lines.sds),
        strata_differ=alike is not None and alike[2] < lines.alpha,
        reason=mh.reason,
    )


def _turns(pooled: float | None, within: float | None, sds: float) -> bool:
    """Whether adding up first and comparing within strata say different things."""
    if pooled is None or within is None:
        return False
    flags = abs(pooled) >= sds, abs(within) >= sds
    return flags[0] != flags[1] or (all(flags) and (pooled > 0) != (within > 0))
