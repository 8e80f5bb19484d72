"""Counts that serve many questions at once are those of one question at a time."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from auditkit.columns import Coded
from auditkit.profiling.crossed import Crossed
from auditkit.profiling.leakage import pairwise_auc
from auditkit.profiling.levels import Levels
from auditkit.profiling.reliability import _View
from auditkit.profiling.rows import Attribute, Rows, attributes

OUTCOMES = 3  # without it, with it, unknown
RNG = np.random.default_rng(11)


def drawn(name: str, size: int, rows: int) -> Attribute:
    codes = RNG.integers(0, size, rows)
    return Attribute(name, tuple(f"{name}{code}" for code in range(size)), codes)


@pytest.mark.parametrize("rows", [60, 5_000])  # too few to be crossed, and enough
@pytest.mark.parametrize("weighted", [False, True])
def test_attributes_are_counted_crossed_as_one_by_one(rows: int, weighted: bool) -> None:
    """By hand: a loop over the rows."""
    coded = [drawn("a", 3, rows), drawn("b", 2, rows), drawn("c", 5, rows)]
    outcome = RNG.integers(0, OUTCOMES, rows)
    levels = Levels(RNG.integers(0, 4, rows), 4, missing=True)
    weight = RNG.integers(1, 9, rows).astype(float) if weighted else None
    plain = Rows.build(rows, weight, frequency=False)
    taken = np.arange(rows) if plain.order is None else plain.order
    event = np.array([0.0, 1.0, np.nan])[outcome]
    found = Crossed(coded, event).sums(levels, plain.weigh)
    for attribute, sums in zip(coded, found, strict=True):
        by_hand = np.zeros((4, len(attribute.names), OUTCOMES))
        for row in range(rows):
            mass = 1.0 if weight is None else weight[taken[row]]
            by_hand[levels.codes[row], attribute.codes[row], outcome[row]] += mass
        np.testing.assert_allclose(sums, by_hand, rtol=1e-12)
    (all_rows, *_) = Crossed(coded, None).sums(None, plain.count)
    assert all_rows.shape == (1, 3, 1)
    assert all_rows.sum() == rows


def test_groups_that_remember_their_codes_are_a_list_like_any_other() -> None:
    groups = Coded(np.array([0, 2, -1, 1, 0]), ["F", "M", "F"])  # two spellings, one name
    assert groups == ["F", "F", None, "M", "F"]
    assert copy.deepcopy(groups) == groups == pickle.loads(pickle.dumps(groups))
    assert type(groups[1:]) is list  # a part has other codes
    plain = Rows.build(5, None, frequency=False)
    (coded,), (listed,) = (attributes({"sex": one}, plain) for one in (groups, list(groups)))
    assert (coded.name, coded.names) == (listed.name, listed.names) == ("sex", ("F", "M", None))
    assert coded.codes.tolist() == listed.codes.tolist() == [0, 0, 2, 1, 0]
    (nobody,) = attributes({"sex": Coded(np.array([0, 1]), ["F", None])}, Rows(2, None, None, None))
    assert (nobody.names, nobody.codes.tolist()) == (("F", None), [0, 1])


def test_levels_alike_are_put_together_without_a_trace() -> None:
    """Few people in each of many levels, where it is done, and the definition pair by pair."""
    people = RNG.integers(0, 3, (2, 60)).astype(float)
    people = people[:, people.sum(axis=0) > 0]
    events, size = people[1], people.sum(axis=0)
    rate = (people[1].sum() - 1) / (people.sum() - 2)
    wins = pairs = 0.0
    for a in np.flatnonzero(people[1]):
        for b in np.flatnonzero(people[0]):
            mass = people[1, a] * people[0, b]
            pairs += mass
            up, down = (events[a] - 1 + rate) / size[a], (events[b] + rate) / size[b]
            wins += mass * (0.5 if a == b or up == down else up > down)
    assert pairwise_auc(people, people)[0] == pytest.approx(wins / pairs, rel=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
def test_what_is_told_of_numbers_by_group_is_the_share_of_their_variance(weighted: bool) -> None:
    """By hand, group by group: 1 - sum of squared misses / sum of squared distances."""
    people, numbers, size = 400, 3, 3
    x = RNG.random((people, numbers))
    predicted = x + RNG.normal(0, 0.2, x.shape)
    known = RNG.random(x.shape) < 0.9
    codes = RNG.integers(0, size + 1, people)  # the last has no group
    x[codes == 2, 1] = 0.5  # a group without spread
    weight = RNG.integers(0, 4, people).astype(float) if weighted else None
    view = _View(np.where(known, x, 0.0), predicted, known.astype(float), weight)
    found = view.by_group(codes, size)
    w = np.ones(people) if weight is None else weight
    for group in range(size):
        for k in range(numbers):
            here = (codes == group) & known[:, k]
            assert found.people[group, k] == here.sum()
            mass, values, told = w[here], x[here, k], predicted[here, k]
            assert found.effective[group, k] == pytest.approx(mass.sum() ** 2 / (mass**2).sum())
            apart = (values - np.average(values, weights=mass)) ** 2
            spread, missed = (np.average(e, weights=mass) for e in (apart, (values - told) ** 2))
            if group == 2 and k == 1:
                assert np.isnan(found.told[group, k])
                continue
            assert found.told[group, k] == pytest.approx(1 - missed / spread)
            pull = missed / spread**2 * (apart - spread) - ((values - told) ** 2 - missed) / spread
            assert found.variance[group, k] == pytest.approx(np.average(pull**2, weights=mass))
