"""The tables of a record, as CSV, Excel and Markdown: whole, exact, and never a formula."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from conftest import Run
from report_fixture import record
from report_payloads import PAYLOADS

from auditkit.tables import Sheet, tables_of, to_csv, to_markdown, to_xlsx

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "a;=1+1", "＝1+1", 'x"=1')


def sheets(**changes: Any) -> dict[str, Sheet]:
    return {sheet.name: sheet for sheet in tables_of(record(**changes))}


def read_csv(sheet: Sheet) -> list[list[str]]:
    return list(csv.reader(io.StringIO(to_csv(sheet))))


def read_xlsx(content: bytes) -> dict[str, list[tuple[Any, ...]]]:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(content))
    return {page.title: [tuple(cell.value for cell in row) for row in page] for page in book}


def test_every_list_of_the_record_is_a_table() -> None:
    found = sheets()
    plain = record()
    for name in ("representation", "estimates", "disparities", "findings"):
        assert len(found[name].rows) == len(plain[name])
    for name, rows in plain["profile"].items():
        assert len(found[f"profile_{name}"].rows) == len(rows)
    assert dict(found["data"].rows)["rows"] == plain["data"]["rows"]
    assert found["policy_rules"].rows[0][0] == "four-fifths"
    assert "subgroups" not in found


def test_a_section_that_nobody_knows_yet_is_a_table_too() -> None:
    found = sheets(later=[{"a": 1, "group": ["x", None]}, {"b": {"c": 2}}])
    assert found["later"] == Sheet(
        "later",
        "Later",
        ("a", "group", "b"),
        ((1, "x × (missing)", None), (None, None, '{"c": 2}')),
    )


def test_frameworks_have_their_statutory_tables() -> None:
    table = {"id": "impact", "title": "Impact ratios", "rows": [{"group": "F", "ratio": 0.61}]}
    item = {"framework": "nyc", "status": "done", "fields": {"auditor": "x"}, "tables": [table]}
    found = sheets(compliance=[item, {**item, "framework": "NYC"}])
    assert dict(found["compliance_nyc"].rows)["auditor"] == "x"
    assert found["compliance_nyc_impact"].rows == (("F", 0.61),)
    assert found["compliance_NYC_2"].rows
    assert len({name.lower() for name in found}) == len(found)


def test_names_are_safe_in_files_and_sheets() -> None:
    rows = {"../../etc/passwd": [{"a": 1}], "x" * 90: [{"a": 1}], "[a]:*?/\\": [{"a": 1}]}
    for name in sheets(**rows):
        assert re.fullmatch(r"\w{1,31}", name, re.ASCII)


def test_a_missing_group_is_not_a_group_called_missing() -> None:
    rows = [{"group": [None]}, {"group": ["(missing)"]}]
    assert sheets(later=rows)["later"].rows == (("(missing)",), ("“(missing)”",))


def test_numbers_come_back_exactly() -> None:
    sheet = sheets()["estimates"]
    at = sheet.columns.index("value")
    wanted = [row["value"] for row in record()["estimates"]]
    assert [float(row[at]) if row[at] else None for row in read_csv(sheet)[1:]] == wanted
    found = [row[at] for row in read_xlsx(to_xlsx([sheet]))["estimates"][1:]]
    assert [v is None for v in found] == [v is None for v in wanted]
    known = [v for v in wanted if v is not None]
    assert [v for v in found if v is not None] == pytest.approx(known, rel=1e-15)


def test_nothing_is_not_an_empty_text() -> None:
    sheet = Sheet("x", "X", ("a", "b", "c"), ((None, "", True),))
    assert to_csv(sheet) == '"a","b","c"\n,"",true\n'


@pytest.mark.parametrize("text", FORMULAS)
def test_text_is_never_a_formula(text: str) -> None:
    sheet = sheets(later=[{"name": text, text: 1}])["later"]
    raw = to_csv(sheet)
    for cell in (cell for row in read_csv(sheet) for cell in row):
        assert not re.match(r"\s*[=+\-@＝]", cell)
    assert not re.search(r"[;\t]\s*[=+\-@]", raw)
    from openpyxl import load_workbook

    page = load_workbook(io.BytesIO(to_xlsx([sheet])))["later"]
    assert {cell.data_type for row in page for cell in row} == {"s", "n"}
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(to_xlsx([sheet]))).read(
        "xl/worksheets/sheet1.xml"
    )


def test_numbers_below_zero_are_numbers() -> None:
    assert to_csv(Sheet("x", "X", ("a",), ((-0.5,),))) == '"a"\n-0.5\n'


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_is_text(payload: str) -> None:
    names = dict.fromkeys(("gender", "Female", "source", "label", "feature"), payload)
    made = tables_of(record(names, later=[{payload: payload, "group": [payload]}]))
    for sheet in made:
        rows = read_csv(sheet)
        assert {len(row) for row in rows} == {len(sheet.columns)}
        assert len(rows) == len(sheet.rows) + 1
    markdown = to_markdown(made, title=payload)
    markdown.encode("utf-8")
    assert not re.search(r"(?<!\\)<", markdown)
    assert not re.search(r"(?<!\\)[&]", markdown)
    for line in markdown.splitlines():
        assert not re.search(r"(?<!\\)\]\(", line)
        assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\u200b\u2028]", line)
    found = read_xlsx(to_xlsx(made))
    assert list(found) == [sheet.name for sheet in made]


def test_markdown_tables_have_a_cell_for_each_column() -> None:
    text = to_markdown(tables_of(record({"Female": "a|b\nc`d`"})))
    for line in text.splitlines():
        if line.startswith("| ---"):
            width = line.count("|")
        elif line.startswith("| ") and "---" not in line:
            last = len(re.findall(r"(?<!\\)\|", line))
            assert last > 2 or last == width
    assert r"a\|b⟨U+000A⟩c\`d\`" in text


def test_the_same_record_gives_the_same_bytes() -> None:
    made = tables_of(record())
    again = tables_of(json.loads(json.dumps(record())))
    stamp = "2026-11-22T20:00:00Z"
    assert to_xlsx(made, created=stamp) == to_xlsx(again, created=stamp)
    assert to_csv(made[0]) == to_csv(again[0])
    core = zipfile.ZipFile(io.BytesIO(to_xlsx(made, created=stamp))).read("docProps/core.xml")
    assert core.count(stamp.encode()) == 2


def test_the_command_writes_all_three(auditkit_cli: Run, tmp_path: Path) -> None:
    from auditkit import Audit

    (tmp_path / "r").mkdir()
    frame = "sex,hired\n" + "F,1\nM,0\nM,1\nF,0\n" * 20
    (tmp_path / "data.csv").write_text(frame)
    done = auditkit_cli(
        "audit", "data.csv", "--label", "hired", "--protected", "sex", "--model", "none",
        "--json", "audit.json", "--tables", "all.xlsx", "--tables", "csv", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    audit = Audit.read(tmp_path / "audit.json")
    assert "tables" not in str(audit.provenance["command"])
    names = {sheet.name for sheet in audit.tables()}
    assert {path.stem for path in (tmp_path / "csv").iterdir()} == names
    assert set(read_xlsx((tmp_path / "all.xlsx").read_bytes())) == names
    done = auditkit_cli("report", "audit.json", "--tables", "all.md", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "all.md").read_text().startswith("# Audit of data.csv\n")
    for wrong in ("all.txt", "no/where", "-", "data.csv"):
        done = auditkit_cli("report", "audit.json", "--tables", wrong, cwd=tmp_path)
        assert done.returncode == 2
        assert len(done.stderr.strip().splitlines()) == 1
    assert auditkit_cli("report", "audit.json", cwd=tmp_path).returncode == 2
