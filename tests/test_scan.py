"""Files that are not held in memory: the same audit, the same errors, whoever reads them."""

import gzip
import hashlib
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
from fitted_once import untraced

import auditkit
from auditkit import load, tally
from auditkit.columns import describe
from auditkit.errors import AuditkitError, DataError, RequestError, SchemaError
from auditkit.loaders import scan as scan_room
from auditkit.loaders.places import hashing, place_of
from auditkit.loaders.watch import Watch, watching
from auditkit.request import settle

pytestmark = pytest.mark.usefixtures("fitted_once")

ENGINES = ("pandas", "duckdb", "polars")
ROLES = {
    "label": "hired",
    "positive": "yes",
    "protected": ["sex", "age"],
    "bins": {"age": (30, 50)},
}


def table(rows=400, seed=1):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "sex": rng.choice(["F", "M", "NA", None], rows),
            "age": rng.choice([*map(str, range(18, 66)), "?", None], rows),
            "plz": rng.choice(["01067", "10115"], rows),
            "pay": rng.choice(["1200.5", "900", "NA", None], rows),
            "note": rng.choice(['a "quoted", word', "two\nlines", "Zoë"], rows),
            "weight": rng.choice(["0.5", "1", "2.25"], rows),
            "hired": rng.choice(["yes", "no", None], rows),
        }
    )


