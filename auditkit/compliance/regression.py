"""Ordinary least squares, small and plain: coefficients, classical and robust errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Fit", "design", "least_squares"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Fit:
    """What `least_squares` found.

    Attributes
    ----------
    names : tuple of str
        Of the columns, the constant first.
    coefficients, errors, robust : ndarray
        Estimates, classical standard errors, and HC1 (White's with n / (n - k)).
    n, df : int
        Rows, and rows less coefficients.
    r2 : float
        Share of the variance explained.
    """

    names: tuple[str, ...]
    coefficients: Floats
    errors: Floats
    robust: Floats
    n: int
    df: int
    r2: float

    def of(self, name: str) -> tuple[float, float, float]:
        """Return coefficient, classical and robust error of one column."""
        place = self.names.index(name)
        return (
            float(self.coefficients[place]),
            float(self.errors[place]),
            float(self.robust[place]),
        )


def least_squares(y: Floats, columns: dict[str, Floats]) -> Fit | None:
    r"""Fit :math:`y = Xb` with a constant.

    Parameters
    ----------
    y : ndarray
        The outcome.
    columns : dict of str to ndarray
        Name → regressor. One that the others already tell is left out, the later first.

    Returns
    -------
    Fit or None
        None when there are not more rows than columns.

    References
    ----------
    .. [1] White H (1980). A heteroskedasticity-consistent covariance matrix estimator.
       Econometrica 48, 817-838. MacKinnon JG, White H (1985), HC1.

    Examples
    --------
    >>> fit = least_squares(np.array([1.0, 2.0, 3.0, 5.0]), {"x": np.array([0.0, 1.0, 2.0, 3.0])})
    >>> round(fit.of("x")[0], 3), round(fit.r2, 3), fit.df
    (1.3, 0.966, 2)
    """
    kept: dict[str, Floats] = {"constant": np.ones(len(y))}
    for name, values in columns.items():
        trial = np.column_stack([*kept.values(), values])
        if np.linalg.matrix_rank(trial) == trial.shape[1]:
            kept[name] = values
    x = np.column_stack(list(kept.values()))
    n, k = x.shape
    if n <= k:
        return None
    inverse = np.linalg.inv(x.T @ x)
    b = inverse @ (x.T @ y)
    residual = y - x @ b
    rss = float(residual @ residual)
    tss = float(((y - y.mean()) ** 2).sum())
    meat = (x * (residual**2)[:, None]).T @ x
    robust = inverse @ meat @ inverse * (n / (n - k))
    return Fit(
        names=tuple(kept),
        coefficients=b,
        errors=np.sqrt(np.diag(inverse) * rss / (n - k)),
        robust=np.sqrt(np.maximum(np.diag(robust), 0.0)),
        n=n,
        df=n - k,
        r2=1 - rss / tss if tss else 0.0,
    )


def design(frame: pd.DataFrame, factors: list[str]) -> tuple[dict[str, Floats], NDArray[np.bool_]]:
    """Return regressors of some factors, numbers as they are and texts as 0/1 columns.

    The most frequent text is left out. The second value marks the rows in which nothing is
    missing; the regressors are of those rows.
    """
    import pandas as pd

    whole = frame[factors].notna().all(axis=1).to_numpy() if factors else np.ones(len(frame), bool)
    here = frame.loc[whole]
    columns: dict[str, Floats] = {}
    for name in factors:
        values = here[name]
        shown = name.removeprefix("__factor:")
        if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
            columns[shown] = values.to_numpy(dtype=np.float64)
            continue
        texts = values.astype(str)
        for level in texts.value_counts().index[1:]:
            columns[f"{shown}: {level}"] = (texts == level).to_numpy(dtype=np.float64)
    return columns, whole
