"""Run by the Python of a peer: answer each line with the seconds that the work took.

Only numpy, pandas and the peer are here; auditkit is not.
"""

from __future__ import annotations

import logging
import os
import sys
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from itertools import product
from typing import Any

from made import NAMES, Made, featured, made


def aequitas(data: Made) -> Callable[[], Any]:
    """Return its crosstabs (all counts and rates) of 3 attributes and of their crossing.

    The crossing is a column, made beforehand; disparities are left out: only less to do.
    """
    from aequitas.group import Group

    frame = data.frame("object")
    frame["crossed"] = frame["gender"] + "|" + frame["race"] + "|" + frame["age"]
    frame["score"], frame["label_value"] = data.y_pred.astype(int), data.y_true.astype(int)
    columns = [*NAMES, "crossed"]
    return lambda: Group().get_crosstabs(frame, attr_cols=columns)


def aif360(data: Made) -> Callable[[], Any]:
    """Return its measures of 15 groups and 105 crossed ones; attributes are numbers."""
    import pandas as pd
    from aif360.datasets import BinaryLabelDataset
    from aif360.metrics import ClassificationMetric

    columns = {name: code.astype(float) for name, code in data.codes.items()}
    true = pd.DataFrame({**columns, "y": data.y_true.astype(float)})
    predicted = true.assign(y=data.y_pred.astype(float))
    alone = [{name: float(v)} for name, names in NAMES.items() for v in range(len(names))]
    sizes = [range(len(names)) for names in NAMES.values()]
    crossed = [dict(zip(NAMES, map(float, values), strict=True)) for values in product(*sizes)]

    def work() -> None:
        names = {"label_names": ["y"], "protected_attribute_names": list(NAMES)}
        one, two = BinaryLabelDataset(df=true, **names), BinaryLabelDataset(df=predicted, **names)
        for group in (*alone, *crossed):
            metric = ClassificationMetric(one, two, unprivileged_groups=[group])
            metric.selection_rate(privileged=False)
            metric.performance_measures(privileged=False)

    return work


def divexplorer(rows: int) -> Callable[[], Any]:
    """Return its search for patterns that diverge from the whole, at a support of one in 100."""
    import pandas as pd
    from divexplorer import DivergenceExplorer

    features, outcome = featured(rows)
    frame = pd.DataFrame({**features, "y": outcome})
    explorer = DivergenceExplorer(frame)
    return lambda: explorer.get_pattern_divergence(
        min_support=0.01, attributes=list(features), boolean_outcomes=["y"]
    )


def main() -> None:
    """Say the versions, then work whenever asked, until the input ends."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the peer prints is not an answer
    name, rows = sys.argv[1], int(sys.argv[2])
    try:
        if name == "divexplorer":
            work = divexplorer(rows)
        else:
            work = {"aequitas": aequitas, "aif360": aif360}[name](made(rows))
        print(f"{name} {version(name)}, pandas {version('pandas')}", file=answers, flush=True)
        for _ in sys.stdin:
            start = time.perf_counter()
            work()
            print(time.perf_counter() - start, file=answers, flush=True)
    except Exception as error:  # said to whoever asked
        said = str(error).splitlines() or [""]
        print(f"error: {type(error).__name__}: {said[0]}", file=answers, flush=True)


if __name__ == "__main__":
    main()
