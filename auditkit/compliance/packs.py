"""Framework packs: what a statute or a standard asks for, as dated data.

A pack is a TOML file: fields, tables, lines, citations, a status and the date it was last looked
at. The tables name a *kind*, and kinds are the only part that is code
(:data:`auditkit.compliance.tables.KINDS`). Those that ship lie in ``packs/``; a user's own is read
from its path.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any

from auditkit.compliance.comparison import Lines
from auditkit.errors import RequestError, listed, nearest, shown
from auditkit.inference.thresholds import exact_threshold

__all__ = ["STALE_DAYS", "Citation", "Field", "Pack", "TableSpec", "pack_names", "read_pack"]

FOLDER = Path(__file__).with_name("packs")
STALE_DAYS = 180
_FORMAT, _VERSION = "auditkit.framework", 1
_LARGEST = 2**20


@dataclass(frozen=True, kw_only=True)
class Citation:
    """A source: what it is, whether its text was read when the pack was written, and a link."""

    text: str
    checked: bool = False
    url: str | None = None


@dataclass(frozen=True, kw_only=True)
class Field:
    """Something that only a person can say, or that the record knows.

    Attributes
    ----------
    id, title : str
        Key in ``[compliance]`` of audit.toml, and what is printed.
    by : str
        Who has to fill it.
    required : bool
        Whether the framework is incomplete without it.
    known : str or None
        Name of the evidence that fills it where nobody does.
    """

    id: str
    title: str
    by: str
    required: bool = True
    known: str | None = None


@dataclass(frozen=True, kw_only=True)
class TableSpec:
    """A table: its id and title, the kind that builds it, and what that kind is told."""

    id: str
    title: str
    kind: str
    note: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Pack:
    """One framework, as its file says."""

    name: str
    title: str
    jurisdiction: str
    as_of: date
    status: str
    summary: str
    banner: str = ""
    effective_from: date | None = None
    effective_to: date | None = None
    lines: Mapping[str, Any] = field(default_factory=dict)
    categories: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    tables: tuple[TableSpec, ...] = ()
    citations: tuple[Citation, ...] = ()
    notes: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    publish: Mapping[str, Any] = field(default_factory=dict)
    sha256: str = ""
    shipped: bool = False

    @property
    def comparison_lines(self) -> Lines:
        """The lines of a comparison, those of the pack over the usual ones."""
        known = {name: self.lines[name] for name in Lines._fields if name in self.lines}
        return Lines(**known)

    def line(self, name: str) -> float:
        """Return one of the other lines."""
        return float(self.lines.get(name, _LINES[name]))

    def age(self, today: date) -> int:
        """Return how many days ago the pack was last looked at."""
        return (today - self.as_of).days


_LINES: dict[str, float] = {
    "sds": 2.0,
    "alpha": 0.05,
    "level": 0.95,
    "reference_min_share": 0.0,
    "small_category_share": 0.02,
    "tie_share": 0.05,
    "valid_days": 365,
    "retention_years": 0,
    "gap_persons": 3,
    "utilisation": 0.8,
}


def pack_names() -> tuple[str, ...]:
    """Return the names of the packs that ship.

    Returns
    -------
    tuple of str
        Sorted.

    Examples
    --------
    >>> "nyc_ll144" in pack_names()
    True
    """
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def read_pack(name: str) -> Pack:
    """Return a pack by its name, or from a file of the user's own (``*.toml``).

    Parameters
    ----------
    name : str
        One of :func:`pack_names`, or a path.

    Returns
    -------
    Pack

    Raises
    ------
    RequestError
        No such framework (with the nearest name), a file that cannot be read, an unknown or a
        missing key, a kind of table that does not exist.

    Examples
    --------
    >>> read_pack("nyc_ll144").line("small_category_share")
    0.02
    """
    own = name.lower().endswith(".toml")
    if not own and name not in pack_names():
        raise RequestError(
            f"--framework '{shown(name)}'{nearest(name, pack_names())}: use "
            f"{listed(pack_names(), 20)}, or the path of a .toml file"
        )
    place = Path(name) if own else FOLDER / f"{name}.toml"
    where = f"framework {shown(place.name)}"
    try:
        content = place.read_bytes()
    except OSError as error:
        raise RequestError(f"{where}: {error.strerror or shown(error)}") from None
    except ValueError as error:
        raise RequestError(f"{where}: {shown(error)}") from None
    if len(content) > _LARGEST:
        raise RequestError(f"{where} is larger than a megabyte: not a framework")
    try:
        plain = tomllib.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise RequestError(f"{where} is not valid TOML: {shown(error)}") from None
    pack = _pack(plain, where, hashlib.sha256(content).hexdigest(), shipped=not own)
    if own and pack.name in pack_names():
        raise RequestError(f"{where}: the name '{pack.name}' is taken by a pack that ships")
    return pack


def _pack(plain: Mapping[str, Any], where: str, digest: str, *, shipped: bool) -> Pack:
    if plain.get("format") != _FORMAT or plain.get("format_version") != _VERSION:
        raise RequestError(
            f'{where}: needs  format = "{_FORMAT}"  and  format_version = {_VERSION}'
        )
    known = {item.name for item in fields(Pack)} - {"sha256", "shipped"}
    given = {key: value for key, value in plain.items() if key not in {"format", "format_version"}}
    _check_keys(
        given, known, {"name", "title", "jurisdiction", "as_of", "status", "summary"}, where
    )
    for key in ("as_of", "effective_from", "effective_to"):
        if key in given and not isinstance(given[key], date):
            raise RequestError(f"{where}: {key} must be a date, as in 2026-11-22")
    for key in ("name", "title", "jurisdiction", "status", "summary", "banner"):
        if not isinstance(given.get(key, ""), str):
            raise RequestError(f"{where}: {key} must be text")
    if not given["name"].replace("_", "").isalnum() or not given["name"].isascii():
        raise RequestError(f"{where}: name must be of letters, digits and '_'")
    _check_lines(given.get("lines", {}), where)
    made = {
        "fields": tuple(
            _part(Field, row, f"{where}, fields") for row in _list(given, "fields", where)
        ),
        "citations": tuple(
            _part(Citation, row, f"{where}, citations") for row in _list(given, "citations", where)
        ),
        "tables": tuple(_table(row, where) for row in _list(given, "tables", where)),
    }
    for key in ("unknown", "notes", "limits"):
        made[key] = tuple(_texts(given.get(key, []), key, where))
    _check_categories(given.get("categories", {}), where)
    if not isinstance(given.get("publish", {}), dict):
        raise RequestError(f"{where}: [publish] must be a table")
    _check_unique([item.id for item in made["fields"]], "fields", where)
    _check_unique([item.id for item in made["tables"]], "tables", where)
    return Pack(**{**given, **made}, sha256=digest, shipped=shipped)


def _list(given: Mapping[str, Any], key: str, where: str) -> list[Any]:
    rows = given.get(key, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise RequestError(f"{where}: [[{key}]] must be a list of tables")
    return rows


def _texts(value: Any, key: str, where: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise RequestError(f"{where}: {key} must be a list of texts")
    return value


def _part(kind: type[Any], row: Mapping[str, Any], where: str) -> Any:
    known = {item.name: item for item in fields(kind)}
    needed = {"id", "title", "by"} if kind is Field else {"text"}
    _check_keys(row, set(known), needed, where)
    for key, value in row.items():
        wanted = bool if key in {"required", "checked"} else str
        if not isinstance(value, wanted):
            raise RequestError(f"{where}: {key} cannot be {shown(value, 40)}")
    return kind(**row)


def _table(row: Mapping[str, Any], where: str) -> TableSpec:
    from auditkit.compliance.tables import KINDS

    own = {"id", "title", "kind", "note"}
    here = f"{where}, table {shown(row.get('id', ''))}"
    _check_keys(row, {*row}, {"id", "title", "kind"}, here)
    for key in own & set(row):
        if not isinstance(row[key], str):
            raise RequestError(f"{here}: {key} must be text")
    if row["kind"] not in KINDS:
        raise RequestError(
            f"{here}: no kind '{shown(row['kind'])}'{nearest(row['kind'], KINDS)}; kinds: "
            f"{listed(KINDS, 30)}"
        )
    kind = KINDS[row["kind"]]
    options = {key: value for key, value in row.items() if key not in own}
    _check_keys(options, set(kind.options), set(kind.needs), here)
    for key, value in options.items():
        if not isinstance(value, kind.options[key]):
            raise RequestError(f"{here}: {key} cannot be {shown(value, 40)}")
    if kind.check is not None:
        kind.check(options, here)
    return TableSpec(
        id=row["id"],
        title=row["title"],
        kind=row["kind"],
        note=row.get("note", ""),
        options=options,
    )


def _check_keys(row: Mapping[str, Any], known: set[str], needed: set[str], where: str) -> None:
    for key in row:
        if key not in known:
            raise RequestError(f"{where}: unknown key '{shown(key)}'{nearest(key, known)}")
    missing = sorted(needed - set(row))
    if missing:
        raise RequestError(f"{where}: missing {listed(missing)}")


def _check_lines(lines: Any, where: str) -> None:
    if not isinstance(lines, dict):
        raise RequestError(f"{where}: [lines] must be a table")
    known = {*_LINES, "ratio"}
    for key, value in lines.items():
        if key not in known:
            raise RequestError(f"{where}: unknown line '{shown(key)}'{nearest(key, known)}")
        if key == "ratio":
            exact_threshold(value)
        elif isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise RequestError(f"{where}: {key} must be a number, 0 or more")


def _check_categories(categories: Any, where: str) -> None:
    good = isinstance(categories, dict) and all(
        isinstance(names, dict)
        and all(
            isinstance(aliases, list) and all(isinstance(alias, str) for alias in aliases)
            for aliases in names.values()
        )
        for names in categories.values()
    )
    if not good:
        raise RequestError(
            f'{where}: [categories.sex] must map a category to spellings, as in "Female" = ["f"]'
        )


def _check_unique(ids: Sequence[str], what: str, where: str) -> None:
    for name in ids:
        if ids.count(name) > 1:
            raise RequestError(f"{where}: two {what} are called '{shown(name)}'")
