"""One way to do a work on a file, in a process of its own: prints what it took.

Run by ``files.py`` and ``size.py``: ``file_worker.py HOW FILE``. What has to be imported is
imported before the clock starts. Seconds are those of the clock and of the processors, the memory
is the peak.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

NAMES = ("gender", "race", "age", "y_true", "y_pred")
EMPTY = ("income", "score")
SEEN = {"label": "y_true", "prediction": "y_pred", "protected": ["gender", "race", "age"]}


def ours(file: str) -> Callable[[], object]:
    """Check the roles, count the cells, and count the empty cells of two columns by group."""
    import duckdb  # noqa: F401  (imported before the clock starts)
    import narwhals  # noqa: F401
    import pyarrow.compute  # by narwhals, of the first answer
    import pyarrow.parquet  # noqa: F401

    import auditkit
    from auditkit.loaders.missing import missing_cells

    def work() -> object:
        data = auditkit.load(file, engine="duckdb", count_empty=True, **SEEN)
        return auditkit.tally(data), missing_cells(data, EMPTY)

    return work


def command(file: str) -> Callable[[], object]:
    """Do the whole of ``auditkit profile``: columns, proxies and leaks of a sample too."""
    import duckdb  # noqa: F401
    import pandas  # noqa: F401
    import scipy.stats  # noqa: F401

    import auditkit
    from auditkit.run import profile

    return lambda: profile(auditkit.load(file, engine="duckdb", count_empty=True, **SEEN)).to_json()


def counted(file: str) -> Callable[[], object]:
    """Check the roles, count cells and empty cells of a file of `size.py`."""
    import duckdb  # noqa: F401
    import narwhals  # noqa: F401
    import pyarrow.compute  # by narwhals, of the first answer
    import pyarrow.parquet  # noqa: F401

    import auditkit
    from auditkit.loaders.missing import missing_cells

    def work() -> object:
        data = auditkit.load(
            file, engine="duckdb", label="hired", protected=list(NAMES[:3]), count_empty=True
        )
        return auditkit.tally(data), missing_cells(data, ["score"])

    return work


def audit(file: str) -> Callable[[], object]:
    """Do the whole of ``auditkit audit``, of scores that the data bring, to the written report."""
    return _command(file, "audit", "--label", "hired", "--score", "score")


def profile(file: str) -> Callable[[], object]:
    """Do the whole of ``auditkit profile``, to the written report."""
    return _command(file, "profile", "--label", "hired")


def _command(file: str, *arguments: str) -> Callable[[], object]:
    from auditkit import cli

    people = [word for name in NAMES[:3] for word in ("--protected", name)]
    target = Path(file).with_suffix(".html")

    def work() -> object:
        verb, *more = arguments
        try:
            cli.main([verb, file, *more, *people, "--engine", "duckdb", "-q", "-o", str(target)])
        except SystemExit as end:
            if end.code:
                raise
        return target.stat().st_size

    return work


def duckdb(file: str) -> Callable[[], object]:
    """Ask DuckDB for the same counts in one query."""
    import duckdb

    keys = ", ".join(NAMES)
    empty = ", ".join(f"count(*) - count({name})" for name in EMPTY)
    sql = f"SELECT {keys}, count(*), {empty} FROM '{file}' GROUP BY {keys}"
    return lambda: duckdb.sql(sql).fetchall()


def pandas(file: str) -> Callable[[], object]:
    """Read it all, and group for each question: what users write."""
    import pandas as pd

    read = pd.read_parquet if file.endswith(".parquet") else pd.read_csv

    def work() -> object:
        frame = read(file)
        found = [frame.groupby(name, dropna=False).size() for name in NAMES[:3]]
        found += [frame.groupby(name, dropna=False)["y_true"].mean() for name in NAMES[:3]]
        found.append(frame.groupby(list(NAMES), dropna=False).size())
        found += [frame[name].isna().groupby(frame[key]).mean()
                  for name in EMPTY for key in NAMES[:3]]  # fmt: skip
        return found

    return work


def by_hand(file: str) -> Callable[[], object]:
    """Audit by hand, without intervals: read, cross-fit, MetricFrames, areas by group, charts."""
    import pandas as pd
    import plotly.graph_objects as go
    import plotly.io
    from fairlearn import metrics as fl
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import accuracy_score, roc_auc_score
    from sklearn.model_selection import cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    functions = {
        "accuracy": accuracy_score, "selection": fl.selection_rate,
        "tpr": fl.true_positive_rate, "fpr": fl.false_positive_rate,
        "tnr": fl.true_negative_rate, "fnr": fl.false_negative_rate,
    }  # fmt: skip

    def work() -> object:
        frame = pd.read_csv(file)
        people, y = frame[list(NAMES[:3])], frame["y_true"]
        numbers = [name for name in frame if name.startswith("n")]
        words = [name for name in frame if name.startswith("w")]
        columns = make_column_transformer(
            (StandardScaler(), numbers), (OneHotEncoder(handle_unknown="ignore"), words)
        )
        model = make_pipeline(columns, LogisticRegression(max_iter=1000))
        chance = cross_val_predict(
            model, frame[numbers + words], y, cv=5, method="predict_proba"
        )[:, 1]  # fmt: skip
        guess, figures = (chance >= 0.5).astype(int), []
        for spec in (*([name] for name in people), list(people)):
            found = fl.MetricFrame(
                metrics=functions, y_true=y, y_pred=guess, sensitive_features=people[spec]
            )
            found.difference()
            found.ratio()
            for name in functions:
                values = found.by_group[name]
                figures.append(go.Figure(go.Bar(x=[str(v) for v in values.index], y=values)))
        for name in people:
            fl.MetricFrame(
                metrics=roc_auc_score, y_true=y, y_pred=chance, sensitive_features=people[name]
            ).difference()
        parts = [plotly.io.to_html(f, full_html=False, include_plotlyjs=not i)
                 for i, f in enumerate(figures)]  # fmt: skip
        return "".join(parts)

    return work


def audited(file: str) -> Callable[[], object]:
    """Audit with auditkit as by hand, with intervals: one model, five folds, once."""
    from sklearn.linear_model import LogisticRegression

    # an estimator of one's own stands alone; a kind with a name has another beside it
    return _audited(file, model=LogisticRegression(max_iter=1000), repeats=1)


def default(file: str) -> Callable[[], object]:
    """Audit with auditkit as it comes: two kinds of model, as many repeats as it takes."""
    return _audited(file, model="logistic")


def _audited(file: str, **options: object) -> Callable[[], object]:
    """Audit with auditkit; says the share that metrics and intervals take."""
    import jinja2  # noqa: F401
    import pandas  # noqa: F401
    import sklearn.ensemble  # noqa: F401

    import auditkit.profiling
    import auditkit.report.page
    import auditkit.run
    from auditkit import facts, questions

    spent = {"metrics": 0.0, "model": 0.0}

    def timed(room: Any, name: str, what: str) -> None:
        function = getattr(room, name)

        def kept(*args: object, **options: object) -> object:
            start = time.perf_counter()
            found = function(*args, **options)
            spent[what] += time.perf_counter() - start
            return found

        setattr(room, name, kept)

    for name in ("measure", "compare", "judge"):
        timed(questions, name, "metrics")
    timed(facts, "model_of", "model")

    def work() -> object:
        start = time.perf_counter()
        data = auditkit.load(file, label="y_true", protected=list(NAMES[:3]))
        page = auditkit.audit(data, **options).to_html()
        whole = time.perf_counter() - start
        print("metrics", spent["metrics"] / whole)
        print("model", spent["model"] / whole)
        return page

    return work


def peak() -> float:
    """Return the most memory that this process has held, in MB; Linux tells, others do not."""
    (line,) = [
        line for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line
    ]
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    ways = (ours, command, counted, audit, profile, duckdb, pandas, by_hand, audited, default)
    do = {way.__name__: way for way in ways}[sys.argv[1]](sys.argv[2])
    begin, busy = time.perf_counter(), time.process_time()
    do()
    print("seconds", time.perf_counter() - begin)
    print("cpu", time.process_time() - busy)
    print("peak", peak())
