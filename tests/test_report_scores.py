"""Pictures of scores and of crossed groups: the numbers drawn are those of the record."""

from __future__ import annotations

import pytest
from report_fixture import record

from auditkit.metrics import roc_auc_from_bins
from auditkit.report.crossed import crossed_parts
from auditkit.report.scores import _area, _groups, score_parts


def test_the_area_is_that_of_the_metrics() -> None:
    for group in _groups(record()["model"]["score_bins"], 0):
        found = _area(group)
        if sum(group.positive) and sum(group.negative):
            right = roc_auc_from_bins(group.positive, group.negative)
            assert found == pytest.approx(right.value, abs=1e-12)
        else:
            assert found is None


def test_a_roc_curve_goes_from_corner_to_corner_and_never_back() -> None:
    part = score_parts(record(), "model")[0]
    roc = next(block for block in part.blocks if getattr(block, "id", "").endswith("-roc"))
    for curve in roc.curves:
        points = [(p.x, p.y) for p in curve.points]
        assert points[0] == (0.0, 0.0)
        assert points[-1] == pytest.approx((1.0, 1.0))
        assert points == sorted(points)


def test_shares_of_a_group_add_up() -> None:
    part = score_parts(record(), "model")[0]
    for curve in part.blocks[0].curves:
        assert sum(p.y for p in curve.points) == pytest.approx(1.0)


def test_without_scores_there_is_no_picture() -> None:
    assert score_parts(record(model=None), "model") == []
    assert score_parts(record(), "decision") == []


def test_small_crossed_groups_are_undecided_and_not_tinted() -> None:
    matrix = crossed_parts(record(), "label")[0].blocks[0]
    cells = {
        (names[0].text, column[0].text): cell
        for names, line in matrix.rows
        for column, cell in zip(matrix.columns, line, strict=True)
    }
    assert cells["Female", "Black"].under.startswith("34 of 310")
    assert cells["Female", "(missing)"].tone == "inconclusive"
    assert cells["Female", "(missing)"].shade is None
    assert cells["Male", "White"].shade == 1.0
    assert cells["(missing)", "(missing)"].value == "nobody"
