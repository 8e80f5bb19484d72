"""Arrays at the door: lists, numpy, pandas, Polars or Arrow become codes, once, with every check.

Past this file nothing is validated again. No dataframe library is imported here: whoever passes
one has imported it already.
"""

from __future__ import annotations

import unicodedata
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.counts import UNKNOWN, Cube, Group, group_text
from auditkit.errors import MetricError, listed, shown

__all__ = ["cube_of", "look_alikes"]


@dataclass(frozen=True)
class _Column:
    """One input, as numpy, with the index it came with (if it had one)."""

    name: str
    values: NDArray[Any]
    index: Any = None
    declared: tuple[Any, ...] = ()


def cube_of(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any = None,
    sample_weight: Any = None,
    pos_label: Any = None,
) -> Cube:
    """Count arrays into groups × label × prediction.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,) or None
        0/1 or booleans, or anything when `pos_label` names the positive value. None leaves that
        axis unknown.
    sensitive_features : array-like of shape (n,), frame, mapping of arrays, or None
        Several columns are crossed. A missing value is a group.
    sample_weight : array-like of shape (n,) or None
        Not negative, finite, not all zero.
    pos_label : scalar or None
        The positive value of both labels and predictions.

    Raises
    ------
    MetricError
        On different lengths or indexes, missing labels, labels that need `pos_label`, bad weights.
    """
    inputs = [
        _column("y_true", y_true),
        _column("y_pred", y_pred),
        _column("sample_weight", sample_weight),
    ]
    features = _features(sensitive_features)
    present = [column for column in [*inputs, *features] if column is not None]
    size = _check_alike(present)
    label, prediction = _flags(inputs[0], inputs[1], pos_label, size)
    weight = _weights(inputs[2], size)
    codes, groups = _groups(features, size)
    flat = (codes * 3 + label) * 3 + prediction
    cells = len(groups) * 9
    shape = (len(groups), 3, 3)
    n = np.bincount(flat, minlength=cells).reshape(shape)
    if weight is None:
        w = w2 = n.astype(np.float64)
    else:
        w = np.asarray(np.bincount(flat, weight, cells), dtype=np.float64).reshape(shape)
        w2 = np.asarray(np.bincount(flat, weight * weight, cells), dtype=np.float64).reshape(shape)
    return Cube(tuple(column.name for column in features), groups, n, w, w2)


def look_alikes(labels: list[str]) -> list[tuple[str, ...]]:
    """Return the sets of labels that differ only in case, spaces or Unicode form.

    Examples
    --------
    >>> look_alikes(["Male", "male ", "Female"])
    [('Male', 'male ')]
    """
    folded: dict[str, list[str]] = {}
    for label in labels:
        key = " ".join(unicodedata.normalize("NFKC", label).casefold().split())
        folded.setdefault(key, []).append(label)
    return [tuple(sorted(same)) for same in folded.values() if len(same) > 1]


def _column(name: str, values: Any) -> _Column | None:
    if values is None:
        return None
    index = None
    if _from_pandas(values):
        index = values.index
    array = _array(name, values)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise MetricError(f"{name} has {array.ndim} dimensions; it must be one column of values")
    return _Column(name, array, index, _declared(values))


def _array(name: str, values: Any) -> NDArray[Any]:
    if isinstance(values, np.ndarray):
        return values
    if type(values).__module__.partition(".")[0] == "pyarrow":
        return np.asarray(values.to_numpy(zero_copy_only=False))
    if hasattr(values, "to_numpy"):  # pandas, Polars
        return np.asarray(values.to_numpy())
    try:
        items = list(values)
    except TypeError:
        raise MetricError(
            f"{name} is a {type(values).__name__}; it must be one column of values"
        ) from None
    return np.array(items, dtype=_list_dtype(items))


