"""A browser for tests of the report: one for all of them, a fresh context for each visit."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

__all__ = ["DRAWN", "Open", "Visit", "chromium", "visit"]

ARGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DRAWN = "html[data-charts=drawn]"


class Visit:
    """One page in one browser context, with everything that it said and asked for."""

    def __init__(self, page: Any, path: Path, *, drawn: bool) -> None:
        self.page = page
        self.path = path
        self.said: list[str] = []
        self.asked: list[str] = []
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("dialog", lambda dialog: (self.said.append("dialog"), dialog.dismiss()))
        page.on("request", lambda request: self.asked.append(request.url))
        page.goto(path.as_uri())
        if drawn:
            page.wait_for_selector(DRAWN, state="attached", timeout=60_000)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    try:
        from playwright import sync_api
    except ImportError:
        if os.environ.get("CI"):
            raise
        pytest.skip("playwright is not installed")
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("no chromium on this machine, and CI must run these tests")
        pytest.skip("no chromium on this machine")
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=found, args=ARGS)
        yield browser
        browser.close()


Open = Callable[..., Any]


@pytest.fixture
def visit(chromium: Any) -> Open:
    @contextmanager
    def opened(
        path: Path, *, width: int = 1280, script: bool = True, wait: bool = True, **options: Any
    ) -> Iterator[Visit]:
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, java_script_enabled=script, **options
        )
        try:
            yield Visit(context.new_page(), path, drawn=script and wait)
        finally:
            context.close()

    return opened
