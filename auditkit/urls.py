"""URLs of databases: which text is one, and what of it may be shown."""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

__all__ = ["is_url", "public_url"]

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def is_url(source: object) -> bool:
    """Whether a source is the URL of a database.

    Examples
    --------
    >>> is_url("postgresql://localhost/hr"), is_url("data/hiring.csv"), is_url("C:/hiring.csv")
    (True, False, False)
    """
    return isinstance(source, str) and _URL.match(source) is not None


def public_url(url: str) -> str:
    """Return a URL without user, password and other secrets.

    Examples
    --------
    >>> public_url("postgresql+psycopg://ann:pa55@db.example:5432/hr?sslmode=require&token=x")
    'postgresql://db.example:5432/hr'
    >>> public_url("sqlite:////home/ann/hr.db")
    'sqlite:///hr.db'
    """
    parts = urlsplit(url)
    if parts.scheme in {"sqlite", "duckdb"}:  # a file: its name, without the folders
        return f"{parts.scheme}:///{url.partition('?')[0].rpartition('/')[2]}"
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme.partition("+")[0], host, parts.path, "", ""))
