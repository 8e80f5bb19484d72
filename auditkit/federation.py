"""Counts that travel: written where the rows are, added up where the audit is.

A counts file holds cells and no rows: the groups, strata and outcomes that occur, and how many
people are in each. Months, sites, or parties that may not share rows each write one; added up,
they are audited as if the rows had been one table.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import reduce
from pathlib import Path
from typing import Any

from auditkit.counts import Counts
from auditkit.errors import DataError, MetricError, RequestError, listed, shown
from auditkit.loaders import Dataset, Source, tally
from auditkit.loaders.places import PARQUET, place_of
from auditkit.schema import Schema

__all__ = ["Part", "Tally", "is_tally", "read_tally", "tally_of", "write_tally"]

FORMAT, VERSION = "auditkit.counts", 1
_KEY = b"auditkit.counts"
_MUST_AGREE = (
    "label", "positive", "unfavorable", "protected", "prediction", "score", "threshold", "strata",
    "bins", "stages", "stage_column",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Part:
    """One table of rows behind the counts: what it was, and what was left out of its cells.

    Attributes
    ----------
    name, sha256, size : str, str, int or None
        Of the file of rows.
    rows : int
        Rows that were counted.
    created : str
        When.
    below : int or None
        Cells of fewer people than this were left out.
    cells : int
        How many cells that were. How many people is not told: with one cell it would be the cell.
    """

    name: str | None
    sha256: str | None
    size: int | None
    rows: int
    created: str
    below: int | None = None
    cells: int = 0


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Counts with the roles they were made by, and where they come from.

    Attributes
    ----------
    counts : Counts
        The cells.
    schema : Schema
        The roles, settled.
    parts : tuple of Part
        The tables that were counted.
    notes : tuple of str
        What was inferred or read in a way that the reader should know.
    """

    counts: Counts
    schema: Schema
    parts: tuple[Part, ...]
    notes: tuple[str, ...] = ()
    columns: tuple[str, ...] = field(default=())

    @property
    def source(self) -> Source:
        """What to call the tables; the hash is that of the one table, if it is one."""
        names = [part.name or "a table without a name" for part in self.parts]
        one = self.parts[0]
        if len(self.parts) == 1:
            return Source(name=f"counts of {names[0]}", sha256=one.sha256, size=one.size)
        return Source(name=f"counts of {len(names)} tables: {listed(names, 6)}")

    def suppressed(self) -> list[str]:
        """Say what was left out before the counts were shared."""
        return [
            f"{part.cells:,} cells of fewer than {part.below} people were left out of the counts "
            f"of {part.name or 'a table'}: at most {part.cells * (part.below - 1):,} people"
            for part in self.parts
            if part.below is not None
        ]

    def narrowed(
        self, *, protected: Sequence[str] = (), strata: Sequence[str] = (), **roles: Any
    ) -> Tally:
        """Return the counts of fewer attributes or strata, or with another reference."""
        for role, asked, here in (
            ("protected", protected, self.counts.attributes),
            ("strata", strata, self.counts.strata),
        ):
            for name in asked:
                if name not in here:
                    raise RequestError(
                        f"--{role} '{shown(name)}': the counts have {listed(here) or 'none'} only"
                    )
        attributes = tuple(protected) or self.counts.attributes
        layers = tuple(strata) or self.counts.strata
        schema = self.schema.with_(protected=attributes, strata=layers)
        kept = {name: edges for name, edges in schema.bins.items() if name in attributes}
        values = {n: v for n, v in schema.values.items() if n in (*attributes, *layers)}
        schema = schema.with_(bins=kept, values=values, **roles)
        for attribute, group in schema.reference.items():
            groups = [str(value) for value in self.counts.values(attribute) if value is not None]
            if group not in groups:
                raise RequestError(
                    f"--reference {shown(attribute)}: no group '{shown(group)}'; groups: "
                    f"{listed(groups)}"
                )
        counts = self.counts.marginal(attributes=attributes, strata=layers)
        return replace(self, counts=counts, schema=schema)


