"""A PostgreSQL server of our own, for as long as the tests run."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PASSWORD = "s3cr3t word/@:#"


def programs() -> Path | None:
    """Return the folder with initdb and pg_ctl; Debian keeps them off the PATH."""
    found = shutil.which("initdb")
    places = [Path(found).parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "pg_ctl").exists()), None)


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


@contextmanager
def server() -> Iterator[tuple[str, Path]]:
    """Yield ``host:port`` and the log of a server that asks for a password."""
    place = programs()
    if place is None:
        if os.environ.get("CI"):
            pytest.fail("no PostgreSQL server here: install Debian's postgresql")
        pytest.skip("no PostgreSQL server here: install Debian's postgresql to run these tests")
    folder = Path(tempfile.mkdtemp(prefix="auditkit-pg-"))
    root = os.geteuid() == 0  # the server refuses to run as root
    who = {"user": "nobody", "group": "nogroup", "extra_groups": []} if root else {}
    if root:
        shutil.chown(folder, "nobody", "nogroup")
    folder.chmod(0o755)

    def run(*words: str) -> None:
        done = subprocess.run(words, capture_output=True, text=True, cwd=folder, **who)
        assert done.returncode == 0, done.stdout + done.stderr

    secret = folder / "secret"
    secret.write_text(PASSWORD)
    secret.chmod(0o644)
    data, log, port = folder / "data", folder / "log", free_port()
    words = ["-D", str(data), "-U", "auditor", "-A", "scram-sha-256", "-E", "UTF8", "--no-sync"]
    run(str(place / "initdb"), *words, "--pwfile", str(secret))
    settings = f"-p {port} -k {folder} -h 127.0.0.1 -c log_statement=all -c fsync=off"
    run(str(place / "pg_ctl"), "-D", str(data), "-o", settings, "-l", str(log), "-w", "start")
    try:
        yield f"127.0.0.1:{port}", log
    finally:
        run(str(place / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)
