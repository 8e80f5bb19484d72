"""Shares, rates and gaps, then and now, from the counts of both audits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from auditkit import inference
from auditkit.comparison.rows import Row
from auditkit.counts import Counts, Group
from auditkit.fairness import Rates, cube_of_stage, rates_of, stage_metrics
from auditkit.record import Audit

__all__ = ["rates_and_gaps", "shares"]


def _effective(counts: Counts, attributes: Sequence[str]) -> dict[Group, tuple[float, int]]:
    """Return group → (effective people, people)."""
    cube = counts.cube(attributes)
    n, w, w2 = (part.sum(axis=(1, 2)) for part in (cube.n, cube.w, cube.w2))
    size = float(w.sum()) ** 2 / float(w2.sum())
    return {
        group: (size * float(w[i]) / float(w.sum()), int(n[i]))
        for i, group in enumerate(cube.groups)
    }


def shares(old: Counts, new: Counts, attributes: tuple[str, ...], *, level: float) -> Iterable[Row]:
    """Yield the share of each group among all people."""
    then, now = _effective(old, attributes), _effective(new, attributes)
    totals = [sum(size for size, _ in side.values()) for side in (then, now)]
    for group in [*then, *(g for g in now if g not in then)]:
        (a, old_n), (b, new_n) = then.get(group, (0.0, 0)), now.get(group, (0.0, 0))
        a, b = min(a, totals[0]), min(b, totals[1])
        interval = inference.newcombe(b, totals[1], a, totals[0], level=level)
        test = inference.pooled_z(b, totals[1], a, totals[0])
        yield Row(
            what="share",
            stage=None,
            attributes=attributes,
            group=group,
            metric=None,
            old=a / totals[0],
            new=b / totals[1],
            old_n=old_n,
            new_n=new_n,
            change=b / totals[1] - a / totals[0],
            low=None if interval is None else interval.low,
            high=None if interval is None else interval.high,
            p_value=None if test is None else test[1],
        )


def rates_and_gaps(
    old: Audit, new: Audit, attributes: tuple[str, ...], stage: str
) -> Iterable[Row]:
    """Yield the rates of a stage then and now, and the gaps to the old audit's reference."""
    level = new.policy["level"]
    cubes = [cube_of_stage(audit.counts, attributes, stage) for audit in (old, new)]
    reference = next(
        (row.reference for row in old.disparities
         if row.stage == stage and row.attributes == attributes), None,
    )  # fmt: skip
    judged = {name for rule in new.policy["rules"] for name in rule["metrics"]}
    known = {metric.name for metric in stage_metrics(new.counts, stage)}
    for metric in stage_metrics(old.counts, stage):
        if metric.name not in known or metric.name not in judged:
            continue
        then, now = (rates_of(metric, cube) for cube in cubes)
        for group in then.groups:
            if group in now.groups:
                yield _rate(then, now, group, attributes, stage, level)
                if reference is not None and group != reference and reference in now.groups:
                    yield _gap(then, now, group, reference, attributes, stage, level)


def _pair(rates: Rates, group: Group) -> tuple[float, float]:
    index = rates.groups.index(group)
    usable = rates.n[index] > 0 and rates.effective[index] > 0
    return rates.pair(index) if usable else (0.0, 0.0)


def _people(rates: Rates, group: Group) -> int:
    return int(rates.n[rates.groups.index(group)])


def _value(pair: tuple[float, float]) -> float | None:
    return pair[0] / pair[1] if pair[1] else None


def _rate(
    then: Rates, now: Rates, group: Group, attributes: tuple[str, ...], stage: str, level: float
) -> Row:
    a, b = _pair(then, group), _pair(now, group)
    old, new = _value(a), _value(b)
    interval = inference.newcombe(*b, *a, level=level)
    test = inference.pooled_z(*b, *a)
    return Row(
        what="rate",
        stage=stage,
        attributes=attributes,
        group=group,
        metric=then.metric.name,
        old=old,
        new=new,
        old_n=_people(then, group),
        new_n=_people(now, group),
        change=None if old is None or new is None else new - old,
        low=None if interval is None else interval.low,
        high=None if interval is None else interval.high,
        p_value=None if test is None else test[1],
        reason=then.metric.undefined if old is None or new is None else None,
    )


def _gap(
    then: Rates,
    now: Rates,
    group: Group,
    reference: Group,
    attributes: tuple[str, ...],
    stage: str,
    level: float,
) -> Row:
    old, new = ((*_pair(side, group), *_pair(side, reference)) for side in (then, now))
    change = inference.change_of_ratio(old, new, level=level)
    p_value = change.p_value
    if change.value is None:  # a group without an event has no logarithm, but the gap has a test
        p_value = inference.change_of_difference(old, new, level=level).p_value
    return Row(
        what="gap",
        stage=stage,
        attributes=attributes,
        group=group,
        reference=reference,
        metric=then.metric.name,
        old=_quotient(old),
        new=_quotient(new),
        old_n=min(_people(then, group), _people(then, reference)),
        new_n=min(_people(now, group), _people(now, reference)),
        change=change.value,
        low=change.low,
        high=change.high,
        p_value=p_value,
        reason=change.reason,
    )


def _quotient(pairs: tuple[float, float, float, float]) -> float | None:
    a, m, b, n = pairs
    return (a / m) / (b / n) if m and n and b else None
