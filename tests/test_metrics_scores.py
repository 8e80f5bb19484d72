"""Score metrics: published numbers, definitions spelled out, peers, laws, and what is undefined."""

import doctest
import math
import subprocess
import sys
from fractions import Fraction
from itertools import pairwise

import fairlearn.metrics as fm
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import sklearn.calibration
import sklearn.metrics as sm
from fitted_once import untraced
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

import auditkit.metrics.scores as sc
from auditkit.errors import MetricError, UndefinedMetricWarning
from auditkit.inference import wilson
from auditkit.metrics import by_group
from auditkit.metrics.scores.by_group import SCORED

# DeLong, DeLong, Clarke-Pearson (1988), Biometrics 44, table 1: albumin, total protein, the score
# of Krebs and Goplerud, and whether surgery helped (1) of 43 patients without missing values.
_PATIENTS = (
    "3.0 5.8 10 0; 3.2 6.3 5 1; 3.9 6.8 3 1; 2.8 4.8 6 0; 3.2 5.8 3 1; 0.9 4.0 5 0; "
    "2.5 5.7 8 0; 1.6 5.6 5 1; 3.8 5.7 5 1; 3.7 6.7 6 1; 3.2 5.4 4 1; 3.8 6.6 6 1; "
    "4.1 6.6 5 1; 3.6 5.7 5 1; 4.3 7.0 4 1; 3.6 6.7 4 0; 2.3 4.4 6 1; 4.2 7.6 4 0; "
    "4.0 6.6 6 0; 3.5 5.8 6 1; 3.8 6.8 7 1; 3.0 4.7 8 0; 4.5 7.4 5 1; 3.7 7.4 5 1; "
    "3.1 6.6 6 1; 4.1 8.2 6 1; 4.3 7.0 5 1; 4.3 6.5 4 1; 3.2 5.1 5 1; 2.6 4.7 6 1; "
    "3.3 6.8 6 0; 1.7 4.0 7 0; 3.7 6.1 5 1; 3.3 6.3 7 1; 4.2 7.7 6 1; 3.5 6.2 5 1; "
    "2.9 5.7 9 0; 2.1 4.8 7 1; 2.8 6.2 8 0; 4.0 7.0 7 1; 3.3 5.7 6 1; 3.7 6.9 5 1; "
    "3.6 6.6 5 1"
)
OVARIAN = np.array([[float(x) for x in row.split()] for row in _PATIENTS.split("; ")])
TESTS = {"albumin": OVARIAN[:, 0], "protein": OVARIAN[:, 1], "score": -OVARIAN[:, 2]}

# The table on which peers were run; arithmetic, so that no generator has to stay the same.
I = np.arange(60)  # noqa: E741
PEER_G = np.where(I % 5 < 2, "b", np.where(I % 7 == 0, "c", "a"))
PEER_X = ((I * 37) % 60) / 10.0
PEER_Y = (PEER_X > 3).astype(int)
PEER_S = 0.7 * PEER_X + ((I * 17) % 23) / 10.0 + 0.6 * (PEER_G == "b") - 0.4 * (PEER_G == "c")
PEER_S = np.round(PEER_S / PEER_S.max(), 6)
PEER_P = np.clip(PEER_S, 1e-3, 1 - 1e-3)
PEER_W = 1 + I % 3

PLAIN = list(SCORED)
GAPS = [name for name in sc.__all__ if name.endswith(("_difference", "_ratio"))]
DISTANCES = ["abroca", "score_ks", "score_wasserstein"]


def generated(seed, groups=3, rows=60, ties=20):
    """A table in which every group has both labels, and probabilities with ties inside (0, 1)."""
    rng = np.random.default_rng(seed)
    g = np.concatenate([np.repeat(np.arange(groups), 2), rng.integers(0, groups, rows)])
    y = np.concatenate([np.tile([0, 1], groups), rng.integers(0, 2, rows)])
    s = rng.integers(1, ties, len(g)) / ties
    return y, s, g, rng.integers(1, 5, len(g)) / 2


@st.composite
def tables(draw, groups=2):
    """Labels, probabilities and groups; each group has both labels."""
    size = draw(st.integers(0, 25))
    g = [i for i in range(groups) for _ in (0, 1)] + draw(
        st.lists(st.integers(0, groups - 1), min_size=size, max_size=size)
    )
    y = [0, 1] * groups + draw(st.lists(st.integers(0, 1), min_size=size, max_size=size))
    s = draw(st.lists(st.integers(1, 39), min_size=len(g), max_size=len(g)))
    return np.array(y), np.array(s) / 40, np.array(g)


# --- published numbers -----------------------------------------------------------------------


# SAS/STAT 9.22 User's Guide, example 51.8, "ROC Association Statistics".
@pytest.mark.parametrize(
    ("test", "auc", "error", "low", "high"),
    [
        ("albumin", 0.7366, 0.0927, 0.5549, 0.9182),
        ("score", 0.7258, 0.1028, 0.5243, 0.9273),
        ("protein", 0.6478, 0.1000, 0.4518, 0.8439),
    ],
)
def test_delong_1988_areas(test, auc, error, low, high):
    (row,) = sc.roc_auc_by_group(
        OVARIAN[:, 3], TESTS[test], sensitive_features=["all"] * 43, interval="normal"
    )
    assert (row.positives, row.negatives, row.method) == (31, 12, "delong")
    found = (row.value, row.standard_error, row.low, row.high)
    assert found == pytest.approx((auc, error, low, high), abs=6e-5)


# The same example, "ROC Contrast Estimation and Testing Results by Row" (chi-square is z²).
@pytest.mark.parametrize(
    ("test", "difference", "error", "low", "high", "chi2", "p"),
    [
        ("albumin", 0.0108, 0.0953, -0.1761, 0.1976, 0.0127, 0.9102),
        ("protein", -0.0780, 0.1046, -0.2830, 0.1271, 0.5554, 0.4561),
    ],
)
def test_delong_1988_paired(test, difference, error, low, high, chi2, p):
    found = sc.delong_test(OVARIAN[:, 3], TESTS[test], other_score=TESTS["score"])
    assert found.paired
    assert found.statistic**2 == pytest.approx(chi2, abs=6e-5)
    assert (
        found.difference, found.standard_error, found.low, found.high, found.p_value,
    ) == pytest.approx((difference, error, low, high, p), abs=6e-5)  # fmt: skip


