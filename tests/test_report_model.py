"""The report's model chapter: what a model would do, why, and what would help; old records too."""

from __future__ import annotations

import copy
import re
from typing import Any

import numpy as np
import pandas
import pytest
from fitted_once import untraced

import auditkit


@pytest.fixture(scope="module")
@untraced()  # the subject is what the report makes of it
def record() -> dict[str, Any]:
    rng = np.random.default_rng(0)
    rows = 700
    group = rng.choice(["F<b>", "M"], rows, p=[0.3, 0.7])
    skill = rng.normal(size=rows)
    hired = skill + 0.8 * (group == "M") + rng.logistic(size=rows) > 0.5
    frame = pandas.DataFrame(
        {
            "skill": skill,
            "proxy": (group == "M") * 2.0 + rng.normal(size=rows),
            "sex": group,
            "hired": np.where(hired, "yes", "no"),
        }
    )
    data = auditkit.load(frame, label="hired", protected="sex")
    return auditkit.audit(data, causes=True, remedies=True, repeats=2).to_dict()


def ids(html: str) -> set[str]:
    return set(re.findall(r'\bid="([\w-]+)"', html))


def test_every_part_is_there_with_its_table(record: dict[str, Any]) -> None:
    html = auditkit.render(record)
    found = ids(html)
    assert {"model-quality", "model-causes", "cause-1", "model-remedies"} <= found
    for picture in ("model-calibration-1", "model-thresholds-1", "cause-1", "cause-1-auc",
                    "cause-1-gap", "cause-1-chain", "remedies"):  # fmt: skip
        assert f"{picture}-chart" in found, picture
    for table in ("model-quality-table", "model-beside-table", "cause-1-table",
                  "cause-1-share-table", "remedies-table", "alternatives-table"):  # fmt: skip
        assert table in found, table
    assert len(re.findall(r'\bid="([\w-]+)"', html)) == len(found)
    assert "F<b>" not in html
    assert "legal question" in html


def test_numbers_of_the_frontier_are_those_of_the_record(record: dict[str, Any]) -> None:
    html = auditkit.render(record)
    for point in record["model"]["remedies"]["points"]:
        assert f"{100 * point['accuracy']['value']:.1f} %" in html
    assert "on the frontier" in html
    assert "dominated" in html


def test_what_was_not_asked_for_says_how_to_ask(record: dict[str, Any]) -> None:
    less = copy.deepcopy(record)
    less["model"]["causes"] = less["model"]["remedies"] = None
    html = auditkit.render(less)
    assert "auditkit audit --causes" in html
    assert "auditkit audit --remedies" in html


def test_a_record_of_an_older_version_still_renders(record: dict[str, Any]) -> None:
    old = copy.deepcopy(record)
    for key in ("performance", "score_bins", "beside", "causes", "remedies", "cut", "repeats"):
        del old["model"][key]
    del old["decision"]
    found = ids(auditkit.render(old))
    assert "model-card" in found
    assert "model-quality" not in found
    assert "model-causes" not in found


def test_undefined_parts_are_words_not_numbers(record: dict[str, Any]) -> None:
    bare = copy.deepcopy(record)
    pair = bare["model"]["causes"]["pairs"][0]
    for part in (*pair["parts"].values(), *pair["ranking"]):
        part |= {"value": None, "low": None, "high": None, "reason": "too few"}
    for step in pair["representation"]["curve"]:
        step["roc_auc"] = {"value": None, "low": None, "high": None}
    for point in bare["model"]["remedies"]["points"]:
        point["gap"] = {"value": None, "low": None, "high": None}
    html = auditkit.render(bare)
    assert "not computable" in html
    assert "None" not in re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)


def test_the_short_form_has_no_pictures(record: dict[str, Any]) -> None:
    found = ids(auditkit.render(record, charts="none"))
    assert "remedies-chart" not in found
    assert "alternatives-table" in found
