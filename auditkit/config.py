"""audit.toml and population files: settings as data.

The keys of ``audit.toml`` are the names of the command line options, with ``-`` or ``_``. A flag
on the command line wins over a key. Paths are relative to the file they stand in.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditkit.errors import RequestError, listed, nearest, shown
from auditkit.schema import Population
from auditkit.urls import is_url

__all__ = ["Config", "read_config", "read_population"]

_ROLES: dict[str, type | tuple[type, ...]] = {
    "label": str,
    "positive": (str, int, float, bool),
    "unfavorable": bool,
    "protected": (str, list),
    "prediction": str,
    "score": str,
    "threshold": (int, float),
    "weight": str,
    "count": str,
    "strata": (str, list),
    "ignore": (str, list),
    "train_with": (str, list),
    "reference": dict,
    "bins": dict,
    "values": dict,
}
_READING: dict[str, type | tuple[type, ...]] = {
    "delimiter": str,
    "encoding": str,
    "decimal": str,
    "sheet": str,
    "header_row": int,
    "engine": str,
    "memory": str,
    "table": str,
    "query": str,
}
_RUN: dict[str, type | tuple[type, ...]] = {
    "model": str,
    "policy": str,
    "fail_on": (str, list),
    "allow_inconclusive": bool,
    "sample_rows": int,
    "seed": int,
    "output": str,
    "json": str,
    "quiet": bool,
}


@dataclass(frozen=True, kw_only=True)
class Config:
    """What an ``audit.toml`` says, sorted by who needs it.

    Attributes
    ----------
    data : str or None
        Path of the data.
    roles : dict
        Keyword arguments for the schema, population included.
    reading : dict
        How to read the file.
    run : dict
        The model, the policy, the seed, the outputs.
    """

    data: str | None
    roles: Mapping[str, Any]
    reading: Mapping[str, Any]
    run: Mapping[str, Any]


def read_config(path: str | Path) -> Config:
    """Read an ``audit.toml``.

    Raises
    ------
    RequestError
        When the file cannot be read, a key is unknown (with the nearest name), or a value is of
        the wrong kind.
    """
    place = Path(path)
    written = _toml(place)
    data = {key.replace("-", "_"): value for key, value in written.items()}
    known = {**_ROLES, **_READING, **_RUN, "data": str, "population": (dict, str)}
    for key, value in data.items():
        if key not in known:
            raise RequestError(f"{place.name}: unknown key '{shown(key)}'{nearest(key, known)}")
        wanted: Any = known[key]
        kinds = wanted if isinstance(wanted, tuple) else (wanted,)
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise RequestError(f"{place.name}: '{key}' cannot be {shown(value, 40)}")
    if len(data) < len(written):
        raise RequestError(f"{place.name}: a key is there twice, with '-' and with '_'")
    roles = {key: data[key] for key in _ROLES if key in data}
    _check_lists(roles, place.name)
    if "positive" in roles:
        roles["positive"] = _scalar(roles["positive"])
    if "reference" in roles:
        roles["reference"] = {key: _scalar(value) for key, value in roles["reference"].items()}
    if "bins" in roles:
        roles["bins"] = {
            name: _edges(edges, name, place.name) for name, edges in roles["bins"].items()
        }
    if "population" in data:
        roles["population"] = _population(data["population"], place)
    run = {key: data[key] for key in _RUN if key in data}
    if not all(isinstance(rule, str) for rule in run.get("fail_on", ())):
        raise RequestError(f"{place.name}: 'fail_on' must be a rule or a list of rules, as text")
    for key in ("policy",):
        if key in run:
            run[key] = str(place.parent / run[key])
    where = data.get("data")
    return Config(
        data=where if where is None or is_url(where) else str(place.parent / where),
        roles=roles,
        reading={key: data[key] for key in _READING if key in data},
        run=run,
    )


def read_population(path: str | Path) -> tuple[Population, ...]:
    """Read reference populations from a TOML or a CSV file.

    A CSV has the columns ``attribute``, ``group`` and ``share`` (or ``count``), and may have
    ``source`` and ``period``. A TOML has a table for each attribute, as in ``audit.toml``.
    """
    place = Path(path)
    if place.suffix.lower() == ".toml":
        return _population(_toml(place), place)
    try:
        with place.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        reason = error.strerror or shown(error)
        raise RequestError(f"--population {shown(place.name)}: {reason}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise RequestError(f"--population {shown(place.name)}: {shown(error)}") from None
    columns = set(rows[0]) if rows else set()
    measure = next((name for name in ("share", "count") if name in columns), None)
    if not {"attribute", "group"} <= columns or measure is None:
        raise RequestError(
            f"--population {shown(place.name)}: needs the columns attribute, group and share "
            f"(or count); it has {listed(sorted(str(c) for c in columns)) or 'no rows'}"
        )
    tables: dict[str, dict[str, Any]] = {}
    for number, row in enumerate(rows, 2):
        if None in row or not row["attribute"] or not row["group"]:
            raise RequestError(
                f"--population {shown(place.name)}, line {number}: needs an attribute, a group and "
                f"a {measure}, and no more cells than the header"
            )
        table = tables.setdefault(row["attribute"], {"shares": {}})
        if row["group"] in table["shares"]:
            raise RequestError(
                f"--population {shown(place.name)}, line {number}: '{shown(row['group'])}' occurs "
                "twice; keep one source for each attribute"
            )
        try:
            table["shares"][row["group"]] = float(row[measure])
        except (TypeError, ValueError):
            raise RequestError(
                f"--population {shown(place.name)}, line {number}: {measure} is not a number"
            ) from None
        for key in ("source", "period"):
            if row.get(key):
                table[key] = row[key]
    return tuple(Population(attribute=name, **table) for name, table in tables.items())


def _toml(place: Path) -> dict[str, Any]:
    try:
        with place.open("rb") as file:
            return tomllib.load(file)
    except FileNotFoundError:
        raise RequestError(f"no such file: {shown(place, 200)}") from None
    except OSError as error:
        raise RequestError(f"{shown(place.name)}: {error.strerror or shown(error)}") from None
    except (ValueError, RecursionError) as error:
        raise RequestError(f"{shown(place.name)} is not valid TOML: {shown(error)}") from None


def _scalar(value: object) -> str:
    """TOML's ``true`` and ``1`` as the text that they are in the data."""
    return str(value)