@pytest.fixture
def put(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def csv_of(frame, **options):
    return frame.to_csv(index=False, **options)


def plain(source, **options):
    """Return the record without what may differ: who read, and the time."""
    data = load(source, **{**ROLES, **options})
    with untraced():  # what is asked here is how the rows were read
        record = json.loads(auditkit.audit(data, model="logistic", repeats=1).to_json())
    return {key: value for key, value in record.items() if key not in {"provenance", "created"}}


def read(source, **options):
    """Return what an audit is made of: the rows as they are read, the cells, and what was noted."""
    data = load(source, **{**ROLES, **options})
    frame = data.rows(1_000, 0).frame
    cells = [(cell, sums) for cell, sums in tally(data).cells()]
    kinds = {name: kind.value for name, kind in kinds_of(frame).items()}
    return {
        "rows": frame.astype(object).where(frame.notna(), None).to_dict("records"),
        "kinds": kinds,
        "cells": cells,
        "notes": list(data.notes),
        "columns": data.columns,
    }


def kinds_of(frame):
    return {name: column.kind for name, column in describe(frame, list(frame.columns)).items()}


def variants():
    frame = table()
    euro = frame.assign(
        pay=frame["pay"].str.replace(".", ","), weight=frame["weight"].str.replace(".", ",")
    )
    text = csv_of(frame)
    return {
        "plain.csv": text.encode(),
        "bom.csv": b"\xef\xbb\xbf" + text.encode(),
        "crlf.csv": csv_of(frame, lineterminator="\r\n").encode(),
        "semicolons.csv": csv_of(euro, sep=";").encode(),
        "tabs.tsv": csv_of(frame, sep="\t").encode(),
        "packed.csv.gz": gzip.compress(text.encode(), mtime=0),
        "packed.csv": gzip.compress(text.encode(), mtime=0),
        "blank-lines.csv": text.replace("yes\n", "yes\n\n", 3).encode(),
        "no-end.csv": text.rstrip("\n").encode(),
        "all-quoted.csv": csv_of(frame, quoting=1).encode(),
    }


@pytest.mark.parametrize("weight", [None, "weight"])
@pytest.mark.parametrize("name", variants())
def test_a_text_file_is_the_same_audit_through_every_engine(put, name, weight):
    path = put(name, variants()[name])
    taken = plain if name == "plain.csv" else read  # the same rows and cells are the same audit
    expected = taken(path, engine="pandas", weight=weight)
    assert expected == taken(path, weight=weight)
    assert expected["cells"] if taken is read else expected["counts"]
    assert taken(path, engine="duckdb", weight=weight) == expected
    if name == "blank-lines.csv":
        with pytest.raises(DataError, match="blank lines, which Polars takes for rows"):
            load(path, **ROLES, engine="polars")
    else:
        assert taken(path, engine="polars", weight=weight) == expected


def test_a_long_name_is_whole_in_the_record_and_short_in_an_error(put):
    name = "a" * 200 + "\u202e.csv.gz"
    data = load(put(name, gzip.compress(csv_of(table()).encode())), engine="duckdb", **ROLES)
    assert data.source.name == name
    with pytest.raises(DataError, match=r"^a{70,119}… is empty") as found:
        load(put(name, ""))
    assert "\u202e" not in str(found.value)


@pytest.mark.parametrize("engine", ENGINES)
def test_parquet_is_the_same_audit_through_every_engine(tmp_path, engine):
    frame = table().assign(age=lambda t: pd.to_numeric(t["age"], errors="coerce"))
    frame.to_parquet(tmp_path / "t.parquet")
    assert plain(str(tmp_path / "t.parquet"), engine=engine) == plain(
        str(tmp_path / "t.parquet"), engine="pandas"
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_json_lines_are_the_same_audit_through_every_engine(put, engine):
    frame = table().assign(age=lambda t: pd.to_numeric(t["age"], errors="coerce"))
    frame["day"] = np.where(np.arange(len(frame)) % 2, "2026-01-31", "2026-02-01")
    path = put("t.jsonl", frame.to_json(orient="records", lines=True))
    assert plain(path, engine=engine) == plain(path, engine="pandas")


def test_large_files_are_not_held_in_memory(put, monkeypatch):
    path = put("t.csv", csv_of(table()))
    assert type(load(path, **ROLES).frame) is pd.DataFrame
    monkeypatch.setattr(scan_room, "LARGE", 1_000)
    assert type(load(path, **ROLES).frame).__name__ == "DuckDBPyRelation"
    assert type(load(path, **ROLES, engine="pandas").frame) is pd.DataFrame


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
@pytest.mark.parametrize("way", ["pattern", "folder", "list"])
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_several_files_are_one_table(tmp_path, engine, way, kind):
    parts = [table(300, seed) for seed in (1, 2, 3)]
    for number, part in enumerate(parts):
        path = tmp_path / f"part{number}.{kind}"
        if kind == "csv":
            part.to_csv(path, index=False)
        else:
            part.drop(columns="age").assign(age=30 + number * 20.0).to_parquet(path)
    whole = pd.concat(parts, ignore_index=True)
    source = {
        "pattern": str(tmp_path / f"part*.{kind}"),
        "folder": tmp_path,
        "list": [tmp_path / f"part{number}.{kind}" for number in range(3)],
    }[way]
    options = {**ROLES, "bins": {"age": (45, 60)}}
    data = load(source, **options, engine=engine)
    if kind == "parquet":
        whole["age"] = np.repeat([30.0, 50.0, 70.0], 300)
    whole.to_csv(tmp_path / "whole.txt", index=False)
    assert tally(data) == tally(load(tmp_path / "whole.txt", **options))
    assert data.source.name.startswith(
        {"pattern": "part*", "folder": tmp_path.name}.get(way, "part0")
    )
    assert data.source.size == sum(f.stat().st_size for f in tmp_path.glob(f"part*.{kind}"))
    assert len(data.source.sha256) == 64


def test_a_partitioned_folder_has_its_columns(tmp_path):
    frame = table()
    for sex in ("F", "M"):
        place = tmp_path / "rows" / f"sex={sex}"
        place.mkdir(parents=True)
        frame[frame["sex"] == sex].drop(columns=["sex", "age"]).to_parquet(place / "0.parquet")
    roles = {"label": "hired", "positive": "yes", "protected": "sex"}
    expected = tally(load(frame[frame["sex"].isin(["F", "M"])], **roles))
    for engine in ("duckdb", "polars"):
        assert tally(load(tmp_path / "rows", **roles, engine=engine)) == expected


NAMES = ["a'b.csv", "a[1].csv", "a*b.csv", "a b;c.csv", '"q".csv', "ü.csv", "drop table rows.csv"]


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
@pytest.mark.parametrize("name", NAMES)
def test_a_file_may_have_any_name(put, engine, name):
    path = put(name, csv_of(table()))
    assert tally(load(path, **ROLES, engine=engine)).total == 400


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
@pytest.mark.parametrize(
    "name", ['se"x', "g'; drop table rows", "ü", "a.b", "a b", "{x}", "rows", "-"]
)
def test_a_column_may_have_any_name(put, engine, name):
    path = put("t.csv", csv_of(table().rename(columns={"sex": name, "weight": f"w {name}"})))
    data = load(
        path, label="hired", positive="yes", protected=name, weight=f"w {name}", engine=engine
    )
    assert tally(data).total == 400
    assert tally(data) == tally(
        load(
            path, label="hired", positive="yes", protected=name, weight=f"w {name}", engine="pandas"
        )
    )


BAD = {
    "short row": "sex,age,hired\nF,20,yes\nM,30\n",
    "long row": "sex,age,hired\nF,20,yes\nM,30,no,1\n",
    "open quote": 'sex,age,hired\nF,20,yes\nM,30,"no\n',
    "not utf-8": b"sex,age,hired\nF,20,yes\nM\xff,30,no\n",
    "header only": "sex,age,hired\n",
    "twice": "sex,sex,hired\nF,20,yes\n",
    "no name": "sex,,hired\nF,20,yes\n",
    "text for numbers": "sex,age,hired\nF,old,yes\nM,30,no\n",
    "binary": b"\x00\x01\x02",
    "cut off": gzip.compress(csv_of(table()).encode(), mtime=0)[:-200],
}


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
@pytest.mark.parametrize("name", BAD)
def test_bad_files_get_the_same_error(put, engine, name):
    path = put("t.csv", BAD[name])
    with pytest.raises(AuditkitError) as expected:
        load(path, **ROLES, engine="pandas")
    with pytest.raises(type(expected.value)) as found:
        load(path, **ROLES, engine=engine)
    assert str(found.value) == str(expected.value)


def test_files_that_do_not_fit_together(put, tmp_path):
    one = put("a.csv", csv_of(table()))
    with pytest.raises(DataError, match=r"b\.csv lacks 'plz', unlike a\.csv"):
        load([one, put("b.csv", csv_of(table().drop(columns="plz")))], **ROLES)
    with pytest.raises(DataError, match=r"c\.csv is not laid out like a\.csv"):
        load([one, put("c.csv", csv_of(table(), sep=";"))], **ROLES)
    table().to_parquet(tmp_path / "d.parquet")
    with pytest.raises(DataError, match=r"a\.csv is delimited text and d\.parquet is Parquet"):
        load([one, tmp_path / "d.parquet"], **ROLES)
    table().assign(plz=1).to_parquet(tmp_path / "e.parquet")
    with pytest.raises(DataError, match=r"e\.parquet: column 'plz' is int64, but .*string in d"):
        load([tmp_path / "d.parquet", tmp_path / "e.parquet"], **ROLES)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"engine": "duckbd"}, "did you mean 'duckdb'"),
        ({"memory": "lots"}, "such as 1GB"),
        ({"memory": "1GB'; drop"}, "such as 1GB"),
        ({"engine": "polars", "memory": "1GB"}, "cannot be held to a size"),
        ({"engine": "duckdb", "encoding": "cp1252"}, "text not in UTF-8"),
    ],
)
def test_requests_that_cannot_be(put, options, match):
    with pytest.raises(RequestError, match=match):
        load(put("t.csv", csv_of(table())), **ROLES, **options)


