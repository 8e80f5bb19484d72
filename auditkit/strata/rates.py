"""A headline rate as pairs of (events, n), as intervals and tests want them."""

from __future__ import annotations

from auditkit.fairness import Rates

__all__ = ["Pair", "known", "pair_of"]

Pair = tuple[float, float]


def known(rates: Rates, index: int) -> bool:
    """Return whether anybody of a group has a known outcome, and weight."""
    return bool(rates.n[index] > 0 and rates.effective[index] > 0)


def pair_of(rates: Rates, index: int) -> Pair:
    """Return (events, n) of a group, effective counts under weights; (0, 0) where unknown."""
    return rates.pair(index) if known(rates, index) else (0, 0)
