"""Counts and shares of groups, alone and crossed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

from auditkit import inference
from auditkit.counts import Counts, Group

__all__ = ["Size", "represent", "sizes_of"]


class Size(NamedTuple):
    """People of a group, the sum of their weights and of the squared weights."""

    n: int
    w: float
    w2: float


def represent(
    counts: Counts,
    attribute_sets: Sequence[Sequence[str]],
    *,
    comparisons: Sequence[Mapping[str, Any]] = (),
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
    comparisons : sequence of mappings
        From `hold_against`. A row carries the comparison with the first population that names its
        attributes; all of them are rows of ``profile.population``.
    level : float
        Confidence level of the Wilson interval of the share.

    Returns
    -------
    list of dict
        The rows of ``representation`` in the record. ``count`` is in people, ``share`` is
        weighted where there are weights, ``missing_people`` is expected − counted (negative: a
        surplus), ``effective_n`` is how many unweighted people would tell as much.
    """
    first: dict[tuple[str, ...], tuple[Any, ...]] = {}
    expected: dict[tuple[tuple[str, ...], Group], Mapping[str, Any]] = {}
    for row in comparisons:
        attributes = tuple(row["attributes"])
        if first.setdefault(attributes, _origin(row)) == _origin(row):
            expected[attributes, tuple(row["group"])] = row
    rows: list[dict[str, Any]] = []
    for names in attribute_sets:
        attributes = tuple(names)
        sizes = sizes_of(counts, attributes)
        for named, group in expected:
            if named == attributes:
                sizes.setdefault(group, Size(0, 0.0, 0.0))
        for group, (size, share) in _shares(sizes, level).items():
            rows.append(
                {
                    "attributes": list(attributes),
                    "group": list(group),
                    "count": size.n,
                    **share,
                    **_expectation(expected.get((attributes, group)), attributes in first),
                    "method": "wilson, effective n" if counts.weighted else "wilson",
                    "effective_n": size.w**2 / size.w2 if size.w2 else 0.0,
                }
            )
    return rows


def sizes_of(counts: Counts, attributes: Sequence[str]) -> dict[Group, Size]:
    """Return the size of every group, of crossed ones also where nobody is in them."""
    cube = counts.cube(attributes)
    sums = [part.sum(axis=(1, 2)) for part in (cube.n, cube.w, cube.w2)]
    found = {
        group: Size(int(n), float(w), float(w2))
        for group, n, w, w2 in zip(cube.groups, *sums, strict=True)
    }
    if len(attributes) > 1:
        levels = [[v for v in counts.values(name) if v is not None] for name in attributes]
        for combination in product(*levels):
            found.setdefault(tuple(str(value) for value in combination), Size(0, 0.0, 0.0))
    return dict(sorted(found.items(), key=lambda item: [(g is None, g or "") for g in item[0]]))


def _shares(sizes: Mapping[Group, Size], level: float) -> dict[Group, tuple[Size, dict[str, Any]]]:
    total = sum(size.w for size in sizes.values())
    effective = total**2 / sum(size.w2 for size in sizes.values())
    found = {}
    for group, size in sizes.items():
        share = size.w / total
        interval = inference.wilson(share * effective, effective, level=level)
        row = {
            "share": share,
            "share_low": None if interval is None else interval.low,
            "share_high": None if interval is None else interval.high,
        }
        found[group] = size, row
    return found


def _origin(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return (row["source"], row["period"], row["people"])


def _expectation(row: Mapping[str, Any] | None, asked: bool) -> dict[str, Any]:
    if row is None:
        reason = "not named in the reference population" if asked else None
        return dict.fromkeys(_EXPECTED) | {"reason": reason}
    plain = {name: row.get(name) for name in _EXPECTED}
    plain["expected_source"] = ", ".join(part for part in _origin(row) if part)
    return plain | {"reason": row["reason"]}


_EXPECTED = (
    "expected_share", "expected_source", "ratio", "missing_people", "p_value", "log10_p",
)  # fmt: skip
