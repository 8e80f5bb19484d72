"""How often do the nominal 95 % intervals hold the truth? Coverage for each method, in a table.

::

    python benchmarks/coverage.py --quick       some 3 minutes
    python benchmarks/coverage.py               some 40 minutes
    python benchmarks/coverage.py wilson auc    some lines only

For one and two rates nothing is drawn: every outcome that has a probability worth adding up is
visited, its interval is asked for, and the probabilities of those that hold the truth are summed
(the intervals of a bootstrap are drawn themselves, 1,000 replicates each). For many groups, where
outcomes cannot be visited, samples are drawn. An outcome without an interval counts as a miss; the
largest share of those is shown, and the lowest coverage of the others.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from clock import say  # noqa: E402
from coverage_drawn import MANY, STRATA, auc_gaps, aucs, of_many, strata  # noqa: E402
from coverage_exact import ONE, TWO, of_one, of_two  # noqa: E402
from covered import HEAD, Covered  # noqa: E402
from lines import table  # noqa: E402


def lines(quick: bool) -> list[tuple[str, Callable[[], Covered]]]:
    """Return every line of the table: what it is called, and how it is made."""
    found: list[tuple[str, Callable[[], Covered]]] = [
        (f"{name}, rate", partial(of_one, name, quick)) for name in ONE
    ]
    found += [(f"{name}, {kind}", partial(of_two, name, kind, quick)) for name, kind in TWO]
    found += [(f"{name}, {kind}", partial(of_many, name, kind, quick)) for name, kind in MANY]
    found += [
        (f"DeLong, {scale}, AUC", partial(aucs, scale, quick)) for scale in ("logit", "normal")
    ]
    found.append(("DeLong, difference of AUC", partial(auc_gaps, quick)))
    found += [(f"{name}, {kind}", partial(strata, name, kind, quick)) for name, kind in STRATA]
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("words", nargs="*", help="only lines with one of these words in them")
    parser.add_argument("-q", "--quick", action="store_true", help="fewer situations")
    parser.add_argument("-o", "--output", type=Path, help="write the table to a file too")
    parser.add_argument("-x", "--outside", action="store_true", help="say what is outside")
    asked = parser.parse_args()
    found = [
        make()
        for name, make in lines(asked.quick)
        if not asked.words or any(word.lower() in name.lower() for word in asked.words)
    ]
    say("")
    text = table(HEAD, [covered.cells() for covered in found])
    if asked.outside:
        for covered in found:
            text += f"\n\n{covered.name}, {covered.of}: {'; '.join(covered.outside()) or 'none'}"
    print(text)
    if asked.output:
        asked.output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
