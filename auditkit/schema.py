"""Which column plays which role.

A :class:`Schema` is what the user said (or what was inferred and stated) about a table: the
label and its positive value, the protected attributes, a decision, weights, strata. It holds no
data. The loader checks it against the columns that are there and fills what can be inferred.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from auditkit.errors import RequestError, SchemaError, listed, nearest, shown
from auditkit.population import Population
from auditkit.stages import Stage

__all__ = ["AUTO", "Population", "Schema", "band_labels", "parse_bins", "parse_pair"]

AUTO = "auto"
"""The word that asks for proposed bands: ``bins={"age": "auto"}``."""

Edges = tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Schema:
    """Column → role.

    Parameters
    ----------
    label : str or None
        The column that holds what happened (hired, repaid, admitted).
    positive : str or None
        The value of `label` that counts as the event. None asks for inference, which is done
        only for 0/1, true/false and yes/no.
    unfavorable : bool
        True when the positive label is a harm: more of it is worse.
    protected : tuple of str
        The protected attributes.
    prediction, score : str or None
        A column with decisions that were made, or a score that becomes a decision at `threshold`.
    threshold : float or None
        ``score >= threshold`` is a positive decision; 0.5 when not given.
    weight, count : str or None
        Survey weights, or the number of people that a pre-aggregated row stands for.
    strata : tuple of str
        Columns within which comparisons are adjusted (department, job, site).
    cluster : str or None
        A column whose rows belong together (the same advert, household, school): no model is
        scored on a row of a cluster that it was trained on. Not a feature.
    ignore : tuple of str
        Columns that no model may use.
    train_with : tuple of str
        Columns that the baseline uses although it would leave them out: protected attributes,
        ids, columns that all but repeat the outcome.
    reference : mapping of str to str
        Protected attribute → the group that the others are compared with.
    bins : mapping of str to tuple of float or "auto"
        Numeric protected attribute → edges of its bands (left-closed).
    values : mapping of str to mapping
        Column → {spelling: group}; recorded in the report.
    population : tuple of Population
        Reference populations.
    stages : tuple of Stage
        The stages of a process, first to last.
    stage_column : str or None
        The column that holds the furthest stage reached, where not each stage has its own.
    """

    label: str | None = None
    positive: str | None = None
    unfavorable: bool = False
    protected: tuple[str, ...] = ()
    prediction: str | None = None
    score: str | None = None
    threshold: float | None = None
    weight: str | None = None
    count: str | None = None
    strata: tuple[str, ...] = ()
    cluster: str | None = None
    ignore: tuple[str, ...] = ()
    train_with: tuple[str, ...] = ()
    reference: Mapping[str, str] = field(default_factory=dict)
    bins: Mapping[str, Edges | str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    population: tuple[Population, ...] = ()
    stages: tuple[Stage, ...] = ()
    stage_column: str | None = None

    def __post_init__(self) -> None:
        """Refuse contradictions that can be seen without any data."""
        for name in ("protected", "strata", "ignore", "train_with"):
            object.__setattr__(self, name, tuple(dict.fromkeys(getattr(self, name))))
        if self.prediction and self.score:
            raise RequestError(
                "both --prediction and --score are given: name the decision column, or the score "
                "and its --threshold, not both"
            )
        if self.threshold is not None and not math.isfinite(self.threshold):
            raise RequestError(f"--threshold is {self.threshold}; it must be a finite number")
        self._refuse_two_roles()
        for name, table in (("reference", self.reference), ("bins", self.bins)):
            for column in table:
                if column not in self.protected:
                    raise RequestError(
                        f"--{name} names '{shown(column)}', which is not a --protected column"
                        + nearest(column, self.protected)
                    )
        for column in self.values:
            if column not in (*self.protected, *self.strata):
                raise RequestError(
                    f"[values.{shown(column)}]: only a --protected or a --strata column is mapped"
                    + nearest(column, (*self.protected, *self.strata))
                )
        for column, edges in self.bins.items():
            _check_edges(column, edges)

    def _refuse_two_roles(self) -> None:
        """One column cannot be both what is judged and whom it is judged for."""
        roles: dict[str, str] = {}
        named: list[tuple[str, Sequence[str | None]]] = [
            ("label", [self.label]),
            ("protected", self.protected),
            ("prediction", [self.prediction]),
            ("score", [self.score]),
            ("weight", [self.weight]),
            ("count", [self.count]),
            ("cluster", [self.cluster]),
            ("strata", [name for name in self.strata if name not in self.protected]),
        ]
        for role, columns in named:
            for column in columns:
                if column is None:
                    continue
                if column in roles:
                    raise RequestError(
                        f"column '{shown(column)}' is both --{roles[column]} and --{role}: "
                        "give each role a column of its own"
                    )
                roles[column] = role
        for column in self.stage_columns:  # a stage may well be the label or the decision
            if roles.get(column) not in {None, "label", "prediction"}:
                raise RequestError(
                    f"column '{shown(column)}' is both --{roles[column]} and a --stage: give each "
                    "role a column of its own"
                )
            roles[column] = "stage"
        for column in self.train_with:
            role = roles.get(column, "ignore" if column in self.ignore else "")
            if role not in {"", "protected", "strata"}:
                raise RequestError(
                    f"--train-with '{shown(column)}' is also --{role}: a model cannot learn from it"
                )

    @property
    def stage_columns(self) -> tuple[str, ...]:
        """The columns that say which stages were reached."""
        if self.stage_column is not None:
            return (self.stage_column,)
        return tuple(stage.column for stage in self.stages if stage.column is not None)

    @property
    def used_columns(self) -> tuple[str, ...]:
        """Every column that plays a role in counting, in a fixed order, each once."""
        single = (self.label, self.prediction, self.score, self.weight, self.count)
        names = [*self.protected, *self.strata, *(name for name in single if name)]
        names += self.stage_columns
        return tuple(dict.fromkeys(names))

    @property
    def has_decision(self) -> bool:
        """Whether the user brought decisions or scores of their own."""
        return self.prediction is not None or self.score is not None

    def with_(self, **changes: Any) -> Schema:
        """Return a copy with some roles changed."""
        return replace(self, **changes)

    def check_columns(self, columns: Sequence[str]) -> None:
        """Raise unless every named column is there.

        Raises
        ------
        SchemaError
            Naming the first column that is missing, the nearest name and the columns seen.
        """
        roles = {
            "label": [self.label],
            "protected": self.protected,
            "prediction": [self.prediction],
            "score": [self.score],
            "weight": [self.weight],
            "count": [self.count],
            "strata": self.strata,
            "cluster": [self.cluster],
            "ignore": self.ignore,
            "train-with": self.train_with,
            "values": list(self.values),
            "stage": self.stage_columns,
        }
        for role, names in roles.items():
            for name in names:
                if name is not None and name not in columns:
                    raise SchemaError(
                        f"--{role}: no column '{shown(name)}' in the data"
                        f"{nearest(name, columns)}; columns: {listed(columns)}"
                    )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the record, keys in a fixed order."""
        return {
            "label": self.label,
            "positive": self.positive,
            "unfavorable": self.unfavorable,
            "protected": list(self.protected),
            "prediction": self.prediction,
            "score": self.score,
            "threshold": self.threshold,
            "weight": self.weight,
            "count": self.count,
            "strata": list(self.strata),
            "cluster": self.cluster,
            "ignore": list(self.ignore),
            "train_with": list(self.train_with),
            "reference": dict(self.reference),
            "bins": {k: v if isinstance(v, str) else list(v) for k, v in self.bins.items()},
            "values": {k: dict(v) for k, v in self.values.items()},
            "population": self._populations(),
            "stages": [stage.to_dict() for stage in self.stages],
            "stage_column": self.stage_column,
        }

    def _populations(self) -> dict[str, Any]:
        """Return attribute → its reference population, or a list where there are several."""
        found: dict[str, list[dict[str, Any]]] = {}
        for one in self.population:
            found.setdefault(one.name, []).append(one.to_dict())
        return {name: rows[0] if len(rows) == 1 else rows for name, rows in found.items()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Schema:
        """Rebuild a schema from a record."""
        fields: dict[str, Any] = dict(data)
        for name in ("protected", "strata", "ignore", "train_with"):
            fields[name] = tuple(fields.get(name, ()))
        fields["bins"] = {
            k: v if isinstance(v, str) else tuple(v) for k, v in fields.get("bins", {}).items()
        }
        fields["population"] = tuple(
            Population.from_dict(name, one)
            for name, rows in fields.get("population", {}).items()
            for one in (rows if isinstance(rows, list) else [rows])
        )
        fields["stages"] = tuple(Stage.from_dict(row) for row in fields.get("stages", ()))
        return cls(**fields)


def _check_edges(column: str, edges: Edges | str) -> None:
    if isinstance(edges, str):
        if edges != AUTO:
            raise RequestError(f"--bins {shown(column)}: write numbers or 'auto', not '{edges}'")
        return
    if not edges or any(not math.isfinite(edge) for edge in edges):
        raise RequestError(f"--bins {shown(column)}: needs at least one finite number")
    if any(b <= a for a, b in pairwise(edges)):
        raise RequestError(f"--bins {shown(column)}: the edges must rise: {list(edges)}")


def band_labels(edges: Edges) -> tuple[str, ...]:
    """Return the group names of the bands that `edges` make (left-closed).

    Examples
    --------
    >>> band_labels((25, 40))
    ('under 25', '25 to under 40', '40 or over')
    """
    text = [f"{edge:g}" for edge in edges]
    inner = [f"{a} to under {b}" for a, b in pairwise(text)]
    return (f"under {text[0]}", *inner, f"{text[-1]} or over")


def parse_pair(text: str, option: str) -> tuple[str, str]:
    """Split ``COL=VALUE`` at the first ``=``.

    Examples
    --------
    >>> parse_pair("race=White", "--reference")
    ('race', 'White')
    """
    column, sign, value = text.partition("=")
    if not sign or not column or not value:
        raise RequestError(f"{option} '{shown(text)}': write it as COLUMN=VALUE")
    return column, value


def parse_bins(text: str) -> tuple[str, Edges | str]:
    """Read ``age=25,40`` or ``age=auto``.

    Examples
    --------
    >>> parse_bins("age=25,40")
    ('age', (25.0, 40.0))
    """
    column, value = parse_pair(text, "--bins")
    if value.strip().casefold() == AUTO:
        return column, AUTO
    try:
        return column, tuple(float(part) for part in value.split(","))
    except ValueError:
        raise RequestError(
            f"--bins '{shown(text)}': the edges must be numbers, as in age=25,40"
        ) from None
