"""What the baseline leaves out, and `train_with`, which lets it have a column all the same."""

from __future__ import annotations

import pytest
from fitted_once import untraced

import auditkit
from auditkit.sample import sample_folder


def baseline(**options):
    data = auditkit.load(
        sample_folder() / "hiring.csv", label="hired", positive="yes", protected=["gender"],
        **options,
    )  # fmt: skip
    return auditkit.audit(data, model="logistic", seed=1, repeats=1).model


@untraced()
def test_protected_id_and_leak_stay_out_unless_asked_for():
    plain = baseline()
    assert {"gender", "applicant_id", "offer_sent"} <= {r["feature"] for r in plain["left_out"]}
    assert not {"gender", "applicant_id", "offer_sent"} & set(plain["features"])
    asked = baseline(train_with=["gender", "applicant_id", "offer_sent"])
    assert {"gender", "applicant_id", "offer_sent"} <= set(asked["features"])
    assert asked["left_out"] == []
    # offer_sent agrees with the outcome in 99.5 % of the rows (sample_data/README.md)
    assert asked["metrics"]["auc"] > 0.99 > plain["metrics"]["auc"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"train_with": "hired"}, "--train-with 'hired' is also --label"),
        ({"train_with": "age", "ignore": "age"}, "--train-with 'age' is also --ignore"),
        ({"train_with": "agee"}, "--train-with: no column 'agee'"),
    ],
)
def test_what_a_model_cannot_have(options, message):
    with pytest.raises(auditkit.RequestError, match=message):
        baseline(**options)
