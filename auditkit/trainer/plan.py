"""What is asked of a model: how it is cross-fitted, and where its scores are cut."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from auditkit.errors import RequestError, shown

__all__ = ["TRAIN_ROWS", "Cut", "Training", "TrainingOptions", "check_seed", "parse_share"]

TRAIN_ROWS = 100_000
"""The most rows that one fit is given, unless more are asked for."""

_REPEATED_UP_TO = 20_000  # rows; above it sampling, not the split, decides how sure one can be
_REPEATS = 3


def check_seed(seed: int) -> None:
    """Raise unless everything that draws can be seeded with this number.

    Raises
    ------
    RequestError
        Below 0, or with more than 32 bits.
    """
    if not 0 <= seed < 2**32:
        raise RequestError(f"seed {seed}: choose a whole number from 0 to {2**32 - 1}")


class TrainingOptions(TypedDict, total=False):
    """Keyword arguments of :func:`auditkit.audit` that speak of the model."""

    folds: int | None
    repeats: int | None
    select_top: float | str | None
    cost_fp: float | None
    cost_fn: float | None
    train_rows: int | None
    jobs: int | None
    trust_pickle: bool | None
    causes: bool | None
    remedies: bool | None
    remedies_for: str | None
    disparity: str | None
    tolerance: float | None


@dataclass(frozen=True, kw_only=True)
class Cut:
    """Where a score becomes a selection.

    Attributes
    ----------
    threshold : float or None
        A score of this or more is selected; 0.5 when nothing else is said.
    top : float or None
        The share of all people that is selected, highest scores first.
    cost_fp, cost_fn : float or None
        What a wrong selection and a wrong rejection cost.

    Examples
    --------
    >>> import numpy as np
    >>> Cut().of(np.array([0.2, 0.9]))
    0.5
    >>> Cut(top=0.5).of(np.array([0.1, 0.4, 0.3, 0.2]))
    0.3
    >>> Cut(cost_fp=1.0, cost_fn=3.0).of(np.array([0.2, 0.9]))
    0.25
    """

    threshold: float | None = None
    top: float | None = None
    cost_fp: float | None = None
    cost_fn: float | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        costs = (self.cost_fp, self.cost_fn)
        ways = (self.threshold is not None, self.top is not None, costs != (None, None))
        if sum(ways) > 1:
            raise RequestError(
                "one cut at a time: --threshold, --select-top, or --cost-fp with --cost-fn"
            )
        if self.threshold is not None and not 0.0 <= self.threshold <= 1.0:
            raise RequestError(f"threshold {self.threshold}: choose a number from 0 to 1")
        if self.top is not None and not 0.0 < self.top < 1.0:
            raise RequestError(f"--select-top {self.top:g}: choose a share between 0 and 100 %")
        if ways[2]:
            if None in costs:
                raise RequestError("--cost-fp and --cost-fn: give both, their ratio decides")
            if not all(cost is not None and math.isfinite(cost) and cost > 0 for cost in costs):
                raise RequestError("--cost-fp and --cost-fn: costs are numbers above 0")

    def of(self, scores: NDArray[np.float64], weights: NDArray[np.float64] | None = None) -> float:
        """Return the threshold for these scores.

        A quota is the score of the last person it has room for: ties with that person are all
        selected. Costs give cost_fp / (cost_fp + cost_fn), the point from which selecting costs
        less on average, where the scores are probabilities (Elkan, 2001, The foundations of
        cost-sensitive learning, IJCAI).
        """
        if self.top is not None:
            order = np.argsort(-scores, kind="stable")
            mass = np.ones(len(scores)) if weights is None else weights[order]
            room = self.top * mass.sum() * (1 + 1e-12)
            inside = max(int(np.searchsorted(np.cumsum(mass), room, side="right")), 1)
            return float(scores[order[inside - 1]])
        if self.cost_fp is not None and self.cost_fn is not None:
            return self.cost_fp / (self.cost_fp + self.cost_fn)
        return 0.5 if self.threshold is None else self.threshold

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the record."""
        if self.top is not None:
            return {"rule": "top", "share": self.top}
        if self.cost_fp is not None:
            return {"rule": "cost", "cost_fp": self.cost_fp, "cost_fn": self.cost_fn}
        return {"rule": "fixed"}


