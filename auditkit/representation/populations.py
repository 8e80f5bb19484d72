"""Shares held against reference populations: known ones, and ones that were sampled themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from auditkit import inference
from auditkit.counts import Counts
from auditkit.population import Population
from auditkit.representation.shares import Size, sizes_of

__all__ = ["hold_against"]


def hold_against(
    counts: Counts, population: Sequence[Population], *, level: float = 0.95
) -> list[dict[str, Any]]:
    """Compare the shares of groups with each reference population.

    Parameters
    ----------
    counts : Counts
        The cells.
    population : sequence of Population
        Of attributes that were counted, or crossings of them; others are left out. Several may
        speak of the same attributes.
    level : float
        Confidence level.

    Returns
    -------
    list of dict
        The rows of ``profile.population`` in the record, one for each population and group that
        it names. The comparison is made among the `known`: the people whose group it names (where
        it names one group only, all whose group is known). ``share`` is weighted where there are
        weights; ``missing_people`` is how many more there would be among the known at the
        expected share. The test is exact (binomial) against a known reference, on effective
        counts under weights, and of two samples where the reference was sampled; ``p_adjusted``
        is corrected by Holm over the groups of the population.
    """
    rows = []
    for one in population:
        if set(one.attributes) <= set(counts.attributes):
            rows += _compared(counts, one, level)
    return rows


def _compared(counts: Counts, one: Population, level: float) -> list[dict[str, Any]]:
    order = sorted(one.attributes, key=counts.attributes.index)
    places = [one.attributes.index(name) for name in order]
    sizes = sizes_of(counts, order)
    shares = {tuple(group[p] for p in places): group for group in one.groups()}
    covered = [
        size
        for group, size in sizes.items()
        if (None not in group if one.partial else group in shares)
    ]
    known = Size(*(sum(column) for column in zip(*covered, strict=True))) if covered else None
    expected = one.groups()
    rows = [
        {
            "attributes": list(order),
            "group": list(group),
            "source": one.source,
            "period": one.period,
            "people": one.people,
            **_row(
                sizes.get(group, Size(0, 0.0, 0.0)),
                known or Size(0, 0.0, 0.0),
                expected[named],
                one.sampled_from(named),
                counts.weighted,
                level,
            ),
        }
        for group, named in sorted(shares.items())
    ]
    adjusted = inference.holm([row["p_value"] for row in rows])
    for row, value in zip(rows, adjusted, strict=True):
        row["p_adjusted"] = value
    return rows


def _row(
    size: Size, known: Size, share: float, sampled: float | None, weighted: bool, level: float
) -> dict[str, Any]:
    events, n = _effective(size, known) if weighted else (size.n, known.n)
    test = inference.share_test(events, n, share, reference_n=sampled)
    interval = inference.wilson(events, n, level=level)
    around = None
    if sampled is not None:
        around = inference.wilson(share * sampled, sampled, level=level)
    observed = test.share
    gap = None if observed is None else (share - observed) * known.n
    reason = test.reason if known.n else "nobody has a group that the reference names"
    if not share:
        reason = "the reference share is 0"
    return {
        "count": size.n,
        "known": known.n,
        "share": observed,
        "share_low": None if interval is None else interval.low,
        "share_high": None if interval is None else interval.high,
        "expected_share": share,
        "expected_low": None if around is None else around.low,
        "expected_high": None if around is None else around.high,
        "reference_n": sampled,
        "ratio": observed / share if share and observed is not None else None,
        "missing_people": share * known.n - size.n if gap is not None and not weighted else gap,
        "sd": test.sd,
        "p_value": test.p_value,
        "p_adjusted": None,
        "log10_p": test.log10_p,
        "method": test.method,
        "reason": reason,
    }


def _effective(size: Size, known: Size) -> tuple[float, float]:
    """Return (events, n) of the plain sample that would tell as much as the weighted one."""
    others = (max(0.0, known.w - size.w), max(0.0, known.w2 - size.w2))
    if others[0] <= 1e-12 * known.w:  # everybody known is of this group; sums leave crumbs
        others = (0.0, 0.0)
    found = inference.weighted_rate(
        size.w, others[0], squares_events=size.w2, squares_others=others[1]
    )
    if found.events is None or found.n is None:
        return 0.0, 0.0
    return min(found.events, found.n), found.n
