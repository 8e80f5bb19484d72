"""Measure HTML reports in Chromium: size, requests, first paint, axe, a phone's width, scripts off.

    python benchmarks/reports.py audit.json [other.html ...]

Renders the record in its three forms and measures each beside any other report that is named,
such as those of other tools, made from the same table. Needs the test dependencies and Chromium.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import auditkit

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
AXE = "(tags) => axe.run(document, { runOnly: tags, resultTypes: ['violations'] })"
ARGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def axe_script() -> str:
    """Return the script of axe-core, which a package for tests carries."""
    found = find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        sys.exit("axe-playwright-python is not installed")
    return (Path(found.origin).parent / "axe.min.js").read_text("utf-8")


def opened(browser: Any, path: Path, **look: Any) -> tuple[Any, list[str]]:
    """Open a report in a context of its own; return the page and what it asked for."""
    context = browser.new_context(bypass_csp=True, **look)
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.resolve().as_uri())
    page.wait_for_timeout(1_500)
    return page, asked


def measure(browser: Any, path: Path, axe: str) -> dict[str, Any]:
    """Return the measures of one report."""
    paints = []
    for _ in range(3):
        page, asked = opened(browser, path)
        paints.append(page.evaluate(PAINT))
        page.context.close()
    outside = [url for url in asked if not url.startswith(("file:", "data:", "blob:"))]
    known = [paint for paint in paints if paint is not None]
    findings = set()
    for scheme in ("light", "dark"):
        page, _ = opened(browser, path, color_scheme=scheme)
        page.evaluate(axe)
        findings |= {item["id"] for item in page.evaluate(AXE, TAGS)["violations"]}
        page.context.close()
    page, _ = opened(browser, path, viewport={"width": 375, "height": 800})
    width = page.evaluate("() => document.documentElement.scrollWidth")
    page.context.close()
    page, _ = opened(browser, path, java_script_enabled=False)
    text = len(page.inner_text("body"))
    page.context.close()
    return {
        "KB": round(path.stat().st_size / 1000),
        "requests": len(outside),
        "first paint, ms": round(statistics.median(known)) if known else "never",
        "axe rules broken": len(findings),
        "width at 375": width,
        "characters, scripts off": text,
    }


def main() -> None:
    """Measure the reports that are named."""
    from playwright.sync_api import sync_playwright

    record, others = sys.argv[1], [Path(name) for name in sys.argv[2:]]
    axe, audit = axe_script(), auditkit.Audit.read(record)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        paths = []
        for kind in ("interactive", "static", "none"):
            paths.append(Path(folder) / f"auditkit-{kind}.html")
            audit.write_html(paths[-1], charts=kind)
        browser = play.chromium.launch(executable_path=chromium, args=ARGS)
        heads: list[str] = []
        for path in paths + others:
            row = measure(browser, path, axe)
            if not heads:
                heads = ["report", *row]
                print(" | ".join(heads))
            print(" | ".join([path.stem, *map(str, row.values())]), flush=True)
        browser.close()


if __name__ == "__main__":
    main()
