"""Like compared with like, and groups crossed: where a gap comes from, and where it hides.

- `adjusting`: does a gap hold among people in the same department or site;
- `splitting`: how much of a gap is who is where, and how much is how they fare there;
- `scanning`: columns that nobody declared and that would change a gap;
- `crossed`: crossed groups beside all others;
- `arrays`: the comparison within strata from columns, in one call.
"""

from auditkit.strata.adjusting import stratify
from auditkit.strata.arrays import AdjustedGap, adjusted_gaps
from auditkit.strata.crossed import subgroup_scan
from auditkit.strata.scanning import propose_strata
from auditkit.strata.splitting import decompose

__all__ = [
    "AdjustedGap",
    "adjusted_gaps",
    "decompose",
    "propose_strata",
    "stratify",
    "subgroup_scan",
]
