"""Plain text for the terminal: the summary of an audit, the catalogue of metrics."""

from __future__ import annotations

import textwrap

from auditkit.errors import RequestError, nearest, shown
from auditkit.findings.finding import LEVELS
from auditkit.metrics.declared import METRICS
from auditkit.record import Audit

__all__ = ["audit_summary", "metric_list", "metric_page"]

_WORDS = {
    "flag": "FLAG",
    "inconclusive": "UNDECIDED",
    "note": "NOTE",
    "pass": "PASS",
}
_WIDTH = 100


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
        head = f"  {_WORDS[finding.level]:<10}"
        lines += textwrap.wrap(
            f"{shown(finding.title, 300)}",
            _WIDTH,
            initial_indent=head,
            subsequent_indent=" " * len(head),
        )
    lines += [
        "",
        "Statistical output. Not legal advice and not a finding of discrimination or compliance.",
    ]
    return "\n".join(lines)


def metric_list() -> str:
    """Return the catalogue: one line a metric."""
    width = max(len(name) for name in METRICS)
    rows = [f"{row.name:<{width}}  {row.formula}" for row in METRICS.values()]
    return "\n".join(
        [*rows, "", "Each also as NAME_difference and NAME_ratio. More: auditkit metrics NAME"]
    )


def metric_page(name: str) -> str:
    """Return all that is declared about one metric."""
    stem = name.removesuffix("_difference").removesuffix("_ratio")
    if stem not in METRICS:
        initials = {"".join(word[0] for word in known.split("_")): known for known in METRICS}
        meant = initials.get(stem.casefold())
        hint = f" (did you mean '{meant}'?)" if meant else nearest(name, METRICS)
        raise RequestError(f"no metric '{shown(name)}'{hint}; list them with: auditkit metrics")
    row = METRICS[stem]
    better = {"up": "higher", "down": "lower", "neither": "depends on the use"}[row.better]
    lines = [
        f"{row.title} ({row.name})",
        f"  formula    {row.formula}, in [0, 1]",
        f"  needs      {' and '.join(row.needs)}",
        f"  better     {better}",
        f"  undefined  {row.undefined}: no value and this reason; never 0 or 1",
        f"  source     {row.reference}",
        f"  python     from auditkit.metrics import {row.name}, {row.name}_difference, "
        f"{row.name}_ratio",
    ]
    return "\n".join(lines)