def test_engines_are_for_files():
    with pytest.raises(RequestError, match="engine is for files"):
        load(table(), **ROLES, engine="duckdb")


def test_nothing_there(tmp_path):
    with pytest.raises(RequestError, match="no file fits"):
        load(str(tmp_path / "*.csv"), **ROLES)
    with pytest.raises(RequestError, match="it has no CSV, Parquet or JSON file"):
        load(tmp_path, **ROLES)
    with pytest.raises(RequestError, match="no such file"):
        load(tmp_path / "t.csv", **ROLES)


def test_columns_that_duckdb_cannot_tell_apart(put):
    path = put("t.csv", csv_of(table().rename(columns={"plz": "SEX"})))
    with pytest.raises(RequestError, match="DuckDB cannot tell the columns 'sex', 'SEX' apart"):
        load(path, **ROLES, engine="duckdb")
    assert tally(load(path, **ROLES, engine="polars")) == tally(load(path, **ROLES))


def test_a_column_that_is_not_there(put):
    path = put("t.csv", csv_of(table()))
    with pytest.raises(SchemaError, match="did you mean 'hired'"):
        load(path, label="hird", protected="sex", engine="duckdb")


def test_nothing_is_left_behind(put, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    data = load(put("t.csv", csv_of(table())), **ROLES, engine="duckdb", memory="200MB")
    assert list((tmp_path / "scratch").iterdir())
    assert tally(data).total == 400
    del data
    assert not list((tmp_path / "scratch").iterdir())


def test_a_long_scan_tells_how_far_it_is(tmp_path, monkeypatch):
    import duckdb

    path = tmp_path / "long.csv"
    duckdb.sql(
        "select case when range % 3 = 0 then 'F' else 'M' end sex, hash(range) a, "
        "hash(range + 1) b, range % 2 hired from range(3000000)"
    ).write_csv(str(path))
    monkeypatch.setattr("auditkit.loaders.watch._EVERY", 0.01)
    told = []
    with watching(lambda *said: told.append(said)):
        assert tally(load(path, label="hired", protected="sex")).total == 3_000_000
    assert len(told) >= 3
    assert {what for what, _, _ in told} == {"reading rows"}
    assert all(0 <= done <= total for _, done, total in told)
    totals = {total for _, _, total in told}
    assert all(abs(total - 3_000_000) < 300_000 for total in totals)  # a guess from the first lines
    before = len(told)
    asked = settle("tally", {"data": (str(path),), "label": "hired", "protected": ("sex",)})
    asked.tally(None)  # nobody watches any more
    assert len(told) == before
    asked.tally(None, lambda *said: told.append(said))
    assert len(told) > before


def test_a_watch_ends_with_its_connection(monkeypatch):
    import duckdb

    monkeypatch.setattr("auditkit.loaders.watch._EVERY", 0.01)
    watch = Watch(duckdb.connect())  # nobody watches: no thread of its own
    watch._connection.close()
    watch._run()  # as in the thread: it ends, without an error


def test_ctrl_c_during_a_long_scan(tmp_path):
    """A table that takes seconds to read; the signal comes while DuckDB works."""
    import duckdb

    path = tmp_path / "long.csv"
    duckdb.sql(
        "select case when range % 3 = 0 then 'F' else 'M' end sex, range % 50 + 18 age, "
        "hash(range) a, hash(range + 1) b, range % 2 hired from range(4000000)"
    ).write_csv(str(path))
    command = [sys.executable, "-m", "auditkit", "audit", str(path), "--label", "hired"]
    command += ["--protected", "sex", "-o", str(tmp_path / "r.html")]
    environment = {**os.environ, "TMPDIR": str(tmp_path / "scratch")}
    (tmp_path / "scratch").mkdir()
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not list((tmp_path / "scratch").glob("auditkit-*")):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "interrupted" in errors
    assert "Traceback" not in errors
    assert not (tmp_path / "r.html").exists()
    assert not list((tmp_path / "scratch").iterdir())


def test_the_hash_is_made_beside_the_scan(tmp_path):
    file = tmp_path / "people.csv"
    file.write_text("a,hired\n1,0\n2,1\n", "utf-8")
    place = place_of(str(file))
    assert hashing(place)() == hashlib.sha256(file.read_bytes()).hexdigest()
    file.unlink()
    with pytest.raises(FileNotFoundError):  # said where it is asked for, not lost in a thread
        hashing(place)()
