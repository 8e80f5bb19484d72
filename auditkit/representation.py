"""Who is in the data: counts and shares of groups, and how they compare with a population."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from auditkit import inference
from auditkit.counts import Counts, Group
from auditkit.schema import Population

__all__ = ["represent"]


def represent(
    counts: Counts,
    attribute_sets: Sequence[Sequence[str]],
    *,
    population: Sequence[Population] = (),
    level: float = 0.95,
) -> list[dict[str, Any]]:
    """Return one row a group: how many, which share, and what a population leads one to expect.

    Parameters
    ----------
    counts : Counts
        The cells.
    attribute_sets : sequence of sequences of str
        Each attribute alone, and crossings. Crossed groups that nobody falls into are listed with
        a count of 0.
    population : sequence of Population
        Reference populations. The comparison is made among the people whose group the reference
        names: missing and unnamed groups are left out of both sides, and the row says so.
    level : float
        Confidence level of the Wilson interval of the share.

    Returns
    -------
    list of dict
        The rows of ``representation`` in the record. ``count`` is in people, ``share`` is
        weighted where there are weights, ``missing_people`` is expected − counted (negative: a
        surplus), ``p_value`` is of an exact two-sided binomial test.
    """
    known = {item.attribute: item for item in population}
    rows: list[dict[str, Any]] = []
    for attributes in attribute_sets:
        sizes = _sizes(counts, attributes)
        expected = known.get(attributes[0]) if len(attributes) == 1 else None
        rows.extend(_rows(tuple(attributes), sizes, expected, level, counts.weighted))
    return rows


def _sizes(counts: Counts, attributes: Sequence[str]) -> dict[Group, tuple[int, float, float]]:
    cube = counts.cube(attributes)
    sums = [part.sum(axis=(1, 2)) for part in (cube.n, cube.w, cube.w2)]
    found = {
        group: (int(n), float(w), float(w2))
        for group, n, w, w2 in zip(cube.groups, *sums, strict=True)
    }
    if len(attributes) > 1:
        levels = [[v for v in counts.values(name) if v is not None] for name in attributes]
        for combination in product(*levels):
            group = tuple(str(value) for value in combination)
            found.setdefault(group, (0, 0.0, 0.0))
    return dict(sorted(found.items(), key=lambda item: [(g is None, g or "") for g in item[0]]))


def _rows(
    attributes: tuple[str, ...],
    sizes: dict[Group, tuple[int, float, float]],
    population: Population | None,
    level: float,
    weighted: bool,
) -> list[dict[str, Any]]:
    shares = {} if population is None else population.normalised()
    for named in shares:
        sizes.setdefault((named,), (0, 0.0, 0.0))
    total_w = sum(w for _, w, _ in sizes.values())
    total_w2 = sum(w2 for _, _, w2 in sizes.values())
    effective = total_w**2 / total_w2
    covered = sum(n for group, (n, _, _) in sizes.items() if group[0] in shares)
    rows = []
    for group, (n, w, _) in sizes.items():
        share = w / total_w
        interval = inference.wilson(share * effective, effective, level=level)
        row: dict[str, Any] = {
            "attributes": list(attributes),
            "group": list(group),
            "count": n,
            "share": share,
            "share_low": None if interval is None else interval.low,
            "share_high": None if interval is None else interval.high,
            **_expectation(group, n, covered, shares, population),
            "method": "wilson, effective n" if weighted else "wilson",
        }
        rows.append(row)
    return rows


def _expectation(
    group: Group,
    n: int,
    covered: int,
    shares: Mapping[str, float],
    population: Population | None,
) -> dict[str, Any]:
    empty: dict[str, Any] = dict.fromkeys(
        ("expected_share", "expected_source", "ratio", "missing_people", "p_value", "reason")
    )
    name = group[0]
    if population is None or name is None or name not in shares or covered == 0:
        if population is not None:
            empty["reason"] = "not named in the reference population"
        return empty
    share = shares[name]
    source = ", ".join(part for part in (population.source, population.period) if part)
    test = inference.binomial_test(n, covered, share) if 0 < share < 1 else None
    return {
        "expected_share": share,
        "expected_source": source,
        "ratio": n / (share * covered) if share else None,
        "missing_people": share * covered - n,
        "p_value": None if test is None else test.p_value,
        "reason": None if share else "the reference share is 0",
    }
