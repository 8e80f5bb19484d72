"""The four-fifths comparison, in whole numbers."""

from __future__ import annotations

from fractions import Fraction

from auditkit.errors import MetricError
from auditkit.inference import _checks


def below_four_fifths(
    events: float,
    n: float,
    ref_events: float,
    ref_n: float,
    *,
    threshold: str | float | Fraction = "0.8",
) -> bool | None:
    r"""Whether a rate is less than four fifths of the reference rate, decided exactly.

    .. math:: \frac{x}{n} < t\,\frac{x_r}{n_r}

    is decided in fractions and never in floating point: at the default threshold it is
    ``5 * events * ref_n < 4 * ref_events * n``. Exactly four fifths is *not* below, where
    floats would say that (16/25) / (36/45) is 0.7999999999999999.

    Parameters
    ----------
    events, n : float
        Events and size of the group; ``0 <= events <= n``.
    ref_events, ref_n : float
        Events and size of the reference group.
    threshold : str, float or Fraction
        Above 0, as written in decimals or as a fraction: "0.8", 0.8 and "4/5" are the same.

    Returns
    -------
    bool or None
        None when there is no ratio: a group is empty or the reference rate is 0.

    Raises
    ------
    MetricError
        If a count is negative, not finite or exceeds its n, or the threshold is not above 0.

    References
    ----------
    .. [1] Uniform Guidelines on Employee Selection Procedures, 29 CFR 1607.4(D) (1978).

    Examples
    --------
    >>> below_four_fifths(16, 25, 36, 45)
    False
    >>> below_four_fifths(15, 25, 36, 45)
    True
    """
    limit = exact_threshold(threshold)
    _checks.rate_counts(events, n)
    _checks.rate_counts(ref_events, ref_n, names=("ref_events", "ref_n"))
    x, size, ref_x, ref_size = (exact(value) for value in (events, n, ref_events, ref_n))
    if size == 0 or ref_size == 0 or ref_x == 0:
        return None
    return x * ref_size < limit * ref_x * size


def exact(value: float) -> Fraction:
    """Return a checked number as the fraction its decimals say."""
    return Fraction(int(value)) if value == int(value) else Fraction(str(float(value)))


def exact_threshold(threshold: str | float | Fraction) -> Fraction:
    """Return the threshold as the fraction its decimals say: 0.8 is 4/5."""
    try:
        limit = threshold if isinstance(threshold, Fraction) else Fraction(str(threshold))
    except (ValueError, ZeroDivisionError):
        raise MetricError(f"threshold must be a number like 0.8, got {threshold!r}") from None
    if limit <= 0:
        raise MetricError(f"threshold must be above 0, got {threshold!r}")
    return limit
