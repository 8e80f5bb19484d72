"""Which form a card takes: by the end of its file name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any

from auditkit.card.croissant import to_croissant
from auditkit.card.markdown import to_markdown
from auditkit.errors import RequestError, shown

__all__ = ["KINDS", "card_of"]

KINDS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    ".md": to_markdown,
    ".json": to_croissant,
    ".jsonld": to_croissant,
}
"""End of a file name → what is written: Markdown, or Croissant JSON-LD."""


def card_of(record: Mapping[str, Any], path: str) -> str:
    """Return the dataset card of a record in the form that a file name asks for.

    Raises
    ------
    RequestError
        When the name ends in neither ``.md`` nor ``.json``.
    """
    make = KINDS.get(PurePath(path).suffix.lower())
    if make is None:
        raise RequestError(
            f"--card {shown(PurePath(path).name)}: name a file that ends in .md or .json"
        )
    return make(record)