def _check_lists(roles: Mapping[str, Any], where: str) -> None:
    for key in ("protected", "strata", "ignore", "train_with"):
        value = roles.get(key, [])
        if isinstance(value, list) and not all(isinstance(item, str) for item in value):
            raise RequestError(f"{where}: '{key}' must be a list of column names")
    for column, group in roles.get("reference", {}).items():
        if not isinstance(group, str | int | float):
            raise RequestError(f"{where}: [reference] {shown(column)} must be one group")
    for column, mapping in roles.get("values", {}).items():
        if not isinstance(mapping, dict) or not all(isinstance(v, str) for v in mapping.values()):
            raise RequestError(
                f"{where}: [values.{shown(column)}] must map spellings to groups, as in "
                '"f" = "Female"'
            )


def _edges(edges: object, name: str, where: str) -> str | tuple[float, ...]:
    if isinstance(edges, str):
        return edges
    items = edges if isinstance(edges, list) else [edges]
    if not all(isinstance(e, int | float) and not isinstance(e, bool) for e in items):
        raise RequestError(f"{where}: [bins] {shown(name)} must be numbers, as in [25, 40]")
    return tuple(float(str(edge)) for edge in items)


def _population(data: object, place: Path) -> tuple[Population, ...]:
    if isinstance(data, str):
        return read_population(place.parent / data)
    assert isinstance(data, dict)
    found = []
    for name, table in data.items():
        if not isinstance(table, dict):
            raise RequestError(f"{place.name}: [population.{shown(name)}] must be a table")
        extra = set(table) - {"shares", "source", "period"}
        if extra:
            raise RequestError(
                f"{place.name}: [population.{shown(name)}] has unknown keys {listed(sorted(extra))}"
            )
        if not isinstance(table.get("shares"), dict):
            raise RequestError(
                f"{place.name}: [population.{shown(name)}.shares] is missing: group = share"
            )
        found.append(
            Population(
                attribute=name,
                shares=table["shares"],
                source=str(table.get("source", "not stated")),
                period=str(table.get("period", "")),
            )
        )
    return tuple(found)
