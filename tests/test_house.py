"""The house: who may import whom, what is loaded when, what is exported, how large rooms are."""

from __future__ import annotations

import ast
import importlib
import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import auditkit
from auditkit.compliance import pack_names
from auditkit.policy import Policy
from auditkit.record import SCHEMA_FILE
from auditkit.report import templates
from auditkit.sample import sample_folder

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "auditkit"
MODULES = sorted(PACKAGE.rglob("*.py"))
BUDGET = 400

# Room -> the rooms it may import, in the order of the river: each only from those before it.
# `errors` may be imported by all. The doorway and `__main__` are below. (docs/architecture.md
# draws the same table; a change here is a change there.)
LAW: dict[str, set[str]] = {
    "errors": set(),
    "population": set(),
    "stages": set(),
    "schema": {"population", "stages"},
    "counts": set(),
    "inference": set(),  # numbers only: never sees a group
    "score_bins": set(),
    "threads": set(),
    "writing": set(),
    "urls": set(),
    "metrics": {"counts", "inference", "threads"},
    "policy": {"metrics"},
    "fairness": {"counts", "inference", "metrics", "policy"},
    "representation": {"counts", "fairness", "inference", "metrics", "population"},
    "strata": {"counts", "fairness", "inference", "metrics", "policy"},
    "identification": {"counts", "fairness", "inference", "policy"},
    "subgroups": {"counts", "inference", "metrics"},
    "findings": {"counts", "fairness", "inference", "metrics", "policy", "schema"},
    "funnel": {"counts", "fairness", "findings", "inference", "metrics", "policy", "stages"},
    "questions": {
        "counts", "fairness", "findings", "funnel", "identification", "policy", "representation",
        "schema", "strata",
    },
    "letterhead": set(),
    "tables": set(),
    "card": {"tables"},
    "record": {"card", "counts", "fairness", "findings", "tables", "writing"},
    "comparison": {"counts", "fairness", "findings", "inference", "record"},
    # ---- the line: below it files, frames, models, pages and the terminal ----
    "columns": set(),
    "config": {"population", "urls"},
    "loaders": {
        "columns", "config", "counts", "population", "schema", "score_bins", "stages", "threads",
        "urls",
    },
    "profiling": {"columns", "counts", "inference", "metrics", "policy", "schema", "threads"},
    "proposal": {"columns", "config", "counts", "loaders", "profiling", "schema", "stages", "urls"},
    "trainer": {"columns", "counts", "inference", "metrics", "profiling", "threads"},
    "federation": {"counts", "loaders", "schema"},
    "causes": {"inference", "trainer"},
    "remedies": {"trainer"},
    "modelling": {"causes", "columns", "policy", "remedies", "schema", "score_bins", "trainer"},
    "scored": {"counts", "inference", "loaders", "metrics", "score_bins"},
    "unseen": {"counts", "loaders", "modelling", "score_bins"},
    "facts": {
        "columns", "counts", "federation", "loaders", "modelling", "policy", "profiling", "scored",
        "trainer", "unseen",
    },
    "compliance": {"counts", "federation", "inference", "loaders"},
    "run": {
        "compliance", "counts", "facts", "federation", "loaders", "policy", "questions", "record",
        "trainer",
    },
    "mitigation": {
        "counts", "loaders", "modelling", "policy", "record", "remedies", "run", "schema",
        "trainer", "writing",
    },
    "report": {"letterhead", "metrics"},  # the record as plain data, never the data
    "disclosure": set(),  # the record as plain data
    "bundle": {
        "compliance", "config", "disclosure", "federation", "loaders", "policy", "record", "report",
        "run", "schema", "tables", "urls", "writing",
    },
    "gate": {"findings", "metrics", "record"},
    "request": {
        "bundle", "card", "compliance", "config", "federation", "gate", "letterhead", "loaders",
        "mitigation", "policy", "record", "report", "run", "schema", "urls",
    },
    "summary": {"comparison", "findings", "metrics", "record"},
    "sample": {"writing"},
    "options": set(),
    "cli": {
        "bundle", "card", "comparison", "compliance", "disclosure", "mitigation", "options",
        "proposal", "record", "report", "request", "sample", "summary", "tables", "urls", "writing",
    },
}  # fmt: skip

# What a room may ask the doorway for. `Audit.to_html` and `to_figures` are the one arrow that
# turns: they ask for what `report` gives when called. The version is a constant, not a room.
DOORWAY = {"record": {"figures_of", "render"}, "run": {"__version__"}, "cli": {"__version__"}}

