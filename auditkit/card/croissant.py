"""The card as Croissant JSON-LD with its vocabulary for responsible AI.

Croissant 1.0 (http://mlcommons.org/croissant/1.0) describes the file and its columns; the RAI
vocabulary (http://mlcommons.org/croissant/RAI/1.0) says what is known of people in it. Properties
that nobody has told are left out, never invented; which of them Croissant requires is listed under
``additionalProperty``. No record of the data is in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from auditkit.card.answers import Grid, Said, answers_of, biases, group_name, limitations
from auditkit.card.sheet import Entry, entries_of, meter_of

__all__ = ["to_croissant"]

CROISSANT, RAI = "http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"

_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_REQUIRED = ("name", "description", "license", "url", "creator", "datePublished", "distribution")
_FORMATS = {
    ".csv": "text/csv", ".tsv": "text/tab-separated-values", ".txt": "text/csv",
    ".parquet": "application/vnd.apache.parquet", ".pq": "application/vnd.apache.parquet",
    ".jsonl": "application/jsonl", ".ndjson": "application/jsonl", ".json": "application/json",
    ".gz": "application/gzip",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip
_TYPES = {"numeric": "sc:Float", "date": "sc:Date"}
_PERIOD = re.compile(r"\d{4}(-\d\d(-\d\d)?)?(/\d{4}(-\d\d(-\d\d)?)?)?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def to_croissant(record: Mapping[str, Any]) -> str:
    """Return a record's dataset card as Croissant JSON-LD.

    Parameters
    ----------
    record : mapping
        A record as plain data (``Audit.to_dict()``, or ``audit.json`` as read).

    Returns
    -------
    str
        JSON; the same record gives the same text.
    """
    entries = entries_of(record)
    told = {entry.question.id: entry.people for entry in entries}
    made: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": [CROISSANT, RAI],
        **_dataset(record, told),
        **_responsible(record, told),
        **_files(record),
    }
    made = {key: value for key, value in made.items() if value not in (None, [], "", ())}
    made["additionalProperty"] = _completeness(made, entries)
    return json.dumps(made, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def _dataset(record: Mapping[str, Any], told: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    data = record["data"]
    source = data.get("source")
    people = [{"@type": "sc:Organization", "name": name} for name in told["creator"]]
    publishers = [{"@type": "sc:Organization", "name": name} for name in told["publisher"]]
    size = " ".join(_texts(answers_of(record)["size"]))
    return {
        "name": _one(told, "title") or (PurePath(source).stem if source else "table in memory"),
        "description": _one(told, "description") or f"A table of people: {size}",
        "license": list(told["license"]),
        "url": _one(told, "url"),
        "creator": people,
        "publisher": publishers,
        "datePublished": next(iter(_DAY.findall(_one(told, "date_published") or "")), None),
        "version": _one(told, "version"),
        "citeAs": _one(told, "citation"),
        "keywords": list(told["keywords"]),
    }


def _one(told: Mapping[str, Sequence[str]], name: str) -> str | None:
    return " ".join(told[name]) or None


def _responsible(record: Mapping[str, Any], told: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return the properties of the RAI vocabulary: what the audit knows, and what people said."""
    said = {name: _texts(answer) for name, answer in answers_of(record).items()}
    period = (_one(told, "timeframe") or "").strip()
    return {
        "rai:dataCollection": " ".join([*told["acquisition"], *told["sampling"]]),
        "rai:dataCollectionMissingData": " ".join(said["missing"]),
        "rai:dataCollectionRawData": " ".join(said["source"]),
        "rai:dataCollectionTimeframe": period.split("/") if _PERIOD.fullmatch(period) else None,
        "rai:dataPreprocessingProtocol": [*said["steps"], *told["before"]],
        "rai:dataAnnotationProtocol": [*said["label"], *told["label"]],
        "rai:personalSensitiveInformation": [*_sensitive(record), *said["identifiable"]],
        "rai:dataBiases": biases(record),
        "rai:dataLimitations": [*limitations(record), *told["unsuitable"], *told["errors"]],
        "rai:dataUseCases": [*told["uses"], *told["used_for"]],
        "rai:dataSocialImpact": _one(told, "impact"),
        "rai:dataReleaseMaintenancePlan": " ".join([*told["updates"], *told["maintainer"]]),
    }


def _texts(answer: Said) -> list[str]:
    return [said for said in answer if not isinstance(said, Grid)]


def _sensitive(record: Mapping[str, Any]) -> Iterable[str]:
    """Yield each protected attribute with the names of its groups."""
    for attribute in record["schema"]["protected"]:
        groups = [
            group_name(row["group"])
            for row in record["representation"]
            if row["attributes"] == [attribute]
        ]
        yield f"{attribute}: {', '.join(groups[:40])}" + (", ..." if len(groups) > 40 else "")


def _files(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the file and its columns, where it is one file of a known format."""
    data = record["data"]
    source, digest = data.get("source"), data.get("sha256")
    kind = _FORMATS.get(PurePath(source or "").suffix.lower())
    if not source or not digest or kind is None:
        return {}
    file = {
        "@type": "cr:FileObject",
        "@id": "data-file",
        "name": source,
        "contentUrl": source,
        "contentSize": f"{data['bytes']} B",
        "encodingFormat": kind,
        "sha256": digest,
    }
    fields = [
        {
            "@type": "cr:Field",
            "@id": f"people/{place}",
            "name": row["name"],
            "description": f"{row['role']}; {row['kind']}",
            "dataType": _TYPES.get(row["kind"], "sc:Text"),
            "source": {
                "fileObject": {"@id": "data-file"},
                "extract": {"column": row["name"]},
            },
        }
        for place, row in enumerate(record["profile"].get("columns") or [], 1)
    ]
    rows = {
        "@type": "cr:RecordSet",
        "@id": "people",
        "name": "people",
        "description": "One record for each row of the table.",
        "field": fields,
    }
    return {"distribution": [file], "recordSet": [rows] if fields else []}


def _completeness(made: Mapping[str, Any], entries: tuple[Entry, ...]) -> list[dict[str, Any]]:
    """Return how much is filled, and what Croissant requires and nobody has told."""
    meters = meter_of(entries)
    found = [
        ("card entries filled by the audit", sum(row.audit for row in meters)),
        ("card entries that the audit can fill", sum(row.audit_of for row in meters)),
        ("card entries filled by people", sum(row.people for row in meters)),
        ("card entries that people can fill", sum(row.people_of for row in meters)),
        (
            "required properties to be completed",
            ", ".join(name for name in _REQUIRED if name not in made) or "none",
        ),
    ]
    return [{"@type": "sc:PropertyValue", "name": name, "value": value} for name, value in found]
