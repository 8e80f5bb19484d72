"""The one place that reaches for SciPy, when a function needs it and not before.

`import auditkit` stays light: SciPy is loaded on the first call that asks for one of these.
`scipy.special` alone is several times quicker to load than `scipy.stats`.
"""

from __future__ import annotations

from typing import Any


def special() -> Any:
    """Return `scipy.special`: incomplete beta and gamma, noncentral chi-square."""
    from scipy import special as module

    return module


def chi_square_p(statistic: float, df: int) -> float:
    """Return P(X >= statistic) for X chi-square with `df` degrees of freedom."""
    return float(special().chdtrc(df, statistic))
