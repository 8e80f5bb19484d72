"""Plain text for the terminal: the summary of an audit, the catalogue of metrics."""

from __future__ import annotations

import textwrap

from auditkit.comparison import VERDICTS, Comparison, Row
from auditkit.errors import RequestError, nearest, shown
from auditkit.findings.finding import LEVELS, group_name, number
from auditkit.metrics.declared import METRICS
from auditkit.metrics.elsewhere import LIBRARIES, answers_to
from auditkit.metrics.listing import FAMILIES, catalogue
from auditkit.record import Audit

__all__ = ["audit_summary", "comparison_summary", "metric_list", "metric_page"]

_WORDS = {
    "flag": "FLAG",
    "inconclusive": "UNDECIDED",
    "note": "NOTE",
    "pass": "PASS",
}
_WIDTH = 100
_DISCLAIMER = (
    "Statistical output. Not legal advice and not a finding of discrimination or compliance."
)
_BETTER = {
    "up": "higher",
    "down": "lower",
    "neither": "depends on the use",
    "zero": "0 means no difference",
    "one": "1 means no difference",
}


def audit_summary(audit: Audit) -> str:
    """Return what a person should read first: counts of findings, then a line for each."""
    data, schema = audit.data, audit.schema
    about = f"{data['people']:,} people" if data["people"] else "no people"
    source = shown(data["source"] or "a frame in memory")
    outcome = f", outcome {shown(schema['label'])} = {shown(schema['positive'])}"
    lines = [
        f"{source}: {about}{outcome if schema['label'] else ''}, "
        f"by {', '.join(shown(name) for name in schema['protected'])}",
        "",
    ]
    counts = {level: sum(f.level == level for f in audit.findings) for level in LEVELS}
    lines.append(
        f"{counts['flag']} flagged, {counts['inconclusive']} undecided, {counts['note']} notes, "
        f"{counts['pass']} within the lines"
    )
    for finding in audit.findings:
        lines += _indented(f"  {_WORDS[finding.level]:<10}", shown(finding.title, 300))
    return "\n".join([*lines, "", _DISCLAIMER])


def comparison_summary(found: Comparison) -> str:
    """Return what changed between two audits: gaps by verdict, findings, notes."""
    sides = [
        f"{shown(side['source'] or 'a frame in memory')} ({side['people']:,} people, "
        f"{side['created'][:10]})"
        for side in (found.old, found.new)
    ]
    counts = ", ".join(f"{len(found.gaps(verdict))} {verdict}" for verdict in VERDICTS)
    lines = [f"{sides[0]} against {sides[1]}", "", f"Gaps: {counts}"]
    for verdict in ("worse", "better"):
        for row in found.gaps(verdict):
            lines += _indented(f"  {verdict.upper():<8}", _gap_line(row))
    shares = [row for row in found.rows if row.what == "share" and _clear(row, found.alpha)]
    if shares:
        lines.append("Shares that moved:")
    for row in shares:
        then, now = (f"{100 * value:.1f} %" for value in (row.old or 0.0, row.new or 0.0))
        lines += _indented("  ", f"{_who(row)}: {then} then, {now} now")
    if found.findings:
        lines.append("Findings that changed:")
    for item in found.findings:
        then, now = (_WORDS.get(item[key], "-") for key in ("old_level", "new_level"))
        lines += _indented("  ", f"{then} to {now}: {shown(item['title'], 300)}")
    lines += ["", *(line for note in found.notes for line in _indented("Note: ", shown(note, 400)))]
    return "\n".join([*lines, "", _DISCLAIMER])


def _clear(row: Row, alpha: float) -> bool:
    return row.p_adjusted is not None and row.p_adjusted < alpha


def _who(row: Row) -> str:
    return f"{' × '.join(map(shown, row.attributes))}: {shown(group_name(row.group), 200)}"


def _gap_line(row: Row) -> str:
    assert row.metric is not None
    return (
        f"{_who(row)}: {METRICS[row.metric].title.lower()} ({row.stage}) at {number(row.old)} then "
        f"and {number(row.new)} now times that of {shown(group_name(row.reference), 200)}, "
        f"corrected p = {number(row.p_adjusted, 3)}"
    )


def _indented(head: str, text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=head, subsequent_indent=" " * len(head))


def metric_list() -> str:
    """Return the catalogue: one line a metric, by family."""
    rows = list(catalogue().values())
    width = max(len(row.name) for row in rows)
    lines = []
    for family, heading in FAMILIES.items():
        lines += ["", heading]
        lines += [f"  {row.name:<{width}}  {row.formula}" for row in rows if row.family == family]
    more = (
        "Rates also as NAME_difference and NAME_ratio. More: auditkit metrics NAME, also by the "
        "name that another library has for it."
    )
    return "\n".join([*lines[1:], "", more])


def _elsewhere(name: str) -> str:
    """Return what answers to a name of other libraries."""
    lines = []
    for row in answers_to(name):
        lines.append(f"{LIBRARIES[row.library]} calls it {row.name}")
        here = (
            f"from auditkit.metrics import {', '.join(row.here)}" if row.here else "has no answer"
        )
        lines.append(f"  here       {here}")
        lines += [f"  note       {row.note.replace('`', '')}"] if row.note else []
    return "\n".join(lines)


def metric_page(name: str) -> str:
    """Return all that is declared about one metric."""
    rows = catalogue()
    stem = name
    for end in ("_difference", "_ratio", "_group_min", "_group_max"):
        stem = stem.removesuffix(end)
    row = rows.get(name) or rows.get(stem)
    if row is None:
        initials = {"".join(word[0] for word in known.split("_")): known for known in METRICS}
        meant = initials.get(stem.casefold())
        if meant is None and answers_to(name):
            return _elsewhere(name)
        hint = f" (did you mean '{meant}'?)" if meant else nearest(name, rows)
        raise RequestError(f"no metric '{shown(name)}'{hint}; list them with: auditkit metrics")
    imported = [row.name]
    if row.name in METRICS:
        imported += [f"{row.name}_difference", f"{row.name}_ratio"]
        imported += [f"{row.name}_group_min", f"{row.name}_group_max"]
    lines = [
        f"{row.title} ({row.name})",
        f"  formula    {row.formula}",
        f"  range      {row.range}",
        f"  needs      {' and '.join(row.needs)}",
        f"  better     {_BETTER[row.better]}",
        f"  undefined  {row.undefined}: no value and this reason; never 0 or 1",
        f"  source     {row.reference}",
        f"  python     from auditkit.metrics import {', '.join(imported)}",
    ]
    return "\n".join(lines)
