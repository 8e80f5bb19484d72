"""Bad input: exit code 2, one line that names what is wrong, and nothing written.

Each line of 'Bad input' in the design has its cases here; the commonest run as a process of
their own, the others in this one.
"""

from __future__ import annotations

import gzip
import io
import json
import random
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from conftest import Run

Main = Callable[..., tuple[int, str, str]]

PEOPLE = "sex,age,dept,pred,score,w,hired\n" + "".join(
    f"{'FM'[i % 2]},{20 + i % 40},{'ab'[i % 3 == 0]},{int(i % 3 == 0)},{(i % 10) / 10},{1 + i % 2},"
    f"{'yes' if i % 4 == 0 else 'no'}\n"
    for i in range(120)
)
BASE = ("--label", "hired", "--positive", "yes", "--protected", "sex", "--model", "none")
TOML = 'data = "d.csv"\nlabel = "hired"\npositive = "yes"\nprotected = "sex"\nmodel = "none"\n'


@dataclass(frozen=True)
class Case:
    """One request that cannot be answered."""

    name: str
    said: str
    content: str | bytes | None = PEOPLE
    args: tuple[str, ...] = ()
    file: str = "d.csv"
    base: tuple[str, ...] = BASE
    verb: str = "audit"


def instead(old: str, new: str, count: int = -1) -> str:
    assert old in PEOPLE
    return PEOPLE.replace(old, new, count)


def parquet() -> bytes:
    buffer = io.BytesIO()
    pd.read_csv(io.StringIO(PEOPLE)).to_parquet(buffer)
    return buffer.getvalue()


def workbook() -> bytes:
    buffer = io.BytesIO()
    pd.read_csv(io.StringIO(PEOPLE)).to_excel(buffer, index=False, sheet_name="people")
    return buffer.getvalue()


IDS = "id,sex,hired\n" + "".join(f"p{i},{'FM'[i % 3 == 0]},{i % 2}\n" for i in range(300))
ID_BASE = ("--label", "hired", "--model", "none")

FILES = [
    Case("no such file", "no such file: gone.csv", None, file="gone.csv"),
    Case("a name nearly right", "did you mean 'd.csv'?", None, file="dd.csv"),
    Case("a folder of many tables", "files of one table need the same columns", None, file="."),
    Case("a NUL in the name", "null", None, file="a\0b.csv"),
    Case("a name that is too long", "too long", None, file="a" * 300 + ".csv"),
    Case("empty file", "d.csv is empty", ""),
    Case("nothing but blank lines", "is empty", "\n\n\n"),
    Case("header only", "has a header and no rows", "sex,hired\n"),
    Case("ragged: a short row", "line 3: 1 cells where the header has 2", "sex,hired\nF,yes\nM\n"),
    Case("ragged: a long row", "line 2: 3 cells where", "sex,hired\nF,yes,x\nM,no\n"),
    Case("truncated within quotes", "line 3", 'sex,hired\nF,yes\nM,"ye'),
    Case("truncated row", "cells where the header has 7", PEOPLE[:-6]),
    Case("binary file named .csv", "NUL byte", bytes(range(256)) * 8),
    Case("a NUL further on", "NUL byte", PEOPLE + "F,1,a,1,1,1,\0\n"),
    Case("a picture named .csv", "a picture", b"\x89PNG\r\n\x1a\n" + bytes(64)),
    Case("a PDF named .csv", "a PDF", b"%PDF-1.7\n"),
    Case("a workbook named .csv", "an Excel workbook", b"PK\x03\x04" + bytes(64)),
    Case("Parquet named .csv", "a Parquet file", b"PAR1" + bytes(64)),
    Case("a database named .csv", "an SQLite database", b"SQLite format 3\x00" + bytes(64)),
    Case("not UTF-8", "name its --encoding", instead("F", "\xc9").encode("latin-1")),
    Case("unknown encoding", "'klingon' is not known", args=("--encoding", "klingon")),
    Case("another encoding", "is not utf-16", args=("--encoding", "utf-16")),
    Case("not an encoding of text", "'hex'", args=("--encoding", "hex")),
    Case("no delimiter found", "no delimiter found", "hired\nyes\nno\n"),
    Case("delimiter of two", "use one character", args=("--delimiter", "ab")),
    Case("delimiter of none", "use one character", args=("--delimiter", "")),
    Case("the wrong delimiter", "no column 'hired'", args=("--delimiter", ";")),
    Case("unknown decimal mark", "use '.' or ','", args=("--decimal", ";")),
    Case("header row 0", "rows are counted from 1", args=("--header-row", "0")),
    Case("header row past the end", "row 999", args=("--header-row", "999")),
    Case("duplicate column names", "'sex'", instead("age", "sex", 1)),
    Case("a column without a name", "column 2 has no name", instead("age", "", 1)),
    Case("gzip cut short", "gzip", gzip.compress(PEOPLE.encode() * 99)[:300], file="d.csv.gz"),
    Case("damaged gzip", "gzip", b"\x1f\x8b" + bytes(99), file="d.csv.gz"),
    Case("not Parquet", "cannot be read as Parquet", file="d.parquet"),
    Case("Parquet cut short", "Parquet", parquet()[:400], file="d.parquet"),
    Case("not a workbook", "cannot be read as an Excel workbook", file="d.xlsx"),
    Case("a workbook cut short", "Excel workbook", workbook()[:900], file="d.xlsx"),
    Case("no such sheet", "did you mean 'people'?", workbook(), ("--sheet", "peple"), "d.xlsx"),
    Case("not JSON lines", "line 1 is not JSON", file="d.jsonl"),
    Case("a JSON array", "line 1 is not an object", '[{"sex": "F"}]', file="d.json"),
    Case("a nested value", "'sex' holds a nested value", '{"sex": {"a": 1}}\n', file="d.jsonl"),
    Case("JSON that is too deep", "line 1 is not JSON", "[" * 99_999, file="d.jsonl"),
    Case("a JSON number too long", "line 1", '{"a": ' + "9" * 5000 + "}\n", file="d.jsonl"),
    Case("JSON lines without a line", "no rows", "\n\n", file="d.jsonl"),
]

