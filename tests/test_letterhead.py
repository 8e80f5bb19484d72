"""[report] in audit.toml: what a report is headed with, and logos that are nothing but images."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from report_fixture import record
from report_page import Page

from auditkit.errors import RequestError
from auditkit.letterhead import LARGEST_LOGO, image_kind, letterhead
from auditkit.record import SCHEMA_FILE
from auditkit.report import render

Main = Callable[..., tuple[int, str, str]]


def png(width: int = 1) -> bytes:
    """Return a PNG by its specification: signature, IHDR, IDAT, IEND."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, 1, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" + b"\x80" * width)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def svg(inside: str = '<rect width="9" height="9"/>', root: str = "") -> bytes:
    name = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f"<svg {name} {root}>{inside}</svg>".encode()


SETTINGS = """
data = "data.csv"
label = "hired"
protected = ["sex"]
model = "none"
[report]
title = "Hiring in 2025"
organisation = "Example & Sons"
author = "A. Auditor"
language = "en"
notes = ["First round only.", "See file 7."]
logo = "logo.bin"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data.csv").write_text("sex,hired\n" + "F,1\nM,0\nM,1\nF,0\n" * 20)
    (tmp_path / "a.toml").write_text(SETTINGS)
    (tmp_path / "logo.bin").write_bytes(png())
    return tmp_path


def test_the_head_of_the_page_and_the_record(
    folder: Path, auditkit_main: Main, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)  # the path of the logo starts from the audit.toml
    code, _, err = auditkit_main("audit", "../a.toml", "-o", "r.html", "--json", "r.json", "-q")
    assert code == 0, err
    html = Path("r.html").read_text("utf-8")
    page = Page(html)
    assert page.title == "Hiring in 2025"
    logo = page.all("img")[0]
    assert logo["src"] == "data:image/png;base64," + base64.b64encode(png()).decode()
    assert logo["alt"] == "Example & Sons"
    for text in ("Example & Sons", "A. Auditor", "First round only.", "See file 7.", "data.csv"):
        assert text in "".join(page.pieces)
    found = json.loads(Path("r.json").read_text("utf-8"))
    jsonschema.validate(found, json.loads(SCHEMA_FILE.read_bytes()))
    assert found["report"]["notes"] == ["First round only.", "See file 7."]
    assert auditkit_main("report", "r.json", "-o", "again.html")[0] == 0
    assert Path("again.html").read_text("utf-8") == html


def test_an_old_record_has_no_head_and_is_named_by_its_file() -> None:
    old = record()
    old.pop("report", None)
    page = Page(render(old, charts="none"))
    assert page.title == "Audit of hiring.csv"
    assert page.all("img") == []


def test_the_public_edition_names_nobody(
    folder: Path, auditkit_main: Main, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    code, _, err = auditkit_main(
        "audit", "a.toml", "--json", "p.json", "-q", "--audience", "public"
    )
    assert code == 0, err
    found = json.loads(Path("p.json").read_text("utf-8"))["report"]
    assert set(found) == {"title", "organisation", "language", "logo"}


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"titel": "x"}, "no key 'titel' .did you mean 'title'"),
        ({"title": 3}, "title: write text"),
        ({"title": ["x"]}, "title: write text"),
        ({"notes": ["x", 3]}, "notes: write text"),
        ({"author": "x" * 20_000}, "more than 10,000 characters"),
        ({"logo": "no.png"}, "logo no.png: No such file"),
        ({"logo": "."}, "logo"),
        ({"logo": "a\0b"}, "logo"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(table: dict[str, object], said: str) -> None:
    with pytest.raises(RequestError, match=said) as error:
        letterhead(table, Path())
    assert "\n" not in str(error.value)


def test_blank_texts_are_as_if_not_written() -> None:
    assert letterhead({"title": " ", "notes": ["", " "]}, Path()) == {}


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (png(), "image/png"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
        (svg(), "image/svg+xml"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n" + svg(), "image/svg+xml"),
        (svg('<style>rect{fill:url(#a)}</style><use href="#b"/>'), "image/svg+xml"),
        (svg('<image href="data:image/png;base64,AAAA"/>'), "image/svg+xml"),
    ],
)
def test_an_image_is_known_by_what_is_in_it(content: bytes, kind: str) -> None:
    assert image_kind(content) == kind


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"GIF89a", "neither PNG, JPEG nor SVG"),
        (b"", "neither"),
        (b"\x89PNG\r\n\x1a\nnot", "neither"),
        (b"<html><script>1</script></html>", "neither"),
        (b"<svg><rect/></svg>", "neither"),  # outside the namespace it is no image
        (svg()[:-3], "neither"),
        (svg("<script>alert(1)</script>"), "<script>"),
        (svg("<SCRIPT>alert(1)</SCRIPT>"), "<script>"),
        (svg("<foreignObject><p/></foreignObject>"), "foreignobject"),
        (svg(root='onload="alert(1)"'), "'onload'"),
        (svg('<a xlink:href="javascript:alert(1)"/>'), "elsewhere"),
        (svg('<image href="https://example.org/x.png"/>'), "elsewhere"),
        (svg('<image href="data:image/svg+xml;base64,AAAA"/>'), "elsewhere"),
        (svg("<style>@import 'https://example.org'</style>"), "elsewhere"),
        (svg('<rect style="fill:url( https://example.org )"/>'), "elsewhere"),
        (svg('<set attributeName="href" to="javascript:alert(1)"/>'), "elsewhere"),
        (b'<!DOCTYPE svg [<!ENTITY a "b">]>' + svg(), "DOCTYPE"),
        (b'<?xml-stylesheet href="x.css"?>' + svg(), "DOCTYPE"),
        (svg().decode().encode("utf-16"), "neither"),
    ],
)
def test_what_could_run_or_fetch_is_no_logo(content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "x.svg").write_bytes(content)
    with pytest.raises(RequestError, match=said) as error:
        letterhead({"logo": "x.svg"}, tmp_path)
    assert "\n" not in str(error.value)
    # The same in a record that somebody else wrote.
    logo = {"type": "image/png", "data": base64.b64encode(content).decode()}
    with pytest.raises(RequestError, match=said):
        render({**record(), "report": {"logo": logo}}, charts="none")


def test_a_large_logo_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(png() + b"\0" * LARGEST_LOGO)
    with pytest.raises(RequestError, match="more than 100,000 bytes"):
        letterhead({"logo": "x.png"}, tmp_path)
    data = base64.b64encode(png() + b"\0" * LARGEST_LOGO).decode()
    with pytest.raises(RequestError, match="100,000 bytes"):
        render({**record(), "report": {"logo": {"type": "image/png", "data": data}}}, charts="none")
    with pytest.raises(RequestError, match="base64"):
        render({**record(), "report": {"logo": {"type": "image/png", "data": "<>"}}}, charts="none")