# Peers in an environment of their own, on the table above: statsmodels 0.15 GLM (Binomial, tol
# 1e-14; offset for the intercept; freq_weights), AIF360 0.6.1 aif360.sklearn.metrics.
@pytest.mark.parametrize(
    ("metric", "scores", "plain", "weighted"),
    [
        (sc.calibration_slope, PEER_P, 3.66861529, 3.62866109),
        (sc.calibration_intercept, PEER_P, -0.28681236, -0.27516353),
        (sc.generalized_false_positive_rate, PEER_S, 0.36687141935483875, 0.3650793114754098),
        (sc.generalized_false_negative_rate, PEER_S, 0.27777775862068965, 0.270917406779661),
    ],
)
def test_statsmodels_and_aif360(metric, scores, plain, weighted):
    assert metric(PEER_Y, scores) == pytest.approx(plain, abs=1e-8)
    assert metric(PEER_Y, scores, sample_weight=PEER_W) == pytest.approx(weighted, abs=1e-8)


# abroca 0.1.3's method (interp1d of sklearn's curves) on a grid of 1,000,001 points.
def test_abroca_agrees_with_a_fine_grid():
    two = PEER_G != "c"
    found = sc.abroca(PEER_Y[two], PEER_S[two], sensitive_features=PEER_G[two])
    assert found == pytest.approx(0.06101392, abs=2e-7)


# --- exactly, whatever the floats --------------------------------------------------------------

_LEAST, _MOST = float(np.finfo(np.float64).smallest_subnormal), float(np.finfo(np.float64).max)
_CORNERS = [0.0, -0.0, 1.0, -1.0, 1e-300, -1e-300, 0.1, np.nextafter(0.1, 1), -0.1, 3.0,
            np.nextafter(3, 4), _LEAST, -_LEAST, _MOST, -_MOST, 1e30, 2.0**24 + 1]  # fmt: skip


def exact_area(y, s):
    """The definition in whole numbers: pairs won, ties half."""
    up, down = s[y == 1], s[y == 0]
    won = sum(2 * int(a > b) + int(a == b) for a in up for b in down)
    return won / (2 * len(up) * len(down))


@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("positive", [True, False])
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_the_area_is_exact_for_any_floats(kind, positive, data):
    numbers = st.one_of(
        st.sampled_from(_CORNERS),
        st.floats(-1, 1, width=32),
        st.floats(allow_nan=False, allow_infinity=False),
    )
    with np.errstate(over="ignore", under="ignore"):
        s = np.array(data.draw(st.lists(numbers, min_size=4, max_size=24))).astype(kind)
    s = np.where(np.isfinite(s), s, kind(0.5))
    s = np.abs(s) if positive else s
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    y, g = rng.integers(0, 2, len(s)), rng.integers(0, 2, len(s))
    for row in sc.roc_auc_by_group(y, s, sensitive_features=g):
        mine = g == int(row.group[0])
        assert (row.positives, row.negatives) == (y[mine].sum(), (1 - y[mine]).sum())
        if row.value is not None:
            assert row.value == exact_area(y[mine], s[mine])


@pytest.mark.parametrize("shape", ["even", "skewed", "signed", "few", "wide", "float32", "one"])
def test_buckets_and_chunks_change_nothing(shape, monkeypatch):
    """Many rows go through buckets in chunks; without either, and by search, it is the same."""
    from auditkit.metrics.scores import ordered, parting
    from auditkit.metrics.scores.delong import ranks_sorted
    from auditkit.metrics.scores.sample import read_scores

    rng = np.random.default_rng(8)
    s = {
        "even": rng.random, "skewed": lambda n: rng.random(n) ** 30, "signed": rng.standard_normal,
        "few": lambda n: rng.integers(0, 7, n) / 7, "one": lambda n: np.full(n, 0.5),
        "wide": lambda n: rng.standard_normal(n) * 10.0 ** rng.integers(-300, 300, n),
        "float32": lambda n: rng.random(n).astype(np.float32),
    }[shape](6000)  # fmt: skip
    y, g = rng.integers(0, 2, 6000), rng.integers(0, 3, 6000)
    parted = read_scores("roc_auc", y, s, sensitive_features=g)
    slow = [ranks_sorted(sample.of(1), sample.of(0)) for sample in parted.samples]
    plain = ordered.in_order(parted)
    monkeypatch.setattr(ordered, "_RUN", 3)
    monkeypatch.setattr(parting, "_CHUNK", 700)
    fast = ordered.in_order(parted)
    if shape == "wide":  # magnitudes that 63 bits do not hold beside their signs
        assert fast is plain is None
        return
    for mine, same, other in zip(fast, plain, slow, strict=True):
        assert mine.area == same.area == other.auc
        assert (mine.positive == same.positive).all()
        for side in ("positive", "negative"):
            here, there = getattr(mine.ranks, side), getattr(other, side)
            np.testing.assert_allclose(np.sort(here), np.sort(there), rtol=0, atol=1e-12)


# --- definitions, spelled out ----------------------------------------------------------------


def pairs_auc(y, s, w):
    wins = total = 0
    for a, b, v in zip(y, s, w, strict=True):
        for c, d, u in zip(y, s, w, strict=True):
            if a and not c:
                wins, total = wins + v * u * ((b > d) + (b == d) / 2), total + v * u
    return wins / total


def pairs_components(y, s):
    own = {0: s[y == 0], 1: s[y == 1]}
    return [
        np.array([np.mean((x > own[0]) + (x == own[0]) / 2) for x in own[1]]),
        np.array([np.mean((own[1] > x) + (own[1] == x) / 2) for x in own[0]]),
    ]


