"""The funnel: which stage loses whom, and what part of the final gap it makes."""

from __future__ import annotations

import json
import math
from itertools import product

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import auditkit
from auditkit import DataError, RequestError, SchemaError
from auditkit.counts import Counts
from auditkit.federation import read_tally, tally_of, write_tally
from auditkit.funnel import funnel
from auditkit.inference import fieller
from auditkit.policy import Policy
from auditkit.stages import stages_of

POLICY = Policy.default()
NAMES = ("applied", "tested", "hired")


def frame_of(groups):
    """Return one row a person from group → how many reached none, 1, 2, ... of the stages."""
    rows = []
    for group, people in groups.items():
        for reached, n in enumerate(people):
            flags = [int(place < reached) for place in range(len(people) - 1)]
            rows += [(group, *flags)] * n
    names = NAMES[-(len(next(iter(groups.values()))) - 1) :]
    return pd.DataFrame(rows, columns=["sex", *names])


def rows_of(frame, stages=NAMES, **options):
    options = {"protected": ["sex"], **options}
    return auditkit.profile(auditkit.load(frame, stages=stages, **options)).profile["funnel"]


def counts_of(cells, stages, **more):
    """Build counts from (group, flags, people)."""
    return Counts.from_cells(
        [(((group,), (), flags), (n, float(n), float(n))) for group, flags, n in cells],
        attributes=["sex"],
        outcomes=[f"reached:{name}" for name in stages],
        **more,
    )


def by_stage(rows, group, attributes=("sex",)):
    return {
        row["stage"]: row
        for row in rows
        if row["group"] == list(group) and row["attributes"] == list(attributes)
    }


HAND = {"F": (0, 96, 28, 76), "M": (0, 60, 120, 120)}


def test_a_funnel_by_hand():
    # 200 women: 104 tested, 76 hired; 300 men: 240 tested, 120 hired.
    women, men = (by_stage(rows_of(frame_of(HAND)), who) for who in "FM")
    assert [women[name]["entered"] for name in NAMES] == [200, 200, 104]
    assert [women[name]["passed"] for name in NAMES] == [200, 104, 76]
    assert [men[name]["passed"] for name in NAMES] == [300, 240, 120]
    tested, hired = women["tested"], women["hired"]
    assert tested["pass_rate"] == 104 / 200
    # Wilson by its formula, z = 1.959964: centre (p + z²/2n) / (1 + z²/n), reach likewise.
    z2 = 1.959963984540054**2
    centre, size = (0.52 + z2 / 400) / (1 + z2 / 200), 1 + z2 / 200
    reach = math.sqrt(z2 * (0.52 * 0.48 / 200 + z2 / 160_000)) / size
    assert (tested["low"], tested["high"]) == pytest.approx((centre - reach, centre + reach))
    # Koopman: statsmodels 0.15 confint_proportions_2indep(104, 200, 240, 300, compare="ratio",
    # method="score", correction=False).
    assert tested["ratio"] == pytest.approx(0.52 / 0.80)
    ends = tested["ratio_low"], tested["ratio_high"]
    assert ends == pytest.approx((0.5584368822524962, 0.7460548494117542))
    assert hired["pass_rate"] == 76 / 104
    assert hired["cumulative_rate"] == 76 / 200
    assert hired["cumulative_ratio"] == pytest.approx(0.38 / 0.40)
    assert hired["reference"] == ["M"]
    assert men["hired"]["ratio"] is None
    assert women["applied"]["ratio"] == 1
    assert [tested["verdict"], hired["cumulative_verdict"]] == ["flag", "inconclusive"]


