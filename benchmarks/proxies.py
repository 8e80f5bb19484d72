"""Whole profiles of null data: is a proxy, a stratum, a stage or bad quality reported?.

::

    python benchmarks/proxies.py --quick    20 datasets of each size, some 2 minutes
    python benchmarks/proxies.py            100 of each size, some 15 minutes

Null data: three protected attributes of 2, 4 and 6 groups (some of 2 % of the people) that have
nothing to do with anything else: neither with twelve features of all kinds (numbers with and
without decimals, skewed amounts, levels few, many and rare, postcodes, dates, truth values, names,
empty cells), nor with the outcome, nor with the stages of a process. Every profile is the real one,
with the default policy. Counted is how many profiles report *anything* of a kind, for any feature,
attribute, group or stage.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from clock import say  # noqa: E402
from lines import table  # noqa: E402

import auditkit  # noqa: E402

SIZES = (200, 500, 2_000, 5_000)
GROUPS = {
    "sex": (0.5, 0.5),
    "region": (0.5, 0.3, 0.15, 0.05),
    "ethnicity": (0.55, 0.2, 0.12, 0.08, 0.03, 0.02),
}
ALPHA = 0.05
WHAT = {
    "proxy": "a proxy is flagged",
    "joint": "all features together are flagged",
    "link": "some link with a group has p below 0.05 (corrected)",
    "together": "all features together tell a group, p below 0.05 (corrected)",
    "outcome": "some link with the outcome has p below 0.05 (corrected), of features without one",
    "missing": "empty cells differ between groups, or go with the outcome: flagged",
    "stratum": "a stratum is proposed",
    "feature-quality": "a number is measured differently: a note",
    "label-quality": "labels are contradicted unevenly: a note",
    "duplicates": "rows are copied: a note",
    "quality": "some test of quality has p below 0.05 (corrected over all of them)",
    "stage-gap": "a stage of the process is flagged",
    "detectable": "a gap as large as is said to be detectable has p below 0.05 (corrected)",
}


def frame(n: int, seed: int) -> pd.DataFrame:
    """Return one dataset."""
    rng = np.random.default_rng([n, seed, 55])
    columns = {
        name: rng.choice([f"{name} {i}" for i in range(len(shares))], n, p=shares)
        for name, shares in GROUPS.items()
    }
    skill = rng.normal(size=n)
    rare = 1 / np.arange(1, 61)
    columns |= {
        "score": np.round(skill + rng.normal(size=n), 2),
        "years": rng.poisson(6, n),
        "salary": np.round(np.exp(rng.normal(10, 0.6, n)), -2),
        "grade": rng.integers(1, 5, n),
        "team": rng.choice(["red", "blue", "green"], n),
        "school": rng.choice([f"school {i}" for i in range(60)], n, p=rare / rare.sum()),
        "postcode": rng.integers(20_000, 20_400, n).astype(str),
        "since": (np.datetime64("2015-01-01") + rng.integers(0, 3_000, n)).astype(str),
        "licence": rng.choice(["yes", "no"], n, p=(0.7, 0.3)),
        "name": np.array([f"name {i}" for i in rng.integers(0, max(2, n // 3), n)]),
        "height": np.where(rng.random(n) < 0.2, np.nan, np.round(rng.normal(170, 10, n))),
        "club": np.where(rng.random(n) < 0.1, None, rng.choice(["a", "b", "c", "d"], n)),
    }
    chance = 1 / (1 + np.exp(0.8 - skill))
    columns["screened"] = np.where(rng.random(n) < 0.6, "yes", "no")
    hired = (columns["screened"] == "yes") & (rng.random(n) < chance)
    columns["hired"] = np.where(hired, "yes", "no")
    return pd.DataFrame(columns)


def reported(n: int, seed: int) -> set[str]:
    """Return what one profile reports."""
    data = auditkit.load(
        frame(n, seed), label="hired", positive="yes", protected=list(GROUPS),
        stages=["screened=screened:yes", "hired=hired:yes"],
    )  # fmt: skip
    record = auditkit.profile(data, seed=seed)
    facts = record.profile
    found = {
        finding.kind
        for finding in record.findings
        if finding.kind in WHAT and (finding.attributes or finding.kind == "duplicates")
        if finding.kind not in {"proxy", "stage-gap"} or finding.level == "flag"
    }
    joint = {row["feature"] for row in facts["proxies_joint"]}
    proxies = [f for f in record.findings if (f.kind, f.level) == ("proxy", "flag")]
    found.discard("proxy")
    found |= {"joint" if f.evidence.get("feature") in joint else "proxy" for f in proxies}
    if any(f.kind == "missingness" and f.level == "flag" for f in record.findings):
        found.add("missing")
    if any(row["proposed"] for row in facts["strata_scan"]):
        found.add("stratum")
    quality = facts["quality"]
    tests = {
        "link": [row["p_adjusted"] for row in facts["proxies"]],
        "together": [row["p_adjusted"] for row in facts["proxies_joint"]],
        "outcome": [
            row["outcome_p_adjusted"] for row in facts["proxies"] if row["feature"] != "score"
        ],
        "quality": [
            row["p_adjusted"] for part in ("duplicates", "features", "noise")
            for row in quality[part]
        ],
        "detectable": [
            pair["p_adjusted"] for pair in (item.to_dict() for item in record.disparities)
            if pair["kind"] == "difference" and pair["metric"] == "base_rate"
            and _beyond(pair, record.representation)
        ],
    }  # fmt: skip
    found |= {name for name, ps in tests.items() if any(p is not None and p < ALPHA for p in ps)}
    return found


def _beyond(pair: dict[str, object], rows: object) -> bool:
    """Tell whether a gap is as large as the record says can be detected."""
    for row in rows:  # type: ignore[attr-defined]
        if (row["attributes"], row["group"]) == (pair["attributes"], pair["group"]):
            least, value = row.get("detectable_difference"), pair["value"]
            return least is not None and value is not None and abs(value) >= least
    return False


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("-q", "--quick", action="store_true", help="fewer datasets")
    parser.add_argument("-n", "--datasets", type=int, help="how many of each size")
    parser.add_argument("-o", "--output", type=Path, help="write the table to a file too")
    asked = parser.parse_args()
    times = asked.datasets or (20 if asked.quick else 100)
    counts: dict[int, Counter[str]] = {}
    for n in SIZES:
        counts[n] = Counter()
        for seed in range(times):
            say(f"{n} people, {seed + 1} of {times}")
            counts[n].update(reported(n, seed))
    say("")
    head = (f"of {times} datasets", *(f"{n:,} people" for n in SIZES))
    rows = [(what, *(str(counts[n][key]) for n in SIZES)) for key, what in WHAT.items()]
    text = table(head, rows)
    print(text)
    if asked.output:
        asked.output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
