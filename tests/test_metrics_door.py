"""The door of the metrics: every public name says what it computes, and its example runs."""

from __future__ import annotations

import doctest
import inspect
import json
import os
import pkgutil
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import auditkit
from auditkit import metrics
from auditkit.metrics.declared import METRICS
from auditkit.metrics.listing import FAMILIES, catalogue

PUBLIC = [name for name in metrics.__all__ if callable(getattr(metrics, name))]
FUNCTIONS = [name for name in PUBLIC if inspect.isfunction(getattr(metrics, name))]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_public_name_is_documented_by_an_example_that_runs(name):
    item = getattr(metrics, name)
    text = inspect.getdoc(item)
    assert text, "no docstring"
    finder = doctest.DocTestParser()
    example = finder.get_doctest(text, {name: item}, name, None, 0)
    assert example.examples, "no example"
    runner = doctest.DocTestRunner(
        optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS, verbose=False
    )
    said: list[str] = []
    runner.run(example, out=said.append)
    assert runner.failures == 0, "".join(said)


# Their docstrings are written by hand, with the formula of the row in other words or letters.
WRITTEN = {
    "equalized_odds_difference", "equalized_odds_ratio", "expected_calibration_error",
    "independence_ratio", "prediction_wasserstein", "predictive_parity_difference",
    "predictive_parity_ratio", "residual_standardized_mean_difference", "separation_ratio",
    "standardized_mean_difference", "sufficiency_ratio",
}  # fmt: skip
# They list, explain or hand on the metrics of others, and have no formula of their own.
HELPERS = {"answers_to", "by_group", "catalogue", "explain_difference", "make_fairness_scorer",
           "metric_frame", "regression_by_group", "scores_by_group", "tabulate_groups"}  # fmt: skip
RANGE = re.compile(
    r"[\[(][^\s\[\]()]+, [^\[\]]{1,30}[\])]|[Uu]nits of|At least 0|(?:the|The) range of"
)


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - HELPERS))
def test_a_metric_says_formula_range_undefined_and_source(name):
    """For every public name, whether it has a row or not."""
    text = inspect.getdoc(getattr(metrics, name)) or ""
    before, _, after = text.partition("\nReturns\n-------\n")
    assert after, "no Returns"
    returns, _, _ = after.partition("\nReferences\n")
    notes = text.partition("\nNotes\n-----\n")[2]
    assert "``" in before + notes or ".. math::" in before + notes, "no formula"
    assert RANGE.search(returns) or RANGE.search(before), "no range"
    assert re.search("undefined|NaN|None", returns), "no word on what undefined means"
    for part in ("Parameters", "Returns", "References", "Examples"):
        assert f"\n{part}\n{'-' * len(part)}\n" in text, part


@pytest.mark.parametrize("name", sorted(set(catalogue()) & set(FUNCTIONS)))
def test_a_metric_says_what_its_row_says(name):
    row = catalogue()[name]
    text = " ".join((inspect.getdoc(getattr(metrics, name)) or "").split())
    assert " ".join(row.formula.split()) in text or name in WRITTEN
    if row.undefined != "never":
        assert " ".join(row.undefined.split()) in text or name in WRITTEN


@pytest.mark.parametrize("name", sorted(HELPERS))
def test_a_helper_says_what_it_takes_and_gives(name):
    text = inspect.getdoc(getattr(metrics, name)) or ""
    for part in ("Returns", "Examples"):
        assert f"\n{part}\n{'-' * len(part)}\n" in text, part
    if inspect.signature(getattr(metrics, name)).parameters:
        assert "\nParameters\n----------\n" in text


@pytest.mark.parametrize("name", sorted(set(PUBLIC) - set(FUNCTIONS)))
def test_a_public_class_says_what_it_holds(name):
    assert "Attributes" in (inspect.getdoc(getattr(metrics, name)) or "")


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_a_row_says_everything(name):
    row = catalogue()[name]
    assert row.family in FAMILIES
    assert row.formula
    assert row.range
    assert row.undefined
    assert row.reference
    assert row.needs
    assert row.title[0].isupper() or not row.title[0].isalpha()


