"""Ask whether the decomposition names the cause that was planted, and none where there is none.

python benchmarks/causes.py [--seeds 100] [--rows 4000] [--model logistic]

Five worlds with one planted cause each, and one with none. In each, people have a skill that
three features show and an outcome that the skill decides; the worlds differ from the null in one
thing only. Prints a table: how often each cause was ranked first (and "none" where no part was
clear after Holm's correction and at least 1 point).
"""

from __future__ import annotations

import argparse
import collections
import time
from collections.abc import Callable

import numpy as np
import pandas
from numpy.typing import NDArray

from auditkit.causes import CAUSES, causes_of
from auditkit.trainer import Cut, prepare

Floats = NDArray[np.float64]
World = tuple[pandas.DataFrame, Floats, NDArray[np.bool_]]

PLANTED = {
    "null": None,
    "label bias": "labels",
    "proxy": "proxies",
    "under-representation": "under-representation",
    "measurement error": "feature-quality",
}


def logistic(rng: np.random.Generator, eta: Floats) -> Floats:
    """Draw outcomes with these log odds."""
    return (rng.random(len(eta)) < 1 / (1 + np.exp(-eta))) * 1.0


def world(name: str, rows: int, seed: int) -> World:
    """Draw one world: features, outcome, and who is of the group."""
    rng = np.random.default_rng([seed, list(PLANTED).index(name)])
    share = 0.1 if name == "under-representation" else 0.3
    group = rng.random(rows) < share
    x = rng.normal(size=(rows, 3))
    frame = pandas.DataFrame(x, columns=["test", "years", "grade"])
    eta = 1.5 * x[:, 0] + 0.9 * x[:, 1] + 0.3 * x[:, 2]
    if name == "proxy":  # the outcome depends on the district, and the district goes with the group
        district = np.where(group, rng.normal(-1.0, 0.6, rows), rng.normal(0.4, 0.6, rows))
        frame["district"] = district
        eta = eta + 1.0 * district
    if name == "under-representation":  # the same skill shows in other features in this group
        other = 0.3 * x[:, 0] + 0.9 * x[:, 1] + 1.5 * x[:, 2]
        other = other - 1.2 * x[:, 0]
        eta = np.where(group, other * np.std(eta) / np.std(other), eta)
    outcome = logistic(rng, eta)
    if name == "label bias":  # a quarter of the group's positives are written down as negatives
        outcome = np.where(group & (rng.random(rows) < 0.25), 0.0, outcome)
    if name == "measurement error":  # the features of the group are measured with noise
        noise = rng.normal(scale=1.5, size=(rows, 3)) * group[:, None]
        frame[["test", "years", "grade"]] = x + noise
    return frame, outcome, group


def first_cause(name: str, rows: int, seed: int, kind: str) -> str:
    """Return the cause that the decomposition ranks first in one draw of a world."""
    frame, outcome, group = world(name, rows, seed)
    groups = {"group": np.where(group, "here", "others").tolist()}
    prepared = prepare(frame, outcome, features=list(frame), groups=groups)
    proxies = {"group": ["district"]} if "district" in frame else {}
    found = causes_of(
        prepared, kind, Cut(), references={"group": "others"}, proxies=proxies, seed=seed
    )
    return found["pairs"][0]["first"] or "none"


def main(ask: Callable[..., str] = first_cause) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--rows", type=int, default=4000)
    parser.add_argument("--model", default="logistic")
    asked = parser.parse_args()
    names = (*CAUSES, "none")
    print(f"| planted | {' | '.join(names)} | planted first |")
    print(f"| --- |{' ---: |' * (len(names) + 1)}")
    start = time.perf_counter()
    for name, cause in PLANTED.items():
        told = collections.Counter(
            ask(name, asked.rows, seed, asked.model) for seed in range(asked.seeds)
        )
        counts = " | ".join(str(told[one]) for one in names)
        right = told[cause or "none"]
        print(f"| {name} | {counts} | {right} of {asked.seeds} |", flush=True)
    print(f"\n{asked.seeds} seeds, {asked.rows:,} rows, {asked.model}, "
          f"{time.perf_counter() - start:.0f} s")  # fmt: skip


if __name__ == "__main__":
    main()
