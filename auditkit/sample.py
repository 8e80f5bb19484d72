"""The sample data, from a checkout or from an installed wheel."""

from __future__ import annotations

from pathlib import Path

from auditkit.errors import AuditkitError, RequestError, shown
from auditkit.writing import write_whole

__all__ = ["sample_folder", "write_sample"]


def sample_folder() -> Path:
    """Return where the sample is: inside the wheel, or beside the package in a checkout."""
    here = Path(__file__).parent
    for folder in (here / "_sample_data", here.parent / "sample_data"):
        if (folder / "hiring.csv").is_file():
            return folder
    raise AuditkitError("the sample data are not in this installation; reinstall auditkit-fairness")


def write_sample(directory: str | Path) -> Path:
    """Copy the sample into a folder and return it.

    Raises
    ------
    RequestError
        When a file of the same name with other content is there: nothing is overwritten; or when
        the folder cannot be made.
    """
    target, source = Path(directory), sample_folder()
    files = {item.name: item.read_bytes() for item in sorted(source.iterdir()) if item.is_file()}
    try:
        for name, content in files.items():
            there = target / name
            if there.exists() and not (there.is_file() and there.read_bytes() == content):
                raise RequestError(
                    f"{shown(there, 200)} exists and differs; name another folder: "
                    "auditkit sample DIR"
                )
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RequestError(f"cannot make {shown(target, 200)}: {error.strerror}") from None
    except ValueError as error:
        if isinstance(error, RequestError):
            raise
        raise RequestError(f"cannot make {shown(target, 200)}: {shown(error)}") from None
    for name, content in files.items():
        write_whole(target / name, content)
    return target