def test_shares_add_up_and_have_intervals_where_the_gap_is_clear():
    # ln 0.65 and ln(0.5 / 0.8): 100 women, 52 tested, 26 hired; 100 men, 80 tested, 64 hired.
    frame = frame_of({"F": (0, 48 * 5, 26 * 5, 26 * 5), "M": (0, 20 * 5, 16 * 5, 64 * 5)})
    women = by_stage(rows_of(frame), "F")
    parts = [math.log(0.52 / 0.80), math.log(0.5 / 0.8)]
    assert women["tested"]["log_ratio"] == pytest.approx(parts[0])
    assert women["tested"]["share"] == pytest.approx(parts[0] / sum(parts))
    assert women["hired"]["share"] == pytest.approx(parts[1] / sum(parts))
    # Delta method, by hand: Var ln p = (1 - p) / (p n); the stages are uncorrelated.
    first = 0.48 / 0.52 / 500 + 0.2 / 0.8 / 500
    second = 0.5 / 0.5 / 260 + 0.2 / 0.8 / 400
    share = parts[0] / sum(parts)
    spread = math.sqrt((1 - share) ** 2 * first + share**2 * second) / abs(sum(parts))
    assert women["tested"]["share_low"] == pytest.approx(share - 1.96 * spread, abs=0.01)
    assert women["tested"]["share_high"] == pytest.approx(share + 1.96 * spread, abs=0.01)
    # of two shares one interval is the other's mirror
    assert women["hired"]["share_low"] == pytest.approx(1 - women["tested"]["share_high"])


def test_connecticut_v_teal():
    # 457 U.S. 440 (1982): 26 of 48 Black and 206 of 259 white candidates passed the examination
    # (54.17 % and 79.54 %, "approximately 68 percent"); 11 and 35 were promoted (22.9 %, 13.5 %).
    frame = frame_of({"Black": (22, 15, 11), "White": (53, 171, 35)})
    data = auditkit.load(frame, protected="sex", stages=["tested", "hired"])
    audit = auditkit.profile(data)
    rows = {name: by_stage(audit.profile["funnel"], [name]) for name in ("Black", "White")}
    assert rows["Black"]["tested"]["pass_rate"] == pytest.approx(0.5417, abs=5e-5)
    assert rows["White"]["tested"]["pass_rate"] == pytest.approx(0.7954, abs=5e-5)
    assert rows["White"]["tested"]["reference"] == ["Black"]  # who got to the end most often
    (finding,) = (row for row in audit.findings if row.kind == "stage-gap")
    assert (finding.level, finding.group) == ("flag", ("Black",))
    assert finding.title == "sex: at 'tested', Black passes at 0.68 times the rate of White"
    assert finding.evidence["ratio"] == pytest.approx((26 / 48) / (206 / 259))
    assert finding.evidence["cumulative_ratio"] == pytest.approx((11 / 48) / (35 / 259))  # 1.696
    assert "Black 22.9 %, White 13.5 %; ratio 1.696" in finding.detail
    assert "The end result is not beyond the line; that does not undo the stage." in finding.detail
    named = auditkit.load(
        frame, protected="sex", stages=["tested", "hired"], reference={"sex": "White"}
    )
    again = by_stage(auditkit.profile(named).profile["funnel"], ["Black"])["tested"]
    assert again["ratio"] == pytest.approx(0.681, abs=5e-4)
    assert again["verdict"] == "flag"


def test_small_gaps_that_add_up_are_a_finding_of_their_own():
    # 0.9 at each of three stages: 0.729 in the end, and no stage beyond four fifths.
    women = (0, 2_800, 2_016, 1_451 + 3_733)  # 10,000: 7,200; 5,184; 3,733 of them
    frame = pd.concat(
        [
            pd.DataFrame({"sex": "F", "a": 1, "b": [1] * 7_200 + [0] * 2_800}),
            pd.DataFrame({"sex": "M", "a": 1, "b": [1] * 8_000 + [0] * 2_000}),
        ]
    ).reset_index(drop=True)
    order = frame.groupby("sex").cumcount()
    frame["c"] = ((frame.sex == "F") & (order < 5_184)) | ((frame.sex == "M") & (order < 6_400))
    frame["d"] = ((frame.sex == "F") & (order < 3_733)) | ((frame.sex == "M") & (order < 5_120))
    assert sum(women) == 10_000
    audit = auditkit.profile(auditkit.load(frame, protected="sex", stages=["a", "b", "c", "d"]))
    (finding,) = (row for row in audit.findings if row.kind == "stage-gap")
    assert finding.level == "flag"
    assert finding.title == (
        "sex: all stages together: F comes through at 0.73 times the rate of M"
    )
    assert {row["verdict"] for row in audit.profile["funnel"] if row["verdict"]} == {"note", "pass"}


