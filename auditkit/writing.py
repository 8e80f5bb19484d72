"""Files written whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from auditkit.errors import RequestError, shown

__all__ = ["check_writable", "write_whole"]


def check_writable(path: str | Path) -> None:
    """Raise unless `path` can be created or replaced, before any work is done.

    Raises
    ------
    RequestError
        When the folder is missing or not writable, or the path is a folder.
    """
    place = Path(path)
    folder = place.parent
    if place.is_dir():
        raise RequestError(f"{shown(place.name)} is a folder; name a file")
    if not folder.is_dir():
        raise RequestError(f"no such folder: {shown(folder, 200)}")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise RequestError(f"cannot write into {shown(folder, 200)}")


def write_whole(path: str | Path, content: bytes) -> None:
    """Write a file so that at any moment its name holds the old content or the new, never a part.

    Where the system has it, the content goes to a file without a name (``O_TMPFILE``), so that a
    process killed on the way leaves nothing behind.

    Raises
    ------
    RequestError
        When the file cannot be written (no space, no permission).
    """
    place = Path(path)
    check_writable(place)
    temporary = place.with_name(f".{place.name[:100]}.{secrets.token_hex(4)}.tmp")
    try:
        if not _write_unnamed(place.parent, temporary, content):
            _write_named(temporary, content)
        temporary.replace(place)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise RequestError(
            f"cannot write {shown(place.name)}: {error.strerror or shown(error)}"
        ) from None


def _write_unnamed(folder: Path, name: Path, content: bytes) -> bool:
    """Write to a nameless file, then give it a name; False where the system cannot."""
    flag = getattr(os, "O_TMPFILE", 0)
    if not flag or not Path("/proc/self/fd").is_dir():
        return False
    try:
        handle = os.open(folder or ".", flag | os.O_WRONLY, 0o666)
    except OSError:  # the file system has no nameless files
        return False
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        # A directory handle makes Python call linkat(2), which follows the link in /proc.
        place = f"/proc/self/fd/{file.fileno()}"
        try:
            os.link(place, name, src_dir_fd=file.fileno(), follow_symlinks=True)
        except OSError:  # no linkat for nameless files here: write it under a name
            return False
    return True


def _write_named(name: Path, content: bytes) -> None:
    with name.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
