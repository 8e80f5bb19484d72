"""Whether a feature goes with the outcome: in all rows, and given the group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from auditkit import inference
from auditkit.profiling.association import (
    chance_p,
    chance_p_within,
    filled,
    interval_of,
    strength_within,
)
from auditkit.profiling.compared import Compared, scaled
from auditkit.profiling.levels import Levels
from auditkit.profiling.rows import Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["GivenGroup", "OutcomeLink", "OutcomeTables"]


@dataclass(frozen=True)
class OutcomeLink:
    """How strongly a feature goes with the outcome; None where that cannot be measured."""

    strength: float | None
    low: float | None
    high: float | None
    p_value: float | None


@dataclass(frozen=True)
class GivenGroup:
    """The same within the groups of an attribute."""

    strength: float | None
    p_value: float | None


class OutcomeTables:
    """The outcome, ready to be set beside any feature.

    Parameters
    ----------
    event : ndarray of float
        1, 0, or NaN for unknown, in our order of rows.
    rows : Rows
        Weights, and our order of rows.
    level : float
        Confidence level of intervals.
    """

    def __init__(self, event: NDArray[np.float64], rows: Rows, *, level: float) -> None:
        self.decided = ~np.isnan(event)
        self.happened = (event == 1).astype(np.int64)
        self.rows = rows
        self.level = level

    def link(self, levels: Levels) -> OutcomeLink:
        """Return how the levels go with the outcome, whatever the group."""
        decided = self.decided
        rows = self.rows.keep(decided)
        flat = 2 * levels.codes[decided] + self.happened[decided]
        table = scaled(rows.weigh(flat, 2 * levels.size).reshape(-1, 2), rows)
        table = filled(table)
        strength = inference.cramers_v(table) if table.size else None
        if strength is None:
            return OutcomeLink(None, None, None, None)
        low, high = interval_of(table, level=self.level) or (None, None)
        return OutcomeLink(strength, low, high, chance_p(table))

    def given(self, levels: Levels, groups: Compared) -> GivenGroup:
        """Return how the levels go with the outcome within the groups of an attribute."""
        decided = self.decided[groups.kept]
        rows = groups.rows.keep(decided)
        codes = levels.codes[groups.kept][decided]
        happened = self.happened[groups.kept][decided]
        flat = (groups.codes[decided] * levels.size + codes) * 2 + happened
        size = groups.size * levels.size * 2
        sums = rows.weigh(flat, size).reshape(groups.size, levels.size, 2)
        tables = [filled(table) for table in scaled(sums, rows)]
        return GivenGroup(strength_within(tables), chance_p_within(tables))
