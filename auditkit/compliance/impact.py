"""Adverse impact: every group against one reference, with all that such an analysis prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from auditkit import inference
from auditkit.compliance.comparison import Comparison, Lines, Selected, compared, lone
from auditkit.counts import LABEL, UNKNOWN, Counts, Group
from auditkit.errors import MetricError, RequestError, listed, shown

__all__ = ["AdverseImpact", "adverse_impact", "as_groups", "selections", "selections_by_stratum"]

Groups = Mapping[Any, Sequence[int]]


@dataclass(frozen=True, kw_only=True)
class AdverseImpact:
    """What :func:`adverse_impact` found.

    Attributes
    ----------
    comparisons : tuple of Comparison
        One a group, in the order given; that of the reference compares with nobody.
    reference : tuple of str, or None
        The reference group; None when there is none to choose.
    chosen : str
        How it was chosen.
    unknown : Selected
        Those whose group is not known: in no comparison, but in the bounds of each.
    tests : int
        How many comparisons were corrected for.
    notes : tuple of str
        What the reader should know.
    """

    comparisons: tuple[Comparison, ...]
    reference: Group | None
    chosen: str
    unknown: Selected
    tests: int
    notes: tuple[str, ...] = ()

    def __getitem__(self, group: Any) -> Comparison:
        """Return the comparison of a group, named as it was given."""
        wanted = _key(group)
        for row in self.comparisons:
            if row.group == wanted:
                return row
        known = [" x ".join(map(str, row.group)) for row in self.comparisons]
        raise MetricError(f"no group '{shown(group)}'; groups: {listed(known)}")

    def to_rows(self) -> list[dict[str, Any]]:
        """Return plain data, one mapping a group."""
        return [row.to_dict() for row in self.comparisons]


def adverse_impact(
    groups: Groups | Counts,
    *,
    reference: Any = None,
    unfavorable: bool = False,
    min_share: float = 0.0,
    lines: Lines | None = None,
) -> AdverseImpact:
    r"""Compare the selection rate of each group with that of a reference.

    .. math:: \text{impact ratio} = \frac{x_g/n_g}{x_r/n_r},\qquad
       \mathrm{SD} = \frac{p_r - p_g}{\sqrt{p(1-p)(1/n_g + 1/n_r)}},\qquad
       p = \frac{x_g + x_r}{n_g + n_r}

    Parameters
    ----------
    groups : mapping of group to (selected, n), or Counts
        Counts of persons. A group is text, or a tuple of texts where attributes are crossed; None
        stands for not known. Of `Counts`, all attributes are crossed and the first outcome is
        counted (see :func:`selections` for others).
    reference : group, optional
        Whom to compare with. Without it the group with the highest rate, the larger one of equals.
    unfavorable : bool
        The outcome counted is a harm. Rates are then those of the people *without* it: a ratio of
        rejections is not an impact ratio.
    min_share : float
        Share of all persons that a group needs to be chosen as the reference.
    lines : Lines, optional
        Four fifths, 2 standard deviations, 0.05 and 95 % if not given.

    Returns
    -------
    AdverseImpact
        See :class:`Comparison` for the columns. Undefined is None, with a reason.

    Raises
    ------
    MetricError
        Counts that are not whole persons, or more selected than there are; no such reference.

    References
    ----------
    .. [1] Uniform Guidelines on Employee Selection Procedures, 29 CFR 1607.4(D) (1978).
    .. [2] Hazelwood School District v. United States, 433 U.S. 299 (1977), n. 17.
    .. [3] Waisome v. Port Authority of New York and New Jersey, 948 F.2d 1370 (2d Cir. 1991).

    Examples
    --------
    Waisome: 50 of 64 Black and 455 of 508 White candidates passed the written examination.

    >>> found = adverse_impact({"Black": (50, 64), "White": (455, 508)})
    >>> row = found["Black"]
    >>> round(row.impact_ratio, 4), row.below_four_fifths, round(row.sd_pooled, 2)
    (0.8723, False, 2.68)
    >>> row.conclusion, row.extra_selections_significance
    ('C', 2)
    """
    lines = lines or Lines()
    known, unknown = as_groups(groups, unfavorable=unfavorable)
    total = sum(counts.n for counts in known.values()) + unknown.n
    chosen, how = _reference(known, total, reference, min_share)
    rows = []
    for group, counts in known.items():
        if chosen is None:
            rows.append(lone(group, counts, lines, conclusion="not computable", reason=how))
        elif group == chosen:
            rows.append(lone(group, counts, lines, conclusion="reference", reason=None))
        else:
            base = known[chosen]
            rows.append(compared(group, counts, chosen, base, lines=lines, unknown=unknown))
    raw = [row.p_value for row in rows]
    holm, bh = inference.holm(raw), inference.benjamini_hochberg(raw)
    corrected = tuple(
        replace(row, p_adjusted=a, p_adjusted_bh=b)
        for row, a, b in zip(rows, holm, bh, strict=True)
    )
    return AdverseImpact(
        comparisons=corrected,
        reference=chosen,
        chosen=how,
        unknown=unknown,
        tests=sum(p is not None for p in raw),
        notes=_notes(unknown, total),
    )


def as_groups(
    groups: Groups | Counts, *, unfavorable: bool = False
) -> tuple[dict[Group, Selected], Selected]:
    """Return checked counts of the favourable outcome, and those whose group is not known.

    Examples
    --------
    >>> as_groups({"F": (2, 5), "M": (3, 5), None: (1, 2)})[1]
    Selected(selected=1, n=2)
    """
    if isinstance(groups, Counts):
        groups = selections(groups)
    known: dict[Group, Selected] = {}
    lost = [0, 0]
    for name, pair in groups.items():
        counts = _checked(name, pair)
        if unfavorable:
            counts = Selected(counts.n - counts.selected, counts.n)
        key = _key(name)
        if any(part is None for part in key):
            lost[0] += counts.selected
            lost[1] += counts.n
        elif key in known:
            raise MetricError(f"the group '{shown(name)}' is there twice")
        else:
            known[key] = counts
    return known, Selected(*lost)


def selections(
    counts: Counts, attributes: Sequence[str] | None = None, *, outcome: str | None = None
) -> dict[Group, tuple[int, int]]:
    """Return group → (persons with the event, persons) of some attributes, crossed.

    Persons whose outcome is not known are left out; weights are not used: a statutory table
    counts persons.

    Examples
    --------
    >>> cells = [((("F",), (), (1,)), (2, 2.0, 2.0)), ((("F",), (), (0,)), (3, 3.0, 3.0))]
    >>> selections(Counts.from_cells(cells, attributes=["sex"]))
    {('F',): (2, 5)}
    """
    attributes = counts.attributes if attributes is None else tuple(attributes)
    outcome = outcome or next(iter(counts.outcomes), LABEL)
    cube = counts.cube(attributes, label=outcome)
    people = cube.n.sum(axis=2)
    return {
        group: (int(n[1]), int(n[0] + n[1]))
        for group, n in zip(cube.groups, people, strict=True)
        if n[:UNKNOWN].sum()
    }


def selections_by_stratum(
    counts: Counts, attributes: Sequence[str], stratum: str, *, outcome: str | None = None
) -> dict[str | None, dict[Group, tuple[int, int]]]:
    """Return the same within each value of a stratum."""
    found: dict[str | None, dict[Group, tuple[int, int]]] = {}
    for group, pair in selections(counts, [*attributes, stratum], outcome=outcome).items():
        found.setdefault(group[-1], {})[group[:-1]] = pair
    return found


def _key(name: Any) -> Group:
    return tuple(name) if isinstance(name, tuple | list) else (name,)


def _checked(name: Any, pair: Sequence[int]) -> Selected:
    where = f"group '{shown(name)}'"
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        raise MetricError(f"{where}: give (selected, n), got {shown(pair)}")
    whole = []
    for what, value in zip(("selected", "n"), pair, strict=True):
        if isinstance(value, bool | str) or value != value or value != int(value) or value < 0:
            raise MetricError(f"{where}: {what} must be whole persons, got {shown(value)}")
        whole.append(int(value))
    if whole[0] > whole[1]:
        raise MetricError(f"{where}: {whole[0]} selected of {whole[1]}")
    return Selected(*whole)


def _reference(
    known: Mapping[Group, Selected], total: int, wanted: Any, min_share: float
) -> tuple[Group | None, str]:
    """Return the reference group, and how it was chosen or why there is none."""
    if wanted is not None:
        if _key(wanted) not in known:
            names = [" x ".join(map(str, group)) for group in known]
            raise RequestError(
                f"no group '{shown(wanted)}' to compare with; groups: {listed(names)}"
            )
        return _key(wanted), "named in the request"
    large = {g: c for g, c in known.items() if c.n and c.n >= min_share * total}
    if len([counts for counts in known.values() if counts.n]) < 2:
        return None, "fewer than two groups with anybody in them: nothing to compare"
    if not large:
        return None, f"no group has {min_share:.0%} of all persons"
    if not any(counts.selected for counts in large.values()):
        return None, "nobody was selected in any group: there is no ratio"
    best = max(large, key=lambda group: (large[group].rate or 0.0, large[group].n))
    of = f" among groups with at least {min_share:.0%} of all persons" if min_share else ""
    return best, f"the highest rate{of}"


def _notes(unknown: Selected, total: int) -> tuple[str, ...]:
    if not unknown.n:
        return ()
    return (
        f"the group of {unknown.n:,} of {total:,} persons ({unknown.n / total:.1%}) is not known; "
        f"{unknown.selected:,} of them were selected ({unknown.rate or 0:.1%}). They are in no "
        "row; the bounds of each ratio allow for every group they could be in",
    )
