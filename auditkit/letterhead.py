"""What a report is headed with: title, organisation, author, notes, language and a logo.

People write it under ``[report]`` in audit.toml. It travels in the record, the logo as base64, so
that the record alone gives the same report again. All of it is untrusted text; a logo is an image
by what is in it, not by its name, and one that could run or fetch anything is refused.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from auditkit.errors import RequestError, nearest, shown

__all__ = ["FIELDS", "image_kind", "letterhead", "logo_uri"]

FIELDS = ("title", "organisation", "author", "notes", "language", "logo")
"""The keys of ``[report]``."""

LARGEST_LOGO = 100_000
"""The most bytes of a logo: a report with it can still be mailed."""

_LONGEST = 10_000
_SVG = "http://www.w3.org/2000/svg"
_ACTIVE = frozenset({"script", "foreignobject", "iframe", "embed", "object", "handler", "listener"})


def letterhead(table: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return what stands under ``[report]`` as plain data, the logo read from its file.

    Parameters
    ----------
    table : mapping
        The table as it was written.
    folder : Path
        Where the path of the logo starts from.

    Raises
    ------
    RequestError
        On a key that there is not, what is no text, or a logo that is none.

    Examples
    --------
    >>> letterhead({"title": "Hiring in 2025", "notes": ["First round."]}, Path())
    {'title': 'Hiring in 2025', 'notes': ['First round.']}
    """
    found: dict[str, Any] = {}
    for name, value in table.items():
        if name not in FIELDS:
            raise RequestError(f"[report]: no key '{shown(name)}'{nearest(name, FIELDS)}")
        values = value if isinstance(value, list) and name == "notes" else [value]
        for one in values:
            if not isinstance(one, str):
                raise RequestError(f"[report] {name}: write text")
            if len(one) > _LONGEST:
                raise RequestError(f"[report] {name}: more than {_LONGEST:,} characters")
        if name == "logo":
            found[name] = _logo(folder / value)
        elif any(one.strip() for one in values):
            found[name] = list(values) if name == "notes" else value
    return found


def _logo(path: Path) -> dict[str, str]:
    try:
        if path.stat().st_size > LARGEST_LOGO:
            raise RequestError(
                f"[report] logo {shown(path.name)}: more than {LARGEST_LOGO:,} bytes; "
                "make it smaller"
            )
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or shown(error)
        raise RequestError(f"[report] logo {shown(path.name, 200)}: {why}") from None
    kind = image_kind(content)
    return {"type": kind, "data": base64.b64encode(content).decode("ascii")}


def logo_uri(logo: Mapping[str, Any]) -> str:
    """Return the logo of a record as a ``data:`` address, looked at once more.

    Raises
    ------
    RequestError
        When it is not an image, or too large.
    """
    try:
        content = base64.b64decode(str(logo.get("data")), validate=True)
    except ValueError:
        raise RequestError("the logo in the record is not base64") from None
    if len(content) > LARGEST_LOGO:
        raise RequestError(f"the logo in the record has more than {LARGEST_LOGO:,} bytes")
    return f"data:{image_kind(content)};base64,{base64.b64encode(content).decode('ascii')}"


def image_kind(content: bytes) -> str:
    """Return the media type of an image, from what is in it.

    Raises
    ------
    RequestError
        When it is neither PNG, JPEG nor SVG, or an SVG that runs or fetches something.
    """
    if content.startswith(b"\x89PNG\r\n\x1a\n") and content[12:16] == b"IHDR":
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if re.match(rb"(\xef\xbb\xbf)?\s*<", content):
        _check_svg(content)
        return "image/svg+xml"
    raise RequestError("[report] logo: it is neither PNG, JPEG nor SVG")


def _check_svg(content: bytes) -> None:
    """Raise where an SVG is none, declares entities, or holds what runs or fetches."""
    if re.search(rb"<!(DOCTYPE|ENTITY)|<\?xml-stylesheet", content, re.IGNORECASE):
        raise RequestError("[report] logo: an SVG with a DOCTYPE or a style sheet of its own")
    try:
        root = ElementTree.fromstring(content)
    except (ElementTree.ParseError, ValueError, LookupError):
        raise RequestError("[report] logo: it is neither PNG, JPEG nor SVG") from None
    if root.tag != f"{{{_SVG}}}svg":
        raise RequestError("[report] logo: it is neither PNG, JPEG nor SVG")
    for element in root.iter():
        tag = str(element.tag).rpartition("}")[2].lower()
        if tag in _ACTIVE:
            raise RequestError(f"[report] logo: an SVG with <{shown(tag)}>, which may run")
        _check_looks(element.text or "")
        for name, value in element.attrib.items():
            plain = name.rpartition("}")[2].lower()
            if plain.startswith("on"):
                raise RequestError(f"[report] logo: an SVG with '{shown(plain)}', which may run")
            inside = value.startswith(("#", "data:image/png;", "data:image/jpeg;"))
            if plain in {"href", "src"} and not inside:
                raise RequestError("[report] logo: an SVG that fetches something from elsewhere")
            _check_looks(value)


def _check_looks(text: str) -> None:
    """Raise where a style names something outside the image."""
    if re.search(r"@import|url\(\s*['\"]?\s*[^#'\"\s)]|javascript:", text, re.IGNORECASE):
        raise RequestError("[report] logo: an SVG that fetches something from elsewhere")