@pytest.mark.parametrize("seed", range(60))
def test_auc_and_delong_by_all_pairs(seed):
    y, s, g, w = generated(seed, ties=8 + seed)
    assert sc.roc_auc(y, s, sample_weight=w) == pytest.approx(pairs_auc(y, s, w), abs=1e-14)
    for row in sc.roc_auc_by_group(y, s, sensitive_features=g):
        mine = g == int(row.group[0])
        parts = pairs_components(y[mine], s[mine])
        variance = sum(part.var(ddof=1) / len(part) for part in parts)
        assert row.value == pytest.approx(parts[0].mean(), abs=1e-14)
        assert row.standard_error == pytest.approx(math.sqrt(variance), abs=1e-14)
    low, high = (s[g == 0], y[g == 0]), (s[g == 1], y[g == 1])
    two = g < 2
    test = sc.delong_test(y[two], s[two], sensitive_features=g[two], reference=0)
    parts = [pairs_components(label, score) for score, label in (high, low)]
    error = math.sqrt(sum(p.var(ddof=1) / len(p) for part in parts for p in part))
    assert test.names == ("1", "0")
    assert test.statistic == pytest.approx(
        (parts[0][0].mean() - parts[1][0].mean()) / error, abs=1e-12
    )
    assert test.p_value == pytest.approx(2 * stats.norm.sf(abs(test.statistic)), rel=1e-12)


def exact_curve(y, s):
    positives = sum(y)
    points = [(Fraction(0), Fraction(0))]
    for cut in sorted(set(s), reverse=True):
        over = [label for label, score in zip(y, s, strict=True) if score >= cut]
        points.append(
            (Fraction(len(over) - sum(over), len(y) - positives), Fraction(sum(over), positives))
        )
    return points


def exact_height(points, x, side):
    at = [height for rate, height in points if rate == x]
    if at:
        return at[-1] if side == "right" else at[0]
    (x0, h0), (x1, h1) = next((p, q) for p, q in pairwise(points) if p[0] < x < q[0])
    return h0 + (x - x0) / (x1 - x0) * (h1 - h0)


def exact_abroca(one, other):
    corners = sorted({x for x, _ in one} | {x for x, _ in other})
    area = Fraction(0)
    for x, z in pairwise(corners):
        a = exact_height(one, x, "right") - exact_height(other, x, "right")
        b = exact_height(one, z, "left") - exact_height(other, z, "left")
        total = abs(a) + abs(b)
        area += (z - x) * ((a * a + b * b) / total if a * b < 0 else total) / 2
    return area


@given(tables())
@settings(max_examples=150, deadline=None)
def test_abroca_is_exact(table):
    y, s, g = table
    one, other = (exact_curve(y[g == i].tolist(), s[g == i].tolist()) for i in (0, 1))
    area = exact_abroca(one, other)
    assert sc.abroca(y, s, sensitive_features=g) == pytest.approx(float(area), abs=1e-14)
    gap = abs(sc.roc_auc_difference(y, s, sensitive_features=g))
    assert gap <= float(area) + 1e-14 <= 1 + 1e-14


def test_hand_computed_gaps():
    # a: positives 0.6, 0.9 over negatives 0.1, 0.7 -> 3 of 4 pairs; b: 0.4 over 0.2, 0.8 -> 1 of 2.
    y, s, g = [1, 1, 0, 0, 1, 0, 0], [0.6, 0.9, 0.1, 0.7, 0.4, 0.2, 0.8], list("aaaabbb")
    assert sc.roc_auc_difference(y, s, sensitive_features=g) == pytest.approx(0.25)
    assert sc.roc_auc_difference(y, s, sensitive_features=g, reference="a") == pytest.approx(-0.25)
    assert sc.roc_auc_ratio(y, s, sensitive_features=g) == pytest.approx(2 / 3)
    assert sc.roc_auc_ratio(y, s, sensitive_features=g, reference="b") == pytest.approx(1.5)
    brier = (0.16 + 0.01 + 0.01 + 0.49) / 4, (0.36 + 0.04 + 0.64) / 3
    assert sc.brier_score_difference(y, s, sensitive_features=g) == pytest.approx(
        brier[1] - brier[0]
    )
    gfpr = sc.generalized_false_positive_rate_difference(y, s, sensitive_features=g, reference="b")
    assert gfpr == pytest.approx(0.4 - 0.5)
    assert sc.generalized_false_negative_rate_ratio(y, s, sensitive_features=g) == pytest.approx(
        0.25 / 0.6
    )
    large = sc.calibration_in_the_large_difference(y, s, sensitive_features=g, reference="a")
    assert large == pytest.approx((1 / 3 - 1.4 / 3) - (0.5 - 2.3 / 4))


def test_bins_by_hand():
    y = [0, 1, 0, 1, 1, 1]
    s = [0.1, 0.1, 0.2, 0.5, 0.6, 1.0]  # an edge belongs to the bin below it
    assert sc.expected_calibration_error(y, s, n_bins=5) == pytest.approx(
        (abs(1 - 0.4) + abs(1 - 0.5) + abs(1 - 0.6) + 0) / 6
    )
    table = sc.reliability_table(y, s, n_bins=2)
    assert [(b.lower, b.upper, b.n) for b in table] == [(0.0, 0.5, 4), (0.5, 1.0, 2)]
    mass = sc.reliability_table(y, s, n_bins=3, strategy="quantile")
    assert [(b.lower, b.upper, b.n) for b in mass] == [(0.1, 0.1, 2), (0.1, 0.5, 2), (0.5, 1.0, 2)]
    assert (mass[0].low, mass[0].high) == tuple(wilson(1, 2))


def test_isotonic_calibration_by_hand():
    # Rates 1, 0 at 0.2 and 0.4 are pooled to 0.5; 1 at 0.9 stays.
    expected = (0.3 + 0.1 + 0.1) / 3
    assert sc.integrated_calibration_index([1, 0, 1], [0.2, 0.4, 0.9]) == pytest.approx(expected)


@pytest.mark.parametrize(("auc", "sizes"), [(1.0, (3, 4)), (0.0, (5, 2)), (1.0, (40, 40))])
def test_newcombe_stands_in_where_delong_has_no_variance(auc, sizes):
    y = [1] * sizes[0] + [0] * sizes[1]
    s = [auc] * sizes[0] + [1 - auc] * sizes[1]
    (row,) = sc.roc_auc_by_group(y, s, sensitive_features=["a"] * sum(sizes))
    assert (row.value, row.standard_error, row.method) == (auc, 0.0, "newcombe")
    edge = row.low if auc else row.high
    assert (row.high if auc else row.low) == auc
    size, m, n = sum(sizes) / 2 - 1, *sizes
    spread = edge * (1 - edge) * (1 + size * ((1 - edge) / (2 - edge) + edge / (1 + edge)))
    assert (auc - edge) ** 2 == pytest.approx(1.959963984540054**2 * spread / (m * n), rel=1e-9)


