"""Compare auditkit with its peers and with the floor: ratios of medians, in one run, in one table.

::

    python benchmarks/run.py            some 20 minutes
    python benchmarks/run.py --quick    fewer rows and rounds, some 3 minutes
    python benchmarks/run.py A E        these works only

Needs auditkit with its test dependencies. AIF360 and Aequitas are installed, with the versions
pinned in ``benchmarks/peers/``, into environments of their own in the folder for temporary files;
one that cannot be installed is reported as such. Seconds depend on the machine, ratios much less:
systems take turns within one run. *(cpu)* is the ratio of processor times, where both sides ran in
one process; trust it rather when the machine was busy with something else.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import clock  # noqa: E402
from lines import HEAD, table  # noqa: E402
from works import WORKS  # noqa: E402

SHOWN = ("numpy", "pandas", "pyarrow", "scikit-learn", "fairlearn", "click")


def main() -> None:
    """Run the works that were asked for, and print one table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("works", nargs="*", metavar="WORK", help=f"of {', '.join(WORKS)}")
    parser.add_argument("-q", "--quick", action="store_true", help="fewer rows and rounds")
    parser.add_argument("-o", "--output", type=Path, help="write the table to a file too")
    asked = parser.parse_args()
    unknown = sorted(set(asked.works) - set(WORKS))
    if unknown:
        parser.error(f"no work {', '.join(unknown)}; there are {', '.join(WORKS)}")
    warnings.simplefilter("ignore")  # the peers', on undefined rates
    lines, busy = [], []
    for name, work in WORKS.items():
        if not asked.works or name in asked.works:
            busy.append(clock.load())
            lines += work(asked.quick)
            busy.append(clock.load())
    versions = ", ".join(f"{name} {version(name)}" for name in SHOWN)
    about = [
        f"{os.cpu_count()} cores, Python {platform.python_version()}, {versions}.",
        f"{max(busy):.1f} processes a core wanted to run at the busiest"
        + (": the machine was shared, and the clock is to be read with care." if max(busy) > 1.2
           else "."),
    ]  # fmt: skip
    text = "\n".join([table(HEAD, [line.cells() for line in lines]), "", *about])
    print(text)
    if asked.output:
        asked.output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
