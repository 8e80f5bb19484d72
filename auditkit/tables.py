"""The tables of a record: for a spreadsheet, a statistician's program, a text document.

:func:`tables_of` turns a record into named tables; :func:`to_csv`, :func:`to_xlsx` and
:func:`to_markdown` write them. Every list of the record is a table, whatever section it is in, so a
new section needs nothing here. Numbers are as the record holds them, unrounded (a workbook keeps
sixteen figures of each); what is not computable is an empty cell with its reason in the row.

Text from data is untrusted. A cell that a spreadsheet would take for a formula is written as text,
control and bidirectional characters are written out, and a name means itself in Markdown.
"""

from __future__ import annotations

import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditkit.errors import RequestError

__all__ = ["Sheet", "literal", "tables_of", "to_csv", "to_markdown", "to_xlsx"]

Value = str | int | float | bool | None

_FORMULA = re.compile(r"(^|[;\t\"|])(\s*)([=+\-@＝＋－＠])")
_PUNCTUATION = re.compile(r"([\\`*_{}\[\]<>|#~@&!$])")
_LINK = re.compile(r"(?i)(www)\.|:(?=//)")
_LEFT_OUT = ("format", "format_version")
_NAME_LENGTH = 31
_MOST_ROWS = 1_048_575
_MOST_TEXT = 32_000


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: a name that is safe in a file name, a title, column names and rows."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


def tables_of(record: Mapping[str, Any]) -> tuple[Sheet, ...]:
    """Return the tables of a record in its order; a section without rows has none.

    Parameters
    ----------
    record : mapping
        A record as plain data (``Audit.to_dict()``, or ``audit.json`` as read).

    Examples
    --------
    >>> sheet, = tables_of({"estimates": [{"group": ["Female", None], "value": 0.25}]})
    >>> sheet.name, sheet.columns, sheet.rows
    ('estimates', ('group', 'value'), (('Female × (missing)', 0.25),))
    """
    found: list[Sheet] = []
    taken: set[str] = set()
    plain = {key: value for key, value in record.items() if not isinstance(value, list | dict)}
    items = {key: value for key, value in record.items() if key not in plain}
    about = {key: value for key, value in plain.items() if key not in _LEFT_OUT}
    for key, value in ({"record": about} | items).items():
        made = _frameworks(value) if key == "compliance" else _section(key, value)
        found += [_sheet(name, title, rows, taken) for name, title, rows in made if rows]
    return tuple(found)


_Made = Iterable[tuple[str, str, Sequence[Mapping[str, Any]]]]


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(row, Mapping) for row in value)


def _section(key: str, value: Any) -> _Made:
    """Yield the tables of a section: its settings as names and values, then its lists of rows."""
    if _is_table(value):
        yield key, _title(key), value
    elif isinstance(value, Mapping):
        inner = {name: item for name, item in value.items() if _is_table(item) and item}
        plain = [{"name": name, "value": v} for name, v in value.items() if name not in inner]
        yield key, _title(key), [row for row in plain if row["value"] not in (None, [], {})]
        for name, rows in inner.items():
            yield f"{key}_{name}", f"{_title(key)}: {_title(name).lower()}", rows


def _frameworks(value: Any) -> _Made:
    """Yield the tables of frameworks: of each its fields and its statutory tables."""
    for i, item in enumerate(value or (), 1):
        name = str(item.get("framework") or i)
        base = f"compliance_{name}"
        rest = {k: v for k, v in item.items() if k not in {"tables", "fields"}}
        fields = {**rest, **(item.get("fields") or {})}
        yield base, f"Framework {name}", [{"name": k, "value": v} for k, v in fields.items()]
        for k, table in enumerate(item.get("tables") or (), 1):
            title = str(table.get("title") or table.get("id") or k)
            yield f"{base}_{table.get('id') or k}", title, table.get("rows") or []


def _title(key: str) -> str:
    return key.replace("_", " ").capitalize()


def _sheet(name: str, title: str, rows: Sequence[Mapping[str, Any]], taken: set[str]) -> Sheet:
    columns = tuple(dict.fromkeys(str(key) for row in rows for key in row))
    cells = tuple(tuple(_value(row.get(key), key) for key in columns) for row in rows)
    heads = tuple(map(_visible, columns))
    return Sheet(_free(_slug(name), taken), _visible(title), heads, cells)


def _slug(text: str) -> str:
    """Return a name that is safe as a file and as a sheet: letters, digits and ``_`` only."""
    return re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_")[:_NAME_LENGTH] or "table"


def _free(name: str, taken: set[str]) -> str:
    """Return the name, with a number when it is taken; spreadsheets do not tell case apart."""
    made, again = name, 2
    while made.lower() in taken:
        tail = f"_{again}"
        made, again = name[: _NAME_LENGTH - len(tail)] + tail, again + 1
    taken.add(made.lower())
    return made


def _value(value: Any, key: str) -> Value:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return _visible(value)
    if isinstance(value, Mapping) or (isinstance(value, list) and _is_table(value) and value):
        return _visible(json.dumps(value, ensure_ascii=False))
    joint = " × " if key in {"group", "attributes", "reference"} else ", "
    return joint.join(_named(item) for item in value)


