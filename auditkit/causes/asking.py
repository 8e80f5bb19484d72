"""Ask, for each attribute, where the gap between its groups comes from, and rank the answers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit import inference
from auditkit.causes.contrast import Number
from auditkit.causes.parts import Pair, Shared, measured, residualised
from auditkit.causes.share import representation
from auditkit.causes.words import not_identified, sentence
from auditkit.trainer import Cut, Prepared
from auditkit.trainer.bench import BENCH_ROWS, Bench, Fold, Learner
from auditkit.trainer.influence import Rows, Undefined, influence_of

__all__ = ["CAUSES", "FLOOR", "causes_of"]

CAUSES = ("labels", "model", "proxies", "feature-quality", "under-representation")
"""What a gap can come from, in the order in which the questions are asked."""

FLOOR = 0.01
"""Points (of a rate, or of AUC) below which a part is too small to be named a cause."""

_MOST_PAIRS = 3
_SHUFFLES = 5
Floats = NDArray[np.float64]


def causes_of(
    prepared: Prepared,
    kind: Any,
    cut: Cut,
    *,
    references: Mapping[str, str] | None = None,
    unfavorable: bool = False,
    proxies: Mapping[str, Collection[str]] | None = None,
    min_group: int = 30,
    seed: int = 0,
    level: float = 0.95,
    alpha: float = 0.05,
    most: int = BENCH_ROWS,
    tell: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Say where the gaps between groups come from, each part with its number and interval.

    Parameters
    ----------
    prepared : Prepared
        Rows with their groups.
    kind : str or estimator
        The model.
    cut : Cut
        Where its scores become selections.
    references : mapping of str to str, optional
        Attribute → the group that others are compared with; else the one with the most
        favourable rate of the outcome among those with `min_group` rows and 2 % of all.
    unfavorable : bool
        Whether the outcome is a harm.
    proxies : mapping of str to collection, optional
        Attribute → the features that go with it.
    min_group : int
        Smaller groups are not asked about.
    seed, level, alpha
        Of what is drawn, of the intervals, and of the corrected tests.
    most : int
        The most rows.
    tell : callable, optional
        Called with (runs done, runs).

    Returns
    -------
    dict
        ``rows``, ``of_rows``, ``floor``, ``pairs`` (one entry a comparison) and ``notes``; see
        docs/causes.md.

    Examples
    --------
    >>> import numpy as np, pandas
    >>> from auditkit.trainer import Cut, prepare
    >>> rng = np.random.default_rng(0)
    >>> x, sex = rng.normal(size=800), np.array(["F", "M"] * 400)
    >>> y = ((x + rng.logistic(size=800) > 0) & ((sex == "M") | (rng.random(800) < 0.5))) * 1.0
    >>> rows = prepare(pandas.DataFrame({"x": x}), y, features=["x"], groups={"sex": sex})
    >>> causes_of(rows, "logistic", Cut())["pairs"][0]["ranking"][0]["cause"]
    'labels'
    """
    pairs_of = {
        name: _groups(prepared.groups[name], prepared.outcome, (references or {}).get(name),
                      min_group, unfavorable)
        for name in prepared.groups
    }  # fmt: skip
    bench = Bench(prepared, Learner(_learnable(kind), seed), seed=seed, most=most)
    total = _runs(pairs_of, proxies or {})
    bench.listen(None if tell is None else lambda done: tell(min(done, total), total))
    notes = _notes(bench, kind)
    found: list[dict[str, Any]] = []
    plain: Floats | None = None
    try:
        for name, (reference, others, skipped) in pairs_of.items():
            notes += skipped
            if not others:
                continue
            plain = bench.run(bench.plain) if plain is None else plain
            found += _attribute(
                bench, name, reference, others, plain, cut,
                set((proxies or {}).get(name, ())), level,
            )  # fmt: skip
    except KeyboardInterrupt:
        notes.append("interrupted: not all attributes were looked at")
    if tell is not None:
        tell(total, total)
    _rank(found, alpha)
    return {
        "rows": len(bench.rows.rows),
        "of_rows": bench.of_rows,
        "kind": _learnable(kind) if isinstance(_learnable(kind), str) else type(kind).__name__,
        "floor": FLOOR,
        "pairs": found,
        "notes": notes + bench.words.told(bench.runs, "runs"),
        "interrupted": any(note.startswith("interrupted") for note in notes),
    }


