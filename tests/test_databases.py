"""Databases: what is asked of them, what is refused, and that no secret comes out."""

import os
import re
import sqlite3
import subprocess
import sys
from urllib.parse import quote

import duckdb
import postgres
import psycopg
import pytest

from auditkit import load, tally
from auditkit.errors import AuditkitError, DataError, RequestError
from auditkit.loaders.selects import check_select
from auditkit.urls import is_url, public_url

ROLES = {"label": "hired", "protected": "sex"}
ROWS = [("F", 0), ("F", 1), ("M", 1), (None, 1), ("M", 0)] * 40
CREATE = "create table applicants (sex text, hired integer)"


@pytest.fixture(scope="module")
def server():
    with postgres.server() as (where, log):
        url = f"postgresql://auditor:{quote(postgres.PASSWORD, safe='')}@{where}/postgres"
        with psycopg.connect(url) as connection, connection.cursor() as cursor:
            cursor.execute(CREATE)
            cursor.executemany("insert into applicants values (%s, %s)", ROWS)
            cursor.execute("create schema hr")
            cursor.execute("create table hr.people as select * from applicants limit 100")
        yield url, log


@pytest.fixture
def files(tmp_path):
    with duckdb.connect(str(tmp_path / "t.duckdb")) as connection:
        connection.execute(CREATE)
        connection.executemany("insert into applicants values (?, ?)", ROWS)
    connection = sqlite3.connect(tmp_path / "t.sqlite")
    connection.execute(CREATE)
    connection.executemany("insert into applicants values (?, ?)", ROWS)
    connection.commit()
    connection.close()
    return [f"duckdb:///{tmp_path}/t.duckdb", f"sqlite:///{tmp_path}/t.sqlite"]


def said(url, **options):
    """Return the one line that refuses, without the password in it."""
    with pytest.raises(AuditkitError) as found:
        tally(load(url, **ROLES, **options))
    text = str(found.value)
    assert "\n" not in text
    for secret in (postgres.PASSWORD, quote(postgres.PASSWORD, safe=""), "hunter2"):
        assert secret not in text
    assert found.value.__cause__ is None  # the driver's own words may hold the secret
    return text


def test_tables_and_queries(server, files):
    expected = tally(load(files[0], **ROLES, table="applicants"))
    assert expected.total == len(ROWS)
    for url in (server[0], *files):
        assert tally(load(url, **ROLES, table="applicants")) == expected
        query = "with a as (select * from applicants) select sex, hired from a -- all of them\n;"
        assert tally(load(url, **ROLES, query=query)) == expected
    assert tally(load(server[0], **ROLES, table="hr.people")).total == 100


def test_an_sqlalchemy_url_is_understood(server):
    url = server[0].replace("postgresql://", "postgresql+psycopg://")
    assert tally(load(url, **ROLES, table="applicants")).total == len(ROWS)


def test_only_select_reaches_the_server(server):
    url, log = server
    before = len(log.read_text())
    load(url, **ROLES, table="applicants").rows(50, 0)
    tally(load(url, **ROLES, query="select * from applicants"))
    said(url, query="delete from applicants")
    lines = re.findall(r"(?:statement|execute [^:]+): (.*)", log.read_text()[before:])
    words = {line.split()[0].upper() for line in lines if line.strip()}
    assert "SELECT" in words
    # the cursor is declared for a SELECT, and the session settings write nothing
    assert words <= {"SELECT", "BEGIN", "COMMIT", "ROLLBACK", "SET", "DECLARE", "FETCH", "CLOSE",
                     "DEALLOCATE", "WITH"}  # fmt: skip
    assert all("CURSOR FOR" in line for line in lines if line.startswith("DECLARE"))
    with psycopg.connect(url) as connection:
        assert connection.execute("select count(*) from applicants").fetchone() == (len(ROWS),)


def test_the_session_cannot_write(server, files, monkeypatch):
    """Defence in depth: even a query that were let through."""
    monkeypatch.setattr("auditkit.loaders.databases.check_select", lambda query, dialect: query)
    with psycopg.connect(server[0]) as connection:
        connection.execute("create or replace function wipe() returns int language sql as "
                           "'delete from applicants; select 1'")  # fmt: skip
    text = said(server[0], query="select 'F' as sex, wipe() as hired")
    assert "read-only transaction" in text
    assert "read-only" in said(files[0], query="delete from applicants")
    for url in (server[0], *files):
        assert tally(load(url, **ROLES, table="applicants")).total == len(ROWS)


REFUSED = {
    "delete from applicants": "begins with DELETE",
    "drop table applicants": "begins with DROP",
    "insert into applicants values ('F', 1)": "begins with INSERT",
    "update applicants set hired = 1": "begins with UPDATE",
    "select 1; drop table applicants": "holds 2 statements",
    "with d as (delete from applicants returning *) select * from d": "holds a DELETE",
    "select * into other from applicants": "holds a INTO",
    "select * from applicants for update": "holds a LOCK",
    "copy applicants to '/tmp/x'": "begins with COPY",
    "call wipe()": "begins with CALL",
    "vacuum": "begins with VACUUM",
    "set role postgres": "begins with SET",
    "explain analyze delete from applicants": "begins with EXPLAIN",
    "attach 'x.db' as y": "cannot be read as SQL",
    "select from where (": "cannot be read as SQL",
    "": "holds 0 statements",
}


