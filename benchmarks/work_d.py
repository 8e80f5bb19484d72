"""Work D: the worst subgroup among all crossings of up to three of twelve features."""

from __future__ import annotations

import subprocess
import sys
from itertools import combinations
from pathlib import Path
from typing import Any

import clock
from clock import Times, round_robin
from lines import Line, faster
from made import featured
from peers import asked, or_nothing

ROOT = Path(__file__).resolve().parents[1]
TARGETS = {"polars": 10, "divexplorer": 1000}


def with_polars(rows: int) -> Any:
    """Return a system that counts the 298 crossings by as many group-bys, in one go."""
    import polars as pl

    features, outcome = featured(rows)
    lazy = pl.DataFrame({**features, "y": outcome}).lazy()
    some = [s for size in (1, 2, 3) for s in combinations(features, size)]
    plans = [
        lazy.group_by(names).agg(pl.len().alias("n"), pl.col("y").cast(pl.Int64).sum())
        .filter(pl.col("n") >= rows // 100)
        .sort(pl.col("y") / pl.col("n")).head(10)
        for names in some
    ]  # fmt: skip

    def system() -> None:
        pl.collect_all(plans)

    return system


def with_auditkit(rows: int) -> Any:
    """Return a system that searches half of the rows and tests what it found on the other half."""
    from auditkit.subgroups import worst_subgroups

    features, outcome = featured(rows)

    def system() -> None:
        found = worst_subgroups(features, outcome).subgroups[0]
        assert found.group == ("3", "1", "1"), found

    return system


def work_d(quick: bool) -> list[Line]:
    """Find the worst subgroup: twelve features, three conditions, support 1 %."""
    rows, few = (100_000, 10_000) if quick else (1_000_000, 100_000)
    missing: dict[str, str] = {}
    systems: dict[str, clock.System] = {
        "polars": with_polars(rows), "ours": with_auditkit(rows), "ours, few": with_auditkit(few),
    }  # fmt: skip
    with asked([("divexplorer", few)], missing) as peers:
        for name, peer in peers.items():
            systems[name] = or_nothing(peer, missing)
        times = round_robin(systems, 3, {"ours": 3, "ours, few": 3, "divexplorer": 0})
    for name in missing:
        times.wall.pop(name, None)
    return [*_lines(times, rows, few, missing, quick), _memory(rows)]


def _lines(times: Times, rows: int, few: int, missing: dict[str, str], quick: bool) -> list[Line]:
    what = "worst of 298 crossings of 12 features"
    note = "theirs: the counts alone; ours: searched, and tested on rows held out"
    other = missing.get("divexplorer", "it mines longer patterns too")
    target = {name: None if quick else value for name, value in TARGETS.items()}
    return [
        faster("D", f"{what}, {rows:,} rows", times, "polars", "ours", target["polars"], note=note),
        faster("D", f"{what}, {few:,} rows", times, "divexplorer", "ours, few",
               target["divexplorer"], note=other),
    ]  # fmt: skip


_MEMORY = """
import sys
sys.path[:0] = [{here!r}, {root!r}]
from pathlib import Path
from work_d import with_auditkit
status = Path("/proc/self/status")
def peak(name):
    (line,) = [line for line in status.read_text().splitlines() if line.startswith(name)]
    return int(line.split()[1]) / 1024
work = with_auditkit({rows})
with_auditkit(50_000)()
Path("/proc/self/clear_refs").write_text("5")
before = peak("VmRSS")
work()
print(peak("VmHWM") - before)
"""


def _memory(rows: int) -> Line:
    """Return the memory that the search adds at its peak; Linux tells, others do not."""
    code = _MEMORY.format(here=str(ROOT / "benchmarks"), root=str(ROOT), rows=rows)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    try:
        reached: float | None = float(done.stdout)
    except ValueError:
        reached = None
    return Line(
        "D", f"memory beyond the columns, {rows:,} rows", "", 200, False, reached, unit=" MB"
    )
