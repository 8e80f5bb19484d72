"""Reference populations: who could have been in the data, and the files that say so.

One population is one table of shares: of one attribute, or of several crossed, from one source and
one period. Several may speak of the same attribute.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auditkit.errors import RequestError, listed, shown

__all__ = ["CROSS", "Population", "populations_of_csv", "populations_of_tables"]

CROSS = " x "
"""Between the names of crossed attributes, in files: ``sex x race``; groups: ``Women|Asian``."""

_BAR = "|"
_MEASURES = ("share", "count", "count_thousands")
_TABLE_KEYS = ("shares", "source", "period", "people", "n", "se")

Key = str | tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Population:
    """A reference population: the shares of the groups of one attribute, or of a crossing.

    Parameters
    ----------
    attribute : str or tuple of str
        The protected attribute that the shares speak of, or several that are crossed.
    shares : mapping of str or tuple of str to float
        Group to share or count; shares are used as ``value / sum(values)``. One group alone
        needs a share between 0 and 1: it is then compared with everybody whose group is known.
    source, period, people : str
        Where the figures come from, when, and of whom they are ("employed, 16 and over"); all
        are printed beside every comparison.
    n : float or None
        How many people the figures were estimated from, where they are of a sample.
    se : mapping of str or tuple of str to float
        Standard error of a group's share (of 1, whatever `shares` are in). It goes before `n`.
    """

    attribute: Key
    shares: Mapping[Any, float]
    source: str = "not stated"
    period: str = ""
    people: str = ""
    n: float | None = None
    se: Mapping[Any, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse shares that are not a population."""
        where = f"population of '{shown(self.name)}'"
        width = len(self.attributes)
        for group, value in self.shares.items():
            if len(_tuple(group)) != width:
                raise RequestError(f"{where}: '{shown(group)}' is not one group of each attribute")
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise RequestError(f"{where}: the share of '{shown(group)}' is not a number")
            if not math.isfinite(value) or value < 0:
                raise RequestError(f"{where}: the share of '{shown(group)}' is {value}; use >= 0")
        if len(self.shares) < 2 and not all(0 < value < 1 for value in self.shares.values()):
            raise RequestError(
                f"{where}: needs at least two groups with a share or a count each, or one with a "
                "share between 0 and 1"
            )
        if sum(self.shares.values()) <= 0:
            raise RequestError(f"{where}: the shares add up to zero")
        self._check_sampling(where)

    def _check_sampling(self, where: str) -> None:
        for group, value in self.se.items():
            if group not in self.shares:
                raise RequestError(f"{where}: 'se' names '{shown(group)}', which has no share")
            if not _is_number(value) or value < 0:
                raise RequestError(f"{where}: se of '{shown(group)}' is {shown(value)}; use >= 0")
        if self.n is not None and (not _is_number(self.n) or self.n <= 0):
            raise RequestError(f"{where}: n is {shown(self.n)}; it must be a number of people")

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attributes, also where there is one."""
        return _tuple(self.attribute)

    @property
    def name(self) -> str:
        """The attributes in one line."""
        return CROSS.join(self.attributes)

    @property
    def origin(self) -> str:
        """Source, period and people in one line."""
        return ", ".join(part for part in (self.source, self.period, self.people) if part)

    @property
    def partial(self) -> bool:
        """Whether only one group has a share: the rest is everybody else."""
        return len(self.shares) == 1

    def normalised(self) -> dict[Any, float]:
        """Return the shares scaled to a sum of one.

        Examples
        --------
        >>> Population(attribute="sex", shares={"F": 1, "M": 3}).normalised()
        {'F': 0.25, 'M': 0.75}
        """
        total = 1.0 if self.partial else sum(self.shares.values())
        return {group: value / total for group, value in self.shares.items()}

    def groups(self) -> dict[tuple[str, ...], float]:
        """Return the shares by group as the record has groups: a tuple each.

        Examples
        --------
        >>> Population(attribute="sex", shares={"F": 1, "M": 3}).groups()
        {('F',): 0.25, ('M',): 0.75}
        """
        return {_tuple(group): share for group, share in self.normalised().items()}

    def sampled_from(self, group: tuple[str, ...]) -> float | None:
        """Return how many people a share was estimated from; None where it is taken as known.

        A standard error is turned into the number that gives it, ``p (1 - p) / se**2``.

        Examples
        --------
        >>> shares = {"F": 0.5, "M": 0.5}
        >>> found = Population(attribute="sex", shares=shares, se={"F": 0.05})
        >>> round(found.sampled_from(("F",)), 6)
        100.0
        """
        errors = {_tuple(key): value for key, value in self.se.items()}
        if group in errors:
            share, error = self.groups()[group], errors[group]
            return share * (1 - share) / error**2 if error > 0 else None
        return self.n

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the record."""
        plain: dict[str, Any] = {"source": self.source, "period": self.period}
        plain |= {"people": self.people} if self.people else {}
        plain |= {"n": self.n} if self.n is not None else {}
        if len(self.attributes) == 1:
            shares = {_tuple(group)[0]: value for group, value in self.shares.items()}
            errors = {_tuple(group)[0]: value for group, value in self.se.items()}
            return {"shares": shares, **plain, **({"se": errors} if errors else {})}
        cells = [
            {"group": list(_tuple(group)), "share": value}
            | ({"se": self.se[group]} if group in self.se else {})
            for group, value in self.shares.items()
        ]
        return {"attributes": list(self.attributes), "cells": cells, **plain}

    @classmethod
    def from_dict(cls, attribute: str, data: Mapping[str, Any]) -> Population:
        """Rebuild a population from a record."""
        rest = {key: value for key, value in data.items() if key not in {"attributes", "cells"}}
        if "cells" not in data:
            return cls(attribute=attribute, **rest)
        cells = [(tuple(cell["group"]), cell) for cell in data["cells"]]
        return cls(
            attribute=tuple(data["attributes"]),
            shares={group: cell["share"] for group, cell in cells},
            se={group: cell["se"] for group, cell in cells if "se" in cell},
            **rest,
        )