@pytest.mark.parametrize("query", REFUSED)
def test_what_is_not_one_select(server, query):
    with pytest.raises(RequestError, match=re.escape(REFUSED[query])):
        check_select(query, "postgres")
    assert "--query" in said(server[0], query=query)


def test_what_is_a_select():
    for query in (
        "select * from a join b using (id) where x in (select y from c) order by 1 limit 5",
        "(select 1) union all (select 2)",
        "with recursive r as (select 1 as n union all select n + 1 from r) select * from r",
        "select count(*) filter (where x), percentile_cont(0.5) within group (order by y) from t",
        "select 'delete from t; drop table t' as text",
    ):
        assert check_select(query, "postgres") == query


def test_errors_of_a_server(server):
    url, _ = server
    where = url.rpartition("@")[2]
    wrong = said(f"postgresql://auditor:hunter2@{where}", table="applicants")
    assert "password authentication failed" in wrong
    down = said(f"postgresql://auditor:hunter2@127.0.0.1:{postgres.free_port()}/x", table="t")
    assert "refused" in down
    assert "does not exist" in said(url.replace("/postgres", "/nothing"), table="t")
    missing = said(url, table="aplicants")
    assert "--table 'aplicants'" in missing
    assert "did you mean 'applicants'" in missing
    assert "tables: 'applicants'" in said(url)
    assert "both --table and --query" in said(url, table="t", query="select 1")
    assert "nope" in said(url, query="select nope from applicants")
    with pytest.raises(AuditkitError, match="no column 'sexx'"):
        load(url, label="hired", protected="sexx", table="applicants")


def test_errors_of_files(tmp_path, files):
    for scheme in ("sqlite", "duckdb"):
        assert "no such file" in said(f"{scheme}:///{tmp_path}/none.db", table="t")
        assert not (tmp_path / "none.db").exists()
        assert "a database in memory is empty" in said(f"{scheme}://", table="t")
    (tmp_path / "bad.db").write_bytes(b"not a database, but long enough to look like one" * 100)
    for scheme in ("sqlite", "duckdb"):
        assert "bad.db" in said(f"{scheme}:///{tmp_path}/bad.db", table="t")
    assert "is for files" in said(files[0], table="applicants", delimiter=";")
    with pytest.raises(RequestError, match="--table is for databases"):
        load(str(tmp_path / "t.csv"), **ROLES, table="t")


def test_unknown_kinds_and_missing_drivers():
    assert "nosuchdb" in said("nosuchdb://host/x", table="t")


def test_secrets_come_from_the_environment(server, monkeypatch):
    where = server[0].rpartition("@")[2]
    monkeypatch.setenv("DB_SECRET", postgres.PASSWORD)
    data = load(f"postgresql://auditor:${{DB_SECRET}}@{where}", **ROLES, table="applicants")
    assert tally(data).total == len(ROWS)
    monkeypatch.setenv("PGPASSWORD", postgres.PASSWORD)
    data = load(f"postgresql://auditor@{where}", **ROLES, table="applicants")
    assert tally(data).total == len(ROWS)
    monkeypatch.delenv("DB_SECRET")
    assert "no variable DB_SECRET" in said(f"postgresql://a:${{DB_SECRET}}@{where}", table="t")


def test_no_secret_in_what_is_written(server, tmp_path):
    url = f"{server[0]}?application_name=audit&token=hunter2".replace("token=hunter2", "")
    (tmp_path / "audit.toml").write_text(f'data = "{url}"\ntable = "applicants"\n')
    outputs = ["-o", "r.html", "--json", "a.json"]
    for arguments in ([url, "--table", "applicants"], ["audit.toml"]):
        command = [sys.executable, "-m", "auditkit", "audit", *arguments, "--label", "hired"]
        command += ["--protected", "sex", "--model", "none", *outputs]
        done = subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, env={**os.environ}
        )
        assert done.returncode == 0, done.stderr
        written = [(tmp_path / name).read_text("utf-8") for name in ("r.html", "a.json")]
        for text in (done.stdout, done.stderr, *written):
            assert postgres.PASSWORD not in text
            assert quote(postgres.PASSWORD, safe="") not in text
            assert "auditor" not in text
        assert "applicants" in written[1]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:p@h:5/d?password=x", "postgresql://h:5/d"),
        ("snowflake://u:p@account/db/schema?warehouse=w&token=t", "snowflake://account/db/schema"),
        ("mysql+pymysql://u:p%40@h/d", "mysql://h/d"),
        ("sqlite:////a/b.db", "sqlite:///b.db"),
    ],
)
def test_urls_without_secrets(url, shown):
    assert is_url(url)
    assert public_url(url) == shown


def test_a_driver_that_repeats_a_secret_is_scrubbed(server):
    url = f"{server[0]}?sslrootcert=hunter2&sslmode=verify-full&sslkey=hunter2"
    with pytest.raises(DataError) as found:
        load(url, **ROLES, table="applicants")
    assert "hunter2" not in str(found.value)
