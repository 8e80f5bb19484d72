"""Roles are checked with few scans, and a column of many values is never held."""

from dataclasses import replace

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from auditkit import load, tally
from auditkit.errors import DataError, SchemaError
from auditkit.loaders import levels
from auditkit.loaders.bands import bands_of_ranks, proposed_bands

ROLES = {"label": "hired", "protected": ["sex", "race"]}


def table(rows=600):
    rng = np.random.default_rng(5)
    return pd.DataFrame(
        {
            "sex": rng.choice(["F", "M", None], rows),
            "race": rng.choice(["a", "b"], rows),
            "age": rng.normal(40, 10, rows).round(3),
            "id": np.arange(rows),
            "weight": rng.choice([0.5, 1.0], rows),
            "hired": rng.integers(0, 2, rows),
        }
    )


def relation(frame):
    return duckdb.connect().from_arrow(pa.Table.from_pandas(frame, preserve_index=False))


def test_one_scan_checks_the_roles_and_counts():
    frame = table()
    data = load(relation(frame), **ROLES)
    assert data.crossed is not None
    assert int(data.crossed[levels.ROWS].sum()) == len(frame)
    nothing = replace(data, crossing=None)
    assert list(tally(data).cells()) == list(tally(nothing).cells())
    assert list(tally(data).cells()) == list(tally(load(frame, **ROLES)).cells())


def test_a_crossing_says_nothing_of_another_frame():
    frame = table()
    data = load(relation(frame), **ROLES)
    half = replace(data, frame=relation(frame.head(300)))
    assert half.crossed is None
    assert tally(half).total == 300


@pytest.mark.parametrize("more", [{"weight": "weight"}, {"bins": {"age": (30, 50)}},
                                  {"score": "weight"}, {"count": "hired"}])  # fmt: skip
def test_what_the_crossing_does_not_tell_is_counted(more):
    frame = table()
    roles = {**ROLES, "protected": ["sex", "age"] if "bins" in more else ["sex"]}
    if "count" in more:
        roles["label"] = None
    found = tally(load(relation(frame), **roles, **more))
    assert list(found.cells()) == list(tally(load(frame, **roles, **more)).cells())


def lazily(frame):
    return pl.from_pandas(frame).lazy()


@pytest.fixture(params=[relation, lazily, pd.DataFrame], ids=["duckdb", "polars", "pandas"])
def held(request, monkeypatch):
    """A frame of which only 50 values a column may be held."""
    monkeypatch.setattr(levels, "_MANY", 50)
    return request.param(table())


def test_an_identifier_is_refused_without_its_values(held):
    with pytest.raises(SchemaError, match=r"'id' is a number with 600 values: .*=150,300,450 "):
        load(held, label="hired", protected="id")


def test_words_that_identify_are_refused_without_their_values(monkeypatch):
    monkeypatch.setattr(levels, "_MANY", 250)
    frame = table().assign(name=[f"n{place}" for place in range(600)])
    with pytest.raises(SchemaError, match=r"'name' has 600 values in 600 rows"):
        load(relation(frame), label="hired", protected="name")


def test_too_many_crossings_are_not_held(monkeypatch):
    frame = table()
    expected = list(tally(load(frame, **ROLES)).cells())
    monkeypatch.setattr(levels, "_MAX_CELLS", 5)
    data = load(relation(frame), **ROLES)
    assert data.crossed is None
    assert list(tally(data).cells()) == expected


def test_bands_of_many_values_are_those_of_all(held):
    # the quartiles of the 600 ages, to the nearest 5: test_bands_near_the_quartiles
    data = load(held, label="hired", protected="age", bins={"age": "auto"})
    assert data.schema.bins == {"age": proposed_bands(table()["age"].value_counts().to_dict())}
    data = load(held, label="hired", protected="age", bins={"age": (30,)})
    assert tally(data).total == 600
    with pytest.raises(DataError, match="all values fall into one band"):
        load(held, label="hired", protected="age", bins={"age": (1_000,)})


def test_bands_near_the_quartiles():
    ages = np.sort(table()["age"].to_numpy())
    # ranks 149, 299 and 449 are the first that 25, 50 and 75 % of 600 reach; the ages span 58,
    # so steps are of 5: 58 >= 8 * 5, 58 < 8 * 10
    step = 5.0
    by_hand = tuple(round(ages[rank] / step) * step for rank in (149, 299, 449))
    assert bands_of_ranks(600, lambda rank: float(ages[rank])) == by_hand
    assert bands_of_ranks(10, lambda rank: 0.0 if rank < 9 else 1.0) == ()
    with pytest.raises(DataError, match="infinite values cannot be cut"):
        proposed_bands({0.0: 3, float("inf"): 1})


def test_values_in_pandas_are_those_that_a_row_has():
    """A category of nobody is no group, and pandas and Arrow tell the same of every column."""
    frame = table().astype({"sex": pd.CategoricalDtype(["F", "M", "X"])})
    for name in ("sex", "race", "hired", "weight"):
        told = [
            levels.Levels(nw.from_native(native).lazy(), []).of(name)
            for native in (frame, pa.Table.from_pandas(frame.astype({"sex": "str"})))
        ]
        assert told[0] == told[1]
        counts = frame[name].value_counts(dropna=False)
        assert sum(told[0].values()) == len(frame)
        assert set(told[0].values()) == set(counts[counts > 0].tolist())
    assert set(levels.Levels(nw.from_native(frame).lazy(), []).of("sex")) == {"F", "M", None}
    assert {group[0] for group in tally(load(frame, **ROLES)).cube(["sex"]).groups} == {
        "F", "M", None,
    }  # fmt: skip
