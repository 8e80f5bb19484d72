"""A remedy carried out on the rows of an audit: out of fold first, then on all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from auditkit.errors import DataError, RequestError, shown
from auditkit.mitigation.choice import (
    RECOMMENDED,
    artefact_of,
    check_remedy,
    find,
    trusted_as_skops,
)
from auditkit.mitigation.data import data_of, weights_table
from auditkit.mitigation.models import Model, whole_model
from auditkit.mitigation.words import meaning
from auditkit.modelling import Table, proxies_of
from auditkit.remedies import (
    OWN_NUMBER,
    Lines,
    Method,
    Setting,
    Trial,
    Tried,
    measured,
    remedies_for,
    remedies_of,
    setting_of,
    widest_attribute,
    without,
)
from auditkit.trainer import (
    Baseline,
    Bench,
    Cut,
    Learner,
    Prepared,
    Scored,
    ScoringModel,
    Training,
    scored,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Work"]

Floats = NDArray[np.float64]
Told = Callable[[str, int, int], None]

REDUCTION_ROWS = 20_000
"""The most rows that fairlearn's reductions are trained on; trials are given fewer."""

_STEPS = 4
_BATCH = 50_000


@dataclass(eq=False)
class Work:
    """What is asked for, and what came of it.

    Attributes
    ----------
    remedy : str
        Its id, or ``recommended``.
    suffix : str
        Of the file: what it is written as.
    kind : str or estimator
        The model.
    identifier : str or None
        A column that stands beside weights.
    made : bool
        Tells :mod:`auditkit.modelling` that the model is made on the way.
    point : dict
        The remedy, and what it costs and brings out of fold; ``before`` without it.
    frame, model : DataFrame or Model or None
        What is handed over.
    added : dict
        Roles of columns that were added to the data.
    """

    remedy: str
    suffix: str
    kind: Any
    identifier: str | None = None
    made: bool = True
    point: dict[str, Any] = field(default_factory=dict)
    frame: pd.DataFrame | None = None
    model: Model | None = None
    added: dict[str, str] = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        """Return what the record says besides."""
        return {"remedy": self.point}

    def baseline(
        self,
        table: Table,
        rows: Prepared,
        cut: Cut,
        training: Training,
        *,
        seed: int,
        progress: Told | None,
    ) -> Baseline:
        """Try the remedy out of fold, learn it from all rows, and return the scores."""
        tell = progress or (lambda what, done, total: None)
        tell("mitigate", 0, _STEPS)
        setting, attribute = self._setting(table, rows, cut, training, seed)
        tell("mitigate", 1, _STEPS)
        plan = self._plan(setting, table, rows, attribute, training, progress)
        artefact = artefact_of(plan.id, self.suffix)
        if cut.top is not None and plan.remedy in OWN_NUMBER:
            raise RequestError(
                f"{plan.id} decides itself how many are selected: leave --select-top out"
            )
        made = plan.make(setting)
        if made is None:
            raise RequestError(f"{shown(plan.id)} cannot be done here: {_why(plan, attribute)}")
        plain = Trial(setting.chosen(setting.plain), setting.plain)
        trial = made.trial(setting)
        tell("mitigate", 2, _STEPS)
        self._measure(plan, artefact, attribute, setting, trial, plain, training, table)
        answers, line = trial.chosen, 0.5
        if trial.scores is not None and not isinstance(made, Lines):
            answers, line = trial.scores, setting.line(trial.scores)
        hands_over = artefact == "model" or len(rows.rows) > len(setting.bench.rows.rows)
        if hands_over and plan.remedy != "residualise":
            self.model = whole_model(setting, made, attribute, table, line)
        whole = _everywhere(setting, rows, table, answers, self.model)
        tell("mitigate", 3, _STEPS)
        self._hand_over(artefact, plan, setting, rows, table, attribute)
        tell("mitigate", _STEPS, _STEPS)
        notes = tuple(meaning(self.point))
        found = Scored((whole,), (line,), (*_notes(setting, rows, plan), *notes))
        known = rows if len(whole) == len(rows.rows) else setting.bench.rows
        name = self.kind if isinstance(self.kind, str) else type(self.kind).__name__
        return scored(known, found, kind=f"{name}, {plan.id}", seed=seed)

    def _setting(
        self, table: Table, rows: Prepared, cut: Cut, training: Training, seed: int
    ) -> tuple[Setting, str]:
        bench = Bench(rows, Learner(self.kind, seed), seed=seed, most=training.train_rows)
        plain = bench.run(bench.plain)
        least = table.policy.min_group
        used = bench.rows.weights if bench.rows.seen.weighted else None
        chosen = (plain >= cut.of(plain, used)).astype(np.float64)
        attribute = training.remedies_for or widest_attribute(bench.rows, chosen, least)
        if attribute is None:
            raise DataError(f"no attribute has two groups of {least} people or more to compare")
        setting = setting_of(
            bench,
            attribute,
            cut,
            disparity=training.disparity,
            min_group=least,
            proxies=proxies_of(table).get(attribute, ()),
            plain=plain,
            reduction_rows=REDUCTION_ROWS,
        )
        if len(setting.large) < 2:
            raise DataError(
                f"'{shown(attribute)}' has no two groups of {least} people or more to compare"
            )
        return setting, attribute

    def _plan(
        self,
        setting: Setting,
        table: Table,
        rows: Prepared,
        attribute: str,
        training: Training,
        progress: Told | None,
    ) -> Tried:
        kind, features = setting.bench.learner.kind, list(rows.columns)
        check_remedy(self.remedy, kind if isinstance(kind, str) else "logistic")
        plans = remedies_for(kind, setting.proxies)
        plans += [
            Tried("drop-feature", name, f"Without '{name}'", "never", without([name]))
            for name in features
        ]
        if self.remedy != RECOMMENDED:
            return find(self.remedy, plans, features)
        found = remedies_of(
            rows,
            kind,
            setting.cut,
            attribute=attribute,
            disparity=training.disparity,
            proxies=setting.proxies,
            min_group=table.policy.min_group,
            tolerance=training.tolerance,
            seed=setting.bench.seed,
            level=table.policy.level,
            tell=None if progress is None else lambda done, of: progress("remedies", done, of),
        )
        if found["interrupted"]:
            raise KeyboardInterrupt
        best = _best(found, self.suffix, kind, training.tolerance)
        return find(best, plans, features)

    def _measure(
        self,
        plan: Tried,
        artefact: str,
        attribute: str,
        setting: Setting,
        trial: Trial,
        plain: Trial,
        training: Training,
        table: Table,
    ) -> None:
        level = table.policy.level
        before = measured(setting, plain, plain, level=level)
        self.point = {
            **plan.to_dict(),
            "artefact": artefact,
            "attribute": attribute,
            "disparity": training.disparity,
            **measured(setting, trial, plain, level=level),
            "before": {name: before[name] for name in ("accuracy", "gap", "between", "rates")},
        }

    def _hand_over(
        self,
        artefact: str,
        plan: Tried,
        setting: Setting,
        rows: Prepared,
        table: Table,
        attribute: str,
    ) -> None:
        if artefact == "model":
            return
        if artefact == "weights":
            self.frame = weights_table(setting, rows, table, attribute, self.identifier)
            return
        as_it_is = Method(setting.bench.plain)
        beyond = len(rows.rows) > len(setting.bench.rows.rows) and plan.remedy == "relabelling"
        model = whole_model(setting, as_it_is, attribute, table, 0.5) if beyond else None
        scores = _everywhere(setting, rows, table, setting.plain, model)
        self.frame, self.added = data_of(plan.id, setting, rows, table, attribute, scores)


