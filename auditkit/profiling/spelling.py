"""One group in several spellings."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditkit.counts import group_text
from auditkit.metrics.cubes import look_alikes
from auditkit.profiling.synonyms import canonical, key

__all__ = ["Variants", "spelling_variants", "toml_key", "toml_text", "variants_of"]

ALIKE = "case, spaces or Unicode form"
SYNONYMS = "words or letters for the same group"


@dataclass(frozen=True)
class Variants:
    """Spellings that look like one group.

    Attributes
    ----------
    attribute : str
        The protected attribute.
    variants : tuple of (str, int)
        Each spelling with its number of rows, most frequent first.
    proposed : str
        The most frequent spelling without spaces around it, a word rather than a letter: a
        proposal, never applied unasked.
    why : str
        In what they differ: ``"case, spaces or Unicode form"``, or ``"words or letters for the
        same group"``.

    Examples
    --------
    >>> Variants("sex", (("Male", 9), ("male", 1)), "Male").to_dict()["variants"]
    [{'spelling': 'Male', 'rows': 9}, {'spelling': 'male', 'rows': 1}]
    """

    attribute: str
    variants: tuple[tuple[str, int], ...]
    proposed: str
    why: str = ALIKE

    @property
    def table(self) -> str:
        """The head of the table of audit.toml that maps spellings."""
        return f"[values.{toml_key(self.attribute)}]"

    @property
    def mapping(self) -> list[str]:
        """The lines of that table, ready to paste.

        Examples
        --------
        >>> found = Variants("the sex", (("Male", 9), ("male", 1)), "Male")
        >>> found.table, found.mapping
        ('[values."the sex"]', ['"male" = "Male"'])
        """
        proposed = toml_text(self.proposed)
        return [
            f"{toml_text(text)} = {proposed}" for text, _ in self.variants if text != self.proposed
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the record."""
        return {
            "attribute": self.attribute,
            "variants": [{"spelling": text, "rows": rows} for text, rows in self.variants],
            "proposed": self.proposed,
        }

    def to_row(self) -> dict[str, Any]:
        """Return a row of the record: the plain data, and what to paste into audit.toml."""
        more = {"why": self.why, "table": self.table, "mapping": self.mapping}
        return self.to_dict() | more


def spelling_variants(groups: Mapping[str, Sequence[str | None]]) -> list[Variants]:
    """Find groups that look like one group in several spellings.

    They differ only in case, spaces or Unicode form, or they are words and letters that mean the
    same in one of some languages (``F``, ``female``, ``woman``, ``mujer``). A letter is read with
    those beside it: ``M`` is left alone where it could be both.

    Parameters
    ----------
    groups : mapping of str to sequence
        Protected attribute to one group a row; None is missing.

    Returns
    -------
    list of Variants
        By attribute, then by the proposed spelling. Text that is nothing but spaces has no
        spelling to propose and is left to the loader.

    Examples
    --------
    >>> found = spelling_variants({"sex": ["Male", "male ", "Male", "Female", None]})
    >>> found[0].proposed, found[0].variants
    ('Male', (('Male', 2), ('male ', 1)))
    >>> found = spelling_variants({"sex": ["F", "F", "female", "M"]})
    >>> found[0].proposed, found[0].why
    ('female', 'words or letters for the same group')
    """
    return variants_of({attribute: Counter(values) for attribute, values in groups.items()})


def variants_of(counted: Mapping[str, Mapping[str | None, int]]) -> list[Variants]:
    """Find the same from the groups of each attribute and their numbers of rows."""
    found = []
    for attribute, spelled in counted.items():
        rows: Counter[str] = Counter()
        for value, times in spelled.items():
            if (text := group_text(value)) is not None:
                rows[text] += times
        same = []
        for spellings, why in _same(sorted(rows)):
            ranked = sorted(spellings, key=lambda text: (-rows[text], text))
            words = [text for text in ranked if why is ALIKE or len(key(text)) > 1]
            proposed = (words or ranked)[0].strip()
            if proposed:
                variants = tuple((text, rows[text]) for text in ranked)
                same.append(Variants(attribute, variants, proposed, why))
        found.extend(sorted(same, key=lambda variants: variants.proposed))
    return found


def _same(spellings: list[str]) -> list[tuple[tuple[str, ...], str]]:
    """Return the sets of spellings that may be one group, and in what they differ."""
    known = canonical(spellings)
    named: dict[str, list[str]] = {}
    for text, name in known.items():
        named.setdefault(name, []).append(text)
    alike = look_alikes(spellings)
    sets = [(same, ALIKE) for same in alike if not known.keys() & set(same)]
    for texts in named.values():
        if len(texts) > 1:
            sets.append((tuple(texts), ALIKE if tuple(sorted(texts)) in alike else SYNONYMS))
    return sets


def toml_key(text: str) -> str:
    """Return a key of TOML, in quotation marks where it needs them."""
    return text if re.fullmatch(r"[A-Za-z0-9_-]+", text) else toml_text(text)


def toml_text(text: str) -> str:
    r"""Return text as a basic string of TOML: what cannot be printed is escaped.

    Examples
    --------
    >>> toml_text('a"b' + chr(10) + chr(127))
    '"a\\"b\\n\\u007f"'
    """
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(
        char if char.isprintable() else f"\\u{ord(char):04x}" if ord(char) < 65536
        else f"\\U{ord(char):08x}"
        for char in quoted
    )  # fmt: skip
