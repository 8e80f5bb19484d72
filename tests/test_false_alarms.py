"""The simulation of false alarms runs, on a few of its datasets: the table is in the docs."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    path = ROOT / "benchmarks" / "false_alarms.py"
    spec = importlib.util.spec_from_file_location("false_alarms", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    before = list(sys.path)
    spec.loader.exec_module(module)
    sys.path[:] = before
    return module


def test_a_gap_of_six_tenths_is_found(script: ModuleType) -> None:
    assert script.counted(1_000, 2, gap=True)["found"] == 2


def test_null_data_raise_few_alarms(script: ModuleType) -> None:
    # Three audits at a level of 5 %: two or more alarms have a probability of 0.7 %.
    assert script.counted(300, 3)["outcome-gap"] <= 1


def test_the_table_in_the_docs_is_within_what_is_allowed(script: ModuleType) -> None:
    text = (ROOT / "docs" / "false-alarms.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([\d,]+) \| 200 \| (\d+) \| (\d+) \| (\d+) \|", text, re.MULTILINE)
    assert [int(people.replace(",", "")) for people, *_ in rows] == list(script.SIZES)
    assert all(int(n) <= script.ALLOWED for _, *found in rows for n in found)
    found, of = re.search(r"\| (\d+) of (\d+) \| 190 \|", text).groups()  # type: ignore[union-attr]
    assert int(found) >= 0.95 * int(of)


def test_the_table_of_null_profiles_keeps_to_its_levels() -> None:
    """At a level of 5 %, 12 of 100 or more have a probability of 0.4 %."""
    text = (ROOT / "docs" / "false-alarms.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([a-z][^|]+) \|((?: \d+ \|){4})$", text, re.MULTILINE)
    counts = {what: [int(n) for n in re.findall(r"\d+", cells)] for what, cells in rows}
    assert len(counts) == 13
    assert counts["a proxy is flagged"] == [0, 0, 0, 0]
    assert all(max(row) < 12 for row in counts.values())
