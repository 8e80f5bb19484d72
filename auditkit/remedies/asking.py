"""Try the remedies on one attribute, out of fold, and lay them out as a frontier."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.remedies.data import relabelling, resampling, reweighed, reweighing
from auditkit.remedies.deciding import another_line, group_lines
from auditkit.remedies.features import another, residualising, without
from auditkit.remedies.frontier import mark_dominated, measured
from auditkit.remedies.plan import Method, Setting, Trial, Tried
from auditkit.remedies.reductions import MOST_ROWS, exponentiated_gradient, grid_search
from auditkit.trainer import Cut, Prepared
from auditkit.trainer.bench import BENCH_ROWS, Bench, Learner

__all__ = [
    "OTHERS", "OWN_NUMBER", "codes_of", "remedies_for", "remedies_of", "setting_of",
    "widest_attribute",
]  # fmt: skip

OTHERS = "(others)"
"""The name of the groups that are too small, together."""

_SINGLE = 3  # proxies that are left out one at a time
OWN_NUMBER = frozenset(
    {"exponentiated-gradient", "grid-search", "group-thresholds", "one-threshold"}
)  # they decide how many are selected, and cannot be held to a quota


def remedies_for(kind: Any, proxies: Collection[str] = ()) -> list[Tried]:
    """Return what is tried on a kind of model, in order: the model as it is first."""
    plain = Tried("none", "", "The model as it is", "never", _as_it_is)
    tried = [
        plain,
        Tried("reweighing", "", "Weights that make group and outcome independent", "training",
              reweighing),
        Tried("resampling", "", "Rows dropped and repeated to the same end", "training",
              resampling),
        *(
            Tried("relabelling", f"{part:g}", f"{part:.0%} of suspected labels turned round",
                  "training", relabelling(part))
            for part in (0.5, 1.0)
        ),
        Tried("drop-proxies", "", "Features that go with the group left out", "never", without()),
        *(
            Tried("residualise", f"{alpha:g}", f"Features residualised on the group ({alpha:.0%})",
                  "decision", residualising(alpha))
            for alpha in (0.5, 1.0)
        ),
        *(
            Tried("exponentiated-gradient", f"{bound:g}",
                  f"Trained for a gap of at most {100 * bound:g} points", "training",
                  exponentiated_gradient(bound))
            for bound in (0.01, 0.05)
        ),
        Tried("grid-search", "0.5", "The best of seven prices of the gap", "training",
              grid_search(0.5)),
        *(
            Tried("group-thresholds", f"{slack:g}",
                  "A threshold for each group" + (f", to {100 * slack:g} points" if slack else ""),
                  "decision", group_lines(slack))
            for slack in (0.0, 0.05, 0.1)
        ),
        *(
            Tried("one-threshold", f"{factor:g}", f"{factor:g} times as many selected", "never",
                  another_line(factor))
            for factor in (0.5, 0.75, 1.25, 1.5, 2.0)
        ),
    ]  # fmt: skip
    return [*tried, *_alternatives(kind, proxies)]


def _as_it_is(setting: Setting) -> Method:
    return Method(setting.bench.plain)


def _alternatives(kind: Any, proxies: Collection[str]) -> list[Tried]:
    """Return other models of the same data that need no group at any time."""
    made: list[tuple[str, str, Any, dict[str, Any]]] = [
        ("logistic, strong penalty", "logistic-0.01", "logistic", {"C": 0.01}),
        ("logistic, stronger penalty", "logistic-0.001", "logistic", {"C": 0.001}),
        ("boosting, shallow", "boosting-shallow", "boosting",
         {"max_depth": 2, "max_iter": 60}),
    ]  # fmt: skip
    others = [other for other in ("logistic", "boosting") if kind != other]
    made += [(other, other, other, {}) for other in others]
    found = [
        Tried("another-model", variant, f"Another model: {title}", "never", another(of, **how))
        for title, variant, of, how in made
    ]
    found += [
        Tried("another-model", f"{other}-reweighed", f"Another model: {other}, reweighed",
              "training", reweighed(other))
        for other in others
    ]  # fmt: skip
    single = sorted(proxies)[:_SINGLE] if len(proxies) > 1 else []
    return [
        *found,
        *(
            Tried("drop-feature", name, f"Without '{name}'", "never", without([name]))
            for name in single
        ),
    ]


def widest_attribute(prepared: Prepared, chosen: NDArray[np.float64], min_group: int) -> str | None:
    """Return the attribute whose large groups are selected at rates furthest apart."""
    best, widest = None, -1.0
    for name, column in prepared.groups.items():
        rates = [
            float(chosen[mask].mean())
            for group in sorted(set(column.tolist()) - {None})
            if (mask := np.array([cell == group for cell in column])).sum() >= min_group
        ]
        if len(rates) > 1 and max(rates) - min(rates) > widest:
            best, widest = name, max(rates) - min(rates)
    return best


def setting_of(
    bench: Bench,
    attribute: str,
    cut: Cut,
    *,
    disparity: str,
    min_group: int,
    proxies: Collection[str],
    plain: NDArray[np.float64] | None = None,
    reduction_rows: int = MOST_ROWS,
) -> Setting:
    """Make the setting: groups that are too small share one code and are not judged.

    `plain` are the scores out of fold of the model as it is, where they are known already.
    """
    column = bench.rows.groups[attribute]
    names = sorted(set(column.tolist()), key=lambda text: (text is None, text or ""))
    sizes = {name: int(np.sum([cell == name for cell in column])) for name in names}
    large = [name for name in names if sizes[name] >= min_group]
    rest: list[str | None] = [OTHERS] if len(large) < len(names) else []
    return Setting(
        bench=bench,
        codes=codes_of(large, column),
        names=(*large, *rest),
        large=tuple(code for code, name in enumerate(large) if name is not None),
        plain=bench.run(bench.plain) if plain is None else plain,
        cut=cut,
        disparity=disparity,
        proxies=frozenset(proxies) & frozenset(bench.rows.columns),
        reduction_rows=reduction_rows,
        others=bool(rest),
    )


def codes_of(large: Sequence[str | None], column: Iterable[Any]) -> NDArray[np.intp]:
    """Return which of the large groups each cell names; all others share the code after them."""
    place = {name: code for code, name in enumerate(large)}
    return np.array([place.get(cell, len(large)) for cell in column], dtype=np.intp)


def remedies_of(
    prepared: Prepared,
    kind: Any,
    cut: Cut,
    *,
    attribute: str,
    disparity: str = "selection_rate",
    proxies: Collection[str] = (),
    min_group: int = 30,
    tolerance: float = 0.01,
    seed: int = 0,
    level: float = 0.95,
    most: int = BENCH_ROWS,
    tell: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Try every remedy on one attribute, out of fold, and mark what is worth having.

    Parameters
    ----------
    prepared, kind, cut
        Rows, the model, and where its scores are cut.
    attribute : str
        The protected attribute whose gap is to shrink.
    disparity : str
        ``selection_rate``, ``true_positive_rate`` or ``false_positive_rate``.
    proxies : collection of str
        Features that go with the attribute.
    min_group : int
        Smaller groups are not judged.
    tolerance : float
        How many points of accuracy below the best a model may be to count as as good.
    seed, level, most, tell
        As in :func:`auditkit.causes.causes_of`.

    Returns
    -------
    dict
        ``attribute``, ``disparity``, ``rows``, ``of_rows``, ``tolerance``, ``points``, ``best``
        (the id of the most accurate point that does not need the group to decide),
        ``alternatives`` (ids of the points as good as it that do not need the group to decide,
        smallest gap first), ``not_tried`` and ``notes``; see docs/remedies.md.
    """
    from sklearn.pipeline import Pipeline

    learnable = "logistic" if isinstance(kind, Pipeline) else kind
    bench = Bench(prepared, Learner(learnable, seed), seed=seed, most=most)
    setting = setting_of(
        bench, attribute, cut, disparity=disparity, min_group=min_group, proxies=proxies
    )
    found: dict[str, Any] = {
        "attribute": attribute,
        "disparity": disparity,
        "rows": len(bench.rows.rows),
        "of_rows": bench.of_rows,
        "tolerance": tolerance,
        "points": [],
        "best": None,
        "alternatives": [],
        "not_tried": [],
        "notes": _notes(bench, cut, learnable is not kind),
        "interrupted": False,
    }
    if len(setting.large) < 2:
        found["notes"].append("fewer than two groups are large enough to compare")
        return found
    found["points"], found["not_tried"], left = _points(setting, level, tell)
    if left:
        found["interrupted"] = True
        done = len(found["points"])
        found["notes"].append(f"interrupted: {done} of {done + left} were tried")
    mark_dominated(found["points"])
    found |= _as_good(found["points"], tolerance)
    found["notes"] += bench.words.told(bench.runs, "runs")
    return found


