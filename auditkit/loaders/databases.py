"""Databases and warehouses by URL: read only, one SELECT, and no secret ever printed.

DuckDB files are opened by DuckDB itself; all others through Ibis, which speaks their SQL. What
comes back is lazy: the group-bys run in the database, and only counts leave it.
"""

from __future__ import annotations

import os
import re
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from auditkit.errors import DataError, RequestError, listed, nearest, shown
from auditkit.loaders.selects import check_select
from auditkit.urls import public_url

__all__ = ["Opened", "open_database"]

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SECRET = re.compile(r"pass|pwd|token|secret|key|credential|sig", re.IGNORECASE)
_NAMES = {"postgresql": "postgres"}  # what sqlglot calls the dialect
_TIMEOUT = "10"


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A table or a query of a database, not read yet.

    Attributes
    ----------
    frame : native lazy frame
        An Ibis table or a DuckDB relation.
    name : str
        The place without its secrets, and the table: safe to print.
    connection : Session
        Must live as long as the frame.
    """

    frame: Any
    name: str
    connection: Session


class Session:
    """An open connection, closed when nobody needs it any more, at the latest at exit."""

    def __init__(self, connection: Any, close: Callable[[], None]) -> None:
        self.connection = connection
        weakref.finalize(self, close)


def open_database(url: str, *, table: str | None, query: str | None) -> Opened:
    """Open a table, or one SELECT, of a database for reading.

    Raises
    ------
    RequestError
        Neither or both of table and query; a query that is not one SELECT; a missing driver, file
        or variable.
    DataError
        A server that does not answer or refuses; no such table.
    """
    place = shown(public_url(url), 200)
    if table and query:
        raise RequestError("both --table and --query are given: name one of them")
    full = _with_variables(url)
    scheme = full.partition("://")[0].partition("+")[0].lower()
    dialect = _NAMES.get(scheme, scheme)
    if query is not None:
        query = check_select(query, dialect)
    say = _Scrubber(full, place)
    if scheme == "duckdb":
        connection, tables, find = _duckdb(full, say)
    else:
        connection, tables, find = _ibis(full, scheme, say)
    if query is not None:
        with say.trouble("--query"):
            frame = find.query(query)
        return Opened(frame=frame, name=f"{place} (query)", connection=connection)
    with say.trouble("the list of tables"):
        names = sorted(tables())
    if not table:
        raise RequestError(
            f"{place} is a database: name a --table or give a --query; tables: {listed(names, 12)}"
        )
    with say.trouble(f"--table '{shown(table)}'", nearest(table, names)):
        frame = find.table(table)
    return Opened(frame=frame, name=f"{place}, table {shown(table)}", connection=connection)


@dataclass(frozen=True)
class _Find:
    table: Callable[[str], Any]
    query: Callable[[str], Any]


_Door = tuple[Session, Callable[[], Sequence[str]], _Find]


def _with_variables(url: str) -> str:
    """Put environment variables in place of ``${NAME}``."""

    def value(match: re.Match[str]) -> str:
        found = os.environ.get(match.group(1))
        if found is None:
            raise RequestError(f"the environment has no variable {match.group(1)}: set it")
        return quote(found, safe="")

    return _VARIABLE.sub(value, url)


def _path(url: str) -> str:
    """Return the file of ``sqlite:///relative.db`` or ``sqlite:////absolute.db``."""
    rest = unquote(url.partition("://")[2].partition("?")[0]).removeprefix("/")
    if not rest or rest == ":memory:":
        raise RequestError("a database in memory is empty: name a file, as in sqlite:///FILE")
    if not Path(rest).is_file():
        raise RequestError(f"no such file: {shown(rest, 200)}")
    return rest


def _duckdb(url: str, say: _Scrubber) -> _Door:
    import duckdb

    with say.trouble("the file"):
        connection = duckdb.connect(_path(url), read_only=True)
    listing = "select table_name from information_schema.tables"
    return (
        Session(connection, connection.close),
        lambda: [name for (name,) in connection.execute(listing).fetchall()],
        _Find(connection.table, connection.sql),
    )


