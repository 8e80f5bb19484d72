"""One table, every engine: the same cells, whatever holds the rows."""

import datetime as dt
from collections import Counter

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from auditkit import load, tally
from auditkit.counts import Counts, group_text
from auditkit.loaders.groups import group_columns, outcome_column
from auditkit.schema import band_labels

ROWS = 600
DAYS = (dt.date(2025, 1, 1), dt.date(2025, 7, 1))


def columns():
    """Plain Python values, None where a cell is empty."""
    rng = np.random.default_rng(20260101)

    def draw(values, share=None):
        chosen = rng.choice(len(values), ROWS, p=share)
        return [values[index] for index in chosen]

    return {
        "sex": draw(["F", "M", "NA", "Zoë", None]),
        "married": draw([True, False, None]),
        "code": draw([1, 2, 3, None]),
        "day": draw([*DAYS, None]),
        "age": draw([*range(18, 70), None]),
        "height": [None if v is None else v / 8 for v in draw([*range(1200, 1700, 7), None])],
        "site": draw(["a", "b", None]),
        "hired": draw(["yes", "no", None]),
        "chosen": draw([True, False, None]),
        "score": [None if v is None else v / 64 for v in draw([*range(65), None])],
        # Sums of these are exact, so that the order of adding cannot show.
        "weight": draw([0.25, 0.5, 1.0, 2.0]),
        "people": draw([0, 1, 2, 40]),
    }


COLUMNS = columns()
LABEL = {"label": "hired", "positive": "yes"}
REQUESTS = {
    "text and missing": {**LABEL, "protected": "sex"},
    "booleans": {**LABEL, "protected": "married", "prediction": "chosen"},
    "whole numbers": {**LABEL, "protected": "code"},
    "dates": {**LABEL, "protected": "day"},
    "crossed": {**LABEL, "protected": ["sex", "married", "code"], "strata": "site"},
    "weights": {**LABEL, "protected": "sex", "weight": "weight"},
    "counts": {**LABEL, "protected": "sex", "count": "people"},
    "counts and weights": {**LABEL, "protected": "sex", "count": "people", "weight": "weight"},
    "bands": {**LABEL, "protected": ["age", "height"], "bins": {"age": [25, 40], "height": 180.5}},
    "proposed bands": {**LABEL, "protected": "age", "bins": {"age": "auto"}},
    "score": {**LABEL, "protected": "sex", "score": "score"},
    "score and threshold": {"protected": "sex", "score": "score", "threshold": 0.75},
    "spellings": {**LABEL, "protected": "sex", "values": {"sex": {"NA": "F"}}},
    "no label": {"protected": ["sex", "day"], "strata": "site"},
}
ARROW = {
    "sex": pa.string(), "married": pa.bool_(), "code": pa.int64(), "day": pa.date32(),
    "age": pa.int16(), "height": pa.float64(), "site": pa.string(), "hired": pa.string(),
    "chosen": pa.bool_(), "score": pa.float64(), "weight": pa.float64(), "people": pa.int32(),
}  # fmt: skip
TEXT = ("sex", "site", "hired")
NUMBERS = ("age", "height", "score", "weight", "people")


def pandas_default():
    frame = pd.DataFrame(COLUMNS)
    return frame.assign(day=pd.to_datetime(frame["day"]))


def pandas_object():
    judged = {name: COLUMNS[name] for name in COLUMNS if name not in NUMBERS}
    numbers = {name: COLUMNS[name] for name in NUMBERS}
    return pd.DataFrame(judged, dtype=object).join(pd.DataFrame(numbers))[list(COLUMNS)]


def pandas_category():
    frame = pandas_default()
    judged = ("sex", "married", "code", "day", "site", "hired", "chosen")
    return frame.astype(dict.fromkeys(judged, "category"))


def pandas_nullable():
    dtypes = {
        **dict.fromkeys(TEXT, "string"),
        **dict.fromkeys(("married", "chosen"), "boolean"),
        **dict.fromkeys(("code", "age", "people"), "Int64"),
        **dict.fromkeys(("height", "score", "weight"), "Float64"),
    }
    return pandas_default().astype(dtypes)


def arrow():
    arrays = {name: pa.array(values, type=ARROW[name]) for name, values in COLUMNS.items()}
    return pa.table(arrays)


def pandas_arrow():
    return arrow().to_pandas(types_mapper=pd.ArrowDtype)


def pandas_odd_index():
    return pandas_default().set_index(pd.Index([7] * ROWS))


def polars():
    return pl.from_arrow(arrow())


def polars_lazy():
    return polars().lazy()


def polars_category():
    return polars().with_columns(pl.col("sex", "site", "hired").cast(pl.Categorical))


def polars_nan():
    """NaN and null side by side: both are an empty cell."""
    half = pl.int_range(ROWS) % 2 == 0
    holes = [
        pl.when(half & pl.col(name).is_null())
        .then(float("nan"))
        .otherwise(pl.col(name))
        .alias(name)
        for name in ("height", "score")
    ]
    return polars().with_columns(*holes)


def arrow_chunked():
    return pa.concat_tables([arrow().slice(0, 7), arrow().slice(7, 300), arrow().slice(307)])


def arrow_dictionary():
    table = arrow()
    place = table.column_names.index("sex")
    return table.set_column(place, "sex", table["sex"].dictionary_encode())


