"""Open a bundle that somebody has handed over: a folder or a zip file, untrusted."""

from __future__ import annotations

import hashlib
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from auditkit.bundle.writing_out import MANIFEST, SEAL
from auditkit.errors import DataError, shown

__all__ = ["Opened", "opened"]

_MOST_BYTES = 2 * 2**30
_MOST_KEPT = 512 * 2**20
_MOST_FILES = 20_000
_CHUNK = 2**20
_BROKEN = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError,
    OverflowError,
)  # fmt: skip


@dataclass(frozen=True)
class Opened:
    """The hashes of all files of a bundle, and the few files that are read.

    Attributes
    ----------
    digests : dict of str to str
        Path → SHA-256.
    kept : dict of str to bytes
        The manifest, its seal, the record and the packs.
    """

    digests: dict[str, str] = field(default_factory=dict)
    kept: dict[str, bytes] = field(default_factory=dict)

    def take(self, path: str, file: IO[bytes], most: int) -> int:
        """Hash a file, and keep it if it is one that is read; return how long it was."""
        digest, size = hashlib.sha256(), 0
        wanted = path in {MANIFEST, SEAL, "audit.json"} or path.startswith("packs/")
        parts = []
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            if size > most or (wanted and size > _MOST_KEPT):
                raise DataError(f"{shown(path, 200)} is too large for a bundle")
            digest.update(chunk)
            if wanted:
                parts.append(chunk)
        self.digests[path] = digest.hexdigest()
        if wanted:
            self.kept[path] = b"".join(parts)
        return size


def opened(place: Path) -> Opened:
    """Hash every file of a bundle; nothing is unpacked.

    Raises
    ------
    DataError
        When it cannot be read, or holds what no bundle holds: two files of one name, names that
        lead out of it, links, more than 2 GB.
    """
    name = shown(place.name)
    found, left = Opened(), _MOST_BYTES
    try:
        with _entries(place) as entries:
            for path, file in entries:
                with file:
                    left -= found.take(path, file, left)
    except DataError as error:
        raise DataError(f"{name}: {error}") from None
    except _BROKEN as error:
        raise DataError(f"{name} is not a whole zip file: {shown(error)}") from None
    except OSError as error:
        raise DataError(f"{name}: {error.strerror or shown(error)}") from None
    return found


@contextmanager
def _entries(place: Path) -> Iterator[Iterator[tuple[str, IO[bytes]]]]:
    if place.is_dir():
        yield _of_folder(place)
        return
    with zipfile.ZipFile(place) as archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        _check(infos)
        yield ((info.filename, archive.open(info)) for info in infos)


def _of_folder(place: Path) -> Iterator[tuple[str, IO[bytes]]]:
    for number, item in enumerate(sorted(place.rglob("*"))):
        path = item.relative_to(place).as_posix()
        if number > _MOST_FILES:
            raise DataError(f"more than {_MOST_FILES:,} files: not a bundle")
        if item.is_symlink():
            raise DataError(f"{shown(path, 200)} is a link: not a bundle")
        if item.is_file():
            yield path, item.open("rb")


def _check(infos: list[zipfile.ZipInfo]) -> None:
    """Refuse what no bundle holds, before anything is read."""
    if len(infos) > _MOST_FILES:
        raise DataError(f"more than {_MOST_FILES:,} files: not a bundle")
    if sum(info.file_size for info in infos) > _MOST_BYTES:
        raise DataError("unpacks to more than 2 GB: not a bundle")
    seen: set[str] = set()
    for info in infos:
        path = info.filename
        if path.casefold() in seen:
            raise DataError(f"two files are called {shown(path, 200)}: not a bundle")
        seen.add(path.casefold())
        parts = path.replace("\\", "/").split("/")
        if "" in parts or ".." in parts or "." in parts or ":" in parts[0] or "\\" in path:
            raise DataError(f"{shown(path, 200)} leads out of it: not a bundle")
        if stat.S_ISLNK(info.external_attr >> 16):
            raise DataError(f"{shown(path, 200)} is a link: not a bundle")
        if info.flag_bits & 1:
            raise DataError(f"{shown(path, 200)} is encrypted: not a bundle")
