"""Growth and size: what 10^4 to 10^8 rows cost, and whether the memory stays below 1 GB.

::

    python benchmarks/size.py            some 15 minutes, and 5 GB in the folder for temporary files
    python benchmarks/size.py --quick    a hundredth of it

People are made by DuckDB, from the numbers of their rows, and written as Parquet and CSV. Each line
is a fresh process that runs the command line, from the start of Python to the written report, or,
for the counts alone, the functions behind it. *(cpu)* is the ratio of processor times: read it
where the machine was busy with something else. The files are gone when the script ends.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from files import Took, in_turn  # noqa: E402
from lines import HEAD, Line, table  # noqa: E402
from made import NAMES  # noqa: E402

SHARES = {
    "gender": (46, 52, 2),
    "race": (6, 14, 19, 3, 58),
    "age": (21, 24, 20, 16, 12, 5, 2),
}
GIGABYTE = 1024


def people(file: Path, rows: int, *, wide: bool = False) -> Path:
    """Write three attributes, a label and a score; wide: 25 features more."""
    import duckdb

    columns = [f"{_word(name, place)} AS {name}" for place, name in enumerate(NAMES)]
    chance = "250 + 100 * CAST(gender = 'Male' AS INTEGER)"
    columns.append(f"CAST({_draw(10, 1000)} < {chance} AS INTEGER) AS hired")
    columns.append(f"round(({_draw(11, 7000)} + 3000 * hired) / 10000.0, 4)::DOUBLE AS score")
    if wide:
        for place in range(15):
            number = f"round({_draw(20 + place, 100_000)} / 100.0, 2)::DOUBLE"
            empty = f"{_draw(40 + place, 100)} < 3"
            columns.append(f"CASE WHEN {empty} THEN NULL ELSE {number} END AS n{place}")
        columns += [
            f"'level ' || {_draw(60 + place, 4 + 4 * place)} AS w{place}" for place in range(10)
        ]
    kind = "FORMAT parquet" if file.suffix == ".parquet" else "HEADER, DELIMITER ','"
    sql = f"COPY (SELECT {', '.join(columns)} FROM range({rows}) t(i)) TO '{file}' ({kind})"
    with duckdb.connect() as connection:
        connection.execute("SET preserve_insertion_order = false")
        connection.execute("SET memory_limit = '1GB'")
        connection.execute(sql)
    return file


def _draw(salt: int, below: int) -> str:
    """Return a whole number of each row that looks drawn."""
    return f"(hash(i * 97 + {salt}) % {below})::INTEGER"


def _word(name: str, salt: int) -> str:
    """Return one of the names, each with its share."""
    ends = [sum(SHARES[name][: place + 1]) for place in range(len(NAMES[name]) - 1)]
    whens = " ".join(
        f"WHEN {_draw(salt, 100)} < {end} THEN '{value}'"
        for end, value in zip(ends, NAMES[name], strict=False)
    )
    return f"CASE {whens} ELSE '{NAMES[name][-1]}' END"


def growth(folder: Path, decades: range) -> list[Line]:
    """Measure the counts alone, and the whole audit of scores, for each power of ten."""
    took: dict[str, list[Took]] = {"counted": [], "audit": []}
    lines = []
    for decade in decades:
        file = people(folder / "people.parquet", 10**decade)
        for how, found in in_turn(tuple(took), file, 3 if decade < 8 else 1).items():
            took[how].append(found)
            lines.append(_seconds(how, f"10^{decade} rows", found))
        file.unlink()
    for how, found in took.items():
        for decade, (a, b) in zip(decades, pairwise(found), strict=False):
            last = decade + 1 == decades[-1] and decade + 1 >= 7
            lines.append(
                Line("growth", f"{WHAT[how]}, 10^{decade + 1} rows", f"10^{decade} rows, ten times",
                     1.2 if last else None, False, b.seconds / a.seconds / 10, b.cpu / a.cpu / 10,
                     f"exponent {math.log10(b.seconds / a.seconds):.2f}")
            )  # fmt: skip
    return lines


WHAT = {"counted": "roles, cells, empty cells", "audit": "auditkit audit of scores",
        "profile": "auditkit profile"}  # fmt: skip


def _seconds(how: str, what: str, took: Took, target: float | None = None) -> Line:
    note = f"{took.seconds:.3g} s, of the processors {took.cpu:.3g} s"
    return Line("size", f"{WHAT[how]}, {what}: peak memory", "", target, False, took.peak,
                note=note, unit=" MB")  # fmt: skip


def wide(folder: Path, rows: int) -> list[Line]:
    """Measure the whole profile of thirty columns, of Parquet and of CSV."""
    lines = []
    for kind in ("parquet", "csv"):
        file = people(folder / f"wide.{kind}", rows, wide=True)
        size = file.stat().st_size / 2**20
        took = in_turn(("profile",), file, 1)["profile"]
        file.unlink()
        lines.append(_seconds("profile", f"{rows:,} rows x 30 columns of {kind} ({size:,.0f} MB)",
                              took, GIGABYTE))  # fmt: skip
    return lines


def main() -> None:
    """Measure, and print one table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("-q", "--quick", action="store_true", help="a hundredth of the rows")
    parser.add_argument("--only", choices=("growth", "wide"), help="one half of it")
    parser.add_argument("--top", type=int, default=8, help="the largest power of ten (8)")
    parser.add_argument("-o", "--output", type=Path, help="write the table to a file too")
    asked = parser.parse_args()
    less = 2 if asked.quick else 0
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        if asked.only != "wide":
            lines += growth(Path(folder), range(4, asked.top - less + 1))
        if asked.only != "growth":
            lines += wide(Path(folder), 10 ** (7 - less))
    text = table(HEAD, [line.cells() for line in lines])
    print(text)
    if asked.output:
        asked.output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