COLUMNS = [
    Case("no such column", "no column 'hird' in the data (did you mean 'hired'?)",
         base=("--label", "hird", "--protected", "sex")),
    Case("no such protected column", "--protected: no column 'sx'", args=("--protected", "sx")),
    Case("no such stratum", "--strata: no column 'depot'", args=("--strata", "depot")),
    Case("no such column to ignore", "--ignore: no column", args=("--ignore", "what")),
    Case("no such value", "no value 'Yes' (did you mean 'yes'?)", args=("--positive", "Yes")),
    Case("no such reference", "no group 'W'; groups: 'F', 'M'", args=("--reference", "sex=W")),
    Case("reference without a value", "COLUMN=VALUE", args=("--reference", "sex")),
    Case("reference for another column", "'age', which", args=("--reference", "age=20")),
    Case("three values and no positive", "say which value is the event with --positive",
         "sex,hired\nF,yes\nM,no\nM,maybe\n", base=("--label", "hired", "--protected", "sex")),
    Case("two odd values and no positive", "holds 'in', 'out'",
         "sex,hired\nF,in\nM,out\n", base=("--label", "hired", "--protected", "sex")),
    Case("all-missing label", "'hired': every value is missing", "sex,hired\nF,\nM,\n"),
    Case("all-missing attribute", "'sex': every value is missing", "sex,hired\n,yes\n,no\n"),
    Case("all-missing prediction", "'p': every value is missing",
         "sex,p,hired\nF,,yes\nM,,no\n", ("--prediction", "p")),
    Case("one group only", "one group only ('F')", "sex,hired\nF,yes\nF,no\n"),
    Case("one group and missing", "one group only", "sex,hired\nF,yes\n,no\n"),
    Case("one label only", "the single value 'yes'", "sex,hired\nF,yes\nM,yes\n"),
    Case("an id as protected attribute", "looks like an identifier", IDS, ("--protected", "id"),
         base=ID_BASE),
    Case("an id as stratum", "'id' has 300 values", IDS, ("--strata", "id", "--protected", "sex"),
         base=ID_BASE),
    Case("a continuous attribute", "--bins age=", args=("--protected", "age")),
    Case("bins of a column with no role", "not a --protected column", args=("--bins", "age=40")),
    Case("bins that are no numbers", "must be numbers", args=("--bins", "sex=a")),
    Case("bins of text", "must be numbers", args=("--bins", "sex=1")),
    Case("bins that fall", "must rise", args=("--protected", "age", "--bins", "age=40,30")),
    Case("bins with one band", "one band", args=("--protected", "age", "--bins", "age=300")),
    Case("bins that are not finite", "finite", args=("--protected", "age", "--bins", "age=nan")),
    Case("negative weights", "has negative values", instead(",2,", ",-2,"), ("--weight", "w")),
    Case("missing weights", "rows have none", instead(",2,no", ",,no"), ("--weight", "w")),
    Case("weights of text", "holds text ('two')", instead(",2,no", ",two,no"), ("--weight", "w")),
    Case("infinite weights", "not finite", instead(",2,no", ",inf,no"), ("--weight", "w")),
    Case("weights of zero", "zero in every row",
         instead(",1,", ",0,").replace(",2,", ",0,"), ("--weight", "w")),
    Case("weights beyond all sums", "too far", instead(",2,no", ",1e200,no"), ("--weight", "w")),
    Case("weights next to nothing", "too far", instead(",2,no", ",1e-99,no"), ("--weight", "w")),
    Case("counts with fractions", "whole numbers", instead(",2,no", ",2.5,no"), ("--count", "w")),
    Case("counts beyond all people", "adds up to", instead(",2,no", ",2e12,no"), ("--count", "w")),
    Case("counts beyond all numbers", "adds up to", instead(",2,no", ",2e99,no"), ("--count", "w")),
    Case("score outside its range", "goes from 0 to 1.9",
         instead(",0.9,", ",1.9,"), ("--score", "score")),
    Case("score of text", "must be numbers", args=("--score", "dept")),
    Case("infinite score", "infinite", instead(",0.9,", ",inf,"), ("--score", "score")),
    Case("threshold outside the scores", "outside the scores seen, 0 to 0.9",
         args=("--score", "score", "--threshold", "7")),
    Case("threshold that is no number", "finite", args=("--score", "score", "--threshold", "nan")),
    Case("prediction and score", "not both", args=("--score", "score", "--prediction", "pred")),
    Case("prediction without a positive value", "none is the positive value",
         args=("--prediction", "dept")),
    Case("no protected attribute", "--protected", base=("--label", "hired", "--positive", "yes")),
    Case("nothing to audit", "--label", base=("--protected", "sex")),
    Case("one column in two roles", "both --label and --protected",
         base=("--label", "sex", "--protected", "sex")),
    Case("no such model", "did you mean 'logistic'?", args=("--model", "logistc")),
    Case("a model without features", "no column is left to train on",
         "sex,hired\n" + "F,yes\nM,no\n" * 40, ("--model", "logistic")),
    Case("a seed below zero", "seed -1", args=("--model", "logistic", "--seed", "-1")),
]  # fmt: skip

