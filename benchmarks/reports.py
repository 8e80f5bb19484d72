"""Measure HTML reports of one table in Chromium, beside those of other tools, in the same run.

::

    python benchmarks/reports.py                         some 8 minutes, the first time 5 more
    python benchmarks/reports.py --no-peers              ours alone, some 3 minutes
    python benchmarks/reports.py --install               only make the peers' environments
    python benchmarks/reports.py audit.json TABLE.csv [other.html ...]

Without a record it audits the sample. Renders the record with and without charts, has skrub,
ydata-profiling, evidently and dalex write their reports of the same table, and prints a table of
all, and one of our aims. Each tool is installed, with the versions pinned in ``benchmarks/peers/``,
into an environment of its own in the folder for temporary files; one that cannot be installed is a
line that says so. Needs the test dependencies and Chromium.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import clock  # noqa: E402
import peers  # noqa: E402
from lines import Line, number, table  # noqa: E402
from pages import axe_script, chromium, measured, median, paints  # noqa: E402

import auditkit  # noqa: E402

SAMPLE = HERE.parent / "sample_data"
TOOLS = ("skrub", "ydata", "evidently", "dalex")
LOOKS = {"auditkit": "interactive", "auditkit, without charts": "none"}
ROWS = (1_000, 10_000_000)
PEOPLE = {("F", 1): 34, ("F", 0): 91, ("M", 1): 45, ("M", 0): 80}
"""People by sex and outcome in each of four groups of race and age: 1,000 in all."""


def installed() -> dict[str, str]:
    """Make the environment of each tool; return why one cannot be made."""
    missing = {}
    for tool in TOOLS:
        try:
            peers.python_of(tool)
        except peers.PeerError as error:
            missing[tool] = str(error)
    return missing


def others(path: Path, folder: Path, missing: dict[str, str]) -> dict[Path, str]:
    """Have each tool write its report of the table; return the files and what they are called."""
    made: dict[Path, str] = {}
    for tool in TOOLS:
        if tool in missing:
            continue
        clock.say(f"{tool} writes its report")
        target = folder / f"{tool}.html"
        try:
            # -P: modules of this folder would stand in for installed ones of the same name.
            command = [peers.python_of(tool), "-P", HERE / "report_worker.py", tool, path, target]
            done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=900)
            made[target] = done.stdout.strip().splitlines()[-1]
            target.stat()
        except (peers.PeerError, OSError, IndexError, subprocess.SubprocessError) as error:
            said = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
            missing[tool] = f"fails: {said[-1] if said else error}"
            made.pop(target, None)
    clock.say("")
    return made


def own(audit: auditkit.Audit, folder: Path) -> dict[Path, str]:
    """Render the record in its forms; return the files and what they are called."""
    made = {}
    for name, charts in LOOKS.items():
        path = folder / f"auditkit-{charts}.html"
        audit.write_html(path, charts=charts)
        made[path] = name
    return made


def audited(arguments: list[object], record: Path) -> auditkit.Audit:
    """Run the command line, and return the record."""
    command = [sys.executable, "-m", "auditkit", "audit", *arguments, "--json", record, "-q"]
    environment = os.environ | {"PYTHONPATH": str(HERE.parent)}
    subprocess.run([*map(str, command)], check=True, env=environment)
    return auditkit.Audit.read(record)


def sizes(folder: Path) -> dict[str, list[int]]:
    """Return the bytes of each form for tables of 1,000 and of 10,000,000 rows, the same cells."""
    import duckdb

    cells = ", ".join(f"('{sex}', {hired}, {n})" for (sex, hired), n in PEOPLE.items())
    found: dict[str, list[int]] = {name: [] for name in LOOKS}
    for rows in ROWS:
        clock.say(f"size: {rows:,} rows")
        path = folder / f"rows-{rows}.parquet"
        with duckdb.connect() as connection:
            connection.execute(
                f"COPY (SELECT sex, race, age, hired FROM (VALUES {cells}) p(sex, hired, n), "
                "(VALUES ('A'), ('B')) r(race), (VALUES ('young'), ('old')) a(age), "
                f"range({max(PEOPLE.values())}) one(i), range({rows // ROWS[0]}) WHERE one.i < n) "
                f"TO '{path}' (FORMAT parquet)"
            )
        asked: list[object] = [path, "--label", "hired", "--model", "none"]
        asked += ["--protected", "sex", "--protected", "race", "--protected", "age"]
        audit = audited(asked, folder / f"rows-{rows}.json")
        if audit.data["people"] != rows:
            sys.exit(
                f"a table of {rows:,} rows was made, and {audit.data['people']:,} were counted"
            )
        for name, charts in LOOKS.items():
            found[name].append(len(audit.to_html(charts=charts).encode()))
        path.unlink()
    clock.say("")
    return found


def aims(files: dict[Path, str], first: dict[Path, list[float]], grown: dict[str, list[int]],
         found: dict[Path, dict[str, str]]) -> list[Line]:  # fmt: skip
    """Return our aims beside what was reached."""
    whole, short = list(files)[: len(LOOKS)]
    both = all(first[path] for path in (whole, short))
    ratio = statistics.median(first[whole]) / statistics.median(first[short]) if both else None
    lines = [
        _line("file with charts", 2.5, whole.stat().st_size / 1e6, " MB"),
        _line("file without charts", 150, short.stat().st_size / 1e3, " KB"),
        _line("first paint with charts, against without", 1.2, ratio),
    ]
    for name, (few, many) in grown.items():
        what = f"{name}: {ROWS[1]:,} rows against {ROWS[0]:,}, same cells"
        lines.append(_line(what, 2, 100 * abs(many / few - 1), " % apart"))
    for path in (whole, short):
        row, name = found[path], files[path]
        broken = row["axe: rules broken in 12 settings"].partition(" ")[0]
        kept, _, there = row["numbers, scripts off"].replace(",", "").partition(" of ")
        lines += [
            _line(f"{name}: requests", 0, _figure(row["requests"]), ""),
            _line(f"{name}: rules of axe broken", 0, _figure(broken), ""),
            _line(f"{name}: width at 375", 375, _figure(row["width at 375"]), ""),
            _line(f"{name}: numbers lost with scripts off", 0,
                  int(there) - int(kept) if there else None, ""),
        ]  # fmt: skip
    return lines


def _line(what: str, target: float, reached: float | None, unit: str = "x") -> Line:
    return Line("report", what, "", target, False, reached, unit=unit)


def _figure(text: str) -> float | None:
    return float(text) if text.isdigit() else None


def about(launched: str) -> str:
    """Return the machine and the versions, without a date."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text("utf-8").splitlines() if cpuinfo.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    machine = f"{os.cpu_count()} cores" + (f" ({names[0]})" if names else "")
    python = f"Python {platform.python_version()}"
    return f"Chromium {launched}, playwright {version('playwright')}, {python}, {machine}."


