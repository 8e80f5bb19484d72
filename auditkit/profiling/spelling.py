"""One group in several spellings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditkit.counts import group_text
from auditkit.metrics.cubes import look_alikes

__all__ = ["Variants", "spelling_variants"]


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
        The most frequent spelling without spaces around it: a proposal, never applied unasked.

    Examples
    --------
    >>> Variants("sex", (("Male", 9), ("male", 1)), "Male").to_dict()["variants"]
    [{'spelling': 'Male', 'rows': 9}, {'spelling': 'male', 'rows': 1}]
    """

    attribute: str
    variants: tuple[tuple[str, int], ...]
    proposed: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the record."""
        return {
            "attribute": self.attribute,
            "variants": [{"spelling": text, "rows": rows} for text, rows in self.variants],
            "proposed": self.proposed,
        }


def spelling_variants(groups: Mapping[str, Sequence[str | None]]) -> list[Variants]:
    """Find groups that differ only in case, spaces or Unicode form.

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
    """
    found = []
    for attribute, values in groups.items():
        rows = Counter(text for text in map(group_text, values) if text is not None)
        same = []
        for spellings in look_alikes(sorted(rows)):
            ranked = sorted(spellings, key=lambda text: (-rows[text], text))
            proposed = ranked[0].strip()
            if proposed:
                variants = tuple((text, rows[text]) for text in ranked)
                same.append(Variants(attribute, variants, proposed))
        found.extend(sorted(same, key=lambda variants: variants.proposed))
    return found
