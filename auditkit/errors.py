"""What can go wrong, and how it is said.

::

    AuditkitError
    ├── RequestError (ValueError)     what was asked for cannot be: a flag, a key of audit.toml
    │   └── SchemaError               a column, a value or a role that the data do not have
    ├── DataError (ValueError)        the data are at fault: ragged, empty, weights below zero
    ├── MetricError (ValueError)      arrays or counts that a metric or an interval cannot take
    └── MissingExtraError (ImportError)  a library that this needs is not installed

Each message is one line: what is wrong, where, and the mend. The command line prints it and
exits with 2. Text that comes from data passes through :func:`shown` first, so that a hostile
label cannot move the cursor, break the line or flood the terminal.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

__all__ = [
    "AuditkitError",
    "DataError",
    "MetricError",
    "MissingExtraError",
    "RequestError",
    "SchemaError",
    "UndefinedMetricWarning",
    "listed",
    "nearest",
    "shown",
]


class AuditkitError(Exception):
    """Base of every error that auditkit raises on purpose."""


class RequestError(AuditkitError, ValueError):
    """The request itself is at fault: an option, a setting or a combination of them."""


class SchemaError(RequestError):
    """A column, a value or a role that the data do not have."""


class DataError(AuditkitError, ValueError):
    """The data are at fault."""


class MetricError(AuditkitError, ValueError):
    """Arrays or numbers that a metric, an interval or a test cannot take."""


class MissingExtraError(AuditkitError, ImportError):
    """A library that this request needs is not installed."""


class UndefinedMetricWarning(UserWarning):
    """A metric has no value for a group; the warning names the group and the reason."""


def shown(value: object, limit: int = 80) -> str:
    r"""Return untrusted text as one safe, short line.

    Control, format (bidirectional, zero-width) and line-breaking characters are written as
    escapes; anything longer than `limit` characters is cut.

    Examples
    --------
    >>> shown("Fe\x1b[31mmale")
    'Fe\\x1b[31mmale'
    """
    pieces = []
    for char in str(value):
        if unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp", "Cs", "Co"}:
            pieces.append(char.encode("unicode_escape").decode("ascii"))
        else:
            pieces.append(char)
    text = "".join(pieces)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def listed(values: Iterable[object], limit: int = 8) -> str:
    """Return values as a short quoted list for a message.

    Examples
    --------
    >>> listed(["yes", "no"])
    "'yes', 'no'"
    """
    items = list(values)
    text = ", ".join(f"'{shown(item, 40)}'" for item in items[:limit])
    left = len(items) - limit
    return f"{text} and {left} more" if left > 0 else text


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ``" (did you mean 'x'?)"`` when a known name is close, else an empty string.

    Examples
    --------
    >>> nearest("gendr", ["gender", "race"])
    " (did you mean 'gender'?)"
    """
    names = list(known)
    folded = {candidate.casefold(): candidate for candidate in names}
    import difflib  # only where something was misspelt

    found = difflib.get_close_matches(name.casefold(), list(folded), n=1, cutoff=0.7)
    return f" (did you mean '{shown(folded[found[0]])}'?)" if found else ""
