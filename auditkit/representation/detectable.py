"""What a group of this size can show: the smallest gap, and how many people four fifths need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from auditkit import inference
from auditkit.counts import DECISION, LABEL, Counts, Group
from auditkit.fairness import HEADLINE, Disparity, Rates, cube_of_stage, rates_of
from auditkit.metrics.declared import METRICS

__all__ = ["POWER", "with_detectable"]

POWER = 0.8
"""The probability with which a gap should be found, by custom."""

_FOUR_FIFTHS = 0.8


def with_detectable(
    rows: Sequence[dict[str, Any]],
    counts: Counts,
    disparities: Sequence[Disparity],
    *,
    alpha: float = 0.05,
    unfavorable: bool = False,
) -> list[dict[str, Any]]:
    """Add to each row of ``representation`` what a group of that size can and cannot show.

    One comparison with the reference group is looked at by itself, at level `alpha` and with a
    power of 80 %; a correction for many comparisons asks for more people.

    Parameters
    ----------
    rows : sequence of dict
        From `represent`.
    counts : Counts
        With a label, or decisions.
    disparities : sequence of Disparity
        The comparisons; they name the reference group of each set of attributes.
    alpha : float
        Level of the test.
    unfavorable : bool
        Whether the event is a harm, so that a higher rate is the worse one.

    Returns
    -------
    list of dict
        The rows with ``outcome_n`` (effective number of people whose outcome is known),
        ``detectable_difference`` (the smallest gap to the reference group's rate, in the
        unfavourable direction, that would be found), ``n_needed_four_fifths`` (how many people
        the group must have, in data with the same mix of the two, for a ratio of four fifths, or
        of five quarters where the event is a harm, to be found) and ``detectable_reason`` (why
        one of them is None).
    """
    stage = next((name for name in (LABEL, DECISION) if name in counts.outcomes), None)
    references = {
        row.attributes: row.reference
        for row in disparities
        if row.stage == stage and row.metric == HEADLINE[row.stage]
    }
    found: dict[tuple[str, ...], tuple[Rates, int]] = {}
    for attributes, reference in references.items():
        assert stage is not None
        rates = rates_of(METRICS[HEADLINE[stage]], cube_of_stage(counts, attributes, stage))
        found[attributes] = rates, rates.groups.index(reference)
    return [row | _detectable(row, found, stage, alpha, unfavorable) for row in rows]


def _detectable(
    row: dict[str, Any],
    found: dict[tuple[str, ...], tuple[Rates, int]],
    stage: str | None,
    alpha: float,
    unfavorable: bool,
) -> dict[str, Any]:
    attributes, group = tuple(row["attributes"]), tuple(row["group"])
    if stage is None:
        return _undefined(None, "no outcome was counted")
    if attributes not in found:
        return _undefined(None, "no group to compare with")
    rates, base = found[attributes]
    size = _effective(rates, group)
    if rates.groups[base] == group:
        return _undefined(size, "the group that the others are compared with")
    if not size:
        return _undefined(0.0, "nobody with a known outcome")
    reference = float(rates.effective[base])
    rate = float(rates.value[base]) if reference else 0.0
    if not 0 < rate < 1:
        return _undefined(size, "the reference group's rate is 0 or 1")
    reasons = []
    seen = inference.detectable_difference(size, reference, rate, power=POWER, level=1 - alpha)
    gap = seen.above if unfavorable else seen.below
    if gap is None:
        reasons.append(f"not even a rate of {'1' if unfavorable else '0'} would be found")
    aim = rate / _FOUR_FIFTHS if unfavorable else rate * _FOUR_FIFTHS
    needed = None
    if aim > 1:
        reasons.append("five quarters of the reference group's rate is above 1")
    else:
        sizes = inference.sample_size(
            aim, rate, ratio=reference / size, power=POWER, level=1 - alpha
        )
        needed = None if sizes is None else sizes[0]
    return {
        "outcome_n": size,
        "detectable_difference": gap,
        "n_needed_four_fifths": needed,
        "detectable_reason": "; ".join(reasons) or None,
    }


def _effective(rates: Rates, group: Group) -> float:
    if group not in rates.groups:
        return 0.0
    return float(rates.effective[rates.groups.index(group)])


def _undefined(size: float | None, reason: str) -> dict[str, Any]:
    return {
        "outcome_n": size,
        "detectable_difference": None,
        "n_needed_four_fifths": None,
        "detectable_reason": reason,
    }
