"""Compliance: what statutes and practice ask for, from one statistical core.

- `impact` adverse impact from counts; `comparison` the columns of one comparison;
- `strata` pooling by Mantel-Haenszel; `benchmarks` shares against a benchmark;
- `packs` frameworks as dated data; `answers` what only a person can say; `entries` fills them;
- `tables` the kinds of tables; `words` each comparison in one sentence.

Nothing here says that anybody is compliant, fair or at fault: numbers are computed, lines are
named, and what cannot be computed is said.
"""

from auditkit.compliance.benchmarks import Benchmark, benchmark_tests
from auditkit.compliance.comparison import Comparison, Lines, Selected
from auditkit.compliance.frameworks import Frameworks, frameworks_of
from auditkit.compliance.impact import AdverseImpact, adverse_impact
from auditkit.compliance.packs import Pack, pack_names, read_pack
from auditkit.compliance.strata import Stratified, stratified_impact

__all__ = [
    "AdverseImpact",
    "Benchmark",
    "Comparison",
    "Frameworks",
    "Lines",
    "Pack",
    "Selected",
    "Stratified",
    "adverse_impact",
    "benchmark_tests",
    "frameworks_of",
    "pack_names",
    "read_pack",
    "stratified_impact",
]