def _declared(values: Any) -> tuple[Any, ...]:
    """Return the categories that a pandas or Polars column declares, whether they occur or not."""
    dtype = getattr(values, "dtype", None)
    if type(dtype).__name__ in {"CategoricalDtype", "Enum"}:
        return tuple(getattr(dtype, "categories", ()))
    return ()


def _list_dtype(values: list[Any]) -> Any:
    """Let numpy choose only where all values are of one kind: [0, '0'] must stay two values."""
    kinds = {type(value) for value in values}
    return None if len(kinds) == 1 and kinds <= {int, float, bool, str} else object


def _from_pandas(values: Any) -> bool:
    return type(values).__module__.partition(".")[0] == "pandas" and hasattr(values, "index")


def _features(features: Any) -> list[_Column]:
    if features is None:
        return []
    if isinstance(features, Mapping):
        named = dict(features)
    elif hasattr(features, "columns") and not isinstance(features, np.ndarray):
        names = getattr(features, "column_names", None) or list(features.columns)
        named = {str(name): features[name] for name in names}
    else:
        array = features if isinstance(features, np.ndarray) else None
        if array is not None and array.ndim == 2:
            named = {f"feature_{i}": array[:, i] for i in range(array.shape[1])}
        else:
            named = {str(getattr(features, "name", None) or "sensitive_features"): features}
    columns = [_column(str(name), values) for name, values in named.items()]
    return [column for column in columns if column is not None]


def _check_alike(columns: list[_Column]) -> int:
    if not columns:
        raise MetricError("no arrays were given")
    first = columns[0]
    if len(first.values) == 0:
        raise MetricError(f"{first.name} has no rows")
    indexed = [column for column in columns if column.index is not None]
    for column in columns[1:]:
        if len(column.values) != len(first.values):
            raise MetricError(
                f"{first.name} has {len(first.values)} rows and {column.name} has "
                f"{len(column.values)}: they must describe the same rows"
            )
    for column in indexed[1:]:
        if not column.index.equals(indexed[0].index):
            raise MetricError(
                f"the indexes of {indexed[0].name} and {column.name} differ: align them first "
                f"(for example {column.name}.loc[{indexed[0].name}.index])"
            )
    return len(first.values)