# --- peers -----------------------------------------------------------------------------------


@untraced()
def test_agrees_with_scikit_learn_on_300_tables():
    for seed in range(300):
        y, s, _, w = generated(seed, rows=5 + seed % 60, ties=3 + seed % 50)
        for weight in (None, w):
            mine, theirs = {"sample_weight": weight}, {"sample_weight": weight}
            assert sc.roc_auc(y, s, **mine) == pytest.approx(
                sm.roc_auc_score(y, s, **theirs), abs=1e-12
            )
            assert sc.log_loss(y, s, **mine) == pytest.approx(
                sm.log_loss(y, s, **theirs), rel=1e-12
            )
            assert sc.brier_score(y, s, **mine) == pytest.approx(
                sm.brier_score_loss(y, s, **theirs), rel=1e-12
            )


@untraced()
def test_agrees_with_fairlearn_on_60_tables():
    metrics = {"roc_auc": sm.roc_auc_score, "brier_score": sm.brier_score_loss,
               "log_loss": sm.log_loss}  # fmt: skip
    for seed in range(60):
        y, s, g, _ = generated(seed, groups=2 + seed % 3)
        frame = fm.MetricFrame(metrics=metrics, y_true=y, y_pred=s, sensitive_features=g)
        difference, ratio = frame.difference(), frame.ratio()
        for name in metrics:
            ours = {kind: getattr(sc, f"{name}_{kind}") for kind in ("difference", "ratio")}
            assert ours["difference"](y, s, sensitive_features=g) == pytest.approx(
                difference[name], abs=1e-9
            )
            assert ours["ratio"](y, s, sensitive_features=g) == pytest.approx(ratio[name], abs=1e-9)


def test_agrees_with_scipy_on_500_tables():
    for seed in range(500):
        _, s, g, w = generated(seed, groups=2, ties=4 + seed % 60)
        one, other = s[g == 0], s[g == 1]
        assert sc.score_ks(None, s, sensitive_features=g) == pytest.approx(
            stats.ks_2samp(one, other, method="asymp").statistic, abs=1e-12
        )
        found = sc.score_wasserstein(None, s, sensitive_features=g, sample_weight=w)
        assert found == pytest.approx(
            stats.wasserstein_distance(one, other, w[g == 0], w[g == 1]), abs=1e-12
        )


def test_bins_agree_with_calibration_curve():
    for seed in range(200):
        y, s, _, _ = generated(seed, ties=40)
        table = sc.reliability_table(y, s, n_bins=7)
        rate, score = sklearn.calibration.calibration_curve(y, s, n_bins=7)
        assert [b.rate for b in table] == pytest.approx(rate.tolist())
        assert [b.mean_score for b in table] == pytest.approx(score.tolist())


def test_fairlearn_skips_a_one_class_group_in_silence_and_we_name_it():
    y, s, g = [0, 1, 0, 1, 1, 1], [0.1, 0.6, 0.7, 0.2, 0.3, 0.4], list("aabbcc")
    with pytest.warns(UndefinedMetricWarning, match=r"no negative labels\) in 'c'"):
        ours = sc.roc_auc_difference(y, s, sensitive_features=g)
    with pytest.warns(sm._ranking.UndefinedMetricWarning):
        frame = fm.MetricFrame(metrics=sm.roc_auc_score, y_true=y, y_pred=s, sensitive_features=g)
    assert frame.difference() == ours == 1.0


# --- laws ------------------------------------------------------------------------------------


def every_gap(y, s, g, **options):
    """All gaps and distances; those that are undefined are NaN."""
    found = {}
    for name in [*GAPS, *DISTANCES]:
        found[name] = getattr(sc, name)(y, s, sensitive_features=g, **options)
    return found