def test_one_column_with_the_furthest_stage_says_the_same():
    columns = frame_of(HAND)
    reached = columns[list(NAMES)].sum(axis=1)
    furthest = columns[["sex"]].assign(status=reached.map(dict(enumerate(["new", *NAMES]))))
    one = rows_of(furthest, stages=["applied", "tested", "hired"], stage_column="status")
    assert one == rows_of(columns)
    # a stage may have several values: those rejected after the test had been tested
    late = furthest.replace({"status": {"tested": "rejected late"}})
    several = ["applied", "tested", "tested=rejected late", "hired"]
    assert rows_of(late, stages=several, stage_column="status") == one
    written = [
        {"name": "applied"},
        {"name": "tested", "value": ["tested", "rejected late"]},
        {"name": "hired", "value": "hired"},
    ]
    assert rows_of(late, stages=written, stage_column="status") == one


def test_every_engine_gives_the_same_rows(tmp_path):
    frame = frame_of(HAND).sample(frac=1, random_state=3)
    frame["tested"] = frame.tested.map({0: "no", 1: "yes"})
    path = tmp_path / "people.csv"
    frame.to_csv(path, index=False)
    plain = rows_of(frame)
    assert rows_of(pl.from_pandas(frame)) == plain
    assert rows_of(pl.from_pandas(frame).lazy()) == plain
    for engine in ("pandas", "duckdb", "polars"):
        assert rows_of(path, engine=engine) == plain
    counted = frame.groupby(list(frame.columns), as_index=False).size()
    assert rows_of(counted, count="size") == plain


def test_counts_of_two_sites_add_up_to_the_funnel_of_both(tmp_path):
    frame = frame_of(HAND).sample(frac=1, random_state=3).reset_index(drop=True)
    options = {"protected": ["sex"], "stages": NAMES}
    files = []
    for name, part in (("north", frame[:230]), ("south", frame[230:])):
        files.append(tmp_path / f"{name}.counts")
        counted = tally_of(auditkit.load(part, **options), created="2026-01-01T00:00:00Z")
        files[-1].with_suffix(".parquet").write_bytes(write_tally(counted))
    added = read_tally([path.with_suffix(".parquet") for path in files])
    assert auditkit.profile(added).profile["funnel"] == rows_of(frame)
    other = tally_of(
        auditkit.load(frame, protected=["sex"], stages=NAMES[1:]), created="2026-01-01T00:00:00Z"
    )
    (tmp_path / "other.parquet").write_bytes(write_tally(other))
    with pytest.raises(DataError, match="do not fit together: stages"):
        read_tally([files[0].with_suffix(".parquet"), tmp_path / "other.parquet"])


def test_the_last_stage_is_the_label():
    audit = auditkit.audit(
        auditkit.load(frame_of(HAND), label="hired", protected="sex", stages=NAMES), model="none"
    )
    hired = by_stage(audit.profile["funnel"], "F")["hired"]
    (ratio,) = (row for row in audit.disparities if row.kind == "ratio")
    for name, value in (("", ratio.value), ("_low", ratio.low), ("_high", ratio.high)):
        assert hired[f"cumulative_ratio{name}"] == pytest.approx(value)
    assert hired["cumulative_p_value"] == pytest.approx(ratio.p_value)


