"""Take the pictures of docs/gallery.md: python scripts/gallery.py [FOLDER].

FOLDER holds the public data sets that are not shipped: adult_train.csv.gz, compas_two_years.csv.gz
and resume_audit.csv (docs/gallery.md says where they come from). Without it only the pictures of
the sample are taken. Needs playwright and Chromium. Pictures are JPEG, small enough for a checkout.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "gallery"
QUALITY = 46


@dataclass(frozen=True)
class Shot:
    """A picture: its name, what to bring to the top (an id; none is the head), and the window."""

    name: str
    part: str = ""
    width: int = 1120
    height: int = 700
    dark: bool = False


@dataclass(frozen=True)
class Report:
    """An audit, as asked for on the command line, and the pictures of its report."""

    data: str
    options: tuple[str, ...]
    shots: tuple[Shot, ...]


SAMPLE = Report(
    str(ROOT / "sample_data" / "hiring.toml"),
    (),
    (
        Shot("sample-head"),
        Shot("sample-finding", "findings-flag"),
        Shot("sample-gaps", "label-gaps-base-rate-chart"),
        Shot("sample-what-if", "what-if"),
        Shot("sample-phone", width=375, height=760, dark=True),
    ),
)
PUBLIC = (
    Report(
        "resume_audit.csv",
        ("--label", "received_callback", "--positive", "1", "--protected", "race",
         "--protected", "gender", "--reference", "race=white", "--model", "none"),
        (Shot("resume-head"), Shot("resume-gaps", "label-gaps-base-rate-chart", height=560)),
    ),
    Report(
        "adult_train.csv.gz",
        ("--label", "income", "--positive", ">50K", "--protected", "sex", "--protected", "race",
         "--ignore", "fnlwgt", "--model", "none"),
        (Shot("adult-head"), Shot("adult-gaps", "label-gaps-base-rate-chart", dark=True)),
    ),
    Report(
        "compas_two_years.csv.gz",
        ("--label", "two_year_recid", "--positive", "1", "--unfavorable", "--score",
         "decile_score", "--threshold", "5", "--protected", "race", "--protected", "sex",
         "--ignore", "is_recid", "--ignore", "event", "--model", "none"),
        (Shot("compas-head"), Shot("compas-scores", "decision-scores-1-held", height=620)),
    ),
)  # fmt: skip


def taken(browser: Any, page_path: Path, shot: Shot) -> None:
    """Take a picture of a report."""
    context = browser.new_context(
        viewport={"width": shot.width, "height": shot.height},
        color_scheme="dark" if shot.dark else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(page_path.as_uri())
    page.wait_for_selector("html[data-charts=drawn]", state="attached", timeout=120_000)
    if shot.part:
        page.evaluate("(id) => document.getElementById(id).scrollIntoView()", shot.part)
    page.wait_for_timeout(300)
    target = TARGET / f"{shot.name}.jpg"
    page.screenshot(path=target, type="jpeg", quality=QUALITY)
    print(f"{target.name} {target.stat().st_size:,} bytes")
    context.close()


def main() -> None:
    """Audit the tables and take the pictures."""
    from playwright.sync_api import sync_playwright

    reports = [SAMPLE]
    if len(sys.argv) > 1:
        folder = Path(sys.argv[1])
        reports += [Report(str(folder / r.data), r.options, r.shots) for r in PUBLIC]
    TARGET.mkdir(exist_ok=True)
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1767225600"}
    with tempfile.TemporaryDirectory() as name, sync_playwright() as play:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = play.chromium.launch(
            executable_path=chromium, args=["--headless", "--no-sandbox", "--disable-gpu"]
        )
        for report in reports:
            path = Path(name) / "report.html"
            command = [sys.executable, "-m", "auditkit", "audit", report.data, *report.options]
            subprocess.run([*command, "-q", "-o", path], check=True, env=environment)
            for shot in report.shots:
                taken(browser, path, shot)
        browser.close()


if __name__ == "__main__":
    main()
