"""The language of the fixed texts: every one has an entry; nothing from the record is touched."""

from __future__ import annotations

import importlib.util
import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from report_fixture import record
from report_page import Page

from auditkit.errors import RequestError
from auditkit.report import language, render, text

Main = Callable[..., tuple[int, str, str]]
ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def said() -> dict[str, str]:
    spec = importlib.util.spec_from_file_location("catalogue", ROOT / "scripts" / "catalogue.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    found: dict[str, str] = script.texts()
    return found


@pytest.fixture(scope="module")
def german() -> str:
    return render(record(), charts="static", language="de")


def test_every_fixed_text_has_an_entry_in_the_catalogue(said: dict[str, str]) -> None:
    assert len(said) > 800
    there = language.catalogue("de").texts
    assert [text for text in said if not there.get(text)] == []
    assert [text for text in there if text not in said] == []


def test_no_text_of_ours_bypasses_the_catalogue(
    said: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A language that puts every text in brackets, and names from the record in others: what is
    # outside both was written past the catalogue.
    folder = tmp_path / "languages"
    folder.mkdir()
    lines = [f"{json.dumps(s)} = {json.dumps(f'[[{s}]]')}\n" for s in said]
    (folder / "xx.toml").write_text("".join(lines), "utf-8")
    real = language.Verbatim
    monkeypatch.setattr(text, "Verbatim", lambda source: real(f"<<{source}>>"))
    page = Page(render(record(), charts="static", language="xx", template=tmp_path))
    joined = " ".join(page.pieces)
    before = ""
    while joined != before:
        before = joined
        joined = re.sub(r"\[\[[^\[\]<>]*\]\]|<<[^\[\]<>]*>>", " ", joined)
    words = set(re.findall(r"[A-Za-zŷ]{3,}", joined))
    defined = " ".join(f"{m.formula} {m.reference}" for m in _metrics())
    ours = {word for word in words if word not in defined} - {"auditkit", "UTC"}
    assert ours == set()


def _metrics() -> list[Any]:
    from auditkit.metrics import METRICS

    return list(METRICS.values())


def test_a_page_in_german(german: str) -> None:
    page = Page(german)
    assert page.all("html")[0]["lang"] == "de"
    assert "<h1>Prüfung von hiring.csv</h1>" in german
    assert '<h2 id="findings-title">Befunde</h2>' in german
    told = page.text
    for here in (
        "Alle Fragen auf einen Blick", "Was keine Zahl hier zeigen kann", "Eine Faustregel",
        "wie sie verzeichnet wurden, auf Englisch", "(fehlt)", "nicht berechenbar",
        "Zu den Befunden springen", "Keine Rechtsberatung",
    ):  # fmt: skip
        assert here in told, here
    for gone in ("All questions", "Base rate", "not computable", "Skip to", "Copy as CSV"):
        assert gone not in told, gone
    assert "Als CSV kopieren" in german  # a word of the script's
    assert "Gleiche Auswahl" in german


def test_sentences_of_findings_are_as_recorded_and_marked(german: str) -> None:
    found = record()["findings"][0]
    heads = [a for tag, a in Page(german).elements if tag == "h4" and a.get("lang")]
    assert {a["lang"] for a in heads} == {"en"}
    assert len(heads) == len(record()["findings"])
    assert found["title"] in Page(german).text


FRAMEWORK: dict[str, Any] = {
    "framework": "house", "title": "House rules", "jurisdiction": "our house",
    "as_of": "2026-11-01", "status": "agreed upon", "summary": "rates, and who signed",
    "fields": {"signed_by": "the council", "seen_by": None}, "titles": {"signed_by": "Signed by"},
    "blanks": [
        {"field": "seen_by", "title": "Seen by", "by": "x", "required": True, "text": "TO BE SEEN"}
    ],
    "tables": [
        {"id": "W1", "title": "Rates", "kind": "group_rates", "rows": [], "reason": "nobody"},
        {"id": "W2", "title": "A list", "kind": "checklist", "notes": ["see above"], "rows": [
            {"item": "Where from", "requirement": "say it", "state": "filled", "found": "a file"}
        ]},
    ],
    "sentences": [{"text": "Women are hired less.", "limits": "It does not say why."}],
    "notes": ["one note"], "limits": ["one limit"],
    "citations": [{"text": "the house law", "checked": True, "url": None}],
}  # fmt: skip
OF_THE_PACK = (
    "House rules", "our house", "agreed upon", "rates, and who signed", "Signed by", "Seen by",
    "TO BE SEEN", "Rates: nobody.", "A list", "see above", "Where from", "say it",
    "one note", "one limit", "the house law",
)  # fmt: skip
OURS = ("Women are hired less.", "It does not say why.", "filled", "a file", "no part of it")


def _spoken(html: str, text: str) -> set[str]:
    """Return the languages of the elements that hold a text and nothing else."""
    found = re.findall(rf"<[^>]*?(?:lang=\"(\w+)\")?>{re.escape(text)}(?=[<\n])", html)
    assert found, text
    return set(found)


@pytest.mark.parametrize("shipped", [True, False])
def test_texts_of_frameworks_are_marked_where_they_are_english(shipped: bool) -> None:
    there = record(compliance=[FRAMEWORK | {"pack": {"shipped": shipped}}])
    german = render(there, charts="static", language="de")
    assert {lang for text in OURS for lang in _spoken(german, text)} == {"en"}
    # Nobody knows the language of a pack of one's own.
    marked = {lang for text in OF_THE_PACK for lang in _spoken(german, text)}
    assert marked == ({"en"} if shipped else {""})
    assert _spoken(german, "the council") == {""}
    english = render(there, charts="static")
    assert {a["lang"] for _, a in Page(english).elements if a.get("lang")} == {"en"}
    assert len([a for _, a in Page(english).elements if a.get("lang")]) == 1


def test_reasons_are_marked_and_names_are_not() -> None:
    german = render(record(), charts="static", language="de")
    for reason in ("nobody to divide by", "repeats the label", "the label is missing"):
        assert _spoken(german, reason) == {"en"}, reason
    assert _spoken(german, "Female") == {""}


def test_numbers_are_the_same_in_every_language(german: str) -> None:
    def numbers(html: str) -> Counter[str]:
        said = re.sub(r"<script.*?</script>|<style.*?</style>", "", html, flags=re.DOTALL)
        return Counter(re.findall(r"\d[\d,]*\.\d+(?: %)?", " ".join(Page(said).pieces)))

    assert numbers(german) == numbers(render(record(), charts="static"))


def test_names_that_are_words_of_ours_stay_names() -> None:
    # Each of these is a text of the catalogue: as a name it is a name.
    names = {"gender": "Group", "Female": "Pass", "race": "Rate", "Black": "none", "label": "Label"}
    page = Page(render(record(names), charts="static", language="de"))
    told = page.text
    for name in ("Pass", "none", "Group", "Rate"):
        assert re.search(rf"\b{name}\b", told), name
    assert "Rate × Group" in told or "Group × Rate" in told
    assert "Pass × none" in told or "none × Pass" in told


def test_english_is_untouched_by_the_catalogue() -> None:
    assert render(record(), charts="none", language="en") == render(record(), charts="none")


def test_the_language_of_the_record_and_the_word_that_wins() -> None:
    there = {**record(), "report": {"language": "de"}}
    assert render(there, charts="none") == render(there, charts="none", language="de")
    assert 'lang="en"' in render(there, charts="none", language="en")[:40]


def test_the_command_line(
    tmp_path: Path, auditkit_main: Main, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("data.csv").write_text("sex,hired\n" + "F,1\nM,0\nM,1\nF,0\n" * 20)
    ask = ("profile", "data.csv", "--label", "hired", "--protected", "sex", "-q")
    code, _, err = auditkit_main(*ask, "--json", "r.json", "-o", "r.html", "--language", "de")
    assert code == 0, err
    german = Path("r.html").read_text("utf-8")
    assert '<html lang="de">' in german
    assert json.loads(Path("r.json").read_text("utf-8"))["report"] == {"language": "de"}
    assert auditkit_main("report", "r.json", "-o", "again.html")[0] == 0
    assert Path("again.html").read_text("utf-8") == german
    assert auditkit_main("report", "r.json", "-o", "en.html", "--language", "en")[0] == 0
    assert '<html lang="en">' in Path("en.html").read_text("utf-8")
    for command in ((*ask, "-o", "x.html"), ("report", "r.json", "-o", "x.html")):
        code, out, err = auditkit_main(*command, "--language", "tlh")
        assert (code, out) == (2, "")
        assert err.count("\n") == 1
        assert "'tlh'; there are 'de', 'en'" in err.replace("language tlh", "language 'tlh'")
        assert not Path("x.html").exists()


def test_a_catalogue_of_ones_own(tmp_path: Path) -> None:
    folder = tmp_path / "languages"
    folder.mkdir()
    (folder / "fr.toml").write_text('"Findings" = "Constats"\n"Group" = ""\n', "utf-8")
    html = render(record(), charts="none", language="fr", template=tmp_path)
    assert '<html lang="fr">' in html
    assert ">Constats</h2>" in html
    assert ">Group" in html  # what is empty, or not there, stays English


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('"{n} more" = "encore {m}"', "the gaps in {} of {n} more"),
        ('"{n} more" = "encore"', "the gaps"),
        ('"{n} more" = "{n!r} {n}"', "the gaps"),
        ('"{n} more" = "{n.__class__} {n}"', "the gaps"),
        ('"{n} more" = "{n:>9999999}"', "the gaps"),
        ('"{n} more" = "{n"', "the gaps"),
        ('"Findings" = 3', "is not a text"),
        ('"Findings" = ', "catalogue fr.toml: "),
    ],
)
def test_a_catalogue_at_fault_is_said_in_one_line(tmp_path: Path, written: str, said: str) -> None:
    folder = tmp_path / "languages"
    folder.mkdir()
    (folder / "fr.toml").write_text(written, "utf-8")
    with pytest.raises(RequestError, match=re.escape(said)) as error:
        render(record(), charts="none", language="fr", template=tmp_path)
    assert "\n" not in str(error.value)


def test_markup_in_a_catalogue_is_text(tmp_path: Path) -> None:
    folder = tmp_path / "languages"
    folder.mkdir()
    lines = ['"Findings" = "<script>1</script>"', '"Copy as CSV" = "</script><script>1</script>"']
    (folder / "fr.toml").write_text("\n".join(lines), "utf-8")
    html = render(record(), charts="none", language="fr", template=tmp_path)
    assert "<script>1" not in html
    assert "&lt;script&gt;1&lt;/script&gt;" in html