def _learnable(kind: Any) -> Any:
    """Return the model that is asked: a pipeline of one's own cannot be taken apart."""
    from sklearn.pipeline import Pipeline

    return "logistic" if isinstance(kind, Pipeline) else kind


def _notes(bench: Bench, kind: Any) -> list[str]:
    notes = []
    if len(bench.rows.rows) < bench.of_rows:
        notes.append(
            f"asked of a sample of {len(bench.rows.rows):,} of {bench.of_rows:,} rows (seed "
            f"{bench.seed}; the shares of outcome and group are kept)"
        )
    if _learnable(kind) is not kind:
        notes.append("a pipeline cannot be taken apart: asked of the logistic baseline instead")
    return notes


def _runs(
    pairs_of: Mapping[str, tuple[str | None, list[str | None], list[str]]],
    proxies: Mapping[str, Collection[str]],
) -> int:
    total = 1
    for name, (_, others, _) in pairs_of.items():
        if others:
            total += 2 + 2 * bool(proxies.get(name)) + 5 * len(others) + 21
    return total


def _groups(
    column: NDArray[Any],
    outcome: Floats,
    named: str | None,
    min_group: int,
    unfavorable: bool,
) -> tuple[str | None, list[str | None], list[str]]:
    """Return the reference, the groups to compare with it, and why others are left out."""
    names = sorted(set(column.tolist()), key=lambda text: (text is None, text or ""))
    sizes = {name: _mask(column, name).sum() for name in names}
    large = [name for name in names if name is not None and sizes[name] >= min_group]
    fit = [name for name in large if sizes[name] >= 0.02 * len(column)] or large
    if len(large) < 2:
        return None, [], ["fewer than two groups of an attribute are large enough to compare"]
    rates = {name: float(outcome[_mask(column, name)].mean()) for name in fit}
    best = max(fit, key=lambda name: -rates[name] if unfavorable else rates[name])
    reference = named if named in large else best
    others = [name for name in large if name != reference]
    base = float(outcome[_mask(column, reference)].mean())

    def distance(name: str | None) -> float:
        mask = _mask(column, name)
        return float(abs(float(outcome[mask].mean()) - base) * mask.sum() ** 0.5)

    kept = sorted(others, key=distance, reverse=True)[:_MOST_PAIRS]
    notes = []
    small = len(names) - len(large)
    if small:
        notes.append(
            f"{small} group{'s' * (small > 1)} with fewer than {min_group} rows: not asked"
        )
    if len(kept) < len(others):
        notes.append(
            f"{len(others) - len(kept)} further groups: only {_MOST_PAIRS} are asked about"
        )
    return reference, list(kept), notes


def _mask(column: NDArray[Any], name: str | None) -> NDArray[np.bool_]:
    return np.array([cell == name for cell in column], dtype=bool)


def _attribute(
    bench: Bench,
    name: str,
    reference: str | None,
    others: Sequence[str | None],
    plain: Floats,
    cut: Cut,
    proxies: set[str],
    level: float,
) -> list[dict[str, Any]]:
    rows = bench.rows
    column = rows.groups[name]
    known = [reference, *others]
    used = rows.weights if rows.seen.weighted else None
    there = _mask(column, reference)
    codes = np.full(len(column), len(known), dtype=np.intp)
    for code, group in enumerate(known):
        codes[_mask(column, group)] = code
    shared = Shared(
        plain=plain,
        residual=residualised(bench, codes),
        dropped=bench.run(bench.plain, folds=bench.folds_without(proxies)) if proxies else None,
        permuted=_permuted(bench, proxies) if proxies else None,
        reference=bench.run(_only(bench, there)),
        line=lambda scores: cut.of(scores, used),
    )
    found: list[dict[str, Any]] = []
    for group in others:
        pair = Pair(name, group, reference, _mask(column, group), there)
        found.append(
            {
                "attribute": name,
                "group": group,
                "reference": reference,
                "n": int(pair.here.sum()),
                "reference_n": int(pair.there.sum()),
                "group_auc": _told_apart(bench, pair),
                "proxies": sorted(proxies),
                "parts": measured(bench, pair, shared, level=level),
                "representation": None,
            }
        )
    focus = max(found, key=lambda row: _size(row["parts"]))
    place = others.index(focus["group"])
    pair = Pair(name, others[place], reference, _mask(column, others[place]), there)
    focus["representation"] = representation(bench, pair, shared.line, level=level, floor=FLOOR)
    return found


