"""The language of the fixed texts: English is in the code, others are catalogues.

A catalogue is a TOML file of English text → translation: ``languages/de.toml`` here, or one of the
user's own (``languages/fr.toml`` in the folder of their templates). What stands in the record
(names, sentences of findings, reasons) is printed as it was recorded, in English.

A text that is put together from parts goes through :func:`say`, with a gap for each part. A text
that stands alone needs nothing: :func:`translated` looks up every text of a block.
"""

from __future__ import annotations

import dataclasses
import gettext
import re
import string
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar

from auditkit.errors import RequestError, listed, shown

__all__ = [
    "ENGLISH",
    "FOLDER",
    "Catalogue",
    "Recorded",
    "Verbatim",
    "catalogue",
    "inside",
    "is_foreign",
    "languages",
    "say",
    "speaking",
    "translated",
]

ENGLISH = "en"
FOLDER = Path(__file__).resolve().parent / "languages"

_KEPT = frozenset(
    {"anchor", "colour", "dash", "href", "id", "level", "look", "name", "series", "symbol"}
    | {"table", "tone"}
)
"""Fields whose text is not for a reader."""

Block = TypeVar("Block")


class Verbatim(str):
    """Text from the record: printed as it stands, never looked up."""

    __slots__ = ()


class Recorded(Verbatim):
    """A text of ours from the record: it stands there in English, and is marked as English."""

    __slots__ = ()


class Catalogue(gettext.NullTranslations):
    """The translations into one language, as gettext offers them."""

    def __init__(self, language: str = ENGLISH, texts: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self.language = language
        self.texts = texts or {}

    def gettext(self, message: str) -> str:
        """Return the translation of a text, or the text itself when there is none."""
        return self.texts.get(message) or message


_ENGLISH = Catalogue()
_spoken: ContextVar[Catalogue] = ContextVar("_spoken", default=_ENGLISH)


def languages(own: Path | None = None) -> dict[str, Path | None]:
    """Return the languages that there are, and their files; English has none.

    Parameters
    ----------
    own : Path, optional
        A folder of the user's; what lies in its ``languages`` goes before what is here.
    """
    found: dict[str, Path | None] = {ENGLISH: None}
    for folder in (FOLDER, *([own / "languages"] if own is not None else [])):
        found |= {path.stem: path for path in sorted(folder.glob("*.toml"))}
    return found


def catalogue(language: str, own: Path | None = None) -> Catalogue:
    """Return the catalogue of a language.

    Raises
    ------
    RequestError
        When there is none, or the file is at fault.
    """
    known = languages(own)
    if language not in known:
        raise RequestError(
            f"no texts in the language {shown(language)}; there are {listed(sorted(known))}"
        )
    path = known[language]
    return Catalogue(language, {} if path is None else _read(path))


def _read(path: Path) -> dict[str, str]:
    """Return the texts of a file, with the same gaps as the English ones."""
    try:
        texts = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise RequestError(f"catalogue {shown(path.name)}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise RequestError(f"catalogue {shown(path.name)}: {shown(error, 200)}") from None
    for english, text in texts.items():
        if not isinstance(text, str):
            raise RequestError(f"catalogue {shown(path.name)}: {shown(english)} is not a text")
        if text and _gaps(text) != _gaps(english):
            raise RequestError(
                f"catalogue {shown(path.name)}: the gaps in {{}} of {shown(english)} are not those "
                "of its translation"
            )
    return texts


def _gaps(text: str) -> set[str] | None:
    """Return the names in braces; None when they are not plain names."""
    try:
        found = [piece[1:] for piece in string.Formatter().parse(text) if piece[1] is not None]
    except ValueError:
        return None
    if any(spec or how or not re.fullmatch(r"[a-z_0-9]+", name or "") for name, spec, how in found):
        return None
    return {str(name) for name, _, _ in found}


@contextmanager
def speaking(spoken: Catalogue) -> Iterator[None]:
    """Have fixed texts said in a language."""
    token = _spoken.set(spoken)
    try:
        yield
    finally:
        _spoken.reset(token)


def say(text: str, **parts: object) -> str:
    """Return a fixed text in the language of the page, its gaps filled.

    A part that is a fixed text itself is said in that language too; what is from the record
    (:class:`Verbatim`) stays as it is.

    Examples
    --------
    >>> say("{flags} questions were flagged", flags=3)
    '3 questions were flagged'
    """
    spoken = _spoken.get()
    made = spoken.gettext(text) if text else ""
    if not parts:
        return made
    filled = {
        name: spoken.gettext(part)
        if isinstance(part, str) and part and not isinstance(part, Verbatim)
        else str(part)
        for name, part in parts.items()
    }
    return made.format_map(filled)


def is_foreign(text: object, spoken: Catalogue) -> bool:
    """Return whether a text stands in English on a page in another language."""
    return isinstance(text, Recorded) and bool(text) and spoken.language != ENGLISH


def inside(title: str) -> str:
    """Return a title as it stands inside a sentence: in English without its capital.

    Examples
    --------
    >>> inside("Selection rate")
    'selection rate'
    """
    return title.lower() if _spoken.get().language == ENGLISH else title


def translated(block: Block) -> Block:
    """Return a block with every text in it that stands in the catalogue translated."""
    return _walked(block) if _spoken.get().texts else block


def _walked(value: Any) -> Any:
    if isinstance(value, str):
        return value if isinstance(value, Verbatim) else say(value)
    if isinstance(value, tuple):
        return tuple(_walked(item) for item in value)
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return value
    changed = {}
    for field in dataclasses.fields(value):
        inner = getattr(value, field.name)
        if not (field.name in _KEPT and isinstance(inner, str)):
            changed[field.name] = _walked(inner)
    return dataclasses.replace(value, **changed)
