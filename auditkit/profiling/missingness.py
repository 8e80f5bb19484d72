"""Empty cells: whose they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from auditkit.columns import column_of
from auditkit.profiling.rows import Attribute, Rows, attributes

if TYPE_CHECKING:
    import pandas
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Missing", "empty_cells", "missing_by_group", "missing_in", "missing_rows"]


@dataclass(frozen=True, kw_only=True)
class Missing:
    """How often a column is empty in one group.

    Attributes
    ----------
    column : str
        The column with empty cells.
    attributes, group : tuple
        The protected attribute and its group, each of length one; None is the group of those
        whose attribute is missing.
    missing, rows : int
        People with an empty cell, and people, in the group. Rows, where survey weights are used.
    share : float or None
        Share of the group, weighted.
    reason : str or None
        Why there is no share.

    Examples
    --------
    >>> Missing(column="age", attributes=("sex",), group=("F",), missing=1, rows=4,
    ...         share=0.25).to_dict()["group"]
    ['F']
    """

    column: str
    attributes: tuple[str, ...]
    group: tuple[str | None, ...]
    missing: int
    rows: int
    share: float | None
    reason: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the record."""
        return dict(vars(self)) | {"attributes": list(self.attributes), "group": list(self.group)}


def missing_by_group(
    frame: pandas.DataFrame,
    groups: Mapping[str, Sequence[str | None]],
    columns: Sequence[str],
    *,
    weight: ArrayLike | None = None,
    frequency: bool = False,
) -> list[Missing]:
    """Count the empty cells of each column in each group.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table. A cell is missing where pandas says so: text such as ``""`` or ``"?"`` is
        not, unless the loader made it so.
    groups : mapping of str to sequence
        Protected attribute to one group a row; None is missing.
    columns : sequence of str
        The columns to look at; those without an empty cell are left out, and so is an attribute
        by itself.
    weight : array-like or None
        One weight a row.
    frequency : bool
        The weights are numbers of people, not survey weights.

    Returns
    -------
    list of Missing
        By column and attribute as given; groups sorted, the missing one last.

    Raises
    ------
    SchemaError
        A column that the table does not have.
    MetricError
        Weights or groups that do not fit the rows.

    Examples
    --------
    >>> import pandas
    >>> frame = pandas.DataFrame({"age": [None, 30.0, 40.0]})
    >>> for row in missing_by_group(frame, {"sex": ["F", "F", "M"]}, ["age"]):
    ...     print(row.group, row.missing, row.rows, row.share)
    ('F',) 1 2 0.5
    ('M',) 0 1 0.0
    """
    rows = Rows.build(len(frame), weight, frequency=frequency)
    return missing_in(empty_cells(frame, columns, rows), attributes(groups, rows), rows)


def empty_cells(
    frame: pandas.DataFrame, columns: Sequence[str], rows: Rows
) -> dict[str, NDArray[np.bool_]]:
    """Return which rows have an empty cell, in our order of rows, for columns that have one."""
    empty = {
        name: rows.take(column_of(frame, name).isna().to_numpy(dtype=bool)) for name in columns
    }
    return {name: cells for name, cells in empty.items() if cells.any()}


def missing_in(
    empty: Mapping[str, NDArray[np.bool_]], coded: Sequence[Attribute], rows: Rows
) -> list[Missing]:
    """Count empty cells that are known already in groups that are codes already."""
    totals = {
        attribute.name: (
            rows.count(attribute.codes, len(attribute.names)),
            rows.weigh(attribute.codes, len(attribute.names)),
        )
        for attribute in coded
    }
    found = []
    for column, cells in empty.items():
        part, places = rows.keep(cells), np.flatnonzero(cells)
        for attribute in coded:
            if attribute.name == column:
                continue
            codes, size = attribute.codes[places], len(attribute.names)
            people, mass = totals[attribute.name]
            sums = zip(part.count(codes, size), people, part.weigh(codes, size), mass, strict=True)
            found += missing_rows(
                column, attribute.name, dict(zip(attribute.names, sums, strict=True))
            )
    return found


def missing_rows(
    column: str,
    attribute: str,
    groups: Mapping[str | None, tuple[float, float, float, float]],
) -> list[Missing]:
    """Say how often a column is empty in each group, from sums that were counted elsewhere.

    Parameters
    ----------
    column, attribute : str
        The column with empty cells, and the protected attribute.
    groups : mapping of str or None to tuple
        Group → people with an empty cell, people, and the weight of both.

    Returns
    -------
    list of Missing
        In the order given, without groups of nobody.

    Examples
    --------
    >>> missing_rows("age", "sex", {"F": (1, 4, 1.0, 4.0), "M": (0, 0, 0.0, 0.0)})[0].share
    0.25
    """
    return [
        Missing(
            column=column,
            attributes=(attribute,),
            group=(name,),
            missing=round(missing),
            rows=round(people),
            share=min(1.0, float(part / whole)) if whole else None,
            reason=None if whole else "all weights of the group are zero",
        )
        for name, (missing, people, part, whole) in groups.items()
        if people
    ]
