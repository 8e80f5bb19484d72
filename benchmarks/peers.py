"""Peers in environments of their own: made with venv and pip, asked over a pipe to do the work."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clock import System

HERE = Path(__file__).resolve().parent


class PeerError(Exception):
    """A peer that cannot be installed, or fails at the work."""


def python_of(name: str) -> Path:
    """Return the Python of the peer's environment; make it, the first time.

    It stays in the folder for temporary files, under a name that changes with the pins.
    """
    pins = HERE / "peers" / f"{name}.txt"
    mark = hashlib.sha256(pins.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"auditkit-benchmarks-{name}-{mark}"
    python = folder / "bin" / "python"
    ready = folder / "ready"
    if ready.is_file():
        return python
    print(f"installing {name} (once) ...", file=sys.stderr)
    try:
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", pins],
            check=True, capture_output=True, text=True, timeout=1800,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        said = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
        raise PeerError(f"cannot be installed: {said[-1] if said else error}") from None
    ready.touch()
    return python


class Peer:
    """A process that does one work over and over, and keeps the time itself."""

    def __init__(self, name: str, rows: int) -> None:
        self.name = name
        self.process = subprocess.Popen(
            [python_of(name), HERE / "peer_worker.py", name, str(rows)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        self.versions = self._answer()

    def __call__(self) -> float:
        """Do the work once, and return the seconds."""
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        return float(self._answer())

    def _answer(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline().strip()
        if not line or line.startswith("error"):
            raise PeerError(line or "ended without an answer")
        return line

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()


@contextmanager
def asked(names: list[tuple[str, int]], missing: dict[str, str]) -> Iterator[dict[str, Peer]]:
    """Start peers, each with a number of rows; what is not there is named in `missing`."""
    peers: dict[str, Peer] = {}
    try:
        for name, rows in names:
            try:
                peers[name] = Peer(name, rows)
            except PeerError as error:
                missing[name] = str(error)
        yield peers
    finally:
        for peer in peers.values():
            peer.close()


def or_nothing(peer: Peer, missing: dict[str, str]) -> System:
    """Return the work of a peer that says in `missing` why it failed, and is not asked again."""

    def system() -> float:
        try:
            return 0.0 if peer.name in missing else peer()
        except PeerError as error:
            missing[peer.name] = str(error)
            return 0.0

    return system