def populations_of_tables(
    tables: Mapping[str, Any], where: str, under: str = "population."
) -> tuple[Population, ...]:
    """Read the tables of a TOML: ``[population.sex]``, or several as ``[[population.sex]]``.

    Raises
    ------
    RequestError
        When a table is none, has an unknown key, or its shares are no population.
    """
    found = []
    for name, table in tables.items():
        place = f"{where}: [{under}{shown(name)}"
        for one in table if isinstance(table, list) else [table]:
            if not isinstance(one, dict):
                raise RequestError(f"{place}] must be a table")
            extra = set(one) - set(_TABLE_KEYS)
            if extra:
                raise RequestError(f"{place}] has unknown keys {listed(sorted(extra))}")
            if not isinstance(one.get("shares"), dict):
                raise RequestError(f"{place}.shares] is missing: group = share")
            if not isinstance(one.get("se", {}), dict):
                raise RequestError(f"{place}.se] must be a table: group = standard error")
            text = {key: str(one[key]) for key in ("source", "period", "people") if key in one}
            found.append(_made(name, one["shares"], one.get("se", {}), one.get("n"), text))
    return tuple(found)


def populations_of_csv(path: Path) -> tuple[Population, ...]:
    """Read a CSV with a row for each group of each population.

    Needed are ``attribute``, ``group`` and one of ``share``, ``count`` and ``count_thousands``
    (the first that is there). ``source``, ``period`` and ``people`` (or ``population``) tell
    several populations of one attribute apart; ``se`` and ``n`` say how well a share is known.
    Other columns are left alone. ``sex x race`` with ``Women|Asian`` is a crossing.

    Raises
    ------
    RequestError
        When the file cannot be read, or a row is no share of a group; the line is named.
    """
    where = f"--population {shown(path.name)}"
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise RequestError(f"{where}: {error.strerror or shown(error)}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise RequestError(f"{where}: {shown(error)}") from None
    columns = set(rows[0]) if rows else set()
    measure = next((name for name in _MEASURES if name in columns), None)
    if not {"attribute", "group"} <= columns or measure is None:
        raise RequestError(
            f"{where}: needs the columns attribute, group and share (or count); it has "
            f"{listed(sorted(str(c) for c in columns)) or 'no rows'}"
        )
    tables: dict[tuple[str, ...], dict[str, Any]] = {}
    for line, row in enumerate(rows, 2):
        _add_row(tables, row, measure, f"{where}, line {line}")
    return tuple(
        _made(
            name,
            table["shares"],
            table["se"],
            table["n"],
            dict(zip(("source", "period", "people"), text, strict=True)),
        )
        for (name, *text), table in tables.items()
    )


def _add_row(
    tables: dict[tuple[str, ...], dict[str, Any]], row: Mapping[Any, Any], measure: str, at: str
) -> None:
    """Put one row of a CSV into the table of its population."""
    if None in row or not row["attribute"] or not row["group"]:
        raise RequestError(
            f"{at}: needs an attribute, a group and a {measure}, and no more cells than the header"
        )
    text = (
        row.get("source") or "not stated",
        row.get("period") or "",
        row.get("people") or row.get("population") or "",
    )
    key = (row["attribute"], *text)
    table = tables.setdefault(key, {"shares": {}, "se": {}, "n": None})
    group = row["group"]
    if group in table["shares"]:
        raise RequestError(
            f"{at}: '{shown(group)}' occurs twice; keep one source, period and people apart from "
            "the next with the columns source, period and people"
        )
    table["shares"][group] = _number(row[measure], measure, at)
    if row.get("se"):
        table["se"][group] = _number(row["se"], "se", at)
    if row.get("n"):
        n = _number(row["n"], "n", at)
        if table["n"] not in (None, n):
            raise RequestError(f"{at}: n differs from the lines before; it is that of all groups")
        table["n"] = n


def _made(
    name: str,
    shares: Mapping[str, Any],
    se: Mapping[str, Any],
    n: Any,
    text: Mapping[str, str],
) -> Population:
    """Build a population; ``sex x race`` is a crossing where every group has as many parts."""
    parts = tuple(part.strip() for part in name.split(CROSS))
    crossed = len(parts) > 1 and all(group.count(_BAR) == len(parts) - 1 for group in shares)
    if not crossed:
        return Population(attribute=name, shares=shares, se=se, n=n, **text)
    return Population(attribute=parts, shares=_split(shares), se=_split(se), n=n, **text)


def _split(table: Mapping[str, Any]) -> dict[tuple[str, ...], Any]:
    return {tuple(p.strip() for p in key.split(_BAR)): value for key, value in table.items()}


def _number(text: object, name: str, at: str) -> float:
    try:
        return float(text)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise RequestError(f"{at}: {name} is not a number") from None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _tuple(value: Key | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
