"""Two audits side by side: changes are tested, definitions compared, too little data said."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import Run
from fitted_once import untraced
from scipy.stats import norm

from auditkit import Audit, RequestError, audit, compare_audits, load
from auditkit.comparison import VERDICTS, Comparison, Row
from auditkit.inference import change_of_difference, change_of_ratio

pytestmark = pytest.mark.usefixtures("fitted_once")


def audited(groups: dict[str, tuple[int, int]], *, name: str = "sex", **options: Any) -> Audit:
    """Audit a table with (events, n) a group."""
    rows = [
        {name: group, "hired": outcome, "n": people}
        for group, (events, n) in groups.items()
        for outcome, people in ((1, events), (0, n - events))
    ]
    options = {"label": "hired", "positive": "1", "protected": name, "count": "n", **options}
    return audit(load(pd.DataFrame(rows), **options), model="none")


def gap(found: Comparison, group: str) -> Row:
    (row,) = [r for r in found.rows if r.what == "gap" and r.group == (group,)]
    return row


def test_change_of_a_ratio_by_hand():
    # R1 = .48/.60 = .8, R2 = .30/.60 = .5; 1/48+1/60+1/30+1/60-4/100 = .0475
    change = change_of_ratio((48, 100, 60, 100), (30, 100, 60, 100))
    assert change.value == pytest.approx(0.5 / 0.8, abs=1e-12)
    z = math.log(0.625) / math.sqrt(0.0475)
    assert change.p_value == pytest.approx(2 * norm.sf(abs(z)), abs=1e-12)
    assert change.low == pytest.approx(0.625 * math.exp(-norm.ppf(0.975) * math.sqrt(0.0475)))
    assert change.high == pytest.approx(0.625 * math.exp(norm.ppf(0.975) * math.sqrt(0.0475)))


def test_change_of_a_difference_by_hand():
    # d1 = -.12, d2 = -.30; .48*.52 + .60*.40 + .30*.70 + .60*.40 = .9396, over 100
    change = change_of_difference((48, 100, 60, 100), (30, 100, 60, 100))
    assert change.value == pytest.approx(-0.18, abs=1e-12)
    assert change.p_value == pytest.approx(2 * norm.sf(0.18 / math.sqrt(0.009396)), abs=1e-12)
    assert change.low < -0.18 < change.high


def test_a_change_keeps_its_word_in_nineteen_of_twenty_draws():
    rng = np.random.default_rng(5)
    truth = {"d": (0.25 - 0.5) - (0.4 - 0.5), "r": (0.25 / 0.5) / (0.4 / 0.5)}
    inside = {"d": 0, "r": 0}
    for _ in range(1_000):
        old = (rng.binomial(300, 0.4), 300, rng.binomial(200, 0.5), 200)
        new = (rng.binomial(300, 0.25), 300, rng.binomial(200, 0.5), 200)
        for key, made in (("d", change_of_difference), ("r", change_of_ratio)):
            change = made(old, new)
            inside[key] += change.low <= truth[key] <= change.high
    # 950 expected, standard deviation 6.9: 925 and 975 are 3.6 of them away
    assert all(925 <= count <= 975 for count in inside.values()), inside


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ((0, 0, 1, 2), (1, 2, 1, 2), "a group is empty"),
        ((0, 10, 1, 2), (1, 2, 1, 2), "a group has no event"),
    ],
)
def test_undefined_is_not_a_number(old, new, reason):
    change = change_of_ratio(old, new)
    assert (change.value, change.low, change.p_value) == (None, None, None)
    assert change.reason == reason


def test_a_gap_that_grew_is_worse_and_the_way_back_is_better():
    then, now = (
        audited({"F": (240, 500), "M": (250, 500)}),
        audited({"F": (150, 500), "M": (250, 500)}),
    )
    assert gap(compare_audits(then, now), "F").verdict == "worse"
    assert gap(compare_audits(now, then), "F").verdict == "better"
    assert compare_audits(then, now).decide("worse")[0] == "met"
    assert compare_audits(now, then).decide("worse") == ("passed", "")


def test_the_reference_is_that_of_the_old_audit():
    then, now = (
        audited({"F": (400, 500), "M": (450, 500)}),
        audited({"F": (460, 500), "M": (400, 500)}),
    )
    row = gap(compare_audits(then, now), "F")
    assert row.reference == ("M",)
    assert (row.old, row.new) == pytest.approx((400 / 450, 460 / 400), abs=1e-12)


def test_a_group_that_lost_all_its_events_is_judged():
    row = gap(compare_audits(audited({"F": (240, 500), "M": (250, 500)}),
                             audited({"F": (0, 500), "M": (250, 500)})), "F")  # fmt: skip
    assert (row.change, row.reason, row.verdict) == (None, "a group has no event", "worse")


def test_a_small_group_is_not_judged_and_does_not_pass():
    found = compare_audits(
        audited({"F": (8, 10), "M": (250, 500)}), audited({"F": (1, 10), "M": (250, 500)})
    )
    assert gap(found, "F").verdict == "too few"
    assert found.decide("worse") == ("undecided", "no gap by sex could be judged")


@untraced()  # a hundred times what the tests above do once
def test_two_draws_of_one_truth_are_seldom_called_worse_or_better():
    rng = np.random.default_rng(11)
    clear = 0
    for _ in range(100):
        sides = [
            audited({g: (int(rng.binomial(400, 0.4)), 400) for g in "ABCD"}, name="g")
            for _ in range(2)
        ]
        found = compare_audits(*sides)
        clear += bool(found.gaps("worse") or found.gaps("better"))
    assert clear <= 10  # 5 expected at most; 10 or fewer in 98.9 % of such series


def test_shares_that_moved():
    then, now = audited({"F": (50, 300), "M": (50, 700)}), audited({"F": (50, 500), "M": (50, 500)})
    (row,) = [r for r in compare_audits(then, now).rows if r.what == "share" and r.group == ("F",)]
    assert (row.old, row.new, row.change) == pytest.approx((0.3, 0.5, 0.2), abs=1e-12)
    assert row.p_adjusted == pytest.approx(2 * 2 * norm.sf(9.1287), rel=1e-3)
    # z = .2 / sqrt(.4 * .6 * 2 / 1000) = 9.1287; two shares, Holm


def test_what_cannot_be_compared_is_refused_or_said():
    one = audited({"F": (50, 300), "M": (50, 700)})
    with pytest.raises(RequestError, match="nothing to compare"):
        compare_audits(one, audited({"F": (50, 300), "M": (50, 700)}, name="gender"))
    with pytest.raises(RequestError, match="no group is in both audits"):
        compare_audits(one, audited({"w": (50, 300), "m": (50, 700)}))
    with pytest.raises(RequestError, match="unfavorable is 'False' in the old one and 'True'"):
        compare_audits(one, audited({"F": (50, 300), "M": (50, 700)}, unfavorable=True))
    with pytest.raises(RequestError, match="positive is '1' in the old one and '0'"):
        compare_audits(one, audited({"F": (50, 300), "M": (50, 700)}, positive="0"))
    found = compare_audits(one, audited({"F": (50, 300), "M": (50, 700), "X": (9, 90)}))
    assert "sex: only in the new audit: 'X'" in found.notes


def test_every_row_is_plain_and_finite(sample_data: Path):
    data = load(sample_data / "hiring.toml")
    then, now = audit(data, model="none"), audit(data, model="logistic", repeats=1)
    found = compare_audits(then, now)
    text = json.dumps(found.to_dict(), allow_nan=False)
    assert json.loads(text)["format"] == "auditkit.comparison"
    assert {row.verdict for row in found.rows} <= {None, *VERDICTS}
    assert found.gaps("worse") == found.gaps("better") == []
    assert all(row.change in (0, None) for row in found.rows if row.what != "gap")
    assert "stage 'model' is only in the new audit" in found.notes
    assert any("read the same file" in note for note in found.notes)


def test_the_command(auditkit_cli: Run, tmp_path: Path):
    for name, women in (("old", 240), ("new", 150)):
        audited({"\x1b[31mF": (women, 500), "M": (250, 500)}).write_json(tmp_path / f"{name}.json")
    done = auditkit_cli("compare", "old.json", "new.json", cwd=tmp_path)
    assert done.returncode == 0
    text = done.stdout.decode()
    assert "Gaps: 1 worse, 0 better" in text
    assert "\x1b" not in text
    gate = auditkit_cli("compare", "old.json", "new.json", "--fail-on", "worse", cwd=tmp_path)
    assert gate.returncode == 1
    assert gate.stderr.decode().startswith("--fail-on worse: met: ")
    other = auditkit_cli("compare", "new.json", "old.json", "--fail-on", "worse", "--json", "-",
                         cwd=tmp_path)  # fmt: skip
    assert other.returncode == 0
    assert json.loads(other.stdout)["rows"]
    for wrong in (
        ("compare", "old.json", "none.json"),
        ("compare", "old.json", "new.json", "--json", "old.json"),
    ):
        refused = auditkit_cli(*wrong, cwd=tmp_path)
        assert refused.returncode == 2
        assert refused.stderr.count(b"\n") == 1
