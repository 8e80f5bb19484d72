"""A file is old and whole, or new and whole: killed, interrupted, or on a disk that is full."""

from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Run, environment

from auditkit import writing
from auditkit.errors import RequestError
from auditkit.writing import check_writable, write_whole

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals and limits")

NEW = b"new " * 250_000
OLD = b"old"


def nameless(folder: Path) -> bool:
    """Whether this system has files without a name in this folder."""
    try:
        os.close(os.open(folder, getattr(os, "O_TMPFILE", os.O_DIRECTORY) | os.O_WRONLY, 0o600))
    except OSError:
        return False
    return Path("/proc/self/fd").is_dir()


def child(code: str, *args: object, **options: Any) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", code, *(str(arg) for arg in args)]
    return subprocess.Popen(command, env=environment(), **options)


# --- killed at a chosen moment --------------------------------------------------------------------

KILLED = """
import os, pathlib, signal, sys
from auditkit.writing import write_whole

moment, path = sys.argv[1:]
open_file, replace = os.fdopen, pathlib.Path.replace

def die(*args, **options):
    os.kill(os.getpid(), signal.SIGKILL)

class Half:
    def __init__(self, file):
        self.file = file
    def __enter__(self):
        return self
    def __exit__(self, *args):
        self.file.close()
    def write(self, content):
        self.file.write(content[: len(content) // 2])
        self.file.flush()
        die()

def replaced(*args):
    replace(*args)
    die()

if moment == "opened":
    os.fdopen = die
elif moment == "half":
    os.fdopen = lambda *args: Half(open_file(*args))
elif moment == "written":
    os.fsync = die
elif moment == "safe":
    os.link = die
elif moment == "named":
    pathlib.Path.replace = die
elif moment == "replaced":
    pathlib.Path.replace = replaced
write_whole(path, b"new " * 250_000)
"""


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("moment", ["opened", "half", "written", "safe", "named", "replaced"])
def test_killed(tmp_path: Path, moment: str, there: bool) -> None:
    if not nameless(tmp_path):
        pytest.skip("this file system has no files without a name")
    target = tmp_path / "report.html"
    if there:
        target.write_bytes(OLD)
    code = child(KILLED, moment, target).wait(timeout=30)
    left = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    if not there and moment in {"named", "replaced"}:  # it got its name in one step
        assert (code, left) == (0, {"report.html": NEW})
        return
    assert code == -signal.SIGKILL
    found = left.pop("report.html", None)
    assert found == (NEW if moment == "replaced" else OLD if there else None)
    if moment == "named":  # between two system calls: a whole file under a passing name
        assert list(left.values()) == [NEW]
    else:
        assert left == {}


def test_killed_where_every_file_has_a_name(tmp_path: Path) -> None:
    """Without nameless files a kill leaves a temporary file, and the old one as it was."""
    target = tmp_path / "report.html"
    target.write_bytes(OLD)
    code = "import os\nif hasattr(os, 'O_TMPFILE'): del os.O_TMPFILE\n" + KILLED
    assert child(code, "written", target).wait(timeout=30) == -signal.SIGKILL
    assert target.read_bytes() == OLD
    left = [path.name for path in tmp_path.iterdir() if path != target]
    assert all(name.startswith(".report.html.") and name.endswith(".tmp") for name in left)
    assert child(code, "", target).wait(timeout=30) == 0
    assert target.read_bytes() == NEW


# --- killed at any moment -------------------------------------------------------------------------

AGAIN_AND_AGAIN = """
import itertools, sys
from auditkit.writing import write_whole

for turn in itertools.count():
    write_whole(sys.argv[1], (b"a", b"b")[turn % 2] * 3_000_000)
    if turn == 0:
        print("ready", flush=True)
"""