def test_missing_is_unknown_and_the_rest_is_a_product_limit():
    # 100 women: of 60 known at the first stage 30 passed, of those 30, 20 known, 10 hired.
    cells = [("F", (2, 2), 40), ("F", (0, 2), 30), ("F", (1, 2), 10), ("F", (1, 0), 10),
             ("F", (1, 1), 10), ("M", (1, 1), 50), ("M", (1, 0), 30),
             ("M", (0, 0), 20)]  # fmt: skip
    found = funnel(counts_of(cells, ("tested", "hired")), [["sex"]], policy=POLICY)
    women = by_stage(found.rows, "F")
    assert [women["tested"][key] for key in ("entered", "unknown", "passed")] == [100, 40, 30]
    assert [women["hired"][key] for key in ("entered", "unknown", "passed")] == [30, 10, 10]
    assert women["hired"]["pass_rate"] == 0.5
    assert women["hired"]["cumulative_rate"] == pytest.approx(0.5 * 0.5)
    # Greenwood: Var = S² (30 / (60 · 30) + 10 / (20 · 10)); Wilson at S(1-S)/Var people.
    size = 0.25 * 0.75 / (0.25**2 * (30 / (60 * 30) + 10 / (20 * 10)))
    low, high = auditkit.inference.wilson(0.25 * size, size)
    assert (women["hired"]["cumulative_low"], women["hired"]["cumulative_high"]) == pytest.approx(
        (low, high)
    )
    assert found.notes == (
        "of 40 people who entered it, it is not known whether they passed stage 'tested': they are "
        "left out of it and of the later stages",
        "of 10 people who entered it, it is not known whether they passed stage 'hired': they are "
        "left out of it and of the later stages",
        "50 people in the table did not reach the first stage, 'tested'; the funnel begins with "
        "everybody in the table",
    )


def test_a_later_stage_implies_the_earlier_ones():
    # reached with the stage before it unknown: it was reached; nothing after a stage not reached
    cells = [("F", (2, 1, 2), 5), ("F", (1, 0, 2), 5), ("M", (1, 1, 1), 200)]
    found = funnel(counts_of(cells, NAMES), [["sex"]], policy=POLICY)
    women = by_stage(found.rows, "F")
    assert [women[name]["passed"] for name in NAMES] == [10, 5, 0]
    assert [women[name]["unknown"] for name in NAMES] == [0, 0, 5]


def test_a_few_contradictions_are_told_and_many_are_refused():
    few = [("F", (1, 0, 1), 4), ("F", (1, 1, 1), 96), ("M", (1, 1, 0), 100)]
    found = funnel(counts_of(few, NAMES), [["sex"]], policy=POLICY)
    women = by_stage(found.rows, "F")["tested"]
    assert (women["passed"], women["contradicting"]) == (100, 4)
    assert found.notes[0] == (
        "4 of 200 people reached a stage without an earlier one (most often 'hired' without "
        "'tested'): they count as having reached the earlier one too"
    )
    many = [("F", (1, 0, 1), 11), ("F", (1, 1, 1), 89), ("M", (1, 1, 0), 100)]
    with pytest.raises(DataError, match=r"11 of 200 people .*'hired' without 'tested'.*in this"):
        funnel(counts_of(many, NAMES), [["sex"]], policy=POLICY)


def test_what_is_undefined_says_why():
    cells = [("F", (1, 0, 0), 50), ("M", (1, 1, 1), 40), ("M", (1, 1, 0), 10), ("X", (0, 0, 0), 9)]
    rows = funnel(counts_of(cells, NAMES), [["sex"]], policy=POLICY).rows
    women, others = by_stage(rows, "F"), by_stage(rows, "X")
    assert (women["tested"]["pass_rate"], women["tested"]["ratio"]) == (0, 0)
    assert women["hired"]["pass_rate"] is None
    assert women["hired"]["reason"] == "nobody entered this stage with a known result"
    assert (women["hired"]["cumulative_rate"], women["hired"]["cumulative_ratio"]) == (0, 0)
    assert women["tested"]["share"] is None
    assert women["tested"]["share_reason"] == "nobody of F passed 'tested'"
    assert others["applied"]["verdict"] == "inconclusive"  # 9 people are too few
    json.dumps(rows, allow_nan=False)


