"""Print a page to PDF with a browser that is installed; its print styles do the rest."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from auditkit.errors import MissingExtraError, RequestError, shown

__all__ = ["browser", "print_pdf"]

_BROWSERS = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
    "microsoft-edge", "msedge",
)  # fmt: skip
_SECONDS = 120


def browser() -> str:
    """Return a browser that can print.

    Raises
    ------
    MissingExtraError
        When none is installed.
    """
    found = next((place for name in _BROWSERS if (place := shutil.which(name))), None)
    if found is None:
        raise MissingExtraError(
            "--pdf needs Chromium, Chrome or Edge, and none is installed: install one, or open the "
            "HTML report in a browser and print it"
        )
    return found


def print_pdf(html: str) -> bytes:
    """Return a page as PDF, printed by Chromium, Chrome or Edge without a window.

    Parameters
    ----------
    html : str
        A page that asks for nothing from elsewhere.

    Raises
    ------
    MissingExtraError
        When none of these browsers is installed.
    RequestError
        When the browser does not print.
    """
    found = browser()
    with tempfile.TemporaryDirectory(prefix="auditkit-") as folder:
        page, target = Path(folder) / "page.html", Path(folder) / "page.pdf"
        page.write_bytes(html.encode("utf-8", "backslashreplace"))
        command = [
            found, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-background-networking", "--disable-sync",
            f"--user-data-dir={folder}/profile",
            "--no-pdf-header-footer", f"--print-to-pdf={target}", page.as_uri(),
        ]  # fmt: skip
        try:
            done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise RequestError(f"--pdf: the browser did not print: {shown(error, 200)}") from None
        if not target.is_file() or not target.read_bytes().startswith(b"%PDF"):
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise RequestError(
                f"--pdf: the browser did not print: {shown((said or ['no reason'])[-1], 200)}"
            )
        return target.read_bytes()
