"""What the families of metrics without a count row share.

A metric declares its row where it is defined, and its docstring follows from the row: formula,
range, reason when undefined and reference are written once. Rows come in, groups come out.
"""

from __future__ import annotations

import inspect
import math
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from auditkit.counts import Group, group_text
from auditkit.errors import MetricError, UndefinedMetricWarning, listed, shown
from auditkit.metrics.arrays import Column, check_alike, column_of, features_of, weights_of
from auditkit.metrics.cubes import groups_of
from auditkit.metrics.declared import Declared

__all__ = [
    "Family",
    "Rows",
    "class_codes",
    "columns_of",
    "name_of",
    "numbers_of",
    "read_rows",
    "reference_of",
    "required_reference",
    "tidy",
    "warn",
]

F = TypeVar("F", bound=Callable[..., Any])
Better = Literal["up", "down", "neither", "zero", "one"]

_COMMON = {
    "y_true": "array-like of shape (n,)\n    The labels, of two or more values, none missing.",
    "y_pred": "array-like of shape (n,)\n    The decisions, with values of the same kind.",
    "sensitive_features": "array-like, frame or mapping of arrays\n"
    "    The groups; several columns are crossed, a missing value is a group.",
    "sample_weight": "array-like of shape (n,), optional\n    Weights, not negative.",
    "pos_label": "scalar, optional\n    The positive value, where labels are not 0/1 or booleans.",
    "reference": "str or tuple, optional\n"
    "    The group (one value for each sensitive feature) that the others are compared with.",
}
_RETURNS = {
    "float": "float\n    In {range}; NaN with a warning when undefined ({undefined}).",
    "dict[str, float]": "dict of str to float\n"
    "    In {range}; NaN with a warning where undefined ({undefined}).",
    "list[dict[str, Any]]": "list of dict\n"
    "    A row a group (``pandas.DataFrame(rows)``): the sensitive features, ``metric``,\n"
    "    ``value`` in {range}, or None when undefined\n    ({undefined}),\n"
    "    ``n`` (rows) and ``reason`` (why it is undefined, else None).",
}


class Family:
    """The rows of one family of metrics, and the docstrings that follow from them."""

    def __init__(self, name: str, parameters: Mapping[str, str] | None = None) -> None:
        self.name = name
        self.parameters = {**_COMMON, **(parameters or {})}
        self.rows: list[Declared] = []

    def metric(
        self,
        title: str,
        *,
        needs: tuple[str, ...],
        formula: str,
        reference: str,
        undefined: str,
        values: str = "[0, 1]",
        better: Better = "zero",
    ) -> Callable[[F], F]:
        """Declare the function below; its own docstring holds the summary, notes and examples."""

        def declare(function: F) -> F:
            row = Declared(
                name=function.__name__, title=title, family=self.name, needs=needs, better=better,
                formula=formula, reference=reference, undefined=undefined, range=values,
            )  # fmt: skip
            self.rows.append(row)
            function.__doc__ = self._docstring(function, row)
            return function

        return declare

    def _docstring(self, function: Callable[..., Any], row: Declared) -> str:
        own, _, examples = inspect.cleandoc(function.__doc__ or "").partition("\nExamples\n")
        summary, _, notes = own.strip().partition("\n\n")
        taken = inspect.signature(function).parameters
        returns = _RETURNS[str(function.__annotations__["return"])]
        if row.undefined == "never":
            returns = returns.partition("; ")[0] + "; never undefined."
        parts = [summary, f"``{row.formula}``", notes.strip(), "Parameters\n----------"]
        parts[-1] += "".join(f"\n{name} : {self.parameters[name]}" for name in taken)
        parts.append(
            f"Returns\n-------\n{returns.format(range=row.range, undefined=row.undefined)}"
        )
        parts.append(
            "Raises\n------\nMetricError\n"
            "    On inputs that do not match or are not what is asked for; on a single group,\n"
            "    where groups are compared."
        )
        parts += [f"References\n----------\n{row.reference}", f"Examples\n{examples}"]
        return "\n\n".join(part for part in parts if part)


@dataclass(frozen=True)
class Rows:
    """Inputs that describe the same rows, checked, with a group code and a weight for each row."""

    columns: Mapping[str, Column]
    attributes: tuple[str, ...]
    groups: tuple[Group, ...]
    group: NDArray[np.int64]
    weight: NDArray[np.float64]


