"""What would help, measured out of fold: remedies, their cost, and models as good with less gap.

``remedies_of(prepared, kind, cut, attribute=...)`` tries every remedy on the same rows and folds.
Files: ``plan`` (a remedy as data), ``data``, ``features``, ``reductions`` and ``deciding`` (the
remedies, by what they change), ``frontier`` (what each costs and brings), ``asking``.
"""

from __future__ import annotations

from auditkit.remedies.asking import (
    OWN_NUMBER,
    codes_of,
    remedies_for,
    remedies_of,
    setting_of,
    widest_attribute,
)
from auditkit.remedies.data import relabelled, resampled, weights_of
from auditkit.remedies.features import remover, with_groups, without
from auditkit.remedies.frontier import measured
from auditkit.remedies.plan import Line, Lines, Method, Setting, Trial, Tried
from auditkit.remedies.reductions import Lottery

__all__ = [
    "OWN_NUMBER",
    "Line",
    "Lines",
    "Lottery",
    "Method",
    "Setting",
    "Trial",
    "Tried",
    "codes_of",
    "measured",
    "relabelled",
    "remedies_for",
    "remedies_of",
    "remover",
    "resampled",
    "setting_of",
    "weights_of",
    "widest_attribute",
    "with_groups",
    "without",
]