SETTINGS = [
    Case("unknown key", "(did you mean 'protected'?)", TOML + 'protcted = "sex"\n', file="a.toml"),
    Case("not TOML", "not valid TOML", "label = = 3", file="a.toml"),
    Case("not UTF-8 in TOML", "not valid TOML", b'label = "\xe9"', file="a.toml"),
    Case("no data in TOML", "names no data", 'label = "hired"', file="a.toml"),
    Case("data gone", "no such file", TOML.replace("d.csv", "gone.csv"), file="a.toml"),
    Case("value of the wrong kind", "'seed' cannot be", TOML + "seed = 1.5\n", file="a.toml"),
    Case("rules of the wrong kind", "fail_on", TOML + "fail-on = [1]\n", file="a.toml"),
    Case("columns of the wrong kind", "column names", TOML + "strata = [1]\n", file="a.toml"),
    Case("mapping of the wrong kind", "[values.sex]", TOML + "[values]\nsex = 1\n", file="a.toml"),
    Case("a mapping of no value", "no value 'X'", TOML + '[values.sex]\nX = "Y"\n', file="a.toml"),
    Case("a number too long", "not valid TOML", "seed = " + "9" * 5000, file="a.toml"),
    Case("too deep", "not valid TOML", "a = " + "[" * 99_999, file="a.toml"),
    Case("population of the wrong kind", "[population.sex.shares]",
         TOML + "[population.sex]\nshares = 3\n", file="a.toml"),
    Case("no such policy", "nope.toml", args=("--policy", "nope.toml")),
    Case("a policy that is none", "unknown key", args=("--policy", "p.toml")),
    Case("no such population", "nope.csv", args=("--population", "nope.csv")),
    Case("a population that is none", "needs the columns", args=("--population", "n.csv")),
    Case("a population of others", "'A', 'B'", args=("--population", "o.csv")),
    Case("a population below zero", "use >= 0", args=("--population", "z.csv")),
    Case("a rule nobody knows", "(did you mean 'flag'?)", args=("--fail-on", "flagg")),
    Case("a rule on no metric", "no comparison", args=("--fail-on", "age_ratio<0.8")),
    Case("a record that is data", "d.csv is not JSON", verb="report", base=(), args=()),
]  # fmt: skip
BESIDE = {
    "p.toml": "x = 1\n",
    "n.csv": "a,b\n1,2\n",
    "o.csv": "attribute,group,share\nsex,A,1\nsex,B,1\n",
    "z.csv": "attribute,group,share\nsex,F,-1\nsex,M,1\n",
}
CORPUS = [*FILES, *COLUMNS, *SETTINGS]


