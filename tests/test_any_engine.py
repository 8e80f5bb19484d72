"""One table, one record, whoever holds the rows: files, frames, databases and clusters.

What is compared is all of audit.json but `created` and `provenance` (when, and with what it was
made) and, of `data`, where the rows lay (`source`, `sha256`, `bytes`). Nothing else may differ:
not the counts, not the baseline trained on the rows, not a note.
"""

import json
import os
import shutil
import sqlite3
import warnings
from urllib.parse import quote

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import postgres
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fitted_once import untraced
from test_engines import ARROW, COLUMNS, ROWS

import auditkit
from auditkit import load
from auditkit.loaders.sample import draw

OPTIONS = {
    "label": "hired",
    "positive": "yes",
    "protected": ["sex", "married", "day"],
    "strata": "site",
    "score": "score",
    "weight": "weight",
    "ignore": "chosen",
}
TYPES = {
    "sex": "text", "married": "boolean", "code": "bigint", "day": "date", "age": "smallint",
    "height": "double precision", "site": "text", "hired": "text", "chosen": "boolean",
    "score": "double precision", "weight": "double precision", "people": "integer",
}  # fmt: skip


NULLABLE = dict.fromkeys(("married", "chosen"), "boolean")  # Dask makes text of objects


def arrow():
    arrays = {name: pa.array(values, type=ARROW[name]) for name, values in COLUMNS.items()}
    return pa.table(arrays)


def rows():
    return list(zip(*COLUMNS.values(), strict=True))


def from_pandas(_):
    frame = pd.DataFrame(COLUMNS)
    return frame.assign(day=pd.to_datetime(frame["day"])), {}


def from_pandas_categories(_):
    frame, _ = from_pandas(None)
    judged = ("sex", "married", "day", "site", "hired")
    return frame.astype(dict.fromkeys(judged, "category")), {}


def from_polars(_):
    return pl.from_arrow(arrow()), {}


def from_polars_lazy(_):
    return pl.from_arrow(arrow()).lazy(), {}


def from_polars_categories(_):
    return pl.from_arrow(arrow()).with_columns(pl.col("sex", "hired").cast(pl.Categorical)), {}


def from_arrow(_):
    return arrow(), {}


def from_relation(_):
    return duckdb.connect().from_arrow(arrow()), {}


def from_parquet(tmp):
    pq.write_table(arrow(), tmp / "t.parquet")
    return tmp / "t.parquet", {"engine": "pandas"}


def from_parquet_by_duckdb(tmp):
    pq.write_table(arrow(), tmp / "t.parquet")
    return tmp / "t.parquet", {"engine": "duckdb"}


def from_parquet_by_polars(tmp):
    pq.write_table(arrow(), tmp / "t.parquet")
    return tmp / "t.parquet", {"engine": "polars"}


def from_duckdb_database(tmp):
    with duckdb.connect(str(tmp / "t.duckdb")) as connection:
        connection.from_arrow(arrow()).to_table("people")
    return f"duckdb:///{tmp}/t.duckdb", {"table": "people"}


def from_sqlite(tmp):
    (tmp / "t.sqlite").unlink(missing_ok=True)
    declared = ", ".join(f"{name} {kind}" for name, kind in TYPES.items())
    connection = sqlite3.connect(tmp / "t.sqlite")
    connection.execute(f"create table people ({declared})")
    marks = ", ".join("?" * len(TYPES))
    plain = [[str(v) if hasattr(v, "isoformat") else v for v in row] for row in rows()]
    connection.executemany(f"insert into people values ({marks})", plain)
    connection.commit()
    connection.close()
    return f"sqlite:///{tmp}/t.sqlite", {"table": "people"}


def from_sqlite_query(tmp):
    url, _ = from_sqlite(tmp)
    return url, {"query": "select * from people"}


@pytest.fixture(scope="session")
def postgres_url():
    import psycopg

    with postgres.server() as (where, _):
        url = f"postgresql://auditor:{quote(postgres.PASSWORD, safe='')}@{where}/postgres"
        with psycopg.connect(url) as connection, connection.cursor() as cursor:
            declared = ", ".join(f"{name} {kind}" for name, kind in TYPES.items())
            cursor.execute(f"create table people ({declared})")
            marks = ", ".join(["%s"] * len(TYPES))
            cursor.executemany(f"insert into people values ({marks})", rows())
        yield url


