"""The kinds of tables that a pack may ask for: what builds each, and what it may be told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from auditkit.compliance import checklists, impact_tables, pay, rates_tables, state_tables
from auditkit.compliance.case import Case, Made

__all__ = ["KINDS", "Kind"]

Build = Callable[[Case, Mapping[str, Any]], Made]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of table.

    Attributes
    ----------
    build : callable
        Takes a case and the options of the table.
    options : mapping of str to type
        What a pack may tell it.
    needs : tuple of str
        Which of these it must.
    check : callable or None
        Looks at the options closer.
    """

    build: Build
    options: Mapping[str, type] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    check: Callable[[Mapping[str, Any], str], None] | None = None


KINDS: dict[str, Kind] = {
    "category_rates": Kind(
        build=rates_tables.category_rates, options={"attributes": list}, needs=("attributes",)
    ),
    "category_tests": Kind(
        build=rates_tables.category_tests, options={"attributes": list}, needs=("attributes",)
    ),
    "small_categories": Kind(
        build=rates_tables.small_categories, options={"of": list}, needs=("of",)
    ),
    "unknown_rows": Kind(build=rates_tables.unknown_rows, options={"of": list}, needs=("of",)),
    "impact": Kind(build=impact_tables.impact),
    "pairwise": Kind(build=impact_tables.pairwise),
    "strata_pooled": Kind(build=impact_tables.strata_pooled),
    "strata_each": Kind(build=impact_tables.strata_each),
    "trend": Kind(build=impact_tables.trend),
    "stages": Kind(build=impact_tables.stages),
    "recordkeeping": Kind(build=impact_tables.recordkeeping),
    "benchmarks": Kind(build=impact_tables.benchmarks),
    "practical": Kind(build=impact_tables.practical),
    "pay_raw": Kind(build=pay.pay_raw),
    "pay_models": Kind(build=pay.pay_models),
    "pay_factors": Kind(build=pay.pay_factors),
    "pay_tainted": Kind(build=pay.pay_tainted),
    "pay_gap": Kind(build=pay.pay_gap),
    "checklist": Kind(
        build=checklists.checklist,
        options={"rows": list},
        needs=("rows",),
        check=checklists.check_rows,
    ),
    "alternatives": Kind(build=state_tables.alternatives),
    "postcodes": Kind(build=state_tables.postcodes),
    "testing": Kind(build=state_tables.testing),
    "coverage": Kind(
        build=state_tables.coverage,
        options={"classes": dict},
        needs=("classes",),
        check=state_tables.check_classes,
    ),
    "retention": Kind(build=state_tables.retention, options={"years": int}),
    "group_rates": Kind(build=state_tables.group_rates),
    "utilisation": Kind(build=state_tables.utilisation),
}
"""Kind of table → how it is built."""