@untraced()
@pytest.mark.filterwarnings("ignore::auditkit.errors.UndefinedMetricWarning")
@given(tables(groups=3), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_order_names_and_copies_of_rows_change_nothing(table, random):
    y, s, g = table
    base = every_gap(y, s, g)
    order = random.sample(range(len(y)), len(y))
    same = pytest.approx(base, rel=1e-7, abs=1e-9, nan_ok=True)
    assert every_gap(y[order], s[order], g[order]) == same
    assert every_gap(y, s, np.array(["z", "y", "x"])[g]) == same
    assert every_gap(y, s, g, sample_weight=np.full(len(y), 0.1)) == same
    twice = np.where(np.arange(len(y)) % 2, 2, 1)
    copies = np.repeat(np.arange(len(y)), twice)
    assert every_gap(y, s, g, sample_weight=twice) == pytest.approx(
        every_gap(y[copies], s[copies], g[copies]), rel=1e-7, abs=1e-9, nan_ok=True
    )
    none = np.concatenate([np.ones(len(y)), np.zeros(2)])
    padded = np.append(y, [1, 0]), np.append(s, [0.99, 0.5]), np.append(g, [0, 1])
    assert every_gap(*padded, sample_weight=none) == same
    with_reference = every_gap(y, s, g, reference=0)
    for name, value in with_reference.items():
        if not math.isnan(value) and not name.endswith("_ratio"):
            assert abs(value) <= base[name] + 1e-9


@given(tables())
@settings(max_examples=60, deadline=None)
def test_ranks_only(table):
    y, s, g = table
    auc = sc.roc_auc(y, s)
    assert sc.roc_auc(y, np.log(s) * 7 - 3) == auc
    assert sc.roc_auc(y, -s) == pytest.approx(1 - auc, abs=1e-15)
    assert sc.roc_auc(1 - y, s) == pytest.approx(1 - auc, abs=1e-15)
    assert sc.roc_auc(y, s.astype(np.float32)) == auc
    curve = sc.abroca(y, s, sensitive_features=g)
    assert sc.abroca(y, s**3 - 5, sensitive_features=g) == pytest.approx(curve, abs=1e-15)
    ks = sc.score_ks(y, s, sensitive_features=g)
    assert sc.score_ks(y, np.log(s), sensitive_features=g) == pytest.approx(ks, abs=1e-15)
    moved = sc.score_wasserstein(y, 3 * s + 2, sensitive_features=g)
    base = sc.score_wasserstein(y, s, sensitive_features=g)
    assert moved == pytest.approx(3 * base, abs=1e-12)
    assert base >= abs(s[g == 0].mean() - s[g == 1].mean()) - 1e-12


@given(tables(groups=1), st.floats(-2, 2), st.floats(0.5, 2))
@settings(max_examples=60, deadline=None)
def test_calibration_moves_with_the_logit(table, shift, scale):
    y, s, _ = table
    logit = np.log(s / (1 - s))
    moved = 1 / (1 + np.exp(-(logit - shift)))
    intercept = sc.calibration_intercept(y, s)
    assert sc.calibration_intercept(y, moved) == pytest.approx(intercept + shift, abs=1e-9)
    fitted = 1 / (1 + np.exp(-(logit + intercept)))
    assert sc.calibration_in_the_large(y, fitted) == pytest.approx(0, abs=1e-12)
    low, high = s[y == 0], s[y == 1]
    assume(low.max() > high.min() and high.max() > low.min())
    slope = sc.calibration_slope(y, s)
    stretched = 1 / (1 + np.exp(-(logit * scale + shift)))
    assert sc.calibration_slope(y, stretched) == pytest.approx(slope / scale, rel=1e-6, abs=1e-9)
    assert sc.calibration_slope(1 - y, s) == pytest.approx(-slope, rel=1e-6, abs=1e-9)
    large = abs(sc.calibration_in_the_large(y, s))
    for bins in (1, 3, 10):
        for strategy in ("uniform", "quantile"):
            error = sc.expected_calibration_error(y, s, n_bins=bins, strategy=strategy)
            table = sc.reliability_table(y, s, n_bins=bins, strategy=strategy)
            assert error == pytest.approx(sum(b.share * abs(b.rate - b.mean_score) for b in table))
            assert sum(b.share for b in table) == pytest.approx(1)
            assert error >= large - 1e-12
    assert sc.integrated_calibration_index(y, s) >= large - 1e-12


@given(tables(groups=2))
@settings(max_examples=40, deadline=None)
def test_two_scores_of_the_same_rows(table):
    y, s, _ = table
    other = np.roll(s, 1)
    assume(min(np.bincount(y)) > 1)
    test = sc.delong_test(y, s, other_score=other)
    back = sc.delong_test(y, other, other_score=s)
    assert test.auc == (sc.roc_auc(y, s), sc.roc_auc(y, other))
    assert test.difference == pytest.approx(-back.difference)
    assert (test.p_value is None) == (test.standard_error is None) == (test.reason is not None)
    if test.p_value is not None:
        assert test.p_value == pytest.approx(back.p_value)
    same = sc.delong_test(y, s, other_score=s * 2)
    assert (same.difference, same.p_value, same.reason) == (0, None, "DeLong's variance is 0")


# Nominal 95 % intervals cover 93 to 97 % (2,000 samples of two normals); the symmetric interval of
# the same variance does not, near 1, which is why it is not the default.
@untraced()
@pytest.mark.parametrize(("positives", "auc"), [(50, 0.6), (50, 0.95), (20, 0.75), (5, 0.9)])
def test_interval_covers(positives, auc):
    rng = np.random.default_rng(8)
    times, rows = 2000, 100
    y = np.tile(np.arange(rows) < positives, times)
    shift = math.sqrt(2) * stats.norm.ppf(auc)
    s = rng.normal(size=times * rows) + shift * y
    sample = np.repeat(np.arange(times), rows)
    covered = {
        interval: np.mean(
            [
                row.low <= auc <= row.high
                for row in sc.roc_auc_by_group(y, s, sensitive_features=sample, interval=interval)
            ]
        )
        for interval in ("logit", "normal")
    }
    assert 0.93 <= covered["logit"] <= 0.975
    if auc == 0.95:
        assert covered["normal"] < 0.92


def test_delong_test_holds_its_level():
    rng = np.random.default_rng(5)
    y, g = np.tile([0, 1], 60), np.repeat(["a", "b"], 60)
    p = [
        sc.delong_test(y, rng.normal(size=120) + y, sensitive_features=g).p_value
        for _ in range(600)
    ]
    assert 0.03 <= np.mean(np.array(p) < 0.05) <= 0.08


# --- tables ----------------------------------------------------------------------------------


@pytest.mark.parametrize("weighted", [False, True])
def test_rates_at_thresholds_are_those_of_the_decisions(weighted):
    y, s, g, w = generated(3)
    weight = w if weighted else None
    cuts = [0.5, -1.0, 0.95, 0.5, 0.3, math.inf]
    found = sc.rates_at_thresholds(
        y, s, thresholds=cuts, sensitive_features={"g": g}, sample_weight=weight
    )
    assert found.thresholds == tuple(cuts)
    rows = found.rows()
    for cut in cuts:
        ours = [row for row in rows if row["threshold"] == cut]
        theirs = by_group(y, s >= cut, sensitive_features={"g": g}, sample_weight=weight)
        for row in theirs:
            same = row["g"], row["metric"]
            mine = next(r for r in ours if (r["g"], r["metric"]) == same)
            assert mine["value"] == pytest.approx(row["value"])
            assert (mine["n"], mine["reason"]) == (row["n"], row["reason"])
        cube = found.cube(cut)
        assert cube.n.sum() == len(y)
        assert cube.w.sum() == pytest.approx(w.sum() if weighted else len(y))
    assert np.isnan(found.rates("positive_predictive_value")[:, -1]).all()


def test_a_float32_score_reaches_its_own_threshold():
    s = np.array([0.1, 0.7, 0.3], dtype=np.float32)
    found = sc.rates_at_thresholds(None, s, thresholds=[0.7, 0.3])
    assert found.rates("selection_rate").tolist() == [[1 / 3, 2 / 3]]


def test_thresholds_without_labels_or_groups():
    found = sc.rates_at_thresholds(None, [0.2, 0.4, 0.8], thresholds=[0.4])
    assert found.groups == ((),)
    assert [row["metric"] for row in found.rows()] == ["selection_rate"]
    assert found.rates("selection_rate").tolist() == [[2 / 3]]
    assert np.isnan(found.rates("true_positive_rate")).all()
    with pytest.raises(MetricError, match="did you mean 'selection_rate'"):
        found.rates("selection_rat")
    with pytest.raises(MetricError, match="not one of the thresholds"):
        found.cube(0.5)


@pytest.mark.parametrize("bad", [[], [math.nan], ["high"], [[0.1, 0.2]]])
def test_thresholds_must_be_numbers(bad):
    with pytest.raises(MetricError, match="threshold"):
        sc.rates_at_thresholds([0, 1], [0.1, 0.9], thresholds=bad)


def test_reliability_by_group_with_weights():
    y, s, g, w = generated(4)
    table = sc.reliability_table(y, s, sensitive_features=g, sample_weight=w, strategy="quantile")
    assert {b.group for b in table} == {("0",), ("1",), ("2",)}
    for b in table:
        mine = (g == int(b.group[0])) & (s <= b.upper)
        mine &= (s > b.lower) | (s == b.lower) & (b is next(t for t in table if t.group == b.group))
        assert b.n == mine.sum()
        assert b.rate == pytest.approx(np.average(y[mine], weights=w[mine]))
        assert b.mean_score == pytest.approx(np.average(s[mine], weights=w[mine]))
        assert 0 <= b.low <= b.rate <= b.high <= 1


def test_scores_by_group_is_tidy():
    y, s, g, w = generated(6)
    rows = sc.scores_by_group(y, s, sensitive_features={"g": g}, sample_weight=w)
    assert len(rows) == len(SCORED) * 3
    for row in rows:
        mine = g == int(row["g"])
        value = getattr(sc, row["metric"])(y[mine], s[mine], sample_weight=w[mine])
        assert row["value"] == pytest.approx(value, rel=1e-9)
        assert (row["n"], row["reason"]) == (mine.sum(), None)
    with pytest.raises(MetricError, match="no sensitive feature can be called 'metric'"):
        sc.scores_by_group(y, s, sensitive_features={"metric": g})
    ranks = sc.scores_by_group(y, s * 10, sensitive_features=g)
    assert {row["metric"] for row in ranks} == {"roc_auc"}
    with pytest.raises(MetricError, match="brier_score needs probabilities"):
        sc.scores_by_group(y, s * 10, sensitive_features=g, metrics=["roc_auc", "brier_score"])
    with pytest.raises(MetricError, match="did you mean 'roc_auc'"):
        sc.scores_by_group(y, s, sensitive_features=g, metrics=["roc_au"])


# --- undefined -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metric", "y", "s", "reason"),
    [
        ("roc_auc", [1, 1], [0.2, 0.4], "no negative labels"),
        ("roc_auc", [0, 0], [0.2, 0.4], "no positive labels"),
        ("log_loss", [1, 0], [0.0, 0.4], "the loss is infinite"),
        ("log_loss", [1, 0], [0.3, 1.0], "the loss is infinite"),
        ("generalized_false_positive_rate", [1, 1], [0.2, 0.4], "no negative labels"),
        ("generalized_false_negative_rate", [0, 0], [0.2, 0.4], "no positive labels"),
        ("calibration_intercept", [1, 1], [0.2, 0.4], "no negative labels"),
        ("calibration_intercept", [1, 0], [0.2, 1.0], "exactly 0 or 1"),
        ("calibration_slope", [0, 1], [0.0, 0.5], "exactly 0 or 1"),
        ("calibration_slope", [0, 0], [0.2, 0.5], "no positive labels"),
        ("calibration_slope", [0, 1, 1], [0.5, 0.5, 0.5], "all scores are equal"),
        ("calibration_slope", [0, 1, 1], [0.2, 0.2, 0.5], "separate"),
        ("calibration_slope", [1, 1, 0], [0.2, 0.3, 0.5], "separate"),
    ],
)
def test_undefined_is_nan_with_the_reason(metric, y, s, reason):
    with pytest.warns(UndefinedMetricWarning, match=f"{metric} is undefined: .*{reason}") as seen:
        assert math.isnan(getattr(sc, metric)(y, s))
    assert seen[0].filename == __file__


