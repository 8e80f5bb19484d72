"""Policy: where the lines are, as data.

A policy is a TOML file (see ``default_policy.toml`` beside this module). It holds thresholds and
nothing else; what is done with them is in :mod:`auditkit.findings`.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, Literal, cast

from auditkit.errors import RequestError, listed, nearest, shown
from auditkit.metrics.declared import METRICS

__all__ = ["Policy", "Rule"]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A line for some metrics.

    Attributes
    ----------
    id, title : str
        A short name, and the words a report uses.
    metrics : tuple of str
        The metrics that it judges.
    kind : {"ratio", "difference"}
        Which comparison is held against `threshold`.
    threshold : float
        A ratio in (0, 1], or a difference in (0, 1].
    """

    id: str
    title: str
    metrics: tuple[str, ...]
    kind: Literal["ratio", "difference"]
    threshold: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the record."""
        return {
            "id": self.id,
            "title": self.title,
            "metrics": list(self.metrics),
            "kind": self.kind,
            "threshold": self.threshold,
        }


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The thresholds of one audit; see the comments in ``default_policy.toml``.

    Examples
    --------
    >>> Policy.default().rule_for("selection_rate").threshold
    0.8
    """

    name: str
    level: float
    alpha: float
    min_group: int
    reference_min_share: float
    fisher_max: int
    rules: tuple[Rule, ...]
    representation_ratio: float
    proxy_strength: float
    leakage_auc: float
    missing_gap: float
    proxy_harmless: float = 0.05
    quality_gap: float = 0.05
    spread_ratio: float = 0.5
    reliability_gap: float = 0.2
    duplicate_share: float = 0.01

    @classmethod
    def default(cls) -> Policy:
        """Return the policy that ships with the package."""
        return cls.read(Path(__file__).with_name("default_policy.toml"))

    @classmethod
    def read(cls, path: str | Path) -> Policy:
        """Read a policy file.

        Raises
        ------
        RequestError
            When the file cannot be read, a key is unknown or missing, or a value is out of range.
        """
        where = f"policy {shown(Path(path).name)}"
        try:
            with Path(path).open("rb") as file:
                data = tomllib.load(file)
        except OSError as error:
            raise RequestError(f"{where}: {error.strerror or error}") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise RequestError(f"{where} is not valid TOML: {shown(error)}") from None
        if not isinstance(data.get("data", {}), dict):
            raise RequestError(f"{where}: [data] must be a table")
        flat = {key: value for key, value in data.items() if key not in {"data", "rules"}}
        flat |= data.get("data", {})
        return cls.from_dict({**flat, "rules": data.get("rules", [])}, where=where)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], *, where: str = "policy") -> Policy:
        """Build a policy from plain data, checking every key and range."""
        known = [field.name for field in fields(cls)]
        for key in data:
            if key not in known:
                raise RequestError(f"{where}: unknown key '{shown(key)}'{nearest(key, known)}")
        later = {field.name for field in fields(cls) if field.default is not MISSING}
        missing = [key for key in known if key not in {*data, *later}]
        if missing:
            raise RequestError(f"{where}: missing {listed(missing)}; start from the default policy")
        if not isinstance(data["name"], str):
            raise RequestError(f"{where}: name must be text")
        if not isinstance(data["rules"], list | tuple):
            raise RequestError(f"{where}: [[rules]] must be a list of tables")
        values = dict(data)
        values["rules"] = tuple(_rule(row, where) for row in data["rules"])
        for key in data:
            if key not in {"name", "rules"}:
                _check_number(values[key], key, where)
        values["min_group"], values["fisher_max"] = int(data["min_group"]), int(data["fisher_max"])
        return cls(**values)

    def rule_for(self, metric: str) -> Rule | None:
        """Return the first rule that judges a metric, or None."""
        return next((rule for rule in self.rules if metric in rule.metrics), None)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the record."""
        plain = {field.name: getattr(self, field.name) for field in fields(self)}
        return {**plain, "rules": [rule.to_dict() for rule in self.rules]}


def _check_number(value: object, key: str, where: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RequestError(f"{where}: {key} is {shown(value)}; it must be a number")
    if key in {"min_group", "fisher_max"}:
        if not math.isfinite(value) or value < 0 or value != int(value):
            raise RequestError(f"{where}: {key} is {value}; it must be a whole number, 0 or more")
    elif not 0 <= value <= 1 or (key in {"level", "alpha"} and value in (0, 1)):
        raise RequestError(f"{where}: {key} is {value}; it must lie between 0 and 1")


def _rule(row: Mapping[str, Any], where: str) -> Rule:
    wanted = [field.name for field in fields(Rule)]
    if not isinstance(row, Mapping) or sorted(row) != sorted(wanted):
        raise RequestError(f"{where}: each of [[rules]] needs exactly {listed(wanted)}")
    for key in ("id", "title"):
        if not isinstance(row[key], str):
            raise RequestError(f"{where}: {key} must be text")
    if not isinstance(row["metrics"], list | tuple):
        raise RequestError(f"{where}: metrics must be a list of names")
    for name in map(str, row["metrics"]):
        if name not in METRICS:
            raise RequestError(f"{where}: no metric '{shown(name)}'{nearest(name, METRICS)}")
    if row["kind"] not in {"ratio", "difference"}:
        raise RequestError(f"{where}: kind is '{shown(row['kind'])}'; use 'ratio' or 'difference'")
    _check_number(row["threshold"], "threshold", where)
    if row["threshold"] <= 0:
        raise RequestError(f"{where}: threshold is {row['threshold']}; it must be above 0")
    kind = cast(Literal["ratio", "difference"], row["kind"])
    return Rule(
        id=row["id"],
        title=row["title"],
        metrics=tuple(row["metrics"]),
        kind=kind,
        threshold=float(row["threshold"]),
    )
