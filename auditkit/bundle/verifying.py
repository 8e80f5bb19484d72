"""Verify a bundle: whether its files are untouched, and whether the numbers come out again."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from auditkit.bundle.writing_out import FORMAT, MANIFEST, VERSION
from auditkit.compliance.packs import pack_names
from auditkit.disclosure import public_record
from auditkit.errors import AuditkitError, DataError, shown
from auditkit.loaders import load
from auditkit.policy import Policy
from auditkit.run import audit, profile
from auditkit.schema import Schema

__all__ = ["Verification", "verify_bundle"]

_MOST = 2 * 2**30
_SHOWN = 20
_TIME_AND_PLACE = frozenset({"created", "provenance", "auditkit", "data.source", "data.notes"})


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What :func:`verify_bundle` found.

    Attributes
    ----------
    files : int
        Files that were checked.
    problems : tuple of str
        What differs, one sentence each; empty when nothing does.
    notes : tuple of str
        What the reader should know: other versions of software, what was not checked.
    """

    files: int
    problems: tuple[str, ...]
    notes: tuple[str, ...]


def verify_bundle(path: str | Path, *, data: str | None = None) -> Verification:
    """Check every hash of a bundle and, given the data, make the record again and compare.

    Parameters
    ----------
    path : str or path
        A folder or a zip file.
    data : str, optional
        The file that the bundle was made from.

    Raises
    ------
    DataError
        When it is not a bundle of auditkit.
    """
    found = _read(Path(path))
    manifest = _manifest(found, Path(path))
    problems = list(_hashes(found, manifest))
    notes: list[str] = []
    if data is None:
        notes.append("the numbers were not made again: name the data with --data")
    elif not problems:
        more, said = _again(found, manifest, data)
        problems += more
        notes += said
    else:
        notes.append("the numbers were not made again, because files differ")
    return Verification(files=len(manifest["files"]), problems=tuple(problems), notes=tuple(notes))


def _read(place: Path) -> dict[str, bytes]:
    name = shown(place.name)
    try:
        if place.is_dir():
            return {
                item.relative_to(place).as_posix(): item.read_bytes()
                for item in sorted(place.rglob("*"))
                if item.is_file()
            }
        with zipfile.ZipFile(place) as archive:
            if sum(info.file_size for info in archive.infolist()) > _MOST:
                raise DataError(f"{name} unpacks to more than 2 GB: not a bundle")
            return {info.filename: archive.read(info) for info in archive.infolist()}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise DataError(f"{name} is not a whole zip file: {shown(error)}") from None
    except OSError as error:
        raise DataError(f"{name}: {error.strerror or shown(error)}") from None


