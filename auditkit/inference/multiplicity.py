"""Many comparisons at once: p-values corrected for how many were made."""

from __future__ import annotations

from collections.abc import Sequence

from auditkit.inference import _checks


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    r"""Adjust p-values so that *any* false alarm is as rare as stated (Holm).

    With the m defined values sorted upwards, :math:`\tilde p_{(i)} =
    \max_{j \le i} \min(1, (m - j + 1)\,p_{(j)})`.

    Parameters
    ----------
    p_values : sequence of float or None
        Each from 0 to 1; None marks a comparison that could not be made. It stays None and
        does not count among the m.

    Returns
    -------
    list of float or None
        In the order given; each at least its raw value, at most 1.

    Raises
    ------
    MetricError
        If a value is not None and not a number from 0 to 1.

    References
    ----------
    .. [1] Holm S (1979). A simple sequentially rejective multiple test procedure.
       Scandinavian Journal of Statistics 6, 65-70.

    Examples
    --------
    >>> holm([0.01, 0.04, None, 0.03])
    [0.03, 0.06, None, 0.06]
    """
    raw = _defined(p_values)
    order = sorted(raw, key=raw.__getitem__)
    adjusted: list[float | None] = [None] * len(p_values)
    running = 0.0
    for step, i in enumerate(order):
        running = max(running, min(1.0, (len(order) - step) * raw[i]))
        adjusted[i] = running
    return adjusted


def benjamini_hochberg(p_values: Sequence[float | None]) -> list[float | None]:
    r"""Adjust p-values so that the *share* of false alarms is as small as stated.

    With the m defined values sorted upwards, :math:`\tilde p_{(i)} =
    \min_{j \ge i} \min(1, m\,p_{(j)}/j)`. Valid for independent or positively dependent tests.

    Parameters
    ----------
    p_values : sequence of float or None
        Each from 0 to 1; None marks a comparison that could not be made. It stays None and
        does not count among the m.

    Returns
    -------
    list of float or None
        In the order given; each at least its raw value, at most its `holm` value.

    Raises
    ------
    MetricError
        If a value is not None and not a number from 0 to 1.

    References
    ----------
    .. [1] Benjamini Y, Hochberg Y (1995). Controlling the false discovery rate. JRSS B 57,
       289-300.

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.04, None, 0.03])
    [0.03, 0.04, None, 0.04]
    """
    raw = _defined(p_values)
    order = sorted(raw, key=raw.__getitem__)
    adjusted: list[float | None] = [None] * len(p_values)
    running = 1.0
    for rank in range(len(order), 0, -1):
        i = order[rank - 1]
        running = min(running, raw[i] * len(order) / rank)
        adjusted[i] = max(running, raw[i])
    return adjusted


def _defined(p_values: Sequence[float | None]) -> dict[int, float]:
    """Return position -> p-value for those that are not None."""
    return {
        i: _checks.proportion(p, name=f"p_values[{i}]")
        for i, p in enumerate(p_values)
        if p is not None
    }