# Libraries that a room may import when it is itself imported; all others wait for a call.
AT_IMPORT = {
    "cli": {"click"},
    "options": {"click"},
    "loaders": {"narwhals", "numpy"},
    "compliance": {"narwhals", "numpy"},
}
ABOVE_THE_LINE = {"numpy"}

# Where words may leave the program.
SPEAKS = {"cli"}


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), filename=str(path))


def imported(tree: ast.AST) -> Iterator[tuple[str, ast.stmt]]:
    """Yield every imported module with its statement, at any depth: in functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: imports name the whole path"
            if node.module == "auditkit":
                yield from ((f"auditkit.{alias.name}", node) for alias in node.names)
            else:
                yield str(node.module), node


def at_import(nodes: Iterator[ast.AST] | list[ast.stmt]) -> Iterator[ast.AST]:
    """Yield what runs when a module is imported: no function bodies, no TYPE_CHECKING blocks."""
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        yield node
        yield from at_import(ast.iter_child_nodes(node))


by_module = pytest.mark.parametrize(
    "path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE).with_suffix(""))
)


# ---- the import law -----------------------------------------------------------------------------


def test_the_law_knows_every_room_and_flows_one_way():
    rooms = {room_of(path) for path in MODULES} - {"__init__", "__main__"}
    assert rooms == set(LAW)
    seen: set[str] = set()
    for room, allowed in LAW.items():
        assert allowed <= seen, f"{room} would import {allowed - seen}, which come after it"
        seen.add(room)


@by_module
def test_rooms_import_what_the_law_allows(path):
    room = room_of(path)
    if room in {"__init__", "__main__"}:
        return
    for module, node in imported(parsed(path)):
        top, _, rest = module.partition(".")
        if top != "auditkit":
            continue
        other = rest.partition(".")[0]
        if not other:  # `import auditkit`: the doorway
            assert room in DOORWAY, f"line {node.lineno}: {room} goes through the doorway"
            continue
        allowed = LAW[room] | {"errors", room}
        assert other in allowed, f"line {node.lineno}: {room} imports {other}"


@by_module
def test_what_is_asked_of_the_doorway(path):
    tree, room = parsed(path), room_of(path)
    asked = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "auditkit"
    }
    assert asked <= DOORWAY.get(room, set())


@by_module
def test_libraries_wait_until_they_are_needed(path):
    room = room_of(path)
    allowed = AT_IMPORT.get(room, ABOVE_THE_LINE) | {"auditkit"} | set(sys.stdlib_module_names)
    tree = parsed(path)
    running = {id(node) for node in at_import(tree.body)}
    for module, node in imported(tree):
        if id(node) in running:
            assert module.partition(".")[0] in allowed, f"line {node.lineno}: imports {module}"


def test_the_doorway_imports_nothing():
    tree = parsed(PACKAGE / "__init__.py")
    running = {id(node) for node in at_import(tree.body)}
    loaded = {module for module, node in imported(tree) if id(node) in running}
    assert {module.partition(".")[0] for module in loaded} <= set(sys.stdlib_module_names)


HEAVY = (
    "pandas",
    "polars",
    "pyarrow",
    "duckdb",
    "sklearn",
    "scipy",
    "plotly",
    "jinja2",
    "fairlearn",
)


@pytest.mark.parametrize(
    "code",
    [
        "import auditkit",
        "import auditkit; dir(auditkit); auditkit.__all__; auditkit.__version__",
        "import auditkit.metrics",
        "from auditkit.metrics import demographic_parity_difference as d; "
        "d([0, 1] * 4, [0, 1, 1, 1, 0, 0, 0, 1], sensitive_features=list('aaaabbbb'))",
        "import auditkit; auditkit.Policy.default(); auditkit.Schema(); auditkit.Counts",
        "from auditkit import cli; cli.main(['--help'])",
        "from auditkit import cli; cli.main(['--version'])",
        "from auditkit import cli; cli.main(['metrics'])",
        "from auditkit import cli; cli.main(['audit', '--help'])",
        "from auditkit import cli; cli.main(['audit', 'no_such.toml'])",
    ],
)
def test_a_fresh_interpreter_loads_nothing_heavy(code):
    script = (
        f"import sys\ntry:\n    exec({code!r})\nexcept SystemExit:\n    pass\n"
        f"print('LOADED', *sorted({set(HEAVY)!r} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        capture_output=True, text=True, check=True, cwd=ROOT, timeout=60,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "LOADED"


# ---- names --------------------------------------------------------------------------------------


def in_order(name: str) -> tuple[int, str]:
    """CONSTANTS, Classes, functions; each by name (as ruff's RUF022 sorts)."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


@by_module
def test_exported_names_are_sorted_complete_and_documented(path):
    if path.name == "__main__.py":
        return
    module = importlib.import_module(module_name(path))
    assert module.__doc__, "every room says what it is for"
    names = getattr(module, "__all__", None)
    if names is None:
        return
    assert list(names) == sorted(set(names), key=in_order)
    for name in names:
        assert hasattr(module, name), name
    if path.parent.parent != PACKAGE or path.name != "__init__.py":
        return
    taken_in = {  # the door of a room lists all that it takes in
        alias.asname or alias.name
        for node in parsed(path).body
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("auditkit.")
        for alias in node.names
        if str(node.module).partition(".")[2].partition(".")[0] == room_of(path)
    }
    assert taken_in <= set(names)


def test_the_doorway_lists_every_name_once():
    assert auditkit.__all__ == sorted(auditkit.__all__, key=in_order) == sorted(auditkit._HOME)
    tree = parsed(PACKAGE / "__init__.py")
    typed = {
        alias.asname: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("auditkit.")
        for alias in node.names
    }
    assert typed == auditkit._HOME
    for name in auditkit.__all__:
        assert getattr(auditkit, name).__doc__, name
        assert name in dir(auditkit)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        auditkit.nothing  # noqa: B018


def test_no_room_is_called_like_a_function_of_the_doorway():
    # Importing such a submodule would put the module in the place of the function.
    assert not set(LAW) & set(auditkit.__all__)


@by_module
def test_only_the_command_line_speaks(path):
    if room_of(path) in SPEAKS:
        return
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"print", "input", "breakpoint"}, f"line {node.lineno}"
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            spoken = f"{node.value.id}.{node.attr}"
            assert spoken not in {"sys.stdout", "sys.stderr", "sys.exit"}, f"line {node.lineno}"