def _size(parts: Mapping[str, Any]) -> float:
    wanted = ("label", "score", "quality")
    return max(abs(float(parts[name]["value"] or 0.0)) for name in wanted)


def _only(bench: Bench, mask: NDArray[np.bool_]) -> Callable[[Fold], Callable[[Floats], Floats]]:
    def learn(fold: Fold) -> Callable[[Floats], Floats]:
        some = np.flatnonzero(mask[fold.train])
        mine = fold.train[some]
        return bench.learner.fit(fold.x_train[some], bench.rows.outcome[mine], bench.weights(mine))

    return learn


def _permuted(bench: Bench, proxies: set[str]) -> Floats:
    """Score with the proxies shuffled among the people of a fold, all together, five times."""
    table = bench.rows.seen.table
    names = table.of(proxies)

    def learn(fold: Fold) -> Callable[[Floats], Floats]:
        score = bench.plain(fold)

        def shuffled(_: Floats) -> Floats:
            frame = table.frame.iloc[bench.rows.rows[fold.test]]
            total = np.zeros(len(frame))
            for turn in range(_SHUFFLES):
                rng = np.random.default_rng([bench.seed, 13, turn])
                other = frame.copy()
                other[names] = frame[names].to_numpy()[rng.permutation(len(frame))]
                total += score(np.asarray(fold.design.transform(other.astype(frame.dtypes))))
            return total / _SHUFFLES

        return shuffled

    return bench.run(learn)


def _told_apart(bench: Bench, pair: Pair) -> float | None:
    """Return the AUC with which all features together tell the two groups apart."""
    both = pair.here | pair.there
    truth = pair.here.astype(np.float64)
    teller = Learner("logistic", bench.seed)

    def learn(fold: Fold) -> Callable[[Floats], Floats]:
        some = np.flatnonzero(both[fold.train])
        return teller.fit(fold.x_train[some], truth[fold.train[some]])

    scores = bench.run(learn)
    places = np.flatnonzero(both)
    rows = Rows(truth[places], scores[places], truth[places], bench.rows.weights[places])
    try:
        return influence_of("roc_auc", rows).value
    except Undefined:
        return None


def _rank(found: Sequence[dict[str, Any]], alpha: float) -> None:
    """Correct all tests together, and order the parts of each gap by size."""
    answers = [(row, cause, _answer(row, cause)) for row in found for cause in CAUSES]
    corrected = inference.holm([number["p_value"] for _, _, number in answers])
    for row in found:
        row["ranking"] = []
    for (row, cause, number), p_adjusted in zip(answers, corrected, strict=True):
        value = number["value"]
        clear = p_adjusted is not None and p_adjusted < alpha
        blamed = clear and value is not None and abs(value) >= FLOOR and _harmful(row, cause)
        entry = {"cause": cause, **number, "p_adjusted": p_adjusted, "blamed": blamed}
        row["ranking"].append({**entry, "sentence": sentence(row, cause, entry)})
    for row in found:
        order = {cause: place for place, cause in enumerate(CAUSES)}
        row["ranking"].sort(
            key=lambda one: (not one["blamed"], -abs(one["value"] or 0.0), order[one["cause"]])
        )
        first = row["ranking"][0]
        row["first"] = first["cause"] if first["blamed"] else None
        row["not_identified"] = not_identified(row)


def _answer(row: Mapping[str, Any], cause: str) -> dict[str, Any]:
    parts = row["parts"]
    if cause == "under-representation":
        if row["representation"] is None:
            return Number(None, reason="asked of the group with the widest gap only").to_dict()
        if row["representation"]["verdict"] == "not-under-represented":
            return Number(None, reason=row["representation"]["reason"]).to_dict()
        return dict(row["representation"]["gain"])
    name = {
        "labels": "unexplained",
        "model": "learning",
        "proxies": "residualised",
        "feature-quality": "quality",
    }[cause]
    return dict(parts[name])


def _harmful(row: Mapping[str, Any], cause: str) -> bool:
    """Whether a part is of the kind that its name says."""
    parts = row["parts"]
    if cause == "model":  # it adds to the gap of the labels; one that narrows it is no cause
        return bool(abs(parts["score"]["value"]) > abs(parts["label"]["value"]))
    if cause == "feature-quality":  # less is told of the group than of the reference
        return bool(parts["quality"]["value"] > 0)
    if cause == "under-representation":
        return bool(row["representation"]["gain"]["value"] > 0)
    return True