def lay_out(case: Case, folder: Path) -> list[str]:
    """Write the files of a case and return the arguments."""
    for name, text in {"d.csv": PEOPLE, **BESIDE}.items():
        (folder / name).write_text(text, encoding="utf-8")
    if case.content is not None and not (case.content == PEOPLE and case.file == "d.csv"):
        content = case.content.encode() if isinstance(case.content, str) else case.content
        (folder / case.file).write_bytes(content)
    base = [] if case.file.endswith(".toml") else list(case.base)
    out = ["-o", "out.html"] if case.verb == "report" else ["-o", "out.html", "--json", "out.json"]
    return [case.verb, case.file, *base, *case.args, *out]


def check_line(code: int, out: str, err: str) -> None:
    assert code == 2, (out[:300], err)
    assert out == ""
    assert err.startswith("auditkit: error: ")
    assert err.count("\n") == 1
    assert err.endswith("\n")
    assert len(err) < 300
    assert "Traceback" not in err
    assert not [c for c in err[:-1] if unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp", "Cs"}]


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: case.name)
def test_bad_input(
    auditkit_main: Main, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: Case
) -> None:
    monkeypatch.chdir(tmp_path)
    args = lay_out(case, tmp_path)
    before = names(tmp_path)
    code, out, err = auditkit_main(*args)
    check_line(code, out, err)
    assert case.said in err
    assert names(tmp_path) == before


def test_the_corpus_is_large_and_its_names_differ() -> None:
    assert len(CORPUS) >= 100
    assert len({case.name for case in CORPUS}) == len(CORPUS)


PROCESSES = (
    "no such file", "no such column", "empty file", "binary file named .csv",
    "ragged: a short row", "header only", "one group only", "unknown key",
)  # fmt: skip


