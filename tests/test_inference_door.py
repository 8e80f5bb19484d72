"""The public door of the room: its names, its weight, and what it refuses."""

import ast
import math
import subprocess
import sys
from pathlib import Path

import pytest

import auditkit.inference as room
from auditkit.errors import MetricError

FOLDER = Path(room.__file__).parent


def test_the_door_lists_every_name_once_and_sorted():
    assert room.__all__ == sorted(set(room.__all__))
    public = {
        name for name, value in vars(room).items() if not name.startswith("_") and callable(value)
    }
    assert public == set(room.__all__)


def test_every_public_name_is_documented_with_an_example():
    for name in room.__all__:
        doc = getattr(room, name).__doc__
        assert doc, name
        if callable(getattr(room, name)) and not isinstance(getattr(room, name), type):
            for part in ("Parameters", "References", "Examples", "Raises", ">>>"):
                assert part in doc, (name, part)


def test_the_room_knows_numbers_and_nothing_else():
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                modules = [node.module or ""]
            else:
                continue
            for module in modules:
                top = module.split(".")[0]
                assert (
                    top in sys.stdlib_module_names
                    or top == "numpy"
                    or module == "auditkit.errors"
                    or module.startswith("auditkit.inference")
                    or (top == "scipy" and path.name == "_scipy.py")
                ), f"{path.name} imports {module}"


def test_the_door_is_light():
    code = (
        "import sys, auditkit.inference as i; i.wilson(1, 2); i.newcombe(1, 2, 1, 3);"
        "i.koopman(1, 2, 1, 3); i.pooled_z(1, 2, 1, 3); i.holm([0.1]);"
        "print(sorted({'scipy', 'pandas', 'sklearn'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        cwd=FOLDER.parent.parent,
    )  # fmt: skip
    assert done.stdout.strip() == "[]"


PAIR = ["newcombe", "katz", "koopman", "pooled_z", "hypergeometric_z", "chi_square", "fisher_exact",
        "smallest_expected", "significance_fragility"]  # fmt: skip


@pytest.mark.parametrize("name", ["wilson", "clopper_pearson"])
@pytest.mark.parametrize(
    ("events", "n", "words"),
    [
        (-1, 5, "events must not be negative, got -1"),
        (6, 5, "events must not exceed n, got 6 of 5"),
        (math.nan, 5, "events must be finite"),
        (1, math.inf, "n must be finite"),
        ("1", 5, "events must be a number, got '1'"),
        (None, 5, "events must be a number, got None"),
    ],
)
def test_counts_of_one_group_are_checked(name, events, n, words):
    with pytest.raises(MetricError, match=words):
        getattr(room, name)(events, n)


@pytest.mark.parametrize("name", PAIR)
@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ((-1, 5, 1, 5), "events_a must not be negative"),
        ((1, 5, 6, 5), "events_b must not exceed n_b, got 6 of 5"),
        ((1, -5, 1, 5), "n_a must not be negative"),
        ((1, 5, 1, math.nan), "n_b must be finite"),
    ],
)
def test_counts_of_two_groups_are_checked(name, counts, words):
    with pytest.raises(MetricError, match=words):
        getattr(room, name)(*counts)


@pytest.mark.parametrize("level", [0, 1, -0.5, 95, math.nan, "high"])
@pytest.mark.parametrize("name", ["wilson", "clopper_pearson", "newcombe", "katz", "koopman"])
def test_a_level_is_a_probability(name, level):
    counts = (1, 2) if name in ("wilson", "clopper_pearson") else (1, 2, 1, 3)
    with pytest.raises(MetricError, match="level must be"):
        getattr(room, name)(*counts, level=level)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: room.fisher_exact(1.5, 3, 1, 3), "events_a must be a whole number, got 1.5"),
        (lambda: room.binomial_test(1, 3.5, 0.5), "n must be a whole number"),
        (lambda: room.binomial_test(1, 3, 1.5), "share must be from 0 to 1, got 1.5"),
        (lambda: room.holm([0.1, 1.2]), r"p_values\[1\] must be from 0 to 1"),
        (lambda: room.benjamini_hochberg([math.nan]), r"p_values\[0\] must be finite"),
        (lambda: room.mantel_haenszel([(1, 2, 3)]), r"tables\[0\] must be"),
        (lambda: room.mantel_haenszel([(1, 2, 1, 2), (3, 2, 1, 2)]), r"tables\[1\].events_a"),
        (lambda: room.breslow_day([(1, 2, 1, -2)]), r"tables\[0\].n_b"),
        (lambda: room.cramers_v([1, 2]), "two dimensions, got 1"),
        (lambda: room.cramers_v([[1, -2], [1, 2]]), "not negative"),
        (lambda: room.cramers_v([[1, 2], [1]]), "rectangle"),
        (lambda: room.below_four_fifths(1, 2, 1, 2, threshold=0), "threshold must be above 0"),
        (lambda: room.below_four_fifths(1, 2, 1, 2, threshold="x"), "threshold must be a number"),
        (lambda: room.below_four_fifths(1, 2, 3, 2), "ref_events must not exceed ref_n"),
        (lambda: room.widest_gap([1], [2, 3]), "same length, got 1 and 2"),
        (lambda: room.widest_ratio([1, 4], [2, 3]), r"events\[1\] must not exceed n\[1\]"),
        (lambda: room.noise_floor([1.5], 0.5, seed=0), r"sizes\[0\] must be a whole number"),
        (lambda: room.noise_floor([1], 1.5, seed=0), "rate must be from 0 to 1"),
        (lambda: room.noise_floor([1, 2], 0.5, seed=0.5), "seed must be a whole number"),
        (lambda: room.weighted_rate(1, 2, squares_events=0, squares_others=1), "zero together"),
        (lambda: room.weighted_rate(-1, 2, squares_events=1, squares_others=1), "weight_events"),
        (lambda: room.sample_size(0.1, 0.2, ratio=0), "ratio must be above 0"),
        (lambda: room.sample_size(0.1, 0.2, power=1), "power must be strictly"),
        (lambda: room.detectable_difference(1, 2, -0.1), "base_rate must be from 0 to 1"),
        (lambda: room.rate_bounds(1, 2, missing=-1), "missing must not be negative"),
        (lambda: room.significance_fragility(1, 2, 1, 2, move="swap"), "extra, transfer"),
        (lambda: room.significance_fragility(1, 2, 1, 2, test="t"), "z, fisher"),
        (lambda: room.significance_fragility(1, 2, 1, 2, test="fisher", sds=2), "sds must be None"),
        (lambda: room.four_fifths_fragility(1, 2, 1, 2, move="swap"), "extra, transfer"),
    ],
)
def test_the_error_names_the_argument_the_rule_and_the_value(call, words):
    with pytest.raises(MetricError, match=words):
        call()


def test_files_and_functions_are_short():
    for path in FOLDER.glob("*.py"):
        source = path.read_text(encoding="utf-8")
        assert len(source.splitlines()) <= 400, path.name
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef):
                start = (
                    node.body[1].lineno
                    if ast.get_docstring(node) and node.body[1:]
                    else node.lineno
                )
                assert node.end_lineno - start < 60, f"{path.name}: {node.name}"
                assert len(node.args.kwonlyargs) <= 6
