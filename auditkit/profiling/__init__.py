"""Facts about the rows that only the rows can tell, asked before anyone trains on them.

Counts cannot answer these: which cells are empty and for whom (`missing_by_group`), whether an
empty cell goes with the outcome (`missing_with_outcome`), which features stand in for a protected
attribute (`proxies`), which give the outcome away (`leakage`), and which groups are one group in
two spellings (`spelling_variants`). Columns that could be strata are counted here
(`stratum_candidates`) and judged by :mod:`auditkit.strata`.

Each function takes a pandas frame or plain arrays and returns frozen rows, whose ``to_dict()`` is
a row of the record. No verdicts here: a threshold is a policy, and belongs to the caller. The
order of the rows never matters, not even to the last digit. Undefined is None with a reason.

`weight` is a survey weight, and the tests then use Kish's effective sample size; with
``frequency=True`` it is a number of people (``--count``), and a row of 5 is the same as 5 rows.
"""

from auditkit.profiling.candidates import stratum_candidates
from auditkit.profiling.leakage import Leak, leakage
from auditkit.profiling.missing_outcome import MissingOutcome, missing_with_outcome
from auditkit.profiling.missingness import Missing, missing_by_group, missing_rows
from auditkit.profiling.profile import Profiled, profile_of
from auditkit.profiling.proxies import Proxy, proxies
from auditkit.profiling.spelling import Variants, spelling_variants
from auditkit.profiling.together import NOTHING

__all__ = [
    "NOTHING",
    "Leak",
    "Missing",
    "MissingOutcome",
    "Profiled",
    "Proxy",
    "Variants",
    "leakage",
    "missing_by_group",
    "missing_rows",
    "missing_with_outcome",
    "profile_of",
    "proxies",
    "spelling_variants",
    "stratum_candidates",
]
