"""Bounds of headline gaps under all that is missing: outcomes, groups, or both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit import inference
from auditkit.counts import DECISION, LABEL, UNKNOWN, Counts, Group
from auditkit.fairness import HEADLINE, Disparity
from auditkit.policy import Policy, Rule

__all__ = ["gap_bounds"]

_CAUSES = ("outcome", "group", "both")


@dataclass(frozen=True)
class _Sums:
    """People (0) and weights (1) by group and outcome (no, yes, unknown)."""

    groups: tuple[Group, ...]
    sums: tuple[NDArray[np.float64], NDArray[np.float64]]

    @cached_property
    def complete(self) -> bool:
        """Whether group and outcome are known of everybody."""
        return not self.sums[0][:, UNKNOWN].any() and not any(None in g for g in self.groups)


def gap_bounds(
    counts: Counts, disparities: Sequence[Disparity], *, stage: str, policy: Policy
) -> list[dict[str, Any]]:
    """Return what each headline gap could be, whatever the missing values are.

    Not intervals: nothing is estimated, and sampling is another matter. Each end is reached by some
    way of filling in the missing, and nothing beyond it by any (Manski 2003). A person with a
    missing group could be of any group that fits what is known: of crossed attributes, one may be
    known and the other not.

    Parameters
    ----------
    counts : Counts
        With the outcome of the stage.
    disparities : sequence of Disparity
        The comparisons; those of groups that are themselves *missing* have no bounds.
    stage : {"label", "decision"}
        Which outcome.
    policy : Policy
        Whose line the bounds are held against.

    Returns
    -------
    list of dict
        The rows of ``profile.bounds``: for each comparison and `cause` (``outcome``: people whose
        group is known and whose outcome is not; ``group``: the other way round; ``both``: all of
        them, and those of whom neither is known) the `value` among the known, `low` and `high`
        (None: no upper bound), how many people are `unknown`, and whether the gap is `beyond` the
        policy's line ``always``, ``never`` or ``depends``. No row where nobody is unknown.
    """
    if stage not in (LABEL, DECISION):
        return []
    rule = policy.rule_for(HEADLINE[stage])
    rows: list[dict[str, Any]] = []
    known: dict[tuple[str, ...], _Sums] = {}
    for item in disparities:
        headline = item.stage == stage and item.metric == HEADLINE[stage]
        if not headline or None in item.group or None in item.reference:
            continue
        if len(item.attributes) > 1 and item.p_adjusted is None:
            continue  # crossed groups too small to be judged: their rates are shown, no more
        if item.attributes not in known:
            known[item.attributes] = _sums(counts, item.attributes, stage)
        if known[item.attributes].complete:
            continue
        for cause, people, found in _bounds(known[item.attributes], item):
            ends = found.difference if item.kind == "difference" else found.ratio
            rows.append(_row(item, cause, people, ends, rule))
    return rows


def _sums(counts: Counts, attributes: Sequence[str], stage: str) -> _Sums:
    if stage == LABEL:
        cube, axis = counts.cube(attributes, label=LABEL), 2
    else:
        cube, axis = counts.cube(attributes, prediction=DECISION), 1
    people, weights = (part.sum(axis=axis).astype(np.float64) for part in (cube.n, cube.w))
    return _Sums(cube.groups, (people, weights))


def _fits(unknown: Group, group: Group) -> bool:
    """Whether a person of a partly missing group could be of another one."""
    return None in unknown and all(
        mine is None or mine == theirs for mine, theirs in zip(unknown, group, strict=True)
    )


def _bounds(
    sums: _Sums, item: Disparity
) -> Iterator[tuple[str, int, inference.UnknownGroupBounds]]:
    """Yield (cause, people unknown, bounds) of one comparison."""
    place = {group: index for index, group in enumerate(sums.groups)}
    pair = (place[item.group], place[item.reference])
    fits = [
        np.array([_fits(group, which) for group in sums.groups])
        for which in (item.group, item.reference)
    ]
    people, weights = sums.sums
    either = fits[0] | fits[1]
    labels = float(people[list(pair), UNKNOWN].sum())
    groups = float(people[either][:, :UNKNOWN].sum())
    neither = float(people[either][:, UNKNOWN].sum())
    counted = {"outcome": labels, "group": groups, "both": 0.0}
    if neither > 0 or (labels > 0 and groups > 0):
        counted["both"] = labels + groups + neither
    for cause in _CAUSES:
        if counted[cause]:
            yield cause, round(counted[cause]), _of(weights, pair, fits, cause)


def _of(
    w: NDArray[np.float64], pair: tuple[int, int], fits: Sequence[NDArray[np.bool_]], cause: str
) -> inference.UnknownGroupBounds:
    with_labels, with_groups = cause in {"outcome", "both"}, cause in {"group", "both"}
    unknown = []
    shared = fits[0] & fits[1]
    for place, mine in zip(pair, fits, strict=True):
        unknown.append(
            inference.Unknown(
                label=float(w[place, UNKNOWN]) if with_labels else 0.0,
                with_event=float(w[mine, 1].sum()) if with_groups else 0.0,
                without_event=float(w[mine, 0].sum()) if with_groups else 0.0,
                neither=float(w[mine & ~shared, UNKNOWN].sum()) if cause == "both" else 0.0,
            )
        )
    a, b = (w[place] for place in pair)
    return inference.missing_bounds(
        float(a[1]), float(a[0] + a[1]), float(b[1]), float(b[0] + b[1]),
        unknown_a=unknown[0], unknown_b=unknown[1],
        neither=float(w[shared, UNKNOWN].sum()) if cause == "both" else 0.0,
    )  # fmt: skip


def _row(
    item: Disparity, cause: str, people: int, ends: inference.Bounds | None, rule: Rule | None
) -> dict[str, Any]:
    low = None if ends is None else ends.low
    high = None if ends is None else ends.high
    judged = rule is not None and rule.kind == item.kind
    return {
        "stage": item.stage,
        "attributes": list(item.attributes),
        "metric": item.metric,
        "kind": item.kind,
        "group": list(item.group),
        "reference": list(item.reference),
        "cause": cause,
        "unknown": people,
        "value": item.value,
        "low": low,
        "high": high,
        "beyond": _beyond(ends, rule) if judged and rule is not None else None,
        "method": "sharp bounds, all ways of filling in",
        "reason": None if ends is not None else item.reason or "a group could be empty",
    }


def _beyond(ends: inference.Bounds | None, rule: Rule) -> str:
    """Whether the gap is beyond the line in all ways of filling in, in none, or in some."""
    if ends is None:
        return "depends"
    least, most = (
        (-rule.threshold, rule.threshold)
        if rule.kind == "difference"
        else (rule.threshold, 1 / rule.threshold)
    )
    low, high = ends.low, float("inf") if ends.high is None else ends.high
    if least <= low and high <= most:
        return "never"
    return "always" if high < least or low > most else "depends"
