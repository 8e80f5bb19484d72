"""The rows beyond the sample: scored in batches by a model that did not see them, and counted.

Rows become counts as they pass: cells with the model's decisions, and score bins. Both add up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from auditkit.counts import MODEL, UNKNOWN, Counts
from auditkit.loaders import MODEL_COLUMN, Dataset, tally
from auditkit.loaders.groups import group_columns, outcome_column
from auditkit.modelling import Modelled
from auditkit.score_bins import add_bins, score_bins

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Unseen", "count_unseen", "with_unknown"]

_ENGINE = (
    "{left:,} rows beyond the sample were not scored by the model: this engine does not tell which "
    "rows are in the sample"
)
_SCORED = (
    "{done:,} rows beyond the sample were scored in batches by a model of the same kind that saw "
    "none of them; how good the model is was measured in the sample"
)
_CUT_OFF = "interrupted: {left:,} rows beyond the sample were not scored by the model"


@dataclass(frozen=True, eq=False)
class Unseen:
    """Counts of the rows beyond the sample, and the model's part of the record with them."""

    counts: Counts
    record: dict[str, Any]
    interrupted: bool = False


def count_unseen(
    whole: Dataset,
    fitted: Modelled,
    sampled: Counts,
    *,
    limit: int,
    seed: int,
    total: int,
    tell: Callable[[str, int, int], None] | None = None,
) -> Unseen:
    """Score the rows that the sample left out, and add them to the counts of the sample.

    Parameters
    ----------
    whole : Dataset
        All rows.
    fitted : Modelled
        The model of the sample.
    sampled : Counts
        Of the sample, with the model's decisions.
    limit, seed, total : int
        As the sample was drawn, of how many rows.
    tell : callable, optional
        Called as ``tell("scoring", done, total)``.

    Returns
    -------
    Unseen
        After an interruption, with the rows that were scored by then.
    """
    record, counts = dict(fitted.record), sampled
    left = total - limit
    batches = None if fitted.others is None else whole.beyond(limit, seed, total=total)
    if batches is None:
        note = _ENGINE if fitted.others is not None else _CUT_OFF
        return Unseen(counts, _with_note(record, note, 0, left))
    told, done = tell or (lambda what, done, total: None), 0
    told("scoring", 0, left)
    try:
        for size, more, bins in _counted(whole, fitted, batches):
            counts = counts + more
            record["score_bins"] = add_bins(record["score_bins"], bins)
            done += size
            told("scoring", done, left)
    except KeyboardInterrupt:
        return Unseen(counts, _with_note(record, _CUT_OFF, done, left - done), interrupted=True)
    return Unseen(counts, _with_note(record, _SCORED, done, left - done))


def _counted(
    whole: Dataset, fitted: Modelled, batches: Iterator[pd.DataFrame]
) -> Iterator[tuple[int, Counts, dict[str, Any]]]:
    """Yield the size of each batch, its counts and its score bins."""
    assert fitted.others is not None
    schema, threshold = whole.schema, fitted.record["threshold"]
    with whole.asked():
        for frame in batches:
            outcome = outcome_column(frame, schema)
            known = ~np.isnan(outcome)
            scores = np.full(len(frame), np.nan)
            if known.any():
                scores[known] = fitted.others(frame[known])
            chosen = np.where(known, (scores >= threshold).astype(np.float64), np.nan)
            part = replace(whole, frame=frame.assign(**{MODEL_COLUMN: chosen}))
            groups = group_columns(frame, schema)
            yield len(frame), tally(part), score_bins(scores, outcome, groups, threshold=threshold)


def _with_note(record: dict[str, Any], note: str, done: int, left: int) -> dict[str, Any]:
    told = note.format(done=done, left=left)
    return {**record, "scored": record["rows"] + done, "notes": [*record["notes"], told]}


def with_unknown(sample: Counts, everyone: Counts) -> Counts:
    """Give everyone the model's view: the sample's, and unknown for those it did not see."""
    if MODEL not in sample.outcomes:
        return everyone
    place = sample.outcomes.index(MODEL)
    rest = {cell: list(sums) for cell, sums in everyone.cells()}
    cells = []
    for (group, strata, outcome), sums in sample.cells():
        left = rest[group, strata, outcome[:place] + outcome[place + 1 :]]
        for index, value in enumerate(sums):
            left[index] -= value
        cells.append(((group, strata, outcome), sums))
    for (group, strata, outcome), (n, w, w2) in rest.items():
        if n > 0:  # sums of weights leave crumbs where nobody is left
            unknown = (*outcome[:place], UNKNOWN, *outcome[place:])
            cells.append(((group, strata, unknown), (int(n), max(w, 0.0), max(w2, 0.0))))
    return Counts.from_cells(
        cells, attributes=sample.attributes, strata=sample.strata, outcomes=sample.outcomes
    )
