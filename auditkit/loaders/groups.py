"""Rows with roles, as arrays: the group of each row, and its outcome.

Counting does not need these (see :mod:`auditkit.loaders.tally`); the profile and the trainer do.
Both go by the same spellings, bands and positive value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from auditkit.columns import Coded
from auditkit.counts import group_text
from auditkit.loaders.roles import is_positive, prediction_positive
from auditkit.schema import Schema, band_labels

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["decision_column", "group_columns", "outcome_column"]


def group_columns(frame: pd.DataFrame, schema: Schema) -> dict[str, list[str | None]]:
    """Return protected attribute → the group of each row (None: missing)."""
    found: dict[str, list[str | None]] = {}
    for name in schema.protected:
        if name in schema.bins:
            found[name] = _bands(frame[name], schema, name)
            continue
        mapping = schema.values.get(name, {})
        codes, uniques = frame[name].factorize()
        texts = [group_text(value) for value in uniques.tolist()]
        names = [None if text is None else mapping.get(text, text) for text in texts]
        found[name] = Coded(codes, names)
    return found


def _bands(column: pd.Series, schema: Schema, name: str) -> list[str | None]:
    edges = schema.bins[name]
    assert not isinstance(edges, str)
    labels = band_labels(edges)
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    codes = np.searchsorted(np.array(edges), values, side="right")
    return [None if np.isnan(v) else labels[code] for v, code in zip(values, codes, strict=True)]


def outcome_column(frame: pd.DataFrame, schema: Schema) -> NDArray[np.float64]:
    """Return the label as 1.0, 0.0 or NaN (missing)."""
    assert schema.label is not None
    return _flags(frame[schema.label], schema.positive or "")


def decision_column(frame: pd.DataFrame, schema: Schema) -> NDArray[np.float64]:
    """Return the decision, or the score cut at its threshold, as 1.0, 0.0 or NaN (missing)."""
    if schema.prediction is not None:
        column = frame[schema.prediction]
        known = [group_text(value) for value in column.unique().tolist()]
        seen = {text: 1 for text in known if text is not None}
        return _flags(column, prediction_positive(schema, seen))
    assert schema.score is not None
    scores = frame[schema.score].to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isnan(scores), np.nan, (scores >= (schema.threshold or 0.0)).astype(float))


def _flags(column: pd.Series, positive: str) -> NDArray[np.float64]:
    codes, uniques = column.factorize()
    texts = [group_text(value) for value in uniques.tolist()]
    flags = [np.nan if text is None else float(is_positive(text, positive)) for text in texts]
    table = np.array([*flags, np.nan])  # a code of -1 is missing
    return np.asarray(table[codes], dtype=np.float64)