def test_killed_at_random(tmp_path: Path) -> None:
    target, draw = tmp_path / "report.html", random.Random(20260101)
    contents = (b"a" * 3_000_000, b"b" * 3_000_000)
    for _ in range(40):
        with child(AGAIN_AND_AGAIN, target, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            time.sleep(draw.uniform(0, 0.1))
            process.kill()
        for path in tmp_path.iterdir():
            assert path.read_bytes() in contents, path
            if path != target:
                assert path.suffix == ".tmp"
                path.unlink()


@pytest.fixture(scope="module")
def saved(auditkit_cli: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a record."""
    folder = tmp_path_factory.mktemp("saved")
    rows = "sex,hired\n" + "".join(f"{'FM'[i % 2]},{int(i % 3 == 0)}\n" for i in range(120))
    done = auditkit_cli(
        "audit", "-", "--label", "hired", "--protected", "sex", "--model", "none", "-q",
        "--json", "audit.json", "-o", "report.html", stdin=rows.encode(), cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder


def test_the_command_killed_at_random(saved: Path, tmp_path: Path) -> None:
    target, whole = tmp_path / "report.html", (saved / "report.html").read_bytes()
    command = [sys.executable, "-m", "auditkit", "report", str(saved / "audit.json"), "-o", target]
    options: dict[str, Any] = {"env": environment(), "stderr": subprocess.DEVNULL}
    start = time.monotonic()
    subprocess.run(command, check=True, timeout=60, **options)
    took, draw = time.monotonic() - start, random.Random(7)
    ends = set()
    for _ in range(12):
        target.write_bytes(OLD)
        with subprocess.Popen(command, **options) as process:
            time.sleep(took * draw.uniform(0.5, 1.1))
            process.kill()
            ends.add(process.wait(timeout=60))
        assert target.read_bytes() in {OLD, whole}
        for path in tmp_path.iterdir():
            assert path.read_bytes() in {OLD, whole}, path
    assert ends <= {0, -signal.SIGKILL}


# --- the disk is full, or fails -------------------------------------------------------------------

LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
sys.dont_write_bytecode = True
from auditkit.cli import main
main(sys.argv[1:])
"""


@pytest.mark.parametrize("named", [False, True])
def test_no_room_for_the_file(saved: Path, tmp_path: Path, named: bool) -> None:
    (tmp_path / "report.html").write_bytes(OLD)
    code = "import os\nif hasattr(os, 'O_TMPFILE'): del os.O_TMPFILE\n" if named else ""
    with child(
        code + LIMITED, "report", saved / "audit.json", "-o", "report.html", cwd=tmp_path,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, b"")
    assert err.decode() == "auditkit: error: cannot write report.html: File too large\n"
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    assert (tmp_path / "report.html").read_bytes() == OLD


def test_a_full_device(auditkit_cli: Run, saved: Path) -> None:
    full = Path("/dev/full")
    if not full.is_char_device():
        pytest.skip("this system has no /dev/full")
    done = auditkit_cli("report", saved / "audit.json", "-o", full)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode() == "auditkit: error: cannot write full: No space left on device\n"
    assert full.is_char_device()


def failing(code: int) -> Callable[..., None]:
    def fail(*args: object, **options: object) -> None:
        raise OSError(code, os.strerror(code))

    return fail


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_step_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, there: bool, code: int
) -> None:
    target = tmp_path / "report.html"
    if there:
        target.write_bytes(OLD)
    elif step == "replace" and nameless(tmp_path):
        pytest.skip("a new file gets its name in one step")
    owner, name = (os, "fsync") if step == "fsync" else (Path, "replace")
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, failing(code))
        with pytest.raises(RequestError, match=os.strerror(code)):
            write_whole(target, NEW)
    assert [path.name for path in tmp_path.iterdir()] == (["report.html"] if there else [])
    assert not there or target.read_bytes() == OLD


def test_an_interrupt_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(handle: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    for flag in (True, False):
        if not flag:
            monkeypatch.delattr(os, "O_TMPFILE", raising=False)
        with pytest.raises(KeyboardInterrupt):
            write_whole(tmp_path / "report.html", NEW)
        assert list(tmp_path.iterdir()) == []


# --- and where all goes well ----------------------------------------------------------------------


@pytest.mark.parametrize("named", [False, True])
def test_written_and_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: bool) -> None:
    if named:
        monkeypatch.setattr(writing, "_write_unnamed", lambda *args: False)
    target = tmp_path / ("é" * 120 + ".html")  # 245 bytes: as long as a name may be, nearly
    for content in (b"", OLD, NEW):
        write_whole(target, content)
        assert target.read_bytes() == content
    assert [path.name for path in tmp_path.iterdir()] == [target.name]
    mask = os.umask(0o022)
    os.umask(mask)
    assert target.stat().st_mode & 0o777 == 0o666 & ~mask


def test_relative_and_linked_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder/real")
    monkeypatch.chdir(tmp_path)
    write_whole("plain", OLD)
    write_whole("folder/../link", NEW)
    assert (tmp_path / "plain").read_bytes() == OLD
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "folder" / "real").read_bytes() == NEW
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(RequestError):
        write_whole("loop", NEW)
    for bad in ("folder", "", "nowhere/file", "folder/real/file", "x" * 300, "a\0b"):
        with pytest.raises(RequestError):
            check_writable(bad)
