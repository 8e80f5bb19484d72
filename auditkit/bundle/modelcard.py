"""A model card in Markdown, from the record: what it knows, and marked blanks for the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from auditkit.tables import Sheet, to_markdown

__all__ = ["model_card"]

_BLANK = "TO BE COMPLETED BY: the developer of the model"
_RATES = (
    "base_rate", "selection_rate", "true_positive_rate", "false_positive_rate",
    "positive_predictive_value",
)  # fmt: skip


def model_card(record: Mapping[str, Any]) -> str:
    """Return a model card (Mitchell et al. 2019) as Markdown: nine sections, tables of text.

    Parameters
    ----------
    record : mapping
        A record as plain data, or its public edition.

    References
    ----------
    .. [1] Mitchell M et al. (2019). Model cards for model reporting. FAT* 2019, 220-229.

    Examples
    --------
    >>> import pandas as pd, auditkit
    >>> frame = pd.DataFrame({"sex": ["F", "M"] * 40, "hired": [0, 1, 1, 1] * 20})
    >>> data = auditkit.load(frame, label="hired", protected="sex")
    >>> print(model_card(auditkit.profile(data).to_dict())[:12])
    # Model card
    """
    sheets = [
        _facts("Model details", _details(record)),
        _facts("Intended use", _told(record, {"purpose": "Purpose", "setting": "Setting of use"})),
        _facts("Factors", _factors(record)),
        _rows("Metrics and quantitative analyses", _estimates(record)),
        _rows("Gaps between groups", _gaps(record)),
        _facts("Evaluation data", _data(record)),
        _facts("Training data", _training(record)),
        _facts(
            "Ethical considerations",
            _told(record, {"unintended_outcomes": "Foreseeable unintended outcomes"}),
        ),
        _facts("Caveats and recommendations", _caveats(record)),
    ]
    return to_markdown([sheet for sheet in sheets if sheet.rows], title="Model card")


def _facts(title: str, items: Sequence[tuple[str, Any]]) -> Sheet:
    return Sheet("facts", title, ("what", "answer"), tuple((k, _text(v)) for k, v in items))


def _rows(title: str, rows: Sequence[Mapping[str, Any]]) -> Sheet:
    names = tuple(rows[0]) if rows else ()
    return Sheet("rows", title, names, tuple(tuple(row[name] for name in names) for row in rows))


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join("(missing)" if item is None else str(item) for item in value) or "none"
    return _BLANK if value is None else str(value)


def _details(record: Mapping[str, Any]) -> list[tuple[str, Any]]:
    model, schema = record.get("model") or {}, record["schema"]
    decided = schema.get("prediction") or schema.get("score")
    what = f"decisions in the column {decided}" if decided else None
    kind = f"baseline, {model['kind']}" if model else what or "no model: outcomes in the data"
    return [
        ("Model", kind),
        ("Developed by", None),
        ("Version of auditkit", record["auditkit"]),
        ("Date of the audit", record["created"]),
        ("Threshold", model.get("threshold") or schema.get("threshold") or "none"),
    ]


def _told(record: Mapping[str, Any], names: Mapping[str, str]) -> list[tuple[str, Any]]:
    """Return answers that people gave to a framework, or blanks."""
    fields: dict[str, Any] = {}
    for entry in record.get("compliance") or ():
        fields |= {k: v for k, v in entry["fields"].items() if v is not None}
    return [(title, fields.get(name)) for name, title in names.items()]


def _factors(record: Mapping[str, Any]) -> list[tuple[str, Any]]:
    groups: dict[str, list[Any]] = {}
    for row in record["representation"]:
        if len(row["attributes"]) == 1:
            groups.setdefault(row["attributes"][0], []).append(row["group"][0])
    return list(groups.items())


def _estimates(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "stage": row["stage"],
            "attributes": " × ".join(row["attributes"]),
            "group": " × ".join("(missing)" if g is None else g for g in row["group"]),
            "metric": row["metric"],
            "value": row["value"],
            "low": row["low"],
            "high": row["high"],
            "n": row["n"],
            "reason": row["reason"],
        }
        for row in record["estimates"]
        if row["metric"] in _RATES and len(row["attributes"]) <= 2
    ]


def _gaps(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "stage": row["stage"],
            "attributes": " × ".join(row["attributes"]),
            "group": " × ".join("(missing)" if g is None else g for g in row["group"]),
            "metric": row["metric"],
            "kind": row["kind"],
            "value": row["value"],
            "low": row["low"],
            "high": row["high"],
            "verdict": row.get("verdict"),
        }
        for row in record["disparities"]
        if row["metric"] in _RATES and len(row["attributes"]) == 1
    ]


def _data(record: Mapping[str, Any]) -> list[tuple[str, Any]]:
    data = record["data"]
    return [
        ("File", data.get("source") or "a table in memory"),
        ("SHA-256", data.get("sha256") or ("withheld" if data.get("disclosure") else "not a file")),
        ("Rows, columns", f"{data['rows']:,}, {data['columns']:,}"),
        ("People", f"{data['people']:,}"),
        ("Label", record["schema"].get("label") or "none"),
    ]


def _training(record: Mapping[str, Any]) -> list[tuple[str, Any]]:
    model = record.get("model")
    if not model:
        return [("Training data", None)]
    return [
        ("Rows", f"{model['rows']:,}, {model['folds']} folds, each person scored out of fold"),
        ("Columns used", model["features"]),
        ("Columns left out", [row["feature"] for row in model["left_out"]]),
    ]


def _caveats(record: Mapping[str, Any]) -> list[tuple[str, Any]]:
    small = [
        f"{' × '.join('(missing)' if g is None else g for g in row['group'])} ({row['count']:,})"
        for row in record["representation"]
        if 0 < row["count"] < 30 and len(row["attributes"]) == 1
    ]
    return [
        ("Groups with fewer than 30 people", small),
        ("What no number here can show", "why a difference exists; what was not recorded"),
        ("Not", "legal advice, nor a finding of discrimination or compliance"),
    ]