def read_rows(sensitive_features: Any, sample_weight: Any = None, **given: Any) -> Rows:
    """Take inputs through the door; a name given as None is an error: the metric needs it.

    Raises
    ------
    MetricError
        On missing inputs, different lengths or indexes, bad weights.
    """
    columns = {}
    for name, values in given.items():
        column = column_of(name, values)
        if column is None:
            raise MetricError(f"this metric needs {name}")
        columns[name] = column
    weight_column = column_of("sample_weight", sample_weight)
    features = features_of(sensitive_features)
    weights = [] if weight_column is None else [weight_column]
    size = check_alike([*columns.values(), *features, *weights])
    weight = weights_of(weight_column)
    group, groups = groups_of(features) if features else (np.zeros(size, np.int64), ((),))
    names = tuple(column.name for column in features)
    return Rows(columns, names, groups, group, np.ones(size) if weight is None else weight)


def columns_of(name: str, values: Any) -> list[Column]:
    """Take one or several columns that are not the groups; an unnamed one is called `name`."""
    columns = features_of(values)
    return [replace(c, name=name) if c.name == "sensitive_features" else c for c in columns]


def numbers_of(column: Column) -> NDArray[np.float64]:
    """Return a column as floats.

    Raises
    ------
    MetricError
        When it holds text, or missing values.
    """
    try:
        numbers = column.values.astype(np.float64)
    except (TypeError, ValueError):
        raise MetricError(f"{column.name} must be numbers") from None
    missing = int(np.isnan(numbers).sum())
    if missing:
        raise MetricError(f"{column.name} has {missing} missing values: leave those rows out")
    return np.asarray(numbers)


def warn(message: str, stacklevel: int = 4) -> None:
    """Say that a metric has no value, for whom and why."""
    warnings.warn(message, UndefinedMetricWarning, stacklevel=stacklevel)


def name_of(group: Group) -> str:
    """Return a group as text for a message."""
    return " / ".join("(missing)" if part is None else part for part in group)


def reference_of(groups: Sequence[Group], reference: Any) -> int:
    """Return the place of the reference group."""
    wanted = reference if isinstance(reference, tuple | list) else (reference,)
    key: Group = tuple(group_text(part) for part in wanted)
    if key not in groups:
        raise MetricError(
            f"no reference group '{shown(name_of(key))}'; groups: {listed(map(name_of, groups))}"
        )
    return groups.index(key)


def required_reference(groups: Sequence[Group], reference: Any, convention: str) -> int:
    """Return the place of the reference group, which a convention cannot do without.

    Raises
    ------
    MetricError
        Without one, with the groups to choose from; on one that is none of them.
    """
    if reference is None:
        raise MetricError(
            f"convention '{convention}' compares groups with a reference group: pass reference= "
            f"(one of {listed(map(name_of, groups))})"
        )
    return reference_of(groups, reference)


def tidy(
    name: str,
    attributes: Sequence[str],
    groups: Sequence[Group],
    columns: Mapping[str, Iterable[Any]],
) -> list[dict[str, Any]]:
    """Return one row a group; a NaN value becomes None."""
    taken = {"metric", *columns} & set(attributes)
    if taken:
        raise MetricError(f"no sensitive feature can be called {listed(sorted(taken))}: rename it")
    rows = []
    for group, *cells in zip(groups, *columns.values(), strict=True):
        row = {**dict(zip(attributes, group, strict=True)), "metric": name}
        for column, cell in zip(columns, cells, strict=True):
            row[column] = None if isinstance(cell, float) and math.isnan(cell) else cell
        rows.append(row)
    return rows


def class_codes(columns: Sequence[Column]) -> tuple[list[NDArray[np.int64]], tuple[str, ...]]:
    """Return each column as codes into the classes that occur in any, in numeric or text order."""
    encoded = []
    for column in columns:
        codes, groups = groups_of([column])
        texts = [group[0] for group in groups]
        if None in texts:
            missing = int((codes == texts.index(None)).sum())
            raise MetricError(
                f"{column.name} has {missing} missing values: leave those rows out, "
                "or decide what they stand for"
            )
        encoded.append((codes, [text for text in texts if text is not None]))
    classes = sorted({text for _, texts in encoded for text in texts}, key=_class_order)
    place = {text: code for code, text in enumerate(classes)}
    return [np.array([place[t] for t in texts])[codes] for codes, texts in encoded], tuple(classes)


def _class_order(text: str) -> tuple[bool, float, str]:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    return (not math.isfinite(number), number if math.isfinite(number) else 0.0, text)
