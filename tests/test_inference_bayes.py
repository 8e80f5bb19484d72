"""The Bayes factor, the posterior of a ratio, and the analysis of variance."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from auditkit.errors import MetricError
from auditkit.inference import bayes_factor, one_way_anova, ratio_posterior

RECORDED = Path(__file__).parent / "peers" / "more.json.gz"


def test_the_published_bayes_factor():
    """audit-AI 0.1.1, docstring of crosstab_bayes_factor."""
    assert bayes_factor([[50, 50], [50, 50]]) == pytest.approx(0.26162148804907587, rel=1e-12)


def test_bayes_factor_as_recorded():
    document = json.loads(gzip.decompress(RECORDED.read_bytes()))
    assert document["made_with"]["audit-AI"] == "0.1.1"
    compared = 0
    for table in document["tables"]:
        g, d = np.array(table["g"]), np.array(table["d"])
        counts = [[int(((g == a) & (d == b)).sum()) for b in (0, 1)] for a in (0, 1)]
        if min(np.sum(counts, axis=0)) == 0:
            continue  # a column without counts is left out here
        compared += 1
        assert bayes_factor(counts) == pytest.approx(table["said"]["bayes_factor"], rel=1e-9)
    assert compared > 50


def test_bayes_factor_by_summing_up():
    """Of 2 of 2 and 0 of 2: dependence D(3,1,1,3)/D(1,1,1,1) against the product of the margins.

    With uniform priors: Γ(3)²/Γ(8) ÷ 1/Γ(4) over (Γ(3)²/Γ(6) × Γ(3)²/Γ(6)) ÷ (1/Γ(2))²: the row
    and column parameters are 2 × 1 − 1 = 1, so that D(1, 1) = 1.
    """
    dependent = math.gamma(3) ** 2 / math.gamma(8) * math.gamma(4)
    independent = (math.gamma(3) ** 2 / math.gamma(6)) ** 2
    assert bayes_factor([[2, 0], [0, 2]]) == pytest.approx(dependent / independent)


def test_bayes_factor_speaks_up_with_the_gap_and_never_overflows():
    factors = [bayes_factor([[50 + k, 50 - k], [50 - k, 50 + k]]) for k in range(0, 50, 7)]
    assert factors == sorted(factors)
    assert factors[0] < 1 / 3
    assert factors[-1] > 1e10
    assert math.isfinite(bayes_factor([[10**6, 0], [0, 10**6]]))
    assert bayes_factor([[5, 7]]) is None
    assert bayes_factor([[5, 0], [3, 0]]) is None
    assert bayes_factor([[5, 2, 0], [3, 4, 0]]) == bayes_factor([[5, 2], [3, 4]])


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        (([[1, 2], [3, 4]], 0.5), "prior must be at least 1"),
        (([1, 2], 1), "two dimensions"),
        (([[1, -2], [3, 4]], 1), "not negative"),
        (([["a", 2], [3, 4]], 1), "rectangle of numbers"),
    ],
)
def test_bayes_factor_refuses(given_, message):
    with pytest.raises(MetricError, match=message):
        bayes_factor(given_[0], prior=given_[1])


COUNTS = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(COUNTS, COUNTS)
@settings(max_examples=12, deadline=None)
def test_the_posterior_of_a_ratio_turns_round(a, b):
    """P(a/b <= r) = P(b/a >= 1/r): the median and the ends of one are those of the other."""
    one, other = ratio_posterior(*a, *b), ratio_posterior(*b, *a)
    assert one.median == pytest.approx(1 / other.median, rel=1e-3)
    assert one.low == pytest.approx(1 / other.high, rel=1e-2)
    assert one.low < one.median < one.high
    assert one.within_four_fifths == pytest.approx(other.within_four_fifths, abs=1e-4)


@pytest.mark.parametrize(
    "counts", [(14, 24, 21, 24), (3, 40, 9, 35), (0, 12, 5, 10), (200, 400, 260, 420)]
)
def test_the_posterior_of_a_ratio_against_draws(counts):
    """audit-AI's way, with a million draws: its percentiles are those of the integral."""
    a, m, b, n = counts
    rng = np.random.default_rng(1)
    first = rng.beta(1 + a, 1 + m - a, 1_000_000)
    second = rng.beta(1 + b, 1 + n - b, 1_000_000)
    ratio = first / second
    found = ratio_posterior(a, m, b, n)
    assert found.mean == pytest.approx(ratio.mean(), rel=4e-3)
    expected = np.percentile(ratio, [50, 2.5, 97.5])
    assert (found.median, found.low, found.high) == pytest.approx(tuple(expected), rel=8e-3)
    inside = ((ratio >= 0.8) & (ratio <= 1.25)).mean()
    assert found.within_four_fifths == pytest.approx(inside, abs=2e-3)


def test_the_posterior_of_a_ratio_in_closed_form():
    """Beta(1, 1) over Beta(1, 1): P(R <= r) is r/2 up to 1 and 1 − 1/(2r) beyond."""
    found = ratio_posterior(0, 1e-9, 0, 1e-9, level=0.5)
    assert found.median == pytest.approx(1, abs=1e-4)
    assert (found.low, found.high) == pytest.approx((0.5, 2), rel=1e-3)
    assert found.within_four_fifths == pytest.approx(0.6 - 0.4, abs=1e-3)
    assert found.mean is None


def test_what_the_posterior_refuses():
    assert ratio_posterior(0, 0, 1, 2) is None
    with pytest.raises(MetricError, match="prior must be above 0"):
        ratio_posterior(1, 2, 1, 2, prior=(0, 1))
    with pytest.raises(MetricError, match="strictly between"):
        ratio_posterior(1, 2, 1, 2, level=1)


def test_anova_as_in_scipy():
    rng = np.random.default_rng(2)
    for size in (2, 5, 40):
        groups = [rng.normal(k / 3, 1, size + k) for k in range(4)]
        f, between, within, p = one_way_anova(
            [len(x) for x in groups], [x.mean() for x in groups], [x.var(ddof=1) for x in groups]
        )
        theirs = stats.f_oneway(*groups)
        assert (f, p) == pytest.approx((theirs.statistic, theirs.pvalue))
        assert (between, within) == (3, sum(map(len, groups)) - 4)
    assert one_way_anova([3, 0], [1, 0], [1, 0]) is None
    assert one_way_anova([1, 1], [1, 2], [0, 0]) is None
    assert one_way_anova([3, 3], [1, 2], [0, 0]) is None
    with pytest.raises(MetricError, match="same length"):
        one_way_anova([1], [1, 2], [0])
    with pytest.raises(MetricError, match=r"variances\[0\] must not be negative"):
        one_way_anova([2, 2], [1, 2], [-1, 0])
