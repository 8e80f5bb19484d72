"""The metrics, declared: each is a conditional probability P(event | given).

A row names two sets of cells of the label × prediction table. Value, numerator, denominator,
interval, test, the reason when it is undefined, the listing of ``auditkit metrics`` and the
array function all follow from the row. To add a count metric, add a row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from auditkit.counts import UNKNOWN

__all__ = ["METRICS", "Declared", "Metric"]

Cells = frozenset[tuple[int, int]]
_ANY = (0, 1, UNKNOWN)


def _cells(labels: tuple[int, ...] = _ANY, predictions: tuple[int, ...] = _ANY) -> Cells:
    return frozenset((y, p) for y in labels for p in predictions)


_KNOWN = (0, 1)
_RIGHT: Cells = frozenset({(0, 0), (1, 1)})
_BOTH = _cells(_KNOWN, _KNOWN)


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What is said of every metric, whatever its shape.

    Attributes
    ----------
    name, title : str
        The field's standard term, and the words a report uses.
    family : str
        What question it answers: ``outcome``, ``selection``, ``error`` (count metrics; findings
        and corrections for multiplicity go by these), ``quotient``, ``gap``, ``label-distance``,
        ``score``, ``regression``, ``multiclass``, ``ranking``, ``individual``.
    needs : tuple of str
        ``"label"``, ``"prediction"``, ``"score"``, ``"group"``, ``"stratum"``, ``"features"``.
    better : {"up", "down", "neither", "zero", "one"}
        Which direction is good for the person concerned when the positive label is favourable,
        or the value that means no difference.
    formula, reference : str
        The formula, and where it is defined.
    undefined : str
        The reason given when it has no value.
    range : str
        The values it can take.
    """

    name: str
    title: str
    family: str
    needs: tuple[str, ...]
    better: Literal["up", "down", "neither", "zero", "one"]
    formula: str
    reference: str
    undefined: str
    range: str = "[0, 1]"


