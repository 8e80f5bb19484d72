"""Two groups compared within strata: Mantel-Haenszel (odds, rates) and Breslow-Day."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from auditkit.inference import _checks
from auditkit.inference._scipy import chi_square_p

Table = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class MantelHaenszel:
    """What `mantel_haenszel` found over all strata.

    Attributes
    ----------
    odds_ratio : float or None
        Common odds ratio, a to b; 0.0 when a has no event where b has some. None when its
        denominator is zero, or no stratum is informative.
    low, high : float or None
        Its Robins-Breslow-Greenland interval. None when the odds ratio is 0 or None.
    chi2, p_value : float or None
        Cochran-Mantel-Haenszel test that the odds ratio is 1 in every stratum, one degree of
        freedom. None when no stratum is informative.
    observed, expected : float
        Events of a over the informative strata, and how many their margins lead one to expect.
    variance : float
        Hypergeometric variance of `observed`.
    sd : float or None
        ``(expected - observed) / sqrt(variance)``: positive when a has *fewer* events than
        expected, as in US adverse-impact practice.
    strata_used, strata : int
        How many strata are informative (both groups present, and neither nobody nor everybody
        had the event), and how many were given.
    reason : str or None
        Why something is None.
    """

    odds_ratio: float | None
    low: float | None
    high: float | None
    chi2: float | None
    p_value: float | None
    observed: float
    expected: float
    variance: float
    sd: float | None
    strata_used: int
    strata: int
    reason: str | None


def mantel_haenszel(
    tables: Sequence[Table], *, level: float = 0.95, correction: bool = False
) -> MantelHaenszel:
    r"""Compare two groups within strata, and pool the comparison.

    .. math:: \mathrm{OR} = \frac{\sum_s x_{as} y_{bs} / N_s}{\sum_s x_{bs} y_{as} / N_s},\qquad
       \chi^2 = \frac{(|\sum_s (x_{as} - E_s)| - c)^2}{\sum_s V_s}

    where x counts events, y the persons without, :math:`E_s = n_{as} X_s / N_s` and
    :math:`V_s = n_{as} n_{bs} X_s Y_s / (N_s^2 (N_s - 1))`.

    Parameters
    ----------
    tables : sequence of (events_a, n_a, events_b, n_b)
        One for each stratum. Strata that cannot tell (a group absent, no variation) are left
        out, and counted in the answer.
    level : float
        Confidence level of the odds ratio's interval.
    correction : bool
        Take the continuity correction c = 1/2 (R's default); without it c = 0.

    Returns
    -------
    MantelHaenszel
        Its `reason` says why a value is None.

    Raises
    ------
    MetricError
        If a table is malformed or the level is out of range.

    References
    ----------
    .. [1] Mantel N, Haenszel W (1959). Statistical aspects of the analysis of data from
       retrospective studies of disease. JNCI 22, 719-748.
    .. [2] Robins J, Breslow N, Greenland S (1986). Estimators of the Mantel-Haenszel variance
       consistent in both sparse data and large-strata limiting models. Biometrics 42, 311-323.

    Examples
    --------
    Berkeley 1973, two of six departments (women, men):

    >>> found = mantel_haenszel([(89, 108, 512, 825), (17, 25, 353, 560)])
    >>> round(found.odds_ratio, 2), round(found.sd, 2), found.strata_used
    (2.35, -3.93, 2)
    """
    checked = _checks.strata(tables)
    z = _checks.normal_quantile(_checks.open_proportion(level, name="level"))
    used = _informative(checked)
    observed = math.fsum(a for a, _, _, _ in used)
    expected = math.fsum(m * (a + b) / (m + n) for a, m, b, n in used)
    variance = math.fsum(_variance(*table) for table in used)
    odds_ratio, low, high, reason = _odds_ratio(used, z)
    chi2 = p_value = sd = None
    if variance > 0:
        gap = abs(observed - expected)
        if correction and gap >= 0.5:
            gap -= 0.5
        chi2 = gap * gap / variance
        p_value = _checks.two_sided_p(math.sqrt(chi2))
        sd = (expected - observed) / math.sqrt(variance)
    return MantelHaenszel(
        odds_ratio=odds_ratio,
        low=low,
        high=high,
        chi2=chi2,
        p_value=p_value,
        observed=observed,
        expected=expected,
        variance=variance,
        sd=sd,
        strata_used=len(used),
        strata=len(checked),
        reason=reason,
    )


def breslow_day(tables: Sequence[Table], *, tarone: bool = True) -> tuple[float, int, float] | None:
    r"""Test whether the odds ratio is the same in every stratum.

    .. math:: X^2 = \sum_s \frac{(x_{as} - e_s)^2}{v_s}

    with :math:`e_s` the events of a that the common (Mantel-Haenszel) odds ratio leads one to
    expect given the margins of stratum s, and :math:`v_s` their asymptotic variance. A small
    p-value says that one pooled number hides different stories.

    Parameters
    ----------
    tables : sequence of (events_a, n_a, events_b, n_b)
        One for each stratum; those that cannot tell are left out.
    tarone : bool
        Subtract Tarone's correction, which makes the test exact in large samples.

    Returns
    -------
    tuple of (chi2, df, p_value) or None
        None with fewer than two informative strata, or a common odds ratio that is undefined,
        0 or without bound.

    Raises
    ------
    MetricError
        If a table is malformed.

    References
    ----------
    .. [1] Breslow NE, Day NE (1980). Statistical Methods in Cancer Research I, 142-143. IARC.
    .. [2] Tarone RE (1985). On heterogeneity tests based on efficient scores. Biometrika 72,
       91-95.

    Examples
    --------
    >>> chi2, df, p = breslow_day([(89, 108, 512, 825), (17, 25, 353, 560)])
    >>> round(chi2, 3), df, round(p, 4)
    (2.736, 1, 0.0981)
    """
    used = _informative(_checks.strata(tables))
    common = _odds_ratio(used, 1.0)[0]
    if len(used) < 2 or not common:
        return None
    chi2 = misses = spread = 0.0
    for a, m, b, n in used:
        fitted = _fitted_events(common, m, n, a + b)
        cells = (fitted, m - fitted, a + b - fitted, n - (a + b) + fitted)
        if min(cells) <= 0:
            return None
        v = 1 / math.fsum(1 / cell for cell in cells)
        chi2 += (a - fitted) ** 2 / v
        misses += a - fitted
        spread += v
    if tarone:
        chi2 = max(0.0, chi2 - misses * misses / spread)
    df = len(used) - 1
    return chi2, df, _checks.p_value(chi_square_p(chi2, df))


@dataclass(frozen=True, slots=True)
class CommonEffect:
    """A difference or a ratio of rates that the strata have in common.

    Attributes
    ----------
    value : float or None
        a minus b, or a divided by b.
    low, high : float or None
        Its interval. None where the ratio is 0.
    strata_used : int
        Strata in which both groups are present (for a ratio: and somebody had the event).
    reason : str or None
        Why a value is None.
    """

    value: float | None
    low: float | None
    high: float | None
    strata_used: int
    reason: str | None


def mantel_haenszel_difference(tables: Sequence[Table], *, level: float = 0.95) -> CommonEffect:
    r"""Compare two rates within strata: their common difference.

    .. math:: \mathrm{RD} = \frac{\sum_s (x_{as} n_{bs} - x_{bs} n_{as}) / N_s}
       {\sum_s n_{as} n_{bs} / N_s}

    The strata weigh :math:`n_a n_b / N`. The interval has Sato's variance, which holds for many
    small strata and for few large ones.

    Parameters
    ----------
    tables : sequence of (events_a, n_a, events_b, n_b)
        One for each stratum. Strata without one of the groups cannot tell and are left out.
    level : float
        Confidence level.

    Returns
    -------
    CommonEffect
        From -1 to 1. None, with a reason, where no stratum has both groups.

    Raises
    ------
    MetricError
        If a table is malformed or the level is out of range.

    References
    ----------
    .. [1] Greenland S, Robins JM (1985). Estimation of a common effect parameter from sparse
       follow-up data. Biometrics 41, 55-68.
    .. [2] Sato T (1989). On the variance estimator for the Mantel-Haenszel risk difference.
       Biometrics 45, 1323-1324.

    Examples
    --------
    >>> found = mantel_haenszel_difference([(89, 108, 512, 825), (17, 25, 353, 560)])
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3)
    (0.173, 0.099, 0.247)
    """
    used = [table for table in _checks.strata(tables) if table[1] > 0 and table[3] > 0]
    z = _checks.normal_quantile(_checks.open_proportion(level, name="level"))
    if not used:
        return CommonEffect(None, None, None, 0, "no stratum has both groups")
    weight = math.fsum(m * n / (m + n) for _, m, _, n in used)
    top, bottom = _events_weighed(used)
    value = (top - bottom) / weight
    p = math.fsum(
        (m * m * b - n * n * a + m * n * (n - m) / 2) / (m + n) ** 2 for a, m, b, n in used
    )
    q = math.fsum((a * (n - b) + b * (m - a)) / (2 * (m + n)) for a, m, b, n in used)
    reach = z * math.sqrt(max(0.0, value * p + q)) / weight
    low, high = max(-1.0, value - reach), min(1.0, value + reach)
    return CommonEffect(value, low, high, len(used), None)


def mantel_haenszel_ratio(tables: Sequence[Table], *, level: float = 0.95) -> CommonEffect:
    r"""Compare two rates within strata: their common ratio, with the Greenland-Robins interval.

    .. math:: \mathrm{RR} = \frac{\sum_s x_{as} n_{bs} / N_s}{\sum_s x_{bs} n_{as} / N_s}

    Parameters
    ----------
    tables : sequence of (events_a, n_a, events_b, n_b)
        One for each stratum. Strata without one of the groups, or without any event, cannot tell
        and are left out.
    level : float
        Confidence level.

    Returns
    -------
    CommonEffect
        0 or more. The value is None, with a reason, where b has no event in any stratum with
        both groups; a ratio of 0 has no interval.

    Raises
    ------
    MetricError
        If a table is malformed or the level is out of range.

    References
    ----------
    .. [1] Greenland S, Robins JM (1985). Estimation of a common effect parameter from sparse
       follow-up data. Biometrics 41, 55-68.

    Examples
    --------
    >>> found = mantel_haenszel_ratio([(89, 108, 512, 825), (17, 25, 353, 560)])
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3)
    (1.277, 1.158, 1.408)
    """
    checked = _checks.strata(tables)
    used = [(a, m, b, n) for a, m, b, n in checked if m > 0 and n > 0 and a + b > 0]
    z = _checks.normal_quantile(_checks.open_proportion(level, name="level"))
    if not used:
        return CommonEffect(None, None, None, 0, "no stratum has both groups and an event")
    top, bottom = _events_weighed(used)
    if bottom == 0:
        reason = "the reference has no event in any stratum with both groups"
        return CommonEffect(None, None, None, len(used), reason)
    if top == 0:
        reason = "the ratio is zero: it has no interval on the log scale"
        return CommonEffect(0.0, None, None, len(used), reason)
    spread = math.fsum((m * n * (a + b) - a * b * (m + n)) / (m + n) ** 2 for a, m, b, n in used)
    reach = z * math.sqrt(max(0.0, spread) / (top * bottom))
    value = top / bottom
    return CommonEffect(value, value * math.exp(-reach), value * math.exp(reach), len(used), None)


def _events_weighed(used: Sequence[Table]) -> tuple[float, float]:
    """Return the events of a and of b, each stratum by the other's share: equal for equal rates."""
    top = math.fsum(a * n / (m + n) for a, m, _, n in used)
    bottom = math.fsum(b * m / (m + n) for _, m, b, n in used)
    return top, bottom


