"""Engines that read files where they lie: how each is asked, and what its errors become."""

from __future__ import annotations

import glob
import shutil
import tempfile
import uuid
import warnings
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from auditkit.errors import DataError, RequestError, shown
from auditkit.loaders.watch import Watch

__all__ = ["DuckDB", "Engine", "Polars", "reading"]


_FRUGAL = "512MB"


class Engine(Protocol):
    """What a scan asks of an engine: a lazy frame that Narwhals reads."""

    def text(self, paths: Sequence[str], names: Sequence[str], layout: Mapping[str, Any]) -> Any:
        """Delimited text, every cell as text, nothing guessed, no row mended."""

    def parquet(self, paths: Sequence[str], *, partitioned: bool) -> Any:
        """Parquet files of one schema."""

    def json(self, paths: Sequence[str]) -> Any:
        """JSON lines."""

    def expect(self, rows: int) -> None:
        """Say about how many rows there are."""


class DuckDB:
    """DuckDB in this process, with its own memory limit and its own place on disk."""

    def __init__(self, memory: str | None) -> None:
        import duckdb

        folder = Path(tempfile.gettempdir()) / f"auditkit-{uuid.uuid4().hex}"
        opened: list[Any] = []
        weakref.finalize(self, _close, opened, folder)  # at exit too, after Ctrl-C: known first
        folder.mkdir(mode=0o700)
        self.connection = duckdb.connect()
        opened.append(self.connection)
        self.watch = Watch(self.connection)
        weakref.finalize(self, self.watch.stop)
        self._parsed = f"{folder}/rows.parquet"
        self._run(f"SET temp_directory = '{folder}'")
        self._memory = memory
        if memory is not None:
            self._run(f"SET memory_limit = '{memory}'")

    def _run(self, sql: str) -> None:
        self.connection.execute(sql).fetchall()

    def text(self, paths: Sequence[str], names: Sequence[str], layout: Mapping[str, Any]) -> Any:
        """Parse, every cell as text."""
        files: Any = [glob.escape(path) for path in paths]
        relation = self.connection.read_csv(
            files,
            header=False,
            skiprows=layout["header_line"],
            delimiter=layout["delimiter"],
            columns=dict.fromkeys(names, "VARCHAR"),
            compression="gzip" if layout["packed"] else "none",
            auto_detect=False,
            quotechar='"',
            escapechar='"',
            na_values="",
            null_padding=False,
            strict_mode=True,
            encoding="utf-8",
        )
        return self._kept(relation)

    def _kept(self, relation: Any) -> Any:
        """Parse once, into Parquet beside: all questions after that read only what they need."""
        import duckdb

        try:
            if self._memory is None:  # writing takes what it is given, and is no faster for it
                self._run(f"SET memory_limit = '{_FRUGAL}'")
            relation.to_parquet(self._parsed, compression="snappy")
        except duckdb.OutOfMemoryException:
            if self._memory is not None:
                raise
            self._run("RESET memory_limit")
            relation.to_parquet(self._parsed, compression="snappy")
        if self._memory is None:
            self._run("RESET memory_limit")
        return self.connection.read_parquet(self._parsed)

    def parquet(self, paths: Sequence[str], *, partitioned: bool) -> Any:
        """Leave the rows where they are."""
        return self.connection.read_parquet(
            [glob.escape(path) for path in paths], hive_partitioning=partitioned
        )

    def expect(self, rows: int) -> None:
        """Say about how many rows there are, for the progress of a scan."""
        self.watch.rows = rows

    def json(self, paths: Sequence[str]) -> Any:
        """Parse; text that looks like a date stays text."""
        files: Any = [glob.escape(path) for path in paths]
        seen = self.connection.read_json(files, format="newline_delimited", sample_size=-1)
        kinds = {
            name: "VARCHAR" if str(kind) in {"DATE", "TIME", "TIMESTAMP", "UUID"} else str(kind)
            for name, kind in zip(seen.columns, seen.types, strict=True)
        }
        whole = self.connection.read_json(files, format="newline_delimited", columns=kinds)
        return self._kept(whole)


def _close(opened: list[Any], folder: Path) -> None:
    for connection in opened:
        connection.close()
    shutil.rmtree(folder, ignore_errors=True)


class Polars:
    """Polars, lazily and in streams."""

    def __init__(self, memory: str | None) -> None:
        try:
            import polars
        except ImportError:
            raise RequestError(
                "--engine polars: Polars is not installed; pip install 'auditkit-fairness[polars]'"
            ) from None
        if memory is not None:
            raise RequestError("--memory is for DuckDB: Polars cannot be held to a size")
        self._polars = polars

    def text(self, paths: Sequence[str], names: Sequence[str], layout: Mapping[str, Any]) -> Any:
        """Scan; short rows, which Polars fills, have been refused before."""
        return self._polars.scan_csv(
            list(paths),
            has_header=False,
            skip_lines=layout["header_line"],
            new_columns=list(names),
            separator=layout["delimiter"],
            infer_schema=False,
            null_values=[""],
            glob=False,
        )

    def parquet(self, paths: Sequence[str], *, partitioned: bool) -> Any:
        """Leave the rows where they are."""
        return self._polars.scan_parquet(list(paths), hive_partitioning=partitioned, glob=False)

    def expect(self, rows: int) -> None:
        """Polars tells of no progress."""

    def json(self, paths: Sequence[str]) -> Any:
        """Scan."""
        return self._polars.scan_ndjson(list(paths), infer_schema_length=None)


# Drivers share no class of errors; whoever else raises has found a fault of ours.
_THEIRS = (
    "duckdb.", "_duckdb.", "polars.", "psycopg", "sqlite3.", "ibis.", "pymysql.", "MySQLdb.",
    "pyodbc.", "snowflake.", "google.", "databricks.", "clickhouse_connect.", "trino.",
)  # fmt: skip


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Turn what an engine says of the data into one clear line."""
    try:
        with warnings.catch_warnings():  # Ibis asks pandas for what pandas is about to drop
            warnings.filterwarnings("ignore", message=".*future.infer_string")
            yield
    except MemoryError:
        raise
    except Exception as error:
        if str(error) == "Query interrupted":  # DuckDB's word for Ctrl-C
            raise KeyboardInterrupt from None
        kind = f"{type(error).__module__}.{type(error).__name__}"
        if not kind.startswith(_THEIRS):
            raise
        text = shown(str(error).splitlines()[0] if str(error) else kind, 300)
        if "OutOfMemory" in kind:
            raise DataError(f"{name}: {text}; give it more with --memory") from None
        raise DataError(f"{name} cannot be read: {text}") from None
