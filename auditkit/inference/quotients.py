"""What part of a whole a term is, when both are estimated: Fieller's interval."""

from __future__ import annotations

import math

from auditkit.errors import MetricError
from auditkit.inference import _checks
from auditkit.inference.rates import Interval


def fieller(
    part: float,
    whole: float,
    *,
    variance_part: float,
    variance_whole: float,
    covariance: float,
    level: float = 0.95,
) -> Interval | None:
    r"""Fieller's interval for the quotient of two estimates.

    All q for which :math:`a - q b` does not differ clearly from 0, with a the part and b the
    whole:

    .. math:: (a - q b)^2 \le z^2 (V_a - 2 q C_{ab} + q^2 V_b)

    It is bounded only where the whole itself is clearly not 0 at that level
    (:math:`b^2 > z^2 V_b`): the share of a gap that may not be there can be anything. Where the
    whole is large beside its error, it is the interval of the delta method.

    Parameters
    ----------
    part, whole : float
        The estimates, about normal.
    variance_part, variance_whole, covariance : float
        Of the two.
    level : float
        Confidence level, strictly between 0 and 1.

    Returns
    -------
    Interval or None
        Around ``part / whole``; the ends may lie outside 0 to 1. None where it is not bounded.

    Raises
    ------
    MetricError
        If an argument is not finite, a variance is negative, or the covariance is larger than
        the variances allow.

    References
    ----------
    .. [1] Fieller EC (1954). Some problems in interval estimation. Journal of the Royal
       Statistical Society B 16, 175-185.

    Examples
    --------
    >>> low, high = fieller(-0.3, -0.5, variance_part=0.01, variance_whole=0.02, covariance=0.01)
    >>> round(low, 3), round(high, 3)
    (0.302, 0.987)
    """
    a, b = _checks.number(part, name="part"), _checks.number(whole, name="whole")
    va = _checks.count(variance_part, name="variance_part")
    vb = _checks.count(variance_whole, name="variance_whole")
    c = _checks.number(covariance, name="covariance")
    z = _checks.normal_quantile(_checks.open_proportion(level, name="level"))
    if c * c > va * vb * (1 + 1e-9):
        raise MetricError(f"covariance {c:g} is larger than the variances {va:g} and {vb:g} allow")
    first, middle, last = a * a - z * z * va, a * b - z * z * c, b * b - z * z * vb
    if last <= 0:
        return None
    root = math.sqrt(max(0.0, middle * middle - first * last))
    low, high = (middle - root) / last, (middle + root) / last
    return Interval(min(low, a / b), max(high, a / b))