@pytest.mark.parametrize("name", PROCESSES)
def test_bad_input_as_a_process(auditkit_cli: Run, tmp_path: Path, name: str) -> None:
    case = next(case for case in CORPUS if case.name == name)
    args = lay_out(case, tmp_path)
    before = names(tmp_path)
    done = auditkit_cli(*args, cwd=tmp_path)
    check_line(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert case.said in done.stderr.decode()
    assert names(tmp_path) == before


def test_the_first_thing_people_type(auditkit_cli: Run, tmp_path: Path) -> None:
    done = auditkit_cli("audit", "no_such.csv", cwd=tmp_path)
    check_line(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert done.stderr.decode() == "auditkit: error: no such file: no_such.csv\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "args"),
    [
        ("sex\x1b[2Jx,hired\nF,yes\nM,no\n", ("--label", "hired", "--protected", "sex")),
        ("sex,hired\nF,\x1b[31mr\nM,no\nF,\u202eo\n", ("--label", "hired", "--protected", "sex")),
        ("sex,hired\nF\x07\x1b]0;title\x07,yes\nF\x07\x1b]0;title\x07,no\n", BASE),
        ('sex,"a\nb\r\nc",hired\nF,1,yes\nM,1,no\n', (*BASE, "--strata", "abc")),
        ("sex,hired\n\x85\u2028,yes\n\x85\u2028,no\n", BASE),
        (f"sex,hired\n{'F' * 5000},yes\n{'F' * 5000},no\n", BASE),
    ],
)  # fmt: skip
def test_text_from_the_data_is_shown_as_text(
    auditkit_main: Main, tmp_path: Path, content: str, args: tuple[str, ...]
) -> None:
    data = tmp_path / "d.csv"
    data.write_text(content, encoding="utf-8", newline="")
    check_line(*auditkit_main("audit", data, *args))


def damaged(content: bytes, draw: random.Random) -> bytes:
    """Return a file with some bytes cut off, turned, doubled or put in."""
    pieces = bytearray(content)
    for _ in range(draw.randint(1, 4)):
        place = draw.randrange(len(pieces))
        match draw.randrange(5):
            case 0:
                del pieces[place:]
            case 1:
                pieces[place] = draw.randrange(256)
            case 2:
                del pieces[place : place + draw.randint(1, 40)]
            case 3:
                pieces[place:place] = draw.choice([b'"', b",", b"\n", b"\r", b"\0", b"\xff", b"''"])
            case _:
                pieces[place:place] = pieces[place : place + 30]
        if not pieces:
            break
    return bytes(pieces)


def whole_files() -> dict[str, bytes]:
    table = pd.read_csv(io.StringIO(PEOPLE))
    lines = "".join(json.dumps(row) + "\n" for row in table.to_dict("records"))
    return {
        "d.csv": PEOPLE.encode(),
        "d.csv.gz": gzip.compress(PEOPLE.encode(), mtime=0),
        "d.jsonl": lines.encode(),
        "d.parquet": parquet(),
        "d.xlsx": workbook(),
        "a.toml": (TOML + '[values.sex]\nF = "Female"\n[bins]\n').encode(),
    }


@pytest.mark.parametrize(("name", "times"), [
    ("d.csv", 30), ("d.csv.gz", 15), ("d.jsonl", 20), ("d.parquet", 20), ("d.xlsx", 15),
    ("a.toml", 30),
])  # fmt: skip
def test_damaged_files(
    auditkit_main: Main, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, times: int
) -> None:
    """A damaged file is read whole or refused in one line; it never ends in a traceback."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "d.csv").write_text(PEOPLE, encoding="utf-8")
    content, draw = whole_files()[name], random.Random(name)
    args = () if name == "a.toml" else BASE
    for turn in range(times):
        (tmp_path / name).write_bytes(damaged(content, draw))
        before = names(tmp_path)
        code, out, err = auditkit_main("audit", name, *args)
        if code != 0:
            check_line(code, out, err)
        assert "Traceback" not in err, turn
        assert names(tmp_path) == before


def test_a_workbook_and_a_table_that_are_whole(
    auditkit_main: Main, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files that the damaged ones are made from are themselves in order."""
    monkeypatch.chdir(tmp_path)
    for name, content in whole_files().items():
        (tmp_path / name).write_bytes(content)
        code, out, err = auditkit_main("audit", name, *(() if name == "a.toml" else BASE))
        assert (code, err) == (0, ""), name
        assert "120 people" in out


def test_data_larger_than_the_memory(
    auditkit_main: Main, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **options: object) -> None:
        raise MemoryError

    monkeypatch.setattr("auditkit.loaders.load", fail)
    code, out, err = auditkit_main("audit", tmp_path / "d.csv", *BASE)
    check_line(code, out, err)
    assert "do not fit into memory" in err


def test_a_file_that_cannot_be_opened(
    auditkit_main: Main, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "d.csv").write_text(PEOPLE, encoding="utf-8")
    before = Path.open

    def fail(path: Path, mode: str = "r", *args: object, **options: object) -> object:
        if path.name == "d.csv":
            raise PermissionError(13, "Permission denied", str(path))
        return before(path, mode, *args, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", fail)
    code, out, err = auditkit_main("audit", tmp_path / "d.csv", *BASE)
    check_line(code, out, err)
    assert "Permission denied" in err
