"""Quotients of counts that are no probability, or have no row in METRICS: FN/FP, odds, shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.metrics.declared import Cells

__all__ = [
    "ACCEPTANCE",
    "ERROR_RATE",
    "FN_BY_FP",
    "ODDS",
    "REJECTION",
    "SHARE",
    "Fraction",
]

Numbers = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Fraction:
    """A quotient of two sets of cells, of which neither needs to contain the other.

    Attributes
    ----------
    name, undefined : str
        The name, and why it has no value.
    needs : tuple of str
        ``"label"``, ``"prediction"``.
    top, bottom : frozenset of (label, prediction)
        The cells that are counted above and below the line.
    of_all : bool
        Whether the lower count is of all groups together.
    """

    name: str
    undefined: str
    needs: tuple[str, ...]
    top: Cells
    bottom: Cells
    of_all: bool = False

    def sums(self, table: NDArray[Any]) -> tuple[Numbers, Numbers]:
        """Return numerators and denominators of a ``(groups, 3, 3)`` table."""
        above, below = (
            np.asarray(sum(table[:, y, p] for y, p in sorted(cells)), dtype=np.float64)
            for cells in (self.top, self.bottom)
        )
        return above, np.full_like(below, below.sum()) if self.of_all else below


_KNOWN = (0, 1)
_TP, _FP, _FN, _TN = (1, 1), (0, 1), (1, 0), (0, 0)
_BOTH = ("label", "prediction")


def _cells(labels: tuple[int, ...], predictions: tuple[int, ...]) -> frozenset[tuple[int, int]]:
    return frozenset((label, prediction) for label in labels for prediction in predictions)


_SELECTED = _cells((0, 1, 2), (1,))
_POSITIVE, _NEGATIVE = _cells((1,), _KNOWN), _cells((0,), _KNOWN)
ERROR_RATE = Fraction(
    name="error_rate",
    undefined="no row with a known label and a known decision",
    needs=_BOTH,
    top=frozenset({_FP, _FN}),
    bottom=_POSITIVE | _NEGATIVE,
)
FN_BY_FP = Fraction(
    name="false_negatives_by_false_positives",
    undefined="no false positives",
    needs=_BOTH,
    top=frozenset({_FN}),
    bottom=frozenset({_FP}),
)
ODDS = Fraction(
    name="selection_odds",
    undefined="everybody was selected",
    needs=("prediction",),
    top=_SELECTED,
    bottom=_cells((0, 1, 2), (0,)),
)
SHARE = Fraction(
    name="selected_share",
    undefined="nobody was selected in any group",
    needs=("prediction",),
    top=_SELECTED,
    bottom=_SELECTED,
    of_all=True,
)
ACCEPTANCE = Fraction(
    name="conditional_acceptance",
    undefined="nobody was selected",
    needs=_BOTH,
    top=_POSITIVE,
    bottom=frozenset({_TP, _FP}),
)
REJECTION = Fraction(
    name="conditional_rejection",
    undefined="everybody was selected",
    needs=_BOTH,
    top=_NEGATIVE,
    bottom=frozenset({_TN, _FN}),
)
