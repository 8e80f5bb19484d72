"""Carry a remedy out: what is handed over, and its own audit."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Unpack

from auditkit.errors import DataError, RequestError, SchemaError, nearest, shown
from auditkit.loaders import Dataset, load
from auditkit.mitigation.choice import artefact_of, check_remedy, trusted_as_skops
from auditkit.mitigation.models import Model
from auditkit.mitigation.words import meaning
from auditkit.mitigation.work import Work
from auditkit.policy import Policy
from auditkit.record import Audit
from auditkit.run import audit
from auditkit.schema import Schema
from auditkit.trainer import TrainingOptions, to_skops
from auditkit.writing import write_whole

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Mitigated", "mitigate"]

Progress = Callable[[str, int, int], None]

_EVERYTHING = 2**62


@dataclass(frozen=True, kw_only=True, eq=False)
class Mitigated:
    """A remedy that was carried out.

    Attributes
    ----------
    remedy : str
        Its id.
    artefact : {"weights", "data", "model"}
        What it is.
    frame : DataFrame or None
        The weights (``row``, the identifier as ``id`` if one was named, ``weight``), or the data.
    model : object or None
        With ``predict`` and, where it gives chances, ``predict_proba``.
    content : bytes
        The file.
    audit : Audit
        Of the data as mitigated, or of the decisions out of fold.
    point : mapping
        What the remedy costs and brings out of fold, as in docs/remedies.md.
    added : mapping of str to str
        Roles of columns that were added to the data: ``cluster`` names the column that says which
        row a repeated one is.
    """

    remedy: str
    artefact: str
    frame: pd.DataFrame | None
    model: Model | None
    content: bytes
    audit: Audit
    point: Mapping[str, Any]
    added: Mapping[str, str]

    def write(self, path: str | Path) -> None:
        """Write the file, whole or not at all."""
        write_whole(path, self.content)

    def sentences(self) -> list[str]:
        """Return what it means in plain words."""
        return meaning(self.point)


def mitigate(
    data: Dataset,
    *,
    remedy: str | None,
    file: str | Path,
    model: Any = "logistic",
    identifier: str | None = None,
    policy: Policy | None = None,
    seed: int = 0,
    command: str | None = None,
    progress: Progress | None = None,
    **training: Unpack[TrainingOptions],
) -> Mitigated:
    """Carry out a remedy on data: weights, mitigated data or a model, with its own audit.

    Parameters
    ----------
    data : Dataset
        From :func:`auditkit.load`, with a label.
    remedy : str
        A name of the frontier (``reweighing``, ``resampling``, ``relabelling:0.5``,
        ``group-thresholds:0``, ``drop-feature:COLUMN`` ...), or ``recommended``: all are tried,
        and the one with the smallest gap among those as good as the best is taken.
    file : str or path
        What it is to be called: ``.csv`` and ``.parquet`` for weights and data, ``.skops`` for a
        model. Nothing is written; see :meth:`Mitigated.write`.
    model : {"logistic", "boosting"} or estimator
        The model that the remedy is for.
    identifier : str, optional
        A column that stands beside the weights.
    policy, seed, command, progress
        As in :func:`auditkit.audit`.
    **training
        ``remedies_for``, ``disparity``, ``tolerance``, ``folds``, ``select_top``, ``cost_fp`` and
        ``cost_fn``, ``train_rows``, as in :func:`auditkit.audit`.

    Returns
    -------
    Mitigated

    Raises
    ------
    RequestError
        A remedy that is not known, that these data do not allow, or that cannot be written so.
    DataError
        When no model can be trained, or no two groups are large enough.

    Examples
    --------
    >>> import auditkit, numpy as np, pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> sex, skill = np.array(["F", "M"] * 200), rng.normal(size=400)
    >>> hired = (skill + (sex == "M") + rng.logistic(size=400) > 0.5) * 1
    >>> frame = pd.DataFrame({"sex": sex, "skill": skill, "hired": hired})
    >>> data = auditkit.load(frame, label="hired", protected="sex")
    >>> found = auditkit.mitigate(data, remedy="reweighing", file="weights.csv")
    >>> found.frame.columns.tolist(), found.artefact
    (['row', 'weight'], 'weights')
    """
    kind = "logistic" if model is None else model
    check_remedy(remedy, kind if isinstance(kind, str) else "logistic")
    assert remedy is not None
    suffix = Path(file).suffix.lower()
    artefact_of(remedy, suffix)
    _check(data, kind, remedy, suffix, identifier)
    work = Work(remedy, suffix, kind, identifier)
    options: dict[str, Any] = {
        "policy": policy, "seed": seed, "command": command, "progress": progress,
        "sample_rows": _EVERYTHING,
    }  # fmt: skip
    found = audit(data, model=work, **options, **training)
    artefact = str(work.point["artefact"])
    if artefact == "model":
        content = to_skops(work.model)
    else:
        assert work.frame is not None
        content = _written(work.frame, suffix)
    if artefact == "data":
        found = _audited_again(content, Path(file).name, data, kind, work, options, training)
    return Mitigated(
        remedy=str(work.point["id"]),
        artefact=artefact,
        frame=work.frame,
        model=work.model if artefact == "model" else None,
        content=content,
        audit=found,
        point=work.point,
        added=work.added,
    )


def _check(data: Dataset, kind: Any, remedy: str, suffix: str, identifier: str | None) -> None:
    """Refuse, before any work, what cannot be done."""
    from sklearn.pipeline import Pipeline

    if data.schema.label is None:
        raise SchemaError("a remedy needs a --label to learn from")
    if data.schema.count is not None:
        raise RequestError("a remedy needs a row for each person; --count says how many a row is")
    if isinstance(kind, str) and kind not in {"logistic", "boosting"}:
        raise RequestError(f"--model {shown(kind)}: a remedy is for 'logistic' or 'boosting'")
    if isinstance(kind, Pipeline):
        raise RequestError("a pipeline cannot be taken apart: give its last step as the model")
    if identifier is not None and identifier not in data.columns:
        raise SchemaError(
            f"no column '{shown(identifier)}' in the data{nearest(identifier, data.columns)}"
        )
    if suffix == ".skops" and not trusted_as_skops(remedy, kind):
        raise RequestError(
            "a boosting model cannot be written so that it may be trusted: scikit-learn follows "
            "the places in its trees unchecked. Use --model logistic, or take weights "
            "(reweighing, .csv) or data (.csv, .parquet) and train it yourself"
        )


def _written(frame: pd.DataFrame, suffix: str) -> bytes:
    """Return a table as a file."""
    if suffix == ".csv":
        return frame.to_csv(index=False).encode("utf-8")
    made = io.BytesIO()
    try:
        frame.to_parquet(made, index=False)
    except Exception as error:  # pyarrow raises many kinds; all mean a column of mixed values
        raise DataError(f"the data cannot be written as Parquet: {shown(error, 160)}") from None
    return made.getvalue()


def _audited_again(
    content: bytes,
    name: str,
    data: Dataset,
    kind: Any,
    work: Work,
    options: Mapping[str, Any],
    training: TrainingOptions,
) -> Audit:
    """Audit the data as they will lie in the file."""
    with TemporaryDirectory() as folder:
        place = Path(folder) / name
        place.write_bytes(content)
        again = load(str(place), **_roles(data.schema, work))
        found = audit(again, model=kind, **options, **training)
    assert found.model is not None
    told = [*found.model["notes"], *meaning(work.point)]
    return replace(found, model={**found.model, **work.told(), "notes": told})


def _roles(schema: Schema, work: Work) -> dict[str, Any]:
    """Return the roles of the columns that are still there, with those that were added."""
    assert work.frame is not None
    roles: dict[str, Any] = {
        item.name: getattr(schema, item.name) for item in fields(Schema) if item.name != "stages"
    }
    for name in ("ignore", "train_with"):
        roles[name] = [column for column in roles[name] if column in work.frame.columns]
    if schema.cluster is None:
        roles |= work.added
    return {**roles, "stages": schema.stages}