def test_the_reference_may_pass_nobody():
    cells = [("F", (1, 1), 30), ("F", (1, 0), 70), ("M", (1, 0), 300)]
    found = funnel(
        counts_of(cells, ("tested", "hired")), [["sex"]], policy=POLICY, reference={"sex": "M"}
    )
    women = by_stage(found.rows, "F")["hired"]
    assert (women["ratio"], women["verdict"]) == (None, "flag")
    assert women["reason"] == "the rate of the reference is 0"


# ---- laws ---------------------------------------------------------------------------------------

FLAGS = list(product((0, 1, 2), repeat=3))
CELLS = st.lists(
    st.tuples(st.sampled_from("ABC"), st.sampled_from(FLAGS), st.integers(1, 400)),
    min_size=1,
    max_size=12,
)


@given(cells=CELLS, weight=st.floats(0.2, 5))
@settings(max_examples=150, deadline=None)
def test_the_decomposition_is_exact_whatever_the_counts(cells, weight):
    """ln of the cumulative ratio is the sum over the stages, with weights and unknown results."""
    built = [
        (((group,), (), flags), (n, n * weight, n * weight**2 * (1 + i % 2)))
        for i, (group, flags, n) in enumerate(cells)
    ]
    counts = Counts.from_cells(
        built, attributes=["sex"], outcomes=[f"reached:{name}" for name in NAMES]
    )
    try:
        rows = funnel(counts, [["sex"]], policy=POLICY).rows
    except DataError:  # too many contradictions, which another test is about
        return
    json.dumps(rows, allow_nan=False)
    for group in {tuple(row["group"]) for row in rows}:
        stages = list(by_stage(rows, group).values())
        assert [row["position"] for row in stages] == [1, 2, 3]
        for row in stages:
            assert 0 <= row["passed"] <= row["entered"] - row["unknown"]
            assert (row["pass_rate"] is None) == (row["reason"] is not None) or row["ratio"] is None
        assert stages[1]["entered"] == stages[0]["passed"]
        assert stages[2]["entered"] == stages[1]["passed"]
        if stages[0]["share"] is not None:
            assert sum(row["share"] for row in stages) == pytest.approx(1)
            whole = sum(row["log_ratio"] for row in stages)
            assert math.exp(whole) == pytest.approx(stages[-1]["cumulative_ratio"])
        elif stages[0]["reference"] not in (None, list(group)):
            assert stages[0]["share_reason"]


def test_weights_that_are_all_alike_change_nothing_but_the_name_of_the_method():
    cells = [("F", 0, 96), ("F", 1, 28), ("F", 2, 76), ("M", 0, 60), ("M", 1, 120), ("M", 2, 120)]
    flags = {0: (1, 0, 0), 1: (1, 1, 0), 2: (1, 1, 1)}
    outcomes = [f"reached:{name}" for name in NAMES]

    def rows(w):
        built = [(((g,), (), flags[k]), (n, n * w, n * w * w)) for g, k, n in cells]
        counts = Counts.from_cells(built, attributes=["sex"], outcomes=outcomes)
        return funnel(counts, [["sex"]], policy=POLICY).rows

    for plain, weighted in zip(rows(1.0), rows(2.5), strict=True):
        for key in ("pass_rate", "low", "ratio", "cumulative_high", "share", "share_low"):
            assert weighted[key] == (None if plain[key] is None else pytest.approx(plain[key]))


