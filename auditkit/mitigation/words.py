"""What a remedy that was carried out means, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from auditkit.errors import shown

__all__ = ["meaning"]

_RATES = {
    "selection_rate": "the rates of selection",
    "true_positive_rate": "the true positive rates",
    "false_positive_rate": "the false positive rates",
}
_USES = {
    "never": "The protected attribute is used neither in training nor when a decision is made.",
    "training": (
        "The protected attribute of each person is used in training, and not when a decision is "
        "made. Whether it may be used in training is a legal question."
    ),
    "decision": (
        "The protected attribute of each person is used when a decision about them is made, and "
        "changes it. Whether that is allowed is a legal question."
    ),
}


def meaning(point: Mapping[str, Any]) -> list[str]:
    """Return what was done, what it costs and brings out of fold, and what it needs of people."""
    attribute = shown(point["attribute"])
    found = [
        f"{shown(point['title'], 200)} ({shown(point['id'])}), for the gap of '{attribute}' in "
        f"{_RATES[point['disparity']]}.",
    ]
    before = point["before"]
    if point["gap"]["value"] is None:
        found.append(f"Out of fold there is no gap to tell: {point['gap'].get('reason')}.")
    else:
        found.append(
            f"Out of fold the gap is {_span(point['gap'], 'points')} instead of "
            f"{_span(before['gap'], 'points')}, and {_span(point['accuracy'], '%')} of decisions "
            f"are as recorded instead of {_span(before['accuracy'], '%')}. These numbers are what "
            "to expect of people that the model has not seen; on the rows it learned from it looks "
            "better."
        )
    return [*found, _USES[point["uses_group"]]]


def _span(number: Mapping[str, Any], unit: str) -> str:
    """Return a share in hundredths with its interval."""
    if number.get("value") is None:
        return "not computable"
    told = f"{100 * number['value']:.1f} {unit}".replace("-", "−")
    if number.get("low") is None:
        return told
    ends = f"{100 * number['low']:.1f} to {100 * number['high']:.1f}".replace("-", "−")
    return f"{told} ({ends})"
