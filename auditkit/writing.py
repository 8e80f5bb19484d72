"""Files written whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from auditkit.errors import RequestError, shown

__all__ = ["check_writable", "same_file", "write_whole"]


def check_writable(path: str | Path) -> None:
    """Raise unless `path` can be created or replaced, before any work is done.

    Raises
    ------
    RequestError
        When the folder is missing or not writable, or the path is a folder or not a path.
    """
    place = _followed(path)
    folder = place.parent
    try:
        if place.is_dir():
            raise RequestError(f"{shown(place.name) or '/'} is a folder; name a file")
        if not folder.is_dir():
            raise RequestError(f"no such folder: {shown(Path(path).parent, 200)}")
        if place.exists() and not os.access(place, os.W_OK):
            raise RequestError(f"cannot write {shown(place.name)}: it is read-only")
    except OSError as error:  # a name that is too long
        raise RequestError(f"cannot write {shown(place.name)}: {error.strerror}") from None
    if not _is_special(place) and not os.access(folder, os.W_OK | os.X_OK):
        raise RequestError(f"cannot write into {shown(Path(path).parent, 200)}")


def same_file(one: str | Path, other: str | Path) -> bool:
    """Whether two paths lead to the same place, through links or not."""
    return _followed(one) == _followed(other)


def write_whole(path: str | Path, content: bytes) -> None:
    """Write a file so that at any moment its name holds the old content or the new, never a part.

    Where the system has it, the content goes to a file without a name (``O_TMPFILE``), so that a
    process killed on the way leaves nothing behind. A symbolic link is followed and stays; what
    is not a regular file (``/dev/null``, a pipe) is written to and never replaced.

    Raises
    ------
    RequestError
        When the file cannot be written (no space, no permission).
    """
    check_writable(path)
    place = _followed(path)
    temporary = place.with_name(f".{place.name[:40]}.{secrets.token_hex(4)}.tmp")
    try:
        if _is_special(place):
            place.write_bytes(content)
        elif not _write_unnamed(place, temporary, content):
            _write_named(temporary, content)
            temporary.replace(place)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise
        raise RequestError(
            f"cannot write {shown(place.name)}: {error.strerror or shown(error)}"
        ) from None


def _followed(path: str | Path) -> Path:
    try:
        return Path(path).resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a NUL character
        raise RequestError(f"cannot use {shown(path)} as a file: {shown(error)}") from None


def _is_special(place: Path) -> bool:
    return place.exists() and not place.is_file()


def _write_unnamed(place: Path, temporary: Path, content: bytes) -> bool:
    """Write to a nameless file, then give it its name; False where the system cannot."""
    flag = getattr(os, "O_TMPFILE", 0)
    if not flag or not Path("/proc/self/fd").is_dir():
        return False
    try:
        handle = os.open(place.parent, flag | os.O_WRONLY, 0o666)
    except OSError:  # the file system has no nameless files
        return False
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        # A directory handle makes Python call linkat(2), which follows the link in /proc.
        source = f"/proc/self/fd/{file.fileno()}"
        for name in (place, temporary):
            try:
                os.link(source, name, src_dir_fd=file.fileno(), follow_symlinks=True)
            except FileExistsError:  # a link cannot replace a file; a rename can
                continue
            except OSError:  # no linkat for nameless files here: write it under a name
                return False
            if name is temporary:
                temporary.replace(place)
            return True
    return False


def _write_named(name: Path, content: bytes) -> None:
    with name.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