def _informative(tables: Sequence[Table]) -> list[Table]:
    """Keep the strata in which both groups are present and the outcome varies."""
    return [
        (a, m, b, n)
        for a, m, b, n in tables
        if m > 0 and n > 0 and a + b > 0 and not (a == m and b == n) and m + n > 1
    ]


def _variance(a: float, m: float, b: float, n: float) -> float:
    """Hypergeometric variance of a's events."""
    total, events = m + n, a + b
    return (m / total) * (n / total) * events * (total - events) / (total - 1)


def _odds_ratio(
    used: Sequence[Table], z: float
) -> tuple[float | None, float | None, float | None, str | None]:
    """Mantel-Haenszel odds ratio with the Robins-Breslow-Greenland interval."""
    if not used:
        return None, None, None, "no stratum has both groups and a varying outcome"
    parts = [
        (
            a * (n - b) / (m + n),
            b * (m - a) / (m + n),
            (a + n - b) / (m + n),
            (b + m - a) / (m + n),
        )
        for a, m, b, n in used
    ]
    r = math.fsum(part[0] for part in parts)
    s = math.fsum(part[1] for part in parts)
    if s == 0:
        return None, None, None, "the odds ratio has no upper bound: its denominator is zero"
    if r == 0:
        return 0.0, None, None, "the odds ratio is zero: it has no interval on the log scale"
    log_variance = (
        math.fsum(rs * ps for rs, _, ps, _ in parts) / (2 * r * r)
        + math.fsum(ps * ss + qs * rs for rs, ss, ps, qs in parts) / (2 * r * s)
        + math.fsum(ss * qs for _, ss, _, qs in parts) / (2 * s * s)
    )
    reach = z * math.sqrt(log_variance)
    return r / s, r / s * math.exp(-reach), r / s * math.exp(reach), None


def _fitted_events(odds_ratio: float, m: float, n: float, events: float) -> float:
    """Events of a, given the margins, at which the stratum has this odds ratio."""
    # e (n - X + e) = psi (X - e)(m - e): a quadratic in e, solved without losing digits.
    square = 1 - odds_ratio
    linear = n - events + odds_ratio * (m + events)
    constant = -odds_ratio * events * m
    root = math.sqrt(max(0.0, linear * linear - 4 * square * constant))
    return -2 * constant / (linear + root)