def test_fieller_is_the_test_turned_round():
    """The ends are where part - q whole is just z standard errors from 0; found by bisection."""
    from scipy.optimize import brentq

    part, whole, va, vb, c = -0.4, -0.9, 0.012, 0.03, 0.01
    low, high = fieller(part, whole, variance_part=va, variance_whole=vb, covariance=c)

    def beyond(q):
        return (part - q * whole) ** 2 - 1.959963984540054**2 * (va - 2 * q * c + q * q * vb)

    assert low == pytest.approx(brentq(beyond, -5, part / whole))
    assert high == pytest.approx(brentq(beyond, part / whole, 5))
    unclear = fieller(0.1, 0.2, variance_part=0.01, variance_whole=0.02, covariance=0.0)
    assert unclear is None  # 0.2 is less than 1.96 · sqrt(0.02) from 0
    with pytest.raises(auditkit.MetricError, match="covariance"):
        fieller(1, 2, variance_part=0.01, variance_whole=0.01, covariance=0.02)


def test_intervals_of_shares_keep_their_word():
    """300 seeded funnels: the true share of the first stage is within its interval 95 % of times.

    Truth: pass rates 0.5 and 0.6 against 0.7 and 0.7, so ln(5/7) / ln(30/49) = 0.686.
    """
    rng = np.random.default_rng(5)
    truth, hits, bounded = math.log(5 / 7) / math.log(30 / 49), 0, 0
    for _ in range(300):
        cells = []
        for group, n, rates in (("F", 600, (0.5, 0.6)), ("M", 900, (0.7, 0.7))):
            first = rng.binomial(n, rates[0])
            second = rng.binomial(first, rates[1])
            cells += [(group, (0, 0), n - first), (group, (1, 0), first - second)]
            cells.append((group, (1, 1), second))
        counts = counts_of(cells, ("tested", "hired"))
        rows = funnel(counts, [["sex"]], policy=POLICY, reference={"sex": "M"}).rows
        row = by_stage(rows, "F")["tested"]
        if row["share_low"] is not None:
            bounded += 1
            hits += row["share_low"] <= truth <= row["share_high"]
    assert bounded == 300
    assert 0.912 <= hits / bounded <= 0.988  # 95 % give or take three standard errors


def test_null_funnels_are_seldom_flagged():
    """120 seeded funnels without any gap, 4 groups, 3 stages: at most 11 have a flag.

    A 5 % level lets a binomial of 120 exceed 11 once in fifty times.
    """
    rng = np.random.default_rng(11)
    flagged = 0
    for _ in range(120):
        cells = []
        for group, n in (("A", 400), ("B", 250), ("C", 150), ("D", 80)):
            reached = np.cumprod(rng.random((n, 3)) < [0.6, 0.5, 0.4], axis=1)
            found, people = np.unique(reached, axis=0, return_counts=True)
            cells += [
                (group, tuple(map(int, row)), int(k)) for row, k in zip(found, people, strict=True)
            ]
        rows = funnel(counts_of(cells, NAMES), [["sex"]], policy=POLICY).rows
        last = [row["cumulative_verdict"] for row in rows if row["position"] == 3]
        flagged += "flag" in {*last, *(row["verdict"] for row in rows)}
    assert flagged <= 11


# ---- how it is asked for ------------------------------------------------------------------------