def test_an_overlap_without_weight_gives_no_slope():
    y, s, w = [0, 0, 1, 1, 0], [0.1, 0.2, 0.8, 0.9, 0.95], [1, 1, 1, 1, 1e-30]
    with pytest.warns(UndefinedMetricWarning, match="all but separate the labels"):
        assert math.isnan(sc.calibration_slope(y, s, sample_weight=w))
    assert sc.calibration_slope(y, s) > 0


def test_certain_and_right_costs_nothing():
    assert sc.log_loss([0, 1], [0.0, 1.0]) == 0
    assert sc.calibration_in_the_large([1, 1], [1.0, 1.0]) == 0
    assert sc.roc_auc([0, 1], [False, True]) == 1


ONE_CLASS_HAS_A_VALUE = (
    "brier_score",
    "calibration_in_the_large",
    "expected_calibration_error",
    "integrated_calibration_index",
)


@pytest.mark.parametrize("name", [*GAPS, "abroca"])
def test_a_group_without_a_value_is_left_out_and_named(name):
    y = [0, 1, 0, 1, 1, 0, 1, 0, 0, 1, 1]
    s = [0.2, 0.6, 0.7, 0.5, 0.4, 0.6, 0.3, 0.1, 0.9, 0.0, 1.0]
    g = [*"aaaabbbbb", None, None]
    if name.startswith("generalized_false_negative"):
        y, s = [1 - label for label in y], [1 - score for score in s]
    metric = getattr(sc, name)
    fine = metric(y[:9], s[:9], sensitive_features=g[:9])
    assert not math.isnan(fine)
    if name.startswith(ONE_CLASS_HAS_A_VALUE):
        assert not math.isnan(metric(y, s, sensitive_features=g))
        return
    with pytest.warns(UndefinedMetricWarning, match=r"in '\(missing\)': left out") as seen:
        assert metric(y, s, sensitive_features=g) == fine
    assert seen[0].filename == __file__
    with pytest.warns(UndefinedMetricWarning) as seen:
        assert math.isnan(metric(y, s, sensitive_features=g, reference=(None,)))
    assert any("(missing)' has no value" in str(w.message) for w in seen)
    two = [*range(4), 9, 10]
    rows = [y[i] for i in two], [s[i] for i in two]
    with pytest.warns(UndefinedMetricWarning) as seen:
        assert math.isnan(metric(*rows, sensitive_features=[g[i] for i in two]))
    assert any("fewer than two groups" in str(w.message) for w in seen)


