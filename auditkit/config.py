"""audit.toml and population files: settings as data.

The keys of ``audit.toml`` are the names of the command line options, with ``-`` or ``_``. A flag
on the command line wins over a key. Paths are relative to the file they stand in.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditkit.errors import RequestError, nearest, shown
from auditkit.population import Population, populations_of_csv, populations_of_tables
from auditkit.urls import is_url

__all__ = ["Config", "read_config", "read_population"]

MODEL_FILES = (".skops", ".onnx", ".pkl", ".pickle", ".joblib")
"""What a file with a model can be called."""

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
    "cluster": str,
    "ignore": (str, list),
    "train_with": (str, list),
    "reference": dict,
    "bins": dict,
    "values": dict,
    "stages": list,
    "stage_column": str,
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
    "folds": int,
    "repeats": int,
    "select_top": (str, int, float),
    "cost_fp": (int, float),
    "cost_fn": (int, float),
    "train_rows": int,
    "jobs": int,
    "trust_pickle": bool,
    "causes": bool,
    "remedies": bool,
    "remedies_for": str,
    "disparity": str,
    "tolerance": (int, float),
    "policy": str,
    "framework": (str, list),
    "compliance": dict,
    "card": (str, list, dict),
    "report": dict,
    "fail_on": (str, list),
    "allow_inconclusive": bool,
    "sample_rows": int,
    "seed": int,
    "output": str,
    "json": str,
    "charts": str,
    "tables": (str, list),
    "quiet": bool,
    "audience": str,
    "min_cell": int,
    "summary": str,
    "pdf": str,
    "model_card": str,
    "bundle": str,
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
    for key in ("policy", "model"):
        if key in run and (key != "model" or run[key].lower().endswith(MODEL_FILES)):
            run[key] = str(place.parent / run[key])
    run |= _frameworks(run, place)
    where = data.get("data")
    return Config(
        data=where if where is None or is_url(where) else str(place.parent / where),
        roles=roles,
        reading={key: data[key] for key in _READING if key in data},
        run=run,
    )


def read_population(path: str | Path) -> tuple[Population, ...]:
    """Read reference populations from a TOML or a CSV file.

    A TOML has a table for each attribute, as in ``audit.toml``; for a CSV see
    :func:`auditkit.population.populations_of_csv`.
    """
    place = Path(path)
    if place.suffix.lower() == ".toml":
        return populations_of_tables(_toml(place), place.name)
    return populations_of_csv(place)


def _frameworks(run: Mapping[str, Any], place: Path) -> dict[str, tuple[str, ...]]:
    """Return the frameworks; those of the user's own are files, named from the audit.toml on."""
    named: Any = run.get("framework", [])
    items: list[Any] = named if isinstance(named, list) else [named]
    if not all(isinstance(name, str) for name in items):
        raise RequestError(f"{place.name}: 'framework' must be a name or a list of names")
    own = [str(place.parent / n) if n.lower().endswith(".toml") else n for n in items]
    return {"framework": tuple(own)} if own else {}


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
    return populations_of_tables(data, place.name)
