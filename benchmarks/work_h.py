"""Work H: a whole audit beside the fits of its models alone, on 100,000 rows and 15 columns.

Each side runs in a process of its own. The fits: the same designs, learners, folds, repetitions and
training rows, in plain scikit-learn, with the scores of the rows left out. The audit: from the CSV
file to the page and the record.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import clock
from lines import Line
from made import hiring

PROTECTED = ("gender", "race")
KINDS = ("logistic", "boosting")
SIDES = ("fits", "audit")


def _hiring(folder: Path, rows: int) -> Path:
    """Write people of 8 groups; their age is a feature here, and a number."""
    import numpy as np

    file = folder / "hiring.csv"
    age = np.random.default_rng(16).integers(18, 67, rows)
    hiring(rows).assign(age=age).to_csv(file, index=False)
    return file


def fits(file: str) -> Callable[[], object]:
    """Return a system that does no more than fit and score, five folds of each kind."""
    import numpy as np
    import pandas
    from sklearn.model_selection import StratifiedKFold
    from threadpoolctl import threadpool_limits

    from auditkit.columns import describe
    from auditkit.trainer.design import model_for, read_table

    frame = pandas.read_csv(file)
    outcome = frame["y_true"].to_numpy()
    names = [name for name in frame if name not in {*PROTECTED, "y_true"}]
    table = read_table(frame, describe(frame, names))
    folds = list(StratifiedKFold(5, shuffle=True, random_state=0).split(outcome, outcome))

    def work() -> None:
        with threadpool_limits(limits={"blas": 1}):
            for kind in KINDS:
                scores = np.zeros(len(outcome))
                for train, test in folds:
                    few = int(outcome[train].sum())
                    model, _ = model_for(kind, table, seed=0, rows=len(train), smallest=few)
                    model.fit(table.frame.iloc[train], outcome[train])
                    scores[test] = model.predict_proba(table.frame.iloc[test])[:, 1]

    return work


def audit(file: str) -> Callable[[], object]:
    """Return a system that audits: load, profile, both models, metrics, findings, page, record."""
    import jinja2  # noqa: F401  both sides have their libraries loaded
    import sklearn.ensemble  # noqa: F401

    import auditkit.profiling
    import auditkit.report.page
    import auditkit.run

    def work() -> None:
        data = auditkit.load(file, label="y_true", protected=list(PROTECTED))
        found = auditkit.audit(data, model="logistic")
        found.to_html()
        found.to_json()

    return work


def work_h(quick: bool) -> list[Line]:
    """Audit, and fit alone, in turn."""
    rows, rounds = (20_000, 1) if quick else (100_000, 3)
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in SIDES}
    with tempfile.TemporaryDirectory() as folder:
        file = _hiring(Path(folder), rows)
        for number in range(rounds):
            for name in SIDES:
                clock.say(f"round {number + 1} of {rounds}: {name}")
                done = subprocess.run(
                    [sys.executable, "-W", "ignore", __file__, name, file],
                    capture_output=True, text=True, check=True,
                )  # fmt: skip
                wall, cpu = map(float, done.stdout.split())
                took[name].append((wall, cpu))
    clock.say("")
    wall, cpu = (
        [statistics.median(run[place] for run in took[name]) for name in SIDES] for place in (0, 1)
    )
    what = f"whole audit, {rows:,} rows, 15 columns: CSV to page and record"
    return [
        Line("H", what, "the fits alone", None if quick else 1.3, False, wall[1] / wall[0],
             cpu[1] / cpu[0], note=f"{wall[1]:.1f} s, fits {wall[0]:.1f} s")
    ]  # fmt: skip


if __name__ == "__main__":
    system = {"fits": fits, "audit": audit}[sys.argv[1]](sys.argv[2])
    start, busy = time.perf_counter(), time.process_time()
    system()
    print(time.perf_counter() - start, time.process_time() - busy)
