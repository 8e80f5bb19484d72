"""The search for the worst subgroup: complete, and safe from its own luck."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit.errors import MetricError
from auditkit.inference import newcombe
from auditkit.subgroups import worst_subgroups
from auditkit.subgroups.cubes import crossings


def people(rows: int = 6_000, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Women at site c are hired at a rate of 0.2, all others at 0.5."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "sex": rng.choice(["F", "M"], rows),
            "site": rng.choice(["a", "b", "c"], rows),
            "shift": rng.choice(["day", "night", None], rows),
            "floor": rng.integers(0, 5, rows),
        }
    )
    chance = np.where((frame["sex"] == "F") & (frame["site"] == "c"), 0.2, 0.5)
    return frame, (rng.random(rows) < chance).astype(int)


@settings(max_examples=25, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 5), min_size=1, max_size=8),
    depth=st.integers(1, 3),
    seed=st.integers(0, 99),
)
def test_every_crossing_is_counted_once_as_a_group_by_counts_it(sizes, depth, seed):
    rng = np.random.default_rng(seed)
    codes = [rng.integers(0, size, 60).astype(np.uint8) for size in sizes]
    outcome = rng.integers(0, 2, 60).astype(np.uint8)
    found = dict(crossings(codes, sizes, outcome, depth))
    names = range(len(sizes))
    wanted = [s for size in range(1, depth + 1) for s in combinations(names, size)]
    assert sorted(found) == sorted(wanted)
    for subset, table in found.items():
        assert table.shape == (*(sizes[f] for f in subset), 2)
        direct = np.zeros(table.shape, dtype=int)
        np.add.at(direct, (*(codes[f] for f in subset), outcome), 1)
        assert (table == direct).all()


def test_many_levels_are_counted_one_crossing_at_a_time():
    rng = np.random.default_rng(1)
    sizes = [90, 80, 70, 60, 50, 40]
    codes = [rng.integers(0, size, 500).astype(np.uint8) for size in sizes]
    outcome = rng.integers(0, 2, 500).astype(np.uint8)
    found = dict(crossings(codes, sizes, outcome, 2))
    assert len(found) == 6 + 15
    assert all(table.sum() == 500 for table in found.values())


def test_the_planted_subgroup_comes_first_and_is_measured_on_other_rows():
    frame, hired = people()
    found = worst_subgroups(frame, hired, seed=3)
    first = found.subgroups[0]
    assert (first.attributes, first.group) == (("sex", "site"), ("F", "c"))
    searched = np.random.default_rng(3).random(len(hired)) >= 0.5
    inside = ((frame["sex"] == "F") & (frame["site"] == "c")).to_numpy()
    assert first.n == (inside & ~searched).sum()
    assert first.found_n == (inside & searched).sum()
    assert first.events == hired[inside & ~searched].sum()
    rest = hired[~inside & ~searched]
    assert first.difference == pytest.approx(first.events / first.n - rest.mean(), abs=1e-12)
    level = 1 - 0.05 / len(found.subgroups)
    wanted = newcombe(first.events, first.n, int(rest.sum()), len(rest), level=level)
    assert (first.low, first.high) == pytest.approx(tuple(wanted), abs=1e-12)
    assert first.p_adjusted < 1e-6
    assert found.searched + found.held_out == len(hired)


def test_no_ten_descriptions_of_the_same_people():
    frame, hired = people(20_000)
    found = worst_subgroups(frame, hired)
    clear = [one for one in found.subgroups if one.p_adjusted < 0.05]
    assert [one.group for one in clear] == [("F", "c")]


def test_a_harm_is_worst_where_it_is_most_frequent():
    frame, hired = people()
    found = worst_subgroups(frame, 1 - hired, unfavorable=True)
    assert found.subgroups[0].group == ("F", "c")
    assert found.subgroups[0].difference > 0.2
    assert worst_subgroups(frame, 1 - hired).subgroups[0].group != ("F", "c")


def test_a_missing_value_is_a_level():
    frame, _ = people()
    lost = frame["shift"].isna().to_numpy()
    rng = np.random.default_rng(4)
    outcome = rng.random(len(frame)) < np.where(lost, 0.2, 0.5)
    assert worst_subgroups(frame, outcome).subgroups[0].group == (None,)


@pytest.mark.parametrize("made", [pd.DataFrame, pl.DataFrame, dict])
def test_any_frame_gives_the_same(made):
    frame, hired = people(2_000)
    columns = {name: frame[name].tolist() for name in ("sex", "site", "floor")}
    plain = {name: np.array(values) for name, values in columns.items()}
    assert worst_subgroups(made(columns), hired) == worst_subgroups(plain, hired.tolist())


def test_text_needs_its_positive_value():
    frame, hired = people(2_000)
    words = np.where(hired == 1, "yes", "no")
    with pytest.raises(MetricError, match="pos_label"):
        worst_subgroups(frame, words)
    assert worst_subgroups(frame, words, pos_label="yes") == worst_subgroups(frame, hired)


def test_what_cannot_be_searched_is_named():
    frame, hired = people(2_000)
    frame = frame.assign(id=range(2_000), same="x")
    found = worst_subgroups(frame, hired)
    assert set(found.left_out) == {"id", "same"}
    assert "2000 levels" in found.left_out["id"]
    with pytest.raises(MetricError, match="no feature can be searched"):
        worst_subgroups(frame[["id", "same"]], hired)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"depth": 4}, "depth is 4"),
        ({"min_share": 0}, "strictly between 0 and 1"),
        ({"held_out": 1}, "strictly between 0 and 1"),
        ({"top": 0}, "top is 0"),
    ],
)
def test_options_out_of_range(options, said):
    with pytest.raises(MetricError, match=said):
        worst_subgroups({"sex": ["F", "M"] * 20}, [0, 1] * 20, **options)


def test_all_the_same_outcome_is_no_search():
    with pytest.raises(MetricError, match="every outcome is the same"):
        worst_subgroups({"sex": ["F", "M"] * 20}, [1] * 40)


def test_chance_is_seldom_a_finding():
    alarms = 0
    for seed in range(100):
        frame, _ = people(1_000, seed)
        outcome = np.random.default_rng(1_000 + seed).random(1_000) < 0.4
        found = worst_subgroups(frame, outcome, seed=seed)
        alarms += any(one.p_adjusted is not None and one.p_adjusted < 0.05
                      for one in found.subgroups)  # fmt: skip
        assert all(math.isfinite(one.found_rate) for one in found.subgroups)
    assert alarms <= 10  # at most 5 expected; 10 or fewer in 98.9 % of such series
