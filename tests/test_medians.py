"""Medians: exact, wherever the rows are."""

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditkit import load
from auditkit.errors import DataError, RequestError, SchemaError
from auditkit.loaders import ranks
from auditkit.loaders.medians import exact_median


def natives(frame):
    arrow = pa.Table.from_pandas(frame, preserve_index=False)
    lazy = pl.from_arrow(arrow).lazy()
    return [frame, arrow, lazy, duckdb.connect().from_arrow(arrow)]


def framed(values):
    return pd.DataFrame({"sex": ["F", "M"] * (len(values) // 2) + ["F"] * (len(values) % 2),
                         "score": values})  # fmt: skip


@pytest.mark.parametrize("rows", [50_000, 50_001])
@pytest.mark.parametrize("shape", ["normal", "ties", "far apart", "one value"])
def test_large_columns(rows, shape):
    rng = np.random.default_rng(2)
    values = {
        "normal": rng.normal(size=rows),
        "ties": rng.integers(0, 5, rows) / 4,
        "far apart": np.exp(rng.normal(0, 40, rows)),  # a bin as wide as all but a few values
        "one value": np.full(rows, 0.1),
    }[shape]
    for native in natives(framed(values)):
        assert exact_median(load(native, protected="sex"), "score") == np.median(values)


@given(st.lists(st.floats(-1e6, 1e6) | st.none(), min_size=2, max_size=60))
def test_it_is_numpys_median(values):
    known = [value for value in values if value is not None]
    frame = framed(pd.array(values, dtype="Float64"))
    if not known:
        with pytest.raises(DataError, match="holds no number"):
            exact_median(load(frame, protected="sex"), "score")
        return
    few, ranks._FEW = ranks._FEW, 3  # narrow bins from the start
    try:
        found = exact_median(load(frame, protected="sex"), "score")
    finally:
        ranks._FEW = few
    assert found == np.median(known)


def test_what_has_no_median():
    data = load(framed(np.arange(40.0)).assign(word="a"), protected="sex")
    with pytest.raises(SchemaError, match="no column 'scor'"):
        exact_median(data, "scor")
    with pytest.raises(RequestError, match="does not hold numbers"):
        exact_median(data, "word")
    data = load(framed(np.append(np.arange(39.0), np.inf)), protected="sex")
    with pytest.raises(DataError, match="infinite"):
        exact_median(data, "score")
