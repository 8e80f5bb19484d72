"""Evidence: what the record already says about an item of a checklist, in words with numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from auditkit.compliance.case import Case
from auditkit.compliance.words import group_words
from auditkit.errors import shown

__all__ = ["EVIDENCE", "evidence"]


def evidence(case: Case, name: str) -> str | None:
    """Return what is known under a name, or None."""
    return EVIDENCE[name](case)


def _counted(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def _source(case: Case) -> str | None:
    data = case.record["data"]
    name = data.get("source")
    what = "a table in memory" if name is None else shown(name, 80)
    digest = f", SHA-256 {data['sha256'][:16]}..." if data.get("sha256") else ""
    return f"{what}: {data['rows']:,} rows, {data['columns']:,} columns{digest}"


def _preparation(case: Case) -> str | None:
    data, schema = case.record["data"], case.record["schema"]
    steps = [
        f"{row['rows']:,} rows left out of the stage {row['stage']}: {shown(row['reason'])}"
        for row in data.get("excluded") or ()
    ]
    steps += [f"{shown(name)} cut into groups" for name in schema.get("bins") or ()]
    steps += [
        f"{len(mapping):,} spellings of {shown(name)} mapped"
        for name, mapping in (schema.get("values") or {}).items()
    ]
    steps += [shown(note, 200) for note in data.get("notes") or ()]
    return "; ".join(steps) if steps else f"no row of {data['rows']:,} was left out or changed"


def _label(case: Case) -> str | None:
    schema = case.record["schema"]
    if schema.get("label") is None:
        return None
    kind = "a harm" if schema.get("unfavorable") else "favourable"
    return (
        f"the label is {shown(schema['label'])}; {shown(schema.get('positive'))} is the event, "
        f"taken as {kind}"
    )


def _choices(case: Case) -> str | None:
    model, schema = case.record.get("model"), case.record["schema"]
    parts = [f"compared by {', '.join(shown(name) for name in schema['protected'])}"]
    if schema.get("prediction") or schema.get("score"):
        decided = schema.get("prediction") or schema.get("score")
        line = "" if schema.get("threshold") is None else f" from {schema['threshold']:g} on"
        parts.append(f"decisions from {shown(decided)}{line}")
    if model:
        parts.append(
            f"baseline {model['kind']} on {len(model['features'])} columns, "
            f"{len(model['left_out'])} left out, {model['rows']:,} rows"
        )
    return "; ".join(parts)


def _sizes(case: Case) -> str | None:
    singles = [row for row in case.record["representation"] if len(row["attributes"]) == 1]
    if not singles:
        return None
    small = min(singles, key=lambda row: row["count"])
    text = f"{_counted(len(singles), 'group')} of {_counted(len(case.protected), 'attribute')}"
    return (
        f"{text} among {case.record['data']['people']:,} people; the smallest is "
        f"{shown(small['attributes'][0])} = {group_words(tuple(small['group']))} with "
        f"{small['count']:,}"
    )


def _people(case: Case) -> str | None:
    return f"{case.record['data']['people']:,} people"


def _missing(case: Case) -> str | None:
    rows = case.record["profile"].get("missing") or []
    unknown = [
        f"{shown(row['attributes'][0])} of {row['count']:,}"
        for row in case.record["representation"]
        if len(row["attributes"]) == 1 and row["group"][0] is None and row["count"]
    ]
    columns = {row["column"] for row in rows}
    if not rows and not unknown:
        return f"no cell that was looked at is empty, in {case.record['data']['rows']:,} rows"
    parts = [f"groups not known: {', '.join(unknown)} people"] if unknown else []
    if columns:
        has = "has" if len(columns) == 1 else "have"
        parts.append(f"{_counted(len(columns), 'column')} {has} empty cells, counted by group")
    return "; ".join(parts)


def _findings(case: Case, *kinds: str) -> list[Mapping[str, Any]]:
    return [row for row in case.record["findings"] if row["kind"] in kinds]


def _gaps(case: Case) -> str | None:
    kinds = ("outcome-gap", "decision-gap", "model-gap", "error-gap")
    rows = _findings(case, *kinds)
    compared = len(case.record["disparities"])
    if not compared:
        return None
    flagged = [row for row in rows if row["level"] == "flag"]
    undecided = [row for row in rows if row["level"] == "inconclusive"]
    text = f"{compared:,} comparisons; {len(flagged)} flagged, {len(undecided)} undecided"
    if not flagged:
        return text
    said = flagged[0]["evidence"]
    sizes = [said[name] for name in ("n", "reference_n") if said.get(name) is not None]
    who = f" ({' and '.join(f'{n:,}' for n in sizes)} people)" if sizes else ""
    return f"{text}. {shown(flagged[0]['title'], 200)}{who}"


def _proxies(case: Case) -> str | None:
    rows = case.record["profile"].get("proxies") or []
    known = [row for row in rows if row.get("strength") is not None]
    if not known:
        return None
    top = max(known, key=lambda row: row["strength"])
    which = f"{shown(top['feature'])} for {shown(top['attribute'])}"
    return (
        f"{_counted(len(known), 'pair')} of a column and a protected attribute measured; the "
        f"strongest is {which} ({top['strength']:.2f}, {top['n']:,} people)"
    )


def _crossed(case: Case) -> str | None:
    rows = case.record["subgroups"]
    if not rows:
        return None
    found = _findings(case, "subgroup")
    return (
        f"{len(rows):,} crossed groups compared with all others; {_counted(len(found), 'finding')}"
    )


def _small(case: Case) -> str | None:
    floor = int(case.record["policy"].get("min_group", 30))
    rows = [row for row in case.record["representation"] if 0 < row["count"] < floor]
    empty = [row for row in case.record["representation"] if row["count"] == 0]
    names = [f"{group_words(tuple(row['group']))} ({row['count']:,})" for row in rows[:6]]
    more = f" and {len(rows) - 6} more" if len(rows) > 6 else ""
    has = "has" if len(rows) == 1 else "have"
    text = f"{_counted(len(rows), 'group')} {has} fewer than {floor} people"
    text += f": {', '.join(names)}{more}" if names else ""
    has = "has" if len(empty) == 1 else "have"
    return f"{text}; {_counted(len(empty), 'crossed group')} {has} nobody"


def _population(case: Case) -> str | None:
    rows = [row for row in case.record["representation"] if row.get("expected_share") is not None]
    if not rows:
        return None
    worst = max(rows, key=lambda row: abs(row["share"] - row["expected_share"]))
    return (
        f"{_counted(len(rows), 'group')} held against a reference population; the largest gap is "
        f"{group_words(tuple(worst['group']))} ({worst['count']:,} people): {worst['share']:.1%} "
        f"counted, {worst['expected_share']:.1%} expected ({shown(worst['expected_source'], 100)})"
    )


def _quality(case: Case) -> str | None:
    kinds = ("feature-quality", "label-quality", "duplicates", "group-spelling", "leakage")
    rows = _findings(case, *kinds)
    looked = len(case.record["profile"].get("columns") or ())
    if not looked:
        return None
    return (
        f"{_counted(looked, 'column')} looked at: kinds, spellings, identifiers, leakage; "
        f"{_counted(len(rows), 'finding')}"
    )


def _strata(case: Case) -> str | None:
    if not case.counts.strata:
        return None
    levels = [f"{shown(name)} ({len(case.counts.values(name))})" for name in case.counts.strata]
    found = _findings(case, "simpson")
    many = _counted(len(found), "finding")
    return f"compared within {', '.join(levels)}; {many} that pooling deceives"


def _performance(case: Case) -> str | None:
    wanted = {"true_positive_rate", "false_positive_rate", "positive_predictive_value"}
    rows = [row for row in case.record["estimates"] if row["metric"] in wanted]
    if not rows:
        return None
    stages = sorted({row["stage"] for row in rows})
    known = [row for row in rows if row["value"] is not None]
    return (
        f"error rates of the stage {' and '.join(stages)} for {len(known)} groups and rates, each "
        f"with its n and a {case.lines.level:.0%} interval"
    )


def _accuracy(case: Case) -> str | None:
    model = case.record.get("model")
    if not model:
        return None
    auc, rows = model["metrics"].get("auc"), model["rows"]
    said = "" if not isinstance(auc, int | float) else f": AUC {auc:.3f}"
    return f"baseline {model['kind']}, {model['folds']}-fold cross-fitted on {rows:,} rows{said}"


def _manifest(case: Case) -> str | None:
    where = case.record["provenance"]
    versions = where.get("versions") or {}
    return (
        f"auditkit {versions.get('auditkit')}, seed {case.record['seed']}, "
        f"{len(versions)} versions of software recorded"
        + (f", command: {shown(where['command'], 160)}" if where.get("command") else "")
    )


def _aggregates(case: Case) -> str | None:
    return (
        f"only counts of groups leave the rows: {len(case.counts.n):,} cells of "
        f"{case.counts.total:,} people; no row and no name is kept"
    )


def _mitigation(case: Case) -> str | None:
    tried = case.answers.alternatives
    if not tried:
        return None
    names = ", ".join(shown(item.name, 40) for item in tried[:5])
    return f"{_counted(len(tried), 'alternative')} recorded: {names}"


def _tested_on(case: Case) -> str | None:
    return f"audit of {case.today.isoformat()} on {case.record['data']['people']:,} people"


EVIDENCE: dict[str, Callable[[Case], str | None]] = {
    "source": _source,
    "preparation": _preparation,
    "label": _label,
    "choices": _choices,
    "people": _people,
    "sizes": _sizes,
    "missing": _missing,
    "gaps": _gaps,
    "proxies": _proxies,
    "crossed": _crossed,
    "small_groups": _small,
    "population": _population,
    "quality": _quality,
    "strata": _strata,
    "performance": _performance,
    "accuracy": _accuracy,
    "manifest": _manifest,
    "aggregates": _aggregates,
    "mitigation": _mitigation,
    "tested_on": _tested_on,
}
"""Name of a piece of evidence → what finds it in the record; None where the record cannot say."""
