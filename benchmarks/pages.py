"""A report in a browser: first paint, requests, axe, width, and the text without scripts."""

from __future__ import annotations

import re
import shutil
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import clock

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
AXE = "(tags) => axe.run(document, { runOnly: tags, resultTypes: ['violations'] })"
OPEN = "all => all.forEach((part) => { part.open = true; })"
ARGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WIDTHS = (320, 375, 640, 768, 1024, 1280)
"""Widths that axe sees, each in light and dark; 640 is 1280 at 200 % zoom."""

VIEW = {"width": 1280, "height": 800}
READY = 1500
"""Milliseconds that a page is left alone after it has loaded."""

LOOK, UNPAINTED = 250, 10_000
"""Milliseconds between looks for a first paint, and after which a page is said to have none."""

TEXT = """() => {
  const pieces = [], silent = ["SCRIPT", "STYLE", "TEMPLATE", "NOSCRIPT"];
  const walk = (parent) => {
    for (const node of parent.childNodes) {
      if (node.nodeType === Node.TEXT_NODE) pieces.push(node.data);
      if (node.nodeType !== Node.ELEMENT_NODE || silent.includes(node.tagName)) continue;
      if (node.shadowRoot) walk(node.shadowRoot);
      walk(node);
    }
  };
  walk(document.body);
  return pieces.join(" ");
}"""
"""All text of a page, whether shown now or behind a tab."""

NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?")
TRIES = "#what-if"
"""The part of our page that counts out what a reader tries: its numbers are of no record."""

Launch = Callable[[], Any]


def axe_script() -> str:
    """Return the script of axe-core, which a package for tests carries."""
    found = find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        sys.exit("axe-playwright-python is not installed")
    return (Path(found.origin).parent / "axe.min.js").read_text("utf-8")


@contextmanager
def chromium() -> Iterator[Launch]:
    """Yield what starts a Chromium with a profile of its own."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as play:
        yield lambda: play.chromium.launch(executable_path=path, args=ARGS)


def paints(launch: Launch, paths: Sequence[Path], rounds: int) -> dict[Path, list[float]]:
    """Return first contentful paints in milliseconds, of each round through all reports.

    Each load has a browser and a profile of its own and the same window; every second round goes
    backwards, so that a busy moment, or what went before, hits all alike.
    """
    from playwright.sync_api import Error

    found: dict[Path, list[float]] = {path: [] for path in paths}
    for number in range(rounds):
        for path in list(paths)[:: -1 if number % 2 else 1]:
            clock.say(f"first paint, round {number + 1} of {rounds}: {path.stem}")
            browser = launch()
            page = browser.new_page(viewport=VIEW)
            try:
                page.goto(path.resolve().as_uri(), timeout=60_000)
                found[path] += _painted(page)
            except Error as error:
                print(f"{path.stem}: not loaded: {_short(error)}", file=sys.stderr)
            browser.close()
    clock.say("")
    return found


def _painted(page: Any) -> list[float]:
    """Return when a loaded page was first painted, or nothing for a page that never is."""
    for _ in range(UNPAINTED // LOOK):
        page.wait_for_timeout(LOOK)  # the page's policy may forbid to wait inside of it
        at = page.evaluate(PAINT)
        if at is not None:
            return [at]
    return []


def median(times: Sequence[float], rounds: int) -> str:
    """Return the median and the range; what did not always paint has none."""
    if len(times) < rounds:
        return f"painted {len(times)} of {rounds} times"
    return f"{statistics.median(times):.0f} ({min(times):.0f} to {max(times):.0f})"


def measured(browser: Any, path: Path, axe: str) -> dict[str, str]:
    """Return the measures of one report but for its first paint; what fails says so."""
    from playwright.sync_api import Error

    made: dict[str, str] = {}
    works: dict[str, Callable[[], str]] = {
        "requests": lambda: str(_requests(browser, path)),
        "axe: rules broken in 12 settings": lambda: _accessibility(browser, path, axe),
        "width at 375": lambda: str(_width(browser, path)),
    }
    for name, work in works.items():
        clock.say(f"{path.stem}: {name}")
        try:
            made[name] = work()
        except Error as error:
            made[name] = f"not measured: {_short(error)}"
    try:
        made |= _scripts_off(browser, path)
    except Error as error:
        made |= {"letters, scripts off": f"not measured: {_short(error)}", "numbers": ""}
    clock.say("")
    return made


@contextmanager
def _opened(browser: Any, path: Path, **look: Any) -> Iterator[Any]:
    context = browser.new_context(bypass_csp=True, **{"viewport": VIEW, **look})
    context.set_default_timeout(60_000)
    page = context.new_page()
    try:
        page.goto(path.resolve().as_uri())
        page.wait_for_timeout(READY)
        yield page
    finally:
        context.close()


def _requests(browser: Any, path: Path) -> int:
    context = browser.new_context()
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.resolve().as_uri())
    page.wait_for_timeout(READY)
    context.close()
    return len([url for url in asked if not url.startswith(("file:", "data:", "blob:"))])


def _accessibility(browser: Any, path: Path, axe: str) -> str:
    """Return the rules that axe finds broken in 12 settings, and the places in the worst.

    The page is as it opens; tests/test_report_axe.py opens all of ours.
    """
    rules, places = set(), 0
    with _opened(browser, path) as page:
        page.evaluate(axe)
        for width in WIDTHS:
            for scheme in ("light", "dark"):
                page.set_viewport_size({"width": width, "height": 800})
                page.emulate_media(color_scheme=scheme)
                found = page.evaluate(AXE, TAGS)["violations"]
                rules |= {item["id"] for item in found}
                places = max(places, sum(len(item["nodes"]) for item in found))
    return f"{len(rules)} at {places} places" if rules else "0"


def _width(browser: Any, path: Path) -> int:
    with _opened(browser, path, viewport={"width": 375, "height": 800}) as page:
        page.locator("details").evaluate_all(OPEN)
        width: int = page.evaluate("() => document.documentElement.scrollWidth")
    return width


def _scripts_off(browser: Any, path: Path) -> dict[str, str]:
    """Return what is left of text and numbers without scripts: shown, with what opens by itself."""
    with _opened(browser, path) as page:
        page.locator(TRIES).evaluate_all("all => all.forEach((part) => part.remove())")
        whole = " ".join(frame.evaluate(TEXT) for frame in page.frames)
    with _opened(browser, path, java_script_enabled=False) as page:
        page.locator("details").evaluate_all(OPEN)
        left = " ".join(frame.inner_text("body") for frame in page.frames)
    there = set(NUMBER.findall(whole))
    kept = there & set(NUMBER.findall(left))
    letters = len(re.sub(r"\s+", " ", left).strip())
    return {
        "letters, scripts off": f"{letters:,}",
        "numbers, scripts off": f"{len(kept):,} of {len(there):,}",
    }


def _short(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:80]
