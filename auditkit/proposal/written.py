"""The proposal as a commented ``audit.toml``.

Names and values come from data that nobody vouches for. In strings whatever cannot be seen is
written as an escape; in comments it passes through :func:`auditkit.errors.shown`, so that no name
can end a line.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from auditkit.errors import shown

__all__ = ["quoted", "setting", "table_head"]

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_HIDDEN = frozenset({"Cc", "Cf", "Zl", "Zp", "Co", "Cn"})


def quoted(text: str) -> str:
    r"""Return text as a TOML basic string.

    Examples
    --------
    >>> print(quoted('say "no"\n[bins]'))
    "say \"no\"\n[bins]"
    """
    plain = json.dumps(text, ensure_ascii=False)  # JSON's escapes are TOML's
    return "".join(_seen(char) for char in plain)


def _seen(char: str) -> str:
    if unicodedata.category(char) not in _HIDDEN:
        return char
    code = ord(char)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else quoted(name)


def table_head(*names: str) -> str:
    """Return the head of a table.

    Examples
    --------
    >>> table_head("values", "marital status")
    '[values."marital status"]'
    """
    return f"[{'.'.join(map(_key, names))}]"


def setting(key: str, value: Any, why: str | Mapping[str, str] = "") -> str:
    """Return ``key = value`` with the reason above it, or beside each item of a list.

    Examples
    --------
    >>> print(setting("strata", ["dept"], {"dept": "named like a department"}))
    strata = [
      "dept",  # named like a department
    ]
    """
    if isinstance(why, Mapping):
        lines = [
            f"  {_value(item)}," + (f"  # {shown(why[item], 300)}" if why.get(item) else "")
            for item in value
        ]
        return "\n".join([f"{_key(key)} = [", *lines, "]"])
    head = f"# {shown(why, 400)}\n" if why else ""
    return f"{head}{_key(key)} = {_value(value)}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, int | float):
        return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(str(k))} = {_value(v)}" for k, v in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, Sequence):
        return f"[{', '.join(map(_value, value))}]"
    raise TypeError(f"no TOML for a {type(value).__name__}")
