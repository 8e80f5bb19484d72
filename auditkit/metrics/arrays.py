"""Arrays at the door: lists, numpy, pandas, Polars or Arrow become counts, once, with every check.

Past this file nothing is validated again. No dataframe library is imported here: whoever passes
one has imported it already.
"""

from __future__ import annotations

import unicodedata
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.counts import UNKNOWN, Cube, Group, group_text
from auditkit.errors import MetricError, listed, shown
from auditkit.metrics.encode import encode_all, tabulate

__all__ = [
    "Column",
    "check_alike",
    "column_of",
    "cube_of",
    "features_of",
    "flags_of",
    "groups_of",
    "look_alikes",
    "refuse_missing",
    "weights_of",
]

_DENSE_CELLS = 4_000_000
_FEW_CELLS = 1_024


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
        column_of("y_true", y_true),
        column_of("y_pred", y_pred),
        column_of("sample_weight", sample_weight),
    ]
    features = features_of(sensitive_features)
    present = [column for column in [*inputs, *features] if column is not None]
    check_alike(present)
    outcomes = flags_of(inputs[0], inputs[1], pos_label)
    weight = weights_of(inputs[2])
    codes, levels = _levels(features)
    sizes = [len(names) for names in levels]
    known = [flags for flags in outcomes if flags is not None]
    columns, shape = [*codes, *known], [*sizes, *(2 for _ in known)]
    groups: tuple[Group, ...] | None = None
    if np.prod(sizes, dtype=np.float64) * 4 > max(_DENSE_CELLS, 4 * len(present[0])):
        combined, groups = groups_of(features)
        columns, shape = [combined, *known], [len(groups), *(2 for _ in known)]
    sums = () if weight is None else (weight, weight * weight)
    tables = [_full(table, outcomes) for table in tabulate(columns, shape, sums)]
    if not columns:
        tables = _nothing_counted(len(present[0]), sums)
    names = tuple(column.name for column in features)
    if groups is None:
        groups, tables = _occurring(levels, features, tables)
    n = tables[0].astype(np.int64)
    w, w2 = (tables[1], tables[2]) if sums else (n.astype(np.float64), n.astype(np.float64))
    _warn_look_alikes(features, groups)
    return Cube(names, groups, n, w, w2)


def _nothing_counted(size: int, sums: Sequence[NDArray[np.float64]]) -> list[NDArray[Any]]:
    """Return one cell of everybody: no groups, no outcomes."""
    tables = [np.zeros((1, 3, 3)) for _ in range(1 + len(sums))]
    for table, total in zip(tables, [size, *(part.sum() for part in sums)], strict=True):
        table[0, UNKNOWN, UNKNOWN] = total
    return tables


def _full(table: NDArray[Any], outcomes: Sequence[NDArray[Any] | None]) -> NDArray[Any]:
    """Return a table of (..., label, prediction) as (groups, 3, 3); unknown where not given."""
    flat = table.reshape(-1, *(2 for flags in outcomes if flags is not None))
    place: list[Any] = [slice(None)]
    place += [UNKNOWN if flags is None else slice(0, 2) for flags in outcomes]
    full = np.zeros((len(flat), 3, 3), dtype=table.dtype)
    full[tuple(place)] = flat
    return full


def _occurring(
    levels: Sequence[Sequence[str | None]], features: Sequence[Column], tables: list[NDArray[Any]]
) -> tuple[tuple[Group, ...], list[NDArray[Any]]]:
    """Name the groups, and drop crossings (and codes) that nobody falls into."""
    if not features:
        return ((),), tables
    kept = tables[0].sum(axis=(1, 2)) > 0
    if len(features) == 1 and features[0].declared:  # declared categories are listed, with n = 0
        declared = {group_text(value) for value in features[0].declared}
        kept |= np.array([name in declared for name in levels[0]])
    shape = [len(names) for names in levels]
    places = np.nonzero(kept)[0]
    index = [codes.tolist() for codes in np.unravel_index(places, shape)]
    named = [[names[code] for code in codes] for names, codes in zip(levels, index, strict=True)]
    groups = tuple(zip(*named, strict=True))
    return groups, [table[places] for table in tables]