def test_flags_and_audit_toml_ask_alike(tmp_path, auditkit_main):
    frame_of(HAND).to_csv(tmp_path / "people.csv", index=False)
    flags = ["--stage", "applied", "--stage", "tested=tested:1", "--stage", "hired=hired"]
    data, record = tmp_path / "people.csv", tmp_path / "a.json"
    code, out, _ = auditkit_main("profile", data, "--protected", "sex", *flags, "--json", record)
    assert code == 0
    assert "sex: at 'tested', F passes at 0.65 times the rate of M" in out
    first = json.loads(record.read_text())
    assert first["provenance"]["command"].endswith(
        "--stage applied --stage tested=tested:1 --stage hired=hired"
    )
    assert first["schema"]["stages"][1] == {"name": "tested", "column": "tested", "values": ["1"]}
    (tmp_path / "audit.toml").write_text(
        'data = "people.csv"\nprotected = ["sex"]\n'
        '[[stages]]\nname = "applied"\n[[stages]]\nname = "tested"\ncolumn = "tested"\nvalue = 1\n'
        '[[stages]]\nname = "hired"\n'
    )
    code, _, _ = auditkit_main("profile", tmp_path / "audit.toml", "--json", record, "-q")
    assert code == 0
    assert json.loads(record.read_text())["profile"]["funnel"] == first["profile"]["funnel"]
    code, _, err = auditkit_main(
        "audit", data, "--protected", "sex", "--label", "hired", *flags, "--fail-on", "stage-gap",
        "-q",
    )  # fmt: skip
    assert (code, "--fail-on stage-gap: met" in err) == (1, True)
    read = auditkit.Audit.read(record)
    assert [stage["name"] for stage in read.schema["stages"]] == list(NAMES)
    assert len(read.to_frame("funnel")) == 6