def duckdb_relation():
    return duckdb.connect().from_arrow(arrow())


def narwhals_frame():
    return nw.from_native(polars())


ENGINES = [
    pandas_default, pandas_object, pandas_category, pandas_nullable, pandas_arrow,
    pandas_odd_index, polars, polars_lazy, polars_category, polars_nan, arrow, arrow_chunked,
    arrow_dictionary, duckdb_relation, narwhals_frame,
]  # fmt: skip


def by_hand(options):
    """Count with nothing but Python and the names of the groups."""
    protected, strata = options["protected"], options.get("strata", ())
    protected = [protected] if isinstance(protected, str) else protected
    strata = [strata] if isinstance(strata, str) else strata
    bins, spelled = options.get("bins", {}), options.get("values", {})

    def group(name, value):
        if value is None:
            return None
        if name in bins:
            edges = np.atleast_1d(bins[name]).tolist()
            return band_labels(tuple(edges))[sum(value >= edge for edge in edges)]
        text = group_text(value)
        return spelled.get(name, {}).get(text, text)

    def outcome(row):
        found = []
        if "label" in options:
            found.append({None: 2, "no": 0, "yes": 1}[row["hired"]])
        if "prediction" in options:
            found.append({None: 2, False: 0, True: 1}[row["chosen"]])
        if "score" in options:
            score = row["score"]
            found.append(2 if score is None else int(score >= options.get("threshold", 0.5)))
        return tuple(found)

    cells = []
    for index in range(ROWS):
        row = {name: values[index] for name, values in COLUMNS.items()}
        people = row["people"] if "count" in options else 1
        weight = row["weight"] if "weight" in options else 1.0
        key = (
            tuple(group(name, row[name]) for name in protected),
            tuple(group(name, row[name]) for name in strata),
            outcome(row),
        )
        cells.append((key, (people, people * weight, people * weight * weight)))
    outcomes = [
        *(["label"] if "label" in options else []),
        *(["decision"] if {"prediction", "score"} & set(options) else []),
    ]
    return Counts.from_cells(cells, attributes=protected, strata=strata, outcomes=outcomes)


@pytest.mark.parametrize("request_", REQUESTS)
@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.__name__)
def test_the_same_cells_from_every_engine(engine, request_):
    options = dict(REQUESTS[request_])
    found = tally(load(engine(), **options))
    if options.get("bins") == {"age": "auto"}:  # quarters of 18 to 69, to the nearest five
        options["bins"] = {"age": (30, 45, 55)}
    assert found == by_hand(options)
    assert found.total == (sum(COLUMNS["people"]) if "count" in options else ROWS)


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.__name__)
def test_what_is_inferred_does_not_depend_on_the_engine(engine):
    options = {"label": "chosen", "protected": "sex", "score": "score"}
    data = load(engine(), **options)
    assert data.schema.positive == "True"
    assert data.schema == load(pandas_default(), **options).schema
    assert data.notes == load(pandas_default(), **options).notes
    assert data.columns == tuple(COLUMNS)


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.__name__)
def test_rows_come_back_as_pandas(engine):
    frame = load(engine(), protected="sex").to_pandas()
    assert frame.shape == (ROWS, len(COLUMNS))
    assert frame["age"].mean() == pytest.approx(pandas_default()["age"].mean())


def test_a_file_and_its_frame_give_the_same_cells(tmp_path):
    frame = pandas_default().drop(columns=["married", "code", "chosen"])
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_parquet(tmp_path / "t.parquet")
    options = {**REQUESTS["bands"], "strata": "site", "weight": "weight"}
    expected = tally(load(frame, **options))
    assert tally(load(tmp_path / "t.csv", **options)) == expected
    assert tally(load(tmp_path / "t.parquet", **options)) == expected


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.__name__)
@pytest.mark.parametrize("request_", ["crossed", "bands", "spellings", "dates"])
def test_the_profile_and_the_trainer_see_the_groups_that_are_counted(engine, request_):
    data = load(engine(), **REQUESTS[request_])
    counts, frame = tally(data), data.to_pandas()
    for name, groups in group_columns(frame, data.schema).items():
        counted = {group: counts.where(**{name: group}).total for group in counts.values(name)}
        assert Counter(groups) == counted
    outcome = outcome_column(frame, data.schema)
    found = [(outcome == 0).sum(), (outcome == 1).sum(), np.isnan(outcome).sum()]
    assert found == [counts.where(label=value).total for value in (0, 1, 2)]


NAMES = ['se"x', "g'; drop table t", "ü", "a.b", "a b", "{x}", "%s", "label", "n", "value", "-"]


@pytest.mark.parametrize("name", NAMES)
def test_a_column_may_have_any_name(name):
    columns = {name: ["a", "b"] * 20, "y y": [0, 1, 1, 0] * 10, "w'w": [1.0, 2.0] * 20}
    frame = pd.DataFrame(columns)
    table = pa.table(columns)
    natives = [frame, pl.DataFrame(columns), pl.LazyFrame(columns), table]
    natives.append(duckdb.connect().from_arrow(table))
    found = [tally(load(n, label="y y", protected=name, weight="w'w")) for n in natives]
    assert all(counts == found[0] for counts in found)
    assert found[0].where(**{name: "b"}).total == 20
