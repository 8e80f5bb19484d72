"""Hold a catalogue of the report's texts against the code: python scripts/catalogue.py de.

Prints what the catalogue lacks as TOML to paste, then what it holds that nobody says. Without a
language, prints every text.
"""

from __future__ import annotations

import ast
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from auditkit.metrics import METRICS
from auditkit.report import language, templates

ROOM = Path(language.__file__).resolve().parent
SILENT = (
    "__init__.py", "assets.py", "drawing.py", "figures.py", "language.py", "templates.py",
)  # fmt: skip
"""Modules that say nothing on the page."""

LISTS = ("terms.py", "words.py")
"""Modules of nothing but texts."""

_LOOKS = frozenset({"colour", "dash", "key", "look", "symbol", "tone"})
_READS = frozenset({"get", "removeprefix", "removesuffix", "setdefault", "startswith"})
_SAYS = frozenset({"Cell", "Note", "say"})


def texts() -> dict[str, str]:
    """Return every fixed text of a report, and the file that says it."""
    found: dict[str, str] = {}
    for path in sorted(ROOM.glob("*.py")):
        if path.name not in SILENT:
            for text in said_in(ast.parse(path.read_text("utf-8")), path.name):
                found.setdefault(text, path.name)
    for path in sorted(templates.folder().rglob("*.html")):
        for text in re.findall(r'\b_\("(.*?)"\)', path.read_text("utf-8")):
            found.setdefault(text, path.name)
    return {metric.title: "metrics" for metric in METRICS.values()} | found


def said_in(tree: ast.Module, name: str) -> Iterator[str]:
    """Yield the texts of a module: what looks like words for a reader, or is handed to be said."""
    silent = set(_silent(tree))
    handed = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in _SAYS and node.args
        for inner in ast.walk(node.args[0])
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        text = node.value.lstrip("#")
        if id(node) in silent or not re.search("[A-Za-z]", text):
            continue
        words = re.match("[A-Z]", text) or re.search(r"[a-z] ?\S* [a-z]", text)
        if words or id(node) in handed or name in LISTS:
            yield text


def _silent(tree: ast.Module) -> Iterator[int]:
    """Yield the nodes whose text is for the program: keys, names of fields, looks, errors."""
    for node in ast.walk(tree):
        inner: list[ast.AST] = []
        match node:
            case ast.Expr(value=ast.Constant()):
                inner = [node.value]
            case ast.Raise() | ast.Assert() | ast.Compare():
                inner = list(ast.walk(node))
            case ast.Subscript():
                inner = [part for part in ast.walk(node.slice) if isinstance(part, ast.Constant)]
            case ast.Assign(targets=[ast.Name(id="__all__")]):
                inner = list(ast.walk(node))
            case ast.JoinedStr():
                inner = [part for part in node.values if isinstance(part, ast.Constant)]
            case ast.Set():
                inner = list(node.elts)
            case ast.Dict():
                inner = [key for key in node.keys if key is not None]
            case ast.Call():
                if isinstance(node.func, ast.Attribute) and node.func.attr in _READS:
                    inner = list(node.args)
                for keyword in node.keywords:
                    inner += list(ast.walk(keyword.value)) if keyword.arg in _LOOKS else []
            case _:
                pass
        yield from map(id, inner)


def main() -> None:
    """Print what is lacking, and what is needless."""
    said = texts()
    if len(sys.argv) < 2:
        print("\n".join(f"{json.dumps(text, ensure_ascii=False)}" for text in said))
        return
    path = language.FOLDER / f"{sys.argv[1]}.toml"
    there = tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}
    for text, where in said.items():
        if text not in there:
            print(f'{json.dumps(text, ensure_ascii=False)} = ""  # {where}')
    for text in there:
        if text not in said:
            print(f"# nobody says {json.dumps(text, ensure_ascii=False)}")


if __name__ == "__main__":
    main()
