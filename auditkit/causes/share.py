"""The representation experiment: refit while the share of a group among the training rows varies.

The total stays the same. Rows are drawn without replacement as long as there are enough of them,
and repeated beyond that (``repeated`` says so): more weight, no new people.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.causes.contrast import Number, between_runs, difference_of_means, number
from auditkit.causes.parts import Pair
from auditkit.trainer.bench import Bench, Fold
from auditkit.trainer.influence import Influence, Rows, Undefined, influence_of, variance

__all__ = ["EQUAL", "TOTAL", "representation"]

Floats = NDArray[np.float64]

EQUAL = 0.5
"""As many rows of the group as of all others together."""

TOTAL = 4_000
"""The most training rows of one fit: the share is what varies, so the total can be small."""

_SEEDS = 3
_GRID = (0.1, 0.25, 0.5, 0.75, 0.9)
_CURVES = ("selection_gap", "roc_auc", "roc_auc_others", "true_positive_rate_gap",
           "false_positive_rate_gap", "accuracy", "accuracy_others")  # fmt: skip


def representation(
    bench: Bench, pair: Pair, line: Callable[[Floats], float], *, level: float, floor: float
) -> dict[str, Any]:
    """Refit with the group's share varied, and say what that does to the gap and to the errors.

    Returns
    -------
    dict
        ``share`` (now), ``total``, ``seeds``, ``curve`` (for each share ``repeated`` and, by
        measure, value and interval), ``gain`` (AUC of the group at equal shares minus now),
        ``narrowing`` (of the absolute selection gap), ``verdict`` and ``reason``.
    """
    rows = bench.rows
    now = float(np.mean(pair.here))
    total = min(TOTAL, min(len(fold.train) for fold in bench.folds))
    shares = sorted({round(now / 2, 6), round(now, 6), *(s for s in _GRID if abs(s - now) > 0.04)})
    runs: dict[float, list[Floats]] = {}
    for share in shares:
        runs[share] = [
            bench.run(_learner(bench, pair, share, total, seed)) for seed in range(_SEEDS)
        ]
    curve = [
        {
            "share": share,
            "repeated": _repeats(bench, pair, share, total),
            **_measures(bench, pair, runs[share], line, level),
        }
        for share in shares
    ]
    near = round(now, 6)
    target = min(shares, key=lambda share: abs(share - EQUAL))
    gain = _gain(bench, pair, runs[near], runs[target], level)
    narrowing = _narrowing(bench, pair, runs[near], runs[target], line, level)
    gap = abs(next(row for row in curve if row["share"] == near)["selection_gap"]["value"] or 0.0)
    verdict, reason = _verdict(now, gain, narrowing, gap, floor)
    return {
        "share": now,
        "equal": target,
        "total": total,
        "rows": len(rows.rows),
        "seeds": _SEEDS,
        "curve": curve,
        "gain": gain.to_dict(),
        "narrowing": narrowing.to_dict(),
        "verdict": verdict,
        "reason": reason,
    }


def _drawn(
    bench: Bench, pair: Pair, fold: Fold, share: float, total: int, seed: int
) -> NDArray[np.intp]:
    """Return positions within the training part: so many of the group, the rest of all others."""
    rng = np.random.default_rng([bench.seed, 17, seed])
    here = pair.here[fold.train]
    found = []
    for mask, size in ((here, round(share * total)), (~here, total - round(share * total))):
        places = rng.permutation(np.flatnonzero(mask))
        if len(places):
            found.append(np.resize(places, size))  # repeats from the start where there are too few
    return np.sort(np.concatenate(found))


def _repeats(bench: Bench, pair: Pair, share: float, total: int) -> bool:
    wanted = round(share * total), total - round(share * total)
    return any(
        size > int(mask[fold.train].sum())
        for fold in bench.folds
        for mask, size in zip((pair.here, ~pair.here), wanted, strict=True)
    )


def _learner(
    bench: Bench, pair: Pair, share: float, total: int, seed: int
) -> Callable[[Fold], Callable[[Floats], Floats]]:
    def learn(fold: Fold) -> Callable[[Floats], Floats]:
        some = _drawn(bench, pair, fold, share, total, seed)
        mine = fold.train[some]
        return bench.learner.fit(fold.x_train[some], bench.rows.outcome[mine], bench.weights(mine))

    return learn


def _one(bench: Bench, pair: Pair, scores: Floats, line: float) -> dict[str, Influence | None]:
    """Return each measure of one run, its influences over all rows."""
    judged = bench.judged(scores, line)
    found: dict[str, Influence | None] = {}
    gap = difference_of_means(judged.chosen, pair.here, pair.there, judged.weight)
    found["selection_gap"] = Influence(gap.value, gap.rows, gap.n)
    for name, metric, mask in (
        ("roc_auc", "roc_auc", pair.here),
        ("roc_auc_others", "roc_auc", pair.there),
        ("accuracy", "accuracy", pair.here),
        ("accuracy_others", "accuracy", pair.there),
    ):
        found[name] = _within(metric, judged, mask)
    for metric in ("true_positive_rate", "false_positive_rate"):
        one, other = (_within(metric, judged, mask) for mask in (pair.here, pair.there))
        found[f"{metric}_gap"] = (
            None
            if one is None or other is None
            else Influence(one.value - other.value, one.rows - other.rows, min(one.n, other.n))
        )
    return found


def _within(metric: str, judged: Rows, mask: NDArray[np.bool_]) -> Influence | None:
    places = np.flatnonzero(mask)
    try:
        found = influence_of(metric, judged.at(places))
    except Undefined:
        return None
    parts = np.zeros(len(mask))
    parts[places] = found.rows
    return Influence(found.value, parts, found.n)


def _averaged(
    bench: Bench, found: list[Influence | None]
) -> tuple[float, float, list[float]] | None:
    """Return the mean over seeds, its variance (sampling and seeds), and the values."""
    known = [item for item in found if item is not None]
    if len(known) < len(found) or not known:
        return None
    values = [item.value for item in known]
    mean = Influence(
        float(np.mean(values)), np.mean([item.rows for item in known], axis=0), known[0].n
    )
    sampling = variance(mean, bench.rows.clusters)
    if sampling is None:
        return None
    return mean.value, sampling + between_runs(values), values


def _measures(
    bench: Bench,
    pair: Pair,
    runs: list[Floats],
    line: Callable[[Floats], float],
    level: float,
) -> dict[str, Any]:
    each = [_one(bench, pair, scores, line(scores)) for scores in runs]
    found: dict[str, Any] = {}
    for name in _CURVES:
        mean = _averaged(bench, [one[name] for one in each])
        item = (
            Number(None, reason="not defined in one of the groups")
            if mean is None
            else number(mean[0], mean[1], level)
        )
        found[name] = {"value": item.value, "low": item.low, "high": item.high}
    return found


def _paired(
    bench: Bench, before: list[Influence | None], after: list[Influence | None], level: float
) -> Number:
    """Return after − before, seed by seed on the same rows."""
    steps: list[Influence | None] = [
        None
        if one is None or other is None
        else Influence(other.value - one.value, other.rows - one.rows, min(one.n, other.n))
        for one, other in zip(before, after, strict=True)
    ]
    mean = _averaged(bench, steps)
    if mean is None:
        return Number(None, reason="not defined in the group")
    return number(mean[0], mean[1], level)


def _gain(bench: Bench, pair: Pair, now: list[Floats], then: list[Floats], level: float) -> Number:
    areas = [
        [_within("roc_auc", bench.judged(scores, 0.5), pair.here) for scores in runs]
        for runs in (now, then)
    ]
    return _paired(bench, areas[0], areas[1], level)


def _narrowing(
    bench: Bench,
    pair: Pair,
    now: list[Floats],
    then: list[Floats],
    line: Callable[[Floats], float],
    level: float,
) -> Number:
    """Return by how much the absolute selection gap shrinks at equal shares."""

    def gaps(runs: list[Floats]) -> list[Influence | None]:
        return [_one(bench, pair, scores, line(scores))["selection_gap"] for scores in runs]

    first, second = gaps(now), gaps(then)
    mean = float(np.mean([item.value for item in first if item is not None]))
    sign = 1.0 if mean >= 0 else -1.0
    turned: list[list[Influence | None]] = [
        [None if i is None else Influence(sign * i.value, sign * i.rows, i.n) for i in part]
        for part in (second, first)
    ]
    return _paired(bench, turned[0], turned[1], level)


def _verdict(
    now: float, gain: Number, narrowing: Number, gap: float, floor: float
) -> tuple[str, str]:
    """Say whether equal shares in training would help, and whom.

    A gap that shrinks by less than a quarter of itself is not caused by the share.
    """
    if now >= EQUAL:
        return "not-under-represented", "the group has at least half of the training rows already"
    if gain.value is None and narrowing.value is None:
        return "undecided", gain.reason or "not defined in the group"
    told = (
        f"with equal shares in training the AUC within the group changes by {_points(gain.value)} "
        f"and the selection gap of {_points(gap)} shrinks by {_points(narrowing.value)}"
    )
    lines = {"errors": (gain, floor), "gap": (narrowing, max(floor, gap / 4))}
    for what, (found, line) in lines.items():
        clear = found.low is not None and found.low > 0
        if clear and found.value is not None and found.value >= line:
            return f"under-representation-{what}", told
    for found, line in lines.values():
        if found.high is not None and found.high >= max(line, 0.03):
            return "undecided", f"{told}; the interval reaches too far to say more"
    return "more-rows-would-not-help", told


def _points(value: float | None) -> str:
    return "an unknown amount" if value is None else f"{100 * value:.1f} points".replace("-", "−")