def test_stages_are_no_features():
    frame = frame_of(HAND).assign(points=np.arange(500) % 7)
    audit = auditkit.audit(
        auditkit.load(frame, label="hired", protected="sex", stages=["applied", "tested", "hired"])
    )
    roles = {row["name"]: row["role"] for row in audit.profile["columns"]}
    assert roles == {
        "sex": "protected", "applied": "stage", "tested": "stage", "hired": "label",
        "points": "feature",
    }  # fmt: skip
    assert audit.model["features"] == ["points"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stages": ["hired"]}, "name at least two"),
        ({"stages": ["a=hired", "a=tested"]}, "'a' is there twice"),
        ({"stages": ["a=hired", "b=hired:0"]}, "both name the column 'hired'; for one column"),
        ({"stages": ["tested", "hird"]}, r"no column 'hird' .*did you mean 'hired'"),
        ({"stages": ["tested", "x=sex"]}, "both --protected and a --stage"),
        ({"stages": ["tested", "x=note"]}, "say which value means that it was reached"),
        ({"stages": ["tested", "x=note:offr"]}, "no value 'offr'.*did you mean 'offer'"),
        ({"stages": ["=a", "hired"]}, "write it as NAME=COLUMN"),
        ({"stages": ["a=:1", "hired"]}, "write it as NAME=COLUMN:VALUE"),
        ({"stages": ["a=1"], "stage_column": "note"}, "name at least two"),
        ({"stages": [], "stage_column": "note"}, "name its stages"),
        ({"stages": ["no", "offer"], "stage_column": "note"}, "'maybe' is none of the stages"),
        ({"stages": ["a=no", "b=no"], "stage_column": "note"}, "both name the value 'no'"),
        ({"stages": [{"name": "a", "column": "note"}, "no"], "stage_column": "note"},
         "names a column, and so does"),
        ({"stages": [{"name": "a", "wert": "x"}, "hired"]}, "unknown keys 'wert'"),
        ({"stages": [3, "hired"]}, "each needs a name"),
        ({"stages": ["tested", "hired"], "count": "tested"}, "both --count and a --stage"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked(options, message):
    frame = frame_of(HAND).assign(note=["no", "maybe", "offer", "no"] * 125)
    with pytest.raises((RequestError, SchemaError), match=message):
        auditkit.load(frame, protected="sex", **options)


def test_a_stage_that_nobody_reached_is_a_state():
    frame = frame_of(HAND).assign(hired="no")
    women = by_stage(rows_of(frame), "F")["hired"]
    assert (women["entered"], women["passed"]) == (104, 0)
    assert (
        by_stage(rows_of(frame, stages=["applied", "tested", "hired=hired:yes"]), "F")["hired"]
        == women
    )
    status = frame.assign(status=np.where(frame.tested == 1, "tested", "applied"))
    data = auditkit.load(status, protected="sex", stages=list(NAMES), stage_column="status")
    assert "nobody is at 'hired' in 'status'" in data.notes
    assert by_stage(auditkit.profile(data).profile["funnel"], "F")["hired"] == women


def test_what_a_stage_column_leaves_empty_is_unknown():
    status = ["applied"] * 40 + ["hired"] * 40 + [None] * 20
    frame = pd.DataFrame({"sex": ["F", "M"] * 50, "status": status})
    rows = rows_of(frame, stages=["applied", "hired"], stage_column="status")
    assert [row["unknown"] for row in rows] == [10, 10, 0, 0]


def test_a_harm_is_told_from_the_other_side():
    # stopped, searched, arrested: whoever is searched more often is named
    frame = frame_of({"A": (0, 40, 60, 100), "B": (0, 100, 60, 40)})
    data = auditkit.load(
        frame, label="hired", unfavorable=True, protected="sex", stages=list(NAMES)
    )
    (finding,) = (
        row for row in auditkit.audit(data, model="none").findings if row.kind == "stage-gap"
    )
    assert finding.group == ("A",)
    assert finding.title == "sex: at 'tested', A passes at 1.60 times the rate of B"


def test_the_uniform_guidelines_see_every_stage_and_the_bottom_line():
    """The stages of Connecticut v. Teal in the table U3 of the framework `ugesp`."""
    frame = frame_of({"Black": (22, 15, 11), "White": (53, 171, 35)})
    data = auditkit.load(frame, label="hired", protected="sex", stages=["tested", "hired"])
    (made,) = auditkit.profile(data, frameworks=["ugesp"]).compliance
    (table,) = (table for table in made["tables"] if table["id"] == "U3")
    black = {row["stage"]: row for row in table["rows"] if row["group"] == ["Black"]}
    assert [(black[name]["selected"], black[name]["n"]) for name in black] == [
        (26, 48), (11, 26), (11, 48),
    ]  # fmt: skip
    assert black["tested"]["impact_ratio"] == pytest.approx((26 / 48) / (206 / 259))
    assert black["tested"]["below_four_fifths"] is True
    white = {row["stage"]: row for row in table["rows"] if row["group"] == ["White"]}
    assert white["bottom line"]["impact_ratio"] == pytest.approx((35 / 259) / (11 / 48))
    without = auditkit.load(frame, label="hired", protected="sex")
    (made,) = auditkit.profile(without, frameworks=["ugesp"]).compliance
    (table,) = (table for table in made["tables"] if table["id"] == "U3")
    assert table["rows"] == []


def test_stages_read_back_what_they_write():
    found = stages_of(["a=x:yes", "b"])
    assert [auditkit.Schema.from_dict(auditkit.Schema(stages=found).to_dict()).stages] == [found]


# ---- the report ---------------------------------------------------------------------------------


def test_the_report_shows_the_stages_and_escapes_their_names():
    frame = frame_of(HAND).rename(columns={"tested": "<b>te|st</b>"})
    data = auditkit.load(
        frame, protected="sex", stages=["applied", {"name": "<b>te|st</b>"}, "hired"]
    )
    audit = auditkit.profile(data)
    page = auditkit.render(audit, charts=False)
    assert 'id="stages-1"' in page
    assert "Where the gap arises, by sex" in page
    assert "104 of 200" in page
    assert "Who gets to the end: F 38.0 %, M 40.0 %." in page
    assert "&lt;b&gt;te|st&lt;/b&gt;" in page
    assert "<b>te" not in page
    record = json.loads(audit.to_json())
    del record["profile"]["funnel"], record["schema"]["stages"]  # as before there were stages
    assert 'id="stages-1"' not in auditkit.render(record, charts=False)
    assert auditkit.Audit.from_json(json.dumps(record)).profile["missing"] == []
