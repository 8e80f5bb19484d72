"""Each group at each stage, against one reference group."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from auditkit import inference
from auditkit.counts import Counts
from auditkit.errors import shown
from auditkit.fairness import (
    Disparity,
    Estimate,
    Rates,
    choose_reference,
    compare_rates,
    estimates_of,
)
from auditkit.findings import judge
from auditkit.funnel.passages import Passage, passage_of
from auditkit.funnel.patterns import contradictions, patterns_of, unknown
from auditkit.policy import Policy
from auditkit.stages import REACHED

__all__ = ["Funnel", "funnel"]


@dataclass(frozen=True)
class Funnel:
    """The rows of the record, and what the reader should know about how they were counted."""

    rows: tuple[dict[str, Any], ...]
    notes: tuple[str, ...]


def funnel(
    counts: Counts,
    attribute_sets: Sequence[Sequence[str]],
    *,
    policy: Policy,
    reference: Mapping[str, str] | None = None,
    unfavorable: bool = False,
) -> Funnel:
    r"""Follow each group through the stages, against one reference group.

    With :math:`p_{gk}` the share of group g that passed stage k among those who entered it, the
    cumulative rate is :math:`\prod_{j \le k} p_{gj}` and the gap against the reference r adds up:

    .. math:: \ln\frac{\prod_j p_{gj}}{\prod_j p_{rj}} = \sum_j \ln\frac{p_{gj}}{p_{rj}}

    so that each stage has a share of it. Where it is not known whether somebody passed a stage
    they are left out of that stage and of the later ones, and the cumulative rate is the
    product-limit estimate (Kaplan, Meier 1958): right where the unknown are like the others who
    entered. Where everything is known it is the plain share of all who entered.

    Parameters
    ----------
    counts : Counts
        With an outcome ``reached:NAME`` for each stage, first to last.
    attribute_sets : sequence of sequences of str
        Usually each attribute alone and all of them crossed.
    policy : Policy
        Confidence level, smallest group that is judged, and the line for ``selection_rate``.
    reference : mapping, optional
        Attribute → group. Without it, the group with the most favourable rate to the end.
    unfavorable : bool
        Whether the stages lead to a harm, so that the lowest rate is the most favourable.

    Returns
    -------
    Funnel
        One row for each set of attributes, stage and group; none where no stage was counted.
        Intervals: Wilson for rates, Koopman for ratios, Fieller for shares of the gap. The
        p-values of all stages, sets and end results are corrected together. Undefined is None,
        with a ``reason``.

    Raises
    ------
    DataError
        Where more than 5 % of the people reached a stage without an earlier one.

    Examples
    --------
    >>> one = (1, 1.0, 1.0)
    >>> def people(sex, reached, n):
    ...     return ((sex,), (), reached), (n, float(n), float(n))
    >>> counts = Counts.from_cells(
    ...     [
    ...         people("F", (0, 0), 60), people("F", (1, 0), 20), people("F", (1, 1), 20),
    ...         people("M", (0, 0), 20), people("M", (1, 0), 40), people("M", (1, 1), 40),
    ...     ],
    ...     attributes=["sex"],
    ...     outcomes=["reached:screened", "reached:hired"],
    ... )
    >>> rows = funnel(counts, [["sex"]], policy=Policy.default()).rows
    >>> [(row["stage"], row["group"], row["pass_rate"], row["share"]) for row in rows[:2]]
    [('screened', ['F'], 0.4, 1.0), ('screened', ['M'], 0.8, None)]
    """
    outcomes = [name for name in counts.outcomes if name.startswith(REACHED)]
    if not outcomes:
        return Funnel((), ())
    names = [name.removeprefix(REACHED) for name in outcomes]
    patterns, codes = patterns_of(counts, outcomes)
    people = np.bincount(codes, counts.n, len(patterns)).astype(np.float64)
    notes = contradictions(names, patterns, people)
    found = [
        passage_of(counts, tuple(attributes), patterns, codes) for attributes in attribute_sets
    ]
    chosen = [
        choose_reference(item.cumulative[-1], item.attributes, policy, reference, unfavorable)
        for item in found
    ]
    compared = _compared_all(names, found, chosen, policy)
    estimates = [
        row
        for item in found
        for which, rates in (("at", item.stages), ("until", item.cumulative))
        for name, rate in zip(names, rates, strict=True)
        for row in estimates_of(rate, item.attributes, stage=f"{which} {name}", level=policy.level)
    ]
    judged = {
        (row.stage, row.attributes, row.group): row
        for row in judge([row for row in compared if row.kind == "ratio"], estimates, policy)
    }
    known = {(row.stage, row.attributes, row.group): row for row in estimates}
    rows = [
        _row(item, base, index, place, names, known, judged, policy)
        for item, base in zip(found, chosen, strict=True)
        for place in range(len(names))
        for index in range(len(item.groups))
    ]
    return Funnel(tuple(rows), (*notes, *unknown(names, patterns, people)))


def _compared_all(
    names: Sequence[str],
    found: Sequence[Passage],
    chosen: Sequence[int | None],
    policy: Policy,
) -> list[Disparity]:
    """Compare at every stage, and until every stage.

    The stages and the end result are one family: those are judged. What lies between is another,
    and so is a stage that everybody passed, which is no question.
    """
    families: list[list[tuple[str, tuple[str, ...], Rates, int]]] = [[], [], []]
    last = len(names) - 1
    for item, base in zip(found, chosen, strict=True):
        if base is None or len(item.groups) < 2:
            continue
        for place, name in enumerate(names):
            for which, rates in (("at", item.stages[place]), ("until", item.cumulative[place])):
                trivial = bool(np.all((rates.value == 1) | (rates.n == 0)))
                judged = which == "at" or place == last
                family = families[2 if trivial else 0 if judged else 1]
                family.append((f"{which} {name}", item.attributes, rates, base))
    return [row for family in families for row in compare_rates(family, policy=policy)]


def _row(
    item: Passage,
    base: int | None,
    index: int,
    place: int,
    names: Sequence[str],
    known: Mapping[Any, Estimate],
    judged: Mapping[Any, Disparity],
    policy: Policy,
) -> dict[str, Any]:
    group, name = item.groups[index], names[place]
    here = known[f"at {name}", item.attributes, group]
    total = known[f"until {name}", item.attributes, group]
    return {
        "stage": name,
        "position": place + 1,
        "attributes": list(item.attributes),
        "group": list(group),
        "reference": None if base is None else list(item.groups[base]),
        "entered": int(item.entered[index, place]),
        "unknown": int(item.unknown[index, place]),
        "passed": int(item.stages[place].events[index]),
        "contradicting": int(item.contradicting[index, place]),
        "pass_rate": here.value,
        "low": here.low,
        "high": here.high,
        "level": policy.level,
        "method": here.method,
        **_compared("", judged.get((here.stage, item.attributes, group))),
        "reason": _reason(here, judged.get((here.stage, item.attributes, group))),
        "cumulative_rate": total.value,
        "cumulative_low": total.low,
        "cumulative_high": total.high,
        **_compared("cumulative_", judged.get((total.stage, item.attributes, group))),
        "cumulative_reason": _reason(total, judged.get((total.stage, item.attributes, group))),
        **_share(item, base, index, place, names, policy.level),
    }


def _reason(here: Estimate, row: Disparity | None) -> str | None:
    return here.reason or (None if row is None else row.reason)


def _compared(prefix: str, row: Disparity | None) -> dict[str, Any]:
    """Return the comparison with the reference; all None for the reference itself."""
    names = {
        "ratio": "value", "ratio_low": "low", "ratio_high": "high", "p_value": "p_value",
        "p_adjusted": "p_adjusted", "verdict": "verdict",
    }  # fmt: skip
    return {
        prefix + name: None if row is None else getattr(row, attribute)
        for name, attribute in names.items()
    }


def _share(
    item: Passage, base: int | None, index: int, place: int, names: Sequence[str], level: float
) -> dict[str, Any]:
    """Return this stage's part of the final gap, on the logarithmic scale."""
    found: dict[str, Any] = dict.fromkeys(
        ("log_ratio", "share", "share_low", "share_high", "share_reason")
    )
    if base is None or base == index:
        return found
    parts = item.log_rates[index] - item.log_rates[base]
    if math.isfinite(parts[place]):
        found["log_ratio"] = float(parts[place])
    for which in (index, base):
        missing = np.flatnonzero(~np.isfinite(item.log_rates[which]))
        if len(missing):
            who = " / ".join("(missing)" if part is None else part for part in item.groups[which])
            stage, value = names[missing[0]], item.stages[missing[0]].value[which]
            why = "passed" if value == 0 else "is known to have entered"
            found["share_reason"] = f"nobody of {shown(who)} {why} '{shown(stage)}'"
            return found
    whole = float(parts.sum())
    if abs(whole) < 1e-12:
        return {**found, "share_reason": "there is no final gap to share out"}
    covariance = item.covariance[index] + item.covariance[base]
    found["share"] = float(parts[place]) / whole
    interval = inference.fieller(
        float(parts[place]),
        whole,
        variance_part=float(covariance[place, place]),
        variance_whole=max(float(covariance.sum()), 0.0),
        covariance=float(covariance[place].sum()),
        level=level,
    )
    if interval is None:
        found["share_reason"] = "the final gap itself is not clear"
        return found
    return {**found, "share_low": interval.low, "share_high": interval.high}
