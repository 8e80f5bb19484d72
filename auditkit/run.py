"""Conduct an audit: facts from the rows → questions to the cells → record, with provenance.

It lies below the line because it needs rows; what it asks above the line needs counts only.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING, Any, Unpack

import auditkit
from auditkit.counts import DECISION, LABEL, MODEL, UNKNOWN, Counts
from auditkit.errors import RequestError, SchemaError, listed, nearest, shown
from auditkit.facts import Asked, Facts, Progress, facts_of, facts_of_counts
from auditkit.federation import Tally
from auditkit.loaders import Dataset
from auditkit.loaders.sample import MAX_ROWS
from auditkit.policy import Policy
from auditkit.questions import ask
from auditkit.record import Audit
from auditkit.trainer import Training, TrainingOptions, check_seed, is_model_file, read_model

if TYPE_CHECKING:
    from auditkit.compliance.frameworks import Frameworks

__all__ = ["MODELS", "audit", "now", "profile"]

MODELS = ("logistic", "boosting", "none")


def audit(
    data: Dataset | Tally,
    *,
    model: Any = None,
    policy: Policy | None = None,
    seed: int = 0,
    sample_rows: int = MAX_ROWS,
    frameworks: Sequence[str] = (),
    answers: Mapping[str, Any] | None = None,
    command: str | None = None,
    progress: Progress | None = None,
    **training: Unpack[TrainingOptions],
) -> Audit:
    """Audit a dataset, and the decisions in it or a baseline model trained on it.

    Parameters
    ----------
    data : Dataset or Tally
        From :func:`auditkit.load`, or counts that were added up, with at least one protected
        attribute and a label or decisions.
    model : {"logistic", "boosting", "none"}, estimator, file or None
        The baseline that is cross-fitted. None means ``"logistic"``, or ``"none"`` where the data
        bring decisions of their own (`prediction` or `score`) or have no label.
    policy : Policy, optional
        Where the lines are; :meth:`Policy.default` if not given.
    seed : int
        Of everything that draws. The same seed gives the same bytes.
    sample_rows : int
        The most rows to hold in memory: with more, what counts cannot tell (kinds of columns,
        proxies, leakage, the baseline) is asked of a seeded sample, and the record says so.
    frameworks : sequence of str
        Frameworks whose tables go into the record: names, or paths of ``.toml`` files.
    answers : mapping, optional
        Settings and answers for them, as in ``[compliance]`` of audit.toml.
    command : str, optional
        The command to print under "run again".
    progress : callable, optional
        Called as ``progress(what, done, total)``.
    **training
        How models are trained and what is asked of them, by the names of the command line:
        ``folds``, ``repeats``, ``select_top``, ``cost_fp`` and ``cost_fn``, ``train_rows``,
        ``jobs``, ``causes``, ``remedies``, ``disparity``, ``tolerance``.

    Returns
    -------
    Audit

    Raises
    ------
    SchemaError
        When there is no protected attribute, or neither label nor decision.
    RequestError
        When the model is not known or needs a label that is not there.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"sex": ["F", "M"] * 40, "hired": [0, 1, 1, 1] * 20})
    >>> record = audit(auditkit.load(frame, label="hired", protected="sex"), model="none")
    >>> record.findings[0].level
    'flag'
    """
    schema = data.schema
    if schema.label is None and not schema.has_decision:
        raise SchemaError(
            "nothing to audit: name the outcome with --label, or decisions with --prediction or "
            "--score (auditkit profile needs neither)"
        )
    chosen = model is not None
    counted = isinstance(data, Tally)
    if counted and chosen and model != "none":
        raise RequestError("--model needs rows to learn from; these are counts")
    if model is None:
        decided = schema.has_decision or schema.label is None
        model = "none" if decided or counted else "logistic"
    plan = Training.of(training)
    if is_model_file(model) and schema.label is not None:
        model = read_model(model, trust_pickle=plan.trust_pickle)
    if isinstance(model, str) and model not in MODELS:
        raise RequestError(
            f"--model '{shown(model)}'{nearest(model, MODELS)}: use {listed(MODELS)}, or "
            "a file with a model (.skops, .onnx)"
        )
    if model != "none" and schema.label is None:
        raise RequestError("--model needs a --label to learn from")
    asked = Asked(
        "audit", model, chosen, policy or Policy.default(), seed, command, progress, sample_rows,
        plan,
    )  # fmt: skip
    return _conduct(data, asked, _frameworks(frameworks, answers))


def profile(
    data: Dataset | Tally,
    *,
    policy: Policy | None = None,
    seed: int = 0,
    sample_rows: int = MAX_ROWS,
    frameworks: Sequence[str] = (),
    answers: Mapping[str, Any] | None = None,
    command: str | None = None,
    progress: Progress | None = None,
) -> Audit:
    """Describe a dataset before anyone trains on it: no model, and no label needed.

    Parameters
    ----------
    data : Dataset
        With at least one protected attribute.
    policy, seed, sample_rows, frameworks, answers, command, progress
        As in :func:`audit`.

    Returns
    -------
    Audit
        With ``model`` None and, where there is no label, without estimates.
    """
    asked = Asked(
        "profile", "none", True, policy or Policy.default(), seed, command, progress, sample_rows
    )
    return _conduct(data, asked, _frameworks(frameworks, answers))


def _frameworks(names: Sequence[str], answers: Mapping[str, Any] | None) -> Frameworks | None:
    """Return the frameworks that were asked for; their room is not loaded where there are none."""
    if not names and not answers:
        return None
    from auditkit.compliance.frameworks import frameworks_of

    return frameworks_of(names, answers)


def _conduct(data: Dataset | Tally, asked: Asked, frameworks: Frameworks | None) -> Audit:
    schema = data.schema
    check_seed(asked.seed)
    if not schema.protected:
        raise SchemaError("no protected attribute: name at least one with --protected")
    created = now()  # first: NumPy and SciPy trip over a SOURCE_DATE_EPOCH that is no number
    rows = None
    if frameworks is not None:
        rows = frameworks.ask(data, limit=asked.sample_rows, seed=asked.seed)
    facts = facts_of_counts(data) if isinstance(data, Tally) else facts_of(data, asked)
    answers = ask(
        facts.counts,
        schema=schema,
        policy=asked.policy,
        profile=facts.profile,
        model=facts.model,
        candidates=facts.candidates,
    )
    record = Audit(
        auditkit=auditkit.__version__,
        created=created,
        seed=asked.seed,
        data=_data(data, facts, answers.notes),
        schema=schema.to_dict(),
        representation=tuple(answers.people),
        estimates=tuple(answers.estimates),
        disparities=tuple(answers.disparities),
        findings=tuple(answers.findings),
        profile=answers.profile,
        model=facts.model,
        decision=facts.decision,
        compliance=(),
        subgroups=tuple(answers.subgroups),
        counts=facts.counts,
        policy=asked.policy.to_dict(),
        provenance=_provenance(data, asked, facts),
    )
    if frameworks is None or rows is None or not frameworks.packs:
        return record
    return replace(record, compliance=frameworks.entries(record.to_dict(), facts.counts, rows))


def _data(data: Dataset | Tally, facts: Facts, more: Sequence[str]) -> dict[str, Any]:
    return {
        "source": data.source.name,
        "sha256": data.source.sha256,
        "rows": facts.rows,
        "columns": len(data.columns),
        "bytes": data.source.size,
        "people": facts.counts.total,
        "sample": facts.sample,
        "used_columns": list(data.schema.used_columns),
        "excluded": _excluded(facts.counts, data),
        "notes": [*data.notes, *facts.notes, *more],
    }


def _excluded(counts: Counts, data: Dataset | Tally) -> list[dict[str, Any]]:
    """Count the people whom a stage leaves out, and say why."""
    schema = data.schema
    decided = schema.prediction or schema.score
    reasons = {
        LABEL: f"'{schema.label}' is missing",
        DECISION: f"'{decided}' is missing",
        MODEL: "not scored by the baseline (no label, or outside the training sample)",
    }
    rows = []
    for outcome in (name for name in counts.outcomes if name in reasons):
        codes = counts.codes[:, counts.outcome_axis(outcome)]
        levels = counts.levels[counts.outcome_axis(outcome)]
        if UNKNOWN in levels:
            unknown = int(counts.n[codes == levels.index(UNKNOWN)].sum())
            rows.append({"stage": outcome, "rows": unknown, "reason": reasons[outcome]})
    return rows


def _provenance(data: Dataset | Tally, asked: Asked, facts: Facts) -> dict[str, Any]:
    model = facts.model
    names = ["narwhals", "numpy", "pandas", "scipy"]
    if model is not None:
        names.append("scikit-learn")
    versions = {"auditkit": auditkit.__version__, "python": platform.python_version()}
    versions |= {name: _version(name) for name in sorted(names)}
    kind = None if model is None else model["kind"]
    settings = {"verb": asked.verb, "model": kind, "seed": asked.seed}
    found: dict[str, Any] = {"command": asked.command, "versions": versions, "settings": settings}
    if facts.interrupted:
        found["interrupted"] = True
    if isinstance(data, Tally):
        found["parts"] = [asdict(part) for part in data.parts]
    return found


@cache
def _version(name: str) -> str:
    return metadata.version(name)


def now() -> str:
    """Return the time, or that of ``SOURCE_DATE_EPOCH`` for reproducible records."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch is None:
        moment = datetime.now(UTC)
    else:
        try:
            moment = datetime.fromtimestamp(max(int(epoch), 0), UTC)
        except (ValueError, OverflowError, OSError):
            raise RequestError(
                f"SOURCE_DATE_EPOCH is '{shown(epoch)}'; it must be whole seconds since 1970"
            ) from None
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
