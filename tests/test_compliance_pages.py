"""Pages to hand over: the published summary and the EU pack, in a browser and on paper."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from report_browser import Open

import auditkit
from auditkit.disclosure import public_record
from auditkit.report.publication import render_summary

pytestmark = pytest.mark.usefixtures("fitted_once")

PAPER, LEAF = 718, 960  # CSS pixels between the margins of an A4 page
PEOPLE = {"Persons", "People"}
NUMBER = re.compile(r"(?<![\d.])\d+(\.\d+(?![.\d])| ?%)")
SIZE = re.compile(r"\b(people|persons|rows)\b")
TABLES = """scope => [...document.querySelectorAll(scope + ' table')].map(table => ({
  caption: table.caption.innerText,
  checklist: !!table.closest('.checklist'),
  heads: [...table.tHead.rows[0].cells].map(c => c.innerText.trim()),
  right: table.getBoundingClientRect().right,
  rows: [...table.tBodies].flatMap(body => [...body.rows])
    .filter(row => !row.classList.contains('heading'))
    .map(row => [...row.cells].map(c => ({text: c.innerText.trim(),
      number: c.tagName === 'TD' && c.className === '', blank: c.classList.contains('blank')}))),
}))"""

CLIPPED = """scope => [...document.querySelectorAll(scope + ' .scroll')]
  .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.innerText.slice(0, 60))"""


def sample(folder: Path) -> Any:
    return auditkit.load(folder / "hiring.toml")


def resumes(folder: Path) -> Any:
    return auditkit.load(
        folder / "resume_audit.csv", label="received_callback", positive="1",
        protected=["race", "gender"], ignore=["firstname"],
    )  # fmt: skip


def utrecht(folder: Path) -> Any:
    return auditkit.load(
        folder / "recruitment_utrecht.csv", label="decision", positive="True",
        protected=["gender", "nationality"], strata="company",
    )  # fmt: skip


@pytest.fixture(scope="module", params=[sample, resumes, utrecht], ids=lambda made: made.__name__)
def pages(
    request: pytest.FixtureRequest, sample_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """Return the summary for the public, and a report with the EU pack, of one data set."""
    made: Callable[[Path], Any] = request.param
    folder = sample_data if made is sample else request.getfixturevalue("shared_data")
    record = auditkit.profile(made(folder), frameworks=["nyc_ll144", "eu_ai_act"]).to_dict()
    place = tmp_path_factory.mktemp("pages")
    summary, report = place / "summary.html", place / "report.html"
    summary.write_text(render_summary(public_record(record)), "utf-8")
    report.write_text(auditkit.render(record, charts="none"), "utf-8")
    return summary, report


def each_number_has_its_n(table: Any) -> None:
    where = [i for i, head in enumerate(table["heads"]) if head in PEOPLE]
    for row in table["rows"]:
        texts = [cell["text"] for cell in row]
        assert all(texts), ("an empty cell", table["caption"], texts)
        if table["checklist"]:
            for clause in texts[3].split(";"):  # what auditkit can say
                assert not NUMBER.search(clause) or SIZE.search(clause), clause
        elif any(cell["number"] for cell in row):
            assert where, ("no column with n", table["caption"], table["heads"])
            n = texts[where[0]]
            assert n == "masked" or n.replace(",", "").isdigit(), (table["caption"], texts)
            if n == "masked":
                numbers = [cell["text"] for cell in row if cell["number"]]
                assert not numbers, ("numbers without n", table["caption"], texts)


def test_the_summary_and_the_eu_pack_in_a_browser(pages: tuple[Path, Path], visit: Open) -> None:
    for path, scope in ((pages[0], "main"), (pages[1], "#frameworks")):
        with visit(path, wait=False) as seen:
            page = seen.page
            page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
            tables = page.evaluate(TABLES, scope)
            assert len(tables) >= 2
            for table in tables:
                each_number_has_its_n(table)
            answers = page.locator(f"{scope} dd").all_inner_texts()
            assert all(text.strip() for text in answers)
            for said in page.locator("[id$=-words] li").all_inner_texts():
                assert "%" not in said or re.search(r"[\d,]+ of [\d,]+", said), said
            # Nothing is cut off, on the screen or on paper.
            assert page.evaluate(CLIPPED, scope) == []
            page.emulate_media(media="print")
            page.set_viewport_size({"width": PAPER, "height": 900})
            for table in page.evaluate(TABLES, scope):
                assert table["right"] <= PAPER + 1, (table["caption"], table["right"])
            leaves = len(
                re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4", prefer_css_page_size=True))
            )
            height = page.evaluate("document.documentElement.scrollHeight")
            assert 1 < leaves < 3 + 1.4 * height / LEAF, "no empty leaves"
            assert seen.said == []


def test_blanks_are_marked_and_only_those_that_people_fill(
    pages: tuple[Path, Path], visit: Open
) -> None:
    with visit(pages[1], wait=False) as seen:
        tables = [t for t in seen.page.evaluate(TABLES, "#frameworks") if t["checklist"]]
        assert len(tables) == 3
        for row in (row for table in tables for row in table["rows"]):
            item, _, state, found, people = row
            assert state["text"] in {"filled", "partly", "to be completed"}
            assert people["blank"] == people["text"].startswith("TO BE COMPLETED BY: ")
            assert people["blank"] == (state["text"] != "filled"), item
            if state["text"] == "filled":
                assert found["text"] != "nothing in the data", item
    with visit(pages[0], wait=False) as seen:
        facts = seen.page.locator("main dl > div").all_inner_texts()
        for fact in facts:
            blank = "TO BE COMPLETED BY: " in fact
            assert blank != fact.startswith(("Persons assessed", "File")), fact
