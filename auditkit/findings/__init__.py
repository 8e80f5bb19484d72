"""Judge: from estimates to findings, by a policy that is data."""

from auditkit.findings.asides import with_asides
from auditkit.findings.causes import cause_findings
from auditkit.findings.data import data_findings
from auditkit.findings.finding import KINDS, LEVELS, Finding, numbered
from auditkit.findings.gaps import gap_findings, subgroup_findings
from auditkit.findings.people import representation_findings, small_group_findings
from auditkit.findings.remedies import remedy_findings
from auditkit.findings.stages import stage_findings
from auditkit.findings.strata import (
    scan_findings,
    simpson_findings,
    split_sentence,
    strata_findings,
)
from auditkit.findings.unknown import bounds_sentence, not_identified_findings
from auditkit.findings.verdicts import judge

__all__ = [
    "KINDS",
    "LEVELS",
    "Finding",
    "bounds_sentence",
    "cause_findings",
    "data_findings",
    "gap_findings",
    "judge",
    "not_identified_findings",
    "numbered",
    "remedy_findings",
    "representation_findings",
    "scan_findings",
    "simpson_findings",
    "small_group_findings",
    "split_sentence",
    "stage_findings",
    "strata_findings",
    "subgroup_findings",
    "with_asides",
]