@dataclass(frozen=True, kw_only=True)
class Training:
    """How models are trained, and which questions are asked of them.

    Attributes
    ----------
    folds : int
        Parts of the cross-fitting.
    repeats : int or None
        How often the rows are split anew; None is 3, and 1 above 20,000 rows.
    select_top, cost_fp, cost_fn
        See :class:`Cut`.
    train_rows : int
        The most rows that one fit is given.
    jobs : int
        Processes that fit at the same time.
    trust_pickle : bool
        Whether a model in a pickle may be opened: opening one runs what is in it.
    causes, remedies : bool
        Whether to ask where the gap comes from, and what would help.
    remedies_for : str or None
        The attribute that remedies are tried on; None is the one with the widest gap.
    disparity : str
        What the remedies are to make smaller: ``selection_rate``, ``true_positive_rate`` or
        ``false_positive_rate``.
    tolerance : float
        How much worse than the best a model may be to count as as good (points of accuracy).
    """

    folds: int = 5
    repeats: int | None = None
    select_top: float | None = None
    cost_fp: float | None = None
    cost_fn: float | None = None
    train_rows: int = TRAIN_ROWS
    jobs: int = 1
    trust_pickle: bool = False
    causes: bool = False
    remedies: bool = False
    remedies_for: str | None = None
    disparity: str = "selection_rate"
    tolerance: float = 0.01

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if self.folds < 2:
            raise RequestError(f"{self.folds} folds: cross-fitting needs at least 2")
        if self.repeats is not None and not 1 <= self.repeats <= 100:
            raise RequestError(f"{self.repeats} repeats: choose 1 to 100")
        if self.train_rows < 4:
            raise RequestError(f"at most {self.train_rows} rows: a model needs at least 4")
        if self.jobs < 1:
            raise RequestError(f"--jobs {self.jobs}: choose 1 or more")
        if self.disparity not in _DISPARITIES:
            raise RequestError(
                f"--disparity '{shown(self.disparity)}': choose one of {', '.join(_DISPARITIES)}"
            )
        if not 0.0 <= self.tolerance < 1.0:
            raise RequestError(f"--tolerance {self.tolerance:g}: choose a share from 0 to 1")

    @classmethod
    def of(cls, options: TrainingOptions) -> Training:
        """Build from keyword arguments; None stands for the default."""
        known = {item.name for item in fields(cls)}
        for name in options:
            if name not in known:
                raise TypeError(f"audit() got an unexpected keyword argument '{name}'")
        given: dict[str, Any] = {name: v for name, v in options.items() if v is not None}
        if isinstance(given.get("select_top"), str):
            given["select_top"] = parse_share(given["select_top"])
        return cls(**given)

    def cut(self, threshold: float | None) -> Cut:
        """Return where scores are cut, given what --threshold says."""
        return Cut(
            threshold=threshold, top=self.select_top, cost_fp=self.cost_fp, cost_fn=self.cost_fn
        )

    def repeats_for(self, rows: int) -> int:
        """Return how often to repeat on so many rows."""
        if self.repeats is not None:
            return self.repeats
        return _REPEATS if rows <= _REPEATED_UP_TO else 1


_DISPARITIES = ("selection_rate", "true_positive_rate", "false_positive_rate")


def parse_share(text: str) -> float:
    """Read ``20%`` or ``0.2``.

    Examples
    --------
    >>> parse_share("20%"), parse_share("0.2")
    (0.2, 0.2)
    """
    plain = text.strip()
    try:
        number = float(plain.removesuffix("%"))
    except ValueError:
        raise RequestError(f"'{shown(text)}': write a share, as in 20% or 0.2") from None
    return number / 100 if plain.endswith("%") else number
