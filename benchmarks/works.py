"""The works of the table: each takes `quick` and returns its lines."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import clock
import numpy as np
from clock import Times, round_robin
from files import work_c, work_f
from lines import Line, cost, faster
from made import Made, made, scored
from peers import asked, or_nothing
from work_d import work_d
from work_h import work_h

ROOT = Path(__file__).resolve().parents[1]
SIX = (
    "selection_rate", "true_positive_rate", "false_positive_rate", "true_negative_rate",
    "false_negative_rate", "accuracy",
)  # fmt: skip
Spec = tuple[str, ...]
SPECS: tuple[Spec, ...] = (("gender",), ("race",), ("age",), ("gender", "race", "age"))


def with_fairlearn(data: Made, frame: Any, n_boot: int | None = None) -> Callable[[], None]:
    """Return six rates of each attribute and of the crossing, with their differences and ratios."""
    import pandas as pd
    from fairlearn import metrics as fl
    from sklearn.metrics import accuracy_score

    functions = {name: getattr(fl, name) for name in SIX[:-1]} | {"accuracy": accuracy_score}
    y_true, y_pred = pd.Series(data.y_true.astype(int)), pd.Series(data.y_pred.astype(int))
    options = {"n_boot": n_boot, "ci_quantiles": [0.025, 0.975], "random_state": 0}

    def work() -> None:
        for spec in SPECS:
            found = fl.MetricFrame(
                metrics=functions, y_true=y_true, y_pred=y_pred,
                sensitive_features=frame[list(spec)], **(options if n_boot else {}),
            )  # fmt: skip
            found.difference()
            found.ratio()

    return work


def with_auditkit(data: Made, features: Any) -> Callable[[], None]:
    """Return the same, from the columns to the rows of the answer."""
    from auditkit.metrics.table import tabulate_groups

    def work() -> None:
        table = tabulate_groups(data.y_true, data.y_pred, sensitive_features=features)
        table.rates(metrics=SIX, level=None)
        table.gaps(metrics=SIX, level=None)

    return work


def as_arrays(data: Made) -> Callable[[], None]:
    """Return the same from codes to arrays of rates, sizes and gaps: no row a number."""
    from auditkit.metrics.table import tabulate_groups

    def work() -> None:
        table = tabulate_groups(data.y_true, data.y_pred, sensitive_features=data.codes)
        table.values(SIX)
        table.gap_values(SIX)

    return work


def work_a(quick: bool) -> list[Line]:
    """Group metrics: three attributes and their crossing, all rates and gaps."""
    return [*_against_fairlearn(quick), *_against_processes(quick), *_against_floors(quick)]


def _against_fairlearn(quick: bool) -> list[Line]:
    rows = 10_000 if quick else 100_000
    data = made(rows)
    text, category = data.frame(), data.frame("category")
    times = round_robin(
        {
            "fairlearn, strings": with_fairlearn(data, text),
            "fairlearn, categories": with_fairlearn(data, category),
            "strings": with_auditkit(data, text),
            "categories": with_auditkit(data, category),
        },
        3,
        {"fairlearn, strings": 0, "fairlearn, categories": 0, "strings": 11, "categories": 11},
    )
    what = f"6 rates and gaps, {rows:,} rows"
    targets = (None, None) if quick else (1000, 5000)  # said of 100,000 rows
    return [
        faster("A", f"{what} of {kind}", times, f"fairlearn, {kind}", kind, target)
        for kind, target in zip(("strings", "categories"), targets, strict=True)
    ]


def _against_processes(quick: bool) -> list[Line]:
    rows, rows_aif = (100_000, 10_000) if quick else (1_000_000, 100_000)
    large, small = made(rows), made(rows_aif)
    missing: dict[str, str] = {}
    with asked([("aequitas", rows), ("aif360", rows_aif)], missing) as peers:
        systems: dict[str, clock.System] = {
            "strings": with_auditkit(large, large.frame()),
            "categories": with_auditkit(large, large.frame("category")),
            "codes": with_auditkit(small, small.codes),
            **{name: or_nothing(peer, missing) for name, peer in peers.items()},
        }
        slow = {"aif360": 0}
        times = round_robin(systems, 3 if quick else 5, {"strings": 3, "categories": 3} | slow)
    for name in missing:
        times.wall.pop(name, None)
    targets = (None, None) if quick else (8, 100)  # said of 1,000,000 rows
    found = [
        faster("A", f"the same, {rows:,} rows of {kind}", times, "aequitas", kind, target,
               note=missing.get("aequitas", "its rates alone, from object columns"))
        for kind, target in zip(("strings", "categories"), targets, strict=True)
    ]  # fmt: skip
    note = missing.get("aif360", "its rates alone")
    what = f"the same, {rows_aif:,} rows of codes"
    return [*found, faster("A", what, times, "aif360", "codes", None, note=note)]


def _against_floors(quick: bool) -> list[Line]:
    import pandas as pd

    found = []
    for rows in (1_000_000,) if quick else (1_000_000, 10_000_000):
        data = made(rows)
        index, text = data.index, data.frame()

        def bincount(index: Any = index) -> None:
            np.bincount(index, minlength=420)

        def factorize(text: Any = text) -> None:
            for name in text:
                pd.factorize(text[name])

        systems = {
            "np.bincount of the index": bincount, "codes": with_auditkit(data, data.codes),
            "codes to arrays": as_arrays(data),
        }  # fmt: skip
        if rows == 1_000_000:
            systems |= {"pd.factorize of the columns": factorize}
            systems |= {"strings": with_auditkit(data, text)}
        inner = dict.fromkeys(systems, 11 if rows == 1_000_000 else 1)
        times = round_robin(systems, 5 if quick else 11, inner)
        what = f"count, rates and gaps, {rows:,} rows of"
        for kind in ("codes", "codes to arrays"):
            found.append(cost("A", f"{what} {kind}", times, "np.bincount of the index", kind, 2))
        if rows == 1_000_000:
            floor = "pd.factorize of the columns"
            found.append(cost("A", f"{what} strings", times, floor, "strings", 1.2))
        del data, index, text
    return [*found, *_memory()]


_MEMORY = """
import sys
sys.path[:0] = [{here!r}, {root!r}]
from made import made
from works import with_auditkit
from pathlib import Path
status, reset = Path("/proc/self/status"), Path("/proc/self/clear_refs")
def peak(name):
    (line,) = [line for line in status.read_text().splitlines() if line.startswith(name)]
    return int(line.split()[1]) * 1024
