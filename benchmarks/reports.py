"""Measure HTML reports of one table in Chromium, beside those of other tools, in the same run.

    python benchmarks/reports.py [audit.json TABLE.csv] [--no-peers] [other.html ...]

Without a record it audits the sample. Renders the record with and without charts, has skrub,
ydata-profiling, evidently and dalex write their reports of the same table in environments of their
own (see peers.py), and prints a table. Needs the test dependencies and Chromium.
"""

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import peers

import auditkit

HERE = Path(__file__).resolve().parent
SAMPLE = HERE.parent / "sample_data"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
AXE = "(tags) => axe.run(document, { runOnly: tags, resultTypes: ['violations'] })"
ARGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WIDTHS = (320, 375, 640, 768, 1024, 1280)
"""Widths that axe sees, each in light and dark; 640 is 1280 at 200 % zoom."""

TOOLS = ("skrub", "ydata", "evidently", "dalex")
PAINTS = 3
READY = 700
"""Milliseconds that a page is left alone after it has loaded."""


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
    page.wait_for_timeout(READY)
    return page, asked


def accessibility(browser: Any, path: Path, axe: str) -> str:
    """Return the rules that axe finds broken in 12 settings, and the places in the worst."""
    rules, places = set(), 0
    page, _ = opened(browser, path)
    page.evaluate(axe)
    for width in WIDTHS:
        for scheme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme)
            found = page.evaluate(AXE, TAGS)["violations"]
            rules |= {item["id"] for item in found}
            places = max(places, sum(len(item["nodes"]) for item in found))
    page.context.close()
    return f"{len(rules)} at {places} places" if rules else "0"


def measure(browser: Any, path: Path, axe: str) -> dict[str, Any]:
    """Return the measures of one report but for its first paint."""
    page, asked = opened(browser, path)
    outside = [url for url in asked if not url.startswith(("file:", "data:", "blob:"))]
    page.context.close()
    page, _ = opened(browser, path, viewport={"width": 375, "height": 800})
    width = page.evaluate("() => document.documentElement.scrollWidth")
    page.context.close()
    page, _ = opened(browser, path, java_script_enabled=False)
    text = len(re.sub(r"\s+", " ", page.inner_text("body")))
    page.context.close()
    return {
        "requests": len(outside),
        "axe: rules broken in 12 settings": accessibility(browser, path, axe),
        "width at 375": width,
        "letters, scripts off": f"{text:,}",
    }


def paints(browser: Any, paths: list[Path]) -> dict[Path, str]:
    """Return first paints: medians of rounds through all reports, so a busy moment hits all."""
    found: dict[Path, list[float]] = {path: [] for path in paths}
    for _ in range(PAINTS):
        for path in paths:
            page, _ = opened(browser, path)
            with suppress(Exception):  # nothing was painted
                page.wait_for_function(f"({PAINT})() !== null", timeout=8_000)
            at = page.evaluate(PAINT)
            found[path] += [] if at is None else [at]
            page.context.close()
    return {
        path: str(round(statistics.median(times))) if times else "never"
        for path, times in found.items()
    }


def others(table: Path, folder: Path) -> dict[Path, str]:
    """Have each tool write its report of the table; return the files and what they are called."""
    made: dict[Path, str] = {}
    for tool in TOOLS:
        target = folder / f"{tool}.html"
        try:
            # -P: modules of this folder would stand in for installed ones of the same name.
            command = [peers.python_of(tool), "-P", HERE / "report_worker.py", tool, table, target]
            done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=900)
            made[target] = done.stdout.strip().splitlines()[-1]
        except (peers.PeerError, OSError, subprocess.SubprocessError) as error:
            said = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
            print(f"{tool}: not measured: {said[-1] if said else error}", file=sys.stderr)
    return made


def own(audit: auditkit.Audit, folder: Path) -> dict[Path, str]:
    """Render the record in its forms; return the files and what they are called."""
    looks = {
        "auditkit": {"charts": "interactive"},
        "auditkit, without charts": {"charts": "none"},
    }
    made = {}
    for number, (name, look) in enumerate(looks.items()):
        path = folder / f"auditkit-{number}.html"
        audit.write_html(path, **look)
        made[path] = name
    return made


def sampled(folder: Path) -> tuple[auditkit.Audit, Path]:
    """Return an audit of the sample, and its table."""
    record = folder / "audit.json"
    command = [sys.executable, "-m", "auditkit", "audit", SAMPLE / "hiring.toml", "--json", record]
    subprocess.run([*command, "-q"], check=True)
    return auditkit.Audit.read(record), SAMPLE / "hiring.csv"


def main() -> None:
    """Measure the reports, and print a table in Markdown."""
    from playwright.sync_api import sync_playwright

    named = [word for word in sys.argv[1:] if not word.startswith("--")]
    records = [word for word in named if word.endswith(".json")]
    tables = [Path(word) for word in named if word.endswith((".csv", ".csv.gz"))]
    axe = axe_script()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as play:
        folder = Path(name)
        if records and tables:
            audit, table = auditkit.Audit.read(records[0]), tables[0]
        else:
            audit, table = sampled(folder)
        files = own(audit, folder)
        files |= {} if "--no-peers" in sys.argv else others(table, folder)
        files |= {Path(word): Path(word).stem for word in named if word.endswith(".html")}
        browser = play.chromium.launch(executable_path=chromium, args=ARGS)
        print(f"Chromium {browser.version}, {table.name}\n", flush=True)
        first = paints(browser, list(files))
        for number, (path, title) in enumerate(files.items()):
            size = {"KB": f"{path.stat().st_size / 1000:,.0f}", "first paint, ms": first[path]}
            row = size | measure(browser, path, axe)
            if not number:
                print(f"| report | {' | '.join(row)} |\n|{' --- |' * (len(row) + 1)}")
            print(f"| {title} | {' | '.join(map(str, row.values()))} |", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
