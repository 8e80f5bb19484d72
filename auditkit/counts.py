"""Counts: the small table that an audit is made from.

Rows of data are grouped by (protected attributes, strata, outcomes) and counted once. What is
left is a few dozen to a few thousand *cells*, and every rate, gap, interval and test in this
package is arithmetic on them. Counts add up: ``tally(a) + tally(b) == tally(a then b)``.

An outcome takes the values 1 (the event), 0 (not the event) and 2 (unknown); a group is text,
or None where the cell was empty: *missing is a group*.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.errors import MetricError, listed, shown

__all__ = [
    "DECISION",
    "LABEL",
    "MODEL",
    "OUTCOMES",
    "UNKNOWN",
    "Counts",
    "Cube",
    "Group",
    "group_text",
]

LABEL, DECISION, MODEL = "label", "decision", "model"
OUTCOMES = (LABEL, DECISION, MODEL)
UNKNOWN = 2

Group = tuple[str | None, ...]
Cell = tuple[tuple[str | None, ...], tuple[str | None, ...], tuple[int, ...]]


def group_text(value: object) -> str | None:
    """Return the one spelling of a group, whatever engine or dtype it came from.

    Missing (None, NaN, NaT) is None. Whole numbers lose a trailing ``.0``, so that a column of
    integers reads the same after a missing value has turned it into floats; midnight is a date
    (pandas has no dates). Text stays as it is: ``"NA"`` is a group, not a missing value.

    Examples
    --------
    >>> group_text(1.0), group_text(True), group_text(float("nan")), group_text("NA")
    ('1', 'True', None, 'NA')
    """
    if value is None or isinstance(value, str):
        return value
    if type(value).__name__ in {"NAType", "NaTType"} or value != value:
        return None
    if isinstance(value, float | np.floating):
        return str(int(value)) if float(value).is_integer() else repr(float(value))
    if type(value).__name__ == "Decimal":  # its module is not imported for this
        return f"{value.normalize():f}"  # type: ignore[attr-defined]
    if isinstance(value, np.datetime64):
        value = value.astype("datetime64[us]").item()
    if isinstance(value, datetime):
        return str(value).removesuffix(" 00:00:00")
    return str(value)


@dataclass(frozen=True)
class Cube:
    """Counts of one crossing of attributes by two outcomes.

    Attributes
    ----------
    attributes : tuple of str
        The attributes that are crossed.
    groups : tuple of tuple
        One entry a group, in a fixed order; None is a missing value.
    n, w, w2 : ndarray of shape (groups, 3, 3)
        Rows, sum of weights and sum of squared weights; axis 1 is the label (0, 1, unknown),
        axis 2 the prediction (0, 1, unknown).
    """

    attributes: tuple[str, ...]
    groups: tuple[Group, ...]
    n: NDArray[np.int64]
    w: NDArray[np.float64]
    w2: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Counts:
    """A table of cells, in canonical order.

    Build one with :meth:`from_cells` (or :func:`auditkit.tally`), which merges equal cells and
    sorts them, so that two equal tables are equal whatever the order of the rows they came from.

    Attributes
    ----------
    attributes, strata : tuple of str
        Names of the protected attributes and of the strata.
    outcomes : tuple of str
        Which of ``"label"``, ``"decision"``, ``"model"`` are counted.
    levels : tuple of tuple
        The values of each attribute, stratum and outcome, sorted, missing last.
    codes : ndarray of shape (cells, attributes + strata + outcomes)
        Index into `levels`.
    n : ndarray of int, shape (cells,)
        Rows (people) in the cell.
    w, w2 : ndarray of float, shape (cells,)
        Sum of weights, and of squared weights; both equal `n` where there are no weights.
    """

    attributes: tuple[str, ...]
    strata: tuple[str, ...]
    outcomes: tuple[str, ...]
    levels: tuple[tuple[str | int | None, ...], ...]
    codes: NDArray[np.int64]
    n: NDArray[np.int64]
    w: NDArray[np.float64]
    w2: NDArray[np.float64]

    @classmethod
    def from_cells(
        cls,
        cells: Iterable[tuple[Cell, tuple[int, float, float]]],
        *,
        attributes: Sequence[str],
        strata: Sequence[str] = (),
        outcomes: Sequence[str] = (LABEL,),
    ) -> Counts:
        """Build counts from ``((group, strata, outcomes), (n, w, w2))`` pairs.

        Cells that name the same key are added; cells with ``n == 0`` and ``w == 0`` are dropped.

        Examples
        --------
        >>> counts = Counts.from_cells(
        ...     [((("F",), (), (1,)), (3, 3.0, 3.0)), ((("F",), (), (0,)), (7, 7.0, 7.0))],
        ...     attributes=["sex"],
        ... )
        >>> counts.total
        10
        """
        merged: dict[tuple[str | int | None, ...], list[float]] = {}
        for (group, stratum, outcome), (n, w, w2) in cells:
            key = (*group, *stratum, *outcome)
            slot = merged.setdefault(key, [0, 0.0, 0.0])
            slot[0] += n
            slot[1] += w
            slot[2] += w2
        kept = {key: value for key, value in merged.items() if value[0] or value[1]}
        return cls._assemble(kept, tuple(attributes), tuple(strata), tuple(outcomes))

    @classmethod
    def _assemble(
        cls,
        merged: Mapping[tuple[str | int | None, ...], Sequence[float]],
        attributes: tuple[str, ...],
        strata: tuple[str, ...],
        outcomes: tuple[str, ...],
    ) -> Counts:
        width = len(attributes) + len(strata) + len(outcomes)
        levels = tuple(
            tuple(sorted({key[axis] for key in merged}, key=_order)) for axis in range(width)
        )
        index = [{level: code for code, level in enumerate(axis)} for axis in levels]
        rows = [[its[value] for its, value in zip(index, key, strict=True)] for key in merged]
        codes = np.array(rows, dtype=np.int64).reshape(len(merged), width)
        sums = np.array(list(merged.values()), dtype=np.float64).reshape(len(merged), 3)
        if width:  # in the order of the levels, the first axis first
            order = np.lexsort(codes.T[::-1])
            codes, sums = codes[order], sums[order]
        return cls(
            attributes, strata, outcomes, levels, codes,
            sums[:, 0].astype(np.int64), sums[:, 1], sums[:, 2],
        )  # fmt: skip

    @property
    def total(self) -> int:
        """Number of rows (people) counted."""
        return int(self.n.sum())

    @property
    def weighted(self) -> bool:
        """Whether any weight differs from one."""
        return not (np.array_equal(self.w, self.n) and np.array_equal(self.w2, self.n))

    def axis(self, name: str) -> int:
        """Return the position of an attribute, a stratum or an outcome among the axes."""
        names = (*self.attributes, *self.strata)
        if name in names:  # a column may be called "label": columns go before outcomes
            return names.index(name)
        if name in self.outcomes:
            return self.outcome_axis(name)
        raise MetricError(
            f"these counts have no '{shown(name)}'; they have {listed((*names, *self.outcomes))}"
        )

    def outcome_axis(self, name: str) -> int:
        """Return the position of an outcome among the axes."""
        if name not in self.outcomes:
            raise MetricError(f"no '{shown(name)}' was counted, only {listed(self.outcomes)}")
        return len(self.attributes) + len(self.strata) + self.outcomes.index(name)

    def values(self, name: str) -> tuple[str | int | None, ...]:
        """Return the values of one axis, sorted, missing last."""
        return self.levels[self.axis(name)]

    def cells(self) -> Iterable[tuple[Cell, tuple[int, float, float]]]:
        """Yield ``((group, strata, outcomes), (n, w, w2))`` in canonical order."""
        first, second = len(self.attributes), len(self.attributes) + len(self.strata)
        for row, n, w, w2 in zip(self.codes, self.n, self.w, self.w2, strict=True):
            key: list[Any] = [self.levels[axis][code] for axis, code in enumerate(row)]
            cell = (tuple(key[:first]), tuple(key[first:second]), tuple(key[second:]))
            yield cell, (int(n), float(w), float(w2))

    def marginal(
        self, *, attributes: Sequence[str] | None = None, strata: Sequence[str] | None = None
    ) -> Counts:
        """Sum over the attributes and strata that are not named; outcomes stay.

        Examples
        --------
        >>> one = (1, 1.0, 1.0)
        >>> counts = Counts.from_cells(
        ...     [((("F", "a"), (), (1,)), one), ((("F", "b"), (), (1,)), one)],
        ...     attributes=["sex", "site"],
        ... )
        >>> list(counts.marginal(attributes=["sex"]).cells())
        [((('F',), (), (1,)), (2, 2.0, 2.0))]
        """
        attributes = self.attributes if attributes is None else tuple(attributes)
        strata = self.strata if strata is None else tuple(strata)
        keep = [self.axis(name) for name in (*attributes, *strata)]
        keep += [self.outcome_axis(name) for name in self.outcomes]
        first, second = len(attributes), len(attributes) + len(strata)
        cells = []
        for row, n, w, w2 in zip(self.codes, self.n, self.w, self.w2, strict=True):
            key: list[Any] = [self.levels[axis][row[axis]] for axis in keep]
            cell = (tuple(key[:first]), tuple(key[first:second]), tuple(key[second:]))
            cells.append((cell, (int(n), float(w), float(w2))))
        return Counts.from_cells(
            cells, attributes=attributes, strata=strata, outcomes=self.outcomes
        )

    def where(self, **chosen: str | int | None) -> Counts:
        """Keep the cells in which each named axis has the given value.

        Examples
        --------
        >>> counts = Counts.from_cells(
        ...     [((("F",), (), (1,)), (2, 2.0, 2.0)), ((("M",), (), (1,)), (5, 5.0, 5.0))],
        ...     attributes=["sex"],
        ... )
        >>> counts.where(sex="M").total
        5
        """
        wanted = {self.axis(name): value for name, value in chosen.items()}
        flat = len(self.attributes) + len(self.strata)
        kept = [
            (cell, sums)
            for cell, sums in self.cells()
            if all(
                ((*cell[0], *cell[1])[axis] if axis < flat else cell[2][axis - flat]) == value
                for axis, value in wanted.items()
            )
        ]
        return Counts.from_cells(
            kept, attributes=self.attributes, strata=self.strata, outcomes=self.outcomes
        )

    def cube(
        self, attributes: Sequence[str], *, label: str | None = None, prediction: str | None = None
    ) -> Cube:
        """Cross some attributes by a label and a prediction.

        Parameters
        ----------
        attributes : sequence of str
            May be empty: then there is one group, ``()``.
        label, prediction : str or None
            Names of outcomes; None counts everything as unknown on that axis.

        Returns
        -------
        Cube
            Groups in canonical order, missing last.
        """
        axes = [self.axis(name) for name in attributes]
        order, group = np.zeros((min(1, len(self.n)), 0), np.int64), np.zeros(len(self.n), np.int64)
        if axes:
            order, group = np.unique(self.codes[:, axes], axis=0, return_inverse=True)
        group = group.reshape(-1)
        flat = (group * 3 + self._outcome(label)) * 3 + self._outcome(prediction)
        size = len(order) * 9
        shape = (len(order), 3, 3)
        groups: tuple[Group, ...] = tuple(
            tuple(_text(self.levels[axis][code]) for axis, code in zip(axes, key, strict=True))
            for key in order.tolist()
        )
        return Cube(
            tuple(attributes),
            groups,
            np.rint(np.bincount(flat, self.n, size)).astype(np.int64).reshape(shape),
            np.asarray(np.bincount(flat, self.w, size), dtype=np.float64).reshape(shape),
            np.asarray(np.bincount(flat, self.w2, size), dtype=np.float64).reshape(shape),
        )

    def _outcome(self, name: str | None) -> NDArray[np.int64]:
        if name is None:
            return np.full(len(self.n), UNKNOWN, dtype=np.int64)
        axis = self.outcome_axis(name)
        values = np.array([int(level or 0) for level in self.levels[axis]], dtype=np.int64)
        return values[self.codes[:, axis]]

    def __add__(self, other: object) -> Counts:
        """Add two tables of the same shape."""
        if not isinstance(other, Counts):
            return NotImplemented
        for what in ("attributes", "strata", "outcomes"):
            mine, theirs = getattr(self, what), getattr(other, what)
            if mine != theirs:
                raise MetricError(
                    f"cannot add these counts: their {what} differ "
                    f"({listed(mine) or 'none'} and {listed(theirs) or 'none'})"
                )
        return Counts.from_cells(
            [*self.cells(), *other.cells()],
            attributes=self.attributes,
            strata=self.strata,
            outcomes=self.outcomes,
        )

    def __eq__(self, other: object) -> bool:
        """Two tables are equal when their cells are."""
        if not isinstance(other, Counts):
            return NotImplemented
        names = ("attributes", "strata", "outcomes", "levels")
        arrays = ("codes", "n", "w", "w2")
        return all(getattr(self, name) == getattr(other, name) for name in names) and all(
            np.array_equal(getattr(self, name), getattr(other, name)) for name in arrays
        )

    __hash__ = None  # type: ignore[assignment]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the record; 2 (unknown) becomes null."""
        return {
            "attributes": list(self.attributes),
            "strata": list(self.strata),
            "outcomes": list(self.outcomes),
            "cells": [
                {
                    "group": list(group),
                    "strata": list(stratum),
                    **{
                        name: None if value == UNKNOWN else value
                        for name, value in zip(self.outcomes, outcome, strict=True)
                    },
                    "n": n,
                    "w": w,
                    "w2": w2,
                }
                for (group, stratum, outcome), (n, w, w2) in self.cells()
            ],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Counts:
        """Rebuild counts from a record."""
        outcomes = tuple(data["outcomes"])
        cells = [
            (
                (
                    tuple(cell["group"]),
                    tuple(cell["strata"]),
                    tuple(UNKNOWN if cell[name] is None else cell[name] for name in outcomes),
                ),
                (cell["n"], cell["w"], cell["w2"]),
            )
            for cell in data["cells"]
        ]
        return cls.from_cells(
            cells, attributes=data["attributes"], strata=data["strata"], outcomes=outcomes
        )


def _text(value: str | int | None) -> str | None:
    return None if value is None else str(value)


def _order(value: str | int | None) -> tuple[int, int, str]:
    """Sort numbers, then text, then missing."""
    if value is None:
        return (2, 0, "")
    if isinstance(value, int):
        return (0, value, "")
    return (1, 0, value)
