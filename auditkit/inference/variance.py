"""Whether the means of many groups differ: analysis of variance, from sizes, means and spreads."""

from __future__ import annotations

import math
from collections.abc import Sequence

from auditkit.errors import MetricError
from auditkit.inference import _checks
from auditkit.inference._scipy import special


def one_way_anova(
    n: Sequence[float], means: Sequence[float], variances: Sequence[float]
) -> tuple[float, int, float, float] | None:
    r"""One-way analysis of variance: F test that all groups have the same mean.

    .. math:: F = \frac{\sum_g n_g (\bar x_g - \bar x)^2 / (G - 1)}
              {\sum_g (n_g - 1) s_g^2 / (N - G)}

    It takes the groups' variances to be equal, and the values to be about normal or many.

    Parameters
    ----------
    n : sequence of float
        Size of each group; empty groups are left out.
    means, variances : sequence of float
        Mean of each group, and its variance with n − 1 in the denominator (0 for a single row).

    Returns
    -------
    tuple of (F, df between, df within, p_value) or None
        None with fewer than two groups, no more rows than groups, or no variation within any.

    Raises
    ------
    MetricError
        If the lengths differ, a size or a variance is negative, or a number is not finite.

    References
    ----------
    .. [1] Fisher RA (1925). Statistical Methods for Research Workers, chapter 7.

    Examples
    --------
    >>> f, between, within, p = one_way_anova([3, 3, 3], [2.0, 3.0, 4.0], [1.0, 1.0, 1.0])
    >>> f, between, within, round(p, 4)
    (3.0, 2, 6.0, 0.125)
    """
    if not len(n) == len(means) == len(variances):
        raise MetricError("n, means and variances must have the same length")
    groups = [
        (
            _checks.count(size, name=f"n[{i}]"),
            _checks.number(mean, name=f"means[{i}]"),
            _checks.count(spread, name=f"variances[{i}]"),
        )
        for i, (size, mean, spread) in enumerate(zip(n, means, variances, strict=True))
        if _checks.count(size, name=f"n[{i}]") > 0
    ]
    total = math.fsum(size for size, _, _ in groups)
    between, within = len(groups) - 1, total - len(groups)
    inside = math.fsum((size - 1) * spread for size, _, spread in groups)
    if between < 1 or within <= 0 or inside <= 0:
        return None
    middle = math.fsum(size * mean for size, mean, _ in groups) / total
    outside = math.fsum(size * (mean - middle) ** 2 for size, mean, _ in groups)
    f = (outside / between) / (inside / within)
    return f, between, within, _checks.p_value(float(special().fdtrc(between, within, f)))
