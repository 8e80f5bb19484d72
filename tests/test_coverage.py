"""Nominal 95 % intervals cover 93 to 97 %: the quick part, and what docs/coverage.md says.

One and two rates are added up over all outcomes, without draws; the rest is drawn with a fixed
seed. The long version is ``benchmarks/coverage.py``.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from fitted_once import untraced

from auditkit import inference

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "coverage.md"
BY_DEFAULT = {
    ("Wilson", "rate"),
    ("Newcombe", "difference"),
    ("Koopman", "ratio"),
    ("DeLong, logit", "AUC"),
    ("DeLong", "difference of AUC"),
    ("studentised range", "all differences, jointly"),
    ("Robins-Breslow-Greenland", "common odds ratio"),
    ("Sato", "common difference"),
    ("Greenland-Robins", "common ratio"),
}
"""What a report prints without being asked for anything else."""


@pytest.fixture(scope="module")
def script() -> Iterator[ModuleType]:
    """Return benchmarks/coverage.py, silent."""
    patch = pytest.MonkeyPatch()
    patch.syspath_prepend(str(ROOT / "benchmarks"))
    module = importlib.import_module("coverage_exact")
    for name in ("coverage_exact", "coverage_drawn"):
        patch.setattr(importlib.import_module(name), "say", lambda *_: None)
    yield module
    patch.undo()


@pytest.mark.parametrize("name", ["Wilson", "Clopper-Pearson, mid-p"])
def test_one_rate(script: ModuleType, name: str) -> None:
    found = np.array(script.of_one(name, quick=True).coverage)
    assert len(found) == 27
    assert ((found >= 0.93) & (found <= 0.97)).all()


def test_the_exact_interval_never_covers_less_than_it_says(script: ModuleType) -> None:
    assert min(script.of_one("Clopper-Pearson", quick=True).coverage) >= 0.95 - 1e-9


@untraced()
@pytest.mark.parametrize(("name", "kind"), [("Newcombe", "difference"), ("Koopman", "ratio")])
def test_two_rates(script: ModuleType, name: str, kind: str) -> None:
    found = np.array(script.of_two(name, kind, quick=True).coverage)
    assert len(found) == 26
    assert ((found >= 0.93) & (found <= 0.97)).all()


@pytest.mark.parametrize(("base", "spread"), [(0.1, 0.0), (0.5, 0.2)])
def test_all_pairs_together(base: float, spread: float) -> None:
    """Of 1,000 samples of 4 groups: 95 % has a standard error of 0.7 points."""
    rates = base + spread * np.linspace(0, 1, 4)
    held = {"difference": 0, "ratio": 0}
    for events in np.random.default_rng(6).binomial(200, rates, size=(1000, 4)).tolist():
        sizes = [200] * 4
        held["difference"] += all(
            pair.low <= rates[pair.first] - rates[pair.second] <= (pair.high or 0.0)
            for pair in inference.all_differences(events, sizes)
        )
        held["ratio"] += all(
            pair.low <= rates[pair.first] / rates[pair.second] <= (pair.high or np.inf)
            for pair in inference.all_ratios(events, sizes)
        )
    assert all(0.93 <= count / 1000 <= 0.975 for count in held.values()), held


def test_within_strata() -> None:
    """Of 1,500 samples of five strata, a common odds ratio of 2."""
    base, sizes, held = np.linspace(0.1, 0.5, 5), (40, 80), 0
    rng = np.random.default_rng(7)
    group = rng.binomial(sizes[0], 2 * base / (1 + base), size=(1500, 5)).tolist()
    others = rng.binomial(sizes[1], base, size=(1500, 5)).tolist()
    for a, b in zip(group, others, strict=True):
        found = inference.mantel_haenszel(
            [(x, sizes[0], y, sizes[1]) for x, y in zip(a, b, strict=True)]
        )
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 2 <= found.high
    assert 0.93 <= held / 1500 <= 0.97


def test_the_page_holds_the_line_for_what_is_printed_by_default() -> None:
    rows = re.findall(
        r"^\| ([^|]+) \| ([^|]+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|.*\| "
        r"([\d.]+) \| (\d+) of (\d+) \|$",
        PAGE.read_text("utf-8"),
        re.MULTILINE,
    )
    found = {(name, of): numbers for name, of, *numbers in rows}
    assert found.keys() >= BY_DEFAULT
    for name in BY_DEFAULT:
        lowest, mean, highest, given, inside, of = map(float, found[name])
        assert 94 <= mean <= 96, name
        assert given >= 92.5, name
        assert highest <= 98.5, name
        assert inside >= 0.9 * of, name
        assert lowest <= mean <= highest
    text = PAGE.read_text("utf-8")
    for (name, of), (*_, inside, total) in found.items():
        if inside != total:  # what is outside is explained
            assert f"\n| {name}, {of} | " in text, (name, of)