rows = 1_000_000
data, small = made(rows), made(1000)
features = {{"strings": data.frame, "categories": lambda: data.frame("category"),
            "codes": lambda: data.codes}}[{kind!r}]()
with_auditkit(small, {{"codes": small.codes}}.get({kind!r}) or small.frame())()
work = with_auditkit(data, features)
reset.write_text("5")
before = peak("VmRSS")
work()
print((peak("VmHWM") - before) / rows)
"""


def _memory() -> list[Line]:
    """Return the memory that the work adds at its peak; Linux tells, others do not."""
    found = []
    for kind in ("strings", "categories", "codes"):
        code = _MEMORY.format(here=str(ROOT / "benchmarks"), root=str(ROOT), kind=kind)
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False
        )
        try:
            bytes_a_row: float | None = float(done.stdout)
        except ValueError:
            bytes_a_row = None
        what = f"memory beyond the frame, 1,000,000 rows of {kind}"
        found.append(Line("A", what, "", 32, False, bytes_a_row, unit=" bytes/row"))
    return found


def work_b(quick: bool) -> list[Line]:
    """Bootstrap: 1,000 replicates, intervals of every rate and every gap."""
    from auditkit.metrics.table import tabulate_groups

    data, large = made(10_000), made(1_000_000 if quick else 10_000_000)
    frame = data.frame()

    def ours() -> None:
        table = tabulate_groups(data.y_true, data.y_pred, sensitive_features=frame)
        found = table.bootstrap(metrics=SIX, replicates=1000)
        found.rates()
        found.gaps()

    def counted(some: Made) -> Callable[[], None]:
        table = tabulate_groups(some.y_true, some.y_pred, sensitive_features=some.codes)

        def work() -> None:
            found = table.bootstrap(metrics=SIX, replicates=1000)
            found.rates()
            found.gaps()

        return work

    rng, index = np.random.default_rng(0), data.index

    def rows_drawn() -> None:
        for _ in range(20):
            np.bincount(index[rng.integers(0, len(index), len(index))], minlength=420)

    one, more = (with_fairlearn(data, frame, n_boot) for n_boot in (1, 2 if quick else 3))
    systems: dict[str, clock.System] = {
        "fairlearn once": one, "fairlearn more": more, "bootstrap": ours,
        "10,000 rows": counted(data), "many": counted(large), "rows drawn": rows_drawn,
    }  # fmt: skip
    slow = {"fairlearn once": 0, "fairlearn more": 0}
    inner = dict.fromkeys(("bootstrap", "10,000 rows", "many", "rows drawn"), 5)
    times = round_robin(systems, 3, slow | inner)
    extra = 1 if quick else 2
    _subtract(times, "fairlearn", "fairlearn more", "fairlearn once", extra)
    scaled = f"theirs: {extra} replicates, x {1000 // extra}"
    what = "1,000 bootstrap replicates, 10,000 rows of strings"
    return [
        faster("B", what, times, "fairlearn", "bootstrap", 20_000, scale=1000, note=scaled),
        faster("B", "all intervals, 10,000 rows once counted", times, "rows drawn",
               "10,000 rows", None, scale=50, note="theirs: 1,000 counts (20 x 50), no interval"),
        cost("B", f"all intervals, {len(large.y_true):,} rows once counted", times,
             "10,000 rows", "many", 1.5),
    ]  # fmt: skip


def _subtract(times: Times, name: str, more: str, once: str, by: int) -> None:
    """Add the cost of one replicate: what more of them took longer."""
    for kept in (times.wall, times.cpu):
        kept[name] = [(b - a) / by for a, b in zip(kept[once], kept[more], strict=True)]


def work_e(quick: bool) -> list[Line]:
    """Start: whole processes."""
    rounds, name = 7 if quick else 21, "demographic_parity_difference"

    # As installed: what the first start compiles is kept, as it is of every library beside it.
    compiled = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}

    def process(*arguments: str) -> clock.System:
        command = [sys.executable, *arguments]

        def system() -> None:
            subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, env=compiled)

        return system

    systems: Mapping[str, clock.System] = {
        "import click": process("-c", "import click"),
        "auditkit --help": process("-m", "auditkit", "--help"),
        "import numpy": process("-c", "import numpy"),
        "our metric": process("-c", f"from auditkit.metrics import {name}"),
        "fairlearn's metric": process("-c", f"from fairlearn.metrics import {name}"),
    }
    times = round_robin(systems, rounds, {})
    times.cpu.clear()  # of this process; the work was in others
    what = f"from auditkit.metrics import {name}"
    return [
        cost("E", "auditkit --help", times, "import click", "auditkit --help", 2),
        cost("E", what, times, "import numpy", "our metric", 1.3),
        faster("E", what, times, "fairlearn's metric", "our metric", None, note="the same name"),
    ]


def work_g(quick: bool) -> list[Line]:
    """Area under the ROC curve by 35 groups, exact."""
    from fairlearn.metrics import MetricFrame
    from sklearn.metrics import roc_auc_score

    from auditkit.metrics.scores.roc import roc_auc_by_group, roc_auc_difference

    rows = 100_000 if quick else 1_000_000
    y_true, score, group = scored(rows)
    # As float64, with digits that float32 does not have.
    double = score + np.random.default_rng(36).random(rows) * 1e-9
    systems: dict[str, clock.System] = {
        "fairlearn MetricFrame": lambda: _discard(
            MetricFrame(metrics=roc_auc_score, y_true=y_true, y_pred=score,
                        sensitive_features=group).difference()
        ),
        "scikit-learn, a mask a group": lambda: _discard(
            [roc_auc_score(y_true[group == g], score[group == g]) for g in range(35)]
        ),
        "np.sort of the scores": lambda: _discard(np.sort(score)),
        "areas": lambda: _discard(roc_auc_difference(y_true, score, sensitive_features=group)),
        "np.sort of float64": lambda: _discard(np.sort(double)),
        "areas, float64": lambda: _discard(
            roc_auc_difference(y_true, double, sensitive_features=group)
        ),
        "with DeLong": lambda: _discard(roc_auc_by_group(y_true, score, sensitive_features=group)),
    }  # fmt: skip
    inner = dict.fromkeys(tuple(systems)[2:], 7)
    times = round_robin(systems, 3, inner | {"fairlearn MetricFrame": 0})
    what = f"exact AUC of 35 groups, {rows:,} rows"
    frame, masks = "fairlearn MetricFrame", "scikit-learn, a mask a group"
    return [
        faster("G", what, times, frame, "areas", None if quick else 200),
        faster("G", f"{what}, DeLong intervals", times, frame, "with DeLong", None),
        faster("G", what, times, masks, "areas", None),
        cost("G", what, times, "np.sort of the scores", "areas", None if quick else 6),
        cost("G", f"{what} of float64", times, "np.sort of float64", "areas, float64", None),
    ]


def _discard(_: object) -> None:
    """Drop an answer: a system returns its seconds, or nothing."""


WORKS: Mapping[str, Callable[[bool], list[Line]]] = {
    "A": work_a, "B": work_b, "C": work_c, "D": work_d, "E": work_e, "F": work_f, "G": work_g,
    "H": work_h,
}  # fmt: skip
