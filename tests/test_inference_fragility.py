"""How few decisions flip a verdict."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditkit.inference import (
    below_four_fifths,
    fisher_exact,
    four_fifths_fragility,
    one_person_flip,
    pooled_z,
    significance_fragility,
)


@st.composite
def rates(draw, largest=40):
    n = draw(st.integers(1, largest))
    return draw(st.integers(0, n)), n


MOVES = st.sampled_from(["extra", "transfer"])


def _after(a, m, b, n, step, move):
    """The counts after `step` moves, or None when they are not possible."""
    x, y = a + step, b - step if move == "transfer" else b
    return (x, m, y, n) if 0 <= x <= m and 0 <= y <= n else None


def _fewest(counts, move, flipped):
    for k in range(1, max(counts[1], counts[3]) + 1):
        for step in (k, -k):
            there = _after(*counts, step, move)
            if there is not None and flipped(there):
                return k
    return None


def test_waisome():
    # 948 F.2d 1370: "had two additional black candidates passed", the difference would be below
    # two standard deviations (1.976); at the 5% level, 1.96, it takes a third.
    assert significance_fragility(50, 64, 455, 508, sds=2).decisions == 2
    assert significance_fragility(50, 64, 455, 508).decisions == 3
    assert four_fifths_fragility(50, 64, 455, 508).flagged is False


def test_by_hand():
    # 30/100 against 50/100: 40 would be four fifths; with transfers 36/100 against 44/100 is
    # 0.818 and 35/45 is 0.778.
    assert four_fifths_fragility(30, 100, 50, 100).decisions == 10
    assert four_fifths_fragility(30, 100, 50, 100, move="transfer").decisions == 6
    # 16/25 against 36/45 is exactly four fifths: one decision less puts it below.
    found = four_fifths_fragility(16, 25, 36, 45)
    assert (found.flagged, found.decisions, found.direction) == (False, 1, -1)


@settings(deadline=None)
@given(rates(), rates(), MOVES)
def test_four_fifths_by_trying(group, reference, move):
    counts = (*group, *reference)
    found = four_fifths_fragility(*counts, move=move)
    now = below_four_fifths(*counts)
    assert found.flagged is now
    if now is None:
        assert found.decisions is None
        assert found.reason
        return
    # A reference rate that is moved to zero has no ratio: below_four_fifths is None there, and
    # the group, then in the lead, is not below.
    fewest = _fewest(counts, move, lambda c: bool(below_four_fifths(*c)) is not now)
    assert found.decisions == fewest
    assert (found.reason is None) == (fewest is not None)


@given(rates(), rates(), MOVES)
@settings(deadline=None)
def test_significance_by_trying(a, b, move):
    counts = (*a, *b)
    found = significance_fragility(*counts, move=move)
    tested = pooled_z(*counts)
    if tested is None:
        assert found.flagged is None
        assert found.reason
        return

    def significant(c):
        result = pooled_z(*c)
        return result is not None and result[1] < 1 - 0.95

    assert found.flagged is significant(counts)
    assert found.decisions == _fewest(counts, move, lambda c: significant(c) is not found.flagged)
    if found.flagged:
        assert found.direction == (1 if tested[0] < 0 else -1)


@given(rates(25), rates(25))
@settings(deadline=None, max_examples=20)
def test_significance_of_the_exact_test_by_trying(a, b):
    counts = (*a, *b)
    if pooled_z(*counts) is None:
        return
    found = significance_fragility(*counts, test="fisher")

    def significant(c):
        return fisher_exact(*c) < 1 - 0.95

    assert found.flagged is significant(counts)
    assert found.decisions == _fewest(
        counts, "extra", lambda c: significant(c) is not found.flagged
    )


def test_large_groups_are_searched_quickly():
    counts = (300_000, 1_000_000, 500_000, 1_000_000)
    for move in ("extra", "transfer"):
        found = significance_fragility(*counts, move=move)
        k = found.decisions
        assert pooled_z(*_after(*counts, k, move))[1] >= 0.05
        assert pooled_z(*_after(*counts, k - 1, move))[1] < 0.05
    found = significance_fragility(500_000, 1_000_000, 500_000, 1_000_000)
    assert found.flagged is False
    assert pooled_z(500_000 - found.decisions, 10**6, 500_000, 10**6)[1] < 0.05


def test_groups_too_small_to_be_significant():
    found = significance_fragility(1, 2, 1, 2)
    assert (found.flagged, found.decisions) == (False, None)
    assert "no number" in found.reason


def test_one_person():
    # 44 FR 11996, Q&A 21: 1 of 5 against 3 of 10; one more makes 2/5 against 2/10.
    assert one_person_flip(1, 5, 3, 10) is True
    # 10/50 against 30/100: 11/50 is still below 29/100.
    assert one_person_flip(10, 50, 30, 100) is False
    # An exact tie is not a lead: 2/10 against 3/10 becomes 3/10 against 2/10; 1/10 and 3/10 tie.
    assert one_person_flip(2, 10, 3, 10) is True
    assert one_person_flip(1, 10, 3, 10) is False


@settings(deadline=None)
@given(rates(), rates())
def test_one_person_is_a_shortfall_turned(group, reference):
    found = one_person_flip(*group, *reference)
    if group[0] * reference[1] >= reference[0] * group[1]:
        assert found is None
    else:
        after = (group[0] + 1) * reference[1] > (reference[0] - 1) * group[1]
        assert found is after


@pytest.mark.parametrize("counts", [(0, 0, 1, 2), (1, 2, 0, 0)])
def test_an_empty_group_has_no_verdict(counts):
    assert one_person_flip(*counts) is None
    assert significance_fragility(*counts).reason == "a group is empty"
    assert four_fifths_fragility(*counts).reason == "a group is empty"
