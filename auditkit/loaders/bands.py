"""Bands for a number, proposed."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["proposed_bands"]


def proposed_bands(values: Mapping[float, int]) -> tuple[float, ...]:
    """Return up to three edges near the quartiles, rounded to a number people would choose.

    Examples
    --------
    >>> proposed_bands({float(age): 1 for age in range(18, 70)})
    (30.0, 45.0, 55.0)
    """
    ordered = sorted(values.items())
    total = sum(values.values())
    span = ordered[-1][0] - ordered[0][0]
    step = next((s for s in (100.0, 50.0, 20.0, 10.0, 5.0, 1.0) if span >= 8 * s), span / 8)
    edges: list[float] = []
    for target in (0.25, 0.5, 0.75):
        running = 0
        for value, n in ordered:
            running += n
            if running >= target * total:
                edge = round(value / step) * step
                if ordered[0][0] < edge <= ordered[-1][0] and edge not in edges:
                    edges.append(edge)
                break
    return tuple(edges) or (ordered[len(ordered) // 2][0],)