@dataclass(frozen=True, kw_only=True)
class Metric(Declared):
    """A count metric: P(event | given), both sets of cells of the label × prediction table.

    Attributes
    ----------
    event, given : frozenset of (label, prediction)
        Cells of the table; 2 stands for unknown.
    complement : str or None
        The metric that is one minus this one; the two share a test.
    """

    event: Cells
    given: Cells
    complement: str | None = None

    @cached_property
    def masks(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the numerator and denominator as 3 × 3 arrays of 0 and 1."""
        numerator, denominator = np.zeros((3, 3)), np.zeros((3, 3))
        for cell in self.given:
            denominator[cell] = 1.0
            if cell in self.event:
                numerator[cell] = 1.0
        numerator.flags.writeable = denominator.flags.writeable = False
        return numerator, denominator

    def sums(self, table: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return (numerators, denominators) of a ``(..., 3, 3)`` table of counts or weights."""
        numerator, denominator = self.masks
        return (
            np.tensordot(table, numerator, axes=2).astype(np.float64),
            np.tensordot(table, denominator, axes=2).astype(np.float64),
        )


_FAWCETT = "Fawcett (2006), An introduction to ROC analysis, Pattern Recognition Letters 27"
_HARDT = "Hardt, Price, Srebro (2016), Equality of Opportunity in Supervised Learning"
_CHOULDECHOVA = "Chouldechova (2017), Fair prediction with disparate impact, Big Data 5"
_UGESP = "29 CFR 1607.4(D) and 1607.16 (selection rate)"

_ROWS = (
    Metric(
        name="base_rate",
        title="Base rate",
        family="outcome",
        needs=("label",),
        event=_cells(labels=(1,)),
        given=_cells(labels=_KNOWN),
        better="up",
        formula="P(y=1) = P / (P + N)",
        reference="Barocas, Hardt, Narayanan, Fairness and Machine Learning, ch. 3",
        undefined="no row with a known label",
    ),
    Metric(
        name="selection_rate",
        title="Selection rate",
        family="selection",
        needs=("prediction",),
        event=_cells(predictions=(1,)),
        given=_cells(predictions=_KNOWN),
        better="up",
        formula="P(ŷ=1) = (TP + FP) / n",
        reference=_UGESP,
        undefined="no row with a known decision",
    ),
    Metric(
        name="true_positive_rate",
        title="True positive rate",
        family="error",
        needs=("label", "prediction"),
        event=_cells(predictions=(1,)),
        given=_cells((1,), _KNOWN),
        better="up",
        formula="P(ŷ=1 | y=1) = TP / (TP + FN)",
        reference=_HARDT,
        undefined="no positive labels",
        complement="false_negative_rate",
    ),
    Metric(
        name="false_positive_rate",
        title="False positive rate",
        family="error",
        needs=("label", "prediction"),
        event=_cells(predictions=(1,)),
        given=_cells((0,), _KNOWN),
        better="neither",
        formula="P(ŷ=1 | y=0) = FP / (FP + TN)",
        reference=_HARDT,
        undefined="no negative labels",
        complement="true_negative_rate",
    ),
    Metric(
        name="true_negative_rate",
        title="True negative rate",
        family="error",
        needs=("label", "prediction"),
        event=_cells(predictions=(0,)),
        given=_cells((0,), _KNOWN),
        better="neither",
        formula="P(ŷ=0 | y=0) = TN / (FP + TN)",
        reference=_FAWCETT,
        undefined="no negative labels",
        complement="false_positive_rate",
    ),
    Metric(
        name="false_negative_rate",
        title="False negative rate",
        family="error",
        needs=("label", "prediction"),
        event=_cells(predictions=(0,)),
        given=_cells((1,), _KNOWN),
        better="down",
        formula="P(ŷ=0 | y=1) = FN / (TP + FN)",
        reference=_FAWCETT,
        undefined="no positive labels",
        complement="true_positive_rate",
    ),
    Metric(
        name="positive_predictive_value",
        title="Positive predictive value (precision)",
        family="error",
        needs=("label", "prediction"),
        event=_cells(labels=(1,)),
        given=_cells(_KNOWN, (1,)),
        better="neither",
        formula="P(y=1 | ŷ=1) = TP / (TP + FP)",
        reference=_CHOULDECHOVA,
        undefined="nobody was selected",
        complement="false_discovery_rate",
    ),
    Metric(
        name="negative_predictive_value",
        title="Negative predictive value",
        family="error",
        needs=("label", "prediction"),
        event=_cells(labels=(0,)),
        given=_cells(_KNOWN, (0,)),
        better="neither",
        formula="P(y=0 | ŷ=0) = TN / (TN + FN)",
        reference=_FAWCETT,
        undefined="everybody was selected",
        complement="false_omission_rate",
    ),
    Metric(
        name="false_discovery_rate",
        title="False discovery rate",
        family="error",
        needs=("label", "prediction"),
        event=_cells(labels=(0,)),
        given=_cells(_KNOWN, (1,)),
        better="neither",
        formula="P(y=0 | ŷ=1) = FP / (TP + FP)",
        reference=_FAWCETT,
        undefined="nobody was selected",
        complement="positive_predictive_value",
    ),
    Metric(
        name="false_omission_rate",
        title="False omission rate",
        family="error",
        needs=("label", "prediction"),
        event=_cells(labels=(1,)),
        given=_cells(_KNOWN, (0,)),
        better="neither",
        formula="P(y=1 | ŷ=0) = FN / (TN + FN)",
        reference=_FAWCETT,
        undefined="everybody was selected",
        complement="negative_predictive_value",
    ),
    Metric(
        name="accuracy",
        title="Accuracy",
        family="error",
        needs=("label", "prediction"),
        event=_RIGHT,
        given=_BOTH,
        better="up",
        formula="P(ŷ=y) = (TP + TN) / n",
        reference=_FAWCETT,
        undefined="no row with a known label and a known decision",
    ),
)

METRICS: Mapping[str, Metric] = MappingProxyType({row.name: row for row in _ROWS})
"""Name → row, in the order of the catalogue."""
