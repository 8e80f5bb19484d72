"""A Dataset: a frame, the roles of its columns, and where it came from.

:func:`load` opens the door: it reads a file or takes any Narwhals-compatible frame, checks the
roles against the data and settles what was left open (the positive value, proposed bands).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

import narwhals as nw
import numpy as np

from auditkit.config import read_config
from auditkit.counts import group_text
from auditkit.errors import DataError, RequestError, SchemaError, nearest, shown
from auditkit.loaders.beyond import rows_beyond
from auditkit.loaders.databases import open_database
from auditkit.loaders.delimited import check_names
from auditkit.loaders.engines import reading
from auditkit.loaders.files import FileOptions, read_file, typed
from auditkit.loaders.levels import ROWS, Crossing, Levels
from auditkit.loaders.places import TEXT, Place, hashing, place_of
from auditkit.loaders.roles import crossable, settle
from auditkit.loaders.sample import Rows, draw
from auditkit.loaders.scan import engine_for, scan
from auditkit.loaders.stages import settle_stages
from auditkit.population import Population
from auditkit.schema import Schema
from auditkit.stages import Stage, stages_of
from auditkit.urls import is_url

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Dataset", "LoadOptions", "Source", "load"]


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where the data came from; None where it is a frame in memory."""

    name: str | None = None
    sha256: str | None = None
    size: int | None = None


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """A table whose columns have roles; made by :func:`load`.

    Attributes
    ----------
    frame : native frame
        pandas, Polars (eager or lazy), Arrow, DuckDB, ...: whatever was given.
    schema : Schema
        The roles, complete: the positive value and the bands are settled.
    source : Source
        File name, SHA-256 and size.
    columns : tuple of str
        All columns of the frame.
    notes : tuple of str
        What was inferred or read in a way that the reader should know.
    untyped : frozenset of str
        Columns of a file that are still text and become numbers, where they hold nothing else,
        once rows are asked for.
    decimal : str or None
        The decimal mark of those numbers, where it is not a point.
    engine : object
        Who reads what is not held in memory; it lives as long as the dataset.
    crossing : Crossing or None
        The columns with few values, crossed while the roles were checked.
    """

    frame: Any
    schema: Schema
    source: Source
    columns: tuple[str, ...]
    notes: tuple[str, ...] = ()
    untyped: frozenset[str] = frozenset()
    decimal: str | None = None
    engine: Any = None
    crossing: Crossing | None = None

    def lazy(self) -> nw.LazyFrame[Any]:
        """Return the frame behind Narwhals' lazy door."""
        frame = nw.from_native(self.frame)
        return frame if isinstance(frame, nw.LazyFrame) else frame.lazy()

    def asked(self) -> AbstractContextManager[None]:
        """Return a context in which what the engine finds wrong becomes one clear error."""
        return reading(shown(self.source.name or "the data", 120))

    @property
    def crossed(self) -> nw.DataFrame[Any] | None:
        """The columns with few values crossed, where that was done and is still of this frame."""
        known = self.crossing is not None and self.crossing.of is self.frame
        return self.crossing.table if known and self.crossing is not None else None

    @property
    def counted(self) -> tuple[str, ...]:
        """Columns whose empty cells were counted with the crossing, and can be told from it."""
        return () if self.crossed is None or self.crossing is None else self.crossing.counted

    def rows(self, limit: int | None = None, seed: int = 0) -> Rows:
        """Return all rows as pandas, or a seeded sample of at most `limit`."""
        total = None if self.crossed is None else int(self.crossed[ROWS].sum())
        with self.asked():
            return self.finish(draw(self.frame, limit, seed, total=total))

    def beyond(self, limit: int, seed: int, *, total: int) -> Iterator[pd.DataFrame] | None:
        """Return the rows that a sample left out, in batches; None where that cannot be told."""
        found = rows_beyond(self.frame, limit, seed, total=total)
        if found is None:
            return None
        return (self.finish(Rows(frame=part, total=len(part))).frame for part in found)

    def finish(self, drawn: Rows) -> Rows:
        """Turn the text of a file into numbers, where a column holds nothing else."""
        if not self.untyped:
            return drawn
        text = [name for name in self.columns if name not in self.untyped]
        notes: list[str] = []
        frame = typed(drawn.frame, text=text, decimal=self.decimal, notes=notes)
        return replace(drawn, frame=frame, notes=tuple(notes))

    def to_pandas(self) -> pd.DataFrame:
        """Return all rows as pandas (for training; counting never needs it)."""
        return self.rows().frame


