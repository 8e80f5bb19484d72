"""auditkit audits a dataset, and what is decided from it, for differences between groups.

The doorway: names only. Each is imported when it is first used, so that ``import auditkit`` stays
light.

Examples
--------
>>> import auditkit
>>> import pandas as pd
>>> frame = pd.DataFrame({"sex": ["F", "M"] * 40, "hired": [0, 1, 1, 1] * 20})
>>> data = auditkit.load(frame, label="hired", protected=["sex"])
>>> audit = auditkit.audit(data, model="none")
>>> [finding.title for finding in audit.findings if finding.kind == "outcome-gap"]
['sex: F has the outcome at 0.50 times the rate of M']
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from auditkit.comparison import Comparison as Comparison
    from auditkit.comparison import compare_audits as compare_audits
    from auditkit.counts import Counts as Counts
    from auditkit.errors import AuditkitError as AuditkitError
    from auditkit.errors import DataError as DataError
    from auditkit.errors import MetricError as MetricError
    from auditkit.errors import MissingExtraError as MissingExtraError
    from auditkit.errors import RequestError as RequestError
    from auditkit.errors import SchemaError as SchemaError
    from auditkit.errors import UndefinedMetricWarning as UndefinedMetricWarning
    from auditkit.fairness import Disparity as Disparity
    from auditkit.fairness import Estimate as Estimate
    from auditkit.findings import Finding as Finding
    from auditkit.loaders import Dataset as Dataset
    from auditkit.loaders import load as load
    from auditkit.loaders import tally as tally
    from auditkit.mitigation import Mitigated as Mitigated
    from auditkit.mitigation import mitigate as mitigate
    from auditkit.policy import Policy as Policy
    from auditkit.population import Population as Population
    from auditkit.record import Audit as Audit
    from auditkit.report import figures_of as figures_of
    from auditkit.report import render as render
    from auditkit.run import audit as audit
    from auditkit.run import profile as profile
    from auditkit.schema import Schema as Schema

__version__ = "0.1.0"

_HOME = {
    "Audit": "auditkit.record",
    "AuditkitError": "auditkit.errors",
    "Comparison": "auditkit.comparison",
    "Counts": "auditkit.counts",
    "DataError": "auditkit.errors",
    "Dataset": "auditkit.loaders",
    "Disparity": "auditkit.fairness",
    "Estimate": "auditkit.fairness",
    "Finding": "auditkit.findings",
    "MetricError": "auditkit.errors",
    "MissingExtraError": "auditkit.errors",
    "Mitigated": "auditkit.mitigation",
    "Policy": "auditkit.policy",
    "Population": "auditkit.population",
    "RequestError": "auditkit.errors",
    "Schema": "auditkit.schema",
    "SchemaError": "auditkit.errors",
    "UndefinedMetricWarning": "auditkit.errors",
    "audit": "auditkit.run",
    "compare_audits": "auditkit.comparison",
    "figures_of": "auditkit.report",
    "load": "auditkit.loaders",
    "mitigate": "auditkit.mitigation",
    "profile": "auditkit.run",
    "render": "auditkit.report",
    "tally": "auditkit.loaders",
}

__all__ = [
    "Audit",
    "AuditkitError",
    "Comparison",
    "Counts",
    "DataError",
    "Dataset",
    "Disparity",
    "Estimate",
    "Finding",
    "MetricError",
    "MissingExtraError",
    "Mitigated",
    "Policy",
    "Population",
    "RequestError",
    "Schema",
    "SchemaError",
    "UndefinedMetricWarning",
    "audit",
    "compare_audits",
    "figures_of",
    "load",
    "mitigate",
    "profile",
    "render",
    "tally",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for (PEP 562)."""
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'auditkit' has no attribute {name!r}")
    return getattr(importlib.import_module(home), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
