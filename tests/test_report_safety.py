"""The report and text that nobody vouches for: it is shown, and it is never obeyed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from report_fixture import record
from report_page import TAGS, Page
from report_payloads import PAYLOADS

import auditkit.report
from auditkit.report import assets, render, templates, text
from auditkit.report.page import made

ROOT = Path(auditkit.report.__file__).parents[2]


# Scripts that no browser runs: what the page's own scripts read.
DATA = (
    {"type": "application/octet-stream", "id": "scores"},
    {"type": "application/json", "id": "whatif-words"},
    {"type": "application/json", "id": "table-words"},
)


@pytest.fixture(scope="module")
def plain() -> str:
    return render(record(), charts=False)


@pytest.fixture(scope="module")
def whole() -> str:
    return render(record())


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_is_text(payload: str) -> None:
    slots = ("gender", "Female", "source", "label", "positive", "feature")
    hostile = record(dict.fromkeys(slots, payload))
    hostile["provenance"] = {"command": payload, "versions": {payload: payload}, "settings": {}}
    hostile["model"] = {**hostile["model"], "kind": payload, "notes": [payload]}
    hostile["policy"]["rules"][0]["title"] = payload
    for finding in hostile["findings"]:
        finding["id"] = payload
        finding["evidence"] = {payload: payload, "metric": payload}
    for row in hostile["estimates"]:
        row["reason"] = payload
    html = render(hostile, charts=False)
    html.encode("utf-8")
    _is_harmless(Page(html))
    assert text.visible(payload, 80)[:20].strip() in " ".join(Page(html).pieces)


def _is_harmless(page: Page) -> None:
    assert {tag for tag, _ in page.elements} <= TAGS
    known = {None: {}, **{str(attrs["id"]): attrs for attrs in DATA}}
    assert all(attrs == known[attrs.get("id")] for attrs, _ in page.scripts)
    assert (
        sum(not attrs for attrs, _ in page.scripts) <= 3
    )  # of the page, of its tables, of the what-if
    for _, attrs in page.elements:
        for name, value in attrs.items():
            assert not name.startswith("on")
            assert name not in {"src", "srcdoc", "style", "action", "formaction"}
            if name == "href":
                assert str(value).startswith("#")
    allowed = {"\n"}
    everything = "".join(page.pieces) + page.title
    hidden = {c for c in everything if text.visible(c) != c and c not in allowed}
    assert not hidden


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_is_text_in_figures(payload: str) -> None:
    hostile = record({"Female": payload, "feature": payload})
    for item in made(hostile, charts="interactive").figures:
        shown = str(assets.json_text(item.data))
        assert not set("<>&\u2028\u2029") & set(shown)
        assert json.loads(shown) == json.loads(json.dumps(item.data))
        for trace in item.data["data"]:
            for line in trace.get("hovertext", ()):
                assert "<" not in line.replace("<br>", "")


def test_the_policy_names_our_scripts_and_nothing_else(whole: str, plain: str) -> None:
    for html, engine in ((whole, True), (plain, False)):
        page = Page(html)
        policy = next(str(a["content"]) for a in page.all("meta") if "http-equiv" in a)
        scripts = [text for attrs, text in page.scripts if not attrs]
        wanted = [assets.sha256(text) for text in scripts]
        wanted += [assets.engine().hash] if engine else []
        assert f"script-src {' '.join(wanted)};" in policy
        assert policy.startswith("default-src 'none';")
        for word in ("unsafe-eval", "strict-dynamic", "http:", "https:", "*"):
            assert word not in policy


def test_nothing_in_the_page_names_another_host(plain: str) -> None:
    found = set(re.findall(r"(?:https?:)?//[\w.-]+", plain)) - {"http://www.w3.org"}
    assert not found


def _sources() -> Iterator[tuple[str, str]]:
    for folder, pattern in ((ROOT / "auditkit" / "report", "*.py"), (templates.folder(), "**/*")):
        for path in folder.glob(pattern):
            if path.is_file():
                yield path.name, path.read_text("utf-8")


def test_text_is_marked_as_safe_in_one_place_only() -> None:
    for name, source in _sources():
        assert not re.search(r"\|\s*safe|autoescape false|from_string", source), name
        if name != "assets.py":
            assert "Markup" not in source, name
