"""Tables that wait until there are many: measured together they cost much less than one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auditkit.profiling.association import Link, links_of, links_within

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Waiting"]

_MOST = 1_000_000
"""Numbers in tables that are held before they are measured."""


class Waiting:
    """What was counted of features and is not measured yet.

    Attributes
    ----------
    pairs : dict of int to ndarray
        Place of a pair to (level of the feature × group).
    outcome : dict of str to ndarray
        Feature to (level × outcome).
    given : dict of (feature, attribute) to ndarray
        (Group × level × outcome).
    """

    def __init__(self) -> None:
        self.pairs: dict[int, NDArray[np.float64]] = {}
        self.outcome: dict[str, NDArray[np.float64]] = {}
        self.given: dict[tuple[str, str], NDArray[np.float64]] = {}
        self._size = 0

    def add(self, to: dict[Any, NDArray[np.float64]], key: Any, table: Any) -> None:
        """Let a table wait, if there is one."""
        if table is not None:
            to[key] = table
            self._size += table.size

    @property
    def enough(self) -> bool:
        """Whether so much waits that it should not become more."""
        return self._size > _MOST

    def links(self, *, level: float) -> tuple[dict[int, Link | None], dict[str, Link | None]]:
        """Measure how features go with groups, and with the outcome."""
        found = links_of([*self.pairs.values(), *self.outcome.values()], level=level)
        pairs = dict(zip(self.pairs, found, strict=False))
        return pairs, dict(zip(self.outcome, found[len(pairs) :], strict=True))

    def within(self) -> dict[tuple[str, str], tuple[float | None, float | None]]:
        """Measure how features go with the outcome within the groups of an attribute."""
        return dict(zip(self.given, links_within([*self.given.values()]), strict=True))
