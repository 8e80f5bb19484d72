"""Two audits side by side: what changed, and whether it is more than chance."""

from __future__ import annotations

from auditkit.comparison.numbers import rates_and_gaps, shares
from auditkit.comparison.rows import Comparison, Row
from auditkit.comparison.sides import (
    about,
    definitions,
    findings,
    only_in_one,
    refuse_other_outcome,
)
from auditkit.comparison.verdicts import judged
from auditkit.errors import RequestError, listed
from auditkit.record import Audit

__all__ = ["compare_audits"]


def compare_audits(old: Audit, new: Audit) -> Comparison:
    """Compare two audits of the same question: two years, two versions of a model.

    Parameters
    ----------
    old, new : Audit
        Records with a protected attribute in common. Level, alpha and the smallest group that is
        judged are those of the new audit's policy.

    Returns
    -------
    Comparison
        Shares, rates and gaps, then and now. The tests take the people of the two audits for
        different people; where both read the same file they are cautious, and a note says so.

    Raises
    ------
    RequestError
        When the audits have no protected attribute or no group in common, or judge different
        outcomes.

    Examples
    --------
    >>> import pandas as pd
    >>> import auditkit
    >>> def hired(women):
    ...     rows = {"sex": ["F", "F", "M", "M"], "hired": [1, 0, 1, 0]}
    ...     frame = pd.DataFrame({**rows, "n": [women, 500 - women, 250, 250]})
    ...     data = auditkit.load(frame, label="hired", protected="sex", count="n")
    ...     return auditkit.audit(data, model="none")
    >>> found = compare_audits(hired(240), hired(150))
    >>> [(row.group, row.verdict) for row in found.rows if row.what == "gap"]
    [(('F',), 'worse')]
    """
    shared = [name for name in old.schema["protected"] if name in new.schema["protected"]]
    if not shared:
        raise RequestError(
            f"nothing to compare: the old audit is by {listed(old.schema['protected'])}, the new "
            f"one by {listed(new.schema['protected'])}"
        )
    refuse_other_outcome(old, new)
    notes = [*definitions(old, new)]
    sets: list[tuple[str, ...]] = [(name,) for name in shared]
    sets += [tuple(shared)] if len(shared) > 1 else []
    stages = [s for s in old.counts.outcomes if s in new.counts.outcomes]
    policy = new.policy
    rows: list[Row] = []
    for attributes in sets:
        rows += shares(old.counts, new.counts, attributes, level=policy["level"])
        notes += only_in_one(old.counts, new.counts, attributes)
    for stage in stages:
        for attributes in sets:
            rows += rates_and_gaps(old, new, attributes, stage)
    return Comparison(
        old=about(old),
        new=about(new),
        notes=tuple(notes),
        rows=tuple(judged(rows, min_group=policy["min_group"], alpha=policy["alpha"])),
        findings=tuple(findings(old, new)),
        level=policy["level"],
        alpha=policy["alpha"],
    )
