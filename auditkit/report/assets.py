"""What a page carries besides text: style, script, figures and the chart engine.

This is the only place where text is marked as safe, and it marks nothing that came from data
except JSON in which every ``<``, ``>`` and ``&`` has been written as an escape.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditkit.errors import AuditkitError

if TYPE_CHECKING:
    from markupsafe import Markup

__all__ = [
    "Engine",
    "engine",
    "json_text",
    "own_text",
    "packed",
    "policy",
    "script_text",
    "sha256",
    "style_text",
]


_BLANK = r"(?:\s|/\*.*?\*/)"
_STYLE = re.compile(
    r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
    rf"|(?:{_BLANK}*;)?{_BLANK}*([{{}};,]){_BLANK}*|(:){_BLANK}+|{_BLANK}+",
    re.DOTALL,
)
"""Texts in quotation marks, and what a style sheet can be without: blanks, the last semicolon."""


@dataclass(frozen=True, slots=True)
class Engine:
    """The chart engine: its text compressed and in base64, and the hash that lets it run."""

    base64: str
    hash: str
    version: str


def sha256(text: str) -> str:
    """Return the hash of a script as a Content-Security-Policy names it."""
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def policy(hashes: list[str]) -> str:
    """Return the Content-Security-Policy: our own scripts by hash, and no connection to anywhere.

    ``unsafe-inline`` is for styles only: the chart engine sets style attributes.
    """
    scripts = " ".join(hashes)
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def own_text(folder: Path, name: str) -> Markup:
    """Return a style sheet or script of ours, to be printed as it stands.

    Raises
    ------
    AuditkitError
        When the file is missing, or holds what would end the element it is printed in.
    """
    from markupsafe import Markup

    try:
        text = (folder / name).read_text("utf-8")
    except OSError as error:
        raise AuditkitError(f"report template {name}: {error.strerror}") from None
    if "</s" in text.lower() or "<!--" in text:
        raise AuditkitError(f"report template {name} holds '</s' or '<!--', which ends it")
    return Markup(text)


def style_text(files: Iterable[Path]) -> Markup:
    """Return style sheets of ours as one, without comments and whitespace that says nothing.

    Texts in quotation marks stay as they are.
    """
    from markupsafe import Markup

    text = "\n".join(own_text(file.parent, file.name) for file in files)
    return Markup(
        _STYLE.sub(lambda found: "".join(filter(None, found.groups())) or " ", text).strip()
    )


def script_text(folder: Path, name: str) -> Markup:
    """Return a script of ours without the comments that stand alone, and without indentation."""
    from markupsafe import Markup

    text = re.sub(r"^\s*/\*.*?\*/$", "", own_text(folder, name), flags=re.DOTALL | re.MULTILINE)
    return Markup("\n".join(line.strip() for line in text.splitlines() if line.strip()))


def json_text(value: Any) -> Markup:
    """Return a value as JSON that no HTML parser reads as anything else.

    Raises
    ------
    ValueError
        For NaN and infinities, which are not JSON.
    """
    from markupsafe import Markup

    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    for char in "<>&":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(text)


def packed(values: Mapping[str, Any]) -> str:
    """Return values as JSON, compressed and in base64; an empty text for no values."""
    return _squeezed(json.dumps(values, separators=(",", ":"), allow_nan=False)) if values else ""


def _squeezed(text: str) -> str:
    made = bytearray(gzip.compress(text.encode("utf-8", "backslashreplace"), 9, mtime=0))
    made[9] = 255  # the header's system byte, which differs between versions of Python
    return base64.b64encode(made).decode("ascii")


@lru_cache(maxsize=1)
def engine() -> Engine:
    """Return the chart engine that lies in the package; the same bytes every time."""
    folder = Path(__file__).resolve().parent / "engine"
    packed = (folder / "plotly-basic.min.js.gz").read_bytes()
    about = json.loads((folder / "engine.json").read_text("utf-8"))
    return Engine(
        base64=base64.b64encode(packed).decode("ascii"),
        hash=sha256(gzip.decompress(packed).decode("utf-8")),
        version=about["version"],
    )