def test_a_group_of_weight_zero_has_no_value():
    y, s, g, w = (
        [0, 1, 0, 1, 0, 1],
        [0.2, 0.6, 0.5, 0.5, 0.4, 0.6],
        list("aabbcc"),
        [1] * 4 + [0] * 2,
    )
    for name in ("brier_score_difference", "score_ks", "abroca"):
        with pytest.warns(UndefinedMetricWarning, match="no rows with a weight above 0.* in 'c'"):
            assert getattr(sc, name)(y, s, sensitive_features=g, sample_weight=w) > 0
    last = sc.roc_auc_by_group(y, s, sensitive_features=g, sample_weight=w)[-1]
    assert (last.value, last.reason) == (None, "no rows with a weight above 0")
    test = sc.delong_test(y[2:], s[2:], sensitive_features=g[2:], sample_weight=w[2:])
    assert test.reason == "no rows with a weight above 0 in 'c'"


def test_ratios_of_zero():
    y, g = [0, 1, 0, 1], list("aabb")
    with pytest.warns(UndefinedMetricWarning, match="0 in every group"):
        assert math.isnan(sc.brier_score_ratio(y, [0, 1, 0, 1], sensitive_features=g))
    off = [0, 1, 0.5, 1]
    assert sc.brier_score_ratio(y, off, sensitive_features=g) == 0
    assert sc.brier_score_ratio(y, off, sensitive_features=g, reference="b") == 0
    with pytest.warns(UndefinedMetricWarning, match="0 in the reference group"):
        assert math.isnan(sc.brier_score_ratio(y, off, sensitive_features=g, reference="a"))


def test_one_row_in_a_class_has_an_area_but_no_test():
    y, s, g = [1, 0, 0, 1, 1, 0, 0], [0.6, 0.2, 0.7, 0.3, 0.8, 0.4, 0.5], list("aaabbbb")
    one, _ = sc.roc_auc_by_group(y, s, sensitive_features=g)
    assert (one.value, one.standard_error, one.method) == (0.5, None, "newcombe")
    assert 0 <= one.low < 0.5 < one.high <= 1
    test = sc.delong_test(y, s, sensitive_features=g)
    assert (test.difference, test.p_value) == (0.0, None)
    assert test.reason == "fewer than two rows in a class"
    assert -1 <= test.low < 0 < test.high <= 1  # of Newcombe's intervals of both areas
    single = sc.delong_test([1, 1, 0, 1], s[:4], sensitive_features=list("aabb"))
    assert (single.auc, single.reason) == ((None, 0.0), "no negative labels in 'a'")


# --- at the door -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*GAPS, *DISTANCES])
def test_one_group_is_an_error(name):
    with pytest.raises(MetricError, match="only one group"):
        getattr(sc, name)([0, 1, 0], [0.2, 0.4, 0.5], sensitive_features=["a"] * 3)
    with pytest.raises(MetricError, match=r"no reference group 'z'; groups: 'a', 'b'"):
        getattr(sc, name)(
            [0, 1, 0, 1], [0.2, 0.4, 0.5, 0.1], sensitive_features=list("aabb"), reference="z"
        )


@pytest.mark.parametrize("kind", ["list", "numpy", "pandas", "nullable", "polars", "arrow"])
def test_any_library(kind):
    y, s, g, w = generated(1)
    wrap = {
        "list": lambda x: x.tolist(),
        "numpy": np.asarray,
        "pandas": lambda x: pd.Series(x, index=np.arange(len(x)) + 7),
        "nullable": lambda x: pd.Series(x).convert_dtypes(),
        "polars": pl.Series,
        "arrow": lambda x: pa.chunked_array([x[:5], x[5:]]),
    }[kind]
    expected = every_gap(y, s, g, sample_weight=w)
    found = every_gap(wrap(y), wrap(s), wrap(g), sample_weight=wrap(w))
    assert found == pytest.approx(expected, nan_ok=True)


def test_labels_and_groups_of_text():
    y, s, g, _ = generated(2)
    text = np.array(["no", "yes"])[y]
    assert sc.roc_auc(text, s, pos_label="yes") == sc.roc_auc(y, s)
    assert sc.roc_auc(text, s, pos_label="no") == pytest.approx(1 - sc.roc_auc(y, s))
    with pytest.raises(MetricError, match="pos_label"):
        sc.roc_auc(text, s)
    frame = pd.DataFrame({"sex": np.array(["F", "M", None])[g], "age": g % 2})
    rows = sc.roc_auc_by_group(y, s, sensitive_features=frame)
    assert [row.group for row in rows] == [("F", "0"), ("M", "1"), (None, "0")]
    reference = sc.roc_auc_difference(y, s, sensitive_features=frame, reference=("F", 0))
    assert abs(reference) <= sc.roc_auc_difference(y, s, sensitive_features=frame)


@pytest.mark.parametrize(
    ("s", "said"),
    [
        ([0.1, math.nan, 0.2], "1 missing or infinite"),
        ([0.1, math.inf, 0.2], "1 missing or infinite"),
        (["0.1", "0.2", "0.3"], "must be numbers"),
        ([0.1, "0.2", 0.3], "must be numbers"),
        ([0.1, None, 0.3], "missing"),
        ([0.1, 0.2], "3 rows and y_score has 2"),
        (None, "needs y_true and y_score"),
    ],
)
def test_scores_must_be_finite_numbers(s, said):
    with pytest.raises(MetricError, match=said):
        sc.roc_auc([0, 1, 1], s)


