"""The report for everyone: no finding of axe-core, in light and dark, from 320 to 1280 px."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest
from report_browser import Open
from report_fixture import record
from report_pictures import picture_page

from auditkit.report import render

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = "(tags) => axe.run(document, { runOnly: tags, resultTypes: ['violations'] })"
OPEN = "all => all.forEach((part) => { part.open = true; })"


@pytest.fixture(scope="module")
def axe() -> str:
    """Return the script of axe-core, which a package for tests carries."""
    found = importlib.util.find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        if os.environ.get("CI"):
            pytest.fail("axe-playwright-python is not installed, and CI must run these tests")
        pytest.skip("axe-playwright-python is not installed")
    return (Path(found.origin).parent / "axe.min.js").read_text("utf-8")


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return two reports: an audit with a what-if, and one with a picture of every kind."""
    folder = tmp_path_factory.mktemp("axe")
    with pytest.MonkeyPatch.context() as patch:
        pages = {"pictures": picture_page(patch, charts=False)}
    pages["audit"] = render(record(), charts="static")
    for name, html in pages.items():
        (folder / f"{name}.html").write_text(html, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in pages}


@pytest.mark.parametrize("width", [320, 768, 1280])
@pytest.mark.parametrize("name", ["audit", "pictures"])
def test_axe_finds_nothing(
    visit: Open, reports: dict[str, Path], axe: str, name: str, width: int
) -> None:
    """Each page in each width, and in both schemes; all twelve are in benchmarks/reports.py."""
    scheme = "light" if (width == 768) == (name == "pictures") else "dark"
    look = {"width": width, "color_scheme": scheme, "bypass_csp": True, "wait": False}
    with visit(reports[name], **look) as seen:
        seen.page.wait_for_selector("#whatif table")
        seen.page.check("#whatif-each")
        seen.page.locator("#findings details, .contents details").evaluate_all(OPEN)
        seen.page.evaluate(axe)
        found = seen.page.evaluate(RUN, RULES)
        said = [(item["id"], item["nodes"][0]["html"][:200]) for item in found["violations"]]
        assert said == []


def test_axe_would_find_something(visit: Open, reports: dict[str, Path], axe: str) -> None:
    with visit(reports["audit"], bypass_csp=True, wait=False) as seen:
        seen.page.evaluate("() => document.documentElement.removeAttribute('lang')")
        seen.page.evaluate(axe)
        found = seen.page.evaluate(RUN, RULES)
        assert "html-has-lang" in {item["id"] for item in found["violations"]}