def _ibis(url: str, scheme: str, say: _Scrubber) -> _Door:
    try:
        import ibis
    except ImportError:
        raise RequestError("databases need Ibis: pip install 'auditkit-fairness[sql]'") from None
    with say.trouble("the connection"):
        if scheme == "sqlite":
            import sqlite3

            file = quote(str(Path(_path(url)).resolve()))
            opened = sqlite3.connect(f"file:{file}?mode=ro", uri=True, check_same_thread=False)
            connection = ibis.sqlite.from_connection(opened)
        else:
            connection = ibis.connect(_read_only(url, scheme))

    def query(text: str) -> Any:
        if scheme in {"postgresql", "postgres"}:
            return connection.sql(text, schema=_postgres_schema(connection, text))
        return connection.sql(text)

    def table(name: str) -> Any:
        known = connection.list_tables()
        schema, dot, last = name.rpartition(".")
        if dot and name not in known:
            return connection.table(last, database=schema)
        return connection.table(name)

    session = Session(connection, connection.disconnect)
    return session, connection.list_tables, _Find(table, query)


def _read_only(url: str, scheme: str) -> str:
    """Return the URL for Ibis; a PostgreSQL session is one that cannot write."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    if scheme in {"postgresql", "postgres"}:
        asked = query.get("options", "")
        query["options"] = f"{asked} -c default_transaction_read_only=on".strip()
        query.setdefault("connect_timeout", _TIMEOUT)
    plain = SplitResult(scheme, parts.netloc, parts.path, urlencode(query, quote_via=quote), "")
    return urlunsplit(plain)


def _postgres_schema(connection: Any, text: str) -> Any:
    """Learn the types of a query from an empty answer; Ibis would make a view to ask."""
    import ibis

    with connection.con.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({text}\n) AS auditkit_query LIMIT 0")
        columns = [(item.name, item.type_code, item._fmod) for item in cursor.description]
        kinds = []
        for _, code, modifier in columns:
            cursor.execute("SELECT format_type(%s::oid, %s::int)", (code, modifier))
            kinds.append(cursor.fetchone()[0])
    connection.con.rollback()
    mapper = connection.compiler.type_mapper
    names = [name for name, _, _ in columns]
    return ibis.schema(
        {name: mapper.from_string(kind) for name, kind in zip(names, kinds, strict=True)}
    )


class _Scrubber:
    """Errors of drivers as one clear line without the secrets of the URL."""

    def __init__(self, url: str, place: str) -> None:
        parts = urlsplit(url)
        found = {parts.password or ""}
        found |= {value for name, value in parse_qsl(parts.query) if _SECRET.search(name)}
        found |= {os.environ.get("PGPASSWORD", "")}
        found |= {unquote(secret) for secret in found}
        self._secrets = sorted((secret for secret in found if secret), key=len, reverse=True)
        self.place = place
        self._what = self._hint = ""

    def trouble(self, what: str, hint: str = "") -> _Scrubber:
        """Name what is being tried."""
        self._what, self._hint = what, hint
        return self

    def __enter__(self) -> None:
        """Begin to try."""

    def __exit__(self, kind: type[BaseException] | None, error: Any, trace: Any) -> None:
        """Turn whatever a driver raises into one error; drivers share no class of errors."""
        if not isinstance(error, Exception) or isinstance(error, RequestError | DataError):
            return
        if isinstance(error, ImportError):
            raise RequestError(
                f"{self.place}: its driver is not installed ({shown(error, 120)}); "
                "pip install 'auditkit-fairness[sql]' or Ibis's extra for it"
            ) from None
        text = " ".join(str(error).split()) or type(error).__name__
        for secret in self._secrets:
            text = text.replace(secret, "***")
        raise DataError(f"{self.place}: {self._what}: {shown(text, 240)}{self._hint}") from None
