"""Templates of the user's: they stand in for parts, and can do no more than print."""

from __future__ import annotations

import errno
import sys
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

import pytest
from conftest import Run
from report_fixture import record
from report_page import Page

import auditkit
from auditkit.errors import RequestError
from auditkit.report import compiled, render


def made(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        place = folder / name.replace("__", "/").replace("_html", ".html").replace("_css", ".css")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8")
    return folder


def test_a_file_stands_in_for_the_part_of_its_name(tmp_path: Path) -> None:
    own = made(tmp_path, parts__note_html='<p class="note">OURS: {{ block.text }}</p>\n')
    html = render(record(representation=[]), charts="static", template=own)
    assert "OURS: Not asked for." in html
    assert "<h1>" in html


def test_a_style_sheet_of_ones_own(tmp_path: Path) -> None:
    html = render(record(), charts="none", template=made(tmp_path, report_css="h1 { color: teal }"))
    assert "<style>h1{color:teal}</style>" in html


def test_a_style_sheet_of_ones_own_has_the_last_word(tmp_path: Path) -> None:
    own = made(tmp_path, report_css=".plot { color: teal }")
    html = render(record(), charts="static", template=own)
    style = html[html.index("<style>") : html.index("</style>")]
    assert style.index(".plot{position:") < style.index(".plot{color:teal}")
    assert style.endswith(".plot{color:teal}")
    own = made(tmp_path, charts_css="/* none */")
    assert ".plot{position:" not in render(record(), charts="static", template=own)


def test_texts_in_a_style_sheet_stay_as_they_are(tmp_path: Path) -> None:
    sheet = """/* a; b */
      p::before { content: "a  ;  b: c /* d */" ;  margin: 0 auto; }
      q::after { content: '; {  }'; width: calc(1px + 2px) }
      a:hover :is(b, c) > i { color: red; }
    """
    html = render(record(), charts="none", template=made(tmp_path, report_css=sheet))
    assert (
        """<style>p::before{content:"a  ;  b: c /* d */";margin:0 auto}"""
        """q::after{content:'; {  }';width:calc(1px + 2px)}"""
        """a:hover :is(b,c) > i{color:red}</style>"""
    ) in html


def test_what_a_template_prints_is_escaped(tmp_path: Path) -> None:
    own = made(tmp_path, parts__note_html="<p>{{ '<script>1</script>' }}</p>")
    html = render(record(representation=[]), charts="static", template=own)
    assert "&lt;script&gt;1&lt;/script&gt;" in html
    assert len([a for a, _ in Page(html).scripts if not a]) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ block.text | safe }}", "safe"),
        ("{{ block | tojson }}", "tojson"),
        ("{% autoescape false %}{{ block.text }}{% endautoescape %}", "turn escaping off"),
        ("{{ block.__class__.__mro__ }}", "unsafe|undefined"),
        ("{{ ''.__class__.__base__.__subclasses__() }}", "unsafe|undefined"),
        ("{% for i in range(99999999) %}{% endfor %}", "(?i)range"),
        ("{{ nothing_of_that_name }}", "undefined"),
        ("{% if %}", "line 1"),
        ("{% include '../../../etc/passwd' %}", "passwd"),
    ],
)
def test_a_template_cannot_do_more(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(RequestError, match=said) as error:
        render(record(representation=[]), template=made(tmp_path, parts__note_html=text))
    assert "\n" not in str(error.value)


def test_a_folder_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="no such folder of templates"):
        render(record(), template=tmp_path / "no")


def test_the_command_takes_a_folder(auditkit_cli: Run, tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("sex,hired\n" + "F,1\nM,0\nM,1\nF,0\n" * 20)
    (tmp_path / "own").mkdir()
    own = made(tmp_path / "own", report_css="h1 { color: teal }")
    done = auditkit_cli(
        "profile", "data.csv", "--label", "hired", "--protected", "sex", "-o", "r.html",
        "--charts", "none", "--template", own, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "h1{color:teal}" in (tmp_path / "r.html").read_text("utf-8")


def test_an_audit_shows_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    import webbrowser

    import pandas as pd

    frame = pd.DataFrame({"sex": ["F", "M"] * 40, "hired": [0, 1, 1, 1] * 20})
    data = auditkit.load(frame, label="hired", protected=["sex"])
    audit = auditkit.audit(data, model="none")
    page = Page(audit._repr_html_())
    frame_of: dict[str, Any] = page.all("iframe")[0]
    assert frame_of["sandbox"] == "allow-scripts"
    assert frame_of["srcdoc"] == audit.to_html(charts="static")
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    place = audit.show(charts="none")
    assert opened == [place.as_uri()]
    assert place.read_text("utf-8") == audit.to_html(charts="none")
    place.unlink()
    place.parent.rmdir()


@pytest.fixture
def kept_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder in which compiled templates are kept, an empty one."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path))
    folder = Path(cache_from_source(compiled.__file__)).parent
    folder.mkdir(parents=True)
    return folder


def test_compiled_templates_are_kept_and_a_broken_one_is_made_anew(kept_in: Path) -> None:
    page = render(record(), charts="none")
    kept = sorted(kept_in.iterdir())
    assert len(kept) >= 5
    assert render(record(), charts="none") == page
    whole = [path.read_bytes() for path in kept]
    for path, text in zip(kept, (b"", whole[1][:20], whole[2][:-9], b"x" * 400), strict=False):
        path.write_bytes(text)
    assert render(record(), charts="none") == page
    assert sorted(kept_in.iterdir()) == kept
    assert [path.read_bytes() for path in kept] == whole


@pytest.mark.parametrize("fault", ["disk", "asked", "folder"])
def test_a_report_is_made_where_nothing_can_be_kept(
    kept_in: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    if fault == "disk":
        monkeypatch.setattr("tempfile.NamedTemporaryFile", full)
    elif fault == "asked":
        monkeypatch.setattr(sys, "dont_write_bytecode", True)
    else:
        kept_in.rmdir()
    assert "<h1>" in render(record(), charts="none")
    assert not kept_in.is_dir() or not list(kept_in.iterdir())


def test_templates_of_ones_own_are_not_kept(kept_in: Path, tmp_path: Path) -> None:
    own = made(tmp_path / "own", report_css="h1 { color: teal }")
    render(record(), charts="none", template=own)
    assert not list(kept_in.iterdir())
