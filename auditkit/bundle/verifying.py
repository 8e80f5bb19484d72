"""Verify a bundle: whether its files are untouched, and whether the numbers come out again."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from auditkit.bundle.opening import Opened, opened
from auditkit.bundle.remaking import MODEL_FILE, Sources, made_again, same_data
from auditkit.bundle.writing_out import FORMAT, MANIFEST, SEAL, VERSION
from auditkit.disclosure import public_record
from auditkit.errors import AuditkitError, DataError, shown

__all__ = ["Verification", "verify_bundle"]

_SHOWN = 20
_TIME_AND_PLACE = frozenset({"created", "provenance", "auditkit", "data.source", "data.notes"})
_DAMAGED = (KeyError, TypeError, ValueError, AttributeError, IndexError)
_REQUEST = ("verb", "model", "seed", "sample_rows", "reading", "frameworks", "answers", "command")


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
    again : bool
        Whether the numbers were made again from the data.
    """

    files: int
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    again: bool = False


def verify_bundle(
    path: str | Path,
    *,
    data: str | Sequence[str] | None = None,
    model: str | None = None,
    trust_pickle: bool = False,
) -> Verification:
    """Check every hash of a bundle and, given the data, make the record again and compare.

    Parameters
    ----------
    path : str or path
        A folder or a zip file. It is untrusted: nothing in it is unpacked or run.
    data : str or sequence of str, optional
        The file or files that the bundle was made from, or the ``audit.toml`` that names them.
    model : str, optional
        The file with the model, where the audit was of one.
    trust_pickle : bool
        Whether that may be a pickle, which runs the program in it.

    Raises
    ------
    DataError
        When it is not a bundle of auditkit.
    RequestError
        When the data cannot be found.
    """
    found = opened(Path(path))
    seal = _seal(found)
    try:
        manifest = _manifest(found, Path(path))
    except DataError:
        if seal is None:
            raise
        return Verification(files=len(found.digests), problems=(seal,), notes=())
    problems = [seal] if seal else list(_hashes(found, manifest))
    notes = [f"no file was compared with a {MANIFEST} that is not as it was"] if seal else []
    again = False
    if SEAL not in found.kept and not manifest.get("seal"):
        notes.append(f"nothing vouches for {MANIFEST}: the bundle is older than its seal")
    if data is None:
        notes.append("the numbers were not made again: name the data with --data")
    elif problems:
        notes.append("the numbers were not made again, because files differ")
    elif manifest["request"].get(MODEL_FILE) and model is None:
        name = shown(manifest["request"][MODEL_FILE]["name"])
        notes.append(f"the numbers were not made again: name the model {name} with --model")
    else:
        sources = Sources.of(data, model=model, trust_pickle=trust_pickle)
        more, said = _again(found, manifest, sources)
        problems += more
        notes += said
        again = True
    return Verification(
        files=len(manifest["files"]), problems=tuple(problems), notes=tuple(notes), again=again
    )


def _seal(found: Opened) -> str | None:
    """Say what is wrong with the hash of the manifest, which has a file of its own."""
    if SEAL not in found.kept or MANIFEST not in found.digests:
        return None
    written = re.fullmatch(rb"([0-9a-f]{64})  manifest\.json\n", found.kept[SEAL])
    if written is None:
        return f"{SEAL} has been changed: it is not one line with a SHA-256"
    if written[1].decode() != found.digests[MANIFEST]:
        return f"{MANIFEST} has been changed: its SHA-256 is not that of {SEAL}"
    return None


def _manifest(found: Opened, place: Path) -> dict[str, Any]:
    name = shown(place.name)
    if MANIFEST not in found.kept:
        raise DataError(f"{name} is not a bundle of auditkit: there is no {MANIFEST} in it")
    try:
        plain = json.loads(found.kept[MANIFEST])
        files = [(str(row["path"]), str(row["sha256"])) for row in plain["files"]]
        request, wanted = plain["request"], plain["input"]["sha256"]
        missing = [key for key in _REQUEST if key not in {**request, "command": None}]
        if missing or not isinstance(wanted, str | None):
            raise ValueError(f"no {missing[0]}" if missing else "input.sha256 is no text")
        if request.get(MODEL_FILE) is not None:
            str(request[MODEL_FILE]["name"]), str(request[MODEL_FILE]["sha256"])
    except (*_DAMAGED, RecursionError) as error:
        raise DataError(f"{name}: its {MANIFEST} is damaged: {shown(error)}") from None
    if plain.get("format") != FORMAT or plain.get("format_version") != VERSION or not files:
        raise DataError(f"{name} is not a bundle that this auditkit reads ({FORMAT} {VERSION})")
    return dict(plain)


def _hashes(found: Opened, manifest: Mapping[str, Any]) -> Iterator[str]:
    listed = {str(row["path"]): row["sha256"] for row in manifest["files"]}
    for path, digest in listed.items():
        if path not in found.digests:
            yield f"{shown(path, 200)} is missing"
        elif found.digests[path] != digest:
            yield f"{shown(path, 200)} has been changed: its SHA-256 is not that of the manifest"
    if manifest.get("seal") and SEAL not in found.digests:
        yield f"{SEAL} is missing"
    for path in found.digests:
        if path not in listed and path not in {MANIFEST, SEAL}:
            yield f"{shown(path, 200)} is not in the manifest"


def _again(
    found: Opened, manifest: Mapping[str, Any], sources: Sources
) -> tuple[list[str], list[str]]:
    """Make the record again and compare; say what differs."""
    differs = same_data(sources, manifest)
    if differs is not None:
        return [differs], []
    try:
        filed = json.loads(found.kept["audit.json"])
        with _on_the_day(str(filed["created"])):
            made = made_again(sources, manifest, filed, found.kept).to_dict()
        if manifest["audience"] == "public":
            made = public_record(made, min_cell=manifest["min_cell"])
        new = json.loads(json.dumps(made))
        differences = list(_differences(filed, new))
        then = filed["provenance"].get("versions") or {}
    except AuditkitError as error:
        return [f"the record cannot be made again: {error}"], []
    except _DAMAGED as error:
        return [f"the record cannot be made again: the bundle is damaged: {shown(error)}"], []
    problems = differences[:_SHOWN]
    if len(differences) > _SHOWN:
        problems.append(f"and {len(differences) - _SHOWN} more numbers differ")
    now = new["provenance"].get("versions") or {}
    changed = [f"{k} {then.get(k)} then, {now.get(k)} now" for k in then if then[k] != now.get(k)]
    if not changed:
        return problems, []
    return problems, [f"other versions of software: {'; '.join(map(shown, changed))}"]


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
