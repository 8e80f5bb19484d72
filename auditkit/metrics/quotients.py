"""Count metrics that are no conditional probability of their own: F1, balanced accuracy, errors.

Each is a quotient of counts. They have no row in :data:`auditkit.metrics.METRICS`, because the
interval and the test of a rate do not hold for them (or, as for the error rate, because the report
says the same by another rate). Functions and documentation follow from a row here as they do there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.metrics.declared import Declared
from auditkit.metrics.fractions import ACCEPTANCE, ERROR_RATE, REJECTION, Fraction
from auditkit.metrics.made import group_of, plain_of

__all__ = [
    "QUOTIENTS",
    "ROWS",
    "Quotients",
    "balanced_accuracy",
    "balanced_accuracy_difference",
    "balanced_accuracy_ratio",
    "conditional_acceptance",
    "conditional_rejection",
    "error_rate",
    "f1",
    "f1_difference",
    "f1_ratio",
    "zero_one_loss_difference",
    "zero_one_loss_ratio",
]

Numbers = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Quotients(Declared):
    """A metric that is a quotient of counts.

    Attributes
    ----------
    of : callable
        From a ``(..., 3, 3)`` table of counts or weights to numerators and denominators.
    """

    of: Callable[[NDArray[Any]], tuple[Numbers, Numbers]]

    def sums(self, table: NDArray[Any]) -> tuple[Numbers, Numbers]:
        """Return (numerators, denominators) of a ``(..., 3, 3)`` table of counts or weights."""
        return self.of(table)


def _cells(table: NDArray[Any]) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Return TN, FP, FN and TP as floats."""
    floats = np.asarray(table, dtype=np.float64)
    return floats[..., 0, 0], floats[..., 0, 1], floats[..., 1, 0], floats[..., 1, 1]


def _f1(table: NDArray[Any]) -> tuple[Numbers, Numbers]:
    _, fp, fn, tp = _cells(table)
    return 2 * tp, 2 * tp + fp + fn


def _balanced(table: NDArray[Any]) -> tuple[Numbers, Numbers]:
    tn, fp, fn, tp = _cells(table)
    return tp * (tn + fp) + tn * (tp + fn), 2 * (tp + fn) * (tn + fp)


def _row(part: Fraction, *, title: str, better: Any, formula: str, source: str, values: str
         ) -> Quotients:  # fmt: skip
    return Quotients(
        name=part.name, title=title, family="quotient", needs=part.needs, better=better,
        formula=formula, reference=source, undefined=part.undefined, range=values, of=part.sums,
    )  # fmt: skip


_FAWCETT = "Fawcett (2006), An introduction to ROC analysis, Pattern Recognition Letters 27"
_CLARIFY = "SageMaker Clarify, smclarify 0.5, smclarify/bias/metrics/basic_stats.py"

F1 = Quotients(
    name="f1",
    title="F1 score",
    family="quotient",
    needs=("label", "prediction"),
    better="up",
    formula="2 TP / (2 TP + FP + FN), the harmonic mean of precision and recall",
    reference="van Rijsbergen (1979), Information Retrieval, ch. 7; sklearn.metrics.f1_score",
    undefined="no positive labels and nobody was selected",
    of=_f1,
)
BALANCED = Quotients(
    name="balanced_accuracy",
    title="Balanced accuracy",
    family="quotient",
    needs=("label", "prediction"),
    better="up",
    formula="½ [TP / (TP + FN) + TN / (TN + FP)], the mean of both rates",
    reference="Brodersen, Ong, Stephan, Buhmann (2010), The Balanced Accuracy and Its Posterior "
    "Distribution, ICPR; sklearn.metrics.balanced_accuracy_score",
    undefined="no positive or no negative labels",
    of=_balanced,
)
ERRORS = _row(
    ERROR_RATE, title="Error rate (zero-one loss)", better="down", formula="(FP + FN) / n",
    source=_FAWCETT, values="[0, 1]",
)  # fmt: skip
ACCEPTED = _row(
    ACCEPTANCE, title="Conditional acceptance", better="neither", formula="(TP + FN) / (TP + FP)",
    source=_CLARIFY, values="[0, ∞)",
)  # fmt: skip
REJECTED = _row(
    REJECTION, title="Conditional rejection", better="neither", formula="(TN + FP) / (TN + FN)",
    source=_CLARIFY, values="[0, ∞)",
)  # fmt: skip

ROWS = (F1, BALANCED, ERRORS, ACCEPTED, REJECTED)
"""The quotients of the catalogue, declared."""

QUOTIENTS: Mapping[str, Quotients] = MappingProxyType({row.name: row for row in ROWS})
"""Name → row."""

# The tables of the examples are those of the rates (auditkit.metrics.made): plain 1 of each cell;
# a: 1 of each; b: TP 9, FN 3, FP 3, TN 1. F1 is 2/4 and 18/24, the balanced accuracy ½ (1/2 + 1/2)
# and ½ (3/4 + 1/4), errors are 2 of 4 and 6 of 16, and labels and decisions are as many.
f1 = plain_of(F1, "0.5")
f1_difference = group_of(F1, "difference", "0.25")
f1_ratio = group_of(F1, "ratio", "0.667")
balanced_accuracy = plain_of(BALANCED, "0.5")
balanced_accuracy_difference = group_of(BALANCED, "difference", "0.0")
balanced_accuracy_ratio = group_of(BALANCED, "ratio", "1.0")
error_rate = plain_of(ERRORS, "0.5")
zero_one_loss_difference = group_of(ERRORS, "difference", "0.125", "zero_one_loss_difference")
zero_one_loss_ratio = group_of(ERRORS, "ratio", "0.75", "zero_one_loss_ratio")
conditional_acceptance = plain_of(ACCEPTED, "1.0")
conditional_rejection = plain_of(REJECTED, "1.0")