def _points(
    setting: Setting, level: float, tell: Callable[[int, int], None] | None
) -> tuple[list[dict[str, Any]], list[str], int]:
    """Return a point for each remedy, the ids of those not tried, and how many were cut off."""
    plans = remedies_for(setting.bench.learner.kind, setting.proxies)
    plain = Trial(setting.chosen(setting.plain), setting.plain)
    points: list[dict[str, Any]] = []
    not_tried: list[str] = []
    try:
        for done, plan in enumerate(plans):
            if tell is not None:
                tell(done, len(plans))
            kept = setting.cut.top is None or plan.remedy not in OWN_NUMBER
            trial = None if not kept else plain if plan.remedy == "none" else plan.run(setting)
            if trial is None:
                not_tried.append(plan.id)
            else:
                told = measured(setting, trial, plain, level=level)
                points.append({**plan.to_dict(), **told})
    except KeyboardInterrupt:
        return points, not_tried, len(plans) - len(points) - len(not_tried)
    if tell is not None:
        tell(len(plans), len(plans))
    return points, not_tried, 0


def _notes(bench: Bench, cut: Cut, replaced: bool) -> list[str]:
    notes = []
    if cut.top is not None:
        notes.append(
            "remedies that decide themselves how many are selected were not tried: the number is "
            "given"
        )
    if len(bench.rows.rows) < bench.of_rows:
        notes.append(
            f"tried on a sample of {len(bench.rows.rows):,} of {bench.of_rows:,} rows (seed "
            f"{bench.seed}; the shares of outcome and group are kept)"
        )
    if max(len(fold.train) for fold in bench.folds) > MOST_ROWS:
        notes.append(f"fairlearn's reductions were trained on {MOST_ROWS:,} rows of each part")
    if replaced:
        notes.append("a pipeline cannot be taken apart: tried on the logistic baseline instead")
    return notes


def _as_good(points: list[dict[str, Any]], tolerance: float) -> dict[str, Any]:
    """Return the best point that decides without the group, and those as good, by their gap."""
    known = [point for point in points if point["gap"]["value"] is not None]
    blind = [point for point in known if point["uses_group"] != "decision"]
    if not blind:
        return {}
    best = max(blind, key=lambda point: point["accuracy"]["value"])
    floor = best["accuracy"]["value"] - tolerance
    good = [point for point in blind if point["accuracy"]["value"] >= floor]
    for point in points:
        point["as_good"] = point["accuracy"]["value"] >= floor
    good.sort(key=lambda point: (point["gap"]["value"], -point["accuracy"]["value"]))
    return {"best": best["id"], "alternatives": [point["id"] for point in good]}
