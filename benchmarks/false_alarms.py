"""How often is something flagged where nothing is, and missed where something is? Whole audits.

::

    python benchmarks/false_alarms.py --quick    40 datasets of each kind, some 2 minutes
    python benchmarks/false_alarms.py            200 of each kind, some 15 minutes

Null data: six attributes of 2 to 7 groups, some of them small, an outcome that has nothing to do
with any of them, and five features: noise, one that goes with the outcome, one that goes with an
attribute, a numeric one, and a declared stratum that goes with the outcome. Every audit is the
real one, with the default policy and without a model. Counted is how many audits have *any*
flagged finding of a kind. Data with a gap: the rate of one of two groups is 0.6 of the other's.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from clock import say  # noqa: E402
from lines import table  # noqa: E402

import auditkit  # noqa: E402
from auditkit.inference import power_of_difference  # noqa: E402

SIZES = (300, 1_000, 5_000)
ALLOWED = 18  # of 200: a level of 5 % gives more in less than 1 of 100 such runs
SHARES = {
    "a": (0.5, 0.5),
    "b": (0.8, 0.2),
    "c": (0.6, 0.3, 0.1),
    "d": (0.4, 0.3, 0.2, 0.1),
    "e": (0.3, 0.25, 0.2, 0.15, 0.1),
    "f": (0.55, 0.2, 0.1, 0.06, 0.04, 0.03, 0.02),
}
BASE = (0.1, 0.3, 0.5)
RATIO = 0.6
KINDS = ("outcome-gap", "subgroup", "simpson", "missingness", "proxy")
HEAD = ("people", "datasets", *KINDS, "stratum proposed", "allowed")


def frame(n: int, seed: int, *, gap: bool = False) -> pd.DataFrame:
    """Return one dataset; with a gap, the second group of 'a' has 0.6 of the others' rate."""
    rng = np.random.default_rng([n, seed, int(gap)])
    columns = {
        name: rng.choice([f"{name}{i}" for i in range(len(shares))], size=n, p=shares)
        for name, shares in SHARES.items()
    }
    base = 0.5 if gap else BASE[seed % len(BASE)]
    stratum = rng.choice(["north", "south", "west"], size=n)
    helpful = rng.integers(0, 4, size=n)
    rate = base * (1 + 0.3 * (stratum == "north") - 0.3 * (stratum == "west"))
    rate = rate * (0.7 + 0.2 * helpful)
    if gap:
        rate = np.where(columns["a"] == "a1", RATIO * base, base)
    columns["outcome"] = np.where(rng.random(n) < np.clip(rate, 0, 1), "yes", "no")
    columns["stratum"] = stratum
    columns["noise"] = rng.choice(list("pqrst"), size=n)
    columns["helpful"] = np.array([f"h{i}" for i in helpful])
    alike = rng.random(n) < 0.4
    columns["goes_with_c"] = np.where(alike, columns["c"], rng.choice(["c0", "c1", "c2"], size=n))
    columns["number"] = rng.normal(size=n).round(3)
    return pd.DataFrame(columns)


def audited(n: int, seed: int, *, gap: bool = False) -> set[str]:
    """Return what one audit flags: kinds of findings, and 'proposed' for an undeclared stratum."""
    data = auditkit.load(
        frame(n, seed, gap=gap), label="outcome", positive="yes", protected=list(SHARES),
        strata=["stratum"],
    )  # fmt: skip
    record = auditkit.audit(data, model="none", seed=seed)
    found = {finding.kind for finding in record.findings if finding.level == "flag"}
    if gap:
        found = {
            "found"
            for finding in record.findings
            if (finding.kind, finding.level, finding.attributes) == ("outcome-gap", "flag", ("a",))
        }
    if any(row["proposed"] for row in record.profile["strata_scan"]):
        found.add("proposed")
    return found


def counted(n: int, times: int, *, gap: bool = False) -> Counter[str]:
    """Return how many of `times` audits flag each kind."""
    found: Counter[str] = Counter()
    for seed in range(times):
        say(f"{'gap' if gap else 'null'}: {n} people, {seed + 1} of {times}")
        found.update(audited(n, seed, gap=gap))
    return found


def null_lines(times: int) -> Iterator[tuple[str, ...]]:
    """Yield a line of the first table for each size."""
    for n in SIZES:
        found = counted(n, times)
        yield (
            f"{n:,}",
            str(times),
            *(str(found[kind]) for kind in KINDS),
            str(found["proposed"]),
            f"{ALLOWED} of 200",
        )


def gap_lines(times: int) -> Iterator[tuple[str, ...]]:
    """Yield a line of the second table: the smallest size at which the gap has the power."""
    for n in SIZES[:2]:
        half = n / 2
        # Holm over seven questions at its strictest: Bonferroni.
        power = power_of_difference(RATIO * 0.5, half, 0.5, half, level=1 - 0.05 / 7)
        assert power is not None
        if power < 0.95:
            yield f"{n:,}", f"{100 * power:.1f} %", "not looked at", "-"
            continue
        found = counted(n, times, gap=True)["found"]
        yield f"{n:,}", f"{100 * power:.1f} %", f"{found} of {times}", f"{0.95 * times:g}"


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("-q", "--quick", action="store_true", help="fewer datasets")
    parser.add_argument("-o", "--output", type=Path, help="write the tables to a file too")
    asked = parser.parse_args()
    times = 40 if asked.quick else 200
    null = table(HEAD, list(null_lines(times)))
    gaps = table(
        ("people", "power of the corrected test", "flagged", "at least"), list(gap_lines(times))
    )
    say("")
    text = f"{null}\n\n{gaps}"
    print(text)
    if asked.output:
        asked.output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
