"""What several test files share: the command line as a subprocess, and where the data are."""

from __future__ import annotations

import contextlib
import functools
import importlib
import io
import json
import os
import pkgutil
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from time import monotonic as now  # tests put other clocks in its place
from typing import Any

import hypothesis
import pytest
from fitted_once import fitted_once, models_untraced, untraced
from report_browser import chromium, visit

__all__ = ["chromium", "fitted_once", "models_untraced", "visit"]

ROOT = Path(__file__).resolve().parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"
_OURS = ("PYTHON", "COV_", "COVERAGE", "PYTEST", "SOURCE_DATE_EPOCH", "COLUMNS", "AUDITKIT")

hypothesis.settings.register_profile("untimed", deadline=None)  # machines are noisy
hypothesis.settings.load_profile("untimed")

# Coverage more than doubles the time of a test. The first cases of a test show which lines it
# reaches; where these took their time, the others ask the same lines about other values, and are
# not traced. Quick cases, such as the requests that are refused, are traced to the last.
_TRACED_CASES, _TRACED_SECONDS = 3, 1.0
_cases: Counter[str] = Counter()
_seconds: defaultdict[str, float] = defaultdict(float)

Done = subprocess.CompletedProcess[bytes]
Run = Callable[..., Done]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Measure the coverage of what an import runs, and not of how pytest reads the tests."""
    import auditkit

    if sys.gettrace() is not None:
        for module in pkgutil.walk_packages(auditkit.__path__, "auditkit."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    with untraced():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Measure the coverage of the first cases of each test only."""
    name = item.nodeid.partition("[")[0]
    traced = _cases[name] < _TRACED_CASES or _seconds[name] < _TRACED_SECONDS
    began = now()
    try:
        with contextlib.nullcontext() if traced else untraced():
            return (yield)
    finally:
        _cases[name] += 1
        _seconds[name] += now() - began


@functools.cache
def clean_environment() -> Mapping[str, str]:
    """Return this environment without what steers Python or auditkit.

    ``PYTHONPATH`` leads to the checkout only where a fresh interpreter would not find the very
    auditkit that these tests import (it does after an editable install).
    """
    import auditkit

    env = {key: value for key, value in os.environ.items() if not key.startswith(_OURS)}
    question = "import auditkit; print(auditkit.__file__)"
    found = subprocess.run(
        [sys.executable, "-c", question], cwd="/", env=env, capture_output=True, check=False
    ).stdout
    if os.fsdecode(found).strip() != auditkit.__file__:
        env["PYTHONPATH"] = str(Path(auditkit.__file__).parents[1])
    return env


def environment(changes: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment for a child; a changed ``PYTHONPATH`` goes before ours."""
    env = {**clean_environment(), **(changes or {})}
    ours = clean_environment().get("PYTHONPATH")
    if ours and changes and "PYTHONPATH" in changes:
        env["PYTHONPATH"] = os.pathsep.join((changes["PYTHONPATH"], ours))
    return env


def run_cli(
    *args: object,
    cwd: Path | None = None,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    timeout: float = 120,
) -> Done:
    """Run ``python -m auditkit`` and return what it did, in bytes."""
    return subprocess.run(
        [sys.executable, "-m", "auditkit", *(os.fspath(str(arg)) for arg in args)],
        cwd=cwd,
        input=stdin,
        env=environment(env),
        capture_output=True,
        timeout=timeout,
        check=False,
    )


@pytest.fixture(scope="session")
def auditkit_cli() -> Run:
    """Return a function that runs the command line in a process of its own."""
    return run_cli


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder with the real data, which is not part of the project."""
    if not (SHARED_DATA / "facts.json").is_file():
        pytest.skip(f"the real data are not in this checkout: no {SHARED_DATA}")
    return SHARED_DATA


@pytest.fixture(scope="session")
def sample_data() -> Path:
    """Return the folder with the synthetic sample."""
    return ROOT / "sample_data"


@pytest.fixture(scope="session")
def auditkit_record() -> Callable[..., dict[str, Any]]:
    """Return a function that runs one command in a folder and returns the record it prints.

    In this process, and with no coverage: for large tables, of which the numbers are asked.
    """
    from auditkit.cli import main

    def run(*args: str, cwd: Path) -> dict[str, Any]:
        out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
        with (
            untraced(),
            contextlib.chdir(cwd),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            pytest.raises(SystemExit) as left,
        ):
            main([*args, "--json", "-"])
        assert (left.value.code, err.getvalue()) == (0, "")
        out.flush()
        found = json.loads(out.buffer.getvalue())
        assert isinstance(found, dict)
        return found

    return run


@pytest.fixture
def auditkit_main(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Return a function that runs the command line in this process: quick, for many cases."""
    from auditkit.cli import main

    def run(*args: object) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main([str(arg) for arg in args])
        out, err = capsys.readouterr()
        assert isinstance(left.value.code, int)
        return left.value.code, out, err

    return run
