"""Two audits side by side: what changed, and whether it is more than chance.

Both records carry their counts, so every comparison is made anew from them, with the reference
groups of the old audit: a gap that only changed its reference has not changed.
"""

from auditkit.comparison.comparing import compare_audits
from auditkit.comparison.rows import VERDICTS, Comparison, Row

__all__ = ["VERDICTS", "Comparison", "Row", "compare_audits"]
