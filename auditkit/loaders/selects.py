"""One SELECT and nothing else: a query is parsed before a database sees it."""

from __future__ import annotations

from auditkit.errors import RequestError, shown

__all__ = ["check_select"]

_MEND = "give one SELECT"


def check_select(query: str, dialect: str) -> str:
    """Return the query without its last semicolon.

    Raises
    ------
    RequestError
        When it is not exactly one SELECT (WITH, UNION and the like included), when it would
        write, lock or call, or cannot be parsed.

    Examples
    --------
    >>> check_select("select sex, hired from t where year = 2025;", "postgres")
    'select sex, hired from t where year = 2025'
    """
    try:
        import sqlglot
        from sqlglot import exp
    except ImportError:
        raise RequestError("--query needs Ibis: pip install 'auditkit-fairness[sql]'") from None
    known = dialect if dialect in sqlglot.Dialect.classes else None
    try:
        parsed = [part for part in sqlglot.parse(query, read=known) if part is not None]
    except sqlglot.errors.SqlglotError as error:
        found = getattr(error, "errors", None) or [{}]
        line, column = found[0].get("line"), found[0].get("col")
        where = f" (line {line}, column {column})" if line else ""
        raise RequestError(f"--query cannot be read as SQL{where}: {_MEND}") from None
    if len(parsed) != 1:
        raise RequestError(f"--query holds {len(parsed)} statements: {_MEND}")
    (statement,) = parsed
    if not isinstance(statement, exp.Query):
        raise RequestError(f"--query begins with {_word(query)}: {_MEND}; nothing was run")
    writes = (
        exp.DML, exp.DDL, exp.Into, exp.Lock, exp.Command, exp.Copy, exp.Drop, exp.Alter,
        exp.Pragma, exp.Set, exp.Attach, exp.Detach, exp.Merge, exp.TruncateTable,
    )  # fmt: skip
    for part in statement.walk():
        if isinstance(part, writes) and not isinstance(part, exp.Query):
            raise RequestError(
                f"--query holds a {type(part).__name__.upper()}: it must only read; {_MEND}"
            )
    return query.strip().rstrip(";").rstrip()


def _word(query: str) -> str:
    words = query.split()
    return shown(words[0].upper(), 20) if words else "nothing"