def tally_of(data: Dataset, *, created: str, suppress: int | None = None) -> Tally:
    """Count a dataset, so that the counts can travel.

    Parameters
    ----------
    data : Dataset
        As :func:`auditkit.load` returns it.
    created : str
        The time, for the record.
    suppress : int, optional
        Leave out cells of fewer people than this.

    Returns
    -------
    Tally
    """
    if suppress is not None and suppress < 2:
        raise RequestError(f"--suppress {suppress}: cells of fewer than 2 people or more")
    counts = tally(data)
    rows = counts.total
    cells = list(counts.cells())
    kept = [cell for cell in cells if suppress is None or cell[1][0] >= suppress]
    if not kept:
        raise DataError(f"every cell has fewer than {suppress} people: nothing is left to share")
    shared = Counts.from_cells(
        kept, attributes=counts.attributes, strata=counts.strata, outcomes=counts.outcomes
    )
    part = Part(
        name=data.source.name,
        sha256=data.source.sha256,
        size=data.source.size,
        rows=shared.total if suppress else rows,
        created=created,
        below=suppress,
        cells=len(cells) - len(kept),
    )
    schema = data.schema.with_(population=(), ignore=(), train_with=(), cluster=None)
    return Tally(counts=shared, schema=schema, parts=(part,), notes=data.notes)


