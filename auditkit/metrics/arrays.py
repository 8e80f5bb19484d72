"""Arrays at the door: lists, numpy, pandas, Polars or Arrow, taken once, with every check.

Past this file nothing is validated again. No dataframe library is imported here: whoever passes
one has imported it already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.counts import group_text
from auditkit.errors import MetricError, listed, shown

__all__ = [
    "Column",
    "check_alike",
    "column_of",
    "features_of",
    "flags_of",
    "refuse_missing",
    "weights_of",
]


@dataclass(frozen=True)
class Column:
    """One input under the name of its argument, with the index it came with (if it had one)."""

    name: str
    native: Any
    index: Any = None
    declared: tuple[Any, ...] = ()

    def __len__(self) -> int:
        return len(self.native)

    @cached_property
    def values(self) -> NDArray[Any]:
        """The values as numpy, made when they are first needed: codes do without."""
        home = type(self.native).__module__.partition(".")[0]
        if home == "pyarrow":
            return np.asarray(self.native.to_numpy(zero_copy_only=False))
        if hasattr(self.native, "to_numpy"):  # pandas, Polars
            return np.asarray(self.native.to_numpy())
        return np.asarray(self.native)


def column_of(name: str, values: Any) -> Column | None:
    """Take one input; None stays None.

    Raises
    ------
    MetricError
        When it is not one column of values.
    """
    if values is None:
        return None
    index = values.index if _from_pandas(values) else None
    if not isinstance(values, np.ndarray) and not hasattr(values, "to_numpy"):
        values = _from_iterable(name, values)
    shape: tuple[int, ...] = getattr(values, "shape", (len(values),))
    if len(shape) == 2 and shape[1] == 1:
        values = values.iloc[:, 0] if hasattr(values, "iloc") else values[:, 0]
    elif len(shape) != 1:
        raise MetricError(f"{name} has {len(shape)} dimensions; it must be one column of values")
    return Column(name, values, index, _declared(values))


def _from_iterable(name: str, values: Any) -> NDArray[Any]:
    """Let numpy choose only where all values are of one kind: [0, '0'] must stay two values."""
    try:
        items = list(values)
    except TypeError:
        raise MetricError(
            f"{name} is a {type(values).__name__}; it must be one column of values"
        ) from None
    kinds = {type(value) for value in items}
    alike = len(kinds) == 1 and kinds <= {int, float, bool, str}
    return np.array(items, dtype=None if alike else object)


def _declared(values: Any) -> tuple[Any, ...]:
    """Return the categories that a pandas or Polars column declares, whether they occur or not."""
    dtype = getattr(values, "dtype", None)
    if type(dtype).__name__ in {"CategoricalDtype", "Enum"}:
        categories = getattr(dtype, "categories", ())
        return tuple(categories.tolist() if hasattr(categories, "tolist") else categories)
    return ()


def _from_pandas(values: Any) -> bool:
    return type(values).__module__.partition(".")[0] == "pandas" and hasattr(values, "index")


def features_of(features: Any) -> list[Column]:
    """Take sensitive features: one column, a frame, a mapping of columns, a 2-d array or None.

    What has been taken once, a list of columns, stays as it is.
    """
    if features is None:
        return []
    if isinstance(features, list) and features and isinstance(features[0], Column):
        return features
    if isinstance(features, Mapping):
        named = dict(features)
    elif hasattr(features, "columns") and not isinstance(features, np.ndarray):
        names = getattr(features, "column_names", None) or list(features.columns)
        named = {str(name): features[name] for name in names}
    elif isinstance(features, np.ndarray) and features.ndim == 2:
        named = {f"feature_{i}": features[:, i] for i in range(features.shape[1])}
    else:
        named = {str(getattr(features, "name", None) or "sensitive_features"): features}
    columns = [column_of(str(name), values) for name, values in named.items()]
    return [column for column in columns if column is not None]


def check_alike(columns: Sequence[Column]) -> int:
    """Return the number of rows, the same in all columns; indexes must be equal where there are.

    Raises
    ------
    MetricError
        When there is no column or no row, or lengths or indexes differ.
    """
    if not columns:
        raise MetricError("no arrays were given")
    first = columns[0]
    if len(first) == 0:
        raise MetricError(f"{first.name} has no rows")
    for column in columns[1:]:
        if len(column) != len(first):
            raise MetricError(
                f"{first.name} has {len(first)} rows and {column.name} has "
                f"{len(column)}: they must describe the same rows"
            )
    indexed = [column for column in columns if column.index is not None]
    for column in indexed[1:]:
        if column.index is not indexed[0].index and not column.index.equals(indexed[0].index):
            raise MetricError(
                f"the indexes of {indexed[0].name} and {column.name} differ: align them first "
                f"(for example {column.name}.loc[{indexed[0].name}.index])"
            )
    return len(first)


def flags_of(
    y_true: Column | None, y_pred: Column | None, pos_label: Any
) -> tuple[NDArray[np.uint8] | None, NDArray[np.uint8] | None]:
    """Return label and prediction as 0 and 1; None where not given.

    Raises
    ------
    MetricError
        On missing values, on labels that need `pos_label`, on a `pos_label` that does not occur.
    """
    given = [column for column in (y_true, y_pred) if column is not None]
    for column in given:
        refuse_missing(column)
    if pos_label is None:
        flags = {column.name: _binary(column) for column in given}
    else:
        flags = {c.name: np.asarray(c.values == pos_label).astype(np.uint8) for c in given}
        if given and not any(flag.any() for flag in flags.values()):
            _refuse_positive(given, pos_label)
    return (
        None if y_true is None else flags[y_true.name],
        None if y_pred is None else flags[y_pred.name],
    )


def refuse_missing(column: Column) -> None:
    """Refuse labels, decisions or scores that are missing: nothing is left out in silence.

    Raises
    ------
    MetricError
        With the name of the column, and how many are missing.
    """
    missing = int(_missing(column.values).sum())
    if missing:
        raise MetricError(
            f"{column.name} has {missing} missing values: leave those rows out, "
            "or decide what they stand for"
        )


def _refuse_positive(given: Sequence[Column], pos_label: Any) -> None:
    seen = {str(value): value for column in given for value in column.values.tolist()}
    same = seen.get(str(pos_label))
    raise MetricError(
        f"pos_label '{shown(pos_label)}' does not occur; values: {listed(sorted(seen))}"
        + ("" if same is None else f" of type {type(same).__name__}: pass pos_label={same!r}")
    )


def _binary(column: Column) -> NDArray[np.uint8]:
    values = column.values
    if values.dtype == object and all(
        isinstance(v, bool | int | float | np.number | np.bool_) for v in values
    ):
        values = values.astype(np.float64)
    if values.dtype == bool:
        return np.asarray(values.view(np.uint8))
    if values.dtype.kind in "iuf":
        if not _zeros_and_ones(values):
            seen = listed(group_text(v) for v in np.unique(values)[:9])
            raise MetricError(
                f"{column.name} has values other than 0 and 1 ({seen}): pass pos_label"
            )
        one_byte = values.dtype.itemsize == 1
        return np.asarray(values.view(np.uint8) if one_byte else values.astype(np.uint8))
    seen = listed(sorted({str(value) for value in values.tolist()}))
    raise MetricError(f"{column.name} holds {seen}: name the positive value with pos_label=...")


def _zeros_and_ones(values: NDArray[Any]) -> bool:
    if values.dtype.kind == "f":
        return bool(np.count_nonzero((values == 0) | (values == 1)) == len(values))
    if values.dtype.itemsize == 1:  # bytes below 0 are those above 127: one look at the rows
        values = values.view(np.uint8)
    return bool(
        len(values) == 0 or (values.max() <= 1 and (values.dtype.kind == "u" or values.min() >= 0))
    )


def _missing(values: NDArray[Any]) -> NDArray[np.bool_]:
    if values.dtype.kind == "f":
        return np.asarray(np.isnan(values), dtype=np.bool_)
    if values.dtype.kind in "Mm":
        return np.asarray(np.isnat(values), dtype=np.bool_)
    if values.dtype.kind in "OT":
        return np.array([group_text(value) is None for value in values.tolist()], dtype=bool)
    return np.zeros(0, dtype=bool)


def weights_of(column: Column | None) -> NDArray[np.float64] | None:
    """Return weights as floats; None stays None.

    Raises
    ------
    MetricError
        When they are not numbers, not finite, negative, or all zero.
    """
    if column is None:
        return None
    try:
        weight = column.values.astype(np.float64)
    except (TypeError, ValueError):
        raise MetricError(f"{column.name} must be numbers") from None
    if not np.isfinite(weight).all():
        raise MetricError(f"{column.name} has missing or infinite values")
    if (weight < 0).any():
        raise MetricError(f"{column.name} has negative values")
    if not weight.any():
        raise MetricError(f"{column.name} is zero in every row")
    return weight