class LoadOptions(TypedDict, total=False):
    """Keyword arguments of :func:`load`: the roles of :class:`Schema`, and how to read a file."""

    label: str | None
    positive: Any
    unfavorable: bool
    protected: str | Sequence[str]
    prediction: str | None
    score: str | None
    threshold: float | None
    weight: str | None
    count: str | None
    strata: str | Sequence[str]
    cluster: str | None
    ignore: str | Sequence[str]
    train_with: str | Sequence[str]
    reference: Mapping[str, str]
    bins: Mapping[str, Any]
    values: Mapping[str, Mapping[str, str]]
    population: Sequence[Population]
    stages: Sequence[str | Mapping[str, Any] | Stage]
    stage_column: str | None
    delimiter: str | None
    encoding: str | None
    decimal: str | None
    sheet: str | None
    header_row: int
    engine: str | None
    memory: str | None
    table: str | None
    query: str | None
    count_empty: bool


_READING = ("delimiter", "encoding", "decimal", "sheet", "header_row", "engine", "memory")
_DATABASE = ("table", "query")


def load(source: Any, **options: Unpack[LoadOptions]) -> Dataset:
    """Load a table and give its columns their roles.

    Parameters
    ----------
    source : str, path, list of paths, or frame
        A CSV, TSV, Parquet, JSON lines or Excel file (gzip too; ``-`` is CSV on standard input),
        a pattern (``*.parquet``), a folder or a list of such files, the URL of a database
        (with `table` or `query`), an ``audit.toml``, or any frame that
        Narwhals knows: pandas, Polars, Arrow, DuckDB, ...
    **options
        The roles (`label`, `positive`, `protected`, ...: see :class:`Schema`) and, for files,
        `delimiter`, `encoding`, `decimal`, `sheet`, `header_row` (counted from 1), `engine`
        (``"duckdb"``, ``"polars"`` or ``"pandas"``) and `memory` (such as ``"1GB"``).
        `count_empty`: count the empty cells of all columns, by group, in the scan that checks the
        roles, where a scan it is (files, databases, clusters); it saves another one later.

    Returns
    -------
    Dataset

    Raises
    ------
    RequestError
        No such file; an option that cannot be.
    SchemaError
        No such column or value; a label that needs `positive`; a role that does not fit.
    DataError
        A file that is not what it says it is; weights below zero; one group only.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"sex": ["F", "M"] * 20, "hired": ["no", "yes"] * 20})
    >>> data = load(frame, label="hired", protected=["sex"])
    >>> data.schema.positive
    'yes'
    """
    settings: dict[str, Any] = dict(options)
    if isinstance(source, str | Path) and str(source).lower().endswith(".toml"):
        config = read_config(source)
        if config.data is None:
            raise RequestError(f'{Path(source).name}: names no data; add: data = "FILE"')
        settings = {**config.roles, **config.reading, **settings}
        source = config.data
    count_empty = bool(settings.pop("count_empty", False))
    how = {key: settings.pop(key) for key in _READING if key in settings}
    asked = {key: settings.pop(key) for key in _DATABASE if key in settings}
    asked = {key: value for key, value in asked.items() if value is not None}
    schema = _schema(settings)
    if is_url(source):
        return _load_database(source, schema, how, asked, count_empty)
    if asked:
        raise RequestError(f"--{next(iter(asked))} is for databases; name the URL of one as data")
    if isinstance(source, str | Path):
        return _load_files(str(source), schema, FileOptions(**how), count_empty)
    if isinstance(source, list | tuple) and all(isinstance(item, str | Path) for item in source):
        paths = [str(item) for item in source]
        return _load_files(paths, schema, FileOptions(**how), count_empty)
    unused = [key for key, value in how.items() if value is not None]
    if unused:
        raise RequestError(f"{unused[0]} is for files; a frame was given")
    return _load_frame(source, schema, count_empty)


def _schema(settings: dict[str, Any]) -> Schema:
    for name in ("protected", "strata", "ignore", "train_with"):
        value = settings.get(name) or ()
        settings[name] = (value,) if isinstance(value, str) else tuple(value)
    settings["bins"] = {
        name: _edges(name, edges) for name, edges in (settings.get("bins") or {}).items()
    }
    settings["values"] = {
        column: {group_text(old) or "": str(new) for old, new in mapping.items()}
        for column, mapping in (settings.get("values") or {}).items()
    }
    reference = settings.get("reference") or {}
    settings["reference"] = {name: group_text(group) or "" for name, group in reference.items()}
    positive = settings.get("positive")
    settings["positive"] = None if positive is None else str(positive)
    settings["population"] = tuple(settings.get("population") or ())
    settings["stages"] = stages_of(settings.get("stages"), settings.get("stage_column"))
    try:
        return Schema(**settings)
    except TypeError:
        known = list(LoadOptions.__annotations__)
        wrong = next(name for name in settings if name not in known)
        raise RequestError(f"no option '{shown(wrong)}'{nearest(wrong, known)}") from None


def _edges(name: str, edges: Any) -> Any:
    if isinstance(edges, str):
        return edges
    try:
        return tuple(float(edge) for edge in np.atleast_1d(edges))
    except (TypeError, ValueError):
        raise RequestError(f"bins of '{shown(name)}': the edges must be numbers") from None


