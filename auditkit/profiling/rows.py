"""Rows at the door of this room: checked once, weighted, and put into an order of our own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from auditkit.columns import Coded
from auditkit.counts import group_text
from auditkit.errors import MetricError, shown

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Attribute", "Rows", "attributes", "outcome_of"]


@dataclass(frozen=True)
class Rows:
    """How many people each row is, and how much it weighs.

    Sums of survey weights depend on the order of the rows, in the last digits. So with survey
    weights every array is first put into the order of the weights (`take`), and the same rows
    give the same sums however they were shuffled. Whole numbers add up exactly in any order.

    Attributes
    ----------
    size : int
        Number of rows that come in.
    order : ndarray of int or None
        The order of our own, without the rows of nobody; None leaves the rows as they are.
    people : ndarray of float or None
        People in each row; None is one in each.
    weight : ndarray of float or None
        Survey weight of each row; None: each row weighs what it has people.
    """

    size: int
    order: NDArray[np.intp] | None
    people: NDArray[np.float64] | None
    weight: NDArray[np.float64] | None

    @classmethod
    def build(cls, size: int, weight: ArrayLike | None, *, frequency: bool) -> Rows:
        """Check the weights of `size` rows.

        Raises
        ------
        MetricError
            When the weights are not one finite number a row, negative, all zero, or, as numbers
            of people, not whole.
        """
        if weight is None:
            return cls(size, None, None, None)
        try:
            values = np.array(weight, dtype=np.float64)
        except (TypeError, ValueError):
            raise MetricError("weight must be numbers") from None
        if values.shape != (size,):
            raise MetricError(f"weight must be one number for each of {size} rows")
        if not np.isfinite(values).all() or (values < 0).any():
            raise MetricError("weight has missing, infinite or negative values")
        if size and not values.any():
            raise MetricError("weight is zero in every row")
        if not frequency:
            order = np.argsort(values, kind="stable")
            return cls(size, order, None, values[order])
        if np.any(values != np.floor(values)):
            raise MetricError("weight must be whole numbers where it counts people")
        if values.all():
            return cls(size, None, values, None)
        somebody = np.flatnonzero(values)  # a row that stands for nobody is no row
        return cls(size, somebody, values[somebody], None)

    def take(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return one value a row in our order."""
        return values if self.order is None else values[self.order]

    def keep(self, kept: NDArray[np.bool_]) -> Rows:
        """Return the rows where `kept` (in our order) is true; what follows is in our order."""
        if self.order is None and kept.all():
            return self
        people = None if self.people is None else self.people[kept]
        weight = None if self.weight is None else self.weight[kept]
        return Rows(int(kept.sum()), None, people, weight)

    def count(self, codes: NDArray[np.int64], size: int) -> NDArray[np.float64]:
        """Return the people with each code."""
        return np.asarray(np.bincount(codes, self.people, size), dtype=np.float64)

    def weigh(self, codes: NDArray[np.int64], size: int) -> NDArray[np.float64]:
        """Return the weight of each code."""
        if self.weight is None:
            return self.count(codes, size)
        return np.asarray(np.bincount(codes, self.weight, size), dtype=np.float64)

    def weigh_squared(self, codes: NDArray[np.int64], size: int) -> NDArray[np.float64]:
        """Return, for each code, what the variance needs: the sum of squared survey weights."""
        if self.weight is None:
            return self.count(codes, size)
        squared = self.weight * self.weight
        return np.asarray(np.bincount(codes, squared, size), dtype=np.float64)


@dataclass(frozen=True)
class Attribute:
    """A protected attribute as codes: `names` are sorted, a missing value (None) is last."""

    name: str
    names: tuple[str | None, ...]
    codes: NDArray[np.int64]

    @property
    def known(self) -> int:
        """How many of the names are not missing."""
        return len(self.names) - (None in self.names)


def attributes(groups: Mapping[str, Sequence[str | None]], rows: Rows) -> list[Attribute]:
    """Code every protected attribute, in our order of rows."""
    coded = []
    for name, values in groups.items():
        if len(values) != rows.size:
            raise MetricError(
                f"'{shown(name)}' has {len(values)} values for {rows.size} rows: one a row is "
                "needed"
            )
        raw, uniques = _factorized(values)
        texts = [group_text(value) for value in uniques]
        known: list[str] = sorted({text for text in texts if text is not None})
        place = {text: code for code, text in enumerate(known)}
        renumber = [len(known) if text is None else place[text] for text in texts]
        codes = np.array([*renumber, len(known)], dtype=np.int64)[raw]
        missing = bool((codes == len(known)).any())
        coded.append(Attribute(name, (*known, None) if missing else (*known,), rows.take(codes)))
    return coded


def _factorized(values: Sequence[str | None]) -> tuple[NDArray[np.intp], Sequence[Any]]:
    """Return which of the different values each is, -1 where it is missing, and these."""
    if isinstance(values, Coded):
        return values.codes, values.names
    import pandas

    array = np.empty(len(values), dtype=object)
    array[:] = list(values)
    codes, uniques = pandas.factorize(array)
    return codes, uniques.tolist()


def outcome_of(outcome: ArrayLike, rows: Rows) -> NDArray[np.float64]:
    """Return the outcome (1, 0, or NaN for unknown) in our order of rows."""
    try:
        values = np.array(outcome, dtype=np.float64)
    except (TypeError, ValueError):
        raise MetricError("outcome must be 1, 0 or nan (unknown)") from None
    if values.shape != (rows.size,):
        raise MetricError(f"outcome must be one value for each of {rows.size} rows")
    if not np.all(np.isnan(values) | (values == 0) | (values == 1)):
        raise MetricError("outcome must be 1, 0 or nan (unknown)")
    return rows.take(values)