def _everywhere(
    setting: Setting, rows: Prepared, table: Table, answers: Floats, model: Model | None
) -> Floats:
    """Return answers for all rows: those beyond the bench from a model that never saw them.

    Without a model, the answers of the bench as they are.
    """
    mine = setting.bench.rows.rows
    if model is None and len(mine) < len(rows.rows):
        return answers
    found = np.full(len(table.frame), np.nan)
    found[mine] = answers
    left = np.setdiff1d(rows.rows, mine)
    for start in range(0, len(left), _BATCH):
        part = left[start : start + _BATCH]
        some = table.frame.iloc[part]
        if isinstance(model, ScoringModel):
            found[part] = model.predict_proba(some)[:, 1]
        elif model is not None:
            found[part] = model.predict(some) == model.outcomes[1]
    return found[rows.rows]


def _notes(setting: Setting, rows: Prepared, plan: Tried) -> list[str]:
    bench, notes = setting.bench, []
    if len(bench.rows.rows) < len(rows.rows):
        notes.append(
            f"learned from a sample of {len(bench.rows.rows):,} of {len(rows.rows):,} rows (seed "
            f"{bench.seed}; the shares of outcome and group are kept); the others are scored by a "
            "model that never saw them"
        )
    most = max(len(fold.train) for fold in bench.folds)
    if plan.remedy in {"exponentiated-gradient", "grid-search"} and most > setting.reduction_rows:
        notes.append(f"fairlearn's reductions were trained on {setting.reduction_rows:,} rows")
    return [*notes, *bench.words.told(bench.runs, "runs")]


def _best(found: dict[str, Any], suffix: str, kind: Any, tolerance: float) -> str:
    """Return the first of the alternatives that is a remedy and can be written so."""
    for name in found["alternatives"]:
        if name == "none":
            break
        try:
            artefact_of(name, suffix)
        except RequestError:
            continue
        if suffix != ".skops" or trusted_as_skops(name, kind):
            return str(name)
    raise RequestError(
        f"no remedy that can be written to a {suffix} file is within {100 * tolerance:g} points of "
        "accuracy of the best and has a smaller gap than the model as it is: name one with "
        "--remedy, or allow more with --tolerance"
    )


def _why(plan: Tried, attribute: str) -> str:
    if plan.remedy == "drop-proxies":
        return f"no column goes with '{shown(attribute)}' as closely as the policy asks of a proxy"
    if plan.remedy == "drop-feature":
        return "the model sees no other column"
    if plan.remedy == "grid-search":
        return "it takes two groups, and no weights"
    if plan.remedy == "exponentiated-gradient":
        return "fairlearn's reductions take no weights"
    if plan.remedy == "one-threshold":
        return "it would select everybody, or nobody"
    return "a group has one outcome only"
