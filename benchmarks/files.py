"""Works C and F: a profile from disk, and a whole audit; each system in a process of its own."""

from __future__ import annotations

import math
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import clock
import numpy as np
from lines import Line
from made import NAMES, hiring, made

WORKER = Path(__file__).with_name("file_worker.py")


@dataclass(frozen=True)
class Took:
    """Medians over the rounds; `process` is the clock of the whole process, imports and all."""

    seconds: float
    cpu: float
    peak: float
    metrics: float
    model: float
    process: float


def in_turn(systems: Sequence[str], file: Path, rounds: int) -> dict[str, Took]:
    """Let each system do the work in a fresh process, once a round."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in systems}
    for number in range(rounds):
        for name in systems:
            clock.say(f"round {number + 1} of {rounds}: {name}")
            start = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-W", "ignore", WORKER, name, file],
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            said = (line.split() for line in done.stdout.splitlines())
            whole = time.perf_counter() - start
            found[name].append({key: float(value) for key, value in said} | {"process": whole})
    clock.say("")
    return {
        name: Took(*(statistics.median(run.get(key, math.nan) for run in runs)
                     for key in ("seconds", "cpu", "peak", "metrics", "model", "process")))
        for name, runs in found.items()
    }  # fmt: skip


def work_c(quick: bool) -> list[Line]:
    """Profile a file: roles, 420 cells, empty cells of two columns by group."""
    rows = 1_000_000 if quick else 10_000_000
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        parquet, text = _people(Path(folder), rows)
        for file in (parquet, text):
            kind = "Parquet" if file is parquet else "CSV"
            took = in_turn(("pandas", "duckdb", "ours", "command"), file, 1 if quick else 3)
            lines += _c_lines(took, f"{rows:,} rows of {kind}", kind, quick)
    return lines


def _c_lines(took: dict[str, Took], what: str, kind: str, quick: bool) -> list[Line]:
    mine, theirs, native = took["ours"], took["pandas"], took["duckdb"]
    held = kind == "Parquet" and not quick  # what the targets speak of
    whole = took["command"]
    return [
        Line("C", f"profile of {what}", "pandas, read and groupbys", 12 if held else None, True,
             theirs.seconds / mine.seconds, theirs.cpu / mine.cpu),
        Line("C", f"profile of {what}, peak memory", "pandas", 5 if held else None, True,
             theirs.peak / mine.peak),
        Line("C", f"profile of {what}", "DuckDB, one query", 1.7 if held else None, False,
             mine.seconds / native.seconds, mine.cpu / native.cpu,
             "theirs: no check of roles, no hash of the file"),
        Line("C", f"all of auditkit profile, {what}", "pandas, read and groupbys", None, True,
             theirs.seconds / whole.seconds, theirs.cpu / whole.cpu,
             "columns, proxies, leaks of a sample too"),
        Line("C", f"all of auditkit profile, {what}, peak memory", "", 1024, False,
             whole.peak, unit=" MB"),
    ]  # fmt: skip


def _people(folder: Path, rows: int) -> tuple[Path, Path]:
    """Write eight columns of people as Parquet and as CSV."""
    import duckdb
    import pyarrow as pa
    import pyarrow.parquet as pq

    data = made(rows)
    rng = np.random.default_rng(8)
    columns = {
        name: pa.DictionaryArray.from_arrays(data.codes[name], list(values)).cast(pa.string())
        for name, values in NAMES.items()
    }
    columns |= {"y_true": pa.array(data.y_true), "y_pred": pa.array(data.y_pred)}
    for name in ("income", "score"):
        values = rng.gamma(2.0, 20_000.0, rows).round(2)
        columns[name] = pa.array(values, mask=rng.random(rows) < 0.05)
    columns["site"] = pa.array(rng.integers(0, 300, rows).astype(np.int16))
    parquet, text = folder / "people.parquet", folder / "people.csv"
    pq.write_table(pa.table(columns), parquet)
    duckdb.sql(f"COPY (SELECT * FROM '{parquet}') TO '{text}' (HEADER, DELIMITER ',')")
    return parquet, text


def work_f(quick: bool) -> list[Line]:
    """Audit end to end: CSV, cross-fitted model, all rates and gaps, areas by group, one page."""
    rows = 10_000 if quick else 100_000
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "hiring.csv"
        hiring(rows).to_csv(file, index=False)
        took = in_turn(("by_hand", "audited", "default"), file, 1 if quick else 3)
    hand, like, mine = took["by_hand"], took["audited"], took["default"]
    what, peer = f"audit of {rows:,} rows, with intervals", "by hand with fairlearn, none"
    once = "logistic, five folds, on both sides"
    return [
        Line("F", f"{what}: one model, once", peer, None if quick else 5, True,
             hand.seconds / like.seconds, hand.cpu / like.cpu, once),
        Line("F", f"{what}: one model, once, from the start of Python", peer, None if quick else 5,
             True, hand.process / like.process, note="imports on both sides"),
        Line("F", f"{what}: as it comes", peer, None, True,
             hand.seconds / mine.seconds, hand.cpu / mine.cpu, "two kinds of model, repeated"),
        Line("F", "metrics and intervals, of the whole (one model, once)", "", None if quick else 5,
             False, 100 * like.metrics, unit=" %"),
        Line("F", "fitting and judging the model, of the whole (one model, once)", "", None, False,
             100 * like.model, unit=" %"),
        Line("F", "fitting and judging the models, of the whole (as it comes)", "", None, False,
             100 * mine.model, unit=" %"),
    ]  # fmt: skip