def _named(value: Any) -> str:
    """Return a name; the empty cell and a text that looks like our word for it stay apart."""
    if value is None:
        return "(missing)"
    if isinstance(value, list | Mapping):
        return _visible(json.dumps(value, ensure_ascii=False))
    text = _visible(str(value))
    return f"“{text}”" if text.strip().casefold() == "(missing)" else text


def _visible(text: str) -> str:
    """Return text with each control, bidirectional and zero-width character written out."""
    hidden = {"Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn"}
    return "".join(
        f"⟨U+{ord(char):04X}⟩" if unicodedata.category(char) in hidden else char for char in text
    )


def _guarded(text: str) -> str:
    return _FORMULA.sub(r"\1\2'\3", text)


def to_csv(sheet: Sheet) -> str:
    r"""Return a table as CSV: UTF-8 text, quoted, one line a row.

    A text that a spreadsheet would run as a formula gets an apostrophe before it; numbers are left
    alone. ``None`` is an empty cell without quotes, an empty text is ``""``.

    Examples
    --------
    >>> print(to_csv(Sheet("x", "X", ("group", "rate"), (("=1+1", 0.5), ("-b", None)))), end="")
    "group","rate"
    "'=1+1",0.5
    "'-b",
    """
    lines = [
        ",".join(_quoted(_guarded(v)) if isinstance(v, str) else _plain(v) for v in row)
        for row in (sheet.columns, *sheet.rows)
    ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _plain(value: Value) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else repr(value)


def to_markdown(sheets: Iterable[Sheet], *, title: str = "Audit") -> str:
    r"""Return tables as GitHub-flavoured Markdown, numbers to six figures.

    Examples
    --------
    >>> print(to_markdown([Sheet("x", "Rates", ("group",), (("a|b",),))]), end="")
    # Audit
    <BLANKLINE>
    ## Rates
    <BLANKLINE>
    | group |
    | --- |
    | a\|b |
    """
    lines = [f"# {literal(title)}"]
    for sheet in sheets:
        numeric = [
            any(_is_number(row[i]) for row in sheet.rows)
            and all(row[i] is None or _is_number(row[i]) for row in sheet.rows)
            for i in range(len(sheet.columns))
        ]
        lines += ["", f"## {literal(sheet.title)}", "", _line(map(literal, sheet.columns))]
        lines.append(_line("---:" if right else "---" for right in numeric))
        lines += [_line(map(_short, row)) for row in sheet.rows]
    return "\n".join(lines) + "\n"


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def literal(text: str) -> str:
    """Return text that Markdown prints as it stands: no emphasis, no link, no HTML."""
    kept = _PUNCTUATION.sub(r"\\\1", _visible(text))
    return _LINK.sub(lambda found: f"{found[1]}\\." if found[1] else "\\:", kept)


def _short(value: Value) -> str:
    if isinstance(value, str):
        return literal(value)
    return f"{value:.6g}" if isinstance(value, float) else _plain(value)


def to_xlsx(sheets: Sequence[Sheet], *, created: str = "1980-01-01T00:00:00Z") -> bytes:
    """Return tables as an Excel workbook, one sheet each; the same tables give the same bytes.

    Text is stored as text, so that nothing in it is a formula.

    Parameters
    ----------
    sheets : sequence of Sheet
        The tables; each name is a sheet's.
    created : str
        The time stamp of the file (ISO 8601, UTC).

    Raises
    ------
    RequestError
        When a table has more rows than a sheet can hold.
    """
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    for sheet in sheets or (Sheet("empty", "Empty", ("nothing",), ()),):
        if len(sheet.rows) > _MOST_ROWS:
            raise RequestError(
                f"'{sheet.name}' has {len(sheet.rows):,} rows, more than an Excel sheet holds: "
                "write the tables as CSV into a folder"
            )
        page = book.create_sheet(sheet.name)
        page.freeze_panes = "A2"
        for i, name in enumerate(sheet.columns, 1):
            longest = max([len(name), *(len(str(row[i - 1])) for row in sheet.rows[:200])])
            page.column_dimensions[get_column_letter(i)].width = min(max(longest + 2, 8), 60)
        page.append([_cell(page, name, bold=True) for name in sheet.columns])
        for row in sheet.rows:
            page.append([_cell(page, value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return _settled(out.getvalue(), created)


def _cell(page: Any, value: Value, *, bold: bool = False) -> Any:
    if not isinstance(value, str):
        return value
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    cut = value if len(value) <= _MOST_TEXT else value[:_MOST_TEXT] + "…"
    cell = WriteOnlyCell(page, value=cut)
    cell.data_type = "s"
    if bold:
        cell.font = Font(bold=True)
    if _FORMULA.search(cut):
        cell.quotePrefix = True
    return cell


def _settled(content: bytes, created: str) -> bytes:
    """Return a workbook without the time it was written at: only the one it is given."""
    out = io.BytesIO()
    stamp = created.encode("ascii", "ignore")
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            data = old.read(name)
            if name == "docProps/core.xml":
                data = re.sub(rb"(<dcterms:(\w+)[^>]*>)[^<]*(</)", rb"\g<1>" + stamp + rb"\3", data)
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            new.writestr(info, data)
    return out.getvalue()
