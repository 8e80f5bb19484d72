"""How much longer than reading the file does a profile take? Times, ratios and peaks of memory.

::

    python benchmarks/columns.py            some 5 minutes
    python benchmarks/columns.py --quick    one round of each

Three made files of hiring data with all kinds of columns (numbers, levels, dates, free text,
postcodes, an identifier, a tenth of the cells of some columns empty): 100,000 rows by 40 columns,
5,000 rows by 300 columns, and 200,000 rows whose identifier has as many values. Each system runs in
a process of its own: pandas reads the file with ``read_csv``; auditkit profiles it, once called
from Python (without the report) and once as the whole command, start and HTML report included.
What is called from Python, pandas' reading too, is done twice and the second time counts. Each
is measured on one core and on all of them: pandas reads with as many as there are.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from clock import say  # noqa: E402
from lines import table  # noqa: E402

FILES = {"100,000 x 40": (100_000, 40), "5,000 x 300": (5_000, 300), "200,000 x 12": (200_000, 12)}
PROTECTED = ("sex", "ethnicity", "age_band")
CORES = ("one", "all") if hasattr(os, "sched_setaffinity") else ("all",)
HEAD = ("rows x columns", "cores", "system", "seconds", "x read_csv", "(cpu)", "peak memory, MB")


def made(rows: int, columns: int, seed: int = 5) -> pd.DataFrame:
    """Return people, their outcome, and columns of all kinds, in turn, until there are enough."""
    rng = np.random.default_rng([rows, columns, seed])
    frame = {
        "candidate_id": np.array([f"C{i:07d}" for i in rng.permutation(rows)], dtype=object),
        "sex": rng.choice(["female", "male", "other"], rows, p=(0.45, 0.53, 0.02)),
        "ethnicity": rng.choice(["A", "B", "C", "D"], rows, p=(0.6, 0.2, 0.15, 0.05)),
        "age_band": rng.choice(["under 30", "30 to 44", "45 to 59", "60 and over"], rows),
        "postcode": np.char.add("N", np.char.mod("%d", rng.integers(100, 400, rows))),
    }
    skill = rng.normal(size=rows)
    for place in range(columns - len(frame) - 1):
        name, column = _column(place, skill, rng)
        frame[name] = column
    chance = 1 / (1 + np.exp(1 - skill - 0.3 * (frame["sex"] == "male")))
    frame["hired"] = np.where(rng.random(rows) < chance, "yes", "no")
    return pd.DataFrame(frame)


def _column(place: int, skill: np.ndarray, rng: np.random.Generator) -> tuple[str, np.ndarray]:
    """Return the column at a place: six kinds in turn, every fourth one with empty cells."""
    rows, kind = len(skill), place % 6
    if kind == 0:
        name, column = "score", np.round(skill + rng.normal(size=rows), 3)
    elif kind == 1:
        levels = [f"level {i}" for i in range(int(rng.integers(3, 40)))]
        name, column = "team", rng.choice(levels, rows)
    elif kind == 2:
        name, column = "years", rng.integers(0, 40, rows)
    elif kind == 3:
        days = rng.integers(0, 4_000, rows).astype("timedelta64[D]")
        name, column = "since", (np.datetime64("2014-01-01") + days).astype(str)
    elif kind == 4:
        name, column = "passed", rng.choice(["yes", "no"], rows)
    else:
        name, column = "amount", np.round(np.exp(rng.normal(8, 1, rows)), 2)
    if place == 7:  # one column of free text
        words = np.array(["keen", "calm", "able", "steady", "new", "warm", "exact", "quick"])
        drawn = words[rng.integers(0, len(words), (rows, 8))]
        name, column = "letter", np.array([" ".join(row) for row in drawn], dtype=object)
    column = column.astype(object)
    if place % 4 == 3:
        column[rng.random(rows) < 0.1] = None
    return f"{name}_{place}", column


_READ = """
import pandas
frame = pandas.read_csv({path!r})  # warm: imports, the file in memory
start = clocks()
frame = pandas.read_csv({path!r})
"""
_CALL = """
import auditkit
data = auditkit.load({path!r}, label="hired", positive="yes", protected={protected!r})
auditkit.profile(data)  # warm: imports, the file in memory
start = clocks()
data = auditkit.load({path!r}, label="hired", positive="yes", protected={protected!r})
auditkit.profile(data)
"""
_COMMAND = """
from auditkit.cli import main
start = begun
arguments = ["profile", {path!r}, "--label", "hired", "--positive", "yes", "--quiet"]
arguments += [part for name in {protected!r} for part in ("--protected", name)]
try:
    main([*arguments, "-o", {page!r}])
except SystemExit as done:
    assert not done.code, done.code
"""
_AROUND = """
import os, pathlib, resource, sys, time


def clocks():
    return time.perf_counter(), time.process_time()


if {cores!r} == "one":  # before anybody starts threads
    os.sched_setaffinity(0, list(os.sched_getaffinity(0))[:1])
begun = clocks()
sys.path.insert(0, {root!r})
{work}
wall, cpu = (end - first for first, end in zip(start, clocks()))
status = pathlib.Path("/proc/self/status")
if status.exists():  # Linux: what getrusage says there is that of the process before, too
    (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    peak = int(line.split()[1]) * 1024
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(wall, cpu, peak / 1e6, file=sys.stderr)
"""
SYSTEMS = {"pandas.read_csv": _READ, "auditkit.profile": _CALL, "auditkit profile": _COMMAND}


def once(work: str, cores: str, **names: object) -> tuple[float, float, float]:
    """Return seconds by the clock and of the processors, and the peak of memory in MB."""
    code = _AROUND.format(root=str(HERE.parent), cores=cores, work=work.format(**names))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    wall, cpu, peak = map(float, done.stderr.splitlines()[-1].split())
    return wall, cpu, peak


def measured(folder: Path, title: str, rounds: int) -> list[tuple[str, ...]]:
    """Return the lines of one file."""
    path = folder / "people.csv"
    made(*FILES[title]).to_csv(path, index=False)
    names = {"path": str(path), "page": str(folder / "page.html"),
             "protected": PROTECTED}  # fmt: skip
    found: dict[tuple[str, str], list[tuple[float, float, float]]] = {
        (cores, name): [] for cores in CORES for name in SYSTEMS
    }
    for number in range(rounds):
        for cores, name in found:
            say(f"{title}, round {number + 1} of {rounds}, {cores} cores: {name}")
            found[cores, name].append(once(SYSTEMS[name], cores, **names))
    say("")
    middle = {name: tuple(map(statistics.median, zip(*each, strict=True)))
              for name, each in found.items()}  # fmt: skip
    lines = []
    for (cores, name), (seconds, cpu, peak) in middle.items():
        wall, used, _ = middle[cores, "pandas.read_csv"]
        ratios = f"{seconds / wall:.1f}", f"{cpu / used:.1f}"
        lines.append((title, cores, name, f"{seconds:.2f}", *ratios, f"{peak:.0f}"))
    return lines


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("files", nargs="*", metavar="FILE", help=f"of {', '.join(FILES)}")
    parser.add_argument("-q", "--quick", action="store_true", help="one round of each")
    parser.add_argument("-o", "--output", type=Path, help="write the table to a file too")
    asked = parser.parse_args()
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        for title in asked.files or FILES:
            lines += measured(Path(folder), title, 1 if asked.quick else 5)
    text = table(HEAD, lines)
    print(text)
    if asked.output:
        asked.output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
