"""Models that are fitted already: read from a file, and asked as they are.

A skops file is read without running code of its own; an ONNX file is a graph of known operations.
A pickle is a program: opening one runs what is in it, so it is opened on request only.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from auditkit.counts import group_text
from auditkit.errors import DataError, MissingExtraError, RequestError, listed, nearest, shown
from auditkit.trainer.fitting import BATCH
from auditkit.trainer.saved import TRUSTED

if TYPE_CHECKING:
    import pandas
    from numpy.typing import NDArray

__all__ = ["SUFFIXES", "Brought", "is_model_file", "read_model"]

_PICKLES = (".pkl", ".pickle", ".joblib")
SUFFIXES = (".skops", ".onnx", *_PICKLES)
"""What a file with a model can be called."""


@dataclass(frozen=True, eq=False)
class Brought:
    """A fitted model from a file.

    Attributes
    ----------
    name, sha256 : str
        Of the file.
    kind : str
        Class name of the model, or ``ONNX``.
    model : object
        A scikit-learn classifier, or an ONNX session.
    notes : tuple of str
        What a reader should know.
    """

    name: str
    sha256: str
    kind: str
    model: Any
    notes: tuple[str, ...] = field(default=())

    def scores(
        self, frame: pandas.DataFrame, features: Sequence[str], positive: str | None
    ) -> tuple[NDArray[np.float64], tuple[str, ...]]:
        """Score each row, in batches; return the scores and the columns that the model asked for.

        Raises
        ------
        RequestError
            When the model cannot predict, asks for columns that are not there, answers with
            another number of rows, or with anything but numbers from 0 to 1.
        """
        ask, columns = (_onnx if self.kind == "ONNX" else _sklearn)(self, frame, features, positive)
        found = np.full(len(frame), np.nan)
        for start in range(0, len(frame), BATCH):
            part = frame[list(columns)].iloc[start : start + BATCH]
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    answer = np.asarray(ask(part), dtype=np.float64)
            except RequestError:
                raise
            except Exception as error:
                raise RequestError(
                    f"the model in {shown(self.name)} cannot score these rows: {shown(error, 200)}"
                ) from error
            if answer.shape != (len(part),):
                raise RequestError(
                    f"the model in {shown(self.name)} gave {answer.size:,} answers for "
                    f"{len(part):,} rows: one is needed for each row"
                )
            found[start : start + BATCH] = answer
        if not ((found >= 0) & (found <= 1)).all():
            raise RequestError(
                f"the model in {shown(self.name)} gave a score outside 0 to 1: an audit needs "
                "probabilities, or selections of 0 and 1"
            )
        return found, tuple(columns)


def is_model_file(text: object) -> bool:
    """Tell a file from the name of a kind.

    Examples
    --------
    >>> is_model_file("model.skops"), is_model_file("boosting")
    (True, False)
    """
    return isinstance(text, str) and Path(text).suffix.lower() in SUFFIXES


def read_model(path: str, *, trust_pickle: bool = False) -> Brought:
    """Read a fitted model from a file.

    Parameters
    ----------
    path : str
        ``.skops``, ``.onnx``, ``.pkl``, ``.pickle`` or ``.joblib``.
    trust_pickle : bool
        Whether to open a pickle.

    Raises
    ------
    RequestError
        When the file is not there, is not what its name says, holds types that are not known to
        be safe, or is a pickle that was not trusted.
    MissingExtraError
        When skops or onnxruntime is not installed.
    """
    place = Path(path)
    try:
        content = place.read_bytes()
    except OSError as error:
        raise RequestError(f"--model {shown(place.name)}: {error.strerror or error}") from None
    digest, suffix = hashlib.sha256(content).hexdigest(), place.suffix.lower()
    if suffix in _PICKLES:
        return _pickle(place, digest, trust_pickle)
    if suffix == ".skops":
        return _checked(place, digest, _skops(place, content))
    return Brought(place.name, digest, "ONNX", _session(place, content))


def _pickle(place: Path, digest: str, trusted: bool) -> Brought:
    name = shown(place.name)
    if not trusted:
        raise RequestError(
            f"--model {name} is a pickle, and opening a pickle runs whatever program is in it: "
            "save the model as .skops or .onnx, or, if you know who made this file and that it is "
            f"the one they made (sha256 {digest}), open it with --trust-pickle"
        )
    import joblib  # type: ignore[import-untyped]

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = joblib.load(place)
    except Exception as error:
        raise RequestError(f"--model {name} cannot be opened: {shown(error, 160)}") from error
    note = (
        f"{name} is a pickle and was opened with --trust-pickle: opening it ran the program in it "
        f"(sha256 {digest})"
    )
    return _checked(place, digest, model, (note,))


def _skops(place: Path, content: bytes) -> Any:
    try:
        import skops.io
    except ImportError:
        raise MissingExtraError(_install("skops")) from None
    try:
        asked = skops.io.get_untrusted_types(data=content)
        strange = [name for name in asked if name not in TRUSTED]
        if not strange:
            return skops.io.loads(content, trusted=asked)
    except Exception as error:
        raise RequestError(
            f"--model {shown(place.name)} is not a skops file: {shown(error, 120)}"
        ) from error
    raise RequestError(
        f"--model {shown(place.name)} holds types that are not known to be safe: {listed(strange)}"
    )


def _session(place: Path, content: bytes) -> Any:
    try:
        import onnxruntime
    except ImportError:
        raise MissingExtraError(_install("onnxruntime")) from None
    settings = onnxruntime.SessionOptions()
    settings.log_severity_level = 4
    settings.intra_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(content, settings, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise RequestError(
            f"--model {shown(place.name)} is not an ONNX file: {shown(error, 120)}"
        ) from error


def _install(name: str) -> str:
    return f"this model needs {name}: pip install 'auditkit-fairness[models]'"


def _checked(place: Path, digest: str, model: Any, notes: tuple[str, ...] = ()) -> Brought:
    kind = type(model).__name__
    if not hasattr(model, "predict") and not hasattr(model, "predict_proba"):
        raise RequestError(
            f"--model {shown(place.name)} holds a {shown(kind)}, which has no predict and no "
            "predict_proba: it is not a model"
        )
    return Brought(place.name, digest, kind, model, notes)


Ask = Callable[["pandas.DataFrame"], Any]


def _sklearn(
    brought: Brought, frame: pandas.DataFrame, features: Sequence[str], positive: str | None
) -> tuple[Ask, list[str]]:
    model = brought.model
    named = getattr(model, "feature_names_in_", None)
    columns = list(features) if named is None else [str(name) for name in named]
    _present(brought, columns, frame)

    def given(part: pandas.DataFrame) -> Any:
        return part if named is not None or not _numeric(part) else part.to_numpy()

    if hasattr(model, "predict_proba"):
        place = _place(brought, getattr(model, "classes_", (0, 1)), positive)

        def chances(part: pandas.DataFrame) -> Any:
            found = np.asarray(model.predict_proba(given(part)), dtype=np.float64)
            return found[:, place] if found.ndim == 2 else found

        return chances, columns

    def selections(part: pandas.DataFrame) -> Any:
        answer = np.asarray(model.predict(given(part))).ravel()
        if answer.dtype.kind in "fiub":
            return answer
        return np.array([group_text(value) == positive for value in answer], dtype=np.float64)

    return selections, columns


def _numeric(part: pandas.DataFrame) -> bool:
    return all(kind.kind in "fiub" for kind in part.dtypes if isinstance(kind, np.dtype))


def _place(brought: Brought, classes: Any, positive: str | None) -> int:
    """Return which class is the event: the label's positive value, or 1."""
    texts = [group_text(value) for value in list(classes)]
    for wanted in (positive, "1", "True"):
        if wanted is not None and wanted in texts:
            return texts.index(wanted)
    raise RequestError(
        f"the model in {shown(brought.name)} knows the outcomes {listed(texts)}, none of which is "
        f"'{shown(positive)}' or 1"
    )


