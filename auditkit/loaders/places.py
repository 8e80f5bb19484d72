"""Where the data lie: one file, a pattern, a folder or a list of files, all of one kind."""

from __future__ import annotations

import glob
import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread

from auditkit.errors import DataError, RequestError, listed, shown
from auditkit.loaders.source import Bytes, bytes_of

__all__ = ["EXCEL", "JSON", "PARQUET", "TEXT", "Place", "hashing", "place_of"]

TEXT, PARQUET, JSON, EXCEL = "delimited text", "Parquet", "JSON lines", "an Excel workbook"
_KINDS = {
    **dict.fromkeys((".parquet", ".pq"), PARQUET),
    **dict.fromkeys((".jsonl", ".ndjson", ".json"), JSON),
    **dict.fromkeys((".xlsx", ".xlsm", ".xls"), EXCEL),
}
_TITLE = 120
_IN_FOLDERS = (".parquet", ".pq", ".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".json", ".gz")


@dataclass(frozen=True, kw_only=True)
class Place:
    """The files of one table.

    Attributes
    ----------
    title : str
        What to call them: untrusted text.
    files : tuple of Bytes
        In the order of their names.
    kind : str
        What all of them are.
    folder : bool
        Whether they were found in a folder, whose parts may be named ``column=value``.
    """

    title: str
    files: tuple[Bytes, ...]
    kind: str
    folder: bool = False

    @property
    def name(self) -> str:
        """The title, safe to print."""
        return shown(self.title, _TITLE)

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(file.size for file in self.files)

    @property
    def paths(self) -> list[str]:
        """The files as paths; empty for standard input."""
        return [str(file.path) for file in self.files if file.path is not None]

    def sha256(self) -> str:
        """Return the hash of the file; of several, that of the list of their hashes and names."""
        if len(self.files) == 1:
            return self.files[0].sha256()
        lines = [f"{file.sha256()}  {file.title}\n" for file in self.files]
        return hashlib.sha256("".join(lines).encode("utf-8", "backslashreplace")).hexdigest()


def hashing(place: Place) -> Callable[[], str]:
    """Begin to hash the files, beside whatever is done with them; the answer waits for the end.

    Nobody waits who does not ask: the thread does not keep a process from ending on an error.
    """
    found: Future[str] = Future()

    def work() -> None:
        try:
            found.set_result(place.sha256())
        except Exception as error:  # raised again where the hash is asked for
            found.set_exception(error)

    Thread(target=work, daemon=True).start()
    return found.result


def place_of(source: str | Sequence[str]) -> Place:
    """Find the files that a path, a pattern, a folder or a list names.

    Raises
    ------
    RequestError
        Nothing there.
    DataError
        An empty file, or files of different kinds.
    """
    if not isinstance(source, str):
        if not source:
            raise RequestError("no data: name at least one file")
        files = [_file(path) for path in source]
        return _one_kind(files, f"{files[0].title} and {len(files) - 1} more" if files[1:] else "")
    if source == "-":
        return _one_kind([_file(source)], "standard input")
    path = Path(source)
    name = path.name
    there = _there(path)
    if there and path.is_dir():
        inside = sorted(
            item
            for item in path.rglob("*")
            if item.suffix.lower() in _IN_FOLDERS and item.is_file()
            and not any(part.startswith((".", "_")) for part in item.relative_to(path).parts)
        )  # fmt: skip
        if not inside:
            raise RequestError(
                f"no data in the folder {shown(name)}: it has no CSV, Parquet or JSON file"
            )
        found = [_file(str(item), str(item.relative_to(path))) for item in inside]
        return replace(_one_kind(found, f"{name}/ ({_files(found)})"), folder=True)
    if glob.has_magic(source) and not there:
        found_paths = glob.glob(source, recursive=True)  # noqa: PTH207
        matches = sorted(match for match in found_paths if Path(match).is_file())
        if not matches:
            raise RequestError(f"no file fits {shown(source, 200)}")
        found = [_file(match) for match in matches]
        return _one_kind(found, f"{name} ({_files(found)})")
    return _one_kind([_file(source)], name)


def _there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that no system takes; reading it says so
        return False


def _files(found: Sequence[Bytes]) -> str:
    return "1 file" if len(found) == 1 else f"{len(found):,} files"


def _file(path: str, name: str | None = None) -> Bytes:
    data = bytes_of(path, "standard input" if path == "-" else name or Path(path).name)
    if data.size == 0:
        raise DataError(f"{data.name} is empty: it has no header row and no data")
    if data.head(2) == b"\x1f\x8b":
        data = replace(data, packed=True)
    return data


def _one_kind(files: Sequence[Bytes], title: str) -> Place:
    kinds = {_kind(file): file.name for file in files}
    if len(kinds) > 1:
        (one, first), (other, second), *_ = kinds.items()
        raise DataError(
            f"{first} is {one} and {second} is {other}: name files of one kind "
            f"({listed(sorted({file.name for file in files}), 3)})"
        )
    return Place(title=title or files[0].title, files=tuple(files), kind=next(iter(kinds)))


def _kind(file: Bytes) -> str:
    suffixes = [suffix.lower() for suffix in Path(file.title).suffixes]
    kind = suffixes[-1] if suffixes else ""
    if file.packed:
        kind = suffixes[-2] if len(suffixes) > 1 and kind == ".gz" else ".csv"
    return _KINDS.get(kind, TEXT)
