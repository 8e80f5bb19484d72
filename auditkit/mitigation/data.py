"""What is handed over as a table: weights, or the data as a remedy leaves them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from auditkit.modelling import Table
from auditkit.remedies import (
    Setting,
    codes_of,
    relabelled,
    remover,
    resampled,
    weights_of,
    with_groups,
)
from auditkit.trainer import Prepared, column_names

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SOURCE_ROW", "data_of", "weights_table"]

Floats = NDArray[np.float64]

SOURCE_ROW = "source_row"
"""The column of repeated rows that says which row of the data they are (the first is 1)."""


def weights_table(
    setting: Setting, rows: Prepared, table: Table, attribute: str, identifier: str | None
) -> pd.DataFrame:
    """Return one weight a row, in the order of the rows; empty where the outcome is unknown."""
    import pandas as pd

    own = rows.weights if rows.seen.weighted else None
    codes = codes_of(setting.known, rows.groups[attribute])
    weight = weights_of(codes, rows.outcome, own)
    column = np.full(len(table.frame), np.nan)
    column[rows.rows] = weight if own is None else weight * own
    found: dict[str, Any] = {"row": np.arange(1, len(column) + 1)}
    if identifier is not None:
        found["id"] = table.frame[identifier].to_numpy()
    return pd.DataFrame(found | {"weight": column})


def data_of(
    remedy: str, setting: Setting, rows: Prepared, table: Table, attribute: str, scores: Floats
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the data as a remedy leaves them, and the roles of columns that were added.

    Parameters
    ----------
    remedy : str
        Its id.
    setting, rows, table, attribute
        What it was tried on.
    scores : ndarray of float64
        Of all `rows`, by models that did not see them.
    """
    name, _, variant = remedy.partition(":")
    if name == "resampling":
        return _resampled(setting, rows, table, attribute)
    if name == "relabelling":
        return _relabelled(setting, rows, table, attribute, scores, float(variant)), {}
    if name == "residualise":
        return _residualised(setting, rows, table, attribute, float(variant)), {}
    gone = {variant} if name == "drop-feature" else set(setting.proxies)
    return table.frame.drop(columns=sorted(gone)), {}


def _resampled(
    setting: Setting, rows: Prepared, table: Table, attribute: str
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Drop and repeat rows; those without an outcome stay as they are."""
    rng = np.random.default_rng([setting.bench.seed, 31])
    codes = codes_of(setting.known, rows.groups[attribute])
    drawn = rows.rows[resampled(codes, rows.outcome, rng)]
    unknown = np.flatnonzero(np.isnan(table.outcome))
    places = np.sort(np.concatenate([drawn, unknown]))
    column = _new_name(SOURCE_ROW, table.frame)
    found = table.frame.iloc[places].reset_index(drop=True)
    found[column] = places + 1
    return found, {"cluster": column}


def _relabelled(
    setting: Setting, rows: Prepared, table: Table, attribute: str, scores: Floats, part: float
) -> pd.DataFrame:
    codes = codes_of(setting.known, rows.groups[attribute])
    outcome = relabelled(codes, rows.outcome, scores, part)
    label = table.schema.label
    assert label is not None
    column = table.frame[label]
    spelled = {
        value: column[table.outcome == value].mode().iloc[0]  # the most frequent of several
        for value in (0.0, 1.0)
    }
    turned = column.copy()
    for value in (0.0, 1.0):
        places = rows.rows[(outcome == value) & (rows.outcome != value)]
        turned.iloc[places] = spelled[value]
    return table.frame.assign(**{label: turned})


def _residualised(
    setting: Setting, rows: Prepared, table: Table, attribute: str, alpha: float
) -> pd.DataFrame:
    """Put the columns that the logistic model sees, residualised, in the place of the features."""
    import pandas as pd

    bench = setting.bench
    fold, seen = bench.whole(), rows.seen.table
    x = np.empty((len(table.frame), fold.x_train.shape[1]))
    mine = bench.rows.rows
    others = np.setdiff1d(np.arange(len(table.frame)), mine)
    x[mine] = fold.x_train
    if len(others):
        x[others] = fold.design.transform(seen.frame.iloc[others])
    codes = codes_of(setting.known, table.groups[attribute])
    made = remover(setting, alpha)
    with bench.quiet(len(mine)):
        made.fit(with_groups(setting, codes[mine], x[mine]))
        left = np.asarray(made.transform(with_groups(setting, codes, x)), dtype=np.float64)
    kept = table.frame.drop(columns=list(rows.columns))
    names: list[str] = []
    for name in column_names(fold.design, seen):
        names.append(_new_name(name, [*kept.columns, *names]))
    return pd.concat([kept, pd.DataFrame(left, columns=names, index=kept.index)], axis=1)


def _new_name(wanted: str, taken: Any) -> str:
    """Return a name that no column has yet."""
    found, number = wanted, 2
    have = set(taken)
    while found in have:
        found, number = f"{wanted}_{number}", number + 1
    return found