def _flags(
    y_true: _Column | None, y_pred: _Column | None, pos_label: Any, size: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return label and prediction as 0, 1 or 2 (not given)."""
    given = [column for column in (y_true, y_pred) if column is not None]
    found = False
    flags: dict[str, NDArray[np.int64]] = {}
    for column in given:
        values = column.values
        missing = _missing(values)
        if missing.any():
            raise MetricError(
                f"{column.name} has {int(missing.sum())} missing values: leave those rows out, "
                "or decide what they stand for"
            )
        if pos_label is None:
            flags[column.name] = _binary(column)
        else:
            hit = np.asarray(values == pos_label, dtype=bool)
            found = found or bool(hit.any())
            flags[column.name] = hit.astype(np.int64)
    if pos_label is not None and given and not found:
        seen = {str(value): value for column in given for value in column.values.tolist()}
        same = seen.get(str(pos_label))
        raise MetricError(
            f"pos_label '{shown(pos_label)}' does not occur; values: {listed(sorted(seen))}"
            + ("" if same is None else f" of type {type(same).__name__}: pass pos_label={same!r}")
        )
    unknown = np.full(size, UNKNOWN, dtype=np.int64)
    return (
        unknown if y_true is None else flags[y_true.name],
        unknown if y_pred is None else flags[y_pred.name],
    )


def _binary(column: _Column) -> NDArray[np.int64]:
    values = column.values
    if values.dtype == object and all(
        isinstance(v, bool | int | float | np.number | np.bool_) for v in values
    ):
        values = values.astype(np.float64)
    if values.dtype == bool:
        return values.astype(np.int64)
    if values.dtype.kind in "iuf":
        flags = (values == 1).astype(np.int64)
        if not ((flags == 1) | (values == 0)).all():
            seen = listed(group_text(v) for v in np.unique(values)[:9])
            raise MetricError(
                f"{column.name} has values other than 0 and 1 ({seen}): pass pos_label"
            )
        return flags
    seen = listed(sorted({str(value) for value in values.tolist()}))
    raise MetricError(f"{column.name} holds {seen}: name the positive value with pos_label=...")


def _missing(values: NDArray[Any]) -> NDArray[np.bool_]:
    if values.dtype.kind == "f":
        return np.asarray(np.isnan(values), dtype=np.bool_)
    if values.dtype.kind in "Mm":
        return np.asarray(np.isnat(values), dtype=np.bool_)
    if values.dtype.kind in "OT":
        return np.array([group_text(value) is None for value in values.tolist()], dtype=bool)
    return np.zeros(len(values), dtype=bool)


def _weights(column: _Column | None, size: int) -> NDArray[np.float64] | None:
    if column is None:
        return None
    try:
        weight = column.values.astype(np.float64)
    except (TypeError, ValueError):
        raise MetricError("sample_weight must be numbers") from None
    if not np.isfinite(weight).all():
        raise MetricError("sample_weight has missing or infinite values")
    if (weight < 0).any():
        raise MetricError("sample_weight has negative values")
    if size and not weight.any():
        raise MetricError("sample_weight is zero in every row")
    return weight


def _groups(features: list[_Column], size: int) -> tuple[NDArray[np.int64], tuple[Group, ...]]:
    """Return a group code a row, and the groups that occur, sorted, missing last."""
    if not features:
        return np.zeros(size, dtype=np.int64), ((),)
    if len(features) == 1:  # declared categories that nobody falls into are listed too
        code, known = _encode(features[0])
        return code, tuple((name,) for name in known)
    codes = np.zeros(size, dtype=np.int64)
    levels: list[list[str | None]] = []
    for column in features:
        code, names = _encode(column)
        codes = codes * len(names) + code
        levels.append(names)
    seen, codes = np.unique(codes, return_inverse=True)
    groups = []
    for key in seen.tolist():
        group: list[str | None] = []
        for names in reversed(levels):
            key, position = divmod(key, len(names))
            group.append(names[position])
        groups.append(tuple(reversed(group)))
    return codes.astype(np.int64), tuple(groups)


def _encode(column: _Column) -> tuple[NDArray[np.int64], list[str | None]]:
    values = column.values
    if values.dtype.kind in "iubUSfMm":
        unique, inverse = np.unique(values, return_inverse=True)
        raw: list[Any] = list(unique) if values.dtype.kind in "Mm" else unique.tolist()
    else:
        index: dict[Any, int] = {}
        inverse = np.empty(len(values), dtype=np.int64)
        for row, value in enumerate(values.tolist()):
            key = None if group_text(value) is None else (type(value) is str, value)
            inverse[row] = index.setdefault(key, len(index))
        raw = [None if key is None else key[1] for key in index]
    texts = [group_text(value) for value in raw]
    _warn_look_alikes(column.name, raw, texts)
    declared = {group_text(value) for value in column.declared}
    names = sorted({*texts, *declared}, key=lambda text: (text is None, text or ""))
    position = {name: code for code, name in enumerate(names)}
    remap = np.array([position[text] for text in texts], dtype=np.int64)
    return remap[inverse], names


def _warn_look_alikes(name: str, raw: list[Any], texts: list[str | None]) -> None:
    known = [text for text in texts if text is not None]
    if len(set(known)) < len(known):
        twice = sorted({text for text in known if known.count(text) > 1})
        warnings.warn(
            f"{name}: {listed(twice)} occurs both as text and as a number; counted as one group",
            UserWarning,
            stacklevel=6,
        )
    for same in look_alikes(sorted(set(known))):
        warnings.warn(
            f"{name}: {listed(same)} look alike; they are counted as different groups",
            UserWarning,
            stacklevel=6,
        )
