"""Systems in turn, in one run: medians, and the ratio of two of them."""

from __future__ import annotations

import gc
import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

System = Callable[[], float | None]
"""Does the work once. Returns its seconds if it kept the time itself (another process)."""


@dataclass
class Times:
    """Seconds of each system, round by round: by the clock, and of this process's processors."""

    wall: dict[str, list[float]] = field(default_factory=dict)
    cpu: dict[str, list[float]] = field(default_factory=dict)

    def seconds(self, name: str) -> float:
        """Return the median by the clock."""
        return statistics.median(self.wall[name])

    def ratio(self, above: str, below: str) -> float:
        """Return how many times as long the first one takes: the ratio of the medians."""
        return self.seconds(above) / self.seconds(below)

    def cpu_ratio(self, above: str, below: str) -> float | None:
        """Return the same for processor time; None where it was not kept."""
        a, b = self.cpu.get(above), self.cpu.get(below)
        return statistics.median(a) / max(statistics.median(b), 1e-9) if a and b else None


def round_robin(systems: Mapping[str, System], rounds: int, inner: Mapping[str, int]) -> Times:
    """Let each system do the work once a round; `inner`: several times, where it is quick.

    Every system warms up once, unless it is slow (inner 0: one go a round, no warming).
    """
    times = Times({name: [] for name in systems}, {name: [] for name in systems})
    for name, system in systems.items():
        if inner.get(name, 1):
            system()
    for number in range(rounds):
        for name, system in systems.items():
            say(f"round {number + 1} of {rounds}: {name}")
            gc.collect()
            for _ in range(max(1, inner.get(name, 1))):
                start, busy = time.perf_counter(), time.process_time()
                kept = system()
                wall, cpu = time.perf_counter() - start, time.process_time() - busy
                times.wall[name].append(wall if kept is None else kept)
                if kept is None:
                    times.cpu[name].append(cpu)
    say("")
    return times


def say(text: str) -> None:
    """Show progress on a terminal, and leave no trace of it."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def load() -> float:
    """Return how busy the machine is, in waiting processes for each core."""
    return os.getloadavg()[0] / (os.cpu_count() or 1)
