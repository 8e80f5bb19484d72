"""The head of the page, and its end: method, limits, words and provenance."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from auditkit.report.blocks import Block, Cell, Facts, Note, Part, Prose, RowGroup, Section, Table
from auditkit.report.evidence import known, term, with_interval
from auditkit.report.language import say
from auditkit.report.reading import Record, columns, metric_title
from auditkit.report.text import count, label, labels, number, recorded, several, visible
from auditkit.report.words import GLOSSARY, LIMITS, METHOD

__all__ = ["basename", "facts", "method_section", "model_part", "provenance_section", "stamp"]

Items = list[tuple[str, tuple[Cell, ...]]]


def basename(source: object) -> str:
    """Return the last part of a path: folders are nobody's business."""
    return re.split(r"[\\/]", str(source).rstrip("\\/"))[-1] or str(source)


def stamp(created: object) -> str:
    """Return a time stamp for people: ``2026-11-22 20:00 UTC``."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?Z", str(created))
    return f"{found[1]} {found[2]} UTC" if found else visible(created, 80)


def _names(values: Iterable[object]) -> tuple[Cell, ...]:
    return (Cell(several(label(value).text for value in values) or say("none")),)


def _label_fact(schema: Mapping[str, Any]) -> tuple[Cell, ...]:
    if schema.get("label") is None:
        return (Cell("none declared"),)
    name = Cell(labels=labels([schema["label"]]))
    if schema.get("positive") is None:
        return (name,)
    harm = bool(schema.get("unfavorable"))
    kind = say("a harm: more is worse") if harm else say("good for the person")
    return (
        name,
        Cell(say(" counts as positive ({kind})", kind=kind), labels=labels([schema["positive"]])),
    )


def _decision_fact(schema: Mapping[str, Any]) -> tuple[Cell, ...] | None:
    if schema.get("prediction") is not None:
        positive = schema.get("prediction_positive")
        name = Cell(labels=labels([schema["prediction"]]))
        if positive is None:
            return (name,)
        return (name, Cell(" counts as selected", labels=labels([positive])))
    if schema.get("score") is not None:
        line = schema.get("threshold")
        tail = say(", selected from {line} on", line=number(line)) if line is not None else ""
        return (Cell(say(" (score{tail})", tail=tail), labels=labels([schema["score"]])),)
    return None


def facts(record: Record) -> Facts:
    """Return what was audited, in the fewest words."""
    data, schema = record["data"], record["schema"]
    people = data.get("people")
    rows = say(
        "{rows} rows, {columns} columns",
        rows=count(data.get("rows")),
        columns=count(data.get("columns")),
    )
    source = data.get("source")
    name = Cell("a table in memory") if source is None else Cell(labels=labels([basename(source)]))
    items: Items = [("Data", (name,)), ("Size", (Cell(rows),))]
    if people is not None:
        items.append(("People", (Cell(count(people)),)))
    digest = data.get("sha256")
    prefix = Cell(visible(digest, 80)[:12], tone="code") if digest else Cell(_no_file(data))
    items += [
        ("SHA-256", (prefix,)),
        ("Protected attributes", _names(schema.get("protected") or ())),
        ("Label", _label_fact(schema)),
    ]
    decision = _decision_fact(schema)
    if decision:
        items.append(("Decision", decision))
    model = record.get("model")
    if model:
        items.append(("Baseline model", (Cell(visible(model.get("kind") or "not named", 80)),)))
    items.append(("Made", (Cell(stamp(record.get("created"))),)))
    return Facts(tuple(items))


def _performance(metrics: Mapping[str, Any]) -> tuple[tuple[Cell, ...], ...]:
    made = {name: with_interval(name, metrics) for name in metrics}
    used = {name for _, names in made.values() for name in names}
    return tuple((Cell(term(name)), cell) for name, (cell, _) in made.items() if name not in used)


def model_part(record: Record) -> Part | None:
    """Return the card of the baseline model, or None when there is none."""
    model = record.get("model")
    if not model:
        return None
    plain = ("kind", "rows", "folds", "seed", "threshold", "sampled_from")
    blocks: list[Block] = [Facts(known({key: model.get(key) for key in plain}))]
    metrics = model.get("metrics") or {}
    if metrics:
        rows = _performance(metrics)
        heads = columns("Measure", "#Value")
        caption = "How well the baseline model predicts the label"
        blocks.append(Table("model-metrics-table", caption, heads, (RowGroup(rows),)))
    used = model.get("features") or []
    blocks.append(Facts(((say("Features used ({n})", n=len(used)), _names(used)),), wide=True))
    left = model.get("left_out") or []
    if left:
        rows = tuple(
            (Cell(labels=labels([row["feature"]])), Cell(recorded(row.get("reason") or "", 400)))
            for row in left
        )
        heads = columns("Column", "Why")
        caption = "Columns the model did not see"
        blocks.append(Table("model-left-out-table", caption, heads, (RowGroup(rows),)))
    notes = [recorded(note, 600) for note in model.get("notes") or ()]
    if notes:
        blocks.append(Prose(tuple(notes), points=True))
    return Part("model-card", (), tuple(blocks), prefix="About the baseline model")


def _policy(record: Record) -> Part | None:
    policy = record.get("policy") or {}
    if not policy:
        return None
    plain = {k: v for k, v in policy.items() if k != "rules" and not isinstance(v, dict | list)}
    blocks: list[Block] = [Facts(known(plain))]
    rules = tuple(
        (
            Cell(visible(rule.get("title") or rule.get("id"), 200)),
            Cell(", ".join(metric_title(name) for name in rule.get("metrics") or ())),
            Cell(visible(rule.get("kind") or "", 40)),
            _threshold(rule),
        )
        for rule in policy.get("rules") or ()
    )
    if rules:
        heads = columns("Rule", "Rates", "Compared by", "#Line")
        caption = "The lines that findings are held against"
        blocks.append(Table("policy-table", caption, heads, (RowGroup(rules),)))
    lead = "A policy is a choice, recorded here. It says where a closer look begins."
    return Part("method-policy", (), tuple(blocks), lead, prefix="The policy")


def _threshold(rule: Mapping[str, Any]) -> Cell:
    line = rule.get("threshold")
    if line is None:
        return Cell("none", tone="u")
    if rule.get("kind") == "difference":
        return Cell(say("{line} points", line=f"{line * 100:g}"), tone="n")
    return Cell(f"{line:g}" if isinstance(line, int | float) else visible(line, 40), tone="n")


def _catalogue(record: Record) -> Part | None:
    from auditkit.metrics import METRICS

    rows = record.get("estimates") or ()
    used = {row["metric"] for row in rows}
    known = [row for name, row in METRICS.items() if name in used]
    if not known:
        return None
    cells = tuple((Cell(row.title), Cell(row.formula), Cell(row.reference)) for row in known)
    heads = columns("Rate", "Formula", "Defined in")
    table = Table("method-rates-table", "How each rate is defined", heads, (RowGroup(cells),))
    return Part("method-rates", (), (table,), prefix="The rates")


def method_section(record: Record) -> Section:
    """Return the section on how the numbers are made and what they cannot show."""
    how = Facts(tuple((name, (Cell(text),)) for name, text in METHOD), wide=True)
    limits = Prose(LIMITS, points=True)
    words = Facts(tuple((name, (Cell(text),)) for name, text in GLOSSARY), wide=True)
    parts = [
        Part("method-how", (), (how,), prefix="How the numbers are made"),
        _policy(record),
        _catalogue(record),
        Part("method-limits", (), (limits,), prefix="What no number here can show"),
        Part("method-words", (), (words,), prefix="Words"),
    ]
    return Section(
        "method", "Method and limits", "", tuple(part for part in parts if part is not None)
    )


def _excluded(record: Record) -> Block:
    excluded = record["data"].get("excluded") or []
    if not excluded:
        return Note("No row was left out.")
    rows = tuple(
        (
            Cell(recorded(row.get("reason") or "no reason was recorded", 300)),
            Cell(count(row.get("rows")), tone="n"),
            Cell(recorded(row.get("stage") or "everything", 80)),
        )
        for row in excluded
    )
    heads = columns("Why", "#Rows", "Left out of")
    return Table("excluded-table", "Rows that were left out", heads, (RowGroup(rows),))


def _schema(record: Record) -> Table:
    rows = tuple(
        (Cell(term(name)), _setting(value))
        for name, value in record["schema"].items()
        if value not in (None, [], {}, False)
    )
    heads = columns("Role", "Declared")
    return Table("schema-table", "What was declared about the data", heads, (RowGroup(rows),))


def _setting(value: Any) -> Cell:
    if isinstance(value, Mapping):
        said = [f"{visible(k, 80)}: {_setting(v).text}" for k, v in value.items()]
        return Cell("; ".join(said) or say("none"))
    if isinstance(value, list | tuple):
        return Cell(several(_setting(item).text for item in value) or say("none"))
    if isinstance(value, bool):
        return Cell("yes" if value else "no")
    if isinstance(value, int | float):
        return Cell(f"{value:g}")
    return Cell("none" if value is None else visible(value, 300))


def _versions(provenance: Mapping[str, Any]) -> Table | None:
    versions = provenance.get("versions") or {}
    if not versions:
        return None
    rows = tuple(
        (Cell(visible(name, 60)), Cell(visible(version, 80), tone="code"))
        for name, version in sorted(versions.items())
    )
    heads = columns("Software", "Version")
    return Table("versions-table", "Versions", heads, (RowGroup(rows),))


def _no_file(data: Record) -> str:
    return "withheld" if data.get("disclosure") else "not a file"


def provenance_section(record: Record) -> Section:
    """Return the section that lets somebody else make the same report again."""
    data, provenance = record["data"], record.get("provenance") or {}
    digest = data.get("sha256")
    size = data.get("bytes")
    none = _no_file(data)
    items: Items = [
        ("SHA-256 of the file", (Cell(visible(digest or none, 80), tone="code"),)),
        ("Bytes", (Cell(count(size) if size is not None else none),)),
        ("Seed", (Cell(visible(record.get("seed"), 40), tone="code"),)),
        (
            "Record",
            (
                Cell(
                    say(
                        "{name}, version {version}",
                        name=record["format"],
                        version=record["format_version"],
                    )
                ),
            ),
        ),
        (
            "Made by",
            (Cell(f"auditkit {visible(record.get('auditkit'), 40)}"),),
        ),
        ("Made", (Cell(stamp(record.get("created"))),)),
    ]
    used = data.get("used_columns") or []
    if used:
        items.append((say("Columns used ({n})", n=len(used)), _names(used)))
    command = provenance.get("command")
    if command:
        items.append(("To make it again", (Cell(visible(command, 2000), tone="code"),)))
    blocks: list[Block | None] = [Facts(tuple(items), wide=True), _excluded(record)]
    notes = [recorded(note, 600) for note in data.get("notes") or ()]
    if notes:
        blocks.append(Prose(tuple(notes), points=True))
    blocks += [_schema(record), _versions(provenance)]
    settings = provenance.get("settings") or {}
    if settings:
        rows = tuple((Cell(term(k)), _setting(v)) for k, v in sorted(settings.items()))
        heads = columns("Setting", "Value")
        blocks.append(Table("settings-table", "Settings", heads, (RowGroup(rows),)))
    lead = "The same file, settings and seed give this record again, number for number."
    title = "Provenance"
    return Section("provenance", title, lead, tuple(b for b in blocks if b is not None))