def test_every_row_has_a_function_of_its_name():
    assert set(catalogue()) <= set(FUNCTIONS) | {"consistency"}


NEW_ROW = """
    Metric(
        name="threat_score",
        title="Threat score",
        family="error",
        needs=("label", "prediction"),
        event=_cells((1,), (1,)),
        given=_BOTH - frozenset({(0, 0)}),
        better="up",
        formula="TP / (TP + FP + FN)",
        reference="a test",
        undefined="only true negatives",
    ),
)

METRICS:"""


def _copy_with_a_new_row(folder: Path) -> None:
    root = Path(auditkit.__file__).parents[1]
    for name in ("auditkit", "docs", "scripts"):
        shutil.copytree(root / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    declared = folder / "auditkit" / "metrics" / "declared.py"
    source = declared.read_text("utf-8")
    assert source.count("\n)\n\nMETRICS:") == 1
    declared.write_text(source.replace("\n)\n\nMETRICS:", NEW_ROW), "utf-8")


def test_a_new_count_metric_is_one_row_and_nothing_else(tmp_path: Path):
    """A copy of the package with one more row: value, interval, command line, docs."""
    _copy_with_a_new_row(tmp_path)
    program = """
import json
from auditkit.counts import Counts
from auditkit.fairness import measure
from auditkit.metrics import by_group
import auditkit.metrics as door

y, p, g = [1, 1, 0, 0, 1, 0], [1, 0, 0, 0, 0, 0], list("aaabbb")
rows = [row for row in by_group(y, p, sensitive_features=g) if row["metric"] == "threat_score"]
cells = [((("a",), (), (1, 1)), (1, 1.0, 1.0)), ((("a",), (), (1, 0)), (3, 3.0, 3.0))]
counts = Counts.from_cells(cells, attributes=["sex"], outcomes=["label", "decision"])
found = [e for e in measure(counts, ["sex"], stage="decision") if e.metric == "threat_score"]
print(json.dumps({
    "rows": rows,
    "gap": door.threat_score_difference(y, p, sensitive_features=g),
    "least": door.threat_score_group_min(y, p, sensitive_features=g),
    "said": door.threat_score.__doc__,
    "estimate": found[0].to_dict(),
}))
"""
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}

    def run(*arguments: str) -> str:
        return subprocess.run(
            [sys.executable, *arguments], capture_output=True, text=True, env=env, cwd=tmp_path,
            check=True,
        ).stdout  # fmt: skip

    result = json.loads(run("-c", program))
    # Of a one hit and one miss, of b one miss; the true negatives do not count.
    assert [row["value"] for row in result["rows"]] == [0.5, 0.0]
    assert result["gap"] == 0.5
    assert result["least"] == 0
    assert "TP / (TP + FP + FN)" in result["said"]
    assert result["estimate"]["value"] == 0.25
    # Wilson (1927) for 1 of 4 at 95 %: 0.0456 to 0.6994
    assert result["estimate"]["low"] == pytest.approx(0.0456, abs=1e-4)
    assert result["estimate"]["high"] == pytest.approx(0.6994, abs=1e-4)
    page = run("-m", "auditkit", "metrics", "threat_score")
    assert "Threat score (threat_score)" in page
    assert "TP / (TP + FP + FN)" in page
    assert "metrics.md written" in run("scripts/docs.py")
    written = (tmp_path / "docs" / "metrics.md").read_text("utf-8")
    assert "\n| `threat_score` | Threat score | TP / (TP + FP + FN) | [0, 1] | " in written
    assert run("scripts/docs.py", "--check") == ""
    assert "threat_score" not in METRICS  # the copy only


def test_no_room_is_called_like_a_public_name():
    """Importing a room would put the module in the place of the function."""
    rooms = {item.name for item in pkgutil.iter_modules(metrics.__path__)}
    assert rooms.isdisjoint(metrics.__all__)
    rooms = {item.name for item in pkgutil.iter_modules(auditkit.__path__)}
    assert rooms.isdisjoint(auditkit.__all__)