def main() -> None:
    """Measure the reports, and print two tables in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("files", nargs="*", type=Path, help="audit.json and its table; other pages")
    parser.add_argument("--no-peers", action="store_true", help="ours alone")
    parser.add_argument("--install", action="store_true", help="only make the environments")
    parser.add_argument("--rounds", type=int, default=9, help="loads for the first paint (9)")
    asked = parser.parse_args()
    missing = {} if asked.no_peers else installed()
    if asked.install:
        print("\n".join(f"{tool}: {missing.get(tool, 'ready')}" for tool in TOOLS))
        return
    records = [path for path in asked.files if path.suffix == ".json"]
    tables = [path for path in asked.files if path.name.endswith((".csv", ".csv.gz"))]
    axe, busy = axe_script(), [clock.load()]
    with tempfile.TemporaryDirectory() as name, chromium() as launch:
        folder = Path(name)
        if records and tables:
            audit, path = auditkit.Audit.read(records[0]), tables[0]
        else:
            audit, path = (
                audited([SAMPLE / "hiring.toml"], folder / "audit.json"),
                SAMPLE / "hiring.csv",
            )
        files = own(audit, folder)
        files |= {} if asked.no_peers else others(path, folder, missing)
        files |= {path: path.stem for path in asked.files if path.suffix == ".html"}
        grown = sizes(folder)
        first = paints(launch, list(files), asked.rounds)
        busy.append(clock.load())
        browser = launch()
        found = {path: measured(browser, path, axe) for path in files}
        rows = [
            [title, f"{page.stat().st_size / 1000:,.0f}", median(first[page], asked.rounds),
             *found[page].values()]
            for page, title in files.items()
        ]  # fmt: skip
        head = ["report", "KB", "first paint, ms", *next(iter(found.values()))]
        rows += [[tool, f"not measured: {why}", *[""] * (len(head) - 2)]
                 for tool, why in missing.items()]  # fmt: skip
        lines = [
            [line.what, number(line.target, line.unit), number(line.reached, line.unit), line.met]
            for line in aims(files, first, grown, found)
        ]
        said = about(browser.version)
        browser.close()
    print(table(head, rows), table(["ours", "at most", "reached", "met"], lines), sep="\n\n")
    print(f"\n{path.name}. {said} {max(busy):.1f} processes a core wanted to run at the busiest.")


if __name__ == "__main__":
    main()
