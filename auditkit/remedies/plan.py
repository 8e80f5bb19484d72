"""A remedy as data: what it changes, when it needs the group, and how it is tried."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from auditkit.trainer import Cut
from auditkit.trainer.bench import Bench, Fold

__all__ = ["DISPARITIES", "USES", "Line", "Lines", "Method", "Model", "Setting", "Trial", "Tried"]

Floats = NDArray[np.float64]
Model = Callable[[Floats], Floats]
Line = tuple[float, float, bool]
"""A threshold with the chance that it is the one used, and whether it selects from above."""

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
    reduction_rows : int
        The most training rows of a reduction, which fits the model many times.
    others : bool
        Whether the last name is that of all groups that are too small.
    """

    bench: Bench
    codes: NDArray[np.intp]
    names: tuple[str | None, ...]
    large: tuple[int, ...]
    plain: Floats
    cut: Cut
    disparity: str
    proxies: frozenset[str]
    reduction_rows: int = 4_000
    others: bool = False

    @property
    def known(self) -> tuple[str | None, ...]:
        """The groups that have a code of their own."""
        return self.names[:-1] if self.others else self.names

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


@dataclass(frozen=True, eq=False)
class Method:
    """A remedy that trains: what is learned from a fold, and from which features.

    Attributes
    ----------
    learn : callable
        From a fold to a function that scores a matrix.
    without : frozenset of str
        Features that the model does not see.
    see : callable or None
        The matrix of the test rows of a fold, where it is not the fold's own.
    selects : bool
        Whether the model answers with selections instead of scores.
    """

    learn: Callable[[Fold], Model]
    without: frozenset[str] = frozenset()
    see: Callable[[Fold], Floats] | None = None
    selects: bool = False

    def trial(self, setting: Setting) -> Trial:
        """Return what is selected out of fold."""
        bench = setting.bench
        folds = bench.folds_without(self.without) if self.without else None
        answers = bench.run(self.learn, see=self.see, folds=folds)
        return Trial(answers) if self.selects else Trial(setting.chosen(answers), answers)


@dataclass(frozen=True, eq=False)
class Lines:
    """A remedy that leaves the model as it is and cuts its scores elsewhere.

    Attributes
    ----------
    chosen : ndarray of float64
        Selections out of fold.
    lines : callable
        For each code of the setting its lines, from the scores of all rows; under None those of
        everybody.
    """

    chosen: Floats
    lines: Callable[[], dict[int | None, list[Line]]]

    def trial(self, setting: Setting) -> Trial:
        """Return what is selected out of fold."""
        return Trial(self.chosen, setting.plain)


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
    make : callable
        From a :class:`Setting` to what is done; None where it cannot be tried there.
    """

    remedy: str
    variant: str
    title: str
    uses_group: str
    make: Callable[[Setting], Method | Lines | None]

    @property
    def id(self) -> str:
        """Name and variant."""
        return f"{self.remedy}:{self.variant}" if self.variant else self.remedy

    def run(self, setting: Setting) -> Trial | None:
        """Try it out of fold; None where that cannot be done."""
        made = self.make(setting)
        return None if made is None else made.trial(setting)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "id": self.id,
            "remedy": self.remedy,
            "variant": self.variant,
            "title": self.title,
            "uses_group": self.uses_group,
        }