def groups_of(features: Sequence[Column]) -> tuple[NDArray[np.int64], tuple[Group, ...]]:
    """Return a group code a row, and the groups that occur, sorted, missing last.

    Warns about groups that look alike. Without features there is one group, ``()``.
    """
    if not features:
        raise MetricError("no sensitive_features were given")
    codes, levels = _levels(features)
    combined = codes[0].astype(np.int64)
    for code, names in zip(codes[1:], levels[1:], strict=True):
        combined = combined * len(names) + code
    cells = int(np.prod([len(names) for names in levels], dtype=np.float64).clip(max=2**62))
    if cells <= max(_FEW_CELLS, len(combined)):  # count and renumber: no sort of the rows
        present = np.bincount(combined, minlength=cells) > 0
        seen = np.flatnonzero(present)
        inverse = combined if present.all() else (np.cumsum(present) - 1)[combined]
    else:
        seen, inverse = np.unique(combined, return_inverse=True)
    groups = []
    for key in seen.tolist():
        group: list[str | None] = []
        for names in reversed(levels):
            key, position = divmod(key, len(names))
            group.append(names[position])
        groups.append(tuple(reversed(group)))
    _warn_look_alikes(features, groups)
    return np.asarray(inverse, dtype=np.int64), tuple(groups)


def _levels(
    features: Sequence[Column],
) -> tuple[list[NDArray[Any]], list[list[str | None]]]:
    """Return codes into sorted names (missing last) for each feature."""
    encoded = encode_all([column.native for column in features])
    codes: list[NDArray[Any]] = []
    levels: list[list[str | None]] = []
    for column, (code, raw) in zip(features, encoded, strict=True):
        texts = [group_text(value) for value in raw]
        names = _sorted_names({*texts, *(group_text(value) for value in column.declared)})
        if code.dtype.kind != "u" and None not in names and len(code) and code.min() < 0:
            names.append(None)
        if len(set(texts)) < len(texts):
            _warn_same_text(column.name, texts)
        position = {name: place for place, name in enumerate(names)}
        small = np.min_scalar_type(len(names))
        remap = np.array([*(position[text] for text in texts), position.get(None, 0)], dtype=small)
        identity = np.array_equal(remap[:-1], np.arange(len(texts)))
        plain = identity and (code.dtype.kind == "u" or None not in names)
        if plain:
            codes.append(code.view(np.uint8) if code.dtype.itemsize == 1 else code)
        else:
            codes.append(remap.take(code, mode="wrap"))  # -1, missing, is the last
        levels.append(names)
    return codes, levels


def _sorted_names(texts: set[str | None]) -> list[str | None]:
    return sorted(texts, key=lambda text: (text is None, text or ""))


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
        return tuple(getattr(dtype, "categories", ()))
    return ()


def _from_pandas(values: Any) -> bool:
    return type(values).__module__.partition(".")[0] == "pandas" and hasattr(values, "index")


def features_of(features: Any) -> list[Column]:
    """Take sensitive features: one column, a frame, a mapping of columns, a 2-d array or None."""
    if features is None:
        return []
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
    return bool(len(values) == 0 or (values.min() >= 0 and values.max() <= 1))


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


def _warn_same_text(name: str, texts: Sequence[str | None]) -> None:
    known = [text for text in texts if text is not None]
    twice = sorted({text for text in known if known.count(text) > 1})
    if twice:
        warnings.warn(
            f"{name}: {listed(twice)} occurs both as text and as a number; counted as one group",
            UserWarning,
            stacklevel=6,
        )


def _warn_look_alikes(features: Sequence[Column], groups: Sequence[Group]) -> None:
    for place, column in enumerate(features):
        names = sorted({name for group in groups if (name := group[place]) is not None})
        for same in look_alikes(names):
            warnings.warn(
                f"{column.name}: {listed(same)} look alike; they are counted as different groups",
                UserWarning,
                stacklevel=6,
            )