def test_misaligned_indexes_are_an_error():
    y, s = pd.Series([0, 1, 1]), pd.Series([0.1, 0.2, 0.3], index=[2, 1, 0])
    with pytest.raises(MetricError, match="indexes of y_true and y_score differ"):
        sc.roc_auc(y, s)
    with pytest.raises(MetricError, match="indexes of y_score and other_score differ"):
        sc.delong_test([0, 1, 1], y, other_score=s)
    with pytest.raises(MetricError, match="differ"):
        sc.rates_at_thresholds(y, s, thresholds=[0.5])


@pytest.mark.parametrize("name", PLAIN)
def test_probabilities_are_asked_for_where_the_formula_needs_them(name):
    y, s = [0, 1, 0, 1], [-1.0, 0.5, 0.7, 2.0]
    if SCORED[name].probability:
        with pytest.raises(MetricError, match=f"{name} needs probabilities.*from -1 to 2"):
            getattr(sc, name)(y, s)
    else:
        assert 0 <= getattr(sc, name)(y, s) <= 1


@pytest.mark.parametrize(
    "call",
    [
        lambda y, s, g: sc.roc_auc_by_group(y, s, sensitive_features=g, level=1),
        lambda y, s, g: sc.roc_auc_by_group(y, s, sensitive_features=g, level="95%"),
        lambda y, s, g: sc.roc_auc_by_group(y, s, sensitive_features=g, interval="wald"),
        lambda y, s, g: sc.reliability_table(y, s, level=0),
        lambda y, s, g: sc.reliability_table(y, s, n_bins=0),
        lambda y, s, g: sc.expected_calibration_error(y, s, n_bins=2.5),
        lambda y, s, g: sc.expected_calibration_error(y, s, strategy="mass"),
        lambda y, s, g: sc.delong_test(y, s),
        lambda y, s, g: sc.delong_test(y, s, other_score=s, sensitive_features=g),
        lambda y, s, g: sc.delong_test(y, s, sensitive_features=g),
        lambda y, s, g: sc.delong_test(y, s, other_score=s, level=2),
    ],
)
def test_requests_that_cannot_be(call):
    y, s, g, _ = generated(0)
    with pytest.raises(MetricError):
        call(y, s, g)


# --- the doorway -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", [n for n in sc.__all__ if n != "ROWS"])
def test_every_public_name_is_documented_and_its_example_runs(name):
    thing = getattr(sc, name)
    assert thing.__doc__.splitlines()[0].strip().endswith(".")
    if isinstance(thing, type):
        assert "Attributes\n" in thing.__doc__
        return
    assert thing.__name__ == name
    for section in ("Parameters", "Returns", "Raises", "Examples"):
        assert f"{section}\n    ---" in thing.__doc__
    assert "References\n" in thing.__doc__ or name == "scores_by_group"
    assert max(map(len, thing.__doc__.splitlines())) <= 300
    test = doctest.DocTestParser().get_doctest(thing.__doc__, vars(sc).copy(), name, None, 0)
    assert test.examples
    assert doctest.DocTestRunner(verbose=False).run(test).failed == 0


def test_rows_and_names():
    names = [row.name for row in sc.ROWS]
    assert sorted(set(names)) == sorted(names)
    assert set(names) == {*PLAIN, *DISTANCES}
    for row in sc.ROWS:
        assert row.family == "score"
        assert row.formula
        assert row.reference
        assert row.undefined
        assert "\n" not in row.reference + row.formula
        assert callable(getattr(sc, row.name))
    assert sc.__all__ == sorted(sc.__all__, key=lambda n: (n != "ROWS", not n[0].isupper(), n))


def test_import_brings_numpy_and_nothing_else():
    code = (
        "import sys, auditkit.metrics.scores, auditkit.metrics.regression\n"
        "print([m for m in ('scipy', 'sklearn', 'pandas', 'polars') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- many rows -------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [2, 70, 3_885])
def test_many_rows_are_parted_as_few_are(size, monkeypatch):
    """SciPy's counting sort and the radix sort in pieces give the same, ties in their order."""
    from auditkit.metrics.scores import parting

    rng = np.random.default_rng(12)
    rows = 120_000
    key = rng.integers(0, size - 1, rows)  # the last key has no rows
    arrays = [rng.integers(0, 2**31, rows).astype(kind) for kind in ("u4", "u8", "f4", "f8")]
    assert rows >= parting._MANY
    by_scipy, starts = parting.part_by(key, size, arrays)
    monkeypatch.setattr(parting, "_MANY", rows + 1)
    in_pieces, same = parting.part_by(key, size, arrays)
    assert starts == same
    for one, other in zip(by_scipy, in_pieces, strict=True):
        assert one.dtype == other.dtype
        assert np.array_equal(one, other)


# Of 5 % of 500 positive, at an area of 0.9, the interval of z covers 92.5 %, that of t 94 to 95 %
# (docs/coverage.md); a difference of areas ± z SE covers 88 %, put together from both 95 %.
def test_intervals_cover_where_a_class_has_few_rows():
    rng = np.random.default_rng(21)
    times, rows, area = 500, 500, 0.9
    shift = math.sqrt(2) * stats.norm.ppf(area)
    y = np.tile(np.arange(rows) < 25, times)
    s = rng.normal(size=times * rows) + shift * y
    sample = np.repeat(np.arange(times), rows)
    found = sc.roc_auc_by_group(y, s, sensitive_features=sample)
    assert 0.93 <= np.mean([row.low <= area <= row.high for row in found]) <= 0.975
    held = []
    for place in range(0, times * rows, 2 * rows):
        here = slice(place, place + 2 * rows)
        test = sc.delong_test(y[here], s[here], sensitive_features=sample[here])
        held.append(test.low <= 0 <= test.high)
    assert 0.92 <= np.mean(held) <= 0.99


def test_groups_that_separate_the_classes_have_an_interval_and_no_test():
    y, s, g = [0, 0, 1, 1] * 2, [0.1, 0.2, 0.8, 0.9] * 2, list("aaaabbbb")
    test = sc.delong_test(y, s, sensitive_features=g)
    assert (test.difference, test.statistic, test.p_value) == (0.0, None, None)
    assert test.reason == "DeLong's variance is 0"
    (a, b) = sc.roc_auc_by_group(y, s, sensitive_features=g)
    # MOVER by hand: both areas are 1, so only the lower ends are off.
    assert test.low == pytest.approx(-(1 - a.low))
    assert test.high == pytest.approx(1 - b.low)
