"""Progress of long scans: a thread asks DuckDB how far it is, and says so to whoever watches."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

__all__ = ["Progress", "Watch", "watching"]

Progress = Callable[[str, int, int], None]

_watcher: ContextVar[Progress | None] = ContextVar("auditkit_watcher", default=None)
_EVERY = 0.5


@contextmanager
def watching(progress: Progress | None) -> Iterator[None]:
    """Tell `progress` of the scans that begin inside: ``progress(what, rows done, rows)``."""
    token = _watcher.set(progress)
    try:
        yield
    finally:
        _watcher.reset(token)


class Watch:
    """Tells how far a connection is with what it does, until it is stopped.

    Attributes
    ----------
    rows : int
        About how many rows a scan goes through; nothing is told while this is 0.
    """

    def __init__(self, connection: Any) -> None:
        self.rows = 0
        self._tell = _watcher.get()
        self._connection = connection
        self._stopped = threading.Event()
        if self._tell is not None:
            connection.execute("SET enable_progress_bar = true").fetchall()
            connection.execute("SET enable_progress_bar_print = false").fetchall()
            threading.Thread(target=self._run, daemon=True).start()

    def stop(self) -> None:
        """Say no more."""
        self._stopped.set()

    def _run(self) -> None:
        import duckdb

        under_way = False
        while not self._stopped.wait(_EVERY):
            try:
                share = self._connection.query_progress() / 100  # negative: nothing is running
            except duckdb.ConnectionException:  # closed between two looks: all is said
                return
            if 0 < share < 1 and self.rows:
                under_way = True
                self._say(int(share * self.rows))
            elif under_way:
                under_way = False
                self._say(self.rows)

    def _say(self, done: int) -> None:
        if self._tell is not None:
            self._tell("reading rows", done, self.rows)