# ---- budgets ------------------------------------------------------------------------------------


@by_module
def test_a_module_stays_within_its_budget(path):
    lines = len(path.read_text("utf-8").splitlines())
    if path.name == "__init__.py":  # a door is a list of names, however many there are
        lines = sum(isinstance(node, ast.FunctionDef) for node in parsed(path).body)
    assert lines <= BUDGET, f"{lines} lines: make it a folder with the same name and door"


def test_long_functions_are_rare():
    lengths = {
        f"{module_name(path)}.{node.name}": (node.end_lineno or 0) - node.body[0].lineno + 1
        for path in MODULES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef)
    }
    long = {name: lines for name, lines in lengths.items() if lines > 60}
    # The docstring counts, as it does for a reader; a long table of parameters is no offence.
    assert len(long) <= 0.05 * len(lengths), long


# ---- what ships ---------------------------------------------------------------------------------


def test_every_data_file_of_the_package_is_there():
    assert (PACKAGE / "py.typed").is_file()
    assert Policy.default().name == "default"
    schema = json.loads(SCHEMA_FILE.read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    folder = templates.folder()
    for name in ("page.html", "report.css", "report.js"):
        assert (folder / name).stat().st_size > 0
    names = {path.name for path in sample_folder().iterdir()}
    assert {"README.md", "hiring.csv", "hiring.toml", "berkeley_admissions.csv"} <= names


def test_the_wheel_takes_what_lies_outside_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["packages"] == ["auditkit"]
    for source, target in wheel["force-include"].items():
        assert (ROOT / source).is_dir()
        assert target.startswith("auditkit/")
    assert project["project"]["version"] == auditkit.__version__


def test_files_beside_the_modules_are_known():
    beside = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*")
        if path.is_file() and path.suffix != ".py" and path.parent.name != "__pycache__"
    }
    packs = {name for name in beside if name.startswith("compliance/packs/")}
    assert packs == {f"compliance/packs/{name}.toml" for name in pack_names()}
    engine = {
        f"report/engine/{name}" for name in ("LICENSE", "engine.json", "plotly-basic.min.js.gz")
    }
    known = {"py.typed", "audit.schema.json", "default_policy.toml", "report/languages/de.toml"}
    assert beside - packs - engine == known