def _load_files(
    source: str | Sequence[str], schema: Schema, options: FileOptions, count_empty: bool
) -> Dataset:
    place = place_of(source)
    engine = engine_for(place, options)
    if engine == "pandas":
        return _load_whole(place, schema, options)
    return _load_scan(place, schema, options, engine, count_empty)


def _load_database(
    url: str, schema: Schema, how: Mapping[str, Any], asked: Mapping[str, str], count_empty: bool
) -> Dataset:
    unused = [key for key, value in how.items() if value is not None]
    if unused:
        raise RequestError(f"{unused[0]} is for files; a database was given")
    opened = open_database(url, table=asked.get("table"), query=asked.get("query"))
    with reading(opened.name):
        found = _load_frame(opened.frame, schema, count_empty)
    return replace(found, source=Source(name=opened.name), engine=opened.connection)


def _load_scan(
    place: Place, schema: Schema, options: FileOptions, engine: str, count_empty: bool
) -> Dataset:
    """Leave the rows on disk."""
    digest = hashing(place)
    found = scan(place, schema, options, engine)
    _refuse_our_names(found.columns)
    schema.check_columns(found.columns)
    check_names(list(found.columns), place.name)
    # numbers in text are not counted here: words that stand for an empty cell are not known yet
    plain = [name for name in found.columns if place.kind != TEXT or name not in found.untyped]
    with reading(place.name):
        settled, more, crossing = _settled(schema, found.frame, plain if count_empty else ())
    return Dataset(
        frame=found.frame,
        schema=settled,
        source=Source(name=place.title, sha256=digest(), size=place.size),
        columns=found.columns,
        notes=(*found.notes, *more),
        untyped=found.untyped,
        decimal=found.decimal,
        engine=found.engine,
        crossing=crossing,
    )


def _load_whole(place: Place, schema: Schema, options: FileOptions) -> Dataset:
    digest = hashing(place)
    raw = read_file(place, options)
    columns = [str(name) for name in raw.frame.columns]
    _refuse_our_names(columns)
    schema.check_columns(columns)
    notes = list(raw.notes)
    judged = [*schema.protected, *schema.strata, schema.label, schema.prediction]
    judged += schema.stage_columns
    text = {name for name in judged if name is not None and name not in schema.bins}
    features = frozenset(columns) - set(schema.used_columns)
    frame = typed(raw.frame, text=text | features, decimal=raw.decimal, notes=notes)
    settled, more, _ = _settled(schema, frame)
    return Dataset(
        frame=frame,
        schema=settled,
        source=Source(name=place.title, sha256=digest(), size=place.size),
        columns=tuple(columns),
        notes=(*notes, *more),
        untyped=features,
        decimal=raw.decimal,
    )


def _settled(
    schema: Schema, frame: Any, count_empty: Sequence[str] = ()
) -> tuple[Schema, list[str], Crossing | None]:
    if schema.weight or schema.count or schema.bins:  # which the crossing does not tell of
        count_empty = ()
    levels = Levels(nw.from_native(frame).lazy(), crossable(schema), count_empty)
    settled, notes = settle(schema, levels)
    settled = settle_stages(settled, levels, notes)
    table = levels.crossed
    return settled, notes, None if table is None else Crossing(frame, table, levels.counted)


def _refuse_our_names(columns: Sequence[str]) -> None:
    """Keep the names of the derived columns, the baseline's predictions among them, for us."""
    for name in columns:
        if name.startswith("__auditkit"):
            raise SchemaError(
                f"column '{shown(name)}': names that begin with __auditkit are kept for auditkit; "
                "rename it"
            )


def _load_frame(frame: Any, schema: Schema, count_empty: bool) -> Dataset:
    try:
        narwhal = nw.from_native(frame)
    except TypeError:
        raise DataError(
            f"cannot read a {type(frame).__name__}: give a path, or a frame that Narwhals knows "
            "(pandas, Polars, Arrow, DuckDB, Dask, Spark)"
        ) from None
    except (nw.exceptions.DuplicateError, ValueError) as error:
        raise DataError(f"the frame cannot be used: {shown(error, 160)}") from None
    lazy = narwhal if isinstance(narwhal, nw.LazyFrame) else narwhal.lazy()
    columns = list(lazy.collect_schema().names())
    if not all(isinstance(name, str) for name in columns):
        raise SchemaError("every column needs a name that is text")
    _refuse_our_names(columns)
    schema.check_columns(columns)
    settled, notes, crossing = _settled(schema, frame, columns if count_empty else ())
    return Dataset(
        frame=frame,
        schema=settled,
        source=Source(),
        columns=tuple(columns),
        notes=tuple(notes),
        crossing=crossing,
    )
