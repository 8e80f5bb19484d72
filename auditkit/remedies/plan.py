"""A remedy as data: what it changes, when it needs the group, and how it is tried."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.trainer import Cut
from auditkit.trainer.bench import Bench

__all__ = ["DISPARITIES", "USES", "Setting", "Trial", "Tried"]

Floats = NDArray[np.float64]

DISPARITIES = ("selection_rate", "true_positive_rate", "false_positive_rate")
"""What a remedy can be asked to make smaller: the widest gap between groups in one of these."""

USES = ("never", "training", "decision")
"""When a remedy needs the protected attribute."""


@dataclass(frozen=True, eq=False)
class Setting:
    """What remedies are tried on.

    Attributes
    ----------
    bench : Bench
        Rows, folds and the model.
    codes : ndarray of intp
        The group of each row of the bench; groups that are too small share one code.
    names : tuple
        The group of each code.
    large : tuple of int
        The codes that are judged.
    plain : ndarray of float64
        Out-of-fold scores of the model without a remedy.
    cut : Cut
        Where scores become selections.
    disparity : str
        One of :data:`DISPARITIES`.
    proxies : frozenset of str
        Features that go with the attribute.
    """

    bench: Bench
    codes: NDArray[np.intp]
    names: tuple[str | None, ...]
    large: tuple[int, ...]
    plain: Floats
    cut: Cut
    disparity: str
    proxies: frozenset[str]

    def line(self, scores: Floats) -> float:
        """Return where these scores are cut."""
        rows = self.bench.rows
        return self.cut.of(scores, rows.weights if rows.seen.weighted else None)

    def chosen(self, scores: Floats) -> Floats:
        """Return the selections that follow from scores."""
        return (scores >= self.line(scores)).astype(np.float64)


@dataclass(frozen=True, eq=False)
class Trial:
    """Selections out of fold (1, 0), and scores where the remedy has any."""

    chosen: Floats
    scores: Floats | None = None


@dataclass(frozen=True)
class Tried:
    """One remedy with one setting.

    Attributes
    ----------
    remedy, variant : str
        What is done, and how much of it; together they are its id.
    title : str
        In words.
    uses_group : str
        One of :data:`USES`.
    run : callable
        From a :class:`Setting` to a :class:`Trial`; None where it cannot be tried there.
    """

    remedy: str
    variant: str
    title: str
    uses_group: str
    run: Callable[[Setting], Trial | None]

    @property
    def id(self) -> str:
        """Name and variant."""
        return f"{self.remedy}:{self.variant}" if self.variant else self.remedy

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "id": self.id,
            "remedy": self.remedy,
            "variant": self.variant,
            "title": self.title,
            "uses_group": self.uses_group,
        }
