"""Write another tool's HTML report of a table: report_worker.py TOOL TABLE.csv REPORT.html.

Runs in an environment of the tool's own (see peers.py); prints the tool and its version.
"""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Any

LABEL, POSITIVE, PROTECTED, REFERENCE = "hired", "yes", "gender", "Male"


def skrub(frame: Any, target: str) -> str:
    """Write skrub's table report."""
    from skrub import TableReport

    TableReport(frame, verbose=0).write_html(target)
    return "skrub"


def ydata(frame: Any, target: str) -> str:
    """Write ydata-profiling's report, as it comes."""
    from ydata_profiling import ProfileReport

    ProfileReport(frame, progress_bar=False).to_file(target, silent=True)
    return "ydata-profiling"


def evidently(frame: Any, target: str) -> str:
    """Write evidently's summary of a dataset."""
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataSummaryPreset

    data = Dataset.from_pandas(frame, data_definition=DataDefinition())
    Report([DataSummaryPreset()]).run(data, None).save_html(target)
    return "evidently"


def dalex(frame: Any, target: str) -> str:
    """Write dalex's fairness check of a model."""
    import dalex as dx
    from sklearn.linear_model import LogisticRegression

    numbers = frame.select_dtypes("number").fillna(0)
    outcome = (frame[LABEL] == POSITIVE).astype(int)
    model = LogisticRegression(max_iter=1000).fit(numbers, outcome)
    explainer = dx.Explainer(model, numbers, outcome, verbose=False)
    groups = frame[PROTECTED].fillna("missing").astype(str)
    fairness = explainer.model_fairness(protected=groups, privileged=REFERENCE)
    fairness.plot(show=False).write_html(target)
    return "dalex"


def main() -> None:
    """Write the report that is asked for."""
    import pandas as pd

    tool, table, target = sys.argv[1:]
    frame = pd.read_csv(table)
    package = {"skrub": skrub, "ydata": ydata, "evidently": evidently, "dalex": dalex}[tool](
        frame, target
    )
    print(f"{package} {version(package)}")


if __name__ == "__main__":
    main()