def _manifest(found: Mapping[str, bytes], place: Path) -> dict[str, Any]:
    name = shown(place.name)
    if MANIFEST not in found:
        raise DataError(f"{name} is not a bundle of auditkit: there is no {MANIFEST} in it")
    try:
        plain = json.loads(found[MANIFEST])
        files = [(str(row["path"]), str(row["sha256"])) for row in plain["files"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError(f"{name}: its {MANIFEST} is damaged: {shown(error)}") from None
    if plain.get("format") != FORMAT or plain.get("format_version") != VERSION or not files:
        raise DataError(f"{name} is not a bundle that this auditkit reads ({FORMAT} {VERSION})")
    return dict(plain)


def _hashes(found: Mapping[str, bytes], manifest: Mapping[str, Any]) -> Iterator[str]:
    listed = {row["path"]: row["sha256"] for row in manifest["files"]}
    for path, digest in listed.items():
        if path not in found:
            yield f"{shown(path, 200)} is missing"
        elif hashlib.sha256(found[path]).hexdigest() != digest:
            yield f"{shown(path, 200)} has been changed: its SHA-256 is not that of the manifest"
    for path in found:
        if path not in listed and path != MANIFEST:
            yield f"{shown(path, 200)} is not in the manifest"


def _again(
    found: Mapping[str, bytes], manifest: Mapping[str, Any], data: str
) -> tuple[list[str], list[str]]:
    """Make the record again and compare; say what differs."""
    filed = json.loads(found["audit.json"])
    wanted = manifest["input"]["sha256"]
    if wanted is not None and (digest := _digest(Path(data))) != wanted:
        return [
            f"the data are not those of the bundle: their SHA-256 is {digest[:16]}..., that of the "
            f"bundle's data {wanted[:16]}..."
        ], []
    try:
        with _on_the_day(str(filed["created"])):
            made = _remade(found, manifest, filed, data)
    except AuditkitError as error:
        return [f"the record cannot be made again: {error}"], []
    differences = list(_differences(filed, made))
    problems = differences[:_SHOWN]
    if len(differences) > _SHOWN:
        problems.append(f"and {len(differences) - _SHOWN} more numbers differ")
    notes = []
    old = filed["provenance"].get("versions") or {}
    new = made["provenance"].get("versions") or {}
    changed = [f"{k} {old.get(k)} then, {new.get(k)} now" for k in old if old[k] != new.get(k)]
    if changed:
        notes.append(f"other versions of software: {'; '.join(map(shown, changed))}")
    return problems, notes


@contextmanager
def _on_the_day(created: str) -> Iterator[None]:
    """Make the record as of the day of the bundle: frameworks say how old they are."""
    before = os.environ.get("SOURCE_DATE_EPOCH")
    moment = datetime.strptime(created, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    os.environ["SOURCE_DATE_EPOCH"] = str(int(moment.timestamp()))
    try:
        yield
    finally:
        if before is None:
            del os.environ["SOURCE_DATE_EPOCH"]
        else:
            os.environ["SOURCE_DATE_EPOCH"] = before


def _digest(place: Path) -> str:
    try:
        with place.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"{shown(place.name)}: {error.strerror or shown(error)}") from None


def _remade(
    found: Mapping[str, bytes], manifest: Mapping[str, Any], filed: Mapping[str, Any], data: str
) -> dict[str, Any]:
    request = manifest["request"]
    schema = Schema.from_dict(request["schema"] if "schema" in request else filed["schema"])
    roles = {item.name: getattr(schema, item.name) for item in fields(Schema)}
    loaded = load(data, **roles, **request["reading"])
    with tempfile.TemporaryDirectory() as folder:
        names = []
        for name in request["frameworks"]:
            if name in pack_names():
                names.append(name)
                continue
            own = Path(folder) / f"{Path(name).name}.toml"
            own.write_bytes(found[f"packs/{name}.toml"])
            names.append(str(own))
        common: dict[str, Any] = {
            "policy": Policy.from_dict(filed["policy"]),
            "seed": request["seed"],
            "sample_rows": request["sample_rows"],
            "frameworks": names,
            "answers": request["answers"],
            "command": manifest["command"],
        }
        if request["verb"] == "profile":
            made = profile(loaded, **common)
        else:
            made = audit(loaded, model=request["model"], **common)
    plain = made.to_dict()
    if manifest["audience"] == "public":
        plain = public_record(plain, min_cell=manifest["min_cell"])
    return dict(json.loads(json.dumps(plain)))


def _differences(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """Yield each place at which two records differ; times, names and how it was read left out."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys([*old, *new]):
            place = f"{path}.{key}" if path else key
            if place not in _TIME_AND_PLACE:
                yield from _differences(old.get(key), new.get(key), place)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (a, b) in enumerate(zip(old, new, strict=True)):
            yield from _differences(a, b, f"{path}[{index}]")
    elif old != new:
        yield f"{shown(path, 160)}: {shown(_brief(old))} in the bundle, {shown(_brief(new))} now"


def _brief(value: Any) -> str:
    if isinstance(value, list | dict):
        return f"{len(value)} rows" if isinstance(value, list) else f"{len(value)} keys"
    return repr(value)
