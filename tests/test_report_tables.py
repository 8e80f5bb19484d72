"""Tables in the page: sorted, narrowed and copied by a script, without which they are whole."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from report_browser import Open
from report_fixture import record
from report_page import Page

from auditkit.report import render

TABLE = "label-gaps-base-rate-table"
KEEP = "() => { navigator.clipboard.writeText = async (text) => { window.__copied = text; }; }"
OPEN = "() => document.querySelectorAll('details').forEach((part) => { part.open = true; })"


@pytest.fixture(scope="module")
def page_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tables") / "report.html"
    path.write_text(render(record({"Female": "=1+1"}), charts="static"), encoding="utf-8")
    return path


def ids(path: Path) -> list[str]:
    page = Page(path.read_text("utf-8"))
    return [str(a["id"]) for _, a in page.elements if str(a.get("class")).startswith("table")]


def cells(page: Any, table: str, column: int) -> list[str]:
    code = f"[...document.querySelectorAll('#{table} tbody tr:not(.heading, .off)')]"
    return list(
        page.evaluate(f"{code}.map((row) => row.cells[{column}].firstChild.textContent.trim())")
    )


def test_sorting_by_mouse_and_keyboard(visit: Open, page_path: Path) -> None:
    with visit(page_path, wait=False) as seen:
        page = seen.page
        page.evaluate(
            "() => document.querySelectorAll('details').forEach((d) => { d.open = true; })"
        )
        heads = page.locator(f"#{TABLE} thead th")
        before = cells(page, TABLE, 0)
        groups = page.evaluate(
            f"[...document.querySelectorAll('#{TABLE} tbody')].map((b) => b.rows.length - 1)"
        )
        assert len(before) == sum(groups)
        heads.nth(1).locator("button").click()
        assert heads.nth(1).get_attribute("aria-sort") == "ascending"
        found = cells(page, TABLE, 1)
        start = 0
        for size in groups:  # rows stay under their heading
            part = [text.replace("\N{MINUS SIGN}", "-") for text in found[start : start + size]]
            known = [float(text) for text in part if text != "not computable"]
            assert known == sorted(known)
            assert part[len(known) :] == ["not computable"] * (size - len(known))
            start += size
        heads.nth(1).locator("button").press("Enter")
        assert heads.nth(1).get_attribute("aria-sort") == "descending"
        heads.nth(2).locator("button").press("Space")
        assert heads.nth(1).get_attribute("aria-sort") is None
        assert heads.nth(2).get_attribute("aria-sort") == "ascending"
        for _ in range(2):
            heads.nth(2).locator("button").press("Enter")
        assert heads.nth(2).get_attribute("aria-sort") is None
        assert cells(page, TABLE, 0) == before
        assert seen.said == []
        assert seen.asked == [page_path.as_uri()]


def test_narrowing_and_copying(visit: Open, page_path: Path) -> None:
    with visit(page_path, wait=False) as seen:
        page = seen.page
        page.evaluate(KEEP)
        page.evaluate(
            "() => document.querySelectorAll('details').forEach((d) => { d.open = true; })"
        )
        whole = len(cells(page, TABLE, 0))
        page.fill(f"#{TABLE}-search", "white 1+1")
        kept = cells(page, TABLE, 0)
        assert 0 < len(kept) < whole
        assert all("White" in name or "1+1" in name for name in kept)
        assert page.inner_text(f"#{TABLE} .tools [role=status]") == f"{len(kept)} of {whole} rows"
        page.fill(f"#{TABLE}-search", "")
        page.select_option(f"#{TABLE}-under", index=1)
        part = cells(page, TABLE, 0)
        assert 0 < len(part) < whole
        page.locator(f"#{TABLE} .tools button").click()
        page.wait_for_function("() => window.__copied")
        copied = page.evaluate("() => window.__copied")
        rows = list(csv.reader(io.StringIO(copied)))
        assert len(rows) == len(part) + 1
        assert len({len(row) for row in rows}) == 1
        assert rows[0][:3] == ["Part of the table", "Group", "Difference, points"]
        column = [row[2] for row in rows[1:]]
        assert any(text.startswith("-") for text in column)  # a number stays a number
        names = [row[1] for row in rows[1:]]
        assert "'=1+1" in names
        assert not [v for row in rows for v in row if v.startswith(("=", "@", "+"))]


def test_findings_are_narrowed_together(visit: Open, page_path: Path) -> None:
    with visit(page_path, wait=False) as seen:
        page = seen.page
        every = page.locator(".card").count()
        page.select_option("#findings-word", label="Flag")
        shown = page.locator(".card:visible")
        assert 0 < shown.count() < every
        assert page.locator(".card.flag").count() == shown.count()
        rows = page.locator("#findings-table tbody tr:visible")
        assert rows.count() == shown.count()
        said = page.inner_text("#findings > .tools [role=status]")
        assert said == f"{shown.count()} of {every} findings are shown"
        # A link to one that is not shown brings all of them back.
        hidden = page.locator(".card.pass, .card.note, .card.inconclusive").first.get_attribute(
            "id"
        )
        page.evaluate(f"() => {{ location.hash = {hidden!r}; }}")
        page.wait_for_function("() => !document.querySelector('.card.off')")
        assert page.locator(".card:visible").count() == every


def test_printing_shows_what_is_narrowed_away(visit: Open, page_path: Path) -> None:
    with visit(page_path, wait=False) as seen:
        page = seen.page
        page.select_option("#findings-word", label="Flag")
        page.emulate_media(media="print")
        assert page.locator(".card:visible").count() == page.locator(".card").count()
        assert page.locator(".tools:visible").count() == 0


def test_without_scripts_tables_are_whole_and_have_no_tools(page_path: Path) -> None:
    page = Page(page_path.read_text("utf-8"))
    assert not [a for _, a in page.elements if "tools" in str(a.get("class"))]
    assert not [tag for tag, _ in page.elements if tag in {"button", "select", "input"}]
    assert len(ids(page_path)) > 10
