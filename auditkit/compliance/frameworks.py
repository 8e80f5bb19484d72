"""Frameworks of one run: the packs that were asked for, and the answers to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from auditkit.compliance.answers import Answers, answers_from
from auditkit.compliance.entries import entries_of, kinds_of
from auditkit.compliance.packs import Pack, read_pack
from auditkit.compliance.rows import RowFacts, row_facts
from auditkit.counts import Counts
from auditkit.errors import RequestError
from auditkit.federation import Tally
from auditkit.loaders import Dataset

__all__ = ["Frameworks", "frameworks_of"]


@dataclass(frozen=True, kw_only=True)
class Frameworks:
    """What :func:`frameworks_of` settled.

    Attributes
    ----------
    packs : tuple of Pack
        The frameworks, in the order asked for.
    answers : Answers
        Settings and answers.
    """

    packs: tuple[Pack, ...] = ()
    answers: Answers = field(default_factory=Answers)

    def ask(self, data: Dataset | Tally, *, limit: int, seed: int) -> RowFacts:
        """Ask the rows what the tables need."""
        if not self.packs:
            return RowFacts()
        return row_facts(data, self.answers, kinds_of(self.packs), limit=limit, seed=seed)

    def entries(
        self, record: Mapping[str, Any], counts: Counts, rows: RowFacts
    ) -> tuple[dict[str, Any], ...]:
        """Return the ``compliance`` rows of a record."""
        return entries_of(self.packs, record=record, counts=counts, answers=self.answers, rows=rows)


def frameworks_of(names: Sequence[str], answers: Mapping[str, Any] | None = None) -> Frameworks:
    """Read the packs of some frameworks and check the answers to them.

    Parameters
    ----------
    names : sequence of str
        Names of packs that ship (``auditkit frameworks`` lists them), or paths of ``.toml`` files.
    answers : mapping, optional
        Settings and answers, as in ``[compliance]`` of audit.toml.

    Returns
    -------
    Frameworks

    Raises
    ------
    RequestError
        No such framework or key; the same framework twice.

    Examples
    --------
    >>> [pack.name for pack in frameworks_of(["ugesp"], {"sex": "gender"}).packs]
    ['ugesp']
    """
    packs = tuple(read_pack(name) for name in dict.fromkeys(names))
    seen: set[str] = set()
    for pack in packs:
        if pack.name in seen:
            raise RequestError(f"two frameworks are called '{pack.name}': rename one")
        seen.add(pack.name)
    return Frameworks(packs=packs, answers=answers_from(answers or {}, packs))
