"""Counts that travel: what is written, what adds up, what is refused."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import auditkit
from auditkit import load, tally
from auditkit.errors import AuditkitError, DataError, RequestError
from auditkit.federation import is_tally, read_tally, tally_of, write_tally

SAMPLE = Path(__file__).parent.parent / "sample_data" / "hiring.csv"
ROLES = {"label": "hired", "positive": "yes", "protected": ["gender", "race"]}
FLAGS = ["--label", "hired", "--positive", "yes", "--protected", "gender", "--protected", "race"]
NOW = "2026-01-01T00:00:00Z"


def counted(source, path, *, suppress=None, **roles):
    found = tally_of(load(source, **{**ROLES, **roles}), created=NOW, suppress=suppress)
    path.write_bytes(write_tally(found))
    return path


@pytest.fixture(scope="module")
def sites():
    """The sample at three sites of different sizes."""
    frame = pd.read_csv(SAMPLE, keep_default_na=False, na_values=[""])
    site = np.random.default_rng(4).choice(3, len(frame), p=[0.6, 0.3, 0.1])
    return [frame[site == number] for number in range(3)]


def of_counts(record):
    plain = json.loads(record.to_json())
    return {key: plain[key] for key in ("counts", "estimates", "disparities", "representation",
                                        "subgroups", "policy")}  # fmt: skip


def test_counts_of_parts_are_audited_like_all_rows(tmp_path, sites):
    paths = [counted(site, tmp_path / f"counts_{i}.parquet") for i, site in enumerate(sites)]
    found = auditkit.audit(read_tally(paths))
    whole = auditkit.audit(load(SAMPLE, **ROLES), model="none")
    assert of_counts(found) == of_counts(whole)
    about_counts = ("outcome-gap", "subgroup", "small-group", "representation")
    texts = [(f.level, f.title, f.detail) for f in whole.findings if f.kind in about_counts]
    assert [(f.level, f.title, f.detail) for f in found.findings if f.kind in about_counts] == texts
    assert found.model is None
    assert found.data["rows"] == 6_000
    assert any("need the rows and were not looked at" in note for note in found.data["notes"])
    assert len(found.provenance["parts"]) == 3
    assert "counts of 3 tables" in found.data["source"]
    assert found.to_html()


def test_one_file_of_counts(tmp_path):
    path = counted(SAMPLE, tmp_path / "c.parquet", strata="department")
    assert is_tally(str(path))
    found = read_tally(path)
    assert found.counts == tally(load(SAMPLE, **ROLES, strata="department"))
    assert found.parts[0].sha256 == load(SAMPLE, **ROLES).source.sha256
    assert found.source.name == "counts of hiring.csv"
    assert not is_tally(str(SAMPLE))


def test_no_row_is_in_the_file(tmp_path):
    path = counted(SAMPLE, tmp_path / "c.parquet")
    table = pq.read_table(path)
    cells = len(list(tally(load(SAMPLE, **ROLES)).cells()))
    assert table.num_rows == cells < 60
    assert sum(table["n"].to_pylist()) == 6_000


cell = st.tuples(
    st.sampled_from(["F", "M", None, "NA", 'x"y', "n"]),
    st.sampled_from(["a", "b", None]),
    st.integers(0, 1),
    st.sampled_from([0.5, 1.0, 2.0]),
)


@settings(max_examples=25, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(parts=st.lists(st.lists(cell, min_size=4, max_size=40), min_size=1, max_size=4))
def test_files_add_up_like_counts(tmp_path, parts):
    """tally(a) + tally(b), through files, is tally(a then b): weights, missing and odd names."""
    seed = [("F", "a", 0, 1.0), ("M", "b", 1, 1.0)]  # two groups and both outcomes everywhere
    names = ["n", "label", "w", "weight"]
    roles = {"label": "w", "protected": ["n", "label"], "weight": "weight", "positive": "1"}
    frames = [pd.DataFrame([*seed, *part], columns=names) for part in parts]
    paths = []
    for number, frame in enumerate(frames):
        path = tmp_path / f"{number}.parquet"
        path.write_bytes(write_tally(tally_of(load(frame, **roles), created=NOW)))
        paths.append(path)
    assert read_tally(paths).counts == tally(load(pd.concat(frames), **roles))


def test_small_cells_stay_where_they_are(tmp_path):
    path = counted(SAMPLE, tmp_path / "c.parquet", suppress=20)
    whole = dict(tally(load(SAMPLE, **ROLES)).cells())
    found = read_tally(path)
    left = dict(found.counts.cells())
    assert left == {key: sums for key, sums in whole.items() if sums[0] >= 20}
    gone = len(whole) - len(left)
    assert gone > 0
    (note,) = found.suppressed()
    assert note == (
        f"{gone} cells of fewer than 20 people were left out of the counts of hiring.csv: at most "
        f"{gone * 19} people"
    )
    assert note in auditkit.audit(found).data["notes"]
    text = json.dumps(pq.read_schema(path).metadata[b"auditkit.counts"].decode())
    assert "6000" not in text  # the total would give a single cell away
    with pytest.raises(RequestError, match="fewer than 2 people"):
        counted(SAMPLE, tmp_path / "c.parquet", suppress=1)
    with pytest.raises(DataError, match="nothing is left to share"):
        counted(SAMPLE, tmp_path / "c.parquet", suppress=10_000)


def test_narrowed_to_fewer_attributes(tmp_path):
    found = read_tally(counted(SAMPLE, tmp_path / "c.parquet", strata="department"))
    narrow = found.narrowed(protected=["gender"], reference={"gender": "Male"})
    assert narrow.counts.attributes == ("gender",)
    rows = auditkit.audit(narrow).disparities
    expected = load(SAMPLE, label="hired", positive="yes", protected="gender",
                    strata="department", reference={"gender": "Male"})  # fmt: skip
    assert rows == auditkit.audit(expected, model="none").disparities
    with pytest.raises(RequestError, match="the counts have 'gender', 'race' only"):
        found.narrowed(protected=["age"])
    with pytest.raises(RequestError, match="no group 'Man'"):
        found.narrowed(reference={"gender": "Man"})


def frame(**changes):
    columns = {"gender": ["F", "M"] * 30, "race": ["a", "b", "c"] * 20, "hired": ["yes", "no"] * 30,
               "won": ["yes", "no"] * 30, "age": list(range(20, 80)), "w": [1.0, 2.0] * 30,
               "s": [0.1, 0.9] * 30}  # fmt: skip
    return pd.DataFrame({**columns, **changes})


MISFITS = {
    "label": ({"label": "won"}, "label is 'hired' in one and 'won' in the other"),
    "positive": ({"positive": "no"}, "positive is 'yes' in one and 'no' in the other"),
    "harm": ({"unfavorable": True}, "unfavorable is 'False' in one and 'True' in the other"),
    "attributes": ({"protected": ["gender"]}, "protected is 'gender', 'race' in one and 'gender'"),
    "strata": ({"strata": "won"}, "strata is not given in one and 'won' in the other"),
    "decision": ({"score": "s"}, "score is not given in one and 's' in the other"),
    "weights": ({"weight": "w"}, "b.parquet is weighted and a.parquet is not"),
}


@pytest.mark.parametrize("name", MISFITS)
def test_what_does_not_fit_is_named(tmp_path, name):
    changes, match = MISFITS[name]
    one = counted(frame(), tmp_path / "a.parquet")
    other = counted(frame(), tmp_path / "b.parquet", **changes)
    with pytest.raises(DataError) as found:
        read_tally([one, other])
    assert match in str(found.value)
    assert "a.parquet" in str(found.value)
    assert "b.parquet" in str(found.value)


def test_other_bands_and_spellings_do_not_fit(tmp_path):
    age = {"protected": ["gender", "age"]}
    one = counted(frame(), tmp_path / "a.parquet", **age, bins={"age": (40,)})
    other = counted(frame(), tmp_path / "b.parquet", **age, bins={"age": (50,)})
    with pytest.raises(DataError, match=r"bins is .*40.* in one and .*50"):
        read_tally([one, other])
    one = counted(frame(), tmp_path / "c.parquet", values={"race": {"a": "A"}})
    other = counted(frame(), tmp_path / "d.parquet", values={"race": {"a": "B"}})
    with pytest.raises(DataError, match="'a' of 'race' is 'A' in one and 'B' in the other"):
        read_tally([one, other])


def test_one_table_is_not_counted_twice(tmp_path):
    one = counted(SAMPLE, tmp_path / "a.parquet")
    other = counted(SAMPLE, tmp_path / "b.parquet")
    with pytest.raises(DataError, match="counted twice"):
        read_tally([one, other])


def test_files_that_are_not_counts(tmp_path):
    path = counted(frame(), tmp_path / "a.parquet")
    frame().to_parquet(tmp_path / "rows.parquet")
    with pytest.raises(DataError, match=r"rows\.parquet is not a counts file"):
        read_tally([path, tmp_path / "rows.parquet"])
    table = pq.read_table(path)
    about = json.loads(table.schema.metadata[b"auditkit.counts"])

    def rewritten(**changes):
        text = json.dumps({**about, **changes})
        pq.write_table(
            table.replace_schema_metadata({b"auditkit.counts": text}), tmp_path / "x.parquet"
        )
        return tmp_path / "x.parquet"

    with pytest.raises(DataError, match="version 2; this auditkit reads"):
        read_tally(rewritten(format_version=2))
    with pytest.raises(DataError, match="is damaged"):
        read_tally(rewritten(attributes=["gender"]))
    with pytest.raises(DataError, match="is damaged"):
        read_tally(rewritten(parts=[{"nonsense": 1}]))


def run(*words, cwd, **environment):
    command = [sys.executable, "-m", "auditkit", *map(str, words)]
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, env={**os.environ, **environment}
    )


def test_the_command_line(tmp_path, sites):
    for number, site in enumerate(sites):
        site.to_csv(tmp_path / f"site{number}.csv", index=False)
        done = run("tally", f"site{number}.csv", *FLAGS, "-o", f"counts_{number}.parquet",
                   cwd=tmp_path, SOURCE_DATE_EPOCH="0")  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert f"Wrote counts_{number}.parquet" in done.stderr
    parts = [f"counts_{number}.parquet" for number in range(3)]
    done = run("audit", *parts, "--json", "a.json", "-o", "r.html", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    record = json.loads((tmp_path / "a.json").read_text("utf-8"))
    assert record["data"]["people"] == 6_000
    assert record["provenance"]["command"] == "auditkit audit " + " ".join(parts)
    done = run("tally", *parts, "-o", "sum.parquet", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    again = run("audit", "sum.parquet", "--json", "b.json", "-q", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    other = json.loads((tmp_path / "b.json").read_text("utf-8"))
    assert other["disparities"] == record["disparities"]
    first = (tmp_path / "counts_0.parquet").read_bytes()
    run("tally", "site0.csv", *FLAGS, "-o", "again.parquet", cwd=tmp_path, SOURCE_DATE_EPOCH="0")
    assert (tmp_path / "again.parquet").read_bytes() == first


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["audit", "c.parquet", "--label", "sex"], "--label is settled in counts files"),
        (["audit", "c.parquet", "--model", "logistic"], "--model needs rows to learn from"),
        (["audit", "c.parquet", "--protected", "age"], "the counts have 'gender', 'race' only"),
        (["tally", "c.parquet", "--suppress", "5", "-o", "d.parquet"], "--suppress is for rows"),
        (["tally", "c.parquet", "-o", "c.parquet"], "would overwrite the input"),
        (["tally", "gone.csv", "--protected", "x", "-o", "d.parquet"], "no such file"),
        (["tally", "c.parquet"], "Missing option"),
        (["audit"], "Missing argument"),
        (["audit", "c.parquet", "c.parquet"], "counted twice"),
    ],
)
def test_requests_that_cannot_be(tmp_path, words, said):
    counted(SAMPLE, tmp_path / "c.parquet")
    done = run(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "d.parquet").exists()


def test_several_files_of_rows_are_one_table(tmp_path, sites):
    for number, site in enumerate(sites):
        site.to_csv(tmp_path / f"site{number}.csv", index=False)
    names = [f"site{number}.csv" for number in range(3)]
    done = run("profile", *names, *FLAGS, "--json", "a.json", "-q", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    record = json.loads((tmp_path / "a.json").read_text("utf-8"))
    assert record["data"]["rows"] == 6_000
    assert record["data"]["source"] == "site0.csv and 2 more"


def test_the_sql_is_printed_and_not_run(tmp_path):
    done = run("audit", SAMPLE, *FLAGS, "--engine", "duckdb", "--explain", "-o", "r.html",
               cwd=tmp_path)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("-- counts, and values of gender, race, hired\n")  # one scan
    assert done.stdout.count("GROUP BY") == 1
    assert not (tmp_path / "r.html").exists()
    done = run("audit", SAMPLE, *FLAGS, "--engine", "duckdb", "--bins", "age=30,40",
               "--protected", "age", "--explain", cwd=tmp_path)  # fmt: skip
    asked = [line for line in done.stdout.splitlines() if line.startswith("--")]
    assert asked == ["-- values of age", "-- values of gender, race, hired", "-- counts"]
    pd.read_csv(SAMPLE).to_parquet(tmp_path / "typed.parquet")  # types known: one scan for all
    done = run("audit", "typed.parquet", *FLAGS, "--engine", "duckdb", "--explain", cwd=tmp_path)
    title = "counts, and values of gender, race, hired, and the empty cells of the columns beside"
    assert done.stdout.startswith(f"-- {title} them\n")
    done = run("audit", SAMPLE, *FLAGS, "--engine", "pandas", "--explain", cwd=tmp_path)
    assert done.returncode == 2
    assert "--explain is for databases" in done.stderr


def test_errors_are_of_this_package():
    with pytest.raises(AuditkitError):
        read_tally("nowhere.parquet")
