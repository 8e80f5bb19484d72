"""What was covered: the coverage of one method in many situations, as a line of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

__all__ = ["HEAD", "Covered", "Ends", "holds"]

HEAD = (
    "interval", "of", "lowest", "mean", "highest", "lowest at", "no interval",
    "lowest of those given", "93-97 %",
)  # fmt: skip
Ends = tuple[float, float] | None


def holds(ends: Ends, truth: float) -> bool:
    """Return whether the interval has the truth in it; no interval has not."""
    return ends is not None and ends[0] - 1e-12 <= truth <= ends[1] + 1e-12


@dataclass
class Covered:
    """Coverage of one method in many situations."""

    name: str
    of: str
    situations: list[str] = field(default_factory=list)
    coverage: list[float] = field(default_factory=list)
    without: list[float] = field(default_factory=list)

    def add(self, situation: str, coverage: float, without: float) -> None:
        """Note one situation."""
        self.situations.append(situation)
        self.coverage.append(coverage)
        self.without.append(without)

    def count(self, situation: str, found: Sequence[bool | None]) -> None:
        """Note one situation from samples: held, missed, or no interval."""
        self.add(situation, found.count(True) / len(found), found.count(None) / len(found))

    def cells(self) -> tuple[str, ...]:
        """Return a line of the table."""
        found = np.array(self.coverage)
        inside = np.count_nonzero((found >= 0.93) & (found <= 0.97))
        return (
            self.name,
            self.of,
            *(f"{100 * share:.1f}" for share in (found.min(), found.mean(), found.max())),
            self.situations[int(found.argmin())],
            f"{100 * max(self.without):.2g} %",
            f"{100 * (found / (1 - np.array(self.without))).min():.1f}",
            f"{inside} of {len(found)}",
        )

    def outside(self) -> list[str]:
        """Return the situations outside 93-97 %, each with its coverage."""
        pairs = zip(self.situations, self.coverage, strict=True)
        return [f"{100 * share:.1f} at {one}" for one, share in pairs if not 0.93 <= share <= 0.97]
