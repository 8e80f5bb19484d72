"""Framework packs: dated data, checked at the door; those that ship say what they must."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import auditkit
from auditkit.compliance import frameworks_of, pack_names, read_pack
from auditkit.compliance.evidence import EVIDENCE
from auditkit.compliance.packs import STALE_DAYS
from auditkit.compliance.tables import KINDS
from auditkit.errors import RequestError

Main = Callable[..., tuple[int, str, str]]

NAMES = {
    "nyc_ll144", "ugesp", "adverse_impact_pro", "eu_ai_act", "us_states", "uk_equality", "canada",
    "iso_tr_24027", "iso_ts_12791", "iso_42001", "ieee_7003", "nist_ai_rmf",
}  # fmt: skip

OWN = """\
format = "auditkit.framework"
format_version = 1
name = "works_council"
title = "Works council"
jurisdiction = "here"
as_of = 2026-01-01
status = "in force"
summary = "what the council asks for"

[[fields]]
id = "council"
title = "Council"
by = "the council"

[[tables]]
id = "W1"
title = "Rates"
kind = "impact"

[[tables]]
id = "W2"
title = "Items"
kind = "checklist"
rows = [
  { item = "1", requirement = "who", evidence = ["sizes"], manual = "council", field = "council" },
]
"""


def test_what_ships() -> None:
    assert set(pack_names()) == NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_pack_that_ships_is_whole(name: str) -> None:
    pack = read_pack(name)
    assert pack.name == name
    assert pack.tables
    assert pack.citations, "every pack says where it comes from"
    assert pack.limits, "every pack says what it does not show"
    assert pack.as_of <= date(2026, 12, 31)
    fields = {item.id for item in pack.fields}
    for item in pack.fields:
        assert item.known is None or item.known in EVIDENCE
    for table in pack.tables:
        for row in table.options.get("rows", []):
            if row.get("manual"):
                assert row.get("field") in fields, (table.id, row)
    for key in ("fields", "tables"):
        known = (
            fields | {"data_source", "persons"}
            if key == "fields"
            else {table.id for table in pack.tables}
        )
        assert set(pack.publish.get(key, [])) <= known


def test_no_pack_gives_a_verdict() -> None:
    """The words that are refused, outside of names of laws and of what is *not* said."""
    for name in sorted(NAMES):
        text = " ".join(
            [
                *(t.title for t in read_pack(name).tables),
                *(t.note for t in read_pack(name).tables),
                read_pack(name).summary,
                read_pack(name).banner,
            ]
        )
        assert not re.search(r"\b(compliant|unfair|passes|score of|privileged)\b", text, re.I)


def test_links_are_given_only_where_they_were_seen() -> None:
    assert not any(item.url for name in NAMES for item in read_pack(name).citations)


def test_a_pack_of_the_users_own(tmp_path: Path, auditkit_main: Main) -> None:
    own, data = tmp_path / "council.toml", tmp_path / "d.csv"
    own.write_text(OWN, encoding="utf-8")
    data.write_text("sex,hired\n" + "F,no\nF,yes\nM,yes\nM,no\n" * 20, encoding="utf-8")
    record = tmp_path / "a.json"
    args = ("profile", data, "--label", "hired", "--protected", "sex", "--framework", own)
    code, _, err = auditkit_main(*args, "--json", record, "-q")
    assert (code, err) == (0, "")
    found = json.loads(record.read_text("utf-8"))
    (entry,) = found["compliance"]
    assert (entry["framework"], entry["pack"]["shipped"]) == ("works_council", False)
    assert entry["tables"][0]["rows"][0]["n"] == 40
    assert entry["completeness"] == {
        "filled": 0, "partly": 1, "to_be_completed": 1, "total": 2,
    }  # fmt: skip
    assert str(tmp_path) not in json.dumps(found)
    code, out, _ = auditkit_main("frameworks", own)
    assert code == 0
    assert "Works council (works_council)" in out


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("auditkit.framework", "other"), 'needs  format = "auditkit.framework"'),
        (("status = ", "statuss = "), r"unknown key 'statuss' \(did you mean 'status'\?\)"),
        (('status = "in force"\n', ""), "missing 'status'"),
        (("2026-01-01", '"January"'), "as_of must be a date"),
        (('kind = "impact"', 'kind = "impacts"'), r"no kind 'impacts' \(did you mean 'impact'\?\)"),
        (('kind = "impact"', 'kind = "impact"\nhow = 1'), "unknown key 'how'"),
        (('evidence = ["sizes"]', 'evidence = ["size"]'), "no evidence 'size'"),
        (('evidence = ["sizes"], manual = "council", ', ""), "needs evidence or a manual part"),
        (('id = "W2"', 'id = "W1"'), "two tables are called 'W1'"),
        (('name = "works_council"', 'name = "ugesp"'), "is taken by a pack that ships"),
        (('name = "works_council"', 'name = "../x"'), "letters, digits"),
        (("[[fields]]", "[fields]"), r"\[\[fields\]\] must be a list"),
        (("[[fields]]", '[lines]\nratio = "no"\n[[fields]]'), "threshold must be a number"),
        (("[[fields]]", "[lines]\nsd = 2\n[[fields]]"), "unknown line 'sd'"),
        (("[[fields]]", "[[[fields]]"), "is not valid TOML"),
    ],
)
def test_a_pack_that_is_none_is_refused(
    tmp_path: Path, change: tuple[str, str], words: str
) -> None:
    own = tmp_path / "own.toml"
    text = OWN.replace(*change, 1)
    assert text != OWN
    own.write_text(text, encoding="utf-8")
    with pytest.raises((RequestError, auditkit.MetricError), match=words):
        read_pack(str(own))


def test_no_such_framework(auditkit_main: Main) -> None:
    code, out, err = auditkit_main("frameworks", "nyc_ll14")
    assert (code, out) == (2, "")
    assert "--framework 'nyc_ll14' (did you mean 'nyc_ll144'?)" in err
    with pytest.raises(RequestError, match=r"No such file|cannot find"):
        read_pack("nowhere.toml")


def data() -> Any:
    frame = pd.DataFrame({"sex": ["F", "M"] * 40, "hired": [0, 1, 1, 1] * 20})
    return auditkit.load(frame, label="hired", protected="sex")


@pytest.mark.parametrize(("days", "said"), [(STALE_DAYS, False), (STALE_DAYS + 1, True)])
def test_an_old_pack_says_so(monkeypatch: pytest.MonkeyPatch, days: int, said: bool) -> None:
    seconds = (read_pack("ugesp").as_of - date(1970, 1, 1)).days + days
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(seconds * 86400))
    (entry,) = auditkit.profile(data(), frameworks=["ugesp"]).compliance
    assert any("last looked at on 2026-11-22" in note for note in entry["notes"]) is said


def test_an_old_pack_says_so_on_the_terminal_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, auditkit_main: Main
) -> None:
    seconds = (read_pack("ugesp").as_of - date(1970, 1, 1)).days + STALE_DAYS
    path = tmp_path / "d.csv"
    path.write_text("sex,hired\n" + "F,no\nF,yes\nM,yes\nM,no\n" * 20, "utf-8")
    args = ["profile", path, "--label", "hired", "--protected", "sex", "--framework", "ugesp"]
    for days, said in ((0, False), (1, True)):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", str((seconds + days) * 86400))
        assert ("ugesp: warning: this framework was" in auditkit_main(*args)[2]) is said
        assert ("check what has changed since" in auditkit_main("frameworks", "ugesp")[1]) is said
        assert ("more than 180 days ago: " in auditkit_main("frameworks")[1]) is said


def test_answers_fill_fields_and_blanks_are_marked() -> None:
    told = {"auditor": "A. Uditor", "audit_date": date(2026, 1, 2), "tool-name": "Screen 1"}
    (entry,) = auditkit.profile(data(), frameworks=["nyc_ll144"], answers=told).compliance
    assert entry["fields"]["auditor"] == "A. Uditor"
    assert entry["fields"]["audit_date"] == "2026-01-02"
    assert entry["fields"]["tool_name"] == "Screen 1"
    assert entry["fields"]["independence"] is None
    blank = next(row for row in entry["blanks"] if row["field"] == "independence")
    assert blank["text"] == "TO BE COMPLETED BY: the independent auditor"
    assert entry["banner"] == "SELF-ASSESSMENT, not an independent bias audit"
    assert entry["state"][0].startswith("incomplete: ")


def test_the_banner_stands_until_somebody_states_independence() -> None:
    told = {"independence": "no interest in employer or vendor"}
    (entry,) = auditkit.profile(data(), frameworks=["nyc_ll144"], answers=told).compliance
    assert entry["banner"] == ""


def test_an_audit_older_than_a_year_is_expired(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(pd.Timestamp("2026-11-25").timestamp())))
    told = {"audit_date": "2025-11-24"}  # 366 days
    (entry,) = auditkit.profile(data(), frameworks=["nyc_ll144"], answers=told).compliance
    assert any(text.startswith("expired: ") for text in entry["state"])
    told = {"audit_date": "2025-11-25"}
    (entry,) = auditkit.profile(data(), frameworks=["nyc_ll144"], answers=told).compliance
    assert not any(text.startswith("expired: ") for text in entry["state"])


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"auditr": "x"}, r"unknown key 'auditr' \(did you mean 'auditor'\?\)"),
        ({"stage": "final"}, "stage is 'final'; use 'label', 'decision', 'model'"),
        ({"auditor": ["x"]}, "auditor must be text"),
        ({"exclude_small_categories": "yes"}, "cannot be yes"),
        ({"alternatives": [{"change": "x"}]}, "needs a name"),
        ({"alternatives": [{"name": "x", "kep": "y"}]}, "unknown key 'kep'"),
    ],
)
def test_answers_that_cannot_be(told: dict[str, Any], words: str) -> None:
    with pytest.raises(RequestError, match=words):
        frameworks_of(["nyc_ll144"], told)


def test_a_named_column_must_be_there() -> None:
    with pytest.raises(RequestError, match="sex = 'sx' is not a --protected column"):
        auditkit.profile(data(), frameworks=["nyc_ll144"], answers={"sex": "sx"})
    with pytest.raises(RequestError, match="no column 'wage' in the data"):
        auditkit.profile(data(), frameworks=["uk_equality"], answers={"pay": "wage"})


def test_audit_toml_carries_frameworks_and_answers(tmp_path: Path, auditkit_main: Main) -> None:
    (tmp_path / "d.csv").write_text("sex,hired\n" + "F,no\nF,yes\nM,yes\nM,no\n" * 20, "utf-8")
    (tmp_path / "own.toml").write_text(OWN, "utf-8")
    (tmp_path / "audit.toml").write_text(
        'data = "d.csv"\nlabel = "hired"\nprotected = "sex"\nmodel = "none"\n'
        'framework = ["nyc_ll144", "own.toml"]\n\n[compliance]\nauditor = "A. Uditor"\n'
        'council = "the council"\naudit_date = 2026-11-01\n',
        "utf-8",
    )
    record = tmp_path / "a.json"
    code, _, err = auditkit_main("audit", tmp_path / "audit.toml", "--json", record, "-q")
    assert (code, err) == (0, "")
    first, second = json.loads(record.read_text("utf-8"))["compliance"]
    assert first["fields"]["auditor"] == "A. Uditor"
    assert second["fields"]["council"] == "the council"
    assert second["completeness"]["filled"] == 2


def test_two_packs_of_one_name(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_text(OWN, "utf-8")
    with pytest.raises(RequestError, match="two frameworks are called 'works_council'"):
        frameworks_of([str(tmp_path / "a.toml"), str(tmp_path / "b.toml")])


def test_the_list_names_every_pack(auditkit_main: Main) -> None:
    code, out, _ = auditkit_main("frameworks")
    assert code == 0
    for name in NAMES:
        assert f"\n{name}" in f"\n{out}"
        page = auditkit_main("frameworks", name)[1]
        assert read_pack(name).as_of.isoformat() in page
        assert "Not legal advice" in page


def test_every_kind_is_used_and_described() -> None:
    used = {table.kind for name in NAMES for table in read_pack(name).tables}
    assert used == set(KINDS)
    page = (Path(__file__).parents[1] / "docs" / "compliance.md").read_text("utf-8")
    for name in (*KINDS, *EVIDENCE, *NAMES):
        assert f"`{name}`" in page, name