def _present(brought: Brought, columns: Sequence[str], frame: pandas.DataFrame) -> None:
    have = [str(name) for name in frame.columns]
    for name in columns:
        if name not in have:
            raise RequestError(
                f"the model in {shown(brought.name)} asks for a column '{shown(name)}', which the "
                f"data do not have{nearest(name, have)}"
            )


def _onnx(
    brought: Brought, frame: pandas.DataFrame, features: Sequence[str], positive: str | None
) -> tuple[Ask, list[str]]:
    inputs = brought.model.get_inputs()
    names = [item.name for item in inputs]
    alone = len(inputs) == 1 and names[0] not in frame.columns
    columns = list(features) if alone else names
    _present(brought, columns, frame)
    if alone:
        width = inputs[0].shape[-1]
        if isinstance(width, int) and width != len(columns):
            raise RequestError(
                f"the model in {shown(brought.name)} asks for {width} columns in one block and the "
                f"data have {len(columns)} features ({listed(columns)}): use --ignore for the "
                "others, or an ONNX file with one input a column"
            )

    def feed(part: pandas.DataFrame) -> dict[str, Any]:
        if alone:
            return {names[0]: _typed(part.to_numpy(), inputs[0].type)}
        return {
            item.name: _typed(part[item.name].to_numpy().reshape(-1, 1), item.type)
            for item in inputs
        }

    def ask(part: pandas.DataFrame) -> Any:
        return _chances(brought, brought.model.run(None, feed(part)), positive)

    return ask, columns


def _typed(values: Any, kind: str) -> Any:
    if "string" in kind:
        return np.array([["" if v is None or v != v else str(v) for v in row] for row in values])
    wanted = {"double": np.float64, "int64": np.int64, "int32": np.int32, "bool": np.bool_}
    name = kind.removeprefix("tensor(").removesuffix(")")
    return np.asarray(values, dtype=wanted.get(name, np.float32))


def _chances(brought: Brought, answers: Sequence[Any], positive: str | None) -> Any:
    """Read the probability of the event out of what an ONNX model answers."""
    last = answers[-1]
    if isinstance(last, list) and last and isinstance(last[0], Mapping):  # a map for each row
        keys = list(last[0])
        key = keys[_place(brought, keys, positive)]
        return _cut([row[key] for row in last])
    found = np.asarray(last)
    if found.dtype.kind not in "fiub":
        raise RequestError(f"the model in {shown(brought.name)} answers with text, not numbers")
    if found.ndim == 2 and found.shape[1] == 2:
        return _cut(found[:, 1])
    if found.ndim == 2 and found.shape[1] > 2:
        raise DataError(
            f"the model in {shown(brought.name)} tells {found.shape[1]} outcomes apart: 2 are known"
        )
    return _cut(found.ravel())


def _cut(values: Any) -> Any:
    """Take away what rounding to single precision put beyond 0 and 1."""
    found = np.asarray(values, dtype=np.float64)
    near = np.clip(found, 0.0, 1.0)
    return np.where(np.abs(found - near) < 1e-6, near, found)