@pytest.fixture(scope="session")
def spark():
    if shutil.which("java") is None:
        if os.environ.get("CI"):
            pytest.fail("no Java here: install Debian's default-jre-headless")
        pytest.skip("no Java here: install Debian's default-jre-headless to run the Spark tests")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.master("local[2]").appName("auditkit tests")
        builder = builder.config("spark.ui.enabled", "false")
        quick = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"  # few rows: no time to optimise code for
        builder = builder.config("spark.driver.extraJavaOptions", quick)
        builder = builder.config("spark.sql.shuffle.partitions", "2")
        builder = builder.config("spark.sql.session.timeZone", "UTC")
        session = builder.getOrCreate()
    yield session
    session.stop()


pytestmark = pytest.mark.usefixtures("fitted_once")  # by the rows: of others there are other fits


def plain(source, **options):
    data = load(source, **OPTIONS, **options)
    with untraced():  # test_engines.py counts through the engines, and many others audit a frame
        record = auditkit.audit(data, model="logistic", repeats=1)
    found = json.loads(record.to_json())
    for key in ("created", "provenance"):
        del found[key]
    for key in ("source", "sha256", "bytes"):
        del found["data"][key]
    return found


def same(found, expected):
    """Compare section by section: a difference is found faster than in one large text."""
    assert set(found) == set(expected)
    for key in expected:
        assert found[key] == expected[key], key


@pytest.fixture(scope="module")
def expected():
    record = plain(from_pandas(None)[0])
    assert record["data"]["rows"] == ROWS
    assert {row["stage"] for row in record["estimates"]} == {"label", "model", "decision"}
    assert None in {row["group"][0] for row in record["estimates"]}
    return record


HELD = [
    from_pandas_categories, from_polars, from_polars_lazy, from_polars_categories, from_arrow,
    from_relation, from_parquet, from_parquet_by_duckdb, from_parquet_by_polars,
    from_duckdb_database, from_sqlite, from_sqlite_query,
]  # fmt: skip


@pytest.mark.parametrize("source", HELD, ids=lambda source: source.__name__)
def test_the_record_is_the_same(source, expected, tmp_path):
    native, options = source(tmp_path)
    same(plain(native, **options), expected)


@pytest.mark.parametrize("options", [{"table": "people"}, {"query": "select * from people;"}])
def test_the_record_is_the_same_from_postgresql(postgres_url, expected, options):
    same(plain(postgres_url, **options), expected)


@pytest.mark.filterwarnings("ignore")  # of Dask, and of Narwhals about it
@pytest.mark.parametrize("cluster", [False, True])
def test_the_record_is_the_same_from_dask(expected, cluster):
    import dask.dataframe as dd

    frame = dd.from_pandas(from_pandas(None)[0].astype(NULLABLE), npartitions=3)
    if not cluster:
        same(plain(frame), expected)
        return
    from distributed import Client, LocalCluster

    settings = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(**settings) as local, Client(local):
        same(plain(frame), expected)


@pytest.mark.filterwarnings("ignore")  # of Spark
def test_the_record_is_the_same_from_spark(spark, expected, tmp_path):
    pq.write_table(arrow(), tmp_path / "t.parquet")
    same(plain(spark.read.parquet(str(tmp_path / "t.parquet"))), expected)


@pytest.mark.filterwarnings("ignore")
def test_a_sample_from_spark_and_dask_is_seeded(spark, tmp_path):
    import dask.dataframe as dd

    pq.write_table(arrow(), tmp_path / "t.parquet")
    for native in (
        spark.read.parquet(str(tmp_path / "t.parquet")),
        dd.from_pandas(from_pandas(None)[0], npartitions=3),
    ):
        one, two = draw(native, 100, 5), draw(native, 100, 5)
        assert 50 <= len(one.frame) <= 100
        assert one.total == ROWS
        assert one.frame.equals(two.frame)
        assert one.how.startswith("rows drawn by")


def test_a_sample_from_a_database_is_every_kth_row(postgres_url, tmp_path):
    kept = []
    for url in (postgres_url, from_sqlite(tmp_path)[0]):
        drawn = load(url, **OPTIONS, table="people").rows(100, 5)
        assert drawn.how == "every 6th row in the order of the rows' content"
        assert len(drawn.frame) == np.ceil(ROWS / 6)
        kept.append(drawn)
    again = load(postgres_url, **OPTIONS, table="people").rows(100, 5)
    assert again.frame.equals(kept[0].frame)