def write_tally(found: Tally) -> bytes:
    """Return a counts file: Parquet, one row a cell, all else in its metadata."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    counts = found.counts
    width = len(counts.attributes) + len(counts.strata)
    cells = list(counts.cells())
    keys = [(*group, *strata, *outcome) for (group, strata, outcome), _ in cells]
    arrays = {
        f"{'group' if axis < width else 'outcome'}{axis}": pa.array(
            [key[axis] for key in keys], type=pa.string() if axis < width else pa.int8()
        )
        for axis in range(width + len(counts.outcomes))
    }
    arrays["n"] = pa.array([sums[0] for _, sums in cells], type=pa.int64())
    for place, name in ((1, "w"), (2, "w2")):
        arrays[name] = pa.array([sums[place] for _, sums in cells], type=pa.float64())
    about = {
        "format": FORMAT,
        "format_version": VERSION,
        "attributes": list(counts.attributes),
        "strata": list(counts.strata),
        "outcomes": list(counts.outcomes),
        "schema": found.schema.to_dict(),
        "parts": [asdict(part) for part in found.parts],
        "notes": list(found.notes),
    }
    table = pa.table(arrays).replace_schema_metadata({_KEY: json.dumps(about, ensure_ascii=False)})
    target = io.BytesIO()
    pq.write_table(table, target)
    return target.getvalue()


def is_tally(source: Any) -> bool:
    """Whether a path, a pattern or a list of paths names counts files (the first decides)."""
    if not isinstance(source, str | Path | list | tuple) or source in ("-", ""):
        return False
    try:
        place = place_of([str(item) for item in source] if isinstance(source, list | tuple)
                         else str(source))  # fmt: skip
    except (RequestError, DataError):
        return False  # whoever loads it says what is wrong
    return place.kind == PARQUET and _about(str(place.files[0].path)) is not None


def _about(path: str) -> dict[str, Any] | None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        found = (pq.read_schema(path).metadata or {}).get(_KEY)
    except (pa.ArrowException, OSError):
        return None
    return None if found is None else json.loads(found)


def read_tally(source: Any) -> Tally:
    """Read counts files and add them up.

    Raises
    ------
    DataError
        A file that is not a counts file, or files that do not fit together, with the difference.
    """
    many = isinstance(source, list | tuple)
    place = place_of([str(item) for item in source] if many else str(source))
    found = [(file.name, _read_one(file.name, str(file.path))) for file in place.files]
    seen: dict[tuple[str, str], str] = {}
    for name, part in found:
        for table in part.parts:
            key = (table.sha256 or "", table.name or "")
            if table.sha256 and key in seen:
                raise DataError(
                    f"{seen[key]} and {name} both count {shown(table.name)}: its people would be "
                    "counted twice; leave one out"
                )
            seen[key] = name
    return reduce(_added, found)[1]


def _read_one(name: str, path: str) -> Tally:
    import pyarrow.parquet as pq

    about = _about(path)
    if about is None:
        raise DataError(f"{name} is not a counts file: write one with auditkit tally")
    version = about.get("format_version")
    if about.get("format") != FORMAT or version != VERSION:
        raise DataError(
            f"{name} has format {shown(about.get('format'))} version {shown(version)}; this "
            f"auditkit reads {FORMAT} version {VERSION}"
        )
    try:
        names = [about[key] for key in ("attributes", "strata", "outcomes")]
        first, second = len(names[0]), len(names[0]) + len(names[1])
        *keys, n, w, w2 = pq.read_table(path).to_pydict().values()
        rows = zip(*keys, strict=True)
        cells = [
            ((key[:first], key[first:second], key[second:]), sums)
            for key, sums in zip(rows, zip(n, w, w2, strict=True), strict=True)
        ]
        if not cells or any(sums[0] < 0 for _, sums in cells):
            raise ValueError("cells without people")
        counts = Counts.from_cells(cells, attributes=names[0], strata=names[1], outcomes=names[2])
        schema = Schema.from_dict(about["schema"])
        parts = tuple(Part(**part) for part in about["parts"])
        notes = tuple(str(note) for note in about["notes"])
    except (IndexError, KeyError, TypeError, ValueError, OSError) as error:
        raise DataError(f"{name} is damaged: {shown(error)}") from None
    return Tally(counts=counts, schema=schema, parts=parts, notes=notes)


def _added(one: tuple[str, Tally], other: tuple[str, Tally]) -> tuple[str, Tally]:
    (first, mine), (second, theirs) = one, other
    for role in _MUST_AGREE:
        a, b = getattr(mine.schema, role), getattr(theirs.schema, role)
        if a != b:
            raise DataError(
                f"{first} and {second} do not fit together: {role} is {_plain(a)} in one and "
                f"{_plain(b)} in the other; count them again with one definition"
            )
    if (mine.schema.weight is None) != (theirs.schema.weight is None):
        weighted, plain = (first, second) if mine.schema.weight else (second, first)
        raise DataError(f"{weighted} is weighted and {plain} is not: count them alike")
    try:
        counts = mine.counts + theirs.counts
    except MetricError as error:
        raise DataError(f"{first} and {second} do not fit together: {error}") from None
    merged = replace(
        mine,
        counts=counts,
        schema=mine.schema.with_(values=_spellings(first, mine, second, theirs)),
        parts=(*mine.parts, *theirs.parts),
        notes=tuple(dict.fromkeys((*mine.notes, *theirs.notes))),
    )
    return f"{first} and more", merged


def _spellings(first: str, mine: Tally, second: str, theirs: Tally) -> dict[str, dict[str, str]]:
    """Join the spellings of both; one text cannot be two groups."""
    joined = {column: dict(values) for column, values in mine.schema.values.items()}
    for column, values in theirs.schema.values.items():
        known = joined.setdefault(column, {})
        for text, group in values.items():
            if known.setdefault(text, group) != group:
                raise DataError(
                    f"{first} and {second} do not fit together: '{shown(text)}' of "
                    f"'{shown(column)}' is '{shown(known[text])}' in one and '{shown(group)}' in "
                    "the other"
                )
    return joined


def _plain(value: Any) -> str:
    if value is None or value == () or value == {}:
        return "not given"
    if isinstance(value, tuple):
        return listed(value, 8)
    return f"'{shown(value, 60)}'"
