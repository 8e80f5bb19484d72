"""Hostile text in every place that text can come from: it is shown as text, or refused.

Each payload is the name of a protected column, a group, a label, a positive value, a stratum, a
feature, a population's source, a file and the head of the report at once, and goes through
``audit.toml``.
"""

from __future__ import annotations

import csv
import functools
import io
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest
from conftest import Run

from auditkit.record import SCHEMA_FILE

Main = Callable[..., tuple[int, str, str]]

CLEAN = "plain"
PAYLOADS = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</SCRIPT ><script src=https://example.org/x.js>",
    "<!--<script>",
    "-->",
    "]]>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    '" onmouseover="alert(1)',
    "' onfocus='alert(1)' autofocus='",
    "` onclick=`alert(1)`",
    '"><script>alert(1)</script>',
    "'/><b>bold</b>",
    "</title><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</textarea></select></details></table></svg>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<base href=https://example.org/>",
    "<meta http-equiv=refresh content=0;url=https://example.org>",
    "<link rel=stylesheet href=//example.org/a.css>",
    "<form action=https://example.org><input name=a>",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "&lt;b&gt; &amp;amp; &#60;i&#62; &quot;",
    "&#0; &#x1b; &notanentity;",
    "{{7*7}}",
    "{% for x in y %}{{ x }}{% endfor %}{# gone #}",
    "${7*7} #{7*7} <%= 7*7 %>",
    "%s %d %(name)s {0} {name!r}",
    "=1+1",
    "=HYPERLINK(\"https://example.org\",\"x\")",
    "+1-1",
    "-2+3",
    "@SUM(A1:A9)",
    "\tvalue after a tab",
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x1b[2J\x1b[H",
    "bell\x07 and back\x08space",
    "\u202etxet desrever\u202c",
    "\u2066isolate\u2069",
    "zero\u200bwidth\u200d\ufeff",
    "line\nbreak",
    "carriage\rreturn",
    "both\r\n::error file=x::y",
    "next\x85line and \u2028separator\u2029",
    "a\0b",
    "\ud800",
    "comma, semicolon; \"quote\" 'single' |pipe| `tick`",
    "back\\slash \\n \\u003c \\",
    "../../../etc/passwd",
    "C:\\Windows\\con",
    "$(touch owned); `touch owned` && touch owned",
    "--output=owned.html",
    "-o",
    "~",
    "*",
    "__proto__",
    "constructor",
    "NaN",
    "null",
    "None",
    "NA",
    "Infinity",
    "(missing)",
    " ",
    "  two spaces  ",
    "a\u0301 a\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301",
    "\U0001f469\u200d\U0001f4bb \U0001f1e9\U0001f1ea",
    "ﷺ﷽ مرحبا שלום",
    "x" * 5_000,
    "wide" + "\u3000" * 300,
    "<" * 2_000,
    "label",
    "__auditkit_n",
    "__auditkit_model",
    "__auditkit_k0",
)  # fmt: skip

REFUSED = {"a\0b", "\ud800", "__auditkit_n", "__auditkit_model", "__auditkit_k0"}
"""No text, not UTF-8, and names that auditkit needs for itself: all others are legal names."""


def quoted(text: str) -> str:
    """Return text as a TOML string."""
    pieces = [
        f"\\u{ord(char):04x}" if ord(char) < 32 or char in '"\\\x7f' else char for char in text
    ]
    return '"' + "".join(pieces) + '"'


def file_name(text: str) -> str:
    """Return a file name as close to the text as the system allows."""
    kept = text.replace("/", "\u2044").replace("\0", "").encode("utf-8", "replace")[:200]
    return kept.decode("utf-8", "ignore") + ".csv"


def lay_out(text: str, folder: Path) -> None:
    """Write a table and an ``audit.toml`` in which everything is called `text`."""
    group, label, stratum, feature = text, text + "!", text + "~", text + "#"
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow([group, label, stratum, feature])
    for i in range(160):
        mine = i % 2
        event = i % 8 == 1 or (i % 3 == 0 and not mine)
        writer.writerow(
            [text if mine else "other", text if event else "no",
             text if i % 5 else "b", text if mine or i % 7 == 0 else "c"]
        )  # fmt: skip
    name = file_name(text)
    (folder / name).write_bytes(table.getvalue().encode("utf-8", "surrogatepass"))
    settings = f"""
data = {quoted(name)}
label = {quoted(label)}
positive = {quoted(text)}
protected = [{quoted(group)}]
strata = [{quoted(stratum)}]
model = "none"
[reference]
{quoted(group)} = "other"
[values.{quoted(stratum)}]
b = {quoted(text + "2")}
[population.{quoted(group)}]
source = {quoted(text)}
period = {quoted(text)}
[population.{quoted(group)}.shares]
{quoted(text)} = 0.8
other = 0.2
[report]
title = {quoted(text)}
organisation = {quoted(text)}
author = {quoted(text)}
notes = [{quoted(text)}, {quoted(text)}]
"""
    (folder / "a.toml").write_bytes(settings.encode("utf-8", "surrogatepass"))


class Page(HTMLParser):
    """What a browser would make of a page: its elements, and what could act."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: Counter[str] = Counter()
        self.handlers: list[tuple[str, str]] = []
        self.links: list[str] = []
        self.text: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.handlers += [(tag, name) for name, _ in attrs if name.startswith("on")]
        places = {"href", "src", "action", "formaction", "xlink:href", "data", "srcdoc"}
        self.links += [value or "" for name, value in attrs if name in places]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


ACTIVE = (
    "script", "style", "link", "meta", "base", "iframe", "object", "embed", "form", "input",
    "img", "title", "body", "html", "template", "foreignobject", "textarea",
)  # fmt: skip
UNSEEN = {"Cc", "Cf", "Zl", "Zp", "Cs", "Co"}


def unseen(text: str) -> list[str]:
    """Return the characters that could steer a terminal or turn text round."""
    return [char for char in text if unicodedata.category(char) in UNSEEN]


@dataclass(frozen=True)
class Told:
    """What one run said and wrote."""

    code: int
    out: str
    err: str
    html: str | None
    record: bytes | None


@pytest.fixture
def told(
    auditkit_main: Main, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Told]:
    def run(text: str) -> Told:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        monkeypatch.chdir(folder)
        lay_out(text, folder)
        before = {path.name for path in folder.iterdir()}
        code, out, err = auditkit_main(
            "audit", "a.toml", "-o", "r.html", "--json", "r.json", "--fail-on", "outcome-gap"
        )
        new = {path.name for path in folder.iterdir()} - before
        assert new == (set() if code == 2 else {"r.html", "r.json"})
        html = (folder / "r.html").read_bytes().decode("utf-8") if new else None
        return Told(code, out, err, html, (folder / "r.json").read_bytes() if new else None)

    return run


_clean: list[Page] = []


@pytest.fixture
def clean(told: Callable[[str], Told]) -> Page:
    """Return the page of the same audit with a harmless name, made once."""
    if not _clean:
        found = told(CLEAN)
        assert found.code == 1, found.err
        assert found.html is not None
        _clean.append(Page(found.html))
    return _clean[0]


@pytest.mark.parametrize("text", PAYLOADS, ids=range(len(PAYLOADS)))
def test_hostile_text(told: Callable[[str], Told], clean: Page, text: str) -> None:
    found = told(text)
    assert (found.code == 2) == (text in REFUSED)
    if found.code == 2:
        assert found.out == ""
        assert found.err.startswith("auditkit: error: ")
        assert found.err.count("\n") == 1
        assert len(found.err) < 300
        assert unseen(found.err[:-1]) == []
        return
    assert found.code == 1  # the gap that was put in, whatever the group is called
    assert unseen(found.out.replace("\n", "")) == []
    assert unseen(found.err.replace("\n", "")) == []
    assert max(len(line) for line in found.out.splitlines()) <= 400
    assert found.html is not None
    page = Page(found.html)
    for tag in ACTIVE:
        assert page.tags[tag] == clean.tags[tag], tag
    assert set(page.tags) <= set(clean.tags)
    assert Counter(page.handlers) == Counter(clean.handlers)
    assert all(link.startswith(("#", "data:image/")) for link in page.links), page.links
    assert (
        re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]", found.html) is None
    )
    assert len(found.html) < 4_000_000


@functools.cache
def contract() -> jsonschema.protocols.Validator:
    """Return the schema of a record, itself checked once and not once for each record."""
    schema = json.loads(SCHEMA_FILE.read_bytes())
    checker = jsonschema.validators.validator_for(schema)
    checker.check_schema(schema)
    return checker(schema)


@pytest.mark.parametrize("text", PAYLOADS, ids=range(len(PAYLOADS)))
def test_the_record_keeps_the_text_as_it_is(
    auditkit_main: Main, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    lay_out(text, tmp_path)
    monkeypatch.chdir(tmp_path)
    code, _, err = auditkit_main("profile", "a.toml", "--json", "r.json", "-q")
    if code == 2:
        assert err.count("\n") == 1
        return
    found = json.loads((tmp_path / "r.json").read_bytes())
    contract().validate(found)
    assert found["schema"]["protected"] == [text]
    assert found["schema"]["positive"] == text
    assert {row["group"][0] for row in found["estimates"]} == {text, "other"}
    assert {cell["strata"][0] for cell in found["counts"]["cells"]} == {text, text + "2"}
    assert found["data"]["source"] == file_name(text)
    if text.strip():
        head = {"title": text, "organisation": text, "author": text, "notes": [text, text]}
        assert found["report"] == head


@pytest.mark.parametrize("text", ["\x1b[31m<b>", "\u202e", "\n::error::x", "a" * 3_000])
def test_hostile_arguments(auditkit_main: Main, tmp_path: Path, text: str) -> None:
    """What is typed (or comes out of a script) is untrusted too."""
    data = tmp_path / "d.csv"
    data.write_text("sex,hired\n" + "F,1\nM,0\nF,0\nM,1\n" * 9, encoding="utf-8")
    good = ("--label", "hired", "--protected", "sex", "--model", "none")
    for args in (
        ("audit", text),
        ("audit", data, "--label", text, "--protected", "sex"),
        ("audit", data, *good, "--positive", text),
        ("audit", data, *good, "--protected", text),
        ("audit", data, *good, "--reference", f"sex={text}"),
        ("audit", data, *good, "--reference", text),
        ("audit", data, *good, "--bins", f"{text}=1"),
        ("audit", data, *good, "--fail-on", text),
        ("audit", data, *good, "--model", text),
        ("audit", data, *good, "--encoding", text),
        ("audit", data, *good, "--delimiter", text),
        ("audit", data, *good, "--policy", text),
        ("audit", data, *good, "--population", text),
        ("audit", data, *good, "-o", f"{text}/x.html"),
        ("audit", data, *good, "--threshold", text),
        ("audit", data, *good, f"--{text}"),
        ("metrics", text),
        ("report", text, "-o", tmp_path / "x.html"),
        (text,),
    ):
        code, out, err = auditkit_main(*args)
        assert (code, out) == (2, ""), args
        assert err.count("\n") == 1
        assert unseen(err[:-1]) == []
        assert len(err) < 700


def test_hostile_bytes_from_end_to_end(auditkit_cli: Run, tmp_path: Path) -> None:
    """As a process, through standard input and output, with nothing in between."""
    text = "</script><script>alert(1)</script>\x1b[31m"
    lay_out(text, tmp_path)
    data = (tmp_path / file_name(text)).read_bytes()
    args = ("audit", "-", "--label", text + "!", "--positive", text, "--protected", text)
    done = auditkit_cli(*args, "--model", "none", stdin=data)
    assert done.returncode == 0
    assert b"\x1b" not in done.stdout
    page = auditkit_cli(*args, "--model", "none", "-o", "-", stdin=data)
    assert b"<script>alert" not in page.stdout
    assert b"\x1b" not in page.stdout
