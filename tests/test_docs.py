"""The docs say what the code does: examples run, and nothing that exists goes unmentioned."""

from __future__ import annotations

import doctest
import importlib.util
import io
import json
import re
import shlex
import shutil
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest
from fitted_once import untraced
from test_house import LAW

import auditkit
from auditkit import config, metrics
from auditkit.cli import cli, main
from auditkit.findings import KINDS, LEVELS
from auditkit.metrics import METRICS
from auditkit.policy import Policy, Rule
from auditkit.record import SCHEMA_FILE
from auditkit.sample import write_sample

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
NOT_OURS = {"--cov", "--dist", "--group", "--editable", "--check"}

pytestmark = pytest.mark.usefixtures("fitted_once")


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def blocks(path: Path, *languages: str) -> list[str]:
    return [
        code for language, code in FENCE.findall(path.read_text("utf-8")) if language in languages
    ]


def with_blocks(*languages: str) -> list[Any]:
    return [pytest.param(path, id=path.name) for path in PAGES if blocks(path, *languages)]


def section(name: str, heading: str) -> str:
    """Return the text under a heading, up to the next heading of its level or above."""
    level = heading.split(" ")[0]
    text = page(name)
    assert f"\n{heading}\n" in text, f"docs/{name} has no heading {heading!r}"
    rest = text.split(f"\n{heading}\n", 1)[1]
    return re.split(rf"^#{{1,{len(level)}}} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generator", ROOT / "scripts" / "docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@untraced()
@pytest.mark.parametrize("path", with_blocks("python")[1:])  # README.md has a test of its own
def test_python_examples_run(path: Path, desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Run the blocks of a page one after the other; those with ``>>>`` as doctests."""
    names: dict[str, Any] = {}
    for code in blocks(path, "python"):
        if not code.startswith(">>>"):
            exec(compile(code, path.name, "exec"), names)
            continue
        test = doctest.DocTestParser().get_doctest(code, names, path.name, str(path), 0)
        runner = doctest.DocTestRunner(verbose=False)
        runner.run(test, clear_globs=False)
        assert runner.failures == 0, capsys.readouterr().out
        names |= test.globs


@untraced()
def test_the_readme_example_leaves_what_it_says(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (code,) = blocks(ROOT / "README.md", "python")
    assert len([line for line in code.splitlines() if line.strip()]) <= 11
    exec(compile(code, "README.md", "exec"), {})
    assert "flag gender: Female has the outcome at 0.58 times the rate of Male" in (
        capsys.readouterr().out
    )
    assert (desk / "report.html").is_file()
    assert (desk / "audit.json").is_file()


def commands(path: Path) -> Iterator[list[str]]:
    """Yield the words of each ``auditkit ...`` line of a page's shell blocks."""
    for code in blocks(path, "sh", ""):
        for line in code.replace("\\\n", " ").splitlines():
            found = re.search(r"(?:^|\| |\.venv/bin/)auditkit (.+)", line)
            if found:
                yield shlex.split(found[1], comments=True)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder with the files that the examples speak of, and go there."""
    sample = write_sample(tmp_path / "sample_data")
    (table,) = blocks(DOCS / "audit-toml.md", "csv")
    (tmp_path / "workforce.csv").write_text(table, encoding="utf-8")
    shutil.copy(sample / "hiring.csv", tmp_path / "hiring.csv")
    shutil.copy(sample / "hiring.toml", tmp_path / "audit.toml")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@untraced()
@pytest.mark.parametrize("path", [*with_blocks("sh"), ROOT / "sample_data" / "README.md"])
def test_shell_examples_run(path: Path, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each command of a page; those with ``--fail-on`` are meant to fail on the sample."""
    for arguments in commands(path):
        stdin = io.TextIOWrapper(io.BytesIO((desk / "hiring.csv").read_bytes()))
        monkeypatch.setattr(sys, "stdin", stdin)
        with pytest.raises(SystemExit) as done:
            main(arguments)
        assert done.value.code == ("--fail-on" in arguments), arguments


def test_generated_tables_are_fresh(generator: ModuleType) -> None:
    stale = [
        path.name
        for path in sorted(DOCS.glob("*.md"))
        if generator.fresh(path.read_text("utf-8")) != path.read_text("utf-8")
    ]
    assert stale == [], "run: python scripts/docs.py"


def test_every_command_has_a_page_section_and_help() -> None:
    for name, command in cli.commands.items():
        assert command.help, name
        assert section("cli.md", f"## auditkit {name}").strip()
        assert f"| [`auditkit {name}`](#auditkit-{name}) |" in page("cli.md")


def test_every_option_is_described() -> None:
    for name, command in cli.commands.items():
        text = section("cli.md", f"## auditkit {name}")
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, parameter.name
                assert f"`{', '.join(parameter.opts)}" in text, (name, parameter.opts)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_option_is_mentioned_that_does_not_exist(path: Path) -> None:
    known = {"--help", "--version", *NOT_OURS}
    for command in cli.commands.values():
        known |= {option for parameter in command.params for option in parameter.opts}
    mentioned = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", path.read_text("utf-8")))
    assert mentioned <= known


def test_exit_codes_are_described() -> None:
    for code in (0, 1, 2, 130):
        assert f"\n| {code} | " in page("cli.md")


def test_every_setting_is_described() -> None:
    known = {"data", "population", *config._ROLES, *config._READING, *config._RUN}
    text = page("audit-toml.md")
    assert {key for key in known if f"`{key}`" not in text and f"[{key}" not in text} == set()
    rows = set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
    assert rows <= known


def test_the_example_audit_toml_is_one(tmp_path: Path) -> None:
    (text,) = blocks(DOCS / "audit-toml.md", "toml")
    (tmp_path / "audit.toml").write_text(text, encoding="utf-8")
    found = config.read_config(tmp_path / "audit.toml")
    assert found.roles["population"][0].source == "Labour force survey"
    (table,) = blocks(DOCS / "audit-toml.md", "csv")
    (tmp_path / "people.csv").write_text(table, encoding="utf-8")
    assert config.read_population(tmp_path / "people.csv") == found.roles["population"]


def test_every_kind_and_level_is_described() -> None:
    headings = re.findall(r"^### `([\w-]+)`$", page("findings.md"), re.MULTILINE)
    assert tuple(headings) == KINDS
    for level in LEVELS:
        assert f"\n| `{level}` | " in section("findings.md", "## Levels")


def test_every_metric_is_described() -> None:
    for name in METRICS:
        assert f"\n| `{name}` | " in page("metrics.md")
    text = page("metrics.md") + page("python.md")
    derived = {f"{name}_{kind}" for name in METRICS for kind in ("difference", "ratio")}
    missing = {
        name
        for name in metrics.__all__
        if name not in derived and name[0].islower() and f"`{name}`" not in text
    }
    assert missing == set()


def test_every_key_of_the_policy_is_described_with_its_default() -> None:
    rows = dict(
        re.findall(
            r"^\| `(\w+)` \| `?([^|`]+?)`? \|", section("policy.md", "## Keys"), re.MULTILINE
        )
    )
    default = Policy.default().to_dict()
    assert set(rows) == {field.name for field in fields(Policy)}
    for key, value in default.items():
        if key != "rules":
            assert rows[key] == str(value), key
    rules = section("policy.md", "## Rules")
    assert set(re.findall(r"^\| `(\w+)` \|", rules, re.MULTILINE)) == {f.name for f in fields(Rule)}


def test_the_example_policy_is_one(tmp_path: Path) -> None:
    (text,) = blocks(DOCS / "policy.md", "toml")
    (tmp_path / "policy.toml").write_text(text, encoding="utf-8")
    assert Policy.read(tmp_path / "policy.toml").name == tomllib.loads(text)["name"]


def properties(node: Any) -> Iterator[str]:
    """Yield the name of every property in a part of a JSON Schema."""
    if isinstance(node, dict):
        found = node.get("properties", {})
        yield from found
        for value in [*found.values(), node.get("items"), node.get("additionalProperties")]:
            yield from properties(value)


SCHEMA = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("key", SCHEMA["properties"])
def test_every_key_of_the_record_is_described(key: str) -> None:
    text = section("audit-json.md", f"## `{key}`")
    missing = {name for name in properties(SCHEMA["properties"][key]) if f"`{name}`" not in text}
    assert missing == set()


def test_the_sections_of_the_record_stand_in_their_order() -> None:
    headings = re.findall(r"^## `(\w+)`$", page("audit-json.md"), re.MULTILINE)
    assert headings == list(SCHEMA["properties"])


def test_every_public_name_is_mentioned() -> None:
    text = page("python.md")
    assert {name for name in auditkit.__all__ if name not in text} == set()


def test_the_house_is_as_drawn() -> None:
    """The table of rooms in architecture.md is the law of test_house.py, in its order."""
    rows = re.findall(r"^\| `(\w+)` \| .* \| ([\w, ]*)\|$", page("architecture.md"), re.MULTILINE)
    drawn = {room: set(filter(None, imports.strip().split(", "))) for room, imports in rows}
    assert drawn == LAW
    assert list(drawn) == list(LAW)


def anchor(heading: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text("utf-8")):
        if target.startswith("https://"):
            continue
        name, _, fragment = target.partition("#")
        place = path if not name else path.parent / name
        assert place.exists(), target
        if fragment:
            headings = re.findall(r"^#+ (.+)$", place.read_text("utf-8"), re.MULTILINE)
            assert fragment in {anchor(heading) for heading in headings}, target
