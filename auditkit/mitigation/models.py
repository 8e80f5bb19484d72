"""Models that are handed over, of a remedy that was learned from all rows."""

from __future__ import annotations

from typing import Any

from auditkit.counts import group_text
from auditkit.errors import DataError
from auditkit.modelling import Table
from auditkit.remedies import Lines, Lottery, Method, Setting
from auditkit.schema import Schema, band_labels
from auditkit.trainer import DecidingModel, Fitted, Reader, ScoringModel

__all__ = ["outcomes_of", "whole_model"]

Model = ScoringModel | DecidingModel


def outcomes_of(table: Table) -> list[str]:
    """Return the other outcome and the event as the label spells them.

    Where several values are not the event, the other outcome is ``not`` the event.
    """
    schema = table.schema
    column, event = table.frame[schema.label], schema.positive or "1"
    others = {group_text(value) for value in column[table.outcome == 0.0].unique().tolist()}
    return [str(others.pop()) if len(others) == 1 else f"not {event}", event]


def whole_model(
    setting: Setting, made: Method | Lines, attribute: str, table: Table, threshold: float
) -> Model:
    """Learn a remedy from all rows of the bench, and return it as a model.

    Raises
    ------
    DataError
        When the rows hold one outcome only.
    """
    bench, outcomes = setting.bench, outcomes_of(table)
    gone = made.without if isinstance(made, Method) else frozenset()
    fold = bench.whole(gone)
    with bench.quiet(len(fold.train)):
        learned = made.learn(fold) if isinstance(made, Method) else bench.plain(fold)
    reader = Reader.of(bench.rows, gone)
    if isinstance(learned, Lottery):
        return DecidingModel(
            reader, fold.design, list(learned.models), chances=list(learned.chances), lines=None,
            group=None, outcomes=outcomes, seed=bench.seed,
        )  # fmt: skip
    if not isinstance(learned, Fitted) or learned.model is None:
        raise DataError("the remedy leaves one outcome only to learn from: there is no model")
    if isinstance(made, Method):
        return ScoringModel(
            reader, fold.design, learned.model, outcomes=outcomes, threshold=threshold
        )
    lines = made.lines()
    group = None if None in lines else _group(table.schema, attribute, setting)
    told = [[code, [list(line) for line in mine]] for code, mine in lines.items()]
    return DecidingModel(
        reader, fold.design, [learned.model], chances=[1.0], lines=told, group=group,
        outcomes=outcomes, seed=bench.seed,
    )  # fmt: skip


def _group(schema: Schema, attribute: str, setting: Setting) -> dict[str, Any]:
    """Return how the group of a row is read."""
    edges = schema.bins.get(attribute, ())
    assert not isinstance(edges, str)
    return {
        "column": attribute,
        "values": dict(schema.values.get(attribute, {})),
        "edges": [float(edge) for edge in edges],
        "labels": list(band_labels(edges)) if edges else [],
        "names": list(setting.known),
        "others": setting.others,
    }
