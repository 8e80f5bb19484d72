"""Gaps in numbers filled with the median: scikit-learn's imputer, told the medians quickly.

This module imports scikit-learn when it is imported, as the class needs it: only
:mod:`auditkit.trainer.design` imports it, when a design is built.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas
from sklearn.impute import SimpleImputer

__all__ = ["Medians"]


class Medians(SimpleImputer):  # type: ignore[misc]
    """Fill gaps with the median of a column and mark them, as ``SimpleImputer`` does.

    That one finds medians in masked arrays, which takes nearly as long as the logistic fit. Two
    rows can have the medians, and the gaps, of all rows: it is fitted to those.

    Examples
    --------
    >>> import pandas
    >>> frame = pandas.DataFrame({"age": [31.0, np.nan, 58.0], "years": [1.0, 2.0, 9.0]})
    >>> Medians(strategy="median", add_indicator=True).fit_transform(frame).tolist()
    [[31.0, 1.0, 0.0], [44.5, 2.0, 1.0], [58.0, 9.0, 0.0]]
    """

    def fit(self, X: pandas.DataFrame, y: Any = None) -> Medians:  # noqa: N803
        """Learn the medians, and which columns have gaps."""
        medians: dict[Any, list[float]] = {}
        for name in X.columns:
            cells = X[name].to_numpy(dtype=np.float64)
            known = cells[~np.isnan(cells)]
            middle = float(np.median(known)) if len(known) else np.nan
            medians[name] = [middle, middle if len(known) == len(cells) else np.nan]
        super().fit(pandas.DataFrame(medians))
        return self
