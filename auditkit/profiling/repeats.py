"""Rows that repeat another row, and rows that contradict one: alike in all but the outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from auditkit.profiling.association import chance_p
from auditkit.profiling.levels import Ranked
from auditkit.profiling.rows import Attribute, Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Repeat", "RowKeys"]

_TELLING = 8
"""Columns with the most different values that are left out, one at a time, to tell a copy."""
_COINCIDENCE, _TELLS = 10.0, 0.05
"""How many times more pairs than by coincidence; the most pairs that may agree in a column."""


@dataclass(frozen=True, kw_only=True)
class Repeat:
    """How many rows of a group repeat or contradict another row.

    Attributes
    ----------
    what : str
        ``"repeated"``: the row has the same values as another in every column that was compared.
        ``"conflicting"``: another row is alike in all of them but the outcome.
    attributes, group : tuple
        The attribute and its group; empty for everybody.
    rows, found : int
        People, and how many of them repeat another (all but one of those that are alike) or are
        alike but for the outcome.
    share : float or None
        ``found / rows``.
    copied : bool or None
        Whether the rows look copied: with few or coarse columns people are alike by coincidence.
        None where no row is like another.
    p_value, p_adjusted : float or None
        Of equal shares in the groups of the attribute; Holm over all tests of quality. None where
        the rows do not look copied.
    """

    what: str
    attributes: tuple[str, ...]
    group: tuple[str | None, ...]
    rows: int
    found: int
    share: float | None
    copied: bool | None
    p_value: float | None = None
    p_adjusted: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the record."""
        return dict(vars(self)) | {"attributes": list(self.attributes), "group": list(self.group)}


class RowKeys:
    """A number for each row, equal where the rows are; made a column at a time.

    Parameters
    ----------
    rows : Rows
        Weights, and our order of rows.
    """

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.size = rows.size if rows.order is None else len(rows.order)
        self.keys: NDArray[np.uint64] = np.zeros(self.size, dtype=np.uint64)
        self.columns = 0
        self._telling: list[tuple[int, str, NDArray[np.uint64]]] = []

    def add(self, name: str, cells: Ranked) -> None:
        """Take a column in."""
        import pandas

        hashed = pandas.util.hash_array(cells.values, categorize=False)  # they differ already
        values = np.append(hashed, np.uint64(0x5BD1E995))
        part = _mixed(values, self.columns)[cells.codes]
        self.keys += part
        self.columns += 1
        self._telling.append((-len(cells.values), name, part))
        self._telling.sort(key=lambda item: item[:2])
        del self._telling[_TELLING:]

    def add_codes(self, codes: NDArray[np.int64]) -> None:
        """Take in a column that is codes already (a group, the outcome)."""
        self.keys += _mixed(codes.astype(np.uint64), self.columns)
        self.columns += 1

    def copied(self) -> bool | None:
        """Tell whether rows that are alike look copied rather than alike by coincidence.

        Of the pairs that agree in all columns but one, coincidence makes some share agree in that
        one too: about the share of all pairs that agree in it. Where for each of the columns with
        the most different values at least ten times as many do, the rows are copies. Columns in
        which a twentieth of all pairs agree cannot tell, and without others nothing can.
        """
        alike = self._pairs(self.keys)
        if alike == 0:
            return None
        people = float(self.rows.count(np.zeros(self.size, dtype=np.int64), 1)[0])
        everyone = people * (people - 1) / 2
        shares = [(self._pairs(part) / everyone, part) for _, _, part in self._telling]
        return any(share < _TELLS for share, _ in shares) and all(
            alike > _COINCIDENCE * share * self._pairs(self.keys - part)
            for share, part in shares
            if share < _TELLS
        )

    def _pairs(self, keys: NDArray[np.uint64]) -> float:
        if self.rows.people is None and _all_differ(keys):
            return 0.0
        _, place = np.unique(keys, return_inverse=True)
        people = self.rows.count(place.astype(np.int64), int(place.max(initial=-1)) + 1)
        return float((people * (people - 1)).sum() / 2)

    def found(
        self, outcome: NDArray[np.float64] | None, attributes: list[Attribute]
    ) -> list[Repeat]:
        """Count rows that repeat another, and with an outcome those that contradict one."""
        if not self.columns or not self.size:
            return []
        copied = self.copied()
        keys = self.keys
        if outcome is not None:
            code = np.where(np.isnan(outcome), 2, outcome).astype(np.uint64)
            keys = keys + _mixed(code, self.columns)
        first, place = self._sets(keys)
        people = self.rows.count(place, len(first))
        extra = np.maximum(people - 1, 0)
        found = self._rows("repeated", first, people, extra, extra > 0, people > 0, attributes,
                           copied)  # fmt: skip
        if outcome is None:
            return found
        first, place = self._sets(self.keys)
        known = ~np.isnan(outcome)
        kept = self.rows.keep(known)
        happened = outcome[known] == 1
        yes = kept.keep(happened).count(place[known][happened], len(first))
        people = kept.count(place[known], len(first))
        conflict = (yes > 0) & (yes < people)
        against = np.where(conflict, people, 0.0)
        return found + self._rows(
            "conflicting", first, people, against, conflict, people > 1, attributes, copied
        )

    def _sets(self, keys: NDArray[np.uint64]) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
        if _all_differ(keys):
            return np.arange(len(keys)), np.arange(len(keys))
        _, first, place = np.unique(keys, return_index=True, return_inverse=True)
        return first, place.astype(np.int64)

    def _rows(
        self,
        what: str,
        first: NDArray[np.intp],
        people: NDArray[np.float64],
        found: NDArray[np.float64],
        hit: NDArray[np.bool_],
        tried: NDArray[np.bool_],
        attributes: list[Attribute],
        copied: bool | None,
    ) -> list[Repeat]:
        """Count by group; the test counts each set of rows that are alike once."""
        total, sum_found = round(float(people.sum())), round(float(found.sum()))
        rows = [
            Repeat(what=what, attributes=(), group=(), rows=total, found=sum_found,
                   share=sum_found / total if total else None, copied=copied)
        ]  # fmt: skip
        for attribute in attributes:
            size = len(attribute.names)
            codes = attribute.codes[first]
            p_value = None
            if copied:
                table = np.stack(
                    [np.bincount(codes[tried & mask], minlength=size) for mask in (hit, ~hit)]
                ).astype(np.float64)
                p_value = chance_p(table[:, : attribute.known])
            of = np.bincount(codes, people, size)
            hits = np.bincount(codes, found, size)
            rows += [
                Repeat(what=what, attributes=(attribute.name,), group=(name,),
                       rows=round(float(n)), found=round(float(k)),
                       share=float(k / n) if n else None, copied=copied, p_value=p_value)
                for name, n, k in zip(attribute.names, of, hits, strict=True)
            ]  # fmt: skip
        return rows


def _all_differ(keys: NDArray[np.uint64]) -> bool:
    ordered = np.sort(keys)  # several times as fast as looking up who is alike
    return bool((ordered[1:] != ordered[:-1]).all())


def _mixed(values: NDArray[np.uint64], salt: int) -> NDArray[np.uint64]:
    """Stir the bits, differently for each column (the finaliser of SplitMix64)."""
    mixed: NDArray[np.uint64] = values + np.uint64((0x9E3779B97F4A7C15 * (salt + 1)) % 2**64)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
